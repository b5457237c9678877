"""The station: one party's post on all its lines, with every port that the verbs of this room use.

Shapes   Station is made once per process from open ports; each verb is a function in its own file
Units    times are unix seconds UTC
Raises   UnknownLine, UnknownLog, ReceiveOnly, LineLeft, KeyringBehind
Source   docs/ARCHITECTURE.md, docs/PROTOCOL.md parts 5 to 8
Never    opens a socket, reads a wall clock or draws randomness by itself: ports are passed in.
         One thread works on a station at a time; its caches hold committed rows only
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from openline.cases.entry import Ref
from openline.cases.fold import LineState
from openline.envelope.keyring import Keyring
from openline.envelope.party_keys import PartyKeys
from openline.envelope.suite import Randomness, Suite
from openline.errors import OpenlineError
from openline.formats.admin_areas import NO_AREAS, AdminAreas
from openline.formats.card import Card, parse_card
from openline.formats.charter import Charter, parse_charter
from openline.formats.names import NO_NAMES, Names
from openline.formats.numbers import Log, epochs_of
from openline.formats.numbers import number as number_of
from openline.formats.officer import OfficerLeaf, parse_officer
from openline.formats.pack import Packs
from openline.record.tree import EMPTY, leaf_hash
from openline.store.contract import (
    Anchor,
    AnchorRecord,
    AttachmentRow,
    CosignatureRow,
    EventRow,
    LineRow,
    LogRow,
    PrekeyRow,
    Store,
    Tx,
)

EVENT_TEXT_MAX = 500
# How near a movement may come to others before it is remarked, where the node says nothing else.
SEPARATION_M = 500


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
    def put_many(self, table: str, rows: Iterable[tuple[str, bytes]]) -> None: ...
    def get(self, table: str, key: str) -> bytes | None: ...
    def delete(self, table: str, key: str) -> None: ...
    def delete_all(self, table: str, prefix: str) -> None: ...
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


class KeyringBehind(OpenlineError):
    """The keyring is an old copy: its keys stand on an earlier card of ours and count no more."""

    code: ClassVar[str] = "exchange.keyring-behind"
    remedy: ClassVar[str] = (
        "Nothing was signed. Restore with the newest keyring; where it is lost: `openline keys"
        " recover` with the ceremony file, or a new party (docs/OPERATE.md, Restores)."
    )


class LineLeft(OpenlineError):
    """Our last entry on this line was written: nothing of ours follows it."""

    code: ClassVar[str] = "exchange.line-left"
    remedy: ClassVar[str] = "Write on the line that follows: `openline line history LINE` names it."


@dataclass(slots=True)
class Session:
    """What is known of a peer since its present start; thrown away when its boot id changes.

    A receipt is proof for ever, but only `holds` says what the peer holds now; `receipted` are
    sizes whose receipt was found stored, so that the database need not be asked again. `line_of` is
    the line under which it states each head: a log that is not held here has no other.
    """

    boot: bytes = b""
    holds: dict[str, int] = field(default_factory=dict)
    receipted: dict[str, int] = field(default_factory=dict)
    heard_s: int = 0
    folds: dict[bytes, tuple[int, bytes]] = field(default_factory=dict)
    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    line_of: dict[str, bytes] = field(default_factory=dict)
    cards: dict[str, tuple[int, bytes]] = field(default_factory=dict)

    def cards_of(self, party: str) -> int:
        """How many cards of a party the peer states."""
        return self.cards[party][0] if party in self.cards else 0


@dataclass(slots=True)
class Station:
    """All ports and caches. `suspect` maps a line to why its own log may not be extended.

    `forgotten` are heads of other parties' logs that the anchor knows and the database does not;
    `narrow` are peers behind links of little width; `tails` are own logs of which more was signed
    than is here; `unproven` says why nothing of our own is numbered yet (traffic/profiles.py);
    `boots` are each peer's starts and when each was first heard. `newest`, `queues` and `search`
    are the caches of contents/newest.py, folding/waiting.py, folding/searching.py; `receipts_seen`
    grows with every receipt that was verified, so that whoever works with receipts knows when to
    look again; `changes` grows with whatever else a page may show; `floors` is the cache of
    contents/disowned.py, `spaces` that of folding/nearby.py; `files_due` and `fetching` are those
    of contents/attached.py;
    `double` says where another node of this party answers, `is_alone` that it was looked for and
    is not there; `ended_keys` says which newer card of ours names other keys than are here: then
    nothing is signed;
    `keys_in_force` are the keys by which every own log that may be written is known to be signed;
    `unasked` are the times of own entries that no officer released (logs/growth.py); `alarmed`
    grows with every alarm; `otherwise` are other histories of logs (traffic/otherwise.py).
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
    names: Names = NO_NAMES
    admin_areas: AdminAreas = NO_AREAS
    separation_m: int = SEPARATION_M
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
    profile: str = "file"
    narrow: frozenset[str] = frozenset()
    tails: dict[str, int] = field(default_factory=dict)
    unproven: str = ""
    boots: dict[str, dict[bytes, int]] = field(default_factory=dict)
    changes: int = 0
    alarmed: int = 0
    otherwise: dict[tuple[str, str], Any] = field(default_factory=dict)
    refused_reseals: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    gaps_due: set[bytes] = field(default_factory=set)
    looked_at: dict[str, int] = field(default_factory=dict)
    floors: dict[str, int | None] = field(default_factory=dict)
    keys_in_force: PartyKeys | None = None
    unasked: dict[bytes, tuple[int, ...]] = field(default_factory=dict)
    ended_keys: str = ""
    double: str = ""
    is_alone: bool = False
    queues: dict[bytes, object] = field(default_factory=dict)
    spaces: dict[bytes, object] = field(default_factory=dict)
    search: object = None
    files_due: tuple[AttachmentRow, ...] | None = None
    fetching: dict[bytes, Any] = field(default_factory=dict)
    _charters: dict[bytes, Charter] = field(default_factory=dict)
    _cards: dict[str, tuple[Card, ...]] = field(default_factory=dict)
    _card_roots: dict[str, bytes] = field(default_factory=dict)
    _lines: tuple[LineRow, ...] | None = None
    _left: frozenset[bytes] | None = None
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
            data = self.store.meta(f"officers/{card_size}")
            if not data and self._are_as_before(card_size):
                return self.officers(card_size - 1)
            data = data or b""
            leaves = [leaf.strip().encode() + b"\n" for leaf in data.decode().split("\n\n") if leaf]
            self._officers[card_size] = tuple(parse_officer(leaf) for leaf in leaves)
        return self._officers[card_size]

    def _are_as_before(self, card_size: int) -> bool:
        """Whether a card of ours that came back commits to the officers of the one before it."""
        cards = self.cards(self.party)
        if not 2 <= card_size <= len(cards):
            return False
        before, desk = cards[card_size - 2].desk, cards[card_size - 1].desk
        return before is not None and desk is not None and before.root == desk.root

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

    def called(self, line_id: bytes) -> list[Log]:
        """Every log of a line as far as its entries are called after it."""
        return [Log(x.origin, x.party, x.counter, x.size) for x in self.logs_of(line_id)]

    def number(self, place: Ref) -> str:
        """The message number of an entry, as people use it."""
        log = self.log(place.origin)
        if log is None:
            return f"0.{place.index}"
        epochs = epochs_of(log.party, self.called(log.line_id))
        return number_of(log.counter, log.origin, place.index, epochs)

    def own_log(self, line_id: bytes) -> LogRow | None:
        """The own log that may be extended on this line, or None before `open`."""
        row = self._own.get(line_id)
        if row is None:
            for each in self.logs_of(line_id):
                if each.party == self.party and each.status == "active":
                    row = self._own[line_id] = self._logs[each.origin] = each
        return row

    def require_keys(self) -> None:
        """Refuse to sign with keys that a later card of ours does not name."""
        if self.ended_keys:
            raise KeyringBehind(self.ended_keys)

    def may_write(self, line_id: bytes) -> bool:
        """Whether entries of our own may be numbered on a line now."""
        is_shown = line_id not in self.suspect and not self.unproven
        return (
            is_shown
            and not self.ended_keys
            and self.own_log(line_id) is not None
            and not self.has_left(line_id)
        )

    def has_left(self, line_id: bytes) -> bool:
        """Whether our `close` is the last entry that we write on a line."""
        if self._left is None:
            left = (row.line_id for row in self.lines() if row.state == "closed")
            self._left = frozenset(left)
        return line_id in self._left

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
        self._lines = self._left = None
        if line_id is not None:
            self._line_logs.pop(line_id, None)
            self.floors.clear()
            self._charters.pop(line_id, None)
            self.newest.pop(line_id, None)
            self._own_prekeys.pop(line_id, None)
            self._own.pop(line_id, None)
        if party is not None:
            self._cards.pop(party, None)
            self.floors.clear()
            self._card_roots.pop(party, None)
            self._officers.clear()

    def session(self, party: str) -> Session:
        """The session with a peer, made empty when there is none."""
        return self.sessions.setdefault(party, Session())

    def tell(self, tx: Tx, kind: str, subject: str, code: str, text: str) -> None:
        """Leave something for the officer to see, bounded, inside a transaction."""
        row = EventRow(0, self.clock.now_s(), kind, subject[:200], code, text[:EVENT_TEXT_MAX])
        tx.add_event(row)
        self.alarmed += kind == "alarm"

    def note_event(self, kind: str, subject: str, code: str, text: str) -> None:
        """The same in a transaction of its own."""
        with self.store.write() as tx:
            self.tell(tx, kind, subject, code, text)
