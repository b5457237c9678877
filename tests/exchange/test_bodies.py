"""What is gone from a record is found by its audit, and fetched from whoever holds it."""

import pytest

from openline.cases.entry import Ref
from openline.exchange.contents import archive
from openline.exchange.folding import reading
from openline.exchange.kept import audit
from openline.exchange.station import Station
from openline.exchange.traffic import bodies
from openline.formats.delivery import Delivery, parse_delivery
from openline.formats.head import Head
from openline.formats.leaf import parse_leaf
from openline.formats.malformed import Malformed
from openline.record.tree import root_of
from openline.store.contract import CosignatureRow
from tests.exchange.conftest import T0
from tests.exchange.test_card_keys import driven
from tests.exchange.visiting import RU, US, Visit


@pytest.fixture(scope="module")
def told() -> Visit:
    """A visit that both hold and neutral witnesses cosigned."""
    return Visit()


def without_body(told: Visit, party: str) -> tuple[Station, Ref]:
    """A member whose disk lost the envelope of the notice."""
    station, place = told.peers[party].station, Ref(*told.notice)
    row = station.store.entry(*place)
    assert row is not None
    with station.store.write() as tx:
        tx.drop_body(row.body_hash)
    station.forget(line_id=told.line)
    return station, place


def is_readable(station: Station, place: Ref) -> bool:
    row = station.store.entry(*place)
    return row is not None and archive.read(station, *place, parse_leaf(row.leaf)) is not None


@pytest.mark.parametrize("party", [US, RU])
@pytest.mark.parametrize("opening", [True, False])
def test_an_entry_whose_content_is_gone_is_found_and_comes_back_from_a_holder(
    told: Visit, party: str, opening: bool
) -> None:
    assert audit.audit(told.peers[party].station, opening=opening).is_clean
    station, place = without_body(told, party)
    found = audit.audit(station, opening=opening)
    assert found.findings == [f"{place.origin} entry {place.index}: its content is gone from here"]
    assert found.bodiless == [place]
    bodies.want(station, found.bodiless)
    other = US if party == RU else RU
    told.peers.carry()
    driven(station, told.peers[other].station, bodies.fetched(station, other))
    assert is_readable(station, place) and bodies.wanted(station) == []
    assert audit.audit(station, opening=opening).is_clean
    entry = reading.state(station, told.line).entry(place)
    assert entry is not None and entry.fields["place"]


def test_no_other_envelope_is_taken_for_the_one_that_is_gone(told: Visit) -> None:
    station, place = without_body(told, RU)
    bodies.want(station, [place])
    holder = told.peers[US].station
    log = holder.log(place.origin)
    assert log is not None and log.note is not None
    rows = holder.store.entries(place.origin, 0, log.size)
    whole = tuple((row.leaf, holder.store.body(row.body_hash) or b"") for row in rows)
    good = Delivery(0, log.note, whole)
    leaf, envelope = whole[place.index]
    for changed in ((leaf, b""), (leaf, envelope + b"x"), whole[0], (whole[0][0], envelope)):
        entries = (*whole[: place.index], changed, *whole[place.index + 1 :])
        assert not bodies.take(station, place, Delivery(0, log.note, entries).encode())
    with pytest.raises(Malformed):
        bodies.take(station, place, Delivery(0, log.note, whole[: place.index]).encode())
    assert not is_readable(station, place) and bodies.wanted(station) == [place]
    assert bodies.take(station, place, good.encode()), "the control"
    assert parse_delivery(good.encode()) == good and is_readable(station, place)


def test_who_does_not_hold_it_is_not_asked(told: Visit) -> None:
    station, place = without_body(told, RU)
    bodies.want(station, [place])
    with pytest.raises(StopIteration):
        next(bodies.fetched(station, "nobody.example"))
    driven(station, told.peers[US].station, bodies.fetched(station, US))
    assert is_readable(station, place)


@pytest.mark.parametrize("which", ["lines", "time", "nonsense", "name", "good"])
def test_a_witness_s_line_that_was_spoilt_is_found(which: str) -> None:
    told = Visit()
    station, origin = told.peers[US].station, told.notice.origin
    rows = [r for r in station.store.cosignatures(origin) if not r.name.endswith("/receipt")]
    size = min(set(range(1, rows[-1].size)) - {row.size for row in rows})
    witness, log = told.peers.witness, station.log(origin)
    assert log is not None and audit.audit(station).cosignatures >= len(rows) > 0
    head = Head(origin, size, root_of(station.leaf_hashes(origin, size)))
    lines = witness.keys.witness_cosign(head, T0)
    row = {
        "lines": CosignatureRow(origin, size, rows[-1].name, T0, lines[:-40] + b"A" * 38 + b"=\n"),
        "time": CosignatureRow(origin, size, rows[-1].name, T0 + 1, lines),
        "nonsense": CosignatureRow(origin, size, rows[-1].name, T0, b"nothing of the kind\n"),
        "name": CosignatureRow(origin, size, "x.example/witness", T0, lines),
        "good": CosignatureRow(origin, size, rows[-1].name, T0, lines),
    }[which]
    with station.store.write() as tx:
        tx.put_cosignature(row)
    said = f"{origin}: cosignature of {row.name} for {size} is not good"
    assert audit.audit(station).findings == ([] if which == "good" else [said])


def test_what_nobody_holds_keeps_nothing_else_away(told: Visit) -> None:
    station, place = without_body(told, RU)
    gone = [Ref("ch.example/openline/" + "a" * 52, n) for n in range(bodies.ASKS_PER_ROUND)]
    bodies.want(station, [*gone, place])
    told.peers.carry()
    driven(station, told.peers[US].station, bodies.fetched(station, US))
    assert is_readable(station, place)
