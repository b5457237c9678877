"""A task for each of many: begun once for each, ended together.

Shapes   Each(work).begin(keys); await end()
Units    none
Raises   nothing: what a task raises is its own affair
Source   docs/ARCHITECTURE.md, "Concurrency"
Never    begins a second task for one key
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Generic, TypeVar

K = TypeVar("K")


class Each(Generic[K]):
    """What is done for every peer, or for every relay, as long as this node runs."""

    def __init__(self, work: Callable[[K], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._tasks: dict[K, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def begin(self, keys: Iterable[K]) -> None:
        """A task for each key that has none yet."""
        for key in keys:
            if key not in self._tasks:
                self._tasks[key] = asyncio.create_task(self._work(key))

    async def end(self) -> None:
        """Cancel all and wait until they are gone."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        self._tasks.clear()
