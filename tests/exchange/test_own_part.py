"""Compromised from entry N: what a log whose keys were stolen still proves, and what it never does.

No quorum is asked for here: between two parties without witnesses nothing is dated, and the party's
own later epoch is all that tells its entries from a thief's.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import pytest

from openline.cases.entry import Ref
from openline.exchange.membership import identity, parties, rotation
from openline.exchange.membership.rotation import Loss
from openline.exchange.proof.disclose import DisclosureFile
from openline.exchange.station import Station
from openline.formats.head import Head
from openline.formats.leaf import Leaf, parse_leaf
from openline.formats.malformed import Malformed
from openline.formats.policy import parse_policies
from openline.formats.proof import (
    Bundle,
    ConsistencyPart,
    parse_bundle,
    parse_cards_part,
    parse_consistency,
)
from openline.formats.spell import b64
from openline.record import entry_proof, floors
from openline.record.trust import Trust, trust_of
from openline.record.verdict import Verdict
from tests.exchange.conftest import SUITE, Peers, make_peers
from tests.exchange.test_rotation import CLARIFY, words
from tests.exchange.visiting import RU, US, entry, verify, write

Parts = Sequence[tuple[str, bytes]]
Change = Callable[[Parts], Parts]

LOST_S = 3_600


class Stolen:
    """A line where entries below `floor` are ours and what follows is a thief's."""

    def __init__(self, *, is_witnessed: bool = False) -> None:
        self.peers: Peers = make_peers(US, RU)
        visible = ["core/clarification"]
        self.line = self.peers.open_line(US, RU, is_witnessed=is_witnessed, visible=visible)
        self.is_witnessed = is_witnessed
        self.ours = [self.say("one"), self.say("two")]
        self.before = self.file(self.ours[0])
        self.peers.clock.time_s += LOST_S
        self.floor = self.log_size()
        self.theirs = [self.say("nobody of ours wrote this"), self.say("nor this")]
        self.peers.clock.time_s += LOST_S

    @property
    def us(self) -> Station:
        return self.peers[US].station

    def say(self, text: str) -> Ref:
        place = self.peers.say(US, self.line, CLARIFY, words(text))
        self.settle()
        return place

    def log_size(self) -> int:
        log = self.us.own_log(self.line)
        assert log is not None
        return log.size

    def settle(self) -> None:
        self.peers.carry()
        if self.is_witnessed:
            self.peers.witness_all()

    def revoke(self, *, since_s: int) -> None:
        """The keys are reported stolen, and the new epoch names the log up to the floor."""
        rotation.rotate(self.us, Loss(since_s, {self.ours[0].origin: self.floor}))
        file = identity.own_cards(self.us)
        self.peers.witness.learn(file)
        parties.add(self.peers[RU].station, file)
        self.settle()

    def file(self, ref: Ref, by: str = US) -> DisclosureFile:
        cards = [{"kind": "cards", "party": party} for party in (US, RU)]
        return write(self.peers[by], entry(ref), *cards, bundle=True)

    def prints(self) -> dict[str, bytes]:
        return {node.name: node.fingerprint for node in self.peers.nodes.values()}

    def judged(self, file: DisclosureFile, data: bytes | None = None) -> Verdict:
        """What somebody says who compared both parties and has the policy beside the file."""
        return verify(file, data, fingerprints=self.prints())


def said(verdict: Verdict) -> list[str]:
    """Every line that the parts of a bundle print."""
    return [line for part in verdict.parts for line in (part.first_line, *part.details)]


def with_parts(file: DisclosureFile, change: Change) -> bytes:
    """The bundle with its parts changed."""
    return Bundle(tuple(change(parse_bundle(file.data).parts))).encode()


def trust_of_file(told: Stolen) -> Trust:
    """The trust of that reader, with the cards and the charter of the file."""
    file = told.file(told.ours[0])
    parts = parse_bundle(file.data).parts
    return trust_of(
        SUITE,
        policies=parse_policies(file.policy),
        fingerprints=told.prints(),
        cards=[parse_cards_part(part) for kind, part in parts if kind == "cards"],
        charters=[part.decode() for kind, part in parts if kind == "charter"],
    )


