"""Places, numbers and names as people write them, also as a message shows them.

Shapes   read_points(text), read_int(text, unit), read_amount(text), found_entry(station, line_id,
         name): values out; labels(term)
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
from openline.desk.pages.typed_times import Unread, digits, plain
from openline.exchange.station import Station
from openline.formats.numbers import read
from openline.formats.openjson import Value
from openline.formats.place.read import BadPlace, Place, read_place
from openline.formats.terms import load_terms

_DECIMALS_MAX: Final = 7
_PAIR: Final = re.compile(r"([+-]?)([0-9.]+) ?[,;] ?([+-]?)([0-9.]+)")
# Two numbers with decimals and a blank between, or decimal commas and a blank or semicolon: no
# comma of these can part two numbers, for no longitude has four figures.
_APART: Final = re.compile(r"([+-]?)([0-9]{1,3}\.[0-9]+) ([+-]?)([0-9]{1,3}\.[0-9]+)")
_DECIMAL_COMMAS: Final = re.compile(
    r"([+-]?[0-9]{1,3}),([0-9]{4,})(?: ?; ?| )([+-]?[0-9]{1,3}),([0-9]{4,})"
)
_COMMAS: Final = re.compile(r"[+-]?[0-9]+,[0-9]+ ?[,; ] ?[+-]?[0-9]+,[0-9]+")
_LETTER: Final = re.compile("[A-Za-z]")
_KINDS: Final = ("point", "track", "ring")
# What people set between groups of three digits: a blank of one kind, which is nothing else. A
# point or a comma there is a thousand to one and a decimal to another.
_BLANKS: Final = " \u00a0\u202f\u2009"
_WHOLE: Final = re.compile(
    rf"(?P<number>[0-9]+|[0-9]{{1,3}}(?P<blank>[{_BLANKS}])[0-9]{{3}}(?:(?P=blank)[0-9]{{3}})*)"
    rf"(?:[{_BLANKS}]?(?P<unit>[^\W\d_].*))?"
)
_DIGITS_MAX: Final = 15
# Why a number is none, by what is found in it first.
_FAULTS: Final = (
    (re.compile(r"[0-9][.,'\u2019\u02bc\u066b\u066c\uff0c][0-9].*"), "int-point"),
    (re.compile(r"[-\u2212] ?[0-9].*"), "int-below"),
    (re.compile(r"[0-9]+\s[0-9\s]*"), "int-groups"),
)
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
    names = " · ".join(named(station, line_id, Ref(*place)) for place in found.offered)
    raise Unread("which-entry", typed=name[:80], names=names)


def read_points(entered: str) -> list[Value]:
    """Positions, one a line or with commas between: decimal degrees, with letters, MGRS, UTM."""
    return [point for row in entered.split("\n") if row.strip() for point in _row(row)]


def _row(row: str) -> Iterator[Value]:
    text = _bare(plain(row))
    commas = _DECIMAL_COMMAS.fullmatch(text)
    apart = f"{commas[1]}.{commas[2]} {commas[3]}.{commas[4]}" if commas else text
    pair = _PAIR.fullmatch(text) or _APART.fullmatch(apart)
    if pair is not None:
        if any(len(each.partition(".")[2]) > _DECIMALS_MAX for each in (pair[2], pair[4])):
            raise Unread("degrees", typed=text[:60])
        # With the letters that the order stands for it is a place like any other, checked as one.
        north, east = "S" if pair[1] == "-" else "N", "W" if pair[3] == "-" else "E"
        yield [*_place(f"{pair[2]}{north} {pair[4]}{east}", text).point]
        return
    pieces = [piece.strip() for piece in re.split("[,;]", text)]
    # A comma parts places where each piece names both axes, and else the axes of one place.
    are_places = len(pieces) > 1 and all(len(_LETTER.findall(piece)) > 1 for piece in pieces)
    for piece in pieces if are_places else [text]:
        yield [*_place(piece).point]


def _place(text: str, typed: str = "") -> Place:
    said = (typed or text)[:60]
    if _COMMAS.fullmatch(text):
        raise Unread("place-comma", typed=said)
    try:
        return read_place(text)
    except BadPlace as bad:
        raise Unread(_REASONS.get(bad.reason, "place"), typed=said) from None


def _bare(text: str) -> str:
    """Without the word that a message sets before a place."""
    head, colon, rest = text.partition(":")
    is_named = colon and any(head.strip() in labels(f"area.{kind}") for kind in _KINDS)
    return rest.strip() if is_named else text


def read_int(entered: str, unit: str = "") -> int:
    """A whole number in digits of any script, in threes or not, with its unit behind it or not."""
    text = digits(entered).strip()
    match, said = _WHOLE.fullmatch(text), entered.strip()[:40]
    if match is None:
        found = (code for pattern, code in _FAULTS if pattern.search(text))
        raise Unread(next(found, "int"), typed=said)
    if match["unit"] and not (unit and is_label(plain(match["unit"]), f"unit.{unit}")):
        raise Unread("int-unit", typed=said, unit=unit) if unit else Unread("int", typed=said)
    number = re.sub(f"[{_BLANKS}]", "", match["number"])
    if len(number) > _DIGITS_MAX:
        raise Unread("int", typed=said)
    return int(number)


def read_amount(entered: str) -> Value:
    """How many of what: a category, a colon, also the wide one of Chinese, and a number."""
    category, colon, number = entered.replace("\uff1a", ":").rpartition(":")
    if not colon or not category.strip():
        raise Unread("amount", typed=entered.strip()[:60])
    try:
        return [category.strip(), read_int(number)]
    except Unread as unread:
        raise unread.of("number") from None


def is_label(text: str, term: str) -> bool:
    """Whether a text is the label of a term in any language, English beside it or not."""
    return text.strip() in labels(term)


@cache
def labels(term: str) -> frozenset[str]:
    """The labels of a term in every language, as they are shown."""
    terms = load_terms()
    found = [terms.label(term, lang) for lang in terms.languages]
    return frozenset(plain(text) for each in found for text in (each.text, str(each)))
