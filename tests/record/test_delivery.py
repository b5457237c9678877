"""Proof of delivery: five grades, each by what its file holds, and never one too high."""

from dataclasses import replace
from typing import Any

import pytest

from openline.formats.charter import Relay
from openline.formats.policy import Policy, parse_policy
from openline.record.delivery import NO_DEPOSIT, NO_GRADE
from openline.record.disclosure import verify_file
from openline.record.verdict import Verdict
from tests.record.builder import EAST, NORTH, SOUTH, SUITE, T0, Log, Party, World, bundle

QUIET: dict[str, int] = {}


def told(world: World) -> tuple[Log, int]:
    """A notice of North."""
    log = world.log(NORTH)
    return log, log.add({"place": "Portville"}, officers=log.party.releasers[:1])


def answered(world: World, log: Log, index: int, **changes: Any) -> Log:
    """South's log with a message that names the notice."""
    south = world.log(SOUTH)
    officers = south.party.releasers[:1]
    given: dict[str, Any] = {"refs": [(log.origin, index)], "officers": officers}
    south.add(format_id="core/acknowledge@1", answer="received", **{**given, **changes})
    return south


def log_policy(log: Log) -> Policy:
    """A reader who asks for the log's own signature and for nobody's beside it."""
    key = log.party.vkey("log", 6, log.origin)
    return parse_policy(f"log {key.text()}\nquorum none\n", with_log=True)


def judged(log: Log, index: int, note: bytes, **changes: Any) -> Verdict:
    given: dict[str, Any] = {"fingerprints": log.world.fingerprints, "cards": log.world.cards}
    policy = changes.pop("policy", None)
    return verify_file(log.proof(index, note=note), policy, SUITE, **{**given, **changes})


def both(world: World, log: Log, index: int, south: Log, **changes: Any) -> Verdict:
    """The notice, whose note has no receipt, and South's last message in one file."""
    cards = [("cards", card.encode()) for card in world.cards]
    parts = [
        ("proof", log.proof(index, note=log.note(receipts=QUIET))),
        ("proof", south.proof(south.size - 1)),
    ]
    given: dict[str, Any] = {"fingerprints": world.fingerprints}
    whole = verify_file(bundle(*cards, *parts), None, SUITE, **{**given, **changes})
    return whole.parts[len(cards)]


def grades(verdict: Verdict) -> tuple[object, object]:
    return verdict.facts["grade"], verdict.facts["grades"]


def test_what_only_its_sender_signed_is_of_grade_one() -> None:
    log, index = told(World())
    note = log.note(witness_s=None, receipts=QUIET)
    verdict = judged(log, index, note, policy=log_policy(log))
    assert grades(verdict) == (1, {SOUTH: 1})
    assert f"delivery to {SOUTH}: grade 1 of 5, signed" in verdict.lines


def test_what_neutral_witnesses_held_is_of_grade_two() -> None:
    log, index = told(World())
    assert grades(judged(log, index, log.note(receipts=QUIET))) == (2, {SOUTH: 2})


def test_what_an_addressee_gave_a_receipt_for_is_of_grade_four_for_that_one_alone() -> None:
    log, index = told(World(members=[Party(NORTH), Party(SOUTH), Party(EAST)]))
    verdict = judged(log, index, log.note(receipts={SOUTH: T0 + 20}))
    assert grades(verdict) == (2, {EAST: 2, SOUTH: 4})


def test_what_the_addressee_s_own_log_names_is_of_grade_five() -> None:
    world = World()
    log, index = told(world)
    verdict = both(world, log, index, answered(world, log, index))
    assert grades(verdict) == (2, {SOUTH: 5})
    assert f"delivery to {SOUTH}: grade 5 of 5, named" in verdict.lines


def test_no_grade_is_reached_by_an_entry_that_names_another_one() -> None:
    world = World()
    log, index = told(world)
    log.add({"place": "Elsewhere"}, officers=log.party.releasers[:1])
    south = answered(world, log, index + 1)
    assert grades(both(world, log, index, south)) == (2, {SOUTH: 2})


@pytest.mark.parametrize("changes", [{"officers": []}, {"kind": "defect", "officers": []}])
def test_what_nobody_released_or_a_node_wrote_names_nothing(changes: dict[str, Any]) -> None:
    world = World()
    log, index = told(world)
    south = answered(world, log, index, **changes)
    assert grades(both(world, log, index, south)) == (2, {SOUTH: 2})


def test_the_sender_s_own_next_message_names_it_for_nobody() -> None:
    world = World()
    log, index = told(world)
    log.add(refs=[(log.origin, index)], officers=log.party.releasers[:1])
    assert grades(both(world, log, index, log)) == (2, {SOUTH: 2})


def test_under_signatures_that_do_not_count_no_grade_is_reached() -> None:
    world = World()
    log, index = told(world)
    verdict = judged(log, index, log.note(), fingerprints={})
    assert grades(verdict) == (0, {SOUTH: 0})
    assert NO_GRADE in verdict.lines
    south = answered(world, log, index)
    prints = {NORTH: world.fingerprints[NORTH]}
    assert grades(both(world, log, index, south, fingerprints=prints)) == (2, {SOUTH: 2})


def test_a_deposit_at_a_relay_is_called_unprovable_where_the_charter_names_one() -> None:
    world = World()
    assert NO_DEPOSIT not in judged(*told(world), world.log(NORTH).note(receipts=QUIET)).lines
    world = World()
    relay = Relay(
        "relay.example", Party(SOUTH).vkey("log", 1, "relay.example"), "https://r.example"
    )
    world.charter = replace(world.charter, relays=(relay,))
    log, index = told(world)
    verdict = judged(log, index, log.note(receipts=QUIET))
    assert (grades(verdict), verdict.facts["relays"]) == ((2, {SOUTH: 2}), True)
    assert NO_DEPOSIT in verdict.lines
    assert NO_DEPOSIT not in judged(log, index, log.note()).lines


def test_without_a_charter_only_those_are_addressees_who_gave_a_receipt() -> None:
    log, index = told(World())
    note = log.note(receipts=QUIET)
    proof = log.proof(index, charter=False, note=note)
    verdict = verify_file(proof, log_policy(log), SUITE)
    assert grades(verdict) == (1, {})
    assert "delivery: grade 1 of 5, signed; no addressee is shown" in verdict.lines
