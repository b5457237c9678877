"""Before it is released: what would break a rule, and which earlier position it contradicts.

Shapes   ahead(state, party, format, class, fields, refs) -> cautions; short_lead(...) -> the same
Units    times are unix seconds UTC; lead times are told in hours, rounded up
Raises   nothing
Source   docs/cases.md, "Before release"
Never    changes a state: the draft is folded into a copy that is thrown away
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openline.cases import composed, rules, shown
from openline.cases.agreed import Local
from openline.cases.calendar import UnknownZone
from openline.cases.case import REPLACING, Case, Irregularity
from openline.cases.due import lead_of, short_lead_s
from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState
from openline.cases.guaranteed import is_asked, is_mistakable
from openline.cases.meeting import Meeting
from openline.cases.moves import CANCELLED, CLOSED, SIDED
from openline.cases.obligations import LINE_STATUS
from openline.cases.registers import statements
from openline.cases.registers.given import Given
from openline.cases.registers.line import limits
from openline.cases.roster import ROSTER
from openline.formats.form import Format, Timer, name_of
from openline.formats.openjson import Value

_HOUR_S: Final = 3_600
ENDED: Final = (CANCELLED, CLOSED)
SILENCE: Final = "humanitarian/silence"


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing to know before release; `blocks` where the message would have no effect. `meeting`
    where it is about one message that comes near."""

    path: str
    code: str
    sentence: str
    blocks: bool
    about: tuple[Ref, ...] = ()
    meeting: Meeting | None = None

    def row(self) -> dict[str, Any]:
        """The same for lists and JSON."""
        told: dict[str, Any] = {
            "path": self.path,
            "code": self.code,
            "sentence": self.sentence,
            "about": [list(ref) for ref in self.about],
        }
        return {**told, "meeting": self.meeting.row()} if self.meeting is not None else told


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
            over = _is_over(case, odd)
            code, words = over if over else (odd.code, rules.sentence(odd.code))
            found.append(Caution("", code, words, not odd.effect, about))
    of_case = (
        (_stale, _overtaken, _no_guarantee, _unknown_items, _unknown_lines, _silence)
        if case
        else ()
    )
    met = [caution for look in of_case for caution in look(case, draft)] if case else []
    return (*found, *met, *_unknown_zone(draft), *_contradictions(after, draft))


def _is_over(case: Case | None, odd: Irregularity) -> tuple[str, str] | None:
    """That nothing can follow because the matter is closed or cancelled already, and how."""
    matter = case.matter(odd.about) if case is not None and odd.about is not None else None
    if odd.code != "move.not-permitted" or matter is None or matter.state not in ENDED:
        return None
    how = f", as {matter.outcome}" if matter.outcome not in ("", matter.state) else ""
    return f"move.{matter.state}-already", f"It is {matter.state} already{how}."


def _no_guarantee(case: Case, draft: Entry) -> Iterator[Caution]:
    """That a yes to whoever asked for a guarantee is none."""
    if not is_mistakable(draft.format, draft.answer):
        return
    for matter in case.matters:
        if is_asked(matter) and any(each.ref == draft.ref for each in matter.answers):
            words = (
                f"A guarantee was asked; {draft.answer!r} is none, whatever its text says. Only the"
                " form core/guarantee guarantees: `openline answer ENTRY guarantee`."
            )
            yield Caution("class", "answer.no-guarantee", words, False, (matter.ref,))


def _unknown_items(case: Case, draft: Entry) -> Iterator[Caution]:
    """That a position is taken on items that the record does not have, or accepts one unseen: it
    would be about nothing.

    They are looked for in the version that the position names. What was revealed later does not
    count: which of the two came first nobody could tell. Its author shows it in a new version.
    """
    if name_of(draft.format) != composed.POSITION or not draft.refs:
        return
    for matter in case.matters:
        version = matter.version_of(draft.refs[0])
        if not version:
            continue
        entry, form = matter.versions[version - 1].entry, matter.form
        own = [] if form is None else [item.path for item in form.items]
        known = {path for path in entry.fields if path not in shown.HANDLING}
        if draft.answer != "accept":
            known.update(own)  # that one is empty may be the reason
        heads = {path.partition(".")[0] for path in known}
        listed = [path for path in own if path in heads] or sorted(known)
        for named in shown.strings(draft.fields, "items"):
            if any(composed.is_named(path, (named,)) for path in known):
                continue
            item = form.item(named) if form is not None else None
            if item is not None and item.withheld and shown.withheld_count(entry):
                words = f"{named} is withheld; it cannot be accepted unseen."
                yield Caution("items", "position.withheld-item", words, True, (matter.ref,))
            else:
                words = (
                    f"The message has no item {named[:60]!r}; it has: {', '.join(listed)[:900]}."
                )
                yield Caution("items", "position.unknown-item", words, True, (matter.ref,))


