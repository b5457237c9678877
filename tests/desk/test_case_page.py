"""The case page: what each addressee did, in the words of every other reader; proofs; paper."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Playwright, expect

from tests.desk.barriers import findings, overflows
from tests.desk.busy import text
from tests.desk.test_composing import shot
from tests.desk.test_receiving import VISIT, at, tell
from tests.desk.town import Browser, House, browser, open_line

pytestmark = pytest.mark.browser


@pytest.fixture
def page(officer: Browser) -> Iterator[Page]:
    yield officer.page
    assert officer.wrong == []


def case(page: Page, house: House, place: list[object]) -> Page:
    page.goto(f"{house.site}/case?{at(place)}")
    return page


def say(house: House, form: str, about: list[object], *options: str, **fields: str) -> Any:
    """A reply by terminal, carried to the other side."""
    signs = [f"{path}{':=' if value[:1] in '[{' else '='}{value}" for path, value in fields.items()]
    told = [x for sign in signs for x in ("--field", sign)]
    sent = house.signed("send", "Harbour", form, "--ref", f"{about[0]}:{about[1]}", *told, *options)
    house.tell("link", "test", "Harbour")
    return list(sent["ref"])


def rung(page: Page, nth: int, row: int = 0) -> Locator:
    return page.locator("table.ladder").first.locator("tbody tr").nth(row).locator("td").nth(nth)


def test_who_did_not_receive_is_named_in_capitals_until_the_receipt_is_there(
    page: Page, town: tuple[House, House]
) -> None:
    north, south = town
    south.stop()
    sent = north.signed(
        "send", "Harbour", "core/visit@1",
        *(x for path, value in VISIT.items() for x in ("--field", f"{path}={value}")),
    )  # fmt: skip
    try:
        case(page, north, sent["ref"])
        expect(rung(page, 0)).to_have_text("NOT RECEIVED")
        expect(rung(page, 0)).to_have_class("odd")
        paper = north.home.with_suffix(".html")  # as every other reader of the case is told
        north.tell("show", f"north.example:{sent['number']}", "--case", "--html", str(paper))
        assert "NOT RECEIVED" in paper.read_text("utf-8")
    finally:
        south.serve()
    north.tell("link", "test", "Harbour")
    expect(rung(page, 0)).to_have_class("reached", timeout=20_000)
    expect(rung(page, 0)).not_to_contain_text("NOT RECEIVED")


def test_one_item_that_was_read_back_never_stands_for_the_message(
    page: Page, town: tuple[House, House]
) -> None:
    place = tell(town[0], "Harbour", "core/visit@1", **VISIT)
    read = say(
        town[1], "core/readback@1", place, "--class", "correct", fields='[["place","Riverside"]]'
    )
    case(page, town[0], place)
    expect(rung(page, 2)).to_contain_text(re.compile(r"1 / \d"))
    links = page.locator(".replies a").evaluate_all("all => all.map((each) => each.href)")
    case(page, town[0], read)
    assert links == page.locator(".replies a").evaluate_all("all => all.map((each) => each.href)")
    assert links, "a case that is reached through a readback offers its replies as well"
    wrong = tell(town[0], "Harbour", "core/visit@1", **VISIT)
    say(town[1], "core/readback@1", wrong, "--class", "correct", fields='[["place","Lakeside"]]')
    case(page, town[0], wrong)
    expect(rung(page, 2)).to_have_class("odd")
    expect(page.locator("article.matter .problem").first).to_contain_text("Lakeside")


def test_versions_show_what_differs_and_which_one_counts_and_that_it_was_withdrawn(
    page: Page, town: tuple[House, House]
) -> None:
    north = town[0]
    place = tell(north, "Harbour", "core/visit@1", **VISIT)
    changed = {**VISIT, "subject": text("A visit"), "place": "Lakeside", "relation": "amends"}
    second = say(north, "core/visit@1", place, **changed)
    case(page, north, place)
    table = page.get_by_role("region", name=f"What 1.{second[1]} says otherwise")
    row = table.locator("tbody tr", has_text="Riverside")
    expect(row).to_contain_text("Lakeside")
    expect(table).not_to_contain_text("2031")  # the times are the same
    versions = page.locator("ol.versions li")
    expect(versions.nth(0)).to_contain_text("SUPERSEDED")
    expect(versions.nth(1)).to_contain_text("this version counts")
    assert findings(page) == []
    shot(page, "case-versions")
    say(north, "core/close@1", second, "--class", "cancelled")
    case(page, north, place)
    expect(page.locator(".stands")).to_have_text("CANCELLED")


def content(house: House, place: list[object]) -> dict[str, Any]:
    """What a message says and withholds, and how it ties to the one before."""
    told = house.tell("show", f"north.example:1.{place[1]}")
    ((_, index),) = told["refs"]
    fields = [each for each in told["fields"].items() if each[0] != "expires"]
    about = {"after": place[1] - index, "fields": fields}
    return about | {each: told[each] for each in ("format", "class", "hidden", "withheld")}


def test_an_own_message_is_amended_as_the_terminal_does_it_and_whoever_comes_second_is_told(
    playwright: Playwright, officer: Browser, page: Page, town: tuple[House, House]
) -> None:
    north, told = town[0], {**VISIT, "route": "north road"}
    twin = tell(north, "Harbour", "core/visit@1", **told)
    by_terminal = north.signed("amend", f"north.example:1.{twin[1]}", "--field", "place=Lakeside")
    place = tell(north, "Harbour", "core/visit@1", **told)
    page.goto(f"{north.site}/message?{at(place)}")
    shot(page, "message-own")
    page.get_by_role("link", name="Amend").press("Enter")
    expect(page.locator("#change")).to_contain_text("A new version of north.example:1.")
    expect(page.locator("[name='f.route']")).to_have_value("north road")
    expect(page.locator("[name='w.route']")).to_be_checked()
    assert findings(page) == []
    with browser(playwright, north, java_script_enabled=False) as plain:  # a second officer's form
        plain.context.add_cookies(officer.context.cookies())  # type: ignore[arg-type]
        second = case(plain.page, north, place)
        second.get_by_role("link", name="Amend").click()
        second.fill("[name='f.place']", "Hillside")
        page.fill("[name='f.place']", "Lakeside")
        shot(page, "compose-amends")
        page.click("#compose button.main")
        changes = page.locator("#changes tbody tr")
        expect(changes).to_have_count(1)
        expect(changes).to_contain_text(re.compile("Place.*Riverside.*Lakeside", re.DOTALL))
        assert findings(page) == []
        shot(page, "draft-amends")
        page.click("form.release button.main")
        page.wait_for_url("**/message**")
        second.click("#compose button.main")
        expect(second.locator("#summary")).to_contain_text("stands in its place")
        expect(second.locator("[name='f.place']")).to_have_value("Hillside")
        assert plain.wrong == []
    after = case(page, north, place).locator("ol.versions li").last
    expect(after).to_contain_text("this version counts")
    counts = [place[0], int(str(place[1])) + 1]
    assert content(north, counts) == content(north, by_terminal["ref"])
    page.goto(f"{north.site}/message?{at(place)}")
    expect(page.get_by_role("link", name="Amend")).to_have_count(0)
    page.goto(f"{north.site}/compose?change=amends&{at(place)}")
    expect(page.get_by_role("alert")).to_contain_text("stands in its place")
    case(page, north, place).get_by_role("link", name="Cancel this message").click()
    page.click("#compose button.main")
    expect(page.locator("#changes tbody")).to_contain_text("Cancels")
    say(north, "core/close@1", counts, "--class", "completed")
    page.click("form.release button.main")
    expect(page.locator("#moved")).to_contain_text("Read what changes now")
    expect(page.locator(".cautions")).to_contain_text("It is closed already, as completed.")
    shot(page, "draft-moved")
    case(page, north, place)
    expect(page.get_by_role("link", name="Cancel this message")).to_have_count(0)


def test_both_accounts_of_an_incident_stand_side_by_side(
    page: Page, town: tuple[House, House]
) -> None:
    north, south = town
    fields = {"subject": text("A shot"), "place": "Mast 4", "account": text("It came from south")}
    told = [x for path, value in fields.items() for x in field(path, value)]
    sent = north.signed("send", "Harbour", "core/incident@1", "--class", "report", *told)
    north.tell("link", "test", "Harbour")
    other = {"subject": text("A shot"), "place": "Mast 4", "account": text("It came from north")}
    say(south, "core/incident@1", sent["ref"], "--class", "counter-account", **other)
    case(page, north, sent["ref"])
    table = page.get_by_role("region", name="What each party states, side by side")
    row = table.locator("tbody tr", has_text="It came from south")
    expect(row.locator("td").nth(2)).to_contain_text("It came from north")
    shot(page, "case-accounts")
    about = ("--ref", f"{sent['ref'][0]}:{sent['ref'][1]}", "--class", "counter-account")
    again = ("send", "Harbour", "core/incident@1", *about)
    del other["account"]
    for n in range(7):  # a flood of long accounts makes more pages of it, none of them huge
        long = field("account", text(f"Account {n}: {'again ' * 2_600}"))
        south.signed(*again, *(x for path in other for x in field(path, other[path])), *long)
    south.tell("link", "test", "Harbour")
    case(page, north, sent["ref"])
    places = page.get_by_role("navigation", name="Pages of this list")
    seen = page.locator("main").inner_text()
    while places.get_by_role("link", name="Next").count():
        assert len(page.content()) < 200_000
        assert findings(page) == []
        places.get_by_role("link", name="Next").focus()
        page.keyboard.press("Enter")
        page.wait_for_load_state()
        expect(page.locator("article.matter h2").first).to_contain_text(sent["number"])
        seen += page.locator("main").inner_text()
    assert all(f"Account {n}:" in seen for n in range(7))
    expect(page.locator("table.proofs tbody tr")).to_have_count(9)
    shot(page, "case-flooded-last")


def field(path: str, value: str) -> tuple[str, str]:
    return "--field", f"{path}{':=' if value[:1] in '[{' else '='}{value}"


def test_proofs_and_paper_are_one_click_away(page: Page, town: tuple[House, House]) -> None:
    place = tell(town[0], "Harbour", "core/visit@1", **VISIT)
    duty = {"position": "duty officer", "at_time": "2030-01-01T00:00:00Z"}
    say(town[1], "core/acknowledge@1", place, "--class", "received", **duty)
    case(page, town[0], place)
    rows = page.locator("table.proofs tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first.locator("code")).to_have_text(re.compile(r"^[A-Za-z0-9+/]{43}=$"))
    for kind, head in (("PDF", b"%PDF-"), ("HTML", b"<!doctype html>")):
        with page.expect_download() as saved:
            page.locator("p.paper").get_by_role("link", name=kind).click()
        data = saved.value.path().read_bytes()
        assert data.lower().startswith(head.lower())
        assert saved.value.suggested_filename.startswith("exercise-north.example-1.")
    rows.first.get_by_role("link", name="Prove").click()
    page.wait_for_url("**/disclose**")


@pytest.mark.parametrize(
    "path", ["/message?{place}", "/registers?name=duties", "/watch", "/case?{place}"]
)
def test_every_page_that_is_kept_on_paper_has_its_documents(
    page: Page, town: tuple[House, House], path: str
) -> None:
    place = tell(town[0], "Harbour", "core/visit@1", **VISIT)
    page.goto(town[0].site + path.format(place=at(place)))
    with page.expect_download() as saved:
        page.locator(".paper a[href*='as=pdf'], .papers a[href*='as=pdf']").first.click()
    assert saved.value.path().read_bytes().startswith(b"%PDF-")
    assert findings(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert not overflows(page)
    page.set_viewport_size({"width": 1280, "height": 720})


def named(region: Locator) -> str:
    return region.get_attribute("aria-label") or ":"


def test_every_register_comes_as_a_pdf_from_its_page(page: Page, town: tuple[House, House]) -> None:
    tell(town[0], "Harbour", "core/visit@1", **VISIT)
    page.goto(f"{town[0].site}/registers")
    names = page.locator("select[name='name'] option").evaluate_all(
        "(options) => options.map((each) => each.value)"
    )
    assert len(names) > 20
    for name in names:
        page.goto(f"{town[0].site}/registers?name={name}")
        assert not [
            each for each in page.locator("[role=region]").all() if named(each).startswith(":")
        ], name
        if name == "calendar":  # a feed for other programs; what is due is the register "due"
            expect(page.locator("a[href='/calendar.ics']")).to_be_visible()
            continue
        with page.expect_download() as saved:
            page.locator("p.paper a[href*='as=pdf']").first.click()
        assert saved.value.path().read_bytes().startswith(b"%PDF-"), name


def test_no_document_of_a_line_without_a_role_is_made(
    playwright: Playwright, town: tuple[House, House]
) -> None:
    north = town[0]
    place = tell(north, "Harbour", "core/visit@1", **VISIT)
    line = north.tell("line", "show", "Harbour")["line"]
    open_line(*town, "Second")
    with browser(playwright, north) as few:
        few.enrol("Frida North", "--line", "Second")
        for asked in (
            f"of=message&{at(place)}", f"of=case&{at(place)}", f"of=watch&line={line}",
            f"of=register&register=duties&line={line}", "of=fork&origin=x", "of=nothing",
            "of=message&o=nowhere&i=1", f"of=register&register=%3Cb%3E&line={line}",
        ):  # fmt: skip
            answer = few.page.goto(f"{north.site}/document?as=html&{asked}")
            assert answer is not None and answer.status == 404, asked
            assert "Riverside" not in few.page.content()
        assert few.wrong == []
