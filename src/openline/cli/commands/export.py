"""`openline export LINE...`: notices of lines in other notations, the status first in each file.

Shapes   data is {"as", "status", "files", "notices", "left_out"}; one file, or a folder of files
Units    times as RFC 3339 UTC text, in CAP with -00:00
Raises   MixedStatus, NothingToExport, UnknownLine, BadField
Source   docs/OPERATE.md, "In and out"
Never    mixes exercise and actual; leaves something out without saying so
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, named, status_of, with_face
from openline.cli.fields import BadField
from openline.cli.files import write_out
from openline.errors import OpenlineError
from openline.formats.coded import said, worded
from openline.formats.export.annex import write_annex
from openline.formats.export.geojson import write_features
from openline.formats.export.kml import write_kml
from openline.formats.export.notice import NothingToExport, Notice, refuse_mixed, zones_of
from openline.formats.export.spreadsheet import write_spreadsheet
from openline.formats.foreign.cap import Alert, cap_time, write_alert
from openline.formats.foreign.cot import Event, write_event
from openline.formats.foreign.heard import Window, Zone
from openline.formats.spell import parse_utc

Json = dict[str, Any]
KINDS: Final = ("geojson", "kml", "csv", "cot", "cap", "annex")
FOLDERS: Final = ("cot", "cap")
NO_AREA = "it tells no area"


@click.command(cls=Command)
@click.argument("lines", nargs=-1, required=True, metavar="LINE...")
@click.option("--as", "kind", type=click.Choice(KINDS), required=True, help="The notation.")
@click.option("--out", type=click.Path(path_type=Path), required=True,
              help="The file; for cot and cap a folder, a file for each.")  # fmt: skip
@click.option("--all", "every", is_flag=True, help="Also notices that are closed.")
@with_face
def export(face: Face, lines: tuple[str, ...], kind: str, out: Path, every: bool) -> None:
    """Write the notices of LINEs for maps, spreadsheets, alert systems or print.

    Withheld fields are never exported. An exercise and an actual line never share a file.

    \b
    Example:  openline export "Relief" --as kml --out relief.kml
    """
    with client(face.home) as node:
        told = [node.call("notice_list", line=line, lang=face.lang, all=every) for line in lines]
    found = [(row, notice) for each in told for row, notice in notices_of(each)]
    status = refuse_mixed([notice for _, notice in found])
    left_out: list[str] = []
    files = write(kind, out, found, left_out)
    for each in left_out:
        face.warn(f"{worded('column.left-out', face.lang, 'left out')}: {lack(each, face.lang)}")
    value: Json = {"as": kind, "status": status, "files": files, "notices": len(found),
                   "left_out": left_out}  # fmt: skip
    rows = [
        ("status", "head.status", status_of({"status": status}, face.lang)),
        ("notices", "column.notices", len(found)),
        ("written", "column.written", "\n".join(files)),
    ]
    face.give("export", value, lambda: named(rows, face.lang))


def lack(left_out: str, lang: str) -> str:
    """Why a notice was left out; what another program could not say of it stays in English."""
    name, _, why = left_out.partition(": ")
    return f"{name}: {said('talk.no-area', lang, why)}" if why == NO_AREA else left_out


def notices_of(told: Json) -> Iterator[tuple[Json, Notice]]:
    """The notices of a line as exports need them."""
    for row in told["notices"]:
        fields = row["fields"]
        yield (
            row,
            Notice(
                told["status"], told["title"], f"{row['from']}:{row['number']}", row["from"],
                row["format"], parse_utc(row["written"]), row["state"], subject_of(fields),
                tuple((n, label, value) for n, label, value in row["rows"]), zones_of(fields),
            ),
        )  # fmt: skip


def subject_of(fields: Json) -> str:
    """One line that says what a notice is about."""
    for path in ("subject", "site", "movement", "place"):
        value = fields.get(path)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = value[0].get("text")
        if isinstance(value, str) and value.strip():
            return " ".join(value.split())[:200]
    return "Notice"


def write(
    kind: str, out: Path, found: Sequence[tuple[Json, Notice]], left_out: list[str]
) -> list[str]:
    """The files that were written; what cannot be said in the notation goes to `left_out`."""
    notices = [notice for _, notice in found]
    if kind in ("geojson", "kml"):
        left_out += [f"{n.name}: {NO_AREA}" for n in notices if not n.zones]
        notices = [n for n in notices if n.zones]
    if kind in FOLDERS:
        return write_each(kind, out, found, left_out)
    refuse_mixed(notices)
    writers = {"geojson": write_features, "kml": write_kml, "csv": write_spreadsheet}
    data = write_annex(notices).encode() if kind == "annex" else writers[kind](notices)
    if out.is_dir():
        raise BadField(f"--out: {out} is a folder; {kind} is one file")
    write_out(out, data)
    return [str(out)]


def write_each(
    kind: str, out: Path, found: Sequence[tuple[Json, Notice]], left_out: list[str]
) -> list[str]:
    """One file for each alert or event, in a folder."""
    out.mkdir(parents=True, exist_ok=True)
    files: list[str] = []
    for row, notice in found:
        makers = alerts(row, notice) if kind == "cap" else events(notice)
        if not notice.zones:
            left_out.append(f"{notice.name}: {NO_AREA}")
            continue
        for number, make in enumerate(makers, 1):
            try:
                data = make()
            except OpenlineError as error:
                left_out.append(f"{notice.name}: {error}")
                continue
            safe = notice.name.replace(":", "_")
            path = out / f"{notice.status.upper()}_{safe}_{number}.{kind}.xml"
            write_out(path, data)
            files.append(str(path))
    if not files:
        raise NothingToExport(f"nothing on these lines can be said in {kind}")
    return files


def alerts(row: Json, notice: Notice) -> Iterator[Any]:
    """One alert; a later version updates the first."""
    statuses = {"actual": "Actual", "exercise": "Exercise", "test": "Test"}
    first = row["first"]
    is_update = int(row["version"]) > 1
    sent = cap_time(parse_utc(first["written"]))
    reference = f"{notice.party},{notice.party}:{first['number']},{sent}"
    windows = tuple(
        Zone(z.name, z.areas, z.windows or (Window(notice.written_s, None),)) for z in notice.zones
    )
    yield lambda: write_alert(
        Alert(
            notice.name, notice.party, notice.written_s, statuses[notice.status],
            "replaces" if is_update else "new", notice.marked_subject, "en",
            "\n".join(f"{label}: {value}" for _, label, value in notice.rows), windows,
            (reference,) if is_update else (), notice.mark,
        )
    )  # fmt: skip


def events(notice: Notice) -> Iterator[Any]:
    """One event for each area and window."""
    for place, zone in enumerate(notice.zones, 1):
        for area in zone.areas:
            for time, window in enumerate(zone.windows or (Window(notice.written_s, None),), 1):
                uid = f"{notice.status.upper()}-{notice.name}-{place}-{time}"
                said = f"{notice.marked_subject} {zone.name}".strip()
                event = Event(uid, said, f"{notice.status.upper()}: {notice.name}",
                              notice.written_s, window, area)  # fmt: skip
                yield lambda event=event: write_event(event)
