"""One way to the node's operations: over its socket when it runs, in this process when it does not.

Shapes   client(home) -> context manager of Client; Client.call(operation, **args) -> JSON object
Units    timeout_s in seconds
Raises   NoNode, NodeSilent, NodeRefused (with the code, sentence and remedy that the node gave)
Source   docs/ARCHITECTURE.md, "One surface for terminal, library and browser"
Never    touches a key, a row or another node: everything goes through the operations
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, ClassVar, Protocol

from openline.cli.refused import NodeRefused as NodeRefused
from openline.errors import OpenlineError

Json = dict[str, Any]
SOCKET_NAME = "node.sock"
WAIT_MARGIN_S = 30.0
START_SECONDS_MAX = 5.0


class NoNode(OpenlineError):
    """There is no node in the folder that is meant."""

    code: ClassVar[str] = "cli.no-node"
    remedy: ClassVar[str] = "Make one with `openline init PARTY`, or name its folder with --home."


class NodeSilent(OpenlineError):
    """The node's socket is there and does not answer."""

    code: ClassVar[str] = "cli.node-silent"
    remedy: ClassVar[str] = (
        "Look at the terminal of `openline serve`; start it again if it is gone."
    )


class NodeFailed(OpenlineError):
    """The node met a fault of its own while it carried out an operation."""

    code: ClassVar[str] = "cli.node-failed"
    remedy: ClassVar[str] = "The terminal of `openline serve` says what; report it with that text."


class Client(Protocol):
    """The operations of one node."""

    def call(self, operation: str, **args: Any) -> Json:
        """Carry out one operation; NodeRefused when the node says no."""


class _UnixConnection(HTTPConnection):
    """HTTP over the socket file in the node's folder."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(address(self._path))


class SocketClient:
    """A running node."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        self._path, self._timeout_s = path, timeout_s

    def call(self, operation: str, **args: Any) -> Json:
        """One POST; the wait for an answer includes what the operation itself may wait."""
        limit_s = max(self._timeout_s, float(args.get("timeout_s", 0)) + WAIT_MARGIN_S)
        connection = _UnixConnection(self._path, limit_s)
        body = json.dumps(args, ensure_ascii=False).encode()
        try:
            headers = {"content-type": "application/json"}
            connection.request("POST", f"/v1/{operation}", body, headers)
            response = connection.getresponse()
            status, answer = response.status, response.read()
        except (OSError, HTTPException) as error:
            raise NodeSilent(f"{self._path}: {type(error).__name__}: {error}") from None
        finally:
            connection.close()
        value = object_in(answer)
        if value is None:
            raise NodeFailed(f"{operation}: the node answered with status {status}")
        if status == 200:
            return value
        raise NodeRefused(
            str(value.get("code", "cli.node-refused")),
            str(value.get("sentence", f"HTTP status {status}")),
            str(value.get("remedy", "")),
        )


def object_in(answer: bytes) -> Json | None:
    """The JSON object that an answer holds, if it holds one."""
    try:
        value = json.loads(answer)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def address(path: Path) -> str:
    """The shorter spelling of a socket's path: the system takes about a hundred bytes only."""
    return min(str(path), os.path.relpath(path), key=len)


def is_running(home: Path) -> bool:
    """Whether a node listens on the socket in this folder (a dead one leaves its file behind)."""
    path = home / SOCKET_NAME
    if not path.is_socket():
        return False
    probe = socket.socket(socket.AF_UNIX)
    try:
        probe.settimeout(2.0)
        probe.connect(address(path))
    except OSError:
        return False
    finally:
        probe.close()
    return True


@contextmanager
def client(home: Path, timeout_s: float = 30.0) -> Iterator[Client]:
    """The node of this folder: the running one, else one that lives as long as the command."""
    if not home.is_dir():
        raise NoNode(f"{home}: no such folder")
    with ExitStack() as stack:
        yield (
            SocketClient(home / SOCKET_NAME, timeout_s)
            if is_running(home)
            else opened(home, timeout_s, stack)
        )


def opened(home: Path, timeout_s: float, stack: ExitStack) -> Client:
    """The node opened in this process; one that is just starting elsewhere is waited for."""
    from openline.node import Node
    from openline.store.folder import HomeInUse

    try:
        return stack.enter_context(Node.open(home))
    except HomeInUse:
        until_s = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until_s:
            if is_running(home):
                return SocketClient(home / SOCKET_NAME, timeout_s)
            time.sleep(0.05)
        raise
