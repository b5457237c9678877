"""Clumsy operators: a port taken, one folder for two nodes, no right to write, clocks that lie."""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from openline.errors import OpenlineError
from openline.exchange import start
from openline.exchange.logs import clocks
from openline.exchange.peer.server import PortTaken
from openline.exchange.start import BadNodeFile, NodeSettings
from openline.node import Node, create
from openline.store.folder import HomeExposed, HomeInUse, NoHome
from tests.peers.conftest import (
    CH,
    US,
    Rude,
    Wire,
    code_of,
    eventually,
    facts,
    files_of,
    on,
    release,
    station_of,
)
from tests.ports import free_port

YEAR_S = 365 * 86_400
NOBODY = 65_534


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of a node that is not running."""
    root = tmp_path / "node"
    create(root, "solo.example", listen=f"127.0.0.1:{free_port()}", may_forget=True)
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a folder that is at rest, by name."""
    left = {"data/views.db-shm", "data/openline.db-shm"}
    return {name: (root / name).read_bytes() for name in files_of(root) - left}


def test_a_port_that_is_taken_stops_the_start_and_changes_nothing(home: Path) -> None:
    listen = start.read_settings(home).listen
    before = contents(home)
    with socket.create_server(("127.0.0.1", int(listen.rpartition(":")[2]))):
        with pytest.raises(PortTaken, match=listen), Node.start(home):
            pass
        assert contents(home).keys() == before.keys()
        assert not (home / "node.sock").exists()
    with Node.start(home) as node:
        assert node.call("status")["party"] == "solo.example"


