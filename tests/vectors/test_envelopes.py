"""What addressees find in the published envelopes is spelled exactly as we would spell it."""

import base64
from typing import Any

import pytest

from openline.envelope.standard import StandardSuite
from openline.formats.field import Field, parse_lines, spell_lines
from tests.vectors import load

MESSAGES = load("messages")


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: f"{m['origin'][:18]}-{m['index']}")
def test_an_opened_envelope_holds_exactly_the_lines_that_we_would_write(
    message: dict[str, Any],
) -> None:
    envelope = base64.b64decode(message["envelope"])
    fields = [
        Field(bytes.fromhex(f["salt"]), f["path"], f["value"].encode()) for f in message["fields"]
    ]
    withheld = set(message["withheld"])
    items = tuple(f.hash if i in withheld else f for i, f in enumerate(fields))
    for reader in message["readers"]:
        opened = StandardSuite().unseal([bytes.fromhex(reader["seed"])], envelope)
        assert parse_lines(opened, len(items)) == items
        assert spell_lines(items) == opened
