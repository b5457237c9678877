"""Signed heads: the published note opens, and every lack or change of a signature refuses."""

import json
from dataclasses import replace

import pytest

from openline.envelope.suite import BadSignature
from openline.formats.note import Note, Signature, parse_note, parse_signature_lines, parse_vkey
from openline.record.checkpoint import (
    BadNote,
    LogKeys,
    open_checkpoint,
    open_request,
    verify_cosignature_pair,
)
from tests.record.builder import NORTH, SOUTH, SUITE, T0, World, sign
from tests.vectors import load

NOTES = load("notes")
KEYS = LogKeys(parse_vkey(NOTES["ed25519"]["vkey"]), parse_vkey(NOTES["mldsa44"]["vkey"]))
SIGNED = NOTES["signed_note"].encode()


def with_signatures(note: bytes, *signatures: Signature) -> bytes:
    return Note(parse_note(note).text, signatures).encode()


def test_the_published_note_opens() -> None:
    head = open_checkpoint(SIGNED, KEYS, SUITE)
    assert head.text() == NOTES["checkpoint_text"]
    assert head.root.hex() == NOTES["roots"][23]


def test_the_published_receipt_is_good_for_its_head_only() -> None:
    deliver = load("deliver")
    lines = parse_signature_lines("".join(deliver["receipt"]["lines"]).encode())
    south = World().parties[SOUTH]
    log = World().log(NORTH)
    head = replace(
        log.head(), origin=deliver["origin"], size=2, root=bytes.fromhex(deliver["root"])
    )
    keys = south.vkey("receipt", 4), south.vkey("receipt", 6)
    time_s = verify_cosignature_pair(head, lines, *keys, SUITE)
    assert time_s == deliver["receipt"]["time"]
    for other in (replace(head, size=3), replace(head, root=bytes(32))):
        with pytest.raises(BadSignature):
            verify_cosignature_pair(other, lines, *keys, SUITE)


@pytest.mark.parametrize("kept", [(0,), (1,)])
def test_a_head_without_one_of_the_two_log_signatures_is_refused(kept: tuple[int, ...]) -> None:
    lines = parse_note(SIGNED).signatures
    with pytest.raises(BadNote):
        open_checkpoint(with_signatures(SIGNED, *(lines[i] for i in kept)), KEYS, SUITE)


def test_two_lines_of_one_known_key_refuse_the_note() -> None:
    lines = parse_note(SIGNED).signatures
    with pytest.raises(BadNote):
        open_checkpoint(with_signatures(SIGNED, *lines, lines[0]), KEYS, SUITE)


def test_a_bad_line_of_a_known_key_refuses_the_note() -> None:
    first, second = parse_note(SIGNED).signatures[:2]
    bad = replace(second, blob=second.blob[:-1] + bytes([second.blob[-1] ^ 1]))
    with pytest.raises(BadSignature):
        open_checkpoint(with_signatures(SIGNED, first, bad), KEYS, SUITE)


def test_lines_of_unknown_keys_neither_help_nor_harm() -> None:
    lines = parse_note(SIGNED).signatures
    stranger = Signature("stranger.example", b"abcd", b"anything")
    assert open_checkpoint(with_signatures(SIGNED, *lines, stranger), KEYS, SUITE)


def test_a_log_key_signs_only_its_own_origin() -> None:
    """The same keys sign every origin of a party, each under that origin's name."""
    world = World()
    log, note = world.log(NORTH), world.log(NORTH).note()
    card = world.parties[NORTH].cards[0]
    assert open_checkpoint(note, LogKeys.of(card, log.origin), SUITE) == log.head()
    with pytest.raises(BadNote):
        open_checkpoint(note, LogKeys.of(card, world.log(NORTH, 2).origin), SUITE)
    with pytest.raises(BadSignature):
        open_checkpoint(note, LogKeys.of(world.parties[SOUTH].cards[0], log.origin), SUITE)


def test_lines_under_another_name_than_the_origin_refuse() -> None:
    log = World().log(NORTH)
    keys = [log.party.vkey("log", kind, f"{NORTH}/openline") for kind in (1, 6)]
    seeds = [log.party.seed("log", kind) for kind in (1, 6)]
    head = log.head()
    lines = tuple(sign(head, *each, T0) for each in zip(keys, seeds, strict=True))
    with pytest.raises(BadNote):
        open_checkpoint(Note(head.text(), lines).encode(), LogKeys(*keys), SUITE)


@pytest.mark.parametrize("times", [(T0, T0 + 1), (0, 0), (0, T0)])
def test_a_receipt_states_one_time_above_zero(times: tuple[int, int]) -> None:
    world = World()
    south, head = world.parties[SOUTH], world.log(NORTH).head()
    keys = [south.vkey("receipt", kind) for kind in (4, 6)]
    seeds = [south.seed("receipt", kind) for kind in (4, 6)]
    lines = [sign(head, *each) for each in zip(keys, seeds, times, strict=True)]
    with pytest.raises(BadNote):
        verify_cosignature_pair(head, lines, *keys, SUITE)
    for line in lines:
        with pytest.raises(BadNote):
            verify_cosignature_pair(head, [line], *keys, SUITE)


def test_a_request_opens_under_its_http_key_and_no_other() -> None:
    north, south = World().parties[NORTH], World().parties[SOUTH]
    http = north.vkey("http", 1)
    text = json.dumps(["ask"]) + "\n"
    line = Signature(http.name, http.key_id, SUITE.sign(1, north.seed("http", 1), text.encode()))
    note = Note(text, (line,)).encode()
    assert open_request(note, http, SUITE) == text
    with pytest.raises(BadNote):
        open_request(note, south.vkey("http", 1), SUITE)
    with pytest.raises(BadSignature):
        open_request(note.replace(b"ask", b"asK"), http, SUITE)
