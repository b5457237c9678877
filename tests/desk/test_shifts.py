"""A shift and its handover, kept and read later: whole for who saw the lines, by status, on paper.

South hands over from Anna to Ben, over a real line, a second real one and an exercise.
"""

import asyncio
import base64
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from openline.desk import documents, handing, shift_sheet, shifts
from openline.desk.deskbook import Deskbook
from openline.desk.pages import document_pages, shift_pages
from openline.desk.pages.visit import NotAllowed
from openline.desk.roster import Key, Officer
from openline.desk.shift_sheet import NoSuchShift
from openline.desk.shifts import ShiftRefused
from openline.desk.written import BadText
from openline.exchange.folding.waiting import queue_of
from openline.exchange.membership import lines
from openline.formats.card import comparison_digits
from tests.desk.paged import paged, visit_of
from tests.desk.test_documents import Lane
from tests.exchange.conftest import T0, Peers, make_peers, text

US, RU = "us.example", "ru.example"
TITLES = {"real": "Harbour", "other": "Bridge", "drill": "Winter exercise"}
STEPS = {
    "": "Ring the coast guard at six\nThen the port",
    "real": "Ask north about the ice",
    "drill": "Play the flood",
}


def officer(name: str, number: int, role: str = "watch", line: str = "*") -> Officer:
    key = Key(bytes([number]), b"", 0)
    return Officer(bytes([number]) * 16, name, (role,), {line: (role,)}, (key,))


ANNA, BEN = officer("Anna", 1), officer("Ben", 2)


@dataclass
class Kept:
    """A desk whose watch has changed hands."""

    peers: Peers
    line: dict[str, str]
    digits: str

    @property
    def station(self) -> Any:
        return self.peers[RU].station

    def desk(self) -> Any:
        roster = SimpleNamespace(officers={})
        return SimpleNamespace(station=self.station, lane=Lane(), roster=roster)

    def made(self, **args: Any) -> dict[str, Any]:
        wanted = {"of": "shift", "number": 2, **args}
        return asyncio.run(documents.document(self.desk(), wanted))

    def watch(self, reader: Officer, **query: Any) -> str:
        return paged(shift_pages.watch, visit_of(self.peers, RU, officer=reader, **query))

    def page(self, status: str = "actual", *names: str, **args: Any) -> str:
        """What stands on a shift for whoever sees the lines of these names; without any, all."""
        seen = {"lines": [self.line[name] for name in names]} if names else {}
        return "\n".join(said for _, said in self.made(status=status, **seen, **args)["lines"])


@pytest.fixture(scope="module")
def kept() -> Kept:
    peers = make_peers(US, RU)
    line, ids = {}, []
    for name, title in TITLES.items():
        status = "exercise" if name == "drill" else "actual"
        timers = {"acknowledge.visit": 60} if name == "drill" else {"acknowledge.visit": 7_200}
        ids.append(peers.open_line(US, RU, timers=timers, title=title, status=status))
        line[name] = ids[-1].hex()
        content = {
            "subject": text(f"Convoy of {title}"), "place": "Kyiv", "effect": "guarantee",
            "from": "2024-02-20T06:00:00Z", "until": "2024-02-20T12:00:00Z",
        }  # fmt: skip
        peers.say(US, ids[-1], "core/visit@1", content)
    peers.carry()
    station = peers[RU].station
    book = Deskbook(station)
    shifts.begin(book, ANNA, T0)
    rows = [
        {**row, "words": row["subject"], "owner": "Anna"} for each in ids
        for row in queue_of(station, each)
    ]  # fmt: skip
    content = handing.drawn(
        sorted(rows, key=lambda row: row["due"]),
        [lines.summary(station, each) for each in reversed(ids)],
        {line.get(name, ""): words for name, words in STEPS.items()},
        [{"peer": US, "up": False, "last_up": ""}],
    )
    offered = shifts.offer(book, ANNA, BEN, {**content, "salt": "00" * 16}, T0 + 60)
    digits = comparison_digits(shifts.challenge(offered["statement"]))
    shifts.sign(book, ANNA, {"signature": "a"}, T0 + 120)
    shifts.sign(book, BEN, {"signature": "b"}, T0 + 180)
    shifts.note(book, BEN, "Telephone of the bridge tested", "", T0 + 200)
    shifts.note(book, BEN, "Pilot is late", line["real"], T0 + 210)
    shifts.note(book, BEN, "Flood has begun", line["drill"], T0 + 220)
    return Kept(peers, line, digits)


