"""Lines: a charter that every member's officers accept in their own log's first entry.

Shapes   invite(station, spec) -> Draft of our `open`; accept(station, line_id) -> Draft
Units    timers in seconds
Raises   InviteRefused, PackNotHere, UnknownTimer, InviteExpired, UnknownLine
Source   docs/PROTOCOL.md part 5
Never    accepts for anybody: a line is open among those whose officers opened it
"""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import ClassVar

from openline.cases.calendar import seconds_of
from openline.cases.precedence import LEVELS
from openline.cases.recurring import DATA_TIMER
from openline.cases.registers.flash import CONFIRM_TIMER
from openline.cases.reminders import ESCALATE_TIMER
from openline.errors import OpenlineError
from openline.exchange.contents import opening
from openline.exchange.drafting.drafts import Draft
from openline.exchange.logs import epochs
from openline.exchange.logs.incoming import check_members, known_party
from openline.exchange.membership import described, drawn, parties
from openline.exchange.membership.described import (
    InviteRefused,
    numbers,
    one_text,
    said,
    texts,
    whole,
)
from openline.exchange.station import Station, UnknownLine
from openline.formats.charter import Charter, Member, PackRef, Relay, parse_charter
from openline.formats.leaf import parse_leaf
from openline.formats.malformed import Malformed
from openline.formats.note import parse_vkey
from openline.formats.openjson import Value
from openline.formats.spell import parse_utc, utc
from openline.store.contract import LineRow

TIMERS_DEFAULT = {"hello": 60, "keep": 14 * 86_400}
# Timers that belong to a line and to no form: of the node, of the watch, of agreements.
TIMERS_OF_LINES = frozenset(
    {"hello", "keep", "prekey", "collect", ESCALATE_TIMER, CONFIRM_TIMER, DATA_TIMER}
    | {f"precedence.{level}" for level in LEVELS}
)


class PackNotHere(InviteRefused):
    """A charter names a pack that this node does not have, or has otherwise."""

    code: ClassVar[str] = "exchange.pack-not-here"
    remedy: ClassVar[str] = (
        "Put the same pack file into the node's folder `packs` and restart the node;"
        " `openline formats list` names what it knows."
    )


class UnknownTimer(OpenlineError):
    """A charter names a timer that no form of its packs has."""

    code: ClassVar[str] = "exchange.unknown-timer"
    remedy: ClassVar[str] = "`openline formats show FORMAT` names the timers of a form."


class InviteExpired(OpenlineError):
    """The invitation's own `expires` has passed."""

    code: ClassVar[str] = "exchange.invite-expired"
    remedy: ClassVar[str] = "Ask the inviting party for a new invitation."


def draw_charter(station: Station, spec: Mapping[str, Value]) -> Charter:
    """A charter from a description: members and packs by name, timers and officers as tables."""
    described.check(spec)
    names = sorted({*texts(spec, "members"), station.party})
    if len(names) < 2:
        raise InviteRefused("members: a line has two or more, us included")
    if len(texts(spec, "members")) != len(set(texts(spec, "members"))):
        raise InviteRefused("members: a party is named twice")
    if not texts(spec, "languages"):
        raise InviteRefused("languages: at least one is needed")
    members = tuple(Member(n, known_party(station, n).fingerprint) for n in names)
    opens = spec.get("opens", "all")
    if opens != "all" and not 1 <= whole(spec, "opens") <= len(members):
        raise InviteRefused(f"{said('opens', opens)}: all, or 1 to {len(members)} members")
    try:
        charter = charter_of(station, spec, members)
        return parse_charter(charter.text())
    except Malformed as fault:  # of what only the whole shows: its length, the policy's names
        raise InviteRefused(str(fault)) from None


