"""The line itself: what each party states about it, link tests, contacts, silence.

Shapes   line(given), board_row(state, now_s, receipts), limits(state) -> plain JSON
Units    silence_s counts from the last claimed time until now
Raises   nothing
Source   docs/cases.md, "The line"; the state of a line is one statement per party
Never    makes one state out of several parties' statements
"""

from typing import Any, Final

from openline.cases import shown, views
from openline.cases.agreed import Agreed
from openline.cases.due import Timers, line_dues
from openline.cases.entry import Entry
from openline.cases.fold import LineState
from openline.cases.ladder import Row
from openline.cases.obligations import stated_since, status_of
from openline.cases.presence import Mark
from openline.cases.receipts import Receipts, Rows
from openline.cases.registers.contacts import contacts
from openline.cases.registers.given import Given
from openline.cases.registers.notices import guarantees
from openline.cases.timing import OVERDUE, RUNNING, Due

# What a party says of a line that carries what it was made for.
OPEN: Final = "open"
# Told elsewhere, but spoken: calls and meetings that no contact of this line records.
_SPOKEN: Final = frozenset({"call", "in-person"})


def line(given: Given) -> Row:
    """Every party's own statement about the line, side by side, and what was heard on it."""
    return {
        "parties": _parties(given),
        "link_tests": _link_tests(given),
        **_contact_times(given),
        "defects": [
            {"origin": m.origin, "from": m.start, "to": m.stop, "class": m.kind, "by": m.by}
            for m in given.state.missing
        ],
    }


def _parties(given: Given) -> list[Row]:
    written = {presence.party for presence in given.state.presences}
    found = line_dues(given.state, given.receipts, given.agreed, given.now_s, given.measures())
    beats = [each for each in found if each.kind == "beat"]
    rows = []
    for party in sorted(written.union(given.state.members)):
        presence = given.state.presence(party)
        last = presence.last_message
        said = None if last is None else given.state.entry(last.ref)
        rows.append(
            {
                "party": party,
                "member": party in given.state.members,
                "opened": presence.opened,
                "epochs": len(presence.epochs),
                "left": presence.left is not None,
                "successor": presence.successor,
                "status": _status(given, party),
                "messages": presence.messages,
                "last_message": "" if last is None else shown.spelled(last.time_s),
                "last_number": given.state.number(said) if said else "",
                "silence_s": _silence_s(last, given.now_s),
                **_tests_of(given, party, beats),
            }
        )
    return rows


def _tests_of(given: Given, party: str, beats: list[Due]) -> Row:
    """The manned link tests of one party: its last one, its last answer, what its calendar says."""
    sent, answered = [], []
    for _, matter in given.matters("core/link-test"):
        sent += [v.entry for v in matter.versions if v.entry.party == party]
        answered += [
            act.entry
            for each in matter.sides
            if each.party == party != matter.author
            for act in each.acts
        ]
    own = [each for each in beats if each.party == party]
    running = [each.due_s for each in own if each.state == RUNNING and each.due_s is not None]
    return {
        "last_test": _latest(sent),
        "last_answer": _latest(answered),
        "tests_missed": sum(each.state == OVERDUE for each in own),
        "next_test": shown.spelled(min(running, default=None)),
    }


def _silence_s(last: Mark | None, now_s: int) -> int:
    return 0 if last is None else max(0, now_s - last.time_s)


def _status(given: Given, party: str) -> Row:
    """The latest statement of a party about the line; {} for none."""
    entry = status_of(given.state, party)
    if entry is None:
        return {}
    reason = shown.texts(entry.fields, "reason")
    since = stated_since(entry)
    return {"class": entry.answer, "since": since, "reason": reason, **given.head(entry)}


def _link_tests(given: Given) -> Row:
    tests = list(given.matters("core/link-test"))
    sent = [matter.first for _, matter in tests]
    answers = [
        act.entry
        for _, matter in tests
        for side in matter.sides
        for act in side.acts
        if side.party != matter.author
    ]
    return {
        "sent": len(sent),
        "answered": sum(matter.state == "answered" for _, matter in tests),
        "last_test": _latest(sent),
        "last_answer": _latest(answers),
    }


