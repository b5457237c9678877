"""Attachments: sealed, told, fetched in parts by members only, opened, erased."""

import hashlib
import random
from pathlib import Path

import pytest

from openline.cases.entry import Ref
from openline.envelope.suite import CannotOpen
from openline.exchange.carried import parcels
from openline.exchange.contents import attached, opening
from openline.exchange.contents.attached import FileTooLarge, NotForLine, NotHeld, WrongDigest
from openline.exchange.conversation import files_from
from openline.exchange.folding import erasing
from openline.exchange.kept import alarms, archive_export, holds
from openline.exchange.logs import hello
from openline.exchange.refusals import NotYours
from openline.exchange.station import Station
from openline.exchange.traffic import asks
from openline.exchange.traffic.link import Link, Post
from openline.formats.attachment import FILE_BYTES_MAX, Attached
from openline.formats.leaf import parse_leaf
from openline.formats.openjson import Value
from openline.formats.parcel import ATTACHMENT, HELLO, Parcel, Record
from openline.formats.spell import b64
from openline.store.sqlite import SqliteStore
from tests.exchange.conftest import SUITE, Peers, make_peers, text

US, RU, CH = "us.example", "ru.example", "ch.example"
PHOTO = random.Random(7).randbytes(3 * 1024 * 1024 + 5)


def said(peers: Peers, party: str, line: bytes, *files: Attached, withhold: bool = False) -> Ref:
    """An accident report that names files, or commits to them without telling."""
    named: list[Value] = [each.value() for each in files]
    fields: dict[str, Value] = {
        "subject": text("a drone has strayed"), "kind": "strayed",
        "at_time": "2023-11-14T20:00:00Z", "attachments": named,
    }  # fmt: skip
    hidden = ["attachments"] if withhold else []
    place = peers.say(party, line, "core/accident@1", fields, withhold=hidden)
    peers.carry()
    return place


def fetch(node: Station, holder: Station, link: Link, parts: int = 1_000) -> int:
    """Ask a holder for what is due, over the functions behind HTTP; how many asks it took."""
    count, has_more = 0, True
    while has_more:
        work, answer = files_from(node, link), None
        try:
            step = work.send(None)
            while count < parts:
                assert isinstance(step, Post) and step.path == "ask"
                count += 1
                try:
                    answer = asks.handle(holder, step.body)
                except NotYours as refusal:
                    step = work.throw(refusal)
                else:
                    step = work.send(answer)
            return count
        except StopIteration as done:
            has_more = bool(done.value)
    return count


def state(node: Station, found: Attached) -> str:
    row = node.store.attachment(found.age)
    return row.state if row is not None else "unknown"


class Sent:
    """A file that one party attached to a message; its name has arrived, it has not."""

    def __init__(self, *others: str, data: bytes = PHOTO, withhold: bool = False) -> None:
        self.peers = make_peers(US, RU, *others)
        self.line = self.peers.open_line(US, RU, *others)
        self.us, self.ru = self.peers[US].station, self.peers[RU].station
        self.file = attached.seal(self.us, self.line, "plate.jpg", data)
        self.place = said(self.peers, US, self.line, self.file, withhold=withhold)


