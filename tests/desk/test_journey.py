"""The whole exchange as its officers live it: two desks of two parties, in four languages.

One journey, from the first passkey to the next watch: enrol, draft, verify, release, alarm,
acknowledge, read back, pass on, answer, amend, disclose, check as a stranger, hand over. By mouse,
and by what a screen reader would say: roles and names in the officers' own language. Where it
stops, axe-core looks at the page, nothing is wider than the window, and a picture is kept.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Playwright, expect

from openline.desk.pages.look import Words
from tests.desk.barriers import findings, overflows
from tests.desk.test_composing import shot
from tests.desk.test_officers import rule
from tests.desk.town import ENTERED, Browser, House, browser
from tests.verifier.test_page import opened

pytestmark = pytest.mark.browser
FROM, UNTIL = "2030-12-01 08:00", "2030-12-01 12:00"
LINE, TELLER = "Harbour", "north.example"


@dataclass(frozen=True, slots=True)
class Said:
    """Who sits where, and what they type, in their language."""

    teller: str
    verifier: str
    receiver: str
    next_watch: str
    subject: str
    place: str
    other_place: str
    secret: str
    echelon: str
    note: str


SAID = {
    "en": Said(
        "Anna North", "Boris North", "Clara South", "Dora South", "Visit to the bridge",
        "Riverside", "Old mill", "by the north road, two cars", "coast guard", "Ask for the road",
    ),
    "ru": Said(
        "Анна Северная", "Борис Северный", "Клара Южная", "Дарья Южная", "Посещение моста",
        "Набережная", "Старая мельница", "по северной дороге, две машины", "береговая охрана",
        "Спросить о дороге",
    ),
    "ar": Said(
        "آنا الشمالية", "بوريس الشمالي", "كلارا الجنوبية", "دورا الجنوبية", "زيارة الجسر",
        "ضفة النهر", "الطاحونة القديمة", "عبر الطريق الشمالي، سيارتان", "خفر السواحل",
        "السؤال عن الطريق",
    ),
    "nl": Said(
        "Anneke Noord", "Bram Noord", "Klaas Zuid", "Door Zuid", "Bezoek aan de brug",
        "Rivieroever", "Oude molen", "over de noordelijke weg, twee auto’s", "kustwacht",
        "Naar de weg vragen",
    ),
}  # fmt: skip


class Seat:
    """An officer at a desk, who finds things by what they are called in one language."""

    def __init__(self, desk: Browser, w: Words, name: str, stops: Iterator[int]) -> None:
        self.desk, self.w, self.name, self.stops = desk, w, name, stops

    @property
    def page(self) -> Page:
        return self.desk.page

    def press(self, role: str, name: str, to: str | re.Pattern[str] = "") -> None:
        """Click on what has this role and is called exactly so; `to` is where it leads."""
        self.page.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]
        if to:
            self.page.wait_for_url(to)

    def item(self, role: str, term: str) -> Locator:
        """What an item of a form is typed into or ticked by: its number, then its label."""
        called = re.compile(rf"^[0-9.]+ {re.escape(self.w.term(term))}( |$)")
        return self.page.get_by_role(role, name=called).first  # type: ignore[arg-type]

    def type(self, term: str, text: str) -> None:
        self.item("textbox", term).fill(text)

    def look(self, name: str) -> None:
        """Stop at a page: it is in the officer's language, without a barrier, and is drawn."""
        expect(self.page.locator("html")).to_have_attribute("lang", self.w.lang)
        expect(self.page.locator("html")).to_have_attribute("dir", self.w.direction)
        barred(self.page, f"{self.w.lang}-{next(self.stops):02}-{name}")

    def enrol(self, *options: str) -> None:
        """Choose the language behind an invitation, then make a passkey."""
        page, english = self.page, Words("en")
        page.goto(self.desk.house.tell("officer", "invite", self.name, *options)["url"])
        page.get_by_label(english("prefer.language")).select_option(self.w.lang)
        self.press("button", english("prefer.set"))
        expect(page.get_by_role("heading", name=self.w("enrol.title"))).to_be_visible()
        self.look("enrol")
        self.press("button", self.w("enrol.button"), ENTERED)

    def to(self, term: str, address: str) -> None:
        """A page of the desk, by the menu."""
        menu = self.page.get_by_role("navigation", name=self.w("nav.name"))
        menu.get_by_role("link", name=term, exact=True).click()
        self.page.wait_for_url(address)

    def check(self) -> None:
        """From the form to all that would be signed."""
        self.press("button", self.w("compose.check"), "**/drafts/*")

    def release(self) -> None:
        self.press("button", self.w("draft.release"), "**/message**")


