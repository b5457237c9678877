"""One step of a play: a message, a note, a fault or its end, a line that opens.

Shapes   act(stage, step) -> what the view may show of it
Units    times are unix seconds UTC
Raises   HandsRefused, NotQuiet
Source   docs/SOURCES.md
Never    waits for a receipt that a fault makes impossible
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from openline.cli.play.hands import Answer
from openline.cli.play.misfortunes import MISFORTUNES, befall
from openline.cli.play.repeating import row_name
from openline.cli.play.scenario import (
    MARK_WORDS,
    NO_CLASS,
    Batch,
    Digest,
    Erase,
    Fault,
    Note,
    Open,
    Send,
    Step,
)
from openline.cli.play.setup import open_line
from openline.cli.play.stage import WAIT_S, Stage, rows, text, texts
from openline.formats.openjson import Value


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a step: its number and receipts where it was a message."""

    number: str = ""
    receipts: Mapping[str, str] = field(default_factory=dict)
    awaited: tuple[str, ...] = ()


def act(stage: Stage, step: Step) -> Done:
    """Do one step; checks are not acts and are left to checking.py."""
    match step.action:
        case Send() as send:
            return send_message(stage, step, send)
        case Batch() as batch:
            return send_batch(stage, step, batch)
        case Digest() as digest:
            return send_digest(stage, step, digest)
        case Erase(nodes=nodes, step=erased):
            erase(stage, nodes, erased)
        case Note() as note:
            write_note(stage, step, note)
        case Fault() as fault:
            make_fault(stage, fault)
        case Open(line=line):
            open_line(stage, stage.history.line(line))
    return Done()


def draft_args(stage: Stage, step: Step, send: Send) -> dict[str, Value]:
    """The arguments of `draft`: the fields of the step, its mark and where it comes from."""
    fields = {path: stage.resolve(value, send.sender) for path, value in send.fields.items()}
    fields |= origin_fields(stage, step)
    args: dict[str, Value] = {
        "line": stage.line_ids[send.line],
        "format": send.format,
        "fields": fields,
    }
    if send.answer != NO_CLASS:
        args["answer"] = send.answer
    if send.refs:
        args["refs"] = [list(stage.refs[ref]) for ref in send.refs]
    if send.withheld:
        args["withheld"] = list(send.withheld)
    return args


def origin_fields(stage: Stage, step: Step) -> dict[str, Value]:
    """Where a message comes from: its mark, its report and step, and which fields differ."""
    marks = [MARK_WORDS[step.mark]]
    marks += [f"{path} is {mark}." for path, mark in sorted(step.field_marks.items())]
    return {
        "mark": step.mark,
        "source": f"report {stage.history.report}, step {step.id}",
        "remark": [{"lang": "en", "status": "original", "text": " ".join(marks)}],
    }


def send_message(stage: Stage, step: Step, send: Send) -> Done:
    """Draft, release, wait for its place and for the receipts that can come."""
    draft = stage.call(send.sender, "draft", draft_args(stage, step, send))
    note_warnings(stage, step, send.warns, draft)
    placed = stage.sign_off(send.sender, draft)
    return placed_at(stage, step, send.sender, send.line, placed)


def send_digest(stage: Stage, step: Step, digest: Digest) -> Done:
    """What the sender's node has in force, or its answer; the node itself works out the list."""
    args: dict[str, Value] = {"fields": origin_fields(stage, step)}
    if digest.answers:
        args["ref"] = list(stage.refs[digest.answers])
    else:
        args["line"] = stage.line_ids[digest.line]
    operation = "digest_answer" if digest.answers else "digest_make"
    draft = stage.call(digest.sender, operation, args)
    note_warnings(stage, step, (), draft)
    placed = stage.sign_off(digest.sender, draft)
    return placed_at(stage, step, digest.sender, digest.line, placed)


def placed_at(stage: Stage, step: Step, sender: str, line: str, placed: Answer) -> Done:
    """Remember where a message stands, and wait for the receipts that can come."""
    ref = placed.get("ref")
    if not (isinstance(ref, list) and len(ref) == 2):
        stage.trouble(f"step {step.id}", "the message has no place in the log")
        return Done()
    remember(stage, step.id, sender, line, ref)
    return receipted(stage, step, sender, line, ref, text(placed, "number"))


def remember(stage: Stage, name: str, sender: str, line: str, ref: list[Value]) -> None:
    """From now on this entry can be named by its step."""
    stage.refs[name] = (str(ref[0]), int(str(ref[1])))
    stage.senders[name] = sender
    stage.lines[name] = stage.line_ids[line]


def receipted(
    stage: Stage, step: Step, sender: str, line: str, ref: list[Value], number: str
) -> Done:
    """Wait for the receipts over an entry of everybody who can be reached."""
    others = tuple(party for party in stage.history.line(line).members if party != sender)
    reached = [party for party in others if stage.reaches(sender, party)]
    receipts = stage.call(
        sender,
        "wait",
        {"ref": ref, "until": "receipted", "by": list(reached), "timeout_s": WAIT_S},
    )
    held = receipts.get("receipts")
    got = {p: str(t) for p, t in held.items()} if isinstance(held, dict) else {}
    for party in reached:
        if party not in got:
            stage.trouble(f"step {step.id}", f"no receipt from {party}")
    return Done(number, got, others)


