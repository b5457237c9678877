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
from openline.cli.face import Command, Face, heads, named, table, with_face
from openline.cli.files import FILE
from openline.formats.coded import said, worded
from openline.formats.terms import ENGLISH

NEWER = (
    ("log", "word.log"), ("here", "column.here"), ("was", "column.was"),
    ("members that have more", "column.have-more"),
)  # fmt: skip
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
        face.give("lost", told, lambda: lost_lines(told, face.lang))
        return
    done = put_back(face, backup or Path(), keyring, passphrase_file, in_memory_disk)
    face.give("restore", done, lambda: lines_of(done, face.lang))
    for title in done["reopen"]:
        face.warn(f"{title}: {receive_only(face.lang)}")
    if not done["has_anchor"]:
        english = "No anchor is here: what was signed after the backup shows when members answer."
        face.warn(said("talk.no-anchor", face.lang, english))


def receive_only(lang: str) -> str:
    """What is said of a line of ours on which nothing is written until officers have looked."""
    reopen = "openline line reopen"
    english = f"receive-only until two officers sign `{reopen}`."
    return said("talk.receive-only", lang, english, reopen)


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
    english = f"Put {backup} back into {face.home}? Its own logs end; new epochs begin."
    face.confirm(said("ask.restore", face.lang, english, backup, face.home))
    stamp = time.strftime(STAMP, time.gmtime())
    return run(face.home, backup, secrets, stamp, may_forget=forget)


def lines_of(told: dict[str, Any], lang: str) -> list[str]:
    """What was put back, and what is known to be newer."""
    of = f"{told['party']} as of {told['made']}"
    rows = [
        ("restored", "column.put-back", of if lang == ENGLISH else of.replace(" as of", ",")),
        ("folder", "column.folder", told["home"]),
    ]
    if told["before"]:
        rows.append(("before, moved to", "column.moved-to", told["before"]))
    return [*named(rows, lang), *newer_lines(told["newer"], told["members"], lang)]


def lost_lines(told: dict[str, Any], lang: str) -> list[str]:
    """What is missing here, who has it, and what nobody's check can see."""
    waiting, members, keys = told["waiting"], told["members"], told["keys"]
    english = f"{waiting} entries wait for a reseal"
    rows = [
        ("receive-only", "line.receive-only", ", ".join(told["reopen"]) or "-"),
        ("not opened", "column.not-opened", english if lang == ENGLISH else waiting),
        ("anchor", "doctor.anchor", told["profile"]),
        ("members", "word.member", answered(members, lang)),
    ]
    if keys:
        nothing = said("talk.nothing-signed", lang, f"nothing is signed: {keys}", keys)
        rows.append(("keys", "doctor.keys", nothing))
    unseen = worded("doctor.cannot-see", lang, "cannot see")
    lost = worded("column.told-lost", lang, "told as lost")
    return [
        *named(rows, lang),
        *(newer_lines(told["newer"], members, lang) or [nothing_newer(members, lang)]),
        *[
            f"{lost}: {o} {begin}{between(lang)}{end - 1} ({worded(f'gap.{kind}', lang, kind)})"
            for o, begin, end, kind in told["told"]
        ],
        *[f"{unseen}: {sentence}" for sentence in told["cannot_see"]],
    ]


def between(lang: str) -> str:
    """What stands between the first and the last of several."""
    return " to " if lang == ENGLISH else "\N{EN DASH}"


def answered(members: list[list[Any]], lang: str) -> str:
    """Who has said since this start what it holds, and who has not."""
    heard = [peer for peer, has_answered in members if has_answered]
    silent = [peer for peer, has_answered in members if not has_answered]
    told = f"{len(heard)} of {len(members)} answered"
    if lang != ENGLISH:
        told = f"{worded('column.answered', lang, '')}: {len(heard)} / {len(members)}"
    not_yet = worded("column.not-yet", lang, "not yet")
    return f"{told}; {not_yet}: {', '.join(silent)}" if silent else told


def nothing_newer(members: list[list[Any]], lang: str) -> str:
    """What follows when nothing newer was found: nothing, until all were asked."""
    if not members:
        return said("talk.no-member", lang, "there is no member to ask")
    if all(has_answered for _, has_answered in members):
        return said("talk.none-more", lang, "no member has more than is here")
    serve = "openline serve"
    english = f"NOT KNOWN yet whether something is newer: `{serve}` asks the members"
    return said("talk.newer-unknown", lang, english, serve)


def newer_lines(newer: list[list[Any]], members: list[list[Any]], lang: str) -> list[str]:
    """One line per log that was longer once."""
    nobody = f"{worded('word.none', lang, 'none')}; {answered(members, lang)}"
    rows = [
        [origin, held, signed, ", ".join(holders) or nobody]
        for origin, held, signed, holders in newer
    ]
    return table(heads(NEWER, lang), rows) if rows else []