def barred(page: Page, name: str) -> None:
    """Nothing keeps anybody out of a page, and it is kept as a picture."""
    shot(page, f"journey-{name}")
    assert findings(page) == []
    assert not overflows(page)


@pytest.fixture(scope="module")
def careful(playwright: Playwright, town: tuple[House, House]) -> Iterator[tuple[House, House]]:
    """The town, whose northern desk asks for a verifier of every message."""
    with browser(playwright, town[0]) as admin:
        admin.enrol("Admin North", "--roles", "administrator")
        rule(admin, "verifier", "every")
        assert admin.wrong == []
    yield town


@dataclass(frozen=True, slots=True)
class Journey:
    """Four officers of two desks, and what they say to each other."""

    said: Said
    teller: Seat
    verifier: Seat
    receiver: Seat
    next_watch: Seat

    def enrol(self) -> None:
        """Everybody gets a passkey; two officers of each party approve; the sound is tested."""
        self.teller.enrol()
        self.verifier.enrol("--roles", "verifier")
        self.receiver.enrol()
        self.next_watch.enrol()
        for seat in (self.teller, self.receiver):
            seat.desk.house.approve()
        for seat in (self.receiver, self.next_watch):  # as at the beginning of a shift
            seat.press("button", seat.w("sound.test"))
            seat.press("button", seat.w("sound.heard"))
        seat = self.receiver
        seat.to(seat.w("watch.title"), "**/watch")
        ways = (seat.w("watch.begin"), seat.w("watch.take"))
        seat.page.get_by_role("button", name=re.compile("|".join(map(re.escape, ways)))).click()
        expect(seat.page.get_by_role("heading", name=seat.name)).to_be_visible()
        seat.look("watch")
        seat.to(seat.w.term("word.queue"), "**/queue")

    def draft(self) -> None:
        """From the board of lines to all that would be signed."""
        seat, said = self.teller, self.said
        seat.to(seat.w.term("word.board"), "**/lines")
        seat.look("board")
        seat.press("link", LINE, "**/lines/*")
        seat.page.get_by_text(seat.w("line.say"), exact=True).click()
        seat.press("link", seat.w.term("format.visit"), "**/compose**")
        seat.type("item.subject", said.subject)
        seat.type("item.place", said.place)
        seat.type("item.from", FROM)
        seat.type("item.until", UNTIL)
        seat.type("item.route", said.secret)
        effect = seat.item("combobox", "item.effect")
        effect.select_option(label=seat.w.term("code.effect-guarantee"))
        expect(seat.page.locator("#kept")).to_contain_text(seat.w("compose.kept"))
        seat.look("compose")
        seat.check()
        expect(seat.page.get_by_text(seat.w("lack.exchange.not-verified"))).to_be_visible()
        seat.look("draft")

    def verify(self) -> None:
        """Nobody releases before a second officer has checked it."""
        self.teller.page.reload()
        sign = self.teller.page.get_by_role("button", name=self.teller.w("draft.release"))
        expect(sign).to_have_count(0)
        seat = self.verifier
        seat.to(seat.w.term("word.queue"), "**/queue")
        seat.press("link", seat.w.term("format.visit"), "**/drafts/*")
        seat.press("button", seat.w("draft.verify"))
        facts = seat.page.locator("dl.facts:not(.addressed)")
        expect(facts).to_contain_text(f"{seat.w('role.verifier')}{seat.name}")
        seat.look("verified")

    def release(self) -> str:
        """The number under which it stands from now on."""
        seat = self.teller
        seat.page.reload()
        seat.release()
        expect(seat.page.locator("table.ladder td.reached")).to_be_visible()  # it was received
        seat.look("released")
        return str(seat.page.locator("h1 .number").inner_text())

    def alarm(self, number: str) -> None:
        """It rings at both southern desks, without a reload, until one officer has it."""
        both = (self.receiver, self.next_watch)
        for seat in both:
            called = f"{seat.w('alarm.name')}: {seat.w.term('code.routine')}, {TELLER}, {LINE}"
            bar = seat.page.get_by_role("alert", name=called)
            expect(bar.get_by_role("link", name=number)).to_be_visible()
            expect(seat.page.locator("body[data-sounding='routine']")).to_be_visible()
        self.receiver.look("alarm")
        self.receiver.press("button", self.receiver.w("alarm.take", name=self.receiver.name))
        for seat in both:
            expect(seat.page.locator(".taken")).to_contain_text(self.receiver.name)
            expect(seat.page.locator("[data-ring], body[data-sounding]")).to_have_count(0)
        expect(self.receiver.page.locator("tr.unread")).to_have_count(1)  # nobody acknowledged it
        self.receiver.look("taken")

    def acknowledge(self, number: str) -> None:
        seat = self.receiver
        seat.press("link", number, "**/message**")
        assert self.said.secret not in seat.page.content()  # the route was withheld
        seat.look("message")
        seat.press("button", seat.w("message.acknowledge"), "**/drafts/*")
        seat.look("acknowledgement")
        seat.release()
        expect(self.next_watch.page.locator(".taken")).to_have_count(0)
        assert rungs(seat.page)[1:3] == ["reached", "silent"]  # nobody has read it back yet

    def read_back(self) -> None:
        seat = self.receiver
        seat.press("link", seat.w("readback.title"), "**/readback**")
        assert self.said.place not in seat.page.content()
        seat.type("item.place", self.said.place)
        seat.type("item.from", FROM)
        seat.type("item.until", "2030-12-01 21:00")
        seat.press("button", seat.w("readback.compare"))
        expect(seat.page.locator("#summary")).to_be_focused()
        seat.look("readback")
        seat.type("item.until", UNTIL)
        seat.press("button", seat.w("readback.compare"), "**/drafts/*")
        seat.look("readback-draft")
        seat.release()

    def pass_on(self) -> None:
        seat = self.receiver
        seat.press("link", seat.w("message.pass-on"), "**/compose**")
        seat.type("item.echelons", self.said.echelon)
        seat.look("pass-on")
        seat.check()
        seat.release()
        assert rungs(seat.page)[1:4] == ["reached"] * 3

    def answer(self) -> None:
        """Noted, and no more: every answer says what it means before it is chosen."""
        seat, noted = self.receiver, "noted-without-guarantee"
        seat.press("link", seat.w.term("format.answer"))
        seat.press("link", seat.w.term(f"class.{noted}"), "**/compose**")
        seat.page.get_by_text(seat.w("compose.meanings"), exact=True).click()
        expect(seat.page.locator("details.meanings dt")).to_have_count(10)
        seat.look("answer")
        seat.check()
        seat.look("answer-draft")
        seat.release()
        means = seat.page.locator("p.meaning")
        expect(means).to_contain_text(f"{seat.w.term(f'class.{noted}')}.")
        expect(means).to_contain_text(seat.w(f"meaning.{noted}"))
        seat.look("answered")
        row = self.teller.page.locator("table.ladder tbody tr")
        expect(row.locator("td").nth(4)).to_contain_text(self.teller.w.term(f"class.{noted}"))

    def amend(self) -> None:
        """The place is another one: old stands beside new before anybody signs."""
        seat = self.teller
        seat.press("link", seat.w("message.amend"), "**/compose**")
        expect(seat.item("textbox", "item.place")).to_have_value(self.said.place)
        seat.type("item.place", self.said.other_place)
        seat.look("amend")
        seat.check()
        table = seat.page.get_by_role("region", name=seat.w.term("word.what-changes"))
        expect(table).to_contain_text(self.said.place)
        expect(table).to_contain_text(self.said.other_place)
        seat.look("amend-draft")

    def disclose(self, folder: Path) -> list[Path]:
        """The new place, and nothing else, for a stranger: the proof, its policy, the page."""
        seat = self.teller
        seat.press("link", seat.w("disclose.of-message"), "**/disclose**")
        assert seat.page.locator("table.form-rows input:checked").count() == 0  # nobody chose yet
        row = seat.page.get_by_role("row").filter(has_text=self.said.secret)
        expect(row).to_contain_text(seat.w("disclose.not-told"))
        seat.item("checkbox", "item.place").check()
        seat.press("button", seat.w("disclose.preview"))
        expect(seat.page.locator("#learns")).to_contain_text(self.said.other_place)
        expect(seat.page.locator("#learns")).not_to_contain_text(self.said.secret)
        expect(seat.page.locator("#learns-not")).to_contain_text(seat.w.term("item.route"))
        expect(seat.page.locator("#verdict")).to_contain_text(seat.w("verify.status.exercise"))
        seat.look("disclose")
        return [self.taken(kind, folder) for kind in ("file", "policy", "page")]

    def taken(self, kind: str, folder: Path) -> Path:
        with self.teller.page.expect_download() as begun:
            self.teller.press("button", self.teller.w(f"disclose.get-{kind}"))
        target = folder / begun.value.suggested_filename
        begun.value.save_as(target)
        return target

    def hand_over(self, number: str) -> None:
        """What stands open goes to the next watch when both have signed."""
        seat, following = self.receiver, self.next_watch
        seat.to(seat.w("watch.title"), "**/watch")
        seat.press("link", seat.w("watch.hand-over"), "**/watch/handover")
        seat.page.get_by_role("combobox", name=seat.w("handover.to"), exact=True).select_option(
            label=following.name
        )
        seat.page.get_by_label(seat.w.term("shift.next-steps")).fill(self.said.note)
        seat.press("button", seat.w("handover.draw-up"))
        row = seat.page.get_by_role("row").filter(has_text=number.partition(":")[2])
        expect(row).to_contain_text(seat.w.term("format.visit"))
        seat.look("handover")
        seat.press("button", seat.w("handover.sign"), "**/watch")
        expect(seat.page.get_by_role("heading", name=seat.name)).to_be_visible()  # one is not two
        following.to(following.w("watch.title"), "**/watch")
        following.press("link", following.w("watch.sign-asked"), "**/watch/handover")
        expect(following.page.get_by_text(self.said.note)).to_be_visible()
        following.press("button", following.w("handover.sign"), "**/watch")
        expect(following.page.get_by_role("heading", name=following.name)).to_be_visible()
        both = following.w("watch.taken-from", name=seat.name)
        expect(following.page.get_by_text(both)).to_be_visible()
        following.look("handed-over")


