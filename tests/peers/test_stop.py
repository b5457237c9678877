"""A node is told to stop at a bad moment: it is gone within a second, nothing lost or doubled."""

import contextlib
import hashlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openline.cli.benching import pair
from openline.cli.client import NodeRefused, NodeSilent, SocketClient, is_running
from openline.envelope.standard import StandardSuite
from openline.exchange import start
from openline.exchange.kept import audit
from openline.exchange.logs import clocks
from openline.exchange.peer import guard
from openline.exchange.station import Station
from openline.node import Node
from tests.peers.conftest import CLARIFY
from tests.ports import free_port

US, THEM = "us.example", "them.example"
SERVE = "import sys, pathlib; from openline.node import serve; serve(pathlib.Path(sys.argv[1]))"
MESSAGES = 24
SUITE = StandardSuite()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> pair.Prepared:
    ports = {name: free_port() for name in (US, THEM)}
    return pair.prepare(tmp_path_factory.mktemp("stop"), ports, may_forget=True)


@contextlib.contextmanager
def running(home: Path) -> Iterator[tuple["subprocess.Popen[bytes]", SocketClient]]:
    """The node as a process of its own; stopped as a service manager stops it."""
    process = subprocess.Popen([sys.executable, "-c", SERVE, str(home)])
    try:
        until_s = time.monotonic() + 60
        while not is_running(home):
            assert process.poll() is None and time.monotonic() < until_s, "it does not start"
            time.sleep(0.02)
        yield process, SocketClient(home / "node.sock", 30)
    finally:
        process.terminate()
        assert process.wait(20) == 0


@contextlib.contextmanager
def at_rest(home: Path) -> Iterator[Station]:
    with start.open_station(home, start.read_settings(home)) as station:
        yield station


def size(station: Station, line_id: bytes) -> int:
    log = station.own_log(line_id)
    assert log is not None
    return log.size


def ready(client: Any, prepared: pair.Prepared, words: str) -> dict[str, Any]:
    """The last release that a new draft needs, as arguments of the operation."""
    told = client.call(
        "draft", line=prepared.line_id.hex(), format=CLARIFY,
        fields={"subject": [{"lang": "en", "status": "original", "text": words}]},
    )  # fmt: skip
    for officer in prepared.officers[US]:
        challenge = hashlib.sha256(told["statement"].encode()).digest()
        assertion = officer.authenticator(SUITE).assert_statement(
            challenge, told["rp_id"], f"https://{told['rp_id']}"
        )
        args = {"draft": told["draft"], "assertion": assertion.value()}
        if told["releases"] + 1 == told["officers_needed"]:
            return args
        told = client.call("release", **args)
    raise AssertionError("more officers are needed than there are")


def test_what_waited_in_the_outbox_when_it_was_stopped_is_said_once(
    prepared: pair.Prepared,
) -> None:
    home, line_id = prepared.homes[US], prepared.line_id
    with at_rest(home) as station:
        before = size(station, line_id)
        ahead_s = station.clock.now_s() + 10_000
        with station.store.write() as tx:
            tx.set_meta(clocks.HIGH_WATER, b"%d" % ahead_s)
    with running(home) as (_, client):
        told = client.call("release", **ready(client, prepared, "waits for the clock"))
        assert told["released"] and not told["sequenced"]
        assert client.call("status")["outbox"] == 1
    with running(home) as (_, client):
        assert client.call("status")["outbox"] == 1
        client.call("confirm_clock", by="the duty officer")
        client.call("settle")
        assert client.call("status")["outbox"] == 0
    for _ in range(2):
        with at_rest(home) as station:
            assert size(station, line_id) == before + 1
            assert station.store.outbox_size() == 0
            assert audit.audit(station, opening=True).is_clean


def test_releases_in_flight_when_it_is_stopped_are_said_once_or_can_be_given_again(
    prepared: pair.Prepared,
) -> None:
    home, line_id = prepared.homes[US], prepared.line_id
    with at_rest(home) as station:
        before = size(station, line_id)
    said: list[str] = []
    refused: list[str] = []

    def send(client: SocketClient, args: dict[str, Any]) -> None:
        try:
            if client.call("release", **args)["released"]:
                said.append(args["draft"])
        except (NodeSilent, NodeRefused):
            refused.append(args["draft"])

    with running(home) as (process, client):
        waiting = [ready(client, prepared, f"message {n}") for n in range(MESSAGES)]
        threads = [threading.Thread(target=send, args=(client, args)) for args in waiting]
        for thread in threads:
            thread.start()
        while not said:
            time.sleep(0.0005)
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
    assert len(said) + len(refused) == MESSAGES
    with at_rest(home) as station:
        used = {args["draft"] for args in waiting if station.store.draft_used(b16(args["draft"]))}
        assert set(said) <= used, "what was answered is in the record"
        assert size(station, line_id) == before + len(used) + station.store.outbox_size()
    with running(home) as (_, client):
        client.call("settle")
        for args in waiting:
            if args["draft"] not in used:
                assert client.call("release", **args)["released"]
        again = [args for args in waiting if args["draft"] in used]
        for args in again:
            with pytest.raises(NodeRefused):
                client.call("release", **args)
    with at_rest(home) as station:
        assert size(station, line_id) == before + MESSAGES
        assert audit.audit(station, opening=True).is_clean


def b16(text: str) -> bytes:
    return bytes.fromhex(text)


@contextlib.contextmanager
def slow_clients(listen: str, home: Path) -> Iterator[list[socket.socket]]:
    """Clients of every bad kind, each in the middle of something."""
    host, _, port = listen.rpartition(":")
    with contextlib.ExitStack() as stack:
        held = []
        for first in (
            b"",
            b"POST /openline/v1/deliver HT",
            b"POST /openline/v1/deliver HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\nabc",
            b"POST /nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\nabc",
        ):
            client = stack.enter_context(socket.create_connection((host, int(port))))
            client.sendall(first)
            held.append(client)
        local = stack.enter_context(contextlib.closing(socket.socket(socket.AF_UNIX)))
        local.connect(str(home / "node.sock"))
        local.sendall(b"POST /v1/status HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{")
        yield [*held, local]


def test_it_stops_within_a_second_whoever_is_connected(prepared: pair.Prepared) -> None:
    home = prepared.homes[US]
    listen = start.read_settings(home).listen
    took_s = []
    for _ in range(2):
        with running(home) as (process, _), slow_clients(listen, home) as clients:
            time.sleep(0.2)
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            took_s.append(time.monotonic() - started)
            for client in clients:
                client.settimeout(5)
                with contextlib.suppress(ConnectionError):
                    while client.recv(4096):
                        pass
    assert min(took_s) < 1.0, took_s
    assert not (home / "node.sock").exists()


def test_a_node_in_a_script_stops_as_quickly(
    prepared: pair.Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = prepared.homes[US]
    listen = start.read_settings(home).listen
    before = threading.active_count()
    with contextlib.ExitStack() as stack:
        node = Node.start(home)
        node.__enter__()
        stack.enter_context(slow_clients(listen, home))
        time.sleep(0.1)
        started = time.monotonic()
        node.__exit__(None, None, None)
        assert time.monotonic() - started < 1.5
    assert threading.active_count() == before
    assert guard.HEADER_SECONDS_MAX > 1
