"""`openline disclose`: write a file that proves chosen fields of chosen messages, offline.

Shapes   FILE is a C2SP tlog-proof for one ENTRY, else a bundle; data is {"file", "bytes", "policy",
         "says", "revealed"}: the first line of a verifier, and paths that had been withheld
Units    a range goes from its first entry to its last, both included
Raises   NoSuchEntry; what cannot be shown (withheld by another, erased, not vouched for)
Source   docs/PROTOCOL.md part 9
Never    shows a field that was not asked for; asks a person before anything is written, and names
         what had been withheld from the other side
"""

import base64
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from openline.cli.client import Client, client
from openline.cli.face import Command, Face, pairs, with_face
from openline.cli.files import write_out
from openline.cli.places import find
from openline.formats.coded import in_line, worded
from openline.formats.terms import ENGLISH

OUT = click.Path(dir_okay=False, path_type=Path)


@click.command(cls=Command)
@click.argument("entries", nargs=-1)
@click.option("--line", metavar="LINE", help="Where two lines have an ENTRY of this name.")
@click.option(
    "--show", "paths", multiple=True, metavar="PATH", help="A field to show; all if none."
)
@click.option("--no-releases", is_flag=True, help="Do not show which officers released.")
@click.option("--receipts-of", multiple=True, metavar="PARTY", help="Whose receipts; all if none.")
@click.option(
    "--range",
    "ranges",
    multiple=True,
    metavar="ENTRY..ENTRY",
    help="All entries of one log from first to last, kinds and classes only.",
)
@click.option(
    "--absence",
    "absences",
    multiple=True,
    metavar="PARTY",
    help="Every log of --line whole, to show what PARTY never said on it.",
)
@click.option(
    "--witnesses/--no-witnesses", default=None, help="Ask for the quorum, or leave it out."
)
@click.option("--bundle", is_flag=True, help="Add cards and charter also to a single ENTRY.")
@click.option(
    "--case", "cases", multiple=True, metavar="ENTRY", help="Every entry of the case of ENTRY."
)
@click.option("--evidence", metavar="NAME", help="Evidence of a fork that this node keeps.")
@click.option("--out", type=OUT, help="The proof to write (default: a name that says what it is).")
@click.option("--policy-out", type=OUT, help="The policy that the verifier needs beside it.")
@with_face
def disclose(
    face: Face, /, out: Path | None, policy_out: Path | None, line: str | None, **asked: Any
) -> None:
    """Prove ENTRY (and more) to somebody who trusts neither side.

    \b
    Example:  openline disclose north.example:1.4 south.example:1.3
              --show subject --show place --out visit.openline-proof --policy-out visit.policy
    """
    if asked["absences"] and not line:
        raise click.UsageError("--absence needs --line")
    with client(face.home) as node:
        parts = list(parts_of(node, line, asked))
        if not parts:
            raise click.UsageError("name an ENTRY, --case, --range, --absence or --evidence")
        for later in left_out(node, parts):
            face.warn(in_line("remark", "disclose.later", later, face.lang))
        is_bundle = len(parts) > 1 or bool(asked["absences"] or asked["cases"]) or asked["bundle"]
        told = node.call("disclose", parts=parts, bundle=is_bundle)
    path, data = out or Path(told["name"]), base64.b64decode(told["file"])
    says, revealed = reading(data, told["policy"])
    face.confirm(question(asked["paths"], len(parts), revealed, face.lang))
    value = {**written(path, data, policy_out, told["policy"]), "says": says, "revealed": revealed}
    rows = [
        (worded("word.file", face.lang, "file"), str(path)),
        (worded("word.bytes", face.lang, "bytes"), str(len(data))),
        (worded("word.verifier-says", face.lang, "a verifier says"), "\n".join(says)),
    ]
    until_now = worded("word.withheld-until-now", face.lang, "withheld until now")
    rows += [(until_now, in_words(revealed, face.lang))] if revealed else []
    face.give("disclosure", value, lambda: pairs(rows))


def question(paths: Sequence[str], count: int, revealed: list[str], lang: str) -> str:
    """What a person is asked before the file is there: what it shows, and what for the first
    time."""
    shown = ", ".join(paths)
    shown = shown or worded("word.every-field", lang, "every field that the other side was shown")
    until_now = worded("word.withheld-until-now", lang, "Withheld until now")
    hidden = f" {until_now}: {in_words(revealed, lang)}." if revealed else ""
    if lang == ENGLISH:
        return f"Disclose {shown} of {count} part(s) to whoever gets the file?{hidden}"
    return f"{worded('word.disclose-asked', lang, '')}: {shown} ({count}).{hidden}"


