"""What can go wrong with the disk, by name.

Shapes   named(apsw error, what was tried) -> the error of this room that says it
Units    none
Raises   nothing by itself; every class here is raised elsewhere in this room
Source   docs/PROTOCOL.md part 8; docs/OPERATE.md (disk full, read-only, damaged)
Never    lets an error of the SQL library leave the room: no other room imports it
"""

from typing import ClassVar, Final

import apsw

from openline.errors import OpenlineError
from openline.store.contract import StoreFull

# What binding a value raises that SQLite cannot hold: half a surrogate pair, 2**63, a wrong type.
UNSTORABLE: Final = (TypeError, ValueError, OverflowError)


class StoreStopped(OpenlineError):
    """An earlier write ended in an I/O error; nothing is written until the store is reopened."""

    code: ClassVar[str] = "store.stopped"
    remedy: ClassVar[str] = "Look at the disk, then restart the node; reading still works."


class DiskFailed(OpenlineError):
    """The disk refused a read or a write before anything was committed; nothing was written."""

    code: ClassVar[str] = "store.disk-failed"
    remedy: ClassVar[str] = "Look at the kernel's log for this disk, then restart the node."


class StoreReadOnly(OpenlineError):
    """The database or its folder cannot be written; what can be read is still read."""

    code: ClassVar[str] = "store.read-only"
    remedy: ClassVar[str] = "Give the node write access to its data folder, or only read from it."


class StoreDamaged(OpenlineError):
    """Stored bytes are not what was written: a damaged page, row or body."""

    code: ClassVar[str] = "store.damaged"
    remedy: ClassVar[str] = (
        "Keep the folder as it is, run `openline doctor`, restore what it names."
    )


class StoreBusy(OpenlineError):
    """Another program holds the database for longer than this one waits."""

    code: ClassVar[str] = "store.busy"
    remedy: ClassVar[str] = "Close the other program that has this node's database open."


class StoreMisused(OpenlineError):
    """The caller broke a rule of the store's contract; nothing of this transaction was written."""

    code: ClassVar[str] = "store.misused"
    remedy: ClassVar[str] = "This is a fault of the program: please report it with the message."


class LibraryTooOld(OpenlineError):
    """The SQL library has a known fault that loses committed data."""

    code: ClassVar[str] = "store.library-too-old"
    remedy: ClassVar[str] = "Install the apsw wheel from the lock file; it brings its own SQLite."


class StoreTooNew(OpenlineError):
    """The database was written by a later version, or by another program's migrations."""

    code: ClassVar[str] = "store.too-new"
    remedy: ClassVar[str] = "Start the version of Openline that wrote this folder, or a later one."


def named(error: apsw.Error, what: str) -> OpenlineError:
    """The error of this room for an error of the SQL library outside COMMIT."""
    text = f"{what}: {error}"
    match error:
        case apsw.FullError():
            return StoreFull(text)
        case apsw.ReadOnlyError() | apsw.PermissionsError():
            return StoreReadOnly(text)
        case apsw.CorruptError() | apsw.NotADBError() | apsw.FormatError():
            return StoreDamaged(text)
        case apsw.BusyError() | apsw.LockedError():
            return StoreBusy(text)
        case apsw.IOError() | apsw.CantOpenError() | apsw.NoMemError():
            return DiskFailed(text)
        case _:
            return StoreMisused(text)


def is_duplicate(error: apsw.Error) -> bool:
    """Whether a row with this key was there already."""
    code = getattr(error, "extendedresult", 0)
    return code in (apsw.SQLITE_CONSTRAINT_PRIMARYKEY, apsw.SQLITE_CONSTRAINT_UNIQUE)