@cache
def stolen() -> Stolen:
    """Reported stolen since before anything was said: only the floor tells them apart."""
    told = Stolen()
    told.revoke(since_s=1)
    return told


@pytest.mark.parametrize("by", [US, RU])
@pytest.mark.parametrize("which", [0, 1])
def test_what_a_party_names_as_its_own_is_shown_though_its_key_is_lost(by: str, which: int) -> None:
    told = stolen()
    verdict = told.judged(told.file(told.ours[which], by))
    assert verdict.is_shown, verdict.first_line
    assert any("names what stands below entry" in line for line in said(verdict))


@pytest.mark.parametrize("by", [US, RU])
@pytest.mark.parametrize("which", [0, 1])
def test_what_a_thief_wrote_behind_it_is_not_shown(by: str, which: int) -> None:
    told = stolen()
    verdict = told.judged(told.file(told.theirs[which], by))
    assert not verdict.is_shown
    assert f"only what stands below entry {told.floor}" in verdict.first_line
    graded = [part.facts["grade"] for part in verdict.parts if "grade" in part.facts]
    assert 0 in graded


def test_a_file_of_before_is_shown_again_with_the_word_of_the_later_epoch_beside_it() -> None:
    """By whoever holds both: its own bytes stay as they were."""
    told = stolen()
    alone = told.judged(told.before)
    assert alone.is_shown, "nobody who has the cards of before knows of the theft"
    today = told.file(told.ours[0])
    parts = parse_bundle(today.data).parts
    cards = [part for part in parts if part[0] == "cards"]
    old = [part for part in parse_bundle(told.before.data).parts if part[0] != "cards"]
    later = list(parts[len(old) + len(cards) :])
    assert [kind for kind, _ in later] == ["proof", "consistency"]
    without = replace(today, data=Bundle((*cards, *old)).encode())
    assert not told.judged(without).is_shown
    joined = replace(today, data=Bundle((*cards, *old, *later)).encode())
    assert told.judged(joined).is_shown


def test_without_the_joint_or_the_later_epoch_nothing_below_is_shown() -> None:
    told = stolen()
    file = told.file(told.ours[0])
    for kind in ("consistency", "proof"):
        data = with_parts(file, lambda parts, kind=kind: without_last(parts, kind))
        verdict = told.judged(file, data)
        assert not verdict.is_shown
        assert any("no quorum held this head before" in line for line in said(verdict))


def without_last(parts: Parts, kind: str) -> Parts:
    last = max(number for number, part in enumerate(parts) if part[0] == kind)
    return (*parts[:last], *parts[last + 1 :])


def test_a_joint_that_joins_nothing_in_the_file_is_refused() -> None:
    told = stolen()
    file = told.file(told.ours[0])
    joint = parse_consistency(parse_bundle(file.data).parts[-1][1])
    for changed in (
        replace(joint, size=joint.size + 1),
        replace(joint, hashes=(bytes(32), *joint.hashes[1:])),
        replace(joint, hashes=joint.hashes[:-1]),
        replace(joint, origin="us.example/openline"),
    ):
        data = with_parts(
            file, lambda parts, new=changed: (*parts[:-1], ("consistency", new.encode()))
        )
        verdict = told.judged(file, data)
        assert not verdict.is_shown
        assert verdict.parts[-1].first_line.startswith("refused: ")
        assert verdict.parts[-1].facts["code"] == "record.bad-proof"


def test_an_epoch_under_the_lost_keys_says_nothing_of_how_far_they_reach() -> None:
    """Else a thief would open an epoch that names all that it wrote."""
    told = Stolen()
    told.revoke(since_s=1)
    judgements = [
        entry_proof.judge_proof(part, trust, "")
        for trust in [trust_of_file(told)]
        for kind, part in parse_bundle(told.file(told.ours[0]).data).parts
        if kind == "proof"
    ]
    (good,) = [each.stretch for each in judgements if each.stretch.past]
    assert good.floors()
    lost = replace(good, judged=replace(good.judged, compromised_s=1))
    assert lost.floors() == []
    unknown = replace(good, judged=replace(good.judged, basis="unverified"))
    assert unknown.floors() == []


