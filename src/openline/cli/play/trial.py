"""What must be true at the end of a bad month, asked of nodes and of `openline verify` offline.

Shapes   TRIALS maps a kind of check to a checker: "" when it is so, else what is not; what a
         verifier said is left in stage.said for the view
Units    sizes count entries
Raises   HandsRefused, CommandFailed
Source   docs/PROTOCOL.md parts 9 and 10; docs/OPERATE.md, "Bad days"
Never    believes a node about a proof: a file is verified by another process that has no node
"""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from openline.cli.play.hands import Answer
from openline.cli.play.misfortunes import real
from openline.cli.play.scenario import Check
from openline.cli.play.stage import Stage, rows, text, texts
from openline.formats.card import fingerprint, parse_card
from openline.formats.openjson import Value
from openline.formats.proof import parse_cards_part
from openline.formats.spell import b64

FROZEN: Final = ("forked", "unexplained")
NOT_SHOWN: Final = 4


def logs_of(stage: Stage, node: str, line: str) -> dict[str, Mapping[str, Value]]:
    """Every log of a line as one node holds it."""
    shown = stage.call(node, "line_show", {"line": stage.line_ids[line]})
    return {text(row, "origin"): row for row in rows(shown, "logs")}


def same_or_proof(stage: Stage, action: Check, node: str) -> str:
    """This node holds what every other one holds, or evidence of who told them two stories."""
    stage.settle()
    here, liars = logs_of(stage, node, action.line), dict[str, str]()
    for other in action.nodes:
        for origin, row in logs_of(stage, other, action.line).items():
            mine = here.get(origin)
            if mine is None or (mine["entries"], mine["root"]) != (row["entries"], row["root"]):
                liars[origin] = liar = text(row, "party")
                if node != liar and not proof_against(stage, node, liar):
                    return f"holds another log of {liar} than {other}, and no proof of who lied"
    told = [f"{node} holds the same {len(here.keys() - liars.keys())} logs as everybody"]
    for liar in sorted(set(liars.values())):
        own = "and is the one" if node == liar else "and a proof that it was"
        told.append(f"{own} {'that' if node == liar else liar + ' who'} told two stories of one")
    stage.said.append(", ".join(told))
    return ""


def proof_against(stage: Stage, node: str, party: str) -> str:
    """The name of the evidence that a node keeps of two stories of one party."""
    for event in rows(stage.call(node, "events", {"kind": "alarm", "limit": 1000}), "events"):
        if text(event, "code") == "log.forked" and text(event, "subject").startswith(f"{party}/"):
            return text(event, "text").rpartition(": ")[2]
    return ""


def fork_proved(stage: Stage, action: Check, node: str) -> str:
    """Evidence of this node against `party`, verified by somebody who has the card alone."""
    name = proof_against(stage, node, action.party)
    if not name:
        return f"keeps no evidence against {action.party}"
    parts: list[Value] = [{"kind": "evidence", "name": name}]
    told = stage.call(node, "disclose", {"parts": parts, "bundle": False})
    file = written(stage, node, text(told, "name"), text(told, "file"))
    words = [str(file), *card_of(stage, action.party)]
    code, verdict = real(stage).terminal.verdict(words)
    if code or text(verdict, "kind") != "evidence":
        return f"a verifier says of its evidence: {first(verdict)}"
    stage.said += [f"{file.name}, kept by {node}; `openline verify` says:", *whole(verdict)]
    return changed_is_refused(stage, file, words)


def changed_is_refused(stage: Stage, file: Path, words: list[str]) -> str:
    """The control: with one character of its second story changed, nobody is accused."""
    data = file.read_bytes()
    at = data.rindex(b"=\\n") - 4
    other = file.with_suffix(".changed")
    other.write_bytes(data[:at] + (b"B" if data[at : at + 1] == b"A" else b"A") + data[at + 1 :])
    code, verdict = real(stage).terminal.verdict([str(other), *words[1:]])
    if code != NOT_SHOWN:
        return "accuses by a file of which one character was changed"
    stage.said.append(f"     with one character changed: refused: {text(verdict, 'code')}")
    return ""


def proves(stage: Stage, action: Check, node: str) -> str:
    """A file by this node alone shows the entry of a step, whatever became of the keys since."""
    ref: list[Value] = list(stage.refs[action.step])
    parts: list[Value] = [{"kind": "entry", "ref": ref}]
    told = stage.call(node, "disclose", {"parts": parts, "bundle": True})
    stem = f"{action.step}-by-{node.partition('.')[0]}"
    file = written(stage, node, f"{stem}.openline-proof", text(told, "file"))
    policy = file.with_suffix(".policy")
    policy.write_text(text(told, "policy"), "utf-8")
    prints = [word for party in stage.play.parties for word in compared(stage, party)]
    code, verdict = real(stage).terminal.verdict(
        [str(file), "--policy", str(policy), *prints, "--allow-exercise"]
    )
    if code:
        return f"a verifier says of {action.step}: {first(verdict)}"
    stage.said += [f"{file.name}; `openline verify` says: {first(verdict)}"]
    return ""


def disowned(stage: Stage, action: Check, node: str) -> str:
    """The last entry of `party`'s log of before is shown as signed by a stolen key."""
    shown = stage.call(node, "registers", {"line": stage.line_ids[action.line]})
    odd = [
        row
        for row in rows(shown, "irregularities")
        if text(row, "code") == "key.compromised" and text(row, "party") == action.party
    ]
    if len(odd) != action.count:
        return f"marks {len(odd)} entries of {action.party} as signed by a stolen key"
    stage.said.append(f"{node}: {len(odd)} entry of {action.party} is not its own: stolen key")
    return ""


def written(stage: Stage, node: str, name: str, data: str) -> Path:
    """A file of a node's, where a verifier finds it; kept if the run keeps its folders."""
    folder = real(stage).folder / "proofs" / node.partition(".")[0]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(base64.b64decode(data))
    return file


def card_of(stage: Stage, party: str) -> list[str]:
    """A party's cards of today, and its fingerprint as it was compared by voice."""
    cards = base64.b64decode(text(stage.call(party, "party_card", {}), "file"))
    file = real(stage).folder / "proofs" / f"{party}.cards"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(cards)
    return ["--card", str(file), *compared(stage, party)]


def compared(stage: Stage, party: str) -> list[str]:
    """`--fingerprint` of a party, from the card with which the play began."""
    leaf, _ = parse_cards_part(real(stage).players[party].card).cards[0]
    return ["--fingerprint", f"{party}={b64(fingerprint(parse_card(leaf)))}"]


def first(verdict: Answer) -> str:
    """What a verdict says first, or why there is none."""
    return text(verdict, "first_line") or f"{text(verdict, 'code')}: {text(verdict, 'detail')}"


def whole(verdict: Answer) -> list[str]:
    """A verdict's first line and its details, indented."""
    return [f"     {line}" for line in (first(verdict), *texts(verdict, "details"))]


TRIALS: Final[Mapping[str, Callable[[Stage, Check, str], str]]] = {
    "disowned": disowned,
    "fork-proved": fork_proved,
    "proves": proves,
    "same-or-proof": same_or_proof,
}
