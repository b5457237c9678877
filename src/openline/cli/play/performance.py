"""The demo as a whole: plays side by side, what they leave behind proved, nodes ended or kept.

Shapes   Performance(...).run(histories) -> Outcome; stay() -> the nodes that go on; close()
Units    seconds are wall time
Raises   nothing that a play causes; WireFailed, ProcessFailed from `stay`
Source   docs/OPERATE.md, "The demo"
Never    leaves a process behind, whatever happens
"""

import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from threading import Lock
from typing import Final

from openline.cli.play import desks, disclosing, proving
from openline.cli.play.disclosing import Disclosed, Examined
from openline.cli.play.loading import BAD_MONTH
from openline.cli.play.player import HistoryResult, Staging, Watcher, play_history
from openline.cli.play.process_hands import ProcessHands
from openline.cli.play.processes import Nursery
from openline.cli.play.proving import Proof
from openline.cli.play.scenario import History, Play, Send
from openline.cli.play.stage import Stage
from openline.formats.card import fingerprint, parse_card
from openline.formats.openjson import Value
from openline.formats.pack import load_packs
from openline.formats.proof import parse_cards_part

# The longest first: with two side by side, the short ones then fill the gap at the end.
LONGEST_FIRST: Final = (BAD_MONTH, "6", "2", "3", "4", "5", "1")


@dataclass(slots=True)
class Outcome:
    """What the whole demo came to."""

    results: tuple[HistoryResult, ...]
    proof: Proof
    examined: tuple[Examined, ...]
    receipts_lost: int
    connections_refused: int
    seconds: float

    @property
    def passed(self) -> int:
        return sum(result.passed for result in self.results)

    @property
    def failed(self) -> int:
        return len(self.results) - self.passed

    @property
    def closing(self) -> str:
        """The last line of the demo."""
        return f"{self.passed} passed, {self.failed} failed"

    def value(self) -> dict[str, Value]:
        """report.json, and what --json prints."""
        return {
            "status": "exercise",
            "passed": self.passed,
            "failed": self.failed,
            "milliseconds": int(self.seconds * 1000),
            "histories": [result.value() for result in self.results],
            "record": self.proof.value(),
            "disclosures": [each.value() for each in self.examined],
            "faults_on_the_wire": {
                "receipts_lost": self.receipts_lost,
                "connections_refused": self.connections_refused,
            },
        }


@dataclass(slots=True)
class Performance:
    """One run. `out` takes the disclosures; folders of passed plays go, unless the run `keeps` them
    or the play is the one that `stays`."""

    nodes: Path
    watcher: Watcher
    expected: Traversable
    out: Path | None = None
    side_by_side: int = 2
    keeps: bool = False
    stays: str = ""
    may_forget: bool = False
    nursery: Nursery = field(default_factory=Nursery)
    hands: dict[str, ProcessHands] = field(default_factory=dict)
    examined: list[Examined] = field(default_factory=list)
    proof: Proof = field(default_factory=Proof)
    turn: Lock = field(default_factory=Lock)

    def run(self, histories: Sequence[History]) -> Outcome:
        """Play all histories, each on fresh nodes."""
        begun = time.monotonic()
        self.nursery.open()
        load_packs()  # once, before threads would each do it
        staging = Staging(self._new_hands, self.watcher, self.expected, self._after)
        ordered = sorted(histories, key=lambda each: LONGEST_FIRST.index(each.number))
        with ThreadPoolExecutor(self.side_by_side, thread_name_prefix="play") as pool:
            waiting = [pool.submit(play_history, history, staging) for history in ordered]
            try:
                results = [each.result() for each in waiting]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.close()
                raise
        wires = [hands.wire for hands in self.hands.values()]
        return Outcome(
            tuple(sorted(results, key=lambda result: result.number)),
            self.proof,
            tuple(self.examined),
            sum(wire.lost for wire in wires),
            sum(wire.refused for wire in wires),
            time.monotonic() - begun,
        )

    def _new_hands(self, play: Play) -> ProcessHands:
        hands = ProcessHands(self.nodes / play.id, self.nursery, may_forget=self.may_forget)
        self.hands[play.id] = hands
        return hands

    def _after(self, stage: Stage) -> None:
        """The nodes of a passed play still run: disclose; then stop them and prove their stores."""
        hands = self.hands[stage.play.id]
        files = disclosing.disclose_visit(stage) if stage.play.id == disclosing.PLAY else ()
        if hands.wire.unspent:
            stage.trouble(f"play {stage.play.id}", "a receipt that was to be lost was never given")
        hands.stop_all()
        for file in files:
            self._examine(stage, file)
        proof = proving.prove({party: player.home for party, player in hands.players.items()})
        with self.turn:
            self.proof.add(proof)
        for finding in proof.findings:
            stage.trouble(f"play {stage.play.id}, the record", finding)
        if not (self.keeps or stage.troubles or stage.play.id == self.stays):
            shutil.rmtree(hands.folder)

    def _examine(self, stage: Stage, file: Disclosed) -> None:
        if self.out is not None:
            file.write(self.out)
        found = disclosing.examine(file, self._fingerprints(stage), hidden_values(stage))
        self.examined.append(found)
        for problem in found.problems:
            stage.trouble(f"play {stage.play.id}, {file.name} by {file.by}", problem)

    def _fingerprints(self, stage: Stage) -> Mapping[str, bytes]:
        """What the parties compared by voice before they opened the line."""
        found = {}
        for party, player in self.hands[stage.play.id].players.items():
            first_leaf, _ = parse_cards_part(player.card).cards[0]
            found[party] = fingerprint(parse_card(first_leaf))
        return found

    def stay(self) -> ProcessHands:
        """The nodes of the play that stays, once more, on their own folders, each with a desk."""
        hands = self.hands[self.stays]
        hands.open_again(desks.addresses(hands.players))
        return hands

    def close(self) -> None:
        """End whatever still runs."""
        self.nursery.close()
        for hands in self.hands.values():
            hands.close()


def hidden_values(stage: Stage) -> list[str]:
    """The values that the notice withholds; no disclosure of it may show one."""
    for step in stage.history.steps:
        if step.id == disclosing.NOTICE and isinstance(step.action, Send):
            return [str(step.action.fields[path]) for path in disclosing.WITHHELD]
    return []
