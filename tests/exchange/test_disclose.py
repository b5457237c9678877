"""Disclosures that a node writes, read by the verifier as anybody else's would be.

Everything is real but the network and the clock. What is written must verify and say what it has
to say, no more; one byte that differs must be refused.
"""

import base64
import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange.folding.entries import NoSuchEntry
from openline.exchange.logs import prekeys
from openline.exchange.proof import disclose, showing
from openline.exchange.proof.disclose import (
    DisclosureFile,
    DisclosureTooLong,
    MixedStatus,
    NoEvidence,
    NotVerifiable,
)
from openline.exchange.proof.disclosure_parts import BadDisclosure
from openline.exchange.proof.showing import EntryNotOpen, FieldNotHeld, ReleaseNotHeld, contents
from openline.formats import openjson
from openline.formats.openjson import Value
from openline.formats.policy import parse_policies
from openline.formats.proof import parse_bundle, parse_proof
from openline.formats.shown import parse_extra
from openline.record.disclosure import verify_file
from openline.record.trust import ED25519_SENTENCES
from openline.record.verdict import REVEALED, TOLD, Verdict
from tests.exchange.conftest import SUITE, T0, make_peers
from tests.exchange.visiting import (
    CH,
    RU,
    SHOWN,
    US,
    VISIT,
    WITHHELD,
    Visit,
    entry,
    hidden_visit,
    rows,
    verify,
    visit,
    write,
)

# ---- one entry


def test_the_sender_proves_what_was_told_when_and_by_whom_it_was_released() -> None:
    told = visit()
    file = write(told.peers[US], entry(told.notice, fields=list(SHOWN)))
    verdict = verify(file, fingerprints=told.prints())
    assert file.name == "us.example-1.1.tlog-proof"
    assert (verdict.exit_code, verdict.status) == (0, "actual")
    assert verdict.first_line.startswith("valid, officers unconfirmed: released by 1 officer")
    assert verdict.facts["format"] == "core/visit@1"
    assert verdict.facts["committed"] == T0
    assert verdict.facts["receipts"] == {RU: T0}
    always = {"format", "class", "refs", "withheld", "line", "at"}
    assert set(rows(verdict)) == {*SHOWN, *always, "draft", "expires", "release.1"}
    assert set(rows(verdict).values()) == {TOLD}


def test_what_was_withheld_stays_out_unless_its_sender_names_it() -> None:
    told = visit()
    everything = verify(write(told.peers[US], entry(told.notice)))
    assert not set(WITHHELD) & set(rows(everything))
    assert set(SHOWN) < set(rows(everything))
    revealing = verify(write(told.peers[US], entry(told.notice, fields=["place", "route"])))
    assert rows(revealing)["route"] == REVEALED
    assert rows(revealing)["place"] == TOLD
    assert revealing.facts["withheld_revealed_later"] == ["route"]


def test_an_addressee_cannot_show_what_was_withheld_from_it() -> None:
    told = visit()
    with pytest.raises(FieldNotHeld, match="'route'"):
        write(told.peers[RU], entry(told.notice, fields=["place", "route"]))
    verdict = verify(write(told.peers[RU], entry(told.notice)))
    assert not set(WITHHELD) & set(rows(verdict))


def test_a_field_that_the_entry_does_not_have_is_named() -> None:
    told = visit()
    with pytest.raises(FieldNotHeld, match="'weather'"):
        write(told.peers[US], entry(told.notice, fields=["place", "weather"]))


def test_a_path_of_one_entry_may_be_asked_of_all_but_has_to_stand_in_one() -> None:
    told = visit()
    both = [entry(ref, fields=["place", "text"]) for ref in (told.notice, told.answer)]
    file = write(told.peers[US], *both, bundle=True)
    assert verify(file, fingerprints=told.prints()).is_shown
    with pytest.raises(FieldNotHeld, match="'weather'"):
        write(told.peers[US], *[{**p, "fields": ["weather"]} for p in both], bundle=True)


