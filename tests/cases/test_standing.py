"""Where obligations stand, holdings against limits, positions as a matrix, contacts by level."""

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from openline.cases.entry import Entry
from openline.cases.fold import LineState, fold
from openline.cases.registers import REGISTERS, registers
from openline.formats.spell import parse_utc
from tests.cases.hand import PACKS, Pen, folded, pens, text
from tests.cases.lines import PARTIES, lines

AGREEMENT = {"agreement": "limits"}


def duty(state: LineState, now: str, **timers: int) -> dict[str, dict[str, Any]]:
    """The rows of the register by party and obligation."""
    found = registers(state, {}, timers, parse_utc(f"2023-{now}T00:00:00Z"), only=("duties",))
    return {f"{row['party'][:2]} {row['obligation']}": row for row in found["duties"]["rows"]}


def suspended(ru: Pen, *obligations: str) -> Entry:
    return ru.say(
        "agreements/suspension@1", "in-effect", (),
        {**AGREEMENT, "obligations": [*obligations], "ground": text("x"),
         "at_time": "2023-02-28T00:00:00Z"},
    )  # fmt: skip


def test_an_obligation_is_suspended_as_claimed_and_contested_until_it_is_resumed() -> None:
    us, ru = pens("us", "ru")
    suspension = suspended(ru, "data", "inspection")
    us.say("agreements/contest@1", "-", [suspension], {**AGREEMENT, "text": text("invalid")})
    before = duty(folded(us, ru), "02-27")["ru data"]
    assert (before["state"], before["claimed_by"]) == ("in-force", [])
    row = duty(folded(us, ru), "03-01")["ru data"]
    assert (row["state"], row["claimed_by"], row["contested_by"], row["since"]) == (
        "suspended", ["ru.example"], ["us.example"], "2023-02-28T00:00:00Z",
    )  # fmt: skip
    ru.say("agreements/resumption@1", "-", [suspension], {**AGREEMENT, "obligations": ["data"]})
    found = duty(folded(us, ru), "03-01")
    assert (found["ru data"]["state"], bool(found["ru data"]["resumed"])) == ("in-force", True)
    assert (found["ru inspection"]["state"], found["ru inspection"]["resumed"]) == ("suspended", {})


def test_a_countermeasure_is_no_suspension_and_says_whether_it_can_be_undone() -> None:
    us, ru = pens("us", "ru")
    suspension = suspended(ru, "data")
    us.say(
        "agreements/countermeasure@1", "-", [suspension],
        {**AGREEMENT, "obligations": ["data"], "reversible": True, "from": "2023-06-01T00:00:00Z"},
    )  # fmt: skip
    assert duty(folded(us, ru), "05-31")["us data"]["state"] == "in-force"
    row = duty(folded(us, ru), "06-01")["us data"]
    assert (row["state"], row["reversible"]) == ("countermeasure", True)
    assert duty(folded(us, ru), "06-01")["ru data"]["state"] == "suspended"


def test_what_is_due_and_overdue_stands_with_the_obligation_it_belongs_to() -> None:
    us, ru = pens("us", "ru")
    us.say(
        "agreements/limits@1", "-", (),
        {**AGREEMENT, "limits": [["warheads", 1550]], "data_days": ["03-01"]},
    )  # fmt: skip
    state = folded(us, ru)
    assert duty(state, "03-02", **{"lag.data": 86_400 * 30})["ru lag.data"]["state"] == "due"
    late = duty(state, "05-01", **{"lag.data": 86_400 * 30})["ru lag.data"]
    assert (late["state"], late["overdue"], late["due"]) == ("overdue", 1, "2023-03-31T00:00:00Z")
    suspended(ru, "data")
    row = duty(folded(us, ru), "05-01", **{"lag.data": 86_400 * 30})
    assert row["ru data"]["state"] == "suspended"
    assert "ru lag.data" not in row
    assert row["us lag.data"]["state"] == "overdue"


