"""What this node calls parties and places: names that are political are the reader's own affair.

Shapes   parse_names(bytes) -> Names; Names.party(name, lang) -> the node's name for it, or ""
Units    a name has at most NAME_CHARACTERS_MAX characters
Raises   BadTerms, with file, name and reason
Source   docs/OPERATE.md, "Names of your own"; docs/decisions/0034-names-of-ones-own.md
Never    hides what was written: a name of one's own stands before it and never instead of it
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from openline.formats.terms import BadTerms, hostile, load_terms, parse_table

NAMES_FILE: Final = "names.toml"
NAMES_MAX: Final = 2_000
NAME_CHARACTERS_MAX: Final = 120
_ANY: Final = "*"
_TABLES: Final = frozenset({"parties", "places"})

Own = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Names:
    """Names by what was written and by language; `*` stands for every language not named."""

    parties: Own = field(default_factory=dict)
    places: Own = field(default_factory=dict)

    def party(self, name: str, lang: str) -> str:
        return _named(self.parties, name, lang)

    def place(self, name: str, lang: str) -> str:
        return _named(self.places, name, lang)


NO_NAMES: Final = Names()


def _named(names: Own, written: str, lang: str) -> str:
    found = names.get(written, {})
    return found.get(lang, found.get(_ANY, ""))


def parse_names(data: bytes) -> Names:
    """The file strictly: an unknown table or language may be a slip, so it is refused."""
    table = parse_table(data, NAMES_FILE)
    for key in sorted(set(table) - _TABLES):
        raise BadTerms(NAMES_FILE, key[:80], f"is not one of {', '.join(sorted(_TABLES))}")
    return Names(
        **{key: _own(value, f"{NAMES_FILE}, {key}") for key, value in sorted(table.items())}
    )


def _own(table: Any, where: str) -> Own:
    if not isinstance(table, dict) or len(table) > NAMES_MAX:
        raise BadTerms(where, "table", f"is not a table of at most {NAMES_MAX} names")
    languages = {*load_terms().languages, _ANY}
    for written, names in table.items():
        if not isinstance(names, dict) or not names or set(names) - languages:
            known = ", ".join(sorted(languages))
            raise BadTerms(where, written[:80], f"is not a table from some of {known} to a name")
        for lang, name in names.items():
            reason = hostile(name, NAME_CHARACTERS_MAX) if isinstance(name, str) else "is not text"
            if reason:
                raise BadTerms(where, f"{written[:80]}, {lang}", reason)
    return table
