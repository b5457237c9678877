"""A witness that is silent, or names sizes without end, is asked less and less, and told."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest

from openline.cli.commands.board import services
from openline.desk.service import heard_text
from openline.exchange.carried import reachable
from openline.exchange.carried.neutral import SizeConflict, UntrustedNote
from openline.exchange.kept import alarms
from openline.exchange.logs import card_heads, witnesses
from openline.exchange.membership import identity, rotation
from openline.exchange.peer.client import PeerClient, Unreachable
from openline.exchange.refusals import PeerRefused
from openline.exchange.station import Station
from openline.watch.lane import Lane
from openline.watch.witnessing import BACKOFF_MAX_S, Witnessing
from tests.exchange.conftest import Peers, make_peers
from tests.exchange.test_rotation import CLARIFY, words
from tests.exchange.visiting import RU, US
from tests.watch.test_beginning import Inline

NAME = "w.example/witness"
Answer = Callable[[bytes], bytes]


class Asked:
    """A node whose witness answers as a test says, and a clock that the test moves."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.peers: Peers = make_peers(US, RU)
        self.line = self.peers.open_line(US, RU, is_witnessed=True)
        self.peers.witness_all()
        for request in card_heads.owed(self.peers[US].station):
            signed = self.peers.witness.add_checkpoint(request.body)
            witnesses.taken(self.peers[US].station, request, signed)
        for _ in range(3):
            self.peers.say(US, self.line, CLARIFY, words("more"))
        self.us: Station = self.peers[US].station
        self.answer = answer or self.peers.witness.add_checkpoint
        self.posts, self.now_s = 0, 0.0
        self.work = Witnessing(
            self.us, cast(Lane, Inline()), cast(PeerClient, self), lambda: None, lambda: self.now_s
        )

    async def post(self, url: str, path: str, body: bytes, pins: Sequence[bytes] = ()) -> bytes:
        self.posts += 1
        return self.answer(body)

    def rounds(self, count: int, every_s: float) -> int:
        """How many requests so many rounds make."""
        before = self.posts
        for _ in range(count):
            asyncio.run(self.work.round())
            self.now_s += every_s
            self.peers.clock.time_s += int(every_s)
        return self.posts - before

    @property
    def row(self) -> Any:
        (row,) = reachable.witnesses_standing(self.us)
        return row


def holds(size: int) -> Answer:
    def refuse(body: bytes) -> bytes:
        raise PeerRefused(409, str(size), "")

    return refuse


