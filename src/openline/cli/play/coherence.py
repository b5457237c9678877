"""Whether a history hangs together: names that exist, times in order, a mark and a fact for all.

Shapes   check_history(history, file) -> None
Units    times are unix seconds UTC
Raises   ScenarioRefused at the first thing that is wrong
Source   docs/SOURCES.md, "How a scenario file is read"
Never    knows what a format means: the node's own check judges the fields
"""

from collections.abc import Iterator, Mapping
from typing import Final

from openline.cli.play.reading import ScenarioRefused, as_texts
from openline.cli.play.repeating import row_name
from openline.cli.play.scenario import (
    MARKS,
    Batch,
    Check,
    Digest,
    Erase,
    Fault,
    History,
    Note,
    Open,
    Play,
    Send,
    Step,
)
from openline.formats.openjson import Value

EVERYBODY: Final = "*"
# Each fault with the fields it needs.
FAULTS: Final[Mapping[str, tuple[str, ...]]] = {
    "cut": ("party", "other"),
    "heal": ("party", "other"),
    "lose-receipt": ("party", "other"),
    "clock": ("party", "seconds"),
    "copy": ("party", "name"),
    "restore": ("party", "name"),
    "kill": ("party",),
    "start": ("party",),
    "witness-down": (),
    "witness-up": (),
    # Misfortunes, which only real processes can play (misfortunes.py).
    "backup": ("party", "name"),
    "carry": ("party", "other"),
    "clone": ("party",),
    "come-by-relay": ("party", "other", "line", "seconds"),
    "dismiss": ("party",),
    "hellos": ("line",),
    "lie": ("party", "other", "line"),
    "put-away": ("party",),
    "put-back": ("party", "name"),
    "relay-down": ("name",),
    "relay-up": ("name",),
    "reopen": ("party", "line"),
    "revoke": ("party", "line"),
    "rotate": ("party",),
}
CHECKS: Final[Mapping[str, tuple[str, ...]]] = {
    "equal-heads": ("line",),  # all nodes state the same head for every log of the line
    "no-answer": (
        "line",
        "step",
        "party",
    ),  # `party` has gone no further than "received" on this entry
    "no-public": ("name", "party"),  # no public statement of `party` on this topic
    "no-statement": ("line", "party"),  # `party` has stated nothing about the line
    "silence": ("line", "count"),  # the line was silent for at least `count` days
    "received-before": ("step", "at_s"),  # every receipt of the entry is older
    "epoch": ("line", "party", "count"),  # `party` writes in epoch `count` on the line
    "digest-keep": ("name",),  # remember the digest of the stores
    "digest-same": ("name",),  # the stores are byte-equal with what was remembered
    "line-unknown": ("line",),  # the nodes have never heard of the line
    "not-merged": ("name", "count"),  # so many parties' statements of one topic stand apart
    "absent": ("line", "party", "name"),  # a proof shows that `party` never said `name`
    "present": ("line", "party", "name"),  # and no proof can be made of what it did say
    "list-agrees": ("step", "count"),  # the nodes' own lists have the root of the digest
    "consent-ended": ("step", "count"),  # so many notices must end with the consent
    "no-reception": ("party",),  # no node shows anything as received by `party`
    "erased": ("step",),  # the nodes no longer show what the entry told
    "disowned": ("line", "party", "count"),  # so many entries of `party` bear a stolen key
    "fork-proved": ("party",),  # evidence that `party` told two stories, verified offline
    "proves": ("step",),  # a file by the node alone shows the entry, verified offline
    "same-or-proof": ("line",),  # the same logs as everybody, or a proof of who lied
}
TEXT_STATUS: Final = ("original", "official", "courtesy")
PUBLIC_STATUS: Final = ("original", "translation-by-others")


def check_history(history: History, file: str) -> None:
    """Refuse a history that could not be played, or that leaves a fact or a step unaccounted."""
    _check_names(history, file)
    for line in history.lines:
        _known(history, file, f"line {line.id}", line.members)
        _mark(file, f"line {line.id}", line.mark)
    for step in history.steps:
        _check_step(history, file, step)
    for play in history.plays:
        _check_play(history, file, play)
    _check_facts(history, file)


