"""Pictures as a telephone makes them, small: whole in structure, with a place in their EXIF."""

import struct

PLACE = b"48.8583N 2.2945E"
CAMERA = b"camera 20451"


def part(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(*, exif: bool = True, size: int = 3_000) -> bytes:
    """A JPEG file with GPS and a comment, or with neither."""
    said = part(0xE1, b"Exif\0\0MM\0*" + PLACE + CAMERA) + part(0xFE, CAMERA) if exif else b""
    drawn = part(0xDB, bytes(65)) + part(0xC0, bytes(9)) + part(0xC4, bytes(17))
    return b"\xff\xd8" + said + drawn + part(0xDA, bytes(8)) + bytes(size) + b"\xff\xd9"


# Beginnings of what telephones make besides: enough of each to know its kind, and a place in it.
OTHERS = {
    "heif": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + PLACE,
    "webp": b"RIFF\x20\0\0\0WEBPVP8X" + PLACE,
    "gif": b"GIF89a\x01\0\x01\0" + PLACE,
    "tiff": b"II*\0\x08\0\0\0" + PLACE,
    "film": b"\0\0\0\x18ftypqt  \0\0\0\0qt  " + PLACE,
}
