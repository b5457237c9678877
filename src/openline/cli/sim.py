"""`openline sim`: search seeded histories for faults, or show one of them as a timeline.

Shapes   data: {"histories", "events", "seconds", "per_second", "counts", "violations", "clean"}
Units    histories; virtual milliseconds in a timeline
Raises   FaultFound (exit 1) naming the seeds that show it
Source   docs/OPERATE.md, "The search for faults"
Never    needs a node: everything happens in this process and its children
"""

from typing import ClassVar

import click

from openline.cli.face import Command, Face, pairs, with_face
from openline.errors import OpenlineError


class FaultFound(OpenlineError):
    """A simulated history broke something that must always hold."""

    code: ClassVar[str] = "cli.fault-found"
    remedy: ClassVar[str] = "Show it with `openline sim --seed SEED --trace` and report the seed."


@click.command(cls=Command)
@click.option("--histories", default=2000, show_default=True, help="How many seeds to play.")
@click.option("--from", "first", default=0, show_default=True, help="The first seed.")
@click.option("--jobs", default=2, show_default=True, help="Processes that play at once.")
@click.option("--seed", type=int, help="Play this one history only.")
@click.option("--trace", is_flag=True, help="With --seed: print what happened, line by line.")
@with_face
def sim(face: Face, histories: int, first: int, jobs: int, seed: int | None, trace: bool) -> None:
    """Three parties, a network that does its worst, crashes between any two effects, restores.

    \b
    Example:  openline sim --histories 2000
              openline sim --seed 139 --trace
    """
    from openline.cli.simulator import campaign

    if seed is not None:
        _one(face, seed, trace)
        return
    with face.progress("histories", histories) as shown:
        found = campaign.run(first, histories, max(1, jobs), lambda done, _: shown(done))
    told = found.value()
    face.give("sim", told, lambda: pairs([(k, v) for k, v in told.items() if k != "violations"]))
    if found.violations:
        at, what = found.violations[0]
        raise FaultFound(f"{len(found.violations)} histories, the first is seed {at}: {what}")


def _one(face: Face, seed: int, trace: bool) -> None:
    from openline.cli.simulator.history import Stage
    from openline.cli.simulator.observer import Violation
    from openline.formats.pack import load_packs

    try:
        outcome = Stage(load_packs()).play(seed, tracing=trace)
    except Violation as violation:
        raise FaultFound(f"seed {seed}: {violation.what}") from None
    told = {
        "seed": seed,
        "events": outcome.events,
        "virtual_ms": outcome.virtual_ms,
        "counts": dict(sorted(outcome.counts.items())),
        "trace": outcome.trace,
    }
    face.give("sim-history", told, lambda: [*outcome.trace, f"seed {seed}: nothing broken"])
