"""Forms while they are filled in, and what is wrong with them before a draft is made.

Shapes   plain JSON values; one table, `FORMS`, names the operations
Units    times as RFC 3339 UTC text; durations in seconds
Raises   BadRequest, AlreadyReleased, NoSuchForm, TooManyForms, NoSuchDraft, CannotVerify
Source   docs/operations.md, "Saying something"
Never    releases anything
"""

import re
from collections.abc import Mapping
from typing import Final

from openline.cases import shown
from openline.cases.agreed import Agreed
from openline.cases.ahead import of_line
from openline.cases.case import REPLACING
from openline.cases.due import lead_of
from openline.cases.entry import Ref
from openline.cases.precedence import OBJECTIVES_S, level_of
from openline.cases.timing import asks_for, event_of
from openline.desk.acts import Act, BadRequest, Desk, Json, flaws_of, ref, text
from openline.desk.amending import AMENDING
from openline.desk.cautions import cautions_of
from openline.desk.meant import named
from openline.exchange.drafting import drafts, handling, unfinished
from openline.exchange.drafting.drafts import Draft
from openline.exchange.drafting.handling import Handling, Rules
from openline.exchange.drafting.unfinished import Unfinished
from openline.exchange.folding import reading, timetable
from openline.exchange.membership import lines
from openline.exchange.station import Station
from openline.formats.form import Format
from openline.formats.openjson import Value
from openline.formats.spell import utc

GIVEN_MAX: Final = 2_000
GIST_CHARACTERS_MAX: Final = 60
_SUBJECTS: Final = ("f.subject.1.text", "f.title.1.text", "f.text.1.text", "f.subject", "f.place")
# What stands beside a text, and is there before anything is typed: its language, its status.
_ABOUT_TEXT: Final = re.compile(r"\.\d+\.(lang|status)$")
# Rules that count from receipt to what the addressee owes.
_OWED: Final = ("acknowledge", "answer", "relay")
# The item by which a notice says what it asks for.
EFFECT: Final = "effect"


async def draft_check(desk: Desk, args: Json) -> Json:
    """What is wrong with a message as it stands, and its times; nothing is kept."""

    def look(station: Station) -> Json:
        line_id = lines.find(station, text(args, "line"))
        format_id, answer = text(args, "format"), text(args, "answer", "-")
        fields, refs = args.get("fields", {}), [ref({"ref": each}) for each in args.get("refs", [])]
        if not isinstance(fields, dict):
            raise BadRequest("fields: a table from path to value is expected")
        flaws = flaws_of(station, line_id, format_id, answer, fields)
        cautions = cautions_of(station, line_id, format_id, answer, fields, refs)
        cautions += of_line(reading.state(station, line_id), station.party, format_id)
        flaws += [c.row() for c in cautions if c.blocks]
        form = station.packs.format(format_id)
        level = fields.get("precedence")
        return {
            "flaws": flaws,
            "warnings": [c.row() for c in cautions if not c.blocks],
            "times": times_of(station, line_id, form, fields) if form else {},
            "officers": drafts.due_officers(station, line_id, "message", format_id, level),
        }

    return await desk.lane.run(look, desk.station)


def times_of(station: Station, line_id: bytes, form: Format, fields: dict[str, Value]) -> Json:
    """The lead time that the charter asks and the one there is; what the addressees owe by when."""
    agreed, now_s = timetable.agreed(station, line_id), station.line_now(line_id)
    owed = owed_of(agreed, form, fields)
    lead = lead_of(form)
    asked_s = None if lead is None else agreed.seconds(lead.name)
    if lead is None or asked_s is None:
        return {"owed": owed}
    event_s = event_of(fields, lead)
    found: Json = {"owed": owed, "lead": {"asked": asked_s, "item": lead.item}}
    if event_s is not None:
        found["lead"] |= {
            "event": utc(event_s),
            "left": event_s - now_s,
            "latest": utc(event_s - asked_s),
        }
    return found


