"""The verdict on fork evidence: whose log has two histories, and whose keys say so.

Shapes   judge_evidence(bytes, trust) -> Verdict of kind `evidence`
Units    sizes and indexes count entries
Raises   NotAFork, BadProof, BadNote, BadCards, Malformed: evidence that does not hold is nothing
Source   docs/PROTOCOL.md part 10
Never    accuses by keys that nobody compared: without the party's fingerprint it is *not shown*
"""

from typing import Final

from openline.formats.charter import party_of
from openline.formats.openjson import Value
from openline.formats.spell import b64
from openline.record.checkpoint import LogKeys, read_checkpoint
from openline.record.evidence import Fork, parse_evidence, verify_evidence
from openline.record.trust import Trust
from openline.record.verdict import ACTUAL, Verdict

EVIDENCE: Final = "evidence"


def judge_evidence(data: bytes, trust: Trust) -> Verdict:
    """Check both notes with the keys on the party's own cards, and that they contradict."""
    origin = read_checkpoint(parse_evidence(data).first.note)[1].origin
    party = party_of(origin)
    cards = trust.cards.get(party, ())
    keys = [LogKeys.of(card, origin) for card in cards]
    keys += [LogKeys.of_card_log(card) for card in cards if card.root6.name == origin]
    fork = verify_evidence(data, keys, trust.suite)
    is_compared = party in trust.fingerprints
    sentence = f"fork: {party} signed two histories of {origin}"
    lack = f"not shown: the fingerprint of {party} was not given, so these may be anybody's keys"
    return Verdict(
        kind=EVIDENCE,
        first_line=sentence if is_compared else lack,
        # The evidence names no line, and two histories are two histories on an exercise as well.
        status=ACTUAL,
        is_shown=is_compared,
        allow_exercise=trust.allow_exercise,
        details=(
            contradiction(fork),
            *(f"one head: size {h.size}, root {b64(h.root)}" for h in (fork.first, fork.second)),
            "both heads bear both log signatures; it is not shown which history came first",
        ),
        facts=facts(party, fork),
    )


def contradiction(fork: Fork) -> str:
    """Why not both heads can be true."""
    if fork.index is None:
        return f"two roots of one size, {fork.first.size}"
    sizes = f"sizes {fork.first.size} and {fork.second.size}"
    return f"two leaves at index {fork.index}, below heads of {sizes}"


def facts(party: str, fork: Fork) -> dict[str, Value]:
    """The same for machines."""
    found: dict[str, Value] = {
        "party": party,
        "origin": fork.first.origin,
        "sizes": [fork.first.size, fork.second.size],
        "roots": [b64(fork.first.root), b64(fork.second.root)],
    }
    if fork.index is not None:
        found["index"] = fork.index
    return found
