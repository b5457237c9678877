"""Reminders: once each, whatever restarts and clocks do, and whoever has the watch is woken."""

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.exchange.carried import early
from openline.exchange.folding import reading
from openline.exchange.kept import alarms
from openline.exchange.logs import clocks
from openline.exchange.traffic import dispatch
from openline.store.contract import StoreFull
from openline.store.sqlite import SqliteStore
from openline.watch.lane import Lane
from openline.watch.reminding import Reminding
from openline.watch.waking import BadHook, hook_of
from tests.exchange.conftest import T0, Peers, StillClock, make_peers, text

US, RU = "us.example", "ru.example"
HOUR_S, YEAR_S = 3_600, 365 * 86_400
TIMERS = {"acknowledge.visit": HOUR_S, "answer.visit": 6 * HOUR_S, "escalate": 600}


class JumpingClock(StillClock):
    """A wall that can be set apart from the time that passes."""

    def __init__(self) -> None:
        super().__init__()
        self.jumped_s = 0

    def now_s(self) -> int:
        return self.time_s + self.jumped_s


class Overlay:
    """The store of a node that was made once, with marks and events of its own for each test."""

    def __init__(self, real: Any) -> None:
        self._real, self._own = real, SqliteStore.in_memory(bytes(16))

    def __getattr__(self, name: str) -> Any:
        own = name in ("meta", "events", "write")
        return getattr(self._own if own else self._real, name)


class Watch:
    """One node's reminders over many lives of the node: every `pass_` may be a new start."""

    def __init__(
        self, peers: Peers, party: str, hook: str = "", *, is_shared: bool = False
    ) -> None:
        self.peers, self.station, self.hook = peers, peers[party].station, hook
        if is_shared:
            self.station = replace(self.station, store=Overlay(self.station.store))
        self.clock = JumpingClock()
        self.station.clock = self.clock
        self.restart()

    def restart(self) -> None:
        """What a new process begins with: nothing but what is stored."""
        self.station.states.clear()
        self.station.clock_unsure = None
        self.station.clock_marks = None
        clocks.check_at_start(self.station)
        self.lane = Lane()
        self.reminding = Reminding(self.station, self.lane, self.hook)

    def at(self, second: int) -> None:
        self.clock.time_s = T0 + second

    def told(self) -> Counter[str]:
        """Every reminder that was told, by its words."""
        events = self.station.store.events("reminder", 10_000)
        return Counter(f"{event.code} {event.text}" for event in events)