def test_the_addressee_proves_a_visible_release_as_well_as_its_sender() -> None:
    """The officer's leaf came with the release: nobody has to be asked."""
    told = visit()
    for node in (told.peers[US], told.peers[RU]):
        file = write(node, entry(told.notice, releases=True, witnesses=False))
        verdict = verify(file, fingerprints=told.prints())
        assert verdict.exit_code == 0, verdict.lines
        assert verdict.facts["releases"] == 1


def test_without_the_releases_the_verdict_begins_with_what_is_not_shown() -> None:
    told = visit()
    file = write(told.peers[US], entry(told.notice, releases=False))
    verdict = verify(file)
    assert verdict.exit_code == 4
    assert verdict.first_line.startswith("not shown to be released")
    assert not parse_extra(parse_proof(file.data).extra or b"").officers


def test_releases_that_were_withheld_can_be_shown_by_their_sender_only() -> None:
    told = hidden_visit()
    mine = verify(write(told.peers[US], entry(told.notice)))
    assert mine.exit_code == 0
    assert rows(mine)["release.1"] == REVEALED
    theirs = verify(write(told.peers[RU], entry(told.notice)))
    assert theirs.exit_code == 4
    assert theirs.first_line.startswith("not shown to be released")
    with pytest.raises(ReleaseNotHeld):
        write(told.peers[RU], entry(told.notice, releases=True))


def test_an_entry_that_no_officer_releases_has_none_to_show() -> None:
    told = Visit()
    rotated = prekeys.rotate(told.peers[US].station, told.line)
    told.settle()
    verdict = verify(write(told.peers[US], entry(rotated)))
    assert verdict.exit_code == 0
    with pytest.raises(ReleaseNotHeld):
        write(told.peers[US], entry(rotated, releases=True))


def test_the_opening_of_a_line_is_proven_by_both() -> None:
    told = visit()
    for node in told.peers.nodes.values():
        file = write(node, entry(Ref(told.notice.origin, 0)))
        verdict = verify(file)
        assert verdict.exit_code == 0, verdict.lines
        assert verdict.facts["entry"] == "open"


# ---- one byte


EXTRA = re.compile(rb"c2sp\.org/tlog-proof@v1\nextra ([A-Za-z0-9+/=]+)\n")
SIGNATURE = re.compile(rb"\xe2\x80\x94 \S+/openline/[a-z2-7]{52} ([A-Za-z0-9+/=]+)\n")
FILES = {
    "proof": lambda told: write(told.peers[US], told.parts[0]),
    "theirs": lambda told: write(told.peers[US], told.parts[1]),
    "range": lambda told: write(told.peers[US], told.parts[2]),
    "bundle": lambda told: write(told.peers[RU], *told.parts, bundle=True),
}


@cache
def written(kind: str) -> DisclosureFile:
    return FILES[kind](visit())


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_file_is_valid_as_written(kind: str) -> None:
    verdict = verify(written(kind))
    assert verdict.exit_code == 0, verdict.lines


@pytest.mark.parametrize("kind", FILES)
@given(st.data())
def test_a_file_with_one_byte_changed_anywhere_is_refused(kind: str, data: st.DataObject) -> None:
    """Trust from outside the file: the policy, and fingerprints for the cards that it brings.

    Two things can be checked only with the party's card (PROTOCOL part 9): the log's Ed25519 line,
    beside the ML-DSA line that is asked for, and the officers' places in the tree. A lone part has
    no card and says that neither was checked; a change there may alter nothing else that is said.
    """
    file = written(kind)
    at = data.draw(st.integers(0, len(file.data) - 1))
    bit = data.draw(st.integers(1, 255))
    changed = bytearray(file.data)
    changed[at] ^= bit
    try:
        verdict = verify(file, bytes(changed), fingerprints=visit().prints())
    except OpenlineError:
        return
    if verdict.exit_code == 0 and any(at in part for part in for_the_card(file.data)):
        assert_only_ed25519_is_in_doubt(kind, verdict)
    else:
        assert verdict.exit_code == 4, f"byte {at} of {kind}"


def for_the_card(data: bytes) -> list[range]:
    """The parts of a file that only the card of the party vouches for."""
    return [*ed25519_lines(data), *officers_places(data)]


