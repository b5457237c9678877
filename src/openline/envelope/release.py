"""An officer's release: a WebAuthn assertion over one challenge, made and verified.

Shapes   SoftwareAuthenticator(...).assert_statement(challenge, rp_id, origin) -> Assertion;
         verify_assertion(assertion, spki, rp_id, challenge, suite) -> None
Units    bytes; a challenge is the SHA-256 of a release or batch statement
Raises   BadAssertion; its `check` names the one check that failed
Source   docs/PROTOCOL.md part 6, "Release"; W3C Web Authentication Level 3, section 7.2
Never    compares client data with a template (browsers add members); never looks at the signature
         counter, extensions or backup flags: the protocol does not, and two verifiers must agree
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.envelope.key_objects import new_officer_private
from openline.envelope.suite import BadSignature, Randomness, Suite
from openline.errors import OpenlineError
from openline.formats.release import PERSON_SIZE, Assertion

# rpIdHash, flags, signature counter; extensions may follow. Upper bounds are `Assertion`'s own.
AUTHENTICATOR_DATA_BYTES_MIN: Final = 37
CLIENT_NESTING_MAX: Final = 16

_HASH_BYTES: Final = 32
_USER_PRESENT: Final = 0x01
_USER_VERIFIED: Final = 0x04
_GET: Final = "webauthn.get"
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_WEB_ORIGIN: Final = re.compile(rf"(https?)://({_LABEL}(?:\.{_LABEL})*)(?::([1-9][0-9]{{0,4}}))?")
_PORT_MAX: Final = 65535


class BadAssertion(OpenlineError):
    """An assertion does not release this statement."""

    code: ClassVar[str] = "envelope.bad-assertion"
    remedy: ClassVar[str] = (
        "Release again on the desk; an assertion is good for one statement only."
    )

    def __init__(self, check: str, reason: str) -> None:
        super().__init__(f"{check}: {reason}")
        self.check = check


@dataclass(frozen=True, slots=True, repr=False)
class SoftwareAuthenticator:
    """An officer's key without a browser. It takes the caller's word that the person is present."""

    private: bytes
    person: bytes
    suite: Suite

    def __repr__(self) -> str:
        return f"SoftwareAuthenticator({self.person.hex()}, secret not shown)"

    @classmethod
    def create(cls, suite: Suite, random: Randomness) -> "SoftwareAuthenticator":
        """A new officer with a P-256 key."""
        return cls(new_officer_private(random), random(PERSON_SIZE), suite)

    @property
    def spki(self) -> bytes:
        """The public key for the officers tree."""
        return self.suite.officer_public(self.private)

    def assert_statement(self, challenge: bytes, rp_id: str, origin: str) -> Assertion:
        """The assertion that a passkey would make over the challenge at this desk."""
        client = {
            "challenge": _base64url(challenge),
            "crossOrigin": False,
            "origin": origin,
            "type": _GET,
        }
        cd = json.dumps(client, sort_keys=True, separators=(",", ":")).encode()
        flags = bytes([_USER_PRESENT | _USER_VERIFIED])
        ad = hashlib.sha256(rp_id.encode()).digest() + flags + bytes(4)
        sig = self.suite.officer_sign(self.private, ad + hashlib.sha256(cd).digest())
        return Assertion(ad=ad, cd=cd, person=self.person, sig=sig, batch=None)


def verify_assertion(
    assertion: Assertion, spki: bytes, rp_id: str, challenge: bytes, suite: Suite
) -> None:
    """Return if the holder of `spki` released exactly this challenge at this desk."""
    _check_authenticator_data(assertion.ad, rp_id)
    _check_client_data(_read_client_data(assertion.cd), rp_id, challenge)
    try:
        signed = assertion.ad + hashlib.sha256(assertion.cd).digest()
        suite.officer_verify(spki, signed, assertion.sig)
    except BadSignature as cause:
        raise BadAssertion("signature", str(cause)) from None


def _check_authenticator_data(ad: bytes, rp_id: str) -> None:
    if len(ad) < AUTHENTICATOR_DATA_BYTES_MIN:
        raise BadAssertion("authenticator-data", f"{len(ad)} bytes")
    if ad[:_HASH_BYTES] != hashlib.sha256(rp_id.encode()).digest():
        raise BadAssertion("rp-id", f"made for another desk than {rp_id}")
    flags = ad[_HASH_BYTES]
    if not flags & _USER_PRESENT:
        raise BadAssertion("user-present", "nobody touched the authenticator")
    if not flags & _USER_VERIFIED:
        raise BadAssertion("user-verified", "the authenticator did not verify the person")


def stated_host(cd: bytes) -> str:
    """The host of the web origin that client data names; nothing is believed of it."""
    return _web_origin(_read_client_data(cd).get("origin"))[1]


def _check_client_data(client: dict[str, object], rp_id: str, challenge: bytes) -> None:
    if client.get("type") != _GET:
        raise BadAssertion("type", f"not {_GET}")
    if client.get("challenge") != _base64url(challenge):
        raise BadAssertion("challenge", "made for another statement")
    if "topOrigin" in client:
        raise BadAssertion("top-origin", "the desk was framed by another page")
    if client.get("crossOrigin", False) is not False:
        raise BadAssertion("cross-origin", "the desk was framed by another site")
    _check_origin(client.get("origin"), rp_id)


def _check_origin(origin: object, rp_id: str) -> None:
    """The host is the desk's or below it, and reached by https unless it is this machine."""
    scheme, host = _web_origin(origin)
    # The dot keeps `evil-desk.example` from passing as a subdomain of `desk.example`.
    if host != rp_id and not host.endswith("." + rp_id):
        raise BadAssertion("origin", f"{host} is not {rp_id} or below it")
    is_local = host == "localhost" or host.endswith(".localhost")
    if scheme == "http" and not is_local:
        raise BadAssertion("origin", "http is for localhost names only")


def _web_origin(origin: object) -> tuple[str, str]:
    """Scheme and host of a web origin: these, an optional port, and nothing else."""
    match = _WEB_ORIGIN.fullmatch(origin) if isinstance(origin, str) else None
    if match is None or int(match[3] or 1) > _PORT_MAX:
        raise BadAssertion("origin", "not a scheme, a host and an optional port")
    return match[1], match[2]


def _read_client_data(cd: bytes) -> dict[str, object]:
    """The members of client data. A name twice refuses at any depth: readers would differ.

    So would they at nesting that one reader's stack bears and another's does not: hence a bound.
    """
    try:
        client = json.loads(
            cd.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
        _check_nesting(client)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, twice, too deep
        client = None
    if not isinstance(client, dict):
        reason = f"not a JSON object of at most {CLIENT_NESTING_MAX} levels with each member once"
        raise BadAssertion("client-data", reason)
    return client


def _check_nesting(client: object) -> None:
    level = [client]
    for _ in range(CLIENT_NESTING_MAX + 1):
        containers = [each for each in level if isinstance(each, dict | list)]
        level = [
            member
            for each in containers
            for member in (each.values() if isinstance(each, dict) else each)
        ]
    if level:
        raise ValueError("nested too deep")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
