"""What befalls a party in a bad month, and what its operators do about it with `openline`.

Shapes   befall(stage, fault); MISFORTUNES maps each kind of fault to what is done
Units    times are unix seconds UTC
Raises   CommandFailed, HandsRefused, NotQuiet
Source   docs/OPERATE.md, "Bad days": the same commands in the same order
Never    is played in memory: files, processes and signatures are what it is about
"""

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from openline.cli.play import liar
from openline.cli.play.hands import HandsRefused
from openline.cli.play.homes import PASSPHRASE, Player
from openline.cli.play.process_hands import ProcessHands
from openline.cli.play.scenario import Fault
from openline.cli.play.stage import Stage, number, rows, text
from openline.envelope.officer_file import unlock_officer
from openline.formats.openjson import Value

CLONES: Final = "clones"
CEREMONY: Final = "root-keys.ceremony"
ACCEPTED: Final = 200
LOOK_S: Final = 0.1
Act = Callable[[Stage, ProcessHands, Fault], None]


def real(stage: Stage) -> ProcessHands:
    """The hands of a play with processes; in memory there is no machine to be stolen."""
    if not isinstance(stage.hands, ProcessHands):
        raise HandsRefused("", "misfortune", "play.refused", "played with real processes only")
    return stage.hands


def befall(stage: Stage, fault: Fault) -> None:
    """Let it happen, and let the nodes come to rest."""
    MISFORTUNES[fault.kind](stage, real(stage), fault)
    stage.settle()


def title(stage: Stage, fault: Fault) -> str:
    """How an operator names the line of a fault."""
    return stage.history.line(fault.line).title


# ---- keys and officers -----------------------------------------------------------------------


