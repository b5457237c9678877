"""Fields on the command line become fields of a message."""

import json
from pathlib import Path

import pytest

from openline.cli.fields import BadField, read_fields
from openline.formats.pack import load_packs

VISIT = load_packs().format("core/visit@1")
ADVISORY = load_packs().format("core/advisory@1")


def test_a_text_is_the_original_in_the_language_of_the_writer() -> None:
    assert read_fields(VISIT, ["subject=Besuch"], None, "de") == {
        "subject": [{"lang": "de", "status": "original", "text": "Besuch"}]
    }


def test_a_text_in_more_languages_says_which_is_what() -> None:
    given = ["subject@en=Visit", "subject@ru.official=Визит", "subject@fr=Visite"]
    parts = read_fields(VISIT, given, None, "en")["subject"]
    assert [(p["lang"], p["status"]) for p in parts] == [
        ("en", "original"),
        ("ru", "official"),
        ("fr", "courtesy"),
    ]


def test_a_field_has_the_type_of_its_item() -> None:
    fields = read_fields(ADVISORY, ["within_h=48", "action=relocate"], None, "en")
    assert fields == {"within_h": 48, "action": "relocate"}


def test_a_field_that_may_be_repeated_is_a_list() -> None:
    fields = read_fields(VISIT, ["to=south.example", "to=east.example"], None, "en")
    assert fields == {"to": ["south.example", "east.example"]}


def test_json_is_taken_as_it_stands() -> None:
    assert read_fields(None, ['limits:=[["tanks",20]]'], None, "en") == {"limits": [["tanks", 20]]}


def test_an_equals_sign_belongs_to_the_value() -> None:
    assert read_fields(VISIT, ["place=a=b"], None, "en") == {"place": "a=b"}


def test_the_command_line_changes_what_the_file_says(tmp_path: Path) -> None:
    file = tmp_path / "fields.json"
    file.write_text(json.dumps({"place": "A", "effect": "none"}), "utf-8")
    assert read_fields(VISIT, ["place=B"], file, "en") == {"place": "B", "effect": "none"}


@pytest.mark.parametrize(
    "text",
    ["place", "=x", "Place=x", "within_h=two", "subject@en.holy=x", 'area:={"a":1,"a":2}', "x:={"],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadField):
        read_fields(ADVISORY, [text], None, "en")


def test_a_name_twice_in_a_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "fields.json"
    file.write_text('{"place":"A","place":"B"}', "utf-8")
    with pytest.raises(BadField, match="twice"):
        read_fields(VISIT, [], file, "en")
