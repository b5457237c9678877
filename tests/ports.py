"""Ports for the nodes of tests that nobody else is given between the asking and the listening.

A port that the system picks lies among those it hands out for outgoing connections: a browser or a
peer may hold it a moment later. These lie below, each test process has a range of its own, and no
number comes twice before the range is used up.
"""

import itertools
import os
import random
import socket
from collections.abc import Iterator
from typing import Final

# Linux and macOS hand out ports from 32,768 on, or higher, for outgoing connections.
FIRST: Final = 20_000
LAST: Final = 32_000
PROCESSES: Final = 8
EACH: Final = (LAST - FIRST) // PROCESSES


def number_of_process() -> int:
    """gw3 of a parallel run is 3; a run of one process is 0."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PROCESSES


def in_turn() -> Iterator[int]:
    """The ports of this process, from a random one on, over and over."""
    start = random.SystemRandom().randrange(EACH)
    first = FIRST + number_of_process() * EACH
    for step in itertools.count(start):
        yield first + step % EACH


_ports = in_turn()


def free_port() -> int:
    """A port on the loopback that nobody listens on; AssertionError where all are taken."""
    for port in itertools.islice(_ports, EACH):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"none of {EACH} ports is free: what listens there?")
