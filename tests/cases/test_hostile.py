"""Whatever a counterpart writes into its log, the fold shows it and never fails."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from openline.cases.ahead import ahead
from openline.cases.digest import digest
from openline.cases.entry import Entry
from openline.cases.fold import fold
from openline.cases.registers import board_row, registers
from openline.formats.openjson import Value
from tests.cases.hand import PACKS
from tests.cases.lines import PARTIES, lines

PATHS = sorted({item.path for form in PACKS.formats for item in (*form.items, *form.common)})
TIMERS = {timer.name: 3_600 for form in PACKS.formats for timer in form.timers} | {"lag.data": 60}
words = st.one_of(st.sampled_from(["", "cancels", "us.example", "9999-12-31T23:59:59Z"]), st.text())
values: st.SearchStrategy[Value] = st.recursive(
    st.one_of(words, st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["lang", "status", "text"]), inner, max_size=2),
    ),
    max_leaves=5,
)
fields = st.dictionaries(st.sampled_from([*PATHS, "ranges", "successor"]), values, max_size=6)


@given(
    lines(steps_max=8),
    st.lists(fields, min_size=8, max_size=8),
    st.integers(0, 2**53 - 1),
    st.sampled_from(["1", "-", "core/visit@1", "core/visit", ""]),
)
def test_no_value_of_any_type_at_any_path_stops_the_fold(
    entries: list[Entry], odd: list[dict[str, Value]], time_s: int, format_id: str
) -> None:
    hostile = [
        replace(
            entry,
            fields={**entry.fields, **odd[i]} if i % 2 else odd[i],
            time_s=time_s,
            withheld=(time_s, 3),
            format=format_id if i == 1 else entry.format,
        )
        for i, entry in enumerate(entries)
    ]
    state = fold(hostile, PACKS, PARTIES)
    assert len(digest(state)) == 32
    receipts = {entry.ref.origin: [(PARTIES[0], time_s, time_s)] for entry in entries}
    for now_s in (0, time_s):
        registers(state, receipts, TIMERS, now_s)
        board_row(state, now_s, receipts)
    ahead(state, PARTIES[0], "positions/fact-position@1", "confirmed", odd[0])
