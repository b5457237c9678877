"""Ranges and bundles: what is absent, what is not shown, and what a bundle says as a whole."""

import hashlib
from typing import Any

import pytest

from openline.formats.card import End
from openline.formats.note import parse_note, spell_signatures
from openline.formats.openjson import Value
from openline.formats.proof import parse_bundle
from openline.formats.spell import b64
from openline.record.disclosure import verify_file
from openline.record.tree import BadProof
from openline.record.verdict import Verdict
from tests.record.builder import EAST, NORTH, SOUTH, SUITE, T0, Log, Party, World, bundle

SEEN = ("seen", "past", "epoch")


def verify(log: Log, data: bytes, **changes: Any) -> Verdict:
    world = log.world
    given: dict[str, Any] = {"fingerprints": world.fingerprints, "cards": world.cards}
    policy = changes.pop("policy", log.policy())
    return verify_file(data, policy, SUITE, **{**given, **changes})


def answers(world: World, *classes: str) -> Log:
    """South's log with an answer of each class to North's first notice."""
    log = world.log(SOUTH)
    for answer in classes:
        log.add(
            format_id="core/answer@1",
            answer=answer,
            refs=[(world.log(NORTH).origin, 1)],
            officers=log.party.releasers[:1],
        )
    return log


def test_a_range_without_a_guarantee_says_so_for_its_entries() -> None:
    log = answers(World(), "under-study", "noted-without-guarantee")
    verdict = verify(log, log.range())
    assert verdict.exit_code == 0
    assert verdict.first_line.startswith("valid: no `guarantee` in entries [0, 3)")
    assert verdict.json["absent"] == "guarantee"
    assert verdict.json["classes"] == ["-", "under-study", "noted-without-guarantee"]


def test_a_range_with_a_guarantee_says_where() -> None:
    log = answers(World(), "under-study", "guarantee")
    verdict = verify(log, log.range())
    assert "absent" not in verdict.json
    assert verdict.json["present"] == [2]
    assert "first as entry 2" in verdict.first_line


@pytest.mark.parametrize("asked", ["core/answer", "core/answer@1", "under-study"])
def test_absence_is_asked_by_class_or_format(asked: str) -> None:
    log = answers(World(), "under-study")
    assert verify(log, log.range(), asked=asked).json["present"] == [1]


@pytest.mark.parametrize("kind", ["defect", "gap", "novelty"])
def test_an_entry_that_nobody_can_read_makes_the_range_not_shown(kind: str) -> None:
    log = answers(World(), "under-study")
    log.add(kind=kind)
    verdict = verify(log, log.range())
    assert (verdict.exit_code, "absent" in verdict.json) == (4, False)
    assert verdict.first_line.startswith("not shown: entry 2")


def test_an_entry_whose_fields_are_erased_makes_the_range_not_shown() -> None:
    log = answers(World(), "under-study", "guarantee")
    verdict = verify(log, log.range(closed=[2]))
    assert (verdict.exit_code, verdict.first_line) == (4, "not shown: entry 2 is not opened")


def test_a_range_of_nothing_but_closed_entries_has_no_status() -> None:
    log = answers(World())
    verdict = verify(log, log.range(closed=[0]))
    assert verdict.first_line == "status unknown: may be an exercise"


def test_a_range_may_start_anywhere_with_the_right_frontier() -> None:
    log = answers(World(), *["under-study"] * 9)
    for start in range(11):
        if start < log.size:
            assert verify(log, log.range(start)).exit_code == 0


def test_entries_of_two_lines_are_refused() -> None:
    log = answers(World(), "under-study")
    log.add(line_id=bytes(32))
    for charter in (True, False):
        with pytest.raises(BadProof):
            verify(log, log.range(charter=charter))


def test_entries_that_name_another_place_are_refused() -> None:
    log = answers(World(), "under-study")
    log.add(at=(log.origin, 7))
    with pytest.raises(BadProof):
        verify(log, log.range(also=["at"]))


