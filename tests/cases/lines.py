"""Random lines: every format of the packs, sound and unsound, in any order of arrival."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from openline.cases.entry import Entry, Ref
from openline.formats.openjson import Value
from tests.cases.hand import PACKS, Pen, text

PARTIES = ("fr.example", "ru.example", "us.example")
STRANGER = "xx.example"
_FORMATS = sorted(form.id for form in PACKS.formats)
_RELATIONS = ("", "", "", "replies", "amends", "cancels", "supplements", "follows", "quotes")

# One step: party, format, class, which entry it names (or none), relation, oddity, what it fills.
step = st.tuples(
    st.integers(0, 11),
    st.integers(0, len(_FORMATS) - 1),
    st.integers(0, 9),
    st.integers(0, 23),
    st.integers(0, len(_RELATIONS) - 1),
    st.integers(0, 29),
    st.integers(0, 7),
)
# Notices, answers and what moves them come up oftener than by chance.
_COMMON = (
    "core/visit@1",
    "core/acknowledge@1",
    "core/readback@1",
    "core/answer@1",
    "core/guarantee@1",
    "core/close@1",
    "core/contact@1",
    "core/incident@1",
)


@st.composite
def lines(draw: Any, steps_max: int = 14) -> list[Entry]:
    """The entries of a line, log by log."""
    steps = draw(st.lists(step, min_size=1, max_size=steps_max))
    writers = [Pen(party) for party in (*PARTIES, STRANGER)]
    writers.append(Pen(PARTIES[1], counter=2, nonce="01"))
    order: list[tuple[Pen, int]] = []
    for who, *_ in steps:
        pen = writers[who if who < 5 else who % 3]
        order.append((pen, sum(1 for each, _ in order if each is pen)))
    places = [Ref(pen.origin, index) for pen, index in order]
    return [
        entry
        for (pen, _), each in zip(order, steps, strict=True)
        for entry in [_written(pen, each, places)]
    ]


def _written(pen: Pen, step: tuple[int, ...], places: list[Ref]) -> Entry:
    _, form_at, class_at, names_at, relation_at, oddity, filled = step
    format_id = _COMMON[form_at % len(_COMMON)] if oddity % 2 else _FORMATS[form_at]
    form = PACKS.format(format_id)
    classes = [name for name, _ in form.classes] if form else []
    answer = classes[class_at % len(classes)] if classes else "-"
    refs = [places[names_at % len(places)]] if names_at < 18 else []
    if oddity == 0:
        refs = [Ref(f"{PARTIES[0]}/openline/elsewhere", 3)]
    if oddity == 2:
        answer, format_id = "no-such-class", format_id
    if oddity == 4:
        format_id = "core/unknown@9"
    kind = {6: "keys", 8: "gap", 10: "close", 12: "defect"}.get(oddity, "message")
    fields = _fields(pen, _RELATIONS[relation_at], filled, places)
    hidden: dict[str, Value] = {"route": "by night"} if filled == 3 else {}
    entry = pen.say(
        format_id,
        answer,
        refs,
        fields,
        kind=kind,
        hidden=hidden,
        withheld=[8] if filled == 3 else [],
    )
    if oddity == 14:
        return pen.flawed(entry, "release.missing")
    if oddity == 16:
        odd = replace(entry, state="gap", format="-", answer="-", refs=(), fields={}, effect=False)
        pen.entries[entry.ref.index] = odd
        return odd
    return entry


def _fields(pen: Pen, relation: str, filled: int, places: list[Ref]) -> dict[str, Value]:
    """Values that some format or other reads; what a format does not know it does not read."""
    named = places[filled % len(places)]
    fields: dict[str, Value] = {
        "subject": text(f"subject {filled}"),
        "place": f"place {filled}",
        "topic": f"topic-{filled % 2}",
        "agreement": "limits",
        "fact": "the-meeting",
        "office": "spokesman",
        "article": str(filled % 3),
        "articles": ["0", "1"],
        "version": "1",
        "scope": "the visit",
        "from": "2023-02-20T06:00:00Z",
        "until": "2023-02-21T06:00:00Z",
        "at_time": f"2023-02-2{filled}T06:00:00Z",
        "echelons": [f"echelon {filled}"],
        "with": [*PARTIES],
        "level": "leaders",
        "obligations": ["agreements/data", "answer.visit"],
        "limits": [["warheads", 1550]],
        "holdings": [["warheads", 1500 + filled * 20]],
        "items": ["warheads: 1651"],
        "ranges": [[named.origin, named.index, named.index + 1, "sealed"]],
    }
    if filled % 2:
        fields["fields"] = [
            ["place", f"place {filled}"],
            [named.origin, named.index, 8, "s", "route", "x"],
        ]
    else:
        fields["fields"] = [[named.origin, named.index, 8, "s", "route", "by night"]]
    if relation:
        fields["relation"] = relation
    if filled == 4:
        fields["to"] = [PARTIES[0], STRANGER]
    if filled == 5:
        fields["exempt"] = [PARTIES[1]]
    return fields
