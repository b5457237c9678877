"""Many messages acknowledged at one go: read before, each for itself, never a flash unseen."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from tests.desk.barriers import findings
from tests.desk.test_composing import shot
from tests.desk.test_receiving import VISIT, tell, tell_many
from tests.desk.town import Browser, House, browser, open_line

pytestmark = pytest.mark.browser

# A passkey that stops after two touches, as when its owner takes the hand away.
TWO_TOUCHES = """() => { const real = navigator.credentials.get.bind(navigator.credentials);
  let left = 2;
  navigator.credentials.get = (options) => {
    if (left === 0) return Promise.reject(new DOMException("away", "NotAllowedError"));
    left -= 1;
    return real(options); }; }"""


@pytest.fixture(scope="module")
def officer(playwright: Playwright, town: tuple[House, House]) -> Iterator[Browser]:
    with browser(playwright, town[1]) as opened:
        opened.enrol("Clara South")
        yield opened


@pytest.fixture(scope="module")
def many(town: tuple[House, House]) -> str:
    """A line whose rules let visits and acknowledgements go in batches."""
    rules = town[0].home.with_suffix(".toml")
    rules.write_text('batch = ["core/acknowledge", "core/visit"]\n', "utf-8")
    open_line(*town, "Many", "--charter", str(rules))
    return "Many"


@pytest.fixture
def desk(officer: Browser) -> Iterator[Browser]:
    yield officer
    assert officer.wrong == []


def told(house: House, count: int, line: str = "Harbour", **more: str) -> list[str]:
    """As many messages to south; their numbers."""
    places = [
        tell(house, line, "core/visit@1", **{**VISIT, "subject": f"Visit {n}", **more})
        for n in range(count)
    ]
    return [f"1.{place[1]}" for place in places]


def waiting(house: House) -> set[str]:
    """The numbers of what waits in a queue to be acknowledged; these ask for no answer after."""
    rows = house.tell("queue")["queue"]
    return {row["number"] for row in rows if row["next"] == "acknowledge"}


def tick(page: Page, *numbers: str) -> None:
    for number in numbers:
        page.get_by_label(f"Choose north.example:{number}", exact=True).check()


def acknowledgements(house: House, line: str) -> list[dict[str, Any]]:
    """Who acknowledged what, as a party's own record has it."""
    found = house.tell("cases", "--line", line)["cases"]
    rows = [row for case in found for matter in case["matters"] for row in matter["reception"]]
    return [row["a1"] for row in rows if row["a1"]]


def test_chosen_messages_are_listed_then_acknowledged_each_by_a_message_of_its_own(
    desk: Browser, town: tuple[House, House]
) -> None:
    numbers = told(town[0], 4)
    flash = told(town[0], 1, precedence="flash", subject="Stop firing")[0]
    page = desk.go("/queue")
    expect(page.get_by_label(f"Choose north.example:{flash}", exact=True)).to_have_count(0)
    tick(page, *numbers[:3])
    page.get_by_role("button", name="Acknowledge the chosen").click()
    listed = page.locator("ol.chosen li")
    expect(listed).to_have_count(3)
    for n, number in enumerate(numbers[:3]):
        expect(listed.nth(n)).to_contain_text(f"north.example:{number}")
        expect(listed.nth(n)).to_contain_text(f"Visit {n}")
    assert {*numbers, flash} <= waiting(town[1])  # nothing is signed yet
    assert findings(page) == []
    shot(page, "together")
    page.get_by_role("button", name="Sign with passkey: one touch for each of 3").click()
    page.wait_for_url("**/queue")
    assert {*numbers, flash} & waiting(town[1]) == {numbers[3], flash}
    town[1].tell("link", "test", "Harbour")
    given = acknowledgements(town[0], "Harbour")
    assert len({tuple(each["ref"]) for each in given}) == len(given) >= 3


def test_a_flash_is_never_acknowledged_with_others_whatever_the_form_says(
    desk: Browser, town: tuple[House, House]
) -> None:
    plain, _ = told(town[0], 2)
    flash = told(town[0], 1, precedence="flash", subject="Cease fire breach")[0]
    page = desk.go("/queue")
    page.evaluate(
        """([to, at]) => { const box = [...document.querySelectorAll("input[name^='m.']")]
          .find((each) => each.getAttribute("aria-label").endsWith(":" + to));
          const other = box.cloneNode();
          other.name = box.name.replace(/ [0-9]+$/, " " + at.split(".")[1]);
          box.after(other); box.checked = true; other.checked = true; }""",
        [plain, flash],
    )
    page.get_by_role("button", name="Acknowledge the chosen").click()
    expect(page.locator("section.notice ol.chosen li")).to_contain_text("Cease fire breach")
    page.get_by_role("button", name="one touch for each of 1").click()
    page.wait_for_url("**/queue")
    assert {plain, flash} & waiting(town[1]) == {flash}


