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
from openline.cli.face import Command, Face, heads, table, with_face
from openline.errors import OpenlineError
from openline.formats.coded import in_line, worded
from openline.formats.terms import ENGLISH

COLUMNS = (("state", "word.state"), ("check", "doctor.check"), ("found", "doctor.found"))
# Checks of which there is one for each relay station, for each witness and for each party.
NAMED = ("relay ", "witness ", "party ")


class Unwell(OpenlineError):
    """The doctor found something that is not as it should be."""

    code: ClassVar[str] = "cli.unwell"
    remedy: ClassVar[str] = "Mend what is marked, then run `openline doctor` again."


@click.command(cls=Command)
@click.option("--confirm-clock", metavar="NAME", help="NAME has looked: the clock here is right.")
@click.option("--crypto", is_flag=True, help="Name every use of cryptography instead.")
@with_face
def doctor(face: Face, confirm_clock: str | None, crypto: bool) -> None:
    """Check this node.

    \b
    Example:  openline doctor
    """
    with client(face.home) as node:
        if crypto:
            found = node.call("keys_crypto")
            rows = [list(row.values()) for row in found["rows"]]
            columns = ["for", "algorithm", "against quantum", "CNSA 2.0 asks", "keys"]
            face.give("doctor-crypto", found, lambda: table(columns, rows))
            return
        if confirm_clock:
            node.call("confirm_clock", by=confirm_clock)
        told = node.call("doctor")
    wrong = [check["what"] for check in told["checks"] if not check["ok"]]
    flaw = Unwell(f"to mend: {', '.join(wrong)}") if wrong else None
    face.give("doctor", told, lambda: lines_of(face, told), flaw)


def lines_of(face: Face, told: dict[str, Any]) -> list[str]:
    """One line per check, and what no check here can see."""
    lang = face.lang
    shown = table(heads(COLUMNS, lang), [row_of(check, lang) for check in told["checks"]])
    lines = [shown[0]]
    for check, text in zip(told["checks"], shown[1:], strict=True):
        lines.append(face.paint(text, "green" if check["ok"] else "red"))
    unseen = worded("doctor.cannot-see", lang, "cannot see")
    return [*lines, *[f"{unseen}: {sentence}" for sentence in told["cannot_see"]]]


def row_of(check: dict[str, Any], lang: str) -> list[str]:
    """One check. Its particulars are in English beside what the reader has to know of it: whoever
    mends the node reads those, whoever has the watch reads the words."""
    what, text = str(check["what"]), str(check["text"])
    if lang == ENGLISH:
        return ["ok" if check["ok"] else "MEND", what, text]
    kind, whose = what.replace(" ", "-"), ""
    if what.startswith(NAMED):
        kind, _, whose = what.partition(" ")
    name = f"{worded(f'doctor.{kind}', lang, what)} {whose}".strip()
    if check["ok"]:
        return [worded("doctor.well", lang, "ok"), name, text]
    return [worded("doctor.mend", lang, "MEND"), name, in_line("mend", kind, text, lang)]
