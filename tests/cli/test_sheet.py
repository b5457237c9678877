"""What an officer reads before signing is what the fields say, and nothing that the node says."""

import hashlib
from typing import Any

import pytest

from openline.cli.sheet import sheet
from openline.exchange.drafting.signing import StatementDiffers
from openline.formats.charter import parse_charter
from openline.formats.field import Field, new_field
from openline.formats.openjson import Value
from openline.formats.pack import load_packs
from openline.formats.release import comparison40, release_statement
from openline.formats.render import render
from openline.formats.spell import b64
from openline.formats.terms import label, load_terms
from openline.record.tree import root_of
from tests.vectors import load

CHARTER = parse_charter(load("party")["lines"][0]["charter"])
ORIGIN = "north.example/openline/" + "a" * 52
TEXT = [{"lang": "en", "status": "original", "text": "Visit to the bridge"}]
CONTENT: dict[str, Value] = {"subject": TEXT, "place": "Riverside", "route": "By the old road"}


def drafted(*more: tuple[str, Value], withheld: tuple[int, ...] = (8, 10)) -> dict[str, Any]:
    """A draft of a visit as the node gives it: the route and the release are withheld."""
    values: list[tuple[str, Value]] = [
        ("format", "core/visit@1"),
        ("class", "-"),
        ("refs", [[ORIGIN, 4]]),
        ("withheld", list[Value](withheld)),
        ("line", b64(CHARTER.line_id)),
        ("draft", [2, b64(bytes(16))]),
        *CONTENT.items(),
        ("expires", "2030-01-01T00:00:00Z"),
        *more,
    ]
    return as_told(
        [new_field(path, value, bytes([i]) * 32) for i, (path, value) in enumerate(values)]
    )


def as_told(fields: list[Field]) -> dict[str, Any]:
    head = root_of([field.hash for field in fields])
    return {
        "draft": "00" * 16,
        "line": CHARTER.line_id.hex(),
        "kind": "message",
        "card_size": 2,
        "officers_needed": 1,
        "releases": 0,
        "withheld": [8, 10],
        "statement": release_statement(CHARTER.line_id, 2, len(fields), head).decode(),
        "fields": [[b64(f.salt), f.path, f.value.decode()] for f in fields],
    }


def line(**changed: Any) -> dict[str, Any]:
    log = {"party": "north.example", "origin": ORIGIN, "counter": 1, "entries": 9}
    return {"charter": CHARTER.text(), "logs": [log], **changed}


def test_the_status_of_the_line_stands_first_and_the_digits_last() -> None:
    draft = drafted()
    lines = sheet(draft, line(), "en")
    digits = comparison40(hashlib.sha256(draft["statement"].encode()).digest())
    assert lines[0] == CHARTER.status.upper()
    assert lines[-1].replace(" ", "") == digits


def test_what_is_said_is_read_with_the_labels_of_its_form() -> None:
    text = "\n".join(sheet(drafted(), line(), "fr"))
    assert "Lieu:" in text
    assert "[en, Original] Visit to the bridge" in text
    assert "north.example:1.4" in text


@pytest.mark.parametrize("lang", sorted(load_terms().languages))
def test_items_that_are_read_back_are_named_as_on_the_page_of_their_message(lang: str) -> None:
    values: list[tuple[str, Value]] = [
        ("format", "core/readback@1"),
        ("class", "correct"),
        ("refs", [[ORIGIN, 4]]),
        ("withheld", []),
        ("line", b64(CHARTER.line_id)),
        ("draft", [2, b64(bytes(16))]),
        ("fields", [["place", "Riverside"]]),
    ]
    draft = as_told(
        [new_field(path, value, bytes([i]) * 32) for i, (path, value) in enumerate(values)]
    )
    named = {
        "ref": [ORIGIN, 4], "name": "north.example:1.4", "held": True, "term": "format.visit",
        "class_term": "", "subject": "", "format": "core/visit@1",
    }  # fmt: skip
    form = load_packs().format("core/visit@1")
    assert form is not None
    page = render(form, "-", {"place": "Riverside"}, lang)
    (item,) = [f"{row.number} {row.label}: {row.value}" for row in page if row.number == "2"]
    shown = "\n".join(sheet({**draft, "withheld": []}, line(meant=[named]), lang))
    assert item in shown and "place:" not in shown.replace(item, "")
    unknown = "\n".join(sheet({**draft, "withheld": []}, line(), lang))
    assert "place: Riverside" in unknown  # what is not held here is named as it is signed


def test_what_is_withheld_is_marked_and_named() -> None:
    text = "\n".join(sheet(drafted(), line(), "en"))
    assert "By the old road [Withheld]" in text
    assert "Withheld from the other side: route (Route), who releases it." in text


@pytest.mark.parametrize("lang", sorted(set(load_terms().languages) - {"en"}))
def test_in_every_language_the_digits_are_to_be_compared_and_what_is_hidden_has_a_name(
    lang: str,
) -> None:
    text = "\n".join(sheet(drafted(), line(), lang, is_asked=False))
    assert f"--yes: {label('word.signed-at-once', lang)}:" in text
    assert f"route ({label('item.route', lang)}), {label('word.who-releases', lang)}." in text
    assert "Signed at once" not in text


def test_a_path_that_no_form_knows_is_shown_all_the_same() -> None:
    text = "\n".join(sheet(drafted(("toll", "none")), line(), "en"))
    assert "toll: " in " ".join(text.split())


def test_a_key_is_given_by_its_ends_and_a_text_in_full() -> None:
    other = drafted(("remark", "x" * 300), ("release.1", {"person": "AAAA", "sig": "y" * 300}))
    text = "\n".join(sheet(other, line(), "en"))
    assert "x" * 300 in text
    assert "y" * 100 not in text
    assert "1 of 1: AAAA" in text


def test_a_charter_that_is_not_the_one_signed_is_refused() -> None:
    others = [each for each in load("party")["lines"] if each["charter"] != CHARTER.text()]
    with pytest.raises(StatementDiffers, match="another line"):
        sheet(drafted(), line(charter=others[0]["charter"]), "en")


def test_two_values_under_one_path_are_refused() -> None:
    with pytest.raises(StatementDiffers, match="one path"):
        sheet(drafted(("place", "Elsewhere")), line(), "en")


def test_a_statement_over_other_fields_is_refused() -> None:
    draft = drafted()
    draft["fields"][7][2] = '"Elsewhere"'
    with pytest.raises(StatementDiffers):
        sheet(draft, line(), "en")


def test_digits_signed_with_yes_are_not_said_to_be_compared_before_signing() -> None:
    text = "\n".join(sheet(drafted(), line(), "en", is_asked=False))
    assert "before you sign" not in text
    assert "Signed at once by --yes. Compare:" in text
    assert "before you sign" in "\n".join(sheet(drafted(), line(), "en"))


def test_the_time_of_a_draft_reads_as_the_end_of_sending_and_not_of_the_notice() -> None:
    text = "\n".join(sheet(drafted(), line(), "en"))
    assert "must be sent before: 2030-01-01T00:00:00Z" in " ".join(text.split())
    assert "expires" not in text
