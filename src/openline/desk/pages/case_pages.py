"""Cases: the cases of a line, one case as its thread, one message as its form.

Shapes   pages as routes of app.py; an entry is named by `o` (origin) and `i` (index)
Units    times as RFC 3339 UTC text
Raises   NotHere
Source   docs/cases.md; DESIGN "received is not understood is not passed on is not agreed"
Never    merges what two parties said, nor shows reception and life cycle as one mark
"""

from typing import Final

from starlette.responses import Response

from openline.desk.acts import Json
from openline.desk.pages.visit import NotHere, Visit
from openline.desk.pages.watch_pages import label
from openline.formats.form import Format

RUNGS: Final = ("a0", "a1", "a2", "a3", "a4")
INDEX_DIGITS_MAX: Final = 16


def place_of(visit: Visit) -> list[object]:
    """The entry that the address names."""
    index = visit.query("i")
    if not (index.isascii() and index.isdigit()) or len(index) > INDEX_DIGITS_MAX:
        raise NotHere("no such entry")
    return [visit.query("o"), int(index)]


async def line(visit: Visit) -> Response:
    """One line: its rules, what each side says of it, its cases, what may be said on it."""
    line_id = visit.request.path_params["line"]
    visit.sees(line_id)
    told = await visit.call("line_show", line=line_id)
    found = await visit.call("cases", line=line_id)
    cases = sorted(found["cases"], key=lambda case: (not case["open"], case["time"]), reverse=False)
    return visit.page(
        "line.html",
        line=told,
        cases=[with_labels(visit, case) for case in cases],
        groups=groups(visit, told),
        may_draft=visit.person.may("drafter", line_id),
        marking=told["status"],
    )


def with_labels(visit: Visit, case: Json) -> Json:
    """A case with the name of its form and a subject that can be read."""
    return {**case, "label": label(visit, case["format"]), "words": subject(case)}


def subject(case: Json) -> list[Json]:
    """The subject as parts with language and status; a plain one has neither."""
    value = case["subject"]
    if isinstance(value, list):
        return [part for part in value if isinstance(part, dict)]
    return [{"lang": "", "status": "", "text": str(value)}] if value else []


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


async def case(visit: Visit) -> Response:
    """One case: its matters with versions, reception per addressee, answers, irregularities."""
    place = place_of(visit)
    message = await shown(visit, place)
    found = await visit.call("cases", line=message["line"])
    chosen = next((each for each in found["cases"] if holds(each, place)), None)
    if chosen is None:
        raise NotHere("no such case")
    matters = [matter_values(visit, matter) for matter in chosen["matters"]]
    return visit.page(
        "case.html",
        case=with_labels(visit, chosen),
        matters=matters,
        line=message["line"],
        title=message["title"],
        rungs=RUNGS,
        replies=await replies(visit, message),
        us=visit.context.site.party,
        marking=message["status"],
    )


def holds(case: Json, place: list[object]) -> bool:
    """Whether an entry is the case itself, a version, a reply or a closing in it."""
    if case["ref"] == place:
        return True
    for matter in case["matters"]:
        named = [version["ref"] for version in matter["versions"]]
        named += [answer["ref"] for answer in (*matter["answers"], *matter["closings"])]
        named += [
            rung["ref"] for row in matter["reception"] for rung in map(row.get, RUNGS)
            if isinstance(rung, dict) and "ref" in rung
        ]  # fmt: skip
        if place in named:
            return True
    return False


def matter_values(visit: Visit, matter: Json) -> Json:
    """A matter with its labels, and each version as the rows of its form."""
    return {
        **matter,
        "label": label(visit, matter["format"]),
        "state_label": said(visit, f"life.{matter['state']}", matter["state"]),
        "words": subject(matter),
        "answers": [
            {**answer, "says": said(visit, f"class.{answer['class']}", answer["class"])}
            for answer in matter["answers"]
        ],
    }


def said(visit: Visit, term: str, otherwise: str) -> str:
    """A label, where the dictionary has the term."""
    known = visit.words.knows(term)
    return visit.words.term(term) if known else otherwise


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
    beside = await visit.call("show", ref=place, lang=other) if other else None
    return visit.page(
        "message.html",
        message=told,
        beside=beside,
        label=label(visit, told["format"]),
        replies=await replies(visit, told),
        us=visit.context.site.party,
        marking=told["status"],
    )


async def replies(visit: Visit, told: Json) -> list[Json]:
    """The forms that may answer a message, with their classes, for a person who may draft."""
    form = visit.context.desk.station.packs.format(told["format"])
    if form is None or not visit.person.may("drafter", told["line"]):
        return []
    packs = visit.context.desk.station.packs
    known = [found for found in map(packs.format, form.replies) if found and not found.machine]
    return [reply_values(visit, each) for each in known]


def reply_values(visit: Visit, form: Format) -> Json:
    """One form that may answer, by its name and classes."""
    return {
        "id": form.id,
        "label": visit.words.term(form.term),
        "family": form.family,
        "classes": [(name, visit.words.term(term)) for name, term in form.classes],
    }
