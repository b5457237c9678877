"""Parcels: a line carried as files gives the same record as one over a network."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange.carried import parcels, reply_book
from openline.exchange.carried.parcels import ParcelSealed
from openline.exchange.folding import receipts
from openline.exchange.refusals import TooMany
from openline.exchange.station import Station
from openline.exchange.traffic import asks
from openline.formats.malformed import Malformed
from openline.formats.parcel import DELIVERY, HELLO, KINDS, Parcel, Record, parse_parcel
from openline.formats.request import Ask
from tests.exchange.conftest import Peers, text

CLARIFY = "core/clarification@1"


def carried(sender: Station, peer: Station, *, days: int = 0, peers: Peers | None = None) -> None:
    """One parcel there and its answer back; perhaps after a long way."""
    file = parcels.make(sender, peer.party).file
    if peers is not None:
        peers.clock.time_s += 86_400 * days
    taken = parcels.take(peer, file)
    assert taken.refused == []
    back = parcels.take(sender, parcels.answer(peer, taken).file)
    assert back.refused == []


def held(station: Station) -> dict[str, tuple[int, bytes]]:
    return {log.origin: (log.size, log.root) for log in station.store.logs()}


def line_of(peers: Peers, *members: str) -> bytes:
    """A line that is opened over the network; afterwards every link is cut."""
    line_id = peers.open_line(*members)
    peers.cut = set(peers.nodes)
    return line_id


def test_two_days_by_stick_give_the_record_and_the_receipts(two: Peers) -> None:
    us, ru = two["us.example"].station, two["ru.example"].station
    line_id = line_of(two, "us.example", "ru.example")
    place = two.say("us.example", line_id, CLARIFY, {"subject": text("By stick")})
    us.sessions.clear()
    carried(us, ru, days=2, peers=two)
    assert "ru.example" in receipts.holders_of(us, place)
    answer = two.say("ru.example", line_id, CLARIFY, {"subject": text("By stick too")})
    carried(ru, us)
    assert "us.example" in receipts.holders_of(ru, answer)
    assert held(us) == held(ru)


def test_a_parcel_brought_twice_or_late_changes_nothing(two: Peers) -> None:
    us, ru = two["us.example"].station, two["ru.example"].station
    line_id = line_of(two, "us.example", "ru.example")
    two.say("us.example", line_id, CLARIFY, {"subject": text("One")})
    early = parcels.make(us, "ru.example").file
    two.clock.time_s += 60
    two.say("us.example", line_id, CLARIFY, {"subject": text("Two")})
    late = parcels.make(us, "ru.example", everything=True).file
    parcels.take(ru, late)
    before = held(ru)
    for file in (late, early, early):
        taken = parcels.take(ru, file)
        assert (taken.entries, taken.refused) == (0, [])
    assert held(ru) == before
    known = reply_book.stated(ru, "us.example")
    assert known is not None and known.time_s == two.clock.time_s


def test_a_member_carries_what_a_third_one_said(three: Peers) -> None:
    line_id = line_of(three, "us.example", "ru.example", "ch.example")
    us, ru, ch = (three[name].station for name in ("us.example", "ru.example", "ch.example"))
    place = three.say("us.example", line_id, CLARIFY, {"subject": text("Through others")})
    carried(us, ch)
    carried(ch, ru)
    log = ru.log(place.origin)
    assert log is not None and log.size == place.index + 1


def test_what_a_restored_node_lost_comes_back_by_parcels(two: Peers) -> None:
    """Questions go out with a parcel, and their answers come with the next one."""
    us, ru = two["us.example"].station, two["ru.example"].station
    line_id = line_of(two, "us.example", "ru.example")
    place = two.say("ru.example", line_id, CLARIFY, {"subject": text("Read me")})
    carried(ru, us)
    with us.store.write() as tx:
        tx.set_entry_state(place.origin, place.index, "sealed")
    us.sealed = None
    refused = parcels.take(ru, parcels.make(us, "ru.example").file).refused
    assert [(kind, code) for kind, code, _ in refused] == [("ask", "exchange.reseal-needs-yes")]
    asks.allow_reseal(ru, "us.example", 3_600)  # what was receipted before needs a person's yes
    two.clock.time_s += 1
    first = parcels.take(ru, parcels.make(us, "ru.example").file)
    assert len(first.asked) == 1
    taken = parcels.take(us, parcels.answer(ru, first).file)
    assert (taken.answers, taken.refused) == (1, [])
    row = us.store.entry(place.origin, place.index)
    assert row is not None and row.state == "opened"


def lose(station: Station, place: Ref) -> None:
    """An entry that was read before cannot be opened any more."""
    with station.store.write() as tx:
        tx.set_entry_state(place.origin, place.index, "sealed")
    station.sealed = None


def test_an_old_parcel_brought_again_uses_up_nothing_of_what_its_sender_may_ask_for(
    two: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    us, ru = two["us.example"].station, two["ru.example"].station
    line_id = line_of(two, "us.example", "ru.example")
    place = two.say("ru.example", line_id, CLARIFY, {"subject": text("Read me")})
    carried(ru, us)
    lose(us, place)
    asks.allow_reseal(ru, "us.example", 3_600)
    monkeypatch.setattr(asks, "RESEALS_PER_DAY_MAX", 2)
    old = parcels.make(us, "ru.example").file
    for day in (0, 0, 0, 1, 80):
        two.clock.time_s += day * 86_400
        asks.allow_reseal(ru, "us.example", 3_600)
        assert len(parcels.take(ru, old).asked) == 1, "what got lost on the way back goes again"
    assert [e.code for e in ru.store.events("notice")].count("reseal.given") == 1
    for is_left in (True, True, False):
        two.clock.time_s += 1
        fresh = parcels.take(ru, parcels.make(us, "ru.example").file)
        assert [code for _, code, _ in fresh.refused] == ([] if is_left else ["exchange.too-many"])


def test_an_old_parcel_brought_again_wakes_nobody_a_second_time(two: Peers) -> None:
    us, ru = two["us.example"].station, two["ru.example"].station
    line_id = line_of(two, "us.example", "ru.example")
    place = two.say("ru.example", line_id, CLARIFY, {"subject": text("Read me")})
    carried(ru, us)
    lose(us, place)
    old = parcels.make(us, "ru.example").file
    for _ in range(3):
        parcels.take(ru, old)
        asks.allow_reseal(ru, "us.example", 60)
        two.clock.time_s += 3_600
    assert [e.code for e in ru.store.events("alarm")].count("reseal.asked") == 1
    parcels.take(ru, parcels.make(us, "ru.example").file)
    assert [e.code for e in ru.store.events("alarm")].count("reseal.asked") == 2, "asked anew"


def test_an_ask_that_was_counted_pays_for_no_other_under_its_nonce(
    two: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    us, ru = two["us.example"].station, two["ru.example"].station
    line_id = line_of(two, "us.example", "ru.example")
    place = two.say("ru.example", line_id, CLARIFY, {"subject": text("Read me")})
    asks.allow_reseal(ru, "us.example", 3_600)
    monkeypatch.setattr(asks, "RESEALS_PER_DAY_MAX", 1)
    for index, code in ((place.index, None), (0, "exchange.too-many")):
        said = Ask(
            "us.example", "ru.example", two.clock.time_s, bytes(16), "reseal",
            (place.origin, str(index)),
        )  # fmt: skip
        note = us.keys.sign_request(said.text())
        if code is None:
            assert asks.answer_carried(ru, "us.example", note)
        else:
            with pytest.raises(TooMany):
                asks.answer_carried(ru, "us.example", note)


def test_an_old_parcel_brought_again_pushes_out_nothing_that_we_ask_and_wait_for(
    two: Peers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each makes us answer, and so ask again; answers by stick may take weeks."""
    us, ru = two["us.example"].station, two["ru.example"].station
    line_id = line_of(two, "us.example", "ru.example")
    old = parcels.make(ru, "us.example").file
    place = two.say("ru.example", line_id, CLARIFY, {"subject": text("Read me")})
    carried(ru, us)
    lose(us, place)
    asks.allow_reseal(ru, "us.example", 90 * 86_400)
    monkeypatch.setattr(reply_book, "OPEN_MAX", 4)
    asked = parcels.take(ru, parcels.make(us, "ru.example").file)
    for _ in range(9):
        two.clock.time_s += 3_600
        parcels.answer(us, parcels.take(us, old))
    taken = parcels.take(us, parcels.answer(ru, asked).file)
    assert (taken.answers, taken.refused) == (1, [])
    row = us.store.entry(place.origin, place.index)
    assert row is not None and row.state == "opened"