def rungs(page: Page) -> list[str]:
    """How far a message has come at its one addressee, rung by rung."""
    cells = page.locator("table.ladder").first.locator("tbody tr").first.locator("td").all()
    return [str(cell.get_attribute("class")) for cell in cells]


def checked_by_a_stranger(playwright: Playwright, said: Said, w: Words, files: list[Path]) -> None:
    """Whoever has the three files and no network sees what is shown, in the desk's language."""
    proof, policy, program = files
    assert proof.name.startswith("EXERCISE-")
    assert said.secret.encode() not in proof.read_bytes()
    with opened(playwright, program) as page:
        expect(page.locator("html")).to_have_attribute("dir", w.direction)
        page.get_by_label(w("verify.drop")).set_input_files([proof, policy])
        page.get_by_label(w("verify.allow")).check()
        page.get_by_role("button", name=w("verify.check"), exact=True).click()
        verdict = page.locator("#verdict")
        expect(verdict.locator(".banner")).to_have_text(w.term("status.exercise"))
        expect(verdict.locator(".mark").first).to_have_text(w("verify.mark.valid"))
        expect(verdict).to_contain_text(said.other_place)
        barred(page, f"{w.lang}-stranger")


@pytest.mark.parametrize("lang", SAID)
def test_a_notice_goes_from_the_first_passkey_to_the_next_watch(
    careful: tuple[House, House], north: Browser, other: Browser, south: Browser, beside: Browser,
    lang: str, playwright: Playwright, tmp_path: Path,
) -> None:  # fmt: skip
    said, w, stops = SAID[lang], Words(lang), count()
    desks = {"teller": north, "verifier": other, "receiver": south, "next_watch": beside}
    seats = {who: Seat(desk, w, getattr(said, who), stops) for who, desk in desks.items()}
    journey = Journey(said, **seats)
    journey.enrol()
    journey.draft()
    journey.verify()
    number = journey.release()
    journey.alarm(number)
    journey.acknowledge(number)
    journey.read_back()
    journey.pass_on()
    journey.answer()
    journey.amend()
    journey.verify()
    amended = journey.release()
    seats["receiver"].to(seats["receiver"].w.term("word.queue"), "**/queue")
    journey.alarm(amended)
    journey.acknowledge(amended)
    files = journey.disclose(tmp_path)
    checked_by_a_stranger(playwright, said, w, files)
    journey.hand_over(amended)
