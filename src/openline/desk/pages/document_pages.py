"""Documents for the file and for paper: a message, a case, a register, a watch sheet.

Shapes   pages as routes of app.py; the browser saves the file under the document's own name
Units    none
Raises   NotHere, and what the operation `document` refuses
Source   docs/OPERATE.md, "On paper"; docs/decisions/0033-one-document.md
Never    makes one of a line that this person has no role on; withheld items stay covered
"""

import base64
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from openline.desk.acts import Json
from openline.desk.pages.visit import NotHere, Visit

FORMS: Final = ("pdf", "html")
_INDEX_DIGITS_MAX: Final = 16


def documents_of(visit: Visit, of: str, **what: Any) -> list[tuple[str, str]]:
    """A link for each form of a document: its kind and its address, in the reader's language."""
    asked = {"of": of, "lang": visit.words.lang, **what}
    return [(form, f"/document?{urlencode({**asked, 'as': form})}") for form in FORMS]


async def document(visit: Visit) -> Response:
    """The document that the address names, as a file."""
    of, form = visit.query("of"), visit.query("as")
    if form not in FORMS:
        raise NotHere("no such document")
    found = await visit.call("document", **{"of": of, "as": form, **named(visit, of)})
    visit.sees(found["line"])
    data = base64.b64decode(found["pdf"]) if form == "pdf" else found["html"].encode()
    kind = "application/pdf" if form == "pdf" else "text/html; charset=utf-8"
    headers = {"content-disposition": f'attachment; filename="{found["name"]}.{form}"'}
    if form == "html":
        headers["content-security-policy"] = found["policy"]
    return Response(data, media_type=kind, headers=headers)


def named(visit: Visit, of: str) -> Json:
    """What the operation is asked for: an entry, or a line; neither is told from one not here."""
    languages = [visit.query("lang") or visit.words.lang]
    if of in ("message", "case"):
        origin, index = visit.query("o"), visit.query("i")
        log = visit.context.desk.station.log(origin)
        is_index = index.isascii() and index.isdigit() and len(index) <= _INDEX_DIGITS_MAX
        if log is None or not is_index or not visit.person.sees(log.line_id.hex()):
            raise NotHere("no such entry")
        return {"ref": [origin, int(index)], "languages": languages}
    if of in ("register", "watch"):
        visit.sees(visit.query("line"))
        asked = {"register": visit.query("register")} if of == "register" else {}
        return {"line": visit.query("line"), "languages": languages, **asked}
    raise NotHere("no such document")
