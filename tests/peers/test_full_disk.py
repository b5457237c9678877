"""A disk without room at each durable step: a named refusal, reading goes on, then all goes on."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import apsw
import pytest

from openline.errors import OpenlineError
from openline.exchange.kept import audit
from openline.store.contract import AnchorRecord, StoreFull
from openline.store.sqlite import SqliteStore
from tests.peers.conftest import (
    CH,
    CLARIFY,
    US,
    Rude,
    Wire,
    code_of,
    eventually,
    facts,
    make_wire,
    on,
    release,
    station_of,
    views,
)
from tests.store.disks import Failing

STEPS_MAX = 60


@pytest.fixture(scope="module")
def disk() -> Iterator[Failing]:
    disk = Failing("full")
    yield disk
    disk.unregister()


@pytest.fixture(scope="module")
def wire(disk: Failing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """As everywhere, but the database of one node stands on a disk that a test can fill."""
    real = SqliteStore.open.__func__  # type: ignore[attr-defined]

    def opened(cls: Any, path: Any, **more: Any) -> SqliteStore:
        found: SqliteStore = real(
            cls, path, **(more | ({"vfs": disk.name} if US in str(path) else {}))
        )
        return found

    with contextlib.ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteStore, "open", classmethod(opened))
        yield make_wire(tmp_path_factory.mktemp("full"), stack)


def entries_of(wire: Wire) -> dict[str, int]:
    station = station_of(wire[US])
    return on(wire[US], lambda: {log.origin: log.size for log in station.store.logs()})


def own_size(wire: Wire) -> int:
    station = station_of(wire[US])

    def size() -> int:
        log = station.own_log(wire.line_id)
        return log.size if log is not None else 0

    return on(wire[US], size)


def drafted(wire: Wire) -> dict[str, Any]:
    return wire[US].call(
        "draft", line=wire.line_id.hex(), format=CLARIFY,
        fields={"subject": [{"lang": "en", "status": "original", "text": "said on a full disk"}]},
    )  # fmt: skip


def is_sound(wire: Wire) -> bool:
    report = on(wire[US], lambda: audit.audit(station_of(wire[US]), opening=True))
    return not report.findings


def test_a_delivery_that_finds_no_room_is_stored_when_there_is(
    wire: Wire, rude: Rude, disk: Failing
) -> None:
    for number in range(STEPS_MAX):
        body, before = rude.says(), facts(wire[US])
        disk.fail_at(number, apsw.FullError, "write")
        reply = rude.deliver(body)
        failed = bool(disk.failed)
        if reply[0] != 200:
            assert (reply[0], code_of(reply)) == (507, "store.full")
            assert facts(wire[US]) == before, "reading goes on, and nothing changed"
            views(wire[US], wire.line_id, [rude.log.origin, 0])
            disk.heal()
            reply = rude.deliver(body)
        disk.heal()
        rude.receipted(reply)
        if not failed:
            break
    assert number > 3 and not failed, "the fault met every write of a delivery"
    assert is_sound(wire)


def test_a_release_that_finds_no_room_can_be_given_again(wire: Wire, disk: Failing) -> None:
    refusals = 0
    for number in range(STEPS_MAX):
        size, told = own_size(wire), drafted(wire)
        disk.fail_at(number, apsw.FullError, "write")
        try:
            place = release(wire[US], told, wire.prepared.officers[US])
            failed = bool(disk.failed)  # what failed was no part of the release itself
        except StoreFull:
            refusals += 1
            failed = True
            assert own_size(wire) == size
            disk.heal()
            told = wire[US].call("draft_show", draft=told["draft"])
            left = wire.prepared.officers[US][told["releases"] :]
            place = release(wire[US], told, left)
        disk.heal()
        assert own_size(wire) == size + 1, "said once"
        eventually(lambda place=place: wire.receipt_of(US, place, CH))  # type: ignore[misc]
        if not failed:
            break
    assert refusals > 3 and not failed
    assert is_sound(wire)


@contextlib.contextmanager
def no_room(owner: object, name: str) -> Iterator[None]:
    """One of the ports refuses as a full disk does."""

    def full(*_: object) -> None:
        raise StoreFull("no room in this test")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, full)
        yield


def test_a_receipt_waits_for_the_anchor(wire: Wire, rude: Rude) -> None:
    station = station_of(wire[US])
    body = rude.says()
    with no_room(station.anchor, "append"):
        for _ in range(3):
            reply = rude.deliver(body)
            assert (reply[0], code_of(reply)) == (507, "store.full")
        reply = rude.hello()
        assert (reply[0], code_of(reply)) == (507, "store.full"), "no size is stated either"
        assert code_of(rude.ask("head", rude.log.origin, "0")) == "store.full"
        views(wire[US], wire.line_id, [rude.log.origin, 0])
    rude.receipted(rude.deliver(body))
    assert rude.hello()[0] == 200
    rude.goes_on()


def test_what_is_said_is_numbered_once_and_leaves_when_it_is_anchored(wire: Wire) -> None:
    station = station_of(wire[US])
    anchored: list[AnchorRecord] = []
    real: Callable[[Sequence[AnchorRecord]], None] = station.anchor.append
    with no_room(station.anchor, "append"):
        places = [wire.say(US, f"message {n}") for n in range(3)]
        assert not any(wire.receipt_of(US, place, CH) for place in places)

    def append(records: Sequence[AnchorRecord]) -> None:
        anchored.extend(records)
        real(records)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(station.anchor, "append", append)
        eventually(lambda: all(wire.receipt_of(US, place, CH) for place in places))
    sizes = [record.size for record in anchored if record.origin == places[0][0]]
    assert {place[1] + 1 for place in places} <= set(sizes)
    assert is_sound(wire)


def test_a_prekey_that_cannot_be_kept_is_not_named(wire: Wire) -> None:
    station = station_of(wire[US])
    size, held = own_size(wire), len(station.keyring.prekeys)
    with no_room(station, "save_keyring"), pytest.raises(StoreFull):
        wire[US].call("line_rotate", line=wire.line_id.hex())
    assert (own_size(wire), len(station.keyring.prekeys)) == (size, held)
    wire[US].call("line_rotate", line=wire.line_id.hex())
    assert own_size(wire) == size + 1


def test_a_card_that_is_published_on_a_full_disk_is_followed_by_the_next(
    wire: Wire, disk: Failing
) -> None:
    station = station_of(wire[US])
    urls = list(station.cards(US)[-1].urls)
    for owner, name in ((station, "save_keyring"), (station.anchor, "append")):
        with no_room(owner, name), contextlib.suppress(StoreFull):
            wire[US].call("party_move", urls=urls)
    disk.fail_at(0, apsw.FullError, "write")
    with pytest.raises(StoreFull):
        wire[US].call("party_move", urls=urls)
    disk.heal()
    wire[US].call("party_move", urls=urls)
    eventually(lambda: len(on(wire[CH], station_of(wire[CH]).cards, US)) == len(station.cards(US)))
    assert on(wire[CH], station_of(wire[CH]).store.party, US).standing != "frozen"  # type: ignore[union-attr]
    wire.say(US)


def test_a_refusal_keeps_its_name_when_it_cannot_be_noted(
    wire: Wire, rude: Rude, disk: Failing
) -> None:
    disk.fail_at(0, apsw.FullError, "write")
    assert code_of(rude.deliver(b"nothing")) == "formats.malformed"
    assert code_of(rude.ask("nonsense")) == "exchange.not-found"
    disk.heal()
    with pytest.raises(OpenlineError):
        wire[US].call("line_show", line="nothing")
    rude.goes_on()
