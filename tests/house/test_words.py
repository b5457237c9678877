"""Words that may not stand in the tree: other people's machines, unfinished work, wrong terms."""

import re
from pathlib import Path

from tests.house.tree import PROJECT, python_files, read, tracked

SUFFIXES = {".py", ".md", ".toml", ".txt", ".lock", ".sh", ".sql", ".json", ".yml"}
TEXTS = [p for p in tracked() if p.suffix in SUFFIXES or p.name in {"Makefile", "run"}]
PAGES = [p for p in TEXTS if p.suffix == ".md"]
# A pattern and why it may not stand here.
FORBIDDEN = {
    r"(?<![\w.])/(?:work|tmp/plan|root|home/\w+)/": "a path of somebody's machine",
    r"pypi\.org|pythonhosted|registry\.npmjs": "the address of a package registry",
    r"\b(?:TODO|FIXME|XXX)\b(?!\(#\d+\))": "unfinished work without an issue number",
    r"\bNotImplementedError\b": "unfinished work",
    r"(?i)\bblockchain\b|\bdistributed ledger\b": "Openline is not one",
    r"(?i)\b(?:black|white)list": "say what it does: refuse, allow",
    r"(?i)\bguaranteed delivery\b": "told is provable, delivery is not guaranteed",
}
# This file, and texts of others that are kept letter by letter.
EXEMPT = {"tests/house/test_words.py", "LICENSE"}


def test_a_text_holds_no_forbidden_word() -> None:
    found = []
    for path in TEXTS:
        text = "" if str(path) in EXEMPT else read(path)
        for pattern, why in FORBIDDEN.items():
            match = re.search(pattern, text)
            if match:
                found.append(f"{path}: {match[0]!r}: {why}")
    assert found == []


def test_a_page_names_only_files_that_exist() -> None:
    found = []
    for path in PAGES:
        named = re.findall(r"`((?:src|docs|tests|tools|LICENSES)/[\w./-]*[\w/])`", read(path))
        found += [f"{path}: {n}" for n in sorted(set(named)) if not (PROJECT / n).exists()]
    assert found == []


def test_a_page_cites_symbols_and_never_line_numbers() -> None:
    pattern = re.compile(r"\b[\w/]+\.py(?::\d+|, lines? \d+)")
    assert [f"{p}: {m[0]}" for p in PAGES if (m := pattern.search(read(p)))] == []


def test_a_page_names_only_tests_that_exist() -> None:
    found = []
    for page in PAGES:
        for file, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", read(page)):
            path = PROJECT / file
            if not path.exists() or f"def {name}(" not in path.read_text("utf-8"):
                found.append(f"{page}: {file}::{name}")
    assert found == []


def test_the_threat_model_names_a_test_in_every_row() -> None:
    rows = re.findall(r"^\| .* \|$", read(Path("docs/THREAT_MODEL.md")), re.MULTILINE)
    assert [row for row in rows[1:] if "tests/" not in row] == []


def test_a_module_names_only_pages_that_exist() -> None:
    found = []
    for path in python_files("src", "tools", "tests"):
        for name in re.findall(r"\bdocs/[\w/-]+\.md\b", read(path)):
            if not (PROJECT / name).exists():
                found.append(f"{path}: {name}")
    assert found == []
