"""What was receipted before a restore binds: nothing below it is receipted until it is held again.

Shapes   recall() refuses another history of a size that was receipted; require() refuses a receipt
         below it; lacks() says whether receipts wait
Units    sizes count entries
Raises   RootMismatch, NotCaughtUp
Source   docs/PROTOCOL.md part 8 (anchor); docs/decisions/0103-receipts-after-a-restore.md
Never    believes a shorter history but where the log's owner signed how far it goes, in the `open`
         of a later epoch, and with which root: then two histories are its own contradiction
"""

from collections.abc import Sequence

from openline.exchange.contents import disowned
from openline.exchange.logs import hello
from openline.exchange.refusals import NotCaughtUp, RootMismatch
from openline.exchange.station import Station
from openline.formats.head import Head
from openline.formats.spell import b64
from openline.record.tree import EMPTY, Frontier
from openline.store.contract import LogRow


def recall(station: Station, log: LogRow, head: Head, hashes: Sequence[bytes]) -> None:
    """Refuse another history of a log than the one that the anchor remembers from before."""
    known = station.forgotten.get(log.origin)
    if known is None or not log.size < known.size <= head.size:
        return
    frontier = Frontier(log.size, log.frontier) if log.size else EMPTY
    if frontier.extend(hashes[: known.size - log.size]).root != known.root:
        told = f"size {known.size} was receipted here with another root, before a restore"
        raise RootMismatch(f"{log.origin}: {told}")


def lacks(station: Station, log: LogRow) -> bool:
    """Whether receipts must wait: what was receipted before is not held again.

    Only the size that was receipted has a root to compare. What comes below it may be another
    history than the one that was receipted, shown to who is known to have forgotten it.
    """
    known = station.forgotten.get(log.origin)
    return known is not None and log.size < known.size and not is_told_ended(station, log)


def require(station: Station, log: LogRow) -> None:
    """No receipt for what this node cannot know to be of the history that it receipted."""
    if lacks(station, log):
        was = station.forgotten[log.origin].size
        told = f"{log.size} entries are stored, {was} were receipted here before a restore"
        raise NotCaughtUp(f"{log.origin}: {told}")


def is_told_ended(station: Station, log: LogRow) -> bool:
    """Whether later epochs of the same party name this log, and as it is held here.

    The largest size that one of them names has to be held with its root. What the log has above it
    came after it was ended, and is receipted as such (part 5.2).
    """
    named = [
        (size, root)
        for other in station.logs_of(log.line_id)
        if other.party == log.party and other.counter > log.counter
        for origin, size, root in disowned.past_rows(station, other)
        if origin == log.origin
    ]
    size, root = max(named, key=lambda each: each[0], default=(0, ""))
    return 0 < size <= log.size and b64(hello.root_at(station, log, size)) == root
