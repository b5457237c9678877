"""The fold of one case: from the set of its entries to what was told, by whom, in which state.

Shapes   fold_case(entries, forms, members) -> Case; any order and any duplicates of equal
         entries give the equal case, and nothing but its own entries is looked at
Units    none
Raises   nothing: what breaks a rule becomes an Irregularity and hides nothing else
Source   docs/cases.md; the moves are in moves.py, who may do what in rules.py
Never    compares places in two parties' logs: each party's acts are read in its own order only
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from openline.cases import moves, readback, rules, shown
from openline.cases.case import Answer, Case, Irregularity, Matter, Revealed
from openline.cases.entry import Entry, Ref
from openline.cases.moves import AMENDS, CANCELS, CLOSES, WITHOUT_EFFECT
from openline.cases.settling import SAYS, Draft, settled
from openline.formats.form import Format

_OPENS: Final = "opens"


def fold_case(entries: Collection[Entry], forms: rules.Forms, members: tuple[str, ...]) -> Case:
    """The case of these entries: one of them names no other, all others lead to it."""
    return _Telling({entry.ref: entry for entry in entries}, forms, members).case()


class _Telling:
    """One folding of one case; nothing of it is kept but what case() gives."""

    def __init__(
        self, entries: dict[Ref, Entry], forms: rules.Forms, members: tuple[str, ...]
    ) -> None:
        self._entries, self._forms, self._members = entries, forms, members
        self._owner: dict[Ref, Draft] = {}
        self._drafts: list[Draft] = []
        self._odd: list[Irregularity] = []

    def case(self) -> Case:
        for entry in self._from_the_root():
            self._place(entry)
        main, *others = self._drafts
        others.sort(key=lambda draft: shown.written(draft.first))
        matters = self._with_answers([self._settled(draft) for draft in (main, *others)])
        matters = self._with_revealed(matters)
        odd = sorted(set(self._odd), key=lambda each: (each.ref, each.code, each.about or each.ref))
        entries = sorted(self._entries.values(), key=shown.written)
        return Case(tuple(matters), tuple(odd), tuple(entries))

    def _settled(self, draft: Draft) -> Matter:
        matter, odd = settled(draft, self._members)
        self._odd += odd
        return matter

    def _from_the_root(self) -> Iterable[Entry]:
        """Every entry after the one that it names, whatever order they came in."""
        naming: dict[Ref | None, list[Entry]] = {}
        for entry in self._entries.values():
            naming.setdefault(rules.parent_of(entry), []).append(entry)
        reached = naming.get(None, [])
        for entry in reached:  # grows while it is read
            reached.extend(naming.get(entry.ref, []))
        return reached

    # ------------------------------------------------------------------ what each entry is

    def _place(self, entry: Entry) -> None:
        """Give an entry to the matter that it is about, or let it open one."""
        form = self._forms.format(entry.format)
        parent_ref = rules.parent_of(entry)
        parent = None if parent_ref is None else self._entries[parent_ref]
        codes = list(rules.faults(entry, form, parent, self._members))
        for flaw in entry.flaws if entry.effect else ():
            self._remark(entry, flaw)
        for remark in rules.remarks(entry, parent, self._members):
            self._remark(entry, remark, parent_ref)
        if parent is None or parent_ref is None:
            self._open(entry, form, None, codes)
            return
        owner = self._owner[parent_ref]
        if not codes and form is not None:
            codes = self._reply_faults(entry, form, parent)
        word = self._word(entry, form, parent, owner)
        if word == _OPENS:
            self._open(entry, form, parent_ref, codes)
            return
        self._owner[entry.ref] = owner
        if codes:
            self._odd.extend(Irregularity(entry.ref, entry.party, c, parent_ref) for c in codes)
        else:
            owner.acts.append((entry, word))

    def _open(self, entry: Entry, form: Format | None, of: Ref | None, codes: list[str]) -> None:
        self._odd.extend(Irregularity(entry.ref, entry.party, code, of) for code in codes)
        draft = Draft(entry, form, of, bool(codes))
        self._drafts.append(draft)
        self._owner[entry.ref] = draft

    def _reply_faults(self, entry: Entry, form: Format, parent: Entry) -> list[str]:
        """Codes of what is wrong with this entry as a reply to that one."""
        if not rules.is_foreseen(form, entry, parent, self._forms.format(parent.format)):
            return ["reply.not-foreseen"]
        if form.family == "ladder" and entry.party == parent.party:
            return ["ladder.own-message"]
        if rules.is_change(form, entry, parent):
            return ["amendment.other-format"]
        code = rules.answering_fault(form, entry, parent, self._members)
        code = code or rules.position_fault(entry, parent)
        return [code] if code else []

    def _word(self, entry: Entry, form: Format | None, parent: Entry, owner: Draft) -> str:
        """What an entry does to the matter of the entry that it names, or that it opens its own."""
        if form is None:
            return _OPENS
        match form.family:
            case "ladder" | "reveal":
                return form.family
            case "closing":
                return CLOSES
        name = rules.name_of(entry.format)
        if not name == rules.name_of(owner.first.format) == rules.name_of(parent.format):
            return _OPENS
        relation = shown.string(entry.fields, "relation")
        if moves.course_of(entry.format) in moves.SIDED:
            return CANCELS if relation == "cancels" else SAYS
        is_reply = relation in ("replies", "follows", "quotes")
        if entry.format in form.replies and (entry.party != owner.first.party or is_reply):
            return _OPENS
        return CANCELS if relation == "cancels" else AMENDS

    # --------------------------------------------------------------- answers and revelations

    def _with_answers(self, matters: list[Matter]) -> list[Matter]:
        """Each matter with the answers to it; the later one in its own log is the current one."""
        found: dict[Ref, list[tuple[Matter, Ref]]] = {}
        for matter in matters:
            if matter.of is None or matter.state == WITHOUT_EFFECT:
                continue
            if rules.is_answer(matter.form, matter.first, self._entries[matter.of]):
                found.setdefault(self._owner[matter.of].first.ref, []).append((matter, matter.of))
        whole = []
        for matter in matters:
            answers = _answers(matter, found.get(matter.ref, []))
            for later, earlier in _again(found.get(matter.ref, [])):
                self._remark(later, "answer.again", earlier)
            for remark, entry in readback.remarks(matter):
                self._remark(entry, remark, entry.refs[0])
            whole.append(replace(matter, answers=answers) if answers else matter)
        return whole

    def _with_revealed(self, matters: list[Matter]) -> list[Matter]:
        """Withheld fields whose values came later, beside the matter that withheld them."""
        found: dict[Ref, list[Revealed]] = {}
        for matter in matters:
            for act in matter.acts:
                if act.word == "reveal":
                    self._reveal(act.entry, found)
        return [
            replace(matter, revealed=tuple(found[matter.ref])) if matter.ref in found else matter
            for matter in matters
        ]

    def _reveal(self, entry: Entry, found: dict[Ref, list[Revealed]]) -> None:
        for i, opening in enumerate(rules.openings(entry)):
            ref, path = opening.of, opening.path
            target = self._entries.get(ref)
            given = entry.opens[i] if i < len(entry.opens) else b""
            if target is None:
                self._refuse(entry, "reveal.other-case", ref)
            elif target.party != entry.party:
                self._refuse(entry, "reveal.not-author", ref)
            elif opening.at not in target.withheld or path in target.fields:
                self._refuse(entry, "reveal.not-withheld", ref)
            elif not given or given != target.commitment(opening.at):
                self._refuse(entry, "reveal.false", ref)
            else:
                owner = self._owner[ref].first.ref
                found.setdefault(owner, []).append(Revealed(path, opening.value, ref, entry))

    def _refuse(self, entry: Entry, code: str, about: Ref | None) -> None:
        self._odd.append(Irregularity(entry.ref, entry.party, code, about))

    def _remark(self, entry: Entry, code: str, about: Ref | None = None) -> None:
        self._odd.append(Irregularity(entry.ref, entry.party, code, about, effect=True))


def _answers(matter: Matter, found: list[tuple[Matter, Ref]]) -> tuple[Answer, ...]:
    """Answers to a matter, by party and place in the party's log; one per party is current."""
    found.sort(key=lambda pair: shown.written(pair[0].first))
    latest: dict[tuple[str, str], Ref] = {}
    for answer, _ in found:
        if answer.is_open:
            latest[answer.author, _about(answer)] = answer.ref
    return tuple(
        Answer(answer.author, answer.ref, names, matter.version_of(names), is_current)
        for answer, names in found
        for is_current in (latest.get((answer.author, _about(answer))) == answer.ref,)
    )


# Answers that promise another one: what follows them is no second opinion.
_NOT_YET: Final = frozenset({"under-study", "postponed", "cannot-process"})


def _again(found: list[tuple[Matter, Ref]]) -> Iterator[tuple[Entry, Ref]]:
    """Answers by which one party says something else about a version that it answered before.

    Two officers who answer at once do this; a later version of an answer is an amendment instead.
    """
    said: dict[tuple[str, Ref, str, str], Matter] = {}
    for answer, names in sorted(found, key=lambda pair: shown.written(pair[0].first)):
        if not answer.is_open:
            continue
        about = (answer.author, names, answer.name, _about(answer))
        before = said.get(about)
        if before and before.answer != answer.answer and before.answer not in _NOT_YET:
            yield answer.first, before.ref
        said[about] = answer


def _about(answer: Matter) -> str:
    """What part of the message an answer is about: positions on a text are article by article."""
    if answer.name == "agreements/text-position":
        return shown.string(answer.current.entry.fields, "article")
    return ""
