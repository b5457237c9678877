"""What an operator asks of a node: status, doctor, audit, link test, tiles.

Shapes   plain JSON values; files as base64
Units    times as RFC 3339 UTC text
Raises   BadRequest, UnknownLine
Source   docs/OPERATE.md
Never    changes what is in the record
"""

import asyncio
import os
import ssl
import time
from pathlib import Path
from typing import Final

from openline.cases.ours import NOT_RECEIVED
from openline.desk.acts import WAIT_MAX_S, Act, Desk, Json, WaitedLong, text
from openline.desk.attaching import missing_rows
from openline.desk.disclosing import DISCLOSING
from openline.exchange import restoring
from openline.exchange.carried import reachable
from openline.exchange.folding import waiting
from openline.exchange.kept import audit
from openline.exchange.kept.audit import Report
from openline.exchange.logs import cosigned, epochs, growth, post
from openline.exchange.logs.epochs import Doubled
from openline.exchange.membership import drawn, lines, own_cards
from openline.exchange.station import KeyringBehind, Station
from openline.exchange.traffic import asks, bodies, profiles
from openline.formats.spell import parse_utc, utc
from openline.record.tiles import export_tiles
from openline.watch.links import SETTLE_LOOK_S, peers_of

LINK_TEST_WAIT_S = 10.0
FILE_S: Final = 600
FILES_TOLD: Final = 5
# What a file waits for of which all bytes are here.
WAITS: Final = {
    "wanted": "",
    "unopened": "; its key is asked for",
    "unopened-yes": "; another party has to allow its key: ring it",
    "unopenable": "; nobody has its key: ask for the file anew",
}
# From here on OpenSSL offers X25519MLKEM768 before any other group, without a setting.
POST_QUANTUM_FROM: Final = (3, 5)


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
            finding("own logs", not drawn.receive_only(station), own_logs(station)),
            finding("own entries", not growth.stopped(station), growth_text(station)),
            finding("outbox", True, f"{station.store.outbox_size()} of {post.OUTBOX_MAX}"),
            finding("receipts", not lacking(station, waiting.RECEIPT_S), unreceived_text(station)),
            finding("anchor", station.anchor.is_stale() is None,
                    station.anchor.is_stale() or f"current, profile {station.profile}"),
            finding("start", not station.unproven, station.unproven or "looked at"),
            finding("restores", not newer_elsewhere(station), newer_elsewhere(station) or "whole"),
            finding("keys", not station.ended_keys, keys_text(station)),
            finding("card", not card_flaw(station), card_flaw(station) or "published"),
            finding("tls", True, key_exchange(ssl.OPENSSL_VERSION, ssl.OPENSSL_VERSION_INFO)),
            finding("files", not long_missing(station), files_text(station)),
            finding("packs", not other_packs(station), other_packs(station) or "as agreed"),
        ]  # fmt: skip
        checks += [finding("pack", False, f"left out: {why}") for why in station.packs.left_out]
        checks += [finding(f"relay {r['relay']}", not r["silent"], heard_text(r))
                   for r in reachable.standing(station)]  # fmt: skip
        checks += [finding(f"witness {r['witness']}", not r["silent"], heard_text(r))
                   for r in reachable.witnesses_standing(station)]  # fmt: skip
        for problem in station.store.check():
            checks.append(finding("store", False, problem))
        for row in station.store.parties():
            known = row.standing in ("self", "compared")
            checks.append(finding(f"party {row.party}", known, row.standing))
        return checks

    checks = await desk.lane.run(look)
    profile = desk.station.profile
    return {
        "checks": checks,
        "well": all(c["ok"] for c in checks),
        "profile": profile,
        "cannot_see": list(profiles.CANNOT_SEE[profile]),
    }


def key_exchange(name: str, version: tuple[int, ...]) -> str:
    """Which key exchange calls to `https` addresses can have: a fact, and no fault of the node."""
    library = " ".join(name.split()[:2])
    if version[:2] >= POST_QUANTUM_FROM:
        return f"{library}: post-quantum key exchange (X25519MLKEM768) where the peer has it"
    return f"{library}: no post-quantum key exchange; contents are sealed apart from it"


