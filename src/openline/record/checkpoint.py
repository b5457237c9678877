"""Signed heads: which lines of a note belong to keys that we know, and whether they are good.

Shapes   open_checkpoint(note bytes, LogKeys, suite) -> Head, both log signatures required;
         verify_cosignature_pair(head, lines, 0x04 key, 0x06 key, suite) -> time_s of a receipt;
         open_request(note bytes, 0x01 key, suite) -> text
Units    time_s is unix seconds UTC as the signer states it
Raises   BadNote (a BadSignature): missing, twice, or not of that key; Malformed for the spelling
Source   docs/PROTOCOL.md parts 1, 2 ("Notes"), 4 and 8
Never    lets a bad line of a known key pass because another line is good. Lines of unknown keys
         are ignored: anybody may add one, so they can neither help nor harm
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.envelope.suite import ED25519, ED25519_COSIGNATURE, ML_DSA_44, BadSignature, Suite
from openline.formats.card import Card
from openline.formats.head import Head, parse_head
from openline.formats.note import (
    Note,
    Signature,
    Vkey,
    cosignature_v1_message,
    parse_note,
    subtree_message,
    unpack_timestamped,
)

REQUEST_BYTES_MAX: Final = 256 * 1024


class BadNote(BadSignature):
    """A note lacks a signature that it must have, or carries one that does not belong to it."""

    code: ClassVar[str] = "record.bad-note"
    remedy: ClassVar[str] = "Ask the signer for the note again; do not act on this copy."


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The two keys that sign the heads of one log, under the name of its origin."""

    log1: Vkey
    log6: Vkey

    @classmethod
    def of(cls, card: Card, origin: str) -> "LogKeys":
        """The `log` keys of a card as they sign one origin of its party."""
        log1 = Vkey(origin, ED25519, card.log1.public)
        return cls(log1, Vkey(origin, ML_DSA_44, card.log6.public))

    @classmethod
    def of_card_log(cls, card: Card) -> "LogKeys":
        """The `root` keys that sign the card log up to this card."""
        return cls(card.root1, card.root6)


def open_checkpoint(note: bytes, keys: LogKeys, suite: Suite) -> Head:
    """The head that both log keys signed."""
    opened = parse_note(note)
    head = parse_head(opened.text.encode())
    for vkey in (keys.log1, keys.log6):
        if vkey.name != head.origin:
            raise BadNote(f"{head.origin}: the keys are those of {vkey.name}")
        verify_line(head, vkey, required_line(opened.signatures, vkey), suite)
    return head


def open_request(note: bytes, http: Vkey, suite: Suite) -> str:
    """The text that the `http` key signed."""
    opened = parse_note(note, bytes_max=REQUEST_BYTES_MAX)
    line = required_line(opened.signatures, http)
    suite.verify(http.kind, http.public, opened.text.encode(), line.blob)
    return opened.text


def verify_cosignature_pair(
    head: Head, lines: Sequence[Signature], vkey4: Vkey, vkey6: Vkey, suite: Suite
) -> int:
    """The one time that both lines of a cosigner state for this head.

    A line alone is no receipt: without the 0x06 line nothing binds the signer's name, without the
    0x04 line nothing outlives a break of ML-DSA.
    """
    times = [verify_line(head, vkey, required_line(lines, vkey), suite) for vkey in (vkey4, vkey6)]
    if times[0] != times[1] or not times[0]:
        raise BadNote(f"{vkey4.name}: its two lines do not state one time above 0")
    return times[0]


def verify_line(head: Head, vkey: Vkey, line: Signature, suite: Suite) -> int:
    """The time that a good line states; 0 for a kind 0x01 line, which states none."""
    if vkey.kind == ED25519:
        suite.verify(vkey.kind, vkey.public, head.text().encode(), line.blob)
        return 0
    time_s, signature = unpack_timestamped(line.blob)
    if vkey.kind == ED25519_COSIGNATURE:
        message = cosignature_v1_message(time_s, head.text())
    else:
        message = subtree_message(vkey.name, time_s, head.origin, 0, head.size, head.root)
    suite.verify(vkey.kind, vkey.public, message, signature)
    return time_s


def find_line(lines: Iterable[Signature], vkey: Vkey) -> Signature | None:
    """The line of a known key; two of them refuse the note, for which one would count?"""
    key_id = vkey.key_id
    found = [line for line in lines if line.name == vkey.name and line.key_id == key_id]
    if len(found) > 1:
        raise BadNote(f"{vkey.name}: two lines of one key {key_id.hex()}")
    return found[0] if found else None


def required_line(lines: Iterable[Signature], vkey: Vkey) -> Signature:
    """The line of a key that must have signed."""
    found = find_line(lines, vkey)
    if found is None:
        raise BadNote(f"{vkey.name}: no line of its key {vkey.key_id.hex()}, kind {vkey.kind}")
    return found


def read_checkpoint(data: bytes) -> tuple[Note, Head]:
    """A checkpoint note and the head it states, nothing verified."""
    note = parse_note(data)
    return note, parse_head(note.text.encode())
