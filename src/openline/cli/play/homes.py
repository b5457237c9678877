"""The folders of a play: one per party, with its keys, two officers and an address of its own.

Shapes   make_home(folder, party, address, clock) -> Home with its officers
Units    addresses are hosts of the loopback: nodes listen inside, their cards name the outside port
Raises   what making a node refuses
Source   docs/ARCHITECTURE.md, "The demo"
Never    keeps an officer's key where the node works: the files of the officers are locked, and the
         keys that sign during the play are in the memory of the player only
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openline.cli.commands.officer import write_private
from openline.envelope.officer_file import OfficerFile, new_officer
from openline.envelope.suite import Suite
from openline.exchange import start
from openline.exchange.membership import identity
from openline.exchange.start import NodeSettings
from openline.store.folder import Home

INSIDE: Final = 8551
OUTSIDE: Final = 8550
OFFICERS: Final = ("first", "second")
# Everybody may know it: it opens keys of an exercise only. The work of scrypt is small for haste.
PASSPHRASE: Final = "for the exercise only"
SCRYPT_LOG_N: Final = 10
CLOCK: Final = "clock.json"


@dataclass(frozen=True, slots=True)
class Player:
    """One party's folder, officers and addresses."""

    party: str
    home: Path
    host: str
    officers: tuple[OfficerFile, ...]
    card: bytes

    @property
    def inside(self) -> tuple[str, int]:
        return self.host, INSIDE

    @property
    def outside(self) -> tuple[str, int]:
        return self.host, OUTSIDE

    @property
    def clock(self) -> Path:
        return self.home / CLOCK


def loopback_net(random: Callable[[int], bytes] = os.urandom) -> str:
    """The first three numbers of loopback addresses that no other play is likely to use."""
    second, third = random(2)
    return f"127.{1 + second % 254}.{third}"


def write_clock(path: Path, time_s: int, wall_s: float = 0, speed: int = 0) -> None:
    """A scenario clock, replaced in one step: a node may read it just now.

    It stands still, unless it is to go on from `time_s`, which is now by the wall.
    """
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps({"at": time_s, "wall": wall_s, "speed": speed}))
    aside.replace(path)


def desk_host(party: str) -> str:
    """The domain of the keys of a party's officers: a name of its own on this machine, so that
    neither a passkey nor a cookie of one party is shown to the desk of another."""
    return f"{party.partition('.')[0]}.localhost"


def make_player(
    folder: Path, party: str, host: str, suite: Suite, *, may_forget: bool = False
) -> Player:
    """A node's folder with keys, card and officers; nothing runs afterwards."""
    home = folder / party
    settings = NodeSettings(
        party,
        f"{host}:{INSIDE}",
        may_forget=may_forget,
        scenario=str((home / CLOCK).absolute()),
        source=host,
    )
    start.create(home, settings, [f"http://{host}:{OUTSIDE}"], desk_host(party))
    Home(home).reserve.unlink()  # thirty nodes of one exercise need no room kept free for reading
    officers = tuple(
        new_officer(party, f"{name} officer", ("drafter", "releaser"), suite, os.urandom)
        for name in OFFICERS
    )
    for name, officer in zip(OFFICERS, officers, strict=True):
        locked = officer.lock(PASSPHRASE, os.urandom, log_n=SCRYPT_LOG_N)
        write_private(Home(home).officers / f"{name}.officer", locked)
    with start.open_station(home, settings) as station:
        identity.revise(station, officers=[officer.leaf(suite) for officer in officers])
        return Player(party, home, host, officers, identity.own_cards(station))
