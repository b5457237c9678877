"""The words of time in a navigational warning, taken out of its running text.

Shapes   runs(text, self_cancel) -> [[Word]...]; a run is an unbroken chain of words of time
Units    none yet: days, months and hours stay as written, each day with the month that it takes
Raises   nothing
Source   IHO S-53 part 6; wording counted in 47,759 public warnings (docs/SOURCES.md)
Never    reads a number as a time unless Z or UTC stands at it or at the end of its stretch
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from openline.formats.foreign.clock import MONTHS, WEEKDAYS

# Kinds of words: moment (ddhhmm), hour (hhmm), day, month, weekday, year, and the joints.
JOINTS: Final = {
    "TO": "to",
    "THRU": "to",
    "THROUGH": "to",
    "-": "to",
    "–": "to",
    "UNTIL": "until",
    "TILL": "until",
    "DAILY": "daily",
    "COMMENCING": "commencing",
    "FROM": "from",
    "AND": "and",
    "&": "and",
    ",": "comma",
    "ALTERNATE": "alternate",
    "ALTERNATES": "alternate",
    "FURTHER": "further",
    "NOTICE": "notice",
    # Words that narrow or move windows in ways that this grammar does not follow.
    **dict.fromkeys(
        (
            "EXCEPT",
            "EXC",
            "EXCLUDING",
            "SUNRISE",
            "SUNSET",
            "DAYLIGHT",
            "LOCAL",
            "LT",
            "EVERY",
            "WEEKEND",
            "WEEKENDS",
            "WEEKDAYS",
            "HOLIDAYS",
            "WEEKLY",
            "HOURLY",
            "MONDAYS",
            "TUESDAYS",
            "WEDNESDAYS",
            "THURSDAYS",
            "FRIDAYS",
            "SATURDAYS",
            "SUNDAYS",
        ),
        "limit",
    ),
}
_WORD: Final = re.compile(
    r"(?P<number>\d+)(?P<utc>\s{0,3}(?:Z|UTC)\b)?|(?P<word>[A-Z]+(?:[/'][A-Z]+)*)|(?P<sign>[,&–-])"
)
_STUCK: Final = re.compile(r"\b(TO|THRU|AND|UNTIL|DAILY)(?=\d)")


@dataclass(frozen=True, slots=True)
class Word:
    """One word of time. `month` and `year` are what a day or moment takes from those behind it."""

    kind: str
    text: str = ""
    month: int = 0
    year: int = 0
    before: str = ""


def runs(text: str, year: int) -> list[list[Word]]:
    """Chains of words of time that hold a number; `year` is that of the issue."""
    found: list[list[Word]] = []
    chain: list[Word] = []
    before = ""
    for word in _words(_STUCK.sub(r"\1 ", text.upper())):
        if word.kind == "other":
            found.append(chain)
            chain, before = [], word.text
        else:
            chain.append(replace(word, before=before) if not chain else word)
    found.append(chain)
    trimmed = [_trim(_dated(_marked(each), year)) for each in found]
    return [each for each in trimmed if _tells_time(each)]


def _words(text: str) -> Iterator[Word]:
    for match in _WORD.finditer(text):
        number, word, sign = match["number"], match["word"], match["sign"]
        if number is not None:
            yield _number(number, is_utc=match["utc"] is not None)
        elif sign is not None:
            yield Word(JOINTS[sign], sign)
        elif word in MONTHS:
            yield Word("month", word)
        elif word in WEEKDAYS:
            yield Word("weekday", word)
        else:
            yield Word(JOINTS.get(word, "other"), word)


def _number(digits: str, *, is_utc: bool) -> Word:
    """A number by its length; without a mark of UTC it may still be the first of a stretch."""
    kinds = {6: "moment", 4: "hour", 2: "day", 1: "day"}
    kind = kinds.get(len(digits), "other")
    if kind in ("moment", "hour") and not is_utc:
        return Word(f"bare-{kind}", digits)
    if kind == "day" and is_utc:
        return Word("other", digits)
    return Word(kind, digits)


def _marked(chain: list[Word]) -> list[Word]:
    """`0700 TO 1300 UTC`: the mark at the end holds for the first of the two as well."""
    out = list(chain)
    for at, word in enumerate(chain):
        if word.kind.startswith("bare-"):
            kind = word.kind[5:]
            pair = [each.kind for each in chain[at + 1 : at + 3]]
            out[at] = replace(word, kind=kind if pair == ["to", kind] else word.kind)
    return out


def _dated(chain: list[Word], issue_year: int) -> list[Word]:
    """Years taken out of the chain; each day given the next month behind it."""
    out: list[Word] = []
    at = 0
    while at < len(chain):
        word = chain[at]
        if word.kind == "month" and at + 1 < len(chain):
            year = _year(chain, at + 1, issue_year)
            out.append(replace(word, year=year))
            at += 2 if year else 1
            continue
        out.append(word)
        at += 1
    month = year = 0
    for place in range(len(out) - 1, -1, -1):
        word = out[place]
        if word.kind == "month":
            month, year = MONTHS[word.text], word.year
        elif word.kind in ("day", "moment"):
            out[place] = replace(word, month=month, year=year)
    return out


def _year(chain: list[Word], at: int, issue_year: int) -> int:
    """The year that stands directly behind a month, or 0."""
    word = chain[at]
    after = chain[at + 1].kind if at + 1 < len(chain) else ""
    if word.kind == "bare-hour" and abs(int(word.text) - issue_year) <= 1:
        return int(word.text)
    if word.kind != "day" or len(word.text) != 2 or after in ("to", "month", "and", "comma"):
        return 0
    year = 2000 + int(word.text)
    return year if 0 <= year - issue_year <= 1 else 0


def _trim(chain: list[Word]) -> list[Word]:
    """Without joints at either end that join nothing: `X, AND 05 MAR,`."""
    first, last = 0, len(chain)
    before = chain[0].before if chain else ""
    if before == "PROGRESS" and chain[0].kind == "to":  # `IN PROGRESS THRU 040500Z OCT`
        chain = [replace(chain[0], kind="until"), *chain[1:]]
    while first < last and chain[first].kind in ("comma", "and", "to"):
        first += 1
    while last > first and chain[last - 1].kind in ("comma", "and", "to", "commencing", "from"):
        last -= 1
    kept = chain[first:last]
    return [replace(kept[0], before=before), *kept[1:]] if kept else []


def _tells_time(chain: list[Word]) -> bool:
    kinds = {word.kind for word in chain}
    if kinds & {"moment", "hour", "daily", "alternate", "limit"} or {"day", "month"} <= kinds:
        return True
    return {"until", "further"} <= kinds or "weekday" in kinds
