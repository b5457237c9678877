"""Readers of foreign notations against public data and the labels that were made before them."""

import json
import math
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from openline.errors import OpenlineError
from openline.formats.export.geojson import read_features
from openline.formats.foreign.cap import read_alert
from openline.formats.foreign.digital_notam import read_digital
from openline.formats.foreign.heard import Heard
from openline.formats.foreign.navwarn import read_warning
from openline.formats.foreign.notam import read_notam
from openline.formats.malformed import Malformed
from tests.formats import gold

pytestmark = pytest.mark.shared

Points = list[tuple[float, float]]
# Windows that a reader misses, by text and cause: each is text only, none is a wrong window.
MISSED = {
    ("broadcasts", 571): "hours of the launch before the list, hours of each area within it",
    ("notams", 1106): "an FDC notice in prose, not a NOTAM of the ICAO form",
}
# Rows of the NOTAM file whose polygon is not what the text says.
NOT_THE_TEXT = {
    793: "decimals of seconds misread in the file",
    796: "decimals of seconds misread in the file",
    1043: "decimals of seconds misread in the file",
    1044: "decimals of seconds misread in the file",
    801: "an arc drawn as a straight edge",
    802: "an arc drawn as a straight edge",
    809: "four single positions joined to a ring",
    833: "an alternative route joined to a ring",
}
_CANCEL = re.compile(
    r"CAN(?:CEL)?\s+THIS\s+MSG\s+(?:(?:ON|AT)\s+)?(\d\d)(\d\d)(\d\d)\s*(?:Z|UTC)?\s+([A-Z]{3})(?:\s+(\d\d))?"
)
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


def test_windows_of_the_labelled_warnings_and_notams(shared: Path) -> None:
    right, missed = 0, set()
    for name, number, label, heard in labelled(shared):
        told = gold.said(heard) if heard else set()
        if told == gold.meant(label, heard.issued_s if heard else None):
            right += 1
        else:
            assert not told, f"a wrong window, silently: {name} {number}"
            missed.add((name, number))
    assert missed == set(MISSED)
    assert right == 298


def labelled(shared: Path) -> list[tuple[str, int, str, Heard | None]]:
    """Every labelled text as its reader understands it; None where it is refused whole."""
    found: list[tuple[str, int, str, Heard | None]] = []
    rows = gold.warnings(shared)
    for number, digest, label in gold.labels("warnings"):
        body = str(rows[number]["body"])
        assert gold.is_text(body, digest)
        found.append(("warnings", number, label, read_warning(body, gold.issued(rows[number]))))
    for number, digest, label in gold.labels("broadcasts"):
        raw = gold.table(shared, "nga_msi_2026.csv.gz")[number]["raw"]
        assert gold.is_text(raw, digest)
        found.append(("broadcasts", number, label, read_warning(raw)))
    for number, digest, label in gold.labels("notams"):
        raw = gold.table(shared, "notams_2026.csv.gz")[number]["raw"]
        assert gold.is_text(raw, digest)
        found.append(("notams", number, label, or_none(raw)))
    return found


def or_none(raw: str) -> Heard | None:
    try:
        return read_notam(raw)
    except Malformed:
        return None


@pytest.mark.slow
def test_a_military_or_hazard_warning_ends_when_its_own_text_says(shared: Path) -> None:
    right = stated = 0
    for row in gold.warnings(shared):
        body = str(row["body"])
        match = _CANCEL.search(body) if gold.HAZARD.search(body) else None
        if match is None:
            continue
        stated += 1
        heard = read_warning(body, gold.issued(row))
        right += heard.cancelled_s == own_end(match, heard)
    assert stated == 9_758
    assert right / stated >= 0.99


