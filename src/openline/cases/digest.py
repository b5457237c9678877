"""What a party understands a line to say, as one hash: two honest nodes with equal entries agree.

Shapes   digest(state, between) -> 32 bytes: SHA-256 of the Openline JSON of the array of all open
         cases, by id; case_bytes(case) -> the Openline JSON of one of them
Units    none
Raises   nothing
Source   PROTOCOL part 7 ("fold"); docs/cases.md, "The digest"
Never    reads `hidden`, a receipt, the time, or an entry that some member says it cannot read
"""

import hashlib
import math
from bisect import bisect_right
from collections.abc import Collection, Iterator
from typing import Final

from openline.cases import readback, rules, shown
from openline.cases.case import Act, Case, Matter
from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState
from openline.cases.telling import fold_case
from openline.formats import openjson
from openline.formats.form import name_of
from openline.formats.openjson import Value
from openline.formats.spell import b64

# Stated in hellos: digests are compared only between equal versions of this fold.
FOLD_VERSION: Final = 1
_NO_LIMIT: Final = 2**53


def digest(state: LineState, between: Collection[str] = ()) -> bytes:
    """The digest of all open cases, from what two parties were shown and can both read.

    `between` names the two; without it every member's word counts. Between two a third member's
    does not: one of them may be unable to read the entry that says it, and they would differ.
    """
    pair = tuple(sorted(between))
    known = state.digested.value
    if known is None:
        known = state.digested.value = {}
    if pair not in known:
        hashed = hashlib.sha256(b"[")
        for i, case in enumerate(sorted(_common(state, pair), key=lambda case: case.id)):
            hashed.update(b"," + case_bytes(case) if i else case_bytes(case))
        hashed.update(b"]")
        known[pair] = hashed.digest()
    return known[pair]


def is_comparable(state: LineState, between: Collection[str] = ()) -> bool:
    """Whether a difference to a peer's digest means a difference in understanding.

    Not while an entry is still to be opened here, or is missing and no log says so yet.
    """
    unread = [ref for ref, kept in state.unread.items() if kept != "erased"]
    return not unread or masked(state, between).issuperset(unread)


def _common(state: LineState, between: Collection[str]) -> Iterator[Case]:
    """The open cases as they are without what one of the two cannot read, replies to it included.

    Whoever lacks an entry does not know which case it belongs to, so both sides leave out the
    entry, not the case: else the side that can read it would leave out more.
    """
    lost = masked(state, between)
    touched = {state.owners[ref] for ref in lost if ref in state.owners}
    for case in state.cases:
        if case.id not in touched:
            if case.is_open:
                yield case
            continue
        readable = list(_readable(case, lost))
        if readable:
            remaining = fold_case(readable, state.forms, state.members)
            if remaining.is_open:
                yield remaining


def masked(state: LineState, between: Collection[str] = ()) -> frozenset[Ref]:
    """Held entries that one of these members' own logs says it cannot read; of all by default."""
    spans = _spans(state, between)
    width = sum(stop - start for each in spans.values() for start, stop in each)
    if width <= len(state.entries):
        named = (
            Ref(origin, at)
            for origin, each in spans.items()
            for start, stop in each
            for at in range(start, stop)
        )
        return frozenset(ref for ref in named if ref in state.entries)
    return frozenset(ref for ref in state.entries if _is_inside(spans.get(ref.origin, []), ref))


def _spans(state: LineState, between: Collection[str]) -> dict[str, list[tuple[int, int]]]:
    """Per log the ranges that are missing somewhere, in order and without overlap.

    A withheld value that its sender lost takes nothing away from what all were shown.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    for missing in state.missing:  # sorted by log and start
        spans = found.setdefault(missing.origin, [])
        if missing.kind == "withheld" or missing.stop <= missing.start:
            continue
        if between and missing.by not in between:
            continue
        if spans and missing.start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], missing.stop))
        else:
            spans.append((missing.start, missing.stop))
    return found


def _is_inside(spans: list[tuple[int, int]], ref: Ref) -> bool:
    at = bisect_right(spans, (ref.index, math.inf)) - 1
    return at >= 0 and ref.index < spans[at][1]


def _readable(case: Case, lost: frozenset[Ref]) -> Iterator[Entry]:
    """The entries that still lead to the first one when the lost ones are taken out."""
    naming: dict[Ref | None, list[Entry]] = {}
    for entry in case.entries:
        naming.setdefault(rules.parent_of(entry), []).append(entry)
    reached = [entry for entry in naming.get(None, []) if entry.ref not in lost]
    for entry in reached:  # grows while it is read
        yield entry
        reached.extend(each for each in naming.get(entry.ref, []) if each.ref not in lost)


def case_bytes(case: Case) -> bytes:
    """One case in Openline JSON: its states, its versions, who did what, what is irregular."""
    if case.memo.value is None:
        value: Value = {
            "case": _ref(case.id),
            "irregular": [[*_ref(odd.ref), odd.code, odd.effect] for odd in case.irregularities],
            "matters": [_matter(matter) for matter in case.matters],
        }
        case.memo.value = openjson.encode(value, values_max=_NO_LIMIT)
    return case.memo.value


def _matter(matter: Matter) -> Value:
    return {
        "acts": [_act(matter, act) for act in matter.acts],
        "answers": [
            [answer.party, *_ref(answer.ref), answer.version, answer.current]
            for answer in matter.answers
        ],
        "format": matter.first.format,
        "of": [] if matter.of is None else _ref(matter.of),
        "outcome": matter.outcome,
        "revealed": [[*_ref(each.of), each.path, *_ref(each.by.ref)] for each in matter.revealed],
        "sides": [[side.party, side.state] for side in matter.sides],
        "stage": matter.stage,
        "state": matter.state,
        "versions": [
            [
                *_ref(version.entry.ref),
                version.entry.answer,
                version.relation,
                [*version.addressees],
                shown.withheld_count(version.entry),
                _told(version.entry),
            ]
            for version in matter.versions
        ],
    }


def _act(matter: Matter, act: Act) -> Value:
    """An act with what it shows; a readback with what the comparison gave."""
    result = ""
    if name_of(act.entry.format) == "core/readback" and act.version:
        told = matter.versions[act.version - 1].entry
        result = readback.compared(told, act.entry).result
    party, answer = act.entry.party, act.entry.answer
    named = [*_ref(act.names), act.version]
    return [*_ref(act.entry.ref), party, act.word, answer, *named, result, _told(act.entry)]


def _told(entry: Entry) -> str:
    """A hash of the fields that every member was shown, path by path."""
    hashed = hashlib.sha256()
    for path, value in sorted(entry.fields.items()):
        hashed.update(path.encode() + b"\0" + openjson.encode(value, values_max=_NO_LIMIT) + b"\n")
    return b64(hashed.digest())


def _ref(ref: Ref) -> list[Value]:
    return [ref.origin, ref.index]
