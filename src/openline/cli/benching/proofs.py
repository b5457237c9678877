"""`bench proof`: how long the check of one file takes, once the program is loaded.

Shapes   run(options, progress) -> report as JSON values
Units    milliseconds, bytes
Raises   BenchFailed when the file is not shown to be valid: a refusal may stop half way
Source   docs/FIGURES.md
Never    keeps anything from one check to the next
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openline.cli.benching.exchange import BenchFailed
from openline.envelope.standard import StandardSuite
from openline.formats.policy import parse_policies
from openline.record.disclosure import verify_file

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """The file of a disclosure and the text of the policy that its reader brings."""

    file: Path
    data: bytes
    policy: str
    times: int = 200


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Check the file again and again, each time from its bytes and with a suite of its own."""
    took_ms = []
    for number in range(options.times):
        progress("checking", number, options.times)
        started = time.perf_counter()
        verdict = verify_file(
            options.data, parse_policies(options.policy), StandardSuite(), allow_exercise=True
        )
        took_ms.append((time.perf_counter() - started) * 1000)
    if verdict.exit_code:
        raise BenchFailed(f"{options.file}: {verdict.first_line}")
    return {
        "bytes": len(options.data),
        "times": options.times,
        "first_ms": round(took_ms[0], 1),
        "min_ms": round(min(took_ms), 1),
        "median_ms": round(statistics.median(took_ms), 1),
        "p99_ms": round(sorted(took_ms)[int(options.times * 0.99)], 1),
    }
