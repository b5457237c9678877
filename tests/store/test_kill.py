"""kill -9 of a writing process: what it was told is done is there, and nothing is half done."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from tests.store import ledger

KILLS = 30
WRITER = """
import sys
from pathlib import Path
from tests.store import ledger
store = ledger.open_store(Path(sys.argv[1]))
if store.log(ledger.ORIGIN) is None:
    ledger.begin(store)
while True:
    sys.stdout.write("%d\\n" % ledger.step(store, 1 + int(sys.argv[2]) % 4))
    sys.stdout.flush()
"""


def test_a_killed_writer_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "openline.db"
    places = os.pathsep.join(p for p in sys.path if p)
    dice = random.Random(4)
    acked, lengths = 0, []
    for number in range(KILLS):
        if number % 10 == 0:
            path, acked = tmp_path / f"openline {number}.db", 0
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(number)],
            env={**os.environ, "PYTHONPATH": places},
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            wanted = dice.randrange(12)
            for _ in range(wanted):
                acked = int(process.stdout.readline())
            process.send_signal(signal.SIGKILL)
            for line in process.stdout:
                acked = int(line) if line.endswith(b"\n") else acked
        if path.exists():
            store = ledger.open_store(path)
            if store.log(ledger.ORIGIN) is not None or acked:
                assert ledger.flaws(store, acked) == []
            store.close()
            lengths.append(acked)
    assert len(lengths) >= KILLS // 2 and max(lengths) > 20
