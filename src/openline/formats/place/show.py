"""A place in other spellings, so that whoever checks it sees it with other eyes.

Shapes   spellings(longitude, latitude) -> {notation: text}; others(place) -> two of them
Units    degrees are integers of 1e-7
Raises   nothing: beyond 84 N and 80 S there is no UTM and no MGRS
Source   docs/decisions/0014-foreign-notations.md, "Places"
Never    writes a number without its letter, or more digits than an integer of 1e-7 holds
"""

from collections.abc import Mapping
from typing import Final

from openline.formats.area import DEGREE
from openline.formats.malformed import Malformed
from openline.formats.place import grid
from openline.formats.place.read import Place

# Which two are shown for which typed: the one furthest from it first.
_OTHERS: Final = {
    "decimal": ("mgrs", "dms"),
    "dm": ("mgrs", "decimal"),
    "dms": ("mgrs", "decimal"),
    "utm": ("dms", "mgrs"),
    "mgrs": ("dms", "decimal"),
}


def spellings(longitude: int, latitude: int) -> Mapping[str, str]:
    """Every spelling that exists for the place, the keys as in `Place.notation`."""
    found = {
        "decimal": f"{_decimal(latitude, 'NS', 2)} {_decimal(longitude, 'EW', 3)}",
        "dm": f"{_minutes(latitude, 'NS', 2)} {_minutes(longitude, 'EW', 3)}",
        "dms": f"{_seconds(latitude, 'NS', 2)} {_seconds(longitude, 'EW', 3)}",
    }
    x, y = longitude / DEGREE, latitude / DEGREE
    try:
        utm = grid.to_utm(x, y)
    except Malformed:
        return found
    side = "north" if utm.is_north else "south"
    found["utm"] = f"{utm.zone} {side} {utm.east_m:09.2f} {utm.north_m:010.2f}"
    found["mgrs"] = grid.to_mgrs(x, y)
    return found


def also_written(longitude: int, latitude: int) -> list[str]:
    """The place in two spellings other than decimal degrees, which are shown before them."""
    found = spellings(longitude, latitude)
    return [found[name] for name in ("mgrs", "dms", "dm") if name in found][:2]


def others(place: Place) -> list[str]:
    """The place in two spellings that differ from the typed one."""
    found = spellings(place.longitude, place.latitude)
    wanted = [*_OTHERS[place.notation], "decimal", "dms", "dm"]
    return [found[name] for name in wanted if name in found and name != place.notation][:2]


def _decimal(value: int, letters: str, width: int) -> str:
    whole, part = divmod(abs(value), DEGREE)
    return f"{whole:0{width}d}.{part:07d}{letters[value < 0]}"


def _minutes(value: int, letters: str, width: int) -> str:
    """Degrees and minutes with five decimals, which an integer of 1e-7 degree fills."""
    total = round(abs(value) * 60 / 100)  # parts of 1e-5 minute
    degrees, rest = divmod(total, 60 * 100_000)
    whole, part = divmod(rest, 100_000)
    return f"{degrees:0{width}d}°{whole:02d}.{part:05d}'{letters[value < 0]}"


def _seconds(value: int, letters: str, width: int) -> str:
    total = round(abs(value) * 3600 / 10_000)  # parts of 1e-3 second
    degrees, rest = divmod(total, 3600 * 1000)
    minutes, rest = divmod(rest, 60 * 1000)
    whole, part = divmod(rest, 1000)
    return f"{degrees:0{width}d}°{minutes:02d}'{whole:02d}.{part:03d}\"{letters[value < 0]}"
