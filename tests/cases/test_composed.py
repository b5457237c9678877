"""A record made of parts is as good as its weakest part, whoever wrote first."""

import itertools

import pytest

from openline.cases import composed as parts
from openline.cases.ahead import ahead
from openline.cases.case import Case, Matter
from openline.cases.composed import STRENGTH, composed
from openline.cases.documents import sides
from openline.cases.entry import Entry
from openline.cases.fold import fold
from openline.cases.ladder import unnumbered
from openline.cases.ours import against
from openline.cases.registers import registers
from openline.cases.views import case_view
from openline.formats.document.model import plain_words
from openline.formats.document.speaker import speakers
from openline.formats.openjson import Value
from tests.cases.hand import PACKS, Pen, folded, pens, text

AREA: Value = {"points": [[300_000_000, 500_000_000], [300_100_000, 500_100_000]]}
CHECKLIST: dict[str, Value] = {
    "corridor": "north-road",
    "segment.1.route": AREA,
    "segment.1.controlled_by": "ru.example",
    "segment.2.route": AREA,
    "segment.2.controlled_by": "us.example",
    "direction": "out",
    "from": "2023-02-20T06:00:00Z",
    "until": "2023-02-20T12:00:00Z",
    "who": text("All civilians"),
    "goods": text("None"),
    "inspection": text("None"),
    "fire_rules": text("No fire within the buffer"),
    "buffer_m": 1_000,
    "incident_procedure": text("Stop, call"),
    "hotline_tested": "2023-02-19T12:00:00Z",
    "monitoring": text("By both"),
    "renewal": text("Day by day"),
    "announcement": text("Told at noon"),
}
EVERYTHING: list[Value] = sorted({path.partition(".")[0] for path in CHECKLIST})


def corridor(pen: Pen, **more: Value) -> Entry:
    return pen.say("humanitarian/corridor@1", "-", (), CHECKLIST | more)


def position(pen: Pen, about: Entry, answer: str, items: list[Value]) -> Entry:
    fields: dict[str, Value] = {"items": items, "text": text("As discussed")}
    return pen.say("humanitarian/item-position@1", answer, [about], fields)


def state(*written: Pen) -> str:
    """The state of the one record, which no order of arrival changes."""
    entries = [entry for pen in written for entry in pen.entries]
    found = set()
    for order in itertools.islice(itertools.permutations(entries), 24):
        line = fold(order, PACKS, ("ru.example", "us.example"))
        record = composed(line.cases[0], line.cases[0].main)
        assert record is not None
        found.add(record.state)
    (only,) = found
    return only


def test_a_checklist_is_agreed_only_when_every_item_is_accepted() -> None:
    us, ru = pens("us", "ru")
    told = corridor(us)
    assert state(us, ru) == "silent"
    position(ru, told, "accept", [p for p in EVERYTHING if p != "segment"])
    assert state(us, ru) == "silent"
    position(ru, told, "accept", ["segment.1"])
    assert state(us, ru) == "silent"
    position(ru, told, "accept", ["segment.2"])
    assert state(us, ru) == "accepted"


def test_one_rejected_item_rejects_the_whole_until_it_is_taken_back() -> None:
    us, ru = pens("us", "ru")
    told = corridor(us)
    position(ru, told, "accept", EVERYTHING)
    position(ru, told, "reject", ["segment.2.route"])
    assert state(us, ru) == "rejected"
    position(ru, told, "accept", ["segment.2.route"])
    assert state(us, ru) == "accepted"


def test_an_item_that_nobody_filled_in_is_weaker_than_silence() -> None:
    us, ru = pens("us", "ru")
    fields = {path: value for path, value in CHECKLIST.items() if path != "fire_rules"}
    told = us.say("humanitarian/corridor@1", "-", (), fields)
    position(ru, told, "accept", EVERYTHING)
    assert state(us, ru) == "empty"


def test_what_changed_after_it_was_accepted_is_stale_and_the_rest_still_holds() -> None:
    us, ru = pens("us", "ru")
    told = corridor(us)
    position(ru, told, "accept", EVERYTHING)
    later = us.say(
        "humanitarian/corridor@1", "-", [told],
        {**CHECKLIST, "relation": "amends", "until": "2023-02-20T18:00:00Z"},
    )  # fmt: skip
    assert state(us, ru) == "stale"
    position(ru, later, "accept", ["until"])
    assert state(us, ru) == "accepted"


def test_the_author_cannot_accept_for_the_other_side() -> None:
    us, ru = pens("us", "ru")
    position(us, corridor(us), "accept", EVERYTHING)
    assert state(us, ru) == "silent"


def test_a_list_is_answered_when_every_row_is() -> None:
    us, ru = pens("us", "ru")
    rows: dict[str, Value] = {"list": "one", "count": 2, "person.1.row": "a", "person.2.row": "b"}
    told = us.say("humanitarian/person-list@1", "-", (), rows)
    reply: dict[str, Value] = {"list": "one", "reply.1.row": "a", "reply.1.status": "held"}
    ru.say("humanitarian/person-reply@1", "-", [told], reply)
    assert state(us, ru) == "silent"
    reply = {"list": "one", "reply.1.row": "b", "reply.1.status": "not-held"}
    ru.say("humanitarian/person-reply@1", "-", [told], reply)
    assert state(us, ru) == "answered"


def test_a_text_stands_article_by_article() -> None:
    us, ru = pens("us", "ru")
    fields: dict[str, Value] = {
        "title": text("Draft"), "version": "1", "articles": ["1", "2"],
        "document": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    }  # fmt: skip
    told = us.say("agreements/text@1", "-", (), fields)
    ru.say("agreements/text-position@1", "accept", [told], {"article": "1", "version": "1"})
    assert state(us, ru) == "silent"
    ru.say(
        "agreements/text-position@1", "reserve", [told],
        {"article": "2", "version": "1", "text": text("Not yet")},
    )  # fmt: skip
    assert state(us, ru) == "reserved"


