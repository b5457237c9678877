"""A trust policy: whose keys count, and how many of them make a quorum (C2SP tlog-policy).

Shapes   Policy <-> text; parse_policy(policy.text()) == policy; parse_policies reads a file of
         several. The text is written by people, so white space and comments are not kept
Units    k counts members of a group
Raises   Malformed
Source   docs/PROTOCOL.md parts 1 (tlog-policy), 5 (in a charter: no `log` lines) and 9
Never    evaluates: `record.policy` holds it against a note
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from openline.formats.malformed import Malformed
from openline.formats.note import ED25519, ED25519_COSIGNATURE, ML_DSA_44, Vkey, parse_vkey
from openline.formats.spell import check_word, parse_int

POLICY_CHARS_MAX: Final = 262_144
LOGS_MAX: Final = 32
WITNESSES_MAX: Final = 256
GROUPS_MAX: Final = 256
NONE: Final = "none"
LOG: Final = "log"
POLICIES_MAX: Final = 64

_LOG_KINDS: Final = (ED25519, ML_DSA_44)
_WITNESS_KINDS: Final = (ED25519_COSIGNATURE, ML_DSA_44)


@dataclass(frozen=True, slots=True)
class Group:
    """Met when at least `k` of its members are met."""

    k: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, named witnesses, named groups, and the name that has to be met (None asks nobody)."""

    logs: tuple[tuple[Vkey, str | None], ...] = ()
    witnesses: Mapping[str, tuple[Vkey, str | None]] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str | None = None

    def __post_init__(self) -> None:
        _check_keys(self)
        known = set(self.witnesses)
        used: set[str] = set()
        for name, group in self.groups.items():
            _check_group(name, group, known, used)
            known.add(name)
            used.update(group.members)
        if self.quorum is not None and self.quorum not in known:
            raise Malformed("policy", "the quorum names neither a witness nor a group")

    def text(self) -> str:
        """The policy as lines that a stock tool reads."""
        lines = [f"log {vkey.text()}{_tail(url)}" for vkey, url in self.logs]
        for name, (vkey, url) in self.witnesses.items():
            lines.append(f"witness {name} {vkey.text()}{_tail(url)}")
        for name, group in self.groups.items():
            lines.append(f"group {name} {_threshold(group)} {' '.join(group.members)}")
        return "\n".join([*lines, f"quorum {self.quorum or NONE}", ""])


def parse_policy(text: str, *, with_log: bool) -> Policy:
    """Read a policy; `with_log` says whether log lines must stand in it or may not."""
    if len(text) > POLICY_CHARS_MAX:
        raise Malformed("policy", f"longer than {POLICY_CHARS_MAX} characters")
    if any((c < " " and c not in "\t\n") or c == "\x7f" for c in text):
        raise Malformed("policy", "holds a control character")
    reader = _Reader()
    for line in text.split("\n"):
        words = line.replace("\t", " ").split(" ")
        words = [word for word in words if word]
        if words and not words[0].startswith("#"):
            reader.take(words)
    if reader.quorum is None:
        raise Malformed("policy", "no quorum line")
    if bool(reader.logs) is not with_log:
        raise Malformed("policy", "no log line" if with_log else "log lines have no place here")
    quorum = None if reader.quorum == NONE else reader.quorum
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, quorum)


def parse_policies(text: str) -> tuple[Policy, ...]:
    """Read a file of one or more policies; each begins with its one `log` line."""
    if len(text) > POLICIES_MAX * POLICY_CHARS_MAX:
        raise Malformed("policy", f"longer than {POLICIES_MAX} policies")
    pieces: list[list[str]] = [[]]
    has_log = False
    for line in text.split("\n"):
        is_log = line.replace("\t", " ").lstrip(" ").startswith(LOG + " ")
        if is_log and has_log:
            pieces.append([])
        has_log = has_log or is_log
        pieces[-1].append(line)
    if len(pieces) > POLICIES_MAX:
        raise Malformed("policy", f"more than {POLICIES_MAX} policies in one file")
    return tuple([parse_policy("\n".join(piece), with_log=True) for piece in pieces])


class _Reader:
    """What was read so far: every name is defined before it is used."""

    def __init__(self) -> None:
        self.logs: list[tuple[Vkey, str | None]] = []
        self.witnesses: dict[str, tuple[Vkey, str | None]] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None

    def take(self, words: list[str]) -> None:
        kind, rest = words[0], words[1:]
        if kind == LOG and len(rest) in (1, 2):
            self.logs.append((parse_vkey(rest[0]), rest[1] if len(rest) == 2 else None))
        elif kind == "witness" and len(rest) in (2, 3):
            self._define(rest[0])
            self.witnesses[rest[0]] = (parse_vkey(rest[1]), rest[2] if len(rest) == 3 else None)
        elif kind == "group" and len(rest) >= 3:
            self._define(rest[0])
            members = tuple(rest[2:])
            self._known(members)
            self.groups[rest[0]] = Group(_parse_threshold(rest[1], len(members)), members)
        elif kind == "quorum" and len(rest) == 1 and self.quorum is None:
            if rest[0] != NONE:
                self._known((rest[0],))
            self.quorum = rest[0]
        else:
            raise Malformed("policy", "a line that is no log, witness, group or single quorum")

    def _define(self, name: str) -> None:
        if name in self.witnesses or name in self.groups:
            raise Malformed("policy", "a name is defined twice")

    def _known(self, names: tuple[str, ...]) -> None:
        if any(name not in self.witnesses and name not in self.groups for name in names):
            raise Malformed("policy", "a name is used before it is defined")


def _parse_threshold(word: str, members: int) -> int:
    if word in ("all", "any"):
        return members if word == "all" else 1
    return parse_int(word, members, what="policy threshold")


def _threshold(group: Group) -> str:
    if group.k == len(group.members):
        return "all"
    return "any" if group.k == 1 else str(group.k)


def _tail(url: str | None) -> str:
    return "" if url is None else f" {url}"


def _check_keys(policy: Policy) -> None:
    """Kinds that fit the role, and no key twice: it would count twice under two names."""
    if len(policy.logs) > LOGS_MAX or len(policy.witnesses) > WITNESSES_MAX:
        raise Malformed("policy", f"more than {LOGS_MAX} logs or {WITNESSES_MAX} witnesses")
    for kinds, entries in ((_LOG_KINDS, policy.logs), (_WITNESS_KINDS, policy.witnesses.values())):
        seen: set[bytes] = set()
        for vkey, url in entries:
            if vkey.kind not in kinds:
                raise Malformed("policy", "a key whose kind does not fit its role")
            if vkey.public in seen:
                raise Malformed("policy", "one public key stands on two lines")
            seen.add(vkey.public)
            if url is not None:
                check_word(url, what="policy url")
    for name in policy.witnesses:
        _check_name(name)


def _check_group(name: str, group: Group, known: set[str], used: set[str]) -> None:
    _check_name(name)
    if len(known) > WITNESSES_MAX + GROUPS_MAX or name in known:
        raise Malformed("policy", "a name is defined twice, or there are too many groups")
    members = set(group.members)
    if not members <= known:
        raise Malformed("policy", "a group names what is not defined before it")
    if len(members) != len(group.members) or members & used:
        raise Malformed("policy", "a name is a member twice")
    if not 1 <= group.k <= len(group.members):
        raise Malformed("policy", "a threshold below one or above the number of members")


def _check_name(name: str) -> None:
    if check_word(name, what="policy name") == NONE:
        raise Malformed("policy", "`none` names nobody")
