"""Policies: who counts, when the quorum was met, and every reading that must not be possible."""

from itertools import combinations

import pytest

from openline.envelope.suite import BadSignature
from openline.formats.head import Head
from openline.formats.malformed import Malformed
from openline.formats.note import Note, Signature, Vkey
from openline.formats.policy import Group, Policy, parse_policy
from openline.record.checkpoint import BadNote
from openline.record.policy import BadPolicy, QuorumNotMet, evaluate, tally
from tests.record.builder import (
    EAST,
    NORTH,
    SOUTH,
    SUITE,
    T0,
    Log,
    Party,
    World,
    sign,
    witness_lines,
    witness_seed,
    witness_sign,
    witness_vkey,
)

NAMES = ("w1.example", "w2.example", "w3.example")
MEMBERS = (NORTH, SOUTH)


@pytest.fixture(scope="module")
def log() -> Log:
    return World().log(NORTH)


def log_line(log: Log, kind: int = 6) -> str:
    return f"log {log.party.vkey('log', kind, log.origin).text()}"


def policy_of(log: Log, quorum: str, *groups: str) -> Policy:
    lines = [line for name in NAMES for line in witness_lines(name)]
    return parse_policy(
        "\n".join([log_line(log), *lines, *groups, f"quorum {quorum}", ""]), with_log=True
    )


def log_lines(log: Log, head: Head) -> list[Signature]:
    kinds = (1, 6)
    keys = [log.party.vkey("log", kind, log.origin) for kind in kinds]
    return [
        sign(head, key, log.party.seed("log", kind), T0)
        for key, kind in zip(keys, kinds, strict=True)
    ]


def note_of(log: Log, times: dict[str, int]) -> bytes:
    head = log.head()
    lines = log_lines(log, head)
    for name, time_s in times.items():
        lines += witness_sign(head, name, time_s)
    return Note(head.text(), tuple(lines)).encode()


@pytest.mark.parametrize(
    ("threshold", "times", "committed_s"),
    [
        ("all", (30, 10, 20), 30),
        ("any", (30, 10, 20), 10),
        ("2", (30, 10, 20), 20),
        ("2", (30, 10, None), 30),
        ("any", (None, None, 20), 20),
    ],
)
def test_the_quorum_time_is_the_k_th_smallest(
    log: Log, threshold: str, times: tuple[int | None, ...], committed_s: int
) -> None:
    policy = policy_of(log, "q", f"group q {threshold} {' '.join(NAMES)}")
    given = {n: T0 + t for n, t in zip(NAMES, times, strict=True) if t is not None}
    verified = evaluate(policy, note_of(log, given), SUITE, MEMBERS)
    assert verified.committed_s == T0 + committed_s
    assert verified.witnesses == given
    assert verified.head == log.head()
    assert verified.signed_s == T0


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_the_threshold_do_not_meet_the_quorum(log: Log, count: int) -> None:
    policy = policy_of(log, "q", f"group q 2 {' '.join(NAMES)}")
    for names in combinations(NAMES, count):
        with pytest.raises(QuorumNotMet):
            evaluate(policy, note_of(log, dict.fromkeys(names, T0)), SUITE, MEMBERS)


def test_a_quorum_of_nobody_is_met_and_commits_to_no_time(log: Log) -> None:
    verified = evaluate(policy_of(log, "none"), note_of(log, {NAMES[0]: T0}), SUITE, MEMBERS)
    assert verified.committed_s is None


@pytest.mark.parametrize("kind", [4, 6])
def test_one_line_of_a_cosigner_does_not_count(log: Log, kind: int) -> None:
    head, name = log.head(), NAMES[0]
    line = sign(head, witness_vkey(name, kind), witness_seed(name, kind), T0)
    note = Note(head.text(), (*log_lines(log, head), line)).encode()
    with pytest.raises(QuorumNotMet):
        evaluate(policy_of(log, name), note, SUITE, MEMBERS)


@pytest.mark.parametrize("times", [(T0, T0 + 1), (0, 0)])
def test_two_times_and_time_zero_do_not_count(log: Log, times: tuple[int, int]) -> None:
    head, name = log.head(), NAMES[0]
    lines = [
        sign(head, witness_vkey(name, kind), witness_seed(name, kind), time_s)
        for kind, time_s in zip((4, 6), times, strict=True)
    ]
    note = Note(head.text(), (*log_lines(log, head), *lines)).encode()
    with pytest.raises(QuorumNotMet):
        evaluate(policy_of(log, name), note, SUITE, MEMBERS)


def test_a_bad_line_of_a_witness_refuses_even_where_nobody_asks_for_it(log: Log) -> None:
    head, name = log.head(), NAMES[0]
    bad = sign(head, witness_vkey(name, 4), witness_seed("another", 4), T0)
    note = Note(head.text(), (*log_lines(log, head), bad)).encode()
    with pytest.raises(BadSignature):
        evaluate(policy_of(log, "none"), note, SUITE, MEMBERS)


