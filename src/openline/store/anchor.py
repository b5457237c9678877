"""What was signed, remembered outside the database: a restored database cannot hide it.

Shapes   FileAnchor.open(path, database, machine) implements contract.Anchor; `encode`, `parse_line`
Units    times are unix seconds UTC; database and machine ids are 16 bytes
Raises   AnchorFailed, StoreFull; Malformed from `parse_line`
Source   docs/PROTOCOL.md part 8 (anchor)
Never    changes a line that was written. A line that is not whole at the end was never
         acknowledged and is dropped, and said; a damaged line elsewhere makes the journal stale

A line: `<unix time> <database> <machine> head <size> <root> <origin> <check>` or
`<unix time> <database> <machine> at <check>`; check = first 8 hex digits of the SHA-256 of what
stands before it. An `at` line says when the file itself was last written, where no head says it.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final, Self

from openline.errors import OpenlineError
from openline.formats.malformed import Malformed
from openline.formats.spell import b64, check_int, check_key_name, parse_int, unb64
from openline.store.contract import NEVER_AGAIN, AnchorRecord, StoreFull
from openline.store.durable import named_os, naming, replace_file, sync_folder, write_all

ID_BYTES: Final = 16
LINE_BYTES_MAX: Final = 400
COMPACT_ABOVE_BYTES: Final = 4 * 1024 * 1024
# The file's own change time may run this far behind or ahead of the clock of a record.
STALE_AFTER_S: Final = 2
_CHECK_DIGITS: Final = 8
_MACHINE_FILES: Final = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))


class AnchorFailed(OpenlineError):
    """The journal could not be made durable: the heads of this step must not leave the node."""

    code: ClassVar[str] = "store.anchor-failed"
    remedy: ClassVar[str] = "Look at the volume of the anchor, then restart the node."


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal; without a head it only says when the file was written."""

    time_s: int
    database: bytes
    machine: bytes
    size: int = 0
    root: bytes = b""
    origin: str = ""

    @property
    def key(self) -> tuple[bytes, bytes, str]:
        return (self.database, self.machine, self.origin)

    @property
    def record(self) -> AnchorRecord:
        return AnchorRecord(self.origin, self.size, self.root, self.time_s)


@dataclass(slots=True)
class Content:
    """What a journal says: each log's largest head, the logs that were ended, its flaws."""

    largest: dict[tuple[bytes, bytes, str], Line] = field(default_factory=dict)
    ended: dict[tuple[bytes, bytes, str], Line] = field(default_factory=dict)
    last: Line | None = None
    machines: dict[bytes, bytes] = field(default_factory=dict)
    damaged: list[int] = field(default_factory=list)
    torn: bytes = b""

    def add(self, line: Line) -> None:
        """Take one more line."""
        self.last = line
        self.machines[line.database] = line.machine
        if line.origin:
            kept = self.ended if line.size == NEVER_AGAIN else self.largest
            held = kept.get(line.key)
            if held is None or line.size >= held.size:
                kept[line.key] = line

    def heads(self, database: bytes, machine: bytes) -> dict[str, AnchorRecord]:
        """The largest record of each log that a database signed on a machine."""
        return _records({**self.largest, **self.ended}.values(), database, machine)

    def signed(self, database: bytes, machine: bytes) -> dict[str, AnchorRecord]:
        """The same without the word that a log was ended."""
        return _records(self.largest.values(), database, machine)

    def ever(self, database: bytes, machine: bytes) -> dict[str, AnchorRecord]:
        """The largest record of each log whoever wrote it; of equals the one of this database."""
        found = dict[str, AnchorRecord]()
        mine = (database, machine)
        for line in sorted(self.largest.values(), key=lambda each: each.key[:2] == mine):
            held = found.get(line.origin)
            if held is None or line.size >= held.size:
                found[line.origin] = line.record
        return found


def machine_id(files: Sequence[Path] = _MACHINE_FILES) -> bytes:
    """16 bytes that differ between machines and do not reveal the machine's own id."""
    found = os.uname().nodename.encode()
    for file in files:
        try:
            text = file.read_bytes().strip()
        except OSError:
            continue
        if text:
            found = text
            break
    return hashlib.sha256(b"openline/v1 machine\n" + found).digest()[:ID_BYTES]


def encode(line: Line) -> bytes:
    """The one spelling of a line, LF included."""
    words = [str(check_int(line.time_s)), line.database.hex(), line.machine.hex()]
    if line.origin:
        words += ["head", str(check_int(line.size)), b64(line.root), check_key_name(line.origin)]
    else:
        words.append("at")
    text = " ".join(words) + " "
    return (text + _check(text) + "\n").encode("ascii")


