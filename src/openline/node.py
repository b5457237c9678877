"""A node: ports opened, verbs wired, tasks run, everything closed again.

Shapes   create() makes a folder; serve() runs until a signal; Node runs inside a script
Units    seconds
Raises   what folder, store, keys and sockets refuse
Source   docs/ARCHITECTURE.md
Never    decides anything: wiring only
"""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from openline.desk.acts import ACTS, Desk
from openline.desk.attaching import ATTACHING
from openline.desk.chain import CHAIN
from openline.desk.comparing import COMPARING
from openline.desk.documents import LOOKING
from openline.desk.holding import HOLDS
from openline.desk.keeping import KEEPING
from openline.desk.keys import KEYS
from openline.desk.local import local_app, local_socket, perform
from openline.desk.notices import NOTICES
from openline.desk.officers import OFFICERS
from openline.desk.pages.app import browsers
from openline.desk.roster import Roster
from openline.desk.service import SERVICE, receive_only
from openline.exchange import start
from openline.exchange.peer.client import PeerClient
from openline.exchange.peer.server import listen_on, peer_app, serving
from openline.exchange.start import NodeSettings
from openline.watch.beat import Beat
from openline.watch.beginning import Beginning
from openline.watch.duty import Duty, cancel_all, kept_going
from openline.watch.lane import Lane
from openline.watch.links import Links
from openline.watch.listening import Listening
from openline.watch.neutral import stop_event
from openline.watch.poster import Poster
from openline.watch.relays import Relays
from openline.watch.reminding import Reminding
from openline.watch.witnessing import Witnessing

OPERATIONS = {
    **ACTS, **CHAIN, **HOLDS, **KEYS, **OFFICERS, **LOOKING, **NOTICES, **SERVICE, **KEEPING,
    **ATTACHING, **COMPARING,
}  # fmt: skip
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
    reached = [f"http://{listen}"] if urls is None else urls
    return start.create(home, settings, reached, rp_id)


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
        witnessing = Witnessing(station, lane, client, links.wake_all)
        roster = await lane.run(Roster.load, station)
        desk = Desk(station, lane, poster, links, beat, witnessing, roster, home)
        tasks: list[asyncio.Task[None]] = []

        def begin(duties: dict[str, Duty]) -> None:
            for name, duty in duties.items():
                tasks.append(asyncio.create_task(kept_going(name, duty, links.failed)))

        # Servers stop before the duties do: what was asked for by then gets its answer.
        stack.push_async_callback(cancel_all, tasks)
        if networking:
            app = peer_app(links.handlers(), links.failed, links.refusing)
            bound = stack.enter_context(contextlib.closing(listen_on(settings.listen)))
            pages = stack.enter_context(browsers(desk, OPERATIONS, settings, links.failed))
            beginning = Beginning(station, lane, client, links)
            more_faces = await stack.enter_async_context(serving((app, bound)))
            begin({"links": links.run})
            await beginning.look()
            local = local_app(desk, OPERATIONS, links.failed)
            stack.callback((home / SOCKET).unlink, missing_ok=True)
            near = stack.enter_context(contextlib.closing(local_socket(home / SOCKET)))
            stack.callback(links.hush)
            await more_faces((local, near), *pages)
            begin({"start": beginning.run, "beat": beat.run, "witnessing": witnessing.run})
            relays = Relays(station, lane, client, links)
            begin({"reminders": Reminding(station, lane, settings.hook).run, "relays": relays.run})
            begin({"listening": Listening(station, lane, links).run})
        begin({"numbering": poster.run})
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
