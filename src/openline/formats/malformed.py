"""The one error of every parser in this room.

Shapes   Malformed(what, reason): `what` names the thing that was read, `reason` the rule it broke
Units    none
Raises   nothing by itself
Source   docs/PROTOCOL.md part 2
Never    carries the bytes that were refused: they may be long, secret or hostile
"""

from typing import ClassVar

from openline.errors import OpenlineError


class Malformed(OpenlineError):
    """Bytes that are not the one permitted spelling of what they claim to be."""

    code: ClassVar[str] = "formats.malformed"
    remedy: ClassVar[str] = "Ask whoever sent or wrote these bytes for a correct copy."

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what, self.reason = what, reason
