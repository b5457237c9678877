"""The published disclosures say what `expect.json` says, and nothing that was changed says it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope.suite import BadSignature
from openline.errors import OpenlineError
from openline.formats import openjson
from openline.formats.note import Note, parse_note
from openline.formats.policy import Policy, parse_policy
from openline.formats.proof import (
    parse_bundle,
    parse_cards_part,
    parse_extra,
    parse_proof,
    parse_range,
)
from openline.formats.spell import b64, unb64
from openline.record.checkpoint import BadNote
from openline.record.disclosure import verify_file
from openline.record.policy import QuorumNotMet
from openline.record.tree import BadProof
from openline.record.verdict import Verdict
from tests.record.builder import NORTH, SOUTH, SUITE
from tests.vectors import disclosure, load

EXPECTED = json.loads(disclosure("expect.json"))
PARTS = parse_bundle(disclosure("all.openline-proof")).parts
CARDS = [parse_cards_part(part) for kind, part in PARTS if kind == "cards"]
PRINTS = {p["name"]: bytes.fromhex(p["fingerprint"]) for p in load("party")["parties"]}
CHARTER = disclosure("charter").decode()
PROOFS = ("notice.tlog-proof", "revealed-later.tlog-proof", "answer.tlog-proof")
FILES = (*PROOFS, "no-guarantee.range")


def policy_of(name: str) -> Policy:
    return parse_policy(disclosure(name).decode(), with_log=True)


def verify(name: str, data: bytes | None = None, **changes: Any) -> Verdict:
    """A published file, or another in its place, under its policy and the compared cards."""
    given: dict[str, Any] = {"fingerprints": PRINTS, "cards": CARDS, "allow_exercise": True}
    policy = changes.pop("policy", policy_of(EXPECTED[name]["policy"]))
    data = disclosure(name) if data is None else data
    return verify_file(data, policy, SUITE, **{**given, **changes})


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("trust", [{}, {"fingerprints": {}}, {"fingerprints": {}, "cards": []}])
def test_every_published_file_says_what_is_expected(name: str, trust: dict[str, Any]) -> None:
    """With compared cards, with cards that only the charter names, and with the policy alone."""
    verdict = verify(name, **trust)
    expected = dict(EXPECTED[name])
    expected.pop("policy")
    json_ = verdict.json
    assert json_["status"] == EXPECTED["status"]
    assert verdict.lines[0] == "EXERCISE"
    assert verdict.exit_code == expected.pop("exit", 0)
    if "first_line" in expected:
        assert verdict.first_line.startswith(expected.pop("first_line"))
    if "verdict" in expected:
        assert verdict.first_line.startswith(expected["verdict"])
    assert {key: json_[key] for key in expected} == expected


@pytest.mark.parametrize("name", FILES)
def test_an_exercise_is_accepted_only_where_that_was_asked_for(name: str) -> None:
    verdict = verify(name, allow_exercise=False)
    assert verdict.exit_code == 4
    assert verdict.lines[0] == "EXERCISE"


@pytest.mark.parametrize("name", FILES)
def test_without_the_card_the_ed25519_signature_is_said_not_to_be_checked(name: str) -> None:
    sentence = "Ed25519 log signature not checked"
    assert sentence in verify(name, cards=[], fingerprints={}).lines
    assert sentence not in verify(name).lines


def test_officers_that_no_compared_card_names_are_said_to_be_unconfirmed() -> None:
    for trust in ({"fingerprints": {}}, {"fingerprints": {}, "cards": []}):
        verdict = verify("notice.tlog-proof", **trust)
        assert verdict.first_line.startswith("valid, officers unconfirmed")
    assert verify("notice.tlog-proof").first_line.startswith("valid: released by 1 officer")


def test_each_field_is_told_or_revealed_later() -> None:
    lines = verify("revealed-later.tlog-proof").lines
    (place,) = [line for line in lines if line.startswith("field 7 place")]
    (route,) = [line for line in lines if line.startswith("field 11 route")]
    assert place.endswith("(shown to the addressee)")
    assert route.endswith("(withheld, revealed later by the sender)")
    counts = "8 of 17 fields shown, 2 of 9 of the message itself"
    assert f"{counts}; not shown: 1 withheld from the addressee, 6 left out of this file" in lines


def test_a_range_says_what_it_does_not_speak_of() -> None:
    (line,) = [x for x in verify("no-guarantee.range").lines if x.startswith("on this line, up to")]
    assert line.endswith("says nothing about other lines, calls or letters")
    assert "2023-02-20T02:30:01Z" in line


def test_the_bundle_holds_under_fingerprints_alone() -> None:
    data = disclosure("all.openline-proof")
    verdict = verify_file(data, None, SUITE, fingerprints=PRINTS, allow_exercise=True)
    assert verdict.exit_code == 0
    assert verdict.lines[0] == "EXERCISE"
    proofs = [part for part in verdict.parts if part.kind == "proof"]
    assert [part.json["policy"] for part in proofs] == ["rebuilt", "rebuilt"]
    assert [part.json["received_no_later_than"] for part in proofs] == [1676854805, 1676860201]


def test_a_policy_that_came_with_the_bundle_is_unverified() -> None:
    data = disclosure("all.openline-proof")
    verdict = verify_file(data, None, SUITE, allow_exercise=True)
    assert verdict.exit_code == 4
    for part in verdict.parts:
        if part.kind in ("proof", "range"):
            assert part.first_line.startswith("policy unverified")
            assert part.exit_code == 4


def test_a_proof_without_any_policy_is_unverified() -> None:
    verdict = verify_file(disclosure("notice.tlog-proof"), None, SUITE, allow_exercise=True)
    assert (verdict.exit_code, verdict.first_line.startswith("policy unverified")) == (4, True)


# ---- what must be refused ----------------------------------------------------------------------


def check_changed(name: str, at: int, bit: int) -> None:
    """Refused; or the name or id of the 0x01 log line was hit, and its absence is said.

    A line of an unknown key is ignored (signed-note), and only the 0x06 line is required.
    """
    changed = bytearray(disclosure(name))
    changed[at] ^= 1 << bit
    try:
        verdict = verify(name, bytes(changed))
    except OpenlineError:
        return
    ed25519_line = disclosure(name).split("\n— ".encode())[1].split(b" ")[1]
    start = disclosure(name).index(ed25519_line)
    assert verdict.json["ed25519"] == "absent"
    assert start - 100 < at < start + 8, f"byte {at} is not in the head of the 0x01 line"


@pytest.mark.parametrize("name", FILES)
def test_any_changed_bit_of_a_file_is_refused(name: str) -> None:
    for at in range(0, len(disclosure(name)), 211):
        check_changed(name, at, at % 8)


@given(st.sampled_from(FILES), st.data())
def test_any_changed_bit_wherever_it_is_drawn_is_refused(name: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(disclosure(name)) - 1))
    check_changed(name, at, data.draw(st.integers(0, 7)))


def variants(value: Any) -> Iterator[Any]:
    """The same value with one text or number in it changed, in every place."""
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from ([*value[:i], other, *value[i + 1 :]] for other in variants(item))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from ({**value, key: other} for other in variants(item))
    elif isinstance(value, str):
        yield from changed_text(value)
    else:
        yield value + 1


def changed_text(text: str) -> Iterator[str]:
    """Base64 with one bit changed and still canonical; other text with one letter changed."""
    try:
        data = bytearray(unb64(text))
    except OpenlineError:
        data = bytearray()
    if len(data) >= 16:
        data[len(data) // 2] ^= 4
        yield b64(bytes(data))
    else:
        yield text[:-1] + ("f" if text[-1:] != "f" else "g")


@pytest.mark.parametrize("name", PROOFS)
def test_every_single_value_of_the_extra_is_protected(name: str) -> None:
    """Well-spelled changes: leaf, field, salt, path, proof hash, head, officer, charter."""
    data = disclosure(name)
    proof = parse_proof(data)
    assert proof.extra is not None
    count = 0
    for other in variants(openjson.decode(proof.extra)):
        with pytest.raises(OpenlineError):
            verify(name, replace(proof, extra=openjson.encode(other)).encode())
        count += 1
    assert count > 60


def test_every_single_value_of_the_range_is_protected() -> None:
    data = disclosure("no-guarantee.range")
    first, line, rest = data.split(b"\n", 2)
    count = 0
    for other in variants(openjson.decode(line)):
        with pytest.raises(OpenlineError):
            verify("no-guarantee.range", b"\n".join([first, openjson.encode(other), rest]))
        count += 1
    assert count > 60


@pytest.mark.parametrize("name", PROOFS)
def test_the_log_proof_itself_is_protected(name: str) -> None:
    proof = parse_proof(disclosure(name))
    hashes = list(proof.hashes)
    hashes[0] = bytes([hashes[0][0] ^ 1]) + hashes[0][1:]
    for changed in (
        replace(proof, hashes=tuple(hashes)),
        replace(proof, hashes=()),
        replace(proof, hashes=(*proof.hashes, bytes(32))),
        replace(proof, index=0),
        replace(proof, index=proof.index + 1),
    ):
        with pytest.raises(BadProof):
            verify(name, changed.encode())


def rewritten(name: str, keep: list[int]) -> bytes:
    """A file with only some signature lines of its checkpoint."""
    data = disclosure(name)
    is_range = name.endswith(".range")
    note = (parse_range(data) if is_range else parse_proof(data)).checkpoint
    opened = parse_note(note)
    lines = tuple(opened.signatures[i] for i in keep)
    return data[: -len(note)] + Note(opened.text, lines).encode()


@pytest.mark.parametrize("name", FILES)
def test_a_needed_signature_line_removed_is_refused(name: str) -> None:
    """Lines: 0 log 0x01, 1 log 0x06, 2 and 3 receipt, 4 and 5 witness."""
    for removed, refusal in ((1, BadNote), *((i, QuorumNotMet) for i in (2, 3, 4, 5))):
        with pytest.raises(refusal):
            verify(name, rewritten(name, [i for i in range(6) if i != removed]))


@pytest.mark.parametrize("name", FILES)
def test_a_signature_line_altered_is_refused(name: str) -> None:
    data = disclosure(name)
    is_range = name.endswith(".range")
    note = (parse_range(data) if is_range else parse_proof(data)).checkpoint
    opened = parse_note(note)
    for i, line in enumerate(opened.signatures):
        for at in (0, 7, 8, len(line.blob) - 1):
            blob = bytearray(line.blob)
            blob[at] ^= 1
            lines = list(opened.signatures)
            lines[i] = replace(line, blob=bytes(blob))
            with pytest.raises(BadSignature):
                verify(name, data[: -len(note)] + Note(opened.text, tuple(lines)).encode())


def test_the_log_line_0x01_may_be_missing_and_that_is_said() -> None:
    verdict = verify("notice.tlog-proof", rewritten("notice.tlog-proof", [1, 2, 3, 4, 5]))
    assert verdict.exit_code == 0
    assert "no Ed25519 log signature in the note" in verdict.lines


def test_the_answer_under_the_policy_of_the_notice_is_refused() -> None:
    for trust in ({}, {"cards": [], "fingerprints": {}}):
        with pytest.raises(BadNote):
            verify("answer.tlog-proof", policy=policy_of("notice.policy"), **trust)


def reshown(name: str, **changes: Any) -> bytes:
    proof = parse_proof(disclosure(name))
    assert proof.extra is not None
    return replace(proof, extra=replace(parse_extra(proof.extra), **changes).encode()).encode()


def extra_of(name: str) -> Any:
    extra = parse_proof(disclosure(name)).extra
    assert extra is not None
    return parse_extra(extra)


@pytest.mark.parametrize("path", ["at", "format", "class", "refs", "withheld", "line"])
@pytest.mark.parametrize("name", PROOFS)
def test_a_field_list_without_what_must_be_shown_is_refused(name: str, path: str) -> None:
    fields = tuple(each for each in extra_of(name).fields if each.field.path != path)
    with pytest.raises(BadProof):
        verify(name, reshown(name, fields=fields))


@pytest.mark.parametrize("name", PROOFS)
def test_fields_out_of_order_or_twice_are_refused(name: str) -> None:
    proof = parse_proof(disclosure(name))
    assert proof.extra is not None
    value = openjson.decode(proof.extra)
    assert isinstance(value, dict)
    fields = value["fields"]
    assert isinstance(fields, list)
    for other in ([fields[1], fields[0], *fields[2:]], [fields[0], *fields], fields[::-1]):
        changed = openjson.encode({**value, "fields": other})
        with pytest.raises(OpenlineError):
            verify(name, replace(proof, extra=changed).encode())


@pytest.mark.parametrize("name", ["notice.tlog-proof", "answer.tlog-proof"])
def test_a_release_without_its_head_or_its_officer_is_refused(name: str) -> None:
    extra = extra_of(name)
    for changes in (
        {"heads": ()},
        {"heads": extra.heads[1:]},
        {"officers": ()},
        {"officers": extra.officers[1:]},
        {"fields": tuple(each for each in extra.fields if each.field.path != "draft")},
        {"fields": tuple(each for each in extra.fields if each.field.path != "expires")},
    ):
        for trust in ({}, {"cards": [], "fingerprints": {}}):
            with pytest.raises(BadProof):
                verify(name, reshown(name, **changes), **trust)


@pytest.mark.parametrize("name", PROOFS)
def test_a_proof_without_the_charter_is_only_of_unknown_status(name: str) -> None:
    verdict = verify(name, reshown(name, charter=None))
    assert verdict.first_line == "status unknown: may be an exercise"
    assert (verdict.exit_code, verdict.status) == (4, "unknown")
    with_charter = verify(name, reshown(name, charter=None), charters=[CHARTER])
    assert with_charter.status == "exercise"


def test_a_range_without_the_charter_is_only_of_unknown_status() -> None:
    data = replace(parse_range(disclosure("no-guarantee.range")), charter=None).encode()
    verdict = verify("no-guarantee.range", data)
    assert (verdict.exit_code, verdict.first_line) == (4, "status unknown: may be an exercise")
    assert "absent" not in verdict.json


def test_another_charter_than_that_of_the_line_is_refused() -> None:
    other = load("party")["lines"][1]["charter"]
    for text in (other, CHARTER.replace("status exercise", "status actual")):
        with pytest.raises(BadProof):
            verify("notice.tlog-proof", reshown("notice.tlog-proof", charter=text))


def test_a_proof_without_releases_is_not_called_released() -> None:
    for name in ("notice.tlog-proof", "answer.tlog-proof"):
        kept = [x for x in extra_of(name).fields if not x.field.path.startswith("release.")]
        verdict = verify(name, reshown(name, fields=tuple(kept), heads=(), officers=()))
        assert verdict.first_line.startswith("not shown to be released")
        assert (verdict.exit_code, verdict.json["releases"]) == (4, 0)


def test_a_range_with_an_entry_left_out_is_refused() -> None:
    found = parse_range(disclosure("no-guarantee.range"))
    for entries in (found.entries[1:], found.entries[:1], (), found.entries[::-1]):
        with pytest.raises(BadProof):
            verify("no-guarantee.range", replace(found, entries=entries).encode())
    for changes in ({"from_": 0, "frontier": ()}, {"from_": 2}, {"frontier": ()}):
        with pytest.raises(BadProof):
            verify("no-guarantee.range", replace(found, **changes).encode())


def test_a_range_under_a_checkpoint_of_another_size_is_refused() -> None:
    found = parse_range(disclosure("no-guarantee.range"))
    notice = parse_proof(disclosure("notice.tlog-proof"))
    with pytest.raises((BadNote, BadProof)):
        verify("no-guarantee.range", replace(found, checkpoint=notice.checkpoint).encode())


@pytest.mark.parametrize("name", ["answer.tlog-proof", "no-guarantee.range"])
def test_the_class_of_the_answer_changed_to_guarantee_is_refused(name: str) -> None:
    data = disclosure(name)
    old, new = "noted-without-guarantee", "guarantee"
    if name.endswith(".range"):
        changed = data.replace(f'\\"{old}\\"'.encode(), f'\\"{new}\\"'.encode())
    else:
        proof = parse_proof(data)
        assert proof.extra is not None
        extra = proof.extra.replace(f'\\"{old}\\"'.encode(), f'\\"{new}\\"'.encode())
        changed = replace(proof, extra=extra).encode()
    assert changed != data
    with pytest.raises(BadProof):
        verify(name, changed)


SIGNED = ("ed25519", "receipts", "received_no_later_than", "details", "witnesses")


def claims(verdict: Verdict) -> list[dict[str, Any]]:
    """What the parts say, but for what may be lost when a line that no quorum needs is lost."""
    return [{k: v for k, v in part.json.items() if k not in SIGNED} for part in verdict.parts]


def test_a_changed_bit_in_any_part_of_the_bundle_is_noticed() -> None:
    """Refused, or a line that the charter's quorum does not need is lost and not counted."""
    data = disclosure("all.openline-proof")
    given: dict[str, Any] = {"fingerprints": PRINTS, "allow_exercise": True}
    honest = verify_file(data, None, SUITE, **given)
    for at in range(0, len(data), 1_201):
        changed = bytearray(data)
        changed[at] ^= 1 << (at % 8)
        try:
            verdict = verify_file(bytes(changed), None, SUITE, **given)
        except OpenlineError:
            continue
        if verdict.exit_code == 0:
            assert claims(verdict) == claims(honest), f"byte {at}"
            lost = zip(verdict.parts, honest.parts, strict=True)
            assert any(
                not part.json["receipts"] or part.json["ed25519"] == "absent"
                for part, before in lost
                if part.json != before.json
            ), f"byte {at}"


def test_fingerprints_that_are_not_those_of_the_cards_refuse() -> None:
    prints = {NORTH: PRINTS[SOUTH], SOUTH: PRINTS[NORTH]}
    with pytest.raises(OpenlineError):
        verify("notice.tlog-proof", fingerprints=prints)
    with pytest.raises(OpenlineError):
        verify("notice.tlog-proof", fingerprints=prints, cards=[])
