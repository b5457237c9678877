"""A long case is gone on with: one more entry gives what folding all of them anew gives."""

import random
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openline.cases import answering, fold, settling
from openline.cases.entry import Entry
from openline.cases.fold import LineState
from openline.formats.openjson import Value
from tests.cases.hand import MEMBERS, PACKS, Pen, pens, text, visit
from tests.cases.lines import PARTIES, lines

# What one step of the talk below says: who, what, about which of the entries before.
talk = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 11), st.integers(0, 6), st.integers(0, 3)),
    min_size=4,
    max_size=30,
)
_SAYS = (
    ("core/visit@1", "-"),
    ("core/acknowledge@1", "received"),
    ("core/answer@1", ""),
    ("core/readback@1", "correct"),
    ("core/close@1", "discontinued"),
    ("core/clarification@1", "-"),
    ("core/reveal@1", "-"),
    ("core/incident@1", ""),
    ("core/contact@1", ""),
)
_CLASSES = {
    "core/answer@1": ("accepted", "declined", "under-study", "accepted"),
    "core/incident@1": ("report", "protest", "close", "counter-account"),
    "core/contact@1": ("proposed", "accepted", "declined", "held"),
}
_RELATIONS = ("amends", "cancels", "replies", "amends")


def talked(steps: list[tuple[int, ...]], opener: str) -> list[Entry]:
    """One case in which three parties amend, answer, read back, close and ask, across each other;
    one of them writes two logs in turn."""
    us, ru, fr = pens("us", "ru", "fr")
    later = Pen(ru.party, counter=2, nonce="07")
    if opener == "core/visit@1":
        first = visit(us)
    else:
        answer = _CLASSES[opener][0]
        first = us.say(opener, answer, (), {"subject": text("a"), "with": [*PARTIES]})
    said = [first]
    for who, what, about, klass in steps:
        pen = (us, later if klass == 3 else ru, fr)[who]
        format_id, answer = _SAYS[what % len(_SAYS)]  # the first ones twice as often
        named = said[about % len(said)]
        fields: dict[str, Value] = {"subject": text("a"), "place": f"place {klass}"}
        if format_id == named.format:
            fields["relation"] = _RELATIONS[klass]
        if format_id == "core/readback@1":
            fields["fields"] = [["place", f"place {klass}"]]
        if format_id == "core/reveal@1":
            other = said[(about * 7) % len(said)].ref
            fields["fields"] = [[other.origin, other.index, 8, "s", "route", "x"]]
        chosen = _CLASSES.get(format_id, (answer,) * 4)[klass]
        said.append(
            pen.say(format_id, chosen, [named], fields, withheld=[8], commitments=bytes(32),
                    opens=[bytes(32)])
        )  # fmt: skip
    return said


def gone_on(entries: list[Entry], seed: int) -> LineState:
    """The line as it grows by one or two entries, every case looked at each time."""
    chance = random.Random(seed)
    order = list(entries)
    chance.shuffle(order)
    state = fold.fold([], PACKS, PARTIES)
    while order:
        state = state.extended([order.pop() for _ in range(min(len(order), chance.randint(1, 2)))])
        for _ in range(chance.randint(0, 2)):  # now and then nobody looks between two arrivals
            assert state.cases is not None
    return state


OPENERS = ("core/visit@1", "core/incident@1", "core/contact@1")


def same_as_anew(entries: list[Entry], seed: int) -> None:
    """Going on ends where folding all at once ends, and where each case alone ends."""
    straight = fold.fold(entries, PACKS, PARTIES)
    with patch.object(fold, "GONE_ON_WITH", 1):
        grown = gone_on(entries, seed)
        assert grown == straight
        assert grown.cases == straight.cases
        assert grown.irregularities == straight.irregularities


