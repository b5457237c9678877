"""Writing a disclosure: a file that proves chosen fields of chosen entries, without this node.

Shapes   write(station, parts, bundle) -> DisclosureFile(name, data, policy). Parts are JSON:
         {"kind":"entry","ref":[origin,index],"fields":[path...] or "all-shown","releases":bool,
         "receipts_of":[party...],"witnesses":bool}; {"kind":"range","origin","from","to","also":
         [path...],"receipts_of","witnesses"}; {"kind":"absence","line","party","also"};
         {"kind":"case","ref",...} is every entry of its case, as "entry" takes each;
         {"kind":"cards","party"}; {"kind":"charter","line"}; {"kind":"evidence","name"}
Units    a range is [from, to) in entry indexes; without `to` it ends at the newest fitting head
Raises   BadDisclosure, MixedStatus, DisclosureTooLong, NoEvidence, NotVerifiable, NoSuchEntry,
         and what vouching.py and showing.py refuse
Source   docs/PROTOCOL.md part 9
Never    hands out a file that does not verify under the policy beside it
"""

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.cases.entry import Ref
from openline.errors import OpenlineError
from openline.exchange.folding.entries import NoSuchEntry
from openline.exchange.logs import card_heads
from openline.exchange.proof import owned, showing
from openline.exchange.proof.disclosure_parts import (
    BadDisclosure,
    CardsOf,
    CharterOf,
    EntryOf,
    EvidenceOf,
    Part,
    RangeOf,
    parse_parts,
)
from openline.exchange.proof.policies import policies_of, policy_text
from openline.exchange.proof.showing import FieldNotHeld
from openline.exchange.proof.vouching import Reach, Vouched, vouch
from openline.exchange.refusals import UnknownParty
from openline.exchange.station import Station
from openline.formats.charter import Charter
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.policy import parse_policies
from openline.formats.proof import Bundle, Epoch, Range, TlogProof
from openline.record.disclosure import verify_file
from openline.record.tree import EMPTY, inclusion_proof, leaf_hash
from openline.record.verdict import Verdict
from openline.store.contract import LogRow

PROOF_SUFFIX: Final = ".tlog-proof"
RANGE_SUFFIX: Final = ".openline-range"
BUNDLE_SUFFIX: Final = ".openline-proof"
EVIDENCE_SUFFIX: Final = ".openline-fork"


class MixedStatus(OpenlineError):
    """An exercise and the real thing, or two kinds of exercise, were to share one file."""

    code: ClassVar[str] = "exchange.mixed-status"
    remedy: ClassVar[str] = "Write one file for each status."


class DisclosureTooLong(OpenlineError):
    """What is to be shown does not fit into the file's format."""

    code: ClassVar[str] = "exchange.disclosure-too-long"
    remedy: ClassVar[str] = "Show fewer fields, or split them over several parts of a bundle."


class NoEvidence(OpenlineError):
    """No evidence is kept here under that name."""

    code: ClassVar[str] = "exchange.no-evidence"
    remedy: ClassVar[str] = (
        "Names of evidence stand in `openline events`, where a fork is reported."
    )


class NotVerifiable(OpenlineError):
    """The file that was put together does not verify, so it was not handed out."""

    code: ClassVar[str] = "exchange.not-verifiable"
    remedy: ClassVar[str] = "Run `openline log verify`: what is stored here contradicts itself."


@dataclass(frozen=True, slots=True)
class DisclosureFile:
    """A file to hand over, and the policy that its reader may hold it against."""

    name: str
    data: bytes
    policy: str


@dataclass(frozen=True, slots=True)
class Made:
    """One proof or range. `missing` are paths that were asked for and are not open here."""

    kind: str
    name: str
    data: bytes
    vouched: Vouched
    paths: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()


