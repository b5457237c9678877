"""Expected against shown: exact, with a difference that a person can read.

Shapes   differences(expected, shown) -> lines; empty means equal; expected_of(folder, stop, party)
Units    none
Raises   NoExpected
Source   docs/SOURCES.md, "What is compared"
Never    rounds, sorts or forgives: an edited expected value is a difference
"""

import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.formats.openjson import Value

SHOWN_MAX: Final = 160
LINE_MAX: Final = 100


class NoExpected(OpenlineError):
    """There is no expected end state to compare with, or it is not JSON."""

    code: ClassVar[str] = "play.no-expected"
    remedy: ClassVar[str] = "Put back expected/<stop>/<party>.json as it came with the package."


def packaged() -> Traversable:
    """The expected end states that came with the package."""
    return files("openline.cli.play") / "expected"


def expected_of(folder: Traversable, stop: str, party: str) -> Value:
    """The end state that a party's node must show at a stop."""
    try:
        value: Value = json.loads((folder / stop / f"{party}.json").read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise NoExpected(f"expected/{stop}/{party}.json: {fault}") from None
    return value


def differences(expected: Value, shown: Value, path: str = "") -> list[str]:
    """Every place where two values differ, named by its path."""
    if isinstance(expected, dict) and isinstance(shown, dict):
        found = []
        for key in sorted({*expected, *shown}):
            inner = f"{path}.{key}" if path else key
            if key not in shown:
                found.append(f"{inner}: expected {short(expected[key])}, not shown")
            elif key not in expected:
                found.append(f"{inner}: not expected, shown {short(shown[key])}")
            else:
                found += differences(expected[key], shown[key], inner)
        return found
    if isinstance(expected, list) and isinstance(shown, list):
        found = []
        if len(expected) != len(shown):
            found.append(f"{path}: expected {len(expected)} items, shown {len(shown)}")
        for index, (left, right) in enumerate(zip(expected, shown, strict=False)):
            found += differences(left, right, f"{path}[{index}]")
        return found
    if type(expected) is not type(shown) or expected != shown:
        return [f"{path}: expected {short(expected)}, shown {short(shown)}"]
    return []


def short(value: Value) -> str:
    """A value on one line."""
    flat = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return flat if len(flat) <= SHOWN_MAX else flat[:SHOWN_MAX] + "…"


def spelled(value: Value, indent: int = 0) -> str:
    """An end state as its file spells it: what fits on a line stands on one."""
    flat = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if len(flat) + indent <= LINE_MAX or not isinstance(value, dict | list) or not value:
        return flat
    pad, close = " " * (indent + 1), " " * indent
    if isinstance(value, list):
        items = [f"{pad}{spelled(item, indent + 1)}" for item in value]
        return "[\n" + ",\n".join(items) + f"\n{close}]"
    keys = [f"{pad}{json.dumps(k)}: {spelled(v, indent + 1)}" for k, v in sorted(value.items())]
    return "{\n" + ",\n".join(keys) + f"\n{close}}}"
