"""The five histories, played in memory: every party's end state, and that a difference is found."""

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from openline.cli.play import compare
from openline.cli.play.acting import Done
from openline.cli.play.hands import Answer, HandsRefused
from openline.cli.play.loading import BAD_MONTH, NUMBERS, load_all
from openline.cli.play.player import HistoryResult, PlayResult, Staging, play_history
from openline.cli.play.scenario import Check, History, Open, Play, Send, Step, Stop
from openline.cli.play.stage import Stage
from openline.formats.openjson import Value
from tests.play.memory import MemoryHands


class Silent:
    """A watcher that keeps what it was told."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.stages: list[Stage] = []

    def begin(self, stage: Stage) -> None:
        self.seen.append(f"begin {stage.play.id}")
        self.stages.append(stage)

    def did(self, stage: Stage, step: Step, done: Done) -> None:
        self.seen.append(step.id)

    def compared(self, stage: Stage, stop: Stop, party: str, found: list[str]) -> None:
        self.seen.append(f"{stop.id} {party} {len(found)}")

    def ended(self, stage: Stage, result: PlayResult) -> None:
        self.seen.append(f"end {result.play}")


def history(number: str) -> History:
    return load_all((number,))[0]


def play(
    told: History,
    hands: Callable[[Play], MemoryHands] = lambda play: MemoryHands(),
    **more: object,
) -> HistoryResult:
    staging = Staging(hands, Silent(), compare.packaged())
    return play_history(told, replace(staging, **more))


@pytest.mark.parametrize("number", ["1", "2", "3", "4", "5"])
def test_a_history_ends_as_every_party_expects(number: str) -> None:
    result = play(history(number))
    assert [trouble for each in result.plays for trouble in each.troubles] == []
    assert result.passed
    assert json.loads(json.dumps(result.value()))["passed"] is True


def test_every_expected_file_is_compared_and_none_is_left_over() -> None:
    stops = [
        (s.id, p)
        for h in load_all((*NUMBERS, BAD_MONTH))
        for q in h.plays
        for s in q.stops
        for p in s.parties
    ]
    folder = Path(str(compare.packaged()))
    files = {(path.parent.name, path.name.removesuffix(".json")) for path in folder.glob("*/*")}
    assert sorted(stops) == sorted(files)


def changed(value: Value) -> list[Value]:
    """Every value that differs from this one in exactly one leaf."""
    match value:
        case dict():
            return [value | {k: v} for k, old in value.items() for v in changed(old)]
        case list():
            return [
                [*value[:i], new, *value[i + 1 :]]
                for i, old in enumerate(value)
                for new in changed(old)
            ]
        case bool():
            return [not value]
        case int():
            return [value + 1]
    return [f"{value} "]


def test_an_edited_expected_value_fails_the_run(tmp_path: Path) -> None:
    shutil.copytree(Path(str(compare.packaged())), tmp_path / "expected")
    file = tmp_path / "expected" / "1a" / "ru.example.json"
    good = json.loads(file.read_text("utf-8"))
    edits = changed(good)
    assert len(edits) > 60
    for edited in edits[:: len(edits) // 6]:
        file.write_text(json.dumps(edited), "utf-8")
        result = play(
            replace(history("1"), plays=history("1").plays[:1]), expected=tmp_path / "expected"
        )
        assert not result.passed
        assert [t.where for t in result.plays[0].troubles] == ["stop 1a, ru.example"]


def test_every_edit_of_an_expected_value_is_a_difference() -> None:
    for file in Path(str(compare.packaged())).glob("[1345]*/us.example.json"):
        good = json.loads(file.read_text("utf-8"))
        for edited in changed(good):
            assert len(compare.differences(edited, good)) == 1, file


class Deaf(MemoryHands):
    """Hands whose nodes lose one message for good: the negative control of every end state."""

    def __init__(self, lost: str) -> None:
        super().__init__()
        self.lost = lost

    def do_draft(self, node, args):  # type: ignore[no-untyped-def]  # as in MemoryHands
        if args["format"] == self.lost:
            raise HandsRefused(node.party, "draft", "test.lost", "it never left")
        return super().do_draft(node, args)


@pytest.mark.parametrize(
    ("number", "lost"),
    [("1", "core/close@1"), ("3", "agreements/contest@1"), ("4", "positions/demand-answer@1")],
)
def test_a_message_that_never_left_fails_the_history(number: str, lost: str) -> None:
    result = play(history(number), lambda play: Deaf(lost))
    assert not result.passed
    assert any("test.lost" in t.what for each in result.plays for t in each.troubles)


@pytest.mark.parametrize(
    "step",
    [
        "1.2-received",
        "1.4-degraded",
        "3.3-reservation",
        "4.4-closed",
        "5.1-notes-ru",
    ],
)
def test_leaving_out_a_step_changes_an_end_state(step: str) -> None:
    told = history(step[0])
    assert step in {each.id for each in told.steps}
    fewer = replace(told, steps=tuple(each for each in told.steps if each.id != step))
    result = play(fewer)
    wheres = [t.where for each in result.plays for t in each.troubles]
    assert any(where.startswith("stop ") or where == "play 4" for where in wheres)


def test_the_lost_receipt_is_lost_and_the_same_one_comes_again() -> None:
    made: list[MemoryHands] = []

    def new(play: Play) -> MemoryHands:
        made.append(MemoryHands())
        return made[-1]

    assert play(history("1"), new).passed
    for hands in made:
        assert hands.dropped == [("us.example", "ru.example")]
        assert hands.closed


def test_the_desk_must_warn_of_a_contradicting_position() -> None:
    class Quiet(MemoryHands):
        def warnings(self, node: object, made: object) -> list[Value]:
            return []

    result = play(history("5"), lambda play: Quiet())
    troubles = result.plays[0].troubles
    assert [t.where for t in troubles] == ["step 5.2-us-spokesman"]
    assert troubles[0].what == "the desk did not warn of position.contradicts"


def without_advisers(told: History) -> History:
    """History 5 as it would be if the advisers' line had never been opened."""

    def stays(step: Step) -> bool:
        match step.action:
            case Send(line="advisers") | Open(line="advisers") | Check(line="advisers"):
                return False
        return True

    (only,) = told.plays
    lines = tuple(x for x in only.lines if x != "advisers")
    steps = tuple(s for s in told.steps if stays(s))
    stop = replace(only.stops[0], after=steps[-1].id, parties=("tr.example",))
    return replace(told, steps=steps, plays=(replace(only, lines=lines, stops=(stop,)),))