def test_what_was_signed_counts_when_the_passkey_stops_half_way_and_the_rest_waits(
    desk: Browser, town: tuple[House, House]
) -> None:
    numbers = told(town[0], 3)
    page = desk.go("/queue")
    tick(page, *numbers)
    page.get_by_role("button", name="Acknowledge the chosen").click()
    sign = page.get_by_role("button", name="one touch for each of 3")
    expect(sign).to_be_visible()  # else the page before it is made to stop
    page.evaluate(TWO_TOUCHES)
    sign.click()
    expect(page.get_by_role("button", name="one touch for each of 1")).to_be_visible()
    expect(page.locator("ol.chosen li")).to_have_count(1)
    assert set(numbers) & waiting(town[1]) == {numbers[2]}
    page.get_by_role("button", name="Acknowledge none of these").click()
    page.wait_for_url("**/queue")
    assert numbers[2] in waiting(town[1])
    expect(page.get_by_text("Drafts that wait for an officer")).to_have_count(0)


def test_a_tick_stays_when_something_new_arrives(desk: Browser, town: tuple[House, House]) -> None:
    numbers = told(town[0], 2)
    page = desk.go("/queue")
    tick(page, *numbers)
    later = told(town[0], 1)[0]
    expect(page.get_by_label(f"Choose north.example:{later}", exact=True)).not_to_be_checked()
    for number in numbers:
        expect(page.get_by_label(f"Choose north.example:{number}", exact=True)).to_be_checked()


def test_nothing_is_signed_by_another_officer_nor_by_an_answer_that_does_not_fit(
    desk: Browser, playwright: Playwright, town: tuple[House, House]
) -> None:
    numbers = told(town[0], 2)
    page = desk.go("/queue")
    tick(page, *numbers)
    page.get_by_role("button", name="Acknowledge the chosen").click()
    page.wait_for_url("**/together/*")
    address = page.url
    with browser(playwright, town[1]) as other:
        other.enrol("Dora South")
        other.page.goto(address)
        expect(other.page.get_by_text("nothing lies ready here")).to_be_visible()
        assert other.wrong == []
    for answer in ("", "[]", "{}", "[1]", "[{}]", "[" * 20_000, '[{"response": {}}, 1, 1, 1]'):
        page.evaluate(
            """(answer) => { const form = document.querySelector("form.passkey");
              form.elements.answer.value = answer; setTimeout(() => form.submit()); }""",
            answer,
        )
        expect(page.locator("h1")).to_have_text("Refused")
        page.goto(address)
    assert set(numbers) <= waiting(town[1])


def test_five_hundred_alarms_are_acknowledged_by_two_officers_a_page_at_a_time(
    desk: Browser, playwright: Playwright, town: tuple[House, House], many: str
) -> None:
    tell_many(town[0], many, 500)
    line = town[1].tell("line", "show", many)["line"]
    with browser(playwright, town[1]) as second, browser(playwright, town[1]) as third:
        second.enrol("Elsa South")
        third.enrol("Frida South")
        page = desk.go(f"/queue?line={line}")
        page.get_by_role("button", name="Choose all on this page").click()
        page.get_by_role("button", name="Acknowledge the chosen").click()
        page.wait_for_url("**/batches/*")
        expect(page.locator("ol.chosen li")).to_have_count(100)
        expect(page.get_by_text("You drafted this message")).to_be_visible()
        shot(page, "together-batch")
        for officer, after in ((second, "signatures given: 1 of 2"), (third, "")):
            officer.page.click("a[href^='/batches/']")
            expect(officer.page.locator("ol.chosen li")).to_have_count(100)
            officer.page.get_by_role("button", name="Release with passkey").click()
            if after:
                expect(officer.page.get_by_text(after)).to_be_visible()
        third.page.wait_for_url("**/queue", timeout=20_000)
        assert second.wrong == [] and third.wrong == []
    rows = [row for row in town[1].tell("queue")["queue"] if row["line"] == line]
    assert [row["next"] for row in rows].count("acknowledge") == 400


def test_more_than_one_by_one_can_be_signed_asks_for_rules_that_allow_a_batch(
    desk: Browser, town: tuple[House, House]
) -> None:
    rules = town[0].home.with_suffix(".toml")
    rules.write_text('batch = ["core/visit"]\n', "utf-8")
    open_line(*town, "Strict", "--charter", str(rules))
    tell_many(town[0], "Strict", 51)
    line = town[1].tell("line", "show", "Strict")["line"]
    page = desk.go(f"/queue?line={line}")
    page.get_by_role("button", name="Choose all on this page").click()
    page.get_by_role("button", name="Acknowledge the chosen").click()
    expect(page.get_by_text("51 were chosen; one by one 50 are the most")).to_be_visible()
