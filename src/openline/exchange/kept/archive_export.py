"""The archive for whoever comes after us: a folder that `age` and a text editor can read.

Shapes   steps(station, folder) yields how many entries are written, then Exported; identity_file()
Units    one age file per entry, to the archive key; at most 500 entries between two yields
Raises   ExportThere, and what the disk refuses
Source   docs/OPERATE.md, "The archive"
Never    writes content in the clear, or the key into the folder

    README.txt  MANIFEST.sha256  parties/<party>.cards  evidence/<name>
    lines/<line>/charter.txt.age
    lines/<line>/<party>-<epoch>-<origin>/   checkpoint  tile/...  signatures.txt
                                             entries/<000>/<000>.txt.age, <000>.<hash>.age
"""

import hashlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from openline.cases.entry import Ref
from openline.envelope import bech32
from openline.errors import OpenlineError
from openline.exchange.contents import archive, attached, file_members
from openline.exchange.station import Station
from openline.formats.field import Field
from openline.formats.leaf import parse_leaf
from openline.formats.proof import CardsPart
from openline.formats.spell import b64, utc
from openline.record.tiles import export_tiles
from openline.store.contract import EntryRow, LogRow
from openline.store.durable import begin_folder, name_folder, naming, write_new

CHUNK: Final = 500
PER_FOLDER: Final = 1_000
README: Final = """\
This folder holds what one party of the Openline record sent and received, without Openline.

  lines/LINE/charter.txt.age         the rules of a line, sealed
  lines/LINE/LOG/entries/*/*.age     one file per entry, in the order of its log, sealed;
                                     beside it, as NUMBER.HASH.age, the files that it names
  lines/LINE/LOG/checkpoint, tile/   the signed head and the hash tree (C2SP tlog-tiles)
  lines/LINE/LOG/signatures.txt      receipts of members, cosignatures of witnesses
  parties/PARTY.cards                the keys that signed, card by card
  MANIFEST.sha256                    check with: sha256sum --check MANIFEST.sha256

Reading an entry needs the identity file of the archive, which is kept elsewhere, and `age` 1.3 or
newer (https://age-encryption.org):

  age --decrypt --identity archive.identity lines/LINE/LOG/entries/000/001.txt.age

What comes out is text. First the leaf as it stands in the tree: kind, time in seconds since 1970,
number of fields, root of the fields, hash of the envelope. Then an empty line, then one line per
field: salt, path, value as JSON, parted by tabs. A line with a hash alone is a field that was
withheld from this party, or erased. SHA-256 of 0x00, salt, path, 0x00 and value is a field's hash;
the RFC 6962 tree over these hashes has the root that the leaf names; SHA-256 of 0x00 and the leaf
is the hash in tile/0. A field that names a file gives two hashes in base64: `plain` is SHA-256 of
what is in NUMBER.HASH.age, and `age` is HASH, that of the file as it was sent. So every word and
file can be checked against the signed checkpoint.
"""


class ExportThere(OpenlineError):
    """There is something at the place where the archive was to go."""

    code: ClassVar[str] = "exchange.export-there"
    remedy: ClassVar[str] = "Name a folder that does not exist yet."


@dataclass(slots=True)
class Exported:
    """What was written; `closed` are entries that this node cannot read itself, `missing` files
    that entries name and that are not here."""

    folder: Path
    logs: int = 0
    entries: int = 0
    closed: int = 0
    attachments: int = 0
    missing: int = 0
    files: int = 0
    sums: list[str] = field(default_factory=list)


def steps(station: Station, folder: Path) -> Generator[int, None, Exported]:
    """Write the archive a part at a time, so that the node can do other things between."""
    if folder.exists():
        raise ExportThere(f"{folder} is there already")
    aside = begin_folder(folder)
    done = Exported(aside)
    put(done, "README.txt", README.encode())
    for name, data in around(station):
        put(done, name, data)
    for row in station.lines():
        charter = station.charter(row.line_id).text().encode()
        place = f"lines/{row.line_id.hex()}"
        put(done, f"{place}/charter.txt.age", sealed(station, charter))
        for log in station.logs_of(row.line_id):
            if log.size:
                yield from log_steps(station, log, f"{place}/{folder_of(station, log)}", done)
    write_new(aside / "MANIFEST.sha256", "".join(sorted(done.sums, key=by_name)).encode())
    name_folder(aside, folder)
    done.folder = folder
    return done


