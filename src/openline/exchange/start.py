"""Starting a node: its folder opened, its ports made, its doubts raised before anything is signed.

Shapes   create(home, settings) -> facts; open_station(home, settings) -> Station in a block
Units    none
Raises   HomeInUse, NoHome, BadNodeFile, and what the store and the keyring refuse
Source   docs/PROTOCOL.md part 8 (anchor, clock); docs/OPERATE.md
Never    signs: that begins after the checks here
"""

import contextlib
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from openline.envelope.keyring import Keyring, new_keyring, parse_keyring
from openline.envelope.party_keys import PartyKeys
from openline.envelope.standard import StandardSuite
from openline.errors import OpenlineError
from openline.exchange import clocks, epochs, identity
from openline.exchange.neutral import Witness
from openline.exchange.own_packs import packs_of
from openline.exchange.station import Station
from openline.formats.card import comparison_digits
from openline.store.anchor import FileAnchor, machine_id
from openline.store.durable import replace_file
from openline.store.folder import Home, HomeLock, make_home, open_home
from openline.store.sqlite import SqliteStore
from openline.store.views import Views

NODE_FILE = "node.toml"
TYPES = {
    "party": str,
    "listen": str,
    "may_forget": bool,
    "scenario": str,
    "offset_s": int,
    "source": str,
    "hook": str,
    "desk": str,
    "desk_url": str,
}


class BadNodeFile(OpenlineError):
    """The node's own settings file cannot be used."""

    code: ClassVar[str] = "exchange.bad-node-file"
    remedy: ClassVar[str] = (
        "Correct node.toml in the node's folder; docs/OPERATE.md lists its keys."
    )


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """What stands in node.toml.

    `scenario` is the file of a scenario clock, `offset_s` this node's error on it; `source` a
    local address for outgoing connections; `witnesses` policy lines for new charters; `desk` where
    browsers are served (nowhere when empty), `desk_url` how they reach it; `hook`, in the table
    `[watch]`, the command that wakes whoever has the watch.
    """

    party: str
    listen: str = "127.0.0.1:8551"
    may_forget: bool = False
    scenario: str = ""
    offset_s: int = 0
    source: str = ""
    witnesses: tuple[str, ...] = ()
    hook: str = ""
    desk: str = ""
    desk_url: str = ""

    def text(self) -> str:
        """The file."""
        listed = ", ".join(quoted(line) for line in self.witnesses)
        return (
            f"party = {quoted(self.party)}\nlisten = {quoted(self.listen)}\n"
            f"may_forget = {str(self.may_forget).lower()}\nscenario = {quoted(self.scenario)}\n"
            f"offset_s = {self.offset_s}\nsource = {quoted(self.source)}\nwitnesses = [{listed}]\n"
            f"desk = {quoted(self.desk)}\ndesk_url = {quoted(self.desk_url)}\n"
            f"\n[watch]\nhook = {quoted(self.hook)}\n"
        )


def quoted(text: str) -> str:
    """A TOML string; control characters have no place in these settings."""
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise BadNodeFile(f"a control character in {text[:40]!r}")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_settings(root: Path) -> NodeSettings:
    """The settings of a node's folder; unknown keys are errors."""
    try:
        value = tomllib.loads((root / NODE_FILE).read_text())
        value["witnesses"] = tuple(value.get("witnesses", ()))
        if "hook" in value:
            raise ValueError("hook stands in the table [watch]")
        value |= _watch(value.pop("watch", {}))
        settings = NodeSettings(**value)
    except (OSError, ValueError, TypeError) as fault:
        raise BadNodeFile(f"{root / NODE_FILE}: {fault}") from None
    for name, kind in TYPES.items():
        if type(getattr(settings, name)) is not kind:
            raise BadNodeFile(f"{root / NODE_FILE}: {name} has the wrong type")
    if not all(isinstance(line, str) for line in settings.witnesses):
        raise BadNodeFile(f"{root / NODE_FILE}: witnesses is not a list of texts")
    return settings


def _watch(table: object) -> dict[str, Any]:
    """The table `[watch]` of the file."""
    if not isinstance(table, dict) or not table.keys() <= {"hook"}:
        raise ValueError("[watch] has one key, hook")
    return table


def write_settings(root: Path, settings: NodeSettings) -> None:
    """Replace the settings file durably."""
    replace_file(root / NODE_FILE, settings.text().encode())


