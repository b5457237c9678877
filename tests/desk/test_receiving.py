"""Receiving in a real browser: many alarms, a silent browser, reading back, ringing."""

import re
import urllib.parse

import pytest
from playwright.sync_api import Page, Playwright, expect

from openline.cli.client import client
from openline.envelope.officer_file import unlock_officer
from openline.exchange.drafting.signing import sign_batch
from tests.desk.test_composing import shot
from tests.desk.test_desk import release
from tests.desk.town import PASSPHRASE, Browser, House, browser, open_line

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def watch(town: tuple[House, House]) -> str:
    """A line on which visits may be told in batches."""
    north = town[0]
    rules = north.home.with_suffix(".toml")
    rules.write_text('batch = ["core/visit"]\n', "utf-8")
    open_line(*town, "Watch", "--charter", str(rules))
    return "Watch"


VISIT = {
    "subject": "A visit",
    "place": "Riverside", "from": "2031-03-01T08:00:00Z", "until": "2031-03-01T12:00:00Z",
    "effect": "acknowledge",
}  # fmt: skip


def tell(north: House, line: str, format_id: str, *options: str, **fields: str) -> list[object]:
    """A message from north's terminal, received at south."""
    said = [x for path, value in fields.items() for x in ("--field", f"{path}={value}")]
    sent = north.signed("send", line, format_id, *said, *options)
    north.tell("link", "test", line)
    return list(sent["ref"])


def at(place: list[object]) -> str:
    return urllib.parse.urlencode({"o": place[0], "i": place[1]})


def test_a_sound_that_is_blocked_is_said_and_a_named_officer_tests_it(
    playwright: Playwright, town: tuple[House, House], watch: str
) -> None:
    """No script of the test may run before the sound is free: it would count as a hand."""
    with browser(playwright, town[1]) as opened:
        opened.enrol("Elsa South")
        page = opened.context.new_page()  # nobody has touched this one yet
        opened.watch(page)
        page.goto(f"{town[1].site}/lines")
        expect(page.locator("#sound[data-state='off']")).to_contain_text("SOUND OFF")
        tell(town[0], watch, "core/visit@1", **VISIT)
        expect(page.locator(".alarm")).to_be_visible()
        expect(page.locator("body[data-sounding]")).to_have_count(0)
        expect(page).to_have_title(re.compile("^▲ "))
        shot(page, "sound-off")
        page.get_by_role("button", name="Test the sound").click()
        page.get_by_role("button", name="I heard it").click()
        expect(page.locator("#sound")).to_contain_text("armed and tested")
        expect(page.locator("body[data-sounding]")).to_have_count(1)
        said = town[1].tell("events")["events"]
        assert any("Elsa South tested the alarm sound" in each["text"] for each in said)
        take_all(page)
        assert opened.wrong == []


def take_all(page: Page) -> None:
    while page.locator(".alarm form button.main").count():
        page.locator(".alarm form button.main").first.click()
        page.wait_for_load_state()
        page.locator("#alarm").wait_for(state="attached")


def tell_many(north: House, line: str, count: int) -> None:
    """Many visits at once, in a batch that two officers of north signed at the terminal."""
    rows = [
        {"format": "core/visit@1", "fields": {
            "subject": [{"lang": "en", "status": "original", "text": f"Visit {n}"}],
            "place": f"Place {n}", "from": VISIT["from"], "until": VISIT["until"],
            "effect": "acknowledge"}}
        for n in range(count)
    ]  # fmt: skip
    with client(north.home) as node:
        batch = node.call("draft_batch", line=line, rows=rows)
        for path in (north.officer, north.deputy):
            officer = unlock_officer(PASSPHRASE, path.read_bytes())
            batch = node.call(
                "release_batch", batch=batch["batch"], assertion=sign_batch(batch, officer)
            )
    north.tell("link", "test", line)


def test_five_hundred_alarms_at_once_ring_as_one(
    south: Browser, town: tuple[House, House], watch: str
) -> None:
    south.enrol("Frida South")
    tell_many(town[0], watch, 500)
    alarm = south.page.locator(".alarm")
    expect(alarm).to_contain_text("Not acknowledged: 500", timeout=20_000)
    assert alarm.count() == 1
    box = alarm.bounding_box()
    assert box is not None and box["height"] < 100  # they leave room for other work
    expect(alarm.locator("li:visible")).to_have_count(1)  # the first is never folded
    shot(south.page, "alarm-500")
    alarm.locator("summary").click()
    expect(alarm.locator("li:visible")).to_have_count(9)
    expect(alarm).to_contain_text("and 492 more")
    with south.page.expect_response("**/alarm?**"):
        south.page.evaluate("document.body.dispatchEvent(new Event('changed'))")
    expect(alarm.locator("li:visible")).to_have_count(9)  # fetched again it stays unfolded
    take_all(south.page)
    expect(south.page.locator("[data-ring]")).to_have_count(0)