def by_name(line: str) -> str:
    """The name in a line of the manifest."""
    return line[66:]


def around(station: Station) -> Iterator[tuple[str, bytes]]:
    """What belongs to no line: the cards of all parties, evidence of forks."""
    for party in station.store.parties():
        rows = station.store.cards(party.party)
        if rows:
            part = CardsPart(party.party, tuple((row.leaf, row.note) for row in rows))
            yield f"parties/{party.party}.cards", part.encode()
    for number, (name, data) in enumerate(station.store.evidence(), start=1):
        safe = "".join(c if c.isalnum() or c in "-." else "_" for c in name)
        yield f"evidence/{number:03d}-{safe}.openline-fork", data


def log_steps(
    station: Station, log: LogRow, place: str, done: Exported
) -> Generator[int, None, None]:
    """One log: its tree, its signatures, its entries."""
    done.logs += 1
    for path, data in export_tiles(station.store.leaves(log.origin, 0, log.size), log.note):
        put(done, f"{place}/{path}", data)
    put(done, f"{place}/signatures.txt", signatures(station, log))
    for start in range(0, log.size, CHUNK):
        for row in station.store.entries(log.origin, start, min(start + CHUNK, log.size)):
            number = f"{row.index // PER_FOLDER:03d}/{row.index % PER_FOLDER:03d}"
            put(done, f"{place}/entries/{number}.txt.age", sealed(station, text_of(station, row)))
            done.entries += 1
            put_files(station, row, f"{place}/entries/{number}", done)
            done.closed += row.state in ("sealed", "defect")
        yield done.entries


def put_files(station: Station, row: EntryRow, place: str, done: Exported) -> None:
    """The files that an entry names, as far as they are here, sealed to the archive key; one of
    another line is none of this line's folder."""
    log = station.log(row.origin)
    for file_hash in station.store.attachments_named(row.origin, row.index):
        if log is None or not file_members.belongs(station, file_hash, log.line_id):
            done.missing += 1
            continue
        try:
            data = attached.opened(station, file_hash)
        except attached.NotHeld:
            done.missing += 1
            continue
        put(done, f"{place}.{file_hash.hex()}.age", sealed(station, data))
        done.attachments += 1


def text_of(station: Station, row: EntryRow) -> bytes:
    """An entry as a person reads it and a program checks it."""
    items = archive.read(station, row.origin, row.index, parse_leaf(row.leaf))
    if items is None:
        return row.leaf + f"\nnot readable here: {row.state}\n".encode()
    lines = [item.line() if isinstance(item, Field) else b64(item).encode() for item in items]
    return row.leaf + b"\n" + b"\n".join([*lines, b""])


def signatures(station: Station, log: LogRow) -> bytes:
    """Who signed which size of a log, and when it says that was."""
    parts = []
    for row in station.store.cosignatures(log.origin):
        parts.append(f"{row.name} size {row.size} {utc(row.time_s)}\n".encode() + row.lines)
    for held in station.store.deposits(log.origin):
        first = f"{held.relay} holds size {held.size} for {held.party} {utc(held.time_s)}\n"
        parts.append(first.encode() + held.note)
    return b"\n".join(parts)


def folder_of(station: Station, log: LogRow) -> str:
    """A name that sorts by party and epoch, with the letters that its entries bear."""
    epoch = station.number(Ref(log.origin, 0)).partition(".")[0]
    letters = epoch.lstrip("0123456789")
    return f"{log.party}-{log.counter:03d}{letters}-{log.origin.rpartition('/')[2][:12]}"


def sealed(station: Station, text: bytes) -> bytes:
    """An age file to the archive key."""
    return station.suite.seal([station.archive_public], text, station.random)


def put(done: Exported, name: str, data: bytes) -> None:
    """One file of the archive; names are made here, never taken from anybody."""
    path = done.folder / name
    with naming(f"making {path.parent}"):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_new(path, data)
    done.files += 1
    done.sums.append(f"{hashlib.sha256(data).hexdigest()}  {name}\n")


def identity_file(station: Station) -> bytes:
    """The archive's key as stock age takes it; whoever has it reads everything."""
    seed = station.keyring.archive_seed
    recipient = bech32.recipient_text(station.archive_public)
    return (
        f"# The archive of {station.party}. Keep it apart from the archive.\n"
        f"# public key: {recipient}\n{bech32.identity_text(seed)}\n"
    ).encode()