def owed_of(agreed: Agreed, form: Format, fields: Mapping[str, Value]) -> list[Json]:
    """What a message asks of its addressees, with the seconds from receipt that a rule gives them;
    None where none does. Nothing is said before the writer has chosen what it asks for."""
    effect = form.item(EFFECT)
    if effect is not None and effect.required and EFFECT not in fields:
        return []
    level = level_of(fields)
    found = []
    for timer in form.timers:
        if timer.kind not in _OWED or not asks_for(fields, timer.kind):
            continue
        times = [agreed.seconds(timer.name)]
        if timer.kind == "acknowledge" and level:
            held_s = agreed.seconds(f"precedence.{level}")
            times.append(OBJECTIVES_S[level] if held_s is None else held_s)
        known = [each for each in times if each is not None]
        if known or timer.kind != "relay":
            found.append({"kind": timer.kind, "seconds": min(known, default=None)})
    return found


async def form_keep(desk: Desk, args: Json) -> Json:
    """Keep what somebody typed; `parted` where another person typed meanwhile: both are kept."""

    def keep(station: Station) -> Json:
        given = args.get("given", {})
        if not isinstance(given, dict) or len(given) > GIVEN_MAX:
            raise BadRequest(f"given: a table of at most {GIVEN_MAX} inputs is expected")
        about = ref(args, "about") if args.get("about") else None
        revision = args.get("revision", 0)
        typed = Unfinished(
            id=text(args, "form"),
            line=lines.find(station, text(args, "line")).hex(),
            format=text(args, "format"),
            given={str(name): str(value) for name, value in given.items()},
            revision=revision if isinstance(revision, int) else 0,
            by=text(args, "by", ""),
            at_s=station.clock.now_s(),
            about=(about.origin, about.index) if about else None,
            name=text(args, "name", ""),
        )
        kept = unfinished.keep(station, typed)
        parted = unfinished.find(station, kept.beside) if kept.id != typed.id else None
        return {**form_value(kept), "parted": form_value(parted) if parted else {}}

    return await desk.lane.run(keep, desk.station)


def form_value(kept: Unfinished) -> Json:
    """A form as pages show it."""
    return {
        "form": kept.id,
        "line": kept.line,
        "format": kept.format,
        "given": dict(kept.given),
        "revision": kept.revision,
        "by": kept.by,
        "at": utc(kept.at_s),
        "about": list(kept.about) if kept.about else [],
        "name": kept.name,
        "draft": kept.draft,
        "ref": list(kept.ref) if kept.ref else [],
        "beside": kept.beside,
    }


async def form_show(desk: Desk, args: Json) -> Json:
    """One form; by `draft` the one that a draft was made of."""

    def show(station: Station) -> Json:
        if args.get("draft"):
            found = unfinished.of_draft(station, text(args, "draft"))
            return form_value(found) if found else {}
        return form_value(unfinished.find(station, text(args, "form")))

    return await desk.lane.run(show, desk.station)


async def form_list(desk: Desk, args: Json) -> Json:
    """Every form that is being filled in, and every template; newest first."""

    def listed(station: Station) -> list[Json]:
        found = sorted(unfinished.every(station), key=lambda x: (-x.at_s, x.id))
        return [
            {
                **{k: v for k, v in form_value(x).items() if k != "given"},
                "gist": gist(x.given),
                "change": x.given.get("f.relation", "") in REPLACING,
            }
            for x in found
            if x.ref is None
        ]

    return {"forms": await desk.lane.run(listed, desk.station)}


def gist(given: Mapping[str, str]) -> str:
    """A few words by which a person knows a form again: what was typed into it first."""
    texts = (
        text
        for name, text in given.items()
        if name.startswith("f.") and text.strip() and not _ABOUT_TEXT.search(name)
    )
    spoken = (given.get(name, "").strip() for name in _SUBJECTS)
    found = next(filter(None, spoken), "") or next(texts, "")
    return found[:GIST_CHARACTERS_MAX]


