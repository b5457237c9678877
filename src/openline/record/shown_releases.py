"""Releases that a disclosure shows: each needs its head, its officer's leaf, `draft`, `expires`.

Shapes   judge_releases(shown, context) -> ShownReleases
Units    times are unix seconds UTC
Raises   BadProof when a shown release lacks what it needs, or a proof does not fit; a release that
         is shown well and does not count becomes a sentence
Source   docs/PROTOCOL.md parts 6 ("Release") and 9 ("One entry")
Never    counts without saying against what the officer's key was held: a card that the user
         compared, a card that only the charter names, or nothing
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from openline.envelope.release import BadAssertion, stated_host
from openline.envelope.suite import Suite
from openline.formats.card import Card
from openline.formats.field import Field
from openline.formats.leaf import Leaf
from openline.formats.malformed import Malformed
from openline.formats.officer import OfficerLeaf
from openline.formats.release import Assertion, parse_assertion
from openline.formats.shown import Extra, ShownOfficer
from openline.formats.spell import parse_utc, time_text
from openline.record.cards import card_at
from openline.record.officers import verify_officer
from openline.record.release import (
    PREFIX,
    BadRelease,
    Release,
    card_size_of,
    check_release,
    distinct,
    order_flaws,
)
from openline.record.tree import BadProof, verify_consistency

STALE_S: Final = 86_400
COMPARED: Final = "compared"
NAMED: Final = "named"
UNCHECKED: Final = "unchecked"


@dataclass(frozen=True, slots=True)
class Context:
    """What releases are judged against. `cards` is empty when no card of the party is at hand.

    `judged_s` is the earliest time at which quorum or addressee held the entry; `newer_s` says
    when the quorum held the card log at sizes above that in `draft` (by size).
    """

    line_id: bytes
    may_batch: bool
    cards: tuple[Card, ...]
    is_compared: bool
    judged_s: int | None
    committed_s: int | None
    newer_s: Mapping[int, int]
    suite: Suite


@dataclass(frozen=True, slots=True)
class ShownReleases:
    """How many officers count, against what their keys were held, and what did not count."""

    count: int
    basis: str
    remarks: tuple[str, ...]


def judge_releases(extra: Extra, context: Context) -> ShownReleases:
    """Count the officers whose releases are shown and good."""
    shown = {each.index: each.field for each in extra.fields}
    releases = [k for k, field in sorted(shown.items()) if field.path.startswith(PREFIX)]
    heads = proven_heads(extra, extra.leaf)
    officers = proven_officers(extra, shown, context)
    basis = UNCHECKED
    if context.cards:
        basis = COMPARED if context.is_compared else NAMED
    if not releases:
        return ShownReleases(0, basis, ())
    by_path = {field.path: field for field in shown.values()}
    if "draft" not in by_path or "expires" not in by_path:
        raise BadProof("a release is shown without the fields `draft` and `expires`")
    remarks = [flaw.sentence for flaw in order_flaws(shown)]
    remarks += late(by_path["draft"], by_path["expires"], context)
    is_void = bool(remarks)
    found: list[OfficerLeaf] = []
    for k in releases:
        if k not in heads:
            raise BadProof(f"{shown[k].path}: shown without the head of the {k} fields before it")
        try:
            found.append(
                counted_officer(shown[k], k, heads[k], by_path["draft"], officers, context)
            )
        except (BadRelease, Malformed) as refused:
            remarks.append(f"does not count: {refused}")
    counted = distinct(found)
    if len(counted) < len(found):
        remarks.append("does not count: one person, or one key, released twice")
    return ShownReleases(0 if is_void else len(counted), basis, tuple(remarks))


def proven_heads(extra: Extra, leaf: Leaf) -> dict[int, bytes]:
    """The roots of the first k fields that the fields root extends."""
    heads: dict[int, bytes] = {}
    for head in extra.heads:
        if head.k in heads:
            raise BadProof(f"head of {head.k} fields: shown twice")
        verify_consistency(head.k, leaf.fields, head.proof, head.root, leaf.fields_root)
        heads[head.k] = head.root
    return heads


def proven_officers(
    extra: Extra, shown: Mapping[int, Field], context: Context
) -> dict[bytes, OfficerLeaf]:
    """The shown officers by person; each person, key and place once."""
    officers: dict[bytes, OfficerLeaf] = {}
    card = draft_card(shown, context)
    for each in extra.officers:
        if card is not None:
            check_place(each, card)
        if each.leaf.person in officers:
            raise BadProof("officers: one person in two leaves")
        officers[each.leaf.person] = each.leaf
    if len({officer.spki for officer in officers.values()}) != len(officers):
        raise BadProof("officers: one key in two leaves")
    if len({each.index for each in extra.officers}) != len(officers):
        raise BadProof("officers: two leaves in one place of the tree")
    return officers


def check_place(officer: ShownOfficer, card: Card) -> None:
    """The leaf must stand in the tree that the card's desk commits to."""
    if card.desk is None:
        raise BadProof(f"card {card.n} of {card.party}: has no desk, so no officers")
    verify_officer(officer.leaf.encode(), officer.index, officer.proof, card.desk)