def _unknown_lines(case: Case, draft: Entry) -> Iterator[Caution]:
    """That a reply is to a line that the list of persons does not have: it would be read off the
    wrong row. Where lines of the list are withheld from us, it may be one of those.
    """
    if name_of(draft.format) != composed.LIST_REPLY or not draft.refs:
        return
    for matter in case.matters:
        version = matter.version_of(draft.refs[0])
        if not version:
            continue
        fields = matter.versions[version - 1].entry.fields
        lines = [line for line, _ in composed.rows_of(fields, "person")]
        is_whole = fields.get("count") == len(lines)
        for at, (line, _) in enumerate(composed.rows_of(draft.fields, "reply"), 1):
            if line not in lines:
                words = f"The list has no line {line[:60]!r}; it has: {', '.join(lines)[:900]}."
                path = f"reply.{at}.row"
                yield Caution(path, "position.unknown-line", words, is_whole, (matter.ref,))


def _silence(case: Case, draft: Entry) -> Iterator[Caution]:
    """That fire is said to have stopped where not all agreed to it, or before it was to stop.

    It is told all the same: whoever is under fire wants to hear it, and what it rests on.
    """
    if name_of(draft.format) != SILENCE or draft.answer != "begun" or not draft.refs:
        return
    for matter in case.matters:
        if not matter.version_of(draft.refs[0]):
            continue
        whole = composed.composed(case, matter)
        if whole is not None and whole.state != composed.ACCEPTED:
            words = f"This suspension is NOT AGREED: {whole.accepted} of {len(whole.items)} items."
            yield Caution("refs", "silence.not-agreed", words, False, (matter.ref,))
        from_s = shown.time_s(matter.current.entry.fields, "from")
        at_s = shown.time_s(draft.fields, "at_time")
        if from_s is not None and at_s is not None and at_s < from_s:
            words = f"The suspension begins later, at {shown.spelled(from_s)}."
            yield Caution("at_time", "silence.before-it-begins", words, False, (matter.ref,))


def _stale(case: Case, draft: Entry) -> Iterator[Caution]:
    """That what is answered has been amended meanwhile: the answer would stand to the old text."""
    for matter in case.matters:
        versions = matter.versions
        for each in matter.answers:
            if each.ref == draft.ref and 0 < each.version < len(versions):
                words = f"It answers version {each.version}; version {len(versions)} is held here."
                about = (matter.current.entry.ref,)
                yield Caution("refs", "answer.stale", words, False, about)


def _overtaken(case: Case, draft: Entry) -> Iterator[Caution]:
    """That what is changed was changed meanwhile: the new version would undo what that one says."""
    matter = case.matter(draft.ref)
    last = matter.version_of(draft.ref) if matter is not None and draft.refs else 0
    named = matter.version_of(draft.refs[0]) if matter is not None and last else 0
    if matter is None or not named:
        return
    between = matter.versions[named : last - 1]
    says_so = shown.string(draft.fields, "relation") in REPLACING
    if not says_so and draft.answer != matter.versions[named - 1].entry.answer:
        return  # planned, formal, in effect: a further step of what was said first
    if matter.course in SIDED:  # a further step of a side replaces nothing
        between = tuple(each for each in between if each.relation in REPLACING)
    if between:
        words = f"It changes version {named}; version {between[-1].number} is held here."
        yield Caution("refs", "amendment.stale", words, False, (between[-1].entry.ref,))


def of_line(state: LineState, party: str, format_id: str) -> tuple[Caution, ...]:
    """That another member suspended the line or left it, or has not accepted its charter."""
    if name_of(format_id) == LINE_STATUS:
        return ()
    found = [
        Caution("", "line.limited", f"{row['party']} says of this line: {row['class'].upper()}"
                f" since {row['since']}.", False)
        for row in limits(state) if row["party"] != party
    ]  # fmt: skip
    for other in state.members:
        if other != party and not state.presence(other).opened:
            words = f"{other} has NOT accepted the charter of this line, whatever it receives."
            found.append(Caution("", "line.not-accepted", words, False))
    return tuple(found)


def short_lead(
    form: Format, fields: Mapping[str, Value], timers: Mapping[str, int], now_s: int
) -> tuple[Caution, ...]:
    """That a notice comes later than the charter asks, or when what it tells of is over.

    It is told all the same (DESIGN, 10).
    """
    lead = lead_of(form)
    found = [] if lead is None else list(_over(lead, fields, now_s))
    short_s = short_lead_s(form, fields, timers, now_s)
    if short_s:
        words = f"The charter asks for more notice: this comes {-(-short_s // _HOUR_S)} h late."
        found.append(Caution(lead.item if lead else "", "lead.short", words, False))
    return tuple(found)


def _over(lead: Timer, fields: Mapping[str, Value], now_s: int) -> Iterator[Caution]:
    """That every time of a notice lies in the past: a slip in the year or the month."""
    if fields.get("relation") == "cancels":
        return
    ends = [path for path in fields if path.rpartition(".")[2] == "until"] or [lead.item]
    times = {path: at for path in ends if (at := shown.time_s(fields, path)) is not None}
    if times and max(times.values()) < now_s:
        path = max(times, key=times.__getitem__)
        words = f"All of this lies in the past: it ended {shown.spelled(times[path])}."
        yield Caution(path, "window.past", words, False)


def _unknown_zone(draft: Entry) -> tuple[Caution, ...]:
    """A roster's clock that no database knows: the party's duties would be counted in UTC."""
    zone = shown.string(draft.fields, "local_zone")
    if name_of(draft.format) != ROSTER or not zone or Local(zone).is_known:
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
    if name_of(draft.format) != statements.FACT_POSITION:
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
