"""Backups: a folder that holds the record of a node as it was at one moment, and what it lacks.

Shapes   make(home, keyring, folder, made_s) -> facts; read_manifest(folder) -> Manifest;
         lock_keyring() and unlock_keyring() for the secrets, which go elsewhere
Units    bytes; made_s is unix seconds UTC
Raises   BackupThere, BadBackup, AnchorWaits, and what disk and database refuse
Source   docs/OPERATE.md, "Backups"; docs/decisions/0067-a-backup-is-no-database.md
Never    takes the anchor along: a restored anchor would hide what was signed after the copy. Never
         says that a backup was made before every byte of it was read again
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from openline.envelope import age
from openline.envelope.keyring import Keyring, parse_keyring
from openline.envelope.suite import Randomness
from openline.errors import OpenlineError
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.malformed import Malformed
from openline.formats.names import NAMES_FILE
from openline.formats.openjson import Value
from openline.formats.spell import b64, check_party, utc
from openline.store import copying
from openline.store.durable import begin_folder, make_folder, name_folder, naming, replace_file
from openline.store.folder import Home

MANIFEST: Final = "backup.json"
DATABASE: Final = "openline.db"
SETTINGS: Final = "node.toml"
PACKS: Final = "packs"
VERSION: Final = 1
MANIFEST_BYTES_MAX: Final = 1024 * 1024
FILES_MAX: Final = 1_000
KEYRING_LACKS: Final = "the keyring: `--keyring FILE` writes it, and it is kept elsewhere"
LACKS: Final = (
    "the anchor, which must never go back in time",
    KEYRING_LACKS,
    "officers' keys, which are the officers' own",
    "drafts that nobody has released",
    "files that node.toml names elsewhere: pins, certificates, an overlay",
)


class BackupThere(OpenlineError):
    """There is something at the place where the backup was to go."""

    code: ClassVar[str] = "exchange.backup-there"
    remedy: ClassVar[str] = "Name a folder that does not exist yet: a backup is never overwritten."


class KeyringThere(OpenlineError):
    """The keyring of a backup was to go into a file that is there: last week's, as a rule."""

    code: ClassVar[str] = "exchange.keyring-there"
    remedy: ClassVar[str] = (
        "Choose another name, with the day in it, and keep both: a keyring opens the backup that"
        " was made with it."
    )


class BadBackup(OpenlineError):
    """A backup is not whole, or not what it says."""

    code: ClassVar[str] = "exchange.bad-backup"
    remedy: ClassVar[str] = "Take another backup; nothing was changed here."


class AnchorWaits(OpenlineError):
    """Heads of our own wait for the anchor: a copy made now could contradict it when put back."""

    code: ClassVar[str] = "exchange.anchor-waits"
    remedy: ClassVar[str] = "Make room for the anchor's journal, then make the backup again."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself: files by name with size and SHA-256."""

    party: str
    made_s: int
    files: dict[str, tuple[int, str]]


def require_anchored(station: Station) -> None:
    """Refuse a copy that holds entries of which the anchor does not know yet (decision 0032)."""
    if station.unanchored:
        raise AnchorWaits(f"{len(station.unanchored)} heads wait for room in the anchor's journal")


def make(home: Home, party: str, folder: Path, made_s: int) -> dict[str, Any]:
    """Write a backup, read it again, and only then give it its name; what it holds.

    The node may be at work meanwhile: what it writes after the first page was read is not in it.
    """
    if folder.exists():
        raise BackupThere(f"{folder} is there already")
    aside = begin_folder(folder)
    copying.back_up(home.database, aside / DATABASE)
    for name in (SETTINGS, *own_files(home.root)):
        with naming(f"copying {name}"):
            data = (home.root / name).read_bytes()
        make_folder((aside / name).parent)
        replace_file(aside / name, data)
    held = copying.examine(aside / DATABASE)
    if held.flaws:
        raise BadBackup(f"{folder}: {held.flaws[0]}")
    manifest = Manifest(party, made_s, {name: measured(aside / name) for name in files_in(aside)})
    replace_file(aside / MANIFEST, spelled(manifest))
    name_folder(aside, folder)
    return told(folder, manifest, held)


def make_at(root: Path, party: str, folder: Path, made_s: int) -> dict[str, Any]:
    """The same for the folder of a node."""
    return make(Home(root), party, folder, made_s)


def told(folder: Path, manifest: Manifest, held: copying.Contents) -> dict[str, Any]:
    """What a backup holds and how large it is, for whoever made it or looks at it."""
    return {
        "folder": str(folder),
        "party": manifest.party,
        "made": utc(manifest.made_s),
        "bytes": sum(size for size, _ in manifest.files.values()),
        "files": [[name, size] for name, (size, _) in sorted(manifest.files.items())],
        "lines": held.lines,
        "logs": len(held.heads),
        "entries": held.entries,
        "bodies": held.bodies,
        "own": [[o, size] for o, party, size, _ in held.heads if party == manifest.party],
        "lacks": list(LACKS),
    }


def own_files(root: Path) -> list[str]:
    """Forms of our own and what we call others, by their names below the node's folder."""
    folder = root / PACKS
    found = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    packs = [f"{PACKS}/{path.name}" for path in found if path.is_file()][:FILES_MAX]
    return [*([NAMES_FILE] if (root / NAMES_FILE).is_file() else []), *packs]


