"""A start that dies on its way leaves no doubt behind: the next one has it on every line again."""

from collections.abc import Sequence

import pytest

from openline.envelope.party_keys import PartyKeys
from openline.exchange import start
from openline.exchange.logs import sequence
from openline.exchange.logs.sequence import ReceiveOnly
from openline.exchange.station import Station
from openline.store.anchor import STALE_AFTER_S
from openline.store.contract import AnchorRecord
from openline.store.memory_anchor import MemoryAnchor, MemoryJournal
from openline.store.sqlite import SqliteStore
from tests.exchange.conftest import MACHINE, Node, Peers, make_peers, text
from tests.exchange.visiting import CH, RU, US


class Died(BaseException):
    """The process ends here."""


class Mortal(MemoryAnchor):
    """A journal whose process dies after some appends."""

    appends_left = 1_000

    def append(self, records: Sequence[AnchorRecord]) -> None:
        super().append(records)
        self.appends_left -= 1
        if not self.appends_left:
            raise Died


def started(node: Node, store: SqliteStore, journal: MemoryJournal, appends: int) -> Station:
    """The node's next start, on what its disk and journal hold now."""
    was = node.station
    anchor = Mortal(journal, database=store.uuid(), machine=MACHINE, signed_before=True)
    anchor.appends_left = appends
    node.station = Station(
        party=was.party, suite=was.suite, keyring=was.keyring,
        keys=PartyKeys(was.keyring, was.suite), archive_public=was.archive_public, store=store,
        anchor=anchor, views=was.views, clock=was.clock, random=was.random, packs=was.packs,
        save_keyring=lambda data: None, boot=was.random(16),
    )  # fmt: skip
    start.raise_doubts(node.station)
    return node.station


def put_back(
    peers: Peers, lines: Sequence[bytes]
) -> tuple[SqliteStore, MemoryJournal, MemoryJournal]:
    """Database and journal of before the last message on each line, which was told; and the
    journal of after it."""
    us = peers[US]
    assert isinstance(us.station.store, SqliteStore)
    journal = MemoryJournal()
    us.station.anchor = MemoryAnchor(journal, database=us.station.store.uuid(), machine=MACHINE)
    for line in lines:
        sequence.anchor(us.station, [log for log in us.station.logs_of(line) if log.size])
    copy, old = us.station.store.snapshot(), journal.copy()
    peers.clock.time_s += 3_600
    for line in lines:
        peers.say(US, line, "core/clarification@1", {"subject": text("Whose boat?")})
    peers.carry(US)
    old.changed_s = peers.clock.time_s + STALE_AFTER_S
    return SqliteStore.from_snapshot(copy), old, journal


@pytest.mark.parametrize("appends", [1, 2, 3])
def test_a_start_on_a_journal_put_back_that_dies_is_in_doubt_about_every_line_again(
    appends: int,
) -> None:
    peers = make_peers(US, RU, CH)
    lines = [peers.open_line(US, RU), peers.open_line(US, CH), peers.open_line(US, RU, CH)]
    store, journal, _ = put_back(peers, lines)
    try:
        started(peers[US], store, journal, appends)
    except Died:
        pass
    station = started(peers[US], store, journal, 1_000)
    assert set(station.suspect) == set(lines)
    for line in lines:
        with pytest.raises(ReceiveOnly):
            sequence.ready_log(station, line)


def test_a_further_copy_put_back_in_between_changes_nothing_of_that() -> None:
    peers = make_peers(US, RU, CH)
    lines = [peers.open_line(US, RU), peers.open_line(US, CH)]
    store, journal, _ = put_back(peers, lines)
    copy = store.snapshot()
    with pytest.raises(Died):
        started(peers[US], store, journal, 1)
    station = started(peers[US], SqliteStore.from_snapshot(copy), journal, 1_000)
    assert set(station.suspect) == set(lines)


def test_a_start_on_its_own_journal_has_no_doubt() -> None:
    """The control."""
    peers = make_peers(US, RU, CH)
    lines = [peers.open_line(US, RU), peers.open_line(US, CH)]
    _, _, journal = put_back(peers, lines)
    store = peers[US].station.store
    assert isinstance(store, SqliteStore)
    assert not started(peers[US], store, journal, 1_000).suspect
