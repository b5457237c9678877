"""One value against the type of its item: one rule per type, and what is wrong in words.

Shapes   faults(item, value) -> (code, sentence) pairs, without the item's name
Units    lengths are characters; encoded sizes are bytes
Raises   nothing: what a counterpart wrote is shown with its flaws, never refused here
Source   docs/formats.md, "Types"
Never    compares one item with another: check.py does
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

from openline.formats import openjson, spell
from openline.formats.area import DEGREE, read_area
from openline.formats.attachment import read_attached
from openline.formats.foreign.ring import crosses_itself, unrolled
from openline.formats.form import GROUP, Item
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value

Fault = tuple[str, str]
Rule = Callable[[Value], Iterator[Fault]]

VALUE_BYTES_MAX: Final = 16_384
STRING_CHARACTERS_MAX: Final = 1_000
REPEATS_MAX: Final = 1_000
TEXT_STATUSES: Final = ("original", "official", "courtesy")

HALF_TURN: Final = 180 * DEGREE

_TIMELIKE: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
# A time of which a part is not there, and that part.
_LACKING: Final = (
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T?Z?"), "hour"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}Z?"), "minute"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?"), "Z"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z"), "seconds"),
)
_LANG: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SLUG: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_PATH: Final = re.compile(r"[a-z0-9._-]{1,100}")
_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_ORIGIN: Final = re.compile(r"[a-z0-9.-]{3,100}/openline/[a-z2-7]{52}")
# Letters that turn the line, and control characters (category Cc) except TAB and LF.
_HIDING: Final = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]")


def faults(item: Item, value: Value) -> Iterator[Fault]:
    """Everything that is wrong with one item's value, in the order in which it is met."""
    try:
        size = len(openjson.encode(value))
    except Malformed as error:
        yield "wrong-type", f"cannot be written as Openline JSON ({error.reason})"
        return
    if size > VALUE_BYTES_MAX:
        yield "too-long", f"is {size} bytes long; at most {VALUE_BYTES_MAX} fit: attach it"
    if item.type == GROUP:
        yield "wrong-type", "has no value of its own: its items stand below it"
        return
    if not item.repeatable:
        yield from _single(item, value)
        return
    if not isinstance(value, list):
        yield "wrong-type", "is not a list"
        return
    if not value:
        yield "empty", "is an empty list"
    if len(value) > REPEATS_MAX:
        yield "too-long", f"has more than {REPEATS_MAX} entries"
        return
    seen: set[bytes] = set()
    for place, each in enumerate(value, 1):
        for code, sentence in _single(item, each):
            yield code, f"entry {place} {sentence}"
        key = openjson.encode(_key(item, each))
        if key in seen:
            yield "twice", f"entry {place} was given before"
        seen.add(key)


def turning_letter(text: str) -> str | None:
    """The first character that hides or turns what stands around it, as U+XXXX, or None."""
    found = _HIDING.search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def _key(item: Item, value: Value) -> Value:
    """What may occur once in a list: of an amount or a reading the first part, else the whole."""
    if item.type in ("amount", "reading") and isinstance(value, list) and value:
        return value[0]
    return value


def _single(item: Item, value: Value) -> Iterator[Fault]:
    if item.type == "code":
        if not isinstance(value, str) or item.code_term(value) is None:
            known = ", ".join(code for code, _ in item.codes)
            yield "unknown-code", f"is {str(value)[:40]!r}, not one of {known}"
        return
    yield from RULES[item.type](value)


# ---- words --------------------------------------------------------------------------------


def _letters(value: str) -> Iterator[Fault]:
    if not value.strip():
        yield "empty", "is empty"
    if not unicodedata.is_normalized("NFC", value):
        yield "not-nfc", "is not in Unicode form NFC"
    letter = turning_letter(value)
    if letter is not None:
        yield "hidden-letters", f"holds {letter}, which is hidden or turns the reading direction"


def _block(value: Value) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield "wrong-type", "is not a string"
        return
    yield from _letters(value)


def _string(value: Value) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield "wrong-type", "is not a string"
        return
    yield from line_faults(value)


def line_faults(text: str, characters_max: int = STRING_CHARACTERS_MAX) -> Iterator[Fault]:
    """What keeps a text from being one line that a person reads: in a message, and at the desk.

    Letters that join (U+200C, U+200D) are no fault: no Persian text does without them.
    """
    yield from _letters(text)
    if "\n" in text or "\t" in text:
        yield "wrong-type", "is more than one line"
    if len(text) > characters_max:
        yield "too-long", f"is longer than {characters_max} characters"


def _text(value: Value) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield "wrong-type", "is not a list of texts with their language and status"
        return
    if not value:
        yield "empty", "has no text in any language"
    seen: set[tuple[str, str]] = set()
    for part in value:
        match part:
            case {"lang": str(lang), "status": str(status), "text": str(words), **rest} if not rest:
                yield from _part(lang, status, words)
                if (lang, status) in seen:
                    yield "twice", f"has two texts {status} in {lang}"
                seen.add((lang, status))
            case _:
                yield "wrong-type", "has a part that is not exactly lang, status and text"


def _part(lang: str, status: str, words: str) -> Iterator[Fault]:
    if not _LANG.fullmatch(lang):
        yield "wrong-type", "names a language that is not a language code"
    if status not in TEXT_STATUSES:
        yield "unknown-code", f"has a status that is not one of {', '.join(TEXT_STATUSES)}"
    for code, sentence in _letters(words):
        yield code, f"in {lang} {sentence}" if _LANG.fullmatch(lang) else sentence


