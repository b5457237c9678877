"""What guarantees a message has: which were given, and where each stands at a time.

Shapes   guarantee_view(case, matter, now_s, numbered) -> {"asked": bool, "rows": [...]};
         standing(matter, current, now_s) -> one of STANDINGS
Units    times are unix seconds UTC, in rows UTC text
Raises   nothing
Source   docs/cases.md, "Guarantees"; Kyiv, 20 February 2023: receipt was confirmed, and a guarantee
         was claimed afterwards
Never    counts an answer of another form, whatever it says, as a guarantee
"""

from collections.abc import Iterator
from typing import Any, Final

from openline.cases import moves, rules, shown
from openline.cases.case import Case, Matter
from openline.cases.entry import Entry
from openline.formats.form import name_of

ASKED: Final = "guarantee"
REQUEST: Final = "core/request-guarantee"
IN_FORCE: Final = "in-force"
NOT_BEGUN: Final = "not-begun"
OVER: Final = "over"
WITHDRAWN: Final = "withdrawn"
CANCELLED: Final = "cancelled"
CLOSED: Final = "closed"
SUPERSEDED: Final = "superseded"
STANDINGS: Final = (IN_FORCE, NOT_BEGUN, OVER, WITHDRAWN, CANCELLED, CLOSED, SUPERSEDED)
# A giver that closes so says that what was guaranteed came to its end; any other end takes it back.
_ENDED_WELL: Final = frozenset({"completed", "lapsed", "observed", "resolved"})
# Answers by which a reader could take a guarantee for given.
_MISTAKABLE: Final = frozenset({"accepted", "conditional"})

Row = dict[str, Any]


def is_asked(matter: Matter) -> bool:
    """Whether the author asked for a guarantee: in the notice itself, or by a request for one."""
    if matter.name == REQUEST:
        return True
    for version in reversed(matter.versions):
        if "effect" in version.entry.fields:
            return version.entry.fields["effect"] == ASKED
    return False


def is_mistakable(format_id: str, answer: str) -> bool:
    """Whether an answer says yes without being a guarantee."""
    return name_of(format_id) != rules.GUARANTEE and answer in _MISTAKABLE


def standing(matter: Matter, current: bool, now_s: int) -> str:
    """Where a guarantee stands at a time: not begun, over and withdrawn are never one word."""
    if matter.state == moves.CANCELLED:
        return CANCELLED
    if matter.state == moves.CLOSED:
        return CLOSED if matter.outcome in _ENDED_WELL else WITHDRAWN
    if not current:
        return SUPERSEDED
    fields = matter.current.entry.fields
    start, end = (shown.time_s(fields, path) for path in ("from", "until"))
    if start is not None and now_s < start:
        return NOT_BEGUN
    return IN_FORCE if end is not None and now_s < end else OVER


def ending(matter: Matter) -> Entry | None:
    """The entry by which the author ended a matter; None while it stands."""
    if matter.state == moves.CANCELLED:
        return matter.current.entry
    if matter.state == moves.CLOSED:
        closings = [act.entry for act in matter.closings()]
        return closings[-1] if closings else matter.current.entry
    return None


def given(case: Case, matter: Matter) -> Iterator[tuple[Matter, bool]]:
    """The guarantees that answer a matter or a request for one about it, and whether each is its
    party's current answer."""
    for asked in case.matters:
        if asked is not matter:
            about = asked.of is not None and matter.version_of(asked.of)
            if asked.name != REQUEST or not about:
                continue
        for answer in asked.answers:
            found = case.matter(answer.ref)
            if found is not None and found.name == rules.GUARANTEE:
                yield found, answer.current


def taken_back(case: Case, now_s: int) -> Iterator[tuple[Matter, Entry]]:
    """Guarantees that their giver ended before their time was over, with the entry that did it."""
    for matter in case.matters:
        end = ending(matter) if matter.name == rules.GUARANTEE else None
        if end is not None and standing(matter, False, now_s) in (WITHDRAWN, CANCELLED):
            yield matter, end


def guarantee_view(case: Case, matter: Matter, now_s: int, numbered: Any) -> Row:
    """Whether a guarantee was asked, and every one that was given; none is an empty list."""
    rows = []
    for found, current in given(case, matter):
        fields, end = found.current.entry.fields, ending(found)
        rows.append(
            {
                "party": found.author,
                "number": numbered(found.first),
                "ref": [found.ref.origin, found.ref.index],
                "standing": standing(found, current, now_s),
                "from": shown.string(fields, "from"),
                "until": shown.string(fields, "until"),
                "ended": "" if end is None else shown.spelled(end.time_s),
                "reason": [] if end is None else shown.texts(end.fields, "reason"),
            }
        )
    return {"asked": is_asked(matter), "rows": rows}
