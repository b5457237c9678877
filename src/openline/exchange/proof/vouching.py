"""Which signed head a disclosure rests on, and whose signatures its note carries.

Shapes   vouch(station, log, Reach, Wanted) -> Vouched
Units    sizes count entries; times are unix seconds UTC; a note has at most 16 signature lines
Raises   NoReceipt, NoCommonHead, NotWitnessed, NoSuchEnd, TooManySigners
Source   docs/PROTOCOL.md parts 8 ("Times") and 9 ("at most 16 signature lines")
Never    signs: only what was signed and stored before is put together here
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.envelope.suite import BadSignature
from openline.errors import OpenlineError
from openline.exchange.kept.keeping import NoReceipt
from openline.exchange.station import Station
from openline.formats.charter import Charter
from openline.formats.head import Head
from openline.formats.note import Note, Signature, Vkey, parse_note, parse_signature_lines
from openline.formats.policy import Policy
from openline.record.checkpoint import (
    LogKeys,
    find_line,
    open_checkpoint,
    read_checkpoint,
    verify_cosignature_pair,
)
from openline.record.policy import BadPolicy, cosigners_of, tally
from openline.record.trust import charter_policy
from openline.store.contract import CosignatureRow, LogRow

LINES_MAX: Final = 16
ENDS_NAMED_MAX: Final = 5
# How much later a head may have been received for the sake of a quorum under the same head.
LATER_MAX_S: Final = 300


class NoCommonHead(OpenlineError):
    """Every receipt that was asked for is held, but no one head carries them all."""

    code: ClassVar[str] = "exchange.no-common-head"
    remedy: ClassVar[str] = "Ask for fewer receipts in one file, or wait until all have the newest."


class NotWitnessed(OpenlineError):
    """No head with the receipts that were asked for is held by the charter's quorum."""

    code: ClassVar[str] = "exchange.not-witnessed"
    remedy: ClassVar[str] = "Wait for the witness, or disclose without witnesses."


class NoSuchEnd(OpenlineError):
    """A range ends where a head was signed, and none was signed or receipted there."""

    code: ClassVar[str] = "exchange.no-such-end"
    remedy: ClassVar[str] = "End the range at one of the entries that are named."


class TooManySigners(OpenlineError):
    """The signatures that were asked for do not fit into one note."""

    code: ClassVar[str] = "exchange.too-many-signers"
    remedy: ClassVar[str] = "Name fewer parties whose receipts the file is to carry."


@dataclass(frozen=True, slots=True)
class Reach:
    """Which sizes of a log will do: all from `least`, or `least` alone; the newest or the oldest.

    An entry wants the oldest head above it (the earliest receipt), a range the newest.
    """

    least: int
    is_exact: bool = False
    wants_newest: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose signatures a note is to carry. None: receipts of every addressee of whom we can have
    one; witnesses where they make nothing later."""

    receipts_of: tuple[str, ...] | None = None
    witnesses: bool | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One addressee's receipt on a head, with the keys that verify it."""

    party: str
    vkey4: Vkey
    vkey6: Vkey
    lines: tuple[Signature, Signature]


