"""The page as a person uses it: files dropped on one HTML file that was opened from a disk."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, expect

from openline.cli.verdict_words import rows_of
from openline.desk.pages.look import LANGUAGES, Words
from openline.desk.verifier_page import page_name, verifier_page
from openline.desk.verifier_words import explained, explained_refusal, mark
from openline.envelope.standard import StandardSuite
from openline.formats.policy import parse_policies
from openline.formats.render import Row
from openline.record.disclosure import verify_file
from tests.desk.town import running
from tests.record.builder import NORTH, World
from tests.vectors import VECTORS, disclosure
from tests.verifier.asked import python_answer
from tests.verifier.corners import histories, mutations, vector, vectors

pytestmark = pytest.mark.browser

FOLDER = VECTORS / "disclosure"
SHOWN = "#result:not([hidden])"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    written = tmp_path_factory.mktemp("page") / "verifier.html"
    written.write_bytes(verifier_page())
    return written


@contextmanager
def opened(playwright: Playwright, file: Path, **options: Any) -> Iterator[Page]:
    """The page from a disk, in a browser without a network; whatever goes wrong fails."""
    context = running(playwright).new_context(**{"offline": True, "locale": "en", **options})
    page = context.new_page()
    page.set_default_timeout(30_000)
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("request", lambda r: None if is_own(r.url, file) else wrong.append(r.url))
    page.goto(file.as_uri())
    try:
        yield page
    finally:
        context.close()
    assert wrong == []


def is_own(url: str, file: Path) -> bool:
    return url == file.as_uri() or url.startswith("blob:null/")


@pytest.fixture
def page(playwright: Playwright, file: Path) -> Iterator[Page]:
    with opened(playwright, file) as found:
        yield found


def give(page: Page, *names: str, allow: bool = True) -> None:
    page.set_input_files("#chosen", [FOLDER / name for name in names])
    page.set_checked("#allow", allow)
    expect(page.locator("#files li")).to_have_count(len(names))
    page.click("#check")
    page.wait_for_selector(SHOWN)


def test_a_proof_and_its_policy_are_checked_without_a_server(page: Page) -> None:
    give(page, "notice.tlog-proof", "notice.policy")
    expect(page.locator("#verdict .banner")).to_have_text("EXERCISE")
    expect(page.locator("#verdict .mark")).to_have_text("SHOWN")
    expect(page.locator("#verdict")).to_contain_text("Fields withheld: 1 of 7. The addressee")
    expect(page.locator("#verdict")).to_contain_text("Fields left out: 4 of 7. The addressee")
    expect(page.locator("#verdict")).to_contain_text("Portville")
    story = page.locator("#verdict .story")
    expect(story).to_contain_text("mfa.south.example held it no later than 2023-02-20T01:00:05Z")
    # What is short stands in the sentence, a time as the desk shows it, group and words.
    when = "200800Z FEB 23 (20 February 2023, 08:00Z)"
    expect(story).to_contain_text(f"Of it this file discloses: Place: Portville; From: {when}.")
    told = page.locator("#verdict td.value", has_text="FEB 23").inner_text()
    assert told in [row.value for row in proven_rows("notice")]  # as the other verifier shows it
    page.select_option("#language", "ru")
    expect(story).to_contain_text("200800Z FEB 23 (20 февраля 2023 г., 08:00Z)")
    page.select_option("#language", "en")
    expect(page.locator("#verdict")).to_contain_text("Whether it is true is not.")
    focused = page.evaluate("document.activeElement.id")
    assert focused == "result"


def proven_rows(name: str) -> list[Row]:
    """The rows that `openline verify --lang en` prints below a verdict."""
    policies = parse_policies(disclosure(f"{name}.policy").decode())
    data = disclosure(f"{name}.tlog-proof")
    return rows_of(verify_file(data, policies, StandardSuite(), allow_exercise=True), "en")


def test_no_verdict_says_of_keys_that_nobody_compared_that_the_reader_trusts_them(
    page: Page,
) -> None:
    """Who took the policy from the envelope of the proof compared nothing."""
    meant_ = page.locator("#verdict .means").first
    trusted, counted = (Words("en")(f"verify.result.{key}") for key in ("valid", "not-compared"))
    give(page, "notice.tlog-proof", "notice.policy")
    expect(meant_).to_contain_text(counted)
    expect(meant_).not_to_contain_text("trust")
    bare = python_answer(vector("notice.tlog-proof", prints=()))["table"]
    assert counted in explained(bare, Words("en")) and trusted not in explained(bare, Words("en"))
    # Negative control: with fingerprints of the two parties that were compared it is said.
    answer = python_answer(vector("notice.tlog-proof"))["table"]
    assert answer["officers"] == "compared"
    assert trusted in explained(answer, Words("en"))
    assert counted not in explained(answer, Words("en"))


def test_an_exercise_that_was_not_asked_for_is_not_accepted(page: Page) -> None:
    give(page, "notice.tlog-proof", "notice.policy", allow=False)
    expect(page.locator("#verdict .mark")).to_have_text("NOT ACCEPTED")
    expect(page.locator("#verdict li").first).to_contain_text("THIS IS AN EXERCISE")
    way = page.locator("#verdict .way a")
    expect(way).to_contain_text(Words("en")("verify.allow"))  # the box by its own words
    way.click()
    assert page.evaluate("document.activeElement.id") == "allow"
    page.keyboard.press("Space")
    page.click("#check")
    expect(page.locator("#verdict .mark")).to_have_text("SHOWN")
    expect(page.locator("#verdict .way")).to_have_count(0)


def test_the_answer_under_another_policy_is_refused(page: Page) -> None:
    give(page, "answer.tlog-proof", "notice.policy")
    expect(page.locator("#verdict .mark")).to_have_text("REFUSED")
    expect(page.locator("#verdict pre")).to_contain_text("record.bad-note")
    expect(page.locator("#verdict .banner")).to_have_count(0)


def test_without_a_policy_nothing_is_called_shown(page: Page) -> None:
    give(page, "notice.tlog-proof")
    expect(page.locator("#verdict .mark")).to_have_text("NOT SHOWN")
    expect(page.locator("#verdict")).to_contain_text("nothing of it is proven to you")
    assert page.locator(".verdict.shown").count() == 0


def test_a_verdict_begins_with_who_told_whom_what_and_what_an_answer_means(page: Page) -> None:
    give(page, "answer.tlog-proof", "answer.policy")
    story = page.locator("#verdict .story")
    expect(story).to_contain_text("mfa.south.example answered mfa.north.example: Answer (entry 2")
    expect(story).to_contain_text("It refers to entry")
    expect(story).to_contain_text("mfa.north.example held it no later than 2023-")
    expect(story).to_contain_text("This file discloses no field of it.")
    meaning = Words("en")("meaning.noted-without-guarantee")
    expect(story).to_contain_text(f"Noted without guarantee. {meaning}")
    page.select_option("#language", "ru")
    expect(story).to_contain_text(Words("ru")("meaning.noted-without-guarantee"))
    assert page.locator("#verdict details").count() == 2  # raw fields, the exact words: folded
    assert page.locator("#verdict details[open]").count() == 0


def test_where_no_policy_is_given_an_unmet_quorum_asks_for_one(page: Page) -> None:
    """Negative control: with a policy the same answer is that the file is refused."""
    answer = {"refusal": {"code": "record.quorum-not-met"}}
    say = Words("en")
    for lacks, key in ((True, "bring-policy"), (False, "refused")):
        assert mark(answer["refusal"], lacks_policy=lacks) == f"verify.mark.{key}"
        [first, *_] = explained_refusal("record.quorum-not-met", say, lacks_policy=lacks)
        assert first == say(f"verify.result.{key}")
    assert mark({"code": "record.bad-note"}, lacks_policy=True) == "verify.mark.refused"


def test_what_is_asked_of_a_range_is_not_filled_in_beforehand(page: Page) -> None:
    assert page.input_value("#asked") == ""


def test_the_page_opens_in_the_language_of_its_name_and_has_a_night(
    playwright: Playwright, file: Path
) -> None:
    """The name alone says it: the page itself is the same for everybody."""
    named = file.with_name(page_name("ar"))
    named.write_bytes(file.read_bytes())
    with opened(playwright, named) as page:
        assert page.evaluate("document.documentElement.dir") == "rtl"
        give(page, "notice.tlog-proof", "notice.policy")
        times = page.locator("#verdict li bdi", has_text="Z")
        expect(times.first).to_be_visible()  # each value of a sentence stands alone
        page.select_option("#light", "night")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 4, 3)"


def test_the_printed_verdict_names_the_bytes_that_were_checked(page: Page) -> None:
    give(page, "notice.tlog-proof", "notice.policy")
    page.emulate_media(media="print")
    expect(page.locator("#trust")).to_be_hidden()
    expect(page.locator("#print")).to_be_hidden()
    digest = "b247b77401a7fe0cf79f350896d6b960a1343a16220229ed2be31666f29c40a1"
    expect(page.locator("#verdict")).to_contain_text(f"20278 bytes, SHA-256 {digest}")


def test_the_verdict_is_kept_as_the_json_of_the_command(page: Page) -> None:
    give(page, "notice.tlog-proof", "notice.policy")
    with page.expect_download() as download:
        page.click("#save")
    asked = vector("notice.tlog-proof", cards=[], prints=())
    value = json.loads(Path(download.value.path()).read_text("utf-8"))
    assert value == python_answer(asked)["table"]


def test_every_language_is_offered_and_arabic_runs_from_the_right(page: Page) -> None:
    give(page, "notice.tlog-proof", "notice.policy")
    assert page.locator("#language option").count() == len(LANGUAGES) == 10
    page.select_option("#language", "ar")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    expect(page.locator("#verdict .banner")).to_contain_text("تمرين")
    expect(page.locator("#verdict pre")).to_have_attribute("dir", "ltr")
    page.select_option("#language", "ru")
    expect(page.locator("#verdict .banner")).to_have_text(str(Words("ru").term("status.exercise")))


def test_the_page_works_by_keyboard_alone_and_is_named(page: Page) -> None:
    page.set_input_files("#chosen", [FOLDER / "notice.tlog-proof", FOLDER / "notice.policy"])
    page.focus("#allow")
    page.keyboard.press("Space")
    page.focus("#check")
    page.keyboard.press("Enter")
    page.wait_for_selector(SHOWN)
    for element in page.locator("input, select, textarea, button").all():
        if element.is_visible():
            name = element.evaluate(
                "e => (e.labels?.[0]?.textContent ?? e.getAttribute('aria-label') ?? e.textContent)"
            )
            assert name.strip(), element.evaluate("e => e.outerHTML")
    assert page.evaluate("document.querySelectorAll('h1').length") == 1


def test_it_fits_a_telephone(playwright: Playwright, file: Path) -> None:
    with opened(playwright, file, viewport={"width": 360, "height": 740}) as page:
        give(page, "answer.tlog-proof", "answer.policy")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0


@pytest.mark.parametrize("lang", ["en", "ru"])
def test_the_page_explains_in_the_words_of_the_command(
    playwright: Playwright, file: Path, tmp_path: Path, lang: str
) -> None:
    """Sentences are made twice, from one table of words: they must be the same."""
    asked = [*list(vectors())[::7], *list(histories())[::5], *list(mutations(10))]
    say = Words(lang)
    with opened(playwright, file) as page:
        page.select_option("#language", lang)
        for number, each in enumerate(asked):
            page.click("#clear")
            folder = tmp_path / str(number)
            page.set_input_files("#chosen", [*written(folder, each)])
            page.fill("#prints", "\n".join(f"{party}={print_}" for party, print_ in each.prints))
            page.fill("#asked", each.asked)
            page.set_checked("#allow", each.allow)
            page.click("#check")
            if page.locator("#state.problem").count():
                continue  # changed at its beginning: no file of ours any more
            page.wait_for_selector(SHOWN)
            lacks = not each.policies and not each.prints
            said = meant(python_answer(each), say, lacks=lacks)
            assert sentences(page) == said, each.text()[:200]


def written(folder: Path, asked: Any) -> Iterator[Path]:
    import base64

    folder.mkdir()
    for name in ("file", "policies", "cards", "charters"):
        value = getattr(asked, name)
        for at, data in enumerate([value] if name == "file" else value):
            path = folder / f"{name}{at}"
            path.write_bytes(base64.b64decode(data))
            yield path


def sentences(page: Page) -> list[list[str]]:
    """Of the whole and of each part: the mark, then what it means."""
    found = []
    for block in page.locator(".verdict").all():
        own = block.locator(":scope > .mark, :scope > .means > li")
        found.append([text.strip() for text in own.all_text_contents()])
    return found


def meant(answer: Any, say: Words, *, lacks: bool) -> list[list[str]]:
    if "code" in answer:
        said = explained_refusal(answer["code"], say, lacks_policy=lacks)
        return [[say(mark(answer, lacks_policy=lacks)), *said]]
    table = answer["table"]
    parts = table.get("parts", ())  # in the order of their numbers, as the program prints them
    whole = explained(table, say, lacks_policy=lacks)
    of_parts = [
        # What the whole says above them no part says again.
        [each for each in explained(part, say, lacks_policy=lacks) if each not in whole]
        for part in parts
    ]
    return [
        [say(mark(each, lacks_policy=lacks)), *said]
        for each, said in zip((table, *parts), (whole, *of_parts), strict=True)
    ]


# ---- hostile files -----------------------------------------------------------------------------


def test_hostile_letters_stay_text(page: Page, tmp_path: Path) -> None:
    log = World().log(NORTH)
    value = '<img src=x onerror="alert(1)"></script><script>alert(2)</script>\u202egnol\u0007'
    index = log.add({"place": value, "a.b": [value]}, officers=log.party.releasers[:1])
    for name, data in (("<b>.proof", log.proof(index)), ("p", log.policy().text().encode())):
        (tmp_path / name).write_bytes(data)
    page.set_input_files("#chosen", [tmp_path / "<b>.proof", tmp_path / "p"])
    page.click("#check")
    page.wait_for_selector(SHOWN)
    expect(page.locator("#verdict .mark")).to_have_text("SHOWN")
    assert page.locator("#verdict img, #verdict script, #verdict b").count() == 0
    assert "\u202e" not in page.inner_text("#verdict")
    expect(page.locator("#verdict")).to_contain_text("\\u{202E}gnol")


def test_a_file_without_end_is_refused_before_it_is_read(page: Page, tmp_path: Path) -> None:
    long = tmp_path / "long"
    with long.open("wb") as sparse:
        sparse.truncate(66 * 1024 * 1024)
    page.set_input_files("#chosen", [long])
    expect(page.locator("#state")).to_contain_text("longer than")
    assert page.locator("#files li").count() == 0


def test_a_long_check_leaves_the_page_usable_and_can_be_stopped(page: Page, tmp_path: Path) -> None:
    """Sixteen megabytes of a range in which every entry has to be hashed and proven."""
    log = World().log(NORTH)
    for _ in range(30):
        log.add({"place": "Portville"})
    entry, parts = log.range(), []
    while sum(map(len, parts)) < 12 * 1024 * 1024:
        part = entry
        parts.append(b"range %d\n" % len(part) + part)
    data = b"openline/v1 proofs\n" + b"".join(parts[:900])
    (tmp_path / "many").write_bytes(data)
    (tmp_path / "policy").write_bytes(log.policy().text().encode())
    page.set_input_files("#chosen", [tmp_path / "many", tmp_path / "policy"])
    page.click("#check")
    expect(page.locator("#stop")).to_be_visible()
    page.select_option("#language", "fr")
    page.click("#stop")
    expect(page.locator("#stop")).to_be_hidden()
    expect(page.locator("#result")).to_be_hidden()


def test_equal_sources_give_an_equal_page_that_holds_no_address() -> None:
    data = verifier_page()
    verifier_page.cache_clear()
    assert verifier_page() == data
    text = data.decode()
    assert 'http-equiv="Content-Security-Policy" content="default-src \'none\';' in text
    for word in (
        ' src="',
        " href=",
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "sendBeacon",
        "eval(",
    ):
        assert word not in text, word
    assert disclosure("charter") not in data
