"""The page's own program in Chromium, asked many questions without the page around it.

A worker runs exactly the text of the page's one script, as the page itself does it.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page, Playwright

from openline.desk.verifier_page import program
from tests.desk.town import ARGUMENTS, chromium
from tests.verifier.asked import Answer, Question

AT_ONCE = 40
START = """text => {
  const address = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  globalThis.worker = new Worker(address);
}"""
ASK = """async questions => {
  const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const answers = [];
  for (const each of questions) {
    const answer = new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = event => reject(new Error(event.message));
    });
    worker.postMessage({
      number: 1, file: bytes(each.file), policies: each.policies.map(bytes),
      cards: each.cards.map(bytes), charters: each.charters.map(bytes),
      prints: each.prints.map(([party, print]) => `${party}=${print}`).join("\\n"),
      asked: each.asked, allow: each.allow,
    });
    const { failure, refusal, json, lines } = await answer;
    answers.push({ failure, refusal, json, lines });
  }
  return answers;
}"""


@dataclass
class Checker:
    """A browser page with one worker."""

    page: Page

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """What the page says, in the shape of `asked.python_answer`."""
        found: list[Answer] = []
        for start in range(0, len(questions), AT_ONCE):
            batch = [vars(each) for each in questions[start : start + AT_ONCE]]
            found += [answer(each) for each in self.page.evaluate(ASK, batch)]
        return found


def answer(told: dict[str, Any]) -> Answer:
    """A failure of the page itself is an answer that no Python answer equals."""
    if told.get("failure"):
        return {"failure": told["failure"]}
    value = json.loads(told["json"])
    return value if told.get("refusal") else {"table": value, "lines": told["lines"]}


@contextmanager
def checker(playwright: Playwright, text: str | None = None) -> Iterator[Checker]:
    """A checker of the page's program, or of another text of it."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
    try:
        page = browser.new_page()
        page.set_default_timeout(120_000)
        page.evaluate(START, program() if text is None else text)
        yield Checker(page)
    finally:
        browser.close()
