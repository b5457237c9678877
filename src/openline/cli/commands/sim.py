"""`openline sim`: search seeded histories for faults, or show one of them as a timeline.

Shapes   data: {"histories", "restored", "events", "seconds", "per_second", "counts", "missed",
         "violations", "clean"}; with --seed: {"seed", "events", "virtual_ms", "counts", "trace",
         "broken"}
Units    histories; virtual milliseconds in a timeline
Raises   FaultFound (exit 1) naming the seeds that show it; NotReached (exit 1)
Source   docs/OPERATE.md, "The search for faults"
Never    needs a node: everything happens in this process and its children
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

import click

from openline.cli.face import Command, Face, pairs, with_face
from openline.errors import OpenlineError

if TYPE_CHECKING:
    from openline.cli.simulator.campaign import Campaign

LINES_OF_PROGRESS = 10


class FaultFound(OpenlineError):
    """A simulated history broke something that must always hold."""

    code: ClassVar[str] = "cli.fault-found"
    remedy: ClassVar[str] = "Show it with `openline sim --seed SEED --trace` and report the seed."


class NotReached(OpenlineError):
    """A campaign of this size should have met a fault or an outcome that it never met."""

    code: ClassVar[str] = "cli.not-reached"
    remedy: ClassVar[str] = "Whatever draws it draws it no more: mend the simulator, not the list."


@click.command(cls=Command)
@click.option("--histories", default=2000, show_default=True, help="How many seeds to play.")
@click.option("--drills", type=int, help="Play so many restore drills instead.")
@click.option("--from", "first", default=0, show_default=True, help="The first seed.")
@click.option("--jobs", type=int, help="Processes that play at once (default: one per core).")
@click.option("--seed", type=int, help="Play this one history only.")
@click.option("--trace", is_flag=True, help="With --seed: print what happened, line by line.")
@with_face
def sim(
    face: Face,
    histories: int,
    drills: int | None,
    first: int,
    jobs: int | None,
    seed: int | None,
    trace: bool,
) -> None:
    """Three parties, a network that does its worst, crashes between any two effects, restores.

    In a restore drill all three are honest and older copies are put back, of one or of several.

    \b
    Example:  openline sim --histories 2000
              openline sim --seed 139 --trace
              openline sim --drills 1000
    """
    from openline.cli.simulator import campaign

    if seed is not None:
        _one(face, seed, trace, is_drill=drills is not None)
        return
    count = histories if drills is None else drills
    cores = jobs or os.cpu_count() or 1
    with face.progress("histories", count) as shown:
        tell = _tenths(face)

        def progress(so_far: "Campaign", count: int) -> None:
            shown(so_far.histories)
            tell(so_far, count)

        found = campaign.run(first, count, max(1, cores), progress, is_drill=drills is not None)
    flaw: OpenlineError | None = None
    if found.violations:
        at, what = found.violations[0]
        broken = f"{len(found.violations)} of {found.histories} histories, the first is seed {at}"
        flaw = FaultFound(f"{broken}: {what}. Again: {campaign.replay(at, found.is_drill)}")
    elif found.missed:
        flaw = NotReached(f"{found.histories} histories without: {', '.join(found.missed)}")
    face.give("sim", found.value(), lambda: _lines(found), flaw)


def _lines(found: "Campaign") -> list[str]:
    """A campaign for people: what was reached how often, and every seed that broke something."""
    told = found.value()
    rows = [
        (name, told[name]) for name in ("histories", "restored", "events", "seconds", "per_second")
    ]
    broken = [f"seed {seed}: {what}" for seed, what in found.violations]
    return [*pairs([*rows, *sorted(found.counts.items())]), *broken]


def _tenths(face: Face) -> "Callable[[Campaign, int], None]":
    """A line on stderr at every tenth of the way, for a log that nobody watches."""
    due = 1

    def tell(so_far: "Campaign", count: int) -> None:
        nonlocal due
        if face.settings.is_on("quiet") or sys.stderr.isatty():
            return
        if so_far.histories * LINES_OF_PROGRESS >= due * count:
            due = so_far.histories * LINES_OF_PROGRESS // count + 1
            broken = f"{len(so_far.violations)} broken"
            click.echo(f"{so_far.histories} of {count} histories, {broken}", err=True)

    return tell


def _one(face: Face, seed: int, trace: bool, *, is_drill: bool) -> None:
    from openline.cli.simulator.history import Stage
    from openline.cli.simulator.observer import Violation
    from openline.formats.pack import load_packs

    broken = ""
    try:
        history = Stage(load_packs()).history(seed, tracing=trace, drill=is_drill)
    except Violation as violation:
        raise FaultFound(f"before any fault: {violation.what}") from None
    try:
        history.run()
    except Violation as violation:
        broken = violation.what
    world = history.world
    told = {
        "seed": seed,
        "events": world.events,
        "virtual_ms": world.now_ms,
        "counts": dict(sorted(world.counts.items())),
        "trace": world.trace,
        "broken": broken,
    }
    last = f"seed {seed}: {broken or 'nothing broken'}"
    flaw = FaultFound(last) if broken else None
    face.give("sim-history", told, lambda: [*world.trace, last], flaw)