@settings(max_examples=150)
@given(talk, st.sampled_from(OPENERS), st.integers(0, 2**32))
def test_a_case_that_is_gone_on_with_is_the_case_that_is_folded_anew(
    steps: list[tuple[int, ...]], opener: str, seed: int
) -> None:
    same_as_anew(talked(steps, opener), seed)


@given(lines(), st.integers(0, 2**32))
def test_so_is_every_case_of_a_line_of_all_formats(entries: list[Entry], seed: int) -> None:
    same_as_anew(entries, seed)


def test_an_amendment_that_arrives_late_numbers_the_versions_and_their_answers_anew() -> None:
    """Answers cross two amendments of the same version; the first amendment arrives last."""
    us, ru = pens("us", "ru")
    told = visit(us)
    first, second = (
        us.say("core/visit@1", "-", [told], {**told.fields, "relation": "amends", "place": place})
        for place in ("Lviv", "Odesa")
    )
    ru.say("core/answer@1", "accepted", [told])
    ru.say("core/answer@1", "declined", [second])
    ru.say("core/acknowledge@1", "received", [second])
    with patch.object(fold, "GONE_ON_WITH", 1):
        state = fold.fold([], PACKS, MEMBERS)
        for entry in [told, *ru.entries, second, first]:
            state = state.extended([entry])
            assert state.cases == fold.fold(state.entries.values(), PACKS, MEMBERS).cases
    main = state.cases[0].main
    assert [version.entry for version in main.versions] == [told, first, second]
    assert [answer.version for answer in main.answers] == [1, 3]
    assert [act.version for act in main.acts if act.word == "ladder"] == [3]


def test_an_answer_that_is_taken_back_later_is_no_longer_current() -> None:
    us, ru = pens("us", "ru")
    told = visit(us)
    answer = ru.say("core/answer@1", "accepted", [told])
    taken_back = ru.say("core/answer@1", "accepted", [answer], {"relation": "cancels"})
    with patch.object(fold, "GONE_ON_WITH", 1):
        state = fold.fold([told, answer], PACKS, MEMBERS)
        assert [each.current for each in state.cases[0].main.answers] == [True]
        state = state.extended([taken_back])
    assert [each.current for each in state.cases[0].main.answers] == [False]


def test_an_earlier_state_may_be_gone_on_with_in_two_ways() -> None:
    """Whoever comes second finds the telling elsewhere and folds the case whole."""
    us, ru, fr = pens("us", "ru", "fr")
    told = visit(us)
    one = ru.say("core/answer@1", "accepted", [told])
    other = fr.say("core/answer@1", "declined", [told])
    with patch.object(fold, "GONE_ON_WITH", 1):
        before = fold.fold([told], PACKS, PARTIES)
        held = before.cases
        left, right = before.extended([one]), before.extended([other])
        assert left.cases == fold.fold([told, one], PACKS, PARTIES).cases
        assert right.cases == fold.fold([told, other], PACKS, PARTIES).cases
        assert before.cases == held == fold.fold([told], PACKS, PARTIES).cases


@pytest.mark.parametrize(
    ("where", "name", "careless"),
    [
        (settling._Settling, "may_go_on", lambda self, late: True),
        (answering.Answers, "is_last", lambda self, party, place: True),
    ],
)
def test_going_on_without_looking_whether_it_is_the_latest_would_be_found(
    where: type, name: str, careless: object
) -> None:
    """Negative control: whatever comes is taken for the latest of its party."""
    us, ru = pens("us", "ru")
    told = visit(us)
    for klass in ("accepted", "declined", "accepted"):
        ru.say("core/answer@1", klass, [told])
    us.say("core/close@1", "completed", [told])
    us.say("core/visit@1", "-", [told], {**told.fields, "relation": "amends"})
    entries = [told, *ru.entries[::-1], *us.entries[:0:-1]]
    same_as_anew(entries, 0)
    with patch.object(where, name, careless), pytest.raises(AssertionError):
        for seed in range(20):
            same_as_anew(entries, seed)
