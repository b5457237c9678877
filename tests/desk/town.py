"""Two parties with nodes and desks as processes of their own, and browsers with passkeys.

The passkeys live in Chromium's virtual authenticator; every page is watched: an error on the
console, a violation of the content policy, a dialog or a request that leaves the origin fails.
"""

import contextlib
import io
import json
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright

from openline.cli.main import run

PASSPHRASE = "only for this test"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE *.localhost",
]
AUTHENTICATOR = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
# A refused form is answered 422 and shown; Chromium notes every such status on the console.
EXPECTED = ("the server responded with a status of 4",)
START_SECONDS_MAX = 30


def chromium() -> str:
    """The browser; tests/conftest.py says when its absence is a failure."""
    found = shutil.which("chromium")
    if found is None:
        raise FileNotFoundError("chromium: install Debian's package of that name")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def told(*args: str) -> dict[str, Any]:
    """A command of the program, in this process; its one JSON object."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = run([*args, "--json", "--quiet"])
    value: dict[str, Any] = json.loads(out.getvalue())
    if code:
        raise AssertionError(value)
    return value


@dataclass(slots=True)
class House:
    """One party: its folder, its officer's file, its running node."""

    party: str
    home: Path
    process: subprocess.Popen[str] | None = None
    port: int = 0

    @property
    def site(self) -> str:
        return f"http://{self.party.partition('.')[0]}.localhost:{self.port}"

    @property
    def officer(self) -> Path:
        return self.home.with_suffix(".officer")

    def tell(self, *args: str) -> dict[str, Any]:
        return told(*args, "--home", str(self.home))

    def signed(self, *args: str) -> dict[str, Any]:
        return self.tell(*args, "--officer", str(self.officer), "--yes")

    def serve(self) -> None:
        """Start the node with a desk and wait until it says that it listens."""
        self.port = self.port or free_port()
        command = [sys.executable, "-m", "openline.cli.main", "serve", "--home", str(self.home)]
        self.process = subprocess.Popen(
            [*command, "--desk", f"127.0.0.1:{self.port}", "--json"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert json.loads(line)["desk"] == self.site

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(START_SECONDS_MAX) == 0
            if self.process.stdout is not None:
                self.process.stdout.close()
            self.process = None


@dataclass(slots=True)
class Browser:
    """One officer's browser, with what went wrong in it."""

    context: BrowserContext
    page: Page
    house: House
    wrong: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Collect everything that no page of ours may do."""
        self.page.on("console", lambda m: self.note(m.type, m.text))
        self.page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        self.page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        self.page.on("request", lambda request: self.leaves(request.url))

    def note(self, kind: str, text: str) -> None:
        if kind == "error" and not any(each in text for each in EXPECTED):
            self.wrong.append(f"console: {text}")

    def leaves(self, url: str) -> None:
        if not url.startswith((f"{self.house.site}/", "data:", "about:")):
            self.wrong.append(f"a request left the origin: {url}")

    def go(self, path: str) -> Page:
        self.page.goto(self.house.site + path)
        return self.page

    def enrol(self, name: str, *options: str) -> None:
        """Register a passkey behind a fresh invitation."""
        invited = self.house.tell("officer", "invite", name, *options)
        self.page.goto(invited["url"])
        self.page.click("button.main")
        self.page.wait_for_url("**/queue")


@contextlib.contextmanager
def browser(playwright: Playwright, house: House, **options: Any) -> Iterator[Browser]:
    """A fresh browser with an authenticator of its own."""
    launched = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
    context = launched.new_context(**options)
    context.set_default_timeout(8_000)
    opened = Browser(context, context.new_page(), house)
    opened.watch()
    devtools = context.new_cdp_session(opened.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    try:
        yield opened
    finally:
        launched.close()


def found_town(folder: Path) -> tuple[House, House]:
    """Two nodes that compared their digits and opened one exercise line."""
    houses = tuple(House(f"{name}.example", folder / name) for name in ("north", "south"))
    for house in houses:
        name = house.party.partition(".")[0]
        listen = f"127.0.0.1:{free_port()}"
        house.tell("init", house.party, "--listen", listen, "--rp-id", f"{name}.localhost")
        house.tell("officer", "add", name, "--out", str(house.officer))
        house.serve()
    north, south = houses
    cards = {h.party: h.tell("party", "card", "--out", str(h.home) + ".card") for h in houses}
    for house, other in ((north, south), (south, north)):
        house.tell("party", "add", str(other.home) + ".card")
        house.tell("party", "compare", other.party, cards[other.party]["digits"])
    open_line(north, south, "Harbour", "--timer", "acknowledge.visit=3600")
    return north, south


def open_line(north: House, south: House, title: str, *options: str) -> None:
    """An exercise line between the two, one officer each."""
    rules = ["--status", "exercise", "--officers", "open=1", "--officers", "*=1"]
    languages = [x for lang in ("en", "ru", "ar", "nl") for x in ("--language", lang)]
    north.signed(
        "line", "invite", "--title", title, "--member", south.party, *languages, *rules, *options
    )
    north.tell("link", "test", title)
    south.signed("line", "accept", title)
    north.tell("link", "test", title)
