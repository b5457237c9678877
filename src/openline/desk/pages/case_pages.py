"""Cases: the cases of a line, one case as its thread, one message as its form.

Shapes   pages as routes of app.py; an entry is named by `o` (origin) and `i` (index)
Units    times as RFC 3339 UTC text
Raises   NotHere
Source   docs/cases.md; DESIGN "received is not understood is not passed on is not agreed"
Never    merges what two parties said, nor shows reception and life cycle as one mark
"""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from openline.cases.documents.parts import stated
from openline.cases.entry import Ref
from openline.cases.moves import TOLD
from openline.cases.readback import is_asked
from openline.cases.shown import subject as subject_in
from openline.desk.acts import Json
from openline.desk.addressing import refused_replies
from openline.desk.amending import ways
from openline.desk.case_sheet import case_sheet
from openline.desk.message_sheet import ANSWER, message_sheet
from openline.desk.pages import spoken
from openline.desk.pages.document_pages import documents_of
from openline.desk.pages.look import LANGUAGES
from openline.desk.pages.proposal_pages import offer_of
from openline.desk.pages.visit import NotHere, Visit
from openline.desk.pages.watch_pages import label
from openline.desk.watchroom import whom_to_ring
from openline.exchange.folding.entries import NoSuchEntry
from openline.formats.document.model import plain, plain_words
from openline.formats.form import Format

INDEX_DIGITS_MAX: Final = 16
LATELY_MAX: Final = 5
CASES_PER_PAGE: Final = 100
MESSAGE: Final = "message"
READBACK: Final = "core/readback@1"
CALL: Final = "core/call@1"
GUARANTEE: Final = "core/guarantee@1"


def place_of(visit: Visit) -> list[object]:
    """The entry that the address names."""
    return list(place_in(visit.query("o"), visit.query("i")))


def place_in(origin: str, index: str) -> tuple[str, int]:
    """An entry as addresses and forms name it."""
    if not (index.isascii() and index.isdigit()) or len(index) > INDEX_DIGITS_MAX:
        raise NotHere("no such entry")
    return origin, int(index)


