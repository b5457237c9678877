"""Forms in a real browser: rows, flaws at the field, times, nothing typed is ever lost."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.desk.test_desk import compose, visit
from tests.desk.town import Browser, House, browser, open_line

pytestmark = pytest.mark.browser
SHOTS = Path(__file__).parents[2] / "build" / "shots"


@pytest.fixture(scope="module")
def sea(town: tuple[House, House]) -> str:
    """A line whose charter asks for three days of notice."""
    timers = [
        "lead.hazard-area=259200", "lead.visit=172800", "acknowledge.hazard-area=3600",
        "answer.visit=86400",
    ]  # fmt: skip
    open_line(*town, "Sea", *(x for timer in timers for x in ("--timer", timer)))
    return "Sea"


def shot(page: Page, name: str) -> None:
    """A picture to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def field(page: Page, path: str, value: str) -> None:
    page.fill(f"[name='f.{path}']", value)


def fill_area(page: Page, row: int, points: str) -> None:
    field(page, f"area.{row}.area.points", points)


def test_a_hazard_area_with_areas_windows_and_days_in_reserve_is_filled_in_row_by_row(
    north: Browser, sea: str
) -> None:
    north.enrol("Anna North")
    page = compose(north, sea, "core/hazard-area@1")
    field(page, "subject.1.text", "Firing exercise")
    fill_area(page, 1, "48.2082, 16.3738\n48.3000, 16.4000\n48.3000, 16.5000\n48.2082, 16.3738")
    field(page, "area.1.window.1.from", "2031-03-01 08:00")
    field(page, "area.1.window.1.until", "2031-03-01 12:00")
    page.get_by_role("button", name="Add: Window").click()
    expect(page.locator("[name='f.area.1.window.2.from']")).to_be_focused()
    page.keyboard.type("2031-03-02 08:00")
    field(page, "area.1.window.2.until", "2031-03-02 12:00")
    page.get_by_role("button", name="Add: Alternate").first.click()
    field(page, "area.1.alternate.1.from", "2031-03-05 08:00")
    field(page, "area.1.alternate.1.until", "2031-03-05 12:00")
    page.get_by_role("button", name="Add: Area").click()
    fill_area(page, 2, "10.5000, -20.2500")
    field(page, "area.2.area.radius", "500")
    field(page, "area.2.window.1.from", "2031-03-01 08:00")
    field(page, "area.2.window.1.until", "2031-03-01 09:00")
    expect(page.locator("#times")).to_contain_text("3\N{NO-BREAK SPACE}d of notice")
    shot(page, "compose-hazard-area")
    page.locator("fieldset[id='at-area.1.window.1'] button").click()  # its rows move up
    expect(page.locator("[name='f.area.1.window.1.from']")).to_have_value("2031-03-02 08:00")
    page.click("#compose button.main")
    page.wait_for_url("**/drafts/*")
    shown = page.locator("table.check").inner_text()
    for expected in ("3.1.2.1.1", "3.1.3.1.2", "3.2.1", "2031-03-02T08:00:00Z", "16.3738000°E"):
        assert expected in shown
    assert "2031-03-01T12:00:00Z" not in shown
    shot(page, "check-hazard-area")


def test_rows_are_added_and_taken_away_without_a_script(
    playwright: Playwright, town: tuple[House, House], north: Browser, sea: str
) -> None:
    north.enrol("Bente North")
    cookies = north.context.cookies()
    with browser(playwright, town[0], java_script_enabled=False) as plain:
        plain.context.add_cookies(cookies)  # type: ignore[arg-type]
        page = compose(plain, sea, "core/hazard-area@1")
        field(page, "subject.1.text", "Without a script")
        page.get_by_role("button", name="Add: Area").click()
        fill_area(page, 2, "48.2, 16.3")
        page.get_by_role("button", name="Remove 3.1 Area").click()
        expect(page.locator("[name='f.area.1.area.points']")).to_have_value("48.2, 16.3")
        expect(page.locator("[name='f.subject.1.text']")).to_have_value("Without a script")
        page.click("#compose button.main")
        expect(page.locator("#summary")).to_be_visible()
        page.goto(f"{plain.house.site}/drafts")
        expect(page.locator("a[href*='/compose?u=']").first).to_be_visible()
        assert plain.wrong == []


