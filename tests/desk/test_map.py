"""Map and timeline: right at 180 degrees and at the poles, by keyboard, beside a list or table."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from openline.desk.pages.time_pages import DAY_S, SPANS, start_of
from tests.desk.town import Browser, House, browser

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 960, 600
BOXES = """() => Object.fromEntries([...document.querySelectorAll("#map svg a")].map(
  (link) => { const box = link.querySelector(".core").getBBox();
    return [link.dataset.place, [box.x, box.y, box.width, box.height]]; }))"""
LAND = """(bar) => { const land = document.querySelector("#map .land");
  if (bar) land.setAttribute("d", land.getAttribute("d") + bar);
  const points = [];
  const length = land.getTotalLength();
  for (let i = 0; i < 4000; i += 1) { const p = land.getPointAtLength(length * i / 4000);
    points.push([p.x, p.y]); }
  return points; }"""


def drawn(desk: Browser, address: str) -> dict[str, Any]:
    """The shapes of the map with the boxes around them."""
    page = desk.go(address)
    expect(page.locator("#map[data-ready=yes]")).to_be_visible()
    boxes: dict[str, Any] = page.evaluate(BOXES)
    return boxes


@pytest.mark.parametrize("view", ["fit", "world", "pacific", "north"])
def test_a_box_across_180_degrees_is_one_small_box_in_every_view(desk: Browser, view: str) -> None:
    boxes = drawn(desk, f"/map?view={view}")
    assert set(boxes) == {f"north.example:1.{n}" for n in (1, 2, 3, 4)}
    for name in ("1.1", "1.2", "1.4"):
        x, y, width, height = boxes[f"north.example:{name}"]
        # In the view from 0 degrees the box lies at both edges: two pieces, each small.
        if view == "world" and name == "1.1":
            assert width > WIDTH / 2 and height < HEIGHT / 6
            continue
        assert width < WIDTH / 8 and height < HEIGHT / 6, (name, view)
        assert 0 <= x <= WIDTH and 0 <= y <= HEIGHT, (name, view)


def longest_level(points: list[list[float]]) -> float:
    """The longest piece of coast that runs straight across the map, the edge at the pole apart."""
    bottom = max(y for _, y in points)
    longest = run = 0.0
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        # A longer step than a few units is the leap from one coast to the next, and not drawn.
        is_level = abs(y1 - y2) < 0.3 and abs(x1 - x2) < 8 and y1 < bottom - 3
        run = run + abs(x1 - x2) if is_level else 0.0
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize("view", ["world", "pacific"])
def test_no_coast_is_drawn_as_a_bar_across_the_map(desk: Browser, view: str) -> None:
    drawn(desk, f"/map?view={view}")
    assert longest_level(desk.page.evaluate(LAND, "")) < WIDTH / 8
    assert longest_level(desk.page.evaluate(LAND, f"M0 200H{WIDTH}")) > WIDTH / 2


def test_the_pole_is_in_the_middle_of_its_view(desk: Browser) -> None:
    x, y, width, height = drawn(desk, "/map?view=north")["north.example:1.2"]
    assert abs(x + width / 2 - WIDTH / 2) < 20 and abs(y + height / 2 - HEIGHT / 2) < 20
    assert set(drawn(desk, "/map?view=south")) == set()


def test_the_list_beside_the_map_has_every_shape_with_its_places_and_times_in_words(
    desk: Browser,
) -> None:
    boxes = drawn(desk, "/map")
    listed = desk.page.locator("[data-place].life-mark, li[data-place]")
    names = listed.evaluate_all("rows => rows.map(row => row.dataset.place)")
    assert set(names) == set(boxes)
    item = desk.page.locator("li[data-place='north.example:1.1']")
    expect(item).to_contain_text("66.0000000°N 178.0000000°E · points: 4")
    expect(item).to_contain_text("2030-12-01T06:00:00Z")
    expect(item).to_contain_text("still to come")


def test_the_map_works_without_a_mouse(desk: Browser) -> None:
    boxes = drawn(desk, "/map")
    page = desk.page
    page.locator("#map svg").focus()
    page.keyboard.press("+")
    page.keyboard.press("+")
    closer = page.evaluate(BOXES)
    assert closer["north.example:1.1"][2] > boxes["north.example:1.1"][2] * 1.5
    page.keyboard.press("0")
    assert page.evaluate(BOXES) == boxes
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(BOXES) != boxes
    page.locator("[data-find='north.example:1.4']").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.place") == "north.example:1.4"
    page.keyboard.press("Enter")
    page.wait_for_url("**/message?*")
    expect(page.get_by_role("heading", name="1.4")).to_be_visible()


def test_the_message_of_an_area_leads_to_it_on_the_map(desk: Browser) -> None:
    boxes = drawn(desk, "/map")
    page = desk.page
    page.locator("li[data-place='north.example:1.4'] a.row-link").click()
    page.get_by_role("link", name="Show on the map").click()
    expect(page.locator("#map[data-ready=yes]")).to_be_visible()
    assert page.evaluate("document.activeElement.dataset.place") == "north.example:1.4"
    x, y, width, height = page.evaluate(BOXES)["north.example:1.4"]
    # It fills the picture, and is whole; among all of the list it is small.
    assert x > 0 and y > 0 and x + width < WIDTH and y + height < HEIGHT
    assert max(width / WIDTH, height / HEIGHT) > 0.2
    assert boxes["north.example:1.4"][2] < WIDTH / 8
    expect(page.locator("#map .scale text")).to_have_count(1)
    page.locator("#map svg").focus()
    page.keyboard.press("0")
    assert page.evaluate(BOXES) == boxes


def test_a_time_in_the_address_leaves_out_what_does_not_happen_then(desk: Browser) -> None:
    assert set(drawn(desk, "/map?since=2030-12-03&until=2030-12-04")) == {
        f"north.example:1.{n}" for n in (1, 2, 3)
    }
    assert set(drawn(desk, "/map?since=2031-01-01")) == set()
    expect(desk.page.get_by_text("Nothing with a place.")).to_be_visible()


def test_the_map_has_no_boundary_and_says_that_it_takes_no_position(desk: Browser) -> None:
    drawn(desk, "/map?boundaries=1&view=world")
    expect(desk.page.locator("#map .borders")).to_have_count(0)
    expect(desk.page.locator("figcaption")).to_contain_text("takes no position")
    answer = desk.page.goto(desk.house.site + "/map/boundaries")
    assert answer is not None and answer.status == 404


def lane(page: Page) -> Any:
    return page.locator(".timeline g[aria-label=Harbour]")


def test_the_timeline_has_a_lane_per_line_and_the_same_as_a_table(desk: Browser) -> None:
    page = desk.go("/timeline?start=2030-11-29&days=30")
    expect(page.locator(".timeline g")).to_have_count(2)
    marks = lane(page).locator("a.mark.window")
    expect(marks).to_have_count(11)
    rows = page.locator("h2:text-is('Harbour') + div tbody tr")
    expect(rows).to_have_count(11)
    marks.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/message?*")


@pytest.mark.parametrize("days", SPANS)
def test_a_timeline_that_is_asked_for_no_day_has_now_in_sight_at_every_hour(days: int) -> None:
    for now_s in range(1_924_992_000, 1_924_992_000 + DAY_S, 3_600):
        assert 0 <= now_s - start_of("", now_s, days) < days * DAY_S


def test_the_timeline_shows_what_was_told_and_what_is_due_now(desk: Browser) -> None:
    page = desk.go("/timeline?days=1")
    expect(lane(page).locator("a.mark.told")).to_have_count(11)
    expect(lane(page).locator("a.mark.due")).to_have_count(11)
    expect(page.locator(".timeline .now")).to_have_count(1)
    page.get_by_role("link", name="Earlier").click()
    page.get_by_role("link", name="Now", exact=True).click()
    desk.go("/timeline?days=nonsense&start=%F0%9F%98%80&line=")
    expect(page.locator(".timeline .now")).to_have_count(1)


def test_no_place_and_no_time_of_a_line_without_a_role_is_shown(
    playwright: Playwright, filled: tuple[House, House]
) -> None:
    with browser(playwright, filled[1]) as few:
        few.enrol("Frida South", "--line", "Second")
        assert drawn(few, "/map") == {}
        secret = ("Harbour", "Ice camp", "north.example:1.2")
        paths = ("/map", "/map/shapes", "/timeline?days=366", "/timeline?start=2030-11-29&days=30")
        for path in paths:
            content = few.go(path).content()
            assert [word for word in secret if word in content] == []
        assert "Second" in few.go("/timeline?start=2030-11-29&days=30").content()


def test_boundaries_are_the_operators_choice_under_the_operators_words(
    playwright: Playwright, filled: tuple[House, House], tmp_path: Path
) -> None:
    south = filled[1]
    lines = tmp_path / "lines.json"
    ends = [[[-40, 50], [-20, 40]]]
    lines.write_text(json.dumps({"type": "MultiLineString", "coordinates": ends}))
    south.stop()
    settings = south.home / "node.toml"
    before = settings.read_text()
    settings.write_text(
        before.replace('boundaries = ""', f'boundaries = "{lines}"')
        .replace('boundaries_label = ""', 'boundaries_label = "Survey of South, 2031"')
    )  # fmt: skip
    south.serve()
    try:
        with browser(playwright, south) as officer:
            officer.enrol("Greta South")
            drawn(officer, "/map?view=world")
            expect(officer.page.locator("#map .borders")).to_have_count(0)
            officer.page.get_by_label("Boundaries: Survey of South, 2031").check()
            officer.page.get_by_role("button", name="Show", exact=True).click()
            expect(officer.page.locator("#map .borders")).to_have_count(1)
            expect(officer.page.locator("figcaption")).to_contain_text(
                "The boundaries are the view of: Survey of South, 2031."
            )
            assert officer.wrong == []
    finally:
        settings.write_text(before)
