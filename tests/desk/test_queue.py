"""The queue: by due time, filtered by its address, with marks that stand apart and an owner."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.desk.town import Browser, House, browser

pytestmark = pytest.mark.browser

ASSETS_BYTES_MAX = 250_000


def subjects(desk: Browser) -> list[str]:
    return [each.strip() for each in desk.page.locator("table.queue .about").all_inner_texts()]


def test_what_is_due_first_stands_first_whatever_came_first(desk: Browser) -> None:
    assert subjects(desk)[0] == "Bridge inspection"  # flash: due in ten minutes
    dues = desk.page.locator("table.queue time[data-due]").evaluate_all(
        "rows => rows.map(row => row.dataset.due)"
    )
    assert dues == sorted(dues) and len(dues) == 11
    assert subjects(desk)[-1] == "On the second line"  # its charter gives it no time
    expect(desk.page.locator("table.queue time[data-due]").first).to_have_text(
        re.compile(r"^\d\d:\d\dZ 0:\d\d$")
    )


def test_reception_and_life_cycle_are_two_marks_and_unread_is_said_in_words(
    desk: Browser,
) -> None:
    row = desk.page.locator("table.queue tr.unread").first
    expect(row.locator(".rung")).to_have_text("A0")
    expect(row.locator(".life-mark")).to_have_text("Told")
    expect(row.locator(".flag")).to_have_text("UNREAD: acknowledge")
    assert "(12)" in desk.page.title()


def test_a_filter_stands_in_the_address_and_says_what_it_hides(desk: Browser) -> None:
    page = desk.page
    page.select_option("select[name=precedence]", "flash")
    page.get_by_role("button", name="Show", exact=True).click()
    assert "precedence=flash" in page.url
    assert subjects(desk) == ["Bridge inspection"]
    expect(page.get_by_text("Hidden by the filter: 11")).to_be_visible()
    page.reload()
    assert subjects(desk) == ["Bridge inspection"]
    desk.go("/queue?due=none")
    assert subjects(desk) == ["On the second line"]
    desk.go("/queue?due=1h&from=north.example&todo=answer")
    assert subjects(desk) == []
    page.get_by_role("link", name="Show everything").click()
    assert len(subjects(desk)) == 12


def test_what_no_filter_knows_hides_nothing_that_it_does_not_say(desk: Browser) -> None:
    desk.go("/queue?page=99999999&precedence=nonsense&due=%00&owner=%F0%9F%98%80")
    expect(desk.page.get_by_text("Hidden by the filter: 12")).to_be_visible()


def test_an_officer_takes_a_row_and_the_other_desk_of_the_party_sees_it(
    desk: Browser, playwright: Playwright, filled: tuple[House, House]
) -> None:
    page = desk.page
    first = page.locator("table.queue tbody tr").first
    first.get_by_role("button", name="Take").click()
    expect(first.get_by_text("Clara South")).to_be_visible()
    with browser(playwright, filled[1]) as second:
        second.enrol("Dora South")
        expect(second.page.locator("table.queue tbody tr").first).to_contain_text("Clara South")
        second.go("/queue?owner=me")
        assert subjects(second) == []
        assert second.wrong == []
    desk.go("/queue?owner=me")
    assert subjects(desk) == ["Bridge inspection"]
    page.get_by_role("button", name="Let go").click()
    assert "owner=me" in page.url
    assert subjects(desk) == []


def test_a_row_of_a_line_without_a_role_is_in_no_queue_filter_or_form(
    playwright: Playwright, filled: tuple[House, House]
) -> None:
    with browser(playwright, filled[1]) as few:
        few.enrol("Frida South", "--line", "Second")
        for path in ("/queue", "/queue/rows", "/queue?line=&from=north.example", "/registers"):
            content = few.go(path).content()
            assert "Harbour" not in content and "Bridge inspection" not in content
        assert subjects(few) == []
        few.go("/queue")
        assert subjects(few) == ["On the second line"]
        hidden = filled[1].tell("queue")["queue"][0]
        assert hidden["title"] == "Harbour"
        few.page.evaluate(
            """([origin, index]) => {
            document.querySelector("input[name=o]").value = origin;
            document.querySelector("input[name=i]").value = index; }""",
            hidden["ref"],
        )
        few.page.get_by_role("button", name="Take").click()
        expect(few.page.get_by_text("desk.not-here")).to_be_visible()
        assert "Harbour" not in few.page.content()


def test_the_assets_of_the_queue_page_are_small(desk: Browser) -> None:
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', desk.page.content())
    fetched = "name => fetch(name).then(answer => answer.text())"
    files = {name: desk.page.evaluate(fetched, name) for name in named}
    packed = sum(len(gzip.compress(text.encode())) for text in files.values())
    assert len(files) >= 5 and 10_000 < packed <= ASSETS_BYTES_MAX


def test_every_file_of_the_desk_that_a_page_may_load_is_served_by_the_desk() -> None:
    pages = Path("src/openline/desk/templates").glob("*.html")
    assert [
        page.name for page in pages if re.search(r"(src|href)=.https?://", page.read_text())
    ] == []


def test_an_owner_is_still_there_after_the_node_was_started_again(
    playwright: Playwright, filled: tuple[House, House]
) -> None:
    south = filled[1]
    with browser(playwright, south) as first:
        first.enrol("Emma South")
        first.page.locator("table.queue tbody tr").nth(1).get_by_role("button", name="Take").click()
        expect(first.page.locator("table.queue tbody tr").nth(1)).to_contain_text("Emma South")
        south.stop()
        south.serve()
        first.page.goto(south.site + "/sign-in")
        first.page.click("button.main")
        first.page.wait_for_url("**/queue")
        expect(first.page.locator("table.queue tbody tr").nth(1)).to_contain_text("Emma South")
