"""The end states as the five pages say them, sentence by sentence, read from the expected files.

The player compares nodes with these files; this test compares the files with the pages, so that a
wrong file cannot make a wrong history pass.
"""

from typing import Any

import pytest

from openline.cli.play import compare

ADVISED = ("us", "ru", "fr", "de", "ua", "ca", "jp", "kr", "il", "pt", "bg")


def shown(stop: str, party: str) -> Any:
    return compare.expected_of(compare.packaged(), stop, f"{party}.example")


def line(stop: str, party: str, title: str) -> Any:
    return shown(stop, party)["lines"][title]


def test_every_line_is_an_exercise() -> None:
    for entry in compare.packaged().iterdir():
        for file in entry.iterdir():
            state: Any = compare.expected_of(
                compare.packaged(), entry.name, file.name.removesuffix(".json")
            )
            assert all(x["charter"].startswith("EXERCISE, ") for x in state["lines"].values())


# ------------------------------------------------------------------------------------- history 1


@pytest.mark.parametrize("party", ["us", "ru"])
@pytest.mark.parametrize("stop", ["1a", "1b"])
def test_the_notice_is_closed_and_late_by_the_stated_hours(stop: str, party: str) -> None:
    notice = line(stop, party, "us-ru diplomatic")["notices"][0]
    assert (notice["state"], notice["outcome"]) == ("closed", "completed")
    assert notice["late_by_s"] == (48 - 5) * 3600
    assert notice["tells"] == ["effect", "from", "place", "subject", "until"]
    assert notice["withheld"] == 3


@pytest.mark.parametrize("party", ["us", "ru"])
def test_as_reported_it_was_delivered_and_received_and_nothing_more(party: str) -> None:
    (row,) = line("1a", party, "us-ru diplomatic")["notices"][0]["reception"].values()
    assert row == {
        "delivered": "2023-02-20T01:00:00Z",
        "received": "received",
        "read_back": "-",
        "passed_on": "-",
        "answered": "-",
    }


@pytest.mark.parametrize("party", ["us", "ru"])
def test_as_it_could_have_been_it_was_passed_on_and_noted_without_guarantee(party: str) -> None:
    notice, question = line("1b", party, "us-ru diplomatic")["notices"]
    row = notice["reception"]["ru.example"]
    assert len(row["passed_on"].split(", ")) == 3  # two positions; one has a comma in its name
    assert row["answered"] == "noted-without-guarantee"
    assert question["reception"]["ru.example"]["answered"] == "declined"


@pytest.mark.parametrize(("stop", "messages"), [("1a", 1), ("1b", 4)])
@pytest.mark.parametrize("party", ["us", "ru"])
def test_no_guarantee_is_in_force_and_none_is_in_the_log(
    stop: str, messages: int, party: str
) -> None:
    guarantees = line(stop, party, "us-ru diplomatic")["guarantees"]
    assert guarantees["in_force"] == 0
    assert guarantees["in_log_of"]["ru.example"] == f"0 of {messages}"


@pytest.mark.parametrize("stop", ["1a", "1b"])
@pytest.mark.parametrize("party", ["us", "ru"])
def test_seven_public_statements_and_nothing_behind_the_claim_of_guarantees(
    stop: str, party: str
) -> None:
    state = shown(stop, party)
    assert len(state["public"]) == 7
    (claim,) = [p for p in state["dossiers"][0]["public"] if p["position"] == "claims-guarantee"]
    assert claim["behind"] == "0 guarantees"


@pytest.mark.parametrize("stop", ["1a", "1b"])
@pytest.mark.parametrize("party", ["us", "ru"])
def test_the_counter_terrorism_line_is_degraded_as_one_side_says(stop: str, party: str) -> None:
    status = line(stop, party, "us-ru counter-terrorism")["status"]
    assert status == {"ru.example": "degraded", "us.example": "no statement"}


# ------------------------------------------------------------------------------------- history 2


