"""`bench import`: a table of sites from its file to its numbers, by an officer's own command.

Shapes   run(options, progress) -> report as JSON values
Units    seconds of wall time from the start of the command to its end
Raises   BenchFailed when a row is missing, told twice, or the audit finds something
Source   docs/FIGURES.md, "A table of sites"
Never    leaves a step out: the file is read, checked, searched for twins, drafted, released by two
         officers, numbered; then the same file is given once more, and nothing may be told
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from openline.cli.benching import pair, site_tables
from openline.cli.benching.exchange import BenchFailed, audited, memory_kib, serve, stop
from openline.envelope.age import LOG_N_DEFAULT

TELLER, READER = "cell.example", "liaison.example"
PASSPHRASE: Final = "of this run only"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How many sites, and in which spelling the table comes."""

    rows: int = 10_000
    spelling: str = "csv"
    folder: str = ""


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Make the nodes and the table, import it twice with the node running, audit."""
    with tempfile.TemporaryDirectory(dir=options.folder or None) as name:
        folder = Path(name)
        progress("preparing nodes", 0, 1)
        prepared = pair.prepare(
            folder, {TELLER: 1, READER: 2}, may_forget=True, charter={
                "packs": ["core", "humanitarian"], "batch": ["humanitarian/site"],
            },
        )  # fmt: skip
        command = [*command_for(folder, options), *officers(folder, prepared)]
        process = serve(prepared.homes[TELLER])
        try:
            progress("importing", 0, 1)
            node_s = cpu_s(process.pid)
            first, seconds, own_s = imported([*command, "--home", str(prepared.homes[TELLER])])
            node_s = cpu_s(process.pid) - node_s
            progress("importing again", 0, 1)
            again, again_s, _ = imported([*command, "--home", str(prepared.homes[TELLER])])
            peak = memory_kib(process.pid, "VmHWM")
        finally:
            stop(process)
        if (first["told"], again["told"], again["already"]) != (options.rows, 0, options.rows):
            raise BenchFailed(f"told {first['told']}, then {again['told']} of {options.rows} rows")
        progress("auditing", 0, 1)
        audit = audited(prepared.homes[TELLER])
        if audit["findings"] or audit["leaves"] < options.rows:
            raise BenchFailed(f"audit: {audit}")
        return {
            "rows": options.rows,
            "spelling": options.spelling,
            "import_seconds": round(seconds, 2),
            "command_cpu_seconds": round(own_s, 2),
            "node_cpu_seconds": round(node_s, 2),
            "again_seconds": round(again_s, 2),
            "milliseconds_per_row": round(1_000 * seconds / options.rows, 3),
            "node_rss_peak_kib": peak,
            "audit": audit,
            "load": [round(each, 2) for each in os.getloadavg()],
            "cpus": os.cpu_count(),
        }


def command_for(folder: Path, options: Options) -> list[str]:
    """The command, with the table and its column map written beside the nodes."""
    table = folder / f"sites.{options.spelling}"
    table.write_bytes(site_tables.WRITERS[options.spelling](options.rows))
    column_map = folder / "sites.toml"
    column_map.write_text(site_tables.column_map(options.spelling), "utf-8")
    return [
        sys.executable, "-m", "openline.cli.main", "import", "table", str(table),
        "--map", str(column_map), "--line", "bench 0", "--json", "--yes", "--quiet",
    ]  # fmt: skip


def officers(folder: Path, prepared: pair.Prepared) -> list[str]:
    """The officers' files as options, locked as an officer's file is."""
    found = [f"--passphrase-file={folder / 'passphrase'}"]
    (folder / "passphrase").write_text(PASSPHRASE, "utf-8")
    for number, officer in enumerate(prepared.officers[TELLER]):
        file = folder / f"{number}.officer"
        file.write_bytes(officer.lock(PASSPHRASE, os.urandom, log_n=LOG_N_DEFAULT))
        found += ["--officer", str(file)]
    return found


def cpu_s(pid: int) -> float:
    """Processor time that a process has taken since it began."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def imported(command: list[str]) -> tuple[dict[str, Any], float, float]:
    """What the command told, how long it took from its start to its end, its processor time."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    own_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told: dict[str, Any] = json.loads(done.stdout or "{}")
    if done.returncode or "told" not in told:
        raise BenchFailed(f"the import ended with {done.returncode}: {told}")
    return told, seconds, own_s
