"""Files of relays that no key opens: they are kept, within bounds, and nobody pushes them out."""

import pytest

from openline.exchange.carried import unopened
from openline.exchange.station import Station
from openline.formats import openjson
from tests.exchange.conftest import make_peers
from tests.exchange.test_keys_on_other_paths import station
from tests.exchange.visiting import CH, RU, US

AT = "relay.example"


def waiting(at: Station) -> list[bytes]:
    """The files that wait for a key, as they came."""
    return [unopened.read(at, row)[1] for row in unopened.kept(at)]


def test_files_that_no_key_opens_fill_no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    ru = station(make_peers(US, RU), RU)
    monkeypatch.setattr(unopened, "FILES_MAX", 3)
    for number in range(6):
        unopened.keep(ru, AT, US, b"note", bytes([number]), "no key")
    assert waiting(ru) == [b"\0", b"\1", b"\2"]
    for number in range(6):
        assert bool(ru.store.meta(unopened.name(unopened.digest(bytes([number]))))) == (number < 3)
    told = [event.text for event in ru.store.events("notice", 50)]
    assert sum("NOT KEPT, its sender leaves it again" in text for text in told) == 3


def test_rubbish_of_others_pushes_no_waiting_file_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what strangers leave nor what a member leaves takes the place of another's file."""
    ru = station(make_peers(US, RU, CH), RU)
    monkeypatch.setattr(unopened, "BYTES_MAX", 10)
    unopened.keep(ru, AT, US, b"note", b"waits", "no key")
    for number in range(200):
        for sender in (CH, f"n{number}.example"):
            rubbish = sender.encode() + bytes([number])
            unopened.keep(ru, AT, sender, b"note", rubbish[-4:], "no key")
    unopened.keep(ru, AT, US, b"note", b"more", "no key")
    assert {b"waits", b"more"} <= set(waiting(ru))
    assert len(waiting(ru)) == 2 + 2 + 2, "two of a member, two of all strangers together"


def test_files_that_waited_before_senders_were_kept_still_wait() -> None:
    ru = station(make_peers(US, RU), RU)
    unopened.keep(ru, AT, US, b"note", b"new", "no key")
    (row,) = unopened.kept(ru)
    with ru.store.write() as tx:
        tx.set_meta(
            unopened.BOOK, openjson.encode([[row.relay, row.since_s, row.digest, row.size]])
        )
    assert waiting(ru) == [b"new"]
