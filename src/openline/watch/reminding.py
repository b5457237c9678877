"""Reminders: each is told once, whatever restarts and clocks do, and wakes whoever has the watch.

Shapes   Reminding.pass_() -> how many were told; Reminding.run() for ever
Units    a pass every second; what a line's state is made of is looked at anew once a minute
Raises   nothing out of the task
Source   docs/cases.md, "Reminders"; docs/decisions/0010
Never    decides what is due: cases/reminders.py does. Never tells by a clock that is not sure, and
         never forgets: the mark that a reminder was told, the event that tells it and the wake-up
         that is owed for it are one transaction
"""

import asyncio
import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from openline.cases.precedence import FLASH, highest
from openline.cases.reminders import Reminder
from openline.errors import OpenlineError
from openline.exchange.carried import early
from openline.exchange.folding import timetable
from openline.exchange.kept import alarms
from openline.exchange.logs import clocks
from openline.exchange.membership import invited, lines
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.openjson import Value
from openline.store.contract import EventRow, Tx
from openline.watch.lane import Lane
from openline.watch.waking import ACTUAL, Wake, Waker

PASS_S: Final = 1.0
PLAN_S: Final = 60
REST_TIMES: Final = 20
# A clock may step back so far without having told too early: the jump that alarms is no smaller.
STEP_S: Final = clocks.MOVED_MAX_S
BATCH_MAX: Final = 256
OWED: Final = "watch/wake"
LOOKED: Final = "watch/alarms"
HELD: Final = "watch.reminders-held"


@dataclass(slots=True)
class Plan:
    """The reminders of one line as they were worked out from one state, with what was told."""

    state: object
    receipts: int
    made_s: int
    rests_until_s: int
    reminders: tuple[Reminder, ...] = ()
    told: dict[str, int] = field(default_factory=dict)


