"""What a store promises: rows, one transaction for all that belongs together, compare-and-swap.

Shapes   frozen rows; `Store` reads, `Store.write()` gives a `Tx` that commits as a whole
Units    times are unix seconds UTC; hashes are 32 raw bytes; origins and parties are text
Raises   HeadMoved when a log is not at the size the writer believed; StoreFull; OutcomeUnknown
Source   docs/PROTOCOL.md part 8, docs/decisions (durable before visible)
Never    knows a key, a meaning or the time: callers pass both
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol

from openline.errors import OpenlineError


class HeadMoved(OpenlineError):
    """Another writer advanced this log first; nothing of this transaction was written."""

    code: ClassVar[str] = "store.head-moved"
    remedy: ClassVar[str] = "Stop the second process that works on this node's folder."


class StoreFull(OpenlineError):
    """The disk or the quota is full; nothing of this transaction was written."""

    code: ClassVar[str] = "store.full"
    remedy: ClassVar[str] = "Free space on the volume of the data folder; reading still works."


class OutcomeUnknown(OpenlineError):
    """A commit failed in a way that leaves open whether it is on disk."""

    code: ClassVar[str] = "store.outcome-unknown"
    remedy: ClassVar[str] = "Restart the node: it re-reads the disk and says what was kept."


@dataclass(frozen=True, slots=True)
class LogRow:
    """One log, own or foreign. `note` is the checkpoint accepted at `size` (b"" at size 0).

    status: active | closed (an own or foreign epoch that ended) | unexplained | forked
    """

    origin: str
    party: str
    line_id: bytes
    counter: int
    nonce: bytes
    size: int
    frontier: tuple[bytes, ...]
    root: bytes
    note: bytes
    status: str = "active"


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry. state: opened | sealed | defect | gap | erased. `received_s` 0 for own entries."""

    origin: str
    index: int
    leaf: bytes
    body_hash: bytes
    state: str
    received_s: int


@dataclass(frozen=True, slots=True)
class CosignatureRow:
    """Signature lines of one cosigner on one head: a receipt (given or got) or a witness's."""

    origin: str
    size: int
    name: str
    time_s: int
    lines: bytes


@dataclass(frozen=True, slots=True)
class DepositRow:
    """A relay's signed word since when a head lies with it for a party."""

    origin: str
    size: int
    party: str
    relay: str
    time_s: int
    note: bytes


