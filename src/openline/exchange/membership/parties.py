"""Other parties: their card chains, and how sure we are that the cards are theirs.

Shapes   add(station, file) -> PartyRow; compare(station, party, digits) -> PartyRow
Units    comparison digits: six groups of five
Raises   ComparisonFailed, LooksAlike, CardConflict, BadCards and RootsNotNamed (record)
Source   docs/PROTOCOL.md part 4
Never    calls a party compared because another vouches for it: that is "introduced"
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from openline.envelope.suite import Suite
from openline.errors import OpenlineError
from openline.exchange.folding import judging, reading
from openline.exchange.logs import sequence
from openline.exchange.refusals import UnknownParty
from openline.exchange.station import Station
from openline.formats.card import Card, card_origin, comparison_digits, parse_qr
from openline.formats.head import Head
from openline.formats.proof import CardsPart, parse_cards_part
from openline.record.cards import RootsNotNamed, common, verify_cards
from openline.record.evidence import build_evidence
from openline.record.receipts import COMPROMISED
from openline.record.tree import EMPTY, leaf_hash
from openline.store.contract import AnchorRecord, CardRow, PartyRow, Store

SURE = ("self", "compared")
UNKNOWN = "unknown"
# The newest refused chain of each known party is kept, for whoever looks into it.
REFUSED_BYTES_MAX = 1024 * 1024
THIEF_AGAIN_S = 3_600
ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "-": "", "_": "", ".": ""})


class ComparisonFailed(OpenlineError):
    """The digits read out by the other side are not those of the card held here."""

    code: ClassVar[str] = "exchange.comparison-failed"
    remedy: ClassVar[str] = "Do not use this card; fetch it again by another way and compare anew."


class BadDigits(OpenlineError):
    """What was typed is not six groups of five digits, so nothing was compared."""

    code: ClassVar[str] = "exchange.bad-digits"
    remedy: ClassVar[str] = "Have all six groups read out again, and type them."


class LooksAlike(OpenlineError):
    """A party's name could be taken for one that is known here already."""

    code: ClassVar[str] = "exchange.looks-alike"
    remedy: ClassVar[str] = "Check the name with the party by voice; add --yes if it is meant."


class CardConflict(OpenlineError):
    """Two different cards were shown for one place in a party's card log."""

    code: ClassVar[str] = "exchange.card-conflict"
    remedy: ClassVar[str] = "The party is frozen. Compare digits out of band before using it again."


class CardRefused(OpenlineError):
    """A card chain that is properly signed and cannot be used all the same."""

    code: ClassVar[str] = "exchange.card-refused"
    remedy: ClassVar[str] = "Ask the party for a card file that is its own and made anew."


class CardsNotNamed(RootsNotNamed):
    """Cards that anybody may have brought do not follow from those held here: not taken."""

    code: ClassVar[str] = "exchange.cards-not-named"
    remedy: ClassVar[str] = (
        "Nothing: whoever has a party's cards can make such a chain. Ring the party if it goes on."
    )


def skeleton(name: str) -> str:
    """A name folded so that look-alike spellings fall together."""
    return name.translate(ALIKE).replace("rn", "m").replace("vv", "w")


def add(
    station: Station,
    file: bytes,
    *,
    introduced_by: str = "",
    meant: bool = False,
    expected: str | None = None,
) -> PartyRow:
    """Take a party's card chain: new, longer than the one held, or refused.

    `expected` is the party that a peer was asked for: it may not introduce another one instead.
    """
    part = parse_cards_part(file)
    if expected not in (None, part.party):
        raise CardRefused(f"cards of {part.party} came where those of {expected} were asked for")
    known = station.store.party(part.party)
    held = station.store.cards(part.party)
    try:
        cards = verify_cards(
            part.party, part.cards, station.suite, known.fingerprint if known else None,
            [row.leaf for row in held],
        )  # fmt: skip
    except RootsNotNamed as refused:
        if known is not None:
            tell_of_thief(station, part.party, file, introduced_by, str(refused))
        raise
    if part.party == station.party:
        raise CardConflict("these are this party's own cards")
    if known is None and not meant:
        refuse_look_alikes(station, part.party)
    conflict = check_conflict(station, part)
    if conflict is not None:
        raise CardConflict(f"{part.party}: card {conflict} was shown in two versions")
    for card in cards[len(held) :]:
        check_seal(station, card)
    row = known or PartyRow(
        part.party, leaf_hash(part.cards[0][0]),
        "introduced" if introduced_by else "provisional", introduced_by, part.party,
    )  # fmt: skip
    store_cards(station, part, cards, row)
    return row


