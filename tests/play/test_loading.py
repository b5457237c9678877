"""Scenario files: what is refused, and with which words."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openline.cli.play import loading
from openline.cli.play.loading import load_all, load_history
from openline.cli.play.reading import ScenarioRefused
from openline.cli.play.scenario import MARKS, Fault, Note, Send

GOOD = """
schema = "openline/play 1"
number = "9"
title = "A small history"
report = "none"
days = "1 January 2030"

[[party]]
name = "a.example"
label = "A"

[[party]]
name = "b.example"
label = "B"

[[line]]
id = "l"
mark = "P"
title = "a-b"
level = "diplomatic"
purpose = "A line."
members = ["a.example", "b.example"]
packs = ["core"]
languages = ["en"]
timers = { hello = 86400 }
officers = { "*" = 1, open = 2 }

[[play]]
id = "9"
parties = ["a.example", "b.example"]
lines = ["l"]
stop = [{ id = "9", after = "two", parties = ["a.example"] }]

[[step]]
id = "one"
at = 2030-01-01T08:00:00Z
mark = "R"
tells = "a tells b"
send = { from = "a.example", line = "l", format = "core/told-elsewhere@1", class = "call" }
[step.fields]
subject = [{ lang = "en", status = "original", text = "A call." }]
at_time = 2030-01-01T07:00:00Z

[[step]]
id = "two"
at = 2030-01-01T09:00:00Z
mark = "P"
tells = "b has received it"
field_marks = { position = "H" }
[step.send]
from = "b.example"
line = "l"
format = "core/acknowledge@1"
class = "received"
refs = ["one"]
[step.fields]
position = "duty"
at_time = 2030-01-01T09:00:00Z

[[fact]]
id = "f1"
mark = "P"
text = "A line, and what b says"
steps = ["line:l", "two"]

[[fact]]
id = "f2"
mark = "R"
text = "A call"
steps = ["one"]

