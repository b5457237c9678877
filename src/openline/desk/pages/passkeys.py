"""Passkeys at the desk: registering one, signing in with one. Releases are checked by the exchange.

Shapes   options for the browser as JSON text; `registered` and `signed_in` take what it answers
Units    none
Raises   PasskeyRefused
Source   W3C Web Authentication Level 3, sections 7.1 and 7.2; RFC 5480 and 8410 (key spelling)
Never    takes a key that the officers' tree cannot hold, nor an assertion without a verified user
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, decode_credential_public_key
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.decode_credential_public_key import (
    DecodedEC2PublicKey,
    DecodedOKPPublicKey,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from openline.errors import OpenlineError

ALGORITHMS: Final = [COSEAlgorithmIdentifier.EDDSA, COSEAlgorithmIdentifier.ECDSA_SHA_256]
CREDENTIAL_BYTES_MAX: Final = 1_024
ANSWER_CHARACTERS_MAX: Final = 16_384
# DER of SubjectPublicKeyInfo up to the key: id-ecPublicKey with prime256v1 and an uncompressed
# point; id-Ed25519.
_P256_HEAD: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_ED25519_HEAD: Final = bytes.fromhex("302a300506032b6570032100")


class PasskeyRefused(OpenlineError):
    """What the browser brought is no passkey of this desk, or signs something else."""

    code: ClassVar[str] = "desk.passkey-refused"
    remedy: ClassVar[str] = "Try again with the key that was registered at this desk."


@dataclass(frozen=True, slots=True)
class Site:
    """The desk as the browser knows it: the domain of its keys and the origin of its pages."""

    rp_id: str
    origin: str
    party: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """A registered passkey: its id, its public key as COSE and as SubjectPublicKeyInfo."""

    credential: bytes
    public: bytes
    spki: bytes
    sign_count: int


def registration_options(
    site: Site, person: bytes, name: str, challenge: bytes, known: Sequence[bytes] = ()
) -> str:
    """What the browser needs to make a key for this person, on a device without a known one."""
    options = generate_registration_options(
        rp_id=site.rp_id,
        rp_name=f"Openline {site.party}",
        user_id=person,
        user_name=name,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        supported_pub_key_algs=ALGORITHMS,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=key) for key in known],
    )
    return options_to_json(options)


def sign_in_options(site: Site, challenge: bytes, keys: Sequence[bytes] = ()) -> str:
    """What the browser needs to sign with any key of this desk, or with one of these."""
    options = generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=key) for key in keys],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def sign_options(site: Site, challenge: bytes, credential: bytes) -> str:
    """What the browser needs to have one officer's own key sign this challenge."""
    options = generate_authentication_options(
        rp_id=site.rp_id,
        challenge=challenge,
        allow_credentials=[PublicKeyCredentialDescriptor(id=credential)],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def registered(site: Site, challenge: bytes, answer: str) -> NewKey:
    """The key that the browser made; PasskeyRefused when anything about it is off."""
    try:
        found = verify_registration_response(
            credential=parse_answer(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        spki = spki_of(found.credential_public_key)
    except (WebAuthnException, ValueError, KeyError, TypeError) as fault:
        raise PasskeyRefused(f"registration: {fault}") from None
    if len(found.credential_id) > CREDENTIAL_BYTES_MAX:
        raise PasskeyRefused("registration: the id of the key is too long")
    return NewKey(found.credential_id, found.credential_public_key, spki, found.sign_count)


def credential_of(answer: str) -> bytes:
    """Which key the browser used."""
    try:
        return base64url_to_bytes(str(parse_answer(answer)["rawId"])[:CREDENTIAL_BYTES_MAX])
    except (ValueError, KeyError) as fault:
        raise PasskeyRefused(f"sign-in: {fault}") from None


def signed_in(site: Site, challenge: bytes, answer: str, public: bytes, sign_count: int) -> int:
    """The new signature counter of a key that signed this challenge here and now."""
    try:
        found = verify_authentication_response(
            credential=parse_answer(answer),
            expected_challenge=challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=public,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as fault:
        raise PasskeyRefused(f"sign-in: {fault}") from None
    return found.new_sign_count


def parse_answer(answer: str) -> dict[str, Any]:
    """The browser's answer as a table, bounded before it is read."""
    if len(answer) > ANSWER_CHARACTERS_MAX:
        raise PasskeyRefused("the answer of the browser is too long")
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        raise PasskeyRefused("the answer of the browser is no JSON") from None
    if not isinstance(value, dict):
        raise PasskeyRefused("the answer of the browser is no object")
    return value


def spki_of(cose: bytes) -> bytes:
    """The key as the officers' tree spells it: P-256 or Ed25519 in DER."""
    match decode_credential_public_key(cose):
        case DecodedEC2PublicKey(crv=1, x=x, y=y) if len(x) == len(y) == 32:
            return _P256_HEAD + x + y
        case DecodedOKPPublicKey(crv=6, x=x) if len(x) == 32:
            return _ED25519_HEAD + x
        case _:
            raise PasskeyRefused("registration: the key is neither P-256 nor Ed25519")
