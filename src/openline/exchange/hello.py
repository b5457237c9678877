"""Hello: each says what it durably holds of every shared log; a difference starts a catch-up.

Shapes   compose() -> signed note; answer(note) -> signed note; absorb() -> Needs
Units    window 300 s; nonces are 16 bytes and count once
Raises   Stale, UnknownParty, NotYours, BadSignature
Source   docs/PROTOCOL.md part 7
Never    concludes anything from an HTTP status; never states a size that is not durable and
         anchored
"""

from dataclasses import dataclass, field

from openline.cases.digest import FOLD_VERSION, digest, is_comparable
from openline.envelope.suite import BadSignature
from openline.exchange import clocks, reading, sequence
from openline.exchange.incoming import known_party
from openline.exchange.refusals import Stale, TooMany, UnknownParty
from openline.exchange.station import Session, Station
from openline.formats.head import Head
from openline.formats.note import parse_note
from openline.formats.request import Hello, parse_hello
from openline.record.checkpoint import open_request
from openline.record.tree import root_of
from openline.store.contract import LogRow

WINDOW_S = 300
NONCES_MAX = 20_000


@dataclass(slots=True)
class Needs:
    """What a hello showed to be missing here, as requests to make of that peer.

    `pulls` are (origin, from, their size), `heads` are (origin, size) with another root than ours,
    `cards` are (party, from card), `lost` are own logs of which the peer holds more than we do.
    """

    pulls: list[tuple[str, int, int]] = field(default_factory=list)
    heads: list[tuple[str, int]] = field(default_factory=list)
    cards: list[tuple[str, int]] = field(default_factory=list)
    lost: list[tuple[str, int, int]] = field(default_factory=list)
    unknown: list[tuple[bytes, str, int]] = field(default_factory=list)


def shared_lines(station: Station, peer: str) -> list[bytes]:
    """Lines of which both are members, by line id."""
    found = []
    for row in station.lines():
        if any(m.party == peer for m in station.charter(row.line_id).members):
            found.append(row.line_id)
    return sorted(found)


def compose(station: Station, peer: str, nonce: bytes, answers: bytes | None = None) -> bytes:
    """Our hello to one peer, signed."""
    sequence.anchor_owed(station)
    parties = {station.party, peer}
    heads: list[tuple[bytes, Head]] = []
    folds: list[tuple[bytes, int, bytes]] = []
    for line_id in shared_lines(station, peer):
        parties.update(m.party for m in station.charter(line_id).members)
        for log in station.logs_of(line_id):
            if log.size:
                heads.append((line_id, Head(log.origin, log.size, log.root)))
        state = station.states.get(line_id)
        if state is not None and is_comparable(state, (station.party, peer)):
            folds.append((line_id, FOLD_VERSION, digest(state, (station.party, peer))))
    heads.sort(key=lambda pair: pair[1].origin)
    cards = tuple(
        (party, len(chain), station.card_root(party))
        for party in sorted(parties)
        if (chain := station.cards(party))
    )
    text = Hello(
        station.party, peer, station.clock.now_s(), station.boot, nonce, answers,
        cards, tuple(heads), tuple(folds),
    ).text()  # fmt: skip
    return station.keys.sign_request(text)


def answer(station: Station, note: bytes, nonce: bytes) -> tuple[bytes, str, Needs]:
    """Our hello in answer to theirs, who it was, and what theirs showed to be missing here."""
    hello = verified_hello(station, note)
    fresh(station, hello.from_, hello.nonce)
    needs = absorb(station, hello)
    return compose(station, hello.from_, nonce, hello.nonce), hello.from_, needs


def accept_answer(station: Station, peer: str, note: bytes, nonce: bytes) -> Needs:
    """Take the hello that answers ours: it must repeat our nonce and come from that peer."""
    hello = verified_hello(station, note)
    if hello.from_ != peer or hello.answers != nonce:
        raise Stale(f"{peer}: the answer does not belong to our hello")
    clocks.agree(station, peer)
    return absorb(station, hello)


