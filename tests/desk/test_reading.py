"""What a person types and reads: kept, compared with sense, reached by the place of a key."""

import re

import pytest
from playwright.sync_api import expect

from openline.desk.pages.look import Words, span
from openline.desk.pages.receive_pages import is_alike
from tests.desk.test_composing import shot
from tests.desk.test_receiving import VISIT, at, tell
from tests.desk.town import Browser, House

PORT = {**VISIT, "place": "Riverside, north quay 5.5"}


@pytest.mark.parametrize(
    ("told", "read", "is_"),
    [
        ("Odesa, port passenger terminal", "odesa port  passenger terminal", True),
        ("pier 5.5", "Pier 55", False),
        ("pier -5", "pier 5", False),
        ("pier 5, 6", "pier 5 6", True),
        ("Odesa", "Odessa", False),
        ("Ödesa", "Odesa", False),
        ("...", "!!!", False),
        ([{"lang": "en", "text": "A, b"}], [{"lang": "en", "text": "a b"}], True),
        ([{"lang": "en", "text": "A"}], [{"lang": "fr", "text": "A"}], False),
        (5, 5, False),
    ],
)
def test_a_comma_is_no_other_word_and_a_number_keeps_its_signs(
    told: object, read: object, is_: bool
) -> None:
    assert is_alike(told, read) is is_


def test_a_length_of_time_has_the_forms_of_its_language() -> None:
    say = {lang: Words(lang) for lang in ("en", "ar", "ru")}
    assert span(say["en"], 2 * 86_400 + 3 * 3_600) == "2\xa0d 3\xa0h"
    assert span(say["ru"], 2 * 86_400) == "2\xa0сут"
    days = [span(say["ar"], n * 86_400) for n in (1, 2, 3, 11, 103)]
    assert days == ["يوم واحد", "يومان", "3\xa0أيام", "11\xa0يوماً", "103\xa0أيام"]


@pytest.mark.browser
def test_what_is_read_back_outlives_a_change_of_language_and_a_comma_alarms_nobody(
    south: Browser, town: tuple[House, House]
) -> None:
    place = tell(town[0], "Harbour", "core/visit@1", **PORT)
    south.enrol("Clara South")
    page = south.go(f"/readback?{at(place)}")
    page.fill("#f-place", "riverside north quay 5.5")
    page.fill("#f-from", "٠١ مارس ٢٠٣١ ٨:٠٠")
    page.fill("#f-until", "01.03.2031 12:00")
    page.locator("select[name=lang]").select_option("ar")
    page.locator("select[name=theme]").select_option("night")
    page.locator(".prefer button").click()
    expect(page.locator("html[lang=ar][data-theme=night]")).to_be_attached()
    expect(page.locator("#f-place")).to_have_value("riverside north quay 5.5")
    page.locator("main button.main").click()
    expect(page.locator("#summary a")).to_contain_text("2031-03-01")  # and the other day
    expect(page.locator("#summary a")).to_contain_text("2031-01-03")
    page.fill("#f-until", "011200Z MAR 31 (2031-03-01T12:00:00Z)")
    page.locator("main button.main").click()
    expect(page.locator("#summary h2")).to_have_text(Words("ar")("readback.alike"))
    shot(page, "readback-alike-ar")
    page.locator("button[value=as-told]").click()
    page.wait_for_url(re.compile("/drafts/"))
    expect(page.locator(".form-rows")).to_contain_text(PORT["place"])
    expect(page.locator(".form-rows")).to_contain_text("(Read back: correct)")
    assert not re.search(
        r"\bplace\b", page.locator("tbody tr:nth-child(2) td.value").first.inner_text()
    )


@pytest.mark.browser
def test_letters_work_by_their_place_and_lead_to_where_something_is_said(south: Browser) -> None:
    south.enrol("Dora South")
    page = south.go("/queue")
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'т', code: 'KeyN', bubbles: true}))"
    )
    page.wait_for_url(re.compile(r"/(say|lines/.*say=1)$"))
    expect(page.locator("#clock")).to_have_text(re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"))
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'a', code: 'KeyQ', bubbles: true}))"
    )  # a Latin layout counts by its letter, wherever that stands
    assert "/queue" not in page.url
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'й', code: 'KeyQ', bubbles: true}))"
    )
    page.wait_for_url(re.compile("/queue$"))
