"""Two histories of one log, found by files alone: what contradicts goes along, and is asked for.

Shapes   note_contradictions(station, peer, needs); records(station, peer) -> (kind, data) of a
         parcel; questions(station, peer) -> asks; take_head, take_evidence, take_entries
Units    sizes and places count entries
Raises   NotYours for a log of a line that the sender is no member of; what evidence is refused for
Source   docs/PROTOCOL.md parts 10 and 11; docs/decisions/0068-parcels-are-late.md
Never    judges otherwise than the code behind HTTP: evidence is two signatures that cannot both be
         true, whoever brings it. Never fills a parcel with it: of one log so many parts, once a day
"""

from collections.abc import Iterator, Mapping
from typing import Final

from openline.exchange.logs import forks, hello
from openline.exchange.logs.hello import Needs
from openline.exchange.refusals import RootMismatch
from openline.exchange.station import Station
from openline.exchange.traffic import asks, mending, receive
from openline.formats import openjson
from openline.formats.delivery import parse_delivery
from openline.formats.head import unverified_head
from openline.formats.parcel import EVIDENCE, HEAD
from openline.record.checkpoint import LogKeys
from openline.record.evidence import parse_evidence, verify_evidence
from openline.store.contract import LogRow

# Parts of a history that one parcel asks for. Each may hold 256 entries: half of them overlap, for
# a part ends at a checkpoint, and what lies between two parts would be seen by none.
PARTS: Final = 8
STRIDE: Final = 128
LOGS_MAX: Final = 16
EVIDENCE_MAX: Final = 4
AGAIN_S: Final = 86_400
REST_S: Final = 600


def note_contradictions(
    station: Station, peer: str, stated: Mapping[str, int], needs: Needs
) -> None:
    """Keep which heads that a peer stated are not ours: its parcel may be answered days later.

    What it states now and fits is settled; what is longer than ours says nothing of it.
    """
    rows = noted(station, peer)
    for origin, size in stated.items():
        log = station.log(origin)
        if log is not None and size <= log.size:
            rows.pop(origin, None)
    write(station, peer, {**rows, **dict(needs.heads)})


def note(station: Station, peer: str, origin: str, size: int) -> None:
    """Keep that entries which a peer brought do not go on from ours."""
    if station.log(origin) is not None:
        write(station, peer, {**noted(station, peer), origin: size})


def noted(station: Station, peer: str) -> dict[str, int]:
    """What is kept: the size of the peer's head of each log."""
    value = openjson.decode(station.store.meta(f"carried-heads/{peer}") or b"[]")
    found = {}
    for row in value if isinstance(value, list) else []:
        match row:
            case [str(origin), int(size)]:
                found[origin] = size
    return found


def write(station: Station, peer: str, rows: Mapping[str, int]) -> None:
    """Keep the newest, if anything has changed."""
    kept = list(rows.items())[-LOGS_MAX:]
    if dict(kept) != noted(station, peer):
        with station.store.write() as tx:
            data = openjson.encode([[origin, size] for origin, size in kept])
            tx.set_meta(f"carried-heads/{peer}", data)


def contradictions(station: Station, peer: str) -> list[tuple[LogRow, int]]:
    """Those that still contradict, and that nobody has proven."""
    shared = set(hello.shared_lines(station, peer))
    found = []
    for origin, size in noted(station, peer).items():
        log = station.log(origin)
        if log is not None and log.line_id in shared and log.status != "forked":
            found.append((log, size))
    return found


def records(station: Station, peer: str) -> Iterator[tuple[int, bytes]]:
    """Signed heads that a peer's own do not fit, and the evidence that it may not have yet."""
    for log, size in contradictions(station, peer):
        note = station.store.checkpoint(log.origin, size) or log.note
        if note:
            yield HEAD, note
    now_s, given = station.clock.now_s(), 0
    for name, data in reversed(station.store.evidence()):
        origin = unverified_head(parse_evidence(data).first.note).origin
        log_ = station.log(origin)
        is_theirs = log_ is not None and log_.line_id in hello.shared_lines(station, peer)
        if not is_theirs or now_s < again_s(station, peer, name) or given == EVIDENCE_MAX:
            continue
        given += 1
        with station.store.write() as tx:
            tx.set_meta(given_name(peer, name), b"%d" % (now_s + AGAIN_S))
        yield EVIDENCE, data


def given_name(peer: str, name: str) -> str:
    """Where it is kept from when on a peer is given some evidence again."""
    return f"evidence-given/{peer}/{name}"


def again_s(station: Station, peer: str, name: str) -> int:
    """From when on a peer is given some evidence: a file may have been lost."""
    return int(station.store.meta(given_name(peer, name)) or b"0")


def questions(station: Station, peer: str) -> list[tuple[str, ...]]:
    """Asks for the peer's signed head and for the entries below it, from the end backwards.

    Where two histories part is seen by the part that holds the place: before it both are the same.
    By a relay a question is answered at once, and both sides have some: so each rests after it.
    """
    wanted: list[tuple[str, ...]] = []
    now_s = station.clock.now_s()
    for log, size in contradictions(station, peer):
        name = f"carried-look/{peer}/{log.origin}"
        stop_text, _, asked_s = (station.store.meta(name) or b"0 0").partition(b" ")
        if 0 <= now_s - int(asked_s) < REST_S:
            continue
        wanted.append(("head", log.origin, str(size)))
        stop = int(stop_text) or size
        starts = [max(0, stop - STRIDE * (n + 1)) for n in range(PARTS)]
        starts = starts[: starts.index(0) + 1] if 0 in starts else starts
        wanted += [("entries", log.origin, str(start), str(size)) for start in starts]
        with station.store.write() as tx:
            # From 0 it begins at the end again.
            tx.set_meta(name, b"%d %d" % (starts[-1], now_s))
    return wanted


def take_head(station: Station, peer: str, note: bytes) -> None:
    """A signed head that a peer holds and that we stated otherwise."""
    origin = unverified_head(note).origin
    asks.log_for(station, peer, origin)
    mending.explain(station, origin, note, ())


def take_evidence(station: Station, peer: str, data: bytes) -> None:
    """Evidence that a peer holds: verified by the cards that are here, then kept as our own."""
    found = parse_evidence(data)
    log = asks.log_for(station, peer, unverified_head(found.first.note).origin)
    keys = [LogKeys.of(card, log.origin) for card in station.cards(log.party)]
    fork = verify_evidence(data, keys, station.suite)
    if log.status != "forked":
        forks.keep(station, log, max(fork.first, fork.second, key=lambda head: head.size), found)


def take_entries(station: Station, peer: str, origin: str, start: int, body: bytes) -> None:
    """Entries that were asked for: taken, or laid beside those of a log that is frozen."""
    log = station.log(origin)
    if log is None or log.status not in forks.FROZEN:
        take_delivery(station, peer, body)
        return
    leaves = mending.leaves_of(origin, start, body)
    ours = station.leaf_hashes(origin, min(start, log.size))
    mending.explain(station, origin, parse_delivery(body).note, [*ours, *leaves])


def take_delivery(station: Station, peer: str, body: bytes) -> None:
    """Receive entries; where they do not go on from ours, their head is asked for with the next
    parcel."""
    try:
        receive.receive(station, body)
    except RootMismatch:
        note(station, peer, asks.origin_of(body), asks.size_of(body))
        raise
