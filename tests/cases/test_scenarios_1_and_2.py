"""The end states of histories 1 and 2, from hand-made entries: what every node must show."""

from typing import Any

from openline.cases.digest import digest
from openline.cases.entry import Entry
from openline.cases.fold import LineState
from openline.cases.notebook import dossier_of, dossier_view, public_of
from openline.cases.registers import registers
from openline.formats.spell import parse_utc
from tests.cases.hand import MEMBERS, Pen, folded, pens, text, visit

Row = dict[str, Any]


def at(spelled: str) -> int:
    return parse_utc(spelled)


# --------------------------------------------------------------------------- 1 a visit


def notice_of_a_visit(us: Pen, ru: Pen) -> Entry:
    """The notice as told: late, three fields withheld; acknowledged by the duty officer."""
    notice = us.say(
        "core/visit@1",
        "-",
        (),
        {
            "subject": text("Visit on Monday"),
            "place": "Kyiv",
            "from": "2023-02-20T06:00:00Z",
            "until": "2023-02-20T12:00:00Z",
            "effect": "acknowledge",
            "expires": "2023-02-21T00:00:00Z",
        },
        hidden={"route": "by rail", "sites": "two", "means": "rail"},
        withheld=[10, 11, 12, 15],
        at_s=at("2023-02-20T01:00:00Z"),
    )
    ru.say(
        "core/acknowledge@1",
        "received",
        [notice],
        position="duty officer",
        at_time="2023-02-20T01:20:00Z",
    )
    return notice


def of_visit(state: LineState, notice: Entry) -> Row:
    receipts = {notice.ref.origin: [("ru.example", 1, at("2023-02-20T01:05:00Z"))]}
    timers = {"lead.visit": 172_800, "answer.visit": 86_400, "acknowledge.visit": 10_800}
    return registers(state, receipts, timers, at("2023-02-21T13:00:00Z"))


def test_1a_the_notice_is_closed_late_received_and_otherwise_silent() -> None:
    us, ru = pens("us", "ru")
    notice = notice_of_a_visit(us, ru)
    us.say("core/close@1", "completed", [notice])
    shown = of_visit(folded(us, ru), notice)
    case = shown["cases"][0]
    assert (case["state"], case["outcome"], case["open"]) == ("closed", "completed", False)
    assert shown["late"] == [
        {
            "case": [*notice.ref],
            "ref": [*notice.ref],
            "number": "1.0",
            "time": "2023-02-20T01:00:00Z",
            "version": 1,
            "party": "ru.example",
            "timer": "lead.visit",
            "asked_s": 172_800,
            "lead_s": 17_700,
            "late_by_s": 155_100,
            "basis": "received",
        }
    ]
    (row,) = shown["reception"]
    assert row["party"] == "ru.example"
    assert row["a0"] == {"time": "2023-02-20T01:05:00Z"}
    assert row["a1"]["class"] == "received"
    assert (row["a2"], row["a3"], row["a4"]) == ({}, {}, {})
    assert shown["guarantees"] == {"in_force": 0, "rows": []}
    version = case["matters"][0]["versions"][0]
    assert version["withheld"] == 3
    assert version["hidden"] == {"route": "by rail", "sites": "two", "means": "rail"}
    assert "route" not in version["fields"]
    assert shown["due"] == []


def test_1b_passed_on_noted_without_guarantee_and_the_guarantee_declined() -> None:
    us, ru = pens("us", "ru")
    notice = notice_of_a_visit(us, ru)
    ru.say("core/pass-on@1", "-", [notice], echelons=["centre", "air defence"])
    ru.say("core/answer@1", "noted-without-guarantee", [notice], text=text("Noted."))
    asked = us.say("core/request-guarantee@1", "-", [notice], subject=text("We ask for one."))
    ru.say("core/answer@1", "declined", [asked])
    us.say("core/close@1", "completed", [notice])
    shown = of_visit(folded(us, ru), notice)
    of_notice, of_question = shown["reception"]
    assert (of_notice["a3"]["count"], of_notice["a3"]["echelons"]) == (2, ["centre", "air defence"])
    assert of_notice["a4"]["class"] == "noted-without-guarantee"
    assert of_question["format"] == "core/request-guarantee@1"
    assert of_question["a4"]["class"] == "declined"
    assert shown["guarantees"] == {"in_force": 0, "rows": []}
    assert shown["irregularities"] == []