def test_what_was_handed_over_can_be_read_when_both_have_signed(kept: Kept) -> None:
    page = kept.page()
    said = (
        "Ring the coast guard at six", "Then the port", "Ask north about the ice", "Anna", "Ben",
        "Convoy of Harbour", "us.example:1.1", "Notice of a visit", "What stands open: 2",
        "Telephone of the bridge tested", "Pilot is late", "Not connected", kept.digits,
    )  # fmt: skip
    assert [words for words in said if words not in page] == []
    assert page.count("2023-11-14 22:1") >= 4  # began, drawn up, and when each of the two signed


def test_a_shift_on_paper_is_of_one_status_under_its_marking(kept: Kept) -> None:
    real, drill = kept.page("actual"), kept.page("exercise")
    for words in ("Convoy of Winter exercise", "Play the flood", "Flood has begun", "EXERCISE"):
        assert words not in real and words in drill
    for words in ("Convoy of Harbour", "Ask north about the ice", "Pilot is late", "ACTUAL"):
        assert words not in drill and words in real
    assert "Ring the coast guard at six" in drill
    assert kept.made(status="exercise")["name"] == "exercise-shift-2"
    pdf = base64.b64decode(kept.made(**{"as": "pdf", "lines": []})["pdf"])
    assert pdf.startswith(b"%PDF")
    assert "Convoy of Bridge" in kept.made(**{"as": "html"})["html"]


def test_who_has_no_role_on_a_line_reads_nothing_of_it_in_a_shift(kept: Kept) -> None:
    page = kept.page("actual", "other")
    assert "Convoy of Bridge" in page and "What stands open: 1" in page
    hidden = ("Harbour", "Ask north", "Pilot is late", "Winter", "flood", kept.line["real"])
    assert [words for words in hidden if words in page] == []
    nobody = "\n".join(said for _, said in kept.made(lines=[])["lines"])
    hidden = (*TITLES.values(), "us.example:1.1", "Ask north", US)
    assert [words for words in hidden if words in nobody] == []
    assert "Ring the coast guard at six" in nobody and kept.digits in nobody


def test_the_watch_has_next_steps_at_its_head_and_says_what_a_row_is_about(kept: Kept) -> None:
    real = kept.watch(BEN)
    for words in (STEPS["real"], "Then the port", "Convoy of Harbour", "Pilot is late"):
        assert words in real
    assert not any(words in real for words in ("Play the flood", "Flood has begun", "Winter"))
    drill = kept.watch(BEN, status="exercise")
    assert "Play the flood" in drill and "Flood has begun" in drill and "Harbour" not in drill


def test_an_auditor_reads_the_watch_and_whoever_has_neither_role_does_not(kept: Kept) -> None:
    reader = officer("Ida", 3, "auditor", kept.line["other"])
    page = kept.watch(reader)
    assert "Convoy of Bridge" in page and "Ring the coast guard at six" in page
    assert "Harbour" not in page and "Winter" not in page
    assert 'action="/watch/' not in page  # nothing there is for an auditor to do
    stranger = officer("Jon", 4, "drafter")
    for asked, more in ((shift_pages.watch, {}), (shift_pages.shift, {"route": {"number": "2"}})):
        with pytest.raises(NotAllowed):
            paged(asked, visit_of(kept.peers, RU, officer=stranger, **more))
    with pytest.raises(NotAllowed):
        query = {"of": "shift", "number": 2, "as": "html"}
        paged(document_pages.document, visit_of(kept.peers, RU, officer=stranger, **query))


def test_a_document_from_the_desk_is_of_the_lines_of_its_reader(kept: Kept) -> None:
    reader = officer("Ida", 3, "auditor", kept.line["other"])
    query = {"of": "shift", "number": 2, "status": "actual", "as": "html"}
    page = paged(document_pages.document, visit_of(kept.peers, RU, officer=reader, **query))
    assert "Convoy of Bridge" in page and "Harbour" not in page


def test_nobody_signs_a_handover_that_is_not_shown_whole(kept: Kept) -> None:
    """Roles may change between drawing up and signing: digits would then cover unseen rows."""
    clara = officer("Clara", 5, line=kept.line["other"])
    visit = visit_of(kept.peers, RU, officer=clara)
    statement = shifts.numbered(visit.context.book, 2)["handover"]["statement"]  # type: ignore[index]
    content = {"notes": "", "lines": statement["lines"], "salt": ""}
    shifts.offer(visit.context.book, BEN, clara, content, T0 + 300)
    shifts.sign(visit.context.book, BEN, {}, T0 + 300)
    page = paged(shift_pages.handover, visit)
    assert "Roles have changed" in page and 'class="passkey"' not in page
    with pytest.raises(ShiftRefused, match="roles"):
        asyncio.run(shift_pages.sign(visit))
    shifts.drop(visit.context.book, clara)


