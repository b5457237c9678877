"""What was found in a file when it was attached here: its kind, its length, what was taken out.

Shapes   Finding is frozen; of(station, hash) -> Finding of a file that is held; choose(...) keeps
         who has it sent with its metadata; refuse_unchosen(...) refuses fields that name one
         without
Units    bytes, of the file that will be sent
Raises   NotHeld, MetadataNotChosen
Source   docs/decisions/0074-attachments.md, 0078-files-on-the-desk.md
Never    is told to anybody: it is what this node saw, for the officers who sign
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from openline.errors import OpenlineError
from openline.exchange.contents import attached
from openline.exchange.station import Station
from openline.formats import openjson, photo
from openline.formats.attachment import OF_CAMERAS, kind_of, named_in
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value


class MetadataNotChosen(OpenlineError):
    """A picture or film of a kind whose metadata is not taken away here, and nobody chose that."""

    code: ClassVar[str] = "exchange.metadata-not-chosen"
    remedy: ClassVar[str] = (
        "Save it as JPEG or PNG and attach that, or choose that it goes out with what it says of"
        " place, time and device: at the desk in the form, here with --with-metadata."
    )


@dataclass(frozen=True, slots=True)
class Finding:
    """`known` is False for a kind of which no metadata is taken away; `removed` are short names.

    `chosen_by` has it sent with its metadata all the same: a person's hex id, TERMINAL, or "".
    """

    kind: str
    size: int
    removed: tuple[str, ...]
    known: bool
    chosen_by: str = ""

    @property
    def is_asked(self) -> bool:
        """Whether a person has to choose that it goes out as it is: by a camera, and uncleaned."""
        return self.kind in OF_CAMERAS and not self.known


TERMINAL = "terminal"


def keep(station: Station, file_hash: bytes, clean: photo.Cleaned) -> Finding:
    """Remember what was found, beside the file; lost with the views, it is worked out again."""
    return _put(
        station,
        file_hash,
        Finding(kind_of(clean.data), len(clean.data), clean.removed, clean.known),
    )


def _put(station: Station, file_hash: bytes, found: Finding) -> Finding:
    value: dict[str, openjson.Value] = {
        "kind": found.kind, "size": found.size, "removed": [*found.removed], "known": found.known,
        "chosen_by": found.chosen_by,
    }  # fmt: skip
    station.views.put(attached.NOTES, file_hash.hex(), openjson.encode(value))
    return found


def choose(station: Station, file_hash: bytes, by: str) -> Finding:
    """Keep who has a file sent with its metadata; "" takes that back."""
    return _put(station, file_hash, replace(of(station, file_hash), chosen_by=by))


def refuse_unchosen(station: Station, fields: Mapping[str, Value]) -> None:
    """Refuse a draft with a picture that says who knows what, while nobody chose that it may."""
    for each in named_in(fields.values()):
        found = of(station, each.age)
        if found.is_asked and not found.chosen_by:
            raise MetadataNotChosen(f"{each.name}: a file of the kind {found.kind}")


def of(station: Station, file_hash: bytes) -> Finding:
    """What was found in a file; in one that came without this note, what is in it now."""
    data = station.views.get(attached.NOTES, file_hash.hex())
    with contextlib.suppress(Malformed):
        match openjson.decode(data) if data is not None else None:
            case {"kind": str(kind), "size": int(size), "removed": list(removed),
                  "known": bool(known), **rest}:  # fmt: skip
                by = str(rest.get("chosen_by", ""))
                return Finding(kind, size, tuple(map(str, removed)), known, by)
    data = attached.opened(station, file_hash)
    try:
        clean = photo.cleaned(data)
    except photo.BadPhoto:
        clean = photo.Cleaned(data, (), known=False)
    # Nothing was taken out of it here: a picture that holds something still is not called clean.
    is_clean = clean.known and not clean.removed
    return keep(station, file_hash, photo.Cleaned(data, (), known=is_clean))
