"""The ladder of reception: five facts apart, silence shown, readbacks compared by the fold."""

import pytest

from openline.cases.case import Matter
from openline.cases.documents.parts import ladder_table
from openline.cases.ladder import reception, unnumbered
from openline.cases.readback import compared
from openline.cases.receipts import Receipts
from openline.cases.registers import registers
from openline.formats.document.model import plain_words
from openline.formats.document.speaker import speakers
from openline.formats.openjson import Value
from openline.formats.spell import parse_utc
from openline.formats.terms import load_terms
from tests.cases.hand import Pen, folded, pens, visit


def of_notice(us: Pen, ru: Pen, receipts: Receipts | None = None) -> dict[str, object]:
    """The row of the notice's current version and its one addressee."""
    (case,) = folded(us, ru).cases
    rows = reception(case, receipts or Receipts(), unnumbered)
    (row,) = [r for r in rows if r["format"] == "core/visit@1" and r["current"]]
    return row


def test_silence_is_a_row() -> None:
    us, ru = pens("us", "ru")
    visit(us)
    row = of_notice(us, ru)
    assert (row["party"], row["silent"], row["addressed"]) == ("ru.example", True, True)
    assert [row[rung] for rung in ("a0", "a1", "a2", "a3", "a4")] == [{}] * 5


def test_a_receipt_is_no_acknowledgement_and_an_acknowledgement_no_receipt() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    held = Receipts({notice.ref.origin: [("ru.example", 1, parse_utc("2023-02-20T00:05:00Z"))]})
    row = of_notice(us, ru, held)
    assert row["a0"] == {"time": "2023-02-20T00:05:00Z"}
    assert (row["a1"], row["silent"]) == ({}, True)
    ru.say("core/acknowledge@1", "received", [notice], position="duty")
    row = of_notice(us, ru)
    assert (row["a0"], row["silent"]) == ({}, False)


def test_an_answer_implies_none_of_the_rungs_below_it() -> None:
    us, ru = pens("us", "ru")
    ru.say("core/answer@1", "accepted", [visit(us)])
    row = of_notice(us, ru)
    assert [row[rung] for rung in ("a0", "a1", "a2", "a3")] == [{}] * 4


@pytest.mark.parametrize("answer", ["received-not-understood", "garbled"])
def test_not_understood_and_garbled_are_kept(answer: str) -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("core/acknowledge@1", answer, [notice])
    ru.say("core/acknowledge@1", "received", [notice])
    row = of_notice(us, ru)
    assert row["a1"]["class"] == "received"  # type: ignore[index]
    assert [each["class"] for each in row["earlier"]] == [answer]  # type: ignore[attr-defined]


def test_passing_on_adds_up_over_messages_and_names_each_echelon_once() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("core/pass-on@1", "-", [notice], echelons=["centre", "air defence"])
    ru.say("core/pass-on@1", "-", [notice], echelons=["air defence", "navy"])
    row = of_notice(us, ru)
    assert row["a3"]["echelons"] == ["centre", "air defence", "navy"]  # type: ignore[index]
    assert row["a3"]["count"] == 3  # type: ignore[index]


def test_a_member_that_is_not_asked_may_still_say_that_it_received() -> None:
    us, ru, fr = pens("us", "ru", "fr")
    notice = visit(us, to=["ru.example"])
    fr.say("core/acknowledge@1", "received", [notice])
    state = folded(us, ru, fr)
    rows = {row["party"]: row for row in reception(state.cases[0], Receipts(), unnumbered)}
    assert (rows["fr.example"]["addressed"], rows["ru.example"]["addressed"]) == (False, True)
    assert state.irregularities == ()


def readback(*readings: list[Value], answer: str = "correct") -> Matter:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("core/readback@1", answer, [notice], {"fields": [*readings]})
    return folded(us, ru).cases[0].main


def test_a_readback_is_compared_with_the_version_that_it_names() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    second = us.say("core/visit@1", "-", [notice], {**notice.fields, "place": "Lviv"})
    ru.say("core/readback@1", "correct", [second], {"fields": [["place", "Kyiv"]]})
    ru.say("core/readback@1", "correct", [notice], {"fields": [["place", "Kyiv"]]})
    state = folded(us, ru)
    rows = {row["version"]: row for row in reception(state.cases[0], Receipts(), unnumbered)}
    assert (rows[1]["a2"]["result"], rows[2]["a2"]["result"]) == ("correct", "differs")
    assert rows[2]["a2"]["differs"] == [{"path": "place", "told": "Lviv", "read": "Kyiv"}]
    assert [odd.code for odd in state.irregularities] == ["readback.stated-correct"]
    assert state.irregularities[0].effect


def test_a_readback_called_correct_is_not_taken_at_its_word() -> None:
    (act,) = readback(["place", "Kyiv"], ["from", "2023-02-20T07:00:00Z"]).acts
    told = readback(["place", "Kyiv"]).first
    found = compared(told, act.entry)
    assert (found.result, found.stated, found.compared, found.of) == ("differs", "correct", 2, 5)
    assert [(each.path, each.read) for each in found.differs] == [("from", "2023-02-20T07:00:00Z")]


