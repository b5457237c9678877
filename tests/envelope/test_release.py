"""Officers' releases: the published ones verify, and each check refuses alone."""

import base64
import dataclasses
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope.key_objects import new_officer_private
from openline.envelope.release import BadAssertion, SoftwareAuthenticator, verify_assertion
from openline.envelope.standard import StandardSuite
from openline.envelope.suite import Suite
from openline.formats.openjson import decode
from openline.formats.release import Assertion, challenge, parse_assertion, release_statement
from tests.envelope.conftest import Repeatable

DESK = "desk.a.example"
ORIGIN = "https://desk.a.example"
CHALLENGE = hashlib.sha256(b"a statement").digest()


def released(suite: Suite, rp_id: str = DESK, origin: str = ORIGIN) -> tuple[bytes, Assertion]:
    officer = SoftwareAuthenticator.create(suite, Repeatable())
    return officer.spki, officer.assert_statement(CHALLENGE, rp_id, origin)


def signed(cd: bytes, ad: bytes | None = None) -> tuple[bytes, Assertion]:
    """An assertion whose signature holds over any client data: what a hostile officer can make."""
    suite = StandardSuite()
    officer = SoftwareAuthenticator.create(suite, Repeatable())
    good = officer.assert_statement(CHALLENGE, DESK, ORIGIN)
    ad = good.ad if ad is None else ad
    sig = suite.officer_sign(officer.private, ad + hashlib.sha256(cd).digest())
    return officer.spki, dataclasses.replace(good, ad=ad, cd=cd, sig=sig)


def client(**changes: object) -> bytes:
    """Client data with members changed; None leaves one out."""
    members: dict[str, object] = {
        "type": "webauthn.get",
        "challenge": base64.urlsafe_b64encode(CHALLENGE).rstrip(b"=").decode(),
        "origin": ORIGIN,
        "crossOrigin": False,
    }
    members.update(changes)
    return json.dumps({k: v for k, v in members.items() if v is not None}).encode()


def refused(cd: bytes, check: str, ad: bytes | None = None) -> None:
    spki, assertion = signed(cd, ad)
    with pytest.raises(BadAssertion) as caught:
        verify_assertion(assertion, spki, DESK, CHALLENGE, StandardSuite())
    assert caught.value.check == check


def accepted(cd: bytes, rp_id: str = DESK, ad: bytes | None = None) -> None:
    spki, assertion = signed(cd, ad)
    verify_assertion(assertion, spki, rp_id, CHALLENGE, StandardSuite())


def test_a_release_verifies(any_suite: Suite) -> None:
    spki, assertion = released(any_suite)
    verify_assertion(assertion, spki, DESK, CHALLENGE, any_suite)


def test_a_release_is_good_for_one_statement_one_desk_and_one_officer(any_suite: Suite) -> None:
    spki, assertion = released(any_suite)
    other = any_suite.officer_public(new_officer_private(Repeatable(b"other")))
    elsewhere = hashlib.sha256(b"another statement").digest()
    for key, desk, due, check in (
        (spki, DESK, elsewhere, "challenge"),
        (spki, "desk.b.example", CHALLENGE, "rp-id"),
        (spki, "a.example", CHALLENGE, "rp-id"),
        (other, DESK, CHALLENGE, "signature"),
    ):
        with pytest.raises(BadAssertion) as caught:
            verify_assertion(assertion, key, desk, due, any_suite)
        assert caught.value.check == check


@given(st.integers(0), st.integers(0, 7), st.sampled_from(["ad", "cd", "sig"]))
def test_every_changed_bit_of_a_release_is_refused(at: int, bit: int, part: str) -> None:
    suite = StandardSuite()
    spki, assertion = released(suite)
    data = getattr(assertion, part)
    at %= len(data)
    data = data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]
    with pytest.raises(BadAssertion):
        verify_assertion(
            dataclasses.replace(assertion, **{part: data}), spki, DESK, CHALLENGE, suite
        )


def test_client_data_as_browsers_write_it_is_accepted() -> None:
    """Members in any order, members that nobody knew of, crossOrigin left out."""
    accepted(client())
    accepted(client(crossOrigin=None))
    accepted(client(other_keys_can_be_added_here="do not compare", extra={"a": [1]}))
    accepted(b" " + client().replace(b", ", b" ,\n") + b"\n")


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"type": "webauthn.create"}, "type"),
        ({"type": None}, "type"),
        ({"type": ["webauthn.get"]}, "type"),
        ({"challenge": None}, "challenge"),
        ({"challenge": ""}, "challenge"),
        ({"challenge": base64.b64encode(CHALLENGE).decode()}, "challenge"),
        ({"challenge": base64.urlsafe_b64encode(CHALLENGE).decode()}, "challenge"),
        ({"crossOrigin": True}, "cross-origin"),
        ({"crossOrigin": 0}, "cross-origin"),
        ({"crossOrigin": "false"}, "cross-origin"),
        ({"topOrigin": "https://frame.example"}, "top-origin"),
        ({"topOrigin": ""}, "top-origin"),
        ({"origin": None}, "origin"),
        ({"origin": [ORIGIN]}, "origin"),
    ],
)
def test_each_member_of_client_data_is_checked(changes: dict[str, object], check: str) -> None:
    refused(client(**changes), check)


