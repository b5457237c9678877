"""The disclosure studio: choose fields, read what a stranger will learn, take the files away.

Shapes   pages as routes of app.py; an entry is named by `o` and `i`; `answers` asks for those to
         it as well, `case` for its case
Units    times as RFC 3339 UTC text
Raises   NotHere, NotAllowed; what the operation `disclose` refuses
Source   docs/OPERATE.md, "Proving"; docs/PROTOCOL.md part 9
Never    hands out a file whose verdict was not shown before, nor anything to a person without the
         role releaser on the line; never chooses a withheld field by itself
"""

import base64
import hashlib
import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.responses import Response

from openline.desk.acts import Json
from openline.desk.pages import spoken
from openline.desk.pages.begun_forms import int_of
from openline.desk.pages.case_pages import place_of, said, shown
from openline.desk.pages.visit import Visit
from openline.desk.pages.watch_pages import label
from openline.desk.verifier_page import page_name, verifier_page
from openline.desk.verifier_words import explained, mark, not_shown

RELEASER: Final = "releaser"
POLICY_SUFFIX: Final = ".policy"
CHOICES: Final = ("e.", "f.", "r.")
CASE, ANSWERS = "case", "answers"
SCOPES: Final = (CASE, ANSWERS)


async def choose(visit: Visit) -> Response:
    """What of a message, or of every message of its case, could be shown to somebody outside."""
    place = place_of(visit)
    await shown(visit, place)  # NotHere without a role on its line
    plan = await planned(visit, place, visit.query)
    is_all = scope_of(visit.query) == ANSWERS
    numbered = enumerate(plan["entries"])
    chosen = {f"e.{n}" for n, entry in numbered if is_all or entry["ref"] == place}
    chosen |= {f"r.{n}" for n, entry in enumerate(plan["entries"]) if entry["has_releases"]}
    return page(visit, place, plan, chosen)


def scope_of(given: Callable[[str], str | None]) -> str:
    """How much of a case is chosen from: one message, that with its answers, or the whole."""
    return next((each for each in SCOPES if given(each)), "")


async def planned(visit: Visit, place: list[object], given: Callable[[str], str | None]) -> Json:
    """What could be disclosed, as far as the address or the form asks."""
    scope = scope_of(given)
    return await visit.call("disclosure_plan", ref=place, **({scope: True} if scope else {}))


async def preview(visit: Visit) -> Response:
    """The same choice, with what a reader will and will not learn from it."""
    place, plan, chosen = await asked(visit)
    if not parts_of(plan, chosen):
        problem = visit.words("disclose.nothing")
        return page(
            visit, place, plan, chosen, code=HTTPStatus.UNPROCESSABLE_ENTITY, problem=problem
        )
    made = await visit.call("disclose", parts=parts_of(plan, chosen), bundle=True)
    return page(visit, place, plan, chosen, made=made)


async def give(visit: Visit) -> Response:
    """The proof, its policy, or the page that checks it: exactly what was previewed."""
    place, plan, chosen = await asked(visit)
    visit.must(RELEASER, plan["line"])
    made = await visit.call("disclose", parts=parts_of(plan, chosen), bundle=True)
    data = base64.b64decode(made["file"])
    if hashlib.sha256(data).hexdigest() != visit.form.get("digest", ""):
        problem = visit.words("disclose.changed")
        return page(
            visit, place, plan, chosen, made=made, code=HTTPStatus.CONFLICT, problem=problem
        )
    kind = visit.form.get("kind", "proof")
    if kind == "page":
        return download(verifier_page(), page_name(visit.words.lang), "text/html; charset=utf-8")
    if kind == "policy":
        stem = made["name"].rpartition(".")[0]
        return download(made["policy"].encode(), stem + POLICY_SUFFIX, "text/plain; charset=utf-8")
    return download(data, made["name"], "application/octet-stream")


def download(data: bytes, name: str, kind: str) -> Response:
    """A file to keep; never shown inside the desk, whose origin it would then have."""
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=kind, headers=headers)


async def asked(visit: Visit) -> tuple[list[object], Json, set[str]]:
    """The entry, its plan, and the boxes that are ticked; NotHere without a role on the line."""
    place: list[object] = [visit.form.get("o", ""), int_of(visit.form.get("i", ""))]
    await shown(visit, place)
    plan = await planned(visit, place, visit.form.get)
    return place, plan, {name for name in visit.form if name.startswith(CHOICES)}


