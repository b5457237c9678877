"""Officers' devices of a bench: another process that signs what it is shown, as devices do.

Shapes   Devices.sign(officer number, challenges) -> assertions, one per challenge
Units    none
Raises   nothing of its own
Source   docs/PROTOCOL.md part 6, "Release"
Never    skips a signature: what comes back is checked by the node like any other
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from openline.envelope.officer_file import OfficerFile
from openline.envelope.release import SoftwareAuthenticator
from openline.envelope.standard import StandardSuite
from openline.formats.release import Assertion

_KEYS: list[SoftwareAuthenticator] = []


def _begin(keys: list[tuple[bytes, bytes]]) -> None:
    """In the devices' process: hold the officers' private keys."""
    suite = StandardSuite()
    _KEYS[:] = [SoftwareAuthenticator(private, person, suite) for private, person in keys]


def _sign(number: int, challenges: Sequence[bytes], rp_id: str) -> list[Assertion]:
    """In the devices' process: one assertion per challenge."""
    key = _KEYS[number]
    return [key.assert_statement(each, rp_id, f"https://{rp_id}") for each in challenges]


class Devices:
    """All officers of one party, in a process of their own."""

    def __init__(self, officers: Sequence[OfficerFile], rp_id: str) -> None:
        self.count, self._rp_id = len(officers), rp_id
        keys = [(officer.private, officer.person) for officer in officers]
        self._pool = ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=_begin, initargs=(keys,)
        )

    async def sign(self, number: int, challenges: Sequence[bytes]) -> list[Assertion]:
        """Assertions of officer `number` over these challenges."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _sign, number, challenges, self._rp_id)

    def close(self) -> None:
        """End the process."""
        self._pool.shutdown()
