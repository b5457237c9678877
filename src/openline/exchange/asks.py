"""Signed asks: what one member may ask of another, and the answers.

Shapes   ask(station, ...) -> note; handle(station, note) -> answer bytes
Units    at most 256 entries and 7 MiB of envelopes an answer; 256 reseals a day and party
Raises   Stale, UnknownParty, NotYours (one answer for unknown and for not yours), TooMany
Source   docs/PROTOCOL.md part 7
Never    answers anybody who is not a member of the line of the log that is asked for
"""

from collections.abc import Callable

from openline.exchange import cosigned, hello, opening, sequence
from openline.exchange.refusals import NotYours, Stale, TooMany
from openline.exchange.sequence import BATCH_BYTES_MAX, BATCH_MAX
from openline.exchange.station import Station
from openline.formats.delivery import Delivery
from openline.formats.leaf import parse_leaf
from openline.formats.note import parse_note
from openline.formats.proof import CardsPart
from openline.formats.request import Ask, parse_ask
from openline.formats.spell import parse_int
from openline.store.contract import LogRow

DAY_S = 86_400
RESEALS_PER_DAY_MAX = 256


def ask(station: Station, peer: str, verb: str, *args: str) -> bytes:
    """A signed ask to one peer."""
    text = Ask(station.party, peer, station.clock.now_s(), station.random(16), verb, args).text()
    return station.keys.sign_request(text)


def verified_ask(station: Station, note: bytes) -> Ask:
    """An ask to us, signed by its party, fresh and seen for the first time."""
    found = parse_ask(parse_note(note).text.encode())
    if found.to != station.party:
        raise NotYours("this ask is to another party")
    hello.check_request_signature(station, found.from_, note)
    now_s = station.clock.now_s()
    if abs(found.time_s - now_s) > hello.WINDOW_S:
        raise Stale(f"{found.from_}: ask of {found.time_s}, here it is {now_s}")
    hello.fresh(station, found.from_, found.nonce)
    return found


def handle(station: Station, note: bytes) -> bytes:
    """The answer to a signed ask."""
    found = verified_ask(station, note)
    sequence.anchor_owed(station)
    verb = VERBS.get(found.verb)
    if verb is None:
        raise NotYours(f"no answer to `{found.verb[:40]}` here")
    return verb(station, found)


def log_for(station: Station, asker: str, origin: str) -> LogRow:
    """A log of a line of which the asker is a member."""
    log = station.log(origin)
    if log is None or asker not in {m.party for m in station.charter(log.line_id).members}:
        raise NotYours("there is no such log here for you")
    return log


def arguments(found: Ask, count: int) -> tuple[str, ...]:
    """Exactly `count` arguments."""
    if len(found.args) != count:
        raise NotYours(f"`{found.verb}` takes {count} arguments")
    return found.args


def entries(station: Station, found: Ask) -> bytes:
    """`entries origin from to`: a deliver body that ends at a checkpoint held here."""
    origin, start_text, stop_text = arguments(found, 3)
    log = log_for(station, found.from_, origin)
    start = parse_int(start_text)
    stop = min(parse_int(stop_text), log.size)
    body = body_from(station, log, start, stop)
    if body is None:
        raise NotYours("there are no entries in that range here for you")
    return body


def body_from(station: Station, log: LogRow, start: int, stop: int) -> bytes | None:
    """A deliver body from `start` up to the farthest checkpoint that one body can reach."""
    reach = min(stop, start + BATCH_MAX)
    sizes = station.store.checkpoint_sizes(log.origin, start, reach)
    for size in reversed(sizes):
        rows = station.store.entries(log.origin, start, size)
        pairs = []
        total = 0
        for row in rows:
            body = station.store.body(row.body_hash) or b""
            total += len(body)
            pairs.append((row.leaf, body))
        note = station.store.checkpoint(log.origin, size)
        if note is not None and (total <= BATCH_BYTES_MAX or size == sizes[0]):
            return Delivery(start, note, tuple(pairs)).encode()
    return None


def receipts(station: Station, found: Ask) -> bytes:
    """`receipts origin after`: signature lines of our receipts above that size."""
    origin, after = arguments(found, 2)
    log_for(station, found.from_, origin)
    name = f"{station.party}/receipt"
    rows = station.store.cosignatures_of(origin, name, parse_int(after), BATCH_MAX)
    return b"".join(b"%d\n" % row.size + row.lines for row in rows)


