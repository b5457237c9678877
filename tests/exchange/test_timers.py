"""Timers of a charter: names that nothing reads and seconds that nobody means are refused."""

from typing import Any

import pytest

from openline.cases.calendar import SECONDS_MAX, BadSeconds
from openline.errors import OpenlineError
from openline.exchange.membership import lines
from openline.exchange.membership.lines import UnknownTimer
from tests.exchange.conftest import Peers, make_peers

US, RU = "us.example", "ru.example"


@pytest.fixture(scope="module")
def shared() -> Peers:
    return make_peers(US, RU)


def invite(peers: Peers, **timers: Any) -> dict[str, int]:
    spec = {
        "title": "t", "purpose": "p", "members": [US, RU], "languages": ["en"], "packs": ["core"],
        "timers": timers,
    }  # fmt: skip
    draft = lines.invite(peers[US].station, spec)
    return dict(peers[US].station.charter(draft.line_id).timers)


@pytest.mark.parametrize(
    "name", ["answer.vist", "lag.nothing", "answer", "answer.visit.xx.example", "precedence.fast"]
)
def test_a_timer_that_nothing_reads_is_refused_by_its_name(shared: Peers, name: str) -> None:
    with pytest.raises(UnknownTimer, match=name):
        invite(shared, **{name: 60})


def test_a_timer_of_a_pack_that_the_line_has_not_is_refused(shared: Peers) -> None:
    with pytest.raises(UnknownTimer, match=r"answer\.inspection"):
        invite(shared, **{"answer.inspection": 60})


@pytest.mark.parametrize("seconds", [SECONDS_MAX + 1, 2**50])
def test_seconds_that_nobody_can_mean_are_refused(shared: Peers, seconds: int) -> None:
    with pytest.raises(BadSeconds, match=r"answer\.visit"):
        invite(shared, **{"answer.visit": seconds})


@pytest.mark.parametrize("seconds", [-1, "60", 1.5, True, None])
def test_seconds_that_are_no_number_are_refused(shared: Peers, seconds: Any) -> None:
    with pytest.raises(OpenlineError):
        invite(shared, **{"answer.visit": seconds})


def test_what_a_form_a_line_or_one_member_has_is_taken(shared: Peers) -> None:
    wanted = {
        "answer.visit": 60, f"answer.visit.{RU}": 120, "precedence.flash": 300, "escalate": 60,
        "beat.link-test": 3_600, "confirm.flash": 3_600, "collect": 60,
    }  # fmt: skip
    assert wanted.items() <= invite(shared, **wanted).items()
