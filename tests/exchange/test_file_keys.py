"""Files sealed to a card key that was destroyed since: their keys are asked for, given, taken.

A file is sealed when it is attached, and officers sign its hash. By the time that the message is
numbered and fetched, a member may have other keys.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.desk.attaching import missing_rows, rows_of
from openline.envelope.suite import CannotOpen
from openline.errors import OpenlineError
from openline.exchange import conversation
from openline.exchange.carried import parcels
from openline.exchange.contents import attached, file_keys
from openline.exchange.membership import rotation
from openline.exchange.refusals import NeedsYes, NotYours, PeerRefused, TooMany
from openline.exchange.station import Station
from openline.exchange.traffic import asks, recover
from openline.exchange.traffic.link import Link, Post
from openline.formats.attachment import Attached
from openline.formats.malformed import Malformed
from openline.formats.request import parse_reseal
from openline.formats.spell import b64, unb64
from tests.exchange.conftest import make_peers
from tests.exchange.test_attached import CH, RU, US, fetch, said, state
from tests.exchange.test_card_keys import put_back, snapshot
from tests.exchange.test_rotation import learn, restarted

PLATE = b"a plate"


class Locked:
    """RU attached a file; US changed its card and destroyed the old key; then RU said it."""

    def __init__(self, *others: str) -> None:
        self.peers = make_peers(US, RU, *others)
        self.line = self.peers.open_line(US, RU, *others)
        self.file = attached.seal(self.ru, self.line, "plate.jpg", PLATE)
        rotation.rotate(self.us)
        learn(self.peers, US)
        self.peers.carry()
        assert rotation.forget_former(self.us)
        self.place = said(self.peers, RU, self.line, self.file)

    @property
    def us(self) -> Station:
        return self.peers[US].station

    @property
    def ru(self) -> Station:
        return self.peers[RU].station

    def fetched(self) -> "Locked":
        """The same once the file itself is here, and nobody was asked for its key yet."""
        whole = attached.sealed_file(self.ru, self.file.age)
        attached.take(self.us, RU, self.file.age, 0, whole)
        assert state(self.us, self.file) == "wanted"
        return self

    def said_of_it(self, node: Station) -> tuple[str, dict[str, str]]:
        """What people of a party read: how the file stands here, and which member lacks its key."""
        (row,) = rows_of(node, self.place)
        return str(row["state"]), dict(row["keys"])


def keys_from(asker: Station, holder: Station) -> list[str]:
    """Every key that a holder is asked for, over the functions behind HTTP; the refusals."""
    link, answer, refusals = Link(holder.party), b"", []
    work = conversation.keys_from(asker, link)
    try:
        step = work.send(None)
        while True:
            assert isinstance(step, Post) and step.path == "ask"
            try:
                answer = asks.handle(holder, step.body)
            except OpenlineError as refusal:
                refusals.append(refusal.code)
                step = work.throw(PeerRefused(404, refusal.code, str(refusal)))
            else:
                step = work.send(answer)
    except StopIteration:
        return refusals


def ask_key(asker: Station, holder: Station, file_hash: bytes) -> bytes:
    return asks.handle(holder, asks.ask(asker, holder.party, "reseal", b64(file_hash)))


def codes(node: Station, kind: str) -> list[str]:
    return [event.code for event in node.store.events(kind)]


def test_a_file_sealed_to_a_lost_card_key_opens_by_itself_with_a_key_sealed_anew() -> None:
    locked = Locked().fetched()
    sealed = locked.us.store.attachment_bytes(locked.file.age, 0, locked.file.size)
    assert locked.said_of_it(locked.us) == ("unopened", {})
    assert keys_from(locked.us, locked.ru) == []
    assert attached.opened(locked.us, locked.file.age) == PLATE
    assert attached.sealed_file(locked.us, locked.file.age) == sealed, (
        "the file is as it was signed"
    )
    assert locked.said_of_it(locked.ru) == ("held", {US: "key-given"})
    fetch(locked.us, locked.ru, Link(RU))
    assert locked.said_of_it(locked.ru) == ("held", {})
    assert keys_from(locked.us, locked.ru) == [] and missing_rows(locked.us) == []
    assert "attachment.refused" not in codes(locked.us, "alarm")


def test_until_it_opens_nobody_calls_it_held() -> None:
    locked = Locked().fetched()
    assert attached.next_ask(locked.us, RU, set()) is None, "to ask at its end would say so"
    (row,) = rows_of(locked.ru, locked.place)
    assert (row["holders"], row["lacking"]) == ([RU], [US])
    with pytest.raises(attached.NotHeld):
        attached.opened(locked.us, locked.file.age)
    assert [row["state"] for row in missing_rows(locked.us)] == ["unopened"]


def test_an_author_that_lost_its_file_has_it_back_from_one_that_cannot_open_it() -> None:
    """Its own key opens the bytes, and then it gives the other the file's."""
    locked = Locked().fetched()
    with locked.ru.store.write() as tx:
        tx.drop_attachment_pieces(locked.file.age)
        tx.set_attachment(locked.file.age, "wanted")
    locked.ru.files_due = None
    assert keys_from(locked.us, locked.ru) == [NotYours.code]
    fetch(locked.ru, locked.us, Link(US))
    assert attached.opened(locked.ru, locked.file.age) == PLATE
    locked.peers.clock.time_s += file_keys.AGAIN_S
    assert keys_from(locked.us, locked.ru) == []
    assert attached.opened(locked.us, locked.file.age) == PLATE


