"""Signed asks: what one member may ask of another, and the answers.

Shapes   ask(station, ...) -> note; handle(station, note) -> answer bytes
Units    at most 256 entries and 7 MiB of envelopes an answer; 256 reseals a day and party
Raises   Stale, UnknownParty, NotYours (one answer for unknown and for not yours), NeedsYes, TooMany
Source   docs/PROTOCOL.md part 7
Never    answers anybody who is not a member of the line of the log that is asked for
"""

from collections.abc import Callable

from openline.exchange.contents import attached, file_keys, file_members, opening
from openline.exchange.logs import card_heads, cosigned, exposure, hello, sequence
from openline.exchange.logs.sequence import BATCH_BYTES_MAX, BATCH_MAX
from openline.exchange.refusals import (
    FrozenParty,
    NeedsYes,
    NotYours,
    Stale,
    TooMany,
    UnknownKey,
)
from openline.exchange.station import Station
from openline.exchange.traffic import answered
from openline.exchange.traffic.answered import CARRIED_S, DAY_S
from openline.formats.delivery import Delivery, read_opening
from openline.formats.leaf import parse_leaf
from openline.formats.note import parse_note
from openline.formats.request import Ask, parse_ask, parse_reseal
from openline.formats.spell import HASH_SIZE, b64, parse_int, unb64
from openline.store.contract import LogRow

RESEALS_PER_DAY_MAX = 256
NEWS = b"news\n"
NEWS_S_MAX = 50


def ask(station: Station, peer: str, verb: str, *args: str) -> bytes:
    """A signed ask to one peer."""
    text = Ask(station.party, peer, station.clock.now_s(), station.random(16), verb, args).text()
    return station.keys.sign_request(text)


def verified_ask(station: Station, note: bytes) -> Ask:
    """An ask to us, signed by its party, fresh and seen for the first time."""
    found = parse_ask(parse_note(note).text.encode())
    if found.to != station.party:
        raise NotYours("this ask is to another party")
    is_signed = True
    try:
        hello.check_request_signature(station, found.from_, note)
    except (UnknownKey, FrozenParty):
        is_signed = False
        # Two parties that change their keys at once could else never learn each other's new card,
        # and one that went back to keys of before could never learn that they are over. A card log
        # is public, and the chain proves itself: who asks for ours, or for its own, may have it.
        if found.verb != "card" or found.args[:1] not in ((station.party,), (found.from_,)):
            raise
    now_s = station.clock.now_s()
    if abs(found.time_s - now_s) > hello.WINDOW_S:
        raise Stale(f"{found.from_}: ask of {found.time_s}, here it is {now_s}")
    if is_signed:  # else anybody could use up how many requests this party may make
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


def answer_carried(station: Station, peer: str, note: bytes) -> tuple[bytes, bytes]:
    """Nonce and answer of an ask that came in a parcel of its asker.

    It may have been under way for weeks, and a file may be brought twice: the answer goes back
    sealed to the asker, so a second one tells nobody anything, and costs the asker nothing.
    """
    found = parse_ask(parse_note(note).text.encode())
    if found.to != station.party or found.from_ != peer:
        raise NotYours("this ask is not from the parcel's sender to this party")
    hello.check_carried_signature(station, found.from_, note, found.time_s)
    verb = CARRIED.get(found.verb)
    if verb is None or abs(station.clock.now_s() - found.time_s) > CARRIED_S:
        raise NotYours(f"no answer to `{found.verb[:40]}` in a parcel")
    return found.nonce, verb(station, found)


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
    stop = min(parse_int(stop_text), exposure.exposed(station, log))
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


def origin_of(body: bytes) -> str:
    """Whose log a deliver body continues; nothing of it is verified here."""
    return read_opening(body)[0].head.origin


def size_of(body: bytes) -> int:
    """The size up to which a deliver body leads."""
    return read_opening(body)[0].head.size


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
    """`reseal origin index`: the field lines as we have them, to the asker's card key.

    `reseal hash`: the key of a file.
    """
    wanted = parse_reseal(found.args)
    if isinstance(wanted, bytes):
        return reseal_key(station, found, wanted)
    origin, index = wanted
    log = log_for(station, found.from_, origin)
    row = station.store.entry(origin, index)
    if row is None or row.state != "opened":
        raise NotYours("that entry is not open here")
    check_allowed(station, found, log, index)
    count_reseal(station, found, "reseal.given", "resealed an entry")
    leaf = parse_leaf(row.leaf)
    opened = opening.read_archived(station, origin, index, leaf)
    if opened is None:
        raise NotYours("that entry is not kept here")
    lines = shown_lines(opened) if log.party == station.party else opened.lines()
    return station.suite.seal([station.cards(found.from_)[-1].seal], lines, station.random)


