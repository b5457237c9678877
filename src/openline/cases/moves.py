"""Every permitted move, and no other: what a party's own acts make of what it said.

Shapes   AUTHOR_MOVES[(course, state, act)] and SIDE_MOVES[(course, role, state, act)] give the
         next state; what is not in the table is an irregularity and moves nothing
Units    none
Raises   nothing
Source   docs/cases.md is generated from these tables
Never    lets one party's act move another party's side: order between logs decides nothing
"""

from collections.abc import Mapping
from itertools import product
from typing import Final

from openline.formats.form import name_of

# States, in the words of a duty officer.
TOLD: Final = "told"
AMENDED: Final = "amended"
CANCELLED: Final = "cancelled"
CLOSED: Final = "closed"
WITHOUT_EFFECT: Final = "without-effect"
SILENT: Final = "silent"
OVER: Final = frozenset({CANCELLED, CLOSED, WITHOUT_EFFECT})

# Acts that every course knows; the others are the classes of the course's format.
AMENDS: Final = "amends"
CANCELS: Final = "cancels"
CLOSES: Final = "closes"

OPENER: Final = "opener"
OTHER: Final = "other"
ROLES: Final = (OPENER, OTHER)

# Which table a format follows; every format that is not named here is `standing`.
STANDING: Final = "standing"
COURSES: Final[Mapping[str, str]] = {
    "positions/warning": "warning",
    "positions/announcement": "announcement",
    "agreements/suspension": "suspension",
    "core/contact": "contact",
    "core/incident": "incident",
    "humanitarian/incident": "incident",
    "agreements/inspection": "inspection",
    "core/link-test": "link-test",
    "positions/claim": "claim",
}
# In these every member concerned has a side of its own; in all others only the author moves.
SIDED: Final = frozenset({"contact", "incident", "inspection", "link-test", "claim"})

_STANDING_STATES: Final = (TOLD, AMENDED)
_WARNING_STATES: Final = ("open", "window")


def _ends(course: str, states: tuple[str, ...]) -> dict[tuple[str, str, str], str]:
    """An author may cancel or close what stands."""
    moves = {(course, state, CANCELS): CANCELLED for state in states}
    return moves | {(course, state, CLOSES): CLOSED for state in states}


def _stages(course: str, stages: tuple[str, ...]) -> dict[tuple[str, str, str], str]:
    """Stages go forward only; a stage may be told first, told again, or passed over."""
    moves = {(course, SILENT, stage): stage for stage in stages}
    for i, stage in enumerate(stages):
        moves |= {(course, stage, later): later for later in stages[i:]}
    return moves | _ends(course, stages)


AUTHOR_MOVES: Final[Mapping[tuple[str, str, str], str]] = {
    (STANDING, SILENT, AMENDS): TOLD,
    **{(STANDING, state, AMENDS): AMENDED for state in _STANDING_STATES},
    **_ends(STANDING, _STANDING_STATES),
    **{("warning", SILENT, kind): kind for kind in _WARNING_STATES},
    **{("warning", a, b): b for a, b in product(_WARNING_STATES, repeat=2)},
    **{("warning", state, "closed"): CLOSED for state in _WARNING_STATES},
    **_ends("warning", _WARNING_STATES),
    **_stages("announcement", ("planned", "formal", "in-effect")),
    **_stages("suspension", ("announced", "formal", "in-effect")),
    **{(course, state, CANCELS): CANCELLED for course in SIDED for state in ("open",)},
    **{(course, state, CLOSES): CLOSED for course in SIDED - {"incident"} for state in ("open",)},
}

_BEFORE_HELD: Final = (SILENT, "proposed", "agenda", "accepted", "declined", "announced")
# A record of what was said exists only of a contact that was held.
RECORDS: Final = ("readout", "agreed-text", "differences", "no-agreed-text")
STATED: Final = "stated"
_ACCOUNTS: Final = ("report", "demand", "counter-account", "protest")


