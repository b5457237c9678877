"""What is remembered of parcels: what a peer said that it holds, what was asked and not answered.

Shapes   held(station, peer) -> {origin: size}; keep(...) a statement; asks(...) -> signed notes
Units    unix seconds UTC; at most 512 open questions, kept for 90 days
Raises   NotYours for an answer to nothing that was asked
Source   docs/PROTOCOL.md parts 7 and 11
Never    sends; a statement moves only what the next parcel holds
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openline.exchange.carried import histories
from openline.exchange.contents import attached
from openline.exchange.membership import own_cards, parties
from openline.exchange.refusals import NotYours
from openline.exchange.station import Station
from openline.exchange.traffic import asks as verbs
from openline.exchange.traffic import mending, recover
from openline.formats import openjson
from openline.formats.card import card_origin
from openline.formats.openjson import Value
from openline.formats.request import Ask
from openline.formats.spell import HASH_SIZE, b64, parse_int, unb64

OPEN_MAX: Final = 512
KEPT_S: Final = 90 * 86_400


@dataclass(frozen=True, slots=True)
class Statement:
    """What a carried hello said that its sender held."""

    time_s: int
    sizes: dict[str, int]


def keep(station: Station, peer: str, said: Statement) -> bool:
    """Keep the newest statement of a peer; False for one that is older than what is kept."""
    known = stated(station, peer)
    if known is not None and known.time_s >= said.time_s:
        return False
    sizes: dict[str, Value] = dict(said.sizes)
    names = sorted(sizes)
    value: list[Value] = [said.time_s, [[name, sizes[name]] for name in names]]
    with station.store.write() as tx:
        tx.set_meta(f"carried/{peer}", openjson.encode(value))
    return True


def stated(station: Station, peer: str) -> Statement | None:
    """The newest statement of a peer that a parcel brought."""
    data = station.store.meta(f"carried/{peer}")
    value = openjson.decode(data) if data else None
    match value:
        case [int(time_s), list(rows)]:
            pairs = [row for row in rows if isinstance(row, list) and len(row) == 2]
            return Statement(time_s, {str(row[0]): int(str(row[1])) for row in pairs})
    return None


def held(station: Station, peer: str) -> dict[str, int]:
    """What a peer holds as far as is known: its live session, else its parcels, else receipts.

    Too much costs a round: the peer's next hello says what it really holds.
    """
    session = station.sessions.get(peer)
    if session is not None and session.boot:
        return dict(session.holds)
    known = stated(station, peer)
    found = dict(known.sizes) if known is not None else {}
    if known is None:
        for row in station.lines():
            for log in station.logs_of(row.line_id):
                size = station.store.newest_cosigned(log.origin, f"{peer}/receipt")
                found[log.origin] = size
    return found


def holds_our_cards(station: Station, peer: str) -> bool:
    """Whether the newest word of a peer, live or carried, names all our cards."""
    session, known = station.sessions.get(peer), stated(station, peer)
    size = known.sizes.get(card_origin(station.party), 0) if known is not None else 0
    is_live = session is not None and bool(session.boot)
    if session is not None and is_live and (known is None or session.heard_s >= known.time_s):
        size = session.cards_of(station.party)
    return size >= len(station.cards(station.party))


def asks(station: Station, peer: str, wanted: Sequence[tuple[str, ...]]) -> list[bytes]:
    """Signed asks; what each was for is kept until it is answered.

    What was asked already and not answered is asked under the same nonce: who brings an old parcel
    again and again makes us ask again each time, and would else push out what waits for weeks.
    """
    if not wanted:
        return []
    now_s = station.clock.now_s()
    book = {tuple(map(str, (row[1], *row[3:]))): row for row in open_questions(station)}
    notes = []
    for verb, *args in wanted:
        before = book.pop((peer, verb, *args), None)
        nonce = unb64(str(before[0])) if before is not None else station.random(16)
        asked = Ask(station.party, peer, now_s, nonce, verb, tuple(args))
        notes.append(station.keys.sign_request(asked.text()))
        book[peer, verb, *args] = [b64(nonce), peer, now_s, verb, *args]
    write_questions(station, list(book.values()))
    return notes


def open_questions(station: Station) -> list[list[Value]]:
    """[nonce, peer, time, verb, arguments...] of what was asked and is not too old."""
    data = station.store.meta("parcel-asks")
    value = openjson.decode(data) if data else []
    since_s = station.clock.now_s() - KEPT_S
    rows = value if isinstance(value, list) else []
    return [
        row
        for row in rows
        if isinstance(row, list) and len(row) > 3 and int(str(row[2])) >= since_s
    ]


def write_questions(station: Station, book: Sequence[list[Value]]) -> None:
    """Keep the newest questions."""
    with station.store.write() as tx:
        tx.set_meta("parcel-asks", openjson.encode(list(book[-OPEN_MAX:])))


def take_answer(station: Station, peer: str, nonce: bytes, data: bytes) -> int:
    """Take the answer to one of our questions, as the conversation over HTTP would."""
    book = open_questions(station)
    found = [row for row in book if row[:2] == [b64(nonce), peer]]
    if not found:
        raise NotYours("an answer to nothing that was asked of this party")
    row = found[0]
    verb, args = str(row[3]), [str(each) for each in row[4:]]
    write_questions(station, [each for each in book if each is not row])
    if verb == "entries" and args[0].startswith(f"{station.party}/openline/"):
        return int(bool(take_own(station, peer, data)))
    if verb == "entries":
        histories.take_entries(station, peer, args[0], parse_int(args[1]), data)
    elif verb == "head":
        if not mending.take_head(station, peer, args[0], parse_int(args[1]), data):
            mending.explain(station, args[0], data, ())
    elif verb == "receipts":
        recover.take_receipts(station, peer, args[0], data)
    elif verb == "reseal":
        recover.take_resealed(station, peer, args, data)
    elif verb == "attachment":
        digest = unb64(args[0], HASH_SIZE, what="attachment hash")
        attached.take(station, peer, digest, parse_int(args[1]), data)
    elif verb == "card" and args[0] == station.party:
        own_cards.take(station, data)
    elif verb == "card":
        parties.add(station, data, introduced_by=peer, expected=args[0])
    return 1


def take_own(station: Station, peer: str, body: bytes) -> int:
    """Own entries that a peer carries back; how many were new here."""
    origin = verbs.origin_of(body)
    if station.log(origin) is None or not mending.may_adopt(station, origin):
        raise NotYours("entries of ours that a person has to call ours first")
    return recover.adopt(station, body)
