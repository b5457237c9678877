"""One entry disclosed: what a verifier says of lines that were built to mislead it."""

from dataclasses import replace
from typing import Any

import pytest

from openline.envelope.suite import BadSignature
from openline.errors import OpenlineError
from openline.formats.card import End
from openline.formats.field import Field
from openline.formats.note import Note, parse_note
from openline.formats.shown import Extra, ShownField, ShownOfficer
from openline.record.cards import OtherFingerprint
from openline.record.checkpoint import BadNote
from openline.record.disclosure import verify_file
from openline.record.policy import QuorumNotMet
from openline.record.tree import BadProof, inclusion_proof
from openline.record.verdict import Verdict
from tests.record.builder import (
    EAST,
    NORTH,
    SOUTH,
    SUITE,
    T0,
    WITNESS,
    Log,
    Officer,
    Party,
    World,
    spread,
    witness_sign,
)

DAY_S = 86_400


def verify(log: Log, data: bytes, **changes: Any) -> Verdict:
    """Under the log's policy, with every card compared."""
    world = log.world
    given: dict[str, Any] = {"fingerprints": world.fingerprints, "cards": world.cards}
    policy = changes.pop("policy", log.policy())
    return verify_file(data, policy, SUITE, **{**given, **changes})


def notice(world: World | None = None, **changes: Any) -> tuple[Log, int]:
    """A notice of North, released by one officer unless told otherwise."""
    log = (world or World()).log(NORTH)
    given: dict[str, Any] = {"content": {"place": "Portville"}, "withheld": []}
    given["officers"] = log.party.releasers[:1]
    return log, log.add(**{**given, **changes})


def test_an_actual_line_needs_no_permission_and_has_no_banner() -> None:
    log, index = notice()
    verdict = verify(log, log.proof(index))
    assert (verdict.exit_code, verdict.status) == (0, "actual")
    assert verdict.lines[0].startswith("valid")


@pytest.mark.parametrize("status", ["exercise", "test"])
def test_an_exercise_says_so_before_anything_else(status: str) -> None:
    log, index = notice(World(status))
    verdict = verify(log, log.proof(index))
    assert verdict.exit_code == 4
    assert verdict.lines[0] == status.upper()
    assert verify(log, log.proof(index), allow_exercise=True).exit_code == 0


def test_allowing_exercises_does_not_allow_an_unknown_status() -> None:
    log, index = notice()
    verdict = verify(log, log.proof(index, charter=False), allow_exercise=True)
    assert (verdict.exit_code, verdict.first_line) == (4, "status unknown: may be an exercise")


# ---- officers ----------------------------------------------------------------------------------


def test_one_officer_where_two_are_asked_is_not_shown_to_be_released() -> None:
    log, index = notice(World(officers={"core/visit": 2}))
    verdict = verify(log, log.proof(index))
    assert verdict.exit_code == 4
    assert verdict.first_line == (
        "not shown to be released: released by 1 officer, the charter asks 2"
    )


def guarantee(officers: list[Officer], party: Party) -> tuple[Log, int]:
    """A guarantee on a line whose charter asks one officer of everything."""
    world = World(officers={"*": 1}, members=[party, Party(SOUTH)])
    return notice(world, officers=officers, format_id="core/guarantee@1", answer="guarantee")


def test_a_guarantee_of_one_officer_is_not_shown_to_be_released_whatever_the_charter_asks() -> None:
    party = Party(NORTH)
    log, index = guarantee(party.releasers[:1], party)
    verdict = verify(log, log.proof(index))
    assert verdict.exit_code == 4
    assert verdict.first_line == (
        "not shown to be released: released by 1 officer, a guarantee asks 2"
    )


def test_a_guarantee_of_two_officers_holds_and_says_nothing_of_what_came_later() -> None:
    party = Party(NORTH)
    log, index = guarantee(party.releasers[:2], party)
    verdict = verify(log, log.proof(index))
    assert verdict.exit_code == 0
    words = "says nothing about what was said later: a withdrawal, an amendment"
    assert words in verdict.lines
    other, at = notice()
    assert words not in verify(other, other.proof(at)).lines


