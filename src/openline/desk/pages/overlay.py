"""Boundaries that a node's map may show: the operator's file, under the operator's words.

Shapes   read_overlay(path, label) -> Overlay or None; the data is GeoJSON or TopoJSON
Units    decimal degrees, longitude first
Raises   BadOverlay
Source   docs/decisions/0047; docs/OPERATE.md, "Map and timeline"
Never    ships with Openline: the default map has a coastline and no boundary
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.formats.check_value import line_faults

BYTES_MAX: Final = 16 * 1024 * 1024
LABEL_CHARACTERS_MAX: Final = 120
KINDS: Final = frozenset({"FeatureCollection", "GeometryCollection", "MultiLineString", "Topology"})


class BadOverlay(OpenlineError):
    """The file of boundaries cannot be shown, or nobody says whose view it is."""

    code: ClassVar[str] = "desk.bad-overlay"
    remedy: ClassVar[str] = (
        "Name a GeoJSON or TopoJSON file in `boundaries` and whose view it is in"
        " `boundaries_label`, or leave both empty."
    )


@dataclass(frozen=True, slots=True)
class Overlay:
    """A file as it is sent to browsers, and the words that always stand beside it."""

    label: str
    data: bytes


def read_overlay(path: str, label: str) -> Overlay | None:
    """The overlay that the settings name, read once at the start."""
    if not path:
        return None
    for _, sentence in line_faults(label, LABEL_CHARACTERS_MAX):
        raise BadOverlay(f"boundaries_label {sentence}")
    try:
        with Path(path).open("rb") as file:
            data = file.read(BYTES_MAX + 1)
        value = json.loads(data) if len(data) <= BYTES_MAX else None
    except (OSError, ValueError, RecursionError) as fault:
        raise BadOverlay(f"{path}: {fault}") from None
    if not isinstance(value, dict) or value.get("type") not in KINDS:
        raise BadOverlay(f"{path}: not one of {', '.join(sorted(KINDS))} of {BYTES_MAX} bytes")
    return Overlay(label, data)
