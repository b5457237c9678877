"""The rows of the live view: each message of a line with its receipt, its ladder and its answer.

Shapes   rows_of(stage, line, node, lang) -> LineRow, in the order of the times told
Units    times are RFC 3339 UTC text as the node shows them
Raises   HandsRefused
Source   DESIGN, "what must always hold" 2: receipts, rungs and answers are separate facts
Never    shows a rung that the node does not show
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from openline.cli.play.stage import Stage, rows, table, text
from openline.formats.openjson import Value
from openline.formats.pack import load_packs
from openline.formats.terms import label

RUNGS: Final = ("a1", "a2", "a3", "a4")
SILENT: Final = "-"


@dataclass(frozen=True, slots=True)
class LineRow:
    """One message on one line. `told` is the writer's time; `receipt` the earliest per party."""

    line: str
    number: str
    sender: str
    format: str
    told: str
    receipt: str
    ladder: str
    answer: str


def rows_of(
    stage: Stage, line: str, node: str, lang: str = "en", step: str = ""
) -> tuple[LineRow, ...]:
    """Every matter of every case of a line, as one node shows it now.

    Of a line that takes batches only the case of the step: all of it would hide what happens.
    """
    told = stage.history.line(line)
    args: dict[str, Value] = {"line": stage.line_ids[line]}
    if told.batch and step in stage.refs:
        args["of"] = list(stage.refs[step])
    found = stage.call(node, "cases", args)
    title = told.title
    matters = [matter for case in rows(found, "cases") for matter in rows(case, "matters")]
    matters.sort(key=lambda matter: (text(newest(matter), "time"), text(matter, "party")))
    return tuple(_row(title, matter, lang) for matter in matters)


def newest(matter: Mapping[str, Value]) -> Mapping[str, Value]:
    """The newest version of a matter."""
    return (rows(matter, "versions") or (matter,))[-1]


def _row(title: str, matter: Mapping[str, Value], lang: str) -> LineRow:
    version = newest(matter)
    reception = [r for r in rows(matter, "reception") if r.get("current") is not False]
    return LineRow(
        line=title,
        number=text(version, "number"),
        sender=short(text(matter, "party")),
        format=format_label(text(matter, "format"), lang),
        told=clock(text(version, "time")),
        receipt=_receipts(reception),
        ladder=_ladder(reception),
        answer=_answers(reception, lang),
    )


def short(party: str) -> str:
    """A party as the view has room for it."""
    return party.removesuffix(".example")


def clock(time: str) -> str:
    """Day and time of an RFC 3339 text, without the year."""
    return time[5:16].replace("T", " ") + "Z" if len(time) >= 16 else SILENT


def format_label(format_id: str, lang: str) -> str:
    """The label of a format in the reader's language; an unknown one is shown as it is."""
    form = load_packs().format(format_id)
    return str(label(form.term, lang)) if form else format_id or SILENT


def class_label(format_id: str, answer: str, lang: str) -> str:
    """The label of an answer class of a format; an unknown one is shown as it is."""
    form = load_packs().format(format_id)
    term = form.class_term(answer) if form else None
    return str(label(term, lang)) if term else answer


def _receipts(reception: list[Mapping[str, Value]]) -> str:
    """Who holds it: the time where one party is asked, else how many of how many."""
    times = [(text(r, "party"), text(table(r, "a0"), "time")) for r in reception]
    if len(times) == 1:
        party, time = times[0]
        return f"{short(party)} {clock(time)}" if time else SILENT
    held = sum(1 for _, time in times if time)
    return f"{held} of {len(times)}" if times else SILENT


def _ladder(reception: list[Mapping[str, Value]]) -> str:
    """Each party's rungs by name; A0 alone says that nobody has acknowledged."""
    shown = []
    for row in reception:
        rungs = [rung.upper() for rung in RUNGS if table(row, rung)]
        if rungs:
            shown.append(f"{short(text(row, 'party'))} {'+'.join(rungs)}")
    return ", ".join(shown) or SILENT


def _answers(reception: list[Mapping[str, Value]], lang: str) -> str:
    shown = []
    for row in reception:
        answer = table(row, "a4")
        if answer:
            said = class_label(text(answer, "format"), text(answer, "class"), lang)
            shown.append(f"{short(text(row, 'party'))}: {said}")
    return ", ".join(shown) or SILENT
