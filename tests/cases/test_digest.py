"""The digest: equal understanding gives equal bytes; what only one node knows never counts."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases import digest as digests
from openline.cases.digest import FOLD_VERSION, case_bytes, digest, is_comparable
from openline.cases.entry import Entry
from openline.cases.fold import LineState, fold
from openline.formats import openjson
from tests.cases.hand import MEMBERS, PACKS, folded, pens, visit
from tests.cases.lines import PARTIES, lines


def lost(entry: Entry, state: str = "gap") -> Entry:
    """An entry as a node holds it that cannot read it."""
    return replace(
        entry, format="-", answer="-", refs=(), fields={}, withheld=(), effect=False, state=state
    )


@given(lines(), st.sampled_from(["by night", "by day"]))
def test_hidden_fields_never_change_the_digest(entries: list[Entry], secret: str) -> None:
    other = [replace(entry, hidden={"route": secret, "means": "x"}) for entry in entries]
    assert digest(fold(entries, PACKS, PARTIES)) == digest(fold(other, PACKS, PARTIES))


def test_a_digest_that_reads_hidden_fields_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control."""
    us, _ = pens("us", "ru")
    visit(us)
    entry = us.entries[0]

    def told(entry: Entry) -> str:
        return repr((entry.fields, entry.hidden))

    monkeypatch.setattr(digests, "_told", told)
    states = [
        fold([replace(entry, hidden={"route": route})], PACKS, MEMBERS) for route in ("a", "b")
    ]
    assert digest(states[0]) != digest(states[1])


def test_shown_fields_states_and_answers_change_the_digest() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    seen = [digest(folded(us, ru))]
    other = replace(notice, fields={**notice.fields, "place": "Lviv"})
    seen.append(digest(fold([other], PACKS, MEMBERS)))
    ru.say("core/acknowledge@1", "received", [notice])
    seen.append(digest(folded(us, ru)))
    ru.say("core/answer@1", "declined", [notice])
    seen.append(digest(folded(us, ru)))
    us.say("core/close@1", "completed", [notice])
    seen.append(digest(folded(us, ru)))
    assert len(set(seen)) == 5
    assert seen[-1] == digest(fold([], PACKS, MEMBERS)) == hashlib.sha256(b"[]").digest()


@given(lines())
def test_the_digest_is_the_hash_of_the_openline_json_of_all_open_cases(
    entries: list[Entry],
) -> None:
    state = fold([e for e in entries if e.kind != "gap" and e.kind != "defect"], PACKS, PARTIES)
    cases = sorted((case for case in state.cases if case.is_open), key=lambda case: case.id)
    value = [openjson.decode(case_bytes(case), values_max=10**9) for case in cases]
    whole = openjson.encode(value, values_max=10**9)
    assert digest(state) == hashlib.sha256(whole).digest()
    assert FOLD_VERSION == 1


def test_the_same_words_at_another_path_are_other_words() -> None:
    us, _ = pens("us", "ru")
    notice = visit(us)
    turned = {**notice.fields, "from": notice.fields["until"], "until": notice.fields["from"]}
    moved = {("means" if path == "place" else path): v for path, v in notice.fields.items()}
    seen = {
        digest(fold([replace(notice, fields=fields)], PACKS, MEMBERS))
        for fields in (notice.fields, turned, moved)
    }
    assert len(seen) == 3


def test_claimed_times_do_not_change_the_digest() -> None:
    us, _ = pens("us", "ru")
    notice = visit(us)
    later = replace(notice, time_s=notice.time_s + 9999)
    assert digest(fold([notice], PACKS, MEMBERS)) == digest(fold([later], PACKS, MEMBERS))


def with_gap(kind: str = "gap", state: str = "gap") -> tuple[LineState, LineState]:
    """Two nodes of which one lost an answer and said so in its log; a question hangs on it."""
    us, ru = pens("us", "ru")
    notice = visit(us)
    answer = ru.say("core/answer@1", "conditional", [notice])
    us.say("core/clarification@1", "-", [answer])
    ranges: list[openjson.Value] = [[answer.ref.origin, 0, 1, "lost"]]
    us.say("-", kind=kind, fields={"ranges": ranges})
    entries = us.entries + ru.entries
    reader = fold(entries, PACKS, MEMBERS)
    loser = fold([lost(e, state) if e is answer else e for e in entries], PACKS, MEMBERS)
    return reader, loser


