"""What officers and operators do: draft, release, invite, accept, compare, enrol.

Shapes   every act takes and gives plain JSON values; one table, `ACTS`, names them all
Units    times as RFC 3339 UTC text on the surface
Raises   BadRequest and whatever the exchange refuses
Source   docs/ARCHITECTURE.md, "one surface for terminal, library and browser"
Never    touches a key or a row: releases come in as finished assertions
"""

import asyncio
import base64
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from openline.cases.entry import Ref
from openline.cases.ladder import reception, unnumbered
from openline.desk.cautions import beside, cautions_of
from openline.desk.roster import Roster
from openline.errors import OpenlineError
from openline.exchange.contents import attached
from openline.exchange.drafting import drafts, handling, unfinished
from openline.exchange.drafting.batches import Batch
from openline.exchange.folding import conduit, reading, receipts
from openline.exchange.logs import clocks, epochs, prekeys
from openline.exchange.membership import drawn, identity, lines, parties, succession
from openline.exchange.station import Station
from openline.exchange.traffic import asks
from openline.formats.card import Card, comparison_digits, qr_text
from openline.formats.check import check
from openline.formats.openjson import Value
from openline.formats.release import parse_assertion
from openline.formats.spell import HASH_SIZE, b64, parse_utc, time_text, unb64
from openline.watch.beat import Beat
from openline.watch.lane import Lane
from openline.watch.links import Links
from openline.watch.poster import Poster
from openline.watch.witnessing import Witnessing

Json = dict[str, Any]
WAIT_MAX_S = 600.0
# As many as a person corrects at one time.
FLAWS_MAX = 5


class BadRequest(OpenlineError):
    """An argument is missing or has the wrong shape."""

    code: ClassVar[str] = "desk.bad-request"
    remedy: ClassVar[str] = "Give the argument that is named, in the form that is named."


class WaitedLong(OpenlineError):
    """What was waited for has not happened in the time given."""

    code: ClassVar[str] = "desk.waited-long"
    remedy: ClassVar[str] = "Wait again, or look at the link: `openline board`."


@dataclass(slots=True)
class Desk:
    """The node as a person's tools see it; `address` is that of its pages, empty without them."""

    station: Station
    lane: Lane
    poster: Poster
    links: Links
    beat: Beat
    witnessing: Witnessing
    roster: Roster
    home: Path
    address: str = ""
    # The batches that were drafted or signed last, as they are stored: officers sign them next.
    at_hand: dict[str, Batch] = field(default_factory=dict)


Act = Callable[[Desk, Json], Awaitable[Json]]


def text(args: Json, name: str, default: str | None = None) -> str:
    """A text argument."""
    value = args.get(name, default)
    if not isinstance(value, str):
        raise BadRequest(f"{name}: a text is expected")
    return value


def ref(args: Json, name: str = "ref") -> Ref:
    """A reference [origin, index]."""
    value = args.get(name)
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], int):
        return Ref(str(value[0]), value[1])
    raise BadRequest(f"{name}: [origin, index] is expected")


async def party_card(desk: Desk, args: Json) -> Json:
    """This party's cards as a file, with the digits to read out."""
    station = desk.station
    file = await desk.lane.run(identity.own_cards, station)
    row = await desk.lane.run(station.store.party, station.party)
    fingerprint = row.fingerprint if row else b""
    return {
        "party": station.party,
        "file": b64(file),
        "digits": comparison_digits(fingerprint),
        "qr": qr_text(station.party, fingerprint),
    }


async def party_add(desk: Desk, args: Json) -> Json:
    """Take another party's cards."""
    try:
        file = base64.b64decode(text(args, "file"), validate=True)
    except ValueError:
        raise BadRequest("file: base64 is expected") from None
    row = await desk.lane.run(parties.add, desk.station, file, meant=bool(args.get("meant", False)))
    desk.links.wake_all()
    return await party_value(desk, row.party)


async def party_value(desk: Desk, party: str) -> Json:
    """One party as lists show it."""
    row = await desk.lane.run(desk.station.store.party, party)
    cards = await desk.lane.run(desk.station.cards, party)
    if row is None:
        raise BadRequest(f"{party} is not known here")
    last = cards[-1] if cards else None
    return {
        "party": row.party,
        "standing": parties.standing_text(row),
        "digits": comparison_digits(row.fingerprint),
        "cards": len(cards),
        "urls": list(last.urls) if last else [],
        "pins": [b64(pin) for pin in last.pins] if last else [],
        "officers": last.desk.count if last and last.desk else 0,
    }