def parts_of(plan: Json, chosen: set[str]) -> list[Json]:
    """What was chosen, as the operation `disclose` takes it."""
    parts = []
    for n, entry in enumerate(plan["entries"]):
        if f"e.{n}" not in chosen or not entry["is_open"]:
            continue
        paths = [field["path"] for field in entry["fields"] if f"f.{n}.{field['path']}" in chosen]
        part = {"kind": "entry", "ref": entry["ref"], "fields": paths}
        parts.append({**part, "releases": f"r.{n}" in chosen and entry["has_releases"]})
    return parts


def page(
    visit: Visit,
    place: list[object],
    plan: Json,
    chosen: set[str],
    *,
    made: Json | None = None,
    problem: str = "",
    code: int = HTTPStatus.OK,
) -> Response:
    """The studio with its choice; with a preview where a file was made."""
    rows = [entry_values(visit, n, entry, chosen) for n, entry in enumerate(plan["entries"])]
    return visit.page(
        "disclose.html",
        code,
        place=place,
        plan=plan,
        entries=rows,
        scope=scope_of(visit.form.get) or scope_of(visit.query),
        chosen=sorted(chosen),
        positions=[position(visit, row) for row in plan["positions"]],
        result=None if made is None else result(visit, rows, made),
        may_give=visit.person.may(RELEASER, plan["line"]),
        problem=problem,
        marking=plan["status"],
    )


def entry_values(visit: Visit, n: int, entry: Json, chosen: set[str]) -> Json:
    """One message with the labels of its form and the boxes that are ticked."""
    fields = [
        {**field, **row(visit, entry, field), "name": f"f.{n}.{field['path']}"}
        for field in entry["fields"]
    ]
    for field in fields:
        field["shown"] = field["name"] in chosen
    says = said(visit, f"class.{entry['class']}", entry["class"])
    return {
        **entry,
        "label": label(visit, entry["format"]),
        "says": "" if entry["class"] == "-" else says,
        "fields": fields,
        "name": f"e.{n}",
        "is_shown": f"e.{n}" in chosen and entry["is_open"],
        "releases": f"r.{n}",
        "shows_releases": f"r.{n}" in chosen and entry["has_releases"],
        "silent": [party for party in entry["addressees"] if party not in entry["receipts"]],
    }


def row(visit: Visit, entry: Json, field: Json) -> Json:
    """Number, label and value of one field in the reader's language."""
    packs = visit.context.desk.station.packs
    form, about = packs.format(entry["format"]), packs.format(entry["about"])
    path, value = field["path"], field["value"]
    if form is None:
        return {"number": "?", "label": path, "text": json.dumps(value, ensure_ascii=False)}
    last = spoken.rows(visit, form, "-", {path: value}, about=about)[-1]
    return {"number": last.number, "label": last.label, "text": last.value}


def position(visit: Visit, told: Json) -> Json:
    """A position on a fact, with whether it speaks against telling outsiders."""
    term = said(visit, f"class.{told['class']}", told["class"])
    sentence = visit.words(
        "disclose.position",
        office=told["office"],
        party=told["party"],
        fact=told["fact"],
        **{"class": term},
    )
    return {**told, "sentence": sentence}


def result(visit: Visit, rows: list[Json], made: Json) -> Json:
    """What leaves, in words: learned, not learned, and the verdict of a reader's verifier."""
    data = base64.b64decode(made["file"])
    verdict, words = made["verdict"], visit.words
    proofs = [part for part in verdict["parts"] if part["kind"] == "proof"]
    shown_rows = [each for each in rows if each["is_shown"]]
    whole = explained(verdict, words)
    return {
        "name": made["name"],
        "bytes": len(data),
        "digest": hashlib.sha256(data).hexdigest(),
        "entries": shown_rows,
        "others": len(rows) > len(shown_rows),
        "mark": words(mark(verdict)),
        "is_shown": mark(verdict) == "verify.mark.valid",
        "sentences": whole,
        "parts": [
            {
                "of": each,
                "not_shown": " ".join(not_shown(part, words)),
                "mark": words(mark(part)),
                "sentences": [said for said in explained(part, words) if said not in whole],
            }
            for each, part in zip(shown_rows, proofs, strict=True)
        ],
        "fingerprints": [
            [part["party"], part["fingerprint"]]
            for part in verdict["parts"]
            if part["kind"] == "cards"
        ],
    }
