"""A ceremony file at the terminal: unlocked, a card looked at and signed, the spent root removed.

Shapes   sign_waiting(face, ceremony, request) -> note; finished(...) hands it in to the node
Units    none
Raises   OtherParty, RootsUsedUp, NotNamed, CannotOpen, Declined
Source   docs/PROTOCOL.md part 4.2; docs/OPERATE.md, "Keys"
Never    gives a root key to a node: what leaves here is a signature over a card that was shown
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

import click

from openline.cli.client import Client
from openline.cli.face import Face, in_fives, in_one
from openline.cli.files import FILE
from openline.cli.signing import naming, passphrase
from openline.envelope.ceremony import Ceremony, unlock_ceremony
from openline.envelope.standard import StandardSuite
from openline.errors import OpenlineError
from openline.formats.card import comparison_digits
from openline.formats.card_request import CardRequest, parse_card_request
from openline.formats.coded import said, worded
from openline.formats.spell import b64, unb64
from openline.formats.terms import ENGLISH
from openline.record.card_request import check_request, differences
from openline.record.cards import verify_cards
from openline.record.tree import leaf_hash
from openline.store.durable import replace_file

Json = dict[str, Any]
F = TypeVar("F", bound=Callable[..., Any])
SUITE: Final = StandardSuite()
# What a card may say otherwise than the one before, as `differences` has it.
ANEW: Final = {
    "the log keys are new": "talk.new-log-keys",
    "the receipt keys are new": "talk.new-receipt-keys",
    "the key of requests is new": "talk.new-request-key",
    "the sealing key is new": "talk.new-sealing-key",
    "the orderwire key is new": "talk.new-wire-key",
}
NAMED: Final = {
    "addresses": "column.address",
    "TLS keys": "column.tls-keys",
    "officers": "column.officers",
}
HAND_IN: Final = "openline keys hand-in"


class OtherParty(OpenlineError):
    """A ceremony file holds the root keys of another party."""

    code: ClassVar[str] = "cli.other-party"
    remedy: ClassVar[str] = "Take the ceremony file of the party whose card is to be signed."


@dataclass(slots=True)
class Safe:
    """A ceremony file as the command line names it; opened once, so asked for once."""

    path: Path
    passphrase_file: Path | None
    _opened: tuple[Ceremony, str] | None = None

    def open(self, face: Face) -> tuple[Ceremony, str]:
        """What it holds, and the passphrase for locking it again."""
        if self._opened is None:
            phrase = passphrase(face, self.passphrase_file, self.path.name)
            with naming(self.path):
                self._opened = unlock_ceremony(phrase, self.path.read_bytes()), phrase
        return self._opened

    def keep(self, ceremony: Ceremony, phrase: str) -> None:
        """Replace the file; the one before is gone only when the new one is on disk."""
        self._opened = None
        replace_file(self.path, ceremony.lock(phrase, os.urandom))


def ceremony_options(command: F) -> F:
    """`--ceremony` and its passphrase, and where a request goes when the file is elsewhere."""
    options = (
        click.option("--ceremony", type=FILE, help="The ceremony file with the root keys."),
        click.option(
            "--ceremony-passphrase-file", type=FILE, help="Its passphrase (or OPENLINE_PASSPHRASE)."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def safe(ceremony: Path | None, passphrase_file: Path | None) -> Safe | None:
    """The file, if one was named."""
    return None if ceremony is None else Safe(ceremony, passphrase_file)


def finished(node: Client, face: Face, told: Json, held: Safe | None) -> Json:
    """Sign the card that waits where the root keys are at hand; else say how it goes on."""
    if not told["waits"]:
        return told
    if held is None:
        ask, sign, take = "openline keys request --out FILE", "openline keys sign", HAND_IN
        english = (
            f"The card waits for its root keys: `{ask}`, sign that\n"
            f"where they are with `{sign}`, then `{take}`."
        )
        face.say(said("talk.card-waits", face.lang, english, ask, sign, take))
        return told
    ceremony, phrase = held.open(face)
    request = parse_card_request(unb64(str(told["request"])))
    note = sign_waiting(face, ceremony, request)
    done = node.call("keys_hand_in", note=b64(note))
    held.keep(ceremony.after(request.card.n), phrase)
    return {**told, **done, "waits": False, "request": ""}


def sign_waiting(face: Face, ceremony: Ceremony, request: CardRequest) -> bytes:
    """Show what the card says anew, ask, and sign it."""
    card, part = request.card, request.cards
    if ceremony.party != card.party:
        raise OtherParty(f"the file is of {ceremony.party}, the card of {card.party}")
    plan = ceremony.plan(card.n, SUITE)
    head = check_request(request, (plan.root1, plan.root6), plan.next, SUITE)
    last = verify_cards(part.party, part.cards, SUITE)[-1]
    digits = comparison_digits(leaf_hash(part.cards[0][0]))
    shown = f"Card {card.n} of {card.party}, digits {in_fives(digits)}"
    if face.lang != ENGLISH:
        whose = f"{card.n}, {card.party}"
        shown = in_one((("word.card", whose), ("word.digits", in_fives(digits))), face.lang)
    face.say(shown)
    for sentence in differences(last, card):
        face.say(f"  {difference_said(sentence, face.lang)}")
    english = f"Sign card {card.n} of {card.party} with its root keys?"
    face.confirm(said("ask.sign-card", face.lang, english, card.n, card.party))
    return ceremony.sign(head, card.time_s, SUITE)


def difference_said(sentence: str, lang: str) -> str:
    """What a card says anew, under its words; addresses and the like keep what stands behind."""
    name, _, value = sentence.partition(": ")
    if sentence in ANEW:
        return said(ANEW[sentence], lang, sentence)
    if name in NAMED and lang != ENGLISH:
        return f"{worded(NAMED[name], lang, name)}: {value}"
    return said("column.ended-key", lang, sentence, sentence)


def plan_rows(ceremony: Ceremony) -> list[list[str]]:
    """The public side of every root key in the file, as the node is told it."""
    cards = range(ceremony.first, ceremony.first + len(ceremony.roots))
    return [[vkey.text() for vkey in ceremony.publics(n, SUITE)] for n in cards]
