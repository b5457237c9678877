"""The officers' tree: the published roots, every officer proven, nobody in it twice."""

from dataclasses import replace

import pytest

from openline.formats.card import Desk
from openline.formats.officer import parse_officer
from openline.record.officers import (
    OfficerTwice,
    UnknownOfficer,
    officer_proof,
    officers_root,
    verify_officer,
)
from openline.record.tree import BadProof
from tests.record.builder import NORTH, Party
from tests.vectors import load

PARTIES = load("party")["parties"]


@pytest.mark.parametrize("party", PARTIES, ids=lambda party: party["name"])
def test_the_root_is_the_published_one_in_any_order(party: dict[str, object]) -> None:
    leaves = [parse_officer(each["leaf"].encode()) for each in party["officers"]]  # type: ignore[attr-defined]
    assert officers_root(leaves).hex() == party["officers_root"]
    assert officers_root(leaves[::-1]).hex() == party["officers_root"]


def test_every_officer_is_proven_and_only_in_place() -> None:
    party = Party(NORTH)
    desk = party.cards[0].desk
    assert desk is not None
    leaves = [each.leaf for each in party.officers]
    for leaf in leaves:
        index, proof = officer_proof(leaves, leaf.person)
        assert verify_officer(leaf.encode(), index, proof, desk) == leaf
        for other in range(len(leaves)):
            if other != index:
                with pytest.raises(BadProof):
                    verify_officer(leaf.encode(), other, proof, desk)
        with pytest.raises(BadProof):
            verify_officer(leaf.encode().replace(b"releaser", b"releases"), index, proof[:1], desk)
    with pytest.raises(UnknownOfficer):
        officer_proof(leaves, bytes(16))


def test_a_desk_without_officers_proves_nobody() -> None:
    leaf = Party(NORTH).officers[0].leaf
    with pytest.raises(BadProof):
        verify_officer(leaf.encode(), 0, (), Desk("desk.example", 0, None))


def test_a_person_or_a_key_twice_is_refused() -> None:
    one, two = (each.leaf for each in Party(NORTH).officers[:2])
    with pytest.raises(OfficerTwice):
        officers_root([one, replace(two, person=one.person)])
    with pytest.raises(OfficerTwice):
        officers_root([one, replace(two, spki=one.spki)])
