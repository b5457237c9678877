"""An officer's program signs what it computed itself, whatever the node says."""

import hashlib
from typing import Any

import pytest

from openline.envelope.officer_file import new_officer
from openline.envelope.release import verify_assertion
from openline.envelope.standard import StandardSuite
from openline.exchange.drafting.signing import StatementDiffers, challenge_of, sign, statement_of
from openline.formats.field import new_field
from openline.formats.release import parse_assertion, release_statement
from openline.formats.spell import b64
from openline.record.tree import root_of

SUITE = StandardSuite()
LINE = hashlib.sha256(b"a charter").digest()


def draft_of(**values: str) -> dict[str, Any]:
    """A draft as the operation `draft` gives it."""
    fields = [
        new_field(path, value, hashlib.sha256(path.encode()).digest())
        for path, value in values.items()
    ]
    statement = release_statement(LINE, 3, len(fields), root_of([f.hash for f in fields]))
    return {
        "draft": "00" * 16,
        "line": LINE.hex(),
        "card_size": 3,
        "fields": [[b64(f.salt), f.path, f.value.decode()] for f in fields],
        "statement": statement.decode(),
        "rp_id": "localhost",
    }


def random_of(size: int) -> bytes:
    return bytes(range(size))


def test_an_officer_releases_what_the_fields_say() -> None:
    officer = new_officer("north.example", "anna", ("releaser",), SUITE, random_of)
    draft = draft_of(place="Riverside", until="2026-12-01T12:00:00Z")
    assertion = parse_assertion(sign(draft, officer))
    spki = officer.leaf(SUITE).spki
    verify_assertion(assertion, spki, "localhost", challenge_of(draft), SUITE)


def test_another_text_than_the_one_shown_is_not_signed() -> None:
    draft = draft_of(place="Riverside")
    draft["fields"] = draft_of(place="Hillside")["fields"]
    with pytest.raises(StatementDiffers):
        statement_of(draft)


@pytest.mark.parametrize(("name", "value"), [("line", "11" * 32), ("card_size", 2)])
def test_another_line_or_card_than_the_one_shown_is_not_signed(name: str, value: object) -> None:
    with pytest.raises(StatementDiffers):
        statement_of({**draft_of(place="Riverside"), name: value})


def test_a_field_less_than_was_signed_is_not_signed() -> None:
    draft = draft_of(place="Riverside", effect="none")
    with pytest.raises(StatementDiffers):
        statement_of({**draft, "fields": draft["fields"][:1]})
