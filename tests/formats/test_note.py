"""Signed notes, verifier keys, and the exact bytes that keys sign."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.head import parse_head
from openline.formats.malformed import Malformed
from openline.formats.note import (
    Note,
    Signature,
    Vkey,
    cosignature_v1_message,
    pack_timestamped,
    parse_note,
    parse_signature_lines,
    parse_vkey,
    signature_line,
    spell_signatures,
    subtree_message,
    unpack_timestamped,
)
from tests.formats.strategies import any_vkey, both_ways, notes, signatures
from tests.vectors import load

NOTES = load("notes")
DELIVER = load("deliver")
SIGNED = NOTES["signed_note"].encode()
LINE = "— a.example/log AAAAAAE=\n"
SMALL = f"text\n\n{LINE}".encode()


def test_the_published_note_is_read_and_written_back() -> None:
    note = parse_note(SIGNED)
    assert note.text == NOTES["checkpoint_text"]
    assert note.encode() == SIGNED
    assert [each.key_id.hex() for each in note.signatures[:2]] == [
        NOTES["ed25519"]["key_id"],
        NOTES["mldsa44"]["key_id"],
    ]
    assert note.signatures[0].blob == base64.b64decode(NOTES["ed25519_signature"])


@pytest.mark.parametrize(
    "text", [NOTES[name]["vkey"] for name in ("ed25519", "mldsa44", "witness")]
)
def test_the_published_verifier_keys_are_read_and_written_back(text: str) -> None:
    vkey = parse_vkey(text)
    assert vkey.text() == text
    assert vkey.key_id.hex() == text.split("+")[1]


def test_what_a_witness_signs_is_the_published_message() -> None:
    receipt = DELIVER["receipt"]
    origin, size, root = DELIVER["origin"], DELIVER["size"], bytes.fromhex(DELIVER["root"])
    head = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"
    assert cosignature_v1_message(receipt["time"], head).hex() == receipt["signed_message_0x04"]
    message = subtree_message("mfa.south.example/receipt", receipt["time"], origin, 0, size, root)
    assert message.hex() == receipt["signed_message_0x06"]


def test_what_the_log_signs_is_the_published_message() -> None:
    head = parse_head(NOTES["checkpoint_text"].encode())
    time_s, _ = unpack_timestamped(parse_note(SIGNED).signatures[1].blob)
    message = subtree_message(head.origin, time_s, head.origin, 0, head.size, head.root)
    assert message.hex() == NOTES["mldsa44_signed_message"]


def test_the_published_receipt_is_two_lines_with_one_time() -> None:
    data = "".join(DELIVER["receipt"]["lines"]).encode()
    lines = parse_signature_lines(data)
    assert spell_signatures(lines) == data
    assert {each.name for each in lines} == {"mfa.south.example/receipt"}
    assert {unpack_timestamped(each.blob)[0] for each in lines} == {DELIVER["receipt"]["time"]}


@given(notes, st.data())
def test_a_note_is_read_back_and_a_damaged_one_is_seen(note: Note, data: st.DataObject) -> None:
    both_ways(note, Note.encode, parse_note, data.draw)


@given(st.lists(signatures, min_size=1, max_size=4).map(tuple), st.data())
def test_signature_lines_are_read_back(lines: tuple[Signature, ...], data: st.DataObject) -> None:
    both_ways(lines, spell_signatures, parse_signature_lines, data.draw)
    assert spell_signatures(lines).decode() == "".join(map(signature_line, lines))


@given(any_vkey, st.data())
def test_a_verifier_key_is_read_back_and_a_damaged_one_is_refused(
    vkey: Vkey, data: st.DataObject
) -> None:
    def parse(text: bytes) -> Vkey:
        return parse_vkey(text.decode("utf-8", "replace"))

    both_ways(vkey, lambda v: v.text().encode(), parse, data.draw)


def test_the_text_ends_at_the_last_empty_line() -> None:
    note = parse_note(f"one\n\ntwo\n\n{LINE}".encode())
    assert note.text == "one\n\ntwo\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        SMALL[:-1],
        SMALL + b"\n",
        SMALL.replace("—".encode(), b"-"),
        SMALL.replace("— ".encode(), "—".encode()),
        SMALL.replace(b"a.example", b"a+example"),
        SMALL.replace(b"a.example/log ", b" "),
        SMALL.replace(b"a.example/log ", "a.example\u3000 ".encode()),
        SMALL.replace(b" AAAAAAE=", b""),
        SMALL.replace(b"AAAAAAE=", b"AAAAAA=="),
        SMALL.replace(b"AAAAAAE=", b"AAAAAAF="),
        SMALL.replace(b"AAAAAAE=", b"AAAAAAE= "),
        SMALL.replace(b"text", b"te\txt"),
        SMALL.replace(b"text", b"te\x7fxt"),
        SMALL.replace(b"text", b"te\xffxt"),
        SMALL.replace(b"text\n", b"text\r\n"),
        SMALL + LINE.replace("AAAAAAE=", "!").encode(),
    ],
)
def test_one_malformed_line_refuses_the_whole_note(data: bytes) -> None:
    assert parse_note(SMALL)
    with pytest.raises(Malformed):
        parse_note(data)


def test_a_note_is_bounded_in_bytes_and_lines() -> None:
    many = b"text\n\n" + LINE.encode() * 100
    assert len(parse_note(many).signatures) == 100
    for data, options in (
        (many + LINE.encode(), {}),
        (SMALL, {"bytes_max": len(SMALL) - 1}),
        (many, {"signatures_max": 16}),
    ):
        with pytest.raises(Malformed):
            parse_note(data, **options)


@pytest.mark.parametrize("data", [b"", b"\n", SMALL, LINE.encode()[:-1]])
def test_lines_without_a_signature_are_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_signature_lines(data)


def test_a_verifier_key_is_split_at_the_first_two_plus_signs_only() -> None:
    vkey = next(v for v in map(_key, range(300)) if "+" in v.text().split("+", 2)[2])
    assert parse_vkey(vkey.text()) == vkey


def _key(seed: int) -> Vkey:
    return Vkey("a.example/log", 1, bytes([seed % 256]) * 32)


@pytest.mark.parametrize("kind", [0, 2, 3, 5, 7, 255])
def test_a_key_of_another_kind_is_refused(kind: int) -> None:
    with pytest.raises(Malformed):
        Vkey("a.example/log", kind, bytes(32))


def test_a_key_whose_hash_is_not_its_own_is_refused() -> None:
    text = _key(1).text()
    name, key_id, key = text.split("+", 2)
    for other in (
        f"{name}+00000000+{key}",
        f"{name}+{key_id.upper()}+{key}",
        f"b{name}+{key_id}+{key}",
        f"{name}+{key_id}",
        f"{name}+{key_id}+",
        f"{name}+{key_id}+{key}=",
        "a" * 5_000,
    ):
        with pytest.raises(Malformed):
            parse_vkey(other)


@given(st.integers(0, 2**63 - 1), st.binary(min_size=1, max_size=70))
def test_a_timestamped_signature_is_read_back(time_s: int, signature: bytes) -> None:
    assert unpack_timestamped(pack_timestamped(time_s, signature)) == (time_s, signature)


@pytest.mark.parametrize("blob", [b"", bytes(8), b"\xff" * 9])
def test_a_time_without_signature_or_beyond_the_bound_is_refused(blob: bytes) -> None:
    with pytest.raises(Malformed):
        unpack_timestamped(blob)


def test_a_subtree_that_does_not_start_at_zero_states_no_time() -> None:
    assert subtree_message("a", 0, "b", 1, 2, bytes(32))
    for arguments in (
        ("a", 1, "b", 1, 2),
        ("a", 0, "b", 3, 2),
        ("", 0, "b", 0, 2),
        ("a", 2**63, "b", 0, 2),
        ("a" * 256, 0, "b", 0, 2),
    ):
        with pytest.raises(Malformed):
            subtree_message(*arguments, bytes(32))


def test_a_note_or_key_that_could_not_be_read_cannot_be_made() -> None:
    good = Signature("a.example/log", bytes(4), b"x")
    assert Note("text\n", (good,))
    for make in (
        lambda: Signature("a b", bytes(4), b"x"),
        lambda: Signature("a", bytes(3), b"x"),
        lambda: Signature("a", bytes(4), b""),
        lambda: Note("text", (good,)),
        lambda: Note("te\0xt\n", (good,)),
        lambda: Note("text\n", ()),
        lambda: Vkey("a+b", 1, bytes(32)),
        lambda: Vkey("a", 1, bytes(31)),
        lambda: Vkey("a", 6, bytes(32)),
        lambda: cosignature_v1_message(-1, "text\n"),
        lambda: cosignature_v1_message(2**63, "text\n"),
        lambda: pack_timestamped(2**63, b"x"),
        lambda: pack_timestamped(-1, b"x"),
        lambda: subtree_message("a", 0, "b", 0, 2**53, bytes(32)),
        lambda: subtree_message("a", 0, "b", 0, 1, bytes(31)),
    ):
        with pytest.raises(Malformed):
            make()


def test_half_of_a_surrogate_pair_is_refused_and_not_a_crash() -> None:
    with pytest.raises(Malformed):
        Note("te\ud800xt\n", (Signature("a", bytes(4), b"x"),)).encode()
    with pytest.raises(Malformed):
        cosignature_v1_message(0, "\ud800\n")