# ---- bundles -----------------------------------------------------------------------------------


def bundled(world: World, *parts: tuple[str, bytes], **changes: Any) -> Verdict:
    cards = [("cards", card.encode()) for card in world.cards]
    data = bundle(*cards, *parts)
    assert parse_bundle(data).encode() == data
    given: dict[str, Any] = {"fingerprints": world.fingerprints}
    return verify_file(data, changes.pop("policy", None), SUITE, **{**given, **changes})


def absence(verdict: Verdict) -> dict[str, Value]:
    found = verdict.json["absences"]
    assert isinstance(found, list)
    (one,) = found
    assert isinstance(one, dict)
    return one


def whole_line() -> tuple[World, Log, Log]:
    """North gave notice, South answered; North has seen South's answer."""
    world = World()
    north = world.log(NORTH)
    north.add({"place": "Portville"}, officers=north.party.releasers[:1])
    south = answers(world, "under-study")
    head = south.head()
    north.add(kind="keys", seen=[(south.origin, head.size, head.root)])
    return world, north, south


def test_absence_on_the_line_needs_the_other_members_log_whole() -> None:
    world, north, south = whole_line()
    verdict = bundled(world, ("range", south.range(also=SEEN)), ("range", north.range(also=SEEN)))
    assert verdict.exit_code == 0
    found = verdict.json["absences"]
    assert isinstance(found, list)
    assert [(each["party"], each["is_shown"]) for each in found] == [(NORTH, True), (SOUTH, True)]  # type: ignore[index, call-overload]
    (line,) = [x for x in verdict.lines if x.startswith(f"`guarantee` by {SOUTH}")]
    assert south.origin in line
    assert line.endswith("says nothing about other lines, calls or letters")


def test_without_another_members_log_absence_on_the_line_is_not_shown() -> None:
    world, _, south = whole_line()
    one = absence(bundled(world, ("range", south.range(also=SEEN))))
    assert (one["is_shown"], one["lack"]) == (False, "no other member's log is in the bundle")


def test_a_log_without_what_it_had_seen_does_not_speak_for_absence() -> None:
    world, north, south = whole_line()
    own = ("range", south.range(also=SEEN))
    for start, also in ((0, ()), (1, SEEN)):
        verdict = bundled(world, own, ("range", north.range(start, also=also)))
        found = verdict.json["absences"]
        assert isinstance(found, list)
        assert {each["party"]: each["is_shown"] for each in found}[SOUTH] is False  # type: ignore[index, call-overload]


def test_an_epoch_that_was_left_out_is_named() -> None:
    """South guaranteed on a second log and discloses only the first."""
    world, north, south = whole_line()
    hidden = world.log(SOUTH, 2)
    hidden.add(answer="guarantee", officers=hidden.party.releasers[:1])
    head = hidden.head()
    north.add(kind="keys", seen=[(hidden.origin, head.size, head.root)])
    verdict = bundled(world, ("range", south.range(also=SEEN)), ("range", north.range(also=SEEN)))
    lines = [x for x in verdict.lines if x.startswith(f"`guarantee` by {SOUTH}")]
    assert "not shown" in lines[0]
    assert hidden.origin in lines[0]


def test_a_log_shown_less_far_than_others_saw_it_is_named() -> None:
    world, north, south = whole_line()
    early = south.range(also=SEEN)
    south.add(answer="guarantee", officers=south.party.releasers[:1])
    head = south.head()
    north.add(kind="keys", seen=[(south.origin, head.size, head.root)])
    verdict = bundled(world, ("range", early), ("range", north.range(also=SEEN)))
    lines = [x for x in verdict.lines if x.startswith(f"`guarantee` by {SOUTH}")]
    assert f"names {south.origin} at 3, shown is 2" in lines[0]