@pytest.mark.parametrize("party", ["us", "ru", "fr", "de", "ua"])
def test_eight_contacts_are_known_one_of_them_only_announced(party: str) -> None:
    known = shown("2a", party)["contacts_known"]
    assert len(known) == 8
    assert sum(each.startswith("announced") for each in known) == 1
    assert sum("60 min" in each for each in known) == 1


def test_the_contacts_of_us_are_those_of_the_page() -> None:
    assert shown("2a", "us")["contacts_known"] == [
        "announced: leaders, fr.example, us.example",
        "held, public: fr-ru leaders",
        "held, public: ru-ua-de-fr",
        "held: defence, ru.example, us.example",
        "held: leaders, ru.example, us.example, 60 min",
        "held: ministers, jp.example, kr.example, us.example",
        "held: ministers, pacific.example, us.example (told elsewhere)",
        "held: ministers, ru.example, us.example",
    ]


@pytest.mark.parametrize("party", ADVISED)
def test_no_text_was_agreed(party: str) -> None:
    for each in shown("2a", party)["lines"].values():
        assert each.get("contacts", {}).get("agreed_texts", 0) == 0


@pytest.mark.parametrize("party", ["us", "ru"])
def test_a_readout_is_shown_as_that_of_the_side_that_gave_it(party: str) -> None:
    (call,) = line("2a", party, "us-ru ministers")["contacts"]["rows"]
    assert call["sides"]["us.example"] == ["held"]
    assert call["sides"]["ru.example"][0] == "readout"
    (leaders,) = line("2a", party, "us-ru leaders")["contacts"]["rows"]
    assert leaders["sides"] == {"ru.example": [], "us.example": ["held", "no-agreed-text"]}


@pytest.mark.parametrize("party", ["us", "ru", "fr", "de", "ua"])
def test_three_assessments_of_one_subject_stand_apart(party: str) -> None:
    by = shown("2a", party)["assessments"]["attack-on-ua"]
    assert by == [f"{name}.example (in public)" for name in ("fr", "ua", "us")]


@pytest.mark.parametrize("party", ["us", "ru"])
def test_the_incident_has_one_account_as_reported_and_two_when_it_is_filed(party: str) -> None:
    before = shown("2a", party)
    accounts = before["incident_accounts"]["submarine-near-the-kurils"]
    assert accounts == ["ru.example (in public)"]
    assert "incidents" not in before["lines"]["us-ru defence"]
    (incident,) = line("2b", party, "us-ru defence")["incidents"]
    assert incident["accounts"] == {"ru.example": 1, "us.example": 1}
    assert incident["protests"] == {"ru.example": 1, "us.example": 0}


@pytest.mark.parametrize("party", ["us", "ru"])
def test_two_demands_are_answered_alike(party: str) -> None:
    answer = {"us.example": "non-starter-offered-for-discussion"}
    demands = shown("2a", party)["demands"]
    assert demands == {"no-accession-of-ua": answer, "no-missiles-near-border": answer}


def test_every_member_holds_every_advisory() -> None:
    for party in ADVISED:
        rows = line("2a", party, "Embassies in Kyiv, advisories")["advisories"]
        assert len(rows) == 8
        for row in rows:
            if row["by"] == f"{party}.example":
                assert (row["held"], row["not_reached"]) == ("11 of 11", [])
            else:
                assert row["held_here"] is True


@pytest.mark.parametrize("party", ["us", "ru"])
def test_the_warning_has_an_open_end_and_a_stated_manner(party: str) -> None:
    (warning,) = line("2a", party, "Embassies in Kyiv, advisories")["warnings"]
    assert (warning["kind"], warning["state"], warning["until"]) == ("open", "open", "-")
    assert "from the air" in warning["manner"]


# ------------------------------------------------------------------------------------- history 3


@pytest.mark.parametrize("party", ["us", "ru"])
def test_the_suspension_has_three_dates_and_is_contested(party: str) -> None:
    arms = line("3", party, "us-ru arms control")
    (row,) = arms["obligations"]
    (suspension,) = row["suspensions"]
    dates = [suspension[name][:10] for name in ("announced", "formal", "in_effect")]
    assert dates == ["2023-02-21", "2023-02-28", "2023-02-28"]
    assert suspension["contested_by"] == ["us.example"]
    (measure,) = row["countermeasures"]
    assert measure["reversible"] is True and len(measure["obligations"]) == 4
    assert measure["from"] == "2023-06-01T14:00:00Z"
    assert arms["due"]["overdue"] == 0 and arms["due"]["suspended"] == 1


