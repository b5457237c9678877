"""What is kept beside an erased entry: how it hangs together with others, and what was found.

Shapes   bare(entry, fields) -> Entry without content; spelled(entry) -> bytes; read(entry, bytes)
Units    none
Raises   nothing: what does not read is taken as nothing kept
Source   docs/PROTOCOL.md part 11, "Erasure"
Never    keeps what a message tells: only to whom it is, what it changes and under which agreement
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from openline.cases.entry import Entry, Ref
from openline.formats.openjson import Value

BONDS: Final = ("relation", "to", "exempt", "with", "agreement")


def name_of(ref: Ref) -> str:
    """The name under which the bonds of an erased entry are stored."""
    return f"erased/{ref.origin}/{ref.index}"


def bare(entry: Entry, kept: Mapping[str, Value]) -> Entry:
    """The entry with nothing of its content but its bonds."""
    fields = {path: kept[path] for path in BONDS if path in kept}
    return replace(entry, fields=fields, hidden={}, state="erased")


def spelled(entry: Entry) -> bytes:
    """Bonds and flaws of an entry that loses its content; it cannot be judged again."""
    value = {"bonds": dict(entry.fields), "flaws": list(entry.flaws)}
    return json.dumps(value, ensure_ascii=False, sort_keys=True).encode()


def read(entry: Entry, data: bytes | None) -> Entry:
    """The entry as it was judged before its content went."""
    value = json.loads(data) if data else {"bonds": {}, "flaws": []}
    flaws = tuple(str(flaw) for flaw in value["flaws"])
    return replace(bare(entry, value["bonds"]), flaws=flaws, effect=not flaws)
