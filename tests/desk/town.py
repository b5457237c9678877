"""Two parties with nodes and desks as processes of their own, and browsers with passkeys.

The passkeys live in Chromium's virtual authenticator; every page is watched: an error on the
console, a violation of the content policy, a dialog or a request that leaves the origin fails.
"""

import contextlib
import io
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import BrowserContext, Page, Playwright

from openline.cli.main import run
from openline.store import anchor
from tests.ports import free_port

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
DELIVERY_TRIES_MAX = 100
# Where an officer stands after registering a key, approved or not.
ENTERED = re.compile("/queue$")


def chromium() -> str:
    """The browser; tests/conftest.py says when its absence is a failure."""
    found = shutil.which("chromium")
    if found is None:
        raise FileNotFoundError("chromium: install Debian's package of that name")
    return found


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

    @property
    def deputy(self) -> Path:
        return self.home.with_suffix(".deputy")

    def tell(self, *args: str) -> dict[str, Any]:
        return told(*args, "--home", str(self.home))

    def signed(self, *args: str) -> dict[str, Any]:
        return self.tell(*args, "--officer", str(self.officer), "--yes")

    def approve(self) -> None:
        """Two officers approve who was entered behind an invitation."""
        if self.tell("officer", "approve")["change"]:
            both = ("--by", str(self.officer), "--by", str(self.deputy))
            assert self.tell("officer", "approve", *both, "--yes")["change"] == {}

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
        if json.loads(line).get("desk") != self.site:
            self.process.wait(START_SECONDS_MAX)
            self.process = None
            raise AssertionError(f"the node of {self.party} did not start: {line}")

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
    devtools: Any = None
    authenticator: str = ""

    def watch(self, page: Page) -> None:
        """Collect everything that no page of ours may do."""
        page.on("console", lambda m: self.note(m.type, m.text))
        page.on("pageerror", lambda error: self.wrong.append(f"page error: {error}"))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: self.leaves(request.url))

    def note(self, kind: str, text: str) -> None:
        if kind == "error" and not any(each in text for each in EXPECTED):
            self.wrong.append(f"console: {text}")

    def leaves(self, url: str) -> None:
        if not url.startswith((f"{self.house.site}/", "data:", "about:")):
            self.wrong.append(f"a request left the origin: {url}")

    def go(self, path: str) -> Page:
        self.page.goto(self.house.site + path)
        return self.page

    def lend_key(self, page: Page) -> None:
        """Give another tab of this browser the keys of the first: authenticators are per tab."""
        first, second = self.devtools, self.context.new_cdp_session(page)
        keys = first.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        second.send("WebAuthn.enable")
        made = second.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        for key in keys["credentials"]:
            told = {"authenticatorId": made["authenticatorId"], "credential": key}
            second.send("WebAuthn.addCredential", told)

    def enrol(self, name: str, *options: str) -> None:
        """Register a passkey behind a fresh invitation."""
        invited = self.house.tell("officer", "invite", name, *options)
        self.page.goto(invited["url"])
        self.page.click("button.main")
        self.page.wait_for_url(ENTERED)
        self.house.approve()
        self.go("/queue")


_running: dict[int, PlaywrightBrowser] = {}


def running(playwright: Playwright) -> PlaywrightBrowser:
    """The one Chromium of a module, for starting it takes a second or two. It ends with Playwright.

    Officers' browsers are contexts of it: they share no cookie, no cache and no passkey.
    """
    found = _running.get(id(playwright))
    if found is None or not found.is_connected():
        found = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        _running[id(playwright)] = found
    return found


@contextlib.contextmanager
def browser(playwright: Playwright, house: House, **options: Any) -> Iterator[Browser]:
    """A fresh browser with an authenticator of its own."""
    context = running(playwright).new_context(**options)
    context.set_default_timeout(20_000)
    opened = Browser(context, context.new_page(), house)
    opened.watch(opened.page)
    opened.devtools = context.new_cdp_session(opened.page)
    opened.devtools.send("WebAuthn.enable")
    made = opened.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    opened.authenticator = made["authenticatorId"]
    try:
        yield opened
    finally:
        context.close()


def copied(founded: Path, folder: Path) -> tuple[House, House]:
    """The houses of a copy, which their nodes take for what they left.

    A node mistrusts an anchor journal that was touched after its last record, as every copy was:
    it would open new epochs and only receive. Here the copy is the test's own doing.
    """
    houses = houses_in(shutil.copytree(founded, folder))
    for house in houses:
        journal = house.home / "anchor" / "journal"
        last = anchor.parse_journal(journal.read_bytes()).last
        assert last is not None
        with journal.open("ab") as opened:
            opened.write(anchor.encode(anchor.Line(int(time.time()), last.database, last.machine)))
    return houses


def houses_in(folder: Path) -> tuple[House, House]:
    return House("north.example", folder / "north"), House("south.example", folder / "south")


@contextlib.contextmanager
def served(*houses: House) -> Iterator[None]:
    """Their nodes with desks, ended whatever happens."""
    try:
        for house in houses:
            house.serve()
        yield
    finally:
        for house in houses:
            house.stop()


def found_town(folder: Path) -> None:
    """Two parties that compared their digits and opened one exercise line; nothing runs after.

    Their addresses stand on their cards, so they keep them wherever the folder is copied to.
    """
    north, south = houses_in(folder)
    for house in (north, south):
        name = house.party.partition(".")[0]
        listen = f"127.0.0.1:{free_port()}"
        house.tell("init", house.party, "--listen", listen, "--rp-id", f"{name}.localhost")
        house.tell("officer", "add", name, "--out", str(house.officer))
        house.tell("officer", "add", "deputy", "--out", str(house.deputy))
    with served(north, south):
        introduce(north, south)
        open_line(north, south, "Harbour", "--timer", "acknowledge.visit=3600")


def introduce(north: House, south: House) -> None:
    """Each has the card of the other, and compared its digits."""
    cards = {
        h.party: h.tell("party", "card", "--out", str(h.home) + ".card") for h in (north, south)
    }
    for house, other in ((north, south), (south, north)):
        house.tell("party", "add", str(other.home) + ".card")
        house.tell("party", "compare", other.party, cards[other.party]["digits"])


def open_line(north: House, south: House, title: str, *options: str) -> None:
    """An exercise line between the two, one officer each."""
    rules = ["--status", "exercise", "--officers", "open=1", "--officers", "*=1"]
    languages = [x for lang in ("en", "ru", "ar", "nl") for x in ("--language", lang)]
    north.signed(
        "line", "invite", "--title", title, "--member", south.party, *languages, *rules, *options
    )
    reached(north, south, title, opened=False)
    south.signed("line", "accept", title)
    reached(south, north, title, opened=True)


def reached(sender: House, receiver: House, title: str, *, opened: bool) -> None:
    """Test the link until the receiver's node knows the line, and that all have opened it."""
    for _ in range(DELIVERY_TRIES_MAX):
        sender.tell("link", "test", title)
        lines = {row["title"]: row for row in receiver.tell("line", "list")["lines"]}
        if title in lines and (lines[title]["open"] or not opened):
            return
    raise AssertionError(f"{title} did not reach {receiver.party}: {lines}")
