"""In-force digests: both sides work the list out for themselves; a difference is an alarm."""

from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.exchange.folding import arrivals, in_force
from openline.exchange.folding.in_force import DIFFERS, NOT_HELD, SAME, NotADigest
from openline.exchange.proof import disclose
from openline.formats.openjson import Value
from openline.formats.policy import parse_policies
from openline.formats.standing import parse_blocks
from openline.record.disclosure import verify_file
from tests.exchange.conftest import SUITE, Peers, make_peers

CELL, ARMY = "cell.example", "army.example"
FORMAT = "humanitarian/digest@1"


def site(name: str, until: str = "2031-01-01T00:00:00Z") -> dict[str, Value]:
    """A notice of a site in the open ocean, with what its form asks for."""
    here: Value = {"points": [[-330123450, 470123450]]}
    return {
        "site": name,
        "type": "clinic",
        "run_by": "Relief association",
        "point": here,
        "footprint": {"points": [[-330123450, 470123450]], "radius_m": 100},
        "from": "2023-11-01T00:00:00Z",
        "until": until,
        "guards": "no",
        "contact": ["duty desk"],
        "share_with": [ARMY],
        "effect": "list-as-protected",
    }


class Listed:
    """A line with a few sites of the cell."""

    def __init__(self, *names: str) -> None:
        self.peers: Peers = make_peers(CELL, ARMY)
        self.line = self.peers.open_line(CELL, ARMY, packs=["core", "humanitarian"])
        self.sites = {name: self.tell(name) for name in names}
        self.carry()

    def tell(self, name: str, until: str = "2031-01-01T00:00:00Z") -> Ref:
        content = site(name, until)
        return self.peers.say(CELL, self.line, "humanitarian/site@1", content)

    def close(self, name: str) -> None:
        refs = [self.sites[name]]
        self.peers.say(CELL, self.line, "core/close@1", {}, answer="completed", refs=refs)

    def carry(self) -> None:
        self.peers.carry()

    def digest(self, party: str = CELL, **changed: Any) -> Ref:
        """What a party states, perhaps with something that is not so."""
        answer, fields = in_force.make(self.peers[party].station, self.line)
        place = self.peers.say(party, self.line, FORMAT, {**fields, **changed}, answer=answer)
        self.carry()
        return place

    def check(self, place: Ref, party: str = ARMY) -> in_force.Finding:
        return in_force.check(self.peers[party].station, place)

    def alarms(self, party: str = ARMY) -> list[str]:
        station = self.peers[party].station
        arrivals.look(station, self.line)
        return [row.code for row in station.store.events("alarm")]


def test_both_sides_find_the_same_root_and_nobody_is_alarmed() -> None:
    told = Listed("one", "two", "three")
    finding = told.check(told.digest())
    assert (finding.result, finding.count) == (SAME, 3)
    assert told.alarms() == []


def test_what_has_ended_or_run_out_is_not_in_the_list() -> None:
    told = Listed("one", "two")
    told.tell("three", until="2023-11-10T00:00:00Z")
    told.close("two")
    told.carry()
    _, fields = in_force.make(told.peers[CELL].station, told.line)
    blocks = [(str(fields["list.1.origin"]), str(fields["list.1.rows"]))]
    assert [row.index for row in parse_blocks(blocks)] == [told.sites["one"].index]


def test_none_in_force_is_a_message_too() -> None:
    told = Listed("one")
    answer, fields = in_force.make(told.peers[ARMY].station, told.line)
    assert (answer, fields["count"]) == ("none-in-force", 0)
    assert told.check(told.digest(ARMY), CELL).result == SAME


def test_a_digest_names_the_one_before_it() -> None:
    told = Listed("one")
    first = told.digest()
    _, fields = in_force.make(told.peers[CELL].station, told.line)
    hashed = in_force.version_hash(told.peers[CELL].station, first)
    assert fields["previous"] == in_force.b64(hashed)


def test_what_is_said_after_the_digest_does_not_change_what_is_made_of_it() -> None:
    told = Listed("one", "two")
    place = told.digest()
    told.close("one")
    told.tell("three")
    told.carry()
    assert told.check(place).result == SAME


def test_another_version_gives_another_root() -> None:
    told = Listed("one")
    before = in_force.make(told.peers[CELL].station, told.line)[1]["root"]
    content = {**site("one"), "relation": "amends", "guards": "yes"}
    told.peers.say(CELL, told.line, "humanitarian/site@1", content, refs=[told.sites["one"]])
    assert in_force.make(told.peers[CELL].station, told.line)[1]["root"] != before


