"""CAP 1.2 and CoT: what is written is read back; hostile and partial files are refused by name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.area import DEGREE, Area
from openline.formats.foreign.cap import Alert, cap_time, read_alert, write_alert
from openline.formats.foreign.cot import Event, read_event, write_event
from openline.formats.foreign.heard import Window, Zone
from openline.formats.foreign.ring import Point, ring_of
from openline.formats.malformed import Malformed

points = st.tuples(
    st.integers(-179 * DEGREE, 179 * DEGREE), st.integers(-89 * DEGREE, 89 * DEGREE)
).filter(lambda p: max(map(abs, p)) > 20_000_000)
windows = st.tuples(st.integers(10**9, 2 * 10**9), st.integers(0, 10**7)).map(
    lambda pair: Window(pair[0], pair[0] + pair[1])
)


@st.composite
def triangles(draw: st.DrawFn) -> Area:
    x, y = draw(points)
    width, height = draw(st.integers(1, DEGREE)), draw(st.integers(1, DEGREE))
    corners: list[Point] = [(x, y), (x + width, y), (x, y + height)]
    return ring_of(corners)


areas = st.one_of(
    triangles(), st.builds(lambda p, r: Area((p,), r), points, st.integers(1, 100_000))
)


def alert(zones: tuple[Zone, ...], **more: object) -> Alert:
    given_: dict[str, object] = {
        "identifier": "cell.example:1.4", "sender": "cell.example", "sent_s": 1_790_000_000,
        "status": "Exercise", "kind": "new", "event": "Hazardous area", "language": "en",
        "description": "An invented area.", "zones": zones, "note": "EXERCISE", **more,
    }  # fmt: skip
    return Alert(**given_)  # type: ignore[arg-type]


@given(st.lists(st.tuples(areas, windows), min_size=1, max_size=4))
def test_an_alert_that_is_written_is_read_back(pairs: list[tuple[Area, Window]]) -> None:
    zones = tuple(Zone(f"area {n}", (area,), (w,)) for n, (area, w) in enumerate(pairs))
    heard = read_alert(write_alert(alert(zones)))
    told = {(zone.areas, zone.windows) for zone in heard.zones}
    assert told == {(zone.areas, zone.windows) for zone in zones}
    assert heard.status == "Exercise"


def test_utc_is_written_as_the_schema_wants_it() -> None:
    assert cap_time(0) == "1970-01-01T00:00:00-00:00"


def test_an_update_must_name_the_alert_that_it_is_about() -> None:
    with pytest.raises(Malformed):
        write_alert(alert((), kind="replaces"))
    data = write_alert(alert((), kind="replaces", references=("a,b," + cap_time(0),)))
    assert read_alert(data).kind == "replaces"
    with pytest.raises(Malformed):
        read_alert(data.replace(b"<references>", b"<note>").replace(b"</references>", b"</note>"))


@pytest.mark.shared
@given(st.lists(st.tuples(areas, windows), min_size=1, max_size=3))
def test_every_alert_is_valid_against_the_schema(pairs: list[tuple[Area, Window]]) -> None:
    from lxml import etree

    from tests.conftest import shared_folder

    folder = shared_folder()
    assert folder is not None
    schema = etree.XMLSchema(etree.parse(str(Path(folder) / "data" / "cap" / "cap12.xsd")))
    zones = tuple(Zone("x", (area,), (window,)) for area, window in pairs)
    schema.assertValid(etree.fromstring(write_alert(alert(zones))))


@pytest.mark.parametrize(
    "change",
    [
        (b"cap:1.2", b"cap:1.1"),
        (b"<status>Exercise</status>", b""),
        (b"-00:00", b"Z"),
        (b"Unknown", b"Perhaps"),
        (b",17", b",217"),
        (b"<expires>2", b"<expires>1"),
    ],
)
def test_a_changed_alert_is_refused(change: tuple[bytes, bytes]) -> None:
    zone = Zone(
        "x", (Area(((170_000_000, 390_000_000),), 500),), (Window(1_790_000_000, 1_790_003_600),)
    )
    data = write_alert(alert((zone,)))
    assert change[0] in data
    with pytest.raises(Malformed):
        read_alert(data.replace(*change))


@given(areas, windows)
def test_an_event_that_is_written_is_read_back_with_every_digit(area: Area, window: Window) -> None:
    data = write_event(Event("EXERCISE-x", "EXERCISE: x", "EXERCISE", window.start_s, window, area))
    heard = read_event(data)
    assert heard.zones == (Zone("", (area,), (window,)),)
    assert heard.subject.startswith("EXERCISE")


def test_an_event_keeps_seven_decimals() -> None:
    area = Area(((305_234_567, 504_501_234),))
    data = write_event(Event("u", "c", "r", 0, Window(0, 60), area))
    assert b'lat="50.4501234"' in data
    assert b'lon="30.5234567"' in data


@pytest.mark.parametrize("name", ["uid", "type", "time", "start", "stale", "lat", "lon", "ce"])
def test_an_event_that_lacks_something_is_refused(name: str) -> None:
    data = write_event(Event("u", "c", "r", 0, Window(0, 60), Area(((305_234_567, 504_501_234),))))
    with pytest.raises(Malformed):
        read_event(data.replace(f"{name}=".encode(), f"x{name}=".encode(), 1))


def test_an_open_end_or_a_track_is_not_written_as_an_event() -> None:
    for window, area in (
        (Window(0, None), Area(((305_234_567, 504_501_234),))),
        (Window(0, 1), Area(((305_234_567, 504_501_234), (305_234_568, 504_501_234)), 5)),
    ):
        with pytest.raises(Malformed):
            write_event(Event("u", "c", "r", 0, window, area))