async def party_compare(desk: Desk, args: Json) -> Json:
    """Check the digits that the other side read out, or the code that was scanned from it."""
    party = text(args, "party")
    if args.get("code"):
        row = await desk.lane.run(parties.compare_code, desk.station, party, text(args, "code"))
    else:
        row = await desk.lane.run(parties.compare, desk.station, party, text(args, "digits"))
    return await party_value(desk, row.party)


async def party_list(desk: Desk, args: Json) -> Json:
    """All parties known here."""
    rows = await desk.lane.run(desk.station.store.parties)
    return {"parties": [await party_value(desk, row.party) for row in rows]}


async def party_move(desk: Desk, args: Json) -> Json:
    """Other addresses on this party's card, and the TLS keys that answer there."""
    urls = [str(url) for url in args.get("urls", [])]
    pins = args.get("pins")  # none said: those of the last card stay
    keys = None if pins is None else [unb64(str(pin), HASH_SIZE, what="pin") for pin in pins]
    change = identity.Change(urls=tuple(urls), pins=None if keys is None else tuple(keys))
    request = await desk.lane.run(identity.amend, desk.station, change)
    desk.links.greet_all()
    if request is not None:
        file = b64(request.encode())
        return {**moved(request.card), "waits": True, "request": file}
    card = (await desk.lane.run(desk.station.cards, desk.station.party))[-1]
    return {**moved(card), "waits": False, "request": ""}


def moved(card: Card) -> Json:
    """Where a card says that its party is reached."""
    return {"card": card.n, "urls": list(card.urls), "pins": [b64(pin) for pin in card.pins]}


async def kept(desk: Desk, draft: drafts.Draft, flaws: list[Json]) -> Json:
    """Keep a draft and describe what its officers are asked to sign."""
    await desk.lane.run(drafts.keep, desk.station, draft)
    told = await desk.lane.run(drafts.describe, desk.station, draft)
    return {**told, "flaws": flaws}


async def line_invite(desk: Desk, args: Json) -> Json:
    """Draw a charter and draft our `open` entry."""
    spec = args.get("charter")
    if not isinstance(spec, dict):
        raise BadRequest("charter: a table is expected")
    return await opening(desk, await desk.lane.run(lines.invite, desk.station, spec))


async def line_accept(desk: Desk, args: Json) -> Json:
    """Draft our `open` entry on a proposed line."""
    line_id = await desk.lane.run(lines.find, desk.station, text(args, "line"))
    return await opening(desk, await desk.lane.run(lines.accept, desk.station, line_id))


async def opening(desk: Desk, draft: drafts.Draft) -> Json:
    """Our `open` entry, with what should be seen of the charter before anybody signs."""
    warnings = await desk.lane.run(lines.warnings_of, desk.station, draft.line_id)
    changes = await desk.lane.run(succession.followed, desk.station, draft.line_id)
    return {**await kept(desk, draft, []), "warnings": warnings, **succession.told(changes)}


async def line_reopen(desk: Desk, args: Json) -> Json:
    """Draft the `open` entry of a new epoch, after a restore or a doubt."""
    line_id = await desk.lane.run(lines.find, desk.station, text(args, "line"))
    await desk.lane.run(drawn.refuse_drawn_only, desk.station, line_id)
    return await kept(desk, await desk.lane.run(epochs.draft_open, desk.station, line_id), [])


async def line_ours(desk: Desk, args: Json) -> Json:
    """A person says that entries of a closed own epoch, shown by others, are ours."""
    await desk.lane.run(say_ours, desk.station, text(args, "origin"))
    desk.links.wake_all()
    return {"origin": text(args, "origin")}


