"""One suite for every store: what exchange may rely on, whatever is below."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openline.store.contract import (
    CardRow,
    CosignatureRow,
    EntryRow,
    HeadMoved,
    LineRow,
    LogRow,
    NotebookRow,
    OutboxRow,
    PartyRow,
    PrekeyRow,
    Store,
)
from openline.store.faults import StoreMisused
from openline.store.sqlite import SqliteStore
from tests.store.conftest import Kind
from tests.store.ledger import (
    LINE,
    ORIGIN,
    RECEIPT,
    begin,
    body_of,
    entry_row,
    flaws,
    leaf_of,
    log_row,
    note_of,
    open_store,
    step,
)


class Stop(Exception):
    """Raised by a test inside a transaction."""


def hash_of(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def test_an_empty_store_answers_every_question(store: Store) -> None:
    assert store.meta("x") is None and store.log(ORIGIN) is None and store.logs() == []
    assert store.entry(ORIGIN, 0) is None and store.entries(ORIGIN, 0, 9) == []
    assert list(store.leaves(ORIGIN, 0, 9)) == [] and store.entries_in_state(ORIGIN, "gap") == []
    assert store.body(bytes(32)) is None and store.archived(ORIGIN, 0) is None
    assert store.checkpoint(ORIGIN, 0) is None and store.checkpoint_sizes(ORIGIN) == []
    assert store.cosignature(ORIGIN, 0, RECEIPT) is None and store.cosignatures(ORIGIN) == []
    assert store.cards("a.b") == [] and store.party("a.b") is None and store.parties() == []
    assert store.line(LINE) is None and store.lines() == [] and store.prekeys(LINE) == []
    assert store.outbox() == [] and store.outbox_size() == 0 and not store.draft_used(b"d")
    assert store.notebook() == [] and store.events() == [] and store.evidence() == []
    assert store.check(deep=True) == [] and len(store.uuid()) == 16


def test_what_a_transaction_wrote_is_there_after_it_and_seen_inside_it(store: Store) -> None:
    begin(store)
    with store.write() as tx:
        tx.put_body(entry_row(0).body_hash, body_of(0))
        tx.advance(0, log_row(1), [entry_row(0)])
        assert tx.log(ORIGIN) == log_row(1)
        assert tx.entry(ORIGIN, 0) == entry_row(0)
        assert list(tx.leaves(ORIGIN, 0, 1)) == [leaf_of(0)]
        assert tx.body(entry_row(0).body_hash) == body_of(0)
    assert store.log(ORIGIN) == log_row(1) and store.entry(ORIGIN, 0) == entry_row(0)


def test_steps_of_many_sizes_leave_a_whole_ledger(store: Store) -> None:
    begin(store)
    size = 0
    for count in (1, 2, 7, 1, 32):
        size = step(store, count)
    assert size == 43 and flaws(store, 43) == []
    assert list(store.leaves(ORIGIN, 3, 40)) == [leaf_of(i) for i in range(3, 40)]
    assert store.checkpoint_sizes(ORIGIN) == [1, 3, 10, 11, 43]
    assert store.checkpoint(ORIGIN, 10) == note_of(10)


def test_leaves_stream_across_their_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openline.store.reading.LEAVES_AT_ONCE", 4)
    begin(store)
    step(store, 11)
    for start, stop in ((0, 11), (0, 4), (3, 9), (8, 100), (11, 12), (5, 5)):
        assert list(store.leaves(ORIGIN, start, stop)) == [
            leaf_of(i) for i in range(start, min(stop, 11))
        ]


def test_an_error_inside_leaves_nothing(store: Store) -> None:
    begin(store)
    step(store, 2)
    with pytest.raises(Stop), store.write() as tx:
        tx.set_meta("x", b"1")
        tx.advance(2, log_row(3), [entry_row(2)])
        raise Stop
    assert store.meta("x") is None and flaws(store, 2) == []
    step(store, 1)
    assert flaws(store, 3) == []


def test_a_swallowed_error_does_not_commit_the_rest(store: Store) -> None:
    begin(store)
    with pytest.raises(HeadMoved), store.write() as tx:
        tx.set_meta("x", b"1")
        with pytest.raises(HeadMoved):
            tx.advance(5, log_row(6), [entry_row(5)])
        with pytest.raises(StoreMisused):
            tx.set_meta("y", b"2")
    assert store.meta("x") is None and store.meta("y") is None and store.log(ORIGIN) == log_row(0)


def test_a_head_moves_from_exactly_the_size_that_the_writer_believed(store: Store) -> None:
    begin(store)
    step(store, 2)
    for old in (0, 1, 3):
        with pytest.raises(HeadMoved), store.write() as tx:
            tx.advance(old, log_row(old + 1), [entry_row(old)])
    with pytest.raises(HeadMoved), store.write() as tx:
        tx.advance(0, log_row(1, "b.b/openline/x"), [entry_row(0, "b.b/openline/x")])
    assert flaws(store, 2) == []


def test_of_two_writers_with_one_head_the_second_gets_nothing(store: Store) -> None:
    begin(store)
    held = store.log(ORIGIN)
    assert held is not None
    with store.write() as tx:
        tx.advance(held.size, log_row(1), [entry_row(0)])
    other = replace(entry_row(0), leaf=b"another leaf\n")
    with pytest.raises(HeadMoved), store.write() as tx:
        tx.set_meta("other", b"1")
        tx.advance(held.size, log_row(1), [other])
    assert store.entry(ORIGIN, 0) == entry_row(0) and store.meta("other") is None


def test_entries_must_fill_the_step_exactly(store: Store) -> None:
    begin(store)
    wrong: list[tuple[int, LogRow, list[EntryRow]]] = [
        (0, log_row(2), [entry_row(0)]),
        (0, log_row(1), [entry_row(0), entry_row(1)]),
        (0, log_row(2), [entry_row(1), entry_row(0)]),
        (0, log_row(1), [entry_row(1)]),
        (0, log_row(1), [entry_row(0, "b.b/openline/x")]),
        (0, log_row(1), [replace(entry_row(0), state="unheard")]),
        (0, log_row(1), [replace(entry_row(0), body_hash=b"short")]),
    ]
    for old, row, entries in wrong:
        with pytest.raises(StoreMisused), store.write() as tx:
            tx.advance(old, row, entries)
    step(store, 1)
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.advance(1, log_row(0), [])
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.advance(1, log_row(5), [])
    assert flaws(store, 1) == []


def test_a_witness_follows_heads_without_entries(store: Store) -> None:
    begin(store)
    with store.write() as tx:
        tx.advance(0, log_row(5), [])
    with store.write() as tx:
        tx.advance(5, log_row(9), [])
    assert store.log(ORIGIN) == log_row(9) and store.check() == []
    with pytest.raises(HeadMoved), store.write() as tx:
        tx.advance(5, log_row(10), [])
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.advance(9, log_row(10), [entry_row(9)])


def test_a_log_is_added_once_and_listed_by_line(store: Store) -> None:
    other = replace(log_row(0, "a.b/openline/z"), line_id=bytes(32))
    with store.write() as tx:
        tx.add_log(other)
        tx.add_log(log_row(0))
    with pytest.raises(HeadMoved), store.write() as tx:
        tx.add_log(log_row(0))
    assert store.logs() == [other, log_row(0)]
    assert store.logs(LINE) == [log_row(0)] and store.logs(b"no line") == []


def test_the_status_of_a_log_is_set_by_itself_and_kept_by_advance(store: Store) -> None:
    begin(store)
    with store.write() as tx:
        tx.set_log_status(ORIGIN, "closed")
        tx.advance(0, log_row(1), [entry_row(0)])
    log = store.log(ORIGIN)
    assert log is not None and log.status == "closed"
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.set_log_status(ORIGIN, "unheard")
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.set_log_status("b.b/openline/x", "closed")


def test_entries_are_found_by_their_state(store: Store) -> None:
    begin(store)
    rows = [entry_row(0), entry_row(1, state="sealed"), entry_row(2, state="defect")]
    with store.write() as tx:
        tx.advance(0, log_row(3), rows)
    assert store.entries_in_state(ORIGIN, "sealed") == [rows[1]]
    assert store.entries_in_state(ORIGIN, "opened") == [rows[0]]
    with store.write() as tx:
        tx.set_entry_state(ORIGIN, 1, "opened")
        tx.set_entry_state(ORIGIN, 0, "erased")
    assert store.entries_in_state(ORIGIN, "sealed") == []
    assert store.entries_in_state(ORIGIN, "erased") == [entry_row(0, state="erased")]
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.set_entry_state(ORIGIN, 3, "gap")
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.set_entry_state(ORIGIN, 0, "unheard")


def test_a_body_is_kept_once_under_its_own_hash_only(store: Store) -> None:
    with store.write() as tx:
        tx.put_body(hash_of(b"body"), b"body")
        tx.put_body(hash_of(b"body"), b"body")
        tx.put_body(hash_of(b""), b"")
    assert store.body(hash_of(b"body")) == b"body" and store.body(hash_of(b"")) == b""
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.put_body(hash_of(b"body"), b"another body")
    with store.write() as tx:
        tx.drop_body(hash_of(b"body"))
        tx.drop_body(bytes(32))
    assert store.body(hash_of(b"body")) is None and store.body(hash_of(b"")) == b""


def test_an_archived_copy_can_be_replaced_and_needs_its_entry(store: Store) -> None:
    begin(store)
    step(store, 2)
    with store.write() as tx:
        tx.put_archived(ORIGIN, 1, b"fewer lines")
    assert store.archived(ORIGIN, 1) == b"fewer lines"
    for origin, index in ((ORIGIN, 2), ("b.b/openline/x", 0)):
        with pytest.raises(StoreMisused), store.write() as tx:
            tx.put_archived(origin, index, b"x")


def test_the_first_receipt_stays_and_a_later_witness_time_replaces(store: Store) -> None:
    first = CosignatureRow(ORIGIN, 3, RECEIPT, 100, b"first")
    witness = CosignatureRow(ORIGIN, 3, "witness.example/w1", 100, b"w100")
    with store.write() as tx:
        for row in (first, witness):
            tx.put_cosignature(row)
        tx.put_cosignature(replace(first, time_s=200, lines=b"second"))
        tx.put_cosignature(replace(witness, time_s=90, lines=b"w90"))
    assert store.cosignature(ORIGIN, 3, RECEIPT) == first
    assert store.cosignature(ORIGIN, 3, witness.name) == witness
    later = replace(witness, time_s=101, lines=b"w101")
    with store.write() as tx:
        tx.put_cosignature(later)
        tx.put_cosignature(replace(first, size=2))
    assert store.cosignatures(ORIGIN) == [replace(first, size=2), first, later]
    assert store.cosignatures(ORIGIN, 3) == [first, later]


def test_the_first_checkpoint_of_a_size_stays(store: Store) -> None:
    with store.write() as tx:
        tx.put_checkpoint("a.b/openline", 4, b"one")
        tx.put_checkpoint("a.b/openline", 4, b"two")
        tx.put_checkpoint("a.b/openline", 2, b"earlier")
    assert store.checkpoint("a.b/openline", 4) == b"one"
    assert store.checkpoint_sizes("a.b/openline") == [2, 4]


def test_a_card_is_never_replaced_by_another_one(store: Store) -> None:
    card = CardRow("a.b", 0, b"card 0", b"note")
    with store.write() as tx:
        tx.put_card(card)
        tx.put_card(replace(card, note=b"signed once more"))
        tx.put_card(CardRow("a.b", 1, b"card 1", b"note 1"))
    assert store.cards("a.b") == [card, CardRow("a.b", 1, b"card 1", b"note 1")]
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.put_card(replace(card, leaf=b"another card 0"))


def test_parties_lines_prekeys_and_the_notebook_read_back(store: Store) -> None:
    party = PartyRow("a.b", bytes(32), "provisional", "", "label")
    line = LineRow(LINE, "charter\n", "proposed", "a.b", 5)
    keys = [PrekeyRow(LINE, "a.b", ORIGIN, i, bytes([i]) * 1216) for i in (3, 1)]
    note = NotebookRow("id-1", "public", b"sealed", 7)
    with store.write() as tx:
        tx.put_party(party)
        tx.put_line(line)
        for key in keys:
            tx.put_prekey(key)
        tx.put_prekey(replace(keys[0], public=b"another"))
        tx.put_notebook(note)
        tx.put_notebook(NotebookRow("id-0", "call", b"other", 6))
    assert store.party("a.b") == party and store.line(LINE) == line
    assert store.prekeys(LINE) == keys
    assert store.notebook("public") == [note] and [n.id for n in store.notebook()] == [
        "id-0",
        "id-1",
    ]
    with store.write() as tx:
        tx.put_party(replace(party, standing="compared"))
        tx.put_line(replace(line, state="accepted"))
        tx.put_notebook(replace(note, sealed=b"changed"))
    assert store.parties() == [replace(party, standing="compared")]
    assert store.lines() == [replace(line, state="accepted")]
    assert store.notebook("public") == [replace(note, sealed=b"changed")]


def test_the_outbox_keeps_its_order_and_never_gives_a_draft_twice(store: Store) -> None:
    def row(draft: bytes, line_id: bytes = LINE) -> OutboxRow:
        return OutboxRow(99, draft, line_id, b"sealed " + draft, 5)

    with store.write() as tx:
        for draft in (b"c", b"a", b"b", b"a"):
            tx.add_outbox(row(draft))
        tx.add_outbox(row(b"d", b"other line"))
    assert [r.draft for r in store.outbox()] == [b"c", b"a", b"b", b"d"]
    assert [r.draft for r in store.outbox(LINE, 2)] == [b"c", b"a"]
    assert store.outbox(b"other line")[0] == replace(row(b"d", b"other line"), serial=5)
    with store.write() as tx:
        tx.remove_outbox([b"d", b"a", b"never queued"])
    assert [r.draft for r in store.outbox()] == [b"c", b"b"] and store.outbox_size() == 2
    assert store.draft_used(b"a") and store.draft_used(b"never queued")
    assert not store.draft_used(b"c")
    with store.write() as tx:
        tx.add_outbox(row(b"a"))
        tx.add_outbox(row(b"e"))
    assert [r.draft for r in store.outbox()] == [b"c", b"b", b"e"]
    serials = [r.serial for r in store.outbox()]
    assert serials == sorted(serials) and serials[-1] > 5


def test_evidence_is_never_replaced(store: Store) -> None:
    with store.write() as tx:
        tx.put_evidence("fork a", b"two heads")
        tx.put_evidence("fork a", b"nothing to see")
    assert store.evidence() == [("fork a", b"two heads")]


def test_meta_values_can_change_and_can_be_empty(store: Store) -> None:
    with store.write() as tx:
        tx.set_meta("k", b"1")
        tx.set_meta("k", b"")
    assert store.meta("k") == b"" and store.metas("k") == [""] and store.metas("l") == []


def test_a_transaction_is_of_no_use_after_its_block(store: Store) -> None:
    with store.write() as tx:
        tx.set_meta("k", b"1")
    with pytest.raises(StoreMisused):
        tx.set_meta("k", b"2")
    with pytest.raises(StoreMisused):
        tx.meta("k")
    assert store.meta("k") == b"1"


def test_transactions_do_not_nest(store: Store) -> None:
    with store.write() as tx:
        tx.set_meta("k", b"1")
        with pytest.raises(StoreMisused), store.write():
            pass
    assert store.meta("k") == b"1"


def test_values_that_no_database_holds_are_refused_by_name(store: Store) -> None:
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.set_meta("half a pair \ud800", b"")
    with pytest.raises(StoreMisused), store.write() as tx:
        tx.put_checkpoint(ORIGIN, 2**63, b"")
    with pytest.raises(StoreMisused):
        store.meta("\ud800")


def test_reads_beside_an_open_transaction_show_the_last_commit_or_are_refused(
    kind: Kind, store: Store
) -> None:
    with store.write() as tx:
        tx.set_meta("k", b"1")
    with store.write() as tx:
        tx.set_meta("k", b"2")
        if kind.committed_reads:
            assert store.meta("k") == b"1"
        else:
            with pytest.raises(StoreMisused):
                store.meta("k")
    assert store.meta("k") == b"2"


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreMisused):
        store.meta("k")
    with pytest.raises(StoreMisused), store.write():
        pass


NAMES = st.sampled_from(["a.b/receipt", "w.example/w", "c.d/receipt"])


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), NAMES, st.integers(1, 5)), max_size=20))
def test_cosignatures_behave_like_a_table_of_first_receipts_and_latest_witnesses(
    kind: Kind, tmp_path_factory: pytest.TempPathFactory, puts: list[tuple[int, str, int]]
) -> None:
    store = kind.make(tmp_path_factory.mktemp("store"))
    model: dict[tuple[int, str], CosignatureRow] = {}
    for size, name, time_s in puts:
        row = CosignatureRow(ORIGIN, size, name, time_s, b"lines %d" % time_s)
        with store.write() as tx:
            tx.put_cosignature(row)
        held = model.get((size, name))
        if held is None or (not name.endswith("/receipt") and time_s > held.time_s):
            model[size, name] = row
    assert store.cosignatures(ORIGIN) == [model[key] for key in sorted(model)]
    store.close()


def test_a_snapshot_brings_back_an_earlier_state_and_the_copies_go_their_own_ways() -> None:
    store = SqliteStore.in_memory(b"u" * 16)
    begin(store)
    step(store, 3)
    earlier = store.snapshot()
    step(store, 2)
    restored = SqliteStore.from_snapshot(earlier)
    assert restored.uuid() == b"u" * 16 and flaws(restored, 3) == []
    step(restored, 4)
    assert flaws(restored, 7) == [] and flaws(store, 5) == []
    assert flaws(SqliteStore.from_snapshot(earlier), 3) == []


def test_a_file_and_a_memory_store_have_the_same_content(tmp_path: Path) -> None:
    store = open_store(tmp_path / "openline.db")
    begin(store)
    step(store, 5)
    copy = SqliteStore.from_snapshot(store.snapshot())
    assert flaws(copy, 5) == []
    store.close()


def test_two_new_databases_have_different_ids(tmp_path: Path) -> None:
    ids = set()
    for name in ("a.db", "b.db"):
        store = SqliteStore.open(tmp_path / name, random=os.urandom)
        ids.add(store.uuid())
        store.close()
        again = SqliteStore.open(tmp_path / name, random=os.urandom)
        ids.add(again.uuid())
        again.close()
    assert len(ids) == 2