@pytest.mark.parametrize("listen", ["", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:99999", "::1:-1"])
def test_an_address_of_no_sense_is_a_port_that_cannot_be_had(home: Path, listen: str) -> None:
    settings = start.read_settings(home)
    start.write_settings(home, NodeSettings(settings.party, listen, may_forget=True))
    with pytest.raises(PortTaken), Node.start(home):
        pass


def test_two_nodes_on_one_folder_are_one_too_many(wire: Wire, rude: Rude) -> None:
    root = wire.prepared.homes[US]
    before = facts(wire[US])
    for opened in (Node.start, Node.open):
        with pytest.raises(HomeInUse, match=f"process {os.getpid()}"), opened(root):
            pass
    assert facts(wire[US]) == before
    assert (root / "node.sock").exists(), "the running node is still reached"
    rude.goes_on()


def as_nobody(work: Callable[[], Any]) -> str:
    """Do something without an administrator's rights; the code of the refusal, or "done"."""
    if os.geteuid() != 0:
        return told_by(work)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        os.write(write, told_by(work).encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as answer:
        return answer.read().decode()


def told_by(work: Callable[[], Any]) -> str:
    try:
        work()
    except OpenlineError as refusal:
        return f"{refusal.code} {refusal.remedy}"
    except (OSError, RuntimeError, ValueError) as fault:
        return f"unforeseen {fault!r}"
    return "done"


def give_away(root: Path, folder_mode: int, file_mode: int) -> None:
    """Rights of a whole folder; its owner is whoever `as_nobody` works as."""
    for path in (root, *root.rglob("*")):
        path.chmod(folder_mode if path.is_dir() else file_mode)
        if os.geteuid() == 0:
            shutil.chown(path, NOBODY, NOBODY)


def open_once(root: Path) -> None:
    with start.open_station(root, start.read_settings(root)):
        pass


def write_once(root: Path) -> None:
    with start.open_station(root, start.read_settings(root)) as station:
        station.note_event("notice", "x", "x", "a database that cannot be written is still read")


@pytest.fixture
def bare(home: Path) -> Iterator[Path]:
    """The folder where a user without rights can reach it."""
    for parent in takewhile(lambda folder: folder != Path(tempfile.gettempdir()), home.parents):
        parent.chmod(parent.stat().st_mode | 0o711)
    yield home
    give_away(home, 0o700, 0o600)


def test_a_folder_without_the_right_to_write_is_refused_by_name(bare: Path) -> None:
    give_away(bare, 0o500, 0o400)
    before = contents(bare)
    assert as_nobody(lambda: open_once(bare)).startswith("store.read-only Give the node write")
    assert contents(bare) == before
    give_away(bare, 0o700, 0o600)
    assert as_nobody(lambda: open_once(bare)) == "done"


@pytest.mark.parametrize("part", ["data", "data/openline.db", "anchor/journal", "lock"])
def test_a_part_of_it_without_the_right_to_write_is_refused_by_name(bare: Path, part: str) -> None:
    give_away(bare, 0o700, 0o600)
    locked = bare / part
    locked.chmod(0o500 if locked.is_dir() else 0o400)
    assert as_nobody(lambda: write_once(bare)).startswith("store.read-only")


def test_keys_that_others_may_read_stop_the_start(home: Path) -> None:
    (home / "keys" / "keyring").chmod(0o640)
    with pytest.raises(HomeExposed), Node.start(home):
        pass


@pytest.mark.parametrize(
    "text",
    ["", "party = 5\n", 'party = "x"\nunknown = 1\n', "not toml", 'party = "x"\noffset_s = "1"\n',
     'party = "x"\nwitnesses = 5\n', 'party = "x"\nwitnesses = [1]\n', 'party = "x"\nsource = 5\n'],
)  # fmt: skip
def test_settings_of_no_sense_stop_the_start_by_name(home: Path, text: str) -> None:
    (home / "node.toml").write_text(text)
    with pytest.raises(BadNodeFile, match=r"node\.toml"), Node.start(home):
        pass


def test_a_folder_of_nothing_is_no_node(tmp_path: Path) -> None:
    with pytest.raises(OpenlineError) as refusal, Node.start(tmp_path):
        pass
    assert refusal.value.code in (BadNodeFile.code, NoHome.code)


def test_a_second_node_is_not_made_over_a_first(home: Path) -> None:
    before = contents(home)
    with pytest.raises(OpenlineError) as refusal:
        create(home, "other.example", may_forget=True)
    assert refusal.value.code == "exchange.already-made"
    assert {k: v for k, v in contents(home).items() if "lock" not in k}.keys() == {
        k for k in before if "lock" not in k
    }
    assert start.read_settings(home).party == "solo.example"


def test_running_nodes_say_whether_they_understand_a_line_alike(wire: Wire) -> None:
    wire.say(US, "to be compared")
    told = wire[US].call("line_compare", line=wire.line_id.hex(), timeout_s=2)
    rows = {row["party"]: row["result"] for row in told["compared"]}
    assert rows[CH] == "equal"
    assert all(row["why"] for row in told["compared"] if row["result"] == "unknown")


# ------------------------------------------------------------------------------------ clocks


@pytest.mark.parametrize("off_s", [-1_780_000_000, -YEAR_S, -400, 400, YEAR_S])
def test_a_clock_that_jumped_stops_every_signature_until_a_person_confirms_it(
    wire: Wire, rude: Rude, off_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rude.goes_on()
    wire[US].call("settle", parties=[CH])
    clock = station_of(wire[US]).clock
    real = clock.now_s
    before, body = facts(wire[US]), rude.says()
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now_s", lambda: real() + off_s, raising=False)
        reply = rude.deliver(body)
        assert (reply[0], code_of(reply)) == (503, "exchange.clock-unsure")
        told = wire[US].call(
            "draft", line=wire.line_id.hex(), format="core/clarification@1",
            fields={"subject": [{"lang": "en", "status": "original", "text": "said meanwhile"}]},
        )  # fmt: skip
        waits = pending(wire, told)
        assert facts(wire[US]) == {**before, "outbox": 1}
        assert wire[US].call("status")["clock_unsure"]
        assert wire.events(US, "exchange.clock-unsure")
    assert code_of(rude.deliver(body)) == "exchange.clock-unsure", "right again, but who says so?"
    wire[US].call("confirm_clock", by="the duty officer")
    rude.receipted(rude.deliver(body))
    eventually(lambda: facts(wire[US])["outbox"] == 0)
    assert waits == {"sequenced": False}


def pending(wire: Wire, told: dict[str, Any]) -> dict[str, Any]:
    """Release a draft that cannot be numbered yet."""
    with pytest.raises(KeyError):  # there is no place to give
        release(wire[US], told, wire.prepared.officers[US])
    return {"sequenced": False}


def test_a_node_that_starts_in_1970_signs_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(clocks.SystemClock, "now_s", lambda self: 5)
        with Node.start(home) as node:
            assert "before this program" in node.call("status")["clock_unsure"]
            assert not node.call("doctor")["well"]
    with Node.start(home) as node:
        assert node.call("status")["clock_unsure"] == ""


def test_a_node_that_starts_a_year_ahead_or_behind_asks_a_person(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Node.start(home) as node:
        eventually(lambda: on(node, station_of(node).store.meta, clocks.HIGH_WATER) is not None)
    real = clocks.SystemClock.now_s
    for off_s in (YEAR_S, -YEAR_S):
        with monkeypatch.context() as patch:
            patch.setattr(clocks.SystemClock, "now_s", lambda self, off=off_s: real(self) + off)
            with Node.start(home) as node:
                assert node.call("status")["clock_unsure"]
                (event, *_) = node.call("events", kind="alarm")["events"]
                assert event["code"] == "exchange.clock-unsure"
    with Node.start(home) as node:
        assert node.call("status")["clock_unsure"] == ""
