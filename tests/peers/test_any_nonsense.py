"""Entries of any sense or none, signed by a real member: no exception, a receipt, equal folds."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openline.cases.digest import digest
from openline.cases.ladder import unnumbered
from openline.cases.registers import board_row, registers
from openline.cases.views import case_view
from openline.exchange.drafting import drafts
from openline.exchange.folding import reading, receipts
from openline.exchange.station import Station
from openline.exchange.traffic import receive
from openline.formats import openjson
from openline.formats.field import VALUE_MAX, new_field
from openline.formats.openjson import Value
from openline.formats.pack import load_packs
from openline.formats.render import render
from tests.exchange.conftest import Peers, make_peers, text
from tests.peers.conftest import CH, RUDE, US, Rude

PACKS = load_packs()
FORMS = [form.id for form in PACKS.formats]
PATHS = sorted({item.path for form in PACKS.formats for item in form.items})
KINDS = ["message"] * 8 + ["defect", "gap", "keys", "open", "close", "zebra"]
CLASSES = sorted({name for form in PACKS.formats for name, _ in form.classes})

words = st.sampled_from(
    [US, CH, RUDE, "", "-", "2026-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "R", "amends", "en",
     "cancels", "\u202e\u0000", "a" * 300, "core/visit@1"]
)  # fmt: skip
numbers = st.sampled_from([0, 1, -1, 6, 511, 2**53 - 1, -(2**53 - 1)])
keys = st.sampled_from(["lang", "status", "text", "a", "challenge"])
anything = st.recursive(
    words | numbers | st.booleans() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
renderings = st.just(text("words")) | st.lists(
    st.fixed_dictionaries({"lang": words, "status": words, "text": st.text(max_size=30)}),
    max_size=3,
)


@dataclass
class Line:
    """Two honest members and what they hold; the third signs whatever a test draws."""

    peers: Peers
    rude: Rude

    def take(self, body: bytes) -> None:
        """Both honest members receive, and tell each other what they had to say about it."""
        for name in (US, CH):
            lines = receive.receive(self.peers[name].station, body)
            self.rude.beside(name, 0).receipted((200, lines))
        for one, other in ((US, CH), (CH, US)):
            self.peers.carry_between(self.peers[one].station, self.peers[other].station)


@pytest.fixture(scope="module")
def line() -> Line:
    peers = make_peers(US, CH, RUDE)
    line_id = peers.open_line(US, CH, RUDE, packs=[pack.name for pack in PACKS.packs])
    rude = peers[RUDE]
    return Line(peers, Rude(rude.station, 0, line_id, rude.officers))


@dataclass(frozen=True)
class Plan:
    """What an entry is to be; drawn without a look at any log, so that it can be drawn again."""

    form: str
    kind: str
    answer: str
    content: list[tuple[str, Value]]
    refs: list[tuple[str, int]] | Value
    hidden: frozenset[int]
    withheld: Value | None
    first: tuple[int, str, Value] | None
    seen: Value
    is_placed: bool
    time_s: int
    is_rooted: bool
    more: int


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A form that there is, filled with what may or may not belong there."""
    form = PACKS.format(draw(st.sampled_from(FORMS)))
    assert form is not None
    usual = st.sampled_from([item.path for item in form.items] or ["x"])
    paths = draw(st.lists(usual | st.sampled_from(PATHS), max_size=7))
    content = [(path, draw(renderings | anything)) for path in paths]
    ranges = st.lists(anything, max_size=5)
    if rarely(draw):
        content.append(("ranges", draw(ranges)))
    if rarely(draw):
        content.append(("release.1", draw(anything)))
    known = st.sampled_from([name for name, _ in form.classes] or ["-"])
    near = st.lists(st.tuples(st.sampled_from(["own", US, "nobody"]), st.integers(0, 40)))
    return Plan(
        form=form.id,
        kind=draw(st.sampled_from(KINDS)),
        answer=draw(known | st.sampled_from(CLASSES)),
        content=content,
        refs=draw(near | anything),
        hidden=frozenset(draw(st.sets(st.integers(6, 6 + len(content)), max_size=2))),
        withheld=draw(anything) if rarely(draw) else None,
        first=draw(st.tuples(st.integers(0, 5), st.sampled_from(PATHS), anything))
        if rarely(draw)
        else None,
        seen=draw(anything | st.lists(st.tuples(words, numbers, words).map(list))),
        is_placed=not rarely(draw),
        time_s=draw(st.sampled_from([1_700_000_000, 0, 2**53 - 1])),
        is_rooted=not rarely(draw),
        more=draw(st.sampled_from([0] * 9 + [1, 480])),
    )


