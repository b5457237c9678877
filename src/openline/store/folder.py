"""The home of a node: where each file is, who may read it, and that one process works on it.

Shapes   make_home(root) and open_home(root) -> Home; HomeLock(home) holds it for one process
Units    sizes in bytes
Raises   NoHome, HomeInUse, HomeExposed, MemoryDisk, StoreReadOnly, StoreFull, DiskFailed
Source   docs/PROTOCOL.md parts 4 and 8; docs/OPERATE.md
Never    opens the database; keeps keys and anchor in the folder of the database, so that a copy of
         `data/` (a backup) holds neither

    data/openline.db  data/views.db  data/reserve    keys/keyring    anchor/journal
    officers/         openline.toml                  node.sock       lock
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Final, Self

from openline.errors import OpenlineError
from openline.store.durable import FILE_MODE, make_folder, naming, sync_folder, write_all

RESERVE_BYTES: Final = 16 * 1024 * 1024
MEMORY_DISKS: Final = frozenset({"tmpfs", "ramfs", "devtmpfs", "hugetlbfs"})
MOUNTS: Final = Path("/proc/self/mountinfo")
_PID_BYTES_MAX: Final = 20


class NoHome(OpenlineError):
    """There is no node's folder at this path."""

    code: ClassVar[str] = "store.no-home"
    remedy: ClassVar[str] = "Make one with `openline init`, or name another with --home."


class HomeInUse(OpenlineError):
    """Another process works on this folder: two signers on one log would fork it."""

    code: ClassVar[str] = "store.home-in-use"
    remedy: ClassVar[str] = "Stop the process that is named, or leave the work to it."

    def __init__(self, root: Path, pid: int | None) -> None:
        who = f"process {pid}" if pid is not None else "another process"
        super().__init__(f"{root} is held by {who}")
        self.pid = pid


class HomeExposed(OpenlineError):
    """Others on this machine may look into the folder of the keys."""

    code: ClassVar[str] = "store.home-exposed"
    remedy: ClassVar[str] = "Take the rights of group and others away: chmod -R go-rwx on it."


class MemoryDisk(OpenlineError):
    """The folder is on a disk that is gone after a restart: nothing on it is durable."""

    code: ClassVar[str] = "store.memory-disk"
    remedy: ClassVar[str] = (
        "Choose a folder on a real disk; only a demo may say it does not matter."
    )


@dataclass(frozen=True, slots=True)
class Home:
    """The layout of a node's folder."""

    root: Path

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def database(self) -> Path:
        return self.data / "openline.db"

    @property
    def views(self) -> Path:
        return self.data / "views.db"

    @property
    def reserve(self) -> Path:
        return self.data / "reserve"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def keyring(self) -> Path:
        return self.keys / "keyring"

    @property
    def anchor(self) -> Path:
        return self.root / "anchor"

    @property
    def journal(self) -> Path:
        return self.anchor / "journal"

    @property
    def officers(self) -> Path:
        return self.root / "officers"

    @property
    def config(self) -> Path:
        return self.root / "openline.toml"

    @property
    def socket(self) -> Path:
        return self.root / "node.sock"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def folders(self) -> tuple[Path, ...]:
        return (self.root, self.data, self.keys, self.anchor, self.officers)


def make_home(root: Path, *, memory_disk_allowed: bool = False) -> Home:
    """Make what is missing of a node's folder, durably, and check the rest."""
    home = Home(root)
    refuse_memory_disk(_nearest(root), allowed=memory_disk_allowed)
    for folder in home.folders:
        make_folder(folder)
    keep_reserve(home)
    return open_home(root, memory_disk_allowed=memory_disk_allowed)


def open_home(root: Path, *, memory_disk_allowed: bool = False) -> Home:
    """The folder of a node that was made before."""
    home = Home(root)
    missing = [str(folder) for folder in home.folders if not folder.is_dir()]
    if missing:
        raise NoHome(f"{missing[0]} is not there")
    for folder in (home.data, home.keys, home.anchor):
        refuse_memory_disk(folder, allowed=memory_disk_allowed)
    for path in (home.keys, *sorted(home.keys.iterdir())):
        if path.stat().st_mode & 0o077:
            raise HomeExposed(f"{path} can be used by others on this machine")
    return home


class HomeLock:
    """Held by the one process that works on a folder; freed by the system when it ends."""

    def __init__(self, home: Home) -> None:
        with naming(f"locking {home.root}"):
            descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT, FILE_MODE)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(descriptor, 0)
                write_all(descriptor, b"%d\n" % os.getpid())
            except BlockingIOError:
                pid = _holder(descriptor)
                os.close(descriptor)
                raise HomeInUse(home.root, pid) from None
            except OSError:
                os.close(descriptor)
                raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Let another process in; a second call does nothing. The file stays."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def keep_reserve(home: Home, size: int = RESERVE_BYTES) -> None:
    """Occupy room that can be given back when the disk is full."""
    with naming(f"reserving {size} bytes at {home.reserve}"):
        descriptor = os.open(home.reserve, os.O_WRONLY | os.O_CREAT, FILE_MODE)
        try:
            if os.fstat(descriptor).st_size != size:
                os.ftruncate(descriptor, 0)
                os.posix_fallocate(descriptor, 0, size)
                os.fsync(descriptor)
        except OSError:
            home.reserve.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
    sync_folder(home.data)


def free_reserve(home: Home) -> int:
    """Give the reserved room back; how many bytes that freed (0 when it was gone already)."""
    with naming(f"freeing {home.reserve}"):
        try:
            size = home.reserve.stat().st_size
        except FileNotFoundError:
            return 0
        home.reserve.unlink()
    sync_folder(home.data)
    return size


def refuse_memory_disk(path: Path, *, allowed: bool = False, mounts: Path = MOUNTS) -> None:
    """Refuse a folder whose files do not survive a restart, unless told that it does not matter."""
    if allowed:
        return
    try:
        text = mounts.read_text("utf-8", "surrogateescape")
    except FileNotFoundError:
        return  # not Linux: nothing is known of the disk
    kind, options = file_system(path, text)
    if kind in MEMORY_DISKS or (kind == "overlay" and "volatile" in options):
        raise MemoryDisk(f"{path} is on {kind}, which a restart empties")


def file_system(path: Path, mounts: str) -> tuple[str, frozenset[str]]:
    """Kind and options of the file system that holds `path`, from the text of mountinfo."""
    parts = path.resolve().parts
    best, found = 0, ("unknown", frozenset[str]())
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields, tail = before.split(" "), after.split(" ")
        if len(fields) < 6 or len(tail) < 3:
            continue
        point = Path(_unescaped(fields[4])).parts
        # A later mount on the same point covers the earlier one.
        if len(point) >= best and parts[: len(point)] == point:
            best, found = len(point), (tail[0], frozenset(tail[2].split(",")))
    return found


def _unescaped(text: str) -> str:
    """Mount points spell space, tab, LF and backslash as three octal digits."""
    for code, character in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        text = text.replace("\\" + code, character)
    return text


def _nearest(path: Path) -> Path:
    """The path itself or the nearest folder above it that exists."""
    return next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())


def _holder(descriptor: int) -> int | None:
    text = os.pread(descriptor, _PID_BYTES_MAX, 0).strip()
    return int(text) if text.isdigit() else None
