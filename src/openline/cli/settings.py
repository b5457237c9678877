"""Where a setting comes from: flag, environment, then configuration files; and which one won.

Shapes   load(flags, environment, cwd) -> Settings; Settings.origin[name] says where a value is from
Units    timeout_s in seconds
Raises   BadSettings: a file that is not TOML, an unknown key, a value of the wrong type
Source   docs/OPERATE.md, "Configuration"
Never    holds a secret: passphrases come from files, the environment or a prompt
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from openline.errors import OpenlineError

Setting = str | int | bool


class BadSettings(OpenlineError):
    """A configuration file or an OPENLINE_ variable cannot be used."""

    code: ClassVar[str] = "cli.bad-settings"
    remedy: ClassVar[str] = "Correct the named key; `openline config show` lists the known ones."


# Every setting with its type and default. The name is the TOML key, `--name` the flag, and
# OPENLINE_NAME the variable.
KNOWN: Final[Mapping[str, tuple[type, Setting]]] = {
    "home": (str, ""),
    "lang": (str, "en"),
    "text_lang": (str, ""),
    "json": (bool, False),
    "no_color": (bool, False),
    "no_input": (bool, False),
    "yes": (bool, False),
    "quiet": (bool, False),
    "timeout_s": (int, 30),
    "zone": (str, "UTC"),
}
SWITCHED_ON: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off", ""})


@dataclass(frozen=True, slots=True)
class Settings:
    """Values by name, and for each where it came from."""

    values: Mapping[str, Setting]
    origin: Mapping[str, str]

    def text(self, name: str) -> str:
        return str(self.values[name])

    def number(self, name: str) -> int:
        return int(self.values[name])

    def is_on(self, name: str) -> bool:
        return bool(self.values[name])


def load(
    flags: Mapping[str, Setting], environment: Mapping[str, str], cwd: Path | None = None
) -> Settings:
    """All settings; the first of flag, environment, nearest file, default wins."""
    values: dict[str, Setting] = {name: default for name, (_, default) in KNOWN.items()}
    origin = dict.fromkeys(KNOWN, "default")
    values["home"] = default_home(environment)
    for path in reversed(files(environment, cwd or Path.cwd())):
        for name, value in read_file(path).items():
            values[name], origin[name] = value, str(path)
    if environment.get("NO_COLOR"):
        values["no_color"], origin["no_color"] = True, "NO_COLOR"
    for name, (kind, _) in KNOWN.items():
        variable = f"OPENLINE_{name.upper()}"
        if variable in environment:
            values[name] = from_text(variable, kind, environment[variable])
            origin[name] = variable
    for name, value in flags.items():
        values[name], origin[name] = value, f"--{name.replace('_', '-')}"
    return Settings(values, origin)


def default_home(environment: Mapping[str, str]) -> str:
    """The folder of a node when nobody names one."""
    data = environment.get("XDG_DATA_HOME") or f"{environment.get('HOME', '.')}/.local/share"
    return f"{data}/openline"


def files(environment: Mapping[str, str], cwd: Path) -> list[Path]:
    """The configuration files that exist, the nearest first."""
    user = environment.get("XDG_CONFIG_HOME") or f"{environment.get('HOME', '.')}/.config"
    places = [
        cwd / "openline.toml",
        Path(user) / "openline" / "config.toml",
        Path("/etc/openline/openline.toml"),
    ]
    return [place for place in places if place.is_file()]


def read_file(path: Path) -> dict[str, Setting]:
    """One TOML file, strictly: an unknown key is an error, because it may be a misspelt one."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{path}: not TOML: {error}") from None
    found: dict[str, Setting] = {}
    for name, value in table.items():
        if name not in KNOWN:
            raise BadSettings(f"{path}: {name}: no such setting")
        kind = KNOWN[name][0]
        if not isinstance(value, str | int) or type(value) is not kind:
            raise BadSettings(f"{path}: {name}: {kind.__name__} expected")
        found[name] = value
    return found


def from_text(variable: str, kind: type, text: str) -> Setting:
    """A value from the environment."""
    if kind is str:
        return text
    if kind is int and text.isascii() and text.isdigit():
        return int(text)
    if kind is bool and text.lower() in SWITCHED_ON | _NO:
        return text.lower() in SWITCHED_ON
    raise BadSettings(f"{variable}: {text!r} is not a {kind.__name__}")
