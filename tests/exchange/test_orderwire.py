"""The orderwire: heard by the members, bound to line and pair, in no log, provable to nobody."""

import hmac
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openline.exchange.contents import newest
from openline.exchange.traffic import orderwire
from openline.exchange.traffic.orderwire import KEEP_S, WireOff, WireRefused
from openline.formats.spell import b64
from tests.exchange.conftest import Peers, make_peers

A, B, C = "a.example", "b.example", "c.example"
ON = {"orderwire": True}


@pytest.fixture(scope="module")
def peers() -> Peers:
    return make_peers(A, B, C)


@pytest.fixture
def line(peers: Peers) -> bytes:
    return peers.open_line(A, B, C, **ON)


def said(peers: Peers, line: bytes, text: str, to: str = B) -> bytes:
    """A line of A's, as it goes to one peer."""
    station = peers[A].station
    return orderwire.seal_to(station, orderwire.say(station, line, text, "Anna"), to)


def heard(peers: Peers, party: str, line: bytes) -> list[str]:
    return [each.text for each in orderwire.said_on(peers[party].station, line)]


def test_a_line_is_heard_by_the_peer_and_kept_on_both_sides(peers: Peers, line: bytes) -> None:
    kept = orderwire.take(peers[B].station, said(peers, line, "Switching to the spare link"))
    assert (kept.party, kept.line_id) == (A, line)
    assert heard(peers, A, line) == heard(peers, B, line) == ["Switching to the spare link"]


def test_nothing_of_it_enters_a_log(peers: Peers, line: bytes) -> None:
    before = [(x.origin, x.size, x.root) for p in (A, B) for x in peers[p].station.logs_of(line)]
    orderwire.take(peers[B].station, said(peers, line, "Service only"))
    peers.carry()
    after = [(x.origin, x.size, x.root) for p in (A, B) for x in peers[p].station.logs_of(line)]
    assert after == before


def test_the_same_bytes_are_heard_once_and_older_ones_never(peers: Peers, line: bytes) -> None:
    first, second = said(peers, line, "one"), said(peers, line, "two")
    orderwire.take(peers[B].station, second)
    for late in (second, first):
        with pytest.raises(WireRefused, match="came before"):
            orderwire.take(peers[B].station, late)


def test_another_addressee_opens_nothing(peers: Peers, line: bytes) -> None:
    with pytest.raises(WireRefused, match="no prekey"):
        orderwire.take(peers[C].station, said(peers, line, "for B"))


def forged(peers: Peers, line: bytes, key: bytes, text: str = "all clear") -> bytes:
    """A line of chat under a key of the test's choice, sealed to B as anybody could seal it."""
    body = f'{b64(line)}\n{2**40}\n{2**40}\n"{text}"\n'
    mac = b64(hmac.digest(key, body.encode(), "sha256"))
    station = peers[C].station
    prekey = newest.newest(station, line, B)
    assert prekey is not None
    return station.suite.seal([prekey.public], f"{body}{mac}\n".encode(), station.random)


def test_who_is_no_holder_of_the_pairs_key_speaks_for_nobody(peers: Peers, line: bytes) -> None:
    with pytest.raises(WireRefused, match="no member"):
        orderwire.take(peers[B].station, forged(peers, line, bytes(32)))


def test_a_member_speaks_for_itself_only(peers: Peers, line: bytes) -> None:
    own = orderwire.pair_key(peers[C].station, B)
    assert orderwire.take(peers[B].station, forged(peers, line, own)).party == C


def test_each_side_could_have_made_the_others_words(peers: Peers, line: bytes) -> None:
    """That is why it proves nothing to a third."""
    ours = orderwire.pair_key(peers[A].station, B)
    theirs = orderwire.pair_key(peers[B].station, A)
    assert ours == theirs
    assert ours != orderwire.pair_key(peers[A].station, C)
    assert orderwire.take(peers[B].station, forged(peers, line, theirs)).party == A