def _latest(entries: list[Entry]) -> str:
    return shown.spelled(max((entry.time_s for entry in entries), default=None))


def _contact_times(given: Given) -> Row:
    """The last contact that was held, and the silences between the times at which they spoke."""
    held = [row for row in contacts(given)["rows"] if row["state"] == "held" and row["at_time"]]
    last: dict[str, Any] = {}
    if held:
        latest = max(held, key=lambda row: str(row["at_time"]))
        last = {path: latest[path] for path in ("level", "at_time", "case")}
    elsewhere = [
        shown.string(matter.current.entry.fields, "at_time")
        for _, matter in given.said("core/told-elsewhere")
        if matter.answer in _SPOKEN
    ]
    times = sorted({*(row["at_time"] for row in held), *elsewhere} - {""})
    ends = [*times[1:], ""][: len(times)]
    silences = [{"from": a, "until": b} for a, b in zip(times, ends, strict=True)]
    return {"last_contact": last, "silences": silences}


def limits(state: LineState) -> list[Row]:
    """Who says that a line is less than open, or left it, since when: what a list must not hide."""
    rows = []
    for party in state.members:
        said, left = status_of(state, party), state.presence(party).left
        if left is not None:
            rows.append({"party": party, "class": "left", "since": shown.spelled(left.time_s)})
        elif said is not None and said.answer != OPEN:
            rows.append({"party": party, "class": said.answer, "since": stated_since(said)})
    return rows


def board_row(
    state: LineState,
    now_s: int,
    receipts: Rows | Receipts | None = None,
    timers: Timers | None = None,
) -> Row:
    """One line on the board of lines; its title, level and automatic link test come from others."""
    given = Given(state, Receipts.of(receipts or {}), Agreed.of(timers or {}), now_s)
    spoken = [p.last_message for p in state.presences if p.last_message is not None]
    last = max(spoken, key=lambda mark: (mark.time_s, mark.ref), default=None)
    tests = [matter for _, matter in given.matters("core/link-test")]
    test = max(tests, key=lambda matter: (matter.first.time_s, matter.ref), default=None)
    summary = line(given)
    return {
        "parties": summary["parties"],
        "last_contact": summary["last_contact"],
        "last_message": _heard(given, last.ref if last else None),
        "last_link_test": {}
        if test is None
        else {**_heard(given, test.ref), "answered": test.state == "answered"},
        "silent_since": "" if last is None else shown.spelled(last.time_s),
        "silence_s": _silence_s(last, now_s),
        "open_cases": sum(case.is_open for case in state.cases),
        "irregularities": len(state.irregularities),
        "in_force": guarantees(given)["in_force"],
    }


def _heard(given: Given, ref: Any) -> Row:
    entry = None if ref is None else given.state.entry(ref)
    if entry is None:
        return {}
    place = given.head(entry)
    return {"party": entry.party, "number": place["number"], "time": place["time"]}


def waiting(given: Given) -> list[Row]:
    """Entries that refer to one not held yet."""
    return [
        {
            **given.head(each.entry),
            "party": each.entry.party,
            "format": each.entry.format,
            "refers_to": views.ref(each.refers_to),
            "reason": each.reason,
        }
        for each in given.state.waiting
    ]


def irregularities(given: Given) -> list[Row]:
    """Everything on the line that breaks a rule."""
    numbered = given.state.number
    found = [
        views.irregularity(odd, case, numbered)
        for case in given.state.cases
        for odd in case.irregularities
    ]
    for presence in given.state.presences:
        for odd in presence.irregularities():
            row = views.irregularity(odd, None, numbered)
            entry = given.state.entry(odd.ref)
            found.append(row | {"number": numbered(entry) if entry else ""})
    return found
