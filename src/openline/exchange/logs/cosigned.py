"""Witness lines on other parties' logs, had from members who hold them.

Shapes   missing(station, peer) -> Missing per log and witness; answer() -> blocks; take() -> Taken
Units    a block is a size and the witness's two lines; at most 64 blocks an answer
Raises   nothing of its own
Source   docs/PROTOCOL.md parts 1.1 (a line that does not verify is dropped), 7.1 and 8.3
Never    believes the peer: keys come from the charter, heads from notes that are held here. Never
         replaces a line that is held, and never touches a stored note
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from openline.envelope.suite import BadSignature
from openline.exchange.logs.witnesses import AHEAD_MAX_S
from openline.exchange.station import Station
from openline.formats.charter import Charter
from openline.formats.head import Head
from openline.formats.malformed import Malformed
from openline.formats.note import Signature, parse_signature_lines, spell_signatures
from openline.formats.spell import parse_int
from openline.record.checkpoint import find_line, read_checkpoint, verify_cosignature_pair
from openline.record.policy import BadPolicy, Cosigner, cosigners_of
from openline.record.trust import charter_policy
from openline.store.contract import CosignatureRow

BLOCKS_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Missing:
    """A witness whose lines on a foreign log are wanted, above a size."""

    origin: str
    witness: Cosigner
    after: int

    @property
    def key(self) -> tuple[str, bytes]:
        """Which log and whose lines."""
        return self.origin, self.witness.vkey6.key_id

    @property
    def args(self) -> tuple[str, str, str]:
        """The arguments of the ask."""
        return self.origin, self.witness.vkey6.key_id.hex(), str(self.after)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an answer: where to go on, whether that was all, and lines that were bad."""

    rest: Missing
    is_last: bool
    dropped: int


def neutral(charter: Charter) -> tuple[Cosigner, ...]:
    """The witnesses that a charter names with both their keys, members' receipts left out."""
    try:
        pairs = cosigners_of(charter_policy(charter), [each.party for each in charter.members])
    except BadPolicy:  # a policy of single keys: nobody would know what counts
        return ()
    return tuple(pair for pair in pairs.values() if pair.receipt_of is None)


def missing(station: Station, peer: str) -> list[Missing]:
    """Logs of others that this peer holds and whose newest head lacks a witness here."""
    session = station.sessions.get(peer)
    found = []
    for row in station.lines() if session is not None else ():
        charter = station.charter(row.line_id)
        witnesses = neutral(charter) if any(m.party == peer for m in charter.members) else ()
        for log in station.logs_of(row.line_id) if witnesses else ():
            stated = session.holds.get(log.origin, 0) if session is not None else 0
            if log.party == station.party or not stated or log.status == "forked":
                continue
            for witness in witnesses:
                after = station.store.newest_cosigned(log.origin, witness.name)
                if after < min(stated, log.size):
                    found.append(Missing(log.origin, witness, after))
    return found


def answer(station: Station, origin: str, charter: Charter, key_id: str, after: int) -> bytes:
    """The lines of one witness on heads of a log above a size, as they are held here."""
    blocks = []
    for witness in neutral(charter):
        if witness.vkey6.key_id.hex() == key_id:
            rows = station.store.cosignatures_of(origin, witness.name, after, BLOCKS_MAX)
            for row in rows:
                held = parse_signature_lines(row.lines)
                pair = [find_line(held, vkey) for vkey in (witness.vkey4, witness.vkey6)]
                lines = [line for line in pair if line is not None]
                if len(lines) == len(pair):
                    blocks.append(b"%d\n" % row.size + spell_signatures(lines))
    return b"".join(blocks)


def take(station: Station, asked: Missing, data: bytes) -> Taken:
    """Store what is good in an answer.

    Lines that do not verify are dropped one by one, for a peer may have been given bad ones itself.
    Heads whose note is not held here are passed over: nothing here could show them. A line from
    farther ahead than 300 s ends the reading: it is asked for again when its time has come.
    """
    log = station.log(asked.origin)
    good: list[CosignatureRow] = []
    after, dropped = asked.after, 0
    blocks = read_blocks(data, asked.after, log.size) if log is not None else []
    for size, lines in blocks:
        note = station.store.checkpoint(asked.origin, size)
        if note is not None and log is not None:
            time_s = verified_time(station, asked.witness, read_checkpoint(note)[1], lines)
            if time_s is not None and time_s > station.line_now(log.line_id) + AHEAD_MAX_S:
                blocks = blocks[:0]
                break
            if time_s is None:
                dropped += 1
            else:
                spelled = spell_signatures(lines)
                name = asked.witness.name
                good.append(CosignatureRow(asked.origin, size, name, time_s, spelled))
        after = size
    store_new(station, good)
    return Taken(replace(asked, after=after), len(blocks) < BLOCKS_MAX, dropped)


def verified_time(
    station: Station, witness: Cosigner, head: Head, lines: Sequence[Signature]
) -> int | None:
    """When the witness held this head; None when these are not its two lines on it."""
    try:
        return verify_cosignature_pair(head, lines, witness.vkey4, witness.vkey6, station.suite)
    except (BadSignature, Malformed):
        return None


def read_blocks(data: bytes, after: int, upto: int) -> list[tuple[int, Sequence[Signature]]]:
    """The blocks of an answer, ascending by size; nothing is read behind a malformed one."""
    found: list[tuple[int, Sequence[Signature]]] = []
    lines = data.split(b"\n")
    for at in range(0, min(len(lines) - 1, 3 * BLOCKS_MAX), 3):
        try:
            size = parse_int(lines[at].decode("ascii", "replace"), what="size of a cosigned head")
            pair = parse_signature_lines(b"\n".join(lines[at + 1 : at + 3]) + b"\n")
        except Malformed:
            break
        if not after < size <= upto:
            break
        after = size
        found.append((size, pair))
    return found


def store_new(station: Station, rows: Sequence[CosignatureRow]) -> None:
    """Keep lines on heads that had none of this witness: the first that came here stays.

    A witness signs the same head again with a later time when it is asked to; a peer that hands
    that one out must not make what is held look younger.
    """
    new = [r for r in rows if station.store.cosignature(r.origin, r.size, r.name) is None]
    if new:
        with station.store.write() as tx:
            for row in new:
                tx.put_cosignature(row)