def written(path: Path, data: bytes, policy_out: Path | None, policy: str) -> dict[str, Any]:
    """Write a disclosure, and its policy where one is wanted; what is said of both."""
    write_out(path, data)
    if policy_out is not None:
        write_out(policy_out, policy.encode())
    return {"file": str(path), "bytes": len(data), "policy": policy}


def in_words(paths: list[str], lang: str) -> str:
    """Paths that are shown for the first time; the officers' signatures by what they are."""
    fields = [path for path in paths if not path.startswith("release.")]
    released = worded("word.who-releases", lang, "who released it")
    who = [released] if len(fields) < len(paths) else []
    return ", ".join([*fields, *who])


def reading(data: bytes, policy: str, asked: str = "guarantee") -> tuple[list[str], list[str]]:
    """What a verifier with the policy will say first, and what had been withheld until now.

    Evidence has no policy: whoever checks it brings the cards.
    """
    from openline.envelope.standard import StandardSuite
    from openline.formats.policy import parse_policies
    from openline.record.disclosure import verify_file

    if not policy:
        return ["nothing without cards and fingerprints of the reader's own"], []
    verdict = verify_file(data, parse_policies(policy), StandardSuite(), allow_exercise=True)
    begins = verdict.lines[: verdict.lines.index(verdict.first_line) + 1]
    paths: set[str] = set()
    for part in verdict.parts or (verdict,):
        later = part.facts.get("withheld_revealed_later")
        paths |= {str(path) for path in later} if isinstance(later, list) else set()
    return list(begins), sorted(paths)


def parts_of(node: Client, line: str | None, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What was asked for, as the operation takes it."""
    receipts: dict[str, Any] = {}
    if asked["receipts_of"]:
        receipts["receipts_of"] = list(asked["receipts_of"])
    if asked["witnesses"] is not None:
        receipts["witnesses"] = asked["witnesses"]
    named = [("entry", text) for text in asked["entries"]]
    for kind, text in (*named, *(("case", text) for text in asked["cases"])):
        part: dict[str, Any] = {"kind": kind, "ref": find(node, text, line).ref, **receipts}
        if asked["paths"]:
            part["fields"] = list(asked["paths"])
        if asked["no_releases"]:
            part["releases"] = False
        yield part
    for text in asked["ranges"]:
        yield {**range_part(node, text, line), **receipts}
    for party in asked["absences"]:
        yield {"kind": "absence", "line": line, "party": party, **receipts}
    if asked["evidence"]:
        yield {"kind": "evidence", "name": asked["evidence"]}


def left_out(node: Client, parts: list[dict[str, Any]]) -> list[str]:
    """What this node holds that ended or changed what is disclosed, and is not in the file."""
    shown = [part["ref"] for part in parts if part["kind"] == "entry"]
    found: dict[str, None] = {}
    for place in shown:
        for case in node.call("cases", of=place)["cases"]:
            for matter in case["matters"]:
                refs = [version["ref"] for version in matter["versions"]]
                if place not in refs:
                    continue
                name = f"{matter['party']}:{matter['versions'][refs.index(place)]['number']}"
                later = [(matter["party"], v) for v in matter["versions"][refs.index(place) + 1 :]]
                later += [(closing["party"], closing) for closing in matter["closings"]]
                for party, each in later:
                    if each["ref"] not in shown:
                        word = each["class"] if each["class"] != "-" else each["relation"]
                        found[f"{name}: {party}:{each['number']} ({word}) came later and is not in"
                              " the file; add it, or --case"] = None  # fmt: skip
    return list(found)


def range_part(node: Client, text: str, line: str | None) -> dict[str, Any]:
    """A range of one log, from its first entry to its last."""
    first, _, last = text.partition("..")
    start, end = find(node, first, line), find(node, last, line)
    if start.origin != end.origin or start.index > end.index:
        raise click.UsageError(f"--range {text}: two entries of one log, in order")
    return {"kind": "range", "origin": start.origin, "from": start.index, "to": end.index + 1}
