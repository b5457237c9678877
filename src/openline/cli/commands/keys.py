"""`openline keys`: root keys put away, every key changed, lost keys told, a node recovered.

Shapes   see docs/operations.md; what makes a card gives {"card", "waits", "epochs"}
Units    times as RFC 3339 UTC text; LINE:N counts entries of our own log from 0, in
         its newest epoch or in the one that is named
Raises   what the node and the ceremony file refuse
Source   docs/PROTOCOL.md part 4; docs/OPERATE.md, "Keys"
Never    sends a root key to the node, and never overwrites a file that may hold the only one
"""

import os
from pathlib import Path
from typing import Any

import click

from openline.cli.ceremony import (
    SUITE,
    Safe,
    ceremony_options,
    finished,
    plan_rows,
    safe,
    sign_waiting,
)
from openline.cli.client import client
from openline.cli.face import Face, Group, heads, in_fives, named, table, with_face, yes_no
from openline.cli.files import FILE, write_out
from openline.cli.local_times import MOMENT
from openline.cli.signing import passphrase
from openline.formats.coded import said, worded
from openline.formats.spell import b64, unb64
from openline.formats.terms import ENGLISH

Json = dict[str, Any]
OUT = click.Path(dir_okay=False, path_type=Path)
FROM = click.option(
    "--from", "floors", multiple=True, metavar="LINE:[EPOCH.]N",
    help="Entry N of our log on LINE is the first that is not ours (repeat per line).",
)  # fmt: skip
KEYS = (
    ("key", "column.key"), ("type", "head.kind"), ("id", "column.key-id"), ("card", "word.card"),
    ("since", "item.since"),
)  # fmt: skip
ENDED = (
    ("ended key", "column.ended-key"), ("type", "head.kind"), ("id", "column.key-id"),
    ("how", "column.ended-how"), ("at", "head.time"),
)  # fmt: skip
SINCE = click.option("--since", type=MOMENT, metavar="TIME", help="Since when they were lost.")


@click.group(cls=Group)
def keys() -> None:
    """Keys through their life: put away, changed, lost, recovered."""


@keys.command("show")
@with_face
def show(face: Face) -> None:
    """The keys in force, where their successors are, what ended and when.

    \b
    Example:  openline keys show
    """
    with client(face.home) as node:
        told = node.call("keys_show")
    face.give("keys", told, lambda: described(told, face.lang))


def described(told: Json, lang: str) -> list[str]:
    """All of it for a person."""
    open_logs = f"{told['lines']} of {told['lines_listed']} in the list have an open log of ours"
    if lang != ENGLISH:
        open_logs = f"{told['lines']} / {told['lines_listed']}"
    made = worded("column.made", lang, "made").lower()
    rows = [
        ("party", "word.party", told["party"]),
        ("digits", "word.digits", in_fives(told["digits"])),
        ("card", "word.card", f"{told['card']}, {made} {told['made']}"),
        ("root keys", "column.root-keys", roots_of(told, lang)),
        ("lines", "column.own-logs-open", open_logs),
        ("prekeys", "column.prekeys", told["prekeys"]),
    ]
    if told["waiting"]:
        says, card = "; ".join(told["waiting"]["says"]), told["waiting"]["card"]
        english = f"card {card} for its root keys: {says}"
        waits = english if lang == ENGLISH else f"{worded('word.card', lang, '')} {card}: {says}"
        rows.append(("waits", "column.waits-for-roots", waits))
    shown = [[k["name"], k["type"], k["key_id"], k["card"], k["since"]] for k in told["keys"]]
    lines = [*named(rows, lang), "", *table(heads(KEYS, lang), shown)]
    ended = [[e["name"], e["type"], e["key_id"], e["reason"], e["at"]] for e in told["ended"]]
    return [*lines, "", *table(heads(ENDED, lang), ended)] if ended else lines


def roots_of(told: Json, lang: str) -> str:
    """Where the root keys are."""
    if told["root_keys"] == "away":
        planned = told["cards_planned"]
        return said("talk.roots-away", lang, f"away, for {planned} more cards", planned)
    command = "openline keys ceremony"
    english = f"on this machine: a thief of it could change our keys; `{command}`"
    return said("talk.roots-here", lang, english, command)