def send_batch(stage: Stage, step: Step, batch: Batch) -> Done:
    """Draft every row, let each officer sign once, wait for the receipts over the last one."""
    rows_of_it: list[Value] = []
    for row in batch.rows:
        args = draft_args(stage, step, row)
        del args["line"]
        rows_of_it.append(args)
    line: Value = stage.line_ids[batch.line]
    drafted = stage.call(batch.sender, "draft_batch", {"line": line, "rows": rows_of_it})
    note_warnings(stage, step, batch.warns, drafted)
    placed = stage.sign_off_batch(batch.sender, drafted)
    refs = placed.get("refs")
    found = [ref for ref in refs if isinstance(ref, list)] if isinstance(refs, list) else []
    if len(found) != len(batch.rows):
        stage.trouble(f"step {step.id}", f"{len(found)} of {len(batch.rows)} have a place")
        return Done()
    for number, ref in enumerate(found, 1):
        remember(stage, row_name(step.id, number), batch.sender, batch.line, ref)
    numbers = texts(placed, "numbers")
    return receipted(
        stage, step, batch.sender, batch.line, found[-1], f"{numbers[0]}-{numbers[-1]}"
    )


def erase(stage: Stage, nodes: tuple[str, ...], step: str) -> None:
    """The content of a closed case goes at each node named; each does it for itself."""
    stage.settle()
    for party in nodes:
        stage.call(party, "erase", {"ref": list(stage.refs[step])})


def note_warnings(stage: Stage, step: Step, warns: tuple[str, ...], draft: Answer) -> None:
    """What the desk warned of before release must be what the history says it warns of."""
    said = {text(row, "code"): text(row, "sentence") for row in rows(draft, "warnings")}
    stage.warned[step.id] = tuple(said)
    for code in warns:
        if code not in said:
            stage.trouble(f"step {step.id}", f"the desk did not warn of {code}")
    for code, sentence in said.items():
        if code not in warns:
            stage.trouble(f"step {step.id}", f"{code}: {sentence}")


def write_note(stage: Stage, step: Step, note: Note) -> None:
    """Enter a local record at each of its nodes."""
    record: dict[str, Value] = dict(note.record)
    if note.kind == "public":
        record["mark"] = step.mark
    else:
        name_for_nodes(stage, record)
    for party in note.nodes:
        if party in stage.play.parties:
            stage.call(party, "notebook_add", {"kind": note.kind, "record": record})


def name_for_nodes(stage: Stage, record: dict[str, Value]) -> None:
    """A dossier names lines by title and cases by step; nodes know ids and references."""
    open_lines = [line for line in stage.history.lines if line.id in stage.line_ids]
    ids = {line.title: stage.line_ids[line.id] for line in open_lines}
    record["lines"] = [ids[title] for title in texts(record, "lines")]
    named = texts(record, "cases")
    record["cases"] = [[stage.lines[step], *stage.refs[step]] for step in named]


def make_fault(stage: Stage, fault: Fault) -> None:
    """Let something go wrong, or mend it and let the nodes catch up."""
    hands = stage.hands
    match fault.kind:
        case "cut":
            hands.cut(fault.party, fault.other)
            stage.cuts.add((fault.party, fault.other))
        case "heal":
            hands.heal(fault.party, fault.other)
            stage.cuts.discard((fault.party, fault.other))
            stage.settle()
        case "lose-receipt":
            hands.drop_next_receipt(fault.party, fault.other)
        case "clock":
            hands.set_clock_offset(fault.party, fault.seconds)
        case "copy":
            stage.settle()
            hands.copy_home(fault.party, fault.name)
        case "restore":
            restore(stage, fault)
        case "kill":
            hands.kill(fault.party)
            stage.down.add(fault.party)
        case "start":
            hands.start_node(fault.party)
            stage.down.discard(fault.party)
            stage.settle()
        case "witness-down":
            hands.witness_stop()
        case "witness-up":
            hands.witness_start()
            stage.settle()
        case kind if kind in MISFORTUNES:
            befall(stage, fault)


def restore(stage: Stage, fault: Fault) -> None:
    """The node is lost and comes back from an older copy; two officers open the new epochs."""
    stage.settle()
    stage.hands.stop(fault.party)
    stage.down.add(fault.party)
    stage.hands.restore_home(fault.party, fault.name)
    stage.hands.start_node(fault.party)
    stage.down.discard(fault.party)
    stage.settle()
    for line in stage.lines_of(fault.party):
        args: dict[str, Value] = {"line": stage.line_ids[line.id]}
        stage.sign_off(fault.party, stage.call(fault.party, "line_reopen", args))
    stage.settle()
