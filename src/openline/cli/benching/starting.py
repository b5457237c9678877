"""`bench start`: a node with a long log opens its folder and knows what its line says.

Shapes   run(options, progress) -> report as JSON values; `python -m` this file opens one folder
Units    seconds, KiB
Raises   BenchFailed when the node that was opened does not know every entry
Source   docs/FIGURES.md, "Start"
Never    measures in the process that made the log: each start is a process of its own
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openline.cli.benching import pair
from openline.cli.benching.exchange import BenchFailed, memory_kib
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.exchange.folding import reading, snapshots
from openline.exchange.logs import sequence
from openline.store.folder import open_home

PARTY = "a.example"
BATCH = 256
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How long the log is."""

    entries: int = 100_000
    size: int = 1000
    folder: str = ""


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Make the log, start without snapshots, write them, start with them."""
    with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
        prepared = pair.prepare(Path(name), {PARTY: 1, "b.example": 2}, may_forget=True)
        build(prepared, options, progress)
        home = prepared.homes[PARTY]
        progress("starting without snapshots", 0, 1)
        plain = opened(home, prepared.line_id, options, keep=True)
        progress("starting from snapshots", 0, 1)
        quick = opened(home, prepared.line_id, options, keep=False)
        views = open_home(home, memory_disk_allowed=True).views
        return {
            "entries": options.entries,
            "without_snapshot": plain,
            "from_snapshot": quick,
            "snapshot_bytes_per_entry": round(views.stat().st_size / options.entries),
        }


def build(prepared: pair.Prepared, options: Options, progress: Progress) -> None:
    """A log of messages, each released twice, sealed and numbered as always."""
    home, officers = prepared.homes[PARTY], prepared.officers[PARTY]
    with start.open_station(home, start.read_settings(home)) as station:
        for first in range(0, options.entries, BATCH):
            numbers = range(first, min(first + BATCH, options.entries))
            ready = []
            for number in numbers:
                content = pair.content(number, options.size)
                draft = drafts.compose(
                    station, prepared.line_id, "message", content, format_id=pair.FORMAT
                )
                ready.append(pair.sign_all(station, officers, draft))
            sequence.append(station, prepared.line_id, ready)
            progress("building", numbers.stop, options.entries)


def opened(home: Path, line_id: bytes, options: Options, *, keep: bool) -> dict[str, Any]:
    """One start in a process of its own; `keep` writes the snapshots after it was measured."""
    command = [sys.executable, "-m", __name__, str(home), line_id.hex(), "keep" if keep else ""]
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    process_s = time.perf_counter() - began
    told: dict[str, Any] = json.loads(done.stdout or "{}")
    if done.returncode or told.get("entries", 0) < options.entries:
        raise BenchFailed(f"the start ended with {done.returncode} and knew {told}")
    told.pop("entries")
    return told if keep else {**told, "process_seconds": round(process_s, 2)}


def main() -> None:
    """Open the folder named on the command line and fold its line."""
    home, line_id = Path(sys.argv[1]), bytes.fromhex(sys.argv[2])
    began = time.perf_counter()
    with start.open_station(home, start.read_settings(home)) as station:
        opened_s = time.perf_counter() - began
        state = reading.state(station, line_id)
        known_s = time.perf_counter() - began
        told = {
            "seconds": round(known_s, 2),
            "of_which_opening": round(opened_s, 2),
            "entries": sum(log.size for log in station.logs_of(line_id)),
            "rss_peak_kib": memory_kib("self", "VmHWM"),
        }
        if "keep" in sys.argv[3:]:
            snapshots.save(station, line_id)
        if len(list(state.entries.values())) < told["entries"]:
            told["entries"] = 0
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
