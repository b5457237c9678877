"""Whether another member holds and understands a line as we do, by what its hello states.

Shapes   of_session(), of_note() -> Stated; compare(station, peer, line_id, stated) -> Compared
Units    sizes count entries, of cards the cards; times are unix seconds
Raises   UnknownParty, UnknownKey, BadSignature, Malformed: of a hello that came as a file
Source   docs/PROTOCOL.md part 7 ("fold")
Never    takes a hello from a file for one that was heard: nothing follows from it but the answer.
         Concludes nothing about understanding while the two do not hold the same entries and cards
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from openline.cases.digest import FOLD_VERSION, digest, is_comparable, masked
from openline.exchange.folding import reading
from openline.exchange.logs import hello
from openline.exchange.refusals import UnknownParty
from openline.exchange.station import Station
from openline.formats.charter import party_of
from openline.formats.head import EMPTY_ROOT
from openline.formats.note import parse_note
from openline.formats.request import HELLO_BYTES_MAX, parse_hello

EQUAL: Final = "equal"
# One of the two has entries or cards that the other lacks or has otherwise.
HOLDS: Final = "holds-otherwise"
# The same entries and cards, and another state made of them.
UNDERSTANDS: Final = "understands-otherwise"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Stated:
    """What a peer's hello says of one line, and when it said so."""

    time_s: int
    heads: Mapping[str, tuple[int, bytes]]
    cards: Mapping[str, tuple[int, bytes]]
    fold: tuple[int, bytes] | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One log, or one party's cards, here and there; `same` only of what is equal to the root."""

    party: str
    origin: str
    counter: int
    here: int
    there: int
    same: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """The answer, what it rests on, and why it is unknown where it is.

    `unread` counts entries that one of the two says it cannot read: both leave them out of the
    digest, so *equal* says nothing of them.
    """

    result: str
    time_s: int
    logs: tuple[Pair, ...] = ()
    cards: tuple[Pair, ...] = ()
    why: str = ""
    unread: int = 0


def of_session(station: Station, peer: str, line_id: bytes) -> Stated | None:
    """What the peer's last hello said; None when none was heard since this start."""
    session = station.sessions.get(peer)
    if session is None or not session.boot:
        return None
    fold = session.folds.get(line_id)
    heads = {x: head for x, head in session.heads.items() if session.line_of[x] == line_id}
    return Stated(session.heard_s, heads, session.cards, fold)


def of_note(station: Station, note: bytes, line_id: bytes) -> tuple[str, Stated]:
    """Who wrote a hello to us that came as a file, of whatever day, and what it says of a line."""
    stated = parse_hello(parse_note(note, bytes_max=HELLO_BYTES_MAX).text.encode())
    if stated.to != station.party:
        raise UnknownParty(f"the hello is to {stated.to}, this is {station.party}")
    hello.check_request_signature(station, stated.from_, note)
    heads = {h.origin: (h.size, h.root) for each, h in stated.heads if each == line_id}
    folds = {each: (version, value) for each, version, value in stated.folds}
    cards = {party: (size, root) for party, size, root in stated.cards}
    return stated.from_, Stated(stated.time_s, heads, cards, folds.get(line_id))


def compare(station: Station, peer: str, line_id: bytes, stated: Stated | None) -> Compared:
    """Entries first, then cards, then what is made of them."""
    if stated is None:
        return Compared(UNKNOWN, 0, why="it has not answered since this start")
    logs, cards = log_pairs(station, line_id, stated), card_pairs(station, line_id, stated)
    if not all(pair.same for pair in (*logs, *cards)):
        return Compared(HOLDS, stated.time_s, logs, cards)
    if stated.fold is None:
        return Compared(UNKNOWN, stated.time_s, logs, cards, "it says nothing of its fold yet")
    if stated.fold[0] != FOLD_VERSION:
        why = f"it folds by version {stated.fold[0]}, this node by {FOLD_VERSION}"
        return Compared(UNKNOWN, stated.time_s, logs, cards, why)
    state, pair = reading.state(station, line_id), (station.party, peer)
    if not is_comparable(state, pair):
        return Compared(UNKNOWN, stated.time_s, logs, cards, "entries here are not opened yet")
    is_alike = stated.fold[1] == digest(state, pair)
    unread = len(masked(state, pair))
    result = EQUAL if is_alike else UNDERSTANDS
    return Compared(result, stated.time_s, logs, cards, unread=unread)


def agree(station: Station, peer: str, line_id: bytes) -> bool | None:
    """Whether both understand a line alike; None when what they hold does not allow to say.

    A member that was shown other cards than we were has nothing under way that could mend it.
    """
    found = compare(station, peer, line_id, of_session(station, peer, line_id))
    if other_cards(found):
        return False
    return {EQUAL: True, UNDERSTANDS: False}.get(found.result)


def other_cards(found: Compared) -> list[str]:
    """Parties of which both hold as many cards, and not the same ones."""
    return [each.party for each in found.cards if each.here == each.there and not each.same]


def differing(station: Station, peer: str, line_id: bytes) -> str:
    """What to say where both do not: with the packs of the charter that are missing here, or are
    other ones, for they are the likeliest reason."""
    packs = map(station.packs.differs, station.charter(line_id).packs)
    cards = other_cards(compare(station, peer, line_id, of_session(station, peer, line_id)))
    shown = [f"{party} has shown it other cards than us, or it says so: ring" for party in cards]
    why = "; ".join([*filter(None, packs), *shown])
    said = f"{peer} understands this line otherwise than this node"
    return f"{said}: {why}" if why else said


def log_pairs(station: Station, line_id: bytes, stated: Stated) -> tuple[Pair, ...]:
    """Every log of the line that one of the two holds; one that is not known here is of it because
    the peer says so."""
    found, known = [], {log.origin: log for log in station.logs_of(line_id)}
    strange = [origin for origin in stated.heads if station.log(origin) is None]
    for origin in sorted({*(o for o, log in known.items() if log.size), *strange}):
        log = known.get(origin)
        here = (log.size, log.root) if log is not None else (0, EMPTY_ROOT)
        there = stated.heads.get(origin, (0, EMPTY_ROOT))
        counter = log.counter if log is not None else 0
        pair = Pair(party_of(origin), origin, counter, here[0], there[0], here == there)
        found.append(pair)
    return tuple(sorted(found, key=lambda pair: (pair.party, pair.counter, pair.origin)))


def card_pairs(station: Station, line_id: bytes, stated: Stated) -> tuple[Pair, ...]:
    """The members' cards: who released is judged by them, and by others two may judge otherwise.

    As many of them are not the same ones: a party may have shown others to another member.
    """
    found = []
    for party in reading.members(station, line_id):
        here = (len(station.cards(party)), station.card_root(party))
        there = stated.cards.get(party, (0, EMPTY_ROOT))
        found.append(Pair(party, "", 0, here[0], there[0], here == there))
    return tuple(found)
