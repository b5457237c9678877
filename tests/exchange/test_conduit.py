"""Passing on for others: only to whom the originator consented, and no longer than that."""

import pytest

from openline.cases.entry import Ref
from openline.exchange.folding import arrivals, conduit
from openline.formats.openjson import Value
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_in_force import site

AID, CELL, ARMY = "aid.example", "cell.example", "army.example"


class Conduit:
    """An originator's line with the cell, and the cell's line with a recipient."""

    def __init__(self, *recipients: str, until: str = "") -> None:
        self.peers: Peers = make_peers(AID, CELL, ARMY)
        packs: list[Value] = ["core", "humanitarian"]
        self.origin = self.peers.open_line(AID, CELL, packs=packs)
        self.line = self.peers.open_line(CELL, ARMY, packs=packs)
        content: dict[str, Value] = {
            "subject": "all sites",
            "recipients": list[Value](recipients or [ARMY]),
            "sharing": "own-forces",
            "from": "2023-11-01T00:00:00Z",
        }
        if until:
            content["until"] = until
        self.consent = self.peers.say(AID, self.origin, "humanitarian/consent@1", content)
        self.peers.carry()

    @property
    def name(self) -> str:
        return conduit.hash_of(self.peers[CELL].station, self.consent)

    def lack(self, **fields: Value) -> str | None:
        told = {"originator": AID, "consent": self.name, **fields}
        return conduit.lack(self.peers[CELL].station, self.line, told)

    def pass_on(self) -> Ref:
        content = {**site("one"), "originator": AID, "consent": self.name}
        place = self.peers.say(CELL, self.line, "humanitarian/site@1", content)
        self.peers.carry()
        return place

    def withdraw(self) -> None:
        refs = [self.consent]
        self.peers.say(AID, self.origin, "core/close@1", {}, answer="withdrawn", refs=refs)
        self.peers.carry()


def test_with_the_consent_of_the_originator_a_notice_may_be_passed_on() -> None:
    assert Conduit().lack() is None


def test_who_speaks_for_itself_needs_no_consent() -> None:
    told = Conduit()
    station = told.peers[CELL].station
    assert conduit.lack(station, told.line, {"originator": CELL}) is None
    assert conduit.lack(station, told.line, {}) is None


def test_without_a_consent_it_may_not() -> None:
    told = Conduit()
    assert "names no consent" in str(told.lack(consent=""))
    assert "not held here" in str(told.lack(consent="A" * 43 + "="))
    assert "given by aid.example" in str(told.lack(originator="other.example"))


def test_a_recipient_that_was_not_named_is_not_told() -> None:
    assert "did not consent to telling army.example" in str(Conduit("other.example").lack())


def test_a_consent_that_has_run_out_lets_nothing_pass() -> None:
    assert "does not stand" in str(Conduit(until="2023-11-02T00:00:00Z").lack())


def test_a_withdrawn_consent_is_an_alarm_that_counts_what_rests_on_it() -> None:
    told = Conduit()
    told.pass_on()
    told.withdraw()
    station = told.peers[CELL].station
    assert "does not stand" in str(told.lack())
    for line in (told.origin, told.origin):
        arrivals.look(station, line)
    rows = station.store.events("alarm")
    assert [row.code for row in rows] == ["consent.withdrawn"]
    assert "1 notices were passed on" in rows[0].text


def test_the_register_names_what_must_end() -> None:
    told = Conduit()
    place = told.pass_on()
    (before,) = conduit.register(told.peers[CELL].station)
    assert (before["stands"], before["passed_on"], before["to_close"]) == (True, 1, [])
    told.withdraw()
    (after,) = conduit.register(told.peers[CELL].station)
    assert (after["stands"], after["to_close"]) == (False, [list(place)])


def test_a_recipient_learns_nothing_of_the_line_behind_the_consent() -> None:
    told = Conduit()
    told.pass_on()
    army = told.peers[ARMY].station
    assert army.log(told.consent.origin) is None
    with pytest.raises(StopIteration):
        next(iter(conduit.consents(army)))