def say_ours(station: Station, origin: str) -> None:
    """Remember the yes; the next hello takes the entries back."""
    with station.store.write() as tx:
        tx.set_meta(f"ours/{origin}", b"yes")
    for session in station.sessions.values():
        session.boot = b""


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft with what its form and the line have against it; `flaws` only if it was asked so."""

    draft: drafts.Draft
    flaws: list[Json]
    warnings: list[Json]


async def draft(desk: Desk, args: Json) -> Json:
    """Put a message into fields, check it against its form, keep it for release.

    `by` is who drafts it, `form` what it was typed into: the draft made of that before is dropped,
    as is for a `look` at what would be signed an earlier one that says the same.
    """
    made = await checked(desk, args)
    told = await kept(desk, made.draft, made.flaws)
    await desk.lane.run(drafted, desk.station, made.draft, text(args, "by", ""), args)
    return {**told, "warnings": made.warnings}


def drafted(station: Station, made: drafts.Draft, by: str, args: Json) -> None:
    """Remember who drafted, and take back the draft that this one replaces."""
    handling.begin(station, made, by, is_look=args.get("look") is True)
    if args.get("form"):
        before = unfinished.drafted(station, text(args, "form"), made.id.hex())
        if before:
            with contextlib.suppress(drafts.NoSuchDraft):
                forget(station, drafts.kept(station, before))


def forget(station: Station, draft: drafts.Draft) -> None:
    """A draft was released, replaced or thrown away."""
    drafts.drop(station, draft)
    handling.forget(station, draft)


async def checked(desk: Desk, args: Json, officers: int | None = None) -> Checked:
    """A message put into fields and checked; DraftRefused says what is wrong with it."""
    return await desk.lane.run(checked_at, desk.station, args, officers)


def checked_at(station: Station, args: Json, officers: int | None = None) -> Checked:
    """The same on the lane, where many are checked without a change of threads for each.

    What comes in a batch was held against the line as a whole before (`import table`).
    """
    line_id = lines.find(station, text(args, "line"))
    fields = args.get("fields", {})
    if not isinstance(fields, dict):
        raise BadRequest("fields: a table from path to value is expected")
    refs = [ref({"ref": each}) for each in args.get("refs", [])]
    format_id, answer = text(args, "format"), text(args, "answer", "-")
    flaws = flaws_of(station, line_id, format_id, answer, fields)
    cautions = cautions_of(station, line_id, format_id, answer, fields, refs)
    if officers is None:
        cautions += beside(station, line_id, format_id, fields, refs)
    flaws += [c.row() for c in cautions if c.blocks]
    if flaws and not args.get("despite_flaws", False):
        raise drafts.DraftRefused(" ".join(in_words(flaw) for flaw in flaws[:FLAWS_MAX]))
    attached.refuse_foreign(station, line_id, fields)
    made = drafts.compose(
        station, line_id, "message", fields,
        format_id=format_id, answer=answer, refs=refs,
        withhold=withheld_paths(station, format_id, args),
        expires_s=parse_utc(args["expires"]) if args.get("expires") else 0,
        officers=officers,
    )  # fmt: skip
    return Checked(made, flaws, [c.row() for c in cautions if not c.blocks])


def in_words(flaw: Json) -> str:
    """A flaw with the field that has it, where it is about one."""
    return f"{flaw['path']}: {flaw['sentence']}" if flaw["path"] else str(flaw["sentence"])


def flaws_of(
    station: Station, line_id: bytes, format_id: str, answer: str, fields: dict[str, Value]
) -> list[Json]:
    """What the form finds wrong, for the person who drafts."""
    form = station.packs.format(format_id)
    if form is None:
        raise drafts.DraftRefused(station.packs.unknown(format_id))
    refs, pack = station.charter(line_id).packs, form.pack
    if station.packs.agreed(format_id, refs) is None:
        found = [station.packs.differs(ref) for ref in refs if ref.name == pack]
        said = (
            "; ".join(filter(None, found))
            or f"the charter of this line does not name {pack} with this form"
        )
        raise drafts.DraftRefused(f"{format_id}: {said}")
    flaws = [
        {"path": flaw.path, "code": flaw.code, "sentence": flaw.sentence}
        for flaw in check(form, answer, fields, drafting=True)
    ]
    item = form.item("consent")
    is_conduit = item is not None and item.type == "hash"
    why = conduit.lack(station, line_id, fields) if is_conduit else None
    if why is not None:
        flaws.append({"path": "consent", "code": "consent.lacking", "sentence": why})
    return flaws


def withheld_paths(station: Station, format_id: str, args: Json) -> list[str]:
    """The paths to withhold: those that are named, else those that the form withholds itself."""
    if "withheld" in args:
        return [str(path) for path in args["withheld"]]
    form = station.packs.format(format_id)
    return list(form.withheld(args.get("fields", {}))) if form else []


async def draft_show(desk: Desk, args: Json) -> Json:
    """A kept draft as its officers see it."""
    found = await desk.lane.run(drafts.kept, desk.station, text(args, "draft"))
    return await desk.lane.run(drafts.describe, desk.station, found)


async def draft_drop(desk: Desk, args: Json) -> Json:
    """Throw a draft away that was not released."""
    found = await desk.lane.run(drafts.kept, desk.station, text(args, "draft"))
    await desk.lane.run(forget, desk.station, found)
    return {"draft": found.id.hex()}


async def release(desk: Desk, args: Json) -> Json:
    """One officer's assertion over a draft; with the last one it goes into the record."""
    station = desk.station
    assertion = parse_assertion(args.get("assertion", {}))
    before = await desk.lane.run(drafts.kept, station, text(args, "draft"))
    await desk.lane.run(handling.refuse, station, before, assertion.person.hex())
    after = await desk.lane.run(drafts.release, station, before, assertion)
    if not after.is_released:
        return await kept(desk, after, [])
    place = await desk.poster.post(after)
    await desk.lane.run(said, station, after, place)
    desk.links.wake_all()
    told = await desk.lane.run(drafts.describe, station, after)
    if place is None:
        return {**told, "sequenced": False}
    return {**told, "sequenced": True, "ref": list(place), "number": station.number(place)}


