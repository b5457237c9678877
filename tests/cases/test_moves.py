"""The tables of moves: closed, reachable, and the page that shows them is current."""

from pathlib import Path

from openline.cases import moves, rules
from tests.cases.hand import PACKS
from tools import cases_page


def test_the_page_shows_the_tables_as_they_are() -> None:
    written = cases_page.PAGE.read_text("utf-8")
    assert written == cases_page.renewed(written), "run `make docs`"


def test_the_page_would_be_found_stale() -> None:
    """Negative control."""
    written = cases_page.PAGE.read_text("utf-8")
    stale = written.replace("| standing | `told` | `cancels` | `cancelled` |\n", "")
    assert stale != written
    assert cases_page.renewed(stale) == written


def test_every_course_is_a_format_and_every_act_of_it_a_class() -> None:
    general = {moves.AMENDS, moves.CANCELS, moves.CLOSES}
    for name, course in moves.COURSES.items():
        form = PACKS.format(f"{name}@1")
        assert form is not None
        classes = {answer for answer, _ in form.classes}
        acts = {act for c, _, act in moves.AUTHOR_MOVES if c == course}
        acts |= {act for c, _, _, act in moves.SIDE_MOVES if c == course}
        assert acts - general <= classes
        assert classes <= acts, f"{name}: a class that never moves anything"


def test_every_state_can_be_reached_and_what_is_over_is_never_left() -> None:
    for course in {moves.STANDING, *moves.COURSES.values()} - moves.SIDED:
        reached = {moves.SILENT}
        while True:
            more = {
                after
                for (c, before, _), after in moves.AUTHOR_MOVES.items()
                if c == course and before in reached
            }
            if more <= reached:
                break
            reached |= more
        named = {before for c, before, _ in moves.AUTHOR_MOVES if c == course}
        assert named <= reached
        assert not named & moves.OVER
        assert {moves.CANCELLED, moves.CLOSED} <= reached


def test_no_sentence_is_without_a_place_that_finds_it() -> None:
    room = Path(rules.__file__).parent
    source = "".join(path.read_text("utf-8") for path in sorted(room.rglob("*.py")))
    begin = source.index("SENTENCES: Final")
    elsewhere = source[:begin] + source[source.index("REMARKS: Final") :]
    begin = elsewhere.index("REMARKS: Final")
    elsewhere = elsewhere[:begin] + elsewhere[elsewhere.index("def sentence") :]
    built = {"agreement.differs", "topic.differs"}  # named after the path that differs
    unused = {code for code in rules.SENTENCES if f'"{code}"' not in elsewhere}
    assert unused == built
    assert set(rules.SENTENCES) >= rules.REMARKS
    assert rules.sentence("release.missing").endswith("release.missing.")