def test_nothing_is_stronger_than_accepted() -> None:
    assert STRENGTH[-1] == "accepted"


FIRE: dict[str, Value] = {
    "area": {"points": [[305_000_000, 505_000_000]], "radius_m": 500},
    "from": "2023-02-21T08:00:00Z",
    "until": "2023-02-21T10:00:00Z",
    "local_zone": "Europe/Kyiv",
    "activities": [{"lang": "en", "status": "original", "text": "Repair of a pump"}],
    "crews": ["pump crew"],
    "verified_by": "a cell",
}
BEGUN: dict[str, Value] = {"at_time": "2023-02-21T08:00:00Z"}


def test_fire_that_stops_early_or_without_agreement_is_told_with_a_caution() -> None:
    us, ru = pens("us", "ru")
    told = us.say("humanitarian/suspension-of-fire@1", "-", (), FIRE)
    form, early = "humanitarian/silence@1", {"at_time": "2023-02-21T07:59:59Z"}
    found = ahead(folded(us, ru), ru.party, form, "begun", early, [told.ref])
    assert [(odd.code, odd.blocks) for odd in found] == [
        ("silence.not-agreed", False),
        ("silence.before-it-begins", False),
    ]
    assert "0 of 7 items" in found[0].sentence
    position(ru, told, "accept", list(FIRE))
    assert ahead(folded(us, ru), ru.party, form, "begun", BEGUN, [told.ref]) == ()
    assert ahead(folded(us, ru), ru.party, form, "ended", early, [told.ref]) == ()


def test_a_withheld_item_counts_and_cannot_be_accepted_unseen() -> None:
    us, ru = pens("us", "ru")
    shown = {path: value for path, value in FIRE.items() if path != "crews"}
    told = us.say("humanitarian/suspension-of-fire@1", "-", (), shown, withheld=[11],
                  hidden={"crews": ["pump crew"]})  # fmt: skip
    form, line = "humanitarian/item-position@1", folded(us, ru)
    (found,) = ahead(line, ru.party, form, "accept", {"items": ["crews"]}, [told.ref])
    assert (found.code, found.blocks) == ("position.withheld-item", True)
    assert found.sentence == "crews is withheld; it cannot be accepted unseen."
    (found,) = ahead(line, ru.party, form, "accept", {"items": ["wh"]}, [told.ref])
    assert found.code == "position.unknown-item"
    position(ru, told, "accept", list(FIRE))  # another program may sign it all the same
    record = composed(folded(us, ru).cases[0], folded(us, ru).cases[0].main)
    assert record is not None
    assert (record.accepted, len(record.items), record.state) == (6, 7, "not-shown")
    later = us.say("humanitarian/suspension-of-fire@1", "-", [told], {**FIRE, "relation": "amends"})
    assert ahead(folded(us, ru), ru.party, form, "accept", {"items": ["crews"]}, [later.ref]) == ()
    position(ru, later, "accept", ["crews"])
    assert state(us, ru) == "accepted"


def test_page_list_and_form_count_the_same_items() -> None:
    """Two segments of two values each are one item of the form, agreed when both are."""
    us, ru = pens("us", "ru")
    told = corridor(us)
    position(ru, told, "accept", ["segment.1", "who"])
    case = folded(us, ru).cases[0]
    form = PACKS.format("humanitarian/corridor@1")
    assert form is not None
    (matter, *_) = case_view(case, {}, 0, unnumbered)["matters"]
    (row,) = registers(folded(us, ru))["checklists"]["rows"]
    assert matter["agreed"] == [1, len(form.items)] == [1, 15]
    assert [each["item"] for each in row["items"]] == [item.path for item in form.items]
    asked = "humanitarian/item-position@1"
    (found,) = ahead(folded(us, ru), ru.party, asked, "accept", {"items": ["x"]}, [told.ref])
    assert found.sentence.count(",") == 14


def test_however_often_a_peer_rejects_a_record_its_parts_are_worked_out_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Eight hundred rejections took eleven seconds each time that a queue was asked for."""
    us, ru = pens("us", "ru")
    told = corridor(us)
    for _ in range(20):
        position(ru, told, "reject", ["buffer_m"])
    (case,) = folded(us, ru).cases
    made: list[Matter] = []

    def counted(of: Case, matter: Matter) -> parts.Composed | None:
        made.append(matter)
        return composed(of, matter)

    monkeypatch.setattr(parts, "composed", counted)
    assert len(list(against(case, us.party))) == 20
    assert len(made) == 1


def test_a_position_that_names_thousands_of_items_fills_no_page() -> None:
    us, ru = pens("us", "ru")
    told = corridor(us)
    position(ru, told, "reject", ["buffer_m", *(f"x{n}" for n in range(9_000))])
    (matter, *_) = case_view(folded(us, ru).cases[0], {}, 0, unnumbered)["matters"]
    section = sides.positions(speakers(PACKS.terms, ["en"], forms=PACKS.format), matter)
    assert section is not None
    words = [plain_words(cell) for row in section.tables[0].rows for cell in row]
    assert max(word.count("\n") for word in words) <= sides.NAMED_MAX
    assert any("Protective distance" in word and "+ 8937" in word for word in words)


@pytest.mark.parametrize("named", ["segment", "segment.1", "segment.1.route", "seg", "", "."])
def test_an_item_is_named_by_itself_or_by_what_it_is_part_of(named: str) -> None:
    path = "segment.1.route"
    assert parts.is_named(path, {named}) == (path == named or path.startswith(f"{named}."))
