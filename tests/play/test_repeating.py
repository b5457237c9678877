"""Batches in scenario files: rows from one table, the same on every machine."""

import pytest

from openline.cli.play.loading import load_history
from openline.cli.play.reading import ScenarioRefused
from openline.cli.play.scenario import Batch, Send
from tests.play.test_loading import GOOD

STEP = """
[[step]]
id = "many"
at = 2030-01-01T10:00:00Z
mark = "P"
tells = "many at once"
[step.batch]
from = "a.example"
line = "l"
format = "core/told-elsewhere@1"
class = "call"
count = COUNT
[step.fields]
FIELDS

[[fact]]
id = "9.many"
mark = "P"
text = "many at once"
steps = ["many"]
"""


def history(fields: str, count: str = "5", more: str = "") -> Batch:
    text = GOOD + STEP.replace("COUNT", count).replace("FIELDS", fields) + more
    (step,) = [s for s in load_history(text.encode(), "9-x.toml").steps if s.id == "many"]
    assert isinstance(step.action, Batch)
    return step.action


def values(fields: str, path: str = "x") -> list[object]:
    return [row.fields[path] for row in history(fields).rows]


@pytest.mark.parametrize(
    ("fields", "rows"),
    [
        ('x = "site-{nnn}"', ["site-001", "site-002", "site-003", "site-004", "site-005"]),
        ('x = "row {n}"', ["row 1", "row 2", "row 3", "row 4", "row 5"]),
        ('x = { "$plus" = 10, each = 3 }', [10, 13, 16, 19, 22]),
        ('x = { "$plus" = 0, each = 1, columns = 2 }', [0, 1, 0, 1, 0]),
        ('x = { "$plus" = 0, each = 1, rows = 2 }', [0, 0, 1, 1, 2]),
        ('x = { "$cycle" = [true, false] }', [True, False, True, False, True]),
        ('x = "as it is"', ["as it is"] * 5),
    ],
)
def test_a_marker_says_what_differs_from_row_to_row(fields: str, rows: list[object]) -> None:
    assert values(fields) == rows


def test_times_are_counted_in_seconds() -> None:
    found = values('x = { "$time" = 2030-01-01T00:00:00Z, each = 3600 }')
    assert found[:2] == ["2030-01-01T00:00:00Z", "2030-01-01T01:00:00Z"]


def test_rows_are_named_so_that_later_steps_can_refer_to_one() -> None:
    more = """
[[step]]
id = "after"
at = 2030-01-01T11:00:00Z
mark = "P"
tells = "b has the third"
send = { from = "b.example", line = "l", format = "core/pass-on@1", refs = ["many#3"] }
fields = { at_time = 2030-01-01T11:00:00Z }

[[fact]]
id = "9.after"
mark = "P"
text = "b has the third"
steps = ["after"]
"""
    assert len(history('x = "y"', more=more).rows) == 5
    with pytest.raises(ScenarioRefused, match="no earlier entry many#6"):
        history('x = "y"', more=more.replace("many#3", "many#6"))


@pytest.mark.parametrize("count", ["0", "501"])
def test_a_batch_has_one_to_five_hundred_rows(count: str) -> None:
    with pytest.raises(ScenarioRefused, match="count is not 1 to 500"):
        history('x = "y"', count)


def test_a_step_by_columns_and_rows_at_once_is_refused() -> None:
    with pytest.raises(ScenarioRefused, match="columns"):
        history('x = { "$plus" = 0, each = 1, columns = 2, rows = 3 }')


def test_the_sixth_history_has_its_two_hundred_sites_and_fifty_movements() -> None:
    from openline.cli.play.loading import load_all

    (sixth,) = load_all(("6",))
    sent: dict[tuple[str, str], int] = {}
    for step in sixth.steps:
        rows = step.action.rows if isinstance(step.action, Batch) else ()
        rows = (step.action,) if isinstance(step.action, Send) else rows
        for row in rows:
            if row.fields.get("relation") != "amends":
                key = (row.line, row.format)
                sent[key] = sent.get(key, 0) + 1
    assert sent["originators", "humanitarian/site@1"] == 50
    assert sent["originators", "humanitarian/movement@1"] == 20
    assert sent["liaison", "humanitarian/site@1"] == 200
    assert sent["liaison", "humanitarian/movement@1"] == 50
