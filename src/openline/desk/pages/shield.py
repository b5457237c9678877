"""Around every page: which host and which site a request may come from, and what a browser may do.

Shapes   Shield(app, site, random, refuse) is ASGI; nonce_of(request) is this response's nonce
Units    none
Raises   nothing: a request from elsewhere is answered 403 before any page sees it
Source   W3C CSP Level 3, Trusted Types, Fetch Metadata; OWASP ASVS 5.0, V3 (web front end)
Never    allows an inline script, a foreign origin, a frame around a page or a stored copy of it
"""

from collections.abc import Callable
from typing import ClassVar, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from openline.desk.pages.multipart import BODY_BYTES_MAX
from openline.desk.pages.passkeys import Site
from openline.errors import OpenlineError

NONCE_BYTES: Final = 16
_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'; trusted-types htmx"
)
_HEADERS: Final = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "publickey-credentials-get=(self), publickey-credentials-create=(self), geolocation=(),"
        " camera=(), microphone=()",
    ),
)
_SAFE: Final = frozenset({"GET", "HEAD"})


class ForeignRequest(OpenlineError):
    """The request comes from another site than this desk, or by another address of it."""

    code: ClassVar[str] = "desk.foreign-request"
    remedy: ClassVar[str] = "Open the desk at its own address and do there what you meant to do."


class Shield:
    """Refuses what does not come from this desk's own pages, and binds what the browser may do."""

    # A form with files is longer than what peers send; the server asks its application (server.py).
    raw_bytes_max = BODY_BYTES_MAX + BODY_BYTES_MAX // 8

    def __init__(
        self,
        app: ASGIApp,
        site: Site,
        random: Callable[[int], bytes],
        refuse: Callable[[Request, ForeignRequest], Response],
    ) -> None:
        self._app, self._site, self._random, self._refuse = app, site, random, refuse
        self._host = site.origin.partition("://")[2]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        reason = self._foreign(scope["method"], headers)
        nonce = self._random(NONCE_BYTES).hex()
        scope.setdefault("state", {})["nonce"] = nonce

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._bind(MutableHeaders(scope=message), nonce)
            await send(message)

        if reason:
            refusal = self._refuse(Request(scope), ForeignRequest(reason))
            await refusal(scope, receive, sending)
            return
        await self._app(scope, receive, sending)

    def _foreign(self, method: str, headers: Headers) -> str:
        """Why a request is not of this desk, or an empty text."""
        if headers.get("host", "") != self._host:
            return f"this desk answers to {self._host} only"
        if method in _SAFE:
            return ""
        if headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return "the request comes from another site"
        if headers.get("origin", self._site.origin) != self._site.origin:
            return "the request comes from another origin"
        return ""

    def _bind(self, headers: MutableHeaders, nonce: str) -> None:
        for name, value in _HEADERS:
            headers.setdefault(name, value)
        headers.setdefault("content-security-policy", _POLICY.format(nonce=nonce))
        headers.setdefault("cache-control", "no-store")


def nonce_of(request: Request) -> str:
    """The nonce that scripts of this response carry."""
    nonce: str = request.state.nonce
    return nonce
