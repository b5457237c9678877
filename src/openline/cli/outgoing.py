"""What every command that says something shares: draft it, have it signed, tell what came of it.

Shapes   Content and Signers are what the options gave; say(...) drafts, signs and reports
Units    times as RFC 3339 UTC text
Raises   what the node refuses
Source   docs/OPERATE.md, "Saying something"
Never    releases without an officer: without --officer the draft waits for `openline release`
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import update_wrapper
from pathlib import Path
from typing import Any, ClassVar

import click

from openline.cases.meeting import spoken
from openline.cli.client import Client, SocketClient, client
from openline.cli.face import Face, in_fives, pairs
from openline.cli.fields import BadField, in_language, lacks_language, read_fields
from openline.cli.files import FILE, NoSuchFile
from openline.cli.forms import forms
from openline.cli.local_times import MOMENT
from openline.cli.places import find
from openline.cli.refused import NodeRefused
from openline.errors import OpenlineError
from openline.formats.coded import in_line, worded
from openline.formats.form import Format
from openline.formats.meant import with_entries
from openline.formats.terms import ENGLISH

Json = dict[str, Any]
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


REFUSED = "exchange.draft-refused"
# Arguments of `draft` that decide what is wrong with it.
CHECKED = ("line", "format", "answer", "fields", "refs")
# Cautions that are about the line, whatever is said on it.
OF_LINE = frozenset({"line.limited", "line.not-accepted"})
# What a caution can be about besides an item.
OTHER_PLACES = {"class": "word.class", "refs": "word.about"}


class WhichLanguage(OpenlineError):
    """A text was given without its language, on a line that has several."""

    code: ClassVar[str] = "cli.which-language"
    remedy: ClassVar[str] = (
        "Write PATH@LANG=TEXT, or add --text-lang LANG (or set text_lang): it is signed with it."
    )


@dataclass(frozen=True, slots=True)
class Content:
    """What --field, --fields, --withhold, --tell, --expires and --attach gave."""

    fields: Sequence[str]
    fields_file: Path | None
    withhold: Sequence[str]
    tell: Sequence[str]
    expires: str | None
    text_lang: str | None
    attach: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Signers:
    """What --officer and --passphrase-file gave."""

    officers: Sequence[Path]
    passphrase_file: Path | None


def bundled(kind: type[Any], name: str, options: Sequence[Decorator]) -> Decorator:
    """A decorator that adds options and hands them over as one value."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **given: Any) -> Any:
            value = kind(**{part: given.pop(part) for part in kind.__slots__})
            return function(*args, **{name: value}, **given)

        decorated: Callable[..., Any] = update_wrapper(run, function)
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


