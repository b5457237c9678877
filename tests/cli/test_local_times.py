"""Local times on the command line become the one moment that they mean, or are refused."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cli.fields import read_fields
from openline.cli.local_times import MOMENT, BadLocalTime, utc_of
from openline.cli.main import COMMANDS
from openline.formats.pack import load_packs
from openline.formats.spell import parse_utc

SAID = {
    "2026-03-28T08:00[Europe/Kyiv]": "2026-03-28T06:00:00Z",
    "2026-07-01T08:00:30[Asia/Kathmandu]": "2026-07-01T02:15:30Z",
    "2026-12-31T23:00[America/New_York]": "2027-01-01T04:00:00Z",
    "2026-03-28T08:00[UTC]": "2026-03-28T08:00:00Z",
}
REFUSED = {
    "2026-03-29T02:30[Europe/Paris]": "never is",
    "2026-10-25T02:30[Europe/Paris]": "2026-10-25T00:30:00Z or 2026-10-25T01:30:00Z",
    "2026-03-28T24:00[Europe/Paris]": "00:00 of the next day",
    "2026-02-30T08:00[Europe/Paris]": "no such day",
    "2026-03-28T08:00[Europe/Nowhere]": "is no zone",
    "2026-03-28T08:00[../etc/passwd]": "not like",
    "2026-03-28 08:00[Europe/Paris]": "not like",
}


@pytest.mark.parametrize("said", SAID)
def test_a_local_time_is_sent_as_utc(said: str) -> None:
    assert utc_of(said) == SAID[said]
    form = load_packs().format("core/visit@1")
    assert read_fields(form, [f"from={said}"], None) == {"from": SAID[said]}


@pytest.mark.parametrize("said", REFUSED)
def test_a_time_that_is_not_one_moment_is_refused_with_the_reason(said: str) -> None:
    with pytest.raises(BadLocalTime, match=REFUSED[said]):
        utc_of(said)


def test_a_time_in_utc_is_left_as_it_was_written() -> None:
    form = load_packs().format("core/visit@1")
    written = "2026-03-29T02:30:00Z"
    assert read_fields(form, [f"from={written}"], None) == {"from": written}


@given(
    st.integers(946_684_800, 2_051_222_400),
    st.sampled_from(["Europe/Paris", "Australia/Lord_Howe", "Asia/Tehran", "America/Sao_Paulo"]),
)
def test_every_moment_is_said_by_its_local_time_or_that_time_is_refused(
    at_s: int, name: str
) -> None:
    zone = ZoneInfo(name)
    at = datetime.fromtimestamp(at_s, UTC)
    wall = at.astimezone(zone).replace(tzinfo=None)
    try:
        found = parse_utc(utc_of(f"{wall.isoformat()}[{name}]"))
    except BadLocalTime as refused:
        assert "comes twice" in str(refused)
        later = [at + timedelta(minutes=m) for m in (-120, -60, -30, 30, 60, 120)]
        assert wall in [each.astimezone(zone).replace(tzinfo=None) for each in later]
    else:
        assert found == at_s


OPTIONS = {
    "2026-11-30T15:00Z": "2026-11-30T15:00:00Z",
    "2026-11-30T15:00:07Z": "2026-11-30T15:00:07Z",
    "2026-11-30T15:00[Europe/Kyiv]": "2026-11-30T13:00:00Z",
}
LACKING = {
    "2026-11-30": "lacks its hour",
    "2026-11-30Z": "lacks its hour",
    "2026-11-30T15Z": "lacks its minute",
    "2026-11-30T15:00": "lacks its Z",
    "2026-11-30T15:00+02:00": "not in UTC",
    "2026-11-31T15:00Z": "does not exist",
    "2026-11-30T24:00Z": "midnight is 00:00:00 of the next day",
    "at once": "is not a time like",
}


@pytest.mark.parametrize("said", OPTIONS)
def test_an_option_takes_a_time_as_a_field_does(said: str) -> None:
    assert MOMENT.convert(said, None, None) == OPTIONS[said]


@pytest.mark.parametrize("said", LACKING)
def test_a_time_that_is_not_whole_is_refused_with_what_is_missing(said: str) -> None:
    with pytest.raises(click.UsageError, match=LACKING[said]):
        MOMENT.convert(said, None, None)


def test_every_option_that_takes_a_time_takes_it_in_the_same_way() -> None:
    found = [option for option in options() if option.metavar == "TIME"]
    assert len(found) > 6
    assert [str(option) for option in found if option.type is not MOMENT] == []


def options() -> Iterator[click.Parameter]:
    """Every option of every command."""
    todo: list[click.Command] = [getattr(import_module(f"openline.cli.commands.{module}"), name)
                                 for module, name, _ in COMMANDS.values()]  # fmt: skip
    while todo:
        each = todo.pop()
        todo += each.commands.values() if isinstance(each, click.Group) else []
        yield from each.params