def cosignatures(station: Station, found: Ask) -> bytes:
    """`cosignatures origin key after`: the lines of one witness of the charter, as held here."""
    origin, key_id, after = arguments(found, 3)
    charter = station.charter(log_for(station, found.from_, origin).line_id)
    return cosigned.answer(station, origin, charter, key_id, parse_int(after))


def reseal(station: Station, found: Ask) -> bytes:
    """`reseal origin index`: the field lines as we have them, to the asker's card key."""
    origin, index_text = arguments(found, 2)
    log = log_for(station, found.from_, origin)
    index = parse_int(index_text)
    row = station.store.entry(origin, index)
    if row is None or row.state != "opened":
        raise NotYours("that entry is not open here")
    check_allowed(station, found.from_, log, index)
    count_reseal(station, found.from_)
    leaf = parse_leaf(row.leaf)
    opened = opening.read_archived(station, origin, index, leaf)
    if opened is None:
        raise NotYours("that entry is not kept here")
    lines = shown_lines(opened) if log.party == station.party else opened.lines()
    return station.suite.seal([station.cards(found.from_)[-1].seal], lines, station.random)


def check_allowed(station: Station, asker: str, log: LogRow, index: int) -> None:
    """Whoever has receipted an entry has read it: giving it again needs a person's yes.

    Else a thief of a running node could have its party's whole past resealed to it.
    """
    if log.party == asker:
        return
    receipted = any(
        row.name == f"{asker}/receipt" and row.size > index
        for row in station.store.cosignatures(log.origin, index + 1)
    )
    key = f"reseal-yes/{asker}"
    allowed_until_s = int(station.store.meta(key) or b"0")
    if receipted and station.clock.now_s() > allowed_until_s:
        if allowed_until_s >= 0:
            with station.store.write() as tx:
                tx.set_meta(key, b"-1")
                station.tell(tx, "alarm", asker, "reseal.asked",
                             f"{asker} asks again for what it receipted")  # fmt: skip
        raise NotYours("that entry was receipted by the asker; a person has to allow it")


def allow_reseal(station: Station, asker: str, seconds: int) -> None:
    """A person says yes: this party may have receipted entries resealed for a while."""
    until_s = station.clock.now_s() + seconds
    with station.store.write() as tx:
        tx.set_meta(f"reseal-yes/{asker}", b"%d" % until_s)
        station.tell(tx, "notice", asker, "reseal.allowed", f"allowed for {seconds} s")


def shown_lines(opened: opening.Opened) -> bytes:
    """Lines of an own entry without the openings that its addressees never had."""
    named = opened.value("withheld")
    withheld = {i for i in named if isinstance(i, int)} if isinstance(named, list) else set()
    items = tuple(
        item if i not in withheld or isinstance(item, bytes) else item.hash
        for i, item in enumerate(opened.items)
    )
    return opening.Opened(items).lines()


def count_reseal(station: Station, asker: str) -> None:
    """A thief of a running node could ask for all: at most 256 reseals a day, and visible."""
    now_s = station.clock.now_s()
    key = f"reseals/{asker}/{now_s // DAY_S}"
    count = int(station.store.meta(key) or b"0")
    if count >= RESEALS_PER_DAY_MAX:
        raise TooMany(f"{asker}: {count} reseals today already")
    with station.store.write() as tx:
        tx.set_meta(key, b"%d" % (count + 1))
        station.tell(tx, "notice", asker, "reseal.given", f"resealed an entry for {asker}")


def head(station: Station, found: Ask) -> bytes:
    """`head origin size`: the signed checkpoint at that size, or the newest for size 0."""
    origin, size_text = arguments(found, 2)
    log = log_for(station, found.from_, origin)
    size = parse_int(size_text) or log.size
    note = station.store.checkpoint(origin, size)
    if note is None:
        raise NotYours("no checkpoint of that size is held here")
    return note


def card(station: Station, found: Ask) -> bytes:
    """`card party from`: the card chain as held here; the reader recomputes every root."""
    party, start_text = arguments(found, 2)
    parse_int(start_text)
    rows = station.store.cards(party)
    shared = party in (station.party, found.from_) or any(
        {party, found.from_} <= {m.party for m in station.charter(row.line_id).members}
        for row in station.lines()
    )
    if not rows or not shared:
        raise NotYours("no card of that party is held here for you")
    return CardsPart(party, tuple((row.leaf, row.note) for row in rows)).encode()


VERBS: dict[str, Callable[[Station, Ask], bytes]] = {
    "entries": entries,
    "receipts": receipts,
    "cosignatures": cosignatures,
    "reseal": reseal,
    "head": head,
    "card": card,
}
