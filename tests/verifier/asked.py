"""One question to both verifiers: a file, and the trust under which it is checked.

`Question` holds bytes only, as a person would give them. `python_answer` asks the program; the page
is asked in Chromium by `chromium.Checker`. Equal answers are equal dictionaries: the whole verdict
as JSON with its printed lines, or code and sentence of the refusal.
"""

import base64
import json
from dataclasses import asdict, dataclass
from typing import Any

from openline.envelope.standard import StandardSuite
from openline.errors import OpenlineError
from openline.formats.malformed import Malformed
from openline.formats.policy import parse_policies
from openline.formats.proof import parse_cards_part
from openline.formats.spell import unb64
from openline.record.disclosure import verify_file

SUITE = StandardSuite()
Answer = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """Bytes are base64, so that a question can be written to a file and handed to a browser."""

    file: str
    policies: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    charters: tuple[str, ...] = ()
    prints: tuple[tuple[str, str], ...] = ()
    asked: str = "guarantee"
    allow: bool = True

    def text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)


def question(file: bytes, **more: Any) -> Question:
    """A question from bytes; see `Question` for the rest."""
    for name in ("policies", "cards", "charters"):
        more[name] = tuple(base64.b64encode(each).decode() for each in more.get(name, ()))
    return Question(base64.b64encode(file).decode(), **more)


def read_question(text: str) -> Question:
    value = json.loads(text)
    for name in ("policies", "cards", "charters"):
        value[name] = tuple(value[name])
    value["prints"] = tuple((party, print_) for party, print_ in value["prints"])
    return Question(**value)


def python_answer(asked: Question) -> Answer:
    """What the program says; a refusal is its code and sentence."""
    try:
        verdict = verify_file(
            base64.b64decode(asked.file),
            [rules for text in asked.policies for rules in parse_policies(decoded(text, "policy"))],
            SUITE,
            fingerprints={
                party: unb64(print_, 32, what="fingerprint") for party, print_ in asked.prints
            },
            allow_exercise=asked.allow,
            cards=[parse_cards_part(base64.b64decode(each)) for each in asked.cards],
            charters=[decoded(each, "charter") for each in asked.charters],
            asked=asked.asked,
        )
    except OpenlineError as refusal:
        return {"code": refusal.code, "message": str(refusal), "remedy": refusal.remedy}
    table: Answer = json.loads(json.dumps(verdict.json))
    return {"table": table, "lines": list(verdict.lines)}


def decoded(text: str, what: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(what, "not UTF-8") from None
