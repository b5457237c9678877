"""A reveal is held against what was committed to: a true one is shown, a false one is irregular.

Both sides judge alike, also after a start from snapshots, and whichever part came first.
"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from openline.cases.case import Case
from openline.cases.entry import Ref
from openline.exchange.contents import opening
from openline.exchange.contents.opening import Opened
from openline.exchange.folding import entries, reading, snapshots
from openline.exchange.logs import alike
from openline.formats.field import Field
from openline.formats.leaf import parse_leaf
from openline.formats.openjson import Value
from openline.formats.spell import b64
from tests.exchange.conftest import Node, Peers, make_peers
from tests.exchange.visiting import RU, US, VISIT, WITHHELD

Change = Callable[[list[Value]], list[Value]]


def own(node: Node, place: Ref) -> Opened:
    row = node.station.store.entry(place.origin, place.index)
    assert row is not None
    found = opening.read_archived(node.station, place.origin, place.index, parse_leaf(row.leaf))
    assert found is not None
    return found


def opening_of(node: Node, place: Ref, path: str) -> list[Value]:
    """The opening of a withheld field, as only its sender has it."""
    for i, item in enumerate(own(node, place).items):
        if isinstance(item, Field) and item.path == path:
            return [place.origin, place.index, i, b64(item.salt), path, item.json]
    raise AssertionError(path)


def begun() -> tuple[Peers, bytes, Ref]:
    """A notice with two fields withheld, held by both."""
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    notice = peers.say(US, line, "core/visit@1", VISIT, withhold=WITHHELD)
    peers.carry()
    return peers, line, notice


def reveal(peers: Peers, line: bytes, notice: Ref, *openings: list[Value]) -> Ref:
    content: dict[str, Value] = {"fields": list[Value](openings)}
    place = peers.say(US, line, "core/reveal@1", content, refs=[notice])
    peers.carry()
    return place


def case_at(node: Node, line: bytes, place: Ref) -> Case:
    found = reading.state(node.station, line).case(place)
    assert found is not None
    return found


def codes(node: Node, line: bytes, place: Ref) -> list[str]:
    return [odd.code for odd in case_at(node, line, place).irregularities]


def revealed(node: Node, line: bytes, place: Ref) -> dict[str, Value]:
    return {each.path: each.value for each in case_at(node, line, place).main.revealed}


def agree(peers: Peers, line: bytes) -> bool | None:
    peers.carry()
    return alike.agree(peers[US].station, RU, line)


def test_a_true_reveal_shows_its_value_on_both_sides() -> None:
    peers, line, notice = begun()
    reveal(peers, line, notice, opening_of(peers[US], notice, "route"))
    for node in peers.nodes.values():
        assert codes(node, line, notice) == []
        assert revealed(node, line, notice) == {"route": VISIT["route"]}
    assert agree(peers, line) is True
    assert "route" not in entries.at(peers[RU].station, notice).fields, "it was not told then"


def other(value: list[Value], at: int, new: Value) -> list[Value]:
    return [*value[:at], new, *value[at + 1 :]]


FALSE: dict[str, Change] = {
    "another value": lambda given: other(given, 5, "by air"),
    "another salt": lambda given: other(given, 3, b64(bytes(32))),
    "another path": lambda given: other(given, 4, "means"),
    "another withheld field": lambda given: other(given, 2, int(str(given[2])) + 1),
}


@pytest.mark.parametrize("change", FALSE.values(), ids=FALSE)
def test_a_false_reveal_is_irregular_on_both_sides_and_shows_nothing(change: Change) -> None:
    peers, line, notice = begun()
    reveal(peers, line, notice, change(opening_of(peers[US], notice, "route")))
    for node in peers.nodes.values():
        assert codes(node, line, notice) == ["reveal.false"]
        assert revealed(node, line, notice) == {}
    assert agree(peers, line) is True


@pytest.mark.parametrize(("at", "word"), [(3, "abc"), (4, "Ü")])
def test_what_can_be_no_field_opens_nothing(at: int, word: str) -> None:
    peers, line, notice = begun()
    ru = peers[RU].station
    place = reveal(peers, line, notice, opening_of(peers[US], notice, "route"))
    entry = entries.at(ru, place)
    (given,) = entry.fields["fields"]  # type: ignore[misc,union-attr]
    odd = replace(entry, fields={"fields": [other(given, at, word)]})  # type: ignore[arg-type]
    assert opening.opened_hashes(odd) == (b"",)
    assert opening.opened_hashes(entry) == entry.opens != (b"",)


def test_of_two_openings_only_the_true_one_counts() -> None:
    peers, line, notice = begun()
    route, sites = (opening_of(peers[US], notice, path) for path in WITHHELD)
    reveal(peers, line, notice, other(route, 5, "by air"), sites)
    for node in peers.nodes.values():
        assert codes(node, line, notice) == ["reveal.false"]
        assert revealed(node, line, notice) == {"sites": VISIT["sites"]}


def test_what_a_snapshot_keeps_is_judged_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "CHUNK", 2)
    peers, line, notice = begun()
    route, sites = (opening_of(peers[US], notice, path) for path in WITHHELD)
    reveal(peers, line, notice, other(route, 5, "by air"), sites)
    for node in peers.nodes.values():
        before = reading.state(node.station, line)
        assert snapshots.save(node.station, line) > 0
        node.station.states.clear()
        assert reading.state(node.station, line) == before
        assert codes(node, line, notice) == ["reveal.false"]
        assert revealed(node, line, notice) == {"sites": VISIT["sites"]}
