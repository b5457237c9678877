"""Officers come and go by two of those who are it; who lost their keys goes by the root keys."""

import hashlib

import pytest

from openline.envelope.officer_file import OfficerFile, new_officer
from openline.envelope.release import BadAssertion
from openline.exchange.membership import enrolment, identity, parties, rotation
from openline.exchange.membership.enrolment import ApprovalRefused, Asked, NoChangeAsked
from openline.exchange.membership.identity import Change, OfficerRefused
from openline.formats.release import Assertion
from openline.record.officers import OfficerTwice
from tests.exchange.conftest import SUITE, Node, Peers, make_peers
from tests.exchange.visiting import RU, US


def opened() -> tuple[Peers, Node]:
    """Two parties with a line; the first has two officers."""
    peers = make_peers(US, RU)
    peers.open_line(US, RU)
    return peers, peers[US]


def newcomer(node: Node, name: str = "eve", *roles: str) -> OfficerFile:
    return new_officer(node.name, name, roles or ("releaser",), SUITE, node.station.random)


def signed(node: Node, found: Asked, officer: OfficerFile) -> Assertion:
    desk = node.station.cards(node.name)[-1].desk
    assert desk is not None
    challenge = hashlib.sha256(found.statement()).digest()
    key = officer.authenticator(SUITE)
    return key.assert_statement(challenge, desk.rp_id, f"https://{desk.rp_id}")


def with_new(node: Node, *more: OfficerFile) -> Asked:
    now = identity.current_officers(node.station)
    leaves = (*now, *(officer.leaf(SUITE) for officer in more))
    return enrolment.ask(node.station, leaves)[0]


def test_before_any_line_is_open_officers_are_entered_at_once() -> None:
    peers = make_peers(US, RU)
    found = with_new(peers[US], newcomer(peers[US]))
    assert found.needed == 0 and found.is_approved
    assert len(identity.current_officers(peers[US].station)) == 3


def test_then_two_of_today_s_officers_have_to_approve_it() -> None:
    peers, node = opened()
    station, cards = node.station, len(node.station.cards(US))
    found = with_new(node, newcomer(node))
    assert (found.needed, len(station.cards(US))) == (2, cards)
    found, _ = enrolment.approve(station, signed(node, found, node.officers[0]))
    assert not found.is_approved and len(station.cards(US)) == cards
    found, _ = enrolment.approve(station, signed(node, found, node.officers[1]))
    assert found.is_approved and len(station.cards(US)) == cards + 1
    assert len(identity.current_officers(station)) == 3
    assert enrolment.asked(station) is None
    parties.add(peers[RU].station, identity.own_cards(station))
    desk = peers[RU].station.cards(US)[-1].desk
    assert desk is not None and desk.count == 3


def test_an_officer_is_removed_in_the_same_way() -> None:
    _, node = opened()
    left = [node.officers[0].leaf(SUITE)]
    found, _ = enrolment.ask(node.station, left)
    for officer in node.officers:
        found, _ = enrolment.approve(node.station, signed(node, found, officer))
    assert identity.current_officers(node.station) == tuple(left)


def test_one_person_approves_once() -> None:
    _, node = opened()
    found = with_new(node, newcomer(node))
    enrolment.approve(node.station, signed(node, found, node.officers[0]))
    with pytest.raises(ApprovalRefused):
        enrolment.approve(node.station, signed(node, found, node.officers[0]))


@pytest.mark.parametrize("roles", [("releaser",), ("watch",)])
def test_nobody_approves_who_is_no_releaser_of_the_newest_card(roles: tuple[str, ...]) -> None:
    """The newcomer least of all."""
    _, node = opened()
    stranger = newcomer(node, "eve", *roles)
    found = with_new(node, stranger)
    with pytest.raises(ApprovalRefused):
        enrolment.approve(node.station, signed(node, found, stranger))


def test_an_approval_of_another_change_does_not_count() -> None:
    _, node = opened()
    found = with_new(node, newcomer(node))
    first = signed(node, found, node.officers[0])
    other = with_new(node, newcomer(node, "mallory"))
    with pytest.raises(BadAssertion):
        enrolment.approve(node.station, first)
    enrolment.approve(node.station, signed(node, other, node.officers[0]))


def test_a_change_that_gives_way_to_another_takes_its_approvals_with_it() -> None:
    _, node = opened()
    found = with_new(node, newcomer(node))
    enrolment.approve(node.station, signed(node, found, node.officers[0]))
    more = (*enrolment.wanted(node.station), newcomer(node, "frank").leaf(SUITE))
    second, _ = enrolment.ask(node.station, more)
    assert (len(second.leaves), second.approvals) == (4, ())
    waits = enrolment.asked(node.station)
    assert waits is not None and waits.approvals == ()
    enrolment.ask(node.station, identity.current_officers(node.station))
    assert enrolment.asked(node.station) is None, "back to the officers of today: nothing waits"
    with pytest.raises(OfficerRefused):
        enrolment.ask(node.station, identity.current_officers(node.station))
    with pytest.raises(NoChangeAsked):
        enrolment.approve(node.station, signed(node, with_other(node), node.officers[0]))


def with_other(node: Node) -> Asked:
    """A change that nobody asked for."""
    leaves = (newcomer(node).leaf(SUITE),)
    return Asked(node.name, 3, bytes(32), leaves, (), 2)


def test_a_change_that_was_asked_on_an_older_card_is_void() -> None:
    """What was approved is the tree after one card; after another it may undo something."""
    _, node = opened()
    found = with_new(node, newcomer(node))
    identity.revise(node.station, urls=["http://127.0.0.1:2"])
    assert enrolment.asked(node.station) is None
    with pytest.raises(NoChangeAsked):
        enrolment.approve(node.station, signed(node, found, node.officers[0]))


def test_the_officers_of_today_are_no_change_and_nobody_stands_twice() -> None:
    _, node = opened()
    now = identity.current_officers(node.station)
    with pytest.raises(OfficerRefused):
        enrolment.ask(node.station, now)
    with pytest.raises((OfficerRefused, OfficerTwice)):
        enrolment.ask(node.station, (*now, now[0]))


def test_officers_who_lost_their_keys_are_replaced_by_the_root_keys_alone() -> None:
    from openline.envelope.ceremony import new_ceremony

    peers, node = opened()
    station, fresh = node.station, newcomer(node)
    held = new_ceremony(US, len(station.cards(US)) + 1, station.random, 4)
    pairs = [held.publics(held.first + i, SUITE) for i in range(4)]
    identity.revise(station, change=Change(), plan=pairs)
    plan = held.plan(held.first, SUITE)
    roots = identity.Roots(plan.root1, plan.root6, plan.next)
    leaves = (fresh.leaf(SUITE),)
    request = identity.propose(station, Change(leaves, turns=True), roots)
    assert identity.current_officers(station) != leaves, "nothing counts without the signature"
    from openline.record.card_request import check_request

    head = check_request(request, (plan.root1, plan.root6), plan.next, SUITE)
    identity.hand_in(station, held.sign(head, request.card.time_s, SUITE))
    rotation.finish(station)
    assert identity.current_officers(station) == leaves
    parties.add(peers[RU].station, identity.own_cards(station))
