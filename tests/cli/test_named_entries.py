"""An entry is named as lists write it, and whoever is to sign about it reads what it is."""

import json

import pytest

from openline.cli.commands.cases import row_of
from openline.formats.terms import load_terms
from tests.cli.homes import PASSPHRASE, Homes, two_homes
from tests.cli.test_before_signing import Told, send, sent, type_

INCIDENT = {
    "incident": "clinic-1", "category": "attack-on-site", "ongoing": "no",
    "at_time": "2030-01-01T08:00:00Z", "account": "The clinic was hit.", "request": "explanation",
}  # fmt: skip


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return two_homes(tmp_path_factory.mktemp("homes"))


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINE_PASSPHRASE", PASSPHRASE)


def report(capsys: pytest.CaptureFixture[str], homes: Homes, *args: str, **more: str) -> Told:
    fields = [x for path, value in {**INCIDENT, **more}.items()
              for x in ("--field", f"{path}={value}")]  # fmt: skip
    form = "humanitarian/incident@1"
    return type_(capsys, homes, "send", "Relief", form, "--class", "report", *fields, *args)


def test_what_a_reply_is_about_is_said_by_form_and_subject_before_anybody_signs(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    number = sent(capsys, homes)
    called = ("call", number, "unanswered", "--position", "Duty officer")
    for command in (called, ("close", number, "completed")):
        told = type_(capsys, homes, *command)
        assert f"about: {number}, Notice of a visit, Visit to the bridge" in told.err
    told = type_(capsys, homes, *called, "--lang", "nl")
    label = load_terms().label("format.visit", "nl").text
    assert f"{number}, {label}, Visit to the bridge" in told.err
    told = send(capsys, homes, "--ref", number, relation="follows")
    assert f"about: {number}, Notice of a visit, Visit to the bridge" in told.err
    draft = type_(capsys, homes, *called).out.split()[1]
    told = type_(capsys, homes, "release", draft)
    assert f"{number}, Notice of a visit" in " ".join(told.out.split())


def test_an_item_that_names_an_entry_takes_it_as_lists_write_it(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    number, officer = sent(capsys, homes), str(homes.officers[0])
    told = report(capsys, homes, "--officer", officer, affected=number)
    assert told.code == 0, told.err
    meant = f"{number}, Notice of a visit, Visit to the bridge"
    place = told.out.split()[1]
    assert meant in told.err
    assert meant in " ".join(type_(capsys, homes, "show", place).out.split())
    (affected,) = json.loads(type_(capsys, homes, "show", place, "--json").out)["fields"][
        "affected"
    ]
    assert affected[0].startswith("cell.example/openline/")


def test_an_entry_that_is_not_there_is_refused_by_its_name(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    told = report(capsys, homes, affected="cell.example:1.99")
    assert told.code == 3 and "cell.example:1.99" in told.err


def test_a_reply_to_an_incident_says_which_and_the_list_of_cases_names_it(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    number = report(capsys, homes, "--officer", str(homes.officers[0])).out.split()[1]
    told = type_(capsys, homes, "call", number, "answered", "--position", "Watch")
    assert f"{number}, Incident at a site or movement, Report, clinic-1" in told.err
    rows = [line for line in type_(capsys, homes, "cases").out.splitlines() if number in line]
    assert "clinic-1" in rows[0]


def test_what_names_a_thing_in_a_list_is_a_line_or_a_text_and_nothing_else() -> None:
    case = {
        "party": "a.example", "number": "1.1", "standing": "", "line": "00" * 32, "entries": 1,
        "format": "humanitarian/site@1", "state": "told", "outcome": "", "topic": "",
        "irregularities": [], "not_received": [], "subject": "site-047",
    }  # fmt: skip
    assert row_of(case, {}, "en")[6] == "site-047"
