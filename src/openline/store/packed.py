"""Base64 takes a third more room than the bytes it spells: stored texts are kept without it.

Shapes   pack(data) -> stored bytes; unpack(stored) -> exactly the same data; pack_leaf and
         unpack_leaf the same for a leaf beside the hash of its body
Units    none
Raises   StoreDamaged when stored bytes are not the result of pack
Source   docs/PROTOCOL.md part 6 (the stanza of an envelope, the leaf) and part 1 (signature lines)
Never    asks what the data means: any long run that base64 spells canonically is folded

A leaf ends with the hash of its body, which its row has anyway: it is kept without that line. The
root of a message's fields, in the line before, is kept as the bytes that it spells.

Stored form: segments, each one byte of kind (0 as it is, 1 base64 with its padding, 2 base64
without), the length as u32be, the bytes.
"""

import re
from binascii import a2b_base64, b2a_base64
from typing import Final

from openline.store.faults import StoreDamaged

RUN_MIN: Final = 64
_RUN: Final = re.compile(rb"[A-Za-z0-9+/]{%d,}={0,2}" % RUN_MIN)
_AGE, _AGE_END = b"age-encryption.org/v1\n", b"\n--- "
_PLAIN, _PADDED, _BARE = 0, 1, 2
_AS_IT_IS, _SHORTENED, _MESSAGE_LEAF = b"\x00", b"\x01", b"\x02"
_FORMS: Final = (_AS_IT_IS, _SHORTENED, _MESSAGE_LEAF)
_MESSAGE: Final = b"openline/v1 message\n"
_ROOT_SIZE: Final = 32
_ROOT_LINE: Final = re.compile(rb"\n[A-Za-z0-9+/]{43}=")
_ROOT_SPELLED: Final = 1 + 44


def pack(data: bytes) -> bytes:
    """The stored form: never more than a few bytes longer, a quarter shorter for signatures."""
    parts: list[bytes] = []
    done = 0
    # Behind the header of an age file stands ciphertext, which has no runs worth a search.
    header = data.find(_AGE_END) if data.startswith(_AGE) else -1
    for run in _RUN.finditer(data, 0, len(data) if header < 0 else header):
        folded = _fold(run[0])
        if folded is not None:
            if run.start() > done:
                parts.append(_segment(_PLAIN, data[done : run.start()]))
            parts.append(folded)
            done = run.end()
    if done < len(data):
        parts.append(_segment(_PLAIN, data[done:]))
    return b"".join(parts)


def unpack(stored: bytes) -> bytes:
    """The data that was packed."""
    parts: list[bytes] = []
    at, end = 0, len(stored)
    while at < end:
        size = int.from_bytes(stored[at + 1 : at + 5], "big")
        kind, at = stored[at], at + 5
        part = stored[at : at + size]
        if at + size > end or kind > _BARE:
            raise StoreDamaged("a packed value does not read back")
        if kind:
            part = b2a_base64(part, newline=False)
            part = part.rstrip(b"=") if kind == _BARE else part
        parts.append(part)
        at += size
    return b"".join(parts)


def pack_leaf(leaf: bytes, body_hash: bytes) -> bytes:
    """The stored form of a leaf: without the line that spells the hash of its body.

    A leaf like most, of a message, loses its first line too, and its root is kept as 32 bytes.
    """
    last = b"\n" + b2a_base64(body_hash)
    if not leaf.endswith(last):
        return _AS_IT_IS + leaf if leaf[:1] in _FORMS else leaf
    rest = leaf[: -len(last)]
    middle, root = rest[len(_MESSAGE) : -_ROOT_SPELLED], _root_of(rest)
    if root is not None and rest.startswith(_MESSAGE):
        return _MESSAGE_LEAF + root + middle
    return _SHORTENED + rest


def unpack_leaf(stored: bytes, body_hash: bytes) -> bytes:
    """The leaf that was packed beside this hash."""
    form = stored[:1]
    if form == _MESSAGE_LEAF:
        root, middle = b2a_base64(stored[1 : 1 + _ROOT_SIZE]), stored[1 + _ROOT_SIZE :]
        return b"%b%b\n%b%b" % (_MESSAGE, middle, root, b2a_base64(body_hash))
    if form == _SHORTENED:
        return b"%b\n%b" % (stored[1:], b2a_base64(body_hash))
    return stored[1:] if form == _AS_IT_IS else stored


def _root_of(rest: bytes) -> bytes | None:
    """The 32 bytes that the last line spells in exactly one way, or None."""
    spelled = rest[-_ROOT_SPELLED:]
    if len(rest) < len(_MESSAGE) + _ROOT_SPELLED or not _ROOT_LINE.fullmatch(spelled):
        return None
    root = a2b_base64(spelled)
    return root if b2a_base64(root, newline=False) == spelled[1:] else None


def _fold(run: bytes) -> bytes | None:
    """A segment for a run that base64 spells in exactly one way, or None."""
    bare = run.rstrip(b"=")
    if len(bare) % 4 == 1:
        return None
    raw = a2b_base64(bare + b"=" * (-len(bare) % 4))
    spelled = b2a_base64(raw, newline=False)
    if spelled == run:
        return _segment(_PADDED, raw)
    return _segment(_BARE, raw) if spelled.rstrip(b"=") == run else None


def _segment(kind: int, data: bytes) -> bytes:
    return bytes((kind,)) + len(data).to_bytes(4, "big") + data