content_options = bundled(
    Content,
    "content",
    [
        click.option(
            "--field",
            "fields",
            multiple=True,
            metavar="PATH=VALUE",
            help="One field; PATH@LANG=TEXT for a text, PATH:=JSON as it stands.",
        ),
        click.option("--fields", "fields_file", type=FILE, help="A JSON file of path to value."),
        click.option(
            "--withhold",
            multiple=True,
            metavar="PATH",
            help="Commit to it, do not show it yet.",
        ),
        click.option(
            "--tell", multiple=True, metavar="PATH", help="Show what its form withholds by itself."
        ),
        click.option(
            "--text-lang",
            metavar="CODE",
            help="The language of texts given as PATH=TEXT (default: the line's only one).",
        ),
        click.option(
            "--expires",
            type=MOMENT,
            metavar="TIME",
            help="Has no effect if sent after this time.",
        ),
        click.option(
            "--attach",
            multiple=True,
            metavar="ITEM=FILE",
            help="A file that the message names, at most 16 MiB sealed; sent apart from it.",
        ),
    ],
)
officer_options = bundled(
    Signers,
    "signers",
    [
        click.option(
            "--officer",
            "officers",
            multiple=True,
            type=FILE,
            help="An officer's file; signs at once.",
        ),
        click.option(
            "--passphrase-file",
            type=FILE,
            help="Holds the officer's passphrase (or OPENLINE_PASSPHRASE).",
        ),
    ],
)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a message is that replies to nothing by itself, as the command line names it."""

    line: str
    format_id: str
    answer: str
    refs: tuple[str, ...]


opening_options = bundled(
    Opening,
    "opening",
    [
        click.argument("line"),
        click.argument("format_id", metavar="FORMAT"),
        click.option(
            "--class", "answer", default="-", help="The class, where the form has classes."
        ),
        click.option(
            "--ref", "refs", multiple=True, metavar="ENTRY", help="An entry that this refers to."
        ),
    ],
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message before it is a draft; `said` are fields that the command itself fills."""

    line: str
    format: str
    answer: str
    refs: Sequence[list[Any]]
    said: Mapping[str, Any]

    def args(self, content: Content, lang: Callable[[Sequence[str]], str]) -> Json:
        """As the operation `draft` takes it; `lang` is asked only where a text needs it."""
        form = forms().format(self.format)
        fields = {**self.said, **read_fields(form, content.fields, content.fields_file)}
        unsaid = lacks_language(fields)
        if unsaid:
            fields = in_language(fields, lang(unsaid))
        args: Json = {
            "line": self.line,
            "format": self.format,
            "fields": fields,
            "answer": self.answer,
            "refs": list(self.refs),
            "withheld": withheld_of(form, fields, content),
        }
        return args if content.expires is None else {**args, "expires": content.expires}


def withheld_of(form: Format | None, fields: Mapping[str, Any], content: Content) -> list[str]:
    """The paths to withhold: what the form withholds by itself and what is named, less --tell."""
    by_form = list(form.withheld(fields)) if form else []
    named = dict.fromkeys([*by_form, *content.withhold])
    return [path for path in named if path not in content.tell]


def draft_message(
    client: Client, face: Face, message: Message, content: Content, *, is_look: bool = False
) -> Json:
    """A kept draft; what the form or an earlier message has against it is shown.

    Of looks that nobody signs and that say the same, the last one is kept.
    """

    def lang(paths: Sequence[str]) -> str:
        named = content.text_lang or face.settings.text("text_lang")
        return named or only_language(client.call("line_show", line=message.line), paths)

    files = attach(client, face, message, content.attach)
    message = replace(message, said={**message.said, **files})
    args = message.args(content, lang)
    form = forms().format(message.format)
    args["fields"] = with_entries(
        form, args["fields"], lambda name: find(client, name, message.line).ref
    )
    try:
        draft = client.call("draft", **args, **({"look": True} if is_look else {}))
    except OpenlineError as error:
        raise objected(client, face, args, error) from None
    for said in cautions(args, draft["warnings"], face.lang):
        face.warn(said)
    return draft


def cautions(args: Json, warnings: Sequence[Json], lang: str) -> list[str]:
    """What to know before anybody signs `args`; where one is about an item, that item first."""
    head = worded("word.caution", lang, "caution")
    return [f"{head}, {objection(args, odd, lang)}" for odd in warnings]


def objected(client: Client, face: Face, args: Json, error: OpenlineError) -> OpenlineError:
    """A refusal of what was to be said: for a person every fault on a line of its own first."""
    code = getattr(error, "refused_code", error.code)
    if code != REFUSED or face.is_json or forms().format(args["format"]) is None:
        return error
    try:
        flaws = client.call("draft_check", **{name: args[name] for name in CHECKED})["flaws"]
    except OpenlineError:
        return error
    if not flaws:
        return error
    for odd in flaws:
        face.warn(objection(args, odd, face.lang))
    words = forms().terms.label(f"refused.{REFUSED}", ENGLISH).text
    return NodeRefused(REFUSED, words, getattr(error, "refused_remedy", error.remedy))


