"""Exports: the status first everywhere, exercise and actual never together, nothing rounded."""

import json
import math
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.area import DEGREE, Area
from openline.formats.check import check
from openline.formats.export.annex import LINES, WIDTH, write_annex
from openline.formats.export.geojson import cut, read_features, write_features
from openline.formats.export.kml import circle, write_kml
from openline.formats.export.notice import MixedStatus, NothingToExport, Notice, zones_of
from openline.formats.export.spreadsheet import write_spreadsheet
from openline.formats.foreign.digital_notam import read_digital
from openline.formats.foreign.heard import Heard, Window, Zone
from openline.formats.foreign.navwarn import read_warning
from openline.formats.foreign.ring import crosses_itself, ring_of
from openline.formats.foreign.telling import FIELDS_MAX, FORMAT, fields_of
from openline.formats.malformed import Malformed
from openline.formats.pack import load_packs
from openline.formats.sheet.csv_text import read_csv
from tests.formats.test_cap_and_cot import areas, windows

RING = ring_of(((170_000_000, 390_000_000), (180_000_000, 390_000_000), (180_000_000, 400_000_000)))
SPAN = Window(1_790_000_000, 1_790_003_600)
WRITERS = (write_features, write_kml, write_spreadsheet, lambda n: write_annex(n).encode())


def notice(status: str = "exercise", *zones: Zone, subject: str = "Firing at sea") -> Notice:
    return Notice(
        status, "North-South", "north.example:1.4", "north.example", "core/hazard-area@1",
        1_789_000_000, "noted", subject, (("1", "Subject", subject),),
        zones or (Zone("A", (RING,), (SPAN,)),),
    )  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
def test_exercise_and_actual_never_share_a_file(write: object) -> None:
    assert callable(write)
    with pytest.raises(MixedStatus):
        write([notice("exercise"), notice("actual")])
    with pytest.raises(NothingToExport):
        write([])


@pytest.mark.parametrize("write", WRITERS)
def test_an_exercise_says_so_first(write: object) -> None:
    assert callable(write)
    text = write([notice()]).decode("utf-8-sig")
    assert 0 <= text.index("EXERCISE") < text.index("Firing at sea")
    assert "EXERCISE: Firing at sea" in text


def test_every_page_of_an_annex_bears_its_status() -> None:
    pages = write_annex([notice() for _ in range(50)]).split("\f")
    assert len(pages) > 2
    assert all(page.startswith("EXERCISE") for page in pages)
    assert all(len(line) <= WIDTH for page in pages for line in page.split("\n"))
    assert all(page.count("\n") <= LINES for page in pages)


def test_a_spreadsheet_holds_no_formula() -> None:
    evil = notice("actual", subject='=HYPERLINK("x")')
    data = write_spreadsheet([evil])
    assert b"\"'=HYPERLINK" in data
    (row,) = read_csv(data)
    assert row.cells["subject"].text == '=HYPERLINK("x")'
    assert row.cells["positions"].text.startswith("39.0000000N 017.0000000E")


@given(st.lists(areas, min_size=1, max_size=4), windows)
def test_features_that_are_written_are_read_back(shapes: list[Area], window: Window) -> None:
    zones = tuple(Zone(str(n), (area,), (window,)) for n, area in enumerate(shapes))
    data = write_features([notice("actual", *zones)])
    assert [each.area for each in read_features(data)] == shapes
    assert json.loads(data)["status"] == "ACTUAL"


@pytest.mark.parametrize(
    ("geometry", "words"),
    [
        ('{"type":"Point","coordinates":[50.1,95.2]}', "swapped"),
        ('{"type":"Point","coordinates":[0,0]}', "empty form"),
        ('{"type":"Point","coordinates":["a",1]}', "not numbers"),
        ('{"type":"Point","coordinates":[1]}', "not \\[longitude"),
        ('{"type":"GeometryCollection","geometries":[]}', "not one of"),
        ('{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2],[1,1]],[[1,1],[2,1],[2,2],[1,1]]]}',
         "hole"),
        ('{"type":"Polygon","coordinates":[[[1,1],[2,2],[2,1],[1,2],[1,1]]]}', "cross"),
        ('{"type":"Polygon","coordinates":[[[1,1],[2,1],[2,2]]]}', "close"),
    ],
)  # fmt: skip
def test_a_geometry_that_is_not_plain_is_a_fault_of_its_feature(geometry: str, words: str) -> None:
    text = f'{{"type":"Feature","properties":{{"n":1}},"geometry":{geometry}}}'
    (feature,) = read_features(text.encode())
    assert feature.area is None
    assert any(word in feature.fault for word in words.replace("\\", "").split(" "))


@pytest.mark.parametrize(
    "data",
    [b"", b"[1]", b"[" * 5_000, b'{"a":1,"a":2}', b'{"type":"FeatureCollection","features":3}',
     b'{"type":"FeatureCollection","crs":{"name":"EPSG:3857"},"features":[]}', b'{"a":NaN}'],
)  # fmt: skip
def test_a_file_that_is_no_plain_collection_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        list(read_features(data))


