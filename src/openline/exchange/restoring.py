"""Restore: a backup becomes a node's database again, and every own log needs a new epoch.

Shapes   restore(root, backup, keyring, stamp) -> facts; standing(station) -> what is lost and where
         it is
Units    sizes count entries
Raises   HomeInUse, BadBackup, OtherParty, NoKeyring, KeyringBehind, MemoryDisk
Source   docs/OPERATE.md, "Restores"; docs/PROTOCOL.md parts 5 and 8 (anchor)
Never    writes over a live node, deletes what was there before, or lets an own log go on: the mark
         is in the database before the database has its name, and in the anchor before this returns
"""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from openline.envelope.keyring import Keyring, parse_keyring
from openline.errors import OpenlineError
from openline.exchange import start
from openline.exchange.kept import backups
from openline.exchange.kept.backups import DATABASE, SETTINGS, BadBackup, Manifest
from openline.exchange.logs import epochs, sequence
from openline.exchange.membership import drawn, own_cards
from openline.exchange.station import KeyringBehind, Station
from openline.exchange.traffic import recover
from openline.formats.card import card_origin
from openline.formats.charter import party_of
from openline.formats.openjson import Value
from openline.formats.spell import utc
from openline.store import copying
from openline.store.contract import NEVER_AGAIN
from openline.store.durable import make_folder, naming, replace_file, sync_folder
from openline.store.folder import Home, HomeLock, keep_reserve, refuse_memory_disk

BEFORE: Final = "data-before-restore"


class OtherParty(OpenlineError):
    """The backup, the keyring and the folder are not all of one party."""

    code: ClassVar[str] = "exchange.other-party"
    remedy: ClassVar[str] = "Name the backup and the keyring of the party whose folder this is."


