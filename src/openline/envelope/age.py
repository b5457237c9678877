"""age v1 files: hybrid post-quantum recipients for nodes, a passphrase for people.

Shapes   seal(recipients, plaintext, random) -> file and file key; unseal(seeds, file) -> plaintext
         and file key; reopen(file key, file) -> plaintext;
         seal_passphrase and unseal_passphrase with a passphrase, file and plaintext alone
Units    bytes; log_n is the base-2 logarithm of scrypt's work
Raises   CannotOpen for a file that is not exactly well formed or that no key opens;
         WrongPassphrase, which is one of these; UnfitRecipient for a public key that cannot be
         sealed to; TooManySeeds (our own mistake)
Source   docs/PROTOCOL.md part 6, "Envelope"; the age format v1.1.0 (C2SP)
Never    writes or accepts two spellings of one file: fixed stanza sizes, unpadded canonical
         base64, one MAC over the header, one tag per chunk. Never touches disk.

The key encapsulation draws from the operating system: the library offers no other way. All other
randomness comes from `random`.
"""

import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM
from cryptography.hazmat.primitives.hpke import Suite as Hpke

from openline.envelope.derive import hkdf_sha256
from openline.envelope.key_objects import xwing_private, xwing_public
from openline.envelope.suite import CannotOpen, Randomness
from openline.errors import OpenlineError

STANZAS_MAX: Final = 63
SEEDS_MAX: Final = 16
# A parcel holds at most 64 MiB (docs/PROTOCOL.md part 11); its age file is a little longer.
FILE_BYTES_MAX: Final = 65 * 1024 * 1024
LOG_N_DEFAULT: Final = 18
LOG_N_MAX: Final = 20

_VERSION: Final = b"age-encryption.org/v1\n"
_STANZA: Final = b"-> mlkem768x25519 "
_INFO: Final = b"age-encryption.org/mlkem768x25519"
_SCRYPT_SALT: Final = b"age-encryption.org/v1/scrypt"
_MAC_MARK: Final = b"---"

_FILE_KEY_BYTES: Final = 16
_TAG_BYTES: Final = 16
_NONCE_BYTES: Final = 16
_ENC_BYTES: Final = 1120
_ENC_CHARS: Final = 1494
_WRAPPED_BYTES: Final = _FILE_KEY_BYTES + _TAG_BYTES
_WRAPPED_CHARS: Final = 43
_STANZA_BYTES: Final = len(_STANZA) + _ENC_CHARS + 1 + _WRAPPED_CHARS + 1
_MAC_BYTES: Final = 32
_MAC_CHARS: Final = 43
_CHUNK_BYTES: Final = 64 * 1024
_SEALED_CHUNK_BYTES: Final = _CHUNK_BYTES + _TAG_BYTES

_HPKE: Final = Hpke(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_SCRYPT_STANZA: Final = re.compile(
    rb"-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n([A-Za-z0-9+/]{43})\n"
)


class WrongPassphrase(CannotOpen):
    """A file that a passphrase locks does not open with this one."""

    code: ClassVar[str] = "envelope.wrong-passphrase"
    remedy: ClassVar[str] = "Type it again; if it is lost, the officer is entered anew."


class UnfitRecipient(OpenlineError):
    """A public key to seal to is not a usable X-Wing key."""

    code: ClassVar[str] = "envelope.unfit-recipient"
    remedy: ClassVar[str] = "Ask the party that announced this key for a new prekey or card."


class TooManySeeds(OpenlineError):
    """More seeds were offered than one opening may try: our own mistake, never the sender's."""

    code: ClassVar[str] = "envelope.too-many-seeds"
    remedy: ClassVar[str] = "Offer the newest sixteen seeds first and the older ones after them."


def seal(recipients: Sequence[bytes], plaintext: bytes, random: Randomness) -> tuple[bytes, bytes]:
    """A file that each recipient opens alone, and its file key; the body is encrypted once."""
    if not 1 <= len(recipients) <= STANZAS_MAX:
        raise UnfitRecipient(f"{len(recipients)} recipients; a file has 1 to {STANZAS_MAX}")
    file_key = random(_FILE_KEY_BYTES)
    stanzas = [_wrap(public, file_key) for public in recipients]
    return _file(_VERSION + b"".join(stanzas), file_key, plaintext, random), file_key


def unseal(
    seeds: Sequence[bytes], file: bytes, *, stanzas: int | None = None
) -> tuple[bytes, bytes]:
    """The plaintext under the first seed that opens a stanza, and the file key it found.

    `stanzas` is the exact count due. It is checked before a key is tried, so that nobody can make
    us work through a file that was never meant to be ours alone.
    """
    if len(seeds) > SEEDS_MAX:
        raise TooManySeeds(f"{len(seeds)} seeds; one opening tries at most {SEEDS_MAX}")
    _bound(file)
    wrapped, end = _read_stanzas(file, stanzas)
    header_end, mac = _read_mac(file, end)
    file_key = _first_opened(seeds, wrapped)
    _check_mac(file_key, file[: end + len(_MAC_MARK)], mac)
    return _open_payload(file_key, file, header_end), file_key


def reopen(file_key: bytes, file: bytes) -> bytes:
    """The plaintext of a file that was sealed or opened here before, by its file key."""
    _bound(file)
    _, end = _read_stanzas(file, None)
    header_end, mac = _read_mac(file, end)
    _check_mac(file_key, file[: end + len(_MAC_MARK)], mac)
    return _open_payload(file_key, file, header_end)


def seal_passphrase(
    passphrase: str, plaintext: bytes, random: Randomness, *, log_n: int = LOG_N_DEFAULT
) -> bytes:
    """A file that stock age opens with the passphrase."""
    if not 1 <= log_n <= LOG_N_MAX:
        raise ValueError(f"scrypt work 2^{log_n} is outside 2^1 to 2^{LOG_N_MAX}")
    file_key, salt = random(_FILE_KEY_BYTES), random(_NONCE_BYTES)
    key = _stretched(passphrase, salt, log_n)
    body = ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None)
    stanza = b"-> scrypt " + _b64(salt) + b" %d\n" % log_n + _b64(body) + b"\n"
    return _file(_VERSION + stanza, file_key, plaintext, random)


