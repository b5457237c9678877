"""Packs: all forms of the first build exist, and a broken pack is refused with place and reason."""

import hashlib
import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats import openjson
from openline.formats.catalogue import formats_page
from openline.formats.form import FAMILIES, TYPES, outlined
from openline.formats.pack import BadPack, Packs, digest, load_packs, parse_pack, together
from openline.formats.terms import load_terms

PROJECT = Path(__file__).resolve().parents[2]
PACKS = load_packs()
KNOWN = load_terms().known
FILES = resources.files("openline.formats") / "data" / "packs"

# What the first build promises, one line a pack.
CATALOGUE = {
    "core": "visit advisory transit exercise launch hazard-area force-movement accident"
    " nuclear-accident told-elsewhere acknowledge readback pass-on answer guarantee"
    " request-guarantee clarification unusual-activity explanation judgement close reveal"
    " line-status charter-proposal phrase link-test duty-roster call confirmation relayed"
    " relay-receipt contact incident",
    "positions": "warning consequences demand demand-answer condition offer assurance denial"
    " assessment accusation announcement claim fact-position public-statement",
    "agreements": "text text-position entry-into-force limits data change reservation quotation"
    " inspection quota suspension contest countermeasure resumption withdrawal",
    "humanitarian": "site movement progress outcome corridor item-position suspension-of-fire"
    " silence person-list person-reply digest digest-answer incident consent",
    "cfe": "annual-exchange structure-change holdings-change storage-removal loss loss-evidence"
    " certification reduction reduced intent intent-reduction copy new-time delay flight-plan area"
    " inspection-report lists objection quota withdrawal",
    "open-skies": "plan sequence own-aircraft intent acknowledgement mission-plan mission-reply"
    " prohibition deviation mission-report quota aircraft airspace entry-points quota-review"
    " withdrawal",
}
# Packs whose agreement is no longer carried out by all its parties.
HISTORIC = {"cfe", "open-skies"}
SIX_LANGUAGES = ("de", "en", "es", "fr", "it", "ru")

SMALL = """
openline_pack = 1
id = "small"
version = 1
basis = "A test"
common = [ { number = "C1", path = "remark", term = "item.remark", type = "text" } ]

[[format]]
id = "small/visit@1"
term = "format.visit"
family = "notice"
basis = "A test"
classes = [["accepted", "class.accepted"], ["declined", "class.declined"]]
needs = [["declined", "until"]]
replies = ["small/visit@1"]
timers = [{ kind = "lead", name = "lead.visit", item = "from" }]
items = [
  { number = "1", path = "from", term = "item.from", type = "time", required = true },
  { number = "2", path = "until", term = "item.until", type = "time" },
  { number = "3", path = "count", term = "item.count", type = "int", unit = "h" },
  { number = "4", path = "x", term = "item.effect", type = "code", codes = [["a", "class.held"]]},
]
"""


def parse(text: str, file: str = "small-1.toml") -> Packs:
    return together([parse_pack(text.encode(), file, KNOWN)])


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_form_of_the_catalogue_is_in_its_pack(name: str) -> None:
    pack = PACKS.pack(name)
    assert pack is not None
    assert {form.id for form in pack.formats} == {f"{name}/{n}@1" for n in CATALOGUE[name].split()}


def test_every_form_says_on_what_it_is_based() -> None:
    assert [form.id for form in PACKS.formats if len(form.basis) < 20] == []