def said(station: Station, after: drafts.Draft, place: Ref | None) -> None:
    """What was drafted stands in the record or waits for its number: the form is done with."""
    ref = (place.origin, place.index) if place else None
    unfinished.released(station, after.id.hex(), ref, station.clock.now_s())
    forget(station, after)


async def wait(desk: Desk, args: Json) -> Json:
    """Wait until a message is receipted by every addressee, or answered."""
    place, until = ref(args), text(args, "until", "receipted")
    limit_s = min(float(args.get("timeout_s", 30.0)), WAIT_MAX_S)
    deadline = time.monotonic() + limit_s
    while True:
        told = await desk.lane.run(held_by, desk.station, place)
        by = set(told["missing"] if args.get("by") is None else args["by"])
        if until == "sequenced" or (until == "receipted" and not by & set(told["missing"])):
            return told
        if until == "answered" and told["answered"]:
            return told
        left = deadline - time.monotonic()
        if left <= 0:
            lacking = ", ".join(told["missing"])
            raise WaitedLong(f"no receipt yet of {lacking}" if lacking else "no answer yet")
        await asyncio.sleep(min(0.02, left))


def held_by(station: Station, place: Ref) -> Json:
    """Who gave a receipt that covers an entry, and when first; and whether it was answered."""
    log = station.log(place.origin)
    if log is None or place.index >= log.size:
        raise BadRequest(f"{place.origin} {place.index}: no such entry here")
    first = receipts.holders_of(station, place)
    others = [m.party for m in station.charter(log.line_id).members if m.party != log.party]
    return {
        "ref": list(place),
        "number": station.number(place),
        "receipts": {party: time_text(time_s) for party, time_s in sorted(first.items())},
        "missing": [party for party in others if party not in first],
        "answered": is_answered(station, log.line_id, place),
    }


def is_answered(station: Station, line_id: bytes, place: Ref) -> bool:
    """Whether some addressee's answer to this entry is held here."""
    case = reading.state(station, line_id).case(place)
    rows = reception(case, {}, unnumbered) if case is not None else ()
    return any(row["ref"] == list(place) and row["a4"] for row in rows)


async def reseal_allow(desk: Desk, args: Json) -> Json:
    """Let a party have entries resealed that it had receipted before, for a while."""
    party, seconds = text(args, "party"), int(args.get("seconds", 3600))
    await desk.lane.run(asks.allow_reseal, desk.station, party, min(seconds, 86_400))
    return {"party": party, "seconds": seconds}


async def line_rotate(desk: Desk, args: Json) -> Json:
    """A fresh prekey on a line now, and deletion of those that nobody seals to any more."""
    line_id = await desk.lane.run(lines.find, desk.station, text(args, "line"))
    place = await desk.lane.run(prekeys.rotate, desk.station, line_id)
    deleted = await desk.lane.run(prekeys.delete, desk.station, line_id)
    desk.links.wake_all()
    return {"ref": list(place), "number": desk.station.number(place), "deleted": deleted}


async def confirm_clock(desk: Desk, args: Json) -> Json:
    """An officer says that the clock is right."""
    await desk.lane.run(clocks.confirm, desk.station, text(args, "by", "operator"))
    return {"clock": "confirmed"}


ACTS: dict[str, Act] = {
    "party_card": party_card,
    "party_add": party_add,
    "party_compare": party_compare,
    "party_list": party_list,
    "party_move": party_move,
    "line_invite": line_invite,
    "line_accept": line_accept,
    "line_reopen": line_reopen,
    "line_ours": line_ours,
    "draft": draft,
    "draft_show": draft_show,
    "draft_drop": draft_drop,
    "release": release,
    "wait": wait,
    "reseal_allow": reseal_allow,
    "line_rotate": line_rotate,
    "confirm_clock": confirm_clock,
}
