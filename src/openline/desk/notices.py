"""Notices that stand: many at once, in-force digests, consents of originators, erasure.

Shapes   plain JSON values
Units    times as RFC 3339 UTC text
Raises   BadRequest, NotADigest, NotErasable, UnknownLine
Source   docs/OPERATE.md, "What is in force"
Never    releases anything: a digest and its answer are drafts like every message
"""

import asyncio

from openline.cases.entry import Ref
from openline.desk.acts import Act, BadRequest, Desk, Json, draft, ref, text
from openline.desk.batches import BATCHES
from openline.desk.outside import OUTSIDE
from openline.exchange.folding import conduit, erasing, in_force
from openline.exchange.membership import lines
from openline.exchange.station import Station
from openline.formats.spell import b64

GREETING_S = 10.0


def scope_of(args: Json) -> list[str]:
    """The forms to list, without version; all notices of the humanitarian pack by default."""
    given = args.get("scope") or list(in_force.SCOPE)
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise BadRequest("scope: a list of forms is expected")
    return sorted(set(given))


async def digest_list(desk: Desk, args: Json) -> Json:
    """What a member has in force on a line now, as this node sees it."""

    def show(station: Station) -> Json:
        line_id = lines.find(station, text(args, "line"))
        party = text(args, "party", station.party)
        sizes = {log.origin: log.size for log in station.logs_of(line_id) if log.party == party}
        as_of_s = station.line_now(line_id)
        rows = in_force.listing(station, line_id, party, sizes, scope_of(args), as_of_s)
        return {
            "line": line_id.hex(),
            "party": party,
            "count": len(rows),
            "root": b64(in_force.root(rows)),
            "rows": [
                {"ref": [row.origin, row.index], "version": b64(row.version), "until": row.until}
                for row in rows
            ],
        }

    return await desk.lane.run(show, desk.station)


async def digest_make(desk: Desk, args: Json) -> Json:
    """Draft a digest of what this party has in force on a line now."""

    def make(station: Station) -> tuple[str, dict[str, object]]:
        line_id = lines.find(station, text(args, "line"))
        answer, fields = in_force.make(station, line_id, scope_of(args))
        return answer, dict(fields)

    answer, fields = await desk.lane.run(make, desk.station)
    more = args.get("fields", {})
    told = {"line": text(args, "line"), "format": in_force.DIGEST_FORMAT, "answer": answer}
    return await draft(desk, {**told, "fields": {**more, **fields}})


async def digest_check(desk: Desk, args: Json) -> Json:
    """A digest against what this node holds, with what differs."""
    finding = await desk.lane.run(in_force.check, desk.station, ref(args))
    return dict(finding.value())


async def digest_answer(desk: Desk, args: Json) -> Json:
    """Draft the answer to a digest: the same root, what differs, or that it cannot be told."""
    place = ref(args)
    finding = await desk.lane.run(in_force.check, desk.station, place)
    answer, fields = in_force.reply(finding)
    drafted = await draft(
        desk,
        {
            "line": await desk.lane.run(line_of, desk.station, place),
            "format": in_force.ANSWER_FORMAT,
            "answer": answer,
            "refs": [list(place)],
            "fields": {**args.get("fields", {}), **fields},
        },
    )
    return {**drafted, "finding": dict(finding.value())}


def line_of(station: Station, place: Ref) -> str:
    """The line on which an entry stands."""
    log = station.log(place.origin)
    if log is None:
        raise BadRequest(f"{place.origin}: no such log here")
    return log.line_id.hex()


async def consents(desk: Desk, args: Json) -> Json:
    """Consents of originators, with what was passed on under each and what must end."""
    return {"consents": await desk.lane.run(conduit.register, desk.station)}


async def erase(desk: Desk, args: Json) -> Json:
    """Remove the content of a closed case from this node; the proofs stay.

    Every member is greeted first: only its newest hello says what it holds now. Who does not answer
    has stated nothing new, and then the refusal names it.
    """
    place = ref(args)
    line_id = await desk.lane.run(lines.find, desk.station, line_of(desk.station, place))
    others = await desk.lane.run(desk.station.others, line_id)
    tests = [desk.links.test(peer, GREETING_S) for peer in others]
    await asyncio.gather(*tests)

    def run(station: Station) -> erasing.Erased:
        return erasing.erase(station, line_id, place)

    done = await desk.lane.run(run, desk.station)
    return {"ref": list(place), "entries": done.entries, "fields": done.fields}


NOTICES: dict[str, Act] = {
    **BATCHES,
    **OUTSIDE,
    "digest_list": digest_list,
    "digest_make": digest_make,
    "digest_check": digest_check,
    "digest_answer": digest_answer,
    "consents": consents,
    "erase": erase,
}
