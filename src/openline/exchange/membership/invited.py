"""What a line itself waits for from us: a new epoch, or a word on an invitation of others.

Shapes   waits_for(station, line_id) -> "" or one of ACCEPT, REOPEN, LOOK; decline(station, line_id)
Units    none
Raises   NotInvited
Source   docs/OPERATE.md, "A line"; docs/decisions/0082-an-invitation-is-declined-here.md
Never    tells anybody that we declined: who accepts signs a charter, who does not is silent. What
         its sender took back asks for nothing either, nor what members say on a declined line
"""

from dataclasses import replace
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.exchange.drafting import drafts
from openline.exchange.folding import reading
from openline.exchange.logs import epochs
from openline.exchange.membership import drawn
from openline.exchange.station import Station, UnknownLine

ACCEPT: Final = "accept"
REOPEN: Final = "reopen"
LOOK: Final = "look"
PROPOSED: Final = "proposed"
DECLINED: Final = "declined"


class NotInvited(OpenlineError):
    """There is no invitation of others on this line that could be declined."""

    code: ClassVar[str] = "exchange.not-invited"
    remedy: ClassVar[str] = (
        "`openline line leave LINE` ends our part on a line that we have opened; `openline drop`"
        " throws away a charter of ours that nobody has signed."
    )


def waits_for(station: Station, line_id: bytes) -> str:
    """What is to be done about a line as such, the first thing of several."""
    why = station.suspect.get(line_id, "")
    if epochs.is_doubled(why):
        return LOOK  # to reopen the line beside a copy at work would make it two
    if why and not drawn.is_drawn_only(station, line_id):
        return REOPEN
    row = station.store.line(line_id)
    is_asked = row is not None and row.state == PROPOSED and not is_taken_back(station, line_id)
    return ACCEPT if is_asked else ""


def is_taken_back(station: Station, line_id: bytes) -> bool:
    """Whether who invited us has left the line, and we have not accepted it.

    Not while another member speaks on it: the line goes on, and its place there is still ours.
    """
    row = station.store.line(line_id)
    if row is None or row.state != PROPOSED:
        return False
    state = reading.state(station, line_id)
    is_left = state.presence(row.proposed_by).left is not None
    return is_left and not any(each.opened and each.left is None for each in state.presences)


def is_listed(station: Station, line_id: bytes) -> bool:
    """Whether a list shows a line: all but the charters that we threw away or declined."""
    return not is_declined(station, line_id) and not drawn.is_dropped(station, line_id)


def is_declined(station: Station, line_id: bytes) -> bool:
    """Whether we said no here: what its members go on saying there asks nothing of us."""
    row = station.store.line(line_id)
    return row is not None and row.state == DECLINED


def is_over(station: Station, line_id: bytes) -> bool:
    """Whether an invitation asks for nothing any more: declined here, or taken back there."""
    return is_declined(station, line_id) or is_taken_back(station, line_id)


def decline(station: Station, line_id: bytes) -> None:
    """Say no to an invitation, here: it is asked no more, and takes no place in anybody's quota."""
    row = station.store.line(line_id)
    if row is None:
        raise UnknownLine(f"line {line_id.hex()[:16]} is not known here")
    if row.state not in (PROPOSED, DECLINED):
        ours = "drawn by us" if row.proposed_by == station.party else "accepted by us"
        raise NotInvited(f"{drawn.named(station, line_id)} was {ours}")
    for draft in drawn.drafts_of(station, line_id):
        drafts.drop(station, draft)
    with station.store.write() as tx:
        tx.put_line(replace(row, state=DECLINED, since_s=station.clock.now_s()))
    station.forget(line_id=line_id)
    station.changes += 1
