"""Words that were written in a shift, or left to be done at a handover, are found by the search."""

import asyncio
import re

import pytest

from openline.desk.pages import search_pages
from openline.desk.pages.look import LANGUAGES, Words
from openline.desk.roster import Officer
from openline.formats.spell import utc
from tests.desk.paged import paged, visit_of
from tests.desk.test_shifts import RU, Kept, kept, officer
from tests.exchange.conftest import T0

__all__ = ["kept"]
BEN = officer("Ben", 2)


def found(kept: Kept, reader: Officer, words: str, lang: str = "en", **query: object) -> list[str]:
    """What the page shows of shifts for a question: the words, where they stand and who wrote."""
    page = paged(search_pages.search, visit_of(
        kept.peers, RU, officer=reader, lang=lang, q=words, **query
    ))  # fmt: skip
    rows = re.findall(r'<article class="found noted">(.*?)</article>', page, re.DOTALL)
    return [
        re.sub(r"\s+", " ", re.sub(r"<[^>]*>|[\u2066-\u2069]", "", row)).strip() for row in rows
    ]


def test_a_note_and_a_next_step_are_found_with_their_shift_line_writer_and_time(kept: Kept) -> None:
    (note,) = found(kept, BEN, "pilot late")
    assert note == f"Shift 2 Harbour · Ben · {utc(T0 + 210)} Pilot is late"
    (step,) = found(kept, BEN, "ICE north")
    assert step == f"Shift 2 Harbour · Anna · {utc(T0 + 60)} Ask north about the ice"
    (general,) = found(kept, BEN, '"coast guard"')
    assert "Ring the coast guard at six" in general and "Harbour" not in general
    assert found(kept, BEN, "pilot -late") == [] == found(kept, BEN, "nowhere")


def test_nothing_is_found_or_counted_of_a_line_without_a_role(kept: Kept) -> None:
    few = officer("Ida", 3, "auditor", kept.line["other"])
    assert found(kept, few, "pilot") == [] == found(kept, few, "ice")
    assert len(found(kept, few, "telephone")) == 1, "what is about no line is for every reader"
    page = paged(search_pages.search, visit_of(kept.peers, RU, officer=few, q="pilot"))
    assert Words("en")("search.shifts", count=1) not in page
    assert len(found(kept, BEN, "pilot")) == 1, "the control"


def test_who_may_not_read_shifts_finds_nothing_in_them(kept: Kept) -> None:
    drafter = officer("Jon", 4, "drafter")
    assert found(kept, drafter, "pilot") == [] == found(kept, drafter, "telephone")


def test_an_exercise_and_what_is_real_are_found_apart(kept: Kept) -> None:
    assert found(kept, BEN, "flood") == []
    assert len(found(kept, BEN, "flood", status="exercise")) == 2
    assert found(kept, BEN, "pilot", status="exercise") == []


def test_a_question_narrows_by_line_and_day_and_asks_shifts_for_no_message(kept: Kept) -> None:
    assert len(found(kept, BEN, "pilot", line=kept.line["real"])) == 1
    assert found(kept, BEN, "pilot", line=kept.line["other"]) == []
    assert found(kept, BEN, "telephone", line=kept.line["real"]) == []
    assert found(kept, BEN, "pilot", since="2023-11-14") and not found(
        kept, BEN, "pilot", until="2023-11-14"
    )
    assert found(kept, BEN, "pilot", **{"from": "us.example"}) == []
    visit = visit_of(kept.peers, RU, officer=BEN)
    for more, count in (({}, 1), ({"form": "core/visit@1"}, 0)):
        asked = search_pages.noted_in_shifts(visit, [*kept.line.values()], {"q": "pilot", **more})
        assert asyncio.run(asked)["count"] == count
    assert found(kept, BEN, "", since="2023-11-14") == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_how_many_there_are_is_said_in_the_readers_language(kept: Kept, lang: str) -> None:
    page = paged(search_pages.search, visit_of(kept.peers, RU, officer=BEN, lang=lang, q="pilot"))
    assert Words(lang)("search.shifts", count=1) in page
