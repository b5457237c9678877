"""The end states of histories 3, 4 and 5, from hand-made entries."""

from typing import Any

from openline.cases.fold import LineState
from openline.cases.notebook import dossier_of, dossier_view, public_of
from openline.cases.registers import board_row, registers
from openline.formats.spell import parse_utc
from tests.cases.hand import Pen, folded, pens, text

Row = dict[str, Any]


def at(spelled: str) -> int:
    return parse_utc(spelled)


# -------------------------------------------------------------------------- 3 treaties


def test_3_texts_by_version_with_a_position_on_n_of_m_articles() -> None:
    us, ru = pens("us", "ru")
    told = ru.say(
        "agreements/text@1", "-", (),
        {"title": text("Draft treaty"), "version": "1", "articles": ["1", "2", "3"]},
    )  # fmt: skip
    us.say("agreements/text-position@1", "reject", [told], article="1", version="1")
    us.say("agreements/text-position@1", "under-study", [told], article="2", version="1")
    us.say("agreements/text-position@1", "reserve", [told], article="2", version="1")
    us.say("agreements/text-position@1", "reject", [told], article="9", version="1")
    us.say("agreements/text-position@1", "reject", [told], article="3", version="2")
    shown = registers(folded(us, ru))
    (row,) = shown["texts"]["rows"]
    assert (len(row["versions"]), row["with_position"], row["articles_count"]) == (1, 2, 3)
    second = row["articles"][1]["positions"]
    assert [(each["class"], each["current"]) for each in second] == [
        ("under-study", False),
        ("reserve", True),
    ]
    assert [odd["code"] for odd in shown["irregularities"]] == [
        "text-position.unknown-article",
        "text-position.other-version",
    ]


def test_3_a_reservation_travels_with_every_quotation_and_leaves_the_data_as_they_are() -> None:
    us, ru = pens("us", "ru")
    us.say(
        "agreements/limits@1", "-", (),
        {"agreement": "New START", "inspections": 18,
         "limits": [["deployed", 700], ["warheads", 1550], ["launchers", 800]]},
    )  # fmt: skip
    data = us.say(
        "agreements/data@1", "-", (),
        {"agreement": "New START", "as_of": "2022-03-01T00:00:00Z",
         "holdings": [["deployed", 686], ["warheads", 1515], ["launchers", 800]]},
    )  # fmt: skip
    us.say("agreements/quotation@1", "-", [data], agreement="New START")
    ru.say(
        "agreements/reservation@1", "-", [data],
        {"agreement": "New START", "items": ["56 launchers converted", "launchers: 901"],
         "text": text("101 above the limit")},
    )  # fmt: skip
    ru.say("agreements/quotation@1", "-", [data], agreement="New START")
    us.say("agreements/quotation@1", "-", [data], agreement="New START")
    (row,) = registers(folded(us, ru))["agreements"]["rows"]
    (told,) = row["data"]
    assert told["holdings"] == [["deployed", 686], ["warheads", 1515], ["launchers", 800]]
    assert [each["over"] for each in told["against"]] == [0, 0, 0]
    assert told["reservations"][0]["counts"] == [["launchers", 901]]
    assert len(told["quotations"]) == 3
    assert all(len(each["reservations"]) == 1 for each in told["quotations"])


def test_3_a_refused_inspection_uses_no_quota() -> None:
    us, ru = pens("us", "ru")
    us.say("agreements/limits@1", "-", (), {"agreement": "New START", "inspections": 18})
    intent = us.say("agreements/inspection@1", "intent", (), {"agreement": "New START"})
    ru.say("agreements/inspection@1", "refused", [intent], agreement="New START")
    rows = registers(folded(us, ru))["quotas"]["rows"]
    (row,) = [each for each in rows if each["party"] == "us.example"]
    assert (row["used"], row["of"], row["by_state"]) == (0, 18, {"refused": 1})
    held = us.say("agreements/inspection@1", "intent", (), {"agreement": "New START"})
    ru.say("agreements/inspection@1", "accepted", [held], agreement="New START")
    us.say("agreements/inspection@1", "held", [held], agreement="New START")
    rows = registers(folded(us, ru))["quotas"]["rows"]
    (row,) = [each for each in rows if each["party"] == "us.example"]
    assert (row["used"], row["of"]) == (1, 18)