@dataclass(frozen=True, slots=True)
class Vouched:
    """A head with the note that leaves this node."""

    head: Head
    note: bytes
    log6: Vkey
    charter: Charter
    receipts: tuple[Receipt, ...]
    has_witnesses: bool
    has_quorum: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What this node holds of one log: its notes, and cosignatures by size and cosigner."""

    station: Station
    log: LogRow
    charter: Charter
    policy: Policy
    rows: dict[int, dict[str, CosignatureRow]]

    @property
    def members(self) -> list[str]:
        return [member.party for member in self.charter.members]

    def at(self, size: int) -> dict[str, CosignatureRow]:
        """The cosignatures on the head of a size, by cosigner."""
        return self.rows.get(size, {})

    def received_s(self, size: int) -> int:
        """The latest receipt time on one head; 0 without any."""
        times = [r.time_s for name, r in self.at(size).items() if name.endswith("/receipt")]
        return max(times, default=0)

    def note(self, size: int) -> bytes:
        """The note that was accepted at a size."""
        note = self.station.store.checkpoint(self.log.origin, size)
        if note is None:
            raise NoCommonHead(f"{self.log.origin}: the note of size {size} is not held here")
        return note

    def is_met(self, size: int) -> bool:
        """Whether the charter's quorum stands under the head of this size."""
        names = {vkey.name for vkey, _ in self.policy.witnesses.values()}
        if self.policy.quorum is None or not names & set(self.at(size)):
            return False
        lines: list[Signature] = []
        for vkey, _ in self.policy.witnesses.values():
            lines += self.lines_of([vkey], size)
        return self.meets_quorum(read_checkpoint(self.note(size))[1], lines)

    def meets_quorum(self, head: Head, lines: Sequence[Signature]) -> bool:
        """Whether these lines meet the charter's quorum."""
        if self.policy.quorum is None:
            return False
        try:
            return tally(self.policy, head, lines, self.station.suite, self.members).is_met
        except BadPolicy:  # a policy of single keys: a verifier would not know what counts
            return False

    def lines_of(self, vkeys: Sequence[Vkey], size: int) -> list[Signature]:
        """The lines of these keys of one cosigner in its stored answer."""
        row = self.at(size).get(vkeys[0].name)
        if row is None:
            return []
        parsed = parse_signature_lines(row.lines)
        return [line for vkey in vkeys if (line := find_line(parsed, vkey)) is not None]


def vouch(station: Station, log: LogRow, reach: Reach, wanted: Wanted) -> Vouched:
    """The head that serves best, and its note with exactly the lines that were asked for."""
    charter = station.charter(log.line_id)
    rows = rows_by_size(station, log.origin, reach.least)
    held = Held(station, log, charter, charter_policy(charter), rows)
    parties = receipting(held, wanted)
    size = choose(held, reach, wanted, sizes_with(held, reach, parties))
    note = held.note(size)
    opened, head = read_checkpoint(note)
    log6, own = log_lines(held, note)
    receipts = tuple(receipt_of(held, head, party) for party in parties)
    lines = [*own, *(line for receipt in receipts for line in receipt.lines)]
    if len(lines) > LINES_MAX:
        raise TooManySigners(f"{len(parties)} receipts: a note has {LINES_MAX} signature lines")
    neutral = witness_lines(held, head, wanted, LINES_MAX - len(lines))
    return Vouched(
        head=head,
        note=Note(opened.text, (*lines, *neutral)).encode(),
        log6=log6,
        charter=charter,
        receipts=receipts,
        has_witnesses=bool(neutral),
        has_quorum=held.meets_quorum(head, neutral),
    )


def rows_by_size(station: Station, origin: str, least: int) -> dict[int, dict[str, CosignatureRow]]:
    """Every cosignature held on heads of a log from a size on, by size and cosigner."""
    found: dict[int, dict[str, CosignatureRow]] = {}
    rows = list(station.store.cosignatures(origin, least))
    rows += [r for r in station.pending_receipts if r.origin == origin and r.size >= least]
    for row in rows:
        found.setdefault(row.size, {}).setdefault(row.name, row)
    return found


def receipt_name(party: str) -> str:
    """The cosigner name under which a party gives receipts."""
    return f"{party}/receipt"


def receipting(held: Held, wanted: Wanted) -> tuple[str, ...]:
    """The parties whose receipts the note has to carry.

    By default, of an own log every addressee; of another's log this party alone, for a node is
    not given the receipts that others gave to others.
    """
    own, author = held.station.party, held.log.party
    addressees = [party for party in held.members if party != author]
    if wanted.receipts_of is None:
        return tuple(addressees) if author == own else (own,)
    for party in wanted.receipts_of:
        if party not in addressees:
            raise NoReceipt(f"{party}: not an addressee of {author} on this line")
    return tuple(party for party in addressees if party in wanted.receipts_of)