def test_a_file_is_fetched_in_parts_and_opened_and_its_author_hears_that_it_is_held() -> None:
    sent = Sent()
    assert state(sent.ru, sent.file) == "wanted"
    with pytest.raises(NotHeld):
        attached.opened(sent.ru, sent.file.age)
    asked = fetch(sent.ru, sent.us, Link(US))
    assert asked == -(-sent.file.size // attached.ANSWER_BYTES) + 1
    assert attached.opened(sent.ru, sent.file.age) == PHOTO
    assert [party for party, _ in sent.us.store.attachment_holders(sent.file.age)] == [RU, US]
    assert fetch(sent.ru, sent.us, Link(US)) == 0


def test_what_came_before_a_cut_stays_and_the_rest_alone_is_asked_for() -> None:
    sent = Sent()
    fetch(sent.ru, sent.us, Link(US), parts=2)
    row = sent.ru.store.attachment(sent.file.age)
    assert row is not None and row.got == 2 * attached.ANSWER_BYTES and row.state == "wanted"
    sent.ru.files_due, sent.ru.fetching = None, {}  # a restart forgets its caches
    assert fetch(sent.ru, sent.us, Link(US)) == 3
    assert attached.opened(sent.ru, sent.file.age) == PHOTO


def test_a_file_is_fetched_from_another_member_that_holds_it() -> None:
    sent = Sent(CH)
    ch = sent.peers[CH].station
    fetch(ch, sent.us, Link(US))
    link = Link(CH)
    assert fetch(sent.ru, ch, link) > 1
    assert attached.opened(sent.ru, sent.file.age) == PHOTO
    # The author is told by the next ask to itself.
    assert fetch(sent.ru, sent.us, Link(US)) == 1
    assert RU in dict(sent.us.store.attachment_holders(sent.file.age))


def test_a_member_that_lacks_a_file_is_not_asked_again_before_the_next_hello() -> None:
    sent = Sent(CH)
    ch, link = sent.peers[CH].station, Link(CH)
    assert fetch(sent.ru, ch, link) == 1
    assert fetch(sent.ru, ch, link) == 0
    assert fetch(sent.ru, sent.us, Link(US)) > 1


def test_nobody_off_the_line_gets_a_file_and_the_answer_is_that_of_an_unknown_one() -> None:
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU)
    peers.open_line(US, CH)
    us, ch = peers[US].station, peers[CH].station
    found = attached.seal(us, line, "plate.jpg", b"a plate")
    said(peers, US, line, found)
    refusals = []
    for digest in (found.age, bytes(32)):
        with pytest.raises(NotYours) as refusal:
            asks.handle(us, asks.ask(ch, US, "attachment", b64(digest), "0"))
        refusals.append(str(refusal.value))
    assert refusals[0] == refusals[1]


def test_a_file_of_a_withheld_field_or_of_a_draft_is_given_to_nobody() -> None:
    sent = Sent(withhold=True)
    draft = attached.seal(sent.us, sent.line, "draft.jpg", b"not said")
    for each in (sent.file, draft):
        with pytest.raises(NotYours):
            asks.handle(sent.us, asks.ask(sent.ru, US, "attachment", b64(each.age), "0"))
    assert sent.ru.store.attachment(sent.file.age) is None
    assert attached.opened(sent.us, sent.file.age) == PHOTO


def test_a_withheld_file_is_fetched_once_its_field_is_revealed() -> None:
    sent = Sent(withhold=True)
    row = sent.us.store.entry(*sent.place)
    assert row is not None
    lines = opening.read_archived(sent.us, *sent.place, parse_leaf(row.leaf))
    assert lines is not None
    at, item = next(
        (i, f) for i, f in enumerate(lines.items)
        if not isinstance(f, bytes) and f.path == "attachments"
    )  # fmt: skip
    reveal: list[Value] = [[*sent.place, at, b64(item.salt), item.path, item.json]]
    sent.peers.say(US, sent.line, "core/reveal@1", {"fields": reveal}, refs=[sent.place])
    sent.peers.carry()
    fetch(sent.ru, sent.us, Link(US))
    assert attached.opened(sent.ru, sent.file.age) == PHOTO


@pytest.mark.parametrize("part", [0, 1, 3])
def test_wrong_bytes_are_never_held_and_their_only_giver_is_not_asked_again_at_once(
    part: int,
) -> None:
    sent = Sent(CH)
    ch, link = sent.peers[CH].station, Link(CH)
    fetch(ch, sent.us, Link(US))
    lying = bytearray(ch.store.attachment_bytes(sent.file.age, 0, sent.file.size))
    lying[min(part * attached.ANSWER_BYTES + 9, len(lying) - 1)] ^= 1
    with pytest.raises(WrongDigest):
        for at in range(0, len(lying), attached.ANSWER_BYTES):
            piece = bytes(lying[at : at + attached.ANSWER_BYTES])
            attached.take(sent.ru, CH, sent.file.age, at, piece)
    row = sent.ru.store.attachment(sent.file.age)
    assert row is not None and (row.state, row.got) == ("wanted", 0)
    assert [e.code for e in sent.ru.store.events("alarm")][-1] == "attachment.wrong-digest"
    assert fetch(sent.ru, ch, link) == 0
    fetch(sent.ru, sent.us, Link(US))
    assert attached.opened(sent.ru, sent.file.age) == PHOTO


