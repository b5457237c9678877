"""The live view: EXERCISE first, one row per message, nothing that a node did not show."""

import io
import re

from rich.console import Console

from openline.cli.play import compare
from openline.cli.play.loading import load_all
from openline.cli.play.player import Staging, play_history
from openline.cli.play.terminal import TerminalView
from openline.cli.play.view import PlainView
from tests.play.memory import MemoryHands


def plain(number: str) -> list[str]:
    lines: list[str] = []
    view = PlainView(lines.append)
    staging = Staging(lambda play: MemoryHands(), view, compare.packaged())
    assert play_history(load_all((number,))[0], staging).passed
    return lines


def test_exercise_and_its_play_are_said_on_every_line_before_anything_else() -> None:
    lines = plain("1")
    assert lines[0].startswith("EXERCISE  history 1 (1a): A visit, told beforehand")
    assert all(re.match(r"EXERCISE ( history 1 \()?1[ab]", line) for line in lines)


def test_the_rows_of_a_line_say_whose_node_shows_them() -> None:
    rows = [line for line in plain("1") if "  receipt " in line]
    assert rows and all(re.search(r"as [a-z]+'s node sees it: number ", row) for row in rows)


def test_a_row_names_number_format_receipt_ladder_and_answer() -> None:
    text = "\n".join(plain("1"))
    assert "number 1.1  from us  format Notice of a visit  told 02-20 01:00Z" in text
    assert "ladder ru A1+A3  answer -" in text
    assert "ladder ru A1+A3+A4  answer ru: Noted without guarantee" in text


def test_a_machine_receipt_is_no_rung_and_no_answer() -> None:
    first = next(line for line in plain("1") if "Notice of a visit" in line)
    assert first.endswith("receipt ru 02-20 01:00Z  ladder -  answer -")


def test_every_step_shows_its_mark() -> None:
    steps = [line for line in plain("4") if re.match(r"EXERCISE ( 4|4b) \d", line)]
    assert steps and all(any(f"[{mark}]" in line for mark in "RHP") for line in steps)


def test_a_terminal_sees_exercise_above_every_line() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=140, color_system=None)
    staging = Staging(lambda play: MemoryHands(), TerminalView(console), compare.packaged())
    assert play_history(load_all(("1",))[0], staging).passed
    text = out.getvalue()
    assert "EXERCISE  history 1" in text.split("\n")[0]
    assert "EXERCISE us-ru diplomatic, as us's node sees it" in text
    assert "Notice of a visit" in text
    assert "as expected" in text


def test_a_difference_is_told_line_by_line() -> None:
    lines: list[str] = []
    told = load_all(("1",))[0]
    steps = tuple(step for step in told.steps if step.id != "1.2-received")
    from dataclasses import replace

    staging = Staging(lambda play: MemoryHands(), PlainView(lines.append), compare.packaged())
    assert not play_history(replace(told, steps=steps), staging).passed
    assert any("received: expected" in line and 'shown "-"' in line for line in lines)
    assert any(line.startswith("EXERCISE 1a ! stop 1a, us.example: ") for line in lines)
