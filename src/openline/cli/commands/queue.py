"""`openline queue`: what is to be done, the most urgent first.

Shapes   data is {"queue": [{"ref", "number", "from", "line", "title", "status", "format",
         "received", "ladder", "next", "due", "state"}], "lines": those that wait to be accepted
         or reopened, "ours": [{"kind", "party", "about", "since", "count", "late"}]: what our own
         messages met with, "files": those that messages name and that are not here}, with
         --drafts also {"drafts": [...], "batches": [...]}
Units    times as RFC 3339 UTC text
Raises   Overdue or Unsettled with --check, for monitors
Source   docs/OPERATE.md, "The queue, the board, events, waiting"
Never    orders by arrival: by what is due first, by whichever rule. Never calls overdue what no
         charter asks for: past the objective of its precedence and past the time asked are others
"""

import re
from typing import Any, ClassVar

import click

from openline.cases import ladder
from openline.cli.client import client
from openline.cli.commands.attachment import here
from openline.cli.commands.line import state_of
from openline.cli.face import Command, Face, heads, marked, status_of, table, with_face
from openline.cli.forms import class_term, form_name
from openline.errors import OpenlineError
from openline.formats.coded import worded
from openline.formats.terms import ENGLISH

# Heads of the tables: the terminal's own word, and the term of it in other languages.
COLUMNS = (
    ("due", "head.due"), ("by", "head.basis"), ("precedence", "item.precedence"),
    ("next", "word.to-do"), ("message", "word.message"), ("status", "head.status"),
    ("form", "word.format"), ("line", "word.line"), ("ladder", "family.ladder"),
    ("received", "head.received"),
)  # fmt: skip
OURS_COLUMNS = (
    ("since", "item.since"), ("ours", "word.our-message"), ("what", "word.what-happened"),
    ("look at", "word.look-at"), ("status", "head.status"), ("form", "word.format"),
    ("line", "word.line"),
)  # fmt: skip
LINE_COLUMNS = (
    ("line", "word.line"), ("title", "item.subject"), ("state", "word.state"),
    ("next", "word.to-do"),
)  # fmt: skip
FILE_COLUMNS = (
    ("since", "item.since"), ("message", "word.message"),
    ("file not here yet", "item.attachments"), ("of it here", "word.files-held"),
)  # fmt: skip
DRAFT_COLUMNS = (
    ("draft", "life.draft"), ("form", "word.format"), ("line", "word.line"),
    ("waits for", "word.waits-for"),
)  # fmt: skip
# What each rule of time is called in the queue.
RULES = {"format": "charter", "precedence": "precedence", "reply-due": "asked", "": "-"}
# An alarm names so many rows.
MET_MAX = 3
LATE = {
    "overdue": "OVERDUE",
    "past-objective": "PAST OBJECTIVE",
    "past-asked": "PAST TIME ASKED",
    "suspended": "SUSPENDED",
}


# What became of a message of ours.
OURS = {
    "not-received": "NOT RECEIVED by",
    "garbled": "CAME GARBLED, says",
    "not-understood": "NOT UNDERSTOOD by",
    "read-otherwise": "READ BACK WRONG by",
    "contradicted": "CONTRADICTED by",
    "items-rejected": "ITEMS REJECTED by",
    "answered": "answered by",
    "answer-ended": "ANSWER TAKEN BACK by",
    "phrase": "A PHRASE WAITS for a reply, from",
    "overdue": "OVERDUE at",
    "past-objective": "PAST OBJECTIVE at",
    "past-asked": "PAST TIME ASKED at",
    "no-deadline": "no answer yet, no time was agreed:",
}
# What is no rung of the ladder.
NO_RUNG = {
    "differs": "READ BACK WRONG",
    "read-part": "read back in part",
    "received-not-understood": "received, not understood",
    "garbled": "GARBLED",
}
# Where the matter of a row stands, if that is not what a reader takes for granted.
ENDED = {
    "closed": "CLOSED",
    "cancelled": "CANCELLED",
    "without-effect": "WITHOUT EFFECT",
    "amended": "amended",
    "guarantee-withdrawn": "GUARANTEE WITHDRAWN",
}


