"""Every message of the five histories against the form that it is sent in."""

from collections.abc import Iterator

import pytest

from openline.cli.play.loading import load_all
from openline.cli.play.scenario import History, Send, Step
from openline.formats.check import check
from openline.formats.openjson import Value
from openline.formats.pack import load_packs
from openline.formats.terms import load_terms

FILLED: dict[str, Value] = {
    "head": "a.example/openline/x\n3\nroot\n",
    "lines": "— a.example/receipt x\n",
    "time": "2022-01-10T09:10:00Z",
}


def filled(value: Value) -> Value:
    """A field value with its markers replaced by something of the right shape."""
    match value:
        case {"$ref": _}:
            return ["a.example/openline/" + "a" * 52, 1]
        case {"$receipt": _, "part": str(part)}:
            return FILLED[part]
        case list():
            return [filled(item) for item in value]
        case dict():
            return {key: filled(item) for key, item in value.items()}
    return value


def messages() -> Iterator[tuple[History, Step, Send]]:
    for history in load_all():
        for step in history.steps:
            if isinstance(step.action, Send):
                yield history, step, step.action


@pytest.mark.parametrize(
    ("history", "step", "send"), list(messages()), ids=[step.id for _, step, _ in messages()]
)
def test_a_message_fits_its_form(history: History, step: Step, send: Send) -> None:
    packs = load_packs()
    form = packs.format(send.format)
    assert form is not None
    formats = {s.id: s.action.format for s in history.steps if isinstance(s.action, Send)}
    refers_to = [packs.format(formats[ref]) for ref in send.refs]
    fields = {path: filled(value) for path, value in send.fields.items()} | {"mark": step.mark}
    assert check(form, send.answer, fields, refers_to=refers_to, drafting=True) == ()


def test_every_line_has_a_level_that_readers_have_a_word_for() -> None:
    known = load_terms().known
    for history in load_all():
        for line in history.lines:
            assert f"level.{line.level}" in known, line.id


def test_formats_that_need_two_officers_have_them_in_the_charter() -> None:
    packs = load_packs()
    for history, step, send in messages():
        form = packs.format(send.format)
        officers = history.line(send.line).officers
        given = officers.get(send.format.rpartition("@")[0], officers["*"])
        assert form is not None and given >= form.officers, step.id


def test_a_line_speaks_the_languages_that_are_used_on_it() -> None:
    for history, step, send in messages():
        for value in send.fields.values():
            for part in value if isinstance(value, list) else []:
                if isinstance(part, dict) and "lang" in part and part["status"] == "original":
                    assert part["lang"] in history.line(send.line).languages, step.id