def test_a_member_that_is_null_is_not_a_member_left_out() -> None:
    refused(client().replace(b'"crossOrigin": false', b'"crossOrigin": null'), "cross-origin")
    refused(client()[:-1] + b', "topOrigin": null}', "top-origin")


@pytest.mark.parametrize(
    "extra",
    [
        b', "challenge": "x"}',
        b', "crossOrigin": false}',
        b', "x": {"a": 1, "a": 2}}',
        b', "x": [[{"a": 1, "a": 1}]]}',
        b', "ch\\u0061llenge": "x"}',
    ],
)
def test_a_member_twice_is_refused_wherever_it_stands(extra: bytes) -> None:
    refused(client()[:-1] + extra, "client-data")


@pytest.mark.parametrize(
    "cd",
    [
        b"[]",
        b"null",
        b'"x"',
        b"{",
        client()[:-1] + b', "x": NaN}',
        client()[:-1] + b', "x": -Infinity}',
        client() + b"x",
        b"\xef\xbb\xbf" + client(),
        client().decode().encode("utf-16"),
        client()[:-1] + b', "x": "\xff"}',
        b"[" * 4096,
        client()[:-1] + b', "x": ' + b"[" * 1500 + b"]" * 1500 + b"}",
    ],
)
def test_what_is_not_a_json_object_in_utf_8_is_refused(cd: bytes) -> None:
    refused(cd, "client-data")


@given(st.binary(min_size=1, max_size=200))
def test_no_client_data_fails_in_another_way(cd: bytes) -> None:
    spki, assertion = signed(cd)
    with pytest.raises(BadAssertion):
        verify_assertion(assertion, spki, DESK, CHALLENGE, StandardSuite())


@pytest.mark.parametrize(
    "origin",
    ["https://desk.a.example", "https://desk.a.example:8443", "https://night.desk.a.example"],
)
def test_the_desk_and_what_lies_below_it_are_accepted(origin: str) -> None:
    accepted(client(origin=origin))


@pytest.mark.parametrize(
    "origin",
    [
        "http://desk.a.example",
        "http://localhost",
        "https://a.example",
        "https://evil-desk.a.example",
        "https://evildesk.a.example",
        "https://desk.a.example.evil.example",
        "https://.desk.a.example",
        "https://x..desk.a.example",
        "https://desk.a.example/",
        "https://desk.a.example:0",
        "https://desk.a.example:00443",
        "https://desk.a.example:65536",
        "https://desk.a.example:",
        "https://user@desk.a.example",
        "https://desk.a.example?x",
        "https://desk.a.example#x",
        "https://desk.a.example\n",
        " https://desk.a.example",
        "HTTPS://desk.a.example",
        "https://DESK.a.example",
        "https://desk.a.example.",
        "https://evil.example\\.desk.a.example",
        "https://evil.example/.desk.a.example",
        "android:apk-key-hash:x",
        "null",
        "",
    ],
)
def test_every_other_origin_is_refused(origin: str) -> None:
    refused(client(origin=origin), "origin")


@pytest.mark.parametrize(
    ("rp_id", "origin", "good"),
    [
        ("localhost", "http://localhost", True),
        ("localhost", "http://localhost:8080", True),
        ("localhost", "http://desk.localhost:8080", True),
        ("desk.localhost", "http://desk.localhost", True),
        ("localhost", "https://localhost", True),
        ("desk.localhost", "http://localhost", False),
        ("localhost", "http://127.0.0.1", False),
        ("localhost", "http://localhost.evil.example", False),
        ("xlocalhost", "http://xlocalhost", False),
    ],
)
def test_http_is_for_localhost_names_only(rp_id: str, origin: str, good: bool) -> None:
    suite = StandardSuite()
    spki, assertion = released(suite, rp_id, origin)
    if good:
        verify_assertion(assertion, spki, rp_id, CHALLENGE, suite)
        return
    with pytest.raises(BadAssertion) as caught:
        verify_assertion(assertion, spki, rp_id, CHALLENGE, suite)
    assert caught.value.check == "origin"


