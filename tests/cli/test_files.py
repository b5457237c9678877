"""Files that a command writes where it was told to: never over keys."""

import os
from pathlib import Path

import pytest

from openline import cli
from openline.cli.files import HoldsKeys, write_out
from openline.envelope import age
from openline.envelope.ceremony import new_ceremony
from openline.envelope.keyring import new_keyring
from openline.envelope.officer_file import new_officer
from openline.envelope.standard import StandardSuite

PASSPHRASE = "only for this test"
SECRETS = {
    "officer": lambda: new_officer(
        "north.example", "Anna", ("releaser",), StandardSuite(), os.urandom
    ).lock(PASSPHRASE, os.urandom),
    "ceremony": lambda: new_ceremony("north.example", 2, os.urandom, 3).lock(
        PASSPHRASE, os.urandom
    ),
    "passphrase": lambda: age.seal_passphrase(PASSPHRASE, b"secret", os.urandom),
    "keyring": lambda: new_keyring("north.example", os.urandom).to_bytes(),
}


@pytest.mark.parametrize("kind", SECRETS)
def test_nothing_is_written_over_keys(tmp_path: Path, kind: str) -> None:
    path, secret = tmp_path / "anna", SECRETS[kind]()
    path.write_bytes(secret)
    with pytest.raises(HoldsKeys, match="anna"):
        write_out(path, b"a card")
    assert path.read_bytes() == secret


def test_an_earlier_file_of_that_name_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "card"
    write_out(path, b"a card")
    write_out(path, b"its successor")
    assert path.read_bytes() == b"its successor"


def test_no_command_writes_what_it_was_asked_for_by_another_way() -> None:
    """Three had a rule of their own, and would have written over keys that came to be meanwhile."""
    commands = Path(cli.__file__).parent
    files = [*commands.glob("*.py"), *commands.glob("commands/*.py")]
    writing = {path.name for path in files if ".write_bytes(" in path.read_text("utf-8")}
    assert writing == {"files.py"}
