"""`openline witness`: a neutral witness, which sees heads and never content.

Shapes   one line on stdout when it is ready: its policy lines, for charters
Units    none
Raises   what the folder, the port and a card refuse
Source   docs/PROTOCOL.md parts 1 and 8, "Witness"
Never    learns what is said: origins, sizes, roots and times only
"""

from pathlib import Path

import click

from openline.cli.face import Face, Group, pairs, with_face
from openline.cli.files import FILE


@click.group(cls=Group)
def witness() -> None:
    """Run a neutral witness."""


@witness.command("serve")
@click.argument("name")
@click.option("--listen", default="127.0.0.1:8560", metavar="HOST:PORT", show_default=True)
@click.option("--card", "cards", multiple=True, type=FILE, help="A card whose logs it follows.")
@click.option("--policy-out", type=click.Path(path_type=Path), help="Also write the policy lines.")
@click.option("--scenario", default="", metavar="FILE", help="An exercise's clock; see OPERATE.md.")
@click.option("--in-memory-disk", is_flag=True, help="Allow a disk that a restart empties.")
@with_face
def serve(
    face: Face,
    name: str,
    listen: str,
    cards: tuple[Path, ...],
    policy_out: Path | None,
    scenario: str,
    in_memory_disk: bool,
) -> None:
    """Run a witness called NAME in the folder --home; it makes its keys on the first start.

    \b
    Example:  openline witness serve witness.example --home witness --card north.card
    """
    from openline.node import serve_witness

    def ready(told: dict[str, object]) -> None:
        if policy_out is not None:
            policy_out.write_text(f"{told['policy']}\n", "utf-8")
        face.give("witness", told, lambda: [str(told["policy"])])

    serve_witness(
        face.home,
        name,
        listen=listen,
        cards=[c.read_bytes() for c in cards],
        on_ready=ready,
        scenario=scenario,
        may_forget=in_memory_disk,
    )


@witness.command("follow")
@click.argument("name")
@click.argument("cards", nargs=-1, required=True, type=FILE)
@with_face
def follow(face: Face, name: str, cards: tuple[Path, ...]) -> None:
    """Follow the parties whose CARDS these are, while the witness NAME does not run.

    \b
    Example:  openline witness follow witness.example south.card --home witness
    """
    from openline.exchange.start import open_witness

    with open_witness(face.home, name) as station:
        parties = [station.follow(card.read_bytes()) for card in cards]
    face.give(
        "witness-follow", {"parties": parties}, lambda: pairs([("follows", p) for p in parties])
    )