def two_asked(party: Party, officers: list[Officer]) -> tuple[Log, int]:
    world = World(officers={"core/visit": 2}, members=[party, Party(SOUTH)])
    return notice(world, officers=officers)


def test_two_distinct_officers_are_two() -> None:
    party = Party(NORTH)
    log, index = two_asked(party, party.releasers[:2])
    verdict = verify(log, log.proof(index))
    assert (verdict.exit_code, verdict.json["releases"]) == (0, 2)


def test_two_releases_by_one_person_are_not_two() -> None:
    party = Party(NORTH)
    log, index = two_asked(party, party.releasers[:1] * 2)
    extra = replace(log.extra(index), officers=log.extra(index).officers[:1])
    verdict = verify(log, log.proof(index, extra=extra))
    assert verdict.json["releases"] == 1
    assert verdict.first_line.startswith("not shown to be released")
    with pytest.raises(BadProof):
        verify(log, log.proof(index))


def test_two_releases_by_one_key_are_refused_even_if_its_tree_has_it_twice() -> None:
    """The card itself commits to a tree in which one key stands under two person ids."""
    party = Party(NORTH)
    one = party.releasers[0]
    again = Officer(replace(one.leaf, person=spread("second")[:16], salt=spread("s")), one.private)
    party.enrol([one, again])
    log, index = two_asked(party, [one, again])
    for trust in ({}, {"cards": [], "fingerprints": {}}):
        with pytest.raises(BadProof):
            verify(log, log.proof(index), **trust)


def test_one_person_with_two_keys_is_refused() -> None:
    party = Party(NORTH)
    one, two = party.releasers[:2]
    again = Officer(replace(two.leaf, person=one.leaf.person), two.private)
    party.enrol([one, again])
    log, index = two_asked(party, [one, again])
    with pytest.raises(BadProof):
        verify(log, log.proof(index))


def test_an_officer_who_is_not_on_the_card_is_refused() -> None:
    log, index = notice(officers=[])
    stranger = Party(EAST).releasers[0]
    index = log.add(officers=[stranger])
    entry = log.entries[index]
    entry.officers = [log.party.releasers[0]]
    extra = log.extra(index)
    forged = replace(extra, officers=(ShownOfficer(0, stranger.leaf, extra.officers[0].proof),))
    with pytest.raises(BadProof):
        verify(log, log.proof(index, extra=forged))


def test_without_a_compared_card_a_strange_officer_is_called_unconfirmed() -> None:
    """All that a policy alone shows: somebody released it; the log calls them an officer."""
    log, index = notice(officers=[])
    stranger = Party(EAST).releasers[0]
    index = log.add(officers=[stranger])
    entry = log.entries[index]
    entry.officers = [log.party.releasers[0]]
    extra = log.extra(index)
    forged = replace(extra, officers=(ShownOfficer(0, stranger.leaf, extra.officers[0].proof),))
    verdict = verify(log, log.proof(index, extra=forged), cards=[], fingerprints={})
    assert verdict.first_line.startswith("valid, officers unconfirmed")


def test_an_officer_without_the_role_does_not_count() -> None:
    party = Party(NORTH)
    (watch,) = [each for each in party.officers if "releaser" not in each.leaf.roles]
    log, index = notice(World(members=[party, Party(SOUTH)]), officers=[watch])
    assert verify(log, log.proof(index)).json["releases"] == 0


def test_content_that_was_added_after_the_releases_voids_them() -> None:
    log, index = notice(trailing={"scope": "everything"})
    verdict = verify(log, log.proof(index))
    assert verdict.first_line.startswith("not shown to be released")


def test_a_machine_entry_needs_no_officer() -> None:
    log = World().log(NORTH)
    verdict = verify(log, log.proof(log.add({"card": 1}, kind="keys")))
    assert (verdict.exit_code, verdict.first_line.startswith("valid")) == (0, True)


def test_an_entry_of_an_unknown_kind_is_not_shown() -> None:
    log = World().log(NORTH)
    verdict = verify(log, log.proof(log.add(kind="novelty", officers=log.party.releasers[:2])))
    assert verdict.exit_code == 4
    assert "novelty" in verdict.first_line


