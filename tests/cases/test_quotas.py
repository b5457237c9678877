"""Quotas: active and passive, shares of one party, teams at once, what does not count."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openline.cases.entry import Entry
from openline.cases.registers import registers
from openline.cases.registers.caps import sides
from tests.cases.hand import Pen, folded, pens, text

NAME = {"agreement": "cfe", "period": "2023"}


def inspection(by: Pen, host: Pen, held: bool = True) -> Entry:
    fields = {**NAME, "from": "2023-02-20T06:00:00Z", "to": [host.party]}
    intent = by.say("agreements/inspection@1", "intent", (), fields)
    if held:
        by.say("agreements/inspection@1", "held", [intent], fields)
    return intent


def quota(pen: Pen, answer: str, refs: tuple[Entry, ...] = (), **fields: Any) -> Entry:
    return pen.say("agreements/quota@1", answer, refs, {**NAME, **fields})


def rows(*writers: Pen) -> dict[str, dict[str, Any]]:
    found = registers(folded(*writers), only=("quotas",))["quotas"]["rows"]
    return {row["party"]: row for row in found}


def test_a_party_has_a_quota_to_inspect_and_one_to_accept() -> None:
    us, ru = pens("us", "ru")
    quota(us, "stated", side="active", number=3)
    quota(ru, "stated", side="passive", number=1, objects=10, percent=15)
    inspection(us, ru)
    found = rows(us, ru)
    active, passive = found["us.example"]["active"], found["ru.example"]["passive"]
    assert (active["of"], active["used"], active["left"]) == (3, 1, 2)
    assert (passive["of"], passive["used"], passive["left"], passive["by_objects"]) == (1, 1, 0, 1)
    inspection(us, ru)
    assert rows(us, ru)["ru.example"]["passive"]["over"] == 1


def test_no_party_uses_more_than_its_share_of_what_another_must_accept() -> None:
    us, ru, fr = pens("us", "ru", "fr")
    quota(ru, "stated", side="passive", number=4, share=50)
    for _ in range(3):
        inspection(us, ru)
    inspection(fr, ru)
    shares = rows(us, ru, fr)["ru.example"]["passive"]["shares"]
    assert [(s["inspecting"], s["used"], s["cap"], s["over"]) for s in shares] == [
        ("fr.example", 1, 2, 0), ("us.example", 3, 2, 1),
    ]  # fmt: skip


def test_what_the_host_says_does_not_count_is_counted_nowhere() -> None:
    us, ru = pens("us", "ru")
    quota(ru, "stated", side="passive", number=4, share=50)
    first = inspection(us, ru)
    assert rows(us, ru)["ru.example"]["passive"]["used"] == 1
    quota(us, "does-not-count", (first,), reason=text("weather"))
    assert rows(us, ru)["ru.example"]["passive"]["used"] == 1, "the inspecting party's own word"
    quota(ru, "does-not-count", (first,), reason=text("weather"))
    found = rows(us, ru)
    assert found["ru.example"]["passive"]["used"] == 0
    assert (found["us.example"]["used"], found["us.example"]["not_counted"]) == (0, 1)


def test_the_last_word_of_a_party_about_its_own_quota_counts() -> None:
    us, ru = pens("us", "ru")
    quota(ru, "stated", side="passive", number=4)
    quota(ru, "stated", side="passive", number=2)
    quota(us, "stated", side="passive", number=9)
    assert rows(us, ru)["ru.example"]["passive"]["of"] == 2


STATED = [{"side": "passive", "number": 4, "share": 50, "at_once": 2, "objects": 0, "percent": 0}]


def test_teams_that_are_there_at_once_are_counted_against_the_cap() -> None:
    present = [
        {"by": "us", "inspected": ["ru"], "counts": False, "state": state}
        for state in ("arrived", "site-named", "granted", "held", "intent", "refused")
    ]
    passive = sides("ru", present, STATED)["passive"]
    assert (passive["at_once"], passive["at_once_max"], passive["at_once_over"]) == (3, 2, 1)


@given(st.lists(st.tuples(st.sampled_from("uf"), st.booleans()), max_size=12))
def test_shares_add_up_to_what_was_used(made: list[tuple[str, bool]]) -> None:
    found = [
        {"by": by, "inspected": ["ru"], "counts": counts, "state": "held"} for by, counts in made
    ]
    passive = sides("ru", found, STATED)["passive"]
    assert sum(row["used"] for row in passive["shares"]) == passive["used"]
    assert passive["used"] + passive["left"] == max(4, passive["used"])
