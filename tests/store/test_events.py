"""Events are bounded, and no flood of some pushes out others."""

import pytest

from openline.store.contract import EventRow, Store


def test_events_are_bounded_by_kind_and_come_newest_last(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openline.store.writing.EVENTS_OF_A_KIND_MAX", 3)
    for i in range(9):
        with store.write() as tx:
            tx.add_event(EventRow(0, i, "alarm" if i % 2 else "notice", "a.b", "code", f"text {i}"))
    assert [e.at_s for e in store.events()] == [3, 4, 5, 6, 7, 8]
    assert [e.at_s for e in store.events("alarm")] == [3, 5, 7]
    assert [e.at_s for e in store.events(limit=2)] == [7, 8]
    assert len({e.serial for e in store.events()}) == 6
    assert [e.at_s for e in store.events(limit=2, without="alarm")] == [6, 8]
    assert [e.at_s for e in store.events("alarm", without="alarm")] == [3, 5, 7]


def test_no_flood_of_events_pushes_out_an_alarm(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openline.store.writing.EVENTS_OF_A_KIND_MAX", 8)
    with store.write() as tx:
        tx.add_event(EventRow(0, 1, "alarm", "south.example", "log.forked", "two histories"))
        for i in range(30):
            tx.add_event(EventRow(0, 2 + i, "refused", "unknown", f"code-{i}", "refused"))
            tx.add_event(EventRow(0, 2 + i, "alarm", "north.example", "attachment.quota", "more"))
    kept = store.events("alarm")
    assert [(e.at_s, e.code) for e in kept[:2]] == [(1, "log.forked"), (25, "attachment.quota")]
    assert len(kept) == 8 and kept[-1].at_s == 31, "the flood forgets its own oldest"
    assert len(store.events("refused")) == 8
