"""Two real nodes over loopback HTTP, and a third member that is rude: it has keys and no manners.

`US` and `CH` run in threads of this process, with folders, databases and sockets of their own.
`RUDE` is a station that this process holds open itself: it signs whatever a test wants and sends it
as raw bytes.
"""

import contextlib
import hashlib
import http.client
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from openline.cases.entry import Ref
from openline.cli.benching import pair
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft
from openline.exchange.folding import receipts
from openline.exchange.logs import hello, sequence
from openline.exchange.station import Station
from openline.exchange.traffic import asks, dispatch
from openline.formats.delivery import Delivery
from openline.formats.field import Field, new_field, spell_lines
from openline.formats.head import Head
from openline.formats.leaf import Leaf
from openline.formats.openjson import Value
from openline.node import Node
from openline.record.tree import EMPTY, Frontier, leaf_hash, root_of
from openline.store.contract import LogRow
from tests.ports import free_port

US, CH, RUDE = "us.example", "ch.example", "zz.example"
CLARIFY = "core/clarification@1"
T = TypeVar("T")
Reply = tuple[int, bytes]


def on(node: Node, work: Callable[..., T], *args: Any) -> T:
    """Run something on the one thread that may touch this node's station."""
    desk = node._desk
    assert desk is not None
    found: T = node._wait(desk.lane.run(work, *args))
    return found


def station_of(node: Node) -> Station:
    """The node's station; to be read only by work given to `on`."""
    assert node._desk is not None
    return node._desk.station


def facts(node: Node) -> dict[str, Any]:
    """Everything stored of the record: heads, entries, signatures, cards, lines, evidence."""
    station = station_of(node)

    def look() -> dict[str, Any]:
        store = station.store
        logs = store.logs()
        return {
            "logs": [(log.origin, log.size, log.root, log.status) for log in logs],
            "entries": {log.origin: store.entries(log.origin, 0, log.size) for log in logs},
            "signed": {log.origin: store.cosignatures(log.origin) for log in logs},
            "checkpoints": {log.origin: store.checkpoint_sizes(log.origin) for log in logs},
            "prekeys": [store.prekeys(row.line_id) for row in store.lines()],
            "parties": store.parties(),
            "cards": [store.cards(row.party) for row in store.parties()],
            "lines": store.lines(),
            "outbox": store.outbox_size(),
            "evidence": [name for name, _ in store.evidence()],
        }

    return on(node, look)


def files_of(home: Path) -> set[str]:
    """The names of all files in a node's folder."""
    return {str(path.relative_to(home)) for path in home.rglob("*") if path.is_file()}


def post(port: int, path: str, body: bytes, **headers: str) -> Reply:
    """One request on a connection of its own: status and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def code_of(reply: Reply) -> str:
    """The named error in a refusal."""
    return reply[1].decode().partition("\n")[0]


def resign(station: Station, log: LogRow, old: int, pairs: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A delivery of any entries on top of a log, under a head properly signed by its party."""
    frontier = Frontier(old, log.frontier) if old else EMPTY
    frontier = frontier.extend([leaf_hash(leaf) for leaf, _ in pairs])
    head = Head(log.origin, frontier.size, frontier.root)
    return Delivery(old, station.keys.sign_head(head, int(time.time())), tuple(pairs)).encode()


@dataclass
class Rude:
    """A member with valid keys. Its log is kept in memory only, so that it may hold anything."""

    station: Station
    port: int
    line_id: bytes
    officers: list[Any]
    peer: str = US
    last: bytes = b""

    @property
    def log(self) -> LogRow:
        log = self.station.own_log(self.line_id)
        assert log is not None
        return log

    def draft(self, content: Mapping[str, Value] | None = None, **more: Any) -> Draft:
        """A released message."""
        made = drafts.compose(
            self.station, self.line_id, "message",
            pair.content(1, 300) if content is None else content,
            **{"format_id": CLARIFY, **more},
        )  # fmt: skip
        return pair.sign_all(self.station, self.officers, made)

    def says(self, draft: Draft | None = None) -> bytes:
        """A good delivery of one more message, signed into the own log."""
        return self.commits(self.entry(self.placed(draft or self.draft())))

    def deliver(self, body: bytes) -> Reply:
        return post(self.port, "/openline/v1/deliver", body)

    def hello(self) -> Reply:
        note = hello.compose(self.station, self.peer, self.station.random(16))
        return post(self.port, "/openline/v1/hello", note)

    def beside(self, peer: str, port: int) -> "Rude":
        """The same member towards another node."""
        return replace(self, peer=peer, port=port)

    def ask(self, verb: str, *args: str) -> Reply:
        return post(self.port, "/openline/v1/ask", asks.ask(self.station, self.peer, verb, *args))

    def receipted(self, reply: Reply) -> None:
        """The answer is a receipt for the newest head of our log."""
        status, lines = reply
        assert status == 200, reply
        head = Head(self.log.origin, self.log.size, self.log.root)
        dispatch.verified_receipt(self.station, self.peer, head, lines)

    def goes_on(self) -> None:
        """The line is as usable as before: a good message gets its receipt."""
        self.receipted(self.deliver(self.says()))

    def is_served(self) -> None:
        """The node answers others at once, and nothing changes by it."""
        started = time.monotonic()
        assert self.deliver(self.last)[0] == 200
        assert time.monotonic() - started < 1

    # ------------------------------------------------------------- what only a rude member does

    def entry(
        self,
        fields: Sequence[Field],
        *,
        kind: str = "message",
        withheld: frozenset[int] | None = None,
        envelope: bytes | None = None,
        root: bytes | None = None,
        count: int | None = None,
        lines: bytes | None = None,
        time_s: int | None = None,
    ) -> tuple[bytes, bytes]:
        """Leaf and envelope of any fields; each part may be another one than is due."""
        if withheld is None:
            named = fields[3].json if len(fields) > 3 else []
            withheld = frozenset(i for i in named if isinstance(i, int)) if named else frozenset()
        items = [f.hash if i in withheld else f for i, f in enumerate(fields)]
        keys = sequence.recipients(self.station, self.line_id, kind)
        if envelope is None:
            text = spell_lines(items) if lines is None else lines
            envelope = self.station.suite.seal(keys, text, self.station.random)
        leaf = Leaf(
            kind,
            int(time.time()) if time_s is None else time_s,
            len(fields) if count is None else count,
            root_of([f.hash for f in fields]) if root is None else root,
            hashlib.sha256(envelope).digest(),
        )
        return leaf.encode(), envelope

    def placed(self, draft: Draft, **more: Value) -> tuple[Field, ...]:
        """The fields of a draft with its place; `at` and `seen` may be other ones than are due."""
        at = more.get("at", [self.log.origin, self.log.size])
        draw = self.station.random
        return (
            *draft.fields,
            new_field("at", at, draw(32)),
            new_field("seen", more.get("seen", []), draw(32)),
        )

    def commits(self, *pairs: tuple[bytes, bytes]) -> bytes:
        """Sign any entries into the own log; the delivery that brings them."""
        log = self.log
        body = resign(self.station, log, log.size, pairs)
        frontier = Frontier(log.size, log.frontier).extend([leaf_hash(leaf) for leaf, _ in pairs])
        after = replace(log, size=frontier.size, frontier=frontier.hashes, root=frontier.root)
        self.station.committed(after)
        self.last = body
        return body


