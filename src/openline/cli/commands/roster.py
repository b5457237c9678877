"""`openline roster LINE`: who has the watch at each party, whom to ring, what flash waits for.

Shapes   data is {"roster": [{"party", "posts", "local_zone", ...}], "flash": [...]}
Units    times as RFC 3339 UTC text
Raises   nothing
Source   docs/OPERATE.md, "The watch"
Never    names a person: a roster names positions
"""

from collections.abc import Iterator
from typing import Any

import click

from openline.cli.client import client
from openline.cli.face import Command, Face, heads, marked, table, with_face
from openline.formats.coded import worded
from openline.formats.terms import ENGLISH

POSTS = (
    ("party", "word.party"), ("ring", "head.order"), ("position", "item.position"),
    ("reach", "item.reach"), ("clock", "head.local-zone"), ("until", "item.until"),
)  # fmt: skip
FLASH = (
    ("flash", "code.flash"), ("from", "word.sender"), ("to", "word.addressee"),
    ("acknowledged", "head.acknowledged"), ("ring next", "head.ring"), ("at", "head.at-time"),
)  # fmt: skip


@click.command(cls=Command)
@click.argument("line")
@with_face
def roster(face: Face, line: str) -> None:
    """Show who has the watch on LINE, in the order in which to ring.

    \b
    Example:  openline roster "North-South"
    """
    with client(face.home) as node:
        told = node.call("roster", line=line)
    face.give("roster", told, lambda: lines_of(told, face.lang))


def lines_of(told: dict[str, Any], lang: str) -> list[str]:
    """The posts of every party, then every flash message with whom to ring for it."""
    posts = [row for each in told["roster"] for row in posts_of(each, lang)]
    named = [[marked(r[0], told["unsure"].get(r[0], ""), lang), *r[1:]] for r in posts]
    lines = table(heads(POSTS, lang), named)
    waiting = [row for each in told["flash"] for row in flash_of(each, lang)]
    if waiting:
        lines += ["", *table(heads(FLASH, lang), waiting)]
    lines += [
        not_confirmed(each, lang)
        for each in told["flash"]
        if each["confirm_state"] in ("not-confirmed", "overdue")
    ]
    return lines


def not_confirmed(each: dict[str, Any], lang: str) -> str:
    """A flash that one officer sent, which no second one has confirmed, and until when one may."""
    name, due = f"{each['party']}:{each['number']}", each["confirm_due"]
    if lang == ENGLISH:
        asked = f", asked until {due}" if due else ""
        return f"{name} is not confirmed by a second officer yet{asked}."
    asked = f"; {worded('head.confirm-due', lang, '')}: {due}" if due else ""
    return f"{name}: {worded('word.not-confirmed', lang, '')}{asked}"


def posts_of(each: dict[str, Any], lang: str) -> Iterator[list[str]]:
    """One party's positions; a party that told none has a row that says so."""
    unknown = worded("word.zone-unknown", lang, "unknown zone: UTC")
    clock = each["local_zone"] + ("" if each["zone_known"] else f" ({unknown})")
    if not each["posts"]:
        none = worded("word.no-roster", lang, "no roster told")
        yield [each["party"], "-", none, "-", clock, each["until"] or "-"]
    for post in each["posts"]:
        yield [
            each["party"], str(post["order"]), post["position"], post["reach"], clock,
            each["until"] or "-",
        ]  # fmt: skip


def flash_of(each: dict[str, Any], lang: str) -> Iterator[list[str]]:
    """One flash message, addressee by addressee."""
    for row in each["addressees"]:
        ring = row["ring"][0] if row["ring"] else {"position": "-", "at": "-"}
        done = row["acknowledged"] or worded("word.not-acknowledged", lang, "NOT ACKNOWLEDGED")
        yield [
            f"{each['party']}:{each['number']}", each["party"], row["party"], done,
            ring["position"], ring["at"] or "-",
        ]  # fmt: skip
