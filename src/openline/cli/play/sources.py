"""The table of docs/SOURCES.md: every fact of the five pages with its step, mark and format.

Shapes   table_of(histories) -> lines of a Markdown table; rows_in(page) -> its rows
Units    none
Raises   nothing
Source   docs/SOURCES.md
Never    adds a word of its own: what it prints stands in the scenario files
"""

from collections.abc import Iterable

from openline.cli.play.scenario import History

HEADING = ("Fact", "Mark", "What it says", "Step", "Format")


def table_of(histories: Iterable[History]) -> list[str]:
    """The rows of every history, in order, one per fact and step."""
    lines = []
    for history in histories:
        lines += [
            f"### History {history.number}: {history.title} (report {history.report})",
            "",
            "| " + " | ".join(HEADING) + " |",
            "| --- | --- | --- | --- | --- |",
        ]
        formats = {step.id: step.format for step in history.steps}
        formats |= {f"line:{line.id}": "charter" for line in history.lines}
        for fact in history.facts:
            for step in fact.steps:
                cells = (fact.id, fact.mark, fact.text, step, formats[step])
                lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return lines


def rows_in(page: str) -> list[tuple[str, ...]]:
    """The rows of every such table in a page: fact, mark, text, step, format."""
    found = []
    for line in page.splitlines():
        cells = tuple(cell.strip() for cell in line.strip().strip("|").split("|"))
        is_row = line.startswith("| ") and len(cells) == len(HEADING) and cells != HEADING
        if is_row and set(cells[1]) != {"-"}:
            found.append(cells)
    return found
