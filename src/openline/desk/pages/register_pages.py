"""Registers of the lines that this officer has a role on, as tables that print; and the calendar.

Shapes   pages as routes of app.py; `name` in the address chooses the register, `line` one line
Units    times as RFC 3339 UTC text
Raises   NotHere
Source   docs/OPERATE.md, "Registers"; docs/cases.md
Never    leaves out a row, or adds up what two parties claim; never shows a line without a role
"""

from collections.abc import Sequence
from datetime import UTC
from http import HTTPStatus
from math import ceil
from typing import Any, Final

from starlette.responses import PlainTextResponse, Response

from openline.cases.documents.register import tables, walk
from openline.cases.documents.sheets import SHEETS, Sheet
from openline.desk import subscribed
from openline.desk.acts import Json
from openline.desk.pages.document_pages import documents_of
from openline.desk.pages.visit import NotHere, Visit
from openline.desk.pages.watch_pages import chosen
from openline.desk.roster import Officer
from openline.desk.watchroom import OPEN_STATES, occasions_of
from openline.exchange.station import Station
from openline.formats.document.model import Table, plain, plain_words
from openline.formats.document.speaker import Speaker, speakers
from openline.formats.icalendar import Feed, encode

CALENDAR: Final = "calendar"
# Every register that has a page, in the order in which a duty officer asks for them.
NAMES: Final = (
    "duties", "guarantees", "quotas", "limits", "agreements", "obligations", "positions", "matrix",
    "contacts", "levels", "statements", "warnings", "incidents", "public", CALENDAR, "due", "late",
    "next", "flash", "roster", "line", "irregularities",
)  # fmt: skip


async def registers(visit: Visit) -> Response:
    """One register of every line of the chosen status, or of one line."""
    name = visit.query("name") or NAMES[0]
    if name not in NAMES:
        raise NotHere("no such register")
    lines = await visit.lines()
    status, there = chosen(visit, lines)
    seen = [row for row in lines if row["status"] == status]
    wanted = [row for row in seen if visit.query("line") in ("", row["line"])]
    if not wanted and visit.query("line"):
        raise NotHere("no such line")
    sections = []
    for row in wanted:
        tables = await tables_of(visit, row["line"], name)
        paper = documents_of(visit, "register", line=row["line"], register=name)
        section = {"line": row["line"], "title": row["title"], "tables": tables}
        sections.append({**section, "documents": paper if name != CALENDAR else []})
    return visit.page(
        "registers.html",
        name=name,
        titles={each: title_of(visit, each) for each in NAMES},
        sections=sections,
        lines=seen,
        chosen_line=visit.query("line"),
        status=status,
        statuses=there,
        marking=status,
    )


async def tables_of(visit: Visit, line: str, name: str) -> list[Json]:
    """The tables of one register of one line, in the words that its document has."""
    asked = "due" if name == CALENDAR else name
    found = (await visit.call("registers", line=line, only=[asked]))[asked]
    if name == CALENDAR:
        found = [row for row in found if row["due"] and row["state"] in OPEN_STATES]
        found.sort(key=lambda row: str(row["due"]))
    made = tables(asked, found, speaking(visit))
    sheets = SHEETS.get(asked, ())
    return [table(each, nth, sheets, found) for nth, each in enumerate(made)]


def speaking(visit: Visit) -> tuple[Speaker, ...]:
    """The reader's language, with this node's words and names."""
    station = visit.context.desk.station
    return speakers(
        station.packs.terms, [visit.words.lang], UTC, station.names, station.packs.format
    )


def table(made: Table, nth: int, sheets: Sequence[Sheet], register: Any) -> Json:
    """One table with the entries that its rows are of; a column without anything is left out."""
    refs: list[Any] = [()] * len(made.rows)
    link = -1
    if nth < len(sheets):
        refs = [row.get("ref", ()) for row in walk(register, sheets[nth].walk, {})]
        names = [column.partition("=")[0] for column in sheets[nth].columns]
        link = names.index("number") if "number" in names else -1
    used = [
        n for n in range(len(made.heads)) if any(plain_words(row[n]).strip() for row in made.rows)
    ]
    return {
        "title": made.title,
        "name": plain_words(made.title),
        "none": made.none,
        "heads": [made.heads[n] for n in used],
        "rows": [
            {"ref": ref, "cells": [{"words": row[n], "is_link": n == link} for n in used]}
            for row, ref in zip(made.rows, refs, strict=True)
        ],
    }


def title_of(visit: Visit, name: str) -> str:
    """What a register is called."""
    if name == CALENDAR:
        return visit.words("register.calendar")
    (speaker,) = speaking(visit)
    return plain(speaker.known(f"register.{name.replace('_', '-')}", name))


async def calendar(visit: Visit) -> Response:
    """Our deadlines on lines that this officer sees, for a calendar program; it says no content."""
    return await feed_of(visit, visit.person)


async def subscribed_feed(visit: Visit) -> Response:
    """The same at the secret address of an officer, by the roles that this officer has now; nobody
    is signed in. A wrong address and one that is over are answered alike, and nothing is noted."""
    context, secret = visit.context, str(visit.request.path_params["secret"])
    person = await context.desk.lane.run(subscribed.whose, context.book, secret)
    officer = context.roster.officers.get(person) if person else None
    if officer is None:
        return PlainTextResponse("no such calendar\n", HTTPStatus.NOT_FOUND)
    wait_s = context.pace.wait_s(officer.person)
    if wait_s:
        headers = {"retry-after": str(ceil(wait_s))}
        return PlainTextResponse("later\n", HTTPStatus.TOO_MANY_REQUESTS, headers)
    return await feed_of(visit, officer)


async def feed_of(visit: Visit, officer: Officer) -> Response:
    """What one officer's calendar shows."""
    listed = (await visit.call("line_list"))["lines"]
    lines = [bytes.fromhex(row["line"]) for row in listed if officer.sees(row["line"])]

    def feed(station: Station) -> str:
        found = [x for line in lines for x in occasions_of(station, line, with_content=False)]
        return encode(Feed(station.clock.now_s(), tuple(found)))

    text = await visit.context.desk.lane.run(feed, visit.context.desk.station)
    headers = {"content-disposition": 'attachment; filename="openline.ics"'}
    return Response(text, media_type="text/calendar; charset=utf-8", headers=headers)
