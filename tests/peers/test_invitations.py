"""Charters and first entries that no node should open: refused by name, no line is left over."""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from openline.cli.benching import pair
from openline.errors import OpenlineError
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft
from openline.exchange.logs import epochs
from openline.exchange.logs import post as posting
from openline.exchange.membership import identity, lines
from openline.exchange.traffic import asks
from openline.formats.charter import Charter, Member, origin_of
from openline.formats.delivery import parse_delivery
from openline.formats.field import new_field, spell_lines
from openline.formats.head import EMPTY_ROOT
from openline.formats.openjson import Value
from openline.formats.spell import b64
from openline.store.contract import LogRow
from tests.exchange.conftest import StillClock, make_node
from tests.peers.conftest import (
    CH,
    RUDE,
    US,
    Rude,
    Wire,
    code_of,
    facts,
    on,
    release,
    resign,
    station_of,
)

NONCE = bytes(8)


@pytest.fixture(autouse=True)
def nothing_is_stored_and_the_line_goes_on(
    wire: Wire, rude: Rude, request: pytest.FixtureRequest
) -> Iterator[None]:
    rude.goes_on()
    before = facts(wire[US])
    yield
    if not request.node.get_closest_marker("usefixtures"):
        assert facts(wire[US]) == before
    rude.goes_on()


@pytest.fixture
def stores() -> None:
    """For tests in which something good is stored besides; they say what."""


def charter(rude: Rude, title: str, **spec: Value) -> Charter:
    wanted: dict[str, Value] = {
        "title": title, "purpose": "p", "members": [US, RUDE], "languages": ["en"],
        "packs": ["core"], "officers": {"*": 1, "open": 1}, **spec,
    }  # fmt: skip
    return lines.draw_charter(rude.station, wanted)


def opening(rude: Rude, text: str, counter: int = 1, nonce: bytes = NONCE, **more: Any) -> bytes:
    """The delivery of an `open` entry with any charter text; each part may be another one."""
    station = rude.station
    line_id = hashlib.sha256(text.encode()).digest()
    origin = origin_of(line_id, counter, nonce, RUDE)
    other = more.pop("to", None)
    content: dict[str, Value] = {
        "charter": text, "epoch": [counter, b64(nonce)], "reason": "first", "past": [], "card": 2,
        "prekey": b64(station.suite.seal_public(b"p" * 32)), **more,
    }  # fmt: skip
    draft = drafts.compose(station, rude.line_id, "open", content, officers=0)
    draw = station.random
    fields = [
        new_field("line", b64(line_id), draw(32)) if field.path == "line" else field
        for field in draft.fields
    ]
    fields += [new_field("at", [origin, 0], draw(32)), new_field("seen", [], draw(32))]
    keys = [station.cards(US)[-1].seal]
    if text.count("\nmember ") != 2:
        keys.append(station.cards(CH)[-1].seal)
    if other is not None:
        keys = [other]
    envelope = station.suite.seal(keys, spell_lines(fields), draw)
    log = LogRow(origin, RUDE, line_id, counter, nonce, 0, (), EMPTY_ROOT, b"")
    return resign(station, log, 0, [rude.entry(fields, kind="open", envelope=envelope)])


def refused(wire: Wire, rude: Rude, body: bytes, status: int, code: str) -> None:
    reply = rude.deliver(body)
    assert (reply[0], code_of(reply)) == (status, code), reply
    (event, *_) = [e for e in wire.events(US, code) if e["subject"] == RUDE]
    assert event["kind"] == "refused"


def test_a_charter_that_does_not_name_us_is_refused(wire: Wire, rude: Rude) -> None:
    text = charter(rude, "others", members=[CH, RUDE]).text()
    refused(wire, rude, opening(rude, text), 403, "exchange.not-a-member")