@pytest.mark.parametrize("party", ["us", "ru"])
def test_the_reservation_is_on_all_three_quotations_and_alters_nothing(party: str) -> None:
    (ledger,) = line("3", party, "us-ru arms control")["ledger"]
    ru, us = ledger["data"]
    assert list(us["own_count"].values()) == [686, 1515, 800]
    assert list(ru["own_count"].values()) == [526, 1474, 761]
    assert list(ledger["limits"][0].values()) == [700, 1550, 800]
    assert [quote["reservations"] for quote in us["quoted"]] == [["ru.example"]] * 3
    assert us["own_count_over"]["launchers"] == 0
    assert us["reservations"][0]["over"] == {"launchers": 101}


@pytest.mark.parametrize("party", ["us", "ru"])
def test_no_inspection_of_the_quota_was_used(party: str) -> None:
    quota = line("3", party, "us-ru arms control")["quotas"][1]
    assert (quota["by"], quota["used"]) == ("us.example", "0 of 18")
    assert quota["by_state"]["refused"] == 1


def test_two_texts_of_one_version_each() -> None:
    (to_us,) = line("3", "ru", "us-ru diplomatic")["texts"]
    (to_nato,) = line("3", "ru", "ru-nato")["texts"]
    assert (to_us["versions"], to_us["articles_with_position"]) == (1, "3 of 8")
    assert (to_nato["versions"], to_nato["articles_with_position"]) == (1, "2 of 9")


@pytest.mark.parametrize(("party", "held"), [("us", 4), ("ru", 6), ("nato", 1), ("osce", 1)])
def test_the_claim_of_refused_talks_stands_beside_the_contacts(party: str, held: int) -> None:
    (dossier,) = shown("3", party)["dossiers"]
    claims = [row for row in dossier["public"] if row["position"] == "refused-to-talk"]
    assert [claim["behind"] for claim in claims] == [f"{held} contacts"] * 2
    assert dossier["contacts_held"] == held


@pytest.mark.parametrize("party", ["us", "ru"])
def test_the_incident_names_a_treaty_object_and_actors_as_claimed(party: str) -> None:
    (incident,) = line("3", party, "us-ru arms control")["incidents"]
    assert incident["object"].startswith("new-start: ")
    assert incident["actors_as_claimed"] == ["specialists of the alliance"]
    assert incident["accounts"]["us.example"] == 0


@pytest.mark.parametrize("party", ["ru", "nato"])
def test_a_claim_about_a_status_is_asserted_and_contested(party: str) -> None:
    (claim,) = line("3", party, "ru-nato")["claims"]
    assert (claim["asserted_by"], claim["contested_by"]) == (["ru.example"], ["nato.example"])


@pytest.mark.parametrize("title", ["us-ru arms control", "us-ru diplomatic"])
def test_the_restored_node_writes_in_a_new_epoch_and_lost_nothing(title: str) -> None:
    us, ru = line("3", "us", title), line("3", "ru", title)
    assert us["epochs"] == ru["epochs"] == {"us.example": 2}
    assert us["said"] == ru["said"]


# ------------------------------------------------------------------------------------- history 4


@pytest.mark.parametrize(
    ("party", "titles"),
    [
        ("us", ["osce members", "us-ru ministers"]),
        ("ru", ["nato-ru", "osce members", "us-ru ministers"]),
        ("nato", ["nato-ru"]),
        ("osce", ["osce members"]),
    ],
)
def test_a_dossier_is_local_and_shows_ones_own_lines(party: str, titles: list[str]) -> None:
    state = shown("4", party)
    assert list(state["lines"]) == titles
    assert sorted(state["dossiers"][0]["lines"]) == titles
    assert state["dossiers"][0]["contacts_held"] == len(titles)
    assert len(state["public"]) == 3


