"""A party told two stories: the board says so, and leads to what to do at three in the morning."""

import shutil

import pytest
from playwright.sync_api import Playwright, expect

from openline.cli.play import liar
from openline.exchange import start
from tests.desk.barriers import findings, overflows
from tests.desk.town import Browser, House, browser, open_line

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lied_to(town: tuple[House, House], tmp_path_factory: pytest.TempPathFactory) -> House:
    """South, which North and a copy of North told two things under one number."""
    north, south = town
    open_line(north, south, "Second")
    (line,) = [x for x in south.tell("line", "list")["lines"] if x["title"] == "Harbour"]
    copies = tmp_path_factory.mktemp("clones")
    north.stop()
    host, _, port = start.read_settings(south.home).listen.partition(":")
    for words in ("One story", "Another story"):
        copy = copies / words.partition(" ")[0]
        shutil.copytree(north.home, copy)
        status = liar.tell(copy, bytes.fromhex(line["line"]), words, (host, int(port)))
        assert status == (200 if words == "One story" else 422)
    return south


def test_the_board_leads_to_what_happened_and_what_to_do(lied_to: House, south: Browser) -> None:
    south.enrol("Clara South")
    page = south.go("/lines?status=exercise")
    link = page.get_by_role("link", name="Two histories of one log")
    expect(link).to_have_count(1)
    link.click()
    expect(page.get_by_role("heading", name="Two histories of one log")).to_be_visible()
    for words in ("What to do now", "Whom to ring", "What is not affected"):
        expect(page.get_by_role("heading", name=words)).to_be_visible()
    (row,) = lied_to.tell("log", "frozen")["frozen"]
    expect(page.get_by_text(f"openline disclose --evidence {row['evidence']}")).to_be_visible()
    assert findings(page) == []
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 740})
        assert not overflows(page)


def test_who_has_no_role_on_the_line_hears_of_nothing(
    lied_to: House, playwright: Playwright
) -> None:
    with browser(playwright, lied_to) as frida:
        frida.enrol("Frida South", "--line", "Second")
        page = frida.go("/lines?status=exercise")
        expect(page.get_by_role("link", name="Second")).to_have_count(1)
        expect(page.get_by_role("link", name="Two histories of one log")).to_have_count(0)
        (row,) = lied_to.tell("log", "frozen")["frozen"]
        page = frida.go(f"/frozen?o={row['origin']}")
        expect(page.get_by_role("heading", name="Two histories of one log")).to_have_count(0)
        assert frida.wrong == []