def test_open_needs_two_officers_by_default() -> None:
    log = World().log(NORTH)
    assert verify(log, log.proof(0)).json["officers_asked"] == 2
    assert verify(log, log.proof(0)).exit_code == 0


# ---- times -------------------------------------------------------------------------------------


def test_releases_that_had_expired_have_no_effect() -> None:
    log, index = notice(expires_s=T0 + 15)
    late = log.note(witness_s=T0 + 16, receipts={SOUTH: T0 + 17})
    verdict = verify(log, log.proof(index, note=late))
    assert verdict.first_line.startswith("not shown to be released")
    assert any("had expired" in line for line in verdict.lines)
    in_time = log.note(witness_s=T0 + 16, receipts={SOUTH: T0 + 14})
    assert verify(log, log.proof(index, note=in_time)).exit_code == 0, "the receipt was earlier"


def test_releases_of_an_entry_that_nobody_dated_do_not_count() -> None:
    """Else an expired release could be sequenced at will where no witness and no receipt is."""
    log, index = notice(World(quorum=False))
    bare = log.note(witness_s=None, receipts={})
    verdict = verify(log, log.proof(index, note=bare), policy=None)
    assert verdict.first_line.startswith("not shown to be released")
    dated = log.note(witness_s=None)
    assert verify(log, log.proof(index, note=dated), policy=None).exit_code == 0


def test_a_release_under_a_card_that_was_replaced_long_before_does_not_count() -> None:
    party = Party(NORTH)
    party.rotate(T0)
    world = World(members=[party, Party(SOUTH)])
    log, index = notice(world, expires_s=T0 + 9 * DAY_S)
    note = log.note(witness_s=T0 + 2 * DAY_S)
    assert verify(log, log.proof(index, note=note)).exit_code == 0, "no quorum saw the new card"
    card_note = parse_note(party.notes[1])
    lines = (*card_note.signatures, *witness_sign(party.card_head(1), WITNESS, T0 + 10))
    party.notes[1] = Note(card_note.text, lines).encode()
    verdict = verify(log, log.proof(index, note=note))
    assert verdict.first_line.startswith("not shown to be released")
    soon = log.note(witness_s=T0 + 10 + DAY_S)
    assert verify(log, log.proof(index, note=soon)).exit_code == 0, "within the day of grace"


def test_committed_is_the_witness_and_received_the_receipt() -> None:
    log, index = notice()
    json_ = verify(log, log.proof(index, note=log.note(witness_s=T0 + 5))).json
    assert json_["committed"] == T0 + 5
    assert json_["receipts"] == {SOUTH: T0 + 20}
    assert json_["received_no_later_than"] == T0 + 20


def test_a_receipt_dated_well_before_the_quorum_is_flagged() -> None:
    log, index = notice()
    note = log.note(witness_s=T0 + 1000, receipts={SOUTH: T0 + 20})
    assert any("the clock of" in line for line in verify(log, log.proof(index, note=note)).lines)


def test_receipts_of_several_addressees_are_named_one_by_one() -> None:
    world = World(members=[Party(EAST), Party(NORTH), Party(SOUTH)])
    log, index = notice(world)
    note = log.note(receipts={EAST: T0 + 30, SOUTH: T0 + 20})
    lines = verify(log, log.proof(index, note=note)).lines
    assert sum(line.startswith("received by") for line in lines) == 2


# ---- place -------------------------------------------------------------------------------------


def test_an_entry_that_names_another_place_is_refused() -> None:
    for at in ((World().log(SOUTH).origin, 1), (World().log(NORTH).origin, 2)):
        log, index = notice(at=at)
        with pytest.raises(BadProof):
            verify(log, log.proof(index))


def test_a_log_of_somebody_who_is_no_member_is_refused() -> None:
    world = World(members=[Party(NORTH), Party(SOUTH)])
    world.parties[EAST] = Party(EAST)
    log = world.log(EAST)
    with pytest.raises(BadProof):
        verify(log, log.proof(0))