def test_critical_fields_are_read_back_and_a_difference_is_shown_before_it_is_sent(
    south: Browser, town: tuple[House, House], watch: str
) -> None:
    south.enrol("Gerda South")
    area = '{"points":[[173738000,512082000]],"radius_m":500}'
    place = tell(town[0], watch, "core/visit@1", **VISIT, area=area)
    page = south.go(f"/message?{at(place)}")
    page.get_by_role("link", name="Read back").click()
    assert "51.2082" not in page.content()
    page.fill("[name='f.place']", "Riverside")
    page.fill("[name='f.from']", "2031-03-01 08:00")
    page.fill("[name='f.area.points']", "51.2082, 17.3837")
    page.fill("[name='f.area.radius']", "500")
    page.get_by_role("button", name="Compare").click()
    summary = page.locator("#summary")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("17.3738000°E")
    expect(summary).to_contain_text("17.3837000°E")
    # Two figures of the longitude were interchanged; of the rest nothing is marked.
    found = summary.locator("mark").all_inner_texts()
    assert found[:2] == ["8", "7"] and not any("500" in each for each in found)
    shot(page, "readback-differs")
    page.fill("[name='f.area.points']", "51.2082, 17.3738")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/drafts/*")
    # "What was read back is what was told" is not said of what was left out.
    expect(page.locator("#left-out")).to_have_text("Not read back (1): 4 Until")
    page.click("form.release button.main")
    page.wait_for_url("**/message**")
    page.goto(f"{south.house.site}/case?{at(place)}")
    row = page.locator("table.ladder").first.locator("tbody tr")
    expect(row.locator("td").nth(2)).to_have_class("reached")
    read_wrong(south, at(place))


def read_wrong(south: Browser, place: str) -> None:
    """What was understood otherwise is sent as it was understood."""
    page = south.go(f"/readback?{place}")
    page.fill("[name='f.until']", "2031-03-01 21:00")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("button", name="Send what I understood").click()
    page.wait_for_url("**/drafts/*")
    expect(page.locator("table.check")).to_contain_text("Read back: differs")
    expect(page.locator("#left-out")).to_have_count(0)  # the others were read back before


def test_the_desk_says_whom_to_ring_for_a_flash_and_takes_the_call_as_an_entry(
    north: Browser, town: tuple[House, House], watch: str
) -> None:
    town[1].signed(
        "send", watch, "core/duty-roster@1",
        "--field", "position.1.name=Duty officer", "--field", "position.1.reach=+1 555 0100",
        "--field", "until=2031-01-01T00:00:00Z",
    )  # fmt: skip
    town[1].tell("link", "test", watch)
    north.enrol("Ida North")
    place = tell(
        town[0], watch, "core/incident@1", "--class", "report",
        precedence="flash", subject="Shots at the bridge", at_time="2026-11-01T08:00:00Z",
    )  # fmt: skip
    page = north.go("/queue")
    ring = page.locator(".alarm-ring")
    expect(ring).to_contain_text("Flash not acknowledged by south.example")
    expect(ring).to_contain_text("+1 555 0100")
    shot(page, "ring")
    ring.get_by_role("link", name="Log this call").click()
    expect(page.locator("[name='f.position']")).to_have_value("Duty officer")
    expect(page.locator("#class")).to_have_value("unanswered")
    release(page)
    page.goto(f"{north.house.site}/case?{at(place)}")
    expect(page.locator("section", has_text="in the word of who rang").last).to_contain_text(
        "Duty officer"
    )
    whom = page.locator("main").get_by_role("region", name="Whom to ring")
    expect(whom).to_contain_text("south.example")
    expect(whom).to_contain_text("+1 555 0100")
    expect(whom.get_by_role("link", name="Log this call")).to_be_visible()
    shot(page, "call-log")


def test_nobody_without_the_watch_is_rung_or_takes_an_alarm(
    south: Browser, beside: Browser, town: tuple[House, House], watch: str
) -> None:
    south.enrol("Jana South", "--roles", "auditor")
    beside.enrol("Karla South", "--line", "Harbour")
    tell(town[0], watch, "core/visit@1", **VISIT)
    assert south.page.locator("#alarm-place").count() == 0
    expect(beside.page.locator("#alarm")).to_be_attached()
    assert "Watch" not in beside.page.locator("#alarm").inner_text()
    assert "Watch" not in beside.go("/alarm").content()


def test_a_proxy_that_holds_the_signals_back_is_said_and_the_alarm_still_comes(
    south: Browser, town: tuple[House, House], watch: str
) -> None:
    south.enrol("Lena South")
    page = south.page
    take_all(page)
    page.route("**/signals", lambda route: None)  # it answers nothing, as a buffer would
    south.go("/lines")
    expect(page.locator("#lost")).to_contain_text("NOT CONNECTED", timeout=25_000)
    place = tell(town[0], watch, "core/visit@1", **VISIT)
    expect(page.locator(f".alarm a[href$='i={place[1]}']")).to_be_visible(timeout=25_000)
    page.unroute_all(behavior="ignoreErrors")


def test_eight_pages_of_one_browser_are_all_served_and_all_hear_the_alarm(
    south: Browser, town: tuple[House, House], watch: str
) -> None:
    """A browser keeps six connections to one desk: a stream for each page would leave none."""
    south.enrol("Mona South")
    take_all(south.page)
    pages = [south.page, *(south.context.new_page() for _ in range(7))]
    for page in pages:
        page.goto(south.house.site + "/lines")
    place = tell(town[0], watch, "core/visit@1", **VISIT)
    for page in pages:
        expect(page.locator(f".alarm a[href$='i={place[1]}']")).to_be_visible(timeout=25_000)
