"""Pages of a desk made in this process: no browser, no socket, a still clock.

`paged` gives the HTML of one page as one officer gets it; what a script or a style does is not
seen here, and is tested in a browser.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from webauthn.helpers import encode_cbor

from openline.desk.deskbook import Deskbook
from openline.desk.pages.challenges import Challenges
from openline.desk.pages.passkeys import Site
from openline.desk.pages.sessions import Sessions
from openline.desk.pages.visit import LANGUAGE_COOKIE, Context, Visit
from openline.desk.roster import EVERY_LINE, LINE_ROLES, Key, Officer
from openline.node import OPERATIONS
from tests.desk.test_documents import Lane
from tests.exchange.conftest import Peers

# The base point of P-256: a public key as a passkey spells it, which stands on no card.
POINT = (
    bytes.fromhex("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
    bytes.fromhex("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
)
COSE = encode_cbor({1: 2, 3: -7, -1: 1, -2: POINT[0], -3: POINT[1]})
ANNA = Officer(bytes(16), "Anna", LINE_ROLES, {EVERY_LINE: LINE_ROLES}, (Key(b"c", COSE, 0),))
Page = Callable[[Visit], Awaitable[Response]]


def visit_of(
    peers: Peers,
    party: str,
    *,
    officer: Officer = ANNA,
    lang: str = "en",
    path: str = "/",
    form: dict[str, str] | None = None,
    route: dict[str, str] | None = None,
    **query: object,
) -> Visit:
    """One request of an officer at the desk of a party."""
    station = peers[party].station
    roster: Any = SimpleNamespace(officers={officer.person: officer})
    links = SimpleNamespace(ways={}, conduit=SimpleNamespace(relays={}))
    desk: Any = SimpleNamespace(station=station, lane=Lane(), roster=roster, links=links)
    draw = random.Random(1).randbytes
    context = Context(
        desk, OPERATIONS, Site("localhost", "http://localhost", party), roster,
        Sessions(lambda: 0.0, draw), Challenges(lambda: 0.0, draw), draw, Deskbook(station),
    )  # fmt: skip
    scope = {
        "type": "http", "method": "GET", "path": path, "path_params": route or {},
        "query_string": urlencode(query).encode(), "state": {"nonce": "n"},
        "headers": [(b"host", b"localhost"), (b"cookie", f"{LANGUAGE_COOKIE}={lang}".encode())],
    }  # fmt: skip
    return Visit(Request(scope), context, None, officer, form or {})


def paged(page: Page, visit: Visit) -> str:
    """The HTML of a page."""

    async def answer() -> bytes:
        return bytes((await page(visit)).body)

    return asyncio.run(answer()).decode()
