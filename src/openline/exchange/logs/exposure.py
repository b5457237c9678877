"""How much of an own log may leave this node.

Shapes   exposed(station, log) -> size
Units    sizes count entries
Raises   nothing
Source   docs/decisions/0066-anchor-profiles.md
Never    holds a release back for ever: a log whose charter names no witness leaves as it is written
"""

from typing import Final

from openline.exchange.logs import witnesses
from openline.exchange.station import Station
from openline.store.contract import LogRow

BY_WITNESS: Final = "witness"


def exposed(station: Station, log: LogRow) -> int:
    """All that is here; under the profile `witness` no more than a witness has signed for.

    Else a roll-back to before such an entry would go unnoticed at the next start.
    """
    if station.profile != BY_WITNESS or log.party != station.party:
        return log.size
    named = witnesses.named(station.charter(log.line_id))
    if not named:
        return log.size
    return max(station.store.newest_cosigned(log.origin, each.name) for each in named)
