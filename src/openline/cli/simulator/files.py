"""Files that messages name, in a history: said, given in parts, and whole or missing at the end.

Shapes   Files.attach() drafts a message with files; .waits() and .check() look at the disks
Units    bytes
Raises   Violation
Source   docs/PROTOCOL.md parts 6, "Attachments", and 7; docs/decisions/0074-attachments.md
Never    asks a party what it holds: a file is held if its hashes are those of what is stored
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from openline.cases.entry import Ref
from openline.cli.simulator.observer import Observer, owner_of
from openline.cli.simulator.party import SimParty
from openline.desk.attaching import missing_rows
from openline.exchange.contents import attached
from openline.exchange.contents.attached import HELD, REFUSED, WANTED
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft
from openline.exchange.station import Station
from openline.formats.openjson import Value
from openline.formats.spell import utc

SIZES: Final = (30, 400, 1_000)
FILES_MAX: Final = 2
WRONG: Final = "attachment.wrong-digest"


@dataclass(slots=True)
class Files:
    """What was attached by whom: the sealed file's hash, and what is inside."""

    observer: Observer
    sealed: dict[bytes, bytes] = field(default_factory=dict)

    def attach(self, party: SimParty, station: Station, line_id: bytes, number: int) -> Draft:
        """An accident report with a file or two."""
        rng = self.observer.world.rng
        named: list[Value] = []
        for at in range(rng.randint(1, FILES_MAX)):
            data = f"CANARY {party.name} {number}.{at};".encode() + rng.randbytes(rng.choice(SIZES))
            found = attached.seal(station, line_id, f"{number}.{at}.bin", data)
            self.sealed[found.age] = data
            named.append(found.value())
        self.observer.world.count("files attached", len(named))
        text = f"CANARY {party.name} {number};"
        content: dict[str, Value] = {
            "subject": [{"lang": "en", "status": "original", "text": text}],
            "kind": "strayed",
            "at_time": utc(station.line_now(line_id)),
            "attachments": named,
        }
        return drafts.compose(station, line_id, "message", content, format_id="core/accident@1")

    # At the end

    def waits(self, members: Sequence[SimParty], line_id: bytes) -> str:
        """Who has not open yet a file of this line that an honest member holds; "" for nobody."""
        for party in members:
            for row in party.disk.attachments(WANTED):
                holders = [each.name for each in members if holds(each, row.hash)]
                if row.line_id == line_id and holders:
                    what = "the key of a file" if row.got == row.size else "a file"
                    return f"{party.name} waits for {what} that {holders[0]} holds"
        return ""

    def check(self, party: SimParty, station: Station) -> None:
        """Every file that an entry names is here as it was attached, or shown as missing."""
        missing = {row["sha256"] for row in missing_rows(station)}
        told = [each for each in party.disk.events("alarm", 10_000) if each.code == WRONG]
        if told:
            self.observer.world.count("wrong bytes of files", len(told))
        for log in party.disk.logs():
            for row in party.disk.entries_in_state(log.origin, "opened"):
                for each in attached.of_entry(station, log.origin, row.index):
                    self._one(party, station, Ref(log.origin, row.index), each.age, missing)

    def _one(
        self, party: SimParty, station: Station, place: Ref, digest: bytes, missing: set[str]
    ) -> None:
        """One file that one entry names."""
        world, row = self.observer.world, party.disk.attachment(digest)
        what = f"{party.name}: a file of {place}"
        if row is None:
            self.observer.fail(f"{what} is named and not known here")
        if row.state == HELD:
            data = attached.opened(station, digest)
            if self.sealed.get(digest, data) != data:
                self.observer.fail(f"{what} is not what was attached")
            world.count("files whole" if owner_of(place.origin) == party.name else "files fetched")
            return
        if owner_of(place.origin) not in self.observer.honest:
            return  # a dishonest author may name what nobody can have
        if row.state == WANTED and digest.hex() not in missing:
            self.observer.fail(f"{what} is missing and not shown as missing")
        if row.state == REFUSED:
            self.observer.fail(f"{what} is refused, whose author is honest")
        world.count(f"files gone for good: {row.state}")


def holds(party: SimParty, digest: bytes) -> bool:
    """Whether a file lies whole on a disk, and was told on it to all members."""
    row = party.disk.attachment(digest)
    if row is None or row.state != HELD:
        return False
    file = party.disk.attachment_bytes(digest, 0, row.size)
    is_told = any(is_shown for _, _, is_shown in party.disk.attachment_names(digest))
    return is_told and hashlib.sha256(file).digest() == digest
