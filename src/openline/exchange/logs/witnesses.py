"""Asking neutral witnesses to cosign the own logs of a line.

Shapes   owed(station) -> Requests that are due; taken(station, request, answer) stores cosignatures
Units    sizes count entries
Raises   BadCosignature, CosignatureAhead
Source   C2SP tlog-witness; docs/PROTOCOL.md part 8: a missing witness never stops a release
Never    sends collected cosignatures along: a request stays below 16 KiB
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.envelope.suite import BadSignature
from openline.errors import OpenlineError
from openline.exchange.logs import sequence
from openline.exchange.station import Station
from openline.formats.add_checkpoint import AddCheckpoint
from openline.formats.card import card_origin
from openline.formats.charter import Charter, party_of
from openline.formats.head import Head
from openline.formats.note import Vkey, parse_signature_lines
from openline.formats.policy import parse_policy
from openline.formats.spell import HASH_SIZE
from openline.record.checkpoint import verify_cosignature_pair
from openline.record.tree import Frontier, consistency_proof, growth_proof, leaf_hash
from openline.store.contract import CosignatureRow, LogRow

# A line from farther ahead than any honest clock is not kept: it would date what is yet to come.
AHEAD_MAX_S: Final = 300
TOLD_AGAIN_S: Final = 86_400


class BadCosignature(OpenlineError):
    """What a witness answered is not its cosignature on exactly the head that was sent."""

    code: ClassVar[str] = "exchange.bad-cosignature"
    remedy: ClassVar[str] = "The node asks again; if it stays, check the keys in the charter."


class CosignatureAhead(OpenlineError):
    """A witness's signature is dated farther ahead of this node's clock than 300 s."""

    code: ClassVar[str] = "exchange.cosignature-ahead"
    remedy: ClassVar[str] = "Compare the clocks of the node and of the witness; it is asked again."


@dataclass(frozen=True, slots=True)
class Named:
    """A witness that a charter names: its name, address and both keys."""

    name: str
    url: str
    key4: Vkey
    key6: Vkey


@dataclass(frozen=True, slots=True)
class Request:
    """One `add-checkpoint` request to one witness for one own log, the card log too."""

    witness: Named
    head: Head
    body: bytes
    frontier: tuple[bytes, ...] = ()

    @property
    def is_of_cards(self) -> bool:
        """Whether it is about the card log, and not about a log on a line."""
        return self.head.origin == card_origin(party_of(self.head.origin))

    @property
    def waits_as(self) -> str:
        """What silence lets wait: the card log never holds up a line, nor the other way round."""
        return f"{self.witness.name} cards" if self.is_of_cards else self.witness.name

    @property
    def log_waits_as(self) -> str:
        """What a refusal lets wait: this log alone."""
        return log_at(self.witness, self.head.origin)

    def waits(self, waited_for: Collection[str]) -> bool:
        """Whether this is not to be asked now."""
        return self.waits_as in waited_for or self.log_waits_as in waited_for


def named(charter: Charter) -> list[Named]:
    """The witnesses of a charter that have both kinds of key and an address."""
    policy = parse_policy("\n".join(charter.policy) + "\n", with_log=False)
    keys: dict[str, dict[int, tuple[Vkey, str]]] = {}
    for vkey, url in policy.witnesses.values():
        if url is not None:
            keys.setdefault(vkey.name, {})[vkey.kind] = (vkey, url)
    return [
        Named(name, pair[4][1], pair[4][0], pair[6][0])
        for name, pair in sorted(keys.items())
        if 4 in pair and 6 in pair
    ]


def log_at(witness: Named, origin: str) -> str:
    """What one log at one witness is called while it waits."""
    return f"{witness.name} {origin}"


def held_by(station: Station, origin: str, size: int, witness: str) -> int:
    """The largest size of an own log that a witness has cosigned, as far as is stored here."""
    told = int(station.store.meta(f"witness-holds/{witness}/{origin}") or b"0")
    return max(station.store.newest_cosigned(origin, witness), min(told, size))


def owing(station: Station) -> list[tuple[LogRow, Named]]:
    """Every own log whose newest head a named witness has not cosigned yet, with that witness."""
    found = []
    for row in station.lines():
        charter = station.charter(row.line_id)
        witnesses = named(charter)
        for log in station.logs_of(row.line_id) if witnesses else []:
            if log.party != station.party or not log.size:
                continue
            for witness in witnesses:
                if station.store.cosignature(log.origin, log.size, witness.name) is None:
                    found.append((log, witness))
    return found


def owed(station: Station, waited_for: Collection[str] = ()) -> list[Request]:
    """What to send for these heads; no proof is made for what is waited for: a witness, or one log
    at a witness."""
    sequence.anchor_owed(station)
    return [
        request(station, log, witness)
        for log, witness in owing(station)
        if witness.name not in waited_for and log_at(witness, log.origin) not in waited_for
    ]


def request(station: Station, log: LogRow, witness: Named) -> Request:
    """The request for the newest head of a log, from what the witness is believed to hold."""
    old = held_by(station, log.origin, log.size, witness.name)
    proof = proof_from(station, log, witness, old) if 0 < old < log.size else ()
    head = Head(log.origin, log.size, log.root)
    body = AddCheckpoint(old, proof, log.note).encode()
    return Request(witness, head, body, log.frontier)


def proof_from(station: Station, log: LogRow, witness: Named, old: int) -> tuple[bytes, ...]:
    """That the log extends what a witness holds: from the frontier that it had then, where that is
    kept; else, once, from every leaf."""
    data = station.store.meta(frontier_key(witness.name, log.origin)) or b""
    size, _, hashes = data.partition(b" ")
    if size == b"%d" % old:
        known = tuple(hashes[at : at + HASH_SIZE] for at in range(0, len(hashes), HASH_SIZE))
        added = station.store.entries(log.origin, old, log.size)
        return growth_proof(Frontier(old, known), [leaf_hash(row.leaf) for row in added])
    return consistency_proof(station.leaf_hashes(log.origin, log.size), old)


def frontier_key(witness: str, origin: str) -> str:
    """Where the frontier of the newest head that a witness cosigned is kept."""
    return f"witness-frontier/{witness}/{origin}"


def taken(station: Station, asked: Request, answer: bytes) -> None:
    """Check and store the cosignature lines of a witness."""
    try:
        time_s = verify_cosignature_pair(
            asked.head, parse_signature_lines(answer),
            asked.witness.key4, asked.witness.key6, station.suite,
        )  # fmt: skip
    except BadSignature as fault:
        raise BadCosignature(f"{asked.witness.name}: {fault}") from None
    log = station.log(asked.head.origin)
    now_s = station.line_now(log.line_id) if log is not None else station.clock.now_s()
    ahead_s = time_s - now_s
    if ahead_s > AHEAD_MAX_S:
        raise CosignatureAhead(f"{asked.witness.name}: dated {ahead_s} s ahead of our clock")
    row = CosignatureRow(asked.head.origin, asked.head.size, asked.witness.name, time_s, answer)
    kept = b"%d %s" % (asked.head.size, b"".join(asked.frontier))
    with station.store.write() as tx:
        tx.put_cosignature(row)
        if len(asked.frontier) == asked.head.size.bit_count():
            tx.set_meta(frontier_key(row.name, row.origin), kept)


def corrected(station: Station, asked: Request, size: int) -> None:
    """A witness says that it holds another size; a size beyond our own log is not believed.

    One that holds less than it signed was put back from an older copy, volume and journal alike:
    nothing in its folder shows that, so whoever keeps its signatures has to tell.
    """
    if not 0 <= size <= asked.head.size:
        return
    name, origin = asked.witness.name, asked.head.origin
    signed = station.store.newest_cosigned(origin, name)
    went_back = size < signed and is_due(station, name)
    with station.store.write() as tx:
        tx.set_meta(f"witness-holds/{name}/{origin}", b"%d" % size)
        if went_back:
            tx.set_meta(told_key(name), b"%d" % station.clock.now_s())
            station.tell(tx, "alarm", name, "witness.went-back",
                         f"it signed {signed} entries of {origin} and says that it holds {size}:"
                         " its folder was put back from an older copy, or another answers in its"
                         " place. Ring its operator; name another in the charter")  # fmt: skip


def told_key(name: str) -> str:
    """Where it is kept when it was told last that a witness went back."""
    return f"witness-went-back/{name}"


def is_due(station: Station, name: str) -> bool:
    """Whether that is told again: once a day, however many logs it signs."""
    last_s = int(station.store.meta(told_key(name)) or b"0")
    return not 0 <= station.clock.now_s() - last_s < TOLD_AGAIN_S
