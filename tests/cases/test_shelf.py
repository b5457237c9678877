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