def test_what_was_erased_while_it_did_not_open_is_given_to_nobody_and_asked_of_nobody() -> None:
    locked = Locked(CH).fetched()
    assert file_keys.to_ask(locked.us, RU) == [locked.file.age]
    with locked.us.store.write() as tx:
        attached.erase_names(locked.us, tx, locked.place)
    assert file_keys.to_ask(locked.us, RU) == []
    with pytest.raises(NotYours):
        ask = asks.ask(locked.peers[CH].station, US, "attachment", b64(locked.file.age), "0")
        asks.handle(locked.us, ask)


def test_any_member_that_opened_it_gives_the_key_and_one_that_lacks_it_is_no_obstacle() -> None:
    locked = Locked(CH).fetched()
    ch = locked.peers[CH].station
    assert keys_from(locked.us, ch) == [NotYours.code]
    fetch(ch, locked.ru, Link(RU))
    locked.peers.clock.time_s += file_keys.AGAIN_S
    assert keys_from(locked.us, ch) == []
    assert attached.opened(locked.us, locked.file.age) == PLATE


def test_who_was_not_told_of_a_file_gets_the_answer_of_an_unknown_one() -> None:
    locked = Locked()
    peers, stranger = locked.peers, make_peers(US, RU, CH)
    stranger.open_line(US, CH)
    us, ch = stranger[US].station, stranger[CH].station
    line = stranger.open_line(US, RU)
    told = attached.seal(us, line, "plate.jpg", PLATE)
    said(stranger, US, line, told)
    refusals = []
    for digest in (told.age, bytes(32)):
        with pytest.raises(NotYours) as refusal:
            ask_key(ch, us, digest)
        refusals.append(str(refusal.value))
    assert refusals[0] == refusals[1]
    # Nor has a member the key of what was attached and not said, or is withheld.
    draft = attached.seal(locked.ru, locked.line, "draft.jpg", b"not said")
    hidden = attached.seal(locked.ru, locked.line, "hidden.jpg", b"withheld")
    said(peers, RU, locked.line, hidden, withhold=True)
    for each in (draft, hidden):
        with pytest.raises(NotYours):
            ask_key(locked.us, locked.ru, each.age)


def test_the_key_is_sealed_to_the_askers_newest_card_alone() -> None:
    locked = Locked(CH)
    answer = ask_key(locked.us, locked.ru, locked.file.age)
    suite, ch = locked.us.suite, locked.peers[CH].station
    assert len(suite.unseal([locked.us.keyring.seal_seed], answer, 1)) == file_keys.KEY_BYTES
    for other in (ch, locked.ru):
        with pytest.raises(CannotOpen):
            suite.unseal(other.keyring.seal_seeds, answer, 1)
    assert PLATE not in answer


