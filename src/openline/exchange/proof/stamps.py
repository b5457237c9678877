"""A witness's signature on a line's head, carried by hand: a file there, a file back.

Shapes   heads(station, line) -> rows; asked(station, line, witness) -> Request; take(...) keeps the
         answer
Units    times are unix seconds UTC; sizes count entries
Raises   NoSuchWitness, NothingToStamp, BadCosignature, Malformed
Source   docs/PROTOCOL.md part 8 (witness); docs/OPERATE.md, "A stamp by hand"
Never    believes an answer for whoever brings it: it is checked as one that came over the network
"""

from typing import ClassVar

from openline.errors import OpenlineError
from openline.exchange.logs import hello, sequence, witnesses
from openline.exchange.logs.witnesses import BadCosignature, Named, Request
from openline.exchange.station import Station
from openline.formats.add_checkpoint import parse_add_checkpoint
from openline.formats.card import comparison_digits
from openline.formats.openjson import Value
from openline.formats.spell import b64, utc
from openline.record.tree import leaf_hash


class NoSuchWitness(OpenlineError):
    """The charter of the line names no witness of that name."""

    code: ClassVar[str] = "exchange.no-such-witness"
    remedy: ClassVar[str] = "`openline stamp LINE` lists the witnesses that the charter names."


class NothingToStamp(OpenlineError):
    """There is no log of this party's own on the line, or the head is of none."""

    code: ClassVar[str] = "exchange.nothing-to-stamp"
    remedy: ClassVar[str] = "Open the line first; the request must be one that this node wrote."


def heads(station: Station, line_id: bytes) -> list[Value]:
    """The newest head of every log of a line, with digits to be read out or printed."""
    found: list[Value] = []
    for log in station.logs_of(line_id):
        if not log.size:
            continue
        rows = [row for row in station.store.cosignatures(log.origin) if row.size == log.size]
        signed: dict[str, Value] = {row.name: utc(row.time_s) for row in rows}
        text = f"{log.origin}\n{log.size}\n{b64(log.root)}\n"
        digits = comparison_digits(leaf_hash(text.encode()))
        head: dict[str, Value] = {"party": log.party, "origin": log.origin, "size": log.size}
        found.append({**head, "root": b64(log.root), "digits": digits, "signed_by": signed})
    return found


def asked(station: Station, line_id: bytes, name: str) -> Request:
    """What to carry to a witness: the newest head of our own log and why it extends the last."""
    sequence.anchor_owed(station)
    log = station.own_log(line_id)
    if log is None or not log.size:
        raise NothingToStamp("no log of ours is open on this line")
    return witnesses.request(station, log, witness_of(station, line_id, name))


def witness_of(station: Station, line_id: bytes, name: str) -> Named:
    """A witness by the name that the charter has, with or without the key's own ending."""
    for each in witnesses.named(station.charter(line_id)):
        if name in (each.name, each.name.removesuffix("/witness")):
            return each
    raise NoSuchWitness(f"{name[:100]}: not among the witnesses of this line")


def take(station: Station, request: bytes, name: str, answer: bytes) -> Request:
    """Keep what a witness answered to a request that this node wrote."""
    head = parse_add_checkpoint(request).head
    log = station.log(head.origin)
    if log is None or log.party != station.party:
        raise NothingToStamp(f"{head.origin[:200]} is no log of ours")
    witness = witness_of(station, log.line_id, name)
    is_newest = (log.size, log.root) == (head.size, head.root)
    if not is_newest and not is_ours(station, head.origin, head.size, head.root):
        raise BadCosignature(f"{head.origin}: our log has another root at {head.size}")
    made = Request(witness, head, request, log.frontier if is_newest else ())
    witnesses.taken(station, made, answer)
    return made


def is_ours(station: Station, origin: str, size: int, root: bytes) -> bool:
    """Whether a head is one that our log had."""
    log = station.log(origin)
    return log is not None and size <= log.size and hello.root_at(station, log, size) == root
