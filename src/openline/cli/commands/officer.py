"""`openline officer`: enter a person whose releases count, and list who is entered.

Shapes   data of add: {"officer", "file", "person", "roles", "card"}
Units    none
Raises   WeakPassphrase; what the node refuses: a person or key twice
Source   docs/PROTOCOL.md part 4; docs/OPERATE.md, "Officers"
Never    gives the key to the node: the node learns the public half and the roles
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from openline.cli.ceremony import ceremony_options, finished, safe
from openline.cli.client import Client, client
from openline.cli.face import Face, Group, pairs, table, with_face
from openline.cli.files import FILE
from openline.errors import OpenlineError
from openline.formats.spell import b64

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
    with `openline officer approve`.

    \b
    Example:  openline officer add anna --roles drafter,releaser
    """
    from openline.cli.signing import passphrase
    from openline.envelope.officer_file import new_officer
    from openline.envelope.standard import StandardSuite

    path = out or Path(f"{name}.officer")
    if path.exists():
        raise click.UsageError(f"{path} exists: an officer's key is never overwritten")
    phrase = passphrase(face, passphrase_file, name, twice=True)
    with client(face.home) as node:
        suite = StandardSuite()
        party = node.call("party_card")["party"]
        made = new_officer(party, name, roles, suite, os.urandom)
        write_private(path, made.lock(phrase, os.urandom))
        told = node.call("officer_enrol", leaves=[made.leaf(suite).text()])
        told = settled(node, face, told, **signing)
    value = {
        "officer": name,
        "file": str(path),
        "person": b64(made.person),
        "roles": list(roles),
        "card": told["card"],
        "change": told["change"],
    }
    rows: list[tuple[str, object]] = [("officer", name), ("roles", ", ".join(roles))]
    rows.append(("key file", path))
    rows += [("person", value["person"]), ("card", f"{told['card']} of {party}")]
    if told["change"]:
        rows.append(("approved by", approvals(told["change"])))
    face.give("officer", value, lambda: pairs(rows))
    face.say(
        f"{path} belongs to {name}, not to the node: keep it on a stick or machine of {name}'s own,"
        " and bring it to sign."
    )


def write_private(path: Path, data: bytes) -> None:
    """A new file that only its owner may read, on disk before it is relied on."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


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
        told = node.call("officer_invite", name=name, roles=list(roles), lines=list(lines))
    face.give("officer-invite", told, lambda: [told["url"]])
    face.say("Hand it over in person or by a way you trust: who opens it first is the officer.")


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
        told = node.call("officer_remove", person=person)
        told = settled(node, face, told, resumes=True, **signing)
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
    with client(face.home) as node:
        told = node.call("officer_give_up" if give_up else "officer_change")
        if told["change"] and signing["by"]:
            told = settled(node, face, told, **signing)
    give_change(face, told)


def settled(
    node: Client,
    face: Face,
    told: dict[str, Any],
    *,
    by: tuple[Path, ...],
    by_passphrase_file: Path | None,
    ceremony: Path | None,
    ceremony_passphrase_file: Path | None,
    resumes: bool = False,
) -> dict[str, Any]:
    """Approve a change with these officers; sign its card where the root keys are given.

    A command that `resumes` passes over those who have approved it before it was interrupted.
    """
    from openline.cli.signing import unlock
    from openline.exchange.drafting.signing import sign_change

    for path in by:
        if not told["change"]:
            break
        try:
            signer = unlock(face, path, by_passphrase_file)
        except OpenlineError:
            waits = f"The change waits, approved by {approvals(told['change'])}"
            face.warn(f"{path} was not opened. {waits}: `openline officer approve --by {path}`.")
            raise
        if resumes and b64(signer.person) in told["change"]["approved_by"]:
            continue
        for line in changes(told["change"]):
            face.say(line)
        face.confirm(f"Approve this change of officers as {signer.name}?")
        told = node.call("officer_approve", assertion=sign_change(told["change"], signer))
    if told["change"]:
        face.say("The change waits: `openline officer approve --by FILE`, two different officers.")
        return told
    return finished(node, face, told, safe(ceremony, ceremony_passphrase_file))


def changes(change: dict[str, Any]) -> list[str]:
    """A change of officers in lines: who comes, who goes, who approved."""
    lines = [f"+ {x['person']}  {', '.join(x['roles'])}" for x in change["added"]]
    lines += [f"- {x['person']}  {', '.join(x['roles'])}" for x in change["removed"]]
    return [*lines, f"compare: {change['digits']}", f"approved by {approvals(change)}"]


def approvals(change: dict[str, Any]) -> str:
    """How many have approved, of how many."""
    return f"{len(change['approved_by'])} of {change['needed']} officers"


def give_change(face: Face, told: dict[str, Any]) -> None:
    """What became of a change."""
    value = {"change": told["change"], "card": told.get("card", 0)}
    done = [f"card {value['card']}" if value["card"] else "no change waits"]
    lines = changes(told["change"]) if told["change"] else done
    face.give("officer-change", value, lambda: lines)


@officer.command("list")
@with_face
def list_(face: Face) -> None:
    """Officers on our newest card, by person id: names stay in their own files."""
    with client(face.home) as node:
        told = node.call("officer_list")
    rows = [[row["person"], ", ".join(row["roles"])] for row in told["officers"]]
    face.give("officer-list", told, lambda: table(["person", "roles"], rows))
