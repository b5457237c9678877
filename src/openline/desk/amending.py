"""A new version of one's own message, or its cancellation: what it begins with, when none is made.

Shapes   the operation `amendment` gives what `draft` takes; ways(...) -> the relations by which a
         message may be replaced now; later(...) -> the version that stands in its place
Units    none
Raises   NotOurMessage, LaterVersion, CannotAmend, NoSuchEntry
Source   docs/cases.md, "Case, matter, version"; docs/operations.md, "Saying something"
Never    keeps or sends anything: terminal and pages draft what it gives, changed or not
"""

from typing import ClassVar, Final

from openline.cases import rules, shown
from openline.cases.ahead import ahead
from openline.cases.case import REPLACING
from openline.cases.entry import Entry, Ref
from openline.cases.moves import AMENDS, CANCELS, SIDED, course_of
from openline.desk.acts import Act, Desk, Json, ref
from openline.desk.meant import named
from openline.errors import OpenlineError
from openline.exchange.drafting import drafts
from openline.exchange.folding import entries, reading
from openline.exchange.station import Station
from openline.formats.form import Format, is_reserved
from openline.formats.openjson import Value

WAYS: Final = (AMENDS, CANCELS)


class NotOurMessage(OpenlineError):
    """Only its own party makes a new version of a message, or cancels it."""

    code: ClassVar[str] = "desk.not-our-message"
    remedy: ClassVar[str] = "Reply to it: object, ask, or answer otherwise."


class LaterVersion(OpenlineError):
    """A later version stands in the place of this one, which a version made from it would undo."""

    code: ClassVar[str] = "desk.later-version"
    remedy: ClassVar[str] = "Open the version that is named and change that one."

    def __init__(self, number: str) -> None:
        super().__init__(f"{number} stands in its place")
        self.number = number


class CannotAmend(OpenlineError):
    """A new version of this message, or its cancellation, would have no effect."""

    code: ClassVar[str] = "desk.cannot-amend"
    remedy: ClassVar[str] = "What is over stays as it is: say it in a message of its own."


async def amendment(desk: Desk, args: Json) -> Json:
    """What a new version of our own message begins with; with `cancel` what cancels it."""
    relation = CANCELS if args.get("cancel") is True else AMENDS
    return await desk.lane.run(begun, desk.station, ref(args), relation)


def begun(station: Station, place: Ref, relation: str) -> Json:
    """The fields of the version that counts, with what was withheld still withheld; on the lane."""
    entry, line_id = own_message(station, place)
    stands = later(station, line_id, place)
    if stands is not None:
        raise LaterVersion(named(station, line_id, stands))
    form = station.packs.format(entry.format)
    said = {**entry.fields, **entry.hidden, "relation": relation}
    fields = in_order(form, {p: value for p, value in said.items() if not is_reserved(p)})
    refuse_without_effect(station, line_id, entry, fields)
    by_form = form.withheld(fields) if form is not None else ()
    return {
        "line": line_id.hex(),
        "format": entry.format,
        "answer": entry.answer,
        "refs": [list(place)],
        "fields": fields,
        "withheld": [path for path in fields if path in by_form or path in entry.hidden],
    }


def own_message(station: Station, place: Ref) -> tuple[Entry, bytes]:
    """An entry that our party may have versions of, and its line."""
    entry, log = entries.at(station, place), station.log(place.origin)
    if log is None:
        raise NotOurMessage(f"{place.origin} entry {place.index} is in no log here")
    if entry.party != station.party:
        raise NotOurMessage(f"{named(station, log.line_id, place)} is a message of {entry.party}")
    form = station.packs.format(entry.format)
    if entry.kind != "message" or (
        form is not None and (form.machine or form.family in rules.ACTING)
    ):
        raise CannotAmend(f"{named(station, log.line_id, place)} has no versions")
    if entry.state != "opened":
        raise CannotAmend(f"the content of {named(station, log.line_id, place)} is not here")
    drafts.refuse_unfit(station, log.line_id, "message", [place], [])
    return entry, log.line_id


def later(station: Station, line_id: bytes, place: Ref) -> Ref | None:
    """The version that stands in the place of this one; None where this one stands."""
    case = reading.state(station, line_id).case(place)
    matter = case.matter(place) if case is not None else None
    if case is None:
        return None
    if matter is not None:
        versions = matter.versions[max(matter.version_of(place) - 1, 0) :]
        found = matter.replacing(versions[0]) if versions else None
        return found.entry.ref if found is not None else None
    # Our account in a matter that another party opened: a side has no versions, but says so.
    refused, stands = {odd.ref for odd in case.irregularities if not odd.effect}, place
    for entry in sorted(case.entries, key=shown.written):
        is_ours = entry.party == station.party and entry.refs[:1] == (stands,)
        if is_ours and entry.ref not in refused and replaces(entry):
            stands = entry.ref
    return stands if stands != place else None


def takes_place(form: Format, relation: str) -> bool:
    """Whether a message of ours that names an own one of the same form is a new version of it."""
    if course_of(form.id) in SIDED:  # a further step of a side replaces nothing
        return relation in REPLACING
    return not rules.stands_beside(form, relation)


def replaces(entry: Entry) -> bool:
    """Whether an entry says that it takes the place of the one that it names."""
    return shown.string(entry.fields, "relation") in REPLACING


def refuse_without_effect(
    station: Station, line_id: bytes, entry: Entry, fields: dict[str, Value]
) -> None:
    """CannotAmend with the reason that its own fold would give after it was sent."""
    state = reading.state(station, line_id)
    for found in ahead(state, station.party, entry.format, entry.answer, fields, [entry.ref]):
        if found.blocks and not found.path:
            raise CannotAmend(found.sentence)


def in_order(form: Format | None, fields: dict[str, Value]) -> dict[str, Value]:
    """Fields as their form numbers them: two ways to one draft give one order."""
    if form is None:
        return fields
    known = {item.path: fields[item.path] for item in form.written(fields) if item.path in fields}
    return known | {path: value for path, value in fields.items() if path not in known}


def ways(station: Station, place: Ref) -> list[str]:
    """The relations by which our own message may be replaced now; called on the lane."""

    def may(relation: str) -> bool:
        try:
            begun(station, place, relation)
        except OpenlineError:
            return False
        return True

    return [relation for relation in WAYS if may(relation)]


AMENDING: Final[dict[str, Act]] = {"amendment": amendment}
