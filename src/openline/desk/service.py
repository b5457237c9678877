"""What an operator asks of a node: status, doctor, audit, link test, tiles, disclosure.

Shapes   plain JSON values; files as base64
Units    times as RFC 3339 UTC text
Raises   BadRequest, UnknownLine
Source   docs/OPERATE.md
Never    changes what is in the record
"""

import asyncio
import os
import time
from pathlib import Path

from openline.desk.acts import WAIT_MAX_S, Act, BadRequest, Desk, Json, WaitedLong, text
from openline.exchange import asks, audit, cosigned, disclose, lines, post
from openline.exchange.audit import Report
from openline.exchange.station import Station
from openline.formats.spell import b64, utc
from openline.record.tiles import export_tiles
from openline.watch.links import SETTLE_LOOK_S, peers_of

LINK_TEST_WAIT_S = 10.0


async def status(desk: Desk, args: Json) -> Json:
    """Who this node is and whether anything needs a person."""

    def show() -> Json:
        station = desk.station
        return {
            "party": station.party,
            "pid": os.getpid(),
            "now": utc(station.clock.now_s()),
            "boot": station.boot.hex(),
            "cards": len(station.cards(station.party)),
            "lines": len(station.lines()),
            "open_lines": sum(lines.is_open(station, r.line_id) for r in station.lines()),
            "outbox": station.store.outbox_size(),
            "suspect": {i.hex(): why for i, why in station.suspect.items()},
            "clock_unsure": station.clock_unsure or "",
        }

    found = await desk.lane.run(show)
    return {**found, "links": [way.value() for way in desk.links.ways.values()]}


async def doctor(desk: Desk, args: Json) -> Json:
    """What is right and wrong with this node, with what each anchor profile cannot see."""

    def look() -> list[Json]:
        station = desk.station
        checks = [
            finding("clock", not station.clock_unsure, station.clock_unsure or "trusted"),
            finding("own logs", not station.suspect, own_logs(station)),
            finding("outbox", True, f"{station.store.outbox_size()} of {post.OUTBOX_MAX}"),
            finding("anchor", station.anchor.is_stale() is None,
                    station.anchor.is_stale() or "current"),
            finding("card", bool(station.cards(station.party)), "published"),
            finding("packs", not other_packs(station), other_packs(station) or "as agreed"),
        ]  # fmt: skip
        for problem in station.store.check():
            checks.append(finding("store", False, problem))
        for row in station.store.parties():
            known = row.standing in ("self", "compared")
            checks.append(finding(f"party {row.party}", known, row.standing))
        return checks

    checks = await desk.lane.run(look)
    unseen = (
        "the file anchor does not see a block-level snapshot that rolls back data and anchor alike"
    )
    return {"checks": checks, "well": all(c["ok"] for c in checks), "cannot_see": [unseen]}


def finding(what: str, ok: bool, text_: str) -> Json:
    """One line of the doctor's report."""
    return {"what": what, "ok": ok, "text": text_}


def own_logs(station: Station) -> str:
    """Whether this node may write, and what opens the logs again that it may not write."""
    closed = receive_only(station)
    return "; ".join(f"receive-only: `openline line reopen {x!r}`" for x in closed) or "all open"


def other_packs(station: Station) -> str:
    """The packs of open lines that are not held here as they were agreed on, or ""."""
    found = {
        why
        for row in station.store.lines()
        if row.state == "accepted"
        for ref in station.charter(row.line_id).packs
        if (why := station.packs.differs(ref))
    }
    return "; ".join(sorted(found))


def receive_only(station: Station) -> list[str]:
    """Titles of the lines on which this node may not write until a new epoch is opened."""
    return sorted(station.charter(line_id).title for line_id in station.suspect)


async def log_verify(desk: Desk, args: Json) -> Json:
    """Audit everything stored; with `opening`, open every archived entry again."""

    def run() -> Report:
        return audit.audit(desk.station, opening=bool(args.get("opening", False)))

    return (await desk.lane.run(run)).value()


