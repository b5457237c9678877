"""What a reader asks a range about: a class, a form, or a form with one value in one field.

Shapes   parse_asked("guarantee") or parse_asked("humanitarian/site site=well-7") -> Asked
Units    none
Raises   BadAsked
Source   docs/PROTOCOL.md part 9, "Range"
Never    takes a field that is not shown for one that has another value
"""

from dataclasses import dataclass
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.formats import openjson
from openline.record.shown_fields import Header

ASKED_CHARACTERS_MAX: Final = 1_000


class BadAsked(OpenlineError):
    """What is asked of a range cannot be read."""

    code: ClassVar[str] = "record.bad-asked"
    remedy: ClassVar[str] = "Give a class, a form, or a form and one field: `FORM PATH=VALUE`."


@dataclass(frozen=True, slots=True)
class Asked:
    """A class or form (with or without its version); with `path`, only where it has that text."""

    word: str
    path: str = ""
    value: str = ""

    def is_form(self, header: Header) -> bool:
        """Whether an entry is of the class or form."""
        name = header.format
        return self.word in (header.answer, name, name.partition("@")[0])

    def is_said_by(self, header: Header) -> bool:
        """Whether an entry is of the class or form, and has the value where one is asked."""
        if not self.is_form(header):
            return False
        shown = header.shown.get(self.path)
        return not self.path or (shown is not None and shown.value == openjson.encode(self.value))

    def is_hidden_in(self, header: Header) -> bool:
        """Whether an entry of the form does not show the field, so that nobody can say."""
        return bool(self.path) and self.is_form(header) and self.path not in header.shown


def parse_asked(text: str) -> Asked:
    """Read what a person typed."""
    word, _, rest = text.strip().partition(" ")
    path, sign, value = rest.strip().partition("=")
    is_whole = bool(word) and bool(rest) == bool(sign and path and value)
    if not is_whole or len(text) > ASKED_CHARACTERS_MAX:
        raise BadAsked(f"{text[:80]!r} is not a class, a form, or a form and PATH=VALUE")
    return Asked(word, path, value)
