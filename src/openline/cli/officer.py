"""`openline officer`: enter a person whose releases count, and list who is entered.

Shapes   data of add: {"officer", "file", "person", "roles", "card"}
Units    none
Raises   WeakPassphrase; what the node refuses: a person or key twice
Source   docs/PROTOCOL.md part 4; docs/OPERATE.md, "Officers"
Never    gives the key to the node: the node learns the public half and the roles
"""

import os
from pathlib import Path

import click

from openline.cli.client import client
from openline.cli.face import Face, Group, pairs, table, with_face
from openline.cli.files import FILE
from openline.formats.spell import b64

ROLES = ("auditor", "drafter", "releaser", "verifier", "watch")
# Enters officers at the desk; stands on no card and signs nothing.
ADMINISTRATOR = "administrator"


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
@with_face
def add(
    face: Face,
    name: str,
    roles: tuple[str, ...],
    out: Path | None,
    passphrase_file: Path | None,
) -> None:
    """Make an officer's key, locked by a passphrase, and enter NAME on our card.

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
    value = {
        "officer": name,
        "file": str(path),
        "person": b64(made.person),
        "roles": list(roles),
        "card": told["card"],
    }
    rows: list[tuple[str, object]] = [("officer", name), ("roles", ", ".join(roles))]
    rows.append(("key file", path))
    rows += [("person", value["person"]), ("card", f"{told['card']} of {party}")]
    face.give("officer", value, lambda: pairs(rows))
    face.say(f"{path} belongs to {name} alone: keep it off this machine.")


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


@officer.command("list")
@with_face
def list_(face: Face) -> None:
    """Officers on our newest card, by person id: names stay in their own files."""
    with client(face.home) as node:
        told = node.call("officer_list")
    rows = [[row["person"], ", ".join(row["roles"])] for row in told["officers"]]
    face.give("officer-list", told, lambda: table(["person", "roles"], rows))
