"""The index of everything said: in memory, on the lines that are named, forgotten when told so."""

from openline.store.texts import Question, Said, Sought, Texts


def said(at: int, text: str, line: str = "L") -> Said:
    return Said(("o", at), line, "us.example", "core/visit@1", "-", at, text, text)


def places(texts: Texts, *lines: str, **word: str | bool) -> list[int]:
    asked = Sought(**word)  # type: ignore[arg-type]  # parts and flags by name
    return [at for _, at in texts.find(Question(lines or ("L",), (asked,))).places]


def test_the_index_has_no_file() -> None:
    texts = Texts()
    texts.put([said(1, "a secret word")])
    rows = list(texts._connection.execute("PRAGMA database_list"))
    assert [file for _, _, file in rows if file] == []
    assert texts._connection.pragma("temp_store") == 2  # memory


def test_what_is_put_again_replaces_what_was_there() -> None:
    texts = Texts()
    texts.put([said(1, "before")])
    texts.put([said(1, "after")])
    assert places(texts, part="before") == [] and places(texts, part="after") == [1]


def test_what_is_dropped_is_in_neither_index() -> None:
    texts = Texts()
    texts.put([said(1, "a secret word"), said(2, "another word")])
    texts.drop([("o", 1), ("o", 99)])
    assert places(texts, part="secret") == []
    assert texts.find(Question(("L",), (Sought(tokens=("secret",)),))).count == 0
    assert places(texts, part="word") == [2]


def test_no_line_no_answer_and_no_count() -> None:
    texts = Texts()
    texts.put([said(1, "word", "L"), said(2, "word", "M")])
    assert texts.find(Question((), (Sought(part="word"),))).count == 0
    assert places(texts, "M", part="word") == [2]
    assert texts.find(Question(("L", "M"), (Sought(part="word"),))).count == 2
    assert places(texts, "L", "M", part="word", is_absent=True) == []
