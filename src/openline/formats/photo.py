"""Photographs without what they say of whoever took them: place, time, device, names, previews.

Shapes   cleaned(data) -> Cleaned(bytes, removed, known); `removed` are short names of parts
Units    bytes
Raises   BadPhoto: a file that begins as a photograph and is not built like one
Source   ISO/IEC 10918-1 annex B (JPEG); EXIF 2.32 (tag 0x0112); W3C PNG, third edition
Never    draws, decodes or changes a pixel; never keeps a part because it is unknown: only what is
         needed to draw stays. Of EXIF the orientation stays, spelled anew, and nothing else
"""

import struct
import zlib
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.errors import OpenlineError

JPEG: Final = b"\xff\xd8\xff"
PNG: Final = b"\x89PNG\r\n\x1a\n"
PARTS_MAX: Final = 10_000

_EXIF: Final = b"Exif\0\0"
_ORIENTATION: Final = 0x0112
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01
_APP0, _APP1, _APP14, _COM = 0xE0, 0xE1, 0xEE, 0xFE
_RESTARTS: Final = range(0xD0, 0xD8)
# Tables, frames, restart interval, number of lines: without them nothing can be drawn.
_DRAWING: Final = frozenset({*range(0xC0, 0xD0), _SOS, 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}) - {0xC8}
_APP_NAMES: Final = (
    (b"Exif\0", "EXIF"),
    (b"http://ns.adobe.com/", "XMP"),
    (b"Photoshop", "IPTC"),
    (b"ICC_PROFILE", "colour profile"),
    (b"MPF\0", "further pictures"),
)
# What a picture is drawn from; text, time, EXIF and every chunk that is not known here go.
_PNG_KEPT: Final = frozenset(
    {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD",
     b"pHYs", b"acTL", b"fcTL", b"fdAT"}
)  # fmt: skip


class BadPhoto(OpenlineError):
    """A photograph is not built as its kind is, so nobody can say what else is in it."""

    code: ClassVar[str] = "formats.bad-photo"
    remedy: ClassVar[str] = "Save the picture anew with a program for pictures, and attach that."


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file as it may leave. `known` is False for a kind whose metadata is not taken away here."""

    data: bytes
    removed: tuple[str, ...]
    known: bool


def cleaned(data: bytes) -> Cleaned:
    """A JPEG or PNG with what draws it; any other file as it is, which `known` says."""
    if data.startswith(JPEG):
        return _jpeg(data)
    if data.startswith(PNG):
        return _png(data)
    return Cleaned(data, (), known=False)


def _jpeg(data: bytes) -> Cleaned:
    kept, removed = [data[:2]], list[str]()
    orientation, at, is_drawn = 0, 2, False
    for _ in range(PARTS_MAX):
        marker, at = _marker(data, at)
        if marker == _EOI:
            if not is_drawn:
                raise BadPhoto("a JPEG file without a picture")
            if at < len(data):
                removed.append("data behind the picture")
            header = _oriented(orientation) if orientation > 1 else b""
            # Behind a JFIF header, which comes first where there is one.
            place = 2 if len(kept) > 1 and kept[1][1] == _APP0 else 1
            whole = b"".join([*kept[:place], header, *kept[place:], b"\xff\xd9"])
            return Cleaned(whole, tuple(dict.fromkeys(removed)), known=True)
        end = _end_of_segment(data, at)
        body = data[at + 2 : end]
        if marker == _APP1 and body.startswith(_EXIF):
            orientation = orientation or _orientation_of(body[len(_EXIF) :])
        is_picture = marker in _DRAWING or (
            (marker == _APP0 and body.startswith(b"JFIF\0") and len(body) >= 14)
            or (marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12)
        )
        if not is_picture:
            removed.append(_name_of(marker, body))
        elif marker == _APP0:
            # The header of JFIF alone: a small picture may follow in it.
            kept.append(_segment(_APP0, body[:12] + b"\0\0"))
            removed += ["preview"] if len(body) > 14 else []
        elif marker == _APP14:
            kept.append(_segment(_APP14, body[:12]))
        else:
            kept.append(data[at - 2 : end])
        if marker == _SOS:
            is_drawn, begin = True, end
            end = _end_of_scan(data, begin)
            kept.append(data[begin:end])
        at = end
    raise BadPhoto(f"a JPEG file of more than {PARTS_MAX} parts")


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """The next marker and where its segment begins; any number of 0xFF may fill up before it."""
    if data[at : at + 1] != b"\xff":
        raise BadPhoto(f"no marker at byte {at} of a JPEG file")
    while data[at : at + 1] == b"\xff":
        at += 1
    marker = data[at : at + 1]
    if not marker or marker[0] in (0, _SOI, _TEM) or marker[0] in _RESTARTS:
        raise BadPhoto(f"no segment at byte {at} of a JPEG file")
    return marker[0], at + 1


def _end_of_segment(data: bytes, at: int) -> int:
    length = int.from_bytes(data[at : at + 2], "big")
    if length < 2 or at + length > len(data):
        raise BadPhoto(f"the segment at byte {at} of a JPEG file is cut short")
    return at + length


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker begins that is neither a stuffed byte nor a restart."""
    while (at := data.find(b"\xff", at)) >= 0:
        after = data[at + 1 : at + 2]
        if after and after[0] != 0 and after[0] != 0xFF and after[0] not in _RESTARTS:
            return at
        at += 1 if after == b"\xff" else 2
    raise BadPhoto("a JPEG file without an end")