@dataclass(frozen=True, slots=True)
class CardRow:
    """Card n of a party with the checkpoint of its card log at size n + 1."""

    party: str
    n: int
    leaf: bytes
    note: bytes


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A known party. standing: self | compared | introduced | provisional | frozen."""

    party: str
    fingerprint: bytes
    standing: str
    introduced_by: str
    label: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line. state: proposed | accepted | closed ("open" is computed from who opened)."""

    line_id: bytes
    charter: str
    state: str
    proposed_by: str
    since_s: int


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Released but not sequenced: an age file to the archive key, in order of `serial`."""

    serial: int
    draft: bytes
    line_id: bytes
    sealed: bytes
    released_s: int


@dataclass(frozen=True, slots=True)
class NotebookRow:
    """A local record (public statement, dossier, call log), sealed to the archive key."""

    id: str
    kind: str
    sealed: bytes
    at_s: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """What happened to this node and must be seen: a refusal, an alarm, a link test.

    kind: refused | alarm | link-test | notice ; `subject` a party, line or origin; bounded text.
    """

    serial: int
    at_s: int
    kind: str
    subject: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class PrekeyRow:
    """A public prekey that a member's log names: sealing goes to the newest of its party."""

    line_id: bytes
    party: str
    origin: str
    index: int
    public: bytes


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file that messages name. state: wanted | held | refused | erased.

    `size` is the largest that a message stated; `got` are the bytes from the beginning that are
    here; `slip` is b"" until it was opened here; `line_id` is the line that it is sealed for.
    """

    hash: bytes
    size: int
    line_id: bytes
    state: str
    since_s: int
    slip: bytes
    got: int


class Reader(Protocol):
    """Everything that can be read. Reads see the last committed transaction.

    Inside `write()` read through the Tx: the store on disk would still show the commit before, and
    the store in memory refuses (StoreMisused), so that the simulator finds such a place.
    """

    def meta(self, key: str) -> bytes | None: ...
    def metas(self, prefix: str) -> list[str]:
        """The keys that begin so, without that beginning, in their order."""

    def log(self, origin: str) -> LogRow | None: ...
    def logs(self, line_id: bytes | None = None) -> list[LogRow]: ...
    def entry(self, origin: str, index: int) -> EntryRow | None: ...
    def entries(self, origin: str, start: int, stop: int) -> list[EntryRow]: ...
    def leaves(self, origin: str, start: int, stop: int) -> Iterator[bytes]:
        """The raw leaves start..stop-1 in order, streamed: for audits of long logs."""

    def entries_in_state(self, origin: str, state: str) -> list[EntryRow]: ...
    def with_body(self, origin: str, start: int, stop: int) -> list[int]:
        """The indexes in a range of which the body is stored here."""

    def body(self, body_hash: bytes) -> bytes | None:
        """The body with this SHA-256; StoreDamaged when the stored bytes have another one."""

    def archived(self, origin: str, index: int) -> bytes | None: ...
    def checkpoint(self, origin: str, size: int) -> bytes | None: ...
    def checkpoint_sizes(self, origin: str, above: int = 0, upto: int = 2**53) -> list[int]:
        """Sizes at which a note is held, ascending: above < size <= upto."""

    def cosignature(self, origin: str, size: int, name: str) -> CosignatureRow | None: ...
    def cosignatures(self, origin: str, from_size: int = 0) -> list[CosignatureRow]: ...
    def cosignatures_of(
        self, origin: str, name: str, above: int, limit: int
    ) -> list[CosignatureRow]:
        """One cosigner's, on heads above a size, the smallest first."""

    def newest_cosigned(self, origin: str, name: str) -> int:
        """The largest size that a cosigner signed, as far as is held; 0 for none."""

    def deposits(self, origin: str, from_size: int = 0) -> list[DepositRow]:
        """Of heads of at least `from_size`, by size, then party and relay."""

    def cards(self, party: str) -> list[CardRow]: ...
    def party(self, party: str) -> PartyRow | None: ...
    def parties(self) -> list[PartyRow]: ...
    def line(self, line_id: bytes) -> LineRow | None: ...
    def lines(self) -> list[LineRow]: ...
    def outbox(self, line_id: bytes | None = None, limit: int = 256) -> list[OutboxRow]: ...
    def outbox_size(self) -> int: ...
    def draft_used(self, draft: bytes) -> bool: ...
    def prekeys(self, line_id: bytes) -> list[PrekeyRow]:
        """By party, each party's in order of arrival here (which is not the order of epochs)."""

    def notebook(self, kind: str | None = None) -> list[NotebookRow]: ...
    def events(
        self, kind: str | None = None, limit: int = 1000, without: str = ""
    ) -> list[EventRow]:
        """The newest `limit` events of a kind, or of all kinds but one; oldest of them first."""

    def evidence(self) -> list[tuple[str, bytes]]: ...
    def attachment(self, file_hash: bytes) -> AttachmentRow | None: ...
    def attachments(self, state: str | None = None) -> list[AttachmentRow]:
        """By hash."""

    def attachment_names(self, file_hash: bytes) -> list[tuple[str, int, bool]]:
        """Entries that name a file, by origin, then index, and whether the members may read it;
        none of a file that waits to be said."""

    def attachments_named(self, origin: str, index: int) -> list[bytes]:
        """The files that an entry names, by hash."""

    def attachments_elsewhere(self) -> list[tuple[str, int, bytes]]:
        """Entries that name a file which is held, and belongs to another line than theirs."""

    def attachments_untold(self, party: str) -> list[AttachmentRow]:
        """Files that are held and of which this party did not say so yet."""

    def attachments_size(self, party: str) -> int:
        """Bytes of all files, wanted or held, that a party's entries name."""

    def attachment_bytes(self, file_hash: bytes, start: int, count: int) -> bytes:
        """At most `count` bytes from `start` on, as far as they are here without a gap."""

    def attachment_holders(self, file_hash: bytes) -> list[tuple[str, int]]:
        """Parties that said that they hold it, and when."""


