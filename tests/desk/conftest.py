"""One town for all tests of a module: starting it takes seconds.

No longer than a module: while Playwright runs, no other test may run an event loop of its own.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright, expect, sync_playwright

from tests.desk import busy
from tests.desk.town import (
    PASSPHRASE,
    Browser,
    House,
    browser,
    copied,
    found_town,
    open_line,
    served,
)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=15_000)  # a machine with other work to do is slow, not wrong
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a town as it was founded, which takes longer than to start its nodes."""
    folder = tmp_path_factory.mktemp("founded")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENLINE_PASSPHRASE", PASSPHRASE)
        patch.setenv("OPENLINE_TEXT_LANG", "en")
        found_town(folder)
    return folder


@pytest.fixture(scope="module")
def town(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, House]]:
    """The same two parties in every module, each time from the beginning."""
    houses = copied(founded, tmp_path_factory.mktemp("town") / "of")
    with pytest.MonkeyPatch.context() as patch, served(*houses):
        patch.setenv("OPENLINE_PASSPHRASE", PASSPHRASE)
        patch.setenv("OPENLINE_TEXT_LANG", "en")
        yield houses


def seat_at(house: int) -> Any:
    """A fixture: a browser at a desk of the town; whatever its pages did wrong fails the test."""

    @pytest.fixture
    def opened(playwright: Playwright, town: tuple[House, House]) -> Iterator[Browser]:
        with browser(playwright, town[house]) as found:
            yield found
            assert found.wrong == []

    return opened


# Officers of north, then of south: each has a browser of their own.
north, other, third = seat_at(0), seat_at(0), seat_at(0)
south, beside = seat_at(1), seat_at(1)


@pytest.fixture(scope="module")
def officer(playwright: Playwright, town: tuple[House, House]) -> Iterator[Browser]:
    """An officer of north for all tests of a module."""
    with browser(playwright, town[0]) as opened:
        opened.enrol("Anna North")
        yield opened


@pytest.fixture(scope="module")
def filled(town: tuple[House, House]) -> tuple[House, House]:
    """South was told much on one line, and a little on another."""
    busy.fill(*town)
    open_line(*town, "Second")
    busy.visit(town[0], "Second", "On the second line")
    town[0].tell("link", "test", "Second")
    return town


@pytest.fixture(scope="module")
def seat(playwright: Playwright, filled: tuple[House, House]) -> Iterator[Browser]:
    """An officer of south who has been at the desk since before the tests of a module."""
    with browser(playwright, filled[1]) as opened:
        opened.enrol("Clara South")
        yield opened


@pytest.fixture
def desk(seat: Browser) -> Iterator[Browser]:
    """The same officer, at the queue."""
    seat.go("/queue")
    yield seat
    assert seat.wrong == []
