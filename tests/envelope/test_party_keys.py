"""Heads, receipts, requests and cards as a party signs them, against the published answers."""

import base64
import gc
import types
from collections.abc import Callable
from typing import Any

import pytest

from openline.envelope.keyring import RootSpent, new_keyring, new_prekey, public_card_keys
from openline.envelope.party_keys import PartyKeys, UnfitToSign, sign_card
from openline.envelope.standard import StandardSuite
from openline.envelope.suite import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44,
    BadSignature,
    Suite,
)
from openline.formats.card import fingerprint, parse_card
from openline.formats.head import Head, parse_head
from openline.formats.note import (
    Signature,
    Vkey,
    cosignature_v1_message,
    parse_note,
    parse_signature_lines,
    subtree_message,
    unpack_timestamped,
)
from tests.envelope.conftest import Repeatable
from tests.envelope.test_keyring import keyring_of

ORIGIN = "a.example/openline/" + "a" * 52
HEAD = Head(ORIGIN, 23, bytes(range(32)))
THEIRS = Head("b.example/openline/" + "b" * 52, 4, bytes(32))
TIME_S = 1_679_315_147


def keys_of(suite: Suite) -> PartyKeys:
    return PartyKeys(new_keyring("a.example", Repeatable()), suite)


def checked(suite: Suite, vkey: Vkey, line: Signature, head: Head) -> int:
    """Verify one line of either cosignature kind over a head; its time."""
    assert (line.name, line.key_id) == (vkey.name, vkey.key_id)
    time_s, signature = unpack_timestamped(line.blob)
    if vkey.kind == ML_DSA_44:
        message = subtree_message(vkey.name, time_s, head.origin, 0, head.size, head.root)
    else:
        message = cosignature_v1_message(time_s, head.text())
    suite.verify(vkey.kind, vkey.public, message, signature)
    return time_s


def test_a_checkpoint_bears_both_signatures_under_its_origin(any_suite: Suite) -> None:
    keys = keys_of(any_suite)
    note = parse_note(keys.sign_head(HEAD, TIME_S))
    assert parse_head(note.text.encode()) == HEAD
    first, second = note.signatures
    log1, log6 = keys.vkey("log", ED25519, ORIGIN), keys.vkey("log", ML_DSA_44, ORIGIN)
    assert (first.name, first.key_id) == (ORIGIN, log1.key_id)
    any_suite.verify(ED25519, log1.public, note.text.encode(), first.blob)
    assert checked(any_suite, log6, second, HEAD) == TIME_S
    with pytest.raises(BadSignature):  # the control: another size is not what was signed
        checked(any_suite, log6, second, Head(ORIGIN, 24, HEAD.root))


@pytest.mark.parametrize("role", ["receipt", "witness"])
def test_a_cosignature_is_two_lines_with_one_time(any_suite: Suite, role: str) -> None:
    keys = keys_of(any_suite)
    sign = keys.cosign if role == "receipt" else keys.witness_cosign
    first, second = parse_signature_lines(sign(THEIRS, TIME_S))
    assert checked(any_suite, keys.vkey(role, ED25519_COSIGNATURE), first, THEIRS) == TIME_S
    assert checked(any_suite, keys.vkey(role, ML_DSA_44), second, THEIRS) == TIME_S


def test_a_receipt_and_a_witness_share_no_key(any_suite: Suite) -> None:
    """A kind 0x04 signature names no role, so with one key a witness line would be a receipt."""
    keys = keys_of(any_suite)
    for kind in (ED25519_COSIGNATURE, ML_DSA_44):
        assert keys.vkey("receipt", kind).public != keys.vkey("witness", kind).public
    first, _ = parse_signature_lines(keys.witness_cosign(THEIRS, TIME_S))
    receipt = keys.vkey("receipt", ED25519_COSIGNATURE)
    with pytest.raises(BadSignature):
        any_suite.verify(
            ED25519_COSIGNATURE,
            receipt.public,
            cosignature_v1_message(TIME_S, THEIRS.text()),
            unpack_timestamped(first.blob)[1],
        )


def test_a_request_is_a_note_under_the_http_key(any_suite: Suite) -> None:
    keys = keys_of(any_suite)
    note = parse_note(keys.sign_request("openline/v1 ask\n\nany text\n"))
    (line,) = note.signatures
    http = keys.vkey("http", ED25519)
    assert (http.name, line.name, line.key_id) == ("a.example/http", http.name, http.key_id)
    any_suite.verify(ED25519, http.public, note.text.encode(), line.blob)


