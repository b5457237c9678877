"""Registers as a document: tables with their words in the reader's language.

Shapes   register(line, registers, names, title, speakers, made) -> Document; `registers` is the
         operation of that name, `line` what `line_show` gives
Units    times in views are RFC 3339 UTC text; durations are said in words
Raises   nothing: a register without a sheet of its own is shown with all that it has
Source   docs/OPERATE.md, "Registers"; docs/cases.md
Never    leaves out a row, or adds up what two parties claim
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from openline.cases.documents import parts
from openline.cases.documents.parts import Row, Speakers
from openline.cases.documents.sheets import SHEETS, Sheet, heading
from openline.formats.document.model import Document, Section, Span, Table, Words
from openline.formats.document.speaker import Speaker, each, term

# Names of logs, which a number stands for; and the part of a value that says most about it.
LONG: Final = ("case", "ref", "refs")
TELLING: Final = ("class", "result", "echelons", "at_time", "time", "last_test", "deemed")
# Where the words of a column come from: the first dictionary that has the code.
_WORDS: Final = {
    "state": ("life", "due", "class", "line"),
    "stands": ("guarantee",),
    "status": ("line", "class"),
    "result": ("class",),
    "level": ("level",),
    "outcome": ("class", "life"),
    "family": ("family",),
    "kind": ("timer",),
    "next": ("timer",),
    "basis": ("basis",),
    "rule": ("rule",),
    "on_expiry": ("expiry",),
    "code": ("remark", "flaw"),
    "weakest": ("life", "class"),
    "confidence": ("code.confidence-", "code."),
    "action": ("code",),
}
# Columns that list items of a form.
_ITEMS: Final = frozenset({"empty", "not_accepted"})
# Forms whose classes are the stages that a register shows as the state.
_STAGED: Final = ("agreements/inspection@1", "positions/warning@1")
_PARTIES: Final = frozenset(
    {"party", "by", "to", "inspecting", "inspected", "held_by", "claimed_by", "contested_by"}
    | {"accepted_by", "suspended_by", "filled_by"}
)
WATCH: Final = ("line", "roster", "flash", "next", "due", "late")


def register(
    line: Row,
    registers: Row,
    names: Sequence[str],
    title: Words,
    of: Speakers,
    made: tuple[int, str],
) -> Document:
    """These registers of one line, each under its own title."""
    sections = [
        Section(_name(of, name), tables=tuple(tables(name, registers[name], of))) for name in names
    ]
    head = (
        parts.fact(of, "word.line", lambda s: parts.text_of(line["title"])),
        parts.fact(of, "item.level", lambda s: (s.known(f"level.{line['level']}", line["level"]),)),
        parts.fact(
            of, "word.member", lambda s: tuple(s.party(m["party"]) for m in line["members"])
        ),
        *parts.facts(of, [("word.line-id", line["line"])]),
    )
    number = f"{line['line'][:12]}-{'-'.join(names) if len(names) == 1 else 'watch'}"
    return parts.document(of, line["status"], title, number, (head, tuple(sections)), made)


def _name(of: Speakers, name: str) -> Words:
    """What a register is called."""
    known = f"register.{name.replace('_', '-')}"
    return each(of, lambda s: s.known(known, name))


def tables(name: str, value: Any, of: Speakers) -> Iterator[Table]:
    """A register as tables."""
    if name == "matrix":
        yield _matrix(value, of)
    elif name in SHEETS:
        for sheet in SHEETS[name]:
            named = is_named(name)
            yield _sheet(sheet, value, of, term(of, f"sheet.{sheet.title}") if named else ())
    elif isinstance(value, list):
        yield _plain((), value, of)
    else:
        rest = {key: each_ for key, each_ in value.items() if not isinstance(each_, list)}
        if rest:
            yield _plain((), [rest], of)
        for key, rows in value.items():
            if isinstance(rows, list):
                yield _plain(_head(key, of), rows, of)


def is_named(name: str) -> bool:
    """Whether the tables of a register have titles: a single one has the name of the register,
    but what nobody told on the line says so above its rows."""
    return len(SHEETS[name]) > 1 or name == "public"


def _none(of: Speakers) -> Words:
    return term(of, "word.none")


def _head(key: str, of: Speakers) -> Words:
    return each(of, lambda s: s.known(heading(key), key.replace("_", " ")))


def _sheet(sheet: Sheet, value: Any, of: Speakers, title: Words) -> Table:
    heads = [column.partition("=")[0] for column in sheet.columns]
    paths = [column.partition("=")[2] or column for column in sheet.columns]
    rows = [
        tuple(cell(path, _at(row, path), of, parts.form_of(row)) for path in paths)
        for row in walk(value, sheet.walk, {})
    ]
    return Table(title, tuple(_head(head, of) for head in heads), tuple(rows), _none(of))


def _matrix(value: Row, of: Speakers) -> Table:
    """Facts down, offices across."""
    heads = (_head("fact", of), *(parts.code(str(office)) for office in value["offices"]))
    rows = [
        (parts.code(str(row["fact"])), *(cell("class", said, of) for said in row["says"]))
        for row in value["rows"]
    ]
    return Table((), heads, tuple(rows), _none(of))


def _plain(title: Words, rows: list[Any], of: Speakers) -> Table:
    """Rows with every column that they have; where a number is, the log's name is left out."""
    if not all(isinstance(row, dict) for row in rows):
        body = [(cell("", row, of),) for row in rows]
        return Table(title, ((),), tuple(body), _none(of))
    keys = dict.fromkeys(key for row in rows for key in row)
    columns = [key for key in keys if key not in (LONG if "number" in keys else ())]
    body_ = [tuple(cell(key, row.get(key, ""), of) for key in columns) for row in rows]
    return Table(title, tuple(_head(key, of) for key in columns), tuple(body_), _none(of))


