"""One conversation with one peer, for ever: hello, mend, push, pull, wait; without any socket.

Shapes   talk(station, link) yields Post (to be carried) or Rest (to be waited for); the driver
         sends back the answer's bytes, throws the refusal in, or resumes after the rest
Units    hello every `hello` seconds of the charters (default 60); back-off 0.25 to 30 s, jittered
Raises   nothing out of the generator: what fails is kept on the link and tried again
Source   docs/PROTOCOL.md parts 7 and 8
Never    concludes from an HTTP status what the peer holds; the next hello says it. The network
         shell and the simulator drive this same generator
"""

import contextlib
from collections.abc import Generator
from dataclasses import replace

from openline.errors import OpenlineError
from openline.exchange.carried import early, parcels
from openline.exchange.contents import attached, file_keys
from openline.exchange.kept import alarms
from openline.exchange.logs import alike, cosigned, forks, hello
from openline.exchange.logs.hello import Needs
from openline.exchange.logs.witnesses import BadCosignature
from openline.exchange.membership import own_cards
from openline.exchange.refusals import NotCaughtUp, OpenSealed, PeerRefused, RootMismatch
from openline.exchange.station import Station
from openline.exchange.traffic import (
    bodies,
    card_talk,
    dispatch,
    mending,
    otherwise,
    receive,
    recover,
)
from openline.exchange.traffic.link import (
    CARD_AGAIN_S,
    Link,
    Rest,
    Step,
    Talk,
    Tried,
    ask_peer,
    attempt,
    failed,
    fetch,
)
from openline.formats import openjson
from openline.formats.openjson import Value
from openline.formats.spell import b64
from openline.store.contract import StoreFull

BACKOFF_FIRST_S = 0.25
BACKOFF_MAX_S = 30.0
# After an answered hello the peer is there: what failed then is tried again sooner.
BACKOFF_GREETED_S = 4.0
RETRY_FIRST_S = 1
PULLS_PER_ROUND = 64
FILE_ASKS_PER_ROUND = 4
CALLS_MISSED = 3
STORE_TEST_EVERY_S = 30


def talk(station: Station, link: Link) -> Talk:
    """Everything this node does towards one peer by itself."""
    backoff_s = BACKOFF_FIRST_S
    recall_tests(station, link)
    while True:
        if not can_call(station, link.peer):
            yield from be_called(station, link)
            continue
        try:
            yield from card_talk.settle(station, link)
            yield from greet(station, link)
            backoff_s = min(backoff_s, BACKOFF_GREETED_S)
            yield from work(station, link)
            backoff_s = BACKOFF_FIRST_S
        except OpenlineError as fault:
            link.up = False
            failed(station, link, fault)
            jitter = station.random(1)[0] / 255
            yield Rest(max(backoff_s * (0.5 + jitter / 2), patience(link) * (1 + jitter / 2)))
            backoff_s = min(backoff_s * 2, BACKOFF_MAX_S)


def patience(link: Link) -> int:
    """For how many seconds the peer asked us to wait; asked once, heeded once."""
    asked_s, link.patience_s = link.patience_s, 0
    return asked_s


def can_call(station: Station, peer: str) -> bool:
    """Whether a peer has an address at all; one that has none calls us."""
    cards = station.cards(peer)
    return not cards or bool(cards[-1].urls)


def be_called(station: Station, link: Link) -> Talk:
    """A peer without an address: it fetches, and is not up when it has not called for long."""
    every_s = hello.every_s(station, link.peer)
    yield Rest(every_s)
    link.needs.clear()
    if station.clock.now_s() - link.last_up_s > CALLS_MISSED * every_s:
        link.up, link.last_error = False, "it has no address and has not called"


def call_refused(station: Station, link: Link, refusal: OpenlineError) -> None:
    """A peer without an address called, by its name at least, and had to be refused.

    Not where it was heard just now: a request of before a change of keys may come late.
    """
    if station.clock.now_s() - link.last_up_s > CARD_AGAIN_S:
        link.up, link.last_error = False, f"{refusal.code}: {refusal}"[:300]


def was_heard(station: Station, link: Link) -> None:
    """A peer has answered, or has called as it has no address: that is its link test."""
    link.up, link.last_error = True, ""
    link.last_up_s = station.clock.now_s()
    link.tests += 1
    store_test(station, link)
    check_folds(station, link)


