"""`openline line succeed|leave|decline|history`: what becomes of a line, without losing what was
said.

Shapes   succeed and leave give the draft as `line invite` does; history is {"history": [...]};
         told_by(policy, relays) -> keys of a charter, for `line invite` too
Units    none
Raises   what the node refuses: a line that was left, a successor of another line
Source   docs/OPERATE.md, "When a line changes"; docs/decisions/0063-linked-charters.md
Never    changes a charter: it draws the next one, which every member's officers accept anew
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from openline.cli.clean import clean
from openline.cli.client import Client, client
from openline.cli.face import Command, Face, heads, marked, status_of, table, with_face
from openline.cli.fields import BadField, decoded
from openline.cli.files import FILE
from openline.cli.outgoing import Signers, officer_options, release_draft, report
from openline.formats.charter import parse_charter
from openline.formats.coded import said, worded
from openline.formats.terms import ENGLISH

Json = dict[str, Any]


# Parts of a charter whose term has another name than theirs.
PARTS = {
    "title": "item.title", "level": "item.level", "purpose": "item.purpose",
    "languages": "word.languages", "policy": "word.witness", "visible": "word.releases-shown",
    "batch": "column.batch-forms", "opens": "column.must-accept", "timer": "word.timers",
    "officers": "word.officers-needed", "packs": "word.packs", "relays": "word.relay-station",
}  # fmt: skip


def charter_files(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that bring lines of relays and witnesses, each as often as wanted."""
    told = "Relay lines, as a relay prints them; more than once for several."
    function = click.option("--relay", "relay_files", type=FILE, multiple=True, help=told)(function)
    told = "Witness lines, as a witness prints them; more than once for several."
    return click.option("--policy", "policy_files", type=FILE, multiple=True, help=told)(function)


def told_by(policy_files: Sequence[Path], relay_files: Sequence[Path]) -> Json:
    """The keys of a charter that these files bring; a file that brings no line is refused."""
    found: Json = {}
    for key, files in (("policy", policy_files), ("relays", relay_files)):
        for file in files:
            rows = lines_in(decoded(file, file.read_bytes()), is_relay=key == "relays")
            if not rows:
                raise BadField(f"{file}: no line of {key} in it")
            found[key] = [*dict.fromkeys([*found.get(key, []), *rows])]
    return found


def lines_in(text: str, *, is_relay: bool) -> list[str]:
    """What a charter takes of a file: lines of relays, or all but empty ones and notes."""
    rows = text.splitlines()
    if is_relay:
        return [row for row in rows if row.startswith("relay ")]
    return [row for row in rows if row and not row.startswith("#")]


def relays_at(node: Client, line_name: str) -> list[str]:
    """The relays that the charter of a line names."""
    charter = parse_charter(node.call("line_show", line=line_name)["charter"])
    return [f"{each.party} {each.url}" for each in charter.relays]


def relays_told(before: list[str], after: list[str], lang: str) -> list[str]:
    """Which relays a successor has, which it had, and which are gone: plainly, before anybody
    signs."""
    none = worded("word.none", lang, "none")
    new = worded("column.relays-new", lang, "relays of the new charter")
    told = [f"{new}: {'; '.join(after) or none.upper()}"]
    if before != after:
        old = worded("column.relays-old", lang, "relays of the old charter")
        told.append(f"{old}: {'; '.join(before) or none}")
        gone = worded("column.relays-gone", lang, "NO RELAY ANY MORE")
        told += [f"{gone}: {each}" for each in before if each not in after]
    return told


def changes_said(told: Json, lang: str) -> list[str]:
    """What a successor changes: the sentences of the node, or the same under the terms."""
    if lang == ENGLISH:
        return [str(each) for each in told["changes"]]
    return [change_said(each, lang) for each in told["changed"]]


def change_said(changed: Sequence[str], lang: str) -> str:
    """What a successor has otherwise, under the term of that part of a charter."""
    what, now, before = changed
    part, _, key = what.partition(" ")
    label = " ".join((worded(PARTS.get(part, f"column.{part}"), lang, part), key)).strip()
    was = f" ({worded('column.before', lang, 'before')}: {before})" if before else ""
    return f"{label}: {now}{was}" if now else label


