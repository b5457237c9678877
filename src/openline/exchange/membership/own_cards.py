"""This party's own cards, as others and its keyring hold them: what a restored node does not know.

Shapes   take(station, file) and recall(station) -> how many cards came back;
         require_newest(station); look_at_keys(station) fills station.ended_keys; adopt(station)
         puts the members' cards in the place of ours
Units    card n is entry n of the card log; times are unix seconds UTC
Raises   CardsBehind, OwnCardTwice, NoOtherCards
Source   docs/PROTOCOL.md part 4; docs/decisions/0065-a-lost-tail-is-told.md
Never    takes a card in the place of one that is held, unless a person said so (adopt); publishes a
         card while the anchor, the keyring or a member may know of newer ones than the database
"""

from typing import ClassVar, Final

from openline.envelope.keyring import KeptCard, role_keys
from openline.errors import OpenlineError
from openline.exchange.membership import parties
from openline.exchange.station import KeyringBehind, Station
from openline.formats import openjson
from openline.formats.card import card_origin
from openline.formats.proof import CardsPart, parse_cards_part
from openline.formats.spell import time_text
from openline.record.cards import verify_cards
from openline.record.evidence import build_evidence
from openline.store.contract import CardRow

RESTORED: Final = "cards/restored"
PUT_BACK: Final = b"put back"
# Whether the journal was still there when a backup was put back: then it knows what was signed.
HAD_ANCHOR: Final = "cards/restored-beside-anchor"
ELSEWHERE: Final = "cards/elsewhere"
ADOPTED: Final = "cards/adopted"
# A member that is silent for so long after a restore does not keep a party from changing its keys.
SILENT_S: Final = 86_400


class CardsBehind(OpenlineError):
    """Newer cards of this party were published than its database holds: it is an old copy."""

    code: ClassVar[str] = "exchange.cards-behind"
    remedy: ClassVar[str] = (
        "Let `openline serve` reach every member first: each says which of our cards it holds."
    )


class OwnCardTwice(OpenlineError):
    """A member holds another card of ours in a place where we hold one: two were signed."""

    code: ClassVar[str] = "exchange.own-card-twice"
    remedy: ClassVar[str] = (
        "We are frozen at members. Take their card with `openline keys adopt`, then `openline keys"
        " recover`; then ask them to compare our digits anew."
    )


class NoOtherCards(OpenlineError):
    """No member has shown other cards of ours than those that are here."""

    code: ClassVar[str] = "exchange.no-other-cards"
    remedy: ClassVar[str] = "Nothing has to be adopted; `openline keys show` shows our cards."


def take(station: Station, file: bytes) -> int:
    """Take own cards back from a member; each is checked against our first card and its roots.

    What the keyring holds above them comes back with them.
    """
    part = parse_cards_part(file)
    row = station.store.party(station.party)
    held = station.store.cards(station.party)
    if row is None or part.party != station.party:
        return 0
    refuse_other(station, part)
    chain = [*part.cards]
    for kept in station.keyring.cards:
        if kept.n == len(chain):
            chain.append((kept.leaf, kept.note))
    if len(chain) <= len(held):
        return 0
    cards = verify_cards(part.party, chain, station.suite, row.fingerprint)
    parties.store_cards(station, CardsPart(part.party, tuple(chain)), cards, row)
    count = len(cards) - len(held)
    are_known = bool(station.officers(len(cards))) or not (cards[-1].desk and cards[-1].desk.count)
    unknown = (
        "" if are_known else "; who the officers on them are is not known here: enter them again"
        " before anything is drafted"
    )  # fmt: skip
    station.note_event(
        "alarm", station.party, "cards.taken-back",
        f"{count} cards of ours came back, from a member or from the keyring{unknown}",
    )  # fmt: skip
    look_at_keys(station)
    return count


def take_from(station: Station, peer: str, file: bytes) -> None:
    """What a member answered who was asked for our cards."""
    take(station, file)
    heard(station, peer, len(parse_cards_part(file).cards))


def refuse_other(station: Station, part: CardsPart) -> None:
    """Keep cards of ours that are not those held here, tell it, and refuse them.

    Their root keys are ours, so we signed them: before a restore, or on another copy of this node.
    """
    held, row = station.store.cards(station.party), station.store.party(station.party)
    pairs = list(zip(held, part.cards, strict=False))
    n = next((mine.n for mine, (leaf, _) in pairs if mine.leaf != leaf), None)
    if n is None or row is None:
        return
    verify_cards(part.party, part.cards, station.suite, row.fingerprint)
    told = f"card {n} of ours stands otherwise with a member"
    file = part.encode()
    if station.store.meta(ELSEWHERE) != file:
        with station.store.write() as tx:
            tx.set_meta(ELSEWHERE, file)
            station.tell(tx, "alarm", station.party, OwnCardTwice.code,
                         f"{told}: members freeze us; `openline keys adopt`")  # fmt: skip
    raise OwnCardTwice(told)


def stand_otherwise(station: Station) -> int | None:
    """The first card of ours that a member was found to hold otherwise; None if all are alike."""
    data = station.store.meta(ELSEWHERE)
    if not data:
        return None
    pairs = zip(station.store.cards(station.party), parse_cards_part(data).cards, strict=False)
    return next((mine.n for mine, (leaf, _) in pairs if mine.leaf != leaf), None)


