"""Many messages acknowledged at one go: listed with their words, then signed, each for itself.

Shapes   pages as routes of app.py; a chosen message is posted as `m.<origin> <index>`
Units    at most EACH_MAX passkey touches in a row; a batch as many as SELECTED_MAX
Raises   NotHere, NotAllowed, NothingChosen, TooManyChosen; what `draft` and `release` refuse
Source   docs/OPERATE.md, "The alarm"; docs/PROTOCOL.md part 6.3, "Batch"
Never    acknowledges what was not listed before, nor a flash: that is read and acknowledged alone
"""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final

from starlette.responses import RedirectResponse, Response

from openline.cases.precedence import LEVELS
from openline.desk import duress
from openline.desk.acts import Json
from openline.desk.alarms import Place, place_of
from openline.desk.pages.case_pages import place_in, subject
from openline.desk.pages.passkeys import PasskeyRefused, parse_answer
from openline.desk.pages.receive_pages import ACKNOWLEDGE
from openline.desk.pages.release_pages import (
    NOT_ON_CARD,
    as_assertion,
    assertion_of,
    grouped,
    options_for,
)
from openline.desk.pages.tray import Together
from openline.desk.pages.visit import NotAllowed, NotHere, Visit
from openline.desk.pages.watch_pages import label
from openline.errors import OpenlineError
from openline.exchange.drafting.batches import NoSuchBatch
from openline.exchange.drafting.drafts import NoSuchDraft
from openline.formats.charter import Charter
from openline.formats.spell import utc

# One touch of the passkey for each: more than this at one go, and nobody looks any more.
EACH_MAX: Final = 50
SELECTED_MAX: Final = 1_000
ANSWER_BYTES_MAX: Final = 4_096
_CHOSEN: Final = "m."
_ID_BYTES: Final = 16
FLASH: Final = LEVELS[0]


class NothingChosen(OpenlineError):
    """None of the chosen messages waits to be acknowledged by this officer here."""

    code: ClassVar[str] = "desk.nothing-chosen"
    remedy: ClassVar[str] = "Choose rows of the queue that are unread; open a flash by itself."


class TooManyChosen(OpenlineError):
    """More messages than can be signed at one go under the rules of their line."""

    code: ClassVar[str] = "desk.too-many-chosen"
    remedy: ClassVar[str] = (
        "Choose fewer, or agree on a charter that lists core/acknowledge under `batch`."
    )


# ---- choosing ---------------------------------------------------------------------------------


async def choose(visit: Visit) -> Response:
    """Draft an acknowledgement for each chosen message, and show them all before any is signed."""
    rows = await chosen(visit)
    flash = tuple(place_of(row) for row in rows if row["precedence"] == FLASH)
    rows = [row for row in rows if row["precedence"] != FLASH]
    if not rows:
        raise NothingChosen("nothing that was chosen can be acknowledged together with others")
    if len(rows) > EACH_MAX:
        return await as_batch(visit, rows)
    made = []
    for row in rows:
        drafted = await visit.call("draft", **acknowledgement(visit, row))
        made.append((str(drafted["draft"]), place_of(row)))
    name = visit.context.random(_ID_BYTES).hex()
    visit.context.tray.put(name, Together(visit.person.person, tuple(made), flash))
    return RedirectResponse(f"/together/{name}", HTTPStatus.SEE_OTHER)


async def chosen(visit: Visit) -> list[Json]:
    """The rows that were ticked and that this officer may acknowledge, in the queue's order."""
    wanted = {
        place_in(origin, index)
        for name in visit.form
        if name.startswith(_CHOSEN)
        for origin, _, index in [name.removeprefix(_CHOSEN).rpartition(" ")]
    }
    found = await visit.call("queue")
    rows = [row for row in found["queue"] if place_of(row) in wanted and may(visit, row)]
    if len(rows) > SELECTED_MAX:
        raise TooManyChosen(f"{len(rows)} were chosen; {SELECTED_MAX} are the most")
    return rows


def may(visit: Visit, row: Json) -> bool:
    """Whether this officer can acknowledge a row together with others."""
    form = visit.context.desk.station.packs.format(row["format"])
    roles = all(visit.person.may(role, row["line"]) for role in ("drafter", "releaser"))
    is_asked = row["next"] == "acknowledge" and form is not None and ACKNOWLEDGE in form.replies
    return roles and is_asked


