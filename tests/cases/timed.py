"""Lines whose forms have other rules of time than the packs: one kind of timer at a time."""

from dataclasses import replace

from openline.cases.due import Timers, due, line_dues
from openline.cases.fold import LineState, fold
from openline.cases.obligations import measures
from openline.cases.receipts import Receipts, Rows
from openline.cases.timing import Due
from openline.formats.form import Timer
from openline.formats.pack import Packs
from openline.formats.spell import parse_utc
from tests.cases.hand import PACKS, Pen


def at(spelled: str) -> int:
    """A time of February 2023, "23T06:00"."""
    return parse_utc(f"2023-02-{spelled}:00Z")


def packs_with(format_id: str, *timers: Timer) -> Packs:
    """The packs, but with these rules of time in one form and none in all others."""
    return Packs(
        tuple(
            replace(
                pack,
                formats=tuple(
                    replace(form, timers=timers if form.id == format_id else ())
                    for form in pack.formats
                ),
            )
            for pack in PACKS.packs
        )
    )


def line(packs: Packs, *writers: Pen) -> LineState:
    """The line of these logs under these forms."""
    entries = [entry for pen in writers for entry in pen.entries]
    return fold(entries, packs, [pen.party for pen in writers])


def dues(
    state: LineState, receipts: Rows | Receipts, timers: Timers, now_s: int
) -> tuple[Due, ...]:
    """Everything that is due on a line, in cases and by the calendar."""
    standing = measures(state)
    in_cases = [
        each for case in state.cases for each in due(case, receipts, timers, now_s, standing)
    ]
    return (*in_cases, *line_dues(state, receipts, timers, now_s, standing))


def held(
    pen: Pen, party: str, spelled: str, size: int = 9
) -> dict[str, list[tuple[str, int, int]]]:
    """A receipt of one party for everything that a pen has written."""
    return {pen.origin: [(f"{party}.example", size, at(spelled))]}
