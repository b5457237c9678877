"""Officers in a real browser: who drafts, verifies, releases; keys lost and found; who is gone."""

import base64
import json
import urllib.parse

import pytest
from playwright.sync_api import Page, Playwright, expect

from openline.desk.pages.app import PAGES
from tests.desk.test_composing import field, shot
from tests.desk.test_desk import compose, visit
from tests.desk.town import AUTHENTICATOR, ENTERED, Browser, House, browser, open_line

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def two(town: tuple[House, House]) -> str:
    """A line on which two officers release everything."""
    open_line(*town, "Two", "--officers", "*=2", "--officers", "core/confirmation=1")
    return "Two"


def drafted(desk: Browser, line: str, subject: str = "A visit") -> str:
    """The address of a draft that this officer made."""
    page = compose(desk, line, "core/visit@1")
    visit(page, subject)
    page.click("#compose button.main")
    page.wait_for_url("**/drafts/*")
    return page.url


def new_key(desk: Browser) -> None:
    """Another device at the same browser: the first one's keys are out of reach."""
    devtools = desk.devtools
    devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": desk.authenticator})
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    desk.authenticator = made["authenticatorId"]


def posted(page: Page, path: str, **fields: str) -> int:
    """The status of a form that this page never showed, sent by its officer."""
    return int(
        page.evaluate(
            """async ([path, fields]) => {
              const form = document.querySelector("input[name='form']").value;
              const body = new URLSearchParams({ form, ...fields });
              return (await fetch(path, { method: "POST", body, redirect: "manual" })).status;
            }""",
            [path, fields],
        )
    )


def answered(page: Page, path: str, **fields: str) -> tuple[int, str]:
    """The same, with the page to which it leads."""
    status, told = page.evaluate(
        """async ([path, fields]) => {
          const form = document.querySelector("input[name='form']").value;
          const body = new URLSearchParams({ form, ...fields });
          const answer = await fetch(path, { method: "POST", body });
          return [answer.status, await answer.text()];
        }""",
        [path, fields],
    )
    return int(status), str(told)


def read(page: Page, path: str) -> str:
    """Another page of this desk, as its officer gets it."""
    ask = "(path) => fetch(path).then((answer) => answer.text())"
    return str(page.evaluate(ask, path))


def test_who_drafted_does_not_release_and_two_others_do(
    north: Browser, other: Browser, third: Browser, two: str
) -> None:
    north.enrol("Anna North")
    other.enrol("Boris North")
    third.enrol("Clara North")
    url = drafted(north, two)
    expect(north.page.get_by_text("Drafted by")).to_be_visible()
    expect(north.page.locator(".notice")).to_contain_text("You drafted this message")
    expect(north.page.locator("form.release")).to_have_count(0)
    shot(north.page, "draft-drafter")
    other.page.goto(url)
    other.page.click("form.release button.main")
    expect(other.page.get_by_text("signatures given: 1 of 2 · Boris North")).to_be_visible()
    expect(other.page.locator("form.release")).to_have_count(0)  # one person once
    third.page.goto(url)
    first, second = (p.locator(".digits").inner_text() for p in (other.page, third.page))
    assert first == second  # what the two compare on two screens
    third.page.click("form.release button.main")
    third.page.wait_for_url("**/message**")
    a_flash_waits_for_nobody_and_another_officer_confirms_it(north, other, two)


def a_flash_waits_for_nobody_and_another_officer_confirms_it(
    north: Browser, other: Browser, line: str
) -> None:
    """The same officers: she drafts and sends alone, and is not who confirms it afterwards."""
    page = compose(north, line, "core/incident@1")
    page.select_option("#class", "report")
    field(page, "subject.1.text", "Shots at the bridge")
    page.locator("details.common summary").click()
    page.select_option("[name='f.precedence']", "flash")
    page.click("#compose button.main")
    page.wait_for_url("**/drafts/*")
    expect(page.get_by_text("Flash about safety of life: one officer sends it")).to_be_visible()
    shot(page, "draft-flash")
    page.click("form.release button.main")
    page.wait_for_url("**/message**")
    message = page.url
    for desk in (north, other):
        desk.page.goto(message)
        desk.page.locator(".replies a[href*='confirmation']").click()
        desk.page.click("#compose button.main")
        desk.page.wait_for_url("**/drafts/*")
        desk.page.click("form.release button.main")
        if desk is north:
            expect(page.get_by_text("exchange.same-officer")).to_be_visible()
    other.page.wait_for_url("**/message**")
    other.page.goto(message.replace("/message?", "/case?"))
    expect(other.page.locator("table.proofs")).to_contain_text("onfirm")