@pytest.mark.parametrize("size", [0, 2, 10**14])
def test_a_witness_that_always_names_another_size_is_asked_less_and_less_often(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(holds(size))
    read: list[int] = []
    leaf_hashes = Station.leaf_hashes
    monkeypatch.setattr(
        Station, "leaf_hashes", lambda self, o, n: read.append(n) or leaf_hashes(self, o, n)
    )
    assert asked.rounds(3, 0) <= 2, "what it says first is tried at once, and once"
    assert asked.rounds(120, 1) <= 10
    assert len(read) <= asked.posts, "no proof is made for a witness that is not asked"
    assert asked.work.last_error.startswith(NAME) and "it says that it holds" in str(asked.row)
    assert asked.rounds(1, BACKOFF_MAX_S) <= 1


def test_a_size_beyond_our_own_log_is_believed_for_nothing() -> None:
    asked = Asked(holds(10**14))
    (request,) = witnesses.owed(asked.us)
    asked.rounds(2, 0)
    log = asked.us.own_log(asked.line)
    assert log is not None
    assert witnesses.owed(asked.us)[0].body == request.body, "we go on from what it signed"
    witnesses.corrected(asked.us, request, log.size)
    assert witnesses.held_by(asked.us, log.origin, log.size, NAME) == log.size


def test_a_witness_that_has_more_than_we_knew_is_believed_once_and_then_signs() -> None:
    """An honest one: our own note of what it signed was lost."""
    asked = Asked()
    (request,) = witnesses.owed(asked.us)
    asked.peers.witness.add_checkpoint(request.body)
    peer = asked.answer

    def honest(body: bytes) -> bytes:
        try:
            return peer(body)
        except SizeConflict as refused:
            raise PeerRefused(409, str(refused.held), "") from None

    asked.answer = honest
    assert asked.rounds(3, 0) == 2 and witnesses.owed(asked.us) == []
    assert asked.work.last_error == "" and heard_text(asked.row) == "answers"


def went_back(asked: Asked) -> list[str]:
    """The alarms that it holds less than it signed."""
    events = asked.us.store.events("alarm", 50)
    return [row.text for row in events if row.code == "witness.went-back"]


def test_a_witness_that_holds_less_than_it_signed_is_told_once_a_day() -> None:
    """Its whole volume was put back: nothing in its folder says so, our copy of its word does."""
    asked = Asked()
    asked.rounds(3, 0)
    origin = asked.us.own_log(asked.line)
    assert origin is not None
    signed = asked.us.store.newest_cosigned(origin.origin, f"{NAME}")
    assert signed and went_back(asked) == []
    asked.peers.say(US, asked.line, CLARIFY, words("after the copy was made"))
    asked.answer = holds(signed - 1)
    asked.rounds(5, 60)
    (told,) = went_back(asked)
    assert f"signed {signed} entries" in told and f"holds {signed - 1}" in told
    asked.rounds(3, 86_400)
    assert len(went_back(asked)) > 1


def test_a_witness_that_holds_what_it_signed_went_nowhere() -> None:
    """The control: our own note of what it holds was lost, or it has more than we knew."""
    asked = Asked()
    asked.rounds(3, 0)
    log = asked.us.own_log(asked.line)
    assert log is not None
    signed = asked.us.store.newest_cosigned(log.origin, NAME)
    asked.peers.say(US, asked.line, CLARIFY, words("more"))
    for size in (signed, signed + 1):
        asked.answer = holds(size)
        asked.rounds(5, 60)
    assert went_back(asked) == []


def test_a_silent_witness_is_told_on_the_board_and_by_the_doctor_and_so_is_its_return() -> None:
    asked = Asked()
    (row,) = reachable.witnesses_standing(asked.us)
    assert heard_text(row) == "not heard since never: no call yet"

    def silent(body: bytes) -> bytes:
        raise Unreachable("http://127.0.0.1:1: connection refused")

    honest, asked.answer = asked.answer, silent
    asked.rounds(8, 30)
    assert asked.row["silent"] and heard_text(asked.row).startswith("NOT HEARD since never: ")
    (line,) = [
        each for each in services({"relays": [], "witnesses": [asked.row]}, "en") if NAME in each
    ]
    assert "connection refused" in line
    asked.answer = honest
    asked.rounds(2, 30)
    assert heard_text(asked.row) == "answers"
    codes = [row.code for row in asked.us.store.events() if row.code.startswith("witness.")]
    assert codes == ["witness.silent", "witness.answers"]


@pytest.mark.parametrize("name", [NAME, RU, f"{RU}/openline", f"{RU}/openline/{'a' * 52}"])
def test_a_witness_whatever_it_is_called_hides_no_alarm_and_is_no_party(name: str) -> None:
    """A charter may give it any name; one with a stroke once took every alarm off the page."""
    asked = Asked()
    (witness,) = reachable.witnesses_in_use(asked.us)
    at = replace(witness, name=name)
    asked.us.note_event("alarm", RU, "party.doubled", "two nodes")
    for _ in range(3):
        reachable.failed(asked.us, at, "refused")
        asked.peers.clock.time_s += 60
    silent, doubled = sorted(alarms.standing(asked.us), key=lambda each: each.is_grave)
    assert (silent.code, silent.party, silent.line) == ("witness.silent", "", "")
    assert name in silent.subject and silent.subject != name
    assert (doubled.code, doubled.party) == ("party.doubled", RU)
    asked.us.note_event(
        "alarm", name.replace("openline", "other"), "kept.before", "as written then"
    )
    assert len(alarms.standing(asked.us)) == 3


def test_a_log_that_is_always_refused_holds_up_no_other_and_is_told_once() -> None:
    asked = Asked()
    other = asked.peers.open_line(US, RU, is_witnessed=True, title="The other")
    refused, signed = sorted(
        (asked.peers[US].log(line_id) for line_id in (asked.line, other)),
        key=[log.origin for log, _ in witnesses.owing(asked.us)].index,
    )

    def picky(body: bytes) -> bytes:
        if f"\n{refused}\n".encode() in body:
            raise PeerRefused(429, "witness.too-fast", "not this one")
        return asked.peers.witness.add_checkpoint(body)

    asked.answer = picky
    line_of_signed = next(r for r in (asked.line, other) if asked.peers[US].log(r) == signed)
    for _ in range(60):
        asked.peers.say(US, line_of_signed, CLARIFY, words("more"))
        asked.rounds(1, 1)
        assert [log.origin for log, _ in witnesses.owing(asked.us)] == [refused]
    told = [e for e in asked.us.store.events("alarm") if e.code.startswith("witness.")]
    assert [(e.code, e.subject) for e in told] == [("witness.refuses", refused)]
    asked.answer = asked.peers.witness.add_checkpoint
    asked.rounds(1, BACKOFF_MAX_S)
    asked.rounds(1, 1)
    assert witnesses.owing(asked.us) == []


# ---- the card log -------------------------------------------------------------------------------


def test_a_new_card_is_brought_to_the_witness_and_then_its_head_is_signed() -> None:
    asked = Asked()

    def honest(body: bytes) -> bytes:
        if not body.startswith(b"old "):
            return asked.peers.witness.learn(body).encode()
        try:
            return asked.peers.witness.add_checkpoint(body)
        except UntrustedNote as refused:
            raise PeerRefused(403, refused.code, "") from None

    asked.answer = honest
    rotation.rotate(asked.us)
    assert card_heads.owed(asked.us) != []
    asked.rounds(3, 1)
    assert card_heads.owed(asked.us) == [] and witnesses.owed(asked.us) == []


def test_a_witness_that_refuses_card_logs_still_signs_the_lines_and_is_not_called_silent() -> None:
    asked = Asked()
    identity.revise(asked.us, officers=[])

    def only_lines(body: bytes) -> bytes:
        if f"\n{US}/openline\n".encode() in body:
            raise PeerRefused(403, "other.code", "no card logs here")
        return asked.peers.witness.add_checkpoint(body)

    asked.answer = only_lines
    assert asked.rounds(60, 1) <= 10
    assert witnesses.owed(asked.us) == [] and heard_text(asked.row) == "answers"
