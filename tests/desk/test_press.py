"""The press: an archive's PDF, the same bytes each time, in which no text can do anything."""

import json
import re
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openline.desk.paper import press, setting, typesetter
from openline.formats.document.model import Document, Span
from openline.formats.terms import load_terms
from tests.formats.test_document import HOSTILE, document

PAGE = (typesetter.FOLDER / "page.typ").read_text("utf-8")
KINDS = ("heading", "link", "image", "raw", "math.equation", "table", "ref", "footnote")
SLOWEST_S = 60


def counted(shown: Document, page: str = PAGE) -> dict[str, int]:
    """How many elements of each kind the typesetter makes of a document."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.typ"
        file.write_text(page, "utf-8")
        compiler = typst.Compiler(
            file,
            font_paths=typesetter.fonts(),
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(setting.data_of(shown, "north.example"))},
        )
        return {kind: len(json.loads(compiler.query(kind))) for kind in KINDS}


def meta(file: bytes, name: str) -> str:
    found = re.search(rf"<{name}>([^<]*)</{name}>".encode(), file)
    return found[1].decode() if found else ""


def test_the_file_claims_pdf_a_and_pdf_ua_and_is_tagged_in_its_language() -> None:
    file = press.pdf(document(["Visit"], "en", "ar"), "north.example")
    assert (meta(file, "pdfaid:part"), meta(file, "pdfaid:conformance")) == ("2", "A")
    assert meta(file, "pdfuaid:part") == "1"
    assert b"/MarkInfo" in file
    assert re.search(rb"/Lang ?\(en", file)
    assert b"/JavaScript" not in file
    assert b"/URI" not in file


def test_the_same_document_has_the_same_bytes_and_another_time_others() -> None:
    shown = document(["Visit", "north.example", "زيارة", "访问"], "en", "ar")
    file = press.pdf(shown, "north.example")
    assert press.pdf(shown, "north.example") == file
    assert press.pdf(replace(shown, made_s=shown.made_s + 1), "north.example") != file


@pytest.mark.parametrize("lang", sorted(load_terms().languages))
def test_every_label_of_every_language_is_drawn_by_the_fonts_that_come_along(lang: str) -> None:
    labels = [text for text, _ in load_terms().languages[lang].labels.values()]
    assert [text for text in labels if setting.drawn(text) != text] == []
    assert press.pdf(document(labels[:4], lang), "x").startswith(b"%PDF")


def test_every_letter_of_the_list_can_be_set_and_others_are_spelled_out() -> None:
    """In PDF/A the typesetter refuses a letter that it cannot draw: the list must be right."""
    letters = sorted(setting.covered())
    rows = ["".join(map(chr, letters[i : i + 40])) for i in range(0, len(letters), 40)]
    shown = document(rows[:1], "en")
    notes = tuple((Span(row, "und"),) for row in rows)
    (section,) = shown.sections
    full = replace(shown, sections=(replace(section, notes=notes),))
    assert press.pdf(full, "x").startswith(b"%PDF")
    assert setting.drawn("a\U0001f600ཀ") == "a\\u{1F600}\\u{0F40}"


def test_a_letter_that_is_not_covered_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of the list."""
    monkeypatch.setattr(setting, "covered", lambda: frozenset(range(0x110000)))
    with pytest.raises(press.PaperFailed):
        press.pdf(document(["ཀ"], "en"), "x")


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(HOSTILE, min_size=1, max_size=4))
def test_whatever_is_written_is_text_on_paper(words: list[str]) -> None:
    plain = ["a", "b", "c", "d"][: len(words)]
    assert counted(document(words, "en", "ar")) == counted(document(plain, "en", "ar"))
    assert press.pdf(document(words, "en"), "x").startswith(b"%PDF")


def test_the_property_sees_a_page_that_reads_texts_as_markup() -> None:
    """Negative control: a template that evaluates what it is given."""
    evil = PAGE.replace("words + ", 'eval(words, mode: "markup") + ')
    assert evil != PAGE
    shown = document(['#link("https://evil.example")[x]'], "en")
    assert counted(shown, evil)["link"] > counted(shown)["link"] == 0


def test_a_line_of_a_hundred_kilobytes_is_set_in_time_and_stays_on_the_page() -> None:
    shown = document(["a"], "en")
    (section,) = shown.sections
    for word in ("x" * 100_000, "通" * 33_000, "a b " * 25_000):
        long = replace(section, notes=((Span(word, "und"),),))
        start_s = time.monotonic()
        assert press.pdf(replace(shown, sections=(long,)), "x").startswith(b"%PDF")
        assert time.monotonic() - start_s < SLOWEST_S


def test_a_longer_document_than_the_press_takes_is_refused_by_name() -> None:
    with pytest.raises(setting.TooLongToPrint):
        press.pdf(document(["x" * setting.LETTERS_MAX], "en"), "x")


def test_a_table_that_would_take_the_machine_s_memory_is_refused_by_name() -> None:
    shown = document(["x"], "en")
    (section,) = shown.sections
    (table,) = section.tables
    long = replace(table, rows=table.rows * setting.CELLS_MAX)
    with pytest.raises(setting.TooLongToPrint):
        press.pdf(replace(shown, sections=(replace(section, tables=(long,)),)), "x")


def test_a_typesetter_that_dies_or_hangs_takes_nothing_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(press, "SECONDS_MAX", 0.2)
    for command in (("false",), ("sleep", "30"), ("echo", "no page"), ("/no/such/program",)):
        monkeypatch.setattr(press, "TYPESETTER", command)
        with pytest.raises(press.PaperFailed):
            press.pdf(document(["x"], "en"), "x")


def test_a_long_word_gets_places_to_end_a_line_and_loses_no_letter() -> None:
    digest: Any = "north.example/openline/" + "a" * 52
    cut = setting.broken(digest, 30)
    assert cut.replace("\u200b", "") == digest
    assert max(map(len, cut.split("\u200b"))) <= 30
    assert setting.broken("Short words stay whole.", 12) == "Short words stay whole."
