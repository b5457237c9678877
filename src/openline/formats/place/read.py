"""One place as somebody typed it, read strictly: what could mean two places is asked, not guessed.

Shapes   read_place(text, datum) -> Place; typed_step_m(text) -> metres, or None
Units    degrees are integers of 1e-7 on WGS 84; `step_m` is what the last typed digit is worth
Raises   BadPlace: `reason` is a code, the sentence says what to write instead
Source   docs/decisions/0014-foreign-notations.md, "Places"; NGA.STND.0037
Never    swaps, completes, or takes a letter of another alphabet for one that looks like it
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.formats.area import DEGREE
from openline.formats.malformed import Malformed
from openline.formats.place import datum as datums
from openline.formats.place import grid

CHARACTERS_MAX: Final = 200
# One second of arc. Three decimals of a degree are 111 m: nobody finds a house with them.
STEP_MAX_M: Final = 31
DEGREE_M: Final = 111_195
_NUMBER: Final = r"\d{1,3}(?:\.\d{1,12})?"
_ANGLE: Final = re.compile(
    r"(?P<d>\d{1,3}(?:\.\d{1,12})?)(?:\s*°\s*|[\s:]+|$)"
    r"(?:(?P<m>\d{1,2}(?:\.\d{1,10})?)(?:\s*'\s*|[\s:]+|$)"
    r"(?:(?P<s>\d{1,2}(?:\.\d{1,8})?)\s*(?:\"|'')?\s*)?)?"
)
_LETTER: Final = re.compile(r"[NSEW]")
_UTM: Final = re.compile(
    r"(?P<zone>\d{1,2})\s*(?P<band>NORTH|SOUTH|[A-Z])\s+(?P<e>\d{6}(?:\.\d{1,3})?)\s*M?E?"
    r"[\s,]+(?P<n>\d{1,8}(?:\.\d{1,3})?)\s*M?N?"
)
_MGRS: Final = re.compile(r"\d{1,2}\s*[C-X]\s*[A-Z]{2}[\d\s]*")
_DATUM: Final = re.compile(
    r"(?P<rest>.*?)\s*[(,]?\s*(?P<datum>WGS\s?-?\s?\d\d|ED\s?-?\s?50|PULKOVO\b.*"
    r"|NAD\s?-?\s?\d\d|SK-?42|ETRS\s?\d\d|GCJ-?02|TOKYO)\)?$"
)
# What people type for the signs of degrees, minutes and seconds.
_SIGNS: Final = str.maketrans({"º": "°", "˚": "°", "’": "'", "′": "'", "‘": "'", "`": "'",
                               "″": '"', "”": '"', "“": '"', "\u00a0": " "})  # fmt: skip


class BadPlace(OpenlineError):
    """A place that cannot be read, or could be read as two places."""

    code: ClassVar[str] = "formats.bad-place"
    remedy: ClassVar[str] = "Write it as named, like 50.4501N 30.5234E, or in MGRS or UTM."

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(f"place: {sentence}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Place:
    """A place on WGS 84, as typed and as understood. `accuracy_m` is that of a change of datum."""

    typed: str
    notation: str
    datum: str
    longitude: int
    latitude: int
    step_m: float
    accuracy_m: float = 0.0

    @property
    def point(self) -> tuple[int, int]:
        """[longitude, latitude], as an area holds it."""
        return self.longitude, self.latitude

    @property
    def tolerance_m(self) -> float:
        """How far another spelling of the place may lie away: last digit, and datum."""
        return self.step_m + self.accuracy_m


def read_place(typed: str, datum: str = "") -> Place:
    """The place that a text names; a datum in the text must agree with the one that is given."""
    text, written = _parted(_plain(typed))
    if written and datum and datums.known(datum) != written:
        raise BadPlace("datum-differs", f"the text says {written}, the form says {datum}")
    of = datums.known(written or datum or datums.WGS84)
    notation, longitude, latitude, step_m = _read(text, of)
    accuracy_m = 0.0
    if of != datums.WGS84:
        longitude, latitude, accuracy_m = datums.to_wgs84(of, longitude, latitude)
    if step_m > STEP_MAX_M:
        raise BadPlace("too-coarse", f"its last digit stands for {round(step_m)} m: one second of "
                       "arc, 4 decimals of a degree or 8 digits of MGRS are needed")  # fmt: skip
    if abs(longitude) < 0.001 and abs(latitude) < 0.001:
        raise BadPlace("null-place", "0, 0 is what an empty form gives: no place was typed")
    return Place(typed, notation, of, round(longitude * DEGREE), round(latitude * DEGREE),
                 step_m, accuracy_m)  # fmt: skip


def typed_step_m(typed: str) -> float | None:
    """What the last digit of a place is worth, in metres; None where the text names no one place.

    Of minutes and seconds this is not what their degrees as a number seem to say.
    """
    try:
        text, written = _parted(_plain(typed))
        return _read(text, written or datums.WGS84)[3]
    except (BadPlace, datums.BadDatum):
        return None


def _parted(text: str) -> tuple[str, str]:
    """The place without its datum, and the datum, "" where none is written."""
    named = _DATUM.fullmatch(text)
    if named is None:
        return text, ""
    return named["rest"].rstrip(" ,("), datums.known(named["datum"])


def _plain(typed: str) -> str:
    """The text with one kind of sign for each thing; foreign digits and letters are named."""
    if not typed.strip() or len(typed) > CHARACTERS_MAX:
        raise BadPlace("no-place", f"empty, or longer than {CHARACTERS_MAX} characters")
    text = re.sub(r"\s+", " ", typed.translate(_SIGNS)).strip()
    for letter in text:
        if letter.isascii() or letter == "°":
            continue
        if letter.isdecimal():
            plain = "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in text)
            plain = plain.replace("٫", ".")
            raise BadPlace("foreign-digits", f"digits other than 0-9: is {plain!r} meant?")
        name = unicodedata.name(letter, "unnamed").lower()
        raise BadPlace("foreign-letter", f"holds {letter!r} ({name}): write N, S, E or W in Latin")
    return text.upper()


def _read(text: str, datum: str) -> tuple[str, float, float, float]:
    if _MGRS.fullmatch(text):
        return _mgrs(text, datum)
    if utm := _UTM.fullmatch(text):
        return _utm(utm, datum)
    return _degrees(text)


def _mgrs(text: str, datum: str) -> tuple[str, float, float, float]:
    if datum != datums.WGS84:
        raise BadPlace("mgrs-datum", f"MGRS on {datum} has other letters: write it on WGS 84")
    try:
        longitude, latitude, side = grid.square_of(re.sub(r"\s", "", text))
    except Malformed as error:
        raise BadPlace("bad-mgrs", error.reason) from None
    return "mgrs", longitude, latitude, side


def _utm(match: re.Match[str], datum: str) -> tuple[str, float, float, float]:
    zone, band, east, north = int(match["zone"]), match["band"], match["e"], match["n"]
    if datum == datums.PULKOVO42:
        raise BadPlace("utm-datum", "Pulkovo 1942 goes with Gauss-Krüger, not UTM")
    if band == "S":
        raise BadPlace("ask-hemisphere", f"{zone}S is a band at 32-40 N, or the south: write "
                       f"{zone} north or {zone} south")  # fmt: skip
    if not 1 <= zone <= 60 or (len(band) == 1 and band not in grid.BANDS):
        raise BadPlace("bad-utm", "zones are 1 to 60 and bands C to X without I and O")
    is_north = band in ("NORTH", "N") or (len(band) == 1 and band > "N")
    place = grid.Utm(zone, is_north, float(east), float(north))
    if not 100_000 <= place.east_m < 1_000_000 or place.north_m > 10_000_000:
        raise BadPlace("bad-utm", "east is 100,000 to 999,999 m, north at most 10,000,000 m")
    longitude, latitude = grid.from_utm(place) if datum == datums.WGS84 else datums.from_utm(
        datum, zone, is_north, place.east_m, place.north_m)  # fmt: skip
    if len(band) == 1 and band != "N" and abs(latitude - grid.BANDS.index(band) * 8 + 76) > 9:
        raise BadPlace("bad-utm", f"the northing does not lie in band {band}")
    if not -80 <= latitude <= 84:
        raise BadPlace("bad-utm", "UTM ends at 84 N and 80 S")
    return "utm", longitude, latitude, 10.0 ** -len(east.partition(".")[2])


# ---- degrees ------------------------------------------------------------------------------------


def _degrees(text: str) -> tuple[str, float, float, float]:
    if re.search(r"\d,\d", text) and not re.fullmatch(rf"[+-]?{_NUMBER},[+-]?{_NUMBER}", text):
        dotted = re.sub(r"(?<=\d),(?=\d)", ".", text)
        raise BadPlace("decimal-comma", f"a decimal comma: is {dotted!r} meant?")
    if len(_LETTER.findall(text)) != 2:
        _ask_order(text)
    parts = _split(text)
    axes = {("NS".find(letter) >= 0): (angle, letter) for angle, letter in parts}
    if len(axes) != 2:
        raise BadPlace(
            "ask-order", "two latitudes or two longitudes: one letter of N S, one of E W"
        )
    (latitude, kind, lat_step), north = axes[True]
    (longitude, _, lon_step), east = axes[False]
    if latitude > 90 or longitude > 180:
        swapped = " (were the two swapped?)" if latitude <= 180 and longitude <= 90 else ""
        raise BadPlace("beyond", f"latitude beyond 90 or longitude beyond 180 degrees{swapped}")
    step_m = float(max(lat_step, lon_step) * DEGREE_M)
    return (
        kind,
        float(-longitude if east == "W" else longitude),
        float(-latitude if north == "S" else latitude),
        step_m,
    )


def _ask_order(text: str) -> None:
    """No letters: the person is shown both readings, with letters to choose from."""
    match = re.fullmatch(rf"([+-]?)({_NUMBER})°?\s*[,;\s]\s*([+-]?)({_NUMBER})°?", text)
    if match is None:
        raise BadPlace("no-place", "not degrees with N or S and E or W, not UTM, not MGRS")

    def spelled(sign: str, number: str, axis: str) -> str:
        return f"{number}{axis[1] if sign == '-' else axis[0]}"

    first = f"{spelled(match[1], match[2], 'NS')} {spelled(match[3], match[4], 'EW')}"
    second = f"{spelled(match[3], match[4], 'NS')} {spelled(match[1], match[2], 'EW')}"
    raise BadPlace("ask-order", f"no letters, so it could be {first} or {second}: write which")


def _split(text: str) -> list[tuple[tuple[Fraction, str, Fraction], str]]:
    """The two angles with their letters; the letter stands before both or behind both."""
    leads = text[0] in "NSEW"
    pieces = re.split(r"(?<=[NSEW])" if not leads else r"(?=[NSEW])", text)
    pieces = [piece.strip(" ,;/") for piece in pieces if piece.strip(" ,;/")]
    if len(pieces) != 2:
        raise BadPlace("no-place", "not two angles, each with its letter")
    found = []
    for piece in pieces:
        letter, rest = (piece[0], piece[1:]) if leads else (piece[-1], piece[:-1])
        found.append((_angle(rest.strip()), letter))
    return found


def _angle(text: str) -> tuple[Fraction, str, Fraction]:
    """Degrees, the notation, and the step of the last digit in degrees."""
    match = _ANGLE.fullmatch(text)
    if match is None:
        raise BadPlace("no-place", f"{text[:30]!r} is not degrees, minutes and seconds")
    degrees, minutes, second = match["d"], match["m"], match["s"]
    if minutes is None:
        return Fraction(degrees), "decimal", _step(degrees)
    if "." in degrees or (second is not None and "." in minutes):
        raise BadPlace("no-place", "only the last of degrees, minutes and seconds has decimals")
    if Fraction(minutes) >= 60 or Fraction(second or 0) >= 60:
        raise BadPlace("beyond", "60 minutes or seconds, or more")
    value = Fraction(degrees) + Fraction(minutes) / 60 + Fraction(second or 0) / 3600
    if second is None:
        return value, "dm", _step(minutes) / 60
    return value, "dms", _step(second) / 3600


def _step(digits: str) -> Fraction:
    return Fraction(1, 10 ** len(digits.partition(".")[2]))
