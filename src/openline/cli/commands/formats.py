"""`openline formats`: the forms that messages follow, and packs of one's own.

Shapes   data is {"formats": [...]}, one form with its items, {"faults": [...]}, {"changes": [...]}
         or {"files": [...]}
Units    none
Raises   NoSuchForm, PackFaulty, FileThere
Source   docs/formats.md
Never    needs a node: with one, the packs of its folder are there as well
"""

from dataclasses import asdict
from pathlib import Path
from typing import ClassVar, Final

import click

from openline.cli.face import Face, Group, heads, named, table, with_face
from openline.cli.fields import spelled
from openline.cli.files import FILE
from openline.cli.forms import forms
from openline.errors import OpenlineError
from openline.exchange.membership.own_packs import file_of
from openline.formats.coded import said, worded
from openline.formats.form import GROUP, Format, Pack, outlined
from openline.formats.own_pack import PACK, WORDS, faults, starter, with_own
from openline.formats.pack import load_packs
from openline.formats.pack_diff import changes

LISTED: Final = (("form", "word.format"), ("family", "column.family"), ("label", "column.label"))
CHANGED: Final = (
    ("place", "column.changed-part"), ("what", "word.what-changes"), ("key", "column.path"),
    ("before", "column.before"), ("after", "column.after"),
)  # fmt: skip
ITEMS: Final = (
    ("no", "word.number"), ("path", "column.path"), ("type", "head.kind"),
    ("label", "column.label"), ("", ""), ("codes", "column.codes"),
)  # fmt: skip
EXAMPLES: Final = (("type", "head.kind"), ("written", "column.written-so"))


class NoSuchForm(OpenlineError):
    """No pack of this installation has a form of that name."""

    code: ClassVar[str] = "cli.no-such-form"
    remedy: ClassVar[str] = "Take a name from `openline formats list`, such as core/visit@1."


class PackFaulty(OpenlineError):
    """A pack file has faults; each was shown with its item and reason."""

    code: ClassVar[str] = "cli.pack-faulty"
    remedy: ClassVar[str] = "Correct every item that is named, and check the file again."


class FileThere(OpenlineError):
    """A file of that name is there already and is not written over."""

    code: ClassVar[str] = "cli.file-there"
    remedy: ClassVar[str] = "Choose another name or folder with --out."


@click.group(cls=Group)
def formats() -> None:
    """The forms that messages follow."""


@formats.command("list")
@click.option("--pack", help="Only this pack.")
@with_face
def list_(face: Face, pack: str | None) -> None:
    """List every form.

    \b
    Example:  openline formats list --pack core
    """
    packs = forms()
    for why in packs.left_out:
        face.warn(f"{worded('column.left-out', face.lang, 'left out')}: {why}")
    found = [form for form in packs.formats if pack in (None, form.pack)]
    value = [
        {"format": f.id, "family": f.family, "label": str(packs.terms.label(f.term, face.lang))}
        for f in found
    ]
    rows = [[v["format"], family(v["family"], face.lang), v["label"]] for v in value]
    face.give("formats", {"formats": value}, lambda: table(heads(LISTED, face.lang), rows))


@formats.command("show")
@click.argument("format_id", metavar="FORMAT")
@with_face
def show(face: Face, format_id: str) -> None:
    """Show the numbered items of FORMAT.

    \b
    Example:  openline formats show core/visit@1 --lang fr
    """
    packs = forms()
    form = packs.format(format_id)
    if form is None:
        raise NoSuchForm(f"{format_id[:80]}: no such form")
    items = [
        {
            "number": item.number,
            "path": item.path,
            "type": item.type,
            "label": str(packs.terms.label(item.term, face.lang)),
            "required": item.required,
            "withheld": item.withheld,
            "codes": [code for code, _ in item.codes],
            "example": spelled(item) if item.type != GROUP else "",
        }
        for item in outlined((*form.items, *form.common))
    ]
    pack = next(each for each in packs.packs if form in each.formats)
    value = {
        "format": form.id,
        "family": form.family,
        "classes": [c for c, _ in form.classes],
        "officers": form.officers,
        "timers": [asdict(timer) for timer in form.timers],
        "pack": {"name": pack.name, "version": pack.version, "sha256": pack.digest.hex()},
        "items": items,
    }
    face.give(
        "format",
        value,
        lambda: [
            *heading(form, pack, face.lang),
            "",
            *item_table(form, face.lang),
            "",
            *examples(form, face.lang),
        ],
    )


@formats.command("check")
@click.argument("file", metavar="FILE", type=FILE)
@with_face
def check(face: Face, file: Path) -> None:
    """Say everything that is wrong with the pack in FILE, item by item.

    Its words are looked for beside it (NAME-1.words.toml beside NAME-1.toml).

    \b
    Example:  openline formats check border-1.toml
    """
    files = beside(file)
    found = faults(load_packs(), file.name, files)
    value = [
        {"code": fault.code, "sentence": str(fault), "remedy": fault.remedy} for fault in found
    ]
    if found:
        flaw = PackFaulty(f"{file.name}: {len(found)} fault{'s' * (len(found) > 1)}")
        face.give("pack-check", {"faults": value}, lambda: map(str, found), flaw)
        return
    pack = of_file(file.name, files)
    told = {"name": pack.name, "version": pack.version, "sha256": pack.digest.hex()}
    rows = [
        ("pack", "column.pack", f"{pack.name} {pack.version}"),
        ("forms", "column.forms", ", ".join(form.id for form in pack.formats)),
        ("SHA-256", "SHA-256", pack.digest.hex()),
    ]
    face.give("pack-check", {"faults": [], "pack": told}, lambda: named(rows, face.lang))


