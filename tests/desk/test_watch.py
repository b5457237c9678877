"""The watch: what is late, links, the log, a handover signed by two, a page without its node."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.desk.town import Browser, House, browser

pytestmark = pytest.mark.browser


Two = tuple[Browser, Browser]


@pytest.fixture(scope="module")
def seated(playwright: Playwright, filled: tuple[House, House]) -> Iterator[Two]:
    """A second officer of the watch, and one who sees the second line only."""
    with browser(playwright, filled[1]) as dora, browser(playwright, filled[1]) as frida:
        dora.enrol("Dora South")
        frida.enrol("Frida South", "--line", "Second")
        yield dora, frida


@pytest.fixture
def others(seated: Two) -> Iterator[Two]:
    yield seated
    assert [each.wrong for each in seated] == [[], []]


def write(page: Page, text: str, line: str = "") -> None:
    page.get_by_label("Note", exact=True).fill(text)
    if line:
        page.select_option("form.filters select[name=line]", label=line)
    page.get_by_role("button", name="Write into the log").click()


def test_a_shift_begins_is_written_to_and_is_handed_over_by_two_signatures(
    desk: Browser, others: Two
) -> None:
    dora, frida = others
    page = desk.go("/watch")
    expect(page.get_by_role("heading", name="Nobody has the watch")).to_be_visible()
    page.get_by_role("button", name="Begin the watch").click()
    expect(page.get_by_role("heading", name="Shift 1: Clara South")).to_be_visible()
    expect(page.get_by_text("Nobody handed it over.")).to_be_visible()
    write(page, "Telephone of the bridge tested")
    write(page, "Only for Harbour <b>", "Harbour")
    expect(page.locator(".log li")).to_have_count(2)
    expect(frida.go("/watch").locator(".log li")).to_have_count(1)
    assert "Harbour" not in frida.page.content()

    desk.go("/queue").locator("table.queue tbody tr").first.get_by_role("button").click()
    page.goto(desk.house.site + "/watch/handover")
    page.select_option("#to", label="Dora South")
    page.fill("#notes", "Ask north about the ice camp")
    page.get_by_text("Next steps about one line").click()
    page.locator("main").get_by_label("Harbour").fill("Ring the coast guard at six")
    page.get_by_role("button", name="Draw up the handover").click()
    expect(page.get_by_role("heading", name="What stands open: 12")).to_be_visible()
    row = page.locator("tr", has_text="1.5")
    expect(row).to_contain_text("Clara South")
    expect(row).to_contain_text("Notice of a visit")
    digits = page.locator(".digits").inner_text()
    page.get_by_role("button", name="Sign with passkey").click()
    page.wait_for_url("**/watch")
    # One signature is not two.
    expect(page.get_by_role("heading", name="Shift 1: Clara South")).to_be_visible()

    waits = "A handover waits for your signature"
    expect(frida.go("/watch").get_by_role("link", name=waits)).to_have_count(0)
    frida.go("/watch/handover")
    expect(frida.page.get_by_text("desk.not-allowed")).to_be_visible()

    dora.go("/watch").get_by_role("link", name=waits).click()
    expect(dora.page.get_by_text("Ask north about the ice camp")).to_be_visible()
    assert dora.page.locator(".digits").inner_text() == digits
    dora.page.get_by_role("button", name="Sign with passkey").click()
    dora.page.wait_for_url("**/watch")
    expect(dora.page.get_by_role("heading", name="Shift 2: Dora South")).to_be_visible()
    expect(dora.page.get_by_text("Taken over from Clara South; both signed.")).to_be_visible()
    expect(dora.page.get_by_text("Ring the coast guard at six")).to_be_visible()
    # What both signed can be read later: whole by who saw its lines, in part by who did not.
    dora.page.get_by_role("link", name="What was handed over").click()
    for words in ("Ask north about the ice camp", "Ring the coast guard at six", digits):
        expect(dora.page.get_by_text(" ".join(words.split()))).to_be_visible()
    signed = re.compile(r"Clara South 20.*Z.*Dora South 20.*Z", re.DOTALL)
    expect(dora.page.locator("dd", has_text=signed)).to_be_visible()
    expect(dora.page.get_by_role("link", name="PDF")).to_have_count(1)
    content = frida.go("/watch/shifts/2").content()
    assert "Ask north about the ice camp" in content and "coast guard" not in content
    assert "Second" in content and "Harbour" not in content
    one = frida.page.get_by_role("heading", name="What stands open: 1", exact=True)
    expect(one).to_be_visible()
    dora.go("/watch").get_by_role("link", name="Shift 1: Clara South").click()
    expect(dora.page.get_by_text("Telephone of the bridge tested")).to_be_visible()
    row = dora.go("/queue").locator("table.queue tbody tr").first
    expect(row).to_contain_text("nobody · was Clara South’s before the handover")


def test_a_handover_shows_no_line_that_the_incoming_officer_has_no_role_on(
    others: Two,
) -> None:
    dora, frida = others
    page = dora.go("/watch/handover")
    page.select_option("#to", label="Frida South")
    page.fill("#notes", "Two things")
    page.get_by_text("Next steps about one line").click()
    page.locator("main").get_by_label("Harbour").fill("Ring the coast guard at six")
    page.get_by_role("button", name="Draw up the handover").click()
    expect(page.locator("main [role=alert]")).to_contain_text(
        "Frida South has no role on the line Harbour"
    )
    expect(page.locator("#notes")).to_have_value("Two things")
    page.locator("main").get_by_label("Harbour").fill("")
    page.get_by_role("button", name="Draw up the handover").click()
    expect(page.get_by_role("heading", name="What stands open: 1", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign with passkey").click()
    page.wait_for_url("**/watch")
    content = frida.go("/watch/handover").content()
    assert "Second" in content and "Harbour" not in content
    frida.page.get_by_role("button", name="Take back or decline").click()
    expect(frida.page.get_by_role("heading", name="Shift 2: Dora South")).to_be_visible()


def test_nobody_signs_for_another_and_no_text_but_the_one_that_is_shown(
    desk: Browser, others: Two
) -> None:
    dora, _ = others
    page = dora.go("/watch/handover")
    page.select_option("#to", label="Clara South")
    page.get_by_role("button", name="Draw up the handover").click()
    # Clara may not sign before Dora has.
    button = desk.go("/watch/handover").get_by_role("button", name="Sign with passkey")
    expect(button).to_have_count(0)
    forged = page.locator("form.passkey").evaluate(
        """form => { const options = JSON.parse(form.dataset.options);
        options.challenge = "A".repeat(43); form.dataset.options = JSON.stringify(options); }"""
    )
    assert forged is None
    page.get_by_role("button", name="Sign with passkey").click()
    expect(page.get_by_text("desk.passkey-refused")).to_be_visible()
    dora.go("/watch/handover").get_by_role("button", name="Take back or decline").click()
    expect(dora.page.get_by_role("link", name="Hand over the watch")).to_be_visible()


def test_links_are_tested_from_the_page(desk: Browser) -> None:
    page = desk.go("/watch")
    page.get_by_role("button", name="Test now: Second, north.example").click()
    page.wait_for_url("**/watch")
    row = page.locator("tr", has=page.get_by_role("button", name="Test now: Second"))
    expect(row).to_contain_text(re.compile(r"Connected last heard [0-9]+\ss ago"))
    expect(row.locator("td").nth(3)).to_have_text("–")  # no person has sent a link test


def test_the_watch_is_for_the_watch_and_an_auditor_reads_it(
    playwright: Playwright, filled: tuple[House, House]
) -> None:
    with browser(playwright, filled[1]) as auditor:
        auditor.enrol("Ida South", "--roles", "auditor")
        auditor.page.get_by_role("link", name="Watch", exact=True).click()
        page = auditor.page
        expect(page.get_by_text("Ask north about the ice camp")).to_be_visible()
        expect(page.locator("main button:not([data-print])")).to_have_count(0)
        page.get_by_role("link", name="What was handed over").click()
        expect(page.get_by_role("heading", name="What stands open: 12")).to_be_visible()
        expect(auditor.go("/watch/handover").get_by_text("desk.not-allowed")).to_be_visible()
    with browser(playwright, filled[1]) as drafter:
        drafter.enrol("Jon South", "--roles", "drafter")
        expect(drafter.page.get_by_role("link", name="Watch", exact=True)).to_have_count(0)
        for address in ("/watch", "/watch/shifts/2", "/document?of=shift&number=2&as=html"):
            expect(drafter.go(address).get_by_text("desk.not-allowed")).to_be_visible()


def test_every_page_is_reached_by_a_key_unless_keys_are_off(desk: Browser) -> None:
    page = desk.page
    for key, path in (("w", "/watch"), ("l", "/lines"), ("m", "/map"), ("t", "/timeline"),
                      ("r", "/registers"), ("d", "/drafts"), ("/", "/search"),
                      ("q", "/queue")):  # fmt: skip
        page.locator("h1").click()
        page.keyboard.press(key)
        page.wait_for_url(re.compile(re.escape(path)))
    page.keyboard.press("j")
    page.keyboard.press("j")
    second = page.locator(".row-link").nth(1)
    expect(second).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator(".row-link").first).to_be_focused()
    page.keyboard.press("Shift+?")
    page.wait_for_url("**/keys")
    page.get_by_role("button", name="Turn single letters off").click()
    page.keyboard.press("q")
    page.get_by_role("button", name="Turn single letters on").click()
    assert page.url.endswith("/keys")


def test_in_night_light_the_page_is_dark_and_stays_so(desk: Browser) -> None:
    page = desk.page
    page.select_option("select[name=theme]", "night")
    page.get_by_role("button", name="Set").click()
    expect(page.locator("html[data-theme=night]")).to_be_visible()
    desk.go("/map")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = map(int, re.findall(r"\d+", ground)[:3])
    assert max(red, green, blue) < 20 and red >= green
    # On paper there is no night: a drawing has the colours of the day.
    page.locator("#map[data-ready=yes]").wait_for()
    sea = "getComputedStyle(document.querySelector('.sea')).fill"
    night = page.evaluate(sea)
    page.emulate_media(media="print")
    printed = page.evaluate(sea)
    page.emulate_media(media="screen")
    assert (night, printed) == ("rgb(20, 4, 3)", "rgb(255, 255, 255)")
    page.select_option("select[name=theme]", "day")
    page.get_by_role("button", name="Set").click()


def test_a_page_that_loses_its_node_says_so_over_its_whole_width(
    playwright: Playwright, filled: tuple[House, House]
) -> None:
    south = filled[1]
    with browser(playwright, south) as officer:
        officer.page.clock.install()
        officer.enrol("Lena South")
        lost = officer.page.locator("#lost")
        expect(lost).to_be_hidden()
        officer.page.clock.run_for(14_000)
        expect(lost).to_be_hidden()
        south.stop()
        officer.page.clock.run_for(17_000)
        expect(lost).to_be_visible()
        expect(lost).to_have_text(re.compile(r"^NOT CONNECTED.*\d\d:\d\d:\d\dZ$"))
        box = lost.bounding_box()
        assert box is not None and box["width"] > 1_200
        south.serve()
        gone = ("net::ERR_", "Failed to fetch")  # its node was away on purpose
        assert [each for each in officer.wrong if not any(g in each for g in gone)] == []


def test_a_page_whose_session_is_over_says_so_and_leads_back_to_itself(
    playwright: Playwright, filled: tuple[House, House]
) -> None:
    with browser(playwright, filled[1]) as officer:
        officer.enrol("Nora South")
        address = "/queue?status=exercise&todo=acknowledge"
        page, over = officer.go(address), officer.page.locator("#over")
        expect(page.locator("#alarm-place p").first).to_be_attached()
        expect(over).to_be_hidden()
        beside = officer.context.new_page()
        beside.goto(officer.house.site + "/me")
        beside.get_by_role("button", name="Sign out").click()
        expect(over).to_contain_text("SIGNED OUT")
        expect(page.locator("#sound")).to_be_hidden()
        with page.expect_response(lambda answer: answer.status == 401):
            page.evaluate("document.body.dispatchEvent(new Event('changed'))")
        assert page.locator("main").count() == 1 and page.locator("table.queue").count() == 1
        over.get_by_role("link", name="Sign in").click()
        page.get_by_role("button", name="Sign in with passkey").click()
        page.wait_for_url(officer.house.site + address)
        assert officer.wrong == []
