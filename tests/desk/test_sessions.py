"""Sessions and challenges: each ends in time, and none serves twice or for another purpose."""

from itertools import count

import pytest

from openline.desk.pages.challenges import GOOD_S, Challenges
from openline.desk.pages.passkeys import PasskeyRefused
from openline.desk.pages.sessions import IDLE_S, SESSIONS_MAX, TOTAL_S, Sessions
from openline.desk.pages.sign_pages import back


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Random:
    """Different bytes at each call, and the same in each run."""

    def __init__(self) -> None:
        self.calls = count(1)

    def __call__(self, size: int) -> bytes:
        return next(self.calls).to_bytes(size, "big")


def test_a_session_ends_after_a_watch_and_a_half_however_busy_it_was() -> None:
    clock = Clock()
    sessions = Sessions(clock, Random())
    token = sessions.begin(b"anna")
    while clock.now_s <= TOTAL_S:
        assert sessions.find(token) is not None
        clock.now_s += IDLE_S / 2
    assert sessions.find(token) is None


def test_a_session_that_nobody_uses_ends_earlier() -> None:
    clock = Clock()
    sessions = Sessions(clock, Random())
    token = sessions.begin(b"anna")
    clock.now_s = IDLE_S + 1
    assert sessions.find(token) is None
    clock.now_s = 0
    assert sessions.find(token) is None  # over is over, whatever the clock says later


def test_signing_out_and_removal_end_sessions_at_once() -> None:
    sessions = Sessions(Clock(), Random())
    anna, also, boris = sessions.begin(b"anna"), sessions.begin(b"anna"), sessions.begin(b"boris")
    sessions.end(anna)
    assert [sessions.find(each) is not None for each in (anna, also, boris)] == [False, True, True]
    sessions.end_of(b"anna")
    assert [sessions.find(each) is not None for each in (also, boris)] == [False, True]


def test_sessions_are_bounded_and_a_form_belongs_to_one() -> None:
    sessions = Sessions(Clock(), Random())
    tokens = [sessions.begin(b"x") for _ in range(SESSIONS_MAX + 1)]
    found = [each for each in map(sessions.find, tokens) if each is not None]
    assert len(found) == SESSIONS_MAX
    assert found[0].is_form(found[0].form_token)
    assert not found[0].is_form(found[1].form_token)
    assert not found[0].is_form("")


def test_a_challenge_is_good_once_soon_and_for_its_purpose() -> None:
    clock = Clock()
    challenges = Challenges(clock, Random())
    name, challenge = challenges.give("sign-in")
    with pytest.raises(PasskeyRefused):
        challenges.take(name, "enrol x")
    name, challenge = challenges.give("sign-in")
    assert challenges.take(name, "sign-in") == challenge
    with pytest.raises(PasskeyRefused):
        challenges.take(name, "sign-in")
    late, _ = challenges.give("sign-in")
    clock.now_s = GOOD_S
    with pytest.raises(PasskeyRefused):
        challenges.take(late, "sign-in")


def test_whoever_opens_the_page_of_signing_in_without_end_pushes_out_no_officers_question() -> None:
    challenges = Challenges(Clock(), Random())
    release, challenge = challenges.give("anna release")
    for _ in range(5_000):
        challenges.give("sign-in")
    assert challenges.take(release, "anna release") == challenge
    with pytest.raises(PasskeyRefused):
        challenges.take(release, "anna release")


def test_a_question_that_a_stranger_looks_at_is_not_spent_and_none_is_made_up() -> None:
    challenges = Challenges(Clock(), Random())
    name, challenge = challenges.give("sign-in")
    assert challenges.look(name, "sign-in") == challenges.look(name, "sign-in") == challenge
    for made_up in (
        "",
        "x",
        "9" * 400,
        name.replace(".", ".0", 1),
        f"9{name}",
        f"{name}0",
        "é.ü.ß",
    ):
        with pytest.raises(PasskeyRefused):
            challenges.look(made_up, "sign-in")
    challenges.spend(name)
    with pytest.raises(PasskeyRefused):
        challenges.look(name, "sign-in")


def test_what_was_answered_is_remembered_as_long_as_it_is_good_and_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("openline.desk.pages.challenges.SPENT_MAX", 3)
    clock = Clock()
    challenges = Challenges(clock, Random())
    for _ in range(3):
        challenges.take(challenges.give("anna release")[0], "anna release")
    with pytest.raises(PasskeyRefused):
        challenges.take(challenges.give("anna release")[0], "anna release")
    clock.now_s += GOOD_S + 2
    challenges.take(challenges.give("anna release")[0], "anna release")


@pytest.mark.parametrize(
    ("goal", "page"),
    [
        ("/case?o=x&i=1", "/case?o=x&i=1"),
        ("https://evil.example/", "/queue"),
        ("//evil.example/", "/queue"),
        ("/\\evil.example", "/queue"),
        ("/a\r\nset-cookie: x", "/queue"),
        ("", "/queue"),
        ("/sign-in", "/queue"),
    ],
)
def test_after_signing_in_a_person_stays_at_this_desk(goal: str, page: str) -> None:
    assert back(goal) == page
