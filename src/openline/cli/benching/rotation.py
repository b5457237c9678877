"""`bench rotation`: a node changes every key under one command while both sides speak on each line.

Shapes   run(options, progress) -> report as JSON values
Units    seconds, messages
Raises   BenchFailed when a message was lost, an audit finds something or the nodes do not settle
Source   docs/FIGURES.md, "rotation"
Never    rotates in silence: what the peer said before its node ran is on its way meanwhile
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
from openline.cli.benching.sender import send
from openline.desk.acts import Desk
from openline.desk.keys import keys_rotate
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.exchange.logs import post
from openline.exchange.station import Station
from openline.exchange.traffic import dispatch
from openline.node import running

TURNING, PEER = "turning.example", "peer.example"
SETTLE_MAX_S = 120.0
LOOK_S = 0.02
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How many lines, and how many messages each side says on each of them meanwhile."""

    lines: int = 50
    messages: int = 4
    size: int = 1000
    folder: str = ""


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Prepare two nodes, rotate one while both speak, audit both."""
    with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
        progress("preparing nodes", 0, 1)
        ports = {party: free_port() for party in (TURNING, PEER)}
        prepared = pair.prepare(Path(name), ports, may_forget=True, lines_wanted=options.lines)
        waiting = speak(prepared, options)
        found = asyncio.run(work(prepared, options, progress))
        progress("auditing", 0, 2)
        audits = {party: audited(home) for party, home in prepared.homes.items()}
        check(audits, options, waiting)
        return {**found, "entries_in_every_store": audits[PEER]["leaves"], "audits": audits}


def check(audits: dict[str, dict[str, Any]], options: Options, waiting: int) -> None:
    """Both hold everything: two acceptances, one new epoch, and every message of every line."""
    counts = {party: told["leaves"] for party, told in audits.items()}
    findings = [line for told in audits.values() for line in told["findings"]]
    if findings or len(set(counts.values())) != 1:
        raise BenchFailed(f"audit: {findings[:3]} counts {counts}")
    due = 3 * options.lines + 2 * waiting
    if counts[PEER] < due:
        raise BenchFailed(f"{counts[PEER]} entries are in the record, {due} were said")


def speak(prepared: pair.Prepared, options: Options) -> int:
    """What the peer says before its node runs: numbered and not yet delivered; how much."""
    home = prepared.homes[PEER]
    with start.open_station(home, start.read_settings(home)) as station:
        for line_id in prepared.line_ids:
            ready = [
                signed(station, prepared, line_id, number, options.size)
                for number in range(options.messages)
            ]
            post.post(station, ready)
    return options.messages * options.lines


def signed(
    station: Station, prepared: pair.Prepared, line_id: bytes, number: int, size: int
) -> drafts.Draft:
    """One message with every release."""
    content = pair.content(number, size)
    draft = drafts.compose(station, line_id, "message", content, format_id=pair.FORMAT)
    return pair.sign_all(station, prepared.officers[station.party], draft)


async def work(prepared: pair.Prepared, options: Options, progress: Progress) -> dict[str, Any]:
    """The rotating node in this process, the peer in one of its own."""
    home = prepared.homes[TURNING]
    peer = await asyncio.to_thread(serve, prepared.homes[PEER])
    try:
        async with running(home, start.read_settings(home), networking=True) as desk:
            await desk.links.test(PEER, 10.0)
            half = asyncio.Event()
            speaking = asyncio.create_task(say_all(desk, prepared, options, half, progress))
            await half.wait()
            began = time.perf_counter()
            told = await keys_rotate(desk, {})
            turned_s = time.perf_counter() - began
            places = await speaking
            await settled(desk, prepared, options)
            known_s = time.perf_counter() - began
    finally:
        await asyncio.to_thread(stop, peer)
    epochs = len({place.origin for place in places})
    return {
        "lines": options.lines,
        "lines_in_a_new_epoch": told["epochs"],
        "messages_of_each_side": options.messages * options.lines,
        "rotation_seconds": round(turned_s, 3),
        "all_receipted_seconds": round(known_s, 3),
        "logs_written_to": epochs,
    }


async def say_all(
    desk: Desk,
    prepared: pair.Prepared,
    options: Options,
    half: asyncio.Event,
    progress: Progress,
) -> list[Ref]:
    """Messages on every line in turn, before, during and after the change."""
    places = []
    due = options.messages * options.lines
    for number in range(due):
        line_id = prepared.line_ids[number % options.lines]
        draft = await desk.lane.run(signed, desk.station, prepared, line_id, number, options.size)
        places.append(await send(desk, draft))
        if 2 * len(places) >= due:
            half.set()
        progress("messages while the keys change", number + 1, due)
    return places


async def settled(desk: Desk, prepared: pair.Prepared, options: Options) -> None:
    """Until both hold everything and every newest own head has its receipt under the new keys."""

    def is_done() -> bool:
        station = desk.station
        held = sum(
            log.size
            for line_id in prepared.line_ids
            for log in station.logs_of(line_id)
            if log.party == PEER
        )
        session = station.session(PEER)
        lacks = dispatch.backlog(station, PEER) or dispatch.unreceipted(station, PEER)
        is_heard = session.cards_of(TURNING) == len(station.cards(TURNING))
        return held >= options.lines * (1 + options.messages) and is_heard and not lacks

    until_s = time.perf_counter() + SETTLE_MAX_S
    while not await desk.lane.run(is_done):
        if time.perf_counter() >= until_s:
            raise BenchFailed(f"not settled {SETTLE_MAX_S} s after the change")
        await asyncio.sleep(LOOK_S)
