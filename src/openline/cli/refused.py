"""What a node said when it refused: known to every command, also to those that need no node.

Shapes   NodeRefused carries the code, sentence and remedy that the node gave
Units    none
Raises   nothing
Source   docs/errors.md
Never    imports a socket: `openline verify` starts without one
"""

from typing import ClassVar

from openline.errors import OpenlineError


class NodeRefused(OpenlineError):
    """The node refused; it said why and what to do."""

    code: ClassVar[str] = "cli.node-refused"
    remedy: ClassVar[str] = "Do what the node's own remedy says."

    def __init__(self, code: str, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.refused_code, self.refused_remedy = code, remedy
