"""A charter as a person describes it, in a file or by options: read strictly, key by key.

Shapes   check(spec): a table of the keys of KEYS; texts, numbers, whole, one_text read one key
Units    timers in seconds
Raises   InviteRefused with the key and the value as they were written
Source   docs/OPERATE.md, "A line"
Never    lets a key pass that nothing reads: a misspelt rule would be no rule, and nobody would know
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.formats.charter import (
    EVERY,
    OPEN,
    PURPOSE_BYTES_MAX,
    STATUSES,
    TITLE_BYTES_MAX,
    check_format,
    check_language,
)
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import check_line, check_party, check_token

SHOWN_MAX: Final = 80
KEYS: Final = (
    "title", "purpose", "status", "level", "members", "languages", "packs", "timers", "officers",
    "visible", "batch", "relays", "policy", "witnessed", "orderwire", "opens",
)  # fmt: skip


class InviteRefused(OpenlineError):
    """A charter cannot be made or accepted as it stands."""

    code: ClassVar[str] = "exchange.invite-refused"
    remedy: ClassVar[str] = (
        "Correct the key that is named, in the file or on the command line;"
        ' OPERATE.md, "A line", shows a whole charter.'
    )


def check(spec: Mapping[str, Value]) -> None:
    """Every key by itself; what depends on other parties or on packs is for the one who draws."""
    for key in spec:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, n=1)
            meant = f"did you mean {near[0]}?" if near else f"the keys are {', '.join(KEYS)}"
            raise InviteRefused(f"{key[:SHOWN_MAX]}: no key of a charter; {meant}")
    if one_text(spec, "status", "actual") not in STATUSES:
        raise InviteRefused(f"{said('status', spec['status'])}: one of {', '.join(STATUSES)}")
    each("title", [one_text(spec, "title")], lambda x: check_line(x, TITLE_BYTES_MAX, what="title"))
    each("level", [one_text(spec, "level", "diplomatic")], lambda x: check_token(x, what="level"))
    purpose = one_text(spec, "purpose")
    each("purpose", [purpose], lambda x: check_line(x, PURPOSE_BYTES_MAX, what="purpose"))
    each("members", texts(spec, "members"), check_party)
    each("languages", texts(spec, "languages"), check_language)
    for key in ("visible", "batch"):
        each(key, texts(spec, key), check_rule)
    for name, count in numbers(spec, "officers").items():
        if name not in (OPEN, EVERY):
            each("officers", [name], check_rule)
        if count not in (1, 2):
            raise InviteRefused(f"{said(f'officers.{name}', count)}: 1 or 2 officers")
    for key in ("orderwire", "witnessed"):
        if not isinstance(spec.get(key, False), bool):
            raise InviteRefused(f"{said(key, spec[key])}: true or false is expected")


def each(key: str, values: list[str], judge: Callable[[str], object]) -> None:
    """Every value of a key, named where it is refused."""
    for value in values:
        try:
            judge(value)
        except Malformed as fault:
            raise InviteRefused(f"{said(key, value)}: {fault.reason}") from None


def check_rule(name: str) -> str:
    """A form that a rule is about; the usual slip is to write its version."""
    bare = name.partition("@")[0]
    if bare != name:
        raise Malformed("format", f"a form is named without its version here: {bare[:SHOWN_MAX]!r}")
    return check_format(name)


def said(key: str, value: object) -> str:
    """A key with its value, as a charter file has them."""
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{key[:SHOWN_MAX]} = {shown[:SHOWN_MAX]}"


def texts(spec: Mapping[str, Value], name: str) -> list[str]:
    """A list of strings from a charter's description."""
    value = spec.get(name, [])
    if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
        raise InviteRefused(f"{said(name, value)}: a list of texts is expected")
    return [str(x) for x in value]


def numbers(spec: Mapping[str, Value], name: str) -> dict[str, int]:
    """A table of whole numbers from a charter's description."""
    value = spec.get(name, {})
    if not isinstance(value, dict):
        raise InviteRefused(f"{said(name, value)}: a table of numbers is expected")
    found = {}
    for key, number in value.items():
        if not isinstance(number, int) or isinstance(number, bool):
            raise InviteRefused(f"{said(f'{name}.{key}', number)}: a whole number is expected")
        found[str(key)] = number
    return found


def one_text(spec: Mapping[str, Value], name: str, usual: str = "") -> str:
    """A text from a charter's description."""
    value = spec.get(name, usual)
    if not isinstance(value, str):
        raise InviteRefused(f"{said(name, value)}: a text is expected")
    return value


def whole(spec: Mapping[str, Value], name: str) -> int:
    """A whole number from a charter's description."""
    value = spec.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InviteRefused(f"{said(name, value)}: a whole number is expected")
    return value
