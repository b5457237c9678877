"""age files: one spelling, every changed byte refused, every bound kept."""

import base64
import hmac
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from openline.envelope import age, bech32
from openline.envelope.derive import hkdf_sha256
from openline.envelope.key_objects import xwing_public_bytes
from openline.envelope.suite import CannotOpen
from tests.envelope.conftest import Repeatable

SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
PUBLIC = xwing_public_bytes(SEED)
CHUNK = 64 * 1024
# Small scrypt work: the tests are about bytes, not about the price of guessing.
LOG_N = 4


def sealed(plaintext: bytes = b"told", readers: int = 1) -> bytes:
    others = [xwing_public_bytes(bytes([n]) * 32) for n in range(1, readers)]
    return age.seal([*others, PUBLIC], plaintext, Repeatable())[0]


def header_of(file: bytes) -> bytes:
    """Version, stanzas and `---`, as the MAC covers them."""
    return file[: file.index(b"\n---") + 4]


def rebuilt(stanzas: bytes, file_key: bytes, chunks: list[tuple[bytes, bool]]) -> bytes:
    """A file with a good MAC around whatever chunks: what a hostile sender can make."""
    header = b"age-encryption.org/v1\n" + stanzas + b"---"
    mac = hmac.digest(hkdf_sha256(file_key, b"", b"header"), header, "sha256")
    nonce = bytes(16)
    cipher = ChaCha20Poly1305(hkdf_sha256(file_key, nonce, b"payload"))
    body = b"".join(
        cipher.encrypt(counter.to_bytes(11, "big") + bytes([is_last]), chunk, None)
        for counter, (chunk, is_last) in enumerate(chunks)
    )
    return header + b" " + base64.b64encode(mac).rstrip(b"=") + b"\n" + nonce + body


def hostile(chunks: list[tuple[bytes, bool]]) -> bytes:
    """Chunks of any kind under a file key that was sealed correctly to us."""
    file_key = Repeatable()(16)  # the first bytes that `sealed` draws
    stanzas = header_of(sealed())[len(b"age-encryption.org/v1\n") : -3]
    return rebuilt(stanzas, file_key, chunks)