def _text_or_string(value: Value) -> Iterator[Fault]:
    yield from _string(value) if isinstance(value, str) else _text(value)


# ---- values with one spelling ---------------------------------------------------------------


def _spelled(pattern: re.Pattern[str], sentence: str) -> Rule:
    def rule(value: Value) -> Iterator[Fault]:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            yield "wrong-type", sentence

    return rule


def _parsed(read: Callable[[str], object], sentence: str) -> Rule:
    def rule(value: Value) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield "wrong-type", sentence
            return
        try:
            read(value)
        except Malformed:
            yield "wrong-type", sentence

    return rule


def _int(value: Value) -> Iterator[Fault]:
    if type(value) is not int or value < 0:
        yield "wrong-type", "is not a whole number from 0"


def _bool(value: Value) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield "wrong-type", "is not true or false"


def _time(value: Value) -> Iterator[Fault]:
    if not isinstance(value, str) or not _TIMELIKE.fullmatch(value):
        yield "wrong-type", time_fault(str(value))
        return
    if not value.endswith("Z"):
        # A local time may not exist, or twice, when clocks change: only UTC is ever sent.
        yield "not-utc", time_fault(value)
        return
    wrong = time_fault(value)
    if wrong:
        yield "no-such-time", wrong


def time_fault(text: str) -> str:
    """What is wrong with a time as somebody wrote it, and first of all what is missing of it."""
    for pattern, part in _LACKING:
        if pattern.fullmatch(text):
            return f"lacks its {part}: write it as 2023-02-20T08:00:00Z"
    if not _TIMELIKE.fullmatch(text):
        return "is not a time like 2023-02-20T08:00:00Z"
    if not text.endswith("Z"):
        return "is not in UTC: write it as 2023-02-20T08:00:00Z"
    try:
        spell.parse_utc(text)
    except Malformed as error:
        words = "midnight is 00:00:00 of the next day" if "T24" in text else error.reason
        return f"does not exist: {words}"
    return ""


def _area(value: Value) -> Iterator[Fault]:
    try:
        area = read_area(value)
    except Malformed as error:
        yield "bad-place", f"cannot be right: {error.reason}"
        return
    if area.kind == "ring":
        yield from _ring(area.points)


def _ring(points: tuple[tuple[int, int], ...]) -> Iterator[Fault]:
    """What keeps anybody from saying what lies inside. A ring over 180 degrees alone is none."""
    longitudes = [longitude for longitude, _ in points]
    turns = (abs(a - b) for a, b in pairwise(longitudes))
    if any(turn == HALF_TURN for turn in turns):
        yield "place-half-turn", "has an edge of half a turn: it could go either way round"
        return
    flat = unrolled(points)
    if flat[0][0] != flat[-1][0]:
        yield "place-round-pole", "goes round a pole: give the cap as a point with a radius"
    elif crosses_itself(points[:-1]):
        yield "place-crosses-itself", "has edges that cross: nobody can say what lies inside"


# ---- small rows -----------------------------------------------------------------------------


def _amount(value: Value) -> Iterator[Fault]:
    match value:
        case [str(category), int(number)] if type(number) is int and number >= 0:
            yield from _string(category)
        case _:
            yield "wrong-type", "is not [category, number]"


def _ref(value: Value) -> Iterator[Fault]:
    match value:
        case [str(origin), int(index)] if _ORIGIN.fullmatch(origin) and _is_index(index):
            pass
        case _:
            yield "wrong-type", "is not [origin, index] of an entry"


def _reading(value: Value) -> Iterator[Fault]:
    match value:
        case [str(path), _] if _PATH.fullmatch(path):
            pass
        case _:
            yield "wrong-type", "is not [path, value]"


def _opening(value: Value) -> Iterator[Fault]:
    match value:
        case [str(origin), int(index), int(place), str(salt), str(path), _] if (
            _ORIGIN.fullmatch(origin)
            and _PATH.fullmatch(path)
            and _is_index(index)
            and _is_index(place)
            and not list(RULES["hash"](salt))
        ):
            pass
        case _:
            yield "wrong-type", "is not [origin, index, field, salt, path, value]"


def _attachment(value: Value) -> Iterator[Fault]:
    try:
        read_attached(value)
    except Malformed as error:
        yield "wrong-type", f"is no attachment ({error.reason}); attach a file"


def _is_index(value: int) -> bool:
    return type(value) is int and value >= 0


RULES: Final[dict[str, Rule]] = {
    "text": _text,
    "text-or-string": _text_or_string,
    "string": _string,
    "block": _block,
    "slug": _spelled(_SLUG, "is not a short name of a-z, 0-9 and hyphens"),
    "time": _time,
    "day": _spelled(_DAY, "is not a day of the year like 03-01"),
    "int": _int,
    "bool": _bool,
    "hash": _parsed(lambda text: spell.unb64(text, 32), "is not the base64 of 32 bytes"),
    "party": _parsed(spell.check_party, "is not a party name like mfa.north.example"),
    "area": _area,
    "amount": _amount,
    "ref": _ref,
    "reading": _reading,
    "opening": _opening,
    "attachment": _attachment,
}
