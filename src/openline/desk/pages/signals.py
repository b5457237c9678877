"""What tells a page to look again, or that its session is over: a stream without content.

Shapes   GET /signals: `event: count` with a number, at each change and every BEAT_S;
         `event: over` where nobody is signed in
Units    seconds
Raises   nothing
Source   ECOSYSTEM part 2.4; RELIABILITY "fail loud"
Never    says what changed: the page fetches it with the reader's own rights
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from starlette.responses import Response, StreamingResponse

from openline.desk.pages.visit import OVER, STREAM, Visit

BEAT_S: Final = 5.0
LOOK_S: Final = 0.2
# Shorter than what a connection may take for one answer (exchange/peer/guard.py).
STREAM_S: Final = 90.0


async def signals(visit: Visit) -> Response:
    """One stream for one browser; it ends by itself and the browser begins another."""
    return StreamingResponse(
        stream(visit),
        media_type=STREAM,
        headers={"x-accel-buffering": "no", "cache-control": "no-store"},
    )


async def stream(visit: Visit) -> AsyncIterator[str]:
    """The count when it changes, and every few seconds as a sign of life."""
    context = visit.context
    token = visit.request.cookies.get(context.cookie, "")
    seen, quiet_s, total_s = -1, 0.0, 0.0
    yield "retry: 1000\n\n"
    while total_s < STREAM_S:
        session = context.sessions.find(token, is_use=False)
        if session is None or session.person not in context.roster.officers:
            yield OVER
            return
        now = context.changes()
        if now != seen or quiet_s >= BEAT_S:
            seen, quiet_s = now, 0.0
            yield f"event: count\ndata: {now}\n\n"
        await asyncio.sleep(LOOK_S)
        quiet_s, total_s = quiet_s + LOOK_S, total_s + LOOK_S