def test_a_cosignature_on_another_head_does_not_count(log: Log) -> None:
    """A witness's lines are moved from one head to another of the same log."""
    world = World()
    moved = world.log(NORTH)
    old = moved.head()
    moved.add(officers=moved.party.releasers[:1])
    head = moved.head()
    lines = (*log_lines(moved, head), *witness_sign(old, NAMES[0], T0))
    with pytest.raises(BadSignature):
        evaluate(policy_of(moved, NAMES[0]), Note(head.text(), lines).encode(), SUITE, MEMBERS)


def test_the_0x06_log_line_is_required_and_0x01_is_not_enough(log: Log) -> None:
    head = log.head()
    ed25519, ml_dsa = log_lines(log, head)
    policy = policy_of(log, "none")
    assert evaluate(policy, Note(head.text(), (ml_dsa,)).encode(), SUITE)
    with pytest.raises(BadNote):
        evaluate(policy, Note(head.text(), (ed25519,)).encode(), SUITE)


def test_a_policy_about_another_log_refuses() -> None:
    world = World()
    with pytest.raises(BadNote):
        evaluate(world.log(SOUTH).policy(), world.log(NORTH).note(), SUITE, MEMBERS)


def test_the_log_key_under_another_name_than_the_origin_refuses() -> None:
    """One key pair signs all origins of a party; each line must carry the name of its own."""
    log = World().log(NORTH)
    head, key = log.head(), log.party.vkey("log", 6, f"{NORTH}/openline")
    note = Note(head.text(), (sign(head, key, log.party.seed("log", 6), T0),)).encode()
    with pytest.raises(BadNote):
        evaluate(Policy(((key, None),)), note, SUITE, MEMBERS)


def receipt_policy(log: Log, quorum: str, *groups: str) -> Policy:
    south = log.world.parties[SOUTH]
    lines = [f"witness r-{kind} {south.vkey('receipt', kind).text()}" for kind in (4, 6)]
    lines += [log_line(log), *witness_lines(NAMES[0]), "group r all r-4 r-6", *groups]
    return parse_policy("\n".join([*lines, f"quorum {quorum}", ""]), with_log=True)


def receipted(log: Log, witness_s: int | None, receipt_s: int) -> bytes:
    head, south = log.head(), log.world.parties[SOUTH]
    lines = log_lines(log, head)
    if witness_s is not None:
        lines += witness_sign(head, NAMES[0], witness_s)
    lines += [
        sign(head, south.vkey("receipt", kind), south.seed("receipt", kind), receipt_s)
        for kind in (4, 6)
    ]
    return Note(head.text(), tuple(lines)).encode()


def test_receipts_meet_the_quorum_and_never_date_the_commitment(log: Log) -> None:
    policy = receipt_policy(log, "q", f"group q all r {NAMES[0]}")
    verified = evaluate(policy, receipted(log, T0 + 9, T0 + 2), SUITE, MEMBERS)
    assert verified.committed_s == T0 + 9
    assert verified.receipts == {SOUTH: T0 + 2}
    assert verified.witnesses == {NAMES[0]: T0 + 9}
    any_policy = receipt_policy(log, "q", f"group q any r {NAMES[0]}")
    assert evaluate(any_policy, receipted(log, None, T0), SUITE, MEMBERS).committed_s is None
    alone = receipt_policy(log, "r")
    assert evaluate(alone, receipted(log, None, T0), SUITE, MEMBERS).committed_s is None


def test_one_witness_beside_two_receipts_does_not_make_two(log: Log) -> None:
    """2 of two receipts and a witness: the neutral part alone never has two."""
    east = Party(EAST)
    keys = [f"witness e-{kind} {east.vkey('receipt', kind).text()}" for kind in (4, 6)]
    groups = [*keys, "group e all e-4 e-6", f"group q 2 r e {NAMES[0]}"]
    policy = receipt_policy(log, "q", *groups)
    verified = evaluate(policy, receipted(log, T0 + 9, T0 + 2), SUITE, (*MEMBERS, EAST))
    assert verified.committed_s is None


def test_a_threshold_keeps_its_number_when_receipts_are_taken_out(log: Log) -> None:
    """2 of receipt, w1, w2 must not become "committed" by one witness alone."""
    lines = [*witness_lines(NAMES[1]), f"group q 2 r {NAMES[0]} {NAMES[1]}"]
    policy = receipt_policy(log, "q", *lines)
    verified = evaluate(policy, receipted(log, T0 + 9, T0 + 2), SUITE, MEMBERS)
    assert verified.committed_s is None


