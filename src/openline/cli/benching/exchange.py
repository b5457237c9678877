"""`bench exchange`: two or more real node processes, one line, messages that are really checked.

Shapes   run(options, progress) -> report as JSON values
Units    messages a second, milliseconds, bytes
Raises   BenchFailed when counts differ, an audit finds something or a process ends early
Source   docs/OPERATE.md, "Bench"
Never    quotes a rate without the audit of both stores in the same run
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from openline.cli.benching import floor, pair
from openline.envelope.officer_file import OfficerFile
from openline.errors import OpenlineError
from openline.exchange import start
from openline.exchange.kept import audit
from openline.formats.spell import b64
from openline.store.folder import file_system

FLOOR_ROUNDS = 200
READY_SECONDS = 20.0
CHUNK = 32
# How many times the rate that was sustained is offered by `--overload`.
OVERLOAD = 2.0
Progress = Callable[[str, int, int], None]


class BenchFailed(OpenlineError):
    """A run whose figures may not be believed."""

    code: ClassVar[str] = "cli.bench-failed"
    remedy: ClassVar[str] = "Look at the sentence; nothing of this run counts."


@dataclass(frozen=True, slots=True)
class Options:
    """What to run. `rate` 0 is as fast as the node takes them."""

    messages: int = 2000
    recipients: int = 1
    size: int = 1000
    rate: float = 0.0
    singles: int = 100
    overload: bool = False
    folder: str = ""


def free_port() -> int:
    """A port on the loopback that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Prepare, measure, audit, report."""
    with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
        folder = Path(name)
        names = ["sender.example", *(f"r{i}.example" for i in range(options.recipients))]
        ports = {each: free_port() for each in names}
        progress("preparing nodes", 0, 1)
        prepared = pair.prepare(folder, ports, may_forget=True)
        progress("measuring the floor", 0, 1)
        low = floor.measure(folder / "floor", FLOOR_ROUNDS, may_forget=True)
        before = {n: disk_bytes(prepared.homes[n]) for n in names}
        found, peaks = measure(prepared, names, options, progress)
        stored = {n: grown(before[n], disk_bytes(prepared.homes[n])) for n in names}
        progress("auditing", 0, len(names))
        audits = {n: audited(prepared.homes[n]) for n in names}
        check(audits, found, options)
        return report(options, folder, low, found, stored, audits, peaks)


def measure(
    prepared: pair.Prepared, names: list[str], options: Options, progress: Progress
) -> tuple[dict[str, Any], dict[str, int]]:
    """Run the processes: receivers first, then the sender with its plan."""
    receivers = [serve(prepared.homes[name]) for name in names[1:]]
    try:
        plan = prepared.homes[names[0]] / "plan.json"
        plan.write_text(json.dumps(plan_of(prepared, names[0], options)))
        command = [sys.executable, "-m", "openline.cli.benching.sender", str(plan)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as sender:
            for line in sender.stderr or ():
                if line.startswith('{"done"'):
                    told = json.loads(line)
                    progress("messages", told["done"], told["of"])
                else:
                    sys.stderr.write(line)
            output = sender.stdout.read() if sender.stdout else ""
        peaks = {n: memory_kib(p.pid, "VmHWM") for n, p in zip(names[1:], receivers, strict=True)}
    finally:
        for process in receivers:
            stop(process)
    found = json.loads(output or "{}")
    if "error" in found or "single" not in found:
        raise BenchFailed(f"the sender ended early: {found.get('error', output[-300:])}")
    return found, peaks


def serve(home: Path) -> subprocess.Popen[str]:
    """A receiving node in a process of its own, ready to take deliveries."""
    process = subprocess.Popen(
        [sys.executable, "-m", "openline.cli.main", "serve", "--home", str(home)],
        stdout=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + READY_SECONDS
    while not (home / "node.sock").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise BenchFailed(f"the node in {home.name} did not start")
        time.sleep(0.02)
    return process


def stop(process: subprocess.Popen[str]) -> None:
    """End a node in order; one that has ended already stays so."""
    process.send_signal(signal.SIGTERM)
    process.wait(10)
    if process.stdout is not None:
        process.stdout.close()


def plan_of(prepared: pair.Prepared, sender: str, options: Options) -> dict[str, Any]:
    """What the sending process needs to know."""
    return {
        "home": str(prepared.homes[sender]),
        "line": prepared.line_id.hex(),
        "messages": options.messages,
        "bytes": options.size,
        "rate": options.rate,
        "singles": options.singles,
        "chunk": 1 if options.rate else CHUNK,
        "overload": OVERLOAD if options.overload else 0.0,
        "rp_id": pair.rp_id_of(sender),
        "officers": [officer_value(each) for each in prepared.officers[sender]],
    }


def officer_value(officer: OfficerFile) -> dict[str, Any]:
    """An officer of this run only, in the plan file of its own folder."""
    return {
        "party": officer.party, "name": officer.name, "person": b64(officer.person),
        "roles": list(officer.roles), "salt": b64(officer.salt), "private": b64(officer.private),
    }  # fmt: skip


def disk_bytes(home: Path) -> dict[str, int]:
    """What a node keeps: the record with its anchor, and views that can be made again from it."""
    found = {"record": 0, "views": 0}
    for file in [*(home / "data").iterdir(), *(home / "anchor").iterdir()]:
        if file.name != "reserve":
            found["views" if file.name.startswith("views") else "record"] += file.stat().st_size
    return found


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """How much was added to each part."""
    return {part: after[part] - before[part] for part in after}


def audited(home: Path) -> dict[str, Any]:
    """`log verify` with opening, on a node that has stopped."""
    settings = start.read_settings(home)
    with start.open_station(home, settings) as station:
        return audit.audit(station, opening=True).value()


def check(audits: dict[str, dict[str, Any]], found: dict[str, Any], options: Options) -> None:
    """Equal counts on all sides, and nothing found by any audit."""
    counts = {name: told["leaves"] for name, told in audits.items()}
    findings = [line for told in audits.values() for line in told["findings"]]
    if findings or len(set(counts.values())) != 1:
        raise BenchFailed(f"audit: {findings[:3]} counts {counts}")
    if next(iter(counts.values())) < said(options):
        raise BenchFailed(f"only {counts} entries are in the record")


def said(options: Options) -> int:
    """How many messages a run says."""
    return options.singles + options.messages * (2 if options.overload else 1)


def memory_kib(pid: int | str, what: str) -> int:
    """Resident memory of a process: `VmRSS` now, `VmHWM` at its peak."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1])
    return 0


