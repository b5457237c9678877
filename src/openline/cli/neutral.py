"""What the commands of services that take no side have in common: a witness, a relay.

Shapes   @with_service(port) gives `serve` its options; follow() is the whole of `follow`
Units    none
Raises   what the folder, the port and a card refuse
Source   docs/OPERATE.md, "A witness", "Bad links"
Never    knows what a service does
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

from openline.cli.face import Face, pairs
from openline.cli.files import FILE, write_out

F = TypeVar("F", bound=Callable[..., Any])


class Following(Protocol):
    """A service that serves the parties whose cards it was given."""

    def follow(self, file: bytes) -> str:
        """Serve a party from now on; its name."""


def with_service(port: int, cards: str) -> Callable[[F], F]:
    """Where to listen, whom to serve, and on what disk; `cards` says what a card is for."""
    listen = f"127.0.0.1:{port}"
    disk = "Allow a disk that a restart empties."
    options = [
        click.option("--listen", default=listen, metavar="HOST:PORT", show_default=True),
        click.option("--card", "cards", multiple=True, type=FILE, help=cards),
        click.option("--in-memory-disk", is_flag=True, help=disk),
    ]

    def given(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return given


def ready(
    face: Face, schema: str, named: str, out: Path | None
) -> Callable[[dict[str, Any]], None]:
    """What is said, and perhaps written, when a service is ready: the lines for charters."""

    def tell(told: dict[str, Any]) -> None:
        if out is not None:
            write_out(out, f"{told[named]}\n".encode())
        face.give(schema, told, lambda: [str(told[named])])

    return tell


def follow(
    face: Face,
    opened: AbstractContextManager[Following],
    cards: tuple[Path, ...],
    schema: str,
    word: str,
) -> None:
    """Give a service that does not run the cards of more parties."""
    with opened as service:
        parties = [service.follow(card.read_bytes()) for card in cards]
    face.give(schema, {"parties": parties}, lambda: pairs([(word, p) for p in parties]))
