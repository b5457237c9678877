"""UTM and MGRS on WGS 84, both ways, in plain arithmetic.

Shapes   to_utm(longitude, latitude) -> Utm · from_utm(Utm) · to_mgrs(...) · square_of(text)
Units    degrees as floats; metres as floats; a square's side in metres
Raises   Malformed
Source   Karney 2011 (Krüger series to the sixth order); NGA.STND.0037 (UTM, MGRS)
Never    goes beyond 84 N and 80 S, where UTM ends; never rounds a square to its nearest corner
"""

import math
import re
from dataclasses import dataclass
from typing import Final

from openline.formats.malformed import Malformed

_A: Final = 6_378_137.0
_F: Final = 1 / 298.257223563
_K0: Final = 0.9996
_N: Final = _F / (2 - _F)
_E: Final = math.sqrt(_F * (2 - _F))
_RADIUS: Final = _A / (1 + _N) * (1 + _N**2 / 4 + _N**4 / 64 + _N**6 / 256)
_EAST: Final = 500_000.0
_SOUTH: Final = 10_000_000.0
BANDS: Final = "CDEFGHJKLMNPQRSTUVWX"
_COLUMNS: Final = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS: Final = "ABCDEFGHJKLMNPQRSTUV"
_MGRS: Final = re.compile(r"(\d{1,2})([C-HJ-NP-X])([A-HJ-NP-Z])([A-HJ-NP-V])((?:\d\d){0,5})")
# Krüger's coefficients, forward (alpha) and back (beta), by powers of the third flattening.
_ALPHA: Final = (
    _N / 2 - _N**2 * 2 / 3 + _N**3 * 5 / 16 + _N**4 * 41 / 180 - _N**5 * 127 / 288
    + _N**6 * 7891 / 37800,
    _N**2 * 13 / 48 - _N**3 * 3 / 5 + _N**4 * 557 / 1440 + _N**5 * 281 / 630
    - _N**6 * 1983433 / 1935360,
    _N**3 * 61 / 240 - _N**4 * 103 / 140 + _N**5 * 15061 / 26880 + _N**6 * 167603 / 181440,
    _N**4 * 49561 / 161280 - _N**5 * 179 / 168 + _N**6 * 6601661 / 7257600,
    _N**5 * 34729 / 80640 - _N**6 * 3418889 / 1995840,
    _N**6 * 212378941 / 319334400,
)  # fmt: skip
_BETA: Final = (
    _N / 2 - _N**2 * 2 / 3 + _N**3 * 37 / 96 - _N**4 / 360 - _N**5 * 81 / 512
    + _N**6 * 96199 / 604800,
    _N**2 / 48 + _N**3 / 15 - _N**4 * 437 / 1440 + _N**5 * 46 / 105 - _N**6 * 1118711 / 3870720,
    _N**3 * 17 / 480 - _N**4 * 37 / 840 - _N**5 * 209 / 4480 + _N**6 * 5569 / 90720,
    _N**4 * 4397 / 161280 - _N**5 * 11 / 504 - _N**6 * 830251 / 7257600,
    _N**5 * 4583 / 161280 - _N**6 * 108847 / 3991680,
    _N**6 * 20648693 / 638668800,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Utm:
    """A position in a zone; southern northings count from 10,000 km below the equator."""

    zone: int
    is_north: bool
    east_m: float
    north_m: float


def zone_of(longitude: float, latitude: float) -> int:
    """The zone, with the exceptions of south-west Norway and Svalbard."""
    zone = min(int((longitude + 180) // 6) + 1, 60)
    if 56 <= latitude < 64 and 3 <= longitude < 12:
        return 32
    if 72 <= latitude <= 84 and 0 <= longitude < 42:
        return 31 + 2 * int((longitude + 3) // 12)
    return zone


def to_utm(longitude: float, latitude: float, zone: int | None = None) -> Utm:
    """The position on the grid of its zone, or of a neighbouring one."""
    if not -80 <= latitude <= 84:
        raise Malformed("place", "UTM ends at 84 N and 80 S")
    zone = zone or zone_of(longitude, latitude)
    east, north = _project(longitude - (zone * 6 - 183), latitude)
    is_north = latitude >= 0
    return Utm(zone, is_north, _EAST + east, north if is_north else north + _SOUTH)


def from_utm(place: Utm) -> tuple[float, float]:
    """Longitude and latitude of a position on the grid."""
    north = place.north_m if place.is_north else place.north_m - _SOUTH
    longitude, latitude = _unproject(place.east_m - _EAST, north)
    longitude += place.zone * 6 - 183
    return (longitude + 180) % 360 - 180, latitude


def _project(longitude: float, latitude: float) -> tuple[float, float]:
    phi, lam = math.radians(latitude), math.radians((longitude + 180) % 360 - 180)
    sigma = math.sinh(_E * math.atanh(_E * math.sin(phi)))
    tau = math.tan(phi)
    tau_c = tau * math.hypot(1, sigma) - sigma * math.hypot(1, tau)
    xi = math.atan2(tau_c, math.cos(lam))
    eta = math.asinh(math.sin(lam) / math.hypot(tau_c, math.cos(lam)))
    east = eta + sum(a * math.cos(2 * j * xi) * math.sinh(2 * j * eta)
                     for j, a in enumerate(_ALPHA, 1))  # fmt: skip
    north = xi + sum(a * math.sin(2 * j * xi) * math.cosh(2 * j * eta)
                     for j, a in enumerate(_ALPHA, 1))  # fmt: skip
    return _K0 * _RADIUS * east, _K0 * _RADIUS * north


def _unproject(east: float, north: float) -> tuple[float, float]:
    xi, eta = north / (_K0 * _RADIUS), east / (_K0 * _RADIUS)
    xi_c = xi - sum(b * math.sin(2 * j * xi) * math.cosh(2 * j * eta)
                    for j, b in enumerate(_BETA, 1))  # fmt: skip
    eta_c = eta - sum(b * math.cos(2 * j * xi) * math.sinh(2 * j * eta)
                      for j, b in enumerate(_BETA, 1))  # fmt: skip
    tau_c = math.sin(xi_c) / math.hypot(math.sinh(eta_c), math.cos(xi_c))
    lam = math.atan2(math.sinh(eta_c), math.cos(xi_c))
    tau = tau_c
    for _ in range(5):
        sigma = math.sinh(_E * math.atanh(_E * tau / math.hypot(1, tau)))
        guess = tau * math.hypot(1, sigma) - sigma * math.hypot(1, tau)
        step = (tau_c - guess) / math.hypot(1, guess)
        tau += step * (1 + (1 - _E**2) * tau**2) / ((1 - _E**2) * math.hypot(1, tau))
    return math.degrees(lam), math.degrees(math.atan(tau))


def band_of(latitude: float) -> str:
    """The letter of an eight-degree band; X is twelve degrees high."""
    return BANDS[min(int((latitude + 80) // 8), len(BANDS) - 1)]


# ---- MGRS ---------------------------------------------------------------------------------------


def to_mgrs(longitude: float, latitude: float, digits: int = 5) -> str:
    """The square that holds a position, `digits` digits for each of east and north."""
    utm = to_utm(longitude, latitude)
    # An integer of 1e-7 degree is 11 mm wide: a corner of a square must not fall out of it.
    east, north = math.floor(utm.east_m + 0.012), math.floor(utm.north_m + 0.012)
    column = _COLUMNS[(utm.zone - 1) % 3][east // 100_000 - 1]
    row = _ROWS[(north // 100_000 + (0 if utm.zone % 2 else 5)) % 20]
    side = 10 ** (5 - digits)
    within = [f"{value % 100_000 // side:0{digits}d}" if digits else "" for value in (east, north)]
    return f"{utm.zone:02d}{band_of(latitude)}{column}{row}{''.join(within)}"


def square_of(text: str) -> tuple[float, float, float]:
    """The square that a reference names: longitude and latitude of its south-west corner, side."""
    match = _MGRS.fullmatch(text)
    if match is None:
        raise Malformed("place", "not an MGRS reference: zone, band, two letters, even digits")
    zone, band = int(match[1]), match[2]
    if not 1 <= zone <= 60:
        raise Malformed("place", "MGRS zones are 1 to 60")
    columns = _COLUMNS[(zone - 1) % 3]
    if match[3] not in columns:
        raise Malformed("place", f"zone {zone} has no squares with the column {match[3]}")
    half = len(match[5]) // 2
    side = 10 ** (5 - half)
    east = (columns.index(match[3]) + 1) * 100_000 + int(match[5][:half] or 0) * side
    row = (_ROWS.index(match[4]) - (0 if zone % 2 else 5)) % 20
    north = row * 100_000 + int(match[5][half:] or 0) * side
    return *_in_band(zone, band, float(east), float(north), float(side)), float(side)


def _in_band(zone: int, band: str, east: float, north: float, side: float) -> tuple[float, float]:
    """Rows repeat every 2,000 km: the one that lies in the band is meant."""
    is_north = band >= "N"
    low = BANDS.index(band) * 8 - 80
    high = low + (12 if band == "X" else 8)
    for turn in range(5):
        there = Utm(zone, is_north, east, north + turn * 2_000_000)
        longitude, latitude = from_utm(there)
        top = from_utm(Utm(zone, is_north, east + side, there.north_m + side))[1]
        if latitude < high and top > low and abs(latitude - (low + high) / 2) < 12:
            return longitude, latitude
    raise Malformed("place", f"the letters name no square in zone {zone}, band {band}")