def test_a_parcel_that_is_posted_again_and_again_is_answered_with_little(two: Peers) -> None:
    """Whoever took one from the wire could else have us read and seal a whole line for each."""
    us, ru = two["us.example"].station, two["ru.example"].station
    line_id = line_of(two, "us.example", "ru.example")
    for number in range(40):
        two.say("us.example", line_id, CLARIFY, {"subject": text(f"{number} " + "x" * 2_000)})
    taken_off = parcels.make(ru, "us.example").file
    lengths = []
    for _ in range(3):
        taken = parcels.take(us, taken_off)
        lengths.append(len(parcels.posted_answer(us, taken).file))
    assert lengths[0] > 40 * 2_000 and max(lengths[1:]) < lengths[0] // 4
    two.clock.time_s += 1
    newer = parcels.take(us, parcels.make(ru, "us.example").file)
    assert len(parcels.posted_answer(us, newer).file) >= lengths[0], "its sender's own next one"
    assert len(parcels.answer(us, taken).file) >= lengths[0], "by hand it is made anew as often"


def test_an_answer_to_nothing_that_was_asked_is_not_taken(two: Peers) -> None:
    us, ru = two["us.example"].station, two["ru.example"].station
    line_of(two, "us.example", "ru.example")
    file = parcels.make(us, "ru.example", answers=[(bytes(16), b"made up")]).file
    taken = parcels.take(ru, file)
    assert [(kind, code) for kind, code, _ in taken.refused] == [("answer", "exchange.not-found")]