def test_a_charter_that_names_us_with_another_fingerprint_is_refused(
    wire: Wire, rude: Rude
) -> None:
    made = charter(rude, "false")
    members = tuple(Member(m.party, bytes(32)) if m.party == US else m for m in made.members)
    text = replace(made, members=members).text()
    refused(wire, rude, opening(rude, text), 403, "exchange.not-a-member")


def test_a_line_cannot_be_opened_by_somebody_whom_its_charter_does_not_name(
    wire: Wire, rude: Rude
) -> None:
    made = charter(rude, "theirs", members=[US, CH, RUDE])
    text = replace(made, members=tuple(m for m in made.members if m.party != RUDE)).text()
    refused(wire, rude, opening(rude, text), 403, "exchange.not-a-member")


def broken_charters(text: str) -> dict[str, str]:
    member = next(line for line in text.split("\n") if line.startswith(f"member {US}")) + "\n"
    return {
        "a member twice": text.replace(member, member * 2),
        "no languages": text.replace("language en\n", ""),
        "one member": text.replace(member, ""),
        "no status": text.replace("status actual\n", ""),
        "a status of its own": text.replace("status actual\n", "status serious\n"),
        "an empty line": text.replace("language", "\nlanguage"),
        "carriage returns": text.replace("\n", "\r\n"),
        "an order of its own": text.replace(member, "") + member,
        "a title that is too long": text.replace("title broken", "title " + "x" * 300),
        "a letter that turns": text.replace("title broken", "title \x1b[2J"),
        "no end": text[:-1],
        "more than it should": text + "x\n",
    }


@pytest.mark.parametrize("what", broken_charters(f"member {US} x\n"))
def test_a_charter_of_no_sense_is_refused(wire: Wire, rude: Rude, what: str) -> None:
    text = broken_charters(charter(rude, "broken").text())[what]
    reply = rude.deliver(opening(rude, text))
    assert reply[0] in (400, 422), reply
    assert code_of(reply) in ("formats.malformed", "exchange.origin-mismatch"), what


@pytest.mark.parametrize(
    "more",
    [
        {"epoch": [2, b64(NONCE)]},
        {"epoch": [0, b64(NONCE)]},
        {"epoch": [True, b64(NONCE)]},
        {"epoch": [1, b64(bytes([1] * 8))]},
        {"epoch": [1, "x"]},
        {"epoch": "first"},
        {"charter": "another text"},
        {"charter": ["openline/v1 line"]},
        {"prekey": b64(b"\xff" * 1216)},
        {"prekey": "none"},
    ],
)
def test_an_open_entry_that_does_not_give_its_origin_is_refused(
    rude: Rude, more: dict[str, Value]
) -> None:
    reply = rude.deliver(opening(rude, charter(rude, "odd").text(), **more))
    assert reply[0] in (400, 422), reply
    assert code_of(reply) in ("exchange.origin-mismatch", "formats.malformed")


def test_an_open_entry_sealed_to_somebody_else_is_refused(wire: Wire, rude: Rude) -> None:
    stranger = rude.station.suite.seal_public(bytes(32))
    body = opening(rude, charter(rude, "sealed").text(), to=stranger)
    refused(wire, rude, body, 422, "exchange.origin-mismatch")


# ------------------------------------------------------------------- proposals that are in order


def proposal(rude: Rude, title: str, **spec: Value) -> tuple[Draft, bytes]:
    """A line that the rude member proposes as an honest one would; the delivery of its `open`."""
    station = rude.station
    wanted: dict[str, Value] = {
        "title": title, "purpose": "p", "members": [US, RUDE], "languages": ["en"],
        "packs": ["core"], "officers": {"*": 1, "open": 1}, **spec,
    }  # fmt: skip
    draft = pair.sign_all(station, rude.officers, lines.invite(station, wanted))
    posting.post(station, [draft])
    log = station.own_log(draft.line_id)
    assert log is not None
    body = asks.body_from(station, log, 0, 1)
    assert body is not None
    return draft, body


