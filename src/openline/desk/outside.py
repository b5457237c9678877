"""Notices for the outside: what a line tells, as exports, twin searches and imports need it.

Shapes   plain JSON values; `told` is the hash of a message's form, class and fields
Units    times as RFC 3339 UTC text
Raises   UnknownLine
Source   docs/OPERATE.md, "In and out"
Never    gives a field to an export that its sender withheld: `hidden` is for this node's own eyes
"""

import hashlib
from collections.abc import Iterator, Mapping

from openline.cases.case import Case, Matter
from openline.cases.moves import OVER
from openline.desk.acts import Act, Desk, Json, text
from openline.exchange.folding import reading
from openline.exchange.membership import lines, parties
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.openjson import Value
from openline.formats.render import render
from openline.formats.spell import b64, time_text


async def notice_list(desk: Desk, args: Json) -> Json:
    """Notices of a line, newest version each; `all` takes those that are closed as well.

    `format` keeps those of one form; without `lang` nothing is rendered, which is most of the work.
    """

    def show(station: Station) -> Json:
        line_id = lines.find(station, text(args, "line"))
        charter = station.charter(line_id)
        lang, form_id = text(args, "lang", ""), text(args, "format", "")
        rows = [
            _row(station, matter, lang)
            for case in reading.state(station, line_id).cases
            for matter in _notices(case, every=bool(args.get("all")))
            if form_id in ("", matter.versions[-1].entry.format)
        ]
        return {
            "line": line_id.hex(),
            "status": charter.status,
            "title": charter.title,
            "outbox": station.store.outbox_size(),
            "notices": rows,
        }

    return await desk.lane.run(show, desk.station)


def _notices(case: Case, *, every: bool) -> Iterator[Matter]:
    for matter in case.matters:
        is_notice = matter.form is not None and matter.form.family == "notice"
        if is_notice and matter.versions and (every or matter.state not in OVER):
            yield matter


def _row(station: Station, matter: Matter, lang: str) -> Json:
    version = matter.versions[-1]
    entry, first = version.entry, matter.versions[0].entry
    shown = render(matter.form, entry.answer, entry.fields, lang) if matter.form and lang else ()
    return {
        "ref": list(entry.ref),
        "from": entry.party,
        "unsure": parties.unsure(station, [entry.party]),
        "number": station.number(entry.ref),
        "version": version.number,
        "first": {"number": station.number(first.ref), "written": time_text(first.time_s)},
        "format": entry.format,
        "class": entry.answer,
        "written": time_text(entry.time_s),
        "state": matter.state,
        "fields": dict(entry.fields),
        "hidden": dict(entry.hidden) if entry.party == station.party else {},
        "rows": [[row.number, row.label, row.value] for row in shown],
        "told": told_hash(entry.format, entry.answer, {**entry.fields, **entry.hidden}),
    }


def told_hash(format_id: str, answer: str, fields: Mapping[str, Value]) -> str:
    """What two messages have in common that say the same, whoever released them and when."""
    content: list[Value] = [[path, fields[path]] for path in sorted(fields) if path != "expires"]
    return b64(hashlib.sha256(openjson.encode([format_id, answer, content])).digest())


async def told_already(desk: Desk, args: Json) -> Json:
    """Which of these hashes stand on the line already, told by this party."""

    def look(station: Station) -> Json:
        line_id = lines.find(station, text(args, "line"))
        wanted = set(map(str, args.get("told", [])))
        held = {
            told_hash(entry.format, entry.answer, {**entry.fields, **entry.hidden})
            for case in reading.state(station, line_id).cases
            for entry in case.entries
            if entry.party == station.party and entry.kind == "message"
        }
        found: list[Value] = []
        found.extend(sorted(wanted & held))
        return {"told": found, "outbox": station.store.outbox_size()}

    return await desk.lane.run(look, desk.station)


OUTSIDE: dict[str, Act] = {"notice_list": notice_list, "told_already": told_already}