def walk(value: Any, path: tuple[str, ...], above: Row) -> Iterator[Row]:
    """The rows at the end of a path of lists; a row knows what the rows above it say."""
    if not path:
        for row in value if isinstance(value, list) else []:
            yield {**above, **row}
        return
    first, *rest = path
    inner = value.get(first, []) if isinstance(value, dict) else []
    if rest and isinstance(inner, dict):
        inner = [inner]
    if not rest:
        yield from walk(inner, (), above)
        return
    for row in inner:
        plain = {key: each_ for key, each_ in row.items() if not isinstance(each_, list)}
        yield from walk(row, tuple(rest), {**above, **plain})


def _at(row: Row, path: str) -> Any:
    value: Any = row
    for part in path.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    return value


def cell(path: str, value: Any, of: Speakers, format_id: str = "") -> Words:
    """One value in every language; of what has parts the one that says most, of rows how many.

    `format_id` is the format of what the row tells of.
    """
    name = path.rpartition(".")[2]
    if name.endswith("_s") and isinstance(value, int):
        return parts.lasting_words(of, value) if value else parts.NOT_YET
    if isinstance(value, bool):
        return term(of, "word.yes" if value else "word.no")
    if isinstance(value, dict):
        return _table_cell(value, of)
    if isinstance(value, list):
        return _listed(name, value, of, format_id) or parts.NOT_YET
    if value in ("", None):
        return parts.NOT_YET
    return each(of, lambda s: _said(s, name, str(value), format_id))


def _said(speaker: Speaker, name: str, value: str, format_id: str) -> tuple[Span, ...]:
    """A code in the reader's words, a party as this node calls it, a time with the local one."""
    if name in _ITEMS:
        return speaker.item(format_id, value)
    if name == "class":
        return speaker.said(format_id, value)
    told = speaker.forms(value) if name == "format" else None
    if told is not None:
        return speaker.say(told.term)
    for form_id in _STAGED if name == "state" else ():
        form = speaker.forms(form_id)
        staged = form.class_term(value) if form is not None else None
        if staged is not None and f"life.{value}" not in speaker.terms.known:
            return speaker.say(staged)
    for category in _WORDS.get(name, ()):
        known = f"{category}{value}" if category[-1] in ".-" else f"{category}.{value}"
        if known in speaker.terms.known:
            return speaker.say(known)
    if name in _PARTIES:
        return speaker.party(value)
    return speaker.stamp(value)


def _table_cell(value: Row, of: Speakers) -> Words:
    found = [(key, value[key]) for key in TELLING if key in value]
    if found:
        return cell(*found[0], of)
    if value and all(isinstance(number, int) for number in value.values()):
        return parts.code(", ".join(f"{key} {number}" for key, number in value.items()))
    return parts.NOT_YET


def _listed(name: str, value: list[Any], of: Speakers, format_id: str) -> Words:
    if value and all(isinstance(one, dict) and {"lang", "text"} <= one.keys() for one in value):
        return parts.text_of(value)
    if value and all(isinstance(one, dict) and "party" in one for one in value):
        named = dict.fromkeys(str(one["party"]) for one in value)
        return tuple(line for party in named for line in parts.party(of, party))
    if value and all(isinstance(one, list) and len(one) == 2 for one in value):
        return parts.code("; ".join(f"{one[0]} {one[1]}" for one in value))
    if any(isinstance(one, dict | list) for one in value):
        return parts.code(str(len(value)))
    return tuple(line for one in value for line in cell(name, one, of, format_id))