def noticed(**more: str) -> tuple[Peers, bytes]:
    """A line on which a visit was told to ru.example and received."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, timers={**TIMERS})
    content = {
        "subject": text("Visit"), "place": "Kyiv", "effect": "guarantee",
        "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z", **more,
    }  # fmt: skip
    peers.say(US, line_id, "core/visit@1", content)
    peers.carry()
    return peers, line_id


@cache
def immediate() -> Peers:
    """The same line for every example: making keys takes most of the time."""
    return noticed(precedence="immediate")[0]


def codes(watch: Watch) -> Counter[str]:
    return Counter(event.code for event in watch.station.store.events("reminder", 10_000))


def test_a_deadline_is_told_to_the_one_who_owes_and_to_the_one_who_waits() -> None:
    peers, _ = noticed()
    for party in (US, RU):
        watch = Watch(peers, party)
        watch.at(HOUR_S - 1)
        assert watch.reminding.pass_() == 0
        watch.at(HOUR_S + 1)
        assert watch.reminding.pass_() == 1
        assert watch.reminding.pass_() == 0
        assert list(watch.told()) == [
            f"watch.due due: acknowledge from {RU}, number 1.1",
        ]


def test_what_fell_due_while_the_node_was_down_is_told_once_at_the_start() -> None:
    peers, _ = noticed()
    watch = Watch(peers, RU)
    watch.at(3 * HOUR_S)
    watch.restart()
    assert watch.reminding.pass_() == 1
    watch.restart()
    assert watch.reminding.pass_() == 0


def test_what_was_answered_in_time_is_never_told() -> None:
    peers, line_id = noticed()
    notice = reading.state(peers[RU].station, line_id).cases[0].id
    peers.say(RU, line_id, "core/answer@1", {"text": text("no")}, "declined", [notice])
    peers.carry()
    for party in (US, RU):
        watch = Watch(peers, party)
        watch.at(30 * HOUR_S)
        assert watch.reminding.pass_() == 0


def test_a_flash_message_rings_when_it_arrives_and_again_until_it_is_acknowledged() -> None:
    peers, line_id = noticed(precedence="flash")
    watch = Watch(peers, RU)
    watch.at(1)
    watch.reminding.pass_()
    assert codes(watch) == Counter({"watch.arrived": 1})
    watch.at(1_300)
    watch.reminding.pass_()
    assert codes(watch) == Counter({"watch.arrived": 1, "watch.due": 1, "watch.escalate": 2})
    notice = watch.station.states[line_id].cases[0].id
    peers.say(
        RU, line_id, "core/acknowledge@1",
        {"position": "duty officer", "at_time": "2023-11-14T22:40:00Z"}, "received", [notice],
    )  # fmt: skip
    watch.at(2 * HOUR_S)
    watch.reminding.pass_()
    assert codes(watch)["watch.escalate"] == 2


def test_a_clock_that_jumped_tells_nothing_until_it_is_confirmed_and_then_once() -> None:
    peers, _ = noticed()
    watch = Watch(peers, RU)
    watch.reminding.pass_()
    for jump_s in (YEAR_S, -YEAR_S):
        watch.clock.jumped_s = jump_s
        assert watch.reminding.pass_() == 0
        assert watch.reminding.pass_() == 0
        watch.clock.jumped_s = 0
        clocks.confirm(watch.station, "an officer")
        assert watch.reminding.pass_() == 0
    held = [e for e in watch.station.store.events("alarm") if e.code == "watch.reminders-held"]
    assert len(held) == 2
    watch.at(2 * HOUR_S)
    assert watch.reminding.pass_() == 1


def test_what_a_confirmed_clock_told_too_early_is_told_again_when_its_time_comes() -> None:
    peers, _ = noticed()
    watch = Watch(peers, RU)
    watch.clock.jumped_s = 20 * 86_400  # across a restart nobody sees less than a month
    watch.restart()
    assert watch.reminding.pass_() == 2
    watch.clock.jumped_s = 0
    watch.reminding.pass_()
    clocks.confirm(watch.station, "an officer")
    assert watch.reminding.pass_() == 0
    watch.at(2 * HOUR_S)
    watch.restart()
    assert watch.reminding.pass_() == 1


def test_a_small_step_back_tells_nothing_twice() -> None:
    peers, _ = noticed()
    watch = Watch(peers, RU)
    watch.at(HOUR_S)
    assert watch.reminding.pass_() == 1
    watch.clock.jumped_s = -120
    assert watch.reminding.pass_() == 0
    watch.clock.jumped_s = 0
    assert watch.reminding.pass_() == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.integers(0, 4), min_size=3, max_size=25))
def test_over_any_history_of_restarts_and_jumps_each_reminder_is_told_once(
    seed: int, steps: list[int]
) -> None:
    """None twice, none lost: jumps of a year either way, restarts between any two steps."""
    watch, draw, second = Watch(immediate(), RU, is_shared=True), random.Random(seed), 0
    for step in steps:
        if step == 0:
            watch.restart()
        elif step == 1:
            watch.clock.jumped_s = draw.choice((YEAR_S, -YEAR_S))
            watch.reminding.pass_()
            watch.clock.jumped_s = 0
            clocks.confirm(watch.station, "an officer")
        else:
            second += draw.randrange(3 * HOUR_S)
            watch.at(second)
        watch.reminding.pass_()
    watch.at(200 * HOUR_S)
    watch.restart()
    watch.reminding.pass_()
    told = watch.told()
    assert set(told.values()) == {1}
    assert codes(watch) == Counter({"watch.arrived": 1, "watch.due": 3})


def test_the_check_above_sees_a_reminder_that_is_told_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control: without the mark in the store a restart tells everything again."""
    peers, _ = noticed()
    watch = Watch(peers, RU)
    watch.at(2 * HOUR_S)
    watch.reminding.pass_()
    monkeypatch.setattr(SqliteStore, "meta", lambda self, key: None)
    watch.reminding = Reminding(watch.station, watch.lane, "")
    watch.reminding.pass_()
    assert set(watch.told().values()) == {2}


