"""`openline show ENTRY`: one message, who holds it, how far it got, what came back.

Shapes   data is the operation's {"ref", "number", "from", "status", "format", "class", "fields",
         "rows", "receipts", ...} with "matter": the part of its case that is about this entry
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry
Source   docs/cases.md
Never    shows received, understood, passed on and answered as one thing
"""

from typing import Any

import click

from openline.cli.clean import clean
from openline.cli.client import Client, client
from openline.cli.face import Command, Face, pairs, table, with_face
from openline.cli.formats import titled
from openline.cli.places import find
from openline.formats.legible import show_json
from openline.formats.openjson import Value

Json = dict[str, Any]
NOT_YET = "-"


@click.command(cls=Command)
@click.argument("entry")
@click.option("--line", metavar="LINE", help="Where two lines have an ENTRY of this name.")
@with_face
def show(face: Face, entry: str, line: str | None) -> None:
    """Show ENTRY: PARTY:NUMBER as lists write it.

    \b
    Example:  openline show north.example:1.4 --lang fr
    """
    with client(face.home) as node:
        told = node.call("show", ref=find(node, entry, line).ref, lang=face.lang)
        told["matter"] = matter_of(node, told)
    face.give("message", told, lambda: lines_of(face, told))


def matter_of(node: Client, told: Json) -> Json:
    """The matter that this entry opened or is a version of; empty for a reply."""
    for case in node.call("cases", line=told["line"])["cases"]:
        for matter in case["matters"]:
            if told["ref"] in [version["ref"] for version in matter["versions"]]:
                found: Json = matter
                return {**found, "irregularities": case["irregularities"]}
    return {}


def lines_of(face: Face, told: Json) -> list[str]:
    """A message as a person reads it; the status of the line stands above everything."""
    status, matter = str(told["status"]).upper(), told["matter"]
    form = titled(told["format"], face.lang)
    held = [*sorted(told["receipts"].items()), *((party, "not yet") for party in told["missing"])]
    lines = [
        face.paint(status, "green" if status == "ACTUAL" else "yellow"),
        *pairs(
            [
                ("message", f"{told['from']}:{told['number']}"),
                ("line", told["title"]),
                ("form", form if told["kind"] == "message" else told["kind"]),
                *([("class", told["class"])] if told["class"] != "-" else []),
                ("written", told["written"]),
                *(standing(matter, told["ref"]) if matter else []),
            ]
        ),
        "",
        *pairs([(f"{number} {label}".strip(), value) for number, label, value in told["rows"]]),
        "",
        *table(["party", "received (A0)"], held),
    ]
    if matter:
        differing = [face.paint(text, "yellow") for text in differences(matter, told["ref"])]
        lines += [*ladder(matter, told["ref"]), *differing, *answers(matter)]
    known = [row["sentence"] for row in matter.get("irregularities", [])]
    odd = known or told["irregularities"]
    marked = [f"irregularity: {text}" for text in [*told["flaws"], *odd]]
    marked += [f"does not fit: {text}" for text in told["remarks"]]
    return lines + [face.paint(text, "yellow") for text in marked]


def standing(matter: Json, ref: list[Any]) -> list[tuple[str, object]]:
    """The state of the matter, and whether this is the version that counts."""
    rows: list[tuple[str, object]] = [("state", matter["state"])]
    if matter["outcome"]:
        rows.append(("outcome", matter["outcome"]))
    versions = matter["versions"]
    if len(versions) > 1:
        nth = [version["ref"] for version in versions].index(ref) + 1
        last = f"{matter['party']}:{versions[-1]['number']}"
        what = "the current one" if nth == len(versions) else f"REPLACED by {last}"
        rows.append(("version", f"{nth} of {len(versions)}, {what}"))
    return [*rows, *beside(matter)]


def beside(matter: Json) -> list[tuple[str, object]]:
    """What stands beside the state of some matters: stage, motion, strength, the weakest part."""
    rows: list[tuple[str, object]] = []
    if "asked" in matter:
        rows.append(("asked", "\n".join(f"{p}: {stage}" for p, stage in matter["asked"].items())))
    if "motion" in matter:
        rows.append(("motion", matter["motion"]))
        ends = [f"{party}: {word}" for party, word in matter["outcomes"].items()]
        rows += [("ended", "\n".join(ends))] if ends else []
    if "gauge" in matter:
        told = [
            f"{category} {strength} of {most}{', AT OR ABOVE' * reached}"
            for category, strength, most, reached in matter["gauge"]
        ]
        rows.append(("threshold", "\n".join(told)))
    if "composed" in matter:
        weak = [p["path"] for p in matter["parts"] if p["state"] == matter["composed"]]
        rows.append(("as a whole", f"{matter['composed']}: {', '.join(weak)}"))
    return rows


def differences(matter: Json, ref: list[Any]) -> list[str]:
    """What was read back otherwise than it was told."""
    return [
        f"{row['party']} read {odd['path']} as {said(odd['read'])}; told was {said(odd['told'])}"
        for row in matter["reception"]
        if row["ref"] == ref
        for odd in row["a2"].get("differs", [])
    ]


def said(value: Value) -> str:
    """A value as it was read back or told."""
    return clean(value if isinstance(value, str) else show_json(value))


def ladder(matter: Json, ref: list[Any]) -> list[str]:
    """A1 to A4 per addressee of this version; silence is a row too."""
    rows = [
        [
            row["party"],
            row["a1"].get("class", NOT_YET),
            row["a2"].get("result", NOT_YET),
            ", ".join(row["a3"].get("echelons", [])) or NOT_YET,
            row["a4"].get("class", "silent" if row["silent"] else NOT_YET),
        ]
        for row in matter["reception"]
        if row["ref"] == ref
    ]
    heads = ["party", "received (A1)", "read back (A2)", "passed on (A3)", "answered (A4)"]
    lines = ["", *table(heads, rows)] if rows else []
    return lines + [
        f"{row['party']}: {deemed(row['a0'])}"
        for row in matter["reception"]
        if row["ref"] == ref and deemed(row["a0"])
    ]


def deemed(rung: Json) -> str:
    """What a relay held for too long is deemed received, and says so; "" for anything else."""
    since = rung.get("deemed", "")
    return f"deemed, not received: at a relay since {since}" if since else ""


def answers(matter: Json) -> list[str]:
    """The answers; each says which version it answers."""
    rows = [
        [
            row["class"],
            f"{row['party']}:{row['number']}",
            f"{row['version']} of {row['of_versions']}",
            " ".join(["superseded"] * (not row["current"]) + ["STALE"] * row["stale"]),
        ]
        for row in matter["answers"]
    ]
    return ["", *table(["answer", "message", "to version", ""], rows)] if rows else []