def lacking(station: Station, older_s: int = 0) -> list[Json]:
    """What members have given no receipt for, of messages that were written so long ago."""
    return [
        row
        for line in station.lines()
        for row in waiting.ours_of(station, line.line_id)
        if row["kind"] == NOT_RECEIVED
        and station.line_now(line.line_id) - parse_utc(row["since"]) >= older_s
    ]


def unreceived_text(station: Station) -> str:
    """Who has not received what, in words."""
    rows = lacking(station)
    told = (f"{row['count']} by {row['party']}, first {row['about']}" for row in rows)
    return f"NOT RECEIVED: {'; '.join(told)}" if rows else "every message was received"


def long_missing(station: Station) -> bool:
    """Whether a file has been missing for longer than one takes to come; one of another line, which
    has no such time, never comes."""
    now_s = station.clock.now_s()
    since = [row["since"] for row in missing_rows(station)]
    return any(not each or now_s - parse_utc(each) > FILE_S for each in since)


def files_text(station: Station) -> str:
    """Files that messages name and that are not here, in words."""
    rows = missing_rows(station)
    told = [
        f"{row['name']} of {row['number']} ({row['got']} of {row['size']} B{WAITS[row['state']]})"
        for row in rows
    ]
    more = f" and {len(told) - FILES_TOLD} more" if len(told) > FILES_TOLD else ""
    return f"NOT HERE: {'; '.join(told[:FILES_TOLD])}{more}" if told else "every file is here"


def newer_elsewhere(station: Station) -> str:
    """What was signed or held here and is not any more, or ""; `openline restore --lost` has it."""
    found = restoring.standing(station)
    if found["newer"]:
        return f"{len(found['newer'])} logs were longer once: `openline restore --lost`"
    silent = [peer for peer, has_answered in found["members"] if not has_answered]
    if station.suspect and silent:
        return f"not known: {', '.join(silent)} not heard since this start"
    return ""


def finding(what: str, ok: bool, text_: str) -> Json:
    """One line of the doctor's report."""
    return {"what": what, "ok": ok, "text": text_}


def keys_text(station: Station) -> str:
    """Whether our newest card names the keys that are here, and what to do where it does not."""
    if station.ended_keys:
        return f"NOTHING IS SIGNED: {station.ended_keys}. {KeyringBehind.remedy}"
    return "those of our newest card"


def card_flaw(station: Station) -> str:
    """Why our card log cannot be relied on, or ""."""
    n = own_cards.stand_otherwise(station)
    if n is not None:
        return f"card {n} stands otherwise with a member. {own_cards.OwnCardTwice.remedy}"
    due = ", ".join(own_cards.unheard(station))
    if due:
        return f"restored: no card is made before these have said which of ours they hold: {due}"
    return "" if station.cards(station.party) else "there is none"


def own_logs(station: Station) -> str:
    """Whether this node may write, and what opens the logs again that it may not write."""
    if station.double or any(map(epochs.is_doubled, station.suspect.values())):
        return f"receive-only: {station.double or 'another node answered'}. {Doubled.remedy}"
    closed = drawn.receive_only(station)
    told = (
        f"{station.charter(x).title!r} is receive-only: `openline line reopen {x.hex()[:12]}`"
        for x in closed
    )
    return "; ".join(told) or "all open"


def growth_text(station: Station) -> str:
    """Lines on which this node wrote entry after entry by itself, and stopped."""
    rows = growth.stopped(station).items()
    told = (f"STOPPED on {i.hex()[:16]} {station.charter(i).title!r}: {why}" for i, why in rows)
    return "; ".join(told) or "a few, as they are due"


def heard_text(row: Json) -> str:
    """Whether a relay or witness answers, in words; the node goes on without it."""
    if row["answers"]:
        return "answers"
    words = "NOT HEARD since" if row["silent"] else "not heard since"
    return f"{words} {row['heard']}: {row['fault'] or 'no call yet'}"


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
    """The lines on which this node may not write until a new epoch is opened."""
    return [drawn.named(station, line_id) for line_id in drawn.receive_only(station)]


async def log_verify(desk: Desk, args: Json) -> Json:
    """Audit everything stored; with `opening`, open every archived entry again. Envelopes that are
    gone are asked for with the next hellos."""

    def run() -> Report:
        found = audit.audit(desk.station, opening=bool(args.get("opening", False)))
        bodies.want(desk.station, found.bodiless)
        return found

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
    **DISCLOSING,
    "ask_head": ask_head,
}
