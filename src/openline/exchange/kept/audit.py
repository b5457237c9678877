"""The audit: every leaf, envelope hash, root, signature and receipt of what is stored.

Shapes   audit(station, opening, progress) -> Report; nothing of the caches is used
Units    counts; progress is called with entries done and due
Raises   nothing for what it finds: every finding is a line of the report
Source   docs/PROTOCOL.md parts 4, 6 and 8
Never    trusts the stored frontier or root: both are computed again from the leaves
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from openline.cases.entry import Ref
from openline.envelope.suite import BadSignature, CannotOpen
from openline.errors import OpenlineError
from openline.exchange.contents import archive
from openline.exchange.kept.receipt_times import is_counted
from openline.exchange.station import Station
from openline.formats.field import Field
from openline.formats.head import Head
from openline.formats.leaf import parse_leaf
from openline.formats.malformed import Malformed
from openline.formats.note import ED25519_COSIGNATURE, ML_DSA_44, Vkey, parse_signature_lines
from openline.formats.spell import b64
from openline.record.checkpoint import LogKeys, open_checkpoint, verify_cosignature_pair
from openline.record.tree import EMPTY, leaf_hash, root_of
from openline.record.trust import charter_policy
from openline.store.contract import CosignatureRow, EntryRow, LogRow

CHUNK = 4096
Progress = Callable[[int, int], None]


@dataclass(slots=True)
class Report:
    """What was counted and what was found wrong."""

    logs: int = 0
    leaves: int = 0
    envelopes: int = 0
    checkpoints: int = 0
    receipts: int = 0
    cosignatures: int = 0
    opened: int = 0
    findings: list[str] = field(default_factory=list)
    bodiless: list[Ref] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.findings

    def value(self) -> dict[str, object]:
        """The report as JSON values."""
        return {
            "logs": self.logs,
            "leaves": self.leaves,
            "envelopes": self.envelopes,
            "checkpoints": self.checkpoints,
            "receipts": self.receipts,
            "cosignatures": self.cosignatures,
            "opened": self.opened,
            "findings": list(self.findings[:1000]),
            "clean": self.is_clean,
        }


def audit(
    station: Station, *, opening: bool = False, progress: Progress = lambda done, due: None
) -> Report:
    """Check everything that is stored on every line."""
    report = Report()
    logs = station.store.logs()
    due = sum(log.size for log in logs)
    for log in logs:
        report.logs += 1
        audit_log(station, log, report, opening, lambda done: progress(done, due))
    return report


def audit_log(
    station: Station,
    log: LogRow,
    report: Report,
    opening: bool,
    progress: Callable[[int], None],
) -> None:
    """One log from its first leaf to its head."""
    frontier = EMPTY
    receipts: dict[int, list[CosignatureRow]] = {}
    for row in station.store.cosignatures(log.origin):
        receipts.setdefault(row.size, []).append(row)
    signed = set(station.store.checkpoint_sizes(log.origin))
    stops = iter(sorted(signed | receipts.keys()))
    stop = next(stops, None)
    for start in range(0, log.size, CHUNK):
        hashes: list[bytes] = []
        for index, data in leaves_checked(station, log, start, report, opening):
            hashes.append(leaf_hash(data))
            if stop == index + 1:
                frontier = frontier.extend(hashes)
                hashes = []
                head = Head(log.origin, frontier.size, frontier.root)
                if head.size in signed:
                    audit_checkpoint(station, log, head, report)
                audit_receipts(station, log, head, receipts.pop(head.size, []), report)
                stop = next(stops, None)
        frontier = frontier.extend(hashes)
        progress(report.leaves)
    if (frontier.size, frontier.root) != (log.size, log.root):
        report.findings.append(f"{log.origin}: the leaves do not give the stored head")
    for size in receipts:
        report.findings.append(f"{log.origin}: a receipt for {size}, which is beyond the log")


def leaves_checked(
    station: Station, log: LogRow, start: int, report: Report, opening: bool
) -> Iterator[tuple[int, bytes]]:
    """Leaves of one chunk, each with its envelope hash checked on the way."""
    stop = min(start + CHUNK, log.size)
    kept = set(station.store.with_body(log.origin, start, stop))
    for index, row in enumerate(station.store.entries(log.origin, start, stop), start=start):
        report.leaves += 1
        if row.index != index:
            report.findings.append(f"{log.origin}: entry {index} is missing")
        # The last line of a leaf is its envelope's hash; the root covers the rest of it.
        if not row.leaf.endswith(b"\n" + b64(row.body_hash).encode() + b"\n"):
            report.findings.append(f"{log.origin} entry {index}: other envelope than the leaf's")
        try:
            if index in kept:
                report.envelopes += 1
                station.store.body(row.body_hash)  # raises when it reads back with another hash
            elif row.state == "opened" and archived(station, log, row) is None:
                report.bodiless.append(Ref(log.origin, index))
                report.findings.append(f"{log.origin} entry {index}: its content is gone from here")
            if opening:
                open_again(station, log, row, report)
        except OpenlineError as fault:
            report.findings.append(f"{log.origin} entry {index}: {fault}")
        yield index, row.leaf


def open_again(station: Station, log: LogRow, row: EntryRow, report: Report) -> None:
    """Open the archive file of an entry and check it against its commitments."""
    index = row.index
    if row.state not in ("opened", "erased"):
        return
    try:
        items = archived(station, log, row)
        if items is None:
            return
        hashes = [item.hash if isinstance(item, Field) else item for item in items]
        if root_of(hashes) != parse_leaf(row.leaf).fields_root:
            report.findings.append(f"{log.origin} entry {index}: archive gives another root")
        report.opened += 1
    except (Malformed, CannotOpen) as fault:
        report.findings.append(f"{log.origin} entry {index}: archive: {fault}")


def archived(station: Station, log: LogRow, row: EntryRow) -> archive.Items | None:
    """The lines of an entry as they are kept; None where they, or their envelope, are not."""
    return archive.read(station, log.origin, row.index, parse_leaf(row.leaf))


def audit_checkpoint(station: Station, log: LogRow, head: Head, report: Report) -> None:
    """Both log signatures of the checkpoint stored at one size, and its root."""
    note = station.store.checkpoint(log.origin, head.size)
    report.checkpoints += 1
    for card in reversed(station.cards(log.party)):
        try:
            signed = open_checkpoint(note or b"", LogKeys.of(card, log.origin), station.suite)
        except (BadSignature, Malformed):
            continue
        if signed != head:
            report.findings.append(f"{log.origin}: size {head.size} was signed with another root")
        return
    report.findings.append(f"{log.origin}: checkpoint {head.size} is not signed by its party")


def audit_receipts(
    station: Station, log: LogRow, head: Head, rows: list[CosignatureRow], report: Report
) -> None:
    """Every receipt on one head, with the keys of the receipting party's card, and every line of a
    witness, with those that the charter names."""
    for row in rows:
        party, _, role = row.name.rpartition("/")
        if role == "receipt":
            report.receipts += 1
            if not receipt_is_good(station, party, head, row):
                said = f"receipt of {party} for {head.size} is not good"
                report.findings.append(f"{log.origin}: {said}")
            continue
        report.cosignatures += 1
        if not witness_is_good(station, log, head, row):
            said = f"cosignature of {row.name} for {head.size} is not good"
            report.findings.append(f"{log.origin}: {said}")


def witness_is_good(station: Station, log: LogRow, head: Head, row: CosignatureRow) -> bool:
    """Whether both lines of a witness and their stored time are those of one that the charter of
    the line names."""
    policy = charter_policy(station.charter(log.line_id))
    keys = {vkey.kind: vkey for vkey, _ in policy.witnesses.values() if vkey.name == row.name}
    if not {ED25519_COSIGNATURE, ML_DSA_44} <= keys.keys():
        return False
    pair = keys[ED25519_COSIGNATURE], keys[ML_DSA_44]
    return signed_s(station, head, row, *pair) == row.time_s


def signed_s(
    station: Station, head: Head, row: CosignatureRow, key4: Vkey, key6: Vkey
) -> int | None:
    """The time that both lines of a cosigner state; None where they are not both good."""
    try:
        lines = parse_signature_lines(row.lines)
        return verify_cosignature_pair(head, lines, key4, key6, station.suite)
    except (BadSignature, Malformed):
        return None


def receipt_is_good(station: Station, party: str, head: Head, row: CosignatureRow) -> bool:
    """Whether some accepted card of the party verifies both lines, and the stored time is theirs or
    stands for one that cannot be right."""
    for card in reversed(station.cards(party)):
        time_s = signed_s(station, head, row, card.receipt4, card.receipt6)
        if time_s is not None:
            return is_counted(station, row, time_s)
    return False
