"""Drawing on the map beside a form: by keys alone, by pointer, at 180 degrees, at the poles."""

import math
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Position, expect

from openline.desk.pages.typed_values import read_points
from tests.desk.barriers import findings, overflows
from tests.desk.test_composing import fill_area, shot
from tests.desk.test_desk import compose
from tests.desk.town import Browser

pytestmark = pytest.mark.browser

WIDTH, HEIGHT = 960, 600
CLOSER_MOST = 5
EARTH_M = 6_371_008.8
POINTS = "[name='f.area.{row}.area.points']"
RADIUS = "[name='f.area.{row}.area.radius']"
BOX = """path => { const box = document.querySelector(path).getBBox();
  return [box.x, box.y, box.width, box.height]; }"""
TAP = """(svg, [x, y]) => { const box = svg.getBoundingClientRect();
  const at = { clientX: box.x + box.width * x, clientY: box.y + box.height * y };
  svg.dispatchEvent(new MouseEvent("click", { bubbles: true, ...at })); }"""

# A press is aimed at what stands still: nothing above it or beside it moves for ten frames.
STILL = """svg => new Promise(done => { let last = "", same = 0;
  const look = () => { const { x, y, width, height } = svg.getBoundingClientRect();
    const now = [x, y, width, height].join(); same = now === last ? same + 1 : 0; last = now;
    return same < 10 ? requestAnimationFrame(look) : done(); };
  look(); })"""

ON_EARTH = """() => { const box = document.querySelector("#picker .cross").getBBox();
  const at = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
  return document.querySelector("#picker .sea").isPointInFill(at); }"""


# Lines of degrees that cross the picture; how long the bar of the scale is.
LINES = """() => { const grid = document.querySelector("#picker .grid");
  const length = grid.getTotalLength(); let seen = 0;
  for (let i = 0; i <= 400; i += 1) { const p = grid.getPointAtLength(length * i / 400);
    if (p.x > 0 && p.x < 960 && p.y > 0 && p.y < 600) seen += 1; }
  // What lies below the land is not seen.
  const land = document.querySelector("#picker .land");
  return land && grid.compareDocumentPosition(land) & Node.DOCUMENT_POSITION_FOLLOWING ? 0 : seen;
}"""
BAR = "() => document.querySelector('#picker .scale path').getBBox().width"
# A pixel of the whole earth: what was pressed cannot have been meant more exactly.
A_PRESS_M = 60_000


@pytest.fixture
def page(officer: Browser) -> Iterator[Page]:
    """The empty form of a hazardous area, with the map beside it."""
    opened = compose(officer, "Harbour", "core/hazard-area@1")
    expect(opened.locator("#picker[data-ready=yes]")).to_be_visible()
    expect(opened.locator("#sound")).to_be_visible()  # what comes above the map has come
    yield opened
    assert officer.wrong == []


def points(page: Page, row: int = 1) -> list[tuple[float, float]]:
    """The positions of a row as they stand in the form: latitude, longitude."""
    lines = page.input_value(POINTS.format(row=row)).split("\n")
    return [(float(a), float(b)) for a, _, b in (line.partition(", ") for line in lines if line)]


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def put(page: Page, row: int = 1) -> None:
    """Set a point where the cross is: the map comes closer until it is exact enough."""
    field = POINTS.format(row=row)
    before = page.input_value(field)
    for _ in range(CLOSER_MOST):
        press(page, "Enter")
        if page.input_value(field) != before:
            return
        expect(page.locator("#picker output")).to_contain_text("come closer")
    raise AssertionError("the map never came close enough")


def begin(page: Page, row: int = 1) -> None:
    """Go to the map from a field, by key."""
    page.locator(f"[data-draw='area.{row}.area']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#picker svg")).to_be_focused()


