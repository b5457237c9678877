"""In a browser: one officer accepts a proposed line with a passkey, another one is declined."""

import pytest
from playwright.sync_api import expect

from tests.desk.barriers import findings, overflows
from tests.desk.test_composing import shot
from tests.desk.town import Browser, House, reached

pytestmark = pytest.mark.browser


def proposed(north: House, south: House, title: str) -> str:
    """A line that north proposes and south has not answered; its id."""
    rules = ["--status", "exercise", "--officers", "open=1", "--officers", "*=1"]
    north.signed(
        "line", "invite", "--title", title, "--member", south.party, "--language", "en", *rules
    )
    reached(north, south, title, opened=False)
    return str(south.tell("line", "show", title)["line"])


def test_an_officer_accepts_one_proposed_line_and_declines_another_at_the_desk(
    south: Browser, town: tuple[House, House]
) -> None:
    south.enrol("Anna South")
    first, second = (proposed(*town, title) for title in ("Wanted", "Unwanted"))
    page = south.go("/queue?status=exercise")
    page.get_by_role("link", name="Wanted", exact=True).click()
    expect(page.locator("#invited")).to_contain_text("north.example proposes this line")
    shot(page, "proposal")
    wrong = [*findings(page), *["wide"] * overflows(page)]
    page.get_by_role("button", name="Accept: draft our entry").click()
    page.wait_for_url("**/drafts/*")
    expect(page.locator("#rules pre")).to_contain_text("title Wanted")
    shot(page, "proposal-draft")
    wrong += [*findings(page), *["wide"] * overflows(page)]
    page.click("form.passkey button.main")
    page.wait_for_url(f"**/lines/{first}")
    expect(page.locator("#invited")).to_have_count(0)
    reached(town[1], town[0], "Wanted", opened=True)

    page = south.go(f"/lines/{second}")
    page.get_by_role("button", name="Decline: sign with passkey").click()
    expect(page.get_by_role("button", name="Decline: sign with passkey")).to_have_count(0)
    expect(page.get_by_role("button", name="Accept: draft our entry")).to_be_visible()
    lines = {row["title"]: row["state"] for row in town[1].tell("line", "list", "--all")["lines"]}
    assert (lines["Wanted"], lines["Unwanted"]) == ("accepted", "declined")
    assert wrong == [] == south.wrong