def create(root: Path, settings: NodeSettings, urls: list[str], rp_id: str) -> dict[str, Any]:
    """Make a node's folder with its keys and first card."""
    home = make_home(root, memory_disk_allowed=settings.may_forget)
    if home.keyring.exists():
        raise identity.AlreadyMade(f"{root}: a node is here already")
    keyring = new_keyring(settings.party, os.urandom)
    replace_file(home.keyring, keyring.to_bytes())
    write_settings(root, settings)
    with open_station(root, settings) as station:
        identity.create(station, urls, rp_id)
        row = station.store.party(station.party)
        digits = comparison_digits(row.fingerprint) if row else ""
    return {"party": settings.party, "home": str(root), "url": urls[0] if urls else "",
            "digits": digits}  # fmt: skip


@contextlib.contextmanager
def open_station(root: Path, settings: NodeSettings) -> Iterator[Station]:
    """A station on a node's folder; folder, database, anchor and views are closed after it."""
    home = open_home(root, memory_disk_allowed=settings.may_forget)
    with HomeLock(home), contextlib.ExitStack() as stack:
        keyring = read_keyring(home)
        suite = StandardSuite()
        store = SqliteStore.open(home.database, random=os.urandom, reserve=home.reserve)
        stack.callback(store.close)
        signed = any(log.party == keyring.party and log.size for log in store.logs())
        anchor = FileAnchor.open(
            home.journal, database=store.uuid(), machine=machine_id(), signed_before=signed
        )
        stack.callback(anchor.close)
        views = Views.open(home.views, suite=suite, key=keyring.data_key, random=os.urandom)
        stack.callback(views.close)
        station = Station(
            party=keyring.party,
            suite=suite,
            keyring=keyring,
            keys=PartyKeys(keyring, suite),
            archive_public=suite.seal_public(keyring.archive_seed),
            store=store,
            anchor=anchor,
            views=views,
            clock=clock_of(settings),
            random=os.urandom,
            packs=packs_of(root),
            save_keyring=lambda data: replace_file(home.keyring, data),
            boot=os.urandom(16),
            witness_policy=settings.witnesses,
        )
        raise_doubts(station)
        yield station


def raise_doubts(station: Station) -> None:
    """Everything that has to be asked before this node signs anything."""
    clocks.check_at_start(station)
    identity.spend_used_root(station)
    epochs.load_suspects(station)
    epochs.check_at_start(station)


def read_keyring(home: Home) -> Keyring:
    """The party's secrets."""
    try:
        return parse_keyring(home.keyring.read_bytes())
    except OSError as fault:
        raise BadNodeFile(f"{home.keyring}: {fault.strerror}") from None


def clock_of(settings: NodeSettings) -> clocks.SystemClock:
    """The machine's clock, with a scenario beside it when the settings name one."""
    if settings.scenario:
        return clocks.ScenarioClock(Path(settings.scenario), settings.offset_s)
    return clocks.SystemClock()


class NotForExercises(OpenlineError):
    """A witness whose clock is a scenario's would date the real thing falsely."""

    code: ClassVar[str] = "exchange.not-for-exercises"
    remedy: ClassVar[str] = "Give it a name that begins with `exercise`, or no scenario."


def witness_clock(name: str, scenario: str) -> clocks.SystemClock:
    """The machine's clock; a scenario's only under a name that warns every reader of a charter."""
    if not scenario:
        return clocks.SystemClock()
    if not name.startswith("exercise"):
        raise NotForExercises(f"{name} may not read a scenario clock")
    return clocks.ExerciseClock(Path(scenario))


@contextlib.contextmanager
def open_witness(
    root: Path, name: str, *, may_forget: bool = False, scenario: str = ""
) -> Iterator[Witness]:
    """A neutral witness on its own folder; its keys are made on the first start."""
    clock = witness_clock(name, scenario)
    home = make_home(root, memory_disk_allowed=may_forget)
    if not home.keyring.exists():
        replace_file(home.keyring, new_keyring(name, os.urandom).to_bytes())
    with HomeLock(home), contextlib.ExitStack() as stack:
        keyring = read_keyring(home)
        suite = StandardSuite()
        store = SqliteStore.open(home.database, random=os.urandom, reserve=home.reserve)
        stack.callback(store.close)
        anchor = FileAnchor.open(home.journal, database=store.uuid(), machine=machine_id())
        stack.callback(anchor.close)
        keys = PartyKeys(keyring, suite)
        yield Witness(keyring.party, keys, suite, store, anchor, clock)


def witness_policy(witness: Witness, url: str) -> tuple[str, ...]:
    """The policy lines by which charters name a witness: both keys, both needed."""
    name = f"{witness.name}/witness"
    ed25519 = witness.keys.vkey("witness", 4, name).text()
    ml_dsa = witness.keys.vkey("witness", 6, name).text()
    return (
        f"witness w-ed {ed25519} {url}",
        f"witness w-ml {ml_dsa} {url}",
        "group w all w-ed w-ml",
        "quorum w",
    )
