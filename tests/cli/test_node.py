"""Commands against a node in its folder, with nothing running: JSON everywhere, one object each."""

import json
from pathlib import Path
from typing import Any

import pytest

from openline.cli.main import run
from openline.exchange.kept.keeping import BOOK, NoteRefused
from openline.node import Node

PASSPHRASE = "only for this test"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node of north.example with no officer and no line."""
    folder = tmp_path_factory.mktemp("n") / "north"
    options = ["--listen", "127.0.0.1:8551", "--in-memory-disk", "--quiet"]
    assert run(["init", "north.example", "--home", str(folder), *options]) == 0
    return folder


def given(capsys: pytest.CaptureFixture[str], home: Path, *args: str) -> tuple[int, dict[str, Any]]:
    """Exit code and the one JSON object that a command prints."""
    code = run([*args, "--json", "--home", str(home)])
    (line,) = capsys.readouterr().out.strip().splitlines()
    return code, json.loads(line)


@pytest.mark.parametrize(
    "command",
    [
        "board",
        "calendar",
        "calendar --with-content",
        "cases",
        "config show",
        "consents",
        "doctor",
        "events",
        "formats list",
        "formats show core/visit@1",
        "line list",
        "log verify",
        "notebook list",
        "officer list",
        "party card",
        "party list",
        "queue",
        "queue --drafts",
    ],
)
def test_every_command_that_looks_gives_one_object_with_a_schema(
    command: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = given(capsys, home, *command.split())
    assert code == 0
    assert told["schema"].startswith("openline/")
    assert told["schema"].endswith("/1")


@pytest.mark.parametrize(
    ("command", "code", "exit_code"),
    [
        ("line show nothing-like-it", "exchange.unknown-line", 3),
        ("show north.example:1.0", "cli.no-such-entry", 3),
        ("show nonsense", "cli.no-such-entry", 3),
        ("release 00112233", "exchange.no-such-draft", 3),
        ("party compare south.example 12345", "exchange.unknown-party", 3),
        ("registers nothing", "exchange.unknown-line", 3),
        ("digest list nothing", "exchange.unknown-line", 3),
        ("digest make nothing", "exchange.unknown-line", 3),
        ("digest check north.example:1.0", "cli.no-such-entry", 3),
        ("erase north.example:1.0 --yes", "cli.no-such-entry", 3),
        ("prove-absence nothing --party x.example", "cli.usage", 2),
        ("prove-absence nothing --party x.example --site a --form b", "cli.usage", 2),
        ("prove-absence nothing --party x.example --ref a", "cli.usage", 2),
        ("prove-absence nothing --party x.example --site a", "exchange.unknown-line", 3),
        ("line invite --title X", "cli.usage", 2),
        ("init north.example", "exchange.already-made", 5),
    ],
)
def test_a_refusal_is_one_problem_with_its_code_and_exit(
    command: str, code: str, exit_code: int, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, told = given(capsys, home, *command.split())
    assert (told["code"], told["exit"], found) == (code, exit_code, exit_code)
    assert told["remedy"]


def test_a_dossier_sets_a_public_statement_beside_the_record(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ("topic=bridge", "source=Radio", "date=2026-11-30T00:00:00Z", "text=They never told us.")
    options = [part for each in (*said, "text_status=original") for part in ("--field", each)]
    code, _ = given(capsys, home, "notebook", "add", "public", *options)
    assert code == 0
    topics = ("--topic", "bridge", "--topic", "road")
    code, told = given(capsys, home, "notebook", "add", "dossier", "--field", "title=B", *topics)
    assert code == 0
    assert run(["notebook", "show", told["id"], "--home", str(home)]) == 0
    assert "They never told us." in capsys.readouterr().out
    code, told = given(capsys, home, "notebook", "show", "nothing")
    assert (code, told["code"]) == (3, "exchange.no-such-note")


def test_an_officers_key_is_locked_and_private(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "anna.officer"
    monkeypatch.setenv("OPENLINE_PASSPHRASE", PASSPHRASE)
    code, told = given(capsys, home, "officer", "add", "anna", "--out", str(key))
    assert (code, told["roles"], told["card"]) == (0, ["drafter", "releaser"], 1)
    assert key.stat().st_mode & 0o077 == 0
    assert key.read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")
    code, told = given(capsys, home, "officer", "add", "anna", "--out", str(key))
    assert (code, told["code"]) == (2, "cli.usage")


def test_a_short_passphrase_makes_no_officer(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINE_PASSPHRASE", "short")
    code, told = given(capsys, home, "officer", "add", "eve", "--out", str(tmp_path / "e.officer"))
    assert (code, told["code"]) == (2, "envelope.weak-passphrase")
    assert not (tmp_path / "e.officer").exists()


def test_nobody_is_asked_where_nobody_can_answer(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENLINE_PASSPHRASE", raising=False)
    out = str(tmp_path / "f.officer")
    code, told = given(capsys, home, "officer", "add", "f", "--out", out, "--no-input")
    assert (code, told["code"]) == (2, "cli.needs-answer")


def test_a_card_that_is_none_is_refused(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.card").write_bytes(b"not a card\n")
    code, told = given(capsys, home, "party", "add", str(tmp_path / "bad.card"))
    assert (code, told["code"]) == (4, "formats.malformed")


def test_officers_of_the_desk_are_no_part_of_the_notebook(home: Path) -> None:
    """They are kept beside it; a record that nobody checked would stop the next start."""
    with Node.open(home) as node:
        with pytest.raises(NoteRefused):
            node.call("notebook_add", kind="officer", record={"id": "00", "name": "nobody"})
        with pytest.raises(NoteRefused):
            node.call("notebook_list", kind="officer")
        assert {note["kind"] for note in node.call("notebook_list")["notebook"]} <= BOOK


def test_last_week_s_name_for_a_keyring_is_refused_by_what_it_is(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    phrase = tmp_path / "phrase"
    phrase.write_text(PASSPHRASE)
    keyring = ["--keyring", str(tmp_path / "week.keyring"), "--passphrase-file", str(phrase)]
    code, told = given(capsys, home, "backup", str(tmp_path / "monday"), *keyring)
    assert code == 0
    assert not [each for each in told["lacks"] if "keyring" in each], "it was given"
    code, told = given(capsys, home, "backup", str(tmp_path / "tuesday"), *keyring)
    assert code != 0 and told["code"] == "exchange.keyring-there"
    assert "another name" in told["remedy"]
    assert not (tmp_path / "tuesday").exists()


def test_no_frozen_log_is_said_and_a_page_about_none_is_refused(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["log", "frozen", "--home", str(home)]) == 0
    assert "No log is frozen here." in capsys.readouterr().out
    page = tmp_path / "fork.html"
    code, told = given(capsys, home, "log", "frozen", "--html", str(page))
    assert code != 0 and told["code"] == "cli.nothing-frozen" and not page.exists()
