"""Fields on the command line become fields of a message."""

import json
import shlex
from pathlib import Path

import pytest

from openline.cli.fields import BadField, in_language, lacks_language, read_fields, spelled
from openline.formats.area import read_area
from openline.formats.check_value import faults
from openline.formats.form import GROUP, outlined
from openline.formats.meant import with_entries
from openline.formats.pack import load_packs

VISIT = load_packs().format("core/visit@1")
SITE = load_packs().format("humanitarian/site@1")
ADVISORY = load_packs().format("core/advisory@1")


def test_a_text_is_the_original_and_nobody_has_said_in_which_language() -> None:
    fields = read_fields(VISIT, ["subject=Besuch", "route@en=By road"], None)
    assert lacks_language(fields) == ["subject"]
    assert in_language(fields, "de") == {
        "subject": [{"lang": "de", "status": "original", "text": "Besuch"}],
        "route": [{"lang": "en", "status": "original", "text": "By road"}],
    }


def test_a_text_in_more_languages_says_which_is_what() -> None:
    given = ["subject@en=Visit", "subject@ru.official=Визит", "subject@fr=Visite"]
    parts = read_fields(VISIT, given, None)["subject"]
    assert [(p["lang"], p["status"]) for p in parts] == [
        ("en", "original"),
        ("ru", "official"),
        ("fr", "courtesy"),
    ]


def test_a_field_has_the_type_of_its_item() -> None:
    fields = read_fields(ADVISORY, ["within_h=48", "action=relocate"], None)
    assert fields == {"within_h": 48, "action": "relocate"}


def test_a_field_that_may_be_repeated_is_a_list() -> None:
    fields = read_fields(VISIT, ["to=south.example", "to=east.example"], None)
    assert fields == {"to": ["south.example", "east.example"]}


def test_json_is_taken_as_it_stands() -> None:
    assert read_fields(None, ['limits:=[["tanks",20]]'], None) == {"limits": [["tanks", 20]]}


def test_every_item_of_every_form_can_be_written_as_its_example_says() -> None:
    for form in load_packs().formats:
        for item in outlined((*form.items, *form.common)):
            if item.type == GROUP:
                continue
            (written,) = shlex.split(spelled(item))
            fields = in_language(read_fields(form, [written], None), "en")
            fields = with_entries(form, fields, lambda _: ["north.example/openline/" + "a" * 52, 4])
            ((path, value),) = fields.items()
            assert list(faults(item, value)) == [], (form.id, path, value)


@pytest.mark.parametrize(
    ("written", "metres"), [("35.0867N 33.1750E, 150 m", 150), ("35.0867N 33.1750E", 0)]
)
def test_a_circle_is_a_place_and_how_far_around_it(written: str, metres: int) -> None:
    footprint = read_fields(SITE, [f"footprint={written}"], None)["footprint"]
    assert footprint["points"] == [[331_750_000, 350_867_000]]
    assert footprint.get("radius_m", 0) == metres and footprint["typed"] == written


@pytest.mark.parametrize(
    ("written", "kind", "metres"),
    [
        ("50.4501N 30.5234E; 50.4702N 30.6010E", "track", 0),
        ("50.4501N 30.5234E;50.4702N 30.6010E, 9 km", "track", 9_000),
        ("50.4501N 30.5234E; 50.4702N 30.6010E; 50.4402N 30.6010E; 50.4501N 30.5234E", "ring", 0),
    ],
)
def test_a_track_and_a_ring_are_places_one_after_the_other(
    written: str, kind: str, metres: int
) -> None:
    value = read_fields(SITE, [f"footprint={written}"], None)["footprint"]
    area = read_area(value)
    assert (area.kind, area.radius_m, value["typed"]) == (kind, metres, written)
    assert area.points[0] == (305_234_000, 504_501_000)


def test_a_place_that_cannot_be_read_names_its_item_and_how_a_track_is_written() -> None:
    with pytest.raises(BadField, match=r"^footprint: place: .*A track is"):
        read_fields(SITE, ["footprint=50.4501N 30.5234E, 50.4702N 30.6010E"], None)


@pytest.mark.parametrize(
    "twice",
    [
        ["place=X", "place=Y"],
        ["from=2030-12-05T08:00:00Z", "from=2030-12-06T08:00:00Z"],
        ["subject=a", "subject=b"],
        ["place=X", 'place:="Y"'],
        ["subject@en=a", "subject=b"],
    ],
)
def test_an_item_of_one_value_that_is_given_twice_is_refused_and_none_is_chosen(
    twice: list[str],
) -> None:
    with pytest.raises(BadField, match="given twice"):
        read_fields(VISIT, twice, None)


def test_minutes_are_enough_for_a_time() -> None:
    assert read_fields(VISIT, ["from=2030-12-05T08:30Z"], None) == {"from": "2030-12-05T08:30:00Z"}


def test_what_is_no_json_is_told_with_where_an_example_stands() -> None:
    with pytest.raises(BadField, match=r"is not JSON .*formats show"):
        read_fields(None, ["limits:=[tanks,31]"], None)


def test_an_equals_sign_belongs_to_the_value() -> None:
    assert read_fields(VISIT, ["place=a=b"], None) == {"place": "a=b"}


def test_the_command_line_changes_what_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "fields.json"
    file.write_text(json.dumps({"place": "A", "effect": "none"}), "utf-8")
    assert read_fields(VISIT, ["place=B"], file) == {"place": "B", "effect": "none"}


@pytest.mark.parametrize(
    "text",
    ["place", "=x", "Place=x", "within_h=two", "subject@en.holy=x", 'area:={"a":1,"a":2}', "x:={"],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadField):
        read_fields(ADVISORY, [text], None)


def test_a_name_twice_in_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "fields.json"
    file.write_text('{"place":"A","place":"B"}', "utf-8")
    with pytest.raises(BadField, match="twice"):
        read_fields(VISIT, [], file)