def charter_of(station: Station, spec: Mapping[str, Value], members: tuple[Member, ...]) -> Charter:
    """The charter of a description that was checked."""
    names, opens = [member.party for member in members], spec.get("opens", "all")
    return Charter(
        salt=station.random(32),
        status=one_text(spec, "status", "actual"),
        title=one_text(spec, "title"),
        level=one_text(spec, "level", "diplomatic"),
        purpose=one_text(spec, "purpose"),
        members=members,
        packs=tuple(pack_ref(station, name) for name in sorted(texts(spec, "packs") or ["core"])),
        languages=tuple(sorted(texts(spec, "languages"))),
        timers=tuple(sorted({**TIMERS_DEFAULT, **checked_timers(station, spec, names)}.items())),
        officers=tuple(sorted(numbers(spec, "officers").items())) or (("*", 1),),
        visible=tuple(sorted(texts(spec, "visible"))),
        batch=tuple(sorted(texts(spec, "batch"))),
        relays=relays_of(spec),
        policy=policy_of(station, spec),
        orderwire=bool(spec.get("orderwire", False)),
        opens=None if opens == "all" else whole(spec, "opens"),
        previous=None,
    )


def checked_timers(
    station: Station, spec: Mapping[str, Value], members: Sequence[str]
) -> dict[str, int]:
    """The timers of an invitation: seconds that can be meant, under names that something reads.

    A misspelt name would be a deadline that never runs, and nobody would notice.
    """
    known = set(TIMERS_OF_LINES)
    for name in texts(spec, "packs") or ["core"]:
        pack = station.packs.pack(name)
        known |= {t.name for form in (pack.formats if pack else ()) for t in form.timers}
    found = numbers(spec, "timers")
    for name, seconds in found.items():
        own = next((p for p in members if name.endswith(f".{p}")), "")
        if name.removesuffix(f".{own}" if own else "") not in known:
            near = get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            words = "no form of the packs of this line has this timer"
            raise UnknownTimer(f"timers.{said(name, seconds)}: {words}{meant}")
        seconds_of(name, seconds)
    return found


def pack_ref(station: Station, name: str) -> PackRef:
    """The charter's line for a pack that this node has."""
    if station.packs.pack(name) is None:
        raise PackNotHere(f"packs: no pack is called {name[:60]!r} here")
    return station.packs.ref(name)


def relays_of(spec: Mapping[str, Value]) -> tuple[Relay, ...]:
    """The relays of an invitation, each as its own `relay` line, as a relay prints it."""
    found = []
    for line in texts(spec, "relays"):
        words = line.split(" ")
        if len(words) != 4 or words[0] != "relay":
            raise InviteRefused(f"{said('relays', line)}: `relay NAME KEY URL` is expected")
        found.append(Relay(words[1], parse_vkey(words[2]), words[3]))
    return tuple(found)


def policy_of(station: Station, spec: Mapping[str, Value]) -> tuple[str, ...]:
    """Policy lines: as given, or this node's usual witnesses when `witnessed` is said."""
    given = tuple(texts(spec, "policy"))
    if not given and spec.get("witnessed"):
        given = station.witness_policy
    return given or ("quorum none",)


def invite(station: Station, spec: Mapping[str, Value]) -> Draft:
    """Draw a charter, keep the line, and draft our own `open`: delivering it is the invitation."""
    charter = draw_charter(station, spec)
    row = LineRow(charter.line_id, charter.text(), "accepted", station.party, station.clock.now_s())
    with station.store.write() as tx:
        tx.put_line(row)
    station.forget(line_id=charter.line_id)
    return epochs.draft_open(station, charter.line_id)


def accept(station: Station, line_id: bytes) -> Draft:
    """Draft our `open` on a proposed line; its charter must be valid here and not expired."""
    row = station.store.line(line_id)
    if row is None:
        raise UnknownLine(f"line {line_id.hex()[:16]} is not known here")
    charter = station.charter(line_id)
    check_members(station, charter, row.proposed_by)
    for ref in charter.packs:
        why = station.packs.differs(ref)
        if why:
            raise PackNotHere(why)
    expires_s = invitation_expiry(station, line_id, row.proposed_by)
    if expires_s and expires_s < station.line_now(line_id) and row.state == "proposed":
        raise InviteExpired(f"the invitation expired at {utc(expires_s)}")
    return epochs.draft_open(station, line_id)