def tell_of_thief(station: Station, party: str, file: bytes, by: str, what: str) -> None:
    """A card that stolen keys cannot have made good: the chain itself shows it to anybody.

    It wakes people only where the party's own address gave it: whoever has the party's cards can
    make such a chain and bring it, as often as it likes. Each is told once an hour, and what a
    stranger brought keeps back and replaces nothing of what the party's own address gave.
    """
    is_its_own = by == party
    told = f"{what}; shown by {by or 'a file'}. The party's cards here stay as they are."
    which = party if is_its_own else f"{party}/brought"
    now_s, mark = station.clock.now_s(), f"refused-cards-told/{which}"
    if 0 <= now_s - int(station.store.meta(mark) or b"-3600") < THIEF_AGAIN_S:
        return
    with station.store.write() as tx:
        tx.set_meta(mark, b"%d" % now_s)
        tx.set_meta(f"refused-cards/{which}", file[:REFUSED_BYTES_MAX])
        if is_its_own:
            station.tell(tx, "alarm", party, RootsNotNamed.code, told)
        else:
            station.tell(tx, "notice", party, CardsNotNamed.code, told)


def check_seal(station: Station, card: Card) -> None:
    """One key that cannot be sealed to would silence every line that its party is a member of."""
    try:
        station.suite.seal([card.seal], b"trial", station.random)
    except OpenlineError as fault:
        raise CardRefused(f"{card.party}: the `seal` key of card {card.n}: {fault}") from None


def refuse_look_alikes(station: Station, name: str) -> None:
    """Refuse a new name whose skeleton is that of a known party."""
    for row in station.store.parties():
        if row.party != name and skeleton(row.party) == skeleton(name):
            raise LooksAlike(f"{name} looks like {row.party}")


def check_conflict(station: Station, part: CardsPart) -> int | None:
    """Freeze the party when a held card and a shown card differ; the number of that card.

    Not where a person has compared the party since: whoever kept root keys of such a place could
    silence it again as soon as it is heard. Both cards are kept all the same.
    """
    held = station.store.cards(part.party)
    for row, (leaf, note) in zip(held, part.cards, strict=False):
        if row.leaf != leaf:
            party = station.store.party(part.party)
            name = evidence_name(part.party, row.n)
            evidence = build_evidence(row.note, (), note, ()).encode()
            if row.n < settled_places(station, part.party):
                keep_settled(station, part.party, row.n, evidence)
                return row.n
            is_frozen = party is not None and party.standing == "frozen"
            if is_frozen and name in dict(station.store.evidence()):
                return row.n  # told already: both cards are public, and anybody may bring them
            with station.store.write() as tx:
                if party is not None:
                    tx.put_party(
                        PartyRow(party.party, party.fingerprint, "frozen", "", party.label)
                    )
                tx.put_evidence(name, evidence)
                station.tell(tx, "alarm", part.party, "exchange.card-conflict",
                             f"card {row.n} exists twice; the party is frozen")  # fmt: skip
            return row.n
    return None


def evidence_name(party: str, n: int) -> str:
    """Under which name two cards for one place are kept."""
    return f"cards-{party}-{n}"


def keep_settled(station: Station, party: str, n: int, evidence: bytes) -> None:
    """Two cards for a place that a person has settled: kept and told, the first time."""
    name = evidence_name(party, n)
    if name in dict(station.store.evidence()):
        return
    with station.store.write() as tx:
        tx.put_evidence(name, evidence)
        station.tell(tx, "notice", party, "exchange.card-conflict",
                     f"card {n} exists twice; that was settled: nothing is frozen")  # fmt: skip


def settled_places(station: Station, party: str) -> int:
    """Below which card two cards in one place freeze the party no more."""
    return int(station.store.meta(f"cards-settled/{party}") or b"0")


def settled_now(station: Station, party: str) -> int:
    """The same, when a person compares: places that a later card has left behind, and those of
    which two cards are known already. Root keys of the newest card may still lie."""
    held = len(station.store.cards(party))
    known = dict(station.store.evidence())
    doubled = [n for n in range(held) if evidence_name(party, n) in known]
    return max([settled_places(station, party), held - 1, *(n + 1 for n in doubled)])


def store_cards(station: Station, part: CardsPart, cards: tuple[Card, ...], row: PartyRow) -> None:
    """Store the cards that are new here and remember the card log's head in the anchor."""
    held = len(station.store.cards(part.party))
    with station.store.write() as tx:
        tx.put_party(row)
        for card, (leaf, note) in list(zip(cards, part.cards, strict=True))[held:]:
            tx.put_card(CardRow(part.party, card.n, leaf, note))
    root = EMPTY.extend([leaf_hash(leaf) for leaf, _ in part.cards]).root
    head = Head(card_origin(part.party), len(part.cards), root)
    station.forget(party=part.party)
    if 0 < held < len(part.cards):
        judge_again(station, part.party, cards[held:])
    if len(part.cards) > held:
        record = AnchorRecord(head.origin, head.size, head.root, station.clock.now_s())
        station.unanchored.append(record)
        sequence.anchor_owed(station)


