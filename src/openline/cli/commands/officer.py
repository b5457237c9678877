"""`openline officer`: enter a person whose releases count, and list who is entered.

Shapes   data of add: {"officer", "file", "person", "roles", "card"}
Units    none
Raises   WeakPassphrase, WrongPassphrase; what the node refuses: a person or key twice
Source   docs/PROTOCOL.md part 4; docs/OPERATE.md, "Officers"
Never    gives the key to the node: the node learns the public half and the roles
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from openline.cli.ceremony import Safe, ceremony_options, finished, safe
from openline.cli.client import Client, client
from openline.cli.face import Face, Group, heads, in_fives, named, table, with_face
from openline.cli.files import FILE
from openline.cli.signing import passphrase, unlock, unlocked
from openline.envelope.officer_file import OfficerFile, new_officer
from openline.envelope.standard import StandardSuite
from openline.errors import OpenlineError
from openline.exchange.drafting.signing import sign_change
from openline.formats.coded import said, worded
from openline.formats.officer import OfficerLeaf
from openline.formats.spell import b64
from openline.formats.terms import ENGLISH
from openline.store.durable import replace_file

F = TypeVar("F", bound=Callable[..., Any])
ROLES = ("auditor", "drafter", "releaser", "verifier", "watch")
# Enters officers at the desk; stands on no card and signs nothing.
ADMINISTRATOR = "administrator"


def approving(command: F) -> F:
    """`--by`: officers who approve the change at once."""
    options = (
        click.option("--by", multiple=True, type=FILE, help="An officer's file (repeat for two)."),
        click.option("--by-passphrase-file", type=FILE, help="Of those files."),
    )
    for option in reversed(options):
        command = option(command)
    return command


LISTED: Final = (("person", "column.person"), ("roles", "column.roles"))
APPROVE: Final = "openline officer approve --by FILE"


@click.group(cls=Group)
def officer() -> None:
    """Officers: people whose releases count."""


def roles_of(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Roles from a comma-separated list."""
    known = (*ROLES, ADMINISTRATOR) if ctx.info_name == "invite" else ROLES
    roles = tuple(sorted({role.strip() for role in value.split(",")}))
    wrong = [role for role in roles if role not in known]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r}: one of {', '.join(known)}")
    return roles


@officer.command("add")
@click.argument("name")
@click.option("--roles", default="drafter,releaser", callback=roles_of, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="The key file (default: NAME.officer)."
)
@click.option("--passphrase-file", type=FILE, help="Holds the passphrase (or OPENLINE_PASSPHRASE).")
@approving
@ceremony_options
@with_face
def add(
    face: Face,
    /,
    name: str,
    roles: tuple[str, ...],
    out: Path | None,
    passphrase_file: Path | None,
    **signing: Any,
) -> None:
    """Make an officer's key, locked by a passphrase, and enter NAME on our card.

    Once a line is open two of today's officers approve it: here with --by, or one after the other
    with `openline officer approve`. What was interrupted goes on when the command is repeated.

    \b
    Example:  openline officer add anna --roles drafter,releaser
    """
    path, suite = out or Path(f"{name}.officer"), StandardSuite()
    phrase = passphrase(face, passphrase_file, name, twice=not path.exists())
    approval = approval_of(face, **signing)
    with client(face.home) as node:
        party = node.call("party_card")["party"]
        if path.exists():
            made = begun(face, path, phrase, (party, name, roles))
        else:
            made = new_officer(party, name, roles, suite, os.urandom)
            write_private(path, made.lock(phrase, os.urandom))
        told = enrolled(node, face, made.leaf(suite), path)
        told = settled(node, face, told, approval, resumes=True)
    value = {
        "officer": name,
        "file": str(path),
        "person": b64(made.person),
        "roles": list(roles),
        "card": told["card"],
        "change": told["change"],
    }
    lang = face.lang
    of = f"{told['card']} of {party}" if lang == ENGLISH else f"{told['card']}, {party}"
    rows: list[tuple[str, str, object]] = [
        ("officer", "word.officer", name),
        ("roles", "column.roles", ", ".join(roles)),
        ("key file", "column.key-file", path),
        ("person", "column.person", value["person"]),
        ("card", "word.card", of),
    ]
    if told["change"]:
        rows.append(("approved by", "column.approved-by", approvals(told["change"], lang)))
    face.give("officer", value, lambda: named(rows, lang))
    english = (
        f"{path} belongs to {name}, not to the node: keep it on a stick or machine of {name}'s own,"
        " and bring it to sign."
    )
    face.say(said("talk.key-belongs", lang, english, path, name))


