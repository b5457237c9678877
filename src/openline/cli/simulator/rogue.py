"""A dishonest member: it holds its own keys, and breaks every other rule that this history draws.

Shapes   Rogue acts from time to time, twists its answers, and may show two faces
Units    virtual milliseconds
Raises   nothing: what its own node refuses it simply does not do
Source   docs/PROTOCOL.md parts 8, 10 and 12 ("Peer"); RELIABILITY part 3, rows 12 to 14
Never    signs with another party's keys; reads another party's disk
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from openline.cli.simulator.forging import TWISTS, false_reseal, forge
from openline.cli.simulator.party import SimParty
from openline.cli.simulator.world import World
from openline.errors import OpenlineError
from openline.exchange.logs import epochs, post
from openline.exchange.peer.client import Unreachable
from openline.exchange.refusals import PeerRefused
from openline.exchange.station import Station
from openline.exchange.traffic import asks
from openline.exchange.traffic.link import Post
from openline.formats.charter import origin_of
from openline.formats.delivery import Delivery, parse_delivery
from openline.formats.head import Head
from openline.formats.leaf import Leaf
from openline.formats.note import Note, Signature, Vkey
from openline.formats.openjson import Value
from openline.formats.request import Ask, Hello
from openline.formats.spell import b64
from openline.record.checkpoint import LogKeys
from openline.record.tree import Frontier, leaf_hash
from openline.store.contract import LogRow

HUGE = 2**53 - 1
EPOCHS_OPENED_MAX = 20
FORMED: dict[str, Value] = {
    "scope": "everything", "from": "2023-11-20T08:00:00Z", "until": "2023-11-27T08:00:00Z",
    "authority": "nobody",
}  # fmt: skip
ODD_KINDS = ("keys", "gap", "defect", "close", "weather", "open")
Send = Callable[[str, str, Post], None]


@dataclass(slots=True)
class Rogue:
    """The dishonest party. `faces` maps a victim to the second face that it is shown."""

    world: World
    main: SimParty
    victims: tuple[str, ...]
    line_id: bytes
    send: Send = lambda source, target, request: None
    on_split: Callable[[SimParty, str], None] = lambda twin, victim: None
    on_show: Callable[[SimParty, str], None] = lambda face, victim: None
    faces: dict[str, SimParty] = field(default_factory=dict)
    answers: list[bytes] = field(default_factory=list)
    overheard: list[Post] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.main.name

    def face(self, towards: str) -> SimParty:
        """Which of its two histories a party is shown."""
        return self.faces.get(towards, self.main)

    def overhear(self, source: str, target: str, request: Post) -> None:
        """What it catches of the others' traffic: it needs no key for that."""
        if {source, target} <= set(self.victims):
            self.overheard = [*self.overheard[-7:], request]

    def twist(
        self, asker: str, path: str, body: bytes, answer: bytes | OpenlineError
    ) -> bytes | OpenlineError | None:
        """What goes back instead of the answer; None is silence. It lies in healing times too."""
        rng, tricks = self.world.rng, self.world.faults.tricks
        if "false-reseal" in tricks and path == "ask":
            told = false_reseal(self.face(asker), asker, body)
            if told:
                self.world.count("trick false-reseal")
                return told
        if "withhold" in tricks and rng.random() < 0.4:
            self.world.count("trick withhold")
            return rng.choice((None, Unreachable("gone"), PeerRefused(404, "x.y", "no")))
        if "bad-answers" not in tricks or rng.random() < 0.5:
            return answer
        self.world.count("trick bad-answers")
        if isinstance(answer, bytes):
            self.answers = [*self.answers[-15:], answer]
            cut = answer[: rng.randrange(len(answer) + 1)]
            return rng.choice((rng.randbytes(rng.randint(0, 400)), cut, rng.choice(self.answers)))
        return PeerRefused(rng.choice((200, 404, 409, 500)), "exchange.ahead", "held 9999999")

    def act(self) -> None:
        """One trick of those that were drawn."""
        tricks = [t for t in sorted(self.world.faults.tricks) if t in ACTS]
        station = self.main.station
        if not tricks or station is None or self.world.healing:
            return
        trick = self.world.rng.choice(tricks)
        try:
            ACTS[trick](self, station)
            self.world.count(f"trick {trick}")
            self.world.say(f"{self.name} plays {trick}")
        except OpenlineError as refused:
            self.world.count(f"trick {trick} failed {refused.code}")

    # The tricks

    def split(self, station: Station) -> None:
        """Two histories from here on: one party is shown the second."""
        if self.faces:
            return
        victim = self.world.rng.choice(self.victims)
        twin = SimParty(self.world, self.name, self.main.packs, self.main.saved())
        twin.life.boots = 1_000
        self.faces[victim] = twin
        twin.boot()
        self.on_split(twin, victim)

    def turn(self, victim: str) -> None:
        """A party went back in time: it may be shown the other history than before."""
        if not self.faces or victim not in self.victims or self.world.rng.random() < 0.3:
            return
        other = next(iter(self.faces.values()))
        if self.faces.pop(victim, None) is None:
            self.faces[victim] = other
        self.world.count("shown the other history after a restore")
        self.on_show(self.face(victim), victim)

    def some_face(self) -> tuple[SimParty, Station] | None:
        """One of its stations."""
        party = self.world.rng.choice([self.main, *self.faces.values()])
        return (party, party.station) if party.station is not None else None

    def false_seen(self, station: Station) -> None:
        """It says that it saw what nobody wrote."""
        rng = self.world.rng
        logs = station.logs_of(self.line_id)
        lies: list[Value] = []
        for log in logs:
            sizes: list[Value] = [0, -1, log.size + 5, HUGE, True, "many"]
            size = rng.choice(sizes)
            lies.append([log.origin, size, b64(rng.randbytes(32))])
        odd: list[Value] = [["x"], 7, ["not/an/origin", 1, "AAAA"]]
        lies.append(rng.choice(odd))
        self.tell(station, "", seen=lies)

    def garbage(self, station: Station) -> None:
        """An entry that is spoilt in one place."""
        self.tell(station, self.world.rng.choice(TWISTS))

    def tell(self, station: Station, twist: str, seen: list[Value] | None = None) -> None:
        """A message that looks like one."""
        found = self.some_face()
        if found is None:
            return
        subject: Value = [{"lang": "en", "status": "original", "text": "CANARY of the rogue"}]
        party, at = found
        forge(
            party, at, self.line_id, "message", {"subject": subject}, twist,
            format_id="core/clarification@1", seen=seen,
        )  # fmt: skip

    def odd_kinds(self, station: Station) -> None:
        """A kind that no officer releases, with what only officers may say; or a bad key."""
        rng, kind = self.world.rng, self.world.rng.choice(ODD_KINDS)
        content = dict(FORMED)
        if kind in ("keys", "open"):
            key: Value = rng.choice(
                (b64(rng.randbytes(1216)), b64(rng.randbytes(7)), 5, "", self.stolen(station))
            )
            content = {"prekey": key, "card": 1}
        form = rng.choice(("core/guarantee@1", "-", "core/close@1"))
        forge(self.main, station, self.line_id, kind, content, format_id=form)

    def stolen(self, station: Station) -> str:
        """Another member's public prekey, named as its own."""
        named = [row for row in station.store.prekeys(self.line_id) if row.party != self.name]
        return b64(named[-1].public) if named else ""

    def accuse(self, station: Station) -> None:
        """It names honest entries as lost or faulty, and places that do not exist."""
        rng = self.world.rng
        ranges: list[Value] = []
        for log in station.logs_of(self.line_id):
            start = rng.choice((0, -5, log.size - 1, HUGE - 1))
            stop = rng.choice((start + 1, log.size, HUGE, -1))
            kind = rng.choice(("sealed", "lines", "lost", "withheld", "weather", 5))
            ranges.append([log.origin, start, stop, kind])
        odd: list[Value] = [[], "x", [1, 2, 3, 4]]
        ranges.append(rng.choice(odd))
        kind = rng.choice(("defect", "gap"))
        forge(self.main, station, self.line_id, kind, {"ranges": ranges, "seeds": ["AAAA"]})

    def many_epochs(self, station: Station) -> None:
        """New epochs without need, one after the other, to well above what others take in a day."""
        held = sum(log.party == self.name for log in station.logs_of(self.line_id))
        for _ in range(min(self.world.rng.choice((1, 3, 20)), EPOCHS_OPENED_MAX - held)):
            station.suspect[self.line_id] = "restore: it says so"
            draft = self.main.sign_all(station, epochs.draft_open(station, self.line_id))
            post.post(station, [draft])

    def huge(self, station: Station) -> None:
        """Sizes that nobody has, in hellos, deliveries and asks."""
        rng, victim = self.world.rng, self.world.rng.choice(self.victims)
        heads = []
        for log in station.logs_of(self.line_id):
            size = rng.choice((HUGE, log.size + 1, log.size, 0, 1))
            heads.append((self.line_id, Head(log.origin, size, rng.randbytes(32))))
        nonce = rng.randbytes(8)
        origin = origin_of(self.line_id, 2**31, nonce, rng.choice((self.name, victim)))
        heads.append((self.line_id, Head(origin, HUGE, rng.randbytes(32))))
        now_s = station.clock.now_s()
        hello = Hello(
            self.name, victim, now_s, station.boot, rng.randbytes(16), None,
            (), tuple(heads), ((self.line_id, 1, rng.randbytes(32)),),
        )  # fmt: skip
        self.send(self.name, victim, Post("hello", station.keys.sign_request(hello.text())))
        own = station.own_log(self.line_id)
        if own is not None:
            note = station.keys.sign_head(Head(own.origin, HUGE, rng.randbytes(32)), now_s)
            body = Delivery(HUGE - 1, note, ((b"leaf", b"envelope"),)).encode()
            self.send(self.name, victim, Post("deliver", body))
        log = rng.choice(station.logs_of(self.line_id))
        for verb, args in (("entries", ("0", str(HUGE))), ("receipts", (str(HUGE),))):
            note = asks.ask(station, victim, verb, log.origin, *args)
            self.send(self.name, victim, Post("ask", note))

    def false_root(self, station: Station) -> None:
        """Entries that are its own under a signed root that they do not give."""
        log = station.own_log(self.line_id)
        body = asks.body_from(station, log, log.size - 1, log.size) if log is not None else None
        if log is None or body is None:
            return
        parsed = parse_delivery(body)
        grown = (*parsed.entries, parsed.entries[-1])
        head = Head(log.origin, log.size + 1, self.world.rng.randbytes(32))
        note = station.keys.sign_head(head, station.clock.now_s())
        body = Delivery(log.size - 1, note, grown).encode()
        self.send(self.name, self.world.rng.choice(self.victims), Post("deliver", body))

    def replay(self, station: Station) -> None:
        """Old deliveries again, and other parties' logs to their own authors."""
        victim = self.world.rng.choice(self.victims)
        log: LogRow = self.world.rng.choice(station.logs_of(self.line_id))
        start = self.world.rng.randrange(max(1, log.size))
        body = asks.body_from(station, log, start, log.size)
        if body is not None:
            self.send(self.name, victim, Post("deliver", body))

    def other_line(self, station: Station) -> None:
        """Entries of a line that it is no member of; and asks for them."""
        rng = self.world.rng
        victim = rng.choice(self.victims)
        foreign = [p for p in self.overheard if p.path == "deliver"]
        if foreign:
            taken = rng.choice(foreign)
            self.send(self.name, victim, taken)
            origin = taken.body[4:].partition(b"\n\n")[2].partition(b"\n")[0].decode()
            verbs = (("entries", ("0", "99")), ("head", ("0",)), ("reseal", ("0",)))
            verb, args = rng.choice((*verbs, ("receipts", ("0",))))
            note = asks.ask(station, victim, verb, origin, *args)
            self.send(self.name, victim, Post("ask", note))
        note = asks.ask(station, victim, rng.choice(("card", "weather")), victim, "0")
        self.send(self.name, victim, Post("ask", note))

    def forge(self, station: Station) -> None:
        """Deliveries, hellos and asks in another party's name, under its own keys."""
        rng = self.world.rng
        reader, author = rng.sample(self.victims, 2)
        log = rng.choice([o for o in station.logs_of(self.line_id) if o.party == author])
        leaf = Leaf("message", station.clock.now_s(), 9, rng.randbytes(32), rng.randbytes(32))
        frontier = Frontier(log.size, log.frontier).extend([leaf_hash(leaf.encode())])
        head = Head(log.origin, frontier.size, frontier.root)
        card = station.cards(author)[-1]
        keys = LogKeys.of(card, log.origin)
        note = self.falsified(head.text(), keys.log1, keys.log6)
        body = Delivery(log.size, note, ((leaf.encode(), b"not an envelope"),)).encode()
        self.send(self.name, reader, Post("deliver", body))
        heads = ((self.line_id, Head(log.origin, HUGE, rng.randbytes(32))),)
        hello = Hello(
            author, reader, station.clock.now_s(), rng.randbytes(16), rng.randbytes(16), None,
            (), heads, (),
        )  # fmt: skip
        self.send(self.name, reader, Post("hello", self.falsified(hello.text(), card.http)))
        foreign = [p for p in self.overheard if p.path == "deliver"]
        if foreign:
            taken = rng.choice(foreign).body
            origin = taken[4:].partition(b"\n\n")[2].partition(b"\n")[0].decode()
            args = (origin, "0", "99")
            ask = Ask(author, reader, station.clock.now_s(), rng.randbytes(16), "entries", args)
            self.send(self.name, reader, Post("ask", self.falsified(ask.text(), card.http)))

    def falsified(self, text: str, *keys: Vkey) -> bytes:
        """A note that looks as if these keys had signed it."""
        sizes = {1: 64, 6: 8 + 2_420}
        lines = [Signature(k.name, k.key_id, self.world.rng.randbytes(sizes[k.kind])) for k in keys]
        return Note(text, tuple(lines)).encode()


ACTS: dict[str, Callable[[Rogue, Station], None]] = {
    "two-faces": Rogue.split,
    "false-seen": Rogue.false_seen,
    "garbage": Rogue.garbage,
    "replay": Rogue.replay,
    "other-line": Rogue.other_line,
    "huge": Rogue.huge,
    "odd-kinds": Rogue.odd_kinds,
    "accuse": Rogue.accuse,
    "many-epochs": Rogue.many_epochs,
    "forge": Rogue.forge,
    "false-root": Rogue.false_root,
}
