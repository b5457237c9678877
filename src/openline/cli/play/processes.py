"""Real processes of a play: `openline serve` and `openline witness serve`, started and ended by us.

Shapes   launch(home, arguments) -> Process; wait_ready() -> the line it prints; stop(); kill()
Units    seconds
Raises   ProcessFailed with the last words that the process wrote
Source   docs/ARCHITECTURE.md, "The demo"
Never    ends a process that it did not start; signals go to one process id
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from openline.errors import OpenlineError

READY_S: Final = 60.0
STOP_S: Final = 10.0
LAST_WORDS_MAX: Final = 600
OUTPUT: Final = "serve.log"


class ProcessFailed(OpenlineError):
    """A node of the play did not start, or has ended by itself."""

    code: ClassVar[str] = "play.process-failed"
    remedy: ClassVar[str] = "Read serve.log in the folder that is named; `openline doctor` helps."


@dataclass(slots=True)
class Process:
    """One process of ours, with its folder."""

    home: Path
    child: subprocess.Popen[bytes]
    said: str = ""
    is_asked: bool = False

    @property
    def pid(self) -> int:
        return self.child.pid

    @property
    def is_up(self) -> bool:
        return self.child.poll() is None

    def wait_ready(self, wait_s: float = READY_S) -> str:
        """The first line that it prints, which says that it listens."""
        until_s = time.monotonic() + wait_s
        output = self.child.stdout
        data = b""
        while output is not None and not data.endswith(b"\n"):
            left_s = until_s - time.monotonic()
            if left_s <= 0 or not select.select([output], [], [], left_s)[0]:
                raise ProcessFailed(f"{self.home}: not ready after {wait_s:.0f} s")
            piece = os.read(output.fileno(), 65_536)
            if not piece:
                raise ProcessFailed(f"{self.home}: ended at its start: {self.last_words()}")
            data += piece
        self.said = data.decode("utf-8", "replace")
        return self.said

    def last_words(self) -> str:
        """The end of what it wrote to stderr."""
        try:
            text = (self.home / OUTPUT).read_text("utf-8", "replace")
        except OSError:
            return ""
        return " ".join(text[-LAST_WORDS_MAX:].split())

    def ask_to_stop(self) -> None:
        """SIGTERM, once; it ends by itself."""
        if self.is_up and not self.is_asked:
            self.is_asked = True
            self.child.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Ask it to end cleanly, and wait; one that does not is killed."""
        self.ask_to_stop()
        try:
            self.child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise ProcessFailed(f"{self.home}: did not stop in {STOP_S:.0f} s") from None
        finally:
            self._close()

    def kill(self) -> None:
        """SIGKILL: it has no time for anything."""
        self.child.kill()
        self.child.wait()
        self._close()

    def _close(self) -> None:
        if self.child.stdout is not None:
            self.child.stdout.close()


def launch(home: Path, arguments: Sequence[str]) -> Process:
    """Start `openline ...` in a session of its own, so that Ctrl-C at the terminal is ours alone.

    It works in the folder above its own: the path of the node's socket then stays short.
    """
    home.mkdir(parents=True, exist_ok=True)
    program = [sys.executable, "-P", "-m", "openline.cli.main"]
    command = [*program, *arguments, "--home", home.name, "--json"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENLINE_")}
    with (home / OUTPUT).open("ab") as errors:
        child = subprocess.Popen(
            command,
            cwd=home.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    return Process(home, child)
