"""The end state of one party's node: its lines, public statements and dossiers, and no others.

Shapes   picture(stage, party) -> plain JSON; equal nodes give equal pictures
Units    times are RFC 3339 UTC text; entries are named by the step that made them
Raises   HandsRefused
Source   docs/SOURCES.md; the end states of the five histories
Never    looks at another node to fill in what this one does not show
"""

from collections.abc import Mapping

from openline.cli.play.line_picture import SECTIONS, line_picture
from openline.cli.play.stage import Stage, number, rows, table, text, texts
from openline.cli.play.standing_picture import STANDING_SECTIONS
from openline.cli.play.treaty_picture import TREATY_SECTIONS
from openline.formats.openjson import Value


def picture(stage: Stage, party: str) -> dict[str, Value]:
    """Everything that the end state compares, asked of one node."""
    lines: dict[str, Value] = {}
    known: list[str] = []
    assessed: dict[str, list[str]] = {}
    accounts: dict[str, list[str]] = {}
    demanded: dict[str, dict[str, Value]] = {}
    sections = SECTIONS | TREATY_SECTIONS | STANDING_SECTIONS
    for row in rows(stage.call(party, "board", {}), "lines"):
        found = stage.call(party, "registers", {"line": row["line"]})
        shown = line_picture(stage, party, found, row, sections)
        lines[text(row, "title")] = {
            "charter": f"{text(row, 'status').upper()}, level {text(row, 'level')}",
            **shown,
        }
        known += _contacts_on(found)
        for demand in rows(table(found, "demands"), "rows"):
            answers = {text(a, "party"): text(a, "class") or "-" for a in rows(demand, "answers")}
            demanded.setdefault(text(demand, "topic"), {}).update(answers)
        for topic in rows(table(found, "assessments"), "topics"):
            assessed.setdefault(text(topic, "topic"), []).extend(
                text(each, "party") for each in rows(topic, "rows")
            )
    records = [table(r, "record") for r in _notes(stage, party, "public")]
    for record in records:
        place, position = f"{text(record, 'party')} (in public)", text(record, "position")
        if position == "assessment":
            assessed.setdefault(text(record, "topic"), []).append(place)
        elif position == "incident-account":
            accounts.setdefault(text(record, "topic"), []).append(place)
        elif position in ("contact-held", "contact-announced"):
            known.append(f"{position.removeprefix('contact-')}, public: {text(record, 'text')}")
    return {
        "party": party,
        "lines": {title: lines[title] for title in sorted(lines)},
        "public": [_public(record) for record in records],
        "contacts_known": list[Value](sorted(known)),
        "assessments": {topic: list[Value](sorted(by)) for topic, by in sorted(assessed.items())},
        "demands": dict(sorted(demanded.items())),
        "incident_accounts": {topic: list[Value](by) for topic, by in sorted(accounts.items())},
        "dossiers": [_dossier(stage, party, r) for r in _notes(stage, party, "dossier")],
    }


def _notes(stage: Stage, party: str, kind: str) -> tuple[Mapping[str, Value], ...]:
    """Notebook records of one kind, in an order that does not hang on when they were entered."""
    found = rows(stage.call(party, "notebook_list", {"kind": kind}), "notebook")
    return tuple(sorted(found, key=lambda r: (_date(r), text(table(r, "record"), "topic"))))


def _date(row: Mapping[str, Value]) -> str:
    return text(table(row, "record"), "date")


def _contacts_on(found: Mapping[str, Value]) -> list[str]:
    """Contacts of one line in one row each."""
    shown = []
    for row in rows(table(found, "contacts"), "rows"):
        length = f", {number(row, 'minutes')} min" if number(row, "minutes") else ""
        where = " (told elsewhere)" if text(row, "told") == "elsewhere" else ""
        parties = ", ".join(texts(row, "parties"))
        shown.append(f"{text(row, 'state')}: {text(row, 'level')}, {parties}{length}{where}")
    return shown


def _public(record: Mapping[str, Value]) -> Value:
    """One public statement on one line: when, who, in which office, what, from which text."""
    who = f"{text(record, 'party')}, {text(record, 'office')}".removeprefix(", ")
    what = f"{text(record, 'position')} on {text(record, 'topic')}"
    kind = f"{text(record, 'lang')}, {text(record, 'text_status')}, {text(record, 'mark')}"
    return f"{text(record, 'date')} {who}: {what} ({kind})"


def _dossier(stage: Stage, party: str, row: Mapping[str, Value]) -> Value:
    """A dossier as its node shows it: what was said in public beside what the lines hold."""
    view = stage.call(party, "dossier", {"id": row["id"]})
    titles = {text(r, "line"): text(r, "title") for r in rows(stage.call(party, "line_list", {}),
                                                              "lines")}  # fmt: skip
    beside: list[Value] = []
    for record in rows(view, "public"):
        behind = table(record, "behind")
        held = f"{number(behind, 'count')} {text(behind, 'register')}" if behind else "-"
        beside.append(
            {"by": text(record, "office"), "position": text(record, "position"), "behind": held}
        )
    return {
        "title": text(view, "title"),
        "lines": [titles.get(line, "?") for line in texts(view, "lines")],
        "contacts_held": number(view, "contacts_held"),
        "public": beside,
    }
