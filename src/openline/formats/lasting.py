"""How long something lasts, in the reader's words: "3 d 4 h".

Shapes   lasting(terms, lang, seconds) -> text in the two largest units that it has
Units    seconds, below zero too
Raises   nothing
Source   docs/OPERATE.md, "Registers"; the plural forms of Arabic and German: CLDR
Never    rounds up: what is cut off is less than one of the smaller unit
"""

from typing import Final

from openline.formats.terms import Terms

_UNITS: Final = (("span.d", 86_400), ("span.h", 3_600), ("span.min", 60), ("span.s", 1))
_COUNT: Final = "#"
# Between the forms of a language that has several.
_FORMS: Final = "|"
_FEW: Final = range(3, 11)
_MANY: Final = range(11, 100)


def lasting(terms: Terms, lang: str, seconds: int) -> str:
    """A length of time in the two largest units that it has."""
    found, left = [], abs(seconds)
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            found.append(_counted(terms.label(unit, lang).text, count))
    sign = "\N{MINUS SIGN}" if seconds < 0 else ""
    return sign + " ".join(found[:2] or [_counted(terms.label("span.s", lang).text, 0)])


def _counted(words: str, count: int) -> str:
    """A number with its unit: in one form, in one for 1 and another, or in the five of Arabic."""
    match words.split(_FORMS):
        case [one, two, few, many, other]:
            of_rest = few if count % 100 in _FEW else many if count % 100 in _MANY else other
            said = {1: one, 2: two}.get(count, of_rest)
        case [one, other]:
            said = one if count == 1 else other
        case _:
            said = words
    return said.replace(_COUNT, str(count))
