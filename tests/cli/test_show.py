"""`openline show`: what stands beside a state is said in words and never instead of it."""

from typing import Any

from openline.cases.views import case_view
from openline.cli.show import answers, standing
from openline.formats.openjson import Value
from tests.cases.hand import folded, pens, text, visit
from tests.cases.test_composed import CHECKLIST, corridor, position


def matter(*pens_: Any) -> dict[str, Any]:
    found: dict[str, Any] = case_view(folded(*pens_).cases[0], {}, 0)["matters"][0]
    return found


def rows(of: dict[str, Any]) -> dict[str, object]:
    return dict(standing(of, of["versions"][0]["ref"]))


def test_a_checklist_names_the_parts_that_hold_it_back() -> None:
    us, ru = pens("us", "ru")
    told = corridor(us)
    items: list[Value] = [path for path in CHECKLIST if path != "fire_rules"]
    position(ru, told, "accept", items)
    shown = rows(matter(us, ru))
    assert (shown["state"], shown["as a whole"]) == ("told", "silent: fire_rules")


def test_a_notice_has_nothing_beside_its_state() -> None:
    us, ru = pens("us", "ru")
    visit(us)
    assert rows(matter(us, ru)) == {"state": "told"}


def test_a_threshold_that_is_reached_is_said_aloud() -> None:
    us, ru = pens("us", "ru")
    strength: dict[str, Value] = {
        "subject": text("Exercise"),
        "strength": [["troops", 13_000]],
        "thresholds": [["troops", 9_000], ["tanks", 250]],
    }
    us.say("core/exercise@1", "-", (), strength)
    said = str(rows(matter(us, ru))["threshold"])
    assert said.splitlines() == ["troops 13000 of 9000, AT OR ABOVE", "tanks 0 of 250"]


def test_an_answer_to_an_earlier_version_is_marked_stale() -> None:
    us, ru = pens("us", "ru")
    told = visit(us)
    us.say("core/visit@1", "-", [told], {**told.fields, "relation": "amends"})
    ru.say("core/answer@1", "accepted", [told])
    assert any("STALE" in line for line in answers(matter(us, ru)))
