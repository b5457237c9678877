"""Refusals at the desk: in the reader's language, with a way back, and without loss of what was
typed. No browser and no process: requests go into the application itself."""

import importlib
import pkgutil
from html import unescape
from pathlib import Path
from typing import Any, NoReturn

import pytest
from markupsafe import escape

from openline.desk.pages import app
from openline.desk.pages.look import LANGUAGES, Words
from openline.desk.pages.visit import FormExpired, SignInNeeded, Visit
from openline.errors import OpenlineError
from openline.formats.coded import phrased
from openline.formats.legible import visible
from openline.formats.terms import Terms, load_terms
from tests.desk.seated import HOST, Seat, at_desk, made_home
from tests.desk.test_composing import NAUGHTY

# Rooms whose errors an officer meets by doing what the desk is for.
ROOMS = ("openline.desk", "openline.exchange.drafting")
SAID = "what & where <b>"
# Text without which no Persian is written, and a picture of four joined people.
JOINED = ("می\u200cروم", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "Zoë \u200d")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENLINE_PASSPHRASE", "only for this test")
        return made_home(tmp_path_factory.mktemp("seat"))


@pytest.fixture(autouse=True)
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINE_PASSPHRASE", "only for this test")


def errors_of(*rooms: str) -> dict[str, type[OpenlineError]]:
    """Every error class of these rooms by its code."""
    for room in rooms:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            importlib.import_module(module.name)
    found: dict[str, type[OpenlineError]] = {}
    waiting = [OpenlineError]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            if each.__module__.startswith(rooms) or each.code.startswith("desk."):
                found[each.code] = each
    return found


def unsaid(codes: set[str], terms: Terms) -> set[str]:
    """What some language has no words for."""
    return {
        f"{lang}: {kind}.{code}"
        for lang in LANGUAGES
        for kind in ("refused", "remedy")
        for code in codes
        if f"{kind}.{code}" not in terms.languages[lang].labels
    }


def test_every_refusal_of_the_desk_has_its_words_in_ten_languages() -> None:
    codes = set(errors_of(*ROOMS))
    assert {"desk.bad-text", "desk.foreign-request", "exchange.draft-refused"} <= codes
    assert len(LANGUAGES) == 10 and unsaid(codes, load_terms()) == set()


def test_a_refusal_without_words_would_be_found() -> None:
    """Negative control: a code that nobody translated, and one language that lacks one."""
    assert "nl: remedy.desk.unheard-of" in unsaid({"desk.unheard-of"}, load_terms())


def made(kind: type[OpenlineError]) -> OpenlineError:
    """An error of a class without the facts that its maker would give."""
    error = kind.__new__(kind)
    Exception.__init__(error, SAID)
    return error


def with_words() -> list[type[OpenlineError]]:
    """Every error class that has words, of whatever room."""
    labels = load_terms().languages["en"].labels
    errors_of(*ROOMS)
    found, waiting = {}, [OpenlineError]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            if f"refused.{each.code}" in labels and each.__module__.startswith("openline."):
                found[each.code] = each
    return [found[code] for code in sorted(found) if not code.startswith("cli.")]


@pytest.mark.parametrize("lang", ["ar", "nl"])
def test_each_refusal_is_drawn_in_the_readers_language(
    home: Path, monkeypatch: pytest.MonkeyPatch, lang: str
) -> None:
    kinds = [each for each in with_words() if each is not SignInNeeded]
    assert len(kinds) > 70

    async def steps(seat: Seat) -> None:
        for kind in kinds:

            async def refusing(visit: Visit, operation: str, **args: Any) -> NoReturn:
                raise made(kind)  # noqa: B023 - asked before the loop goes on

            monkeypatch.setattr(Visit, "call", refusing)
            answer = await seat.get("/search?q=x", lang=lang)
            assert 400 <= answer.status < 600, kind.code
            page = unescape(answer.main)
            refused = phrased("refused", kind.code, SAID, lang)[0]
            remedy = phrased("remedy", kind.code, kind.remedy, lang)[0]
            assert refused != SAID and refused in page, kind.code
            assert remedy != kind.remedy and remedy in page, kind.code
            assert SAID in page and str(escape(SAID)) in answer.main, kind.code
            assert kind.code in page and 'href="/queue"' in page, kind.code
        assert seat.failed == []

    at_desk(home, steps)


