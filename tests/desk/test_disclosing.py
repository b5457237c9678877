"""The disclosure studio in a real browser: choose, read what a stranger learns, who may take it."""

import re
import urllib.parse
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.desk.town import Browser, House, open_line

pytestmark = pytest.mark.browser

SECRET = "by the north road, two cars"


@pytest.fixture(scope="module")
def told(town: tuple[House, House]) -> dict[str, Any]:
    """A notice with a withheld route, answered; and another one on a line of its own."""
    north, south = town
    fields = ["subject=Visit to the bridge", "place=Riverside", f"route={SECRET}"]
    fields += ["from=2030-12-01T08:00:00Z", "until=2030-12-01T12:00:00Z", "effect=acknowledge"]
    options = [part for field in fields for part in ("--field", field)]
    sent = north.signed("send", "Harbour", "core/visit@1", *options, "--withhold", "route")
    north.tell("link", "test", "Harbour")
    number = f"north.example:{sent['ref'][1]}"
    south.signed("answer", named(sent["ref"]), "noted-without-guarantee", "--field",
                 "text=Noted.")  # fmt: skip
    north.tell("link", "test", "Harbour")
    return {"ref": sent["ref"], "number": number}


def named(ref: list[Any]) -> str:
    """An entry as the terminal takes it."""
    return f"{ref[0]}:{ref[1]}"


def address(path: str, ref: list[Any], **more: str) -> str:
    return f"{path}?{urllib.parse.urlencode({'o': ref[0], 'i': ref[1], **more})}"


def field(page: Page, path: str) -> Any:
    return page.locator(f"input[type=checkbox][name$='.{path}']")


def preview(page: Page) -> None:
    page.click("#choice button.main")
    page.wait_for_selector("#preview")


def test_a_withheld_field_is_disclosed_only_knowingly(north: Browser, told: dict[str, Any]) -> None:
    north.enrol("Paula North")
    page = north.go(address("/disclose", told["ref"]))
    field(page, "route").check()
    preview(page)
    expect(page.locator("#learns li", has_text=SECRET)).to_contain_text(
        "Not told to the addressees"
    )
    expect(page.locator("#verdict")).to_contain_text("Not told with the message")


def test_a_whole_case_goes_into_one_file(north: Browser, told: dict[str, Any]) -> None:
    north.enrol("Quirin North")
    page = north.go(address("/case", told["ref"]))
    page.click("a[href^='/disclose'][href$='case=1']")  # not one of its messages alone
    assert page.locator("fieldset.matter").count() >= 2
    for box in page.locator("input[name^='e.']").all():
        box.check()
    field(page, "text").check()
    preview(page)
    expect(page.locator("#learns")).to_contain_text("Noted.")
    expect(page.locator("#verdict h3")).to_have_count(page.locator("fieldset.matter").count())


def test_a_position_that_stands_is_held_against_the_disclosure(
    north: Browser, town: tuple[House, House]
) -> None:
    open_line(*town, "Talks", "--pack", "core", "--pack", "positions")
    spoken = town[0].signed(
        "send", "Talks", "core/clarification@1", "--field", "subject=The bridge"
    )
    position = ["--field", "fact=bridge", "--field", "office=Press service"]
    north.enrol("Rosa North")
    naming = ["--ref", named(spoken["ref"]), "--field", "relation=supplements"]
    for ref in ([], naming):
        town[0].signed(
            "send",
            "Talks",
            "positions/fact-position@1",
            "--class",
            "not-commented",
            *ref,
            *position,
        )
        page = north.go(address("/disclose", spoken["ref"]))
        where = page.locator("#against" if ref else "#near")
        expect(where).to_contain_text("Press service (north.example) on the fact bridge")


def test_nothing_chosen_and_a_grown_record_are_said_and_give_no_file(
    north: Browser, told: dict[str, Any]
) -> None:
    north.enrol("Sara North")
    page = north.go(address("/disclose", told["ref"]))
    page.uncheck("input[name='e.0']")
    page.click("#choice button.main")
    expect(page.locator("p.problem")).to_contain_text("Choose at least one message")
    page.check("input[name='e.0']")
    preview(page)
    for hidden in page.locator("input[name=digest]").all():
        hidden.evaluate("element => { element.value = 'another'; }")
    page.click("#get-file")
    expect(page.locator("p.problem")).to_contain_text("The record has grown")
    expect(page.locator("#preview")).to_be_visible()


def test_who_has_no_role_on_the_line_finds_nothing_and_only_a_releaser_takes_files(
    north: Browser, town: tuple[House, House], told: dict[str, Any]
) -> None:
    open_line(*town, "Other")
    north.enrol("Tina North", "--line", "Other")
    page = north.go("/queue")
    assert ask(page, address("/disclose", told["ref"]))[0] == 404
    form = {"o": told["ref"][0], "i": str(told["ref"][1]), "e.0": "1"}
    for path in ("/disclose", "/disclose/file"):
        status, there = ask(page, path, form)
        unknown = {**form, "o": "north.example/openline/" + "a" * 52}
        assert (status, without_tokens(there)) == (404, without_tokens(ask(page, path, unknown)[1]))


def ask(page: Page, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """A request as a script of the page would make it, with the page's own form token."""
    script = """async ([path, form]) => {
      const token = document.querySelector("input[name=form]").value;
      const body = form && new URLSearchParams({ ...form, form: token });
      const answer = await fetch(path, { method: form ? "POST" : "GET", body });
      return [answer.status, await answer.text()];
    }"""
    status, text = page.evaluate(script, [path, form])
    return int(status), str(text)


def without_tokens(html: str) -> str:
    """A page without what each answer has of its own: tokens, its second, the newest change."""
    return re.sub(r"[0-9a-f]{32}|(value|data-now|data-changes)=\"[^\"]*\"", "", html)


def test_a_drafter_sees_the_preview_and_takes_nothing(north: Browser, told: dict[str, Any]) -> None:
    north.enrol("Ulla North", "--roles", "drafter")
    page = north.go(address("/disclose", told["ref"]))
    preview(page)
    expect(page.locator("#preview")).to_contain_text("Only an officer with the role releaser")
    assert page.locator("#get-file").count() == 0
    form = {"o": told["ref"][0], "i": str(told["ref"][1]), "e.0": "1"}
    assert ask(page, "/disclose/file", form)[0] == 403