def greet(station: Station, link: Link) -> Talk:
    """One hello and its answer: the automatic link test."""
    nonce = station.random(16)
    answer = yield from fetch("hello", hello.compose(station, link.peer, nonce))
    link.needs.append(hello.accept_answer(station, link.peer, answer, nonce))
    own_cards.heard(station, link.peer, station.session(link.peer).cards_of(station.party))
    link.lacking.clear()
    was_heard(station, link)
    stated = station.session(link.peer).cards_of(station.party)
    if 0 < stated < len(station.cards(station.party)):
        # It may have no way to ask us for them.
        yield from attempt(station, link, card_talk.bring(station))


def store_test(station: Station, link: Link) -> None:
    """Keep that the link was tested, one row per peer. A full disk is no reason to call a link down
    that was answered just now."""
    if link.last_up_s - link.stored_s < STORE_TEST_EVERY_S:
        return
    told: dict[str, Value] = {
        "at_s": link.last_up_s,
        "round_trip_us": link.round_trip_us,
        "tests": link.tests_before + link.tests,
    }
    with contextlib.suppress(StoreFull), station.store.write() as tx:
        tx.set_meta(test_key(link.peer), openjson.encode(told))
        link.stored_s = link.last_up_s


def recall_tests(station: Station, link: Link) -> None:
    """What was known of the link before this start."""
    data = station.store.meta(test_key(link.peer))
    told = openjson.decode(data) if data else {}
    if isinstance(told, dict) and not link.tests:
        link.last_up_s = int(str(told.get("at_s", 0)))
        link.round_trip_us = int(str(told.get("round_trip_us", 0)))
        link.tests_before = int(str(told.get("tests", 0)))


def test_key(peer: str) -> str:
    """Where the link test with a peer is kept."""
    return f"link-test/{peer}"


def check_folds(station: Station, link: Link) -> None:
    """A difference in understanding raises an alarm by itself."""
    for line_id in hello.shared_lines(station, link.peer):
        same = alike.agree(station, link.peer, line_id)
        if same is None:
            continue
        if not same and link.agree.get(line_id) is not False:
            station.note_event(
                "alarm", line_id.hex(), "fold.differs",
                alike.differing(station, link.peer, line_id),
            )  # fmt: skip
        link.agree[line_id] = same


def work(station: Station, link: Link) -> Talk:
    """Mend, push, and wait for news; returns when the next hello is due.

    What was refused is tried again after the next hello, which then comes sooner. The wait is
    measured by the clock that nobody sets: a wall that jumps back must not silence a link.
    """
    every_s = hello.every_s(station, link.peer)
    hello_due_s = station.clock.mono_s() + every_s
    while True:
        failures = 0
        yield from card_talk.settle(station, link)
        if take_asked(link):
            # What this party is has changed: the peer hears that before anything signed anew.
            return
        while link.needs:
            failures += yield from mend(station, link, link.needs.pop(0))
        failures += yield from push(station, link)
        if not station.cards(station.party)[-1].urls:
            failures += yield from attempt(station, link, give(station, link))
        dispatch.store_receipts(station)
        has_more = yield from files_from(station, link)
        if failures:
            link.retry_s = min(max(RETRY_FIRST_S, 2 * link.retry_s), every_s)
            # All who were refused at once must not come back at once, nor before they were asked.
            asked_s = patience(link)
            jitter_s = asked_s * station.random(1)[0] // 510
            link.retry_s = max(link.retry_s, asked_s + jitter_s)
            hello_due_s = min(hello_due_s, station.clock.mono_s() + link.retry_s)
        else:
            link.retry_s = 0
        left_s = hello_due_s - station.clock.mono_s()
        if take_asked(link) or left_s <= 0 or not station.session(link.peer).boot:
            return
        if not has_more:
            yield Rest(left_s)


def take_asked(link: Link) -> bool:
    """Whether somebody asked for a hello at once since this was looked at last."""
    asked, link.asked = link.asked, False
    return asked


def push(station: Station, link: Link) -> Tried:
    """Deliver until the peer holds everything and every newest head has its receipt."""
    refused: set[str] = set()
    if link.peer in station.narrow:
        yield from push_early(station, link)
    while (shipment := dispatch.next_delivery(station, link.peer, refused)) is not None:
        if (yield from attempt(station, link, send(station, shipment))):
            refused.add(shipment.origin)
    for log in dispatch.unreceipted(station, link.peer):
        again = dispatch.again(station, link.peer, log)
        if (
            again is not None
            and log.origin not in refused
            and (yield from attempt(station, link, send(station, again)))
        ):
            refused.add(log.origin)
    return len(refused)


