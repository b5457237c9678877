"""The timeline: a lane for each line, with what happens when, what is due, and the same as a table.

Shapes   pages as routes of app.py; the drawing is made here and needs no script
Units    times as RFC 3339 UTC text; the drawing counts in its own units, 1000 wide
Raises   NotHere
Source   docs/OPERATE.md, "Map and timeline"
Never    draws what the table does not have, nor joins what two lines say
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from unicodedata import east_asian_width
from urllib.parse import urlencode

from starlette.responses import Response

from openline.desk.acts import Json
from openline.desk.pages.case_pages import said, state_in_words, subject
from openline.desk.pages.search_pages import moment
from openline.desk.pages.visit import NotHere, Visit
from openline.desk.pages.watch_pages import chosen, label
from openline.desk.watchroom import OPEN_STATES
from openline.formats.form import NO_CLASS
from openline.formats.legible import visible
from openline.formats.spell import parse_utc, utc

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
SPANS: Final = (1, 3, 7, 30, 90, 366)
WIDTH: Final = 1_000
TEXT_LEFT: Final = 4
TEXT_BESIDE: Final = 14
GAP: Final = 6
# What a letter takes at most, and one of a script whose letters are as wide as they are high.
LETTER_WIDTH: Final = 7.5
WIDE_LETTER_WIDTH: Final = 13
WORDS_CHARACTERS_MAX: Final = 40
ROW_HEIGHT: Final = 26
HEAD_HEIGHT: Final = 26
AXIS_HEIGHT: Final = 24
# A mark without length still has to be hit; beyond so many rows a lane says how many more.
LEAST_WIDTH: Final = 6
ROWS_MAX: Final = 40
# The axis has a word every so many hours: as often as at most TICKS_MAX of them allow.
TICKS_MAX: Final = 10
TICK_HOURS: Final = (1, 2, 3, 6, 12, 24, 2 * 24, 7 * 24, 14 * 24, 28 * 24, 56 * 24)


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing in time: what happens from to, a deadline, or that something was told."""

    kind: str
    start_s: int
    end_s: int | None
    name: str
    words: str
    href: str
    state: str = ""

    @property
    def label(self) -> str:
        """What stands beside it in the drawing; the table says the whole."""
        is_long = len(self.words) > WORDS_CHARACTERS_MAX
        return f"{self.name} {self.words[:WORDS_CHARACTERS_MAX]}{'…' if is_long else ''}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A mark in the drawing with its words, and from where to where both together reach."""

    mark: Mark
    x: int
    width: int
    text_x: int
    anchor: str
    left: int
    right: int


@dataclass(slots=True)
class Lane:
    """One line with its marks, row by row so that neither marks nor words cover another's."""

    title: str
    line: str
    rows: list[list[Placed]] = field(default_factory=list)
    more: int = 0

    @property
    def marks(self) -> list[Mark]:
        """Everything drawn, in the order of time."""
        return sorted((each.mark for row in self.rows for each in row), key=lambda m: m.start_s)


async def timeline(visit: Visit) -> Response:
    """Lanes per line over the days that the address asks for."""
    lines = await visit.lines()
    status, there = chosen(visit, lines)
    seen = [row for row in lines if row["status"] == status]
    wanted_line = visit.query("line")
    chosen_lines = [row for row in seen if wanted_line in ("", row["line"])]
    if wanted_line and not chosen_lines:
        raise NotHere("no such line")
    now_s = visit.context.desk.station.clock.line_s(status)
    days = int(visit.query("days")) if visit.query("days") in map(str, SPANS) else SPANS[2]
    start_s = start_of(visit.query("start"), now_s, days)
    end_s = start_s + days * DAY_S
    lanes = []
    for row in chosen_lines:
        marks = [*await told_marks(visit, row, start_s, end_s), *await due_marks(visit, row)]
        within = [m for m in marks if m.start_s < end_s and (m.end_s or m.start_s) >= start_s]
        lanes.append(stacked(row, within, start_s, end_s))
    kept = {"status": status, "days": str(days), **({"line": wanted_line} if wanted_line else {})}
    return visit.page(
        "timeline.html",
        picture=picture(lanes, start_s, end_s, now_s),
        lanes=lanes,
        days=days,
        spans=SPANS,
        start=utc(start_s)[:10],
        addresses=addresses(kept, start_s, days),
        wanted_line=wanted_line,
        line_choices=[(row["line"], row["title"]) for row in seen],
        status=status,
        statuses=there,
        marking=status,
    )


def start_of(asked: str, now_s: int, days: int) -> int:
    """The day that is asked for, else the last one from which now and some past are in sight."""
    day = moment(asked)
    first_s = parse_utc(day) if day else now_s - days // 7 * DAY_S
    return first_s - first_s % DAY_S


