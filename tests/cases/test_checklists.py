"""A corridor is agreed when nothing is empty and each party has accepted each item."""

from typing import Any

from openline.cases.registers import registers
from openline.formats.pack import load_packs
from tests.cases.hand import folded, pens, text

FORM = load_packs().format("humanitarian/corridor@1")
assert FORM is not None
ITEMS = [item.path for item in FORM.items]
WHOLE: dict[str, Any] = {
    "corridor": "bridge-1",
    "segment.1.route": {"points": [[-330123450, 470123450], [-329123450, 470123450]]},
    "segment.1.controlled_by": "us.example",
    "direction": "out",
    "from": "2030-01-01T08:00:00Z",
    "until": "2030-01-01T16:00:00Z",
    **{
        path: text("as agreed")
        for path in ("who", "goods", "inspection", "fire_rules", "incident_procedure",
                     "monitoring", "renewal", "announcement")
    },
    "buffer_m": 500,
    "hotline_tested": "2029-12-31T08:00:00Z",
}  # fmt: skip


def row(*writers: object) -> dict[str, Any]:
    (found,) = registers(folded(*writers))["checklists"]["rows"]  # type: ignore[arg-type]
    return dict(found)


def told(**changed: Any) -> tuple[Any, Any, Any]:
    us, ru = pens("us", "ru")
    corridor = us.say("humanitarian/corridor@1", "-", (), {**WHOLE, **changed})
    return us, ru, corridor


def accept(pen: Any, corridor: Any, items: list[str], answer: str = "accept") -> None:
    pen.say("humanitarian/item-position@1", answer, [corridor], items=items, text=text("so"))


def test_it_is_agreed_when_every_item_is_given_and_accepted() -> None:
    us, ru, corridor = told()
    assert row(us, ru)["agreed"] is False
    accept(ru, corridor, ITEMS)
    assert (row(us, ru)["agreed"], row(us, ru)["empty"]) == (True, [])


def test_an_empty_item_keeps_it_from_being_agreed_whatever_was_accepted() -> None:
    us, ru = pens("us", "ru")
    fields = {path: value for path, value in WHOLE.items() if path != "goods"}
    corridor = us.say("humanitarian/corridor@1", "-", (), fields)
    accept(ru, corridor, ITEMS)
    assert (row(us, ru)["agreed"], row(us, ru)["empty"]) == (False, ["goods"])


def test_one_item_that_is_not_accepted_keeps_it_open() -> None:
    us, ru, corridor = told()
    accept(ru, corridor, [path for path in ITEMS if path != "who"])
    assert row(us, ru)["not_accepted"] == ["who"]
    accept(ru, corridor, ["who"], "reject")
    assert row(us, ru)["agreed"] is False


def test_what_a_new_version_changes_has_to_be_accepted_anew() -> None:
    us, ru, corridor = told()
    accept(ru, corridor, ITEMS)
    changed = {**WHOLE, "relation": "amends", "until": "2030-01-01T18:00:00Z"}
    later = us.say("humanitarian/corridor@1", "-", [corridor], changed)
    found = row(us, ru)
    assert (found["version"], found["agreed"], found["weakest"]) == (2, False, "stale")
    assert found["not_accepted"] == ["until"]
    accept(ru, later, ["until"])
    assert row(us, ru)["agreed"] is True


def test_every_member_accepts_not_only_whom_the_corridor_is_addressed_to() -> None:
    us, ru, un = pens("us", "ru", "un")
    corridor = us.say("humanitarian/corridor@1", "-", (), {**WHOLE, "to": ["ru.example"]})
    accept(ru, corridor, ITEMS)
    assert row(us, ru, un)["agreed"] is False
    accept(un, corridor, ITEMS)
    assert row(us, ru, un)["agreed"] is True


def test_who_proposes_does_not_accept_for_the_others() -> None:
    us, ru, corridor = told()
    accept(us, corridor, ITEMS)
    assert row(us, ru)["agreed"] is False