class Failing:
    """A store whose disk is full, or whose power goes, when something is about to be committed."""

    def __init__(self, real: Any) -> None:
        self._real, self.fails = real, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    @contextlib.contextmanager
    def write(self) -> Iterator[Any]:
        with self._real.write() as tx:
            yield tx
            if self.fails:
                raise StoreFull("the disk is full")


def test_a_reminder_whose_commit_failed_is_told_by_the_next_pass_and_once() -> None:
    watch = Watch(noticed()[0], RU, is_shared=True)
    failing = Failing(watch.station.store)
    watch.station.store = failing
    watch.at(2 * HOUR_S)
    with pytest.raises(StoreFull):
        watch.reminding.pass_()
    assert watch.told() == Counter()
    failing.fails = False
    watch.restart()
    assert watch.reminding.pass_() == 1
    assert watch.reminding.pass_() == 0
    assert set(watch.told().values()) == {1}


def test_a_full_disk_is_an_alarm_once_a_minute_and_no_end_of_the_duty() -> None:
    watch = Watch(noticed()[0], RU, is_shared=True)
    for _ in range(3):
        watch.reminding._refused(StoreFull("the disk is full"))
    watch.at(61)
    watch.reminding._refused(StoreFull("the disk is full"))
    told = [event.code for event in watch.station.store.events("alarm")]
    assert told == ["store.full", "store.full"]


# ---- waking --------------------------------------------------------------------------------------


def hook_in(folder: Path, code: int = 0) -> tuple[str, Path]:
    """A command that writes down what it was given and all of its environment."""
    script, seen = folder / "ring", folder / "seen"
    script.write_text(f'#!/bin/sh\necho "$@" >> {seen}\nenv >> {seen}.env\nexit {code}\n')
    script.chmod(0o700)
    return str(script), seen


def woken(watch: Watch) -> None:
    asyncio.run(watch.reminding._wake())


def test_the_hook_gets_a_precedence_and_a_count_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINE_PASSPHRASE", "a secret")
    hook, seen = hook_in(tmp_path)
    watch = Watch(noticed(precedence="flash")[0], RU, hook)
    watch.at(700)
    assert watch.reminding.pass_() == 3
    woken(watch)
    woken(watch)
    assert seen.read_text() == "flash 3\n"
    assert "secret" not in (tmp_path / "seen.env").read_text()


def test_an_exercise_says_so_to_the_hook(tmp_path: Path) -> None:
    hook, seen = hook_in(tmp_path)
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, timers={**TIMERS}, status="exercise")
    content = {
        "subject": text("Visit"), "place": "Kyiv", "effect": "acknowledge",
        "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
    }  # fmt: skip
    peers.say(US, line_id, "core/visit@1", content)
    peers.carry()
    watch = Watch(peers, RU, hook)
    watch.at(2 * HOUR_S)
    watch.reminding.pass_()
    woken(watch)
    assert seen.read_text() == "routine 1 exercise\n"


def test_a_wake_up_that_was_owed_before_a_restart_is_still_owed(tmp_path: Path) -> None:
    hook, seen = hook_in(tmp_path)
    watch = Watch(noticed()[0], RU, hook)
    watch.at(2 * HOUR_S)
    watch.reminding.pass_()
    watch.restart()
    assert watch.reminding.pass_() == 0
    woken(watch)
    assert seen.read_text() == "routine 1\n"


