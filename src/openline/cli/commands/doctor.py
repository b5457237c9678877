"""`openline doctor`: check this node from its disk to its clock, and say what to mend.

Shapes   data is {"checks": [{"what", "ok", "text"}], "well", "cannot_see": [sentence]}
Units    none
Raises   Unwell (exit 1) when something is not as it should be
Source   docs/OPERATE.md, "Doctor"
Never    changes anything, except the clock's confirmation when a person gives it
"""

from typing import Any, ClassVar

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, table, with_face
from openline.errors import OpenlineError


class Unwell(OpenlineError):
    """The doctor found something that is not as it should be."""

    code: ClassVar[str] = "cli.unwell"
    remedy: ClassVar[str] = "Mend what is marked, then run `openline doctor` again."


@click.command(cls=Command)
@click.option("--confirm-clock", metavar="NAME", help="NAME has looked: the clock here is right.")
@click.option("--crypto", is_flag=True, help="Name every use of cryptography instead.")
@with_face
def doctor(face: Face, confirm_clock: str | None, crypto: bool) -> None:
    """Check this node."""
    with client(face.home) as node:
        if crypto:
            found = node.call("keys_crypto")
            rows = [list(row.values()) for row in found["rows"]]
            heads = ["for", "algorithm", "against quantum", "CNSA 2.0 asks", "keys"]
            face.give("doctor-crypto", found, lambda: table(heads, rows))
            return
        if confirm_clock:
            node.call("confirm_clock", by=confirm_clock)
        told = node.call("doctor")
    wrong = [check["what"] for check in told["checks"] if not check["ok"]]
    flaw = Unwell(f"to mend: {', '.join(wrong)}") if wrong else None
    face.give("doctor", told, lambda: lines_of(face, told), flaw)


def lines_of(face: Face, told: dict[str, Any]) -> list[str]:
    """One line per check, and what no check here can see."""
    rows = [["ok" if c["ok"] else "MEND", c["what"], c["text"]] for c in told["checks"]]
    shown = table(["state", "check", "found"], rows)
    lines = [shown[0]]
    for check, text in zip(told["checks"], shown[1:], strict=True):
        lines.append(face.paint(text, "green" if check["ok"] else "red"))
    return [*lines, *[f"cannot see: {sentence}" for sentence in told["cannot_see"]]]