def test_every_family_and_every_type_is_used() -> None:
    items = [x for form in PACKS.formats for x in outlined((*form.items, *form.common))]
    assert {form.family for form in PACKS.formats} == FAMILIES
    assert {item.type for item in items} == TYPES


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ('{ kind = "inside", paths = ["from"] }', "names 2 paths"),
        ('{ kind = "given", paths = ["nothing"] }', "which is no item"),
        ('{ kind = "guess", paths = ["from"] }', "unknown kind guess"),
        ('{ kind = "given", paths = [] }', "at least one path"),
        ('{ kind = "at-most", paths = ["count"], most = -1 }', "most is not a number"),
        ('{ kind = "at-most", paths = ["count"], sort = 1 }', "unknown key sort"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_with_its_reason(rule: str, reason: str) -> None:
    with pytest.raises(BadPack, match=reason):
        parse(SMALL + f"rules = [{rule}]\n")


def test_a_rule_is_read_as_it_stands() -> None:
    pack = parse(SMALL + 'rules = [{ kind = "at-most", paths = ["count"], most = 9 }]\n')
    form = pack.format("small/visit@1")
    assert form is not None and (form.rules[0].kind, form.rules[0].most) == ("at-most", 9)


def test_the_two_historic_packs_say_so_and_no_other_does() -> None:
    assert {pack.name for pack in PACKS.packs if pack.historic} == HISTORIC


@pytest.mark.parametrize("name", sorted(HISTORIC))
@pytest.mark.parametrize("lang", SIX_LANGUAGES)
def test_a_historic_pack_has_its_labels_in_the_six_authentic_languages(
    name: str, lang: str
) -> None:
    pack = PACKS.pack(name)
    assert pack is not None
    used = set()
    for form in pack.formats:
        used |= {form.term} | {term for _, term in form.classes}
        for item in outlined(form.items):
            used |= {item.term} | {term for _, term in item.codes}
    known = set(load_terms().languages[lang].labels)
    own = {term for term in used if is_of_treaties(term)}
    assert len(own) > 50
    assert own - known == set()


def is_of_treaties(term: str) -> bool:
    """Terms that came with the two packs: every other one belongs to the common dictionary."""
    english = load_terms().languages["en"].labels
    names = list(english)
    return names.index(term) > names.index("format.cfe-annual-exchange") - 1


@pytest.mark.parametrize("name", sorted(HISTORIC))
def test_every_form_of_a_historic_pack_pins_an_article_or_a_section(name: str) -> None:
    pack = PACKS.pack(name)
    assert pack is not None
    pinned = re.compile(r"Art(icle|\.)|Annex|Protocol|OS Format|As (cfe|open-skies)/")
    assert [form.id for form in pack.formats if not pinned.search(form.basis)] == []


def test_only_grave_forms_ask_for_two_officers() -> None:
    two = {form.id for form in PACKS.formats if form.officers == 2}
    assert two == {
        "core/guarantee@1",
        "agreements/suspension@1",
        "agreements/countermeasure@1",
        "agreements/withdrawal@1",
        "cfe/withdrawal@1",
        "open-skies/withdrawal@1",
    }


def test_a_guarantee_is_visible_alone_and_no_other_form_can_say_it() -> None:
    assert [form.id for form in PACKS.formats if form.visible] == ["core/guarantee@1"]
    saying = [form.id for form in PACKS.formats if "guarantee" in dict(form.classes)]
    assert saying == ["core/guarantee@1"]
    guarantee = PACKS.format("core/guarantee@1")
    assert guarantee is not None
    assert [i.path for i in guarantee.items if i.required] == ["scope", "from", "until"]


def test_guarantees_incidents_and_suspensions_are_never_released_in_a_batch() -> None:
    batched = {form.id for form in PACKS.formats if form.batch}
    assert batched.isdisjoint(
        {"core/guarantee@1", "core/incident@1", "agreements/suspension@1", "core/reveal@1"}
    )


def test_no_message_of_these_packs_is_sent_by_a_machine() -> None:
    assert [form.id for form in PACKS.formats if form.machine] == []


def test_route_sites_and_means_of_a_visit_are_withheld_unless_decided_otherwise() -> None:
    visit = PACKS.format("core/visit@1")
    assert visit is not None and visit.withheld(["route", "place", "means"]) == ("route", "means")


def test_every_message_but_a_mere_acknowledgement_can_be_acknowledged() -> None:
    silent = {f.id for f in PACKS.formats if "core/acknowledge@1" not in f.replies}
    assert silent == {
        "core/acknowledge@1",
        "core/readback@1",
        "core/pass-on@1",
        "core/link-test@1",
        "core/relay-receipt@1",
    }


def test_common_items_are_the_same_in_every_pack() -> None:
    assert len({pack.common[:9] for pack in PACKS.packs}) == 1
    core, positions = (PACKS.pack(name) for name in ("core", "positions"))
    assert core is not None and positions is not None and core.common == positions.common
    assert [item.path for item in core.common] == [
        "precedence",
        "to",
        "info",
        "exempt",
        "relation",
        "authority",
        "source",
        "mark",
        "remark",
        "basis",
        "reached",
        "takes_effect",
    ]


def test_an_unknown_form_is_none_and_an_unknown_pack_says_so() -> None:
    assert PACKS.format("core/visit@2") is None
    with pytest.raises(BadPack, match="no pack of this name"):
        PACKS.digest("unheard-of")


def test_the_digest_is_the_hash_of_the_canonical_form() -> None:
    text = (FILES / "core-1.toml").read_text("utf-8")
    core = PACKS.pack("core")
    assert core is not None
    expected = hashlib.sha256(openjson.encode(tomllib.loads(text))).digest()
    assert expected == PACKS.digest("core") == digest(core) == PACKS.ref("core").digest
    assert (PACKS.ref("core").name, PACKS.ref("core").version) == ("core", 1)


def test_comments_and_layout_leave_the_digest_alone_and_a_word_does_not() -> None:
    plain = parse(SMALL).digest("small")
    assert parse("# a comment\n" + SMALL.replace(" = ", "  =  ")).digest("small") == plain
    assert parse(SMALL.replace("A test", "Another")).digest("small") != plain


def test_the_newest_version_of_a_pack_answers_for_its_name() -> None:
    one = parse_pack(SMALL.encode(), "small-1.toml", KNOWN)
    later = SMALL.replace("version = 1", "version = 2")
    two = parse_pack(later.encode(), "small-2.toml", KNOWN)
    packs = together([two, one])
    assert packs.digest("small") == two.digest
    assert packs.pack("small", 1) == one


# Each broken in one place: what is changed, and what the refusal must name.
BROKEN = {
    "not toml": ("id = ", "id ", "is not TOML"),
    "a float": ("version = 1", "version = 1.5", "Openline JSON"),
    "a date": ('basis = "A test"\ncommon', "basis = 2020-01-01\ncommon", "Openline JSON"),
    "an unknown spelling": ("openline_pack = 1", "openline_pack = 2", "openline_pack"),
    "a version that is not the file's": ("version = 1", "version = 2", "should be called"),
    "an unknown key": (
        'family = "notice"',
        'family = "notice"\nscript = "x"',
        "unknown key script",
    ),
    "a label of its own": (
        'path = "until",',
        'path = "until", label = "End",',
        "unknown key label",
    ),
    "a missing key": ('family = "notice"\n', "", "family is missing"),
    "another pack's format": ("small/visit@1", "other/visit@1", "begins with small/"),
    "an unknown family": ('"notice"', '"threat"', "unknown family threat"),
    "an unknown type": ('type = "time" }', 'type = "moment" }', "item until: unknown type moment"),
    "an unknown term": ("item.until", "item.unheard", "item until: unknown term item.unheard"),
    "an unknown unit": ('unit = "h"', 'unit = "furlong"', "item count: the unit furlong"),
    "a number twice": ('number = "2"', 'number = "1"', "number 1 occurs twice"),
    "a path twice": ('path = "until"', 'path = "from"', "path from occurs twice"),
    "a path of the protocol": ('path = "until"', 'path = "release.1"', "belongs to the protocol"),
    "a path in capitals": ('path = "until"', 'path = "Until"', "path is not spelled"),
    "a class twice": (
        '["declined", "class.declined"]',
        '["accepted", "class.held"]',
        "occurs twice",
    ),
    "a class without a term": ("class.declined", "class.unheard", "unknown declined"),
    "a code twice": ('[["a", "class.held"]]', '[["a", "class.held"], ["a", "class.held"]]', "code"),
    "codes where none belong": ('type = "code"', 'type = "string"', "codes go with the type code"),
    "a need for a class that is not there": (
        '"declined", "until"',
        '"held", "until"',
        "class held",
    ),
    "a need for a path that is not there": ('"declined", "until"', '"declined", "y"', "the path y"),
    "a lead on something that is no time": (
        'item = "from" }',
        'item = "count" }',
        "counts from no time: count",
    ),
    "a lead on nothing": (', item = "from" }', " }", "needs an item"),
    "a day of no year": ('item = "from" }', 'item = "from", days = ["02-30"] }', "02-30"),
    "a timer twice": (
        'item = "from" }]',
        'item = "from" }, { kind = "lag", name = "lead.visit", item = "from" }]',
        "timer lead.visit occurs twice",
    ),
    "a timer of no known kind": ('kind = "lead"', 'kind = "late"', "unknown kind late"),
    "warnings in disorder": (
        'item = "from" }',
        'item = "from", warn = [60, 600] }',
        "largest first",
    ),
    "a day of no calendar": (
        'item = "from" }',
        'item = "from", days = ["13-01"] }',
        "no day of any year",
    ),
    "a parameter of no format": ("version = 1", 'version = 1\nparameters = ["lead.x"]', "lead.x"),
    "a group without items": ('type = "int", unit = "h"', 'type = "group"', "items go with"),
    "items below no group": (
        'type = "int", unit = "h"',
        'type = "int", items = [{ number = "1", path = "a", term = "item.from", type = "time" }]',
        "items go with",
    ),
    "a required common item": ('type = "text" }', 'type = "text", required = true }', "common"),
    "an unknown reply": ('replies = ["small/visit@1"]', 'replies = ["small/x@1"]', "small/x@1"),
    "its own predecessor": ("replies = [", "predecessors = [", "circle"),
    "three officers": ("classes =", "officers = 3\nclasses =", "officers"),
    "a batch of two-officer messages": (
        "classes =",
        "officers = 2\nbatch = true\nclasses =",
        "batch",
    ),
    "a batch of safety messages": ("classes =", "safety = true\nbatch = true\nclasses =", "batch"),
    "a common item with another term": ('path = "until", term', 'path = "remark", term', "common"),
    "a turned basis": ('basis = "A test"\ncommon', 'basis = "A\\u202Etest"\ncommon', "U+202E"),
    "markup in a basis": ('basis = "A test"\ncommon', 'basis = "<b>A"\ncommon', "markup"),
    "a huge basis": ('basis = "A test"\ncommon', f'basis = "{"x" * 500}"\ncommon', "longer than"),
}


def test_the_small_pack_is_sound_so_that_each_refusal_has_one_cause() -> None:
    assert parse(SMALL).format("small/visit@1") is not None


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_pack_is_refused_with_its_place_and_reason(case: str) -> None:
    old, new, reason = BROKEN[case]
    assert old in SMALL
    with pytest.raises(BadPack, match=re.escape(reason)) as refused:
        parse(SMALL.replace(old, new, 1) if case != "another pack's format" else other_pack())
    assert refused.value.file in ("small-1.toml", "small")
    assert refused.value.reason and refused.value.item


def other_pack() -> str:
    return SMALL.replace("small/visit@1", "other/visit@1")


def test_predecessors_in_a_circle_are_refused() -> None:
    one = SMALL.replace("replies = [", 'predecessors = ["small/b@1"]\nreplies = [')
    two = SMALL[SMALL.index("[[format]]") :].replace("small/visit@1", "small/b@1")
    two = two.replace("replies = [", 'predecessors = ["small/visit@1"]\nreplies = [')
    with pytest.raises(BadPack, match="small/b@1 and small/visit@1"):
        parse(one + two)


def test_a_form_that_may_follow_a_sendable_one_is_no_circle() -> None:
    two = SMALL[SMALL.index("[[format]]") :].replace("small/visit@1", "small/b@1")
    two = two.replace("replies = [", 'predecessors = ["small/visit@1"]\nreplies = [')
    assert len(parse(SMALL + two).formats) == 2


def test_a_pack_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadPack, match="longer than"):
        parse(SMALL + "#" * 300_000)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_raise_anything_but_its_own_error(data: bytes) -> None:
    with pytest.raises(BadPack):
        parse_pack(data, "small-1.toml", KNOWN)


