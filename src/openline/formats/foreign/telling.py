"""What was heard in another notation as fields of core/told-elsewhere@1.

Shapes   fields_of(heard, lang, document) -> {path: value}; the class is always `broadcast`
Units    times as RFC 3339 UTC text; degrees are integers of 1e-7
Raises   Malformed where the text itself does not fit into a field
Source   docs/formats.md, core/told-elsewhere@1; docs/decisions/0014-foreign-notations.md
Never    tells areas or windows of a text with a doubt: then it is text only
"""

from typing import Final

from openline.formats.area import area_value
from openline.formats.foreign.heard import Heard, Window, Zone
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.spell import utc

FORMAT: Final = "core/told-elsewhere@1"
CLASS: Final = "broadcast"
# A message has at most 512 fields; the fixed ones, releases and receipts need room as well.
FIELDS_MAX: Final = 400
SUBJECT_CHARACTERS_MAX: Final = 200
_NAMES: Final = {
    "navwarn": "Navigational warning",
    "notam": "NOTAM",
    "digital-notam": "NOTAM",
    "cap": "CAP alert",
    "cot": "CoT event",
}


def fields_of(heard: Heard, document: str, told_s: int) -> dict[str, Value]:
    """The message; `document` is the base64 SHA-256 of the file that it was read from.

    `told_s` stands where the notice has no time of issue: when it reached us.
    """
    fields: dict[str, Value] = {
        "subject": [{"lang": "en", "status": "original", "text": subject_of(heard)}],
        "at_time": utc(told_s if heard.issued_s is None else heard.issued_s),
        "document": document,
        "words": _block(heard.text),
        "source": f"{heard.notation}: {heard.number or 'no number'}"[:200],
    }
    rows = _rows(heard) if heard.is_checkable else {}
    is_whole = 0 < len(rows) <= FIELDS_MAX
    fields["checked"] = "machine-read" if is_whole else "text-only"
    if heard.cancelled_s is not None:
        fields["ends"] = utc(heard.cancelled_s)
    if remark := _remark(heard):
        fields["remark"] = remark
    return {**fields, **(rows if is_whole else {})}


def subject_of(heard: Heard) -> str:
    """One line that names the notice: its notation, number, and what it does to others."""
    name = f"{_NAMES[heard.notation]} {heard.number}".strip()
    if heard.kind in ("replaces", "cancels") and heard.cancels:
        name = f"{name} {heard.kind} {', '.join(heard.cancels)}"
    mark = f"{heard.status.upper()}: " if heard.status in ("Exercise", "Test", "System") else ""
    return f"{mark}{name}"[:SUBJECT_CHARACTERS_MAX]


def _block(text: str) -> str:
    """The text as it came, in lines that a field may hold."""
    lines = [
        "".join(letter if letter.isprintable() else " " for letter in line).rstrip()
        for line in text.splitlines()
    ]
    block = "\n".join(lines).strip("\n")
    if not block.strip() or len(block.encode()) > 16_000:
        raise Malformed("notice", "its text is empty or longer than 16,000 bytes: attach it")
    return block


def _remark(heard: Heard) -> str:
    """Why it is text only, what was not checked, which ends are estimates."""
    said = [doubt.sentence for doubt in dict.fromkeys(heard.doubts)][:3]
    said += heard.remarks[:3]
    if any(window.is_estimated for window in heard.windows):
        said.append("the end is an estimate")
    if heard.cancels and heard.kind == "new":
        said.append(f"cancels {', '.join(heard.cancels)}")
    return " ".join("; ".join(said).split())[:1_000]


def _rows(heard: Heard) -> dict[str, Value]:
    """One row for each shape: its area, its windows, its alternates."""
    rows: dict[str, Value] = {}
    number = 0
    for zone in heard.zones:
        for area in zone.areas:
            number += 1
            if zone.name:
                rows[f"area.{number}.name"] = " ".join(zone.name.split())[:200]
            rows[f"area.{number}.area"] = area_value(area)
            rows |= _windows(f"area.{number}", zone)
    return rows


def _windows(prefix: str, zone: Zone) -> dict[str, Value]:
    rows: dict[str, Value] = {}
    for group, is_alternate in (("window", False), ("alternate", True)):
        listed = [window for window in zone.windows if window.is_alternate is is_alternate]
        for number, window in enumerate(sorted(listed, key=_start), 1):
            rows[f"{prefix}.{group}.{number}.from"] = utc(window.start_s)
            if window.end_s is not None:
                rows[f"{prefix}.{group}.{number}.until"] = utc(window.end_s)
    return rows


def _start(window: Window) -> int:
    return window.start_s
