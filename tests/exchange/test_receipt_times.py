"""A receipt or a witness's signature with a date that cannot be right moves no time that counts."""

from dataclasses import replace

import pytest

from openline.cases.entry import Ref
from openline.desk import views
from openline.exchange.folding import receipts
from openline.exchange.kept import audit, receipt_times
from openline.exchange.logs import witnesses
from openline.exchange.logs.witnesses import CosignatureAhead, Request
from openline.exchange.proof import stamps
from openline.exchange.traffic import dispatch, recover
from openline.formats.head import Head
from openline.formats.note import parse_signature_lines, unpack_timestamped
from tests.exchange.conftest import Peers, StillClock, make_peers
from tests.exchange.test_rotation import CLARIFY, words
from tests.exchange.visiting import RU, US

YEAR_S = 365 * 86_400


class Told:
    """Something that we said, and the other side's receipt with whatever date it likes."""

    def __init__(self) -> None:
        self.peers: Peers = make_peers(US, RU)
        self.line = self.peers.open_line(US, RU)
        self.us = self.peers[US].station
        self.peers.cut.add(RU)
        self.place: Ref = self.peers.say(US, self.line, CLARIFY, words("said"))
        self.peers.clock.time_s += 60
        self.now_s = self.us.clock.now_s()

    def lines(self, time_s: int) -> bytes:
        log = self.us.own_log(self.line)
        assert log is not None
        self.head = Head(log.origin, log.size, log.root)
        return self.peers[RU].station.keys.cosign(self.head, time_s)

    def receipted(self, time_s: int) -> int:
        """What is shown as the time of receipt once a receipt of that date was stored."""
        lines = self.lines(time_s)
        row = dispatch.verified_receipt(self.us, RU, self.head, lines)
        assert unpack_timestamped(parse_signature_lines(row.lines)[0].blob)[0] == time_s
        self.us.pending_receipts.append(row)
        dispatch.store_receipts(self.us)
        return receipts.holders_of(self.us, self.place)[RU]

    def marks(self) -> list[tuple[str, str]]:
        """Whose receipt the message's page says is misdated."""
        odd = views.shown(self.us, self.place, "en")["odd"]
        return [(row["code"], row["about"]) for row in odd]


@pytest.mark.parametrize("off_s", [YEAR_S, 301, -361, -YEAR_S])
def test_a_receipt_with_a_date_that_cannot_be_right_counts_from_its_arrival_and_is_marked(
    off_s: int,
) -> None:
    told = Told()
    assert told.receipted(told.now_s + off_s) == told.now_s
    assert told.marks() == [("receipt.misdated", RU)]
    assert audit.audit(told.us, opening=True).findings == []


@pytest.mark.parametrize("off_s", [300, 0, -60, -360])
def test_a_receipt_within_the_clocks_of_honest_parties_keeps_its_own_time(off_s: int) -> None:
    told = Told()
    assert told.receipted(told.now_s + off_s) == told.now_s + off_s
    assert told.marks() == []
    assert audit.audit(told.us, opening=True).findings == []


def test_while_our_own_clock_is_unsure_it_is_no_measure_for_theirs() -> None:
    told = Told()
    told.us.clock_unsure = "it stands a day behind"
    assert told.receipted(told.now_s + 86_400) == told.now_s + 86_400


def test_a_receipt_that_was_lost_and_is_asked_for_again_is_measured_too() -> None:
    told = Told()
    lines = told.lines(told.now_s + YEAR_S)
    answer = b"%d\n" % told.head.size + lines
    assert recover.take_receipts(told.us, RU, told.head.origin, answer) == 1
    assert receipts.holders_of(told.us, told.place)[RU] == told.now_s


def test_the_audit_still_finds_a_stored_time_that_nobody_signed_or_counted() -> None:
    told = Told()
    told.receipted(told.now_s)
    row = told.us.store.cosignature(told.head.origin, told.head.size, f"{RU}/receipt")
    assert row is not None
    assert audit.receipt_is_good(told.us, RU, told.head, row)
    assert not audit.receipt_is_good(told.us, RU, told.head, replace(row, time_s=row.time_s + 9))


@pytest.mark.parametrize("off_s", [0, YEAR_S])
@pytest.mark.parametrize("moved_s", [1, 299, 301, -301, 86_400, -YEAR_S])
def test_the_audit_finds_a_time_that_was_moved_by_however_much(off_s: int, moved_s: int) -> None:
    told = Told()
    told.receipted(told.now_s + off_s)
    name = f"{RU}/receipt"
    row = told.us.store.cosignature(told.head.origin, told.head.size, name)
    assert row is not None
    assert audit.receipt_is_good(told.us, RU, told.head, row), "the control"
    moved = replace(row, time_s=row.time_s + moved_s)
    assert not audit.receipt_is_good(told.us, RU, told.head, moved)
    # Nor where the mark of the arrival is moved with it, or that of another receipt is put there.
    key = receipt_times.counted_key(row.origin, row.size, name)
    other = receipt_times.counted_key(row.origin, row.size + 1, name)
    for mark in (
        b"%d" % moved.time_s,
        b"%d %b" % (moved.time_s, (told.us.store.meta(key) or b"0 0").partition(b" ")[2]),
        b"%d %b" % (moved.time_s, receipt_times.seal(told.us, other, moved.time_s)),
        b"-1 0",
        b"x",
    ):
        with told.us.store.write() as tx:
            tx.set_meta(key, mark)
        assert not audit.receipt_is_good(told.us, RU, told.head, moved)


def test_a_misdated_receipt_that_comes_again_keeps_the_time_of_its_first_arrival() -> None:
    told = Told()
    first_s = told.receipted(told.now_s + YEAR_S)
    told.peers.clock.time_s += 3_600
    assert told.receipted(told.now_s + YEAR_S) == first_s
    assert audit.audit(told.us, opening=True).findings == []


# ---- witnesses ----------------------------------------------------------------------------------


def dated(ahead_s: int) -> tuple[Peers, bytes, Request, bytes]:
    """What a witness answers whose clock is ahead of ours."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU, is_witnessed=True)
    (asked,) = witnesses.owed(peers[US].station)
    clock = StillClock()
    clock.time_s = peers.clock.time_s + ahead_s
    peers.witness.signed.clock = clock
    peers.witness.signed.is_timeless = True
    return peers, line, asked, peers.witness.add_checkpoint(asked.body)


def test_a_witness_far_ahead_of_our_clock_is_not_believed_over_the_network_or_by_hand() -> None:
    peers, _, asked, answer = dated(301)
    us = peers[US].station
    with pytest.raises(CosignatureAhead, match="301 s ahead"):
        witnesses.taken(us, asked, answer)
    with pytest.raises(CosignatureAhead):
        stamps.take(us, asked.body, "w.example", answer)
    assert us.store.cosignature(asked.head.origin, asked.head.size, asked.witness.name) is None
    assert witnesses.owed(us) == [asked], "and it is asked again"
    peers.clock.time_s += 1
    witnesses.taken(us, asked, answer)
    assert witnesses.owed(us) == []
