"""What a code says in the reader's language: complete, the same as the program's own English,
and never without the English sentence where that says more."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest

import openline
from openline.cases import rules
from openline.errors import OpenlineError
from openline.formats.coded import GRAVE, in_line, phrased, worded
from openline.formats.form import RULE_KINDS
from openline.formats.terms import load_terms
from tests.house.tree import read

LABELS = load_terms().languages["en"].labels
LANGUAGES = sorted(set(load_terms().languages) - {"en"})


def of(kind: str) -> set[str]:
    return {term.partition(".")[2] for term in LABELS if term.startswith(f"{kind}.")}


def codes_of_errors() -> set[str]:
    for module in walk_packages(openline.__path__, "openline."):
        if not module.name.endswith(("__main__", ".sender")):
            import_module(module.name)
    found, todo = set(), [OpenlineError]
    while todo:
        each = todo.pop()
        found.add(each.code)
        todo += each.__subclasses__()
    return found


def test_the_dictionary_says_of_every_irregularity_what_the_program_says() -> None:
    for code, sentence in rules.SENTENCES.items():
        assert LABELS[f"remark.{code}"][0] == sentence


def test_every_rule_of_a_form_and_every_caution_before_release_has_its_words() -> None:
    assert {f"rule.{kind}" for kind in RULE_KINDS} <= of("remark")
    source = read_all("src/openline/cases/ahead.py")
    cautions = set(
        re.findall(r'"((?:amendment|answer|line|lead|position|reference|window)\.[a-z-]+)"', source)
    )
    assert len(cautions) > 6 and cautions <= of("remark")


def test_every_term_that_the_terminal_asks_for_is_in_the_dictionary() -> None:
    """A misspelt one would be read in English and never be missed."""
    commands = Path("src/openline/cli")
    source = "\n".join(
        read(path) for path in [*commands.glob("*.py"), *commands.glob("commands/*.py")]
    )
    asked = set(re.findall(r"""(?:said|worded)\(\s*["']([a-z-]+\.[a-z0-9.-]+)["']""", source))
    families = "column|doctor|head|item|line|register|word"
    heads = set(re.findall(rf'\("[^"()]*", "((?:{families})\.[a-z0-9.-]+)"', source))
    assert len(asked) > 100 and len(heads) > 100
    assert sorted((asked | heads) - set(LABELS)) == []
    spoken = {term for term in LABELS if term.startswith(("ask.", "talk."))}
    kinds = ("talk.lacks-", "talk.new-")  # each asked for by its kind
    assert sorted(term for term in spoken - asked if not term.startswith(kinds)) == []


def read_all(path: str) -> str:
    return read(Path(path))


def test_what_is_refused_has_a_remedy_and_is_an_error_that_exists() -> None:
    assert of("refused") == of("remedy")
    assert of("refused") <= codes_of_errors()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_particulars_and_grave_words_keep_the_english_sentence_beside_them(lang: str) -> None:
    own = load_terms().languages[lang].labels
    particular = "It answers version 2; version 3 is held here."
    assert phrased("remark", "answer.stale", particular, lang) == (
        own["remark.answer.stale"][0], particular,
    )  # fmt: skip
    for term in GRAVE:
        kind, _, code = term.partition(".")
        english = LABELS[term][0]
        assert phrased(kind, code, english, lang) == (own[term][0], english)
    settled = rules.sentence("closing.not-author")
    assert phrased("remark", "closing.not-author", settled, lang)[1] == ""


def test_english_stands_as_it_is_and_what_has_no_words_stands_in_english() -> None:
    assert in_line("remark", "answer.stale", "It answers version 2.", "en") == (
        "It answers version 2."
    )
    assert in_line("refused", "store.unknown", "No such row.", "nl") == "No such row."
    assert worded("word.signed", "en", "signed") == "signed"
    assert worded("word.signed", "nl", "signed") == "Getekend"
    assert worded("word.never-heard-of", "nl", "signed") == "signed"