def test_the_only_holder_is_asked_again_after_a_while_and_less_and_less_often() -> None:
    """A wire may have changed the bytes; a holder that lies costs a file an hour."""
    sent, waits = Sent(data=b"a plate"), []
    bad = bytearray(sent.us.store.attachment_bytes(sent.file.age, 0, sent.file.size))
    bad[9] ^= 1
    for _ in range(9):
        asked_s = sent.peers.clock.time_s
        while attached.next_ask(sent.ru, US, set()) is None:
            sent.peers.clock.time_s += 15
        waits.append(sent.peers.clock.time_s - asked_s)
        with pytest.raises(WrongDigest):
            attached.take(sent.ru, US, sent.file.age, 0, bytes(bad))
    assert waits == [0, 30, 60, 120, 240, 480, 960, 1_920, 3_600]
    told = [event.code for event in sent.ru.store.events("alarm")]
    assert told.count("attachment.wrong-digest") == 1, "told once, not for ever"
    sent.peers.clock.time_s += 3_600
    fetch(sent.ru, sent.us, Link(US))
    assert attached.opened(sent.ru, sent.file.age) == b"a plate"


def test_who_spoils_a_part_each_time_cannot_keep_the_file_of_an_honest_holder_away() -> None:
    sent = Sent(CH)
    fetch(sent.peers[CH].station, sent.us, Link(US))
    rounds = 0
    while state(sent.ru, sent.file) != "held":
        rounds += 1
        assert rounds < 4, "a wrong part each time, and the rest from another"
        at = attached.next_ask(sent.ru, CH, set())
        if at is not None and at[1] == 0:
            attached.take(sent.ru, CH, sent.file.age, 0, bytes(attached.ANSWER_BYTES))
        sent.peers.clock.time_s += attached.CLAIM_S + 1
        fetch(sent.ru, sent.us, Link(US))
    assert attached.opened(sent.ru, sent.file.age) == PHOTO


def test_an_honest_holder_is_not_blamed_for_bytes_that_another_gave_before_a_restart() -> None:
    sent = Sent(CH)
    attached.take(sent.ru, CH, sent.file.age, 0, bytes(attached.ANSWER_BYTES))
    sent.ru.files_due, sent.ru.fetching = None, {}
    fetch(sent.ru, sent.us, Link(US))
    assert [e.code for e in sent.ru.store.events("alarm")][-1] == "attachment.wrong-digest"
    fetch(sent.ru, sent.us, Link(US))
    assert attached.opened(sent.ru, sent.file.age) == PHOTO


def test_more_than_was_stated_and_an_early_end_are_wrong_bytes_too() -> None:
    sent = Sent(data=b"a plate")
    whole = sent.us.store.attachment_bytes(sent.file.age, 0, sent.file.size)
    for bad in (whole + b"x", whole[:-1], b""):
        with pytest.raises(WrongDigest):
            attached.take(sent.ru, US, sent.file.age, 0, bad)
            attached.take(sent.ru, US, sent.file.age, len(bad), b"")
        sent.ru.fetching.clear()
    attached.take(sent.ru, US, sent.file.age, 0, whole)
    assert attached.opened(sent.ru, sent.file.age) == b"a plate"


def test_a_file_that_holds_something_else_than_its_message_says_is_refused_by_name() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us, ru = peers[US].station, peers[RU].station
    true = attached.seal(us, line, "plate.jpg", b"a plate")
    other = Attached(true.name, true.size, true.age, hashlib.sha256(b"another plate").digest())
    said(peers, US, line, other)
    fetch(ru, us, Link(US))
    assert state(ru, true) == "refused"
    assert [e.code for e in ru.store.events("alarm")][-1] == "attachment.refused"
    assert fetch(ru, us, Link(US)) == 0


def test_a_file_that_another_member_named_falsely_first_comes_when_its_author_names_it() -> None:
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH)
    us, ru, ch = (peers[party].station for party in (US, RU, CH))
    true = attached.seal(us, line, "plate.jpg", b"a plate")
    false = Attached(true.name, true.size, true.age, hashlib.sha256(b"another plate").digest())
    said(peers, RU, line, false)
    attached.take(ch, RU, true.age, 0, us.store.attachment_bytes(true.age, 0, true.size))
    assert state(ch, true) == "refused"
    said(peers, US, line, true)
    fetch(ch, us, Link(US))
    assert attached.opened(ch, true.age) == b"a plate"
    assert state(ru, true) == "wanted"


def test_a_file_that_two_parties_named_falsely_is_an_alarm_of_each_and_of_nobody_else() -> None:
    """Two names in one subject are no party's, so they were shown to whoever has any watch."""
    peers = make_peers(US, RU, CH)
    line = peers.open_line(US, RU, CH)
    us, ch = peers[US].station, peers[CH].station
    true = attached.seal(us, line, "plate.jpg", b"a plate")
    false = Attached(true.name, true.size, true.age, hashlib.sha256(b"another plate").digest())
    said(peers, RU, line, false)
    said(peers, US, line, false)
    attached.take(ch, RU, true.age, 0, us.store.attachment_bytes(true.age, 0, true.size))
    told = [e for e in ch.store.events("alarm") if e.code == "attachment.refused"]
    assert [each.subject for each in told] == [RU, US]
    for each, other in zip(told, (US, RU), strict=True):
        assert each.subject in each.text and other not in each.text
    assert {each.party for each in alarms.standing(ch)} >= {RU, US}


