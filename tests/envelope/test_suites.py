"""What both suites promise, the real one and the simulator's."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import openline
from openline.envelope import key_objects
from openline.envelope.age import TooManySeeds, UnfitRecipient
from openline.envelope.fake import UnsafeSimulationSuite
from openline.envelope.key_objects import new_officer_private
from openline.envelope.standard import StandardSuite
from openline.envelope.suite import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44,
    BadSignature,
    CannotOpen,
    Suite,
)
from tests.envelope.conftest import Repeatable

KINDS = [ED25519, ED25519_COSIGNATURE, ML_DSA_44]
SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
PUBLIC_BYTES = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44: 1312}
SIGNATURE_BYTES = {ED25519: 64, ED25519_COSIGNATURE: 64, ML_DSA_44: 2420}


def flipped(data: bytes, at: int, bit: int = 0) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1 :]


@pytest.mark.parametrize("kind", KINDS)
def test_a_signature_holds_for_its_bytes_and_its_key_only(any_suite: Suite, kind: int) -> None:
    public, other = any_suite.public(kind, SEED), any_suite.public(kind, OTHER)
    signature = any_suite.sign(kind, SEED, b"told")
    assert len(public) == PUBLIC_BYTES[kind]
    assert len(signature) == SIGNATURE_BYTES[kind]
    any_suite.verify(kind, public, b"told", signature)
    for refused in (
        (kind, public, b"Told", signature),
        (kind, other, b"told", signature),
        (kind, public, b"told", flipped(signature, 7)),
        (kind, public, b"told", signature[:-1]),
        (kind, public, b"told", b""),
        (kind, public[:-1], b"told", signature),
        (kind, b"", b"told", signature),
        (2, public, b"told", signature),
    ):
        with pytest.raises(BadSignature):
            any_suite.verify(*refused)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_of_another_length_is_our_own_mistake(any_suite: Suite, kind: int) -> None:
    with pytest.raises(ValueError):
        any_suite.public(kind, SEED[:-1])
    with pytest.raises(ValueError):
        any_suite.seal_public(SEED + b"x")


def test_an_ml_dsa_signature_is_hedged(suite: StandardSuite) -> None:
    first, second = (suite.sign(ML_DSA_44, SEED, b"told") for _ in range(2))
    assert first != second
    suite.verify(ML_DSA_44, suite.public(ML_DSA_44, SEED), b"told", second)


@pytest.mark.parametrize("readers", [1, 2, 3])
def test_every_recipient_opens_and_nobody_else(any_suite: Suite, readers: int) -> None:
    random = Repeatable()
    seeds = [random(32) for _ in range(readers)]
    file = any_suite.seal([any_suite.seal_public(seed) for seed in seeds], b"told", random)
    for seed in seeds:
        assert any_suite.unseal([OTHER, seed], file, readers) == b"told"
    with pytest.raises(CannotOpen):
        any_suite.unseal([OTHER], file, readers)
    with pytest.raises(CannotOpen):
        any_suite.unseal([], file, readers)


def test_another_count_of_stanzas_is_refused_although_the_key_would_open(any_suite: Suite) -> None:
    file = any_suite.seal([any_suite.seal_public(SEED)], b"told", Repeatable())
    assert any_suite.unseal([SEED], file) == b"told"
    for due in (0, 2, 63):
        with pytest.raises(CannotOpen, match="due"):
            any_suite.unseal([SEED], file, due)


def test_more_than_sixteen_seeds_are_our_mistake_and_not_a_broken_file(any_suite: Suite) -> None:
    file = any_suite.seal([any_suite.seal_public(SEED)], b"told", Repeatable())
    with pytest.raises(TooManySeeds):
        any_suite.unseal([SEED] * 17, file)


@pytest.mark.parametrize("recipient", [b"", bytes(1216), b"\xff" * 1216, bytes(1215)])
def test_a_key_that_cannot_be_sealed_to_is_named_as_such(
    any_suite: Suite, recipient: bytes
) -> None:
    # Bytes of zero are a fine repetition for the simulation, so only the real suite refuses them.
    if isinstance(any_suite, UnsafeSimulationSuite) and len(recipient) == 1216:
        recipient = recipient[:-1] + b"x"
    with pytest.raises(UnfitRecipient):
        any_suite.seal([any_suite.seal_public(SEED), recipient], b"told", Repeatable())


@pytest.mark.parametrize("count", [0, 64])
def test_a_file_has_one_to_sixty_three_recipients(any_suite: Suite, count: int) -> None:
    with pytest.raises(UnfitRecipient):
        any_suite.seal([any_suite.seal_public(SEED)] * count, b"told", Repeatable())


@given(st.binary(max_size=200), st.binary(max_size=50), st.integers(0), st.integers(0, 7))
def test_a_protected_row_opens_in_its_own_place_only(
    plaintext: bytes, context: bytes, at: int, bit: int
) -> None:
    for any_suite in (StandardSuite(), UnsafeSimulationSuite()):
        row = any_suite.protect(SEED, plaintext, context, Repeatable())
        assert any_suite.disclose(SEED, row, context) == plaintext
        for key, changed, place in (
            (OTHER, row, context),
            (SEED, row, context + b"x"),
            (SEED, flipped(row, at, bit), context),
            (SEED, row[: at % len(row)], context),
        ):
            with pytest.raises(CannotOpen):
                any_suite.disclose(key, changed, place)


def test_protecting_twice_shows_no_equal_bytes(suite: StandardSuite) -> None:
    random = Repeatable()
    first, second = (suite.protect(SEED, b"told" * 9, b"", random) for _ in range(2))
    assert first[1:33] != second[1:33]
    assert first[33:] != second[33:]


def test_a_data_key_of_another_length_is_our_own_mistake(suite: StandardSuite) -> None:
    with pytest.raises(ValueError):
        suite.protect(SEED[:16], b"told", b"", Repeatable())


def test_an_officers_signature_holds_for_its_bytes_and_its_key_only(any_suite: Suite) -> None:
    random = Repeatable()
    mine, theirs = new_officer_private(random), new_officer_private(random)
    spki = any_suite.officer_public(mine)
    assert len(spki) == 91
    signature = any_suite.officer_sign(mine, b"released")
    any_suite.officer_verify(spki, b"released", signature)
    for refused in (
        (spki, b"Released", signature),
        (any_suite.officer_public(theirs), b"released", signature),
        (spki, b"released", flipped(signature, 20)),
        (spki, b"released", b""),
        (spki[:-1], b"released", signature),
        (b"", b"released", signature),
    ):
        with pytest.raises(BadSignature):
            any_suite.officer_verify(*refused)


def test_one_officers_key_has_one_spelling(suite: StandardSuite) -> None:
    """A compressed point is the same key: accepted, it would let one key stand for two persons."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = new_officer_private(Repeatable())
    key = key_objects.officer_private(private).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    prefix = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    signature = suite.officer_sign(private, b"released")
    suite.officer_verify(suite.officer_public(private), b"released", signature)
    with pytest.raises(BadSignature):
        suite.officer_verify(prefix + point, b"released", signature)
    with pytest.raises(ValueError, match="canonical"):
        key_objects.officer_public(prefix + point)


