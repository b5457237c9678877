"""Parties in one process: real stations on stores in memory, real keys, no socket, no wall clock.

`Peers` is a few nodes that have compared each other's cards, and perhaps a neutral witness; it
opens lines, says things and carries bytes between nodes by the functions behind HTTP. Time stands
still until a test moves it.
"""

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from openline.cases.entry import Ref
from openline.cli.simulator.ports import MemoryViews
from openline.envelope.keyring import new_keyring
from openline.envelope.officer_file import OfficerFile, new_officer
from openline.envelope.party_keys import PartyKeys
from openline.envelope.standard import StandardSuite
from openline.exchange import start
from openline.exchange.carried.neutral import Witness
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft
from openline.exchange.logs import clocks, hello, post, witnesses
from openline.exchange.membership import identity, lines, parties
from openline.exchange.station import Station
from openline.exchange.traffic import dispatch, receive
from openline.formats.card import comparison_digits
from openline.formats.openjson import Value
from openline.formats.pack import load_packs
from openline.formats.release import Assertion
from openline.store.memory_anchor import MemoryAnchor, MemoryJournal
from openline.store.sqlite import SqliteStore

SUITE = StandardSuite()
T0 = 1_700_000_000
MACHINE = bytes(16)


class StillClock(clocks.SystemClock):
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.time_s = T0

    def now_s(self) -> int:
        return self.time_s

    def mono_s(self) -> int:
        """Nobody has set this clock: it was the time that passed."""
        return self.time_s


@dataclass
class Node:
    """One party: its station and its two officers."""

    name: str
    station: Station
    officers: list[OfficerFile]

    def sign(self, draft: Draft, officer: int) -> Assertion:
        """An officer's assertion over what a draft asks to be signed next."""
        desk = self.station.cards(self.name)[draft.card_size - 1].desk
        rp_id = desk.rp_id if desk else ""
        challenge = hashlib.sha256(draft.statement()).digest()
        key = self.officers[officer].authenticator(SUITE)
        return key.assert_statement(challenge, rp_id, f"https://{rp_id}")

    def release(self, draft: Draft) -> Draft:
        """The draft with as many releases as it asks for."""
        for officer in range(draft.officers):
            draft = drafts.release(self.station, draft, self.sign(draft, officer))
        return draft

    def log(self, line_id: bytes) -> str:
        """The origin of this party's log on a line."""
        log = self.station.own_log(line_id)
        assert log is not None
        return log.origin

    @property
    def fingerprint(self) -> bytes:
        row = self.station.store.party(self.name)
        assert row is not None
        return row.fingerprint


@dataclass
class Peers:
    """Nodes that know each other, and what carries bytes between them."""

    clock: StillClock
    nodes: dict[str, Node]
    witness: Witness
    cut: set[str] = field(default_factory=set)

    def __getitem__(self, name: str) -> Node:
        return self.nodes[name]

    def open_line(
        self,
        *members: str,
        is_witnessed: bool = False,
        accepting: Sequence[str] | None = None,
        **spec: Value,
    ) -> bytes:
        """A line that the first member invites to and every other (or some of them) accepts."""
        wanted: dict[str, Value] = {
            "title": " and ".join(members),
            "purpose": "to be tested",
            "status": "actual",
            "members": list(members),
            "languages": ["en"],
            "packs": ["core"],
            "officers": {"*": 1, "open": 2},
            **spec,
        }
        if is_witnessed:
            wanted["policy"] = list(start.witness_policy(self.witness, "http://127.0.0.1:1"))
        first = self[members[0]]
        draft = first.release(lines.invite(first.station, wanted))
        post.post(first.station, [draft])
        self.carry(members[0])
        for name in members[1:] if accepting is None else accepting:
            node = self[name]
            post.post(node.station, [node.release(lines.accept(node.station, draft.line_id))])
        self.carry(*(members if accepting is None else accepting))
        return draft.line_id

    def draft(
        self,
        party: str,
        line_id: bytes,
        format_id: str,
        content: Mapping[str, Value],
        answer: str = "-",
        refs: Sequence[Ref] = (),
        withhold: Sequence[str] = (),
    ) -> Draft:
        """What a party wants to say, before any officer signed it."""
        return drafts.compose(
            self[party].station, line_id, "message", content,
            format_id=format_id, answer=answer, refs=refs, withhold=withhold,
        )  # fmt: skip

    def say(
        self,
        party: str,
        line_id: bytes,
        format_id: str,
        content: Mapping[str, Value],
        answer: str = "-",
        refs: Sequence[Ref] = (),
        withhold: Sequence[str] = (),
    ) -> Ref:
        """A released and numbered message; `carry` takes it to the others."""
        made = self.draft(party, line_id, format_id, content, answer, refs, withhold)
        place = post.post(self[party].station, [self[party].release(made)])[0]
        assert place is not None
        return place

    def carry(self, *senders: str) -> None:
        """Bytes from these (or all) nodes until everybody who is reachable holds what they have."""
        for _ in range(2):
            for one in senders or self.nodes:
                for other in self.nodes:
                    if one != other and not {one, other} & self.cut:
                        self.carry_between(self[one].station, self[other].station)

    def carry_between(self, sender: Station, peer: Station) -> None:
        """Hello both ways, then everything that the peer lacks of the sender's logs."""
        nonce = sender.random(16)
        note = hello.compose(sender, peer.party, nonce)
        answer, _, _ = hello.answer(peer, note, peer.random(16))
        hello.accept_answer(sender, peer.party, answer, nonce)
        while (shipment := dispatch.next_delivery(sender, peer.party)) is not None:
            dispatch.delivered(sender, shipment, receive.receive(peer, shipment.body))
        for log in dispatch.unreceipted(sender, peer.party):
            again = dispatch.again(sender, peer.party, log)
            if again is not None:
                dispatch.delivered(sender, again, receive.receive(peer, again.body))
        dispatch.store_receipts(sender)

    def witness_all(self) -> None:
        """Every newest own head goes to the witness."""
        for node in self.nodes.values():
            for asked in witnesses.owed(node.station):
                answer = self.witness.add_checkpoint(asked.body)
                witnesses.taken(node.station, asked, answer)