def unseal_passphrase(passphrase: str, file: bytes) -> bytes:
    """The plaintext of a passphrase file; the work it may ask of us is bounded."""
    _bound(file)
    match = _SCRYPT_STANZA.match(file, len(_VERSION))
    if not file.startswith(_VERSION) or match is None:
        raise CannotOpen("not an age file with one passphrase stanza")
    salt, log_n = _unb64(match[1], _NONCE_BYTES), int(match[2])
    body = _unb64(match[3], _WRAPPED_BYTES)
    if log_n > LOG_N_MAX:
        raise CannotOpen(f"asks for scrypt work of 2^{log_n}; at most 2^{LOG_N_MAX} is done")
    header_end, mac = _read_mac(file, match.end())
    key = _stretched(passphrase, salt, log_n)
    try:
        file_key = ChaCha20Poly1305(key).decrypt(bytes(12), body, None)
    except InvalidTag:
        raise WrongPassphrase("the passphrase is wrong, or the file was changed") from None
    _check_mac(file_key, file[: match.end() + len(_MAC_MARK)], mac)
    return _open_payload(file_key, file, header_end)


def _wrap(public: bytes, file_key: bytes) -> bytes:
    """One stanza: the file key for one recipient."""
    try:
        sealed = _HPKE.encrypt(file_key, xwing_public(public), _INFO)
    except ValueError as cause:  # wrong length, coefficients out of range, a low-order point
        raise UnfitRecipient(f"not a usable recipient key: {cause}") from None
    return _STANZA + _b64(sealed[:_ENC_BYTES]) + b"\n" + _b64(sealed[_ENC_BYTES:]) + b"\n"


def _first_opened(seeds: Sequence[bytes], wrapped: Sequence[bytes]) -> bytes:
    """The file key under the first seed that opens a stanza."""
    for seed in seeds:
        private = xwing_private(seed)
        for sealed in wrapped:
            try:
                return _HPKE.decrypt(sealed, private, _INFO)
            except InvalidTag:
                continue
    raise CannotOpen(f"none of {len(seeds)} keys opens any of {len(wrapped)} stanzas")


def _bound(file: bytes) -> None:
    if len(file) > FILE_BYTES_MAX:
        raise CannotOpen(f"longer than {FILE_BYTES_MAX} bytes")


def _read_stanzas(file: bytes, due: int | None) -> tuple[list[bytes], int]:
    """What HPKE sealed for each recipient, and where the stanzas end."""
    if not file.startswith(_VERSION):
        raise CannotOpen("does not begin as an age v1 file")
    end = len(_VERSION)
    while file.startswith(_STANZA, end):
        end += _STANZA_BYTES
    count = (end - len(_VERSION)) // _STANZA_BYTES
    if file.startswith(b"->", end):
        raise CannotOpen("a stanza of another kind than mlkem768x25519")
    if due is not None and count != due:
        raise CannotOpen(f"{count} stanzas where {due} are due")
    if not 1 <= count <= STANZAS_MAX:
        raise CannotOpen(f"{count} stanzas; a file has 1 to {STANZAS_MAX}")
    return [_read_stanza(file, at) for at in range(len(_VERSION), end, _STANZA_BYTES)], end


