"""What pages say to a stranger, read as HTML: who, to whom, until when, what to do next."""

import asyncio
import re
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest

from openline.cases.entry import Ref
from openline.desk import shifts
from openline.desk.disclosing import disclose_, disclosure_plan
from openline.desk.pages import (
    alarm_pages,
    case_pages,
    compose_pages,
    disclose_pages,
    form_words,
    queue_pages,
    release_pages,
    shift_pages,
)
from openline.desk.pages.look import LANGUAGES, Words
from openline.desk.pages.sign_pages import page_here
from openline.desk.pages.visit import LANGUAGE_COOKIE, Visit
from openline.desk.roster import EVERY_LINE
from openline.exchange.drafting import drafts
from openline.exchange.folding.waiting import queue_of
from openline.formats.spell import utc
from tests.desk.paged import ANNA, paged, visit_of
from tests.exchange.conftest import T0, Peers, make_peers, text

US, RU, CELL = "us.example", "ru.example", "cell.example"
VISIT: dict[str, Any] = {
    "subject": text("Visit"), "place": "Kyiv", "effect": "acknowledge", "route": "old road",
    "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
}  # fmt: skip
SEEN: dict[str, Any] = {"position": "duty officer", "at_time": "2023-11-14T22:14:00Z"}
BORIS = replace(ANNA, person=bytes(15) + b"b", name="Boris")
Told = tuple[Peers, bytes, Ref]


@pytest.fixture
def told() -> Told:
    """A visit with a withheld route, told by us.example to ru.example; only answers are timed."""
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, timers={"answer.visit": 86_400})
    place = peers.say(US, line_id, "core/visit@1", VISIT, withhold=["route"])
    peers.carry()
    return peers, line_id, place


def at(place: Ref) -> dict[str, object]:
    return {"o": place.origin, "i": place.index}


def message(peers: Peers, party: str, place: Ref, lang: str = "en") -> str:
    return paged(case_pages.message, visit_of(peers, party, lang=lang, **at(place)))


