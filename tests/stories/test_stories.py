"""Every page that shows commands is run as it stands, in a folder of its own."""

import tempfile
from pathlib import Path

import pytest

from tests.house.tree import PROJECT
from tests.stories.runner import FILE, SHOWN, Story, StoryDiffers, commands

PAGES = [
    PROJECT / "README.md",
    *sorted((PROJECT / "docs").glob("*.md")),
    *sorted((PROJECT / "tests" / "stories").glob("*.md")),
]
SHOWING = [page for page in PAGES if SHOWN.search(page.read_text("utf-8"))]


@pytest.mark.slow
@pytest.mark.parametrize("page", SHOWING, ids=lambda page: page.name)
def test_the_page_shows_what_happens(page: Path) -> None:
    # A short path: the name of a Unix socket may have about a hundred bytes.
    with tempfile.TemporaryDirectory(prefix="openline-") as folder:
        assert Story(Path(folder)).run(page.read_text("utf-8")) > 0


def test_the_charter_file_of_the_manual_is_the_one_that_a_story_runs() -> None:
    pages = (PROJECT / "docs" / "OPERATE.md", PROJECT / "tests" / "stories" / "charter.md")
    manual, story = (dict(FILE.findall(page.read_text("utf-8"))) for page in pages)
    assert "[officers]" in manual["line.toml"]
    assert manual["line.toml"] == story["line.toml"]


def test_a_story_remembers_what_a_place_stood_for(tmp_path: Path) -> None:
    page = "```console\n$ echo id 42\nid <ID>\n$ echo <ID> again\n42 again\n```\n"
    assert Story(tmp_path).run(page) == 2


def test_a_story_sees_another_output(tmp_path: Path) -> None:
    with pytest.raises(StoryDiffers):
        Story(tmp_path).run("```console\n$ echo yes\nno\n```\n")


def test_a_story_sees_another_exit_code(tmp_path: Path) -> None:
    with pytest.raises(StoryDiffers):
        Story(tmp_path).run("```console\n$ exit 3\n```\n")
    Story(tmp_path).run("```console\n$ exit 3\n[exit 3]\n```\n")


def test_a_command_that_stays_is_waited_for_and_ended(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.run("```console\n$ bash -c 'echo ready; sleep 60' &\nready\n```\n")
    assert [process.returncode is not None for process in story.beside] == [True]


def test_lines_that_go_on_are_one_command() -> None:
    (shown,) = commands("```console\n$ echo a \\\n    b\na b\n```\n")
    assert (shown.command, shown.lines) == ("echo a \\\n    b", ["a b"])


def test_any_lines_may_stand_between(tmp_path: Path) -> None:
    Story(tmp_path).run("```console\n$ printf 'a\\nb\\nc\\nd\\n'\na\n...\nd\n```\n")


def test_a_place_before_any_lines_holds_its_whole_line(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.run("```console\n$ printf 'id 1.25\\nmore\\n'\nid <ID>\n...\n```\n")
    assert story.known == {"ID": "1.25"}
