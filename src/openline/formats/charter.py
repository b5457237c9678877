"""The charter of a line: members, rules, and the name that everything on the line descends from.

Shapes   Charter <-> text; line_id is its SHA-256; origin_of names the log of one party and epoch
Units    timers in seconds; the text is at most 15,000 bytes as an Openline JSON string
Raises   Malformed
Source   docs/PROTOCOL.md part 5
Never    says who accepted it: that is in the members' logs. "Sorted" is by the bytes of the line
"""

import hashlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from openline.formats import openjson
from openline.formats.lines import Lines
from openline.formats.malformed import Malformed
from openline.formats.note import ED25519, Vkey, parse_vkey
from openline.formats.policy import parse_policy
from openline.formats.spell import (
    HASH_SIZE,
    b32,
    b64,
    check_int,
    check_line,
    check_party,
    check_size,
    check_sorted,
    check_token,
    check_url,
    parse_int,
    unb64,
)

CHARTER_BYTES_MAX: Final = 15_000
TITLE_BYTES_MAX: Final = 200
PURPOSE_BYTES_MAX: Final = 1_000
MEMBERS_MAX: Final = 64
PACKS_MAX: Final = 16
LANGUAGES_MAX: Final = 16
RELAYS_MAX: Final = 4
STATUSES: Final = ("actual", "exercise", "test")
POLICY_WORDS: Final = ("witness", "group", "quorum")
OPEN: Final = "open"
EVERY: Final = "*"
OFFICERS_FOR_OPEN: Final = 2
OFFICERS_ELSE: Final = 1

_FORMAT: Final = re.compile(r"[a-z0-9-]{1,50}/[a-z0-9-]{1,50}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")
_ORIGIN: Final = re.compile(r"([a-z0-9.-]{1,100})/openline(?:/[a-z2-7]{52})?")


class Member(NamedTuple):
    """A party and the fingerprint of its card log."""

    party: str
    fingerprint: bytes


class PackRef(NamedTuple):
    """A pack of formats that the members agreed on."""

    name: str
    version: int
    digest: bytes


class Relay(NamedTuple):
    """Where envelopes may be left for a party that cannot be reached."""

    party: str
    vkey: Vkey
    url: str

    def line(self) -> str:
        """The line that a relay prints, and that stands in a charter."""
        return f"relay {self.party} {self.vkey.text()} {self.url}"


@dataclass(frozen=True, slots=True)
class Charter:
    """A charter. Lists that the text wants sorted are sorted here, so callers need not."""

    salt: bytes
    status: str
    title: str
    level: str
    purpose: str
    members: tuple[Member, ...]
    packs: tuple[PackRef, ...]
    languages: tuple[str, ...]
    timers: tuple[tuple[str, int], ...]
    officers: tuple[tuple[str, int], ...]
    visible: tuple[str, ...]
    batch: tuple[str, ...]
    relays: tuple[Relay, ...]
    policy: tuple[str, ...]
    orderwire: bool
    opens: int | None
    previous: bytes | None
    _text: str = field(init=False, repr=False, compare=False)
    _line_id: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _sort(self)
        _check(self)
        text = "\n".join([*_spell(self), ""])
        if len(openjson.encode(text)) > CHARTER_BYTES_MAX:
            raise Malformed("charter", f"longer than {CHARTER_BYTES_MAX} bytes as a field value")
        object.__setattr__(self, "_text", text)
        object.__setattr__(self, "_line_id", hashlib.sha256(text.encode()).digest())

    def text(self) -> str:
        """The charter as it is hashed and accepted."""
        return self._text

    @property
    def line_id(self) -> bytes:
        """The name of the line."""
        return self._line_id

    def officers_for(self, format_id: str) -> int:
        """How many officers release a format (with or without `@version`), or `open`.

        `*` speaks of messages; `open` has its own line or needs two.
        """
        asked = dict(self.officers)
        if format_id == OPEN:
            return asked.get(OPEN, OFFICERS_FOR_OPEN)
        return asked.get(_bare(format_id), asked.get(EVERY, OFFICERS_ELSE))

    def is_visible(self, format_id: str) -> bool:
        """Whether releases of this format are shown to the addressees."""
        return _bare(format_id) in self.visible

    def may_batch(self, format_id: str) -> bool:
        """Whether this format may be released in batches."""
        return _bare(format_id) in self.batch

    def timer(self, name: str, default: int | None = None) -> int | None:
        """The seconds of a timer, or the default when the charter does not name it."""
        return dict(self.timers).get(name, default)