def test_a_ring_over_180_degrees_is_cut_there() -> None:
    points = [(1_790_000_000, 0), (-1_790_000_000, 0), (-1_790_000_000, 10), (1_790_000_000, 10)]
    ring = ring_of([(x, y + 400_000_000) for x, y in points])
    west, east = cut(ring.points)
    assert {x for x, _ in west} == {1_790_000_000, 1_800_000_000}
    assert {x for x, _ in east} == {-1_790_000_000, -1_800_000_000}
    assert cut(RING.points) == [list(RING.points)]


def test_a_ring_that_crosses_itself_is_known() -> None:
    assert crosses_itself([(0, 0), (2, 2), (2, 0), (0, 2)])
    assert not crosses_itself([(0, 0), (2, 0), (2, 2), (0, 2)])


def test_a_drawn_circle_is_never_smaller_than_the_area() -> None:
    centre = (300_000_000, 500_000_000)
    for (x, y), (u, v) in zip(circle(centre, 10_000), circle(centre, 10_000)[1:], strict=False):
        east = ((x + u) / 2 - centre[0]) / DEGREE * math.cos(math.radians(50)) * 111_195
        north = ((y + v) / 2 - centre[1]) / DEGREE * 111_195
        assert math.hypot(east, north) >= 9_990


def test_kml_holds_windows_and_no_link() -> None:
    root = fromstring(write_kml([notice()]))
    names = {each.tag.rpartition("}")[2] for each in root.iter()}
    assert {"Placemark", "TimeSpan", "Polygon"} <= names
    assert "href" not in names


# ---- told elsewhere -----------------------------------------------------------------------------

WARNING = (
    "262111Z FEB 26 NAVAREA XXI 57/26(9). 1. ROCKET LAUNCHING 130800Z TO 130900Z MAR, "
    "ALTERNATE 0800Z TO 0900Z DAILY 14 MAR IN AREA BOUND BY 39-18.00N 017-42.00E, "
    "39-12.00N 017-49.00E, 39-24.00N 017-54.00E. 2. CANCEL THIS MSG 141827Z MAR 26."
)


def fields(heard: Heard) -> dict[str, object]:
    document = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    made = fields_of(heard, document, 1_790_000_000)
    form = load_packs().format(FORMAT)
    assert form is not None
    assert check(form, "broadcast", made, drafting=True) == ()
    return dict(made)


def test_a_notice_that_was_understood_is_told_with_areas_and_windows() -> None:
    heard = read_warning(WARNING)
    told = fields(heard)
    assert told["checked"] == "machine-read"
    assert told["area.1.window.1.from"] == "2026-03-13T08:00:00Z"
    assert told["area.1.alternate.1.until"] == "2026-03-14T09:00:00Z"
    assert told["ends"] == "2026-03-14T18:27:00Z"
    (zone,) = zones_of(told)  # type: ignore[arg-type]
    assert (zone.areas, zone.windows) == (heard.zones[0].areas, heard.zones[0].windows)


def test_a_notice_with_a_doubt_is_told_as_text_only() -> None:
    told = fields(read_warning(WARNING.replace("130900Z", "130700Z")))
    assert told["checked"] == "text-only"
    assert not any(path.startswith("area.") for path in told)
    assert "NAVAREA XXI 57/26" in str(told["words"])


def test_more_windows_than_a_message_holds_are_text_only() -> None:
    many = tuple(Window(n * 100, n * 100 + 50) for n in range(FIELDS_MAX))
    heard = replace(read_warning(WARNING), zones=(Zone("A", (RING,), many),))
    assert fields(heard)["checked"] == "text-only"


AIXM = b"""<m:AIXMBasicMessage xmlns:m="http://www.aixm.aero/schema/5.1.1/message"
 xmlns:e="http://www.aixm.aero/schema/5.1/event" xmlns:gml="http://www.opengis.net/gml/3.2">
<e:NOTAM><e:series>A</e:series><e:number>7</e:number><e:year>2026</e:year><e:type>N</e:type>
<e:affectedFIR>EAAD</e:affectedFIR><e:selectionCode>QRDCA</e:selectionCode>
<e:location>EAAD</e:location><e:effectiveStart>2605010600</e:effectiveStart>
<e:effectiveEnd>2605021530</e:effectiveEnd><e:schedule>Daily 06:00-15:30</e:schedule>
<e:text>Danger area EAD1 active</e:text></e:NOTAM>
<gml:Surface srsName="urn:ogc:def:crs:EPSG::4326"><gml:posList>47.1 -35 47.3 -35 47.3 -35.2 47.1 -35
</gml:posList></gml:Surface></m:AIXMBasicMessage>"""


def test_a_digital_notam_has_the_windows_of_its_text_and_the_area_of_its_message() -> None:
    (heard,) = read_digital(AIXM)
    assert heard.is_checkable
    assert [len(zone.windows) for zone in heard.zones] == [2]
    assert heard.zones[0].areas[0].points[0] == (-350_000_000, 471_000_000)


@pytest.mark.parametrize(
    "change",
    [(b"gml:posList", b"gml:ArcByCenterPoint"), (b"EPSG::4326", b"EPSG::3857"),
     (b" 47.3 -35.2", b""), (b"<gml:posList>47.1", b"<gml:posList>")],
)  # fmt: skip
def test_a_digital_area_that_is_not_plain_is_none(change: tuple[bytes, bytes]) -> None:
    (heard,) = read_digital(AIXM.replace(*change))
    assert not heard.is_checkable
