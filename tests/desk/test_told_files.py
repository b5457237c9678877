"""The page of a message says of each file what it waits for, in the reader's language."""

from typing import Any

import pytest

from openline.cli.commands import attachment, queue
from openline.desk.pages.look import LANGUAGES, Words, environment
from openline.exchange.contents import file_keys

PAGE = """{% from "files.html" import told_files with context %}{{ told_files([file], ref) }}"""
STATES = [file_keys.UNOPENED, file_keys.UNOPENED_YES, file_keys.UNOPENABLE]
BECAME = [file_keys.GIVEN, file_keys.YES, file_keys.GONE]


def told(state: str = "held", **keys: str) -> dict[str, Any]:
    """A row of `attachments`."""
    return {
        "name": "plate.jpg", "number": "us.example:1.4", "size": 1_000, "got": 1_000,
        "sha256": "ab" * 32, "plain": "cd" * 32, "state": state, "asked": "", "since": "",
        "holders": ["us.example"], "lacking": list(keys), "keys": list(keys.items()),
    }  # fmt: skip


def page(lang: str, file: dict[str, Any]) -> str:
    words = Words(lang)
    return environment().from_string(PAGE).render(w=words, lang=lang, file=file, ref=["o", 4])


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", STATES)
def test_a_file_that_does_not_open_says_why_and_is_not_offered(lang: str, state: str) -> None:
    shown = page(lang, told(state))
    assert Words(lang).term(f"file.{state}") in shown
    assert 'class="problem"' in shown and "download" not in shown
    assert "0 / 1" in shown, "it is not counted as held"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("became", BECAME)
def test_its_author_reads_what_the_other_side_waits_for(lang: str, became: str) -> None:
    shown = page(lang, told(ru=became))
    assert f"<bdi>ru</bdi>: {Words(lang).term(f'file.{became}')}" in shown
    assert Words(lang).term(f"file.{became}") not in page(lang, told())


@pytest.mark.parametrize("state", STATES)
def test_the_terminal_says_the_same(state: str) -> None:
    for lang in LANGUAGES:
        listed = "\n".join(attachment.lines_of([told(state)], lang))
        assert (
            attachment.STATES[state] if lang == "en" else Words(lang).term(f"file.{state}")
        ) in (listed)
        assert attachment.here(told(state), lang) in queue.of_file(told(state), lang)
    assert queue.of_file(told("wanted"), "en") == "1000 / 1000 B"


@pytest.mark.parametrize("became", BECAME)
def test_the_terminal_says_to_the_author_who_cannot_open_it(became: str) -> None:
    listed = "\n".join(attachment.lines_of([told(ru=became)], "en"))
    assert f"ru ({attachment.KEYS[became]})" in listed
    for lang in set(LANGUAGES) - {"en"}:
        assert Words(lang).term(f"file.{became}") in "\n".join(
            attachment.lines_of([told(ru=became)], lang)
        )
