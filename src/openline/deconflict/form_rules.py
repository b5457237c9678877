"""What a form asks of several values: places that fit, times that go on, counts that agree.

Shapes   remarks(form, fields) -> Remarks in the order of the pack, then of the form; empty means
         none
Units    metres, seconds, km/h as the pack states them
Raises   nothing: a value that cannot be read is said by the check of the form, not here
Source   docs/formats.md, "Rules"; domain practice: two captures, a position in its footprint,
         segments that touch
Never    refuses a notice for being late, and never guesses what was meant
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import log10
from typing import Final

from openline.deconflict.measure import across_m, distance_m, inside, length_m
from openline.formats.area import Area, read_area
from openline.formats.form import Format, Rule, name_of
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.place.read import DEGREE_M, typed_step_m
from openline.formats.spell import parse_utc

Fields = Mapping[str, Value]
Row = tuple[str, ...]
HOUR_S: Final = 3_600


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that does not fit; `stops` where it has to be put right before release."""

    path: str
    code: str
    sentence: str
    stops: bool


# Nothing follows from these where some fields are withheld: what they miss may be there.
NEED_ALL: Final = frozenset({"given", "rows", "touching-m"})


# Items that are an area by their label, and forms in which such an item may be a way all the same:
# of what moves, and of what others told in their own words (a cable is laid along tracks).
_AREAS: Final = frozenset(
    f"item.{name}"
    for name in ("area", "footprint", "launch-area", "impact-area", "hazardous-airspace")
)
_OF_WAYS: Final = frozenset(
    {"core/transit", "core/force-movement", "core/told-elsewhere", "humanitarian/progress"}
)
_CORNERS: Final = 3
OPEN_RING: Final = "place.open-ring"


def remarks(form: Format, fields: Fields, *, is_whole: bool = True) -> tuple[Remark, ...]:
    """Everything that the form's rules find in these fields, and rings that do not close; not
    `is_whole`: some are withheld."""
    found = tuple(
        Remark(path, f"rule.{rule.kind}", sentence, stops)
        for rule in form.rules
        if is_whole or rule.kind not in NEED_ALL
        if rule.kind in RULES
        for path, sentence, stops in RULES[rule.kind](form, rule, fields)
    )
    return (*found, *open_rings(form, fields))


def open_rings(form: Format, fields: Fields) -> Iterator[Remark]:
    """Corners that do not close where an area is meant: a ship reads a line, and no box."""
    if name_of(form.id) in _OF_WAYS:
        return
    for item in form.written(fields):
        if item.type != "area" or item.term not in _AREAS or item.repeatable:
            continue
        place = area(fields, item.path)
        if place is None or place.radius_m or place.kind != "track":
            continue
        if len(place.points) >= _CORNERS:
            words = "This is a track of no width: a ring ends at its first point."
            yield Remark(item.path, OPEN_RING, words, False)


Found = Iterator[tuple[str, str, bool]]


def rows_of(form: Format, rule: Rule, fields: Fields) -> Iterator[Row]:
    """The rule's paths, for every row where they stand in a repeatable group."""
    head = rule.paths[0].partition(".")[0]
    group = form.item(head)
    if group is None or not group.repeatable or "." not in rule.paths[0]:
        yield rule.paths
        return
    for n in group.rows(fields):
        yield tuple(path.replace(f"{head}.", f"{head}.{n}.", 1) for path in rule.paths)


def area(fields: Fields, path: str) -> Area | None:
    """The area at a path, or None."""
    try:
        return read_area(fields[path]) if path in fields else None
    except Malformed:
        return None


def time_s(fields: Fields, path: str) -> int | None:
    """The time at a path, or None."""
    value = fields.get(path)
    try:
        return parse_utc(value) if isinstance(value, str) else None
    except Malformed:
        return None