def test_a_file_sealed_for_others_is_refused_by_its_receiver_and_cannot_be_drafted() -> None:
    peers = make_peers(US, RU, CH)
    line, other = peers.open_line(US, RU), peers.open_line(US, CH)
    us, ru = peers[US].station, peers[RU].station
    found = attached.seal(us, other, "plate.jpg", b"a plate")
    with pytest.raises(NotForLine):
        attached.refuse_foreign(us, line, {"attachments": [found.value()]})
    attached.refuse_foreign(us, other, {"attachments": [found.value()]})
    said(peers, US, line, found)
    fetch(ru, us, Link(US))
    assert state(ru, found) == "refused"


def test_a_party_cannot_fill_the_disk_of_another_with_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attached, "PARTY_BYTES_MAX", 100)
    sent = Sent(data=b"a plate")
    assert state(sent.ru, sent.file) == "refused"
    assert [e.code for e in sent.ru.store.events("alarm")][-1] == "attachment.quota"


@pytest.mark.parametrize("size", [0, FILE_BYTES_MAX + 1])
def test_an_empty_or_oversized_file_is_refused_before_anything_is_kept(size: int) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us = peers[US].station
    with pytest.raises(FileTooLarge):
        attached.seal(us, line, "large.bin", bytes(size))
    assert us.store.attachments() == []


def test_a_file_is_sealed_to_the_cards_of_the_members_alone() -> None:
    sent = Sent(CH, data=b"a plate")
    file = attached.sealed_file(sent.us, sent.file.age)
    for party in (US, RU, CH):
        keyring = sent.peers[party].station.keyring
        assert SUITE.unseal([keyring.seal_seed], file, 3) == b"a plate"
    with pytest.raises(CannotOpen):
        SUITE.unseal([sent.us.keyring.archive_seed, bytes(32)], file, 3)


def test_a_file_of_our_own_that_was_lost_comes_back_from_another_member_and_opens() -> None:
    sent = Sent(data=b"a plate")
    fetch(sent.ru, sent.us, Link(US))
    with sent.us.store.write() as tx:
        tx.drop_attachment_pieces(sent.file.age)
        tx.set_attachment(sent.file.age, "wanted")
    sent.us.files_due = None
    fetch(sent.us, sent.ru, Link(RU))
    assert attached.opened(sent.us, sent.file.age) == b"a plate"


def test_the_receipt_covers_the_name_alone() -> None:
    sent = Sent()
    assert sent.peers[US].station.session(RU).holds  # the message is receipted ...
    assert state(sent.ru, sent.file) == "wanted"  # ... and its file is not here
    assert RU not in dict(sent.us.store.attachment_holders(sent.file.age))


def test_a_file_that_was_attached_and_never_said_is_forgotten_after_ninety_days() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us = peers[US].station
    old = attached.seal(us, line, "old.jpg", b"old")
    told = attached.seal(us, line, "told.jpg", b"told")
    said(peers, US, line, told)
    peers.clock.time_s += attached.UNSAID_S + 1
    attached.seal(us, line, "new.jpg", b"new")
    assert us.store.attachment(old.age) is None
    assert attached.opened(us, told.age) == b"told"


def test_a_damaged_file_is_found_by_a_deep_check_and_not_given_out_as_whole() -> None:
    sent = Sent(data=b"a plate")
    assert sent.us.store.check(deep=True) == []
    with sent.us.store.write() as tx:
        tx.drop_attachment_pieces(sent.file.age)
        tx.add_attachment_piece(sent.file.age, 0, bytes(sent.file.size))
    assert any("another hash" in flaw for flaw in sent.us.store.check(deep=True))
    with pytest.raises(NotHeld):
        attached.opened(sent.us, sent.file.age)


def close_case(sent: Sent) -> None:
    """The case of the report ends, and everybody states that it holds the ending."""
    sent.peers.say(US, sent.line, "core/close@1", {}, answer="completed", refs=[sent.place])
    for _ in range(3):
        sent.peers.carry()


