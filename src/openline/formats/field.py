"""A field: one salted value of an entry, and the lines that an envelope or archive holds.

Shapes   Field(salt, path, value) or a bare 32-byte hash where the opening is withheld
Units    value is Openline JSON, 1 byte to 16 KiB; lines are padded with LF to 256 bytes
Raises   Malformed
Source   docs/PROTOCOL.md part 6, "Fields" and the plaintext under "Envelope"
Never    draws a salt (randomness is the caller's); never drops a line that occurs twice: a path
         twice is the sender's defect and `faults` says so
"""

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from openline.formats import openjson
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import HASH_SIZE, b64, check_size, unb64

FIELDS_MAX: Final = 512
VALUE_MAX: Final = 16_384
PLAINTEXT_MAX: Final = 262_144
PADDING: Final = 256
SALT_SIZE: Final = 32

_PATH: Final = re.compile(r"[a-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class Field:
    """One opening. Whoever holds it can show this value, and only this one, under `hash`.

    There is no field whose value is not Openline JSON: `json` cannot fail.
    """

    salt: bytes
    path: str
    value: bytes
    hash: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_field(self.salt, self.path, self.value)
        openjson.decode(self.value)
        object.__setattr__(self, "hash", commitment(self.salt, self.path, self.value))

    @property
    def json(self) -> Value:
        """The value; a copy of its own for each caller."""
        return openjson.reread(self.value)

    def line(self) -> bytes:
        """The opening as one line, without its LF."""
        salt, path = b64(self.salt).encode("ascii"), self.path.encode("ascii")
        return b"%b\t%b\t%b" % (salt, path, self.value)


def commitment(salt: bytes, path: str, value: bytes) -> bytes:
    """The salted commitment to a value; also the leaf hash in the tree of fields."""
    return hashlib.sha256(b"\0%b%b\0%b" % (salt, path.encode("ascii"), value)).digest()


def new_field(path: str, value: Value, salt: bytes) -> Field:
    """A field that holds `value` in its only spelling, which need not be read to be known."""
    spelled = openjson.encode(value)
    _check_field(salt, path, spelled)
    made = object.__new__(Field)
    put = object.__setattr__
    put(made, "salt", salt)
    put(made, "path", path)
    put(made, "value", spelled)
    put(made, "hash", commitment(salt, path, spelled))
    return made


def spell_lines(items: Sequence[Field | bytes]) -> bytes:
    """Openings and bare hashes, one per line, padded so that lengths say little."""
    if len(items) > FIELDS_MAX:
        raise Malformed("lines", f"more than {FIELDS_MAX} fields")
    lines = [item.line() if isinstance(item, Field) else _hash_line(item) for item in items]
    text = b"".join([line + b"\n" for line in lines])
    text += b"\n" * (-len(text) % PADDING)
    if len(text) > PLAINTEXT_MAX:
        raise Malformed("lines", f"longer than {PLAINTEXT_MAX} bytes")
    return text


def parse_lines(data: bytes, count: int) -> tuple[Field | bytes, ...]:
    """Take `count` lines, and any number of LFs after them."""
    if len(data) > PLAINTEXT_MAX:
        raise Malformed("lines", f"longer than {PLAINTEXT_MAX} bytes")
    if not 0 <= count <= FIELDS_MAX:
        raise Malformed("lines", f"more than {FIELDS_MAX} fields")
    lines = data.split(b"\n", count)
    rest = lines.pop() if len(lines) > count else b""
    if len(lines) != count or rest.strip(b"\n"):
        raise Malformed("lines", f"not {count} lines and then only LFs")
    return tuple([_parse_line(line) for line in lines])


def faults(items: Sequence[Field | bytes], withheld: Value) -> tuple[str, ...]:
    """What the receiver records as the sender's defect in lines that are well spelled."""
    found = []
    paths = Counter(item.path for item in items if isinstance(item, Field))
    twice = sorted(path for path, times in paths.items() if times > 1)
    if twice:
        found.append(f"a path occurs twice: {', '.join(twice)}")
    if [i for i, item in enumerate(items) if not isinstance(item, Field)] != withheld:
        found.append("the bare hashes are not exactly the `withheld` list")
    return tuple(found)


def _check_field(salt: bytes, path: str, value: bytes) -> None:
    if len(salt) != SALT_SIZE or not _PATH.fullmatch(path):
        raise Malformed("field", "the salt is not 32 bytes or the path not [a-z0-9._-]{1,100}")
    if not 1 <= len(value) <= VALUE_MAX:
        raise Malformed("field", f"the value is empty or longer than {VALUE_MAX} bytes")


def _hash_line(item: bytes) -> bytes:
    return b64(check_size(item, HASH_SIZE, what="bare hash")).encode("ascii")


def _parse_line(line: bytes) -> Field | bytes:
    try:
        parts = line.decode("utf-8").split("\t", 2)
    except UnicodeDecodeError:
        raise Malformed("line", "not UTF-8") from None
    if len(parts) == 1:
        return unb64(parts[0], HASH_SIZE, what="bare hash")
    if len(parts) != 3:
        raise Malformed("line", "neither a hash nor salt, path and value")
    return Field(unb64(parts[0], SALT_SIZE, what="salt"), parts[1], parts[2].encode("utf-8"))
