"""What a restore finds beside the database: names, and the newer of two keyrings."""

from pathlib import Path

import pytest

from openline.envelope.keyring import parse_keyring
from openline.exchange import restoring
from openline.exchange.kept import backups
from openline.exchange.membership import rotation
from openline.exchange.restoring import OtherParty
from openline.formats.names import NAMES_FILE
from tests.exchange.test_restores import Place, place, restored
from tests.exchange.visiting import RU, US

__all__ = ["place"]
NAMES = b'[parties]\n"ru.example" = { en = "The other side" }\n'


def test_what_we_call_others_comes_back_with_the_record(place: Place, tmp_path: Path) -> None:
    home = place.home(US)
    (home.root / NAMES_FILE).write_bytes(NAMES)
    backup, fresh = place.backup(), tmp_path / "fresh"
    keyring = parse_keyring(home.keyring.read_bytes())
    restoring.restore(fresh, backup, keyring, "stamp", may_forget=True)
    assert (fresh / NAMES_FILE).read_bytes() == NAMES


def test_of_two_keyrings_the_one_that_knows_a_later_card_is_taken_and_the_other_put_aside(
    place: Place,
) -> None:
    home = place.home(US)
    older = home.keyring.read_bytes()
    with place.open(US) as station:
        rotation.rotate(station)
    backup, newer = place.backup(), home.keyring.read_bytes()
    home.keyring.write_bytes(older)
    restoring.restore(home.root, backup, parse_keyring(newer), "stamp", may_forget=True)
    assert parse_keyring(home.keyring.read_bytes()) == parse_keyring(newer)
    assert home.keyring.with_name("keyring-stamp").read_bytes() == older


def test_the_keyring_that_is_there_is_kept_where_the_given_one_knows_no_more(place: Place) -> None:
    home = place.home(US)
    older = parse_keyring(home.keyring.read_bytes())
    with place.open(US) as station:
        rotation.rotate(station)
    there, backup = home.keyring.read_bytes(), place.backup()
    restoring.restore(home.root, backup, older, "stamp", may_forget=True)
    assert home.keyring.read_bytes()[:2000] == there[:2000]
    assert not home.keyring.with_name("keyring-stamp").exists()


def test_a_keyring_of_another_party_is_refused_though_the_right_one_is_there(place: Place) -> None:
    foreign = parse_keyring(place.home(RU).keyring.read_bytes())
    backup = place.backup()
    with pytest.raises(OtherParty, match=RU):
        restoring.restore(place.home(US).root, backup, foreign, "stamp", may_forget=True)
    assert restored(place, backup)["party"] == US


def test_a_backup_says_that_files_from_elsewhere_are_not_in_it(place: Place) -> None:
    told = backups.make(place.home(US), US, place.folder / "another", 1)
    assert any("overlay" in each for each in told["lacks"])
