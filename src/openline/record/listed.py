"""The list in an in-force digest, held against its root: what stands in it, and what does not.

Shapes   judge_list(header, fields) -> Listed, or None for an entry that is no digest
Units    indexes count entries from 0
Raises   nothing: what does not fit is `lack`, in words
Source   docs/PROTOCOL.md part 11, "In-force digest"
Never    calls a list complete that does not have the root that its officers signed
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import b64
from openline.formats.standing import BLOCKS_MAX, Standing, parse_blocks
from openline.record.shown_fields import Header
from openline.record.tree import leaf_hash, root_of

DIGEST: Final = "humanitarian/digest@"


@dataclass(frozen=True, slots=True)
class Listed:
    """What a digest shows. `lack` says why its list cannot be relied on, "" if it can."""

    as_of: str
    rows: tuple[Standing, ...]
    lack: str

    def lines(self, asked: str) -> list[str]:
        """What a reader is told; `asked` may name an entry as ORIGIN:INDEX."""
        if self.lack:
            return [f"in-force list: not shown: {self.lack}"]
        lines = [f"in-force list: complete, {len(self.rows)} notices as of {self.as_of}"]
        named = entry_named(asked)
        if named is not None:
            word = "in force" if self.holds(named) else "not in the list, so not in force"
            lines.append(f"{named[0]} entry {named[1]}: {word} as of {self.as_of}, says its author")
        return lines

    def holds(self, named: tuple[str, int]) -> bool:
        """Whether a notice stands in the list."""
        return any((row.origin, row.index) == named for row in self.rows)

    def facts(self, asked: str) -> dict[str, Value]:
        """The same for machines."""
        facts: dict[str, Value] = {"list_shown": not self.lack, "as_of": self.as_of}
        if self.lack:
            return {**facts, "list_lack": self.lack}
        facts["in_force"] = len(self.rows)
        named = entry_named(asked)
        if named is not None:
            facts["listed"] = self.holds(named)
        return facts


def entry_named(asked: str) -> tuple[str, int] | None:
    """ORIGIN:INDEX, or None for anything else."""
    origin, sign, index = asked.rpartition(":")
    return (origin, int(index)) if sign and index.isdecimal() and len(index) < 16 else None


def judge_list(header: Header) -> Listed | None:
    """The list of a digest; None for another form."""
    if not header.format.startswith(DIGEST):
        return None
    shown = {path: field.json for path, field in header.shown.items()}
    as_of = shown.get("as_of")
    if not isinstance(as_of, str):
        return Listed("", (), "its time is not shown")
    try:
        rows = parse_blocks(blocks_of(shown))
    except Malformed as fault:
        return Listed(as_of, (), str(fault))
    return Listed(as_of, rows, lack_of(rows, shown))


def blocks_of(shown: Mapping[str, Value]) -> Sequence[tuple[str, str]]:
    """The blocks that are shown, from the first without a gap."""
    blocks = []
    for number in range(1, BLOCKS_MAX + 1):
        match shown.get(f"list.{number}.origin"), shown.get(f"list.{number}.rows"):
            case str(origin), str(rows):
                blocks.append((origin, rows))
            case _:
                break
    return blocks


def lack_of(rows: Sequence[Standing], shown: Mapping[str, Value]) -> str:
    """Why the rows are not the whole list, "" if they are."""
    count = shown.get("count")
    if not isinstance(count, int) or isinstance(count, bool):
        return "its count is not shown"
    if count != len(rows):
        return f"{len(rows)} notices are shown, the digest counts {count}"
    if shown.get("root") != b64(root_of([leaf_hash(row.leaf()) for row in rows])):
        return "the list that is shown does not have the root of the digest"
    return ""