def acknowledgement(visit: Visit, row: Json) -> dict[str, Any]:
    """What the operation `draft` takes for one row."""
    now_s = visit.context.desk.station.line_now(bytes.fromhex(row["line"]))
    return {
        "line": row["line"],
        "format": ACKNOWLEDGE,
        "answer": "received",
        "refs": [row["ref"]],
        "fields": {"position": visit.words("compose.position"), "at_time": utc(now_s)},
        "by": visit.person.person.hex(),
    }


# ---- one touch for each -----------------------------------------------------------------------


async def together(visit: Visit) -> Response:
    """Every message that is about to be acknowledged, with its words; then the passkey."""
    name, held = holding(visit)
    rows = {place_of(row): row for row in (await visit.call("queue"))["queue"]}
    told, lack = list[Json](), dict[str, Any]()
    for draft, place in held.drafts:
        shown = await still(visit, draft)
        if shown is not None and place in rows:
            told.append({**shown, "row": listed(visit, rows[place])})
            lack = lack or shown["lack"]
    if not lack and not await visit.on_card():
        lack = {"code": NOT_ON_CARD}
    options = [json.loads(options_for(visit, each)) for each in told]
    return visit.page(
        "together.html",
        name=name,
        told=told,
        flash=[listed(visit, rows[place]) for place in held.flash if place in rows],
        options=json.dumps(options),
        lack=lack,
        may_batch=len(told) > 1 and await is_batch(visit, [each["row"] for each in told]),
        marking=common(each["row"]["status"] for each in told),
    )


def holding(visit: Visit) -> tuple[str, Together]:
    """What lies ready for this officer under the name in the address."""
    name = str(visit.request.path_params["name"])
    held = visit.context.tray.held.get(name)
    if held is None or held.person != visit.person.person:
        raise NotHere("nothing lies ready here")
    return name, held


async def still(visit: Visit, draft: str) -> Json | None:
    """A draft that nobody has released or thrown away, with what keeps this officer from it."""
    try:
        told = await visit.call("draft_show", draft=draft)
        handled = await visit.call("draft_handling", draft=draft, by=visit.person.person.hex())
    except NoSuchDraft:
        return None
    return {**told, "lack": handled["lack"]}


def listed(visit: Visit, row: Json) -> Json:
    """A message as the list names it: its number, form, line and first words."""
    return {**row, "label": label(visit, row["format"]), "words": subject(row)}


def common(values: Iterable[str]) -> str:
    """The one value that all share, or ""."""
    found = set(values)
    return found.pop() if len(found) == 1 else ""


async def sign(visit: Visit) -> Response:
    """One assertion for each listed draft, in the order of the page; each is released alone.

    A passkey that stopped half way leaves the rest: what was signed counts.
    """
    name, held = holding(visit)
    answers = answers_of(visit.form.get("answer", ""))
    wanted = visit.form.get("drafts", "").split()
    known = [draft for draft, _ in held.drafts]
    if len(answers) > len(wanted) or not set(wanted) <= set(known):
        raise PasskeyRefused("the answer of the browser does not fit this page")
    await duress.asked(visit.context.desk, visit.person, visit.form.get("word", ""))
    for draft, answer in zip(wanted, answers, strict=False):
        told = await still(visit, draft)
        if told is None:
            continue
        visit.must("releaser", told["line"])
        await visit.call("release", draft=draft, assertion=as_assertion(visit, answer))
    rest = len(answers) < len(wanted)
    return RedirectResponse(f"/together/{name}" if rest else "/queue", HTTPStatus.SEE_OTHER)


def answers_of(text: str) -> list[Json]:
    """The assertions of the browser: a list, each of them as a passkey form posts one."""
    if len(text) > EACH_MAX * ANSWER_BYTES_MAX:
        raise PasskeyRefused("the answer of the browser is too long")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not found:
        raise PasskeyRefused("the answer of the browser is no list of assertions")
    return [parse_answer(json.dumps(each)) for each in found]


async def drop(visit: Visit) -> Response:
    """Acknowledge none of them."""
    name, held = holding(visit)
    await forget(visit, held)
    visit.context.tray.held.pop(name, None)
    return RedirectResponse("/queue", HTTPStatus.SEE_OTHER)


async def forget(visit: Visit, held: Together) -> None:
    """Throw away those drafts that nobody has released."""
    for draft, _ in held.drafts:
        if await still(visit, draft) is not None:
            await visit.call("draft_drop", draft=draft)


# ---- one signature of each of two officers ----------------------------------------------------