VALUES = st.recursive(
    st.one_of(st.text(max_size=8), st.integers(-5, 5), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(
    st.sampled_from(["items", "classes", "needs", "timers", "replies", "common", "officers"]),
    VALUES,
)
def test_any_value_under_any_key_is_read_or_refused(key: str, value: object) -> None:
    text = re.sub(r"(?ms)^items = \[.*?^\]$", "items = []", SMALL)
    text = re.sub(r"(?m)^timers = .*$", "", text)
    text = re.sub(rf"(?m)^{key} = .*$", "", text)
    row = f"{key} = {toml(value)}\n"
    text = row + text if key == "common" else text + row
    try:
        parse(text)
    except BadPack:
        pass


def toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case str():
            return '"' + "".join(f"\\U{ord(letter):08X}" for letter in value) + '"'
        case list():
            return "[" + ", ".join(toml(each) for each in value) + "]"
        case dict():
            return "{" + ", ".join(f"{toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
        case _:
            raise TypeError(value)


def test_the_page_of_formats_is_current() -> None:
    """Mend with: python tools/formats_page.py"""
    page = (PROJECT / "docs" / "formats.md").read_text("utf-8")
    assert page == formats_page(PACKS, load_terms())


def test_the_page_names_every_form_item_class_and_code() -> None:
    page = formats_page(PACKS, load_terms())
    for form in PACKS.formats:
        assert f"### {form.id}: " in page
        names = [name for name, _ in form.classes] + [item.path for item in form.items]
        assert [name for name in names if f"`{name}`" not in page] == []
