"""The queue of what this party has to do: ordered by due time, filtered by what the address says.

Shapes   pages as routes of app.py; `rows` is fetched again when something changed
Units    times as RFC 3339 UTC text
Raises   NotHere, NotAllowed
Source   docs/OPERATE.md, "Watching"; DESIGN, 11 and 12
Never    shows actual and exercise on one page, nor a line without a role, nor reception and life
         cycle as one mark
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from openline.cases.ladder import term_of
from openline.cases.ours import (
    ANSWER_ENDED,
    ANSWERED,
    CONTRADICTED,
    ITEMS_REJECTED,
    PHRASE_WAITS,
    READ_OTHERWISE,
)
from openline.cases.precedence import LEVELS, NO_DEADLINE
from openline.desk import owners
from openline.desk.acts import Json
from openline.desk.alarms import place_of
from openline.desk.owners import Owner
from openline.desk.pages import early_pages, together_pages
from openline.desk.pages.case_pages import place_in, row_said, said
from openline.desk.pages.receive_pages import ACKNOWLEDGE
from openline.desk.pages.visit import NotAllowed, NotHere, Visit
from openline.desk.pages.watch_pages import chosen, label, silent_for
from openline.exchange.membership import invited
from openline.formats.form import NO_CLASS
from openline.formats.spell import parse_utc

ROWS_PER_PAGE: Final = 100
# Who may have a row: those who can do what it asks for.
OWNING: Final = ("watch", "drafter")
# The page of the list of what our own messages met with, in the address.
OURS: Final = "ours"
# Rows whose time has passed, by whichever rule.
LATE: Final = frozenset({"overdue", "past-objective", "past-asked"})
DUE_WITHIN_S: Final[Mapping[str, int]] = {"1h": 3_600, "8h": 28_800, "24h": 86_400}
MINE, NOBODY = "me", "nobody"
# What became of a message of ours by something that another party said.
SAID: Final = frozenset(
    {ANSWER_ENDED, ANSWERED, CONTRADICTED, ITEMS_REJECTED, PHRASE_WAITS, READ_OTHERWISE}
)
# Every filter that the address may hold, in the order of the form.
FILTERS: Final = ("line", "from", "form", "precedence", "todo", "due", "owner")


async def queue(visit: Visit) -> Response:
    """What waits for this party, soonest due first."""
    return visit.page("queue.html", **await queue_values(visit))


async def queue_rows(visit: Visit) -> Response:
    """The rows alone, fetched again when something changed."""
    return visit.page("queue_rows.html", **await queue_values(visit))


@dataclass(frozen=True, slots=True)
class Sight:
    """What this person may see of the queue, and what the address asks for."""

    rows: list[Json]
    ours: list[Json]
    status: str
    there: list[str]
    lines: list[Json]
    owned: dict[str, Owner]


async def sight(visit: Visit) -> Sight:
    """The rows of the chosen status on lines that this person has a role on."""
    lines = await visit.lines()
    status, there = chosen(visit, lines)
    found = await visit.call("queue")
    seen = {row["line"] for row in lines if row["status"] == status}
    rows = [row for row in found["queue"] if row["line"] in seen]
    ours = [row for row in found["ours"] if row["line"] in seen]
    owned = await visit.context.desk.lane.run(owners.owners, visit.context.book)
    return Sight(rows, ours, status, there, [row for row in lines if row["line"] in seen], owned)


async def queue_values(visit: Visit) -> Json:
    """Everything that the page and the fragment show."""
    seen = await sight(visit)
    wanted = {name: visit.query(name) for name in FILTERS if visit.query(name)}
    now_s = visit.context.desk.station.clock.line_s(seen.status)
    tests = [ASKS[name](visit, seen, value, now_s) for name, value in wanted.items()]
    rows = [row for row in seen.rows if all(test(row) for test in tests)]
    pages = max(1, -(-len(rows) // ROWS_PER_PAGE))
    page = min(visit.page_asked, pages)
    first = (page - 1) * ROWS_PER_PAGE
    ours_pages = max(1, -(-len(seen.ours) // ROWS_PER_PAGE))
    ours_page = min(visit.page_of(OURS), ours_pages)
    ours_first = (ours_page - 1) * ROWS_PER_PAGE
    kept = urlencode({"status": seen.status, **wanted})
    return {
        "rows": [shown(visit, row, seen) for row in rows[first : first + ROWS_PER_PAGE]],
        "ours": [
            {**row_said(visit, row), "says": says(visit, row)}
            for row in seen.ours[ours_first : ours_first + ROWS_PER_PAGE]
        ],
        "ours_page": ours_page,
        "ours_pages": ours_pages,
        "early": [row for row in await early_pages.rows(visit) if row["status"] == seen.status],
        "ours_count": len(seen.ours),
        "count": len(rows),
        "hidden": len(seen.rows) - len(rows),
        "page": page,
        "pages": pages,
        "wanted": wanted,
        "kept": kept,
        "choices": choices(visit, seen),
        "drafts": await drafts_on(visit, seen.lines),
        "batches": await batches_on(visit, seen.lines),
        "waits": not await visit.on_card(),
        "proposals": [row for row in seen.lines if row["waits"] == invited.ACCEPT],
        "status": seen.status,
        "statuses": seen.there,
        "marking": seen.status,
        "unread": sum(row["next"] == "acknowledge" for row in rows),
        "overdue": sum(row["state"] in LATE for row in rows),
        "rows_address": f"/queue/rows?{kept}&page={page}&{OURS}={ours_page}",
    }


def says(visit: Visit, row: Json) -> str:
    """What was said, where somebody said something: "answered" alone could be a yes. Of who has no
    time in which to say it, how long it has said nothing."""
    if row["kind"] == NO_DEADLINE:
        now_s = visit.context.desk.station.line_now(bytes.fromhex(row["line"]))
        return silent_for(visit, now_s - parse_utc(row["since"]))
    if row["kind"] not in SAID or row["class"] == NO_CLASS:
        return ""
    form = visit.context.desk.station.packs.format(row["format"])
    name = form.class_term(row["class"]) if form is not None else None
    return said(visit, name or f"class.{row['class']}", row["class"])


Test = Callable[[Json], bool]
Ask = Callable[[Visit, Sight, str, int], Test]


def _due(visit: Visit, seen: Sight, value: str, now_s: int) -> Test:
    if value == "late":
        return lambda row: row["state"] in LATE
    if value == "none":
        return lambda row: not row["due"]
    until_s = now_s + DUE_WITHIN_S.get(value, 0)
    return lambda row: bool(row["due"]) and parse_utc(row["due"]) <= until_s


def _owner(visit: Visit, seen: Sight, value: str, now_s: int) -> Test:
    person = visit.person.person.hex() if value == MINE else ""
    return lambda row: owned_by(seen, row) == person


def alarm_with(visit: Visit, row: Json) -> str:
    """Who stopped the sound for a row, for a while; to lead it is another thing, and durable."""
    taken = visit.context.alarms.taken.get(place_of(row))
    is_held = taken is not None and visit.context.desk.station.clock.now_s() < taken.until_s
    return taken.name if taken is not None and is_held else ""


def owned_by(seen: Sight, row: Json) -> str:
    """The id of the officer who has a row, or ""."""
    found = seen.owned.get(owners.place_of(*row["ref"]))
    return found.person if found else ""


def _equals(name: str) -> Ask:
    return lambda visit, seen, value, now_s: lambda row: bool(row[name] == value)


ASKS: Final[Mapping[str, Ask]] = {
    "line": _equals("line"),
    "from": _equals("from"),
    "form": _equals("format"),
    "precedence": _equals("precedence"),
    "todo": _equals("next"),
    "due": _due,
    "owner": _owner,
}


def choices(visit: Visit, seen: Sight) -> dict[str, list[tuple[str, str]]]:
    """What each filter may be set to: only what stands in this person's own queue."""
    words = visit.words
    titles = {row["line"]: row["title"] for row in seen.rows}
    forms = sorted({row["format"] for row in seen.rows})
    return {
        "line": sorted(titles.items(), key=lambda pair: pair[1]),
        "from": [(party, party) for party in sorted({row["from"] for row in seen.rows})],
        "form": [(form, label(visit, form)) for form in forms],
        "precedence": [(level, words.term(f"code.{level}")) for level in LEVELS],
        "todo": [("acknowledge", words("queue.unread")), ("answer", words("queue.to-answer"))],
        "due": [(name, words(f"queue.due-{name}")) for name in ("late", *DUE_WITHIN_S, "none")],
        "owner": [(MINE, words("queue.mine")), (NOBODY, words.term("shift.nobody"))],
    }


