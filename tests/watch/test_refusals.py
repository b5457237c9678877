"""Refusals are told so that an officer sees them, and so seldom that they hide nothing else."""

import itertools

from openline.exchange.kept import alarms
from openline.watch.refusals import PAUSE_MAX_S, UNKNOWN, Refusals
from tests.exchange.conftest import make_peers

US, RU = "us.example", "ru.example"
NIGHT_S = 8 * 3_600
CODES = [f"exchange.refused-{n}" for n in range(30)]


def test_what_a_stranger_has_refused_all_night_is_counted_and_pushes_out_no_alarm() -> None:
    station = make_peers(US, RU)[US].station
    station.note_event("alarm", RU, "party.doubled", "two nodes speak as ru.example")
    passed = [0.0]
    refusals = Refusals(station, lambda: passed[0])
    for _ in range(NIGHT_S // 60):
        for code, name in itertools.product(CODES, (UNKNOWN, RU)):
            if refusals.saw(name, code, "no"):
                refusals.tell()
        passed[0] += 60
    told = station.store.events("refused", 10_000)
    # 0, 1, 3, 7 ... minutes, then each hour: thirteen in place of four hundred and eighty.
    assert len(told) == 13 * len(CODES) * 2
    assert "refused 60 times" in told[-1].text and "no" in told[-1].text
    assert "party.doubled" in [each.code for each in alarms.standing(station)]


def test_a_refusal_after_a_quiet_time_is_told_at_once_and_soon_again() -> None:
    station = make_peers(US, RU)[US].station
    passed = [0.0]
    refusals = Refusals(station, lambda: passed[0])
    due = []
    for pause_s in (0, 10, 60, 90, 60, 2 * PAUSE_MAX_S, 30, 60):
        passed[0] += pause_s
        due.append(refusals.saw(RU, CODES[0], "no"))
        if due[-1]:
            refusals.tell()
    assert due == [True, False, True, False, True, True, False, True]
    assert len(station.store.events("refused")) == 5
