"""Navigational warnings (NAVAREA, HYDROLANT/PAC/ARC, national series) as notices told elsewhere.

Shapes   read_warning(text, issued_s) -> Heard
Units    unix seconds UTC
Raises   Malformed for what is no text of a warning; everything else becomes a doubt
Source   IHO S-53; docs/decisions/0014-foreign-notations.md
Never    guesses: a paragraph that is not wholly understood leaves the text only
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from openline.formats.foreign import navwarn_areas, navwarn_times, positions
from openline.formats.foreign.clock import MONTHS, NoSuchTime, day_of, seconds, year_near
from openline.formats.foreign.heard import Doubt, Heard, Zone
from openline.formats.malformed import Malformed

TEXT_CHARACTERS_MAX: Final = 20_000
_SERIES: Final = r"(?:NAVAREA\s+[IVX]+|HYDRO(?:LANT|PAC|ARC)|[A-Z]+(?: [A-Z]+)? NAV WARN)"
_NUMBER: Final = re.compile(rf"({_SERIES})\s+(\d{{1,5}}/\d{{2,4}})")
_GROUP: Final = r"(?P<d>\d{2})(?P<t>\d{4})\s?(?:Z|UTC)?\s+(?P<m>[A-Z]{3,9})(?:\s+(?P<y>\d{2,4}))?\b"
_ISSUED: Final = re.compile(rf"^\W*{_GROUP}")
_SELF_CANCEL: Final = re.compile(
    rf"\bCAN(?:CEL)?\s+THIS\s+M(?:SG|ESSAGE)(?:\s+(?:ON|AT))?\s+(?:{_GROUP}"
    r"|(?P<day>\d{1,2})\s+(?P<month>[A-Z]{3,9})(?:\s+(?P<year>\d{2,4}))?\b)"
)
_CANCELS_ITSELF: Final = re.compile(r"\bCAN(?:CEL)?\s+THIS\s+M(?:SG|ESSAGE)\b|\bAND\s+THIS\s+MSG\b")
_CANCEL: Final = re.compile(r"\bCAN(?:CEL)?\b")
_PARAGRAPH: Final = re.compile(r"(?:^|(?<=[\s.:]))(\d{1,2})\.\s+(?=[A-Z0-9])")
_LABEL: Final = re.compile(r"(?:^|(?<=[\s:.,]))([A-Z])\.\s*(?=[A-Z0-9])")
# What shows that a text is several messages glued together.
_GLUED: Final = re.compile(rf"MSGID/|RMKS/|\d{{6}}Z\s+[A-Za-z]{{3}}\s+\d{{2}}\s+{_SERIES}")


@dataclass(frozen=True, slots=True)
class _Segment:
    """A lettered part of a paragraph, or the whole of it."""

    name: str
    text: str


def read_warning(text: str, issued_s: int | None = None) -> Heard:
    """One warning; `issued_s` is its time of issue where the text does not begin with it."""
    if not text.strip() or len(text) > TEXT_CHARACTERS_MAX:
        raise Malformed("warning", f"empty, or longer than {TEXT_CHARACTERS_MAX} characters")
    flat = re.sub(r"\s+", " ", text.upper()).strip()
    number = _NUMBER.search(flat)
    name = f"{number[1]} {number[2]}" if number else ""
    doubts: list[Doubt] = []
    own_s = _issued(flat, issued_s)
    if own_s is None:
        own_s = _self_year(flat)
    if own_s is None:
        return Heard("navwarn", name, text, doubts=(Doubt("no-issue-time", "no time of issue"),))
    cancelled_s = _self_cancel(flat, own_s, doubts)
    if len(_GLUED.findall(flat)) > 1 or "MSGID/" in flat:
        doubts.append(Doubt("several-messages", "the text holds more than one message"))
    content, cancels = _paragraphs(flat)
    zones: tuple[Zone, ...] = ()
    if not doubts:
        zones = _zones(content, own_s, cancelled_s, doubts)
    kind = "cancels" if cancels and not zones and _CANCELS_ITSELF.search(flat) else "new"
    if not zones and not doubts:
        doubts.append(Doubt("nothing-to-check", "no area with a window was found"))
    return Heard(
        "navwarn", name, text, kind, own_s, zones, cancels, cancelled_s, doubts=tuple(doubts)
    )


# ---- times of the message itself ----------------------------------------------------------------


def _group_s(group: re.Match[str], about_s: int | None) -> int | None:
    """The moment of a date-time group, or None where there is no such one."""
    month = MONTHS.get(group["m"])
    if month is None:
        return None
    year = _year(group["y"], month, int(group["d"]), about_s)
    if year is None:
        return None
    try:
        return seconds(day_of(year, month, int(group["d"])), group["t"])
    except NoSuchTime:
        return None


def _year(text: str | None, month: int, day: int, about_s: int | None) -> int | None:
    if text:
        return int(text) if len(text) == 4 else 2000 + int(text[:2])
    return None if about_s is None else year_near(month, day, about_s)


def _issued(flat: str, given_s: int | None) -> int | None:
    if given_s is not None:
        return given_s
    found = _ISSUED.search(flat)
    return None if found is None else _group_s(found, None)


def _self_year(flat: str) -> int | None:
    """Where nothing else tells the year: the start of the year in which it cancels itself."""
    found = _SELF_CANCEL.search(flat)
    year = found and (found["y"] or found["year"])
    if not year:
        return None
    full = int(year) if len(year) == 4 else 2000 + int(year[:2])
    return int(datetime(full, 1, 1, tzinfo=UTC).timestamp())


def _self_cancel(flat: str, about_s: int, doubts: list[Doubt]) -> int | None:
    """When the warning cancels itself: an hour, or the end of a day."""
    found = _SELF_CANCEL.search(flat)
    if found is None:
        return None
    moment = _group_s(found, about_s) if found["d"] else _day_end(found, about_s)
    if moment is None:
        doubts.append(Doubt("self-cancel", f"{found[0]!r} names no time that exists"))
    elif moment < about_s:
        doubts.append(Doubt("self-cancel", "the warning cancels itself before its issue"))
    return moment


def _day_end(found: re.Match[str], about_s: int) -> int | None:
    month = MONTHS.get(found["month"])
    if month is None:
        return None
    year = _year(found["year"], month, int(found["day"]), about_s)
    try:
        return None if year is None else seconds(day_of(year, month, int(found["day"])), "2400")
    except NoSuchTime:
        return None


# ---- paragraphs, lettered parts, zones ----------------------------------------------------------


def _paragraphs(flat: str) -> tuple[list[str], tuple[str, ...]]:
    """The paragraphs that say something, and the numbers of the warnings that others cancel."""
    content: list[str] = []
    cancels: list[str] = []
    for part in _split(flat):
        at = _CANCEL.search(part)
        said = part if at is None else part[: at.start()]
        cancels += _cancelled(part[at.start() :]) if at else []
        if said.strip():
            content.append(said)
    return content, tuple(dict.fromkeys(cancels))


def _split(flat: str) -> list[str]:
    """Numbered paragraphs 1, 2, 3 in order; the heading is joined to nothing and left out."""
    cuts: list[tuple[int, int]] = []
    for match in _PARAGRAPH.finditer(flat):
        if int(match[1]) == len(cuts) + 1:
            cuts.append((match.start(), match.end()))
    if not cuts:
        return [_without_heading(flat)]
    ends = [start for start, _ in cuts[1:]] + [len(flat)]
    return [flat[begin:end] for (_, begin), end in zip(cuts, ends, strict=True)]


def _without_heading(flat: str) -> str:
    """The text behind date-time group and number, so that these are not read as windows."""
    found = _NUMBER.search(flat)
    return flat[found.end() :] if found else flat


def _cancelled(text: str) -> list[str]:
    """`CANCEL HYDROPAC 2623/25 AND 3114/25`: numbers with their series."""
    series, found = "", []
    for match in re.finditer(rf"(?P<s>{_SERIES}\s+)?(?P<n>\d{{1,5}}/\d{{2,4}})", text):
        series = (match["s"] or series).strip()
        found.append(f"{series} {match['n']}".strip())
    return found


def _zones(
    content: Sequence[str], issued_s: int, cancelled_s: int | None, doubts: list[Doubt]
) -> tuple[Zone, ...]:
    """The zones of every paragraph that tells times or places; of several, each by its number."""
    telling = [
        (number, part)
        for number, part in enumerate(content, 1)
        if positions.find(part) or _has_times(part, issued_s)
    ]
    zones: list[Zone] = []
    for number, part in telling:
        mark = str(number) if len(telling) > 1 else ""
        zones += _zones_of(part, mark, issued_s, cancelled_s, doubts)
    if any(d.code == "times-not-understood" for d in doubts):
        zones = [Zone(zone.name, zone.areas) for zone in zones]
    return tuple(zone for zone in zones if zone.areas or zone.windows)


def _zones_of(
    part: str, mark: str, issued_s: int, cancelled_s: int | None, doubts: list[Doubt]
) -> list[Zone]:
    """The zones of one paragraph: one for each letter, or one."""
    lead, segments = _segments(part)
    common = navwarn_times.windows(_blank(lead), issued_s, cancelled_s)
    doubts += common.doubts
    zones: list[Zone] = []
    for segment in segments:
        own = navwarn_times.windows(_blank(segment.text), issued_s, cancelled_s)
        if own.windows and common.windows:
            doubts.append(Doubt("times-not-understood", "times before the list and within it"))
        where = navwarn_areas.areas(segment.text, lead)
        doubts += [*own.doubts, *where.doubts]
        zones.append(Zone(f"{mark}{segment.name}", where.areas, own.windows or common.windows))
    return zones


def _has_times(part: str, issued_s: int) -> bool:
    found = navwarn_times.windows(_blank(part), issued_s, None)
    return bool(found.windows or found.doubts)


def _segments(part: str) -> tuple[str, list[_Segment]]:
    """What stands before the letters, and the lettered parts; without letters the whole once."""
    cuts: list[re.Match[str]] = []
    for match in _LABEL.finditer(part):
        if match[1] == chr(ord("A") + len(cuts)):
            cuts.append(match)
    if len(cuts) < 2:
        return "", [_Segment("", part)]
    ends = [match.start() for match in cuts[1:]] + [len(part)]
    found = [
        _Segment(match[1], part[match.end() : end]) for match, end in zip(cuts, ends, strict=True)
    ]
    if len(found) > 2 and all(len(positions.find(each.text)) == 1 for each in found):
        corners = re.search(r"\bAREA\b", part[: cuts[0].start()])
        if corners and "WITHIN" not in part:
            return "", [_Segment("", part)]
    return part[: cuts[0].start()], found


def _blank(text: str) -> str:
    """The text without its positions and boxes, whose digits are no times."""
    found = [(p.start, p.end) for p in positions.find(text)]
    box = positions.box(text)
    if box is not None:
        found.append((box[1], box[2]))
    for start, end in sorted(found, reverse=True):
        text = f"{text[:start]} POSITION {text[end:]}"
    return text