[[fact]]
id = "f3"
mark = "H"
text = "Who"
steps = ["two"]
"""


def refusal(text: str) -> ScenarioRefused:
    with pytest.raises(ScenarioRefused) as caught:
        load_history(text.encode(), "9.toml")
    return caught.value


def test_a_good_file_is_read() -> None:
    history = load_history(GOOD.encode(), "9.toml")
    assert [step.id for step in history.steps_of(history.play("9"))] == ["one", "two"]
    one, two = history.steps
    assert isinstance(one.action, Send) and isinstance(two.action, Send)
    assert one.action.fields["at_time"] == "2030-01-01T07:00:00Z"
    assert two.action.refs == ("one",)
    assert two.marks == {"P", "H"}


@pytest.mark.parametrize(
    ("old", "new", "where", "reason"),
    [
        ("openline/play 1", "openline/play 2", "file", "schema is not openline/play 1"),
        ('title = "A small history"', "", "file", "title is missing"),
        ('days = "1', 'colour = "x"\ndays = "1', "file", "unknown key colour"),
        ('tells = "a tells b"', 'tells = ""', "step one", "tells is empty"),
        ('mark = "R"\ntells', "tells", "step one", "mark is missing"),
        ('mark = "R"\ntells', 'mark = "Q"\ntells', "step one", "mark 'Q' is not one of R, H, P"),
        ("send = {", "check = {}\nsend = {", "step one", "holds 2 actions, not one of"),
        ("2030-01-01T09:00:00Z\nmark", "2030-01-01T07:00:00Z\nmark", "step two", "is earlier"),
        ("2030-01-01T08:00:00Z", "2030-01-01T08:00:00", "step one", "at has no time zone"),
        ('refs = ["one"]', 'refs = ["zero"]', "step two", "no earlier entry zero on line l"),
        ('refs = ["one"]', 'refs = ["two"]', "step two", "no earlier entry two on line l"),
        ('from = "b.example"', 'from = "c.example"', "step two", "is no member of l"),
        ('line = "l"\nformat', 'line = "m"\nformat', "step two", "there is no line m"),
        ("core/acknowledge@1", "positions/claim@1", "step two", "is in no pack of l"),
        ('class = "received"', 'withheld = ["x"]', "step two", "x is not among the fields"),
        ('lang = "en", status', 'status = "original", Lang', "step one, subject", "a text has"),
        ('"original"', '"machine"', "step one, subject", "status 'machine' is unknown"),
        ('position = "duty"', "position = 1.5", "step two", "which no message can carry"),
        ('position = "duty"', 'mark = "P"', "step two", "position is not among the fields"),
        ('after = "two"', 'after = "three"', "play 9", "no step three in this play"),
        ('id = "two"', 'id = "one"', "step one", "stands here twice"),
        ('steps = ["one"]', 'steps = ["six"]', "fact f2", "there is no step six"),
        ('steps = ["one"]', "steps = []", "fact f2", "no step plays it"),
        ('mark = "H"', 'mark = "R"', "fact f3", "step two does not carry mark R"),
        ('"line:l", "two"', '"two"', "line:l", "no fact with mark P stands behind it"),
        ('name = "b.example"', 'name = "d.example"', "line l", "is no party with a node here"),
    ],
)
def test_a_bad_file_is_refused_by_place_and_reason(
    old: str, new: str, where: str, reason: str
) -> None:
    assert old in GOOD
    error = refusal(GOOD.replace(old, new, 1))
    assert error.file == "9.toml"
    assert error.where.startswith(where)
    assert reason in error.reason


def test_a_step_that_no_fact_stands_behind_is_refused() -> None:
    cut = GOOD[: GOOD.index('[[fact]]\nid = "f2"')] + GOOD[GOOD.index('[[fact]]\nid = "f3"') :]
    error = refusal(cut)
    assert (error.where, error.reason) == ("one", "no fact with mark R stands behind it")


@pytest.mark.parametrize("data", [b"\xff", b"a = ", b"x" * (loading.FILE_BYTES_MAX + 1)])
def test_what_is_no_toml_is_refused(data: bytes) -> None:
    with pytest.raises(ScenarioRefused):
        load_history(data, "9.toml")


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_read_and_nothing_else_happens(data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    new = data.draw(
        st.sampled_from(["", "x = 1", "[a]", "[[step]]", "id = 3", "send = 4", lines[at]])
    )
    lines[at] = new
    try:
        load_history("\n".join(lines).encode(), "9.toml")
    except ScenarioRefused as error:
        assert error.file == "9.toml"


def test_all_six_histories_are_read_in_order() -> None:
    assert [history.number for history in load_all()] == ["1", "2", "3", "4", "5", "6"]
    assert [history.number for history in load_all(("4", "2"))] == ["4", "2"]


def test_every_play_of_the_pages_is_there() -> None:
    stops = [stop.id for h in load_all() for play in h.plays for stop in play.stops]
    assert stops == ["1a", "1b", "2a", "2b", "3", "4", "4b", "5", "6"]


def test_every_line_of_the_histories_is_an_exercise_and_every_step_has_a_mark() -> None:
    for history in load_all():
        for step in history.steps:
            assert step.marks <= set(MARKS), step.id


def test_the_faults_of_the_pages_are_injected() -> None:
    faults = {
        history.number: {s.action.kind for s in history.steps if isinstance(s.action, Fault)}
        for history in load_all()
    }
    assert faults == {
        "1": {"lose-receipt"},
        "2": {"cut", "heal", "clock"},
        "3": {"copy", "restore"},
        "4": {"cut", "heal"},
        "5": {"witness-down", "witness-up", "kill", "start"},
        "6": set(),
    }


def test_what_was_said_in_public_names_its_language_and_that_others_translated_it() -> None:
    for history in load_all():
        for step in history.steps:
            if isinstance(step.action, Note) and step.action.kind == "public":
                assert step.action.record["lang"], step.id
                assert step.action.record["text_status"] == "translation-by-others", step.id
