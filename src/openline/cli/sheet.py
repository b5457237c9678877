"""What an officer reads before signing: the draft's own fields as the other side will read them.

Shapes   sheet(draft, line, lang) -> text lines; `draft` is what the operation `draft` gave, `line`
         what `line_show` gave
Units    comparison digits: 40, in groups of five
Raises   StatementDiffers when fields, line and statement do not belong together
Source   docs/PROTOCOL.md part 6, "Release"
Never    takes a word from the node that the fields do not bind: title and status come from the
         charter whose hash is the signed line id; labels come from this program's own packs
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openline.cli.clean import shortened
from openline.cli.face import in_fives, pairs
from openline.cli.formats import titled
from openline.cli.forms import forms
from openline.exchange.signing import StatementDiffers, challenge_of, fields_of
from openline.formats.charter import Charter, parse_charter
from openline.formats.field import Field
from openline.formats.form import is_reserved
from openline.formats.legible import show_json
from openline.formats.openjson import Value
from openline.formats.release import comparison40
from openline.formats.render import render
from openline.formats.spell import b64

Json = dict[str, Any]


def sheet(draft: Json, line: Json, lang: str) -> list[str]:
    """Status first, then what is said, what is withheld, who signed, and the digits."""
    fields = fields_of(draft)
    values = by_path(draft, fields)
    charter = charter_of(draft, line, values)
    withheld = {fields[i].path for i in draft["withheld"] if i < len(fields)}
    digits = in_fives(comparison40(challenge_of(draft)))
    return [
        charter.status.upper(),
        *pairs(
            [("line", f"{charter.title} ({draft['line'][:12]})"), *head(draft, line, values, lang)]
        ),
        "",
        *pairs(contents(values, withheld, lang)),
        *not_told(draft, withheld),
        "",
        "Compare before you sign:",
        digits,
    ]


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
    name = form.id if form is not None else f"{values.get('format')}, not known to this program"
    yield "form", draft["kind"] if draft["kind"] != "message" else titled(name, lang)
    if str(values.get("class", "-")) != "-":
        yield "class", values["class"]
    refs = values.get("refs")
    if isinstance(refs, list) and refs:
        yield "about", "\n".join(entry_name(ref, line) for ref in refs)
    if "expires" in values:
        yield "expires", values["expires"]
    yield "draft", f"{draft['draft'][:12]}, card {draft['card_size']}"
    people = [values[path] for path in sorted(values) if path.startswith("release.")]
    ids = [str(one.get("person")) if isinstance(one, dict) else "?" for one in people]
    signed = f"{len(ids)} of {draft['officers_needed']}"
    yield "signed", f"{signed}: {', '.join(ids)}" if ids else signed


def contents(
    values: Mapping[str, Value], withheld: set[str], lang: str
) -> list[tuple[str, object]]:
    """The content as the other side will read it."""
    said = {path: value for path, value in values.items() if not is_reserved(path)}
    packs = forms()
    form = packs.format(str(values.get("format", "-")))
    if form is None:
        return [(path, plain(value)) for path, value in said.items()]
    marks = dict.fromkeys(withheld, "mark.withheld")
    rendered = render(
        form, str(values.get("class", "-")), said, lang, marks=marks, terms=packs.terms
    )
    return [(f"{row.number} {row.label}".strip(), row.value) for row in rendered]


def not_told(draft: Json, withheld: set[str]) -> list[str]:
    """What the other side will not see: fields by their paths, and who signed."""
    hidden = sorted(path for path in withheld if not is_reserved(path))
    count, needed = len(draft["withheld"]) - len(hidden), int(draft["officers_needed"])
    hidden += ["who releases it"] if needed and count == needed else []
    return ["", f"Not shown to the other side: {', '.join(hidden)}."] if hidden else []


def plain(value: Value) -> str:
    """A value that no form describes: texts as they are, keys by their ends and length."""
    return shortened(value if isinstance(value, str) else show_json(value))


def entry_name(ref: Value, line: Json) -> str:
    """An entry as lists write it, where its log is known here."""
    if not isinstance(ref, list) or len(ref) != 2:
        return show_json(ref)
    for log in line["logs"]:
        if log["origin"] == ref[0]:
            return f"{log['party']}:{log['epoch']}.{ref[1]}"
    return f"{ref[0]}:{ref[1]}"
