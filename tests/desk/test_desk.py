"""Desks in a real browser: how a form is found, filled in and released, and what nobody may do."""

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.desk.town import ENTERED, Browser, House, browser, open_line

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> {{ 7*7 }} \u202egnol\u202c =1+1"


def visit(page: Page, subject: str, place: str = "Riverside") -> None:
    """Fill in the notice of a visit that stands open on the page."""
    page.fill("textarea[name='f.subject.1.text']", subject)
    page.fill("input[name='f.place']", place)
    page.fill("input[name='f.from']", "2030-12-01 08:00")
    page.fill("input[name='f.until']", "2030-12-01 12:00")
    page.select_option("select[name='f.effect']", "acknowledge")


def compose(desk: Browser, title: str, format_id: str) -> Page:
    """The empty form of a format on a line, found as a person finds it."""
    page = desk.go("/lines")
    page.click(f"a.row-link:text-is('{title}')")
    page.click("details.compose-menu summary")
    page.click(f"a[href*='{urllib.parse.quote(format_id)}']")
    return page


def release(page: Page) -> None:
    """Check, then sign with the passkey."""
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")
    page.click("form.passkey button.main")
    page.wait_for_url("**/message**")


def reply(page: Page, format_id: str, answer: str) -> None:
    wanted = urllib.parse.quote(format_id)
    link = page.locator(f"section.replies a[href*='{wanted}'][href$='class={answer}']")
    link.locator("xpath=ancestor::details[1]/summary").click()
    link.click()


def test_a_form_that_cannot_be_read_comes_back_with_everything_that_was_typed(
    north: Browser,
) -> None:
    north.enrol("Berta North")
    page = compose(north, "Harbour", "core/visit@1")
    visit(page, "A visit that is not yet right")
    page.fill("input[name='f.from']", "tomorrow at eight")
    page.click("form.compose button.main")
    expect(page.locator("#summary")).to_be_focused()
    expect(page.locator("#e-from")).to_contain_text("in UTC")
    expect(page.locator("input[name='f.from']")).to_have_value("tomorrow at eight")
    expect(page.locator("textarea[name='f.subject.1.text']")).to_have_value(
        "A visit that is not yet right"
    )


def test_what_a_counterpart_writes_is_text_and_nothing_else(north: Browser, south: Browser) -> None:
    north.enrol("Gerda North")
    south.enrol("Dora South")
    page = compose(north, "Harbour", "core/visit@1")
    visit(page, "hostile", HOSTILE.replace("\u202e", "").replace("\u202c", ""))
    release(page)
    row = south.page.locator("tr.unread").last
    row.locator("a.row-link").click()
    expect(south.page.locator("td.value", has_text="onerror=alert(1)")).to_be_visible()
    expect(south.page.locator("td.value", has_text="{{ 7*7 }}")).to_be_visible()


def test_a_passkey_of_one_party_opens_no_other_desk(north: Browser, south: Browser) -> None:
    north.enrol("Hilde North")
    north.page.goto(south.house.site + "/sign-in")
    north.wrong.clear()  # the other desk is another origin: that is the point
    north.page.click("button.main")
    expect(north.page.locator(".problem")).to_be_visible()
    north.wrong.clear()


def test_an_officer_sees_nothing_of_a_line_without_a_role_on_it(
    north: Browser, town: tuple[House, House]
) -> None:
    open_line(*town, "Quiet")
    sent = town[0].signed(
        "send", "Quiet", "core/clarification@1", "--field", "subject=Only for few"
    )
    line = sent["line"] if "line" in sent else town[0].tell("line", "show", "Quiet")["line"]
    origin, index = sent["ref"]
    draft = town[0].tell("draft", "Quiet", "core/clarification@1", "--field", "subject=Not yet")
    north.enrol("Ida North", "--line", "Harbour")
    for path in ("/queue", "/lines"):
        assert "Quiet" not in north.go(path).content()
    entry = urllib.parse.urlencode({"o": origin, "i": index})
    hidden = (
        f"/lines/{line}", f"/message?{entry}", f"/case?{entry}", f"/drafts/{draft['draft']}",
        f"/compose?line={line}&format=core/clarification@1",
    )  # fmt: skip
    unknown = north.page.goto(f"{north.house.site}/lines/{'00' * 32}")
    assert unknown is not None
    for path in hidden:
        answer = north.page.goto(north.house.site + path)
        assert answer is not None and answer.status == unknown.status == 404
        assert "Quiet" not in north.page.content() and "Only for few" not in north.page.content()


def fetched(house: House, path: str, data: bytes | None = None, **headers: str) -> int:
    """The status of one request by a client that is no browser of ours."""
    url = f"http://127.0.0.1:{house.port}{path}"
    host = {"host": house.site.partition("://")[2]}
    request = urllib.request.Request(url, data, {**host, **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),  # the passkey's answer is missing: refused by the page itself
        ({"host": "evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://evil.example"}, 403),
    ],
)
def test_no_request_from_elsewhere_signs_anybody_in(
    town: tuple[House, House], headers: dict[str, str], status: int
) -> None:
    assert fetched(town[0], "/sign-in", b"answer=x", **headers) == status


def test_a_form_of_no_open_page_does_nothing(north: Browser) -> None:
    north.enrol("Jana North")
    page = north.go("/queue")
    count = len(north.house.tell("queue", "--drafts").get("drafts", []))
    page.evaluate(
        """() => { const form = document.createElement("form");
        form.method = "post"; form.action = "/compose";
        for (const [name, value] of [["form", "forged"], ["format", "core/visit@1"]]) {
          const field = document.createElement("input");
          field.name = name; field.value = value; form.append(field);
        }
        document.body.append(form); form.submit(); }"""
    )
    expect(page.get_by_text("desk.form-expired")).to_be_visible()
    assert len(north.house.tell("queue", "--drafts").get("drafts", [])) == count


def test_an_invitation_registers_one_key(playwright: Any, town: tuple[House, House]) -> None:
    invited = town[0].tell("officer", "invite", "Karla North")
    with browser(playwright, town[0]) as first, browser(playwright, town[0]) as second:
        first.page.goto(invited["url"])
        second.page.goto(invited["url"])
        first.page.click("button.main")
        first.page.wait_for_url(ENTERED)
        second.page.click("button.main")
        expect(second.page.get_by_text("desk.roster-refused")).to_be_visible()


def test_pages_are_of_the_policy_that_the_desk_states(north: Browser) -> None:
    answer = north.page.goto(north.house.site + "/sign-in")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert json.dumps(north.wrong) == "[]"
