"""Files that messages name: attached before drafting, listed, saved.

Shapes   plain JSON values; `attach` gives the value that a field takes; a row of `attachments` is
         {"line", "ref", "number", "from", "name", "size", "sha256", "plain", "state", "got",
         "since", "asked", "holders", "lacking", "keys"}; a row of `stands` says what was found in
         a file
Units    bytes; hashes in hexadecimal, as other programs show them
Raises   BadRequest, FileThere, and what photo.py and contents/attached.py refuse
Source   docs/OPERATE.md, "Attachments"; docs/decisions/0074-attachments.md
Never    changes the file that was attached; never says that a file is held which is not whole
         here, nor gives or tells anything of a file of another line than the message that names it
"""

import asyncio
import hashlib
from pathlib import Path
from typing import ClassVar, Final

from openline.cases.entry import Ref
from openline.desk.acts import Act, BadRequest, Desk, Json, ref, text
from openline.errors import OpenlineError
from openline.exchange.contents import attached, file_keys, file_members, findings
from openline.exchange.contents.attached import FileTooLarge, NotHeld
from openline.exchange.folding import entries
from openline.exchange.kept import carried_files
from openline.exchange.membership import lines
from openline.exchange.station import Station
from openline.formats import photo
from openline.formats.attachment import FILE_BYTES_MAX, Attached, read_attached
from openline.formats.malformed import Malformed
from openline.formats.spell import HASH_SIZE, check_size, utc

REMOVED: Final = "metadata removed"
NONE_FOUND: Final = "no metadata found"
NOT_REMOVED: Final = "metadata not removed"


class FileThere(OpenlineError):
    """There is something at the place where a file was to be saved."""

    code: ClassVar[str] = "desk.file-there"
    remedy: ClassVar[str] = "Name a file that does not exist yet: nothing is overwritten."


async def attach(desk: Desk, args: Json) -> Json:
    """Take metadata from a photograph, seal the file for a line, keep it; the field's value.

    The node reads the file itself: it runs for the same user, and the file may be large.
    """
    path = Path(text(args, "file"))
    data = await asyncio.to_thread(read_bounded, path)
    told = await attach_bytes(desk, text(args, "line"), text(args, "name", path.name), data)
    if args.get("with_metadata") is True:
        sha256 = read_attached(told["value"]).age
        await desk.lane.run(findings.choose, desk.station, sha256, findings.TERMINAL)
    return told


async def attachment_choice(desk: Desk, args: Json) -> Json:
    """Keep that a person has a file sent with its metadata, or has not; `by` "" takes it back.

    Only of a file that was attached here for this line: the choice is of whoever sends it.
    """

    def choose() -> Json:
        station, named = desk.station, text(args, "sha256")
        line_id = lines.find(station, text(args, "line"))
        try:
            file_hash = check_size(bytes.fromhex(named), HASH_SIZE, what="attachment hash")
        except (ValueError, Malformed):
            raise BadRequest("sha256: 64 hexadecimal digits are expected") from None
        row = station.store.attachment(file_hash)
        if row is None or row.state != attached.HELD or row.line_id != line_id or not row.slip:
            raise NotHeld(f"{named[:16]}: no file that was attached here for this line")
        return {"chosen_by": findings.choose(station, file_hash, text(args, "by")).chosen_by}

    return await desk.lane.run(choose)


def read_bounded(path: Path) -> bytes:
    """A file's bytes, refused before they are read where there are too many."""
    if not path.is_file():
        raise BadRequest(f"file: {path} is no file that this node can read")
    if path.stat().st_size > FILE_BYTES_MAX:
        raise FileTooLarge(f"{path.name}: more than {FILE_BYTES_MAX} bytes")
    return carried_files.read_file(path, FILE_BYTES_MAX)


async def attach_bytes(desk: Desk, line: str, name: str, data: bytes) -> Json:
    """The same with bytes at hand."""
    clean = await asyncio.to_thread(photo.cleaned, data)

    def seal() -> Attached:
        line_id = lines.find(desk.station, line)
        return attached.seal(desk.station, line_id, name, clean.data)

    found = await desk.lane.run(seal)
    await desk.lane.run(findings.keep, desk.station, found.age, clean)
    told = REMOVED if clean.removed else NONE_FOUND if clean.known else NOT_REMOVED
    return {
        "value": found.value(),
        "name": found.name,
        "bytes": len(clean.data),
        "original": len(data),
        "metadata": told,
        "removed": list(clean.removed),
    }


def stands(station: Station, line_id: bytes, each: Attached) -> Json:
    """A file that a form or a draft names, as its officers should know it; called on the lane.

    `here` is False for one that was not attached here for this line: nothing more is said of it.
    """
    row = station.store.attachment(each.age)
    told = {"name": each.name, "sealed": each.size, "sha256": each.age.hex(),
            "plain": each.plain.hex()}  # fmt: skip
    if row is None or row.state != attached.HELD or row.line_id != line_id or not row.slip:
        return {**told, "here": False}
    found = findings.of(station, each.age)
    return {
        **told,
        "here": True,
        "kind": found.kind,
        "bytes": found.size,
        "metadata": REMOVED if found.removed else NONE_FOUND if found.known else NOT_REMOVED,
        "removed": list(found.removed),
        "asks": found.is_asked,
        "chosen_by": found.chosen_by,
    }