def test_english_alone_says_that_it_is_english_where_a_language_has_no_words() -> None:
    assert Words("nl").coded("refused", "store.unheard-of", "No row.") == ("", "No row.")
    assert Words("en").coded("refused", "store.unheard-of", "No row.") == ("No row.", "")
    assert Words("de").refusal(made(FormExpired)).startswith("Dieses Formular gehört zu keiner")


def test_what_is_no_page_is_a_page_of_the_desk_with_a_way_back(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(seat: Seat) -> None:
        words = Words("uk")
        here = words.term("refused.desk.not-here")
        for address in ("/nowhere", "/static/0/desk.css", "/watch/note"):
            answer = await seat.get(address, lang="uk", referer=f"http://{HOST}/watch?x=1")
            assert answer.status == (405 if address == "/watch/note" else 404)
            assert here in answer.main and 'href="/queue"' in answer.main
            assert 'href="/watch?x=1"' in answer.main and "Anna" in answer.text
        other = await seat.get("/nowhere", referer=f"http://{HOST}//elsewhere.example/")
        assert "elsewhere" not in other.text
        large = await seat.post("/watch/note", {"text": "x" * 1_100_000}, lang="uk")
        assert large.status == 413
        assert words.term("refused.exchange.too-large") in large.main
        monkeypatch.setattr(Visit, "lines", lambda visit: 1 // 0)
        fallen = await seat.get("/search", lang="uk")
        assert fallen.status == 500 and words.term("refused.desk.failed") in fallen.main
        assert "ZeroDivisionError" not in fallen.text and len(seat.failed) == 1

    at_desk(home, steps)


def test_a_request_from_elsewhere_is_told_the_desks_own_address_and_nothing_of_a_session(
    home: Path,
) -> None:
    async def steps(seat: Seat) -> None:
        told = Words("ar").term("refused.desk.foreign-request")
        for more in ({"host": "127.0.0.1:8651"}, {"origin": "http://elsewhere.example"}):
            answer = await seat.post("/watch/begin", {}, lang="ar", **more)
            assert answer.status == 403 and told in answer.text
            assert f'href="http://{HOST}/"' in answer.text
            assert not {"Anna", "elsewhere.example", seat.form_token} & set(
                answer.text.replace('"', " ").replace("<", " ").split()
            )
        assert (await seat.get("/watch")).status == 200  # and nothing was begun

    at_desk(home, steps)


def test_a_page_of_which_nothing_can_be_made_still_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> NoReturn:
        raise app.DeskFailed("no page at all")

    async def steps(seat: Seat) -> None:
        monkeypatch.setattr(Visit, "lines", lambda visit: 1 // 0)
        monkeypatch.setattr(Visit, "page", failing)
        answer = await seat.get("/search")
        assert answer.status == 500 and answer.text.startswith("desk.failed\n")
        assert len(seat.failed) == 2

    at_desk(home, steps)


@pytest.mark.parametrize("text", JOINED)
def test_letters_that_join_are_taken_and_come_back_as_they_were_typed(
    home: Path, text: str
) -> None:
    async def steps(seat: Seat) -> None:
        await seat.post("/watch/begin", {})
        assert (await seat.post("/watch/note", {"text": text})).status == 303
        assert (await seat.post("/search/save", {"name": text, "query": "q=x"})).status == 303
        handed = await seat.post(
            "/watch/handover", {"to": ("b" * 16).encode().hex(), "notes": text}
        )
        assert handed.status == 303
        for address in ("/watch", "/search", "/watch/handover"):
            assert text.strip() in unescape((await seat.get(address)).main), address
        assert (await seat.post("/watch/handover/drop", {})).status == 303

    at_desk(home, steps)


def test_what_was_typed_stays_on_the_page_of_its_refusal(home: Path) -> None:
    typed = "Gone \u202e& <b>dark"

    async def steps(seat: Seat) -> None:
        await seat.post("/watch/begin", {})
        rest = {"query": "q=ship", "do": "keep"}
        for address, form in (
            ("/watch/note", {"text": typed, "line": ""}),
            ("/watch/handover", {"notes": typed, "to": ("b" * 16).encode().hex()}),
            ("/search/save", {"name": typed, **rest}),
            ("/search/save", {"name": "n" * 81, **rest}),
            ("/watch/note", {"text": "n" * 1_001}),
        ):
            answer = await seat.post(address, form, lang="zh")
            assert answer.status == 422 and "desk.bad-text" in answer.main, address
            assert Words("zh").term("refused.desk.bad-text") in answer.main
            page = unescape(answer.main)
            assert f'action="{address}"' in page and all(each in page for each in form.values())
            assert "<b>dark" not in answer.text
        signed = await seat.post("/officers/invite", {"name": "Kim", "answer": "x"}, lang="zh")
        assert "<bdi>Kim</bdi>" in signed.main and 'action="/officers/invite"' not in signed.main
        words = await seat.post("/me/words", {"ordinary": "secret-word", "duress": "other-word"})
        assert "secret-word" not in words.text

    at_desk(home, steps)


def forms(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Every form that takes words: where it is posted, what it says, where an accepted text shows.

    "" where nothing of it is shown: a choice among things that are there.
    """
    other = ("b" * 16).encode().hex()
    return [
        ("/watch/note", {"text": text, "line": ""}, "/watch"),
        ("/watch/note", {"text": "x", "line": text}, ""),
        ("/watch/handover", {"to": other, "notes": text}, "/watch/handover"),
        ("/watch/handover", {"to": text, "notes": "x"}, ""),
        ("/search/save", {"name": text, "query": "q=x"}, "/search"),
        ("/search/save", {"name": "x", "query": text, "do": text}, ""),
        ("/queue/own", {"o": text, "i": text, "kept": text, "do": text}, ""),
        ("/disclose", {"o": text, "i": text, "e.0": text, "case": text}, ""),
        ("/together", {f"m.{text[:40]}": "on", "act": text}, ""),
        ("/prefer", {"lang": text, "theme": text, "next": text}, ""),
        ("/sign-in", {"word": text, "answer": text, "challenge": text, "next": text}, ""),
        ("/enrol/" + "0" * 48, {"answer": text, "challenge": text}, ""),
        ("/officers/invite", {"name": text, "lines": text, "challenge": text}, ""),
        ("/officers/rules", {"apart": text, "verifier": text}, ""),
        ("/me/words", {"ordinary": text, "duress": text}, ""),
        ("/keys", {"keys": text}, ""),
        ("/watch/test", {"line": text}, ""),
        ("/alarm/take", {"group": text, "next": text}, ""),
    ]


def objection(answer_status: int, page: str, text: str, shown: str | None) -> str:
    """Why an answer is neither a refusal in words nor the text as it was typed; or ""."""
    if "<script>alert(1)" in page:
        return "the text is markup"
    if answer_status >= 500:
        return "the node fell over"
    if answer_status >= 400:
        is_said = any(f'class="{kind}" role="alert"' in page for kind in ("problem", "summary"))
        return "" if is_said else "refused without words"
    if shown is None:
        return ""
    page, whole = unescape(shown), text.strip()
    # Words of several lines stand on several lines, or with their breaks spelled out.
    is_there = visible(whole) in page or all(visible(x) in page for x in whole.splitlines())
    return "" if is_there else "the text is not as it was typed"


@pytest.mark.parametrize("text", NAUGHTY, ids=lambda text: repr(text[:12]))
def test_every_form_refuses_a_string_in_words_or_gives_it_back_as_typed(
    home: Path, text: str
) -> None:
    async def steps(seat: Seat) -> None:
        await seat.post("/watch/begin", {})
        wrong = {}
        for address, form, place in forms(text):
            answer = await seat.post(address, form)
            shown = (await seat.get(place)).text if place and answer.status < 400 else None
            found = objection(answer.status, answer.text, text, shown)
            if found:
                wrong[address, *form] = found
        assert wrong == {} and seat.failed == []

    at_desk(home, steps)


def test_a_text_that_was_cut_or_dropped_would_be_found() -> None:
    """Negative control: the answers that the desk gave before."""
    assert objection(303, "", "a < b", "a &lt; ") == "the text is not as it was typed"
    assert objection(422, "desk.failed", "x", None) == "refused without words"
    assert objection(200, "<script>alert(1)</script>", "x", "x") == "the text is markup"
    assert objection(303, "", "a < b", "<p>a &lt; b</p>") == ""


def test_language_and_light_are_set_on_a_page_with_a_query_and_it_comes_back(home: Path) -> None:
    """Whoever registers a key in a foreign browser chooses the language there, once."""

    async def steps(seat: Seat) -> None:
        for page in ("/enrol/0123456789abcdef", "/sign-in?next=%2Fmessage%3Fo%3Dx%26i%3D1"):
            answer = await seat.post("/prefer", {"next": page, "lang": "ru", "theme": "night"})
            assert (answer.status, answer.headers["location"]) == (303, page)

    at_desk(home, steps)
