"""After a play: every log of every stopped node is checked again, and all copies beside each other.

Shapes   prove(homes) -> Proof: counts and findings; an empty list of findings is a clean record
Units    counts
Raises   what opening a folder refuses, HomeInUse among it: a node must have stopped
Source   docs/ARCHITECTURE.md, "The demo"; exchange/kept/audit.py says what is checked in one store
Never    asks a node, and keeps nothing of one: stores are opened anew, roots and signatures are
         checked from the stored leaves
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from openline.exchange import start
from openline.exchange.kept import audit
from openline.exchange.station import Station
from openline.formats.charter import party_of
from openline.formats.openjson import Value
from openline.record.checkpoint import LogKeys, read_checkpoint
from openline.record.evidence import parse_evidence, verify_evidence

# line id -> party -> origin -> head
Held = dict[bytes, dict[str, dict[str, tuple[int, bytes]]]]


@dataclass(slots=True)
class Proof:
    """What was counted in all stores of a play, and what was found wrong."""

    stores: int = 0
    logs: int = 0
    entries: int = 0
    checkpoints: int = 0
    receipts: int = 0
    opened: int = 0
    forks: int = 0
    findings: list[str] = field(default_factory=list)

    def add(self, other: "Proof") -> None:
        """Take the counts and findings of another play."""
        self.stores += other.stores
        self.logs += other.logs
        self.entries += other.entries
        self.checkpoints += other.checkpoints
        self.receipts += other.receipts
        self.opened += other.opened
        self.forks += other.forks
        self.findings += other.findings

    def value(self) -> dict[str, Value]:
        """For report.json."""
        return {
            "stores": self.stores,
            "logs": self.logs,
            "entries": self.entries,
            "checkpoints": self.checkpoints,
            "receipts": self.receipts,
            "opened_again": self.opened,
            "forks_proved": self.forks,
            "findings": list[Value](self.findings),
        }

    def sentence(self) -> str:
        """One line for a person."""
        found = f"{len(self.findings)} findings"
        if self.forks:
            found = f"{self.forks} logs of which two stories were told, proved; {found}"
        return (
            f"{self.stores} stores, {self.logs} copies of logs, {self.entries} entries, "
            f"{self.checkpoints} signed heads, {self.receipts} receipts checked again: {found}"
        )


def prove(homes: Mapping[str, Path]) -> Proof:
    """Audit each store by itself, then compare what the parties of each log hold of it."""
    proof, held = Proof(), Held()
    forked: dict[str, set[str]] = {}
    for party, home in homes.items():
        with start.open_station(home, start.read_settings(home)) as station:
            report = audit.audit(station, opening=True)
            proof.stores += 1
            proof.logs += report.logs
            proof.entries += report.leaves
            proof.checkpoints += report.checkpoints
            proof.receipts += report.receipts
            proof.opened += report.opened
            proof.findings += [f"{party}: {finding}" for finding in report.findings]
            gather(station, held)
            for origin in forks_proved(station):
                forked.setdefault(origin, set()).add(party)
    proof.forks = len(forked)
    proof.findings += differing(held, forked)
    return proof


def forks_proved(station: Station) -> set[str]:
    """Logs of which a store holds evidence of two stories that stands by the cards alone."""
    origins = set()
    for _, data in station.store.evidence():
        origin = read_checkpoint(parse_evidence(data).first.note)[1].origin
        keys = [LogKeys.of(card, origin) for card in station.cards(party_of(origin))]
        origins.add(verify_evidence(data, keys, station.suite).first.origin)
    return origins


def gather(station: Station, held: Held) -> None:
    """What one store holds of each line: size and root of every log."""
    for line in station.lines():
        logs = {log.origin: (log.size, log.root) for log in station.logs_of(line.line_id)}
        held.setdefault(line.line_id, {})[station.party] = logs


def differing(held: Held, forked: Mapping[str, set[str]] = MappingProxyType({})) -> list[str]:
    """Lines of which two members hold other logs, or the same logs with other heads, at the end.

    Of a log that two stories were told of, each member holds the one that it was told, and the
    proof; who has no proof of it is a finding.
    """
    findings = []
    for line_id, copies in sorted(held.items()):
        told = {party: others_than(logs, forked) for party, logs in copies.items()}
        first, *others = sorted(copies)
        for party in others:
            if told[party] != told[first]:
                findings.append(f"line {line_id.hex()[:12]}: {party} holds not what {first} holds")
        for party, logs in sorted(copies.items()):
            for origin in sorted(logs):
                if origin in forked and party not in forked[origin]:
                    findings.append(f"{party} holds no proof of the two stories of {origin}")
    return findings


def others_than(
    logs: Mapping[str, tuple[int, bytes]], forked: Mapping[str, set[str]]
) -> dict[str, tuple[int, bytes]]:
    """The heads of all logs but those of which two stories were told."""
    return {origin: head for origin, head in logs.items() if origin not in forked}
