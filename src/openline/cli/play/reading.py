"""Strict reading of one TOML table of a scenario file: every key asked for, none left over.

Shapes   Table(file, where, values); each reader takes a key away, `done` refuses what is left
Units    times become int unix seconds UTC; inside field values they become RFC 3339 text
Raises   ScenarioRefused, naming file, step and reason
Source   docs/SOURCES.md, "How a scenario file is read"
Never    guesses a default for a key that carries meaning: those are required
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from openline.errors import OpenlineError
from openline.formats.openjson import Value
from openline.formats.spell import b64, utc


class ScenarioRefused(OpenlineError):
    """A scenario file cannot be played as it is written."""

    code: ClassVar[str] = "play.scenario-refused"
    remedy: ClassVar[str] = "Correct the place that is named in the scenario file."

    def __init__(self, file: str, where: str, reason: str) -> None:
        super().__init__(f"{file}: {where}: {reason}")
        self.file, self.where, self.reason = file, where, reason


def time_s(value: datetime) -> int:
    """A TOML date and time with an offset, as unix seconds."""
    return int(value.astimezone(UTC).timestamp())


class Table:
    """One table being read. Keys are taken out one by one, so what nobody asked for shows."""

    def __init__(self, file: str, where: str, values: Any) -> None:
        self.file, self.where = file, where
        if not isinstance(values, dict):
            raise ScenarioRefused(file, where, "not a table")
        self._values: dict[str, Any] = dict(values)

    def refuse(self, reason: str) -> ScenarioRefused:
        """The error to raise for something wrong in this table."""
        return ScenarioRefused(self.file, self.where, reason)

    def has(self, key: str) -> bool:
        return key in self._values

    def keys(self) -> tuple[str, ...]:
        """The keys not yet taken."""
        return tuple(self._values)

    def _take(self, key: str, kind: type, default: Any = None) -> Any:
        if key not in self._values:
            if default is None:
                raise self.refuse(f"{key} is missing")
            return default
        value = self._values.pop(key)
        if type(value) is not kind:
            raise self.refuse(f"{key} is not a {kind.__name__}")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        text = str(self._take(key, str, default))
        if not text and default is None:
            raise self.refuse(f"{key} is empty")
        return text

    def number(self, key: str, default: int | None = None) -> int:
        return int(self._take(key, int, default))

    def flag(self, key: str, *, default: bool) -> bool:
        if key not in self._values:
            return default
        return bool(self._take(key, bool))

    def time(self, key: str) -> int:
        value: datetime = self._take(key, datetime)
        if value.tzinfo is None:
            raise self.refuse(f"{key} has no time zone")
        return time_s(value)

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        items = self._take(key, list, list(default) if default is not None else None)
        if not all(isinstance(item, str) and item for item in items):
            raise self.refuse(f"{key} is not a list of texts")
        if len(set(items)) != len(items):
            raise self.refuse(f"{key} names something twice")
        return tuple(items)

    def numbers(self, key: str) -> dict[str, int]:
        """A table of names to whole numbers; {} where it is not given."""
        table = self._take(key, dict, {})
        if not all(type(value) is int for value in table.values()):
            raise self.refuse(f"{key} holds something that is not a number")
        return dict(table)

    def words(self, key: str) -> dict[str, str]:
        """A table of names to texts; {} where it is not given."""
        table = self._take(key, dict, {})
        if not all(isinstance(value, str) for value in table.values()):
            raise self.refuse(f"{key} holds something that is not a text")
        return dict(table)

    def table(self, key: str) -> "Table":
        return Table(self.file, f"{self.where}, {key}", self._take(key, dict))

    def tables(self, key: str) -> list["Table"]:
        rows = self._take(key, list, [])
        return [Table(self.file, f"{key} {n}", row) for n, row in enumerate(rows, 1)]

    def fields(self, key: str) -> dict[str, Value]:
        """Content of a message or record as Openline JSON; {} where it is not given."""
        table = self._take(key, dict, {})
        return {path: self._value(f"{key}.{path}", value) for path, value in table.items()}

    def _value(self, path: str, value: Any) -> Value:
        match value:
            case bool() | str():
                return value
            case int():
                return value
            case datetime():
                if value.tzinfo is None:
                    raise self.refuse(f"{path} has no time zone")
                return utc(time_s(value))
            case list():
                return [self._value(path, item) for item in value]
            case {"$sha256": str(text), **rest} if not rest:
                return b64(hashlib.sha256(text.encode()).digest())
            case dict():
                return {key: self._value(f"{path}.{key}", item) for key, item in value.items()}
        raise self.refuse(f"{path} holds a {type(value).__name__}, which no message can carry")

    def done(self) -> None:
        """Refuse every key that nobody asked for."""
        if self._values:
            raise self.refuse(f"unknown key {sorted(self._values)[0]}")


def as_texts(value: Mapping[str, Value] | Value) -> list[Mapping[str, Value]] | None:
    """The parts of a free text if that is what this value is, else None."""
    if not isinstance(value, list) or not value:
        return None
    parts = [part for part in value if isinstance(part, dict) and "text" in part]
    return list(parts) if len(parts) == len(value) else None
