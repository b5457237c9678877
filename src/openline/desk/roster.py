"""Who sits at this desk: officers with names, passkeys and roles per line, and open invitations.

Shapes   Officer is a sealed local record; Roster.load(station), invite(), enrol(), find()
Units    times are unix seconds; an invitation is good for INVITE_S
Raises   RosterRefused
Source   DESIGN, 12 "need to know"; docs/OPERATE.md, "Officers at the desk"
Never    tells a peer a name: the card commits to person id, roles and key only
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from openline.errors import OpenlineError
from openline.exchange import keeping
from openline.exchange.station import Station
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
class Officer:
    """One officer of this desk. `lines` gives the roles on a line id, or on every line by `*`."""

    person: bytes
    name: str
    roles: tuple[str, ...]
    lines: dict[str, tuple[str, ...]]
    credential: bytes
    public: bytes
    sign_count: int

    def roles_on(self, line: str) -> tuple[str, ...]:
        """The roles on a line; none means that the line does not exist for this person."""
        return self.lines.get(line, self.lines.get(EVERY_LINE, ()))

    def may(self, role: str, line: str) -> bool:
        return role in self.roles_on(line)

    def sees(self, line: str) -> bool:
        return bool(self.roles_on(line))

    @property
    def is_administrator(self) -> bool:
        return ADMINISTRATOR in self.roles

    def record(self) -> dict[str, Any]:
        """As the notebook keeps it."""
        return {
            "id": self.person.hex(),
            "name": self.name,
            "roles": list(self.roles),
            "lines": [[line, list(roles)] for line, roles in sorted(self.lines.items())],
            "credential": b64(self.credential),
            "public": b64(self.public),
            "sign_count": self.sign_count,
        }


def officer_of(record: dict[str, Any]) -> Officer:
    """Read what `Officer.record` wrote."""
    return Officer(
        bytes.fromhex(record["id"]),
        record["name"],
        tuple(record["roles"]),
        {line: tuple(roles) for line, roles in record["lines"]},
        unb64(record["credential"]),
        unb64(record["public"]),
        record["sign_count"],
    )


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an administrator grants before the person has a key."""

    name: str
    roles: tuple[str, ...]
    lines: dict[str, tuple[str, ...]]
    until_s: int


@dataclass(slots=True)
class Roster:
    """The officers of one desk in memory; the notebook is what lasts."""

    station: Station
    officers: dict[bytes, Officer] = field(default_factory=dict)
    _invitations: dict[bytes, Invitation] = field(default_factory=dict)

    @classmethod
    def load(cls, station: Station) -> "Roster":
        """Read the sealed records; called on the lane."""
        notes = keeping.read_notes(station, KIND)
        officers = [officer_of(note["record"]) for note in notes]
        return cls(station, {officer.person: officer for officer in officers})

    def invite(self, name: str, roles: tuple[str, ...], lines: dict[str, tuple[str, ...]]) -> str:
        """A token that lets one person register one key; it lives until the node stops."""
        if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
            raise RosterRefused(f"a name has 1 to {NAME_CHARACTERS_MAX} printable characters")
        wrong = [role for role in roles if role not in (*LINE_ROLES, ADMINISTRATOR)]
        if wrong or not roles:
            raise RosterRefused(f"roles: {wrong[:1] or 'none'}; there are {', '.join(LINE_ROLES)}")
        now_s = self.station.clock.now_s()
        live = {k: each for k, each in self._invitations.items() if each.until_s > now_s}
        if len(live) >= INVITES_MAX:
            raise RosterRefused(f"{INVITES_MAX} invitations are open already")
        token = self.station.random(24).hex()
        live[_hash(token)] = Invitation(name, roles, lines, now_s + INVITE_S)
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

    def by_credential(self, credential: bytes) -> Officer | None:
        """The officer whose passkey this is."""
        return next((o for o in self.officers.values() if o.credential == credential), None)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