def test_a_readback_of_nothing_or_of_what_was_not_told_is_not_correct() -> None:
    told = readback(["place", "Kyiv"]).first
    assert compared(told, readback().acts[0].entry).result == "differs"
    never = compared(told, readback(["route", "by rail"]).acts[0].entry)
    assert (never.result, never.compared) == ("differs", 0)
    assert never.differs[0].told is None


def test_a_readback_that_its_reader_calls_different_stays_different() -> None:
    told = readback(["place", "Kyiv"]).first
    found = compared(told, readback(["place", "Kyiv"], answer="differs").acts[0].entry)
    assert (found.result, found.stated, found.differs) == ("differs", "differs", ())


def test_true_is_not_read_back_as_one() -> None:
    us, ru = pens("us", "ru")
    relayed = us.say("core/relayed@1", "-", (), {"originator": "x", "consent": True, "text": "t"})
    read = ru.say("core/readback@1", "correct", [relayed], {"fields": [["consent", 1]]})
    assert compared(relayed, read).result == "differs"


def test_a_receipt_counts_from_the_earliest_that_covers_the_entry() -> None:
    us, _ = pens("us", "ru")
    visit(us)
    second = visit(us)
    rows = [
        ("ru.example", 1, 50),
        ("ru.example", 3, 90),
        ("ru.example", 2, 70),
        ("fr.example", 5, 1),
    ]
    receipts = Receipts({us.origin: rows})
    assert receipts.received_s(us.entries[0].ref, "ru.example") == 50
    assert receipts.received_s(second.ref, "ru.example") == 70
    assert receipts.received_s(second.ref, "de.example") is None
    later = Receipts({us.origin: [("ru.example", 2, 70), ("ru.example", 9, 60)]})
    assert later.received_s(second.ref, "ru.example") == 60


def test_a_deposit_is_deemed_and_never_received() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    deposit = {notice.ref.origin: [("ru.example", 1, parse_utc("2023-02-20T00:05:00Z"))]}
    row = of_notice(us, ru, Receipts({}, deposit))
    assert row["a0"] == {"deemed": "2023-02-20T00:05:00Z"}
    shown = registers(folded(us, ru), Receipts({}, deposit))
    assert shown["reception"][0]["a0"] == {"deemed": "2023-02-20T00:05:00Z"}


def test_an_acknowledgement_of_a_closing_has_a_row_of_its_own() -> None:
    us, ru = pens("us", "ru")
    closing = us.say("core/close@1", "completed", [visit(us)])
    ru.say("core/acknowledge@1", "received", [closing])
    (case,) = folded(us, ru).cases
    rows = [
        row for row in reception(case, Receipts(), unnumbered) if row["format"] == "core/close@1"
    ]
    assert [(row["version"], row["a1"]["class"]) for row in rows] == [(0, "received")]


def test_a_later_readback_of_another_item_leaves_a_difference_where_it_was() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    late: list[Value] = ["from", "2023-02-21T06:00:00Z"]
    ru.say("core/readback@1", "differs", [notice], {"fields": [late]})
    ru.say("core/readback@1", "correct", [notice], {"fields": [["place", "Kyiv"]]})
    read = of_notice(us, ru)["a2"]
    assert (read["result"], read["compared"], read["of"]) == ("differs", 2, 5)  # type: ignore[index]
    assert [each["path"] for each in read["differs"]] == ["from"]  # type: ignore[index]


def test_a_difference_goes_when_that_item_is_read_correctly() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    for at, answer in (("2023-02-21T06:00:00Z", "differs"), ("2023-02-20T06:00:00Z", "correct")):
        ru.say("core/readback@1", answer, [notice], {"fields": [["from", at]]})
    read = of_notice(us, ru)["a2"]
    assert (read["result"], read["compared"], read["differs"]) == ("correct", 1, [])  # type: ignore[index]


def test_one_item_read_is_counted_as_one_of_all() -> None:
    us, ru = pens("us", "ru")
    ru.say("core/readback@1", "correct", [visit(us)], {"fields": [["place", "Kyiv"]]})
    read = of_notice(us, ru)["a2"]
    assert (read["compared"], read["of"]) == (1, 5)  # type: ignore[index]


def test_a_readback_of_all_that_is_asked_for_does_not_look_like_half_of_it() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    readings: list[list[Value]] = [[p, notice.fields[p]] for p in ("from", "until", "place")]
    ru.say("core/readback@1", "correct", [notice], {"fields": [*readings]})
    table = ladder_table(speakers(load_terms(), ["en"]), [of_notice(us, ru)], "notice")
    assert plain_words(table.rows[0][3]).startswith("Critical items read back 3 / 3")


def test_what_is_to_be_read_back_is_counted_apart_from_what_nobody_asks_for() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    readings: list[list[Value]] = [[path, notice.fields[path]] for path in ("from", "until")]
    ru.say("core/readback@1", "correct", [notice], {"fields": [*readings]})
    read = of_notice(us, ru)["a2"]
    assert (read["asked_read"], read["asked"]) == (2, 3)  # type: ignore[index]
    ru.say("core/readback@1", "correct", [notice], {"fields": [["place", "Kyiv"]]})
    read = of_notice(us, ru)["a2"]
    assert (read["asked_read"], read["asked"], read["of"]) == (3, 3, 5)  # type: ignore[index]