def write(station: Station, parts: Sequence[Value], bundle: bool) -> DisclosureFile:
    """Put a disclosure together from what is stored here, and verify it before it leaves."""
    asked = parse_parts(station, parts)
    if any(isinstance(part, EvidenceOf) for part in asked):
        return write_evidence(station, asked)
    made = [make(station, part, with_charter=not bundle) for part in asked if is_made(part)]
    check_paths(made)
    if bundle and owned.is_any_lost(station, asked):
        verdict = judged(station, write_bundle(station, asked, made), made)
        for part in owned.openings(station, asked, is_shown=verdict.is_shown):
            with contextlib.suppress(OpenlineError):  # then the verdict goes by times, as before
                made.append(make(station, part, with_charter=False))
                asked = (*asked, part)
    status = one_status(charters_of(station, asked, made))
    if bundle:
        name, data = "disclosure" + BUNDLE_SUFFIX, write_bundle(station, asked, made)
    elif len(asked) == len(made) == 1:
        name, data = made[0].name, made[0].data
    else:
        raise BadDisclosure("a single file holds one entry or one range; ask for a bundle")
    check_file(station, data, made)
    policies = policies_of(each.vouched for each in made)
    prefix = "" if status == "actual" else f"{status.upper()}-"
    return DisclosureFile(prefix + name, data, policy_text(policies) if policies else "")


def is_made(part: Part) -> bool:
    """Whether a part is a proof or a range."""
    return isinstance(part, EntryOf | RangeOf)


def make(station: Station, part: Part, *, with_charter: bool) -> Made:
    """One proof or range; its charter inside, or as a part of its own beside it."""
    if isinstance(part, EntryOf):
        return make_proof(station, part, with_charter=with_charter)
    if isinstance(part, RangeOf):
        return make_range(station, part, with_charter=with_charter)
    raise BadDisclosure("not an entry and not a range")


def held_log(station: Station, origin: str, index: int) -> LogRow:
    """The log of an entry that is held here."""
    log = station.log(origin)
    if log is None or index >= log.size:
        raise NoSuchEntry(f"{origin} entry {index} is not held here")
    return log


def make_proof(station: Station, part: EntryOf, *, with_charter: bool) -> Made:
    """The tlog-proof of one entry under the oldest head that has what was asked for."""
    origin, index = part.ref
    log = held_log(station, origin, index)
    vouched = vouch(station, log, Reach(index + 1), part.wanted)
    charter = vouched.charter.text() if with_charter else None
    extra, missing = showing.shown_entry(station, log, index, part.choice, charter)
    path = inclusion_proof(leaf_hashes(station, log, vouched.head.size), index)
    try:
        data = TlogProof(extra.encode(), index, path, vouched.note).encode()
    except Malformed as fault:
        raise DisclosureTooLong(f"{origin} entry {index}: {fault}") from None
    name = f"{log.party}-{station.number(Ref(origin, index))}{PROOF_SUFFIX}"
    paths = frozenset(part.choice.paths or ()) - missing
    return Made("proof", name, data, vouched, paths, missing)


def make_range(station: Station, part: RangeOf, *, with_charter: bool) -> Made:
    """All entries of one log from a to b, with fields 0 to 4 of each."""
    log = held_log(station, part.origin, part.start)
    reach = Reach(part.start + 1, wants_newest=True)
    if part.stop is not None:
        held_log(station, part.origin, part.stop - 1)
        reach = Reach(part.stop, is_exact=True)
    vouched = vouch(station, log, reach, part.wanted)
    stop = vouched.head.size
    leaves = station.store.leaves(log.origin, part.start, stop)
    entries = tuple(
        showing.shown_in_range(station, log, index, leaf, part.also)
        for index, leaf in enumerate(leaves, part.start)
    )
    frontier = EMPTY.extend(leaf_hashes(station, log, part.start)).hashes
    charter = vouched.charter.text() if with_charter else None
    try:
        epoch = Epoch(log.counter, log.nonce)
        data = Range(charter, entries, part.start, frontier, vouched.note, epoch).encode()
    except Malformed as fault:
        raise DisclosureTooLong(f"{log.origin} [{part.start}, {stop}): {fault}") from None
    first, last = (station.number(Ref(log.origin, at)) for at in (part.start, stop - 1))
    return Made("range", f"{log.party}-{first}-{last}{RANGE_SUFFIX}", data, vouched)


