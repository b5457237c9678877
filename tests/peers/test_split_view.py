"""Two stories told to two members: one hello between them, and both hold a proof of it."""

import base64
import contextlib
import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openline.cli.main import run
from openline.desk import documents
from openline.desk.pages import look
from openline.exchange.logs import hello
from openline.exchange.logs.hello import Needs
from openline.exchange.membership import identity
from openline.formats.spell import b64
from openline.formats.terms import load_terms
from tests.peers.conftest import CH, RUDE, US, Wire, eventually, make_wire, on, station_of

LANGUAGES = sorted(load_terms().languages)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Wire]:
    """One story to the first member, another of the same number to the second."""
    with contextlib.ExitStack() as stack:
        wire = make_wire(tmp_path, stack)
        tell_two(wire)
        yield wire


def tell_two(wire: Wire) -> None:
    rude = wire.rude
    before, other = rude.log, rude.beside(CH, wire.ports[CH])
    first = rude.says()
    rude.station.committed(before)
    second = rude.says()
    assert rude.deliver(first)[0] == other.deliver(second)[0] == 200, "each takes what it is told"


def evidence(wire: Wire, name: str) -> list[str]:
    return [each for each, _ in on(wire[name], station_of(wire[name]).store.evidence)]


def greet_once(wire: Wire) -> None:
    """One hello of one member to the other, and all that it calls for on both sides."""
    wire[US].call("settle", parties=[CH], hello=[CH])
    wire[CH].call("settle", parties=[US], hello=[])


def test_one_hello_between_two_members_proves_the_two_stories_to_both(told: Wire) -> None:
    assert evidence(told, US) == evidence(told, CH) == []
    before = hellos(told)
    greet_once(told)
    eventually(lambda: bool(evidence(told, US) and evidence(told, CH)))
    assert hellos(told) == before + 1, "one round"


def hellos(wire: Wire) -> int:
    """How many hellos the two members have sent each other that were answered."""
    found = 0
    for one, other in ((US, CH), (CH, US)):
        desk = wire[one]._desk
        assert desk is not None
        found += desk.links.way(other).link.tests
    return found


def test_heads_that_nobody_names_would_hide_it(told: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: hellos as they are, of which nobody looks at the heads."""
    monkeypatch.setattr(hello, "needs_of", lambda station, note: Needs())
    greet_once(told)
    assert evidence(told, US) == evidence(told, CH) == []


def row_of(wire: Wire, name: str) -> dict[str, Any]:
    greet_once(wire)
    eventually(lambda: bool(evidence(wire, name)))
    (row,) = wire[name].call("frozen", line=wire.line_id.hex())["frozen"]
    found: dict[str, Any] = row
    return found


def test_the_file_and_the_card_convince_somebody_who_has_no_node(
    told: Wire, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = row_of(told, CH)
    part = {"kind": "evidence", "name": row["evidence"]}
    file, card = tmp_path / "fork", tmp_path / "card"
    file.write_bytes(base64.b64decode(told[CH].call("disclose", parts=[part])["file"]))
    card.write_bytes(identity.own_cards(told.rude.station))
    known = told.rude.station.store.party(RUDE)
    assert known is not None
    words = ["verify", str(file), "--card", str(card), "--json"]
    named = ["--fingerprint", f"{RUDE}={b64(known.fingerprint)}"]
    capsys.readouterr()
    assert run([*words, *named]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["first_line"] == f"fork: {RUDE} signed two histories of {row['origin']}"
    assert run(words) == 4, "by keys that nobody compared nobody is accused"


def test_the_page_of_the_desk_says_the_same(told: Wire) -> None:
    """The template alone, in a language that runs from right to left."""
    row = row_of(told, US)
    desk = told[US]._desk
    assert desk is not None
    args = {"languages": ["ar"], "origin": row["origin"]}
    page = on(told[US], documents.fork_page, desk, args)
    words = look.Words("ar", station_of(told[US]).packs.terms)
    sections, parts = map(look.environment().get_template, ("frozen.html", "parts.html"))
    macros = {name: getattr(parts.module, name) for name in ("facts", "sheet", "sections")}
    given = sections.new_context({"page": page, "line": "x", "w": words, **macros})
    shown = "".join(sections.blocks["main"](given))
    for part in ("forked", "do-ring", "nobody"):
        assert str(words.term(f"fork.{part}")) in shown
    assert row["evidence"] in shown


@pytest.mark.parametrize("member", [US, CH])
def test_the_watch_reads_what_happened_what_to_do_and_whom_to_ring(told: Wire, member: str) -> None:
    row = row_of(told, member)
    assert (row["party"], row["status"], row["after"]) == (RUDE, "forked", "")
    assert len(row["heads"]) == 2 and row["since"]
    terms = load_terms()
    parts = ("happened", "forked", "heads", "to-do", "do-ring", "ring", "nobody", "safe-ours")
    for lang in LANGUAGES:
        page = told[member].call(
            "document", of="fork", origin=row["origin"], languages=[lang], **{"as": "html"}
        )["html"]
        for part in parts:
            assert str(terms.label(f"fork.{part}", lang)) in html.unescape(page), lang
        assert row["evidence"] in page and RUDE in page


def test_a_log_that_is_whole_has_no_such_page(told: Wire) -> None:
    origin = on(told[US], station_of(told[US]).own_log, told.line_id).origin
    with pytest.raises(Exception, match="no log of that name is frozen"):
        told[US].call("document", of="fork", origin=origin)


def test_who_is_lied_to_goes_on_with_everybody_else(told: Wire) -> None:
    greet_once(told)
    place = told.say(US, "to the honest ones")
    eventually(lambda: told.receipt_of(US, place, CH))
