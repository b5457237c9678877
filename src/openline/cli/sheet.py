"""What an officer reads before signing: the draft's own fields as the other side will read them.

Shapes   sheet(draft, line, lang) -> text lines; `draft` is what the operation `draft` gave, `line`
         what `line_show` gave, with what `meant` says of the entries in it;
         changes(stands, draft, lang) -> what a new version says otherwise than the one that
         stands, as `show` gives it
Units    comparison digits: 40, in groups of five
Raises   StatementDiffers when fields, line and statement do not belong together
Source   docs/PROTOCOL.md part 6, "Release"
Never    takes a word from the node that the fields do not bind: title and status come from the
         charter whose hash is the signed line id; labels come from this program's own packs. Only
         what an entry is that the fields name by its place, the node's record says
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from openline.cases.case import REPLACING
from openline.cli.clean import shortened
from openline.cli.commands.formats import titled
from openline.cli.face import in_fives, pairs
from openline.cli.forms import forms
from openline.cli.places import logs_of
from openline.exchange.drafting.signing import (
    StatementDiffers,
    challenge_of,
    common_challenge_of,
    fields_of,
)
from openline.formats.charter import Charter, parse_charter
from openline.formats.coded import worded
from openline.formats.document.model import plain as spoken
from openline.formats.document.speaker import Speaker
from openline.formats.field import Field
from openline.formats.form import Format, is_reserved
from openline.formats.legible import show_json
from openline.formats.meant import Meant, entries_in
from openline.formats.numbers import named
from openline.formats.openjson import Value
from openline.formats.release import comparison40
from openline.formats.render import render
from openline.formats.spell import b64
from openline.formats.terms import ENGLISH

Json = dict[str, Any]
COMPARE: Final = "Compare before you sign, the same digits for every officer"


def sheet(draft: Json, line: Json, lang: str, *, is_asked: bool = True) -> list[str]:
    """Status first, then what is said, what is withheld, who signed, and the digits.

    With --yes nobody is asked, so nothing is said to be compared before a signature.
    """
    fields = fields_of(draft)
    values = by_path(draft, fields)
    charter = charter_of(draft, line, values)
    withheld = {fields[i].path for i in draft["withheld"] if i < len(fields)}
    digits = in_fives(comparison40(common_challenge_of(draft)))
    own = in_fives(comparison40(challenge_of(draft)))
    return [
        worded(f"status.{charter.status}", lang, charter.status.upper()),
        *pairs(
            [
                (worded("word.line", lang, "line"), f"{charter.title} ({draft['line'][:12]})"),
                *head(draft, line, values, lang),
            ]
        ),
        "",
        *pairs(contents(values, withheld, lang, meant_in(line), about_form(values, line))),
        *not_told(draft, withheld, lang),
        *(["", f"{alone(draft, lang)}: {own}"] * (own != digits)),
        "",
        f"{worded('word.compare-digits', lang, COMPARE) if is_asked else at_once(lang)}:",
        digits,
    ]


def at_once(lang: str) -> str:
    """What stands over the digits where --yes signs at once."""
    words = worded("word.signed-at-once", lang, "Signed at once by --yes. Compare")
    return words if lang == ENGLISH else f"--yes: {words}"


def alone(draft: Json, lang: str) -> str:
    """What the digits of one signature are called."""
    english = f"Digits of signature {int(draft['releases']) + 1} alone"
    return worded("word.signature-alone", lang, english)


def by_path(draft: Json, fields: Sequence[Field]) -> dict[str, Value]:
    """Values by path; a path that occurs twice would hide one of its values."""
    values = {field.path: field.json for field in fields}
    if len(values) != len(fields):
        raise StatementDiffers(f"draft {draft['draft'][:12]}: two fields have one path")
    return values


def charter_of(draft: Json, line: Json, values: Mapping[str, Value]) -> Charter:
    """The charter of exactly the line that is signed."""
    charter = parse_charter(str(line["charter"]))
    signed = {str(values.get("line")), b64(bytes.fromhex(str(draft["line"])))}
    if signed != {b64(charter.line_id)}:
        raise StatementDiffers(f"draft {draft['draft'][:12]}: it names another line than is shown")
    return charter


def head(
    draft: Json, line: Json, values: Mapping[str, Value], lang: str
) -> Iterator[tuple[str, object]]:
    """What the message is, what it is about, until when it may be sent, who has signed."""
    form = forms().format(str(values.get("format", "-")))
    unknown = worded("mark.unknown-form", lang, "not known to this program")
    name = form.id if form is not None else f"{values.get('format')}, {unknown}"
    yield (
        worded("word.format", lang, "form"),
        draft["kind"] if draft["kind"] != "message" else titled(name, lang),
    )
    if str(values.get("class", "-")) != "-":
        term = form.class_term(str(values["class"])) if form is not None else None
        label = f"{values['class']}, {forms().terms.label(term, lang)}" if term else values["class"]
        yield worded("word.class", lang, "class"), values["class"] if lang == ENGLISH else label
    refs = values.get("refs")
    if isinstance(refs, list) and refs:
        known = meant_in(line)
        said = [entry_name(ref, line, known, lang) for ref in refs]
        yield worded("word.about", lang, "about"), "\n".join(said)
    if "expires" in values:
        yield worded("word.send-before", lang, "must be sent before"), values["expires"]
    card = f"{worded('word.card', lang, 'card').lower()} {draft['card_size']}"
    yield worded("life.draft", lang, "draft"), f"{draft['draft'][:12]}, {card}"
    people = [values[path] for path in sorted(values) if path.startswith("release.")]
    ids = [str(one.get("person")) if isinstance(one, dict) else "?" for one in people]
    signed = f"{len(ids)} {'of' if lang == ENGLISH else '/'} {draft['officers_needed']}"
    yield worded("word.signed", lang, "signed"), f"{signed}: {', '.join(ids)}" if ids else signed


def contents(
    values: Mapping[str, Value],
    withheld: set[str],
    lang: str,
    entries: Mapping[tuple[str, int], Meant] | None = None,
    about: Format | None = None,
) -> list[tuple[str, object]]:
    """The content as the other side will read it; `about` is the form of what it reads back."""
    said = {path: value for path, value in values.items() if not is_reserved(path)}
    packs = forms()
    form = packs.format(str(values.get("format", "-")))
    if form is None:
        return [(path, plain(value)) for path, value in said.items()]
    marks = dict.fromkeys(withheld, "mark.withheld")
    rendered = render(
        form,
        str(values.get("class", "-")),
        said,
        lang,
        marks=marks,
        terms=packs.terms,
        about=about,
        code_term=packs.code_term,
        entries=entries,
    )
    return [(f"{row.number} {row.label}".strip(), row.value) for row in rendered]


def replaced(draft: Json) -> list[Any] | None:
    """The entry whose place a draft takes: it amends, corrects or cancels it; or None."""
    if draft["kind"] != "message":
        return None
    values = by_path(draft, fields_of(draft))
    refs = values.get("refs")
    is_version = values.get("relation") in REPLACING
    named = refs[0] if is_version and isinstance(refs, list) and refs else None
    return named if isinstance(named, list) else None


def changes(stands: Json, draft: Json, lang: str) -> list[str]:
    """Label, old -> new of every item in which a new version differs from the one that stands."""
    values = by_path(draft, fields_of(draft))
    fresh = dict(values)
    if fresh.get("relation") == "amends":  # said by the heading; a cancellation is a change itself
        del fresh["relation"]
    named = {"format": stands["format"], "class": stands["class"]}
    before = {**stands["fields"], **stands["hidden"], **named}
    stale = {path: value for path, value in before.items() if path != "relation"}
    old, new = (dict(contents(each, set(), lang)) for each in (stale, fresh))
    number = f"{stands['from']}:{stands['number']}"
    rows = [
        (label, arrow(str(old.get(label, "–")), str(new.get(label, "–"))))
        for label in {**old, **new}
        if old.get(label) != new.get(label)
    ]
    head = f"{worded('word.what-changes', lang, 'What changes')} ({number})"
    none = worded("word.none", lang, "nothing")
    return [f"{head}:", *pairs(rows), ""] if rows else [f"{head}: {none}", ""]


def arrow(old: str, new: str) -> str:
    """Both values; each on lines of its own where one of them has several."""
    return f"{old}{chr(10) if chr(10) in old + new else ' '}-> {new}"


def not_told(draft: Json, withheld: set[str], lang: str) -> list[str]:
    """What the other side will not see: fields by path and label, and who signed."""
    paths = sorted(path for path in withheld if not is_reserved(path))
    form = forms().format(str(by_path(draft, fields_of(draft)).get("format", "-")))
    hidden = [f"{path}{label_of(form, path, lang)}" for path in paths]
    count, needed = len(draft["withheld"]) - len(hidden), int(draft["officers_needed"])
    all_ = needed and count == needed
    hidden += [worded("word.who-releases", lang, "who releases it")] if all_ else []
    head = worded("word.not-shown-to-them", lang, "Withheld from the other side")
    return ["", f"{head}: {', '.join(hidden)}."] if hidden else []


def label_of(form: Format | None, path: str, lang: str) -> str:
    """What a form calls an item, in brackets behind its path; nothing where it has none."""
    item = form.item(path) if form is not None else None
    return "" if item is None else f" ({forms().terms.label(item.term, lang)})"


def plain(value: Value) -> str:
    """A value that no form describes: texts as they are, keys by their ends and length."""
    return shortened(value if isinstance(value, str) else show_json(value))


def entries_of(draft: Json) -> list[list[Any]]:
    """The places of all entries that a draft names: what it is about, then what its items name."""
    values = by_path(draft, fields_of(draft))
    refs = values.get("refs")
    about = [ref for ref in refs if isinstance(ref, list)] if isinstance(refs, list) else []
    form = forms().format(str(values.get("format", "-")))
    return [*about, *(list(place) for place in entries_in(form, values))]


def meant_in(line: Json) -> dict[tuple[str, int], Meant]:
    """What the entries are that a draft on this line names, where the node holds them."""
    return Meant.of(line.get("meant", ()))


def about_form(values: Mapping[str, Value], line: Json) -> Format | None:
    """The form of the entry that a message is about first: it names the items that are read back
    as the page of that entry does."""
    refs = values.get("refs")
    match refs[0] if isinstance(refs, list) and refs else None:
        case [str(origin), int(index)]:
            known = meant_in(line).get((origin, index))
            return forms().format(known.format) if known is not None else None
        case _:
            return None


def entry_name(ref: Value, line: Json, known: Mapping[tuple[str, int], Meant], lang: str) -> str:
    """An entry as lists write it and what it is, where its log is known here."""
    match ref:
        case [str(origin), int(index)] if (origin, index) in known:
            return spoken(known[origin, index].line(Speaker(forms().terms, lang)))
        case [str(origin), int(index)]:
            logs = logs_of(line)
            log = logs.get(origin)
            return named(log, index, logs.values()) if log else f"{origin}:{index}"
    return show_json(ref)
