"""Every message of the six histories against the form that it is sent in."""

from collections.abc import Iterator

import pytest

from openline.cli.play.loading import load_all
from openline.cli.play.repeating import row_name
from openline.cli.play.scenario import Batch, History, Send, Step
from openline.formats.check import check
from openline.formats.openjson import Value
from openline.formats.pack import load_packs
from openline.formats.terms import load_terms

FILLED: dict[str, Value] = {
    "head": "a.example/openline/x\n3\nroot\n",
    "lines": "— a.example/receipt x\n",
    "time": "2022-01-10T09:10:00Z",
    "consent": "A" * 43 + "=",
}


def filled(value: Value) -> Value:
    """A field value with its markers replaced by something of the right shape."""
    match value:
        case {"$ref": _}:
            return ["a.example/openline/" + "a" * 52, 1]
        case {"$consent": _}:
            return FILLED["consent"]
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
            if isinstance(step.action, Batch):  # its rows are alike: the first and the last
                yield history, step, step.action.rows[0]
                yield history, step, step.action.rows[-1]


def formats_of(history: History) -> dict[str, str]:
    """The format of every entry, by its step."""
    found = {}
    for step in history.steps:
        if isinstance(step.action, Send):
            found[step.id] = step.action.format
        if isinstance(step.action, Batch):
            rows = enumerate(step.action.rows, 1)
            found |= {row_name(step.id, number): row.format for number, row in rows}
    return found


@pytest.mark.parametrize(
    ("history", "step", "send"), list(messages()), ids=[step.id for _, step, _ in messages()]
)
def test_a_message_fits_its_form(history: History, step: Step, send: Send) -> None:
    packs = load_packs()
    form = packs.format(send.format)
    assert form is not None
    formats = formats_of(history)
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
