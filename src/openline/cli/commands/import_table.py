"""`openline import table FILE`: rows of CSV, XLSX or GeoJSON as messages, by a stated column map.

Shapes   data is {"rows", "good", "faults": [{"row", "column", "code", "sentence"}], "twins", ...};
         with --dry-run also {"messages": [{"row", "fields"}]}
Units    none
Raises   BadTable, BadMap, FaultyRows, MaybeTwins; what the officers or the node refuse
Source   docs/OPERATE.md, "Many at once from a table"
Never    sends some rows of a table with faults, unless a person asks for the good ones
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Final

import click

from openline.cli.batch import release_rows
from openline.cli.client import client
from openline.cli.commands.import_notices import told_lines
from openline.cli.face import Command, Face, heads, in_one, with_face
from openline.cli.face import pairs as as_pairs
from openline.cli.face import table as as_table
from openline.cli.fields import BadField, decoded
from openline.cli.files import FILE
from openline.cli.outgoing import Signers, officer_options
from openline.cli.sheet import contents
from openline.desk.outside import told_hash
from openline.errors import OpenlineError
from openline.formats.area import Area
from openline.formats.coded import in_line, said, worded
from openline.formats.export.geojson import read_features
from openline.formats.form import Format
from openline.formats.pack import load_packs
from openline.formats.sheet.column_map import BadMap, ColumnMap, read_map
from openline.formats.sheet.csv_text import read_csv
from openline.formats.sheet.rows import Message, read_row
from openline.formats.sheet.table import FILE_BYTES_MAX, BadTable, Cell, Fault, Row
from openline.formats.sheet.twins import Site, Twin, twins
from openline.formats.sheet.xlsx import read_xlsx
from openline.formats.terms import ENGLISH

Json = dict[str, Any]
FAULTS: Final = (
    ("row", "column.row"), ("column", "column.table-column"), ("code", "column.code"),
    ("why", "column.why"),
)  # fmt: skip
TWINS: Final = (
    ("one", "column.one"), ("other", "column.the-other"), ("why", "column.why"),
    ("metres", "column.metres"),
)  # fmt: skip
SHOWN_MAX: Final = 50
UNDERSTOOD_MAX: Final = 3
ROWS_NAMED_MAX: Final = 20
MAP_BYTES_MAX: Final = 100_000


class FaultyRows(OpenlineError):
    """Rows of the table cannot be told as they stand."""

    code: ClassVar[str] = "cli.faulty-rows"
    remedy: ClassVar[str] = "Correct the rows that are named, or add --good-rows to leave them out."


class MaybeTwins(OpenlineError):
    """Rows may be the same thing twice, among themselves or with what the line already holds."""

    code: ClassVar[str] = "cli.maybe-twins"
    remedy: ClassVar[str] = "Take one of each pair out, or add --twins-meant if both are meant."


@click.command(cls=Command)
@click.argument("file", type=FILE)
@click.option("--map", "map_file", type=FILE, required=True, help="The column map, TOML.")
@click.option("--line", metavar="LINE", help="The line on which to tell them; not with --dry-run.")
@click.option("--dry-run", is_flag=True, help="Only show what was understood; needs no node.")
@click.option("--good-rows", is_flag=True, help="Tell the rows without faults, leave the others.")
@click.option("--twins-meant", is_flag=True, help="Rows that look like one thing are several.")
@officer_options
@with_face
def table(
    face: Face,
    file: Path,
    map_file: Path,
    line: str | None,
    dry_run: bool,
    good_rows: bool,
    twins_meant: bool,
    signers: Signers,
) -> None:
    """Read FILE row by row and tell each row on a line.

    Run again after a break: rows that the line already holds are left out.

    \b
    Example:  openline import table sites.xlsx --map sites.toml --line "Relief"
              --officer anna.officer --officer boris.officer
    """
    plan = read_map(decoded(map_file, bounded(map_file, MAP_BYTES_MAX)))
    form = load_packs().format(plan.format)
    if form is None:
        raise BadMap(f"column map: no format {plan.format[:60]!r}")
    messages, found = read_table(file, form, plan)
    faults = sorted(set(found))  # two items of one column have its fault once
    if dry_run:
        shown = summary(messages, faults, twins(sites(messages, plan, file.name)))
        shown["messages"] = [{"row": m.row, "fields": dict(m.fields)} for m in messages]
        face.give(
            "import-table",
            shown,
            lambda: [*lines_of(shown, face.lang), *understood(messages, form, plan, face.lang)],
            faulty(faults) if faults else None,
        )
        return
    if line is None:
        raise BadField("--line: which line shall they be told on?")
    if faults and not good_rows:
        for fault in faults[:SHOWN_MAX]:
            face.warn(in_words(fault, face.lang))
        raise faulty(faults)
    rows = [row_of(message, form, plan) for message in messages]
    with client(face.home, timeout_s=300.0) as node:
        pairs: list[Twin] = []
        if not twins_meant:
            held = known_sites(node.call("notice_list", line=line, format=form.id), plan, rows)
            pairs = twins([*held, *sites(messages, plan, file.name)])
        if pairs:
            for pair in pairs[:SHOWN_MAX]:
                face.warn(apart(pair, face.lang))
            raise MaybeTwins(f"{len(pairs)} pairs look like one thing each")
        numbers = [message.row for message in messages]
        told = release_rows(face, node, line, rows, signers, numbers)
    shown = summary(messages, faults, pairs)
    face.give(
        "import-table",
        {**shown, **told},
        lambda: [*lines_of(shown, face.lang), *told_lines(told, face.lang)],
    )


def faulty(faults: Sequence[Fault]) -> FaultyRows:
    """How many rows cannot be told, and how often they are wrong."""
    rows = sorted({fault.row for fault in faults})
    named = ", ".join(map(str, rows[:ROWS_NAMED_MAX])) + " ..." * (len(rows) > ROWS_NAMED_MAX)
    return FaultyRows(f"faulty rows: {named}")


def understood(
    messages: Sequence[Message], form: Format, plan: ColumnMap, lang: str
) -> Iterator[str]:
    """The first rows as they would be told, value by value: a swapped column is seen here."""
    for message in messages[:UNDERSTOOD_MAX]:
        yield from ["", f"{worded('column.row', lang, 'row')} {message.row}:"]
        withheld = set(row_of(message, form, plan)["withheld"])
        yield from as_pairs(contents(as_told(message.fields, form, plan), withheld, lang))
    more = len(messages) - UNDERSTOOD_MAX
    if more > 0:
        english = f"{more} more rows; --json shows all values"
        yield from ["", said("talk.more-rows", lang, english, more, "--json")]


def as_told(fields: Mapping[str, Any], form: Format, plan: ColumnMap) -> Json:
    """The fields with the form and class that they are told under."""
    return {**fields, "format": form.id, "class": plan.answer}


def bounded(path: Path, bytes_max: int) -> bytes:
    """The bytes of a file, if it is not longer than it may be."""
    if path.stat().st_size > bytes_max:
        raise BadTable("too-long", f"{path}: longer than {bytes_max} bytes")
    return path.read_bytes()


def read_table(file: Path, form: Format, plan: ColumnMap) -> tuple[list[Message], list[Fault]]:
    """All rows, as messages and as faults."""
    messages: list[Message] = []
    faults: list[Fault] = []
    for row, area, fault in rows_of(file, plan):
        found = (Fault(row.number, "", "bad-feature", fault),) if fault else read_row(
            row, form, plan, area)  # fmt: skip
        if isinstance(found, Message):
            messages.append(found)
        else:
            faults += found
    return messages, faults


def rows_of(file: Path, plan: ColumnMap) -> Iterator[tuple[Row, Area | None, str]]:
    """Rows by the ending of the file's name; a feature's geometry goes with its row."""
    data = bounded(file, FILE_BYTES_MAX)
    match file.suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            yield from ((row, None, "") for row in read_csv(data, plan.encoding, plan.delimiter))
        case ".xlsx":
            yield from ((row, None, "") for row in read_xlsx(data, plan.sheet, plan.epoch))
        case ".geojson" | ".json":
            for each in read_features(data):
                cells = {name: Cell(text) for name, text in each.properties.items()}
                yield Row(each.number, cells), each.area, each.fault
        case other:
            raise BadTable("ending", f"{other!r}: .csv, .xlsx or .geojson is read")


def row_of(message: Message, form: Format, plan: ColumnMap) -> Json:
    """A message as the operation `draft_batch` takes it."""
    by_form = form.withheld(message.fields) if plan.withheld is None else plan.withheld
    return {
        "format": form.id,
        "answer": plan.answer,
        "fields": dict(message.fields),
        "withheld": [path for path in by_form if path in message.fields],
    }


def sites(messages: Sequence[Message], plan: ColumnMap, name: str) -> list[Site]:
    """Rows that have a point, as things that may be twins."""
    found = (site_of(message.fields, plan, f"{name} row {message.row}") for message in messages)
    return [each for each in found if each is not None]


def known_sites(told: Json, plan: ColumnMap, rows: Sequence[Json]) -> list[Site]:
    """What the line holds of the same form, less what is word for word one of the rows."""
    same = {told_hash(row["format"], row["answer"], row["fields"]) for row in rows}
    found = []
    for notice in told["notices"]:
        if notice["told"] not in same:
            fields = {**notice["fields"], **notice["hidden"]}
            found.append(site_of(fields, plan, f"{notice['from']}:{notice['number']}"))
    return [each for each in found if each is not None]


def site_of(fields: Any, plan: ColumnMap, label: str) -> Site | None:
    """The thing that a message is about, if it has a point."""
    area = fields.get(plan.point)
    if not isinstance(area, dict) or not area.get("points"):
        return None
    names = fields.get(plan.name, [])
    listed = names if isinstance(names, list) else [names]
    plain = tuple(str(n.get("text") if isinstance(n, dict) else n) for n in listed)
    x, y = area["points"][0]
    return Site(label, str(fields.get(plan.type, "")), plain, (x, y))


def summary(messages: Sequence[Message], faults: Sequence[Fault], pairs: Sequence[Twin]) -> Json:
    """What was understood, counted, with every fault."""
    return {
        "rows": len(messages) + len({fault.row for fault in faults}),
        "good": len(messages),
        "faults": [
            {"row": f.row, "column": f.column, "code": f.code, "sentence": f.sentence}
            for f in faults
        ],
        "twins": [
            {"one": p.one, "other": p.other, "why": p.why, "distance_m": p.distance_m}
            for p in pairs
        ],
    }


def in_words(fault: Fault, lang: str) -> str:
    """A fault as a line for a person."""
    where = f"{worded('column.row', lang, 'row')} {fault.row}"
    where += f", {fault.column}" if fault.column else ""
    return f"{where}: {in_line('flaw', fault.code, fault.sentence, lang)} [{fault.code}]"


def alike(why: str, lang: str) -> str:
    """In what two rows are alike."""
    return worded(f"alike.{why.replace(' ', '-')}", lang, why)


def apart(pair: Twin, lang: str) -> str:
    """Two rows that may be one thing, as a line for a person."""
    if lang == ENGLISH:
        return f"{pair.one} and {pair.other}: {pair.why}, {pair.distance_m} m apart"
    metres = in_one((("column.metres", pair.distance_m),), lang)
    return f"{pair.one} / {pair.other}: {alike(pair.why, lang)}; {metres}"


def lines_of(shown: Json, lang: str) -> list[str]:
    """Counts, then faults and possible twins as tables."""
    counts = (shown["rows"], shown["good"], len(shown["faults"]))
    lines = ["{} rows, {} good, {} faults".format(*counts)]
    if lang != ENGLISH:
        terms = ("column.rows", "column.good-rows", "column.faults")
        lines = [in_one(zip(terms, counts, strict=True), lang)]
    if shown["faults"]:
        rows = [
            [f["row"], f["column"], f["code"], in_line("flaw", f["code"], f["sentence"], lang)]
            for f in shown["faults"][:SHOWN_MAX]
        ]
        lines += as_table(heads(FAULTS, lang), rows)
    if shown["twins"]:
        pairs = [
            [p["one"], p["other"], alike(p["why"], lang), p["distance_m"]]
            for p in shown["twins"][:SHOWN_MAX]
        ]
        lines += ["", *as_table(heads(TWINS, lang), pairs)]
    return lines
