"""Why a request of another node is refused: one name per reason, so that nobody has to guess.

Shapes   each error carries the facts; HTTP status codes are chosen in peer/ by `code`
Units    sizes count entries
Raises   nothing by itself
Source   docs/PROTOCOL.md part 8, table of the four tiers
Never    stores anything: a refusal of the transport tier leaves no trace but an event
"""

from typing import ClassVar

from openline.errors import OpenlineError


class Refused(OpenlineError):
    """A request that this node does not carry out."""

    code: ClassVar[str] = "exchange.refused"
    remedy: ClassVar[str] = "Read the sentence; the sender may try again with what it names."


class PeerRefused(OpenlineError):
    """The peer answered with a status other than 200: a hint, not a fact.

    `retry_s` is for how many seconds it asks to be left alone, as far as anybody may ask that.
    """

    code: ClassVar[str] = "exchange.peer-refused"
    remedy: ClassVar[str] = "The next hello shows where things stand."

    def __init__(self, status: int, peer_code: str, sentence: str, retry_s: int = 0) -> None:
        super().__init__(f"{status} {peer_code}: {sentence}")
        self.status, self.peer_code, self.retry_s = status, peer_code, retry_s


class UnknownParty(Refused):
    """The request comes from a party whose card is not held here."""

    code: ClassVar[str] = "exchange.unknown-party"
    remedy: ClassVar[str] = "Exchange party cards first: `openline party add FILE`."


class UnknownKey(UnknownParty):
    """A request is signed by another key than the party's newest card here names."""

    code: ClassVar[str] = "exchange.unknown-key"
    remedy: ClassVar[str] = (
        "Where the party calls or is called, nodes bring their newer cards by themselves. By a file"
        " or a relay alone: take its newest card with `openline party add CARD`, then take the file"
        " again."
    )
    party: str = ""

    def __init__(self, party: str) -> None:
        super().__init__(f"{party}: signed with a key that its card here does not name")
        self.party = party


class FrozenParty(Refused):
    """Two cards of this party contradict each other; it must be compared anew."""

    code: ClassVar[str] = "exchange.frozen-party"
    remedy: ClassVar[str] = "Compare the digits with the party out of band, then add its card anew."
    party: str = ""

    def __init__(self, party: str) -> None:
        super().__init__(f"{party}: two of its cards contradict each other")
        self.party = party


class NotAMember(Refused):
    """The party is not a member of the line, or its fingerprint is not the charter's."""

    code: ClassVar[str] = "exchange.not-a-member"
    remedy: ClassVar[str] = "Check the charter: members are named with their fingerprints."


class Ahead(Refused):
    """The delivery starts beyond what is held; `held` is where it has to start."""

    code: ClassVar[str] = "exchange.ahead"
    remedy: ClassVar[str] = "Send again from the size that is held."

    def __init__(self, origin: str, held: int, offered: int) -> None:
        super().__init__(f"{origin}: delivery starts at {offered}, held are {held} entries")
        self.held = held


class RootMismatch(Refused):
    """Leaves and signed root do not belong together; proves nothing about the sender."""

    code: ClassVar[str] = "exchange.root-mismatch"
    remedy: ClassVar[str] = "Send the same entries again; if it stays, ask for the signed head."


class EnvelopeMismatch(Refused):
    """An envelope is not the one that its leaf commits to, or is missing for a new entry."""

    code: ClassVar[str] = "exchange.envelope-mismatch"
    remedy: ClassVar[str] = "Send the entry again with its own envelope."


class OriginMismatch(Refused):
    """The `open` entry does not give the origin under which it was delivered."""

    code: ClassVar[str] = "exchange.origin-mismatch"
    remedy: ClassVar[str] = "The sender must open its log with the charter and epoch that it names."


class ForkedLog(Refused):
    """Evidence is held that this log has two histories (PROTOCOL part 10)."""

    code: ClassVar[str] = "exchange.forked-log"
    remedy: ClassVar[str] = "The owner opens a new epoch that cites both heads."


class UnexplainedLog(Refused):
    """A signed head does not fit what is held of this log: it is frozen, and nobody is accused."""

    code: ClassVar[str] = "exchange.unexplained-log"
    remedy: ClassVar[str] = "Ring the owner, who opens a new epoch; `openline log frozen`."


class OwnLog(Refused):
    """A party was delivered its own log: taken in, it would be extended by somebody else."""

    code: ClassVar[str] = "exchange.own-log"
    remedy: ClassVar[str] = "State the log in a hello; its owner asks for what it has lost."


class EntrySealed(Refused):
    """An entry is stored but cannot be opened yet; a reseal has been asked for."""

    code: ClassVar[str] = "exchange.entry-sealed"
    remedy: ClassVar[str] = "Send the same checkpoint again later; a reseal is on its way."


class NotCaughtUp(Refused):
    """Entries are stored, but more of the log was receipted here before a restore."""

    code: ClassVar[str] = "exchange.not-caught-up"
    remedy: ClassVar[str] = "Send what follows: the receipt comes with what was receipted."


class OpenSealed(Refused):
    """The `open` entry of a log is sealed to a sealing key of ours that was destroyed since."""

    code: ClassVar[str] = "exchange.open-sealed"
    remedy: ClassVar[str] = "Nothing has to be done: this node asks for a reseal of the entry."


class TooMany(Refused):
    """A quota of this node is used up: proposals, epochs a day, reseals a day."""

    code: ClassVar[str] = "exchange.too-many"
    remedy: ClassVar[str] = "Wait, and ask the other side's operators why so many were sent."


class ClockUnsure(Refused):
    """The clock of this node cannot be trusted, so it signs nothing."""

    code: ClassVar[str] = "exchange.clock-unsure"
    remedy: ClassVar[str] = "Correct the clock, or confirm it: `openline doctor --confirm-clock`."


class Stale(Refused):
    """A signed request is too old, from the future, or was seen before."""

    code: ClassVar[str] = "exchange.stale-request"
    remedy: ClassVar[str] = "Make the request anew; check both clocks."


class NotYours(Refused):
    """One answer for what is unknown and for what the asker may not know of."""

    code: ClassVar[str] = "exchange.not-found"
    remedy: ClassVar[str] = "Nothing: the asker learns only that there is nothing for it here."


class NeedsYes(Refused):
    """What the asker said that it had is sealed anew only when a person here agrees."""

    code: ClassVar[str] = "exchange.reseal-needs-yes"
    remedy: ClassVar[str] = "Ring that party: its operator runs `openline link reseal` for you."


class BadReceipt(Refused):
    """What came back for a delivery is not the addressee's receipt for exactly that head."""

    code: ClassVar[str] = "exchange.bad-receipt"
    remedy: ClassVar[str] = "The checkpoint is sent again; if it stays, look at the peer's card."
