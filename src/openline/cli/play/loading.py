"""From a scenario file to a History: shapes first, then whether it all hangs together.

Shapes   load_history(data, file) -> History; load_all() -> the histories of the package in order
Units    times are unix seconds UTC
Raises   ScenarioRefused, naming file, step and reason
Source   docs/SOURCES.md, "How a scenario file is read"
Never    reads a file bigger than FILE_BYTES_MAX; never fills in a mark
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Final

from openline.cli.play.coherence import check_history
from openline.cli.play.reading import ScenarioRefused, Table
from openline.cli.play.repeating import row_name, rows
from openline.cli.play.scenario import (
    Action,
    Batch,
    Check,
    Digest,
    Erase,
    Fact,
    Fault,
    History,
    Line,
    Note,
    Open,
    Party,
    Play,
    Send,
    Step,
    Stop,
)

FILE_BYTES_MAX: Final = 256 * 1024
SCHEMA: Final = "openline/play 1"
NUMBERS: Final = ("1", "2", "3", "4", "5", "6")
# Played when it is asked for by name: it tells of no report, but of everything that can go wrong.
BAD_MONTH: Final = "bad-month"
ACTIONS: Final = ("send", "batch", "digest", "erase", "note", "fault", "check", "open")


@cache
def load_all(numbers: tuple[str, ...] = NUMBERS) -> tuple[History, ...]:
    """The histories that the package carries, in the order asked for."""
    folder = files("openline.cli.play") / "scenarios"
    names = {number_of(entry.name): entry for entry in folder.iterdir()}
    return tuple(load_history(names[n].read_bytes(), names[n].name) for n in numbers)


def number_of(name: str) -> str:
    """By what a scenario file is called up: the number before its title, or its whole name."""
    number = name.partition("-")[0]
    return number if number.isdigit() else name.removesuffix(".toml")


def load_history(data: bytes, file: str) -> History:
    """Read one scenario file strictly."""
    if len(data) > FILE_BYTES_MAX:
        raise ScenarioRefused(file, "file", f"longer than {FILE_BYTES_MAX} bytes")
    try:
        values = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ScenarioRefused(file, "file", f"not TOML: {error}") from None
    top = Table(file, "file", values)
    if top.text("schema") != SCHEMA:
        raise top.refuse(f"schema is not {SCHEMA}")
    history = History(
        number=top.text("number"),
        title=top.text("title"),
        report=top.text("report"),
        days=top.text("days"),
        parties=tuple(_party(table) for table in top.tables("party")),
        lines=tuple(_line(table) for table in top.tables("line")),
        plays=tuple(_play(table) for table in top.tables("play")),
        steps=tuple(_step(table) for table in top.tables("step")),
        facts=tuple(_fact(table) for table in top.tables("fact")),
    )
    top.done()
    check_history(history, file)
    return history


def _named(table: Table, word: str) -> str:
    """The id of a table; from here on errors name it."""
    name = table.text("id")
    table.where = f"{word} {name}"
    return name


def _party(table: Table) -> Party:
    party = Party(table.text("name"), table.text("label"), table.flag("node", default=True))
    table.done()
    return party


def _line(table: Table) -> Line:
    name = _named(table, "line")
    line = Line(
        id=name,
        mark=table.text("mark"),
        title=table.text("title"),
        level=table.text("level"),
        purpose=table.text("purpose"),
        members=tuple(sorted(table.texts("members"))),
        packs=tuple(sorted(table.texts("packs"))),
        languages=tuple(sorted(table.texts("languages"))),
        timers=table.numbers("timers"),
        officers=table.numbers("officers"),
        visible=table.texts("visible", ()),
        witnessed=table.flag("witnessed", default=False),
        at_setup=table.flag("at_setup", default=True),
        batch=tuple(sorted(table.texts("batch", ()))),
        relays=table.texts("relays", ()),
    )
    table.done()
    return line


def _play(table: Table) -> Play:
    name = _named(table, "play")
    stops = []
    for row in table.tables("stop"):
        stops.append(Stop(row.text("id"), row.text("after"), row.texts("parties")))
        row.done()
    play = Play(
        name,
        tuple(sorted(table.texts("parties"))),
        table.texts("lines"),
        tuple(stops),
    )
    table.done()
    return play


def _fact(table: Table) -> Fact:
    name = _named(table, "fact")
    fact = Fact(
        name,
        table.text("mark"),
        table.text("text"),
        table.texts("steps"),
    )
    table.done()
    return fact


def _step(table: Table) -> Step:
    name = _named(table, "step")
    kinds = [kind for kind in ACTIONS if table.has(kind)]
    if len(kinds) != 1:
        raise table.refuse(f"holds {len(kinds)} actions, not one of {', '.join(ACTIONS)}")
    step = Step(
        id=name,
        at_s=table.time("at"),
        mark=table.text("mark"),
        tells=table.text("tells"),
        only=table.texts("only", ()),
        field_marks=table.words("field_marks"),
        action=_action(kinds[0], table),
    )
    table.done()
    return step


def _action(kind: str, table: Table) -> Action:
    inner = table.table(kind)
    action: Action
    match kind:
        case "send":
            action = Send(
                sender=inner.text("from"),
                line=inner.text("line"),
                format=inner.text("format"),
                answer=inner.text("class", "-"),
                refs=inner.texts("refs", ()),
                fields=table.fields("fields"),
                withheld=inner.texts("withheld", ()),
                warns=inner.texts("warns", ()),
            )
        case "batch":
            action = _batch(inner, table)
        case "digest":
            action = Digest(inner.text("from"), inner.text("line"), inner.text("answers", ""))
        case "erase":
            action = Erase(inner.texts("nodes"), inner.text("step"))
        case "note":
            action = Note(inner.text("kind"), inner.texts("nodes"), table.fields("record"))
        case "fault":
            action = Fault(
                inner.text("kind"),
                inner.text("party", ""),
                inner.text("other", ""),
                inner.number("seconds", 0),
                inner.text("name", ""),
                inner.text("line", ""),
            )
        case "check":
            action = _check(inner)
        case _:
            action = Open(inner.text("line"))
    inner.done()
    return action


def _batch(inner: Table, table: Table) -> Batch:
    """Many messages; what stands in `refs_row` names the row of the same number in that step."""
    sender, line, format_id = (inner.text(key) for key in ("from", "line", "format"))
    answer, refs = inner.text("class", "-"), inner.texts("refs", ())
    named, withheld = inner.text("refs_row", ""), inner.texts("withheld", ())
    found = []
    for number, fields in enumerate(rows(table, inner.number("count"), table.fields("fields")), 1):
        names = (row_name(named, number),) if named else refs
        found.append(Send(sender, line, format_id, answer, names, fields, withheld))
    return Batch(sender, line, tuple(found), inner.texts("warns", ()))


def _check(inner: Table) -> Check:
    return Check(
        kind=inner.text("kind"),
        nodes=inner.texts("nodes"),
        line=inner.text("line", ""),
        step=inner.text("step", ""),
        party=inner.text("party", ""),
        count=inner.number("count", 0),
        at_s=inner.time("time") if inner.has("time") else 0,
        name=inner.text("name", ""),
    )
