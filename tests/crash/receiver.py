"""A receiving node for the kill tests; `--planted` gives the receipt before the commit on purpose.

The planted fault lives here and not in the program: it wraps the store's transaction so that the
receipt leaves while the commit has not happened, which is what the kill test must notice.
"""

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from openline.exchange.logs import sequence
from openline.exchange.station import Station
from openline.exchange.traffic import receive
from openline.node import serve
from openline.store.contract import Tx

DELAY_S = 0.15


def plant() -> None:
    """Answer first, commit a moment later on another thread."""
    real = receive.commit

    class Early:
        """A store whose write block returns at once and commits later."""

        def __init__(self, station: Station) -> None:
            self._inner = station.store

        def __getattr__(self, name: str) -> object:
            return getattr(self._inner, name)

        @contextlib.contextmanager
        def write(self) -> Iterator[Tx]:
            calls: list[tuple[str, tuple[object, ...]]] = []

            class Recorder:
                def __getattr__(self, name: str) -> object:
                    return lambda *args: calls.append((name, args))

            yield Recorder()  # type: ignore[misc]

            def later() -> None:
                time.sleep(DELAY_S)
                with self._inner.write() as tx:
                    for name, args in calls:
                        getattr(tx, name)(*args)

            threading.Thread(target=later, daemon=True).start()

    def commit(station: Station, arrival: object, head: object, is_new: bool) -> bytes:
        store = station.store
        station.store = Early(station)  # type: ignore[assignment]
        try:
            return real(station, arrival, head, is_new)  # type: ignore[arg-type]
        finally:
            station.store = store

    receive.commit = commit
    sequence.anchor = lambda station, logs: None


if __name__ == "__main__":
    if "--planted" in sys.argv:
        plant()
    serve(Path(sys.argv[1]))
