"""The sending side of a bench: a whole node in this process, and somebody who releases messages.

Shapes   `python -m openline.cli.benching.sender PLAN` reads a JSON plan, prints one JSON line
Units    seconds, bytes, messages
Raises   nothing that is not in the JSON line
Source   docs/OPERATE.md, "Bench"
Never    leaves out a step that a real message takes: two assertions are made and checked for each
"""

import asyncio
import hashlib
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from openline.cases.entry import Ref
from openline.cli.benching.devices import Devices
from openline.cli.benching.pair import FORMAT, content
from openline.desk.acts import Desk
from openline.envelope.officer_file import OfficerFile
from openline.errors import OpenlineError
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft
from openline.exchange.peer.client import PeerClient
from openline.formats.release import Assertion
from openline.formats.spell import unb64
from openline.node import running
from openline.watch.lane import LaneBusy

IN_FLIGHT = 512


def officer_from(value: dict[str, Any]) -> OfficerFile:
    """An officer as the plan spells it (the bench's own keys, made for this run)."""
    return OfficerFile(
        value["party"], value["name"], unb64(value["person"]), tuple(value["roles"]),
        unb64(value["salt"]), unb64(value["private"]),
    )  # fmt: skip


def compose_some(desk: Desk, line_id: bytes, numbers: range, size: int) -> list[Draft]:
    """Several drafts, as one call on the lane."""
    return [
        drafts.compose(desk.station, line_id, "message", content(n, size), format_id=FORMAT)
        for n in numbers
    ]


def challenges_of(ready: list[Draft]) -> list[bytes]:
    """What the next officer signs for each draft."""
    return [hashlib.sha256(draft.statement()).digest() for draft in ready]


def release_some(desk: Desk, ready: list[Draft], made: list[Assertion]) -> list[Draft]:
    """Each assertion checked against its draft by the node, as one call on the lane."""
    return [
        drafts.release(desk.station, draft, each) for draft, each in zip(ready, made, strict=True)
    ]


async def released(
    desk: Desk, devices: Devices, line_id: bytes, numbers: range, size: int
) -> list[Draft]:
    """Drafts with every release: composed and checked here, signed by the officers' devices."""
    ready = await desk.lane.run(compose_some, desk, line_id, numbers, size)
    for number in range(devices.count):
        asked = await desk.lane.run(challenges_of, ready)
        made = await devices.sign(number, asked)
        ready = await desk.lane.run(release_some, desk, ready, made)
    return ready


@dataclass(slots=True)
class Pressure:
    """How a node said that it has enough for now: refusals, and what waited at most."""

    refused_busy: int = 0
    waiting_max: int = 0
    outbox_max: int = 0


@dataclass(slots=True)
class Wire:
    """What went over the wire for deliveries: bodies and their answers, HTTP headers left out."""

    bytes: int = 0
    deliveries: int = 0

    def watch(self, client: PeerClient) -> None:
        """Count what this client carries from now on."""
        carry = client.post

        async def post(url: str, path: str, body: bytes, pins: Sequence[bytes] = ()) -> bytes:
            answer = await carry(url, path, body, pins)
            self.bytes += len(body) + len(answer)
            self.deliveries += path.endswith("/deliver")
            return answer

        client.post = post  # type: ignore[method-assign]  # this client only, in a bench


async def send(desk: Desk, draft: Draft, pressure: Pressure | None = None) -> Ref:
    """Post one draft; back-pressure is waited out, never dropped."""
    felt = pressure or Pressure()
    while True:
        try:
            felt.waiting_max = max(felt.waiting_max, desk.poster.waiting + 1)
            place = await desk.poster.post(draft)
        except LaneBusy:
            felt.refused_busy += 1
            await asyncio.sleep(0.005)
            continue
        if place is not None:
            return place
        felt.outbox_max = max(felt.outbox_max, await desk.lane.run(desk.station.store.outbox_size))
        await asyncio.sleep(0.005)


