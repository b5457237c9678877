"""The alarm bar of every page, taking an alarm, and the test of the sound at the shift's start.

Shapes   pages as routes of app.py; the bar is a fragment, fetched again when anything changed
Units    times as RFC 3339 UTC text
Raises   GroupGone, NotAllowed
Source   docs/OPERATE.md, "The alarm"; DESIGN, 11 and 12
Never    rings for a line on which the officer has no role, nor for who has not the role watch
"""

from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from openline.desk.acts import Json
from openline.desk.alarms import ACKNOWLEDGE, Group, Taken, place_of
from openline.desk.pages import early_pages
from openline.desk.pages.case_pages import row_said
from openline.desk.pages.sign_pages import back
from openline.desk.pages.visit import NotAllowed, Visit
from openline.formats.spell import utc

WATCH: Final = "watch"
EVENT: Final = "watch"


async def bar(visit: Visit) -> Response:
    """What rings for this officer now, who has what was taken, and whom to ring."""
    rows = await watched(visit)
    groups = visit.context.alarms.groups(rows, now(visit))
    return visit.page(
        "alarm.html",
        groups=[group_value(visit, group) for group in groups],
        taken=taken_by(visit, rows),
        ring=await waiting_flash(visit),
        goal=back(visit.query("at", "/queue")),
    )


def taken_by(visit: Visit, rows: list[Json]) -> list[Json]:
    """Who has how many alarms, since when and until when; `apart` where the clock of their lines
    does not show this time."""
    alarms, now_s = visit.context.alarms, now(visit)
    held: dict[Taken, list[Json]] = {}
    for row in rows:
        taken = alarms.taken.get(place_of(row))
        if taken is not None and now_s < taken.until_s:
            held.setdefault(taken, []).append(row)
    return [
        {
            "name": taken.name,
            "count": len(taken_rows),
            "at": utc(taken.at_s),
            "until": utc(taken.until_s),
            "apart": any(visit.clock_apart(str(row["status"])) for row in taken_rows),
        }
        for taken, taken_rows in held.items()
    ]


async def watched(visit: Visit) -> list[Json]:
    """Rows that nobody has acknowledged, of the lines on which this officer has the watch; among
    them what is here with the classical signature only."""
    found = await visit.call("queue")
    return [
        row
        for row in [*await early_pages.rows(visit), *found["queue"]]
        if row["next"] == ACKNOWLEDGE and visit.person.may(WATCH, row["line"])
    ]


def now(visit: Visit) -> int:
    return visit.context.desk.station.clock.now_s()


def group_value(visit: Visit, group: Group) -> Json:
    """A group as the bar shows it: how many, the first of them, and a few more by name."""
    rows = [row_said(visit, row) for row in group.shown]
    is_open = len(group.open_rows)
    return {
        "id": group.id,
        "key": f"{group.status}-{group.level}-{group.line}-{group.party}",
        "level": group.level,
        "status": group.status,
        "party": group.party,
        "count": group.count,
        "rows": rows[:is_open],
        "folded": rows[is_open:],
        "more": group.count - len(rows),
        "queue": urlencode(
            {
                "status": group.status,
                "todo": ACKNOWLEDGE,
                "line": group.line,
                "from": group.party,
            }
        ),
    }


async def waiting_flash(visit: Visit) -> list[Json]:
    """Our own flash messages that an addressee has not acknowledged, with whom to ring by when."""
    found = []
    for line in await visit.lines():
        if not (line["open"] and visit.person.may(WATCH, line["line"])):
            continue
        for row in await flash_of(visit, line["line"]):
            waits = [each for each in row["addressees"] if each["ring"]]
            said = row_said(visit, row)
            named = {"label": said["label"], "words": said["words"]}
            found += [{"row": row, "title": line["title"], **named, **each} for each in waits]
    return found


async def flash_of(visit: Visit, line: str) -> list[Json]:
    """Flash messages of this party on a line; looked up again only when something changed."""
    station, context = visit.context.desk.station, visit.context
    mark = (station.changes, station.receipts_seen, now(visit) // 60)
    held = context.flash.get(line)
    if held is None or held[0] != mark:
        told = await visit.call("roster", line=line)
        own = [row for row in told["flash"] if row["party"] == context.site.party]
        held = context.flash[line] = (mark, own)
    return held[1]


async def take(visit: Visit) -> Response:
    """This officer has these alarms: the sound stops on every desk, for a while."""
    context, person = visit.context, visit.person
    name = visit.form.get("group", "")
    known = {place_of(row): row for row in await watched(visit)}
    if not set(context.alarms.members(name)) <= known.keys() | context.alarms.taken.keys():
        raise NotAllowed("this asks for the role watch on the lines of these alarms")
    count = context.alarms.take(name, person.person, person.name, now(visit))
    lines = sorted({str(known[p]["line"]) for p in context.alarms.members(name) if p in known})
    for line in lines:
        said = f"{person.name} took the alarm ({count})"
        await visit.note(EVENT, line, "desk.alarm-taken", said)
    context.alarms.forget(known, now(visit))
    context.desk.station.changes += 1
    return RedirectResponse(back(visit.form.get("next", "")), HTTPStatus.SEE_OTHER)


async def heard(visit: Visit) -> Response:
    """A named officer heard the test tone at this desk."""
    said = f"{visit.person.name} tested the alarm sound and heard it"
    await visit.note(EVENT, "desk", "desk.sound-tested", said)
    return Response(status_code=HTTPStatus.NO_CONTENT)
