"""Named datums, and the way from them to WGS 84 by PROJ without any download.

Shapes   to_wgs84(datum, longitude, latitude) -> (longitude, latitude, accuracy_m)
Units    degrees as floats; accuracy in metres, as the EPSG register states it for the operation
Raises   BadDatum
Source   EPSG register inside PROJ (4326, 4230, 4284); docs/decisions/0014-foreign-notations.md
Never    uses the network, a grid that is not bundled, or a change without a stated accuracy
"""

import re
from typing import Any, ClassVar, Final

from openline.errors import OpenlineError

WGS84: Final = "WGS 84"
ED50: Final = "ED50"
PULKOVO42: Final = "Pulkovo 1942"
_EPSG: Final = {WGS84: 4326, ED50: 4230, PULKOVO42: 4284}
_NAMES: Final = {"WGS84": WGS84, "ED50": ED50, "PULKOVO1942": PULKOVO42, "PULKOVO42": PULKOVO42,
                 "SK42": PULKOVO42}  # fmt: skip
_WHY_NOT: Final = {
    "GCJ02": "its shift is secret and varies from place to place",
    "WGS72": "it differs by metres and by the set of parameters that was used",
    "TOKYO": "its shift needs a grid that is not bundled",
    "NAD27": "its shift needs a grid that is not bundled",
    "NAD83": "it moves against WGS 84 by an amount that depends on the year",
    "ETRS89": "it moves against WGS 84 by an amount that depends on the year",
}


class BadDatum(OpenlineError):
    """A datum that is not read here, or a place where its change to WGS 84 is not known."""

    code: ClassVar[str] = "formats.bad-datum"
    remedy: ClassVar[str] = "Convert the place to WGS 84 with whoever made the map, and say so."


def known(text: str) -> str:
    """The datum's name as it is written here."""
    bare = re.sub(r"[\s-]", "", text.upper())
    if bare in _NAMES:
        return _NAMES[bare]
    why = _WHY_NOT.get(bare, f"known are {', '.join(_EPSG)}")
    raise BadDatum(f"datum {text[:40]!r} is not read: {why}")


def to_wgs84(datum: str, longitude: float, latitude: float) -> tuple[float, float, float]:
    """The place on WGS 84 by the best operation for it that needs no grid."""
    from pyproj import CRS
    from pyproj.aoi import AreaOfInterest
    from pyproj.network import set_network_enabled  # type: ignore[attr-defined] # not in its stub
    from pyproj.transformer import TransformerGroup

    set_network_enabled(False)
    around = AreaOfInterest(longitude - 0.01, latitude - 0.01, longitude + 0.01, latitude + 0.01)
    group = TransformerGroup(
        CRS.from_epsg(_EPSG[datum]), CRS.from_epsg(_EPSG[WGS84]), always_xy=True,
        area_of_interest=around,  # type: ignore[arg-type] # the stub names a private class
        allow_ballpark=False,
    )  # fmt: skip
    usable = [
        each
        for each in group.transformers
        if each.accuracy >= 0 and _covers(each, longitude, latitude)
    ]
    if not usable:
        raise BadDatum(f"datum {datum}: no change to WGS 84 is known at this place")
    best = min(usable, key=lambda each: each.accuracy)
    there = best.transform(longitude, latitude, errcheck=True)
    return float(there[0]), float(there[1]), float(best.accuracy)


def _covers(transformer: Any, longitude: float, latitude: float) -> bool:
    """Whether the place lies where the operation is meant to be used."""
    area = transformer.area_of_use
    if area is None:
        return False
    east = area.east + (360 if area.east < area.west else 0)
    there = longitude + (360 if longitude < area.west else 0)
    return bool(area.south <= latitude <= area.north and area.west <= there <= east)


def from_utm(
    datum: str, zone: int, is_north: bool, east_m: float, north_m: float
) -> tuple[float, float]:
    """Longitude and latitude on a datum whose UTM uses the International ellipsoid (ED50)."""
    from pyproj import Proj

    if datum != ED50:
        raise BadDatum(f"datum {datum}: its UTM is not read")
    grid = Proj(proj="utm", zone=zone, ellps="intl", south=not is_north)
    longitude, latitude = grid(east_m, north_m, inverse=True)
    return float(longitude), float(latitude)
