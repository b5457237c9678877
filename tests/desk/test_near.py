"""What the desk says of places: to the sender before release, and to whoever reads it."""

import json
import re
from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.cli import outgoing
from openline.desk.cautions import cautions_of
from openline.desk.pages import case_pages, form_words
from openline.desk.pages.look import Words
from openline.desk.views import shown
from openline.formats.admin_areas import read_admin_areas
from openline.formats.openjson import Value
from tests.desk.paged import paged, visit_of
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_in_force import site

CELL, ARMY = "cell.example", "army.example"
MOVEMENT, EXERCISE = "humanitarian/movement@1", "core/exercise@1"
LON, LAT = -330123450, 470123450


def movement(hour: int = 8, **more: Any) -> dict[str, Value]:
    """A road past the site of `site`, some 220 m south of it."""
    window: dict[str, Value] = {
        "from": f"2030-03-02T{hour:02}:00:00Z", "until": f"2030-03-02T{hour + 1:02}:00:00Z",
    }  # fmt: skip
    return {
        "movement": f"m-{hour}",
        "kind": "road",
        "organisations": ["Relief association"],
        "cargo": "flour",
        "direction": "out",
        "segment.1.route": {
            "points": [[LON - 100_000, LAT - 20_000], [LON + 100_000, LAT - 20_000]]
        },
        "segment.1.controlled_by": "uncontrolled",
        "segment.1.enter": window["from"],
        "segment.1.leave": window["until"],
        **window,
        "vehicles": 1,
        "people": 2,
        "leader": "convoy leader",
        "effect": "information",
        "lead_class": "normal",
        **more,
    }


class Line:
    """A line of a cell and an army, with one site of the cell on it."""

    def __init__(self) -> None:
        self.peers: Peers = make_peers(CELL, ARMY)
        self.line = self.peers.open_line(CELL, ARMY, packs=["core", "humanitarian"])
        self.site = self.say(CELL, "humanitarian/site@1", site("s-1"))

    def say(self, party: str, form: str, fields: dict[str, Value], *refs: Ref) -> Ref:
        place = self.peers.say(party, self.line, form, fields, refs=list(refs))
        self.peers.carry()
        return place

    def before(
        self, party: str, form: str, fields: dict[str, Any], *refs: Ref
    ) -> list[tuple[str, str]]:
        station = self.peers[party].station
        found = cautions_of(station, self.line, form, "-", fields, list(refs))
        return [(each.code, each.sentence) for each in found if _is_of_place(each.code)]

    def read(self, party: str, place: Ref) -> list[tuple[str, str]]:
        told = shown(self.peers[party].station, place, "en")
        return [(o["code"], o["sentence"]) for o in told["odd"] if _is_of_place(o["code"])]


def _is_of_place(code: str) -> bool:
    return code.startswith(("crossing.", "admin."))


@pytest.fixture
def line() -> Line:
    return Line()


def test_sender_and_receiver_see_the_other_message_the_metres_and_the_window(line: Line) -> None:
    ((code, sentence),) = line.before(CELL, MOVEMENT, movement())
    assert code == "crossing.near"
    number = line.peers[CELL].station
    assert f"{CELL}:1.{line.site.index}" in sentence, number
    assert "(humanitarian/site@1) is 122 m away" in sentence
    assert "from 2030-03-02T08:00:00Z to 2030-03-02T09:00:00Z" in sentence
    told = line.say(CELL, MOVEMENT, movement())
    for party in (CELL, ARMY):
        assert line.read(party, told) == [(code, f"segment.1.route: {sentence}")]


@pytest.mark.parametrize("lang", ["en", "ru", "ar"])
def test_the_page_leads_to_the_other_message_and_says_all_of_it_in_the_readers_language(
    line: Line, lang: str
) -> None:
    told = line.say(CELL, MOVEMENT, movement())
    at = {"o": told.origin, "i": told.index}
    html = paged(case_pages.message, visit_of(line.peers, ARMY, lang=lang, **at))
    near = html.partition('id="near"')[2].partition("</section>")[0]
    assert f'href="/message?o={line.site.origin}&i={line.site.index}"' in near
    words = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", near))
    route, site = Words(lang).term("item.route"), Words(lang).term("format.site")
    assert f"6.1.1 {route}: {site} · {CELL}:1.{line.site.index}" in words
    assert "122 m, 020800Z MAR 30 – 020900Z MAR 30" in words
    assert " is 122" not in words, "no English sentence beside it"


