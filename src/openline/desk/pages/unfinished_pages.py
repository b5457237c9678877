"""What is being written: forms, templates and drafts of the lines that an officer has a role on.

Shapes   pages as routes of app.py
Units    none
Raises   NotHere, NotAllowed, NoSuchForm, BadText
Source   docs/OPERATE.md, "Speaking"; docs/decisions/0040-a-form-is-kept-as-it-is-typed.md
Never    throws a form away that nobody asked to throw away
"""

from http import HTTPStatus
from typing import Final

from starlette.responses import RedirectResponse, Response

from openline.desk import written
from openline.desk.acts import Json
from openline.desk.pages import form_fields, form_files
from openline.desk.pages.begun_forms import form_of, named
from openline.desk.pages.visit import Visit
from openline.desk.pages.watch_pages import label

NAME_CHARACTERS_MAX: Final = 80
_WAITS: Final = {True: "drafts.signing", False: "drafts.typing"}


async def listed(visit: Visit) -> Response:
    """Forms that are being filled in, templates, and drafts that wait for officers."""
    titles = {row["line"]: row["title"] for row in await visit.lines()}
    found = await visit.call("form_list")
    forms = [
        {
            **each,
            "title": titles[each["line"]],
            "label": label(visit, each["format"]),
            "who": named(visit, each),
            "may": visit.person.may("drafter", each["line"]),
        }
        for each in found["forms"]
        if each["line"] in titles
    ]
    drafts = await visit.call("draft_list")
    rows = [
        {**each, "label": label(visit, each["format"])}
        for each in drafts["drafts"]
        if each["line"] in titles
    ]
    waiting = {each["draft"] for each in rows}
    return visit.page(
        "unfinished.html",
        forms=[each for each in forms if not each["name"] and each["draft"] not in waiting],
        templates=[each for each in forms if each["name"]],
        drafts=rows,
    )


async def held(visit: Visit) -> Json:
    """The form that the address names, for a person who may write on its line."""
    found = await visit.call("form_show", form=visit.request.path_params["form"])
    visit.must("drafter", found["line"])
    return found


async def drop(visit: Visit) -> Response:
    """Throw a form or a template away."""
    found = await held(visit)
    await visit.call("form_drop", form=found["form"])
    return RedirectResponse("/drafts", HTTPStatus.SEE_OTHER)


async def template(visit: Visit) -> Response:
    """Keep what stands in a form under a name, for the next of its kind."""
    found = await held(visit)
    name = written.line("the name", visit.form.get("name", "").strip(), NAME_CHARACTERS_MAX)
    await visit.call(
        "form_keep",
        form=visit.context.random(16).hex(),
        line=found["line"],
        format=found["format"],
        given=found["given"],
        by=visit.person.person.hex(),
        name=name,
    )
    return RedirectResponse("/drafts", HTTPStatus.SEE_OTHER)


async def beside(visit: Visit) -> Response:
    """Two texts of one form, where two officers typed at one time."""
    own = await held(visit)
    other = await visit.call("form_show", form=own["beside"] or own["form"])
    visit.must("drafter", other["line"])
    form = form_of(visit, own["format"])
    labels, with_files = {}, set()
    for given in (own["given"], other["given"]):
        for item in form_fields.leaves(form_fields.items_of(form), given):
            labels[item.path] = (item.number, visit.words.term(item.term))
            if item.type == form_files.TYPE:
                with_files.add(f"f.{item.path}")

    def text(given: dict[str, str], name: str) -> str:
        """What was typed; of files their names, for nobody compares hashes by eye."""
        typed = given.get(name, "")
        return form_files.names(typed) if name in with_files else typed

    rows = [
        {
            "label": visit.words("files.choice-with")
            if name.startswith(form_files.CHOICE)
            else input_label(labels, name),
            "own": text(own["given"], name),
            "other": text(other["given"], name),
        }
        for name in sorted({*own["given"], *other["given"]})
        if own["given"].get(name, "") != other["given"].get(name, "")
    ]
    return visit.page(
        "beside.html",
        own=own,
        other=other,
        names=(named(visit, own), named(visit, other)),
        rows=rows,
        label=visit.words.term(form.term),
    )


def input_label(labels: dict[str, tuple[str, str]], name: str) -> str:
    """The item to which an input belongs, by its number and label."""
    path = name.partition(".")[2]
    while path:
        if path in labels:
            return " ".join(labels[path])
        path = path.rpartition(".")[0]
    return name