@pytest.mark.parametrize("bad", [b"", bytes(15), bytes(16), bytes(17), PLATE * 40])
def test_a_key_that_opens_nothing_is_not_taken_and_blames_nobody_but_its_giver(bad: bytes) -> None:
    locked = Locked(CH).fetched()
    us, ch = locked.us, locked.peers[CH].station
    fetch(ch, locked.ru, Link(RU))
    lie = us.suite.seal([us.cards(US)[-1].seal], bad, us.random)
    with pytest.raises((CannotOpen, Malformed)):
        file_keys.take(us, CH, locked.file.age, lie)
    assert state(us, locked.file) == "wanted"
    assert file_keys.to_ask(us, CH) == [] and file_keys.to_ask(us, RU) == [locked.file.age]
    assert keys_from(us, locked.ru) == []
    assert attached.opened(us, locked.file.age) == PLATE


def test_who_gives_no_key_is_asked_less_and_less_often_and_at_least_every_ten_minutes() -> None:
    locked, waits = Locked(CH).fetched(), []
    for _ in range(7):
        asked_s = locked.peers.clock.time_s
        while not file_keys.to_ask(locked.us, CH):
            locked.peers.clock.time_s += 15
        waits.append(locked.peers.clock.time_s - asked_s)
        assert keys_from(locked.us, locked.peers[CH].station) == [NotYours.code]
    assert waits == [0, 30, 60, 120, 240, 480, 600]


def test_a_second_answer_changes_nothing() -> None:
    locked = Locked().fetched()
    first, second = (ask_key(locked.us, locked.ru, locked.file.age) for _ in range(2))
    file_keys.take(locked.us, RU, locked.file.age, first)
    before = snapshot(locked.us)
    file_keys.take(locked.us, RU, locked.file.age, second)
    file_keys.take(locked.us, RU, locked.file.age, b"anything")
    assert snapshot(locked.us) == before


def test_a_restart_asks_again_and_tells_nobody_twice() -> None:
    locked = Locked().fetched()
    us = locked.us
    locked.peers.nodes[US].station = restarted(us, us.keyring.to_bytes())
    assert locked.said_of_it(locked.us)[0] == "unopened"
    assert file_keys.to_ask(locked.us, RU) == [locked.file.age]
    assert codes(locked.us, "notice").count("attachment.sealed") == 1
    assert keys_from(locked.us, locked.ru) == []
    assert attached.opened(locked.us, locked.file.age) == PLATE


def test_whoever_said_that_it_held_a_file_gets_its_key_when_a_person_agrees() -> None:
    """A disk went back in time; or a thief of a running node asks for all of the past."""
    locked = Locked().fetched()
    copy = snapshot(locked.us)
    keys_from(locked.us, locked.ru)
    fetch(locked.us, locked.ru, Link(RU))
    put_back(locked.peers, US, copy)
    assert keys_from(locked.us, locked.ru) == [NeedsYes.code]
    assert locked.said_of_it(locked.us)[0] == "unopened-yes"
    assert locked.said_of_it(locked.ru) == ("held", {US: "key-yes"})
    assert rows_of(locked.ru, locked.place)[0]["lacking"] == [US]
    assert codes(locked.ru, "alarm").count("reseal.asked") == 1
    asks.allow_reseal(locked.ru, US, 3_600)
    locked.peers.clock.time_s += file_keys.AGAIN_S
    assert keys_from(locked.us, locked.ru) == []
    assert attached.opened(locked.us, locked.file.age) == PLATE
    fetch(locked.us, locked.ru, Link(RU))
    assert locked.said_of_it(locked.ru) == ("held", {})


def test_keys_and_entries_count_to_one_bound_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    locked = Locked()
    monkeypatch.setattr(asks, "RESEALS_PER_DAY_MAX", 3)
    for _ in range(3):
        ask_key(locked.us, locked.ru, locked.file.age)
    with pytest.raises(TooMany):
        ask_key(locked.us, locked.ru, locked.file.age)
    assert codes(locked.ru, "notice").count("attachment.key-given") == 3


