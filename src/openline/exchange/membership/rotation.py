"""New keys for a node: a card that names them, and a new epoch of every own log under them.

Shapes   rotate() where the root keys are here, finish() after a card was handed in or a crash
Units    a floor is how many entries of an own log are ours; times are unix seconds UTC
Raises   what identity raises; NoSuchFloor
Source   docs/PROTOCOL.md parts 4.2 and 5.2; docs/decisions/0061-one-command-rotation.md
Never    signs a head of an epoch that the keys before have begun: a changed log key is a new epoch.
         Never asks an officer: what they released stays released, and waits in drafts and outbox
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange.contents import attached
from openline.exchange.folding import reading
from openline.exchange.logs import clocks, epochs, prekeys, sequence
from openline.exchange.membership import identity, own_cards
from openline.exchange.membership.identity import Change
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.card import ENDINGS, Card, End
from openline.formats.leaf import parse_leaf
from openline.formats.numbers import read

PLANNED, COMPROMISED = ENDINGS
FLOORS: Final = "rotation/floors"
FORMER_KEPT_S: Final = 400 * 86_400


class NoSuchFloor(OpenlineError):
    """What is said of entries that are not ours names no entry of an own log."""

    code: ClassVar[str] = "exchange.no-such-floor"
    remedy: ClassVar[str] = "Name the first entry that is not ours as LINE:N, N at most its size."


@dataclass(frozen=True, slots=True)
class Loss:
    """From when the keys of the newest card were in other hands, and what they signed that is ours.

    `floors` are own logs by origin: entries from that number on were not written by this party.
    `card` is the card whose keys were lost, the newest one without it.
    """

    since_s: int
    floors: Mapping[str, int] = field(default_factory=dict)
    card: int | None = None


def change(station: Station, loss: Loss | None = None) -> Change:
    """A card with new keys, on which the old ones end: as planned, or as lost."""
    cards = station.cards(station.party)
    if loss is None:
        return Change(ends=ends(cards[-1], station.clock.now_s(), PLANNED), turns=True)
    number = cards[-1].n if loss.card is None else loss.card
    if not 0 <= number < len(cards):
        raise NoSuchFloor(f"card {number}: there are {len(cards)}")
    return Change(ends=ends(cards[number], loss.since_s, COMPROMISED), turns=True)


def ends(card: Card, time_s: int, reason: str) -> tuple[End, ...]:
    """That every key with which a node signs under a card ends at a time."""
    keys = (card.log1, card.log6, card.receipt4, card.receipt6, card.http)
    return tuple(End(vkey, time_s, reason) for vkey in keys)


def loss_of(
    station: Station, floors: Mapping[str, int], since_s: int | None, card: int | None = None
) -> Loss:
    """What was lost, when the first entry of each log is told that is not ours.

    Without a time the keys count as lost since the earliest of those entries says it was written,
    or since somebody signed that he holds it: who stole the keys wrote the first of the two.
    """
    times = [station.clock.now_s() if since_s is None else since_s]
    for origin, size in floors.items():
        log = station.log(origin)
        if log is None or log.party != station.party or not 0 <= size <= log.size:
            raise NoSuchFloor(f"{origin}: entry {size} is not at or below its end")
        row = station.store.entry(origin, size)
        if row is not None and since_s is None:
            times.append(parse_leaf(row.leaf).time_s)
            times += [each.time_s for each in station.store.cosignatures(origin, size + 1)]
    return Loss(min(times), dict(floors), card)


def floors_from(station: Station, line_id: bytes, epoch: str, size: int) -> dict[str, int]:
    """What is not ours on a line from an entry on: the rest of its log, and every epoch above it.

    An epoch is named as its entries are; without a name it is the newest that is here. Its log may
    be closed by now: a thief's entry that came back from a member has closed it.
    """
    own = [log for log in station.logs_of(line_id) if log.party == station.party and log.size]
    epoch = epoch or str(max((log.counter for log in own), default=0))
    meant = read(f"{station.party}:{epoch}.0", station.called(line_id))
    named = next((log for log in own if (log.origin, 0) == meant.place), None)
    if named is None:
        those = ", ".join(station.number(Ref(*each)).partition(".")[0] for each in meant.offered)
        raise NoSuchFloor(f"epoch {epoch}: {those or 'no log'} of ours on this line is called so")
    return {named.origin: size, **{log.origin: 0 for log in own if log.counter > named.counter}}


def rotate(station: Station, loss: Loss | None = None) -> Card:
    """New keys at once, by root keys that are on this machine."""
    note_floors(station, loss)
    card = identity.revise(station, change=change(station, loss))
    finish(station)
    return card


def note_floors(station: Station, loss: Loss | None) -> None:
    """Keep what the coming epochs say of the old ones, until the card that says so is there; a
    crash must not make it forgotten."""
    floors = {} if loss is None else dict(loss.floors)
    with station.store.write() as tx:
        tx.set_meta(FLOORS, openjson.encode([list(row) for row in sorted(floors.items())]))


def floors_of(station: Station) -> dict[str, int]:
    """What `note_floors` kept."""
    value = openjson.decode(station.store.meta(FLOORS) or b"[]")
    rows = value if isinstance(value, list) else []
    return {str(row[0]): int(str(row[1])) for row in rows if isinstance(row, list)}


def finish(station: Station) -> tuple[Ref, ...]:
    """Open a new epoch of every own log that other keys than the newest card's have signed.

    Called after each card that was stored, by the beat, and at every start before anything leaves.
    """
    own_cards.recall(station)
    if identity.waiting_card(station) is None:
        identity.settle(station)
    if station.keys_in_force is station.keys or station.ended_keys:
        return ()
    due = due_lines(station)
    if due and not clocks.is_sure(station):
        return ()
    if told := floors_of(station):
        # Also for lines that wait for their officers: what a thief wrote may have come back.
        epochs.tell_floors(station, told)
    opened = []
    for line_id in due:
        draft = epochs.draft_open(station, line_id, "rotation")
        opened.append(epochs.sequence_open(station, draft))
    if told:
        note_floors(station, None)
    for line_id in due:
        reading.refold_line(station, line_id)  # what is not ours has no effect here either
    station.keys_in_force = station.keys
    return tuple(opened)


def due_lines(station: Station) -> list[bytes]:
    """Lines whose own log was not signed by the keys that this node now has."""
    found = []
    for row in station.lines():
        log = station.own_log(row.line_id)
        is_open = row.line_id not in station.suspect and not station.has_left(row.line_id)
        if log is not None and is_open and not sequence.is_signed_now(station, log):
            found.append(row.line_id)
    return found


def forget_former(station: Station) -> bool:
    """Destroy old sealing keys to which nobody can seal any more.

    Every member of every line has stated our newest card, and all that it said by then is here, the
    files that it named too; or they were replaced more than 400 days ago.
    """
    keyring = station.keyring
    newest = station.cards(station.party)[-1]
    if not keyring.former_seals or newest.seal != station.suite.seal_public(keyring.seal_seed):
        return False  # of an older copy of the database: members go by a card that it lacks
    if not clocks.is_sure(station):
        return False
    now_s = station.clock.now_s()
    is_past = prekeys.all_know_card(station) and not attached.are_missing(station)
    before_s = now_s + 1 if is_past else now_s - FORMER_KEPT_S
    left = keyring.without_former_seals(before_s)
    if left == keyring:
        return False
    station.keep_keyring(left)
    station.suite.forget()
    return True