def leaf_hashes(station: Station, log: LogRow, size: int) -> list[bytes]:
    """The hashes of the first leaves of a log, streamed."""
    return [leaf_hash(leaf) for leaf in station.store.leaves(log.origin, 0, size)]


def check_paths(made: Iterable[Made]) -> None:
    """Every path that was asked for must be shown of one of the entries that it was asked of."""
    proofs = list(made)
    shown = frozenset(path for each in proofs for path in each.paths)
    for each in proofs:
        if each.missing - shown:
            raise FieldNotHeld(f"{each.name}: no field {min(each.missing - shown)!r} is open here")


def charters_of(station: Station, asked: Iterable[Part], made: Iterable[Made]) -> list[Charter]:
    """The charter of every line in the file, each once, in order of appearance."""
    found = [each.vouched.charter for each in made]
    found += [station.charter(part.line_id) for part in asked if isinstance(part, CharterOf)]
    return list({charter.line_id: charter for charter in found}.values())


def one_status(charters: Iterable[Charter]) -> str:
    """The one status of all lines in the file."""
    statuses = sorted({charter.status for charter in charters})
    if len(statuses) > 1:
        raise MixedStatus(f"{' and '.join(statuses)} in one file")
    return statuses[0] if statuses else "actual"


def write_bundle(station: Station, asked: Sequence[Part], made: Sequence[Made]) -> bytes:
    """Cards of all who signed, every charter once, then proofs and ranges as they were asked.

    Of logs whose keys were stolen, what shows how far they are their party's own stands behind.
    """
    parties = {part.party for part in asked if isinstance(part, CardsOf)}
    for each in made:
        parties |= {receipt.party for receipt in each.vouched.receipts}
        parties.add(each.vouched.head.origin.partition("/")[0])
    pieces = [("cards", cards_of(station, party)) for party in sorted(parties)]
    pieces += [("charter", c.text().encode()) for c in charters_of(station, asked, made)]
    pieces += [(each.kind, each.data) for each in made]
    pieces += owned.joints(station, {each.vouched.head for each in made}, asked)
    try:
        return Bundle(tuple(pieces)).encode()
    except Malformed as fault:
        raise DisclosureTooLong(f"the bundle: {fault}") from None


def cards_of(station: Station, party: str) -> bytes:
    """The card chain of a party as it is held here."""
    if not station.store.cards(party):
        raise UnknownParty(f"{party[:100]}: no card of this party is held here")
    return card_heads.part_of(station, party).encode()


def write_evidence(station: Station, asked: Sequence[Part]) -> DisclosureFile:
    """Fork evidence as it is kept; it needs no policy: whoever checks it brings the cards."""
    part = asked[0]
    if len(asked) > 1 or not isinstance(part, EvidenceOf):
        raise BadDisclosure("evidence goes into a file of its own")
    data = dict(station.store.evidence()).get(part.name)
    if data is None:
        raise NoEvidence(f"{part.name[:100]}: no evidence of that name is kept here")
    return DisclosureFile(part.name + EVIDENCE_SUFFIX, data, "")


def preview(station: Station, file: DisclosureFile) -> Verdict | None:
    """What a reader's verifier will say who has the file and its policy; None of evidence.

    Such a reader expects an exercise: whoever does not is told EXERCISE and exit 4.
    """
    if not file.policy:
        return None
    policies = parse_policies(file.policy)
    return verify_file(file.data, policies, station.suite, allow_exercise=True)


def judged(station: Station, data: bytes, made: Iterable[Made]) -> Verdict:
    """What a reader says who has the policy beside the file."""
    try:
        policies = policies_of(each.vouched for each in made)
        return verify_file(data, policies, station.suite, allow_exercise=True)
    except OpenlineError as fault:
        raise NotVerifiable(str(fault)) from None


def check_file(station: Station, data: bytes, made: Iterable[Made]) -> None:
    """What leaves must be what a reader can verify; what it does not show is another matter."""
    verdict = judged(station, data, made)
    for number, part in enumerate(verdict.parts, 1):
        if "code" in part.facts:
            raise NotVerifiable(f"part {number}: {part.first_line}")
