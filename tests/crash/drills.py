"""Restore drills: a real node loses its database in one of five ways, and comes back.

Each drill: the line talks; a copy is taken at some moment; the line talks on, perhaps to nobody;
the node is lost, comes back from the copy, perhaps while the others are silent; officers open a
new epoch; the line talks again. Then every copy of every log that ever existed is compared.

    python -m tests.crash.drills --drills 60 --seed 1 --report drills.json
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from openline.cli.refused import NodeRefused
from openline.exchange import start
from openline.exchange.start import read_settings, write_settings
from tests.crash.group import (
    FIRST,
    PARTIES,
    SECOND,
    VICTIM,
    Group,
    Json,
    Log,
    accused,
    group,
    history,
)

KINDS = ("copy-back", "raw", "snapshot", "clone", "empty-disk")
# Epochs a day and line are limited; a fresh group of nodes begins before that.
DRILLS_PER_GROUP = 8
PASSPHRASE = "only for drills"
TALK_MAX = 4


@dataclass
class Drill:
    """What happened in one drill, and what was found wrong."""

    number: int
    kind: str
    steps: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    copies: list[dict[str, Log]] = field(default_factory=list)
    before: dict[str, Log] = field(default_factory=dict)
    seconds: float = 0.0

    def did(self, step: str) -> None:
        self.steps.append(step)

    def value(self) -> Json:
        return {
            "drill": self.number,
            "kind": self.kind,
            "steps": self.steps,
            "wrong": self.wrong,
            "seconds": round(self.seconds, 1),
        }


class Driller:
    """Carries out the drills of one group of nodes."""

    def __init__(self, nodes: Group, rng: random.Random) -> None:
        self.nodes, self.rng = nodes, rng

    def drill(self, number: int, kind: str) -> Drill:
        """One drill from a healthy line to a healthy line."""
        found = Drill(number, kind)
        started = time.monotonic()
        if kind == "snapshot":
            self._profile("epoch-per-start")
        for party in PARTIES:
            if party not in self.nodes.up:
                self.nodes.start(party)
        self._reopen_if_asked(found)
        self._talk(found, PARTIES)
        getattr(self, f"_{kind.replace('-', '_')}")(found)
        self._come_back(found)
        self._judge(found)
        if kind == "snapshot":
            self.nodes.end(VICTIM, kill=False)
            self._profile("file")
        found.seconds = time.monotonic() - started
        return found

    # ------------------------------------------------------------------------- ways to lose a node

    def _copy_back(self, found: Drill) -> None:
        """A backup while the node works; the disk's content is put back over what is there."""
        backup = self._backup(found)
        self._go_on(found)
        self._lose(found)
        self._restore(found, backup)

    def _empty_disk(self, found: Drill) -> None:
        """Nothing is left but the backup and, kept apart, the keyring."""
        backup = self._backup(found, keyring=True)
        self._go_on(found)
        self._lose(found)
        home = self.nodes.home(VICTIM)
        shutil.rmtree(home)
        self._restore(found, backup)

    def _raw(self, found: Drill) -> None:
        """Somebody copies the data folder by hand, and puts it back by hand."""
        nodes, home = self.nodes, self.nodes.home(VICTIM)
        nodes.end(VICTIM, kill=self.rng.random() < 0.5)
        copy = nodes.folder / f"raw-{found.number}"
        shutil.copytree(home / "data", copy)
        found.did("data folder copied by hand")
        nodes.start(VICTIM)
        self._go_on(found)
        self._lose(found)
        shutil.rmtree(home / "data")
        shutil.copytree(copy, home / "data")
        found.did("data folder put back by hand")

    def _snapshot(self, found: Drill) -> None:
        """The whole folder goes back in time, anchor and all, as a volume does."""
        nodes, home = self.nodes, self.nodes.home(VICTIM)
        nodes.end(VICTIM, kill=False)
        copy = nodes.copy(VICTIM, f"snapshot-{found.number}")
        nodes.start(VICTIM)
        self._reopen_if_asked(found)
        self._go_on(found)
        self._lose(found)
        shutil.rmtree(home)
        shutil.copytree(copy, home)
        found.did("snapshot taken back: data, anchor and keys")

    def _clone(self, found: Drill) -> None:
        """A copy of the whole folder runs beside the original: it must not sign."""
        nodes = self.nodes
        nodes.end(VICTIM, kill=False)
        copy = nodes.copy(VICTIM, f"clone-{found.number}")
        nodes.start(VICTIM)
        self._talk(found, PARTIES)
        port = f"127.0.0.1:{_free()}"
        clone = nodes.nursery.launch(copy, ["serve", "--listen", port])
        try:
            told = clone.wait_ready()
            place = nodes.say(VICTIM, copy)
            found.did(f"a clone runs: receive-only {told['receive_only']}, its message at {place}")
            if place is not None:
                found.wrong.append("a cloned node numbered a message of its own")
            self._talk(found, PARTIES)
        finally:
            clone.kill()
        found.copies.append(history(copy / "data"))
        found.before = history(nodes.home(VICTIM) / "data")

    # --------------------------------------------------------------------------------------- steps

    def _backup(self, found: Drill, *, keyring: bool = False) -> Path:
        """A backup taken while messages are being written."""
        nodes = self.nodes
        folder = nodes.folder / f"backup-{found.number}"
        args = {"folder": str(folder)}
        if keyring:
            args |= {"keyring": str(folder) + ".keyring", "passphrase": PASSPHRASE}
        told: list[Json] = []
        work = threading.Thread(
            target=lambda: told.append(nodes.call(VICTIM, "backup", **args)), daemon=True
        )
        work.start()
        self._talk(found, (VICTIM,))
        work.join(60)
        found.did(f"backup of {told[0]['entries']} entries while it works")
        return folder

    def _go_on(self, found: Drill) -> None:
        """The line talks on; what the node says last may reach nobody, or one member only."""
        nodes = self.nodes
        self._talk(found, PARTIES)
        if self.rng.random() < 0.5:
            nodes.settle()
        silent = self.rng.sample((FIRST, SECOND), self.rng.choice((0, 1, 2)))
        for party in silent:
            nodes.end(party, kill=False)
        if silent:
            found.did(f"{' and '.join(silent)} stopped")
            self._talk(found, (VICTIM,))

    def _lose(self, found: Drill) -> None:
        kill = self.rng.random() < 0.5
        found.did("killed" if kill else "stopped")
        self.nodes.end(VICTIM, kill=kill)
        found.before = history(self.nodes.home(VICTIM) / "data")

    def _restore(self, found: Drill, backup: Path) -> None:
        """By the command; a fresh folder needs the keyring, which was kept apart."""
        nodes, home = self.nodes, self.nodes.home(VICTIM)
        words = ["restore", str(backup), "--yes", "--in-memory-disk"]
        keyring = Path(f"{backup}.keyring")
        if keyring.exists() and not home.exists():
            phrase = nodes.folder / "phrase"
            phrase.write_text(PASSPHRASE)
            words += ["--keyring", str(keyring), "--passphrase-file", str(phrase)]
        told = nodes.run(home, *words)
        found.did(f"restored as of {told['made']}, {len(told['newer'])} logs were longer")
        if [each.partition(" (")[0] for each in told["reopen"]] != ["bench 0"]:
            found.wrong.append("a restore did not ask for a new epoch")

    def _come_back(self, found: Drill) -> None:
        """Start, with the others up or not; say something; officers open the new epoch."""
        nodes = self.nodes
        if VICTIM not in nodes.up:
            told = nodes.start(VICTIM)
            found.did(f"started again, receive-only: {told['receive_only']}")
        self._talk(found, (VICTIM,))
        early = self.rng.random() < 0.5
        if early:
            self._reopen_if_asked(found)
            self._talk(found, (VICTIM,))
        for party in (FIRST, SECOND):
            if party not in nodes.up:
                nodes.start(party)
        nodes.call(VICTIM, "link_test", line=nodes.line)
        self._reopen_if_asked(found)
        self._take_ours(found)
        self._talk(found, PARTIES)
        self._settle(found)

    def _reopen_if_asked(self, found: Drill) -> None:
        for party in (p for p in PARTIES if p in self.nodes.up):
            if self.nodes.call(party, "status")["suspect"]:
                self.nodes.reopen(party)
                found.did(f"two officers of {party} opened a new epoch")

    def _take_ours(self, found: Drill) -> None:
        """What came to light after the new epoch is taken back when a person says *ours*."""
        events = self.nodes.call(VICTIM, "events", limit=1000)["events"]
        asked = {e["subject"] for e in events if e["code"] == "epoch.ours"}
        for origin in sorted(asked):
            self.nodes.call(VICTIM, "line_ours", origin=origin)
        if asked:
            found.did(f"{len(asked)} ends of old epochs taken back by a person's word")
            self._settle(found)

    def _settle(self, found: Drill) -> None:
        """Wait for quiet; a group that finds none is a fault of its own."""
        try:
            self.nodes.settle()
        except NodeRefused as refused:
            found.wrong.append(f"the line does not settle: {refused}")

    def _talk(self, found: Drill, parties: tuple[str, ...]) -> None:
        running = [party for party in parties if party in self.nodes.up]
        for _ in range(self.rng.randint(1, TALK_MAX)):
            self.nodes.say(self.rng.choice(running))

    def _profile(self, name: str) -> None:
        """Another anchor profile for the victim, which does not run."""
        self.nodes.end(VICTIM, kill=False)
        home = self.nodes.home(VICTIM)
        old = read_settings(home)
        write_settings(home, type(old)(**{**_fields(old), "anchor": name}))

    # --------------------------------------------------------------------------------------- judge

    def _judge(self, found: Drill) -> None:
        """No two histories of any log; everything that anybody holds is back; the rest is told."""
        nodes = self.nodes
        held = {party: history(nodes.home(party) / "data") for party in PARTIES}
        for party in PARTIES:
            found.wrong += [
                f"{party} accuses: {name}" for name in accused(nodes.home(party) / "data")
            ]
        found.wrong += forks([found.before, *found.copies, *held.values()])
        mine = held[VICTIM]
        for party in (FIRST, SECOND):
            for origin, log in held[party].items():
                here = mine.get(origin, ())
                if len(here) < len(log):
                    found.wrong.append(f"{party} holds {len(log)} of {origin}, we {len(here)}")
                closed = [i for i, (_, state) in enumerate(here) if state == "sealed"]
                if closed:
                    found.wrong.append(f"{origin}: entries {closed} are not open again")
        self._judge_gaps(found, mine)

    def _judge_gaps(self, found: Drill, mine: dict[str, Log]) -> None:
        """What was signed and is held by nobody now is named in the record, for all to see."""
        due = {
            (origin, i)
            for origin, log in found.before.items()
            if origin.startswith(VICTIM)
            for i in range(len(mine.get(origin, ())), len(log))
        }
        if found.kind in ("empty-disk", "snapshot"):
            # The anchor went too: nobody is left who knows that these were ever signed.
            found.did(f"{len(due)} entries that nobody ever received are gone with the anchor")
            return
        until_s = time.monotonic() + 20
        while True:
            missing = due - told_lost(self.nodes)
            if not missing or time.monotonic() > until_s:
                break
            time.sleep(0.2)
        if missing:
            found.wrong.append(f"lost and not told: {sorted(missing)}")
        elif due:
            found.did(f"{len(due)} lost entries told as a gap on every node")


