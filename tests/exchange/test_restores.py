"""Backups, restores and what a start must see: real folders, real SQLite files, no process."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from openline.cli.benching import pair
from openline.envelope.keyring import parse_keyring
from openline.errors import OpenlineError
from openline.exchange import restoring, start
from openline.exchange.kept import backups
from openline.exchange.kept.backups import BackupThere, BadBackup
from openline.exchange.logs import epochs, hello, post, sequence
from openline.exchange.logs.hello import absorb
from openline.exchange.membership import identity, lines, own_cards, rotation
from openline.exchange.membership.own_cards import CardsBehind
from openline.exchange.restoring import NoKeyring, OtherParty
from openline.exchange.start import BadNodeFile
from openline.exchange.station import KeyringBehind, Station
from openline.exchange.traffic import profiles, tails
from openline.formats.note import parse_note
from openline.formats.request import parse_hello
from openline.store.anchor import FileAnchor
from openline.store.contract import NEVER_AGAIN, AnchorRecord
from openline.store.faults import StoreDamaged
from openline.store.folder import Home, HomeInUse
from openline.store.sqlite import SqliteStore
from tests.exchange.conftest import make_peers, text

US, RU = "us.example", "ru.example"
T0 = 1_700_000_000
PASSPHRASE = "only for this test"


@dataclass
class Place:
    """Two prepared folders with a line between them."""

    folder: Path
    prepared: pair.Prepared

    def home(self, party: str) -> Home:
        return Home(self.prepared.homes[party])

    @contextlib.contextmanager
    def open(self, party: str, root: Path | None = None) -> Iterator[Station]:
        home = root or self.prepared.homes[party]
        with start.open_station(home, start.read_settings(home)) as station:
            yield station

    def say(self, station: Station, count: int = 1) -> None:
        from openline.exchange.drafting import drafts

        for number in range(count):
            draft = drafts.compose(
                station, self.prepared.line_id, "message", pair.content(number, 300),
                format_id="core/clarification@1",
            )  # fmt: skip
            post.post(station, [pair.sign_all(station, self.prepared.officers[US], draft)])

    def backup(self, name: str = "backup") -> Path:
        backups.make(self.home(US), US, self.folder / name, T0)
        return self.folder / name


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, pair.prepare(tmp_path, {US: 1, RU: 2}, may_forget=True))


def restored(
    place: Place, backup: Path, root: Path | None = None, **more: object
) -> dict[str, object]:
    target = root or place.prepared.homes[US]
    return restoring.restore(target, backup, None, "stamp", may_forget=True, **more)  # type: ignore[arg-type]


def test_a_backup_is_made_while_the_node_writes_and_says_what_it_holds(place: Place) -> None:
    with place.open(US) as station:
        place.say(station, 3)
        told = backups.make(place.home(US), US, place.folder / "backup", T0)
        place.say(station, 2)
    assert (told["entries"], told["lines"], told["logs"]) == (5, 1, 2)
    files = {path.name: path.stat().st_size for path in (place.folder / "backup").iterdir()}
    assert set(files) == {"backup.json", "node.toml", "openline.db"}
    assert told["bytes"] == files["node.toml"] + files["openline.db"]
    manifest, held = backups.verified(place.folder / "backup")
    assert manifest.made_s == T0 and held.flaws == ()


def test_no_backup_holds_the_anchor_or_a_secret(place: Place) -> None:
    backup = place.backup()
    home = place.home(US)
    journal, keyring = home.journal.read_bytes(), home.keyring.read_bytes()
    assert len(journal) > 200
    for path in backup.rglob("*"):
        data = path.read_bytes()
        assert path.name not in ("journal", "keyring")
        assert journal[:150] not in data and keyring[40:90] not in data
        assert path.stat().st_mode & 0o077 == 0


def test_a_backup_is_never_written_over(place: Place) -> None:
    place.backup()
    with pytest.raises(BackupThere):
        place.backup()


class PowerCut(Exception):
    """The machine stops here."""


def test_a_power_cut_after_the_first_word_to_a_stale_journal_leaves_no_line_undoubted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = pair.prepare(tmp_path, {US: 1, RU: 2}, lines_wanted=2, may_forget=True)
    place, append = Place(tmp_path, prepared), FileAnchor.append

    def append_and_stop(anchor: FileAnchor, records: Iterable[AnchorRecord]) -> None:
        append(anchor, records)
        raise PowerCut

    with monkeypatch.context() as patch:
        patch.setattr(FileAnchor, "is_stale", lambda _: "it was put back")
        patch.setattr(FileAnchor, "append", append_and_stop)
        with pytest.raises(PowerCut), place.open(US):
            pass
    with place.open(US) as station:  # the journal is no longer stale: it was written to
        assert set(station.suspect) == set(prepared.line_ids)


def test_a_changed_backup_is_refused_and_nothing_is_touched(place: Place) -> None:
    backup = place.backup()
    before = place.home(US).database.read_bytes()
    database = backup / "openline.db"
    whole = database.read_bytes()
    for at in range(100, len(whole), 90_001):
        database.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(BadBackup):
            restored(place, backup)
    database.write_bytes(whole[:-100])
    with pytest.raises(BadBackup):
        restored(place, backup)
    database.unlink()
    database.symlink_to(place.home(US).database)
    with pytest.raises(BadBackup):
        restored(place, backup)
    assert place.home(US).database.read_bytes() == before


@pytest.mark.parametrize(
    "name", ["../node.toml", "/etc/passwd", "packs/../../x.toml", "packs/.toml", "packs/a/b.toml"]
)
def test_a_name_that_leads_out_of_the_backup_is_refused(place: Place, name: str) -> None:
    backup = place.backup()
    manifest = json.loads((backup / "backup.json").read_text())
    manifest["files"].append([name, 1, "x"])
    text_ = json.dumps(manifest, separators=(",", ":"), sort_keys=True)
    (backup / "backup.json").write_text(text_)
    with pytest.raises(BadBackup):
        restored(place, backup)


def test_a_backup_that_is_copied_into_place_by_hand_is_refused(place: Place) -> None:
    """It would be a database without the mark that its logs are over."""
    backup = place.backup()
    home = place.home(US)
    shutil.rmtree(home.data)
    home.data.mkdir()
    shutil.copy(backup / "openline.db", home.database)
    with pytest.raises(StoreDamaged, match="openline restore"), place.open(US):
        pass


def test_a_restore_asks_for_a_new_epoch_even_when_nothing_was_lost(place: Place) -> None:
    with place.open(US) as station:
        place.say(station)
    told = restored(place, place.backup())
    assert [x.partition(" (")[0] for x in told["reopen"]] == ["bench 0"] and told["newer"] == []
    assert told["members"] == [[RU, False]], "nobody was asked yet"
    with place.open(US) as station:
        assert list(station.suspect) == [place.prepared.line_id]
        assert lines.find(station, told["reopen"][0]) == place.prepared.line_id
        own = station.own_log(place.prepared.line_id)
        assert own is not None
        assert station.anchor.heads()[own.origin].size == NEVER_AGAIN
        assert station.anchor.signed()[own.origin].size == own.size
        place.say(station)
        assert station.store.outbox_size() == 1


def test_a_new_epoch_after_a_restore_takes_two_persons(place: Place) -> None:
    restored(place, place.backup())
    with place.open(US) as station:
        draft = epochs.draft_open(station, place.prepared.line_id)
        assert draft.officers == 2
        one = pair.sign_all(station, place.prepared.officers[US][:1], draft)
        with pytest.raises(OpenlineError):
            post.post(station, [one])
        both = pair.sign_all(station, place.prepared.officers[US], draft)
        assert post.post(station, [both])[0] is not None
        place.say(station)
        assert station.store.outbox_size() == 0


def test_a_restore_says_what_the_anchor_knows_to_be_newer(place: Place) -> None:
    backup = place.backup()
    with place.open(US) as station:
        place.say(station, 3)
        own = station.own_log(place.prepared.line_id)
        assert own is not None
    told = restored(place, backup)
    assert told["newer"] == [[own.origin, 1, 4, []]]
    assert told["before"] and (Path(str(told["before"])) / "openline.db").is_file()


def test_a_live_node_is_not_written_over(place: Place) -> None:
    backup = place.backup()
    with place.open(US), pytest.raises(HomeInUse):
        restored(place, backup)


def test_an_empty_disk_needs_the_keyring_that_was_kept_apart(place: Place, tmp_path: Path) -> None:
    backup = place.backup()
    locked = backups.lock_keyring(place.home(US).keyring.read_bytes(), PASSPHRASE, os.urandom)
    fresh = tmp_path / "fresh"
    with pytest.raises(NoKeyring):
        restored(place, backup, fresh)
    keyring = backups.unlock_keyring(locked, PASSPHRASE)
    told = restoring.restore(fresh, backup, keyring, "stamp", may_forget=True)
    assert told["has_anchor"] is False and len(told["reopen"]) == 1
    with place.open(US, fresh) as station:
        assert station.party == US and station.suspect


@pytest.mark.parametrize("is_new", [True, False])
def test_a_keyring_older_than_the_backup_does_not_stand_in_the_way_of_the_right_one(
    place: Place, tmp_path: Path, is_new: bool
) -> None:
    older = parse_keyring(place.home(US).keyring.read_bytes())
    with place.open(US) as station:
        rotation.rotate(station)
    backup, fresh = place.backup(), tmp_path / "fresh"
    newer = parse_keyring(place.home(US).keyring.read_bytes())
    if not is_new:
        fresh.mkdir()
        (fresh / "kept").write_text("what was there before")
    with pytest.raises(KeyringBehind):
        restoring.restore(fresh, backup, older, "first", may_forget=True)
    assert fresh.exists() is not is_new and not (fresh / "keys" / "keyring").exists()
    restoring.restore(fresh, backup, newer, "second", may_forget=True)
    with place.open(US, fresh) as station:
        assert len(station.cards(US)) == len(station.store.cards(US)) and station.suspect
    assert (fresh / "kept").exists() is not is_new


def test_a_backup_of_another_party_is_refused(place: Place) -> None:
    backup = place.backup()
    with pytest.raises(OtherParty):
        restoring.restore(place.prepared.homes[RU], backup, None, "stamp", may_forget=True)
    with place.open(RU) as station:
        assert station.party == RU and not station.suspect


def test_a_wrong_passphrase_opens_no_keyring(place: Place) -> None:
    locked = backups.lock_keyring(place.home(US).keyring.read_bytes(), PASSPHRASE, os.urandom)
    with pytest.raises(OpenlineError):
        backups.unlock_keyring(locked, "another passphrase")


# --------------------------------------------------------------------------------- what is lost


def test_an_end_that_nobody_holds_is_told_when_every_member_has_answered() -> None:
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU)
    us = peers[US].station
    log = us.own_log(line_id)
    assert log is not None
    us.tails[log.origin] = log.size + 3
    us.suspect[line_id] = "restore: for this test"
    draft = peers[US].release(epochs.draft_open(us, line_id))
    post.post(us, [draft])
    us.sessions.clear()
    assert tails.tell(us, line_id) == 0, "nobody has answered since the start"
    peers.carry()
    assert tails.tell(us, line_id) == 1
    assert tails.tell(us, line_id) == 0, "it is told once"
    peers.carry()
    from openline.exchange.folding import reading

    for name in (US, RU):
        (missing,) = reading.state(peers[name].station, line_id).missing
        assert missing[:4] == (log.origin, log.size, log.size + 3, "lost")


def test_an_end_that_comes_back_is_no_gap() -> None:
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU)
    us = peers[US].station
    log = us.own_log(line_id)
    assert log is not None
    us.tails[log.origin] = log.size
    assert tails.open_tails(us, line_id) == [] and us.tails == {}


def test_own_cards_come_back_from_a_member_and_none_is_published_before() -> None:
    peers = make_peers(US, RU)
    us = peers[US].station
    file = identity.own_cards(us)
    us.keyring = replace(us.keyring, cards=())  # the keyring of a node from before it kept them
    with us.store.write() as tx:
        tx._connection.execute("DELETE FROM card WHERE party = ? AND n = 1", (US,))  # type: ignore[attr-defined]
    us.forget(party=US)
    with pytest.raises(CardsBehind):
        identity.revise(us, urls=["http://127.0.0.1:9"])
    assert own_cards.take(us, file) == 1
    assert own_cards.take(us, file) == 0
    assert len(us.cards(US)) == 2


# ------------------------------------------------------------------------------ anchor profiles


def test_an_unknown_profile_is_refused_by_name(place: Place) -> None:
    home = place.prepared.homes[US]
    settings = replace(start.read_settings(home), anchor="hope")
    start.write_settings(home, settings)
    with pytest.raises(BadNodeFile, match="file, witness, epoch-per-start"):
        start.read_settings(home)


@pytest.mark.parametrize("profile", [profiles.WITNESS, profiles.EPOCH_PER_START])
def test_under_a_strict_profile_nothing_is_numbered_before_the_start_was_looked_at(
    place: Place, profile: str
) -> None:
    home = place.prepared.homes[US]
    start.write_settings(home, replace(start.read_settings(home), anchor=profile))
    with place.open(US) as station:
        place.say(station)
        assert station.store.outbox_size() == 1
        profiles.begin(station)
        assert bool(station.suspect) == (profile == profiles.EPOCH_PER_START)
        if profile == profiles.WITNESS:
            assert sequence.sequence_outbox(station, place.prepared.line_id)


def test_epochs_of_each_start_are_planned_ones() -> None:
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU)
    us = peers[US].station
    us.profile = profiles.EPOCH_PER_START
    profiles.begin(us)
    assert epochs.reason_for(us, line_id) == "planned"
    post.post(us, [peers[US].release(epochs.draft_open(us, line_id))])
    peers.carry()
    log = us.own_log(line_id)
    assert log is not None and log.counter == 2
    held = peers[RU].station.log(log.origin)
    assert held is not None and held.size == 1


def test_under_witness_nothing_leaves_that_no_witness_signed_for() -> None:
    from openline.exchange.traffic import asks, dispatch

    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, is_witnessed=True)
    us, ru = peers[US].station, peers[RU].station
    peers.witness_all()
    peers.carry()
    us.profile = profiles.WITNESS
    place_ = peers.say(US, line_id, "core/clarification@1", {"subject": text("Not yet")})
    peers.carry()
    log = ru.log(place_.origin)
    assert log is not None and log.size == place_.index
    assert dispatch.next_delivery(us, RU) is None
    note = asks.ask(ru, US, "head", place_.origin, str(place_.index + 1))
    with pytest.raises(OpenlineError):
        asks.handle(us, note)
    peers.witness_all()
    peers.carry()
    log = ru.log(place_.origin)
    assert log is not None and log.size == place_.index + 1


def test_a_witness_that_holds_more_of_our_log_closes_it() -> None:
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, is_witnessed=True)
    us = peers[US].station
    log = us.own_log(line_id)
    assert log is not None
    head = replace(hello_head(log), size=log.size + 2, root=bytes(32))
    assert profiles.take_witness_head(us, log.origin, log.note) is False
    stranger = peers[RU].station.keys
    with pytest.raises(OpenlineError):
        profiles.take_witness_head(us, log.origin, stranger.sign_request("x\n"))
    assert not us.suspect
    assert profiles.take_witness_head(us, log.origin, us.keys.sign_head(head, 1)) is True
    assert us.suspect and us.tails == {log.origin: log.size + 2}


def hello_head(log: object) -> object:
    from openline.formats.head import Head

    return Head(log.origin, log.size, log.root)  # type: ignore[attr-defined]


def test_every_profile_says_what_it_cannot_see() -> None:
    assert set(profiles.CANNOT_SEE) == set(profiles.PROFILES)
    assert all(profiles.CANNOT_SEE.values())


# ------------------------------------------------------------------------------ two of one party


def test_two_nodes_of_one_party_that_speak_by_turns_are_an_alarm() -> None:
    peers = make_peers(US, RU)
    peers.open_line(US, RU)
    us, ru = peers[US].station, peers[RU].station
    first, second = us.boot, os.urandom(16)

    def says(boot: bytes, at_s: int) -> None:
        us.boot, peers.clock.time_s = boot, at_s
        note = hello.compose(us, RU, us.random(16))
        absorb(ru, parse_hello(parse_note(note).text.encode()))

    def alarms() -> int:
        return sum(event.code == "party.doubled" for event in ru.store.events())

    for at, boot in ((0, first), (60, first), (61, second), (120, second)):
        says(boot, T0 + at)
    assert alarms() == 0, "a restart is no double"
    says(first, T0 + 121)
    assert alarms() == 1


def test_a_late_hello_from_before_a_restart_accuses_nobody() -> None:
    peers = make_peers(US, RU)
    peers.open_line(US, RU)
    us, ru = peers[US].station, peers[RU].station
    late = hello.compose(us, RU, us.random(16))
    absorb(ru, parse_hello(parse_note(late).text.encode()))
    peers.clock.time_s += 30
    us.boot = os.urandom(16)
    note = hello.compose(us, RU, us.random(16))
    absorb(ru, parse_hello(parse_note(note).text.encode()))
    absorb(ru, parse_hello(parse_note(late).text.encode()))
    assert not [event for event in ru.store.events() if event.code == "party.doubled"]


def test_a_member_that_lost_its_copy_is_known_as_such_and_filled_again() -> None:
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU)
    us, ru = peers[US].station, peers[RU].station
    assert isinstance(ru.store, SqliteStore)
    copy = ru.store.snapshot()
    place_ = peers.say(US, line_id, "core/clarification@1", {"subject": text("Lost there")})
    peers.carry()
    given = us.store.cosignature(place_.origin, place_.index + 1, f"{RU}/receipt")
    assert given is not None
    ru.store, ru.boot = SqliteStore.from_snapshot(copy), os.urandom(16)
    for log in list(ru._logs):
        ru._logs.pop(log)
    ru.forget(line_id=line_id)
    ru.states.clear()
    peers.carry()
    held = ru.store.log(place_.origin)
    assert held is not None and held.size == place_.index + 1
    assert us.store.cosignature(place_.origin, place_.index + 1, f"{RU}/receipt") == given
    assert [e.subject for e in us.store.events() if e.code == "peer.lost-copy"] == [RU]


def test_no_backup_is_made_while_a_head_of_ours_waits_for_the_anchor() -> None:
    """Put back later, it would hold an entry that nobody was told under a number told since."""
    station = make_peers(US)[US].station
    backups.require_anchored(station)
    station.unanchored.append(AnchorRecord(f"{US}/openline", 1, bytes(32), T0))
    with pytest.raises(backups.AnchorWaits, match="1 heads wait"):
        backups.require_anchored(station)


def test_the_anchor_may_lie_on_another_disk_behind_a_link(place: Place) -> None:
    """The loss of the data then leaves it: what reached nobody is known to be missing."""
    home = place.home(US)
    backup = place.backup()
    elsewhere = place.folder / "other-disk"
    shutil.move(home.anchor, elsewhere)
    home.anchor.symlink_to(elsewhere)
    with place.open(US) as station:
        place.say(station, 2)
    shutil.rmtree(home.data)
    told = restoring.restore(home.root, backup, None, "x")
    assert [row[1:] for row in told["newer"]] == [[1, 3, []]]
    assert home.anchor.is_symlink() and (elsewhere / home.journal.name).exists()
