"""Keys of this party through their life: shown, changed, declared lost; officers by two.

Shapes   every act takes and gives plain JSON values; one table, `KEYS`, names them all. What makes
         a card gives {"card", "waits", "request"}: a request waits where root keys are away
Units    times as RFC 3339 UTC text; files as base64
Raises   BadRequest and whatever identity, rotation and enrolment refuse
Source   docs/OPERATE.md, "Keys"; docs/PROTOCOL.md part 4
Never    is given a root key or an officer's key: signatures come in finished
"""

import hashlib

from openline.desk.acts import Act, BadRequest, Desk, Json, text
from openline.exchange.membership import (
    enrolment,
    identity,
    inventory,
    lines,
    own_cards,
    rotation,
)
from openline.exchange.membership.enrolment import Asked
from openline.exchange.membership.identity import Change
from openline.exchange.membership.rotation import Loss
from openline.exchange.station import Station
from openline.formats.card import OfficerLeaf, parse_officer
from openline.formats.card_request import CardRequest
from openline.formats.note import parse_vkey
from openline.formats.release import comparison40, parse_assertion
from openline.formats.spell import b64, parse_utc, unb64


async def keys_show(desk: Desk, args: Json) -> Json:
    """The keys in force, where their successors are, what ended and when, what waits."""
    return await desk.lane.run(inventory.keys, desk.station)


async def keys_crypto(desk: Desk, args: Json) -> Json:
    """Every kind of cryptography in use here: what for, how strong, where its keys lie."""
    return {"rows": await desk.lane.run(inventory.cryptography, desk.station)}


async def keys_ceremony(desk: Desk, args: Json) -> Json:
    """A card that names root keys which were made elsewhere: its successors are away after it."""
    first, roots = plan(args)

    def put_away() -> Json:
        station = desk.station
        if identity.roots_are_away(station):
            identity.keep_plan(station, first, roots)
            return {"card": len(station.cards(station.party)) - 1}
        if first != len(station.cards(station.party)) + 1:
            raise identity.PlanRefused(f"the first root keys are those of card {first}")
        return {"card": identity.revise(station, change=Change(), plan=roots).n}

    told = await desk.lane.run(put_away)
    desk.links.greet_all()
    return told


def plan(args: Json) -> tuple[int, list[identity.RootPair]]:
    """The public side of root keys that lie elsewhere."""
    first, rows = args.get("first"), args.get("roots")
    if not isinstance(first, int) or not isinstance(rows, list) or len(rows) < 2:
        raise BadRequest("first, roots: a card number and two pairs of keys or more are expected")
    return first, [(parse_vkey(str(row[0])), parse_vkey(str(row[1]))) for row in rows]


async def keys_rotate(desk: Desk, args: Json) -> Json:
    """New keys for everything; with `lost` the old ones count as stolen from then on."""

    def turn() -> tuple[CardRequest | None, Json]:
        station = desk.station
        identity.refuse_waiting(station)
        loss = loss_of(station, args) if args.get("lost") else None
        rotation.note_floors(station, loss)
        request = identity.amend(station, rotation.change(station, loss))
        opened = rotation.finish(station) if request is None else ()
        return request, {"epochs": len(opened)}

    request, told = await desk.lane.run(turn)
    return {**made(desk, request), **told}


def loss_of(station: Station, args: Json) -> Loss:
    """What was lost, from `since` and `from`: pairs of a line and its first entry not ours."""
    floors: dict[str, int] = {}
    rows = args.get("from", [])
    for row in rows if isinstance(rows, list) else []:
        match row:
            case [str(line), int(size)]:
                floors |= rotation.floors_from(station, lines.find(station, line), "", size)
            case [str(line), int(size), str(epoch)]:
                floors |= rotation.floors_from(station, lines.find(station, line), epoch, size)
            case _:
                raise BadRequest("from: a line, a number and perhaps an epoch are expected")
    since, card = text(args, "since", ""), args.get("card")
    if card is not None and not isinstance(card, int):
        raise BadRequest("card: a number is expected")
    return rotation.loss_of(station, floors, parse_utc(since) if since else None, card)


async def keys_recover(desk: Desk, args: Json) -> Json:
    """Start again with root keys that were away: new keys, and other officers if given.

    Only a request is made here: the signature of the root keys is what allows it.
    """
    leaves = tuple(parse_officer(str(leaf).encode()) for leaf in args.get("leaves", []))

    def begin() -> CardRequest:
        station = desk.station
        identity.refuse_waiting(station)
        loss = loss_of(station, args) if args.get("lost") else None
        roots = identity.planned_roots(station)
        rotation.note_floors(station, loss)
        change = rotation.change(station, loss)
        officers = leaves if leaves else None
        return identity.propose(station, Change(officers, ends=change.ends, turns=True), roots)

    return made(desk, await desk.lane.run(begin))