def test_erasing_a_case_erases_its_files_and_nobody_is_given_them_any_more() -> None:
    sent = Sent(data=b"a plate")
    fetch(sent.ru, sent.us, Link(US))
    close_case(sent)
    before = sent.us.store.attachment_bytes(sent.file.age, 0, sent.file.size)
    assert before and before in sent.us.store.snapshot()  # type: ignore[attr-defined]
    erasing.erase(sent.us, sent.line, sent.place)
    assert state(sent.us, sent.file) == "erased"
    assert before[40:] not in sent.us.store.snapshot()  # type: ignore[attr-defined]
    with pytest.raises(NotHeld):
        attached.opened(sent.us, sent.file.age)
    with pytest.raises(NotYours):
        asks.handle(sent.us, asks.ask(sent.ru, US, "attachment", b64(sent.file.age), "0"))
    # It reaches this node only, as erasure does; and what was erased is not fetched again.
    assert attached.opened(sent.ru, sent.file.age) == b"a plate"
    assert fetch(sent.us, sent.ru, Link(RU)) == 0


def test_a_file_that_another_message_names_too_stays_until_that_one_is_erased() -> None:
    sent = Sent(data=b"a plate")
    said(sent.peers, US, sent.line, sent.file)
    close_case(sent)
    erasing.erase(sent.us, sent.line, sent.place)
    assert attached.opened(sent.us, sent.file.age) == b"a plate"


def test_a_legal_hold_keeps_the_files_of_its_case() -> None:
    sent = Sent(data=b"a plate")
    close_case(sent)
    holds.place(sent.us, sent.line, sent.place, "an inquiry", "the lawyer")
    with pytest.raises(holds.OnHold):
        erasing.erase(sent.us, sent.line, sent.place)
    assert attached.opened(sent.us, sent.file.age) == b"a plate"


def test_a_parcel_carries_files_and_its_answer_says_that_they_are_held() -> None:
    sent = Sent(data=b"a plate")
    made = parcels.make(sent.us, RU)
    taken = parcels.take(sent.ru, made.file)
    assert (taken.files, taken.refused) == (1, [])
    assert attached.opened(sent.ru, sent.file.age) == b"a plate"
    assert parcels.take(sent.ru, made.file).files == 0
    back = parcels.take(sent.us, parcels.answer(sent.ru, taken).file)
    assert back.refused == [] and RU in dict(sent.us.store.attachment_holders(sent.file.age))
    assert len(parcels.make(sent.us, RU).file) < len(made.file) - sent.file.size
    answer = parcels.answer(sent.us, back)
    assert parcels.take(sent.ru, answer.file).refused == []
    assert sent.ru.store.attachments_untold(RU) == []


def test_a_file_in_a_parcel_that_no_message_names_is_refused_by_name() -> None:
    sent = Sent(data=b"a plate")
    parcel = Parcel(
        (
            Record(HELLO, hello.compose(sent.us, RU, sent.us.random(16))),
            Record(ATTACHMENT, b"anything"),
        )
    )
    seal = sent.us.cards(RU)[-1].seal
    file = sent.us.suite.seal([seal], parcel.encode(), sent.us.random)
    taken = parcels.take(sent.ru, file)
    assert [(kind, code) for kind, code, _ in taken.refused] == [
        ("attachment", "exchange.not-found")
    ]


def test_the_archive_holds_every_file_under_the_archives_key_and_counts_the_missing(
    tmp_path: Path,
) -> None:
    sent = Sent(data=b"a plate")
    for node, found in ((sent.us, (1, 0)), (sent.ru, (0, 1))):
        work = archive_export.steps(node, tmp_path / node.party)
        while True:
            try:
                next(work)
            except StopIteration as done:
                told: archive_export.Exported = done.value
                break
        assert (told.attachments, told.missing) == found
    (file,) = (tmp_path / US).rglob(f"*.{sent.file.age.hex()}.age")
    assert sent.us.suite.unseal([sent.us.keyring.archive_seed], file.read_bytes()) == b"a plate"


def test_a_restart_or_a_restore_finds_files_names_and_what_was_fetched_so_far() -> None:
    sent = Sent()
    fetch(sent.ru, sent.us, Link(US), parts=2)
    again = SqliteStore.from_snapshot(sent.ru.store.snapshot())  # type: ignore[attr-defined]
    row = again.attachment(sent.file.age)
    assert row is not None and (row.state, row.got) == ("wanted", 2 * attached.ANSWER_BYTES)
    assert again.attachment_names(sent.file.age) == [(*sent.place, True)]