def test_a_receipt_key_of_somebody_who_is_no_member_is_a_witness(log: Log) -> None:
    policy = receipt_policy(log, "r")
    note = receipted(log, None, T0 + 2)
    verified = evaluate(policy, note, SUITE, (NORTH,))
    assert verified.receipts == {}
    assert verified.committed_s == T0 + 2
    assert evaluate(policy, note, SUITE).committed_s is None, "without members: never a witness"


def test_nobody_receipts_to_oneself(log: Log) -> None:
    head, north = log.head(), log.party
    lines = [f"witness r-{kind} {north.vkey('receipt', kind).text()}" for kind in (4, 6)]
    text = "\n".join([log_line(log), *lines, "group r all r-4 r-6", "quorum r", ""])
    own = [
        sign(head, north.vkey("receipt", kind), north.seed("receipt", kind), T0) for kind in (4, 6)
    ]
    note = Note(head.text(), (*log_lines(log, head), *own)).encode()
    verified = evaluate(parse_policy(text, with_log=True), note, SUITE, MEMBERS)
    assert verified.receipts == {}
    assert verified.committed_s is None


def test_groups_nest(log: Log) -> None:
    policy = policy_of(
        log, "q", f"group pair any {NAMES[0]} {NAMES[1]}", f"group q all pair {NAMES[2]}"
    )
    given = {NAMES[0]: T0 + 5, NAMES[1]: T0 + 3, NAMES[2]: T0 + 4}
    assert evaluate(policy, note_of(log, given), SUITE, MEMBERS).committed_s == T0 + 4
    del given[NAMES[2]]
    with pytest.raises(QuorumNotMet):
        evaluate(policy, note_of(log, given), SUITE, MEMBERS)


@pytest.mark.parametrize(
    "lines",
    [
        ["group q any {0}-4 {0}-6"],
        ["group q all {0}-4 {1}-6"],
        ["group q all {0}-4"],
        ["group q all {0}-4 {0}-6 {1}-4"],
        ["group a all {0}-4 {0}-6", "group q all a {1}-4"],
    ],
)
def test_keys_that_are_not_paired_refuse_the_policy(log: Log, lines: list[str]) -> None:
    """Thresholds count cosigners; a key alone in a group would count as one."""
    keys = [line for name in NAMES for line in witness_lines(name)[:2]]
    groups = [line.format(*NAMES) for line in lines]
    text = "\n".join([log_line(log), *keys, *groups, "quorum q", ""])
    policy = parse_policy(text, with_log=True)
    with pytest.raises(BadPolicy):
        evaluate(policy, note_of(log, {}), SUITE, MEMBERS)


def test_a_quorum_of_one_key_refuses(log: Log) -> None:
    with pytest.raises(BadPolicy):
        evaluate(policy_of(log, f"{NAMES[0]}-4"), note_of(log, {}), SUITE, MEMBERS)


@pytest.mark.parametrize("kinds", [(1,), (1, 6), ()])
def test_a_policy_has_exactly_one_log_line_the_0x06_key(log: Log, kinds: tuple[int, ...]) -> None:
    logs = tuple((log.party.vkey("log", kind, log.origin), None) for kind in kinds)
    with pytest.raises(BadPolicy):
        evaluate(Policy(logs), note_of(log, {}), SUITE, MEMBERS)


@pytest.mark.parametrize(
    "groups",
    [
        {"q": Group(3, ("a", "b"))},
        {"q": Group(0, ("a", "b"))},
        {"q": Group(1, ("q", "a"))},
        {"q": Group(1, ("p", "a")), "p": Group(1, ("q", "b"))},
        {"q": Group(1, ("a", "nobody"))},
        {"p": Group(1, ("a", "b")), "q": Group(1, ("a", "p"))},
        {"q": Group(1, ("a", "a"))},
    ],
)
def test_cycles_unknown_names_double_members_and_bad_thresholds_are_no_policy(
    groups: dict[str, Group],
) -> None:
    keys = {"a": (witness_vkey("a.example", 4), None), "b": (witness_vkey("a.example", 6), None)}
    with pytest.raises(Malformed):
        Policy((), keys, groups, "q")


def test_a_cycle_that_slipped_in_later_is_refused_at_counting(log: Log) -> None:
    """The mapping of a policy could be changed after it was checked."""
    groups: dict[str, Group] = {}
    policy = Policy((), {}, groups, None)
    groups["q"] = Group(1, ("p",))
    groups["p"] = Group(1, ("q",))
    object.__setattr__(policy, "quorum", "q")
    with pytest.raises(BadPolicy):
        tally(policy, log.head(), [], SUITE, MEMBERS)


def test_a_vkey_of_a_log_is_no_witness() -> None:
    with pytest.raises(Malformed):
        Policy((), {"a": (Vkey("a.example", 1, bytes(32)), None)}, {}, "a")
