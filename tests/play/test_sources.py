"""docs/SOURCES.md: no step without a mark, no fact without a step, no step without a row."""

from pathlib import Path

from openline.cli.play.loading import load_all
from openline.cli.play.scenario import MARKS, Fault
from openline.cli.play.sources import rows_in
from tools import sources_page

PAGE = Path(__file__).parents[2] / "docs" / "SOURCES.md"


def test_the_page_is_made_from_the_scenario_files() -> None:
    assert PAGE.read_text("utf-8") == sources_page.page(), "run `make docs`"


def test_every_row_names_a_step_of_its_mark_and_format() -> None:
    rows = rows_in(PAGE.read_text("utf-8"))
    known = {}
    for history in load_all():
        known |= {(history.number, s.id): (s.marks, s.format) for s in history.steps}
        lines = history.lines
        known |= {(history.number, f"line:{x.id}"): ({x.mark}, "charter") for x in lines}
    for fact, mark, text, step, form in rows:
        marks, format_id = known[(fact.partition(".")[0], step)]
        assert mark in MARKS and mark in marks, fact
        assert form == format_id, fact
        assert text, fact


def test_every_fact_and_every_step_has_a_row() -> None:
    rows = {(fact, step) for fact, _, _, step, _ in rows_in(PAGE.read_text("utf-8"))}
    for history in load_all():
        for fact in history.facts:
            assert {(fact.id, step) for step in fact.steps} <= rows
        names = {s.id for s in history.steps} | {f"line:{x.id}" for x in history.lines}
        assert names == {step for fact, step in rows if fact.startswith(f"{history.number}.")}


def test_every_fault_is_put_in_for_the_play() -> None:
    for history in load_all():
        for step in history.steps:
            if isinstance(step.action, Fault):
                assert step.mark == "P", step.id


def test_a_row_with_another_mark_is_found() -> None:
    """The negative control: an edited table is not the table."""
    page = PAGE.read_text("utf-8")
    assert rows_in(page.replace("| 1.1.1 | R |", "| 1.1.1 | P |")) != rows_in(page)
