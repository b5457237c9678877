"""A shelf is a dict that never changes: every extension is another shelf."""

from hypothesis import given
from hypothesis import strategies as st

from openline.cases.shelf import Shelf

keys = st.integers(0, 40)


@given(st.lists(st.lists(st.tuples(st.booleans(), keys, st.integers()), max_size=6), max_size=6))
def test_a_shelf_holds_what_a_dict_would_hold_and_earlier_ones_stay(
    batches: list[list[tuple[bool, int, int]]],
) -> None:
    shelf: Shelf[int, int] = Shelf()
    model: dict[int, int] = {}
    kept = [(shelf, dict(model))]
    for batch in batches:
        edit = shelf.edit()
        for puts, key, value in batch:
            if puts:
                edit.put(key, value)
                model[key] = value
            else:
                edit.drop(key)
                model.pop(key, None)
            assert edit.get(key) == model.get(key)
            assert (key in edit) == (key in model)
        shelf = edit.done()
        kept.append((shelf, dict(model)))
    for each, content in kept:
        assert dict(each.items()) == content
        assert len(each) == len(content)
        assert sorted(each) == sorted(content)
        assert all(each[key] == value and key in each for key, value in content.items())


def test_shelves_of_equal_content_are_equal() -> None:
    one: Shelf[str, int] = Shelf()
    first, second = one.edit(), one.edit()
    for name in ("a", "b"):
        first.put(name, 1)
    for name in ("b", "c", "a"):
        second.put(name, 1)
    assert first.done() != second.done()
    second.drop("c")
    assert first.done() == second.done()


def test_one_more_pair_copies_one_board_and_shares_all_others() -> None:
    """What makes one more entry cheap on a line of any length."""
    edit = Shelf[int, int]().edit()
    for key in range(5_000):
        edit.put(key, key)
    before = edit.done()
    edit = before.edit()
    edit.put(7, 0)
    after = edit.done()
    pairs = zip(before._boards, after._boards, strict=True)
    assert sum(one is not other for one, other in pairs) == 1
    assert before.edit().done() is before
