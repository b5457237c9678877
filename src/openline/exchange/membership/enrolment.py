"""Who are our officers: a change of their tree is asserted by two of those who are it now.

Shapes   ask(station, leaves) -> Asked; approve(station, assertion) -> Asked with one more
Units    `needed` counts officers; roles and keys are those of the newest card
Raises   NoChangeAsked, ApprovalRefused, OfficerRefused, BadAssertion
Source   docs/PROTOCOL.md part 4.3; docs/decisions/0062-officers-by-two.md
Never    asks anybody while no line was opened: then nothing was said that an officer vouches for.
         Who has lost too many keys to assert goes by the root keys, and by nothing else
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.envelope.release import verify_assertion
from openline.errors import OpenlineError
from openline.exchange.membership import identity
from openline.exchange.membership.identity import Change, OfficerRefused
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.card import OfficerLeaf, parse_officer
from openline.formats.card_request import CardRequest
from openline.formats.head import EMPTY_ROOT
from openline.formats.openjson import Value
from openline.formats.release import Assertion, officers_statement, parse_assertion

ASKED: Final = "officers/asked"
APPROVERS: Final = 2
RELEASER: Final = "releaser"


class NoChangeAsked(OpenlineError):
    """No change of officers waits for approval."""

    code: ClassVar[str] = "exchange.no-change-asked"
    remedy: ClassVar[str] = "Ask for one: `openline officer add` or `openline officer remove`."


class ApprovalRefused(OpenlineError):
    """An assertion does not count for this change of officers."""

    code: ClassVar[str] = "exchange.approval-refused"
    remedy: ClassVar[str] = "Two different releasers of the newest card have to approve the change."


@dataclass(frozen=True, slots=True)
class Asked:
    """A change of officers: the tree as it would be, on top of the card of a size."""

    party: str
    card_size: int
    root: bytes
    leaves: tuple[OfficerLeaf, ...]
    approvals: tuple[Assertion, ...]
    needed: int

    @property
    def is_approved(self) -> bool:
        return len(self.approvals) >= self.needed

    def statement(self) -> bytes:
        """What an officer signs."""
        return officers_statement(self.party, self.card_size, len(self.leaves), self.root)


def needed(station: Station) -> int:
    """How many of today's officers have to approve a change of officers."""
    if station.ended_keys:
        return APPROVERS  # it waits: no card is made here but by `keys recover`
    if not any(log.party == station.party and log.size for log in station.store.logs()):
        return 0
    releasers = [x for x in identity.current_officers(station) if RELEASER in x.roles]
    return min(APPROVERS, len(releasers))


def ask(station: Station, leaves: Sequence[OfficerLeaf]) -> tuple[Asked, CardRequest | None]:
    """Want these officers: done at once where nobody has to approve it, else kept until then.

    A change that waited gives way, and with it what was approved of it: approvals are of one tree.
    """
    last = station.cards(station.party)[-1]
    desk = identity.desk_of(last, leaves)
    if set(leaves) == set(identity.current_officers(station)):
        if asked(station) is None:
            raise OfficerRefused("these are the officers of the newest card")
        give_up(station)
        return Asked(station.party, last.n + 1, EMPTY_ROOT, tuple(leaves), (), 0), None
    root = desk.root if desk.root is not None else EMPTY_ROOT
    made = Asked(station.party, last.n + 1, root, tuple(leaves), (), needed(station))
    return made, settle(station, made)


def wanted(station: Station) -> tuple[OfficerLeaf, ...]:
    """The officers as they would be after the change that waits, else those of today."""
    found = asked(station)
    return identity.current_officers(station) if found is None else found.leaves


def asked(station: Station) -> Asked | None:
    """The change that waits; one that was asked on top of an older card is void."""
    data = station.store.meta(ASKED)
    value = openjson.decode(data, values_max=200_000) if data else {}
    if not isinstance(value, dict) or not value:
        return None
    size = len(station.cards(station.party))
    if value["card_size"] != size:
        return None
    rows, signed = value["leaves"], value["approvals"]
    leaves = tuple(parse_officer(str(x).encode()) for x in (rows if isinstance(rows, list) else []))
    given = tuple(parse_assertion(x) for x in (signed if isinstance(signed, list) else []))
    desk = identity.desk_of(station.cards(station.party)[-1], leaves)
    root = desk.root if desk.root is not None else EMPTY_ROOT
    return Asked(station.party, size, root, leaves, given, needed(station))


def approve(station: Station, assertion: Assertion) -> tuple[Asked, CardRequest | None]:
    """One more officer's assertion over the change; with the last one the card is made."""
    found = asked(station)
    if found is None:
        raise NoChangeAsked("no change of officers waits here")
    now = {leaf.person: leaf for leaf in identity.current_officers(station)}
    leaf = now.get(assertion.person)
    if leaf is None or RELEASER not in leaf.roles:
        raise ApprovalRefused("this officer is no releaser of the newest card")
    for earlier in found.approvals:
        if now[earlier.person].person == leaf.person or now[earlier.person].spki == leaf.spki:
            raise ApprovalRefused("one person, or one key, cannot approve twice")
    desk = station.cards(station.party)[-1].desk
    challenge = hashlib.sha256(found.statement()).digest()
    verify_assertion(assertion, leaf.spki, desk.rp_id if desk else "", challenge, station.suite)
    approvals = (*found.approvals, assertion)
    made = Asked(found.party, found.card_size, found.root, found.leaves, approvals, found.needed)
    return made, settle(station, made)


def settle(station: Station, made: Asked) -> CardRequest | None:
    """Make the card of an approved change; keep one that is not."""
    approvals: list[Value] = [assertion.value() for assertion in made.approvals]
    value: dict[str, Value] = {
        "approvals": approvals,
        "card_size": made.card_size,
        "leaves": [leaf.text() for leaf in made.leaves],
    }
    data = openjson.encode(value, values_max=200_000)
    if not made.is_approved:
        with station.store.write() as tx:
            tx.set_meta(ASKED, data)
        return None
    request = identity.amend(station, Change(officers=made.leaves))
    with station.store.write() as tx:
        # Who approved stays with the card's number, for whoever audits this node.
        tx.set_meta(f"officers/approved/{made.card_size}", data)
        tx.set_meta(ASKED, b"")
    return request


def give_up(station: Station) -> None:
    """Forget the change that waits."""
    with station.store.write() as tx:
        tx.set_meta(ASKED, b"")
