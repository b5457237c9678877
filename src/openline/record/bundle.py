"""A bundle: each part checked alone, under one trust, then what the parts say together.

Shapes   judge_bundle(bytes, trust, asked) -> Verdict with one part each
Units    none
Raises   Malformed for the bundle itself; a part that does not hold is refused in its place, so that
         the reader sees which parts do
Source   docs/PROTOCOL.md part 9, "Bundle"
Never    lets a good part vouch for another; never mixes an exercise with the real thing
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from openline.errors import OpenlineError
from openline.formats.card import Card, comparison_digits
from openline.formats.charter import parse_charter
from openline.formats.legible import visible
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.proof import parse_bundle, parse_cards_part, parse_consistency
from openline.formats.spell import b64, time_text
from openline.record.absence import absence_on_line
from openline.record.delivery import graded
from openline.record.entry_proof import PROOF, Judgement, judge_proof
from openline.record.floors import Joined, joined
from openline.record.ranges import RANGE, judge_range
from openline.record.shown_releases import COMPARED
from openline.record.trust import Trust, with_cards, with_charter
from openline.record.verdict import ACTUAL, UNKNOWN, Verdict, count_of, first_of

BUNDLE: Final = "bundle"
CARDS: Final = "cards"
CHARTER: Final = "charter"
CONSISTENCY: Final = "consistency"
# What belongs to no line: it is neither an exercise nor the real thing.
OF_NO_LINE: Final = (CARDS, CONSISTENCY)


def judge_bundle(data: bytes, trust: Trust, asked: str) -> Verdict:
    """Verify a bundle. Its cards and charters join those that the user has beside it."""
    parts = parse_bundle(data).parts
    verdicts: dict[int, Verdict] = {}
    for number, (kind, part) in enumerate(parts):
        if kind not in (CARDS, CHARTER):
            continue
        try:
            take = take_cards if kind == CARDS else take_charter
            trust, verdicts[number] = take(part, trust)
        except OpenlineError as error:
            verdicts[number] = refused(kind, error)
    judgements, faults = judge_parts(parts, trust, asked)
    trust, joints = with_statements(trust, parts, judgements)
    verdicts.update(joints)
    if any(card.ends for cards in trust.cards.values() for card in cards):
        judgements, faults = judge_parts(parts, trust, asked)
    verdicts.update(faults)
    bound = bind(judgements)
    verdicts.update({number: judgement.verdict for number, judgement in bound.items()})
    ordered = [verdicts[number] for number in range(len(parts))]
    return together(ordered, list(bound.values()), trust.allow_exercise, asked)


def judge_parts(
    parts: Sequence[tuple[str, bytes]], trust: Trust, asked: str
) -> tuple[dict[int, Judgement], dict[int, Verdict]]:
    """Every proof and range by its number; those that do not hold as refusals."""
    judgements: dict[int, Judgement] = {}
    faults: dict[int, Verdict] = {}
    for number, (kind, part) in enumerate(parts):
        try:
            if kind == PROOF:
                judgements[number] = judge_proof(part, trust, asked)
            elif kind == RANGE:
                judgements[number] = judge_range(part, trust, asked)
        except OpenlineError as error:
            faults[number] = refused(kind, error)
    return judgements, faults


def with_statements(
    trust: Trust, parts: Sequence[tuple[str, bytes]], judgements: Mapping[int, Judgement]
) -> tuple[Trust, dict[int, Verdict]]:
    """The same trust with what good parts say of receipts and of earlier epochs; every joint."""
    stretches = [each.stretch for each in judgements.values()]
    vouchers = tuple(voucher for each in stretches for voucher in each.vouchers())
    floors = tuple(floor for each in stretches for floor in each.floors())
    heads = [*floors, *(each.judged.head for each in stretches)]
    joints: frozenset[Joined] = frozenset()
    verdicts: dict[int, Verdict] = {}
    for number, (kind, part) in enumerate(parts):
        if kind != CONSISTENCY:
            continue
        try:
            found = parse_consistency(part)
            joints |= joined(found, heads)
        except OpenlineError as error:
            verdicts[number] = refused(kind, error)
        else:
            verdicts[number] = Verdict(
                kind=CONSISTENCY,
                first_line=f"the first {found.old} entries of {found.origin} begin its head at"
                f" {found.size}",
                status=ACTUAL,
                is_shown=True,
                allow_exercise=trust.allow_exercise,
                details=(),
                facts={"origin": found.origin, "old": found.old, "size": found.size},
            )
    return replace(trust, vouchers=vouchers, floors=floors, joints=joints), verdicts


def take_cards(part: bytes, trust: Trust) -> tuple[Trust, Verdict]:
    """Verify a chain of cards and keep it for the other parts."""
    chain = parse_cards_part(part)
    trust = with_cards(trust, chain)
    cards = trust.cards[chain.party]
    digest = trust.card_prints[chain.party]
    is_compared = chain.party in trust.fingerprints
    standing = "is the one given" if is_compared else "was not given: compare it"
    facts: dict[str, Value] = {
        "party": chain.party,
        "cards": len(cards),
        "fingerprint": b64(digest),
        "compared": is_compared,
        "ends": [
            [card.n, end.vkey.name, end.vkey.kind, end.time_s, end.reason]
            for card in cards
            for end in card.ends
        ],
    }
    verdict = Verdict(
        kind=CARDS,
        first_line=f"{count_of(len(cards), 'card')} of {chain.party}; the fingerprint {standing}",
        status=ACTUAL,
        is_shown=True,
        allow_exercise=trust.allow_exercise,
        details=(f"digits of {chain.party}: {comparison_digits(digest)}", *end_lines(cards)),
        facts=facts,
    )
    return trust, verdict


def end_lines(cards: Sequence[Card]) -> list[str]:
    """When keys of the party ended, as its cards say, in the order of the cards."""
    return [
        f"card {card.n}: key {end.vkey.key_id.hex()} of {end.vkey.name}, kind {end.vkey.kind},"
        f" ended {time_text(end.time_s)}, {end.reason}"
        for card in cards
        for end in card.ends
    ]


def take_charter(part: bytes, trust: Trust) -> tuple[Trust, Verdict]:
    """Read a charter and keep it; which entries it governs shows in their `line`."""
    try:
        charter = parse_charter(part.decode("utf-8"))
    except UnicodeDecodeError:
        raise Malformed("charter", "not UTF-8") from None
    members: list[Value] = [member.party for member in charter.members]
    verdict = Verdict(
        kind=CHARTER,
        first_line=f"charter of line {charter.line_id.hex()}: {visible(charter.title)}",
        status=charter.status,
        is_shown=True,
        allow_exercise=trust.allow_exercise,
        details=(),
        facts={"line": charter.line_id.hex(), "members": members},
    )
    return with_charter(trust, charter), verdict


def refused(kind: str, error: OpenlineError) -> Verdict:
    """A part that does not hold."""
    return Verdict(
        kind=kind,
        first_line=f"refused: {visible(str(error))}",
        status=UNKNOWN,
        is_shown=False,
        allow_exercise=False,
        details=(error.remedy,),
        facts={"code": error.code},
    )


def bind(judgements: Mapping[int, Judgement]) -> dict[int, Judgement]:
    """Say of every log whether its epoch is at hand: only that binds it to its line; and of every
    entry how well its delivery is proven."""
    lines = {
        each.stretch.origin: each.stretch.line_id
        for each in judgements.values()
        if each.stretch.epoch is not None
    }
    found = (each.stretch for each in judgements.values())
    elsewhere = {s.origin for s in found if lines.get(s.origin, s.line_id) != s.line_id}
    return {
        number: with_binding(each, lines.get(each.stretch.origin))
        for number, each in graded(judgements, frozenset(elsewhere)).items()
    }


def with_binding(judgement: Judgement, opened_line: bytes | None) -> Judgement:
    """The judgement with a line on whether the log is shown to belong to the line."""
    verdict, is_bound = judgement.verdict, opened_line == judgement.stretch.line_id
    sentence = "that this log belongs to the line says the entry; its epoch is not shown"
    if is_bound:
        sentence = "that this log belongs to the line is shown by its epoch, which gives its name"
    elif opened_line is not None:
        sentence = f"not shown: the log was opened on another line, {opened_line.hex()}"
        verdict = replace(verdict, first_line=sentence, is_shown=False)
    facts: dict[str, Value] = {**verdict.facts, "log_bound_to_line": is_bound}
    details = (*verdict.details, sentence)
    return replace(judgement, verdict=replace(verdict, details=details, facts=facts))


def conditions(parts: Sequence[Verdict]) -> list[str]:
    """What a valid whole rests on that nobody has compared: said beside the word *valid*."""
    open_ = sorted({str(p.facts["party"]) for p in parts if p.kind == CARDS and not is_sure(p)})
    found = [f"the fingerprint of {', '.join(open_)} was not given"] if open_ else []
    if any(p.kind == PROOF and p.facts["releases"] and not is_sure(p) for p in parts):
        found.append("officers unconfirmed")
    return found


def is_sure(part: Verdict) -> bool:
    """Whether the keys behind a part were compared by whoever verifies."""
    if part.kind == CARDS:
        return part.facts["compared"] is True
    return part.facts["officers"] == COMPARED


def together(
    parts: Sequence[Verdict], judgements: Sequence[Judgement], allow_exercise: bool, asked: str
) -> Verdict:
    """The verdict on the whole: as good as its worst part."""
    statuses = {part.status for part in parts if part.kind not in OF_NO_LINE} - {UNKNOWN}
    absences = absence_on_line(judgements, asked)
    worst = first_of([part for part in parts if not part.is_shown])
    number = parts.index(worst) + 1 if worst is not None else 0
    if len(statuses) > 1:
        first_line = f"refused: {' and '.join(sorted(statuses))} in one file"
    elif worst is not None:
        first_line = f"part {number} of {len(parts)} ({worst.kind}): {worst.first_line}"
    else:
        count = count_of(len(parts), "part")
        first_line = "; ".join((f"valid: {count}, each checked alone", *conditions(parts)))
    only_cards = all(part.kind in OF_NO_LINE for part in parts)
    status = ACTUAL if only_cards else UNKNOWN
    if statuses:
        status = min(statuses - {ACTUAL}, default=ACTUAL)
    return Verdict(
        kind=BUNDLE,
        first_line=first_line,
        status=status,
        is_shown=worst is None and len(statuses) <= 1,
        allow_exercise=allow_exercise,
        details=tuple(absence.line for absence in absences),
        facts={"absences": [absence.facts for absence in absences]},
        parts=tuple(parts),
    )