def test_the_key_of_a_pair_is_the_one_that_the_protocol_describes(peers: Peers) -> None:
    """Computed once more, by another implementation of the derivation."""
    a, b = peers[A].station, peers[B].station
    public = b.cards(B)[-1].wire
    assert public is not None
    shared = X25519PrivateKey.from_private_bytes(a.keyring.wire_seed).exchange(
        X25519PublicKey.from_public_bytes(public)
    )
    prints = sorted(peers[name].fingerprint for name in (A, B))
    info = b"openline/v1 wire\n" + prints[0] + prints[1]
    derived = HKDF(SHA256(), 32, None, info).derive(shared)
    assert orderwire.pair_key(a, B) == derived


def test_a_line_is_not_heard_on_another_one(peers: Peers, line: bytes) -> None:
    other = peers.open_line(A, B, title="other", **ON)
    station = peers[A].station
    about = orderwire.say(station, other, "about the other line", "")
    moved = replace(about, line_id=line)
    file = orderwire.seal_to(station, moved, B)
    assert orderwire.take(peers[B].station, file).line_id == line
    prekey = newest.newest(station, other, B)
    assert prekey is not None
    body = f'{b64(line)}\n{2**41}\n{2**41}\n"x"\n'
    mac = b64(hmac.digest(orderwire.pair_key(station, B), body.encode(), "sha256"))
    sealed = station.suite.seal([prekey.public], f"{body}{mac}\n".encode(), station.random)
    with pytest.raises(WireRefused, match="another line"):
        orderwire.take(peers[B].station, sealed)


def test_a_charter_without_an_orderwire_has_none(peers: Peers) -> None:
    quiet = peers.open_line(A, B, title="quiet")
    with pytest.raises(WireOff):
        orderwire.say(peers[A].station, quiet, "hello", "")


@pytest.mark.parametrize("text", ["", "  ", "x" * 2_001, "left \u202e right"])
def test_a_text_that_hides_or_is_none_is_not_sent(peers: Peers, line: bytes, text: str) -> None:
    with pytest.raises(WireRefused):
        orderwire.say(peers[A].station, line, text, "")


@pytest.mark.parametrize(
    "plaintext",
    [b"", b"\n" * 5, b"a\nb\nc\nd\ne\n", b"\xff" * 9, b"x" * 9_000, b"AAAA\n1\n2\n\"x\"\nAAAA\n"],
)  # fmt: skip
def test_what_is_not_five_lines_is_refused(plaintext: bytes) -> None:
    with pytest.raises(WireRefused):
        orderwire.read(plaintext)


def test_after_a_restore_the_numbers_go_on_above_what_peers_hold(peers: Peers, line: bytes) -> None:
    station = peers[A].station
    orderwire.take(peers[B].station, said(peers, line, "before"))
    with station.store.write() as tx:
        tx.set_meta(f"wire/out/{line.hex()}", b"0")
    peers.clock.time_s += 10
    orderwire.take(peers[B].station, said(peers, line, "after"))
    assert heard(peers, B, line) == ["before", "after"]


def test_it_is_gone_after_two_weeks(peers: Peers, line: bytes) -> None:
    orderwire.take(peers[B].station, said(peers, line, "old"))
    peers.clock.time_s += KEEP_S + 1
    assert heard(peers, B, line) == []
    orderwire.take(peers[B].station, said(peers, line, "new"))
    rows = peers[B].station.views.scan(orderwire.TABLE, line.hex())
    assert len(rows) == 1


def test_rubbish_that_a_stranger_seals_to_us_does_not_keep_the_node_busy(
    peers: Peers, line: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is tried with every prekey of every line; only so many are tried in a minute."""
    us, tried = peers[B].station, list[bytes]()
    opened = orderwire.opened
    monkeypatch.setattr(orderwire, "opened", lambda s, f: tried.append(f) or opened(s, f))
    rubbish = us.suite.seal([us.cards(B)[-1].seal], b"rubbish", us.random)
    patience = orderwire.Patience()
    for _ in range(5 * orderwire.VAIN_MAX):
        with pytest.raises(WireRefused):
            patience.take(us, rubbish)
    assert len(tried) == orderwire.VAIN_MAX
    peers.clock.time_s += orderwire.VAIN_S
    patience.take(us, said(peers, line, "Still here"))
    assert heard(peers, B, line) == ["Still here"]
