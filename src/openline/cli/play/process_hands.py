"""The hands of the demo: real processes, real HTTP over a wire that can fail, real files.

Shapes   ProcessHands(folder, nursery) implements Hands; operations go over the nodes' sockets
Units    times are unix seconds UTC; a party's clock file holds its scenario time
Raises   HandsRefused, NotQuiet, ProcessFailed, WireFailed
Source   docs/ARCHITECTURE.md, "The demo"
Never    reaches into a node: what it does, a person could do with files, signals and `openline`
"""

import base64
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from openline.cli.client import NodeRefused, SocketClient
from openline.cli.play.hands import EVERYBODY, Answer, HandsRefused, NotQuiet
from openline.cli.play.homes import CLOCK, Player, loopback_net, make_player, write_clock
from openline.cli.play.operator import Terminal
from openline.cli.play.processes import Nursery, Process, ProcessFailed
from openline.cli.play.proxy import Wire
from openline.cli.play.stage import rows
from openline.envelope.standard import StandardSuite
from openline.exchange.drafting.signing import sign, sign_batch, sign_change
from openline.formats.openjson import Value
from openline.formats.policy import parse_policies
from openline.record.disclosure import verify_file
from openline.store.digest import content_digest
from openline.store.folder import Home

T = TypeVar("T")
R = TypeVar("R")
WITNESS: Final = "witness"
# A witness that reads a scenario clock has to be called so.
WITNESS_NAME: Final = "exercise-witness.example"
WITNESS_PORT: Final = 8560
WITNESS_HOST: Final = 250
WITNESS_S: Final = 20.0
RELAY_PORT: Final = 8561
RELAY_HOST: Final = 240
CALL_S: Final = 60.0
COPIES: Final = "copies"


