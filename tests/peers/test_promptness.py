"""An answer leaves at once: no half of it waits for an acknowledgement of the other half.

With Nagle's algorithm on, a receipt took some 40 ms longer than the disks and signatures below it.
"""

import asyncio
import socket

import pytest

from openline.exchange.peer.server import listen_on


def listen_without_a_protocol(address: str) -> socket.socket:
    """The negative control: what `socket.socket` makes when nothing is said."""
    host, _, port = address.rpartition(":")
    bound = socket.socket(socket.AF_INET)
    bound.bind((host, int(port)))
    bound.listen()
    return bound


async def sends_at_once(bound: socket.socket) -> bool:
    """Whether a connection that is accepted there sends what it has without waiting."""
    accepted: asyncio.Queue[int] = asyncio.Queue()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        near = writer.get_extra_info("socket")
        accepted.put_nowait(near.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(handle, sock=bound) as server:
        host, port = server.sockets[0].getsockname()[:2]
        _, writer = await asyncio.open_connection(host, port)
        found = await accepted.get()
        writer.close()
        await writer.wait_closed()
        return bool(found)


@pytest.mark.parametrize("listen", [listen_on, listen_without_a_protocol])
def test_a_node_does_not_hold_back_half_an_answer(listen: object) -> None:
    assert callable(listen)
    assert asyncio.run(sends_at_once(listen("127.0.0.1:0"))) is (listen is listen_on)