class Reminding:
    """The reminders of a node. Everything but the waking happens on the lane."""

    def __init__(self, station: Station, lane: Lane, hook: str) -> None:
        self._station, self._lane, self._waker = station, lane, Waker(hook)
        self._plans: dict[bytes, Plan] = {}
        self._has_told_doubt = False
        self._complains_s = 0
        self._alarmed = -1

    async def run(self) -> None:
        """Passes for ever; ended by cancelling its task."""
        while True:
            try:
                await self._lane.run(self.pass_)
                await self._wake()
            except OpenlineError as fault:
                await self._lane.run(self._refused, fault)
            await asyncio.sleep(PASS_S)

    def _refused(self, fault: OpenlineError) -> None:
        """What could not be told, because the disk is full for one, is told at the next pass."""
        mono_s = self._station.clock.mono_s()
        if mono_s >= self._complains_s:
            self._complains_s = mono_s + PLAN_S
            with contextlib.suppress(OpenlineError):
                self._station.note_event("alarm", "reminders", fault.code, str(fault))

    def pass_(self) -> int:
        """Tell every reminder whose time has come and that was not told; how many these were."""
        station = self._station
        self._wake_for_alarms()
        if not clocks.is_sure(station):
            self._hold()
            return 0
        self._has_told_doubt = False
        return sum(
            self._tell_line(row.line_id)
            for row in station.lines()
            if lines.is_open(station, row.line_id) and not invited.is_declined(station, row.line_id)
        )

    def _hold(self) -> None:
        """A clock that jumped would tell everything at once, or nothing for a year."""
        if not self._has_told_doubt:
            why = "the clock is not sure: reminders wait until somebody confirms it"
            with self._station.store.write() as tx:
                self._station.tell(tx, "alarm", "reminders", HELD, why)
                self._owe(tx, Counter({"actual_immediate": 1}))
            self._has_told_doubt = True

    def _tell_line(self, line_id: bytes) -> int:
        station, plan = self._station, self._plan(line_id)
        now_s = station.line_now(line_id)
        self._take_back(plan, line_id, now_s)
        ripe = [r for r in plan.reminders if r.at_s <= now_s and r.key not in plan.told]
        for start in range(0, len(ripe), BATCH_MAX):
            batch = ripe[start : start + BATCH_MAX]
            with station.store.write() as tx:
                for each in batch:
                    tx.set_meta(_mark(line_id, each), b"%d" % each.at_s)
                    station.tell(
                        tx,
                        "reminder",
                        line_id.hex(),
                        f"watch.{each.point}",
                        said(each, station.number(each.entry)),
                    )
                status = station.charter(line_id).status
                self._owe(tx, Counter(f"{status}_{each.level or 'routine'}" for each in batch))
            plan.told.update({each.key: each.at_s for each in batch})
        return len(ripe)

    def _take_back(self, plan: Plan, line_id: bytes, now_s: int) -> None:
        """What was told by a clock that stood ahead will be told again when its time comes."""
        early = [r for r in plan.reminders if plan.told.get(r.key) and r.at_s > now_s + STEP_S]
        if early:
            with self._station.store.write() as tx:
                for each in early:
                    tx.set_meta(_mark(line_id, each), b"")
            for each in early:
                del plan.told[each.key]

    def _plan(self, line_id: bytes) -> Plan:
        """The reminders of a line, worked out anew only when what they are made of changed."""
        station, held = self._station, self._plans.get(line_id)
        now_s, mono_s = station.line_now(line_id), station.clock.mono_s()
        if held is not None:
            is_same = (
                held.state is station.states.get(line_id)
                and held.receipts == station.receipts_seen
                and abs(now_s - held.made_s) < PLAN_S
            )
            if is_same or mono_s < held.rests_until_s:
                return held
        found = timetable.reminders_of(station, line_id)
        before = {} if held is None else held.told
        told = {}
        for each in found:
            at_s = before.get(each.key) or int(station.store.meta(_mark(line_id, each)) or b"0")
            if at_s:
                told[each.key] = at_s
        # A long line is not looked at again before twenty times as long as the look took.
        rests_s = (station.clock.mono_s() - mono_s) * REST_TIMES
        plan = Plan(
            station.states.get(line_id), station.receipts_seen, now_s, mono_s + rests_s, found, told
        )  # fmt: skip
        self._plans[line_id] = plan
        return plan

    def _wake_for_alarms(self) -> None:
        """Grave alarms of the node that were told since the last look wake somebody, once each.

        The mark and what is owed are one transaction: no crash wakes twice, or not at all.
        """
        station = self._station
        if station.alarmed == self._alarmed:
            return
        counted = station.alarmed
        after = int(station.store.meta(LOOKED) or b"0")
        rows = list(alarms.to_wake(station, after))
        if rows:
            urgencies = Counter(urgency_of(station, row) for row in rows)
            with station.store.write() as tx:
                tx.set_meta(LOOKED, b"%d" % rows[-1].serial)
                self._owe(tx, urgencies)
        self._alarmed = counted

    # ---- waking ------------------------------------------------------------------------------

    def _owe(self, tx: Tx, more: Counter[str]) -> None:
        """Somebody has to be woken for these: remembered until the hook has run."""
        if self._waker.is_set:
            owe(tx, more)

    async def _wake(self) -> None:
        """Run the hook for what is owed; what it was run for is no longer owed."""
        owed = await self._lane.run(lambda: _counted(self._station.store.meta(OWED)))
        if owed and not self._waker.is_set:
            await self._lane.run(self._settle, owed)  # nobody is to be woken at this node
        if not owed or not self._waker.may_try():
            return
        done: Counter[str] = Counter()
        for status in sorted({name.partition("_")[0] for name in owed}):
            mine = {n: count for n, count in owed.items() if n.partition("_")[0] == status}
            level = highest(name.partition("_")[2] for name in mine)
            fault = await self._waker.wake(Wake(level, sum(mine.values()), status))
            if fault:
                await self._lane.run(self._tell_fault, fault)
                break
            done.update(mine)
        await self._lane.run(self._settle, done)

    def _tell_fault(self, fault: str) -> None:
        self._station.note_event("alarm", "wake-up", "watch.hook-failed", fault)

    def _settle(self, done: Counter[str]) -> None:
        if done:
            with self._station.store.write() as tx:
                left = _counted(tx.meta(OWED)) - done
                tx.set_meta(OWED, openjson.encode({**left}) if left else b"")


def owe(tx: Tx, more: Counter[str]) -> None:
    """Somebody has to be woken: counts by status and level, kept until the hook has run."""
    owed = _counted(tx.meta(OWED))
    owed.update(more)
    tx.set_meta(OWED, openjson.encode({**owed}))


def urgency_of(station: Station, row: EventRow) -> str:
    """Status and precedence by which an alarm of the node wakes: what is read early wakes as what
    it says of itself, anything else at once."""
    line, _ = alarms.about(station, row.subject)
    status = station.charter(bytes.fromhex(line)).status if line else ACTUAL
    level = "immediate"
    if row.code == "early.held" and FLASH in early.levels(station, line):
        level = FLASH
    return f"{status}_{level}"


def said(each: Reminder, number: str) -> str:
    """A reminder in words that say nothing of what the message is about."""
    step = f" {each.step}" if each.point == "escalate" else ""
    rule = f" by {each.rule}" if each.rule else ""
    level = f", {each.level}" if each.level else ""
    return f"{each.point}{step}{rule}: {each.kind} from {each.party}, number {number}{level}"


def _mark(line_id: bytes, each: Reminder) -> str:
    return f"reminded/{line_id.hex()[:16]}/{each.key}"


def _counted(data: bytes | None) -> Counter[str]:
    """What is owed, as it was kept."""
    value: Value = openjson.decode(data) if data else {}
    pairs = value.items() if isinstance(value, dict) else ()
    return Counter({name: count for name, count in pairs if isinstance(count, int)})
