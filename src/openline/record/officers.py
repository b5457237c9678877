"""The officers' tree: which person may release with which key, behind the one root on the card.

Shapes   officers_root(leaves) -> root; officer_proof(leaves, person) -> (index, proof);
         verify_officer(leaf bytes, index, proof, Desk) -> OfficerLeaf
Units    indexes count leaves in the order of their bytes
Raises   OfficerTwice, UnknownOfficer, BadProof, Malformed
Source   docs/PROTOCOL.md part 4, "Officers-tree leaf"
Never    lets one key or one person stand twice: two leaves would then release as two officers
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from openline.errors import OpenlineError
from openline.formats.card import Desk
from openline.formats.officer import OfficerLeaf, parse_officer
from openline.record.tree import BadProof, inclusion_proof, leaf_hash, root_of, verify_inclusion


class OfficerTwice(OpenlineError):
    """One key or one person id in two leaves of an officers' tree."""

    code: ClassVar[str] = "record.officer-twice"
    remedy: ClassVar[str] = "Enrol each officer once, each with a key of their own."


class UnknownOfficer(OpenlineError):
    """No leaf of this person stands in the officers' tree."""

    code: ClassVar[str] = "record.unknown-officer"
    remedy: ClassVar[str] = "Enrol the officer and publish a new card first."


def officers_root(leaves: Iterable[OfficerLeaf]) -> bytes:
    """What the card's `desk` line commits to."""
    return root_of([leaf_hash(leaf.encode()) for leaf in sorted_officers(leaves)])


def officer_proof(leaves: Iterable[OfficerLeaf], person: bytes) -> tuple[int, tuple[bytes, ...]]:
    """Where an officer stands in the tree, and the path that shows it."""
    officers = sorted_officers(leaves)
    for index, officer in enumerate(officers):
        if officer.person == person:
            hashes = [leaf_hash(leaf.encode()) for leaf in officers]
            return index, inclusion_proof(hashes, index)
    raise UnknownOfficer(f"person {person.hex()} is not among {len(officers)} officers")


def verify_officer(data: bytes, index: int, proof: Sequence[bytes], desk: Desk) -> OfficerLeaf:
    """The officer that a card's desk commits to at this place."""
    if desk.root is None:
        raise BadProof(f"desk {desk.rp_id}: has no officers")
    verify_inclusion(leaf_hash(data), index, desk.count, proof, desk.root)
    return parse_officer(data)


def sorted_officers(leaves: Iterable[OfficerLeaf]) -> list[OfficerLeaf]:
    """Officers in the order of the tree, each person and each key once."""
    officers = sorted(leaves, key=OfficerLeaf.encode)
    if len({officer.person for officer in officers}) != len(officers):
        raise OfficerTwice("a person id stands in two leaves")
    if len({officer.spki for officer in officers}) != len(officers):
        raise OfficerTwice("a key stands in two leaves")
    return officers
