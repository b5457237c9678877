"""An officer at a desk without a browser: requests go straight into the application, no network."""

import os
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlencode

import anyio
from starlette.types import ASGIApp, Message

from openline.desk.acts import Desk
from openline.desk.pages.app import desk_app
from openline.desk.pages.passkeys import Site
from openline.desk.pages.sessions import Sessions
from openline.desk.roster import EVERY_LINE, LINE_ROLES, Key, Officer
from openline.exchange import start
from openline.node import OPERATIONS, create, running

PARTY, HOST = "north.example", "north.localhost:8651"
ANNA, BORIS = b"a" * 16, b"b" * 16
# A public key as COSE spells it; nobody signs with it here.
_COSE = bytes.fromhex("a5010203262001215820") + b"\1" * 32 + bytes.fromhex("225820") + b"\2" * 32


class Answer:
    """What came back."""

    def __init__(self, sent: list[Message]) -> None:
        self.status: int = sent[0]["status"]
        self.headers = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        self.body = b"".join(each.get("body", b"") for each in sent)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def main(self) -> str:
        """The page without what stands around every page."""
        found = re.search(r"<main.*</main>", self.text, re.DOTALL)
        return found[0] if found else self.text


class Seat:
    """Two officers of one desk; the first one asks."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.failed: list[str] = []
        for person, name in ((ANNA, "Anna"), (BORIS, "Boris")):
            desk.roster.officers[person] = Officer(
                person, name, LINE_ROLES, {EVERY_LINE: LINE_ROLES}, (Key(person, _COSE, 0),)
            )
        sessions = Sessions(time.monotonic, os.urandom)
        token = sessions.begin(ANNA)
        session = sessions.find(token)
        assert session is not None
        self.form_token = session.form_token
        self.cookie = f"openline-north-example={token}"
        site = Site("north.localhost", f"http://{HOST}", PARTY)
        self.app: ASGIApp = desk_app(desk, OPERATIONS, site, self._failed, sessions)

    def _failed(self, where: str, fault: BaseException) -> None:
        self.failed.append(f"{where}: {fault!r}")

    async def get(self, address: str, **more: str) -> Answer:
        return await self.ask("GET", address, b"", more)

    async def post(
        self,
        address: str,
        form: dict[str, str],
        meanwhile: Callable[[], Awaitable[None]] | None = None,
        **more: str,
    ) -> Answer:
        """A form; `meanwhile` is done when its head has come and its body has not."""
        body = urlencode({"form": self.form_token, **form}).encode()
        return await self.ask("POST", address, body, more, meanwhile)

    async def ask(
        self,
        method: str,
        address: str,
        body: bytes,
        more: dict[str, str],
        meanwhile: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        """One request; `more` are headers, a hyphen written as an underscore."""
        path, _, query = address.partition("?")
        lang = more.pop("lang", "en")
        headers = {
            "host": HOST,
            "cookie": f"{self.cookie}; openline-language={lang}",
            "content-type": "application/x-www-form-urlencoded",
            "content-length": str(len(body)),
            **{name.replace("_", "-"): value for name, value in more.items()},
        }
        scope = {
            "type": "http", "method": method, "path": path, "raw_path": path.encode(),
            "query_string": query.encode(), "http_version": "1.1", "scheme": "http",
            "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
            "server": ("north.localhost", 8651), "client": ("127.0.0.1", 1), "root_path": "",
        }  # fmt: skip
        sent: list[Message] = []

        async def receiving() -> Message:
            if meanwhile is not None:
                await meanwhile()
            return {"type": "http.request", "body": body, "more_body": False}

        async def sending(message: Message) -> None:
            sent.append(message)

        try:
            await self.app(scope, receiving, sending)
        except Exception:  # Starlette raises again what its handler has answered
            if not sent:
                raise
        return Answer(sent)


def made_home(folder: Path) -> Path:
    """A node's folder that is gone when the test is."""
    create(folder / "node", PARTY, may_forget=True)
    return folder / "node"


def at_desk(home: Path, steps: Callable[[Seat], Awaitable[None]]) -> None:
    """Do these steps at a desk of the node in this folder."""

    async def run() -> None:
        async with AsyncExitStack() as stack:
            settings = start.read_settings(home)
            desk = await stack.enter_async_context(running(home, settings, networking=False))
            desk.address = f"http://{HOST}"
            await steps(Seat(desk))

    anyio.run(run)
