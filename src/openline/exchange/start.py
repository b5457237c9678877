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
from openline.exchange.carried.neutral import NOTE, Witness
from openline.exchange.carried.relay import RelayService
from openline.exchange.carried.signed_heads import WitnessUnsure
from openline.exchange.logs import clocks, epochs
from openline.exchange.membership import identity, own_cards, rotation
from openline.exchange.membership.own_packs import names_of, packs_of
from openline.exchange.station import SEPARATION_M, Station
from openline.exchange.traffic import profiles, tails
from openline.formats.admin_areas import BYTES_MAX, NO_AREAS, AdminAreas, read_admin_areas
from openline.formats.card import comparison_digits
from openline.formats.malformed import Malformed
from openline.store.anchor import AnchorFailed, FileAnchor, machine_id
from openline.store.contract import StoreFull
from openline.store.durable import replace_file
from openline.store.folder import Home, HomeLock, make_home, open_home
from openline.store.sqlite import SqliteStore
from openline.store.views import Views

NODE_FILE = "node.toml"
SEPARATION_MAX_M = 100_000
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
    "anchor": str,
    "boundaries": str,
    "boundaries_label": str,
    "admin_areas": str,
    "separation_m": int,
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
    browsers are served (nowhere when empty), `desk_url` how they reach it; `anchor` the profile by
    which a start is trusted (exchange/traffic/profiles.py); `narrow` the peers that are reached by
    links of little width, so that notices go ahead of their signatures and everything in pieces;
    `hook`, in the table `[watch]`, the command that wakes whoever has the watch; `boundaries` a
    file of lines that the map may show under the words of `boundaries_label`, which say whose view
    they are; `admin_areas` a file of administrative areas by p-code, in which sites are looked
    for; `separation_m` how near a movement may come to others before it is remarked.
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
    anchor: str = profiles.FILE
    boundaries: str = ""
    boundaries_label: str = ""
    narrow: tuple[str, ...] = ()
    admin_areas: str = ""
    separation_m: int = SEPARATION_M

    def text(self) -> str:
        """The file."""
        listed = ", ".join(quoted(line) for line in self.witnesses)
        return (
            f"party = {quoted(self.party)}\nlisten = {quoted(self.listen)}\n"
            f"may_forget = {str(self.may_forget).lower()}\nscenario = {quoted(self.scenario)}\n"
            f"offset_s = {self.offset_s}\nsource = {quoted(self.source)}\nwitnesses = [{listed}]\n"
            f"desk = {quoted(self.desk)}\ndesk_url = {quoted(self.desk_url)}\n"
            f"anchor = {quoted(self.anchor)}\n"
            f"boundaries = {quoted(self.boundaries)}\n"
            f"boundaries_label = {quoted(self.boundaries_label)}\n"
            f"narrow = [{', '.join(map(quoted, self.narrow))}]\n"
            f"admin_areas = {quoted(self.admin_areas)}\n"
            f"separation_m = {self.separation_m}\n"
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
        value["narrow"] = tuple(value.get("narrow", ()))
        if "hook" in value:
            raise ValueError("hook stands in the table [watch]")
        value |= _watch(value.pop("watch", {}))
        settings = NodeSettings(**value)
    except (OSError, ValueError, TypeError) as fault:
        raise BadNodeFile(f"{root / NODE_FILE}: {fault}") from None
    for name, kind in TYPES.items():
        if type(getattr(settings, name)) is not kind:
            raise BadNodeFile(f"{root / NODE_FILE}: {name} has the wrong type")
    if settings.anchor not in profiles.PROFILES:
        raise BadNodeFile(f"{root / NODE_FILE}: anchor is one of {', '.join(profiles.PROFILES)}")
    if not 0 <= settings.separation_m <= SEPARATION_MAX_M:
        raise BadNodeFile(f"{root / NODE_FILE}: separation_m is 0 to {SEPARATION_MAX_M} metres")
    if not all(isinstance(line, str) for line in (*settings.witnesses, *settings.narrow)):
        raise BadNodeFile(f"{root / NODE_FILE}: witnesses and narrow are lists of texts")
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
            names=names_of(root),
            save_keyring=lambda data: replace_file(home.keyring, data),
            boot=os.urandom(16),
            witness_policy=settings.witnesses,
            profile=settings.anchor,
            narrow=frozenset(settings.narrow),
            admin_areas=areas_of(settings.admin_areas),
            separation_m=settings.separation_m,
        )
        raise_doubts(station)
        yield station


