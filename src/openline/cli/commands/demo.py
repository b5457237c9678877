"""`openline demo`: six histories between real nodes on this machine, played, compared and proved.

Shapes   the last line is `N passed, M failed`; DIR gets visit.* and report.json
Units    seconds
Raises   what this machine refuses: no room, no such folder; a difference is exit code 1
Source   docs/OPERATE.md, "The demo"
Never    leaves a process behind; everything it plays says EXERCISE
"""

import json
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from openline.cli.exits import FAILED, OK
from openline.cli.face import Command, Face, with_face
from openline.errors import OpenlineError

if TYPE_CHECKING:
    from openline.cli.play.performance import Outcome, Performance
    from openline.cli.play.player import Watcher
    from openline.cli.play.process_hands import ProcessHands
    from openline.cli.play.scenario import History

NUMBERS = ("1", "2", "3", "4", "5", "6")
BAD_MONTH = "bad-month"
OUT_CHARACTERS_MAX = 60
# Whoever opens an address of the demo becomes an officer at once: the play's officers approve it.
APPROVE_EVERY_S = 0.5
OUT = click.Path(file_okay=False, path_type=Path)


@click.command(cls=Command)
@click.option("--once", is_flag=True, help="End afterwards; without it some nodes stay up.")
@click.option("--out", type=OUT, help="A folder for the disclosures of history 1 and report.json.")
@click.option(
    "--scenario",
    type=click.Choice([*NUMBERS, BAD_MONTH]),
    help="One history only; bad-month is played only if it is named.",
)
@click.option("--keep", is_flag=True, help="Keep the folders of all nodes.")
@with_face
def demo(face: Face, once: bool, out: Path | None, scenario: str | None, keep: bool) -> int:
    """Play six histories between real nodes and prove them.

    Every party is a process with its own folder, database and keys; they speak HTTP over this
    machine's loopback, and the wire between them fails where the history says so.

    \b
    Example:  openline demo --once --out demo-out
    """
    from openline.cli.play.loading import load_all

    histories = load_all((scenario,) if scenario else NUMBERS)
    with ended_by_signals(), folder_for(out) as nodes:
        performance = prepared(face, histories, nodes, out, keep=keep, once=once)
        is_wanted = True
        try:
            outcome = performance.run(histories)
            if outcome.failed:
                face.say(f"the folders of what failed are kept: {nodes}")
            report(face, outcome, out)
            if not once:
                stay(face, performance)
            is_wanted = keep or bool(outcome.failed)
        except KeyboardInterrupt:
            is_wanted = keep
            raise
        finally:
            performance.close()
            if not is_wanted:
                shutil.rmtree(nodes, ignore_errors=True)
    return FAILED if outcome.failed else OK


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM ends the demo as Ctrl-C does: nodes first."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def folder_for(out: Path | None) -> Iterator[Path]:
    """Where the nodes live: beside what is written, or in a temporary folder. A socket's path
    holds about a hundred characters, so nodes do not live in a deep one."""
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    if out is None or len(str(out.absolute())) > OUT_CHARACTERS_MAX:
        yield Path(tempfile.mkdtemp(prefix="openline-demo-"))
        return
    nodes = out / "nodes"
    if nodes.exists():
        shutil.rmtree(nodes)
    nodes.mkdir(mode=0o700)
    yield nodes


def prepared(
    face: Face,
    histories: "tuple[History, ...]",
    nodes: Path,
    out: Path | None,
    *,
    keep: bool,
    once: bool,
) -> "Performance":
    """The performance with its view; what must be said beforehand is said."""
    from openline.cli.play import compare
    from openline.cli.play.performance import Performance
    from openline.store.folder import MEMORY_DISKS, MOUNTS, file_system

    kind = file_system(nodes, MOUNTS.read_text("utf-8", "surrogateescape"))[0]
    may_forget = kind in MEMORY_DISKS
    if may_forget:
        face.warn(f"{nodes} is on {kind}: what the nodes call durable here ends with a restart")
    return Performance(
        nodes,
        view_for(face),
        compare.packaged(),
        out=out,
        keeps=keep,
        stays="" if once else histories[0].plays[-1].id,
        may_forget=may_forget,
    )


