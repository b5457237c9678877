"""The watch: the queue of what this party has to do, and the board of its lines.

Shapes   pages as routes of app.py; `rows` fragments are fetched again when something changed
Units    times as RFC 3339 UTC text
Raises   nothing of its own
Source   docs/OPERATE.md, "Watching"; DESIGN, 11 and 12
Never    shows actual and exercise on one page, nor a line without a role
"""

from typing import Final

from starlette.responses import RedirectResponse, Response

from openline.desk.acts import Json
from openline.desk.pages.visit import Visit

# Most urgent first: a reader of a page without a choice sees what is real.
STATUSES: Final = ("actual", "exercise", "test")
ROWS_MAX: Final = 200


async def home(visit: Visit) -> Response:
    return RedirectResponse("/queue")


def chosen(visit: Visit, lines: list[Json]) -> tuple[str, list[str]]:
    """The status of this page, and the statuses among this person's lines."""
    there = [status for status in STATUSES if any(row["status"] == status for row in lines)]
    asked = visit.query("status")
    return (asked if asked in there else (there[0] if there else "actual")), there


async def queue(visit: Visit) -> Response:
    """What waits for this party, soonest due first."""
    return visit.page("queue.html", **await queue_values(visit))


async def queue_rows(visit: Visit) -> Response:
    """The rows alone, fetched again when something changed."""
    return visit.page("queue_rows.html", **await queue_values(visit))


async def queue_values(visit: Visit) -> Json:
    lines = await visit.lines()
    status, there = chosen(visit, lines)
    found = await visit.call("queue")
    rows = [
        {**row, "label": label(visit, row["format"])}
        for row in found["queue"]
        if row["status"] == status and visit.person.sees(row["line"])
    ]
    drafts = await drafts_on(visit, [row for row in lines if row["status"] == status])
    proposals = [row for row in lines if row["status"] == status and row["state"] == "proposed"]
    return {
        "rows": rows[:ROWS_MAX],
        "more": max(0, len(rows) - ROWS_MAX),
        "drafts": drafts,
        "proposals": proposals,
        "status": status,
        "statuses": there,
        "marking": status,
        "unread": sum(row["next"] == "acknowledge" for row in rows),
    }


async def drafts_on(visit: Visit, lines: list[Json]) -> list[Json]:
    """Drafts on these lines."""
    found = await visit.call("draft_list")
    titles = {row["line"]: row["title"] for row in lines}
    return [
        {**row, "title": titles[row["line"]], "label": label(visit, row["format"])}
        for row in found["drafts"]
        if row["line"] in titles
    ]


def label(visit: Visit, format_id: str) -> str:
    """A format's name in the reader's language, or its id where it is not known here."""
    form = visit.context.desk.station.packs.format(format_id)
    return visit.words.term(form.term) if form else format_id


async def board(visit: Visit) -> Response:
    """Every line with each side's own word about it, and every link."""
    found = await visit.call("board")
    lines = [row for row in found["lines"] if visit.person.sees(row["line"])]
    status, there = chosen(visit, lines)
    peers = {member["party"] for row in lines for member in row["members"]}
    return visit.page(
        "board.html",
        lines=[row for row in lines if row["status"] == status],
        links=[row for row in found["links"] if row["peer"] in peers],
        status=status,
        statuses=there,
        marking=status,
    )