def test_1_what_was_said_in_public_stands_apart_and_nothing_is_behind_the_claim() -> None:
    us, ru = pens("us", "ru")
    notice = notice_of_a_visit(us, ru)
    positions = ["report", "announcement", "told-beforehand", "claims-guarantee"]
    positions += ["denies-guarantee", "assessment", "accusation"]
    public = [
        public_of(
            {
                "topic": "visit",
                "source": "press",
                "party": "ru.example",
                "office": "office",
                "lang": "ru",
                "date": "2023-02-20T18:00:00Z",
                "text_status": "translation-by-others",
                "text": f"Words of {position}",
                "position": position,
            }
        )
        for position in positions
    ]
    line = "ab" * 32
    dossier = dossier_of(
        {"title": "Visit", "topics": ["visit"], "lines": [line], "cases": [[line, *notice.ref]]}
    )
    view = dossier_view(dossier, {line: folded(us, ru)}, public)
    assert len(view["public"]) == 7
    behind = {row["position"]: row["behind"] for row in view["public"]}
    assert behind["claims-guarantee"] == {"register": "guarantees", "count": 0, "rows": []}
    assert behind["told-beforehand"]["count"] == 1
    assert view["cases"][0]["subject"] == text("Visit on Monday")


def test_1_one_side_calls_the_line_degraded_and_the_other_makes_no_statement() -> None:
    us, ru = pens("us", "ru")
    ru.say("core/line-status@1", "degraded", reason=text("Far from what it was"))
    parties = registers(folded(us, ru, members=MEMBERS))["line"]["parties"]
    assert [(p["party"], p["status"].get("class", "no statement")) for p in parties] == [
        ("ru.example", "degraded"),
        ("us.example", "no statement"),
    ]


# ---------------------------------------------------------------------- 2 a day of calls


def test_2_contacts_by_level_with_a_readout_per_side_and_no_agreed_text() -> None:
    us, ru = pens("us", "ru")
    for month_day in ("12-07", "12-30"):
        spoken = {"subject": text("A call"), "at_time": f"2021-{month_day}T18:00:00Z"}
        us.say("core/told-elsewhere@1", "call", (), spoken)
    call = us.say(
        "core/contact@1", "held", (),
        {"level": "leaders", "with": ["ru.example"], "at_time": "2022-02-12T16:00:00Z",
         "minutes": 60},
    )  # fmt: skip
    us.say(
        "core/contact@1", "readout", [call],
        {"level": "leaders", "with": ["ru.example"], "text": text("professional, substantive"),
         "speaker": "senior official"},
    )  # fmt: skip
    ru.say(
        "core/contact@1", "readout", [call],
        {"level": "leaders", "with": ["us.example"], "text": text("hysteria", "ru")},
    )  # fmt: skip
    us.say(
        "core/contact@1", "held", (),
        {"level": "ministers", "with": ["jp.example"], "told": "elsewhere", "place": "Fiji"},
    )  # fmt: skip
    shown = registers(folded(us, ru))
    contacts = shown["contacts"]
    assert contacts["counts"] == {"held": 2}
    assert (contacts["agreed_texts"], contacts["readouts"]) == (0, 2)
    row = contacts["rows"][0]
    assert (row["level"], row["minutes"], row["state"]) == ("leaders", 60, "held")
    words = {side["party"]: [t["text"][0]["text"] for t in side["texts"]] for side in row["sides"]}
    assert words == {"us.example": ["professional, substantive"], "ru.example": ["hysteria"]}
    assert contacts["rows"][1]["told"] == "elsewhere"
    assert {
        "from": "2021-12-30T18:00:00Z",
        "until": "2022-02-12T16:00:00Z",
    } in shown["line"]["silences"]
    assert shown["line"]["last_contact"]["at_time"] == "2022-02-12T16:00:00Z"


def test_2_an_announced_call_is_announced_and_not_held() -> None:
    us, fr = pens("us", "fr")
    fr.say("core/contact@1", "announced", (), {"level": "leaders", "with": ["us.example"]})
    (row,) = registers(folded(us, fr))["contacts"]["rows"]
    assert row["state"] == "announced"
    assert [(side["party"], side["silent"]) for side in row["sides"]] == [
        ("fr.example", False),
        ("us.example", True),
    ]


