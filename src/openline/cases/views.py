"""A case as plain JSON: what a desk or a terminal shows, silence and irregularities included.

Shapes   case_view(case, receipts, now_s, numbered) -> a dict of str, int, bool, list and dict; an
         absent thing is an empty value, never a missing key
Units    times are UTC text
Raises   nothing
Source   docs/cases.md, "Views"
Never    renders a code in a language, and never shows a revealed value as told before
"""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Final

from openline.cases import moves, rules, shown
from openline.cases.asked import asked
from openline.cases.case import Answer, Case, Irregularity, Matter, Revealed, Side, Version
from openline.cases.composed import AGREED, Composed, composed, positions
from openline.cases.entry import Entry, Ref
from openline.cases.guaranteed import ending, guarantee_view
from openline.cases.ladder import Numbered, Row, answer_class, head, of_matter
from openline.cases.motion import gauge, motion
from openline.cases.receipts import Receipts, Rows
from openline.formats.openjson import Value

# What a party can have said of an item of a checklist; the other words say that it said nothing.
_SAID = ("accepted", "rejected", "under-study")
_NOBODY: Final[Mapping[tuple[Ref, str], int]] = {}


def case_view(
    case: Case,
    receipts: Rows | Receipts,
    now_s: int,
    numbered: Numbered,
    late: Collection[tuple[Ref, str]] = (),
    quiet: Mapping[tuple[Ref, str], int] = _NOBODY,
) -> Row:
    """Everything about one case; `late` says who let a time pass for which message, `quiet` since
    when who has said nothing where none was agreed."""
    indexed = Receipts.of(receipts)
    main = case.main
    return {
        **opening(case, main, numbered),
        "family": main.family,
        "format": main.first.format,
        "class": main.answer,
        "open": case.is_open,
        "subject": subject(main),
        "topic": told(main, "topic") or "",
        "entries": len(case.entries),
        "parties": sorted({entry.party for entry in case.entries}),
        "matters": [
            _matter(case, matter, indexed, now_s, numbered, late, quiet) for matter in case.matters
        ],
        "irregularities": [irregularity(odd, case, numbered) for odd in case.irregularities],
    }


def opening(case: Case, matter: Matter, numbered: Numbered) -> Row:
    """What every row says of a matter: its case, its first entry, its author, its state."""
    return {
        "case": ref(case.id),
        **head(matter.first, numbered),
        "party": matter.author,
        "state": matter.state,
        "outcome": matter.outcome,
    }


def _matter(
    case: Case,
    matter: Matter,
    receipts: Receipts,
    now_s: int,
    numbered: Numbered,
    late: Collection[tuple[Ref, str]],
    quiet: Mapping[tuple[Ref, str], int],
) -> Row:
    record = composed(case, matter)
    return {
        **head(matter.first, numbered),
        "family": matter.family,
        "format": matter.first.format,
        "class": matter.answer,
        "party": matter.author,
        "state": matter.state,
        "outcome": matter.outcome,
        "open": matter.is_open,
        "of": [] if matter.of is None else ref(matter.of),
        "subject": subject(matter),
        "phase": phase(matter, now_s),
        "guarantee": guarantee_view(case, matter, now_s, numbered),
        "versions": [_version(matter, version, numbered) for version in matter.versions],
        "addressees": list(matter.current.addressees),
        "reception": [
            {
                **row,
                "items": _said_of_items(record, row),
                "late": (Ref(*row["ref"]), row["party"]) in late,
                "silent_since": shown.spelled(quiet.get((Ref(*row["ref"]), row["party"]))),
                "awaited": not {case.main.state, matter.state} & moves.OVER,
            }
            for row in of_matter(case, matter, receipts, numbered)
        ],
        "answers": [answer_row(case, matter, each, numbered) for each in matter.answers],
        "closings": closings(matter, numbered),
        "sides": [side(each, numbered) for each in matter.sides],
        "positions": [_position(*each, numbered) for each in positions(case, matter)],
        **_parts(case, matter, record),
    }


def _said_of_items(record: Composed | None, row: Row) -> dict[str, int]:
    """How many items of the version that counts a party accepts, rejects and studies."""
    if record is None or not (row["version"] and row["current"]):
        return {}
    words = (dict(item.parties).get(row["party"]) for item in record.items)
    return dict(Counter(word for word in words if word in _SAID))


def _position(position: Matter, version: int, numbered: Numbered) -> Row:
    """What a party said of items of a checklist, and why."""
    entry = position.current.entry
    return {
        "party": position.author,
        "class": entry.answer,
        "format": entry.format,
        "items": list(shown.strings(entry.fields, "items")),
        "text": shown.texts(entry.fields, "text"),
        "version": version,
        **head(entry, numbered),
    }


def _parts(case: Case, matter: Matter, record: Composed | None) -> Row:
    """What only some matters have: a question's stage, a motion, a gauge, the parts of a record."""
    questioned = asked(case, matter)
    if questioned:
        return {"asked": dict(questioned)}
    moving = motion(case, matter)
    if moving is not None:
        late = [ref(each) for each in moving.out_of_order]
        said = dict(moving.outcomes)
        return {"motion": moving.state, "out_of_order": late, "outcomes": said}
    measured = gauge(matter)
    if measured:
        return {"gauge": [[c, n, most, n >= most] for c, n, most in measured]}
    if record is None:
        return {}
    parts = [
        {"path": part.path, "state": part.state, "parties": dict(part.parties)}
        for part in record.parts
    ]
    counts = [sum(item.state in AGREED for item in record.items), len(record.items)]
    return {"composed": record.state, "parts": parts, "agreed": counts}


