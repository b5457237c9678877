"""Times as people write them: taken where they can mean one thing only, asked about where not.

Shapes   read_time(text, lang) -> RFC 3339 text in UTC, to the second; plain(text) -> text
Units    UTC
Raises   Unread, which says what is not clear and, where there are two readings, both
Source   docs/OPERATE.md, "Speaking"; docs/decisions/0077-asked-not-guessed.md and 0084; Unicode
         Standard, 4.6 (decimal digits); Unicode CLDR 48, short dates of the Gregorian calendar
Never    guesses: 01/12/2026 is the first of December to one and the twelfth of January to another;
         only the sign and the order that the reader's own language writes are taken as its day
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from openline.formats.likeness import folded


class Unread(ValueError):
    """What was typed is not spelled as the field asks: which sentence says so, and its blanks."""

    def __init__(self, code: str, *, part: str = "", **blanks: object) -> None:
        super().__init__(code)
        self.code = code
        self.part = part
        self.blanks = blanks

    def of(self, part: str) -> "Unread":
        """The same, of one part of a field that has several."""
        return Unread(self.code, part=part, **self.blanks)


# One row a month: names, short names and cases in the ten languages, and the Levant's own.
_NAMES: Final = (
    "jan january janv janvier januar jänner januari ene enero gen gennaio янв январь января січ"
    " січень січня يناير كانون الثاني",
    "feb february févr fév février februar februari febr febrero febbraio фев февр февраль"
    " февраля лют лютий лютого فبراير شباط",
    "mar march mars mär märz mrt maart marzo мар март марта бер березень березня مارس آذار",
    "apr april avr avril abr abril aprile апр апрель апреля квіт квітень квітня أبريل نيسان",
    "may mai mei mayo mag maggio май мая трав травень травня مايو أيار",
    "jun june juin juni junio giu giugno июн июнь июня черв червень червня يونيو حزيران",
    "jul july juil juillet juli julio lug luglio июл июль июля лип липень липня يوليو تموز",
    "aug august août augustus ago agosto авг август августа серп серпень серпня أغسطس آب",
    "sep sept september septembre septiembre set settembre сен сент сентябрь сентября вер"
    " вересень вересня سبتمبر أيلول",
    "oct october octobre okt oktober octubre ott ottobre окт октябрь октября жовт жовтень"
    " жовтня أكتوبر تشرين الأول",
    "nov november novembre noviembre ноя нояб ноябрь ноября лист листопад листопада نوفمبر"
    " تشرين الثاني",
    "dec december déc décembre dez dezember dic diciembre dicembre дек декабрь декабря груд"
    " грудень грудня ديسمبر كانون الأول",
)
_TWO_WORDS: Final = re.compile(r"(كانون|تشرين) (\S+)")


def _months() -> Mapping[str, int]:
    found: dict[str, int] = {}
    for month, row in enumerate(_NAMES, 1):
        for name in _TWO_WORDS.sub(r"\1_\2", row).split():
            found[folded(name.replace("_", " "))] = month
    return found


MONTHS: Final = _months()
# What stands between a day and its time of day, in ten languages: "at", "um", "в", "à", "الساعة".
_AT: Final = "at|um|om|à|a las|a la|alle ore|alle|ore|в|о|об|الساعة"
# "Hours" behind a whole hour, or between hours and minutes: 8 Uhr, 8h30, 8时.
_HOURS: Final = r"(?:Uhr|uur|ore|hrs?|h|ч|год|时)"
# A point between hours and minutes can be nothing else behind a day; so can four figures.
_CLOCKS: Final = (
    rf"(?P<h>\d{{1,2}})(?P<colon>[:.])(?P<min>\d\d)(?:(?P=colon)(?P<s>\d\d))?(?: ?{_HOURS}\.?)?",
    r"(?P<h>\d\d)(?P<min>\d\d)(?: ?(?:Uhr|uur|hrs?|h))?",
    rf"(?P<h>\d{{1,2}}) ?{_HOURS}\.?(?: ?(?P<min>\d\d)(?: ?(?:min|мин|хв|分)\.?)?)?",
)
_ENDS: Final = r"(?P<zone> ?(?:(?:Z|UTC|GMT)?[+-]\d{1,2}(?::?\d\d)?|Z|UTC|GMT))?"
# A clock begins apart from the day: in 2026-12-118:00 nobody can tell which figures are the day.
_APART: Final = rf"(?:,? ?T|, ?| |(?<=日))(?:(?:{_AT}) ?)?"
_YEAR_FIRST: Final = r"(?P<y>\d{4})(?P<sign>[-/.])(?P<m>\d{1,2})(?P=sign)(?P<d>\d{1,2})"
_HAN: Final = r"(?P<y>\d{4}) ?年 ?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?日"
_NAMED: Final = (
    r"(?P<d>\d{1,2})\.? (?:de )?(?P<name>[^\W\d][^\d]*?)\.?,? (?:de )?(?P<y>\d{4})(?: ?[гр]\.)?"
)
_NAME_FIRST: Final = r"(?P<name>[^\W\d][^\d]*?)\.? (?P<d>\d{1,2}),? (?P<y>\d{4})"
_EITHER: Final = (
    r"(?P<one>\d{1,2})(?P<behind>[./-]) ?(?P<two>\d{1,2})"
    r"(?P<before>[./-])(?: (?=19|20))?(?P<y>\d{4})"
)
_SHORT: Final = r"(?P<one>\d{1,2})(?P<behind>[./-])(?P<two>\d{1,2})(?P<before>[./-])(?P<short>\d\d)"
_NO_YEAR: Final = (
    r"\d{1,2}\. ?\d{1,2}\.?",
    r"\d{1,2}[/-]\d{1,2}",
    r"\d{1,2}\.? (?:de )?[^\W\d][^\d]*?\.?",
    r"\d{1,2} ?月 ?\d{1,2} ?日",
)
# What stands between day, month and year in the short date of a language that has the day first.
# English has both orders, Chinese the year first; with another sign a date is not of the language.
DAY_FIRST: Final[Mapping[str, str]] = {
    "de": ".", "ru": ".", "uk": ".", "ar": "/", "es": "/", "fr": "/", "it": "/", "nl": "-",
}  # fmt: skip
_DAYS: Final = (_YEAR_FIRST, _HAN, _NAMED, _NAME_FIRST, _EITHER, _SHORT)
_TIMES: Final = tuple(
    re.compile(rf"{day}(?:{_APART}{clock}{_ENDS})?", re.IGNORECASE)
    for day in _DAYS
    for clock in _CLOCKS
)
_YEARLESS: Final = tuple(
    re.compile(rf"{day}{_APART}{clock}{_ENDS}", re.IGNORECASE)
    for day in _NO_YEAR
    for clock in _CLOCKS
)
_GROUP: Final = re.compile(
    r"(?P<d>\d\d)(?P<h>\d\d)(?P<min>\d\d) ?Z ?(?P<name>[A-Z]{3}) ?(?P<y>\d\d|\d{4})", re.IGNORECASE
)
_SHOWN: Final = re.compile(r"(?P<group>[^()]+) \((?P<full>[^()]+)\)")
_CLOCK_ALONE: Final = tuple(
    re.compile(rf"(?:(?:{_AT}) ?)?{clock}{_ENDS}", re.IGNORECASE) for clock in _CLOCKS
)
# What may stand behind a time without being UTC: the name of a zone, "am", "pm".
_WORDS_BEHIND: Final = re.compile(r"(?<![^\W\d_])[^\W\d_][^\d()]{0,30}\)?$")
_SIGNS: Final = str.maketrans(
    {"\u066b": ".", "\u066c": ",", "\u060c": ",", "\u061b": ";", "\uff1a": ":", "\uff0c": ",",
     "\u00a0": " ", "\u202f": " ", "\u2013": "-", "\u2212": "-",
     # Signs of direction that nobody sees; an Arabic date is written with them.
     "\u200e": None, "\u200f": None, "\u061c": None}
)  # fmt: skip


def plain(text: str) -> str:
    """The text with digits 0-9 for those of any script, plain signs, and single blanks."""
    return " ".join(digits(text).translate(_SIGNS).split())


def digits(text: str) -> str:
    """The text with digits 0-9 for those of any script."""
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text
    )


def read_time(entered: str, lang: str = "") -> str:
    """A moment in UTC: 2026-12-01 8:00, 1 Dec 2026 8:00, 010800Z DEC 26, or as a message has it;
    01.12.2026 8:00 where `lang`, the language that its writer works in, writes dates so.
    """
    text = plain(entered)
    shown = _SHOWN.fullmatch(text)
    if shown is not None:
        return _both(shown["group"], shown["full"])
    group = _GROUP.fullmatch(text)
    if group is not None:
        year = group["y"] if len(group["y"]) == 4 else f"20{group['y']}"
        return _moment(group, int(year), _month(group["name"]), int(group["d"]))
    match = _first(_TIMES, text)
    if match is not None:
        return _read(match, lang)
    raise _why(text)


def _first(patterns: Sequence[re.Pattern[str]], text: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.fullmatch(text) for pattern in patterns)), None)


def _why(text: str) -> Unread:
    """What a text lacks or has too much to be a time."""
    if _first(_CLOCK_ALONE, text):
        return Unread("no-day")
    if _first(_YEARLESS, text):
        return Unread("no-year")
    for at in range(len(text) - 1, 0, -1):
        behind, before = _WORDS_BEHIND.match(text, at), text[:at].rstrip(" (")
        match = _first((*_TIMES, *_YEARLESS, *_CLOCK_ALONE), before) if behind else None
        if behind and match:
            has_clock = match["h"] is not None
            return Unread("zone-name", zone=behind[0].strip(")")) if has_clock else Unread("time")
    return Unread("time")


def _both(group: str, full: str) -> str:
    """What a message shows: the short form, and in brackets the whole one. They must agree."""
    short, whole = read_time(group), read_time(full)
    if short[:16] != whole[:16]:
        raise Unread("two-times", first=short, second=whole)
    return whole


def _read(match: re.Match[str], lang: str) -> str:
    parts = match.groupdict()
    if "short" in parts:
        return _short(match)
    year = int(match["y"])
    if "one" in parts:
        is_ours = parts["behind"] == parts["before"] == DAY_FIRST.get(lang)
        return _either(match, year, int(parts["one"]), int(parts["two"]), is_day_first=is_ours)
    month = _month(parts["name"]) if "name" in parts else int(match["m"])
    return _moment(match, year, month, int(match["d"]))


def _either(match: re.Match[str], year: int, one: int, two: int, *, is_day_first: bool) -> str:
    """Two numbers before a year: one cannot be the month, or the language says, or it is asked."""
    found = list(dict.fromkeys(filter(None, (_day(year, two, one), _day(year, one, two)))))
    if len(found) > 1 and not is_day_first:
        first, second = (f"{day}{_clock(match)}" for day in found)
        raise Unread("which-day", first=first, second=second)
    month, day = (two, one) if _day(year, two, one) else (one, two)
    return _moment(match, year, month, day)


def _short(match: re.Match[str]) -> str:
    """A year of two figures is taken where the three numbers can be one day only, in any order."""
    one, two, last = int(match["one"]), int(match["two"]), int(match["short"])
    orders = ((last, two, one), (last, one, two), (one, two, last))
    days = {_day(2000 + y, m, d): (2000 + y, m, d) for y, m, d in orders if y < 100}
    days.pop("", None)
    if len(days) > 1:
        raise Unread("short-year", days=" · ".join(f"{day}{_clock(match)}" for day in days))
    if not days:
        raise Unread("no-such-time")
    return _moment(match, *days.popitem()[1])


def _clock(match: re.Match[str]) -> str:
    """The time of day as it can be typed behind a day; "" where there is none."""
    return f" {match['h']}:{match['min'] or '00'}" if match["h"] else ""


def _day(year: int, month: int, day: int) -> str:
    try:
        return datetime(year, month, day, tzinfo=UTC).date().isoformat()
    except ValueError:
        return ""


def _month(name: str) -> int:
    found = MONTHS.get(folded(name.strip()))
    if found is None:
        raise Unread("time")
    return found


def _moment(match: re.Match[str], year: int, month: int, day: int) -> str:
    parts = match.groupdict()
    if not _day(year, month, day):
        raise Unread("no-such-time")
    if parts.get("h") is None:
        raise Unread("no-clock", day=_day(year, month, day))
    if {"+", "-"} & {*(parts.get("zone") or "")}:
        raise Unread("not-utc")
    seconds = int(parts.get("s") or 0)
    try:
        hour, minute = int(parts["h"]), int(parts["min"] or 0)
        made = datetime(year, month, day, hour, minute, seconds, tzinfo=UTC)
    except ValueError:
        raise Unread("no-such-time") from None
    return made.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