def test_what_nobody_can_open_any_more_is_said_on_both_sides_once() -> None:
    locked = Locked().fetched()
    with locked.ru.store.write() as tx:
        attached.erase_names(locked.ru, tx, locked.place)
    for _ in range(3):
        assert keys_from(locked.us, locked.ru) == [NotYours.code]
        locked.peers.clock.time_s += file_keys.AGAIN_S_MAX
    assert locked.said_of_it(locked.us)[0] == "unopenable"
    assert locked.said_of_it(locked.ru) == ("erased", {US: "key-gone"})
    assert codes(locked.us, "alarm").count("attachment.key-lost") == 1
    assert codes(locked.ru, "alarm").count("attachment.key-gone") == 1


def test_one_member_that_was_not_heard_may_have_the_key_still() -> None:
    locked = Locked(CH).fetched()
    assert keys_from(locked.us, locked.peers[CH].station) == [NotYours.code]
    assert locked.said_of_it(locked.us)[0] == "unopened"


def test_what_waits_for_its_key_keeps_no_former_key_of_ours() -> None:
    """All that are left were tried; they would be kept for as long as nobody answers."""
    locked = Locked().fetched()
    rotation.rotate(locked.us)
    learn(locked.peers, US)
    locked.peers.carry()
    assert rotation.forget_former(locked.us)
    assert keys_from(locked.us, locked.ru) == []
    assert attached.opened(locked.us, locked.file.age) == PLATE


def test_parcels_ask_for_a_key_and_bring_it() -> None:
    locked = Locked()
    brought = parcels.take(locked.us, parcels.make(locked.ru, US).file)
    assert (brought.files, brought.refused) == (1, [])
    assert state(locked.us, locked.file) == "wanted"
    asked = parcels.take(locked.ru, parcels.answer(locked.us, brought).file)
    assert asked.refused == []
    back = parcels.take(locked.us, parcels.answer(locked.ru, asked).file)
    assert back.refused == []
    assert attached.opened(locked.us, locked.file.age) == PLATE


def test_a_file_that_holds_something_else_than_was_said_is_refused_whoever_gives_its_key() -> None:
    locked = Locked()
    false = Attached("b.jpg", locked.file.size, locked.file.age, bytes(32))
    locked.fetched()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(attached, "stated", lambda *_: iter([(*locked.place, false)]))
        keys_from(locked.us, locked.ru)
    assert state(locked.us, locked.file) == "refused"
    assert codes(locked.us, "alarm")[-1] == "attachment.refused"


# ---- how the ask is spelled ---------------------------------------------------------------------


def test_a_reseal_is_about_an_entry_or_about_a_file() -> None:
    assert parse_reseal(("us.example/openline/x", "7")) == ("us.example/openline/x", 7)
    assert parse_reseal((b64(bytes(32)),)) == bytes(32)


@given(
    st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1), max_size=4)
)
def test_any_other_arguments_are_malformed_and_what_is_read_is_spelled_so(args: list[str]) -> None:
    try:
        found = parse_reseal(args)
    except Malformed:
        return
    if isinstance(found, bytes):
        assert [b64(found)] == args and len(found) == 32
    else:
        assert [found[0], str(found[1])] == args


@given(st.binary(min_size=32, max_size=32), st.integers(0, 43), st.characters(max_codepoint=126))
def test_one_hash_has_one_spelling(digest: bytes, at: int, other: str) -> None:
    """Changed in one place it is another hash or none."""
    text = b64(digest)
    changed = text[:at] + other + text[at + 1 :]
    try:
        found = parse_reseal([changed])
    except Malformed:
        return
    assert isinstance(found, bytes) and (found == digest) == (changed == text)
    assert unb64(changed, 32, what="hash") == found


def test_an_ask_for_a_key_that_is_not_well_spelled_is_refused_and_leaves_nothing() -> None:
    locked = Locked()
    before = locked.ru.store.meta(attached.key_asked(locked.file.age, US))
    for args in ((), ("x",), ("A" * 43,), (b64(bytes(31)),), ("a", "b", "c")):
        with pytest.raises(Malformed):
            asks.handle(locked.ru, asks.ask(locked.us, RU, "reseal", *args))
    assert locked.ru.store.meta(attached.key_asked(locked.file.age, US)) == before
    assert recover.to_ask(locked.us, RU) == []
