"""`openline formats`: the forms that messages follow, from the packs of this installation.

Shapes   data is {"formats": [{"format", "family", "label"}]} or one form with its items
Units    none
Raises   NoSuchForm
Source   docs/formats.md
Never    needs a node
"""

from dataclasses import asdict
from typing import ClassVar

import click

from openline.cli.face import Face, Group, pairs, table, with_face
from openline.errors import OpenlineError
from openline.formats.form import Format, outlined
from openline.formats.pack import load_packs
from openline.formats.terms import load_terms


class NoSuchForm(OpenlineError):
    """No pack of this installation has a form of that name."""

    code: ClassVar[str] = "cli.no-such-form"
    remedy: ClassVar[str] = "Take a name from `openline formats list`, such as core/visit@1."


@click.group(cls=Group)
def formats() -> None:
    """The forms that messages follow."""


@formats.command("list")
@click.option("--pack", help="Only this pack.")
@with_face
def list_(face: Face, pack: str | None) -> None:
    """List every form."""
    terms = load_terms()
    found = [form for form in load_packs().formats if pack in (None, form.pack)]
    value = [
        {"format": f.id, "family": f.family, "label": str(terms.label(f.term, face.lang))}
        for f in found
    ]
    rows = [[v["format"], v["family"], v["label"]] for v in value]
    face.give("formats", {"formats": value}, lambda: table(["form", "family", "label"], rows))


@formats.command("show")
@click.argument("format_id", metavar="FORMAT")
@with_face
def show(face: Face, format_id: str) -> None:
    """Show the numbered items of FORMAT.

    \b
    Example:  openline formats show core/visit@1 --lang fr
    """
    form = load_packs().format(format_id)
    if form is None:
        raise NoSuchForm(f"{format_id[:80]}: no such form")
    terms = load_terms()
    items = [
        {
            "number": item.number,
            "path": item.path,
            "type": item.type,
            "label": str(terms.label(item.term, face.lang)),
            "required": item.required,
            "withheld": item.withheld,
            "codes": [code for code, _ in item.codes],
        }
        for item in outlined((*form.items, *form.common))
    ]
    value = {
        "format": form.id,
        "family": form.family,
        "classes": [c for c, _ in form.classes],
        "officers": form.officers,
        "timers": [asdict(timer) for timer in form.timers],
        "items": items,
    }
    face.give(
        "format", value, lambda: [*heading(form, face.lang), "", *item_table(form, face.lang)]
    )


def titled(format_id: str, lang: str) -> str:
    """A form by its id and its name in the reader's language."""
    form = load_packs().format(format_id)
    return format_id if form is None else f"{format_id}, {load_terms().label(form.term, lang)}"


def heading(form: Format, lang: str) -> list[str]:
    """What a form is."""
    return pairs(
        [
            ("form", form.id),
            ("label", load_terms().label(form.term, lang)),
            ("family", form.family),
            ("classes", ", ".join(c for c, _ in form.classes) or "-"),
            ("officers", form.officers),
            ("refers to", form.refs),
            ("timers", timers(form)),
        ]
    )


def timers(form: Format) -> str:
    """The charter's timers that this form listens to, each with what it is counted for."""
    told = [f"{t.name} ({t.kind}{f' at `{t.item}`' if t.item else ''})" for t in form.timers]
    return ", ".join(told) or "-"


def item_table(form: Format, lang: str) -> list[str]:
    """The items with their paths, as --field takes them."""
    terms = load_terms()
    rows = []
    for item in outlined((*form.items, *form.common)):
        marks = [
            word
            for word, on in (
                ("required", item.required),
                ("repeatable", item.repeatable),
                ("withheld", item.withheld),
            )
            if on
        ]
        codes = ", ".join(code for code, _ in item.codes)
        label = terms.label(item.term, lang)
        rows.append([item.number, item.path, item.type, label, ", ".join(marks), codes])
    return table(["no", "path", "type", "label", "", "codes"], rows)
