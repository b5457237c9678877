"""The keys of a pack file as they are typed, and what each means: reader and page share them.

Shapes   PACK, FORMAT, ITEM, TIMER, RULE: Keys(key -> its meaning in the order of the page, those
         that are required); meant(key, known) -> what an unknown key may be meant for, in words
Units    none
Raises   nothing
Source   docs/formats.md, "How to read a format", whose tables are made of these
Never    holds a key that the reader does not take: pack_file.py takes these and no other
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one part of a pack file."""

    meanings: Mapping[str, str]
    required: frozenset[str]


PACK: Final = Keys(
    {
        "openline_pack": "1, the spelling of this file",
        "id": "the name of the pack; every format of it begins with it and `/`",
        "version": "a number; the file is called `NAME-VERSION.toml`",
        "basis": "agreement, article and paragraph on which the forms rest",
        "words": "the SHA-256 of the English words of a pack of one's own",
        "common": "items that every format of the pack may have, none of them required",
        "format": "the formats, each under `[[format]]`",
        "parameters": "timers that each party may set for itself",
        "historic": "true where the agreement behind it is no longer in force",
    },
    frozenset({"openline_pack", "id", "version", "basis", "format"}),
)
FORMAT: Final = Keys(
    {
        "id": "`NAME/FORM@NUMBER`",
        "term": "the term of its label in the dictionary or in the words of the pack",
        "family": "what the fold does with it: notice, ladder, answer, question, closing, reveal,"
        " line, relay, contact, incident, statement, position, text, agreement, obligation",
        "basis": "article and paragraph of this form",
        "items": "its numbered items; see below",
        "classes": 'pairs of class and term, `[["full", "NAME.full"]]`: the leaf-field `class` is'
        " exactly one of them, or `-` where there are none",
        "refs": "whether `refs[0]` must name an entry: none, optional (else taken), required",
        "predecessors": "the only formats that `refs[0]` may name, where it names one; the form"
        " *follows* them",
        "replies": "the formats whose `refs[0]` may name an entry of this one with the relation"
        " `replies` (also meant when no relation is given), so that it is *answered by* them; every"
        " format may amend, cancel or supplement itself",
        "needs": "pairs of class and path: an item that this class must have",
        "excludes": "pairs of class and path: an item that this class must not have",
        "timers": "rules of time; see Timers",
        "officers": "how many must release it, unless the charter asks for more",
        "machine": "sent by the node without an officer (no message of these packs is)",
        "visible": "its releases are never withheld",
        "batch": "may be released in a batch, if the charter lists it",
        "safety": "taken on a suspended line too",
        "rules": "what several values must be together: a position in its footprint, segments that"
        " touch, times that go on; what breaks one is said at drafting and to the reader, and never"
        " takes a message's effect",
        "checklist": "agreed only when every item is given and each member has accepted it, on the"
        " version that counts",
    },
    frozenset({"id", "term", "family", "basis", "items"}),
)
ITEM: Final = Keys(
    {
        "number": "its number on the form, once in its group",
        "path": "the name of its field, as `--field` takes it",
        "term": "the term of its label",
        "type": "see Types",
        "required": "a message without it is not released",
        "repeatable": "holds a list of values of its type; of a group, rows",
        "withheld": "not shown to the peers unless its author decides otherwise",
        "unit": "of a whole number: a term `unit.UNIT` of the dictionary",
        "codes": "of the type code: pairs of code and term",
        "vocabulary": "where a string takes its words from",
        "items": "of the type group: the items below it",
    },
    frozenset({"number", "path", "term", "type"}),
)
TIMER: Final = Keys(
    {
        "kind": "lead, lag, acknowledge ...: the table of kinds below",
        "name": "the charter's timer that holds the seconds",
        "item": "the item from or to which it counts",
        "on_expiry": "record (else taken), escalate, lapsed, deemed-accepted",
        "warn": "seconds before it is due, largest first",
        "clock": "utc (else taken) or local",
        "days": "MM-DD, weekdays or HH:MM",
    },
    frozenset({"kind", "name"}),
)
RULE: Final = Keys(
    {
        "kind": "what is compared",
        "paths": "the items",
        "most": "the largest number that may be",
        "least": "the smallest",
        "advised": "the number above or below which it is cautioned",
        "stops": "what breaks it is not released",
    },
    frozenset({"kind", "paths"}),
)
# What people call a key that has another name, from the words of the page and of other forms.
CALLED: Final[Mapping[str, str]] = {
    "class": "classes",
    "reference": "refs",
    "references": "refs",
    "ref": "refs",
    "refers_to": "refs",
    "follows": "predecessors",
    "predecessor": "predecessors",
    "answered_by": "replies",
    "answers": "replies",
    "label": "term",
    "title": "term",
    "text": "term",
    "code": "codes",
    "officer": "officers",
    "forms": "format",
    "formats": "format",
}
WORDS_APART: Final = "; words belong to the dictionary of terms"


def meant(key: str, known: Collection[str]) -> str:
    """Which key it may be, else all that there are."""
    called = CALLED.get(key.replace("-", "_"), "")
    near = [called] if called in known else get_close_matches(key, known, n=1)
    if not near:
        return f"the keys are {', '.join(known)}"
    apart = WORDS_APART if called == "term" else ""
    return f"did you mean {near[0]}?{apart}"
