"""Releases of an opened entry: what counts as an officer's word, and what cannot."""

from dataclasses import replace
from typing import Any

import pytest

from openline.formats.card import Desk
from openline.formats.field import Field, new_field
from openline.formats.release import (
    Assertion,
    batch_statement,
    parse_assertion,
    release_statement,
)
from openline.record.release import Releases, check_releases, distinct
from openline.record.tree import inclusion_proof, leaf_hash, root_of
from tests.record.builder import NORTH, SOUTH, SUITE, Log, Officer, Party, World, spread
from tests.vectors import load

PARTIES = {p["name"]: p for p in load("party")["parties"]}


def desk_of(party: Party) -> Desk:
    desk = party.cards[0].desk
    assert desk is not None
    return desk


def judge(log: Log, index: int, **changes: Any) -> Releases:
    """The releases of an entry, as a node with all its fields judges them."""
    party = log.party
    items: list[Field | bytes] = list(changes.pop("items", log.entries[index].fields))
    given: dict[str, Any] = {
        "line_id": log.world.charter.line_id,
        "desk": desk_of(party),
        "officers": [each.leaf for each in party.officers],
        "suite": SUITE,
    }
    return check_releases(items, **{**given, **changes})


@pytest.fixture
def log() -> Log:
    return World().log(NORTH)


@pytest.mark.parametrize("entry", load("messages"), ids=lambda e: f"{e['origin'][:9]}{e['index']}")
def test_every_published_release_counts(entry: dict[str, Any]) -> None:
    party = Party(entry["origin"].partition("/")[0])
    items = [
        Field(bytes.fromhex(f["salt"]), f["path"], f["value"].encode()) for f in entry["fields"]
    ]
    line_id = next(
        bytes.fromhex(each["line_id"])
        for each in load("party")["origins"]
        if each["origin"] == entry["origin"]
    )
    found = check_releases(
        items, line_id, desk_of(party), [each.leaf for each in party.officers], SUITE
    )
    releases = sum(item.path.startswith("release.") for item in items)
    assert (found.count, found.flaws) == (releases, ())


def test_two_officers_count_as_two(log: Log) -> None:
    index = log.add(officers=log.party.releasers[:2])
    assert judge(log, index).count == 2


def test_one_person_twice_counts_once(log: Log) -> None:
    index = log.add(officers=log.party.releasers[:1] * 2)
    found = judge(log, index)
    assert found.count == 1
    assert "released twice" in found.flaws[0].sentence


def test_one_key_under_two_person_ids_counts_once(log: Log) -> None:
    one = log.party.releasers[0]
    again = Officer(replace(one.leaf, person=spread("other")[:16]), one.private)
    index = log.add(officers=[one, again])
    assert judge(log, index, officers=[one.leaf, again.leaf]).count == 1


def test_an_officer_without_the_role_does_not_count(log: Log) -> None:
    (watch,) = [each for each in log.party.officers if "releaser" not in each.leaf.roles]
    assert judge(log, log.add(officers=[watch])).count == 0


def test_an_officer_of_another_party_does_not_count(log: Log) -> None:
    index = log.add(officers=Party(SOUTH).releasers[:1])
    found = judge(log, index)
    assert found.count == 0
    assert "no officer of the card" in found.flaws[0].sentence


def changed(fields: list[Field], path: str, value: object) -> list[Field]:
    return [new_field(path, value, f.salt) if f.path == path else f for f in fields]  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["format", "class", "refs", "line", "draft", "place", "expires"])
def test_a_release_covers_every_field_before_it(log: Log, path: str) -> None:
    index = log.add({"place": "Portville"}, officers=log.party.releasers[:2])
    fields = log.entries[index].fields
    value = [1, "AAAA"] if path == "draft" else "changed"
    assert judge(log, index, items=changed(fields, path, value)).count == 0


def test_what_the_node_adds_after_the_releases_is_not_covered(log: Log) -> None:
    index = log.add(officers=log.party.releasers[:2])
    fields = changed(log.entries[index].fields, "at", [log.origin, 99])
    assert judge(log, index, items=fields).count == 2


def test_the_second_officer_signs_that_the_first_has_signed(log: Log) -> None:
    """Officer 2 over the same head as officer 1 is not a release of the field it stands in."""
    one, two = log.party.releasers[:2]
    index = log.add({"place": "Portville"}, officers=[one])
    fields = log.entries[index].fields
    k = log.entries[index].index_of("release.1")
    head = root_of([each.hash for each in fields[:k]])
    statement = release_statement(log.world.charter.line_id, 1, k, head)
    rp_id = desk_of(log.party).rp_id
    second = two.release(statement, rp_id)
    beside = log.field(index, "release.2", second.value())
    items = [*fields[: k + 1], beside, *fields[k + 1 :]]
    assert judge(log, index, items=items).count == 1


