"""Plays a history on real or pretended nodes and compares what every party's node shows.

Shapes   play_history(history, new_hands, ...) -> HistoryResult, one PlayResult per play
Units    seconds are wall time; scenario times are unix seconds UTC
Raises   nothing that a play causes: a refusal by a node becomes a Trouble of that play
Source   docs/SOURCES.md
Never    goes on with a play after a node has refused: what follows would say nothing
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Protocol

from openline.cli.play import checking, compare
from openline.cli.play.acting import Done, act
from openline.cli.play.hands import Hands
from openline.cli.play.picture import picture
from openline.cli.play.scenario import Check, History, Play, Step, Stop
from openline.cli.play.setup import raise_curtain
from openline.cli.play.stage import Stage, Trouble
from openline.errors import OpenlineError
from openline.formats.openjson import Value


class Watcher(Protocol):
    """Whoever looks on while a history is played: the live view, a report, a test."""

    def begin(self, stage: Stage) -> None:
        """The lines are open and the first step is next."""

    def did(self, stage: Stage, step: Step, done: Done) -> None:
        """One step is done, or one check is made."""

    def compared(self, stage: Stage, stop: Stop, party: str, found: list[str]) -> None:
        """One party's end state is compared; `found` are the differences."""

    def ended(self, stage: Stage, result: "PlayResult") -> None:
        """A play is over; its nodes still run."""


@dataclass(frozen=True, slots=True)
class PlayResult:
    """How one play went; `said` is what verifiers made of the files that its nodes wrote."""

    play: str
    steps: int
    compared: int
    troubles: tuple[Trouble, ...]
    seconds: float
    said: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.troubles


@dataclass(frozen=True, slots=True)
class HistoryResult:
    """How one history went, all its plays together: it counts as one."""

    number: str
    title: str
    plays: tuple[PlayResult, ...]

    @property
    def passed(self) -> bool:
        return bool(self.plays) and all(play.passed for play in self.plays)

    def value(self) -> dict[str, Value]:
        """What report.json says of it; seconds are whole, for a report holds no fractions."""
        return {
            "number": self.number,
            "title": self.title,
            "passed": self.passed,
            "plays": [
                {
                    "play": play.play,
                    "passed": play.passed,
                    "steps": play.steps,
                    "end_states_compared": play.compared,
                    "milliseconds": int(play.seconds * 1000),
                    "verifier_said": list[Value](play.said),
                    "troubles": [{"where": t.where, "what": t.what} for t in play.troubles],
                }
                for play in self.plays
            ],
        }


@dataclass(frozen=True, slots=True)
class Staging:
    """How plays are put on: whose hands, whose eyes, which expected end states.

    `after` is called with the stage of each play that passed, while its nodes still run; `record`
    receives every end state that was shown (to write new expected files from, by hand only).
    """

    new_hands: Callable[[Play], Hands]
    watcher: Watcher
    expected: Traversable
    after: Callable[[Stage], None] = lambda stage: None
    record: Callable[[str, str, Mapping[str, Value]], None] = lambda stop, party, shown: None


def play_history(history: History, staging: Staging) -> HistoryResult:
    """Every play of one history, one after the other."""
    results = tuple(play_once(history, play, staging) for play in history.plays)
    return HistoryResult(history.number, history.title, results)


def play_once(history: History, play: Play, staging: Staging) -> PlayResult:
    """One play on fresh nodes, from the cards to the last end state."""
    begun = time.monotonic()
    hands = staging.new_hands(play)
    stage = Stage(history, play, hands)
    steps = compared = 0
    try:
        raise_curtain(stage)
        staging.watcher.begin(stage)
        for step in history.steps_of(play):
            done = take_step(stage, step)
            steps += 1
            staging.watcher.did(stage, step, done)
            for stop in play.stops:
                if stop.after == step.id:
                    compared += compare_states(stage, stop, staging)
        if compared < sum(len(stop.parties) for stop in play.stops):
            stage.trouble(f"play {play.id}", "not every stop was reached")
        if not stage.troubles:
            staging.after(stage)
        return _finish(stage, staging, steps, compared, begun)
    except OpenlineError as error:
        stage.trouble(f"play {play.id}, after {steps} steps", f"{error.code}: {error}")
        return _finish(stage, staging, steps, compared, begun)
    finally:
        hands.close()


def _finish(stage: Stage, staging: Staging, steps: int, compared: int, begun: float) -> PlayResult:
    seconds = time.monotonic() - begun
    troubles, said = tuple(stage.troubles), tuple(stage.said)
    result = PlayResult(stage.play.id, steps, compared, troubles, seconds, said)
    staging.watcher.ended(stage, result)
    return result


def take_step(stage: Stage, step: Step) -> Done:
    """Set the clock to the step's time and do it."""
    stage.hands.set_clock(step.at_s)
    if isinstance(step.action, Check):
        checking.check(stage, step, step.action)
        return Done()
    return act(stage, step)


def compare_states(stage: Stage, stop: Stop, staging: Staging) -> int:
    """Every named party's node against its expected file, exactly."""
    stage.settle()
    for party in stop.parties:
        shown = picture(stage, party)
        staging.record(stop.id, party, shown)
        expected = compare.expected_of(staging.expected, stop.id, party)
        found = compare.differences(expected, shown)
        for difference in found:
            stage.trouble(f"stop {stop.id}, {party}", difference)
        staging.watcher.compared(stage, stop, party, found)
    return len(stop.parties)
