"""Proof files: one entry, a range, a bundle, cards; read strictly, and believed by nobody."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats import openjson
from openline.formats.card import parse_card
from openline.formats.charter import parse_charter
from openline.formats.head import Head
from openline.formats.malformed import Malformed
from openline.formats.note import Note, Signature, parse_note
from openline.formats.proof import (
    Bundle,
    CardsPart,
    Epoch,
    Extra,
    Range,
    RangeEntry,
    ShownHead,
    ShownOfficer,
    TlogProof,
    parse_bundle,
    parse_cards_part,
    parse_extra,
    parse_proof,
    parse_range,
)
from openline.formats.shown import ShownField
from tests.formats.strategies import (
    both_ways,
    fields,
    hashes,
    leaves,
    numbers,
    officers,
    parties,
    sentences,
)
from tests.vectors import disclosure

PROOFS = ["notice.tlog-proof", "answer.tlog-proof", "revealed-later.tlog-proof"]
NOTE = Note(
    Head("a.example", 9, bytes(32)).text(), (Signature("a.example", bytes(4), bytes(64)),)
).encode()

proofs_of = st.lists(hashes, max_size=3).map(tuple)
shown_fields = st.lists(
    st.builds(ShownField, st.integers(0, 40), fields, proofs_of),
    max_size=3,
    unique_by=lambda each: each.index,
).map(lambda found: tuple(sorted(found, key=lambda each: each.index)))
charter_texts = st.none() | sentences
epochs = st.none() | st.builds(Epoch, st.integers(0, 2**32 - 1), st.binary(min_size=8, max_size=8))
extras = st.builds(
    Extra,
    shown_fields,
    st.lists(st.builds(ShownHead, st.integers(0, 40), hashes, proofs_of), max_size=2).map(tuple),
    leaves,
    st.lists(st.builds(ShownOfficer, numbers, officers, proofs_of), max_size=2).map(tuple),
    charter_texts,
    epochs,
)
tlog_proofs = st.builds(
    TlogProof, st.none() | st.binary(min_size=1, max_size=30), numbers, proofs_of, st.just(NOTE)
)
ranges = st.builds(
    Range,
    charter_texts,
    st.lists(st.builds(RangeEntry, leaves, shown_fields), max_size=3).map(tuple),
    numbers,
    proofs_of,
    st.just(NOTE),
    epochs,
)
bundles = st.lists(
    st.tuples(st.sampled_from(["proof", "range", "cards", "charter"]), st.binary(max_size=20)),
    min_size=1,
    max_size=4,
).map(lambda parts: Bundle(tuple(parts)))
cards_parts = st.builds(
    CardsPart,
    parties,
    st.lists(st.tuples(st.binary(max_size=9), st.binary(max_size=9)), min_size=1, max_size=3).map(
        tuple
    ),
)


@pytest.mark.parametrize("name", PROOFS)
def test_each_published_proof_is_read_and_written_back(name: str) -> None:
    proof = parse_proof(disclosure(name))
    assert proof.encode() == disclosure(name)
    assert proof.extra is not None
    extra = parse_extra(proof.extra)
    assert extra.encode() == proof.extra
    assert extra.charter == disclosure("charter").decode()
    for shown in extra.fields:
        assert 0 <= shown.index < extra.leaf.fields


def test_the_published_range_is_read_and_written_back() -> None:
    found = parse_range(disclosure("no-guarantee.range"))
    assert found.encode() == disclosure("no-guarantee.range")
    assert found.from_ == 1
    paths = [[each.field.path for each in entry.fields] for entry in found.entries]
    assert paths == [["format", "class", "refs", "withheld", "line"]] * 2
    assert [entry.fields[1].field.json for entry in found.entries] == [
        "received",
        "noted-without-guarantee",
    ]


def test_the_published_bundle_is_the_published_files_one_after_the_other() -> None:
    bundle = parse_bundle(disclosure("all.openline-proof"))
    assert bundle.encode() == disclosure("all.openline-proof")
    assert [kind for kind, _ in bundle.parts] == [
        "charter",
        "cards",
        "cards",
        "proof",
        "proof",
        "range",
    ]
    parts = [part for _, part in bundle.parts]
    assert parse_charter(parts[0].decode()).status == "exercise"
    assert parts[3:] == [
        disclosure(name)
        for name in ("notice.tlog-proof", "answer.tlog-proof", "no-guarantee.range")
    ]
    for part in parts[1:3]:
        chain = parse_cards_part(part)
        assert chain.encode() == part
        assert [parse_card(leaf).n for leaf, _ in chain.cards] == [0]
        assert parse_card(chain.cards[0][0]).party == chain.party


@given(tlog_proofs, st.data())
def test_a_proof_is_read_back_and_a_damaged_one_is_seen(
    proof: TlogProof, data: st.DataObject
) -> None:
    both_ways(proof, TlogProof.encode, parse_proof, data.draw)


@given(extras, st.data())
def test_an_extra_is_read_back_and_a_damaged_one_is_seen(extra: Extra, data: st.DataObject) -> None:
    both_ways(extra, Extra.encode, parse_extra, data.draw)


@given(ranges, st.data())
def test_a_range_is_read_back_and_a_damaged_one_is_seen(found: Range, data: st.DataObject) -> None:
    both_ways(found, Range.encode, parse_range, data.draw)


@given(bundles, st.data())
def test_a_bundle_is_read_back_and_a_damaged_one_is_seen(
    bundle: Bundle, data: st.DataObject
) -> None:
    both_ways(bundle, Bundle.encode, parse_bundle, data.draw)


@given(cards_parts, st.data())
def test_a_chain_of_cards_is_read_back_and_a_damaged_one_is_seen(
    part: CardsPart, data: st.DataObject
) -> None:
    both_ways(part, CardsPart.encode, parse_cards_part, data.draw)


GOOD = TlogProof(b"extra", 5, (bytes(32),), NOTE).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"c2sp.org/tlog-proof@v1\n",
        b"c2sp.org/tlog-proof@v1\n\n" + NOTE,
        b"c2sp.org/tlog-proof@v1\nextra ZXh0cmE=\n\n" + NOTE,
        GOOD.replace(b"@v1", b"@v2"),
        GOOD.replace(b"extra ", b"extra  "),
        GOOD.replace(b"extra ZXh0cmE=\n", b"extra \n"),
        GOOD.replace(b"ZXh0cmE=", b"ZXh0cmF="),
        GOOD.replace(b"index 5", b"index 05"),
        GOOD.replace(b"index 5", b"index -5"),
        GOOD.replace(b"index 5\n", b""),
        GOOD.replace(b"index 5\n", b"index 5\nindex 5\n"),
        GOOD.replace(b"AAA=\n\n", b"AAA=\n"),
        GOOD.replace(b"AAA=\n\n", b"AAB=\n\n"),
        GOOD.replace(b"AAA=\n\n", b"AAA=\n\n\n"),
        GOOD.replace(NOTE, b"text\n"),
        GOOD.replace(NOTE, Note("text\n", parse_note(NOTE).signatures).encode()),
        GOOD + b"\n",
        GOOD.replace(b"\n", b"\r\n"),
        TlogProof(None, 5, (), NOTE).encode().replace(b"index", b"Index"),
        GOOD.replace(b"ZXh0cmE=", b"A" * 64_004),
        b"c2sp.org/tlog-proof@v1\n" + b"A" * 200_000,
    ],
)
def test_any_other_file_is_no_proof(data: bytes) -> None:
    assert parse_proof(GOOD)
    with pytest.raises(Malformed):
        parse_proof(data)


EXTRA = parse_extra(parse_proof(disclosure("notice.tlog-proof")).extra or b"")


def changed(change: dict[str, object]) -> bytes:
    """The published extra with other members."""
    value = openjson.decode(EXTRA.encode())
    assert isinstance(value, dict)
    return openjson.encode({**value, **change})  # type: ignore[arg-type]


def test_fields_that_do_not_ascend_or_come_twice_are_refused() -> None:
    value = openjson.decode(EXTRA.encode())
    assert isinstance(value, dict) and isinstance(value["fields"], list)
    listed = value["fields"]
    assert parse_extra(changed({"fields": listed})) == EXTRA
    for other in (listed[::-1], [listed[0], listed[0]], [listed[1], listed[0]]):
        with pytest.raises(Malformed):
            parse_extra(changed({"fields": other}))


@pytest.mark.parametrize(
    "change",
    [
        {"more": 1},
        {"officers": []},
        {"fields": {}},
        {"fields": [[0]]},
        {"fields": [["0", "A" * 43 + "=", "a", "1", []]]},
        {"fields": [[True, "A" * 43 + "=", "a", "1", []]]},
        {"fields": [[512, "A" * 43 + "=", "a", "1", []]]},
        {"fields": [[0, "A" * 43 + "=", "a", "1.5", []]]},
        {"fields": [[0, "A" * 43 + "=", "a", 1, []]]},
        {"fields": [[0, "A" * 43 + "=", "A", "1", []]]},
        {"fields": [[0, "AAAA", "a", "1", []]]},
        {"fields": [[0, "A" * 43 + "=", "a", "1", ["AAAA"]]]},
        {"heads": [[1, "AAAA", []]]},
        {"heads": [[-1, "A" * 43 + "=", []]]},
        {"officers": [[0, "openline/v1 officer\n", []]]},
        {"leaf": "openline/v1 message\n"},
        {"leaf": 1},
        {"charter": 1},
        {"charter": "a" * 15_000},
    ],
)
def test_any_other_extra_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        parse_extra(changed(change))


def test_an_extra_beyond_its_bound_is_split_by_fields() -> None:
    one = EXTRA.fields[0]
    many = tuple(ShownField(i, one.field, one.proof) for i in range(300))
    with pytest.raises(Malformed, match="48000"):
        replace(EXTRA, fields=many).encode()
    with pytest.raises(Malformed, match="48000"):
        parse_extra(b'"' + b"a" * 48_000 + b'"')


def test_a_range_is_exempt_from_the_limit_of_values() -> None:
    found = parse_range(disclosure("no-guarantee.range"))
    long = replace(found, entries=found.entries * 300)
    assert parse_range(long.encode()) == long


RANGE = disclosure("no-guarantee.range")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        RANGE[1:],
        RANGE.replace(b"\n\n", b"\n", 1),
        RANGE.replace(b'"from":1', b'"from":01'),
        RANGE.replace(b'"from":1', b'"from":-1'),
        RANGE.replace(b'"from":1', b'"from":true'),
        RANGE.replace(b'"from":1', b'"from": 1'),
        RANGE.replace(b'"from":1,', b""),
        RANGE.replace(b'"frontier":["IWxo', b'"frontier":["'),
        RANGE.replace(b"noted-without-guarantee", b"noted\xff"),
    ],
)
def test_any_other_file_is_no_range(data: bytes) -> None:
    assert data != RANGE
    with pytest.raises(Malformed):
        parse_range(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"openline/v1 proofs\n",
        b"openline/v1 proofs\nproof 1\n",
        b"openline/v1 proofs\nproof 01\nx",
        b"openline/v1 proofs\nproof 1\nxx",
        b"openline/v1 proofs\nletter 1\nx",
        b"openline/v1 proofs\nproof\n",
        b"openline/v1 proofs\nproof  1\nx",
        b"openline/v1 proofs\nproof 1 \nx",
        b"openline/v1 proofs\nproof 9007199254740993\nx",
        b"openline/v1 proofs\n" + b"p" * 300,
        b"openline/v1 proofs\n" + b"proof 0\n" * 1_001,
        b"openline/v1 proofs\npr\xc3\xb6of 1\nx",
    ],
)
def test_any_other_file_is_no_bundle(data: bytes) -> None:
    assert parse_bundle(b"openline/v1 proofs\nproof 1\nx").parts == (("proof", b"x"),)
    with pytest.raises(Malformed):
        parse_bundle(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a.example",
        b"a.example\n",
        b"a.example\n1\nx",
        b"a.example\n1\nx1\nxx",
        b"north\n1\nx1\nx",
        b"a.example\n01\nx1\nx",
        b"a.example\n9\nx1\nx",
        b"a.example\n" + b"0\n" * 2_002,
    ],
)
def test_any_other_file_is_no_chain_of_cards(data: bytes) -> None:
    assert parse_cards_part(b"a.example\n1\nx1\ny").cards == ((b"x", b"y"),)
    with pytest.raises(Malformed):
        parse_cards_part(data)


FIELD = EXTRA.fields[0]
HEAD = EXTRA.heads[0]
OFFICER = EXTRA.officers[0]
PROOF = TlogProof(b"extra", 5, (bytes(32),), NOTE)
SPAN = parse_range(RANGE)


@pytest.mark.parametrize(
    "make",
    [
        lambda: replace(FIELD, index=-1),
        lambda: replace(FIELD, index=512),
        lambda: replace(FIELD, proof=(bytes(31),)),
        lambda: replace(FIELD, proof=(bytes(32),) * 64),
        lambda: replace(HEAD, k=-1),
        lambda: replace(HEAD, k=513),
        lambda: replace(HEAD, root=bytes(31)),
        lambda: replace(HEAD, proof=(bytes(31),)),
        lambda: replace(OFFICER, index=-1),
        lambda: replace(OFFICER, proof=(bytes(31),)),
        lambda: replace(EXTRA, fields=(FIELD, FIELD)),
        lambda: replace(EXTRA, heads=(HEAD,) * 513),
        lambda: replace(EXTRA, officers=(OFFICER,) * 513),
        lambda: replace(EXTRA, charter="a" * 15_000),
        lambda: replace(PROOF, extra=b""),
        lambda: replace(PROOF, extra=bytes(48_001)),
        lambda: replace(PROOF, index=-1),
        lambda: replace(PROOF, hashes=(bytes(31),)),
        lambda: replace(PROOF, hashes=(bytes(32),) * 64),
        lambda: replace(PROOF, checkpoint=b"text"),
        lambda: replace(SPAN, from_=-1),
        lambda: replace(SPAN, frontier=(bytes(31),)),
        lambda: replace(SPAN, frontier=(bytes(32),) * 64),
        lambda: replace(SPAN, charter="a" * 15_000),
        lambda: replace(SPAN, checkpoint=b"text"),
        lambda: RangeEntry(SPAN.entries[0].leaf, (FIELD, FIELD)),
        lambda: Bundle(()),
        lambda: Bundle((("proof", b""),) * 1_001),
        lambda: Bundle((("letter", b""),)),
        lambda: CardsPart("north", ((b"", b""),)),
        lambda: CardsPart("a.example", ()),
        lambda: CardsPart("a.example", ((b"", b""),) * 1_001),
    ],
)
def test_nothing_that_could_not_be_read_can_be_made(make: Callable[[], object]) -> None:
    with pytest.raises(Malformed):
        make()


def test_more_fields_than_an_entry_has_are_not_taken_apart() -> None:
    with pytest.raises(Malformed, match="more than 512"):
        parse_extra(changed({"fields": [0] * 513}))
    with pytest.raises(Malformed, match="more than 63"):
        parse_extra(changed({"heads": [[1, "A" * 43 + "=", ["A" * 43 + "="] * 64]]}))


@pytest.mark.parametrize(
    ("parse", "start", "bound"),
    [
        (parse_range, b"openline/v1 range\n", 16 * 2**20 + 65_536),
        (parse_bundle, b"openline/v1 proofs\n", 64 * 2**20 + 200_000),
        (parse_cards_part, b"a.example\n", 16 * 2**20 + 400_000),
    ],
)
def test_a_file_beyond_its_bound_is_refused_before_it_is_read(
    parse: Callable[[bytes], object], start: bytes, bound: int
) -> None:
    with pytest.raises(Malformed, match="too long"):
        parse(start + bytes(bound))


def test_a_bundle_or_chain_beyond_its_bound_cannot_be_made() -> None:
    piece = bytes(9 * 2**20)
    with pytest.raises(Malformed, match="longer than"):
        Bundle((("range", piece),) * 8)
    with pytest.raises(Malformed, match="longer than"):
        CardsPart("a.example", ((piece, piece),))