def raise_doubts(station: Station) -> None:
    """Everything that has to be asked before this node signs anything."""
    clocks.check_at_start(station)
    with contextlib.suppress(StoreFull, AnchorFailed):
        own_cards.recall(station)  # nothing is numbered, and no card made, without them
    identity.settle(station)
    own_cards.look_at_keys(station)
    own_cards.note_restored(station)
    epochs.load_suspects(station)
    tails.note_tails(station)
    epochs.check_at_start(station)
    with contextlib.suppress(StoreFull, AnchorFailed):
        rotation.finish(station)  # the beat goes on with it where the disk is full
    profiles.hold(station)
    for why in station.packs.left_out:
        station.note_event("alarm", "packs", "packs.left-out", why)


def read_keyring(home: Home) -> Keyring:
    """The party's secrets."""
    try:
        return parse_keyring(home.keyring.read_bytes())
    except OSError as fault:
        raise BadNodeFile(f"{home.keyring}: {fault.strerror}") from None


def areas_of(path: str) -> AdminAreas:
    """The administrative areas that the settings name; none by default."""
    if not path:
        return NO_AREAS
    try:
        with Path(path).open("rb") as file:
            return read_admin_areas(file.read(BYTES_MAX + 1))
    except OSError as fault:
        raise BadNodeFile(f"admin_areas: {path}: {fault.strerror}") from None
    except Malformed as fault:
        raise BadNodeFile(f"admin_areas: {path}: {fault}") from None


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


class NodesFolder(OpenlineError):
    """The folder is a node's: a service that takes no side would run with a party's keys."""

    code: ClassVar[str] = "exchange.nodes-folder"
    remedy: ClassVar[str] = "Give the service a folder of its own with --home."


class NoService(OpenlineError):
    """There is no service in this folder that a command could work on."""

    code: ClassVar[str] = "exchange.no-service"
    remedy: ClassVar[str] = "Start it once with `serve`, or name its folder with --home."


class OtherName(OpenlineError):
    """The folder's service has another name than the command says."""

    code: ClassVar[str] = "exchange.other-name"
    remedy: ClassVar[str] = "Give the name that the folder has, or another folder."


@contextlib.contextmanager
def open_witness(
    root: Path,
    name: str,
    *,
    may_forget: bool = False,
    scenario: str = "",
    is_new_allowed: bool = True,
    is_confirmed: bool = False,
) -> Iterator[Witness]:
    """A neutral witness on its own folder; its keys are made on the first start.

    `is_confirmed` leaves out what is doubted at a start: an operator has looked.
    """
    clock = witness_clock(name, scenario)
    with open_neutral(root, name, may_forget, is_new_allowed) as (home, keys, store, is_new):
        if not (is_new or is_confirmed or home.journal.exists()):
            raise WitnessUnsure(f"{home.journal} is not there, and the keys are not new")
        signed = bool(store.metas(NOTE))
        anchor = FileAnchor.open(
            home.journal, database=store.uuid(), machine=machine_id(), signed_before=signed
        )
        with contextlib.closing(anchor):
            witness = Witness(
                keys.party, keys, keys.suite, store, anchor, clock, is_timeless=bool(scenario)
            )
            if not is_confirmed:
                witness.signed.check_at_start()
            yield witness


@contextlib.contextmanager
def open_relay(
    root: Path, name: str, *, may_forget: bool = False, is_new_allowed: bool = True
) -> Iterator[RelayService]:
    """A relay on its own folder; its keys are made on the first start."""
    with open_neutral(root, name, may_forget, is_new_allowed) as (_, keys, store, _):
        yield RelayService(keys.party, keys, keys.suite, store, clocks.SystemClock())


@contextlib.contextmanager
def open_neutral(
    root: Path, name: str, may_forget: bool, is_new_allowed: bool
) -> Iterator[tuple[Home, PartyKeys, SqliteStore, bool]]:
    """The folder, keys and store of a service that takes no side, under its lock; and whether its
    keys were made just now."""
    home = Home(root)
    if (root / NODE_FILE).exists():
        raise NodesFolder(f"{root} is a node's folder")
    is_new = not home.keyring.exists()
    if is_new and not is_new_allowed:
        raise NoService(f"no service was ever started in {root}")
    home = make_home(root, memory_disk_allowed=may_forget)
    if is_new:
        replace_file(home.keyring, new_keyring(name, os.urandom).to_bytes())
    with HomeLock(home):
        keys = PartyKeys(read_keyring(home), StandardSuite())
        if keys.party != name:
            raise OtherName(f"{root} is the folder of {keys.party}, not of {name}")
        store = SqliteStore.open(home.database, random=os.urandom, reserve=home.reserve)
        with contextlib.closing(store):
            yield home, keys, store, is_new


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