def parse_charter(text: str) -> Charter:
    """Read a charter strictly: one changed byte would be another line."""
    lines = Lines(text, CHARTER_BYTES_MAX, "charter")
    lines.exactly("openline/v1 line")
    charter = Charter(
        salt=unb64(lines.one("salt"), HASH_SIZE, what="charter salt"),
        status=lines.one("status"),
        title=lines.one("title"),
        level=lines.one("level"),
        purpose=lines.one("purpose"),
        members=tuple(_member(words) for words in lines.words("member", 2)),
        packs=tuple(_pack(words) for words in lines.words("pack", 3)),
        languages=tuple(word for (word,) in lines.words("language", 1)),
        timers=tuple((name, parse_int(s, what="timer")) for name, s in lines.words("timer", 2)),
        officers=tuple((name, parse_int(k, 2)) for name, k in lines.words("officers", 2)),
        visible=tuple(word for (word,) in lines.words("visible", 1)),
        batch=tuple(word for (word,) in lines.words("batch", 1)),
        relays=tuple(_relay(words) for words in lines.words("relay", 3)),
        policy=lines.raw(*POLICY_WORDS),
        orderwire=_switch(lines.one("orderwire")),
        opens=_opens(lines.one("opens")),
        previous=_previous(lines.one("previous")),
    )
    lines.end()
    if charter.text() != text:
        raise Malformed("charter", "not the canonical spelling")
    return charter


def origin_of(line_id: bytes, counter: int, nonce: bytes, party: str) -> str:
    """The origin of one party's log on one line in one epoch."""
    check_size(line_id, HASH_SIZE, what="line id")
    check_size(nonce, 8, what="epoch nonce")
    check_int(counter, 2**32 - 1, what="epoch counter")
    name = check_party(party).encode("ascii")
    place = struct.pack(">I", counter)
    digest = hashlib.sha256(b"openline/v1 origin\n" + line_id + place + nonce + name).digest()
    return f"{party}/openline/{b32(digest)}"


def party_of(origin: str) -> str:
    """The party whose log an origin names: a log on a line, or its card log."""
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        raise Malformed("origin", "not <party>/openline or <party>/openline/<52 characters>")
    return check_party(found.group(1))


def _bare(format_id: str) -> str:
    return format_id.partition("@")[0]


def _member(words: list[str]) -> Member:
    return Member(words[0], unb64(words[1], HASH_SIZE, what="member fingerprint"))


def _pack(words: list[str]) -> PackRef:
    digest = unb64(words[2], HASH_SIZE, what="pack digest")
    return PackRef(words[0], parse_int(words[1], what="pack version"), digest)


def _relay(words: list[str]) -> Relay:
    return Relay(words[0], parse_vkey(words[1]), words[2])


def _switch(word: str) -> bool:
    if word not in ("on", "off"):
        raise Malformed("charter", "orderwire is neither on nor off")
    return word == "on"


def _opens(word: str) -> int | None:
    return None if word == "all" else parse_int(word, MEMBERS_MAX, what="charter opens")


def _previous(word: str) -> bytes | None:
    return None if word == "-" else unb64(word, HASH_SIZE, what="previous line")


def _member_line(member: Member) -> str:
    return f"member {member.party} {b64(member.fingerprint)}"


def _pack_line(pack: PackRef) -> str:
    return f"pack {pack.name} {pack.version} {b64(pack.digest)}"


def _pair_line(pair: tuple[str, int]) -> str:
    return f"{pair[0]} {pair[1]}"


def _sort(charter: Charter) -> None:
    """Bring what the text wants sorted into the order of its lines."""
    put = object.__setattr__
    put(charter, "members", tuple(sorted(charter.members, key=_member_line)))
    put(charter, "packs", tuple(sorted(charter.packs, key=_pack_line)))
    put(charter, "languages", tuple(sorted(charter.languages)))
    put(charter, "timers", tuple(sorted(charter.timers, key=_pair_line)))
    put(charter, "officers", tuple(sorted(charter.officers, key=_pair_line)))


