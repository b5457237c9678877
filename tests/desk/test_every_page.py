"""Every page of a desk opens, whatever the node behind it has gone through, in each language.

The six histories are played between real processes; then officers sit down at the desks of their
nodes and follow every link, a few of each kind.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from openline.cli.play.loading import NUMBERS, load_all
from openline.desk.pages import watch_pages
from openline.desk.pages.look import LANGUAGES
from tests.desk.seated import Seat, at_desk
from tests.desk.wandering import links_of, wander
from tests.play.test_processes import performed

MOST = 4
# Who has most to look at when a history is over: each language at one of the desks.
DESKS = (
    ("1a", "ru.example"), ("1b", "us.example"), ("1b", "ru.example"), ("2", "us.example"),
    ("2", "ru.example"), ("3", "us.example"), ("4", "us.example"), ("4b", "om.example"),
    ("5", "ru.example"), ("6", "cell.example"),
)  # fmt: skip


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folders of all nodes after their histories."""
    performance = performed(tmp_path_factory.mktemp("e"))
    try:
        outcome = performance.run(load_all(NUMBERS))
        assert outcome.failed == 0
        yield performance.nodes
    finally:
        performance.close()


def wandered(home: Path, lang: str) -> tuple[list[str], list[str]]:
    """The kinds of pages that an officer came by, and what was no page."""
    found: tuple[list[str], list[str]] = ([], [])

    async def steps(seat: Seat) -> None:
        opened, wrong = await wander(seat, lang, MOST)
        found[0].extend(opened)
        found[1].extend(wrong)

    at_desk(home, steps)
    return found


def test_whatever_a_page_leads_to_is_a_page(homes: Path) -> None:
    came_by: set[str] = set()
    for (play, party), lang in zip(DESKS, LANGUAGES, strict=True):
        opened, wrong = wandered(homes / play / party, lang)
        assert wrong == [], play
        came_by.update(kind.partition(" ")[0] for kind in opened)
    assert came_by >= {
        "/lines", "/lines/*", "/message", "/case", "/readback", "/compose", "/document",
        "/disclose", "/map", "/timeline", "/registers", "/search", "/officers",
    }  # fmt: skip


def test_a_board_whose_witnesses_have_no_name_would_be_found(
    homes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: so it was for a day, on every line with a witness."""

    def nameless(services: list[dict[str, object]], called: str, lines: set[str]) -> object:
        return [row for row in services if called in row]

    monkeypatch.setattr(watch_pages, "of_lines", nameless)
    _, wrong = wandered(homes / "1b" / "us.example", "en")
    assert any(each.startswith("/lines: 500") for each in wrong)


def test_links_fetches_and_forms_that_ask_are_found() -> None:
    html = (
        '<a href="?n=2">next</a><div hx-get="/queue/rows"></div><a href="https://example.org/">x</a>'
        '<form method="get" action="/message"><input type="hidden" name="o" value="a/b"></form>'
        '<form method="post" action="/sign-out"><input type="hidden" name="form" value="t"></form>'
        '<script src="/static/desk.js"></script><a href="#main">skip</a>'
    )
    assert links_of(html, "/search?q=bridge") == ["/search?n=2", "/queue/rows", "/message?o=a%2Fb"]