def test_a_card_log_is_signed_by_the_root_keys(any_suite: Suite) -> None:
    keyring = new_keyring("a.example", Repeatable())
    head = Head("a.example/openline", 1, bytes(range(32)))
    note = parse_note(sign_card(keyring, head, TIME_S, any_suite))
    card = public_card_keys(keyring, any_suite)
    first, second = note.signatures
    assert first.key_id == card.root1.key_id
    any_suite.verify(ED25519, card.root1.public, note.text.encode(), first.blob)
    assert checked(any_suite, card.root6, second, head) == TIME_S


def test_a_spent_root_signs_nothing(any_suite: Suite) -> None:
    spent = new_keyring("a.example", Repeatable()).spend_root()
    with pytest.raises(RootSpent):
        sign_card(spent, Head("a.example/openline", 1, bytes(32)), TIME_S, any_suite)


@pytest.mark.parametrize(
    "origin",
    [
        "b.example/openline/" + "a" * 52,
        "a.example/openline",
        "a.example/openlines/" + "a" * 52,
        "a.example",
        "xa.example/openline/" + "a" * 52,
    ],
)
def test_the_log_keys_sign_heads_of_own_line_logs_only(any_suite: Suite, origin: str) -> None:
    with pytest.raises(UnfitToSign):
        keys_of(any_suite).sign_head(Head(origin, 1, bytes(32)), TIME_S)


def test_nobody_receipts_to_oneself(any_suite: Suite) -> None:
    with pytest.raises(UnfitToSign):
        keys_of(any_suite).cosign(HEAD, TIME_S)


@pytest.mark.parametrize(
    "head",
    [HEAD, Head("b.example/openline", 1, bytes(32)), Head("a.example/openline", 0, bytes(32))],
)
def test_the_root_keys_sign_the_own_card_log_only(any_suite: Suite, head: Head) -> None:
    with pytest.raises(UnfitToSign):
        sign_card(new_keyring("a.example", Repeatable()), head, TIME_S, any_suite)


@pytest.mark.parametrize("time_s", [0, -1])
def test_nothing_is_signed_without_a_time(any_suite: Suite, time_s: int) -> None:
    keys = keys_of(any_suite)
    for sign, head in (
        (keys.sign_head, HEAD),
        (keys.cosign, THEIRS),
        (keys.witness_cosign, THEIRS),
    ):
        with pytest.raises(UnfitToSign):
            sign(head, time_s)
    keyring, head = new_keyring("a.example", Repeatable()), Head("a.example/openline", 1, bytes(32))
    with pytest.raises(UnfitToSign):
        sign_card(keyring, head, time_s, any_suite)


def test_party_keys_show_no_secret_when_printed(any_suite: Suite) -> None:
    assert repr(keys_of(any_suite)) == "PartyKeys('a.example', secrets not shown)"


def test_party_keys_hold_no_root_and_no_prekey(any_suite: Suite) -> None:
    """What is destroyed in the keyring must not live on in an object that outlives it."""
    keyring = new_keyring("a.example", Repeatable())
    keyring = keyring.with_prekey(ORIGIN, 0, new_prekey(any_suite, Repeatable(b"prekey")))
    keys = PartyKeys(keyring, any_suite)
    destroyed = {*(keyring.root or ()), *(keyring.next_root or ()), keyring.prekeys[ORIGIN, 0].seed}
    reached: set[int] = set()
    waiting: list[object] = [keys]
    while waiting:
        each = waiting.pop()
        if id(each) in reached or isinstance(each, type | types.ModuleType | types.FunctionType):
            continue
        reached.add(id(each))
        assert not (isinstance(each, bytes) and each in destroyed)
        waiting.extend(gc.get_referents(each))
    assert len(reached) > 20  # the walk did walk


# ---- published answers -------------------------------------------------------------------------


