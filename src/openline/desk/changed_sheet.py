"""What a draft changes: a new version beside the one that stands, for whoever checks and signs it.

Shapes   changed_sheet(desk, told, lang) -> {"name", "table", "stands"} of a draft as `draft_show`
         gives it; {} for one that takes no message's place; called on the lane
Units    none
Raises   NoSuchEntry
Source   docs/cases.md, "Case, matter, version"; docs/OPERATE.md, "Speaking"
Never    compares with the version that a draft names where a later one stands: that one counts
"""

import json
from datetime import UTC
from typing import Any

from openline.cases.documents import versions
from openline.cases.entry import Ref
from openline.cases.moves import AMENDS
from openline.desk.acts import Desk, Json
from openline.desk.amending import later, takes_place
from openline.desk.case_sheet import contents, head
from openline.desk.meant import meant
from openline.desk.views import shown
from openline.exchange.folding import reading
from openline.exchange.station import Station
from openline.formats.document.speaker import speakers, term
from openline.formats.form import is_reserved, name_of
from openline.formats.meant import entries_in

_RELATION = "relation"


def changed_sheet(desk: Desk, told: Json, lang: str) -> Json:
    """Old and new of every item in which the draft differs from what stands."""
    station, line_id = desk.station, bytes.fromhex(told["line"])
    fields = fields_of(told)
    place = replaced(station, line_id, told, fields)
    if place is None:
        return {}
    counts = later(station, line_id, place) or place
    before = shown(station, counts, lang)
    after = as_shown(station, line_id, told, fields, before)
    for side in (before, after):
        if side is before or fields.get(_RELATION) == AMENDS:  # the heading says it
            for part in ("fields", "hidden"):
                side[part] = {p: value for p, value in side[part].items() if p != _RELATION}
    of = speakers(station.packs.terms, [lang], UTC, station.names, station.packs.format)
    heads = [head(of, before), term(of, "life.draft")]
    table = versions.changes(contents(station, before, of), contents(station, after, of), heads, of)
    return {
        "name": f"{before['from']}:{before['number']}",
        "table": table,
        "stands": standing(station, line_id, counts),
    }


def fields_of(told: Json) -> dict[str, Any]:
    """The fields of a draft by path."""
    return {path: json.loads(value) for _, path, value in told["fields"]}


def replaced(station: Station, line_id: bytes, told: Json, fields: dict[str, Any]) -> Ref | None:
    """Our own message whose place a draft takes; None where it takes none."""
    if told["kind"] != "message" or not fields["refs"]:
        return None
    form, place = station.packs.format(str(fields["format"])), Ref(*fields["refs"][0])
    entry = reading.state(station, line_id).entry(place)
    if form is None or entry is None or entry.party != station.party:
        return None
    is_same = name_of(entry.format) == name_of(form.id)
    return place if is_same and takes_place(form, str(fields.get(_RELATION, ""))) else None


def as_shown(
    station: Station, line_id: bytes, told: Json, fields: dict[str, Any], before: Json
) -> Json:
    """A draft as `show` would give it once it was sent, as far as its content goes."""
    content = {path: value for path, value in fields.items() if not is_reserved(path)}
    covered = {told["fields"][i][1] for i in told["withheld"] if i < len(told["fields"])}
    hidden = {path: value for path, value in content.items() if path in covered}
    form = station.packs.format(str(fields["format"]))
    named = map(Ref._make, entries_in(form, content))
    return {
        **before,
        "format": fields["format"],
        "class": fields["class"],
        "state": "opened",
        "fields": {path: value for path, value in content.items() if path not in hidden},
        "hidden": hidden,
        "revealed": {},
        "withheld_items": len(hidden),
        "meant": meant(station, line_id, named),
    }


def standing(station: Station, line_id: bytes, counts: Ref) -> str:
    """Which version stands and how its matter is: another word when somebody changed it since."""
    case = reading.state(station, line_id).case(counts)
    matter = case.matter(counts) if case is not None else None
    return f"{counts.origin} {counts.index} {matter.state if matter is not None else ''}"


def stands_of(desk: Desk, told: Json) -> str:
    """The same for what a draft would replace; "" where it replaces nothing."""
    station, line_id = desk.station, bytes.fromhex(told["line"])
    place = replaced(station, line_id, told, fields_of(told))
    if place is None:
        return ""
    return standing(station, line_id, later(station, line_id, place) or place)