def _contact() -> dict[tuple[str, str, str, str], str]:
    """Before it is held a contact may be said to be anything; after, only held and its records."""
    moves: dict[tuple[str, str, str, str], str] = {}
    for role in ROLES:
        for state in _BEFORE_HELD:
            for act in ("proposed", "accepted", "declined", "announced"):
                moves["contact", role, state, act] = act
            kept = state in ("accepted", "announced")  # an agenda is a detail of these
            moves["contact", role, state, "agenda"] = state if kept else "agenda"
        for state, act in product((*_BEFORE_HELD, "held"), ("held", *RECORDS)):
            moves["contact", role, state, act] = "held"
    return moves


def _incident() -> dict[tuple[str, str, str, str], str]:
    """Every party may state as often as it likes, and close its own side once."""
    moves: dict[tuple[str, str, str, str], str] = {}
    for role in ROLES:
        for state, act in product((SILENT, STATED), _ACCOUNTS):
            moves["incident", role, state, act] = STATED
        moves["incident", role, STATED, "close"] = CLOSED
    return moves


# An inspecting party may pass a stage over, and repeat the one it is in; it never goes back.
_INSPECTING: Final = ("intent", "delay", "arrived", "site-named", "held", "report")
# The inspected one may answer at any time before the inspection is held, and change its answer.
_ANSWERS: Final = ("new-time", "accepted", "granted", "refused")


def _inspection() -> dict[tuple[str, str, str, str], str]:
    """From the intent to the countersigned report, each side by what it says itself."""
    moves: dict[tuple[str, str, str, str], str] = {
        ("inspection", OPENER, SILENT, "intent"): "intent"
    }
    for at, state in enumerate(_INSPECTING):
        for act in _INSPECTING[at:]:
            moves["inspection", OPENER, state, act] = act
        if state not in ("held", "report"):
            moves["inspection", OPENER, state, "cancelled"] = CANCELLED
    # Sites are named one after the other on one visit.
    moves["inspection", OPENER, "held", "site-named"] = "site-named"
    for state in (SILENT, *_ANSWERS):
        for act in (*_ANSWERS, "held"):
            moves["inspection", OTHER, state, act] = act
    del moves["inspection", OTHER, "refused", "held"]
    for state in ("held", "granted", "countersigned"):
        for act in ("held", "countersigned"):
            moves["inspection", OTHER, state, act] = act
    return moves


SIDE_MOVES: Final[Mapping[tuple[str, str, str, str], str]] = {
    **_contact(),
    **_incident(),
    **_inspection(),
    ("link-test", OPENER, SILENT, "test"): "tested",
    ("link-test", OPENER, "tested", "test"): "tested",
    ("link-test", OTHER, SILENT, "answer"): "answered",
    ("link-test", OTHER, "answered", "answer"): "answered",
    **{
        ("claim", role, state, act): act
        for role in ROLES
        for state in (SILENT, "asserted", "contested")
        for act in ("asserted", "contested")
    },
}

# The stage of a whole matter: the first word that any side has reached. Sides are never merged.
STAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "contact": ("held", "declined", "announced", "accepted", "agenda", "proposed"),
    "inspection": (
        *("countersigned", "report", "held", "cancelled", "refused", "granted", "site-named"),
        *("arrived", "delay", "new-time", "accepted", "intent"),
    ),
    "claim": ("contested", "asserted"),
}


def course_of(format_id: str) -> str:
    """The course that a format follows."""
    return COURSES.get(name_of(format_id), STANDING)


def author_move(course: str, state: str, act: str) -> str | None:
    """The state after an act of the author, or None: not permitted."""
    return AUTHOR_MOVES.get((course, state, act))


def side_move(course: str, role: str, state: str, act: str) -> str | None:
    """The state of a side after an act of its own party, or None: not permitted."""
    return SIDE_MOVES.get((course, role, state, act))
