"""Files that are there or are not: written aside, synced, renamed, and the folder synced too.

Shapes   replace_file(path, data, mode); sync_folder(path); begin_folder(folder) -> a folder beside
         it, which name_folder(aside, folder) gives its name when it is whole
Units    none
Raises   StoreFull, StoreReadOnly, DiskFailed, NotPlain
Source   docs/PROTOCOL.md part 4 (the keyring), docs/decisions (durable before visible)
Never    opens a database file: closing any descriptor of it would drop SQLite's locks
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.store.contract import StoreFull
from openline.store.faults import DiskFailed, StoreReadOnly

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700


def named_os(error: OSError, what: str) -> OpenlineError:
    """The error of this room for one of the operating system."""
    text = f"{what}: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(text)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StoreReadOnly(text)
    return DiskFailed(text)


@contextmanager
def naming(what: str) -> Iterator[None]:
    """Errors of the operating system inside the block get a name of this room."""
    try:
        yield
    except OSError as error:
        raise named_os(error, what) from error


def sync_folder(folder: Path) -> None:
    """Make names that were made, renamed or removed in a folder survive a power cut."""
    with naming(f"syncing folder {folder}"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte: one call may take fewer than it was given."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def replace_file(path: Path, data: bytes, mode: int = FILE_MODE) -> None:
    """Put `data` at `path`: after a crash at any point the old file is there, or the new one."""
    aside = path.with_name(path.name + ".new")
    with naming(f"writing {path}"):
        aside.unlink(missing_ok=True)
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            os.fchmod(descriptor, mode)
            write_all(descriptor, data)
            os.fsync(descriptor)
        except OSError:
            aside.unlink(missing_ok=True)
            raise
        finally:
            os.close(descriptor)
        os.rename(aside, path)
    sync_folder(path.parent)


class NotPlain(OpenlineError):
    """A file to be read or made is a link, a device, too long, or there already."""

    code: ClassVar[str] = "store.not-plain"
    remedy: ClassVar[str] = "Name a plain file; one that is written must not be there yet."


def read_plain(path: Path, bytes_max: int) -> bytes:
    """The bytes of a plain file that somebody brought: no link is followed, no device awaited."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise NotPlain(f"{path}: {error.strerror}") from None
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise NotPlain(f"{path}: not a plain file")
        if found.st_size > bytes_max:
            raise NotPlain(f"{path}: {found.st_size} bytes, at most {bytes_max} are read")
        return file.read(bytes_max + 1)[:bytes_max]


def write_new(path: Path, data: bytes) -> None:
    """A new file, whole on disk when this returns; never over another, never through a link."""
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(path, flags, FILE_MODE)
    except OSError as error:
        raise NotPlain(f"{path}: {error.strerror}") from None
    with naming(f"writing {path}"):
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    sync_folder(path.parent)


def make_folder(path: Path, mode: int = FOLDER_MODE) -> None:
    """A folder that survives a power cut; one that is there already is left as it is."""
    with naming(f"making folder {path}"):
        try:
            path.mkdir(mode=mode)
        except FileExistsError:
            return
        path.chmod(mode)
    sync_folder(path)
    sync_folder(path.parent)


def begin_folder(folder: Path) -> Path:
    """An empty folder beside one that is to be made: what an earlier try left there is gone."""
    aside = folder.with_name(folder.name + ".new")
    with naming(f"making {folder}"):
        folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(aside, ignore_errors=True)
    make_folder(aside)
    return aside


def name_folder(aside: Path, folder: Path) -> None:
    """Give a folder its name, now that it is whole; the name survives a power cut."""
    with naming(f"naming {folder}"):
        os.rename(aside, folder)
    sync_folder(folder.parent)
