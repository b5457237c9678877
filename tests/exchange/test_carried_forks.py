"""A line by stick finds two histories as one over a network does, and freezes no other."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from openline.errors import OpenlineError
from openline.exchange.carried import histories, parcels
from openline.exchange.station import Station
from openline.exchange.traffic import asks, mending, receive
from openline.formats.parcel import EVIDENCE, HEAD, HELLO, Parcel, Record, parse_parcel
from openline.record.checkpoint import LogKeys
from openline.record.evidence import ForkEvidence, Side, parse_evidence, verify_evidence
from tests.exchange.conftest import SUITE, Peers
from tests.exchange.test_long_forks import told_twice
from tests.exchange.visiting import CH, RU, US


def carried(sender: Station, peer: Station) -> None:
    """One parcel there, and its answer back."""
    sender.clock.time_s += 3_600  # type: ignore[attr-defined]
    taken = parcels.take(peer, parcels.make(sender, peer.party).file)
    sender.clock.time_s += 3_600  # type: ignore[attr-defined]
    parcels.take(sender, parcels.answer(peer, taken).file)


def cut() -> tuple[Peers, str]:
    """RU and CH were told two histories of a log, and every link is cut."""
    peers, origin = told_twice()
    for node in peers.nodes.values():
        node.station.sessions.clear()
    return peers, origin


def status(station: Station, origin: str) -> str:
    log = station.store.log(origin)
    assert log is not None
    return log.status


def rounds_until(done: Callable[[], bool], one: Station, other: Station, most: int) -> int:
    for number in range(most):
        if done():
            return number
        carried(one, other)
    return most


@pytest.mark.parametrize(("one", "other"), [(RU, CH), (CH, RU)])
def test_both_have_the_proof_after_parcels_there_and_back(one: str, other: str) -> None:
    peers, origin = cut()
    stations = [peers[name].station for name in (one, other)]

    def is_proven() -> bool:
        return all(each.store.evidence() for each in stations)

    assert rounds_until(is_proven, *stations, 9) <= 2
    keys = [LogKeys.of(card, origin) for card in stations[0].cards(US)]
    for each in stations:
        assert status(each, origin) == "forked"
        for _, data in each.store.evidence():
            verify_evidence(data, keys, SUITE)


def test_the_proof_itself_is_taken_by_who_cannot_find_it() -> None:
    """Only one of them compares: the other learns it from the evidence."""
    peers, origin = cut()
    ru, ch = peers[RU].station, peers[CH].station
    rounds_until(lambda: bool(ch.store.evidence()), ru, ch, 9)
    assert ch.store.evidence()
    lone, _ = cut()
    reader = lone[RU].station
    ((_, data),) = ch.store.evidence()
    assert status(reader, origin) == "active"
    histories.take_evidence(reader, CH, data)
    assert status(reader, origin) == "forked"
    assert "log.forked" in [event.code for event in reader.store.events("alarm")]


def test_parcels_that_say_nothing_of_heads_would_hide_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: parcels of before; who holds the shorter history learns nothing."""
    peers, origin = cut()
    ru, ch = peers[RU].station, peers[CH].station
    monkeypatch.setattr(histories, "records", lambda station, peer: iter(()))
    monkeypatch.setattr(histories, "questions", lambda station, peer: [])
    assert rounds_until(lambda: bool(ru.store.evidence()), ru, ch, 5) == 5
    assert status(ru, origin) == "active"


def test_where_nobody_lies_a_parcel_holds_no_head_and_no_evidence(two: Peers) -> None:
    line = two.open_line(US, RU)
    us, ru = two[US].station, two[RU].station
    two.say(US, line, "core/clarification@1", {"subject": [["en", "Plain"]]})
    carried(us, ru)
    for one, other in ((us, ru), (ru, us)):
        file = parcels.make(one, other.party, everything=True).file
        plain = parse_parcel(other.suite.unseal([other.keyring.seal_seed], file, 1))
        assert not {record.kind for record in plain.records} & {HEAD, EVIDENCE}


