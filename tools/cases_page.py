"""Renew the tables in docs/cases.md from the code; the words around them are written by hand.

Run `python -m tools.cases_page` (or `make docs`); a test compares the page with the tables.
"""

from pathlib import Path

from openline.cases import moves, phrases, rules

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cases.md"


def renewed(page: str) -> str:
    """The page with every table between its marks written anew."""
    for name, rows in tables().items():
        begin, end = f"<!-- made: {name} -->", "<!-- end -->"
        block = "\n".join((begin, *rows, end))
        head, _, rest = page.partition(begin)
        page = head + block + rest.partition(end)[2]
    return page


def tables() -> dict[str, list[str]]:
    """Every made table by its name."""
    return {
        "courses": courses(),
        "author moves": author_moves(),
        "side moves": side_moves(),
        "irregularities": irregularities(),
        "phrases": said_phrases(),
    }


def courses() -> list[str]:
    rows = ["| course | formats | who moves it |", "|---|---|---|"]
    rows.append("| standing | every other format | its author |")
    for name, course in sorted(moves.COURSES.items(), key=lambda pair: pair[1]):
        who = "every party its own side" if course in moves.SIDED else "its author"
        rows.append(f"| {course} | {name} | {who} |")
    return rows


def author_moves() -> list[str]:
    rows = ["| course | before | act | after |", "|---|---|---|---|"]
    for (course, before, act), after in sorted(moves.AUTHOR_MOVES.items()):
        rows.append(f"| {course} | `{before}` | `{act}` | `{after}` |")
    return rows


def side_moves() -> list[str]:
    rows = ["| course | side | before | act | after |", "|---|---|---|---|---|"]
    for (course, role, before, act), after in sorted(moves.SIDE_MOVES.items()):
        rows.append(f"| {course} | {role} | `{before}` | `{act}` | `{after}` |")
    return rows


def irregularities() -> list[str]:
    rows = ["| code | what it says | effect |", "|---|---|---|"]
    for code, sentence in sorted(rules.SENTENCES.items()):
        effect = "kept" if code in rules.REMARKS else "none"
        rows.append(f"| `{code}` | {sentence} | {effect} |")
    return rows


def said_phrases() -> list[str]:
    rows = ["| phrase | answered by |", "|---|---|"]
    for phrase, answers in phrases.EXPECTED.items():
        rows.append(f"| `{phrase}` | {', '.join(f'`{each}`' for each in answers) or '-'} |")
    return rows


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text("utf-8")), "utf-8")
    print(f"{PAGE.name} is current")
