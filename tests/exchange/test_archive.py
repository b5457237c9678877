"""An entry is read again by the key of its envelope; what was withheld from others is kept beside.

The envelope itself is stored once. A prekey that is destroyed takes nothing away from what was
opened before.
"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope.suite import CannotOpen
from openline.exchange.contents import archive, opening
from openline.exchange.folding import entries
from openline.exchange.kept import audit
from openline.formats.field import Field, new_field
from openline.formats.leaf import Leaf, parse_leaf
from tests.exchange.conftest import SUITE, Node, Peers, make_peers
from tests.exchange.visiting import RU, US, VISIT, WITHHELD, visit

SALT = bytes(32)


def leaf_of(node: Node, origin: str, index: int) -> Leaf:
    row = node.station.store.entry(origin, index)
    assert row is not None
    return parse_leaf(row.leaf)


def said() -> tuple[Peers, str, int]:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    place = peers.say(US, line, "core/visit@1", VISIT, withhold=WITHHELD)
    peers.carry()
    return peers, *place


def test_the_sender_reads_all_and_the_addressee_what_it_was_shown() -> None:
    peers, origin, index = said()
    own = archive.read(peers[US].station, origin, index, leaf_of(peers[US], origin, index))
    theirs = archive.read(peers[RU].station, origin, index, leaf_of(peers[RU], origin, index))
    assert own is not None and all(isinstance(item, Field) for item in own)
    assert theirs is not None
    bare = [i for i, item in enumerate(theirs) if isinstance(item, bytes)]
    assert len(bare) == len(WITHHELD) + 1, "the fields withheld and one release"
    for i, item in enumerate(own):
        assert isinstance(item, Field)
        assert theirs[i] == (item.hash if i in bare else item)


def test_a_destroyed_prekey_takes_nothing_from_what_was_opened_before() -> None:
    peers, origin, index = said()
    station = peers[RU].station
    station.keyring = station.keyring.without_prekeys(list(station.keyring.prekeys))
    station.suite.forget()
    station.states.clear()
    entry = entries.at(station, opening.Ref(origin, index))
    assert (entry.state, entry.fields["place"]) == ("opened", "Kyiv")


def test_contents_are_stored_once() -> None:
    peers, origin, index = said()
    for node, most in ((peers[RU], 100), (peers[US], 1_000)):
        kept = node.station.store.archived(origin, index)
        envelope = node.station.store.body(leaf_of(node, origin, index).envelope_hash)
        assert kept is not None and envelope is not None
        assert len(kept) < most < len(envelope)


def test_a_slip_is_of_one_place_and_one_node() -> None:
    peers, origin, index = said()
    us, ru = peers[US].station, peers[RU].station
    kept = us.store.archived(origin, index)
    other = us.store.archived(origin, index - 1)
    assert kept is not None and other is not None
    leaf = leaf_of(peers[US], origin, index)
    with us.store.write() as tx:
        tx.put_archived(origin, index, other)
    with pytest.raises(CannotOpen):
        archive.read(us, origin, index, leaf)
    with ru.store.write() as tx:
        tx.put_archived(origin, index, kept)
    with pytest.raises(CannotOpen):
        archive.read(ru, origin, index, leaf)
    with us.store.write() as tx:
        tx.put_archived(origin, index, kept)
    assert archive.read(us, origin, index, leaf) is not None, "the control"


def test_without_its_envelope_an_entry_is_not_open_and_the_audit_says_which() -> None:
    peers, origin, index = said()
    station = peers[RU].station
    leaf = leaf_of(peers[RU], origin, index)
    with station.store.write() as tx:
        tx.drop_body(leaf.envelope_hash)
    assert opening.read_archived(station, origin, index, leaf) is None
    (finding,) = audit.audit(station, opening=True).findings
    assert finding == f"{origin} entry {index}: its content is gone from here"


def test_lines_that_came_by_a_reseal_are_kept_as_they_are() -> None:
    peers, origin, index = said()
    station = peers[RU].station
    leaf = leaf_of(peers[RU], origin, index)
    before = archive.read(station, origin, index, leaf)
    assert before is not None
    slip = archive.of_lines(station, origin, index, opening.Opened(before).lines())
    with station.store.write() as tx:
        tx.put_archived(origin, index, slip)
        tx.drop_body(leaf.envelope_hash)
    assert archive.read(station, origin, index, leaf) == before


@given(st.binary(max_size=4_000))
def test_what_is_deflated_comes_back(data: bytes) -> None:
    assert archive.inflate(archive.deflate(data)) == data


@given(st.binary(max_size=200))
def test_any_bytes_inflate_or_are_refused(data: bytes) -> None:
    try:
        plain = archive.inflate(data)
    except CannotOpen:
        return
    assert len(plain) <= archive.LINES_BYTES_MAX


def test_a_slip_does_not_unpack_without_end() -> None:
    bomb = archive.deflate(bytes(archive.LINES_BYTES_MAX + 1))
    with pytest.raises(CannotOpen, match="longer than an envelope"):
        archive.inflate(bomb)
    assert archive.inflate(archive.deflate(bytes(archive.LINES_BYTES_MAX)))
    with pytest.raises(CannotOpen):
        archive.inflate(archive.deflate(b"cut short")[:-1])


def test_withheld_fields_of_every_value_are_read_back() -> None:
    fields = [new_field(f"x{i}", value, SALT) for i, value in enumerate(["a\tb\nc", [], "ä", True])]
    lines = b"".join(b"%d\t%b\n" % (7 * i, field.line()) for i, field in enumerate(fields))
    assert archive.parse_own(lines) == [(7 * i, field) for i, field in enumerate(fields)]


def test_a_changed_byte_in_a_slip_is_refused() -> None:
    node = visit().peers[US]
    kept = node.station.store.archived(visit().notice.origin, visit().notice.index)
    assert kept is not None
    key = node.station.keyring.archive_key
    context = archive.context_of(visit().notice.origin, visit().notice.index)
    assert SUITE.disclose(key, kept, context)[:1] == archive.BY_KEY
    for at in range(0, len(kept), 7):
        changed = kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :]
        with pytest.raises(CannotOpen):
            SUITE.disclose(key, changed, context)
    with pytest.raises(CannotOpen):
        SUITE.disclose(replace(node.station.keyring, archive_seed=SALT).archive_key, kept, context)