def adopt(station: Station) -> int:
    """Put the cards that a member holds in the place of ours; how many of ours went.

    The keys on ours count nowhere any more, so nothing is signed until root keys that are away
    make the card after theirs: `keys recover`. What went is kept as evidence.
    """
    n, row = stand_otherwise(station), station.store.party(station.party)
    if n is None or row is None:
        raise NoOtherCards("no member holds other cards of ours, as far as is known here")
    part = parse_cards_part(station.store.meta(ELSEWHERE) or b"")
    cards = verify_cards(part.party, part.cards, station.suite, row.fingerprint)
    gone = station.store.cards(station.party)[n:]
    evidence = build_evidence(gone[0].note, (), part.cards[n][1], ())
    with station.store.write() as tx:
        tx.put_evidence(f"cards-{station.party}-{n}", evidence.encode())
        tx.drop_cards(station.party, n)
        for each in gone:
            tx.set_meta(f"officers/{each.n + 1}", b"")
        for card, (leaf, note) in zip(cards[n:], part.cards[n:], strict=True):
            tx.put_card(CardRow(station.party, card.n, leaf, note))
        tx.set_meta(ELSEWHERE, b"")
        tx.set_meta(ADOPTED, b"yes")
    station.forget(party=station.party)
    rows = [KeptCard(m, *pair) for m, pair in enumerate(part.cards)]
    station.keep_keyring(station.keyring.with_cards(rows))
    look_at_keys(station)
    return len(gone)


def look_at_keys(station: Station) -> None:
    """Know whether a later card of ours names other keys than are here: nothing is signed then.

    A node that was put back together with a keyring of before meets its newer cards with a member.
    """
    cards, suite = station.cards(station.party), station.suite
    mine = role_keys(station.keyring, suite).log1
    is_old = bool(cards) and cards[-1].log1 != mine and (
        any(card.log1 == mine for card in cards) or bool(station.store.meta(ADOPTED))
    )  # fmt: skip
    if is_old and station.keyring.staged is not None:
        is_old = role_keys(station.keyring.to_come(), suite).log1 != cards[-1].log1
    why = ""
    if is_old:
        told = {
            f"; ours ended {time_text(end.time_s)}, {end.reason}"
            for card in cards for end in card.ends if end.vkey.public == mine.public
        }  # fmt: skip
        why = f"card {cards[-1].n} of {station.party} names newer keys{''.join(sorted(told))}"
    if why and why != station.ended_keys:
        station.note_event("alarm", station.party, KeyringBehind.code, f"{why}: nothing is signed")
    station.ended_keys = why


def recall(station: Station) -> int:
    """Take back what the keyring holds: at a start, and by the beat where the disk was full then.

    A card that no member has seen yet is nowhere else when the database goes back in time, and its
    root keys are gone: without it this party could never be heard again.
    """
    kept = station.keyring.cards
    size = len(station.cards(station.party))
    if not kept or not 0 < size <= kept[-1].n:
        return 0
    held = station.store.cards(station.party)
    part = CardsPart(station.party, tuple((row.leaf, row.note) for row in held))
    return take(station, part.encode())


def require_newest(station: Station) -> None:
    """Refuse to publish a card beside one that others may hold already."""
    recall(station)
    known = station.anchor.signed().get(card_origin(station.party))
    held = len(station.store.cards(station.party))
    if known is not None and known.size > held:
        raise CardsBehind(f"{known.size} cards were published, {held} are here")
    if (n := stand_otherwise(station)) is not None:
        raise OwnCardTwice(f"card {n} of ours stands otherwise with a member")
    if due := unheard(station):
        raise CardsBehind(f"after the restore not yet heard: {', '.join(due)}")


def note_restored(station: Station) -> None:
    """Know since when this database is one that was put back, at the first start on it."""
    if station.store.meta(RESTORED) == PUT_BACK:
        with station.store.write() as tx:
            tx.set_meta(RESTORED, openjson.encode([station.clock.now_s()]))


def heard_since(station: Station) -> tuple[int, list[str]] | None:
    """Since when the database is one that was put back, and who has stated our cards since."""
    data = station.store.meta(RESTORED)
    value = openjson.decode(data) if data and data != PUT_BACK else None
    match value:
        case [int(since_s), *names]:
            return since_s, [str(name) for name in names]
    return None


def unheard(station: Station) -> list[str]:
    """Members that have to say which cards of ours they hold before a restored node makes one.

    All of them; who is silent for a day is not waited for any longer, once another has answered.
    """
    found = heard_since(station)
    if found is None:
        return []
    since_s, names = found
    due = sorted({p for row in station.lines() for p in station.others(row.line_id)} - set(names))
    is_long_ago = station.clock.now_s() >= since_s + SILENT_S
    return [] if names and is_long_ago else due


def heard(station: Station, peer: str, size: int) -> None:
    """A member has stated how many cards of ours it holds: none that is not here."""
    found = heard_since(station)
    if found is None or size > len(station.cards(station.party)) or peer in found[1]:
        return
    with station.store.write() as tx:
        tx.set_meta(RESTORED, openjson.encode([found[0], *found[1], peer]))
