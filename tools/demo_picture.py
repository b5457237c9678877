"""docs/img/demo.svg: what a terminal shows near the end of history 1, from a real run.

Shapes   `python -m tools.demo_picture` plays history 1 between real nodes and writes the picture
Units    columns of text
Raises   SystemExit when the history did not pass: no picture then
Source   README.md shows it
Never    draws anything that the live view did not show
"""

import io
import re
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, Group
from rich.text import Text

from openline.cli.play import compare
from openline.cli.play.loading import load_all
from openline.cli.play.performance import Performance
from openline.cli.play.player import PlayResult
from openline.cli.play.stage import Stage
from openline.cli.play.terminal import TerminalView

PICTURE = Path(__file__).parents[1] / "docs" / "img" / "demo.svg"
PLAY = "1b"
COLUMNS = 124
ROWS = 40


class Camera(TerminalView):
    """The live view, and what it showed last of one play."""

    def __init__(self) -> None:
        super().__init__(Console(file=io.StringIO(), width=COLUMNS, height=ROWS))
        self.shot: Group | None = None

    def ended(self, stage: Stage, result: PlayResult) -> None:
        if stage.play.id == PLAY:
            self.shot = self.screen()
        super().ended(stage, result)


def main() -> None:
    """Play, and write the picture."""
    camera = Camera()
    with tempfile.TemporaryDirectory() as folder:
        performance = Performance(Path(folder), camera, compare.packaged(), may_forget=True)
        try:
            outcome = performance.run(load_all(("1",)))
        finally:
            performance.close()
    if outcome.failed or camera.shot is None:
        sys.exit("history 1 did not pass: no picture")
    console = Console(file=io.StringIO(), record=True, width=COLUMNS)
    console.print(Text("$ openline demo --once --scenario 1", style="bold"))
    console.print(camera.shot)
    console.print(Text(outcome.closing, style="bold green"))
    # The letters come from the reader's own machine: no address of a font stands in the picture.
    form = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    svg = console.export_svg(title="openline demo", code_format=form, unique_id="demo")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    PICTURE.write_text(re.sub(r"[ \t]+\n", "\n", svg), "utf-8")


if __name__ == "__main__":
    main()
