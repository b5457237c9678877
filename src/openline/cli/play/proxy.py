"""A wire that can fail: a TCP relay in front of each node, which cuts pairs and loses answers.

Shapes   Wire.open(party, outside, inside); cut(a, b), heal(a, b); lose_receipt(sender, addressee)
Units    addresses are (host, port); bytes pass in pieces of at most 64 KiB
Raises   WireFailed when an address is taken
Source   docs/ARCHITECTURE.md, "The demo": faults happen on the wire, never in the node
Never    changes a byte that it passes on; a node's card names the outside address only. Who speaks
         is known by the source address, of which every party has its own
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, TypeVar

from openline.cli.play.hands import EVERYBODY
from openline.errors import OpenlineError

T = TypeVar("T")
Address = tuple[str, int]
PIECE_BYTES: Final = 65_536
DELIVERY: Final = b"POST /openline/v1/deliver "
GIVEN: Final = b"HTTP/1.1 200 "


class WireFailed(OpenlineError):
    """The relay in front of a node cannot listen."""

    code: ClassVar[str] = "play.wire-failed"
    remedy: ClassVar[str] = "Run the demo again: it chooses other addresses of the loopback."


@dataclass(eq=False, slots=True)
class Call:
    """One connection: who called whom, and both of its ends."""

    sender: str
    addressee: str
    ends: list[asyncio.StreamWriter]
    is_asking: bool = False
    is_delivery: bool = False

    def asked(self, piece: bytes) -> None:
        """A piece from the caller; the first one after an answer begins a request."""
        if not self.is_asking:
            self.is_asking, self.is_delivery = True, piece.startswith(DELIVERY)

    def is_receipt(self, piece: bytes) -> bool:
        """Whether this piece of the answer begins a receipt."""
        begins, self.is_asking = self.is_asking, False
        return begins and self.is_delivery and piece.startswith(GIVEN)

    def abort(self) -> None:
        """End it as a broken wire does, with nothing said."""
        for end in self.ends:
            end.transport.abort()


@dataclass(slots=True)
class Wire:
    """The relays of one play, in a thread of their own; every method may be called from any."""

    refused: int = 0
    lost: int = 0
    _names: dict[str, str] = field(default_factory=dict)
    _cuts: set[tuple[str, str]] = field(default_factory=set)
    _losses: list[tuple[str, str]] = field(default_factory=list)
    _calls: set[Call] = field(default_factory=set)
    _servers: list[asyncio.Server] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None

    def open(self, party: str, outside: Address, inside: Address) -> None:
        """Relay what arrives outside to the node inside. The node speaks from its inside host."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._loop.run_forever, name="wire", daemon=True)
            self._thread.start()
        self._names[inside[0]] = party
        self._wait(self._listen(party, outside, inside))

    def cut(self, party: str, other: str) -> None:
        """Break what is connected between two and refuse what comes; `other` "*" means all."""
        self._run(lambda: self._cut(party, other))

    def heal(self, party: str, other: str) -> None:
        """Undo `cut` with the same words."""
        self._run(lambda: self._cuts.discard((party, other)))

    def lose_receipt(self, sender: str, addressee: str) -> None:
        """Let the next receipt that `addressee` gives `sender` be lost on its way back, once."""
        self._run(lambda: self._losses.append((sender, addressee)))

    @property
    def unspent(self) -> int:
        """How many receipts are still to be lost."""
        return len(self._losses)

    def is_cut(self, party: str, other: str) -> bool:
        """Whether nothing passes between two parties."""
        pairs = {(party, other), (other, party), (party, EVERYBODY), (other, EVERYBODY)}
        return bool(pairs & self._cuts)

    def close(self) -> None:
        """Break everything and end the thread; a second call does nothing."""
        if self._thread is None:
            return
        self._wait(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._thread = None
        self._loop.close()

    # ---- on the wire's own thread --------------------------------------------------------------

    async def _listen(self, party: str, outside: Address, inside: Address) -> None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            sender = self._names.get(writer.get_extra_info("peername")[0], "")
            await self._carry(Call(sender, party, [writer]), reader, inside)

        try:
            self._servers.append(await asyncio.start_server(accept, *outside))
        except OSError as fault:
            raise WireFailed(f"{outside[0]}:{outside[1]}: {fault.strerror}") from None

    async def _carry(self, call: Call, reader: asyncio.StreamReader, inside: Address) -> None:
        """Both directions of one connection, until either end is closed or the wire is cut."""
        self._calls.add(call)
        try:
            if self.is_cut(call.sender, call.addressee):
                self.refused += 1
                return
            answers, onward = await asyncio.open_connection(*inside)
            call.ends.append(onward)
            if self.is_cut(call.sender, call.addressee):
                return
            asking = asyncio.create_task(self._there(call, reader, onward))
            try:
                await self._back(call, answers, call.ends[0])
            finally:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
        except OSError:
            pass  # an end is gone: so is the connection
        finally:
            self._calls.discard(call)
            call.abort()

    async def _there(
        self, call: Call, reader: asyncio.StreamReader, onward: asyncio.StreamWriter
    ) -> None:
        """From the caller to the node; when the caller is gone, so is the connection."""
        try:
            while piece := await reader.read(PIECE_BYTES):
                call.asked(piece)
                onward.write(piece)
                await onward.drain()
        finally:
            onward.transport.abort()

    async def _back(
        self, call: Call, answers: asyncio.StreamReader, caller: asyncio.StreamWriter
    ) -> None:
        """From the node to the caller, unless this is the receipt that is to be lost."""
        while piece := await answers.read(PIECE_BYTES):
            pair = (call.sender, call.addressee)
            if call.is_receipt(piece) and pair in self._losses:
                self._losses.remove(pair)
                self.lost += 1
                return
            caller.write(piece)
            await caller.drain()

    def _cut(self, party: str, other: str) -> None:
        self._cuts.add((party, other))
        for call in list(self._calls):
            if self.is_cut(call.sender, call.addressee):
                call.abort()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        for call in list(self._calls):
            call.abort()
        current = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not current]
        await asyncio.wait(left, timeout=1.0) if left else None

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _run(self, work: Callable[[], object]) -> None:
        """Do something small on the wire's thread and wait until it is done."""
        if self._thread is None:
            work()
            return

        async def once() -> None:
            work()

        self._wait(once())