@keys.command("ceremony")
@click.option("--out", type=OUT, required=True, help="The new file; it is never overwritten.")
@click.option("--cards", default=64, show_default=True, help="For how many cards.")
@click.option("--renew", type=FILE, help="Take over what is left in this older file.")
@click.option("--passphrase-file", type=FILE, help="Holds the passphrase (or OPENLINE_PASSPHRASE).")
@with_face
def ceremony(
    face: Face, out: Path, cards: int, renew: Path | None, passphrase_file: Path | None
) -> None:
    """Make the root keys of the cards to come, in a file that goes into a safe.

    After it a thief of this machine cannot change our keys. Copy the file to two media, keep them
    in two places, and take both off this machine.

    \b
    Example:  openline keys ceremony --out /media/safe/north.ceremony
    """
    from openline.cli.commands.officer import write_private
    from openline.envelope.ceremony import new_ceremony

    if out.exists():
        raise click.UsageError(f"{out} exists: a ceremony file is never overwritten")
    with client(face.home) as node:
        shown = node.call("keys_show")
        if renew is not None:
            older, phrase = Safe(renew, passphrase_file).open(face)
            made = older.renewed(cards, os.urandom)
        else:
            phrase = passphrase(face, passphrase_file, out.name, twice=True)
            made = new_ceremony(shown["party"], shown["card"] + 2, os.urandom, cards + 1)
        # On disk before any card names its keys: without them no card could follow, ever.
        write_private(out, made.lock(phrase, os.urandom))
        told = node.call("keys_ceremony", first=made.first, roots=plan_rows(made))
    value = {"file": str(out), "card": told["card"], "cards": made.cards_left}
    rows = [
        ("file", "word.file", out),
        ("card", "word.card", told["card"]),
        ("for cards", "column.for-cards", made.cards_left),
    ]
    face.give("keys-ceremony", value, lambda: named(rows, face.lang))
    english = f"Take {out} off this machine, in two copies; without it no card can be made."
    face.say(said("talk.take-off", face.lang, english, out))


@keys.command("rotate")
@ceremony_options
@with_face
def rotate(face: Face, ceremony: Path | None, ceremony_passphrase_file: Path | None) -> None:
    """Change every key of this node: one new card, and a new epoch on each line.

    \b
    Example:  openline keys rotate --ceremony /media/safe/north.ceremony
    """
    turn(face, safe(ceremony, ceremony_passphrase_file), "keys_rotate")


@keys.command("revoke")
@FROM
@SINCE
@click.option("--card", type=int, help="The card whose keys were stolen (default: the newest).")
@ceremony_options
@with_face
def revoke(
    face: Face,
    floors: tuple[str, ...],
    since: str | None,
    card: int | None,
    ceremony: Path | None,
    ceremony_passphrase_file: Path | None,
) -> None:
    """Say that our keys were stolen, and change them: what was signed before stays good.

    Without --from everything in our own logs here is ours. Members and verifiers mark what the
    stolen keys signed after it.

    \b
    Example:  openline keys revoke --from "North-South:41" --ceremony /media/safe/north.ceremony
    """
    held = safe(ceremony, ceremony_passphrase_file)
    english = "Tell everybody that the present keys of this node were stolen?"
    face.confirm(said("ask.keys-stolen", face.lang, english))
    args: Json = {"lost": True, "since": since or "", "from": floors_of(floors), "card": card}
    turn(face, held, "keys_rotate", **args)


@keys.command("recover")
@FROM
@SINCE
@click.option("--planned", is_flag=True, help="The keys were not stolen.")
@click.option(
    "--officer", "officers", multiple=True, type=FILE,
    help="An officer's new file; these become the only officers.",
)  # fmt: skip
@click.option("--passphrase-file", type=FILE, help="Of the officers' files.")
@ceremony_options
@with_face
def recover(
    face: Face,
    floors: tuple[str, ...],
    since: str | None,
    planned: bool,
    officers: tuple[Path, ...],
    passphrase_file: Path | None,
    ceremony: Path | None,
    ceremony_passphrase_file: Path | None,
) -> None:
    """Begin anew by the root keys alone: stolen keys, or officers who have lost theirs.

    \b
    Example:  openline keys recover --officer anna2.officer --officer boris2.officer \\
                --ceremony /media/safe/north.ceremony
    """
    from openline.cli.signing import unlock

    leaves = [unlock(face, path, passphrase_file).leaf(SUITE).text() for path in officers]
    face.confirm(said("ask.by-roots-alone", face.lang, "Change the keys by the root keys alone?"))
    held = safe(ceremony, ceremony_passphrase_file)
    args: Json = {"lost": not planned, "since": since or "", "from": floors_of(floors)}
    turn(face, held, "keys_recover", leaves=leaves, **args)