def suspended_line() -> tuple[LineState, Row]:
    """Announced, formal, in effect; contested; countermeasures; timers of the agreement."""
    us, ru = pens("us", "ru")
    us.say(
        "agreements/limits@1", "-", (),
        {"agreement": "New START", "data_days": ["03-01", "09-01"]},
        at_s=at("2023-01-01T00:00:00Z"),
    )  # fmt: skip
    us.say(
        "agreements/inspection@1", "intent", (),
        {"agreement": "New START", "from": "2023-03-10T00:00:00Z"},
        at_s=at("2023-03-01T00:00:00Z"),
    )  # fmt: skip
    common = {
        "agreement": "New START",
        "obligations": ["agreements/data", "agreements/inspection"],
        "ground": text("trust destroyed"),
    }
    first = ru.say(
        "agreements/suspension@1", "announced", (), {**common, "at_time": "2023-02-21T00:00:00Z"}
    )
    formal = ru.say(
        "agreements/suspension@1", "formal", [first], {**common, "at_time": "2023-02-28T00:00:00Z"}
    )
    ru.say(
        "agreements/suspension@1",
        "in-effect",
        [formal],
        {**common, "at_time": "2023-02-28T12:00:00Z"},
    )
    us.say("agreements/contest@1", "-", [formal], agreement="New START", text=text("Invalid"))
    us.say(
        "agreements/countermeasure@1", "-", [first],
        {"agreement": "New START", "obligations": ["telemetry"], "reversible": True,
         "from": "2023-06-01T00:00:00Z"},
    )  # fmt: skip
    receipts = {us.origin: [("ru.example", 2, at("2023-03-01T01:00:00Z"))]}
    timers = {"answer.inspection": 86_400, "acknowledge.inspection": 3_600, "lag.data": 2_592_000}
    state = folded(us, ru)
    return state, registers(state, receipts, timers, at("2023-06-02T00:00:00Z"))


def test_3_a_suspension_has_three_dates_a_contest_and_reversible_countermeasures() -> None:
    state, shown = suspended_line()
    assert state.irregularities == ()
    (row,) = shown["obligations"]["rows"]
    (suspension,) = row["suspensions"]
    assert [
        suspension[stage]["at_time"][:10] for stage in ("announced", "formal", "in_effect")
    ] == [
        "2023-02-21",
        "2023-02-28",
        "2023-02-28",
    ]
    assert [each["party"] for each in suspension["contested_by"]] == ["us.example"]
    (measure,) = row["countermeasures"]
    assert (measure["reversible"], measure["in_effect"]) == (True, True)
    assert measure["obligations"] == ["telemetry"]


def test_3_suspended_timers_are_never_overdue_and_say_who_contests() -> None:
    _, shown = suspended_line()
    of_ru = [row for row in shown["due"] if row["party"] == "ru.example"]
    assert {row["kind"] for row in of_ru} == {"acknowledge", "answer", "data"}
    assert {row["state"] for row in of_ru} == {"suspended"}
    assert all(row["contested_by"] == ["us.example"] for row in of_ru)
    assert all(row["late_by_s"] == 0 for row in of_ru)
    # The party that suspended nothing of this owes its data as before.
    of_us = [row for row in shown["due"] if row["party"] == "us.example" and row["kind"] == "data"]
    assert {row["state"] for row in of_us} == {"overdue"}


def test_3_claims_about_a_status_stand_asserted_and_contested() -> None:
    us, ru = pens("us", "ru")
    claim = ru.say(
        "positions/claim@1", "asserted", (),
        {"topic": "party-to-conflict", "text": text("De facto a party"), "object": "nato.example"},
    )  # fmt: skip
    us.say(
        "positions/claim@1", "contested", [claim],
        {"topic": "party-to-conflict", "text": text("Not a party")},
    )  # fmt: skip
    (row,) = registers(folded(us, ru))["claims"]["rows"]
    assert (row["asserted_by"], row["contested_by"]) == (["ru.example"], ["us.example"])
    assert [side["text"][0]["text"] for side in row["sides"]] == ["De facto a party", "Not a party"]


