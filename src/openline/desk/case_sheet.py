"""One case for the page of a browser: what its document says, with the entry behind each mark.

Shapes   case_sheet(desk, place, lang, page) -> what case.html shows; called on the lane
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry
Source   docs/cases.md, "Views"; docs/decisions/0033-one-document.md, 0089
Never    judges what a rung, a version or a closing means: cases/documents does, for every reader
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import pairwise
from typing import Final, TypeVar

from openline.cases.documents import parts, sides, versions
from openline.cases.documents.differing import differences
from openline.cases.documents.irregular import irregular
from openline.cases.documents.message import content, stands, title
from openline.cases.documents.parts import Row, Speakers
from openline.cases.entry import Entry, Ref
from openline.desk.acts import Desk, Json
from openline.desk.addressing import class_of
from openline.desk.documents import case_view_of, entry_of
from openline.desk.portions import ROW, Part, Portion, portions, weight_of
from openline.exchange.folding import entries, reading
from openline.exchange.station import Station
from openline.formats.document.model import ALARM, Section, Span, Table, Words
from openline.formats.document.speaker import each, speakers
from openline.formats.form import Format

T = TypeVar("T")


def case_sheet(desk: Desk, place: Ref, lang: str, page: int = 1) -> Json:
    """The case that an entry belongs to, in one language; of a long one the page that is asked."""
    station = desk.station
    log = station.log(place.origin)
    state = reading.state(station, log.line_id) if log is not None else None
    case = state.case(place) if state is not None else None
    if log is None or state is None or case is None:
        raise entries.NoSuchEntry(f"{place.origin} entry {place.index} belongs to no case here")
    view = case_view_of(station, log.line_id, place)
    told = Told(desk, {f"{one.party}:{state.number(one)}": one for one in case.entries})
    of = speakers(station.packs.terms, [lang], UTC, station.names, station.packs.format)
    matters = [Shown(n, each, columns(each, told)) for n, each in enumerate(view["matters"])]
    pages = portions(parts_of(view, matters, told))
    page = min(max(1, page), len(pages))
    here = pages[page - 1]
    # The first matter says what the case is about and whether that stands: on every page.
    there = [each for each in matters if each.at == 0 or any(map(here.has, each.parts))]
    first = told[f"{view['party']}:{view['number']}"]
    odd = [o for part in ODD for o in here.of(part, split(view["irregularities"])[part])]
    return {
        "line": first["line"],
        "title": first["title"],
        "status": first["status"],
        "first": first,
        "ref": view["ref"],
        "party": view["party"],
        "number": view["number"],
        "format": view["format"],
        "subject": view["subject"],
        "view": {**view, "matters": [each.row for each in there]},
        "counts": view["matters"][0]["versions"][-1]["ref"],
        "matters": [matter_value(station, each, here, told, of) for each in there],
        "odd": irregular(of, ({**o, "about": o["number"]} for o in odd)),
        "entries": [
            entry_value(station, told[name], of) for name in here.of(PROOF, list(told.entries))
        ],
        "page": page,
        "pages": len(pages),
    }


class Told:
    """The entries of a case by party and number, each as `show` gives it, once it is asked for."""

    def __init__(self, desk: Desk, entries: dict[str, Entry]) -> None:
        self.entries, self._desk, self._shown = entries, desk, dict[str, Row]()

    def __getitem__(self, name: str) -> Row:
        if name not in self._shown:
            self._shown[name] = entry_of(self._desk, self.entries[name].ref)
        return self._shown[name]


@dataclass(frozen=True, slots=True)
class Shown:
    """One matter of a case view by its place, with the entries that stand side by side in it."""

    at: int
    row: Row
    columns: tuple[str, ...]

    @property
    def parts(self) -> list[Part]:
        return [(self.at, name) for name in MATTER]


# What a matter consists of on the page, in its order; then what comes before and after all matters.
MATTER: Final = (
    "head", "ladder", "versions", "changes", "accounts", "positions", "answers", "closings",
)  # fmt: skip
ODD: Final = ("odd", "more odd")
PROOF: Final = "proof"
# So many irregularities come before everything else; many more must not push the case away.
ODD_FIRST_MAX: Final = 20
# Where more stand side by side than one reads at a glance, what each party said last comes first.
COLUMNS_MAX: Final = 6


def split(odd: list[Row]) -> dict[Part, list[Row]]:
    """Irregularities that stand first, and those that come after the matters."""
    return dict(zip(ODD, (odd[:ODD_FIRST_MAX], odd[ODD_FIRST_MAX:]), strict=True))


def parts_of(view: Row, matters: list[Shown], told: Told) -> list[tuple[Part, list[int]]]:
    """Every part of a case in the order of its page, with the weight of each row."""
    odd = {part: [0] * len(rows) for part, rows in split(view["irregularities"]).items()}
    sizes = {name: weight_of(entry.fields) for name, entry in told.entries.items()}
    found: list[tuple[Part, list[int]]] = [(ODD[0], odd[ODD[0]])]
    for matter in matters:
        row, author = matter.row, matter.row["party"]
        own = [sizes[f"{author}:{version['number']}"] for version in row["versions"]]
        weights = {
            "head": [0],
            "ladder": [len(parts.RUNGS) * ROW for _ in ladder_rows(row, told)],
            "versions": [0 for _ in own],
            "changes": [before + after for before, after in pairwise(own)],
            "accounts": [sizes[name] for name in matter.columns],
            **{name: list(map(weight_of, row[name])) for name in MATTER[-3:]},
        }
        found += [((matter.at, name), weights[name]) for name in MATTER]
    return [*found, (ODD[1], odd[ODD[1]]), (PROOF, [ROW for _ in told.entries])]


def ladder_rows(matter: Row, told: Told) -> list[Row]:
    """Rows of reception of what this case holds."""
    author = matter["party"]
    return [r for r in matter["reception"] if f"{author}:{r['number']}" in told.entries]


def matter_value(station: Station, matter: Shown, here: Portion, told: Told, of: Speakers) -> Json:
    """One matter: whether it stands, how far each version of it got, who answered what."""

    def on_page(name: str, rows: Sequence[T]) -> Sequence[T]:
        return here.of((matter.at, name), rows)

    row, author = matter.row, matter.row["party"]
    last = told[f"{author}:{row['versions'][-1]['number']}"]
    ladder = [
        parts.with_missing(each, told[f"{author}:{each['number']}"])
        for each in on_page("ladder", ladder_rows(row, told))
    ]
    held = {name: on_page(name, row[name]) for name in MATTER[-3:]}
    answers = parts.answers_table(of, held["answers"])
    return {
        "party": author,
        "number": row["number"],
        "name": title(told[f"{author}:{row['number']}"], form_of(station, row), of),
        "stands": stands(last, row, of),
        "life": parts.life_items(of, row, last["missing"]),
        "ladder": reception(of, ladder, row["family"]),
        "differs": differences(of, on_page("ladder", ladder_rows(row, told))),
        "answer_heads": answers.heads,
        "answers": [
            {"ref": each["ref"], "class": each["class"], "cells": line}
            for each, line in zip(held["answers"], answers.rows, strict=True)
        ],
        "closing": parts.closings({**row, **held}, of),
        "closing_refs": [each["ref"] for each in held["closings"]],
        "versions": on_page("versions", row["versions"]),
        "of_versions": len(row["versions"]),
        "changes": [
            change(station, author, pair, told, of)
            for pair in on_page("changes", list(pairwise(row["versions"])))
        ],
        "accounts": accounts(
            station, [told[name] for name in on_page("accounts", matter.columns)], of
        ),
        "positions": sides.positions(of, {**row, **held}),
    }


def reception(of: Speakers, rows: list[Row], family: str) -> Json:
    """The ladder with the entry behind each rung: heads, and a row for each addressee."""
    ladder = parts.ladder_table(of, rows, family)
    return {
        "heads": ladder.heads,
        "rows": [
            {**row, "name": line[0], "cells": cells(row, line[1:])}
            for row, line in zip(rows, ladder.rows, strict=True)
        ],
    }


def form_of(station: Station, row: Row) -> Format | None:
    return station.packs.format(row["format"])


def cells(row: Row, line: tuple[Words, ...]) -> list[Json]:
    """Each rung in words with the entry that says it; whether it was reached, or must be seen."""
    found = []
    for rung, words in zip(parts.RUNGS, line, strict=True):
        said = row[rung] or {}
        is_odd = any(span.tone == ALARM for each_line in words for span in each_line)
        mark = "odd" if is_odd else "reached" if said else "silent"
        found.append({"words": words, "mark": mark, "ref": said.get("ref", ())})
    return found


def change(station: Station, author: str, pair: tuple[Row, Row], told: Told, of: Speakers) -> Json:
    """What a version says otherwise than the one before."""
    before, after = (told[f"{author}:{version['number']}"] for version in pair)
    return {
        "before": before["number"],
        "after": after["number"],
        "table": versions.changes(
            contents(station, before, of),
            contents(station, after, of),
            [head(of, before), head(of, after)],
            of,
        ),
    }


def columns(matter: Row, told: Told) -> tuple[str, ...]:
    """What each party states of the same thing, by party and number: in the order in which it was
    said, of many the last of each party first. Nothing where only one has spoken."""
    author = matter["party"]
    own = [f"{author}:{version['number']}" for version in matter["versions"]]
    last_of = {author: own[-1]}
    said = [own[-1]]
    for side in matter["sides"]:
        names = [f"{side['party']}:{act['number']}" for act in side["acts"]]
        stated = [name for name in names if is_account(told.entries.get(name), matter)]
        said += [name for name in stated if name not in own[:-1]]
        last_of |= {side["party"]: stated[-1]} if stated else {}
    found = tuple(dict.fromkeys(said))
    if len({told.entries[name].party for name in found}) < 2:
        return ()
    first = last_of.values() if len(found) > COLUMNS_MAX else ()
    return tuple(dict.fromkeys((*(name for name in first if name in found), *found)))


def is_account(entry: Entry | None, matter: Row) -> bool:
    """Whether an act of a side states what the matter's own form asks."""
    is_same = entry is not None and entry.format == matter["format"]
    return is_same and entry is not None and bool(entry.fields)


def accounts(station: Station, said: Sequence[Row], of: Speakers) -> Table | None:
    """Accounts side by side; None where none is."""
    if not said:
        return None
    heads = [head(of, told) for told in said]
    return versions.beside([contents(station, told, of) for told in said], heads, of)


def contents(station: Station, told: Row, of: Speakers) -> Section:
    """What an entry says, with what this party withheld: the page is this party's own."""
    return content(
        told,
        form_of(station, told),
        of,
        with_withheld=True,
        read=station.packs.format(told["about_format"]),
    )


def head(of: Speakers, told: Row) -> Words:
    """Whose content a column is: the party as this node calls it, the number, the class."""
    name = each(of, lambda s: (*s.party(told["from"]), Span(f" {told['number']}")))
    return (*name, *class_of(told["class"], of))


def entry_value(station: Station, told: Row, of: Speakers) -> Json:
    """One entry of the case with what finds and ties it: its place, its digest."""
    return {
        "ref": told["ref"],
        "name": f"{told['from']}:{told['number']}",
        "what": title(told, form_of(station, told), of),
        "class": class_of(told["class"], of),
        "written": told["written"],
        "leaf": told["proof"]["leaf"],
    }
