"""Drafts and their release: what would be signed, read in full; then the passkey.

Shapes   pages as routes of app.py; the browser posts the assertion that its passkey made
Units    none
Raises   NotAllowed, NotHere, PasskeyRefused; what the operation `release` refuses
Source   docs/PROTOCOL.md part 6, "Release"; docs/OPERATE.md, "Speaking"
Never    asks for a signature over anything but the statement that the draft's own fields give
"""

import base64
import json
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.responses import RedirectResponse, Response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from openline.cases.ladder import RUNGS
from openline.desk import duress
from openline.desk.acts import Json
from openline.desk.changed_sheet import changed_sheet, stands_of
from openline.desk.message_sheet import draft_sheet
from openline.desk.pages import file_pages, form_files, spoken
from openline.desk.pages.case_pages import labels_of, meaning
from openline.desk.pages.form_words import cautions, in_full
from openline.desk.pages.look import LANGUAGES
from openline.desk.pages.passkeys import PasskeyRefused, parse_answer
from openline.desk.pages.stepping_up import step_up, stepped_up
from openline.desk.pages.visit import DraftChanged, NotHere, Visit
from openline.desk.pages.watch_pages import label
from openline.errors import OpenlineError
from openline.exchange.drafting.drafts import NoSuchDraft
from openline.formats.coded import in_line
from openline.formats.document.html import inline
from openline.formats.document.model import Span
from openline.formats.form import NO_CLASS, Format, is_reserved
from openline.formats.form import name_of as name_of_form
from openline.formats.malformed import Malformed
from openline.formats.spell import b64

# Whose key the newest card does not hold yet: its change waits for two officers' approval.
NOT_ON_CARD: Final = "desk.not-on-card"
RELEASER: Final = "releaser"
# With fewer releasers nobody can draft what two release, where the drafter is not one of them.
FEW: Final = 3


async def draft(visit: Visit) -> Response:
    """Everything that the next officer signs, in the own and the addressees' languages."""
    told = await drafted(visit)
    line = await visit.call("line_show", line=told["line"])
    fields = {path: json.loads(value) for _, path, value in told["fields"]}
    handled = await visit.call("draft_handling", draft=told["draft"], by=visit.person.person.hex())
    form = await visit.call("form_show", draft=told["draft"])
    about = await spoken.form_about(visit, told["line"], fields["refs"])
    columns = columns_of(visit, told, line, fields, about)
    if not handled["lack"] and not await visit.on_card():
        handled["lack"] = {"code": NOT_ON_CARD}
    is_releaser = visit.person.may("releaser", told["line"]) and not signed_by(visit, fields)
    desk = visit.context.desk
    sheet = await desk.lane.run(draft_sheet, desk, told, visit.words.lang)
    changes = await desk.lane.run(changed_sheet, desk, told, visit.words.lang)
    return visit.page(
        "draft.html",
        draft=told,
        line=line,
        label=label_of(visit, told, fields),
        rules=str(fields.get("charter", "")),
        columns=columns,
        sheet=sheet,
        changes=changes,
        moved=bool(visit.query("moved")),
        hidden=labels_of(visit, str(fields["format"]), sheet["hidden"]),
        left_out=labels_of(visit, sheet["left_out"][0], [*sheet["left_out"][1]]),
        meaning=meaning(visit, str(fields["class"])),
        paired=list(zip(*(rows for _, rows in columns), strict=True)),
        paths=paths_of(visit, fields),
        others=[x for x in line["languages"] if x in LANGUAGES and x != visit.words.lang],
        form=form,
        files=await form_files.files_of(visit, told["line"], list(fields.values())),
        warnings=await warnings(visit, told, fields),
        officers=[visit.name_of(person_of(value).hex()) for value in signed(fields)],
        handled=handled,
        drafter=visit.name_of(handled["drafter"]),
        releasers=await releasers(visit),
        few=FEW,
        verifiers=[(visit.name_of(each["by"]), each["at"]) for each in handled["verified"]],
        verifying=verifying(visit, told, handled),
        digits=grouped(told["digits"]),
        may_release=is_releaser and not handled["lack"],
        may_drop=visit.person.may("drafter", told["line"]),
        is_releaser=is_releaser,
        options=options_for(visit, told),
        expires=fields.get("expires", ""),
        marking=line["status"],
    )


def label_of(visit: Visit, told: Json, fields: dict[str, Any]) -> str:
    """What a draft is; our first entry on a line is our word on its rules."""
    is_first = told["kind"] == "open" and fields.get("reason") == "first"
    return visit.words("draft.accepts") if is_first else label(visit, str(fields["format"]))


