"""Keys of files that lie here whole and open to none of our keys: asked for, given, taken.

Shapes   to_ask(station, peer) -> hashes; key_of(station, hash) -> bytes or None; take(...); the
         words of standing(...) and of asking(...) are ends of terms: `file.unopened`,
         `file.key-given` ...
Units    a file key has 16 bytes; at most 64 asks of one peer at a time
Raises   CannotOpen, Malformed, WrongDigest
Source   docs/PROTOCOL.md parts 6, "Reseal", and 7; docs/decisions/0086-the-key-of-a-file.md
Never    changes a file: its bytes, and both hashes that officers signed, stay what they were; never
         holds one whose inside has not the hash that its message says
"""

import contextlib
from typing import Final

from openline.envelope.suite import CannotOpen
from openline.exchange.contents import attached, file_members
from openline.exchange.contents.attached import (
    ERASED,
    HELD,
    REFUSED,
    WANTED,
    Fetching,
    Refusal,
    WrongDigest,
    is_whole,
    key_asked,
)
from openline.exchange.refusals import NeedsYes, NotYours
from openline.exchange.station import Station
from openline.formats.malformed import Malformed
from openline.formats.spell import check_size
from openline.store.contract import AttachmentRow

KEY_BYTES: Final = 16
ASKED_MAX: Final = 64
# So long a peer that gave no key, or a wrong one, is not asked again; twice as long each time, but
# not where a person's yes is waited for.
AGAIN_S: Final = 30
AGAIN_S_MAX: Final = 600
# How a file stands at whoever lacks its key.
UNOPENED, UNOPENED_YES, UNOPENABLE = "unopened", "unopened-yes", "unopenable"
MISSING: Final = (WANTED, UNOPENED, UNOPENED_YES, UNOPENABLE)
# What became of a member's ask, at whoever was asked.
GIVEN, YES, GONE = "key-given", "key-yes", "key-gone"
BAD_KEY: Final = "bad key"


# Who lacks a key


def waiting(station: Station) -> list[AttachmentRow]:
    """Files that are wanted and whole: each lacks its key."""
    return [row for row in attached.due(station) if row.state == WANTED and is_whole(row)]


def to_ask(station: Station, peer: str) -> list[bytes]:
    """Files of which a peer that was told of them may be asked for the key now."""
    now_s, found = station.clock.mono_s(), []
    for row in waiting(station):
        if not is_tried(station, row.hash) or peer not in file_members.told(station, row.hash):
            continue
        refusal = station.fetching[row.hash].refusals.get(peer)
        if refusal is None or refusal.until_s <= now_s:
            found.append(row.hash)
    return found[:ASKED_MAX]


def is_tried(station: Station, file_hash: bytes) -> bool:
    """Whether no key at hand opens a file; tried once a start, as keys may have come back."""
    if file_hash not in station.fetching or not station.fetching[file_hash].is_sealed:
        with contextlib.suppress(WrongDigest):  # told by an alarm, and fetched anew
            attached.finish(station, file_hash)
    return file_hash in station.fetching and station.fetching[file_hash].is_sealed


def take(station: Station, peer: str, file_hash: bytes, answer: bytes) -> None:
    """A key that a peer sealed to our card; what it opens is held from then on."""
    row = station.store.attachment(file_hash)
    if row is None or row.state != WANTED or not is_whole(row):
        return  # erased meanwhile, or another holder was quicker
    try:
        file_key = station.suite.unseal(station.keyring.seal_seeds, answer, 1)
        check_size(file_key, KEY_BYTES, what="file key")
        plain = station.suite.reopen(file_key, attached.whole(station, file_hash))
    except (CannotOpen, Malformed):
        refused(station, peer, file_hash, BAD_KEY)
        raise
    attached.keep(station, file_hash, plain, file_key, {peer})
    station.fetching.pop(file_hash, None)


def refused(station: Station, peer: str, file_hash: bytes, code: str) -> None:
    """A peer gave no key that opens a file: another is asked meanwhile, and this one later."""
    way = station.fetching.setdefault(file_hash, Fetching(is_sealed=True))
    before = way.refusals[peer].times if peer in way.refusals else 0
    times = before + 1 if code != NeedsYes.code else 1
    wait_s = min(AGAIN_S << min(times - 1, 9), AGAIN_S_MAX)
    way.refusals[peer] = Refusal(code, times, station.clock.mono_s() + wait_s)
    told = f"key-lost/{file_hash.hex()}"
    if is_lost(station, file_hash) and not station.store.meta(told):
        row = station.store.attachment(file_hash)
        line_id = row.line_id if row is not None else b""
        by = file_members.authors(station, file_hash, line_id)
        what, why = f"attachment {file_hash.hex()[:16]} of", "no member has its key now"
        with station.store.write() as tx:
            tx.set_meta(told, b"told")
            attached.tell_each(
                station, tx, by, "attachment.key-lost", what, f"{why}; ask for the file anew"
            )
    station.changes += 1


def is_lost(station: Station, file_hash: bytes) -> bool:
    """Whether every other member that was told of a file answered that it has no key of it."""
    refusals = station.fetching.get(file_hash, Fetching()).refusals
    others = file_members.told(station, file_hash) - {station.party}
    codes = {refusals[peer].code if peer in refusals else "" for peer in others}
    return codes == {NotYours.code}


def standing(station: Station, row: AttachmentRow) -> str:
    """The state of a file as people are told it."""
    if row.state != WANTED or not is_whole(row):
        return row.state
    refusals = station.fetching.get(row.hash, Fetching()).refusals
    if is_lost(station, row.hash):
        return UNOPENABLE
    needs_yes = any(each.code == NeedsYes.code for each in refusals.values())
    return UNOPENED_YES if needs_yes else UNOPENED


# Who is asked for one


def key_of(station: Station, file_hash: bytes) -> bytes | None:
    """The key of a file that was opened here, or None."""
    row = station.store.attachment(file_hash)
    if row is None or row.state != HELD or not row.slip:
        return None
    return station.suite.disclose(
        station.keyring.archive_key, row.slip, attached.context_of(file_hash)
    )


def note(station: Station, file_hash: bytes, asker: str, became: str) -> None:
    """Keep what became of a member's ask, until it says that it holds the file.

    What its author has not any more nobody can be expected to have: that is an alarm, once.
    """
    key, row = key_asked(file_hash, asker), station.store.attachment(file_hash)
    line_id = row.line_id if row is not None else b""
    is_ours = station.party in file_members.authors(station, file_hash, line_id)
    if became == GONE and not is_ours:
        return  # it may just not have come here
    if station.store.meta(key) == became.encode():
        return
    with station.store.write() as tx:
        tx.set_meta(key, became.encode())
        if became == GONE and row is not None and row.state in (ERASED, REFUSED):
            told = f"{asker} cannot open attachment {file_hash.hex()[:16]}, which is not here now"
            station.tell(tx, "alarm", asker, "attachment.key-gone", f"{told}: attach it anew")
    station.changes += 1


def asking(station: Station, file_hash: bytes) -> dict[str, str]:
    """Members that have a file and do not open it, and what became of their asks for its key."""
    found = {
        party: (station.store.meta(key_asked(file_hash, party)) or b"").decode()
        for party in sorted(file_members.told(station, file_hash) - {station.party})
    }
    return {party: became for party, became in found.items() if became}
