"""A node: ports opened, verbs wired, tasks run, everything closed again.

Shapes   create() makes a folder; serve() runs until a signal; Node runs inside a script
Units    seconds
Raises   what folder, store, keys and sockets refuse
Source   docs/ARCHITECTURE.md
Never    decides anything: wiring only
"""

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from openline.desk.acts import ACTS, Desk
from openline.desk.local import local_app, local_socket, perform
from openline.desk.notices import NOTICES
from openline.desk.officers import OFFICERS
from openline.desk.pages.app import browsers
from openline.desk.roster import Roster
from openline.desk.service import SERVICE, receive_only
from openline.desk.views import VIEWS
from openline.exchange import start
from openline.exchange.peer.client import PeerClient
from openline.exchange.peer.server import listen_on, peer_app, serving
from openline.exchange.peer.witness_server import witness_app
from openline.exchange.start import NodeSettings
from openline.watch.beat import Beat
from openline.watch.duty import cancel_all, kept_going
from openline.watch.lane import Lane
from openline.watch.links import Links
from openline.watch.poster import Poster
from openline.watch.reminding import Reminding
from openline.watch.witnessing import Witnessing

OPERATIONS = {**ACTS, **OFFICERS, **VIEWS, **NOTICES, **SERVICE}
SOCKET = "node.sock"
OnReady = Callable[[dict[str, Any]], None]


def create(
    home: Path,
    party: str,
    *,
    listen: str = "127.0.0.1:8551",
    urls: list[str] | None = None,
    rp_id: str = "localhost",
    may_forget: bool = False,
) -> dict[str, Any]:
    """Make a node's folder with keys and first card; its facts as JSON values."""
    settings = NodeSettings(party, listen, may_forget)
    return start.create(home, settings, urls or [f"http://{listen}"], rp_id)


@contextlib.asynccontextmanager
async def running(home: Path, settings: NodeSettings, *, networking: bool) -> AsyncIterator[Desk]:
    """A node at work: its desk, while the block lasts."""
    async with contextlib.AsyncExitStack() as stack:
        station = stack.enter_context(start.open_station(home, settings))
        lane = Lane()
        stack.callback(lane.close)
        client = PeerClient(settings.source or None)
        stack.push_async_callback(client.close)
        links = Links(station, lane, client)
        poster = Poster(station, lane, links.wake_all)
        beat = Beat(station, lane, links.wake_all, links.refusals)
        witnessing = Witnessing(station, lane, client)
        roster = await lane.run(Roster.load, station)
        desk = Desk(station, lane, poster, links, beat, witnessing, roster)
        duties = {"numbering": poster.run}
        tasks: list[asyncio.Task[None]] = []
        # Servers stop before the duties do: what was asked for by then gets its answer.
        stack.push_async_callback(cancel_all, tasks)
        if networking:
            app = peer_app(links.deliver, links.greet, links.ask, links.failed, links.refusing)
            local = local_app(desk, OPERATIONS, links.failed)
            bound = stack.enter_context(contextlib.closing(listen_on(settings.listen)))
            stack.callback((home / SOCKET).unlink, missing_ok=True)
            near = stack.enter_context(contextlib.closing(local_socket(home / SOCKET)))
            pages = stack.enter_context(browsers(desk, OPERATIONS, settings, links.failed))
            await stack.enter_async_context(serving((app, bound), (local, near), *pages))
            duties |= {"links": links.run, "beat": beat.run, "witnessing": witnessing.run}
            duties["reminders"] = Reminding(station, lane, settings.hook).run
        for name, duty in duties.items():
            tasks.append(asyncio.create_task(kept_going(name, duty, links.failed)))
        yield desk


def serve(
    home: Path, *, listen: str = "", desk: str = "", on_ready: OnReady = lambda told: None
) -> None:
    """Run a node until SIGTERM or SIGINT; everything acknowledged is on disk when this returns."""
    settings = start.read_settings(home)
    settings = replace(settings, listen=listen or settings.listen, desk=desk or settings.desk)

    async def run() -> None:
        stop = stop_event()
        async with running(home, settings, networking=True) as at_work:
            closed = await at_work.lane.run(receive_only, at_work.station)
            told = {"party": settings.party, "listen": settings.listen, "receive_only": closed}
            on_ready({**told, "desk": at_work.address})
            await stop.wait()

    asyncio.run(run())


def serve_witness(
    home: Path, name: str, *, listen: str, cards: list[bytes], on_ready: OnReady, **options: Any
) -> None:
    """Run a neutral witness until SIGTERM or SIGINT; `options` as for `start.open_witness`."""

    async def run() -> None:
        stop = stop_event()
        with (
            start.open_witness(home, name, **options) as witness,
            contextlib.closing(Lane()) as lane,
        ):
            for card in cards:
                await lane.run(witness.follow, card)
            async with serving((witness_app(witness, lane.run), listen_on(listen))):
                policy = start.witness_policy(witness, f"http://{listen}")
                on_ready({"witness": name, "listen": listen, "policy": "\n".join(policy)})
                await stop.wait()

    asyncio.run(run())


def stop_event() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT of this process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


class Node:
    """A node inside a script: `with Node.start(home) as node: node.call("send", ...)`."""

    def __init__(self, home: Path, *, networking: bool) -> None:
        self._home, self._networking = home, networking
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._stack = contextlib.AsyncExitStack()
        self._desk: Desk | None = None

    @classmethod
    def open(cls, home: Path | str) -> Self:
        """Work on the folder without talking to anybody."""
        return cls(Path(home), networking=False)

    @classmethod
    def start(cls, home: Path | str) -> Self:
        """Run the whole node in a thread of this process."""
        return cls(Path(home), networking=True)

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._desk = self._wait(self._begin())
        except BaseException:
            self._end()
            raise
        return self

    async def _begin(self) -> Desk:
        settings = start.read_settings(self._home)
        block = running(self._home, settings, networking=self._networking)
        return await self._stack.enter_async_context(block)

    def call(self, operation: str, **args: Any) -> dict[str, Any]:
        """One operation by name; its refusal is raised as the error that it is."""
        if self._desk is None:
            raise start.BadNodeFile("the node is not open: use it in a `with` block")
        told: dict[str, Any] = self._wait(perform(self._desk, OPERATIONS, operation, args))
        return told

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._wait(self._stack.aclose())
        finally:
            self._end()
