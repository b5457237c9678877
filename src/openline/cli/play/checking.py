"""What the nodes must show in the middle of a play.

Shapes   check(stage, step, action) -> None; what is not so becomes a Trouble of the stage
Units    times are unix seconds UTC; silences are counted in whole days
Raises   HandsRefused
Source   docs/SOURCES.md
Never    takes one node's word for another: every check is asked of each node named
"""

from collections.abc import Callable, Mapping
from typing import Final

from openline.cli.play.scenario import Check, Step
from openline.cli.play.stage import Stage, number, rows, table, text
from openline.cli.play.standing_checks import STANDING
from openline.cli.play.trial import TRIALS
from openline.formats.openjson import Value
from openline.formats.spell import parse_utc

DAY_S: Final = 86_400
Checker = Callable[[Stage, Check, str], str]


def check(stage: Stage, step: Step, action: Check) -> None:
    """Ask every node named; each answer that is not as the history says is a trouble."""
    if action.kind == "equal-heads":
        equal_heads(stage, step, action)
        return
    for node in action.nodes:
        problem = CHECKERS[action.kind](stage, action, node)
        if problem:
            stage.trouble(f"step {step.id}, {node}", problem)


def registers(stage: Stage, node: str, line: str) -> Mapping[str, Value]:
    """The registers of one line as one node shows them."""
    return stage.call(node, "registers", {"line": stage.line_ids[line]})


def equal_heads(stage: Stage, step: Step, action: Check) -> None:
    """Every node holds the same logs of the line, of the same sizes and roots."""
    stage.settle()
    line: dict[str, Value] = {"line": stage.line_ids[action.line]}
    heads = {node: stage.call(node, "held", line) for node in action.nodes}
    first = action.nodes[0]
    for node, held in heads.items():
        if not held or held != heads[first]:
            stage.trouble(f"step {step.id}, {node}", f"holds other logs than {first}")


def no_answer(stage: Stage, action: Check, node: str) -> str:
    for row in rows(registers(stage, node, action.line), "reception"):
        mine = text(row, "party") == action.party
        if mine and stage.step_of(row["ref"]) == action.step:
            for rung in ("a2", "a3", "a4"):
                if table(row, rung):
                    return f"{action.party} has gone further than received: {rung}"
            return ""
    return f"shows no reception by {action.party}"


def no_statement(stage: Stage, action: Check, node: str) -> str:
    for row in rows(table(registers(stage, node, action.line), "line"), "parties"):
        if text(row, "party") == action.party:
            status = table(row, "status")
            return f"{action.party} has stated {text(status, 'class')}" if status else ""
    return f"does not list {action.party}"


def public(stage: Stage, node: str) -> tuple[Mapping[str, Value], ...]:
    """The public statements in a node's notebook."""
    found = stage.call(node, "notebook_list", {"kind": "public"})
    return tuple(table(row, "record") for row in rows(found, "notebook"))


def no_public(stage: Stage, action: Check, node: str) -> str:
    for record in public(stage, node):
        if text(record, "topic") == action.name and text(record, "party") == action.party:
            return f"{action.party} has said something in public on {action.name}"
    return ""


def not_merged(stage: Stage, action: Check, node: str) -> str:
    parties = [
        text(record, "party")
        for record in public(stage, node)
        if text(record, "topic") == action.name and text(record, "position") == "assessment"
    ]
    if len(parties) != action.count or len(set(parties)) != action.count:
        return f"shows assessments by {', '.join(parties) or 'nobody'}, not by {action.count}"
    return ""


def silence(stage: Stage, action: Check, node: str) -> str:
    line_id = stage.line_ids[action.line]
    for row in rows(stage.call(node, "board", {"line": line_id}), "lines"):
        if text(row, "line") == line_id:
            days = number(row, "silence_s") // DAY_S
            return "" if days >= action.count else f"shows a silence of {days} days only"
    return "does not show the line on its board"


def received_before(stage: Stage, action: Check, node: str) -> str:
    args: dict[str, Value] = {"ref": list(stage.refs[action.step]), "until": "sequenced"}
    given = table(stage.call(node, "wait", args), "receipts")
    if not given:
        return "shows no receipt"
    late = [p for p, t in given.items() if parse_utc(str(t)) >= action.at_s]
    return f"receipt of {late[0]} is later than that" if late else ""


def epoch(stage: Stage, action: Check, node: str) -> str:
    for row in rows(table(registers(stage, node, action.line), "line"), "parties"):
        if text(row, "party") == action.party:
            epochs = number(row, "epochs")
            return "" if epochs == action.count else f"shows {epochs} epochs of {action.party}"
    return f"does not list {action.party}"


def digest_keep(stage: Stage, action: Check, node: str) -> str:
    stage.settle()
    stage.digests[(action.name, node)] = stage.hands.store_digest(node)
    return ""


def digest_same(stage: Stage, action: Check, node: str) -> str:
    stage.settle()
    before = stage.digests.get((action.name, node))
    return "" if stage.hands.store_digest(node) == before else "its store is not byte-equal"


def line_unknown(stage: Stage, action: Check, node: str) -> str:
    line_id = stage.line_ids[action.line]
    known = [text(row, "line") for row in rows(stage.call(node, "line_list", {}), "lines")]
    shown = [text(row, "line") for row in rows(stage.call(node, "board", {}), "lines")]
    return "knows the line" if line_id in (*known, *shown) else ""


CHECKERS: Final[Mapping[str, Checker]] = {
    **STANDING,
    **TRIALS,
    "no-answer": no_answer,
    "no-statement": no_statement,
    "no-public": no_public,
    "not-merged": not_merged,
    "silence": silence,
    "received-before": received_before,
    "epoch": epoch,
    "digest-keep": digest_keep,
    "digest-same": digest_same,
    "line-unknown": line_unknown,
}