async def log_export(desk: Desk, args: Json) -> Json:
    """Write the logs of a line as C2SP tiles into a folder."""

    def export() -> Json:
        station = desk.station
        line_id = lines.find(station, text(args, "line"))
        written: dict[str, int] = {}
        for log in station.logs_of(line_id):
            folder = Path(text(args, "folder")) / log.origin.replace("/", "_")
            count = 0
            leaves = station.store.leaves(log.origin, 0, log.size)
            for path, data in export_tiles(leaves, log.note):
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                count += 1
            written[log.origin] = count
        return {"files": written}

    return await desk.lane.run(export)


async def link_test(desk: Desk, args: Json) -> Json:
    """Say hello to every member of a line now and tell what came back."""
    line_id = await desk.lane.run(lines.find, desk.station, text(args, "line"))
    found = []
    for peer in await desk.lane.run(desk.station.others, line_id):
        found.append(await desk.links.test(peer, LINK_TEST_WAIT_S))
    return {"line": line_id.hex(), "tests": found, "answered": all(t["up"] for t in found)}


async def settle(desk: Desk, args: Json) -> Json:
    """Wait until nothing is on its way between this node and some parties.

    `hello` names those of whom a new hello is wanted first; `witness` waits for witnesses too.
    Gives whether anything had to be waited for: what arrived meanwhile may call for more.
    """
    wait_s = min(float(args.get("timeout_s", LINK_TEST_WAIT_S)), WAIT_MAX_S)
    until_s = time.monotonic() + wait_s
    known = set(await desk.lane.run(peers_of, desk.station))
    greeted = {str(party) for party in args.get("hello", [])}
    peers = sorted({str(party) for party in args.get("parties", [])} & known)
    waited = await settle_own(desk, until_s)
    ways = [desk.links.settle(peer, wait_s, greet=peer in greeted) for peer in peers]
    waited |= any(await asyncio.gather(*ways))
    if args.get("witness", False):
        left_s = max(0.0, until_s - time.monotonic())
        waited |= await desk.witnessing.settle(left_s)
        waited |= await settle_cosigned(desk, peers, left_s)
    return {"waited": waited, "with": peers}


async def settle_cosigned(desk: Desk, peers: list[str], wait_s: float) -> bool:
    """Have from peers what witnesses signed of their logs; gives whether any of it came.

    What a peer does not have yet is not waited for: its own witness may be silent.
    """
    came = False
    for peer in peers:
        before = await desk.lane.run(cosigned.missing, desk.station, peer)
        if before:
            await desk.links.settle(peer, wait_s, greet=True)
            came |= await desk.lane.run(cosigned.missing, desk.station, peer) != before
    return came


async def settle_own(desk: Desk, until_s: float) -> bool:
    """Do now what the beat would do within a second; wait while it has entries to write."""
    waited = False
    while True:
        await desk.beat.once()
        if not await desk.lane.run(own_work, desk.station):
            return waited
        if time.monotonic() >= until_s:
            raise WaitedLong("releases or gaps of this node still wait to be written")
        waited = True
        await asyncio.sleep(SETTLE_LOOK_S)


def own_work(station: Station) -> bool:
    """Whether this node has entries of its own to write: releases, gaps."""
    told = station.gaps_due - station.suspect.keys()
    return bool(station.store.outbox_size() or any(map(station.own_log, told)))


async def disclose_(desk: Desk, args: Json) -> Json:
    """Write a disclosure: entries with chosen fields, ranges, or a bundle of several."""
    parts = args.get("parts")
    if not isinstance(parts, list) or not parts:
        raise BadRequest("parts: a list of entries or ranges is expected")
    file = await desk.lane.run(disclose.write, desk.station, parts, bool(args.get("bundle")))
    return {"name": file.name, "file": b64(file.data), "policy": file.policy}


async def ask_head(desk: Desk, args: Json) -> Json:
    """Ask a peer for its signed head of a log: a signed ask made by hand."""
    peer, origin = text(args, "party"), text(args, "origin")
    note = await desk.lane.run(asks.ask, desk.station, peer, "head", origin, "0")
    return {"note": (await desk.links.post(peer, "ask", note)).decode()}


SERVICE: dict[str, Act] = {
    "status": status,
    "doctor": doctor,
    "log_verify": log_verify,
    "log_export": log_export,
    "link_test": link_test,
    "settle": settle,
    "disclose": disclose_,
    "ask_head": ask_head,
}