def addresses(kept: dict[str, str], start_s: int, days: int) -> dict[str, str]:
    """The same timeline earlier, later and at now."""

    def at(moved: int) -> str:
        return f"/timeline?{urlencode({**kept, 'start': utc(start_s + moved * DAY_S)[:10]})}"

    step = max(1, days // 2)
    return {"earlier": at(-step), "later": at(step), "now": f"/timeline?{urlencode(kept)}"}


async def told_marks(visit: Visit, line: Json, start_s: int, end_s: int) -> list[Mark]:
    """What happens, by what was told; and when it was told."""
    period = {"from": utc(start_s), "until": utc(end_s)}
    found = await visit.call("times", lines=[line["line"]], closed=True, **period)
    marks = []
    for row in found["rows"]:
        name = f"{row['from']}:{row['number']}"
        about = " ".join(visible(part["text"]) for part in subject(row)[:1])
        words = f"{named(visit, row)} {about}".strip()
        state = state_in_words(visit, row)
        href = address_of(row["ref"])
        for span in row["spans"]:
            until_s = parse_utc(span["until"]) if span["until"] else end_s
            marks.append(Mark("window", parse_utc(span["from"]), until_s, name, words, href, state))
        sent = "told" if row["heard"] else "released"
        marks.append(Mark(sent, parse_utc(row["told"]), None, name, words, href, state))
    return marks


def named(visit: Visit, row: Json) -> str:
    """The form of a message, and its class: an answer is never named without it."""
    words = label(visit, row["format"])
    answer = row["class"]
    return words if answer == NO_CLASS else f"{words}: {said(visit, f'class.{answer}', answer)}"


async def due_marks(visit: Visit, line: Json) -> list[Mark]:
    """What is still due on a line, by whom."""
    found = (await visit.call("registers", line=line["line"], only=["due"]))["due"]
    return [
        Mark(
            "overdue" if row["state"] == "overdue" else "due",
            parse_utc(row["due"]),
            None,
            row["number"],
            f"{visit.words.term('timer.' + row['kind'])}: {row['party']}",
            address_of(row["ref"]),
            visit.words.term("due.overdue") if row["state"] == "overdue" else "",
        )
        for row in found
        if row["due"] and row["state"] in OPEN_STATES
    ]


def address_of(ref: list[object]) -> str:
    return f"/message?{urlencode({'o': str(ref[0]), 'i': str(ref[1])})}"


def text_width(text: str) -> int:
    """How much room words take at most."""
    wide = sum(east_asian_width(letter) in ("W", "F") for letter in text)
    return round(wide * WIDE_LETTER_WIDTH + (len(text) - wide) * LETTER_WIDTH)


def placed(mark: Mark, start_s: int, end_s: int) -> Placed:
    """Where a mark stands: its words in its bar, behind it, or before it where the drawing ends.

    Words wider than the whole drawing begin in the bar.
    """
    x = across(mark.start_s, start_s, end_s)
    width = max(LEAST_WIDTH, across(mark.end_s or mark.start_s, start_s, end_s) - x)
    text = text_width(mark.label)
    is_inside = mark.end_s is not None and text + 2 * TEXT_LEFT <= width
    behind = x + width + GAP if mark.end_s else x + TEXT_BESIDE
    fits_nowhere = behind + text > WIDTH and x - GAP - text < 0
    begin = x + TEXT_LEFT if is_inside or fits_nowhere else behind
    if begin + text <= WIDTH or fits_nowhere:
        right = max(x + width, begin + text)
        return Placed(mark, x, width, begin, "start", x, right)
    return Placed(mark, x, width, x - GAP, "end", x - GAP - text, max(x + width, x + TEXT_BESIDE))


def across(time_s: int, start_s: int, end_s: int) -> int:
    """How far to the right an instant stands."""
    return round((min(max(time_s, start_s), end_s) - start_s) * WIDTH / (end_s - start_s))


def stacked(row: Json, marks: Iterable[Mark], start_s: int, end_s: int) -> Lane:
    """Marks in as few rows as keep them and their words apart."""
    lane = Lane(row["title"], row["line"])
    for mark in sorted(marks, key=lambda m: (m.start_s, m.end_s or 0, m.kind, m.name)):
        found = placed(mark, start_s, end_s)
        free = next((r for r in lane.rows if not any(meet(found, each) for each in r)), None)
        if free is None and len(lane.rows) == ROWS_MAX:
            lane.more += 1
        elif free is None:
            lane.rows.append([found])
        else:
            free.append(found)
    return lane


def meet(one: Placed, other: Placed) -> bool:
    """Whether two marks with their words would cover each other in one row."""
    return one.left < other.right + GAP and other.left < one.right + GAP


def picture(lanes: list[Lane], start_s: int, end_s: int, now_s: int) -> Json:
    """Where everything stands in the drawing."""

    drawn, top = [], AXIS_HEIGHT
    for lane in lanes:
        height = HEAD_HEIGHT + ROW_HEIGHT * max(1, len(lane.rows))
        marks = [
            {"at": each, "mark": each.mark, "y": top + HEAD_HEIGHT + ROW_HEIGHT * number}
            for number, row in enumerate(lane.rows)
            for each in row
        ]
        drawn.append({"lane": lane, "top": top, "height": height, "marks": marks})
        top += height
    return {
        "width": WIDTH,
        "height": top + AXIS_HEIGHT,
        "row": ROW_HEIGHT,
        "lanes": drawn,
        "ticks": ticks(start_s, end_s),
        "now": across(now_s, start_s, end_s) if start_s <= now_s < end_s else None,
    }


def ticks(start_s: int, end_s: int) -> list[tuple[int, str]]:
    """Where the axis has a word, and which: the day at its midnight, else the hour."""
    steps = (hours * HOUR_S for hours in TICK_HOURS)
    step_s = next(each for each in steps if end_s - start_s <= each * TICKS_MAX)
    found = []
    for time_s in range(start_s, end_s, step_s):
        day, _, clock = utc(time_s).partition("T")
        word = f"{clock[:5]}Z" if time_s % DAY_S else day
        found.append((across(time_s, start_s, end_s), word))
    return found