@pytest.mark.parametrize("code", [1, 7])
def test_a_hook_that_fails_is_an_alarm_and_is_run_again_later(tmp_path: Path, code: int) -> None:
    hook, seen = hook_in(tmp_path, code)
    watch = Watch(noticed()[0], RU, hook)
    watch.at(2 * HOUR_S)
    watch.reminding.pass_()
    woken(watch)
    woken(watch)  # not at once: the pause is not over
    assert seen.read_text() == "routine 1\n"
    (event,) = [e for e in watch.station.store.events("alarm") if e.code == "watch.hook-failed"]
    assert event.text == f"the wake-up command ended with {code}"
    _, seen = hook_in(tmp_path)
    watch.restart()
    woken(watch)
    assert seen.read_text() == "routine 1\nroutine 1\n"


def test_a_command_that_does_not_exist_is_an_alarm() -> None:
    watch = Watch(noticed()[0], RU, "/nowhere/ring")
    watch.at(2 * HOUR_S)
    watch.reminding.pass_()
    woken(watch)
    codes_told = [e.code for e in watch.station.store.events("alarm")]
    assert codes_told == ["watch.hook-failed"]


@pytest.mark.parametrize("text_", ['ring "7', "ring '", "a\x00b"])
def test_a_hook_that_no_shell_would_take_is_refused(text_: str) -> None:
    with pytest.raises(BadHook):
        hook_of(text_)
    assert hook_of("") == ()


# ------------------------------------------------------------------------- alarms of the node


def looked(watch: Watch) -> None:
    """One pass, and whoever has to be woken by it is."""
    watch.reminding.pass_()
    woken(watch)


def alarmed(folder: Path, code: int = 0) -> tuple[Watch, Path]:
    """A node that has told nothing yet, with a hook."""
    peers = make_peers(US, RU)
    peers.open_line(US, RU)
    hook, seen = hook_in(folder, code)
    watch = Watch(peers, RU, hook)
    looked(watch)
    assert not seen.exists()
    return watch, seen


def test_a_grave_alarm_of_the_node_wakes_once_whatever_restarts_and_one_that_can_wait_does_not(
    tmp_path: Path,
) -> None:
    watch, seen = alarmed(tmp_path)
    watch.station.note_event("alarm", "packs", "packs.left-out", "a pack")
    looked(watch)
    assert not seen.exists()
    watch.station.note_event("alarm", US, "party.doubled", "two nodes")
    looked(watch)
    watch.restart()
    looked(watch)
    assert seen.read_text() == "immediate 1\n"


def test_an_alarm_told_again_wakes_again_only_after_somebody_has_seen_it(tmp_path: Path) -> None:
    watch, seen = alarmed(tmp_path)
    for _ in range(3):
        watch.station.note_event("alarm", US, "reseal.asked", "us.example asks again")
        looked(watch)
    assert seen.read_text() == "immediate 1\n"
    (alarm,) = alarms.standing(watch.station)
    alarms.see(watch.station, alarm.serial, "Anna")
    watch.restart()
    looked(watch)
    assert seen.read_text() == "immediate 1\n"
    watch.station.note_event("alarm", US, "reseal.asked", "us.example asks again")
    looked(watch)
    assert seen.read_text() == "immediate 1\nimmediate 1\n"


def test_a_clock_that_is_not_sure_holds_back_no_alarm_of_the_node(tmp_path: Path) -> None:
    watch, seen = alarmed(tmp_path)
    watch.station.clock_unsure = "moved"
    watch.station.note_event("alarm", US, "log.forked", "two histories")
    looked(watch)
    assert seen.read_text() == "immediate 2\n"  # and that reminders are held


def test_a_flash_with_the_classical_signature_only_wakes_as_a_flash(tmp_path: Path) -> None:
    watch, seen = alarmed(tmp_path)
    peers = watch.peers
    (line,) = [row.line_id for row in watch.station.lines()]
    peers.carry()
    told = {"subject": text("Fire"), "precedence": "flash", "place": "Bridge",
            "since": "2030-12-01T08:00:00Z"}  # fmt: skip
    peers.say(US, line, "core/incident@1", told, "report")
    shipment = dispatch.next_delivery(peers[US].station, RU)
    assert shipment is not None
    early.take(watch.station, (early.split(shipment.body) or (b"",))[0])
    looked(watch)
    assert seen.read_text() == "flash 1\n"
