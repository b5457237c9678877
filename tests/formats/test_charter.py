"""Charters: one text, one line; and the names of logs that descend from it."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.charter import (
    CHARTER_BYTES_MAX,
    Charter,
    Member,
    PackRef,
    Relay,
    origin_of,
    parse_charter,
    party_of,
)
from openline.formats.malformed import Malformed
from openline.formats.note import Vkey
from tests.formats.strategies import both_ways, charters, hashes, parties, spread
from tests.vectors import load

PARTY = load("party")
TEXT: str = PARTY["lines"][0]["charter"]
CHARTER = parse_charter(TEXT)


@pytest.mark.parametrize("line", PARTY["lines"])
def test_each_published_charter_names_its_published_line(line: dict[str, str]) -> None:
    charter = parse_charter(line["charter"])
    assert charter.text() == line["charter"]
    assert charter.line_id.hex() == line["line_id"]


@pytest.mark.parametrize("each", PARTY["origins"])
def test_each_published_origin_descends_from_line_epoch_and_party(each: dict[str, str]) -> None:
    line_id, nonce = bytes.fromhex(each["line_id"]), bytes.fromhex(each["nonce"])
    assert origin_of(line_id, int(each["counter"]), nonce, each["party"]) == each["origin"]
    assert party_of(each["origin"]) == each["party"]


@given(charters(), st.data())
def test_a_charter_is_read_back_and_a_damaged_one_is_seen(
    charter: Charter, data: st.DataObject
) -> None:
    def parse(text: bytes) -> Charter:
        try:
            return parse_charter(text.decode("utf-8"))
        except UnicodeDecodeError:
            raise Malformed("charter", "not UTF-8") from None

    both_ways(charter, lambda c: c.text().encode(), parse, data.draw)


@given(charters(), hashes)
def test_another_salt_is_another_line(charter: Charter, salt: bytes) -> None:
    other = replace(charter, salt=salt)
    assert (other.line_id == charter.line_id) == (salt == charter.salt)


@given(hashes, st.integers(0, 2**32 - 1), hashes.map(lambda h: h[:8]), parties)
def test_an_origin_names_its_party(line_id: bytes, counter: int, nonce: bytes, party: str) -> None:
    origin = origin_of(line_id, counter, nonce, party)
    assert party_of(origin) == party
    assert len(origin) == len(party) + len("/openline/") + 52
    assert origin != origin_of(line_id, counter ^ 1, nonce, party)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "a.example",
        "a.example/",
        "a.example/log",
        "a.example/openline/",
        "a.example/openline/abc",
        "example/openline",
        "a.example/openline/" + "1" * 52,
        "a.example/openline/" + "A" * 52,
        "a.example/openline/" + "a" * 53,
        "a.example/x/openline",
        "a.example/openline\n",
    ],
)
def test_any_other_name_is_no_origin_of_a_party(origin: str) -> None:
    with pytest.raises(Malformed):
        party_of(origin)


def test_the_card_log_names_its_party_too() -> None:
    assert party_of("a.example/openline") == "a.example"


def test_an_epoch_outside_its_bounds_has_no_origin() -> None:
    for line_id, counter, nonce in (
        (bytes(31), 1, bytes(8)),
        (bytes(32), 2**32, bytes(8)),
        (bytes(32), 1, bytes(7)),
        (bytes(32), -1, bytes(8)),
    ):
        with pytest.raises(Malformed):
            origin_of(line_id, counter, nonce, "a.example")


def test_opening_a_line_takes_two_officers_unless_the_charter_says_one() -> None:
    assert CHARTER.officers_for("open") == 2
    assert replace(CHARTER, officers=(("*", 1), ("open", 1))).officers_for("open") == 1


def test_a_format_is_released_as_its_own_rule_says_or_the_rule_for_all() -> None:
    assert CHARTER.officers_for("core/guarantee@1") == 2
    assert CHARTER.officers_for("core/guarantee") == 2
    assert CHARTER.officers_for("core/visit@1") == 1
    assert replace(CHARTER, officers=(("*", 2),)).officers_for("core/visit@7") == 2
    assert replace(CHARTER, officers=()).officers_for("core/visit@1") == 1


def test_visible_and_batch_hold_for_every_version_of_a_format() -> None:
    assert CHARTER.is_visible("core/guarantee@1") and CHARTER.is_visible("core/guarantee")
    assert not CHARTER.is_visible("core/visit@1")
    assert replace(CHARTER, batch=("core/visit",)).may_batch("core/visit@1")
    assert not CHARTER.may_batch("core/visit@1")


def test_a_timer_that_is_not_named_has_the_default() -> None:
    assert CHARTER.timer("keep") == 1_209_600
    assert CHARTER.timer("collect") is None
    assert CHARTER.timer("collect", 60) == 60


def test_lists_may_be_given_in_any_order_and_are_written_in_one() -> None:
    mixed = replace(
        CHARTER,
        members=CHARTER.members[::-1],
        timers=CHARTER.timers[::-1],
        languages=CHARTER.languages[::-1],
        officers=CHARTER.officers[::-1],
    )
    assert mixed == CHARTER
    assert mixed.text() == TEXT


def swap(one: str, two: str) -> str:
    """The published charter with two of its lines exchanged."""
    lines = TEXT.split("\n")
    i, j = (next(k for k, line in enumerate(lines) if line.startswith(w)) for w in (one, two))
    lines[i], lines[j] = lines[j], lines[i]
    return "\n".join(lines)


def without(start: str) -> str:
    """The published charter without the lines that start so."""
    return "".join(line for line in TEXT.splitlines(True) if not line.startswith(start))


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "\n",
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("/v1 line", "/v2 line"),
        TEXT.replace("status exercise", "status drill"),
        TEXT.replace("status exercise", "status  exercise"),
        TEXT.replace("status exercise\n", "status exercise \n"),
        TEXT.replace("title North", "title  North"),
        TEXT.replace("level diplomatic", "level two words"),
        TEXT.replace("language ru", "language en"),
        TEXT.replace("timer hello 60", "timer hello 060"),
        TEXT.replace("timer hello 60", "timer hello -60"),
        TEXT.replace("timer hello 60", "timer hello"),
        TEXT.replace("officers * 1", "officers * 3"),
        TEXT.replace("officers * 1", "officers * 0"),
        TEXT.replace("visible core/guarantee\n", "visible core/guarantee\n" * 2),
        TEXT.replace("visible core/guarantee", "visible core/guarantee@1"),
        TEXT.replace("orderwire on", "orderwire yes"),
        TEXT.replace("opens all", "opens 3"),
        TEXT.replace("opens all", "opens 0"),
        TEXT.replace("opens all", "opens"),
        TEXT.replace("previous -", "previous AAAA"),
        TEXT.replace("group w all w-ed w-ml", "group w  all w-ed w-ml"),
        TEXT.replace("group w all w-ed w-ml", "# a comment"),
        TEXT.replace("quorum w\n", ""),
        TEXT.replace("quorum w\n", "quorum w\nquorum w\n"),
        TEXT.replace("quorum w\n", "quorum nobody\n"),
        TEXT.replace(" https://witness.example", " http://witness.example"),
        TEXT.replace("purpose Advance", "purpose Ad\u2028vance"),
        swap("member mfa.north", "member mfa.south"),
        swap("language en", "language ru"),
        swap("officers *", "officers core"),
        swap("status", "title"),
        swap("opens", "orderwire"),
        without("member mfa.north"),
        without("pack"),
        without("language"),
        without("salt"),
        without("title"),
    ],
)
def test_any_other_text_is_no_charter(text: str) -> None:
    assert text != TEXT
    with pytest.raises(Malformed):
        parse_charter(text)


def test_a_policy_without_witnesses_says_so() -> None:
    quiet = replace(CHARTER, policy=("quorum none",))
    assert parse_charter(quiet.text()) == quiet


def test_a_threshold_may_be_a_number_as_the_policy_format_permits() -> None:
    numbered = replace(CHARTER, policy=tuple(p.replace(" all ", " 2 ") for p in CHARTER.policy))
    assert parse_charter(numbered.text()).policy == numbered.policy


def test_a_log_line_has_no_place_in_a_charter() -> None:
    log = Vkey("a.example/openline", 1, bytes(32)).text()
    with pytest.raises(Malformed):
        replace(CHARTER, policy=(f"log {log}", "quorum none"))


def members(count: int) -> tuple[Member, ...]:
    """That many members."""
    return tuple(Member(f"p{i:02}.example", spread(i, 32)) for i in range(count))


def test_a_line_has_two_to_sixty_four_members() -> None:
    assert len(parse_charter(replace(CHARTER, members=members(64)).text()).members) == 64
    for count in (0, 1, 65):
        with pytest.raises(Malformed):
            replace(CHARTER, members=members(count))
    with pytest.raises(Malformed):
        replace(CHARTER, members=(members(1)[0], members(1)[0]))


def test_sixty_four_members_leave_room_for_two_witnesses_of_two_keys() -> None:
    keys = [
        Vkey(
            f"witness{i // 2}.example/witness", 6 if i % 2 else 4, spread(i, 1_312 if i % 2 else 32)
        )
        for i in range(4)
    ]
    policy = [
        f"witness w{i} {key.text()} https://witness{i // 2}.example" for i, key in enumerate(keys)
    ]
    policy += ["group a all w0 w1", "group b all w2 w3", "group both 2 a b", "quorum both"]
    full = replace(CHARTER, members=members(64), policy=tuple(policy))
    assert len(full.text()) < CHARTER_BYTES_MAX


def test_a_charter_must_fit_into_a_field_value() -> None:
    with pytest.raises(Malformed, match="as a field value"):
        replace(CHARTER, timers=tuple((f"t{i:063}", 1) for i in range(220)))
    with pytest.raises(Malformed):
        parse_charter(TEXT + "timer x 1\n" * 2_000)


RELAY = Relay("relay.example", Vkey("relay.example/relay", 1, bytes(32)), "https://relay.example")


@pytest.mark.parametrize(
    "change",
    [
        {"salt": bytes(31)},
        {"status": "drill"},
        {"title": ""},
        {"title": "a" * 201},
        {"title": "two\nlines"},
        {"level": "Two Words"},
        {"purpose": ""},
        {"purpose": "a" * 1_001},
        {"members": (Member("north", bytes(32)), *members(2))},
        {"members": (Member("z.example", bytes(31)), *members(2))},
        {"packs": ()},
        {"packs": (PackRef("Core", 1, bytes(32)),)},
        {"packs": (PackRef("core", -1, bytes(32)),)},
        {"packs": (PackRef("core", 1, bytes(31)),)},
        {"packs": (PackRef("core", 1, bytes(32)), PackRef("core", 1, bytes([1]) * 32))},
        {"packs": tuple(PackRef(f"p{i}", 1, bytes(32)) for i in range(17))},
        {"languages": ()},
        {"languages": ("English",)},
        {"languages": ("en", "en")},
        {"languages": tuple(f"en-{i}" for i in range(17))},
        {"timers": (("Hello", 1),)},
        {"timers": (("hello", -1),)},
        {"timers": (("hello", 1), ("hello", 2))},
        {"officers": (("visit", 1),)},
        {"officers": (("core/visit", 3),)},
        {"officers": (("*", 1), ("*", 2))},
        {"visible": ("visit",)},
        {"visible": ("core/visit", "core/visit")},
        {"batch": ("core/visit@1",)},
        {"relays": (RELAY,) * 5},
        {"relays": (RELAY._replace(party="relay"),)},
        {"relays": (RELAY._replace(url="http://relay.example"),)},
        {"relays": (RELAY._replace(vkey=Vkey("relay.example/relay", 4, bytes(32))),)},
        {"policy": ()},
        {"policy": ("quorum  none",)},
        {"policy": ("quorum\tnone",)},
        {"policy": ("quorum none\t",)},
        {"policy": (" quorum none",)},
        {"policy": ("# quiet", "quorum none")},
        {"policy": ("quorum none\n# more",)},
        {"opens": 0},
        {"opens": 3},
        {"previous": bytes(31)},
    ],
)
def test_a_charter_that_could_not_be_read_cannot_be_made(change: dict[str, Any]) -> None:
    assert replace(CHARTER, relays=(RELAY,))
    with pytest.raises(Malformed):
        replace(CHARTER, **change)
