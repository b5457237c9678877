"""Three real nodes of one line for the drills: processes, folders, officers who sign.

`Group` starts and ends processes and says things; `history` reads what a folder's database holds,
while its node runs or after it was lost.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openline.cli.benching import pair
from openline.cli.client import SOCKET_NAME, SocketClient, is_running
from openline.cli.play.processes import Nursery, Process, ProcessFailed
from openline.envelope.standard import StandardSuite
from openline.store.folder import Home
from openline.store.sqlite import SqliteStore
from tests.ports import free_port

VICTIM, FIRST, SECOND = PARTIES = ("a.example", "b.example", "c.example")
FORMAT = "core/clarification@1"
CALL_S = 30.0
SUITE = StandardSuite()
PLANTED = Path(__file__).with_name("planted.py")

Json = dict[str, Any]
Log = tuple[tuple[bytes, str], ...]


class PlantedNursery(Nursery):
    """A nursery whose children have the faults that are named."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__()
        self._faults = tuple(faults)

    def open(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENLINE_")}
        self._child = subprocess.Popen(
            [sys.executable, str(PLANTED), *self._faults],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )


@dataclass
class Group:
    """The nodes of one line; `up` are those whose process runs."""

    folder: Path
    nursery: Nursery
    prepared: pair.Prepared
    ports: dict[str, int]
    up: dict[str, Process] = field(default_factory=dict)
    said: int = 0

    def home(self, party: str) -> Path:
        return self.prepared.homes[party]

    @property
    def line(self) -> str:
        return self.prepared.line_id.hex()

    def start(self, party: str) -> Json:
        """Start a node; what it says when it is ready."""
        self.up[party] = self.nursery.launch(self.home(party), ["serve"])
        return self.up[party].wait_ready()

    def run(self, home: Path, *arguments: str) -> Json:
        """One command to its end, in a process of its own; what it prints."""
        process = self.nursery.launch(home, arguments)
        try:
            return process.wait_ready()
        finally:
            process.stop()

    def end(self, party: str, *, kill: bool) -> None:
        process = self.up.pop(party, None)
        if process is not None:
            process.kill() if kill else process.stop()

    def end_all(self) -> None:
        for party in list(self.up):
            self.end(party, kill=False)

    def call(self, party: str, operation: str, **args: Any) -> Json:
        return SocketClient(self.home(party) / SOCKET_NAME, CALL_S).call(operation, **args)

    def sign(self, party: str, told: Json, home: Path | None = None) -> Json:
        """Every release that a draft asks for."""
        client = SocketClient((home or self.home(party)) / SOCKET_NAME, CALL_S)
        for officer in self.prepared.officers[party]:
            if told["released"]:
                break
            challenge = hashlib.sha256(told["statement"].encode()).digest()
            made = officer.authenticator(SUITE).assert_statement(
                challenge, told["rp_id"], f"https://{told['rp_id']}"
            )
            told = client.call("release", draft=told["draft"], assertion=made.value())
        return told

    def say(self, party: str, home: Path | None = None) -> list[Any] | None:
        """A released message; its place, or None while it waits in the outbox."""
        self.said += 1
        text = f"message {self.said} of {party}"
        client = SocketClient((home or self.home(party)) / SOCKET_NAME, CALL_S)
        told = client.call(
            "draft", line=self.line, format=FORMAT,
            fields={"subject": [{"lang": "en", "status": "original", "text": text}]},
        )  # fmt: skip
        found: list[Any] | None = self.sign(party, told, home).get("ref")
        return found

    def reopen(self, party: str) -> Json:
        """Two officers open a new epoch."""
        return self.sign(party, self.call(party, "line_reopen", line=self.line))

    def settle(self, timeout_s: float = 30.0) -> None:
        """Wait until nothing is on its way between the nodes that run."""
        until_s = time.monotonic() + timeout_s
        while True:
            parties = list(self.up)
            waited = False
            for party in parties:
                others = [other for other in parties if other != party]
                told = self.call(
                    party, "settle", parties=others, hello=others,
                    timeout_s=max(1.0, until_s - time.monotonic()),
                )  # fmt: skip
                waited |= told["waited"]
            if not waited or self._same(parties) or time.monotonic() > until_s:
                return

    def _same(self, parties: Sequence[str]) -> bool:
        """Whether all that run hold the same heads."""
        held = [self.call(party, "held", line=self.line) for party in parties]
        return all(each == held[0] for each in held)

    def copy(self, party: str, name: str) -> Path:
        """The whole folder of a node that does not run, as it stands."""
        target = self.folder / name
        shutil.copytree(self.home(party), target, ignore=shutil.ignore_patterns("*.sock"))
        return target


def wait_up(home: Path, process: Process) -> None:
    """Until a node takes commands."""
    until_s = time.monotonic() + CALL_S
    while not is_running(home):
        if not process.is_up or time.monotonic() > until_s:
            raise ProcessFailed(f"{home}: {process.last_words()}")
        time.sleep(0.01)


def history(data: Path) -> dict[str, Log]:
    """Every log of a data folder: (leaf, state) by place."""
    store = SqliteStore.open(data / "openline.db", random=os.urandom, read_only=True)
    try:
        return {
            log.origin: tuple((e.leaf, e.state) for e in store.entries(log.origin, 0, log.size))
            for log in store.logs()
        }
    finally:
        store.close()


def accused(data: Path) -> list[str]:
    """Evidence that a database holds, and logs that it froze."""
    store = SqliteStore.open(data / "openline.db", random=os.urandom, read_only=True)
    try:
        names = [name for name, _ in store.evidence()]
        return names + [log.origin for log in store.logs() if log.status == "forked"]
    finally:
        store.close()


@contextlib.contextmanager
def group(folder: Path, *faults: str) -> Iterator[Group]:
    """Three prepared nodes; all processes are gone afterwards."""
    nursery = PlantedNursery(faults)
    nursery.open()
    ports = {party: free_port() for party in PARTIES}
    made = Group(folder, nursery, pair.prepare(folder, ports, may_forget=True), ports)
    for party in PARTIES:
        Home(made.home(party)).reserve.unlink(missing_ok=True)
    try:
        yield made
    finally:
        with contextlib.suppress(ProcessFailed):
            made.end_all()
        nursery.close()
