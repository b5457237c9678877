"""A line that goes on under another charter, and a party that leaves one.

Shapes   succeed(station, line_id, changes) -> Draft of our `open` on the successor;
         leave(station, line_id, successor) -> Draft of our `close`; history(station, line_id)
Units    none
Raises   SuccessionRefused, LineLeft, NotOpened
Source   docs/PROTOCOL.md part 5.1; docs/decisions/0063-linked-charters.md
Never    carries an entry over: what was said stays in the log and under the charter under which it
         was said, and is shown beside what follows. Members of the old line only ever read it
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Final, NamedTuple

from openline.errors import OpenlineError
from openline.exchange.drafting.drafts import Draft, compose
from openline.exchange.logs import endings
from openline.exchange.membership import drawn, lines, parties
from openline.exchange.station import LineLeft, Station
from openline.formats.charter import Charter, parse_charter
from openline.formats.openjson import Value
from openline.formats.spell import b64

HISTORY_MAX: Final = 100
NO_SUCCESSOR: Final = "-"
MAY_CHANGE: Final = frozenset(
    {"title", "purpose", "level", "members", "languages", "packs", "timers", "officers", "visible"}
) | {"batch", "policy", "relays", "witnessed", "opens"}


class SuccessionRefused(OpenlineError):
    """A line cannot be followed by this charter, or left for that line."""

    code: ClassVar[str] = "exchange.succession-refused"
    remedy: ClassVar[str] = "Correct what is named; `openline line history LINE` shows the chain."


def succeed(station: Station, line_id: bytes, changes: Mapping[str, Value]) -> Draft:
    """Draw the charter that follows a line, with what it changes, and draft our own `open`.

    Status and members who stay are those of the old line: an exercise is never followed by the
    real thing, and a line of which we are no member is not ours to follow.
    """
    refuse_left(station, line_id)
    old = station.charter(line_id)
    if station.own_log(line_id) is None:
        raise SuccessionRefused("we have not opened our log on this line")
    wrong = sorted(changes.keys() - MAY_CHANGE)
    if wrong:
        raise SuccessionRefused(f"{wrong[0][:60]}: a successor does not change this")
    spec = {**spec_of(old), **changes}
    follows = replace(lines.draw_charter(station, spec), previous=line_id)
    return lines.begin(station, parse_charter(follows.text()))


def spec_of(charter: Charter) -> dict[str, Value]:
    """A charter as the description from which one is drawn."""
    timers: dict[str, Value] = dict(charter.timers)
    officers: dict[str, Value] = dict(charter.officers)
    packs: list[Value] = [*sorted({ref.name for ref in charter.packs})]
    return {
        "status": charter.status,
        "title": charter.title,
        "level": charter.level,
        "purpose": charter.purpose,
        "members": [member.party for member in charter.members],
        "languages": list(charter.languages),
        "packs": packs,
        "timers": timers,
        "officers": officers,
        "visible": list(charter.visible),
        "batch": list(charter.batch),
        "policy": list(charter.policy),
        "relays": [relay.line() for relay in charter.relays],
        "orderwire": charter.orderwire,
        "opens": "all" if charter.opens is None else charter.opens,
    }


def leave(station: Station, line_id: bytes, successor: bytes | None) -> Draft:
    """Our last entry on a line: with a successor that we have opened, or without one.

    What waits for its number would be lost behind the last entry, so it is refused until it went.
    Where a last entry in our name came back after a restore, two officers say with this that it is
    theirs, and no other is written.
    """
    refuse_left(station, line_id)
    drawn.refuse_unopened(station, line_id)
    if successor is not None:
        if station.charter(successor).previous != line_id:
            raise SuccessionRefused("that line does not follow this one")
        if station.own_log(successor) is None:
            raise SuccessionRefused("we have not opened our log on the line that follows")
    if station.store.outbox(line_id, 1):
        raise SuccessionRefused("released messages wait for their numbers on this line")
    named = NO_SUCCESSOR if successor is None else b64(successor)
    place = endings.unexplained(station, line_id)
    if place is None:
        return compose(station, line_id, "close", {"successor": named})
    endings.refuse_other(station, place, named)
    return compose(station, line_id, "close", {"successor": named}, officers=endings.OFFICERS)


def refuse_left(station: Station, line_id: bytes) -> None:
    """Nothing of ours follows our last entry."""
    if station.has_left(line_id):
        raise LineLeft(f"our log on {station.charter(line_id).title!r} is closed")


class Changed(NamedTuple):
    """One thing that a successor has otherwise: its name in a charter, what it is, what it was."""

    what: str
    now: str
    before: str = ""

    def sentence(self) -> str:
        """The same in English."""
        match self.what:
            case "follows":
                return f"it follows {self.now!r}"
            case "follows-unknown":
                return "it follows a line that is not known here"
            case "member-gone":
                return f"{self.now} is no member any more"
            case "member-new":
                return f"{self.now} becomes a member"
            case "packs":
                return f"packs: {self.now}"
            case _:
                return f"{self.what}: {self.now}, before {self.before}"


def told(changes: list[Changed]) -> dict[str, Value]:
    """Changes in English sentences, and part by part for whoever says them in another language."""
    sentences: list[Value] = [each.sentence() for each in changes]
    parts: list[Value] = [list[Value](each) for each in changes]
    return {"changes": sentences, "changed": parts}


def changes_of(old: Charter, new: Charter) -> list[Changed]:
    """What a successor changes, for whoever is asked to accept it."""
    before = {member.party for member in old.members}
    after = {member.party for member in new.members}
    found = [Changed("member-gone", party) for party in sorted(before - after)]
    found += [Changed("member-new", party) for party in sorted(after - before)]
    for name in ("title", "level", "purpose", "languages", "policy", "visible", "batch", "opens"):
        if getattr(old, name) != getattr(new, name):
            found.append(Changed(name, shown(getattr(new, name)), shown(getattr(old, name))))
    for name, was, now in (
        ("timer", dict(old.timers), dict(new.timers)),
        ("officers", dict(old.officers), dict(new.officers)),
    ):
        for key in sorted(was.keys() | now.keys()):
            if was.get(key) != now.get(key):
                found.append(
                    Changed(f"{name} {key}", str(now.get(key, "-")), str(was.get(key, "-")))
                )
    if old.relays != new.relays:
        held = [tuple(f"{r.party} {r.url}" for r in each.relays) for each in (old, new)]
        found.append(Changed("relays", shown(held[1]), shown(held[0])))
    packs = [f"{ref.name} {ref.version}" for ref in new.packs]
    if old.packs != new.packs:
        found.append(Changed("packs", ", ".join(packs)))
    return found


def followed(station: Station, line_id: bytes) -> list[Changed]:
    """What the charter of a line changes in the one that it follows; nothing where it follows none.

    A previous line that is not known here is said to be so: its history is not ours to see.
    """
    charter = station.charter(line_id)
    if charter.previous is None:
        return []
    if station.store.line(charter.previous) is None:
        return [Changed("follows-unknown", "")]
    old = station.charter(charter.previous)
    return [Changed("follows", old.title), *changes_of(old, charter)]


def shown(value: object) -> str:
    """A part of a charter in a sentence."""
    if isinstance(value, tuple):
        return "; ".join(map(str, value)) or "-"
    return "all" if value is None else str(value)


def history(station: Station, line_id: bytes) -> list[dict[str, Value]]:
    """The chain of charters through a line, the oldest first, as far as it is known here.

    A line that is followed by two is shown with both; which one a party went on to, its own last
    entry says.
    """
    chain = [line_id]
    while len(chain) < HISTORY_MAX:
        previous = station.charter(chain[0]).previous
        if previous is None or previous in chain or station.store.line(previous) is None:
            break
        chain.insert(0, previous)
    at = 0
    while at < len(chain) and len(chain) < HISTORY_MAX:
        chain += [i for i in followers(station, chain[at]) if i not in chain]
        at += 1
    return [link_of(station, each) for each in chain]


def followers(station: Station, line_id: bytes) -> list[bytes]:
    """Lines known here whose charter names this one as the previous one."""
    rows = sorted(station.lines(), key=lambda row: (row.since_s, row.line_id))
    return [r.line_id for r in rows if station.charter(r.line_id).previous == line_id]


def link_of(station: Station, line_id: bytes) -> dict[str, Value]:
    """One charter of the chain, and what it changed."""
    charter = station.charter(line_id)
    row = station.store.line(line_id)
    known = charter.previous is not None and station.store.line(charter.previous) is not None
    old = station.charter(charter.previous) if known and charter.previous else None
    names = [member.party for member in charter.members]
    unsure: dict[str, Value] = dict(parties.unsure(station, names))
    changed = changes_of(old, charter) if old is not None else []
    return {
        "line": line_id.hex(),
        "status": charter.status,
        "title": charter.title,
        "state": row.state if row is not None else "unknown",
        "open": lines.is_open(station, line_id),
        "left": station.has_left(line_id),
        "dropped": drawn.is_dropped(station, line_id),
        "previous": charter.previous.hex() if charter.previous is not None else "",
        "members": list(names),
        "unsure": unsure,
        **told(changed),
    }