def test_stores_of_all_others_are_equal_with_and_without_the_advisers_line() -> None:
    digests: list[dict[str, str]] = []

    def after(stage: Stage) -> None:
        parties = (*stage.play.parties, "witness")
        digests.append({party: stage.hands.store_digest(party) for party in parties})

    for told in (history("5"), without_advisers(history("5"))):
        assert play(told, after=after).passed
    with_line, without = digests
    assert with_line["tr.example"] == without["tr.example"]
    assert with_line["witness"] == without["witness"]
    assert with_line["us.example"] != without["us.example"], "the comparison sees a difference"


def test_a_store_that_changes_while_the_advisers_speak_is_found() -> None:
    class Leaky(MemoryHands):
        def do_draft(self, node, args):  # type: ignore[no-untyped-def]  # as in MemoryHands
            if self.nodes[node.party].charters[args["line"]]["level"] == "advisers":
                self.nodes["tr.example"].known.add("something is going on")
            return super().do_draft(node, args)

    result = play(history("5"), lambda play: Leaky())
    assert [t.where for t in result.plays[0].troubles] == ["step 5.4-same, tr.example"]


def test_a_node_that_does_not_catch_up_is_found() -> None:
    class Cut(MemoryHands):
        def heal(self, party: str, other: str) -> None:
            pass

    result = play(history("4"), lambda play: Cut())
    assert not result.passed


def test_a_restored_node_that_does_not_reopen_is_refused() -> None:
    class Forgetful(MemoryHands):
        def do_line_reopen(self, node, args):  # type: ignore[no-untyped-def]  # as in MemoryHands
            answer = self.do_line_accept(node, args)
            return answer | {"officers_needed": 0}

    result = play(history("3"), lambda play: Forgetful())
    wheres = [t.where for t in result.plays[0].troubles]
    assert wheres[0] == "step 3.4-new-epoch, us.example"
    assert "exchange.suspected" in result.plays[0].troubles[-1].what


def test_a_refusal_by_a_node_ends_the_play_and_is_told() -> None:
    class Refusing(MemoryHands):
        def call(self, party: str, operation: str, args: Mapping[str, Value]) -> Answer:
            if operation == "line_accept":
                raise HandsRefused(party, operation, "test.no", "not today")
            return super().call(party, operation, args)

    result = play(history("4"), lambda play: Refusing())
    assert [t.where for each in result.plays for t in each.troubles] == [
        "play 4, after 0 steps",
        "play 4b, after 0 steps",
    ]


def test_a_watcher_sees_every_step_once_and_in_order() -> None:
    watcher = Silent()
    told = history("4")
    assert play(told, watcher=watcher).passed
    steps = [s.id for q in told.plays for s in told.steps_of(q)]
    known = set(steps)
    assert [seen for seen in watcher.seen if seen in known] == steps
    assert watcher.seen[0] == "begin 4" and watcher.seen[-1] == "end 4b"