def test_3_the_claim_that_talks_were_refused_stands_beside_the_contacts_held() -> None:
    us, ru = pens("us", "ru")
    us.say("core/contact@1", "held", (), {"level": "leaders", "with": ["ru.example"]})
    us.say("core/contact@1", "announced", (), {"level": "leaders", "with": ["ru.example"]})
    ru.say(
        "positions/offer@1", "talks-refused", (),
        {"topic": "talks", "text": text("They refused"), "about": ["us.example"]},
    )  # fmt: skip
    line = "cd" * 32
    public = public_of(
        {
            "topic": "talks",
            "source": "interview",
            "date": "2023-02-28T00:00:00Z",
            "text_status": "original",
            "text": "They could have sat down at the table; they refused.",
            "position": "refused-to-talk",
        }
    )
    dossier = dossier_of({"title": "Talks", "topics": ["talks"], "lines": [line]})
    view = dossier_view(dossier, {line: folded(us, ru)}, [public])
    assert view["contacts_held"] == 1
    assert view["public"][0]["behind"]["count"] == 1
    assert [row["class"] for row in view["claims"]] == ["talks-refused"]


def test_3_an_incident_names_a_treaty_object_and_actors_only_as_claimed() -> None:
    us, ru = pens("us", "ru")
    ru.say(
        "core/incident@1", "report", (),
        {"subject": text("Drones"), "object": "New START: bomber base", "actors": ["specialists"]},
    )  # fmt: skip
    (row,) = registers(folded(us, ru))["incidents"]["rows"]
    assert row["object"] == "New START: bomber base"
    assert row["sides"][0]["accounts"][0]["actors"] == ["specialists"]
    assert row["sides"][1]["accounts"] == []


# ------------------------------------------------------------------- 4 consultations


def test_4_rounds_proposed_agenda_held_without_agreed_text() -> None:
    us, ru = pens("us", "ru")
    base = {"level": "ministers", "with": ["ru.example"]}
    first = us.say("core/contact@1", "proposed", (), {**base, "at_time": "2022-01-10T09:00:00Z"})
    ru.say("core/contact@1", "accepted", [first], {**base, "with": ["us.example"]})
    us.say("core/contact@1", "agenda", [first], {**base, "text": text("Security")})
    (row,) = registers(folded(us, ru))["contacts"]["rows"]
    assert row["state"] == "accepted"
    us.say("core/contact@1", "held", [first], base)
    ru.say("core/contact@1", "no-agreed-text", [first], {**base, "with": ["us.example"]})
    (row,) = registers(folded(us, ru))["contacts"]["rows"]
    assert (row["state"], row["agreed_text"]) == ("held", "none")
    assert row["at_time"] == "2022-01-10T09:00:00Z"


def test_4_a_warning_window_is_closed_on_its_last_day_with_what_was_observed() -> None:
    us, ru = pens("us", "ru")
    warning = us.say(
        "positions/warning@1", "window", (),
        {"subject": text("If it comes"), "topic": "attack", "from": "2022-01-15T00:00:00Z",
         "until": "2022-02-15T23:59:59Z"},
    )  # fmt: skip
    before = registers(folded(us, ru), now_s=at("2022-02-01T00:00:00Z"))["warnings"]["rows"][0]
    assert (before["state"], before["phase"]) == ("window", "running")
    us.say("core/close@1", "observed", [warning], observed=text("Nothing was observed"))
    (row,) = registers(folded(us, ru))["warnings"]["rows"]
    assert (row["kind"], row["state"], row["outcome"]) == ("window", "closed", "observed")
    assert row["observed"] == text("Nothing was observed")


