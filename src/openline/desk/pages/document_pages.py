"""Documents for the file and for paper: a message, a case, a register, a watch sheet, a shift.

Shapes   pages as routes of app.py; the browser saves the file under the document's own name
Units    none
Raises   NotHere, NotAllowed, and what the operation `document` refuses
Source   docs/OPERATE.md, "On paper"; docs/decisions/0033-one-document.md
Never    makes one of a line that this person has no role on, nor says a word of it in that of a
         shift; withheld items stay covered
"""

import base64
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import Response

from openline.desk.acts import Json
from openline.desk.pages.visit import NotAllowed, NotHere, Visit

FORMS: Final = ("pdf", "html")
NUMBER_DIGITS_MAX: Final = 16
# Who reads what a watch wrote and handed over.
READERS: Final = ("watch", "auditor")


def documents_of(visit: Visit, of: str, **what: Any) -> list[tuple[str, str]]:
    """A link for each form of a document: its kind and its address, in the reader's language."""
    asked = {"of": of, "lang": visit.words.lang, **what}
    return [(form, f"/document?{urlencode({**asked, 'as': form})}") for form in FORMS]


async def document(visit: Visit) -> Response:
    """The document that the address names, as a file."""
    of, form = visit.query("of"), visit.query("as")
    if form not in FORMS:
        raise NotHere("no such document")
    found = await visit.call("document", **{"of": of, "as": form, **await named(visit, of)})
    if of != "shift":
        visit.sees(found["line"])
    data = base64.b64decode(found["pdf"]) if form == "pdf" else found["html"].encode()
    kind = "application/pdf" if form == "pdf" else "text/html; charset=utf-8"
    headers = {"content-disposition": f'attachment; filename="{found["name"]}.{form}"'}
    if form == "html":
        headers["content-security-policy"] = found["policy"]
    return Response(data, media_type=kind, headers=headers)


def require_reader(visit: Visit) -> None:
    if not any(map(visit.person.has, READERS)):
        raise NotAllowed(f"this asks for the role {' or '.join(READERS)} on a line")


async def named(visit: Visit, of: str) -> Json:
    """What the operation is asked for: an entry, or a line; neither is told from one not here.

    A shift is asked for with every line on which this person has a role, and no other.
    """
    languages = [visit.query("lang") or visit.words.lang]
    if of in ("message", "case"):
        origin, index = visit.query("o"), visit.query("i")
        log = visit.context.desk.station.log(origin)
        if log is None or not visit.person.sees(log.line_id.hex()):
            raise NotHere("no such entry")
        return {"ref": [origin, number_in(index)], "languages": languages}
    if of in ("register", "watch"):
        visit.sees(visit.query("line"))
        asked = {"register": visit.query("register")} if of == "register" else {}
        return {"line": visit.query("line"), "languages": languages, **asked}
    if of == "shift":
        require_reader(visit)
        seen = [row["line"] for row in await visit.lines()]
        number, status = number_in(visit.query("number")), visit.query("status")
        return {"number": number, "status": status, "lines": seen, "languages": languages}
    raise NotHere("no such document")


def number_in(text: str) -> int:
    """A number of an address; NotHere for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS_MAX):
        raise NotHere("nothing has that number")
    return int(text)
