"""Reading what went over the simulated wire, and what stands in an archive, with other eyes.

Shapes   bytes in, plain values out; only for bytes that an honest party made
Units    sizes count entries
Raises   whatever a wrong byte leads to: an honest party made none
Source   docs/PROTOCOL.md parts 1, 6, 7 and 8
Never    uses the parsers of formats/: a check that shares a mistake with what it checks is none
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from typing import NamedTuple

HELLO_HEAD = re.compile(rb"^head \S+ (\S+) (\d+) (\S+)$", re.MULTILINE)
# What stands in withheld fields only.
WITHHELD = re.compile(rb"WITHHELD (\S+ \d+);")


class SeenHead(NamedTuple):
    """A head as it was seen."""

    origin: str
    size: int
    root: bytes


class SeenEntry(NamedTuple):
    """An entry of a delivery as it was seen."""

    number: int
    leaf: bytes


class SeenAsk(NamedTuple):
    """Who asks what of which log; of a file its hash stands in the place of the log."""

    asker: str
    verb: str
    log: str
    number: int

    @property
    def file(self) -> bytes:
        """The hash of the file that is asked about; nothing where a log is."""
        is_file = self.verb in ("attachment", "reseal") and self.log.endswith("=")
        return base64.b64decode(self.log) if is_file else b""


def ask_of(note: bytes) -> SeenAsk:
    """The ask in a signed note."""
    lines = note.decode().split("\n")
    number = int(lines[7]) if lines[7].isdigit() else 0
    return SeenAsk(lines[1], lines[5], lines[6], number)


def head_of(note: bytes) -> SeenHead:
    """The head that a note is about."""
    origin, size, root, _ = note.split(b"\n", 3)
    return SeenHead(origin.decode(), int(size), base64.b64decode(root))


def note_of(body: bytes) -> bytes:
    """The checkpoint note in a deliver body."""
    opening = body[4 : 4 + int.from_bytes(body[:4], "big")]
    return opening.partition(b"\n\n")[2]


def entries_of(body: bytes) -> list[SeenEntry]:
    """The entries of a deliver body."""
    at = 4 + int.from_bytes(body[:4], "big")
    index = int(body[4:at].partition(b"\n")[0].removeprefix(b"old "))
    found = []
    while at < len(body):
        stop = at + 2 + int.from_bytes(body[at : at + 2], "big")
        found.append(SeenEntry(index, body[at + 2 : stop]))
        at = stop + 4 + int.from_bytes(body[stop : stop + 4], "big")
        index += 1
    return found


def heads_in(hello: bytes) -> list[SeenHead]:
    """Every head that a hello states."""
    return [
        SeenHead(origin.decode(), int(size), base64.b64decode(root))
        for origin, size, root in HELLO_HEAD.findall(hello)
    ]


def kind_of(leaf: bytes) -> str:
    """The kind of an entry."""
    return leaf[: leaf.index(b"\n")].removeprefix(b"openline/v1 ").decode()


def count_of(leaf: bytes) -> int:
    """How many fields an entry has."""
    return int(leaf.split(b"\n", 3)[2])


def body_of(leaf: bytes) -> bytes:
    """The hash of the envelope that an entry has."""
    return base64.b64decode(leaf.rsplit(b"\n", 2)[1])


def time_of(receipt: bytes) -> int:
    """The time in the first of a receipt's two lines."""
    blob = base64.b64decode(receipt.split(b"\n", 1)[0].split(b" ")[2])
    return int.from_bytes(blob[4:12], "big")


def root_of(hashes: list[bytes]) -> bytes:
    """The root over hashed leaves: the left half is the largest power of two below the count."""
    if not hashes:
        return hashlib.sha256().digest()
    while len(hashes) > 1:
        pairs = [hashes[i : i + 2] for i in range(0, len(hashes), 2)]
        # A node without a neighbour goes up as it is, which gives just that tree.
        hashes = [hashlib.sha256(b"\1" + b"".join(p)).digest() if p[1:] else p[0] for p in pairs]
    return hashes[0]


def root_of_leaves(leaves: Iterable[bytes]) -> bytes:
    """The root over the leaves of a log."""
    return root_of([hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves])


def fields_root_of(leaf: bytes) -> bytes:
    """The root over an entry's fields, as its leaf states it."""
    return base64.b64decode(leaf.split(b"\n")[3])


def root_of_lines(plaintext: bytes, count: int) -> bytes:
    """The root over the fields of an opened entry: commitments, and hashes as they stand there."""
    hashes = []
    for line in plaintext.split(b"\n", count)[:count]:
        salt, _, rest = line.partition(b"\t")
        path, _, value = rest.partition(b"\t")
        data = base64.b64decode(salt)
        if rest:
            data = hashlib.sha256(b"\0" + data + path + b"\0" + value).digest()
        hashes.append(data)
    return root_of(hashes)


class Opened(NamedTuple):
    """The lines of an archived entry: path to value where it is shown, by position otherwise.

    `withheld` are the words in them that stand in withheld fields only.
    """

    paths: list[str]
    values: list[bytes]
    withheld: tuple[bytes, ...]

    def value(self, path: str) -> object:
        """A value by its path, or None where it is not shown."""
        return json.loads(self.values[self.paths.index(path)]) if path in self.paths else None


def opened_lines(plaintext: bytes, count: int) -> Opened:
    """The first `count` lines of an opened entry."""
    paths, values = [], []
    for line in plaintext.split(b"\n", count)[:count]:
        salt, _, rest = line.partition(b"\t")
        path, _, value = rest.partition(b"\t")
        paths.append(path.decode())  # "" where there is only a hash
        values.append(value or salt)
    return Opened(paths, values, tuple(WITHHELD.findall(b"\n".join(values))))
