"""Files on the desk: attached in a form, read before they are signed, received, saved unaltered."""

import hashlib
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from openline.formats.attachment import FILE_BYTES_MAX
from tests.desk.barriers import findings, overflows
from tests.desk.photographs import CAMERA, OTHERS, PLACE, jpeg
from tests.desk.test_composing import field, shot
from tests.desk.test_desk import compose, release
from tests.desk.town import Browser, House, browser, open_line

pytestmark = pytest.mark.browser
FORM = "core/accident@1"
ITEM = "attachments"
CHOOSE = f"input[name='a.{ITEM}']"
HOSTILE = "../../\u202egpj.exe <img src=x onerror=alert(1)>.html"


@pytest.fixture(scope="module")
def officers(
    playwright: Playwright, town: tuple[House, House]
) -> Iterator[tuple[Browser, Browser]]:
    """One officer at each desk, there for all tests of this page."""
    with browser(playwright, town[0]) as first, browser(playwright, town[1]) as second:
        first.enrol("Anna North")
        second.enrol("Clara South")
        yield first, second


@pytest.fixture
def north(officers: tuple[Browser, Browser]) -> Iterator[Browser]:
    yield officers[0]
    assert officers[0].wrong == []


@pytest.fixture
def south(officers: tuple[Browser, Browser]) -> Iterator[Browser]:
    yield officers[1]
    assert officers[1].wrong == []


def signed_in(desk: Browser) -> None:
    """After a restart of the node everybody signs in anew; meanwhile pages could not hear it."""
    desk.go("/sign-in").click("button.main")
    desk.page.wait_for_url("**/queue")
    desk.wrong.clear()


def photo(name: str = "drone.jpg", data: bytes | None = None) -> dict[str, Any]:
    """A file as a person chooses it; the type that the browser states is of no weight."""
    return {"name": name, "mimeType": "text/html", "buffer": jpeg() if data is None else data}


def accident(desk: Browser, subject: str, line: str = "Harbour") -> Page:
    """The form of an accident, filled in but for its files."""
    page = compose(desk, line, FORM)
    field(page, "subject.1.text", subject)
    page.select_option("[name='f.kind']", "strayed")
    field(page, "at_time", "2026-12-01 08:00")
    return page


def attach(page: Page, *files: dict[str, Any]) -> None:
    """Choose files; with the script they are sent at once."""
    count = page.locator(".files li").count()
    page.set_input_files(CHOOSE, list(files))
    expect(page.locator(".files li")).to_have_count(count + len(files))


def saved(page: Page, link: str = "a[href*='file=']") -> tuple[str, bytes]:
    """The file behind a link, under the name that the browser gives it."""
    with page.expect_download() as begun:
        page.click(link)
    return begun.value.suggested_filename, Path(begun.value.path()).read_bytes()


