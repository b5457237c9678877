"""A valid signer's nonsense: always a receipt, then a defect or an irregularity; all goes on."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from openline.cases.digest import digest
from openline.cases.entry import Ref
from openline.cli.benching import pair
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft
from openline.exchange.folding import reading
from openline.formats.field import Field, commitment, new_field
from openline.formats.openjson import Value
from openline.formats.spell import b64
from openline.record.tree import root_of
from tests.peers.conftest import (
    CH,
    CLARIFY,
    RUDE,
    US,
    Rude,
    Wire,
    eventually,
    on,
    release,
    station_of,
    views,
)

Pair = tuple[bytes, bytes]


def own_log(wire: Wire) -> Any:
    return on(wire[US], station_of(wire[US]).own_log, wire.line_id)


def to_both(wire: Wire, rude: Rude, body: bytes) -> None:
    """Deliver to both honest members; each gives its receipt."""
    other = rude.beside(CH, wire.ports[CH])
    rude.receipted(rude.deliver(body))
    other.receipted(other.deliver(body))


def shown(wire: Wire, rude: Rude) -> dict[str, Any]:
    """The newest entry of the rude member as US sees it, through every view there is."""
    return views(wire[US], wire.line_id, [rude.log.origin, rude.log.size - 1])


def raw(
    fields: Sequence[Field], at: int, path: str, value: bytes, *, salt: bytes = bytes(32)
) -> tuple[bytes, bytes]:
    """Lines and root of fields of which one has any bytes as its value."""
    lines = [field.line() for field in fields]
    hashes = [field.hash for field in fields]
    lines[at] = b"%b\t%b\t%b" % (b64(salt).encode(), path.encode(), value)
    hashes[at] = commitment(salt, path, value)
    return b"\n".join(lines) + b"\n", root_of(hashes)


def other_value(value: bytes) -> Callable[[Rude], Pair]:
    """An entry that is right but for the bytes of one content value."""

    def made(rude: Rude) -> Pair:
        fields = rude.placed(bare(rude))
        lines, root = raw(fields, 6, "subject", value)
        return rude.entry(fields, lines=lines, root=root)

    return made


def bare(rude: Rude, **more: Any) -> Draft:
    """A message of which nothing is withheld, because nobody released it."""
    content = more.pop("content", pair.content(1, 300))
    return drafts.compose(
        rude.station, rude.line_id, "message", content,
        **{"format_id": CLARIFY, "officers": 0, **more},
    )  # fmt: skip


def with_fields(change: Callable[[Rude, list[Field]], None]) -> Callable[[Rude], Pair]:
    """An entry whose fields were changed before the root was made."""

    def made(rude: Rude) -> Pair:
        fields = list(rude.placed(bare(rude)))
        change(rude, fields)
        return rude.entry(fields)

    return made


def put(at: int, path: str, value: Value) -> Callable[[Rude], Pair]:
    def change(rude: Rude, fields: list[Field]) -> None:
        fields[at] = new_field(path, value, rude.station.random(32))

    return with_fields(change)


def shown_although(at: int) -> Callable[[Rude], Pair]:
    def made(rude: Rude) -> Pair:
        fields = list(rude.placed(bare(rude)))
        fields[3] = new_field("withheld", [at], rude.station.random(32))
        return rude.entry(fields, withheld=frozenset())

    return made


def hidden_although_not(at: int) -> Callable[[Rude], Pair]:
    return lambda rude: rude.entry(rude.placed(bare(rude)), withheld=frozenset({at}))


def sealed_to(*keys: bytes) -> Callable[[Rude], Pair]:
    """An entry that is not sealed to those it is due to."""

    def made(rude: Rude) -> Pair:
        envelope = rude.station.suite.seal(keys, b"\n", rude.station.random)
        return rude.entry(rude.placed(rude.draft()), envelope=envelope)

    return made


def prekey(value: Value) -> Callable[[Rude], Pair]:
    """A `keys` entry that names this as the key to seal to from now on."""

    def made(rude: Rude) -> Pair:
        content: dict[str, Value] = {"prekey": value, "card": 2}
        draft = drafts.compose(rude.station, rude.line_id, "keys", content)
        return rude.entry(rude.placed(draft), kind="keys")

    return made


def twice(rude: Rude, fields: list[Field]) -> None:
    fields.insert(7, new_field("subject", "again", rude.station.random(32)))


def stranger_key(rude: Rude) -> Pair:
    public = rude.station.suite.seal_public(bytes(32))
    return sealed_to(public, public)(rude)


DEFECTS: dict[str, tuple[str, Callable[[Rude], Pair]]] = {
    "a float": ("lines", other_value(b"1.5")),
    "a null": ("lines", other_value(b"null")),
    "a key twice": ("lines", other_value(b'{"a":1,"a":2}')),
    "keys unsorted": ("lines", other_value(b'{"b":1,"a":2}')),
    "a space": ("lines", other_value(b'{"a": 1}')),
    "not a number": ("lines", other_value(b"NaN")),
    "an endless integer": ("lines", other_value(b"9" * 5000)),
    "half a surrogate": ("lines", other_value(b'"\\ud800"')),
    "bytes that are no text": ("lines", other_value(b'"\xff"')),
    "a nest without end": ("lines", other_value(b"[" * 8000 + b"]" * 8000)),
    "no JSON": ("lines", other_value(b"{")),
    "more fields than may be": ("lines", lambda r: r.entry(r.placed(r.draft()), count=513)),
    "one field more": ("lines", lambda r: r.entry(r.placed(r.draft()), count=40)),
    "no fields": ("lines", lambda r: r.entry(r.placed(r.draft()), count=0)),
    "another root": ("fields", lambda r: r.entry(r.placed(r.draft()), root=bytes(32))),
    "five fields": ("fields", lambda r: r.entry(r.placed(r.draft())[:5])),
    "another first field": ("fields", put(0, "formats", "core/visit@1")),
    "no `seen` at the end": ("fields", put(-1, "saw", [])),
    "the index of another entry": ("place", put(-2, "at", ["zz.example/openline", 0])),
    "an index that is no number": ("place", put(-2, "at", "here")),
    "a hidden field that is shown": ("withheld", shown_although(6)),
    "a shown field that is hidden": ("withheld", hidden_although_not(6)),
    "a field number beyond the last": ("withheld", put(3, "withheld", [511])),
    "a list that is none": ("withheld", put(3, "withheld", {})),
    "a path twice": ("withheld", with_fields(twice)),
    "sealed to strangers": ("sealed", stranger_key),
    "random bytes": ("sealed", lambda r: r.entry(r.placed(r.draft()), envelope=b"\x00" * 999)),
    "one stanza too few": (
        "sealed",
        lambda r: sealed_to(r.station.suite.seal_public(b"x" * 32))(r),
    ),
    "a key of the wrong length": ("fields", prekey(b64(b"short"))),
    "a key that is no text": ("fields", prekey([1, 2])),
    "a key that cannot be sealed to": ("fields", prekey(b64(b"\xff" * 1216))),
    "a key of a low order": ("fields", prekey(b64(b"\x00" * 1216))),
}


@pytest.mark.parametrize("name", DEFECTS)
def test_what_breaks_the_form_is_a_defect_that_we_log_and_receipt(
    wire: Wire, rude: Rude, name: str
) -> None:
    kind, make = DEFECTS[name]
    index, before = rude.log.size, own_log(wire)
    to_both(wire, rude, rude.commits(make(rude)))
    after = own_log(wire)
    assert after.size == before.size + 1
    row = wire[US].call("show", ref=[after.origin, before.size], lang="en")
    assert row["kind"] == "defect"
    assert row["fields"]["ranges"] == [[rude.log.origin, index, index + 1, kind]]
    assert wire.events(US, f"defect.{kind}")[-1]["kind"] == "alarm"
    assert shown(wire, rude)["state"] == "defect"
    to_both(wire, rude, rude.says())
    assert shown(wire, rude)["state"] == "opened"


def draft_with(**more: Any) -> Callable[[Rude], Pair]:
    return lambda rude: rude.entry(rude.placed(rude.draft(**more)))


def unreleased(format_id: str) -> Callable[[Rude], Pair]:
    """A message that no officer has released, of a form that shows who did."""

    def made(rude: Rude) -> Pair:
        content: dict[str, Value] = {
            "scope": "everything", "from": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z",
        }  # fmt: skip
        draft = bare(rude, content=content, format_id=format_id, answer="guarantee")
        return rude.entry(rude.placed(draft))

    return made


IRREGULAR: dict[str, Callable[[Rude], Pair]] = {
    "an unknown format": draft_with(format_id="core/nothing@9"),
    "a format that is no name": draft_with(format_id="\u202e" * 9),
    "a format that is a list": put(0, "format", [["core/visit@1"]]),
    "a class that is a number": put(1, "class", 7),
    "a class that there is not": draft_with(answer="surely"),
    "the id of another line": put(4, "line", b64(bytes(32))),
    "a field of a wrong type": draft_with(content={"subject": 5}),
    "a path that nobody knows": draft_with(content={"whatever": {"a": [True, {}]}}),
    "a guarantee that nobody released": unreleased("core/guarantee@1"),
}


@pytest.mark.parametrize("name", IRREGULAR)
def test_what_has_no_sense_is_receipted_and_shown_without_effect(
    wire: Wire, rude: Rude, name: str
) -> None:
    before = own_log(wire)
    to_both(wire, rude, rude.commits(IRREGULAR[name](rude)))
    told = shown(wire, rude)
    assert (told["state"], bool(told["flaws"])) == ("opened", True)
    assert own_log(wire).size == before.size
    to_both(wire, rude, rude.says())


HARMLESS: dict[str, Callable[[Rude], Pair]] = {
    "a time before all clocks": lambda r: r.entry(r.placed(r.draft()), time_s=0),
    "a time beyond the calendar": lambda r: r.entry(r.placed(r.draft()), time_s=2**53 - 1),
    "references to nothing": put(2, "refs", [["nobody", 2**53 - 1]] * 500),
    "references that are none": put(2, "refs", [[], 5, [1, 2], ["a", True], {"a": []}]),
    "a draft of no sense": put(5, "draft", [-1, "x"]),
    "a draft of a card that is to come": put(5, "draft", [2**53 - 1, b64(bytes(16))]),
    "a view of logs that nobody has": put(-1, "seen", [["us.example/openline/a", -5, ""]]),
    "a view of everything": put(-1, "seen", [[f"x{n}", n, "y"] for n in range(900)]),
    "a kind that nobody knows": lambda r: r.entry(r.placed(r.draft()), kind="zebra"),
    "a defect of everything": lambda r: r.entry(
        r.placed(drafts.compose(
            r.station, r.line_id, "defect",
            {"ranges": [["us.example", 0, 2**53 - 1, "sealed"], [1], "x", ["a", -9, 9, "b"]]},
        )), kind="defect",
    ),
    "a gap of everything": lambda r: r.entry(
        r.placed(drafts.compose(r.station, r.line_id, "gap", {"ranges": {"a": 1}})), kind="gap"
    ),
    "a closing of sorts": lambda r: r.entry(r.placed(r.draft()), kind="zclose"),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_odd_and_harms_nobody_is_receipted(wire: Wire, rude: Rude, name: str) -> None:
    before = own_log(wire)
    to_both(wire, rude, rude.commits(HARMLESS[name](rude)))
    shown(wire, rude)
    assert own_log(wire).size == before.size
    to_both(wire, rude, rude.says())


def test_a_release_that_is_no_release_stops_nobody(wire: Wire, rude: Rude) -> None:
    for cd in (b"[" * 11_000, b"{}", b"9" * 5000, b"\xff", b'{"challenge":5}'):
        value: Value = {"ad": b64(b"x"), "cd": b64(cd), "person": b64(bytes(16)), "sig": b64(b"s")}
        for path in ("release.1", "release.x", "release."):
            fields = list(rude.placed(bare(rude)))
            fields.insert(-2, new_field(path, value, rude.station.random(32)))
            to_both(wire, rude, rude.commits(rude.entry(fields)))
            shown(wire, rude)


def test_an_answer_by_somebody_who_was_not_asked_has_no_effect(wire: Wire, rude: Rude) -> None:
    """On both sides alike: the notice is addressed to CH, the rude member guarantees it."""
    us = wire[US]
    subject = [{"lang": "en", "status": "original", "text": "a visit"}]
    told = us.call(
        "draft", line=wire.line_id.hex(), format="core/visit@1", withheld=[],
        fields={"subject": subject, "place": "x", "from": "2026-01-01T00:00:00Z",
                "until": "2026-01-02T00:00:00Z", "effect": "guarantee", "to": [CH]},
    )  # fmt: skip
    place = release(us, told, wire.prepared.officers[US])
    eventually(lambda: wire.receipt_of(US, place, CH))
    content: dict[str, Value] = {
        "scope": "all of it", "from": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z",
    }  # fmt: skip
    for form, answer in (("core/guarantee@1", "guarantee"), ("core/answer@1", "accepted")):
        draft = rude.draft(
            content if answer == "guarantee" else {},
            format_id=form, answer=answer, refs=[Ref(*place)],
        )  # fmt: skip
        to_both(wire, rude, rude.says(draft))
    for name in (US, CH):
        station = station_of(wire[name])

        def odd(station: Any = station) -> set[str]:
            case = reading.state(station, wire.line_id).case(Ref(*place))
            assert case is not None and case.main.state != "answered"
            return {each.code for each in case.irregularities if each.party == RUDE}

        assert on(wire[name], odd) == {"answer.not-addressed"}


def test_honest_members_still_understand_each_other(wire: Wire, rude: Rude) -> None:
    """After all of the above: equal logs, equal folds, and a message gets through at once."""
    place = wire.say(US)
    eventually(lambda: wire.receipt_of(US, place, CH))

    def state(name: str) -> tuple[Any, bytes]:
        station = station_of(wire[name])
        logs = [(log.origin, log.root) for log in station.logs_of(wire.line_id)]
        return logs, digest(reading.state(station, wire.line_id))

    eventually(lambda: on(wire[US], state, US) == on(wire[CH], state, CH))
    for name in (US, CH):
        assert wire[name].call("log_verify", opening=True)["clean"]
