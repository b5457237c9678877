"""Every page can be used by everybody: axe-core finds nothing, at 100 %, at 200 % and 360 px wide.

At 200 % a window of 1280 by 900 has room for 640 by 450 of the page's own units.
"""

import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Playwright, expect

from openline.desk.pages.look import LANGUAGES
from tests.desk.barriers import findings, overflows
from tests.desk.town import Browser, browser

pytestmark = pytest.mark.browser

# The brightest part of a ground, of 255: what is dim spoils no eyes that are used to the night.
BRIGHT = "e => Math.max(...getComputedStyle(e).backgroundColor.match(/\\d+/g).map(Number))"
DIM_MAX = 64
SIZES = {"100 %": (1280, 900), "200 %": (640, 450), "360 px": (360, 740)}
ADDRESSES = (
    "/queue", "/queue?todo=answer", "/watch", "/watch/shifts/1", "/watch/handover", "/lines",
    "/map", "/timeline", "/timeline?start=2030-11-29&days=30", "/registers",
    "/registers?name=calendar", "/registers?name=late", "/registers?name=roster", "/search",
    "/search?q=bridge", "/keys", "/search?line=none", "/say",
)  # fmt: skip


def every_address(desk: Browser) -> list[str]:
    """All pages, with a message, its case and its line among them; somebody has the watch."""
    begin = desk.go("/watch").get_by_role("button", name="Begin the watch")
    if begin.count():
        begin.click()
    (first, *_) = desk.house.tell("queue")["queue"]
    origin, index = first["ref"]
    place = urlencode({"o": origin, "i": index})
    return [*ADDRESSES, f"/message?{place}", f"/case?{place}", f"/lines/{first['line']}"]


@pytest.mark.parametrize("size", SIZES)
def test_no_page_has_a_barrier_at_this_size(desk: Browser, size: str) -> None:
    width, height = SIZES[size]
    desk.page.set_viewport_size({"width": width, "height": height})
    wrong = {}
    for address in every_address(desk):
        page = desk.go(address)
        if address.startswith("/map"):
            page.locator("#map[data-ready=yes]").wait_for()
        found = findings(page)
        if found or overflows(page):
            wrong[address] = [*found, *(["it is wider than the window"] if overflows(page) else [])]
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    assert wrong == {}, json.dumps(wrong, indent=1)


@pytest.mark.parametrize("theme", ["dusk", "night"])
def test_no_page_has_a_barrier_in_this_light(desk: Browser, theme: str) -> None:
    url = desk.house.site
    desk.page.context.add_cookies([{"name": "openline-theme", "value": theme, "url": url}])
    wrong = {}
    for address in ("/queue", "/watch", "/lines", "/map", "/timeline", "/search?q=bridge"):
        page = desk.go(address)
        if address == "/map":
            page.locator("#map[data-ready=yes]").wait_for()
        found = findings(page)
        if found:
            wrong[address] = found
        off = page.locator("#sound[data-state=off]")
        expect(off).to_be_visible()  # nobody has touched this page: its words are looked at too
        if theme == "night" and off.evaluate(BRIGHT) > DIM_MAX:
            wrong[address] = [*found, {"rule": "what is off at night is bright"}]
    desk.page.context.add_cookies([{"name": "openline-theme", "value": "day", "url": url}])
    assert wrong == {}, json.dumps(wrong, indent=1)


@pytest.mark.parametrize("width", [1280, 360])
def test_the_menu_takes_one_row_in_every_language(desk: Browser, width: int) -> None:
    url, tall = desk.house.site, {}
    desk.page.set_viewport_size({"width": width, "height": 740})
    for lang in LANGUAGES:
        desk.page.context.add_cookies([{"name": "openline-language", "value": lang, "url": url}])
        box = desk.go("/keys").locator(".bar").bounding_box()
        if box is None or box["height"] > 60:
            tall[lang] = box
    desk.page.context.add_cookies([{"name": "openline-language", "value": "en", "url": url}])
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    assert tall == {}


def test_a_narrow_menu_opens_without_a_script_and_folds_again(
    desk: Browser, playwright: Playwright
) -> None:
    """A page without scripts, signed in by the cookie of the first."""
    narrow = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}
    with browser(playwright, desk.house, **narrow) as plain:
        plain.context.add_cookies(desk.context.cookies())  # type: ignore[arg-type]
        page = plain.go("/keys")
        links = page.locator("#pages a")
        expect(links.first).to_be_hidden()
        page.locator("label[for=menu]").click()
        expect(links.first).to_be_visible()
        assert not overflows(page)
        page.focus("#menu")
        page.keyboard.press("Space")
        expect(links.first).to_be_hidden()


def test_signing_in_and_a_refusal_have_no_barrier(desk: Browser) -> None:
    found = findings(desk.go("/lines/none"))
    desk.page.context.clear_cookies()
    found += findings(desk.go("/sign-in"))
    assert found == []
    desk.page.click("button.main")
    desk.page.wait_for_url("**/queue")


def test_the_finder_of_barriers_finds_one(desk: Browser) -> None:
    page = desk.go("/keys")
    page.evaluate("document.querySelector('main').append(document.createElement('input'))")
    assert [each["rule"] for each in findings(page)] == ["label"]
