"""Signed notes: a text, its signature lines, the keys that sign, and what exactly they sign.

Shapes   Note <-> bytes; Signature <-> one line; Vkey <-> `name+hash+key`
Units    time_s is unix seconds; start, end and sizes count log entries
Raises   Malformed
Source   docs/PROTOCOL.md part 1 (C2SP signed-note, tlog-cosignature v1.1) and part 2, "Notes"
Never    verifies anything: whether two lines of one key, an unknown key or a bad signature refuse a
         note depends on keys, so `record.checkpoint` decides it
"""

import hashlib
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from openline.formats.malformed import Malformed
from openline.formats.spell import (
    HASH_SIZE,
    b64,
    check_int,
    check_note_name,
    check_size,
    text_lines,
    unb64,
    utf8,
)

NOTE_BYTES_MAX: Final = 65_536
SIGNATURES_MAX: Final = 100
KEY_ID_SIZE: Final = 4
VKEY_CHARS_MAX: Final = 4_096
TIMESTAMP_MAX: Final = 2**63 - 1

ED25519: Final = 1
ED25519_COSIGNATURE: Final = 4
ML_DSA_44: Final = 6
PUBLIC_SIZES: Final = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44: 1_312}

_DASH: Final = "\u2014 "
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
_HEX8: Final = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who is said to have signed, and the bytes that say so."""

    name: str
    key_id: bytes
    blob: bytes

    def __post_init__(self) -> None:
        check_note_name(self.name)
        check_size(self.key_id, KEY_ID_SIZE, what="key id")
        if not self.blob:
            raise Malformed("signature line", "no signature after the key id")


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the lines below it."""

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        if not self.text.endswith("\n") or _CONTROL.search(self.text):
            raise Malformed("note", "the text lacks its last LF or holds a control character")
        if not self.signatures:
            raise Malformed("note", "no signature line")

    def encode(self) -> bytes:
        """Text, empty line, signature lines."""
        lines = "".join([signature_line(each) for each in self.signatures])
        return utf8(f"{self.text}\n{lines}", what="note")


def parse_note(
    data: bytes, *, bytes_max: int = NOTE_BYTES_MAX, signatures_max: int = SIGNATURES_MAX
) -> Note:
    """Split a note at its last empty line. One malformed signature line refuses it whole."""
    if len(data) > bytes_max:
        raise Malformed("note", f"longer than {bytes_max} bytes")
    return _parsed(data, bytes_max, signatures_max)


@lru_cache(maxsize=32)  # several rooms read the note of one delivery, one after the other
def _parsed(data: bytes, bytes_max: int, signatures_max: int) -> Note:
    split = data.rfind(b"\n\n")
    if split < 0:
        raise Malformed("note", "no empty line before signatures")
    try:
        text = data[: split + 1].decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("note", "not UTF-8") from None
    lines = data[split + 2 :]
    note = Note(text, _parse_signatures(lines, bytes_max, signatures_max))
    if note.encode() != data:
        raise Malformed("note", "not the canonical spelling")
    return note


def signature_line(signature: Signature) -> str:
    """The line of one signature, its LF included."""
    return f"{_DASH}{signature.name} {b64(signature.key_id + signature.blob)}\n"


def spell_signatures(signatures: Iterable[Signature]) -> bytes:
    """Signature lines without a text: an answer of a witness, a receipt."""
    return utf8("".join([signature_line(each) for each in signatures]), what="signature lines")


def parse_signature_lines(
    data: bytes, *, bytes_max: int = NOTE_BYTES_MAX, signatures_max: int = SIGNATURES_MAX
) -> tuple[Signature, ...]:
    """One or more signature lines without a text."""
    signatures = _parse_signatures(data, bytes_max, signatures_max)
    if spell_signatures(signatures) != data:
        raise Malformed("signature lines", "not the canonical spelling")
    return signatures


def _parse_signatures(data: bytes, bytes_max: int, signatures_max: int) -> tuple[Signature, ...]:
    lines = text_lines(data, bytes_max, what="signature lines")
    if len(lines) > signatures_max:
        raise Malformed("signature lines", f"more than {signatures_max}")
    return tuple([_parse_signature(line) for line in lines])


