"""Who sits at this desk: officers with names, passkeys and roles per line, and open invitations.

Shapes   Officer is a sealed local record; Roster.load(station), invite(), enrol(), find()
Units    times are unix seconds; an invitation is good for INVITE_S
Raises   RosterRefused, BadText
Source   DESIGN, 12 "need to know"; docs/OPERATE.md, "Officers at the desk"
Never    tells a peer a name: the card commits to person id, roles and key only
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

from openline.desk.written import line
from openline.errors import OpenlineError
from openline.exchange.kept import keeping
from openline.exchange.station import Station
from openline.formats.officer import PERSON_SIZE
from openline.formats.spell import b64, unb64

INVITE_S: Final = 86_400
INVITES_MAX: Final = 64
NAME_CHARACTERS_MAX: Final = 80
EVERY_LINE: Final = "*"
KIND: Final = "officer"
# Roles on the card; an administrator enters officers, and neither reads a line nor releases.
LINE_ROLES: Final = ("auditor", "drafter", "releaser", "verifier", "watch")
ADMINISTRATOR: Final = "administrator"


class RosterRefused(OpenlineError):
    """An invitation or an officer's record cannot be used."""

    code: ClassVar[str] = "desk.roster-refused"
    remedy: ClassVar[str] = "Ask the administrator for a new invitation: `openline officer invite`."


@dataclass(frozen=True, slots=True)
class Key:
    """A passkey: its id, its public half as COSE, how often it says that it has signed."""

    credential: bytes
    public: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class Officer:
    """One officer of this desk. `lines` gives the roles on a line id, or on every line by `*`.

    The first of `keys` stands on the card and releases; the others sign in, and take its place when
    it is lost. `words` are what the officer types before a release (desk/duress.py), or empty.
    """

    person: bytes
    name: str
    roles: tuple[str, ...]
    lines: dict[str, tuple[str, ...]]
    keys: tuple[Key, ...]
    words: tuple[str, ...] = ()

    @property
    def credential(self) -> bytes:
        """The key that releases."""
        return self.keys[0].credential

    @property
    def credentials(self) -> tuple[bytes, ...]:
        return tuple(key.credential for key in self.keys)

    def key_of(self, credential: bytes) -> Key:
        """The key of that id; StopIteration is impossible for one that `by_credential` found."""
        return next(key for key in self.keys if key.credential == credential)

    def counted(self, credential: bytes, count: int) -> "Officer":
        """The same officer with a key that has signed so often: a copy of it would count anew."""
        keys = (
            replace(key, sign_count=count) if key.credential == credential else key
            for key in self.keys
        )
        return replace(self, keys=tuple(keys))

    def roles_on(self, line: str) -> tuple[str, ...]:
        """The roles on a line; none means that the line does not exist for this person."""
        return self.lines.get(line, self.lines.get(EVERY_LINE, ()))

    def may(self, role: str, line: str) -> bool:
        return role in self.roles_on(line)

    def has(self, role: str) -> bool:
        """Whether the officer has a role on any line."""
        return any(role in roles for roles in self.lines.values())

    def sees(self, line: str) -> bool:
        return bool(self.roles_on(line))

    @property
    def is_administrator(self) -> bool:
        return ADMINISTRATOR in self.roles

    def record(self, left_s: int = 0) -> dict[str, Any]:
        """As it is kept; `left_s` is when the officer was removed."""
        return {
            "id": self.person.hex(),
            "name": self.name,
            "roles": list(self.roles),
            "lines": [[line, list(roles)] for line, roles in sorted(self.lines.items())],
            "keys": [[b64(key.credential), b64(key.public), key.sign_count] for key in self.keys],
            "words": list(self.words),
            "left": left_s,
        }


