"""A witness never signs two heads of one size, whatever was put back; and whose folder is whose."""

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from openline.exchange import start
from openline.exchange.carried.neutral import BadExtension, SizeConflict, Witness, WitnessBehind
from openline.exchange.carried.signed_heads import WitnessClockUnsure, WitnessUnsure
from openline.exchange.logs import clocks
from openline.exchange.membership import identity
from openline.exchange.start import NodesFolder, NoService, OtherName
from openline.formats.add_checkpoint import AddCheckpoint
from openline.formats.head import Head
from openline.record.tree import Frontier, consistency_proof, leaf_hash
from openline.store.contract import LogRow
from tests.exchange.conftest import make_peers
from tests.exchange.test_rotation import CLARIFY, words
from tests.exchange.visiting import RU, US

NAME = "w.example"
DAY_S = 86_400


class Folder:
    """A party whose log grows by one entry, and the folder of a witness that saw both heads; the
    data of before the second one lies beside it."""

    def __init__(self, root: Path) -> None:
        self.peers = make_peers(US, RU)
        self.line = self.peers.open_line(US, RU)
        self.us, self.home, self.copy = self.peers[US].station, root / "w", root / "copy"
        self.old = self.log()
        with self.opened() as witness:
            witness.follow(identity.own_cards(self.us))
            witness.add_checkpoint(AddCheckpoint(0, (), self.old.note).encode())
        shutil.copytree(self.home, self.copy)
        self.peers.say(US, self.line, CLARIFY, words("first story"))
        with self.opened() as witness:
            witness.add_checkpoint(self.next(self.old.size, self.log().note))

    def opened(self, is_confirmed: bool = False) -> AbstractContextManager[Witness]:
        return start.open_witness(self.home, NAME, may_forget=True, is_confirmed=is_confirmed)

    def log(self) -> LogRow:
        log = self.us.own_log(self.line)
        assert log is not None
        return log

    def next(self, old: int, note: bytes, *other: bytes) -> bytes:
        """A request for a note whose last leaves are others than the log has."""
        size = self.log().size
        hashes = list(self.us.leaf_hashes(self.log().origin, size - len(other)))
        proof = consistency_proof([*hashes, *map(leaf_hash, other)], old)
        return AddCheckpoint(old, proof, note).encode()

    def other_story(self, old: int) -> bytes:
        """A request for a head of the size that was signed, with another root."""
        leaf = b"another story\n"
        root = Frontier(self.old.size, self.old.frontier).extend([leaf_hash(leaf)]).root
        head = Head(self.old.origin, self.log().size, root)
        note = self.us.keys.sign_head(head, self.us.clock.now_s())
        return (
            self.next(old, note, leaf) if old < head.size else AddCheckpoint(old, (), note).encode()
        )

    def put_back(self, part: str) -> None:
        shutil.rmtree(self.home / part)
        shutil.copytree(self.copy / part, self.home / part)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_witness_whose_data_was_put_back_signs_no_other_head_of_the_same_size(
    folder: Folder,
) -> None:
    folder.put_back("data")
    with folder.opened() as witness:
        with pytest.raises(SizeConflict) as refused:
            witness.add_checkpoint(folder.other_story(folder.old.size))
        assert refused.value.held == folder.log().size
        with pytest.raises(BadExtension):
            witness.add_checkpoint(folder.other_story(folder.log().size))


def test_it_goes_on_from_what_its_journal_says_and_shows_nothing_older_meanwhile(
    folder: Folder,
) -> None:
    folder.put_back("data")
    held = folder.log()
    with folder.opened() as witness:
        with pytest.raises(WitnessBehind):
            witness.latest(held.origin)
        folder.peers.say(US, folder.line, CLARIFY, words("and then"))
        note = folder.log().note
        assert witness.add_checkpoint(folder.next(held.size, note))
        assert witness.latest(held.origin) == note


def test_without_its_data_it_still_knows_what_it_signed(folder: Folder) -> None:
    shutil.rmtree(folder.home / "data")
    with folder.opened() as witness:
        witness.follow(identity.own_cards(folder.us))
        assert witness.origins() == [folder.old.origin]
        with pytest.raises(SizeConflict, match=f"size {folder.log().size}$"):
            witness.add_checkpoint(folder.other_story(folder.old.size))


def test_keys_without_their_journal_sign_nothing_until_somebody_has_looked(folder: Folder) -> None:
    shutil.rmtree(folder.home / "anchor")
    for _ in range(2):
        with pytest.raises(WitnessUnsure), folder.opened():
            pass
    with folder.opened(is_confirmed=True) as witness:
        assert witness.confirm() == 1
    with folder.opened() as witness, pytest.raises(SizeConflict):
        witness.add_checkpoint(folder.other_story(folder.old.size))


def test_on_another_machine_it_waits_for_the_word_that_it_was_moved(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "machine_id", lambda: b"m" * 16)
    with pytest.raises(WitnessUnsure, match="another machine"), folder.opened():
        pass
    with folder.opened(is_confirmed=True) as witness:
        witness.confirm()
    with folder.opened() as witness, pytest.raises(SizeConflict):
        witness.add_checkpoint(folder.other_story(folder.old.size))


# ---- the clock ----------------------------------------------------------------------------------


class Set(clocks.SystemClock):
    """A clock that somebody sets; `mono_s` is what really passed."""

    def __init__(self, by_s: int) -> None:
        self.by_s = by_s

    def now_s(self) -> int:
        return super().now_s() + self.by_s


@pytest.mark.parametrize("by_s", [-1_000, 31 * DAY_S])
def test_a_clock_that_is_far_from_the_last_signature_is_doubted_at_the_start(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, by_s: int
) -> None:
    monkeypatch.setattr(start, "witness_clock", lambda *_: Set(by_s))
    with pytest.raises(WitnessClockUnsure), folder.opened():
        pass
    with folder.opened(is_confirmed=True) as witness:
        witness.confirm()
    with folder.opened():
        pass


@pytest.mark.parametrize("by_s", [-301, 302])
def test_a_clock_that_is_set_while_it_runs_signs_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, by_s: int
) -> None:
    clock = Set(0)
    monkeypatch.setattr(start, "witness_clock", lambda *_: clock)
    with folder.opened() as witness:
        clock.by_s = by_s
        folder.peers.say(US, folder.line, CLARIFY, words("and then"))
        request = folder.next(folder.log().size - 1, folder.log().note)
        with pytest.raises(WitnessClockUnsure):
            witness.add_checkpoint(request)
        clock.by_s = 0
        assert witness.add_checkpoint(request)


# ---- whose folder -------------------------------------------------------------------------------


@pytest.mark.parametrize("opened", [start.open_witness, start.open_relay])
def test_a_service_runs_in_no_folder_of_a_node_or_of_another_name(
    tmp_path: Path, opened: Callable[..., AbstractContextManager[object]]
) -> None:
    start.create(
        tmp_path / "north", start.NodeSettings("north.example", may_forget=True), [], "x.y"
    )
    with pytest.raises(NodesFolder), opened(tmp_path / "north", NAME, may_forget=True):
        pass
    with opened(tmp_path / "w", NAME, may_forget=True):
        pass
    with pytest.raises(OtherName), opened(tmp_path / "w", "v.example", may_forget=True):
        pass
    with pytest.raises(NoService), opened(tmp_path / "x", NAME, is_new_allowed=False):
        pass
    assert not (tmp_path / "x").exists()
