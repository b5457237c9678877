"""What a new user met: to whom, about what, how answered, what is hidden, what is not yet sent."""

import pytest
from playwright.sync_api import Page, expect

from openline.desk.pages.visit import LANGUAGE_COOKIE
from tests.desk.test_composing import shot
from tests.desk.test_desk import compose, reply, visit
from tests.desk.test_receiving import VISIT, at, tell
from tests.desk.town import Browser, House

pytestmark = pytest.mark.browser
LANGUAGES = {"en": "ltr", "ar": "rtl"}


def seen(desk: Browser, page: Page, name: str) -> None:
    """Pictures of one page, left to right and right to left."""
    for lang, direction in LANGUAGES.items():
        cookie = {"name": LANGUAGE_COOKIE, "value": lang, "url": desk.house.site}
        desk.context.add_cookies([cookie])  # type: ignore[list-item]
        page.reload()
        expect(page.locator("html")).to_have_attribute("dir", direction)
        shot(page, f"tell-{name}-{lang}")
    desk.context.add_cookies([{**cookie, "value": "en"}])  # type: ignore[list-item]
    page.reload()


def to_check(page: Page) -> None:
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")


def sign(page: Page) -> None:
    page.click("form.release button.main")


def test_the_check_page_says_to_whom_about_what_and_that_it_is_no_guarantee(
    south: Browser, town: tuple[House, House]
) -> None:
    place = tell(town[0], "Harbour", "core/visit@1", **VISIT)
    south.enrol("Clara South")
    page = south.go(f"/message?{at(place)}")
    expect(page.locator("section.replies a[href*='/readback?']")).to_have_count(1)
    page.get_by_role("button", name="Acknowledge: received").click()
    page.wait_for_url("**/drafts/*")
    addressed = page.locator("dl.addressed")
    expect(addressed).to_contain_text("north.example")
    expect(addressed).to_contain_text("Notice of a visit · A visit")
    seen(south, page, "check-acknowledgement")
    sign(page)
    page.wait_for_url("**/message**")
    expect(page.locator("h1")).to_contain_text("Notice of a visit")  # what is answered next
    expect(page.locator(".sent a")).to_contain_text("Acknowledgement of receipt")
    expect(page.get_by_role("button", name="Acknowledge: received")).to_have_count(0)
    expect(page.locator("table.ladder td").nth(1)).to_contain_text("Received")

    reply(page, "core/answer@1", "noted-without-guarantee")
    page.fill("textarea[name='f.text.1.text']", "You have our word; passage is guaranteed.")
    until = page.locator("input[name='f.until']")
    expect(until).to_be_hidden()  # it belongs to other classes
    page.select_option("#class", "accepted")
    until.fill("2031-03-01 12:00")
    page.select_option("#class", "noted-without-guarantee")
    expect(until).to_be_visible()  # what was typed is never out of sight
    to_check(page)
    expect(page.locator("table.check")).to_contain_text("1 March 2031, 12:00Z")
    expect(page.locator("p.meaning")).to_contain_text("This is no permission and no guarantee")
    expect(page.locator("ul.cautions")).to_contain_text("this answer is neither. “guaranteed”")
    expect(page.locator("ul.cautions")).to_contain_text("belongs to another kind of answer")
    seen(south, page, "check-noted")


def test_what_is_withheld_stands_in_no_column_of_the_addressee_and_is_counted_there(
    north: Browser, south: Browser
) -> None:
    north.enrol("Anna North")
    south.enrol("Dora South")
    page = compose(north, "Harbour", "core/visit@1")
    visit(page, "Visit with a secret way")
    page.fill("input[name='f.route']", "by the north road")
    to_check(page)
    cells = page.locator("tr", has_text="by the north road").locator("td.value")
    expect(cells.nth(0)).to_contain_text("by the north road")
    expect(cells.nth(1)).not_to_contain_text("north road")
    expect(page.locator("#not-shown")).to_have_text("Withheld from the other side: 6 Route")
    seen(north, page, "check-withheld")
    sign(page)
    page.wait_for_url("**/message**")
    seen(north, page, "message-own")
    told = south.go("/message?" + page.url.partition("?")[2])
    expect(told.locator("#unseen")).to_contain_text("Items withheld by the sender: 1")
    seen(south, told, "message-received")


