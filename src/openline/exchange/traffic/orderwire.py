"""The orderwire: operators' service chat on a line, authenticated to the other side alone.

Shapes   seal_to(station, line_id, peer, text) -> age file; take(station, file) -> Said; said(...)
Units    times are unix seconds UTC; notes are kept KEEP_S
Raises   WireOff, WireRefused
Source   docs/PROTOCOL.md part 11, "Orderwire"
Never    enters a log, a hello or a receipt; never counts as said: what is official is a message
"""

import hmac
from collections import deque
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openline.envelope.suite import CannotOpen
from openline.errors import OpenlineError
from openline.exchange.contents import newest
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.check_value import turning_letter
from openline.formats.malformed import Malformed
from openline.formats.spell import b64, parse_int, unb64

TABLE: Final = "orderwire"
KEEP_S: Final = 14 * 86_400
TEXT_CHARACTERS_MAX: Final = 2_000
NOTES_MAX: Final = 2_000
SEEDS_MAX: Final = 4
VAIN_S: Final = 60
VAIN_MAX: Final = 64
INFO: Final = b"openline/v1 wire\n"
_MAC: Final = "sha256"
_LINES: Final = 5


class WireOff(OpenlineError):
    """The charter of this line has no orderwire, or a party on it gave no key for one."""

    code: ClassVar[str] = "exchange.wire-off"
    remedy: ClassVar[str] = "Say it in a message, or agree on a charter with `orderwire on`."


class WireRefused(OpenlineError):
    """What came over the orderwire is of no member of the line, came before, or cannot be read."""

    code: ClassVar[str] = "exchange.wire-refused"
    remedy: ClassVar[str] = "Ask on the line itself: whoever sent this is not shown as a member."


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the chat. `by` is a name of this desk for our own, else empty."""

    line_id: bytes
    party: str
    at_s: int
    counter: int
    text: str
    by: str = ""


def seal_to(station: Station, said: Said, peer: str) -> bytes:
    """What one peer gets: five lines, sealed to its newest prekey on this line."""
    refuse_off(station, said.line_id)
    key = newest.newest(station, said.line_id, peer)
    if key is None:
        raise WireOff(f"{peer} has no prekey on this line yet")
    body = "".join(
        f"{each}\n"
        for each in (
            b64(said.line_id), said.at_s, said.counter, openjson.encode(said.text).decode(),
        )
    )  # fmt: skip
    mac = hmac.digest(pair_key(station, peer), body.encode(), _MAC)
    return station.suite.seal([key.public], f"{body}{b64(mac)}\n".encode(), station.random)


def say(station: Station, line_id: bytes, text: str, by: str) -> Said:
    """Number and keep a line of our own; it goes out by `seal_to`, to each member."""
    refuse_off(station, line_id)
    check_text(text)
    now_s = station.clock.now_s()
    name = f"wire/out/{line_id.hex()}"
    # Never below the time: after a restore of an old copy the numbers go on above what peers hold.
    counter = max(int(station.store.meta(name) or b"0") + 1, now_s)
    said = Said(line_id, station.party, now_s, counter, text, by)
    with station.store.write() as tx:
        tx.set_meta(name, b"%d" % counter)
    _keep(station, said)
    return said


def check_text(text: str) -> None:
    """One chat line as it may be sent and shown."""
    if not text.strip() or len(text) > TEXT_CHARACTERS_MAX or turning_letter(text) is not None:
        raise WireRefused(f"1 to {TEXT_CHARACTERS_MAX} characters, none that hides or turns others")


def take(station: Station, file: bytes) -> Said:
    """A line of a peer's: opened, its writer found, kept once."""
    line_id, plaintext = opened(station, file)
    said, body, mac = read(plaintext)
    if said.line_id != line_id:
        raise WireRefused("sealed to the prekey of another line")
    party = writer(station, said.line_id, body, mac)
    name = f"wire/in/{said.line_id.hex()}/{party}"
    if said.counter <= int(station.store.meta(name) or b"0"):
        raise WireRefused("this came before")
    with station.store.write() as tx:
        tx.set_meta(name, b"%d" % said.counter)
    kept = Said(said.line_id, party, said.at_s, said.counter, said.text)
    _keep(station, kept)
    return kept


@dataclass(slots=True)
class Patience:
    """Lines that were opened in vain lately: anybody can seal rubbish to a card, and each one is
    tried with every prekey of every line before it is known to be none.

    While too many came the orderwire is silent; what is said on the line itself waits for nothing.
    """

    in_vain_s: deque[int] = field(default_factory=deque)

    def take(self, station: Station, file: bytes) -> Said:
        """The same, unless so many were in vain that this one is not tried."""
        now_s = station.clock.mono_s()
        while self.in_vain_s and self.in_vain_s[0] <= now_s - VAIN_S:
            self.in_vain_s.popleft()
        if len(self.in_vain_s) >= VAIN_MAX:
            raise WireRefused(f"{VAIN_MAX} lines were of nobody within {VAIN_S} s")
        try:
            return take(station, file)
        except WireRefused:
            self.in_vain_s.append(now_s)
            raise


