"""Files that a command line names: a missing one is not found (exit 3), not a wrong command.

Shapes   FILE is a click type that gives a Path; bounded(path) its bytes; write_out(path, data)
Units    none
Raises   NoSuchFile, HoldsKeys; a usage error where a file is too long
Source   docs/OPERATE.md, "Exit codes"
Never    reads a file before its size is known; writes over keys, which may be the only copy
"""

from pathlib import Path
from typing import Any, ClassVar, Final

import click

from openline.errors import OpenlineError


class NoSuchFile(OpenlineError):
    """The command line names a file that is not there."""

    code: ClassVar[str] = "cli.no-such-file"
    remedy: ClassVar[str] = "Check the name; it is looked for from the present folder."


class HoldsKeys(OpenlineError):
    """The file that was to be written holds keys: nothing was written over them."""

    code: ClassVar[str] = "cli.holds-keys"
    remedy: ClassVar[str] = (
        "Choose another name with --out; keys that are gone come back from nowhere."
    )


class ExistingFile(click.Path):
    """A file that has to be there."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not Path(value).exists():
            raise NoSuchFile(f"{value}: no such file")
        return super().convert(value, param, ctx)


FILE: Final = ExistingFile()
FILE_BYTES_MAX: Final = 65 * 1024 * 1024
# What a file of secrets begins with: one under a passphrase (docs/PROTOCOL.md part 4), a keyring.
AGE_HEAD: Final = b"age-encryption.org/v1\n"
SCRYPT: Final = b"-> scrypt "
KEYRING_HEAD: Final = b'{"archive":'
HEAD_BYTES: Final = len(AGE_HEAD) + len(SCRYPT)


def bounded(path: Path) -> bytes:
    """A file's bytes, refused before they are read when there are too many."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise click.UsageError(f"{path}: longer than {FILE_BYTES_MAX} bytes")
    return path.read_bytes()


def write_out(path: Path, data: bytes) -> None:
    """Write what was asked for, over an earlier file of that name unless it holds keys."""
    if path.is_file():
        with path.open("rb") as opened:
            head = opened.read(HEAD_BYTES)
        if head.startswith(KEYRING_HEAD) or (head.startswith(AGE_HEAD) and SCRYPT in head):
            raise HoldsKeys(f"{path}: officers' keys, a ceremony or a keyring stand in it")
    path.write_bytes(data)
