"""What the command line says becomes exactly the arguments of the operation `draft`."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from openline.cli.exits import exit_of
from openline.cli.outgoing import Content, Message, WhichLanguage, lines_of, only_language
from openline.cli.places import NoSuchEntry, WhichEntry, WhichEpoch, find

ORIGIN = "north.example/openline/" + "a" * 52


def content(*fields: str, **options: Any) -> Content:
    withhold, tell = options.get("withhold", ()), options.get("tell", ())
    return Content(fields, None, withhold, tell, options.get("expires"), None)


def english(_: Sequence[str]) -> str:
    return "en"


def args(*fields: str, **options: Any) -> dict[str, Any]:
    message = Message("North-South", "core/visit@1", "-", [], {})
    return message.args(content(*fields, **options), english)


def test_what_its_form_withholds_is_withheld_unless_it_is_told() -> None:
    assert args("route=By the old road")["withheld"] == ["route"]
    assert args("route=By the old road", tell=["route"])["withheld"] == []
    assert args("place=Riverside", withhold=["place"])["withheld"] == ["place"]


def test_on_a_line_with_several_languages_no_text_is_signed_in_a_guessed_one() -> None:
    assert only_language({"languages": ["nl"]}, ["subject"]) == "nl"
    with pytest.raises(WhichLanguage, match="subject: the line has nl, ru"):
        only_language({"languages": ["nl", "ru"]}, ["subject"])


def test_a_form_withholds_nothing_that_is_not_there() -> None:
    assert args("place=Riverside")["withheld"] == []


def test_the_command_line_wins_over_what_a_command_fills_by_itself() -> None:
    message = Message("L", "core/acknowledge@1", "received", [], {"position": "Duty officer"})
    told = message.args(content("position=Colonel"), english)
    assert told["fields"] == {"position": "Colonel"}


def test_no_expiry_is_left_to_the_node() -> None:
    assert "expires" not in args("place=X")
    assert args("place=X", expires="2030-01-01T00:00:00Z")["expires"] == "2030-01-01T00:00:00Z"


class OneLine:
    """A line on which one party has five entries, and what other logs are given."""

    def __init__(self, *origins: str) -> None:
        self.origins = (ORIGIN, *origins)

    def call(self, operation: str, **given: Any) -> dict[str, Any]:
        if operation == "line_list":
            return {"lines": [{"line": "aa" * 32}]}
        logs = [
            {"party": "north.example", "origin": each, "epoch": "1", "counter": 1, "entries": 5}
            for each in self.origins
        ]
        return {"line": given["line"], "logs": logs}


@pytest.mark.parametrize("text", ["north.example:1.4", f"{ORIGIN}:4"])
def test_an_entry_is_named_by_party_and_number(text: str) -> None:
    assert find(OneLine(), text, None).ref == [ORIGIN, 4]


@pytest.mark.parametrize(
    "text",
    ["north.example:1.5", "north.example:2.4", "south.example:1.4", f"{ORIGIN}:5", "1.4",
     "north.example", "north.example:1", "x" * 300, ""],
)  # fmt: skip
def test_what_names_no_entry_is_refused(text: str) -> None:
    with pytest.raises(NoSuchEntry):
        find(OneLine(), text, None)


def test_a_number_of_before_a_sibling_log_was_known_is_offered_as_both() -> None:
    sibling = "north.example/openline/" + "b" * 52
    with pytest.raises(WhichEpoch) as refused:
        find(OneLine(sibling), "north.example:1.4", None)
    offered = re.findall(r"north\.example:1[a-z]+\.4", str(refused.value))
    found = {find(OneLine(sibling), name, None).origin for name in offered}
    assert found == {ORIGIN, sibling}
    assert exit_of(WhichEpoch.code) == 2


class TwoLines:
    """Two lines on which one party has an entry of the same number."""

    def call(self, operation: str, **given: Any) -> dict[str, Any]:
        if operation == "line_list":
            return {"lines": [{"line": "aa" * 32}, {"line": "bb" * 32}]}
        name = "a" if given["line"].startswith("aa") else "b"
        origin = "north.example/openline/" + name * 52
        log = {"party": "north.example", "origin": origin, "counter": 1, "entries": 3}
        return {"line": given["line"], "logs": [log]}


def test_a_number_that_two_lines_have_is_never_guessed() -> None:
    with pytest.raises(WhichEntry, match="2 lines"):
        find(TwoLines(), "north.example:1.2", None)
    assert find(TwoLines(), "north.example:1.2", "bb" * 32).line == "bb" * 32
    assert exit_of(WhichEntry.code) == 2


def test_a_draft_that_lacks_an_officer_is_never_called_sent() -> None:
    waiting = {
        "draft": "5b" * 16,
        "released": False,
        "officers_needed": 2,
        "releases": 1,
        "digits": "12345" * 8,
    }
    text = "\n".join(lines_of(waiting, "en"))
    assert "not sent: 1 of 2 signed" in text
    assert "12345 12345" in text


def test_a_released_message_without_a_number_is_not_called_sent() -> None:
    assert "waits for its number" in "\n".join(lines_of({"draft": "5b", "released": True}, "en"))
