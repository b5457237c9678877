"""A real receiving node is killed with -9 again and again while batches arrive over real HTTP.

Every sixth kill comes as soon as the receipt is in the sender's hand, the others at a drawn moment
between the first byte of a batch and its receipt, and they go on until enough came there. After
each the disk is read: what was receipted must be on it. The same campaign on a node with a planted
fault (receipt before commit) finds it.
"""

import http.client
import itertools
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from openline.cli.benching import pair
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.exchange.kept import audit
from openline.exchange.logs import sequence
from openline.exchange.station import Station
from openline.exchange.traffic import asks
from openline.formats.delivery import read_opening
from tests.ports import free_port

KILLS_MIN = 60
KILLS_MAX = 150
MIDWAY_MIN = 40
PATIENT_EVERY = 6
PATIENCE_S = 10.0
BATCH = 24
BINS_MAX = 12
BIN_WIDTHS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
RECEIVER = Path(__file__).with_name("receiver.py")


@dataclass
class Ledger:
    """What the sender was told is held, and when after the first byte each kill came (ms)."""

    receipted: int = 0
    midway_ms: list[float] = field(default_factory=list)
    receipted_ms: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        return len(self.midway_ms) + len(self.receipted_ms)

    @property
    def is_full(self) -> bool:
        """Whether enough kills came, and enough of them before the receipt."""
        enough = self.kills >= KILLS_MIN and len(self.midway_ms) >= MIDWAY_MIN
        return enough or self.kills >= KILLS_MAX


def histogram(ledger: Ledger) -> str:
    """Kills in bins of milliseconds since the first byte: `#` before the receipt, `+` after it."""
    latest = max(ledger.midway_ms, default=0.0)
    width = next((w for w in BIN_WIDTHS_MS if latest < w * BINS_MAX), BIN_WIDTHS_MS[-1])
    bins = [(first, first + width) for first in range(0, int(latest) + 1, width)]
    rows = [f"{ledger.kills} kills, {len(ledger.midway_ms)} between first byte and receipt (#)"]
    for first, stop in [*bins, (bins[-1][1], 10**9)]:
        before, after = (
            sum(1 for ms in found if first <= ms < stop)
            for found in (ledger.midway_ms, ledger.receipted_ms)
        )
        name = f"{first:4} to {stop:4} ms" if stop < 10**9 else f"{first:4} ms or later"
        rows.append(f"{name:<15} {'#' * before}{'+' * after}")
    return "\n".join(rows)


def start_receiver(home: Path, port: int, planted: bool) -> subprocess.Popen[bytes]:
    """The receiving node, listening."""
    command = [sys.executable, str(RECEIVER), str(home), *(["--planted"] if planted else [])]
    process = subprocess.Popen(command)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        if process.poll() is not None:
            raise AssertionError("the receiving node did not start")
        time.sleep(0.02)
    raise AssertionError("the receiving node does not listen")


def grow(sender: Station, prepared: pair.Prepared, count: int) -> None:
    """One more batch in the sender's log."""
    officers = prepared.officers[sender.party]
    ready = [
        pair.sign_all(
            sender,
            officers,
            drafts.compose(
                sender,
                prepared.line_id,
                "message",
                pair.content(n, 700),
                format_id="core/clarification@1",
            ),
        )
        for n in range(count)
    ]
    sequence.append(sender, prepared.line_id, ready)


