"""The lane: one thread on which everything that touches a station runs, one thing at a time.

Shapes   await lane.run(function, *arguments) -> result
Units    none
Raises   whatever the function raises; LaneBusy when too much waits
Source   docs/ARCHITECTURE.md, "one writer per node"
Never    lets the event loop wait for a disk: sealing and commits happen on the lane's thread
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, ParamSpec, TypeVar

from openline.errors import OpenlineError

P = ParamSpec("P")
T = TypeVar("T")
WAITING_MAX = 4096


class LaneBusy(OpenlineError):
    """More work waits than this node takes on; nothing of this request was done."""

    code: ClassVar[str] = "watch.busy"
    remedy: ClassVar[str] = "Wait a moment and repeat the command; nothing is lost."


class Lane:
    """A single worker thread with a bounded number of waiting calls."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="lane")
        self._waiting = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run on the lane's thread, after everything that waits already."""
        if self._waiting >= WAITING_MAX:
            raise LaneBusy(f"{self._waiting} calls wait already")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, lambda: function(*args, **kwargs))
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Wait for what runs and stop the thread."""
        self._pool.shutdown(wait=True)
