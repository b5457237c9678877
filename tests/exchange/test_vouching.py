"""On which head a disclosure rests: receipts, witnesses, where a range may end, who released.

What is not held is never made up: a file is refused with the name of what is missing, or says
itself what it does not show.
"""

from dataclasses import replace

import pytest

from openline.exchange.drafting import drafts
from openline.exchange.kept.keeping import NoReceipt
from openline.exchange.logs import post, sequence
from openline.exchange.membership import identity
from openline.exchange.proof.policies import policies_of, policy_text
from openline.exchange.proof.vouching import (
    NoCommonHead,
    NoSuchEnd,
    NotWitnessed,
    Reach,
    TooManySigners,
    Wanted,
    vouch,
)
from openline.exchange.traffic import dispatch, receive
from openline.formats.field import new_field
from openline.formats.note import parse_note
from openline.formats.openjson import Value
from openline.formats.policy import parse_policies
from openline.formats.proof import parse_proof, parse_range
from tests.exchange.conftest import SUITE, T0, make_peers
from tests.exchange.visiting import (
    CH,
    RU,
    US,
    VISIT,
    Visit,
    entry,
    verify,
    visit,
    write,
)

# ---- ranges


def test_a_range_with_the_guarantee_in_it_says_where() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    notice = peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    scope: dict[str, Value] = {
        "scope": "the visit", "from": "2023-11-20T06:00:00Z", "until": "2023-11-20T12:00:00Z"
    }  # fmt: skip
    given = peers.say(RU, line, "core/guarantee@1", scope, answer="guarantee", refs=[notice])
    peers.carry()
    verdict = verify(write(peers[US], {"kind": "range", "origin": given.origin, "from": 0}))
    assert verdict.facts["present"] == [given.index]
    assert "absent" not in verdict.facts
    proof = verify(write(peers[US], entry(given)), fingerprints={})
    assert proof.facts["releases"] == 2, "a guarantee shows both of its officers"


def test_a_range_with_a_defect_inside_is_never_absence() -> None:
    told = Visit()
    ru = told.peers[RU].station
    ranges: list[Value] = [[told.notice.origin, 1, 2, "sealed"]]
    sequence.append_machine(ru, told.line, "defect", {"ranges": ranges})
    told.settle()
    for node in told.peers.nodes.values():
        part = {"kind": "range", "origin": told.answer.origin, "from": 1}
        verdict = verify(write(node, part))
        assert verdict.exit_code == 4
        assert verdict.first_line.startswith("not shown: entry 2 is a defect")
        assert "absent" not in verdict.facts
    before = {"kind": "range", "origin": told.answer.origin, "from": 1, "to": 2}
    assert verify(write(told.peers[US], before)).facts["absent"] == "guarantee"


def test_a_range_ends_where_a_head_was_signed_and_receipted() -> None:
    told = visit()
    origin = told.notice.origin
    log = told.peers[US].station.log(origin)
    assert log is not None
    file = write(told.peers[US], {"kind": "range", "origin": origin, "from": 0, "to": 2})
    found = parse_range(file.data)
    assert (found.from_, len(found.entries)) == (0, 2)
    whole = write(told.peers[US], {"kind": "range", "origin": origin, "from": 0})
    assert len(parse_range(whole.data).entries) == log.size


def test_a_range_that_would_end_between_heads_names_the_ends_that_there_are() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    made = [peers.draft(US, line, "core/visit@1", VISIT) for _ in range(3)]
    refs = post.post(peers[US].station, [peers[US].release(each) for each in made])
    peers.carry()
    assert refs[0] is not None
    origin = refs[0].origin
    with pytest.raises(NoSuchEnd, match="later ends: 3"):
        write(peers[US], {"kind": "range", "origin": origin, "from": 0, "to": 2})
    file = write(peers[US], {"kind": "range", "origin": origin, "from": 2, "to": 4})
    assert verify(file).exit_code == 0