def begun(
    face: Face, path: Path, phrase: str, wanted: tuple[str, str, tuple[str, ...]]
) -> OfficerFile:
    """The key that an interrupted `add` of the same officer has made: a second one would make a
    second person of that name."""
    made = unlocked(path, phrase)
    if (made.party, made.name, made.roles) != wanted:
        told = f"{made.name} of {made.party} with {', '.join(made.roles)}"
        raise click.UsageError(f"{path} exists, of {told}: an officer's key is never overwritten")
    english = f"{path} is there from before: it is entered, and no second key is made."
    face.say(said("talk.key-there", face.lang, english, path))
    return made


def enrolled(node: Client, face: Face, leaf: OfficerLeaf, path: Path) -> dict[str, Any]:
    """The change that enters this officer: the one that waits where it has the officer already."""
    person = b64(leaf.person)
    known = node.call("officer_list")
    if person in [row["person"] for row in known["officers"]]:
        raise click.UsageError(f"{path} exists, and its officer stands on our card")
    if person in known["former"]:  # the key may be in other hands: nobody goes on with it unasked
        told = f"{path} exists, of an officer who was taken off our card"
        raise click.UsageError(f"{told}: make a new key with --out, or put that file away")
    waits = node.call("officer_change")
    if waits["change"]:
        if leaf.text() in waits["change"]["leaves"]:
            return {**waits, "card": waits["change"]["card_size"] - 1}
        forget = "openline officer approve --give-up"
        english = (
            "A change of officers waits already. This one joins it, and what was approved of\n"
            f"it is void; `{forget}` forgets all of it:"
        )
        face.warn(said("talk.change-joined", face.lang, english, forget))
        for line in changes(waits["change"], face.lang):
            face.warn(line)
    return node.call("officer_enrol", leaves=[leaf.text()])


def write_private(path: Path, data: bytes) -> None:
    """A new file that only its owner may read, on disk before it is relied on, and whole: half of
    one would be taken for a key that cannot be opened."""
    if path.exists():
        raise FileExistsError(f"{path} exists")
    replace_file(path, data)


@officer.command("invite")
@click.argument("name")
@click.option("--roles", default="drafter,releaser,watch", callback=roles_of, show_default=True)
@click.option("--line", "lines", multiple=True, help="Only on this LINE (default: on every line).")
@with_face
def invite(face: Face, name: str, roles: tuple[str, ...], lines: tuple[str, ...]) -> None:
    """Invite NAME to the desk: an address at which one passkey is registered, once, within a day.

    \b
    Example:  openline officer invite "Anna Berg" --roles drafter,releaser,watch
    """
    with client(face.home) as node:
        told = node.call("officer_invite", name=name, roles=list(roles), lines=list(lines) or ["*"])
    face.give("officer-invite", told, lambda: [told["url"]])
    english = "Hand it over in person or by a way you trust: who opens it first is the officer."
    face.say(said("talk.hand-over", face.lang, english))


@officer.command("roles")
@click.argument("person")
@click.option("--line", required=True, help="On this LINE; `*` is every line.")
@click.option("--roles", default="", help="From now on, of those on the card; empty is none.")
@with_face
def roles_on_line(face: Face, person: str, line: str, roles: str) -> None:
    """Change what PERSON (an id of `officer list`) may do at the desk on one line.

    Without --roles the line does not exist for PERSON any more. The card stays as it is.

    \b
    Example:  openline officer roles q6Yc0vEd6mFq3gJv0uF7dA== --line Harbour --roles drafter,watch
    """
    wanted = [each.strip() for each in roles.split(",") if each.strip()]
    with client(face.home) as node:
        told = node.call("officer_roles", person=person, line=line, roles=wanted)
    rows = [
        ("officer", "column.person", f"{told['name']} ({person})"),
        ("line", "word.line", told["line"]),
        ("roles", "column.roles", ", ".join(told["roles"]) or "-"),
    ]
    face.give("officer-roles", told, lambda: named(rows, face.lang))


