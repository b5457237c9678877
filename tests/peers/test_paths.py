"""Other ways than one address that answers: a silent address, no address at all, a relay."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openline.cli.benching import pair
from openline.errors import OpenlineError
from openline.exchange import start
from openline.exchange.carried import reachable
from openline.exchange.membership import identity, parties
from openline.formats.openjson import Value
from openline.node import Node
from openline.watch import links, relays
from tests.peers.conftest import CH, CLARIFY, US, on, release, station_of
from tests.ports import free_port

WAIT_S = 20.0


def moved(homes: dict[str, Path], urls: dict[str, list[str]]) -> None:
    """Other addresses on cards, known to all from the start."""
    with contextlib.ExitStack() as stack:
        stations = {
            name: stack.enter_context(start.open_station(home, start.read_settings(home)))
            for name, home in homes.items()
        }
        for name, found in urls.items():
            identity.revise(stations[name], urls=found)
            for other in stations.values():
                if other.party != name:
                    parties.add(other, identity.own_cards(stations[name]))


def say(node: Node, prepared: pair.Prepared, name: str, words: str) -> list[Any]:
    told = node.call(
        "draft", line=prepared.line_id.hex(), format=CLARIFY,
        fields={"subject": [{"lang": "en", "status": "original", "text": words}]},
    )  # fmt: skip
    return release(node, told, prepared.officers[name])


def holds(node: Node, place: list[Any]) -> bool:
    station = station_of(node)
    log = on(node, station.log, place[0])
    return log is not None and log.size > place[1]


def receipted(node: Node, place: list[Any], party: str) -> bool:
    shown = node.call("show", ref=place, lang="en")
    return party in shown["receipts"]


def until(check: Any) -> None:
    until_s = time.monotonic() + WAIT_S
    while True:
        with contextlib.suppress(OpenlineError):
            if check():
                return
        assert time.monotonic() < until_s, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen(16)
        yield bound.getsockname()[1]


def test_another_address_is_tried_when_one_is_silent(
    tmp_path: Path, silent: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "SILENT_S", 0.3)
    ports = {name: free_port() for name in (US, CH)}
    prepared = pair.prepare(tmp_path, ports, may_forget=True)
    dead = f"http://127.0.0.1:{silent}"
    moved(prepared.homes, {CH: [dead, f"http://127.0.0.1:{ports[CH]}"]})
    with Node.start(prepared.homes[CH]), Node.start(prepared.homes[US]) as us:
        place = say(us, prepared, US, "by the other way")
        until(lambda: receipted(us, place, CH))
        assert us._desk is not None
        assert us._desk.links.way(CH).url.endswith(f":{ports[CH]}")


def test_a_node_that_nobody_can_call_fetches_at_once_and_hands_over_its_receipts(
    tmp_path: Path,
) -> None:
    """And goes on when it changes its keys: nobody can ask it for its card."""
    ports = {name: free_port() for name in (US, CH)}
    prepared = pair.prepare(tmp_path, ports, may_forget=True)
    moved(prepared.homes, {US: []})
    with Node.start(prepared.homes[CH]) as ch, Node.start(prepared.homes[US]) as us:
        until(lambda: ch.call("board")["links"][0]["up"])
        place = say(ch, prepared, CH, "come and fetch it")
        # The charter's hello is a minute: sooner it can be there by the open question only.
        until(lambda: holds(us, place))
        until(lambda: receipted(ch, place, US))
        answer = say(us, prepared, US, "fetched")
        until(lambda: receipted(us, answer, CH))
        us.call("keys_rotate")
        after = say(us, prepared, US, "after a change of keys")
        until(lambda: receipted(us, after, CH))
        until(lambda: ch.call("board")["links"][0]["up"])


@contextlib.contextmanager
def relay(folder: Path, cards: list[Path]) -> Iterator[str]:
    """`openline relay serve` in a process of its own; its line for charters."""
    command = [sys.executable, "-m", "openline.cli.main", "relay", "serve", "relay.example"]
    command += ["--home", str(folder / "relay"), "--listen", f"127.0.0.1:{free_port()}", "--json"]
    command += ["--in-memory-disk", *[word for card in cards for word in ("--card", str(card))]]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["line"]
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_what_cannot_go_directly_goes_by_a_relay_and_is_deemed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "SILENT_S", 0.2)
    monkeypatch.setattr(relays, "ROUND_S", 0.1)
    folder = tmp_path / "nodes"
    folder.mkdir()
    made = RelayPair(folder)
    with relay(tmp_path, made.cards) as line:
        prepared = made.open(line)
        nowhere = [f"http://127.0.0.1:{free_port()}"]
        moved(prepared.homes, {US: nowhere, CH: nowhere})
        with Node.start(prepared.homes[US]) as us:
            place = say(us, prepared, US, "left at the relay")

            def deemed() -> bool:
                shown = us.call("cases", line=prepared.line_id.hex(), of=place)
                return "deemed" in json.dumps(shown)

            until(deemed)
            assert not receipted(us, place, CH)
            with Node.start(prepared.homes[CH]) as ch:
                until(lambda: holds(ch, place))
                until(lambda: receipted(us, place, CH))


def test_a_relay_that_is_lost_keeps_nothing_from_the_next_one_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are named by the charter; the first one answers nobody any more."""
    monkeypatch.setattr(reachable, "TOLD_S", 0)
    monkeypatch.setattr(relays, "SILENT_S", 0.2)
    monkeypatch.setattr(relays, "ROUND_S", 0.1)
    folder = tmp_path / "nodes"
    folder.mkdir()
    made = RelayPair(folder)
    with relay(tmp_path, made.cards) as line:
        word, name, key, _ = line.split()
        lost = f"{word} a-{name} {key} http://127.0.0.1:{free_port()}"
        prepared = made.open(lost, line)
        nowhere = [f"http://127.0.0.1:{free_port()}"]
        moved(prepared.homes, {US: nowhere, CH: nowhere})
        with Node.start(prepared.homes[US]) as us, Node.start(prepared.homes[CH]) as ch:
            place = say(us, prepared, US, "by the relay that is left")
            until(lambda: holds(ch, place))
            until(lambda: [r["answers"] for r in us.call("board")["relays"]] == [False, True])
            checks = {row["what"]: row for row in us.call("doctor")["checks"]}
            assert "NOT HEARD since never" in checks["relay a-relay.example"]["text"]
            assert not checks["relay a-relay.example"]["ok"]
            assert checks["relay relay.example"]["text"] == "answers"