def make_station(name: str, clock: StillClock, draw: Callable[[int], bytes]) -> Station:
    """A station on a fresh store in memory."""
    keyring = new_keyring(name, draw)
    store = SqliteStore.in_memory(draw(16))
    return Station(
        party=name,
        suite=SUITE,
        keyring=keyring,
        keys=PartyKeys(keyring, SUITE),
        archive_public=SUITE.seal_public(keyring.archive_seed),
        store=store,
        anchor=MemoryAnchor(MemoryJournal(), database=store.uuid(), machine=MACHINE),
        views=MemoryViews(),
        clock=clock,
        random=draw,
        packs=load_packs(),
        save_keyring=lambda data: None,
        boot=draw(16),
    )


def make_node(name: str, clock: StillClock, draw: Callable[[int], bytes]) -> Node:
    """A node with its first card and two officers."""
    station = make_station(name, clock, draw)
    identity.create(station, ["http://127.0.0.1:1"], f"desk.{name}")
    officers = [new_officer(name, f"officer {i}", ("releaser",), SUITE, draw) for i in range(2)]
    identity.revise(station, officers=[officer.leaf(SUITE) for officer in officers])
    return Node(name, station, officers)


def make_witness(name: str, clock: StillClock, draw: Callable[[int], bytes]) -> Witness:
    """A neutral witness."""
    keyring = new_keyring(name, draw)
    store = SqliteStore.in_memory(draw(16))
    anchor = MemoryAnchor(MemoryJournal(), database=store.uuid(), machine=MACHINE)
    return Witness(name, PartyKeys(keyring, SUITE), SUITE, store, anchor, clock)


def make_peers(*names: str, seed: int = 1) -> Peers:
    """Nodes whose cards are exchanged and compared, and a witness that follows them all."""
    draw = random.Random(seed).randbytes
    clock = StillClock()
    witness = make_witness("w.example", clock, draw)
    peers = Peers(clock, {name: make_node(name, clock, draw) for name in names}, witness)
    for node in peers.nodes.values():
        file = identity.own_cards(node.station)
        witness.follow(file)
        for other in peers.nodes.values():
            if other is not node:
                parties.add(other.station, file, meant=True)
                digits = comparison_digits(node.fingerprint)
                parties.compare(other.station, node.name, digits)
    return peers


def text(words: str) -> list[Value]:
    """A text as forms take it."""
    return [{"lang": "en", "status": "original", "text": words}]


@pytest.fixture
def two() -> Iterator[Peers]:
    """Two parties without any line."""
    yield make_peers("us.example", "ru.example")


@pytest.fixture
def three() -> Iterator[Peers]:
    """Three parties without any line."""
    yield make_peers("us.example", "ru.example", "ch.example")
