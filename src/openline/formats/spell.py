"""Small spellings that every format shares: base64, integers, names, URLs, times, lines.

Shapes   text in, value out, and back; each value has one spelling
Units    time_s is unix seconds UTC
Raises   Malformed
Source   docs/PROTOCOL.md part 2
Never    takes a digit, letter or space outside ASCII; never reads the clock
"""

import base64
import binascii
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from openline.formats.malformed import Malformed

INTEGER_MAX: Final = 2**53 - 1
PARTY_BYTES_MAX: Final = 100
NAME_BYTES_MAX: Final = 200
URL_BYTES_MAX: Final = 500
HASH_SIZE: Final = 32
NOT_BASE64: Final = "not standard padded base64 in its one spelling"

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_INTEGER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_PARTY: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_KEY_NAME: Final = re.compile(r"[a-z0-9./-]{1,200}")
_TOKEN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_PORT_AND_PATH: Final = r"(?::[1-9][0-9]{0,4})?(?:/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?"
_HTTPS: Final = re.compile(rf"https://(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:]+\]){_PORT_AND_PATH}")
_LOOPBACK: Final = re.compile(
    r"http://(?:(?:[a-z0-9-]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])" + _PORT_AND_PATH
)
_UTC: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
# C0 but LF, DEL, C1 and the two Unicode line ends: what would let one line look like two.
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_SPACE_OR_PLUS: Final = re.compile(r"[\s+]")  # `\s` is what str.isspace calls a space
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def b64(data: bytes) -> str:
    """Standard padded base64."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def unb64(text: str, size: int | None = None, *, what: str = "base64") -> bytes:
    """The bytes of canonical padded base64, `size` of them if given."""
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:  # not ASCII, not the alphabet, wrong padding
        raise Malformed(what, NOT_BASE64) from None
    # The decoder ignores stray bits in the last digit: two spellings of one value.
    if b64(data) != text:
        raise Malformed(what, NOT_BASE64)
    if size is not None and len(data) != size:
        raise Malformed(what, f"{len(data)} bytes instead of {size}")
    return data


def utf8(text: str, *, what: str) -> bytes:
    """The bytes of a text; half of a surrogate pair has none."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed(what, "holds half of a surrogate pair") from None


def b32(data: bytes) -> str:
    """Lower-case base32 without padding."""
    return base64.b32encode(data).decode("ascii").rstrip("=").lower()


def parse_int(text: str, integer_max: int = INTEGER_MAX, *, what: str = "integer") -> int:
    """An ASCII decimal without sign or leading zero, at most `integer_max`."""
    if not _INTEGER.fullmatch(text):
        raise Malformed(what, "not a decimal integer")
    value = int(text)
    if value > integer_max:
        raise Malformed(what, f"larger than {integer_max}")
    return value


def check_int(value: int, integer_max: int = INTEGER_MAX, *, what: str = "integer") -> int:
    """An integer that `parse_int` would read back."""
    if not 0 <= value <= integer_max:
        raise Malformed(what, f"not within 0 and {integer_max}")
    return value


def check_size(data: bytes, size: int, *, what: str) -> bytes:
    """Bytes of one fixed length."""
    if len(data) != size:
        raise Malformed(what, f"{len(data)} bytes instead of {size}")
    return data


def check_party(name: str) -> str:
    """The name of a party: a lower-case domain name of at least two labels."""
    if len(name) > PARTY_BYTES_MAX or not _PARTY.fullmatch(name):
        raise Malformed("party name", "not a lower-case domain name of at most 100 bytes")
    return name


def check_domain(name: str) -> str:
    """The relying party id of a desk: a domain name, or one label such as `localhost`."""
    if len(name) > 253 or not _DOMAIN.fullmatch(name):
        raise Malformed("domain name", "not a lower-case domain name")
    return name


