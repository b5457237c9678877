"""A message against its form: every flaw is found, named in words, and nothing ever raises."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.area import Area, read_area
from openline.formats.check import Flaw, check
from openline.formats.form import Format, is_reserved
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.pack import load_packs
from openline.formats.terms import load_terms

PACKS = load_packs()
VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors"
KYIV = [305_233_333, 504_500_000]
ORIGIN = "mfa.north.example/openline/" + "a" * 52
HASH = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

VISIT: dict[str, Value] = {
    "subject": [{"lang": "en", "status": "original", "text": "Visit"}],
    "place": "Portville",
    "from": "2023-02-20T08:00:00Z",
    "until": "2023-02-20T18:00:00Z",
    "effect": "acknowledge",
}
GUARANTEE: dict[str, Value] = {
    "scope": "The road to the bridge",
    "from": "2023-02-21T00:00:00Z",
    "until": "2023-02-22T00:00:00Z",
}


def form(name: str) -> Format:
    found = PACKS.format(f"{name}@1")
    assert found is not None
    return found


def flaws(name: str, answer: str, fields: dict[str, Value], **more: Any) -> list[tuple[str, str]]:
    return [(flaw.path, flaw.code) for flaw in check(form(name), answer, fields, **more)]


def without(fields: dict[str, Value], path: str) -> dict[str, Value]:
    return {key: value for key, value in fields.items() if key != path}


def test_a_whole_visit_has_no_flaw() -> None:
    whole: dict[str, Value] = {
        **VISIT,
        "area": {"points": [KYIV], "radius_m": 5_000},
        "route": "By rail",
        "to": ["mfa.south.example"],
        "precedence": "immediate",
        "mark": "R",
        "remark": "Ж",
        "expires": "2023-02-20T06:00:00Z",
    }
    assert flaws("core/visit", "-", whole) == []


# (format, class, changes to a sound message or None to take a path away, path, code)
CASES: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("core/visit", "-", {"place": None}, "place", "missing"),
    ("core/guarantee", "guarantee", {"until": None}, "until", "no-end"),
    ("core/visit", "accepted", {}, "", "unknown-class"),
    ("core/guarantee", "accepted", {}, "", "unknown-class"),
    ("core/guarantee", "-", {}, "", "missing-class"),
    ("core/visit", "-", {"effect": "obey"}, "effect", "unknown-code"),
    ("core/visit", "-", {"effect": ["acknowledge"]}, "effect", "unknown-code"),
    ("core/visit", "-", {"precedence": "soon"}, "precedence", "unknown-code"),
    ("core/visit", "-", {"hotel": "x"}, "hotel", "unknown-path"),
    ("core/visit", "-", {"at": ["x", 1]}, "at", "reserved-path"),
    ("core/visit", "-", {"release.1": {}}, "release.1", "reserved-path"),
    ("core/visit", "-", {"until": "2023-02-20T08:00:00Z"}, "until", "ends-before-it-begins"),
    ("core/visit", "-", {"until": "2023-02-19T08:00:00Z"}, "until", "ends-before-it-begins"),
    ("core/visit", "-", {"from": "2023-02-20 08:00"}, "from", "wrong-type"),
    ("core/visit", "-", {"from": 1_676_880_000}, "from", "wrong-type"),
    ("core/visit", "-", {"place": ""}, "place", "empty"),
    ("core/visit", "-", {"place": "  "}, "place", "empty"),
    ("core/visit", "-", {"place": "two\nlines"}, "place", "wrong-type"),
    ("core/visit", "-", {"place": "e\u0301"}, "place", "not-nfc"),
    ("core/visit", "-", {"place": "x\u202etseW"}, "place", "hidden-letters"),
    ("core/visit", "-", {"place": "x\u2066y"}, "place", "hidden-letters"),
    ("core/visit", "-", {"place": "x\u001b[31m"}, "place", "hidden-letters"),
    ("core/visit", "-", {"place": "x" * 1_001}, "place", "too-long"),
    ("core/visit", "-", {"to": []}, "to", "empty"),
    ("core/visit", "-", {"to": "mfa.south.example"}, "to", "wrong-type"),
    ("core/visit", "-", {"to": ["South"]}, "to", "wrong-type"),
    ("core/visit", "-", {"to": ["a.example", "a.example"]}, "to", "twice"),
    ("core/visit", "-", {"to": [f"p{n}.example" for n in range(1_001)]}, "to", "too-long"),
    ("core/visit", "-", {"subject": "Visit"}, "subject", "wrong-type"),
    ("core/visit", "-", {"subject": []}, "subject", "empty"),
    (
        "core/visit",
        "-",
        {"subject": [{"lang": "en", "status": "machine", "text": "Visit"}]},
        "subject",
        "unknown-code",
    ),
    ("core/visit", "-", {"subject": [{"lang": "en", "text": "Visit"}]}, "subject", "wrong-type"),
    (
        "core/visit",
        "-",
        {"subject": [{"lang": "English", "status": "original", "text": "Visit"}]},
        "subject",
        "wrong-type",
    ),
    (
        "core/visit",
        "-",
        {"subject": [{"lang": "en", "status": "original", "text": t} for t in "ab"]},
        "subject",
        "twice",
    ),
    ("core/visit", "-", {"area": {"points": [[355_000_000, 1_397_000_000]]}}, "area", "bad-place"),
    ("core/visit", "-", {"area": "Kyiv"}, "area", "bad-place"),
    ("core/advisory", "-", {"within_h": -1}, "within_h", "wrong-type"),
    ("core/advisory", "-", {"count": True}, "count", "wrong-type"),
    ("core/relayed", "-", {"consent": "yes"}, "consent", "wrong-type"),
    ("core/relayed", "-", {"original": [["x", 1]]}, "original", "wrong-type"),
    ("core/told-elsewhere", "call", {"document": "abc"}, "document", "wrong-type"),
    ("core/contact", "held", {"level": "Chiefs of staff"}, "level", "wrong-type"),
    ("core/contact", "readout", {}, "text", "needed-by-class"),
    ("core/answer", "conditional", {}, "conditions", "needed-by-class"),
    ("core/answer", "guarantee", {}, "", "unknown-class"),
    (
        "positions/warning",
        "open",
        {"until": "2022-02-15T00:00:00Z"},
        "until",
        "excluded-by-class",
    ),
    ("positions/warning", "window", {}, "until", "needed-by-class"),
    ("positions/warning", "closed", {}, "observed", "needed-by-class"),
    ("core/readback", "correct", {"fields": [["from"]]}, "fields", "wrong-type"),
    ("core/readback", "correct", {"fields": [["from", "a"], ["from", "b"]]}, "fields", "twice"),
    ("core/reveal", "-", {"fields": [[ORIGIN, 1, 2, HASH, "route"]]}, "fields", "wrong-type"),
    ("agreements/data", "-", {"holdings": [["launchers", -1]]}, "holdings", "wrong-type"),
    ("agreements/data", "-", {"holdings": [["x", 1], ["x", 2]]}, "holdings", "twice"),
    ("agreements/limits", "-", {"data_days": ["13-01"]}, "data_days", "wrong-type"),
]

# One sound message per form that a case or a vector needs.
SOUND: dict[str, dict[str, Value]] = {
    "core/visit": VISIT,
    "core/guarantee": GUARANTEE,
    "core/advisory": {"subject": VISIT["subject"], "action": "order-departure"},
    "core/answer": {},
    "core/relayed": {"originator": "ir.example", "text": VISIT["subject"], "consent": True},
    "core/told-elsewhere": {"subject": VISIT["subject"], "at_time": "2023-02-20T08:00:00Z"},
    "core/contact": {"level": "leaders", "with": ["jp.example"]},
    "core/readback": {"fields": [["from", "2023-02-20T08:00:00Z"]]},
    "core/reveal": {"fields": [[ORIGIN, 1, 11, HASH, "route", "By rail"]]},
    "positions/warning": {"subject": VISIT["subject"], "topic": "invasion"},
    "agreements/data": {
        "agreement": "New START",
        "as_of": "2022-03-01T00:00:00Z",
        "holdings": [["deployed delivery vehicles", 686]],
    },
    "agreements/limits": {
        "agreement": "New START",
        "limits": [["deployed warheads", 1550]],
        "data_days": ["03-01", "09-01"],
    },
}
SOUND_CLASS = {
    "core/guarantee": "guarantee",
    "core/answer": "noted-without-guarantee",
    "core/told-elsewhere": "call",
    "core/contact": "held",
    "core/readback": "correct",
    "positions/warning": "open",
}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_message_has_no_flaw(name: str) -> None:
    assert flaws(name, SOUND_CLASS.get(name, "-"), SOUND[name]) == []


@pytest.mark.parametrize(("name", "answer", "changes", "path", "code"), CASES)
def test_one_broken_item_is_found_and_named(
    name: str, answer: str, changes: dict[str, Any], path: str, code: str
) -> None:
    fields = {**SOUND[name], **changes}
    fields = {key: value for key, value in fields.items() if value is not None}
    found = check(form(name), answer, fields, drafting=True)
    assert (path, code) in [(flaw.path, flaw.code) for flaw in found]
    assert [flaw for flaw in found if flaw.path not in (path, "from")] == []
    sentence = next(f.sentence for f in found if (f.path, f.code) == (path, code))
    assert sentence.endswith(".") and (path in sentence)


# tests/formats/test_bad_input.py
PLACE_AND_TIME_CODES = {
    "no-such-time",
    "not-utc",
    "place-crosses-itself",
    "place-half-turn",
    "place-round-pole",
}


def test_every_flaw_has_a_word_in_the_dictionary_and_every_word_a_case() -> None:
    said = {code for *_, code in CASES} | {
        "not-shown",
        "missing-reference",
        "unexpected-reference",
        "wrong-predecessor",
        "reply-not-foreseen",
        "row-missing",  # tests/formats/test_groups.py
    }
    said |= PLACE_AND_TIME_CODES
    assert {f"flaw.{code}" for code in said} == {
        term for term in load_terms().known if term.startswith("flaw.")
    }
    assert Flaw("x", "missing", "").term == "flaw.missing"


def test_a_required_item_among_withheld_fields_is_not_called_missing() -> None:
    """Only the sender knows which item a bare hash hides; the receiver says what it cannot see."""
    seen = without(GUARANTEE, "until")
    assert flaws("core/guarantee", "guarantee", seen, withheld=1) == [("until", "not-shown")]
    assert flaws("core/guarantee", "guarantee", seen) == [("until", "no-end")]


def test_a_guarantee_whose_end_is_before_its_beginning_is_found() -> None:
    turned = {**GUARANTEE, "until": "2023-02-20T00:00:00Z"}
    assert flaws("core/guarantee", "guarantee", turned) == [("until", "ends-before-it-begins")]


def test_an_answer_must_name_what_it_answers() -> None:
    visit, answer = form("core/visit"), "noted-without-guarantee"
    assert flaws("core/answer", answer, {}, refers_to=[]) == [("", "missing-reference")]
    assert flaws("core/answer", answer, {}, refers_to=[visit]) == []
    assert flaws("core/answer", answer, {}, refers_to=[None]) == []
    assert flaws("core/answer", answer, {}) == []


def test_an_acknowledgement_is_not_itself_acknowledged() -> None:
    fields: dict[str, Value] = {"position": "duty officer", "at_time": "2023-02-20T02:10:00Z"}
    acknowledged = flaws("core/acknowledge", "received", fields, refers_to=[form("core/pass-on")])
    assert acknowledged == [("", "reply-not-foreseen")]


def test_another_relation_than_a_reply_may_name_any_entry() -> None:
    fields: dict[str, Value] = {**VISIT, "relation": "follows"}
    assert flaws("core/visit", "-", fields, refers_to=[form("core/pass-on")]) == []
    assert flaws("core/visit", "-", VISIT, refers_to=[form("core/pass-on")]) != []


def test_a_reservation_follows_data_and_nothing_else() -> None:
    fields: dict[str, Value] = {
        "agreement": "New START",
        "items": ["converted launchers"],
        "text": VISIT["subject"],
        "relation": "follows",
    }
    name = "agreements/reservation"
    assert flaws(name, "-", fields, refers_to=[form("agreements/data")]) == []
    wrong = flaws(name, "-", fields, refers_to=[form("core/visit")])
    assert wrong == [("", "wrong-predecessor")]
    assert flaws(name, "-", fields, refers_to=[]) == [("", "missing-reference")]


def test_every_form_may_amend_itself() -> None:
    for each in PACKS.formats:
        codes = {flaw.code for flaw in check(each, "-", {}, refers_to=[each])}
        assert codes.isdisjoint({"wrong-predecessor", "reply-not-foreseen"})


def test_a_form_without_references_refuses_one() -> None:
    alone = replace(form("core/visit"), refs="none")
    codes = [flaw.code for flaw in check(alone, "-", VISIT, refers_to=[form("core/visit")])]
    assert codes == ["unexpected-reference"]


def test_a_received_message_is_judged_alike_under_every_version_of_unicode() -> None:
    """NFC is the writer's duty: a fold that depended on it could differ between honest nodes."""
    decomposed: dict[str, Value] = {**VISIT, "place": "e\u0301"}
    assert flaws("core/visit", "-", decomposed) == []
    assert flaws("core/visit", "-", decomposed, drafting=True) == [("place", "not-nfc")]


