"""One line that an officer writes at the desk: a note, a name, a word; the rule of messages.

Shapes   line(what, text, most) -> the same text
Units    lengths are characters
Raises   BadText
Source   docs/formats.md, "Types": string
Never    changes, cuts or drops what somebody typed
"""

from typing import ClassVar

from openline.errors import OpenlineError
from openline.formats.check_value import line_faults


class BadText(OpenlineError):
    """What was typed is empty, too short or long, or holds a letter that hides or turns others."""

    code: ClassVar[str] = "desk.bad-text"
    remedy: ClassVar[str] = "Write one line of the length allowed, without hidden letters."


def line(what: str, text: str, most: int, least: int = 1) -> str:
    """The text, if a message could hold it as a line of at most so many characters."""
    for _, sentence in line_faults(text, most):
        raise BadText(f"{what} {sentence}")
    if len(text) < least:
        raise BadText(f"{what} is shorter than {least} characters")
    return text