@pytest.mark.usefixtures("stores")
def test_a_proposal_is_accepted_once_and_only_while_it_stands(
    wire: Wire, rude: Rude, monkeypatch: pytest.MonkeyPatch
) -> None:
    us = wire[US]
    draft, body = proposal(rude, "once")
    assert rude.deliver(body)[0] == rude.deliver(body)[0] == 200
    assert len(wire.events(US, "line.proposed")) == 1
    first = us.call("line_accept", line="once")
    second = us.call("line_accept", line="once")
    release(us, first, wire.prepared.officers[US])
    with pytest.raises(epochs.AlreadyOpen):
        release(us, second, wire.prepared.officers[US])
    with pytest.raises(epochs.AlreadyOpen):
        us.call("line_accept", line="once")
    assert us.call("line_show", line=draft.line_id.hex())["epoch"] == 1
    monkeypatch.setattr(drafts, "EXPIRES_DEFAULT_S", -10)
    monkeypatch.setattr(drafts, "refuse_expired", lambda *_: None)  # the rude node says it anyway
    _, late = proposal(rude, "late")
    assert rude.deliver(late)[0] == 200
    with pytest.raises(lines.InviteExpired):
        us.call("line_accept", line="late")
    monkeypatch.undo()
    with pytest.raises(OpenlineError) as unknown:
        us.call("line_accept", line="never proposed")
    assert unknown.value.code == "exchange.unknown-line"


@pytest.mark.usefixtures("stores")
def test_an_entry_of_one_line_is_none_of_another(wire: Wire, rude: Rude) -> None:
    """A message replayed on another line of the same two parties, sealed and signed anew or not."""
    us = wire[US]
    draft, body = proposal(rude, "second")
    assert rude.deliver(body)[0] == 200
    release(us, us.call("line_accept", line="second"), wire.prepared.officers[US])
    rude.goes_on()
    leaf, envelope = parse_delivery(rude.last).entries[-1]
    other = Rude(rude.station, rude.port, draft.line_id, rude.officers)
    other.receipted(other.deliver(other.commits((leaf, envelope))))
    origin = other.log.origin
    shown = us.call("show", ref=[origin, 1], lang="en")
    assert shown["state"] == "defect" and shown["flaws"] == ["defect.sealed"]
    message = rude.draft()
    moved = Draft(
        message.id, draft.line_id, "message", message.fields, message.withheld,
        message.officers, message.card_size, message.expires_s,
    )  # fmt: skip
    other.receipted(other.deliver(other.says(moved)))
    assert "line.other" in us.call("show", ref=[origin, 2], lang="en")["flaws"]
    other.goes_on()


@pytest.mark.usefixtures("stores")
def test_a_party_has_sixteen_proposals_waiting_and_no_more(wire: Wire, rude: Rude) -> None:
    station = station_of(wire[US])

    def waiting() -> int:
        return sum(r.state == "proposed" and r.proposed_by == RUDE for r in station.store.lines())

    for number in range(on(wire[US], waiting), 16):
        assert rude.deliver(proposal(rude, f"proposal {number}")[1])[0] == 200
    before = facts(wire[US])
    refused(wire, rude, proposal(rude, "one too many")[1], 429, "exchange.too-many")
    assert facts(wire[US]) == before


@pytest.mark.usefixtures("stores")
def test_a_party_opens_sixteen_epochs_a_day_and_no_more(wire: Wire, rude: Rude) -> None:
    text = rude.station.charter(rude.line_id).text()
    statuses = []
    for counter in range(2, 19):
        body = opening(rude, text, counter, reason="planned")
        statuses.append(rude.deliver(body)[0])
    assert statuses == [200] * 15 + [429] * 2
    (event, *_) = wire.events(US, "exchange.too-many")
    assert event["kind"] == "refused"


