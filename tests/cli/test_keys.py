"""`openline keys` and `openline officer` as an operator types them, on a node with an open line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import segno

from openline.cli.main import run
from openline.cli.qr import drawn
from tests.cli.homes import PASSPHRASE, Homes, two_homes

SAFE = "another phrase for the safe"


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Homes:
    monkeypatch.setenv("OPENLINE_PASSPHRASE", PASSPHRASE)
    (tmp_path / "safe.phrase").write_text(SAFE + "\n")
    return two_homes(tmp_path)


def given(capsys: pytest.CaptureFixture[str], home: Path, *args: str) -> tuple[int, dict[str, Any]]:
    code = run([*args, "--home", str(home), "--json", "--quiet", "--yes"])
    return code, json.loads(capsys.readouterr().out)


def safe(homes: Homes) -> tuple[str, ...]:
    """The ceremony file and its passphrase, as every command takes them."""
    folder = homes.first.parent
    phrase = ("--ceremony-passphrase-file", str(folder / "safe.phrase"))
    return ("--ceremony", str(folder / "safe.ceremony"), *phrase)


def ceremony(capsys: pytest.CaptureFixture[str], homes: Homes, cards: int = 6) -> None:
    folder = homes.first.parent
    code, told = given(
        capsys, homes.first, "keys", "ceremony", "--out", str(folder / "safe.ceremony"),
        "--cards", str(cards), "--passphrase-file", str(folder / "safe.phrase"),
    )  # fmt: skip
    assert (code, told["cards"]) == (0, cards)


def test_keys_are_put_away_changed_and_told_lost(
    capsys: pytest.CaptureFixture[str], homes: Homes
) -> None:
    home = homes.first
    assert given(capsys, home, "keys", "show")[1]["root_keys"] == "here"
    ceremony(capsys, homes)
    code, told = given(capsys, home, "keys", "rotate", *safe(homes))
    assert (code, told["waits"], told["epochs"]) == (0, False, 1)
    line = homes.line_id
    code, told = given(capsys, home, "keys", "revoke", "--from", f"{line}:1", *safe(homes))
    assert (code, told["epochs"]) == (0, 1)
    shown = given(capsys, home, "keys", "show")[1]
    assert (shown["root_keys"], shown["cards_planned"], shown["waiting"]) == ("away", 4, {})
    reasons = [row["reason"] for row in shown["ended"]]
    assert reasons == ["planned"] * 5 + ["compromised"] * 5
    assert given(capsys, home, "log", "verify")[0] == 0


def test_a_request_is_signed_elsewhere_and_handed_in(
    capsys: pytest.CaptureFixture[str], homes: Homes, tmp_path: Path
) -> None:
    home, asked, signed = homes.first, tmp_path / "card.request", tmp_path / "card.signed"
    ceremony(capsys, homes)
    told = given(capsys, home, "keys", "rotate")[1]
    assert told["waits"] is True
    code, told = given(capsys, home, "keys", "rotate")
    assert (code, told["code"]) == (5, "exchange.card-waits")
    assert given(capsys, home, "keys", "request", "--out", str(asked))[0] == 0
    offline = tmp_path / "no-node-here"
    args = ("keys", "sign", str(asked), "--out", str(signed), *safe(homes))
    assert given(capsys, offline, *args)[0] == 0
    assert given(capsys, offline, *args)[1]["code"] == "envelope.roots-used-up"
    code, told = given(capsys, home, "keys", "hand-in", str(signed))
    assert (code, told["epochs"]) == (0, 1)
    code, told = given(capsys, home, "keys", "hand-in", str(signed))
    assert (code, told["code"]) == (5, "exchange.no-card-waits")


def test_a_wrong_passphrase_signs_nothing_and_the_card_waits(
    capsys: pytest.CaptureFixture[str], homes: Homes
) -> None:
    ceremony(capsys, homes)
    path = str(homes.first.parent / "safe.ceremony")
    code, told = given(capsys, homes.first, "keys", "rotate", "--ceremony", path)
    assert (code, told["code"]) == (5, "envelope.wrong-passphrase")
    assert given(capsys, homes.first, "keys", "show")[1]["waiting"]
    assert given(capsys, homes.first, "keys", "give-up")[1]["given_up"] is True
    assert given(capsys, homes.first, "keys", "rotate", *safe(homes))[0] == 0


def test_the_ceremony_file_of_another_party_signs_nothing(
    capsys: pytest.CaptureFixture[str], homes: Homes
) -> None:
    folder = homes.first.parent
    args = (
        "--out",
        str(folder / "safe.ceremony"),
        "--passphrase-file",
        str(folder / "safe.phrase"),
    )
    assert given(capsys, homes.second, "keys", "ceremony", *args)[0] == 0
    code, told = given(capsys, homes.first, "keys", "ceremony", *args)
    assert (code, told["code"]) == (2, "cli.usage"), "never overwritten"
    (folder / "safe.ceremony").rename(folder / "theirs.ceremony")
    ceremony(capsys, homes)
    (folder / "theirs.ceremony").rename(folder / "safe.ceremony")
    code, told = given(capsys, homes.first, "keys", "rotate", *safe(homes))
    assert (code, told["code"]) == (2, "cli.other-party")


def test_a_file_that_is_used_up_is_renewed_before_its_last_card(
    capsys: pytest.CaptureFixture[str], homes: Homes
) -> None:
    ceremony(capsys, homes, cards=1)
    assert given(capsys, homes.first, "keys", "rotate", *safe(homes))[0] == 0
    code, told = given(capsys, homes.first, "keys", "rotate", *safe(homes))
    assert told["code"] == "envelope.roots-away"
    folder = homes.first.parent
    new = folder / "new.ceremony"
    code, told = given(
        capsys, homes.first, "keys", "ceremony", "--out", str(new), "--cards", "3",
        "--renew", str(folder / "safe.ceremony"),
        "--passphrase-file", str(folder / "safe.phrase"),
    )  # fmt: skip
    assert (code, told["cards"]) == (0, 3)
    new.replace(folder / "safe.ceremony")
    assert given(capsys, homes.first, "keys", "rotate", *safe(homes))[0] == 0


def test_officers_who_lost_their_keys_are_replaced_by_the_root_keys(
    capsys: pytest.CaptureFixture[str], homes: Homes, tmp_path: Path
) -> None:
    home = homes.first
    before = given(capsys, home, "officer", "list")[1]["officers"]
    ceremony(capsys, homes)
    made = tmp_path / "eve.officer"
    code, told = given(capsys, home, "officer", "add", "eve", "--out", str(made))
    assert code == 0 and len(told["change"]["added"]) == 1 and told["change"]["needed"] == 2
    args = ("keys", "recover", "--planned", "--officer", str(made))
    assert given(capsys, home, *args, *safe(homes))[0] == 0
    after = given(capsys, home, "officer", "list")[1]["officers"]
    assert len(before) == 2 and len(after) == 1
    assert after[0]["person"] == told["person"]


def test_recovery_without_a_ceremony_is_refused(
    capsys: pytest.CaptureFixture[str], homes: Homes
) -> None:
    _, told = given(capsys, homes.first, "keys", "recover")
    assert told["code"] == "envelope.roots-away"
    assert given(capsys, homes.first, "keys", "show")[1]["waiting"] == {}


def test_two_officers_enter_a_third_and_take_one_off(
    capsys: pytest.CaptureFixture[str], homes: Homes, tmp_path: Path
) -> None:
    home, (one, two) = homes.first, homes.officers
    code, told = given(capsys, home, "officer", "add", "eve", "--out", str(tmp_path / "e.officer"),
                       "--by", str(one))  # fmt: skip
    assert code == 0 and len(told["change"]["approved_by"]) == 1
    code, again = given(capsys, home, "officer", "approve", "--by", str(one))
    assert (code, again["code"]) == (5, "exchange.approval-refused")
    code, done = given(capsys, home, "officer", "approve", "--by", str(two))
    assert (code, done["change"]) == (0, {})
    assert len(given(capsys, home, "officer", "list")[1]["officers"]) == 3
    code, gone = given(capsys, home, "officer", "remove", told["person"],
                       "--by", str(one), "--by", str(two))  # fmt: skip
    assert (code, gone["change"]) == (0, {})
    assert len(given(capsys, home, "officer", "list")[1]["officers"]) == 2
    code, told = given(capsys, home, "officer", "add", "eve", "--out", str(tmp_path / "e.officer"),
                       "--by", str(one), "--by", str(two))  # fmt: skip
    assert (code, told["code"]) == (2, "cli.usage"), (
        "the key of who was taken off is not gone on with"
    )
    assert len(given(capsys, home, "officer", "list")[1]["officers"]) == 2


def test_a_removal_that_was_interrupted_is_told_and_goes_on_when_it_is_repeated(
    capsys: pytest.CaptureFixture[str], homes: Homes, tmp_path: Path
) -> None:
    home, (one, two) = homes.first, homes.officers
    eve = tmp_path / "eve.officer"
    by = ("--by", str(one), "--by", str(two))
    person = given(capsys, home, "officer", "add", "eve", "--out", str(eve), *by)[1]["person"]
    wrong = tmp_path / "wrong.phrase"
    wrong.write_text("not the passphrase of anybody")
    code = run([
        "officer", "remove", person, "--by", str(one), "--by-passphrase-file", str(wrong),
        "--home", str(home), "--yes", "--json",
    ])  # fmt: skip
    said = capsys.readouterr().err
    assert code != 0
    assert "The removal waits, approved by 0 of 2 officers: repeat the" in said
    code, told = given(capsys, home, "officer", "remove", person, "--by", str(one))
    assert (code, len(told["change"]["approved_by"])) == (0, 1)
    code, told = given(capsys, home, "officer", "remove", person, *by)
    assert (code, told["change"]) == (0, {}), "who had approved is not asked again"
    assert len(given(capsys, home, "officer", "list")[1]["officers"]) == 2
    assert given(capsys, home, "officer", "remove", person)[1]["code"] == "desk.roster-refused"


def test_a_wrong_passphrase_of_an_approver_leaves_nothing_and_names_its_file(
    capsys: pytest.CaptureFixture[str], homes: Homes, tmp_path: Path
) -> None:
    home, (one, two) = homes.first, homes.officers
    eve, wrong = tmp_path / "eve.officer", tmp_path / "wrong.phrase"
    wrong.write_text("not the passphrase of anybody")
    add = ("officer", "add", "eve", "--out", str(eve), "--by", str(one), "--by", str(two))
    code, told = given(capsys, home, *add, "--by-passphrase-file", str(wrong))
    assert (code, told["code"]) == (5, "envelope.wrong-passphrase")
    assert told["detail"].startswith(f"{one}: ")
    assert not eve.exists()
    assert given(capsys, home, "officer", "approve")[1]["change"] == {}
    ceremony(capsys, homes)
    safe_of = ("--ceremony", str(tmp_path / "safe.ceremony"))
    code, told = given(capsys, home, *add, *safe_of, "--ceremony-passphrase-file", str(wrong))
    assert told["detail"].startswith(f"{tmp_path / 'safe.ceremony'}: ")
    assert not eve.exists()
    assert given(capsys, home, "officer", "approve")[1]["change"] == {}
    assert given(capsys, home, *add, *safe(homes))[1]["change"] == {}
    assert len(given(capsys, home, "officer", "list")[1]["officers"]) == 3


def test_an_officer_whose_entering_was_interrupted_is_entered_once_when_it_is_repeated(
    capsys: pytest.CaptureFixture[str], homes: Homes, tmp_path: Path
) -> None:
    home, (one, two) = homes.first, homes.officers
    eve = tmp_path / "eve.officer"
    add = ("officer", "add", "eve", "--out", str(eve))
    first = given(capsys, home, *add, "--by", str(one))[1]
    code, again = given(capsys, home, *add, "--by", str(one))
    assert code == 0 and again["person"] == first["person"]
    assert [len(again["change"][name]) for name in ("added", "approved_by")] == [1, 1]
    given(capsys, home, "officer", "approve", "--give-up")
    code, told = given(capsys, home, *add, "--roles", "watch")
    assert (code, told["code"]) == (2, "cli.usage"), "other roles are another officer"
    code, done = given(capsys, home, *add, "--by", str(one), "--by", str(two))
    assert (code, done["change"], done["person"]) == (0, {}, first["person"])
    assert len(given(capsys, home, "officer", "list")[1]["officers"]) == 3
    assert given(capsys, home, *add)[1]["code"] == "cli.usage", "who stands there is not entered"


def test_a_change_that_joins_one_that_waits_is_told_with_digits_in_fives(
    capsys: pytest.CaptureFixture[str], homes: Homes, tmp_path: Path
) -> None:
    home = homes.first
    first = given(capsys, home, "officer", "add", "eve", "--out", str(tmp_path / "e.officer"))[1]
    args = ["officer", "add", "fritz", "--out", str(tmp_path / "f.officer"), "--home", str(home)]
    assert run([*args, "--yes", "--json"]) == 0
    said = capsys.readouterr()
    assert f"+ {first['person']}" in said.err
    assert len(json.loads(said.out)["change"]["added"]) == 2
    assert re.search(r"^compare: (\d{5} ){7}\d{5}$", said.err, re.MULTILINE)


@pytest.mark.parametrize("args", [["--from", "line"], ["--from", ":3"], ["--from", "line:x"]])
def test_what_is_lost_is_named_as_line_and_number(
    capsys: pytest.CaptureFixture[str], homes: Homes, args: list[str]
) -> None:
    assert given(capsys, homes.first, "keys", "revoke", *args)[0] == 2


def test_an_entry_beyond_the_end_is_no_beginning_of_a_theft(
    capsys: pytest.CaptureFixture[str], homes: Homes
) -> None:
    _, told = given(capsys, homes.first, "keys", "revoke", "--from", f"{homes.line_id}:99")
    assert told["code"] == "exchange.no-such-floor"
    assert given(capsys, homes.first, "keys", "show")[1]["ended"] == []


# ---- comparison --------------------------------------------------------------------------------


def modules(lines: list[str]) -> list[list[int]]:
    """The modules of a code in half blocks; light ones are drawn."""
    halves = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}
    rows = []
    for line in lines:
        pairs = [halves[mark] for mark in line]
        rows += [[top for top, _ in pairs], [low for _, low in pairs]]
    return rows


def test_the_code_in_the_terminal_says_the_fingerprint(
    capsys: pytest.CaptureFixture[str], homes: Homes
) -> None:
    told = given(capsys, homes.first, "party", "card")[1]
    expected = [list(row) for row in segno.make(told["qr"], error="m", micro=False).matrix]
    shown = modules(drawn(told["qr"]))
    border, size = 4, len(expected)
    assert [row[border : border + size] for row in shown[border : border + size]] == expected
    assert run(["party", "card", "--qr", "--home", str(homes.first), "--quiet"]) == 0
    assert drawn(told["qr"])[5] in capsys.readouterr().out


def test_a_scanned_code_compares_as_the_digits_do(
    capsys: pytest.CaptureFixture[str], homes: Homes
) -> None:
    code = given(capsys, homes.second, "party", "card")[1]["qr"]
    ours = given(capsys, homes.first, "party", "card")[1]["qr"]
    name = "liaison.example"
    assert given(capsys, homes.first, "party", "compare", name, ours)[0] == 4
    other = ours.replace("cell.example", name)
    refused, told = given(capsys, homes.first, "party", "compare", name, other)
    assert (refused, told["code"]) == (4, "exchange.comparison-failed")
    assert given(capsys, homes.first, "party", "compare", name, code)[1]["standing"] == "compared"


def test_a_party_that_nobody_compared_is_marked_wherever_its_name_stands(
    capsys: pytest.CaptureFixture[str], homes: Homes
) -> None:
    home, name = homes.first, "liaison.example"
    for command in (
        ["party", "list"],
        ["line", "list"],
        ["line", "show", homes.line_id],
        ["board"],
    ):
        run([*command, "--home", str(home), "--quiet"])
        out = capsys.readouterr().out
        row = next(line for line in out.splitlines() if name in line)
        assert "provisional" in row, command
    rows = given(capsys, home, "board")[1]["lines"][0]["parties"]
    assert {row["party"]: row["standing"] for row in rows} == {
        "cell.example": "self", name: "provisional"
    }  # fmt: skip
    code = given(capsys, homes.second, "party", "card")[1]["digits"]
    given(capsys, home, "party", "compare", name, code)
    run(["board", "--home", str(home), "--quiet"])
    assert "provisional" not in capsys.readouterr().out


def test_the_doctor_names_every_use_of_cryptography(
    capsys: pytest.CaptureFixture[str], homes: Homes
) -> None:
    rows = given(capsys, homes.first, "doctor", "--crypto")[1]["rows"]
    told = {row["what"]: row for row in rows}
    assert told["heads of own logs"]["algorithm"] == "Ed25519 and ML-DSA-44"
    assert all(row["cnsa"] for row in rows) and "transport between nodes" in told