def sizes_with(held: Held, reach: Reach, parties: Sequence[str]) -> list[int]:
    """The sizes within reach at which a signed head and all these receipts are held, ascending."""
    origin = held.log.origin
    signed = [s for s in held.station.store.checkpoint_sizes(origin) if s >= reach.least]
    names = {party: receipt_name(party) for party in parties}
    fitting = [size for size in signed if all(each in held.at(size) for each in names.values())]
    if fitting and (not reach.is_exact or fitting[0] == reach.least):
        return fitting[:1] if reach.is_exact else fitting
    for party, name in names.items():
        if not any(name in held.at(size) for size in signed):
            raise NoReceipt(f"{party} has given no receipt for {origin} entry {reach.least - 1}")
    if reach.is_exact:
        ends = ", ".join(str(size - 1) for size in fitting[:ENDS_NAMED_MAX]) or "none"
        raise NoSuchEnd(f"{origin}: no head ends at entry {reach.least - 1}; later ends: {ends}")
    raise NoCommonHead(f"{origin}: no head above entry {reach.least - 1} has all those receipts")


def choose(held: Held, reach: Reach, wanted: Wanted, sizes: Sequence[int]) -> int:
    """The best of the fitting sizes.

    The receipt time is what a disclosure is mostly for, so an entry takes a later head for the
    sake of a quorum only where that costs little, or where the quorum was asked for.
    """
    ordered = sorted(sizes, reverse=reach.wants_newest)
    if wanted.witnesses is False:
        return ordered[0]
    met = next((size for size in ordered if held.is_met(size)), None)
    if met is None:
        if wanted.witnesses:
            raise NotWitnessed(f"{held.log.origin}: no such head is held by the charter's quorum")
        return ordered[0]
    later_s = held.received_s(met) - held.received_s(ordered[0])
    is_worth_it = wanted.witnesses or reach.wants_newest or later_s <= LATER_MAX_S
    return met if is_worth_it else ordered[0]


def log_lines(held: Held, note: bytes) -> tuple[Vkey, list[Signature]]:
    """The 0x06 key that signed a stored note, and the log's own two lines of it."""
    signatures = parse_note(note).signatures
    for card in reversed(held.station.cards(held.log.party)):
        keys = LogKeys.of(card, held.log.origin)
        lines = [find_line(signatures, vkey) for vkey in (keys.log1, keys.log6)]
        found = [line for line in lines if line is not None]
        if len(found) == len(lines):
            open_checkpoint(note, keys, held.station.suite)
            return keys.log6, found
    raise NoCommonHead(f"{held.log.origin}: no card held here has signed the stored head")


def receipt_of(held: Held, head: Head, party: str) -> Receipt:
    """The stored receipt of a party on a head, with the card keys that verify it."""
    lines = parse_signature_lines(held.at(head.size)[receipt_name(party)].lines)
    for card in reversed(held.station.cards(party)):
        try:
            verify_cosignature_pair(head, lines, card.receipt4, card.receipt6, held.station.suite)
        except BadSignature:
            continue
        line4, line6 = find_line(lines, card.receipt4), find_line(lines, card.receipt6)
        if line4 is not None and line6 is not None:
            return Receipt(party, card.receipt4, card.receipt6, (line4, line6))
    raise NoReceipt(f"{party}: no card held here verifies its receipt for {head.origin}")


def witness_lines(held: Held, head: Head, wanted: Wanted, room: int) -> list[Signature]:
    """Both lines of as many witnesses as there is room for, the earliest first."""
    if wanted.witnesses is False:
        return []
    try:
        pairs = cosigners_of(held.policy, held.members)
    except BadPolicy:  # as in meets_quorum
        return []
    signed = held.at(head.size)
    present = [pair for pair in pairs.values() if pair.name in signed and not pair.receipt_of]
    present.sort(key=lambda pair: (signed[pair.name].time_s, pair.name))
    lines: list[Signature] = []
    for pair in present[: room // 2]:
        lines += held.lines_of([pair.vkey4, pair.vkey6], head.size)
    if wanted.witnesses and not held.meets_quorum(head, lines):
        raise TooManySigners(f"{head.origin}: beside the receipts there is no room for a quorum")
    return lines
