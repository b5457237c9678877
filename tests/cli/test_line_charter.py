"""What is typed for a charter is what is drawn: every file counts, or the command is refused."""

from pathlib import Path
from typing import Any

import pytest

from openline.cli.commands.line import state_of
from openline.cli.commands.line_chain import changes_said, relays_told
from openline.cli.commands.queue import next_of
from openline.cli.main import run
from openline.errors import OpenlineError
from openline.exchange.membership import drawn as drawn_lines
from openline.formats.charter import parse_charter
from openline.node import Node
from tests.cli.homes import two_homes

PEER = "south.example"
KEYED = "relay {0}.example {1} http://127.0.0.1:{2}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """North's node in `north`, which knows South; files of two relays beside it."""
    root = tmp_path_factory.mktemp("charter")
    quiet = ["--in-memory-disk", "--quiet"]
    for name, port in (("north", "8561"), ("south", "8562")):
        home = ["--home", str(root / name), "--listen", f"127.0.0.1:{port}"]
        assert run(["init", f"{name}.example", *home, *quiet]) == 0
    with Node.open(root / "north") as north, Node.open(root / "south") as south:
        told = south.call("party_card")
        north.call("party_add", file=told["file"], meant=True)
        north.call("party_compare", party=PEER, digits=told["digits"])
        keys = north._desk.station.keys  # type: ignore[union-attr]
        key = keys.vkey("http", 1).text()
    for n in (1, 2):
        (root / f"r{n}.line").write_text(KEYED.format(f"r{n}", key, n) + "\n")
    (root / "empty.line").write_text("# nothing\n")
    return root


def invited(folder: Path, *options: str) -> int:
    more = ["--title", "Bridge", "--member", PEER, "--language", "en", "--status", "test"]
    return run(["line", "invite", *more, *options, "--home", str(folder / "north"), "--json"])


def drawn(folder: Path) -> list[dict[str, Any]]:
    with Node.open(folder / "north") as node:
        found: list[dict[str, Any]] = node.call("line_list")["lines"]
        return [node.call("line_show", line=row["line"]) for row in found]