def view_for(face: Face) -> "Watcher":
    """A live table for a person at a terminal, lines everywhere else, nothing beside --json."""
    from rich.console import Console

    from openline.cli.play.terminal import TerminalView
    from openline.cli.play.view import PlainView

    if face.is_json:
        return PlainView(lambda line: None, face.lang)
    console = Console(no_color=face.settings.is_on("no_color"))
    if console.is_terminal and not face.settings.is_on("quiet"):
        return TerminalView(console, face.lang)
    return PlainView(click.echo, face.lang)


def report(face: Face, outcome: "Outcome", out: Path | None) -> None:
    """What it all came to, for a person or a program, and on disk."""
    value: dict[str, Any] = outcome.value()
    if out is not None:
        text = json.dumps({"schema": "openline/demo/1", **value}, ensure_ascii=False, indent=1)
        (out / "report.json").write_text(text + "\n", "utf-8")
    face.give("demo", value, lambda: [*summary(outcome), outcome.closing])


def summary(outcome: "Outcome") -> Iterator[str]:
    """Each history, the disclosures of the first, the record, the faults, the time."""
    yield ""
    for result in outcome.results:
        word = "passed" if result.passed else "FAILED"
        seconds = sum(play.seconds for play in result.plays)
        yield f"EXERCISE  {result.number}  {word}  {seconds:5.1f} s  {result.title}"
        for play in result.plays:
            yield from (f"EXERCISE  {result.number}    {said}" for said in play.said)
            for trouble in play.troubles:
                yield f"EXERCISE  {result.number}    {trouble.where}: {trouble.what}"
    for each in outcome.examined:
        yield ""
        words = f"written by {each.by} alone, {each.size} bytes; its reader is told:"
        yield f"EXERCISE  {each.name}, {words}"
        yield from (f"     {line}" for line in each.lines)
        yield f"     with byte {each.changed_at} changed: {each.refusal or 'NOT NOTICED'}"
    yield ""
    yield f"record: {outcome.proof.sentence()}"
    lost, refused = outcome.receipts_lost, outcome.connections_refused
    yield f"faults: {lost} receipts lost on the wire, {refused} connections refused on a cut one"
    yield f"time: {outcome.seconds:.1f} s"


def stay(face: Face, performance: "Performance") -> None:
    """The nodes of one play go on, each with a desk, until somebody ends them."""
    from openline.cli.play import desks
    from openline.cli.play.homes import PASSPHRASE

    hands = performance.stay()
    player = hands.players[max(hands.players)]
    officer = player.home / "officers" / "first.officer"
    lines = [
        "",
        "EXERCISE  the desks, each on a host name of its own. Open an officer's address: your",
        "browser makes a passkey there, and you are signed in. Each address works once, for a day.",
        *(f"  {line}" for line in desks.welcome(hands)),
        "",
        f"The same nodes from another terminal ({', '.join(hands.players)}), for instance:",
        f"  openline board --home {player.home}",
        f"  openline cases --home {player.home}",
        f"  openline queue --home {player.home}",
        f"  openline log verify --home {player.home}",
        f"Officers sign with {officer}, passphrase: {PASSPHRASE}",
        "Ctrl-C ends the demo.",
    ]
    for line in lines:
        click.echo(line, err=face.is_json)
    silent: set[str] = set()
    try:
        while not threading.Event().wait(APPROVE_EVERY_S):
            for party in hands.players:
                approve(face, hands, party, silent)
    except KeyboardInterrupt:
        face.say("stopping")


def approve(face: Face, hands: "ProcessHands", party: str, silent: set[str]) -> None:
    """Approve whoever was entered at one desk; a node that stands still for a while ends nothing,
    and is named once."""
    try:
        hands.approve_officers(party)
    except OpenlineError as fault:
        if party not in silent:
            face.warn(f"{party}: {fault} The demo goes on without it.")
        silent.add(party)
    else:
        silent.discard(party)