def test_a_guarantee_hides_no_bounds_and_is_not_sent_before_the_second_signature(
    south: Browser, beside: Browser, town: tuple[House, House]
) -> None:
    place = tell(town[0], "Harbour", "core/visit@1", **VISIT)
    south.enrol("Elsa South")
    beside.enrol("Frida South")
    page = south.go(f"/message?{at(place)}")
    reply(page, "core/guarantee@1", "guarantee")
    for path in ("scope", "from", "until"):
        expect(page.locator(f"[name='w.{path}']")).to_have_count(0)
    expect(page.locator("[name='w.authority']")).to_have_count(1)
    seen(south, page, "compose-guarantee")
    page.fill("textarea[name='f.scope.1.text']", "Passage of the visit")
    page.fill("input[name='f.from']", "2031-03-01 08:00")
    page.fill("input[name='f.until']", "2031-03-01 12:00")
    to_check(page)
    second = beside.go(page.url.removeprefix(south.house.site))
    sign(second)
    expect(second.locator("#not-sent")).to_have_text("NOT SENT. Signatures given: 1 of 2")
    seen(beside, second, "check-one-of-two")
    listed = beside.go("/drafts")
    expect(listed.locator("main").get_by_text("Guarantee", exact=True)).to_have_count(1)


def test_the_sender_is_told_how_it_was_answered_wherever_an_answer_is_named(
    north: Browser, town: tuple[House, House]
) -> None:
    place = tell(town[0], "Harbour", "core/visit@1", **VISIT)
    town[1].signed(
        "answer", f"{place[0]}:{place[1]}", "noted-without-guarantee", "--field", "text=Noted."
    )
    town[1].tell("link", "test", "Harbour")
    north.enrol("Gerda North")
    page = north.go("/queue")
    expect(page.locator("section.ours .says").first).to_have_text("Noted without guarantee")
    seen(north, page, "queue")
    page = north.go(f"/message?{at(place)}")
    expect(page.locator("table.ladder td").nth(4)).to_contain_text("Noted without guarantee")
    expect(page.locator("section.replies a[href*='core/acknowledge']")).to_have_count(0)
    expect(page.locator("section.replies a[href*='/readback?']")).to_have_count(0)
    page = north.go(f"/disclose?{at(place)}&case=1")
    for box in page.locator("input[type=checkbox][name^='e.']").all():
        box.check()
    page.click("#choice button.main")
    expect(page.locator("#learns h2")).to_be_in_viewport()
    expect(page.locator("#learns")).to_contain_text("Answer: Noted without guarantee")
    seen(north, north.go(f"/disclose?{at(place)}"), "disclose")
    page = north.go("/timeline")
    expect(page.locator("main")).to_contain_text("Answer: Noted without guarantee")
    seen(north, page, "timeline")


def test_nothing_reads_as_told_that_nobody_received(
    north: Browser, town: tuple[House, House]
) -> None:
    north.enrol("Hilde North")
    town[1].stop()
    try:
        sent = town[0].signed("send", "Harbour", "core/advisory@1", "--field", "subject=Leave",
                              "--field", "action=relocate")  # fmt: skip
        page = north.go(f"/case?{at(sent['ref'])}")
        life = page.locator("article.matter dl.facts").first
        expect(life).to_contain_text("NOT RECEIVED: south.example")
        expect(life).not_to_contain_text("Told")
        seen(north, page, "case-not-received")
        line = town[0].tell("line", "show", "Harbour")["line"]
        page = north.go(f"/lines/{line}")
        row = page.locator("tr", has_text="Leave")
        expect(row).to_contain_text("NOT RECEIVED: south.example")
        expect(row).not_to_contain_text("Told")
        seen(north, page, "line-not-received")
        page = north.go("/timeline")
        row = page.locator("table tr", has_text="Leave")
        expect(row).to_contain_text("Sent, not received")
        expect(row).not_to_contain_text("Told")
    finally:
        town[1].serve()
        north.wrong.clear()
