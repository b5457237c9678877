"""What `openline prove-absence` tells the person who writes the file: the verifier's own words."""

from typing import Any

from openline.cli.commands.prove_absence import answer_of, range_parts
from openline.exchange.proof import disclose
from tests.exchange.test_in_force import ARMY, CELL, Listed


def told(listed: Listed, parts: list[dict[str, Any]], asked: str) -> list[str]:
    file = disclose.write(listed.peers[ARMY].station, parts, bundle=True)
    return answer_of(file.data, file.policy, asked, CELL)


def test_an_absence_that_is_shown_is_told_with_its_limits() -> None:
    listed = Listed("one", "two")
    listed.carry()
    parts, asked = range_parts(listed.line.hex(), CELL, "hill", None)
    first, *about = told(listed, parts, asked)
    assert first.startswith("valid")
    assert len(about) == 1 and "says nothing about other lines, calls or letters" in about[0]


def test_a_site_that_was_notified_is_told_as_not_absent() -> None:
    listed = Listed("one", "two")
    listed.carry()
    parts, asked = range_parts(listed.line.hex(), CELL, "two", None)
    assert "not shown: it stands in a range" in told(listed, parts, asked)[-1]


def test_a_form_is_asked_for_without_showing_any_field() -> None:
    parts, asked = range_parts("line", CELL, None, "guarantee")
    assert (parts[0].get("also"), asked) == (None, "guarantee")


def test_a_notice_that_had_ended_is_told_as_not_in_the_list() -> None:
    listed = Listed("one", "two")
    listed.close("two")
    listed.carry()
    place, notice = listed.digest(), listed.sites["two"]
    asked = f"{notice.origin}:{notice.index}"
    lines = told(listed, [{"kind": "entry", "ref": list(place)}], asked)
    assert lines[1].startswith("in-force list: complete, 1 notices")
    assert "not in the list" in lines[2]
