"""Records made of many parts: agreed, or answered, only where their weakest part is.

Shapes   composed(case, matter) -> Composed with a state per part and party, or None
Units    versions count from 1
Raises   nothing
Source   docs/cases.md, "Composed records"; a corridor agreed "in principle" had no route that was
         clear of mines (domain: corridor checklists, exchange of lists, texts article by article)
Never    takes acceptance of one version for acceptance of what changed in the next
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from openline.cases import shown
from openline.cases.case import Case, Matter
from openline.cases.moves import CANCELLED, WITHOUT_EFFECT
from openline.formats.form import GROUP, Format
from openline.formats.openjson import Value

# The weakest first: the whole is never better than the first of these that any part has.
STRENGTH: Final = (
    "rejected", "empty", "not-shown", "silent", "stale", "reserved", "under-study", "answered",
    "accepted",
)  # fmt: skip
ACCEPTED: Final = STRENGTH[-1]
REJECTED: Final = STRENGTH[0]
# A part of which nothing is left to say.
AGREED: Final = frozenset({"accepted", "answered"})
# What a party's word about a part makes of it.
_WORDS: Final = {
    "accept": "accepted",
    "reject": "rejected",
    "amend": "reserved",
    "reserve": "reserved",
    "under-study": "under-study",
}
POSITION: Final = "humanitarian/item-position"
_TEXT: Final = "agreements/text"
_TEXT_POSITION: Final = "agreements/text-position"
_LIST: Final = "humanitarian/person-list"
LIST_REPLY: Final = "humanitarian/person-reply"
# A position on items of a checklist, the version that it is about, the items that it names.
_Position = tuple[Matter, int, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a record: what each party concerned has said of it as it stands now."""

    path: str
    parties: tuple[tuple[str, str], ...]

    @property
    def state(self) -> str:
        """The weakest word of any party."""
        return weakest(word for _, word in self.parties)


@dataclass(frozen=True, slots=True)
class Composed:
    """A record with its parts; `state` is that of the weakest.

    `items` are the parts as they are counted: of a checklist the items that its form numbers, each
    as good as the weakest value below it; of every other record its parts.
    """

    parts: tuple[Part, ...]
    items: tuple[Part, ...]

    @property
    def state(self) -> str:
        return weakest(part.state for part in self.parts)

    @property
    def accepted(self) -> int:
        """How many of its items every party concerned has accepted."""
        return sum(item.state == ACCEPTED for item in self.items)


def weakest(words: Iterator[str]) -> str:
    """The first of STRENGTH among words; nothing said at all is silence."""
    return min(words, key=STRENGTH.index, default="silent")


def composed(case: Case, matter: Matter) -> Composed | None:
    """The parts of a record that has any; None for every other matter."""
    form = matter.form
    if form is None or matter.state == WITHOUT_EFFECT:
        return None
    if form.checklist:
        leaves = tuple(_checklist(case, matter, form))
        return Composed(leaves, tuple(_by_item(form, leaves)))
    if matter.name == _TEXT:
        articles = shown.strings(matter.current.entry.fields, "articles")
        parts = tuple(_by_word(case, matter, _TEXT_POSITION, "article", articles))
        return Composed(parts, parts)
    if matter.name == _LIST:
        parts = tuple(_list(case, matter))
        return Composed(parts, parts)
    return None


def positions(case: Case, matter: Matter) -> Iterator[tuple[Matter, int]]:
    """What others said about items of a checklist, with the version that each names."""
    if matter.form is not None and matter.form.checklist:
        yield from _said(case, matter, POSITION)


def _said(case: Case, matter: Matter, name: str) -> Iterator[tuple[Matter, int]]:
    """What others said about this record in one format, each party's in its own order."""
    for other in case.matters:
        if other.name != name or other.of is None or other.author == matter.author:
            continue
        version = matter.version_of(other.of)
        if version and other.state not in (WITHOUT_EFFECT, CANCELLED):
            yield other, version


# ---- checklists: every item by each party ---------------------------------------------------