def test_an_empty_desk_name_admits_no_origin() -> None:
    suite = StandardSuite()
    spki, assertion = released(suite, "", "https://anything.example")
    with pytest.raises(BadAssertion) as caught:
        verify_assertion(assertion, spki, "", CHALLENGE, suite)
    assert caught.value.check == "origin"


@pytest.mark.parametrize(
    ("flags", "check"),
    [
        (0x00, "user-present"),
        (0x04, "user-present"),
        (0x01, "user-verified"),
        (0xFA, "user-present"),
    ],
)
def test_a_person_must_be_present_and_verified(flags: int, check: str) -> None:
    ad = hashlib.sha256(DESK.encode()).digest() + bytes([flags]) + bytes(4)
    refused(client(), check, ad)


@pytest.mark.parametrize("tail", [b"", b"\xa1\x61a\x01", bytes(900)])
def test_flags_and_extensions_that_the_protocol_does_not_name_change_nothing(tail: bytes) -> None:
    """Two verifiers must agree, so nothing is checked that the protocol does not name."""
    ad = hashlib.sha256(DESK.encode()).digest() + b"\xff" + b"\0\0\1\2" + tail
    accepted(client(), ad=ad)


@pytest.mark.parametrize("size", [1, 32, 36])
def test_authenticator_data_that_is_cut_short_is_refused(size: int) -> None:
    ad = (hashlib.sha256(DESK.encode()).digest() + b"\x05" + bytes(4))[:size]
    refused(client(), "authenticator-data", ad)


def test_an_authenticator_shows_no_secret_when_printed(suite: StandardSuite) -> None:
    officer = SoftwareAuthenticator.create(suite, Repeatable())
    assert repr(officer).startswith("SoftwareAuthenticator(")
    assert officer.private.hex() not in repr(officer) and len(repr(officer)) < 90


# ---- published answers -------------------------------------------------------------------------


def published(vectors: Callable[[str], Any]) -> list[tuple[dict[str, Any], int, Assertion, bytes]]:
    """Every release of the vectors: message, its field number, assertion, officer's PKCS #8."""
    private = {}
    for party in vectors("party")["parties"]:
        for officer in party["officers"]:
            person = base64.b64decode(officer["leaf"].split("\n")[1])
            private[person] = base64.b64decode(officer["private_key_pkcs8"])
    found = []
    for message in vectors("messages"):
        for k, field in enumerate(message["fields"]):
            if field["path"].startswith("release."):
                assertion = parse_assertion(decode(field["value"].encode()))
                found.append((message, k, assertion, private[assertion.person]))
    return found


def head_of(hashes: list[bytes]) -> bytes:
    """RFC 6962 tree hash, written here plainly: the room below the trees is tested without them."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    left, right = head_of(hashes[:split]), head_of(hashes[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def challenge_of(message: dict[str, Any], k: int) -> bytes:
    """The challenge of the release that became field k."""
    values = {field["path"]: field["value"] for field in message["fields"]}
    line_id = base64.b64decode(json.loads(values["line"]))
    card_size = json.loads(values["draft"])[0]
    hashes = [bytes.fromhex(field["hash"]) for field in message["fields"][:k]]
    return challenge(release_statement(line_id, card_size, k, head_of(hashes)))


def test_the_published_releases_verify(vectors: Callable[[str], Any], suite: StandardSuite) -> None:
    releases = published(vectors)
    assert len(releases) > 10
    for message, k, assertion, private in releases:
        rp_id = "desk." + message["origin"].split("/")[0]
        spki = suite.officer_public(private)
        due = challenge_of(message, k)
        verify_assertion(assertion, spki, rp_id, due, suite)
        with pytest.raises(BadAssertion):  # one field fewer is another statement
            verify_assertion(assertion, spki, rp_id, challenge_of(message, k - 1), suite)


def test_our_authenticator_writes_the_published_bytes(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    exact = 0
    for message, k, assertion, private in published(vectors):
        rp_id = "desk." + message["origin"].split("/")[0]
        made = SoftwareAuthenticator(private, assertion.person, suite).assert_statement(
            challenge_of(message, k), rp_id, f"https://{rp_id}"
        )
        assert (made.ad, made.cd, made.person) == (assertion.ad, assertion.cd, assertion.person)
        if len(assertion.sig) == 64:  # Ed25519 is deterministic, ES256 is not
            assert made.sig == assertion.sig
            exact += 1
    assert exact


def test_the_published_officers_keys_are_those_of_their_leaves(
    vectors: Callable[[str], Any], suite: StandardSuite
) -> None:
    for party in vectors("party")["parties"]:
        for officer in party["officers"]:
            private = base64.b64decode(officer["private_key_pkcs8"])
            leaf_spki = base64.b64decode(officer["leaf"].split("\n")[3])
            assert suite.officer_public(private) == leaf_spki
