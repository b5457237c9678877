"""Before it is released: what would break a rule, and which earlier position it contradicts.

Shapes   ahead(state, party, format, class, fields, refs) -> cautions; short_lead(...) -> the same
Units    times are unix seconds UTC; lead times are told in hours, rounded up
Raises   nothing
Source   docs/cases.md, "Before release"
Never    changes a state: the draft is folded into a copy that is thrown away
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from openline.cases import rules, shown
from openline.cases.agreed import Local
from openline.cases.calendar import UnknownZone
from openline.cases.case import Case
from openline.cases.due import short_lead_s
from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState
from openline.cases.registers import statements
from openline.cases.registers.given import Given
from openline.cases.roster import ROSTER
from openline.formats.form import Format
from openline.formats.openjson import Value

_HOUR_S: Final = 3_600


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to know before release; `blocks` where the message would have no effect."""

    path: str
    code: str
    sentence: str
    blocks: bool
    about: tuple[Ref, ...] = ()


def ahead(
    state: LineState,
    party: str,
    format_id: str,
    answer: str,
    fields: Mapping[str, Value],
    refs: Sequence[Ref] = (),
) -> tuple[Caution, ...]:
    """What this message would meet on the line as it stands now."""
    draft = _as_next(state, party, format_id, answer, fields, tuple(refs))
    after = state.extended([draft])
    case = after.case(draft.ref)
    found: list[Caution] = []
    if case is None:
        words = "It names an entry that is not held here, so it will wait."
        found.append(Caution("refs", "reference.waits", words, True))
    for odd in case.irregularities if case else ():
        if odd.ref == draft.ref:
            about = (odd.about,) if odd.about else ()
            found.append(Caution("", odd.code, rules.sentence(odd.code), not odd.effect, about))
    stale = _stale(case, draft) if case else ()
    return (*found, *stale, *_unknown_zone(draft), *_contradictions(after, draft))


def _stale(case: Case, draft: Entry) -> Iterator[Caution]:
    """That what is answered has been amended meanwhile: the answer would stand to the old text."""
    for matter in case.matters:
        versions = matter.versions
        for each in matter.answers:
            if each.ref == draft.ref and 0 < each.version < len(versions):
                words = f"It answers version {each.version}; version {len(versions)} is held here."
                about = (matter.current.entry.ref,)
                yield Caution("refs", "answer.stale", words, False, about)


def short_lead(
    form: Format, fields: Mapping[str, Value], timers: Mapping[str, int], now_s: int
) -> tuple[Caution, ...]:
    """That a notice comes later than the charter asks. It is told all the same (DESIGN, 10)."""
    short_s = short_lead_s(form, fields, timers, now_s)
    if not short_s:
        return ()
    words = f"The charter asks for more notice: this comes {-(-short_s // _HOUR_S)} h late."
    lead = form.timer("lead")
    return (Caution(lead.item if lead else "", "lead.short", words, False),)


def _unknown_zone(draft: Entry) -> tuple[Caution, ...]:
    """A roster's clock that no database knows: the party's duties would be counted in UTC."""
    zone = shown.string(draft.fields, "local_zone")
    if rules.name_of(draft.format) != ROSTER or not zone or Local(zone).is_known:
        return ()
    words = f"No time zone is called {zone[:40]!r}: write it as in Europe/Vienna."
    return (Caution("local_zone", UnknownZone.code, words, True),)


def _as_next(
    state: LineState,
    party: str,
    format_id: str,
    answer: str,
    fields: Mapping[str, Value],
    refs: tuple[Ref, ...],
) -> Entry:
    """The draft as the next entry of its party's log."""
    last = state.presence(party).last
    place = Ref(f"{party}/openline/draft", 0) if last is None else last.ref
    ref = Ref(place.origin, place.index + 1)
    counter, nonce = (1, "") if last is None else (last.counter, last.nonce)
    time_s = 0 if last is None else last.time_s
    kind = "message"
    return Entry(ref, party, counter, nonce, time_s, kind, format_id, answer, refs, dict(fields))


def _contradictions(after: LineState, draft: Entry) -> tuple[Caution, ...]:
    """A position that does not go with another of the same party on the same fact."""
    if rules.name_of(draft.format) != statements.FACT_POSITION:
        return ()
    fact = shown.string(draft.fields, "fact")
    own = [draft.ref.origin, draft.ref.index]
    for row in statements.positions(Given(after))["facts"]:
        for position in row["rows"] if row["fact"] == fact else ():
            if position["ref"] == own and position["contradicts"]:
                about = tuple(Ref(origin, index) for origin, index in position["contradicts"])
                words = "It contradicts a position of this party on the same fact; both will stay."
                return (Caution("fact", "position.contradicts", words, False, about),)
    return ()