def test_content_after_a_release_takes_its_effect_away(log: Log) -> None:
    index = log.add(officers=log.party.releasers[:1], trailing={"place": "never released"})
    found = judge(log, index)
    assert found.count == 0
    assert "stands after a release" in found.flaws[0].sentence


@pytest.mark.parametrize(
    "changes",
    [
        {"line_id": bytes(32)},
        {"desk": Desk("desk.mfa.south.example", 3, bytes(32))},
        {"officers": []},
    ],
)
def test_another_line_desk_or_tree_does_not_count(log: Log, changes: dict[str, Any]) -> None:
    index = log.add(officers=log.party.releasers[:1])
    assert judge(log, index).count == 1
    assert judge(log, index, **changes).count == 0


@pytest.mark.parametrize("part", ["ad", "cd", "sig", "person"])
def test_a_changed_byte_in_an_assertion_does_not_count(log: Log, part: str) -> None:
    index = log.add(officers=log.party.releasers[:1])
    fields = log.entries[index].fields
    k = log.entries[index].index_of("release.1")
    assertion = parse_assertion(fields[k].json)
    data = bytearray(getattr(assertion, part))
    data[len(data) // 2] ^= 1
    bad = replace(assertion, **{part: bytes(data)})
    items = changed(fields, "release.1", bad.value())
    assert judge(log, index, items=items).count == 0


def test_a_release_that_is_no_assertion_is_a_flaw_and_not_a_crash(log: Log) -> None:
    index = log.add(officers=log.party.releasers[:1])
    for value in ("nonsense", {"ad": "", "cd": "", "person": "", "sig": ""}, []):
        items = changed(log.entries[index].fields, "release.1", value)
        found = judge(log, index, items=items)
        assert (found.count, len(found.flaws)) == (0, 1)


def test_withheld_releases_are_simply_not_judged(log: Log) -> None:
    index = log.add(officers=log.party.releasers[:2])
    entry = log.entries[index]
    items = [f.hash if f.path.startswith("release.") else f for f in entry.fields]
    assert judge(log, index, items=items) == Releases((), ())


# ---- batches -----------------------------------------------------------------------------------


def batched(log: Log, drafts: int, mine: int) -> tuple[list[Field], Assertion]:
    """A draft that officer 1 released together with others, and the assertion over the batch."""
    index = log.add({"place": "Portville"}, officers=log.party.releasers[:1])
    entry = log.entries[index]
    k = entry.index_of("release.1")
    heads = [spread("draft", i) for i in range(drafts)]
    heads[mine] = root_of(entry.hashes[:k])
    leaves = [leaf_hash(head) for head in heads]
    statement = batch_statement(log.world.charter.line_id, 1, drafts, root_of(leaves))
    made = log.party.releasers[0].release(statement, desk_of(log.party).rp_id)
    assertion = replace(made, batch=(mine, drafts, inclusion_proof(leaves, mine)))
    return changed(entry.fields, "release.1", assertion.value()), assertion


@pytest.mark.parametrize(("drafts", "mine"), [(1, 0), (2, 1), (7, 3), (100, 99)])
def test_a_batch_releases_each_of_its_drafts(log: Log, drafts: int, mine: int) -> None:
    items, _ = batched(log, drafts, mine)
    assert judge(log, 1, items=items, may_batch=True).count == 1


def test_a_batch_counts_only_where_the_charter_allows_it(log: Log) -> None:
    items, _ = batched(log, 7, 3)
    found = judge(log, 1, items=items)
    assert found.count == 0
    assert "batch" in found.flaws[0].sentence


@pytest.mark.parametrize(
    "place",
    [(2, 7, 3), (3, 8, 3), (3, 7, 2), (3, 7, 4)],
    ids=["index", "count", "short proof", "long proof"],
)
def test_a_draft_that_is_not_in_the_batch_is_not_released(
    log: Log, place: tuple[int, int, int]
) -> None:
    items, assertion = batched(log, 7, 3)
    index, count, length = place
    assert assertion.batch is not None
    proof = (*assertion.batch[2], bytes(32))[:length]
    bad = replace(assertion, batch=(index, count, proof))
    assert judge(log, 1, items=changed(items, "release.1", bad.value()), may_batch=True).count == 0
    stripped = replace(assertion, batch=None)
    items = changed(items, "release.1", stripped.value())
    assert judge(log, 1, items=items, may_batch=True).count == 0


def test_a_person_with_a_second_key_is_still_one_person() -> None:
    one, two = (each.leaf for each in Party(NORTH).releasers[:2])
    assert distinct([one, replace(two, person=one.person)]) == (one,)
    assert distinct([one, replace(two, spki=one.spki)]) == (one,)
    assert distinct([one, two]) == (one, two)
