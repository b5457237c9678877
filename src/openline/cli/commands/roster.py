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
from openline.cli.face import Command, Face, marked, table, with_face

POSTS = ("party", "ring", "position", "reach", "clock", "until")
FLASH = ("flash", "from", "to", "acknowledged", "ring next", "at")


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
    face.give("roster", told, lambda: lines_of(told))


def lines_of(told: dict[str, Any]) -> list[str]:
    """The posts of every party, then every flash message with whom to ring for it."""
    posts = [row for each in told["roster"] for row in posts_of(each)]
    lines = table(POSTS, [[marked(r[0], told["unsure"].get(r[0], "")), *r[1:]] for r in posts])
    waiting = [row for each in told["flash"] for row in flash_of(each)]
    if waiting:
        lines += ["", *table(FLASH, waiting)]
    lines += [
        f"{each['party']}:{each['number']} is not confirmed by a second officer yet"
        f"{', asked until ' + each['confirm_due'] if each['confirm_due'] else ''}."
        for each in told["flash"]
        if each["confirm_state"] in ("not-confirmed", "overdue")
    ]
    return lines


def posts_of(each: dict[str, Any]) -> Iterator[list[str]]:
    """One party's positions; a party that told none has a row that says so."""
    clock = each["local_zone"] + ("" if each["zone_known"] else " (unknown zone: UTC)")
    if not each["posts"]:
        yield [each["party"], "-", "no roster told", "-", clock, each["until"] or "-"]
    for post in each["posts"]:
        yield [
            each["party"], str(post["order"]), post["position"], post["reach"], clock,
            each["until"] or "-",
        ]  # fmt: skip


def flash_of(each: dict[str, Any]) -> Iterator[list[str]]:
    """One flash message, addressee by addressee."""
    for row in each["addressees"]:
        ring = row["ring"][0] if row["ring"] else {"position": "-", "at": "-"}
        done = row["acknowledged"] or "NOT ACKNOWLEDGED"
        yield [
            f"{each['party']}:{each['number']}", each["party"], row["party"], done,
            ring["position"], ring["at"] or "-",
        ]  # fmt: skip