# ---- receipts and witnesses


def test_without_a_receipt_nothing_is_written_that_looks_like_one() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    peers.cut.add(RU)
    place = peers.say(US, line, "core/visit@1", VISIT)
    with pytest.raises(NoReceipt, match=RU):
        write(peers[US], entry(place))
    verdict = verify(write(peers[US], entry(place, receipts_of=[])))
    assert "no receipt of an addressee is shown" in verdict.details
    assert verdict.first_line.startswith("not shown to be released"), "nobody dated it"


def test_a_receipt_that_waits_for_the_next_commit_is_used() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    place = peers.say(US, line, "core/visit@1", VISIT)
    us, ru = peers[US].station, peers[RU].station
    shipment = dispatch.next_delivery(us, RU)
    assert shipment is not None
    dispatch.delivered(us, shipment, receive.receive(ru, shipment.body))
    assert us.pending_receipts and not us.store.cosignature(place.origin, 2, f"{RU}/receipt")
    assert verify(write(peers[US], entry(place))).facts["receipts"] == {RU: T0}


def test_the_earliest_head_with_all_receipts_dates_an_entry() -> None:
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH)
    peers.cut.add(CH)
    first = peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    peers.clock.time_s += 600
    peers.cut.clear()
    peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    alone = verify(write(peers[US], entry(first, receipts_of=[RU])))
    assert alone.facts["receipts"] == {RU: T0}
    both = verify(write(peers[US], entry(first)))
    assert both.facts["receipts"] == {RU: T0 + 600, CH: T0 + 600}
    theirs = verify(write(peers[RU], entry(first)))
    assert theirs.facts["receipts"] == {RU: T0}, "an addressee proves its own receipt"
    with pytest.raises(NoReceipt, match=CH):
        write(peers[RU], entry(first, receipts_of=[RU, CH]))
    for stranger in (US, "nobody.example"):
        with pytest.raises(NoReceipt, match="not an addressee"):
            write(peers[US], entry(first, receipts_of=[stranger]))


def test_receipts_that_no_one_head_carries_are_not_mixed() -> None:
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH)
    first = peers.say(US, line, "core/visit@1", VISIT)
    us = peers[US].station
    for name in (RU, CH):
        shipment = dispatch.next_delivery(us, name)
        assert shipment is not None
        dispatch.delivered(us, shipment, receive.receive(peers[name].station, shipment.body))
        peers.say(US, line, "core/visit@1", VISIT)
    with pytest.raises(NoCommonHead):
        write(peers[US], entry(first))


def test_entries_of_one_log_under_several_heads_share_one_policy() -> None:
    """The quorum asks for what every head has; further receipts count where they are."""
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH)
    first = peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    second = peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    parts = [entry(first, receipts_of=[RU]), entry(second)]
    file = write(peers[US], *parts, bundle=True)
    (policy,) = parse_policies(file.policy)
    assert policy.quorum == f"{RU}/receipt"
    verdict = verify(file)
    receipts = [part.facts["receipts"] for part in verdict.parts[-2:]]
    assert verdict.exit_code == 0
    assert receipts == [{RU: T0}, {RU: T0, CH: T0}]


def test_a_witness_may_make_an_entry_a_little_later_and_no_more() -> None:
    told = Visit()
    told.peers.clock.time_s += 10
    place = told.peers.say(US, told.line, "core/visit@1", VISIT)
    told.peers.carry()
    told.peers.clock.time_s += 1_000
    told.peers.say(US, told.line, "core/visit@1", VISIT)
    told.settle()
    us = told.peers[US]
    plain = verify(write(us, entry(place)))
    assert "committed" not in plain.facts
    assert plain.facts["receipts"] == {RU: T0 + 3_610}
    asked = verify(write(us, entry(place, witnesses=True)))
    assert asked.facts["committed"] == asked.facts["received_no_later_than"] == T0 + 4_610
    without = verify(write(us, entry(told.notice, witnesses=False)))
    assert "committed" not in without.facts


