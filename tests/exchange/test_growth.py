"""A log grows by what officers say and by a few entries of its node, never by itself for ever."""

from collections.abc import Generator
from dataclasses import dataclass

import pytest

from openline.desk.service import growth_text
from openline.exchange import conversation
from openline.exchange.contents import newest
from openline.exchange.folding import reading
from openline.exchange.logs import epochs, growth, post, prekeys, sequence
from openline.exchange.membership import identity, parties, rotation
from openline.exchange.station import Station
from openline.exchange.traffic import asks, receive, recover
from openline.exchange.traffic.link import Post, Step
from openline.formats.openjson import Value
from openline.store.contract import StoreFull
from openline.watch.beat import Beat
from openline.watch.refusals import Refusals
from tests.exchange.conftest import Peers, make_peers, text
from tests.exchange.test_newest import restored
from tests.exchange.visiting import RU, US

PASSES = 40


def asked(holder: Station, talk: Generator[Step, bytes | None, None]) -> None:
    """Everything that one side asks, answered by the other at once."""
    answer = None
    try:
        while True:
            step = talk.send(answer)
            assert isinstance(step, Post) and step.path == "ask"
            answer = asks.handle(holder, step.body)
    except StopIteration:
        return


@dataclass
class Doubled:
    """A line on which a copy of US opened an epoch, and US then called that epoch its own."""

    peers: Peers
    line: bytes
    copied: str


@pytest.fixture
def doubled() -> Doubled:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    original = peers[US].station
    restored(peers[US], original.store.snapshot())
    copy = peers[US].station
    copy.suspect[line] = "suspected: another machine"
    post.post(copy, [peers[US].release(epochs.draft_open(copy, line))])
    copied = peers[US].log(line)
    peers.carry(US)
    peers[US].station = original
    holder = peers[RU].station
    with original.store.write() as tx:
        tx.set_meta(f"ours/{copied}", b"yes")  # `openline line ours`
    peers.carry(RU)
    asked(holder, conversation.take_back(original, RU, copied, 1))
    for each in recover.waiting(original):
        asked(holder, conversation.take_reseal(original, RU, (each.origin, str(each.index))))
    assert newest.newest(original, line, US) is not None and not recover.waiting(original)
    return Doubled(peers, line, copied)


def beaten(station: Station, line: bytes, passes: int = PASSES) -> int:
    """How many entries the beat writes on a line in so many seconds."""
    beat = Beat(station, None, lambda: None, Refusals(station))  # type: ignore[arg-type]
    before = station.own_log(line)
    for _ in range(passes):
        station.clock.time_s += 1  # type: ignore[attr-defined]
        beat._duties()
    after = station.own_log(line)
    assert before is not None and after is not None
    return after.size - before.size


def test_an_epoch_of_a_copy_that_is_called_ours_costs_one_entry_and_no_more(
    doubled: Doubled,
) -> None:
    peers, line = doubled.peers, doubled.line
    assert beaten(peers[US].station, line) == 1
    peers.carry()
    for name in (US, RU):
        held = newest.newest(peers[name].station, line, US)
        assert held is not None and held.origin == peers[US].log(line), name