def test_a_value_longer_than_a_field_is_found() -> None:
    long = [{"lang": "en", "status": "original", "text": "x" * 16_384}]
    assert ("subject", "too-long") in flaws("core/visit", "-", {**VISIT, "subject": long})


# ---- places --------------------------------------------------------------------------------

BAD_PLACES: dict[str, Any] = {
    "nothing": {},
    "no points": {"points": []},
    "an unknown key": {"points": [KYIV], "name": "Kyiv"},
    "latitude first beyond 90": {"points": [[500_000_000, 1_200_000_000]]},
    "beyond the date line": {"points": [[1_800_000_001, 0]]},
    "whole degrees": {"points": [[30, 50]]},
    "null island": {"points": [[0, 0]]},
    "text": {"points": [["30", "50"]]},
    "three numbers": {"points": [[*KYIV, 0]]},
    "true": {"points": [[True, 500_000_000]]},
    "the same point at once": {"points": [KYIV, KYIV]},
    "a ring of two corners": {"points": [KYIV, [0, 500_000_000], KYIV]},
    "a negative radius": {"points": [KYIV], "radius_m": -1},
    "upside down": {"points": [KYIV], "lower_m": 100, "upper_m": 50},
    "an unknown reference": {"points": [KYIV], "reference": "roof"},
    "too many points": {"points": [[n, 500_000_000] for n in range(1_001)]},
}


