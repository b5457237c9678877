"""Officers of this desk: who they are, who comes, who goes, what the desk asks of them.

Shapes   pages as routes of app.py; every act asks the administrator's passkey anew
Units    times as RFC 3339 UTC text
Raises   NotAllowed, RosterRefused, PasskeyRefused, LinesNotChosen, BadRule
Source   docs/OPERATE.md, "Officers at the desk"; OWASP ASVS 5.0, V7.5 and V8
Never    lets an administrator read a line or release, nor takes an empty field for every line
"""

from http import HTTPStatus
from typing import ClassVar, Final

from starlette.responses import RedirectResponse, Response

from openline.desk.acts import Json
from openline.desk.duress import KIND
from openline.desk.pages.release_pages import (
    FEW,
    RELEASER,
    assertion_of,
    grouped,
    options_for,
    releasers,
)
from openline.desk.pages.stepping_up import step_up, stepped_up
from openline.desk.pages.visit import NotAllowed, Visit
from openline.desk.roster import ADMINISTRATOR, EVERY_LINE, LINE_ROLES, Officer
from openline.errors import OpenlineError
from openline.exchange.drafting.handling import REACHES
from openline.formats.spell import b64, unb64

AUDITOR: Final = "auditor"
# What a passkey is asked for on this page: one question serves one act.
OFFICERS: Final = "officers"
# The box that says every line, the lines that are still to come among them.
EVERY: Final = "every"


class LinesNotChosen(OpenlineError):
    """Neither lines nor every line were chosen for an officer's roles, or both were."""

    code: ClassVar[str] = "desk.lines-not-chosen"
    remedy: ClassVar[str] = "Name the lines, or tick the box that says every line; not both."


async def listed(visit: Visit) -> Response:
    """Everybody at this desk; an administrator changes it, releasers approve, an auditor looks."""
    person = visit.person
    if not (person.is_administrator or person.has(AUDITOR) or person.has(RELEASER)):
        raise NotAllowed("this asks for the role administrator, releaser or auditor")
    return await page(visit)


async def page(visit: Visit, invited: Json | None = None) -> Response:
    """The list, the rules of the desk and, for an administrator, the acts."""
    may = visit.person.is_administrator
    titles = await titles_of(visit)
    pending = (await visit.call("officer_change"))["change"]
    officers = sorted(visit.context.roster.officers.values(), key=lambda each: each.name)
    return visit.page(
        "officers.html",
        people=[officer_value(visit, each, titles) for each in officers],
        roles=(*LINE_ROLES, ADMINISTRATOR),
        rules=await visit.call("desk_rules"),
        reaches=REACHES,
        releasers=await releasers(visit),
        few=FEW,
        may=may,
        invited=invited,
        step=step_up(visit, OFFICERS) if may else {},
        silent=await silent_alarms(visit),
        pending=pending_value(visit, pending) if pending else {},
    )


async def titles_of(visit: Visit) -> dict[str, str]:
    """The lines that this person has a role on: nobody else learns that there are others."""
    return {row["line"]: row["title"] for row in await visit.lines()}


def officer_value(visit: Visit, officer: Officer, titles: dict[str, str]) -> Json:
    """One officer as the list shows it."""
    known = [titles[line] for line in officer.lines if line in titles]
    return {
        "person": officer.person.hex(),
        "name": officer.name,
        "roles": officer.roles,
        "every": EVERY_LINE in officer.lines,
        "lines": sorted(known),
        "grants": grants(officer, titles),
        "may_have": [role for role in officer.roles if role in LINE_ROLES],
        "others": len(officer.lines) - len(known) - (EVERY_LINE in officer.lines) > 0,
        "keys": len(officer.keys),
        "own": officer.person == visit.person.person,
    }


def grants(officer: Officer, titles: dict[str, str]) -> list[Json]:
    """Lines on which an officer has other roles than elsewhere, as far as the reader knows them."""
    return [
        {"title": titles[line], "roles": roles}
        for line, roles in sorted(officer.lines.items())
        if line in titles and roles != officer.roles
    ]