def test_evidence_that_proves_nothing_is_refused_and_freezes_nothing() -> None:
    peers, origin = cut()
    ru, ch = peers[RU].station, peers[CH].station
    rounds_until(lambda: bool(ch.store.evidence()), ru, ch, 9)
    ((_, data),) = ch.store.evidence()
    good = parse_evidence(data)
    lone, _ = cut()
    reader = lone[RU].station
    half_signed = good.second.note.rsplit(b"\n", 2)[0] + b"\n"
    for bad in (
        replace(good, second=good.first),
        replace(good, second=replace(good.second, note=half_signed)),
        ForkEvidence(good.first, Side(good.first.note, None, ()), None),
    ):
        with pytest.raises(OpenlineError):
            histories.take_evidence(reader, CH, bad.encode())
    assert status(reader, origin) == "active" and reader.store.evidence() == []


def test_nobody_is_told_of_a_log_of_a_line_that_it_is_no_member_of() -> None:
    peers, _ = cut()
    ru, ch = peers[RU].station, peers[CH].station
    rounds_until(lambda: bool(ch.store.evidence()), ru, ch, 9)
    ((_, data),) = ch.store.evidence()
    lone, _ = cut()
    reader = lone[RU].station
    for take, given in ((histories.take_evidence, data), (histories.take_head, note_of(data))):
        with pytest.raises(asks.NotYours):
            take(reader, "nobody.example", given)
    assert list(histories.records(ch, "nobody.example")) == []


def note_of(data: bytes) -> bytes:
    return parse_evidence(data).first.note


def test_a_parcel_of_rubbish_heads_and_evidence_is_told_and_the_rest_is_taken(two: Peers) -> None:
    two.open_line(US, RU)
    us, ru = two[US].station, two[RU].station
    file = parcels.make(us, RU).file
    plain = parse_parcel(ru.suite.unseal([ru.keyring.seal_seed], file, 1))
    first = next(n for n, record in enumerate(plain.records) if record.kind == HELLO)
    rubbish = [Record(kind, data) for kind in (HEAD, EVIDENCE) for data in (b"", b"x" * 300)]
    mixed = Parcel((*plain.records[: first + 1], *rubbish, *plain.records[first + 1 :]))
    sealed = us.suite.seal([ru.cards(RU)[-1].seal], mixed.encode(), us.random)
    refused = parcels.take(ru, sealed).refused
    assert [kind for kind, _, _ in refused] == ["head", "head", "evidence", "evidence"]


def test_two_sides_that_never_find_the_proof_do_not_ask_each_other_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By a relay every parcel that calls for a reply gets one at once."""
    peers, origin = cut()
    one, other = peers[RU].station, peers[CH].station
    monkeypatch.setattr(mending, "explain", lambda *args: False)
    monkeypatch.setattr(mending, "take_head", lambda *args: True)
    monkeypatch.setattr(receive, "contradicted", lambda *args: False)
    taken = parcels.take(other, parcels.make(one, CH).file)
    replies = 0
    while replies < 20:
        one.clock.time_s += 1  # type: ignore[attr-defined]
        one, other = other, one
        taken = parcels.take(other, parcels.answer(one, taken).file)
        if not taken.calls_for_reply:
            break
        replies += 1
    assert replies < 6
    assert histories.contradictions(peers[CH].station, RU) and status(one, origin) == "active"


def test_evidence_is_given_again_after_a_day_and_not_with_each_parcel() -> None:
    peers, _ = cut()
    ru, ch = peers[RU].station, peers[CH].station
    rounds_until(lambda: bool(ch.store.evidence()), ru, ch, 9)
    ch.clock.time_s += 2 * histories.AGAIN_S  # type: ignore[attr-defined]
    kinds = [[kind for kind, _ in histories.records(ch, RU)] for _ in range(3)]
    assert kinds == [[EVIDENCE], [], []]
    ch.clock.time_s += histories.AGAIN_S  # type: ignore[attr-defined]
    assert [kind for kind, _ in histories.records(ch, RU)] == [EVIDENCE]
