"""Search at the desk: any language, saved searches, and nothing of a line without a role."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Playwright, expect

from tests.desk.busy import SAID
from tests.desk.town import Browser, House, browser

pytestmark = pytest.mark.browser


def found(desk: Browser, words: str) -> list[str]:
    """What the page answers to words that a person typed."""
    page = desk.go("/search")
    page.get_by_role("searchbox").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*")
    return [each.strip() for each in page.locator(".found p[dir=auto]").all_inner_texts()]


@pytest.mark.parametrize(
    ("lang", "words", "mark"),
    [
        ("zh", "导弹", "导弹"), ("ar", "زيارة", "زيارة"), ("ru", "мост", "мост"),
        ("de", "strassenbrucke", "Straßenbrücke"), ("fr", "ete", "été"),
        ("uk", "навчання", "навчання"),
    ],
)  # fmt: skip
def test_a_word_in_any_language_is_found_and_marked(
    desk: Browser, lang: str, words: str, mark: str
) -> None:
    assert found(desk, words) == [SAID[lang]]
    expect(desk.page.locator("mark")).to_have_text(mark)
    expect(desk.page.locator("mark").locator("xpath=ancestor::bdi")).to_be_visible()


def test_what_a_person_typed_comes_back_as_text_and_does_nothing(desk: Browser) -> None:
    hostile = '"><script>alert(1)</script>'
    assert found(desk, hostile) == []
    expect(desk.page.get_by_role("searchbox")).to_have_value(hostile)
    expect(desk.page.get_by_role("heading", name="Found: 0")).to_be_visible()


def test_a_question_narrows_by_line_form_and_day_in_its_address(desk: Browser) -> None:
    expect(desk.go("/search?q=line").locator(".found")).to_have_count(1)
    expect(desk.go("/search?from=north.example").locator(".found")).to_have_count(12)
    expect(
        desk.go("/search?form=core%2Fvisit%401&since=2020-01-01").locator(".found")
    ).to_have_count(12)
    expect(desk.go("/search?from=north.example&until=2020-01-01").locator(".found")).to_have_count(
        0
    )
    expect(desk.go("/search?q=bridge&since=nonsense&page=x").locator(".found")).to_have_count(1)


def test_a_saved_search_is_kept_for_its_officer_alone(
    desk: Browser, playwright: Playwright, filled: tuple[House, House]
) -> None:
    found(desk, "bridge")
    desk.page.get_by_label("Save this search as").fill("The bridge")
    desk.page.get_by_role("button", name="Save", exact=True).click()
    desk.go("/search")
    desk.page.get_by_role("link", name="The bridge").click()
    expect(desk.page.locator("mark").first).to_have_text("Bridge")
    with browser(playwright, filled[1]) as other:
        other.enrol("Dora South")
        assert "The bridge" not in other.go("/search").content()
    desk.page.get_by_role("button", name="Forget The bridge").click()
    expect(desk.page.get_by_text("You have saved no search")).to_be_visible()


def test_search_finds_and_counts_nothing_on_a_line_without_a_role(
    playwright: Playwright, filled: tuple[House, House]
) -> None:
    with browser(playwright, filled[1]) as few:
        few.enrol("Frida South", "--line", "Second")
        assert found(few, "bridge") == [] and "Bridge" not in few.page.content()
        assert set(found(few, "second line")) == {"On the second line"}
        assert few.go("/search?from=north.example").locator(".found").count() == 1
        content = few.go("/search").content()
        assert "Harbour" not in content
        hidden = next(
            row["line"]
            for row in filled[1].tell("line", "list")["lines"]
            if row["title"] == "Harbour"
        )
        asked = few.page.goto(f"{few.house.site}/search?q=bridge&line={quote(hidden)}")
        unknown = few.page.goto(f"{few.house.site}/search?q=bridge&line={'00' * 32}")
        assert asked is not None and unknown is not None
        assert asked.status == unknown.status == 404
