"""What the player needs of the world: nodes, officers, a network that can fail, a clock.

Shapes   Hands is a Protocol; operations take and give Openline JSON (docs: operations)
Units    times are unix seconds UTC on the scenario clock, which stands still between `set_clock`s
Raises   HandsRefused for a refusal by a node; NotQuiet when the nodes do not settle in time
Source   docs/operations.md; docs/decisions (demo plays real processes)
Never    decides anything: what is said, to whom and when stands in the scenario files
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from openline.errors import OpenlineError
from openline.formats.openjson import Value

Answer = dict[str, Value]
EVERYBODY = "*"  # as the other side of a cut: nobody reaches this party, and it reaches nobody


class HandsRefused(OpenlineError):
    """A node refused an operation of the play; `reason` is the node's own code."""

    code: ClassVar[str] = "play.refused"
    remedy: ClassVar[str] = "Read what the node says: its remedy applies."

    def __init__(self, party: str, operation: str, reason: str, sentence: str) -> None:
        super().__init__(f"{party}: {operation}: {reason}: {sentence}")
        self.party, self.operation, self.reason = party, operation, reason


class NotQuiet(OpenlineError):
    """The nodes had not settled when the time given for it was over."""

    code: ClassVar[str] = "play.not-quiet"
    remedy: ClassVar[str] = "Look at the queues of the parties named; a busy machine needs longer."


class Hands(Protocol):
    """One object per play: it owns the folders, processes, sockets and faults of that play."""

    def prepare(self, parties: Sequence[str], *, clock_s: int, witness: bool) -> None:
        """Folders, keys and two enrolled officers per party; the witness where it is asked for."""

    def start_node(self, party: str) -> None:
        """Start one node; returns when it answers `status`."""

    def stop(self, party: str) -> None:
        """Stop one node cleanly."""

    def kill(self, party: str) -> None:
        """End one node with SIGKILL."""

    def copy_home(self, party: str, name: str) -> None:
        """Copy the data folder of a running node under a name; not its anchor."""

    def restore_home(self, party: str, name: str) -> None:
        """Put such a copy in place of the data folder of a stopped node."""

    def call(self, party: str, operation: str, args: Mapping[str, Value]) -> Answer:
        """One operation at one node. HandsRefused carries the node's code and sentence."""

    def sign(self, party: str, draft: Mapping[str, Value], officer: int) -> Answer:
        """The assertion of officer 1 or 2 of a party over a draft as `draft` described it."""

    def sign_batch(self, party: str, batch: Mapping[str, Value], officer: int) -> Answer:
        """The one assertion of an officer over a batch as `draft_batch` described it."""

    def proves_absent(self, party: str, line: str, other: str, asked: str) -> str:
        """Let `party` write a proof that `other` never said `asked` on a line and verify it with
        nothing but that file; "" if it shows that, else what a verifier says."""

    def cut(self, party: str, other: str) -> None:
        """Nothing passes between two parties; `other` "*": nothing to or from `party` at all."""

    def heal(self, party: str, other: str) -> None:
        """Undo `cut` with the same words."""

    def drop_next_receipt(self, sender: str, addressee: str) -> None:
        """The next receipt `addressee` gives `sender` becomes durable and is lost on its way."""

    def set_clock(self, time_s: int) -> None:
        """The scenario clock of all nodes: only forward, and standing still until set again."""

    def set_clock_offset(self, party: str, seconds: int) -> None:
        """How far the clock of one node is off; negative is behind."""

    def witness_policy(self) -> tuple[str, ...]:
        """The `witness`, `group` and `quorum` lines of a charter that names this play's witness."""

    def witness_stop(self) -> None:
        """Stop the witness of this play."""

    def witness_start(self) -> None:
        """Start it again."""

    def wait_quiet(self, parties: Sequence[str], timeout_s: float) -> None:
        """Return when nothing is on its way between those nodes that reach each other."""

    def store_digest(self, party: str) -> str:
        """SHA-256 over the stored bytes of a node or of "witness", without what the beat hides."""

    def close(self) -> None:
        """End what is still running."""
