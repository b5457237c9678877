"""`bench desk`: the page of a queue of many open cases, as the node makes it for a browser.

Shapes   run(options, progress) -> report as JSON values
Units    milliseconds of wall time from the request to the last byte, in the node's own process
Raises   BenchFailed when a page is not whole or does not count every case
Source   docs/FIGURES.md, "The desk"
Never    measures the network or a browser; every case was told by a peer, sealed, opened and folded
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from starlette.types import ASGIApp, Message

from openline.cli.benching import pair
from openline.cli.benching.exchange import BenchFailed
from openline.desk.acts import Desk
from openline.desk.pages.app import desk_app
from openline.desk.pages.passkeys import Site
from openline.desk.pages.sessions import Sessions
from openline.desk.roster import EVERY_LINE, LINE_ROLES, Key, Officer
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.exchange.folding import reading
from openline.exchange.logs import sequence
from openline.exchange.station import Station
from openline.exchange.traffic import asks, receive
from openline.formats.openjson import Value
from openline.formats.spell import utc
from openline.node import OPERATIONS, running

TELLER, READER = "a.example", "b.example"
HOST: Final = "b.localhost:8651"
BATCH: Final = 256
ROUNDS: Final = 20
TIMERS: Final[dict[str, Value]] = {
    "hello": 60, "acknowledge.visit": 7_200, "answer.visit": 86_400,
}  # fmt: skip
LEVELS: Final = ("", "routine", "priority", "immediate", "flash")
# The key of an officer who signs nothing: the base point of P-256, as COSE (RFC 9053, 2.1; 7.1.1).
COSE_KEY: Final = bytes.fromhex(
    "a5010203262001"
    "2158206b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "2258204fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How many open cases wait."""

    cases: int = 10_000
    folder: str = ""


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Tell the cases, open the reader's node, ask for pages."""
    with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
        ports = {TELLER: 1, READER: 2}
        prepared = pair.prepare(Path(name), ports, may_forget=True, charter={"timers": TIMERS})
        build(prepared, options, progress)
        progress("asking for pages", 0, 1)
        # A process of its own: what building the logs left in memory is no part of the node.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            return pool.submit(asked, prepared, options).result()


def asked(prepared: pair.Prepared, options: Options) -> dict[str, Any]:
    """In the node's process: all figures."""
    return asyncio.run(measured(prepared, options))


def build(prepared: pair.Prepared, options: Options, progress: Progress) -> None:
    """Visits that were told by one party and are held by the other; nobody has said a word."""
    with ExitStack() as stack:
        teller, reader = (opened(stack, prepared, party) for party in (TELLER, READER))
        for first in range(0, options.cases, BATCH):
            tell(teller, reader, prepared, range(first, min(first + BATCH, options.cases)))
            progress("telling", min(first + BATCH, options.cases), options.cases)


def opened(stack: ExitStack, prepared: pair.Prepared, party: str) -> Station:
    """A party's station on its own folder."""
    home = prepared.homes[party]
    return stack.enter_context(start.open_station(home, start.read_settings(home)))


def tell(teller: Station, reader: Station, prepared: pair.Prepared, numbers: range) -> None:
    """Some visits: composed, released, numbered, delivered."""
    ready = []
    for number in numbers:
        draft = drafts.compose(
            teller, prepared.line_id, "message", visit(number, teller.clock.now_s()),
            format_id="core/visit@1",
        )  # fmt: skip
        ready.append(pair.sign_all(teller, prepared.officers[TELLER], draft))
    sequence.append(teller, prepared.line_id, ready)
    log = teller.own_log(prepared.line_id)
    while log is not None:
        held = reader.log(log.origin)
        known = held.size if held else 0
        body = asks.body_from(teller, log, known, log.size) if known < log.size else None
        if body is None:
            return
        receive.receive(reader, body)


def visit(number: int, now_s: int) -> dict[str, Value]:
    """The fields of one visit; precedences and reply times of every kind."""
    level = LEVELS[number % len(LEVELS)]
    more: dict[str, Value] = {"precedence": level} if level else {}
    return {
        "subject": [{"lang": "en", "status": "original", "text": f"Visit {number} to the mast"}],
        "place": f"Mast {number}",
        "from": utc(now_s + 3_600 * (1 + number % 500)),
        "until": utc(now_s + 3_600 * (2 + number % 500)),
        "effect": "guarantee",
        **more,
    }


