"""The page of the watch: what is due, links, the log of the shift, and the handover signed by two.

Shapes   pages as routes of app.py
Units    times of the watch are wall time, as RFC 3339 UTC text
Raises   NotAllowed, NotHere, ShiftRefused, BadText, PasskeyRefused
Source   docs/OPERATE.md, "The watch at the desk"; DESIGN, 12 "need to know"
Never    hands over a line to an officer without a role on it, nor shows one there
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.responses import RedirectResponse, Response

from openline.desk import handing, owners, shifts
from openline.desk.acts import Json
from openline.desk.deskbook import Record
from openline.desk.documents import asked as speakers_of
from openline.desk.documents import shift_page
from openline.desk.owners import Owner
from openline.desk.pages import early_pages, node_alarm_pages, passkeys
from openline.desk.pages.case_pages import row_said
from openline.desk.pages.document_pages import documents_of, number_in, require_reader
from openline.desk.pages.queue_pages import LATE, Sight, sight
from openline.desk.pages.release_pages import assertion_of
from openline.desk.pages.visit import NotAllowed, NotHere, Visit
from openline.desk.pages.watch_pages import STATUSES, chosen, sides
from openline.desk.shift_sheet import offer_sheet, shift_told
from openline.desk.watchroom import OPEN_STATES

WATCH: Final = "watch"
SOON_MAX: Final = 12
OWED_MAX: Final = 50


def require_watch(visit: Visit) -> None:
    if not visit.person.has(WATCH):
        raise NotAllowed("this asks for the role watch on a line")


async def watch(visit: Visit) -> Response:
    """Everything that whoever has the watch looks at first; an auditor reads it."""
    require_reader(visit)
    seen = await sight(visit)
    found = await visit.call("board")
    lines = {row["line"] for row in seen.lines}
    boards = [row for row in found["lines"] if row["line"] in lines]
    shift, before = await visit.context.desk.lane.run(shifts_of, visit)
    me = visit.person.person.hex()
    return visit.page(
        "watch.html",
        early=[row for row in await early_pages.rows(visit) if row["status"] == seen.status],
        node_alarms=await node_alarm_pages.rows(visit, seen.status),
        shift=shift_values(visit, shift, lines) if shift else None,
        before=[(each["number"], each["name"], each["began"], each["ended"]) for each in before],
        may_watch=visit.person.has(WATCH),
        is_mine=shift is not None and shift["person"] == me,
        is_asked=shift is not None and shifts.signer(shift) == me,
        late=[row_values(visit, row, seen.owned) for row in seen.rows if row["state"] in LATE],
        soon=[row_values(visit, r, seen.owned) for r in seen.rows if r["state"] not in LATE][
            :SOON_MAX
        ],
        owed=(await owed(visit, seen))[:OWED_MAX],
        lines=[
            {
                **row,
                "parties": sides(visit, row),
                "may_test": visit.person.may(WATCH, row["line"]),
                "documents": documents_of(visit, "watch", line=row["line"]),
            }
            for row in boards
        ],
        documents=shift_documents(visit, shift["number"], seen.status) if shift else [],
        status=seen.status,
        statuses=seen.there,
        marking=seen.status,
    )


def shifts_of(visit: Visit) -> tuple[Record | None, list[Record]]:
    """The shift that is on, and those before it."""
    return shifts.current(visit.context.book), shifts.earlier(visit.context.book)


def shift_values(visit: Visit, shift: Record, lines: set[str]) -> Json:
    """The shift that is on, as far as this officer may read it: its log, and what is to be done."""
    told = shift_told(visit.context.desk.station, shift, lines)
    handover = told["handover"]
    steps = [("", handover["notes"])] if handover else []
    steps += [(line["title"], line["notes"]) for line in handover.get("lines", ())]
    return {
        **told,
        "steps": [(title, text) for title, text in steps if text],
    }


def shift_documents(visit: Visit, number: int, status: str) -> list[tuple[str, str]]:
    return documents_of(visit, "shift", number=number, status=status)


async def shift(visit: Visit) -> Response:
    """One shift: what was handed over, by whom to whom, and what was written in it."""
    require_reader(visit)
    lines, book, lane = await visit.lines(), visit.context.book, visit.context.desk.lane
    number = number_in(str(visit.request.path_params["number"]))
    newest = await lane.run(shifts.current, book)
    if newest is None or not 1 <= number <= newest["number"]:
        raise NotHere("no such shift")
    status, there = chosen(visit, lines)
    args = {
        "number": number,
        "status": status,
        "lines": [row["line"] for row in lines],
        "languages": [visit.words.lang],
    }
    return visit.page(
        "shift.html",
        number=number,
        page=await lane.run(shift_page, visit.context.desk, book, args),
        documents=shift_documents(visit, number, status),
        others=[n for n in (number - 1, number + 1) if 1 <= n <= newest["number"]],
        status=status,
        statuses=there,
        marking=status,
    )


def row_values(visit: Visit, row: Json, owned: Mapping[str, Owner]) -> Json:
    """A row of the queue as the watch reads it."""
    owner = owned.get(owners.place_of(*row["ref"]))
    return {**row_said(visit, row), "owner": owner.name if owner else ""}


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
    if line and all(row["line"] != line for row in await visit.lines()):
        raise NotHere("no such line")
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
        return await offered(visit, shift)
    if shift["person"] != me:
        raise NotAllowed("only the officer who has the watch hands it over")
    return await asked(visit, "")


async def asked(visit: Visit, problem: str) -> Response:
    """The form for a handover, with what was typed where it could not be drawn up."""
    others = [o for o in visit.context.roster.officers.values() if o.has(WATCH)]
    return visit.page(
        "handover.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        offered=None,
        officers=[(o.person.hex(), o.name) for o in others if o.person != visit.person.person],
        lines=sorted(await visit.lines(), key=lambda row: STATUSES.index(row["status"])),
        typed=visit.form,
        most=handing.STEPS_CHARACTERS_MAX,
        problem=problem,
        marking="",
    )


async def offered(visit: Visit, shift: Record) -> Response:
    """The text of an offer, and the passkey of whoever has to sign it next."""
    waits, lines = shift["offer"], await seen_lines(visit)
    of = speakers_of(visit.context.desk.station, {"languages": [visit.words.lang]})
    challenge = shifts.challenge(waits["statement"])
    return visit.page(
        "handover.html",
        offered=offer_sheet(waits, lines, of),
        is_whole=handing.is_whole(waits["statement"], lines),
        may_sign=shifts.signer(shift) == visit.person.person.hex(),
        waits_for=visit.name_of(shifts.signer(shift)),
        options=passkeys.sign_options(visit.context.site, challenge, visit.person.credential),
        marking="",
    )


async def seen_lines(visit: Visit) -> list[str]:
    return [row["line"] for row in await visit.lines()]


async def offer(visit: Visit) -> Response:
    """Draw up the handover: what stands open on the lines that both officers see."""
    require_watch(visit)
    context, form = visit.context, visit.form
    incoming = next(
        (o for o in context.roster.officers.values() if o.person.hex() == form.get("to")), None
    )
    if incoming is None or not incoming.has(WATCH):
        raise NotHere("no such officer of the watch")
    mine = await visit.lines()
    texts = {handing.WHOLE_WATCH: handing.steps(form.get("notes", ""))}
    for row in mine:
        text = handing.steps(form.get(f"notes.{row['line']}", ""))
        if text and not incoming.sees(row["line"]):
            words = visit.words("handover.not-theirs", name=incoming.name, line=row["title"])
            return await asked(visit, words)
        texts[row["line"]] = text
    if sum(map(len, texts.values())) > handing.TEXT_CHARACTERS_MAX:
        most = handing.TEXT_CHARACTERS_MAX
        return await asked(visit, visit.words("handover.too-long", count=most))
    queued = (await visit.call("queue"))["queue"]
    owned = await context.desk.lane.run(owners.owners, context.book)
    content = handing.drawn(
        [row_values(visit, row, owned) for row in queued],
        [row for row in mine if incoming.sees(row["line"])],
        texts,
        (await visit.call("board"))["links"],
    )
    content["salt"] = context.random(handing.SALT_BYTES).hex()
    now_s = context.desk.station.clock.now_s()
    await context.desk.lane.run(shifts.offer, context.book, visit.person, incoming, content, now_s)
    return RedirectResponse("/watch/handover", HTTPStatus.SEE_OTHER)


async def sign(visit: Visit) -> Response:
    """A signature over the offer; with the incoming officer's the watch has changed hands."""
    require_watch(visit)
    context = visit.context
    lane, book = context.desk.lane, context.book
    shift = await lane.run(shifts.current, book)
    if shift is None or shifts.signer(shift) != visit.person.person.hex():
        raise shifts.ShiftRefused("the handover waits for no signature of yours")
    statement = shift["offer"]["statement"]
    if not handing.is_whole(statement, await seen_lines(visit)):
        raise shifts.ShiftRefused("your roles have changed since this was drawn up")
    officer, answer = visit.person, visit.form.get("answer", "")
    if passkeys.credential_of(answer) != officer.credential:
        raise passkeys.PasskeyRefused("sign with your own passkey")
    challenge = shifts.challenge(statement)
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