@pytest.mark.parametrize(("kind", "state"), [("gap", "gap"), ("defect", "defect")])
def test_what_one_side_cannot_read_counts_on_neither_side(kind: str, state: str) -> None:
    reader, loser = with_gap(kind, state)
    assert len(reader.cases[0].entries) == 3
    assert len(loser.cases[0].entries) == 1
    assert digest(reader) == digest(loser)
    assert is_comparable(reader) and is_comparable(loser)


def test_a_case_whose_first_entry_cannot_be_read_counts_on_neither_side() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("core/answer@1", "declined", [notice])
    ru.say("-", kind="defect", fields={"ranges": [[notice.ref.origin, 0, 1, "sealed"]]})
    entries = us.entries + ru.entries
    reader = fold(entries, PACKS, MEMBERS)
    loser = fold([lost(e, "defect") if e is notice else e for e in entries], PACKS, MEMBERS)
    assert digest(reader) == digest(loser) == hashlib.sha256(b"[]").digest()
    assert reader.cases[0].is_open


def test_without_a_word_in_the_log_the_difference_is_not_compared() -> None:
    us, _ = pens("us", "ru")
    notice = visit(us)
    assert not is_comparable(fold([lost(notice, "sealed")], PACKS, MEMBERS))
    assert not is_comparable(fold([lost(notice)], PACKS, MEMBERS))
    assert is_comparable(fold([notice], PACKS, MEMBERS))


def test_a_range_over_the_whole_log_takes_no_longer_than_the_log() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    ru.say("-", kind="gap", fields={"ranges": [[notice.ref.origin, 0, 2**53 - 1, "lost"]]})
    assert digest(folded(us, ru)) == hashlib.sha256(b"[]").digest()


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.booleans()), max_size=6),
    st.integers(1, 10),
)
def test_ranges_that_overlap_name_each_entry_once(
    ranges: list[tuple[int, int, bool]], size: int
) -> None:
    us, ru = pens("us", "ru")
    notices = [visit(us) for _ in range(size)]
    for start, stop, withheld in ranges:
        kind = "withheld" if withheld else "lost"
        ru.say("-", kind="gap", fields={"ranges": [[us.origin, start, stop, kind]]})
    named = {
        notice.ref
        for notice in notices
        for start, stop, withheld in ranges
        if not withheld and start <= notice.ref.index < stop
    }
    assert digests.masked(folded(us, ru)) == named


def test_a_defect_without_effect_hides_nothing() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    before = digest(folded(us, ru))
    ranges: list[openjson.Value] = [[notice.ref.origin, 0, 1, "sealed"]]
    ru.flawed(ru.say("-", kind="defect", fields={"ranges": ranges}), "entry.without-effect")
    assert digest(folded(us, ru)) == before


def test_a_false_defect_takes_nothing_from_what_was_said_and_names_who_claims_it() -> None:
    """What is held of it without seeds (PROTOCOL 8.2): at everybody who can read the entry it keeps
    its case, its state and every word; only the digest leaves it out, as of what one side lacks."""
    us, ru = pens("us", "ru")
    notice = visit(us)
    before = folded(us, ru)
    ranges: list[openjson.Value] = [[notice.ref.origin, 0, 1, "sealed"]]
    ru.say("-", kind="defect", fields={"ranges": ranges})
    after = folded(us, ru)
    assert after.entry(notice.ref) == before.entry(notice.ref)
    assert after.case(notice.ref) == before.case(notice.ref)
    assert [(each.by, each.kind) for each in after.missing] == [(ru.party, "sealed")]
    assert digests.masked(after) == {notice.ref}


def test_a_withheld_value_that_its_sender_lost_hides_no_entry() -> None:
    us, ru = pens("us", "ru")
    notice = visit(us)
    before = digest(folded(us, ru))
    us.say("-", kind="gap", fields={"ranges": [[notice.ref.origin, 0, 1, "withheld"]]})
    assert digest(folded(us, ru)) == before


def test_a_value_as_deep_as_a_field_may_be_is_digested() -> None:
    us, ru = pens("us", "ru")
    deep: openjson.Value = "x"
    for _ in range(16):
        deep = [deep]
    visit(us, remark=deep)
    assert len(digest(folded(us, ru))) == 32
