"""A real receiving node is killed with -9 again and again while batches arrive over real HTTP."""

import http.client
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from openline.cli.benching import pair
from openline.cli.benching.exchange import free_port
from openline.exchange import asks, audit, drafts, sequence, start
from openline.exchange.station import Station
from openline.formats.delivery import read_opening

KILLS = 50
MIDWAY_MIN = 40
BATCH = 24
RECEIVER = Path(__file__).with_name("receiver.py")


@dataclass
class Ledger:
    """What the sender was told is held, and where in a delivery each kill came."""

    receipted: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)


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
        answered.wait(pause_s)
        ledger.moments["after the receipt" if answered.is_set() else "before the receipt"] += 1
        process.send_signal(signal.SIGKILL)

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


def campaign(folder: Path, kills: int, *, planted: bool, seed: int, patient: bool) -> Ledger:
    """`kills` rounds on one receiver; after each its disk is read and checked.

    A patient killer waits for the receipt and kills then; the other one draws a moment between
    the first byte and the time that a receipt took in a round without a kill.
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
        for turn in range(kills + 1):
            with start.open_station(home_b, start.read_settings(home_b)) as receiver:
                held = receiver.log(origin.origin)
                size = held.size if held is not None else 0
                if size < ledger.receipted:
                    ledger.lost.append(f"receipt for {ledger.receipted}, on disk {size}")
                    return ledger
                if turn in (kills // 2, kills):
                    findings = audit.audit(receiver, opening=True).findings
                    assert not findings, findings
            grow(sender, prepared, BATCH)
            process = start_receiver(home_b, ports["b.example"], planted)
            try:
                if not turn and not patient:
                    usual_s = usual_time(sender, prepared, ports["b.example"], size, ledger)
                    continue
                pause_s = 10.0 if patient else rng.uniform(0.0, usual_s)
                one_round(sender, prepared, ports["b.example"], size, pause_s, process, ledger)
            finally:
                process.kill()
                process.wait(10)
    return ledger


def test_fifty_kills_under_load_lose_nothing_that_was_receipted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = campaign(tmp_path, KILLS, planted=False, seed=7, patient=False)
    with capsys.disabled():
        sys.stdout.write(f"\nkills: {json.dumps(ledger.moments)}\n")
    assert not ledger.lost
    assert ledger.moments.total() == KILLS
    assert ledger.moments["before the receipt"] >= MIDWAY_MIN


def test_a_receipt_that_leaves_before_the_commit_is_caught_by_the_same_kills(
    tmp_path: Path,
) -> None:
    """The negative control: without this the test above could not fail."""
    ledger = campaign(tmp_path, 5, planted=True, seed=11, patient=True)
    assert ledger.lost
