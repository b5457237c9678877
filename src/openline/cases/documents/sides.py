"""What each party says of one matter: accounts of an incident, positions on items of a checklist.

Shapes   each takes Speakers and a matter of a case view, and gives a Section, or None where nobody
         said anything
Units    times in views are RFC 3339 UTC text
Raises   nothing
Source   docs/cases.md, "Views"; G5 of docs/usability/2026-11-28-terminal.md: what contradicts the
         sender stood two pages away from what it contradicts
Never    merges what two parties said, nor leaves out who said it and why
"""

from collections.abc import Iterator, Sequence
from typing import Final

from openline.cases.documents import parts
from openline.cases.documents.parts import Row, Speakers
from openline.formats.document.model import Section, Table, Words
from openline.formats.document.speaker import each, term

_REJECTS: Final = "reject"
# So many items of one position are named; its own page has them all.
NAMED_MAX: Final = 64


def said_of(of: Speakers, matter: Row, *, level: int = 1) -> Iterator[Section]:
    """Everything that parties say of a matter beside it: accounts, then positions."""
    for found in (accounts(of, matter, level), positions(of, matter, level)):
        if found is not None:
            yield found


def newest(matter: Row, rows_max: int, letters_max: int) -> tuple[Row, int]:
    """The matter with no more than so many rows and letters of what each party says of it, the
    newest of them and one at least; and how many are left out."""
    left = 0
    kept_sides = []
    for side in matter["sides"]:
        acts = _newest(side["acts"], rows_max, letters_max)
        left += len(side["acts"]) - len(acts)
        kept_sides.append({**side, "acts": acts})
    positions: list[Row] = []
    for party in dict.fromkeys(row["party"] for row in matter["positions"]):
        own = [row for row in matter["positions"] if row["party"] == party]
        kept = _newest(own, rows_max, letters_max)
        left += len(own) - len(kept)
        positions += kept
    return {**matter, "sides": kept_sides, "positions": positions}, left


def _newest(rows: Sequence[Row], rows_max: int, letters_max: int) -> list[Row]:
    """The last of these rows, in their order: one at least."""
    kept: list[Row] = []
    letters = 0
    for row in reversed(rows[-rows_max:]):
        letters += len(str(row["text"]))
        if kept and letters > letters_max:
            break
        kept.append(row)
    return kept[::-1]


def accounts(of: Speakers, matter: Row, level: int = 1) -> Section | None:
    """Every act of every side, each in its own party's order; None while only one has spoken."""
    if len(matter["sides"]) < 2:
        return None
    form = parts.form_of(matter)
    heads = ("word.party", "word.class", "word.number", "word.sent", "word.content")
    body = [
        (
            parts.party(of, side["party"]),
            parts.said_class(of, {**act, "format": form}),
            parts.code(f"{side['party']}:{act['number']}"),
            (of[0].stamp(act["time"]),),
            parts.text_of(act["text"]),
        )
        for side in matter["sides"]
        for act in side["acts"]
    ]
    table = Table((), tuple(term(of, head) for head in heads), tuple(body))
    return Section(term(of, "word.accounts"), tables=(table,), level=level)


def positions(of: Speakers, matter: Row, level: int = 1) -> Section | None:
    """Who accepts and who rejects which items of which version, and why."""
    if not matter["positions"]:
        return None
    heads = (
        "word.party", "word.class", "item.items-meant", "head.answers-version", "word.number",
        "word.sent", "word.content",
    )  # fmt: skip
    body = [
        (
            parts.party(of, row["party"]),
            _position(of, row),
            _items(of, matter, row["items"]),
            parts.code(f"{row['version']} / {len(matter['versions'])}"),
            parts.code(f"{row['party']}:{row['number']}"),
            (of[0].stamp(row["time"]),),
            parts.text_of(row["text"]),
        )
        for row in matter["positions"]
    ]
    table = Table((), tuple(term(of, head) for head in heads), tuple(body))
    return Section(term(of, "format.item-position"), tables=(table,), level=level)


def _position(of: Speakers, row: Row) -> Words:
    """The class of a position; a rejection has to be seen."""
    words = parts.said_class(of, row)
    return parts.alarm(words) if row["class"] == _REJECTS else words


def _items(of: Speakers, matter: Row, paths: Sequence[str]) -> Words:
    """The items that a position names; of more than any form has, how many more."""
    lines = tuple(line for path in paths[:NAMED_MAX] for line in _named(of, matter, path))
    more = len(paths) - NAMED_MAX
    return (*lines, *(parts.code(f"+ {more}") if more > 0 else ()))


def _named(of: Speakers, matter: Row, path: str) -> Words:
    """An item by its number and label on the form of what it is an item of."""
    return each(of, lambda speaker: speaker.item(parts.form_of(matter), path))