@officer.command("remove")
@click.argument("person")
@approving
@ceremony_options
@with_face
def remove(face: Face, /, person: str, **signing: Any) -> None:
    """Take PERSON (an id of `officer list`) off the desk, and off our card once it is approved.

    What they released stays released. Where an approval was missing, repeat the command or give it
    with `openline officer approve --by FILE`.

    \b
    Example:  openline officer remove q6Yc0vEd6mFq3gJv0uF7dA== --by anna.officer --by eve.officer
    """
    with client(face.home) as node:
        # Off the desk first, whatever becomes of the approvals: the key may be in other hands.
        told = node.call("officer_remove", person=person)
        try:
            approval = approval_of(face, **signing)
        except OpenlineError:
            if told["change"]:
                done, how = approvals(told["change"], face.lang), APPROVE
                english = f"The removal waits, approved by {done}: repeat the\ncommand, or `{how}`."
                face.warn(said("talk.removal-waits", face.lang, english, done, how))
            raise
        told = settled(node, face, told, approval, resumes=True)
    give_change(face, told)


@officer.command("approve")
@approving
@click.option("--give-up", is_flag=True, help="Forget the change that waits.")
@ceremony_options
@with_face
def approve(face: Face, /, give_up: bool, **signing: Any) -> None:
    """Show the change of officers that waits, and approve it with --by.

    \b
    Example:  openline officer approve --by boris.officer
    """
    approval = approval_of(face, **signing)
    with client(face.home) as node:
        told = node.call("officer_give_up" if give_up else "officer_change")
        if told["change"] and approval.signers:
            told = settled(node, face, told, approval)
    give_change(face, told)


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approves a change here and now, and the root keys for its card where they are at hand."""

    signers: tuple[OfficerFile, ...]
    held: Safe | None


def approval_of(
    face: Face,
    *,
    by: tuple[Path, ...],
    by_passphrase_file: Path | None,
    ceremony: Path | None,
    ceremony_passphrase_file: Path | None,
) -> Approval:
    """Every file that a change needs, opened before anything is changed: a passphrase that is wrong
    leaves nothing behind."""
    signers = tuple(unlock(face, path, by_passphrase_file) for path in by)
    held = safe(ceremony, ceremony_passphrase_file)
    if held is not None:
        held.open(face)
    return Approval(signers, held)


def settled(
    node: Client, face: Face, told: dict[str, Any], approval: Approval, *, resumes: bool = False
) -> dict[str, Any]:
    """Approve a change with these officers; sign its card where the root keys are given.

    A command that `resumes` passes over those who have approved it before it was interrupted.
    """
    for signer in approval.signers:
        if not told["change"]:
            break
        if resumes and b64(signer.person) in told["change"]["approved_by"]:
            continue
        for line in changes(told["change"], face.lang):
            face.say(line)
        english = f"Approve this change of officers as {signer.name}?"
        face.confirm(said("ask.approve-change", face.lang, english, signer.name))
        told = node.call("officer_approve", assertion=sign_change(told["change"], signer))
    if told["change"]:
        english = f"The change waits: `{APPROVE}`, two different officers."
        face.say(said("talk.change-waits", face.lang, english, APPROVE))
        return told
    return finished(node, face, told, approval.held)


def changes(change: dict[str, Any], lang: str) -> list[str]:
    """A change of officers in lines: who comes, who goes, who approved."""
    lines = [f"+ {x['person']}  {', '.join(x['roles'])}" for x in change["added"]]
    lines += [f"- {x['person']}  {', '.join(x['roles'])}" for x in change["removed"]]
    lines.append(f"{worded('column.to-compare', lang, 'compare')}: {in_fives(change['digits'])}")
    done = approvals(change, lang)
    if lang == ENGLISH:
        return [*lines, f"approved by {done}"]
    return [*lines, f"{worded('column.approved-by', lang, '')}: {done}"]


def approvals(change: dict[str, Any], lang: str) -> str:
    """How many have approved, of how many."""
    given, needed = len(change["approved_by"]), change["needed"]
    return f"{given} of {needed} officers" if lang == ENGLISH else f"{given} / {needed}"


def give_change(face: Face, told: dict[str, Any]) -> None:
    """What became of a change."""
    value = {"change": told["change"], "card": told.get("card", 0)}
    done = said("talk.no-change-waits", face.lang, "no change waits")
    if value["card"]:
        done = f"{worded('word.card', face.lang, 'card')} {value['card']}"
    lines = changes(told["change"], face.lang) if told["change"] else [done]
    face.give("officer-change", value, lambda: lines)


@officer.command("list")
@with_face
def list_(face: Face) -> None:
    """Officers on our newest card, by person id: names stay in their own files.

    \b
    Example:  openline officer list
    """
    with client(face.home) as node:
        told = node.call("officer_list")
    rows = [[row["person"], ", ".join(row["roles"])] for row in told["officers"]]
    face.give("officer-list", told, lambda: table(heads(LISTED, face.lang), rows))