def test_the_drafters_release_is_refused_whatever_the_page_showed(
    north: Browser, other: Browser, two: str
) -> None:
    north.enrol("Dora North")
    url = drafted(north, two)
    page = north.page
    draft = url.rpartition("/")[2]
    north.house.tell("queue", "--drafts")
    answer = signed(page, north.house, draft)
    status = posted(page, f"/drafts/{draft}/release", answer=answer)
    assert status == 422
    page.reload()
    expect(page.get_by_text("signatures given: 0 of 2")).to_be_visible()
    other.enrol("Elsa North")
    other.page.goto(url)
    assert posted(other.page, f"/drafts/{draft}/release", answer=answer) == 422  # not her key
    other.page.reload()
    expect(other.page.get_by_text("signatures given: 0 of 2")).to_be_visible()


def signed(page: Page, house: House, draft: str) -> str:
    """An assertion of this browser's key over a draft, made behind the page's back."""
    from openline.cli.client import client  # a test may open the node's own surface

    with client(house.home) as node:
        told = node.call("draft_show", draft=draft)
    return str(
        page.evaluate(
            """async ([challenge, rpId]) => {
              const url = challenge.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
              const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
                { challenge: url, rpId, userVerification: "required" });
              const made = await navigator.credentials.get({ publicKey });
              return JSON.stringify(made.toJSON());
            }""",
            [told["challenge"], told["rp_id"]],
        )
    )


def test_an_assertion_is_good_for_one_draft_and_once(north: Browser, other: Browser) -> None:
    north.enrol("Frida North")
    first, second = drafted(north, "Harbour", "One"), drafted(north, "Harbour", "Two")
    one, two = (url.rpartition("/")[2] for url in (first, second))
    answer = signed(north.page, north.house, one)
    assert posted(north.page, f"/drafts/{two}/release", answer=answer) == 422
    assert posted(north.page, f"/drafts/{one}/release", answer=answer) == 0  # a redirect: released
    assert posted(north.page, f"/drafts/{one}/release", answer=answer) == 409
    assert posted(north.page, f"/drafts/{two}/release", answer="{}") == 403
    assert posted(north.page, f"/drafts/{two}/release", answer="x" * 20_000) == 403
    tampered = json.dumps({**json.loads(answer), "response": {"signature": "AAAA"}})
    assert posted(north.page, f"/drafts/{two}/release", answer=tampered) == 403


def test_a_verifier_checks_before_anybody_releases_where_the_desk_asks_for_one(
    north: Browser, other: Browser, third: Browser
) -> None:
    third.enrol("Admin North", "--roles", "administrator")
    rule(third, "verifier", "every")
    north.enrol("Gerda North")
    url = drafted(north, "Harbour", "To be verified")
    expect(north.page.locator(".notice")).to_contain_text("asks for a verifier")
    other.enrol("Hilde North", "--roles", "verifier")
    other.page.goto(url)
    expect(other.page.locator("form.release")).to_have_count(0)
    shot(other.page, "draft-verifier")
    other.page.get_by_role("button", name="I have checked this").click()
    expect(other.page.locator("dl.facts:not(.addressed)")).to_contain_text("Hilde North")
    assert posted(north.page, f"{url}/verify") == 403  # she is not a verifier
    north.page.reload()
    north.page.click("form.release button.main")
    north.page.wait_for_url("**/message**")
    rule(third, "verifier", "none")


def rule(admin: Browser, name: str, reach: str) -> None:
    page = admin.go("/officers")
    page.select_option(f"#{name}", reach)
    with page.expect_navigation(url="**/officers"):  # the same address: wait for its new page
        page.get_by_role("button", name="Set: sign with passkey").click()
    expect(page.locator(f"#{name}")).to_have_value(reach)


