"""What was told elsewhere, as far as a machine read it: zones, windows, and every doubt.

Shapes   Heard(notation, number, ..., zones, doubts); a zone is an area with its own windows
Units    times are unix seconds UTC; an open end is None
Raises   nothing
Source   docs/decisions/0014-foreign-notations.md; S-124 and NOTAM vocabulary in docs/SOURCES.md
Never    holds a window or an area that was not wholly understood: a doubt stands in its place
"""

from collections.abc import Iterable
from dataclasses import dataclass

from openline.formats.area import Area


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, closed at both ends. Alternates replace the windows before them."""

    start_s: int
    end_s: int | None
    is_alternate: bool = False
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Zone:
    """One area of a notice and when it is meant. `name` is what the text calls it."""

    name: str
    areas: tuple[Area, ...] = ()
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Doubt:
    """Something that was not understood: a code for tables and a sentence for the person."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One notice of another notation. `kind` is new, replaces, cancels or in-force.

    `cancels` are the numbers of other notices that this one ends; `cancelled_s` is when it ends
    itself. `text` is the whole text as it was given.
    """

    notation: str
    number: str
    text: str
    kind: str = "new"
    issued_s: int | None = None
    zones: tuple[Zone, ...] = ()
    cancels: tuple[str, ...] = ()
    cancelled_s: int | None = None
    status: str = ""
    subject: str = ""
    doubts: tuple[Doubt, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_checkable(self) -> bool:
        """Whether every area and every window was understood, and there is at least one of each."""
        whole = all(zone.areas and zone.windows for zone in self.zones)
        return bool(self.zones) and whole and not self.doubts

    @property
    def windows(self) -> tuple[Window, ...]:
        """The windows of all zones, each once, in order of time."""
        return windows_of(self.zones)


def windows_of(zones: Iterable[Zone]) -> tuple[Window, ...]:
    """The windows of these zones, each once, in order of time; an open end comes last."""
    return tuple(sorted({w for zone in zones for w in zone.windows}, key=_by_time))


def _by_time(window: Window) -> tuple[int, bool, int, bool]:
    return window.start_s, window.end_s is None, window.end_s or 0, window.is_alternate
