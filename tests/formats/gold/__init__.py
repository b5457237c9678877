"""Reads the hand-made labels and the texts beside the project that they are about."""

import csv
import gzip
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from openline.formats.foreign.heard import Heard

FOLDER = Path(__file__).parent
# The military and hazard warnings of the collection: 10,612 of its 47,759.
HAZARD = re.compile(r"\b(MISSILE|ROCKET|GUNNERY|EXERCISE|HAZARDOUS OPERATIONS|DEBRIS)")
Told = set[tuple[str, int, int | None, bool]]


@cache
def warnings(shared: Path) -> list[dict[str, str | None]]:
    """The collected navigational warnings, in the order of the file."""
    with gzip.open(shared / "data" / "navwarns_messages.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines if line.strip()]


@cache
def table(shared: Path, name: str) -> list[dict[str, str]]:
    """A gzipped CSV file of the collection."""
    csv.field_size_limit(10**9)
    with gzip.open(shared / "data" / name, "rt") as lines:
        return list(csv.DictReader(lines))


def issued(row: dict[str, str | None]) -> int | None:
    """The time of issue that the collection gives."""
    stated = row["dtg"]
    return int(datetime.fromisoformat(stated).replace(tzinfo=UTC).timestamp()) if stated else None


def labels(name: str) -> Iterator[tuple[int, str, str]]:
    """Number of the text, first digits of its hash, label."""
    for line in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
        number, digest, label = line.split("\t")
        yield int(number), digest, label


def is_text(text: str, digest: str) -> bool:
    """Whether the collection still holds the text that was labelled."""
    return hashlib.sha256(text.encode()).hexdigest().startswith(digest)


def meant(label: str, issued_s: int | None) -> Told:
    """The windows that a label spells."""
    if label in ("-", "text-only"):
        return set()
    return {told for part in label.split("; ") for told in _part(part, issued_s)}


def _part(part: str, issued_s: int | None) -> Iterator[tuple[str, int, int | None, bool]]:
    zone = ""
    if match := re.match(r"([A-Z]): ", part):
        zone, part = match[1], part[3:]
    is_alternate = part.startswith("alt ")
    part = part.removeprefix("alt ")
    if "@" not in part:
        start, _, end = part.partition("/")
        start_s = issued_s if start == "issue" else _moment(start)
        assert start_s is not None
        yield zone, start_s, _moment(end) if end else None, is_alternate
        return
    hours, days = part.split("@")
    first, last = hours.split("-")
    for stretch in days.split(","):
        begin, _, until = stretch.partition("..")
        day = _moment(f"{begin}.0000")
        while day <= _moment(f"{until or begin}.0000"):
            start_s, end_s = day + _clock(first), day + _clock(last)
            yield zone, start_s, end_s if end_s > start_s else end_s + 86_400, is_alternate
            day += 86_400


def _clock(hhmm: str) -> int:
    return int(hhmm[:2]) * 3600 + int(hhmm[2:]) * 60


def _moment(text: str) -> int:
    day = datetime.strptime(text[:6], "%y%m%d").replace(tzinfo=UTC)
    return int((day + timedelta(seconds=_clock(text[7:]))).timestamp())


def said(heard: Heard) -> Told:
    """What a reader understood, without letters where all zones have the same windows."""
    zones = [zone for zone in heard.zones if zone.windows]
    is_common = len({zone.windows for zone in zones}) <= 1
    return {
        ("" if is_common else zone.name, w.start_s, w.end_s, w.is_alternate)
        for zone in (zones[:1] if is_common else zones)
        for w in zone.windows
    }
