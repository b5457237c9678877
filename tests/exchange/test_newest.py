"""Which key of a member is its newest, where a restore has made two epochs of one age."""

import pytest

from openline.exchange.contents import newest
from openline.exchange.logs import epochs, post, prekeys, sequence
from openline.exchange.station import Station
from openline.formats.openjson import Value
from openline.formats.spell import b64
from openline.store.contract import LogRow
from openline.store.memory_anchor import MemoryAnchor, MemoryJournal
from openline.store.sqlite import SqliteStore
from tests.exchange.conftest import MACHINE, Node, Peers, make_peers
from tests.exchange.visiting import RU, US


def reopen(node: Node, line: bytes) -> LogRow:
    """A new epoch, as after a restore."""
    node.station.suspect[line] = "restore: a copy of yesterday"
    post.post(node.station, [node.release(epochs.draft_open(node.station, line))])
    log = node.station.own_log(line)
    assert log is not None
    return log


def restored(node: Node, copy: bytes) -> None:
    """The node goes on with an older database; its keyring is where it was."""
    was, store = node.station, SqliteStore.from_snapshot(copy)
    node.station = Station(
        party=was.party, suite=was.suite, keyring=was.keyring, keys=was.keys,
        archive_public=was.archive_public, store=store,
        anchor=MemoryAnchor(MemoryJournal(), database=store.uuid(), machine=MACHINE),
        views=was.views, clock=was.clock, random=was.random, packs=was.packs,
        save_keyring=lambda data: None, boot=was.random(16),
    )  # fmt: skip


def told(peers: Peers, line: bytes) -> dict[str, LogRow]:
    """Epochs of US by name: `first`, two that a restore makes it forget, and the `current` one."""
    us = peers[US]
    copy, logs = us.station.store.snapshot(), {"first": us.station.own_log(line)}
    logs["second"], logs["third"] = reopen(us, line), reopen(us, line)
    peers.carry(US)
    restored(us, copy)
    logs["current"] = reopen(us, line)
    return {name: log for name, log in logs.items() if log is not None}


def test_an_epoch_that_names_a_higher_one_in_seen_is_the_newer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    logs = told(peers, line)
    assert logs["current"].counter < logs["third"].counter
    others = sorted(
        (log for name, log in logs.items() if name != "current"), key=lambda x: x.origin
    )
    named: list[Value] = [[log.origin, log.size, b64(log.root)] for log in others]
    monkeypatch.setattr(sequence, "seen_now", lambda *_: (named, {}))
    prekeys.rotate(peers[US].station, line)
    peers.carry_between(peers[US].station, peers[RU].station)
    held = newest.newest(peers[RU].station, line, US)
    assert held is not None and held.origin == logs["current"].origin


def test_until_it_names_it_the_highest_counter_is_the_newest() -> None:
    """The control."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    logs = told(peers, line)
    peers.carry_between(peers[US].station, peers[RU].station)
    held = newest.newest(peers[RU].station, line, US)
    assert held is not None and held.origin == logs["third"].origin
