"""Photographs without metadata: what draws the picture stays byte for byte, all else goes."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.photo import JPEG, PNG, BadPhoto, Cleaned, cleaned

SECRET = b"48.8583N 2.2945E camera 20451 Anna"
SCAN = b"\x12\xff\x00\x34\xff\xd0\x56" + bytes(range(200)) + b"\xff\x00"
HEX = {"little": "<", "big": ">"}


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def exif(orientation: int, order: str = "big", extra: bytes = SECRET) -> bytes:
    """EXIF with an orientation among other tags, a place and a preview behind them."""
    o = HEX[order]
    head = (b"MM\0*" if order == "big" else b"II*\0") + struct.pack(o + "I", 8)
    tags = [
        struct.pack(o + "HHII", 0x010F, 2, len(extra), 60),
        struct.pack(o + "HHIHH", 0x0112, 3, 1, orientation, 0),
        struct.pack(o + "HHII", 0x8825, 4, 1, 60),
    ]
    return head + struct.pack(o + "H", len(tags)) + b"".join(tags) + bytes(4) + extra


DRAWING = [
    segment(0xDB, b"\0" + bytes(64)),
    segment(0xC0, b"\x08\0\x10\0\x10\x01\x01\x11\0"),
    segment(0xC4, b"\0" + bytes(16)),
    segment(0xDA, b"\x01\x01\0\0?\0") + SCAN,
]
JFIF = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0")
HIDING = [
    segment(0xE1, b"Exif\0\0" + exif(6)),
    segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>" + SECRET),
    segment(0xED, b"Photoshop 3.0\x008BIM" + SECRET),
    segment(0xE2, b"MPF\0" + SECRET),
    segment(0xE2, b"ICC_PROFILE\0\x01\x01" + SECRET),
    segment(0xEB, SECRET),
    segment(0xFE, SECRET),
]


def jpeg(*parts: bytes, tail: bytes = b"") -> bytes:
    return b"".join([b"\xff\xd8", *parts, b"\xff\xd9", tail])


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


IHDR = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
IDAT = chunk(b"IDAT", zlib.compress(b"\0\1\2\3"))
IEND = chunk(b"IEND", b"")


def png(*parts: bytes, tail: bytes = b"") -> bytes:
    return b"".join([PNG, IHDR, *parts, IDAT, IEND, tail])


def test_a_jpeg_keeps_what_draws_it_and_nothing_that_says_who_where_or_when() -> None:
    found = cleaned(jpeg(JFIF, *HIDING, *DRAWING, tail=b"\xff\xd8" + SECRET))
    assert SECRET not in found.data
    assert found.removed == (
        "EXIF", "XMP", "IPTC", "further pictures", "colour profile", "part EB", "comment",
        "data behind the picture",
    )  # fmt: skip
    assert all(part in found.data for part in (JFIF, *DRAWING))
    assert found.data.endswith(SCAN + b"\xff\xd9")


def test_metadata_between_the_scans_of_a_progressive_jpeg_goes_as_well() -> None:
    found = cleaned(jpeg(JFIF, *DRAWING, HIDING[1], DRAWING[3]))
    assert SECRET not in found.data
    assert found.data.count(SCAN) == 2


def test_the_preview_in_a_header_of_jfif_goes() -> None:
    header = segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\x02\x02" + SECRET)
    found = cleaned(jpeg(header, *DRAWING))
    assert SECRET not in found.data and found.removed == ("preview",)
    assert JFIF in found.data


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_a_turned_picture_stays_turned_by_one_tag_of_our_own_spelling(
    turn: int, order: str
) -> None:
    found = cleaned(jpeg(JFIF, segment(0xE1, b"Exif\0\0" + exif(turn, order)), *DRAWING))
    ours = segment(
        0xE1, b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, turn, 0, 0)
    )
    assert (ours in found.data) == (turn > 1)
    assert found.data.count(b"Exif") == (turn > 1)
    assert found.data.startswith(b"\xff\xd8" + JFIF)


def test_a_png_keeps_what_draws_it_and_its_orientation() -> None:
    hidden = [
        chunk(b"tEXt", b"Author\0" + SECRET),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET),
        chunk(b"zTXt", b"x\0\0" + zlib.compress(SECRET)),
        chunk(b"tIME", b"\x07\xe7\x0b\x0e\x14\0\0"),
        chunk(b"eXIf", exif(6)),
        chunk(b"prVt", SECRET),
    ]
    kept = chunk(b"gAMA", struct.pack(">I", 45455))
    found = cleaned(png(kept, *hidden, tail=SECRET))
    turned = chunk(b"eXIf", b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0))
    assert found.data == PNG + IHDR + kept + turned + IDAT + IEND
    assert found.removed == (
        "tEXt", "iTXt", "zTXt", "time", "EXIF", "prVt", "data behind the picture",
    )  # fmt: skip


@pytest.mark.parametrize("data", [jpeg(JFIF, *DRAWING), png()])
def test_a_picture_without_metadata_is_byte_for_byte_what_it_was(data: bytes) -> None:
    assert cleaned(data) == Cleaned(data, (), known=True)


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7", b"GIF89a", b"RIFF....WEBP", b"ftypheic", b"\xff\xd8"]
)
def test_of_another_kind_it_is_said_that_nothing_was_removed(data: bytes) -> None:
    assert cleaned(data) == Cleaned(data, (), known=False)


@pytest.mark.parametrize(
    "data",
    [
        jpeg(JFIF, *DRAWING)[:-2],
        jpeg(JFIF, *DRAWING)[:40],
        jpeg(JFIF),
        jpeg(JFIF, b"\0", *DRAWING),
        jpeg(JFIF, b"\xff\xe1\0\1", *DRAWING),
        jpeg(JFIF, b"\xff\xe1\xff\xff", DRAWING[0]),
        png()[:-6],
        png().replace(b"IEND", b"IENd"),
        PNG + IDAT + IHDR + IEND,
        PNG + IHDR + IEND,
        png(chunk(b"ABCD", b"needed")),
        png(IHDR),
    ],
)
def test_what_is_not_built_like_a_picture_is_refused_and_never_passed_on(data: bytes) -> None:
    with pytest.raises(BadPhoto):
        cleaned(data)


@given(
    parts=st.lists(
        st.one_of(
            st.sampled_from(DRAWING[:3]),
            st.builds(
                segment, st.sampled_from([0xE1, 0xE2, 0xED, 0xEF, 0xFE]),
                st.binary(max_size=60).map(lambda noise: SECRET + noise),
            ),
        ),
        max_size=12,
    ),
    tail=st.binary(max_size=40),
)  # fmt: skip
def test_whatever_stands_in_a_jpeg_no_secret_leaves_and_cleaning_twice_changes_nothing(
    parts: list[bytes], tail: bytes
) -> None:
    found = cleaned(jpeg(JFIF, *parts, *DRAWING, tail=tail))
    assert SECRET not in found.data
    assert cleaned(found.data) == Cleaned(found.data, (), known=True) or b"Exif" in found.data
    assert cleaned(found.data).data == found.data


@given(st.binary(max_size=300), st.sampled_from([JPEG, PNG, PNG + IHDR, jpeg(JFIF)[:-2]]))
def test_any_bytes_are_refused_by_name_or_cleaned_the_same_twice(noise: bytes, head: bytes) -> None:
    try:
        found = cleaned(head + noise)
    except BadPhoto:
        return
    assert cleaned(found.data).data == found.data
