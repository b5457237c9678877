"""Real processes of a play: `openline serve` and `openline witness serve`, started and ended by us.

Shapes   Nursery.launch(home, arguments) -> Process; wait_ready() -> what it says first; stop();
         kill()
Units    seconds
Raises   ProcessFailed with the last words that the process wrote
Source   docs/ARCHITECTURE.md, "The demo"
Never    ends a process that it did not start: a signal goes through a descriptor of that process,
         which no later process can take over
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from openline.cli.play.hands import Answer
from openline.cli.play.nursery import OUTPUT, READY
from openline.errors import OpenlineError

READY_S: Final = 60.0
STOP_S: Final = 10.0
LOOK_S: Final = 0.005
LAST_WORDS_MAX: Final = 600


class ProcessFailed(OpenlineError):
    """A process of the play did not start, or has ended by itself."""

    code: ClassVar[str] = "play.process-failed"
    remedy: ClassVar[str] = "Read serve.log in the folder that is named."


@dataclass(slots=True)
class Process:
    """One process of ours, with its folder."""

    home: Path
    pid: int
    descriptor: int

    @property
    def is_up(self) -> bool:
        return self.descriptor >= 0 and not self._has_ended(0.0)

    def wait_ready(self, wait_s: float = READY_S) -> Answer:
        """The first line that it prints: where it listens, or why it does not."""
        until_s = time.monotonic() + wait_s
        while not (said := self._said()).endswith("\n"):
            if not self.is_up and not self._said():
                raise ProcessFailed(f"{self.home}: ended at its start: {self.last_words()}")
            if time.monotonic() > until_s:
                raise ProcessFailed(f"{self.home}: not ready after {wait_s:.0f} s")
            time.sleep(LOOK_S)
        told: Answer = json.loads(said)
        if "code" in told:
            raise ProcessFailed(f"{self.home}: {told['code']}: {told.get('detail', '')}")
        return told

    def _said(self) -> str:
        try:
            return (self.home / READY).read_text("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def last_words(self) -> str:
        """The end of what it wrote to stderr."""
        try:
            text = (self.home / OUTPUT).read_text("utf-8", "replace")
        except OSError:
            return ""
        return " ".join(text[-LAST_WORDS_MAX:].split())

    def ask_to_stop(self) -> None:
        """SIGTERM: it finishes what it does and ends."""
        self._send(signal.SIGTERM)

    def stop(self) -> None:
        """Ask it to end cleanly, and wait; one that does not is killed, and that is a fault."""
        self.ask_to_stop()
        ended = self._has_ended(STOP_S)
        if not ended:
            self.kill()
            raise ProcessFailed(f"{self.home}: did not stop in {STOP_S:.0f} s")
        self._close()

    def kill(self) -> None:
        """SIGKILL: it has no time for anything."""
        self._send(signal.SIGKILL)
        self._has_ended(STOP_S)
        self._close()

    def _send(self, number: int) -> None:
        try:
            if self.descriptor >= 0:
                signal.pidfd_send_signal(self.descriptor, number)
        except ProcessLookupError:
            pass  # it has ended already

    def _has_ended(self, wait_s: float) -> bool:
        """A process descriptor becomes readable when its process has ended."""
        return bool(select.select([self.descriptor], [], [], wait_s)[0])

    def _close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


class Nursery:
    """The process that all others come from; closing it ends every one that still runs."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Start it; it loads the program while others are busy."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENLINE_")}
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-m", "openline.cli.play.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )

    def launch(self, home: Path, arguments: Sequence[str]) -> Process:
        """Start `openline ARGUMENTS` for a folder, in a session of its own."""
        home = home.absolute()
        home.mkdir(parents=True, exist_ok=True)
        (home / READY).unlink(missing_ok=True)
        order = json.dumps({"home": str(home), "arguments": list(arguments)}).encode() + b"\n"
        with self._turn:
            child = self._child
            if child is None or child.stdin is None or child.stdout is None:
                raise ProcessFailed(f"{home}: the demo is over")
            try:
                child.stdin.write(order)
                child.stdin.flush()
                pid = int(json.loads(child.stdout.readline())["pid"])
                return Process(home, pid, os.pidfd_open(pid))
            except (OSError, ValueError) as fault:
                raise ProcessFailed(f"{home}: could not be started: {fault}") from None

    def close(self) -> None:
        """End what still runs, and the nursery itself; a second call does nothing."""
        with self._turn:
            child, self._child = self._child, None
        if child is not None:
            child.communicate()
