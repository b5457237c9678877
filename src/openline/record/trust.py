"""Whom the verifier's user trusts, and what a signed head amounts to under that trust.

Shapes   trust_of(suite, policies, fingerprints, cards, charters) -> Trust;
         judge_note(note, trust, charter) -> Judged
Units    times are unix seconds UTC
Raises   BadNote, QuorumNotMet, BadPolicy, BadCards, OtherFingerprint, Malformed
Source   docs/PROTOCOL.md parts 4 ("end") and 9 ("Policy")
Never    trusts what came with the proof: a policy rebuilt from cards that nobody compared is
         carried as `unverified`, and no verdict under it is ever *valid*
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from openline.envelope.suite import Suite
from openline.formats.card import Card, fingerprint
from openline.formats.charter import Charter, parse_charter, party_of
from openline.formats.head import Head
from openline.formats.note import Signature, Vkey
from openline.formats.policy import Policy, parse_policy
from openline.formats.proof import CardsPart
from openline.record.cards import BadCards, OtherFingerprint, verify_cards
from openline.record.checkpoint import (
    BadNote,
    LogKeys,
    find_line,
    read_checkpoint,
    required_line,
    verify_line,
)
from openline.record.floors import Joined, Own, own_part
from openline.record.policy import QuorumNotMet, Tally, evaluate, log_key, tally
from openline.record.receipts import Voucher, compromised_since, count_receipts

BROUGHT: Final = "brought"
REBUILT: Final = "rebuilt"
UNVERIFIED: Final = "unverified"
ED25519_SENTENCES: Final = {
    "good": "Ed25519 log signature good",
    "absent": "no Ed25519 log signature in the note",
    "unchecked": "Ed25519 log signature not checked",
}


@dataclass(frozen=True, slots=True)
class Trust:
    """What the user brought, and the cards and charters at hand. Cards here are whole chains."""

    suite: Suite
    policies: tuple[Policy, ...]
    fingerprints: Mapping[str, bytes]
    cards: Mapping[str, tuple[Card, ...]]
    card_prints: Mapping[str, bytes]
    card_notes: Mapping[str, tuple[bytes, ...]]
    charters: Mapping[bytes, Charter]
    allow_exercise: bool
    vouchers: tuple[Voucher, ...] = ()
    floors: tuple[Head, ...] = ()
    joints: frozenset[Joined] = frozenset()

    def policy_for(self, origin: str) -> Policy | None:
        """The policy that the user brought for this log."""
        for policy in self.policies:
            if log_key(policy).name == origin:
                return policy
        return None


@dataclass(frozen=True, slots=True)
class Judged:
    """A head, and what its signatures are worth."""

    head: Head
    committed_s: int | None
    receipts: Mapping[str, int]
    witnesses: Mapping[str, int]
    basis: str
    ed25519: str
    compromised_s: int | None
    remarks: tuple[str, ...]
    own: Own | None = None


def trust_of(
    suite: Suite,
    *,
    policies: Iterable[Policy] = (),
    fingerprints: Mapping[str, bytes] = MappingProxyType({}),
    cards: Iterable[CardsPart] = (),
    charters: Iterable[str] = (),
    allow_exercise: bool = False,
) -> Trust:
    """Check the cards at hand and put the user's trust together."""
    trust = Trust(suite, tuple(policies), dict(fingerprints), {}, {}, {}, {}, allow_exercise)
    for part in cards:
        trust = with_cards(trust, part)
    for text in charters:
        trust = with_charter(trust, parse_charter(text))
    return trust


def with_cards(trust: Trust, part: CardsPart) -> Trust:
    """The same trust with one more chain of cards, every root and signature of it checked."""
    notes = tuple(note for _, note in part.cards)
    named = trust.fingerprints.get(part.party)
    cards = verify_cards(part.party, part.cards, trust.suite, named)
    held = trust.cards.get(part.party, ())
    if held[: len(cards)] != cards[: len(held)]:
        raise BadCards(f"{part.party}: two chains of cards that differ")
    if len(held) > len(cards):  # an old file brings an old chain: that of today goes on from it
        return trust
    return replace(
        trust,
        cards={**trust.cards, part.party: cards},
        card_prints={**trust.card_prints, part.party: fingerprint(cards[0])},
        card_notes={**trust.card_notes, part.party: notes},
    )


def with_charter(trust: Trust, charter: Charter) -> Trust:
    """The same trust with one more charter at hand."""
    return replace(trust, charters={**trust.charters, charter.line_id: charter})


def trusted_cards(trust: Trust, party: str, charter: Charter | None) -> tuple[Card, ...]:
    """The cards of a party that the user compared or the charter names; else none.

    Which line a charter belongs to is committed in the log, so its fingerprints are as good as the
    log key that the user trusts.
    """
    named = None
    if charter is not None:
        named = dict(charter.members).get(party)
    compared = trust.fingerprints.get(party)
    if named is not None and compared is not None and named != compared:
        raise OtherFingerprint(f"{party}: the charter names another fingerprint than was given")
    cards = trust.cards.get(party, ())
    if cards and named is not None and trust.card_prints[party] != named:
        raise OtherFingerprint(f"{party}: these cards are not those that the charter names")
    return cards if named is not None or compared is not None else ()


