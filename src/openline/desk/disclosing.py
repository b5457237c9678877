"""What could be disclosed of a message or a case, and what stands against it; then the file.

Shapes   plain JSON values; files as base64
Units    times as RFC 3339 UTC text
Raises   BadRequest, NoSuchEntry; what exchange.disclose refuses
Source   docs/OPERATE.md, "Proving"; docs/PROTOCOL.md part 9
Never    opens a field that this node does not hold, and changes nothing in the record
"""

from typing import Final

from openline.cases import disclosing
from openline.cases.case import Case
from openline.cases.entry import Entry, Ref
from openline.cases.shown import withheld_count
from openline.desk.acts import Act, BadRequest, Desk, Json, ref
from openline.desk.views import form_of
from openline.exchange.folding import entries, reading, receipts
from openline.exchange.folding.entries import NoSuchEntry
from openline.exchange.proof import disclose, showing
from openline.exchange.station import Station
from openline.formats.form import is_reserved
from openline.formats.spell import b64, time_text

# Fields of every entry that no person wrote: six before the content, two behind it (PROTOCOL 6.2).
OF_PROTOCOL: Final = 8
ERASED: Final = "erased"


async def disclose_(desk: Desk, args: Json) -> Json:
    """Write a disclosure: entries with chosen fields, a case, ranges, or a bundle of several.

    The verdict is that of a reader who has the file and its policy and expects an exercise.
    """
    parts = args.get("parts")
    if not isinstance(parts, list) or not parts:
        raise BadRequest("parts: a list of entries or ranges is expected")

    def write() -> Json:
        file = disclose.write(desk.station, parts, bool(args.get("bundle")))
        verdict = disclose.preview(desk.station, file)
        told: Json = {"name": file.name, "file": b64(file.data), "policy": file.policy}
        return told if verdict is None else {**told, "verdict": verdict.json}

    return await desk.lane.run(write)


async def disclosure_plan(desk: Desk, args: Json) -> Json:
    """The fields of a message that this node could disclose; with `answers` those of its answers
    too, with `case` those of every entry of its case."""
    place = ref(args)

    def plan() -> Json:
        station = desk.station
        log = station.log(place.origin)
        if log is None:
            raise NoSuchEntry(f"{place.origin} entry {place.index} is not held here")
        charter = station.charter(log.line_id)
        state = reading.state(station, log.line_id)
        case = state.case(place)
        found = [entries.at(station, place)]
        if case is not None and (args.get("case") or args.get("answers")):
            found = of_case(case, place, is_whole=bool(args.get("case")))
        return {
            "line": log.line_id.hex(),
            "title": charter.title,
            "status": charter.status,
            "members": [member.party for member in charter.members],
            "entries": [entry_plan(station, entry) for entry in found],
            "positions": disclosing.positions_on(state, [entry.ref for entry in found]),
        }

    return await desk.lane.run(plan)


def of_case(case: Case, place: Ref, *, is_whole: bool) -> list[Entry]:
    """The entries of a case in the order of their time, or one message and then what answers it.

    An answer to an earlier version of a message answers that version, and stands with it.
    """
    answers = {each.ref for matter in case.matters for each in matter.answers}
    wanted = (
        each
        for each in case.entries
        if is_whole or each.ref == place or (each.ref in answers and place in each.refs)
    )
    return sorted(wanted, key=lambda x: (not is_whole and x.ref != place, x.time_s, x.ref))


def entry_plan(station: Station, entry: Entry) -> Json:
    """One entry: what of it is open here, who was told what, and who held it when."""
    log = station.log(entry.ref.origin)
    found = showing.contents(station, log, entry.ref.index) if log else None
    charter = station.charter(log.line_id) if log else None
    members = [member.party for member in charter.members] if charter else []
    read = form_of(station, log.line_id, entry.refs[0]) if entry.refs and log else None
    fields = content(found) if found else []
    closed = min(hidden(found), withheld_count(entry)) if found else 0
    return {
        "ref": list(entry.ref),
        "number": station.number(entry.ref),
        "party": entry.party,
        "format": entry.format,
        "about": read.id if read else "",
        "class": entry.answer,
        "written": time_text(entry.time_s),
        "is_open": found is not None,
        "fields": fields,
        "closed": closed,
        "handling": len(found.items) - OF_PROTOCOL - len(fields) - closed if found else 0,
        "is_erased": entry.state == ERASED,
        "has_releases": bool(found and found.releases),
        "addressees": [party for party in members if party != entry.party],
        "receipts": {
            party: time_text(time_s)
            for party, time_s in sorted(receipts.holders_of(station, entry.ref).items())
        },
    }


def content(found: showing.Contents) -> list[Json]:
    """Fields that a person wrote, with whether the addressees were shown them."""
    return [
        {"path": path, "value": found.value(path), "told": at not in found.withheld}
        for path, at in found.places.items()
        if not is_reserved(path)
    ]


def hidden(found: showing.Contents) -> int:
    """How many fields are not open here: their sender withheld them, releases among them.

    Releases are no fields of the message, and have a box of their own.
    """
    return len(found.items) - len(found.places)


DISCLOSING: Final[dict[str, Act]] = {
    "disclose": disclose_,
    "disclosure_plan": disclosure_plan,
}
