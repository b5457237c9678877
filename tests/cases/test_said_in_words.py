"""No code stands bare on a page: states, stages, classes, items and values that were read back."""

from datetime import UTC

import pytest

from openline.cases import asked, composed, motion, moves
from openline.cases.documents.differing import differences
from openline.cases.documents.parts import life_items
from openline.formats.document.model import plain, plain_words
from openline.formats.document.speaker import Speaker, speakers
from openline.formats.terms import load_terms
from tests.cases.hand import PACKS

LANGUAGES = sorted(load_terms().languages)
INSPECTION = "agreements/inspection@1"
CORRIDOR = "humanitarian/corridor@1"


def speaker(lang: str) -> Speaker:
    return speakers(PACKS.terms, [lang], UTC, forms=PACKS.format)[0]


def states_of(course: str) -> set[str]:
    """Every state and stage that a matter of one course can have."""
    found = {state for (name, _, _), state in moves.AUTHOR_MOVES.items() if name == course}
    found |= {state for (name, *_), state in moves.SIDE_MOVES.items() if name == course}
    return found | {*moves.STAGES.get(course, ()), moves.SILENT, moves.WITHOUT_EFFECT}


def bare_states(say: Speaker) -> set[str]:
    """States that a reader of one language would see as codes."""
    found = set()
    for form in PACKS.formats:
        for state in states_of(moves.course_of(form.id)):
            if plain(say.state(form.id, state)) == state:
                found.add(state)
    shared = {*composed.STRENGTH, *asked.STAGES, *(new for new in motion.MOTION.values())}
    return found | {state for state in shared if plain(say.state("", state)) == state}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_state_and_no_class_of_any_form_is_shown_as_its_code(lang: str) -> None:
    say = speaker(lang)
    assert bare_states(say) == set()
    for form in PACKS.formats:
        for code, _ in form.classes:
            assert plain(say.said(form.id, code)) != code


def test_without_its_form_a_stage_of_an_inspection_would_be_a_bare_code() -> None:
    """The negative control of the test above."""
    assert {"countersigned", "granted"} <= bare_states(speakers(PACKS.terms, ["en"])[0])


def test_parts_of_a_record_that_are_not_agreed_are_named_as_on_the_form() -> None:
    matter = {
        "format": CORRIDOR, "state": "told", "outcome": "", "addressees": [],
        "composed": "rejected", "agreed": [1, 2],
        "parts": [{"path": "buffer_m", "state": "rejected"}, {"path": "who", "state": "accepted"}],
    }  # fmt: skip
    shown = [plain_words(item.cells[0].value) for item in life_items((speaker("uk"),), matter)]
    assert shown[1].endswith("Відхилено: 10 Запитана захисна відстань")


def test_a_difference_names_the_item_and_says_codes_and_times_in_words() -> None:
    odd = [
        {"path": "kind", "told": "road", "read": "air"},
        {"path": "from", "told": "2026-12-01T05:00:00Z", "read": "2026-12-02T05:00:00Z"},
    ]
    row = {"party": "south.example", "format": "humanitarian/movement@1", "a2": {"differs": odd}}
    kind, time = (plain(line) for line in differences((speaker("ru"),), [row]))
    assert "kind" not in kind and "air" not in kind and "road" not in kind
    assert "2 " in kind and "020500Z DEC 26 (2026-12-02T05:00:00Z)" in time