@pytest.mark.parametrize("party", ["us", "ru", "osce"])
def test_the_window_is_closed_on_its_last_day_with_an_observation(party: str) -> None:
    (warning,) = line("4", party, "osce members")["warnings"]
    assert (warning["kind"], warning["state"]) == ("window", "closed")
    assert warning["until"][:10] == "2022-02-15" and warning["observed"] != "-"


def test_two_demands_on_two_parties() -> None:
    assert shown("4", "ru")["demands"] == {
        "no-accession-of-ua": {"nato.example": "declined", "us.example": "-"},
        "withdrawal-from-eastern-europe": {"nato.example": "-", "us.example": "-"},
    }


@pytest.mark.parametrize("title", ["us-ru ministers", "nato-ru", "osce members"])
def test_each_round_was_proposed_prepared_and_held_without_an_agreed_text(title: str) -> None:
    contacts = line("4", "ru", title)["contacts"]
    assert (contacts["counts"], contacts["agreed_texts"]) == ({"held": 1}, 0)
    acts = {act for side in contacts["rows"][0]["sides"].values() for act in side}
    assert {"proposed", "agenda", "held", "no-agreed-text"} <= acts


@pytest.mark.parametrize(("party", "other"), [("us", "ir"), ("ir", "us")])
def test_both_sides_hold_receipts_of_the_facilitator_and_through_it_of_the_other(
    party: str, other: str
) -> None:
    relays = line("4b", party, f"om-{party}")["relays"]
    ours = [row for row in relays if row["originator"] == f"{party}.example"]
    theirs = [row for row in relays if row["originator"] == f"{other}.example"]
    assert (len(ours), len(theirs)) == (2, 2)
    for row in ours:
        assert row["delivered"]["om.example"] != "-"
        assert row["receipts_passed_back"][0].startswith(f"{other}.example ")
    assert all(row["consent"] for row in relays)


def test_the_host_sees_time_and_place_only() -> None:
    state = shown("4b", "ch")
    (host,) = state["lines"].values()
    assert host["notices"][0]["tells"] == ["effect", "from", "place", "subject", "until"]
    assert "contacts" not in host and "relays" not in host


# ------------------------------------------------------------------------------------- history 5


@pytest.mark.parametrize("party", ["us", "ru"])
def test_the_board_shows_every_line_with_its_last_contact_and_test(party: str) -> None:
    lines = shown("5", party)["lines"]
    pairs = {name: x["board"] for name, x in lines.items() if name.startswith("us-ru")}
    assert len(pairs) == 4
    for board in pairs.values():
        assert board["last_contact"] != "-" and board["silent_since"] != "-"
        assert board["last_link_test"].endswith(" answered")


@pytest.mark.parametrize("party", ["us", "ru"])
def test_positions_are_kept_per_fact_party_and_office_with_the_contradiction(party: str) -> None:
    rows = line("5", party, "us-ru intelligence")["positions"]
    said = {(r["fact"], r["by"][:2], r["office"]): r["position"] for r in rows}
    assert said == {
        ("meeting-took-place", "us", "embassy"): "confirmed",
        ("meeting-took-place", "ru", "spokesman"): "confirmed",
        ("details-of-the-meeting", "ru", "spokesman"): "refuses-details",
        ("detainees-discussed", "us", "White House"): "confirmed",
        ("nuclear-weapons-discussed", "us", "White House"): "confirmed",
        ("war-discussed", "us", "White House"): "denied",
        ("detainees-discussed", "us", "spokesman"): "does-not-say",
    }
    against = [r["contradicts"] for r in rows if r["contradicts"]]
    assert sorted(against) == [["5.2-us-spokesman"], ["5.2-us-subject-detainees"]]


def test_own_notes_of_the_meeting_stay_with_their_writer() -> None:
    for party in ("us", "ru"):
        (row,) = line("5", party, "us-ru intelligence")["contacts"]["rows"]
        notes = [t for side in row["sides"].values() for t in side if t.startswith("held: ")]
        assert notes == []


