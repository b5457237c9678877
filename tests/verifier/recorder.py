"""A pytest plugin that writes down every question which the tests put to `verify_file`.

Loaded with `-p tests.verifier.recorder` before any test module, so that they import the recording
function. The file to write is named by OPENLINE_QUESTIONS, one question on a line.
"""

import base64
import os
from collections.abc import Iterable
from typing import Any

from openline.envelope.standard import StandardSuite
from openline.formats.policy import Policy
from openline.record import disclosure
from tests.verifier.asked import Question, question

_verify = disclosure.verify_file


def recorded(data: bytes, policy: Any, suite: Any, **trust: Any) -> Any:
    """`verify_file`, with the question written down first."""
    if isinstance(suite, StandardSuite):
        with open(os.environ["OPENLINE_QUESTIONS"], "a", encoding="utf-8") as file:
            file.write(as_question(data, policy, **trust).text() + "\n")
    return _verify(data, policy, suite, **trust)


def as_question(
    data: bytes,
    policy: Policy | Iterable[Policy] | None,
    *,
    fingerprints: dict[str, bytes] | None = None,
    allow_exercise: bool = False,
    cards: Iterable[Any] = (),
    charters: Iterable[str] = (),
    asked: str = "guarantee",
) -> Question:
    policies = (policy,) if isinstance(policy, Policy) else tuple(policy or ())
    prints = (fingerprints or {}).items()
    return question(
        data,
        policies=[each.text().encode() for each in policies],
        cards=[each.encode() for each in cards],
        charters=[each.encode() for each in charters],
        prints=tuple((party, base64.b64encode(print_).decode()) for party, print_ in prints),
        allow=allow_exercise,
        asked=asked,
    )


disclosure.verify_file = recorded