def _checklist(case: Case, matter: Matter, form: Format) -> Iterator[Part]:
    """What every other member says of each leaf: a corridor is not agreed by its addressees."""
    others = [party for party in case.members if party != matter.author]
    said: dict[str, list[_Position]] = {party: [] for party in others}
    for other, version in _said(case, matter, POSITION):
        named = frozenset(shown.strings(other.current.entry.fields, "items"))
        said.setdefault(other.author, []).append((other, version, named))
    for path in _leaves(matter, form):
        if path not in matter.current.entry.fields:
            hidden = shown.withheld_count(matter.current.entry)
            word = "not-shown" if hidden else "empty"
            yield Part(path, tuple((party, word) for party in others))
            continue
        yield Part(path, tuple((party, _position(matter, path, said[party])) for party in others))


def _leaves(matter: Matter, form: Format) -> Iterator[str]:
    """Every item that is filled in, and every one of the form's own that is not, withheld or not
    given: a record is not complete without it."""
    fields = matter.current.entry.fields
    own = {item.path for item in form.items}
    for path in fields:
        if path.partition(".")[0] in own:
            yield path
    for item in form.items:
        if item.path not in fields and not (item.type == GROUP and item.rows(fields)):
            yield item.path


def _by_item(form: Format, leaves: tuple[Part, ...]) -> Iterator[Part]:
    """The leaves as items of the form, in its order: of each party its weakest word."""
    for item in form.items:
        below = [part for part in leaves if part.path.partition(".")[0] == item.path]
        words: dict[str, list[str]] = {}
        for party, word in (pair for part in below for pair in part.parties):
            words.setdefault(party, []).append(word)
        yield Part(item.path, tuple((party, weakest(iter(said))) for party, said in words.items()))


def is_named(path: str, named: Collection[str]) -> bool:
    """Whether a leaf, or an item above it, is among those that somebody names, however many."""
    while path and path not in named:
        path = path.rpartition(".")[0]
    return bool(path)


def _position(matter: Matter, path: str, said: list[_Position]) -> str:
    """The last word of one party about a leaf, if it still is what that word was about."""
    word = "silent"
    for other, version, named in said:
        if is_named(path, named):
            told = _WORDS.get(other.current.entry.answer, "silent")
            word = _still(matter, path, version, told)
    return word


def _still(matter: Matter, path: str, version: int, word: str) -> str:
    """A word about an earlier version holds for a leaf that did not change since."""
    then = matter.versions[version - 1].entry.fields
    if version == matter.current.number or then.get(path) == matter.current.entry.fields.get(path):
        return word
    return "stale"


# ---- texts by article, lists by row ---------------------------------------------------------


def _by_word(
    case: Case, matter: Matter, name: str, path: str, parts: tuple[str, ...]
) -> Iterator[Part]:
    """Parts that are named by a word of the position: an article of a text."""
    said = list(_said(case, matter, name))
    for part in parts:
        words = dict.fromkeys(matter.current.addressees, "silent")
        for other, version in said:
            entry = other.current.entry
            if other.author in words and shown.string(entry.fields, path) == part:
                is_current = version == matter.current.number
                told = _WORDS.get(entry.answer, "silent")
                words[other.author] = told if is_current else "stale"
        yield Part(part, tuple(words.items()))


def _list(case: Case, matter: Matter) -> Iterator[Part]:
    """Rows of a list, each with the reply of every party that was asked."""
    said = list(_said(case, matter, LIST_REPLY))
    for line, row in rows_of(matter.current.entry.fields, "person"):
        words = dict.fromkeys(matter.current.addressees, "silent")
        for other, version in said:
            if other.author not in words:
                continue
            for named, _ in rows_of(other.current.entry.fields, "reply"):
                if named == line:
                    then = dict(rows_of(matter.versions[version - 1].entry.fields, "person"))
                    words[other.author] = "answered" if then.get(line) == row else "stale"
        yield Part(line, tuple(words.items()))


def rows_of(fields: Mapping[str, Value], group: str) -> Iterator[tuple[str, dict[str, Value]]]:
    """The rows of a group by what their item `row` says, in the order of the rows."""
    found: dict[int, dict[str, Value]] = {}
    for path, value in fields.items():
        head, _, rest = path.partition(".")
        number, _, leaf = rest.partition(".")
        if head == group and number.isdecimal() and number.isascii() and leaf:
            found.setdefault(int(number), {})[leaf] = value
    for _, row in sorted(found.items()):
        line = row.get("row")
        if isinstance(line, str):
            yield line, row
