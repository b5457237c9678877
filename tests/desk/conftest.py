"""One town for all tests of a module: starting it takes seconds.

No longer than a module: while Playwright runs, no other test may run an event loop of its own.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright, sync_playwright

from tests.desk.town import PASSPHRASE, Browser, House, browser, found_town


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, House]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENLINE_PASSPHRASE", PASSPHRASE)
        houses = found_town(tmp_path_factory.mktemp("town"))
        yield houses
        for house in houses:
            house.stop()


@pytest.fixture
def north(playwright: Playwright, town: tuple[House, House]) -> Iterator[Browser]:
    """A browser at north's desk; whatever its pages did wrong fails the test."""
    with browser(playwright, town[0]) as opened:
        yield opened
        assert opened.wrong == []


@pytest.fixture
def south(playwright: Playwright, town: tuple[House, House]) -> Iterator[Browser]:
    with browser(playwright, town[1]) as opened:
        yield opened
        assert opened.wrong == []
