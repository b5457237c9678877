"""`openline doctor`: check this node from its library to its clock, and say what to mend.

Shapes   data is {"checks": [{"check", "state": ok | warning | broken, "sentence", "remedy"}]}
Units    none
Raises   Unwell (exit 1) when something is broken
Source   docs/OPERATE.md, "Doctor"
Never    changes anything, except the clock's confirmation when a person gives it
"""

from typing import Any, ClassVar

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, table, with_face
from openline.errors import OpenlineError

COLORS = {"ok": "green", "warning": "yellow", "broken": "red"}


class Unwell(OpenlineError):
    """The doctor found something broken."""

    code: ClassVar[str] = "cli.unwell"
    remedy: ClassVar[str] = "Mend what is marked broken, then run `openline doctor` again."


@click.command(cls=Command)
@click.option(
    "--confirm-clock", metavar="NAME", help="NAME has looked: this machine's clock is right."
)
@with_face
def doctor(face: Face, confirm_clock: str | None) -> None:
    """Check this node."""
    with client(face.home) as node:
        if confirm_clock:
            node.call("confirm_clock", by=confirm_clock)
        told = node.call("doctor")
    face.give("doctor", told, lambda: lines_of(face, told))
    broken = [c["check"] for c in told["checks"] if c["state"] == "broken"]
    if broken:
        raise Unwell(f"broken: {', '.join(broken)}")


def lines_of(face: Face, told: dict[str, Any]) -> list[str]:
    """One line per check, and its remedy where there is something to do."""
    rows = [[c["state"], c["check"], c["sentence"]] for c in told["checks"]]
    shown = table(["state", "check", "found"], rows)
    lines = [shown[0]]
    for check, text in zip(told["checks"], shown[1:], strict=True):
        lines.append(face.paint(text, COLORS[check["state"]]))
        if check["state"] != "ok" and check.get("remedy"):
            lines.append(f"         do: {check['remedy']}")
    return lines
