"""Alarms of the node on pages: what it tells, whom that concerns, and who has seen it.

Shapes   rows(visit, status) -> rows of node_alarms.html; `seen` is a route of app.py
Units    times as RFC 3339 UTC text
Raises   AlarmGone, NotAllowed
Source   docs/OPERATE.md, "Alarms of the node"; docs/PROTOCOL.md part 6; DESIGN, 11 and 12
Never    shows what concerns a line to an officer without a role on it, nor says "seen" for anybody
         but the watch of that line; what concerns no line is for administrators and the watch
"""

from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from openline.desk.acts import Json
from openline.desk.pages.sign_pages import back
from openline.desk.pages.visit import NotAllowed, Visit
from openline.exchange.kept.alarms import ALARM, AlarmGone
from openline.formats.coded import of_event, phrased

WATCH: Final = "watch"
# What there is to do, by code; the first part of a code stands for all that begin with it.
TO_DO: Final = {
    "attachment.key-gone": "send",
    "attachment.key-lost": "again",
    "attachment.refused": "again",
    "attachment.wrong-digest": "again",
    "cards.taken-back": "ours",
    "consent.withdrawn": "close",
    "defect": "again",
    "digest.differs": "ring",
    "early.held": "read",
    "epoch.adopted": "ours",
    "epoch.ended": "ours",
    "epoch.ours": "ours",
    "epoch.suspect": "officers",
    "epoch.tail-lost": "send",
    "exchange.card-conflict": "ring",
    "exchange.expired": "send",
    "exchange.own-card-twice": "ours",
    "fold.differs": "ring",
    "log.forked": "ring",
    "log.unexplained": "ring",
    "party.doubled": "ring",
    "record.roots-not-named": "ring",
    "relay.silent": "way",
    "reseal.asked": "ring",
    "reseal.waits": "ring",
}
FROZEN: Final = ("log.forked", "log.unexplained")


async def rows(visit: Visit, status: str) -> list[Json]:
    """What stands for this officer: of lines of this status, and what concerns no line."""
    titles = {row["line"]: row for row in (await visit.call("line_list"))["lines"]}
    found = []
    for row in (await visit.call("alarm_list"))["alarms"]:
        line = titles.get(row["line"])
        if is_for(visit, row, titles) and (line is None or line["status"] == status):
            found.append(shown(visit, row, line["title"] if line else ""))
    return found


def is_for(visit: Visit, row: Json, titles: dict[str, Json]) -> bool:
    """Whether an alarm concerns this officer. That there is a party is known to those only who have
    a line with it, and to administrators."""
    officer = visit.person
    if row["line"]:
        return officer.sees(row["line"])
    if officer.is_administrator:
        return True
    shared = [
        name
        for name, line in titles.items()
        if row["party"] in {member["party"] for member in line["members"]}
    ]
    return any(officer.may(WATCH, name) for name in shared) if shared else officer.has(WATCH)


def may_see(visit: Visit, row: Json) -> bool:
    """Whether this officer may say that it is seen."""
    officer = visit.person
    if row["line"]:
        return officer.may(WATCH, row["line"])
    return officer.is_administrator or officer.has(WATCH)


def shown(visit: Visit, row: Json, title: str) -> Json:
    """One alarm in the reader's language: what it is, the English particulars, what to do."""
    kind, code = of_event(row["code"])
    said, beside = (
        phrased(kind, code, row["text"], visit.lang) if kind else (row["text"], "")
    )  # an alarm of no known code is said as the program says it
    is_frozen = row["code"] in FROZEN
    return {
        **row,
        "title": title,
        "said": said,
        "is_english": not kind,
        "beside": beside,
        "to_do": visit.words(f"alarms.do-{to_do(row)}"),
        "frozen": f"/frozen?o={quote(row['subject'], safe='')}" if is_frozen else "",
        "may_see": may_see(visit, row),
    }


def to_do(row: Json) -> str:
    """Which sentence says what to do; whoever runs the node is told of what no other names."""
    if row["kind"] != ALARM:
        return "refused"
    first = row["code"].partition(".")[0]
    return TO_DO.get(row["code"]) or TO_DO.get(first) or "operator"


async def seen(visit: Visit) -> Response:
    """This officer has seen one alarm, as it stood on the page: it stands no more, at any desk."""
    serial = visit.form.get("serial", "")
    titles = {row["line"]: row for row in (await visit.call("line_list"))["lines"]}
    there = [
        row
        for row in (await visit.call("alarm_list"))["alarms"]
        if str(row["serial"]) == serial and is_for(visit, row, titles)
    ]
    if not there:
        raise AlarmGone("no such alarm stands here for you")
    if not may_see(visit, there[0]):
        raise NotAllowed("this asks for the role watch on the line of this alarm")
    await visit.call("alarm_seen", serial=there[0]["serial"], by=visit.person.name)
    return RedirectResponse(back(visit.form.get("next", "")), HTTPStatus.SEE_OTHER)
