"""Parcels: the same bytes as over HTTP, carried as a file, by a relay or in one request.

Shapes   make(station, peer) -> age file; take(station, file) -> Taken, with what to answer
Units    at most 48 MiB of records a parcel, so that its file stays below 64 MiB
Raises   ParcelSealed, Malformed, NotForUs, UnknownKey, what brought cards are refused for; what one
         record is refused for is told, and the rest taken
Source   docs/PROTOCOL.md part 11; docs/decisions/0068-parcels-are-late.md
Never    concludes from a carried hello what a peer holds now: a live one corrects it. Never judges
         a record otherwise than the code behind HTTP does
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openline.envelope.suite import CannotOpen
from openline.errors import OpenlineError
from openline.exchange.carried import histories, reply_book
from openline.exchange.carried.reply_book import Statement
from openline.exchange.contents import attached, file_keys
from openline.exchange.kept import alarms
from openline.exchange.logs import exposure, hello
from openline.exchange.logs.hello import Needs
from openline.exchange.logs.incoming import known_party
from openline.exchange.membership import brought, identity
from openline.exchange.refusals import NotYours, Refused
from openline.exchange.station import Station
from openline.exchange.traffic import asks, dispatch, recover
from openline.formats.card import card_origin
from openline.formats.note import parse_note
from openline.formats.parcel import (
    ANSWER,
    ASK,
    ATTACHMENT,
    CARDS,
    DELIVERY,
    EVIDENCE,
    HEAD,
    HELLO,
    RECEIPTS,
    Answer,
    Parcel,
    ReceiptsOf,
    Record,
    parse_answer,
    parse_parcel,
    parse_receipts_of,
)
from openline.formats.request import parse_hello
from openline.formats.spell import b64
from openline.store.contract import LogRow

BUDGET_BYTES: Final = 48 * 1024 * 1024
# What one request may carry, sealing included.
POSTED_BYTES: Final = 7 * 1024 * 1024
# And what answers one that is no news: whoever got hold of it may post it without end.
AGAIN_BYTES: Final = 256 * 1024
RECORDS_BUDGET: Final = 4_000
RECEIPTS_PER_LOG: Final = 64
ASKS_MAX: Final = 256


class NotForUs(Refused):
    """What was brought is no parcel for this party."""

    code: ClassVar[str] = "exchange.not-for-us"
    remedy: ClassVar[str] = "Look whose file it is: a parcel opens at its addressee only."


class ParcelSealed(Refused):
    """A parcel opens with none of our sealing keys, or was changed on its way."""

    code: ClassVar[str] = "exchange.parcel-sealed"
    remedy: ClassVar[str] = (
        "Give its sender our newest card (`openline party card`), have it taken with `openline"
        " party add CARD` there, and the parcel made anew."
    )


@dataclass(slots=True)
class Taken:
    """What a parcel brought; `refused` are (kind of record, code, sentence); one that was made
    before another that was taken, or is that very one, is no news."""

    peer: str = ""
    is_news: bool = True
    entries: int = 0
    receipts: int = 0
    answers: int = 0
    files: int = 0
    asked: list[tuple[bytes, bytes]] = field(default_factory=list)
    needs: Needs = field(default_factory=Needs)
    refused: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def calls_for_reply(self) -> bool:
        """Whether the sender waits for something: a receipt, an answer."""
        return bool(self.entries or self.asked or self.files)


@dataclass(frozen=True, slots=True)
class Made:
    """A parcel's file, and how far it leads in each log that it continues."""

    file: bytes
    reach: dict[str, int]


class Filling:
    """A parcel in the making, within its bounds."""

    def __init__(self, budget: int) -> None:
        self.records: list[Record] = []
        self.reach: dict[str, int] = {}
        self.left = budget

    def put(self, kind: int, data: bytes) -> bool:
        """Add a record if there is room for it."""
        if len(data) > self.left or len(self.records) >= RECORDS_BUDGET:
            return False
        self.left -= len(data)
        self.records.append(Record(kind, data))
        return True


