"""Services that take no side: a witness, which sees heads, and a relay, which keeps files.

Shapes   serve_witness() and serve_relay() run until a signal and say what they are when ready
Units    seconds
Raises   what the folder, the port and a card refuse
Source   docs/PROTOCOL.md parts 8 and 11
Never    learns what is said
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from starlette.types import ASGIApp

from openline.exchange import start
from openline.exchange.carried.neutral import Witness
from openline.exchange.carried.relay import RelayService
from openline.exchange.peer.relay_server import relay_app
from openline.exchange.peer.server import listen_on, serving
from openline.exchange.peer.witness_server import witness_app
from openline.watch.lane import Lane

Service = TypeVar("Service", Witness, RelayService)
OnReady = Callable[[dict[str, Any]], None]


def serve_witness(
    home: Path,
    name: str,
    *,
    listen: str,
    url: str,
    cards: list[bytes],
    on_ready: OnReady,
    **options: Any,
) -> None:
    """Run a neutral witness until SIGTERM or SIGINT; `options` as for `start.open_witness`."""

    def made(witness: Witness, lane: Lane) -> Face:
        policy = start.witness_policy(witness, url)
        told = {"witness": name, "listen": listen, "policy": "\n".join(policy)}
        return Face(witness_app(witness, lane.run), told)

    opened = start.open_witness(home, name, **options)
    asyncio.run(serve(opened, listen, cards, made, on_ready))


def serve_relay(
    home: Path,
    name: str,
    *,
    listen: str,
    url: str,
    cards: list[bytes],
    on_ready: OnReady,
    **options: Any,
) -> None:
    """Run a relay until SIGTERM or SIGINT; `options` as for `start.open_relay`."""

    def made(service: RelayService, lane: Lane) -> Face:
        app, hush = relay_app(service, lane.run)
        key = service.keys.vkey("http", 1).text()
        told = {"relay": name, "listen": listen, "line": f"relay {name} {key} {url}"}
        return Face(app, told, hush)

    opened = start.open_relay(home, name, **options)
    asyncio.run(serve(opened, listen, cards, made, on_ready))


@dataclass(frozen=True, slots=True)
class Face:
    """A service as others meet it, what it says when it is ready, and what ends those who wait."""

    app: ASGIApp
    told: dict[str, Any]
    hush: Callable[[], None] = lambda: None


async def serve(
    opened: AbstractContextManager[Service],
    listen: str,
    cards: list[bytes],
    made: Callable[[Service, Lane], Face],
    on_ready: OnReady,
) -> None:
    """Open the folder, follow the cards, listen, and stay until a signal."""
    stop = stop_event()
    with opened as service, contextlib.closing(Lane()) as lane:
        for card in cards:
            await lane.run(service.follow, card)
        face = made(service, lane)
        async with serving((face.app, listen_on(listen))):
            on_ready(face.told)
            await stop.wait()
            face.hush()


def stop_event() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT of this process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
