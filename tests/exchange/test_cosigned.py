"""What witnesses signed of another party's log: had from its owner, believed for its signatures."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.exchange import conversation
from openline.exchange.logs import cosigned
from openline.exchange.refusals import NotYours
from openline.exchange.station import Station
from openline.exchange.traffic import asks
from openline.exchange.traffic.link import Link, Post, Talk
from openline.formats.head import Head
from openline.formats.note import parse_signature_lines, spell_signatures
from tests.exchange.conftest import T0, Node, make_peers
from tests.exchange.visiting import CH, RU, US, VISIT, Visit, entry, verify, visit, write

WITNESS = "w.example/witness"


def fetch(told: Visit, asker: Node, holder: Node) -> Link:
    """Drive the part of a conversation that has cosignatures from a peer."""
    link = Link(holder.name)
    carry(conversation.cosigned_from(asker.station, link), holder.station)
    return link


def carry(talk: Talk, holder: Station) -> None:
    try:
        step = next(talk)
        while True:
            assert isinstance(step, Post)
            step = talk.send(asks.handle(holder, step.body))
    except StopIteration:
        return


def signed_by_witness(node: Node, origin: str) -> dict[int, int]:
    rows = node.station.store.cosignatures_of(origin, WITNESS, 0, 1000)
    return {row.size: row.time_s for row in rows}


def wanted(told: Visit) -> cosigned.Missing:
    """What the teller of the notice lacks on the log of the answer."""
    (one,) = cosigned.missing(told.peers[US].station, RU)
    return one


def lines_of_witness(told: Visit, size: int, time_s: int, *, root: bytes = b"") -> bytes:
    """A block that the witness itself made, for a true head or for another one."""
    us = told.peers[US].station
    log = us.log(told.answer.origin)
    assert log is not None and size == log.size
    head = Head(log.origin, size, root or log.root)
    return b"%d\n" % size + told.peers.witness.keys.witness_cosign(head, time_s)


def test_the_teller_can_show_when_the_answer_was_committed() -> None:
    told = Visit()
    us, ru = told.peers[US], told.peers[RU]
    part = entry(told.answer, fields=["text"])
    assert "committed" not in verify(write(us, part)).facts
    fetch(told, us, ru)
    assert cosigned.missing(us.station, RU) == []
    verdict = verify(write(us, part))
    assert verdict.facts["committed"] == T0 + 3_600
    assert verdict.facts["receipts"] == {US: T0 + 3_600}
    for node, peer in ((us, ru), (ru, us)):
        fetch(told, node, peer)
        bundle = verify(write(node, *told.parts, bundle=True), fingerprints=told.prints())
        assert not [line for line in bundle.lines if "not committed" in line]
        assert bundle.exit_code == 0


def test_without_a_witness_in_the_charter_nothing_is_asked() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    peers.witness_all()
    assert cosigned.missing(peers[RU].station, US) == []


def test_a_line_that_is_not_the_witnesss_is_dropped_and_the_rest_stays() -> None:
    told = Visit()
    us, ru = told.peers[US], told.peers[RU]
    asked = wanted(told)
    good = asks.cosignatures(ru.station, ask(asked))
    sizes = [size for size, _ in cosigned.read_blocks(good, 0, 2**53)]
    assert len(sizes) >= 2
    before = {size: us.station.store.checkpoint(asked.origin, size) for size in sizes}
    forged = good.replace(signature_in(good), spoiled(signature_in(good)), 1)
    assert forged != good
    taken = cosigned.take(us.station, asked, forged)
    assert taken.dropped == 1
    assert list(signed_by_witness(us, asked.origin)) == sizes[1:]
    assert {size: us.station.store.checkpoint(asked.origin, size) for size in sizes} == before
    assert cosigned.take(us.station, asked, good).dropped == 0
    assert list(signed_by_witness(us, asked.origin)) == sizes


def ask(asked: cosigned.Missing) -> asks.Ask:
    return asks.Ask(US, RU, T0, bytes(16), "cosignatures", asked.args)


def signature_in(blocks: bytes) -> bytes:
    return blocks.split(b"\n")[1].rsplit(b" ", 1)[1]


def spoiled(base64: bytes) -> bytes:
    at = len(base64) // 2
    return base64[:at] + (b"B" if base64[at : at + 1] == b"A" else b"A") + base64[at + 1 :]


def test_a_cosignature_on_another_root_is_not_one_on_this_log() -> None:
    told = Visit()
    us = told.peers[US]
    log = us.station.log(told.answer.origin)
    assert log is not None
    other = lines_of_witness(told, log.size, T0, root=bytes(32))
    assert cosigned.take(us.station, wanted(told), other).dropped == 1
    assert signed_by_witness(us, log.origin) == {}


def test_a_later_signature_of_the_witness_makes_nothing_look_younger() -> None:
    told = Visit()
    us, ru = told.peers[US], told.peers[RU]
    asked = wanted(told)
    fetch(told, us, ru)
    held = signed_by_witness(us, asked.origin)
    newest = max(held)
    told.peers.clock.time_s += 1_000
    later = lines_of_witness(told, newest, told.peers.clock.time_s)
    assert cosigned.take(us.station, asked, later).dropped == 0
    assert signed_by_witness(us, asked.origin) == held


def test_a_time_far_ahead_is_not_kept_before_it_has_come() -> None:
    told = Visit()
    us = told.peers[US]
    log = us.station.log(told.answer.origin)
    assert log is not None
    ahead_s = told.peers.clock.time_s + cosigned.AHEAD_MAX_S + 1
    block = lines_of_witness(told, log.size, ahead_s)
    taken = cosigned.take(us.station, wanted(told), block)
    assert (taken.dropped, taken.rest) == (0, wanted(told))
    assert signed_by_witness(us, log.origin) == {}
    told.peers.clock.time_s += 1
    cosigned.take(us.station, wanted(told), block)
    assert signed_by_witness(us, log.origin) == {log.size: ahead_s}


def test_one_line_of_two_or_two_times_are_no_cosignature() -> None:
    told = Visit()
    us = told.peers[US]
    log = us.station.log(told.answer.origin)
    assert log is not None
    block = lines_of_witness(told, log.size, T0)
    size, lines = block.split(b"\n", 1)
    first, second = parse_signature_lines(lines)
    doubled = size + b"\n" + spell_signatures([first, first])
    other = parse_signature_lines(lines_of_witness(told, log.size, T0 + 1).split(b"\n", 1)[1])
    mixed = size + b"\n" + spell_signatures([first, other[1]])
    for bad in (doubled, mixed):
        assert cosigned.take(us.station, wanted(told), bad).dropped == 1
    assert signed_by_witness(us, log.origin) == {}
    assert cosigned.take(us.station, wanted(told), block).dropped == 0, "the control"
    assert second != other[1]


def test_whoever_is_no_member_is_told_nothing() -> None:
    told = Visit()
    asked = wanted(told)
    with pytest.raises(NotYours):
        asks.cosignatures(
            told.peers[RU].station, asks.Ask(CH, RU, T0, bytes(16), "cosignatures", asked.args)
        )


def test_a_peer_that_lied_is_named_on_its_link_and_not_asked_for_the_same_again() -> None:
    told = Visit()
    us, ru = told.peers[US], told.peers[RU]
    link, asked = Link(RU), wanted(told)
    talk = conversation.cosigned_from(us.station, link)
    step = next(talk)
    assert isinstance(step, Post)
    good = asks.handle(ru.station, step.body)
    with pytest.raises(StopIteration):
        talk.send(good.replace(signature_in(good), spoiled(signature_in(good)), 1))
    assert "exchange.bad-cosignature" in link.last_error
    assert link.cosigned == {asked.key: max(signed_by_witness(us, told.answer.origin))}


@given(st.binary(max_size=300) | st.text(max_size=80).map(str.encode))
def test_no_answer_stops_the_asker_or_is_kept_without_a_signature(answer: bytes) -> None:
    told = visit()
    us = told.peers[US]
    cosigned.take(us.station, wanted(told), answer)
    assert signed_by_witness(us, told.answer.origin) == {}


def numbers() -> Iterator[bytes]:
    yield from (b"0\n", b"01\n", b"-1\n", b"9007199254740993\n", b"x\n", b"\n")


def test_blocks_are_read_in_ascending_order_within_the_log_and_no_further() -> None:
    told = visit()
    us = told.peers[US]
    log = us.station.log(told.answer.origin)
    assert log is not None
    block = lines_of_witness(told, log.size, T0)
    assert [size for size, _ in cosigned.read_blocks(block, 0, log.size)] == [log.size]
    assert len(cosigned.read_blocks(block + block, 0, log.size)) == 1
    assert cosigned.read_blocks(block, log.size, 2**53) == []
    assert cosigned.read_blocks(block, 0, log.size - 1) == []
    for number in numbers():
        assert cosigned.read_blocks(number + block.split(b"\n", 1)[1], 0, 2**53) == []
