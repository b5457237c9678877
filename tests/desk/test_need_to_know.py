"""Need to know: an officer with roles on one line alone, and nothing of another line on any page.

On line Alpha a neighbour says, attaches, proposes and draws; on line Beta another member does what
it can to have it opened there. Boris has every role on Beta; Anna, the control, on every line.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest

from openline.cases.entry import Ref
from openline.desk import attaching, owners, shifts, subscribed
from openline.desk.acts import BadRequest
from openline.desk.attaching import inside
from openline.desk.owners import Owner
from openline.desk.pages import app, file_pages, officers_pages
from openline.desk.pages.officers_pages import LinesNotChosen
from openline.desk.pages.register_pages import NAMES
from openline.desk.pages.visit import Visit, refused
from openline.desk.roster import EVERY_LINE, LINE_ROLES, Officer
from openline.errors import OpenlineError
from openline.exchange.contents import attached
from openline.exchange.contents.attached import NotHeld
from openline.exchange.traffic.link import Link
from openline.formats import openjson
from openline.formats.attachment import Attached
from openline.node import OPERATIONS
from tests.desk.paged import ANNA, visit_of
from tests.exchange.conftest import T0, make_peers, text
from tests.exchange.test_attached import fetch, said

US, RU, CH = "us.example", "ru.example", "ch.example"
PLAN = b"the plan of Alpha"
DEGREE = 10_000_000
# What nobody may read who has no role on Alpha: its name, who is on it, and whatever was said.
WORDS = ("Alpha", CH, "Zephyr", "zephyr")
BOX: Any = {
    "points": [[x * DEGREE, y * DEGREE] for x, y in ((-30, 45), (-25, 45), (-25, 48), (-30, 45))]
}
VISIT: dict[str, Any] = {
    "subject": text("Zephyr visit"), "place": "Zephyr post", "effect": "guarantee",
    "from": "2023-11-15T06:00:00Z", "until": "2023-11-16T12:00:00Z", "area": BOX,
    "precedence": "flash",
}  # fmt: skip
SEEN: dict[str, Any] = {"position": "duty officer", "at_time": "2023-11-14T22:14:00Z"}
TIMERS: dict[str, Any] = {"acknowledge.visit": 60, "answer.visit": 3_600}


class World:
    """Two lines of one party, what stands on the first, and the officer of the second."""

    def __init__(self) -> None:
        self.peers = make_peers(US, RU, CH)
        rules: dict[str, Any] = {"timers": TIMERS, "orderwire": True}
        self.alpha = self.peers.open_line(US, CH, title="Alpha", **rules)
        self.beta = self.peers.open_line(US, RU, title="Beta", **rules)
        self.us, self.ru, self.ch = (self.peers[each].station for each in (US, RU, CH))
        self.place = self.peers.say(CH, self.alpha, "core/visit@1", VISIT)
        self.own = self.peers.say(US, self.alpha, "core/visit@1", VISIT)
        self.file = attached.seal(self.ch, self.alpha, "zephyr.txt", PLAN)
        self.told = said(self.peers, CH, self.alpha, self.file)
        fetch(self.us, self.ch, Link(CH))
        self.boris = officer(self.beta)

    def named_on_beta(self, plain: bytes = b"") -> Ref:
        """A message on Beta that names the file of Alpha by its hash."""
        file = replace(self.file, name="ours.txt", **({"plain": plain} if plain else {}))
        place = said(self.peers, RU, self.beta, file)
        assert attached.of_entry(self.us, *place) == [file]
        return place

    def unsaid(self) -> dict[str, str]:
        """On Alpha a draft, a form, a template, a batch, a shift with a note, an owner, alarms."""
        desk = visit_of(self.peers, US).context.desk
        told: dict[str, str] = {}
        fields = {path: value for path, value in VISIT.items() if path != "area"}
        args = {"line": self.alpha.hex(), "format": "core/visit@1"}
        told["draft"] = asked(desk, "draft", fields=fields, answer="-", refs=[], **args)["draft"]
        given = {"f.subject.1.text": "Zephyr form", "f.place": "Zephyr"}
        for form, name in (("f" * 32, ""), ("e" * 32, "Zephyr template")):
            typed = {"form": form, "given": given, "by": ANNA.person.hex(), "name": name}
            told["template" if name else "form"] = asked(desk, "form_keep", **args, **typed)["form"]
        book = visit_of(self.peers, US).context.book
        told["calendar"] = subscribed.subscribe(book, self.boris.person, self.us.random, T0)
        shifts.begin(book, ANNA, T0)
        shifts.note(book, ANNA, "Zephyr was rung", self.alpha.hex(), T0)
        mine = Owner(ANNA.person.hex(), "Anna", T0)
        owners.take(book, owners.place_of(*self.place), mine, {owners.place_of(*self.place)})
        for subject in (self.alpha.hex(), self.place.origin, CH):
            self.us.note_event("alarm", subject, "fold.differs", "Zephyr differs on Alpha")
        return told


def officer(line: bytes) -> Officer:
    """Boris, with every role on one line."""
    return replace(ANNA, person=bytes(15) + b"b", name="Boris", lines={line.hex(): LINE_ROLES})


def asked(desk: Any, operation: str, **args: Any) -> Any:
    return asyncio.run(OPERATIONS[operation](desk, args))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def page_of(path: str) -> Any:
    return next(page for route, page, method, _ in app.PAGES if (route, method) == (path, "GET"))


def got(
    world: World, reader: Officer, path: str, route: dict[str, str] | None = None, **query: object
) -> str:
    """What an officer is answered at an address: the page, the file or the refusal, with what a
    browser is told beside it. What the officer put into the address is no news."""
    made = visit_of(world.peers, US, officer=reader, path=path, route=route, **query)
    # What this desk keeps is read as a new process would: one book for both readers.
    text_ = asyncio.run(answered(made, page_of(path)))
    for value in filter(lambda x: isinstance(x, str), [*query.values(), *(route or {}).values()]):
        for spelled in {str(value), quote(str(value), safe=""), quote(quote(str(value), safe=""))}:
            text_ = text_.replace(spelled, "")
    return text_


async def answered(visit: Visit, page: Any) -> str:
    try:
        answer = await page(visit)
    except OpenlineError as error:
        answer = refused(visit, error)
    head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{answer.status_code}\n{head}\n{bytes(answer.body).decode('utf-8', 'replace')}"


def addresses(world: World, told: dict[str, str]) -> Iterator[tuple[str, dict[str, str], Any]]:
    """Every page of the desk that is opened by an address, and those of Alpha by its names."""
    alpha, at = world.alpha.hex(), {"o": world.place.origin, "i": world.place.index}
    by_name: dict[str, list[tuple[dict[str, str], dict[str, object]]]] = {
        "/lines/{line}": [({"line": alpha}, {})],
        "/lines/{line}/wire": [({"line": alpha}, {})],
        "/drafts/{draft}": [({"draft": told["draft"]}, {})],
        "/drafts/{draft}/file": [({"draft": told["draft"]}, {"file": world.file.age.hex()})],
        "/forms/{form}/beside": [({"form": told["form"]}, {})],
        "/watch/shifts/{number}": [({"number": "1"}, {})],
        "/together/{name}": [({"name": "0"}, {})],
        "/calendar/{secret}/openline.ics": [({"secret": told["calendar"]}, {})],
        "/batches/{batch}": [({"batch": "0"}, {})],
    }
    own = {"o": world.own.origin, "i": world.own.index}
    by_query: dict[str, list[dict[str, object]]] = {
        "/case": [at, own],
        "/message": [at, own, {**own, "with": "fr"}],
        "/file": [{"o": world.told.origin, "i": world.told.index, "file": world.file.age.hex()}],
        "/frozen": [{"o": world.place.origin}],
        "/disclose": [at, {**at, "case": "1"}, {**at, "answers": "1"}],
        "/readback": [at],
        "/document": [
            {"of": of, "as": "html", **more}
            for of, more in (
                ("message", at), ("case", at), ("watch", {"line": alpha}),
                ("shift", {"number": 1, "status": "actual"}),
                *(("register", {"line": alpha, "register": name}) for name in NAMES),
            )
        ],
        "/compose": [
            {"format": "core/visit@1", "line": alpha}, {"format": "core/acknowledge@1", **at},
            {"u": told["form"]}, {"from": told["template"]}, {"copy": 1, **at},
            {"copy": 1, "line": world.beta.hex(), **at}, {"change": "amends", **own},
        ],
        "/queue": [{"line": alpha}, {"from": CH}],
        "/registers": [
            *({"name": name} for name in NAMES), *({"name": name, "line": alpha} for name in NAMES)
        ],
        "/map": [{"closed": 1}, {"line": alpha}],
        "/map/shapes": [{"closed": 1}, {"line": alpha}],
        "/timeline": [{"days": 366, "start": "2023-06-01"}, {"line": alpha}],
        "/search": [
            {"q": "zephyr"}, {"q": "zephyr", "line": alpha}, {"from": CH},
            {"q": f"{CH}:1.2"}, {"form": "core/visit@1"},
        ],
        "/lines": [{"level": ""}],
    }  # fmt: skip
    for path, _, method, _ in app.PAGES:
        if method != "GET" or path in ("/signals", "/enrol/{token}", "/compose/token"):
            continue
        if "{" in path:
            yield from ((path, route, query) for route, query in by_name[path])
            continue
        yield path, {}, {}
        yield from ((path, {}, query) for query in by_query.get(path, ()))


@pytest.fixture(scope="module")
def busy(world: World) -> dict[str, str]:
    """What waits on Alpha."""
    return world.unsaid()


def leaks(world: World, reader: Officer, told: dict[str, str]) -> dict[str, list[str]]:
    """The addresses that say something of Alpha, with what they say."""
    words = (*WORDS, world.alpha.hex(), world.place.origin, world.own.origin, PLAN.decode())
    found: dict[str, list[str]] = {}
    for path, route, query in addresses(world, told):
        answer = got(world, reader, path, route, **query)
        said_ = [word for word in words if word in answer]
        if said_:
            found[f"{path} {route or ''} {query or ''}"] = said_
    return found


def test_no_page_says_a_word_of_a_line_without_a_role(world: World, busy: dict[str, str]) -> None:
    assert leaks(world, world.boris, busy) == {}


def test_the_control_sees_that_line_on_every_page_that_has_something_of_it(
    world: World, busy: dict[str, str]
) -> None:
    found = leaks(world, ANNA, busy)
    paths = {each.partition(" ")[0] for each in found}
    assert paths >= {
        "/", "/queue", "/queue/rows", "/registers", "/watch", "/map", "/map/shapes", "/timeline",
        "/search", "/lines", "/say", "/lines/{line}", "/lines/{line}/wire", "/case", "/message",
        "/file", "/document", "/compose", "/drafts", "/drafts/{draft}", "/alarm", "/readback",
        "/disclose", "/watch/shifts/{number}",
    } - {"/"}  # fmt: skip
    assert any(PLAN.decode() in words for words in found.values())


# ---- what another member of Beta names there --------------------------------------------------


def page_without(answer: str) -> str:
    """A page without what is another for each message: its place, its hashes, its numbers."""
    return re.sub(r"[0-9a-f]{64}|[A-Za-z0-9+/]{43}=|\d+", "", answer)


def test_a_file_of_another_line_is_told_as_one_that_nobody_has() -> None:
    world = World()
    nowhere = replace(world.file, name="ours.txt", age=bytes(32))
    unknown = said(world.peers, RU, world.beta, nowhere)
    named = world.named_on_beta()
    desk = visit_of(world.peers, US).context.desk
    told, control = (
        asked(desk, "attachments", ref=list(place))["attachments"][0] for place in (named, unknown)
    )
    # The time since when it is wanted is that of this line, or not told: never that of Alpha.
    differing = {name for name in told if told[name] != control[name]}
    assert differing == {"ref", "number", "sha256", "since"}
    assert (told["state"], told["holders"], told["since"]) == ("wanted", [RU], "")
    found = [
        got(world, world.boris, "/file", None, o=place.origin, i=place.index, file=digest)
        for place, digest in (
            (named, world.file.age.hex()), (unknown, nowhere.age.hex()), (named, "0" * 64),
        )
    ]  # fmt: skip
    assert PLAN.decode() not in found[0] and "exchange.file-not-held" in found[0]
    assert page_without(found[0]) == page_without(found[1])
    assert "desk.not-here" in found[2], "the control: a file that the message does not name"
    pages = [
        got(world, world.boris, "/message", None, o=place.origin, i=place.index)
        for place in (named, unknown)
    ]
    assert "/file?" not in pages[0] and page_without(pages[0]) == page_without(pages[1])
    missing = asked(desk, "queue", line=world.beta.hex())["files"]
    assert {row["sha256"] for row in missing} == {world.file.age.hex(), nowhere.age.hex()}


def test_no_operation_opens_a_file_by_a_message_of_another_line(tmp_path: Any) -> None:
    world = World()
    named = world.named_on_beta()
    desk = visit_of(world.peers, US).context.desk
    for sealed in (False, True):
        out = tmp_path / f"plan{sealed}"
        with pytest.raises(NotHeld):
            asked(desk, "attachment_save", ref=list(named), file=str(out), sealed=sealed)
        assert not out.exists()
        place = list(world.told)
        asked(desk, "attachment_save", ref=place, file=str(out), sealed=sealed)
        assert out.exists(), "the control: on its own line"
    with pytest.raises(NotHeld):
        inside(world.us, world.file, world.beta)
    assert inside(world.us, world.file, world.alpha) == PLAN
    assert not attaching.stands(world.us, world.beta, world.file)["here"]
    plan = asked(desk, "disclosure_plan", ref=list(named))
    assert PLAN.decode() not in str(plan)


def test_a_draft_on_another_line_does_not_give_the_file_either() -> None:
    """A draft that names it is refused; one that was kept before gives nothing all the same."""
    world = World()
    visit = visit_of(world.peers, US, officer=world.boris, file=world.file.age.hex())
    fields = [[0, "attachments", f"[{dumped(world.file)}]"]]
    told = {"line": world.beta.hex(), "fields": fields}
    with pytest.raises(NotHeld):
        asyncio.run(file_pages.of_draft(visit, told))
    told["line"] = world.alpha.hex()
    answer = asyncio.run(file_pages.of_draft(visit, told))
    assert bytes(answer.body) == PLAN, "the control"


def dumped(file: Attached) -> str:
    return openjson.encode(file.value()).decode()


def test_a_reference_to_an_entry_of_another_line_says_nothing_of_it() -> None:
    """Neither its form nor its number, nor whether there is such an entry at all."""
    world = World()
    made = [
        world.peers.say(RU, world.beta, "core/acknowledge@1", dict(SEEN), "received", [place])
        for place in (world.place, Ref(world.place.origin, 900))
    ]
    world.peers.carry()
    desk = visit_of(world.peers, US).context.desk
    for place in made:
        told = asked(desk, "show", ref=list(place))
        assert told["about_format"] == ""
        assert told["about"] == [":".join(map(str, told["refs"][0]))]
        assert not told["meant"][0]["held"]
    on_alpha = world.peers.say(
        CH, world.alpha, "core/acknowledge@1", dict(SEEN), "received", [world.own]
    )
    world.peers.carry()
    told = asked(desk, "show", ref=list(on_alpha))
    assert told["about_format"] == "core/visit@1", "the control"


# ---- what an administrator gives ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "given"),
    [
        ({"lines": "Beta\n"}, ["Beta"]),
        ({"lines": " Beta \n\nGamma"}, ["Beta", "Gamma"]),
        ({"lines": "", "every": "on"}, [EVERY_LINE]),
    ],
)
def test_an_administrator_gives_the_lines_that_were_named_or_every_line_by_its_box(
    world: World, form: dict[str, str], given: list[str]
) -> None:
    visit = visit_of(world.peers, US, form=form)
    assert officers_pages.chosen_lines(visit, "lines") == given


@pytest.mark.parametrize("form", [{}, {"lines": " \n"}, {"lines": "Beta", "every": "on"}])
def test_an_empty_field_gives_no_line_away_and_both_at_once_are_no_choice(
    world: World, form: dict[str, str]
) -> None:
    with pytest.raises(LinesNotChosen):
        officers_pages.chosen_lines(visit_of(world.peers, US, form=form), "lines")


def test_the_operation_takes_no_empty_list_for_every_line(world: World) -> None:
    desk = visit_of(world.peers, US).context.desk
    desk.address = "http://localhost"
    with pytest.raises(BadRequest):
        asked(desk, "officer_invite", name="Carla", lines=[])