def _version(matter: Matter, version: Version, numbered: Numbered) -> Row:
    entry, later = version.entry, matter.replacing(version)
    hidden = {"hidden": dict(sorted(entry.hidden.items()))} if entry.hidden else {}
    return {
        "version": version.number,
        **head(entry, numbered),
        "class": entry.answer,
        "relation": version.relation,
        "replaced_by": "" if later is None else numbered(later.entry),
        "fields": dict(sorted(entry.fields.items())),
        "withheld": shown.withheld_count(entry),
        "revealed": [_revealed(e, numbered) for e in matter.revealed if e.of == entry.ref],
        **hidden,
    }


def _revealed(revealed: Revealed, numbered: Numbered) -> Row:
    return {"path": revealed.path, "value": revealed.value, **head(revealed.by, numbered)}


def answer_row(case: Case, matter: Matter, answer: Answer, numbered: Numbered) -> Row:
    """One answer with what it says; which version it answers is never left open."""
    said = case.matter(answer.ref)
    entry = said.current.entry if said else matter.first
    fields = entry.fields
    end = ending(said) if said else None
    return {
        "party": answer.party,
        "class": answer_class(entry),
        "format": entry.format,
        **head(entry, numbered),
        "version": answer.version,
        "of_versions": len(matter.versions),
        "stale": 0 < answer.version < len(matter.versions),
        "current": answer.current,
        "state": said.state if said else "",
        "outcome": said.outcome if said else "",
        "ended": "" if end is None else shown.spelled(end.time_s),
        "reason": [] if end is None else shown.texts(end.fields, "reason"),
        "text": shown.texts(fields, "text"),
        "conditions": shown.texts(fields, "conditions"),
        "alternative": shown.texts(fields, "alternative"),
        "scope": shown.texts(fields, "scope"),
        "from": shown.string(fields, "from"),
        "until": shown.string(fields, "until"),
        "authority": shown.string(fields, "authority"),
    }


def closings(matter: Matter, numbered: Numbered) -> list[Row]:
    """Every act that closed a matter or a side of it, with what was observed."""
    acts = list(matter.closings())
    acts += [
        act
        for each in matter.sides
        for act in each.acts
        if act.word != moves.CLOSES and act.entry.answer == "close"
    ]
    entries = [act.entry for act in acts]
    if matter.state == moves.CLOSED and not acts:  # a warning closed by its own class
        entries.append(matter.current.entry)
    return [
        {
            "party": entry.party,
            "class": entry.answer,
            "format": entry.format,
            "observed": shown.texts(entry.fields, "observed"),
            "reason": shown.texts(entry.fields, "reason"),
            **head(entry, numbered),
        }
        for entry in entries
    ]


def side(each: Side, numbered: Numbered) -> Row:
    """One party's side of a matter, act by act, with its account."""
    acts = [
        {
            "class": act.entry.answer,
            "text": shown.texts(act.entry.fields, "account")
            or shown.texts(act.entry.fields, "text"),
            **head(act.entry, numbered),
        }
        for act in each.acts
    ]
    return {"party": each.party, "state": each.state, "acts": acts}


def irregularity(odd: Irregularity, case: Case | None, numbered: Numbered) -> Row:
    """What breaks a rule, in words; the entry stays where it is."""
    entry = _entry(case, odd.ref)
    return {
        "ref": ref(odd.ref),
        "number": numbered(entry) if entry else "",
        "party": odd.party,
        "code": odd.code,
        "sentence": rules.sentence(odd.code),
        "effect": odd.effect,
        "case": ref(case.id) if case else [],
        "about": ref(odd.about) if odd.about else [],
    }


def _entry(case: Case | None, named: Ref) -> Entry | None:
    entries = case.entries if case else ()
    return next((entry for entry in entries if entry.ref == named), None)


def ref(named: Ref) -> list[Any]:
    """A reference as content fields spell it."""
    return [named.origin, named.index]


def told(matter: Matter, path: str) -> Value | None:
    """What the latest version that has this item tells; later versions may leave it out."""
    for version in reversed(matter.versions):
        if path in version.entry.fields:
            return version.entry.fields[path]
    return None


def subject(matter: Matter) -> Value:
    """What a list shows of a matter: its subject, the name it gives a thing, or its text."""
    names = (shown.titled(told(matter, path)) for path in shown.SUBJECTS)
    return next((name for name in names if name), "")


def phase(matter: Matter, now_s: int) -> str:
    """Where now lies against the window of the current version, "" where there is none."""
    fields = matter.current.entry.fields
    start, end = (shown.time_s(fields, path) for path in ("from", "until"))
    if start is None and end is None:
        return ""
    if start is not None and now_s < start:
        return "before"
    if end is None:
        return "open-ended"
    return "running" if now_s < end else "over"
