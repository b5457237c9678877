"""Who handled a draft at this desk: who drafted, who verified, and what the desk asks of them.

Shapes   Handling and Rules are frozen; refuse() says nothing, or raises
Units    times are unix seconds UTC
Raises   DrafterReleases, NotVerified, CannotVerify
Source   docs/decisions/0041-drafter-verifier-releaser.md
Never    leaves this node: peers are shown releases, not who drafted or verified
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.openjson import Value

TABLE: Final = "handling"
RULES: Final = "desk/rules"
# Forms that the terminal fills with the time at which it drafts.
STAMPED: Final = frozenset({"core/acknowledge@1", "core/call@1", "core/pass-on@1"})
# Of which messages a rule holds: of none, of those that two officers release, of every one.
REACHES: Final = ("none", "two", "every")


class DrafterReleases(OpenlineError):
    """Whoever drafted this message may not release it too."""

    code: ClassVar[str] = "exchange.drafter-releases"
    remedy: ClassVar[str] = "Let another officer with the role releaser sign it."


class NotVerified(OpenlineError):
    """This desk asks for a verifier, and none has checked this draft."""

    code: ClassVar[str] = "exchange.not-verified"
    remedy: ClassVar[str] = "Let an officer with the role verifier check it first."


class CannotVerify(OpenlineError):
    """This person cannot be the one who verifies this draft."""

    code: ClassVar[str] = "exchange.cannot-verify"
    remedy: ClassVar[str] = "Let another officer with the role verifier check it."


class BadRule(OpenlineError):
    """A rule of the desk has no such reach."""

    code: ClassVar[str] = "exchange.bad-rule"
    remedy: ClassVar[str] = "Choose none, two or every."


@dataclass(frozen=True, slots=True)
class Rules:
    """What this desk asks beyond the charters: who drafts does not release; somebody verifies."""

    apart: str = "two"
    verifier: str = "none"


@dataclass(frozen=True, slots=True)
class Handling:
    """Persons by hex id; no drafter means that the draft was made at the terminal."""

    drafter: str = ""
    verified: tuple[tuple[str, int], ...] = ()


def rules(station: Station) -> Rules:
    """The rules of this desk."""
    data = station.store.meta(RULES)
    match openjson.decode(data) if data else {}:
        case {"apart": str(apart), "verifier": str(verifier)}:
            return Rules(apart, verifier)
        case _:
            return Rules()


def are_chosen(station: Station) -> bool:
    """Whether somebody has chosen the rules; else the default holds, and a page says so."""
    return station.store.meta(RULES) is not None


def set_rules(station: Station, wanted: Rules) -> None:
    """Other rules, from the next release on."""
    for reach in (wanted.apart, wanted.verifier):
        if reach not in REACHES:
            raise BadRule(f"{reach[:20]!r} is none of {', '.join(REACHES)}")
    data = openjson.encode({"apart": wanted.apart, "verifier": wanted.verifier})
    with station.store.write() as tx:
        tx.set_meta(RULES, data)
        said = f"drafter apart: {wanted.apart}; verifier: {wanted.verifier}"
        station.tell(tx, "notice", "desk", "desk.rules", said)
    station.changes += 1


def of(station: Station, draft: Draft) -> Handling:
    """Who has handled a draft."""
    data = station.views.get(TABLE, draft.id.hex())
    match openjson.decode(data) if data else {}:
        case {"drafter": str(drafter), "verified": list(verified)}:
            return Handling(drafter, tuple(_check(each) for each in verified))
        case _:
            return Handling()


def _check(value: Value) -> tuple[str, int]:
    match value:
        case [str(person), int(at_s)]:
            return person, at_s
        case _:
            return "", 0


def begin(station: Station, draft: Draft, drafter: str, *, is_look: bool = False) -> None:
    """Remember who drafted; of looks at the terminal that say the same only the last one stays."""
    if drafter:
        _put(station, draft, Handling(drafter))
    elif is_look:
        for _, data in station.views.scan(drafts.DRAFTS):
            other = drafts.decode_draft(data)
            held = of(station, other)
            is_handled = other.releases or held.drafter or held.verified
            if other.id != draft.id and not is_handled and _said(other) == _said(draft):
                drafts.drop(station, other)
                forget(station, other)


def _said(draft: Draft) -> list[object]:
    """What a draft says, without what every draft has anew; of an acknowledgement, a call or a
    passing on not the time either, which is now where nobody gives one."""
    fields = {each.path: each.json for each in draft.fields}
    anew = {"draft", "expires"} | ({"at_time"} if fields.get("format") in STAMPED else set())
    return [draft.line_id, draft.kind, {p: v for p, v in fields.items() if p not in anew}]


def verify(station: Station, draft: Draft, person: str) -> Handling:
    """One officer has checked the draft against what it is to say."""
    held = of(station, draft)
    if person == held.drafter:
        raise CannotVerify("whoever drafted a message does not verify it")
    if any(person == each for each, _ in held.verified):
        raise CannotVerify("this officer has verified it already")
    after = replace(held, verified=(*held.verified, (person, station.clock.now_s())))
    _put(station, draft, after)
    station.changes += 1
    return after


def _put(station: Station, draft: Draft, held: Handling) -> None:
    verified: list[Value] = [[person, at_s] for person, at_s in held.verified]
    data = openjson.encode({"drafter": held.drafter, "verified": verified})
    station.views.put(TABLE, draft.id.hex(), data)


def forget(station: Station, draft: Draft) -> None:
    """The draft was released or thrown away."""
    station.views.delete(TABLE, draft.id.hex())


def lack(station: Station, draft: Draft, person: str) -> OpenlineError | None:
    """What keeps a person from releasing a draft by the rules of this desk; None: nothing."""
    asked, held = rules(station), of(station, draft)
    if is_flash(station, draft):
        return None
    if reaches(asked.apart, draft) and held.drafter and person == held.drafter:
        return DrafterReleases("the person who drafted this message is not the one who releases it")
    if reaches(asked.verifier, draft) and draft.kind == "message" and not held.verified:
        return NotVerified("no verifier has checked this draft")
    return None


def refuse(station: Station, draft: Draft, person: str) -> None:
    """Raise what keeps a person from releasing."""
    found = lack(station, draft, person)
    if found is not None:
        raise found


def reaches(reach: str, draft: Draft) -> bool:
    """Whether a rule holds of a draft."""
    return reach == "every" or (reach == "two" and draft.officers >= 2)


def is_flash(station: Station, draft: Draft) -> bool:
    """A message about safety of life that waits for nobody; a second officer confirms it later."""
    said = {each.path: each.json for each in draft.fields if each.path in ("format", "precedence")}
    form = station.packs.format(str(said.get("format", "")))
    return form is not None and form.safety and said.get("precedence") == drafts.FLASH
