"""How pages look: templates that escape everything, sentences by key, files by content hash.

Shapes   Look(templates...).page(name, lang, context) -> HTML text
Units    none
Raises   UnknownWord at the first use of a key that the catalogue lacks
Source   docs/ARCHITECTURE.md, "The desk"; ECOSYSTEM part 2
Never    marks anything as safe: what a person or a peer wrote is text
"""

import hashlib
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, ClassVar, Final

import jinja2
from markupsafe import Markup

from openline.errors import OpenlineError
from openline.formats.coded import in_line, phrased
from openline.formats.document.html import inline, lines
from openline.formats.document.model import Span
from openline.formats.lasting import lasting
from openline.formats.legible import visible, visible_lines
from openline.formats.spell import utc
from openline.formats.terms import ENGLISH, Terms, load_terms

LANGUAGES: Final = ("en", "fr", "de", "nl", "es", "it", "ru", "uk", "ar", "zh")
RIGHT_TO_LEFT: Final = frozenset({"ar"})
_ROOM: Final = "openline.desk"
# The Unicode isolate whose direction is that of its first letter, and its end.
_FIRST: Final = "\N{FIRST STRONG ISOLATE}"
_END: Final = "\N{POP DIRECTIONAL ISOLATE}"


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
    vendored = {f"vendor/{name}" for name in others if name.endswith((".js", ".json"))}
    return frozenset(own | vendored)


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences and labels in one language; `terms` hold the words of a node's own packs too."""

    lang: str
    terms: Terms = field(default_factory=load_terms, repr=False, compare=False)

    def __call__(self, key: str, **values: object) -> str:
        """A sentence of the desk by its key."""
        found = catalogue(self.lang).get(key)
        if found is None:
            raise UnknownWord(key)
        return found.format(**values)

    def says(self, key: str) -> bool:
        """Whether the desk has a sentence of this key."""
        return key in catalogue(self.lang)

    def language(self, code: str) -> str:
        """The name of a language; the code of one that the desk does not speak: a charter may name
        any."""
        key = f"language.{code}"
        return self(key) if self.says(key) else code

    def term(self, key: str) -> str:
        """A label of the dictionary: answers, families, states, codes."""
        return str(self.terms.label(key, self.lang))

    def coded(self, kind: str, code: str, sentence: str) -> tuple[str, str]:
        """The words for a code in the reader's language, and the English to stand beside them;
        no words where English stands alone."""
        words, beside = phrased(kind, code, sentence, self.lang)
        is_english = self.lang != ENGLISH and words == sentence
        return ("", sentence) if is_english else (words, beside)

    def refusal(self, error: OpenlineError) -> str:
        """What was refused and what to do, in one text as the terminal says it."""
        said = in_line("refused", error.code, str(error), self.lang)
        return f"{said} {in_line('remedy', error.code, error.remedy, self.lang)}"

    def knows(self, key: str) -> bool:
        """Whether the dictionary has a term."""
        return key in self.terms.languages[ENGLISH].labels

    @property
    def direction(self) -> str:
        return "rtl" if self.lang in RIGHT_TO_LEFT else "ltr"


def isolated(text: str, lang: str) -> str:
    """A sentence for a script, whose numbers and Latin names keep their own direction."""
    runs = Span(text, lang).runs
    return "".join(f"{_FIRST}{piece}{_END}" if is_apart else piece for piece, is_apart in runs)


def span(words: Words, seconds: int) -> str:
    """A length of time in the reader's words."""
    return lasting(words.terms, words.lang, seconds)


@jinja2.pass_context
def spoken(context: jinja2.runtime.Context, text: str) -> Markup:
    """The same for a template."""
    return Markup(inline(((Span(str(text), context["lang"]),),)))


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
    made.filters["typed"] = visible_lines
    made.filters["moment"] = utc
    made.filters["spoken"] = spoken
    made.filters["inline"] = lambda words: Markup(inline(words))
    made.filters["words"] = lambda words: Markup(lines(words))
    return made


def page(template: str, words: Words, context: dict[str, Any]) -> str:
    """One page or fragment."""
    found = environment().get_template(template)
    return found.render(w=words, lang=words.lang, dir=words.direction, **context)
