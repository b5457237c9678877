"""Forms while they are typed: nobody's text is lost, nothing is said twice; who handles a draft."""

from dataclasses import replace

import pytest

from openline.exchange.drafting import drafts, handling, unfinished
from openline.exchange.drafting.handling import CannotVerify, DrafterReleases, NotVerified, Rules
from openline.exchange.drafting.unfinished import (
    AlreadyReleased,
    NoSuchForm,
    TooManyForms,
    Unfinished,
)
from openline.exchange.station import Station
from tests.exchange.conftest import make_peers, text

A, B = "a.example", "b.example"


@pytest.fixture
def station() -> Station:
    return make_peers(A).nodes[A].station


def form(given: dict[str, str], revision: int = 0, by: str = "anna", name: str = "f") -> Unfinished:
    return Unfinished(name, "aa" * 32, "core/visit@1", given, revision, by, 1)


def test_what_is_kept_is_read_back_letter_by_letter() -> None:
    odd = {"f.place": "\u202e <x>\n\0 '", "w.place": "on", "n.area": "3", "f.x": "y" * 100_000}
    kept = replace(
        form(odd), about=("o", 3), ref=("o", 4), former=("d1", "d2"), beside="b", name="t"
    )
    assert unfinished.decode(kept.encode()) == kept


def test_the_next_revision_replaces_the_one_it_was_made_from(station: Station) -> None:
    assert unfinished.keep(station, form({"f.place": "one"})).revision == 1
    kept = unfinished.keep(station, form({"f.place": "two"}, 1))
    assert (kept.revision, unfinished.find(station, "f").given) == (2, {"f.place": "two"})


def test_two_texts_of_one_revision_are_both_kept(station: Station) -> None:
    unfinished.keep(station, form({"f.place": "begun"}))
    unfinished.keep(station, form({"f.place": "Anna's"}, 1))
    parted = unfinished.keep(station, form({"f.place": "Boris's"}, 1, "boris"))
    assert parted.id != "f" and parted.beside == "f"
    assert unfinished.find(station, "f").given == {"f.place": "Anna's"}
    assert unfinished.find(station, parted.id).given == {"f.place": "Boris's"}


def test_the_same_text_sent_twice_parts_nothing(station: Station) -> None:
    for _ in range(2):
        kept = unfinished.keep(station, form({"f.place": "once"}))
    assert (kept.id, len(list(unfinished.every(station)))) == ("f", 1)


def test_a_form_that_became_a_message_is_not_typed_into_again(station: Station) -> None:
    unfinished.keep(station, form({"f.place": "said"}))
    assert unfinished.drafted(station, "f", "d1") == ""
    assert unfinished.drafted(station, "f", "d2") == "d1"
    unfinished.released(station, "d2", ("origin", 7), 5)
    with pytest.raises(AlreadyReleased) as refused:
        unfinished.keep(station, form({"f.place": "said again"}, 1))
    assert refused.value.kept.ref == ("origin", 7)
    assert refused.value.kept.given == {}
    found = unfinished.of_draft(station, "d1")
    assert found is not None and found.id == "f"


def test_a_form_that_was_thrown_away_is_gone(station: Station) -> None:
    unfinished.keep(station, form({}))
    unfinished.drop(station, "f")
    with pytest.raises(NoSuchForm):
        unfinished.find(station, "f")


def test_a_full_desk_makes_room_among_released_forms_and_loses_no_other(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfinished, "FORMS_MAX", 3)
    for n in range(3):
        unfinished.keep(station, form({}, name=f"f{n}"))
    with pytest.raises(TooManyForms):
        unfinished.keep(station, form({}, name="f3"))
    unfinished.drafted(station, "f1", "d")
    unfinished.released(station, "d", None, 5)
    unfinished.keep(station, form({}, name="f3"))
    assert [each.id for each in unfinished.every(station)] == ["f0", "f2", "f3"]


# ---- who handles a draft ------------------------------------------------------------------------


def drafted(officers: int) -> tuple[Station, drafts.Draft]:
    peers = make_peers(A, B)
    line = peers.open_line(A, B, officers={"*": officers, "open": 2})
    fields = {
        "subject": text("a visit"), "place": "here", "from": "2030-01-01T00:00:00Z",
        "until": "2030-01-01T01:00:00Z", "effect": "none",
    }  # fmt: skip
    return peers[A].station, peers.draft(A, line, "core/visit@1", fields)


def lack(station: Station, draft: drafts.Draft, person: str) -> str:
    found = handling.lack(station, draft, person)
    return type(found).__name__ if found else ""


@pytest.mark.parametrize(
    ("apart", "officers", "refused"),
    [
        ("none", 2, False), ("two", 1, False), ("two", 2, True), ("every", 1, True),
        ("every", 2, True),
    ],
)  # fmt: skip
def test_who_drafted_does_not_release_where_the_desk_says_so(
    apart: str, officers: int, refused: bool
) -> None:
    station, draft = drafted(officers)
    handling.begin(station, draft, "anna")
    handling.set_rules(station, Rules(apart, "none"))
    assert lack(station, draft, "anna") == ("DrafterReleases" if refused else "")
    assert lack(station, draft, "boris") == ""
    if refused:
        with pytest.raises(DrafterReleases):
            handling.refuse(station, draft, "anna")


def test_a_draft_of_the_terminal_was_drafted_by_nobody() -> None:
    station, draft = drafted(2)
    assert lack(station, draft, "") == lack(station, draft, "anna") == ""


@pytest.mark.parametrize("is_checked", [False, True])
def test_a_look_takes_no_draft_away_that_a_verifier_has_checked(is_checked: bool) -> None:
    station, draft = drafted(1)
    drafts.keep(station, draft)
    if is_checked:
        handling.verify(station, draft, "clara")
    again = replace(draft, id=bytes(16))
    drafts.keep(station, again)
    handling.begin(station, again, "", is_look=True)
    kept = {key for key, _ in station.views.scan(drafts.DRAFTS)}
    assert kept == {again.id.hex()} | ({draft.id.hex()} if is_checked else set())


def test_a_verifier_is_another_person_and_verifies_once() -> None:
    station, draft = drafted(1)
    handling.begin(station, draft, "anna")
    handling.set_rules(station, Rules("none", "every"))
    with pytest.raises(NotVerified):
        handling.refuse(station, draft, "boris")
    with pytest.raises(CannotVerify):
        handling.verify(station, draft, "anna")
    handling.verify(station, draft, "clara")
    with pytest.raises(CannotVerify):
        handling.verify(station, draft, "clara")
    handling.refuse(station, draft, "boris")
    handling.forget(station, draft)
    assert handling.of(station, draft) == handling.Handling()


def test_a_flash_about_safety_of_life_waits_for_neither() -> None:
    peers = make_peers(A, B)
    line = peers.open_line(A, B, officers={"*": 2, "open": 2})
    station = peers[A].station
    fields = {"precedence": "flash", "subject": "shots", "at_time": "2030-01-01T00:00:00Z"}
    draft = peers.draft(A, line, "core/incident@1", fields, "report", [])
    handling.begin(station, draft, "anna")
    handling.set_rules(station, Rules("every", "every"))
    assert lack(station, draft, "anna") == ""
    slow = peers.draft(A, line, "core/incident@1", {**fields, "precedence": "priority"}, "report")
    handling.begin(station, slow, "anna")
    assert lack(station, slow, "anna") == "DrafterReleases"


def test_a_rule_has_one_of_three_reaches(station: Station) -> None:
    with pytest.raises(handling.BadRule):
        handling.set_rules(station, Rules("sometimes", "none"))
    assert handling.rules(station) == Rules()
