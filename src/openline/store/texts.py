"""The index of everything said: in memory only, made anew from sealed rows after each start.

Shapes   Texts.put(rows), drop(places), find(question) -> Found
Units    times are unix seconds UTC
Raises   StoreBusy and other faults of the database
Source   DESIGN, "Readable views are separate": full-text search runs on a copy in memory
Never    writes a word to a disk: the database has no file, and its temporary tables neither
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import apsw

from openline.store.opening import check_library, run

Place = tuple[str, int]
_SCHEMA: Final = """
PRAGMA temp_store=MEMORY;
CREATE TABLE said (
    id INTEGER PRIMARY KEY, origin TEXT NOT NULL, at INTEGER NOT NULL, line TEXT NOT NULL,
    party TEXT NOT NULL, form TEXT NOT NULL, class TEXT NOT NULL, time_s INTEGER NOT NULL,
    UNIQUE (origin, at)
) STRICT;
CREATE INDEX said_time ON said (time_s);
CREATE VIRTUAL TABLE words USING fts5 (
    x, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 0'
);
CREATE VIRTUAL TABLE parts USING fts5 (
    x, content='', contentless_delete=1, tokenize='trigram case_sensitive 1'
);
"""


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `text` is folded; `words` is the same with Chinese letters apart."""

    place: Place
    line: str
    party: str
    form: str
    answer: str
    time_s: int
    text: str
    words: str


@dataclass(frozen=True, slots=True)
class Sought:
    """One word of a question. `part` looks inside words, `tokens` stand one after the other;
    `forms` and `classes` (form and class) are those whose names hold the word."""

    part: str = ""
    tokens: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    classes: tuple[tuple[str, str], ...] = ()
    is_absent: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What to find, on these lines only."""

    lines: tuple[str, ...]
    words: tuple[Sought, ...] = ()
    party: str = ""
    form: str = ""
    from_s: int | None = None
    until_s: int | None = None
    skip: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Found:
    """Places, newest first, and how many there are altogether."""

    places: tuple[Place, ...]
    count: int


class Texts:
    """Two indexes over one list of messages: whole words, and parts of words."""

    def __init__(self) -> None:
        check_library()
        self._connection = apsw.Connection(":memory:")
        run(self._connection, _SCHEMA)

    def put(self, rows: Sequence[Said]) -> None:
        """Take messages in; one whose place is known replaces what was there."""
        self.drop([row.place for row in rows])
        with self._connection:
            for row in rows:
                values = (*row.place, row.line, row.party, row.form, row.answer, row.time_s)
                self._connection.execute(
                    "INSERT INTO said (origin, at, line, party, form, class, time_s)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    values,
                )
                number = self._connection.last_insert_rowid()
                self._connection.execute(
                    "INSERT INTO words (rowid, x) VALUES (?, ?)", (number, row.words)
                )
                self._connection.execute(
                    "INSERT INTO parts (rowid, x) VALUES (?, ?)", (number, row.text)
                )

    def drop(self, places: Iterable[Place]) -> None:
        """Forget messages: their content was erased."""
        with self._connection:
            for place in places:
                found = self._connection.execute(
                    "DELETE FROM said WHERE origin = ? AND at = ? RETURNING id", place
                ).fetchall()
                for (number,) in found:
                    for table in ("words", "parts"):
                        self._connection.execute(f"DELETE FROM {table} WHERE rowid = ?", (number,))

    def find(self, question: Question) -> Found:
        """What answers a question; nothing where it names no line."""
        if not question.lines:
            return Found((), 0)
        where, values = _conditions(question)
        rows = self._connection.execute(
            f"SELECT origin, at FROM said WHERE {where} ORDER BY time_s DESC, origin, at DESC"
            " LIMIT ? OFFSET ?",
            (*values, question.limit, question.skip),
        ).fetchall()
        counted = self._connection.execute(f"SELECT count(*) FROM said WHERE {where}", values)
        ((count,),) = counted.fetchall()
        return Found(tuple((str(origin), int(str(at))) for origin, at in rows), int(str(count)))


def _conditions(question: Question) -> tuple[str, list[str | int]]:
    """The question as SQL; whatever a person wrote goes in as a value."""
    parts = [f"line IN ({_marks(question.lines)})"]
    values: list[str | int] = list(question.lines)
    for name, wanted in (("party", question.party), ("form", question.form)):
        if wanted:
            parts.append(f"{name} = ?")
            values.append(wanted)
    if question.from_s is not None:
        parts.append("time_s >= ?")
        values.append(question.from_s)
    if question.until_s is not None:
        parts.append("time_s < ?")
        values.append(question.until_s)
    for word in question.words:
        said, own = _sought(word)
        parts.append(f"{'NOT ' if word.is_absent else ''}({said})")
        values += own
    return " AND ".join(parts), values


def _sought(word: Sought) -> tuple[str, list[str | int]]:
    ways: list[str] = []
    values: list[str | int] = []
    if word.part:
        ways.append("id IN (SELECT rowid FROM parts WHERE parts MATCH ?)")
        values.append(_quoted(word.part))
    elif word.tokens:
        ways.append("id IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(_quoted(" ".join(word.tokens)) + (" *" if word.tokens[-1].isascii() else ""))
    if word.forms:
        ways.append(f"form IN ({_marks(word.forms)})")
        values += word.forms
    for form, answer in word.classes:
        ways.append("(form = ? AND class = ?)")
        values += (form, answer)
    return " OR ".join(ways) or "0", values


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def _quoted(text: str) -> str:
    """A string of the index's query language: nothing in it is an operator."""
    return '"' + text.replace('"', '""') + '"'