def parse_line(data: bytes) -> Line:
    """Read one line with its LF."""
    if len(data) > LINE_BYTES_MAX:
        raise Malformed("anchor line", f"longer than {LINE_BYTES_MAX} bytes")
    try:
        words = data.decode("ascii").split(" ")
        time_s, database, machine = parse_int(words[0]), *map(bytes.fromhex, words[1:3])
    except ValueError:  # not ASCII, too few words, not hex
        raise Malformed("anchor line", "does not begin with time, database, machine") from None
    if len(database) != ID_BYTES or len(machine) != ID_BYTES:
        raise Malformed("anchor line", "an id is not 16 bytes")
    match words[3:]:
        case ["head", size, root, origin, _]:
            found = (parse_int(size), unb64(root, 32), check_key_name(origin))
            line = Line(time_s, database, machine, *found)
        case ["at", _]:
            line = Line(time_s, database, machine)
        case _:
            raise Malformed("anchor line", "neither `head` nor `at`")
    if encode(line) != data:
        raise Malformed("anchor line", "wrong check digits or not the canonical spelling")
    return line


def parse_journal(data: bytes) -> Content:
    """Read a journal; what follows the last LF was being written when the power went."""
    content = Content()
    *whole, content.torn = data.split(b"\n")
    for number, text in enumerate(whole, start=1):
        try:
            content.add(parse_line(text + b"\n"))
        except Malformed:
            content.damaged.append(number)
    return content


def why_stale(
    content: Content, database: bytes, machine: bytes, changed_s: int, signed_before: bool
) -> str | None:
    """Why a journal, last changed at `changed_s`, does not show all that this node signed."""
    if content.damaged:
        return f"line {content.damaged[0]} of the anchor journal is damaged"
    if database not in content.machines and signed_before:
        return "the anchor journal has no record of this database"
    if content.machines.get(database, machine) != machine:
        return "the anchor journal was written on another machine"
    after_s = changed_after(content, changed_s)
    if after_s:
        return f"the anchor journal was changed {after_s} s after its last record"
    return None


def changed_after(content: Content, changed_s: int) -> int:
    """By how many seconds the file's last change is later than its last record; else 0."""
    if content.last is None:
        return 0
    after_s = changed_s - max(content.last.time_s, _torn_time(content.torn))
    return after_s if after_s > STALE_AFTER_S else 0


