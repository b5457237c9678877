"""Entries that a message names, in words: what each is, so that nobody signs for a number alone.

Shapes   meant(station, line_id, refs) -> rows of {"ref", "name", "held", "kind", "format", "term",
         "class", "class_term", "subject"}, in the order of refs; called on the lane
Units    none
Raises   UnknownLine, BadRequest
Source   docs/operations.md, "Looking"; G6 and G12 of docs/usability/2026-11-28-terminal.md
Never    says anything of an entry on another line: who reads here may have no role there
"""

from collections.abc import Iterable
from typing import Final

from openline.cases import shown
from openline.cases.entry import Ref
from openline.desk.acts import Act, BadRequest, Desk, Json, ref, text
from openline.exchange.folding import reading
from openline.exchange.membership import lines
from openline.exchange.station import Station
from openline.formats.form import NO_CLASS

REFS_MAX: Final = 256


def meant(station: Station, line_id: bytes, refs: Iterable[Ref]) -> list[Json]:
    """One row for each entry, each once; of what is not held or not readable its name alone."""
    state = reading.state(station, line_id)
    rows = []
    for place in dict.fromkeys(refs):
        entry = state.entry(place)  # of this line only
        row: Json = {
            "ref": list(place),
            "name": named(station, line_id, place),
            "held": entry is not None,
        }
        if entry is not None:
            form = station.packs.format(entry.format)
            klass = form.class_term(entry.answer) if form and entry.answer != NO_CLASS else None
            row |= {
                "kind": entry.kind,
                "format": entry.format,
                "term": form.term if form else "",
                "class": entry.answer,
                "class_term": klass or "",
                "subject": shown.subject(entry.fields),
            }
        rows.append(row)
    return rows


def named(station: Station, line_id: bytes, place: Ref) -> str:
    """An entry as lists write it, where its log is one of this line; else its place alone, as of
    one that nobody knows here."""
    log = station.log(place.origin)
    if log is None or log.line_id != line_id:
        return f"{place.origin}:{place.index}"
    return f"{log.party}:{station.number(place)}"


async def meant_by(desk: Desk, args: Json) -> Json:
    """What entries of a line are, by form and subject: for whoever is to sign about them."""
    wanted = args.get("refs")
    if not isinstance(wanted, list) or len(wanted) > REFS_MAX:
        raise BadRequest(f"refs: a list of at most {REFS_MAX} entries is expected")
    places = [ref({"ref": each}) for each in wanted]

    def look() -> list[Json]:
        line_id = lines.find(desk.station, text(args, "line"))
        return meant(desk.station, line_id, places)

    return {"meant": await desk.lane.run(look)}


MEANT: dict[str, Act] = {"meant": meant_by}