def test_another_history_of_a_size_below_is_not_the_partys_own() -> None:
    """The thief signs a head below the floor that says something else."""
    true = Head("us.example/openline", 3, b"\1" * 32)
    false = Head("us.example/openline", 3, b"\2" * 32)
    short = Head("us.example/openline", 2, b"\3" * 32)
    for head in (false, short):
        assert floors.own_part(head, [true], frozenset()) == floors.Own(3, is_shown=False)
    assert floors.own_part(true, [true], frozenset()) == floors.Own(3, is_shown=True)
    joined = frozenset({floors.Joined(short, true)})
    assert floors.own_part(short, [true], joined) == floors.Own(3, is_shown=True)
    assert floors.own_part(short, [false], joined) == floors.Own(3, is_shown=False)
    # Of two epochs the one that names more counts.
    more = Head("us.example/openline", 9, b"\4" * 32)
    assert floors.own_part(true, [true, more], frozenset()) == floors.Own(9, is_shown=False)
    assert floors.own_part(true, [], frozenset()) is None


def test_an_early_date_makes_no_entry_above_the_floor_the_partys_own() -> None:
    """The thief's entry may say a later time than it was written, and so move that of the card."""
    told = Stolen(is_witnessed=True)
    told.revoke(since_s=told.peers.clock.time_s)
    assert told.judged(told.file(told.ours[0])).is_shown
    verdict = told.judged(told.file(told.theirs[0]))
    assert not verdict.is_shown
    assert f"only what stands below entry {told.floor}" in verdict.first_line


def test_the_word_of_the_later_epoch_is_left_out_where_nothing_hangs_on_it() -> None:
    """Whoever reads with a policy of before has none for the log that says it."""
    told = Stolen(is_witnessed=True)
    told.revoke(since_s=told.peers.clock.time_s)
    kinds = [kind for kind, _ in parse_bundle(told.file(told.ours[0]).data).parts]
    assert kinds == ["cards", "cards", "charter", "proof"]
    kinds = [kind for kind, _ in parse_bundle(told.file(told.theirs[0]).data).parts]
    assert kinds == ["cards", "cards", "charter", "proof", "proof", "consistency"]


def test_a_theft_is_not_later_than_the_first_signature_over_what_the_thief_wrote(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = Stolen(is_witnessed=True)
    origin = told.ours[0].origin
    held_s = min(row.time_s for row in told.us.store.cosignatures(origin, told.floor + 1))
    assert held_s < told.peers.clock.time_s

    def dated_ahead(data: bytes) -> Leaf:
        return replace(parse_leaf(data), time_s=2 * held_s)

    monkeypatch.setattr(rotation, "parse_leaf", dated_ahead)
    assert rotation.loss_of(told.us, {origin: told.floor}, None).since_s == held_s


def test_a_range_that_ends_below_is_shown_and_one_that_goes_beyond_is_not() -> None:
    told = stolen()
    origin = told.ours[0].origin
    cards = [{"kind": "cards", "party": party} for party in (US, RU)]
    for stop, is_shown in ((told.floor, True), (told.floor - 1, True), (told.floor + 1, False)):
        stretch = {"kind": "range", "origin": origin, "from": 0, "to": stop}
        verdict = told.judged(write(told.peers[US], stretch, *cards, bundle=True))
        assert verdict.is_shown == is_shown, verdict.first_line


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"us.example/openline\n",
        b"us.example/openline\n3 2\n",
        b"us.example/openline\n2 2\n",
        b"us.example/openline\n0 2\n",
        b"us.example/openline\n2 03\n",
        b"us.example/openline\n2  3\n",
        b"us.example/openline\n2 3",
        b"us.example/openline\n2 3\nAAAA\n",
        b"us.example/openline\n2 3\n\n",
        b"us example\n2 3\n",
        b"us.example/openline\n2 3\n" + 64 * (b64(bytes(32)).encode() + b"\n"),
    ],
)
def test_a_joint_has_one_spelling(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_consistency(data)


def test_a_joint_is_read_back() -> None:
    joint = ConsistencyPart("us.example/openline", 2, 3, (bytes(32), b"\1" * 32))
    assert parse_consistency(joint.encode()) == joint