def test_holdings_stand_against_the_limit_with_what_others_count() -> None:
    us, ru = pens("us", "ru")
    us.say("agreements/limits@1", "-", (), {**AGREEMENT, "limits": [["warheads", 1550]]})
    ru.say(
        "agreements/data@1", "-", (),
        {**AGREEMENT, "as_of": "2022-09-01T00:00:00Z", "holdings": [["warheads", 1600]]},
    )  # fmt: skip
    data = ru.say(
        "agreements/data@1", "-", (),
        {**AGREEMENT, "as_of": "2023-03-01T00:00:00Z", "holdings": [["warheads", 1549]]},
    )  # fmt: skip
    us.say(
        "agreements/reservation@1", "-", [data],
        {**AGREEMENT, "items": ["warheads: 1651"], "text": text("our count")},
    )  # fmt: skip
    (row,) = registers(folded(us, ru), only=("limits",))["limits"]["rows"]
    assert (row["held"], row["limit"], row["over"]) == (1549, 1550, 0)
    assert row["counted_by_others"] == ["us.example: 1651"]


def test_the_matrix_sets_every_office_beside_every_other() -> None:
    us, ru = pens("us", "ru")
    for pen, office, answer in (
        (us, "spokesman", "confirmed"),
        (us, "adviser", "not-commented"),
        (ru, "spokesman", "denied"),
    ):
        pen.say("positions/fact-position@1", answer, (), {"fact": "the meeting", "office": office})
    found = registers(folded(us, ru), only=("matrix",))["matrix"]
    assert found["offices"] == [
        "ru.example spokesman",
        "us.example adviser",
        "us.example spokesman",
    ]
    assert found["rows"] == [
        {"fact": "the meeting", "says": ["denied", "not-commented", "confirmed"]}
    ]


def test_contacts_are_counted_by_level_and_their_silence_from_the_last_one_held() -> None:
    us, ru = pens("us", "ru")
    fields = {"with": ["ru.example"], "at_time": "2023-02-20T00:00:00Z"}
    us.say("core/contact@1", "held", (), {**fields, "level": "chiefs-of-staff"})
    us.say("core/contact@1", "proposed", (), {**fields, "level": "chiefs-of-staff"})
    us.say("core/contact@1", "proposed", (), {**fields, "level": "leaders"})
    now_s = parse_utc("2023-02-21T00:00:00Z")
    staff, leaders = registers(folded(us, ru), now_s=now_s, only=("levels",))["levels"]["rows"]
    assert (staff["contacts"], staff["held"], staff["silence_s"]) == (2, 1, 86_400)
    assert (leaders["held"], leaders["last_held"], leaders["silence_s"]) == (0, "", 0)


TIMERS = {timer.name: 3_600 for form in PACKS.formats for timer in form.timers} | {
    "collect": 60, "lag.data": 60, "precedence.flash": 300, "escalate": 60,
}  # fmt: skip


@given(lines(), st.integers(0, 2**33), st.integers(0, 2**32))
def test_any_order_of_entries_gives_the_same_registers(
    entries: list[Entry], now_s: int, seed: int
) -> None:
    receipts = {entry.ref.origin: [(party, 3, now_s) for party in PARTIES] for entry in entries}
    shuffled = random.Random(seed).sample(entries, len(entries))
    one, other = (
        registers(fold(each, PACKS, PARTIES), receipts, TIMERS, now_s)
        for each in (entries, shuffled)
    )
    for name in REGISTERS:
        assert one[name] == other[name], name


@given(lines(), st.integers(0, 2**33))
def test_every_suspended_obligation_names_who_claims_it(entries: list[Entry], now_s: int) -> None:
    state = fold(entries, PACKS, PARTIES)
    for row in registers(state, {}, TIMERS, now_s, only=("duties",))["duties"]["rows"]:
        assert (row["state"] in ("suspended", "countermeasure")) <= bool(row["claimed_by"])
        assert row["party"] not in row["contested_by"]