def test_before_release_terminal_and_form_say_the_same_without_english(line: Line) -> None:
    station = line.peers[CELL].station
    found = [c.row() for c in cautions_of(station, line.line, MOVEMENT, "-", movement(), [])]
    rows = [row for row in found if row["code"] == "crossing.near"]
    said = f"{CELL}:1.{line.site.index} · s-1: 122 m, 020800Z MAR 30 – 020900Z MAR 30"
    (terminal,) = outgoing.cautions({"format": MOVEMENT}, rows, "ru")
    form = station.packs.format(MOVEMENT)
    (desk,) = form_words.cautions(Words("ru"), form, {"warnings": rows})
    for each in (terminal, desk):
        assert each.endswith(f"Уведомление об объекте · {said}"), each


def test_what_was_told_after_a_movement_is_near_it_too(line: Line) -> None:
    told = line.say(CELL, MOVEMENT, movement())
    ring = [[LON - 50_000, LAT - 90_000], [LON, LAT - 90_000], [LON, LAT - 30_000]]
    fields: dict[str, Value] = {
        "subject": [{"lang": "en", "status": "original", "text": "Guns"}],
        "area": {"points": [*ring, ring[0]]},
        "from": "2030-03-02T07:00:00Z", "until": "2030-03-02T08:30:00Z",
    }  # fmt: skip
    ((code, sentence),) = line.before(ARMY, EXERCISE, fields)
    assert (code, f"{CELL}:1.{told.index}" in sentence) == ("crossing.near", True)
    assert "to 2030-03-02T08:30:00Z" in sentence


def test_a_new_version_is_not_near_the_one_that_it_replaces(line: Line) -> None:
    told = line.say(CELL, MOVEMENT, movement())
    later = movement(**{"relation": "amends", "segment.1.tolerance": 10})
    assert [c for c, s in line.before(CELL, MOVEMENT, later, told) if f"1.{told.index} " in s] == []
    # Negative control: as a message of its own it is.
    assert [c for c, s in line.before(CELL, MOVEMENT, later) if f"1.{told.index} " in s] != []


def test_the_site_that_a_movement_goes_to_is_meant(line: Line) -> None:
    linked = movement(linked=[[line.site.origin, line.site.index]])
    assert line.before(CELL, MOVEMENT, linked) == []


def test_another_time_or_a_closed_message_is_not_near(line: Line) -> None:
    line.say(CELL, MOVEMENT, movement(12))
    assert [code for code, _ in line.before(CELL, MOVEMENT, movement(8))] == ["crossing.near"]
    line.peers.say(CELL, line.line, "core/close@1", {}, answer="completed", refs=[line.site])
    assert line.before(CELL, MOVEMENT, movement(8)) == []


def test_what_cannot_be_compared_is_named_and_never_passed_over(line: Line) -> None:
    fields: dict[str, Value] = {
        "subject": [{"lang": "en", "status": "original", "text": "Guns"}],
        "from": "2030-03-02T07:00:00Z", "until": "2030-03-02T08:30:00Z",
    }  # fmt: skip
    guns = line.say(ARMY, EXERCISE, fields)
    found = dict(line.before(CELL, MOVEMENT, movement()))
    assert (
        f"NOT CHECKED against 1 messages ({ARMY}:1.{guns.index})" in found["crossing.not-checked"]
    )
    blind = movement()
    del blind["segment.1.route"]
    ((code, sentence),) = line.before(CELL, MOVEMENT, blind)
    assert code == "crossing.not-checked"
    assert "NOT CHECKED against 2 messages" in sentence
    assert "segment.1.route" in sentence


def test_the_separation_is_the_nodes_own(line: Line) -> None:
    line.peers[CELL].station.separation_m = 100
    assert line.before(CELL, MOVEMENT, movement()) == []
    assert line.before(ARMY, MOVEMENT, movement()) != []


def test_a_site_outside_its_area_is_remarked_where_the_node_has_the_file(line: Line) -> None:
    ring = [[46.0, -34.0], [48.0, -34.0], [48.0, -32.0], [46.0, -32.0], [46.0, -34.0]]
    areas = {"type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": {"pcode": "XX01"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }]}  # fmt: skip
    line.peers[ARMY].station.admin_areas = read_admin_areas(json.dumps(areas).encode())
    fields = site("s-2") | {"admin.level1": "XX01"}
    assert line.before(CELL, "humanitarian/site@1", fields) == []
    ((code, _),) = line.before(ARMY, "humanitarian/site@1", fields)
    assert code == "admin.swapped"
    told = line.say(CELL, "humanitarian/site@1", fields)
    assert [code for code, _ in line.read(ARMY, told)] == ["admin.swapped"]
