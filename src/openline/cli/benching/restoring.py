"""`bench restore`: a long record is backed up, and put back as after the loss of a disk.

Shapes   run(options, progress) -> report as JSON values
Units    seconds, bytes
Raises   BenchFailed when less came back than was there
Source   docs/FIGURES.md, "restore"
Never    leaves out a step of `openline restore`: the backup is read again before, the anchor is
         asked after, and every own log is marked as over
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openline.cli.benching import pair, verify
from openline.cli.benching.exchange import BenchFailed
from openline.exchange import restoring, start
from openline.exchange.kept import backups
from openline.exchange.station import Station
from openline.store.folder import Home

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How many entries, and for how many of them a sealed body of 3.3 kB is stored."""

    entries: int = 1_000_000
    envelopes: int = 100_000
    folder: str = ""


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Build a record, back it up, lose the folder's data, put them back."""
    with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
        folder, ports = Path(name), {"a.example": 1, "b.example": 2}
        prepared = pair.prepare(folder, ports, may_forget=True)
        sender_home, home = (prepared.homes[each] for each in ports)
        made = verify.Options(options.entries, options.envelopes)
        with (
            start.open_station(sender_home, start.read_settings(sender_home)) as sender,
            start.open_station(home, start.read_settings(home)) as receiver,
        ):
            verify.build(sender, receiver, prepared.line_id, made, progress)
            before = counts(receiver)
        progress("backing up", 0, 1)
        begun_s = time.perf_counter()
        told = backups.make(Home(home), "b.example", folder / "backup", int(time.time()))
        backed_up_s, begun_s = time.perf_counter() - begun_s, time.perf_counter()
        progress("restoring", 0, 1)
        restoring.restore(home, folder / "backup", None, "bench", may_forget=True)
        restored_s, begun_s = time.perf_counter() - begun_s, time.perf_counter()
        with start.open_station(home, start.read_settings(home)) as receiver:
            opened_s = time.perf_counter() - begun_s
            if counts(receiver) != before:
                raise BenchFailed("less came back than was there")
    return {
        "entries": before,
        "backup_bytes": told["bytes"],
        "backup_seconds": round(backed_up_s, 1),
        "restore_seconds": round(restored_s, 1),
        "start_seconds": round(opened_s, 1),
    }


def counts(station: Station) -> int:
    """How many entries a store holds."""
    return sum(log.size for log in station.store.logs())