class Unsettled(OpenlineError):
    """What this party said was not received, misread, contradicted, answered or not done."""

    code: ClassVar[str] = "cli.unsettled"
    remedy: ClassVar[str] = "Look at it in `openline queue`; acknowledge answers, ring who is late."


class Overdue(OpenlineError):
    """At least one thing in the queue is overdue."""

    code: ClassVar[str] = "cli.overdue"
    remedy: ClassVar[str] = "Acknowledge or answer what stands first in `openline queue`."


@click.command(cls=Command)
@click.option("--line", metavar="LINE", help="Only this line.")
@click.option("--drafts", is_flag=True, help="Also drafts and batches that wait for an officer.")
@click.option(
    "--check",
    is_flag=True,
    help="Exit 7 when something is overdue, not received, misread, contradicted or answered.",
)
@with_face
def queue(face: Face, line: str | None, drafts: bool, check: bool) -> None:
    """Show what is to be done.

    \b
    Example:  openline queue --check
    """
    args: dict[str, Any] = {"line": line} if line else {}
    with client(face.home) as node:
        told = node.call("queue", **args)
        told["lines"] = [row for row in node.call("line_list", **args)["lines"] if next_of(row)]
        told |= node.call("early_list")
        if drafts:
            told |= node.call("draft_list", **args)
            told |= node.call("batch_list", **args)
    for row in told["early"]:
        face.warn(early_line(row, face.lang))
    face.give("queue", told, lambda: lines_of(face, told), flaw_of(told) if check else None)


def flaw_of(told: dict[str, Any]) -> OpenlineError | None:
    """What a monitor is told: what is overdue here, else what our own messages met with."""
    overdue = [row for row in told["queue"] if is_overdue(row)]
    if overdue:
        return Overdue(f"{len(overdue)} overdue, the first since {overdue[0]['due']}")
    met = [row for row in told["ours"] if row["late"]]
    if met:
        rows = [ours_row(row, ENGLISH)[1:3] for row in met[:MET_MAX]]
        return Unsettled("; ".join(" ".join(each) for each in rows))
    return None


def is_overdue(row: dict[str, Any]) -> bool:
    """Whether the time for the next step has passed."""
    return str(row["state"]) == "overdue"


def early_line(row: dict[str, Any], lang: str) -> str:
    """A notice that came ahead of its long signature: to be read now, and to be counted later."""
    words = "; ".join(f"{path}: {plain(value)}" for path, value in row["fields"].items())
    mark = worded("word.classical-only", lang, row["mark"]).upper()
    return f"{mark}: {row['from']}:{row['number']} {row['format']} {words}"


