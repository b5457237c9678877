"""The orderwire of a line: service chat of operators, marked as what it is.

Shapes   pages as routes of app.py
Units    times as RFC 3339 UTC text
Raises   NotAllowed, NotHere, WireOff, WireRefused
Source   docs/PROTOCOL.md part 11; docs/OPERATE.md, "Orderwire"
Never    looks like a message: it has no number, no receipt and no place in a case
"""

from typing import Final

from starlette.responses import Response

from openline.desk.acts import Json
from openline.desk.pages.visit import NotAllowed, Visit
from openline.formats.charter import parse_charter

# Who may speak; an auditor reads.
SPEAKERS: Final = ("drafter", "releaser", "verifier", "watch")


async def wire(visit: Visit) -> Response:
    """What was said lately, and a place to say something."""
    line_id = visit.request.path_params["line"]
    visit.sees(line_id)
    return await page(visit, line_id, [], "")


async def say(visit: Visit) -> Response:
    """Say one line to every other member; who was not reached is named."""
    line_id = visit.request.path_params["line"]
    visit.sees(line_id)
    if not speaks(visit, line_id):
        raise NotAllowed("an auditor reads the orderwire and says nothing on it")
    words = visit.form.get("text", "").strip()
    told = await visit.call("wire_say", line=line_id, text=words, by=visit.person.name)
    missed = [each for each in told["sent"] if not each["has"]]
    return await page(visit, line_id, missed, words if missed else "")


def speaks(visit: Visit, line_id: str) -> bool:
    return any(visit.person.may(role, line_id) for role in SPEAKERS)


async def page(visit: Visit, line_id: str, missed: list[Json], words: str) -> Response:
    """The chat, oldest first."""
    line = await visit.call("line_show", line=line_id)
    is_on = parse_charter(line["charter"]).orderwire
    found = await visit.call("wire_list", line=line_id) if is_on else {"said": []}
    return visit.page(
        "wire.html",
        line=line,
        said=found["said"],
        is_on=is_on,
        missed=missed,
        words=words,
        may_say=is_on and speaks(visit, line_id),
        us=visit.context.site.party,
        marking=line["status"],
    )