class FileAnchor:
    """The journal in a file, for one database on one machine."""

    def __init__(self, path: Path, descriptor: int, database: bytes, machine: bytes) -> None:
        """Use `FileAnchor.open`."""
        self._path, self._descriptor = path, descriptor
        self._database, self._machine = database, machine
        self._content = Content()
        self._stale: str | None = None
        self._found_s: int | None = None
        self._failed = ""
        self.notes: tuple[str, ...] = ()

    @classmethod
    def open(
        cls, path: Path, *, database: bytes, machine: bytes, signed_before: bool = False
    ) -> Self:
        """Open the journal or begin one.

        `signed_before` says that the database holds heads of its own: then a journal that does not
        know this database has been lost, and is stale.
        """
        is_new = not path.exists()
        with naming(f"opening {path}"):
            anchor = cls(path, _open(path), database, machine)
        try:
            if is_new:
                sync_folder(path.parent)
            anchor._read(signed_before)
        except BaseException:
            anchor.close()
            raise
        return anchor

    def append(self, records: Sequence[AnchorRecord]) -> None:
        """One append and one fsync for all records; durable when this returns."""
        if self._failed:
            raise AnchorFailed(f"{self._path} takes no records: {self._failed}")
        if not records:
            return
        lines = [self._line(record) for record in records]
        data = b"".join(map(encode, lines))
        before = os.fstat(self._descriptor).st_size
        try:
            write_all(self._descriptor, data)
            self._stamp(lines[-1].time_s)
            os.fsync(self._descriptor)
        except OSError as error:
            raise self._undo(before, error) from error
        self._found_s = None
        for line in lines:
            self._content.add(line)

    def _line(self, record: AnchorRecord) -> Line:
        """A record as a line. In a file that others changed the first lines bear the last time that
        was found in it: until all of them are in and a stamp follows, it goes on looking changed.
        """
        time_s = record.time_s if self._found_s is None else self._found_s
        return Line(time_s, self._database, self._machine, record.size, record.root, record.origin)

    def heads(self) -> dict[str, AnchorRecord]:
        """The largest record of each log that this database signed on this machine."""
        return self._content.heads(self._database, self._machine)

    def signed(self) -> dict[str, AnchorRecord]:
        """The largest head of each log that was really signed, of ended logs too."""
        return self._content.signed(self._database, self._machine)

    def ever(self) -> dict[str, AnchorRecord]:
        """The same whichever database and machine wrote it."""
        return self._content.ever(self._database, self._machine)

    def is_stale(self) -> str | None:
        """Why the journal cannot be trusted, as judged when it was opened."""
        return self._stale

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            self._failed = "it is closed"

    def _read(self, signed_before: bool) -> None:
        with naming(f"reading {self._path}"):
            changed_s = int(os.fstat(self._descriptor).st_ctime)
            data = self._path.read_bytes()
        self._content = parse_journal(data)
        self._stale = why_stale(
            self._content, self._database, self._machine, changed_s, signed_before
        )
        if self._content.last is not None and changed_after(self._content, changed_s):
            self._found_s = self._content.last.time_s
        if self._content.damaged:
            self.notes += (f"{len(self._content.damaged)} damaged lines in {self._path}",)
        if self._content.torn:
            self.notes += (f"a torn last line of {len(self._content.torn)} bytes was dropped",)
            self._drop_torn(len(data) - len(self._content.torn))
        elif self._stale is None and len(data) > COMPACT_ABOVE_BYTES:
            self._compact()

    def _drop_torn(self, size: int) -> None:
        """Cut the tail off, so that the next record begins a line of its own."""
        with naming(f"mending {self._path}"):
            os.ftruncate(self._descriptor, size)
            if self._stale is None and self._content.last is not None:
                self._stamp(self._content.last.time_s)
            os.fsync(self._descriptor)

    def _compact(self) -> None:
        """Keep the largest head of each log; old lines go, in one rename.

        Both files end with a line of the present time, so that a crash at any point leaves a
        journal whose change time and last line agree.
        """
        with naming(f"shortening {self._path}"):
            os.fchmod(self._descriptor, 0o600)  # sets the change time to the present
            now_s = self._now_s()
            self._stamp(0)
            os.fsync(self._descriptor)
            lines = (*self._content.largest.values(), *self._content.ended.values())
            kept = [encode(line) for line in lines]
            kept.append(encode(Line(now_s, self._database, self._machine)))
            replace_file(self._path, b"".join(kept))
            os.close(self._descriptor)
            self._descriptor = -1
            self._descriptor = _open(self._path)
            self._stamp(now_s)
            os.fsync(self._descriptor)
        self.notes += (f"the journal was shortened to {len(kept)} lines",)

    def _stamp(self, last_s: int) -> None:
        """Say in the file when it was changed, if its last record says another time.

        Change time and record then stand together, so that a later change by anyone shows.
        """
        changed_s = self._now_s()
        if abs(changed_s - last_s) > STALE_AFTER_S - 1:
            line = Line(changed_s, self._database, self._machine)
            write_all(self._descriptor, encode(line))

    def _stamp_if_room(self, size: int, last_s: int) -> None:
        """The same on a disk that is full: the next record will say it, if there is no room now."""
        try:
            self._stamp(last_s)
        except OSError:
            os.ftruncate(self._descriptor, size)

    def _now_s(self) -> int:
        """The file system's own time of the file's last change."""
        return int(os.fstat(self._descriptor).st_ctime)

    def _undo(self, size: int, error: OSError) -> OpenlineError:
        """After a failed append: cut back what is known not to be durable, or take no more."""
        failed = named_os(error, f"writing {self._path}")
        if not isinstance(failed, StoreFull):
            self._failed = str(failed)
            return AnchorFailed(self._failed)
        try:
            os.ftruncate(self._descriptor, size)
            if self._content.last is not None and self._found_s is None:
                self._stamp_if_room(size, self._content.last.time_s)
            os.fsync(self._descriptor)
        except OSError as second:
            self._failed = f"{failed}; then {second.strerror or second}"
        return failed


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)


def _records(lines: Iterable[Line], database: bytes, machine: bytes) -> dict[str, AnchorRecord]:
    mine = (database, machine)
    return {line.origin: line.record for line in lines if (line.database, line.machine) == mine}


def _check(text: str) -> str:
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:_CHECK_DIGITS]


def _torn_time(torn: bytes) -> int:
    """The time that a torn line began with: its write is what changed the file last."""
    first, space, _ = torn.partition(b" ")
    return int(first) if space and first.isdigit() and len(first) <= 10 else 0
