"""Values of every shape that this room spells, drawn by hypothesis; and the two ways of a parser.

`both_ways` is the property of every parser: what is written is read back equal, and what is read is
written back to the same bytes, or refused as Malformed and as nothing else.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from hypothesis import strategies as st

from openline.formats import openjson
from openline.formats.card import Card, Desk, End
from openline.formats.charter import Charter, Member, PackRef, Relay
from openline.formats.field import Field
from openline.formats.head import Head
from openline.formats.leaf import Leaf
from openline.formats.malformed import Malformed
from openline.formats.note import Note, Signature, Vkey
from openline.formats.officer import OfficerLeaf
from openline.formats.release import Assertion, Place
from openline.formats.request import Ask, Held, Hello
from openline.formats.shown import ShownOfficer

T = TypeVar("T")

SIZES = {1: 32, 4: 32, 6: 1_312}


def spread(seed: int, size: int) -> bytes:
    """Bytes that differ for each seed, without drawing every one of them."""
    return hashlib.shake_256(b"%d" % seed).digest(size)


seeds = st.integers(0, 2**64)
hashes = seeds.map(lambda seed: spread(seed, 32))
salts = hashes
sixteen = seeds.map(lambda seed: spread(seed, 16))
numbers = st.one_of(st.integers(0, 300), st.integers(0, 2**53 - 1))
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
parties = st.lists(labels, min_size=2, max_size=4).map(".".join)
tokens = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}", fullmatch=True)
origins = st.from_regex(r"[a-z0-9./-]{1,60}", fullmatch=True)
urls = parties.map(lambda party: f"https://{party}/openline")
note_names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters="+"),
    min_size=1,
    max_size=20,
)
sentences = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=40
).filter(lambda text: text == text.strip())


def vkeys(name: st.SearchStrategy[str] | str, kind: int) -> st.SearchStrategy[Vkey]:
    """Keys of one kind under one name."""
    names = st.just(name) if isinstance(name, str) else name
    return st.builds(Vkey, names, st.just(kind), seeds.map(lambda s: spread(s, SIZES[kind])))


any_vkey = st.sampled_from([1, 4, 6]).flatmap(lambda kind: vkeys(note_names, kind))

json_values: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.text(st.characters(exclude_categories=["Cs"])),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True), inner, max_size=4),
    ),
    max_leaves=12,
)

heads = st.builds(Head, origins, numbers, hashes)
leaves = st.builds(
    Leaf, st.from_regex(r"[a-z]{1,16}", fullmatch=True), numbers, numbers, hashes, hashes
)
paths = st.from_regex(r"[a-z0-9._-]{1,30}", fullmatch=True)
fields = st.builds(Field, salts, paths, json_values.map(openjson.encode))
lines = st.lists(st.one_of(fields, hashes), max_size=8)

signatures = st.builds(Signature, note_names, st.binary(min_size=4, max_size=4), sixteen)
note_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[chr(i) for i in range(32)])
    | st.just("\n"),
    max_size=60,
).map(lambda text: text.replace("\x7f", "") + "\n")
notes = st.builds(Note, note_texts, st.lists(signatures, min_size=1, max_size=4).map(tuple))

spkis = st.one_of(
    seeds.map(lambda s: bytes.fromhex("302a300506032b6570032100") + spread(s, 32)),
    seeds.map(
        lambda s: (
            bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004") + spread(s, 64)
        )
    ),
)
officers = st.builds(
    OfficerLeaf, sixteen, st.sets(tokens, min_size=1, max_size=3).map(tuple), spkis, hashes
)
desks = st.one_of(
    st.builds(Desk, parties, st.just(0), st.none()),
    st.builds(Desk, parties, st.integers(1, 9), hashes),
)


def ends(party: str) -> st.SearchStrategy[End]:
    """Ended keys of a party."""
    keys = st.sampled_from([1, 4, 6]).flatmap(lambda kind: vkeys(f"{party}/log", kind))
    return st.builds(End, keys, numbers, st.sampled_from(["planned", "compromised"]))


@st.composite
def cards(draw: st.DrawFn) -> Card:
    """A card with its own keys under the names they must have."""
    party = draw(parties)
    seed = draw(seeds)

    def key(role: str, kind: int) -> Vkey:
        return Vkey(
            f"{party}/{role}", kind, spread(seed ^ len(role), SIZES[kind])[:: kind % 2 or -1]
        )

    return Card(
        party,
        draw(numbers),
        draw(numbers),
        *(key("openline", 1), key("openline", 6)),
        draw(hashes),
        *(key("log", 1), key("log", 6), key("receipt", 4), key("receipt", 6), key("http", 1)),
        draw(seeds.map(lambda s: spread(s, 1_216))),
        draw(st.none() | hashes),
        draw(st.none() | desks),
        draw(st.lists(urls, max_size=4).map(tuple)),
        draw(st.lists(hashes, max_size=4).map(tuple)),
        draw(st.lists(ends(party), max_size=2).map(tuple)),
    )


@st.composite
def charters(draw: st.DrawFn) -> Charter:
    """A charter with two to five members and a witness that its quorum asks."""
    names = draw(st.sets(parties, min_size=2, max_size=5))
    formats = st.from_regex(r"[a-z]{1,6}/[a-z-]{1,8}", fullmatch=True)
    witness = draw(vkeys(note_names, 4))
    rules = draw(
        st.dictionaries(
            st.one_of(formats, st.sampled_from(["*", "open"])), st.integers(1, 2), max_size=3
        )
    )
    return Charter(
        salt=draw(salts),
        status=draw(st.sampled_from(["actual", "exercise", "test"])),
        title=draw(sentences),
        level=draw(tokens),
        purpose=draw(sentences),
        members=tuple(Member(name, draw(hashes)) for name in names),
        packs=tuple(
            PackRef(n, draw(numbers), draw(hashes))
            for n in draw(st.sets(tokens, min_size=1, max_size=2))
        ),
        languages=tuple(draw(st.sets(st.sampled_from(["en", "fr", "zh", "pt-BR"]), min_size=1))),
        timers=tuple(draw(st.dictionaries(tokens, numbers, max_size=3)).items()),
        officers=tuple(rules.items()),
        visible=tuple(draw(st.sets(formats, max_size=2))),
        batch=tuple(draw(st.sets(formats, max_size=2))),
        relays=tuple(
            draw(st.lists(st.builds(Relay, parties, vkeys(parties, 1), urls), max_size=2))
        ),
        policy=(f"witness w {witness.text()} {draw(urls)}", "group g 1 w", "quorum g"),
        orderwire=draw(st.booleans()),
        opens=draw(st.none() | st.integers(1, 2)),
        previous=draw(st.none() | hashes),
    )


asks = st.builds(
    Ask,
    parties,
    parties,
    numbers,
    sixteen,
    st.from_regex(r"[a-z]{1,16}", fullmatch=True),
    st.lists(st.from_regex(r"[!-~]{1,20}", fullmatch=True), max_size=3).map(tuple),
)
hellos = st.builds(
    Hello,
    parties,
    parties,
    numbers,
    sixteen,
    sixteen,
    st.none() | sixteen,
    st.lists(st.tuples(parties, numbers, hashes), max_size=3, unique_by=lambda c: c[0]).map(tuple),
    st.lists(st.tuples(hashes, heads), max_size=3, unique_by=lambda p: p[1].origin).map(tuple),
    st.lists(st.tuples(hashes, numbers, hashes), max_size=3, unique_by=lambda f: f[0]).map(tuple),
)
helds = st.builds(Held, parties, parties, heads, hashes, numbers)
places = st.integers(1, 100_000).flatmap(
    lambda of: st.builds(
        Place, st.integers(0, of - 1), st.just(of), st.lists(hashes, max_size=3).map(tuple)
    )
)
shown_officers = st.builds(ShownOfficer, numbers, officers, st.lists(hashes, max_size=3).map(tuple))
bare_assertions = st.builds(
    Assertion,
    st.binary(min_size=1, max_size=40),
    st.binary(min_size=1, max_size=40),
    sixteen,
    st.binary(min_size=1, max_size=72),
    st.none() | places,
)
assertions = bare_assertions | st.builds(
    lambda made, officer: replace(made, person=officer.leaf.person, officer=officer),
    bare_assertions,
    shown_officers,
)


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """The same bytes with one place cut, doubled, inserted into or changed."""
    at = draw(st.integers(0, len(data)))
    to = draw(st.integers(at, min(len(data), at + 3)))
    middle = draw(st.one_of(st.just(b""), st.binary(max_size=2), st.just(data[at:to] * 2)))
    return data[:at] + middle + data[to:]


def both_ways(
    value: T,
    encode: Callable[[T], bytes],
    parse: Callable[[bytes], T],
    draw: Callable[[st.SearchStrategy[bytes]], bytes],
) -> None:
    """Written and read back equal; and a damaged copy is refused, or is the spelling of itself."""
    data = encode(value)
    assert parse(data) == value
    other = draw(damaged(data))
    try:
        found = parse(other)
    except Malformed:
        return
    assert encode(found) == other
    assert (found == value) == (other == data)