def objection(args: Json, odd: Json, lang: str) -> str:
    """A fault or a caution: first what it is about, by path and label, then what is so."""
    kind = "flaw" if f"flaw.{odd['code']}" in forms().terms.known else "remark"
    said = in_line(kind, odd["code"], odd["sentence"], lang)
    if odd.get("meeting"):
        near = spoken(odd["meeting"], lambda term: str(forms().terms.label(term, lang)))
        said = f"{forms().terms.label('remark.' + odd['code'], lang)} {near}"
    return f"{subject(args, odd, lang)}: {said}"


def subject(args: Json, odd: Json, lang: str) -> str:
    """The item with its label; of a message as a whole its form, of the line the line."""
    form, terms = forms().format(args["format"]), forms().terms
    item = form.item(odd["path"]) if form is not None else None
    if item is not None:
        return f"{odd['path']} ({terms.label(item.term, lang)})"
    if odd["path"] in OTHER_PLACES:
        return f"{odd['path']} ({terms.label(OTHER_PLACES[odd['path']], lang)})"
    if odd["path"]:
        return str(odd["path"])
    if odd["code"] in OF_LINE or form is None:
        return str(terms.label("word.line", lang))
    return f"{form.id} ({terms.label(form.term, lang)})"


def attach(client: Client, face: Face, message: Message, given: Sequence[str]) -> Json:
    """The values of the items to which files are attached; what was taken from each is told."""
    form = forms().format(message.format)
    found: Json = {}
    for each in given:
        path, sign, name = each.partition("=")
        item = form.item(path) if form is not None else None
        if not sign or item is None or item.type != "attachment":
            raise BadField(f"--attach {each[:80]!r}: {path[:60]} is no item for a file; ITEM=FILE")
        if not Path(name).is_file():
            raise NoSuchFile(f"{name}: no such file")
        told = client.call("attach", line=message.line, file=str(Path(name).absolute()))
        unit = "bytes" if face.lang == ENGLISH else "B"
        face.say(f"{name}: {told['name']}, {told['bytes']} {unit}; {metadata(told, face.lang)}.")
        if item.repeatable:
            found.setdefault(path, []).append(told["value"])
        elif path in found:
            raise BadField(f"--attach {path}: takes one file")
        else:
            found[path] = told["value"]
    return found


def metadata(told: Json, lang: str) -> str:
    """What was taken from a file before it was sealed, or that nothing was."""
    if told["removed"]:
        out = f"{worded('word.metadata-out', lang, 'taken out')}: {', '.join(told['removed'])}"
        return f"{out}; your own file is as it was" if lang == ENGLISH else out
    if told["metadata"] == "no metadata found":
        return worded("word.metadata-none", lang, "no metadata found")
    return worded("word.metadata-left", lang, "METADATA NOT REMOVED: not a JPEG or PNG picture")


def only_language(line: Json, paths: Sequence[str]) -> str:
    """The language of a line that has one; of several none is taken for granted."""
    languages = line["languages"]
    if len(languages) != 1:
        raise WhichLanguage(f"{', '.join(paths)}: the line has {', '.join(languages)}")
    return str(languages[0])


def unsigned(client: Client, face: Face, draft: Json) -> list[str]:
    """All that an officer would sign: what changes, and the whole text."""
    from openline.cli.sheet import sheet

    line = shown_line(client, draft)
    return [*changed(client, face, draft), *sheet(draft, line, face.lang)]


def shown_line(client: Client, draft: Json) -> Json:
    """The line of a draft, with what the entries are that the draft names."""
    from openline.cli.sheet import entries_of

    line = client.call("line_show", line=draft["line"])
    refs = entries_of(draft)
    named = client.call("meant", line=draft["line"], refs=refs)["meant"] if refs else []
    return {**line, "meant": named}