def shown(visit: Visit, row: Json, seen: Sight) -> Json:
    """One row with its labels and its owner."""
    owner = seen.owned.get(owners.place_of(*row["ref"]))
    may_own = any(visit.person.may(role, row["line"]) for role in OWNING)
    return {
        **row_said(visit, row),
        "is_late": row["state"] in LATE,
        "reception": term_of(row["ladder"]),
        "owner": owner,
        "alarm_with": alarm_with(visit, row),
        "is_mine": owner is not None and owner.person == visit.person.person.hex(),
        "may_own": may_own,
        "may_choose": row["precedence"] != together_pages.FLASH and together_pages.may(visit, row),
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


async def batches_on(visit: Visit, lines: list[Json]) -> list[Json]:
    """Batches of acknowledgements on these lines that wait for an officer."""
    found = await visit.call("batch_list")
    seen = {row["line"] for row in lines}
    return [
        row for row in found["batches"] if row["line"] in seen and row["formats"] == [ACKNOWLEDGE]
    ]


async def own(visit: Visit) -> Response:
    """Take a row, or let it go."""
    origin, index = place_in(visit.form.get("o", ""), visit.form.get("i", ""))
    found = await visit.call("queue")
    row = next((each for each in found["queue"] if each["ref"] == [origin, index]), None)
    if row is None or not visit.person.sees(row["line"]):
        raise NotHere("no such row")
    if not any(visit.person.may(role, row["line"]) for role in OWNING):
        raise NotAllowed(f"taking a row asks for the role {' or '.join(OWNING)}")
    place = owners.place_of(origin, index)
    lane, book = visit.context.desk.lane, visit.context.book
    if visit.form.get("do") == "let-go":
        await lane.run(owners.let_go, book, place)
    else:
        queued = {owners.place_of(*each["ref"]) for each in found["queue"]}
        now_s = visit.context.desk.station.clock.now_s()
        owner = Owner(visit.person.person.hex(), visit.person.name, now_s)
        await lane.run(owners.take, book, place, owner, queued)
    goal = visit.form.get("kept", "")
    return RedirectResponse(
        f"/queue?{goal}" if goal.isprintable() else "/queue", HTTPStatus.SEE_OTHER
    )
