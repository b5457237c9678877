"""Roles per line: an officer is on each line what was granted there, and elsewhere nothing."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from openline.desk.pages import passkeys
from openline.desk.roster import ADMINISTRATOR, EVERY_LINE, Officer, Roster, RosterRefused
from tests.desk.paged import ANNA
from tests.desk.seated import ANNA as SEATED
from tests.desk.seated import Seat, at_desk, made_home
from tests.exchange.conftest import make_peers
from tests.exchange.visiting import RU, US

HARBOUR, BRIDGE = "aa" * 32, "bb" * 32


def roster_with(officer: Officer) -> Roster:
    roster = Roster.load(make_peers(US, RU)[US].station)
    roster.keep(officer)
    return roster


def test_an_officer_gets_another_line_and_other_roles_on_it_without_a_new_key() -> None:
    roster = roster_with(replace(ANNA, lines={HARBOUR: ("watch",)}))
    roster.grant(ANNA.person, BRIDGE, ("drafter", "watch"))
    for found in (roster, Roster.load(roster.station)):  # as it is now, and after a restart
        officer = found.known(ANNA.person)
        assert officer.may("drafter", BRIDGE) and not officer.may("drafter", HARBOUR)
        assert officer.keys == ANNA.keys and officer.roles == ANNA.roles


def test_no_role_on_a_line_takes_the_line_away_also_from_who_is_on_every_line() -> None:
    roster = roster_with(ANNA)
    assert ANNA.sees(HARBOUR)
    roster.grant(ANNA.person, HARBOUR, ())
    officer = roster.known(ANNA.person)
    assert not officer.sees(HARBOUR) and officer.sees(BRIDGE)
    roster.grant(ANNA.person, HARBOUR, ("auditor",))
    assert roster.known(ANNA.person).roles_on(HARBOUR) == ("auditor",)


def test_nobody_gets_a_role_that_the_card_does_not_give_or_stays_without_any() -> None:
    roster = roster_with(replace(ANNA, roles=("watch",), lines={HARBOUR: ("watch",)}))
    for role in ("releaser", ADMINISTRATOR, "king"):
        with pytest.raises(RosterRefused, match=role):
            roster.grant(ANNA.person, HARBOUR, ("watch", role))
    with pytest.raises(RosterRefused, match="no role anywhere"):
        roster.grant(ANNA.person, HARBOUR, ())
    assert roster.known(ANNA.person).lines == {HARBOUR: ("watch",)}
    assert EVERY_LINE not in roster.known(ANNA.person).lines


def test_whoever_is_removed_while_a_form_of_theirs_comes_in_stays_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body may take its time: what was true at its beginning is asked again at its end."""
    monkeypatch.setenv("OPENLINE_PASSPHRASE", "only for this test")
    key = passkeys.NewKey(b"spare", ANNA.keys[0].public, b"spki", 0)
    monkeypatch.setattr(passkeys, "registered", lambda *_: key)

    async def steps(seat: Seat) -> None:
        roster = seat.desk.roster
        found = re.search(r'name="challenge" value="([^"]+)"', (await seat.get("/me")).text)
        assert found is not None

        async def removed() -> None:
            await seat.desk.lane.run(roster.remove, SEATED)

        answer = await seat.post("/me/key", {"challenge": found[1], "answer": "{}"}, removed)
        assert answer.status in (303, 401, 403, 422)
        assert SEATED not in roster.officers
        assert SEATED not in Roster.load(roster.station).officers

    at_desk(made_home(tmp_path), steps)
