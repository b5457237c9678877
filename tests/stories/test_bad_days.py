"""Every command that OPERATE names for a bad day is run by a page or by the bad month."""

import re

from tests.house.tree import PROJECT, read

SECTION = re.compile(r"^## Bad days\n(.*?)^## ", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`openline ([a-z]+(?: [a-z]+)?)")
RUN = re.compile(r"^\$ openline ([a-z-]+)(?: ([a-z-]+))?", re.MULTILINE)
TYPED = re.compile(r'"([a-z]+)", "([a-z]+)"|typed\([^,]+, "([a-z]+)"|\["([a-z]+)", ')
PAGES = ("bad-days", "parcels", "visit", "witness")


def named(text: str) -> set[str]:
    """Commands as the manual names them: a word, or two where the first is a group."""
    (section,) = SECTION.findall(text)
    return {words.strip() for words in NAMED.findall(section)}


def run() -> set[str]:
    """Commands that stories run, and those that the bad month types."""
    pages = [PROJECT / "tests" / "stories" / f"{name}.md" for name in PAGES]
    texts = [*map(read, pages), read(PROJECT / "docs" / "OPERATE.md")]
    found = {word for text in texts for pair in RUN.findall(text) for word in both(pair)}
    play = PROJECT / "src" / "openline" / "cli" / "play"
    typed = "".join(read(play / name) for name in ("misfortunes.py", "operator.py", "trial.py"))
    return found | {word for row in TYPED.findall(typed) for word in both(tuple(filter(None, row)))}


def both(words: tuple[str, ...]) -> tuple[str, str]:
    return words[0], " ".join(filter(None, words[:2]))


def test_no_command_of_a_bad_day_is_only_written_down() -> None:
    text = read(PROJECT / "docs" / "OPERATE.md")
    wanted = named(text)
    assert len(wanted) > 12
    assert wanted - run() - {"demo"} == set(), "the demo is run by tests/play/test_bad_month.py"


def test_a_command_that_nobody_runs_is_found() -> None:
    """The negative control."""
    text = "## Bad days\n\n`openline keys conjure --out FILE`\n\n## Next\n"
    assert named(text) - run() == {"keys conjure"}
