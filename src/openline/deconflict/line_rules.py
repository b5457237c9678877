"""What a form asks of a message beside others on its line: one thing told twice, a way out of its
corridor.

Shapes   met(form, fields, held) -> Met in the order of the pack; empty means none
Units    metres; positions are (longitude, latitude) in 1e-7 degree
Raises   nothing: a value that cannot be read is said by the check of the form, not here
Source   docs/formats.md, "Rules"; humanitarian practice: the same site told by two notifiers, a
         convoy that leaves the road it was notified on
Never    decides which of two is meant, and never stops a release: both may be right
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openline.deconflict.form_rules import area
from openline.deconflict.measure import distance_m, inside
from openline.formats.area import Area
from openline.formats.form import Format, Rule, name_of
from openline.formats.openjson import Value
from openline.formats.sheet.twins import Site, twins

Fields = Mapping[str, Value]
# How far beside a corridor's line a way may be drawn and still be the corridor's.
BESIDE_M: Final = 200
_THIS: Final = "this"


@dataclass(frozen=True, slots=True)
class Held:
    """A message that stands on the line: where it is kept, its form, what it says."""

    origin: str
    index: int
    format: str
    fields: Fields

    @property
    def label(self) -> str:
        return f"{self.origin} {self.index}"


@dataclass(frozen=True, slots=True)
class Met:
    """One thing that two messages are together, and the other message."""

    path: str
    code: str
    sentence: str
    about: tuple[str, int]


def met(form: Format, fields: Fields, held: Sequence[Held]) -> tuple[Met, ...]:
    """Everything that the form's rules find between these fields and what stands on the line."""
    return tuple(
        found
        for rule in form.rules
        if rule.kind in LINE_RULES
        for found in LINE_RULES[rule.kind](form, rule, fields, held)
    )


def twin(form: Format, rule: Rule, fields: Fields, held: Sequence[Held]) -> Iterator[Met]:
    """The same kind of thing within 100 m, or the same name within 5 km."""
    this = _site(_THIS, rule, fields)
    same = name_of(form.id)
    others = {each.label: each for each in held if name_of(each.format) == same}
    sites = [s for each in others.values() if (s := _site(each.label, rule, each.fields))]
    for pair in twins([*sites, this]) if this else ():
        if _THIS in (pair.one, pair.other):
            other = others[pair.one if pair.other == _THIS else pair.other]
            words = f"The line holds one with the {pair.why} {pair.distance_m} m away."
            yield Met(rule.paths[0], "rule.twin", words, (other.origin, other.index))


def _site(label: str, rule: Rule, fields: Fields) -> Site | None:
    point, kind, names = rule.paths
    place, said = area(fields, point), fields.get(names, [])
    if place is None:
        return None
    listed = [each for each in said if isinstance(each, str)] if isinstance(said, list) else []
    return Site(label, str(fields.get(kind, "")), tuple(listed), place.points[0])


def in_corridor(form: Format, rule: Rule, fields: Fields, held: Sequence[Held]) -> Iterator[Met]:
    """Every point of the way lies in the corridor that the message is linked to."""
    route, links = rule.paths
    group, _, leaf = route.partition(".")
    rows = form.item(group)
    linked = fields.get(links)
    named = [tuple(each) for each in linked if isinstance(each, list)] if isinstance(
        linked, list) else []  # fmt: skip
    for other in held:
        if (other.origin, other.index) not in named:
            continue
        ways = [_way(other.fields, path) for path in sorted(other.fields)]
        corridor = [way for way in ways if way is not None]
        for n in rows.rows(fields) if rows is not None and corridor else ():
            path = f"{group}.{n}.{leaf}"
            way = area(fields, path)
            if way is not None and not all(_is_within(p, corridor) for p in way.points):
                words = "It leaves the corridor that this message is linked to."
                yield Met(path, "rule.in-corridor", words, (other.origin, other.index))


def _way(fields: Fields, path: str) -> Area | None:
    """A segment's route, wide enough for a line that was drawn beside it."""
    if not (path.startswith("segment.") and path.endswith(".route")):
        return None
    found = area(fields, path)
    if found is None:
        return None
    return Area(found.points, found.radius_m + BESIDE_M)


def _is_within(point: tuple[int, int], corridor: Sequence[Area]) -> bool:
    return any(
        inside(point, each) or distance_m(point, each.points[0]) <= each.radius_m
        for each in corridor
    )


LINE_RULES: Final[Mapping[str, Callable[[Format, Rule, Fields, Sequence[Held]], Iterator[Met]]]] = {
    "twin": twin,
    "in-corridor": in_corridor,
}