async def is_batch(visit: Visit, rows: list[Json]) -> bool:
    """Whether the rules of their line let these be signed as one batch."""
    line = common(row["line"] for row in rows)
    return bool(line) and (await charter_of(visit, line)).may_batch(ACKNOWLEDGE)


async def charter_of(visit: Visit, line: str) -> Charter:
    """The charter of a line that this person sees."""
    desk = visit.context.desk
    return await desk.lane.run(desk.station.charter, bytes.fromhex(line))


async def as_batch(visit: Visit, rows: list[Json]) -> Response:
    """The acknowledgements of these rows as one batch for two officers."""
    if not await is_batch(visit, rows):
        raise TooManyChosen(f"{len(rows)} were chosen; one by one {EACH_MAX} are the most")
    drafted = [acknowledgement(visit, row) for row in rows]
    made = await visit.call(
        "draft_batch", line=rows[0]["line"], rows=drafted, by=visit.person.person.hex()
    )
    return RedirectResponse(f"/batches/{made['batch']}", HTTPStatus.SEE_OTHER)


async def to_batch(visit: Visit) -> Response:
    """The same messages by one signature of each of two officers."""
    name, held = holding(visit)
    places = {place for _, place in held.drafts}
    found = await visit.call("queue")
    rows = [row for row in found["queue"] if place_of(row) in places and may(visit, row)]
    if not rows:
        raise NothingChosen("these messages are acknowledged already")
    answer = await as_batch(visit, rows)
    await forget(visit, held)
    visit.context.tray.held.pop(name, None)
    return answer


async def batch(visit: Visit) -> Response:
    """A batch of acknowledgements as its next officer sees and signs it: every message of it."""
    told = await batched(visit)
    rows = {place_of(row): row for row in (await visit.call("queue"))["queue"]}
    about = [about_of(draft) for draft in told["drafts"]]
    handled = await visit.call("batch_handling", batch=told["batch"], by=own(visit))
    lack = handled["lack"]
    if not lack and not await visit.on_card():
        lack = {"code": NOT_ON_CARD}
    return visit.page(
        "batch.html",
        batch=told,
        rows=[listed(visit, rows[place]) for place in about if place in rows],
        gone=[f"{origin} {index}" for origin, index in about if (origin, index) not in rows],
        digits=grouped(told["digits"]),
        lack=lack,
        options=options_for(visit, told),
        may_release=visit.person.may("releaser", told["line"]) and not handled["signed"],
        may_drop=visit.person.may("drafter", told["line"]),
        marking=(await charter_of(visit, told["line"])).status,
    )


def own(visit: Visit) -> str:
    return visit.person.person.hex()


async def batched(visit: Visit) -> Json:
    """The batch that the address names, if it is one of acknowledgements on a line of this person.

    Tables that were imported are compared and signed at the terminal, where they can be read whole.
    """
    try:
        told = await visit.call("batch_show", batch=str(visit.request.path_params["batch"]))
    except NoSuchBatch:
        raise NotHere("no such batch") from None
    visit.sees(told["line"])
    if not all(valued(draft, "format") == ACKNOWLEDGE for draft in told["drafts"]):
        raise NotHere("this batch is signed at the terminal: openline batch release")
    return told


def valued(draft: Mapping[str, Any], path: str) -> Any:
    """The value of one field of a draft, as the operations spell it."""
    return next((json.loads(value) for _, name, value in draft["fields"] if name == path), None)


def about_of(draft: Json) -> Place:
    """The message that a drafted acknowledgement is about."""
    origin, index = valued(draft, "refs")[0]
    return str(origin), int(index)


async def sign_batch(visit: Visit) -> Response:
    """One officer's assertion over the whole batch; with the second all of it is sent."""
    told = await batched(visit)
    visit.must("releaser", told["line"])
    await duress.asked(visit.context.desk, visit.person, visit.form.get("word", ""))
    done = await visit.call("release_batch", batch=told["batch"], assertion=assertion_of(visit))
    goal = "/queue" if done.get("released") else f"/batches/{told['batch']}"
    return RedirectResponse(goal, HTTPStatus.SEE_OTHER)


async def drop_batch(visit: Visit) -> Response:
    """Throw a batch away that was not released."""
    told = await batched(visit)
    if not visit.person.may("drafter", told["line"]):
        raise NotAllowed("this asks for the role drafter on this line")
    await visit.call("batch_drop", batch=told["batch"])
    return RedirectResponse("/queue", HTTPStatus.SEE_OTHER)
