"""Acknowledgements that lie ready to be signed together, by name, in memory.

Shapes   Tray.put(name, Together); Together lists draft ids with the messages they are about
Units    at most HELD_MAX lie ready; the oldest goes first
Raises   nothing
Source   docs/OPERATE.md, "The alarm"
Never    holds a draft itself: the node keeps those, and after a restart they are on the page Drafts
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from openline.desk.alarms import Place

HELD_MAX: Final = 256


@dataclass(frozen=True, slots=True)
class Together:
    """Acknowledgements that one officer is about to sign: draft ids with what each is about."""

    person: bytes
    drafts: tuple[tuple[str, Place], ...]
    flash: tuple[Place, ...] = ()


@dataclass(slots=True)
class Tray:
    """What lies ready to be signed, in memory; the drafts themselves are kept by the node."""

    held: "OrderedDict[str, Together]" = field(default_factory=OrderedDict)

    def put(self, name: str, together: Together) -> None:
        self.held[name] = together
        while len(self.held) > HELD_MAX:
            self.held.popitem(last=False)