def asked(desk: Browser, path: str) -> tuple[int, Message, bytes]:
    """What the desk answers to this officer, with its headers, as no browser takes it."""
    cookie = "; ".join(f"{each.get('name')}={each.get('value')}" for each in desk.context.cookies())
    headers = {"host": desk.house.site.partition("://")[2], "cookie": cookie}
    request = urllib.request.Request(f"http://127.0.0.1:{desk.house.port}{path}", None, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def stated(page: Page) -> str:
    """The SHA-256 of the file as the page states it."""
    return page.locator(".file .hash").first.inner_text()


def test_a_photograph_is_told_without_its_place_and_saved_as_the_sender_saw_it(
    north: Browser, south: Browser
) -> None:
    page = accident(north, "A drone has strayed")
    attach(page, photo())
    expect(page.locator(".files li")).to_contain_text("EXIF (place, time, camera) · comment")
    shot(page, "files-compose")
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")
    expect(page.locator(".file")).to_contain_text("Photo metadata removed: EXIF")
    expect(page.locator(".file")).to_contain_text("JPEG picture")
    shot(page, "files-draft")
    said = stated(page)
    name, before = saved(page)
    assert name == "drone.jpg"
    assert hashlib.sha256(before).hexdigest() == said
    assert PLACE not in before and CAMERA not in before
    page.click("form.passkey button.main")
    page.wait_for_url("**/message**")

    told = south.go("/message?" + page.url.partition("?")[2])
    expect(told.locator(".file")).to_contain_text("Held here")
    assert stated(told) == said
    assert saved(told) == (name, before)
    shot(told, "files-message")
    # The sender sees that the other says that it holds the file.
    expect(page.locator(".file dd", has_text="south.example")).to_be_visible()


def test_a_file_goes_once_however_long_somebody_types(north: Browser) -> None:
    page = accident(north, "Typing goes on")
    sent: list[tuple[str, str]] = []
    page.on("request", lambda r: sent.append((r.url, r.headers.get("content-type", ""))))
    attach(page, photo(data=jpeg(size=200_000)))
    assert page.evaluate(f"""document.querySelector("{CHOOSE}").files.length""") == 0
    for letter in "the post":
        page.locator("[name='f.place']").press_sequentially(letter, delay=60)
    with page.expect_response("**/compose/check"):
        page.locator("[name='f.place']").press_sequentially(" saw it fall")
    with_files = [url for url, kind in sent if kind.startswith("multipart/")]
    assert [urllib.parse.urlsplit(url).path for url in with_files] == ["/compose"]
    assert [kind for url, kind in sent if url.endswith("/compose/check")]
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")
    expect(page.locator(".file")).to_have_count(1)


def test_files_stay_when_a_form_is_refused_a_node_restarts_and_a_draft_is_changed(
    north: Browser, town: tuple[House, House]
) -> None:
    page = accident(north, "")
    attach(page, photo(), photo("report.txt", b"what the post saw"))
    expect(page.locator(".files")).to_contain_text("METADATA NOT REMOVED")
    page.click("form.compose button.main")
    expect(page.locator("#summary")).to_be_visible()  # the subject is missing
    expect(page.locator(".files li")).to_have_count(2)
    form = page.input_value("input[name=u]")
    town[0].stop()
    town[0].serve()
    signed_in(north)
    north.go(f"/compose?u={form}")
    expect(page.locator(".files li")).to_have_count(2)
    field(page, "subject.1.text", "Now with a subject")
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")
    expect(page.locator(".file")).to_have_count(2)
    page.locator("tr", has_text="Attachments").get_by_role("link").click()
    page.get_by_role("button", name="Take drone.jpg out").click()
    expect(page.locator(".files li")).to_have_count(1)
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")
    expect(page.locator(".file h3")).to_have_text(["report.txt"])


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("film.jpg", bytes(FILE_BYTES_MAX + 1), "at most 15.8 MiB fit"),
        ("empty.txt", b"", "it is empty"),
        ("broken.jpg", b"\xff\xd8\xffnot a picture at all", "is not built like one"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_at_its_field_with_and_without_a_script(
    playwright: Playwright, north: Browser, tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(data)
    page = accident(north, "Typed before the file")
    page.set_input_files(CHOOSE, tmp_path / name)
    flaw = page.locator(f"[id='e-{ITEM}']")
    expect(flaw).to_contain_text(f"{name} was not attached")
    expect(flaw).to_contain_text(words)
    expect(page.locator(".files li")).to_have_count(0)
    with browser(playwright, north.house, java_script_enabled=False) as plain:
        plain.context.add_cookies(north.context.cookies())  # type: ignore[arg-type]
        page = accident(plain, "Typed before the file")
        page.set_input_files(CHOOSE, tmp_path / name)
        page.get_by_role("button", name="Attach what was chosen").click()
        expect(page.locator(f"[id='e-{ITEM}']")).to_contain_text(words)
        expect(page.locator("[name='f.subject.1.text']")).to_have_value("Typed before the file")
        assert plain.wrong == []


def test_without_a_script_a_file_is_attached_by_its_button_or_with_the_check(
    playwright: Playwright, north: Browser
) -> None:
    with browser(playwright, north.house, java_script_enabled=False) as plain:
        plain.context.add_cookies(north.context.cookies())  # type: ignore[arg-type]
        page = accident(plain, "Two files")
        page.set_input_files(CHOOSE, photo())
        page.get_by_role("button", name="Attach what was chosen").click()
        expect(page.locator(".files li")).to_have_count(1)
        page.set_input_files(CHOOSE, photo("second.jpg"))
        page.click("form.compose button.main")
        page.wait_for_url("**/drafts/*")
        expect(page.locator(".file h3")).to_have_text(["drone.jpg", "second.jpg"])
        assert plain.wrong == []


def test_a_hostile_name_is_text_on_every_page_and_saved_under_a_safe_name(
    north: Browser, south: Browser
) -> None:
    page = accident(north, "Names")
    attach(page, photo(HOSTILE, b"MZ"), photo("x" * 300 + ".txt", b"long"))
    shown = page.locator(".files bdi")
    assert all("\u202e" not in each and "/" not in each for each in shown.all_inner_texts())
    release(page)
    told = south.go("/message?" + page.url.partition("?")[2])
    expect(told.locator(".file .notice")).to_have_count(2)
    expect(told.locator("main img")).to_have_count(0)
    assert "\u202e" not in told.content()
    names = [
        saved(told, f".file:nth-of-type({n}) a[href*='file=']")[0]
        for n in range(1, told.locator(".file").count() + 1)
    ]
    assert len(names) == 2
    for name in names:
        assert len(name) <= 100 and name.endswith((".html", ".txt")) and name[0] != "."
        assert not set(name) & set('/\\<>:"|?*\u202e')


def test_a_name_with_other_letters_is_saved_as_it_was_told(north: Browser) -> None:
    page = accident(north, "Names of others")
    attach(page, photo("снимок 1 صورة.jpg"))
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")
    assert saved(page)[0] == "снимок 1 صورة.jpg"


def test_a_file_is_given_only_to_be_saved_and_nobody_without_a_role_learns_of_it(
    north: Browser, other: Browser, town: tuple[House, House]
) -> None:
    open_line(*town, "Few")
    page = accident(north, "For few", "Few")
    attach(page, photo("plan.html", b"<script>alert(1)</script>"))
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")
    drafted = str(page.locator("a[href*='file=']").get_attribute("href"))
    page.click("form.passkey button.main")
    page.wait_for_url("**/message**")
    address = str(page.locator("a[href*='file=']").get_attribute("href"))
    status, headers, body = asked(north, address)
    assert (status, body) == (200, b"<script>alert(1)</script>")
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["content-disposition"].startswith("attachment; ")
    assert headers["cache-control"] == "no-store"
    assert asked(north, address[:-64] + "0" * 64)[0] == 404

    other.enrol("Ilse North", "--line", "Harbour")
    for path in (address, drafted):
        hidden = asked(other, path)
        nothing = asked(other, path[:-64] + "0" * 64)  # the same address of a file that is nowhere
        assert (hidden[0], nothing[0]) == (404, 404)
        assert b"plan.html" not in hidden[2] and b"Few" not in hidden[2]
        assert same(hidden[2]) == same(nothing[2])


def same(page: bytes) -> str:
    """A page without what is another at each request: nonces, the address itself, the clock."""
    changing = r'nonce="[0-9a-f]+"|data-now="\d+"|data-changes="[^"]*"|file(=|%3D)[0-9a-f]{64}'
    return re.sub(changing, "", page.decode())


def test_a_file_of_another_line_is_named_as_none_of_this_form(
    north: Browser, town: tuple[House, House]
) -> None:
    open_line(*town, "Apart")
    page = accident(north, "Told once")
    attach(page, photo())
    release(page)
    line = town[0].tell("line", "show", "Apart")["line"]
    north.go(f"/compose?copy=1&line={line}&{page.url.partition('?')[2]}")
    expect(page.locator(".files li")).to_contain_text("was not sealed for this line")
    page.click("form.compose button.main")
    expect(page.locator(f"[id='e-{ITEM}']")).to_contain_text("was not sealed for this line")
    page.get_by_role("button", name="Take drone.jpg out").click()
    expect(page.locator(".files li")).to_have_count(0)
    attach(page, photo())
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")


def test_a_session_that_ended_meanwhile_loses_no_word_and_names_the_files_to_choose_again(
    north: Browser,
) -> None:
    page = accident(north, "Too late")
    cookies = north.context.cookies()
    north.context.clear_cookies()
    page.set_input_files(CHOOSE, photo())
    expect(page.locator("#kept")).to_contain_text("NOT KEPT: you are signed out")
    page.evaluate("document.querySelector('#compose').submit()")
    expect(page.locator("main")).to_contain_text("Choose them again")
    expect(page.locator("main bdi")).to_have_text("drone.jpg")
    north.context.add_cookies(cookies)  # type: ignore[arg-type]


def test_a_receiver_sees_what_is_missing_and_who_has_it(
    north: Browser, south: Browser, town: tuple[House, House]
) -> None:
    """Over a narrow link no file is fetched: the message is there, its file is not."""
    node_file = town[1].home / "node.toml"
    text = node_file.read_text("utf-8")
    town[1].stop()
    node_file.write_text(text.replace("narrow = []", 'narrow = ["north.example"]'), "utf-8")
    assert node_file.read_text("utf-8") != text
    town[1].serve()
    signed_in(south)
    page = accident(north, "By a narrow link")
    attach(page, photo())
    release(page)
    expect(page.locator("table.ladder td.reached")).to_be_visible()
    expect(page.locator(".file")).to_contain_text("Have not said that they hold it")
    told = south.go("/message?" + page.url.partition("?")[2])
    expect(told.locator(".file")).to_contain_text(
        "Nobody is being asked now; held by north.example"
    )
    expect(told.locator("a[href*='file=']")).to_have_count(0)
    digest = str(told.locator(".file .hash").last.inner_text())
    place = told.url.partition("?")[2]
    status, _, body = asked(south, f"/file?{place}&file={digest}")
    assert status == 422 and b"exchange.file-not-held" in body
    shot(told, "files-missing")
    town[1].stop()
    node_file.write_text(text, "utf-8")
    town[1].serve()
    signed_in(south)
    expect(page.locator(".file dd", has_text="south.example")).to_be_visible()


def test_a_picture_of_another_kind_goes_out_only_by_a_choice_that_whoever_signs_reads(
    north: Browser, south: Browser
) -> None:
    page = accident(north, "By telephone")
    attach(page, photo("post.heic", OTHERS["heif"]))
    expect(page.locator(".files li")).to_contain_text("HEIC picture")
    expect(page.locator(".files li .caution")).to_contain_text("METADATA NOT REMOVED")
    page.click("form.compose button.main")
    expect(page.locator(f"[id='e-{ITEM}']")).to_contain_text("post.heic: save it as JPEG or PNG")
    page.get_by_label("What post.heic says of itself").select_option("on")
    shot(page, "files-choice")
    assert [*findings(page), *["wide"] * overflows(page)] == []
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")
    draft = page.url
    expect(page.locator(".file .caution")).to_contain_text("METADATA NOT REMOVED")
    expect(page.locator(".file .caution")).to_contain_text("Sent so by choice of: Anna North")
    # What was chosen can be taken back in the form; then there is no draft of it.
    page.locator("tr", has_text="Attachments").get_by_role("link").click()
    page.get_by_label("What post.heic says of itself").select_option("")
    page.click("form.compose button.main")
    expect(page.locator(f"[id='e-{ITEM}']")).to_contain_text("post.heic: save it as JPEG or PNG")
    page.get_by_label("What post.heic says of itself").select_option("on")
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")
    assert page.url != draft
    page.click("form.passkey button.main")
    page.wait_for_url("**/message**")
    told = south.go("/message?" + page.url.partition("?")[2])
    expect(told.locator(".file")).to_contain_text("Held here")
    assert saved(told)[1] == OTHERS["heif"]


def test_the_terminal_asks_for_the_same_choice(town: tuple[House, House], tmp_path: Path) -> None:
    picture = tmp_path / "post.webp"
    picture.write_bytes(OTHERS["webp"])
    told = [
        *("send", "Harbour", FORM, "--field", "subject=By terminal", "--field", "kind=strayed"),
        *("--field", "at_time=2026-12-01T08:00:00Z", "--attach", f"{ITEM}={picture}"),
    ]
    with pytest.raises(AssertionError, match="metadata-not-chosen"):
        town[0].signed(*told)
    assert town[0].signed(*told, "--with-metadata")["ref"]


def test_pages_with_files_have_no_barrier_in_two_languages_by_day_and_by_night(
    north: Browser, south: Browser
) -> None:
    page = accident(north, "Looked at")
    attach(page, photo(), photo("report.pdf", b"%PDF-1.7 what the post saw"))
    form = f"{north.house.site}/compose?u={page.input_value('input[name=u]')}"
    page.click("form.compose button.main")
    page.wait_for_url("**/drafts/*")
    draft, wrong = page.url, {}
    for lang, theme in (("en", "day"), ("en", "night"), ("ar", "day"), ("ar", "night")):
        for desk in (north, south):
            for name, value in (("language", lang), ("theme", theme)):
                cookie = {"name": f"openline-{name}", "value": value, "url": desk.house.site}
                desk.context.add_cookies([cookie])  # type: ignore[list-item]
        for name, address in (("form", form), ("draft", draft)):
            page.goto(address)
            wrong[f"{name} {lang} {theme}"] = [*findings(page), *["wide"] * overflows(page)]
            shot(page, f"files-{name}-{lang}-{theme}")
    page.set_viewport_size({"width": 360, "height": 740})
    for address in (form, draft):
        page.goto(address)
        wrong[f"{address} narrow"] = ["wide"] * overflows(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(draft)
    page.click("form.passkey button.main")
    page.wait_for_url("**/message**")
    told = south.go("/message?" + page.url.partition("?")[2])
    told.locator(".file.held").nth(1).wait_for()
    wrong["message"] = findings(told)
    shot(told, "files-message-ar-night")
    for desk in (north, south):
        desk.context.clear_cookies(name="openline-language")
        desk.context.clear_cookies(name="openline-theme")
    assert {name: found for name, found in wrong.items() if found} == {}
