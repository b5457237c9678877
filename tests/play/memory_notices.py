"""Notices that stand, in memory: batches, digests, consents, erasure and what was never said.

What a node works out of leaves and proofs is made here from the entries themselves: the list of a
digest by the fold, an entry's hash by its place, an absence by looking.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from openline.cases import shown
from openline.cases.entry import Entry, Ref
from openline.cases.in_force import below, in_force
from openline.cli.play.hands import Answer
from openline.exchange.folding import in_force as digests
from openline.exchange.folding.in_force import SCOPE
from openline.exchange.kept.bonds import bare
from openline.formats.openjson import Value
from openline.formats.spell import b64, utc
from openline.formats.standing import Standing, spell_blocks

if TYPE_CHECKING:
    from tests.play.memory import MemoryHands, Node

Json = dict[str, Any]


def hash_of(ref: Ref) -> bytes:
    """What stands for the leaf hash of an entry here."""
    return hashlib.sha256(f"{ref.origin} {ref.index}".encode()).digest()


def listing(
    hands: "MemoryHands", node: "Node", line: str, party: str, sizes: Mapping[str, int], at_s: int
) -> list[Standing]:
    """A party's notices in force, from the entries that this node holds."""
    state = below(hands.state(node, line), party, sizes)
    return [
        Standing(
            row.ref.origin,
            row.ref.index,
            hash_of(row.version),
            "" if row.until_s is None else utc(row.until_s),
        )
        for row in in_force(state, party, SCOPE, at_s)
    ]


def digest_fields(hands: "MemoryHands", node: "Node", line: str) -> tuple[str, Json]:
    """Class and fields of a digest of this node's own notices."""
    own = [o for o in node.logs_of(line) if o.startswith(f"{node.party}/")]
    sizes = {origin: len(node.logs[origin]) for origin in own}
    at_s = hands.now(node.party)
    rows = listing(hands, node, line, node.party, sizes, at_s)
    fields: Json = {
        "as_of": utc(at_s),
        "scope": sorted(SCOPE),
        "count": len(rows),
        "sizes": [[origin, size] for origin, size in sorted(sizes.items())],
        "root": b64(digests.root(rows)),
    }
    for number, (origin, block) in enumerate(spell_blocks(rows), 1):
        fields[f"list.{number}.origin"] = origin
        fields[f"list.{number}.rows"] = block
    before = [e for o in own for e in node.logs[o] if e.format == digests.DIGEST_FORMAT]
    if before:
        fields["previous"] = b64(hash_of(before[-1].ref))
    return (digests.IN_FORCE if rows else digests.NONE_IN_FORCE), fields


def finding(hands: "MemoryHands", node: "Node", ref: list[Any]) -> Json:
    """What this node makes of a digest."""
    entry = node.logs[ref[0]][ref[1]]
    line = node.lines[ref[0]]
    sizes = dict(shown.amounts(entry.fields, "sizes"))
    at_s = shown.time_s(entry.fields, "as_of") or 0
    rows = listing(hands, node, line, entry.party, sizes, at_s)
    ours = (b64(digests.root(rows)), len(rows))
    same = ours == (entry.fields["root"], entry.fields["count"])
    result = digests.SAME if same else digests.DIFFERS
    return {"ref": ref, "result": result, "root": ours[0], "count": ours[1]}


def consents(hands: "MemoryHands", node: "Node") -> list[Json]:
    """Every consent that others gave this node, and how many notices must end with it."""
    found = []
    for line in node.charters:
        for case in hands.state(node, line).cases:
            if case.main.name == "humanitarian/consent" and case.main.author != node.party:
                name = b64(hash_of(case.id))
                resting = resting_on(hands, node, name)
                found.append(
                    {
                        "ref": list(case.id),
                        "consent": name,
                        "stands": case.is_open,
                        "to_close": [] if case.is_open else resting,
                    }
                )
    return found


def resting_on(hands: "MemoryHands", node: "Node", consent: str) -> list[Value]:
    """This node's own notices under a consent that still stand."""
    return [
        list[Value](case.id)
        for line in node.charters
        for case in hands.state(node, line).cases
        if case.is_open
        and case.main.author == node.party
        and case.main.first.fields.get("consent") == consent
    ]


def erase(hands: "MemoryHands", node: "Node", ref: list[Any]) -> Answer:
    """The entries of a closed case without their content, at this node only."""
    state = hands.state(node, node.lines[ref[0]])
    case = state.case(Ref(*ref))
    assert case is not None and not case.is_open
    for entry in case.entries:
        node.logs[entry.ref.origin][entry.ref.index] = without_content(entry)
    return {"ref": ref, "entries": len(case.entries)}


def without_content(entry: Entry) -> Entry:
    return replace(bare(entry, entry.fields), withheld=())


def says(entry: Entry, asked: str) -> bool:
    """Whether an entry is of a form, with the value where one is asked."""
    form, _, field = asked.partition(" ")
    path, _, value = field.partition("=")
    is_form = entry.format.startswith(f"{form}@")
    return is_form and (not path or entry.fields.get(path) == value)