class ProcessHands:
    """Nodes of one play under one folder. `copies` of data folders lie beside the nodes."""

    def __init__(self, folder: Path, nursery: Nursery, *, may_forget: bool = False) -> None:
        self.folder = folder
        self._nursery, self._may_forget = nursery, may_forget
        self.players: dict[str, Player] = {}
        self.wire = Wire()
        self._suite = StandardSuite()
        self._net = loopback_net()
        self._running: dict[str, Process] = {}
        self._offsets: dict[str, int] = {}
        self._strangers: set[frozenset[str]] = set()
        self._clock_s = 0
        self._speed = 0
        self._has_witness = False
        self._policy: tuple[str, ...] = ()
        self._desks: dict[str, str] = {}
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="hands")
        self._turn = threading.RLock()
        self._closed = False
        self._relays: list[str] = []
        self.terminal = Terminal(folder / "terminal")

    # ---- nodes -------------------------------------------------------------------------------

    def prepare(self, parties: Sequence[str], *, clock_s: int, witness: bool) -> None:
        """Make all folders, then start all processes at once; `start_node` waits for each."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        hosts = {party: f"{self._net}.{n}" for n, party in enumerate(parties, start=1)}

        def make(party: str) -> Player:
            return make_player(
                self.folder, party, hosts[party], self._suite, may_forget=self._may_forget
            )

        made = self._each(parties, make)
        self.players = {player.party: player for player in made}
        self._clock_s = clock_s
        self._write_clocks()
        for player in made:
            self.wire.open(player.party, player.outside, player.inside)
            self._launch(player.party)
        self._has_witness = witness
        if witness:
            cards = self.folder / WITNESS / "cards"
            cards.mkdir(parents=True, mode=0o700)
            for player in made:
                (cards / player.party).write_bytes(player.card)
            self._launch_witness()

    def start_node(self, party: str) -> None:
        """Start it, unless `prepare` has just done so, and wait until it answers `status`."""
        if party not in self._running:
            self._launch(party)
        self._running[party].wait_ready()
        self.call(party, "status", {})
        self._estrange((party, EVERYBODY))

    def stop(self, party: str) -> None:
        """SIGTERM; a clean end."""
        self._running.pop(party).stop()

    def kill(self, party: str) -> None:
        """SIGKILL, to that process only."""
        self._running.pop(party).kill()

    def pid(self, party: str) -> int:
        """The process of a running node."""
        return self._running[party].pid

    def is_up(self, party: str) -> bool:
        """Whether a node runs."""
        return party in self._running and self._running[party].is_up

    def copy_home(self, party: str, name: str) -> None:
        """A copy of the data folder, as a backup takes it; the main file first, then its log."""
        data, target = Home(self.players[party].home).data, self._copy(party, name)
        target.mkdir(parents=True, mode=0o700)
        for suffix in ("", "-wal"):
            for database in ("openline.db", "views.db"):
                source = data / (database + suffix)
                if source.exists():
                    shutil.copy2(source, target / source.name)

    def restore_home(self, party: str, name: str) -> None:
        """The copy in place of the data folder; keys and anchor stay as they are."""
        data = Home(self.players[party].home).data
        shutil.rmtree(data)
        shutil.copytree(self._copy(party, name), data)

    def _copy(self, party: str, name: str) -> Path:
        return self.folder / COPIES / name / party

    def _launch(self, party: str) -> None:
        with self._turn:
            if self._closed:
                raise ProcessFailed(f"{party}: the play is over")
            desk = ["--desk", self._desks[party]] if party in self._desks else []
            home = self.players[party].home
            self._running[party] = self._nursery.launch(home, ["serve", *desk])

    # ---- what an operator types ---------------------------------------------------------------

    def typed(self, party: str, *words: str) -> Answer:
        """A whole `openline` command about one node."""
        return self.terminal.run(self.players[party].home, words)

    @property
    def on_any_disk(self) -> list[str]:
        """What a command needs that makes files where a restart may empty the disk."""
        return ["--in-memory-disk"] if self._may_forget else []

    def relay_start(self, name: str) -> str:
        """Run a relay for all parties; the line by which charters name it."""
        self._relays += [] if name in self._relays else [name]
        home = self.folder / f"relay-{name}"
        home.mkdir(mode=0o700, exist_ok=True)
        words = ["relay", "serve", f"{name}.example", *self.on_any_disk]
        host = RELAY_HOST + self._relays.index(name)
        words += ["--listen", f"{self._net}.{host}:{RELAY_PORT}"]
        for player in self.players.values():
            card = home / f"{player.party}.card"
            card.write_bytes(player.card)
            words += ["--card", str(card)]
        self._running[home.name] = self._nursery.launch(home, words)
        return str(self._running[home.name].wait_ready()["line"])

    def relay_stop(self, name: str) -> None:
        """The relay is gone."""
        self._running.pop(f"relay-{name}").kill()

    # ---- operations and officers -------------------------------------------------------------

    def call(self, party: str, operation: str, args: Mapping[str, Value]) -> Answer:
        """One operation over the node's socket."""
        node = SocketClient(Home(self.players[party].home).socket, CALL_S)
        try:
            return node.call(operation, **args)
        except NodeRefused as refused:
            raise HandsRefused(party, operation, refused.refused_code, str(refused)) from None

    def sign(self, party: str, draft: Mapping[str, Value], officer: int) -> Answer:
        """An officer recomputes the statement from the draft's fields and signs that."""
        assertion = sign(draft, self.players[party].officers[officer - 1], self._suite)
        if not isinstance(assertion, dict):
            raise HandsRefused(party, "sign", "play.refused", "the officer gave no assertion")
        return assertion

    def sign_batch(self, party: str, batch: Mapping[str, Value], officer: int) -> Answer:
        """An officer recomputes the statement from every field of every draft and signs that."""
        assertion = sign_batch(batch, self.players[party].officers[officer - 1], self._suite)
        if not isinstance(assertion, dict):
            raise HandsRefused(party, "sign", "play.refused", "the officer gave no assertion")
        return assertion

    def approve_officers(self, party: str) -> None:
        """Two officers of the play approve whoever was entered behind an invitation."""
        told = self.call(party, "officer_change", {})
        for officer in self.players[party].officers:
            change = told["change"]
            if not isinstance(change, dict) or not change:
                return
            assertion = sign_change(change, officer, self._suite)
            told = self.call(party, "officer_approve", {"assertion": assertion})

    def proves_absent(self, party: str, line: str, other: str, asked: str) -> str:
        """A bundle of every log of the line, written by one node and verified with no node.

        The members are greeted first: with that a node has what witnesses signed of their logs.
        """
        self.call(party, "link_test", {"line": line})
        self._settle(party, [p for p in self.players if p != party], [], WITNESS_S)
        part: dict[str, Value] = {"kind": "absence", "line": line, "party": other}
        _, _, field = asked.partition(" ")
        if field:
            part["also"] = [field.partition("=")[0]]
        told = self.call(party, "disclose", {"parts": [part], "bundle": True})
        data = base64.b64decode(str(told["file"]))
        policies = parse_policies(str(told["policy"]))
        verdict = verify_file(data, policies, self._suite, allow_exercise=True, asked=asked)
        found = [row for row in rows(verdict.facts, "absences") if row["party"] == other]
        is_shown = verdict.is_shown and any(row["is_shown"] is True for row in found)
        return "" if is_shown else "; ".join([verdict.first_line, *verdict.details])[:1000]

    # ---- faults ------------------------------------------------------------------------------

    def cut(self, party: str, other: str) -> None:
        """Nothing passes between two parties, or to and from one."""
        self.wire.cut(party, other)

    def heal(self, party: str, other: str) -> None:
        """Bytes pass again; whoever was parted greets anew before the next quiet."""
        self.wire.heal(party, other)
        self._estrange((party, other))

    def drop_next_receipt(self, sender: str, addressee: str) -> None:
        """Lost on the wire, after the addressee's node has made it durable."""
        self.wire.lose_receipt(sender, addressee)

    # ---- clock -------------------------------------------------------------------------------

    def set_clock(self, time_s: int) -> None:
        """A standing scenario clock. What was said before is witnessed before time goes on, as it
        would be in the days or hours that the play leaves out."""
        if time_s == self._clock_s:
            return
        if self._has_witness:
            up = [party for party in self.players if self.is_up(party)]
            self._each(up, lambda party: self._settle(party, [], [], WITNESS_S))
        self._clock_s = time_s
        self._write_clocks()

    def set_clock_offset(self, party: str, seconds: int) -> None:
        """From now on, this party's clock is off by so much."""
        self._offsets[party] = seconds
        self._write_clocks()

    def _write_clocks(self) -> None:
        """Each party and the witness read a file of their own."""
        wall_s = time.time() if self._speed else 0
        for party, player in self.players.items():
            at_s = self._clock_s + self._offsets.get(party, 0)
            write_clock(player.clock, at_s, wall_s, self._speed)
        if WITNESS in self._running:
            write_clock(self.folder / WITNESS / CLOCK, self._clock_s, wall_s, self._speed)

    # ---- witness -----------------------------------------------------------------------------

    def witness_policy(self) -> tuple[str, ...]:
        """The policy lines that the witness printed when it was ready."""
        if not self._policy:
            self._await_witness()
        return self._policy

    def witness_stop(self) -> None:
        """Stop the witness of this play."""
        self._has_witness = False
        self._running.pop(WITNESS).stop()

    def witness_start(self) -> None:
        """Start it again on the same folder."""
        self._launch_witness()
        self._await_witness()
        self._has_witness = True

    def _launch_witness(self) -> None:
        cards = sorted((self.folder / WITNESS / "cards").iterdir())
        listen = f"{self._net}.{WITNESS_HOST}:{WITNESS_PORT}"
        clock = self.folder / WITNESS / CLOCK
        write_clock(clock, self._clock_s, time.time() if self._speed else 0, self._speed)
        arguments = ["witness", "serve", WITNESS_NAME, "--listen", listen]
        arguments += ["--scenario", str(clock.absolute())]
        arguments += ["--in-memory-disk"] if self._may_forget else []
        for card in cards:
            arguments += ["--card", str(card.absolute())]
        self._running[WITNESS] = self._nursery.launch(self.folder / WITNESS, arguments)

    def _await_witness(self) -> None:
        told = self._running[WITNESS].wait_ready()
        self._policy = tuple(str(told["policy"]).splitlines())

    # ---- quiet -------------------------------------------------------------------------------

    def wait_quiet(self, parties: Sequence[str], timeout_s: float) -> None:
        """Rounds over all nodes, until one in which no node had to wait for anything."""
        self._each(parties, self._is_alive)
        strangers, self._strangers = self._strangers, set()
        until_s = time.monotonic() + timeout_s
        while self._round(parties, strangers, timeout_s):
            strangers = set()
            if time.monotonic() > until_s:
                raise NotQuiet(f"{', '.join(parties)}: still at work after {timeout_s:.0f} s")

    def _round(
        self, parties: Sequence[str], strangers: set[frozenset[str]], timeout_s: float
    ) -> bool:
        """Every node settles with those it reaches; whether any had to wait."""

        def settle(party: str) -> bool:
            reached = [p for p in parties if p != party and not self.wire.is_cut(party, p)]
            alone = {frozenset((party,))} & strangers
            greet = [
                p for p in reached if alone or {frozenset((p,)), frozenset((party, p))} & strangers
            ]
            return self._settle(party, reached, greet, timeout_s)

        return any(self._each(parties, settle))

    def _settle(self, party: str, reached: list[str], greet: list[str], timeout_s: float) -> bool:
        args: dict[str, Value] = {
            "parties": list[Value](reached),
            "hello": list[Value](greet),
            "witness": self._has_witness,
            "timeout_s": int(timeout_s),
        }
        try:
            return self.call(party, "settle", args)["waited"] is True
        except HandsRefused as refused:
            raise NotQuiet(str(refused)) from None

    def _estrange(self, pair: tuple[str, str]) -> None:
        """Who has to greet anew: two parties, or one and everybody."""
        self._strangers.add(frozenset(pair) - {EVERYBODY})

    def _is_alive(self, party: str) -> None:
        process = self._running[party]
        if not process.is_up:
            raise ProcessFailed(f"{process.home}: ended by itself: {process.last_words()}")

    def store_digest(self, party: str) -> str:
        """Over the rows of the node's database, without what its beat writes."""
        home = self.folder / WITNESS if party == WITNESS else self.players[party].home
        return content_digest(Home(home).database)

    # ---- the end -----------------------------------------------------------------------------

    def stop_all(self) -> None:
        """Every process ends cleanly; folders and wire stay."""
        with self._turn:
            running, self._running = self._running, {}
        for process in running.values():
            process.ask_to_stop()
        for process in running.values():
            process.stop()

    def open_again(self, desks: Mapping[str, str]) -> None:
        """Everything of a play that was closed, on the same folders and addresses, with the desks
        of these parties; from here on people act, so the clock goes on."""
        with self._turn:
            self._closed = False
            self._desks, self._speed = dict(desks), 1
        self._write_clocks()
        self.wire = Wire()
        self._pool = ThreadPoolExecutor(16, thread_name_prefix="hands")
        for player in self.players.values():
            self.wire.open(player.party, player.outside, player.inside)
            self._launch(player.party)
        if self._policy:
            self._launch_witness()
            self._await_witness()
        for party in self.players:
            self.start_node(party)

    def close(self) -> None:
        """Stop every process and the wire; a second call does nothing."""
        with self._turn:
            self._closed = True
        try:
            self.stop_all()
        finally:
            self.wire.close()
            self._pool.shutdown()

    def _each(self, items: Sequence[T], work: Callable[[T], R]) -> list[R]:
        """The work for all items at once; the first fault is raised when all are done."""
        waiting = [self._pool.submit(work, item) for item in items]
        return [each.result() for each in waiting]