def test_an_officers_key_is_of_no_other_kind(suite: StandardSuite) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, x25519
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
    )

    for key in (
        ec.generate_private_key(ec.SECP384R1()),
        ed448.Ed448PrivateKey.generate(),
        x25519.X25519PrivateKey.generate(),
    ):
        public = key.public_key()
        spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        with pytest.raises(BadSignature, match="not an officer's public key"):
            suite.officer_verify(spki, b"released", b"x")
        with pytest.raises(ValueError, match="P-256"):
            key_objects.officer_public(spki)
        pkcs8 = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        with pytest.raises(ValueError, match="P-256"):
            suite.officer_sign(pkcs8, b"released")


@given(st.binary(max_size=120))
def test_no_bytes_make_the_reading_of_an_officers_key_fail_otherwise(spki: bytes) -> None:
    with pytest.raises(BadSignature):
        StandardSuite().officer_verify(spki, b"released", b"x")


@given(st.integers(0), st.integers(0, 7))
def test_no_changed_officers_key_verifies_or_fails_otherwise(at: int, bit: int) -> None:
    suite, private = StandardSuite(), new_officer_private(Repeatable())
    signature = suite.officer_sign(private, b"released")
    with pytest.raises(BadSignature):
        suite.officer_verify(
            flipped(suite.officer_public(private), at, bit), b"released", signature
        )