def _segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def _name_of(marker: int, body: bytes) -> str:
    for start, name in _APP_NAMES:
        if body.startswith(start):
            return name
    return "comment" if marker == _COM else f"part {marker:02X}"


def _orientation_of(tiff: bytes) -> int:
    """The orientation (1 to 8) in a TIFF header; 0 where none can be read. Other tags are not
    looked at."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None or len(tiff) < 8:
        return 0
    (start,) = struct.unpack_from(f"{order}I", tiff, 4)
    if start + 2 > len(tiff):
        return 0
    (count,) = struct.unpack_from(f"{order}H", tiff, start)
    for at in range(start + 2, min(start + 2 + 12 * count, len(tiff) - 11), 12):
        tag, kind, values = struct.unpack_from(f"{order}HHI", tiff, at)
        if tag == _ORIENTATION and kind == 3 and values == 1:
            (value,) = struct.unpack_from(f"{order}H", tiff, at + 8)
            return int(value) if 1 <= value <= 8 else 0
    return 0


def _tiff(orientation: int) -> bytes:
    """A TIFF header with one tag."""
    return struct.pack(">4sIHHHIHHI", b"MM\0*", 8, 1, _ORIENTATION, 3, 1, orientation, 0, 0)


def _oriented(orientation: int) -> bytes:
    return _segment(_APP1, _EXIF + _tiff(orientation))


def _png(data: bytes) -> Cleaned:
    kept, removed, at = [PNG], list[str](), len(PNG)
    orientation, before_data = 0, 0
    for _ in range(PARTS_MAX):
        head = data[at : at + 8]
        length = int.from_bytes(head[:4], "big")
        end = at + 12 + length
        if len(head) < 8 or end > len(data):
            raise BadPhoto(f"the chunk at byte {at} of a PNG file is cut short")
        kind, body, told = head[4:8], data[at + 8 : end - 4], data[end - 4 : end]
        if zlib.crc32(kind + body) != int.from_bytes(told, "big"):
            raise BadPhoto(f"the chunk at byte {at} of a PNG file was changed")
        if (len(kept) == 1) != (kind == b"IHDR"):
            raise BadPhoto("a PNG file that does not begin with its header")
        if kind == b"IDAT" and not before_data:
            before_data = len(kept)
        if kind == b"eXIf":
            orientation = orientation or _orientation_of(body)
        if kind in _PNG_KEPT:
            kept.append(data[at:end])
        elif not kind[0] & 0x20:
            raise BadPhoto(f"a PNG file that needs a chunk {kind!r} to be drawn")
        else:
            removed.append({b"eXIf": "EXIF", b"iCCP": "colour profile", b"tIME": "time"}.get(
                kind, kind.decode("latin-1") if kind.isalpha() else "chunk"))  # fmt: skip
        at = end
        if kind == b"IEND":
            if not before_data:
                raise BadPhoto("a PNG file without a picture")
            if at < len(data):
                removed.append("data behind the picture")
            if orientation > 1:
                kept.insert(before_data, _chunk(b"eXIf", _tiff(orientation)))
            return Cleaned(b"".join(kept), tuple(dict.fromkeys(removed)), known=True)
    raise BadPhoto(f"a PNG file of more than {PARTS_MAX} chunks")


def _chunk(kind: bytes, body: bytes) -> bytes:
    checked = kind + body
    return len(body).to_bytes(4, "big") + checked + zlib.crc32(checked).to_bytes(4, "big")