def push_early(station: Station, link: Link) -> Talk:
    """Over a narrow link: first what is said, of every log, and then the long signatures.

    What the peer does not take so is delivered whole by `push`.
    """
    sent: list[tuple[dispatch.Shipment, bytes]] = []
    passed: set[str] = set()
    while (shipment := dispatch.next_delivery(station, link.peer, passed)) is not None:
        passed.add(shipment.origin)
        parts = early.split(shipment.body)
        if parts is not None and not (yield from attempt(station, link, say_early(parts[0]))):
            sent.append((shipment, parts[1]))
    for shipment, rest in sent:
        yield from attempt(station, link, complete(station, shipment, rest))


def say_early(body: bytes) -> Talk:
    """An early delivery; its answer is empty."""
    yield from fetch("early", body)


def complete(station: Station, shipment: dispatch.Shipment, rest: bytes) -> Talk:
    """The ML-DSA line of an early delivery; the answer is the receipt."""
    answer = yield from fetch("complete", rest)
    dispatch.delivered(station, shipment, answer)


def send(station: Station, shipment: dispatch.Shipment) -> Talk:
    """One delivery; its receipt is kept for the next commit."""
    try:
        answer = yield from fetch("deliver", shipment.body)
    except PeerRefused as refused:
        if refused.peer_code != NotCaughtUp.code:
            raise
        dispatch.stored(station, shipment)
        return
    dispatch.delivered(station, shipment, answer)


def give(station: Station, link: Link) -> Talk:
    """Hand over receipts for what was fetched: nobody can come for them to us."""
    due = parcels.receipts_due(station, link.peer, link.given)
    files = {row.hash for row in attached.for_peer(station, link.peer)} - link.handed
    if due or files:
        made = parcels.make(station, link.peer, logs=(), budget=parcels.POSTED_BYTES)
        answer = yield from fetch("parcel", made.file)
        parcels.take(station, answer)
        link.given.update(due)
        link.handed |= files


def files_from(station: Station, link: Link) -> Generator[Step, bytes | None, bool]:
    """Fetch a few parts of files that messages name; whether there is more to fetch at once.

    What officers have to say goes before it, after every few parts. Over a narrow link no file is
    fetched: it would hold up a notice for hours.
    """
    if link.peer in station.narrow:
        return (yield from keys_from(station, link))
    for _ in range(FILE_ASKS_PER_ROUND):
        found = attached.next_ask(station, link.peer, link.lacking)
        if found is None:
            return (yield from keys_from(station, link))
        file_hash, start = found
        try:
            data = yield from ask_peer(station, link.peer, "attachment", b64(file_hash), str(start))
            attached.take(station, link.peer, file_hash, start, data)
        except OpenlineError as fault:
            if fault.code == "exchange.unreachable":
                raise
            alarms.tell_misuse(station, fault)
            link.lacking.add(file_hash)  # until the next hello; to lack a file is no fault
            attached.released(station, file_hash, link.peer)
    return True


def keys_from(station: Station, link: Link) -> Generator[Step, bytes | None, bool]:
    """Ask for the keys of files that came and do not open; whether there is more to do at once."""
    asked = file_keys.to_ask(station, link.peer)
    for file_hash in asked:
        yield from attempt(station, link, take_reseal(station, link.peer, (b64(file_hash),)))
    return len(file_keys.to_ask(station, link.peer)) < len(asked)


def mend(station: Station, link: Link, needs: Needs) -> Tried:
    """Everything that a hello showed to be missing here; how much of it failed."""
    peer = link.peer
    steps: list[Talk] = [
        card_talk.fetch_cards(station, peer, party)
        for party, held in needs.cards
        if party == station.party or len(station.cards(party)) == held  # else it was brought
    ]
    steps += [compare_heads(station, peer, origin, size) for origin, size in needs.heads]
    for origin, _, size in needs.lost:
        steps += [take_back(station, peer, origin, size), receipts_from(station, peer, origin)]
    steps += [pull(station, peer, origin, size) for origin, _, size in needs.pulls]
    failures = 0
    for each in steps:
        failures += yield from attempt(station, link, each)
    recover.retry(station)
    yield from cosigned_from(station, link)
    yield from attempt(station, link, bodies.fetched(station, peer))
    return failures + (yield from reseal_from(station, link))