def verified_hello(station: Station, note: bytes) -> Hello:
    """A hello to us that its party signed with a key of its accepted card."""
    hello = parse_hello(parse_note(note, bytes_max=256 * 1024).text.encode())
    if hello.to != station.party:
        raise UnknownParty(f"the hello is to {hello.to}, this is {station.party}")
    check_request_signature(station, hello.from_, note)
    if abs(hello.time_s - station.clock.now_s()) > WINDOW_S:
        raise Stale(f"{hello.from_}: hello of {hello.time_s}, here it is {station.clock.now_s()}")
    return hello


def check_request_signature(station: Station, party: str, note: bytes) -> None:
    """The note must be signed under the http key of the party's newest accepted card."""
    known_party(station, party)
    cards = station.cards(party)
    if not cards:
        raise UnknownParty(f"{party}: no card of this party is held here")
    try:
        open_request(note, cards[-1].http, station.suite)
    except BadSignature:
        raise UnknownParty(f"{party}: signed with a key that its card here does not name") from None


def fresh(station: Station, party: str, nonce: bytes) -> None:
    """A signed request counts once within its window."""
    now_s = station.clock.now_s()
    seen = station.seen_nonces.setdefault(party, {})
    while seen and next(iter(seen.values())) < now_s - 2 * WINDOW_S:
        del seen[next(iter(seen))]  # in order of arrival, so nothing behind it is older
    if nonce in seen:
        raise Stale(f"{party}: this request was seen before")
    if len(seen) >= NONCES_MAX:
        raise TooMany(f"{party}: {len(seen)} signed requests within {2 * WINDOW_S} s")
    seen[nonce] = now_s


def absorb(station: Station, hello: Hello) -> Needs:
    """Take what a verified hello states into the session, and say what is missing here."""
    session = station.session(hello.from_)
    if session.boot != hello.boot:
        session = Session(boot=hello.boot)
        station.sessions[hello.from_] = session
    session.heard_s = station.clock.now_s()
    # A hello names every log that its sender holds, so it takes the place of the one before.
    session.holds, session.heads, session.cards = {}, {}, {}
    needs = Needs()
    lines = set(shared_lines(station, hello.from_))
    for line_id, head in hello.heads:
        if line_id in lines:
            compare(station, session, line_id, head, needs)
        elif head.origin.startswith(f"{hello.from_}/openline/"):
            needs.unknown.append((line_id, head.origin, head.size))
    session.folds = {line_id: (version, value) for line_id, version, value in hello.folds}
    for party, size, _ in hello.cards:
        session.cards[party] = size
        held = len(station.cards(party))
        if party != station.party and held and size > held:
            needs.cards.append((party, held))
    return needs


def compare(station: Station, session: Session, line_id: bytes, head: Head, needs: Needs) -> None:
    """One stated head against what is held here.

    A head of another line than its log's is passed over: what this node would ask next would tell
    a party how much is held on a line that it is no member of.
    """
    log = station.log(head.origin)
    if log is not None and log.line_id != line_id:
        return
    session.holds[head.origin] = head.size
    session.heads[head.origin] = (head.size, head.root)
    own = head.origin.startswith(f"{station.party}/openline/")
    held = log.size if log is not None else 0
    if head.size > held:
        where = needs.lost if own else needs.pulls
        where.append((head.origin, held, head.size))
    elif log is not None and root_at(station, log, head.size) != head.root:
        needs.heads.append((head.origin, head.size))


def root_at(station: Station, log: LogRow, size: int) -> bytes:
    """The root of a held log at an earlier size."""
    if size == log.size:
        return log.root
    return root_of(station.leaf_hashes(log.origin, size))


def folds_agree(station: Station, peer: str, line_id: bytes) -> bool | None:
    """Whether both understand a line alike; None when heads or versions do not allow to say."""
    session = station.sessions.get(peer)
    stated = session.folds.get(line_id) if session else None
    if session is None or stated is None or stated[0] != FOLD_VERSION:
        return None
    for log in station.logs_of(line_id):
        if log.size and session.heads.get(log.origin) != (log.size, log.root):
            return None
    if any(station.log(origin) is None for origin in session.heads):
        return None  # the peer holds a log that is not known here yet
    for party in reading.members(station, line_id):
        # Who released is judged by cards: with other cards two nodes may judge otherwise.
        if session.cards.get(party) != len(station.cards(party)):
            return None
    state, pair = reading.state(station, line_id), (station.party, peer)
    if not is_comparable(state, pair):
        return None
    return bool(stated[1] == digest(state, pair))
