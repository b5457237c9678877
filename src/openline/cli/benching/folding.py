"""`bench fold`: what a line says, computed anew from all its entries, and after one more.

Shapes   run(options, progress) -> report as JSON values
Units    seconds for all of them; milliseconds for one more
Raises   BenchFailed when not every entry is in a case
Source   docs/FIGURES.md, "Fold"
Never    counts a fold that nobody has looked at: cases are folded when they are asked for, so every
         case is asked for
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Any, Final

from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState, fold
from openline.cli.benching.exchange import BenchFailed, memory_kib, quantile
from openline.exchange.folding import reading
from openline.formats.openjson import Value
from openline.formats.pack import Packs, load_packs
from openline.formats.spell import utc

PARTIES: Final = ("a.example", "b.example")
BEGAN_S: Final = 1_900_000_000
# How many entries a case has before one more comes.
LENGTHS: Final = (6, 30, 100, 300, 1_000)

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How many messages, and how many more one at a time."""

    messages: int = 100_000
    more: int = 300


def run(options: Options, progress: Progress) -> dict[str, Any]:
    """Make the entries, fold them, fold one more at a time."""
    progress("making entries", 0, 1)
    packs, made = load_packs(), list(entries(options.messages + options.more))
    held, late = made[: options.messages], made[options.messages :]
    progress("folding", 0, 1)
    began = time.perf_counter()
    with reading.no_collecting():  # as a node reads a line
        state = fold(held, packs, PARTIES)
        seated_s = time.perf_counter() - began
        cases = state.cases
        seconds = time.perf_counter() - began
    counted = sum(len(case.entries) for case in cases)
    if counted != len(held):
        raise BenchFailed(f"{counted} of {len(held)} entries are in a case")
    progress("one more", 0, len(late))
    took = Spent()
    took.add(state, late)
    lengths: dict[str, dict[str, dict[str, float]]] = {}
    for name, say in SUBJECTS.items():
        for length in LENGTHS:
            progress(f"one more: {name} of {length} entries", 0, 1)
            spent = Spent()
            while len(spent.wall) < options.more:  # no case gets much longer than it is called
                spent.add(*long_case(packs, say, length, 1 + length // 10))
            lengths.setdefault(name, {})[str(length)] = spent.told()
    return {
        "messages": len(held),
        "cases": len(cases),
        "fold_seconds": round(seconds, 2),
        "of_which_seating": round(seated_s, 2),
        "one_more_ms": took.told(),
        "one_more_by_length_ms": lengths,
        "rss_peak_kib": memory_kib("self", "VmHWM"),
        "load": [round(each, 2) for each in os.getloadavg()],
        "cpus": os.cpu_count(),
    }


class Spent:
    """Milliseconds of each entry more, with the case that it belongs to looked at."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def add(self, state: LineState, late: list[Entry]) -> None:
        """One after the other."""
        for entry in late:
            began, before = time.perf_counter(), time.thread_time()
            state = state.extended([entry])
            if state.case(entry.ref) is None:
                raise BenchFailed(f"{entry.ref} is in no case")
            self.cpu.append(1_000 * (time.thread_time() - before))
            self.wall.append(1_000 * (time.perf_counter() - began))

    def told(self) -> dict[str, float]:
        """Median, the ninety-ninth of a hundred, worst; of processor time too, for what another
        process takes of a shared machine is none of ours."""
        return {
            "p50": round(quantile(self.wall, 0.5), 3),
            "p99": round(quantile(self.wall, 0.99), 3),
            "max": round(max(self.wall), 3),
            "cpu_p50": round(quantile(self.cpu, 0.5), 3),
            "cpu_p99": round(quantile(self.cpu, 0.99), 3),
        }


class Pens:
    """Two logs that are written in turn."""

    def __init__(self) -> None:
        self._next = dict.fromkeys(PARTIES, 0)

    def say(
        self,
        party: str,
        format_id: str,
        answer: str,
        refs: tuple[Ref, ...],
        fields: dict[str, Value],
    ) -> Entry:
        """The next entry of a party's log."""
        index = self._next[party]
        self._next[party] += 1
        ref = Ref(f"{party}/openline/bench", index)
        return Entry(
            ref, party, 1, "n", BEGAN_S + index, "message", format_id, answer, refs, fields
        )


Said = Callable[[Pens], Iterator[Entry]]


def entries(most: int) -> Iterator[Entry]:
    """Notices and what was said about them, case after case."""
    pens = Pens()
    rounds = (one_round(pens, number) for number in count())
    yield from islice(chain.from_iterable(rounds), most)


def one_round(pens: Pens, number: int) -> Iterator[Entry]:
    """One case: a visit, its reception, its answer, an amendment, and the answer to that."""
    us, them = PARTIES
    notice = pens.say(us, "core/visit@1", "-", (), visit(number))
    yield notice
    yield pens.say(them, "core/acknowledge@1", "received", (notice.ref,), {})
    yield pens.say(them, "core/answer@1", "noted-without-guarantee", (notice.ref,), {})
    amended = pens.say(us, "core/visit@1", "-", (notice.ref,), visit(number + 1))
    yield amended
    yield pens.say(them, "core/acknowledge@1", "received", (amended.ref,), {})
    yield pens.say(them, "core/answer@1", "accepted", (amended.ref,), {})


def long_case(packs: Packs, say: Said, length: int, more: int) -> tuple[LineState, list[Entry]]:
    """One case with so many entries that somebody has looked at, and the ones to come."""
    said = list(islice(say(Pens()), length + more))
    state = fold(said[:length], packs, PARTIES)
    if len(state.cases) != 1:
        raise BenchFailed(f"{len(state.cases)} cases are not one long case")
    return state, said[length:]


def rungs(pens: Pens) -> Iterator[Entry]:
    """One notice that is acknowledged again and again."""
    us, them = PARTIES
    notice = pens.say(us, "core/visit@1", "-", (), visit(0))
    yield notice
    while True:
        yield pens.say(them, "core/acknowledge@1", "received", (notice.ref,), {})


def talk(pens: Pens) -> Iterator[Entry]:
    """One notice that is amended, acknowledged, answered and asked about, all in turn."""
    us, them = PARTIES
    told = pens.say(us, "core/visit@1", "-", (), visit(0))
    yield told
    for number in count(1):
        yield pens.say(them, "core/acknowledge@1", "received", (told.ref,), {})
        yield pens.say(them, "core/answer@1", ("accepted", "declined")[number % 2], (told.ref,), {})
        question = {"subject": visit(number)["subject"]}
        asked = pens.say(them, "core/clarification@1", "-", (told.ref,), question)
        yield asked
        yield pens.say(us, "core/acknowledge@1", "received", (asked.ref,), {})
        amended = visit(number) | {"relation": "amends"}
        told = pens.say(us, "core/visit@1", "-", (told.ref,), amended)
        yield told


def accounts(pens: Pens) -> Iterator[Entry]:
    """An incident of which both sides give one account after the other."""
    us, them = PARTIES
    fields = {"subject": visit(0)["subject"]}
    told = pens.say(us, "core/incident@1", "report", (), fields)
    yield told
    while True:
        yield pens.say(them, "core/incident@1", "counter-account", (told.ref,), fields)
        yield pens.say(us, "core/incident@1", "protest", (told.ref,), fields)


SUBJECTS: Final[Mapping[str, Said]] = {"rungs": rungs, "talk": talk, "accounts": accounts}


def visit(number: int) -> dict[str, Value]:
    """The fields of one visit."""
    return {
        "subject": [{"lang": "en", "status": "original", "text": f"Visit {number}"}],
        "place": f"Mast {number}",
        "from": utc(BEGAN_S + 3_600 * number),
        "until": utc(BEGAN_S + 3_600 * (number + 2)),
        "effect": "information",
    }
