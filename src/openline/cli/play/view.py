"""The live view of a play as plain lines, and the words that both views share.

Shapes   PlainView is a Watcher; like terminal.TerminalView it says EXERCISE before anything else
Units    times are UTC
Raises   HandsRefused when a node does not show its cases
Source   docs/OPERATE.md, "The demo"
Never    prints what came from a node without cleaning it; never invents a rung
"""

from collections.abc import Callable
from threading import Lock
from typing import Final

from openline.cli.clean import clean
from openline.cli.play.acting import Done
from openline.cli.play.player import PlayResult
from openline.cli.play.scenario import Digest, Send, Step, Stop
from openline.cli.play.stage import Stage
from openline.cli.play.watching import LineRow, clock, rows_of, short
from openline.formats.spell import utc

COLUMNS: Final = ("number", "from", "format", "told", "receipt", "ladder", "answer")


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


def mark(play: str) -> str:
    """What begins every line: that nothing of this is real, and which play it is of."""
    return f"EXERCISE {play:>2}"


class PlainView:
    """One line per thing that happens; `write` takes whole lines.

    Plays may run side by side, so each line says EXERCISE and whose it is; the rows of a line say
    whose node shows them: another party's holds other receipts.
    """

    def __init__(self, write: Callable[[str], None], lang: str = "en") -> None:
        self._write, self._lang = write, lang
        self._shown: dict[tuple[str, str, str], LineRow] = {}
        self._lock = Lock()

    def begin(self, stage: Stage) -> None:
        with self._lock:
            self._write(opening_words(stage))

    def did(self, stage: Stage, step: Step, done: Done) -> None:
        told = f"{clock(utc(step.at_s))} [{step.mark}] {step.tells}"
        lines = [clean(f"{mark(stage.play.id)} {told}")]
        if isinstance(step.action, Send | Digest):
            lines += self._changed(stage, step.action, step.id)
        with self._lock:
            for line in lines:
                self._write(line)

    def _changed(self, stage: Stage, send: Send | Digest, step: str) -> list[str]:
        """The rows of the line that look other than when they were last shown."""
        lines = []
        for row in rows_of(stage, send.line, send.sender, self._lang, step):
            key = (stage.play.id, send.line, f"{row.sender} {row.number}")
            if self._shown.get(key) != row:
                self._shown[key] = row
                named = zip(COLUMNS, cells(row), strict=True)
                spelled = "  ".join(f"{name} {cell}" for name, cell in named)
                line = f"{clean(row.line)}, as {short(send.sender)}'s node sees it"
                lines.append(f"{mark(stage.play.id)}   {line}: {spelled}")
        return lines

    def compared(self, stage: Stage, stop: Stop, party: str, found: list[str]) -> None:
        verdict = "end state as expected" if not found else f"{len(found)} differences"
        with self._lock:
            self._write(f"{mark(stage.play.id)}   {stop.id} {party}: {verdict}")
            for line in found:
                self._write(clean(f"{mark(stage.play.id)}     {line}"))

    def ended(self, stage: Stage, result: PlayResult) -> None:
        with self._lock:
            for trouble in result.troubles:
                self._write(clean(f"{mark(stage.play.id)} ! {trouble.where}: {trouble.what}"))
            self._write(f"{mark(stage.play.id)} {closing_words(result)}")
