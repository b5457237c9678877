"""The floor of one exchange: its durable steps and signatures alone, nothing else.

Shapes   measure(folder, rounds) -> milliseconds of each round, ascending
Units    milliseconds
Raises   what the store refuses
Source   docs/OPERATE.md, "Bench": figures are compared with this floor of the same run
Never    does more than a message must: commit, anchor and two signatures on each side, checked
"""

import hashlib
import os
import time
from pathlib import Path

from openline.envelope.keyring import new_keyring
from openline.envelope.party_keys import PartyKeys
from openline.envelope.standard import StandardSuite
from openline.formats.head import Head
from openline.formats.note import parse_signature_lines
from openline.record.checkpoint import LogKeys, open_checkpoint, verify_cosignature_pair
from openline.store.anchor import FileAnchor, machine_id
from openline.store.contract import AnchorRecord
from openline.store.folder import make_home
from openline.store.sqlite import SqliteStore

BODY_BYTES = 8192


class Side:
    """One side's durable steps."""

    def __init__(self, root: Path, party: str, *, may_forget: bool) -> None:
        home = make_home(root, memory_disk_allowed=may_forget)
        self.suite = StandardSuite()
        self.keys = PartyKeys(new_keyring(party, os.urandom), self.suite)
        self.store = SqliteStore.open(home.database, random=os.urandom)
        self.anchor = FileAnchor.open(
            home.journal, database=self.store.uuid(), machine=machine_id()
        )

    def commit(self, size: int) -> None:
        """One transaction with a body of the usual size, then the anchor."""
        body = os.urandom(BODY_BYTES)
        with self.store.write() as tx:
            tx.put_body(hashlib.sha256(body).digest(), body)
        self.anchor.append(
            [AnchorRecord("a.example/openline/x", size, bytes(32), int(time.time()))]
        )

    def close(self) -> None:
        """Close both files."""
        self.anchor.close()
        self.store.close()


def measure(folder: Path, rounds: int, *, may_forget: bool) -> list[float]:
    """The floor of `rounds` exchanges, one after the other."""
    folder.mkdir()
    sender = Side(folder / "sender", "a.example", may_forget=may_forget)
    receiver = Side(folder / "receiver", "b.example", may_forget=may_forget)
    origin = "a.example/openline/" + "a" * 52
    log_keys = LogKeys(sender.keys.vkey("log", 1, origin), sender.keys.vkey("log", 6, origin))
    receipt4, receipt6 = receiver.keys.vkey("receipt", 4), receiver.keys.vkey("receipt", 6)
    taken = []
    for n in range(1, rounds + 1):
        head = Head(origin, n, hashlib.sha256(b"%d" % n).digest())
        now_s = int(time.time())
        started = time.perf_counter()
        note = sender.keys.sign_head(head, now_s)
        sender.commit(n)
        open_checkpoint(note, log_keys, receiver.suite)
        lines = receiver.keys.cosign(head, now_s)
        receiver.commit(n)
        verify_cosignature_pair(
            head, parse_signature_lines(lines), receipt4, receipt6, sender.suite
        )
        with sender.store.write() as tx:
            tx.set_meta("receipt", lines)
        taken.append((time.perf_counter() - started) * 1000)
    sender.close()
    receiver.close()
    return sorted(taken)
