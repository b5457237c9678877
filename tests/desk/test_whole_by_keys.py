"""Told, acknowledged, answered and disclosed by keyboard alone at 200 %, in four languages.

At 200 % a window of 1280 by 900 has room for 640 by 450 of the page's own units, drawn twice as
large. Nobody sees the page's markup here: what is pressed is found by role and name.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, expect

from openline.desk.pages.look import Words
from tests.desk.barriers import overflows
from tests.desk.keyboard import Keys
from tests.desk.test_composing import shot
from tests.desk.town import Browser, House, browser

pytestmark = pytest.mark.browser
LANGUAGES = ("en", "ru", "ar", "nl")
# The first of December as an officer of the language types it.
SHORT = {"ru": "01.12.2030", "ar": "01/12/2030", "nl": "01-12-2030"}
AT_200 = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}


@pytest.fixture(scope="module")
def officers(
    playwright: Playwright, town: tuple[House, House]
) -> Iterator[tuple[Browser, Browser]]:
    with (
        browser(playwright, town[0], **AT_200) as north,
        browser(playwright, town[1], **AT_200) as south,
    ):
        north.enrol("Anna North")
        south.enrol("Clara South")
        yield north, south
        assert north.wrong == south.wrong == []


def seated(desk: Browser, lang: str) -> Keys:
    """An officer who signs in by key, in this language."""
    desk.context.clear_cookies()
    cookie = {"name": "openline-language", "value": lang, "url": desk.house.site}
    desk.context.add_cookies([cookie])  # type: ignore[list-item]
    desk.go("/sign-in")
    assert desk.page.evaluate("document.documentElement.lang") == lang
    keys = Keys(desk.page)
    keys.press("button", Words(lang)("sign-in.button"))
    desk.page.wait_for_url("**/queue")
    return keys


def told(keys: Keys, w: Words) -> str:
    """From the queue to a released notice; the address of its message."""
    page = keys.page
    keys.tick(w("nav.menu"))
    keys.press("link", w.term("word.board"))
    page.wait_for_url("**/lines")
    keys.press("link", "Harbour", whole=True)
    page.wait_for_url("**/lines/*")
    keys.press("DisclosureTriangle", w("line.say"))
    keys.press("link", w.term("format.visit"), whole=True)
    page.wait_for_url("**/compose?**")
    keys.type(w.term("item.subject"), f"Visit, in {w.lang}")
    keys.type(w.term("item.place"), "Riverside")
    keys.type(w.term("item.from"), f"{SHORT.get(w.lang, '2030-12-01')} 08:00")
    keys.type(w.term("item.until"), "2030-12-01 12:00")
    keys.choose(w.term("item.effect"), w.term("code.effect-acknowledge"))
    shot(page, f"keys-compose-{w.lang}")
    assert not overflows(page)
    released(keys, w)
    return page.url


def released(keys: Keys, w: Words) -> None:
    """Check what was typed, sign it."""
    keys.press("button", w("compose.check"))
    keys.page.wait_for_url("**/drafts/*")
    shot(keys.page, f"keys-draft-{w.lang}")
    keys.press("link", w("draft.to-sign"), whole=True)
    assert keys.here() == ("button", w("draft.release"))
    expect(keys.page.locator(".marking.top")).to_be_in_viewport()
    keys.press("button", w("draft.release"))
    keys.page.wait_for_url("**/message**")


def answered(keys: Keys, w: Words, number: str) -> None:
    """From the queue to an acknowledged and answered message."""
    page = keys.page
    expect(page.locator(".alarm a", has_text=number)).to_be_visible()
    keys.press("button", w("alarm.take", name="Clara South"))
    expect(page.locator(".taken")).to_be_visible()
    keys.press("link", f"north.example:{number}")
    page.wait_for_url("**/message**")
    keys.press("button", w("message.acknowledge"))
    page.wait_for_url("**/drafts/*")
    keys.press("button", w("draft.release"))
    page.wait_for_url("**/message?o=north**sent=south**")
    expect(page.locator("h1")).to_contain_text(f"north.example:{number}")
    keys.press("link", w.term("format.answer"), whole=True)
    keys.press("link", w.term("class.noted-without-guarantee"))
    page.wait_for_url("**/compose**")
    released(keys, w)


def disclosed(keys: Keys, w: Words) -> str:
    """From the message to the file for a stranger; its name."""
    page = keys.page
    keys.press("link", w("disclose.of-message"))
    page.wait_for_url("**/disclose**")
    keys.tick(w.term("item.place"))
    keys.press("button", w("disclose.preview"))
    expect(page.locator("#learns")).to_contain_text("Riverside")
    shot(page, f"keys-disclose-{w.lang}")
    assert not overflows(page)
    with page.expect_download() as begun:
        keys.press("button", w("disclose.get-file"))
    return str(begun.value.suggested_filename)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_notice_is_told_answered_and_disclosed_by_keyboard_alone_at_200_percent(
    officers: tuple[Browser, Browser], lang: str
) -> None:
    north, south = officers
    w = Words(lang)
    teller, reader = seated(north, lang), seated(south, lang)
    address = told(teller, w)
    number = str(teller.page.locator("h1 .number").inner_text()).partition(":")[2]
    answered(reader, w, number)
    assert teller.page.url == address
    assert disclosed(teller, w).startswith("EXERCISE-")


def test_whoever_has_keys_alone_would_find_no_name_that_is_not_there(
    officers: tuple[Browser, Browser],
) -> None:
    """Negative control: a button whose name is drawn, not said, is reached by nobody."""
    page = officers[0].go("/keys")
    page.evaluate("""() => { const each = document.querySelector("footer button");
      each.setAttribute("aria-label", " x "); each.style.outline = "none"; }""")
    keys, set_words = Keys(page), Words("en")("prefer.set")
    with pytest.raises(AssertionError, match="no key reaches"):
        keys.to("button", set_words, whole=True)
