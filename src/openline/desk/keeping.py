"""What an operator asks for the long run: backups, what a restore left open, the archive.

Shapes   plain JSON values
Units    bytes; times as RFC 3339 UTC text
Raises   BadRequest and what the exchange refuses
Source   docs/OPERATE.md, "Backups"
Never    holds the lane while a database is copied: the node serves meanwhile
"""

import asyncio
import base64
import shutil
from pathlib import Path

from openline.desk.acts import Act, BadRequest, Desk, Json, text
from openline.exchange import restoring
from openline.exchange.carried import early, parcels
from openline.exchange.kept import archive_export, backups, carried_files
from openline.exchange.logs import witnesses
from openline.exchange.membership import lines
from openline.exchange.proof import stamps
from openline.exchange.traffic import profiles
from openline.formats.spell import b64


async def backup(desk: Desk, args: Json) -> Json:
    """Write a backup into a new folder, and the keyring into a file elsewhere if one is named."""
    folder = Path(text(args, "folder"))
    secrets, passphrase = text(args, "keyring", ""), text(args, "passphrase", "")
    made_s = desk.station.clock.now_s()
    if secrets:
        carried_files.check_passphrase(passphrase)
    if secrets and Path(secrets).absolute().is_relative_to(folder.absolute()):
        raise BadRequest("keyring: it does not belong into the folder of the backup")
    if secrets and Path(secrets).exists():
        raise backups.KeyringThere(f"{secrets} is there already")
    await desk.lane.run(backups.require_anchored, desk.station)
    work = asyncio.to_thread(backups.make_at, desk.home, desk.station.party, folder, made_s)
    told: Json = await work
    try:
        await desk.lane.run(backups.require_anchored, desk.station)
    except backups.AnchorWaits:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        raise
    if secrets:
        data = await desk.lane.run(carried_files.secrets_of, desk.station)
        await asyncio.to_thread(carried_files.write_locked, Path(secrets), data, passphrase)
    lacks = [each for each in told["lacks"] if not (secrets and each == backups.KEYRING_LACKS)]
    return {**told, "lacks": lacks, "keyring": secrets}


async def lost(desk: Desk, args: Json) -> Json:
    """What anchor and members know to be newer than the database, and which members answered."""

    def look() -> Json:
        station = desk.station
        found = restoring.standing(station)
        return {
            "reopen": found["reopen"],
            "newer": found["newer"],
            "members": found["members"],
            "told": found["told"],
            "keys": station.ended_keys,
            "waiting": len(station.waiting()),
            "tails": sorted(station.tails.items()),
            "profile": station.profile,
            "cannot_see": list(profiles.CANNOT_SEE[station.profile]),
        }

    return await desk.lane.run(look)


async def stamp_heads(desk: Desk, args: Json) -> Json:
    """The heads of a line, and the witnesses that its charter names."""

    def listed() -> Json:
        line_id = lines.find(desk.station, text(args, "line"))
        named = [each.name for each in witnesses.named(desk.station.charter(line_id))]
        return {"heads": stamps.heads(desk.station, line_id), "witnesses": named}

    return await desk.lane.run(listed)


async def stamp_ask(desk: Desk, args: Json) -> Json:
    """The request for a witness's signature on our head, to be carried there."""
    line_id = await desk.lane.run(lines.find, desk.station, text(args, "line"))
    made = await desk.lane.run(stamps.asked, desk.station, line_id, text(args, "witness"))
    return {"witness": made.witness.name, "size": made.head.size, "request": b64(made.body)}


async def stamp_take(desk: Desk, args: Json) -> Json:
    """What the witness answered."""
    try:
        request, answer = (
            base64.b64decode(text(args, name), validate=True) for name in ("request", "answer")
        )
    except ValueError:
        raise BadRequest("request, answer: base64 is expected") from None
    made = await desk.lane.run(stamps.take, desk.station, request, text(args, "witness"), answer)
    return {"witness": made.witness.name, "origin": made.head.origin, "size": made.head.size}


async def parcel_export(desk: Desk, args: Json) -> Json:
    """Write a file with all that a party lacks, sealed to its card."""
    party, path = text(args, "party"), Path(text(args, "file"))
    everything = bool(args.get("everything", False))

    def make() -> bytes:
        return parcels.make(desk.station, party, everything=everything).file

    data = await desk.lane.run(make)
    await asyncio.to_thread(carried_files.write_parcel, path, data)
    return {"party": party, "file": str(path), "bytes": len(data)}


async def parcel_import(desk: Desk, args: Json) -> Json:
    """Take a parcel that somebody brought, and write what its sender waits for into a file."""
    path, reply = Path(text(args, "file")), text(args, "reply", "")
    if reply and Path(reply).exists():
        raise BadRequest(f"reply: {reply} is there already")
    data = await asyncio.to_thread(carried_files.read_parcel, path)
    taken = await desk.lane.run(parcels.take, desk.station, data)
    desk.links.wake_all()
    if reply:

        def answer() -> bytes:
            return parcels.answer(desk.station, taken).file

        await asyncio.to_thread(
            carried_files.write_parcel, Path(reply), await desk.lane.run(answer)
        )
    return {
        "party": taken.peer,
        "entries": taken.entries,
        "receipts": taken.receipts,
        "answers": taken.answers,
        "files": taken.files,
        "refused": [list(each) for each in taken.refused],
        "reply": reply,
    }


async def archive_export_(desk: Desk, args: Json) -> Json:
    """Write the archive into a new folder; the node does other things between two parts."""
    work = archive_export.steps(desk.station, Path(text(args, "folder")))

    def part() -> archive_export.Exported | None:
        try:
            next(work)
        except StopIteration as done:
            found: archive_export.Exported = done.value
            return found
        return None

    while (done := await desk.lane.run(part)) is None:
        await asyncio.sleep(0)
    return {
        "folder": str(done.folder),
        "logs": done.logs,
        "entries": done.entries,
        "closed": done.closed,
        "files": done.files,
        "attachments": done.attachments,
        "missing": done.missing,
    }


async def archive_key(desk: Desk, args: Json) -> Json:
    """Write the identity that opens the archive into a new file, locked by a passphrase."""
    path, passphrase = Path(text(args, "file")), text(args, "passphrase")
    carried_files.check_passphrase(passphrase)
    plain, recipient = await desk.lane.run(carried_files.archive_identity, desk.station)
    await asyncio.to_thread(carried_files.write_locked, path, plain, passphrase)
    return {"file": str(path), "recipient": recipient}


async def early_list(desk: Desk, args: Json) -> Json:
    """Notices that are here ahead of their long signature: shown, and in no log yet."""
    return {"early": await desk.lane.run(early.held, desk.station)}


KEEPING: dict[str, Act] = {
    "early_list": early_list,
    "archive_export": archive_export_,
    "archive_key": archive_key,
    "backup": backup,
    "lost": lost,
    "parcel_export": parcel_export,
    "stamp_heads": stamp_heads,
    "stamp_ask": stamp_ask,
    "stamp_take": stamp_take,
    "parcel_import": parcel_import,
}
