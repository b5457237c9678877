"""Files of messages and drafts, given to the browser to be saved.

Shapes   pages as routes of app.py; a file is named by the SHA-256 of its sealed form, `file`
Units    bytes; at most 16 MiB, in memory
Raises   NotHere; NotHeld for a file that a message names and that is not here
Source   docs/OPERATE.md, "Attachments"; RFC 6266 and 8187 (names); W3C CSP 3, sandbox
Never    says what kind of file it is, nor lets a browser guess: it is saved, never shown; never
         gives one of a line that this person has no role on, nor tells such a line from none
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from openline.desk.acts import Json
from openline.desk.attaching import inside
from openline.desk.pages.case_pages import place_of, shown
from openline.desk.pages.visit import NotHere, Visit
from openline.exchange.contents.attached import HELD, NotHeld
from openline.formats.attachment import named_in

_POLICY: Final = "default-src 'none'; sandbox"
# What an old program may take for more than a letter of a name.
_PLAIN: Final = re.compile(r"[^A-Za-z0-9._ ()-]")


async def of_message(visit: Visit) -> Response:
    """A file that a message names, where it is held here."""
    place = place_of(visit)
    told = await shown(visit, place)
    rows = [row for row in told["attachments"] if row["sha256"] == visit.query("file")]
    if not rows:
        raise NotHere("no such file")
    if rows[0]["state"] != HELD:
        raise NotHeld(f"{rows[0]['name']}: {rows[0]['state']}")
    return await given(visit, told["line"], [*told["fields"].values(), *told["hidden"].values()])


async def of_draft(visit: Visit, told: Json) -> Response:
    """A file that a draft names, for whoever is asked to sign that it is sent."""
    return await given(visit, told["line"], [json.loads(value) for _, _, value in told["fields"]])


async def given(visit: Visit, line: str, values: Iterable[Any]) -> Response:
    """The file of a line among those that field values name, under a name that is safe to save."""
    wanted, station = visit.query("file"), visit.context.desk.station
    found = [each for each in named_in(values) if each.age.hex() == wanted]
    if not found:
        raise NotHere("no such file")

    data = await visit.context.desk.lane.run(inside, station, found[0], bytes.fromhex(line))
    headers = {
        "content-disposition": disposition(found[0].name),
        "content-security-policy": _POLICY,
    }
    return Response(data, media_type="application/octet-stream", headers=headers)


def disposition(name: str) -> str:
    """To be saved, under this name; twice, for programs that know only one alphabet."""
    plain = _PLAIN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