def test_a_list_that_leaves_a_notice_out_is_an_alarm_and_is_named() -> None:
    told = Listed("one", "two")
    _, whole = in_force.make(told.peers[CELL].station, told.line)
    rows = parse_blocks([(str(whole["list.1.origin"]), str(whole["list.1.rows"]))])[:1]
    fields = {
        "count": 1,
        "root": in_force.b64(in_force.root(rows)),
        "list.1.rows": "".join(row.row() for row in rows),
    }
    finding = told.check(told.digest(**fields))
    assert (finding.result, finding.count) == (DIFFERS, 2)
    assert finding.only_here == (told.sites["two"],)
    assert told.alarms() == ["digest.differs"]
    assert told.alarms() == ["digest.differs"]  # told once


def test_a_root_that_is_not_that_of_the_list_differs() -> None:
    told = Listed("one")
    finding = told.check(told.digest(root="A" * 43 + "="))
    assert finding.result == DIFFERS and not finding.only_here


def test_a_digest_over_entries_that_are_not_held_cannot_be_compared() -> None:
    told = Listed("one")
    sizes: Value = [[told.peers[CELL].log(told.line), 999]]
    place = told.digest(sizes=sizes)
    assert told.check(place).result == NOT_HELD
    assert told.alarms() == []


def test_the_answer_says_what_was_found() -> None:
    told = Listed("one")
    answer, fields = in_force.reply(told.check(told.digest()))
    assert (answer, fields["count"]) == (SAME, 1)
    place = told.digest(sizes=[[told.peers[CELL].log(told.line), 999]])
    assert in_force.reply(told.check(place)) == (NOT_HELD, {})


def test_another_message_is_no_digest() -> None:
    told = Listed("one")
    with pytest.raises(NotADigest):
        told.check(told.sites["one"])


def written(told: Listed, place: Ref) -> tuple[bytes, str]:
    part = {"kind": "entry", "ref": list(place)}
    file = disclose.write(told.peers[ARMY].station, [part], bundle=False)
    return file.data, file.policy


@pytest.mark.parametrize(("name", "listed"), [("one", True), ("two", False)])
def test_a_digest_proves_offline_what_was_in_force_and_what_was_not(
    name: str, listed: bool
) -> None:
    told = Listed("one", "two")
    told.close("two")
    told.carry()
    data, policy = written(told, told.digest())
    asked = f"{told.sites[name].origin}:{told.sites[name].index}"
    verdict = verify_file(data, parse_policies(policy), SUITE, asked=asked)
    assert (verdict.facts["list_shown"], verdict.facts["listed"]) == (True, listed)


def test_a_digest_whose_list_is_not_whole_proves_nothing() -> None:
    told = Listed("one", "two")
    data, policy = written(told, told.digest(count=3))
    asked = f"{told.sites['one'].origin}:999"
    verdict = verify_file(data, parse_policies(policy), SUITE, asked=asked)
    assert verdict.facts["list_shown"] is False and "listed" not in verdict.facts


def absence(told: Listed, name: str) -> dict[str, Any]:
    part: dict[str, Value] = {
        "kind": "absence", "line": told.line.hex(), "party": CELL, "also": ["site"],
    }  # fmt: skip
    file = disclose.write(told.peers[ARMY].station, [part], bundle=True)
    asked = f"humanitarian/site site={name}"
    verdict = verify_file(file.data, parse_policies(file.policy), SUITE, asked=asked)
    rows = verdict.facts["absences"]
    assert isinstance(rows, list)
    return next(row for row in rows if isinstance(row, dict) and row["party"] == CELL)


def test_a_range_proves_that_a_site_was_never_notified() -> None:
    told = Listed("one", "two")
    told.carry()
    assert absence(told, "hill")["is_shown"] is True


def test_a_site_that_was_notified_is_never_proved_absent() -> None:
    told = Listed("one", "two")
    told.carry()
    assert absence(told, "two")["is_shown"] is False


def test_a_site_whose_identifier_is_not_shown_hides_every_absence() -> None:
    told = Listed("one")
    content = site("secret")
    told.peers.say(CELL, told.line, "humanitarian/site@1", content, withhold=["site"])
    told.carry()
    assert absence(told, "hill")["is_shown"] is False
