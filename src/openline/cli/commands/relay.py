"""`openline relay`: a relay keeps sealed files until their addressee fetches them.

Shapes   one line on stdout when it is ready: the `relay` line for charters
Units    none
Raises   what the folder, the port and a card refuse
Source   docs/PROTOCOL.md part 11; docs/OPERATE.md, "Bad links"
Never    learns what is said: who, for whom, which log, sizes and times only
"""

from pathlib import Path

import click

from openline.cli import neutral
from openline.cli.face import Face, Group, with_face
from openline.cli.files import FILE
from openline.cli.neutral import ready, with_service


@click.group(cls=Group)
def relay() -> None:
    """Run a relay for parties that cannot reach each other."""


@relay.command("serve")
@click.argument("name")
@click.option("--url", default="", help="How parties reach it (default: http://LISTEN).")
@with_service(8561, "A card of a party that it serves.")
@click.option("--relay-out", type=click.Path(path_type=Path), help="Also write the relay line.")
@with_face
def serve(
    face: Face,
    name: str,
    listen: str,
    url: str,
    cards: tuple[Path, ...],
    relay_out: Path | None,
    in_memory_disk: bool,
) -> None:
    """Run a relay called NAME in the folder --home; it makes its keys on the first start.

    \b
    Example:  openline relay serve relay.example --home relay --card north.card --card south.card
    """
    from openline.watch.neutral import serve_relay

    serve_relay(
        face.home,
        name,
        listen=listen,
        url=url or f"http://{listen}",
        cards=[c.read_bytes() for c in cards],
        on_ready=ready(face, "relay", "line", relay_out),
        may_forget=in_memory_disk,
    )


@relay.command("follow")
@click.argument("name")
@click.argument("cards", nargs=-1, required=True, type=FILE)
@with_face
def follow(face: Face, name: str, cards: tuple[Path, ...]) -> None:
    """Serve the parties whose CARDS these are, while the relay NAME does not run.

    \b
    Example:  openline relay follow relay.example south.card --home relay
    """
    from openline.exchange.start import open_relay

    opened = open_relay(face.home, name, is_new_allowed=False)
    neutral.follow(face, opened, cards, "relay-follow", "serves")
