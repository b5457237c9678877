"""`openline line`: invite, accept, list, show.

Shapes   invite and accept give a draft of our `open` entry; officers release it
Units    timers in seconds
Raises   what the node refuses: unknown members, an expired or opened invitation
Source   docs/PROTOCOL.md part 5; docs/OPERATE.md, "A line"
Never    opens a line by itself: officers accept a charter, the node carries it
"""

import tomllib
from pathlib import Path
from typing import Any

import click

from openline.cli.clean import shortened
from openline.cli.client import client
from openline.cli.commands.line_chain import (
    charter_files,
    decline,
    history,
    leave,
    relays_at,
    succeed,
    told_by,
)
from openline.cli.commands.line_compare import compare
from openline.cli.face import (
    Face,
    Group,
    heads,
    marked,
    named,
    pairs,
    status_of,
    sure,
    table,
    with_face,
)
from openline.cli.fields import BadField, decoded
from openline.cli.files import FILE
from openline.cli.outgoing import Signers, officer_options, release_draft, report
from openline.formats.charter import Charter, parse_charter
from openline.formats.coded import in_line, said, worded
from openline.formats.terms import ENGLISH

Json = dict[str, Any]
STATUSES = ("actual", "exercise", "test")
COLUMNS = (
    ("status", "head.status"), ("line", "word.line"), ("title", "item.subject"),
    ("state", "word.state"), ("members", "word.member"),
)  # fmt: skip
# What a member cannot read of its own; what it said there otherwise is read by it as by others.
CLASSES = {"withheld": "its withheld items (the rest is read)", "lost": "gap: nobody holds it"}
GAP_COLUMNS = (
    ("cannot read", "word.cannot-read"), ("class", "word.class"), ("entries", "column.entries"),
    ("origin", "word.log"),
)  # fmt: skip
LOG_COLUMNS = (
    ("party", "word.party"), ("epoch", "word.epoch"), ("entries", "column.entries"),
    ("log", "word.state"), ("origin", "word.log"),
)  # fmt: skip
# What a log may be, each as the dictionary has it already.
LOGS = {
    "active": "word.log-active", "closed": "life.closed", "forked": "fork.title-forked",
    "unexplained": "fork.title-unexplained",
}  # fmt: skip
# States whose term has another name than theirs.
STATES = {"accepted": "line.open"}


@click.group(cls=Group)
def line() -> None:
    """Lines: invite, accept, list, show."""


def numbers(texts: tuple[str, ...], option: str) -> dict[str, int]:
    """NAME=NUMBER options as a table."""
    found = {}
    for text in texts:
        name, _, number = text.partition("=")
        if not name or not number.isascii() or not number.isdigit():
            raise click.UsageError(f"{option} {text}: NAME=NUMBER is expected")
        found[name] = int(number)
    return found


def charter_file(path: Path | None) -> Json:
    """A charter described in TOML, for lines with many rules."""
    if path is None:
        return {}
    try:
        return tomllib.loads(decoded(path, path.read_bytes()))
    except tomllib.TOMLDecodeError as error:
        raise BadField(f"{path}: not TOML: {error}") from None


@line.command("invite")
@click.option("--title", help="Short name of the line.")
@click.option("--member", "members", multiple=True, metavar="PARTY", help="Another member.")
@click.option(
    "--level", help="leaders, ministers, diplomatic, defence, duty-centre, humanitarian ..."
)
@click.option("--purpose", help="What the line is for (default: the title).")
@click.option(
    "--language", "languages", multiple=True, metavar="CODE", help="A language of the line."
)
@click.option("--pack", "packs", multiple=True, help="A set of forms (default: core).")
@click.option("--status", type=click.Choice(STATUSES), help="actual (default), exercise or test.")
@click.option("--timer", "timers", multiple=True, metavar="NAME=SECONDS", help="A deadline.")
@click.option("--officers", "needed", multiple=True, metavar="FORMAT=1|2", help="Who must sign.")
@click.option("--visible", multiple=True, metavar="FORMAT", help="Show who released these.")
@charter_files
@click.option("--charter", "file", type=FILE, help="All of this, and the rest, in a TOML file.")
@officer_options
@with_face
def invite(
    face: Face,
    /,
    signers: Signers,
    timers: tuple[str, ...],
    needed: tuple[str, ...],
    relay_files: tuple[Path, ...],
    policy_files: tuple[Path, ...],
    file: Path | None,
    **given: Any,
) -> None:
    """Draw a charter and draft our acceptance; releasing it sends the invitation.

    \b
    Example:  openline line invite --title "North-South" --member south.example
              --language en --officer anna.officer --officer boris.officer
    """
    charter = charter_file(file)
    charter |= {k: list(v) if isinstance(v, tuple) else v for k, v in given.items() if v}
    charter |= told_by(policy_files, relay_files)
    for name, texts in (("timers", timers), ("officers", needed)):
        if texts:
            charter[name] = {**charter.get(name, {}), **numbers(texts, f"--{name}")}
    if not charter.get("title") or not charter.get("members") or not charter.get("languages"):
        raise click.UsageError("a charter needs --title, --member, --language, or --charter FILE")
    charter.setdefault("purpose", charter["title"])
    with client(face.home) as node:
        draft = node.call("line_invite", charter=charter)
        warn(face, draft)
        head = worded("word.relay-station", face.lang, "relays of the charter")
        none = worded("word.none", face.lang, "none").upper()
        face.say(f"{head}: {'; '.join(relays_at(node, draft['line'])) or none}")
        report(node, face, release_draft(node, face, draft, signers))


