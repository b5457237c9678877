"""What to know before anybody signs: rules it would break, earlier words, others on the line.

Shapes   cautions_of(...) -> Caution for the message alone; beside(...) -> for it among others
Units    none
Raises   nothing beyond the store's errors
Source   docs/cases.md, "Before release"; docs/formats.md, "Rules"
Never    refuses: a caution that blocks says so, and the person who drafts decides
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from openline.cases import shown
from openline.cases.ahead import Caution, ahead, of_line, short_lead
from openline.cases.claims import ANSWER, STEMS, claims
from openline.cases.denial import Denial
from openline.cases.entry import Ref
from openline.cases.meeting import Meeting
from openline.cases.moves import OVER
from openline.deconflict.admin import misplaced
from openline.deconflict.crossing import Near
from openline.deconflict.form_rules import remarks
from openline.deconflict.line_rules import LINE_RULES, Held, met
from openline.exchange.folding import reading
from openline.exchange.folding.nearby import Stood, nearby
from openline.exchange.station import Station
from openline.formats.denials import load_denials
from openline.formats.form import name_of
from openline.formats.openjson import Value
from openline.formats.terms import Terms

NEAR_MAX: Final = 20
NAMED_MAX: Final = 10


def cautions_of(
    station: Station,
    line_id: bytes,
    format_id: str,
    answer: str,
    fields: dict[str, Value],
    refs: list[Ref],
) -> tuple[Caution, ...]:
    """What to know before anybody signs: what it would meet on the line, and a short lead time."""
    form, timers = station.packs.format(format_id), dict(station.charter(line_id).timers)
    met = ahead(reading.state(station, line_id), station.party, format_id, answer, fields, refs)
    late = short_lead(form, fields, timers, station.line_now(line_id)) if form else ()
    odd = remarks(form, fields) if form else ()
    fits = (Caution(each.path, each.code, each.sentence, each.stops) for each in odd)
    is_answer = name_of(format_id) == ANSWER
    terms = station.packs.terms
    told = claims(format_id, answer, fields, stems(terms), denials()) if is_answer else ()
    return (*met, *late, *fits, *told, *of_place(station, line_id, format_id, fields, refs))


def of_place(
    station: Station,
    line_id: bytes,
    format_id: str,
    fields: Mapping[str, Value],
    refs: Sequence[Ref],
) -> tuple[Caution, ...]:
    """Where it is: outside the area that it says, near to others, or not checked for that. To the
    sender before release and to whoever reads it afterwards, each by what their own node holds."""
    found = nearby(station, line_id, format_id, fields, refs)
    state = reading.state(station, line_id)

    def label(stood: Stood) -> str:
        return f"{stood.entry.party}:{state.number(stood.entry)}"

    def meeting(stood: Stood, pair: Near) -> Meeting:
        form = station.packs.format(stood.entry.format)
        term = form.term if form is not None else ""
        at = (pair.distance_m, pair.start_s, pair.end_s)
        return Meeting(stood.entry, label(stood), term, *at)

    outside = misplaced(station.admin_areas, fields)
    near = [
        Caution(
            pair.path,
            "crossing.near",
            f"{label(other)} ({other.entry.format}) is {pair.distance_m} m away, both from"
            f" {shown.spelled(pair.start_s)} to {shown.spelled(pair.end_s) or 'an open end'}.",
            False,
            (other.entry.ref,),
            meeting(other, pair),
        )
        for other, pair in found.near[:NEAR_MAX]
    ]
    if len(found.near) > NEAR_MAX:
        words = f"More messages are near: {len(found.near) - NEAR_MAX}."
        near.append(Caution("", "crossing.near", words, False))
    if found.unchecked:
        named = ", ".join(label(each) for each in found.unchecked[:NAMED_MAX])
        more = " ..." if len(found.unchecked) > NAMED_MAX else ""
        words = f"messages: {len(found.unchecked)} ({named}{more}), because {found.why}."
        about = tuple(each.entry.ref for each in found.unchecked[:NAMED_MAX])
        near.append(
            Caution("", "crossing.not-checked", f"NOT CHECKED against {words}", False, about)
        )
    fits = (Caution(each.path, each.code, each.sentence, False) for each in outside)
    return (*fits, *near)


def stems(terms: Terms) -> dict[str, list[str]]:
    """Beginnings of words that promise, of every language of the dictionary."""
    return {
        name: [
            stem for lang in sorted(terms.languages) for stem in listed(terms, f"stem.{name}", lang)
        ]
        for name in STEMS
    }


@cache
def denials() -> tuple[Denial, ...]:
    """The sentences that deny, of every language."""
    return tuple(map(Denial.of, load_denials().values()))


def listed(terms: Terms, term: str, lang: str) -> list[str]:
    """Words of which a term holds several, with commas between."""
    return [each.strip() for each in terms.label(term, lang).text.split(",")]


def beside(
    station: Station, line_id: bytes, format_id: str, fields: dict[str, Value], refs: list[Ref]
) -> tuple[Caution, ...]:
    """What the message would be beside what stands on the line, its own past left out; and what
    the other members say of the line itself."""
    return (
        *of_line(reading.state(station, line_id), station.party, format_id),
        *_beside(station, line_id, format_id, fields, refs),
    )


def _beside(
    station: Station, line_id: bytes, format_id: str, fields: dict[str, Value], refs: list[Ref]
) -> tuple[Caution, ...]:
    form = station.packs.format(format_id)
    if form is None or not any(rule.kind in LINE_RULES for rule in form.rules):
        return ()
    held = [
        Held(*matter.ref, matter.current.entry.format, matter.current.entry.fields)
        for case in reading.state(station, line_id).cases
        for matter in case.matters
        if matter.versions and matter.state not in OVER
        if not any(matter.version_of(each) for each in refs)
    ]
    return tuple(
        Caution(each.path, each.code, each.sentence, False, (Ref(*each.about),))
        for each in met(form, fields, held)
    )