def test_of_several_members_the_one_who_saw_most_of_a_log_counts() -> None:
    """East saw all of South's log, North less; whichever stands last in the file, South hid one."""
    world = World(members=[Party(NORTH), Party(SOUTH), Party(EAST)])
    south = answers(world, "under-study")
    early, less = south.range(also=SEEN), south.head()
    south.add(answer="guarantee", officers=south.party.releasers[:1])
    more = south.head()
    logs = {name: world.log(name) for name in (NORTH, EAST)}
    for name, head in ((NORTH, less), (EAST, more)):
        logs[name].add(kind="keys", seen=[(south.origin, head.size, head.root)])
    for order in ((NORTH, EAST), (EAST, NORTH)):
        others = [("range", logs[name].range(also=SEEN)) for name in order]
        verdict = bundled(world, ("range", early), *others)
        (line,) = [x for x in verdict.lines if x.startswith(f"`guarantee` by {SOUTH}")]
        assert f"names {south.origin} at 3, shown is 2" in line


def test_a_log_is_bound_to_its_line_by_its_open_entry_only() -> None:
    world, north, _ = whole_line()
    alone = bundled(world, ("proof", north.proof(1)))
    assert alone.parts[-1].json["log_bound_to_line"] is False
    with_open = bundled(world, ("proof", north.proof(0)), ("proof", north.proof(1)))
    assert [part.json["log_bound_to_line"] for part in with_open.parts[-2:]] == [True, True]


def test_an_exercise_entry_that_claims_the_real_line_is_found_out_by_its_open_entry() -> None:
    real, drill = World("actual"), World("exercise")
    log = drill.log(NORTH)
    index = log.add(
        {"place": "Portville"},
        officers=log.party.releasers[:1],
        line_id=real.charter.line_id,
    )
    parts = [("charter", w.charter.text().encode()) for w in (real,)]
    extra = log.extra(index, charter=False)
    verdict = bundled(
        real, *parts, ("proof", log.proof(0)), ("proof", log.proof(index, extra=extra))
    )
    assert verdict.exit_code == 4
    assert verdict.parts[-1].first_line.startswith("not shown: the log was opened on another line")


def test_an_exercise_and_the_real_thing_are_never_in_one_file() -> None:
    real, drill = World("actual"), World("exercise")
    parts = [("proof", world.log(NORTH).proof(0)) for world in (real, drill)]
    verdict = bundled(real, *parts, allow_exercise=True)
    assert verdict.exit_code == 4
    assert verdict.lines[:2] == ("EXERCISE", "refused: actual and exercise in one file")


def test_a_bad_part_is_refused_in_its_place_and_the_others_stand() -> None:
    world, north, south = whole_line()
    bad = north.proof(1).replace(b"\n3\n", b"\n4\n")
    verdict = bundled(world, ("proof", bad), ("range", south.range()))
    refused, good = verdict.parts[-2:]
    assert (refused.exit_code, good.exit_code, verdict.exit_code) == (4, 0, 4)
    assert refused.first_line.startswith("refused:")
    assert verdict.first_line.startswith("part 3 of 4 (proof): refused")


def test_a_charter_part_serves_proofs_that_do_not_carry_it() -> None:
    world, north, _ = whole_line()
    proof = ("proof", north.proof(1, charter=False))
    charter = ("charter", world.charter.text().encode())
    assert bundled(world, proof).exit_code == 4
    assert bundled(world, charter, proof).exit_code == 0
    assert bundled(world, proof, charter).exit_code == 0, "in any order"


def test_a_bundle_of_cards_alone_shows_cards() -> None:
    verdict = bundled(World())
    assert (verdict.exit_code, verdict.status) == (0, "actual")


def test_a_part_of_a_log_that_no_policy_is_about_needs_a_fingerprint() -> None:
    world, north, south = whole_line()
    parts = (("proof", north.proof(1)), ("range", south.range()))
    alone = bundled(world, *parts, policy=north.policy(), fingerprints={})
    assert [part.exit_code for part in alone.parts[-2:]] == [0, 4]
    assert "no policy that was given is about this log" in alone.parts[-1].first_line
    assert bundled(world, *parts, policy=north.policy()).exit_code == 0
    both = [north.policy(), south.policy()]
    assert bundled(world, *parts, policy=both, fingerprints={}).exit_code == 0