def _spell(charter: Charter) -> Iterator[str]:
    yield "openline/v1 line"
    yield f"salt {b64(charter.salt)}"
    yield f"status {charter.status}"
    yield f"title {charter.title}"
    yield f"level {charter.level}"
    yield f"purpose {charter.purpose}"
    yield from map(_member_line, charter.members)
    yield from map(_pack_line, charter.packs)
    yield from (f"language {code}" for code in charter.languages)
    yield from (f"timer {_pair_line(timer)}" for timer in charter.timers)
    yield from (f"officers {_pair_line(rule)}" for rule in charter.officers)
    yield from (f"visible {name}" for name in charter.visible)
    yield from (f"batch {name}" for name in charter.batch)
    yield from (relay.line() for relay in charter.relays)
    yield from charter.policy
    yield f"orderwire {'on' if charter.orderwire else 'off'}"
    yield f"opens {'all' if charter.opens is None else charter.opens}"
    yield f"previous {'-' if charter.previous is None else b64(charter.previous)}"


def _check(charter: Charter) -> None:
    check_size(charter.salt, HASH_SIZE, what="charter salt")
    if charter.status not in STATUSES:
        raise Malformed("charter", "the status is not actual, exercise or test")
    check_line(charter.title, TITLE_BYTES_MAX, what="charter title")
    check_token(charter.level, what="charter level")
    check_line(charter.purpose, PURPOSE_BYTES_MAX, what="charter purpose")
    _check_members(charter)
    _check_rules(charter)
    _check_relays(charter)
    _check_policy(charter.policy)
    if charter.opens is not None and not 1 <= charter.opens <= len(charter.members):
        raise Malformed("charter", "opens is not between 1 and the number of members")
    if charter.previous is not None:
        check_size(charter.previous, HASH_SIZE, what="previous line")


def _check_members(charter: Charter) -> None:
    _check_count(len(charter.members), 2, MEMBERS_MAX, "member")
    for party, fingerprint in charter.members:
        check_party(party)
        check_size(fingerprint, HASH_SIZE, what="member fingerprint")
    check_sorted([member.party for member in charter.members], what="charter members")
    _check_count(len(charter.packs), 1, PACKS_MAX, "pack")
    for name, version, digest in charter.packs:
        check_token(name, what="pack name")
        check_int(version, what="pack version")
        check_size(digest, HASH_SIZE, what="pack digest")
    check_sorted([f"{pack.name} {pack.version}" for pack in charter.packs], what="charter packs")
    _check_count(len(charter.languages), 1, LANGUAGES_MAX, "language")
    for code in charter.languages:
        check_language(code)
    check_sorted(charter.languages, what="charter languages")


def _check_rules(charter: Charter) -> None:
    for name, seconds in charter.timers:
        check_token(name, what="timer name")
        check_int(seconds, what="timer")
    check_sorted([name for name, _ in charter.timers], what="charter timers")
    for name, count in charter.officers:
        if name not in (OPEN, EVERY):
            check_format(name)
        if count not in (1, 2):
            raise Malformed("charter", "officers are neither 1 nor 2")
    check_sorted([name for name, _ in charter.officers], what="charter officers")
    for formats in (charter.visible, charter.batch):
        for name in formats:
            check_format(name)
        check_sorted(sorted(formats), what="charter formats")


def _check_relays(charter: Charter) -> None:
    _check_count(len(charter.relays), 0, RELAYS_MAX, "relay")
    for relay in charter.relays:
        check_party(relay.party)
        check_url(relay.url)
        if relay.vkey.kind != ED25519:
            raise Malformed("charter", "the key of a relay is not of kind 0x01")


def _check_policy(lines: tuple[str, ...]) -> None:
    """The lines are kept as written, so here they have single spaces and no comments."""
    if any("" in line.split(" ") or "\t" in line or "\n" in line for line in lines):
        raise Malformed("charter", "a policy line without single spaces")
    if any(line.partition(" ")[0] not in POLICY_WORDS for line in lines):
        raise Malformed("charter", "a policy line that is no witness, group or quorum")
    policy = parse_policy("\n".join([*lines, ""]), with_log=False)
    for _, url in policy.witnesses.values():
        if url is not None:
            check_url(url)


def check_language(code: str) -> str:
    """The code of a language of a line."""
    if not _LANGUAGE.fullmatch(code):
        raise Malformed("charter", "a language is not a code such as `en` or `pt-BR`")
    return code


def check_format(name: str) -> str:
    """The name of a format as a charter's rules have it."""
    if not _FORMAT.fullmatch(name):
        raise Malformed("charter", "a format is not named `pack/name`, without a version")
    return name


def _check_count(count: int, least: int, most: int, keyword: str) -> None:
    if not least <= count <= most:
        raise Malformed("charter", f"`{keyword}` lines: {count}, not {least} to {most}")
