"""History 1 between two stations, and what somebody who has only the file makes of it.

`Visit` is a notice with withheld fields and its answer, on a witnessed line; `write` asks a station
for a disclosure, `verify` reads it with nothing but the file and the policy beside it.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from openline.cases.entry import Ref
from openline.exchange.proof import disclose
from openline.exchange.proof.disclose import DisclosureFile
from openline.formats.openjson import Value
from openline.formats.policy import parse_policies
from openline.record.disclosure import verify_file
from openline.record.verdict import Verdict
from tests.exchange.conftest import SUITE, Node, make_peers, text

US, RU, CH = "us.example", "ru.example", "ch.example"
Parts = Sequence[dict[str, Any]]
VISIT: dict[str, Value] = {
    "subject": text("Our president visits Kyiv on Monday."),
    "place": "Kyiv",
    "from": "2023-11-20T06:00:00Z",
    "until": "2023-11-20T12:00:00Z",
    "route": "overland, night train",
    "sites": "the palace",
    "effect": "acknowledge",
}
WITHHELD = ("route", "sites")
SHOWN = ("subject", "place", "effect")


class Visit:
    """History 1 between two parties: a notice, its answer, and what was never said."""

    def __init__(self, *, status: str = "actual", is_visible: bool = True) -> None:
        self.peers = make_peers(US, RU)
        self.line = self.peers.open_line(
            US,
            RU,
            is_witnessed=True,
            status=status,
            visible=["core/visit", "core/answer"] if is_visible else [],
        )
        self.notice = self.peers.say(US, self.line, "core/visit@1", VISIT, withhold=WITHHELD)
        self.settle()
        self.peers.clock.time_s += 3_600
        self.answer = self.peers.say(
            RU, self.line, "core/answer@1", {"text": text("Noted.")},
            answer="noted-without-guarantee", refs=[self.notice],
        )  # fmt: skip
        self.settle()

    def settle(self) -> None:
        """Everybody holds everything, and the witness holds every head."""
        self.peers.carry()
        self.peers.witness_all()

    @property
    def parts(self) -> Parts:
        """What either party discloses of it."""
        return [
            {"kind": "entry", "ref": list(self.notice), "fields": list(SHOWN)},
            {"kind": "entry", "ref": list(self.answer), "fields": ["text"]},
            {"kind": "range", "origin": self.answer.origin, "from": 1},
        ]

    def prints(self) -> dict[str, bytes]:
        return {node.name: node.fingerprint for node in self.peers.nodes.values()}


@cache
def visit() -> Visit:
    """The history with visible releases, told once: nothing below changes it."""
    return Visit()


@cache
def hidden_visit() -> Visit:
    """The history as charters are by default: who released is not shown to the other side."""
    return Visit(is_visible=False)


def write(node: Node, *parts: dict[str, Any], bundle: bool = False) -> DisclosureFile:
    return disclose.write(node.station, list(parts), bundle)


def entry(ref: Ref, **more: Any) -> dict[str, Any]:
    return {"kind": "entry", "ref": list(ref), **more}


def verify(file: DisclosureFile, data: bytes | None = None, **trust: Any) -> Verdict:
    """The verdict of somebody who has the file and its policy."""
    held = file.data if data is None else data
    return verify_file(held, parse_policies(file.policy), SUITE, **trust)


def rows(verdict: Verdict) -> dict[str, str]:
    """What the verdict says of each field: shown to the addressee, or revealed later."""
    fields = verdict.facts["fields"]
    assert isinstance(fields, list)
    return {str(row[1]): str(row[3]) for row in fields if isinstance(row, list)}