def cross(page: Page) -> tuple[float, float]:
    """Where the page says that the cross is: latitude, longitude."""
    latitude, _, longitude = page.locator("#picker output bdi").inner_text().partition(",")
    return float(latitude), float(longitude)


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the sphere, by the haversine formula."""
    (a, x), (b, y) = [tuple(map(math.radians, each)) for each in (one, other)]
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin((y - x) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(half))


def test_an_area_is_drawn_by_keys_alone_and_stands_in_the_form(page: Page) -> None:
    begin(page)
    press(page, "ArrowUp")
    put(page)
    press(page, "ArrowRight", "ArrowRight", "Enter", "ArrowDown", "Shift+ArrowDown")
    press(page, "Enter", "c")
    drawn = points(page)
    assert len(drawn) == 4 and drawn[0] == drawn[3]
    assert drawn[0][0] > 5 and abs(drawn[1][0] - drawn[0][0]) < 0.001
    assert drawn[1][1] > drawn[0][1] and drawn[2][0] < drawn[1][0]
    assert len(read_points(page.input_value(POINTS.format(row=1)))) == 4  # exact enough for all
    expect(page.locator("#picker output")).to_contain_text("area · points: 3")
    expect(page.locator("#picker .drawn .core.ring")).to_have_count(1)
    press(page, "Escape")
    expect(page.locator(POINTS.format(row=1))).to_be_focused()
    expect(page.locator("#kept")).to_contain_text("Kept on the node")
    page.reload()  # what was drawn was kept as if it had been typed
    assert points(page) == drawn
    expect(page.locator("#picker .drawn .core.ring")).to_have_count(1)


def test_a_step_with_shift_is_finer_and_a_closer_look_gives_more_decimals(page: Page) -> None:
    begin(page)
    press(page, "ArrowUp")
    put(page)
    press(page, "Shift+ArrowUp", "Enter")
    press(page, *["+"] * 8, "ArrowUp", "Enter")
    text = page.input_value(POINTS.format(row=1)).split("\n")
    far, near, closest = (float(line.partition(",")[0]) for line in text)
    assert 0 < near - far < 0.001
    assert 0 < closest - near < 0.0001
    assert [len(line.partition(",")[0].partition(".")[2]) for line in text] == [4, 4, 6]


def test_a_corridor_and_a_circle_take_their_width_from_the_distance_to_the_cross(
    page: Page,
) -> None:
    begin(page)
    put(page)
    press(page, "ArrowRight", "ArrowRight", "Enter", "ArrowLeft", "ArrowUp", "ArrowUp", "r")
    middle, _ = cross(page)
    width = int(page.input_value(RADIUS.format(row=1)))
    # The leg runs along the equator, so the nearest place of it lies straight below the cross.
    assert width == pytest.approx(metres((0, 0), (middle, 0)), rel=0.02)
    page.get_by_role("button", name="Add: Area").click()
    begin(page, 2)
    put(page, 2)
    press(page, "ArrowUp", "ArrowRight", "r")
    radius = int(page.input_value(RADIUS.format(row=2)))
    assert radius == pytest.approx(metres(points(page, 2)[0], cross(page)), rel=0.02)
    expect(page.locator("#picker output")).to_contain_text(f"within {radius} m")
    assert int(page.input_value(RADIUS.format(row=1))) == width  # the first stays as it was
    expect(page.locator("#picker .place")).to_have_count(2)
    page.fill(RADIUS.format(row=2), "1 500")  # as people write it
    expect(page.locator("#picker output")).to_contain_text("within 1500 m")


def test_the_last_point_is_taken_back_and_a_closed_area_is_opened_first(page: Page) -> None:
    fill_area(page, 1, "1, 1\n2, 2\n1, 2\n1, 1")
    begin(page)
    press(page, "Backspace")
    assert points(page) == [(1, 1), (2, 2), (1, 2)]
    press(page, "Backspace", "c")  # two points are no area
    assert points(page) == [(1, 1), (2, 2)]
    press(page, "Backspace", "Backspace", "Backspace", "r")
    assert page.input_value(POINTS.format(row=1)) == ""
    assert page.input_value(RADIUS.format(row=1)) == ""


def test_a_point_set_in_a_closed_area_keeps_it_closed(page: Page) -> None:
    fill_area(page, 1, "1, 1\n2, 2\n1, 2\n1, 1")
    begin(page)
    press(page, "ArrowDown")
    put(page)
    drawn = points(page)
    assert len(drawn) == 5 and drawn[:3] == [(1, 1), (2, 2), (1, 2)] and drawn[4] == (1, 1)


def test_what_is_typed_is_drawn_and_what_cannot_be_read_is_left_as_it_is(page: Page) -> None:
    page.locator(POINTS.format(row=1)).press_sequentially("48.2, 16.3\n48.9, 17")
    expect(page.locator("#picker .drawn .core.track")).to_have_count(1)
    fill_area(page, 1, "48.2082 16.3738\n48,9082 17,3738")  # as the node reads them
    expect(page.locator("#picker .vertex")).to_have_count(2)
    odd = "48.2, 16.3\n91, 0\n<b>x</b>\n\N{RIGHT-TO-LEFT OVERRIDE}1, 2\n48,3 16,4"
    fill_area(page, 1, odd)
    begin(page)
    put(page)
    assert page.input_value(POINTS.format(row=1)).startswith(odd + "\n")
    expect(page.locator("#picker .vertex")).to_have_count(2)


@pytest.mark.parametrize(("x", "y"), [(0.75, 0.25), (0.5, 0.5), (0.2, 0.7), (0.97, 0.4)])
def test_who_presses_again_without_moving_sets_the_place_that_was_pressed_first(
    page: Page, x: float, y: float
) -> None:
    field = page.locator(POINTS.format(row=1))
    field.focus()
    drawing, told = page.locator("#picker svg"), page.locator("#picker output")
    tap(drawing, x, y)
    expect(told).to_contain_text("the map has come closer to this place")
    expect(field).to_have_value("")  # nothing was written that only looks exact
    meant = cross(page)
    for _ in range(CLOSER_MOST):
        if field.input_value():
            break
        assert under_hand(page, x, y)
        tap(drawing, x, y)
    expect(told).not_to_contain_text("come closer")
    [set_at] = points(page)
    assert metres(set_at, meant) < A_PRESS_M  # it had been some 480 km away
    assert read_points(field.input_value())  # as exact as the receiver's reading has to be
    shot(page, "picker-click")
    # Negative control: where the map comes closer to its own middle, the hand is elsewhere.
    press(page, "Tab")
    page.get_by_role("button", name="Closer").click(click_count=2, delay=1)
    assert (x, y) == (0.5, 0.5) or not under_hand(page, x, y)


def tap(drawing: Locator, x: float, y: float) -> None:
    """Press a place of a drawing in the instant in which it is measured: what comes above the map
    meanwhile, such as the word that the node does not answer, would move it under the hand."""
    drawing.evaluate(TAP, [x, y])


def under_hand(page: Page, x: float, y: float) -> bool:
    """Whether the cross is drawn where the drawing was pressed, to a pixel or two."""
    left, top, width, height = page.evaluate(BOX, "#picker .cross")
    return math.dist((left + width / 2, top + height / 2), (x * WIDTH, y * HEIGHT)) < 8


def test_after_a_radius_the_whole_circle_is_in_the_picture_with_a_scale(page: Page) -> None:
    fill_area(page, 1, "44.9934, 39.6234")
    begin(page)
    press(page, *["+"] * 8)
    page.fill(RADIUS.format(row=1), "15000")
    x, y, width, height = page.evaluate(BOX, "#picker .drawn .area")
    assert width > WIDTH and height > HEIGHT  # negative control: one brown rectangle
    page.locator("#picker svg").focus()
    press(page, *["ArrowRight"] * 2, "r")
    x, y, width, height = page.evaluate(BOX, "#picker .drawn .area")
    assert x > 0 and y > 0 and x + width < WIDTH and y + height < HEIGHT
    assert width > WIDTH / 6  # and not a dot
    expect(page.locator("#picker .scale text")).to_have_text(re.compile(r"^\d+ k?m$"))
    shot(page, "picker-radius")


def test_a_small_area_is_drawn_from_near_by_too(page: Page) -> None:
    """An area of thirty metres was nowhere in its own picture."""
    fill_area(page, 1, "44.0000, 39.0000\n44.0003, 39.0000\n44.0003, 39.0004\n44.0000, 39.0000")
    begin(page)
    press(page, "0")
    _, _, width, height = page.evaluate(BOX, "#picker .drawn .area")
    assert WIDTH > width > 50 and HEIGHT > height > 50
    fill_area(page, 1, "44.9934, 39.6234")
    page.fill(RADIUS.format(row=1), "100")
    page.locator("#picker svg").focus()
    press(page, "0")
    _, _, width, height = page.evaluate(BOX, "#picker .drawn .area")
    assert HEIGHT > height > HEIGHT / 4


def test_a_closed_area_is_wholly_in_the_picture(page: Page) -> None:
    fill_area(page, 1, "44.0000, 39.0000\n45.0000, 39.0000\n44.5000, 40.0000")
    begin(page)
    press(page, *["+"] * 6, "c")
    x, y, width, height = page.evaluate(BOX, "#picker .drawn .area")
    assert x > 0 and y > 0 and x + width < WIDTH and y + height < HEIGHT
    page.get_by_role("button", name="Close to an area").click()  # a further press changes nothing
    assert page.evaluate(BOX, "#picker .drawn .area") == [x, y, width, height]


@pytest.mark.parametrize("place", ["0, 0", "44.9934, 39.6234", "-30, -130", "89.99, 12"])
def test_no_picture_is_empty_and_its_scale_is_true_however_close_it_is(
    page: Page, place: str
) -> None:
    fill_area(page, 1, place)
    begin(page)
    press(page, "0")
    for _ in range(13):
        assert page.evaluate(LINES) > 0  # lines of degrees, also far from any coast
        scale = page.locator("#picker .scale")
        told, drawn = int(str(scale.get_attribute("data-metres"))), page.evaluate(BAR)
        assert 10 < drawn < WIDTH / 3
        assert told / drawn == pytest.approx(metres_of_a_unit(page), rel=0.25)
        press(page, "+")


def metres_of_a_unit(page: Page) -> float:
    """By the cross: how far a step of it along the picture is."""
    before = cross(page)
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    step = metres(before, cross(page)) / 72
    press(page, "ArrowLeft", "ArrowLeft", "ArrowLeft")
    return step


def test_the_page_says_that_a_click_sets_a_point(page: Page) -> None:
    expect(page.locator("#picker-click")).to_contain_text("A click sets a point")


def at(drawing: Locator, x: float, y: float) -> Position:
    """A place in a drawing that stands still, by parts of its width and height."""
    drawing.evaluate(STILL)
    box = drawing.bounding_box()
    assert box is not None
    return {"x": box["width"] * x, "y": box["height"] * y}


@pytest.mark.parametrize("near", ["from the west", "from the east"])
def test_across_180_degrees_an_area_is_one_small_area(page: Page, near: str) -> None:
    key, sign = ("ArrowRight", 1) if near == "from the west" else ("ArrowLeft", -1)
    fill_area(page, 1, f"66.0000, {sign * 179}.0000")
    begin(page)
    press(page, *[key] * 3)
    put(page)
    press(page, "0", *["ArrowDown"] * 4)
    put(page)
    press(page, "c")
    drawn = points(page)
    assert drawn[1][1] * sign < 0 and abs(drawn[1][1]) > 170  # the cross went over the line
    press(page, "0")
    x, _, width, height = page.evaluate(BOX, "#picker .drawn .core")
    assert 0 < width < WIDTH and 0 < height < HEIGHT and abs(x + width / 2 - WIDTH / 2) < WIDTH / 8
    page.get_by_role("button", name="Farther").click(click_count=8, delay=1)
    box = page.evaluate(BOX, "#picker .drawn .core")
    assert box[2] < WIDTH / 8  # on the whole earth too


@pytest.mark.parametrize("pole", ["North", "South"])
def test_the_cross_goes_over_a_pole_and_an_area_around_it_holds_it(page: Page, pole: str) -> None:
    whole = page.get_by_role("button", name=f"{pole} Pole")
    for way in (["ArrowUp"], ["ArrowDown", "ArrowLeft"], ["ArrowDown", "ArrowRight"]):
        whole.click()
        page.locator("#picker svg").focus()
        press(page, *way)
        put(page)
    press(page, "c")
    whole.click()
    drawn = points(page)
    assert all(80 < abs(latitude) < 90 for latitude, _ in drawn)
    assert len({latitude > 0 for latitude, _ in drawn}) == 1
    longitudes = sorted(longitude % 360 for _, longitude in drawn[:3])
    gaps = [b - a for a, b in zip(longitudes, [*longitudes[1:], longitudes[0] + 360], strict=True)]
    assert max(gaps) < 180  # it goes around
    x, y, width, height = page.evaluate(BOX, "#picker .drawn .area")
    assert x < WIDTH / 2 < x + width and y < HEIGHT / 2 < y + height
    assert width < WIDTH / 2 and height < HEIGHT / 2
    shot(page, f"picker-pole-{pole.lower()}")


def test_the_cross_does_not_leave_the_earth(page: Page) -> None:
    begin(page)
    press(page, *["ArrowUp"] * 40, *["ArrowRight"] * 60)
    assert page.evaluate(ON_EARTH)
    put(page)
    [(latitude, longitude)] = points(page)
    assert 70 < latitude <= 90 and abs(longitude) <= 180


def test_what_was_drawn_is_what_is_released(page: Page) -> None:
    page.fill("[name='f.subject.1.text']", "Drawn")
    begin(page)
    press(page, "ArrowUp")
    put(page)
    press(page, "ArrowRight", "Enter", "r", "ArrowUp", "r")
    (first, second), width = points(page), page.input_value(RADIUS.format(row=1))
    page.fill("[name='f.area.1.window.1.from']", "2031-03-01 08:00")
    page.fill("[name='f.area.1.window.1.until']", "2031-03-01 12:00")
    page.click("#compose button.main")
    page.wait_for_url("**/drafts/*")
    shown = page.locator("table.check").inner_text()
    for latitude, longitude in (first, second):
        assert f"{latitude:.7f}°N {longitude:.7f}°E" in shown
    assert width in shown.replace(",", "")


def test_the_map_has_no_barrier_and_fits_a_telephone_and_reads_from_right_to_left(
    officer: Browser, page: Page
) -> None:
    fill_area(
        page, 1, "66.0000, 179.0000\n67.0000, -179.0000\n66.0000, -178.0000\n66.0000, 179.0000"
    )
    page.wait_for_url("**/compose?u=*")
    address, url = page.url, officer.house.site
    cookies = officer.context.cookies()
    for lang, theme, size in (
        ("en", "day", (1280, 900)), ("ar", "night", (360, 740)), ("ru", "dusk", (640, 450)),
    ):  # fmt: skip
        for name, value in (("language", lang), ("theme", theme)):
            officer.context.add_cookies([{"name": f"openline-{name}", "value": value, "url": url}])
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.goto(address)
        expect(page.locator("#picker[data-ready=yes]")).to_be_visible()
        assert findings(page) == []
        assert not overflows(page)
        shot(page, f"picker-{lang}-{theme}")
    page.set_viewport_size({"width": 1280, "height": 900})
    officer.context.clear_cookies()
    officer.context.add_cookies(cookies)  # type: ignore[arg-type]


def test_a_form_without_a_place_has_no_map_and_fetches_nothing_for_one(officer: Browser) -> None:
    officer.go("/lines")
    asked: list[str] = []
    officer.page.on("request", lambda request: asked.append(request.url))
    compose(officer, "Harbour", "core/advisory@1")
    expect(officer.page.locator("#picker")).to_have_count(0)
    # The id of a line and the name of a file's content are hex, and may hold "d3".
    names = [re.sub("[0-9a-f]{16,}", "", url) for url in asked]
    assert not any(name in url for url in names for name in ("d3", "land", "earth", "picker"))