class RelayPair:
    """Two parties whose line names a relay that is known only once it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = {name: free_port() for name in (US, CH)}
        self.prepared = pair.prepare(folder, ports, may_forget=True)
        self.cards = []
        for name, home in self.prepared.homes.items():
            with start.open_station(home, start.read_settings(home)) as station:
                path = folder / f"{name}.card"
                path.write_bytes(identity.own_cards(station))
                self.cards.append(path)

    def open(self, *relay_lines: str) -> pair.Prepared:
        """A second line of both, with the relays and a `collect` timer in its charter."""
        with contextlib.ExitStack() as stack:
            stations = {
                name: stack.enter_context(start.open_station(home, start.read_settings(home)))
                for name, home in self.prepared.homes.items()
            }
            more: dict[str, Value] = {"relays": list(relay_lines), "timers": {"collect": 60}}
            line_id = pair.open_line(stations, self.prepared.officers, "relayed", more)
            pair.hand_over(stations[US], stations[CH])
            pair.hand_over(stations[CH], stations[US])
        return pair.Prepared(self.prepared.homes, (line_id,), self.prepared.officers)


def test_over_a_narrow_link_everything_goes_in_pieces_and_gets_its_receipt(tmp_path: Path) -> None:
    ports = {name: free_port() for name in (US, CH)}
    prepared = pair.prepare(tmp_path, ports, may_forget=True)
    home = prepared.homes[US]
    settings = replace(start.read_settings(home), narrow=(CH,))
    start.write_settings(home, settings)
    with Node.start(prepared.homes[CH]) as ch, Node.start(home) as us:
        asked: list[str] = []
        assert us._desk is not None
        client = us._desk.links.client
        inner = client.post

        async def post(url: str, path: str, body: bytes, pins: Sequence[bytes] = ()) -> bytes:
            asked.append(path)
            assert len(body) <= 600 or not path.startswith("/openline")
            return await inner(url, path, body, pins)

        client.post = post  # type: ignore[method-assign]
        place = say(us, prepared, US, "by radio")
        until(lambda: receipted(us, place, CH))
        assert set(asked) == {"/openline/v1/piece"}
        codes = {event["code"] for event in ch.call("events", limit=50)["events"]}
        assert "early.held" in codes
        assert ch.call("early_list") == {"early": []}
