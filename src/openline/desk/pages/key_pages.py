"""Every key of the desk, and the switch that turns the single letters off.

Shapes   pages as routes of app.py; the switch is a cookie of this browser
Units    none
Raises   nothing
Source   WCAG 2.2, 2.1.4 (character key shortcuts); docs/OPERATE.md, "Keys"
Never    makes a key the only way to anything
"""

from http import HTTPStatus
from typing import Final

from starlette.responses import RedirectResponse, Response

from openline.desk.pages.sign_pages import YEAR_S
from openline.desk.pages.visit import KEYS_COOKIE, Visit

# Keys and the sentence of the catalogue that says what each does.
KEYS: Final = (
    ("j k", "keys.move"), ("Enter", "keys.open"), ("q", "keys.q"), ("w", "keys.w"),
    ("l", "keys.l"), ("n", "keys.n"), ("d", "keys.d"), ("a", "keys.a"),
    ("b", "keys.b"), ("p", "keys.p"), ("s", "keys.s"), ("m", "keys.m"), ("t", "keys.t"),
    ("r", "keys.r"), ("/", "keys.search"), ("?", "keys.help"),
    ("← → ↑ ↓ + − 0", "keys.map"), ("Tab", "keys.tab"),
)  # fmt: skip


async def keys(visit: Visit) -> Response:
    """The list."""
    return visit.page("keys.html", keys=KEYS, is_off=visit.keys == "off")


async def switch(visit: Visit) -> Response:
    """Single letters on or off in this browser."""
    answer = RedirectResponse("/keys", HTTPStatus.SEE_OTHER)
    value = "off" if visit.form.get("do") == "off" else "on"
    answer.set_cookie(KEYS_COOKIE, value, max_age=YEAR_S, samesite="strict", path="/")
    return answer
