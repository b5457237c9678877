"""A node that went back in time together with its keyring: it learns that its keys are over.

The keys changed after the backup, so what was put back may sign nothing, and no card twice.
"""

import pytest

from openline.envelope.ceremony import Ceremony
from openline.envelope.officer_file import new_officer
from openline.errors import OpenlineError
from openline.exchange import conversation, restoring
from openline.exchange.logs import epochs, hello, post
from openline.exchange.membership import enrolment, identity, own_cards, parties, rotation
from openline.exchange.membership.identity import Change
from openline.exchange.membership.own_cards import CardsBehind, OwnCardTwice
from openline.exchange.refusals import PeerRefused
from openline.exchange.station import KeyringBehind, Station
from openline.exchange.traffic import asks, receive
from openline.exchange.traffic.link import Link, Post, Rest
from openline.formats.card import Card, comparison_digits
from tests.exchange.conftest import SUITE
from tests.exchange.test_card_keys import snapshot
from tests.exchange.test_root_keys import put_away, sign
from tests.exchange.test_rotation import CLARIFY, learn, opened, restarted, words
from tests.exchange.visiting import RU, US

DAY_S = 86_400


class Before:
    """A line, root keys in a safe, and a copy of database and keyring of that day."""

    def __init__(self) -> None:
        self.peers, self.line = opened()
        self.us, self.ru = self.peers[US].station, self.peers[RU].station
        self.held = put_away(self.us)
        learn(self.peers, US)
        self.peers.carry()
        self.copy, self.keyring = snapshot(self.us), self.us.keyring.to_bytes()

    def put_back(self, *, is_marked: bool = True, has_journal: bool = False) -> Station:
        """The copy of that day, as `openline restore` leaves it, without the anchor's journal."""
        from openline.store.memory_anchor import MemoryAnchor, MemoryJournal
        from openline.store.sqlite import SqliteStore

        self.us.store = SqliteStore.from_snapshot(self.copy)
        with self.us.store.write() as tx:
            if is_marked:
                tx.set_meta(own_cards.RESTORED, own_cards.PUT_BACK)
                tx.set_meta(own_cards.HAD_ANCHOR, b"yes" if has_journal else b"")
        if not has_journal:
            self.us.anchor = MemoryAnchor(
                MemoryJournal(), database=self.us.store.uuid(), machine=bytes(16)
            )
        self.us.forget(party=US)
        self.us = self.peers[US].station = restarted(self.us, self.keyring)
        return self.us

    def turn(self, held: Ceremony | None = None, *, lost: bool = True) -> Card:
        """New keys, signed by this copy of the safe."""
        loss = rotation.Loss(self.peers.clock.time_s) if lost else None
        request = identity.amend(self.us, rotation.change(self.us, loss))
        assert request is not None
        card = identity.hand_in(self.us, sign(held or self.held, request))
        rotation.finish(self.us)
        return card

    def talk(self) -> list[str]:
        """Our conversation with the other side until it rests: the paths of what was asked."""
        self.peers.clock.time_s += 30
        steps = conversation.talk(self.us, Link(RU))
        step, paths, rests = next(steps), [], 0
        while rests < 2:
            if isinstance(step, Rest):
                rests += 1
                self.peers.clock.time_s += 30
                step = steps.send(None)
                continue
            paths.append(step.path)
            try:
                answer = self.answer(step)
            except OpenlineError as refused:
                step = steps.throw(PeerRefused(403, refused.code, str(refused)))
            else:
                step = steps.send(answer)
        return paths

    def answer(self, asked: Post) -> bytes:
        if asked.path == "hello":
            return hello.answer(self.ru, asked.body, self.ru.random(16))[0]
        if asked.path == "deliver":
            return receive.receive(self.ru, asked.body)
        return asks.handle(self.ru, asked.body)


def alarms(station: Station) -> list[str]:
    return [event.code for event in station.store.events("alarm", 50)]


# ---- keys that are over ------------------------------------------------------------------------


def test_a_node_of_before_a_revocation_learns_its_newer_cards_and_signs_nothing() -> None:
    told = Before()
    told.turn()
    learn(told.peers, US)
    us = told.put_back()
    assert us.ended_keys == "", "it cannot know yet"
    told.talk()
    assert us.cards(US) == told.ru.cards(US)
    assert "exchange.keyring-behind" in alarms(us)
    assert "compromised" in us.ended_keys
    with pytest.raises(KeyringBehind):
        epochs.draft_open(us, told.line)
    with pytest.raises(KeyringBehind):
        identity.amend(us, Change(urls=("http://127.0.0.1:9",)))
    assert not us.may_write(told.line)
    before = us.cards(US)
    assert restarted(us, told.keyring).ended_keys, "the next start knows it too"
    assert us.cards(US) == before


def test_a_member_shows_nobody_elses_cards_to_a_key_that_it_does_not_know() -> None:
    """The control of the exception: a party's own cards, and those of whoever is asked."""
    told = Before()
    told.turn()
    learn(told.peers, US)
    us = told.put_back()
    assert asks.handle(told.ru, asks.ask(us, RU, "card", US, "0"))
    assert asks.handle(told.ru, asks.ask(us, RU, "card", RU, "0"))
    log = told.peers[RU].log(told.line)
    for verb, args in (("card", ("ch.example", "0")), ("head", (log, "0"))):
        with pytest.raises(OpenlineError, match="signed with a key"):
            asks.handle(told.ru, asks.ask(us, RU, verb, *args))