def pending_value(visit: Visit, change: Json) -> Json:
    """A change of the card that waits for its approvals, with names where this desk has them."""
    approved = [person_name(visit, each) for each in change["approved_by"]]
    own = b64(visit.person.person) in change["approved_by"]
    return {
        "added": [{**each, "name": person_name(visit, each["person"])} for each in change["added"]],
        "removed": [
            {**each, "name": person_name(visit, each["person"])} for each in change["removed"]
        ],
        "approved": approved,
        "needed": change["needed"],
        "digits": grouped(change["digits"]),
        "options": "" if own or not visit.person.has(RELEASER) else options_for(visit, change),
    }


def person_name(visit: Visit, person: str) -> str:
    """The name of a person on the card, as far as this desk knows it."""
    return visit.name_of(unb64(person).hex())


async def approve(visit: Visit) -> Response:
    """One more officer's assertion over the change that waits; with the last one it is done."""
    if not visit.person.has(RELEASER):
        raise NotAllowed("this asks for the role releaser")
    await visit.call("officer_approve", assertion=assertion_of(visit))
    return RedirectResponse("/officers", HTTPStatus.SEE_OTHER)


async def give_up(visit: Visit) -> Response:
    """An administrator takes back what waits for approval."""
    await administer(visit)
    await visit.call("officer_give_up")
    return RedirectResponse("/officers", HTTPStatus.SEE_OTHER)


async def silent_alarms(visit: Visit) -> list[Json]:
    """Duress words that others typed; nobody sees an own one, and a releaser sees none."""
    if not (visit.person.is_administrator or visit.person.has(AUDITOR)):
        return []
    found = await visit.call("events", kind=KIND, limit=20)
    own = visit.person.person.hex()
    return [each for each in found["events"] if each["subject"] != own]


async def administer(visit: Visit) -> None:
    """An administrator, who has just shown a passkey for this."""
    if not visit.person.is_administrator:
        raise NotAllowed("this asks for the role administrator")
    await stepped_up(visit, OFFICERS)


async def invite(visit: Visit) -> Response:
    """An address at which one person registers one passkey; it is shown once, here."""
    await administer(visit)
    roles = [role for role in (*LINE_ROLES, ADMINISTRATOR) if f"role.{role}" in visit.form]
    # An administrator has no role on a line, so there is none to choose.
    lines = [] if roles == [ADMINISTRATOR] else chosen_lines(visit, "lines")
    invited = await visit.call(
        "officer_invite", name=visit.form.get("name", "").strip(), roles=roles, lines=lines
    )
    return await page(visit, invited)


def chosen_lines(visit: Visit, field: str) -> list[str]:
    """The lines that a form names, or every line where its box says so: nothing is no choice, for
    whoever forgets a field would give everything away."""
    named = [line.strip() for line in visit.form.get(field, "").split("\n") if line.strip()]
    if bool(named) == (EVERY in visit.form):
        raise LinesNotChosen("lines and every line: one of them is chosen, and not both")
    return named or [EVERY_LINE]


async def replace(visit: Visit) -> Response:
    """An officer lost every key: an address for a new one, under the same person."""
    name = visit.request.path_params["person"]
    await administer(visit)
    return await page(visit, await visit.call("officer_invite", person=name))


async def remove(visit: Visit) -> Response:
    """Take an officer off card and desk, whatever that person has open."""
    name = visit.request.path_params["person"]
    await administer(visit)
    gone = await visit.call("officer_remove", person=name)
    said = f"{visit.person.name} removed {gone['name']}"
    await visit.note("notice", "desk", "desk.officer-removed", said)
    return RedirectResponse("/officers", HTTPStatus.SEE_OTHER)


async def roles(visit: Visit) -> Response:
    """What an officer is on one line, from now on."""
    name, form = visit.request.path_params["person"], visit.form
    await administer(visit)
    wanted = [role for role in LINE_ROLES if f"role.{role}" in form]
    line = chosen_lines(visit, "line")[0]
    told = await visit.call("officer_roles", person=name, line=line, roles=wanted)
    said = f"{visit.person.name} set roles of {told['name']}: {', '.join(told['roles']) or 'none'}"
    await visit.note("notice", "desk", "desk.officer-roles", said)
    return RedirectResponse("/officers", HTTPStatus.SEE_OTHER)


async def rules(visit: Visit) -> Response:
    """What this desk asks beyond the charters."""
    await administer(visit)
    await visit.call(
        "desk_rules", apart=visit.form.get("apart", ""), verifier=visit.form.get("verifier", "")
    )
    return RedirectResponse("/officers", HTTPStatus.SEE_OTHER)
