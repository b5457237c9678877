"""Group commit: what waits together is numbered together, and nothing that waits is lost."""

import asyncio
import sys
import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.store.contract import OutcomeUnknown
from openline.watch import poster as module
from openline.watch.lane import Lane, LaneBusy
from openline.watch.poster import Poster

LINE = bytes(32)


def draft(name: str, kind: str = "message", line: bytes = LINE) -> Any:
    """A released draft as the poster looks at it."""
    return SimpleNamespace(id=name.encode(), line_id=line, kind=kind)


class Record:
    """Stands for the exchange: numbers what it is given and remembers the batches."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.refused: set[bytes] = set()
        self.before = lambda: None

    def post(self, station: object, drafts: Sequence[Any]) -> tuple[Ref | None, ...]:
        """One commit, or a refusal of the whole batch."""
        self.before()
        if any(each.id in self.refused for each in drafts):
            raise OpenlineError("refused")
        start = sum(len(batch) for batch in self.batches)
        self.batches.append([each.id for each in drafts])
        return tuple(Ref("log", start + i) for i in range(len(drafts)))


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Record:
    """The exchange behind the poster."""
    kept = Record()
    monkeypatch.setattr(module.post, "post", kept.post)
    return kept


async def posted(drafts: list[Any]) -> list[Any]:
    """Post all drafts at once; their places or the refusals."""
    lane = Lane()
    poster = Poster(SimpleNamespace(), lane, lambda: None)  # type: ignore[arg-type]
    task = asyncio.create_task(poster.run())
    found = await asyncio.gather(*(poster.post(d) for d in drafts), return_exceptions=True)
    task.cancel()
    lane.close()
    return list(found)


def test_drafts_that_wait_together_are_one_commit_in_their_order(record: Record) -> None:
    places = asyncio.run(posted([draft(str(n)) for n in range(100)]))
    assert [place.index for place in places] == list(range(100))
    assert len(record.batches) < 5


def test_a_refused_draft_does_not_take_the_others_of_its_batch_with_it(record: Record) -> None:
    record.refused = {b"3"}
    places = asyncio.run(posted([draft(str(n)) for n in range(8)]))
    assert isinstance(places[3], OpenlineError)
    assert sum(isinstance(place, Ref) for place in places) == 7


def test_drafts_of_two_lines_never_share_a_batch(record: Record) -> None:
    drafts = [draft(str(n), line=bytes([n % 2]) * 32) for n in range(40)]
    asyncio.run(posted(drafts))
    for batch in record.batches:
        assert len({int(name) % 2 for name in batch}) == 1


def test_what_is_added_while_a_batch_is_taken_is_not_overwritten(record: Record) -> None:
    """The lane's thread takes while the event loop adds: a lost draft would wait for ever."""

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    async def run() -> int:
        lane = Lane()
        poster = Poster(SimpleNamespace(), lane, lambda: None)  # type: ignore[arg-type]
        task = asyncio.create_task(poster.run())
        waiting = []
        for n in range(4000):
            waiting.append(
                asyncio.create_task(poster.post(draft(str(n), line=bytes([n % 3]) * 32)))
            )
            if n % 7 == 0:
                await asyncio.sleep(0)
        done, _ = await asyncio.wait(waiting, timeout=10)
        task.cancel()
        lane.close()
        return sum(isinstance(each.exception(), LaneBusy) or not each.exception() for each in done)

    try:
        assert asyncio.run(run()) == 4000
    finally:
        sys.setswitchinterval(before)


def test_more_than_may_wait_is_refused_and_nothing_of_it_is_taken(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 10)
    gate = threading.Event()
    record.before = lambda: gate.wait(5) and None

    async def run() -> list[Any]:
        asyncio.get_running_loop().call_later(0.05, gate.set)
        return await posted([draft(str(n)) for n in range(30)])

    found = asyncio.run(run())
    refused = [each for each in found if isinstance(each, LaneBusy)]
    assert len(refused) == 20
    assert sum(len(batch) for batch in record.batches) == 10


def test_after_a_fault_that_nobody_foresaw_nobody_waits_for_ever(record: Record) -> None:
    def break_down() -> None:
        record.before = lambda: None
        raise RuntimeError("not foreseen")

    record.before = break_down

    async def run() -> Any:
        lane = Lane()
        poster = Poster(SimpleNamespace(), lane, lambda: None)  # type: ignore[arg-type]
        task = asyncio.create_task(poster.run())
        waiting = asyncio.create_task(poster.post(draft("1")))
        with pytest.raises(RuntimeError):
            await task
        again = asyncio.create_task(poster.run())  # what watch/duty.py does with a fallen duty
        with pytest.raises(OutcomeUnknown):
            await asyncio.wait_for(waiting, 5)
        assert await asyncio.wait_for(poster.post(draft("2")), 5) == Ref("log", 0)
        again.cancel()
        lane.close()

    asyncio.run(run())
