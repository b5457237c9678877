"""The live view of a play: rows per line on a terminal, plain lines everywhere else.

Shapes   PlainView and TerminalView are Watchers; both say EXERCISE before anything else
Units    times are UTC
Raises   HandsRefused when a node does not show its cases
Source   docs/OPERATE.md, "The demo"
Never    prints what came from a node without cleaning it; never invents a rung
"""

from collections.abc import Callable
from threading import Lock
from typing import Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from openline.cli.clean import clean
from openline.cli.play.acting import Done
from openline.cli.play.player import PlayResult
from openline.cli.play.scenario import Send, Step, Stop
from openline.cli.play.stage import Stage
from openline.cli.play.watching import LineRow, clock, rows_of
from openline.formats.spell import utc

COLUMNS: Final = ("number", "from", "format", "told", "receipt", "ladder", "answer")
ROWS_MAX: Final = 6
TALK_MAX: Final = 4


def opening_words(stage: Stage) -> str:
    """The first thing that a view says of a play."""
    history = stage.history
    return f"EXERCISE  history {history.number} ({stage.play.id}): {history.title}, {history.days}"


def cells(row: LineRow) -> tuple[str, ...]:
    """The cells of one row, made safe for a terminal."""
    shown = (row.number, row.sender, row.format, row.told, row.receipt, row.ladder, row.answer)
    return tuple(clean(cell) for cell in shown)


def closing_words(result: PlayResult) -> str:
    """One line on how a play went."""
    verdict = "as expected" if result.passed else f"{len(result.troubles)} differences"
    return (
        f"play {result.play}: {result.steps} steps, {result.compared} end states, {verdict}, "
        f"{result.seconds:.1f} s"
    )


class PlainView:
    """One line per thing that happens; `write` takes whole lines. Plays may run side by side."""

    def __init__(self, write: Callable[[str], None], lang: str = "en") -> None:
        self._write, self._lang = write, lang
        self._shown: dict[tuple[str, str, str], LineRow] = {}
        self._lock = Lock()

    def begin(self, stage: Stage) -> None:
        with self._lock:
            self._write(opening_words(stage))

    def did(self, stage: Stage, step: Step, done: Done) -> None:
        told = f"{clock(utc(step.at_s))} [{step.mark}] {step.tells}"
        lines = [clean(f"{stage.play.id:>2} {told}")]
        if isinstance(step.action, Send):
            lines += self._changed(stage, step.action)
        with self._lock:
            for line in lines:
                self._write(line)

    def _changed(self, stage: Stage, send: Send) -> list[str]:
        """The rows of the line that look other than when they were last shown."""
        lines = []
        for row in rows_of(stage, send.line, send.sender, self._lang):
            key = (stage.play.id, send.line, f"{row.sender} {row.number}")
            if self._shown.get(key) != row:
                self._shown[key] = row
                named = zip(COLUMNS, cells(row), strict=True)
                spelled = "  ".join(f"{name} {cell}" for name, cell in named)
                lines.append(f"     EXERCISE {clean(row.line)}: {spelled}")
        return lines

    def compared(self, stage: Stage, stop: Stop, party: str, found: list[str]) -> None:
        verdict = "end state as expected" if not found else f"{len(found)} differences"
        with self._lock:
            self._write(f"     {stop.id} {party}: {verdict}")
            for line in found:
                self._write(clean(f"       {line}"))

    def ended(self, stage: Stage, result: PlayResult) -> None:
        with self._lock:
            for trouble in result.troubles:
                self._write(clean(f"  ! {trouble.where}: {trouble.what}"))
            self._write(closing_words(result))


class TerminalView:
    """A table per line, redrawn as the play goes on; closing lines stay on the screen."""

    def __init__(self, console: Console, lang: str = "en") -> None:
        self._console, self._lang = console, lang
        self._rows: dict[str, tuple[LineRow, ...]] = {}
        self._talk: list[str] = []
        self._title = ""
        self._live: Live | None = None

    def begin(self, stage: Stage) -> None:
        self._rows = {stage.history.line(x).title: () for x in stage.line_ids}
        self._talk, self._title = [], opening_words(stage)
        self._live = Live(self._screen(), console=self._console, transient=True)
        self._live.start()

    def did(self, stage: Stage, step: Step, done: Done) -> None:
        self._talk.append(clean(f"{clock(utc(step.at_s))} [{step.mark}] {step.tells}"))
        if isinstance(step.action, Send):
            title = stage.history.line(step.action.line).title
            self._rows[title] = rows_of(stage, step.action.line, step.action.sender, self._lang)
        self._redraw()

    def compared(self, stage: Stage, stop: Stop, party: str, found: list[str]) -> None:
        verdict = "end state as expected" if not found else f"{len(found)} differences"
        self._talk.append(f"{stop.id} {party}: {verdict}")
        self._redraw()

    def ended(self, stage: Stage, result: PlayResult) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._console.print(Text(opening_words(stage), style="bold yellow"))
        for trouble in result.troubles:
            words = clean(f"  ! {trouble.where}: {trouble.what}")
            self._console.print(Text(words, style="red"))
        style = "green" if result.passed else "bold red"
        self._console.print(Text(f"  {closing_words(result)}", style=style))

    def _redraw(self) -> None:
        if self._live is not None:
            self._live.update(self._screen())

    def _screen(self) -> Group:
        """EXERCISE first, then the lines that carry something, then what happens just now."""
        parts: list[Text | Table] = [Text(self._title, style="bold black on yellow")]
        for title, shown in self._rows.items():
            if shown:
                parts.append(self._table(title, shown))
        parts += [Text(line) for line in self._talk[-TALK_MAX:]]
        return Group(*parts)

    def _table(self, title: str, shown: tuple[LineRow, ...]) -> Table:
        table = Table(title=Text(f"EXERCISE {clean(title)}"), title_justify="left", expand=True)
        for column in COLUMNS:
            table.add_column(column)
        for row in shown[-ROWS_MAX:]:
            table.add_row(*(Text(cell) for cell in cells(row)))
        return table