@dataclass
class Wire:
    """The nodes of one line."""

    prepared: pair.Prepared
    ports: dict[str, int]
    nodes: dict[str, Node]
    rude: Rude

    def __getitem__(self, name: str) -> Node:
        return self.nodes[name]

    @property
    def line_id(self) -> bytes:
        return self.prepared.line_id

    def say(self, name: str, words: str = "a good message") -> list[Any]:
        """A message by an honest node, with every release; its ref."""
        node = self.nodes[name]
        told = node.call(
            "draft", line=self.line_id.hex(), format=CLARIFY,
            fields={"subject": [{"lang": "en", "status": "original", "text": words}]},
        )  # fmt: skip
        return release(node, told, self.prepared.officers[name])

    def events(self, name: str, code: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.nodes[name].call("events", limit=1000)["events"]
        return [event for event in found if event["code"] == code]

    def receipt_of(self, name: str, place: list[Any], by: str) -> bool:
        """Whether a node holds a receipt that covers an entry."""
        station = station_of(self.nodes[name])
        return by in on(self.nodes[name], receipts.holders_of, station, Ref(*place))


def release(node: Node, told: dict[str, Any], officers: Sequence[Any]) -> list[Any]:
    """Sign with one officer after the other, as the terminal does."""
    suite = station_of(node).suite
    for officer in officers:
        challenge = hashlib.sha256(told["statement"].encode()).digest()
        assertion = officer.authenticator(suite).assert_statement(
            challenge, told["rp_id"], f"https://{told['rp_id']}"
        )
        told = node.call("release", draft=told["draft"], assertion=assertion.value())
        if told["released"]:
            break
    place: list[Any] = told["ref"]
    return place


def views(node: Node, line_id: bytes, place: list[Any]) -> dict[str, Any]:
    """Every view of a person at the desk; that none of them fails is what a test wants to know."""
    line = line_id.hex()
    for name in ("board", "line_show", "registers", "cases", "queue", "held"):
        node.call(name, line=line)
    node.call("line_list")
    for lang in ("en", "ru"):
        shown: dict[str, Any] = node.call("show", ref=place, lang=lang)
    return shown


def eventually(check: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for what other threads are about to do; fails when they do not."""
    until_s = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until_s, "it did not happen in time"
        time.sleep(0.02)


def make_wire(folder: Path, stack: Any) -> Wire:
    """Prepare three parties with one open line and start two of them."""
    ports = {name: free_port() for name in (US, CH, RUDE)}
    prepared = pair.prepare(folder, ports, may_forget=True)
    home = prepared.homes[RUDE]
    station = stack.enter_context(start.open_station(home, start.read_settings(home)))
    nodes = {name: stack.enter_context(Node.start(prepared.homes[name])) for name in (US, CH)}
    rude = Rude(station, ports[US], prepared.line_id, prepared.officers[RUDE])
    wire = Wire(prepared, ports, nodes, rude)
    assert rude.hello()[0] == rude.beside(CH, ports[CH]).hello()[0] == 200
    for name, other in ((US, CH), (CH, US)):
        nodes[name].call("settle", parties=[other], hello=[other])
    return wire


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with contextlib.ExitStack() as stack:
        yield make_wire(tmp_path_factory.mktemp("wire"), stack)


@pytest.fixture
def rude(wire: Wire) -> Rude:
    return wire.rude
