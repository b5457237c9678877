"""A log belongs to the line whose id its name is made of, not to the one that an entry names.

Whoever writes a log can put anything into the field `line`, and gets receipts for it: an entry of
an exercise could then be laid out as one of the real line.
"""

from dataclasses import replace

import pytest

from openline.exchange.proof.showing import Epoch
from openline.formats.proof import parse_proof, parse_range
from openline.formats.shown import parse_extra
from openline.record.disclosure import verify_file
from openline.record.tree import BadProof
from openline.record.verdict import Verdict
from tests.exchange.visiting import entry, visit, write
from tests.exchange.visiting import verify as verify_alone
from tests.record.builder import NORTH, SUITE, Log, World, spread


def verify(log: Log, data: bytes) -> Verdict:
    world = log.world
    return verify_file(
        data,
        log.policy(),
        SUITE,
        fingerprints=world.fingerprints,
        cards=world.cards,
        allow_exercise=True,
    )


def epoch_of(log: Log) -> Epoch:
    return Epoch(1, spread(log.party.name, 1)[:8])


def noticed(world: World, *, line_id: bytes | None = None) -> tuple[Log, int]:
    log = world.log(NORTH)
    officers = log.party.releasers[:1]
    return log, log.add({"place": "Portville"}, officers=officers, line_id=line_id)


def test_the_epoch_in_a_proof_binds_its_log_to_the_line() -> None:
    log, index = noticed(World())
    bound = replace(log.extra(index), epoch=epoch_of(log))
    verdict = verify(log, log.proof(index, extra=bound))
    assert verdict.exit_code == 0
    assert verdict.json["log_bound_to_line"] is True
    assert "shown by its epoch" in verdict.details[-1]


def test_a_proof_without_an_epoch_holds_as_before_and_says_what_it_does_not_show() -> None:
    log, index = noticed(World())
    verdict = verify(log, log.proof(index))
    assert verdict.exit_code == 0
    assert verdict.json["log_bound_to_line"] is False
    assert verdict.details[-1].endswith("says the entry; its epoch is not shown")


def test_the_open_entry_binds_its_log_by_itself() -> None:
    log, _ = noticed(World())
    assert verify(log, log.proof(0)).json["log_bound_to_line"] is True


@pytest.mark.parametrize("wrong", [Epoch(2, bytes(8)), Epoch(1, bytes(8)), Epoch(0, bytes(8))])
def test_an_epoch_that_does_not_give_the_name_of_the_log_refuses_the_proof(wrong: Epoch) -> None:
    log, index = noticed(World())
    with pytest.raises(BadProof):
        verify(log, log.proof(index, extra=replace(log.extra(index), epoch=wrong)))


def test_an_exercise_log_cannot_be_bound_to_the_real_line_that_its_entry_names() -> None:
    real, drill = World("actual"), World("exercise")
    log, index = noticed(drill, line_id=real.charter.line_id)
    claims = replace(log.extra(index), charter=real.charter.text())
    unbound = verify(log, log.proof(index, extra=claims))
    assert (unbound.status, unbound.json["log_bound_to_line"]) == ("actual", False), "the control"
    with pytest.raises(BadProof, match="do not give the origin"):
        verify(log, log.proof(index, extra=replace(claims, epoch=epoch_of(log))))


def test_a_range_is_bound_in_the_same_way() -> None:
    log, index = noticed(World())
    bare = log.range(index)
    bound = replace(parse_range(bare), epoch=epoch_of(log)).encode()
    assert verify(log, bare).json["log_bound_to_line"] is False
    assert verify(log, bound).json["log_bound_to_line"] is True
    with pytest.raises(BadProof):
        verify(log, replace(parse_range(bare), epoch=Epoch(7, bytes(8))).encode())


def test_every_file_that_a_node_writes_is_bound() -> None:
    told = visit()
    for node in told.peers.nodes.values():
        proof = write(node, entry(told.answer, fields=["text"]))
        extra = parse_proof(proof.data).extra
        assert extra is not None and parse_extra(extra).epoch is not None
        absent = write(node, {"kind": "range", "origin": told.answer.origin, "from": 1})
        for file in (proof, absent):
            assert verify_alone(file).json["log_bound_to_line"] is True
        bundle = verify_alone(write(node, *told.parts, bundle=True), fingerprints=told.prints())
        assert all(part.json.get("log_bound_to_line", True) for part in bundle.parts)