async def measured(prepared: pair.Prepared, options: Options) -> dict[str, Any]:
    """The first page, pages after it, pages after an arrival, filtered pages."""
    home = prepared.homes[READER]
    async with running(home, start.read_settings(home), networking=False) as desk:
        browser = Browser(desk)
        began = time.perf_counter()
        await desk.lane.run(folded, desk.station, prepared)
        fold_ms = (time.perf_counter() - began) * 1_000
        first_ms = await browser.get("/queue", options.cases)
        warm = [await browser.get(f"/queue?page={1 + n}", options.cases) for n in range(ROUNDS)]
        rows = [await browser.get("/queue/rows", options.cases) for _ in range(ROUNDS)]
        late = [await browser.get("/queue?due=8h&todo=acknowledge") for _ in range(ROUNDS)]
        changed = [ms async for ms in arrivals(prepared, desk, browser, options)]
    return {
        "cases": options.cases,
        "fold_at_start_ms": round(fold_ms),
        "first_page_ms": round(first_ms),
        "page_ms": spread(warm),
        "rows_ms": spread(rows),
        "filtered_page_ms": spread(late),
        "page_after_an_arrival_ms": spread(changed),
        "page_bytes": browser.bytes,
    }


def folded(station: Station, prepared: pair.Prepared) -> tuple[object, ...]:
    """Every case of the line, folded: what a node knows once it has looked."""
    return reading.state(station, prepared.line_id).cases


async def arrivals(
    prepared: pair.Prepared, desk: Desk, browser: "Browser", options: Options
) -> AsyncIterator[float]:
    """One more visit is told before each page."""
    async with telling(prepared) as teller:
        for number in range(ROUNDS // 2):
            numbers = range(options.cases + number, options.cases + number + 1)
            await desk.lane.run(tell, teller, desk.station, prepared, numbers)
            yield await browser.get("/queue", numbers.stop)


@asynccontextmanager
async def telling(prepared: pair.Prepared) -> AsyncIterator[Station]:
    """The other party's station while it tells."""
    with ExitStack() as stack:
        yield opened(stack, prepared, TELLER)


def spread(found: list[float]) -> dict[str, int]:
    """Median and worst."""
    return {"median": round(statistics.median(found)), "max": round(max(found))}


class Browser:
    """A signed-in officer who asks the application itself: no socket is between."""

    def __init__(self, desk: Desk) -> None:
        person = os.urandom(16)
        desk.roster.officers[person] = Officer(
            person, "Bench", LINE_ROLES, {EVERY_LINE: LINE_ROLES}, (Key(b"bench", COSE_KEY, 0),)
        )
        sessions = Sessions(time.monotonic, os.urandom)
        site = Site("b.localhost", f"http://{HOST}", READER)
        self._app: ASGIApp = desk_app(desk, OPERATIONS, site, fault, sessions)
        cookie = f"openline-{READER.replace('.', '-')}={sessions.begin(person)}"
        self._headers = [(b"host", HOST.encode()), (b"cookie", cookie.encode())]
        self.bytes = 0

    async def get(self, address: str, counted: int | None = None) -> float:
        """Milliseconds of one page; it has to say how many cases wait."""
        path, _, query = address.partition("?")
        scope = {
            "type": "http", "method": "GET", "path": path, "raw_path": path.encode(),
            "query_string": query.encode(), "headers": self._headers, "http_version": "1.1",
            "scheme": "http", "server": ("b.localhost", 8651), "client": ("127.0.0.1", 1),
            "root_path": "",
        }  # fmt: skip
        sent: list[Message] = []

        async def receiving() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def sending(message: Message) -> None:
            sent.append(message)

        began = time.perf_counter()
        await self._app(scope, receiving, sending)
        took_ms = (time.perf_counter() - began) * 1_000
        body = b"".join(each.get("body", b"") for each in sent)
        said = f"Waiting: {counted};" if counted is not None else "Waiting: "
        if sent[0]["status"] != 200 or said.encode() not in body:
            raise BenchFailed(f"{address}: {sent[0]['status']}, and not {said!r}")
        self.bytes = max(self.bytes, len(body))
        return took_ms


def fault(where: str, what: BaseException) -> None:
    """A page that could not be made ends the run."""
    raise BenchFailed(f"{where}: {what}") from what