class NoKeyring(OpenlineError):
    """There is no keyring in the folder, and none was given."""

    code: ClassVar[str] = "exchange.no-keyring"
    remedy: ClassVar[str] = "Give the keyring that was backed up apart: `--keyring FILE`."


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, and where what was there before is now."""

    manifest: Manifest
    before: Path | None
    lines: tuple[bytes, ...]


def restore(
    root: Path, backup: Path, keyring: Keyring | None, stamp: str, *, may_forget: bool = False
) -> dict[str, Any]:
    """Put a backup into a node's folder; `keyring` serves where the folder has no newer one.

    The folder may be new, or that of a node that is stopped. `stamp` names the folder to which the
    data that are there now are moved.
    """
    manifest, _ = backups.verified(backup)
    home = Home(root)
    is_new = not home.root.exists() or not any(home.root.iterdir())
    had_keyring = home.keyring.exists()
    refuse_memory_disk(next(p for p in (root, *root.absolute().parents) if p.exists()),
                       allowed=may_forget)  # fmt: skip
    for folder in (home.root, home.keys, home.anchor, home.officers):
        make_folder(folder)
    had_anchor = home.journal.exists()
    with HomeLock(home):
        check_keyring(home, manifest, keyring, stamp)
        done = put_in_place(home, backup, manifest, stamp)
    try:
        with start.open_station(root, start.read_settings(root)) as station:
            station.require_keys()
            end_own_logs(station)
            found = standing(station)
    except KeyringBehind:
        take_away(home, done, is_new=is_new, had_keyring=had_keyring)
        raise
    return {
        "party": manifest.party,
        "home": str(root),
        "made": utc(manifest.made_s),
        "before": str(done.before) if done.before is not None else "",
        "has_anchor": had_anchor,
        **found,
    }


def take_away(home: Home, done: Restored, *, is_new: bool, had_keyring: bool) -> None:
    """After a keyring that is older than the backup: leave nothing of this attempt behind.

    Else the wrong keyring would be the one that is there, and the right one never be looked at.
    """
    if had_keyring:
        return
    with HomeLock(home), naming(f"taking {home.root} back"):
        home.keyring.unlink()
        shutil.rmtree(home.data)
        if done.before is not None:
            os.rename(done.before, home.data)
    if is_new:
        with naming(f"taking {home.root} back"):
            shutil.rmtree(home.root)


def check_keyring(home: Home, manifest: Manifest, given: Keyring | None, stamp: str) -> None:
    """Keep the keyring that is there unless the one that was given knows a later card of ours.

    A database without the keyring of its party is of no use to anybody. The one that is there has
    prekeys that no copy has; where it is behind, it is put aside under a name with the stamp.
    """
    there = parse_keyring(home.keyring.read_bytes()) if home.keyring.exists() else None
    for each in (there, given):
        if each is not None and each.party != manifest.party:
            raise OtherParty(f"the keyring is of {each.party}, the backup of {manifest.party}")
    if there is None and given is None:
        raise NoKeyring(f"{home.keyring} is not there")
    if given is not None and (there is None or cards_known(given) > cards_known(there)):
        if there is not None:
            with naming(f"moving {home.keyring}"):
                os.rename(home.keyring, home.keyring.with_name(f"{home.keyring.name}-{stamp}"))
        replace_file(home.keyring, given.to_bytes())


def cards_known(keyring: Keyring) -> int:
    """How many cards of ours there were when a keyring was written."""
    return max((card.n for card in keyring.cards), default=-1) + 1


def put_in_place(home: Home, backup: Path, manifest: Manifest, stamp: str) -> Restored:
    """Build the new data folder aside, move the old one away, and give the new one its name."""
    aside = home.root / "data.new"
    with naming(f"making {aside}"):
        shutil.rmtree(aside, ignore_errors=True)
    make_folder(aside)
    lines = copying.own_lines(backup / DATABASE, manifest.party)
    why = f"restore: put back from the backup of {utc(manifest.made_s)}".encode()
    marks = {f"suspect/{line_id.hex()}": why for line_id in lines}
    marks[own_cards.RESTORED] = own_cards.PUT_BACK
    marks[own_cards.HAD_ANCHOR] = b"yes" if home.journal.exists() else b""
    copying.put_back(backup / DATABASE, aside / home.database.name, marks)
    for name in manifest.files:
        path = home.root / name
        if name != DATABASE and not path.exists():
            make_folder(path.parent)
            replace_file(path, (backup / name).read_bytes())
    if not (home.root / SETTINGS).exists():
        raise BadBackup(f"{backup}: no {SETTINGS} in it, and none in {home.root}")
    before = None
    with naming(f"moving {home.data}"):
        if home.data.exists():
            before = home.root / f"{BEFORE}-{stamp}"
            os.rename(home.data, before)
        os.rename(aside, home.data)
    sync_folder(home.root)
    keep_reserve(home)
    return Restored(manifest, before, lines)


def end_own_logs(station: Station) -> None:
    """Say in the anchor that every own log is over: no other copy shall find its log current."""
    ended = [
        replace(own, size=NEVER_AGAIN, root=bytes(32))
        for row in station.lines()
        if (own := station.own_log(row.line_id)) is not None
    ]
    sequence.anchor(station, ended)


def standing(station: Station) -> dict[str, Any]:
    """What this node knows to be newer than its database: by the anchor, by what members say."""
    longest = {
        origin: record.size
        for origin, record in station.anchor.signed().items()
        if is_open_question(station, origin)
    }
    for origin, size in stated_of_ours(station).items():
        longest[origin] = max(size, longest.get(origin, 0))
    newer: list[Value] = []
    for origin, size in sorted(longest.items()):
        if origin == card_origin(station.party):
            held = len(station.store.cards(station.party))
        else:
            log = station.store.log(origin)
            held = log.size if log is not None else 0
        if size > held:
            newer.append([origin, held, size, holders_of(station, origin, held)])
    closed = [drawn.named(station, line_id) for line_id in drawn.receive_only(station)]
    told: list[Value] = [
        list(row) for each in station.lines() for row in recover.told_gaps(station, each.line_id)
    ]
    return {"reopen": closed, "newer": newer, "members": members_asked(station), "told": told}


def stated_of_ours(station: Station) -> dict[str, int]:
    """Own logs as long as members state them since this start; the anchor may know of none.

    What officers said not to be ours is no question any more.
    """
    sizes: dict[str, int] = {}
    not_ours = epochs.floors(station)
    for session in station.sessions.values():
        stated = [(origin, size) for origin, (size, _) in session.heads.items()]
        stated += [(card_origin(party), size) for party, (size, _) in session.cards.items()]
        for origin, size in stated:
            if party_of(origin) == station.party and origin not in not_ours:
                sizes[origin] = max(size, sizes.get(origin, 0))
    return sizes


def members_asked(station: Station) -> list[Value]:
    """Every member of any line, and whether it has said since this start what it holds.

    Without its answer nobody knows whether it holds more: an anchor that was lost with the disk
    knows of nothing.
    """
    peers = sorted({p for row in station.lines() for p in station.others(row.line_id)})
    return [
        [peer, bool(peer in station.sessions and station.sessions[peer].boot)] for peer in peers
    ]


def is_open_question(station: Station, origin: str) -> bool:
    """Whether a head in the anchor is one to look for: of a log, or of our own cards.

    Others' cards come by asking. An end of an own log is told as a gap when everybody has
    answered, and is no question any more.
    """
    if origin.startswith(f"{station.party}/openline/"):
        return origin in station.tails or station.store.log(origin) is None
    return "/openline/" in origin or origin == card_origin(station.party)


def holders_of(station: Station, origin: str, held: int) -> list[Value]:
    """Members whose present session states more of a log than is here."""
    return [
        peer
        for peer, session in sorted(station.sessions.items())
        if session.heads.get(origin, (0, b""))[0] > held
    ]
