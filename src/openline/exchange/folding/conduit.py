"""The conduit: passing notices on for others, each recipient only with the originator's consent.

Shapes   consents(station) -> Consents of every line; lack(...) -> why a message may not be passed
         on, or None; resting_on(station, hash) -> what was passed on under a consent
Units    times are unix seconds UTC; a consent is named by the leaf hash of its entry
Raises   nothing
Source   docs/PROTOCOL.md part 11, "Conduit"
Never    names the originator's line to a recipient: the hash says which consent it was, and only
         who holds that entry can show it
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from openline.cases import shown
from openline.cases.case import Case
from openline.cases.entry import Ref
from openline.exchange.folding import reading
from openline.exchange.folding.in_force import version_hash
from openline.exchange.station import Station
from openline.formats.openjson import Value
from openline.formats.spell import b64

CONSENT: Final = "humanitarian/consent"


@dataclass(frozen=True, slots=True)
class Consent:
    """What an originator agreed to, in its latest version."""

    line_id: bytes
    ref: Ref
    hash: str
    originator: str
    recipients: tuple[str, ...]
    state: str
    is_open: bool
    from_s: int | None
    until_s: int | None

    def runs_at(self, now_s: int) -> bool:
        """Whether it stands at a time: given, begun, neither ended nor run out."""
        begun = self.from_s is not None and self.from_s <= now_s
        return self.is_open and begun and (self.until_s is None or now_s < self.until_s)


@dataclass(frozen=True, slots=True)
class Passed:
    """One of our notices that was passed on under a consent."""

    line_id: bytes
    ref: Ref
    state: str
    is_open: bool


def hash_of(station: Station, place: Ref) -> str:
    """How a consent is named: by the leaf hash of its first entry, in base64."""
    return b64(version_hash(station, place))


def cases_of(station: Station) -> Iterator[tuple[bytes, Case]]:
    """Every case of every line of this node."""
    for row in station.lines():
        for case in reading.state(station, row.line_id).cases:
            yield row.line_id, case


def consents(station: Station) -> tuple[Consent, ...]:
    """Every consent that another party has given to this one."""
    return tuple(
        consent_of(station, line_id, case)
        for line_id, case in cases_of(station)
        if case.main.name == CONSENT and case.main.author != station.party
    )


def consent_of(station: Station, line_id: bytes, case: Case) -> Consent:
    """A consent as its latest version says it."""
    main = case.main
    fields = main.current.entry.fields
    return Consent(
        line_id,
        case.id,
        hash_of(station, case.id),
        main.author,
        shown.strings(fields, "recipients"),
        main.state,
        case.is_open,
        shown.time_s(fields, "from"),
        shown.time_s(fields, "until"),
    )


def lack(station: Station, line_id: bytes, fields: Mapping[str, Value]) -> str | None:
    """Why a message that names an originator may not be said on this line; None if it may.

    Asked before anybody signs it. Whoever speaks for itself names no originator.
    """
    originator = shown.string(fields, "originator")
    if not originator or originator == station.party:
        return None
    named = shown.string(fields, "consent")
    if not named:
        return f"It is passed on for {originator} and names no consent."
    found = [each for each in consents(station) if each.hash == named]
    if not found:
        return "The consent that it names is not held here."
    consent = found[0]
    if consent.originator != originator:
        return f"The consent that it names was given by {consent.originator}."
    if not consent.runs_at(station.line_now(line_id)):
        return f"The consent of {originator} does not stand now: it is {consent.state}."
    others = [p for p in station.others(line_id) if p not in consent.recipients]
    if others:
        return f"{originator} did not consent to telling {', '.join(others)}."
    return None


def resting_on(station: Station, consent: str) -> tuple[Passed, ...]:
    """Our own notices that name a consent, on whatever line."""
    return tuple(
        Passed(line_id, case.id, case.main.state, case.is_open)
        for line_id, case in cases_of(station)
        if case.main.author == station.party
        and any(v.entry.fields.get("consent") == consent for v in case.main.versions)
    )


def register(station: Station) -> list[dict[str, Value]]:
    """Every consent with what was passed on under it; what must end stands in `to_close`."""
    return [row_of(station, each) for each in consents(station)]


def row_of(station: Station, consent: Consent) -> dict[str, Value]:
    """One consent as the surface shows it."""
    passed = resting_on(station, consent.hash)
    stands = consent.runs_at(station.line_now(consent.line_id))
    still = [each for each in passed if each.is_open]
    to_close: list[Value] = []
    to_close.extend([list(each.ref) for each in still if not stands])
    return {
        "line": consent.line_id.hex(),
        "ref": list(consent.ref),
        "consent": consent.hash,
        "originator": consent.originator,
        "recipients": list(consent.recipients),
        "state": consent.state,
        "stands": stands,
        "until": shown.spelled(consent.until_s),
        "passed_on": len(passed),
        "still_open": len(still),
        "to_close": to_close,
    }
