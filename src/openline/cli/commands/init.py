"""`openline init PARTY`: make a node, its folder, its keys and its first card.

Shapes   data is {"party", "home", "url", "digits"}
Units    none
Raises   what the folder and the keys refuse: taken, read-only, in memory only
Source   docs/OPERATE.md, "A new node"
Never    enters an officer: that is a second, separate decision (`openline officer add`)
"""

import click

from openline.cli.face import Command, Face, named, with_face
from openline.formats.coded import worded
from openline.formats.malformed import Malformed
from openline.formats.spell import check_party


def party_name(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """A name that cards and logs can carry; anything else is refused before a folder is made."""
    try:
        return check_party(value)
    except Malformed as error:
        raise click.BadParameter(str(error)) from None


# What is told of a new node, by the name in the data.
LABELS = {
    "party": ("party", "word.party"), "home": ("home", "column.folder"),
    "url": ("url", "column.address"), "digits": ("digits", "word.digits"),
}  # fmt: skip


@click.command(cls=Command)
@click.argument("party", callback=party_name)
@click.option("--listen", default="127.0.0.1:8551", metavar="HOST:PORT", show_default=True)
@click.option("--url", "urls", multiple=True, help="How others reach it (default: http://LISTEN).")
@click.option("--outbound", is_flag=True, help="Nobody can call this node: it calls, and fetches.")
@click.option("--rp-id", default="localhost", show_default=True, help="Domain of officers' keys.")
@click.option(
    "--in-memory-disk", is_flag=True, help="Accept a file system that forgets, for tests."
)
@with_face
def init(
    face: Face,
    party: str,
    listen: str,
    urls: tuple[str, ...],
    outbound: bool,
    rp_id: str,
    in_memory_disk: bool,
) -> None:
    """Make a node for PARTY, a domain-like name such as north.example.

    \b
    Example:  openline init north.example --home north --listen 127.0.0.1:8551
    """
    from openline.node import create

    if outbound and urls:
        raise click.UsageError("--outbound means that there is no --url")
    made = create(
        face.home,
        party,
        listen=listen,
        urls=[] if outbound else list(urls) or [f"http://{listen}"],
        rp_id=rp_id,
        may_forget=in_memory_disk,
    )
    rows = [(*LABELS[name], value) for name, value in made.items()]
    face.give("init", made, lambda: named(rows, face.lang))
    then = worded("column.next-step", face.lang, "Next")
    face.say(f"{then}: openline officer add NAME --home {face.home}")
