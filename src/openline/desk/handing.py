"""What a handover of the watch says, line by line, and how much of it a reader may see.

Shapes   drawn(rows, lines, texts, links, owned) -> the content that shifts.offer() takes;
         seen(statement, lines), is_whole(statement, lines); none of them touches the book
Units    times as RFC 3339 UTC text
Raises   BadText
Source   docs/decisions/0048 and 0092; DESIGN, 11 and 12
Never    leaves a row, a link or a word about a line without the id of that line: whoever reads it
         later may have other roles than the two who signed it
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from openline.desk import written
from openline.formats.charter import STATUSES

Json = dict[str, Any]
WHOLE_WATCH: Final = ""
ITEMS_MAX: Final = 200
# Digits over a text that a reader sees in part would tell, by trying, what the rest is.
SALT_BYTES: Final = 16
SUBJECT_CHARACTERS_MAX: Final = 120
STEPS_CHARACTERS_MAX: Final = 1_000
# Of all next steps together: with the rows they stay far below what a record of the desk may hold.
TEXT_CHARACTERS_MAX: Final = 12_000


def steps(text: str) -> str:
    """What is to be done, as it was typed; empty lines say nothing."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in lines:
        written.line("a next step", line, STEPS_CHARACTERS_MAX)
    if len(told := "\n".join(lines)) > STEPS_CHARACTERS_MAX:
        raise written.BadText(f"next steps have at most {STEPS_CHARACTERS_MAX} characters")
    return told


def drawn(
    rows: Sequence[Json],
    lines: Sequence[Json],
    texts: Mapping[str, str],
    links: Sequence[Json],
) -> Json:
    """What is handed over of these lines: open rows, due first, real ones before all others.

    `rows` are of the queue with the words of their subjects and their owners, `lines` those that
    both officers see, `texts` next steps by line, `links` those of the board.
    """
    there = sorted(lines, key=lambda line: STATUSES.index(line["status"]))
    order = {line["line"]: place for place, line in enumerate(there)}
    mine = [row for row in rows if row["line"] in order]
    ranked = sorted(mine, key=lambda row: STATUSES.index(row["status"]))
    listed = [(row["line"], _item(row)) for row in ranked[:ITEMS_MAX]]
    return {
        "notes": texts.get(WHOLE_WATCH, ""),
        "lines": [
            {
                "line": line["line"],
                "status": line["status"],
                "title": line["title"],
                "notes": texts.get(line["line"], ""),
                "count": sum(row["line"] == line["line"] for row in mine),
                "items": [item for of, item in listed if of == line["line"]],
                "links": [
                    {"party": way["peer"], "up": bool(way["up"]), "last_up": str(way["last_up"])}
                    for way in links
                    if way["peer"] in {member["party"] for member in line["members"]}
                ],
            }
            for line in there
        ],
    }


def _item(row: Json) -> Json:
    """One row, in words that can be read when its message is long over."""
    first = next(iter(row["words"]), {"lang": "", "text": ""})
    return {
        "message": f"{row['from']}:{row['number']}",
        "format": row["format"],
        "about": [str(first["lang"]), str(first["text"])[:SUBJECT_CHARACTERS_MAX]],
        "next": row["next"],
        "due": row["due"],
        "state": row["state"],
        "owner": row["owner"],
    }


def seen(statement: Json, lines: Collection[str]) -> list[Json]:
    """What a handover says of the lines that its reader has a role on.

    One that was drawn up before lines had their ids in it says nothing that could be shown.
    """
    return [each for each in statement.get("lines", ()) if each["line"] in lines]


def for_all(statement: Json) -> str:
    """What is to be done about no single line; "" where that is not told from the rest."""
    return statement["notes"] if "lines" in statement else ""


def is_whole(statement: Json, lines: Collection[str]) -> bool:
    """Whether its reader is shown everything that the signatures cover."""
    return "lines" in statement and len(seen(statement, lines)) == len(statement["lines"])