def quantile(values: list[float], share: float) -> float:
    """The value below which a share of the sorted values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def report(
    options: Options,
    folder: Path,
    low: list[float],
    found: dict[str, Any],
    stored: dict[str, dict[str, int]],
    audits: dict[str, dict[str, Any]],
    peaks: dict[str, int],
) -> dict[str, Any]:
    """The figures, with the floor of the same run beside them."""
    singles = found["single"]["milliseconds"]
    p50, p99 = quantile(singles, 0.5), quantile(singles, 0.99)
    low50, low99 = quantile(low, 0.5), quantile(low, 0.99)
    flood = found.get("flood", {})
    total = said(options)
    mounts = Path("/proc/self/mountinfo").read_text()
    return {
        "messages": options.messages,
        "recipients": options.recipients,
        "message_bytes": options.size,
        "rate_asked": options.rate,
        "per_second": round(flood.get("per_second", 0.0), 1),
        "seconds": round(flood.get("seconds", 0.0), 2),
        "sender_cpu_ms_per_message": round(
            1000 * flood.get("cpu_seconds", 0.0) / max(1, options.messages), 3
        ),
        "waits_for_room": flood.get("waits", 0),
        "single_ms": {"p50": round(p50, 2), "p99": round(p99, 2), "n": len(singles)},
        "floor_ms": {"p50": round(low50, 2), "p99": round(low99, 2), "n": len(low)},
        "single_to_floor": {
            "p50": round(p50 / low50, 2) if low50 else 0.0,
            "p99": round(p99 / low99, 2) if low99 else 0.0,
        },
        "stored_bytes_per_message": {
            n: {part: round(size / total) for part, size in parts.items()}
            for n, parts in stored.items()
        },
        "wire_bytes_per_message": round(flood.get("wire_bytes", 0) / max(1, options.messages)),
        "messages_per_delivery": round(
            options.messages / max(1, flood.get("deliveries", 0) / options.recipients), 1
        ),
        **({"overload": found["overload"]} if "overload" in found else {}),
        "file_system": file_system(folder, mounts)[0],
        "rss_peak_kib": {"sender": found["rss_max_kib"], **peaks},
        "entries_in_every_store": next(iter(audits.values()))["leaves"],
        "audits": audits,
        "cpus": os.cpu_count(),
    }