def check_key_name(name: str) -> str:
    """The key name of a party's own key; also every Openline origin."""
    if not _KEY_NAME.fullmatch(name):
        raise Malformed("key name", "not [a-z0-9./-]{1,200}")
    return name


def check_note_name(name: str) -> str:
    """Any key name that the signed-note format permits: foreign witnesses choose their own."""
    if not 1 <= len(utf8(name, what="key name")) <= NAME_BYTES_MAX:
        raise Malformed("key name", f"empty or longer than {NAME_BYTES_MAX} bytes")
    if _SPACE_OR_PLUS.search(name):
        raise Malformed("key name", "holds a space or a plus sign")
    if _CONTROL.search(name):
        raise Malformed("key name", "holds a control character")
    return name


def check_token(text: str, *, what: str) -> str:
    """A short lower-case word: a level, a timer, a role."""
    if not _TOKEN.fullmatch(text):
        raise Malformed(what, "not a lower-case word of [a-z0-9._-], at most 64 bytes")
    return text


def check_word(text: str, *, what: str) -> str:
    """One word of a line that people write: neither empty nor long, no space, no control."""
    if not 1 <= len(utf8(text, what=what)) <= URL_BYTES_MAX:
        raise Malformed(what, f"empty or longer than {URL_BYTES_MAX} bytes")
    if any(c <= " " or c == "\x7f" for c in text):
        raise Malformed(what, "holds a space or a control character")
    return text


def check_url(text: str) -> str:
    """An https address without user, query or fragment; http only on loopback."""
    if len(text) > URL_BYTES_MAX or not (_HTTPS.fullmatch(text) or _LOOPBACK.fullmatch(text)):
        raise Malformed("url", "not https, or http on a host other than loopback")
    return text


def check_line(text: str, bytes_max: int, *, what: str) -> str:
    """Free text that fills one line and shows where it begins and ends."""
    if not 1 <= len(utf8(text, what=what)) <= bytes_max:
        raise Malformed(what, f"empty or longer than {bytes_max} bytes")
    if "\n" in text or _CONTROL.search(text):
        raise Malformed(what, "holds a line end or a control character")
    if text != text.strip():
        raise Malformed(what, "begins or ends with a space")
    return text


def check_sorted(keys: Iterable[str], *, what: str) -> None:
    """Strictly ascending, so nothing occurs twice."""
    if any(a >= b for a, b in pairwise(keys)):
        raise Malformed(what, "not sorted, or twice")


def utc(time_s: int) -> str:
    """A time as `2023-02-20T08:00:00Z`."""
    try:
        return (_EPOCH + timedelta(seconds=time_s)).strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)
    except OverflowError:
        raise Malformed("time", "outside the years 1 to 9999") from None


def time_text(time_s: int) -> str:
    """What somebody claims as a time: `utc`, or the bare number where no calendar has it."""
    try:
        return utc(time_s)
    except Malformed:
        return str(time_s)


@lru_cache(maxsize=4_096)
def parse_utc(text: str) -> int:
    """The unix seconds of a time in exactly the spelling of `utc`.

    Kept: a message's times are read many times over, and the rows of a table share theirs.
    """
    if not _UTC.fullmatch(text):
        raise Malformed("time", "not YYYY-MM-DDThh:mm:ssZ")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("time", "no such day or hour") from None
    time_s = (moment - _EPOCH) // timedelta(seconds=1)
    if utc(time_s) != text:
        raise Malformed("time", "not the canonical spelling")
    return time_s


def text_lines(data: bytes | str, bytes_max: int, *, what: str) -> list[str]:
    """The lines of a text that ends with LF, without their LFs; no other control character."""
    if len(data) > bytes_max:
        raise Malformed(what, f"longer than {bytes_max} bytes")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(what, "not UTF-8") from None
    if not text.endswith("\n"):
        raise Malformed(what, "does not end with LF")
    if _CONTROL.search(text):
        raise Malformed(what, "holds a control character")
    return text[:-1].split("\n")
