"""`bench idle`: the memory of a node that has nothing to do.

Shapes   run(options, progress) -> report as JSON values
Units    KiB, seconds
Raises   BenchFailed when a node does not start
Source   docs/FIGURES.md, "Idle node"
Never    counts pages of the peer, or of the process that measures
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openline.cli.benching import pair
from openline.cli.benching.exchange import free_port, memory_kib, serve, stop

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How long to look."""

    seconds: float = 10.0
    folder: str = ""


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Two nodes with one open line; the resident memory of the first after a while."""
    with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
        progress("preparing nodes", 0, 1)
        ports = {party: free_port() for party in ("a.example", "b.example")}
        prepared = pair.prepare(Path(name), ports, may_forget=True)
        nodes = []
        try:
            nodes += [serve(home) for home in prepared.homes.values()]
            progress("waiting", 0, 1)
            time.sleep(options.seconds)
            return {
                "seconds": options.seconds,
                "rss_kib": memory_kib(nodes[0].pid, "VmRSS"),
                "rss_peak_kib": memory_kib(nodes[0].pid, "VmHWM"),
            }
        finally:
            for node in nodes:
                stop(node)
