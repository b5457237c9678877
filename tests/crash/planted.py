"""Where the nodes of a drill are born: as in the demo, or with a fault planted on purpose.

`blind` makes the journal's change time count for nothing, which is what a block-level snapshot
does; `no-epoch` lets a node write on where it has to open a new epoch. They live here and nowhere
else.
"""

import sys
from collections.abc import Mapping

from openline.cli.play import nursery
from openline.exchange.logs import epochs
from openline.exchange.station import Station
from openline.exchange.traffic import profiles
from openline.store import anchor


def plant(names: set[str]) -> None:
    """Change what the children are born with."""
    if "blind" in names:
        anchor.STALE_AFTER_S = 10**9  # type: ignore[misc]
    if "no-epoch" in names:

        def let_be(station: Station, found: Mapping[bytes, str]) -> None:
            """Nothing: the node goes on."""

        epochs.suspect = let_be
        epochs.load_suspects = lambda station: None
        profiles.begin = lambda station: setattr(station, "unproven", "")


if __name__ == "__main__":
    plant(set(sys.argv[1:]))
    nursery.main()