async def line(visit: Visit) -> Response:
    """One line: its rules, what each side says of it, its cases, what may be said on it."""
    line_id = visit.request.path_params["line"]
    visit.sees(line_id)
    told = await visit.call("line_show", line=line_id)
    found = await visit.call("cases", line=line_id)
    cases = sorted(found["cases"], key=lambda case: (not case["open"], case["time"]), reverse=False)
    offered = groups(visit, told)
    proposal = offer_of(visit, told)
    pages = max(1, -(-len(cases) // CASES_PER_PAGE))
    page = min(visit.page_asked, pages)
    here = cases[(page - 1) * CASES_PER_PAGE : page * CASES_PER_PAGE]
    return visit.page(
        "line.html",
        line=told,
        page=page,
        pages=pages,
        members=[{**each, "standing": standing(visit, each)} for each in told["members"]],
        says=bool(visit.query("say")),
        proposal=proposal,
        step=proposal.get("step", {}),
        cases=[listed(visit, case) for case in here],
        groups=offered,
        siblings=siblings(told),
        lately=lately(visit.context.site.party, cases, offered),
        may_draft=visit.person.may("drafter", line_id),
        marking=told["status"],
    )


def siblings(line: Json) -> list[Json]:
    """Logs of one party and one epoch number: their entries bear letters."""
    return [log for log in line["logs"] if log["epoch"] != f"{log['counter']}"]


async def say(visit: Visit) -> Response:
    """Where something can be said: the line if there is one, else the lines to choose from."""
    lines = [row for row in await visit.lines() if visit.person.may("drafter", row["line"])]
    if len(lines) == 1:
        return RedirectResponse(f"/lines/{lines[0]['line']}?say=1", HTTPStatus.SEE_OTHER)
    return visit.page(
        "say.html", lines=sorted(lines, key=lambda row: (row["status"], row["title"]))
    )


def standing(visit: Visit, member: Json) -> str:
    """How sure this node is of a member, in words."""
    code, _, by = str(member["standing"]).partition(" by ")
    key = f"standing.{code}"
    return visit.words(key, by=by) if visit.words.says(key) else str(member["standing"])


def with_labels(visit: Visit, case: Json) -> Json:
    """A case with the name of its form and a subject that can be read."""
    return {**case, "label": label(visit, case["format"]), "words": subject(case)}


def listed(visit: Visit, case: Json) -> Json:
    """A case as the page of its line lists it: never "told" where nobody received it."""
    state = stated(case["matters"][0], case["unheard"])
    return {**with_labels(visit, case), "standing_words": state_said(visit, case, state)}


def subject(case: Json) -> list[Json]:
    """The subject as parts with language and status; a plain one has neither."""
    value = case["subject"]
    if isinstance(value, list):
        return [part for part in value if isinstance(part, dict)]
    return [{"lang": "", "status": "", "text": str(value)}] if value else []


def row_said(visit: Visit, row: Json) -> Json:
    """A row of the queue with the two things that say what it is: its form and its subject."""
    return {**row, "label": label(visit, row["format"]), "words": subject(row)[:1]}


def about_said(visit: Visit, told: Json) -> Json:
    """The same of a message that `show` gave, for who says something to it."""
    return row_said(visit, {**told, "subject": subject_in(told["fields"])})


def groups(visit: Visit, told: Json) -> list[Json]:
    """The formats that may be drafted on a line, by family, as its charter's packs name them."""
    packs = {str(name).partition(" ")[0] for name in told["packs"]}
    families: dict[str, list[Json]] = {}
    for form in visit.context.desk.station.packs.formats:
        if form.pack in packs and not form.machine and form.refs != "required":
            families.setdefault(form.family, []).append(
                {"id": form.id, "label": visit.words.term(form.term)}
            )
    return [
        {"label": visit.words.term(f"family.{family}"), "formats": formats}
        for family, formats in families.items()
    ]


def lately(party: str, cases: list[Json], offered: list[Json]) -> list[Json]:
    """The forms that this party opened cases with last, newest first: most of what is said is said
    in one of them again."""
    forms = {form["id"]: form for group in offered for form in group["formats"]}
    own = sorted((c for c in cases if c["party"] == party), key=lambda c: c["time"], reverse=True)
    said_ids = dict.fromkeys(each["format"] for each in own if each["format"] in forms)
    return [forms[each] for each in list(said_ids)[:LATELY_MAX]]


async def case(visit: Visit) -> Response:
    """One case: its matters with versions, reception per addressee, answers, irregularities.

    What may be said to it is said to the version that counts, whichever entry the address names.
    """
    place = place_of(visit)
    await shown(visit, place)
    desk, wanted = visit.context.desk, Ref(str(place[0]), int(str(place[1])))
    try:
        sheet = await desk.lane.run(case_sheet, desk, wanted, visit.words.lang, visit.page_asked)
        counts = sheet["counts"]
        message = await shown(visit, counts)
        refused = await desk.lane.run(refused_replies, desk.station, Ref(*counts))
        watches = await desk.lane.run(whom_to_ring, desk.station, bytes.fromhex(sheet["line"]))
    except NoSuchEntry:
        raise NotHere("no such case") from None
    return visit.page(
        "case.html",
        case=with_labels(visit, sheet),
        calls=calls_of(visit, sheet["view"]),
        watches=watches,
        may_log=visit.person.may("drafter", sheet["line"]),
        meanings=[pair for answer in answered(sheet) if (pair := meaning(visit, answer))],
        replies=replies(visit, message, refused),
        counts=counts,
        ways=await ways_of(visit, message["from"], sheet["line"], counts),
        kept=urlencode({"o": wanted.origin, "i": wanted.index}),
        documents=documents_of(visit, "case", o=wanted.origin, i=wanted.index),
        marking=sheet["status"],
    )


def answered(sheet: Json) -> list[str]:
    """Every class of answer in a case, once."""
    rows = [answer for matter in sheet["matters"] for answer in matter["answers"]]
    return list(dict.fromkeys(str(answer["class"]) for answer in rows))


def calls_of(visit: Visit, case: Json) -> list[Json]:
    """The call log of a case: who rang whom when, and what came of it, in the word of who rang."""
    found = []
    for matter in case["matters"]:
        if matter["format"].partition("@")[0] == "core/call":
            fields = matter["versions"][-1]["fields"]
            found.append(
                {
                    "party": matter["party"],
                    "ref": matter["ref"],
                    "position": str(fields.get("position", "")),
                    "at": str(fields.get("at_time", "")),
                    "says": visit.words.term(f"class.call-{matter['class']}"),
                }
            )
    return sorted(found, key=lambda each: (each["at"], each["ref"]))


def said(visit: Visit, term: str, otherwise: str) -> str:
    """A label, where the dictionary has the term."""
    known = visit.words.knows(term)
    return visit.words.term(term) if known else otherwise


def state_said(visit: Visit, row: Json, state: str) -> str:
    """Where a matter stands, in the words of its form."""
    return plain(spoken.speaker_of(visit).state(str(row["format"]), state))


def state_in_words(visit: Visit, row: Json) -> str:
    """The state of a matter in words, with whoever has not received it."""
    words = state_said(visit, row, str(row["state"]))
    if not row["not_received"]:
        return words
    lacking = f"{visit.words.term('ladder.not-received')}: {', '.join(row['not_received'])}"
    return lacking if row["state"] == TOLD and not row["heard"] else f"{words}; {lacking}"


async def shown(visit: Visit, place: list[object]) -> Json:
    """A message in the reader's language, if this person has a role on its line."""
    log = visit.context.desk.station.log(str(place[0]))
    if log is None or not visit.person.sees(log.line_id.hex()):
        raise NotHere("no such entry")
    return await visit.call("show", ref=place, lang=visit.words.lang)


async def message(visit: Visit) -> Response:
    """One message as its form's numbered rows, with receipts and what may answer it."""
    place = place_of(visit)
    told = await shown(visit, place)
    other = visit.query("with")
    desk = visit.context.desk
    sheet = await desk.lane.run(message_sheet, desk, told, visit.words.lang)
    return visit.page(
        "message.html",
        sent=await sent_about(visit, place),
        message=told,
        sheet=sheet,
        hidden=labels_of(visit, told["format"], sheet["hidden"]),
        rows=spoken.of_message(visit, told),
        beside=spoken.of_message(visit, told, other) if other in LANGUAGES else [],
        other=other,
        label=label(visit, told["format"]),
        from_to=from_to(visit, told, sheet),
        answers=answers_of(told, sheet),
        is_own=told["from"] == visit.context.site.party and told["kind"] == MESSAGE,
        replies=replies(visit, told, sheet["refused"]),
        ways=await ways_of(visit, told["from"], told["line"], told["ref"]),
        may_draft=visit.person.may("drafter", told["line"]),
        meaning=meaning(visit, told["class"]),
        receiving=receiving(visit, told, sheet),
        documents=documents_of(visit, "message", o=place[0], i=place[1]),
        marking=told["status"],
    )


def from_to(visit: Visit, told: Json, sheet: Json) -> str:
    """Who says it to whom, in one sentence; nothing of what this party itself says."""
    if told["from"] == visit.context.site.party:
        return ""
    others = ", ".join(map(plain_words, sheet["others"])) or "–"
    key = "others" if not sheet["to_us"] else "you-others" if sheet["others"] else "you"
    return visit.words(f"message.from-{key}", sender=plain_words(sheet["from"]), others=others)


def answers_of(told: Json, sheet: Json) -> list[object]:
    """The message that is disclosed with its answers: this one if it has any, or the one that this
    one answers; [] for neither."""
    return list(told["ref"] if sheet["answered"] else sheet["answers"])


async def ways_of(visit: Visit, party: str, line_id: str, place: list[Any]) -> list[str]:
    """The relations by which a message may be replaced now: our own, by a person who drafts."""
    if party != visit.context.site.party or not visit.person.may("drafter", line_id):
        return []
    desk = visit.context.desk
    return await desk.lane.run(ways, desk.station, Ref(*place))


async def sent_about(visit: Visit, place: list[object]) -> Json | None:
    """What this party has just sent about the message that is shown, if the address names it."""
    origin, _, index = visit.query("sent").rpartition(" ")
    if not origin:
        return None
    told = await shown(visit, list(place_in(origin, index)))
    if told["from"] != visit.context.site.party or place not in told["refs"]:
        return None
    return {**told, "label": label(visit, told["format"])}


def labels_of(visit: Visit, format_id: str, paths: list[str]) -> list[str]:
    """Items of a form by number and label; one that the form does not have by its path."""
    form = visit.context.desk.station.packs.format(format_id)
    found = [(path, form.item(path) if form else None) for path in paths]
    return [
        f"{item.number} {visit.words.term(item.term)}" if item else path for path, item in found
    ]


def meaning(visit: Visit, answer: str) -> tuple[str, str] | None:
    """What a class says in plain words, where it is easily taken for more."""
    if not visit.words.says(f"meaning.{answer}"):
        return None
    return said(visit, f"class.{answer}", answer), visit.words(f"meaning.{answer}")


def receiving(visit: Visit, told: Json, sheet: Json) -> Json:
    """The rungs of the ladder that an addressee may still climb with this message."""
    form = visit.context.desk.station.packs.format(told["format"])
    own = told["from"] == visit.context.site.party
    if form is None or own or not visit.person.may("drafter", told["line"]):
        return {}
    return {
        # An answer asks for nothing: what may be said to it all the same stands in the menu below.
        "is_asked": form.family != ANSWER,
        "next": sheet["waits"],
        "acknowledge": "core/acknowledge@1" in form.replies and not sheet["acknowledged"],
        "readback": READBACK in form.replies and not sheet["read_back"] and is_read(form, told),
        "pass_on": "core/pass-on@1" in form.replies,
    }


def is_read(form: Format, told: Json) -> bool:
    """Whether a message tells anything that a receiver is asked to read back."""
    items = (form.item(path) for path in told["fields"])
    return any(item is not None and is_asked(item) for item in items)


def replies(visit: Visit, told: Json, refused: Collection[str]) -> list[Json]:
    """The forms that may answer a message, with their classes, for a person who may draft; none
    that this party would be refused, and a guarantee apart from the answers, at the end."""
    form = visit.context.desk.station.packs.format(told["format"])
    if form is None or not visit.person.may("drafter", told["line"]):
        return []
    packs = visit.context.desk.station.packs
    known = [found for found in map(packs.format, form.replies) if found and not found.machine]
    left_out = set(refused) if is_read(form, told) else {*refused, READBACK}
    found = [reply_values(visit, each) for each in known if each.id not in left_out]
    return sorted(found, key=lambda each: (each["id"] == GUARANTEE, each["id"] == CALL))


def reply_values(visit: Visit, form: Format) -> Json:
    """One form that may answer, by its name and classes."""
    return {
        "id": form.id,
        "label": visit.words.term(form.term),
        "family": form.family,
        "classes": [
            (name, visit.words.term(term), (meaning(visit, name) or ("", ""))[1])
            for name, term in form.classes
        ],
    }