@formats.command("diff")
@click.argument("old", metavar="A", type=FILE)
@click.argument("new", metavar="B", type=FILE)
@with_face
def diff(face: Face, old: Path, new: Path) -> None:
    """Show what changed from the pack in A to the pack in B, item by item.

    \b
    Example:  openline formats diff border-1.toml border-2.toml
    """
    found = list(changes(of_file(old.name, beside(old)), of_file(new.name, beside(new))))
    value = [
        {"place": c.place, "what": c.what, "key": c.key, "before": c.before, "after": c.after}
        for c in found
    ]
    rows = [[c.place, c.what, c.key, c.before, c.after] for c in found]
    none = said("talk.no-change", face.lang, "no change")
    face.give(
        "pack-diff",
        {"changes": value},
        lambda: table(heads(CHANGED, face.lang), rows) if rows else [none],
    )


@formats.command("new")
@click.argument("name", metavar="NAME")
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Where to write it; without this, here.",
)
@with_face
def new(face: Face, name: str, out: Path) -> None:
    """Write a pack to begin with, and its words: both full of comments, both sound as they stand.

    \b
    Example:  openline formats new border --out ~/.openline/packs
    """
    texts = starter(name)
    for file in texts:
        if (out / file).exists():
            raise FileThere(f"{out / file}: is there already")
    for file, text in texts.items():
        (out / file).write_text(text, "utf-8")
    written = [str(out / file) for file in texts]
    face.give("pack-new", {"files": written}, lambda: written)


def beside(file: Path) -> dict[str, bytes]:
    """A pack file with its words, where it has any."""
    words = file.with_name(f"{file.name.removesuffix(PACK)}{WORDS}")
    return dict(file_of(path) for path in (file, words) if path == file or path.exists())


def of_file(name: str, files: dict[str, bytes]) -> Pack:
    """The pack of one file; a file of a pack that ships with Openline is that pack."""
    wanted = name.removesuffix(PACK)
    packs = with_own(load_packs(), files).packs
    return next(each for each in reversed(packs) if f"{each.name}-{each.version}" == wanted)


def titled(format_id: str, lang: str) -> str:
    """A form by its id and its name in the reader's language."""
    packs = forms()
    form = packs.format(format_id)
    return format_id if form is None else f"{format_id}, {packs.terms.label(form.term, lang)}"


def heading(form: Format, pack: Pack, lang: str) -> list[str]:
    """What a form is."""
    return named(
        [
            ("form", "word.format", form.id),
            ("label", "column.label", forms().terms.label(form.term, lang)),
            ("family", "column.family", family(form.family, lang)),
            ("classes", "column.classes", ", ".join(c for c, _ in form.classes) or "-"),
            ("officers", "column.officers", form.officers),
            ("refers to", "column.refers-to", form.refs),
            ("timers", "column.timers", timers(form)),
            ("pack", "column.pack", f"{pack.name} {pack.version}, SHA-256 {pack.digest.hex()}"),
        ],
        lang,
    )


def family(name: str, lang: str) -> str:
    """What kind of forms: notices, answers, statements and so on."""
    return worded(f"family.{name}", lang, name)


def timers(form: Format) -> str:
    """The charter's timers that this form listens to, each with what it is counted for."""
    told = [f"{t.name} ({t.kind}{f' at `{t.item}`' if t.item else ''})" for t in form.timers]
    return ", ".join(told) or "-"


def item_table(form: Format, lang: str) -> list[str]:
    """The items with their paths, as --field takes them."""
    terms = forms().terms
    rows = []
    for item in outlined((*form.items, *form.common)):
        marks = [
            word
            for word, on in (
                (worded("column.required", lang, "required"), item.required),
                (worded("column.repeatable", lang, "repeatable"), item.repeatable),
                (worded("mark.withheld", lang, "withheld"), item.withheld),
            )
            if on
        ]
        codes = ", ".join(code for code, _ in item.codes)
        label = terms.label(item.term, lang)
        rows.append([item.number, item.path, item.type, label, ", ".join(marks), codes])
    return table(heads(ITEMS, lang), rows)


def examples(form: Format, lang: str) -> list[str]:
    """How one item of each type is written on the command line; rows are counted from 1."""
    every = [i for i in outlined((*form.items, *form.common)) if i.type != GROUP]
    first = {"code" if i.codes else i.type: i for i in reversed(every)}
    rows = [[kind, f"--field {spelled(first[kind])}"] for kind in sorted(first)]
    return table(heads(EXAMPLES, lang), rows)