@pytest.mark.parametrize("case", BAD_PLACES)
def test_a_place_that_cannot_be_is_refused(case: str) -> None:
    with pytest.raises(Malformed):
        read_area(BAD_PLACES[case])


def test_swapped_degrees_are_named_as_swapped() -> None:
    with pytest.raises(Malformed, match="longitude comes first"):
        read_area({"points": [[355_000_000, 1_397_000_000]]})  # Tokyo, latitude first


def test_point_track_and_ring_are_told_apart_and_the_date_line_is_no_edge() -> None:
    far: list[Value] = [1_799_000_000, 100_000_000]
    near: list[Value] = [-1_799_000_000, 100_000_000]
    top: list[Value] = [-1_799_000_000, 120_000_000]
    assert read_area({"points": [far]}).kind == "point"
    assert read_area({"points": [far, near]}).kind == "track"
    ring = read_area({"points": [far, near, top, far], "lower_m": 0, "reference": "msl"})
    assert (ring.points[1], ring.lower_m, ring.reference) == (
        (-1_799_000_000, 100_000_000),
        0,
        "msl",
    )
    assert ring.kind == "ring"


@given(
    st.lists(
        st.tuples(
            st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000)
        ),
        min_size=1,
        max_size=5,
        unique=True,
    ),
    st.integers(0, 1_000_000),
)
def test_an_area_reads_back_what_was_written(points: list[tuple[int, int]], radius: int) -> None:
    value: Value = {"points": [list(point) for point in points], "radius_m": radius}
    if all(abs(x) <= 180 and abs(y) <= 180 for x, y in points):
        return
    assert read_area(value) == Area(tuple(points), radius)


