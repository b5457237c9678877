"""What the nodes must show of notices that stand: proofs of absence, lists, consents, erasure.

Shapes   STANDING maps a kind of check to a checker: "" when it is so, else what is not
Units    none
Raises   HandsRefused
Source   docs/SOURCES.md
Never    believes a node about a proof: it is verified from the file alone
"""

from collections.abc import Callable, Mapping
from typing import Final

from openline.cli.play.scenario import Check
from openline.cli.play.stage import Stage, number, rows, table, text
from openline.formats.openjson import Value


def absent(stage: Stage, action: Check, node: str) -> str:
    """`party` has never said `name` on the line, as a file of this node shows."""
    line = stage.line_ids[action.line]
    return stage.hands.proves_absent(node, line, action.party, action.name)


def present(stage: Stage, action: Check, node: str) -> str:
    """What was said cannot be proved absent."""
    line = stage.line_ids[action.line]
    told = stage.hands.proves_absent(node, line, action.party, action.name)
    return "" if told else f"proves that {action.name} was never said"


def list_agrees(stage: Stage, action: Check, node: str) -> str:
    """The node's own list of what is in force has the root of the digest."""
    args: dict[str, Value] = {"ref": list(stage.refs[action.step])}
    found = stage.call(node, "digest_check", args)
    same = text(found, "result") == "same" and number(found, "count") == action.count
    return "" if same else f"finds {text(found, 'result')} with {number(found, 'count')} in force"


def consent_ended(stage: Stage, action: Check, node: str) -> str:
    """The consent of a step stands no more, and so many notices must end with it."""
    for row in rows(stage.call(node, "consents", {}), "consents"):
        if stage.step_of(row["ref"]) == action.step:
            listed = row["to_close"]
            count = len(listed) if isinstance(listed, list) else 0
            is_so = row.get("stands") is False and count == action.count
            return "" if is_so else f"shows {count} notices to close"
    return "does not show the consent"


def erased(stage: Stage, action: Check, node: str) -> str:
    """Of the entry nothing is left here but its number, its form and what proves it."""
    ref: list[Value] = list(stage.refs[action.step])
    args: dict[str, Value] = {"line": stage.lines[action.step], "of": list(ref)}
    for case in rows(stage.call(node, "cases", args), "cases"):
        for matter in rows(case, "matters"):
            for version in rows(matter, "versions"):
                if version.get("ref") == ref:
                    return left_in(version)
    return "does not show the entry at all"


def left_in(version: Mapping[str, Value]) -> str:
    """What of a version is still told, "" for nothing."""
    left = {*table(version, "fields"), *table(version, "hidden")} - {"relation", "to"}
    return f"still shows {', '.join(sorted(left))}" if left else ""


def no_reception(stage: Stage, action: Check, node: str) -> str:
    """Who has no node signs nothing: no line shows it as having received anything."""
    for line in stage.lines_of(node):
        found = stage.call(node, "registers", {"line": stage.line_ids[line.id]})
        if any(text(row, "party") == action.party for row in rows(found, "reception")):
            return f"shows reception by {action.party} on {line.title}"
    return ""


STANDING: Final[Mapping[str, Callable[[Stage, Check, str], str]]] = {
    "absent": absent,
    "present": present,
    "list-agrees": list_agrees,
    "consent-ended": consent_ended,
    "erased": erased,
    "no-reception": no_reception,
}