async def keys_adopt(desk: Desk, args: Json) -> Json:
    """Put our cards as a member holds them in the place of those here that contradict them."""
    gone = await desk.lane.run(own_cards.adopt, desk.station)
    return {"gone": gone, "card": len(desk.station.cards(desk.station.party)) - 1}


async def keys_request(desk: Desk, args: Json) -> Json:
    """The request that waits for its root keys, once more."""
    return made(desk, await desk.lane.run(identity.waiting_request, desk.station))


async def keys_hand_in(desk: Desk, args: Json) -> Json:
    """The signature of the root keys: the card that waited counts from now on."""
    note = unb64(text(args, "note"))

    def take() -> Json:
        card = identity.hand_in(desk.station, note)
        return {"card": card.n, "epochs": len(rotation.finish(desk.station))}

    told = await desk.lane.run(take)
    desk.links.greet_all()
    return told


async def keys_give_up(desk: Desk, args: Json) -> Json:
    """Forget the card that waits for its root keys."""
    return {"given_up": await desk.lane.run(identity.give_up, desk.station)}


def made(desk: Desk, request: CardRequest | None) -> Json:
    """The card that was made, or the one that waits."""
    if request is not None:
        return {"card": request.card.n, "waits": True, "request": b64(request.encode())}
    desk.links.greet_all()
    return {"card": len(desk.station.cards(desk.station.party)) - 1, "waits": False, "request": ""}


async def officer_change(desk: Desk, args: Json) -> Json:
    """The change of officers that waits for approval; without one `change` is empty."""
    found = await desk.lane.run(enrolment.asked, desk.station)
    return {"change": described(desk.station, found) if found is not None else {}}


async def officer_approve(desk: Desk, args: Json) -> Json:
    """One officer's assertion over the change that waits; with the last one the card is made."""
    assertion = parse_assertion(args.get("assertion", {}))
    return changed(desk, *await desk.lane.run(enrolment.approve, desk.station, assertion))


async def officer_give_up(desk: Desk, args: Json) -> Json:
    """Forget the change of officers that waits for approval."""
    await desk.lane.run(enrolment.give_up, desk.station)
    return {"change": {}}


def changed(desk: Desk, found: Asked, request: CardRequest | None) -> Json:
    """What became of a change of officers."""
    told = {"officers": len(found.leaves), "change": {}}
    if found.is_approved:
        return {**made(desk, request), **told}
    card = len(desk.station.cards(desk.station.party)) - 1
    pending = described(desk.station, found)
    return {"card": card, "waits": False, "request": "", **told, "change": pending}


def described(station: Station, found: Asked) -> Json:
    """A change of officers as whoever approves it sees and signs it."""
    now = set(identity.current_officers(station))
    after = set(found.leaves)
    statement = found.statement()
    challenge = hashlib.sha256(statement).digest()
    desk = station.cards(station.party)[-1].desk
    return {
        "statement": statement.decode(),
        "challenge": b64(challenge),
        "digits": comparison40(challenge),
        "rp_id": desk.rp_id if desk else "",
        "card_size": found.card_size,
        "party": found.party,
        "leaves": [leaf.text() for leaf in found.leaves],
        "added": [person(leaf) for leaf in sorted(after - now, key=lambda x: x.person)],
        "removed": [person(leaf) for leaf in sorted(now - after, key=lambda x: x.person)],
        "approved_by": [b64(each.person) for each in found.approvals],
        "needed": found.needed,
    }


def person(leaf: OfficerLeaf) -> Json:
    """An officer by person id and roles."""
    return {"person": b64(leaf.person), "roles": list(leaf.roles)}


KEYS: dict[str, Act] = {
    "keys_show": keys_show,
    "keys_crypto": keys_crypto,
    "keys_adopt": keys_adopt,
    "keys_ceremony": keys_ceremony,
    "keys_rotate": keys_rotate,
    "keys_recover": keys_recover,
    "keys_request": keys_request,
    "keys_hand_in": keys_hand_in,
    "keys_give_up": keys_give_up,
    "officer_change": officer_change,
    "officer_approve": officer_approve,
    "officer_give_up": officer_give_up,
}
