"""How pages look: templates that escape everything, sentences by key, files by content hash.

Shapes   Look(templates...).page(name, lang, context) -> HTML text
Units    none
Raises   UnknownWord at the first use of a key that the catalogue lacks
Source   docs/ARCHITECTURE.md, "The desk"; ECOSYSTEM part 2
Never    marks anything as safe: what a person or a peer wrote is text
"""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, ClassVar, Final

import jinja2

from openline.errors import OpenlineError
from openline.formats.legible import visible
from openline.formats.terms import load_terms

LANGUAGES: Final = ("en", "fr", "de", "nl", "es", "it", "ru", "uk", "ar", "zh")
RIGHT_TO_LEFT: Final = frozenset({"ar"})
_ROOM: Final = "openline.desk"


class UnknownWord(OpenlineError):
    """A template asks for a sentence that no catalogue has."""

    code: ClassVar[str] = "desk.unknown-word"
    remedy: ClassVar[str] = "Report it: the page and its catalogue do not fit together."


@cache
def catalogue(lang: str) -> dict[str, str]:
    """The sentences of one language; English ones stand in for those that it lacks."""
    file = resources.files(_ROOM) / "locale" / f"{lang}.toml"
    own = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    return own if lang == "en" else {**catalogue("en"), **own}


@cache
def asset(name: str) -> str:
    """The address of a static file, with its content in the name so that it may be kept."""
    data = (resources.files(_ROOM) / "static" / name).read_bytes()
    return f"/static/{hashlib.sha256(data).hexdigest()[:16]}/{name}"


@cache
def static_names() -> frozenset[str]:
    """Every file that the desk serves, by its name below `static/`."""
    folder = resources.files(_ROOM) / "static"
    own = {each.name for each in folder.iterdir() if each.is_file()}
    others = (each.name for each in (folder / "vendor").iterdir())
    vendored = {f"vendor/{name}" for name in others if name.endswith(".js")}
    return frozenset(own | vendored)


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences and labels in one language."""

    lang: str

    def __call__(self, key: str, **values: object) -> str:
        """A sentence of the desk by its key."""
        found = catalogue(self.lang).get(key)
        if found is None:
            raise UnknownWord(key)
        return found.format(**values)

    def term(self, key: str) -> str:
        """A label of the dictionary: answers, families, states, codes."""
        return str(load_terms().label(key, self.lang))

    def knows(self, key: str) -> bool:
        """Whether the dictionary has a term."""
        return key in load_terms().known

    @property
    def direction(self) -> str:
        return "rtl" if self.lang in RIGHT_TO_LEFT else "ltr"


@cache
def environment() -> jinja2.Environment:
    """Templates with escaping always on and no undefined name let through."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader(_ROOM, "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    made.filters["visible"] = visible
    return made


def page(template: str, words: Words, context: dict[str, Any]) -> str:
    """One page or fragment."""
    found = environment().get_template(template)
    return found.render(w=words, lang=words.lang, dir=words.direction, **context)