def test_an_administrator_enters_and_removes_officers_and_can_do_nothing_else(
    north: Browser, other: Browser
) -> None:
    north.enrol("Admin Two", "--roles", "administrator")
    page = north.page
    assert "Harbour" not in north.go("/lines").content()
    line = north.house.tell("line", "show", "Harbour")["line"]
    assert "Harbour" not in north.go("/officers").content()
    shot(page, "officers")
    for path in (f"/lines/{line}", f"/compose?line={line}&format=core/visit@1"):
        answer = page.goto(north.house.site + path)
        assert answer is not None and answer.status == 404
    with pytest.raises(AssertionError, match="no other role"):
        north.house.tell("officer", "invite", "Both", "--roles", "administrator,releaser")
    north.go("/officers")
    page.fill("#name", "Ulla North")
    page.check("form[action='/officers/invite'] [name='role.drafter']")
    page.check("form[action='/officers/invite'] [name='role.releaser']")
    page.get_by_role("button", name="Make an invitation").click()
    expect(page.get_by_text("desk.lines-not-chosen")).to_be_visible()  # nothing is no choice
    north.go("/officers")
    page.fill("#name", "Ulla North")
    page.check("form[action='/officers/invite'] [name='role.drafter']")
    page.check("form[action='/officers/invite'] [name='role.releaser']")
    page.fill("#lines", "Harbour")
    page.get_by_role("button", name="Make an invitation").click()
    other.page.goto(page.locator("#invitation").inner_text())
    other.page.click("button.main")
    other.page.wait_for_url(ENTERED)
    compose(other, "Harbour", "core/visit@1")
    field(other.page, "place", "typed before the removal")
    expect(other.page.locator("#kept")).to_contain_text("Kept on the node")
    north.go("/officers")
    ulla = page.locator("tr", has_text="Ulla North")
    ulla.get_by_text("Roles of Ulla North on a line").click()
    ulla.get_by_label("Line", exact=True).fill("Harbour")
    ulla.get_by_label("Drafter").check()
    with page.expect_navigation():
        ulla.get_by_role("button", name="Set: sign with passkey").click()
    told = [each["text"] for each in north.house.tell("events")["events"]]
    assert any("Admin Two set roles of Ulla North: drafter" in each for each in told)
    page.get_by_role("button", name="Remove Ulla North").click()
    expect(page.locator("tr", has_text="Ulla North")).to_have_count(0)
    assert "Harbour" not in page.content()
    field(other.page, "place", "typed after the removal")
    expect(other.page.locator("#kept")).to_contain_text("you are signed out")
    other.page.goto(f"{other.house.site}/queue")
    other.page.wait_for_url("**/sign-in**")
    other.page.click("button.main")
    expect(other.page.get_by_text("desk.passkey-refused")).to_be_visible()
    persons = other.house.tell("officer", "list")["officers"]
    north.go("/drafts")
    assert len(persons) >= 1


def test_two_releasers_approve_in_their_browsers_who_stands_on_the_card(
    north: Browser, other: Browser, third: Browser
) -> None:
    north.enrol("Rosa North")
    other.enrol("Sofia North")
    invited = third.house.tell("officer", "invite", "Thea North")
    third.page.goto(invited["url"])
    third.page.click("button.main")
    third.page.wait_for_url("**/queue")
    expect(third.page.locator(".notice")).to_contain_text("You need do nothing here")
    url = drafted(third, "Harbour", "Too early")
    expect(third.page.locator(".notice")).to_contain_text("not on the card yet")
    expect(third.page.locator("form.release")).to_have_count(0)
    assert posted(third.page, "/officers/approve", answer="{}") == 403
    first = north.go("/officers")
    expect(first.get_by_text("Thea North").first).to_be_visible()
    digits = first.locator(".digits").inner_text()
    first.get_by_role("button", name="Approve this change").click()
    expect(first.get_by_text("signatures given: 1 of 2 · Rosa North")).to_be_visible()
    expect(first.get_by_role("button", name="Approve this change")).to_have_count(0)
    shot(first, "officers-change")
    second = other.go("/officers")
    assert second.locator(".digits").inner_text() == digits
    second.get_by_role("button", name="Approve this change").click()
    expect(second.get_by_role("button", name="Approve this change")).to_have_count(0)
    assert third.go("/me").locator(".notice").count() == 0
    third.page.goto(url)
    assert drafted(third, "Harbour", "Anew") != url
    third.page.click("form.release button.main")
    third.page.wait_for_url("**/message**")


