"""One case for the page of a browser: what its document says, with the entry behind each mark.

Shapes   case_sheet(desk, place, lang) -> what case.html shows; called on the lane
Units    times as RFC 3339 UTC text
Raises   NoSuchEntry
Source   docs/cases.md, "Views"; docs/decisions/0033-one-document.md
Never    judges what a rung, a version or a closing means: cases/documents does, for every reader
"""

from datetime import UTC
from itertools import pairwise

from openline.cases.documents import parts, sides, versions
from openline.cases.documents.differing import differences
from openline.cases.documents.message import content, stands, title
from openline.cases.documents.parts import Row, Speakers
from openline.cases.entry import Ref
from openline.desk.acts import Desk, Json
from openline.desk.addressing import class_of
from openline.desk.documents import case_view_of, entry_of
from openline.exchange.folding import entries, reading
from openline.exchange.station import Station
from openline.formats.document.model import ALARM, Section, Span, Table, Words
from openline.formats.document.speaker import each, speakers
from openline.formats.form import Format


def case_sheet(desk: Desk, place: Ref, lang: str) -> Json:
    """The case that an entry belongs to, in one language."""
    station = desk.station
    log = station.log(place.origin)
    case = reading.state(station, log.line_id).case(place) if log is not None else None
    if log is None or case is None:
        raise entries.NoSuchEntry(f"{place.origin} entry {place.index} belongs to no case here")
    view = case_view_of(station, log.line_id, place)
    told = [entry_of(desk, entry.ref) for entry in case.entries]
    named = {f"{one['from']}:{one['number']}": one for one in told}
    of = speakers(station.packs.terms, [lang], UTC, station.names, station.packs.format)
    first = named[f"{view['party']}:{view['number']}"]
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
        "view": view,
        "matters": [matter_value(station, matter, named, of) for matter in view["matters"]],
        "odd": parts.irregular(of, ({**o, "about": o["number"]} for o in view["irregularities"])),
        "entries": [entry_value(station, one, of) for one in told],
    }


def matter_value(station: Station, matter: Row, named: dict[str, Row], of: Speakers) -> Json:
    """One matter: whether it stands, how far each version of it got, who answered what."""
    author = matter["party"]
    last = named[f"{author}:{matter['versions'][-1]['number']}"]
    rows = [
        parts.with_missing(row, named[f"{author}:{row['number']}"])
        for row in matter["reception"]
        if f"{author}:{row['number']}" in named
    ]
    answers = parts.answers_table(of, matter["answers"])
    closing = parts.closings(matter, of)
    return {
        "party": author,
        "number": matter["number"],
        "name": title(named[f"{author}:{matter['number']}"], form_of(station, matter), of),
        "stands": stands(last, matter, of),
        "life": parts.life_items(of, matter, last["missing"]),
        "ladder": reception(of, rows, matter["family"]),
        "differs": differences(of, matter["reception"]),
        "answer_heads": answers.heads,
        "answers": [
            {"ref": row["ref"], "class": row["class"], "cells": line}
            for row, line in zip(matter["answers"], answers.rows, strict=True)
        ],
        "closing": closing,
        "closing_refs": [row["ref"] for row in matter["closings"]],
        "versions": matter["versions"],
        "changes": changes(station, matter, named, of),
        "accounts": accounts(station, matter, named, of),
        "positions": sides.positions(of, matter),
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


def changes(station: Station, matter: Row, named: dict[str, Row], of: Speakers) -> list[Json]:
    """What each version says otherwise than the one before."""
    said = [named[f"{matter['party']}:{version['number']}"] for version in matter["versions"]]
    return [
        {
            "before": before["number"],
            "after": after["number"],
            "table": versions.changes(
                contents(station, before, of),
                contents(station, after, of),
                [head(of, before), head(of, after)],
                of,
            ),
        }
        for before, after in pairwise(said)
    ]


def accounts(station: Station, matter: Row, named: dict[str, Row], of: Speakers) -> Table | None:
    """What each party states of the same thing, side by side; None where only one has spoken."""
    said = [named[f"{matter['party']}:{matter['versions'][-1]['number']}"]]
    for side in matter["sides"]:
        said += [
            told
            for act in side["acts"]
            for told in [named.get(f"{side['party']}:{act['number']}")]
            if told and told["format"] == matter["format"] and told["fields"]
        ]
    told_once = list({tuple(told["ref"]): told for told in said}.values())
    versions_of = {tuple(version["ref"]) for version in matter["versions"][:-1]}
    columns = [told for told in told_once if tuple(told["ref"]) not in versions_of]
    if len({told["from"] for told in columns}) < 2:
        return None
    heads = [head(of, told) for told in columns]
    return versions.beside([contents(station, told, of) for told in columns], heads, of)


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
