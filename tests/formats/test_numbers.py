"""What entries are called, and that a name read back is the entry again, whatever else is known."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from openline.formats.numbers import Log, Read, before, epoch, epochs_of, is_name, named, read

RU, CN = "ru.example", "cn.example"


def log(nonce: int, counter: int = 2, size: int = 3, party: str = RU) -> Log:
    """A log of a party; its name is as long as one, and differs where its nonce does."""
    tail = "".join("abcdefghijklmnopqrstuvwxyz234567"[nonce >> 5 * i & 31] for i in range(52))
    return Log(f"{party}/openline/{tail}", party, counter, size)


LOGS = st.lists(
    st.builds(
        log,
        st.integers(0, 2**40),
        st.integers(1, 3),
        st.integers(0, 20),
        st.sampled_from([RU, CN]),
    ),
    unique_by=lambda each: each.origin,
    min_size=1,
    max_size=40,
)


@given(LOGS)
def test_the_name_of_an_entry_is_read_as_that_entry(logs: list[Log]) -> None:
    names = {}
    for each in logs:
        for index in {0, each.size // 2, each.size - 1} if each.size else ():
            name = named(each, index, logs)
            assert is_name(name)
            assert read(name, logs) == Read((each.origin, index))
            assert names.setdefault(name, each.origin) == each.origin
            assert read(f"{each.origin}:{index}", logs) == Read((each.origin, index))


@given(LOGS, st.sets(st.integers(0, 39)), st.sets(st.integers(0, 39)))
def test_a_name_means_no_other_entry_to_whom_more_or_fewer_logs_are_known(
    logs: list[Log], here: set[int], there: set[int]
) -> None:
    """Both hold the entry: the name that one writes is read by the other as that entry, or it is
    offered among those that it can mean."""
    ours = [each for n, each in enumerate(logs) if n in here]
    theirs = [each for n, each in enumerate(logs) if n in there]
    for each in (each for each in ours if each in theirs and each.size):
        place, found = (each.origin, 0), read(named(each, 0, ours), theirs)
        assert found.place == place or (found.place is None and place in found.offered)


@given(LOGS)
def test_a_name_is_the_same_in_whatever_order_logs_are_known_and_longer_they_grow(
    logs: list[Log],
) -> None:
    longer = [each._replace(size=each.size + 5) for each in reversed(logs) if each.size]
    for each in (each for each in logs if each.size):
        assert named(each, 0, logs) == named(each, 0, longer)


def test_a_letter_stands_only_where_a_sibling_is_held() -> None:
    one, other, later = log(1), log(2), log(3, counter=3)
    assert named(one, 1, [one, later, log(4, party=CN)]) == f"{RU}:2.1"
    assert named(one, 1, [one, other._replace(size=0)]) == f"{RU}:2.1"
    assert {named(each, 1, [one, other, later]) for each in (one, other, later)} == {
        f"{RU}:2n.1", f"{RU}:2t.1", f"{RU}:3.1",
    }  # fmt: skip


def test_what_was_one_name_before_a_sibling_was_known_is_offered_as_both() -> None:
    one, other = log(1), log(2)
    name = named(one, 1, [one])
    assert read(name, [one]) == Read((one.origin, 1))
    assert set(read(name, [one, other]).offered) == {(one.origin, 1), (other.origin, 1)}
    assert read(name, [one, other]).place is None
    # Only one of the two is held as far as that: the other may be longer where it was written.
    assert read(name, [one, other._replace(size=1)]) == Read(None, ((one.origin, 1),))


def test_a_third_sibling_takes_no_name_over() -> None:
    """Letters in the order of nonces did: with the third, what was `2a` could become `2b`."""
    logs = [log(nonce) for nonce in range(60)]
    for one, other, third in combinations(logs[:24], 3):
        name = named(one, 1, [one, other])
        found = read(name, [one, other, third])
        assert found.place == (one.origin, 1) or (one.origin, 1) in found.offered


def test_earlier_names_are_the_name_with_fewer_letters() -> None:
    assert before("2.14") == ()
    assert before("2k.14") == ("2.14",)
    assert before("12kap.0") == ("12.0", "12k.0", "12ka.0")


def test_letters_are_as_many_as_tell_siblings_apart() -> None:
    logs = [log(nonce) for nonce in range(200)]
    epochs = epochs_of(RU, logs)
    called = [epoch(each.counter, each.origin, epochs) for each in logs]
    assert len({*called}) == len(called)
    assert max(map(len, called)) < 8


def test_what_is_no_name_names_nothing() -> None:
    logs = [log(1), log(2)]
    for text in (
        "", "2.1", f"{RU}:2", f"{RU}:02.1", f"{RU}:2.01", f"{RU}:2b.1", f"{RU}:2K.1", f"{RU}:2.1 ",
        f"{RU}:2.1\n", f"{RU}:\N{ARABIC-INDIC DIGIT TWO}.1", f"{RU}:2.-1", "x" * 100_000,
        f"{RU}:{'9' * 5000}.1", f"{RU}/openline/a:1",
    ):  # fmt: skip
        assert not is_name(text)
        assert read(text, logs) == Read()
