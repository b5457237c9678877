"""Every form of core and positions can be filled in soundly, and what it lacks is named."""

import pytest

from openline.formats.check import check
from openline.formats.form import Format, Item
from openline.formats.openjson import Value
from openline.formats.pack import load_packs

PACKS = load_packs()
FORMS = [form for form in PACKS.formats if form.pack in ("core", "positions")]
AREA: Value = {"points": [[300_123_450, 500_123_450]]}
ORIGIN = "us.example/openline/" + "a" * 52
HASH = "A" * 43 + "="
VALUES: dict[str, Value] = {
    "text": [{"lang": "en", "status": "original", "text": "As said"}],
    "text-or-string": "As said",
    "string": "As said",
    "block": "One\nTwo",
    "slug": "topic",
    "int": 3,
    "bool": True,
    "hash": HASH,
    "party": "us.example",
    "area": AREA,
    "amount": ["troops", 9_000],
    "ref": [ORIGIN, 1],
    "reading": ["from", "2023-02-20T06:00:00Z"],
    "opening": [ORIGIN, 1, 7, HASH, "route", "By rail"],
    "day": "03-01",
    "attachment": {"age": HASH, "name": "plate.jpg", "plain": HASH, "size": 4_096},
}


def value(item: Item) -> Value:
    """A sound value of an item; what ends comes after what begins."""
    one: Value
    if item.type == "code":
        one = item.codes[0][0]
    elif item.type == "time":
        last = item.path.rpartition(".")[2]
        one = f"2023-02-2{1 if last == 'until' else 0}T06:00:00Z"
    else:
        one = VALUES[item.type]
    return [one] if item.repeatable else one


def filled(form: Format, *, only_required: bool) -> dict[str, Value]:
    """A message with every item, or with those that it must have; one row in each group."""
    fields: dict[str, Value] = {}

    def fill(items: tuple[Item, ...]) -> None:
        for item in items:
            if only_required and not item.required:
                continue
            if item.type == "group":
                fill(item.row(1 if item.repeatable else 0))
            else:
                fields[item.path] = value(item)

    fill(form.items)
    return fields


def answers(form: Format) -> list[str]:
    return [name for name, _ in form.classes] or ["-"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
def test_a_message_with_every_item_has_no_flaw_in_any_class(form: Format) -> None:
    for answer in answers(form):
        fields = filled(form, only_required=False)
        for name, path in form.excludes:
            if name == answer:
                del fields[path]
        assert check(form, answer, fields, drafting=True) == ()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)
def test_each_required_item_is_missed_by_name(form: Format) -> None:
    whole = filled(form, only_required=True)
    for path in whole:
        lacking = {other: value for other, value in whole.items() if other != path}
        missed = {flaw.path for flaw in check(form, answers(form)[0], lacking)}
        group = path.partition(".")[0]
        assert missed & {path, group}


def test_rows_of_a_hazard_are_areas_by_windows_by_alternates() -> None:
    form = PACKS.format("core/hazard-area@1")
    assert form is not None
    fields = filled(form, only_required=False)
    for path in list(fields):
        if path.startswith("area.1."):
            fields[path.replace("area.1.", "area.2.")] = fields[path]
    fields["area.2.window.2.from"] = "2023-03-01T06:00:00Z"
    fields["area.2.window.2.until"] = "2023-03-01T08:00:00Z"
    assert check(form, "-", fields) == ()
    fields["area.2.window.4.from"] = "2023-03-01T06:00:00Z"
    assert {flaw.code for flaw in check(form, "-", fields)} == {"row-missing", "missing"}
