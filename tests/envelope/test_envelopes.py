"""The published envelopes: the named identities open them, and they hold exactly the fields."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from openline.envelope.standard import StandardSuite
from openline.envelope.suite import CannotOpen
from openline.formats.field import Field, parse_lines
from openline.formats.leaf import parse_leaf
from tests.envelope.conftest import Repeatable


def test_every_reader_opens_exactly_the_published_fields(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    for message in vectors("messages"):
        envelope = base64.b64decode(message["envelope"])
        leaf = parse_leaf(message["leaf"].encode())
        assert hashlib.sha256(envelope).digest() == leaf.envelope_hash
        due: list[Field | bytes] = [
            bytes.fromhex(field["hash"])
            if index in message["withheld"]
            else Field(bytes.fromhex(field["salt"]), field["path"], field["value"].encode())
            for index, field in enumerate(message["fields"])
        ]
        for reader in message["readers"]:
            seed = bytes.fromhex(reader["seed"])
            plaintext = suite.unseal([seed], envelope, len(message["readers"]))
            assert parse_lines(plaintext, leaf.fields) == tuple(due)
        with pytest.raises(CannotOpen):
            suite.unseal([bytes(32)], envelope, len(message["readers"]))
        with pytest.raises(CannotOpen, match="due"):
            suite.unseal([bytes(32)], envelope, len(message["readers"]) + 1)


def test_an_envelope_sealed_anew_has_the_length_of_the_published_one(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    for message in vectors("messages"):
        envelope = base64.b64decode(message["envelope"])
        seeds = [bytes.fromhex(reader["seed"]) for reader in message["readers"]]
        plaintext = suite.unseal(seeds, envelope)
        recipients = [suite.seal_public(seed) for seed in seeds]
        assert len(suite.seal(recipients, plaintext, Repeatable())) == len(envelope)