def _read_stanza(file: bytes, at: int) -> bytes:
    enc_at = at + len(_STANZA)
    body_at = enc_at + _ENC_CHARS + 1
    end = body_at + _WRAPPED_CHARS
    if file[body_at - 1 : body_at] != b"\n" or file[end : end + 1] != b"\n":
        raise CannotOpen("a stanza is not two lines of the due lengths")
    enc = _unb64(file[enc_at : body_at - 1], _ENC_BYTES)
    return enc + _unb64(file[body_at:end], _WRAPPED_BYTES)


def _read_mac(file: bytes, at: int) -> tuple[int, bytes]:
    """Where the payload begins, and the header's MAC."""
    begin = at + len(_MAC_MARK) + 1
    end = begin + _MAC_CHARS
    if file[at:begin] != _MAC_MARK + b" " or file[end : end + 1] != b"\n":
        raise CannotOpen("the header does not end with one line of its MAC")
    return end + 1, _unb64(file[begin:end], _MAC_BYTES)


def _check_mac(file_key: bytes, header: bytes, mac: bytes) -> None:
    if len(file_key) != _FILE_KEY_BYTES or not hmac.compare_digest(_mac(file_key, header), mac):
        raise CannotOpen("the header was changed: its MAC does not hold")


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.digest(hkdf_sha256(file_key, b"", b"header"), header, "sha256")


def _file(stanzas: bytes, file_key: bytes, plaintext: bytes, random: Randomness) -> bytes:
    """Version line and stanzas, completed by the MAC and the payload."""
    header = stanzas + _MAC_MARK
    nonce = random(_NONCE_BYTES)
    cipher = ChaCha20Poly1305(hkdf_sha256(file_key, nonce, b"payload"))
    parts = [header, b" ", _b64(_mac(file_key, header)), b"\n", nonce]
    for counter, chunk, is_last in _chunks(plaintext, _CHUNK_BYTES):
        parts.append(cipher.encrypt(_chunk_nonce(counter, is_last), chunk, None))
    if sum(map(len, parts)) > FILE_BYTES_MAX:
        raise ValueError(f"an age file of more than {FILE_BYTES_MAX} bytes is never written")
    return b"".join(parts)


def _open_payload(file_key: bytes, file: bytes, at: int) -> bytes:
    """The plaintext. The length alone says which chunk is last, and its nonce must agree."""
    nonce, sealed = file[at : at + _NONCE_BYTES], memoryview(file)[at + _NONCE_BYTES :]
    cipher = ChaCha20Poly1305(hkdf_sha256(file_key, nonce, b"payload"))
    plain = []
    for counter, chunk, is_last in _chunks(sealed, _SEALED_CHUNK_BYTES):
        if len(chunk) < _TAG_BYTES or (len(chunk) == _TAG_BYTES and counter > 0):
            raise CannotOpen("the last chunk is empty or cut short")
        try:
            plain.append(cipher.decrypt(_chunk_nonce(counter, is_last), chunk, None))
        except InvalidTag:
            raise CannotOpen(f"chunk {counter} of the payload was changed") from None
    return b"".join(plain)


def _chunks(data: bytes | memoryview, size: int) -> Iterable[tuple[int, bytes | memoryview, bool]]:
    """Counter, piece and whether it is the last; an empty whole is one empty piece."""
    last = max(0, (len(data) - 1) // size)
    for counter in range(last + 1):
        yield counter, data[counter * size : (counter + 1) * size], counter == last


def _chunk_nonce(counter: int, is_last: bool) -> bytes:
    return counter.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


def _stretched(passphrase: str, salt: bytes, log_n: int) -> bytes:
    # 128 * r * N bytes are what scrypt needs; OpenSSL asks for a little more to be allowed.
    memory_bytes_max = 128 * 8 * (1 << log_n) + (1 << 20)
    return hashlib.scrypt(
        passphrase.encode(),
        salt=_SCRYPT_SALT + salt,
        n=1 << log_n,
        r=8,
        p=1,
        maxmem=memory_bytes_max,
        dklen=32,
    )


def _b64(data: bytes) -> bytes:
    """Unpadded base64, as age spells it."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=")


def _unb64(text: bytes, size: int) -> bytes:
    """`size` bytes from their one unpadded spelling."""
    try:
        data = binascii.a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)
    except binascii.Error:
        raise CannotOpen("not unpadded base64") from None
    if len(data) != size or _b64(data) != text:
        raise CannotOpen("not the canonical base64 of the due length")
    return data