def test_the_published_note_keys_and_signatures_are_ours(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    notes = vectors("notes")
    text = notes["checkpoint_text"]
    head = parse_head(text.encode())
    for name, kind in (("ed25519", ED25519), ("mldsa44", ML_DSA_44)):
        seed = bytes.fromhex(notes[name]["seed"])
        vkey = Vkey(notes["origin"], kind, suite.public(kind, seed))
        assert vkey.text() == notes[name]["vkey"]
        assert vkey.key_id.hex() == notes[name]["key_id"]
    signature = suite.sign(ED25519, bytes.fromhex(notes["ed25519"]["seed"]), text.encode())
    assert base64.b64encode(signature).decode() == notes["ed25519_signature"]
    witness, cosignature = notes["witness"], notes["cosignature_v1"]
    seed = bytes.fromhex(witness["seed"])
    vkey = Vkey(witness["name"], witness["type"], suite.public(witness["type"], seed))
    assert vkey.text() == witness["vkey"]
    message = cosignature_v1_message(int(cosignature["time"]), text)
    made = suite.sign(witness["type"], seed, message)
    assert base64.b64encode(made).decode() == cosignature["signature"]
    message = subtree_message(
        head.origin, int(cosignature["time"]), head.origin, 0, head.size, head.root
    )
    assert message.hex() == notes["mldsa44_signed_message"]


def test_the_published_signed_note_verifies(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    notes = vectors("notes")
    note = parse_note(notes["signed_note"].encode())
    head = parse_head(note.text.encode())
    keys = {
        kind: Vkey(head.origin, kind, suite.public(kind, bytes.fromhex(notes[name]["seed"])))
        for name, kind in (("ed25519", ED25519), ("mldsa44", ML_DSA_44))
    }
    by_id = {line.key_id: line for line in note.signatures}
    first = by_id[keys[ED25519].key_id]
    suite.verify(ED25519, keys[ED25519].public, note.text.encode(), first.blob)
    second = by_id[keys[ML_DSA_44].key_id]
    time_s = checked(suite, keys[ML_DSA_44], second, head)
    message = bytes.fromhex(notes["mldsa44_signed_message"])
    assert message == subtree_message(head.origin, time_s, head.origin, 0, head.size, head.root)


def test_the_published_delivery_was_signed_by_the_senders_log_keys(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    delivery = vectors("deliver")
    north = next(p for p in vectors("party")["parties"] if p["name"] == "mfa.north.example")
    keys = PartyKeys(keyring_of(north), suite)
    body = base64.b64decode(delivery["body"])
    framed = body[4 : 4 + int.from_bytes(body[:4], "big")]
    note = parse_note(framed.split(b"\n\n", 1)[1])
    head = parse_head(note.text.encode())
    first, second = note.signatures
    log1 = keys.vkey("log", ED25519, head.origin)
    assert first.key_id == log1.key_id
    suite.verify(ED25519, log1.public, note.text.encode(), first.blob)
    time_s = checked(suite, keys.vkey("log", ML_DSA_44, head.origin), second, head)
    # Ed25519 is deterministic: the line we would write is the line that was written.
    assert parse_note(keys.sign_head(head, time_s)).signatures[0] == first


def test_the_published_receipt_is_what_the_addressee_would_sign(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    delivery = vectors("deliver")
    receipt = delivery["receipt"]
    south = next(p for p in vectors("party")["parties"] if p["name"] == "mfa.south.example")
    keys = PartyKeys(keyring_of(south), suite)
    head = Head(delivery["origin"], int(delivery["size"]), bytes.fromhex(delivery["root"]))
    lines = parse_signature_lines("".join(receipt["lines"]).encode())
    time_s = int(receipt["time"])
    for kind, line in zip((ED25519_COSIGNATURE, ML_DSA_44), lines, strict=True):
        assert checked(suite, keys.vkey("receipt", kind), line, head) == time_s
    assert cosignature_v1_message(time_s, head.text()).hex() == receipt["signed_message_0x04"]
    message = subtree_message(
        "mfa.south.example/receipt", time_s, head.origin, 0, head.size, head.root
    )
    assert message.hex() == receipt["signed_message_0x06"]
    assert parse_signature_lines(keys.cosign(head, time_s))[0] == lines[0]


def test_the_published_card_log_is_signed_by_the_roots_of_its_card(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    """The vectors hold no card note, so we sign one and check it against the published card."""
    for party in vectors("party")["parties"]:
        card = parse_card(party["card"].encode())
        head = Head(f"{card.party}/openline", 1, fingerprint(card))
        assert head.root.hex() == party["fingerprint"]
        note = parse_note(sign_card(keyring_of(party), head, TIME_S, suite))
        first, second = note.signatures
        suite.verify(ED25519, card.root1.public, note.text.encode(), first.blob)
        assert checked(suite, card.root6, second, head) == TIME_S
