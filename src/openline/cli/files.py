"""Files that a command line names: a missing one is not found (exit 3), not a wrong command.

Shapes   FILE is a click type that gives a Path; bounded(path) its bytes
Units    none
Raises   NoSuchFile; a usage error where a file is too long
Source   docs/OPERATE.md, "Exit codes"
Never    reads a file before its size is known
"""

from pathlib import Path
from typing import Any, ClassVar, Final

import click

from openline.errors import OpenlineError


class NoSuchFile(OpenlineError):
    """The command line names a file that is not there."""

    code: ClassVar[str] = "cli.no-such-file"
    remedy: ClassVar[str] = "Check the name; it is looked for from the present folder."


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


def bounded(path: Path) -> bytes:
    """A file's bytes, refused before they are read when there are too many."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise click.UsageError(f"{path}: longer than {FILE_BYTES_MAX} bytes")
    return path.read_bytes()
