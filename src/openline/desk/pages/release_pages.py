"""Drafts and their release: what would be signed, read in full; then the passkey.

Shapes   pages as routes of app.py; the browser posts the assertion that its passkey made
Units    none
Raises   NotAllowed, NotHere, PasskeyRefused; what the operation `release` refuses
Source   docs/PROTOCOL.md part 6, "Release"; docs/OPERATE.md, "Speaking"
Never    asks for a signature over anything but the statement that the draft's own fields give
"""

import base64
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from openline.desk.acts import Json
from openline.desk.pages.passkeys import PasskeyRefused, parse_answer
from openline.desk.pages.visit import NotHere, Visit
from openline.desk.pages.watch_pages import label
from openline.formats.form import is_reserved
from openline.formats.render import render
from openline.formats.spell import b64


async def draft(visit: Visit) -> Response:
    """Everything that the next officer signs, in the own and the addressees' languages."""
    told = await drafted(visit)
    line = await visit.call("line_show", line=told["line"])
    fields = {path: json.loads(value) for _, path, value in told["fields"]}
    content = {path: value for path, value in fields.items() if not is_reserved(path)}
    form = visit.context.desk.station.packs.format(str(fields["format"]))
    hidden = {told["fields"][i][1] for i in told["withheld"] if i < len(told["fields"])}
    marks = dict.fromkeys(hidden, "mark.withheld")
    langs = [visit.words.lang, *(x for x in line["languages"] if x != visit.words.lang)]
    columns = [
        (lang, render(form, str(fields["class"]), content, lang, marks=marks)) for lang in langs[:2]
    ] if form else []  # fmt: skip
    return visit.page(
        "draft.html",
        draft=told,
        line=line,
        label=label(visit, str(fields["format"])),
        columns=columns,
        paired=list(zip(*(rows for _, rows in columns), strict=True)),
        officers=[name_of(visit, value) for value in signed(fields)],
        digits=grouped(told["digits"]),
        may_release=visit.person.may("releaser", told["line"]) and not signed_by(visit, fields),
        options=options_for(visit, told),
        expires=fields.get("expires", ""),
        marking=line["status"],
    )


async def drafted(visit: Visit) -> Json:
    """The draft that the address names, if this person has a role on its line."""
    told = await visit.call("draft_show", draft=visit.request.path_params["draft"])
    if not visit.person.sees(told["line"]):
        raise NotHere("no such draft")
    return told


def signed(fields: dict[str, Any]) -> list[dict[str, Any]]:
    """The releases that the draft bears already."""
    return [value for path, value in fields.items() if path.startswith("release.")]


def signed_by(visit: Visit, fields: dict[str, Any]) -> bool:
    return any(value["person"] == b64(visit.person.person) for value in signed(fields))


def name_of(visit: Visit, value: dict[str, Any]) -> str:
    """The officer's name as this desk knows it, else the person id."""
    officer = visit.context.roster.officers.get(base64.b64decode(value["person"]))
    return officer.name if officer else str(value["person"])


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
    done = await visit.call("release", draft=told["draft"], assertion=assertion_of(visit))
    if not done.get("released"):
        return RedirectResponse(f"/drafts/{told['draft']}", HTTPStatus.SEE_OTHER)
    if not done.get("ref"):
        return RedirectResponse("/queue", HTTPStatus.SEE_OTHER)
    origin, index = done["ref"]
    return RedirectResponse(
        f"/message?{urlencode({'o': origin, 'i': index})}", HTTPStatus.SEE_OTHER
    )


def assertion_of(visit: Visit) -> dict[str, str]:
    """The browser's answer as the record spells it, for the person who is signed in."""
    answer = parse_answer(visit.form.get("answer", ""))
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