def _parse_signature(line: str) -> Signature:
    if not line.startswith(_DASH):
        raise Malformed("signature line", "does not begin with U+2014 and a space")
    name, space, encoded = line[len(_DASH) :].partition(" ")
    if not space:
        raise Malformed("signature line", "not a name and a signature")
    data = unb64(encoded, what="signature line")
    return Signature(name, data[:KEY_ID_SIZE], data[KEY_ID_SIZE:])


@dataclass(frozen=True, slots=True)
class Vkey:
    """A public key with the name it signs under. Kinds: 1 and 4 Ed25519, 6 ML-DSA-44."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        check_note_name(self.name)
        size = PUBLIC_SIZES.get(self.kind)
        if size is None:
            raise Malformed("verifier key", "not of kind 0x01, 0x04 or 0x06")
        check_size(self.public, size, what="verifier key")

    @property
    def key_id(self) -> bytes:
        """The four bytes that signature lines carry."""
        preimage = utf8(self.name, what="key name") + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(preimage).digest()[:KEY_ID_SIZE]

    def text(self) -> str:
        """The key as one word."""
        return f"{self.name}+{self.key_id.hex()}+{b64(bytes([self.kind]) + self.public)}"


def parse_vkey(text: str) -> Vkey:
    """Read a verifier key; base64 holds `+`, so only the first two divide."""
    if len(text) > VKEY_CHARS_MAX:
        raise Malformed("verifier key", f"longer than {VKEY_CHARS_MAX} characters")
    parts = text.split("+", 2)
    if len(parts) != 3 or not _HEX8.fullmatch(parts[1]):
        raise Malformed("verifier key", "not name, eight hex digits and key, with + between")
    data = unb64(parts[2], what="verifier key")
    vkey = Vkey(parts[0], data[0] if data else 0, data[1:])
    if vkey.text() != text:
        raise Malformed("verifier key", "its hash is not that of its name and key")
    return vkey


def cosignature_v1_message(time_s: int, checkpoint_text: str) -> bytes:
    """What a kind 0x04 key signs. It does not name the signer: hence one key per role."""
    check_int(time_s, TIMESTAMP_MAX, what="cosignature time")
    return utf8(f"cosignature/v1\ntime {time_s}\n{checkpoint_text}", what="checkpoint")


def subtree_message(
    cosigner: str, time_s: int, origin: str, start: int, end: int, root: bytes
) -> bytes:
    """What a kind 0x06 key signs; a checkpoint is the subtree from 0 to its size."""
    check_int(time_s, TIMESTAMP_MAX, what="cosignature time")
    check_int(end, what="subtree end")
    check_int(start, end, what="subtree start")
    if start and time_s:
        raise Malformed("subtree", "a time is stated for a subtree that does not start at 0")
    return b"".join(
        [
            b"subtree/v1\n\0",
            _short(cosigner),
            struct.pack(">Q", time_s),
            _short(origin),
            struct.pack(">QQ", start, end),
            check_size(root, HASH_SIZE, what="subtree root"),
        ]
    )


def pack_timestamped(time_s: int, signature: bytes) -> bytes:
    """The blob of a kind 0x04 or 0x06 signature line."""
    check_int(time_s, TIMESTAMP_MAX, what="cosignature time")
    return struct.pack(">Q", time_s) + signature


def unpack_timestamped(blob: bytes) -> tuple[int, bytes]:
    """The time and the signature of such a blob."""
    if len(blob) <= 8:
        raise Malformed("cosignature", "no signature after the time")
    (time_s,) = struct.unpack_from(">Q", blob)
    return check_int(time_s, TIMESTAMP_MAX, what="cosignature time"), blob[8:]


def _short(name: str) -> bytes:
    data = utf8(name, what="cosigner or origin")
    if not 1 <= len(data) <= 255:
        raise Malformed("cosignature", "a name or origin is empty or longer than 255 bytes")
    return bytes([len(data)]) + data