def draft_card(shown: Mapping[int, Field], context: Context) -> Card | None:
    """The card at the size that `draft` names; None when no card is at hand."""
    for field in shown.values():
        if field.path == "draft" and context.cards:
            try:
                size = card_size_of(field.json)
            except BadRelease as refused:
                raise BadProof(str(refused)) from None
            card = card_at(context.cards, size)
            if card is None:
                raise BadProof(f"draft: card log of size {size}, but {len(context.cards)} cards")
            return card
    return None


def counted_officer(
    field: Field,
    k: int,
    head: bytes,
    draft: Field,
    officers: Mapping[bytes, OfficerLeaf],
    context: Context,
) -> OfficerLeaf:
    """The officer whose good release this is; BadRelease or Malformed otherwise."""
    release = Release(field.path, k, head, parse_assertion(field.json))
    officer = officers.get(release.assertion.person)
    if officer is None:
        raise BadProof(f"{field.path}: shown without the leaf of its officer")
    card = draft_card({0: draft}, context)
    if card is not None and card.desk is not None:
        rp_id = card.desk.rp_id
    else:
        rp_id = stated_desk(release.assertion)
    check_release(
        release,
        context.line_id,
        card_size_of(draft.json),
        rp_id,
        officer,
        context.suite,
        may_batch=context.may_batch,
    )
    return officer


def late(draft: Field, expires: Field, context: Context) -> list[str]:
    """Why releases that are good in themselves have no effect: expired, or of an old card."""
    remarks = []
    try:
        expires_s = parse_utc(str(expires.json))
    except Malformed:
        return ["does not count: `expires` is not a time"]
    if context.judged_s is None:
        remarks.append("does not count: no quorum time or receipt shows when it was sequenced")
    elif context.judged_s > expires_s:
        remarks.append(
            f"does not count: held first at {time_text(context.judged_s)},"
            f" its releases had expired at {time_text(expires_s)}"
        )
    try:
        size = card_size_of(draft.json)
    except BadRelease as refused:
        return [*remarks, f"does not count: {refused}"]
    for newer, since_s in context.newer_s.items():
        is_old = context.committed_s is not None and context.committed_s > since_s + STALE_S
        if newer > size and is_old:
            remarks.append(
                f"does not count: released under card {size - 1}, card {newer - 1} stood since"
                f" {time_text(since_s)}"
            )
    return remarks


def stated_desk(assertion: Assertion) -> str:
    """The desk that an assertion itself names, for when no card says which it should be.

    Its hash stands in the authenticator data; the web origin gives the name to hash.
    """
    try:
        host = stated_host(assertion.cd)
    except BadAssertion as refused:
        raise BadRelease(f"client data: {refused}") from None
    labels = host.split(".")
    for start in range(len(labels)):
        name = ".".join(labels[start:])
        if hashlib.sha256(name.encode()).digest() == assertion.ad[:32]:
            return name
    raise BadRelease("authenticator data: not of the desk that the client data names")
