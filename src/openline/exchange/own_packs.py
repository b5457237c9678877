"""The packs of one node: those that ship with Openline, and those in its folder `packs`.

Shapes   packs_of(a node's folder) -> Packs
Units    files are bounded before they are read
Raises   BadPack, BadTerms
Source   docs/formats.md, "A pack of your own"
Never    reads anything but plain files of that folder; never skips one that it does not understand
"""

from pathlib import Path
from typing import Final

from openline.formats.own_pack import OWN_FILES_MAX, with_own
from openline.formats.pack import BadPack, Packs, load_packs
from openline.formats.pack_file import PACK_BYTES_MAX

FOLDER: Final = "packs"


def packs_of(root: Path) -> Packs:
    """What can be said with this node; a node without the folder has the built-in packs."""
    folder = root / FOLDER
    if not folder.is_dir():
        return load_packs()
    return with_own(load_packs(), dict(file_of(path) for path in _listed(folder)))


def _listed(folder: Path) -> list[Path]:
    paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    if len(paths) > OWN_FILES_MAX:
        raise BadPack(FOLDER, "folder", f"more than {OWN_FILES_MAX} files")
    return paths


def file_of(path: Path) -> tuple[str, bytes]:
    """One file by its name, bounded before it is read."""
    if path.is_symlink() or not path.is_file():
        raise BadPack(path.name, "file", "is not a plain file")
    if path.stat().st_size > PACK_BYTES_MAX:
        raise BadPack(path.name, "file", f"longer than {PACK_BYTES_MAX} bytes")
    try:
        return path.name, path.read_bytes()
    except OSError as fault:
        raise BadPack(path.name, "file", f"cannot be read ({fault.strerror})") from None