def compare_heads(station: Station, peer: str, origin: str, size: int) -> Talk:
    """A peer holds another root at a size: its owner's signature, then the leaves below it."""
    log = station.log(origin)
    if log is None or log.status == "forked":
        return
    note = yield from ask_peer(station, peer, "head", origin, str(size))
    kept = mending.take_head(station, peer, origin, size, note)
    if kept or mending.is_settled(station, origin, size, note):
        return
    other = otherwise.of(station, peer, note)
    for start in other.asks(station, PULLS_PER_ROUND):
        body = yield from ask_peer(station, peer, "entries", origin, str(start), str(size))
        other.take(start, mending.leaves_of(origin, start, body))
    if mending.explain(station, origin, note, other.hashes(station)) or other.is_whole:
        otherwise.drop(station, peer, origin)


def held_size(station: Station, origin: str) -> int:
    """How much of a log is held here."""
    log = station.log(origin)
    return log.size if log is not None else 0


def pull(station: Station, peer: str, origin: str, size: int) -> Talk:
    """Fetch entries that the peer holds and we do not; each part goes through receive."""
    for _ in range(PULLS_PER_ROUND):
        log, held = station.log(origin), held_size(station, origin)
        if held >= size or (log is not None and log.status in forks.FROZEN):
            return
        body = yield from ask_peer(station, peer, "entries", origin, str(held), str(size))
        try:
            receive.receive(station, body)
        except RootMismatch:
            yield from compare_heads(station, peer, origin, size)
            raise
        except NotCaughtUp:
            continue  # stored; its receipt comes with what was receipted before a restore
        except OpenSealed:
            file = yield from ask_peer(station, peer, "reseal", origin, "0")
            receive.receive(station, body, file)


def take_back(station: Station, peer: str, origin: str, size: int) -> Talk:
    """Own entries that this node lost: adopted into a closed epoch, then resealed."""
    if station.log(origin) is None:
        note = yield from ask_peer(station, peer, "head", origin, str(size))
        mending.check_ours(station, origin, note)
    if not mending.may_adopt(station, origin):
        return
    if station.log(origin) is None:
        file = yield from ask_peer(station, peer, "reseal", origin, "0")
        body = yield from ask_peer(station, peer, "entries", origin, "0", str(size))
        mending.begin_lost(station, origin, body, file)
    for _ in range(PULLS_PER_ROUND):
        held = held_size(station, origin)
        if held >= size:
            return
        body = yield from ask_peer(station, peer, "entries", origin, str(held), str(size))
        recover.adopt(station, body)


def receipts_from(station: Station, peer: str, origin: str) -> Talk:
    """The peer's receipts for an own log that this node had lost."""
    if held_size(station, origin):
        answer = yield from ask_peer(station, peer, "receipts", origin, "0")
        recover.take_receipts(station, peer, origin, answer)


def cosigned_from(station: Station, link: Link) -> Talk:
    """What witnesses signed of the logs that this peer holds; a refusal is no failure."""
    for each in cosigned.missing(station, link.peer):
        after = max(each.after, link.cosigned.get(each.key, 0))
        yield from attempt(station, link, take_cosigned(station, link, replace(each, after=after)))


def take_cosigned(station: Station, link: Link, wanted: cosigned.Missing) -> Talk:
    """The lines of one witness on one log, as far as this peer has them."""
    for _ in range(PULLS_PER_ROUND):
        answer = yield from ask_peer(station, link.peer, "cosignatures", *wanted.args)
        taken = cosigned.take(station, wanted, answer)
        link.cosigned[wanted.key] = taken.rest.after
        if taken.dropped:
            raise BadCosignature(f"{wanted.witness.name}: {taken.dropped} lines are not its own")
        if taken.is_last:
            return
        wanted = taken.rest


def reseal_from(station: Station, link: Link) -> Tried:
    """Ask this peer to reseal what waits here, if it holds it; a refusal is no failure."""
    for args in recover.to_ask(station, link.peer):
        yield from attempt(station, link, take_reseal(station, link.peer, args))
    return 0


def take_reseal(station: Station, peer: str, args: tuple[str, ...]) -> Talk:
    """One entry that waits, or the key of a file, from a member that has it open."""
    try:
        file = yield from ask_peer(station, peer, "reseal", *args)
    except PeerRefused as refused:
        recover.reseal_refused(station, peer, args, refused.peer_code)
        raise
    recover.take_resealed(station, peer, args, file)