def deliver(port: int, body: bytes, first_byte: threading.Event) -> bytes | None:
    """Post a delivery; the receipt, or None when the connection died."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest("POST", "/openline/v1/deliver")
        connection.putheader("content-length", str(len(body)))
        connection.endheaders()
        connection.send(body[:1])
        first_byte.set()
        connection.send(body[1:])
        response = connection.getresponse()
        answer = response.read()
        return answer if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        first_byte.set()
        connection.close()


def one_round(
    sender: Station,
    prepared: pair.Prepared,
    port: int,
    held: int,
    pause_s: float,
    process: subprocess.Popen[bytes],
    ledger: Ledger,
) -> None:
    """Deliver what is missing and kill the receiver `pause_s` after the first byte left."""
    log = sender.own_log(prepared.line_id)
    assert log is not None
    body = asks.body_from(sender, log, held, log.size)
    assert body is not None
    first_byte = threading.Event()
    answered = threading.Event()

    def kill() -> None:
        first_byte.wait()
        began = time.monotonic()
        answered.wait(pause_s)
        process.send_signal(signal.SIGKILL)
        found = ledger.receipted_ms if answered.is_set() else ledger.midway_ms
        found.append(1000 * (time.monotonic() - began))

    killer = threading.Thread(target=kill)
    killer.start()
    answer = deliver(port, body, first_byte)
    if answer is not None:
        ledger.receipted = max(ledger.receipted, read_opening(body)[0].head.size)
        answered.set()
    killer.join()
    process.wait(10)


def usual_time(
    sender: Station, prepared: pair.Prepared, port: int, held: int, ledger: Ledger
) -> float:
    """How long a receipt takes when nobody kills: the slower second of two deliveries counts."""
    taken_s = 0.0
    for _ in range(2):
        log = sender.own_log(prepared.line_id)
        assert log is not None
        body = asks.body_from(sender, log, held, log.size)
        assert body is not None
        started = time.monotonic()
        assert deliver(port, body, threading.Event()) is not None
        taken_s = time.monotonic() - started
        held = ledger.receipted = log.size
        grow(sender, prepared, BATCH)
    return taken_s


def campaign(folder: Path, *, planted: bool, seed: int) -> Ledger:
    """Kills of one receiver until the ledger is full; after each its disk is read and checked.

    A patient killer waits for the receipt and kills then; the others draw a moment between the
    first byte and the time that receipts take. How long that is each receipt says anew: how busy
    the machine is changes.
    """
    rng = random.Random(seed)
    ports = {"a.example": free_port(), "b.example": free_port()}
    prepared = pair.prepare(folder, ports, may_forget=True)
    home_a, home_b = prepared.homes["a.example"], prepared.homes["b.example"]
    ledger = Ledger()
    with start.open_station(home_a, start.read_settings(home_a)) as sender:
        origin = sender.own_log(prepared.line_id)
        assert origin is not None
        usual_s = 0.0
        for turn in itertools.count():
            with start.open_station(home_b, start.read_settings(home_b)) as receiver:
                held = receiver.log(origin.origin)
                size = held.size if held is not None else 0
                if size < ledger.receipted:
                    ledger.lost.append(f"receipt for {ledger.receipted}, on disk {size}")
                    return ledger
                if turn == KILLS_MIN // 2 or ledger.is_full:
                    findings = audit.audit(receiver, opening=True).findings
                    assert not findings, findings
            if ledger.is_full:
                break
            grow(sender, prepared, BATCH)
            process = start_receiver(home_b, ports["b.example"], planted)
            try:
                if not turn:
                    usual_s = usual_time(sender, prepared, ports["b.example"], size, ledger)
                    continue
                is_patient = turn % PATIENT_EVERY == 0
                pause_s = PATIENCE_S if is_patient else rng.uniform(0.0, usual_s)
                before = len(ledger.receipted_ms)
                one_round(sender, prepared, ports["b.example"], size, pause_s, process, ledger)
                if len(ledger.receipted_ms) > before:
                    usual_s = (usual_s + ledger.receipted_ms[-1] / 1000) / 2
            finally:
                process.kill()
                process.wait(10)
    return ledger


def test_fifty_kills_under_load_lose_nothing_that_was_receipted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = campaign(tmp_path, planted=False, seed=7)
    with capsys.disabled():
        sys.stdout.write(f"\n{histogram(ledger)}\n")
    assert not ledger.lost
    assert ledger.kills >= KILLS_MIN
    assert len(ledger.midway_ms) >= MIDWAY_MIN


def test_a_receipt_that_leaves_before_the_commit_is_caught_by_the_same_kills(
    tmp_path: Path,
) -> None:
    """The negative control: without this the test above could not fail."""
    ledger = campaign(tmp_path, planted=True, seed=7)
    assert ledger.lost
