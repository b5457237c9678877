"""The notebook: local records, read strictly, laid beside what the lines hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.digest import digest
from openline.cases.entry import Ref
from openline.cases.notebook import BadRecord, dossier_of, dossier_view, public_of
from openline.formats.spell import utc
from tests.cases.hand import folded, pens, text, visit

RECORD: dict[str, Any] = {
    "topic": "visit",
    "source": "answer to journalists",
    "party": "ru.example",
    "office": "head of the security service",
    "lang": "ru",
    "date": "2023-02-21T09:00:00Z",
    "text_status": "translation-by-others",
    "text": "No guarantees were given.",
    "position": "denies-guarantee",
    "mark": "R",
}
words = st.text(st.characters(codec="utf-8"), max_size=20)


@given(words, words, st.integers(0, 2**33))
def test_a_public_statement_is_read_back_as_it_was(topic: str, said: str, seconds: int) -> None:
    record = {**RECORD, "topic": topic, "text": said, "date": utc(seconds)}
    read = public_of(record)
    assert public_of(read.record()) == read
    assert read.record()["date"] == record["date"]


@given(
    st.lists(words, max_size=3), st.lists(st.tuples(words, words, st.integers(0, 9)), max_size=3)
)
def test_a_dossier_is_read_back_as_it_was(
    topics: list[str], cases: list[tuple[str, str, int]]
) -> None:
    read = dossier_of({"title": "t", "topics": topics, "cases": [[*case] for case in cases]})
    assert dossier_of(read.record()) == read
    assert read.cases == tuple((line, Ref(origin, index)) for line, origin, index in cases)


def test_the_same_record_twice_has_one_id() -> None:
    assert public_of(RECORD).id == public_of(dict(reversed(RECORD.items()))).id
    assert public_of(RECORD).id != public_of({**RECORD, "office": "spokesman"}).id


@pytest.mark.parametrize(
    ("change", "item"),
    [
        ({"opinion": "x"}, "opinion"),
        ({"text_status": "hearsay"}, "text_status"),
        ({"date": "Tuesday"}, "date"),
        ({"text_hash": "AAAA"}, "text_hash"),
        ({"topic": 5}, "topic"),
        ({"text": "x" * 20_001}, "text"),
    ],
)
def test_a_record_that_cannot_be_kept_names_the_item(change: dict[str, Any], item: str) -> None:
    with pytest.raises(BadRecord) as refused:
        public_of({**RECORD, **change})
    assert refused.value.item == item


def test_a_record_without_what_it_needs_is_refused() -> None:
    for path in ("topic", "source", "date", "text_status", "text"):
        with pytest.raises(BadRecord) as refused:
            public_of({key: value for key, value in RECORD.items() if key != path})
        assert refused.value.item == path
    with pytest.raises(BadRecord):
        dossier_of({"title": "t", "lines": "ab"})
    with pytest.raises(BadRecord):
        dossier_of({"title": "t", "cases": [["ab", "o"]]})


def test_public_statements_never_touch_a_line_or_its_digest() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    state = folded(us, ru)
    before = digest(state)
    line = "ab" * 32
    record = {"title": "t", "topics": ["visit"], "lines": [line], "cases": [[line, *notice.ref]]}
    view = dossier_view(dossier_of(record), {line: state}, [public_of(RECORD)])
    assert len(view["public"]) == 1
    assert digest(state) == before


def test_a_statement_on_another_topic_or_line_stays_out_of_the_dossier() -> None:
    us, ru = pens("us", "ru")
    us.say("positions/assessment@1", "-", (), {"topic": "other", "text": text("x")})
    us.say("positions/assessment@1", "-", (), {"topic": "visit", "text": text("y")})
    state = folded(us, ru)
    dossier = dossier_of({"title": "t", "topics": ["visit"], "lines": ["a" * 64]})
    elsewhere = public_of({**RECORD, "topic": "other"})
    view = dossier_view(dossier, {"a" * 64: state, "b" * 64: state}, [elsewhere])
    assert view["public"] == []
    assert [row["topic"] for row in view["statements"]] == ["visit"]
    assert view["lines"] == ["a" * 64]


def test_a_case_on_a_line_of_others_is_not_shown_at_all() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    lines = ["a" * 64, "b" * 64]
    cases = [[line, *notice.ref] for line in lines]
    dossier = dossier_of({"title": "t", "lines": [*lines], "cases": [*cases]})
    view = dossier_view(dossier, {"a" * 64: folded(us, ru)}, [])
    assert [row["line"] for row in view["cases"]] == ["a" * 64]
    assert "b" * 64 not in str(view)
