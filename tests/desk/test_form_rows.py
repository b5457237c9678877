"""Groups and rows of a form on a page: shown, added, taken away, read, and typed anew."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.desk.pages import form_fields, form_values
from openline.desk.pages.form_fields import with_row, without_row
from openline.desk.pages.form_values import TooLong, typed, values
from openline.desk.pages.look import Words
from openline.formats.check import check
from openline.formats.form import Format
from openline.formats.pack import load_packs
from openline.formats.terms import load_terms

PACKS = load_packs()


def form_of(name: str) -> Format:
    found = PACKS.format(name)
    assert found is not None
    return found


HAZARD = form_of("core/hazard-area@1")
TIMES = {"from": "2031-01-01T00:00:00Z", "until": "2031-01-01T01:00:00Z"}
FIELDS: dict[str, Any] = {
    "subject": [{"lang": "en", "status": "original", "text": "Firing"}],
    "area.1.area": {"points": [[163_738_000, 482_082_000]], "radius_m": 500, "lower_m": -5},
    **{f"area.1.window.1.{k}": v for k, v in TIMES.items()},
    **{f"area.1.window.2.{k}": v for k, v in TIMES.items()},
    **{f"area.1.alternate.1.{k}": v for k, v in TIMES.items()},
    "area.2.area": {"points": [[1_000_000_000, -100_000_000]], "reference": "msl"},
    **{f"area.2.window.1.{k}": v for k, v in TIMES.items()},
}


def test_what_a_message_says_is_typed_and_read_back_the_same() -> None:
    filled = values(HAZARD, typed(HAZARD, FIELDS, "en"))
    assert (filled.fields, filled.flaws) == (FIELDS, {})
    assert check(HAZARD, "-", filled.fields, drafting=True) == ()


@pytest.mark.parametrize("kind", [f.id for f in PACKS.formats if not f.machine])
def test_every_form_with_one_row_in_every_group_is_typed_and_read_back(kind: str) -> None:
    form = form_of(kind)
    given: dict[str, str] = {}
    for _ in range(3):  # groups stand in groups at most three deep
        for item in [i for i in form_fields.items_of(form) if i.type == "group"]:
            given = with_all_rows(form, given, item.path)
    said = {item.path: sample(item) for item in form_fields.leaves(form.items, given)}
    fields = {path: value for path, value in said.items() if value is not None}
    assert values(form, typed(form, fields, "en")).fields == fields


def with_all_rows(form: Format, given: dict[str, str], path: str) -> dict[str, str]:
    item = form.item(path)
    assert item is not None
    if item.repeatable and form_fields.count(item, given) == 0:
        given = with_row(form, given, path)
    for n in form_fields.numbers(item, given):
        for inner in item.row(n):
            if inner.type == "group":
                given = with_all_rows(form, given, inner.path)
    return given


SAMPLES: dict[str, Any] = {
    "text": [{"lang": "nl", "status": "official", "text": "Woorden"}], "string": "words",
    "text-or-string": [{"lang": "en", "status": "original", "text": "x"}], "block": "a\nb",
    "slug": "a-slug", "time": "2031-01-01T00:00:30Z", "day": "03-01", "int": 7, "bool": False,
    "hash": "A" * 43 + "=", "party": "north.example", "amount": ["tanks: heavy", 3],
    "ref": ["north.example/openline/" + "a" * 52, 2],
    "area": {"points": [[10_000_000, -20_000_000]], "upper_m": 300},
}  # fmt: skip


def sample(item: Any) -> Any:
    """A value of the item's type; None for types that are not typed."""
    if item.type == "code":
        value: Any = item.codes[0][0]
    else:
        value = SAMPLES.get(item.type)
    return [value] if item.repeatable and value is not None else value


def test_rows_that_were_left_empty_are_no_rows_and_those_after_them_move_up() -> None:
    given = {
        "n.area": "3", "f.area.1.area.points": " ", "f.area.3.area.points": "48.2000, 16.3000",
        "f.area.3.window.2.from": "2031-01-01 00:00", "n.area.3.window": "2",
    }  # fmt: skip
    filled = values(HAZARD, given)
    assert sorted(filled.fields) == ["area.1.area", "area.1.window.1.from"]
    assert filled.at("area.1.window.1.from") == "area.3.window.2.from"
    assert filled.at("area.1.window.1") == "area.3.window.2"


def test_a_flaw_in_a_row_is_said_where_it_was_typed() -> None:
    filled = values(HAZARD, {"n.area": "2", "f.area.2.area.points": "somewhere"})
    assert list(filled.flaws) == ["area.2.area"]


def test_withheld_fields_of_a_row_stay_withheld_when_it_moves() -> None:
    form = form_of("humanitarian/person-list@1")
    given = {"n.person": "1", **form_fields.hidden_in(form.items, {"n.person": "1"})}
    given = with_row(form, given, "person")
    assert "w.person.2.name" in given  # the pack withholds names
    given |= {"f.person.1.row": "gone", "f.person.2.row": "stays", "f.person.2.name": "A\nB"}
    given = without_row(form, given, "person.1")
    filled = values(form, given)
    assert filled.fields == {"person.1.row": "stays", "person.1.name": ["A", "B"]}
    assert form_values.withheld(form, given, filled) == ["person.1.name"]


def test_taking_a_row_away_touches_no_other_group() -> None:
    given = typed(HAZARD, FIELDS, "en")
    after = values(HAZARD, without_row(HAZARD, given, "area.1.window.1")).fields
    assert after == {k: v for k, v in FIELDS.items() if not k.startswith("area.1.window.2")}
    whole = values(HAZARD, without_row(HAZARD, given, "area.1")).fields
    assert whole["area.1.area"] == FIELDS["area.2.area"]
    assert not any(path.startswith("area.2") for path in whole)


@pytest.mark.parametrize(
    "path", ["", "subject", "area", "area.x", "area.0", "nothing.1", "area.1.1"]
)
def test_an_act_on_what_is_no_row_changes_nothing(path: str) -> None:
    given = typed(HAZARD, FIELDS, "en")
    assert values(HAZARD, without_row(HAZARD, given, path)).fields == FIELDS
    if path != "area":
        assert values(HAZARD, with_row(HAZARD, given, path)).fields == FIELDS


def test_a_message_that_a_page_cannot_hold_is_not_cut() -> None:
    form = form_of("humanitarian/person-list@1")
    long = {f"person.{n}.row": str(n) for n in range(1, form_fields.ROWS_MAX + 2)}
    with pytest.raises(TooLong):
        typed(form, long, "en")


names = st.sampled_from(
    ["f.area.1.area.points", "f.area.2.window.1.from", "n.area", "n.area.1.window", "w.area.1.area",
     "f.area.9999.area.points", "n.area.x", "f.area..", "f.", "n.subject"]
)  # fmt: skip


@settings(max_examples=150)
@given(st.dictionaries(names, st.text(max_size=9)), st.text(max_size=20))
def test_nothing_that_is_posted_stops_the_page(given_: dict[str, str], path: str) -> None:
    words = Words("en")
    for posted in (given_, with_row(HAZARD, given_, path), without_row(HAZARD, given_, path)):
        values(HAZARD, posted)
        form_fields.inputs(HAZARD, words, posted, {})


def test_the_words_of_an_own_pack_stand_on_the_pages() -> None:
    terms = load_terms().with_labels({"en": {"border.item.gate": ("Gate", "reviewed")}})
    assert Words("en", terms).term("border.item.gate") == "Gate"
    assert Words("en", terms).knows("border.item.gate")
    assert not Words("en").knows("border.item.gate")
