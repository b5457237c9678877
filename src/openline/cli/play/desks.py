"""The desks of the nodes that stay up after a demo: where they are, and how a person gets in.

Shapes   addresses(parties) -> where each desk listens; welcome(hands) -> lines for the person
Units    none
Raises   what inviting an officer refuses
Source   docs/OPERATE.md, "The demo"
Never    listens anywhere but on this machine: `us.localhost` is the loopback to every browser
"""

import socket
from collections.abc import Iterable, Iterator
from typing import Final

from openline.cli.play.process_hands import ProcessHands

FIRST_PORT: Final = 8651
LOOPBACK: Final = "127.0.0.1"
# A guarantee is released by two, and at a desk whoever drafted it is not one of them.
OFFICERS: Final = ("First officer", "Second officer", "Third officer")


def addresses(parties: Iterable[str]) -> dict[str, str]:
    """An address for each desk: the ports from FIRST_PORT on, any other where one is taken."""
    return {
        party: f"{LOOPBACK}:{free_port(FIRST_PORT + number)}"
        for number, party in enumerate(parties)
    }


def free_port(wanted: int) -> int:
    """This port, or one that the system gives."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted


def welcome(hands: ProcessHands) -> Iterator[str]:
    """For each party: its desk, and an address that makes whoever opens it an officer there."""
    for party in hands.players:
        for name in OFFICERS:
            told = hands.call(party, "officer_invite", {"name": f"{name} of {party}"})
            url = str(told["url"])
            if name == OFFICERS[0]:
                yield f"{party}: {url.partition('/enrol/')[0]}"
            yield f"  {name.lower()}: {url}"
