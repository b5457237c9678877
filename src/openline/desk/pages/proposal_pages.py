"""A line that others proposed: our acceptance is drafted, or it is declined, at the desk.

Shapes   pages as routes of app.py; what is accepted is signed on the page of its draft
Units    none
Raises   NotHere, NotAllowed, PasskeyRefused, NotInvited; what the operation `line_accept` refuses
Source   docs/OPERATE.md, "A line"; docs/decisions/0082-an-invitation-is-declined-here.md
Never    accepts anything: officers on the card do, by their signatures over the charter; nor lets
         an administrator answer for them, who reads no line and stands on no card
"""

from http import HTTPStatus
from typing import Final

from starlette.responses import RedirectResponse, Response

from openline.desk.acts import Json
from openline.desk.pages.stepping_up import step_up, stepped_up
from openline.desk.pages.visit import Visit
from openline.exchange.membership import invited

# Who drafts our entry, and who says no for our party.
DRAFTER: Final = "drafter"
RELEASER: Final = "releaser"
OPEN: Final = "open"


def offer_of(visit: Visit, line: Json) -> Json:
    """What the page of a line offers for a proposal: {} where nothing is to be said to it."""
    is_declined = line["state"] == invited.DECLINED
    if not is_declined and line["waits"] != invited.ACCEPT:
        return {}
    person, line_id = visit.person, line["line"]
    may_decline = not is_declined and person.may(RELEASER, line_id)
    return {
        "may_accept": person.may(DRAFTER, line_id),
        "may_decline": may_decline,
        "is_declined": is_declined,
        "step": step_up(visit, purpose(line_id)) if may_decline else {},
    }


def purpose(line_id: str) -> str:
    return f"decline {line_id}"


async def accept(visit: Visit) -> Response:
    """Draft our `open` entry, or go to the one that waits already; officers sign it there."""
    line_id = str(visit.request.path_params["line"])
    visit.must(DRAFTER, line_id)
    waiting = (await visit.call("draft_list", line=line_id))["drafts"]
    opening = next((each for each in waiting if each["format"] == OPEN), None)
    draft = opening or await visit.call("line_accept", line=line_id)
    return RedirectResponse(f"/drafts/{draft['draft']}", HTTPStatus.SEE_OTHER)


async def decline(visit: Visit) -> Response:
    """Say no, here: whoever holds a stolen session must not silence a line, so the passkey is
    asked, and the log of the watch says who did it."""
    line_id = str(visit.request.path_params["line"])
    visit.must(RELEASER, line_id)
    await stepped_up(visit, purpose(line_id))
    told = await visit.call("line_decline", line=line_id)
    said = f"{visit.person.name} declined the line {told['title']}"
    await visit.note("notice", line_id, "line.declined", said)
    return RedirectResponse(f"/lines/{line_id}", HTTPStatus.SEE_OTHER)
