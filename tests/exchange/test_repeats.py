"""One release acts once, also when a restore made the node number its draft a second time."""

from openline.exchange.drafting import drafts
from openline.exchange.folding import reading
from openline.exchange.folding.repeats import REPEATED
from openline.exchange.logs import post, sequence
from tests.exchange.conftest import Peers, make_peers, text
from tests.exchange.test_newest import reopen, restored
from tests.exchange.visiting import RU, US

QUESTION = "core/clarification@1"


def numbered_twice() -> tuple[Peers, bytes]:
    """A question that waited when the copy was made, and was numbered before and after it."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us = peers[US]
    us.station.clock_unsure = "the clock stands behind the last signed time"
    draft = drafts.compose(
        us.station, line, "message", {"subject": text("Whose boat?")}, format_id=QUESTION
    )
    assert post.post(us.station, [us.release(draft)]) == (None,)
    copy = us.station.store.snapshot()
    us.station.clock_unsure = None
    assert sequence.sequence_outbox(us.station, line)
    peers.carry(US)
    assert questions(peers, line) == [(1, True, False)]
    restored(us, copy)
    reopen(us, line)
    assert sequence.sequence_outbox(us.station, line)
    peers.carry(US)
    return peers, line


def questions(peers: Peers, line: bytes) -> list[tuple[int, bool, bool]]:
    """Per entry of the question, as RU reads it: the epoch, whether it acts, whether marked."""
    entries = reading.state(peers[RU].station, line).entries.values()
    found = [entry for entry in entries if entry.format == QUESTION]
    return sorted((e.counter, e.effect, REPEATED in e.flaws) for e in found)


def test_of_one_draft_in_two_epochs_the_entry_of_the_earlier_one_acts() -> None:
    peers, line = numbered_twice()
    assert questions(peers, line) == [(1, True, False), (2, False, True)]


def test_it_is_the_same_for_who_reads_the_line_anew() -> None:
    peers, line = numbered_twice()
    peers[RU].station.states.clear()
    assert questions(peers, line) == [(1, True, False), (2, False, True)]