def test_a_destroyed_seed_leaves_no_key_object_behind(suite: StandardSuite) -> None:
    suite.unseal([SEED], suite.seal([suite.seal_public(SEED)], b"told", Repeatable()))
    suite.sign(ED25519, SEED, b"told")
    suite.sign(ML_DSA_44, SEED, b"told")
    suite.officer_sign(new_officer_private(Repeatable()), b"told")
    private = [
        key_objects.ed25519_private,
        key_objects.ml_dsa_private,
        key_objects.xwing_private,
        key_objects.xwing_public_bytes,
        key_objects.officer_private,
    ]
    assert all(cached.cache_info().currsize for cached in private)  # the check can fail
    suite.forget()
    assert not any(cached.cache_info().currsize for cached in private)


def test_every_cache_of_keys_is_bounded() -> None:
    for name, made in vars(key_objects).items():
        if hasattr(made, "cache_info"):
            assert 0 < made.cache_info().maxsize <= key_objects.PUBLIC_KEYS_MAX, name


def test_the_simulation_suite_repeats_itself_exactly() -> None:
    def history() -> list[bytes]:
        suite, random = UnsafeSimulationSuite(), Repeatable()
        public = suite.seal_public(SEED)
        return [
            suite.public(ML_DSA_44, SEED),
            suite.sign(ML_DSA_44, SEED, b"told"),
            suite.seal([public], b"told", random),
            suite.protect(SEED, b"told", b"", random),
        ]

    assert history() == history()


@given(st.binary(max_size=300), st.integers(0), st.integers(0, 7))
def test_the_simulation_refuses_changed_files_like_the_real_suite(
    plaintext: bytes, at: int, bit: int
) -> None:
    suite = UnsafeSimulationSuite()
    file = suite.seal([suite.seal_public(SEED)], plaintext, Repeatable())
    assert suite.unseal([SEED], file, 1) == plaintext
    for changed in (flipped(file, at, bit), file[: at % len(file)]):
        with pytest.raises(CannotOpen):
            suite.unseal([SEED], changed, 1)


def test_no_module_but_the_simulators_imports_the_simulation_suite() -> None:
    """It protects nothing, so nothing but the simulator may reach for it."""
    root = Path(openline.__file__).parent
    named = "openline.envelope.fake"
    imports = [
        (path.name, each)
        for path in sorted(root.rglob("*.py"))
        if root / "cli" / "simulator" not in path.parents
        for each in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(each, ast.ImportFrom) and each.module == named)
        or (isinstance(each, ast.Import) and named in {alias.name for alias in each.names})
    ]
    assert imports == []


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_a_key_under_which_anybody_could_sign_is_no_key(suite: StandardSuite, y: int) -> None:
    """Under the identity the signature (identity, 0) fits every message."""
    forged = (1).to_bytes(32, "little") + bytes(32)
    for sign in (0, 1 << 255):
        key = (y | sign).to_bytes(32, "little")
        with pytest.raises(BadSignature, match="not a public key"):
            suite.verify(1, key, b"anything", forged)
        with pytest.raises(BadSignature, match="not an officer's public key"):
            suite.officer_verify(ED25519_DER + key, b"anything", forged)


ED25519_DER = bytes.fromhex("302a300506032b6570032100")
