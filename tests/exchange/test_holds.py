"""What is on hold is not erased, whoever asks; placing and lifting leave a trace."""

import pytest

from openline.exchange.folding import erasing
from openline.exchange.kept import holds
from openline.exchange.kept.holds import HoldRefused, NoSuchHold, OnHold
from tests.exchange.test_erasing import SECRET, US, Told


def closed() -> Told:
    told = Told()
    told.known_by_all()
    return told


@pytest.mark.parametrize("whole_line", [False, True])
def test_a_case_on_hold_is_not_erased_until_the_hold_is_lifted(whole_line: bool) -> None:
    told = closed()
    station = told.peers[US].station
    case = None if whole_line else told.notice
    holds.place(station, told.line, case, "inquiry 7", "Jane Roe")
    with pytest.raises(OnHold, match="Jane Roe: inquiry 7"):
        told.erase(US)
    assert SECRET.encode() in told.stored(US)
    holds.lift(station, told.line, case, "closed", "Jane Roe")
    assert told.erase(US).entries > 0
    codes = [event.code for event in station.store.events("notice")]
    assert codes.index("hold.placed") < codes.index("hold.lifted")


def test_a_hold_is_of_one_case_and_of_this_node() -> None:
    told, other = closed(), closed()
    holds.place(told.peers[US].station, told.line, told.notice, "inquiry", "Jane Roe")
    assert erasing.erase(other.peers[US].station, other.line, other.notice).entries > 0
    ru = told.peers["ru.example"].station
    assert holds.held(ru) == []
    assert erasing.erase(ru, told.line, told.notice).entries > 0


def test_a_hold_that_is_there_is_not_written_over() -> None:
    told = closed()
    station = told.peers[US].station
    first = holds.place(station, told.line, None, "inquiry", "Jane Roe")
    told.peers.clock.time_s += 60
    assert holds.place(station, told.line, None, "another", "Eve") == first
    assert holds.held(station) == [first]


def test_a_hold_has_a_reason_and_a_name_and_only_what_is_held_is_lifted() -> None:
    told = closed()
    station = told.peers[US].station
    for reason, by in (("", "Jane"), ("why", ""), ("why\n", "Jane"), ("x" * 301, "Jane")):
        with pytest.raises(HoldRefused):
            holds.place(station, told.line, None, reason, by)
    with pytest.raises(NoSuchHold):
        holds.lift(station, told.line, told.notice, "why", "Jane")
