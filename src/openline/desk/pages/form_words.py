"""What is said of a form while it is filled in: faults, cautions, times, and what was understood.

Shapes   unread_in(words, unread), cautions(words, found), understood(words, form, filled): text out
Units    times are UTC
Raises   Malformed for a moment that is no time; nothing else
Source   docs/OPERATE.md, "Speaking"; docs/decisions/0072-sentences-by-code.md, 0084
Never    judges: the reader of the field, the form and the node did; this puts it into words
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from openline.cases.meeting import spoken
from openline.desk.acts import Json
from openline.desk.pages import form_fields
from openline.desk.pages.form_values import Filled
from openline.desk.pages.look import Words, isolated, span
from openline.desk.pages.typed_times import DAY_FIRST, Unread
from openline.formats.coded import in_line
from openline.formats.form import Format, Item
from openline.formats.spell import parse_utc, utc

# How sentences about an item begin: on a page its label stands beside instead.
_ITEM: Final = re.compile(r"^Item \S+ \(\S+\) ")
EXAMPLE_CLOCK: Final = "14:30"
# What the parts of a field are called where one of them has a fault; the rest are terms of areas.
_PARTS: Final = {
    "points": "compose.points",
    "lower": "compose.lower",
    "upper": "compose.upper",
    "number": "compose.number",
}


def time_example(words: Words, now_s: int) -> str:
    """A time as the reader's language writes it, on the day that a line's clock has."""
    at = datetime.fromtimestamp(now_s, UTC)
    sign = DAY_FIRST.get(words.lang)
    if sign is None:
        return f"{_day(words, at)} {EXAMPLE_CLOCK}"
    return f"{at.day:02}{sign}{at.month:02}{sign}{at.year:04} {EXAMPLE_CLOCK}"


def unread_in(words: Words, unread: Unread, now_s: int) -> str:
    """Why what was typed cannot be read, in which part of the field, and how it can be written.

    `now_s` is the clock of the line: an example of a time is of its year.
    """
    is_amount = unread.code == "amount"
    example = words("example.amount") if is_amount else time_example(words, now_s)
    iso = f"{utc(now_s)[:10]} {EXAMPLE_CLOCK}"
    blanks = {"example": example, "iso": iso, **unread.blanks}
    if "unit" in blanks:
        blanks["unit"] = words.term(f"unit.{blanks['unit']}")
    said = words(f"unread.{unread.code}", **blanks)
    if unread.part:
        key = _PARTS.get(unread.part)
        said = f"{words(key) if key else words.term(f'area.{unread.part}')} – {said}"
    return isolated(said, words.lang)


def in_full(words: Words, moment: str) -> str:
    """A moment as the reader would say it: 1 March 2023, 08:00Z. Malformed for what is none."""
    at = datetime.fromtimestamp(parse_utc(moment), UTC)
    day = _day(words, at)
    return f"{day}, {at:%H:%M:%S}Z" if at.second else f"{day}, {at:%H:%M}Z"


def _day(words: Words, at: datetime) -> str:
    month = words("date.months").split(", ")[at.month - 1]
    return words("date.words", day=at.day, month=month, year=at.year)


def understood(words: Words, form: Format, filled: Filled) -> dict[str, str]:
    """For each input of a time what was read in it, so that a day is never taken in silence."""
    found = {}
    for path, value in filled.fields.items():
        item = form.item(path)
        if item is not None and item.type == "time":
            times = value if isinstance(value, list) else [value]
            said = " · ".join(in_full(words, str(each)) for each in times)
            found[filled.at(path)] = isolated(said, words.lang)
    return found


def in_words(words: Words, flaw: Json, item: Item | None) -> str:
    """What is wrong, in the reader's language; the field that has it is named beside."""
    code, sentence = flaw["code"], _ITEM.sub("", str(flaw["sentence"]))
    if item is not None and code == "wrong-type" and words.says(f"wrong.{item.type}"):
        return isolated(words(f"wrong.{item.type}"), words.lang)
    if words.lang != "en" and words.knows(f"flaw.{code}"):
        return words.term(f"flaw.{code}")
    return sentence


def named_flaws(
    rows: list[Json], known: Collection[str], flaws: Mapping[str, str]
) -> list[tuple[str, bool, str]]:
    """Each flaw with the number and label of its field before it, as the page shows them."""
    labels = {each["path"]: f"{each['number']} {each['label']}" for each in flat(rows)}
    return [
        (path, path in known, f"{labels[path]}: {text}" if path in labels else text)
        for path, text in flaws.items()
    ]


def flat(rows: Iterable[Json]) -> Iterator[Json]:
    """Inputs and groups, each under its own number."""
    for row in rows:
        yield row
        for part in row.get("rows", []):
            yield from flat(part["items"])


def cautions(words: Words, form: Format | None, found: Json) -> list[str]:
    """What to know before release, in the reader's language: of an item first which one."""
    said = []
    for each in found["warnings"]:
        item = form.item(each["path"]) if form is not None and each["path"] else None
        sentence = cautioned(words, each)
        said.append(f"{words.term(item.term)}: {sentence}" if item is not None else sentence)
    return said


def cautioned(words: Words, row: Json) -> str:
    """One of them; which message is near, how far and how long needs no English."""
    if not row.get("meeting"):
        return in_line("remark", row["code"], row["sentence"], words.lang)
    near = spoken(row["meeting"], words.term)
    return f"{words.term('remark.' + row['code'])} {near}"


def tongues(words: Words, form: Format, of_line: Collection[str]) -> str:
    """The languages of a line, where the writer's is none of them and the form asks for text."""
    has_text = any(item.type in form_fields.TEXTS for item in form.items)
    if words.lang in of_line or not of_line or not has_text:
        return ""
    return ", ".join(words.language(each) for each in of_line)


def times_shown(words: Words, times: Json) -> list[str]:
    """Lead time and deadlines, in words."""
    found = []
    lead = times.get("lead")
    if lead:
        asked = words("times.asked", asked=span(words, lead["asked"]))
        if "left" not in lead:
            found.append(asked)
        elif lead["left"] >= lead["asked"]:
            kept = words("times.kept", left=span(words, lead["left"]), latest=lead["latest"])
            found.append(f"{asked} {kept}")
        else:
            short = span(words, lead["asked"] - lead["left"])
            left = span(words, lead["left"])
            found.append(f"{asked} {words('times.short', left=left, short=short)}")
    for each in times.get("owed", []):
        if each["seconds"] is None:
            found.append(words(f"times.{each['kind']}-untimed"))
        else:
            found.append(words(f"times.{each['kind']}", within=span(words, each["seconds"])))
    return [isolated(each, words.lang) for each in found]
