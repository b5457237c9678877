"""From what an officer wants to say to what officers release: fields, salts, heads, assertions.

Shapes   Draft is frozen; its fields are in protocol order; `withheld` holds final field indexes
Units    times are unix seconds UTC
Raises   DraftRefused, NoSuchDraft, ReleaseRefused
Source   docs/PROTOCOL.md part 6, "Fields" and "Release"
Never    appends to a log: what is released waits for `sequence`
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from openline.cases import rules
from openline.cases.entry import Ref
from openline.envelope.release import verify_assertion
from openline.errors import OpenlineError
from openline.exchange.drafting import confirming
from openline.exchange.station import LineLeft, Station
from openline.formats import openjson
from openline.formats.card import Desk
from openline.formats.field import Field, new_field, parse_lines, spell_lines
from openline.formats.officer import OfficerLeaf
from openline.formats.openjson import Value
from openline.formats.release import (
    Assertion,
    before_releases,
    comparison40,
    release_statement,
)
from openline.formats.shown import ShownOfficer
from openline.formats.spell import b64, unb64, utc
from openline.record.officers import officer_proof
from openline.record.tree import root_of

HEADER_FIELDS = 6
REFS_MAX = 64
EXPIRES_DEFAULT_S = 24 * 3600
MACHINE_KINDS = frozenset({"keys", "defect", "gap"})
DRAFTS = "drafts"
FLASH = "flash"


class DraftRefused(OpenlineError):
    """What was to be said cannot be put into fields: too long, too many, or a path twice."""

    code: ClassVar[str] = "exchange.draft-refused"
    remedy: ClassVar[str] = "Correct what is named and draft again; `openline formats` helps."


class NoSuchDraft(OpenlineError):
    """There is no draft of that id here; it may have been released already."""

    code: ClassVar[str] = "exchange.no-such-draft"
    remedy: ClassVar[str] = "List drafts with `openline queue --drafts`."


class DraftExpired(OpenlineError):
    """The time until which this draft may be said has passed."""

    code: ClassVar[str] = "exchange.expired"
    remedy: ClassVar[str] = "Draft it anew; addressees would see the old one as without effect."


class ReleaseRefused(OpenlineError):
    """An officer's release does not count for this draft."""

    code: ClassVar[str] = "exchange.release-refused"
    remedy: ClassVar[str] = "Let another releaser sign it; `openline officer list` shows who may."


@dataclass(frozen=True, slots=True)
class Draft:
    """A message on its way to release. `opens` is the origin of the epoch that an `open` begins."""

    id: bytes
    line_id: bytes
    kind: str
    fields: tuple[Field, ...]
    withheld: frozenset[int]
    officers: int
    card_size: int
    expires_s: int
    opens: str = ""

    @property
    def releases(self) -> int:
        """How many officers have signed."""
        return sum(1 for f in self.fields if f.path.startswith("release."))

    @property
    def is_released(self) -> bool:
        return self.releases >= self.officers

    def withheld_list(self) -> list[Value]:
        """Indexes of withheld fields, ascending, as a value."""
        found: list[Value] = []
        found.extend(sorted(self.withheld))
        return found

    def statement(self) -> bytes:
        """What the next officer signs, as text."""
        return self._statement(self.fields)

    def common_statement(self) -> bytes:
        """What all its officers release, whoever signed already: the first one's statement."""
        return self._statement(before_releases(self.fields))

    def _statement(self, fields: Sequence[Field]) -> bytes:
        head = root_of([f.hash for f in fields])
        return release_statement(self.line_id, self.card_size, len(fields), head)

    def encode(self) -> bytes:
        """One Openline JSON line, then the field lines."""
        head: dict[str, Value] = {
            "card": self.card_size,
            "expires": self.expires_s,
            "fields": len(self.fields),
            "id": b64(self.id),
            "kind": self.kind,
            "line": b64(self.line_id),
            "officers": self.officers,
            "opens": self.opens,
            "withheld": self.withheld_list(),
        }
        return openjson.encode(head) + b"\n" + spell_lines(self.fields)


def decode_draft(data: bytes) -> Draft:
    """Read what `Draft.encode` wrote."""
    first, _, rest = data.partition(b"\n")
    head = openjson.decode(first)
    if not isinstance(head, dict):
        raise NoSuchDraft("the stored draft is not readable")
    lines = parse_lines(rest, int(str(head["fields"])))
    withheld = head["withheld"]
    return Draft(
        unb64(str(head["id"])),
        unb64(str(head["line"])),
        str(head["kind"]),
        tuple(x for x in lines if isinstance(x, Field)),
        frozenset(int(str(i)) for i in withheld) if isinstance(withheld, list) else frozenset(),
        int(str(head["officers"])),
        int(str(head["card"])),
        int(str(head["expires"])),
        str(head["opens"]),
    )


