"""The officer's pages for everybody: axe, right to left, small screens, keys alone."""

import urllib.parse
from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, expect

from tests.desk.barriers import findings
from tests.desk.keyboard import Keys
from tests.desk.test_composing import shot
from tests.desk.test_receiving import VISIT, at, tell
from tests.desk.town import ENTERED, Browser, House, browser, open_line

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def line(town: tuple[House, House]) -> str:
    rules = town[0].home.with_suffix(".access.toml")
    rules.write_text("orderwire = true\n", "utf-8")
    open_line(*town, "Access", "--charter", str(rules))
    return str(town[0].tell("line", "show", "Access")["line"])


@pytest.fixture
def small(playwright: Playwright, town: tuple[House, House]) -> Iterator[Browser]:
    """A telephone's width at south's desk."""
    with browser(playwright, town[1], viewport={"width": 360, "height": 740}) as opened:
        yield opened
        assert opened.wrong == []


def test_axe_finds_nothing_on_the_pages_of_an_officer(
    south: Browser, town: tuple[House, House], line: str
) -> None:
    south.enrol("Anna South")
    place = at(tell(town[0], "Access", "core/visit@1", **VISIT))
    page = south.page
    found = {}
    for name, path in {
        "compose": f"/compose?line={line}&format=core/hazard-area@1",
        "movement": f"/compose?line={line}&format=core/incident@1",
        "message": f"/message?{place}",
        "readback": f"/readback?{place}",
        "drafts": "/drafts",
        "own": "/me",
        "officers": "/officers",
        "wire": f"/lines/{line}/wire",
    }.items():
        for theme in ("day", "night"):
            page.context.add_cookies(
                [{"name": "openline-theme", "value": theme, "url": south.house.site}]
            )
            south.go(path)
            page.locator("#alarm").wait_for(state="attached")
            found[f"{name} {theme}"] = findings(page)
    assert {k: v for k, v in found.items() if v} == {}


def test_axe_finds_nothing_on_a_form_with_flaws_nor_on_a_draft(north: Browser, line: str) -> None:
    north.enrol("Berta North")
    page = north.go(f"/compose?line={line}&format=core/visit@1")
    page.click("#compose button.main")
    expect(page.locator("#summary")).to_be_focused()
    assert findings(page) == []
    for path, value in VISIT.items():
        if path not in ("subject", "effect"):
            page.fill(f"[name='f.{path}']", value)
    page.fill("[name='f.subject.1.text']", "A visit")
    page.select_option("[name='f.effect']", "none")
    page.click("#compose button.main")
    page.wait_for_url("**/drafts/*")
    assert findings(page) == []


def test_the_forms_read_from_right_to_left_in_arabic(north: Browser, line: str) -> None:
    north.enrol("Clara North")
    north.page.context.add_cookies(
        [{"name": "openline-language", "value": "ar", "url": north.house.site}]
    )
    page = north.go(f"/compose?line={line}&format=core/hazard-area@1")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    shot(page, "compose-arabic")
    label = page.locator("label[for='f-subject']").bounding_box()
    assert label is not None and label["x"] + label["width"] > 640  # it begins on the right
    assert page.locator("[name='f.area.1.window.1.from']").get_attribute("dir") == "ltr"


def test_an_alarm_is_taken_and_a_message_acknowledged_on_a_narrow_screen_by_keys_alone(
    small: Browser, town: tuple[House, House], line: str
) -> None:
    small.enrol("Dora South")
    page = small.page
    place = tell(town[0], "Access", "core/visit@1", **VISIT)
    link = page.locator(f".alarm a[href$='i={place[1]}']")
    expect(link).to_be_visible()
    shot(page, "alarm-narrow")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    keys = Keys(page)
    keys.press("button", "Dora South has it: stop the sound on every desk", whole=True)
    expect(page.locator(".taken")).to_contain_text("Dora South has")
    page.goto(f"{small.house.site}/message?{at(place)}")
    keys.press("button", "Acknowledge: received", whole=True)
    page.wait_for_url("**/drafts/*")
    keys.press("button", "Release with passkey", whole=True)
    page.wait_for_url("**/message**")
    case = urllib.parse.urlencode({"o": place[0], "i": place[1]})
    page.goto(f"{small.house.site}/case?{case}")
    row = page.locator("table.ladder").first.locator("tbody tr")
    expect(row.locator("td").nth(1)).to_have_class("reached")


def test_an_invitation_is_entered_by_keys_alone(
    playwright: Playwright, line: str, town: tuple[House, House]
) -> None:
    invited = town[1].tell("officer", "invite", "Elsa South")
    with browser(playwright, town[1]) as opened:
        opened.page.goto(invited["url"])
        Keys(opened.page).press("button", "Make a passkey on this device", whole=True)
        opened.page.wait_for_url(ENTERED)
        assert opened.wrong == []
    town[1].approve()