@pytest.mark.parametrize("size", [0, 1, 256, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 200_000])
def test_what_was_sealed_is_what_is_opened(size: int) -> None:
    plaintext = Repeatable()(size)
    file, key = age.seal([PUBLIC], plaintext, Repeatable())
    assert age.unseal([SEED], file, stanzas=1) == (plaintext, key)
    assert age.reopen(key, file) == plaintext
    chunks = max(1, -(-size // CHUNK))
    assert len(file) == len(header_of(file)) + 1 + 43 + 1 + 16 + size + 16 * chunks


def test_the_body_is_encrypted_once_however_many_read_it() -> None:
    plaintext = bytes(10_000)
    one, eight = sealed(plaintext), sealed(plaintext, readers=8)
    assert len(eight) - len(one) == 7 * 1557


@given(st.integers(0), st.integers(0, 7), st.sampled_from([0, 5, 300]))
def test_every_changed_bit_is_refused(at: int, bit: int, size: int) -> None:
    file = sealed(bytes(size), readers=2)
    at %= len(file)
    changed = file[:at] + bytes([file[at] ^ (1 << bit)]) + file[at + 1 :]
    with pytest.raises(CannotOpen):
        age.unseal([SEED], changed)


def test_every_single_byte_of_a_file_is_covered() -> None:
    """All positions, one after another, where the property above takes samples."""
    file = sealed()
    for at in range(len(file)):
        with pytest.raises(CannotOpen):
            age.unseal([SEED], file[:at] + bytes([file[at] ^ 0x20]) + file[at + 1 :], stanzas=1)


@given(st.integers(0), st.binary(min_size=1, max_size=3))
def test_every_cut_and_every_insertion_is_refused(at: int, extra: bytes) -> None:
    file = sealed(bytes(100))
    at %= len(file)
    for changed in (file[:at], file[:at] + file[at + 1 :], file[:at] + extra + file[at:]):
        if changed != file:
            with pytest.raises(CannotOpen):
                age.unseal([SEED], changed)
    with pytest.raises(CannotOpen):
        age.unseal([SEED], file + extra)


@given(st.binary(max_size=400))
def test_no_bytes_fail_in_another_way(data: bytes) -> None:
    for file in (data, b"age-encryption.org/v1\n" + data, header_of(sealed()) + data):
        with pytest.raises(CannotOpen):
            age.unseal([SEED], file)
        with pytest.raises(CannotOpen):
            age.unseal_passphrase("correct horse", file)


def test_a_wrong_count_is_refused_before_a_key_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[bytes] = []

    def try_key(seed: bytes) -> object:
        tried.append(seed)
        raise AssertionError("a key was tried")

    monkeypatch.setattr(age, "xwing_private", try_key)
    file = sealed(readers=3)
    for due in (0, 1, 2, 4):
        with pytest.raises(CannotOpen, match=f"3 stanzas where {due}"):
            age.unseal([SEED], file, stanzas=due)
    assert tried == []
    with pytest.raises(AssertionError):  # the right count does reach the keys
        age.unseal([SEED], file, stanzas=3)


def test_a_file_of_sixty_four_stanzas_is_refused_even_if_nobody_counts() -> None:
    file = sealed(readers=63)
    assert age.unseal([SEED], file, stanzas=63)[0] == b"told"
    first = len(b"age-encryption.org/v1\n")
    doubled = file[:first] + file[first : first + 1557] + file[first:]
    with pytest.raises(CannotOpen, match="64 stanzas"):
        age.unseal([SEED], doubled)


def test_a_file_without_a_stanza_is_refused() -> None:
    file = rebuilt(b"", bytes(16), [(b"told", True)])
    for due in (None, 0):
        with pytest.raises(CannotOpen, match="0 stanzas"):
            age.unseal([SEED], file, stanzas=due)


def test_a_stanza_of_another_kind_is_refused() -> None:
    stanzas = header_of(sealed())[len(b"age-encryption.org/v1\n") : -3]
    grease = b"-> grease-grease x\n" + b"A" * 43 + b"\n"
    for mixed in (stanzas + grease, grease + stanzas):
        with pytest.raises(CannotOpen, match="another kind"):
            age.unseal([SEED], rebuilt(mixed, Repeatable()(16), [(b"told", True)]))


def test_the_hostile_files_of_these_tests_would_open_if_they_were_well_formed() -> None:
    """The control: what follows is refused for its chunks, not for a mistake in this file."""
    assert age.unseal([SEED], hostile([(b"told", True)]))[0] == b"told"
    whole = [(bytes(CHUNK), False), (b"told", True)]
    assert age.unseal([SEED], hostile(whole))[0] == bytes(CHUNK) + b"told"


@pytest.mark.parametrize(
    "chunks",
    [
        [(bytes(CHUNK), False), (b"", True)],  # an empty last chunk after a full one
        [(b"told", False)],  # no last chunk
        [(bytes(CHUNK), False)],
        [(bytes(CHUNK), True), (b"told", True)],  # two last chunks
        [(b"told", True), (b"more", True)],  # a short chunk before the last
        [(bytes(CHUNK), False), (b"told", False)],
        [],  # no chunk at all
    ],
)
def test_chunks_that_break_the_rules_are_refused(chunks: list[tuple[bytes, bool]]) -> None:
    with pytest.raises(CannotOpen):
        age.unseal([SEED], hostile(chunks))


def test_chunks_cannot_change_places() -> None:
    file = age.seal([PUBLIC], b"a" * CHUNK + b"b" * CHUNK + b"c", Repeatable())[0]
    body = len(header_of(file)) + 1 + 43 + 1 + 16
    size = CHUNK + 16
    swapped = (
        file[:body]
        + file[body + size : body + 2 * size]
        + file[body : body + size]
        + file[body + 2 * size :]
    )
    with pytest.raises(CannotOpen, match="chunk 0"):
        age.unseal([SEED], swapped)


def _respelled(file: bytes, old: bytes, new: bytes) -> bytes:
    header = header_of(file)
    assert old in header
    return header.replace(old, new, 1) + file[len(header) :]


def test_a_header_has_one_spelling() -> None:
    """Each of these says the same as the header that was sealed; none is let through."""
    file = sealed()
    lines = header_of(file).split(b"\n")
    enc, body = lines[1].removeprefix(b"-> mlkem768x25519 "), lines[2]
    mac = file[len(header_of(file)) + 1 :][:43]
    respelled = [
        _respelled(file, b"\n->", b"\r\n->"),
        _respelled(file, b"-> mlkem", b"->  mlkem"),
        _respelled(file, b"mlkem768x25519 ", b"MLKEM768X25519 "),
        _respelled(file, enc, enc + b"=="),
        _respelled(file, body, body + b"="),
        _respelled(file, body, body[:20] + b"\n" + body[20:]),
        _respelled(file, enc, enc + b" "),
        _respelled(file, b"age-encryption.org/v1\n", b"\xef\xbb\xbfage-encryption.org/v1\n"),
        file.replace(b"--- " + mac, b"---  " + mac, 1),
        file.replace(b"--- " + mac, b"--- " + mac + b"=", 1),
        file.replace(b"--- " + mac + b"\n", b"--- " + mac + b"\r\n", 1),
    ]
    # The last digit of each text has spare bits; another one there decodes to the same bytes.
    for text in (enc, body, mac):
        alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        other = alphabet[alphabet.index(text[-1:]) ^ 1 :][:1]
        respelled.append(file.replace(text, text[:-1] + other, 1))
    for changed in respelled:
        assert changed != file
        with pytest.raises(CannotOpen):
            age.unseal([SEED], changed)


def test_a_separator_is_a_line_end_even_if_the_mac_holds() -> None:
    stanzas = header_of(sealed())[len(b"age-encryption.org/v1\n") : -3]
    body_at = stanzas.index(b"\n")
    for at in (body_at, len(stanzas) - 1):
        changed = stanzas[:at] + b" " + stanzas[at + 1 :]
        with pytest.raises(CannotOpen, match="two lines"):
            age.unseal([SEED], rebuilt(changed, Repeatable()(16), [(b"told", True)]))


def test_a_stanza_added_to_a_sealed_file_is_noticed_by_the_mac() -> None:
    """Nobody can slip a reader in afterwards: the MAC covers the list of stanzas."""
    file = sealed()
    added = header_of(sealed(readers=2))[len(b"age-encryption.org/v1\n") :][:1557]
    first = len(b"age-encryption.org/v1\n")
    with pytest.raises(CannotOpen, match="MAC"):
        age.unseal([SEED], file[:first] + added + file[first:])


def test_a_file_longer_than_any_parcel_is_refused_unread() -> None:
    with pytest.raises(CannotOpen, match="longer"):
        age.unseal([SEED], bytes(age.FILE_BYTES_MAX + 1))
    with pytest.raises(CannotOpen, match="longer"):
        age.unseal_passphrase("x", bytes(age.FILE_BYTES_MAX + 1))


@given(st.text(min_size=1, max_size=30), st.binary(max_size=300))
def test_a_passphrase_file_opens_with_its_passphrase_only(passphrase: str, text: bytes) -> None:
    passphrase = passphrase.encode("utf-8", "ignore").decode()
    file = age.seal_passphrase(passphrase, text, Repeatable(), log_n=LOG_N)
    assert age.unseal_passphrase(passphrase, file) == text
    with pytest.raises(CannotOpen, match="passphrase"):
        age.unseal_passphrase(passphrase + "x", file)


@given(st.integers(0), st.integers(0, 7))
def test_every_changed_bit_of_a_passphrase_file_is_refused(at: int, bit: int) -> None:
    file = age.seal_passphrase("correct horse", b"told", Repeatable(), log_n=LOG_N)
    at %= len(file)
    changed = file[:at] + bytes([file[at] ^ (1 << bit)]) + file[at + 1 :]
    with pytest.raises(CannotOpen):
        age.unseal_passphrase("correct horse", changed)


def test_a_passphrase_file_cannot_ask_for_endless_work() -> None:
    file = age.seal_passphrase("correct horse", b"told", Repeatable(), log_n=LOG_N)
    for log_n in (b"21", b"64", b"99"):
        greedy = file.replace(b" 4\n", b" " + log_n + b"\n", 1)
        with pytest.raises(CannotOpen, match="work"):
            age.unseal_passphrase("correct horse", greedy)
    for log_n in (b"04", b"0", b"+4", b"128", b""):
        with pytest.raises(CannotOpen):
            age.unseal_passphrase("correct horse", file.replace(b" 4\n", b" " + log_n + b"\n", 1))


@pytest.mark.parametrize("log_n", [0, 21, -1])
def test_no_passphrase_file_is_written_that_we_would_not_read(log_n: int) -> None:
    with pytest.raises(ValueError, match="work"):
        age.seal_passphrase("correct horse", b"told", Repeatable(), log_n=log_n)


def test_a_passphrase_file_has_no_second_stanza() -> None:
    file = age.seal_passphrase("correct horse", b"told", Repeatable(), log_n=LOG_N)
    stanza = header_of(file)[len(b"age-encryption.org/v1\n") : -3]
    doubled = file.replace(stanza, stanza + stanza, 1)
    with pytest.raises(CannotOpen):
        age.unseal_passphrase("correct horse", doubled)
    with pytest.raises(CannotOpen, match="another kind"):
        age.unseal([SEED], file)


@pytest.fixture
def foreign() -> dict[str, str]:
    """Files that this project did not write: agreeing with oneself proves little."""
    found: dict[str, str] = json.loads(
        (Path(__file__).parent / "foreign_age.json").read_text("utf-8")
    )
    return found


def test_a_file_written_by_another_implementation_opens(foreign: dict[str, str]) -> None:
    seed = bech32.parse_identity(foreign["identity"])
    file = base64.b64decode(foreign["hybrid_file"])
    assert age.unseal([seed], file, stanzas=1)[0] == foreign["hybrid_plaintext"].encode()
    assert bech32.recipient_text(xwing_public_bytes(seed)) == foreign["recipient"]
    with pytest.raises(CannotOpen):
        age.unseal([OTHER], file)


def test_a_passphrase_file_written_by_another_implementation_opens(foreign: dict[str, str]) -> None:
    file = base64.b64decode(foreign["passphrase_file"])
    opened = age.unseal_passphrase(foreign["passphrase"], file)
    assert opened == foreign["passphrase_plaintext"].encode()
