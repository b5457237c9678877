"""The disclosures of history 1: what either side can prove alone, afterwards and offline.

Shapes   disclose_visit(stage) -> Disclosed files; examine(file, prints, hidden) -> Examined
Units    bytes
Raises   HandsRefused when a node refuses to write one
Source   docs/PROTOCOL.md part 9; the end state of history 1
Never    asks a node whether a file is good: file and policy alone decide, in this process
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openline.cli.play.stage import Stage, text
from openline.envelope.standard import StandardSuite
from openline.errors import OpenlineError
from openline.formats.openjson import Value
from openline.formats.policy import parse_policies
from openline.record.disclosure import verify_file
from openline.record.verdict import Verdict

PLAY: Final = "1b"
LINE: Final = "diplomatic"
TELLER: Final = "us.example"
TOLD: Final = "ru.example"
NOTICE: Final = "1.1-notice"
ANSWER: Final = "1.2-noted"
SHOWN: Final = ("place", "from", "until")
WITHHELD: Final = ("route", "sites", "means")
PROOF: Final = "visit.tlog-proof"
BUNDLE: Final = "visit.openline-proof"
POLICY: Final = "visit.policy"
OTHER_BUNDLE: Final = "visit-by-ru.openline-proof"
OTHER_POLICY: Final = "visit-by-ru.policy"


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One file as a node wrote it, with the policy beside it."""

    name: str
    by: str
    data: bytes
    policy_name: str
    policy: str
    shows_absence: bool

    def write(self, folder: Path) -> None:
        """Both files, for whoever wants to check them."""
        (folder / self.name).write_bytes(self.data)
        if self.shows_absence:
            (folder / self.policy_name).write_text(self.policy, "utf-8")


@dataclass(frozen=True, slots=True)
class Examined:
    """What the file says to somebody who has only it, its policy and compared fingerprints."""

    name: str
    by: str
    size: int
    lines: tuple[str, ...]
    changed_at: int
    refusal: str
    problems: tuple[str, ...]

    def value(self) -> dict[str, Value]:
        """For report.json."""
        return {
            "file": self.name,
            "by": self.by,
            "bytes": self.size,
            "says": list[Value](self.lines),
            "changed_byte": self.changed_at,
            "changed_is": self.refusal,
            "problems": list[Value](self.problems),
        }


def disclose_visit(stage: Stage) -> tuple[Disclosed, ...]:
    """The proof of the notice by its teller, and the bundle by each party alone."""
    notice: dict[str, Value] = {"kind": "entry", "ref": list[Value](stage.refs[NOTICE])}
    notice["fields"] = list[Value](SHOWN)
    answer: dict[str, Value] = {"kind": "entry", "ref": list[Value](stage.refs[ANSWER])}
    answer["fields"] = ["text"]
    absence: dict[str, Value] = {"kind": "absence", "line": stage.line_ids[LINE], "party": TOLD}
    bundle = [notice, answer, absence]
    ours = written(stage, TELLER, bundle, BUNDLE, POLICY)
    theirs = written(stage, TOLD, bundle, OTHER_BUNDLE, OTHER_POLICY)
    # One policy is enough: what it asks of the teller's log is the same in both files.
    single = written(stage, TELLER, [notice], PROOF, POLICY, policy=ours.policy)
    return single, ours, theirs


def written(
    stage: Stage,
    by: str,
    parts: Sequence[Mapping[str, Value]],
    name: str,
    policy_name: str,
    *,
    policy: str = "",
) -> Disclosed:
    """One file, as the node of one party writes it from its own store."""
    is_bundle = len(parts) > 1
    args: dict[str, Value] = {"parts": [dict(part) for part in parts], "bundle": is_bundle}
    told = stage.call(by, "disclose", args)
    data = base64.b64decode(text(told, "file"))
    return Disclosed(name, by, data, policy_name, policy or text(told, "policy"), is_bundle)


def examine(file: Disclosed, prints: Mapping[str, bytes], hidden: Sequence[str]) -> Examined:
    """Verify the file, look for what must not be in it, and change one byte of it."""
    verdict = verified(file, file.data, prints)
    problems = [] if verdict.exit_code == 0 else [verdict.first_line]
    said = "\n".join(verdict.lines)
    problems += [f"shows what was withheld: {value}" for value in hidden if value in said]
    problems += [line for line in verdict.lines if line.startswith("not committed")]
    if file.shows_absence and not says_absent(verdict.json):
        problems.append("does not show that no guarantee was given")
    at = len(file.data) // 2
    refusal = is_noticed(file, prints, at)
    problems += [] if refusal else [f"byte {at} can be changed without being noticed"]
    lines = tuple(line for line in verdict.lines[: 4 if file.shows_absence else 7] if line)
    return Examined(file.name, file.by, len(file.data), lines, at, refusal, tuple(problems))


def verified(file: Disclosed, data: bytes, prints: Mapping[str, bytes]) -> Verdict:
    """The verdict on these bytes under the policy of the file and compared fingerprints."""
    policies = parse_policies(file.policy)
    suite = StandardSuite()
    return verify_file(data, policies, suite, fingerprints=prints, allow_exercise=True)


def is_noticed(file: Disclosed, prints: Mapping[str, bytes], at: int) -> str:
    """How a reader notices that one byte of the file is another one; "" if nobody would."""
    try:
        verdict = verified(file, changed(file.data, at), prints)
    except OpenlineError as fault:
        return f"refused: {fault.code}"
    return f"not shown: {verdict.first_line}" if verdict.exit_code else ""


def says_absent(verdict: Mapping[str, Value]) -> bool:
    """Whether the bundle shows that the told party gave no guarantee on the whole line."""
    found = verdict.get("absences")
    return isinstance(found, list) and any(
        isinstance(each, dict) and each.get("party") == TOLD and each.get("is_shown") is True
        for each in found
    )


def changed(data: bytes, at: int) -> bytes:
    """The same bytes with one of them another letter or digit."""
    other = b"B" if data[at : at + 1] == b"A" else b"A"
    return data[:at] + other + data[at + 1 :]
