"""Search over everything said on the lines of one officer and noted in shifts; saved searches.

Shapes   pages as routes of app.py; the whole question stands in the address
Units    times as RFC 3339 UTC text
Raises   NotHere, BadText, BookFull
Source   docs/OPERATE.md, "Search"; DESIGN, 11 and 12
Never    finds or counts anything on a line without a role, nor actual and exercise together
"""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.responses import RedirectResponse, Response

from openline.desk.acts import Json
from openline.desk.deskbook import BookFull
from openline.desk.pages.case_pages import said
from openline.desk.pages.document_pages import READERS
from openline.desk.pages.visit import NotHere, Visit
from openline.desk.pages.watch_pages import chosen, label
from openline.desk.shift_sheet import Sought, noted
from openline.desk.written import line
from openline.formats.malformed import Malformed
from openline.formats.spell import parse_utc

ROWS_PER_PAGE: Final = 50
SAVED_MAX: Final = 50
NAME_CHARACTERS_MAX: Final = 80
KIND: Final = "searches"
# What a question is made of; a saved search holds these and nothing else.
ASKS: Final = ("q", "line", "from", "form", "since", "until", "status")


async def search(visit: Visit) -> Response:
    """The question, its answers, and the saved searches."""
    lines = await visit.lines()
    status, there = chosen(visit, lines)
    seen = [row for row in lines if row["status"] == status]
    wanted = {name: visit.query(name) for name in ASKS if visit.query(name)}
    wanted["status"] = status
    named = [row["line"] for row in seen if wanted.get("line", "") in ("", row["line"])]
    if wanted.get("line") and not named:
        raise NotHere("no such line")
    is_asked = any(name in wanted for name in ASKS[:-1])
    page = visit.page_asked
    skip = (page - 1) * ROWS_PER_PAGE
    found: Json = {"count": 0, "rows": []}
    if is_asked:
        found = await ask(visit, named, wanted, skip)
    in_shifts = await noted_in_shifts(visit, named, wanted)
    titles = {row["line"]: row["title"] for row in seen}
    parties = sorted({member["party"] for row in seen for member in row["members"]})
    return visit.page(
        "search.html",
        wanted=wanted,
        is_asked=is_asked,
        count=found["count"],
        rows=[shown(visit, row, titles) for row in found["rows"]],
        public=found.get("public", []),
        noted=in_shifts,
        page=page,
        pages=max(1, -(-found["count"] // ROWS_PER_PAGE)),
        kept=urlencode(wanted),
        saved=await saved(visit),
        line_choices=[(row["line"], row["title"]) for row in seen],
        party_choices=[(each, each) for each in parties],
        forms=forms(visit),
        status=status,
        statuses=there,
        marking=status,
    )


async def ask(visit: Visit, lines: list[str], wanted: dict[str, str], skip: int) -> Json:
    """The operation, on these lines only; a time that cannot be read bounds nothing."""
    return await visit.call(
        "search",
        lines=lines,
        text=wanted.get("q", ""),
        party=wanted.get("from", ""),
        format=wanted.get("form", ""),
        **{"from": moment(wanted.get("since", "")), "until": moment(wanted.get("until", ""))},
        skip=skip,
    )


async def noted_in_shifts(visit: Visit, lines: list[str], wanted: dict[str, str]) -> Json:
    """What stands about it in shifts, for whoever may read them; nothing where the question asks
    for messages of a party or in a form."""
    is_reader = any(map(visit.person.has, READERS))
    if not is_reader or "from" in wanted or "form" in wanted:
        return {"count": 0, "rows": []}
    since, until = (moment(wanted.get(name, "")) for name in ("since", "until"))
    sought = Sought(
        wanted.get("q", ""),
        lines,
        "line" not in wanted,
        parse_utc(since) if since else None,
        parse_utc(until) if until else None,
    )
    desk = visit.context.desk
    return await desk.lane.run(noted, desk.station, visit.context.book, sought)


def moment(day: str) -> str:
    """The beginning of a day, as the operation takes it, or nothing."""
    text = f"{day}T00:00:00Z"
    try:
        parse_utc(text)
    except Malformed:
        return ""
    return text


def shown(visit: Visit, row: Json, titles: dict[str, str]) -> Json:
    """One answer with its labels."""
    answer = f"class.{row['class']}"
    return {
        **row,
        "title": titles.get(row["line"], ""),
        "label": label(visit, row["format"]),
        "says": said(visit, answer, "") if row["class"] != "-" else "",
    }


def forms(visit: Visit) -> list[tuple[str, str]]:
    """Every form of the packs of this node, by its name."""
    found = visit.context.desk.station.packs.formats
    return sorted(((form.id, label(visit, form.id)) for form in found), key=lambda pair: pair[1])


# ---- saved searches -----------------------------------------------------------------------------


async def saved(visit: Visit) -> list[tuple[str, str]]:
    """This officer's own saved searches: a name and a question each."""
    book = await visit.context.desk.lane.run(visit.context.book.read, KIND)
    rows = book.get(book_id(visit), {"rows": []})["rows"]
    return [(str(name), str(query)) for name, query in rows]


def book_id(visit: Visit) -> str:
    return f"searches-{visit.person.person.hex()}"


async def save(visit: Visit) -> Response:
    """Keep a question under a name, or forget one."""
    name = visit.form.get("name", "").strip()
    query = only_asks(visit.form.get("query", ""))
    rows = [pair for pair in await saved(visit) if pair[0] != name]
    if visit.form.get("do") != "forget":
        if len(rows) >= SAVED_MAX:
            raise BookFull(f"{SAVED_MAX} searches are saved already")
        rows = [*rows, (line("the name", name, NAME_CHARACTERS_MAX), query)]
    record = {"id": book_id(visit), "rows": [list(pair) for pair in rows]}
    await visit.context.desk.lane.run(visit.context.book.write, KIND, record)
    return RedirectResponse(f"/search?{query}", HTTPStatus.SEE_OTHER)


def only_asks(query: str) -> str:
    """A question as an address has it, with nothing in it that no question has."""
    try:
        pairs = parse_qsl(query[:2_000], max_num_fields=20)
    except ValueError:
        return ""
    return urlencode({name: value[:400] for name, value in pairs if name in ASKS})