def test_4_a_dossier_over_three_lines_shows_only_the_lines_of_this_node() -> None:
    names = {"us-ru": ("us", "ru"), "nato-ru": ("nato", "ru"), "osce": ("osce", "ru")}
    states: dict[str, LineState] = {}
    for line, (one, other) in names.items():
        left, right = pens(one, other)
        for topic in ("withdrawal", "never-join"):
            demand = right.say("positions/demand@1", "-", (), {"topic": topic, "text": text(topic)})
            left.say("positions/demand-answer@1", "declined", [demand], topic=topic)
        states[line] = folded(left, right)
    record = {"title": "Security", "topics": ["withdrawal", "never-join"], "lines": [*names]}
    dossier = dossier_of(record)  # type: ignore[arg-type]
    of_ru = dossier_view(dossier, states, [])
    of_us = dossier_view(dossier, {"us-ru": states["us-ru"]}, [])
    assert (of_ru["lines"], of_us["lines"]) == ([*names], ["us-ru"])
    assert len(of_ru["demands"]) == 6
    assert {row["line"] for row in of_us["demands"]} == {"us-ru"}
    assert "osce" not in str(of_us["demands"])


def test_4b_a_facilitator_relays_with_consent_and_passes_the_far_receipt_back() -> None:
    om, us = pens("om", "us")
    relayed = om.say(
        "core/relayed@1", "-", (),
        {"originator": "ir.example", "text": text("Ready if"), "consent": True,
         "original": [["ir.example/openline/x", 4]]},
    )  # fmt: skip
    om.say(
        "core/relay-receipt@1", "-", [relayed],
        {"party": "ir.example", "head": "h", "lines": "l", "time": "2022-01-12T00:00:00Z"},
    )  # fmt: skip
    (row,) = registers(folded(om, us))["relays"]["rows"]
    assert (row["party"], row["originator"], row["consent"]) == ("om.example", "ir.example", True)
    assert row["original"] == [["ir.example/openline/x", 4]]
    assert [each["party"] for each in row["receipts"]] == ["ir.example"]


# ------------------------------------------------------------------ 5 the quiet channel


def test_5_positions_per_fact_party_and_office_and_the_contradiction_that_stays() -> None:
    us, ru = pens("us", "ru")

    def position(pen: Pen, answer: str, fact: str, office: str) -> None:
        pen.say("positions/fact-position@1", answer, (), {"fact": fact, "office": office})

    position(us, "confirmed", "meeting-held", "White House")
    position(ru, "confirmed", "meeting-held", "spokesman")
    position(ru, "refuses-details", "meeting-held", "spokesman")
    position(us, "confirmed", "detainees-discussed", "White House")
    position(us, "does-not-say", "detainees-discussed", "spokesman")
    facts = registers(folded(us, ru))["positions"]["facts"]
    rows = {fact["fact"]: fact["rows"] for fact in facts}
    assert [(r["party"], r["class"], len(r["contradicts"])) for r in rows["meeting-held"]] == [
        ("ru.example", "confirmed", 0),
        ("ru.example", "refuses-details", 0),
        ("us.example", "confirmed", 0),
    ]
    assert [
        (r["office"], r["class"], len(r["contradicts"])) for r in rows["detainees-discussed"]
    ] == [
        ("White House", "confirmed", 1),
        ("spokesman", "does-not-say", 1),
    ]


def test_5_the_board_shows_last_message_test_contact_and_silence() -> None:
    us, ru = pens("us", "ru")
    test = us.say(
        "core/link-test@1", "test", (), {"content": "fox"}, at_s=at("2022-11-14T08:00:00Z")
    )
    ru.say("core/link-test@1", "answer", [test], {}, at_s=at("2022-11-14T08:05:00Z"))
    us.say(
        "core/contact@1", "held", (),
        {"level": "intelligence", "with": ["ru.example"], "at_time": "2022-11-14T10:00:00Z"},
        at_s=at("2022-11-14T20:00:00Z"),
    )  # fmt: skip
    state = folded(us, ru)
    row = board_row(state, at("2022-11-15T20:00:00Z"))
    assert row["last_message"] == {
        "party": "us.example",
        "number": "1.1",
        "time": "2022-11-14T20:00:00Z",
    }
    assert row["last_link_test"]["answered"] is True
    assert row["last_contact"]["level"] == "intelligence"
    assert (row["silent_since"], row["silence_s"]) == ("2022-11-14T20:00:00Z", 86_400)
    assert [party["status"] for party in row["parties"]] == [{}, {}]
