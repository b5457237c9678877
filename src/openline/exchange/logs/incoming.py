"""Whose log is it: the signed head of a delivery, and the `open` entry that begins a log.

Shapes   verified_head(station, note) -> Head; accept_open(...) -> LogRow of size 0, line stored
Units    at most 16 proposals per party, 16 new epochs per party, line and day
Raises   UnknownParty, FrozenParty, NotAMember, OriginMismatch, OpenSealed, EnvelopeMismatch,
         TooMany
Source   docs/PROTOCOL.md parts 4, 5 and 8
Never    signs or gives a receipt
"""

import hashlib

from openline.envelope.suite import BadSignature, CannotOpen
from openline.errors import OpenlineError
from openline.exchange.contents.opening import Faulty, Opened, check_lines, lacks_card_key
from openline.exchange.refusals import (
    EnvelopeMismatch,
    FrozenParty,
    NotAMember,
    OpenSealed,
    OriginMismatch,
    RootMismatch,
    TooMany,
    UnknownParty,
)
from openline.exchange.station import Station
from openline.formats.charter import Charter, origin_of, parse_charter, party_of
from openline.formats.delivery import Delivery
from openline.formats.head import EMPTY_ROOT, Head
from openline.formats.leaf import parse_leaf
from openline.formats.malformed import Malformed
from openline.formats.spell import unb64
from openline.record.checkpoint import LogKeys, open_checkpoint
from openline.store.contract import LineRow, LogRow, PartyRow

PROPOSALS_MAX = 16
EPOCHS_PER_DAY_MAX = 16
DAY_S = 86_400


def known_party(station: Station, party: str) -> PartyRow:
    """The row of a party whose card is held and that is not frozen."""
    row = station.store.party(party)
    if row is None:
        raise UnknownParty(f"{party}: no card of this party is held here")
    if row.standing == "frozen":
        raise FrozenParty(party)
    return row


def verified_head(station: Station, note: bytes) -> Head:
    """The head of a checkpoint that the origin's own party signed with both log keys.

    Old epochs may be signed by the keys of an earlier card, so newer cards are tried first.
    """
    origin = note.partition(b"\n")[0].decode("utf-8", "replace")
    party = party_of(origin)
    known_party(station, party)
    fault: OpenlineError = UnknownParty(f"{party}: no card of this party is held here")
    tried: set[bytes] = set()
    for card in reversed(station.cards(party)):
        if card.log6.public in tried:
            continue
        tried.add(card.log6.public)
        try:
            return open_checkpoint(note, LogKeys.of(card, origin), station.suite)
        except (BadSignature, OpenlineError) as refused:
            if isinstance(refused, Malformed):
                raise
            fault = refused
    raise fault


def accept_open(
    station: Station, head: Head, delivery: Delivery, resealed: bytes = b""
) -> tuple[LogRow, LineRow | None]:
    """The empty log row for a new origin, from its `open` entry, and its line if that is new.

    `resealed` are the lines of that entry as a member sealed them anew; OpenSealed asks for it.
    """
    if delivery.old != 0 or not delivery.entries:
        raise RootMismatch(f"{head.origin} is not known here; deliver it from entry 0")
    data, envelope = delivery.entries[0]
    leaf = parse_leaf(data)
    if hashlib.sha256(envelope).digest() != leaf.envelope_hash:
        raise EnvelopeMismatch(f"{head.origin} entry 0: envelope is not the leaf's")
    if leaf.kind != "open":
        raise OriginMismatch(f"{head.origin}: entry 0 is not `open`")
    try:
        plaintext = station.suite.unseal(station.keyring.seal_seeds, resealed or envelope)
        opened = check_lines(leaf, plaintext, head.origin, 0)
    except (CannotOpen, Faulty) as fault:
        if isinstance(fault, CannotOpen) and not resealed and lacks_card_key(station):
            raise OpenSealed(f"{head.origin}: sealed to a key of an earlier card of ours") from None
        raise OriginMismatch(f"{head.origin}: `open` cannot be read: {fault}") from None
    charter, counter, nonce = read_open(head, opened)
    party = party_of(head.origin)
    check_members(station, charter, party)
    line = None
    if station.store.line(charter.line_id) is None:
        line = proposal(station, charter, party)
    else:
        limit_epochs(station, charter.line_id, party)
    station.admit(charter)
    return LogRow(head.origin, party, charter.line_id, counter, nonce, 0, (), EMPTY_ROOT, b""), line


def read_open(head: Head, opened: Opened) -> tuple[Charter, int, bytes]:
    """Charter, counter and nonce of an `open` entry; they must give the origin."""
    text, epoch = opened.value("charter"), opened.value("epoch")
    if not isinstance(text, str) or not isinstance(epoch, list) or len(epoch) != 2:
        raise OriginMismatch(f"{head.origin}: `open` names no charter or epoch")
    counter, nonce_text = epoch
    if not isinstance(counter, int) or isinstance(counter, bool) or not 0 < counter < 2**32:
        raise OriginMismatch(f"{head.origin}: the epoch counter is not a positive number")
    charter = parse_charter(text)
    nonce = unb64(str(nonce_text), 8)
    if origin_of(charter.line_id, counter, nonce, party_of(head.origin)) != head.origin:
        raise OriginMismatch(f"{head.origin}: charter and epoch give another origin")
    return charter, counter, nonce


def check_members(station: Station, charter: Charter, sender: str) -> None:
    """Sender and we must be members, under the fingerprints that are known here."""
    named = {member.party: member.fingerprint for member in charter.members}
    for party in (sender, station.party):
        row = station.store.party(party)
        if party not in named or row is None:
            raise NotAMember(f"{party} is not a member of this charter")
        if row.fingerprint != named[party]:
            raise NotAMember(f"{party}: the charter names another fingerprint than is held here")


def proposal(station: Station, charter: Charter, sender: str) -> LineRow:
    """The row of a charter that a party proposes, within its quota."""
    waiting = [
        row for row in station.lines()
        if row.state == "proposed" and row.proposed_by == sender
    ]  # fmt: skip
    if len(waiting) >= PROPOSALS_MAX:
        raise TooMany(f"{sender} has {len(waiting)} proposals waiting here already")
    return LineRow(charter.line_id, charter.text(), "proposed", sender, station.clock.now_s())


def limit_epochs(station: Station, line_id: bytes, party: str) -> None:
    """At most 16 new epochs per party, line and day."""
    since_s = station.line_now(line_id) - DAY_S
    recent = 0
    for log in station.logs_of(line_id):
        first = station.store.entry(log.origin, 0) if log.party == party else None
        recent += first is not None and first.received_s > since_s
    if recent >= EPOCHS_PER_DAY_MAX:
        raise TooMany(f"{party} opened {recent} epochs on this line within a day")