def alarms(station: Station) -> list[str]:
    return [row.code for row in station.store.events("alarm")]


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> tuple[Peers, bytes]:
    """A node that takes every prekey for one that is passed over, whatever it writes."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    monkeypatch.setattr(prekeys, "is_passed_over", lambda *_: True)
    return peers, line


def test_a_node_that_writes_without_end_stops_itself_and_says_so_once(
    restless: tuple[Peers, bytes],
) -> None:
    peers, line = restless
    station = peers[US].station
    assert beaten(station, line, 3 * PASSES) == growth.PER_MINUTE
    assert alarms(station).count(growth.STOPPED) == 1
    assert "20 entries in a minute" in growth.stopped(station)[line]
    assert "STOPPED" in growth_text(station)


def test_without_the_bound_the_log_grows_with_every_second(
    restless: tuple[Peers, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(growth, "PER_MINUTE", 10_000)
    monkeypatch.setattr(growth, "PER_HOUR", 10_000)
    peers, line = restless
    assert beaten(peers[US].station, line, 2 * PASSES) == 2 * PASSES
    assert alarms(peers[US].station) == []


def test_a_log_that_grows_slower_is_stopped_by_the_hour(
    restless: tuple[Peers, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth, "PER_MINUTE", 10_000)
    monkeypatch.setattr(growth, "PER_HOUR", 30)
    peers, line = restless
    assert beaten(peers[US].station, line, 2 * PASSES) == 30


def test_the_stop_outlives_a_restart_and_ends_when_officers_release_something(
    restless: tuple[Peers, bytes],
) -> None:
    peers, line = restless
    station = peers[US].station
    beaten(station, line)
    station.unasked.clear()  # what a start begins with
    assert beaten(station, line) == 0
    with pytest.raises(growth.GrowsByItself):
        prekeys.rotate(station, line)
    peers.say(US, line, "core/memo@1", {"text": text("We are here.")})
    assert not growth.is_stopped(station, line)
    assert beaten(station, line) == growth.PER_MINUTE


def test_a_stopped_node_says_what_officers_release_and_takes_new_keys(
    restless: tuple[Peers, bytes],
) -> None:
    peers, line = restless
    station = peers[US].station
    beaten(station, line)
    before = station.own_log(line)
    rotation.rotate(station)
    parties.add(peers[RU].station, identity.own_cards(station))
    after = station.own_log(line)
    assert before is not None and after is not None and after.origin != before.origin
    peers.say(US, line, "core/memo@1", {"text": text("We are here.")})
    peers.carry()
    held = peers[RU].station.log(after.origin)
    assert held is not None and held.size >= 2


def test_gaps_are_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    station = peers[US].station
    many = range(0, 3 * sequence.RANGES_NAMED_MAX, 2)
    lost = [(peers[US].log(line), index, "lost") for index in many]
    monkeypatch.setattr(recover, "lost_openings", lambda *_: lost)
    station.gaps_due.add(line)
    grown = beaten(station, line)
    assert grown == growth.PER_MINUTE, alarms(station)
    assert growth.STOPPED in alarms(station)


def test_an_entry_that_could_not_be_written_is_not_counted(
    restless: tuple[Peers, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    peers, line = restless
    station = peers[US].station

    def full(*_: object) -> None:
        raise StoreFull("no space is left")

    with monkeypatch.context() as patch:
        patch.setattr(sequence, "write", full)
        assert beaten(station, line) == 0
    assert not growth.is_stopped(station, line)


def test_neighbouring_losses_are_told_as_one_range_and_many_fit_into_one_entry() -> None:
    longest = "a" * 60 + "." + "b" * 31 + ".example"
    peers = make_peers(longest, RU)
    line = peers.open_line(longest, RU)
    station, origin = peers[longest].station, peers[longest].log(line)
    lost = [(origin, index, "lost") for index in (4, 5, 7, 6)]
    assert sequence.joined(lost) == [(origin, 4, 8, "lost")]
    ranges: list[Value] = [[origin, 2**50 + i, 2**50 + 1, "withheld"] for i in range(64)]
    sequence.append_machine(station, line, "gap", {"ranges": ranges[: sequence.RANGES_NAMED_MAX]})


def test_any_number_of_faulty_entries_in_one_delivery_is_taken_and_told(two: Peers) -> None:
    line = two.open_line(US, RU)
    us, ru = two[US].station, two[RU].station
    log = us.own_log(line)
    assert log is not None
    kinds = ("release", "fields")
    lost = [(index, kinds[index % 2]) for index in range(200)]
    arrival = receive.Arrival(log, log, defects=lost)
    built = receive.defect_entry(ru, arrival)
    assert built is not None and len(built.rows) == 4
    with ru.store.write() as tx:
        sequence.write(ru, tx, built)
    sequence.after_commit(ru, built)
    missing = reading.state(ru, line).missing
    assert {(m[1], m[2]) for m in missing} >= {(index, index + 1) for index in range(2, 200)}
