"""A message says since when the charter's witnesses hold it, or that they do not yet."""

from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.desk import views
from openline.exchange.folding.committing import committed_s
from openline.exchange.logs import witnesses
from openline.exchange.membership import identity
from openline.exchange.start import witness_policy
from openline.formats.spell import time_text
from openline.store.contract import CosignatureRow
from tests.desk.test_documents import told as page_of
from tests.exchange.conftest import Peers, make_peers, make_witness
from tests.exchange.test_rotation import CLARIFY, words
from tests.exchange.visiting import RU, US

NOT_YET = "Not yet witnessed"


def said(**spec: Any) -> tuple[Peers, Ref]:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU, **spec)
    peers.witness_all()
    return peers, peers.say(US, line, CLARIFY, words("said"))


def page(peers: Peers, place: Ref, party: str = US) -> str:
    """What the message's page says of the witnesses; "" where it says nothing of them."""
    lines = page_of(peers, party, ref=[*place]).split("\n")
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("Committed by")]
    return "".join(found)


def test_it_is_not_yet_witnessed_until_a_head_above_it_is_signed_and_then_says_when() -> None:
    peers, place = said(is_witnessed=True)
    assert page(peers, place) == NOT_YET, "the head below it does not hold it"
    peers.clock.time_s += 60
    peers.witness_all()
    when = time_text(peers.clock.time_s)
    assert when in page(peers, place)
    assert views.shown(peers[US].station, place, "en")["committed"] == when
    peers.clock.time_s += 3_600
    peers.say(US, peers[US].station.lines()[0].line_id, CLARIFY, words("more"))
    peers.witness_all()
    assert when in page(peers, place), "the first head counts"


def test_a_receipt_commits_nothing() -> None:
    peers, place = said(is_witnessed=True)
    peers.carry()
    assert page(peers, place) == page(peers, place, RU) == NOT_YET


def test_where_the_charter_asks_no_witness_nothing_is_said_of_one() -> None:
    peers, place = said()
    assert page(peers, place) == ""
    assert committed_s(peers[US].station, place) is None


@pytest.mark.parametrize(("group", "first", "second"), [("any", 60, 60), ("all", 0, 90)])
def test_the_quorum_of_the_charter_says_which_of_two_witnesses_count(
    group: str, first: int, second: int
) -> None:
    peers = make_peers(US, RU)
    other = make_witness("v.example", peers.clock, peers[US].station.random)
    other.follow(identity.own_cards(peers[US].station))
    lines: list[str] = []
    for letter, each in (("w", peers.witness), ("v", other)):
        lines += [
            line.replace(" w-", f" {letter}-").replace("group w ", f"group {letter} ")
            for line in witness_policy(each, "http://127.0.0.1:1")[:3]
        ]
    line = peers.open_line(US, RU, policy=[*lines, f"group q {group} w v", "quorum q"])
    us = peers[US].station
    place = peers.say(US, line, CLARIFY, words("said"))
    began_s, found = peers.clock.time_s, []
    for asked in sorted(witnesses.owed(us), key=lambda asked: -ord(asked.witness.name[0])):
        peers.clock.time_s = began_s + (60 if asked.witness.name.startswith("w") else 90)
        service = peers.witness if asked.witness.name.startswith("w") else other
        witnesses.taken(us, asked, service.add_checkpoint(asked.body))
        time_s = committed_s(us, place)
        found.append(time_s and time_s - began_s)
    assert found == [first, second]


def test_the_signature_of_a_stranger_is_none_of_the_charter_s() -> None:
    peers, place = said(is_witnessed=True)
    us = peers[US].station
    log = us.log(place.origin)
    assert log is not None
    with us.store.write() as tx:
        tx.put_cosignature(CosignatureRow(log.origin, log.size, "x.example/witness", 5, b""))
    assert committed_s(us, place) == 0