def floors_of(floors: tuple[str, ...]) -> list[list[Any]]:
    """A line, a number and perhaps an epoch, from LINE:N or LINE:EPOCH.N."""
    found: list[list[Any]] = []
    for floor in floors:
        line, _, place = floor.rpartition(":")
        epoch, _, number = place.rpartition(".")
        if not line or not number.isdecimal() or not (epoch or "0").isalnum():
            raise click.UsageError(f"{floor!r}: LINE:N or LINE:EPOCH.N is expected")
        found.append([line, int(number), *([epoch] if epoch else [])])
    return found


def turn(face: Face, held: Safe | None, operation: str, **args: Any) -> None:
    """One change of all keys, by whichever operation."""
    with client(face.home) as node:
        told = finished(node, face, node.call(operation, **args), held)
    value = {k: told.get(k, 0) for k in ("card", "waits", "epochs")}
    rows = [
        ("card", "word.card", told["card"]),
        ("waits for root keys", "column.waits-for-roots", yes_no(bool(told["waits"]), face.lang)),
        ("lines in a new epoch", "column.new-epochs", value["epochs"]),
    ]
    face.give("keys-changed", value, lambda: named(rows, face.lang))


@keys.command("request")
@click.option("--out", type=OUT, required=True, help="The file for the machine with the root keys.")
@with_face
def request(face: Face, out: Path) -> None:
    """Write the card that waits, to be signed where the root keys are.

    \b
    Example:  openline keys request --out card.request
    """
    with client(face.home) as node:
        told = node.call("keys_request")
    write_out(out, unb64(str(told["request"])))
    value = {"file": str(out), "card": told["card"]}
    face.give("keys-request", value, lambda: card_in(out, told["card"], face.lang))


def card_in(file: Path, card: int, lang: str) -> list[str]:
    """A file with a card in it."""
    return named([("file", "word.file", file), ("card", "word.card", card)], lang)


@keys.command("sign")
@click.argument("file", type=FILE)
@click.option("--out", type=OUT, required=True, help="The signed card, to be handed in.")
@ceremony_options
@with_face
def sign(
    face: Face,
    file: Path,
    out: Path,
    ceremony: Path | None,
    ceremony_passphrase_file: Path | None,
) -> None:
    """Sign the card in FILE; needs no node, and belongs on a machine without a network.

    \b
    Example:  openline keys sign card.request --ceremony north.ceremony --out card.signed
    """
    from openline.formats.card_request import parse_card_request

    held = safe(ceremony, ceremony_passphrase_file)
    if held is None:
        raise click.UsageError("--ceremony: the file with the root keys is needed")
    opened, phrase = held.open(face)
    asked = parse_card_request(file.read_bytes())
    note = sign_waiting(face, opened, asked)
    write_out(out, note)
    held.keep(opened.after(asked.card.n), phrase)
    value = {"file": str(out), "card": asked.card.n}
    face.give("keys-signed", value, lambda: card_in(out, asked.card.n, face.lang))


@keys.command("hand-in")
@click.argument("file", type=FILE)
@with_face
def hand_in(face: Face, file: Path) -> None:
    """Give the node its signed card: from now on its keys count.

    \b
    Example:  openline keys hand-in card.signed
    """
    with client(face.home) as node:
        told = node.call("keys_hand_in", note=b64(file.read_bytes()))
    rows = [
        ("card", "word.card", told["card"]),
        ("lines in a new epoch", "column.new-epochs", told["epochs"]),
    ]
    face.give("keys-changed", {**told, "waits": False}, lambda: named(rows, face.lang))


@keys.command("adopt")
@with_face
def adopt(face: Face) -> None:
    """Take the card that members hold of us in the place of the one that contradicts it here.

    Two were signed for one place, as after a restore: members freeze us. The keys on ours count no
    more afterwards; `openline keys recover` makes the card after theirs.

    \b
    Example:  openline keys adopt
    """
    english = "Put the members' cards in the place of ours? Our present keys count no more."
    face.confirm(said("ask.adopt-cards", face.lang, english))
    with client(face.home) as node:
        told = node.call("keys_adopt")
    rows = [("gone", "column.cards-gone", told["gone"]), ("card", "word.card", told["card"])]
    face.give("keys-adopted", told, lambda: named(rows, face.lang))


@keys.command("give-up")
@with_face
def give_up(face: Face) -> None:
    """Forget the card that waits for its root keys; nothing changes.

    \b
    Example:  openline keys give-up
    """
    english = "Forget the card that waits? A signature made for it must never be handed in."
    face.confirm(said("ask.forget-card", face.lang, english))
    with client(face.home) as node:
        told = node.call("keys_give_up")
    rows = [("given up", "column.card-given-up", told["given_up"])]
    face.give("keys-given-up", told, lambda: named(rows, face.lang))
