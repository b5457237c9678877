"""`openline bench`: figures from real processes, with the floor of the same run beside them.

Shapes   data of each command: see openline.cli.benching
Units    messages a second, milliseconds, bytes, seconds
Raises   BenchFailed: a run whose figures may not be believed
Source   docs/FIGURES.md
Never    quotes a rate whose messages were not checked, stored twice and audited
"""

import click

from openline.cli.face import Face, Group, pairs, with_face


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
    """Measure exchange, audit, outage, start and memory on this machine."""


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
