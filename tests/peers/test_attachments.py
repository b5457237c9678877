"""Two node processes and a wire that breaks: a large attachment comes whole, and only once."""

import contextlib
import hashlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from openline.cli.benching import pair
from openline.cli.client import SocketClient
from openline.envelope.standard import StandardSuite
from openline.exchange import start
from openline.store.folder import Home
from tests.peers.test_stop import running
from tests.ports import free_port

US, THEM = "us.example", "them.example"
SUITE = StandardSuite()
FILE = random.Random(5).randbytes(5 * 1024 * 1024)
CUT_AT = 5 * 1024 * 1024 // 2


@dataclass
class Wire:
    """A relay before a node that breaks once so many bytes of answers went through it."""

    outside: int
    inside: int
    left: int = 1 << 60
    passed: int = 0
    ends: list[socket.socket] = field(default_factory=list)
    pumps: list[threading.Thread] = field(default_factory=list)

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                near, _ = listening.accept()
            except OSError:
                return
            if self.left <= 0:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.inside))
            self.ends += [near, far]
            for ends, counts in (((near, far), False), ((far, near), True)):
                thread = threading.Thread(target=self.pump, args=(*ends, counts), daemon=True)
                self.pumps.append(thread)
                thread.start()

    def pump(self, source: socket.socket, target: socket.socket, counts: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if counts:
                    self.passed += len(data)
                    self.left -= len(data)
                if self.left <= 0:
                    self.cut()
                    return
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self.left = 0
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        self.close()
        self.left, self.passed = 1 << 60, 0

    def close(self) -> None:
        self.cut()
        for thread in self.pumps:
            thread.join(10)
        for end in self.ends:
            end.close()
        self.ends, self.pumps = [], []


@contextlib.contextmanager
def wired(outside: int, inside: int) -> Iterator[Wire]:
    wire = Wire(outside, inside)
    with socket.create_server(("127.0.0.1", outside)) as listening:
        threading.Thread(target=wire.serve, args=(listening,), daemon=True).start()
        yield wire
        wire.close()


@pytest.fixture
def prepared(tmp_path: Path) -> pair.Prepared:
    return pair.prepare(tmp_path, {US: free_port(), THEM: free_port()}, may_forget=True)


def say(client: Any, prepared: pair.Prepared, value: Any) -> list[Any]:
    """A released accident report that names a file; its place."""
    told = client.call(
        "draft", line=prepared.line_id.hex(), format="core/accident@1",
        fields={
            "subject": [{"lang": "en", "status": "original", "text": "a drone has strayed"}],
            "kind": "strayed", "at_time": "2026-11-14T20:00:00Z", "attachments": [value],
        },
    )  # fmt: skip
    for officer in prepared.officers[US]:
        challenge = hashlib.sha256(told["statement"].encode()).digest()
        assertion = officer.authenticator(SUITE).assert_statement(
            challenge, told["rp_id"], f"https://{told['rp_id']}"
        )
        told = client.call("release", draft=told["draft"], assertion=assertion.value())
        if told["released"]:
            break
    place: list[Any] = told["ref"]
    return place


def until(look: Callable[[], Any], seconds: float = 60) -> Any:
    """Look again and again until there is something to see."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it never came to pass")


def rows(client: SocketClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.call("attachments")["attachments"]
    return found


def moved(home: Path, outside: int) -> int:
    """The node listens elsewhere from now; its card goes on naming the wire's address."""
    inside = free_port()
    path = home / "node.toml"
    path.write_text(path.read_text().replace(f"127.0.0.1:{outside}", f"127.0.0.1:{inside}"))
    return inside


def test_five_mebibytes_come_whole_over_a_wire_that_breaks_and_a_node_that_is_restarted(
    prepared: pair.Prepared, tmp_path: Path
) -> None:
    us, them = prepared.homes[US], prepared.homes[THEM]
    outside = int(start.read_settings(us).listen.rpartition(":")[2])
    (tmp_path / "evidence.bin").write_bytes(FILE)
    inside = moved(us, outside)
    with wired(outside, inside) as wire, running(us) as (_, ours):
        line = prepared.line_id.hex()
        told = ours.call("attach", line=line, file=str(tmp_path / "evidence.bin"))
        assert told["metadata"] == "metadata not removed"
        wire.left = CUT_AT
        with running(them) as (_, theirs):
            place = say(ours, prepared, told["value"])
            until(lambda: wire.left <= 0)
            until(lambda: rows(theirs))
            (row,) = rows(theirs)
            assert row["state"] == "wanted" and row["got"] < row["size"]
            # The message itself was received: its receipt says nothing of the file.
            until(lambda: THEM in ours.call("show", ref=place)["receipts"])
            assert rows(ours)[0]["lacking"] == [THEM]
            assert theirs.call("queue")["files"][0]["name"] == "evidence.bin"
            got, size = row["got"], row["size"]
        wire.heal()
        assert got >= 1024 * 1024
        with running(them) as (process, theirs):
            until(lambda: rows(theirs)[0]["state"] == "held")
            until(lambda: rows(ours)[0]["lacking"] == [])
            # What had come before the cut did not go over the wire again.
            assert size - got <= wire.passed < size - got + 200_000
            saved = tmp_path / "saved.bin"
            theirs.call("attachment_save", ref=place, file=str(saved))
            assert saved.read_bytes() == FILE
            assert theirs.call("queue")["files"] == []
            assert process.poll() is None


def sealing_keys(home: Path) -> list[bytes]:
    """What this node can open, of its present card and of former ones, as its disk holds it."""
    return start.read_keyring(Home(home)).seal_seeds


def happened(client: SocketClient, code: str) -> int:
    """How often something was told to this node's people."""
    return sum(event["code"] == code for event in client.call("events")["events"])


def test_a_file_whose_receiver_changed_its_keys_before_it_was_said_opens_by_itself(
    prepared: pair.Prepared, tmp_path: Path
) -> None:
    (tmp_path / "evidence.bin").write_bytes(FILE[:1_000])
    with running(prepared.homes[US]) as (_, ours), running(prepared.homes[THEM]) as (_, theirs):
        file = str(tmp_path / "evidence.bin")
        told = ours.call("attach", line=prepared.line_id.hex(), file=file)
        (sealed_to,) = sealing_keys(prepared.homes[THEM])
        theirs.call("keys_rotate")
        until(lambda: sealed_to not in sealing_keys(prepared.homes[THEM]))
        place = say(ours, prepared, told["value"])
        until(lambda: rows(theirs) and rows(theirs)[0]["state"] == "held")
        until(lambda: (rows(ours)[0]["lacking"], rows(ours)[0]["keys"]) == ([], []))
        saved = tmp_path / "saved.bin"
        theirs.call("attachment_save", ref=place, file=str(saved))
        assert saved.read_bytes() == FILE[:1_000]
        assert happened(theirs, "attachment.sealed") == happened(ours, "attachment.key-given") == 1
        assert happened(theirs, "attachment.refused") == 0
