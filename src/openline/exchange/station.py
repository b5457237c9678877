"""The station: one party's post on all its lines, with every port that the verbs of this room use.

Shapes   Station is made once per process from open ports; each verb is a function in its own file
Units    times are unix seconds UTC
Raises   UnknownLine, UnknownLog, ReceiveOnly
Source   docs/ARCHITECTURE.md, docs/PROTOCOL.md parts 5 to 8
Never    opens a socket, reads a wall clock or draws randomness by itself: ports are passed in.
         One thread works on a station at a time; its caches hold committed rows only
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from openline.cases.entry import Ref
from openline.cases.fold import LineState
from openline.envelope.keyring import Keyring
from openline.envelope.party_keys import PartyKeys
from openline.envelope.suite import Randomness, Suite
from openline.errors import OpenlineError
from openline.formats.card import Card, parse_card
from openline.formats.charter import Charter, parse_charter
from openline.formats.officer import OfficerLeaf, parse_officer
from openline.formats.pack import Packs
from openline.record.tree import EMPTY, leaf_hash
from openline.store.contract import (
    Anchor,
    AnchorRecord,
    CosignatureRow,
    EventRow,
    LineRow,
    LogRow,
    PrekeyRow,
    Store,
    Tx,
)

EVENT_TEXT_MAX = 500


class Clock(Protocol):
    """The wall for requests, the clock that entries of a line carry, and one that nobody sets."""

    def now_s(self) -> int:
        """Wall time, for requests between nodes."""

    def mono_s(self) -> int:
        """Seconds that only pass: against them a jump of the wall is noticed."""

    def line_s(self, status: str) -> int:
        """The time that entries and receipts of a line of this status carry.

        Only an exercise or test line may read a scenario clock.
        """


class Views(Protocol):
    """Readable, sealed, rebuildable: drafts and fold snapshots."""

    def put(self, table: str, key: str, value: bytes) -> None: ...
    def get(self, table: str, key: str) -> bytes | None: ...
    def delete(self, table: str, key: str) -> None: ...
    def scan(self, table: str, prefix: str = "") -> list[tuple[str, bytes]]: ...


class UnknownLine(OpenlineError):
    """No line of this node has that id, prefix or title."""

    code: ClassVar[str] = "exchange.unknown-line"
    remedy: ClassVar[str] = "List the lines with `openline line list` and use an id shown there."


class UnknownLog(OpenlineError):
    """This node holds no log of that origin, or the asker may not know of it."""

    code: ClassVar[str] = "exchange.unknown-log"
    remedy: ClassVar[str] = "Nothing: the other side asks for a log that is not here."


class ReceiveOnly(OpenlineError):
    """The node cannot show that its own log is current, so it writes nothing of its own."""

    code: ClassVar[str] = "exchange.receive-only"
    remedy: ClassVar[str] = "Two officers release the new epoch: `openline line reopen LINE`."


@dataclass(slots=True)
class Session:
    """What is known of a peer since its present start; thrown away when its boot id changes.

    A receipt is proof for ever, but only `holds` says what the peer holds now; `receipted` are
    sizes whose receipt was found stored, so that the database need not be asked again.
    """

    boot: bytes = b""
    holds: dict[str, int] = field(default_factory=dict)
    receipted: dict[str, int] = field(default_factory=dict)
    heard_s: int = 0
    folds: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    cards: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Station:
    """All ports and caches. `suspect` maps a line to why its own log may not be extended.

    `forgotten` are heads of other parties' logs that the anchor knows and the database does not;
    `newest` is the cache of exchange/newest.py; `receipts_seen` grows with every receipt that was
    verified, so that whoever works with receipts knows when to look again; `changes` grows with
    whatever else a page may show.
    """

    party: str
    suite: Suite
    keyring: Keyring
    keys: PartyKeys
    archive_public: bytes
    store: Store
    anchor: Anchor
    views: Views
    clock: Clock
    random: Randomness
    packs: Packs
    save_keyring: Callable[[bytes], None]
    boot: bytes
    suspect: dict[bytes, str] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    states: dict[bytes, LineState] = field(default_factory=dict)
    drafts: dict[bytes, dict[tuple[str, str], Ref]] = field(default_factory=dict)
    seen_nonces: dict[str, dict[bytes, int]] = field(default_factory=dict)
    pending_receipts: list[CosignatureRow] = field(default_factory=list)
    receipts_seen: int = 0
    unanchored: list[AnchorRecord] = field(default_factory=list)
    witness_policy: tuple[str, ...] = ()
    clock_unsure: str | None = None
    clock_marks: tuple[int, int] | None = None
    clock_told: str | None = None
    clock_agreed: set[str] = field(default_factory=set)
    snapshot_sizes: dict[str, int] = field(default_factory=dict)
    sealed: tuple[tuple[str, int], ...] | None = None
    newest: dict[bytes, dict[str, PrekeyRow]] = field(default_factory=dict)
    forgotten: dict[str, AnchorRecord] = field(default_factory=dict)
    changes: int = 0
    refused_reseals: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    gaps_due: set[bytes] = field(default_factory=set)
    looked_at: dict[str, int] = field(default_factory=dict)
    _charters: dict[bytes, Charter] = field(default_factory=dict)
    _cards: dict[str, tuple[Card, ...]] = field(default_factory=dict)
    _card_roots: dict[str, bytes] = field(default_factory=dict)
    _lines: tuple[LineRow, ...] | None = None
    _line_logs: dict[bytes, tuple[LogRow, ...]] = field(default_factory=dict)
    _logs: dict[str, LogRow] = field(default_factory=dict)
    _own: dict[bytes, LogRow] = field(default_factory=dict)
    _own_prekeys: dict[bytes, tuple[PrekeyRow, ...]] = field(default_factory=dict)
    _officers: dict[int, tuple[OfficerLeaf, ...]] = field(default_factory=dict)

    def keep_keyring(self, keyring: Keyring) -> None:
        """Make a changed keyring durable, then use it: an entry may name its keys only after."""
        self.save_keyring(keyring.to_bytes())
        self.keyring = keyring

    def charter(self, line_id: bytes) -> Charter:
        """The charter of a line this node knows."""
        if line_id not in self._charters:
            row = self.store.line(line_id)
            if row is None:
                raise UnknownLine(f"line {line_id.hex()[:16]} is not known here")
            self._charters[line_id] = parse_charter(row.charter)
        return self._charters[line_id]

    def line_now_any(self) -> int:
        """The latest time that any line carries, for views over several lines."""
        times = [self.line_now(row.line_id) for row in self.lines()]
        return max(times, default=self.clock.now_s())

    def admit(self, charter: Charter) -> None:
        """Know a charter while the delivery that brings it is being checked."""
        self._charters[charter.line_id] = charter

    def line_now(self, line_id: bytes) -> int:
        """The time an entry or receipt of this line carries."""
        return self.clock.line_s(self.charter(line_id).status)

    def cards(self, party: str) -> tuple[Card, ...]:
        """The accepted card chain of a party, card 0 first; empty when unknown."""
        if party not in self._cards:
            self._cards[party] = tuple(parse_card(row.leaf) for row in self.store.cards(party))
        return self._cards[party]

    def officers(self, card_size: int) -> tuple[OfficerLeaf, ...]:
        """The officers in the tree of this party's card of that size."""
        if card_size not in self._officers:
            data = self.store.meta(f"officers/{card_size}") or b""
            leaves = [leaf.strip().encode() + b"\n" for leaf in data.decode().split("\n\n") if leaf]
            self._officers[card_size] = tuple(parse_officer(leaf) for leaf in leaves)
        return self._officers[card_size]

    def log(self, origin: str) -> LogRow | None:
        """A log as last committed."""
        row = self._logs.get(origin)
        if row is None:
            row = self.store.log(origin)
            if row is not None:
                self._logs[origin] = row
        return row

    def lines(self) -> tuple[LineRow, ...]:
        """Every line known here, as last committed."""
        if self._lines is None:
            self._lines = tuple(self.store.lines())
        return self._lines

    def logs_of(self, line_id: bytes) -> tuple[LogRow, ...]:
        """Every log of one line, as last committed, by origin."""
        known = self._line_logs.get(line_id)
        if known is None:
            rows = sorted(self.store.logs(line_id), key=lambda row: row.origin)
            known = self._line_logs[line_id] = tuple(rows)
            self._logs.update({row.origin: row for row in rows})
        return known

    def own_log(self, line_id: bytes) -> LogRow | None:
        """The own log that may be extended on this line, or None before `open`."""
        row = self._own.get(line_id)
        if row is None:
            for each in self.logs_of(line_id):
                if each.party == self.party and each.status == "active":
                    row = self._own[line_id] = self._logs[each.origin] = each
        return row

    def waiting(self) -> tuple[tuple[str, int], ...]:
        """Every stored entry that could not be opened yet; `sealed` is None when it may differ."""
        if self.sealed is None:
            self.sealed = tuple(
                (log.origin, row.index)
                for log in self.store.logs()
                for row in self.store.entries_in_state(log.origin, "sealed")
            )
        return self.sealed

    def written(self) -> int:
        """Own entries in the logs that were looked at since the start: it grows with each one."""
        return sum(row.size for row in self._own.values())

    def card_root(self, party: str) -> bytes:
        """The root of a party's card log as held here."""
        root = self._card_roots.get(party)
        if root is None:
            hashes = [leaf_hash(row.leaf) for row in self.store.cards(party)]
            root = self._card_roots[party] = EMPTY.extend(hashes).root
        return root

    def leaf_hashes(self, origin: str, size: int) -> list[bytes]:
        """The leaf hashes of the first `size` entries of a held log."""
        return [leaf_hash(row.leaf) for row in self.store.entries(origin, 0, size)]

    def others(self, line_id: bytes) -> tuple[str, ...]:
        """The other members of a line, in the charter's order."""
        members = self.charter(line_id).members
        return tuple(m.party for m in members if m.party != self.party)

    def own_prekeys(self, line_id: bytes) -> tuple[PrekeyRow, ...]:
        """The prekeys that this party's own logs name on a line, newest first."""
        known = self._own_prekeys.get(line_id)
        if known is None:
            order = {log.origin: log.counter for log in self.logs_of(line_id)}
            rows = [r for r in self.store.prekeys(line_id) if r.party == self.party]
            rows.sort(key=lambda r: (order.get(r.origin, 0), r.index), reverse=True)
            known = self._own_prekeys[line_id] = tuple(rows)
        return known

    def committed(self, *rows: LogRow) -> None:
        """Take committed rows into the caches; called after the transaction, never inside it."""
        self.changes += 1
        for row in rows:
            self._logs[row.origin] = row
            if row.line_id in self._line_logs:
                kept = [r for r in self._line_logs[row.line_id] if r.origin != row.origin]
                kept = sorted([*kept, row], key=lambda each: each.origin)
                self._line_logs[row.line_id] = tuple(kept)
            if row.party == self.party:
                if row.status == "active":
                    self._own[row.line_id] = row
                elif self._own.get(row.line_id, row).origin == row.origin:
                    self._own.pop(row.line_id, None)

    def forget(self, line_id: bytes | None = None, party: str | None = None) -> None:
        """Drop caches that a commit has made old."""
        self._lines = None
        if line_id is not None:
            self._line_logs.pop(line_id, None)
            self._charters.pop(line_id, None)
            self.newest.pop(line_id, None)
            self._own_prekeys.pop(line_id, None)
            self._own.pop(line_id, None)
        if party is not None:
            self._cards.pop(party, None)
            self._card_roots.pop(party, None)
            self._officers.clear()

    def session(self, party: str) -> Session:
        """The session with a peer, made empty when there is none."""
        return self.sessions.setdefault(party, Session())

    def tell(self, tx: Tx, kind: str, subject: str, code: str, text: str) -> None:
        """Leave something for the officer to see, bounded, inside a transaction."""
        row = EventRow(0, self.clock.now_s(), kind, subject[:200], code, text[:EVENT_TEXT_MAX])
        tx.add_event(row)

    def note_event(self, kind: str, subject: str, code: str, text: str) -> None:
        """The same in a transaction of its own."""
        with self.store.write() as tx:
            self.tell(tx, kind, subject, code, text)