def read(plaintext: bytes) -> tuple[Said, bytes, bytes]:
    """The five lines, strictly; who wrote them is not among them."""
    try:
        rows = plaintext.decode().split("\n")
        if len(rows) != _LINES + 1 or rows[-1]:
            raise WireRefused("not five lines")
        line_id, mac = unb64(rows[0], 32), unb64(rows[4], 32)
        at_s, counter = (parse_int(each) for each in rows[1:3])
        text = openjson.decode(rows[3].encode())
    except (UnicodeDecodeError, Malformed) as fault:
        raise WireRefused(f"cannot be read: {fault}") from None
    if not isinstance(text, str):
        raise WireRefused("the fourth line is no string")
    check_text(text)
    body = "\n".join(rows[:4]).encode() + b"\n"
    return Said(line_id, "", at_s, counter, text), body, mac


def writer(station: Station, line_id: bytes, body: bytes, mac: bytes) -> str:
    """Which other member of the line shares the key of this line."""
    for party in station.others(line_id):
        try:
            key = pair_key(station, party)
        except WireOff:
            continue
        if hmac.compare_digest(hmac.digest(key, body, _MAC), mac):
            return party
    raise WireRefused("no member of the line wrote this")


def pair_key(station: Station, peer: str) -> bytes:
    """The key that this party and a peer share, whoever of the two computes it."""
    cards, row = station.cards(peer), station.store.party(peer)
    own = station.store.party(station.party)
    public = cards[-1].wire if cards else None
    if public is None or row is None or own is None or row.standing == "frozen":
        raise WireOff(f"{peer} gave no key for an orderwire")
    lower, higher = sorted((row.fingerprint, own.fingerprint))
    return station.suite.agree(station.keyring.wire_seed, public, INFO + lower + higher)


def opened(station: Station, file: bytes) -> tuple[bytes, bytes]:
    """The line whose prekey opens a file, and what is in it."""
    for line_id, seeds in seeds_of(station).items():
        try:
            return line_id, station.suite.unseal(seeds[:SEEDS_MAX], file, 1)
        except CannotOpen:
            continue
    raise WireRefused("no prekey of a line with an orderwire opens this")


def seeds_of(station: Station) -> dict[bytes, list[bytes]]:
    """Our prekey seeds on each line with an orderwire, the newest of an epoch first."""
    found: dict[bytes, list[bytes]] = {}
    ordered = sorted(station.keyring.prekeys.items(), key=lambda each: -each[0][1])
    for (origin, _), prekey in ordered:
        log = station.log(origin)
        if log is not None and station.charter(log.line_id).orderwire:
            found.setdefault(log.line_id, []).append(prekey.seed)
    return found


def refuse_off(station: Station, line_id: bytes) -> None:
    """WireOff where the charter has none."""
    if not station.charter(line_id).orderwire:
        raise WireOff("the charter of this line says `orderwire off`")


# ---- kept for a while -----------------------------------------------------------------------


def _keep(station: Station, said: Said) -> None:
    """Keep a line, and let go of what is older than two weeks."""
    held = station.views.scan(TABLE, said.line_id.hex())
    oldest = f"{said.line_id.hex()}/{station.clock.now_s() - KEEP_S:012}"
    surplus = max(0, len(held) + 1 - NOTES_MAX)
    for place, (key, _) in enumerate(held):
        if place < surplus or key < oldest:
            station.views.delete(TABLE, key)
    arrived_s = station.clock.now_s()
    key = f"{said.line_id.hex()}/{arrived_s:012}/{said.counter:016}/{said.party}"
    value = openjson.encode(
        {
            "party": said.party, "at": said.at_s, "counter": said.counter, "text": said.text,
            "by": said.by,
        }
    )  # fmt: skip
    station.views.put(TABLE, key, value)
    station.changes += 1


def said_on(station: Station, line_id: bytes) -> list[Said]:
    """The chat of a line in the order in which it was held here."""
    oldest = f"{line_id.hex()}/{station.clock.now_s() - KEEP_S:012}"
    found = []
    for key, data in station.views.scan(TABLE, line_id.hex()):
        match openjson.decode(data):
            case {
                "party": str(party), "at": int(at_s), "counter": int(counter), "text": str(text),
                "by": str(by),
            } if key >= oldest:  # fmt: skip
                found.append(Said(line_id, party, at_s, counter, text, by))
    return found