def make(
    station: Station,
    peer: str,
    *,
    everything: bool = False,
    logs: Sequence[str] | None = None,
    answers: Sequence[tuple[bytes, bytes]] = (),
    needs: Needs | None = None,
    budget: int = BUDGET_BYTES,
) -> Made:
    """All that a peer lacks as far as is known here, sealed to its card.

    `everything` assumes that it lacks all; `logs` names the only logs whose entries go along.
    Our cards go first where the peer has not said that it holds them: it could not know the key
    under the hello, and would refuse all of it.
    """
    known_party(station, peer)
    filling = Filling(budget)
    if everything or not reply_book.holds_our_cards(station, peer):
        filling.put(CARDS, identity.own_cards(station))
    filling.put(HELLO, hello.compose(station, peer, station.random(16)))
    for nonce, data in answers:
        filling.put(ANSWER, Answer(nonce, data).encode())
    for kind, data in histories.records(station, peer):
        filling.put(kind, data)
    give_receipts(station, peer, filling)
    held = {} if everything else reply_book.held(station, peer)
    for log in shared_logs(station, peer):
        if logs is None or log.origin in logs:
            give_entries(station, log, held.get(log.origin, 0), filling)
    for note in questions(station, peer, needs):
        filling.put(ASK, note)
    for row in attached.for_peer(station, peer, everything=everything):
        if row.size <= filling.left:
            filling.put(ATTACHMENT, attached.sealed_file(station, row.hash))
    card = station.cards(peer)[-1]
    plain = Parcel(tuple(filling.records)).encode()
    return Made(station.suite.seal([card.seal], plain, station.random), filling.reach)


def answer(station: Station, taken: Taken, *, budget: int = BUDGET_BYTES) -> Made:
    """What the sender of a parcel waits for: receipts, answers, and what it lacks itself."""
    return make(station, taken.peer, answers=taken.asked, needs=taken.needs, budget=budget)


def posted_answer(station: Station, taken: Taken) -> Made:
    """The same over a socket, where nobody carries a file by hand: what is no news has receipts and
    answers, and no entries. Its sender posts a newer one as soon as it waits for something."""
    if taken.is_news:
        return answer(station, taken, budget=POSTED_BYTES)
    return make(station, taken.peer, logs=(), answers=taken.asked, budget=AGAIN_BYTES)


def shared_logs(station: Station, peer: str) -> list[LogRow]:
    """Every log of shared lines but the peer's own: a member may carry another's entries."""
    found = [
        log
        for line_id in hello.shared_lines(station, peer)
        for log in station.logs_of(line_id)
        if log.party != peer and log.size
    ]
    return sorted(found, key=lambda log: (log.party != station.party, log.counter, log.origin))


def give_entries(station: Station, log: LogRow, held: int, filling: Filling) -> None:
    """Deliveries that lead from what the peer holds to what is here."""
    reach = exposure.exposed(station, log)
    while held < reach:
        body = asks.body_from(station, log, held, reach)
        if body is None or not filling.put(DELIVERY, body):
            return
        held = filling.reach[log.origin] = asks.size_of(body)


def give_receipts(station: Station, peer: str, filling: Filling) -> None:
    """Our receipts on the peer's logs, the newest of each; they are the same bytes every time."""
    name = f"{station.party}/receipt"
    for line_id in hello.shared_lines(station, peer):
        for log in station.logs_of(line_id):
            if log.party == peer:
                rows = station.store.cosignatures_of(log.origin, name, 0, 1_000_000)
                blocks = b"".join(b"%d\n" % r.size + r.lines for r in rows[-RECEIPTS_PER_LOG:])
                if blocks:
                    filling.put(RECEIPTS, ReceiptsOf(log.origin, blocks).encode())


def receipts_due(station: Station, peer: str, given: Mapping[str, int]) -> dict[str, int]:
    """Logs of a peer on which we have given a larger receipt than it was handed."""
    name = f"{station.party}/receipt"
    due = {}
    for line_id in hello.shared_lines(station, peer):
        for log in station.logs_of(line_id):
            if log.party == peer:
                size = station.store.newest_cosigned(log.origin, name)
                if size > given.get(log.origin, 0):
                    due[log.origin] = size
    return due


def questions(station: Station, peer: str, needs: Needs | None) -> list[bytes]:
    """Asks for what is missing here and held there, kept so that their answers are known again."""
    wanted: list[tuple[str, ...]] = []
    if needs is not None:
        wanted += [("card", party, str(start)) for party, start in needs.cards]
        wanted += [("entries", o, str(held), str(size)) for o, held, size in needs.lost]
        wanted += [("receipts", o, "0") for o, _, _ in needs.lost]
        wanted += [("entries", o, str(held), str(size)) for o, held, size in needs.pulls]
    wanted += histories.questions(station, peer)
    for each in recover.waiting(station):
        wanted.append(("reseal", each.origin, str(each.index)))
    wanted += [("reseal", b64(file_hash)) for file_hash in file_keys.to_ask(station, peer)]
    for row in attached.untold(station, peer):
        wanted.append(("attachment", b64(row.hash), str(row.got)))
    return reply_book.asks(station, peer, wanted[:ASKS_MAX])


