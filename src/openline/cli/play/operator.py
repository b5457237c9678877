"""What an operator does at a terminal in a play: whole `openline` commands, as the manual has them.

Shapes   Terminal(folder).run(home, words) -> what the command printed with --json; verdict(...) is
         `openline verify` in an empty folder: no node, no key, no configuration
Units    seconds
Raises   CommandFailed with what the command said
Source   docs/OPERATE.md, "Bad days"
Never    does anything that a person with this program could not do; a secret goes by environment
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from openline.cli.play.hands import Answer
from openline.cli.play.homes import PASSPHRASE
from openline.cli.signing import PASSPHRASE as VARIABLE
from openline.errors import OpenlineError

COMMAND_S: Final = 120
WORDS_MAX: Final = 600


class CommandFailed(OpenlineError):
    """A command of the play was refused or did not end."""

    code: ClassVar[str] = "play.command-failed"
    remedy: ClassVar[str] = "Read what the command said: its remedy applies."


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where commands are typed: `folder` lies beside the nodes and belongs to none of them."""

    folder: Path

    def run(self, home: Path, words: Sequence[str]) -> Answer:
        """One command about the node in `home`; everything it asks is answered yes."""
        code, told = self._typed([*words, "--home", str(home), "--yes"])
        if code:
            said = f"{told.get('code', code)}: {told.get('detail', '')}"[:WORDS_MAX]
            raise CommandFailed(f"openline {' '.join(words[:2])}: {said}")
        return told

    def verdict(self, words: Sequence[str]) -> tuple[int, Answer]:
        """`openline verify` with files alone: its exit code and the verdict."""
        return self._typed(["verify", *words])

    def _typed(self, words: Sequence[str]) -> tuple[int, Answer]:
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENLINE_")}
        try:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "openline.cli.main", *words, "--json"],
                cwd=self.folder,
                env={**kept, VARIABLE: PASSPHRASE},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=COMMAND_S,
                check=False,
            )
            told = json.loads(done.stdout) if done.stdout.strip() else {}
        except (subprocess.TimeoutExpired, ValueError) as fault:
            raise CommandFailed(f"openline {' '.join(words[:2])}: {fault}"[:WORDS_MAX]) from None
        if not isinstance(told, dict):
            raise CommandFailed(f"openline {' '.join(words[:2])}: no JSON object")
        return done.returncode, told
