"""Words of the desk: every key a page asks for is there, in every language, with its blanks."""

import re
import string
from pathlib import Path

import pytest

from openline.cli.commands import queue
from openline.desk.pages.key_pages import KEYS
from openline.desk.pages.look import LANGUAGES, catalogue
from openline.formats.terms import load_terms

DESK = Path(__file__).resolve().parents[2] / "src" / "openline" / "desk"
SENTENCE = re.compile(r"""\b(?:w|words)\(\s*["']([a-z][a-z0-9.-]*[a-z0-9])["']""")
TERM = re.compile(r"""\.term\(\s*["']([a-z][a-z0-9.-]*[a-z0-9])["']""")


def asked(pattern: re.Pattern[str], *texts: str) -> set[str]:
    return {key for text in texts for key in pattern.findall(text)}


def pages() -> list[str]:
    files = [*DESK.glob("templates/*.html"), *DESK.glob("pages/*.py")]
    return [path.read_text("utf-8") for path in files]


def blanks(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_every_sentence_and_term_that_a_page_names_is_there() -> None:
    texts = pages()
    assert asked(SENTENCE, *texts) - set(catalogue("en")) == set()
    assert asked(TERM, *texts) - load_terms().known == set()


def test_a_key_that_no_catalogue_has_would_be_found() -> None:
    """Negative control: a page that asks for a word that is not there."""
    assert asked(SENTENCE, '{{ w("column.kind") }}') - set(catalogue("en")) == {"column.kind"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_says_everything_with_the_same_blanks(lang: str) -> None:
    own, english = catalogue(lang), catalogue("en")
    assert set(own) == set(english)
    assert {key for key in own if blanks(own[key]) != blanks(english[key])} == set()
    said = [key for key in english if lang != "en" and own[key] != english[key]]
    assert lang == "en" or len(said) > 0.9 * len(english)


def test_every_key_that_a_page_answers_to_stands_on_the_page_of_keys() -> None:
    texts = [path.read_text("utf-8") for path in DESK.glob("templates/*.html")]
    answered = asked(re.compile(r'data-key="([^"]+)"'), *texts)
    listed = {key for keys, _ in KEYS for key in keys.split()}
    assert "b" in answered and answered <= listed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_our_own_messages_meet_with_has_words(lang: str) -> None:
    """At the desk and at the terminal: a kind without a word would show as no page at all."""
    english = {"garbled", "not-understood", "answer-ended", "phrase", "answered", "not-received"}
    assert english <= set(queue.OURS)
    for kind in queue.OURS:
        assert f"ours.{kind}" in catalogue(lang)
        assert f"met.{kind}" in load_terms().languages[lang].labels


# A number with a word behind it that would have to agree with it: "1 fields", "21 сообщений".
COUNTED = re.compile(r"\{(?:count|of|unread|overdue|done|needed|n)\}\s?(?=[^\W\d_])(\w+)")
# Words that never change with the number before them, and limits that are always many.
UNBENDING = {
    "alarm.more": "and so many more",
    "ours.more": "and so many more",
    "draft.not-sent": "so many of so many",
    "draft.signed": "so many of so many",
    "handover.too-long": "a limit of thousands",
    "verify.entry.left-out-fields": "so many of so many",
    "verify.entry.withheld-fields": "so many of so many",
    "verify.list.shown": "so many, as of a time",
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_sentence_needs_a_word_to_agree_with_its_number(lang: str) -> None:
    """Slavic languages have three forms and Arabic six: a number stands behind what it counts.
    Chinese has one form, and puts the measure word behind the number."""
    said = {key for key, text in catalogue(lang).items() if COUNTED.search(text)}
    assert lang == "zh" or said <= set(UNBENDING)


def test_a_number_before_its_noun_would_be_found() -> None:
    """Negative control."""
    for text in ("{count} of {of} fields are withheld", "{count} сообщений", "{count} نقاط"):
        assert COUNTED.search(text)
