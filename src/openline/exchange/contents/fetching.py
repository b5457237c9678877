"""How one file is fetched: who is asked, whose bytes came, who gave wrong ones or no key.

Shapes   Fetching of one file, kept by the station under the file's hash; forgotten at a restart
Units    seconds by the clock that nobody sets
Raises   nothing
Source   docs/PROTOCOL.md part 7, `attachment`; docs/decisions/0074-attachments.md, 0086
Never    blames one of several givers: nobody knows whose bytes were wrong
"""

from dataclasses import dataclass, field
from typing import Final

# So long who alone gave wrong bytes of a file is not asked for it, twice as long each further time:
# a wire may have changed them, and there may be no other holder.
BLAMED_S: Final = 30
BLAMED_S_MAX: Final = 3_600


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a peer answered to the ask for a file's key, how often, and until when it has rest."""

    code: str
    times: int
    until_s: int


@dataclass(slots=True)
class Fetching:
    """Who is asked for one file, and whose bytes are in it; forgotten at a restart.

    `blamed` says how often who alone gave wrong bytes, and until when it is not asked again. Once
    what several gave was wrong each gives the whole file, `is_apart`: else one who gives a wrong
    part each time would keep the file of an honest holder away for ever. `is_sealed` says that
    no key at hand opens the whole file, `refusals` who did not give its key (file_keys.py).
    """

    peer: str = ""
    since_s: int = 0
    givers: set[str] = field(default_factory=set)
    blamed: dict[str, tuple[int, int]] = field(default_factory=dict)
    is_apart: bool = False
    is_sealed: bool = False
    refusals: dict[str, Refusal] = field(default_factory=dict)

    def is_blamed(self, peer: str, now_s: int) -> bool:
        """Whether a peer is not asked for this file now."""
        return now_s < self.blamed.get(peer, (0, 0))[1]

    def blame(self, now_s: int) -> dict[str, tuple[int, int]]:
        """Who is not asked again for a while: of several givers nobody knows whose bytes were
        wrong, so only one alone is added."""
        if len(self.givers) != 1:
            return self.blamed
        (giver,) = self.givers
        times = self.blamed.get(giver, (0, 0))[0] + 1
        wait_s = min(BLAMED_S << (times - 1), BLAMED_S_MAX)
        return {**self.blamed, giver: (times, now_s + wait_s)}