def invitation_expiry(station: Station, line_id: bytes, sender: str) -> int:
    """When the inviting party's `open` entry says that it expires; 0 when it does not say."""
    for log in station.logs_of(line_id):
        first = station.store.entry(log.origin, 0) if log.party == sender else None
        if first is not None and sender != station.party:
            opened = opening.read_archived(station, log.origin, 0, parse_leaf(first.leaf))
            value = opened.value("expires") if opened is not None else None
            if isinstance(value, str):
                return parse_utc(value)
    return 0


def opened_by(station: Station, line_id: bytes) -> list[str]:
    """Members who have opened their log on the line, in the charter's order."""
    have = {log.party for log in station.logs_of(line_id) if log.size}
    return [m.party for m in station.charter(line_id).members if m.party in have]


def is_open(station: Station, line_id: bytes) -> bool:
    """Whether as many members have opened as the charter asks."""
    charter = station.charter(line_id)
    needed = len(charter.members) if charter.opens is None else charter.opens
    return len(opened_by(station, line_id)) >= needed


def find(station: Station, text: str) -> bytes:
    """A line by its id, a unique prefix of six or more hex digits, its title, or what names it."""
    rows = station.lines()
    exact = [r for r in rows if r.line_id.hex() == text]
    titled = [r for r in rows if station.charter(r.line_id).title == text]
    prefixed = [r for r in rows if len(text) >= 6 and r.line_id.hex().startswith(text)]
    if len(titled) > 1:  # a line that was left gives its title to the one that follows
        titled = [r for r in titled if not station.has_left(r.line_id)]
    if len(titled) > 1:
        titled = [r for r in titled if not drawn.is_dropped(station, r.line_id)]
    named = [r for r in rows if drawn.named(station, r.line_id) == text]
    for found in (exact, titled, named, prefixed):
        if len(found) == 1:
            return found[0].line_id
    raise UnknownLine(f"no single line is called {text[:80]!r}")


def warnings_of(station: Station, line_id: bytes) -> list[dict[str, Value]]:
    """What a person should see of a charter before anybody signs under it, and after.

    Real duties under an agreement that is no longer carried out would be taken for owed ones.
    """
    charter = station.charter(line_id)
    if charter.status != "actual":
        return []
    named = [(ref, station.packs.pack(ref.name, ref.version)) for ref in charter.packs]
    return [
        {
            "code": "charter.historic",
            "path": "packs",
            "sentence": f"The line is real, and its pack {ref.name} {ref.version} is historic:"
            " its agreement is no longer carried out by all its parties.",
        }
        for ref, pack in named
        if pack is not None and pack.historic
    ]


def summary(station: Station, line_id: bytes) -> dict[str, Value]:
    """What a board or list shows of a line; status comes first."""
    row = station.store.line(line_id)
    charter = station.charter(line_id)
    own = station.own_log(line_id)
    members: list[Value] = []
    for member in charter.members:
        party = station.store.party(member.party)
        members.append(
            {
                "party": member.party,
                "standing": parties.standing_text(party) if party else "unknown",
                "opened": member.party in opened_by(station, line_id),
            }
        )
    return {
        "line": line_id.hex(),
        "status": charter.status,
        "title": charter.title,
        "level": charter.level,
        "purpose": charter.purpose,
        "state": row.state if row else "unknown",
        "proposed_by": row.proposed_by if row else "",
        "open": is_open(station, line_id),
        "members": members,
        "languages": list(charter.languages),
        "packs": [f"{p.name} {p.version}" for p in charter.packs],
        "warnings": list[Value](warnings_of(station, line_id)),
        "entries": own.size if own else 0,
        "epoch": own.counter if own else 0,
        "suspect": station.suspect.get(line_id, ""),
        "drawn_only": drawn.is_drawn_only(station, line_id),
        "dropped": drawn.is_dropped(station, line_id),
        "doubled": epochs.is_doubled(station.suspect.get(line_id, "")),
    }


def member_names(station: Station, line_id: bytes) -> Sequence[str]:
    """All members, us included."""
    return tuple(m.party for m in station.charter(line_id).members)
