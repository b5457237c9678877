"""What a node keeps to read an entry again: the key of its envelope, and what that does not hold.

Shapes   of_envelope() and of_lines() -> a sealed slip; read(...) -> the entry's lines, or None
Units    a slip that names an envelope has some 70 bytes and the openings withheld from others
Raises   CannotOpen for a slip that was changed; StoreDamaged for an envelope that was
Source   docs/PROTOCOL.md part 6.4; docs/decisions/0006-an-archive-of-keys.md
Never    keeps contents twice: the envelope is stored anyway, for members that fetch it and for the
         audit. Its key stays when the prekey that opened it is destroyed
"""

import zlib
from collections.abc import Mapping
from typing import Final, TypeAlias

from openline.cases.entry import Ref
from openline.envelope.suite import CannotOpen, Suite
from openline.exchange.station import Station
from openline.formats.field import Field, parse_lines
from openline.formats.leaf import Leaf
from openline.formats.malformed import Malformed
from openline.store.contract import Reader

Items: TypeAlias = tuple[Field | bytes, ...]

BY_KEY: Final = b"k"
AS_LINES: Final = b"l"
FILE_KEY_BYTES: Final = 16
# An envelope's plaintext is 256 KiB at most (docs/PROTOCOL.md part 6.4).
LINES_BYTES_MAX: Final = 256 * 1024
# What openings of releases have in common, the most usual last. It may never change: slips that
# were written with it are read with it.
COMMON: Final = (
    b"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoi"
    b"IiwiY3Jvc3NPcmlnaW4iOmZhbHNlLCJvcmlnaW4iOiJodHRwczovL2Rlc2su"
    b"sInR5cGUiOiJ3ZWJhdXRobi5nZXQifQ==11\t\trelease.2\t"
    b'","sig":"MEUCIQC","person":"release.1\t{"ad":"UFAAAAA==","cd":"eyJjaGFsbGVuZ2UiOiJ'
)


def of_envelope(
    station: Station, origin: str, index: int, file_key: bytes, own: Mapping[int, Field]
) -> bytes:
    """A slip for an entry whose envelope is stored; `own` are fields withheld from others."""
    lines = b"".join(b"%d\t%b\n" % (i, field.line()) for i, field in sorted(own.items()))
    if len(lines) > LINES_BYTES_MAX:
        raise Malformed("withheld fields", f"longer than {LINES_BYTES_MAX} bytes")
    return sealed(station, origin, index, BY_KEY + file_key + deflate(lines))


def of_lines(station: Station, origin: str, index: int, lines: bytes) -> bytes:
    """A slip with the lines themselves: of an entry whose envelope no key here opens."""
    return sealed(station, origin, index, AS_LINES + deflate(lines))


def sealed(station: Station, origin: str, index: int, slip: bytes) -> bytes:
    """A slip as it is stored."""
    context = context_of(origin, index)
    return station.suite.protect(station.keyring.archive_key, slip, context, station.random)


def read(station: Station, origin: str, index: int, leaf: Leaf) -> Items | None:
    """The lines of an entry as this node may read them; None when they are not kept."""
    key = station.keyring.archive_key
    return opened(station.suite, key, station.store, Ref(origin, index), leaf)


def opened(suite: Suite, key: bytes, store: Reader, place: Ref, leaf: Leaf) -> Items | None:
    """The same with nothing but the archive key and a store."""
    kept = store.archived(*place)
    if kept is None:
        return None
    slip = suite.disclose(key, kept, context_of(*place))
    form, rest = slip[:1], slip[1:]
    if form == AS_LINES:
        return parse_lines(inflate(rest), leaf.fields)
    if form != BY_KEY:
        raise CannotOpen("a slip of a form that is not known here")
    envelope = store.body(leaf.envelope_hash)
    if envelope is None:
        return None
    plaintext = suite.reopen(rest[:FILE_KEY_BYTES], envelope)
    items = list(parse_lines(plaintext, leaf.fields))
    for i, field in parse_own(inflate(rest[FILE_KEY_BYTES:])):
        items[i] = field
    return tuple(items)


def context_of(origin: str, index: int) -> bytes:
    """What a slip is bound to: one cannot be put in the place of another."""
    return f"openline/v1 archive\n{origin}\n{index}".encode()


def parse_own(lines: bytes) -> list[tuple[int, Field]]:
    """The withheld fields in a slip, with their places."""
    found = []
    for line in lines.split(b"\n")[:-1]:
        number, _, rest = line.partition(b"\t")
        (item,) = parse_lines(rest + b"\n", 1)
        if isinstance(item, Field):
            found.append((int(number), item))
    return found


def deflate(data: bytes) -> bytes:
    """Less of it: openings are half base64, and two releases are alike. Nothing for nothing."""
    if not data:
        return b""
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS, zdict=COMMON)
    return packing.compress(data) + packing.flush()


def inflate(data: bytes) -> bytes:
    """What was deflated, at most as much as an envelope may hold."""
    if not data:
        return b""
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS, zdict=COMMON)
    try:
        plain = unpacking.decompress(data, LINES_BYTES_MAX + 1)
    except zlib.error as fault:
        raise CannotOpen(f"a slip that does not unpack: {fault}") from None
    if len(plain) > LINES_BYTES_MAX or not unpacking.eof:
        raise CannotOpen("a slip longer than an envelope may be, or cut short")
    return plain
