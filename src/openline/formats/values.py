"""Taking a value apart: each function gives one shape or refuses.

Shapes   Value in; text, whole numbers, arrays, tables, byte strings out
Units    none
Raises   Malformed
Source   docs/PROTOCOL.md parts 6 and 9 (objects in fields, proofs and ranges)
Never    turns one shape into another: `true` is not 1, and "1" is not a number
"""

from collections.abc import Set as AbstractSet

from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import HASH_SIZE, check_int, unb64


def text(value: Value, what: str) -> str:
    """A string."""
    if not isinstance(value, str):
        raise Malformed(what, "not text")
    return value


def whole(value: Value, what: str) -> int:
    """An integer from 0 on."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(what, "not a whole number")
    return check_int(value, what=what)


def array(value: Value, what: str, length: int | None = None) -> list[Value]:
    """An array, of one length if given."""
    if not isinstance(value, list) or length not in (None, len(value)):
        raise Malformed(what, "not an array" if length is None else f"not an array of {length}")
    return value


def table(
    value: Value, what: str, required: AbstractSet[str], optional: AbstractSet[str] = frozenset()
) -> dict[str, Value]:
    """An object with all required keys, perhaps optional ones, and no others."""
    if not isinstance(value, dict) or not required <= value.keys() <= required | optional:
        raise Malformed(what, f"not an object of {', '.join(sorted(required))}")
    return value


def data(value: Value, what: str, size: int | None = None) -> bytes:
    """Bytes in base64."""
    return unb64(text(value, what), size, what=what)


def hashes(value: Value, what: str, most: int) -> tuple[bytes, ...]:
    """An array of hashes."""
    found = array(value, what)
    if len(found) > most:
        raise Malformed(what, f"more than {most} hashes")
    return tuple([data(each, what, HASH_SIZE) for each in found])