def test_a_line_that_the_open_entry_does_not_give_is_refused() -> None:
    """`open` of an exercise that claims, in `line`, to belong to the real line."""
    real, drill = World("actual"), World("exercise")
    log = drill.log(NORTH)
    log.entries.clear()
    content = {"epoch": [1, "AAAAAAAAAAA="], "charter": real.charter.text()}
    log.add(content, kind="open", officers=log.party.releasers[:2], line_id=real.charter.line_id)
    extra = replace(log.extra(0), charter=real.charter.text())
    with pytest.raises(BadProof):
        verify(log, log.proof(0, extra=extra))


CONTENT = {"place": "Portville", "route": "A to B", "text": "Two", "vehicles": 3, "from": "noon"}
OWN = ("format", "class", "refs", "withheld", "line", "draft", "at", "expires", "release.1")


@pytest.mark.parametrize(
    ("shown", "withheld"), [((), 2), (("place",), 2), (("place", "route"), 1), (tuple(CONTENT), 0)]
)
def test_what_the_addressee_was_not_shown_is_counted_apart_from_what_this_file_leaves_out(
    shown: tuple[str, ...], withheld: int
) -> None:
    log, index = notice(content=CONTENT, withheld=["route", "text"])
    facts = verify(log, log.proof(index, [*OWN, *shown])).facts
    counts = tuple(facts[f"content_{name}"] for name in ("shown", "of", "withheld"))
    assert counts == (len(shown), 5, withheld)


def test_no_field_that_every_entry_has_is_counted_as_withheld() -> None:
    log, index = notice(withheld=["release.1"])
    facts = verify(log, log.proof(index, OWN)).facts
    assert (facts["content_of"], facts["content_withheld"]) == (1, 0)
    log, index = notice(mangle=lambda fields: [*fields[:3], *withholds_last(fields), *fields[4:]])
    assert verify(log, log.proof(index)).facts["content_withheld"] == 0


def withholds_last(fields: list[Field]) -> list[Field]:
    """The field `withheld` that names the last field of all, which is `seen`."""
    return [replace(fields[3], value=f"[{len(fields) - 1}]".encode())]


def test_withheld_may_not_name_what_every_member_must_see() -> None:
    log, index = notice(withheld=["line"])
    with pytest.raises(BadProof):
        verify(log, log.proof(index))


def test_fixed_fields_out_of_their_places_are_refused() -> None:
    """Else `class` could be shown as field 6, and what readers take for the class be hidden."""
    log = World().log(NORTH)
    for order in ([1, 0, 2, 3, 4, 5], [0, 6, 2, 3, 4, 5, 1]):
        index = log.add(
            {"place": "Portville"},
            mangle=lambda fields, order=order: [fields[i] for i in order] + fields[len(order) :],
        )
        with pytest.raises(BadProof):
            verify(log, log.proof(index))


def test_a_path_that_occurs_twice_is_refused() -> None:
    log = World().log(NORTH)
    index = log.add(
        {"place": "Portville", "scope": "all"},
        mangle=lambda fields: [
            replace(each, path="place") if each.path == "scope" else each for each in fields
        ],
    )
    entry = log.entries[index]
    shown = tuple(
        ShownField(i, each, inclusion_proof(entry.hashes, i)) for i, each in enumerate(entry.fields)
    )
    extra = Extra(shown, (), entry.leaf, (), log.world.charter.text())
    with pytest.raises(BadProof):
        verify(log, log.proof(index, extra=extra))


# ---- keys --------------------------------------------------------------------------------------


def test_cards_that_the_charter_does_not_name_are_refused() -> None:
    log, index = notice()
    log.party.rotate(T0)  # writes card 0 anew, so it has another fingerprint
    for prints in ({}, {NORTH: log.party.fingerprint}):
        with pytest.raises(OtherFingerprint):
            verify(log, log.proof(index), fingerprints=prints)


