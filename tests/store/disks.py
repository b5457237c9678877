"""Disks for tests: one that remembers what was written and what was synced, one that fails.

`Recorder` notes every write, truncation, sync and deletion under the name of its file, so that
`images` can rebuild what a power cut at any moment may leave. `Failing` runs a disk out of room or
into an I/O error at a chosen operation.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import apsw

STYLES = ("none", "all", "prefix", "torn")
SECTOR = 512


@dataclass(frozen=True, slots=True)
class Op:
    """One operation on one file. `what`: open, write, truncate, sync, delete or ack."""

    what: str
    file: str = ""
    offset: int = 0
    data: bytes = b""


class Recorder(apsw.VFS):
    """A VFS over the system's own that appends to `ops`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ops: list[Op] = []
        super().__init__(name, "")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return _RecordedFile(self.ops, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        self.ops.append(Op("delete", Path(filename).name, int(syncdir)))
        super().xDelete(filename, syncdir)


class _RecordedFile(apsw.VFSFile):
    def __init__(
        self, ops: list[Op], name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        super().__init__("", name, flags)
        text = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        self._ops, self._name = ops, Path(text).name
        ops.append(Op("open", self._name))

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._ops.append(Op("write", self._name, offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        self._ops.append(Op("truncate", self._name, newsize))

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._ops.append(Op("sync", self._name))


@dataclass(slots=True)
class _File:
    """What is surely on the disk (None: no such file) and what was asked since."""

    surely: bytes | None
    pending: list[Op] = field(default_factory=list)


def images(
    ops: list[Op], start: dict[str, bytes], seed: int, styles: tuple[str, ...] = STYLES
) -> Iterator[tuple[int, dict[str, bytes]]]:
    """After every operation and in every style: (entries acknowledged by then, files by name).

    none    nothing since the last sync of a file arrived
    all     everything arrived
    prefix  of each file a random number of its first operations arrived
    torn    a random choice of 512-byte sectors arrived, in any order of operations
    """
    dice = random.Random(seed)
    disk = {name: _File(data) for name, data in start.items()}
    acked = 0
    for op in ops:
        if op.what == "ack":
            acked = op.offset
            continue
        _apply(disk, op)
        for style in styles:
            found = {name: _rest(file, style, dice) for name, file in disk.items()}
            yield acked, {name: data for name, data in found.items() if data is not None}


def _apply(disk: dict[str, _File], op: Op) -> None:
    file = disk.setdefault(op.file, _File(None))
    if op.what == "sync" or (op.what == "delete" and op.offset):
        file.surely = _after(file.surely, [*file.pending, *([op] if op.what == "delete" else [])])
        file.pending = []
    elif op.what != "open" or file.surely is None:
        file.pending.append(op)


def _rest(file: _File, style: str, dice: random.Random) -> bytes | None:
    if style == "none" or not file.pending:
        return file.surely
    if style == "all":
        return _after(file.surely, file.pending)
    count = dice.randrange(len(file.pending) + 1)
    if style == "prefix":
        return _after(file.surely, file.pending[:count])
    torn: list[Op] = []
    for op in file.pending:
        if op.what == "write":
            torn += [
                Op("write", op.file, op.offset + at, op.data[at : at + SECTOR])
                for at in range(0, len(op.data), SECTOR)
                if dice.random() < 0.5
            ]
        elif dice.random() < 0.5:
            torn.append(op)
    return _after(file.surely, torn)


def _after(data: bytes | None, ops: list[Op]) -> bytes | None:
    content = None if data is None else bytearray(data)
    for op in ops:
        if op.what == "delete":
            content = None
            continue
        content = bytearray() if content is None else content
        if op.what == "write":
            content.extend(bytes(max(0, op.offset - len(content))))
            content[op.offset : op.offset + len(op.data)] = op.data
        elif op.what == "truncate":
            del content[op.offset :]
    return None if content is None else bytes(content)


class Failing(apsw.VFS):
    """A VFS whose operation number `fail_at` (and all later ones, until `heal`) raise `error`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.error: type[apsw.Error] = apsw.FullError
        self.kinds: tuple[str, ...] = ("write",)
        self.heal()
        super().__init__(name, "")

    def heal(self) -> None:
        self.left = -1
        self.count = 0
        self.failed = 0

    def fail_at(self, number: int, error: type[apsw.Error], *kinds: str) -> None:
        self.heal()
        self.left, self.error, self.kinds = number, error, kinds

    def step(self, kind: str) -> None:
        if kind in self.kinds:
            self.count += 1
            if 0 <= self.left < self.count:
                self.failed += 1
                raise self.error(f"the test's disk fails at {kind} {self.count}")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return _FailingFile(self, name, flags)

    def excepthook(self, *_: object) -> bool:
        """The error reaches the caller of the database; it need not be printed as well."""
        return True


class _FailingFile(apsw.VFSFile):
    def __init__(
        self, disk: Failing, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        super().__init__("", name, flags)
        self._disk = disk

    def xWrite(self, data: bytes, offset: int) -> None:
        self._disk.step("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        self._disk.step("sync")
        super().xSync(flags)

    def xTruncate(self, newsize: int) -> None:
        self._disk.step("truncate")
        super().xTruncate(newsize)

    def excepthook(self, *_: object) -> bool:
        """As above."""
        return True
