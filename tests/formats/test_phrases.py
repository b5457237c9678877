"""The sixty-one phrases: each is translated back, and the page holds the label that is shown."""

from pathlib import Path

import pytest

from openline.formats.phrases import PHRASES
from openline.formats.terms import ENGLISH, load_terms

PAGES = Path(__file__).resolve().parents[2] / "docs" / "phrases"
TERMS = load_terms()
NINE = sorted(set(TERMS.languages) - {ENGLISH})


def rows(page: str) -> list[list[str]]:
    """The rows of the page's table: term, English, label, translated back."""
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def stale(lang: str, page: str) -> list[str]:
    """Terms whose row says another label than the dictionaries, or says nothing back."""
    labels, english = (TERMS.languages[each].labels for each in (lang, ENGLISH))
    return [
        term
        for name, meant, label, back in rows(page)
        for term in [name.strip("`")]
        if (meant, label) != (english[term][0], labels[term][0]) or not back
    ]


@pytest.mark.parametrize("lang", NINE)
def test_every_phrase_as_it_is_shown_has_been_translated_back(lang: str) -> None:
    page = (PAGES / f"{lang}.md").read_text("utf-8")
    assert [row[0].strip("`") for row in rows(page)] == list(PHRASES)
    assert stale(lang, page) == []


def test_a_label_that_was_changed_since_would_be_found() -> None:
    """Negative control: a page whose label is not the one of the dictionary."""
    page = (PAGES / "de.md").read_text("utf-8")
    assert stale("de", page.replace("| Angenommen |", "| Genehmigt |")) == ["class.accepted"]