def put_away(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """Root keys into a safe, and a third officer, entered by two: what theft is prepared for by."""
    player = hands.players[fault.party]
    safe = hands.folder / f"safe-of-{fault.party}"
    safe.mkdir(mode=0o700)
    hands.typed(fault.party, "keys", "ceremony", "--out", str(safe / CEREMONY))
    file = safe / "third.officer"
    words = ["officer", "add", "third", "--out", str(file), *by(player, "first", "second")]
    hands.typed(fault.party, *words, *root_keys(hands, fault.party))
    third = unlock_officer(PASSPHRASE, file.read_bytes())
    hands.players[fault.party] = replace(player, officers=(*player.officers, third))


def by(player: Player, *names: str) -> list[str]:
    """`--by` for each of these officers."""
    return [word for file in officer_files(player, *names) for word in ("--by", file)]


def officer_files(player: Player, *names: str) -> list[str]:
    """The files of these officers, as far as there are any."""
    folders = (player.home / "officers", player.home.parent / f"safe-of-{player.party}")
    files = [folder / f"{name}.officer" for name in names for folder in folders]
    return [str(file) for file in files if file.exists()]


def root_keys(hands: ProcessHands, party: str) -> list[str]:
    """Where the root keys are, for a command that makes a card."""
    file = hands.folder / f"safe-of-{party}" / CEREMONY
    return ["--ceremony", str(file)] if file.exists() else []


def rotate(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """Every key of a node under one command."""
    hands.typed(fault.party, "keys", "rotate", *root_keys(hands, fault.party))


def revoke(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """The keys are told to be stolen; on this line, what followed the theft is not ours.

    Nobody may go by how long the log is now: a thief's entry may have come back as our own.
    """
    first = stage.cloned_at[fault.party, fault.line]
    words = ["keys", "revoke", "--from", f"{title(stage, fault)}:{first}"]
    hands.typed(fault.party, *words, *root_keys(hands, fault.party))


def dismiss(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """The first officer, whose key was on the machine, is taken off the card by the two others."""
    player = hands.players[fault.party]
    gone, *left = player.officers
    words = ["officer", "remove", gone.person.hex(), *by(player, "second", "third")]
    hands.typed(fault.party, *words, *root_keys(hands, fault.party))
    hands.players[fault.party] = replace(player, officers=tuple(left))
    (player.home / "officers" / "first.officer").unlink()


# ---- two stories -----------------------------------------------------------------------------


def clone(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """The whole folder of a party as it is now, keys and anchor, for a program that is not ours."""
    stage.settle()
    for line in stage.lines_of(fault.party):
        stage.cloned_at[fault.party, line.id] = own_size(stage, fault.party, line.id)
    hands.stop(fault.party)
    copy = hands.folder / CLONES / fault.party
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(hands.players[fault.party].home, copy)
    hands.start_node(fault.party)


def own_size(stage: Stage, party: str, line: str) -> int:
    """How many entries a party's log on a line has."""
    logs = rows(stage.call(party, "line_show", {"line": stage.line_ids[line]}), "logs")
    own = [row for row in logs if text(row, "party") == party and text(row, "status") == "active"]
    return max(number(row, "entries") for row in own)


def lie(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """The copy tells one member something; `name` says with whose officers: own, or nobody's."""
    player, victim = hands.players[fault.party], hands.players[fault.other]
    officers = player.officers if fault.name == "released" else ()
    line_id = bytes.fromhex(stage.line_ids[fault.line])
    words = f"What only {fault.other} is told."
    copy = hands.folder / CLONES / fault.party
    status = liar.tell(copy, line_id, words, victim.inside, officers)
    if status != ACCEPTED:
        stage.trouble(f"fault {fault.kind}, {fault.party}", f"{fault.other} answered {status}")


def hear(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """One round of hellos, as the clock brings it every minute: each with each, once."""
    for party in stage.up():
        stage.call(party, "link_test", {"line": stage.line_ids[fault.line]})


def reopen(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """Two officers open a new epoch."""
    reopened(hands, fault.party, title(stage, fault))


def reopened(hands: ProcessHands, party: str, line: str) -> None:
    """`openline line reopen` by two of the officers that a party has now."""
    files = officer_files(hands.players[party], "first", "second", "third")[:2]
    hands.typed(party, "line", "reopen", line, *[w for f in files for w in ("--officer", f)])


# ---- disks and ways --------------------------------------------------------------------------


def backup(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """A backup while the node works."""
    stage.settle()
    hands.typed(fault.party, "backup", str(hands.folder / "backups" / fault.name))


def put_back(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """The disk is lost; the last backup is put back, and two officers open what was open."""
    stage.settle()
    hands.kill(fault.party)
    stage.down.add(fault.party)
    words = ["restore", str(hands.folder / "backups" / fault.name), *hands.on_any_disk]
    told = hands.typed(fault.party, *words)
    hands.start_node(fault.party)
    stage.down.discard(fault.party)
    stage.settle()
    lines = told.get("reopen")
    for line in lines if isinstance(lines, list) else []:
        reopened(hands, fault.party, str(line))


def relay_up(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """A relay for everybody who plays; charters may name it from now on."""
    stage.relays[fault.name] = hands.relay_start(fault.name)


def relay_down(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """The relay is lost with what lay there."""
    hands.relay_stop(fault.name)


def come_by_relay(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """Wait until a party holds all that another one wrote, by whatever way is left."""
    args: dict[str, Value] = {"line": stage.line_ids[fault.line]}

    def size(at: str) -> Value:
        found = rows(stage.call(at, "line_show", args), "logs")
        return {text(r, "origin"): r["root"] for r in found if text(r, "party") == fault.party}

    until_s = time.monotonic() + fault.seconds
    while size(fault.other) != size(fault.party):
        if time.monotonic() > until_s:
            stage.trouble(f"fault {fault.kind}", f"nothing came to {fault.other} by a relay")
            return
        time.sleep(LOOK_S)


def carry(stage: Stage, hands: ProcessHands, fault: Fault) -> None:
    """A stick there and back: what the other lacks, and what comes back for it."""
    stick = hands.folder / "stick"
    stick.mkdir(exist_ok=True)
    there, back = stick / f"{stage.sticks}-there.parcel", stick / f"{stage.sticks}-back.parcel"
    stage.sticks += 1
    hands.typed(fault.party, "parcel", "export", fault.other, str(there))
    hands.typed(fault.other, "parcel", "import", str(there), "--reply", str(back))
    hands.typed(fault.party, "parcel", "import", str(back))


MISFORTUNES: Final[Mapping[str, Act]] = {
    "backup": backup,
    "carry": carry,
    "clone": clone,
    "come-by-relay": come_by_relay,
    "dismiss": dismiss,
    "hellos": hear,
    "lie": lie,
    "put-away": put_away,
    "put-back": put_back,
    "relay-down": relay_down,
    "relay-up": relay_up,
    "reopen": reopen,
    "revoke": revoke,
    "rotate": rotate,
}