def told_lost(nodes: Group) -> set[tuple[str, int]]:
    """Places that every node shows as lost."""
    shown = []
    for party in PARTIES:
        gaps = nodes.call(party, "line_show", line=nodes.line)["gaps"]
        shown.append({(origin, i) for origin, a, b, _, _ in gaps for i in range(a, b)})
    return set.intersection(*shown)


def forks(copies: list[dict[str, Log]]) -> list[str]:
    """Places at which two copies of one log hold different leaves."""
    found = []
    longest: dict[str, Log] = {}
    for copy in copies:
        for origin, log in copy.items():
            known = longest.get(origin, ())
            at = next((i for i, (a, b) in enumerate(zip(known, log, strict=False)) if a[0] != b[0]),
                      None)  # fmt: skip
            if at is not None:
                found.append(f"FORK: two histories of {origin} from entry {at}")
            if len(log) > len(known):
                longest[origin] = log
    return found


def _fields(settings: start.NodeSettings) -> Json:
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}


def _free() -> int:
    from tests.ports import free_port

    return free_port()


def campaign(
    count: int, seed: int, *faults: str, kinds: tuple[str, ...] = KINDS, stop_at_fault: bool = False
) -> list[Drill]:
    """So many drills, the kinds in turn; each group of nodes lives for a few of them."""
    rng = random.Random(seed)
    done: list[Drill] = []
    while len(done) < count:
        with (
            tempfile.TemporaryDirectory(prefix="drills-") as folder,
            group(Path(folder), *faults) as nodes,
        ):
            driller = Driller(nodes, rng)
            for _ in range(min(DRILLS_PER_GROUP, count - len(done))):
                done.append(driller.drill(len(done), kinds[len(done) % len(kinds)]))
                if done[-1].wrong and stop_at_fault:
                    return done
    return done


def report(done: list[Drill], seed: int) -> Json:
    """What a campaign found."""
    return {
        "schema": "openline/drills/1",
        "seed": seed,
        "drills": len(done),
        "by_kind": dict(Counter(each.kind for each in done)),
        "forks": sum(text.startswith("FORK") for each in done for text in each.wrong),
        "wrong": [each.value() for each in done if each.wrong],
        "seconds": round(sum(each.seconds for each in done), 1),
        "each": [each.value() for each in done],
    }


def main() -> int:
    """The campaign, with its report; exit 1 when anything was found wrong."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--drills", type=int, default=60)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--report", type=Path)
    options = asked.parse_args()
    # A volume's snapshot leaves no trace on the journal: the campaign must not count on one.
    done = campaign(options.drills, options.seed, "blind")
    told = report(done, options.seed)
    if options.report is not None:
        options.report.write_text(json.dumps(told, indent=1) + "\n")
    shown = {k: v for k, v in told.items() if k != "each"}
    sys.stdout.write(json.dumps(shown, indent=1) + "\n")
    return 1 if told["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
