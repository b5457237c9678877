"""What a campaign must have reached: a fault that never happened has tested nothing.

Shapes   REACHED: name of a count -> the number of histories within which it has to occur
Units    histories
Raises   nothing
Source   measured over seeds 170 to 1000, what files do over 0 to 500: each number is at least eight
         times the mean distance between two histories that reach it, so that a miss by chance is
         one in three thousand
Never    names a count that only a broken rule raises
"""

from collections.abc import Mapping
from typing import Final

from openline.cli.simulator.faults import TRICKS

# Every fault that faults.py draws, and every point at which a process may die.
FAULTS: Final = {
    "requests lost": 60,
    "answers lost": 60,
    "requests doubled": 60,
    "answers doubled": 60,
    "requests replayed": 60,
    "answers too late": 60,
    "corrupted": 60,
    "cuts": 60,
    "crashes": 60,
    "crash at before keyring": 500,
    "crash at after keyring": 500,
    "crash at before commit": 60,
    "crash at after commit": 60,
    "crash at before anchor": 60,
    "crash at after anchor": 60,
    "restores": 60,
    "several restored at once": 60,
    "restored while cut off": 60,
    "disk full": 60,
    "journals lost": 500,
    "journals copied back": 500,
    "machines moved": 500,
    "clock jumps": 60,
    "clocks askew": 60,
    "card keys rotated": 60,
    **{f"trick {name}": 500 for name in TRICKS},
    "trick replay": 2_000,
    "trick false-reseal": 2_000,
}

# What a node must have come to, and what its people did about it.
OUTCOMES: Final = {
    "suspect at start": 60,
    "start refused store.full": 500,
    "clock unsure at start": 500,
    "clock confirmed": 500,
    "new epochs": 60,
    "said ours": 500,
    "gaps told": 500,
    "reseal allowed": 500,
    "evidence held": 500,
    "drafts numbered again after a restore": 3_000,
    "lost with the only copy": 60,
    "contents gone for good": 50_000,
    "kept in the outbox": 60,
    "outbox drained": 60,
    "prekeys rotated": 60,
    "prekeys deleted": 60,
    "former sealing keys destroyed": 60,
    "own cards recalled": 500,
    "revealed": 60,
    "files attached": 60,
    "files fetched": 60,
    "files said late": 60,
    "keys of files given": 2_000,
    "half a file at start": 500,
    "wrong bytes of files": 500,
    "files gone for good: wanted": 500,
    "shown the other history after a restore": 2_000,
    "in cases: core/acknowledge@1 received": 60,
    "in cases: core/pass-on@1 -": 60,
    "in cases: core/answer@1 under-study": 60,
    "in cases: core/answer@1 accepted": 60,
    "in cases: core/answer@1 declined": 60,
    "in cases: core/answer@1 noted-without-guarantee": 60,
    "in cases: core/reveal@1 -": 60,
    "refused store.full": 60,
    "refused envelope.bad-signature": 60,
    "refused formats.malformed": 60,
    "refused exchange.ahead": 500,
    "refused exchange.clock-unsure": 500,
    "refused exchange.entry-sealed": 500,
    "refused exchange.envelope-mismatch": 60,
    "refused exchange.forked-log": 500,
    "refused exchange.not-found": 500,
    "refused exchange.own-log": 500,
    "refused exchange.root-mismatch": 500,
    "refused exchange.stale-request": 60,
    "refused exchange.too-many": 500,
    "refused exchange.unknown-key": 60,
    "refused exchange.unknown-party": 500,
}

REACHED: Final = {**FAULTS, **OUTCOMES}


def missed(counts: Mapping[str, int], histories: int) -> list[str]:
    """What so many histories should have reached and did not."""
    due = [what for what, within in REACHED.items() if within <= histories]
    return [what for what in due if not counts.get(what)]