def test_an_officer_is_removed_from_the_terminal_as_well(north: Browser) -> None:
    before = {row["person"] for row in north.house.tell("officer", "list")["officers"]}
    north.enrol("Paula North")
    after = {row["person"] for row in north.house.tell("officer", "list")["officers"]}
    (person,) = after - before
    north.house.tell("officer", "remove", person)
    north.house.approve()
    north.page.goto(f"{north.house.site}/queue")
    north.page.wait_for_url("**/sign-in**")
    assert person not in str(north.house.tell("officer", "list")["officers"])


def test_a_stolen_session_changes_no_officer_without_the_passkey(north: Browser) -> None:
    north.enrol("Admin Three", "--roles", "administrator")
    page = north.go("/officers")
    assert posted(page, "/officers/invite", name="Mallory", **{"role.releaser": "on"}) == 403
    assert posted(page, "/officers/rules", apart="none", verifier="none") == 403
    assert "Mallory" not in north.go("/officers").content()


def test_a_spare_key_signs_in_and_takes_the_place_of_a_lost_one_as_the_same_person(
    north: Browser,
) -> None:
    north.enrol("Jana North")
    before = {row["person"] for row in north.house.tell("officer", "list")["officers"]}
    page = north.go("/me")
    new_key(north)
    page.get_by_role("button", name="Register another key of yours").click()
    expect(page.get_by_text("spare: signs in")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.click("button.main")
    page.wait_for_url("**/queue")
    north.go("/me")
    expect(page.locator(".notice")).to_contain_text("signed in with a spare key")
    shot(page, "own-spare")
    page.get_by_role("button", name="put this one in its place").click()
    expect(page.get_by_text("spare: signs in")).to_have_count(0)
    expect(page.locator(".notice")).to_contain_text("You need do nothing here")
    north.house.approve()
    expect(page.locator("#waits .notice")).to_have_count(0)
    after = {row["person"] for row in north.house.tell("officer", "list")["officers"]}
    assert after == before  # nobody became a second person
    drafted(north, "Harbour", "By the second key")
    page.click("form.release button.main")
    page.wait_for_url("**/message**")


def test_an_officer_who_lost_every_key_gets_a_new_one_and_the_old_one_opens_nothing(
    north: Browser, other: Browser, third: Browser
) -> None:
    third.enrol("Admin Four", "--roles", "administrator")
    north.enrol("Karla North")
    page = third.go("/officers")
    page.get_by_role("button", name="New key for Karla North").click()
    other.page.goto(page.locator("#invitation").inner_text())
    other.page.click("button.main")
    other.page.wait_for_url(ENTERED)
    other.house.approve()
    north.page.goto(f"{north.house.site}/queue")
    north.page.wait_for_url("**/sign-in**")
    north.page.click("button.main")
    expect(north.page.get_by_text("desk.passkey-refused")).to_be_visible()
    drafted(other, "Harbour", "By the new key")
    other.page.click("form.release button.main")
    other.page.wait_for_url("**/message**")


def test_a_duress_word_is_heard_by_others_and_seen_by_nobody_who_looks_on(
    north: Browser, other: Browser, third: Browser
) -> None:
    north.enrol("Lena North")
    third.enrol("Nina North")
    other.enrol("Mia North", "--roles", "auditor")
    page = north.go("/me")
    page.fill("#ordinary", "blue harbour")
    page.fill("#duress", "grey harbour")
    page.get_by_role("button", name="Set: sign with passkey").click()
    expect(page.get_by_text("Words are set")).to_be_visible()
    drafted(north, "Harbour", "Under duress")
    page.fill("[name='word']", "red harbour")
    page.click("form.release button.main")
    expect(page.get_by_text("desk.word-refused")).to_be_visible()
    expect(other.go("/officers").locator("section.summary")).to_have_count(0)
    page.go_back()
    page.fill("[name='word']", "Grey  Harbour")
    page.click("form.release button.main")
    page.wait_for_url("**/message**")
    assert "uress" not in page.locator("main").inner_text().replace("Under duress", "")
    expect(other.go("/officers").locator("section.summary")).to_contain_text("Lena North")
    shot(other.page, "officers-silent")
    heard = "Lena North: duress word"
    assert heard in other.go("/officers").content()
    every = [path for path, _, method, _ in PAGES if method == "GET" and "{" not in path]
    line = north.house.tell("line", "show", "Harbour")["line"]
    every += [f"/lines/{line}", "/search?q=duress", "/registers?name=late"]
    for path in every:  # what she herself, and who has the watch with her, can ask for
        for desk in (page, third.page) if path not in ("/", "/signals") else ():
            assert heard not in read(desk, path), path
    sheet = urllib.parse.urlencode({"of": "watch", "as": "html", "lang": "en", "line": line})
    assert heard not in read(third.page, f"/document?{sheet}")
    house = north.house  # nor in the list of everything that whoever forces her may ask for
    assert "duress" not in str(house.tell("events", "--limit", "10000"))
    assert "Lena North" in str(house.tell("events", "--kind", "duress"))


def test_an_invited_person_cannot_choose_whom_to_be(north: Browser, other: Browser) -> None:
    north.enrol("Petra North")
    officers = {each["person"] for each in north.house.tell("officer", "list")["officers"]}
    petra = north.devtools.send(
        "WebAuthn.getCredentials", {"authenticatorId": north.authenticator}
    )["credentials"][0]["userHandle"]
    invited = north.house.tell("officer", "invite", "Quentin North")
    page = other.page
    page.goto(invited["url"])
    page.evaluate(
        """(person) => { const form = document.querySelector("form.passkey");
          for (const old of form.querySelectorAll("[name=person]")) old.remove();
          const made = Object.assign(document.createElement("input"),
            { type: "hidden", name: "person", value: person });
          form.append(made); }""",
        base64.b64decode(petra).hex(),
    )
    page.click("button.main")
    page.wait_for_url(ENTERED)
    expect(page.locator("#waits .notice")).to_contain_text("You need do nothing here")
    north.house.approve()
    expect(page.locator("#waits .notice")).to_have_count(0)  # by itself: nobody looked again
    expect(other.go("/me").locator("h1")).to_contain_text("Quentin North")
    expect(north.go("/me").locator("h1")).to_contain_text("Petra North")
    after = {each["person"] for each in north.house.tell("officer", "list")["officers"]}
    assert officers < after and len(after - officers) == 1


def test_a_desk_with_two_who_release_is_told_what_that_means_and_may_choose(
    south: Browser, playwright: Playwright, town: tuple[House, House]
) -> None:
    south.enrol("Adam South", "--roles", "administrator")
    page = south.go("/officers")
    rules = page.locator(".notice", has_text="People who can release here: 2")
    expect(rules).to_contain_text("needs a third person")
    expect(page.get_by_text("Nobody has chosen these two rules here yet")).to_be_visible()
    shot(page, "officers-few")
    page.select_option("#apart", "none")
    page.get_by_role("button", name="Set: sign with passkey").click()
    expect(page.get_by_text("Nobody has chosen these two rules here yet")).to_have_count(0)
    expect(rules).to_have_count(0)
    page.select_option("#apart", "two")
    page.get_by_role("button", name="Set: sign with passkey").click()
    expect(rules).to_be_visible()
    with browser(playwright, town[1]) as one_more:
        one_more.enrol("Berta South")
        assert one_more.wrong == []
    page.reload()
    expect(rules).to_have_count(0)


def test_an_auditor_reads_and_changes_nothing(north: Browser, other: Browser) -> None:
    other.enrol("Nora North")
    url = drafted(other, "Harbour", "Read by an auditor")
    north.enrol("Olga North", "--roles", "auditor")
    page = north.page
    page.goto(url)
    expect(page.get_by_text("Read by an auditor").first).to_be_visible()
    assert page.locator("main form").count() == 0
    draft = url.rpartition("/")[2]
    line = north.house.tell("line", "show", "Harbour")["line"]
    for path, fields in (
        (f"/drafts/{draft}/release", {"answer": "{}"}),
        (f"/drafts/{draft}/drop", {}),
        (f"/drafts/{draft}/verify", {}),
        ("/compose", {"line": line, "format": "core/visit@1"}),
        ("/compose/check", {"line": line, "format": "core/visit@1"}),
        ("/officers/rules", {"apart": "none"}),
    ):
        assert posted(page, path, **fields) == 403, path
    answer = page.goto(f"{north.house.site}/compose?{urllib.parse.urlencode({'line': line})}")
    assert answer is not None and answer.status in (403, 404)
