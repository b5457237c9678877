"""What an officer reads before signing: the whole text, what changes, what is odd and where."""

import json
from pathlib import Path

import pytest

from openline.cli import outgoing
from openline.cli.batch import WHOLE_MAX, in_file, rows_said
from openline.cli.main import run
from openline.exchange.drafting.drafts import DraftRefused
from tests.cli.homes import MAP, PASSPHRASE, Homes, two_homes

VISIT = {
    "subject": "Visit to the bridge",
    "place": "Riverside",
    "from": "2030-12-01T08:00:00Z",
    "until": "2030-12-01T12:00:00Z",
    "effect": "acknowledge",
}
ROW = "Convoy {n},{year}-03-01T08:00:00Z,{year}-03-01T12:00:00Z,5{n}.1234,30.5234\n"


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return two_homes(tmp_path_factory.mktemp("homes"))


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINE_PASSPHRASE", PASSPHRASE)


class Told:
    """What one command printed."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, " ".join(err.split())


def type_(capsys: pytest.CaptureFixture[str], homes: Homes, *args: str) -> Told:
    code = run([*args, "--yes", "--home", str(homes.first)])
    out, err = capsys.readouterr()
    return Told(code, out, err)


def fields(**changed: str) -> list[str]:
    found = {**VISIT, **changed}
    return [
        part for path, value in found.items() if value for part in ("--field", f"{path}={value}")
    ]


def send(capsys: pytest.CaptureFixture[str], homes: Homes, *args: str, **changed: str) -> Told:
    return type_(capsys, homes, "send", "Relief", "core/visit@1", *fields(**changed), *args)


def sent(capsys: pytest.CaptureFixture[str], homes: Homes, **changed: str) -> str:
    told = send(capsys, homes, "--officer", str(homes.officers[0]), **changed)
    assert told.code == 0, told.err
    return told.out.split()[1]


def test_what_nobody_signed_yet_is_shown_whole_with_how_many_signed(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    told = send(capsys, homes)
    assert "state: not sent: 0 of 1 signed" in " ".join(told.out.split())
    for words in (
        "EXERCISE",
        "1 Subject: [en, Original] Visit to the bridge",
        "Riverside",
        "0 of 1",
    ):
        assert words in told.err
    digits = told.out.split("digits:")[1].split("\n")[0].strip()
    assert digits in told.err


def test_looks_that_say_the_same_leave_one_draft_and_others_stay(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    number = sent(capsys, homes)
    before = drafts(capsys, homes)
    call = ("call", number, "unanswered", "--position", "Duty officer", "--at")
    for at in ("2030-01-01T08:00:00Z", "2030-01-01T08:00:01Z"):
        type_(capsys, homes, *call, at)
    send(capsys, homes, place="Lakeside")
    send(capsys, homes, place="Lakeside")
    send(capsys, homes, place="Hillside")
    assert len(drafts(capsys, homes)) == len(before) + 3


def drafts(capsys: pytest.CaptureFixture[str], homes: Homes) -> list[str]:
    told = json.loads(type_(capsys, homes, "queue", "--drafts", "--json").out)
    return [row["draft"] for row in told["drafts"]]


def test_a_new_version_shows_old_and_new_of_each_item_before_it_is_signed(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    number = sent(capsys, homes)
    told = type_(capsys, homes, "amend", number, "--field", "place=Bridge", "--lang", "nl",
                 "--officer", str(homes.officers[0]))  # fmt: skip
    head, _, rest = told.err.partition(
        f"Wat er verandert ({number}): 2 Plaats: Riverside -> Bridge"
    )
    assert rest.startswith(" OEFENING (EXERCISE)") and not head
    assert "Visit to the bridge ->" not in told.err


def test_what_changes_is_told_against_the_version_that_stands_and_to_the_second_officer(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    first = sent(capsys, homes)
    officer = str(homes.officers[0])
    draft = type_(capsys, homes, "amend", first, "--field", "place=Ford").out.split()[1]
    told = type_(capsys, homes, "amend", first, "--field", "place=Bridge", "--officer", officer)
    second = told.out.split()[1]
    told = type_(capsys, homes, "release", draft, "--officer", str(homes.officers[1]))
    assert f"What changes ({second}): 2 Place: Bridge -> Ford" in told.err
    assert told.code == 0


def test_a_version_that_was_replaced_is_not_amended_again_and_the_one_that_stands_is_named(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    first, officer = sent(capsys, homes), str(homes.officers[0])
    told = type_(capsys, homes, "amend", first, "--field", "place=Bridge", "--officer", officer)
    second = told.out.split()[1]
    told = type_(capsys, homes, "amend", first, "--field", "place=Ford")
    assert told.code and f"{second} stands in its place" in told.err
    type_(capsys, homes, "close", second, "completed", "--officer", officer)
    told = type_(capsys, homes, "amend", second, "--cancel", "--lang", "nl")
    assert told.code and "zou geen gevolg hebben" in told.err


def test_an_amendment_that_changes_nothing_says_so(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    number = sent(capsys, homes)
    assert f"What changes ({number}): nothing" in type_(capsys, homes, "amend", number).err
    told = type_(capsys, homes, "amend", number, "--lang", "it")
    assert f"Che cosa cambia ({number}): Nessuno" in told.err


def test_a_cancellation_is_told_as_what_changes_and_a_place_may_have_any_name(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    number = sent(capsys, homes)
    told = type_(capsys, homes, "amend", number, "--cancel", "--field", "place=amends")
    assert f"What changes ({number}): 2 Place: Riverside -> amends" in told.err
    assert "C5 Relation to the entry named: – -> Cancels" in told.err


def test_the_draft_of_anything_else_changes_nothing_and_does_not_say_so(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    """The negative control."""
    assert "What changes" not in send(capsys, homes).err


def test_each_fault_is_said_with_path_and_label_first_in_the_readers_language(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    told = send(capsys, homes, "--lang", "ru", place="", effect="foo")
    assert told.code == 5
    assert told.err.startswith("place (Место): Нет обязательного пункта")
    assert "effect (Запрашиваемое действие): Кода нет в форме" in told.err
    assert (
        "openline: То, что хотели сказать, так сказать нельзя. [exchange.draft-refused]" in told.err
    )


def test_in_json_the_faults_stand_in_the_refusal_itself(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    told = send(capsys, homes, "--json", place="")
    assert told.code == 5 and "place: Item 2 (place) is required" in told.out


def test_what_is_odd_about_a_message_as_a_whole_names_its_form(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    number = sent(capsys, homes)
    told = type_(capsys, homes, "answer", number, "accepted", "--lang", "de")
    assert told.code == 5
    assert told.err.startswith("core/answer@1 (Antwort): ")


def test_a_notice_of_what_is_over_is_drafted_with_a_caution_about_its_end(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    past = {"from": "2024-12-01T08:00:00Z", "until": "2024-12-01T12:00:00Z"}
    told = send(capsys, homes, **past)
    assert told.code == 0
    assert told.err.startswith("caution, until (Until): All of this lies in the past")
    told = send(capsys, homes, "--lang", "fr", **past)
    assert "until (Jusqu’à): Tout ce que cette notification annonce est déjà passé." in told.err
    assert "past" not in send(capsys, homes).err


def test_the_line_is_named_where_a_caution_is_about_it() -> None:
    args = {"format": "core/visit@1"}
    odd = {"path": "", "code": "line.limited", "sentence": "south says DEGRADED."}
    assert outgoing.objection(args, odd, "en") == "Line: south says DEGRADED."
    odd = {"path": "refs", "code": "answer.stale", "sentence": "It answers version 1."}
    assert outgoing.objection(args, odd, "en") == "refs (About): It answers version 1."


def test_a_caution_of_a_batch_names_the_row_of_the_file_and_not_the_nth_that_is_untold(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "map.toml").write_text(MAP, "utf-8")
    head = "What,From,Until,Lat,Lon\n"
    rows = [ROW.format(n=n, year=2030) for n in range(3)] + [ROW.format(n=7, year=2024)]
    signed = [part for path in homes.officers for part in ("--officer", str(path))]
    args = ["import", "table", str(tmp_path / "rows.csv"), "--map", str(tmp_path / "map.toml"),
            "--line", "Relief", *signed]  # fmt: skip
    (tmp_path / "rows.csv").write_text(head + "".join(rows[:3]), "utf-8")
    assert type_(capsys, homes, *args).code == 0
    (tmp_path / "rows.csv").write_text(head + "".join(rows), "utf-8")
    told = type_(capsys, homes, *args)
    assert told.code == 0, told.err
    assert "row 5: caution, until (Until): All of this lies in the past" in told.err


def test_a_batch_shows_every_row_before_it_is_signed_also_under_yes_and_is_found_while_it_waits(
    homes: Homes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "map.toml").write_text(MAP, "utf-8")
    rows = [ROW.format(n=n, year=2031) for n in range(3, 6)]
    (tmp_path / "rows.csv").write_text("What,From,Until,Lat,Lon\n" + "".join(rows), "utf-8")
    args = ["import", "table", str(tmp_path / "rows.csv"), "--map", str(tmp_path / "map.toml"),
            "--line", "Relief", "--officer", str(homes.officers[0])]  # fmt: skip
    told = type_(capsys, homes, *args)
    assert told.code == 0, told.err
    for n in range(3, 6):
        said = f"row {n - 1}: 1 Subject: [en, Original] Convoy {n}"
        assert said in told.err
        assert told.err.index(said) < told.err.index("digits")
    queued = type_(capsys, homes, "queue", "--drafts")
    batch = told.out.split("openline batch release ")[1].split()[0]
    assert f"batch {batch} 3 × core/transit@1" in " ".join(queued.out.split())
    signed = type_(capsys, homes, "batch", "release", batch, "--officer", str(homes.officers[1]))
    assert signed.code == 0, signed.err
    assert "batch" not in type_(capsys, homes, "queue", "--drafts").out


def test_of_a_long_table_the_rows_that_are_not_shown_whole_are_named_with_what_is_withheld() -> (
    None
):
    row = {"format": "humanitarian/site@1", "answer": "-", "withheld": ["names"],
           "fields": {"site": "site-7", "names": ["Clinic North"]}}  # fmt: skip
    said = list(rows_said([row] * (WHOLE_MAX + 1), range(1, WHOLE_MAX + 2), "en"))
    assert said[-1] == f"row {WHOLE_MAX + 1}: site-7 (withheld: names)"
    assert "2 Names" in "\n".join(said[:6]) and "[Withheld]" in "\n".join(said[:6])


def test_a_row_that_the_node_refuses_is_named_as_the_file_names_it() -> None:
    refused = DraftRefused("row 2: point: too coarse.")
    assert str(in_file(refused, [4, 9])) == "row 9: point: too coarse."
    other = DraftRefused("the line is closed")
    assert in_file(other, [4, 9]) is other


def second_line(
    capsys: pytest.CaptureFixture[str], homes: Homes, number: str, lang: str = "en"
) -> str:
    return type_(capsys, homes, "show", number, "--lang", lang).out.splitlines()[1]


def test_show_says_in_its_second_line_that_a_message_does_not_stand_any_more(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    officer = ["--officer", str(homes.officers[0])]
    first = sent(capsys, homes)
    assert second_line(capsys, homes, first) == "Notice of a visit"
    again = type_(capsys, homes, "amend", first, "--field", "place=Bridge", *officer)
    second = again.out.split()[1]
    assert second_line(capsys, homes, first) == f"SUPERSEDED BY A LATER VERSION: {second}"
    assert second_line(capsys, homes, second) == "Notice of a visit"
    type_(capsys, homes, "close", second, "completed", *officer)
    assert second_line(capsys, homes, second) == "CLOSED: COMPLETED"
    assert second_line(capsys, homes, second, "nl") == "AFGESLOTEN: VOLTOOID"
    third = sent(capsys, homes)
    type_(capsys, homes, "amend", third, "--cancel", *officer)
    assert second_line(capsys, homes, third) == "CANCELLED"
    fourth = sent(capsys, homes)
    type_(capsys, homes, "close", fourth, "cancelled", *officer)
    assert second_line(capsys, homes, fourth) == "CANCELLED"