def own_end(match: re.Match[str], heard: Heard) -> int | None:
    """The end as plainly as it can be read; without a year, the first such month from the issue."""
    month = _MONTHS.index(match[4]) + 1
    about = datetime.fromtimestamp(heard.issued_s or 0, UTC)
    year = 2000 + int(match[5]) if match[5] else about.year + (month < about.month - 1)
    day, hour, minute = (int(match[n]) for n in (1, 2, 3))
    try:
        return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())
    except ValueError:
        return None


def test_areas_of_the_broadcast_warnings_lie_where_the_file_draws_them(shared: Path) -> None:
    """Where the file rounds to whole seconds of arc, half a second is added to the 10 m."""
    right, exact, all_exact, seen = 0, 0, 0, set()
    for row in gold.table(shared, "nga_msi_2026.csv.gz"):
        raw = row["raw"]
        if not row["polygon"] or raw in seen or "BOUND" not in raw.upper():
            continue
        seen.add(raw)
        theirs = [(x, y) for ring in json.loads(row["polygon"]) for y, x in ring]
        is_rounded = all(abs(v * 3600 - round(v * 3600)) < 1e-3 for p in theirs for v in p)
        far = furthest_m(theirs, read_warning(raw))
        right += far < (32 if is_rounded else 10)
        all_exact += not is_rounded
        exact += not is_rounded and far < 10
    assert (len(seen), all_exact) == (285, 168)
    assert right / len(seen) >= 0.95
    assert exact / all_exact >= 0.95


def test_areas_of_the_notams_lie_where_the_file_draws_them(shared: Path) -> None:
    right, seen = 0, set()
    for number, row in enumerate(gold.table(shared, "notams_2026.csv.gz")):
        if not row["polygon"] or row["raw"] in seen or number in NOT_THE_TEXT:
            continue
        heard = or_none(row["raw"])
        if heard is None:
            continue
        seen.add(row["raw"])
        given = json.loads(row["polygon"])
        rings = [given] if isinstance(given[0][0], int | float) else given
        right += furthest_m([(x, y) for ring in rings for y, x in ring], heard) < 10
    assert len(seen) == 83
    assert right / len(seen) >= 0.95


def furthest_m(theirs: Points, heard: Heard) -> float:
    """How far the corner of the file that lies furthest from any of ours is."""
    ours = [
        (x / 1e7, y / 1e7) for zone in heard.zones for area in zone.areas for x, y in area.points
    ]
    return max(min((metres(a, b) for b in ours), default=math.inf) for a in theirs)


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    east = abs(one[0] - other[0])
    east = min(east, 360 - east) * math.cos(math.radians(one[1]))
    return math.hypot(one[1] - other[1], east) * 111_195


@pytest.mark.parametrize(
    "line",
    (gold.FOLDER / "cap.txt").read_text("utf-8").splitlines(),
    ids=lambda x: x.split("\t")[0],
)
def test_a_cap_file_has_the_verdict_that_was_written_before_the_reader(
    line: str, shared: Path
) -> None:
    name, verdict, _ = line.split("\t")
    data = (shared / "data" / "cap" / name).read_bytes()
    try:
        heard = read_alert(data)
    except OpenlineError:
        assert verdict == "refused"
    else:
        assert verdict == ("read" if heard.is_checkable else "text-only")


def test_every_digital_notam_is_read_or_refused_by_name(shared: Path) -> None:
    folder = shared / "data" / "donlon_digitalNOTAM" / "digitalNOTAM"
    windows = refused = 0
    for path in sorted(folder.glob("*.xml")):
        try:
            found = read_digital(path.read_bytes())
        except Malformed:
            refused += 1
            continue
        windows += sum(bool(heard.zones and heard.zones[0].windows) for heard in found)
    assert (windows, refused) == (37, 5)


def test_every_published_map_feature_is_read_or_has_its_fault_named(shared: Path) -> None:
    folder = shared / "data" / "cot" / "test" / "fixtures"
    features = [
        each for path in folder.glob("*.geojson") for each in read_features(path.read_bytes())
    ]
    assert len(features) == 35
    assert all((each.area is None) == bool(each.fault) for each in features)
