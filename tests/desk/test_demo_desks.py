"""`openline demo` stays with a desk per party, each a place of its own to a browser."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Playwright, expect

from tests.desk.town import ARGUMENTS, AUTHENTICATOR, ENTERED, chromium

pytestmark = pytest.mark.browser


def addresses(output: IO[str]) -> list[str]:
    """The officers' addresses that the demo prints, until it says how to end it."""
    found: list[str] = []
    for line in output:
        if "/enrol/" in line:
            found.append(line.split()[-1])
        if line.startswith("Ctrl-C"):
            break
    return found


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[list[str]]:
    """A demo of one history that stays up; the addresses that it gives out."""
    command = [sys.executable, "-m", "openline.cli.main", "demo", "--scenario", "1"]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield addresses(process.stdout)
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.read()
        process.stdout.close()
        process.wait(30)


def test_the_demo_gives_each_party_a_desk_that_no_other_partys_officer_can_enter(
    demo: list[str], playwright: Playwright
) -> None:
    sites = sorted({url.partition("/enrol/")[0] for url in demo})
    assert len(demo) == 6  # three officers each: a guarantee is drafted by one, released by two
    assert [site.partition("//")[2].partition(":")[0] for site in sites] == [
        "ru.localhost", "us.localhost",
    ]  # fmt: skip
    launched = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
    try:
        page = launched.new_context().new_page()
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        page.goto(next(url for url in demo if "us.localhost" in url))
        page.click("button.main")
        page.wait_for_url(ENTERED)
        page.goto(f"{page.url.rpartition('/')[0]}/queue")
        expect(page.locator(".marking-exercise").first).to_be_visible()
        cookies = {str(c["name"]): str(c["domain"]) for c in page.context.cookies()}
        assert cookies == {"openline-us-example": "us.localhost"}
        # The same browser holds a passkey of us.example; the desk of ru.example knows none of it.
        page.goto(next(site for site in sites if "ru.localhost" in site))
        assert page.url.startswith(f"{sites[0]}/sign-in")
        page.click("button.main")
        expect(page.locator(".problem")).to_be_visible()
        page.goto(f"{sites[0]}/queue")
        assert "/sign-in" in page.url
    finally:
        launched.close()