def test_an_officer_who_was_removed_after_the_backup_releases_nothing() -> None:
    told = Before()
    gone, stays = told.peers[US].officers
    fresh = new_officer(US, "eve", ("releaser",), SUITE, told.us.random)
    leaves = (stays.leaf(SUITE), fresh.leaf(SUITE))
    request = identity.amend(told.us, Change(officers=leaves))
    assert request is not None
    identity.hand_in(told.us, sign(told.held, request))
    learn(told.peers, US)
    us = told.put_back()
    told.talk()
    assert us.cards(US) == told.ru.cards(US) and not us.ended_keys
    assert identity.current_officers(us) == (), "who they are is not known here"
    draft = epochs.draft_open(us, told.line)
    with pytest.raises(OpenlineError):
        told.peers[US].release(draft)
    del gone


def test_the_root_keys_of_the_safe_are_the_way_out() -> None:
    told = Before()
    taken = told.turn()
    learn(told.peers, US)
    us = told.put_back()
    told.talk()
    officers = [new_officer(US, name, ("releaser",), SUITE, us.random) for name in "ab"]
    leaves = [each.leaf(SUITE) for each in officers]
    assert enrolment.ask(us, leaves)[1] is None, "`officer add` makes the files, and waits"
    change = rotation.change(us)
    wanted = Change(tuple(o.leaf(SUITE) for o in officers), ends=change.ends, turns=True)
    request = identity.propose(us, wanted, identity.planned_roots(us))
    card = identity.hand_in(us, sign(told.held, request))
    rotation.finish(us)
    assert card.n == taken.n + 1 and not us.ended_keys
    told.peers[US].officers = officers
    learn(told.peers, US)
    if told.line in us.suspect:
        draft = told.peers[US].release(epochs.draft_open(us, told.line))
        post.post(us, [draft])
    told.peers.say(US, told.line, CLARIFY, words("after the recovery"))
    told.peers.carry()
    log = us.own_log(told.line)
    held = told.ru.log(log.origin) if log is not None else None
    assert log is not None and held is not None and held.size == log.size


# ---- no card twice -----------------------------------------------------------------------------


def test_a_restored_node_makes_no_card_before_the_members_have_said_what_they_hold() -> None:
    told = Before()
    told.turn(lost=False)
    learn(told.peers, US)
    us = told.put_back()
    told.peers.clock.time_s += 2 * DAY_S
    with pytest.raises(CardsBehind, match=RU):
        told.turn()
    told.talk()
    assert own_cards.unheard(us) == []
    with pytest.raises(KeyringBehind):
        identity.amend(us, Change(urls=("http://127.0.0.1:9",)))


def test_a_member_that_holds_no_more_than_we_do_lets_the_next_card_be_made() -> None:
    told = Before()
    us = told.put_back()
    assert own_cards.unheard(us) == [RU]
    told.talk()
    assert own_cards.unheard(us) == []
    assert told.turn(lost=False).n == len(told.ru.cards(US))


@pytest.mark.parametrize("more", [0, 1])
def test_a_card_that_was_signed_twice_is_told_to_us_and_theirs_can_be_taken(more: int) -> None:
    """The control without the mark of a restore: a second card 3; and the way back from it."""
    told = Before()
    first = theirs = told.turn(lost=False)
    for _ in range(more):
        theirs = told.turn(lost=False)
    learn(told.peers, US)
    us = told.put_back(is_marked=False)
    ours = told.turn(lost=False)
    assert ours.n == first.n and ours != first
    with pytest.raises(parties.CardConflict):
        learn(told.peers, US)
    told.talk()
    assert us.cards(US)[-1] == ours, "nobody puts another in its place but a person"
    assert own_cards.stand_otherwise(us) == ours.n
    assert "exchange.own-card-twice" in alarms(us)
    with pytest.raises(OwnCardTwice):
        told.turn(lost=False)
    assert own_cards.adopt(us) == 1
    assert us.cards(US) == told.ru.cards(US)
    with pytest.raises(KeyringBehind):
        epochs.draft_open(us, told.line)
    us = told.us = told.peers[US].station = restarted(us, us.keyring.to_bytes())
    assert us.ended_keys, "kept over a restart"
    officers = [new_officer(US, name, ("releaser",), SUITE, us.random) for name in "ab"]
    wanted = Change(tuple(o.leaf(SUITE) for o in officers), turns=True)
    request = identity.propose(us, wanted, identity.planned_roots(us))
    card = identity.hand_in(us, sign(told.held, request))
    assert card.n == theirs.n + 1 and not us.ended_keys
    row = told.ru.store.party(US)
    assert row is not None and row.standing == "frozen"
    parties.compare(told.ru, US, comparison_digits(row.fingerprint))
    learn(told.peers, US)
    row = told.ru.store.party(US)
    assert row is not None and row.standing == "compared"
    assert told.ru.cards(US) == us.cards(US)
    assert "hello" in told.talk()


def test_what_a_member_states_of_our_logs_is_known_to_be_newer_without_an_anchor() -> None:
    """The disk was lost with its anchor, and the member refuses our keys; its own hello says it."""
    told = Before()
    told.turn()
    learn(told.peers, US)
    told.peers.carry()
    us = told.put_back()
    assert restoring.standing(us)["newer"] == []
    assert restoring.standing(us)["members"] == [[RU, False]]
    hello.answer(us, hello.compose(told.ru, US, told.ru.random(16)), us.random(16))
    found = restoring.standing(us)
    assert found["members"] == [[RU, True]]
    assert any(row[0].startswith(f"{US}/openline/") and row[3] == [RU] for row in found["newer"])
