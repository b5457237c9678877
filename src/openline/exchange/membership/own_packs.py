"""The packs of one node, those in its folder `packs` included, and its own names.

Shapes   packs_of(a node's folder) -> Packs; names_of(the same) -> Names
Units    files are bounded before they are read
Raises   BadTerms for the names; what is wrong with a pack is told in Packs.left_out
Source   docs/formats.md, "A pack of your own"; docs/decisions/0021-own-packs.md
Never    reads anything but plain files of that folder; never knows a form by half; never lets a
         faulty file of one ministry close the lines that do without it
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from openline.formats.names import NAMES_FILE, NO_NAMES, Names, parse_names
from openline.formats.own_pack import OWN_FILES_MAX, PACK, WORDS, with_own
from openline.formats.pack import BadPack, Packs, load_packs
from openline.formats.pack_file import PACK_BYTES_MAX
from openline.formats.terms import BadTerms

FOLDER: Final = "packs"


def packs_of(root: Path) -> Packs:
    """What can be said with this node; a node without the folder has the built-in packs."""
    folder = root / FOLDER
    if not folder.is_dir():
        return load_packs()
    sound: dict[str, bytes] = {}
    left_out = []
    try:
        groups = _by_pack(folder)
    except BadPack as fault:
        return replace(load_packs(), left_out=(str(fault),))
    for paths in groups.values():
        try:
            files = dict(file_of(path) for path in paths)
            with_own(load_packs(), sound | files)
        except (BadPack, BadTerms) as fault:
            left_out.append(str(fault))
        else:
            sound |= files
    return replace(with_own(load_packs(), sound), left_out=tuple(left_out))


def _by_pack(folder: Path) -> dict[str, list[Path]]:
    """The files of each pack: it stands or falls together with its words."""
    groups: dict[str, list[Path]] = {}
    for path in _listed(folder):
        groups.setdefault(path.name.removesuffix(WORDS).removesuffix(PACK), []).append(path)
    return groups


def names_of(root: Path) -> Names:
    """What this node calls parties and places; a node without the file calls them as written."""
    path = root / NAMES_FILE
    return parse_names(file_of(path)[1]) if path.exists() else NO_NAMES


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