def judge_again(station: Station, party: str, fresh: Sequence[Card]) -> None:
    """Entries that name a card which was not held, or that a stolen key signed, are judged anew."""
    if any(end.reason == COMPROMISED for card in fresh for end in card.ends):
        for row in station.lines():
            if party in reading.members(station, row.line_id):
                reading.refold_line(station, row.line_id)
    for line_id, state in list(station.states.items()):
        unjudged = {
            entry.ref.origin
            for entry in state.entries.values()
            if entry.party == party and judging.CARD_UNKNOWN in entry.flaws
        }
        for log in station.logs_of(line_id):
            if log.origin in unjudged:
                reading.refold(station, log)


def store_party_cards(store: Store, suite: Suite, file: bytes) -> str:
    """Follow a party's cards without being a party oneself, as a neutral witness does."""
    part = parse_cards_part(file)
    known = store.party(part.party)
    held = [row.leaf for row in store.cards(part.party)]
    n = common(held, [leaf for leaf, _ in part.cards])
    if n < min(len(held), len(part.cards)):  # before any signature: it is nothing in any case
        raise CardConflict(f"{part.party}: card {n} is held in another version")
    cards = verify_cards(part.party, part.cards, suite, known.fingerprint if known else None, held)
    row = PartyRow(part.party, leaf_hash(part.cards[0][0]), "provisional", "", part.party)
    if len(cards) > len(held):
        with store.write() as tx:
            tx.put_party(known or row)
            for card, (leaf, note) in list(zip(cards, part.cards, strict=True))[len(held) :]:
                tx.put_card(CardRow(part.party, card.n, leaf, note))
    return part.party


def lengthen_party_cards(store: Store, suite: Suite, file: bytes) -> str:
    """Take a longer card chain of a party that is followed; anybody may bring it.

    Card n + 1 is signed by keys that card n has named, so the chain proves itself.
    """
    party = parse_cards_part(file).party
    if not store.cards(party):
        raise UnknownParty(f"no card of {party} is followed here")
    return store_party_cards(store, suite, file)


def compare(station: Station, party: str, digits: str) -> PartyRow:
    """Mark a party compared when the digits that it read out are those of its first card."""
    row = station.store.party(party)
    if row is None:
        raise UnknownParty(f"{party}: no card of this party is held here")
    typed, held = "".join(digits.split()), "".join(comparison_digits(row.fingerprint).split())
    if len(typed) != len(held) or not (typed.isascii() and typed.isdigit()):
        raise BadDigits(f"{party}: {len(held)} digits are compared, {len(typed)} were given")
    if typed != held:
        raise ComparisonFailed(f"{party}: the digits do not match the card held here")
    return mark_compared(station, row)


def compare_code(station: Station, party: str, code: str) -> PartyRow:
    """The same with what a QR code of the party says: its whole fingerprint."""
    row = station.store.party(party)
    if row is None:
        raise UnknownParty(f"{party}: no card of this party is held here")
    named, fingerprint = parse_qr(code)
    if named != party:
        raise ComparisonFailed(f"{party}: the code is of {named}")
    if fingerprint != row.fingerprint:
        raise ComparisonFailed(f"{party}: the code does not match the card held here")
    return mark_compared(station, row)


def mark_compared(station: Station, row: PartyRow) -> PartyRow:
    """A person has compared: from now on the party is shown as itself."""
    compared = PartyRow(row.party, row.fingerprint, "compared", row.introduced_by, row.label)
    settled = settled_now(station, row.party) if row.standing == "frozen" else 0
    with station.store.write() as tx:
        tx.put_party(compared)
        if settled:
            tx.set_meta(f"cards-settled/{row.party}", b"%d" % settled)
    return compared


def standings(station: Station) -> dict[str, str]:
    """How sure we are of each party known here, for every row in which one is named."""
    return {row.party: standing_text(row) for row in station.store.parties()}


def unsure(station: Station, names: Iterable[str]) -> dict[str, str]:
    """Those of these parties whose digits nobody here has compared, and what they are instead."""
    known = standings(station)
    found = {name: known.get(name, UNKNOWN) for name in names}
    return {name: text for name, text in sorted(found.items()) if text not in SURE}


def standing_text(row: PartyRow) -> str:
    """How sure we are of a party, for every place where its name is shown."""
    if row.standing == "introduced":
        return f"introduced by {row.introduced_by}"
    return row.standing