def files_in(folder: Path) -> list[str]:
    """Every file of a backup but its manifest."""
    found = [DATABASE, SETTINGS, *own_files(folder)]
    return [name for name in found if (folder / name).is_file()]


def measured(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file, read in pieces."""
    digest = hashlib.sha256()
    with naming(f"reading {path}"), path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
        return file.tell(), b64(digest.digest())


def spelled(manifest: Manifest) -> bytes:
    """The manifest's file."""
    files: list[Value] = [
        [name, size, digest] for name, (size, digest) in sorted(manifest.files.items())
    ]
    value: dict[str, Value] = {
        "files": files,
        "made": manifest.made_s,
        "party": manifest.party,
        "version": VERSION,
    }
    return openjson.encode(value)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a backup, read strictly; names lead nowhere but into the folder."""
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise BadBackup(f"{path}: {fault.strerror}") from None
    try:
        value = openjson.decode(data, bytes_max=MANIFEST_BYTES_MAX)
        if not isinstance(value, dict) or value.keys() != {"files", "made", "party", "version"}:
            raise Malformed("backup", "not the members of a manifest")
        rows, made_s = value["files"], value["made"]
        if value["version"] != VERSION or not isinstance(rows, list) or not isinstance(made_s, int):
            raise Malformed("backup", "of a version that this program does not know")
        files = dict(map(file_row, rows))
        return Manifest(check_party(str(value["party"])), made_s, files)
    except Malformed as fault:
        raise BadBackup(f"{path}: {fault}") from None


def file_row(row: Value) -> tuple[str, tuple[int, str]]:
    """One file of a manifest: a name that `make` writes, its size, its SHA-256."""
    match row:
        case [str(name), int(size), str(digest)] if is_backup_name(name):
            return name, (size, digest)
    raise Malformed("backup", "a row that is not name, size and SHA-256 of a file of a backup")


def is_backup_name(name: str) -> bool:
    """Whether a name is one that backups have: none of them leads out of the folder."""
    if name in (DATABASE, SETTINGS, NAMES_FILE):
        return True
    folder, _, rest = name.partition("/")
    return folder == PACKS and rest.endswith(".toml") and "/" not in rest and rest[0] != "."


def verified(folder: Path) -> tuple[Manifest, copying.Contents]:
    """A backup whose every byte is the one that was written, and whose logs give their heads."""
    manifest = read_manifest(folder)
    if DATABASE not in manifest.files:
        raise BadBackup(f"{folder}: no database in it")
    for name, due in manifest.files.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise BadBackup(f"{path}: not a file of its own")
        if measured(path) != due:
            raise BadBackup(f"{path}: not the bytes that were written")
    held = copying.examine(folder / DATABASE)
    if held.flaws:
        raise BadBackup(f"{folder}: {held.flaws[0]}")
    return manifest, held


def lock_keyring(keyring: bytes, passphrase: str, random: Randomness) -> bytes:
    """The keyring as a file that a passphrase opens, here or with stock age."""
    parse_keyring(keyring)
    return age.seal_passphrase(passphrase, keyring, random)


def unlock_keyring(file: bytes, passphrase: str) -> Keyring:
    """A keyring from such a file; WrongPassphrase, CannotOpen or Malformed otherwise."""
    return parse_keyring(age.unseal_passphrase(passphrase, file))
