"""Before release: what would have no effect, and which position would be contradicted."""

from openline.cases.ahead import ahead, of_line
from openline.cases.digest import digest
from openline.cases.entry import Ref
from openline.cases.fold import LineState
from openline.cases.registers.line import limits
from openline.formats.openjson import Value
from tests.cases.hand import Pen, folded, pens, visit


def position(office: str, fact: str = "detainees-discussed") -> dict[str, Value]:
    return {"fact": fact, "office": office}


def test_a_position_that_contradicts_an_earlier_one_is_warned_of_and_not_stopped() -> None:
    us, ru = pens("us", "ru")
    first = us.say("positions/fact-position@1", "confirmed", (), position("White House"))
    state = folded(us, ru)
    before = digest(state)
    (found,) = ahead(
        state, "us.example", "positions/fact-position@1", "does-not-say", position("spokesman")
    )
    assert (found.code, found.blocks, found.about) == ("position.contradicts", False, (first.ref,))
    assert digest(state) == before
    assert len(state.cases) == 1


def test_positions_that_go_together_or_are_another_party_s_are_not_warned_of() -> None:
    us, ru = pens("us", "ru")
    ru.say("positions/fact-position@1", "confirmed", (), position("spokesman"))
    state = folded(us, ru)
    fact = "positions/fact-position@1"
    assert ahead(state, "ru.example", fact, "refuses-details", position("spokesman")) == ()
    assert ahead(state, "us.example", fact, "denied", position("spokesman")) == ()
    assert ahead(state, "ru.example", fact, "denied", position("spokesman", "other")) == ()


def test_what_would_move_nothing_is_stopped() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    state = folded(us, ru)
    (own,) = ahead(state, "us.example", "core/answer@1", "accepted", {}, [notice.ref])
    assert (own.code, own.blocks) == ("answer.own-message", True)
    (waits,) = ahead(state, "us.example", "core/close@1", "completed", {}, [Ref("x", 1)])
    assert (waits.code, waits.blocks) == ("reference.waits", True)
    assert ahead(state, "ru.example", "core/answer@1", "declined", {}, [notice.ref]) == ()


def test_a_first_word_on_an_empty_line_is_looked_at_as_well() -> None:
    us, ru = pens("us", "ru")
    state = folded(us, ru)
    assert ahead(state, "us.example", "core/line-status@1", "open", {}) == ()
    (found,) = ahead(state, "us.example", "core/line-status@1", "shut", {})
    assert (found.code, found.blocks) == ("class.unknown", True)


def test_a_roster_with_a_clock_that_nobody_knows_is_not_released() -> None:
    us, ru = pens("us", "ru")
    state = folded(us, ru)
    for zone, codes in (("Mars/Phobos", ["cases.unknown-zone"]), ("Europe/Vienna", [])):
        fields: dict[str, Value] = {
            "position.1.name": "duty officer", "position.1.reach": "+1", "local_zone": zone,
        }  # fmt: skip
        found = ahead(state, "us.example", "core/duty-roster@1", "-", fields)
        assert [caution.code for caution in found] == codes
        assert all(caution.blocks for caution in found)


def test_an_answer_to_a_version_that_was_amended_meanwhile_is_warned_of() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    state = folded(us, ru)
    assert ahead(state, "ru.example", "core/answer@1", "accepted", {}, [notice.ref]) == ()
    later = us.say("core/visit@1", "-", [notice], {**notice.fields, "relation": "amends"})
    state = folded(us, ru)
    (found,) = ahead(state, "ru.example", "core/answer@1", "accepted", {}, [notice.ref])
    assert (found.code, found.blocks, found.about) == ("answer.stale", False, (later.ref,))
    assert ahead(state, "ru.example", "core/answer@1", "accepted", {}, [later.ref]) == ()


def test_a_second_officer_who_answers_otherwise_is_warned_before_he_signs() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("core/answer@1", "accepted", [notice])
    (found,) = ahead(folded(us, ru), "ru.example", "core/answer@1", "declined", {}, [notice.ref])
    assert (found.code, found.blocks) == ("answer.again", False)


def opening(*writers: Pen) -> None:
    for pen in writers:
        pen.say("-", kind="open")


def codes(state: LineState, party: str, form: str = "core/visit@1") -> list[str]:
    return [caution.code for caution in of_line(state, party, form)]


def test_who_sends_on_a_line_that_another_suspended_is_told_so_before_anybody_signs() -> None:
    us, ru = pens("us", "ru")
    opening(us, ru)
    ru.say("core/line-status@1", "open")
    assert codes(folded(us, ru), us.party) == []
    ru.say("core/line-status@1", "suspended")
    state = folded(us, ru)
    (found,) = of_line(state, us.party, "core/visit@1")
    assert (found.code, found.blocks) == ("line.limited", False)
    assert "ru.example says of this line: SUSPENDED since 2023-02-20T00:02:00Z" in found.sentence
    assert codes(state, ru.party) == []  # its own word is no news to it
    assert limits(state) == [
        {"party": "ru.example", "class": "suspended", "since": "2023-02-20T00:02:00Z"}
    ]
    ru.say("core/line-status@1", "open")
    assert limits(folded(us, ru)) == []


def test_a_member_that_has_not_accepted_the_charter_is_named_whatever_receipts_it_gives() -> None:
    us, ru = pens("us", "ru")
    opening(us)
    state = folded(us, ru, members=[us.party, ru.party])
    assert codes(state, us.party) == ["line.not-accepted"]
    opening(ru)
    assert codes(folded(us, ru), us.party) == []