def test_a_flaw_is_said_at_its_field_while_typing_and_goes_when_it_is_mended(
    north: Browser, sea: str
) -> None:
    north.enrol("Clara North")
    page = compose(north, sea, "core/visit@1")
    field(page, "from", "tomorrow")
    expect(page.locator("#e-from")).to_contain_text("in UTC")
    assert page.locator("#e-place").inner_text() == ""  # nobody has been there yet
    field(page, "from", "2031-03-02 08:00")
    expect(page.locator("#e-from")).to_be_empty()
    expect(page.locator("#u-from")).to_have_text("2 March 2031, 08:00Z")
    field(page, "from", "02.03.2031 08:00")  # in English nobody knows which is the month
    expect(page.locator("#e-from")).to_contain_text("Which day is meant")
    expect(page.locator("#u-from")).to_be_empty()
    field(page, "from", "2031-03-02 08:00")
    field(page, "until", "2031-03-01 08:00")
    expect(page.locator("#e-until")).to_contain_text("not after")
    expect(page.locator("#times")).not_to_contain_text("To be answered")
    page.select_option("[name='f.effect']", "guarantee")
    expect(page.locator("#times")).to_contain_text("To be answered within 1\N{NO-BREAK SPACE}d")
    field(page, "from", "2026-01-01 08:00")
    expect(page.locator("#times")).to_contain_text("too little")
    expect(page.locator("#cautions")).to_contain_text("asks for more notice")
    shot(page, "compose-late")


def test_what_is_typed_is_kept_and_goes_on_after_a_restart_of_the_node(
    north: Browser, sea: str, town: tuple[House, House]
) -> None:
    north.enrol("Dora North")
    page = compose(north, sea, "core/visit@1")
    field(page, "subject.1.text", "Half a message")
    expect(page.locator("#kept")).to_contain_text("Kept on the node", timeout=40_000)
    town[0].stop()
    field(page, "place", "typed while the node was away")
    expect(page.locator("#kept")).to_contain_text("NOT KEPT: the node does not answer")
    town[0].serve()
    expect(page.locator("#kept")).to_contain_text("NOT KEPT: you are signed out", timeout=40_000)
    shot(page, "compose-signed-out")
    with north.context.expect_page() as opened:
        page.click("#away a")
    second = opened.value
    devtools = north.context.new_cdp_session(second)
    devtools.send("WebAuthn.enable")
    north.lend_key(second)
    second.click("button.main")
    second.wait_for_url("**/drafts")
    expect(page.locator("#kept")).to_contain_text("Kept on the node", timeout=40_000)
    north.wrong.clear()  # a node that is away cannot be asked: the browser notes it
    page.reload()
    expect(page.locator("[name='f.place']")).to_have_value("typed while the node was away")
    expect(page.locator("[name='f.subject.1.text']")).to_have_value("Half a message")
    second.close()
    north.wrong.clear()


def test_two_officers_in_one_form_lose_neither_text(
    north: Browser, other: Browser, sea: str
) -> None:
    north.enrol("Elsa North")
    other.enrol("Frida North")
    page = compose(north, sea, "core/visit@1")
    field(page, "place", "Old bridge")
    expect(page.locator("#kept")).to_contain_text("Kept on the node")
    second = other.page
    second.goto(page.url)
    expect(second.locator(".notice")).to_contain_text("Elsa North typed into this form last")
    with second.expect_response("**/compose/check"):  # her page said "Kept" when it was opened
        field(second, "place", "New bridge")
    page.fill("[name='f.place']", "Railway bridge")
    expect(page.locator("[role=alert]", has_text="Frida North changed this form")).to_be_visible()
    shot(page, "compose-parted")
    page.locator("[role=alert] a[href$='/beside']").click()
    row = page.locator("tr", has_text="Railway bridge")
    expect(row).to_contain_text("New bridge")
    shot(page, "compose-beside")
    second.reload()
    expect(second.locator("[name='f.place']")).to_have_value("New bridge")


def test_two_officers_who_press_check_at_one_time_get_a_clear_word_and_no_draft_of_the_second(
    north: Browser, other: Browser, sea: str
) -> None:
    north.enrol("Gerda North")
    other.enrol("Hilde North")
    page = compose(north, sea, "core/visit@1")
    visit(page, "A visit by two", "Mill")
    expect(page.locator("#kept")).to_contain_text("Kept on the node")
    second = other.page
    second.goto(page.url)
    second.route("**/compose/check", lambda route: route.abort())
    second.fill("[name='f.place']", "Dam")
    page.fill("[name='f.place']", "Weir")
    page.click("#compose button.main")
    page.wait_for_url("**/drafts/*")
    second.click("#compose button.main")
    expect(second.locator(".summary[role=alert]")).to_contain_text("Gerda North changed this form")
    expect(second.locator("[name='f.place']")).to_have_value("Dam")
    other.wrong.clear()  # the aborted request was this test's doing