class Tx(Reader, Protocol):
    """Writes of one transaction; reads inside it see its own writes."""

    def set_meta(self, key: str, value: bytes) -> None: ...
    def add_log(self, row: LogRow) -> None: ...
    def advance(self, old_size: int, row: LogRow, entries: Sequence[EntryRow]) -> None:
        """Append `entries` at old_size.., set head, frontier and note, keep `note` as the
        checkpoint of row.size. HeadMoved unless the stored size is exactly `old_size`
        (written in the SQL itself) and for an index that exists. The status stays as it is.
        A log that holds no entries at all (a witness's) may be advanced by its head alone."""

    def set_log_status(self, origin: str, status: str) -> None: ...
    def set_entry_state(self, origin: str, index: int, state: str) -> None: ...
    def put_body(self, body_hash: bytes, body: bytes) -> None:
        """Content-addressed by SHA-256, which is checked. Held already: a no-op, or the mending
        of a damaged copy."""

    def drop_body(self, body_hash: bytes) -> None: ...
    def put_archived(self, origin: str, index: int, file: bytes) -> None:
        """Of an entry that is held; a second file replaces the first (reseal, erasure)."""

    def put_cosignature(self, row: CosignatureRow) -> None:
        """First one stays: a receipt is signed once per (origin, size, name); for a witness
        (a name that is not `<party>/receipt`) a later time replaces the row."""

    def put_deposit(self, row: DepositRow) -> None:
        """First one stays: a later note of the same relay would move the time."""

    def put_checkpoint(self, origin: str, size: int, note: bytes) -> None:
        """First one stays: receipts are over its text. The origin need not be a held log."""

    def put_card(self, row: CardRow) -> None:
        """The same leaf again is a no-op; another leaf at this n is refused (StoreMisused)."""

    def drop_cards(self, party: str, n: int) -> None:
        """Forget the cards of a party from card n on: others stand in their place."""

    def put_party(self, row: PartyRow) -> None: ...
    def put_line(self, row: LineRow) -> None: ...
    def add_outbox(self, row: OutboxRow) -> None:
        """`serial` is ignored and assigned; a draft id that is in the outbox already, or
        was removed from it before, is a no-op."""

    def remove_outbox(self, drafts: Sequence[bytes]) -> None:
        """Remove and remember the draft ids as used (sequenced once, never twice)."""

    def put_prekey(self, row: PrekeyRow) -> None: ...
    def put_notebook(self, row: NotebookRow) -> None: ...
    def add_event(self, row: EventRow) -> None:
        """`serial` is ignored and assigned. Of each kind 10,000 are kept: beyond that the oldest of
        the code and subject of which most are held is dropped, so that a flood costs itself."""

    def put_evidence(self, name: str, data: bytes) -> None:
        """First one stays: evidence under a name is never replaced."""

    def put_attachment(self, row: AttachmentRow) -> None:
        """Know a file. One that is held stays as it is; of any other the largest stated size
        counts. One that was refused begins anew when it is named again, on the line of that name;
        one that was erased only when its own line names it."""

    def set_attachment(
        self, file_hash: bytes, state: str, slip: bytes = b"", line_id: bytes = b""
    ) -> None:
        """What became of it; an empty slip leaves the one that is there, and so does no line."""

    def name_attachment(self, file_hash: bytes, origin: str, index: int, shown: bool) -> None: ...
    def add_attachment_piece(self, file_hash: bytes, start: int, data: bytes) -> None:
        """The next bytes; StoreMisused unless they begin exactly where those before end."""

    def drop_attachment_pieces(self, file_hash: bytes) -> None:
        """Forget the bytes and the slip; that it was named stays."""

    def forget_attachment(self, file_hash: bytes) -> None:
        """Forget a file that no entry names; one that is named is left alone."""

    def put_attachment_holder(self, file_hash: bytes, party: str, at_s: int) -> None:
        """First one stays."""


class Store(Reader, Protocol):
    """One node's log database."""

    def write(self) -> AbstractContextManager[Tx]:
        """One transaction; leaving the block commits with full durability or raises and leaves
        nothing; an exception inside rolls everything back."""

    def uuid(self) -> bytes:
        """16 bytes drawn once when the database was made; the anchor is keyed by it."""

    def check(self, deep: bool = False) -> list[str]:
        """What is wrong with the stored bytes, in words; `deep` also hashes every body."""

    def close(self) -> None: ...


# A head of this size in the anchor ends a log: no database ever holds as much.
NEVER_AGAIN: Final = 2**53 - 1


@dataclass(frozen=True, slots=True)
class AnchorRecord:
    """One signed head, own or foreign, that left or is about to leave this node."""

    origin: str
    size: int
    root: bytes
    time_s: int


class Anchor(Protocol):
    """Append-only journal outside the database and outside its backups."""

    def append(self, records: Sequence[AnchorRecord]) -> None:
        """Durable (one fsync for all records) when this returns."""

    def heads(self) -> dict[str, AnchorRecord]:
        """The largest record per origin for this database uuid and machine; NEVER_AGAIN for a log
        that was ended here."""

    def signed(self) -> dict[str, AnchorRecord]:
        """The largest head per origin that was really signed, of ended logs too."""

    def ever(self) -> dict[str, AnchorRecord]:
        """The same whichever database and machine wrote it: what the keys beside it have signed.
        Of equal sizes the record of this database on this machine."""

    def is_stale(self) -> str | None:
        """Why the journal cannot be trusted (other machine, changed after its last record), or
        None. Judged once, when the journal was opened: act on it durably before `append`."""

    def close(self) -> None: ...