def test_2_three_assessments_of_one_subject_stand_beside_each_other() -> None:
    writers = pens("us", "fr", "ua")
    for pen in writers:
        pen.say("positions/assessment@1", "-", (), {"topic": "attack", "text": text(pen.party)})
    (topic,) = registers(folded(*writers))["assessments"]["topics"]
    assert (topic["topic"], topic["count"]) == ("attack", 3)
    assert [row["text"][0]["text"] for row in topic["rows"]] == sorted(p.party for p in writers)


def test_2_incident_2a_one_account_and_2b_a_counter_account_and_a_protest() -> None:
    us, ru = pens("us", "ru")
    report = ru.say(
        "core/incident@1", "report", (),
        {"subject": text("Submarine"), "account": text("In our waters"),
         "actors": ["us submarine"]},
    )  # fmt: skip
    (row,) = registers(folded(us, ru))["incidents"]["rows"]
    assert (row["accounts"], row["protests"]) == (1, 0)
    assert [(side["party"], side["silent"]) for side in row["sides"]] == [
        ("ru.example", False),
        ("us.example", True),
    ]
    ru.say("core/incident@1", "protest", [report], subject=text("Protest"))
    us.say("core/incident@1", "counter-account", [report], account=text("Not so"))
    (row,) = registers(folded(us, ru))["incidents"]["rows"]
    assert (row["accounts"], row["protests"], row["state"]) == (2, 1, "open")
    told = {side["party"]: side["accounts"][0]["account"] for side in row["sides"]}
    assert told == {"ru.example": text("In our waters"), "us.example": text("Not so")}


def test_2_two_demands_are_answered_non_starter_and_offered_for_discussion() -> None:
    us, ru = pens("us", "ru")
    for topic in ("no-accession", "no-missiles"):
        demand = ru.say("positions/demand@1", "-", (), {"topic": topic, "text": text(topic)})
        us.say(
            "positions/demand-answer@1",
            "non-starter-offered-for-discussion",
            [demand],
            topic=topic,
        )
    demands = registers(folded(us, ru))["demands"]
    assert demands["counts"] == {"non-starter-offered-for-discussion": 2}
    assert [row["topic"] for row in demands["rows"]] == ["no-accession", "no-missiles"]


def test_2_every_member_holds_the_advisory_or_is_listed_as_not_reached() -> None:
    us, il, pt = pens("us", "il", "pt")
    advisory = us.say(
        "core/advisory@1", "-", (),
        {"subject": text("Leave"), "action": "advise-departure", "within_h": 48},
    )  # fmt: skip
    receipts = {advisory.ref.origin: [("pt.example", 1, at("2022-02-11T10:00:00Z"))]}
    (row,) = registers(folded(us, il, pt), receipts)["advisories"]["rows"]
    assert (row["held"], row["not_reached"], row["within_h"]) == (2, ["il.example"], 48)


def test_2_a_warning_with_an_open_end_and_a_stated_manner() -> None:
    us, ru = pens("us", "ru")
    us.say(
        "positions/warning@1", "open", (),
        {"subject": text("Any moment"), "topic": "attack", "manner": text("From the air")},
    )  # fmt: skip
    (row,) = registers(folded(us, ru))["warnings"]["rows"]
    assert (row["kind"], row["state"], row["until"]) == ("open", "open", "")
    assert row["manner"] == text("From the air")


def test_both_sides_show_the_same_but_for_what_the_sender_alone_knows() -> None:
    us, ru = pens("us", "ru")
    notice_of_a_visit(us, ru)
    sender = folded(us, ru)
    for at_index, entry in enumerate(us.entries):
        us.entries[at_index] = Entry(
            entry.ref, entry.party, entry.counter, entry.nonce, entry.time_s, entry.kind,
            entry.format, entry.answer, entry.refs, entry.fields, {}, entry.withheld,
        )  # fmt: skip
    receiver = folded(us, ru)
    assert digest(sender) == digest(receiver)
    one, other = registers(sender), registers(receiver)
    del one["cases"][0]["matters"][0]["versions"][0]["hidden"]
    assert one == other
    assert visit(us)
