"""Both sides of a quota: what a party may inspect, what it must accept, and caps on who uses it.

Shapes   sides(party, inspections, stated) -> {"active": Row, "passive": Row}
Units    inspections; shares in per cent, rounded down as the narrower reading
Raises   nothing
Source   docs/cases.md, "Quotas"; CFE Protocol on Inspection II (20 %, 15 %, 50 % by one state, two
         teams at once); Open Skies Annex A
Never    refuses an inspection: what is over a cap is shown as over
"""

from collections import Counter
from typing import Final

from openline.cases.ladder import Row

ACTIVE: Final = "active"
PASSIVE: Final = "passive"
# From its arrival until it is held an inspection takes one of the places at once.
PRESENT: Final = frozenset({"arrived", "site-named", "granted"})


def sides(party: str, inspections: list[Row], stated: list[Row]) -> dict[str, Row]:
    """A party's quota as inspecting and as inspected, over all inspections of an agreement.

    `inspections` are those of every party, each with `counts` and `by`; `stated` are the messages
    in which this party states a quota of its own.
    """
    received = [row for row in inspections if party in row["inspected"] and row["counts"]]
    made = [row for row in inspections if row["by"] == party and row["counts"]]
    here = [row for row in inspections if party in row["inspected"] and row["state"] in PRESENT]
    return {
        ACTIVE: _side(ACTIVE, len(made), stated),
        PASSIVE: {
            **_side(PASSIVE, len(received), stated),
            "shares": _shares(received, _latest(PASSIVE, stated)),
            **_at_once(len(here), _latest(PASSIVE, stated)),
        },
    }


def _latest(side: str, stated: list[Row]) -> Row:
    """The last word of the party itself about this side, in its own log's order."""
    of_side = [row for row in stated if row["side"] == side]
    return of_side[-1] if of_side else {}


def _side(side: str, used: int, stated: list[Row]) -> Row:
    said = _latest(side, stated)
    number = said.get("number", 0)
    return {
        "stated": bool(said),
        "of": number,
        "used": used,
        "left": max(0, number - used),
        "over": max(0, used - number) if said else 0,
        "objects": said.get("objects", 0),
        "percent": said.get("percent", 0),
        "by_objects": said.get("objects", 0) * said.get("percent", 0) // 100,
    }


def _shares(received: list[Row], said: Row) -> list[Row]:
    """How much of what a party must accept each other party used, against the cap on one."""
    share, number = said.get("share", 0), said.get("number", 0)
    cap = number * share // 100 if share else 0
    used = Counter(row["by"] for row in received)
    return [
        {
            "inspecting": by,
            "used": count,
            "cap": cap,
            "over": max(0, count - cap) if share else 0,
        }
        for by, count in sorted(used.items())
    ]


def _at_once(present: int, said: Row) -> Row:
    most = said.get("at_once", 0)
    over = max(0, present - most) if most else 0
    return {"at_once": present, "at_once_max": most, "at_once_over": over}