def take(station: Station, file: bytes) -> Taken:
    """Take a parcel: each record through the code behind HTTP, one refusal holding up no other."""
    try:
        plain = station.suite.unseal(station.keyring.seal_seeds, file, 1)
    except CannotOpen as fault:
        raise ParcelSealed(str(fault)) from None
    records = parse_parcel(plain).records
    has_cards = bool(records) and records[0].kind == CARDS
    cards, records = (records[0].data, records[1:]) if has_cards else (None, records)
    if not records or records[0].kind != HELLO:
        raise NotForUs("it does not begin with a hello")
    taken = Taken()
    take_hello(station, cards, records[0].data, taken)
    for kind, data in records[1:]:
        try:
            take_record(station, kind, data, taken)
        except OpenlineError as refused:
            alarms.tell_misuse(station, refused)
            name = NAMES.get(kind, str(kind))
            taken.refused.append((name, refused.code, str(refused)[:300]))
    dispatch.store_receipts(station)
    return taken


NAMES: Final = {
    DELIVERY: "entries",
    RECEIPTS: "receipts",
    ATTACHMENT: "attachment",
    HEAD: "head",
    EVIDENCE: "evidence",
    ASK: "ask",
    ANSWER: "answer",
}


def take_hello(station: Station, cards: bytes | None, note: bytes, taken: Taken) -> None:
    """Whose parcel it is, what cards that party has now, what it held when the parcel was made."""
    said = parse_hello(parse_note(note, bytes_max=256 * 1024).text.encode())
    if said.to != station.party:
        raise NotForUs(f"the parcel is to {said.to}, this is {station.party}")
    if cards is not None:
        # What follows may be signed by keys of which nobody but its sender could tell us.
        brought.take(station, cards, expected=said.from_)
    hello.check_carried_signature(station, said.from_, note, said.time_s)
    taken.peer = said.from_
    sizes = {head.origin: head.size for _, head in said.heads}
    sizes.update({card_origin(party): size for party, size, _ in said.cards})
    statement = Statement(said.time_s, sizes)
    taken.is_news = reply_book.keep(station, said.from_, statement)
    if not taken.is_news:
        return
    session = station.session(said.from_)
    if session.heard_s <= said.time_s:
        taken.needs = hello.needs_of(station, said)
        histories.note_contradictions(station, said.from_, sizes, taken.needs)


def take_record(station: Station, kind: int, data: bytes, taken: Taken) -> None:
    """One record behind the hello."""
    if kind == DELIVERY:
        take_delivery(station, data, taken)
    elif kind == RECEIPTS:
        given = parse_receipts_of(data)
        own = station.log(given.origin)
        if own is None or own.party != station.party:
            raise NotYours("receipts on a log that is not ours")
        taken.receipts += recover.take_receipts(station, taken.peer, given.origin, given.blocks)
    elif kind == ASK:
        taken.asked.append(asks.answer_carried(station, taken.peer, data))
    elif kind == ANSWER:
        answer = parse_answer(data)
        taken.answers += reply_book.take_answer(station, taken.peer, answer.nonce, answer.data)
    elif kind == HEAD:
        histories.take_head(station, taken.peer, data)
    elif kind == EVIDENCE:
        histories.take_evidence(station, taken.peer, data)
    elif kind == ATTACHMENT:
        taken.files += attached.take_whole(station, taken.peer, data)
    else:
        raise NotYours("records of this kind are not taken yet")


def take_delivery(station: Station, body: bytes, taken: Taken) -> None:
    """Entries, of the sender's own log or of another member's that it carries."""
    origin, size = asks.origin_of(body), asks.size_of(body)
    log = station.log(origin)
    before = log.size if log is not None else 0
    if origin.startswith(f"{station.party}/openline/"):
        taken.entries += reply_book.take_own(station, taken.peer, body)
        return
    try:
        histories.take_delivery(station, taken.peer, body)
    finally:
        after = station.log(origin)
        taken.entries += max(0, min(size, after.size if after is not None else 0) - before)
