"""Packs of one's own: their words and forms are added, nothing that ships is changed by them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.errors import OpenlineError
from openline.formats.charter import PackRef
from openline.formats.own_pack import english_digest, faults, parse_words, starter, with_own
from openline.formats.pack import BadPack, load_packs
from openline.formats.pack_diff import changes
from openline.formats.spell import b64
from openline.formats.terms import BadTerms

BASE = load_packs()
PACK = "border-1.toml"
WORDS = "border-1.words.toml"


def files(**changed: tuple[str, str]) -> dict[str, bytes]:
    """The starter pack, changed in one place; the hash of the words follows the words."""
    texts = dict(starter("border"))
    for key, (old, new) in changed.items():
        file = WORDS if key.startswith("words") else PACK
        assert old in texts[file]
        texts[file] = texts[file].replace(old, new, 1 if file == PACK else -1)
    return {name: text.encode() for name, text in texts.items()}


def rehashed(given: dict[str, bytes]) -> dict[str, bytes]:
    words = b64(english_digest(parse_words(given[WORDS], WORDS)))
    text = re.sub(r'(?m)^words = ".*"$', f'words = "{words}"', given[PACK].decode())
    return {**given, PACK: text.encode()}


def test_the_starter_is_sound_as_it_stands_so_that_each_refusal_below_has_one_cause() -> None:
    packs = with_own(BASE, files())
    form = packs.format("border/notice@1")
    assert form is not None and faults(BASE, PACK, files()) == []
    assert str(packs.terms.label("border.crossing", "en")) == "Crossing"
    assert str(packs.terms.label("border.crossing", "fr")) == "Crossing [en]"
    assert packs.format("core/visit@1") == BASE.format("core/visit@1")


def test_what_ships_with_openline_is_left_as_it_was() -> None:
    with_own(BASE, files())
    assert "border.crossing" not in BASE.terms.known
    assert BASE.pack("border") is None


def test_a_translation_may_be_mended_and_an_english_word_changes_the_pack() -> None:
    plain = files()
    more = {**plain, WORDS: plain[WORDS] + b'\n[fr]\n"border.crossing" = "Passage"\n'}
    assert with_own(BASE, more).digest("border") == with_own(BASE, plain).digest("border")
    assert str(with_own(BASE, more).terms.label("border.crossing", "fr")) == "Passage"
    other = files(words=('"Crossing"', '"Crossing point"'))
    with pytest.raises(BadPack, match="the pack needs words ="):
        with_own(BASE, other)
    assert with_own(BASE, rehashed(other)).digest("border") != BASE.digest("core")


REFUSED = {
    "a word of the dictionary": ('"border.crossing" = "Crossing"', '"item.from" = "From"'),
    "a turned label": ('"Crossing"', '"Cros\\u202Esing"'),
    "markup in a label": ('"Crossing"', '"<b>Crossing"'),
    "a huge label": ('"Crossing"', f'"{"x" * 500}"'),
    "a label that is no text": ('"Crossing"', "7"),
    "no english": ("[en]", "[fr]"),
    "a language that is none": ("[en]", '[xx]\n"border.notice" = "x"\n[en]'),
    "a word that english lacks": ("[en]", '[fr]\n"border.other" = "x"\n[en]'),
}


@pytest.mark.parametrize("case", REFUSED)
def test_hostile_words_are_refused_with_file_and_term(case: str) -> None:
    with pytest.raises(BadTerms) as refused:
        with_own(BASE, files(words=REFUSED[case]))
    assert refused.value.file.startswith(WORDS)
    assert refused.value.term and refused.value.reason


def test_words_without_their_pack_and_files_of_another_kind_are_refused() -> None:
    with pytest.raises(BadPack, match="not beside it"):
        with_own(BASE, {WORDS: files()[WORDS]})
    with pytest.raises(BadPack, match="neither a pack"):
        with_own(BASE, {**files(), "border.py": b"import os"})
    with pytest.raises(BadPack, match="more than"):
        with_own(BASE, {f"x{i}-1.toml": b"" for i in range(100)})


def test_a_pack_that_ships_cannot_be_changed_under_its_version() -> None:
    core = files(id=("@", "@"))[PACK].decode().replace("border", "core")
    core = core.replace("core.notice", "format.visit").replace("core.crossing", "item.place")
    core = core.replace("core.outcome", "format.close").replace("core.partly", "class.lapsed")
    core = re.sub(r'(?m)^words = ".*"$', "", core)
    with pytest.raises(BadPack, match="changed under the same version"):
        with_own(BASE, {"core-1.toml": core.encode()})


def test_a_form_that_changes_under_its_name_in_the_next_version_is_refused_by_name() -> None:
    one = files()
    later = {
        name.replace("-1", "-2"): text.replace(b"version = 1", b"version = 2")
        for name, text in one.items()
    }
    # The next version may have the same words only if it names them anew: terms are defined once.
    later = {"border-2.toml": re.sub(rb'(?m)^words = ".*"$', b"", later["border-2.toml"])}
    assert with_own(BASE, {**one, **later}).pack("border", 2) is not None
    later["border-2.toml"] = later["border-2.toml"].replace(b'"item.route"', b'"item.sites"')
    with pytest.raises(BadPack, match="give it the next @number") as refused:
        with_own(BASE, {**one, **later})
    assert refused.value.item == "border/notice@1"


def test_everything_that_is_wrong_is_said_at_once_with_its_place() -> None:
    broken = files(
        a=('"item.subject"', '"item.unheard"'), b=('"item.place"', '"item.nowhere"'),
        c=('family = "notice"', 'family = "threat"'),
    )  # fmt: skip
    said = [str(fault) for fault in faults(BASE, PACK, broken)]
    assert len(said) == 3
    assert "item subject: unknown term item.unheard" in said[0]
    assert "item crossing, item place: unknown term item.nowhere" in said[1]
    assert "border/notice@1: unknown family threat" in said[2]


TYPED = {
    "class": "classes",
    "reference": "refs",
    "refers_to": "refs",
    "follows": "predecessors",
    "answered_by": "replies",
    "ofiicers": "officers",
}


def test_all_unknown_keys_are_told_at_once_each_with_the_key_that_may_be_meant() -> None:
    typed = "".join(f'{key} = "x"\n' for key in TYPED)
    said = [
        str(fault)
        for fault in faults(
            BASE, PACK,
            files(a=('family = "notice"\n', f'family = "notice"\n{typed}'),
                  b=("repeatable = true }", "repeatable = true, mark = 1 }"),
                  c=("warn = [600]", "warm = [600]")),
        )
    ]  # fmt: skip
    for key, meant in TYPED.items():
        assert f"{PACK}: border/notice@1: unknown key {key}; did you mean {meant}?" in said
    assert any("unknown key mark; the keys are number, path, term" in each for each in said)
    assert any("unknown key warm; did you mean warn?" in each for each in said)
    assert len(said) == len(TYPED) + 2


def test_the_starter_shows_a_form_with_classes_and_references_under_their_own_keys() -> None:
    form = with_own(BASE, files()).format("border/outcome@1")
    assert form is not None
    assert [name for name, _ in form.classes] == ["completed", "partly"]
    assert (form.refs, form.predecessors) == ("required", ("border/notice@1",))
    assert (form.needs, form.excludes) == ((("partly", "reason"),), (("completed", "reason"),))


def test_a_form_counts_as_agreed_only_under_the_digest_that_the_charter_names() -> None:
    packs = with_own(BASE, files())
    named = packs.ref("border")
    other = PackRef("border", 1, bytes(32))
    assert packs.agreed("border/notice@1", [packs.ref("core"), named]) is not None
    assert packs.agreed("border/notice@1", [packs.ref("core"), other]) is None
    assert packs.differs(named) == ""
    assert "another one here" in packs.differs(other)
    assert "not held here" in packs.differs(PackRef("border", 2, bytes(32)))


def test_a_diff_says_what_changed_item_by_item() -> None:
    old = with_own(BASE, files()).pack("border")
    new = with_own(BASE, files(a=('path = "until", term = "item.until", type = "time", required = '
                                  'true', 'path = "until", term = "item.until", type = "time"'),
                               b=('path = "route"', 'path = "way"')))  # fmt: skip
    changed = new.pack("border")
    assert old is not None and changed is not None
    assert list(changes(old, old)) == []
    said = {(c.place, c.what, c.key, c.before, c.after) for c in changes(old, changed)}
    assert said == {
        ("border/notice@1, item until", "changed", "required", "true", "false"),
        ("border/notice@1, item way", "added", "", "", ""),
        ("border/notice@1, item route", "removed", "", "", ""),
    }


def test_a_name_that_is_no_name_makes_no_starter() -> None:
    for name in ("", "Border", "../etc", "a b", "x" * 40):
        with pytest.raises(BadPack):
            starter(name)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_bytes_make_the_reader_raise_anything_but_its_own_errors(a: bytes, b: bytes) -> None:
    for fault in faults(BASE, PACK, {PACK: a, WORDS: b}):
        assert isinstance(fault, OpenlineError)
    with pytest.raises((BadPack, BadTerms)):
        with_own(BASE, {PACK: a, WORDS: b})
