"""A log as static files: hash tiles, entry bundles and the checkpoint, in the C2SP tlog-tiles form.

Shapes   export_tiles(leaves, note) yields (path, bytes), the checkpoint last
Units    a full tile holds 256 hashes of its level; a partial one 1 to 255
Raises   BadProof when the leaves are not those of the checkpoint; LeafTooLong
Source   docs/PROTOCOL.md part 1, "tlog-tiles" (an export; version 1 serves none)
Never    hashes a partial tile upward, keeps more than one tile per level in memory, or yields a
         checkpoint whose leaves it has not seen
"""

import struct
from collections.abc import Iterable, Iterator
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.record.checkpoint import read_checkpoint
from openline.record.tree import EMPTY, BadProof, leaf_hash, root_of

TILE_WIDTH: Final = 256
ENTRY_BYTES_MAX: Final = 65_535
CHECKPOINT: Final = "checkpoint"
ENTRIES: Final = "entries"


class LeafTooLong(OpenlineError):
    """An entry bundle states lengths in two bytes."""

    code: ClassVar[str] = "record.leaf-too-long"
    remedy: ClassVar[str] = "Export this log without tiles; its leaves are not Openline leaves."


def export_tiles(leaves: Iterable[bytes], note: bytes) -> Iterator[tuple[str, bytes]]:
    """Every file of the log at the size of its checkpoint."""
    _, head = read_checkpoint(note)
    levels: list[list[bytes]] = [[]]
    done: list[int] = [0]
    bundle: list[bytes] = []
    frontier = EMPTY
    for index, leaf in enumerate(leaves):
        if len(leaf) > ENTRY_BYTES_MAX:
            raise LeafTooLong(f"{head.origin} entry {index}: {len(leaf)} bytes")
        bundle.append(struct.pack(">H", len(leaf)) + leaf)
        levels[0].append(leaf_hash(leaf))
        if len(bundle) == TILE_WIDTH:
            yield tile_path(ENTRIES, done[0]), b"".join(bundle)
            bundle.clear()
            frontier = frontier.extend(levels[0])
            yield from full_tiles(levels, done)
    frontier = frontier.extend(levels[0])
    if frontier.size != head.size or frontier.root != head.root:
        raise BadProof(f"{head.origin}: the leaves are not those of its head at {head.size}")
    if bundle:
        yield tile_path(ENTRIES, done[0], len(bundle)), b"".join(bundle)
    for level, hashes in enumerate(levels):
        if hashes:
            yield tile_path(str(level), done[level], len(hashes)), b"".join(hashes)
    yield CHECKPOINT, note


def full_tiles(levels: list[list[bytes]], done: list[int]) -> Iterator[tuple[str, bytes]]:
    """Yield and empty every level that is full; its root goes one level up."""
    level = 0
    while len(levels[level]) == TILE_WIDTH:
        yield tile_path(str(level), done[level]), b"".join(levels[level])
        if level + 1 == len(levels):
            levels.append([])
            done.append(0)
        levels[level + 1].append(root_of(levels[level]))
        levels[level].clear()
        done[level] += 1
        level += 1


def tile_path(level: str, number: int, width: int = TILE_WIDTH) -> str:
    """Where a tile stands: `tile/0/x001/067`, with `.p/<width>` if it is partial."""
    path = f"tile/{level}/{tile_number(number)}"
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def tile_number(number: int) -> str:
    """Groups of three digits, all but the last behind an `x`, so that no folder grows large."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))