async def file(visit: Visit) -> Response:
    """A file that the draft names: who signs that it is sent can look into it before."""
    return await file_pages.of_draft(visit, await drafted(visit))


async def releasers(visit: Visit) -> int:
    """How many people stand on the newest card who can release."""
    found = await visit.call("officer_list")
    return len({each["person"] for each in found["officers"] if RELEASER in each["roles"]})


def columns_of(
    visit: Visit, told: Json, line: Json, fields: dict[str, Any], about: Format | None
) -> list[Any]:
    """The message as the reader reads it, and beside it as the addressee will."""
    station = visit.context.desk.station
    form = station.packs.format(str(fields["format"]))
    if form is None:
        return []
    content = {path: value for path, value in fields.items() if not is_reserved(path)}
    hidden = {told["fields"][i][1] for i in told["withheld"] if i < len(told["fields"])}
    marks = dict.fromkeys(hidden, "mark.withheld")
    own, asked = visit.words.lang, visit.query("with")
    others = [lang for lang in (asked, *line["languages"]) if lang in LANGUAGES and lang != own]
    answer = str(fields["class"])
    return [
        (
            own,
            timed(
                visit,
                form,
                fields,
                spoken.rows(visit, form, answer, content, lang=own, marks=marks, about=about),
            ),
        ),
        *(
            # What an addressee will not be shown stands in no column of an addressee.
            (
                lang,
                spoken.rows(
                    visit,
                    form,
                    answer,
                    content,
                    lang=lang,
                    marks=marks,
                    covered=hidden,
                    about=about,
                ),
            )
            for lang in others[:1]
        ),
    ]


def timed(
    visit: Visit, form: Format, fields: dict[str, Any], rows: list[spoken.Spoken]
) -> list[spoken.Spoken]:
    """The reader's own column with each time in words as well: a day is checked, not decoded."""
    found = list(rows)
    for n, path in enumerate(paths_of(visit, fields)[: len(rows)]):
        item, said = form.item(path), fields.get(path)
        if item is None or item.type != "time" or not isinstance(said, str):
            continue
        with suppress(Malformed):  # a draft made despite its flaws
            words = inline(((Span(in_full(visit.words, said), visit.words.lang),),))
            more = rows[n].value + Markup("<br><small>{}</small>").format(Markup(words))
            found[n] = rows[n]._replace(value=more)
    return found


def paths_of(visit: Visit, fields: dict[str, Any]) -> list[str]:
    """Where each row of the page was typed, so that it can be changed."""
    form = visit.context.desk.station.packs.format(str(fields["format"]))
    if form is None:
        return []
    content = [path for path in fields if not is_reserved(path)]
    return ["class"] * (fields["class"] != NO_CLASS) + [each.path for each in form.written(content)]


async def warnings(visit: Visit, told: Json, fields: dict[str, Any]) -> list[str]:
    """What to know before anybody signs: that it would have no effect by now, a short lead, a
    contradiction, an answer or a version that is stale."""
    if told["kind"] != "message":
        return []
    found = await visit.call(
        "draft_check",
        line=told["line"],
        format=fields["format"],
        answer=fields["class"],
        fields={path: value for path, value in fields.items() if not is_reserved(path)},
        refs=fields["refs"],
    )
    form = visit.context.desk.station.packs.format(str(fields["format"]))
    blocking = [
        in_line("remark", each["code"], each["sentence"], visit.lang) for each in found["flaws"]
    ]
    return [*blocking, *cautions(visit.words, form, found)]


def verifying(visit: Visit, told: Json, handled: Json) -> Json:
    """What the browser needs to have a verifier sign that the draft was checked, or nothing."""
    own = visit.person.person.hex()
    done = own == handled["drafter"] or any(own == each["by"] for each in handled["verified"])
    if done or not visit.person.may("verifier", told["line"]):
        return {}
    return step_up(visit, f"verify {told['draft']}")


async def verify(visit: Visit) -> Response:
    """An officer with the role verifier has checked the draft, and says so with the passkey."""
    told = await drafted(visit)
    visit.must("verifier", told["line"])
    await stepped_up(visit, f"verify {told['draft']}")
    await visit.call("draft_verify", draft=told["draft"], by=visit.person.person.hex())
    return RedirectResponse(f"/drafts/{told['draft']}", HTTPStatus.SEE_OTHER)