def plain(value: Any) -> str:
    """A value in one line; of a text in several languages the first."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return str(value[0].get("text", ""))
    return str(value)


def lines_of(face: Face, told: dict[str, Any]) -> list[str]:
    """The queue as a table, overdue rows in red."""
    rows = told["queue"]
    lang = face.lang
    shown = table(heads(COLUMNS, lang), [row_of(row, lang) for row in rows])
    lines = [shown[0]] if rows else []
    for row, text in zip(rows, shown[1:], strict=True):
        lines.append(face.paint(text, "red") if is_overdue(row) else text)
    if told["ours"]:
        ours = table(heads(OURS_COLUMNS, lang), [ours_row(row, lang) for row in told["ours"]])
        painted = zip(told["ours"], ours[1:], strict=True)
        lines += ["", ours[0], *(face.paint(t, "red") if r["late"] else t for r, t in painted)]
    if told["files"]:
        missing = [
            [row["since"], row["number"], row["name"], of_file(row, lang)] for row in told["files"]
        ]
        lines += ["", *table(heads(FILE_COLUMNS, lang), missing)]
    if told["lines"]:
        todo = [[r["line"][:12], r["title"], state_of(r, lang), next_of(r)] for r in told["lines"]]
        lines += ["", *table(heads(LINE_COLUMNS, lang), todo)]
    waiting = waiting_of(told, lang)
    if waiting:
        lines += ["", *table(heads(DRAFT_COLUMNS, lang), waiting)]
    return lines[not rows and bool(lines) :] or [
        worded("word.nothing-waits", lang, "Nothing is waiting.")
    ]


def of_file(row: dict[str, Any], lang: str) -> str:
    """How much of a file is here; of one that is whole what it waits for."""
    told = f"{row['got']} / {row['size']} B"
    return told if row["state"] == "wanted" else f"{told}: {here(row, lang)}"


def waiting_of(told: dict[str, Any], lang: str) -> list[list[str]]:
    """Drafts that wait for an officer, then batches of them; nothing where nobody asked."""
    found = []
    for each in told.get("drafts", ()):
        form = form_name(each["format"], lang)
        found.append([each["draft"][:12], form, each["title"], waits_of(each, lang)])
    for each in told.get("batches", ()):
        named = ", ".join(form_name(name, lang) for name in each["formats"])
        name = f"{worded('column.batch', lang, 'batch')} {each['batch'][:12]}"
        rows = f"{each['count']} × {named}"
        found.append([name, rows, each["title"], waits_of(each, lang)])
    return found


def waits_of(row: dict[str, Any], lang: str) -> str:
    """Which officer of how many a draft or a batch waits for."""
    waits = str(row["waits"])  # as the operation says it: `officer 1 of 2`
    if lang == ENGLISH:
        return waits
    return f"{worded('word.officer', lang, '')} {' / '.join(re.findall(r'[0-9]+', waits))}"


def next_of(row: dict[str, Any]) -> str:
    """What a line itself waits for from us: a look, a new epoch, or a word on its charter."""
    return {
        "look": "openline doctor",
        "reopen": f"openline line reopen {row['line'][:12]}",
        "accept": f"openline line accept {row['line'][:12]}",
    }.get(row["waits"], "")


def rest_of(row: dict[str, Any], lang: str) -> str:
    """Advice for a deadline on a day of rest."""
    head = worded("head.rest-day-by", lang, "rest day: by")
    return f" ({head} {row['rest']})" if row["rest"] else ""


def ours_row(row: dict[str, Any], lang: str) -> list[str]:
    """What became of one message of ours; of what did not arrive the first, and how many."""
    more = f" and {row['count'] - 1} more" if lang == ENGLISH else f" + {row['count'] - 1}"
    said = f"{row['from']}:{row['number']}"
    return [
        row["since"] or "-",
        f"{row['about']}{more if row['count'] > 1 else ''}",
        f"{worded('met.' + row['kind'], lang, OURS[row['kind']])} {row['party']}",
        "-" if said == row["about"] else f"{said} {worded_class(row, lang)}",
        status_of(row, lang),
        form_name(row["format"], lang),
        row["title"],
    ]


def worded_class(row: dict[str, Any], lang: str) -> str:
    """The class of what was said, in the words of its form."""
    name = class_term(row["format"], row["class"]) or f"class.{row['class']}"
    return worded(name, lang, row["class"])


def reception_of(word: str, lang: str) -> str:
    """How far a message has come here: a rung by its number, what is none by its own words."""
    return worded(ladder.term_of(word), lang, NO_RUNG.get(word, word))


def row_of(row: dict[str, Any], lang: str) -> list[str]:
    """One row of the queue."""
    late, life, level = str(row["state"]), row["life"], row["precedence"]
    said = worded(f"due.{late}", lang, LATE[late]).upper() if late in LATE else ""
    ended = worded(f"life.{life}", lang, ENDED[life]) if life in ENDED else ""
    if life in ENDED and ENDED[life].isupper():
        ended = ended.upper()
    name = f"{row['from']}:{row['number']}"
    urgent = level.upper() if level == "flash" else level
    return [
        " ".join((row["due"] or "-", said)).strip() + rest_of(row, lang),
        worded(f"rule.{row['rule']}", lang, RULES.get(row["rule"], row["rule"])),
        worded(f"code.{level}", lang, urgent) if level else "-",
        worded(f"timer.{row['next']}", lang, row["next"]),
        " ".join((marked(name, row["standing"], lang), ended)).strip(),
        status_of(row, lang),
        form_name(row["format"], lang),
        row["title"],
        reception_of(row["ladder"], lang),
        row["received"] or "-",
    ]