def plain(html: str) -> str:
    """The words of a page, without elements and the marks that keep directions apart."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>|[\u2066-\u2069]", "", html))


def element(html: str, name: str, mark: str) -> str:
    """The first element of a name that has a mark in its tag."""
    found = re.search(rf"<{name}[^>]*{mark}[^>]*>.*?</{name}>", html, re.S)
    return found[0] if found else ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_receiver_reads_first_from_whom_a_message_is(told: Told, lang: str) -> None:
    peers, _, place = told
    said = plain(element(message(peers, RU, place, lang), "p", 'id="from-to"'))
    assert said == Words(lang)("message.from-you", sender=US)
    assert element(message(peers, US, place, lang), "p", 'id="from-to"') == ""


def test_whom_else_a_message_is_to_is_said_and_that_it_is_not_to_us() -> None:
    peers = make_peers(US, RU, CELL)
    line_id = peers.open_line(US, RU, CELL)
    both = peers.say(US, line_id, "core/visit@1", VISIT)
    one = peers.say(US, line_id, "core/visit@1", {**VISIT, "to": [CELL]})
    peers.carry()
    assert f"From {US} to you and {CELL}." in plain(message(peers, RU, both))
    assert f"From {US} to {CELL}, not to you." in plain(message(peers, RU, one))


def test_what_is_asked_and_until_when_is_the_same_on_both_sides(told: Told) -> None:
    peers, line_id, place = told
    asked = {
        party: plain(element(message(peers, party, place), "dl", "asked")) for party in (US, RU)
    }
    assert asked == {
        US: f"Asked{RU}: Acknowledge · Deadline: none",
        RU: "AskedAcknowledge · Deadline: none",
    }
    assert main_of(message(peers, RU, place)) == "Acknowledge: received"
    more = peers.say(US, line_id, "core/visit@1", {**VISIT, "effect": "guarantee"})
    peers.carry()
    # As the form said it: the acknowledgement, and behind it the answer.
    assert plain(element(message(peers, RU, more), "dl", "asked")) == (
        "AskedAcknowledge · Deadline: noneAskedAnswer · Deadline: 2023-11-15T22:13:20Z"
    )
    assert main_of(message(peers, RU, more)) == "Acknowledge: received"
    peers.say(RU, line_id, "core/acknowledge@1", SEEN, answer="received", refs=[more])
    peers.carry()
    for party, who in ((US, f"{RU}: "), (RU, "")):
        said = plain(element(message(peers, party, more), "dl", "asked"))
        assert said == f"Asked{who}Answer · Deadline: 2023-11-15T22:13:20Z"
        assert main_of(message(peers, party, more)) == ("" if party == US else "Answer")
    peers.say(RU, line_id, "core/acknowledge@1", SEEN, answer="received", refs=[place])
    peers.carry()
    assert 'class="facts asked"' not in message(peers, US, place)


def main_of(html: str) -> str:
    """What the main button among the acts on a message says."""
    return plain("".join(re.findall(r'class="(?:button )?main"[^>]*>(.*?)<', html)))


def test_an_answer_asks_for_nothing_on_either_side_as_the_queue_does(told: Told) -> None:
    peers, line_id, place = told
    peers.say(RU, line_id, "core/acknowledge@1", SEEN, answer="received", refs=[place])
    noted = {"answer": "noted-without-guarantee", "refs": [place]}
    answer = peers.say(RU, line_id, "core/answer@1", {}, **noted)
    peers.carry()
    for party in (US, RU):
        html = message(peers, party, answer)
        assert 'class="facts asked"' not in html
        assert main_of(html) == ""
        assert 'href="#answer"' not in html
    assert "Acknowledge: received" in message(peers, US, answer)  # it may be said all the same
    assert queue_of(peers[US].station, line_id) == []


def test_the_form_of_a_reply_says_what_it_is_about(told: Told) -> None:
    peers, line_id, place = told
    asked_ = {"line": line_id.hex(), "format": "core/answer@1", **at(place)}
    html = plain(paged(compose_pages.compose, visit_of(peers, RU, **asked_)))
    assert f"About {US}:1.1 Notice of a visit Visit" in html


def test_a_call_stands_in_one_place_of_the_replies_whatever_the_form(told: Told) -> None:
    """Negative control: the packs name it first of a visit, last of an exercise."""
    peers, _, place = told
    form = peers[RU].station.packs.format("core/visit@1")
    assert form is not None and form.replies.index("core/call@1") == 0
    told_ = asyncio.run(visit_of(peers, RU).call("show", ref=[*at(place).values()], lang="en"))
    found = [each["id"] for each in case_pages.replies(visit_of(peers, RU), told_, set())]
    assert found[-2:] == ["core/call@1", "core/guarantee@1"]


def test_only_the_version_that_counts_leads_to_its_area_on_the_map(told: Told) -> None:
    peers, line_id, place = told
    assert 'id="on-map"' not in message(peers, RU, place)  # a visit without an area
    area = {"points": [[163_738_000, 482_082_000]], "radius_m": 500}
    first = peers.say(US, line_id, "core/visit@1", {**VISIT, "area": area})
    peers.carry()
    for party in (US, RU):
        link = re.findall(r'<a id="on-map" href="/map\?([^"]*)"', message(peers, party, first))
        assert [parse_qs(unescape(each))["find"] for each in link] == [[f"{US}:1.2"]]
    peers.say(
        US, line_id, "core/visit@1", {**VISIT, "area": area, "relation": "amends"}, refs=[first]
    )
    peers.carry()
    assert 'id="on-map"' not in message(peers, RU, first)


def test_who_read_back_correctly_is_not_first_asked_to_read_back(told: Told) -> None:
    peers, line_id, place = told
    first = r'<a class="button" href="/readback'
    assert re.search(first, message(peers, RU, place))
    wrong = {"fields": [["place", "Lviv"]]}
    peers.say(RU, line_id, "core/readback@1", wrong, answer="differs", refs=[place])
    assert re.search(first, message(peers, RU, place))
    right = {"fields": [["place", "Kyiv"]]}
    peers.say(RU, line_id, "core/readback@1", right, answer="correct", refs=[place])
    assert not re.search(first, message(peers, RU, place))
    assert "/readback?" in message(peers, RU, place)  # it can still be done, among the replies


def answered(told: Told) -> Ref:
    peers, line_id, place = told
    answer = peers.say(
        RU, line_id, "core/answer@1", {"text": text("Noted.")}, "noted-without-guarantee", [place]
    )
    peers.carry()
    return answer


def test_our_own_message_is_a_link_in_the_queue_as_well_as_its_answer(told: Told) -> None:
    peers, _, place = told
    answer = answered(told)
    html = paged(queue_pages.queue_rows, visit_of(peers, US))
    ours = element(html, "section", 'class="ours"')
    links = re.findall(r'href="/message\?o=[^"&]*&i=(\d+)"', ours)
    assert links == [str(place.index), str(answer.index)]


def test_from_a_message_and_from_its_answer_both_are_disclosed_at_once(told: Told) -> None:
    peers, _, place = told
    assert "answers=1" not in message(peers, US, place)
    answer = answered(told)
    for page_of in (place, answer):
        (goal,) = re.findall(r'href="(/disclose[^"]*answers=1)"', message(peers, US, page_of))
        assert f"&i={place.index}&answers=1" in goal and place.origin.split("/")[0] in goal
    html = paged(disclose_pages.choose, visit_of(peers, US, **at(place), answers=1))
    shown = re.findall(r'name="(e\.\d)" value="1" checked', html)
    assert shown == ["e.0", "e.1"]
    assert 'name="f.1.text"' in html  # the fields of the answer are at hand
    alone = paged(disclose_pages.choose, visit_of(peers, US, **at(place)))
    assert 'name="e.1"' not in alone


def previewed(peers: Peers, place: Ref, party: str, *chosen: str) -> tuple[int, list[str]]:
    """What a preview lists as not shown of each message, and how it counts that."""
    form = {"o": place.origin, "i": str(place.index), "answers": "1"}
    visit = visit_of(peers, party, form={**form, **dict.fromkeys(chosen, "1")})
    html = element(paged(disclose_pages.preview, visit), "div", 'id="learns-not"')
    counts = re.findall(r"Fields (?:withheld|left out): (\d+) of \d+", plain(html))
    listed = re.findall(r"<li>(.*?)</li>", html, re.S)
    return sum(map(int, counts)), [plain(each) for each in listed]


@pytest.mark.parametrize("party", [US, RU])
@pytest.mark.parametrize("with_releases", [True, False])
def test_the_preview_lists_as_many_fields_as_the_verifier_counts(
    told: Told, party: str, with_releases: bool
) -> None:
    peers, _, place = told
    answered(told)
    releases = ("r.0", "r.1") if with_releases else ()
    count, listed = previewed(peers, place, party, "e.0", "f.0.place", "e.1", *releases)
    fields = sum(fields_in(each) for each in listed)
    assert count == fields > 0


def fields_in(item: str) -> int:
    """How many fields one item of the list stands for."""
    found = re.search(r"\(fields: (\d+)\)|such fields: (\d+)", item)
    if found:
        return int(found[1] or found[2])
    return int(bool(re.match(r"\S+:\d+\.\d+ ", item)))


def test_a_hidden_field_of_the_protocol_is_no_hidden_field_of_the_message(told: Told) -> None:
    """`seen` is in every entry and hardly ever shown: it was the sixth of five."""
    peers, _, place = told
    desk: Any = visit_of(peers, US).context.desk
    (entry,) = asyncio.run(disclosure_plan(desk, {"ref": list(place)}))["entries"]
    paths = [field["path"] for field in entry["fields"]]
    part = {"kind": "entry", "ref": list(place), "fields": paths, "releases": True}
    made = asyncio.run(disclose_(desk, {"parts": [part], "bundle": True}))
    (proof,) = [each for each in made["verdict"]["parts"] if each["kind"] == "proof"]
    assert proof["of"] > proof["shown"]
    assert proof["content_of"] == proof["content_shown"] == len(paths) == len(VISIT)


def test_a_line_that_speaks_a_language_outside_the_ten_is_shown_with_its_code() -> None:
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU, languages=["en", "ja", "ka"])
    html = paged(case_pages.line, visit_of(peers, US, route={"line": line_id.hex()}))
    assert "English, ja, ka" in plain(html)
    made = draft_on(peers, line_id)
    for lang in ("en", "fr"):
        page = visit_of(peers, US, lang=lang, route={"draft": made})
        assert "Kyiv" in paged(release_pages.draft, page)


def test_who_is_not_on_the_card_waits_and_need_do_nothing(told: Told) -> None:
    peers, _, _ = told
    rows = plain(paged(queue_pages.queue_rows, visit_of(peers, US)))
    assert Words("en")("own.waits") in rows
    admin = replace(ANNA, roles=("administrator",), lines={EVERY_LINE: ("watch",)})
    assert Words("en")("own.waits") not in paged(
        queue_pages.queue_rows, visit_of(peers, US, officer=admin)
    )


# ---- who chooses a language stays where it was chosen --------------------------------------------


def returns_to(visit: Visit) -> str:
    """Where the desk goes on when a language is chosen on this page."""
    (goal,) = re.findall('name="next" value="([^"]*)"', paged(queue_pages.queue, visit))
    return page_here(unescape(goal))


def test_a_language_is_chosen_without_leaving_the_page(told: Told) -> None:
    """Where a form was sent and its page is shown again, that is the page it was sent from."""
    peers, _, _ = told
    page = f"/enrol/ab?status=exercise&due={US}"
    for method, before, goal in (("GET", "", page), ("POST", page, page), ("POST", "", "/queue")):
        visit = visit_of(peers, RU, path="/enrol/ab", status="exercise", due=US)
        came = f"http://localhost{before}".encode() if before else b""
        visit.request.scope["headers"] += [(b"host", b"localhost"), (b"referer", came)]
        visit.request.scope["method"] = method
        assert returns_to(visit) == goal


# ---- one way to name an officer, and whose time an alarm was taken at ----------------------------


def handover_of(peers: Peers) -> str:
    """The page of a handover that Anna signed, to an officer who has left meanwhile."""
    visit = visit_of(peers, US)
    book = visit.context.book
    shifts.begin(book, ANNA, T0)
    shifts.offer(book, ANNA, BORIS, {"lines": [], "notes": ""}, T0)
    shifts.sign(book, ANNA, {}, T0)
    return paged(shift_pages.handover, visit)


def test_every_page_names_an_officer_who_left_in_the_same_words(told: Told) -> None:
    peers, _, _ = told
    left = Words("en")("person.left", person=BORIS.person.hex()[:8])
    assert visit_of(peers, US).name_of(BORIS.person.hex()) == left
    assert left in plain(handover_of(peers))
    two = peers.open_line(US, RU, title="Two", officers={"*": 2, "open": 2})
    drafted = drafts.kept(peers[US].station, draft_on(peers, two))
    assertion = peers[US].sign(drafted, 0)
    signed = drafts.release(peers[US].station, drafted, assertion)
    drafts.keep(peers[US].station, signed)
    page = plain(paged(release_pages.draft, visit_of(peers, US, route={"draft": signed.id.hex()})))
    assert Words("en")("person.left", person=assertion.person.hex()[:8]) in page


def draft_on(peers: Peers, line_id: bytes) -> str:
    """A draft of a visit that Anna's desk keeps."""
    args = {"line": line_id.hex(), "format": "core/visit@1", "fields": VISIT, "by": "00" * 16}
    return str(asyncio.run(visit_of(peers, US).call("draft", **args))["draft"])


