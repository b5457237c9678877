"""`bench witness`: how many checkpoints a witness cosigns in a second, each durable before it.

Shapes   run(options, progress) -> report as JSON values
Units    checkpoints a second; `per_cpu_second` is what one core does that has nothing else to do
Raises   BenchFailed when a checkpoint was refused
Source   docs/FIGURES.md, "witness"
Never    counts what was signed beforehand: heads and proofs are made before the clock starts
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openline.cli.benching.exchange import BenchFailed
from openline.errors import OpenlineError
from openline.exchange import start
from openline.exchange.carried.allowances import Allowances
from openline.exchange.membership import identity
from openline.exchange.peer.witness_server import BATCH
from openline.exchange.start import NodeSettings
from openline.exchange.station import Station
from openline.formats.add_checkpoint import AddCheckpoint
from openline.formats.charter import origin_of
from openline.formats.head import Head
from openline.record.tree import EMPTY, growth_proof, leaf_hash
from openline.store.folder import MEMORY_DISKS, MOUNTS, file_system

PARTY, WITNESS = "signing.example", "witness.example"
HEADS_PER_LOG = 50
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How many checkpoints, of logs with fifty heads each."""

    checkpoints: int = 2_000
    folder: str = ""


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Sign the heads, then let a witness with files of its own cosign them."""
    with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
        folder = Path(name)
        kind = file_system(folder, MOUNTS.read_text("utf-8", "surrogateescape"))[0]
        settings = NodeSettings(PARTY, "127.0.0.1:1", kind in MEMORY_DISKS)
        start.create(folder / "party", settings, [], f"desk.{PARTY}")
        progress("signing heads", 0, 1)
        with start.open_station(folder / "party", settings) as station:
            card, requests = identity.own_cards(station), signed(station, options.checkpoints)
        may_forget = kind in MEMORY_DISKS
        with start.open_witness(folder / "witness", WITNESS, may_forget=may_forget) as witness:
            witness.follow(card)
            witness.allowances = Allowances(heads=len(requests), new_logs=len(requests))
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            for at in range(0, len(requests), BATCH):
                progress("cosigning", at, len(requests))
                for answer in witness.add_checkpoints(requests[at : at + BATCH]):
                    if isinstance(answer, OpenlineError):
                        raise BenchFailed(f"a checkpoint was refused: {answer}")
            wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
    return {
        "checkpoints": len(requests),
        "per_second": round(len(requests) / wall_s, 1),
        "per_cpu_second": round(len(requests) / cpu_s, 1),
        "file_system": kind,
    }


def signed(station: Station, count: int) -> list[bytes]:
    """Requests of growing logs, the logs by turns, as witnesses get them."""
    logs = max(1, count // HEADS_PER_LOG)
    origins = [origin_of(station.random(32), 1, station.random(8), PARTY) for _ in range(logs)]
    frontiers = dict.fromkeys(origins, EMPTY)
    requests = []
    for number in range(count):
        origin = origins[number % logs]
        before, leaf = frontiers[origin], leaf_hash(number.to_bytes(8, "big"))
        after = frontiers[origin] = before.append(leaf)
        note = station.keys.sign_head(Head(origin, after.size, after.root), station.clock.now_s())
        asked = AddCheckpoint(before.size, growth_proof(before, [leaf]), note)
        requests.append(asked.encode())
    return requests