def compose(
    station: Station,
    line_id: bytes,
    kind: str,
    content: Mapping[str, Value],
    *,
    format_id: str = "-",
    answer: str = "-",
    refs: Sequence[Ref] = (),
    withhold: Sequence[str] = (),
    expires_s: int = 0,
    officers: int | None = None,
    opens: str = "",
) -> Draft:
    """Put a message into salted fields, ready for the first officer.

    The `withheld` field must name the final indexes, those of the releases included, because the
    officers sign it: so their number is fixed here.
    """
    refuse_unfit(station, line_id, kind, refs, [path for path in withhold if path not in content])
    refuse_hidden(format_id, withhold)
    if officers is None:
        level = None if "precedence" in withhold else content.get("precedence")
        officers = due_officers(station, line_id, kind, format_id, level)
    now_s = station.line_now(line_id)
    if officers and not expires_s:
        expires_s = now_s + EXPIRES_DEFAULT_S
    paths = list(content)
    expires_at = HEADER_FIELDS + len(paths)
    hidden = {HEADER_FIELDS + paths.index(path) for path in withhold}
    if officers and not releases_shown(station, line_id, kind, format_id):
        hidden |= {expires_at + 1 + j for j in range(officers)}
    card_size = len(station.cards(station.party))
    # All chance of a draft in one request: asking the system is what costs, not how much.
    chance = station.random(16 + 32 * (expires_at + 1))
    draft_id, salts = chance[:16], chance[16:]
    hidden_value: list[Value] = [*sorted(hidden)]
    ref_values: list[Value] = [[ref.origin, ref.index] for ref in refs]
    values: list[tuple[str, Value]] = [
        ("format", format_id),
        ("class", answer),
        ("refs", ref_values),
        ("withheld", hidden_value),
        ("line", b64(line_id)),
        ("draft", [card_size, b64(draft_id)]),
        *content.items(),
    ]
    if officers:
        values.append(("expires", utc(expires_s)))
    fields = tuple(
        new_field(path, value, salts[32 * i : 32 * i + 32])
        for i, (path, value) in enumerate(values)
    )
    if len({f.path for f in fields}) != len(fields):
        raise DraftRefused("a path occurs twice, or a content field has the name of a fixed one")
    return Draft(
        draft_id, line_id, kind, fields, frozenset(hidden), officers, card_size, expires_s, opens
    )


def refuse_unfit(
    station: Station, line_id: bytes, kind: str, refs: Sequence[Ref], bare: Sequence[str]
) -> None:
    """What no draft may be: on a line that we left, with too many references, without a field that
    it withholds."""
    if kind == "message" and station.has_left(line_id):
        raise LineLeft(f"our log on {station.charter(line_id).title!r} is closed")
    if len(refs) > REFS_MAX:
        raise DraftRefused(f"refs: {len(refs)} entries are named, at most {REFS_MAX} may be")
    if bare:
        raise DraftRefused(f"{bare[0]}: withheld, but the message has no such field")


def refuse_hidden(format_id: str, withhold: Iterable[str]) -> None:
    """Refuse what its own form would take the effect from: nobody signs a guarantee whose scope or
    end the addressee is not to see."""
    hidden = [path for path in rules.never_withheld(format_id) if path in withhold]
    if hidden:
        raise DraftRefused(
            f"{', '.join(hidden)}: withheld, and without {'it' if len(hidden) == 1 else 'them'}"
            " a guarantee has no effect"
        )


def releases_shown(station: Station, line_id: bytes, kind: str, format_id: str) -> bool:
    """Whether the addressees see who released: charter or form says so, and always of `open`."""
    form = station.packs.format(format_id)
    is_never_hidden = form is not None and form.visible
    return kind == "open" or is_never_hidden or station.charter(line_id).is_visible(format_id)


def due_officers(
    station: Station, line_id: bytes, kind: str, format_id: str, precedence: Value | None = None
) -> int:
    """How many officers have to release an entry of this kind and format.

    A flash message about safety of life waits for nobody: one officer sends it, whatever the
    charter asks, and a second one confirms it afterwards.
    """
    charter = station.charter(line_id)
    if kind in MACHINE_KINDS:
        return 0
    if kind in ("open", "close"):
        return charter.officers_for("open")
    form = station.packs.format(format_id)
    least = form.officers if form is not None else 1
    if form is not None and form.safety and precedence == FLASH:
        return least
    return max(charter.officers_for(format_id), least)