async def form_drop(desk: Desk, args: Json) -> Json:
    """Throw a form or a template away."""
    await desk.lane.run(unfinished.drop, desk.station, text(args, "form"))
    return {"form": text(args, "form")}


# ---- drafts that wait --------------------------------------------------------------------------


async def draft_list(desk: Desk, args: Json) -> Json:
    """Drafts that wait for an officer, of one line or of all."""

    def listed(station: Station) -> list[Json]:
        wanted = lines.find(station, text(args, "line")) if args.get("line") else None
        found = [drafts.decode_draft(data) for _, data in station.views.scan(drafts.DRAFTS)]
        return [draft_value(station, each) for each in found if wanted in (None, each.line_id)]

    return {"drafts": await desk.lane.run(listed, desk.station)}


def draft_value(station: Station, draft: Draft) -> Json:
    """A draft as lists show it, with what tells it from another of its form."""
    fields = {each.path: each.json for each in draft.fields}
    is_message = draft.kind == "message"
    subject = shown.subject(fields)
    parts = subject if isinstance(subject, list) else [subject]
    words = [each.get("text") if isinstance(each, dict) else each for each in parts]
    match fields.get("refs"):
        case [[str(origin), int(index)], *_] if is_message:
            about = named(station, Ref(origin, index))
        case _:
            about = ""
    return {
        "draft": draft.id.hex(),
        "line": draft.line_id.hex(),
        "title": station.charter(draft.line_id).title,
        "format": str(draft.fields[0].json) if is_message else draft.kind,
        "gist": str(words[0])[:GIST_CHARACTERS_MAX] if words else "",
        "about": about,
        "releases": draft.releases,
        "officers": draft.officers,
        "waits": f"officer {draft.releases + 1} of {draft.officers}",
    }


# ---- who handles a draft ------------------------------------------------------------------------


async def draft_handling(desk: Desk, args: Json) -> Json:
    """Who drafted and verified a draft, and what keeps `by` from releasing it."""

    def show(station: Station) -> Json:
        draft = drafts.kept(station, text(args, "draft"))
        lack = handling.lack(station, draft, text(args, "by", ""))
        asked = handling.rules(station)
        return {
            **handling_value(handling.of(station, draft)),
            "verifier_asked": handling.reaches(asked.verifier, draft),
            "apart": handling.reaches(asked.apart, draft),
            "flash": handling.is_flash(station, draft),
            "lack": {"code": lack.code, "sentence": str(lack)} if lack else {},
        }

    return await desk.lane.run(show, desk.station)


def handling_value(held: Handling) -> Json:
    """Who handled a draft, persons by hex id."""
    return {
        "drafter": held.drafter,
        "verified": [{"by": person, "at": utc(at_s)} for person, at_s in held.verified],
    }


async def draft_verify(desk: Desk, args: Json) -> Json:
    """An officer has checked a draft."""

    def verify(station: Station) -> Json:
        draft = drafts.kept(station, text(args, "draft"))
        return handling_value(handling.verify(station, draft, text(args, "by")))

    return await desk.lane.run(verify, desk.station)


async def desk_rules(desk: Desk, args: Json) -> Json:
    """What this desk asks beyond the charters; with arguments, from now on."""

    def run(station: Station) -> Json:
        held = handling.rules(station)
        wanted = Rules(text(args, "apart", held.apart), text(args, "verifier", held.verifier))
        if args.get("apart") or args.get("verifier"):
            handling.set_rules(station, wanted)
        chosen = handling.are_chosen(station)
        return {"apart": wanted.apart, "verifier": wanted.verifier, "chosen": chosen}

    return await desk.lane.run(run, desk.station)


FORMS: dict[str, Act] = {
    **AMENDING,
    "draft_check": draft_check,
    "draft_list": draft_list,
    "draft_handling": draft_handling,
    "draft_verify": draft_verify,
    "form_keep": form_keep,
    "form_show": form_show,
    "form_list": form_list,
    "form_drop": form_drop,
    "desk_rules": desk_rules,
}
