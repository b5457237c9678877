"""A person with keys alone, who knows where they are by what a screen reader would say.

Names and roles come from Chromium's accessibility tree, never from the page's markup.
"""

from typing import Any

from playwright.sync_api import Page

TABS_MAX = 160
# Where the focus is, it is to be seen: an outline, inside the window, under nothing else.
# A page may still be scrolling to it, or be laid out again: a person sees it a moment later.
SEEN = """async () => { const seen = () => {
    const each = document.activeElement, box = each.getBoundingClientRect();
    const style = getComputedStyle(each);
    const ringed = style.outlineStyle !== "none" || style.boxShadow !== "none";
    return ringed && box.bottom > 0 && box.top < innerHeight
      && box.right > 0 && box.left < innerWidth; };
  for (let frames = 0; frames < 60 && !seen(); frames += 1) {
    await new Promise(requestAnimationFrame); }
  return seen(); }"""


class Keys:
    """Tab, Enter, Space, arrows and letters; no other way to use a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._devtools = page.context.new_cdp_session(page)

    def here(self) -> tuple[str, str]:
        """Role and name of what has the focus, as the accessibility tree has them."""
        found = self._devtools.send("Runtime.evaluate", {"expression": "document.activeElement"})
        if "objectId" not in found["result"]:
            return "", ""  # between two pages
        asked = {"objectId": found["result"]["objectId"], "fetchRelatives": False}
        (node, *_) = self._devtools.send("Accessibility.getPartialAXTree", asked)["nodes"]
        return self._text(node, "role"), self._text(node, "name")

    @staticmethod
    def _text(node: dict[str, Any], key: str) -> str:
        return str(node.get(key, {}).get("value", ""))

    def to(self, role: str, name: str, *, whole: bool = False) -> None:
        """Tab on until the focus is on a thing of this role whose name holds, or is, this."""
        passed = []
        for _ in range(TABS_MAX):
            at_role, at_name = self.here()
            if at_role == role and (at_name == name if whole else name in at_name):
                assert self.page.evaluate(SEEN), f"nobody sees that {at_name!r} has the focus"
                return
            self.page.keyboard.press("Tab")
            passed.append(f"{at_role} {at_name[:40]}")
        raise AssertionError(f"no key reaches {role} {name!r}; passed: {passed[:60]}")

    def press(self, role: str, name: str, *, whole: bool = False) -> None:
        """Go there and press Enter."""
        self.to(role, name, whole=whole)
        self.page.keyboard.press("Enter")

    def type(self, name: str, text: str) -> None:
        """Go to a box of this name and type."""
        self.to("textbox", name)
        self.page.keyboard.type(text)

    def choose(self, name: str, option: str) -> None:
        """Go to a list of this name and take an option by arrow keys."""
        self.to("combobox", name)
        chosen = "document.activeElement.selectedOptions[0].textContent"
        for _ in range(40):
            if self.page.evaluate(chosen) == option:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{name!r} has no option {option!r}")

    def tick(self, name: str) -> None:
        """Go to a box to tick and tick it."""
        self.to("checkbox", name)
        self.page.keyboard.press("Space")