def test_a_list_that_is_handed_over_names_real_rows_before_those_of_an_exercise(
    kept: Kept,
) -> None:
    statement = shifts.numbered(Deskbook(kept.station), 2)["handover"]["statement"]  # type: ignore[index]
    # The exercise was due first, and its line was named first.
    assert [line["status"] for line in statement["lines"]] == ["actual", "actual", "exercise"]
    sheet = shift_sheet.offer_sheet(
        {"statement": statement, "signed": []},
        [*kept.line.values()],
        documents.asked(kept.station, {}),
    )
    assert [status for status, _ in sheet["parts"]] == ["actual", "exercise"]


def test_a_handover_of_which_a_part_is_not_shown_is_not_whole(kept: Kept) -> None:
    statement = shifts.numbered(Deskbook(kept.station), 2)["handover"]["statement"]  # type: ignore[index]
    assert handing.is_whole(statement, [*kept.line.values()])
    assert not handing.is_whole(statement, [kept.line["real"], kept.line["other"]])


def test_a_shift_that_nobody_handed_over_says_so(kept: Kept) -> None:
    page = kept.page(number=1)
    assert "Nobody handed it over." in page and "Nothing was written yet." in page
    with pytest.raises(NoSuchShift):
        kept.page(number=3)


def test_every_shift_is_listed_and_one_is_told_whole_for_the_terminal(kept: Kept) -> None:
    listed = asyncio.run(shift_sheet.shifts_list(kept.desk(), {}))["shifts"]
    assert [(row["number"], row["name"], row["from"]) for row in listed] == [
        (2, "Ben", "Anna"),
        (1, "Anna", ""),
    ]
    told = asyncio.run(shift_sheet.shifts_list(kept.desk(), {"number": 2}))["shift"]
    assert [line["title"] for line in told["handover"]["lines"]] == ["Bridge", "Harbour"]
    assert [name for name, _ in told["handover"]["signed"]] == ["Anna", "Ben"]


def test_next_steps_keep_their_lines_and_are_never_cut() -> None:
    assert handing.steps("  ring north \r\n\r\n then south ") == "ring north\nthen south"
    for wrong in ("x" * 1_001, "\n".join(["x" * 100] * 11), "turn\u202eed"):
        with pytest.raises(BadText):
            handing.steps(wrong)


def test_a_full_log_leaves_room_to_hand_the_watch_over(kept: Kept) -> None:
    peers = make_peers(US)
    book = Deskbook(peers[US].station)
    shifts.begin(book, ANNA, T0)
    shift = shifts.current(book)
    assert shift is not None
    full = [[T0, "Anna", "", "見" * shifts.NOTE_CHARACTERS_MAX]] * 86
    book.write(shifts.KIND, {**shift, "log": full})
    with pytest.raises(ShiftRefused, match="hand the watch over"):
        shifts.note(book, ANNA, "見" * shifts.NOTE_CHARACTERS_MAX, "", T0)
    item = {
        "from": "a" * 60, "number": "1.1000000", "format": "f" * 60, "next": "acknowledge",
        "due": "2023-11-14T22:13:20Z", "state": "overdue", "owner": "見" * 80, "line": "aa" * 32,
        "words": [{"lang": "zh", "text": "見" * 1_000}], "status": "actual",
    }  # fmt: skip
    line = {"line": "aa" * 32, "status": "actual", "title": "見" * 100, "members": []}
    texts = {"": "見" * handing.TEXT_CHARACTERS_MAX}
    content = handing.drawn([item] * 500, [line], texts, [])
    assert (content["lines"][0]["count"], len(content["lines"][0]["items"])) == (500, 200)
    shifts.offer(book, ANNA, BEN, content, T0)
    shifts.sign(book, ANNA, {}, T0)
    shifts.sign(book, BEN, {}, T0)
    assert shifts.current(book)["name"] == "Ben"  # type: ignore[index]
    # The shift that begins holds that handover, fills its log and is handed over once more.
    book.write(shifts.KIND, {**shifts.current(book), "log": full})  # type: ignore[dict-item]
    shifts.offer(book, BEN, ANNA, content, T0)