def _check_names(history: History, file: str) -> None:
    for word, names in (
        ("party", [p.name for p in history.parties]),
        ("line", [x.id for x in history.lines]),
        ("line title", [x.title for x in history.lines]),
        ("play", [p.id for p in history.plays]),
        ("stop", [s.id for p in history.plays for s in p.stops]),
        ("step", [s.id for s in history.steps]),
        ("fact", [f.id for f in history.facts]),
    ):
        for name in names:
            if names.count(name) > 1:
                raise ScenarioRefused(file, f"{word} {name}", "stands here twice")
        if not names:
            raise ScenarioRefused(file, "file", f"no {word}")


def _mark(file: str, where: str, mark: str) -> None:
    if mark not in MARKS:
        raise ScenarioRefused(file, where, f"mark {mark!r} is not one of {', '.join(MARKS)}")


def _known(history: History, file: str, where: str, parties: tuple[str, ...]) -> None:
    nodes = {party.name for party in history.parties if party.node}
    for party in parties:
        if party not in nodes:
            raise ScenarioRefused(file, where, f"{party} is no party with a node here")


def _check_step(history: History, file: str, step: Step) -> None:
    where = f"step {step.id}"
    _mark(file, where, step.mark)
    plays = {play.id for play in history.plays}
    for name in step.only:
        if name not in plays:
            raise ScenarioRefused(file, where, f"only: there is no play {name}")
    match step.action:
        case Send() as send:
            _check_send(history, file, step, send)
        case Batch() as batch:
            for row in batch.rows:
                _check_send(history, file, step, row)
        case Digest() as digest:
            _line_exists(history, file, where, digest.line)
            if digest.sender not in history.line(digest.line).members:
                raise ScenarioRefused(file, where, f"{digest.sender} is no member of that line")
        case Erase() as erase:
            _known(history, file, where, erase.nodes)
        case Note() as note:
            _known(history, file, where, note.nodes)
            _check_note(history, file, where, note)
        case Fault() as fault:
            _needs(file, where, fault.kind, FAULTS, fault)
        case Check() as check:
            stores = ("witness", "relay") if check.kind.startswith("digest-") else ()
            _known(history, file, where, tuple(n for n in check.nodes if n not in stores))
            _needs(file, where, check.kind, CHECKS, check)
        case Open(line=line):
            _line_exists(history, file, where, line)


def _needs(
    file: str, where: str, kind: str, table: Mapping[str, tuple[str, ...]], action: Fault | Check
) -> None:
    if kind not in table:
        raise ScenarioRefused(file, where, f"unknown kind {kind}")
    for name in table[kind]:
        if not getattr(action, name):
            raise ScenarioRefused(file, where, f"{kind} needs {name.removesuffix('_s')}")


def _line_exists(history: History, file: str, where: str, line_id: str) -> None:
    if line_id not in {line.id for line in history.lines}:
        raise ScenarioRefused(file, where, f"there is no line {line_id}")


def _check_send(history: History, file: str, step: Step, send: Send) -> None:
    where = f"step {step.id}"
    _line_exists(history, file, where, send.line)
    line = history.line(send.line)
    if send.sender not in line.members:
        raise ScenarioRefused(file, where, f"{send.sender} is no member of {send.line}")
    if send.format.partition("/")[0] not in line.packs:
        raise ScenarioRefused(file, where, f"{send.format} is in no pack of {send.line}")
    for path in (*send.withheld, *step.field_marks):
        if path not in send.fields:
            raise ScenarioRefused(file, where, f"{path} is not among the fields")
    for path, mark in step.field_marks.items():
        _mark(file, f"{where}, {path}", mark)
    for path in ("mark", "remark"):
        if path in send.fields:
            raise ScenarioRefused(file, where, f"{path} is written by the player")
    for path, value in send.fields.items():
        _check_text(file, f"{where}, {path}", value, TEXT_STATUS)


def _check_text(file: str, where: str, value: Value, statuses: tuple[str, ...]) -> None:
    for part in as_texts(value) or ():
        if sorted(part) != ["lang", "status", "text"]:
            raise ScenarioRefused(file, where, "a text has lang, status and text")
        if part["status"] not in statuses:
            raise ScenarioRefused(file, where, f"status {part['status']!r} is unknown")


