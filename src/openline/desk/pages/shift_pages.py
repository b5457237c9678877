"""The page of the watch: what is due, links, the log of the shift, and the handover signed by two.

Shapes   pages as routes of app.py
Units    times of the watch are wall time, as RFC 3339 UTC text
Raises   NotAllowed, NotHere, ShiftRefused, BadText, PasskeyRefused
Source   docs/OPERATE.md, "The watch at the desk"; DESIGN, 12 "need to know"
Never    hands over a line to an officer without a role on it, nor shows one there
"""

import re
from http import HTTPStatus
from typing import Final

from starlette.responses import RedirectResponse, Response

from openline.desk import owners, shifts, written
from openline.desk.acts import Json
from openline.desk.deskbook import Record
from openline.desk.pages import passkeys
from openline.desk.pages.document_pages import documents_of
from openline.desk.pages.queue_pages import LATE, Sight, sight
from openline.desk.pages.release_pages import assertion_of
from openline.desk.pages.visit import NotAllowed, NotHere, Visit
from openline.desk.pages.watch_pages import label, sides
from openline.desk.roster import Officer
from openline.desk.watchroom import OPEN_STATES
from openline.formats.card import comparison_digits
from openline.formats.spell import utc

WATCH: Final = "watch"
SOON_MAX: Final = 12
OWED_MAX: Final = 50
_SPACES: Final = re.compile(r"[ \n\t]+")


def require_watch(visit: Visit) -> None:
    if not visit.person.has(WATCH):
        raise NotAllowed("this asks for the role watch on a line")


async def watch(visit: Visit) -> Response:
    """Everything that whoever has the watch looks at first."""
    require_watch(visit)
    seen = await sight(visit)
    found = await visit.call("board")
    lines = {row["line"] for row in seen.lines}
    boards = [row for row in found["lines"] if row["line"] in lines]
    shift, before = await visit.context.desk.lane.run(shifts_of, visit)
    return visit.page(
        "watch.html",
        shift=shift_values(visit, shift) if shift else None,
        before=[shift_values(visit, each) for each in before],
        is_mine=shift is not None and shift["person"] == visit.person.person.hex(),
        is_asked=shift is not None and shifts.signer(shift) == visit.person.person.hex(),
        late=[row_values(visit, row, seen) for row in seen.rows if row["state"] in LATE],
        soon=[row_values(visit, r, seen) for r in seen.rows if r["state"] not in LATE][:SOON_MAX],
        owed=(await owed(visit, seen))[:OWED_MAX],
        lines=[
            {
                **row,
                "parties": sides(visit, row),
                "documents": documents_of(visit, "watch", line=row["line"]),
            }
            for row in boards
        ],
        status=seen.status,
        statuses=seen.there,
        marking=seen.status,
    )


def shifts_of(visit: Visit) -> tuple[Record | None, list[Record]]:
    """The shift that is on, and those before it."""
    return shifts.current(visit.context.book), shifts.earlier(visit.context.book)


def shift_values(visit: Visit, shift: Record) -> Json:
    """A shift with its log, as far as this officer may read it."""
    notes = [
        {"at": utc(at_s), "name": name, "text": text}
        for at_s, name, line, text in shift["log"]
        if not line or visit.person.sees(line)
    ]
    statement = shift["handover"].get("statement", {})
    return {
        "number": shift["number"],
        "name": shift["name"],
        "began": utc(shift["began"]),
        "ended": utc(shift["ended"]) if shift["ended"] else "",
        "from": statement.get("from", ["", ""])[1],
        "notes": notes,
    }


def row_values(visit: Visit, row: Json, seen: Sight) -> Json:
    """A row of the queue as the watch reads it."""
    owner = seen.owned.get(owners.place_of(*row["ref"]))
    return {**row, "label": label(visit, row["format"]), "owner": owner.name if owner else ""}


async def owed(visit: Visit, seen: Sight) -> list[Json]:
    """What others owe this party and have not done in time."""
    found = []
    for line in seen.lines:
        dues = (await visit.call("registers", line=line["line"], only=["due"]))["due"]
        found += [
            {**row, "title": line["title"], "says": visit.words.term(f"timer.{row['kind']}")}
            for row in dues
            if row["party"] != visit.context.site.party
            and row["state"] == "overdue"
            and row["state"] in OPEN_STATES
        ]
    return sorted(found, key=lambda row: str(row["due"]))


async def test_link(visit: Visit) -> Response:
    """Greet every member of a line now; the page then shows what came back."""
    line = visit.form.get("line", "")
    visit.must(WATCH, line)
    await visit.call("link_test", line=line)
    return RedirectResponse("/watch", HTTPStatus.SEE_OTHER)


async def begin(visit: Visit) -> Response:
    """Take the watch without a handover; the shift says so."""
    require_watch(visit)
    now_s = visit.context.desk.station.clock.now_s()
    await visit.context.desk.lane.run(shifts.begin, visit.context.book, visit.person, now_s)
    return RedirectResponse("/watch", HTTPStatus.SEE_OTHER)


async def note(visit: Visit) -> Response:
    """Write into the log of the shift."""
    require_watch(visit)
    line = visit.form.get("line", "")
    if line:
        visit.sees(line)
    now_s = visit.context.desk.station.clock.now_s()
    text = visit.form.get("text", "")
    lane, book = visit.context.desk.lane, visit.context.book
    await lane.run(shifts.note, book, visit.person, text, line, now_s)
    return RedirectResponse("/watch", HTTPStatus.SEE_OTHER)


