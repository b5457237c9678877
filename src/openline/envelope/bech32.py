"""Spelling of age keys for people: `AGE-SECRET-KEY-PQ-1...` and `age1pq1...`.

Shapes   32-byte X-Wing seeds and 1,216-byte public keys, to and from Bech32 text
Units    characters
Raises   BadKeyText for any text that is not the one canonical spelling
Source   BIP 173 without its limit of 90 characters; the age format, hybrid recipients
Never    checks that the bytes are a usable key: that is the sealing's business
"""

from collections.abc import Sequence
from typing import ClassVar, Final

from openline.envelope.key_objects import SEED_BYTES, XWING_PUBLIC_BYTES
from openline.errors import OpenlineError

IDENTITY_PREFIX: Final = "age-secret-key-pq-"
RECIPIENT_PREFIX: Final = "age1pq"

_TEXT_CHARS_MAX: Final = 4096
_ALPHABET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_VALUES: Final = {char: value for value, char in enumerate(_ALPHABET)}
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_CHARS: Final = 6


class BadKeyText(OpenlineError):
    """A text is not an age identity or recipient of the hybrid kind."""

    code: ClassVar[str] = "envelope.bad-key-text"
    remedy: ClassVar[str] = "Copy the whole key again; one wrong character makes it useless."


def identity_text(seed: bytes) -> str:
    """The age identity of a seed, in capitals as stock age prints it."""
    return _encode(IDENTITY_PREFIX, seed, SEED_BYTES).upper()


def parse_identity(text: str) -> bytes:
    """The seed of an age identity."""
    seed = _decode(IDENTITY_PREFIX, text.lower(), SEED_BYTES)
    if identity_text(seed) != text:
        raise BadKeyText("identity: not the canonical spelling")
    return seed


def recipient_text(public: bytes) -> str:
    """The age recipient of a public key."""
    return _encode(RECIPIENT_PREFIX, public, XWING_PUBLIC_BYTES)


def parse_recipient(text: str) -> bytes:
    """The public key of an age recipient."""
    public = _decode(RECIPIENT_PREFIX, text, XWING_PUBLIC_BYTES)
    if recipient_text(public) != text:
        raise BadKeyText("recipient: not the canonical spelling")
    return public


def _encode(prefix: str, data: bytes, size: int) -> str:
    if len(data) != size:
        raise BadKeyText(f"{prefix}: {len(data)} bytes where {size} are due")
    values = _fives(data)
    check = _polymod([*_widen(prefix), *values, *([0] * _CHECKSUM_CHARS)]) ^ 1
    shifts = range(5 * (_CHECKSUM_CHARS - 1), -1, -5)
    values += [(check >> shift) & 31 for shift in shifts]
    return prefix + "1" + "".join(_ALPHABET[value] for value in values)


def _decode(prefix: str, text: str, size: int) -> bytes:
    """The bytes of a text whose checksum holds; no error repeats the text, it may be secret."""
    if len(text) > _TEXT_CHARS_MAX:
        raise BadKeyText(f"{prefix}: longer than {_TEXT_CHARS_MAX} characters")
    if not text.startswith(prefix + "1"):
        raise BadKeyText(f"{prefix}: does not begin with {prefix}1")
    try:
        values = [_VALUES[char] for char in text[len(prefix) + 1 :]]
    except KeyError:
        raise BadKeyText(f"{prefix}: a character outside the Bech32 alphabet") from None
    if _polymod([*_widen(prefix), *values]) != 1:
        raise BadKeyText(f"{prefix}: the checksum does not hold")
    fives = values[:-_CHECKSUM_CHARS]
    if len(fives) != (size * 8 + 4) // 5:
        raise BadKeyText(f"{prefix}: not {size} bytes")
    number = 0
    for value in fives:
        number = number << 5 | value
    # Padding bits that are not zero are dropped here and refused by the caller's comparison.
    return (number >> (len(fives) * 5 - size * 8)).to_bytes(size, "big")


def _fives(data: bytes) -> list[int]:
    """The bits of `data` in groups of five, the last one filled with zeros."""
    count = (len(data) * 8 + 4) // 5
    number = int.from_bytes(data, "big") << (count * 5 - len(data) * 8)
    return [(number >> 5 * place) & 31 for place in range(count - 1, -1, -1)]


def _widen(prefix: str) -> list[int]:
    """The human-readable part as the checksum sees it."""
    return [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]


def _polymod(values: Sequence[int]) -> int:
    """The BCH checksum of BIP 173."""
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for place, term in enumerate(_GENERATOR):
            if top >> place & 1:
                state ^= term
    return state
