"""Erasure: content of a closed case goes, everything that proves it stays."""

import pytest

from openline.cases.entry import Ref
from openline.exchange.contents import archive
from openline.exchange.folding import erasing, reading
from openline.exchange.folding.erasing import NotErasable
from openline.exchange.kept import audit
from openline.exchange.proof import disclose
from openline.exchange.refusals import NotYours
from openline.exchange.traffic import asks
from openline.formats.field import spell_lines
from openline.formats.leaf import parse_leaf
from openline.formats.policy import parse_policies
from openline.record.disclosure import verify_file
from tests.exchange.conftest import SUITE, Peers, make_peers, text

US, RU = "us.example", "ru.example"
SECRET = "overland, night train"


class Told:
    """A notice with an acknowledgement, closed by its author, held by both sides."""

    def __init__(self, closing: str = "close") -> None:
        self.peers: Peers = make_peers(US, RU)
        self.line = self.peers.open_line(US, RU)
        self.notice = self.peers.say(
            US, self.line, "core/visit@1",
            {"subject": text("a visit"), "place": SECRET, "from": "2023-11-20T06:00:00Z",
             "until": "2023-11-20T12:00:00Z", "effect": "acknowledge"},
        )  # fmt: skip
        self.peers.carry()
        self.acknowledged = self.peers.say(
            RU, self.line, "core/acknowledge@1",
            {"position": "watch", "at_time": "2023-11-20T05:00:00Z"},
            answer="received", refs=[self.notice],
        )  # fmt: skip
        self.peers.carry()
        if closing == "close":
            self.close()
        elif closing == "cancel":
            self.peers.say(
                US, self.line, "core/visit@1",
                {"subject": text("no visit"), "place": "-", "from": "2023-11-20T06:00:00Z",
                 "until": "2023-11-20T12:00:00Z", "effect": "none", "relation": "cancels"},
                refs=[self.notice],
            )  # fmt: skip

    def close(self) -> Ref:
        return self.peers.say(
            US, self.line, "core/close@1", {}, answer="completed", refs=[self.notice]
        )

    def known_by_all(self) -> None:
        """Twice: the second hello states what the first delivery brought."""
        self.peers.carry()
        self.peers.carry()

    def erase(self, party: str) -> erasing.Erased:
        return erasing.erase(self.peers[party].station, self.line, self.notice)

    def stored(self, party: str) -> bytes:
        """Everything of the notice that the node can still open or hand out."""
        station = self.peers[party].station
        row = station.store.entry(self.notice.origin, self.notice.index)
        assert row is not None
        opened = archive.read(station, *self.notice, parse_leaf(row.leaf))
        assert opened is not None
        return spell_lines(opened) + (station.store.body(row.body_hash) or b"")


@pytest.mark.parametrize("closing", ["close", "cancel"])
@pytest.mark.parametrize("party", [US, RU])
def test_the_content_of_a_closed_case_is_gone_and_its_state_stays(party: str, closing: str) -> None:
    told = Told(closing)
    told.known_by_all()
    assert SECRET.encode() in told.stored(party)
    before = reading.state(told.peers[party].station, told.line).case(told.notice)
    assert told.erase(party).entries == 3
    after = reading.state(told.peers[party].station, told.line).case(told.notice)
    assert before is not None and after is not None
    assert SECRET.encode() not in told.stored(party)
    assert after.main.state == before.main.state
    assert after.irregularities == before.irregularities
    assert all("place" not in entry.fields for entry in after.entries)


def test_the_other_side_keeps_its_content_until_it_erases_it_too() -> None:
    told = Told()
    told.known_by_all()
    told.erase(US)
    assert SECRET.encode() in told.stored(RU)


def test_what_is_erased_can_still_be_proved_to_have_been_told() -> None:
    told = Told()
    told.known_by_all()
    told.erase(US)
    station = told.peers[US].station
    file = disclose.write(station, [{"kind": "entry", "ref": list(told.notice)}], bundle=False)
    verdict = verify_file(file.data, parse_policies(file.policy), SUITE)
    assert verdict.facts["format"] == "core/visit@1"
    receipts = verdict.facts["receipts"]
    assert isinstance(receipts, dict) and RU in receipts
    assert SECRET.encode() not in file.data


def test_an_audit_that_opens_everything_again_finds_nothing_wrong() -> None:
    told = Told()
    told.known_by_all()
    told.erase(RU)
    report = audit.audit(told.peers[RU].station, opening=True)
    assert report.findings == []


def test_an_open_case_is_not_erased() -> None:
    told = Told(closing="not yet")
    told.known_by_all()
    with pytest.raises(NotErasable, match="still open"):
        told.erase(US)
    told.close()
    told.known_by_all()
    assert told.erase(US).fields > 0


def test_nothing_is_erased_before_every_member_states_a_head_above_the_closing() -> None:
    told = Told()
    told.peers.cut = {US, RU}
    with pytest.raises(NotErasable, match=r"ru\.example has not stated"):
        told.erase(US)
    told.peers.cut = set()
    told.known_by_all()
    assert told.erase(US).entries == 3


def test_a_second_erasure_finds_nothing_left() -> None:
    told = Told()
    told.known_by_all()
    told.erase(US)
    assert told.erase(US) == erasing.Erased(0, 0)


def test_an_erased_entry_is_not_resealed_for_anybody() -> None:
    told = Told()
    told.known_by_all()
    told.erase(US)
    us, ru = told.peers[US].station, told.peers[RU].station
    origin, index = told.notice
    note = asks.ask(ru, US, "reseal", origin, str(index))
    with pytest.raises(NotYours):
        asks.handle(us, note)


def test_both_sides_still_understand_the_line_alike_when_one_has_erased() -> None:
    told = Told()
    told.known_by_all()
    told.erase(US)
    told.known_by_all()
    us, ru = (told.peers[party].station for party in (US, RU))
    states = [reading.state(station, told.line) for station in (us, ru)]
    cases = [state.case(told.notice) for state in states]
    assert [case.main.state for case in cases if case is not None] == ["closed", "closed"]
