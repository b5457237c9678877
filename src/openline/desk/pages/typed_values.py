"""Places, numbers and names as people write them, also as a message shows them.

Shapes   read_points(text), read_int(text, unit), found_entry(station, line_id, name): values out;
         labels(term)
Units    degrees are integers of 1e-7; a place is [longitude, latitude]
Raises   Unread
Source   docs/OPERATE.md, "Speaking"; docs/decisions/0014-foreign-notations.md, "Places"
Never    takes a bare pair of numbers in another order than its field says: latitude first
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from openline.cases.entry import Ref
from openline.desk.meant import named
from openline.desk.pages.typed_times import Unread, plain
from openline.exchange.station import Station
from openline.formats.numbers import read
from openline.formats.openjson import Value
from openline.formats.place.read import BadPlace, Place, read_place
from openline.formats.terms import load_terms

_UNIT_DIGITS: Final = 7
_DEGREE: Final = re.compile(r"([+-]?)([0-9]{1,3})(?:\.([0-9]{1,7}))?")
_PAIR: Final = re.compile(r"([+-]?[0-9.]+) ?[,;] ?([+-]?[0-9.]+)")
_COMMAS: Final = re.compile(r"[+-]?[0-9]+,[0-9]+ ?[,; ] ?[+-]?[0-9]+,[0-9]+")
_LETTER: Final = re.compile("[A-Za-z]")
_KINDS: Final = ("point", "track", "ring")
# Reasons of `read_place` that have a sentence of their own.
_REASONS: Final = {
    "beyond": "place-beyond",
    "too-coarse": "place-coarse",
    "decimal-comma": "place-comma",
    "ask-hemisphere": "place-hemisphere",
    "null-place": "place-null",
}


def found_entry(station: Station, line_id: bytes, name: str) -> Value:
    """The place of an entry that was typed as lists write it; called on the lane."""
    found = read(name, station.called(line_id))
    if found.place is not None:
        return [*found.place]
    if not found.offered:
        raise Unread("no-entry", typed=name[:80])
    names = " · ".join(named(station, Ref(*place)) for place in found.offered)
    raise Unread("which-entry", typed=name[:80], names=names)


def read_points(entered: str) -> list[Value]:
    """Positions, one a line or with commas between: decimal degrees, with letters, MGRS, UTM."""
    return [point for row in entered.split("\n") if row.strip() for point in _row(row)]


def _row(row: str) -> Iterator[Value]:
    text = _bare(plain(row))
    pair = _PAIR.fullmatch(text)
    if pair is not None:
        yield [degrees(pair[2]), degrees(pair[1])]
        return
    pieces = [piece.strip() for piece in re.split("[,;]", text)]
    # A comma parts places where each piece names both axes, and else the axes of one place.
    are_places = len(pieces) > 1 and all(len(_LETTER.findall(piece)) > 1 for piece in pieces)
    for piece in pieces if are_places else [text]:
        yield [*_place(piece).point]


def _place(text: str) -> Place:
    if _COMMAS.fullmatch(text):
        raise Unread("place-comma", typed=text[:60])
    try:
        return read_place(text)
    except BadPlace as bad:
        raise Unread(_REASONS.get(bad.reason, "place"), typed=text[:60]) from None


def _bare(text: str) -> str:
    """Without the word that a message sets before a place."""
    head, colon, rest = text.partition(":")
    is_named = colon and any(head.strip() in labels(f"area.{kind}") for kind in _KINDS)
    return rest.strip() if is_named else text


def degrees(entered: str) -> int:
    """Decimal degrees as units of 1e-7, without a float in between."""
    match = _DEGREE.fullmatch(entered)
    if match is None:
        raise Unread("degrees", typed=entered[:30])
    units = int(match[2]) * 10**_UNIT_DIGITS + int((match[3] or "").ljust(_UNIT_DIGITS, "0"))
    return -units if match[1] == "-" else units


def read_int(entered: str, unit: str = "") -> int:
    """A whole number, in digits of any script, with its unit behind it or not."""
    match = re.fullmatch(r"([0-9]{1,15})(?: ?(\D.*))?", plain(entered))
    if match is None or (match[2] and not (unit and is_label(match[2], f"unit.{unit}"))):
        raise Unread("int")
    return int(match[1])


def is_label(text: str, term: str) -> bool:
    """Whether a text is the label of a term in any language, English beside it or not."""
    return text.strip() in labels(term)


@cache
def labels(term: str) -> frozenset[str]:
    """The labels of a term in every language, as they are shown."""
    terms = load_terms()
    found = [terms.label(term, lang) for lang in terms.languages]
    return frozenset(plain(text) for each in found for text in (each.text, str(each)))
