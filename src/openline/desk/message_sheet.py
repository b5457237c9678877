"""One message for the page of a browser: whom it addresses, whether it stands, how far it got.

Shapes   message_sheet(desk, told, lang) -> what message.html shows beside the message itself;
         draft_sheet(desk, told, lang) -> the same of a draft; called on the lane
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry
Source   docs/cases.md, "Views"; D2, D3, D5 and D7 of docs/usability/2026-11-28-desk.md
Never    judges what a rung or an ending means: cases/documents does, for every reader
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any, Final

from openline.cases import readback
from openline.cases.documents import parts, sides
from openline.cases.documents.differing import differences
from openline.cases.documents.irregular import irregular
from openline.cases.documents.message import stands
from openline.cases.documents.parts import Speakers
from openline.cases.entry import Ref
from openline.cases.ladder import climbed
from openline.cases.meeting import called, extent
from openline.cases.rules import READBACK
from openline.desk.acts import Desk, Json
from openline.desk.addressing import addressing, refused_replies
from openline.desk.case_sheet import reception
from openline.desk.documents import matter_of
from openline.exchange.folding import reading
from openline.exchange.folding.waiting import asked_of, queue_of
from openline.exchange.station import Station
from openline.formats.document.speaker import speakers
from openline.formats.form import is_reserved, name_of

# Of forms that answer what another party said.
ANSWER: Final = "answer"
# Of what each party says of a message its page has so much, the newest; the case has all.
SAID_MAX: Final = 20
SAID_LETTERS_MAX: Final = 20_000


def message_sheet(desk: Desk, told: Json, lang: str) -> Json:
    """What stands above, beside and below a message that `show` gave."""
    station = desk.station
    line_id, place = bytes.fromhex(told["line"]), Ref(*told["ref"])
    of = speakers(station.packs.terms, [lang], UTC, station.names, station.packs.format)
    matter = matter_of(station, line_id, place)
    about = {"about": f"{told['from']}:{told['number']}"}
    # Rules that it breaks come first; the rest remarks on what has its effect all the same.
    broken = len(told["irregularities"]) or len(told["flaws"])
    remarked = told["odd"][broken:]
    rows = [
        parts.with_missing(row, told)
        for row in matter.get("reception", ())
        if row["ref"] == told["ref"]
    ]
    own = [row for row in rows if row["party"] == station.party]
    unseen = told["withheld_items"] - len({*told["hidden"], *told["revealed"]})
    refs = [Ref(*each) for each in told["refs"]]
    said, left_out = sides.newest(matter, SAID_MAX, SAID_LETTERS_MAX) if matter else ({}, 0)
    return {
        **addressing(station, line_id, told["from"], told["fields"], refs, of),
        "stands": stands(told, matter, of),
        "odd": irregular(of, ({**about, **odd} for odd in told["odd"][:broken])),
        "remarks": irregular(of, ({**about, **odd} for odd in remarked if not is_near(odd))),
        "near": [near(odd, of) for odd in remarked if is_near(odd)],
        "ladder": reception(of, rows, matter["family"]) if rows else {},
        "differs": differences(of, rows),
        "said": [*sides.said_of(of, said)] if said else [],
        "left_out": left_out,
        "answered": any(row["a4"] for row in rows),
        "answers": list(refs[0]) if refs and matter.get("family") == ANSWER else [],
        "acknowledged": any(climbed(row, "a1") for row in own),
        "read_back": any(climbed(row, "a2") for row in own),
        "asked": asked_of(station, line_id, place),
        "waits": waits_for(station, line_id, place),
        "unseen": max(0, unseen),
        "is_on_map": is_on_map(told, matter),
        "hidden": [path for path in told["hidden"] if path not in told["revealed"]],
        "refused": refused_replies(station, place),
    }


def waits_for(station: Station, line_id: bytes, place: Ref) -> str:
    """What the queue of this party wants done with a message next; "" for nothing."""
    waiting = [row for row in queue_of(station, line_id) if row["ref"] == list(place)]
    return str(waiting[0]["next"]) if waiting else ""


def is_on_map(told: Json, matter: Json) -> bool:
    """Whether the map has it: it names a place, and is the version that counts."""
    values = (*told["fields"].values(), *told["hidden"].values())
    has_place = any(isinstance(each, dict) and "points" in each for each in values)
    versions = matter.get("versions") or [{"ref": None}]
    return has_place and versions[-1]["ref"] == told["ref"]


def is_near(odd: Json) -> bool:
    """Whether a remark is of one message that is near: it has a place of its own on the page."""
    return bool(odd.get("meeting"))


def near(odd: Json, of: Speakers) -> Json:
    """One message that this one comes near: of which item, which message, how far, how long."""
    (speaker,), meeting = of, odd["meeting"]
    return {
        "item": (speaker.item(odd["of"], odd["path"]),) if odd["path"] else (),
        "ref": meeting["ref"],
        "called": called(meeting, lambda term: speaker.terms.label(term, speaker.lang).text),
        "extent": extent(meeting),
    }


def draft_sheet(desk: Desk, told: Json, lang: str) -> Json:
    """Whom a draft addresses, what it is about, and what of it nobody will be shown."""
    station = desk.station
    of = speakers(station.packs.terms, [lang], UTC, station.names, station.packs.format)
    fields = {path: json.loads(value) for _, path, value in told["fields"]}
    hidden = {told["fields"][i][1] for i in told["withheld"] if i < len(told["fields"])}
    shown = {path: value for path, value in fields.items() if path not in hidden}
    refs = [Ref(*each) for each in fields["refs"]]
    line_id = bytes.fromhex(told["line"])
    return {
        **addressing(station, line_id, station.party, shown, refs, of),
        "left_out": left_out(station, line_id, fields, refs),
        "hidden": [path for path in fields if path in hidden and not is_reserved(path)],
    }


def left_out(
    station: Station, line_id: bytes, fields: Mapping[str, Any], refs: Sequence[Ref]
) -> tuple[str, tuple[str, ...]]:
    """Of a drafted readback the form of what it reads back, and the items of it that this party
    has not read back with it; "correct" is said of what was read back alone."""
    state = reading.state(station, line_id)
    told = state.entry(refs[0]) if refs else None
    if name_of(str(fields["format"])) != READBACK or told is None:
        return "", ()
    case = state.case(told.ref)
    before = [
        each
        for each in (case.entries if case else ())
        if each.party == station.party and name_of(each.format) == READBACK
        if told.ref in each.refs
    ]
    rows = fields.get("fields")
    paths = [str(row[0]) for row in rows or () if isinstance(row, list) and row]
    form = station.packs.format(told.format)
    return told.format, readback.left_out(form, told, before, paths)
