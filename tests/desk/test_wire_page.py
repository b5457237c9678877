"""The orderwire in two browsers; and every naughty string in every field of the officer's pages."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, expect

from tests.desk.test_composing import NAUGHTY, shot
from tests.desk.test_officers import answered, posted
from tests.desk.test_receiving import VISIT, at, tell
from tests.desk.test_refusals import objection
from tests.desk.town import Browser, House, browser, open_line

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def wired(town: tuple[House, House]) -> str:
    """A line with an orderwire; its id."""
    rules = town[0].home.with_suffix(".wire.toml")
    rules.write_text("orderwire = true\n", "utf-8")
    open_line(*town, "Wired", "--charter", str(rules))
    return str(town[0].tell("line", "show", "Wired")["line"])


def test_operators_chat_on_a_line_and_the_page_says_what_it_is_not(
    north: Browser, south: Browser, wired: str
) -> None:
    north.enrol("Anna North")
    south.enrol("Clara South")
    theirs = south.go(f"/lines/{wired}/wire")
    page = north.go(f"/lines/{wired}")
    page.get_by_role("link", name="Orderwire").click()
    expect(page.get_by_text("Not official.")).to_be_visible()
    page.fill("#text", "Switching to the spare link at 14:00Z <b>now</b>")
    page.get_by_role("button", name="Send to every member").click()
    expect(page.locator(".ours")).to_contain_text("Anna North")
    heard = theirs.locator(".theirs")
    expect(heard).to_contain_text("Switching to the spare link at 14:00Z <b>now</b>")
    expect(heard).not_to_contain_text("Anna North")  # a peer learns a party, never a name
    shot(theirs, "wire")
    assert north.house.tell("cases", "--line", "Wired")["cases"] == []


def test_who_was_not_reached_is_named_and_the_words_stay(
    north: Browser, town: tuple[House, House], wired: str
) -> None:
    north.enrol("Berta North")
    page = north.go(f"/lines/{wired}/wire")
    town[1].stop()
    try:
        page.fill("#text", "Anybody there?")
        page.get_by_role("button", name="Send to every member").click()
        expect(page.locator(".problem")).to_contain_text("south.example", timeout=20_000)
        expect(page.locator("#text")).to_have_value("Anybody there?")
    finally:
        town[1].serve()


def test_a_line_without_an_orderwire_says_so(north: Browser) -> None:
    north.enrol("Dora North")
    line = north.house.tell("line", "show", "Harbour")["line"]
    page = north.go(f"/lines/{line}/wire")
    expect(page.get_by_text("has no orderwire")).to_be_visible()
    assert posted(page, f"/lines/{line}/wire", text="x") == 422


@pytest.fixture(scope="module")
def elsa(playwright: Playwright, town: tuple[House, House]) -> Iterator[Browser]:
    with browser(playwright, town[1]) as opened:
        opened.enrol("Elsa South")
        yield opened


@pytest.fixture(scope="module")
def place(town: tuple[House, House], wired: str) -> list[object]:
    """A visit that South was told on the line."""
    return tell(town[0], "Wired", "core/visit@1", **VISIT)


@pytest.mark.parametrize("text", NAUGHTY, ids=lambda text: repr(text[:12]))
def test_a_string_in_a_field_about_a_line_is_refused_in_words_or_told_as_it_was_typed(
    elsa: Browser, place: list[object], wired: str, text: str
) -> None:
    o, i = str(place[0]), str(place[1])
    page = elsa.go(f"/message?{at(place)}")
    for path, fields in (
        (f"/lines/{wired}/wire", {"text": text}),
        ("/readback", {"o": o, "i": i, "f.place": text, "f.area.points": text, "act": text}),
        ("/readback", {"o": text, "i": text}),
        ("/acknowledge", {"o": text, "i": text}),
        ("/alarm/take", {"group": text, "next": text}),
        ("/compose", {"line": text, "format": text, "u": text, "rev": text, "act": text}),
        ("/compose/check", {"line": wired, "format": "core/visit@1", "u": text, "rev": text,
                            f"f.{text[:40]}": text, "n.area": text, "class": text}),
        (f"/forms/{'0' * 32}/template", {"name": text}),
        ("/me/words", {"ordinary": text, "duress": text}),
        ("/me/take/1", {"challenge": text, "answer": text}),
        ("/officers/invite", {"name": text, "lines": text, "challenge": text}),
    ):  # fmt: skip
        status, told = answered(page, path, **fields)
        if path == "/compose/check" and status == 200:
            assert json.loads(told)["form"]  # told to a script as text, never as markup
            continue
        shown = told if path.endswith("/wire") else None
        assert objection(status, told, text, shown) == "", path
    assert "<script>alert(1)" not in elsa.go(f"/lines/{wired}/wire").content()
    assert elsa.wrong == []
