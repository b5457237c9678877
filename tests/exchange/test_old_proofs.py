"""Old proofs verify for ever: files of before keys changed, and files made afterwards about it."""

from functools import cache

import pytest

from openline.cases.entry import Ref
from openline.exchange.logs import prekeys
from openline.exchange.membership import identity, parties, rotation
from openline.exchange.membership.rotation import Loss
from openline.exchange.proof.disclose import DisclosureFile
from openline.record.verdict import Verdict
from tests.exchange.conftest import Peers
from tests.exchange.test_rotation import CLARIFY, words
from tests.exchange.visiting import RU, US, Visit, entry, verify, write

TURNS = 3


@cache
def turned(lost: bool) -> tuple[Visit, list[DisclosureFile], list[Verdict]]:
    """A visit that was disclosed in every way, then three changes of keys by both sides."""
    told = Visit()
    files = disclosed(told)
    before = [verify(file, fingerprints=told.prints()) for file in files]
    for _ in range(TURNS):
        told.peers.clock.time_s += 3_600
        for party in (US, RU):
            turn(told.peers, party, lost)
        told.peers.say(US, told.line, CLARIFY, words("under other keys"))
        told.settle()
    return told, files, before


def turn(peers: Peers, party: str, lost: bool) -> None:
    """New keys, and everybody else has the card."""
    station = peers[party].station
    loss = Loss(peers.clock.time_s) if lost else None
    rotation.rotate(station, loss)
    file = identity.own_cards(station)
    peers.witness.learn(file)
    for name, node in peers.nodes.items():
        if name != party:
            parties.add(node.station, file)


def disclosed(told: Visit) -> list[DisclosureFile]:
    """Every kind of file about what was said first, each by who had it witnessed."""
    us, ru = told.peers[US], told.peers[RU]
    cards = [{"kind": "cards", "party": party} for party in (US, RU)]
    stretch = {"kind": "range", "origin": told.answer.origin, "from": 0, "to": told.answer.index}
    return [
        write(us, entry(told.notice)),
        write(ru, entry(told.answer)),
        write(us, entry(told.notice), *cards, bundle=True),
        write(ru, entry(told.answer), *cards, bundle=True),
        write(ru, stretch),
    ]


@pytest.mark.parametrize("lost", [False, True])
def test_every_file_of_before_has_the_same_verdict_for_ever(lost: bool) -> None:
    told, files, before = turned(lost)
    for file, verdict in zip(files, before, strict=True):
        again = verify(file, fingerprints=told.prints())
        assert (again.exit_code, again.first_line) == (0, verdict.first_line)


@pytest.mark.parametrize("lost", [False, True])
def test_what_was_said_before_is_still_proved_with_all_the_cards_of_today(lost: bool) -> None:
    """Stolen keys take nothing back that the quorum held before."""
    told, _, before = turned(lost)
    for file, verdict in zip(disclosed(told), before, strict=True):
        again = verify(file, fingerprints=told.prints())
        assert (again.exit_code, again.is_shown) == (0, True), again.first_line
        assert again.first_line == verdict.first_line


def test_what_a_stolen_key_signs_afterwards_is_not_shown() -> None:
    """The control: the same verifier, the same cards, an entry of after."""
    told, _, _ = turned(True)
    peers = told.peers
    us = peers[US].station
    from openline.exchange.drafting import drafts
    from openline.exchange.logs import sequence

    draft = drafts.compose(us, told.line, "message", words("x"), format_id=CLARIFY, officers=0)
    origin, index = sequence.append(us, told.line, [draft])[0]
    told.settle()
    peers.clock.time_s += 10
    turn(peers, US, True)
    told.settle()
    cards = {"kind": "cards", "party": US}
    file = write(peers[US], entry(Ref(origin, index)), cards, bundle=True)
    verdict = verify(file, fingerprints=told.prints())
    assert verdict.exit_code == 4


def test_a_receipt_is_not_taken_back_by_calling_its_key_stolen() -> None:
    """The sender's log holds the hash of its lines, under a head that the quorum had before."""
    told = Visit()
    peers = told.peers
    prekeys.rotate(peers[US].station, told.line)
    told.settle()
    log = peers[US].station.own_log(told.line)
    assert log is not None
    peers.clock.time_s += 10
    turn(peers, RU, True)
    told.settle()
    cards = [{"kind": "cards", "party": party} for party in (US, RU)]
    keys = entry(Ref(log.origin, log.size - 1), witnesses=True)
    alone = verify(write(peers[US], entry(told.notice), *cards, bundle=True),
                   fingerprints=told.prints())  # fmt: skip
    assert not any("so it stands" in line for line in said(alone)), "the control"
    assert any("is not counted" in line for line in said(alone))
    both = verify(write(peers[US], entry(told.notice), keys, *cards, bundle=True),
                  fingerprints=told.prints())  # fmt: skip
    assert any("so it stands" in line for line in said(both))


def said(verdict: Verdict) -> list[str]:
    """Every line that the parts of a bundle print."""
    return [line for part in verdict.parts for line in part.details]