def test_two_chains_of_one_party_are_refused() -> None:
    world = World()
    other = World()
    other.parties[NORTH].rotate(1)
    part = ("cards", other.parties[NORTH].part.encode())
    verdict = bundled(world, part, ("proof", world.log(NORTH).proof(0)), fingerprints={})
    assert verdict.parts[2].first_line.startswith("refused")
    assert verdict.exit_code == 4


# ---- a receipt is not taken back ---------------------------------------------------------------


def lost_receipt_key(at_s: int) -> tuple[World, Log]:
    """South receipted North's notice and says later that its receipt key was in other hands."""
    south = Party(SOUTH)
    south.rotate(T0 + 999, [End(south.vkey("receipt", 6), at_s, "compromised")])
    world = World(members=[Party(NORTH), south])
    log = world.log(NORTH)
    log.add({"place": "Portville"}, officers=log.party.releasers[:1])
    return world, log


def receipts_in(verdict: Verdict, part: int) -> Value:
    return verdict.parts[part].json["receipts"]


@pytest.mark.parametrize(("at_s", "stands"), [(T0 + 60, True), (T0 + 50, False)])
def test_a_receipt_stands_if_the_addressees_own_log_named_the_head_before(
    at_s: int, stands: bool
) -> None:
    world, north = lost_receipt_key(at_s)
    south, head = world.log(SOUTH), north.head()
    index = south.add(kind="keys", seen=[(north.origin, head.size, head.root)])
    named = ("proof", south.proof(index, note=south.note(witness_s=T0 + 50)))
    proof = ("proof", north.proof(1))
    assert receipts_in(bundled(world, proof), 2) == {}
    both = bundled(world, proof, named)
    assert receipts_in(both, 2) == ({SOUTH: T0 + 20} if stands else {})


def test_a_receipt_does_not_stand_on_another_root_or_a_smaller_head() -> None:
    world, north = lost_receipt_key(T0 + 60)
    south, head = world.log(SOUTH), north.head()
    for size, root in ((head.size, bytes(32)), (head.size - 1, head.root)):
        index = south.add(kind="keys", seen=[(north.origin, size, root)])
        named = ("proof", south.proof(index, note=south.note(witness_s=T0 + 50)))
        assert receipts_in(bundled(world, ("proof", north.proof(1)), named), 2) == {}


def test_a_receipt_does_not_stand_on_the_senders_word_alone() -> None:
    """North names the head in its own `seen`-like field: only South's word counts for that."""
    world, north = lost_receipt_key(T0 + 60)
    head, note = north.head(), north.note()
    proof = ("proof", north.proof(1, note=note))
    index = north.add(kind="keys", seen=[(north.origin, head.size, head.root)])
    named = ("proof", north.proof(index, note=north.note(witness_s=T0 + 50)))
    assert receipts_in(bundled(world, proof, named), 2) == {}


@pytest.mark.parametrize("is_right", [True, False])
def test_a_receipt_stands_if_the_senders_log_held_its_lines_before(is_right: bool) -> None:
    world, north = lost_receipt_key(T0 + 60)
    head, note = north.head(), north.note()
    proof = ("proof", north.proof(1, note=note))
    lines = [line for line in parse_note(note).signatures if line.name == f"{SOUTH}/receipt"]
    digest = hashlib.sha256(spell_signatures(lines if is_right else lines[:1])).digest()
    index = north.add({"receipts": [[north.origin, head.size, b64(digest)]]}, kind="keys")
    kept = ("proof", north.proof(index, note=north.note(witness_s=T0 + 50)))
    both = bundled(world, proof, kept)
    assert receipts_in(both, 2) == ({SOUTH: T0 + 20} if is_right else {})
