"""The verifier page: one HTML file that checks a disclosure in any browser, without a server.

Shapes   verifier_page() -> bytes; program() -> the page's one script, as text
Units    none
Raises   nothing
Source   docs/PROTOCOL.md part 9; docs/decisions/0050-a-verifier-of-one-file.md
Never    fetches or sends anything: its content policy allows no request and only this one script
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import metadata, resources
from typing import Any, Final

from openline.desk.pages.look import LANGUAGES, RIGHT_TO_LEFT, catalogue
from openline.formats.form import Format, Item, outlined
from openline.formats.pack import load_packs
from openline.formats.terms import load_terms

PAGE_NAME: Final = "openline-verifier.html"
# Sentences of the desk that the page says too.
PREFIXES: Final = ("verify.", "meaning.", "theme.", "date.")
# Labels that values are shown with, whatever the form.
_LABELS: Final = (
    *(f"status.{each}" for each in ("actual", "exercise", "test")),
    *(f"text.{each}" for each in ("original", "official", "courtesy")),
    *(f"area.{each}" for each in ("radius", "lower", "upper")),
    "unit.m",
    "word.yes",
    "word.no",
)
# In the order in which they build on each other; the page comes last and starts itself.
SCRIPTS: Final = (
    "spelling",
    "openjson",
    "tree",
    "note",
    "policy",
    "charter",
    "shown",
    "own",
    "trust",
    "releases",
    "verdict",
    "digest",
    "proof",
    "range",
    "delivery",
    "bundle",
    "explain",
    "check",
    "values",
    "story",
    "page",
)
_POLICY: Final = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; worker-src blob:;"
    " base-uri 'none'; form-action 'none'; require-trusted-types-for 'script';"
    " trusted-types verifier"
)


@cache
def verifier_page() -> bytes:
    """The whole page; equal sources give equal bytes."""
    style, script = source("page.css"), program()
    policy = _POLICY.format(script=hash_source(script), style=hash_source(style))
    page = source("page.html")
    for name, text in (
        ("@POLICY@", policy),
        ("@STYLE@", style),
        ("@WORDS@", as_data(words())),
        ("@PROGRAM@", script),
    ):
        page = page.replace(name, text, 1)
    return page.encode()


@cache
def program() -> str:
    """The cryptography and the verifier as one strict script. A worker runs the same text."""
    own = "\n".join(source(f"{name}.js") for name in SCRIPTS)
    text = f'"use strict";\n(() => {{\n{source("vendor/noble.js")}\n{own}}})();\n'
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def source(name: str) -> str:
    """A file of the folder `verifier`."""
    file = resources.files("openline.desk") / "verifier" / name
    return file.read_text("utf-8")


def hash_source(text: str) -> str:
    """How a content policy names the one script or style that it allows."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def as_data(value: object) -> str:
    """JSON that cannot end the element that it stands in."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def words() -> dict[str, Any]:
    """Sentences, labels and forms that the page knows, in all languages."""
    forms = {form.id: form_words(form) for form in load_packs().formats}
    used = set(_LABELS)
    for each in forms.values():
        used |= {each["term"], *each["classes"].values()}
        for item in each["paths"].values():
            used |= {item["term"], *item.get("codes", {}).values()}
    return {
        "version": metadata.version("openline"),
        "languages": [
            {
                "code": lang,
                "name": catalogue("en")[f"language.{lang}"],
                "dir": "rtl" if lang in RIGHT_TO_LEFT else "ltr",
            }
            for lang in LANGUAGES
        ],
        "words": {lang: own_sentences(lang) for lang in LANGUAGES},
        "terms": {lang: own_labels(lang, used) for lang in LANGUAGES},
        "forms": forms,
    }


def own_sentences(lang: str) -> dict[str, str]:
    """The sentences of the page that a language has of its own."""
    english = catalogue("en")
    return {
        key: text
        for key, text in catalogue(lang).items()
        if key.startswith(PREFIXES) and (lang == "en" or text != english[key])
    }


def own_labels(lang: str, used: set[str]) -> dict[str, str]:
    """The labels that a language has of its own; unreviewed phrases keep English beside them."""
    terms = load_terms()
    labels = {term: terms.label(term, lang) for term in sorted(used)}
    return {term: str(label) for term, label in labels.items() if label.lang == lang}


def form_words(form: Format) -> Mapping[str, Any]:
    """The terms of a form: its own, those of its classes, those of its items (`N`: any row)."""
    items = outlined((*form.items, *form.common))
    return {
        "term": form.term,
        "family": form.family,
        "classes": dict(form.classes),
        "paths": {item.path: item_words(item) for item in items},
    }


def item_words(item: Item) -> dict[str, Any]:
    """How a value of an item is shown: its label, its type, its codes."""
    found: dict[str, Any] = {"term": item.term, "type": item.type}
    return {**found, "codes": dict(item.codes)} if item.codes else found


def page_name(lang: str) -> str:
    """What a desk calls the file: the page opens in the language that its name says."""
    return f"{PAGE_NAME.removesuffix('.html')}.{lang}.html"