@line.command("accept")
@click.argument("line_name", metavar="LINE")
@officer_options
@with_face
def accept(face: Face, line_name: str, signers: Signers) -> None:
    """Draft our acceptance of a proposed LINE; releasing it opens the line for us.

    `openline line decline LINE` is the other word on it.

    \b
    Example:  openline line accept "North-South" --officer clara.officer
    """
    with client(face.home) as node:
        draft = node.call("line_accept", line=line_name)
        warn(face, draft)
        report(node, face, release_draft(node, face, draft, signers))


@line.command("reopen")
@click.argument("line_name", metavar="LINE")
@officer_options
@with_face
def reopen(face: Face, line_name: str, signers: Signers) -> None:
    """Open a new epoch of our log on LINE, after a restore; two officers sign.

    \b
    Example:  openline line reopen "North-South" --officer anna.officer --officer boris.officer
    """
    with client(face.home) as node:
        draft = node.call("line_reopen", line=line_name)
        report(node, face, release_draft(node, face, draft, signers))


@line.command("ours")
@click.argument("origin")
@with_face
def ours(face: Face, origin: str) -> None:
    """Say that entries of our closed log ORIGIN, which others showed us, are ours indeed.

    Only if a node of ours wrote them: by this a thief's entries would become ours. Where nobody
    knows who wrote them, the keys were stolen: `openline keys revoke`.

    \b
    Example:  openline line ours ORIGIN
    """
    english = f"Were the entries of {origin} written by a node of ours and released by us?"
    face.confirm(said("ask.entries-ours", face.lang, english, origin))
    with client(face.home) as node:
        told = node.call("line_ours", origin=origin)
    rows = [("taken back", "column.taken-back", told["origin"])]
    face.give("line-ours", told, lambda: named(rows, face.lang))


@line.command("rotate")
@click.argument("line_name", metavar="LINE")
@with_face
def rotate(face: Face, line_name: str) -> None:
    """Make a fresh prekey on LINE now, and delete those that nobody seals to any more.

    \b
    Example:  openline line rotate "North-South"
    """
    with client(face.home) as node:
        told = node.call("line_rotate", line=line_name)
    party = str(told["ref"][0]).partition("/")[0]
    rows = [
        ("entry", "word.entry", f"{party}:{told['number']}"),
        ("prekeys deleted", "column.prekeys-deleted", told["deleted"]),
    ]
    face.give("line-rotate", told, lambda: named(rows, face.lang))


@line.command("list")
@click.option("--all", "is_all", is_flag=True, help="Also what we threw away or declined.")
@with_face
def list_(face: Face, /, *, is_all: bool) -> None:
    """The lines known here; the status stands first.

    \b
    Example:  openline line list
    """
    with client(face.home) as node:
        told = node.call("line_list", all=is_all)
    rows = [
        [
            status_of(r, face.lang),
            r["line"][:12],
            r["title"],
            state_of(r, face.lang),
            ", ".join(marked(m["party"], m["standing"], face.lang) for m in r["members"]),
        ]
        for r in told["lines"]
    ]
    face.give("line-list", told, lambda: table(heads(COLUMNS, face.lang), rows))


@line.command("show")
@click.argument("line_name", metavar="LINE")
@with_face
def show(face: Face, line_name: str) -> None:
    """One LINE: the rules of its charter, who opened it, the logs held.

    \b
    Example:  openline line show "North-South"
    """
    with client(face.home) as node:
        told = node.call("line_show", line=line_name)
    face.give("line", told, lambda: described(told, face.lang))


def warn(face: Face, told: Json) -> None:
    """What a person must see of a charter, --quiet or not, before anything is signed."""
    for warning in told["warnings"]:
        face.warn(in_line("remark", warning["code"], warning["sentence"], face.lang))