# ---- the handover -------------------------------------------------------------------------------


async def handover(visit: Visit) -> Response:
    """To whom, and with which words, the watch is handed over; or the offer that waits."""
    require_watch(visit)
    shift = await visit.context.desk.lane.run(shifts.current, visit.context.book)
    if shift is None:
        raise NotHere("no shift has begun")
    me = visit.person.person.hex()
    waits = shift["offer"]
    if waits and me in (waits["statement"]["from"][0], waits["statement"]["to"][0]):
        return offered(visit, shift)
    if shift["person"] != me:
        raise NotAllowed("only the officer who has the watch hands it over")
    others = [o for o in visit.context.roster.officers.values() if o.has(WATCH)]
    return visit.page(
        "handover.html",
        statement=None,
        officers=[(o.person.hex(), o.name) for o in others if o.person != visit.person.person],
        marking="",
    )


def offered(visit: Visit, shift: Record) -> Response:
    """The text of an offer, and the passkey of whoever has to sign it next."""
    waits = shift["offer"]
    statement = waits["statement"]
    challenge = shifts.challenge(statement)
    return visit.page(
        "handover.html",
        statement=statement,
        at=utc(statement["at"]),
        items=statement["items"],
        signed=[(visit.name_of(each["person"]), utc(each["at"])) for each in waits["signed"]],
        digits=comparison_digits(challenge).split(),
        may_sign=shifts.signer(shift) == visit.person.person.hex(),
        waits_for=visit.name_of(shifts.signer(shift)),
        options=passkeys.sign_options(visit.context.site, challenge, visit.person.credential),
        marking="",
    )


async def offer(visit: Visit) -> Response:
    """Draw up the handover: what stands open on the lines that both officers see."""
    require_watch(visit)
    context, roster = visit.context, visit.context.roster.officers
    incoming = next((o for o in roster.values() if o.person.hex() == visit.form.get("to")), None)
    if incoming is None or not incoming.has(WATCH):
        raise NotHere("no such officer of the watch")
    rows = await items(visit, incoming)
    content = {
        "count": len(rows),
        "items": rows[: shifts.ITEMS_MAX],
        "links": await links(visit, incoming),
        "notes": in_one_line(visit.form.get("notes", "")),
    }
    now_s = context.desk.station.clock.now_s()
    await context.desk.lane.run(shifts.offer, context.book, visit.person, incoming, content, now_s)
    return RedirectResponse("/watch/handover", HTTPStatus.SEE_OTHER)


def in_one_line(notes: str) -> str:
    """What the outgoing officer has to say, or nothing; its lines one after another."""
    told = " ".join(_SPACES.split(notes)).strip()
    return told and written.line("what is said", told, shifts.NOTE_CHARACTERS_MAX)


async def items(visit: Visit, incoming: Officer) -> list[Json]:
    """Every row of the queue on lines that both see, with its owner and what comes next."""
    found = await visit.call("queue")
    owned = await visit.context.desk.lane.run(owners.owners, visit.context.book)
    rows = []
    for row in found["queue"]:
        if not (visit.person.sees(row["line"]) and incoming.sees(row["line"])):
            continue
        owner = owned.get(owners.place_of(*row["ref"]))
        rows.append(
            {
                "status": row["status"],
                "line": row["title"],
                "message": f"{row['from']}:{row['number']}",
                "next": row["next"],
                "due": row["due"],
                "state": row["state"],
                "owner": owner.name if owner else "",
            }
        )
    return rows


async def links(visit: Visit, incoming: Officer) -> list[Json]:
    """Every link of those lines as it is now."""
    found = await visit.call("board")
    peers = {
        member["party"]
        for row in found["lines"]
        for member in row["members"]
        if visit.person.sees(row["line"]) and incoming.sees(row["line"])
    }
    return [
        {"party": way["peer"], "up": bool(way["up"]), "last_up": str(way["last_up"])}
        for way in found["links"]
        if way["peer"] in peers
    ]


async def sign(visit: Visit) -> Response:
    """A signature over the offer; with the incoming officer's the watch has changed hands."""
    require_watch(visit)
    context = visit.context
    lane, book = context.desk.lane, context.book
    shift = await lane.run(shifts.current, book)
    if shift is None or shifts.signer(shift) != visit.person.person.hex():
        raise shifts.ShiftRefused("the handover waits for no signature of yours")
    officer, answer = visit.person, visit.form.get("answer", "")
    if passkeys.credential_of(answer) != officer.credential:
        raise passkeys.PasskeyRefused("sign with your own passkey")
    challenge = shifts.challenge(shift["offer"]["statement"])
    key = officer.key_of(officer.credential)
    count = passkeys.signed_in(context.site, challenge, answer, key.public, key.sign_count)
    await lane.run(context.roster.keep, officer.counted(officer.credential, count))
    now_s = context.desk.station.clock.now_s()
    await lane.run(shifts.sign, book, officer, assertion_of(visit), now_s)
    return RedirectResponse("/watch", HTTPStatus.SEE_OTHER)


async def drop(visit: Visit) -> Response:
    """Take the offer back, or decline it."""
    require_watch(visit)
    await visit.context.desk.lane.run(shifts.drop, visit.context.book, visit.person)
    return RedirectResponse("/watch", HTTPStatus.SEE_OTHER)
