"""`openline notebook`: public statements and dossiers that this node keeps for itself.

Shapes   records as docs/cases.md describes them
Units    dates as RFC 3339 UTC text
Raises   BadField; what the notebook refuses
Source   docs/GLOSSARY.md, "public statement", "dossier"
Never    sends anything: what stands here is ours alone and in no digest
"""

from pathlib import Path
from typing import Any

import click

from openline.cli.client import Client, client
from openline.cli.face import Face, Group, heads, named, pairs, table, with_face
from openline.cli.fields import read_fields
from openline.cli.files import FILE
from openline.cli.places import find
from openline.formats.coded import worded

KINDS = ("public", "dossier")


COUNTED = ("claims", "demands", "contacts", "guarantees")
COLUMNS = (
    ("id", "id"), ("kind", "head.kind"), ("about", "word.about"), ("source", "item.source"),
)  # fmt: skip
CLAIMS = (
    ("said by", "column.said-by"), ("on", "column.on-day"), ("said", "column.said"),
    ("claim", "column.claim"), ("in the record", "column.in-record"),
)  # fmt: skip


@click.group(cls=Group)
def notebook() -> None:
    """Public statements and dossiers, local."""


@notebook.command("add")
@click.argument("kind", type=click.Choice(KINDS))
@click.option(
    "--field", "fields", multiple=True, metavar="NAME=VALUE", help="NAME:=JSON for lists."
)
@click.option("--fields", "fields_file", type=FILE, help="A JSON file of name to value.")
@click.option("--topic", "topics", multiple=True, help="A topic of a dossier.")
@click.option("--line", "lines", multiple=True, metavar="LINE", help="A line of a dossier.")
@click.option("--case", "entries", multiple=True, metavar="ENTRY", help="A case of a dossier.")
@with_face
def add(
    face: Face,
    /,
    kind: str,
    fields: tuple[str, ...],
    fields_file: Path | None,
    **listed: tuple[str, ...],
) -> None:
    """Enter a public statement or a dossier.

    A statement has topic, source, date, text and text_status (original, official, courtesy or
    translation-by-others), and may have party, office, speaker, lang, position and mark. A
    dossier has a title, topics, lines and cases.

    \b
    Example:  openline notebook add public --field topic=bridge --field source="Radio North"
              --field office=minister --field lang=en --field date=2026-11-30T00:00:00Z
              --field text_status=original --field text="They never told us."
              --field position=denies-contact

    \b
    Example:  openline notebook add dossier --field title="The bridge" --topic bridge
              --line "North-South"
    """
    record = read_fields(None, fields, fields_file)
    with client(face.home) as node:
        if kind == "dossier":
            record |= grouped(node, listed)
        told = node.call("notebook_add", kind=kind, record=record)
    face.give("notebook", told, lambda: pairs([("id", told["id"])]))


def grouped(node: Client, listed: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """What --topic, --line and --case name, as a dossier keeps it: lines by their ids."""
    lines = [node.call("line_show", line=name)["line"] for name in listed["lines"]]
    places = [find(node, entry, None) for entry in listed["entries"]]
    cases = [[place.line, *place.ref] for place in places]
    found: dict[str, Any] = {"topics": list(listed["topics"]), "lines": lines, "cases": cases}
    return {name: value for name, value in found.items() if value}


@notebook.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="Only this kind.")
@with_face
def list_(face: Face, kind: str | None) -> None:
    """List what stands in the notebook.

    \b
    Example:  openline notebook list --kind public
    """
    args = {"kind": kind} if kind else {}
    with client(face.home) as node:
        told = node.call("notebook_list", **args)
    rows = [
        [r["id"], kind_of(r["kind"], face.lang), title(r["record"]), r["record"].get("source", "")]
        for r in told["notebook"]
    ]
    face.give("notebook-list", told, lambda: table(heads(COLUMNS, face.lang), rows))


@notebook.command("show")
@click.argument("dossier_id", metavar="ID")
@with_face
def show(face: Face, dossier_id: str) -> None:
    """Show the dossier ID: public statements beside what the record of its lines holds.

    \b
    Example:  openline notebook show ID
    """
    with client(face.home) as node:
        told = node.call("dossier", id=dossier_id)
    face.give("dossier", told, lambda: dossier_lines(told, face.lang))


def kind_of(kind: str, lang: str) -> str:
    """A public statement or a dossier."""
    return worded("word.public-statement" if kind == "public" else f"word.{kind}", lang, kind)


def dossier_lines(told: dict[str, Any], lang: str) -> list[str]:
    """A dossier: each public claim with how much of it the record holds, then the counts."""
    claims = [
        [
            row["office"] or row["party"],
            row["date"][:10],
            row["text"],
            row["position"] or "-",
            f"{row['behind']['count']} {row['behind']['register']}" if row["behind"] else "-",
        ]
        for row in told["public"]
    ]
    counts = [(name, f"register.{name}", len(told[name])) for name in COUNTED]
    rows = [("title", "item.title", told["title"]), *counts]
    return [*named(rows, lang), "", *table(heads(CLAIMS, lang), claims)]


def title(record: dict[str, object]) -> object:
    """What a record is about, in a word."""
    return record.get("title") or record.get("topic", "")
