"""The board: every line with each side's own word about it; and what pages of the watch share.

Shapes   pages as routes of app.py
Units    times as RFC 3339 UTC text
Raises   NotHere
Source   docs/OPERATE.md, "Watching"; DESIGN, 11 and 12
Never    shows actual and exercise on one page, nor a line without a role
"""

from typing import Final

from starlette.responses import RedirectResponse, Response

from openline.desk.acts import Json
from openline.desk.documents import fork_page
from openline.desk.pages import node_alarm_pages
from openline.desk.pages.look import span
from openline.desk.pages.visit import NotHere, Visit

# Most urgent first: a reader of a page without a choice sees what is real.
STATUSES: Final = ("actual", "exercise", "test")


async def home(visit: Visit) -> Response:
    return RedirectResponse("/queue")


def chosen(visit: Visit, lines: list[Json]) -> tuple[str, list[str]]:
    """The status of this page, and the statuses among this person's lines."""
    there = [status for status in STATUSES if any(row["status"] == status for row in lines)]
    asked = visit.query("status")
    return (asked if asked in there else (there[0] if there else "actual")), there


def label(visit: Visit, format_id: str) -> str:
    """A format's name in the reader's language, or its id where it is not known here."""
    form = visit.context.desk.station.packs.format(format_id)
    return visit.words.term(form.term) if form else format_id


async def frozen(visit: Visit) -> Response:
    """A log that is taken no further: what happened, what to do, whom to ring."""
    rows = (await visit.call("frozen"))["frozen"]
    found = [row for row in rows if row["origin"] == visit.query("o")]
    if not found:
        raise NotHere("no such log")
    visit.sees(found[0]["line"])
    station, args = visit.context.desk.station, {"languages": [visit.words.lang]}
    wanted = {**args, "origin": found[0]["origin"]}
    page = await visit.context.desk.lane.run(fork_page, visit.context.desk, wanted)
    marking = station.charter(bytes.fromhex(found[0]["line"])).status
    return visit.page("frozen.html", page=page, line=found[0]["line"], marking=marking)


def silent_for(visit: Visit, seconds: int) -> str:
    """How long a side has been silent, in the units of the reader; nothing where it is not."""
    return visit.words("board.silent-for", within=span(visit.words, seconds)) if seconds else ""


def sides(visit: Visit, row: Json) -> list[Json]:
    """The parties of a line of the board, with how long each is silent and when it was heard."""
    return [
        {
            **side,
            "silent_for": silent_for(visit, side["silence_s"]),
            "heard": heard_ago(visit, side["heard_s"]),
        }
        for side in row["parties"]
    ]


def heard_ago(visit: Visit, seconds: int | None) -> str:
    """How long ago a node last answered: "connected" is never more than that."""
    if seconds is None:
        return ""
    return visit.words("board.heard-ago", within=span(visit.words, seconds))


async def board(visit: Visit) -> Response:
    """Every line with each side's own word about it, and every link; by level, if one is asked."""
    found = await visit.call("board")
    lines = [row for row in found["lines"] if visit.person.sees(row["line"])]
    declined = [row for row in found["declined"] if visit.person.sees(row["line"])]
    status, there = chosen(visit, [*lines, *declined])
    of_status = [row for row in lines if row["status"] == status]
    levels = sorted({row["level"] for row in of_status})
    level = visit.query("level")
    shown = [row for row in of_status if level in ("", row["level"])]
    for row in shown:
        row["parties"] = sides(visit, row)
    frozen = (await visit.call("frozen"))["frozen"] if shown else []
    peers = {member["party"] for row in shown for member in row["members"]}
    return visit.page(
        "board.html",
        node_alarms=await node_alarm_pages.rows(visit, status),
        lines=sorted(shown, key=lambda row: (row["level"], row["title"])),
        levels=[(each, level_name(visit, each)) for each in levels],
        level=level,
        declined=[row for row in declined if row["status"] == status],
        frozen=[row for row in frozen if visit.person.sees(row["line"])],
        links=[row for row in found["links"] if row["peer"] in peers],
        relays=of_lines(found["relays"], "relay", {row["line"] for row in shown}),
        witnesses=of_lines(found["witnesses"], "witness", {row["line"] for row in shown}),
        status=status,
        statuses=there,
        marking=status,
    )


def of_lines(services: list[Json], called: str, lines: set[str]) -> list[Json]:
    """The relays or witnesses of these lines, by their names: another line's says that there is
    one."""
    return [{**row, "name": row[called]} for row in services if lines & set(row["lines"])]


def level_name(visit: Visit, level: str) -> str:
    """A level in the reader's language, where the dictionary has it."""
    term = f"level.{level}"
    return visit.words.term(term) if visit.words.knows(term) else level