def changed(client: Client, face: Face, draft: Json) -> list[str]:
    """What a new version says otherwise than the one that stands; nothing for any other draft."""
    from openline.cli.commands.show import case_of, matter_of
    from openline.cli.sheet import changes, replaced

    place = replaced(draft)
    if place is None:
        return []
    versions = matter_of(case_of(client, place), place).get("versions", [])
    stands = client.call("show", ref=versions[-1]["ref"] if versions else place)
    return changes(stands, draft, face.lang)


def release_draft(client: Client, face: Face, draft: Json, signers: Signers) -> Json:
    """Each officer signs in turn until the draft is released; a draft that is not stays here.

    What nobody signs now is shown whole all the same: somebody will be asked to.
    """
    from openline.cli.signing import ask_and_sign, unlock

    look = changed if signers.officers else unsigned
    try:
        for text in () if draft["released"] else look(client, face, draft):
            face.say(text)
        for path in signers.officers:
            if draft["released"]:
                break
            officer = unlock(face, path, signers.passphrase_file)
            line = shown_line(client, draft)
            assertion = ask_and_sign(face, draft, line, officer)
            draft = client.call("release", draft=draft["draft"], assertion=assertion)
    except OpenlineError:
        short = draft["draft"][:12]
        kept = worded("word.draft-kept", face.lang, "The draft is kept, unsent:")
        face.say(f"{kept} `openline release {short}`, `openline drop {short}`.")
        raise
    return draft


def say_opening(face: Face, opening: Opening, content: Content, signers: Signers) -> None:
    """Draft a message on its line, and release it with the officers who are at hand."""
    with client(face.home) as node:
        places = [find(node, ref, opening.line).ref for ref in opening.refs]
        message = Message(opening.line, opening.format_id, opening.answer, places, {})
        say(node, face, message, content, signers)


def say(client: Client, face: Face, message: Message, content: Content, signers: Signers) -> None:
    """Draft, let the officers at hand sign, and tell what came of it."""
    draft = draft_message(client, face, message, content, is_look=not signers.officers)
    report(client, face, release_draft(client, face, draft, signers))


def report(client: Client, face: Face, draft: Json) -> None:
    """What the officer sees after drafting or signing."""
    face.give("draft", draft, lambda: lines_of(draft, face.lang))
    if draft["released"] and not isinstance(client, SocketClient):
        english = "No node runs in this folder: the next `openline serve` delivers it."
        face.warn(worded("word.no-node-delivers", face.lang, english))


def lines_of(draft: Json, lang: str) -> list[str]:
    """A draft's state in words: sent, waiting for its place, or waiting for an officer."""

    def said(english: str, term: str, value: object) -> tuple[str, object]:
        return worded(term, lang, english), value

    state, name = worded("word.state", lang, "state"), said("draft", "life.draft", draft["draft"])
    if not draft["released"]:
        given, needed = draft["releases"], draft["officers_needed"]
        english = f"not sent: {given} of {needed} signed"
        waits = f"{worded('word.waits-for', lang, '')}: {worded('word.officer', lang, '')}"
        signed = f"{worded('word.signed', lang, '')} {given} / {needed}"
        return pairs(
            [
                name,
                (state, english if lang == ENGLISH else f"{waits} ({signed})"),
                said("digits", "word.digits", in_fives(draft["digits"])),
                said(
                    "next", "word.to-do", f"openline release {draft['draft'][:12]} --officer FILE"
                ),
            ]
        )
    if not draft.get("ref"):
        english = "released, waits for its number"
        return pairs([name, (state, worded("life.released", lang, english))])
    origin, index = draft["ref"]
    party = str(origin).partition("/")[0]
    english = "signed and numbered; receipts will follow"
    return pairs(
        [
            said("message", "word.message", f"{party}:{draft['number']}"),
            (state, worded("life.awaiting-receipt", lang, english)),
            said("ref", "word.log", f"{origin}:{index}"),
        ]
    )
