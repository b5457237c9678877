"""Duties that go on: a task that ends by a fault nobody foresaw is told, and begun again.

Shapes   await kept_going(name, duty, failed) for ever
Units    seconds
Raises   nothing but cancellation
Source   docs/ARCHITECTURE.md, "Concurrency"
Never    hides the fault: it is an alarm and stands on the node's error output. Never says what a
         message held: type and place of the fault only
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

PAUSE_FIRST_S: Final = 1.0
PAUSE_MAX_S: Final = 60.0
PACKAGE: Final = "/openline/"
LOG: Final = logging.getLogger("openline")

Duty = Callable[[], Awaitable[None]]
Failed = Callable[[str, BaseException], None]


async def kept_going(name: str, duty: Duty, failed: Failed) -> None:
    """Run a duty that has no end, again and again; ended by cancelling."""
    pause_s = PAUSE_FIRST_S
    while True:
        task = asyncio.ensure_future(duty())
        try:
            await asyncio.wait([task])
        finally:
            if not task.done():
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        fault = None if task.cancelled() else task.exception()
        if fault is not None:
            failed(name, fault)
        await asyncio.sleep(pause_s)
        pause_s = min(pause_s * 2, PAUSE_MAX_S)


async def cancel_all(tasks: Sequence[asyncio.Task[None]]) -> None:
    """End tasks that would go on for ever."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def places_of(fault: BaseException) -> list[str]:
    """Where a fault came through, innermost last; never its text, which may be somebody's words."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if PACKAGE in frame.filename] or list(frames)
    return [f"{frame.filename.rpartition(PACKAGE)[2]}:{frame.lineno}" for frame in ours]


def report(name: str, fault: BaseException) -> str:
    """Put a fault on the error output and give the sentence for the event."""
    places = places_of(fault)
    kind = type(fault).__name__
    LOG.error("unforeseen fault in %s: %s through %s", name, kind, " ".join(places))
    return f"{name}: {kind} at {places[-1] if places else 'an unknown place'}"
