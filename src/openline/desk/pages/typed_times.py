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
from collections.abc import Mapping
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
_CLOCK: Final = r"(?P<h>\d{1,2}):(?P<min>\d\d)(?::(?P<s>\d\d))?"
_ENDS: Final = r"(?P<zone> ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
_YEAR_FIRST: Final = r"(?P<y>\d{4})(?P<sign>[-/.])(?P<m>\d{1,2})(?P=sign)(?P<d>\d{1,2})"
_HAN: Final = r"(?P<y>\d{4}) ?年 ?(?P<m>\d{1,2}) ?月 ?(?P<d>\d{1,2}) ?日"
_NAMED: Final = (
    r"(?P<d>\d{1,2})\.? (?:de )?(?P<name>[^\W\d][^\d]*?)\.?,? (?:de )?(?P<y>\d{4})(?: ?[гр]\.)?"
)
_NAME_FIRST: Final = r"(?P<name>[^\W\d][^\d]*?)\.? (?P<d>\d{1,2}),? (?P<y>\d{4})"
_EITHER: Final = r"(?P<one>\d{1,2})(?P<behind>[./-])(?P<two>\d{1,2})(?P<before>[./-])(?P<y>\d{4})"
# What stands between day, month and year in the short date of a language that has the day first.
# English has both orders, Chinese the year first; with another sign a date is not of the language.
DAY_FIRST: Final[Mapping[str, str]] = {
    "de": ".", "ru": ".", "uk": ".", "ar": "/", "es": "/", "fr": "/", "it": "/", "nl": "-",
}  # fmt: skip
_DAYS: Final = (_YEAR_FIRST, _HAN, _NAMED, _NAME_FIRST, _EITHER)
_TIMES: Final = tuple(
    re.compile(rf"{day}(?:,? ?T?{_CLOCK}{_ENDS})?", re.IGNORECASE) for day in _DAYS
)
_GROUP: Final = re.compile(
    r"(?P<d>\d\d)(?P<h>\d\d)(?P<min>\d\d) ?Z ?(?P<name>[A-Z]{3}) ?(?P<y>\d\d|\d{4})", re.IGNORECASE
)
_SHOWN: Final = re.compile(r"(?P<group>[^()]+) \((?P<full>[^()]+)\)")
_CLOCK_ALONE: Final = re.compile(rf"{_CLOCK}{_ENDS}", re.IGNORECASE)
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
    for pattern in _TIMES:
        match = pattern.fullmatch(text)
        if match is not None:
            return _read(match, lang)
    raise Unread("no-day" if _CLOCK_ALONE.fullmatch(text) else "time")


def _both(group: str, full: str) -> str:
    """What a message shows: the short form, and in brackets the whole one. They must agree."""
    short, whole = read_time(group), read_time(full)
    if short[:16] != whole[:16]:
        raise Unread("two-times", first=short, second=whole)
    return whole


def _read(match: re.Match[str], lang: str) -> str:
    parts, year = match.groupdict(), int(match["y"])
    if "one" in parts:
        is_ours = parts["behind"] == parts["before"] == DAY_FIRST.get(lang)
        return _either(match, year, int(parts["one"]), int(parts["two"]), is_day_first=is_ours)
    month = _month(parts["name"]) if "name" in parts else int(match["m"])
    return _moment(match, year, month, int(match["d"]))


def _either(match: re.Match[str], year: int, one: int, two: int, *, is_day_first: bool) -> str:
    """Two numbers before a year: one cannot be the month, or the language says, or it is asked."""
    found = list(dict.fromkeys(filter(None, (_day(year, two, one), _day(year, one, two)))))
    if len(found) > 1 and not is_day_first:
        clock = f" {match['h']}:{match['min']}" if match["h"] else ""
        raise Unread("which-day", first=f"{found[0]}{clock}", second=f"{found[1]}{clock}")
    month, day = (two, one) if _day(year, two, one) else (one, two)
    return _moment(match, year, month, day)


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
    if (parts.get("zone") or "").strip()[:1] in ("+", "-"):
        raise Unread("not-utc")
    seconds = int(parts.get("s") or 0)
    try:
        made = datetime(year, month, day, int(parts["h"]), int(parts["min"]), seconds, tzinfo=UTC)
    except ValueError:
        raise Unread("no-such-time") from None
    return made.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