def test_the_host_sees_one_line_and_nothing_of_the_others() -> None:
    assert list(shown("5", "tr")["lines"]) == ["us-tr host"]


# ------------------------------------------------------------------------------------- history 6

AID, LIAISON = "aid-cell notifications", "cell-liaison notifications"


def notice(party: str, title: str, step: str) -> Any:
    (found,) = [n for n in line("6", party, title)["notices"] if n["step"] == step]
    return found


@pytest.mark.parametrize("party", ["cell", "liaison"])
def test_two_hundred_sites_and_fifty_movements_were_told(party: str) -> None:
    standing = line("6", party, LIAISON)["standing"]
    sites, moves = (standing[f"cell.example humanitarian/{x}@1"] for x in ("site", "movement"))
    assert (sites, moves) == ({"open": 199, "over": 1}, {"open": 49, "over": 1})


@pytest.mark.parametrize("party", ["cell", "liaison"])
def test_seven_movements_came_late_were_accepted_and_are_flagged(party: str) -> None:
    late = [n["step"] for n in line("6", party, LIAISON)["notices"] if n.get("late")]
    numbers = [n.partition("#")[2] for n in late]
    assert numbers == ["1", "2,4,6-7", "3", "5"]


@pytest.mark.parametrize("party", ["cell", "liaison"])
def test_noted_is_not_granted_and_what_cannot_be_processed_is_said(party: str) -> None:
    answers = [
        notice(party, LIAISON, f"6.3-passed-on#{n}")["reception"]["liaison.example"]["answered"]
        for n in (3, 5)
    ]
    assert answers == ["noted-without-guarantee", "cannot-process"]
    assert line("6", party, LIAISON)["guarantees"]["in_force"] == 0


@pytest.mark.parametrize("party", ["cell", "liaison"])
def test_the_corrected_site_was_read_back_and_nothing_of_version_one_holds_for_it(
    party: str,
) -> None:
    row = notice(party, LIAISON, "6.2-sites#12")
    assert (row["state"], row["reception"]["liaison.example"]["read_back"]) == (
        "amended",
        "correct",
    )


@pytest.mark.parametrize("party", ["cell", "liaison"])
def test_the_strike_has_an_account_of_each_side_and_stays_open(party: str) -> None:
    (strike,) = line("6", party, LIAISON)["incidents"]
    assert strike["accounts"] == {"cell.example": 2, "liaison.example": 1}
    assert strike["state"] == "open"


@pytest.mark.parametrize("party", ["cell", "liaison"])
def test_every_digest_was_answered_with_the_same_root(party: str) -> None:
    for step, by in (("6.7-digest", "liaison"), ("6.7-none", "cell"), ("6.9-digest", "liaison")):
        assert notice(party, LIAISON, step)["reception"][f"{by}.example"]["answered"] == "same"


@pytest.mark.parametrize("party", ["cell", "liaison"])
def test_the_shelter_is_closed_and_nothing_it_told_is_left(party: str) -> None:
    row = notice(party, LIAISON, "6.2-shelter")
    assert (row["state"], row["outcome"], row["tells"]) == ("closed", "withdrawn", [])


def test_the_originator_keeps_its_own_text_and_sees_nothing_of_the_other_line() -> None:
    assert list(shown("6", "aid")["lines"]) == [AID]
    assert "point" in notice("aid", AID, "6.1-shelter")["tells"]


@pytest.mark.parametrize("party", ["aid", "cell"])
def test_what_the_council_was_told_is_reported_by_the_cell_and_signed_by_nobody_else(
    party: str,
) -> None:
    told = [n for n in line("6", party, AID)["notices"] if n["step"].startswith("6.2-council")]
    assert len(told) == 3
    assert {n["by"] for n in told} == {"cell.example"}
    assert all("council.example" not in n["reception"] for n in told)


@pytest.mark.parametrize("party", ["aid", "cell"])
def test_the_originator_holds_the_recipients_receipt(party: str) -> None:
    (row,) = line("6", party, AID)["passed_back"]
    assert row == {
        "receipts": ["liaison.example 2024-03-04T07:30:00Z"],
        "step": "6.1-sites#49",
    }