def test_a_quorum_that_was_asked_for_and_is_not_there_is_named() -> None:
    told = visit()
    with pytest.raises(NotWitnessed):
        write(told.peers[RU], entry(told.notice, witnesses=True))
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    place = peers.say(US, line, "core/visit@1", VISIT)
    peers.carry()
    with pytest.raises(NotWitnessed):
        write(peers[US], entry(place, witnesses=True))


def test_a_note_that_leaves_has_exactly_the_lines_asked_for() -> None:
    told = visit()
    for wanted, lines in (
        ({"receipts_of": [], "witnesses": False}, 2),
        ({"witnesses": False}, 4),
        ({}, 6),
    ):
        file = write(told.peers[US], entry(told.notice, **wanted))
        assert len(parse_note(parse_proof(file.data).checkpoint).signatures) == lines


def test_more_signers_than_a_note_may_carry_are_refused() -> None:
    names = [f"m{i}.example" for i in range(9)]
    peers = make_peers(*names)
    line = peers.open_line(*names, accepting=names[1:2], opens=2)
    place = peers.say(names[0], line, "core/visit@1", VISIT)
    peers.carry(names[0])
    with pytest.raises(TooManySigners):
        write(peers[names[0]], entry(place))
    seven = verify(write(peers[names[0]], entry(place, receipts_of=names[1:8])))
    receipts = seven.facts["receipts"]
    assert isinstance(receipts, dict) and len(receipts) == 7


def test_receipts_under_turned_keys_count_under_either_pair() -> None:
    """Two heads of one log, receipted before and after the addressee turned its keys."""
    told = visit()
    us = told.peers[US].station
    log = us.log(told.notice.origin)
    assert log is not None
    first = vouch(us, log, Reach(2), Wanted())
    (receipt,) = first.receipts
    turned = replace(
        receipt,
        vkey4=replace(receipt.vkey4, public=bytes(32)),
        vkey6=replace(receipt.vkey6, public=bytes(1_312)),
    )
    both = policies_of([first, replace(first, receipts=(turned,))])
    (policy,) = both
    assert parse_policies(policy_text(both)) == both
    assert policy.groups[f"{RU}/receipts"].k == 1
    assert policy.quorum is not None
    assert policy.groups[policy.quorum].members == ("w", f"{RU}/receipts")


# ---- releases that must not count


def test_one_person_who_releases_twice_counts_once() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU, officers={"*": 2, "open": 2}, visible=["core/visit"])
    us = peers[US]
    draft = peers.draft(US, line, "core/visit@1", VISIT)
    for j in (1, 2):
        assertion = us.sign(draft, 0)
        if j == 2:
            with pytest.raises(drafts.ReleaseRefused):
                drafts.release(us.station, draft, assertion)
        leaf = us.officers[0].leaf(SUITE)
        shown = drafts.shown_officer(us.station.officers(draft.card_size), leaf)
        value = replace(assertion, officer=shown).value()
        field = new_field(f"release.{j}", value, us.station.random(32))
        draft = replace(draft, fields=(*draft.fields, field))
    (place,) = post.post(us.station, [draft])
    assert place is not None
    peers.carry()
    for node in peers.nodes.values():
        verdict = verify(write(node, entry(place)))
        assert verdict.exit_code == 4
        assert verdict.facts["releases"] == 1
        assert verdict.first_line.startswith("not shown to be released: released by 1 officer")


def test_officers_who_left_still_vouch_for_what_they_released() -> None:
    told = Visit()
    us = told.peers[US].station
    identity.revise(us, officers=[])
    file = write(told.peers[US], entry(told.notice))
    assert verify(file).exit_code == 0
    bundle = write(told.peers[US], entry(told.notice), bundle=True)
    assert verify(bundle, fingerprints=told.prints()).exit_code == 0