async def flood(desk: Desk, plan: dict[str, Any], devices: Devices) -> dict[str, Any]:
    """Release as fast as the node takes them, or at a given rate; wait for every receipt."""
    line_id, count, chunk = bytes.fromhex(plan["line"]), plan["messages"], plan["chunk"]
    gate = asyncio.Semaphore(IN_FLIGHT // chunk)
    waits, pressure, wire = 0, Pressure(), Wire()
    wire.watch(desk.links.client)
    started, cpu = time.perf_counter(), time.process_time()

    async def one(numbers: range) -> list[Ref]:
        try:
            ready = await released(desk, devices, line_id, numbers, plan["bytes"])
            return list(await asyncio.gather(*(send(desk, draft, pressure) for draft in ready)))
        finally:
            gate.release()

    tasks: list[asyncio.Task[list[Ref]]] = []
    for first in range(0, count, chunk):
        if plan["rate"]:
            due = started + first / plan["rate"]
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
        waits += gate.locked()
        await gate.acquire()
        tasks.append(asyncio.create_task(one(range(first, min(first + chunk, count)))))
        if first % 500 < chunk:
            sys.stderr.write(json.dumps({"done": first, "of": count}) + "\n")
            sys.stderr.flush()
    places = [place for task in tasks for place in await task]
    sequenced = time.perf_counter() - started
    await wait_for(desk, max(places))
    took = time.perf_counter() - started
    return {
        "messages": count,
        "seconds": took,
        "sequenced_seconds": sequenced,
        "per_second": count / took,
        "cpu_seconds": time.process_time() - cpu,
        "waits": waits,
        "wire_bytes": wire.bytes,
        "deliveries": wire.deliveries,
        **asdict(pressure),
        "entries": max(places).index + 1,
    }


async def overload(
    desk: Desk, plan: dict[str, Any], devices: Devices, sustained: float
) -> dict[str, Any]:
    """Offer a multiple of the rate that was sustained; everything has to arrive all the same."""
    offered = plan["overload"] * sustained
    found = await flood(desk, {**plan, "rate": offered}, devices)
    return {
        "offered_per_second": round(offered, 1),
        "taken_per_second": round(found["per_second"], 1),
        "messages": found["messages"],
        "receipted": found["messages"],
        "waits_for_room": found["waits"],
        "refused_busy": found["refused_busy"],
        "waiting_max": found["waiting_max"],
        "outbox_max": found["outbox_max"],
    }


async def wait_for(desk: Desk, place: Ref) -> None:
    """Until every member's receipt for an entry is stored here."""
    due = {f"{party}/receipt" for party in desk.station.others(line_of(desk, place))}
    while True:
        rows = await desk.lane.run(desk.station.store.cosignatures, place.origin, place.index + 1)
        if due <= {row.name for row in rows}:
            return
        await asyncio.sleep(0.001)


def line_of(desk: Desk, place: Ref) -> bytes:
    """The line of an entry's log."""
    log = desk.station.log(place.origin)
    return log.line_id if log else b""


async def single(desk: Desk, plan: dict[str, Any], devices: Devices) -> dict[str, Any]:
    """One message at a time on an idle line, from release to receipt stored."""
    line_id = bytes.fromhex(plan["line"])
    taken = []
    for n in range(plan["singles"]):
        (draft,) = await released(desk, devices, line_id, range(n, n + 1), plan["bytes"])
        started = time.perf_counter()
        place = await send(desk, draft)
        await wait_for(desk, place)
        taken.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(0.01)
    return {"milliseconds": taken}


async def work(plan: dict[str, Any]) -> dict[str, Any]:
    """Open the node, do what the plan says, close it again."""
    home = Path(plan["home"])
    officers = [officer_from(each) for each in plan["officers"]]
    devices = Devices(officers, plan["rp_id"])
    settings = start.read_settings(home)
    async with running(home, settings, networking=True) as desk:
        for peer in desk.station.others(bytes.fromhex(plan["line"])):
            await desk.links.test(peer, 10.0)
        found: dict[str, Any] = {"single": await single(desk, plan, devices)}
        if plan["messages"]:
            found["flood"] = await flood(desk, plan, devices)
        if plan["messages"] and plan["overload"]:
            sustained = found["flood"]["per_second"]
            found["overload"] = await overload(desk, plan, devices, sustained)
        devices.close()
        found["rss_max_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return found


def main() -> None:
    """Read the plan, work, print."""
    plan = json.loads(Path(sys.argv[1]).read_text())
    try:
        found = asyncio.run(work(plan))
    except OpenlineError as fault:
        found = {"error": f"{fault.code}: {fault}"}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
