"""`openline witness`: a neutral witness, which sees heads and never content.

Shapes   one line on stdout when it is ready: its policy lines, for charters
Units    none
Raises   what the folder, the port and a card refuse
Source   docs/PROTOCOL.md parts 1 and 8, "Witness"
Never    learns what is said: origins, sizes, roots and times only
"""

from pathlib import Path

import click

from openline.cli import neutral
from openline.cli.face import Face, Group, named, pairs, with_face
from openline.cli.files import FILE, write_out
from openline.cli.neutral import ready, with_service


@click.group(cls=Group)
def witness() -> None:
    """Run a neutral witness."""


@witness.command("serve")
@click.argument("name")
@click.option("--url", default="", help="How parties reach it (default: http://LISTEN).")
@with_service(8560, "A card whose logs it follows.")
@click.option("--policy-out", type=click.Path(path_type=Path), help="Also write the policy lines.")
@click.option("--scenario", default="", metavar="FILE", help="An exercise's clock; see OPERATE.md.")
@with_face
def serve(
    face: Face,
    name: str,
    listen: str,
    url: str,
    cards: tuple[Path, ...],
    policy_out: Path | None,
    scenario: str,
    in_memory_disk: bool,
) -> None:
    """Run a witness called NAME in the folder --home; it makes its keys on the first start.

    \b
    Example:  openline witness serve witness.example --home witness --card north.card
    """
    from openline.watch.neutral import serve_witness

    serve_witness(
        face.home,
        name,
        listen=listen,
        url=url or f"http://{listen}",
        cards=[c.read_bytes() for c in cards],
        on_ready=ready(face, "witness", "policy", policy_out),
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

    opened = open_witness(face.home, name, is_new_allowed=False)
    neutral.follow(face, opened, cards, "witness-follow", "follows")


@witness.command("stamp")
@click.argument("name")
@click.argument("request", type=FILE)
@click.argument("answer", type=click.Path(dir_okay=False, path_type=Path))
@with_face
def stamp(face: Face, name: str, request: Path, answer: Path) -> None:
    """Sign what REQUEST asks for into ANSWER, while the witness NAME does not run.

    \b
    Example:  openline witness stamp witness.example head.request head.answer --home witness
    """
    from openline.exchange.start import open_witness

    with open_witness(face.home, name, is_new_allowed=False) as service:
        lines = service.add_checkpoint(request.read_bytes())
    write_out(answer, lines)
    face.give(
        "witness-stamp",
        {"file": str(answer)},
        lambda: named([("file", "word.file", answer)], face.lang),
    )


@witness.command("confirm")
@click.argument("name")
@with_face
def confirm(face: Face, name: str) -> None:
    """Say that the folder of the witness NAME is the newest there is, and its clock right.

    \b
    After the whole folder was moved, or where a start doubts the clock. Never for a copy that was
    put back: what the witness signed since then is not in it.

    \b
    Example:  openline witness confirm witness.example --home witness
    """
    from openline.exchange.start import open_witness

    with open_witness(face.home, name, is_new_allowed=False, is_confirmed=True) as service:
        count = service.confirm()
    face.give("witness-confirm", {"heads": count}, lambda: pairs([("heads", count)]))
