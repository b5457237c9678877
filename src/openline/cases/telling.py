"""The fold of one case: from the set of its entries to what was told, by whom, in which state.

Shapes   fold_case(entries, forms, members) -> Case; any order and any duplicates of equal
         entries give the equal case, and nothing but its own entries is looked at.
         Telling.case(late) -> the case with these entries as well, equal to that of all at once
Units    none
Raises   nothing: what breaks a rule becomes an Irregularity and hides nothing else
Source   docs/cases.md; the moves are in moves.py, who may do what in rules.py
Never    compares places in two parties' logs: each party's acts are read in its own order only
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Final

from openline.cases import moves, readback, rules, shown
from openline.cases.answering import Answers
from openline.cases.case import Case, Irregularity, Matter, Revealed
from openline.cases.entry import Entry, Ref
from openline.cases.moves import AMENDS, CANCELS, CLOSES, WITHOUT_EFFECT
from openline.cases.settling import SAYS, Draft, put_in_order, settle
from openline.formats.form import Format, name_of

_OPENS: Final = "opens"


def fold_case(entries: Collection[Entry], forms: rules.Forms, members: tuple[str, ...]) -> Case:
    """The case of these entries: one of them names no other, all others lead to it."""
    return Telling(forms, members).case({entry.ref: entry for entry in entries}.values())


class Telling:
    """The folding of one case, which can be gone on with: what an entry is, and whose matter it is
    about, follows from the entries that it leads to, so none that comes later changes that.

    Only matters that got an act, and those that they answer, are settled again. It is one value
    that grows: a case given before stays as it was, for it holds none of this.
    """

    def __init__(self, forms: rules.Forms, members: tuple[str, ...]) -> None:
        self.held: frozenset[Ref] = frozenset()
        self._forms, self._members = forms, members
        self._entries: dict[Ref, Entry] = {}
        self._ordered: list[Entry] = []
        self._owner: dict[Ref, Draft] = {}
        self._drafts: list[Draft] = []
        self._reveals: list[tuple[Draft, Entry]] = []
        self._revealed: dict[Draft, list[Revealed]] = {}
        self._lasting: dict[Irregularity, None] = {}
        # Of this one call:
        self._opened: list[Draft] = []
        self._touched: dict[Draft, None] = {}

    def case(self, late: Collection[Entry]) -> Case:
        """The case with these entries as well; each leads to one that is here or among them."""
        self._entries.update((entry.ref, entry) for entry in late)
        self._opened, self._touched = [], {}
        for entry in self._from_the_root(late):
            self._place(entry)
        self._seat()
        put_in_order(self._ordered, list(late), shown.written)
        answered = self._settled()
        passing = self._reveal_all() if self._reveals else ()
        for draft in {**self._touched, **answered}:
            draft.whole = self._whole(draft)
        matters = tuple(draft.whole for draft in self._drafts if draft.whole is not None)
        return Case(matters, self._irregular(passing), tuple(self._ordered), self._members)

    def _from_the_root(self, late: Collection[Entry]) -> Iterable[Entry]:
        """Every late entry after the one that it names, whatever order they came in."""
        naming: dict[Ref | None, list[Entry]] = {}
        for entry in late:
            naming.setdefault(rules.parent_of(entry), []).append(entry)
        reached = naming.pop(None, [])
        for held in [ref for ref in naming if ref in self._owner]:
            reached.extend(naming.pop(held))
        for entry in reached:  # grows while it is read
            reached.extend(naming.get(entry.ref, []))
        return reached

    def _seat(self) -> None:
        """The matters that were opened, in their places; what the case is about stands first."""
        opened = self._opened
        if not self._drafts:
            self._drafts.append(opened[0])
            opened = opened[1:]
        main, *others = self._drafts
        put_in_order(others, opened, lambda draft: shown.written(draft.first))
        self._drafts = [main, *others]

    def _irregular(self, passing: Iterable[Irregularity]) -> tuple[Irregularity, ...]:
        """What breaks a rule: what an entry is stays so, what a matter became may yet change."""
        found = dict.fromkeys(passing)
        for draft in self._drafts:
            if draft.odd or draft.answers or draft.misread:
                found.update(dict.fromkeys(_odd(draft)))
        new = [each for each in found if each not in self._lasting]
        return tuple(sorted((*self._lasting, *new), key=_by_entry))

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
            self._refuse(entry, codes, parent_ref)
            return
        owner.late.append((entry, word))
        self._touched[owner] = None
        if word == "reveal":
            self._reveals.append((owner, entry))
        elif readback.is_misread(parent, entry):
            owner.misread.append((entry, parent.ref))

    def _open(self, entry: Entry, form: Format | None, of: Ref | None, codes: list[str]) -> None:
        self._refuse(entry, codes, of)
        draft = Draft(entry, form, of, bool(codes))
        if of is not None and rules.is_answer(form, entry, self._entries[of]):
            draft.answers_to = self._owner[of]
        self._opened.append(draft)
        self._owner[entry.ref] = draft
        self._touched[draft] = None

    def _reply_faults(self, entry: Entry, form: Format, parent: Entry) -> list[str]:
        """Codes of what is wrong with this entry as a reply to that one."""
        if not rules.is_foreseen(form, entry, parent, self._forms.format(parent.format)):
            return ["reply.not-foreseen"]
        if rules.is_change(form, entry, parent):
            return ["amendment.other-format"]
        code = rules.reply_fault(form, entry, parent, self._members)
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
        name = name_of(entry.format)
        if not name == name_of(owner.first.format) == name_of(parent.format):
            return _OPENS
        relation = shown.string(entry.fields, "relation")
        if moves.course_of(entry.format) in moves.SIDED:
            return CANCELS if relation == "cancels" else SAYS
        is_others = entry.format in form.replies and entry.party != owner.first.party
        if is_others or rules.stands_beside(form, relation):
            return _OPENS
        return CANCELS if relation == "cancels" else AMENDS

    # --------------------------------------------------------------- answers and revelations

    def _settled(self) -> dict[Draft, None]:
        """Settle what was touched; the matters that it answers are told, and returned."""
        answered: dict[Draft, list[Draft]] = {}
        anew: set[Draft] = set()
        for draft in self._touched:
            before = draft.matter
            settle(draft, self._members)
            if before is not None and not _goes_on(before, draft):
                anew.add(draft)
                answered.setdefault(draft, [])
            target = draft.answers_to
            if target is None:
                continue
            if before is None:
                answered.setdefault(target, []).append(draft)
            elif _says_otherwise(before, draft):
                anew.add(target)
                answered.setdefault(target, [])
        for target, late in answered.items():
            late.sort(key=lambda draft: shown.written(draft.first))
            put_in_order(target.answering, late, lambda draft: shown.written(draft.first))
            if target in anew or not all(_tell(target, draft) for draft in late):
                target.answers = None
                for draft in target.answering:
                    _tell(target, draft)
        return dict.fromkeys(answered)

    def _whole(self, draft: Draft) -> Matter | None:
        """The matter with the answers to it and with what was revealed of it."""
        matter = draft.matter
        if matter is None:
            return None
        answers = tuple(draft.answers.rows) if draft.answers else ()
        revealed = tuple(self._revealed.get(draft, ()))
        if not answers and not revealed:
            return matter
        return replace(matter, answers=answers, revealed=revealed)

    def _reveal_all(self) -> list[Irregularity]:
        """Withheld fields whose values came later, beside the matter that withheld them.

        All of them anew: what a reveal names may have come after it.
        """
        found: dict[Draft, list[Revealed]] = {}
        main = self._drafts[0]
        in_order = sorted(
            self._reveals,
            key=lambda each: (
                each[0] is not main, shown.written(each[0].first), shown.written(each[1])
            ),
        )  # fmt: skip
        odd = [each for _, entry in in_order for each in self._reveal(entry, found)]
        for draft in {**self._revealed, **found}:
            if self._revealed.get(draft) != found.get(draft):
                self._touched[draft] = None
        self._revealed = found
        return odd

    def _reveal(self, entry: Entry, found: dict[Draft, list[Revealed]]) -> Iterator[Irregularity]:
        for i, opening in enumerate(rules.openings(entry)):
            ref, path = opening.of, opening.path
            target = self._entries.get(ref)
            given = entry.opens[i] if i < len(entry.opens) else b""
            code = ""
            if target is None:
                code = "reveal.other-case"
            elif target.party != entry.party:
                code = "reveal.not-author"
            elif opening.at not in target.withheld or path in target.fields:
                code = "reveal.not-withheld"
            elif not given or given != target.commitment(opening.at):
                code = "reveal.false"
            if code:
                yield Irregularity(entry.ref, entry.party, code, ref)
            else:
                revealed = Revealed(path, opening.value, ref, entry)
                found.setdefault(self._owner[ref], []).append(revealed)

    def _refuse(self, entry: Entry, codes: Iterable[str], about: Ref | None) -> None:
        for code in codes:
            self._lasting[Irregularity(entry.ref, entry.party, code, about)] = None

    def _remark(self, entry: Entry, code: str, about: Ref | None = None) -> None:
        self._lasting[Irregularity(entry.ref, entry.party, code, about, effect=True)] = None


def _tell(target: Draft, draft: Draft) -> bool:
    """Tell a matter of one answer to it; False where all of them have to be told anew."""
    answer, matter, names = draft.matter, target.matter, draft.of
    if answer is None or matter is None or names is None or answer.state == WITHOUT_EFFECT:
        return True
    target.answers = target.answers or Answers()
    return target.answers.tell(answer, names, matter.version_of(names))


def _goes_on(before: Matter, draft: Draft) -> bool:
    """Whether every version has the number that it had before."""
    after = draft.matter
    return after is not None and after.versions[: len(before.versions)] == before.versions


def _says_otherwise(before: Matter, draft: Draft) -> bool:
    """Whether an answer is another one than it was: amended, taken back, closed."""
    after = draft.matter
    return after is None or (after.state, after.current) != (before.state, before.current)


def _odd(draft: Draft) -> Iterator[Irregularity]:
    """What breaks a rule in a matter as it is now."""
    yield from draft.odd
    for later, earlier in draft.answers.again if draft.answers else ():
        yield Irregularity(later.ref, later.party, "answer.again", earlier, effect=True)
    for entry, told in draft.misread:
        if draft.matter is not None and draft.matter.version_of(told):
            code = "readback.stated-correct"
            yield Irregularity(entry.ref, entry.party, code, told, effect=True)


def _by_entry(odd: Irregularity) -> tuple[Ref, str, Ref, bool]:
    return odd.ref, odd.code, odd.about or odd.ref, odd.effect