def test_a_parcel_opens_at_its_addressee_only(three: Peers) -> None:
    line_of(three, "us.example", "ru.example", "ch.example")
    file = parcels.make(three["us.example"].station, "ru.example").file
    with pytest.raises(ParcelSealed):
        parcels.take(three["ch.example"].station, file)


def test_a_changed_byte_anywhere_is_refused(two: Peers) -> None:
    us, ru = two["us.example"].station, two["ru.example"].station
    line_of(two, "us.example", "ru.example")
    file = parcels.make(us, "ru.example").file
    for at in range(0, len(file), 97):
        changed = file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]
        with pytest.raises(OpenlineError):
            parcels.take(ru, changed)


def test_a_parcel_of_a_stranger_is_refused(two: Peers) -> None:
    """Anybody can seal to a card: what counts is who signed the hello."""
    us, ru = two["us.example"].station, two["ru.example"].station
    line_of(two, "us.example", "ru.example")
    note = us.keys.sign_request("openline/v1 hello\n")
    for records in ((), (Record(DELIVERY, b""),), (Record(HELLO, note),)):
        seal = ru.cards("ru.example")[-1].seal
        file = us.suite.seal([seal], Parcel(records).encode(), us.random)
        with pytest.raises(OpenlineError):
            parcels.take(ru, file)


def test_one_bad_record_holds_up_no_other(two: Peers) -> None:
    us, ru = two["us.example"].station, two["ru.example"].station
    line_id = line_of(two, "us.example", "ru.example")
    place = two.say("us.example", line_id, CLARIFY, {"subject": text("Whole")})
    made = parcels.make(us, "ru.example").file
    plain = parse_parcel(ru.suite.unseal([ru.keyring.seal_seed], made, 1))
    hello_, *rest = plain.records
    bad = [Record(kind, b"\0" * 40) for kind in sorted(KINDS)]
    seal = ru.cards("ru.example")[-1].seal
    mixed = Parcel((hello_, *bad, *rest)).encode()
    taken = parcels.take(ru, us.suite.seal([seal], mixed, us.random))
    assert len(taken.refused) == len(bad)
    assert taken.entries == 1
    assert ru.store.entry(place.origin, place.index) is not None


def test_a_deposit_is_deemed_and_never_a_receipt(two: Peers) -> None:
    from openline.store.contract import DepositRow

    us = two["us.example"].station
    line_id = line_of(two, "us.example", "ru.example")
    place = two.say("us.example", line_id, CLARIFY, {"subject": text("At the relay")})
    since_s = 1_700_000_009
    row = DepositRow(place.origin, place.index + 1, "ru.example", "relay.example", since_s, b"")
    with us.store.write() as tx:
        tx.put_deposit(row)
        tx.put_deposit(replace(row, time_s=1_800_000_000))
    given = receipts.of_line(us, line_id)
    assert given.available_s(place, "ru.example") == 1_700_000_009
    assert given.received_s(place, "ru.example") is None
    assert given.available_s(Ref(place.origin, place.index + 1), "ru.example") is None


@given(st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.binary(max_size=40)), max_size=6))
def test_records_are_read_back(pairs: list[tuple[int, bytes]]) -> None:
    parcel = Parcel(tuple(Record(kind, data) for kind, data in pairs))
    assert parse_parcel(parcel.encode()) == parcel


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_are_their_own_spelling(data: bytes) -> None:
    for given_ in (data, b"openline/v1 parcel\n" + data):
        try:
            assert parse_parcel(given_).encode() == given_
        except Malformed:
            continue
