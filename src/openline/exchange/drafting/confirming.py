"""Confirming afterwards: what one officer sent as flash is confirmed by another one.

Shapes   refuse_same_officer(station, fields, person) says nothing, or raises
Units    none
Raises   SameOfficer
Source   docs/cases.md, "Flash"; docs/PROTOCOL.md part 6, "Release"
Never    shows anybody who released what: it looks at this party's own withheld releases only
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.exchange.contents import opening
from openline.exchange.station import Station
from openline.formats.field import Field
from openline.formats.leaf import parse_leaf
from openline.formats.openjson import Value
from openline.formats.spell import b64

CONFIRMATION: Final = "core/confirmation"
RELEASE: Final = "release."


class SameOfficer(OpenlineError):
    """The officer who sent a message cannot be the one who confirms it."""

    code: ClassVar[str] = "exchange.same-officer"
    remedy: ClassVar[str] = "Let another releaser sign the confirmation."


def refuse_same_officer(station: Station, fields: Sequence[Field], person: bytes) -> None:
    """Refuse a confirmation by an officer who released what it confirms."""
    by_path: dict[str, Value] = {f.path: f.json for f in fields if f.path in ("format", "refs")}
    if str(by_path.get("format", "")).partition("@")[0] != CONFIRMATION:
        return
    match by_path.get("refs"):
        case [[str(origin), int(index)], *_]:
            if b64(person) in releasers(station, origin, index):
                raise SameOfficer("this officer released the message that is to be confirmed")


def releasers(station: Station, origin: str, index: int) -> frozenset[str]:
    """Who released an entry of our own, by person id; of others' entries this says nothing."""
    log = station.log(origin)
    if log is None or log.party != station.party:
        return frozenset()
    return frozenset(person for person, _ in released_by(station, origin, index))


def released_by(station: Station, origin: str, index: int) -> list[tuple[str, bool]]:
    """Who released an entry, as far as it can be read here, and whether every member can."""
    row = station.store.entry(origin, index)
    opened = None
    if row is not None and row.state in ("opened", "erased"):
        opened = opening.read_archived(station, origin, index, parse_leaf(row.leaf))
    if opened is None:
        return []
    held_back = opened.value("withheld")
    withheld = set(held_back) if isinstance(held_back, list) else set()
    found = []
    for place, item in enumerate(opened.items):
        if isinstance(item, Field) and item.path.startswith(RELEASE):
            value = item.json
            if isinstance(value, dict):
                found.append((str(value.get("person", "")), place not in withheld))
    return found
