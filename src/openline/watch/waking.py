"""Waking: a command of the operator's own that rings, runs a siren, sends a pager message.

Shapes   hook_of(text) -> words; await Waker.wake(Wake) -> "" or why it failed
Units    seconds
Raises   BadHook for a setting that no shell would take
Source   docs/OPERATE.md, "Being woken"
Never    hands out content: the command gets a precedence, a count and, where it is not the real
         thing, the word exercise or test; its output is thrown away, and so is our environment
"""

import asyncio
import contextlib
import os
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.errors import OpenlineError

TIMEOUT_S: Final = 30.0
# After a failure: the first pause, and the longest.
PAUSE_FIRST_S: Final = 10.0
PAUSE_MAX_S: Final = 600.0
ACTUAL: Final = "actual"


class BadHook(OpenlineError):
    """The wake-up command cannot be read as words."""

    code: ClassVar[str] = "watch.bad-hook"
    remedy: ClassVar[str] = 'Write it as for a shell, such as `hook = "/usr/local/bin/ring 7"`.'


@dataclass(frozen=True, slots=True)
class Wake:
    """One wake-up: the highest precedence, how many reminders, the status of their lines."""

    level: str
    count: int
    status: str

    def words(self) -> list[str]:
        """What the command is given."""
        return [self.level, str(self.count), *([] if self.status == ACTUAL else [self.status])]


def hook_of(text: str) -> tuple[str, ...]:
    """The words of a command; none for an empty setting."""
    try:
        words = shlex.split(text)
    except ValueError as fault:
        raise BadHook(f"hook: {fault}") from None
    if any("\x00" in word or "\n" in word for word in words):
        raise BadHook("hook: a control character")
    return tuple(words)


class Waker:
    """The command and when it may be tried again."""

    def __init__(self, hook: str, mono: Callable[[], float] = time.monotonic) -> None:
        self._command, self._mono = hook_of(hook), mono
        self._next_s, self._pause_s = 0.0, PAUSE_FIRST_S

    @property
    def is_set(self) -> bool:
        """Whether there is a command at all."""
        return bool(self._command)

    def may_try(self) -> bool:
        """Whether the pause after the last failure is over."""
        return self.is_set and self._mono() >= self._next_s

    async def wake(self, wake: Wake) -> str:
        """Run the command; "" when it ended well, else why it did not."""
        fault = await self._run(wake.words())
        if fault:
            self._next_s = self._mono() + self._pause_s
            self._pause_s = min(self._pause_s * 2, PAUSE_MAX_S)
        else:
            self._next_s, self._pause_s = 0.0, PAUSE_FIRST_S
        return fault

    async def _run(self, words: list[str]) -> str:
        quiet = asyncio.subprocess.DEVNULL
        # No variable of ours goes along: one of them may hold a passphrase.
        plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, *words, stdin=quiet, stdout=quiet, stderr=quiet, env=plain,
                start_new_session=True,
            )  # fmt: skip
        except OSError as fault:
            return f"the wake-up command cannot be run: {fault.strerror}"
        try:
            code = await asyncio.wait_for(process.wait(), TIMEOUT_S)
        except TimeoutError:
            return f"the wake-up command did not end within {TIMEOUT_S:.0f} s"
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return "" if code == 0 else f"the wake-up command ended with {code}"
