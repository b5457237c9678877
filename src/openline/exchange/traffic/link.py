"""A link: what is known of the way to one peer, and the steps of which a conversation consists.

Shapes   a step is Post (to be carried) or Rest (to be waited for); Talk, Tried, Fetch are
         generators of steps; attempt(station, link, talk) gives 1 when it failed
Units    `_s` is seconds; `patience_s` is what the peer asked for since the last pause;
         `last_up_s` is unix seconds UTC, `cards_asked_s` the clock nobody sets
Raises   what the driver throws in; attempt() lets through only that a peer cannot be reached
Source   docs/PROTOCOL.md parts 7 and 8
Never    says that a peer is up which refuses us, or which we refuse; never takes a fault of this
         program for one of the peer's alone
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from openline.errors import OpenlineError
from openline.exchange.kept import alarms
from openline.exchange.logs.hello import Needs
from openline.exchange.refusals import FrozenParty, PeerRefused, UnknownKey
from openline.exchange.station import Station
from openline.exchange.traffic import asks

# Whoever sends requests in a party's name must not make this node ask for its card all day.
CARD_AGAIN_S: Final = 2
# Who refuses so holds other cards of a party than those by which the request was signed.
OTHER_CARDS: Final = (UnknownKey.code, FrozenParty.code)


@dataclass(slots=True)
class Link:
    """What this node knows of the way to one peer; shown on the board, never in a log."""

    peer: str
    up: bool = False
    last_up_s: int = 0
    last_error: str = ""
    tests: int = 0
    tests_before: int = 0
    round_trip_us: int = 0
    stored_s: int = 0
    agree: dict[bytes, bool] = field(default_factory=dict)
    needs: list[Needs] = field(default_factory=list)
    asked: bool = False
    retry_s: int = 0
    patience_s: int = 0
    cosigned: dict[tuple[str, bytes], int] = field(default_factory=dict)
    wants_card: bool = False
    doubts_us: bool = False
    cards_asked_s: int = -CARD_AGAIN_S
    given: dict[str, int] = field(default_factory=dict)
    lacking: set[bytes] = field(default_factory=set)
    handed: set[bytes] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Post:
    """A request to carry: `path` is one of formats/piece.py PATHS."""

    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing to do for so many seconds, unless something wakes the link."""

    seconds: float


Step: TypeAlias = Post | Rest
Talk: TypeAlias = Generator[Step, bytes | None, None]
Tried: TypeAlias = Generator[Step, bytes | None, int]
Fetch: TypeAlias = Generator[Step, bytes | None, bytes]


def fetch(path: str, body: bytes) -> Fetch:
    """One request; the answer's bytes."""
    answer = yield Post(path, body)
    return answer or b""


def ask_peer(station: Station, peer: str, verb: str, *args: str) -> Fetch:
    """A signed ask and its answer."""
    return (yield from fetch("ask", asks.ask(station, peer, verb, *args)))


def attempt(station: Station, link: Link, step: Talk) -> Tried:
    """One thing to do with a peer; 1 when it failed and the next thing can be done all the same.

    One log that is refused, forked or lied about must not hold up the others, nor what this
    node has to say: a third party would cut two honest ones off from each other. Only a peer
    that cannot be reached ends the round.
    """
    try:
        yield from step
    except OpenlineError as fault:
        if fault.code == "exchange.unreachable":
            raise
        failed(station, link, fault)
        return 1
    return 0


def failed(station: Station, link: Link, fault: OpenlineError) -> None:
    """Keep how something failed; who refuses our keys, or whose keys we refuse, is not up."""
    alarms.tell_misuse(station, fault)
    link.last_error = f"{fault.code}: {fault}"[:300]
    if isinstance(fault, PeerRefused):
        link.patience_s = max(link.patience_s, fault.retry_s)
    doubts_us = isinstance(fault, PeerRefused) and fault.peer_code in OTHER_CARDS
    link.doubts_us |= doubts_us
    link.wants_card |= isinstance(fault, UnknownKey) and fault.party == link.peer
    if doubts_us or (isinstance(fault, UnknownKey | FrozenParty) and fault.party == link.peer):
        link.up = False