def officers_places(data: bytes) -> list[range]:
    """The officers in the extra of a lone proof, in the base64 of which they stand."""
    match = EXTRA.match(data)
    if match is None:
        return []
    raw = base64.b64decode(match[1])
    extra = openjson.decode(raw)
    if not isinstance(extra, dict) or "officers" not in extra:
        return []
    spelled = openjson.encode(extra["officers"])
    first = raw.index(spelled)
    start = match.start(1)
    return [range(start + first // 3 * 4, start + (first + len(spelled) + 2) // 3 * 4)]


def ed25519_lines(data: bytes) -> list[range]:
    """Where log signatures of type 0x01 stand: whole lines whose last word is id and 64 bytes."""
    found = SIGNATURE.finditer(data)
    return [range(*m.span()) for m in found if len(base64.b64decode(m[1])) == 4 + 64]


def assert_only_ed25519_is_in_doubt(kind: str, verdict: Verdict) -> None:
    """Every other word is the same, and no more lines than before are called good."""
    before = verify(written(kind), fingerprints=visit().prints()).lines
    of_ed25519 = set(ED25519_SENTENCES.values())
    rest = [[line for line in lines if line not in of_ed25519] for lines in (before, verdict.lines)]
    assert rest[0] == rest[1]
    good = ED25519_SENTENCES["good"]
    assert verdict.lines.count(good) == max(0, before.count(good) - 1)


@pytest.mark.parametrize("kind", ["proof", "theirs", "range"])
def test_without_the_card_the_ed25519_line_is_said_to_be_unchecked(kind: str) -> None:
    assert len(ed25519_lines(written(kind).data)) == 1
    verdict = verify(written(kind), fingerprints=visit().prints())
    assert ED25519_SENTENCES["unchecked"] in verdict.lines
    assert ED25519_SENTENCES["good"] not in verdict.lines
    assert ("officers unconfirmed" in verdict.first_line) == bool(
        officers_places(written(kind).data)
    )


def test_with_the_card_a_changed_ed25519_signature_is_refused() -> None:
    """A bundle brings the cards, so the key is known; without its own key id it is no signature."""
    file = written("bundle")
    key_id_characters = 6
    for line in ed25519_lines(file.data):
        signature = line[0] + file.data[line[0] : line[-1]].rindex(b" ") + 1 + key_id_characters
        for at in range(signature, line[-1], 7):
            changed = bytearray(file.data)
            changed[at] ^= 1
            try:
                verdict = verify(file, bytes(changed), fingerprints=visit().prints())
            except OpenlineError:
                continue
            assert verdict.exit_code == 4, at


@given(st.data())
def test_a_proof_cut_short_or_lengthened_is_refused(data: st.DataObject) -> None:
    file = written("proof")
    at = data.draw(st.integers(0, len(file.data) - 1))
    for changed in (file.data[:at], file.data + file.data[at:]):
        with pytest.raises(OpenlineError):
            verify(file, changed)


def test_the_proof_of_one_log_is_refused_under_the_policy_of_another() -> None:
    told = visit()
    policies = parse_policies(written("theirs").policy)
    with pytest.raises(OpenlineError):
        verify_file(write(told.peers[US], told.parts[0]).data, policies, SUITE)


# ---- history 1, by either party


@pytest.mark.parametrize("party", [US, RU])
def test_either_party_alone_proves_the_whole_exchange(party: str) -> None:
    """Kind, time told, time received, class of the answer; no guarantee; the route unknown."""
    told = visit()
    file = write(told.peers[party], *told.parts, bundle=True)
    verdict = verify(file, fingerprints=told.prints())
    assert verdict.exit_code == 0, verdict.lines
    notice, answer, silence = verdict.parts[-3:]
    assert notice.facts["format"] == "core/visit@1"
    assert notice.facts["received_no_later_than"] == T0
    assert answer.facts["class"] == "noted-without-guarantee"
    assert answer.facts["refs"] == [list(told.notice)]
    assert answer.facts["received_no_later_than"] == T0 + 3_600
    assert silence.facts["absent"] == "guarantee"
    assert silence.facts["classes"] == ["noted-without-guarantee"]
    assert b"night train" not in file.data and b"the palace" not in file.data
    kinds = [kind for kind, _ in parse_bundle(file.data).parts]
    assert kinds == ["cards", "cards", "charter", "proof", "proof", "range"]


def test_a_bundle_needs_fingerprints_or_the_policies_and_says_which() -> None:
    told = visit()
    file = write(told.peers[US], *told.parts, bundle=True)
    assert verify(file).exit_code == 0
    for each in verify(file).parts[-3:]:
        assert each.facts["policy"] == "brought"
    alone = verify_file(file.data, None, SUITE)
    assert alone.exit_code == 4


def test_the_own_half_stands_on_fingerprints_alone() -> None:
    """The charter's quorum is under every head of an own log, so no policy has to be brought."""
    told = visit()
    file = write(told.peers[RU], told.parts[1], told.parts[2], bundle=True)
    verdict = verify_file(file.data, None, SUITE, fingerprints=told.prints())
    assert verdict.exit_code == 0, verdict.lines
    assert verdict.parts[-1].facts["policy"] == "rebuilt"
    assert verdict.parts[-1].facts["committed"] == T0 + 3_600


def test_absence_on_the_whole_line_needs_every_log() -> None:
    told = visit()
    part = {"kind": "absence", "line": told.line.hex(), "party": RU}
    file = write(told.peers[RU], part, bundle=True)
    absent = verify(file, fingerprints=told.prints()).facts["absences"]
    assert isinstance(absent, list)
    found = {row["party"]: row for row in absent if isinstance(row, dict)}
    assert found[RU]["is_shown"] is True
    one_log = write(told.peers[RU], told.parts[2], bundle=True)
    lacking = verify(one_log, fingerprints=told.prints()).facts["absences"]
    assert isinstance(lacking, list)
    assert [row["is_shown"] for row in lacking if isinstance(row, dict)] == [False]


# ---- status


def test_an_exercise_is_said_first_and_not_accepted_unless_asked_for() -> None:
    told = Visit(status="exercise")
    single = write(told.peers[US], told.parts[0])
    whole = write(told.peers[US], *told.parts, bundle=True)
    for file in (single, whole):
        assert file.name.startswith("EXERCISE-")
        verdict = verify(file)
        assert verdict.lines[0] == "EXERCISE"
        assert verdict.exit_code == 4
        assert verify(file, allow_exercise=True).exit_code == 0


def test_an_exercise_and_the_real_thing_never_share_a_file() -> None:
    peers = make_peers(US, RU)
    places = []
    for status in ("actual", "test"):
        line = peers.open_line(US, RU, status=status, title=status)
        places.append(peers.say(US, line, "core/visit@1", VISIT))
        peers.carry()
    for place in places:
        assert verify(write(peers[US], entry(place)), allow_exercise=True).exit_code == 0
    with pytest.raises(MixedStatus):
        write(peers[US], *[entry(place) for place in places], bundle=True)


# ---- bounds and bad requests


def test_what_does_not_fit_is_refused_with_what_to_do() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    long: dict[str, Value] = {**VISIT, "source": "s" * 16_000, "authority": "a" * 16_000}
    long["remark"] = "r" * 16_000
    place = peers.say(US, line, "core/visit@1", long)
    peers.carry()
    with pytest.raises(DisclosureTooLong) as refused:
        write(peers[US], entry(place))
    assert "fewer fields" in refused.value.remedy
    assert verify(write(peers[US], entry(place, fields=["remark", "source"]))).exit_code == 0


@pytest.mark.parametrize(
    "parts",
    [
        [],
        ["entry"],
        [{"kind": "proof"}],
        [{"kind": "entry"}],
        [{"kind": "entry", "ref": ["x"]}],
        [{"kind": "entry", "ref": ["x", True]}],
        [{"kind": "entry", "ref": ["x", 0], "paths": []}],
        [{"kind": "entry", "ref": ["x", 0], "fields": "all"}],
        [{"kind": "entry", "ref": ["x", 0], "fields": [1]}],
        [{"kind": "entry", "ref": ["x", 0], "fields": ["release.1"]}],
        [{"kind": "entry", "ref": ["x", 0], "releases": 1}],
        [{"kind": "entry", "ref": ["x", 0], "receipts_of": "ru.example"}],
        [{"kind": "range", "origin": "x", "from": -1}],
        [{"kind": "range", "origin": "x", "from": True}],
        [{"kind": "range", "origin": "x", "from": 2, "to": 2}],
        [{"kind": "cards"}],
        [{"kind": "charter", "party": "x"}],
        [{"kind": "evidence", "name": "x"}, {"kind": "evidence", "name": "y"}],
        [{"kind": "cards", "party": US}],
    ],
)
def test_a_request_that_is_not_understood_is_refused(parts: list[Value]) -> None:
    with pytest.raises(BadDisclosure):
        disclose.write(visit().peers[US].station, parts, False)


def test_an_absence_of_a_party_without_a_log_is_refused() -> None:
    told = visit()
    part: Value = {"kind": "absence", "line": told.line.hex(), "party": CH}
    with pytest.raises(BadDisclosure):
        disclose.write(told.peers[US].station, [part], True)


def test_what_is_not_held_here_is_named() -> None:
    told = visit()
    us = told.peers[US]
    for part in (
        entry(Ref(told.notice.origin, 99)),
        entry(Ref("ch.example/openline/" + "a" * 52, 0)),
        {"kind": "range", "origin": told.notice.origin, "from": 99},
        {"kind": "range", "origin": told.notice.origin, "from": 0, "to": 99},
    ):
        with pytest.raises(NoSuchEntry):
            write(us, part)
    with pytest.raises(NoEvidence):
        write(us, {"kind": "evidence", "name": "fork-x"})


def test_several_parts_need_a_bundle() -> None:
    told = visit()
    with pytest.raises(BadDisclosure, match="bundle"):
        disclose.write(told.peers[US].station, list(told.parts), False)


def test_cards_and_charter_alone_make_a_bundle() -> None:
    told = visit()
    parts: list[Value] = [
        {"kind": "cards", "party": RU},
        {"kind": "charter", "line": told.line.hex()},
    ]
    file = disclose.write(told.peers[US].station, parts, True)
    assert [kind for kind, _ in parse_bundle(file.data).parts] == ["cards", "charter"]
    assert file.policy == ""
    assert verify_file(file.data, None, SUITE, fingerprints=told.prints()).exit_code == 0


def test_an_entry_that_is_not_open_here_is_not_shown_and_closes_a_range(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after an erasure, or before a reseal: the leaf is here and the fields are not."""
    told = visit()
    station = told.peers[US].station
    kept = station.store.archived
    lost = list(told.answer)
    monkeypatch.setattr(
        station.store, "archived", lambda *at: None if list(at) == lost else kept(*at)
    )
    with pytest.raises(EntryNotOpen):
        write(told.peers[US], entry(told.answer))
    part = {"kind": "range", "origin": told.answer.origin, "from": 0}
    verdict = verify(write(told.peers[US], part))
    assert verdict.exit_code == 4
    assert verdict.first_line.startswith("not shown: entry 1 is not opened")
    assert "absent" not in verdict.facts


def test_a_file_that_would_not_verify_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of everything above: a wrong proof is noticed before it leaves."""
    told = visit()
    monkeypatch.setattr(showing, "inclusion_proof", lambda hashes, i: (bytes(32),))
    for parts, bundle in (([told.parts[0]], False), (told.parts, True)):
        with pytest.raises(NotVerifiable):
            disclose.write(told.peers[US].station, list(parts), bundle)


def test_nothing_in_a_file_names_what_was_not_asked_for() -> None:
    """Salts of hidden fields would let a reader try values: only hashes may leave."""
    told = visit()
    us = told.peers[US].station
    file = write(told.peers[US], entry(told.notice, fields=["place"], releases=False))
    extra = parse_proof(file.data).extra or b""
    shown = {each.field.path for each in parse_extra(extra).fields}
    assert shown == {"format", "class", "refs", "withheld", "line", "at", "place"}
    log = us.log(told.notice.origin)
    assert log is not None
    found = contents(us, log, told.notice.index)
    assert found is not None
    for path, index in found.places.items():
        item = found.items[index]
        salt = base64.b64encode(item.salt) if not isinstance(item, bytes) else b""
        assert (salt in extra) is (path in shown), path