def test_the_back_button_after_release_says_nothing_a_second_time(north: Browser, sea: str) -> None:
    north.enrol("Ida North")
    page = compose(north, sea, "core/visit@1")
    visit(page, "Said once", "Lock")
    expect(page.locator("#kept")).to_contain_text("Kept on the node")
    form = page.locator("#compose").evaluate("f => new URLSearchParams(new FormData(f)).toString()")
    page.click("#compose button.main")
    page.wait_for_url("**/drafts/*")
    draft = page.url
    page.click("form.release button.main")
    page.wait_for_url("**/message**")
    status = page.evaluate(
        "async body => (await fetch('/compose', {method: 'POST', body,"
        " headers: {'content-type': 'application/x-www-form-urlencoded'}})).status",
        form,
    )
    assert status == 409
    page.goto(draft)
    expect(page.get_by_text("desk.draft-changed")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("was released")
    said = north.house.tell("cases", "--line", sea)["cases"]
    assert len([case for case in said if "Said once" in str(case)]) == 1


def test_a_changed_text_takes_the_draft_before_it_back(north: Browser, sea: str) -> None:
    north.enrol("Jana North")
    page = compose(north, sea, "core/visit@1")
    visit(page, "To be changed", "Lock")
    page.click("#compose button.main")
    page.wait_for_url("**/drafts/*")
    before = page.url
    page.locator("tr", has_text="Lock").get_by_role("link", name="Change").click()
    field(page, "place", "Harbour gate")
    page.click("#compose button.main")
    page.wait_for_url("**/drafts/*")
    assert page.url != before
    page.goto(before)
    expect(page.get_by_text("Jana North changed it")).to_be_visible()


def test_a_former_message_and_a_template_begin_new_forms(north: Browser, sea: str) -> None:
    north.enrol("Karla North")
    page = compose(north, sea, "core/hazard-area@1")
    field(page, "subject.1.text", "Every month")
    fill_area(page, 1, "48.2082, 16.3738")
    field(page, "area.1.area.radius", "700")
    field(page, "area.1.window.1.from", "2031-03-01 08:00")
    field(page, "area.1.window.1.until", "2031-03-01 12:00")
    page.click("#compose button.main")
    page.wait_for_url("**/drafts/*")
    page.click("form.release button.main")
    page.wait_for_url("**/message**")
    page.get_by_role("link", name="Copy into a new form").click()
    expect(page.locator("[name='f.area.1.area.points']")).to_have_value("48.2082, 16.3738")
    expect(page.locator("[name='f.area.1.area.radius']")).to_have_value("700")
    expect(page.locator("[name='f.area.1.window.1.until']")).to_have_value("2031-03-01 12:00")
    field(page, "subject.1.text", "Next month")
    expect(page.locator("#kept")).to_contain_text("Kept on the node")
    north.go("/drafts")
    row = page.locator("tr", has=page.locator("a[href*='/compose?u=']")).first
    row.locator("input[name='name']").fill("Monthly firing")
    row.get_by_role("button", name="Keep").click()
    template = page.locator("tr", has_text="Monthly firing")
    shot(page, "drafts")
    template.locator("a").click()
    expect(page.locator("[name='f.subject.1.text']")).to_have_value("Next month")


def test_a_form_of_a_session_that_is_over_waits_in_the_page(north: Browser, sea: str) -> None:
    north.enrol("Lena North")
    page = compose(north, sea, "core/visit@1")
    page.route("**/compose/check", lambda route: route.abort())
    visit(page, "Typed in the old session", "Quay")
    north.context.clear_cookies()
    page.click("#compose button.main")
    expect(page.get_by_text("Nothing was lost, nothing was done")).to_be_visible()
    shot(page, "held")
    with north.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in another tab").click()
    north.lend_key(opened.value)
    opened.value.click("button.main")
    opened.value.wait_for_url("**/drafts")
    page.click("main button.main")
    page.click("main button.main")  # the page learns of the new session, then sends
    page.wait_for_url("**/drafts/*")
    expect(page.get_by_text("Typed in the old session").first).to_be_visible()
    north.wrong.clear()  # the aborted requests were this test's doing


NAUGHTY = [
    "<script>alert(1)</script>", "'; DROP TABLE view; --", "=cmd|' /C calc'!A0", "{{ 7*7 }}",
    "\u0440aypal", "\u2066bidi", "e\u0301", "x" * 100_000, "%00%0a", "\ufeff", "line\rfeed",
]  # fmt: skip


@pytest.mark.parametrize("text", NAUGHTY, ids=lambda text: repr(text[:12]))
def test_a_naughty_string_comes_back_as_it_was_typed_or_is_told_as_text(
    officer: Browser, sea: str, text: str
) -> None:
    page = compose(officer, sea, "core/visit@1")
    visit(page, "naughty", "x")
    page.locator("[name='f.place']").evaluate("(input, text) => { input.value = text }", text)
    typed = page.locator("[name='f.place']").input_value()
    page.click("#compose button.main")
    expect(page.locator("table.check, #summary").first).to_be_visible()
    if "/drafts/" in page.url:
        assert typed.strip()[:50] in page.locator("table.check").inner_text()
    else:
        expect(page.locator("#summary")).to_be_focused()
        assert page.locator("[name='f.place']").input_value() == typed
    assert officer.wrong == []
