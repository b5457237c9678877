"""The live view on a terminal: the lines of every running play, redrawn as it goes on.

Shapes   TerminalView is a Watcher; several plays may run, each with its part of the screen
Units    times are UTC; heights are rows of the terminal
Raises   HandsRefused when a node does not show its cases
Source   docs/OPERATE.md, "The demo"
Never    prints what came from a node without cleaning it; never invents a rung
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from openline.cli.clean import clean
from openline.cli.play.acting import Done
from openline.cli.play.player import PlayResult
from openline.cli.play.scenario import Digest, Send, Step, Stop
from openline.cli.play.stage import Stage
from openline.cli.play.view import COLUMNS, cells, closing_words, opening_words
from openline.cli.play.watching import LineRow, clock, rows_of, short
from openline.formats.spell import utc

ROWS_MAX: Final = 4
TALK_MAX: Final = 3
TABLE_FRAME: Final = 5
LINES_MIN: Final = 1


@dataclass(slots=True)
class Screen:
    """What one play shows: its lines, the one that spoke last first, and what happens just now."""

    title: str
    rows: dict[str, tuple[str, tuple[LineRow, ...]]] = field(default_factory=dict)
    talk: list[str] = field(default_factory=list)

    def speak(self, title: str, node: str, shown: tuple[LineRow, ...]) -> None:
        """A line has new rows, as this node sees it: it moves to the front."""
        self.rows = {title: (node, shown), **{t: r for t, r in self.rows.items() if t != title}}

    def parts(self, height: int) -> Iterator[Text | Table]:
        """EXERCISE first, then as many lines as there is room for, then the talk."""
        yield Text(self.title, style="bold black on yellow")
        left = height - 1 - TALK_MAX
        for number, (title, (node, shown)) in enumerate(self.rows.items()):
            left -= TABLE_FRAME + len(shown[-ROWS_MAX:])
            if left < 0 and number >= LINES_MIN:
                break
            yield table_of(f"{title}, as {short(node)}'s node sees it", shown)
        yield from (Text(line, no_wrap=True, overflow="ellipsis") for line in self.talk[-TALK_MAX:])


def table_of(title: str, shown: tuple[LineRow, ...]) -> Table:
    """The last messages of one line."""
    table = Table(title=Text(f"EXERCISE {clean(title)}"), title_justify="left", expand=True)
    for column in COLUMNS:
        table.add_column(column, no_wrap=column in ("number", "from", "told"))
    for row in shown[-ROWS_MAX:]:
        table.add_row(*(Text(cell) for cell in cells(row)))
    return table


class TerminalView:
    """A screen per running play; the closing lines of a play stay above."""

    def __init__(self, console: Console, lang: str = "en") -> None:
        self._console, self._lang = console, lang
        self._screens: dict[str, Screen] = {}
        self._live: Live | None = None
        self._turn = Lock()

    def begin(self, stage: Stage) -> None:
        with self._turn:
            self._screens[stage.play.id] = Screen(opening_words(stage))
            if self._live is None:
                self._live = Live(self.screen(), console=self._console, transient=True)
                self._live.start()
            self._redraw()

    def did(self, stage: Stage, step: Step, done: Done) -> None:
        shown: tuple[LineRow, ...] = ()
        spoken = step.action if isinstance(step.action, Send | Digest) else None
        if spoken is not None:
            shown = rows_of(stage, spoken.line, spoken.sender, self._lang, step.id)
        with self._turn:
            screen = self._screens[stage.play.id]
            screen.talk.append(clean(f"{clock(utc(step.at_s))} [{step.mark}] {step.tells}"))
            if spoken is not None:
                screen.speak(stage.history.line(spoken.line).title, spoken.sender, shown)
            self._redraw()

    def compared(self, stage: Stage, stop: Stop, party: str, found: list[str]) -> None:
        verdict = "end state as expected" if not found else f"{len(found)} differences"
        with self._turn:
            self._screens[stage.play.id].talk.append(f"{stop.id} {party}: {verdict}")
            self._redraw()

    def ended(self, stage: Stage, result: PlayResult) -> None:
        with self._turn:
            if self._live is not None and len(self._screens) <= 1:
                self._live.stop()
                self._live = None
            self._screens.pop(stage.play.id, None)
            self._redraw()
            self._console.print(Text(opening_words(stage), style="bold yellow"))
            for trouble in result.troubles:
                words = clean(f"  ! {trouble.where}: {trouble.what}")
                self._console.print(Text(words, style="red"))
            style = "green" if result.passed else "bold red"
            self._console.print(Text(f"  {closing_words(result)}", style=style))

    def screen(self) -> Group:
        """All running plays, one below the other."""
        height = (self._console.height - 1) // max(1, len(self._screens))
        parts = [part for each in self._screens.values() for part in each.parts(height)]
        return Group(*parts)

    def _redraw(self) -> None:
        if self._live is not None:
            self._live.update(self.screen())
