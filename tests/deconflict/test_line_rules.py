"""A message beside others on its line: told twice, or out of the corridor it is linked to."""

from typing import Any

import pytest

from openline.deconflict.line_rules import Held, met
from openline.formats.pack import load_packs

PACKS = load_packs()
HERE = [-330123450, 470123450]
ORIGIN = "cell.example/openline/log"


def held(form: str, index: int = 7, **fields: Any) -> Held:
    return Held(ORIGIN, index, f"humanitarian/{form}@1", fields)


def said(form: str, fields: dict[str, Any], *others: Held) -> list[tuple[str, str, int]]:
    found = PACKS.format(f"humanitarian/{form}@1")
    assert found is not None
    return [(each.path, each.code, each.about[1]) for each in met(found, fields, others)]


def site(east: int = 0, kind: str = "clinic", name: str = "North clinic") -> dict[str, Any]:
    return {"point": {"points": [[HERE[0] + east, HERE[1]]]}, "type": kind, "names": [name]}


@pytest.mark.parametrize(
    ("other", "is_met"),
    [
        (site(5_000), True),  # 38 m, the same type
        (site(5_000, kind="school", name="South school"), False),
        (site(300_000, kind="school"), True),  # 2.3 km, the same name
        (site(900_000, kind="school"), False),  # 6.8 km
    ],
)
def test_a_site_that_the_line_may_hold_already_is_named(
    other: dict[str, Any], is_met: bool
) -> None:
    found = said("site", site(), held("site", **other))
    assert found == ([("point", "rule.twin", 7)] if is_met else [])


def test_only_sites_are_twins_of_sites() -> None:
    assert said("site", site(), held("movement", **site())) == []


def way(*east: int) -> dict[str, Any]:
    return {"points": [[HERE[0] + each, HERE[1]] for each in east]}


CORRIDOR = held("corridor", **{"segment.1.route": way(0, 1_000_000)})


@pytest.mark.parametrize(
    ("route", "is_met"),
    [
        (way(0, 900_000), False),
        (way(-20_000, 500_000), False),  # 150 m before its beginning
        (way(0, 1_100_000), True),  # 7.5 km beyond its end
        ({"points": [HERE, [HERE[0] + 10_000, HERE[1] + 50_000]]}, True),  # 556 m beside it
    ],
)
def test_a_way_that_leaves_its_corridor_is_named(route: dict[str, Any], is_met: bool) -> None:
    fields = {"segment.1.route": route, "linked": [[ORIGIN, 7]]}
    found = said("movement", fields, CORRIDOR)
    assert found == ([("segment.1.route", "rule.in-corridor", 7)] if is_met else [])


def test_a_movement_that_names_no_corridor_is_held_against_none() -> None:
    assert said("movement", {"segment.1.route": way(0, 9_000_000)}, CORRIDOR) == []


@pytest.mark.parametrize("odd", [{}, {"points": "x"}, 7, None, {"points": [[0, 99 * 10**8]]}])
def test_what_cannot_be_read_is_left_to_the_check_of_the_form(odd: Any) -> None:
    said("site", {"point": odd, "type": odd, "names": odd}, held("site", **site()))
    said("movement", {"segment.1.route": odd, "linked": [odd, [odd]]}, CORRIDOR)
    said("movement", {"linked": odd}, held("corridor", **{"segment.1.route": odd}))