def reseal_key(station: Station, found: Ask, file_hash: bytes) -> bytes:
    """The key of a file that the asker was told of and has no key for, to its newest card key.

    The file itself stays as it was signed; whoever lacks its bytes asks for those by `attachment`.
    """
    asker = found.from_
    if asker not in file_members.may_have(station, file_hash):
        raise NotYours("there is no such file here for you")
    file_key = file_keys.key_of(station, file_hash)
    if file_key is None:
        file_keys.note(station, file_hash, asker, file_keys.GONE)
        raise NotYours("there is no such file here for you")
    if asker in {party for party, _ in station.store.attachment_holders(file_hash)}:
        file_keys.note(station, file_hash, asker, file_keys.YES)
        check_yes(station, found)
    count_reseal(station, found, "attachment.key-given", "sealed the key of a file anew")
    file_keys.note(station, file_hash, asker, file_keys.GIVEN)
    return station.suite.seal([station.cards(asker)[-1].seal], file_key, station.random)


def check_allowed(station: Station, found: Ask, log: LogRow, index: int) -> None:
    """Whoever has receipted an entry has read it: giving it again needs a person's yes.

    Else a thief of a running node could have its party's whole past resealed to it.
    """
    if log.party == found.from_:
        return
    receipted = any(
        row.name == f"{found.from_}/receipt" and row.size > index
        for row in station.store.cosignatures(log.origin, index + 1)
    )
    if receipted:
        check_yes(station, found)


def check_yes(station: Station, found: Ask) -> None:
    """Whether a person lets the asker have again what it said that it had.

    An ask of which people were told, or that was answered, wakes nobody when it comes again.
    """
    asker = found.from_
    key = f"reseal-yes/{asker}"
    allowed_until_s = int(station.store.meta(key) or b"0")
    if station.clock.now_s() > allowed_until_s:
        if allowed_until_s >= 0 and not answered.was_counted(station, found):
            with station.store.write() as tx:
                tx.set_meta(key, b"-1")
                answered.count(station, tx, found)
                station.tell(tx, "alarm", asker, "reseal.asked",
                             f"{asker} asks again for what it receipted or held")  # fmt: skip
        raise NeedsYes("the asker has said that it had this; a person here has to allow it")


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


def count_reseal(station: Station, found: Ask, code: str, did: str) -> None:
    """A thief of a running node could ask for all: at most 256 reseals a day, and visible.

    Whoever brings an old file again uses up nothing of what its asker may ask for today.
    """
    asker, now_s = found.from_, station.clock.now_s()
    if answered.was_counted(station, found):
        return
    key = f"reseals/{asker}/{now_s // DAY_S}"
    count = int(station.store.meta(key) or b"0")
    if count >= RESEALS_PER_DAY_MAX:
        raise TooMany(f"{asker}: {count} reseals today already")
    with station.store.write() as tx:
        tx.set_meta(key, b"%d" % (count + 1))
        answered.count(station, tx, found)
        station.tell(tx, "notice", asker, code, f"{did} for {asker}")


def head(station: Station, found: Ask) -> bytes:
    """`head origin size`: the signed checkpoint at that size, or the newest for size 0."""
    origin, size_text = arguments(found, 2)
    log = log_for(station, found.from_, origin)
    reach = exposure.exposed(station, log)
    size = parse_int(size_text) or reach
    if size > reach:
        raise NotYours("no checkpoint of that size is held here")
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
    return card_heads.part_of(station, party).encode()


def news(station: Station, found: Ask) -> bytes:
    """`news seconds`: whether something waits here for the asker; who answers may hold it back."""
    arguments(found, 1)
    return NEWS if has_news(station, found.from_) else b""


def has_news(station: Station, peer: str) -> bool:
    """Whether an own log is longer than a peer's session states."""
    session = station.sessions.get(peer)
    holds = session.holds if session is not None else {}
    return any(
        exposure.exposed(station, log) > holds.get(log.origin, 0)
        for row in station.lines()
        if peer in station.others(row.line_id)
        for log in station.logs_of(row.line_id)
        if log.party == station.party and log.size
    )


def listens(note: bytes) -> tuple[str, float] | None:
    """Who asks for news, and how long it would wait; None for any other ask.

    Only of use once `handle` has taken the ask: nothing is verified here.
    """
    found = parse_ask(parse_note(note).text.encode())
    if found.verb != "news":
        return None
    return found.from_, min(parse_int(found.args[0]), NEWS_S_MAX)


def boot(station: Station, found: Ask) -> bytes:
    """`boot`: which start of this party's node answers; for the party itself only.

    By it a node that was copied learns that the original is at work behind the same address.
    """
    arguments(found, 0)
    if found.from_ != station.party:
        raise NotYours("`boot` is answered to this party only")
    return b64(station.boot).encode()


def attachment(station: Station, found: Ask) -> bytes:
    """`attachment hash from`: bytes of a sealed file; at its end the asker says it is whole."""
    file_hash, start = arguments(found, 2)
    digest = unb64(file_hash, HASH_SIZE, what="attachment hash")
    return attached.answer(station, found.from_, digest, parse_int(start))


VERBS: dict[str, Callable[[Station, Ask], bytes]] = {
    "entries": entries,
    "receipts": receipts,
    "cosignatures": cosignatures,
    "reseal": reseal,
    "attachment": attachment,
    "head": head,
    "card": card,
    "boot": boot,
    "news": news,
}
# What may be asked by a file: the verbs that say nothing of this moment.
CARRIED = {
    name: VERBS[name] for name in ("entries", "receipts", "reseal", "card", "attachment", "head")
}