def test_every_relay_file_of_an_invitation_counts(folder: Path) -> None:
    before = {row["line"] for row in drawn(folder)}
    files = ["--relay", str(folder / "r1.line"), "--relay", str(folder / "r2.line")]
    assert invited(folder, *files) == 0
    (made,) = [row for row in drawn(folder) if row["line"] not in before]
    relays = [each.party for each in parse_charter(made["charter"]).relays]
    assert relays == ["r1.example", "r2.example"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--relay", "empty.line"), "no line of relays"),
        (("--passphrase-file", "r1.line", "--passphrase-file", "r2.line"), "is given twice"),
        (("--level", "leaders", "--level", "defence"), "--level is given twice"),
    ],
)
def test_what_would_count_for_nothing_is_refused(
    options: tuple[str, ...], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = drawn(folder)
    named = [str(folder / each) if each.endswith(".line") else each for each in options]
    assert invited(folder, *named) != 0
    told = capsys.readouterr()
    assert said in told.out + told.err
    assert drawn(folder) == before


def test_a_successor_says_which_relays_it_has_and_which_are_gone() -> None:
    one, two, new = "r1 http://a", "r2 http://b", "r3 http://c"
    assert relays_told([one, two], [one, two], "en") == [
        "relays of the new charter: r1 http://a; r2 http://b"
    ]
    told = relays_told([one, two], [new], "en")
    assert told[0].endswith("r3 http://c") and told[1].endswith("r1 http://a; r2 http://b")
    assert told[2:] == ["NO RELAY ANY MORE: r1 http://a", "NO RELAY ANY MORE: r2 http://b"]
    assert relays_told([one], [], "en")[0] == "relays of the new charter: NONE"


def test_what_a_successor_changes_is_said_under_the_terms_of_a_charter() -> None:
    told = {
        "changes": ["c is no member any more", "timer ack.visit: 60, before 90"],
        "changed": [["member-gone", "c", ""], ["timer ack.visit", "60", "90"]],
    }
    assert changes_said(told, "en") == told["changes"]
    gone, timer = changes_said(told, "ru")
    assert gone == "БОЛЬШЕ НЕ УЧАСТНИК: c"
    assert timer.endswith("ack.visit: 60 (Прежде: 90)") and "before" not in timer


@pytest.mark.parametrize("command", ["leave", "succeed", "history"])
def test_these_take_the_home_after_their_name(
    command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["line", command, "no such line", "--home", str(folder / "north"), "--json"])
    assert code != 0 and "exchange.unknown-line" in capsys.readouterr().out


# ------------------------------------------------------------------- a charter that is thrown away


@pytest.fixture
def thrown(folder: Path) -> str:
    """A line that North drew, and whose draft it dropped."""
    with Node.open(folder / "north") as node:
        charter = {"title": "Typo", "members": [PEER], "languages": ["en"], "purpose": "Typo"}
        made = node.call("line_invite", charter=charter)
        node.call("draft_drop", draft=made["draft"])
        return str(made["line"])


def test_a_charter_that_was_thrown_away_is_in_no_list_but_that_of_all(
    folder: Path, thrown: str
) -> None:
    with Node.open(folder / "north") as node:
        assert thrown not in [row["line"] for row in node.call("line_list")["lines"]]
        (row,) = [row for row in node.call("line_list", all=True)["lines"] if row["line"] == thrown]
        assert state_of(row, "en") == "drawn by us and thrown away"
        assert node.call("line_history", line=thrown)["history"][0]["dropped"] is True


def test_a_charter_that_waits_for_its_officers_stays_in_the_list(folder: Path) -> None:
    """The control: only what nobody can sign any more is left out."""
    with Node.open(folder / "north") as node:
        charter = {"title": "Waits", "members": [PEER], "languages": ["en"], "purpose": "Waits"}
        made = node.call("line_invite", charter=charter)
        assert made["line"] in [row["line"] for row in node.call("line_list")["lines"]]


def test_its_title_is_free_for_the_charter_that_was_meant(folder: Path, thrown: str) -> None:
    with Node.open(folder / "north") as node:
        charter = {"title": "Typo", "members": [PEER], "languages": ["en"], "purpose": "Typo"}
        meant = node.call("line_invite", charter=charter)
        assert node.call("line_show", line="Typo")["line"] == meant["line"] != thrown
        node.call("draft_drop", draft=meant["draft"])


@pytest.mark.parametrize("command", ["reopen", "leave"])
def test_it_is_neither_reopened_nor_left(
    command: str, folder: Path, thrown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run(["line", command, thrown, "--home", str(folder / "north"), "--json"])
    told = capsys.readouterr().out
    assert code != 0 and "exchange.not-opened" in told and "Typo" in told


def test_without_that_refusal_the_first_entry_of_the_thrown_away_line_is_drafted(
    folder: Path, thrown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(drawn_lines, "refuse_unopened", lambda *_: None)
    with Node.open(folder / "north") as node:
        made = node.call("line_reopen", line=thrown)
        assert made["kind"] == "open" and made["line"] == thrown
        node.call("draft_drop", draft=made["draft"])


def test_after_a_restore_nobody_is_advised_to_reopen_it(folder: Path, thrown: str) -> None:
    with Node.open(folder / "north") as node:
        station = node._desk.station  # type: ignore[union-attr]
        station.suspect[bytes.fromhex(thrown)] = "restore: a signed log is not in here"
        checks = {row["what"]: row for row in node.call("doctor")["checks"]}
        assert checks["own logs"] == {"what": "own logs", "ok": True, "text": "all open"}
        (row,) = node.call("line_list", line=thrown)["lines"]
        assert next_of(row) == ""


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        ("", ""),
        ("accept", "openline line accept abababababab"),
        ("reopen", "openline line reopen abababababab"),
        ("look", "openline doctor"),
    ],
)
def test_what_a_line_waits_for_is_told_as_a_command(waits: str, said: str) -> None:
    assert next_of({"line": "ab" * 32, "waits": waits}) == said


# ------------------------------------------------------------------- one line, and its one title


def test_a_charter_that_is_looked_at_and_then_drawn_again_is_one_line(folder: Path) -> None:
    charter = {"title": "Quay", "members": [PEER], "languages": ["en"], "purpose": "Quay"}
    with Node.open(folder / "north") as node:
        look = node.call("line_invite", charter=charter)
        again = node.call("line_invite", charter=charter)
        assert (again["line"], again["draft"]) == (look["line"], look["draft"])
        other = node.call("line_invite", charter={**charter, "level": "leaders"})
        assert other["line"] != look["line"], "another charter is another line"
        with pytest.raises(OpenlineError, match="several lines are called 'Quay': ") as refused:
            node.call("line_show", line="Quay")
        assert all(each["line"][:12] in str(refused.value) for each in (look, other))
        node.call("draft_drop", draft=other["draft"])
        assert node.call("line_show", line="Quay")["line"] == look["line"]
        node.call("draft_drop", draft=look["draft"])
        anew = node.call("line_invite", charter=charter)
        assert anew["line"] != look["line"], "what was thrown away is not taken up"
        node.call("draft_drop", draft=anew["draft"])


def test_the_title_is_that_of_the_line_that_was_signed(tmp_path: Path) -> None:
    homes = two_homes(tmp_path)
    with Node.open(homes.first) as node:
        charter = {
            "title": "Relief", "members": ["liaison.example"], "languages": ["en"],
            "purpose": "a charter that nobody has signed",
        }  # fmt: skip
        assert node.call("line_invite", charter=charter)["line"] != homes.line_id
        assert node.call("line_show", line="Relief")["line"] == homes.line_id