async def drafted(visit: Visit) -> Json:
    """The draft that the address names, if this person has a role on its line."""
    name = visit.request.path_params["draft"]
    try:
        told = await visit.call("draft_show", draft=name)
    except NoSuchDraft:
        raise await changed(visit, name) from None
    if not visit.person.sees(told["line"]):
        raise NotHere("no such draft")
    return told


async def changed(visit: Visit, name: str) -> OpenlineError:
    """What became of a draft that is not here any more, for a person who may know."""
    form = await visit.call("form_show", draft=name)
    if not form or not visit.person.sees(form["line"]):
        return NotHere("no such draft")
    if form["ref"]:
        return DraftChanged("this draft was released; its message stands on the line")
    who = visit.name_of(form["by"])
    return DraftChanged(f"{who} changed it at {form['at']}; nothing of the old text was sent")


def signed(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """The releases that the draft bears already."""
    return [value for path, value in fields.items() if path.startswith("release.")]


def signed_by(visit: Visit, fields: dict[str, Any]) -> bool:
    return any(person_of(value) == visit.person.person for value in signed(fields))


def person_of(value: dict[str, Any]) -> bytes:
    """The id of who gave a release."""
    return base64.b64decode(value["person"])


def grouped(digits: str) -> list[str]:
    """Forty digits in groups of five, to be read out."""
    return [digits[i : i + 5] for i in range(0, len(digits), 5)]


def options_for(visit: Visit, told: Json) -> str:
    """What the browser needs to have this officer's own key sign this draft's challenge."""
    options = {
        "challenge": bytes_to_base64url(base64.b64decode(told["challenge"])),
        "rpId": told["rp_id"],
        "timeout": 120_000,
        "userVerification": "required",
        "allowCredentials": [
            {"type": "public-key", "id": bytes_to_base64url(visit.person.credential)}
        ],
    }
    return json.dumps(options)


async def release(visit: Visit) -> Response:
    """One officer's assertion; with the last one the message is numbered and sent."""
    told = await drafted(visit)
    visit.must("releaser", told["line"])
    stands = await visit.context.desk.lane.run(stands_of, visit.context.desk, told)
    if stands != visit.form.get("stands", ""):  # changed since this officer read what changes
        return RedirectResponse(f"/drafts/{told['draft']}?moved=1", HTTPStatus.SEE_OTHER)
    await duress.asked(visit.context.desk, visit.person, visit.form.get("word", ""))
    done = await visit.call("release", draft=told["draft"], assertion=assertion_of(visit))
    if not done.get("released"):
        return RedirectResponse(f"/drafts/{told['draft']}", HTTPStatus.SEE_OTHER)
    if not done.get("ref"):
        return RedirectResponse("/queue", HTTPStatus.SEE_OTHER)
    if told["kind"] == "open":
        return RedirectResponse(f"/lines/{told['line']}", HTTPStatus.SEE_OTHER)
    return RedirectResponse(
        f"/message?{urlencode(landing(told, done['ref']))}", HTTPStatus.SEE_OTHER
    )


def landing(told: Json, ref: list[Any]) -> dict[str, Any]:
    """Which message is shown after release: what was acknowledged, read back or passed on waits for
    the next word, so it is shown again, with what was sent; anything else is shown itself."""
    fields = {path: json.loads(value) for _, path, value in told["fields"]}
    if name_of_form(str(fields["format"])) not in RUNGS or not fields["refs"]:
        return {"o": ref[0], "i": ref[1]}
    origin, index = fields["refs"][0]
    return {"o": origin, "i": index, "sent": f"{ref[0]} {ref[1]}"}


def assertion_of(visit: Visit) -> dict[str, str]:
    """The posted answer of the browser as the record spells it."""
    return as_assertion(visit, parse_answer(visit.form.get("answer", "")))


def as_assertion(visit: Visit, answer: Json) -> dict[str, str]:
    """One answer of a passkey as the record spells it, for the person who is signed in."""
    try:
        response = answer["response"]
        return {
            "ad": b64(base64url_to_bytes(response["authenticatorData"])),
            "cd": b64(base64url_to_bytes(response["clientDataJSON"])),
            "person": b64(visit.person.person),
            "sig": b64(base64url_to_bytes(response["signature"])),
        }
    except (KeyError, TypeError, ValueError):
        raise PasskeyRefused("the answer of the browser is no assertion") from None


async def drop(visit: Visit) -> Response:
    """Throw a draft away that was not released."""
    told = await drafted(visit)
    visit.must("drafter", told["line"])
    await visit.call("draft_drop", draft=told["draft"])
    return RedirectResponse("/queue", HTTPStatus.SEE_OTHER)
