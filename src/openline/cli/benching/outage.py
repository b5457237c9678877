"""`bench outage`: the peer is down while messages are said; how long after its return all are held.

Shapes   run(options, progress) -> report as JSON values
Units    seconds, milliseconds
Raises   BenchFailed when a message was lost, an audit finds something or a node does not start
Source   docs/FIGURES.md, "Peer down for 20 s"
Never    lets the peer's start count: time begins when its node listens again
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openline.cases.entry import Ref
from openline.cli.benching import pair
from openline.cli.benching.exchange import BenchFailed, audited, free_port, serve, stop
from openline.cli.benching.sender import send, wait_for
from openline.desk.acts import Desk
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.node import running

SENDER, RECEIVER = "sender.example", "receiver.example"
WARM = 5
RETURN_MAX_S = 120.0
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How long the peer is down, and what is said meanwhile."""

    seconds: float = 20.0
    messages: int = 60
    size: int = 1000
    folder: str = ""


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Prepare two nodes, take one away, bring it back, audit both."""
    with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
        progress("preparing nodes", 0, 1)
        ports = {party: free_port() for party in (SENDER, RECEIVER)}
        prepared = pair.prepare(Path(name), ports, may_forget=True)
        found = asyncio.run(work(prepared, options, progress))
        progress("auditing", 0, 2)
        audits = {party: audited(home) for party, home in prepared.homes.items()}
        counts = {party: told["leaves"] for party, told in audits.items()}
        findings = [line for told in audits.values() for line in told["findings"]]
        if findings or len(set(counts.values())) != 1:
            raise BenchFailed(f"audit: {findings[:3]} counts {counts}")
        return {**found, "entries_in_every_store": counts[SENDER], "audits": audits}


async def work(prepared: pair.Prepared, options: Options, progress: Progress) -> dict[str, Any]:
    """The sending node in this process, the peer in one of its own."""
    home = prepared.homes[SENDER]
    away = prepared.homes[RECEIVER]
    peer = await asyncio.to_thread(serve, away)
    try:
        async with running(home, start.read_settings(home), networking=True) as desk:
            await desk.links.test(RECEIVER, 10.0)
            for number in range(WARM):
                await wait_for(desk, await say(desk, prepared, number, options.size))
            await asyncio.to_thread(stop, peer)
            places = await say_meanwhile(desk, prepared, options, progress)
            peer = await asyncio.to_thread(serve, away)
            returned = time.perf_counter()
            try:
                await asyncio.wait_for(wait_for(desk, max(places)), RETURN_MAX_S)
            except TimeoutError:
                raise BenchFailed(f"no receipt {RETURN_MAX_S} s after the return") from None
            took = time.perf_counter() - returned
    finally:
        await asyncio.to_thread(stop, peer)
    return {
        "messages": len(places),
        "down_seconds": options.seconds,
        "all_receipted_seconds_after_return": round(took, 3),
    }


async def say_meanwhile(
    desk: Desk, prepared: pair.Prepared, options: Options, progress: Progress
) -> list[Ref]:
    """Messages spread over the time in which nobody listens."""
    began = time.perf_counter()
    places = []
    for number in range(options.messages):
        due = began + options.seconds * number / options.messages
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        places.append(await say(desk, prepared, WARM + number, options.size))
        progress("messages to a silent peer", number + 1, options.messages)
    await asyncio.sleep(max(0.0, began + options.seconds - time.perf_counter()))
    return places


async def say(desk: Desk, prepared: pair.Prepared, number: int, size: int) -> Ref:
    """One message with both its releases, numbered."""

    def ready() -> drafts.Draft:
        station = desk.station
        content = pair.content(number, size)
        draft = drafts.compose(station, prepared.line_id, "message", content, format_id=pair.FORMAT)
        return pair.sign_all(station, prepared.officers[SENDER], draft)

    return await send(desk, await desk.lane.run(ready))