def officer_of(record: dict[str, Any]) -> Officer:
    """Read what `Officer.record` wrote."""
    return Officer(
        bytes.fromhex(record["id"]),
        record["name"],
        tuple(record["roles"]),
        {line: tuple(roles) for line, roles in record["lines"]},
        tuple(
            Key(unb64(credential), unb64(public), count)
            for credential, public, count in record["keys"]
        ),
        tuple(record["words"]),
    )


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an administrator grants before the person has a key.

    `person` is the id that the key will stand for, drawn when the invitation is made: who answers
    it has no say in who they are. `is_new` is false for an officer who gets another key.
    """

    name: str
    roles: tuple[str, ...]
    lines: dict[str, tuple[str, ...]]
    until_s: int
    person: bytes
    is_new: bool


@dataclass(slots=True)
class Roster:
    """The officers of one desk in memory; the notebook is what lasts."""

    station: Station
    officers: dict[bytes, Officer] = field(default_factory=dict)
    # Told of every officer who leaves: sessions end, streams stop.
    leaving: list[Callable[[bytes], None]] = field(default_factory=list)
    _invitations: dict[bytes, Invitation] = field(default_factory=dict)

    @classmethod
    def load(cls, station: Station) -> "Roster":
        """Read the sealed records; called on the lane."""
        notes = keeping.read_notes(station, KIND)
        officers = [officer_of(note["record"]) for note in notes if not note["record"]["left"]]
        return cls(station, {officer.person: officer for officer in officers})

    def invite(
        self,
        name: str,
        roles: tuple[str, ...],
        lines: dict[str, tuple[str, ...]],
        person: bytes = b"",
    ) -> str:
        """A token that lets one person register one key; it lives until the node stops."""
        line("the name", name, NAME_CHARACTERS_MAX)
        wrong = [role for role in roles if role not in (*LINE_ROLES, ADMINISTRATOR)]
        if wrong or not roles:
            raise RosterRefused(f"roles: {wrong[:1] or 'none'}; there are {', '.join(LINE_ROLES)}")
        if ADMINISTRATOR in roles and len(roles) > 1:
            raise RosterRefused("an administrator has no other role: who enters officers is none")
        now_s = self.station.clock.now_s()
        live = {k: each for k, each in self._invitations.items() if each.until_s > now_s}
        if len(live) >= INVITES_MAX:
            raise RosterRefused(f"{INVITES_MAX} invitations are open already")
        token = self.station.random(24).hex()
        live[_hash(token)] = Invitation(
            name, roles, lines, now_s + INVITE_S, person or self.station.random(PERSON_SIZE),
            not person,
        )  # fmt: skip
        self._invitations = live
        return token

    def invitation(self, token: str) -> Invitation:
        """The open invitation behind a token; one answer for unknown, used and expired."""
        found = self._invitations.get(_hash(token))
        if found is None or found.until_s <= self.station.clock.now_s():
            raise RosterRefused("this invitation is not open: unknown, used or older than a day")
        return found

    def spend(self, token: str) -> Invitation:
        """Take the invitation away: it registers one key."""
        found = self.invitation(token)
        del self._invitations[_hash(token)]
        return found

    def keep(self, officer: Officer) -> None:
        """Write an officer's record; called on the lane."""
        keeping.write_note(self.station, KIND, officer.record())
        self.officers[officer.person] = officer

    def grant(self, person: bytes, line: str, roles: tuple[str, ...]) -> Officer:
        """Other roles on one line (an id, or EVERY_LINE), of those that the officer has at all.

        None on a line takes the officer off it, also where roles on every line stand beside. The
        card is as it was: who releases at all stands there. On the lane.
        """
        found = self.known(person)
        beyond = [role for role in roles if role not in found.roles or role == ADMINISTRATOR]
        if beyond:
            have = ", ".join(found.roles)
            raise RosterRefused(f"{found.name} has not the role {beyond[0][:20]}: only {have}")
        others = {each: had for each, had in found.lines.items() if each != line}
        is_kept = bool(roles) or (line != EVERY_LINE and EVERY_LINE in others)
        granted = {**others, line: tuple(sorted(set(roles)))} if is_kept else others
        if not any(granted.values()):
            raise RosterRefused(f"{found.name} would have no role anywhere: remove the officer")
        changed = replace(found, lines=granted)
        self.keep(changed)
        self.station.changes += 1
        return changed

    def remove(self, person: bytes) -> Officer:
        """Take an officer away: no sign-in, no session, no stream from now on. On the lane."""
        found = self.known(person)
        keeping.write_note(self.station, KIND, found.record(self.station.clock.now_s()))
        del self.officers[person]
        for told in self.leaving:
            told(person)
        self.station.changes += 1
        return found

    def known(self, person: bytes) -> Officer:
        """The officer of that id."""
        found = self.officers.get(person)
        if found is None:
            raise RosterRefused("no officer of this desk has that id")
        return found

    def by_credential(self, credential: bytes) -> Officer | None:
        """The officer whose passkey this is."""
        return next((o for o in self.officers.values() if credential in o.credentials), None)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