def judge_note(note: bytes, trust: Trust, charter: Charter | None) -> Judged:
    """The head of a note under the user's policy, or under one rebuilt from cards."""
    opened, head = read_checkpoint(note)
    party = party_of(head.origin)
    members = None if charter is None else [member.party for member in charter.members]
    cards = trusted_cards(trust, party, charter)
    policy = trust.policy_for(head.origin)
    if policy is not None:
        verified = evaluate(policy, note, trust.suite, members)
        counted = Tally(True, verified.committed_s, verified.receipts, verified.witnesses)
        log6 = log_key(policy)
        basis = BROUGHT
    elif trust.policies and party not in trust.fingerprints:
        raise BadNote(f"{head.origin}: no policy that was given is about this log")
    else:
        log6_found = card_log_key(cards, head.origin, opened.signatures)
        if log6_found is None:
            return unsigned(head)
        log6 = log6_found
        line = required_line(opened.signatures, log6)
        verify_line(head, log6, line, trust.suite)
        counted = charter_tally(head, opened.signatures, trust, charter)
        basis = REBUILT if party in trust.fingerprints else UNVERIFIED
    ed25519 = check_ed25519(head, opened.signatures, cards, log6, trust.suite)
    chains = receipt_chains(trust, party, charter)
    receipts, remarks = count_receipts(
        head, opened.signatures, counted.receipts, chains, trust.vouchers, trust.suite
    )
    since_s = compromised_since(cards, log6)
    return Judged(
        head=head,
        committed_s=counted.committed_s,
        receipts=receipts,
        witnesses=counted.witnesses,
        basis=basis,
        ed25519=ed25519,
        compromised_s=since_s,
        remarks=tuple(remarks),
        own=None if since_s is None else own_part(head, trust.floors, trust.joints),
    )


def unsigned(head: Head) -> Judged:
    """A head of which no signature could be checked."""
    remark = "no policy was given and no card is at hand: no signature was checked"
    return Judged(head, None, {}, {}, UNVERIFIED, "unchecked", None, (remark,))


def card_log_key(cards: Sequence[Card], origin: str, lines: Sequence[Signature]) -> Vkey | None:
    """The 0x06 log key of the newest card that has a line in the note."""
    for card in reversed(cards):
        vkey = LogKeys.of(card, origin).log6
        if find_line(lines, vkey) is not None:
            return vkey
    if cards:
        raise BadNote(f"{origin}: no line of a log key that stands on a card")
    return None


def charter_tally(
    head: Head, lines: Sequence[Signature], trust: Trust, charter: Charter | None
) -> Tally:
    """The cosignatures under the charter's own quorum, which has to be met."""
    if charter is None:
        return Tally(False, None, {}, {})
    policy = charter_policy(charter)
    counted = tally(policy, head, lines, trust.suite, [m.party for m in charter.members])
    if not counted.is_met:
        raise QuorumNotMet(f"{head.origin} at {head.size}: the charter's quorum is not met")
    return counted


def charter_policy(charter: Charter) -> Policy:
    """The witnesses, groups and quorum that the members agreed on."""
    return parse_policy("\n".join([*charter.policy, ""]), with_log=False)


def check_ed25519(
    head: Head, lines: Sequence[Signature], cards: Sequence[Card], log6: Vkey, suite: Suite
) -> str:
    """Check the 0x01 line with the key of the card that names the 0x06 key."""
    if not cards:
        return "unchecked"
    for card in reversed(cards):
        if card.log6.public == log6.public:
            log1 = LogKeys.of(card, head.origin).log1
            line = find_line(lines, log1)
            if line is None:
                return "absent"
            verify_line(head, log1, line, suite)
            return "good"
    raise BadNote(f"{head.origin}: the policy's log key stands on no card of its party")


def receipt_chains(
    trust: Trust, log_party: str, charter: Charter | None
) -> dict[str, tuple[Card, ...]]:
    """The cards of the addressees that the user compared.

    Cards that only the charter names do not serve here: the log's party could have written a
    charter that gives the addressee a key of its own making.
    """
    parties = [] if charter is None else [member.party for member in charter.members]
    return {
        party: trusted_cards(trust, party, charter)
        for party in parties
        if party in trust.fingerprints and party != log_party
    }


def newer_card_times(trust: Trust, party: str, charter: Charter) -> dict[int, int]:
    """When the charter's quorum held the card log at each of its sizes after the first.

    No card is older than the first, so its time makes none stale.
    """
    times: dict[int, int] = {}
    notes = trust.card_notes.get(party, ())[1:]
    if not notes:
        return times
    policy = charter_policy(charter)
    members = [member.party for member in charter.members]
    for size, note in enumerate(notes, 2):
        opened, head = read_checkpoint(note)
        counted = tally(policy, head, opened.signatures, trust.suite, members)
        if counted.is_met and counted.committed_s is not None:
            times[size] = counted.committed_s
    return times