def test_whoever_has_an_alarm_has_it_since_a_time_that_says_whose_it_is(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    peers, _, _ = told
    visit = visit_of(peers, RU)
    row = {"ref": [], **asyncio.run(visit.call("queue"))["queue"][0]}
    (group,) = visit.context.alarms.groups([row], T0)
    visit.context.alarms.take(group.id, ANNA.person, "Anna", T0)
    assert "Anna has alarms: 1, since" in plain(paged(alarm_pages.bar, visit))
    # Who stopped the sound does not lead the row: the row says both, and offers what is left.
    rows = plain(paged(queue_pages.queue_rows, visit))
    assert "nobody Sound stopped for now by Anna" in rows
    assert "real time" not in plain(paged(alarm_pages.bar, visit))
    monkeypatch.setattr(type(peers.clock), "line_s", lambda self, status: T0 - 86_400)
    assert "Anna has alarms: 1, since" in plain(paged(alarm_pages.bar, visit))
    assert "(real time)" in plain(paged(alarm_pages.bar, visit))
    visit.request.cookies[LANGUAGE_COOKIE] = "ar"  # bare, a time falls into parts there
    apart = re.findall('<bdi dir="ltr">([^<]*)</bdi>', paged(alarm_pages.bar, visit))
    assert utc(T0) in apart


# ---- what a form promises before it is sent ------------------------------------------------------


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        ("", []),
        ("none", []),
        ("acknowledge", ["An acknowledgement is asked; this line sets no time for it."]),
        (
            "guarantee",
            [
                "An acknowledgement is asked; this line sets no time for it.",
                "To be answered within 1 d of receipt.",
            ],
        ),
    ],
)
def test_a_form_says_what_its_effect_asks_and_nothing_before_that_is_chosen(
    told: Told, effect: str, said: list[str]
) -> None:
    assert promised(told, {"effect": effect} if effect else {}) == said


