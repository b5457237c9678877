"""The demo goes on while one of its nodes stands still."""

from dataclasses import dataclass, field
from typing import Any, cast

from openline.cli.client import NodeSilent
from openline.cli.commands.demo import approve


@dataclass
class Hands:
    """Nodes of a play, of which one may stand still."""

    stands_still: bool = True

    def approve_officers(self, party: str) -> None:
        if self.stands_still:
            raise NodeSilent(f"{party}: timed out")


@dataclass
class Terminal:
    """What a person would have read."""

    lines: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        self.lines.append(text)


def test_a_node_that_stands_still_is_named_once_and_ends_nothing() -> None:
    hands, face, silent = Hands(), Terminal(), set[str]()
    for _ in range(3):
        approve(cast(Any, face), cast(Any, hands), "ru.example", silent)
    assert [line.partition(":")[0] for line in face.lines] == ["ru.example"]
    hands.stands_still = False
    approve(cast(Any, face), cast(Any, hands), "ru.example", silent)
    assert silent == set()