@click.command("succeed", cls=Command)
@click.argument("line_name", metavar="LINE")
@click.option("--add", "added", multiple=True, metavar="PARTY", help="A further member.")
@click.option("--drop", "dropped", multiple=True, metavar="PARTY", help="No member any more.")
@click.option("--rename", "renamed", multiple=True, metavar="OLD=NEW", help="A party's new name.")
@charter_files
@click.option("--title", help="Another title.")
@click.option("--pack", "packs", multiple=True, help="Other sets of forms.")
@officer_options
@with_face
def succeed(
    face: Face,
    /,
    line_name: str,
    signers: Signers,
    added: tuple[str, ...],
    dropped: tuple[str, ...],
    renamed: tuple[str, ...],
    policy_files: tuple[Path, ...],
    relay_files: tuple[Path, ...],
    title: str | None,
    packs: tuple[str, ...],
) -> None:
    """Draw the charter that follows LINE and draft our acceptance; releasing it invites the others.

    --relay and --policy replace: give every file that the new charter shall name.

    \b
    Example:  openline line succeed "North-South" --policy witness2.policy --officer anna.officer
    """
    changes: Json = {"title": title} if title else {}
    if packs:
        changes["packs"] = list(packs)
    changes |= told_by(policy_files, relay_files)
    with client(face.home) as node:
        if added or dropped or renamed:
            changes["members"] = members_after(node, line_name, added, dropped, renamed)
        draft = node.call("line_succeed", line=line_name, changes=changes)
        told = changes_said(draft, face.lang)
        for sentence, changed in zip(told, draft["changed"], strict=True):
            if changed[0] != "relays":  # said below, with what is gone
                face.say(sentence)
        before, after = relays_at(node, line_name), relays_at(node, draft["line"])
        for sentence in relays_told(before, after, face.lang):
            face.say(sentence)
        report(node, face, release_draft(node, face, draft, signers))
    then = "openline line leave LINE --successor NEW"
    english = f"When the others have accepted: {then}"
    face.say(said("talk.when-accepted", face.lang, english, then))


def members_after(
    node: Client,
    line_name: str,
    added: tuple[str, ...],
    dropped: tuple[str, ...],
    renamed: tuple[str, ...],
) -> list[str]:
    """The members of the successor; a name that is no member cannot be dropped or changed."""
    members = [m["party"] for m in node.call("line_show", line=line_name)["members"]]
    for pair in renamed:
        old, _, new = pair.partition("=")
        if old not in members or not new:
            raise click.UsageError(f"{pair!r}: OLD=NEW is expected, OLD a member")
        members[members.index(old)] = new
    for party in dropped:
        if party not in members:
            raise click.UsageError(f"{party}: no member of this line")
        members.remove(party)
    return [*members, *added]


@click.command("leave", cls=Command)
@click.argument("line_name", metavar="LINE")
@click.option("--successor", default="", metavar="LINE", help="The line on which we go on.")
@officer_options
@with_face
def leave(face: Face, /, line_name: str, successor: str, signers: Signers) -> None:
    """Write our last entry on LINE; what was said there stays, and can be read and proved.

    Where a last entry of ours came back after a restore, two officers say with this that it is
    theirs, and no other is written.

    \b
    Example:  openline line leave 5b1c09d2a4f7 --successor 77aa01c2e9d0 --officer anna.officer
    """
    with client(face.home) as node:
        if signers.officers:
            asked = "Write our last entry on this line? Nothing of ours can follow it."
            face.confirm(worded("word.last-entry", face.lang, asked))
        draft = node.call("line_leave", line=line_name, successor=successor)
        report(node, face, release_draft(node, face, draft, signers))


@click.command("decline", cls=Command)
@click.argument("line_name", metavar="LINE")
@with_face
def decline(face: Face, /, line_name: str) -> None:
    """Say no to an invitation to LINE, on this node: it asks for nothing any more.

    Nothing is signed, and nobody is told: tell them on a line that you have. `openline line accept`
    takes it up again all the same.

    \b
    Example:  openline line decline 5b1c09d2a4f7
    """
    with client(face.home) as node:
        told = node.call("line_decline", line=line_name)
    word = worded("line.declined-by-us", face.lang, "declined")
    face.give(
        "line-decline", told, lambda: [f"{word}: {clean(told['title'])} ({told['line'][:12]})"]
    )


HISTORY = (
    ("line", "word.line"), ("status", "head.status"), ("title", "item.subject"),
    ("state", "word.state"), ("members", "word.member"), ("changed", "word.what-changes"),
)  # fmt: skip


def state_in_chain(link: Json, lang: str) -> str:
    """Where one line of a chain stands."""
    if link["left"]:
        return worded("line.left-by-us", lang, "left by us")
    if link["dropped"]:
        return worded("line.thrown-away", lang, "thrown away")
    state = "open" if link["open"] else str(link["state"])
    return worded("line.accepted-by-us" if state == "accepted" else f"line.{state}", lang, state)


@click.command("history", cls=Command)
@click.argument("line_name", metavar="LINE")
@with_face
def history(face: Face, /, line_name: str) -> None:
    """The charters before and after LINE's, the oldest first, and what each changed.

    \b
    Example:  openline line history "North-South"
    """
    with client(face.home) as node:
        told = node.call("line_history", line=line_name)
    rows = [
        [
            link["line"][:12],
            status_of(link, face.lang),
            link["title"],
            state_in_chain(link, face.lang),
            ", ".join(marked(p, link["unsure"].get(p, ""), face.lang) for p in link["members"]),
            "; ".join(changes_said(link, face.lang)) or "-",
        ]
        for link in told["history"]
    ]
    face.give("line-history", told, lambda: table(heads(HISTORY, face.lang), rows))