def promised(told: Told, fields: dict[str, Any]) -> list[str]:
    """What the form of a visit says of the times of its addressees."""
    peers, line_id, _ = told
    args = {"line": line_id.hex(), "format": "core/visit@1", "fields": fields}
    found = asyncio.run(visit_of(peers, US).call("draft_check", **args))
    return [plain(each) for each in form_words.times_shown(Words("en"), found["times"])]


def test_a_precedence_gives_an_acknowledgement_the_time_that_the_receiver_reads(
    told: Told,
) -> None:
    peers, line_id, _ = told
    urgent = {**VISIT, "precedence": "immediate"}
    assert promised(told, urgent) == ["To be acknowledged within 30 min of receipt."]
    place = peers.say(US, line_id, "core/visit@1", urgent)
    peers.carry()
    for party in (US, RU):
        asked = plain(element(message(peers, party, place), "dl", "asked"))
        assert asked.endswith("Acknowledge · Deadline: 2023-11-14T22:43:20Z")


def ours_on(page: str) -> list[str]:
    """The rows of what our own messages met with, by the number of what came back."""
    section = page.partition('<section class="ours"')[2].partition("</section>")[0]
    return re.findall(r'<span dir="ltr">ru\.example:([0-9.]+)</span>', section)


def test_what_our_own_messages_met_with_is_paged_and_none_of_it_is_out_of_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More than a page of answers: each stands on one page, and both lists turn for themselves."""
    monkeypatch.setattr(queue_pages, "ROWS_PER_PAGE", 3)
    peers = make_peers(US, RU)
    line_id = peers.open_line(US, RU)
    for _ in range(7):
        place = peers.say(US, line_id, "core/visit@1", VISIT)
        peers.carry()
        peers.say(RU, line_id, "core/answer@1", {}, answer="declined", refs=[place])
    for _ in range(4):
        peers.say(RU, line_id, "core/visit@1", VISIT)
    peers.carry()
    pages = [paged(queue_pages.queue, visit_of(peers, US, ours=n, page=2)) for n in (1, 2, 3, 9)]
    rows = [ours_on(each) for each in pages]
    assert [len(each) for each in rows] == [3, 3, 1, 1], "beyond the last page stands the last"
    every = [row for each in rows[:3] for row in each]
    assert len(every) == len(set(every)) == 7, "each once"
    assert "What our own messages met with: 7" in plain(pages[0])
    mine, other = re.findall(r'<nav class="pager".*?</nav>', pages[1], re.S)
    assert 'href="/queue?status=actual&page=2&ours=3"' in unescape(mine)
    assert 'href="/queue?status=actual&ours=2&page=1"' in unescape(other)
    assert 'hx-get="/queue/rows?status=actual&page=2&ours=2"' in unescape(pages[1])
    assert len(ours_on(paged(queue_pages.queue_rows, visit_of(peers, US, ours=3)))) == 1