def _check_note(history: History, file: str, where: str, note: Note) -> None:
    need = {
        "public": ("topic", "source", "office", "lang", "date", "text", "text_status", "position"),
        "dossier": ("title", "topics", "lines"),
    }
    if note.kind not in need:
        raise ScenarioRefused(file, where, f"unknown kind {note.kind}")
    for key in need[note.kind]:
        if key not in note.record:
            raise ScenarioRefused(file, where, f"{key} is missing in the record")
    known = {"lines": {x.title for x in history.lines}, "cases": {s.id for s in history.steps}}
    for key, names in known.items() if note.kind == "dossier" else ():
        value = note.record.get(key, [])
        if not isinstance(value, list) or not all(name in names for name in value):
            raise ScenarioRefused(file, where, f"{key} names something that is not here")
    if note.kind == "public" and note.record["text_status"] not in PUBLIC_STATUS:
        raise ScenarioRefused(file, where, "text_status is not one of " + ", ".join(PUBLIC_STATUS))


def refs_in(value: Value) -> Iterator[str]:
    """Every step that a marker inside a field names."""
    match value:
        case {"$ref": str(step)} | {"$receipt": str(step)} | {"$consent": str(step)}:
            yield step
        case list():
            for item in value:
                yield from refs_in(item)
        case dict():
            for item in value.values():
                yield from refs_in(item)


def _check_play(history: History, file: str, play: Play) -> None:
    where = f"play {play.id}"
    _known(history, file, where, play.parties)
    for line_id in play.lines:
        _line_exists(history, file, where, line_id)
        if not set(history.line(line_id).members) <= set(play.parties):
            raise ScenarioRefused(file, where, f"line {line_id} has a member that does not play")
    steps = history.steps_of(play)
    last_s, sent = 0, dict[str, str]()
    for step in steps:
        if step.at_s < last_s:
            raise ScenarioRefused(file, f"step {step.id}", "is earlier than the step before it")
        last_s = step.at_s
        if isinstance(step.action, Send):
            _check_refs(file, play, step, step.action, sent)
            sent[step.id] = step.action.line
        elif isinstance(step.action, Batch):
            for number, row in enumerate(step.action.rows, 1):
                _check_refs(file, play, step, row, sent)
                sent[row_name(step.id, number)] = step.action.line
        elif isinstance(step.action, Digest):
            if step.action.answers not in ("", *sent):
                raise ScenarioRefused(file, f"step {step.id}", "answers nothing before it")
            sent[step.id] = step.action.line
        elif isinstance(step.action, Erase) and step.action.step not in sent:
            raise ScenarioRefused(file, f"step {step.id}", f"no entry {step.action.step} before it")
        if isinstance(step.action, Check) and step.action.step not in ("", *sent):
            raise ScenarioRefused(file, f"step {step.id}", f"no entry {step.action.step} before it")
    names = {step.id for step in steps}
    for stop in play.stops:
        if stop.after not in names:
            raise ScenarioRefused(file, where, f"stop {stop.id}: no step {stop.after} in this play")
        _known(history, file, f"stop {stop.id}", stop.parties)


def _check_refs(file: str, play: Play, step: Step, send: Send, sent: Mapping[str, str]) -> None:
    where = f"step {step.id}"
    if send.line not in play.lines:
        raise ScenarioRefused(file, where, f"line {send.line} is not opened in play {play.id}")
    for ref in send.refs:
        if sent.get(ref) != send.line:
            raise ScenarioRefused(file, where, f"no earlier entry {ref} on line {send.line}")
    for ref in refs_in(dict(send.fields)):
        if ref not in sent:
            raise ScenarioRefused(file, where, f"no earlier entry {ref}")


def _check_facts(history: History, file: str) -> None:
    marks = {step.id: step.marks for step in history.steps}
    marks |= {f"line:{line.id}": frozenset({line.mark}) for line in history.lines}
    told: set[tuple[str, str]] = set()
    for fact in history.facts:
        where = f"fact {fact.id}"
        _mark(file, where, fact.mark)
        if not fact.steps:
            raise ScenarioRefused(file, where, "no step plays it")
        for name in fact.steps:
            if name not in marks:
                raise ScenarioRefused(file, where, f"there is no step {name}")
            if fact.mark not in marks[name]:
                raise ScenarioRefused(file, where, f"step {name} does not carry mark {fact.mark}")
            told.add((name, fact.mark))
    for name, held in marks.items():
        for mark in sorted(held):
            if (name, mark) not in told:
                raise ScenarioRefused(file, name, f"no fact with mark {mark} stands behind it")
