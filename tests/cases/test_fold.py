"""The fold of a line: any order, any split and any duplicates give the same cases."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.digest import digest
from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState, fold
from openline.cases.registers import registers
from openline.cases.telling import fold_case
from tests.cases.hand import MEMBERS, PACKS, Pen, folded, pens, text, visit
from tests.cases.lines import PARTIES, lines


def shuffled(entries: list[Entry], seed: int) -> list[Entry]:
    """The same entries in another order, some of them twice."""
    chance = random.Random(seed)
    found = [*entries, *(entry for entry in entries if chance.random() < 0.3)]
    chance.shuffle(found)
    return found


def in_pieces(entries: list[Entry], seed: int) -> LineState:
    """The line as it grows by deliveries of odd sizes."""
    chance = random.Random(seed)
    state = fold([], PACKS, PARTIES)
    at = 0
    while at < len(entries):
        size = chance.randint(1, 4)
        state = state.extended(entries[at : at + size])
        at += size
    return state


@given(lines(), st.integers(0, 2**32))
def test_any_order_any_split_and_duplicates_give_the_same_state(
    entries: list[Entry], seed: int
) -> None:
    straight = fold(entries, PACKS, PARTIES)
    other = in_pieces(shuffled(entries, seed), seed)
    assert other == straight
    assert other.cases == straight.cases
    assert other.waiting == straight.waiting
    assert digest(other) == digest(straight)
    assert registers(other) == registers(straight)


@given(lines(), st.integers(0, 13))
def test_extending_leaves_the_earlier_state_as_it_was(entries: list[Entry], at: int) -> None:
    before = fold(entries[:at], PACKS, PARTIES)
    cases, held = before.cases, digest(before)
    before.extended(entries[at:])
    again = fold(entries[:at], PACKS, PARTIES)
    assert before == again
    assert (cases, held) == (again.cases, digest(again))


@given(lines(), st.integers(0, 2**32))
def test_a_case_is_computed_from_its_own_entries_alone(entries: list[Entry], seed: int) -> None:
    state = fold(entries, PACKS, PARTIES)
    for case in state.cases:
        own = shuffled(list(case.entries), seed)
        assert fold_case(own, PACKS, state.members) == case


@given(lines(), st.integers(0, 13), st.integers(0, 2**32))
def test_entries_that_become_readable_later_end_where_they_would_have_been(
    entries: list[Entry], at: int, seed: int
) -> None:
    sealed = [
        replace(e, state="sealed", format="-", answer="-", refs=(), fields={}, effect=False)
        if e.ref.index % 2 == at % 2 and e.state == "opened"
        else e
        for e in entries
    ]
    state = fold(sealed, PACKS, PARTIES).extended(shuffled(entries, seed))
    straight = fold(entries, PACKS, PARTIES)
    assert state == straight
    assert state.cases == straight.cases
    assert digest(state) == digest(straight)


@given(lines())
def test_every_message_is_in_one_case_or_waits_or_cannot_be_read(entries: list[Entry]) -> None:
    state = fold(entries, PACKS, PARTIES)
    placed = [entry.ref for case in state.cases for entry in case.entries]
    waiting = [each.entry.ref for each in state.waiting]
    messages = {entry.ref for entry in entries if entry.kind == "message"}
    assert len(placed) == len(set(placed))
    assert messages == {*placed, *waiting, *(r for r in state.unread if r in messages)}
    assert not {*placed} & {*waiting}


@given(lines())
def test_every_entry_of_a_case_counts_or_is_an_irregularity(entries: list[Entry]) -> None:
    """Nothing disappears: an entry is a version, an act, or shown as breaking a rule."""
    for case in fold(entries, PACKS, PARTIES).cases:
        told = {v.entry.ref for m in case.matters for v in m.versions}
        done = {a.entry.ref for m in case.matters for a in m.acts}
        odd = {each.ref for each in case.irregularities if not each.effect}
        assert {entry.ref for entry in case.entries} == told | done | odd


@given(lines(), lines(steps_max=4))
def test_an_irregular_entry_never_changes_another_case(
    entries: list[Entry], more: list[Entry]
) -> None:
    """Whatever a log holds, only the case that an entry names can look otherwise."""
    before = fold(entries, PACKS, PARTIES)
    odd = []
    for entry in more:
        ref = Ref(entry.ref.origin + "later", entry.ref.index)
        refs = tuple(case.id for case in before.cases[:1])
        odd.append(replace(entry, ref=ref, refs=refs, effect=False, counter=9))
    after = before.extended(odd)
    changed = {before.owners[case.id] for case in before.cases[:1]}
    for case in before.cases:
        if case.id not in changed:
            assert after.case(case.id) == case


def test_an_entry_that_arrives_before_its_reference_waits_and_joins_when_it_comes() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    answer = ru.say("core/answer@1", "noted-without-guarantee", [notice])
    asked = us.say("core/clarification@1", "-", [answer], subject=text("why"))
    state = fold([asked, answer], PACKS, MEMBERS)
    assert state.cases == ()
    assert [(w.entry, w.refers_to, w.reason) for w in state.waiting] == [
        (answer, notice.ref, "not-held"),
        (asked, answer.ref, "not-held"),
    ]
    state = state.extended([notice])
    assert state.waiting == ()
    assert [case.entries for case in state.cases] == [(answer, notice, asked)]


def test_entries_that_refer_to_each_other_wait_and_say_why() -> None:
    us, ru = pens("us", "ru")
    first = us.say("core/clarification@1", "-", [Ref(ru.origin, 0)], subject=text("a"))
    second = ru.say("core/clarification@1", "-", [first], subject=text("b"))
    own = ru.say("core/clarification@1", "-", [Ref(ru.origin, 1)], subject=text("c"))
    state = folded(us, ru)
    assert state.cases == ()
    assert {(w.entry.ref, w.reason) for w in state.waiting} == {
        (first.ref, "circle"),
        (second.ref, "circle"),
        (own.ref, "circle"),
    }


def test_a_reply_to_an_entry_that_cannot_be_read_waits_for_it() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    sealed = replace(notice, state="sealed", format="-", refs=(), fields={}, effect=False)
    answer = ru.say("core/answer@1", "noted-without-guarantee", [notice])
    state = fold([sealed, answer], PACKS, MEMBERS)
    assert [(w.entry, w.reason) for w in state.waiting] == [(answer, "not-readable")]
    assert state.extended([notice]).cases[0].entries == (answer, notice)


def test_erased_content_keeps_the_case_and_its_outcome() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("core/answer@1", "declined", [notice])
    us.say("core/close@1", "completed", [notice])
    state = folded(us, ru)
    erased = [replace(entry, fields={}, state="erased") for entry in us.entries + ru.entries]
    after = state.extended(erased)
    assert after.case(notice.ref) is not None
    assert after.cases[0].main.outcome == "completed"
    assert after.cases[0].main.versions[0].entry.fields == {}
    assert after == fold([*us.entries, *erased], PACKS, MEMBERS)


def test_a_second_content_for_one_place_ends_alike_in_every_order() -> None:
    """It cannot come from one log; a caller that hands it must not make two truths."""
    us, ru = pens("us", "ru")
    one = visit(us)
    other = replace(one, fields={**one.fields, "place": "Lviv"})
    answer = ru.say("core/answer@1", "declined", [one])
    states = [
        fold([one, other, answer], PACKS, MEMBERS),
        fold([other, answer, one], PACKS, MEMBERS),
        fold([answer, one], PACKS, MEMBERS).extended([other]),
        fold([other], PACKS, MEMBERS).extended([answer, one]),
    ]
    assert all(state == states[0] and state.cases == states[0].cases for state in states)


def test_later_in_ones_own_log_goes_by_epoch_and_place_never_by_claimed_time() -> None:
    us = Pen("us.example")
    ru, ru_later = Pen("ru.example"), Pen("ru.example", counter=2, nonce="07")
    notice = visit(us)
    ru.say("core/answer@1", "accepted", [notice], at_s=2_000_000_000)
    ru_later.say("core/answer@1", "declined", [notice], at_s=1)
    state = folded(ru_later, us, ru, members=MEMBERS)
    answers = state.cases[0].main.answers
    assert [(a.current, state.entry(a.ref).answer) for a in answers] == [  # type: ignore[union-attr]
        (False, "accepted"),
        (True, "declined"),
    ]


def test_two_logs_with_one_epoch_number_are_shown_and_lettered() -> None:
    us = Pen("us.example")
    first, second = Pen("ru.example", nonce="0a"), Pen("ru.example", nonce="0b")
    one, two = visit(first), visit(second)
    state = folded(us, first, second, members=MEMBERS)
    assert [odd.code for odd in state.irregularities] == ["epoch.sibling"]
    numbers = (state.number(one), state.number(two))
    assert numbers == ("1p.0", "1a.0")


def test_what_is_written_after_leaving_is_shown_as_such() -> None:
    us, ru = pens("us", "ru")
    ru.say("-", kind="close", successor="-")
    visit(ru)
    state = folded(us, ru)
    assert [odd.code for odd in state.irregularities] == ["line.after-leaving"]
    assert len(state.cases) == 1


def test_an_order_dependent_fold_would_be_found() -> None:
    """Negative control: a fold that lets the later arrival win fails the property above."""
    us, ru = pens("us", "ru")
    notice = visit(us)
    first = ru.say("core/answer@1", "accepted", [notice])
    second = ru.say("core/answer@1", "declined", [notice])

    def by_arrival(entries: list[Entry]) -> str:
        answer = ""
        for entry in entries:
            if entry.format == "core/answer@1":
                answer = entry.answer
        return answer

    orders = [[notice, first, second], [second, first, notice]]
    with pytest.raises(AssertionError):
        assert by_arrival(orders[0]) == by_arrival(orders[1])
    assert len({digest(fold(order, PACKS, MEMBERS)) for order in orders}) == 1
