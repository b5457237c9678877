"""What keeps people out of a page: axe-core's findings, and pages that are wider than a window."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RUN = """() => axe.run(document, {resultTypes: ["violations"]}).then((all) => all.violations.map(
  (each) => ({rule: each.id, help: each.help,
    where: each.nodes.slice(0, 3).map((node) => [node.target.join(" "), node.failureSummary])})))"""


@cache
def axe() -> str:
    return AXE.read_text("utf-8")


def findings(page: Page) -> list[dict[str, Any]]:
    """What axe-core finds wrong on a page."""
    page.evaluate(axe())
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return found


def overflows(page: Page) -> bool:
    """Whether the page as a whole is wider than the window: nobody should scroll in two ways."""
    wide: bool = page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
    )
    return wide