# ---- known answers and anything at all --------------------------------------------------------


@pytest.mark.shared
def test_the_messages_of_the_published_vectors_have_no_flaw() -> None:
    seen = []
    for entry in json.loads((VECTORS / "messages.json").read_text("utf-8")):
        fields = {each["path"]: json.loads(each["value"]) for each in entry["fields"]}
        known = PACKS.format(fields["format"])
        if known is None:
            continue
        content = {path: value for path, value in fields.items() if not is_reserved(path)}
        assert check(known, fields["class"], content) == ()
        seen.append(known.id)
    assert seen == ["core/visit@1", "core/acknowledge@1", "core/answer@1", "core/guarantee@1"]


JSON = st.recursive(
    st.one_of(st.text(max_size=10), st.integers(-(2**53), 2**53), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text("abc_", min_size=1, max_size=4), inner, max_size=4),
    ),
    max_leaves=8,
)


@given(st.sampled_from(PACKS.formats), st.data())
def test_whatever_a_counterpart_writes_is_judged_and_never_raises(
    known: Format, data: st.DataObject
) -> None:
    paths = [item.path for item in (*known.items, *known.common)]
    fields = data.draw(st.dictionaries(st.sampled_from([*paths, "x", "at"]), JSON, max_size=6))
    answer = data.draw(st.sampled_from(["-", "x", *dict(known.classes)]))
    for flaw in check(known, answer, fields, refers_to=[None], withheld=0):
        assert flaw.term in load_terms().known


def test_what_has_no_spelling_is_a_flaw_too() -> None:
    assert flaws("core/visit", "-", {**VISIT, "place": 1.5}) == [("place", "wrong-type")]  # type: ignore[dict-item]
    assert flaws("core/visit", "-", {**VISIT, "place": "\ud800"}) == [("place", "wrong-type")]
