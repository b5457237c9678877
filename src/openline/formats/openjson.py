"""Openline JSON: one spelling per value, so that a value and its bytes are the same thing.

Shapes   encode(Value) -> bytes; decode(bytes) -> Value; decode(encode(v)) == v and back
Units    integers below 2**53 in size; nesting counts arrays and objects, values count everything
Raises   Malformed
Source   docs/PROTOCOL.md part 2, "Openline JSON"
Never    reads a float, a null, a second spelling or a key twice; never checks NFC (the writer's
         duty at drafting: two Unicode versions may disagree, two readers may not)
"""

import json
import re
from collections.abc import Iterable
from typing import Final

from openline.formats.malformed import Malformed

Value = str | int | bool | list["Value"] | dict[str, "Value"]

INTEGER_MAX: Final = 2**53 - 1
NESTING_MAX: Final = 16
VALUES_MAX: Final = 10_000
BYTES_MAX: Final = 16 * 1024 * 1024

_WHAT: Final = "Openline JSON"
_KEY: Final = re.compile(r"[a-z0-9_]{1,64}")
# A string without escapes is its own only spelling: most field values, ten times as quick.
_PLAIN_STRING: Final = re.compile(rb'"[ !#-\[\]-~]*"')
_PLAIN_TEXT: Final = re.compile(r"[ !#-\[\]-~]*")
_DECODER: Final = json.JSONDecoder()
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False,
    check_circular=False,  # `_check` has bounded the nesting already
    allow_nan=False,
    sort_keys=True,
    separators=(",", ":"),
)


def encode(value: Value, *, values_max: int = VALUES_MAX) -> bytes:
    """The only spelling of a value."""
    if isinstance(value, str) and _PLAIN_TEXT.fullmatch(value):
        return b'"%b"' % value.encode("ascii")
    _check(value, values_max)
    return _spell(value)


def decode(data: bytes, *, values_max: int = VALUES_MAX, bytes_max: int = BYTES_MAX) -> Value:
    """Read a value strictly: what is accepted spells back to exactly the same bytes."""
    if len(data) > bytes_max:
        raise Malformed(_WHAT, f"longer than {bytes_max} bytes")
    if _PLAIN_STRING.fullmatch(data):
        return data[1:-1].decode("ascii")
    if data == b"[]":  # most `refs`, `withheld` and `seen`
        return []
    try:
        value = _scan(data)
    except (ValueError, RecursionError):  # not UTF-8, not JSON, 4,300 digits, endless nesting
        raise Malformed(_WHAT, "not UTF-8 or not JSON") from None
    _check(value, values_max)
    # The comparison finds white space, other escapes, unsorted and repeated keys, `-0`, and
    # whatever stands after the value.
    if _spell(value) != data:
        raise Malformed(_WHAT, "not the canonical spelling")
    return value


def reread(data: bytes) -> Value:
    """The value of bytes that `decode` or `encode` has passed before: no check is repeated."""
    if _PLAIN_STRING.fullmatch(data):
        return data[1:-1].decode("ascii")
    return [] if data == b"[]" else _scan(data)


def _scan(data: bytes) -> Value:
    value: Value
    value, _ = _DECODER.raw_decode(data.decode("utf-8"))
    return value


def _spell(value: Value) -> bytes:
    try:
        return _ENCODER.encode(value).encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed(_WHAT, "a string holds half of a surrogate pair") from None


def _check(value: Value, values_max: int) -> None:
    """Types, keys and limits, level by level: no recursion, so nesting cannot exhaust the stack."""
    level: list[Value] = [value]
    count = 0
    for depth in range(NESTING_MAX + 1):
        count += len(level)
        if count > values_max:
            raise Malformed(_WHAT, f"more than {values_max} values")
        inner: list[list[Value] | dict[str, Value]] = []
        for each in level:
            if isinstance(each, str):
                continue
            if isinstance(each, int):  # True and False too
                if not -INTEGER_MAX <= each <= INTEGER_MAX:
                    raise Malformed(_WHAT, "an integer of 2**53 or more")
            elif isinstance(each, (list, dict)):
                inner.append(each)
            else:
                raise Malformed(_WHAT, "neither string, integer, array, object, true nor false")
        if not inner:
            return
        if depth == NESTING_MAX:
            break
        level = []
        for container in inner:
            level.extend(_members(container))
    raise Malformed(_WHAT, f"nested more than {NESTING_MAX} deep")


def _members(container: list[Value] | dict[str, Value]) -> Iterable[Value]:
    if isinstance(container, list):
        return container
    try:
        if all(map(_KEY.fullmatch, container)):
            return container.values()
    except TypeError:  # a key that is no text: a caller's mistake that types did not catch
        pass
    raise Malformed(_WHAT, "a key that is not [a-z0-9_]{1,64}")