def state_of(row: Json, lang: str) -> str:
    """Whether we may write on a line; a copy that was put back is said before anything else."""
    if row["dropped"]:
        return worded("line.thrown-away", lang, "drawn by us and thrown away")
    if row["state"] == "declined":
        return worded("line.declined-by-us", lang, "declined by us")
    if row["suspect"]:
        return f"{worded('line.receive-only', lang, 'receive-only')} ({row['suspect']})"
    if row["state"] == "closed":
        return worded("line.left-by-us", lang, "left by us")
    ours = [m["party"] for m in row["members"] if m["standing"] == "self" and not m["opened"]]
    if row["proposed_by"] in ours:
        return worded("line.waits-for-us", lang, "waits for our officers")
    lacking = [m["party"] for m in row["members"] if not m["opened"]]
    state = "open" if row["open"] else str(row["state"])
    words = [worded(STATES.get(state, f"line.{state}"), lang, state)]
    if lacking and state == "accepted":
        words = [worded("line.accepted-by-us", lang, "accepted by us")]
    if row["state"] != "proposed":
        words += [not_accepted(party, lang) for party in lacking]
    since = worded("item.since", lang, "since")
    for x in row["limits"]:
        said = worded(f"line.{x['class']}", lang, x["class"]).upper()
        words.append(f"{x['party']}: {said} {since} {x['since']}")
    return "; ".join(words)


def not_accepted(party: str, lang: str) -> str:
    """A member whose officers have not accepted the charter."""
    if lang == ENGLISH:
        return f"{party}: NOT ACCEPTED YET"
    return f"{worded('line.not-accepted-by', lang, '')} {party}"


def rules(charter: Charter, lang: str) -> list[tuple[str, object]]:
    """What a charter asks of its members; its whole text is in the JSON, and in what is signed."""
    seconds = "" if lang != ENGLISH else " s"
    timers = [f"{name} {count}{seconds}" for name, count in charter.timers]
    relays = [f"{each.party} {each.url}" for each in charter.relays]
    rows = [
        ("timers", "word.timers", "\n".join(timers)),
        ("officers", "word.officers-needed", ", ".join(f"{f} {n}" for f, n in charter.officers)),
        ("visible", "word.releases-shown", ", ".join(charter.visible)),
        ("relays", "word.relay-station", ", ".join(relays)),
        ("witnesses", "word.witness", shortened("\n".join(charter.policy))),
    ]
    return [(worded(term, lang, english), value or "-") for english, term, value in rows]


def gap_lines(gaps: list[list[Any]], lang: str) -> list[str]:
    """What members say they cannot read, and where; nothing when nothing is."""
    rows = [
        [
            who,
            worded(f"gap.{kind}", lang, CLASSES.get(kind, kind)),
            f"{start} to {stop - 1}" if lang == ENGLISH else f"{start}\N{EN DASH}{stop - 1}",
            origin,
        ]
        for origin, start, stop, kind, who in gaps
    ]
    return ["", *table(heads(GAP_COLUMNS, lang), rows)] if rows else []


def member_of(row: Json, lang: str) -> str:
    """A member with how sure we are of it, and whether its officers accepted the charter."""
    standing = sure(row["standing"], lang)
    if row["standing"] == "self":
        standing = worded("heard.this-node", lang, row["standing"])
    if row["opened"]:
        standing = f"{standing}, {worded('line.has-accepted', lang, 'opened')}"
    return f"{row['party']} ({standing})"


def described(told: Json, lang: str) -> list[str]:
    """A line in words."""
    logs = [
        [x["party"], x["epoch"], x["entries"], worded(LOGS[x["status"]], lang, x["status"]),
         x["origin"]]
        for x in told["logs"]
    ]  # fmt: skip
    caution = "WARNING" if lang == ENGLISH else worded("word.caution", lang, "").upper()
    rows = [
        ("status", "head.status", status_of(told, lang)),
        ("line", "word.line-id", told["line"]),
        ("title", "item.subject", told["title"]),
        ("purpose", "item.purpose", told["purpose"] or "-"),
        ("level", "item.level", worded(f"level.{told['level']}", lang, told["level"])),
        ("state", "word.state", state_of(told, lang)),
        ("members", "word.member", "\n".join(member_of(m, lang) for m in told["members"])),
        ("packs", "word.packs", ", ".join(told["packs"])),
    ]
    return [
        *pairs(
            [
                *((worded(term, lang, english), value) for english, term, value in rows),
                *((caution, in_line("remark", w["code"], w["sentence"], lang))
                  for w in told["warnings"]),
                (worded("word.languages", lang, "languages"), ", ".join(told["languages"])),
                *rules(parse_charter(told["charter"]), lang),
            ]
        ),
        "",
        *table(heads(LOG_COLUMNS, lang), logs),
        *gap_lines(told["gaps"], lang),
    ]  # fmt: skip


for command in (succeed, leave, decline, history, compare):
    line.add_command(command)
