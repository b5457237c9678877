"""A file that a message names: what its field commits to, and which values are such names.

Shapes   Attached <-> {"age", "name", "plain", "size"}; named_in(values) -> Attached, in order
Units    size is bytes of the sealed file (an age file), at most 16 MiB; hashes are raw SHA-256
Raises   Malformed
Source   docs/PROTOCOL.md part 6, "Attachments"; docs/decisions/0074-attachments.md
Never    says that a file is here: the name is told and received with its message, the file is not
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from openline.formats import values
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import HASH_SIZE, b64, check_size

# The whole file is sealed, opened and hashed in memory: this bounds what that takes.
SEALED_BYTES_MAX: Final = 16 * 1024 * 1024
# What sealing adds: 63 recipients at most, 16 bytes for each 64 KiB, the header.
FILE_BYTES_MAX: Final = SEALED_BYTES_MAX - 128 * 1024
NAME_CHARACTERS_MAX: Final = 100
# More files of one message are neither fetched nor kept.
PER_ENTRY_MAX: Final = 64
MEMBERS: Final = frozenset({"age", "name", "plain", "size"})

# A name is shown and becomes a file's name: no path, no letter that hides (four count as letters),
# no dot at either end.
_HIDING: Final = "\u115f\u1160\u3164\uffa0"
_NAME: Final = re.compile(rf"(?!.*[{_HIDING}])\w(?:[\w .,()+=@-]*[\w)])?")
_UNFIT: Final = re.compile(rf"(?:[^\w .,()+=@-]|[{_HIDING}])+")

# How files begin that officers may want to know the kind of before they sign; nothing opens them.
_KINDS: Final = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
)
_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif"})
HEIF: Final = "heif"
FILM: Final = "film"
WEBP: Final = "webp"
OTHER_KIND: Final = "other"
# What telephones and cameras make, who write place, time and device into it.
OF_CAMERAS: Final = frozenset({"jpeg", "png", "gif", "tiff", HEIF, FILM, WEBP})


@dataclass(frozen=True, slots=True)
class Attached:
    """A file by name, size and SHA-256 of its sealed form, and SHA-256 of what is inside."""

    name: str
    size: int
    age: bytes
    plain: bytes

    def __post_init__(self) -> None:
        if len(self.name) > NAME_CHARACTERS_MAX or not _NAME.fullmatch(self.name):
            raise Malformed("attachment", "the name is not one of a plain file")
        if not 0 < self.size <= SEALED_BYTES_MAX:
            raise Malformed("attachment", f"the size is not from 1 to {SEALED_BYTES_MAX} bytes")
        check_size(self.age, HASH_SIZE, what="attachment hash")
        check_size(self.plain, HASH_SIZE, what="attachment hash")

    def value(self) -> dict[str, Value]:
        """The field's value."""
        return {
            "age": b64(self.age),
            "name": self.name,
            "plain": b64(self.plain),
            "size": self.size,
        }


def read_attached(value: Value) -> Attached:
    """One value, strictly."""
    found = values.table(value, "attachment", MEMBERS)
    return Attached(
        values.text(found["name"], "attachment name"),
        values.whole(found["size"], "attachment size"),
        values.data(found["age"], "attachment hash", HASH_SIZE),
        values.data(found["plain"], "attachment hash", HASH_SIZE),
    )


def named_in(given: Iterable[Value]) -> Iterator[Attached]:
    """Every attachment that field values name, in their order, each sealed file once.

    A value is known by its members, so that a node fetches what belongs to a form of which it
    does not have the pack; one that is not well spelled names nothing: the form's check says so.
    The value of an opening in a `core/reveal` counts like the field that it opens.
    """
    seen: set[bytes] = set()
    for each in candidates(given):
        try:
            found = read_attached(each)
        except Malformed:
            continue
        if found.age not in seen and len(seen) < PER_ENTRY_MAX:
            seen.add(found.age)
            yield found


def candidates(given: Iterable[Value]) -> Iterator[Value]:
    """Values that may be attachments: single, in a list, or revealed."""
    for value in given:
        match value:
            case dict() if value.keys() == MEMBERS:
                yield value
            case list():
                for each in value:
                    match each:
                        case dict() if each.keys() == MEMBERS:
                            yield each
                        case [str(), int(), int(), str(), str(), revealed]:
                            yield from candidates([revealed])


def kind_of(data: bytes) -> str:
    """What a file begins like; no sender's word is asked."""
    if data[4:8] == b"ftyp":  # ISO/IEC 14496-12: pictures and films, told apart by their brand
        return HEIF if data[8:12] in _BRANDS else FILM
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    return next((kind for start, kind in _KINDS if data.startswith(start)), OTHER_KIND)


def fitting(name: str) -> str:
    """A name made of a file's own, so that it can be told; whoever sends reads it before."""
    plain = _UNFIT.sub("_", unicodedata.normalize("NFC", name)).strip(" .,+=@-(")
    stem, dot, ending = plain.rpartition(".")
    room = NAME_CHARACTERS_MAX - len(dot + ending)
    cut = f"{stem[:room].rstrip(' .,')}{dot}{ending}" if 0 < room < len(plain) else plain
    found = cut[:NAME_CHARACTERS_MAX].rstrip(" .,+=@-(")
    return found if _NAME.fullmatch(found) else "file"
