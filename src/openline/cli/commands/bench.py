"""`openline bench`: figures from real processes, with the floor of the same run beside them.

Shapes   data of each command: see openline.cli.benching
Units    messages a second, milliseconds, bytes, seconds
Raises   BenchFailed: a run whose figures may not be believed
Source   docs/FIGURES.md
Never    quotes a rate whose messages were not checked, stored twice and audited
"""

from pathlib import Path

import click

from openline.cli.face import Face, Group, pairs, with_face
from openline.cli.files import FILE, bounded


class Gauge:
    """One progress bar per phase of a run, on stderr, only where somebody looks."""

    def __init__(self, face: Face) -> None:
        self._face = face
        self._label = ""

    def __call__(self, label: str, done: int, total: int) -> None:
        if label != self._label:
            self._label = label
            self._face.say(f"{label} ...")
        elif total and done and done % max(1, total // 10) < max(1, total // 100):
            self._face.say(f"  {label}: {done} of {total}")


@click.group(cls=Group)
def bench() -> None:
    """Measure exchange, audit, outage, rotation, start and memory on this machine."""


@bench.command("exchange")
@click.option("--messages", default=2000, show_default=True, help="How many messages in a row.")
@click.option("--recipients", default=1, show_default=True, help="How many receiving nodes.")
@click.option("--bytes", "size", default=1000, show_default=True, help="Content of one message.")
@click.option("--rate", default=0.0, help="Messages a second; 0 is as fast as they are taken.")
@click.option("--singles", default=100, show_default=True, help="Messages one at a time, before.")
@click.option("--overload", is_flag=True, help="Then offer twice the rate that was sustained.")
@click.option("--folder", default="", help="Where to put the nodes (default: temporary folder).")
@with_face
def exchange(
    face: Face,
    messages: int,
    recipients: int,
    size: int,
    rate: float,
    singles: int,
    overload: bool,
    folder: str,
) -> None:
    """Two or more real nodes: every message released twice, sealed, opened, folded, receipted.

    \b
    Example:  openline bench exchange --messages 20000 --overload --json
    """
    from openline.cli.benching import exchange as runner

    options = runner.Options(messages, recipients, size, rate, singles, overload, folder)
    told = runner.run(options, Gauge(face))
    face.give("bench-exchange", told, lambda: pairs(list(told.items())))


@bench.command("verify")
@click.option("--entries", default=1_000_000, show_default=True, help="Leaves in the log.")
@click.option("--envelopes", default=100_000, show_default=True, help="With stored envelopes.")
@click.option("--folder", default="", help="Where to put the nodes (default: temporary folder).")
@with_face
def verify(face: Face, entries: int, envelopes: int, folder: str) -> None:
    """Audit every leaf, envelope hash, root, signature and receipt, without opening."""
    from openline.cli.benching import verify as runner

    options = runner.Options(entries, min(envelopes, entries), 2000, folder)
    told = runner.run(options, Gauge(face))
    face.give("bench-verify", told, lambda: pairs(list(told.items())))


@bench.command("outage")
@click.option("--seconds", default=20.0, show_default=True, help="How long the peer is down.")
@click.option("--messages", default=60, show_default=True, help="Said while it is down.")
@click.option("--folder", default="", help="Where to put the nodes (default: temporary folder).")
@with_face
def outage(face: Face, seconds: float, messages: int, folder: str) -> None:
    """The peer is down while messages are said: how long after its return all are receipted."""
    from openline.cli.benching import outage as runner

    options = runner.Options(seconds, messages, folder=folder)
    told = runner.run(options, Gauge(face))
    face.give("bench-outage", told, lambda: pairs(list(told.items())))


@bench.command("rotation")
@click.option("--lines", default=50, show_default=True, help="Lines of the node.")
@click.option("--messages", default=4, show_default=True, help="Of each side on each line.")
@click.option("--folder", default="", help="Where to put the nodes (default: temporary folder).")
@with_face
def rotation(face: Face, lines: int, messages: int, folder: str) -> None:
    """Every key of a node changes under one command while both sides speak on every line."""
    from openline.cli.benching import rotation as runner

    told = runner.run(runner.Options(lines, messages, folder=folder), Gauge(face))
    face.give("bench-rotation", told, lambda: pairs(list(told.items())))


@bench.command("start")
@click.option("--entries", default=100_000, show_default=True, help="Entries in the log.")
@click.option("--folder", default="", help="Where to put the nodes (default: temporary folder).")
@with_face
def start(face: Face, entries: int, folder: str) -> None:
    """A node with a long log starts, without snapshots and from them."""
    from openline.cli.benching import starting as runner

    told = runner.run(runner.Options(entries, folder=folder), Gauge(face))
    face.give("bench-start", told, lambda: pairs(list(told.items())))


@bench.command("idle")
@click.option("--seconds", default=10.0, show_default=True, help="How long it has been idle.")
@click.option("--folder", default="", help="Where to put the nodes (default: temporary folder).")
@with_face
def idle(face: Face, seconds: float, folder: str) -> None:
    """The memory of a node that has nothing to do."""
    from openline.cli.benching import idle as runner

    told = runner.run(runner.Options(seconds, folder), Gauge(face))
    face.give("bench-idle", told, lambda: pairs(list(told.items())))


@bench.command("desk")
@click.option("--cases", default=10_000, show_default=True, help="How many open cases wait.")
@click.option("--folder", default="", help="Where to put the nodes (default: temporary folder).")
@with_face
def desk(face: Face, cases: int, folder: str) -> None:
    """The page of a long queue as the node makes it: first, again, filtered, after an arrival."""
    from openline.cli.benching import desk as runner

    told = runner.run(runner.Options(cases, folder), Gauge(face))
    face.give("bench-desk", told, lambda: pairs(list(told.items())))


@bench.command("witness")
@click.option("--checkpoints", default=2_000, show_default=True, help="How many heads.")
@click.option("--folder", default="", help="Where to put the files (default: temporary folder).")
@with_face
def witness(face: Face, checkpoints: int, folder: str) -> None:
    """How many checkpoints a second a neutral witness cosigns, each durable before it."""
    from openline.cli.benching import witness as runner

    told = runner.run(runner.Options(checkpoints, folder), Gauge(face))
    face.give("bench-witness", told, lambda: pairs(list(told.items())))


@bench.command("restore")
@click.option("--entries", default=1_000_000, show_default=True, help="Entries in the record.")
@click.option("--envelopes", default=100_000, show_default=True, help="With stored envelopes.")
@click.option("--folder", default="", help="Where to put the node (default: temporary folder).")
@with_face
def restore(face: Face, entries: int, envelopes: int, folder: str) -> None:
    """How long a long record takes to be backed up and to be put back."""
    from openline.cli.benching import restoring as runner

    options = runner.Options(entries, min(envelopes, entries), folder)
    told = runner.run(options, Gauge(face))
    face.give("bench-restore", told, lambda: pairs(list(told.items())))


@bench.command("import")
@click.option("--rows", default=10_000, show_default=True, help="How many sites the table has.")
@click.option(
    "--spelling",
    type=click.Choice(["csv", "geojson", "xlsx"]),
    default="csv",
    show_default=True,
    help="How the table comes.",
)
@click.option("--folder", default="", help="Where to put the nodes (default: temporary folder).")
@with_face
def import_(face: Face, rows: int, spelling: str, folder: str) -> None:
    """A table of sites, from the file to its numbers, by the command that an officer runs."""
    from openline.cli.benching import importing as runner

    told = runner.run(runner.Options(rows, spelling, folder), Gauge(face))
    face.give("bench-import", told, lambda: pairs(list(told.items())))


@bench.command("fold")
@click.option("--messages", default=100_000, show_default=True, help="Entries of the line.")
@click.option("--more", default=300, show_default=True, help="Entries more, one at a time.")
@with_face
def fold(face: Face, messages: int, more: int) -> None:
    """What a line says, computed anew from all its entries, and after one more."""
    from openline.cli.benching import folding as runner

    told = runner.run(runner.Options(messages, more), Gauge(face))
    face.give("bench-fold", told, lambda: pairs(list(told.items())))


@bench.command("proof")
@click.argument("file", type=FILE)
@click.option("--policy", type=FILE, required=True, help="The policy that a reader brings.")
@click.option("--times", default=200, show_default=True, help="How often FILE is checked.")
@with_face
def proof(face: Face, file: Path, policy: Path, times: int) -> None:
    """How long the check of a disclosed FILE takes, once the program is loaded.

    \b
    Example:  openline bench proof visit.openline-proof --policy visit.policy
    """
    from openline.cli.benching import proofs as runner
    from openline.cli.fields import decoded

    text = decoded(policy, bounded(policy))
    options = runner.Options(file, bounded(file), text, max(1, times))
    told = runner.run(options, Gauge(face))
    face.give("bench-proof", told, lambda: pairs(list(told.items())))