def release(station: Station, draft: Draft, assertion: Assertion) -> Draft:
    """The draft with one more officer's release; ReleaseRefused when it does not count."""
    leaf = next_releaser(station, draft, assertion.person)
    refuse_expired(station, draft)
    # Once more for a draft that is not of this version's making.
    content = [f.path for i, f in enumerate(draft.fields) if i in draft.withheld]
    refuse_hidden(str(draft.fields[0].json), content)
    desk = desk_of(station, draft)
    challenge = hashlib.sha256(draft.statement()).digest()
    verify_assertion(assertion, leaf.spki, desk.rp_id, challenge, station.suite)
    # Addressees who are shown a release get the officer's leaf with it: the card has a hash only.
    is_shown = len(draft.fields) not in draft.withheld
    if is_shown:
        shown = shown_officer(station.officers(draft.card_size), leaf)
        assertion = replace(assertion, officer=shown)
    value = assertion.value()
    field = new_field(f"release.{draft.releases + 1}", value, station.random(32))
    return replace(draft, fields=(*draft.fields, field))


def next_releaser(station: Station, draft: Draft, person: bytes) -> OfficerLeaf:
    """The officer who may release next; ReleaseRefused for anybody else."""
    if draft.is_released:
        raise ReleaseRefused("this draft already has every release that its charter asks")
    officers = {leaf.person: leaf for leaf in station.officers(draft.card_size)}
    leaf = officers.get(person)
    if leaf is None:
        raise ReleaseRefused(not_on_card(station, draft, person))
    if "releaser" not in leaf.roles:
        raise ReleaseRefused(f"this officer is {', '.join(leaf.roles)}, and may not release")
    for earlier in draft.fields:
        if earlier.path.startswith("release."):
            value = earlier.json
            signed = unb64(str(value["person"])) if isinstance(value, dict) else b""
            if signed == leaf.person or officers[signed].spki == leaf.spki:
                raise ReleaseRefused("one person, or one key, cannot release twice")
    confirming.refuse_same_officer(station, draft.fields, person)
    return leaf


def desk_of(station: Station, draft: Draft) -> Desk:
    """The desk of the card that a draft names; without one nobody can release."""
    desk = station.cards(station.party)[draft.card_size - 1].desk
    if desk is None:
        raise ReleaseRefused("the card names no desk, so no officer can release")
    return desk


def not_on_card(station: Station, draft: Draft, person: bytes) -> str:
    """Why an officer does not count: entered after the card that the draft names, or never."""
    newest = station.officers(len(station.cards(station.party)))
    if any(leaf.person == person for leaf in newest):
        return "this officer was entered after the message was drafted: draft it anew"
    return "this officer is not on the card of this party"


def refuse_expired(station: Station, draft: Draft) -> None:
    """What its officers released until a certain time is not said after it."""
    if draft.expires_s and draft.expires_s < station.line_now(draft.line_id):
        raise DraftExpired(f"draft {draft.id.hex()[:12]} expired at {utc(draft.expires_s)}")


def shown_officer(officers: Iterable[OfficerLeaf], leaf: OfficerLeaf) -> ShownOfficer:
    """An officer with the proof that the card's tree holds exactly this leaf."""
    index, proof = officer_proof(officers, leaf.person)
    return ShownOfficer(index, leaf, proof)


def keep(station: Station, draft: Draft) -> None:
    """Store a draft that waits for an officer."""
    station.views.put(DRAFTS, draft.id.hex(), draft.encode())
    station.changes += 1


def kept(station: Station, draft_id: str) -> Draft:
    """A stored draft by its id or a unique prefix of at least six characters."""
    data = station.views.get(DRAFTS, draft_id)
    if data is None and len(draft_id) >= 6:
        found = station.views.scan(DRAFTS, draft_id)
        data = found[0][1] if len(found) == 1 else None
    if data is None:
        raise NoSuchDraft(f"no draft {draft_id[:40]}")
    return decode_draft(data)


def drop(station: Station, draft: Draft) -> None:
    """Forget a draft that was released or thrown away."""
    station.views.delete(DRAFTS, draft.id.hex())
    station.changes += 1


def describe(station: Station, draft: Draft) -> dict[str, Value]:
    """What an officer needs to see and sign: statement, challenge and comparison digits.

    `digits` are the same for all officers of the draft; `signature_digits` are this signature's.
    """
    statement = draft.statement()
    challenge = hashlib.sha256(statement).digest()
    desk = station.cards(station.party)[draft.card_size - 1].desk
    fields: list[Value] = [[b64(f.salt), f.path, f.value.decode()] for f in draft.fields]
    return {
        "draft": draft.id.hex(),
        "line": draft.line_id.hex(),
        "kind": draft.kind,
        "card_size": draft.card_size,
        "k": len(draft.fields),
        "statement": statement.decode(),
        "challenge": b64(challenge),
        "digits": comparison40(hashlib.sha256(draft.common_statement()).digest()),
        "signature_digits": comparison40(challenge),
        "rp_id": desk.rp_id if desk else "",
        "officers_needed": draft.officers,
        "releases": draft.releases,
        "released": draft.is_released,
        "fields": fields,
        "withheld": draft.withheld_list(),
    }