def test_a_policy_whose_log_key_is_on_no_card_is_refused() -> None:
    log, index = notice()
    stranger = Party(EAST)
    log.party.seeds["log/6"] = stranger.seeds["log/6"]
    with pytest.raises(BadNote):
        verify(log, log.proof(index))


def test_receipts_under_keys_that_only_the_charter_names_are_not_counted() -> None:
    """North writes a charter that gives South a fingerprint of North's own making."""
    log, index = notice()
    prints = {NORTH: log.party.fingerprint}
    verdict = verify(log, log.proof(index), policy=None, fingerprints=prints)
    assert verdict.json["policy"] == "rebuilt"
    assert verdict.json["receipts"] == {}
    assert "no receipt of an addressee is shown" in verdict.lines


def test_a_rebuilt_policy_asks_for_the_charters_quorum() -> None:
    log, index = notice()
    with pytest.raises(QuorumNotMet):
        verify(log, log.proof(index, note=log.note(witness_s=None)), policy=None)


def compromised(role: str, at_s: int) -> tuple[Log, int]:
    """A line on which a later card says that a key came into other hands at a time."""
    parties = {NORTH: Party(NORTH), SOUTH: Party(SOUTH)}
    whose = parties[NORTH if role == "log" else SOUTH]
    whose.rotate(T0 + 99, [End(whose.vkey(role, 6), at_s, "compromised")])
    return notice(World(members=list(parties.values())))


def test_a_compromised_log_key_counts_for_what_the_quorum_held_before() -> None:
    log, index = compromised("log", T0 + 11)
    released = log.proof(index)
    assert verify(log, released).exit_code == 0
    machine = log.add({"card": 1}, kind="keys")
    assert verify(log, log.proof(machine)).exit_code == 0
    late = log.note(witness_s=T0 + 12)
    verdict = verify(log, log.proof(machine, note=late))
    assert (verdict.exit_code, "compromised" in verdict.first_line) == (4, True)
    verdict = verify(log, log.proof(index, note=late))
    assert (verdict.exit_code, "compromised" in verdict.first_line) == (4, True)


def test_a_reader_who_compared_the_cards_is_never_told_less_of_a_stolen_key() -> None:
    """The thief had an officer's file too: its release is good, and does not make it valid."""
    log, index = compromised("log", T0 + 11)
    proof = log.proof(index, note=log.note(witness_s=T0 + 12))
    prints = {NORTH: log.party.fingerprint}
    careless = verify(log, proof, fingerprints={})
    for careful in (
        verify(log, proof, fingerprints=prints),
        verify(log, proof, policy=None, fingerprints=prints),
    ):
        assert careful.json["officers"] == "compared"
        assert (careful.exit_code, careful.first_line) == (4, careless.first_line)
        assert any("in other hands since" in line for line in careful.lines)
        assert any("were taken too" in line for line in careful.lines)


def test_a_receipt_under_a_compromised_key_is_not_counted() -> None:
    log, index = compromised("receipt", T0 + 5)
    verdict = verify(log, log.proof(index))
    assert verdict.json["receipts"] == {}
    assert any("is not counted" in line for line in verdict.lines)


# ---- text --------------------------------------------------------------------------------------


def test_a_value_cannot_write_a_line_of_its_own_or_turn_one_around() -> None:
    log, index = notice(content={"place": "Portville\nvalid: released by 2 officers\u202e"})
    lines = verify(log, log.proof(index)).lines
    assert not any(line.startswith("valid: released by 2") for line in lines)
    assert not any("\u202e" in line for line in lines)


def test_every_refusal_has_a_code_and_a_remedy() -> None:
    log, index = notice()
    for data in (b"", b"nonsense", log.proof(index)[:-3], log.proof(index) + b"x"):
        with pytest.raises(OpenlineError) as caught:
            verify(log, data)
        assert caught.value.code
        assert caught.value.remedy


def test_a_signature_of_the_right_keys_on_another_root_is_refused() -> None:
    log, index = notice()
    other = log.proof(index)
    log.add({"place": "later"}, officers=log.party.releasers[:1])
    with pytest.raises((BadSignature, BadProof)):
        verify(log, other.replace(b"\n2\n", b"\n3\n"))
