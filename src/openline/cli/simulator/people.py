"""What people and time do at a node: messages, duties, releases, and a yes where one is asked.

Shapes   People schedules itself for a party and goes on until the history ends
Units    virtual milliseconds; message numbers count per party
Raises   nothing: what a node refuses is counted
Source   docs/PROTOCOL.md parts 5, 6 and 8; watch/beat.py is the beat that the duties stand for
Never    acts where the party is down
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from openline.cases.entry import Ref
from openline.cli.simulator.files import Files
from openline.cli.simulator.observer import Observer
from openline.cli.simulator.party import SimParty
from openline.cli.simulator.world import SimulatedCrash, World
from openline.errors import OpenlineError
from openline.exchange.contents import attached, opening
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft
from openline.exchange.logs import clocks, epochs, post, prekeys, sequence
from openline.exchange.membership import rotation
from openline.exchange.station import Station
from openline.exchange.traffic import asks, recover
from openline.formats.field import Field
from openline.formats.leaf import parse_leaf
from openline.formats.openjson import Value
from openline.formats.spell import b64, utc

DUTY_MS = 1_000
# So long officers take at most to release a message with files.
RELEASED_LATE_MS = 12_000
MESSAGES_MAX = 20
ROTATE_S = 30
ALLOWED_S = 3_600
ALARMS_READ = 20
# In the end somebody goes through all of them: a dishonest member may have raised hundreds since.
ALARMS_READ_AT_LAST = 1_000
# The copy of the night comes now and then while a message waits: a restore brings it back.
COPIED_MEANWHILE = 0.2
ANSWERS = ("under-study", "accepted", "declined", "noted-without-guarantee")
Act = Callable[[Station], None]


@dataclass(slots=True)
class People:
    """Officers and operators of every party."""

    world: World
    observer: Observer
    parties: dict[str, SimParty]
    lines: dict[bytes, tuple[str, ...]]
    on_crash: Callable[[SimParty, str], None]
    wake: Callable[[SimParty], None]
    greet: Callable[[SimParty], None]
    files: Files
    posted: dict[str, int] = field(default_factory=dict)

    def begin(self, party: SimParty) -> None:
        """Everything that happens at a party by itself."""
        self._again(party, self._speak, 20, 3_000)
        self._again(party, self._duties, DUTY_MS, DUTY_MS)
        self._again(party, self._visit, 500, 3_500)

    def _again(
        self,
        party: SimParty,
        act: Callable[[SimParty, Station], None],
        least_ms: int,
        most_ms: int,
    ) -> None:
        def once() -> None:
            self.guard(party, lambda station: act(party, station))
            self.world.later(self.world.rng.randint(least_ms, most_ms), once)

        self.world.later(self.world.rng.randint(1, most_ms), once)

    def guard(self, party: SimParty, act: Act) -> None:
        """Run something on a party's station; a crash ends the station, a refusal is counted."""
        if party.station is None:
            return
        try:
            act(party.station)
        except SimulatedCrash as crash:
            self.on_crash(party, str(crash))
        except OpenlineError as refused:
            self.world.count(f"duty refused {refused.code}")
        else:
            self.wake(party)

    # Messages

    def _speak(self, party: SimParty, station: Station) -> None:
        number = self.posted.get(party.name, 0)
        if self.world.healing or number >= MESSAGES_MAX:
            return
        mine = [line for line, members in self.lines.items() if party.name in members]
        line_id = self.world.rng.choice(mine)
        if station.store.line(line_id) is None:
            return
        self.posted[party.name] = number + 1
        kinds = (self.ask, self.ask, self.answer, self.rung, self.withhold, self.reveal)
        has_files = self.world.chance(self.world.faults.attach)
        kind = self.files.attach if has_files else self.world.rng.choice(kinds)
        draft = kind(party, station, line_id, number + 1)
        if draft is None:
            return
        if has_files and self.world.chance(self.world.faults.attach):
            wait_ms = self.world.rng.randint(1_000, RELEASED_LATE_MS)
            self.world.later(wait_ms, lambda: self.guard(party, partial(self._late, party, draft)))
            return
        self._post(party, station, draft)

    def _late(self, party: SimParty, draft: Draft, station: Station) -> None:
        """Officers release a message with files a while after those were sealed: by then a member
        may have other keys, or the file may be gone with the disk."""
        if not self.world.healing:
            named = {field.path: field.json for field in draft.fields}
            attached.refuse_foreign(station, draft.line_id, named)
            self.world.count("files said late")
            self._post(party, station, draft)

    def _post(self, party: SimParty, station: Station, draft: Draft) -> None:
        line_id = draft.line_id
        ready = party.sign_all(station, draft)
        place = post.post(station, [ready])[0]
        if self.observer.watches(party):
            self.observer.accepted(party, line_id, ready.id)
        if place is None:
            self.world.count("kept in the outbox")
            if self.world.chance(COPIED_MEANWHILE):
                self._copy(party, station)
        where = f"as entry {place.index}" if place else "and it waits in the outbox"
        self.world.say(f"{party.name} says a message, {where}")

    def text(self, word: str, party: SimParty, number: int) -> Value:
        """A text with a canary word in it."""
        return [{"lang": "en", "status": "original", "text": f"{word} {party.name} {number};"}]

    def ask(self, party: SimParty, station: Station, line_id: bytes, number: int) -> Draft:
        """A question."""
        content = {"subject": self.text("CANARY", party, number)}
        return drafts.compose(
            station, line_id, "message", content, format_id="core/clarification@1"
        )

    def answer(
        self, party: SimParty, station: Station, line_id: bytes, number: int
    ) -> Draft | None:
        """An answer to some message of another party."""
        content = {"text": self.text("CANARY", party, number)}
        said = self.world.rng.choice(ANSWERS)
        return self.about(party, station, line_id, "core/answer@1", said, content)

    def rung(self, party: SimParty, station: Station, line_id: bytes, _: int) -> Draft | None:
        """One rung of the ladder for some message of another party: received, or passed on."""
        now = utc(station.line_now(line_id))
        if self.world.rng.random() < 0.5:
            content: dict[str, Value] = {"position": "duty officer", "at_time": now}
            return self.about(party, station, line_id, "core/acknowledge@1", "received", content)
        content = {"echelons": ["north", "south"], "at_time": now}
        return self.about(party, station, line_id, "core/pass-on@1", "-", content)

    def about(
        self,
        party: SimParty,
        station: Station,
        line_id: bytes,
        form: str,
        said: str,
        content: Mapping[str, Value],
    ) -> Draft | None:
        """A message that names one of another party."""
        logs = [log for log in station.logs_of(line_id) if log.party != party.name and log.size > 1]
        if not logs:
            return None
        log = self.world.rng.choice(logs)
        ref = Ref(log.origin, self.world.rng.randrange(1, log.size))
        return drafts.compose(
            station, line_id, "message", content, format_id=form, answer=said, refs=[ref]
        )

    def withhold(self, party: SimParty, station: Station, line_id: bytes, number: int) -> Draft:
        """A question with a field that nobody else may read."""
        content = {
            "subject": self.text("CANARY", party, number),
            "scope": self.text("WITHHELD", party, number),
        }
        return drafts.compose(
            station, line_id, "message", content,
            format_id="core/request-guarantee@1", withhold=["scope"],
        )  # fmt: skip

    def reveal(
        self, party: SimParty, station: Station, line_id: bytes, number: int
    ) -> Draft | None:
        """What was withheld in an own message, said after all."""
        log = station.own_log(line_id)
        if log is None or log.size < 2:
            return None
        index = self.world.rng.randrange(1, log.size)
        row = station.store.entry(log.origin, index)
        leaf = parse_leaf(row.leaf) if row is not None else None
        opened = leaf and opening.read_archived(station, log.origin, index, leaf)
        for at, item in enumerate(opened.items if opened else ()):
            if isinstance(item, Field) and item.path == "scope":
                shown: list[Value] = [
                    log.origin, index, at, b64(item.salt), item.path, item.json
                ]  # fmt: skip
                self.observer.reveal(item.value)
                self.world.count("revealed")
                return drafts.compose(
                    station, line_id, "message", {"fields": [shown]},
                    format_id="core/reveal@1", refs=[Ref(log.origin, index)],
                )  # fmt: skip
        return None

    # Duties

    def _duties(self, party: SimParty, station: Station) -> None:
        clocks.check(station)
        self._former(party, station)
        for row in station.lines():
            if row.line_id in station.suspect or station.own_log(row.line_id) is None:
                continue
            waits = station.store.outbox_size() > 0
            for duty in (self._drain, self._keys, self._gaps)[0 if waits else 1 :]:
                try:
                    duty(party, station, row.line_id)
                except OpenlineError as refused:
                    self.world.count(f"duty refused {refused.code}")

    def _drain(self, party: SimParty, station: Station, line_id: bytes) -> None:
        if sequence.sequence_outbox(station, line_id):
            self.world.count("outbox drained")

    def _keys(self, party: SimParty, station: Station, line_id: bytes) -> None:
        if not self.world.healing and prekeys.rotation_due(station, line_id, ROTATE_S):
            prekeys.rotate(station, line_id)
            self.world.count("prekeys rotated")
            if prekeys.rotation_due(station, line_id, ROTATE_S) and self.observer.watches(party):
                self.observer.fail(f"{party.name} has turned its key and must do so again at once")
        before = set(station.keyring.prekeys)
        if prekeys.delete(station, line_id):
            self.world.count("prekeys deleted")
            gone = before - set(station.keyring.prekeys)
            self.observer.deleted(party, self.parties, gone, line_id)

    def _former(self, party: SimParty, station: Station) -> None:
        """What the beat does after a rotation: epochs that are due, sealing keys that are not."""
        try:
            rotation.finish(station)
            before = station.keyring.seal_seeds
            if rotation.forget_former(station):
                self.world.count("former sealing keys destroyed")
                gone = set(before) - set(station.keyring.seal_seeds)
                self.observer.forgot(party, self.parties, gone)
        except OpenlineError as refused:
            self.world.count(f"duty refused {refused.code}")

    def _gaps(self, party: SimParty, station: Station, line_id: bytes) -> None:
        # A dishonest party has "gaps" of 2**53 entries and would read them all.
        is_due = self.observer.watches(party) and line_id in station.gaps_due
        if is_due and recover.tell_gaps(station, line_id):
            self.world.count("gaps told")

    # Visits: somebody looks at the alarms

    def _visit(self, party: SimParty, station: Station) -> None:
        world = self.world
        if self.observer.watches(party) and world.chance(world.faults.rotate):
            self._rotate(party, station)
        if world.chance(0.15):
            self._copy(party, station)
        if station.clock_unsure and party.clock.off_s == 0 and world.rng.random() < 0.3:
            clocks.confirm(station, "an officer")
            world.count("clock confirmed")
        self._read_alarms(station)
        for line_id in list(station.suspect):
            draft = party.sign_all(station, epochs.draft_open(station, line_id))
            post.post(station, [draft])
            world.count("new epochs")
            world.say(f"{party.name} opens a new epoch")

    def _rotate(self, party: SimParty, station: Station) -> None:
        """One command: a card with new keys for everything, and a new epoch on every line."""
        self.world.say(f"{party.name} changes all its keys")
        try:
            rotation.rotate(station)
        except OpenlineError as refused:
            self.world.count(f"rotation refused {refused.code}")
            return
        self.world.count("card keys rotated")
        self.greet(party)

    def _copy(self, party: SimParty, station: Station) -> None:
        """A copy of the database, but not while a head waits for a full anchor.

        Such a copy may hold an entry that nobody was told, whose number another entry has after
        the restore of an older copy: an excluded fault (docs/THREAT_MODEL.md, "Accepted risks").
        """
        if station.unanchored:
            self.world.count("copies put off")
        else:
            party.take_copy()

    def _read_alarms(self, station: Station) -> None:
        """Somebody reads the newest alarms and says yes where a yes is asked."""
        count = ALARMS_READ_AT_LAST if self.world.healing else ALARMS_READ
        for event in station.store.events("alarm", count):
            if event.code == "reseal.asked":
                self._allow(station, event.subject)
            elif event.code == "epoch.ours":
                self._say_ours(station, event.subject)

    def _allow(self, station: Station, peer: str) -> None:
        """A party asks again for what it receipted: its officers confirm by telephone."""
        if station.store.meta(f"reseal-yes/{peer}") == b"-1":
            asks.allow_reseal(station, peer, ALLOWED_S)
            self.world.count("reseal allowed")

    def _say_ours(self, station: Station, origin: str) -> None:
        """Own entries came to light after a new epoch was opened: a person says *ours*."""
        if station.store.meta(f"ours/{origin}") == b"asked":
            with station.store.write() as tx:
                tx.set_meta(f"ours/{origin}", b"yes")
            for session in station.sessions.values():
                session.boot = b""
            self.world.count("said ours")