# ------------------------------------------------------------------------ a clumsy operator of ours


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ({"members": [CH, CH]}, "exchange.invite-refused"),
        ({"members": []}, "exchange.invite-refused"),
        ({"members": CH}, "exchange.invite-refused"),
        ({"members": ["nobody.example"]}, "exchange.unknown-party"),
        ({"languages": []}, "exchange.invite-refused"),
        ({"languages": ["EN"]}, "exchange.invite-refused"),
        ({"packs": ["nothing"]}, "exchange.pack-not-here"),
        ({"opens": "many"}, "exchange.invite-refused"),
        ({"opens": 99}, "exchange.invite-refused"),
        ({"officers": {"*": 3}}, "exchange.invite-refused"),
        ({"officers": ["*"]}, "exchange.invite-refused"),
        ({"timers": {"hello": "often"}}, "exchange.invite-refused"),
        ({"timers": {"hello": -1}}, "cases.bad-seconds"),
        ({"timers": {"helo": 60}}, "exchange.unknown-timer"),
        ({"status": "perhaps"}, "exchange.invite-refused"),
        ({"status": 5}, "exchange.invite-refused"),
        ({"title": "x" * 201}, "exchange.invite-refused"),
        ({"title": "two\nlines"}, "exchange.invite-refused"),
        ({"purpose": ""}, "exchange.invite-refused"),
        ({"policy": ["witness w nothing"]}, "exchange.invite-refused"),
        ({"visible": ["core/visit@1", "core/visit@1"]}, "exchange.invite-refused"),
        ({"timer": {"hello": 60}}, "exchange.invite-refused"),
        ({"orderwire": "no"}, "exchange.invite-refused"),
    ],
)
def test_an_invitation_of_no_sense_is_refused_and_leaves_no_line(
    wire: Wire, spec: dict[str, Value], code: str
) -> None:
    wanted = {"title": "t", "purpose": "p", "members": [CH], "languages": ["en"], **spec}
    with pytest.raises(OpenlineError) as refusal:
        wire[US].call("line_invite", charter=wanted)
    assert refusal.value.code == code, refusal.value
    assert refusal.value.remedy


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"batch": ["core/visit@1"]},
            "batch = 'core/visit@1': a form is named without its version",
        ),
        ({"officers": {"core/answer": 3}}, "officers.core/answer = 3: 1 or 2 officers"),
        ({"languages": ["EN"]}, "languages = 'EN': "),
        ({"opens": 99}, "opens = 99: all, or 1 to 2 members"),
        ({"orderwire": "no"}, "orderwire = 'no': true or false"),
        ({"memebrs": [CH]}, "memebrs: no key of a charter; did you mean members?"),
        ({"timers": {"helo": 60}}, "timers.helo = 60: .* did you mean hello?"),
        ({"status": "perhaps"}, "status = 'perhaps': one of actual, exercise, test"),
    ],
)
def test_a_fault_of_a_charter_names_its_key_and_its_value(
    wire: Wire, spec: dict[str, Value], said: str
) -> None:
    wanted = {"title": "t", "purpose": "p", "members": [CH], "languages": ["en"], **spec}
    with pytest.raises(OpenlineError, match=said.replace("?", r"\?")) as refusal:
        wire[US].call("line_invite", charter=wanted)
    assert "Ask whoever sent" not in refusal.value.remedy


def test_a_party_whose_name_looks_like_a_known_one_needs_a_yes(wire: Wire) -> None:
    for name in ("ch.examp1e", "c-h.example", "zz.exarnple"):
        station = make_node(name, StillClock(), random.Random(4).randbytes).station
        file = b64(identity.own_cards(station))
        with pytest.raises(OpenlineError) as refusal:
            wire[US].call("party_add", file=file)
        assert refusal.value.code == "exchange.looks-alike"
    with pytest.raises(OpenlineError) as refusal:
        wire[US].call("party_add", file="not base64!")
    assert refusal.value.code == "desk.bad-request"
    with pytest.raises(OpenlineError) as refusal:
        wire[US].call("party_add", file=b64(b"not cards"))
    assert refusal.value.code == "formats.malformed"
