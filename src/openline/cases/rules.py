"""Who may do what to which message, and what is wrong with one entry.

Shapes   faults(entry, parent) -> codes that take its effect; SENTENCES says each code in words
Units    none
Raises   nothing
Source   docs/cases.md, "Irregularities" is generated from SENTENCES
Never    looks at another party's log order: what is allowed depends on the entry, on what it
         names and on its own log
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, Protocol

from openline.cases import phrases, shown
from openline.cases.entry import Entry, Ref
from openline.formats.form import NO_CLASS, Format, name_of
from openline.formats.openjson import Value


class Forms(Protocol):
    """Where the forms are found: formats.pack.Packs."""

    def format(self, format_id: str) -> Format | None: ...

    @property
    def formats(self) -> tuple[Format, ...]: ...


class Opening(NamedTuple):
    """One withheld field as a reveal opens it: whose, which, and what gives its hash."""

    of: Ref
    at: int
    salt: str
    path: str
    value: Value


# Acts belong to the matter that they name; every other family opens a matter of its own.
ACTING: Final = frozenset({"ladder", "closing", "reveal"})
# Formats by which an addressee answers what it was told (A4), besides those of family `answer`.
ANSWERING: Final = frozenset(
    {
        "core/answer",
        "core/guarantee",
        "core/told-elsewhere",
        "positions/demand-answer",
        "agreements/text-position",
    }
)
# Formats that only another party than the author can say about a message.
BY_OTHERS: Final = frozenset({"agreements/reservation", "agreements/contest"})
# Classes of a side that answer the one who opened; who states otherwise has answered as well.
ANSWERING_ACTS: Final = frozenset(
    {("contact", "accepted"), ("contact", "declined"), ("link-test", "answer")}
    | {("incident", "counter-account")}
    | {("inspection", each) for each in ("accepted", "granted", "new-time", "refused")}
)
# What others say against a message besides an answer to it, by format and class.
CONTRADICTING: Final = frozenset(
    {
        *((f"{pack}/incident", each) for pack in ("core", "humanitarian")
          for each in ("counter-account", "protest")),
        ("humanitarian/item-position", "reject"),
        ("positions/claim", "contested"),
        ("positions/denial", NO_CLASS),
        ("positions/fact-position", "denied"),
        ("agreements/contest", NO_CLASS),
        ("agreements/reservation", NO_CLASS),
    }
)  # fmt: skip
GUARANTEE: Final = "core/guarantee"
# What a guarantee shows to whomever it is given; without one of these it has no effect.
BOUNDS: Final = ("scope", "from", "until")
READBACK: Final = "core/readback"
REPLYING: Final = ("", "replies")
BESIDE: Final = ("replies", "follows", "quotes")

SENTENCES: Final[Mapping[str, str]] = {
    "addressee.not-a-member": "It is addressed to a party that is not a member of the line.",
    "agreement.differs": "It names another agreement than the message that it is about.",
    "amendment.names-no-version": "It changes an entry that is not a version of this message.",
    "amendment.not-author": "It changes a message of another party.",
    "amendment.other-format": "It changes or cancels a message of another format.",
    "answer.again": "This party had answered this version in another way; the later one counts.",
    "answer.not-addressed": "It answers a message that was not addressed to this party.",
    "answer.own-message": "It answers this party's own message.",
    "class.unknown": "Its class is not one of its format.",
    "closing.backdated": "It is said to have ended before it was closed; nobody could know then.",
    "closing.not-author": "It closes what another party said.",
    "entry.without-effect": "It was found to be without effect when it was opened.",
    "epoch.sibling": "This party has two logs with one epoch number on this line.",
    "format.unknown": "This node does not know its format.",
    "guarantee.another-place": "It names a place that the message that it answers does not name.",
    "guarantee.part-of-the-time": "It does not cover the whole time of what it answers.",
    "guarantee.incomplete": "A guarantee needs a scope, a beginning and a later end, all shown.",
    "ladder.own-message": "It acknowledges this party's own message.",
    "line.after-leaving": "It was written after this party had left the line.",
    "move.not-permitted": "What it says cannot follow what this party said before.",
    "party.not-a-member": "Its party is not a member of the line.",
    "phrase.unexpected": "This phrase is not one of those that answer the one before.",
    "readback.stated-correct": "It calls the readback correct, but what was read back differs.",
    "reference.missing": "Its format must name the entry that it is about.",
    "reference.not-foreseen": "Its format names no other entry.",
    "reference.own-future": "It refers to a later entry of its own party.",
    "reply.not-foreseen": "The message that it names is not answered by this format.",
    "reveal.false": "Salt, path and value do not give what was committed to for that field.",
    "reveal.not-author": "It reveals a field of another party's message.",
    "reveal.not-withheld": "It reveals a field that was not withheld.",
    "reveal.other-case": "It reveals a field of a message that is not part of this case.",
    "side.not-concerned": "This party has no side in it.",
    "text-position.other-version": "It names another version than the text that it refers to.",
    "text-position.unknown-article": "It names an article that the text does not have.",
    "topic.differs": "It names another topic than the message that it answers.",
}
# Codes that are remarks: the entry has its effect all the same.
REMARKS: Final = frozenset(
    {
        "addressee.not-a-member",
        "agreement.differs",
        "answer.again",
        "closing.backdated",
        "guarantee.another-place",
        "guarantee.part-of-the-time",
        "phrase.unexpected",
        "epoch.sibling",
        "line.after-leaving",
        "readback.stated-correct",
        "topic.differs",
    }
)


def sentence(code: str) -> str:
    """A code in words; codes that were found at opening come from other rooms."""
    return SENTENCES.get(code, f"Found when it was opened: {code}.")


def is_reveal(entry: Entry) -> bool:
    """Whether an entry opens fields that were withheld before."""
    return name_of(entry.format) == "core/reveal"


def parent_of(entry: Entry) -> Ref | None:
    """The entry that this one is about: refs[0], or what a reveal without refs reveals."""
    if entry.refs:
        return entry.refs[0]
    if is_reveal(entry):
        for opening in openings(entry):
            return opening.of
    return None


def openings(entry: Entry) -> Iterator[Opening]:
    """What a reveal reveals; an element of another shape reveals nothing."""
    value = entry.fields.get("fields")
    for each in value if isinstance(value, list) else []:
        match each:
            case [str(origin), int(index), int(at), str(salt), str(path), revealed]:
                yield Opening(Ref(origin, index), at, salt, path, revealed)


def addressees(entry: Entry, members: tuple[str, ...]) -> tuple[str, ...]:
    """Who is asked to act: those in `to`, else all other members that are not exempt."""
    return addressed(entry.party, entry.fields, members)


def addressed(party: str, fields: Mapping[str, Value], members: tuple[str, ...]) -> tuple[str, ...]:
    """The same of what a party is about to say."""
    named = shown.strings(fields, "to")
    exempt = () if named else shown.strings(fields, "exempt")
    return tuple(
        each
        for each in members
        if each != party and each not in exempt and (not named or each in named)
    )


def faults(
    entry: Entry, form: Format | None, parent: Entry | None, members: tuple[str, ...]
) -> Iterator[str]:
    """Codes of everything that keeps this entry from having its effect."""
    if not entry.effect:
        yield from entry.flaws or ("entry.without-effect",)
        return
    if entry.party not in members:
        yield "party.not-a-member"
    if form is None:
        yield "format.unknown"
        return
    if entry.answer not in ([name for name, _ in form.classes] or [NO_CLASS]):
        yield "class.unknown"
    if parent is None:
        if form.refs == "required" or form.predecessors:
            yield "reference.missing"
    elif form.refs == "none":
        yield "reference.not-foreseen"
    elif parent.party == entry.party and shown.written(parent) >= shown.written(entry):
        yield "reference.own-future"
    is_erased = entry.state == "erased"  # it was judged while its content was here
    if name_of(entry.format) == GUARANTEE and not (is_erased or is_complete(entry)):
        yield "guarantee.incomplete"


def never_withheld(format_id: str) -> tuple[str, ...]:
    """The items that a message of this format must show, or it would have no effect."""
    return BOUNDS if name_of(format_id) == GUARANTEE else ()


def is_complete(guarantee: Entry) -> bool:
    """Whether a guarantee says what for, from when and until when."""
    start = shown.time_s(guarantee.fields, "from")
    end = shown.time_s(guarantee.fields, "until")
    scope = shown.texts(guarantee.fields, "scope")
    return bool(scope) and start is not None and end is not None and start < end


def is_foreseen(form: Format, entry: Entry, parent: Entry, parent_form: Format | None) -> bool:
    """Whether the pack lets this format name that entry."""
    if name_of(parent.format) == name_of(entry.format):
        return True
    if parent_form is None:
        return form.family == "ladder"
    if form.predecessors and parent.format not in form.predecessors:
        return False
    strict = form.family in ACTING or form.family == "answer"
    if not strict and shown.string(entry.fields, "relation") not in REPLYING:
        return True
    return form.id in parent_form.replies


def stands_beside(form: Format, relation: str) -> bool:
    """Whether a message that names an own one of the same form stands beside it; else, where only
    its author moves the matter, it is the next version."""
    return form.id in form.replies and relation in BESIDE


def is_answering(form: Format | None, name: str) -> bool:
    """Whether a format answers what it names: by its family, or as one of those listed above."""
    return name in ANSWERING or (form is not None and form.family == "answer")


def answering_fault(
    form: Format, entry: Entry, parent: Entry, members: tuple[str, ...]
) -> str | None:
    """Why this party may not answer that message, or None."""
    name = name_of(entry.format)
    answers = is_answering(form, name)
    if not answers and name not in BY_OTHERS:
        return None
    if entry.party == parent.party:
        is_version = name == name_of(parent.format)
        return None if is_version or name == "core/told-elsewhere" else "answer.own-message"
    if answers and entry.party not in addressees(parent, members):
        return "answer.not-addressed"
    return None


def reply_fault(form: Format, entry: Entry, parent: Entry, members: tuple[str, ...]) -> str | None:
    """Why this party may not say this of that message, whatever it says; None where it may."""
    if form.family == "ladder" and entry.party == parent.party:
        return "ladder.own-message"
    return answering_fault(form, entry, parent, members)


def is_change(form: Format, entry: Entry, parent: Entry) -> bool:
    """Whether this entry says that it changes or cancels a message of another format."""
    if form.family in ACTING or name_of(entry.format) == name_of(parent.format):
        return False
    return shown.string(entry.fields, "relation") in ("amends", "corrects", "cancels")


def position_fault(entry: Entry, parent: Entry) -> str | None:
    """Why a position does not stand on the text that it names, or None."""
    if name_of(entry.format) != "agreements/text-position":
        return None
    if name_of(parent.format) != "agreements/text":
        return None
    version, articles = (parent.fields.get(path) for path in ("version", "articles"))
    if version is not None and version != entry.fields.get("version"):
        return "text-position.other-version"
    if isinstance(articles, list) and entry.fields.get("article") not in articles:
        return "text-position.unknown-article"
    return None


def remarks(entry: Entry, parent: Entry | None, members: tuple[str, ...]) -> Iterator[str]:
    """Codes of what a reader should notice although the entry has its effect."""
    if any(party not in members for party in shown.strings(entry.fields, "to")):
        yield "addressee.not-a-member"
    if parent is None:
        return
    path = "topic" if name_of(entry.format) == "positions/demand-answer" else "agreement"
    mine, theirs = (shown.string(each.fields, path) for each in (entry, parent))
    if mine and theirs and mine != theirs:
        yield f"{path}.differs"
    name = name_of(entry.format)
    if name == phrases.PHRASE == name_of(parent.format) and entry.party != parent.party:
        if not phrases.is_expected(parent.answer, entry.answer):
            yield "phrase.unexpected"
    elif name == "core/close":
        ended_s = shown.time_s(entry.fields, "at_time")
        if entry.answer == "discontinued" and ended_s is not None and ended_s < entry.time_s:
            yield "closing.backdated"
    elif name == GUARANTEE and name_of(parent.format) != GUARANTEE:
        yield from _beyond(entry, parent)


def _beyond(guarantee: Entry, told: Entry) -> Iterator[str]:
    """Where a guarantee and what it answers do not speak of the same place and time.

    What a notice withholds cannot be compared: then nothing is said.
    """
    for path in ("place", "area"):
        given, asked = guarantee.fields.get(path), told.fields.get(path)
        if given is not None and given != asked and (asked is not None or not told.withheld):
            yield "guarantee.another-place"
            break
    start, end = (shown.time_s(guarantee.fields, path) for path in ("from", "until"))
    begins, ends = (shown.time_s(told.fields, path) for path in ("from", "until"))
    is_late = start is not None and begins is not None and start > begins
    is_short = end is not None and ends is not None and end < ends
    if is_late or is_short:
        yield "guarantee.part-of-the-time"


def contradicts(entry: Entry) -> bool:
    """Whether an entry speaks against the message that it names."""
    return (name_of(entry.format), entry.answer) in CONTRADICTING


def is_answer(form: Format | None, entry: Entry, parent: Entry) -> bool:
    """Whether this matter counts as an answer (A4) to the message that it names."""
    return is_answering(form, name_of(entry.format)) and entry.party != parent.party