def number(fields: Fields, path: str) -> int | None:
    """The whole number at a path, or None."""
    value = fields.get(path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


_DEGREE: Final = r"[NSEW+-]{0,2}\d{1,3}(?:\.(\d{1,15}))?°?[NSEW]?"
_RADIUS: Final = re.compile(r", *[0-9]+ ?m$")
_DECIMAL_DEGREES: Final = re.compile(rf"{_DEGREE}[\s,;]+{_DEGREE}")


def precision(form: Format, rule: Rule, fields: Fields) -> Found:
    for (path,) in rows_of(form, rule, fields):
        place = area(fields, path)
        if place is None:
            continue
        step_m = typed_step(fields[path])
        if step_m is None:
            given_ = max(decimals_of(degree) for point in place.points for degree in point)
            decimals = max(given_, typed_decimals(fields[path]))
            found = f"It has {decimals} decimals"
        else:
            decimals = max(0, round(log10(DEGREE_M / step_m)))
            found = f"Its last typed digit stands for {step_m:.3g} m"
        if decimals < rule.least:
            words = f"{found}; at least {rule.least} decimals of a degree are asked."
            yield path, words, rule.stops
        elif decimals < rule.advised:
            yield path, f"{found}; {rule.advised} decimals of a degree are advised.", False


def typed_step(value: Value) -> float | None:
    """What the last digit is worth of a place that was typed, in metres: of degrees and minutes
    the degree as a number says too much or too little."""
    typed = value.get("typed") if isinstance(value, dict) else None
    return typed_step_m(_RADIUS.sub("", typed)) if isinstance(typed, str) else None


def decimals_of(degree: int) -> int:
    """How many decimals of a degree were given: zeros at the end do not count."""
    decimals = 7
    while decimals and degree % 10 == 0:
        degree, decimals = degree // 10, decimals - 1
    return decimals


def typed_decimals(value: Value) -> int:
    """How many decimals were typed, where the place was typed in decimal degrees: `12.0090 40.1200`
    has four, though its degrees as numbers have three."""
    typed = value.get("typed") if isinstance(value, dict) else None
    found = _DECIMAL_DEGREES.fullmatch(typed) if isinstance(typed, str) else None
    return min(7, *map(len, found.groups(""))) if found else 0


def inside_(form: Format, rule: Rule, fields: Fields) -> Found:
    for inner, outer in rows_of(form, rule, fields):
        place, around = area(fields, inner), area(fields, outer)
        if place and around and not all(inside(point, around) for point in place.points):
            yield inner, f"It does not lie in {outer}.", rule.stops


def across(form: Format, rule: Rule, fields: Fields) -> Found:
    for (path,) in rows_of(form, rule, fields):
        place = area(fields, path)
        if place is not None and (wide := across_m(place)) > rule.most:
            yield path, f"It is {wide:.0f} m across; at most {rule.most} m are usual.", rule.stops


def at_most(form: Format, rule: Rule, fields: Fields) -> Found:
    for (path,) in rows_of(form, rule, fields):
        found = number(fields, path)
        if found is not None and found > rule.most:
            yield path, f"It is {found}; at most {rule.most} is taken.", rule.stops


def not_above(form: Format, rule: Rule, fields: Fields) -> Found:
    for low, high in rows_of(form, rule, fields):
        one, other = number(fields, low), number(fields, high)
        if one is not None and other is not None and one > other:
            yield low, f"It is above {high}.", rule.stops


def given(form: Format, rule: Rule, fields: Fields) -> Found:
    for path in rule.paths:
        if path not in fields:
            yield path, "It is not given: what it would vouch for is unverified.", rule.stops


def within(form: Format, rule: Rule, fields: Fields) -> Found:
    for first, last in rows_of(form, rule, fields):
        start, end = time_s(fields, first), time_s(fields, last)
        if start is not None and end is not None and end - start > rule.most:
            hours = (end - start) // HOUR_S
            yield (
                last,
                f"It is {hours} h after {first}; at most {rule.most // HOUR_S} h.",
                rule.stops,
            )


def ascending(form: Format, rule: Rule, fields: Fields) -> Found:
    latest, before = None, ""
    for row in rows_of(form, rule, fields):
        for path in row:
            at_s = time_s(fields, path)
            if at_s is None:
                continue
            if latest is not None and at_s < latest:
                yield path, f"It is earlier than {before}.", rule.stops
            latest, before = at_s, path


def touching(form: Format, rule: Rule, fields: Fields) -> Found:
    end, before = None, ""
    for (path,) in rows_of(form, rule, fields):
        place = area(fields, path)
        if place is None:
            continue
        if end is not None and (gap := distance_m(end, place.points[0])) > rule.most:
            yield path, f"It begins {gap:.0f} m from the end of {before}.", rule.stops
        end, before = place.points[-1], path


def speed(form: Format, rule: Rule, fields: Fields) -> Found:
    for path, first, last in rows_of(form, rule, fields):
        place, start, end = area(fields, path), time_s(fields, first), time_s(fields, last)
        if place is None or start is None or end is None or end <= start:
            continue
        kmh = length_m(place) / 1_000 / ((end - start) / HOUR_S)
        if kmh > rule.most:
            yield path, f"It asks for {kmh:.0f} km/h; {rule.most} are possible.", rule.stops


def rows(form: Format, rule: Rule, fields: Fields) -> Found:
    name, count = rule.paths
    group, stated = form.item(name), number(fields, count)
    listed = group.rows(fields) if group is not None else []
    if stated is not None and listed and len(listed) != stated:
        yield name, f"It has {len(listed)} rows, {count} says {stated}.", rule.stops


# Seven digits or more in one run of what people write between them, or an address of mail; a date
# is neither.
_REACH: Final = re.compile(
    r"(?<![\d.-])(?!\d{4}-\d\d-\d\d)\+?\d(?:[ ()/-]{0,2}\d){6,14}(?![\d.])|\S+@\S+\.\w+"
)


def no_reach(form: Format, rule: Rule, fields: Fields) -> Found:
    """What reaches a person belongs into withheld items, not into text that all addressees read."""
    for path in rule.paths:
        value = fields.get(path)
        parts = value if isinstance(value, list) else [value]
        texts = [part.get("text") if isinstance(part, dict) else part for part in parts]
        if any(isinstance(text, str) and _REACH.search(text) for text in texts):
            words = "It seems to hold a telephone number or an address of mail."
            yield path, words, rule.stops


RULES: Final[Mapping[str, Callable[[Format, Rule, Fields], Found]]] = {
    "precision": precision,
    "inside": inside_,
    "across-m": across,
    "at-most": at_most,
    "not-above": not_above,
    "given": given,
    "within-s": within,
    "ascending": ascending,
    "touching-m": touching,
    "speed-kmh": speed,
    "rows": rows,
    "no-reach": no_reach,
}
