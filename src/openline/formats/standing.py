"""The list of what is in force: one line per notice, sorted, in blocks that fit into fields.

Shapes   Standing <-> one line; spell_blocks(rows) <-> [(origin, block)...]; parse_blocks is strict
Units    `index` counts entries from 0; `until` is RFC 3339 UTC text, "" for no end
Raises   Malformed
Source   docs/PROTOCOL.md part 11, "In-force digest"; domain practice of in-force bulletins
Never    says what a notice is about: a row names an entry, its version and its end
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from openline.formats.malformed import Malformed
from openline.formats.spell import HASH_SIZE, b64, parse_int, parse_utc, unb64

WHAT: Final = "in-force list"
ROWS_IN_BLOCK: Final = 200
# Beyond this a digest carries its root alone, and the list goes by file.
ROWS_MAX: Final = 3_000
BLOCKS_MAX: Final = 150
NO_END: Final = "-"


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """A notice that stands: where it is, the leaf hash of its latest version, until when."""

    origin: str
    index: int
    version: bytes
    until: str = ""

    def row(self) -> str:
        """Its line within a block, where the log is known."""
        return f"{self.index} {b64(self.version)} {self.until or NO_END}\n"

    def leaf(self) -> bytes:
        """What the tree of the list is made of."""
        return f"{self.origin} {self.row()}".encode()


def spell_blocks(rows: Iterable[Standing]) -> list[tuple[str, str]]:
    """Blocks of rows, each with its log, in the order of the list."""
    blocks = []
    for origin, group in groupby(sorted(rows), key=lambda each: each.origin):
        of_log = list(group)
        for start in range(0, len(of_log), ROWS_IN_BLOCK):
            part = of_log[start : start + ROWS_IN_BLOCK]
            blocks.append((origin, "".join(row.row() for row in part)))
    return blocks


def parse_blocks(blocks: Sequence[tuple[str, str]]) -> tuple[Standing, ...]:
    """The list that blocks spell; refuses any other order or spelling than `spell_blocks` has."""
    if len(blocks) > BLOCKS_MAX:
        raise Malformed(WHAT, f"more than {BLOCKS_MAX} blocks")
    rows = tuple(_row(origin, line) for origin, text in blocks for line in _lines(text))
    if spell_blocks(rows) != list(blocks):
        raise Malformed(WHAT, "not sorted, or not divided as it should be")
    if len({(row.origin, row.index) for row in rows}) != len(rows):
        raise Malformed(WHAT, "a notice stands in it twice")
    return rows


def _lines(text: str) -> list[str]:
    *lines, rest = text.split("\n")
    if rest or not lines or len(lines) > ROWS_IN_BLOCK:
        raise Malformed(WHAT, f"a block is not 1 to {ROWS_IN_BLOCK} whole lines")
    return lines


def _row(origin: str, line: str) -> Standing:
    words = line.split(" ")
    if len(words) != 3:
        raise Malformed(WHAT, "a row is not index, version and end")
    index, version, until = words
    if until != NO_END:
        parse_utc(until)
    row = Standing(
        origin,
        parse_int(index, what=WHAT),
        unb64(version, HASH_SIZE, what=WHAT),
        "" if until == NO_END else until,
    )
    if row.row() != f"{line}\n":
        raise Malformed(WHAT, "a row is not in its canonical spelling")
    return row
