"""`openline restore`: put a backup back; with `--lost`, say what is newer elsewhere.

Shapes   data is {"party", "home", "made", "before", "reopen", "newer", "has_anchor"}; with --lost
         {"reopen", "newer", "members", "told", "keys", "waiting", "tails", "profile",
         "cannot_see"}; `members` are pairs of a name and whether it has answered
Units    sizes count entries
Raises   HomeInUse when the node runs; what a backup or keyring that is not whole is refused for
Source   docs/OPERATE.md, "Restores"
Never    lets a log go on: two officers open a new epoch on each line
"""

import time
from pathlib import Path
from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, pairs, table, with_face
from openline.cli.files import FILE

STAMP = "%Y%m%dT%H%M%SZ"


@click.command(cls=Command)
@click.argument("backup", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--lost", is_flag=True, help="Only say what was longer once, and who has it.")
@click.option(
    "--keyring", type=FILE, help="The keyring's backup, where the folder has no newer one."
)
@click.option("--passphrase-file", type=FILE, help="Holds the passphrase (or OPENLINE_PASSPHRASE).")
@click.option("--in-memory-disk", is_flag=True, help="Accept a disk that a restart empties.")
@with_face
def restore(
    face: Face,
    backup: Path | None,
    lost: bool,
    keyring: Path | None,
    passphrase_file: Path | None,
    in_memory_disk: bool,
) -> None:
    """Put BACKUP into the folder --home of a node that is stopped, or into a new folder.

    What is there now is moved aside, never deleted. Every own log needs a new epoch afterwards,
    which two officers release: `openline line reopen LINE`.

    \b
    Example:  openline restore /mnt/backup/north-monday --home north
    """
    if lost == (backup is not None):
        raise click.UsageError("name a backup to put back, or --lost to see what is missing")
    if lost:
        with client(face.home) as node:
            told = node.call("lost")
        face.give("lost", told, lambda: lost_lines(told))
        return
    done = put_back(face, backup or Path(), keyring, passphrase_file, in_memory_disk)
    face.give("restore", done, lambda: lines_of(done))
    for title in done["reopen"]:
        face.warn(f"{title}: receive-only until two officers sign `openline line reopen`.")
    if not done["has_anchor"]:
        face.warn("No anchor is here: what was signed after the backup shows when members answer.")


def put_back(
    face: Face, backup: Path, keyring: Path | None, passphrase_file: Path | None, forget: bool
) -> dict[str, Any]:
    """Unlock what has to be unlocked, ask, and do it in this process."""
    from openline.cli.signing import naming, passphrase
    from openline.exchange.kept.backups import unlock_keyring
    from openline.exchange.restoring import restore as run

    secrets = None
    if keyring is not None:
        phrase = passphrase(face, passphrase_file, keyring.name)
        with naming(keyring):
            secrets = unlock_keyring(keyring.read_bytes(), phrase)
    face.confirm(f"Put {backup} back into {face.home}? Its own logs end; new epochs begin.")
    stamp = time.strftime(STAMP, time.gmtime())
    return run(face.home, backup, secrets, stamp, may_forget=forget)


def lines_of(told: dict[str, Any]) -> list[str]:
    """What was put back, and what is known to be newer."""
    rows = [("restored", f"{told['party']} as of {told['made']}"), ("folder", told["home"])]
    if told["before"]:
        rows.append(("before", f"moved to {told['before']}"))
    return [*pairs(rows), *newer_lines(told["newer"], told["members"])]


def lost_lines(told: dict[str, Any]) -> list[str]:
    """What is missing here, who has it, and what nobody's check can see."""
    rows = [
        ("receive-only", ", ".join(told["reopen"]) or "-"),
        ("not opened", f"{told['waiting']} entries wait for a reseal"),
        ("anchor", told["profile"]),
        ("members", answered(told["members"])),
    ]
    if told["keys"]:
        rows.append(("keys", f"nothing is signed: {told['keys']}"))
    unseen = [f"cannot see: {sentence}" for sentence in told["cannot_see"]]
    return [
        *pairs(rows),
        *(newer_lines(told["newer"], told["members"]) or [nothing_newer(told["members"])]),
        *[
            f"told as lost: {o} {begin} to {end - 1} ({kind})"
            for o, begin, end, kind in told["told"]
        ],
        *unseen,
    ]


def answered(members: list[list[Any]]) -> str:
    """Who has said since this start what it holds, and who has not."""
    heard = [peer for peer, has_answered in members if has_answered]
    silent = [peer for peer, has_answered in members if not has_answered]
    told = f"{len(heard)} of {len(members)} answered"
    return f"{told}; not yet: {', '.join(silent)}" if silent else told


def nothing_newer(members: list[list[Any]]) -> str:
    """What follows when nothing newer was found: nothing, until all were asked."""
    if not members:
        return "there is no member to ask"
    if all(has_answered for _, has_answered in members):
        return "no member has more than is here"
    return "NOT KNOWN yet whether something is newer: `openline serve` asks the members"


def newer_lines(newer: list[list[Any]], members: list[list[Any]]) -> list[str]:
    """One line per log that was longer once."""
    nobody = f"none; {answered(members)}"
    rows = [
        [origin, held, signed, ", ".join(holders) or nobody]
        for origin, held, signed, holders in newer
    ]
    return table(["log", "here", "was", "members that have more"], rows) if rows else []
