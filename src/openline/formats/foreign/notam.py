"""NOTAMs as notices told elsewhere: new, replacing and cancelling ones, with items Q, A to G.

Shapes   read_notam(text) -> Heard; its one zone has the windows of items B, C and D
Units    unix seconds UTC; heights in metres
Raises   Malformed for what is no NOTAM at all; everything else becomes a doubt
Source   ICAO Annex 15 appendix, Doc 8126 and Doc 10066; docs/decisions/0014-foreign-notations.md
Never    takes the circle of item Q for the area: it only says where to look
"""

import html
import re
from typing import Final

from openline.formats.area import Area
from openline.formats.foreign import notam_area, notam_schedule
from openline.formats.foreign.clock import NoSuchTime
from openline.formats.foreign.heard import Doubt, Heard, Window, Zone
from openline.formats.malformed import Malformed

TEXT_CHARACTERS_MAX: Final = 40_000
_HEAD: Final = re.compile(
    r"\b(?P<id>[A-Z]\d{4}/\d{2})\s+NOTAM(?P<kind>[NRC])(?:\s+(?P<old>[A-Z]\d{4}/\d{2}))?"
)
_ITEM: Final = re.compile(r"(?:(?<=\s)|(?<=^)|(?<=\d)|(?<=[A-Z]))([ABCDEFGQ])\)\s*")
_TRAILER: Final = re.compile(r"\s+(?:CREATED|SOURCE|END PART):?\s.*$")
_KINDS: Final = {"N": "new", "R": "replaces", "C": "cancels"}
_END: Final = re.compile(r"(?P<t>\d{10})\s*(?P<est>EST)?|(?P<open>PERM|UFN)")
_PART: Final = re.compile(r"\bPART\s+(\d+)\s+OF\s+(\d+)\b")


def read_notam(text: str) -> Heard:
    """One NOTAM, whole."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise Malformed("NOTAM", f"longer than {TEXT_CHARACTERS_MAX} characters")
    flat = re.sub(r"\s+", " ", html.unescape(text)).strip().upper()
    head = _HEAD.search(flat)
    if head is None:
        raise Malformed("NOTAM", "no number like A0123/26 followed by NOTAMN, NOTAMR or NOTAMC")
    items = _items(_TRAILER.sub("", flat[head.end() :]))
    doubts: list[Doubt] = []
    kind = _KINDS[head["kind"]]
    if kind != "new" and head["old"] is None:
        doubts.append(Doubt("no-reference", "it replaces or cancels, but names nothing"))
    cancels = (head["old"],) if head["old"] and kind != "new" else ()
    windows = () if kind == "cancels" else _windows(items, doubts)
    areas = () if kind == "cancels" else _areas(items, doubts)
    zones = (Zone(items.get("A", ""), areas, windows),) if areas or windows else ()
    if kind != "cancels" and not areas and not any(d.code == "area-not-understood" for d in doubts):
        doubts.append(Doubt("nothing-to-check", "no area is written out in item E"))
    subject = items.get("Q", "").split("/")[1][:5] if items.get("Q", "").count("/") else ""
    issued_s = _moment(items.get("B", "")[:10])
    return Heard(
        "notam", head["id"], text, kind, issued_s, zones, cancels,
        subject=subject, doubts=tuple(doubts),
    )  # fmt: skip


def _items(body: str) -> dict[str, str]:
    """Items by letter; the letters come in order, and everything after E up to F or G is text."""
    found: dict[str, str] = {}
    order = "QABCDEFG"
    cuts: list[tuple[str, int, int]] = []
    for match in _ITEM.finditer(body):
        letter = match[1]
        if not cuts or order.index(letter) > order.index(cuts[-1][0]):
            if cuts and cuts[-1][0] == "E" and letter in "FG" and not _is_limit(body, match.end()):
                continue
            cuts.append((letter, match.start(), match.end()))
    ends = [start for _, start, _ in cuts[1:]] + [len(body)]
    for (letter, _, begin), end in zip(cuts, ends, strict=True):
        found[letter] = body[begin:end].strip()
    return found


def _is_limit(body: str, at: int) -> bool:
    """Whether what follows is a height, so that `F)` in a list of text is not taken for item F."""
    return re.match(r"(?:SFC|GND|UNL|FL\s?\d|\d{1,6}\s?(?:FT|M)\b|AS IN)", body[at:]) is not None


def _moment(digits: str) -> int | None:
    if not re.fullmatch(r"\d{10}", digits):
        return None
    try:
        return notam_schedule.full(digits)
    except NoSuchTime:
        return None


def _windows(items: dict[str, str], doubts: list[Doubt]) -> tuple[Window, ...]:
    """Items B, C and D as windows; none where one of them is not understood."""
    start_s = _moment(items.get("B", "")[:10])
    end = _END.match(items.get("C", ""))
    end_s = _moment(end["t"]) if end and end["t"] else None
    if start_s is None or end is None or (end_s is None and not end["open"]):
        doubts.append(Doubt("times-not-understood", "items B and C are not both times"))
        return ()
    if end_s is not None and end_s <= start_s:
        doubts.append(Doubt("times-not-understood", "item C lies before item B"))
        return ()
    is_estimated = bool(end["est"])
    schedule = items.get("D", "")
    if not schedule:
        return (Window(start_s, end_s, is_estimated=is_estimated),)
    if end_s is None:
        doubts.append(Doubt("times-not-understood", "hours of days without an end"))
        return ()
    try:
        found = notam_schedule.windows(schedule, start_s, end_s)
    except NoSuchTime as error:
        doubts.append(Doubt("times-not-understood", f"item D: {error}"))
        return ()
    return tuple(Window(w.start_s, w.end_s, is_estimated=is_estimated) for w in found)


def _areas(items: dict[str, str], doubts: list[Doubt]) -> tuple[Area, ...]:
    """The area that item E writes out, with the limits of items F and G."""
    part = _PART.search(" ".join(items.values()))
    if part and part[1] != part[2] and "END PART" not in items.get("G", ""):
        doubts.append(Doubt("in-parts", f"part {part[1]} of {part[2]}"))
    try:
        return notam_area.areas(items.get("E", ""), items.get("F", ""), items.get("G", ""))
    except (notam_area.Unclear, Malformed) as error:
        doubts.append(Doubt("area-not-understood", str(error)))
        return ()
