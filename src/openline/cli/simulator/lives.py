"""Crashes, restores and other disasters of parties, and their coming back.

Shapes   Lives.crashed() and .reboot(); .begin() schedules disasters for a party
Units    virtual milliseconds
Raises   nothing
Source   RELIABILITY parts 2 and 3; docs/PROTOCOL.md part 8 (anchor, clock)
Never    does to a party what the stated fault model excludes: a block-level snapshot of database
         and journal together
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from openline.cli.simulator.network import Network
from openline.cli.simulator.observer import Observer
from openline.cli.simulator.party import SimParty
from openline.cli.simulator.world import SimulatedCrash, World
from openline.errors import OpenlineError
from openline.exchange.contents.attached import WANTED

DOWN_MS = 4_000
DRILL_MS = 10_000
JUMPS_S = (-86_400 * 400, -86_400, -3_600, -301, 301, 3_600, 86_400, 86_400 * 15, 86_400 * 400)
Look = Callable[[SimParty], None]


@dataclass(slots=True)
class Lives:
    """Who is up, who is down, and what happens to disks, journals, machines and clocks."""

    world: World
    observer: Observer
    parties: dict[str, SimParty]
    network: Network
    before_restore: Look
    _drill: Callable[[], None] | None = None

    def crashed(self, party: SimParty, where: str) -> None:
        """A process died; it comes back after a while."""
        world = self.world
        world.say(f"{party.name} dies {where}")
        world.count("crashes")
        party.crash()
        self.network.stop(party)
        world.later(world.rng.randint(10, DOWN_MS), lambda: self.reboot(party))

    def reboot(self, party: SimParty) -> None:
        """Start a node on what is there, which may be less than there was."""
        if party.station is not None:
            return
        faults = self.world.faults
        if party.life.copies and self.world.chance(faults.restore):
            self.restore(party)
        if self.world.chance(faults.anchor_lost):
            self.world.count("journals lost")
            self.world.say(f"{party.name} has lost its journal")
            party.lose_journal()
            self.observer.unremembered(party)
        if self.world.chance(faults.moved):
            self.world.count("machines moved")
            self.world.say(f"{party.name} starts on another machine")
            party.move()
            self.observer.unremembered(party)
        held = len(party.disk.cards(party.name))
        try:
            station = party.boot()
        except SimulatedCrash as crash:
            self.crashed(party, str(crash))
            return
        except OpenlineError as refused:
            self.world.count(f"start refused {refused.code}")
            self.world.later(DOWN_MS, lambda: self.reboot(party))
            return
        if station.suspect:
            self.world.count("suspect at start")
        if len(station.cards(party.name)) > held:
            self.world.count("own cards recalled")
        if station.clock_unsure:
            self.world.count("clock unsure at start")
        if any(0 < row.got < row.size for row in party.disk.attachments(WANTED)):
            self.world.count("half a file at start")
        self.world.say(f"{party.name} starts; suspect lines: {len(station.suspect)}")
        self.network.start(party)

    def restore(self, party: SimParty) -> None:
        """A backup is put in the place of the database."""
        self.world.count("restores")
        self.world.say(f"{party.name} is restored from an older copy")
        self.before_restore(party)
        copy = party.restore_copy()
        self.observer.restored(self.parties, party)
        if self.world.chance(self.world.faults.copied_back):
            self.world.count("journals copied back")
            self.world.say(f"the journal of {party.name} is put back with it")
            party.copy_journal_back(copy)
            self.observer.unremembered(party)
        if self.network.rogue is not None:
            self.network.rogue.turn(party.name)

    def drill(self) -> None:
        """Everybody has a copy, and at some moment one or several are put back."""
        party = self.world.rng.choice(list(self.parties.values()))
        others = [name for name in self.parties if name != party.name]
        for each in self.parties.values():
            each.take_copy()
        self._drill = partial(self._restore_several, party, others)
        self.world.later(self.world.rng.randint(1, DRILL_MS), self.drill_now)

    def drill_now(self) -> None:
        """Put the copies of a drill back, once: at the latest when a crowded history is over."""
        drill, self._drill = self._drill, None
        if drill is not None:
            drill()

    # Disasters

    def begin(self, party: SimParty) -> None:
        """Disasters that befall one party."""

        def once() -> None:
            if not self.world.healing:
                self._disaster(party)
                self.world.later(self.world.rng.randint(300, 2_000), once)

        self.world.later(self.world.rng.randint(1, 2_000), once)

    def _disaster(self, party: SimParty) -> None:
        world, faults = self.world, self.world.faults
        others = [name for name in self.parties if name != party.name]
        if world.chance(faults.cut * 10):
            world.cut ^= {frozenset((party.name, world.rng.choice(others)))}
            world.count("cuts")
        if world.chance(faults.clock_jump):
            self._jump(party)
        if world.chance(faults.restore_many):
            self._restore_several(party, others)

    def _jump(self, party: SimParty) -> None:
        """A clock is set wrong, and set right again after a while."""
        world = self.world
        party.clock.off_s = world.rng.choice(JUMPS_S)
        world.count("clock jumps")
        world.say(f"the clock of {party.name} jumps by {party.clock.off_s} s")

        def right() -> None:
            party.clock.off_s = 0
            world.say(f"the clock of {party.name} is right again")

        world.later(world.rng.randint(1, 30_000), right)

    def _restore_several(self, party: SimParty, others: Sequence[str]) -> None:
        """Several parties go back at once, or one while it cannot reach the others."""
        world = self.world
        struck = [party]
        if world.rng.random() < 0.5:
            world.count("restored while cut off")
            for name in others:
                world.cut.add(frozenset((party.name, name)))
            world.later(
                world.rng.randint(1_000, 20_000),
                lambda: world.cut.difference_update(
                    [frozenset((party.name, name)) for name in others]
                ),
            )
        else:
            struck += [self.parties[name] for name in others if world.rng.random() < 0.7]
            world.count("several restored at once")
        for each in struck:
            if each.life.copies and each.name in self.observer.honest:
                if each.station is not None:
                    each.crash()
                    self.network.stop(each)
                    world.later(world.rng.randint(10, DOWN_MS), partial(self.reboot, each))
                self.restore(each)
