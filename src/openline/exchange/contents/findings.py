"""What was found in a file when it was attached here: its kind, its length, what was taken out.

Shapes   Finding is frozen; of(station, hash) -> Finding of a file that is held
Units    bytes, of the file that will be sent
Raises   NotHeld
Source   docs/decisions/0074-attachments.md, 0078-files-on-the-desk.md
Never    is told to anybody: it is what this node saw, for the officers who sign
"""

import contextlib
from dataclasses import dataclass

from openline.exchange.contents import attached
from openline.exchange.station import Station
from openline.formats import openjson, photo
from openline.formats.attachment import kind_of
from openline.formats.malformed import Malformed


@dataclass(frozen=True, slots=True)
class Finding:
    """`known` is False for a kind of which no metadata is taken away; `removed` are short names."""

    kind: str
    size: int
    removed: tuple[str, ...]
    known: bool


def keep(station: Station, file_hash: bytes, clean: photo.Cleaned) -> Finding:
    """Remember what was found, beside the file; lost with the views, it is worked out again."""
    found = Finding(kind_of(clean.data), len(clean.data), clean.removed, clean.known)
    value: dict[str, openjson.Value] = {
        "kind": found.kind, "size": found.size, "removed": [*found.removed], "known": found.known,
    }  # fmt: skip
    station.views.put(attached.NOTES, file_hash.hex(), openjson.encode(value))
    return found


def of(station: Station, file_hash: bytes) -> Finding:
    """What was found in a file; in one that came without this note, what is in it now."""
    data = station.views.get(attached.NOTES, file_hash.hex())
    with contextlib.suppress(Malformed):
        match openjson.decode(data) if data is not None else None:
            case {"kind": str(kind), "size": int(size), "removed": list(removed),
                  "known": bool(known)}:  # fmt: skip
                return Finding(kind, size, tuple(map(str, removed)), known)
    data = attached.opened(station, file_hash)
    try:
        clean = photo.cleaned(data)
    except photo.BadPhoto:
        clean = photo.Cleaned(data, (), known=False)
    # Nothing was taken out of it here: a picture that holds something still is not called clean.
    is_clean = clean.known and not clean.removed
    return keep(station, file_hash, photo.Cleaned(data, (), known=is_clean))
