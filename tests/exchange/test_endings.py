"""A last entry in our name that a restored node cannot account for: officers say if it is ours."""

import pytest

from openline.exchange.drafting.drafts import compose
from openline.exchange.logs import endings, epochs, post, sequence
from openline.exchange.logs.endings import EndingDiffers
from openline.exchange.membership import drawn, rotation, succession
from openline.exchange.station import Station
from openline.formats.head import Head
from tests.exchange.test_gone_back import Before
from tests.exchange.test_left_lines import adoptions, leave
from tests.exchange.test_rotation import restarted
from tests.exchange.visiting import US

DAY_S = 86_400


def stolen(*, has_journal: bool = False) -> tuple[Before, Station]:
    """Who has a copy of our keys ends a line of ours, with a time of before; then we restore."""
    told = Before()
    told.peers.clock.time_s -= DAY_S
    draft = compose(told.us, told.line, "close", {"successor": "-"}, officers=0)
    sequence.append(told.us, told.line, [draft])
    told.peers.carry()
    told.peers.clock.time_s += DAY_S
    told.us.store.close()
    us = told.put_back(has_journal=has_journal)
    told.talk()
    return told, us


def test_a_thief_with_a_copy_of_our_keys_ends_no_line_of_a_restored_node() -> None:
    """Whatever time it claims: the line waits for officers, and an alarm says for which word."""
    told, us = stolen()
    assert not us.has_left(told.line)
    assert us.suspect[told.line] == endings.WAITS and drawn.receive_only(us) == [told.line]
    (event,) = [e for e in us.store.events() if e.code == "epoch.ended"]
    assert event.kind == "alarm" and "openline line leave" in event.text
    us = restarted(us, us.keyring.to_bytes())
    assert us.suspect[told.line] == endings.WAITS and not us.has_left(told.line)


def test_the_line_goes_on_in_the_epoch_that_two_officers_open() -> None:
    told, us = stolen()
    post.post(us, [told.peers[US].release(epochs.draft_open(us, told.line))])
    assert us.may_write(told.line) and endings.unexplained(us, told.line) is None
    written = post.post(us, [told.peers[US].release(succession.leave(us, told.line, None))])[0]
    assert written is not None and us.log(written.origin) is not None
    assert us.number(written).startswith("2.") and us.has_left(told.line)


def test_a_node_that_goes_by_the_time_of_an_entry_loses_the_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control."""
    monkeypatch.setattr(endings, "is_shown_ours", lambda station, log, head: True)
    told, us = stolen()
    assert us.has_left(told.line) and us.suspect == {}


def test_a_leaving_of_our_own_is_confirmed_by_two_officers_and_no_entry_is_written() -> None:
    told = Before()
    leave(told.peers, told.line)
    us = told.put_back()
    told.talk()
    assert not us.has_left(told.line) and adoptions(us) == ["alarm"]
    place = endings.unexplained(us, told.line)
    draft = succession.leave(us, told.line, None)
    assert draft.officers == endings.OFFICERS
    sizes = {log.origin: log.size for log in us.logs_of(told.line)}
    assert post.post(us, [told.peers[US].release(draft)]) == (place,)
    assert us.has_left(told.line) and us.suspect == {} and drawn.receive_only(us) == []
    assert {log.origin: log.size for log in us.logs_of(told.line)} == sizes
    us = restarted(us, us.keyring.to_bytes())
    assert us.has_left(told.line) and us.suspect == {}


def test_one_officer_confirms_no_last_entry() -> None:
    told, us = stolen()
    draft = compose(us, told.line, "close", {"successor": "-"}, officers=1)
    with pytest.raises(EndingDiffers, match="2 officers"):
        post.post(us, [told.peers[US].release(draft)])
    assert not us.has_left(told.line)


def test_officers_confirm_what_the_last_entry_says_and_only_once_it_can_be_read() -> None:
    told, us = stolen()
    place = endings.unexplained(us, told.line)
    assert place is not None
    with pytest.raises(EndingDiffers, match="names '-'"):
        endings.refuse_other(us, place, "another line")
    with us.store.write() as tx:
        tx.set_entry_state(*place, "sealed")
    with pytest.raises(EndingDiffers, match="not here yet"):
        succession.leave(us, told.line, None)


def test_a_journal_that_knows_of_what_officers_opened_after_it_makes_it_no_end() -> None:
    """The restored node took the thief's entry to look at, and its journal has signed for it since:
    a second restore, beside that journal, must not take it for our own."""
    told, us = stolen()
    post.post(us, [told.peers[US].release(epochs.draft_open(us, told.line))])
    told.peers.carry()
    log = next(each for each in us.logs_of(told.line) if each.party == US and each.counter == 1)
    us = told.put_back(has_journal=True)
    # Whichever of the two logs comes back first.
    assert not endings.is_shown_ours(us, log, Head(log.origin, log.size, log.root))
    told.talk()
    assert not us.has_left(told.line) and drawn.receive_only(us) == [told.line]
    for _ in range(3):
        told.talk()
    assert not us.has_left(told.line) and endings.unexplained(us, told.line) is None


def test_of_an_end_that_officers_have_disowned_nobody_is_asked_again() -> None:
    told, us = stolen()
    place = endings.unexplained(us, told.line)
    assert place is not None
    epochs.tell_floors(us, {place.origin: place.index})
    assert endings.unexplained(us, told.line) is None
    assert rotation.floors_from(us, told.line, "1", place.index) == {place.origin: place.index}
