"""Hello: each says what it durably holds of every shared log; a difference starts a catch-up.

Shapes   compose() -> signed note; answer(note) -> signed note; absorb() -> Needs
Units    window 300 s; nonces are 16 bytes and count once
Raises   Stale, UnknownParty, NotYours, BadSignature
Source   docs/PROTOCOL.md part 7
Never    concludes anything from an HTTP status; never states a size that is not durable and
         anchored
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from openline.cases.digest import FOLD_VERSION, digest, is_comparable
from openline.envelope.suite import BadSignature
from openline.exchange.logs import clocks, exposure, sequence
from openline.exchange.logs.incoming import known_party
from openline.exchange.refusals import Stale, TooMany, UnknownKey, UnknownParty
from openline.exchange.station import Session, Station
from openline.formats.card import Card
from openline.formats.head import Head, unverified_head
from openline.formats.note import Vkey, parse_note
from openline.formats.request import Hello, parse_hello
from openline.record.checkpoint import open_request
from openline.record.receipts import COMPROMISED
from openline.record.tree import root_of
from openline.store.contract import LogRow

WINDOW_S = 300
NONCES_MAX = 20_000
BOOTS_KEPT = 8
EVERY_DEFAULT_S = 60
NEVER_S = -1


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
            reach = exposure.exposed(station, log)
            if reach:
                heads.append((line_id, Head(log.origin, reach, root_at(station, log, reach))))
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
        raise UnknownKey(party) from None


def check_carried_signature(station: Station, party: str, note: bytes, time_s: int) -> None:
    """The same for what was under way: also a key of an earlier card, for what it signed in time.

    A party changes its keys while a file of before still lies with a relay. A key that ended as
    compromised signs nothing any more, whatever time is written under it.
    """
    try:
        check_request_signature(station, party, note)
    except UnknownKey:
        for vkey in former_keys(station.cards(party), time_s):
            with contextlib.suppress(BadSignature):
                open_request(note, vkey, station.suite)
                return
        raise


def former_keys(cards: Sequence[Card], time_s: int) -> list[Vkey]:
    """Request keys of earlier cards that were still in force at a time, the last first."""
    ended: dict[bytes, int] = {}
    for end in (end for card in cards for end in card.ends):
        at_s = NEVER_S if end.reason == COMPROMISED else end.time_s
        ended[end.vkey.public] = min(at_s, ended.get(end.vkey.public, at_s))
    keys = dict.fromkeys(card.http for card in reversed(cards))
    return [key for key in keys if ended.get(key.public, NEVER_S) >= time_s]


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
    notice_doubles(station, session, hello)
    if session.boot != hello.boot:
        session = Session(boot=hello.boot)
        station.sessions[hello.from_] = session
        notice_lost_copy(station, hello)
    session.heard_s = station.clock.now_s()
    # A hello names every log that its sender holds, so it takes the place of the one before.
    needs = needs_of(station, hello)
    session.folds = {line_id: (version, value) for line_id, version, value in hello.folds}
    session.cards = {party: (size, root) for party, size, root in hello.cards}
    return needs


def needs_of(station: Station, hello: Hello) -> Needs:
    """What a hello shows to be missing here; the session's heads become those that it states."""
    session = station.session(hello.from_)
    session.holds, session.heads, session.line_of = {}, {}, {}
    needs = Needs()
    lines = set(shared_lines(station, hello.from_))
    for line_id, head in hello.heads:
        if line_id in lines:
            compare(station, session, line_id, head, needs)
        elif head.origin.startswith(f"{hello.from_}/openline/"):
            needs.unknown.append((line_id, head.origin, head.size))
    for party, size, root in hello.cards:
        held = len(station.cards(party))
        is_other = party == station.party and size == held and root != station.card_root(party)
        if held and (size > held or is_other):
            needs.cards.append((party, held))
    return needs


def notice_lost_copy(station: Station, hello: Hello) -> None:
    """A peer that gave receipts for more than it states was restored from an older copy.

    Its receipts stay good: they prove what was delivered. What it lost is sent again, old epochs
    too, because a new session moves by what its hello states.
    """
    stated = {head.origin: head.size for _, head in hello.heads}
    name = f"{hello.from_}/receipt"
    lost = [
        log.origin
        for line_id in shared_lines(station, hello.from_)
        for log in station.logs_of(line_id)
        if log.party == station.party
        and station.store.newest_cosigned(log.origin, name) > stated.get(log.origin, 0)
    ]
    if lost:
        station.note_event(
            "notice", hello.from_, "peer.lost-copy",
            f"{hello.from_} gave receipts for more of {len(lost)} of our logs than it holds now;"
            " its receipts stay good, and what it lost is sent again",
        )  # fmt: skip


def notice_doubles(station: Station, session: Session, hello: Hello) -> None:
    """Two nodes that speak as one party by turns: one of them is a copy, and may fork its log.

    A start that is over speaks no more: what it says after its successor has spoken, by its own
    clock, shows that both are at work. A hello that was merely late was written before.
    """
    boots = station.boots.setdefault(hello.from_, {})
    began_s = boots.get(session.boot)
    is_old = hello.boot in boots and hello.boot != session.boot
    if is_old and began_s is not None and hello.time_s > began_s:
        boots.clear()
        station.note_event(
            "alarm", hello.from_, "party.doubled",
            f"two nodes speak as {hello.from_} at the same time: one is a copy; ring them",
        )  # fmt: skip
    boots.setdefault(hello.boot, hello.time_s)
    while len(boots) > BOOTS_KEPT:
        del boots[next(iter(boots))]


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
    session.line_of[head.origin] = line_id
    own = head.origin.startswith(f"{station.party}/openline/")
    held = log.size if log is not None else 0
    if head.size > held:
        where = needs.lost if own else needs.pulls
        where.append((head.origin, held, head.size))
    elif log is not None and root_at(station, log, head.size) != head.root:
        needs.heads.append((head.origin, head.size))


def every_s(station: Station, peer: str) -> int:
    """The shortest hello interval of the lines shared with a peer."""
    every = [
        station.charter(line_id).timer("hello", EVERY_DEFAULT_S) or EVERY_DEFAULT_S
        for line_id in shared_lines(station, peer)
    ]
    return min(every, default=EVERY_DEFAULT_S)


def root_at(station: Station, log: LogRow, size: int) -> bytes:
    """The root of a held log at an earlier size.

    A checkpoint that is kept was checked against the log when it was taken. Working its root out
    anew from every leaf would let whoever has one old delivery keep this node busy with it.
    """
    if size == log.size:
        return log.root
    note = station.store.checkpoint(log.origin, size)
    if note is not None:
        return unverified_head(note).root
    return root_of(station.leaf_hashes(log.origin, size))
