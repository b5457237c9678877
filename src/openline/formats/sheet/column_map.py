"""The column map: what a person says about a table, so that nothing in it has to be guessed.

Shapes   read_map(text) -> ColumnMap
Units    none
Raises   BadMap
Source   docs/OPERATE.md, "Many at once from a table"
Never    has a default for what two people could read in two ways
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from openline.errors import OpenlineError

TEXT_CHARACTERS_MAX: Final = 100_000
_PATH: Final = re.compile(r"[a-z0-9._-]{1,100}")
_TOP: Final = frozenset(
    {"openline_map", "format", "class", "encoding", "delimiter", "decimal", "digits", "dates",
     "epoch", "zone", "datum", "lang", "sheet", "type", "name", "point", "fields", "withheld"}
)  # fmt: skip
_KEYS: Final = frozenset(
    {"column", "text", "codes", "latitude", "longitude", "place", "geometry", "radius_m", "split"}
)
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "decimal": (".", ","),
    "digits": ("latin", "arabic-indic"),
    "dates": ("iso", "dmy", "mdy", "ymd"),
    "epoch": ("1900", "1904"),
    "zone": ("UTC",),
}


class BadMap(OpenlineError):
    """The column map cannot be used."""

    code: ClassVar[str] = "formats.bad-map"
    remedy: ClassVar[str] = "Correct the key that is named; an example is in the manual."


@dataclass(frozen=True, slots=True)
class Source:
    """Where one field comes from: a column, a constant, or the columns of a place."""

    column: str = ""
    text: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    latitude: str = ""
    longitude: str = ""
    place: str = ""
    is_geometry: bool = False
    radius_m: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A table's reading. `type`, `name` and `point` are paths by which twins are looked for."""

    format: str
    fields: Mapping[str, Source]
    answer: str = "-"
    encoding: str = ""
    delimiter: str = ""
    decimal: str = "."
    digits: str = "latin"
    dates: str = "iso"
    epoch: str = ""
    zone: str = ""
    datum: str = ""
    lang: str = "en"
    sheet: str = ""
    type: str = "type"
    name: str = "names"
    point: str = "point"
    withheld: tuple[str, ...] | None = None


def read_map(text: str) -> ColumnMap:
    """The map that a TOML text spells."""
    if len(text) > TEXT_CHARACTERS_MAX:
        raise BadMap(f"column map: longer than {TEXT_CHARACTERS_MAX} characters")
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadMap(f"column map: not TOML: {error}") from None
    if given.get("openline_map") != 1:
        raise BadMap("column map: the first line is `openline_map = 1`")
    unknown = sorted(set(given) - _TOP)
    if unknown:
        raise BadMap(f"column map: unknown key {unknown[0][:40]!r}")
    fields = given.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise BadMap("column map: no [fields]")
    for key, known in _CHOICES.items():
        if key in given and str(given[key]) not in known:
            raise BadMap(f"column map: {key} is one of {', '.join(known)}")
    simple = {key: _text(key, given[key]) for key in sorted(_TOP & set(given)) if key not in
              ("openline_map", "class", "fields", "withheld")}  # fmt: skip
    if "format" not in simple:
        raise BadMap("column map: no format")
    withheld = given.get("withheld")
    if withheld is not None and not isinstance(withheld, list):
        raise BadMap("column map: withheld is a list of paths")
    return ColumnMap(
        fields={path: _source(path, value) for path, value in fields.items()},
        answer=_text("class", given.get("class", "-")),
        withheld=None if withheld is None else tuple(str(path) for path in withheld),
        **simple,
    )


def _text(key: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadMap(f"column map: {key} is not a text")
    return str(value)


def _source(path: str, value: Any) -> Source:
    if not _PATH.fullmatch(path):
        raise BadMap(f"column map: {path[:40]!r} is not a path (write nested ones in quotes)")
    if isinstance(value, str):
        return Source(column=value)
    if not isinstance(value, dict) or not set(value) <= _KEYS:
        raise BadMap(f"column map: {path}: a column, or a table of {', '.join(sorted(_KEYS))}")
    codes = value.get("codes", {})
    if not isinstance(codes, dict):
        raise BadMap(f"column map: {path}.codes is a table from what stands there to the code")
    parts = {key: _text(f"{path}.{key}", value[key]) for key in value
             if key not in ("codes", "geometry")}  # fmt: skip
    source = Source(
        codes={str(k): str(v) for k, v in codes.items()},
        is_geometry=value.get("geometry") is True,
        **parts,
    )
    ways = [source.column, source.text, source.place, source.latitude and source.longitude]
    if sum(bool(way) for way in [*ways, source.is_geometry]) != 1:
        raise BadMap(f"column map: {path}: exactly one of column, text, place, latitude with "
                     "longitude, geometry")  # fmt: skip
    return source