def rows_of(station: Station, place: Ref) -> list[Json]:
    """The files that an entry names, with what is here of each; called on the lane."""
    log = station.log(place.origin)
    if log is None:
        return []
    members = [member.party for member in station.charter(log.line_id).members]
    return [
        {
            "line": log.line_id.hex(),
            "ref": list(place),
            "number": f"{log.party}:{station.number(place)}",
            "from": log.party,
            **row_of(station, each, log.line_id, members),
        }
        for each in attached.of_entry(station, *place)
    ]


def row_of(station: Station, each: Attached, line_id: bytes, members: list[str]) -> Json:
    """One file: what was said of it, what is here, and who said that it holds it.

    One of another line is told as one that nobody has: whoever reads here may have no role there.
    """
    row = station.store.attachment(each.age)
    told = file_members.told(station, each.age)
    authors = file_members.authors(station, each.age, line_id)
    found = {
        "name": each.name,
        "size": each.size,
        "sha256": each.age.hex(),
        "plain": each.plain.hex(),
    }
    if row is not None and row.line_id != line_id:
        return {
            **found,
            "state": attached.WANTED,
            "got": 0,
            "since": "",
            "asked": "",
            "holders": [party for party in members if party in authors],
            "lacking": [party for party in members if party not in authors],
            "keys": [],
        }
    asking = file_keys.asking(station, each.age)
    holders = {party for party, _ in station.store.attachment_holders(each.age)}
    holders = (holders - set(asking)) | authors
    return {
        **found,
        "state": file_keys.standing(station, row) if row is not None else attached.WANTED,
        "got": row.got if row is not None else 0,
        "since": utc(row.since_s) if row is not None else "",
        "asked": attached.asked(station, each.age),
        "holders": [party for party in members if party in holders],
        "lacking": [party for party in members if party in told and party not in holders],
        "keys": [[party, became] for party, became in asking.items()],
    }


def missing_rows(station: Station) -> list[Json]:
    """Every file that was named to this node and is not here; called on the lane."""
    found: list[Json] = []
    for row in station.store.attachments(attached.WANTED):
        for origin, index, _ in station.store.attachment_names(row.hash):
            place = Ref(origin, index)
            found += [r for r in rows_of(station, place) if r["sha256"] == row.hash.hex()]
    for origin, index, file_hash in station.store.attachments_elsewhere():
        rows = rows_of(station, Ref(origin, index))
        found += [r for r in rows if r["sha256"] == file_hash.hex()]
    return found


async def attachments(desk: Desk, args: Json) -> Json:
    """The files of one message, or of all messages; with `missing` only those that are not here."""

    def listed() -> list[Json]:
        station = desk.station
        if args.get("ref"):
            entries.at(station, ref(args))
            found = rows_of(station, ref(args))
        elif args.get("missing"):
            found = missing_rows(station)
        else:
            places = {
                (origin, index)
                for row in station.store.attachments()
                for origin, index, _ in station.store.attachment_names(row.hash)
            }
            found = [row for place in sorted(places) for row in rows_of(station, Ref(*place))]
        is_missing = bool(args.get("missing"))
        return [row for row in found if not is_missing or row["state"] in file_keys.MISSING]

    return {"attachments": await desk.lane.run(listed)}


def pick(station: Station, place: Ref, wanted: str) -> Attached:
    """The file of an entry by its name or the beginning of a hash; the only one needs no name."""
    found = [
        each
        for each in attached.of_entry(station, *place)
        if wanted in ("", each.name)
        or (len(wanted) >= 8 and each.age.hex().startswith(wanted.lower()))
    ]
    if len(found) != 1:
        names = ", ".join(each.name for each in attached.of_entry(station, *place)) or "none"
        raise NotHeld(f"{wanted or 'which one'}: the message names {names}")
    return found[0]


async def attachment_read(desk: Desk, args: Json) -> tuple[Attached, bytes]:
    """What is inside a held file, checked against what its message says."""

    def read() -> tuple[Attached, bytes]:
        place = ref(args)
        found = pick(desk.station, place, text(args, "name", ""))
        log = desk.station.log(place.origin)
        return found, inside(desk.station, found, log.line_id if log is not None else b"")

    return await desk.lane.run(read)


def inside(station: Station, each: Attached, line_id: bytes) -> bytes:
    """What is inside a held file of a line; NotHeld where it is not what was said of it there.

    A message may name the hash of a file of another line, which was held for its officers alone.
    """
    if not file_members.belongs(station, each.age, line_id):
        raise NotHeld(f"{each.name}: {attached.WANTED}")
    data = attached.opened(station, each.age)
    if hashlib.sha256(data).digest() != each.plain:
        raise NotHeld(f"{each.name}: holds something else than the message says")
    return data


async def attachment_save(desk: Desk, args: Json) -> Json:
    """What is inside a held file into a new file; with `sealed` the age file as it is kept."""
    path = Path(text(args, "file"))
    found, data = await attachment_read(desk, args)
    if args.get("sealed"):
        data = await desk.lane.run(attached.sealed_file, desk.station, found.age)
    if path.exists():
        raise FileThere(f"{path} is there already")
    await asyncio.to_thread(carried_files.write_file, path, data)
    return {"file": str(path), "name": found.name, "bytes": len(data), "plain": found.plain.hex()}


ATTACHING: dict[str, Act] = {
    "attach": attach,
    "attachment_choice": attachment_choice,
    "attachments": attachments,
    "attachment_save": attachment_save,
}