def rarely(draw: st.DrawFn) -> bool:
    return draw(st.integers(0, 9)) == 9


def entry_of(line: Line, plan: Plan) -> tuple[bytes, bytes]:
    """Leaf and envelope of a plan, on top of the rude member's log as it stands."""
    rude = line.rude
    own = line.peers[US].station.own_log(rude.line_id)
    assert own is not None
    logs = {"own": rude.log.origin, US: own.origin}
    made = drafts.compose(
        rude.station, rude.line_id, plan.kind, {}, format_id=plan.form,
        answer=plan.answer, officers=0,
    )  # fmt: skip
    values: list[tuple[str, Value]] = [(f.path, f.json) for f in made.fields] + plan.content
    refs: Value = plan.refs  # type: ignore[assignment]  # tuples are spelled as lists below
    if isinstance(plan.refs, list):
        refs = [
            [logs.get(each[0], each[0]), each[1]] if isinstance(each, tuple) else each
            for each in plan.refs
        ]
    hidden = frozenset(i for i in plan.hidden if i < len(values))
    values[2] = ("refs", refs)
    values[3] = ("withheld", sorted(hidden) if plan.withheld is None else plan.withheld)
    if plan.first is not None:
        values[plan.first[0]] = plan.first[1:]
    here: Value = [rude.log.origin, rude.log.size if plan.is_placed else 0]
    values += [("at", here), ("seen", plan.seen)]
    fields = [
        new_field(path, value, rude.station.random(32))
        for path, value in values
        if len(openjson.encode(value)) <= VALUE_MAX
    ]
    return rude.entry(
        fields,
        kind=plan.kind,
        withheld=hidden,
        time_s=plan.time_s,
        root=None if plan.is_rooted else bytes(32),
        count=len(fields) + plan.more,
    )


def look(station: Station, line_id: bytes) -> None:
    """Everything that a person may look at."""
    state = reading.state(station, line_id)
    given = receipts.of_line(station, line_id)
    now_s = station.clock.now_s()
    registers(state, given, {}, now_s)
    board_row(state, now_s, given)
    for case in state.cases[-3:]:
        case_view(case, given, now_s, unnumbered)
    for entry in list(state.entries.values())[-2:]:
        form = station.packs.format(entry.format)
        if form is not None:
            render(form, entry.answer, {**entry.fields, **entry.hidden}, "de")


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(plan=plans())
def test_whatever_a_member_signs_is_receipted_and_understood_alike(line: Line, plan: Plan) -> None:
    line.take(line.rude.commits(entry_of(line, plan)))
    folds = []
    for name in (US, CH):
        station = line.peers[name].station
        look(station, line.rude.line_id)
        folds.append(digest(reading.state(station, line.rude.line_id)))
    assert folds[0] == folds[1]


def test_the_line_is_as_usable_as_before(line: Line) -> None:
    line.take(line.rude.says())
    for name in (US, CH):
        station = line.peers[name].station
        known = digest(reading.state(station, line.rude.line_id))
        station.states.clear()
        assert digest(reading.state(station, line.rude.line_id)) == known, "folded anew, the same"
