"""Groups of items: rows counted from 1, each item of a row a field of its own."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.check import check
from openline.formats.form import Format, Item
from openline.formats.render import render
from openline.formats.terms import load_terms

TIME = Item("1", "enter", "item.from", "time", required=True)
WINDOW = Item(
    "2", "window", "item.area", "group", repeatable=True,
    items=(Item("1", "from", "item.from", "time", required=True),
           Item("2", "until", "item.until", "time")),
)  # fmt: skip
SEGMENT = Item(
    "6", "segment", "item.route", "group", required=True, repeatable=True,
    items=(TIME, WINDOW, Item("3", "name", "item.place", "string", withheld=True)),
)  # fmt: skip
CONTACT = Item(
    "7", "contact", "item.position", "group",
    items=(Item("1", "position", "item.position", "string", required=True),),
)  # fmt: skip
FORM = Format("x/move@1", "format.visit", "notice", "A test", (SEGMENT, CONTACT), ())
NOON = "2030-01-01T12:00:00Z"
ONE = "2030-01-01T13:00:00Z"


def codes(fields: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
    return [(flaw.path, flaw.code) for flaw in check(FORM, "-", fields, **more)]


def test_a_row_is_found_by_its_whole_path_and_knows_its_number() -> None:
    item = FORM.item("segment.2.window.1.from")
    assert item is not None
    assert (item.number, item.type, item.path) == ("6.2.2.1.1", "time", "segment.2.window.1.from")


@pytest.mark.parametrize(
    "path",
    ["segment", "segment.0.enter", "segment.01.enter", "segment.1", "segment.1.enter.x",
     "segment.x.enter", "segment.1.window.from", "contact.1.position", "segment.99999.enter"],
)  # fmt: skip
def test_a_path_beside_the_form_is_no_item_with_a_value(path: str) -> None:
    flaws = codes({"segment.1.enter": NOON, path: NOON})
    assert [code for at, code in flaws if at == path] in (["unknown-path"], ["wrong-type"])


def test_a_row_that_was_begun_has_all_that_it_needs() -> None:
    fields = {"segment.1.enter": NOON, "segment.2.name": "bridge"}
    assert codes(fields) == [("segment.2.enter", "missing")]
    assert codes({"segment.1.enter": NOON, "segment.1.window.1.until": ONE}) == [
        ("segment.1.window.1.from", "missing")
    ]


def test_a_required_group_needs_a_row_and_another_does_not() -> None:
    assert codes({}) == [("segment", "missing")]


def test_rows_are_counted_without_gaps_unless_something_is_withheld() -> None:
    fields = {"segment.1.enter": NOON, "segment.3.enter": NOON}
    assert codes(fields) == [("segment", "row-missing")]
    assert codes(fields, withheld=1) == [("segment", "not-shown")]


def test_a_row_may_not_end_before_it_begins() -> None:
    fields = {
        "segment.1.enter": NOON,
        "segment.1.window.1.from": ONE,
        "segment.1.window.1.until": NOON,
    }
    assert codes(fields) == [("segment.1.window.1.until", "ends-before-it-begins")]


def test_an_item_withheld_by_the_form_is_withheld_in_every_row() -> None:
    fields = {"segment.1.name": "a", "segment.2.name": "b", "segment.1.enter": NOON}
    assert FORM.withheld(fields) == ("segment.1.name", "segment.2.name")


def test_rows_are_shown_in_order_each_under_its_own_number() -> None:
    fields = {"segment.2.enter": NOON, "segment.10.enter": NOON, "segment.1.name": "b"}
    numbers = [row.number for row in render(FORM, "-", fields, "en", terms=load_terms())]
    assert numbers == ["6.1", "6.1.3", "6.2", "6.2.1", "6.10", "6.10.1"]


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,3}(\\.[0-9a-z]{1,2}){0,3}", fullmatch=True), st.just(1))
)
def test_no_path_stops_the_check(fields: dict[str, Any]) -> None:
    assert all(path in fields or path == "segment" for path, _ in codes(fields) if path)
