"""A walk through a desk: every address that a page offers is opened, a few of each kind.

No browser and no socket: what a page links to, includes or fetches is asked of the application as
its officer would, and has to be a page.
"""

import re
from collections import Counter, deque
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from tests.desk.seated import Seat

# Addresses that stay open, or that lead out of the desk's pages.
LEFT_OUT = ("/signals", "/static/")
# A line, an officer, a draft, a shift: what makes two addresses of one kind differ.
_NAME = re.compile(r"/[0-9a-f]{12,}|/[0-9]+|/[A-Za-z0-9_-]{20,}")


class Links(HTMLParser):
    """The addresses that a page leads to by a link, a fetch or a form that only asks."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._asks = ""
        self._hidden: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.found += [told[name] for name in ("href", "hx-get", "src") if told.get(name)]
        if tag == "form" and told.get("method", "get").lower() == "get":
            self._asks, self._hidden = told.get("action", ""), []
        if tag == "input" and told.get("type") == "hidden" and self._asks:
            self._hidden.append((told.get("name", ""), told.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._asks:
            self.found.append(f"{self._asks}?{urlencode(self._hidden)}")
            self._asks = ""


def kind_of(address: str) -> str:
    """What addresses of one page have in common: its path, and what its query asks for."""
    path, _, query = address.partition("?")
    asked = sorted(part.partition("=")[0] for part in query.split("&") if part)
    return f"{_NAME.sub('/*', path)} {' '.join(asked)}"


def links_of(html: str, page: str) -> list[str]:
    """Every address of this desk on a page."""
    parser = Links()
    parser.feed(html)
    found = []
    for address in parser.found:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or address.startswith(("#", "data:")):
            continue
        path = parts.path or page.partition("?")[0]
        if not path.startswith(LEFT_OUT):
            found.append(f"{path}?{parts.query}" if parts.query else path)
    return found


async def wander(seat: Seat, lang: str, most: int) -> tuple[Counter[str], list[str]]:
    """Open what can be reached from the queue, at most so many addresses of a kind; how many pages
    of each kind were opened, and what was no page."""
    waiting, known = deque(["/queue"]), {"/queue"}
    opened: Counter[str] = Counter()
    wrong: list[str] = []
    while waiting:
        address = waiting.popleft()
        opened[kind_of(address)] += 1
        answer = await seat.get(address, lang=lang)
        if answer.status >= 400:
            wrong.append(f"{address}: {answer.status} in {lang}")
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        for link in links_of(answer.text, address):
            queued = opened[kind_of(link)] + sum(kind_of(x) == kind_of(link) for x in waiting)
            if link not in known and queued < most:
                known.add(link)
                waiting.append(link)
    return opened, [*wrong, *seat.failed]
