"""iCalendar: what is written is read back by another's parser, line by line within the limits."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.icalendar import (
    LINE_BYTES_MAX,
    BadCalendarEvent,
    Feed,
    Occasion,
    encode,
    folded,
    moment,
    text,
    uid,
)

_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\\;,:\"'"), max_size=200
)
_OCCASION = st.builds(
    Occasion, st.text(max_size=40), st.integers(0, 253_402_300_799), _TEXT,
    st.lists(st.integers(0, 2**31), max_size=3).map(tuple),
)  # fmt: skip
_FEED = st.builds(Feed, st.integers(0, 4_102_444_800), st.lists(_OCCASION, max_size=5).map(tuple))


@given(_FEED)
def test_what_is_written_is_what_another_parser_reads(feed: Feed) -> None:
    parsed = icalendar.Calendar.from_ical(encode(feed))
    found = [
        (
            str(event["UID"]),
            event["DTSTART"].dt,
            str(event["SUMMARY"]),
            tuple(-alarm["TRIGGER"].dt for alarm in event.walk("VALARM")),
        )
        for event in parsed.walk("VEVENT")
    ]
    wanted = [
        (
            uid(each.key),
            datetime.fromtimestamp(each.at_s, UTC),
            each.summary,
            tuple(timedelta(seconds=seconds) for seconds in each.warn_s),
        )
        for each in feed.occasions
    ]
    assert sorted(found) == sorted(wanted)
    assert parsed.errors == []


@given(_FEED)
def test_every_line_ends_as_lines_do_and_is_short_enough(feed: Feed) -> None:
    lines = encode(feed).split("\r\n")
    assert lines[-1] == ""
    assert all(len(line.encode()) <= LINE_BYTES_MAX for line in lines)
    assert not any("\n" in line or "\r" in line for line in lines)


@given(_TEXT)
def test_folding_cuts_no_character_and_loses_none(line: str) -> None:
    first, *rest = folded(line)
    assert all(part.startswith(" ") for part in rest)
    assert first + "".join(part[1:] for part in rest) == line


@pytest.mark.parametrize("value", ["a\x00b", "a\rb", "\x1b[2J", "\x7f", "\ud800", "x" * 1_001])
def test_what_no_calendar_takes_is_refused(value: str) -> None:
    with pytest.raises(BadCalendarEvent):
        text(value)


@pytest.mark.parametrize("at_s", [-(10**15), 253_402_300_800, 2**62])
def test_a_time_beyond_the_calendar_is_refused(at_s: int) -> None:
    with pytest.raises(BadCalendarEvent):
        moment(at_s)


def test_a_warning_after_the_event_is_refused() -> None:
    with pytest.raises(BadCalendarEvent):
        encode(Feed(0, (Occasion("a", 0, "x", (-1,)),)))


def test_an_early_year_has_four_digits() -> None:
    assert moment(-62_135_596_800) == "00010101T000000Z"
