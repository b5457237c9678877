"""The copy of the known answers is whole, and what they say hangs together."""

import base64
import filecmp
import hashlib
from pathlib import Path

import pytest

from openline.formats.field import Field, spell_lines
from openline.formats.leaf import parse_leaf
from tests.vectors import load


def test_every_file_of_known_answers_is_at_hand(vectors: Path) -> None:
    names = {path.relative_to(vectors).as_posix() for path in vectors.rglob("*.json")}
    asked = {"notes", "party", "json", "messages", "deliver", "disclosure/expect"}
    assert {f"{name}.json" for name in asked} <= names


@pytest.mark.shared
def test_our_copy_is_the_published_one(vectors: Path, shared: Path) -> None:
    published = shared / "vectors"
    names = [p.relative_to(published).as_posix() for p in published.rglob("*") if p.is_file()]
    assert filecmp.cmpfiles(published, vectors, names, shallow=False) == (names, [], [])


def test_each_leaf_names_its_envelope_and_counts_its_fields() -> None:
    for message in load("messages"):
        leaf = parse_leaf(message["leaf"].encode())
        envelope = base64.b64decode(message["envelope"])
        assert leaf.envelope_hash == hashlib.sha256(envelope).digest()
        assert leaf.fields == len(message["fields"])


def test_the_lines_of_each_message_have_a_length_that_says_little() -> None:
    for message in load("messages"):
        fields = [
            Field(bytes.fromhex(f["salt"]), f["path"], f["value"].encode())
            for f in message["fields"]
        ]
        assert len(spell_lines(fields)) % 256 == 0
