"""One entry, proven: where it stands, who held it when, who released it, and what it says.

Shapes   judge_proof(bytes, trust) -> Judgement (the verdict, and what a bundle may build on)
Units    times are unix seconds UTC
Raises   BadProof, BadNote, QuorumNotMet, BadPolicy, Malformed: an altered file has no verdict
Source   docs/PROTOCOL.md part 9, "One entry"
Never    lets a missing piece pass for a good one: without charter, quorum or releases the verdict
         says first what is not shown
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from openline.formats.charter import OPEN, Charter, origin_of, parse_charter, party_of
from openline.formats.head import Head
from openline.formats.leaf import KINDS
from openline.formats.legible import visible
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.proof import parse_proof
from openline.formats.shown import Epoch, Extra, parse_epoch, parse_extra
from openline.formats.spell import time_text
from openline.record.listed import Listed, judge_list
from openline.record.receipts import Voucher
from openline.record.shown_fields import (
    Header,
    SeenHead,
    check_at,
    counted,
    field_rows,
    read_header,
    revealed,
    seen_heads,
)
from openline.record.shown_releases import COMPARED, NAMED, Context, ShownReleases, judge_releases
from openline.record.tree import BadProof, leaf_hash, verify_inclusion
from openline.record.trust import (
    ED25519_SENTENCES,
    UNVERIFIED,
    Judged,
    Trust,
    judge_note,
    newer_card_times,
    trusted_cards,
)
from openline.record.verdict import (
    NOT_RELEASED,
    POLICY_UNVERIFIED,
    STATUS_UNKNOWN,
    UNKNOWN,
    Verdict,
    count_of,
    times_facts,
    times_lines,
)

PROOF: Final = "proof"
KEYS: Final = "keys"
MACHINE_KINDS: Final = (KEYS, "defect", "gap")
OFFICERS_KINDS: Final = ("open", "close")
# A guarantee has two officers, whatever its charter says; a verifier needs no pack to know that.
GUARANTEE_FORM: Final = "core/guarantee"
GUARANTEE_OFFICERS: Final = 2
NOTHING_LATER: Final = "says nothing about what was said later: a withdrawal, an amendment"
REASONS_OF_THE_NODE: Final = ("planned", "rotation")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a verified part shows of one log: entries from `start` to `stop`, not included."""

    origin: str
    party: str
    line_id: bytes
    start: int
    stop: int
    shows_all_seen: bool
    seen: tuple[SeenHead, ...]
    past: tuple[SeenHead, ...]
    kept: tuple[SeenHead, ...]
    epoch: Epoch | None
    judged: Judged
    charter: Charter | None

    def vouchers(self) -> list[Voucher]:
        """What this part shows of receipts that were given, if a quorum dated it.

        `kept` holds, in the place of a root, the hash of a receipt's two lines.
        """
        time_s = self.judged.committed_s
        if time_s is None or self.judged.basis == UNVERIFIED:
            return []
        held = [Voucher(self.party, h.origin, h.size, h.root, None, time_s) for h in self.seen]
        kept = [Voucher(self.party, h.origin, h.size, None, h.root, time_s) for h in self.kept]
        return held + kept

    def floors(self) -> list[Head]:
        """How far earlier logs of the party are its own, as this epoch of it says.

        Only one whose own keys count says anything of another.
        """
        if self.judged.basis == UNVERIFIED or compromised_line(self.judged, 1) is not None:
            return []
        return [
            Head(each.origin, each.size, each.root)
            for each in self.past
            if each.origin.startswith(f"{self.party}/")
        ]


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with what other parts of a bundle may be held against."""

    verdict: Verdict
    stretch: Stretch


def judge_proof(data: bytes, trust: Trust, asked: str = "") -> Judgement:
    """Verify one `.tlog-proof` with fields; `asked` may name an entry to look for in a digest."""
    proof = parse_proof(data)
    if proof.extra is None:
        raise BadProof("the proof has no `extra`: it shows nothing of the entry")
    extra = parse_extra(proof.extra)
    header = read_header(extra.leaf, extra.fields)
    charter = charter_of(extra.charter, header.line_id, trust)
    judged = judge_note(proof.checkpoint, trust, charter)
    head = judged.head
    leaf = leaf_hash(extra.leaf.encode())
    verify_inclusion(leaf, proof.index, head.size, proof.hashes, head.root)
    check_at(header, head.origin, proof.index)
    party = check_member(head.origin, charter)
    releases = judge_releases(extra, release_context(header, judged, trust, charter))
    verdict = entry_verdict(extra, header, proof.index, judged, charter, releases, trust)
    verdict = with_list(verdict, judge_list(header), asked)
    stretch = Stretch(
        origin=head.origin,
        party=party,
        line_id=header.line_id,
        start=proof.index,
        stop=proof.index + 1,
        shows_all_seen="seen" in header.shown,
        seen=seen_heads(header, "seen") + seen_heads(header, "past"),
        past=past_heads(header, extra.leaf.kind, proof.index),
        kept=seen_heads(header, "receipts") if extra.leaf.kind == KEYS else (),
        epoch=bound_epoch(extra.epoch, extra.leaf.kind, header, head.origin, proof.index),
        judged=judged,
        charter=charter,
    )
    return Judgement(verdict, stretch)


def past_heads(header: Header, kind: str, index: int) -> tuple[SeenHead, ...]:
    """What the first entry of an epoch names of the epochs before."""
    return seen_heads(header, "past") if kind == OPEN and index == 0 else ()


def charter_of(text: str | None, line_id: bytes, trust: Trust) -> Charter | None:
    """The charter whose hash the entry names; None leaves the status unknown."""
    if text is None:
        return trust.charters.get(line_id)
    if hashlib.sha256(text.encode("utf-8")).digest() != line_id:
        raise BadProof("the charter in the file is not that of the entry's line")
    try:
        return parse_charter(text)
    except Malformed:  # hashed by the entry, so it is what the sender wrote: nobody's charter
        return None


def check_member(origin: str, charter: Charter | None) -> str:
    """The party whose log this is; it has to be a member of the line."""
    party = party_of(origin)
    if charter is not None and party not in dict(charter.members):
        raise BadProof(f"{party} is not a member of the line that the entry names")
    return party


def bound_epoch(
    stated: Epoch | None, kind: str, header: Header, origin: str, index: int
) -> Epoch | None:
    """The epoch that the file states or its `open` entry shows: with the line it gives the origin.

    It alone binds a log to its line. Any other entry only says in `line` where it belongs, and its
    writer may have put it, with its receipts, into the log of an exercise.
    """
    is_open = kind == OPEN and index == 0 and "epoch" in header.shown
    shown = parse_epoch(header.shown["epoch"].json) if is_open else None
    for epoch in (stated, shown):
        if epoch is not None and origin_of(header.line_id, *epoch, party_of(origin)) != origin:
            raise BadProof(f"line and epoch do not give the origin {origin}")
    return stated or shown


def release_context(
    header: Header, judged: Judged, trust: Trust, charter: Charter | None
) -> Context:
    """What the releases of this entry are judged against."""
    party = party_of(judged.head.origin)
    cards = trusted_cards(trust, party, charter)
    times = [*judged.receipts.values()]
    if judged.committed_s is not None:
        times.append(judged.committed_s)
    newer = newer_card_times(trust, party, charter) if cards and charter is not None else {}
    return Context(
        line_id=header.line_id,
        may_batch=charter is not None and charter.may_batch(header.format),
        cards=cards,
        is_compared=party in trust.fingerprints,
        judged_s=min(times, default=None),
        committed_s=judged.committed_s,
        newer_s=newer,
        suite=trust.suite,
    )


def officers_asked(kind: str, header: Header, charter: Charter) -> int:
    """How many officers have to release such an entry: as the charter asks, a guarantee always two.

    A later epoch that the node opens by plan or for a new key is released by nobody; that it is a
    later one has to be shown.
    """
    if kind in MACHINE_KINDS:
        return 0
    if kind == OPEN and "reason" in header.shown and "epoch" in header.shown:
        is_later = parse_epoch(header.shown["epoch"].json).counter > 1
        if is_later and header.shown["reason"].json in REASONS_OF_THE_NODE:
            return 0
    if kind in OFFICERS_KINDS:
        return charter.officers_for(OPEN)
    least = GUARANTEE_OFFICERS if is_guarantee(header.format) else 0
    return max(charter.officers_for(header.format), least)


def is_guarantee(format_id: str) -> bool:
    """Whether an entry is a guarantee, in whatever version of its form."""
    return format_id.rpartition("@")[0] == GUARANTEE_FORM


def asks_words(format_id: str, asked: int) -> str:
    """Who asks for so many officers: a guarantee by itself, anything else by the charter."""
    return f"a guarantee asks {asked}" if is_guarantee(format_id) else f"the charter asks {asked}"


def entry_verdict(
    extra: Extra,
    header: Header,
    index: int,
    judged: Judged,
    charter: Charter | None,
    releases: ShownReleases,
    trust: Trust,
) -> Verdict:
    """Put together what is shown, the gravest lack first."""
    kind = extra.leaf.kind
    asked = officers_asked(kind, header, charter) if charter is not None else None
    asks = "the charter is not shown" if asked is None else asks_words(header.format, asked)
    lack = lack_of(kind, index, judged, charter, releases, asked, asks)
    rows, fields = field_rows(header, extra.fields)
    party = party_of(judged.head.origin)
    how_many, counts = counted(header, extra.fields, extra.leaf.fields)
    details = [
        f"{party}: entry {index} of {judged.head.origin}",
        f"kind {kind}, format {visible(header.format)}, class {visible(header.answer)}",
        *line_lines(charter),
        *times_lines(judged.committed_s, judged.receipts),
        *released_lines(releases, asks, party),
        *(f"release {remark}" for remark in releases.remarks),
        *compromised_details(judged, index + 1, party, releases),
        *judged.remarks,
        *rows,
        how_many,
        *([NOTHING_LATER] if is_guarantee(header.format) else []),
        *trust_lines(judged),
    ]
    facts: dict[str, Value] = {
        "party": party,
        "origin": judged.head.origin,
        "index": index,
        "line": header.line_id.hex(),
        "entry": kind,
        "format": header.format,
        "class": header.answer,
        "refs": [[ref.origin, ref.index] for ref in header.refs],
        **counts,
        "fields": fields,
        "releases": releases.count,
        "officers": releases.basis,
        "withheld_revealed_later": revealed(header, extra.fields),
        **trust_facts(judged),
        **times_facts(judged.committed_s, judged.receipts),
    }
    if asked is not None:
        facts["officers_asked"] = asked
    return Verdict(
        kind=PROOF,
        first_line=lack or valid_line(releases, asked, asks, party),
        status=charter.status if charter is not None else UNKNOWN,
        is_shown=lack is None,
        allow_exercise=trust.allow_exercise,
        details=tuple(details),
        facts=facts,
    )


def with_list(verdict: Verdict, listed: Listed | None, asked: str) -> Verdict:
    """The verdict on a digest, with what its list shows."""
    if listed is None:
        return verdict
    return replace(
        verdict,
        details=(*listed.lines(asked), *verdict.details),
        facts={**verdict.facts, **listed.facts(asked)},
    )


def lack_of(
    kind: str,
    index: int,
    judged: Judged,
    charter: Charter | None,
    releases: ShownReleases,
    asked: int | None,
    asks: str,
) -> str | None:
    """What is not shown, gravest first; None if everything is."""
    if charter is None or asked is None:
        return STATUS_UNKNOWN
    if judged.basis == UNVERIFIED:
        return f"{POLICY_UNVERIFIED}: whose signatures count came with the proof"
    if kind not in KINDS:
        return f"not shown: entries of kind {kind} are not known here"
    if releases.count < asked:
        return f"{NOT_RELEASED}: released by {count_of(releases.count, 'officer')}, {asks}"
    return compromised_line(judged, index + 1)


def compromised_line(judged: Judged, stop: int) -> str | None:
    """A log key that came into other hands counts only for what a quorum held before, and for what
    the party names as its own in a later epoch, under keys that count. `stop` is the end of what is
    shown: what that epoch does not name is not the party's, however early somebody dated it.

    No release lifts that: whoever took a node took the officers' files that lay beside it as well,
    and a reader who compared the cards may not be told less than one who did not.
    """
    since_s, own = judged.compromised_s, judged.own
    if since_s is None:
        return None
    if own is not None and stop > own.size:
        return (
            "not shown: the log key was reported compromised, and the party names as its own only"
            f" what stands below entry {own.size}"
        )
    if own is not None and own.is_shown:
        return None
    if judged.committed_s is not None and judged.committed_s < since_s:
        return None
    return "not shown: the log key was reported compromised, and no quorum held this head before"


def compromised_details(
    judged: Judged, stop: int, party: str, releases: ShownReleases
) -> list[str]:
    """Since when its party disowns what this key signed, and what its officers' keys say to it."""
    if judged.compromised_s is None:
        return []
    since = time_text(judged.compromised_s)
    lines = [f"{party} says that this log key was in other hands since {since}"]
    if compromised_line(judged, stop) is None:
        is_own = judged.own is not None and judged.own.is_shown
        return [*lines, *own_lines(judged, party)] if is_own else []
    if releases.count and releases.basis == COMPARED:
        lines.append(
            f"released all the same with {count_of(releases.count, 'key')} that a compared card"
            f" of {party} names: ask {party} whether its officers' keys were taken too"
        )
    return lines


def own_lines(judged: Judged, party: str) -> list[str]:
    """What a party whose key was lost names as its own all the same."""
    if judged.own is None or not judged.own.is_shown:
        return []
    return [
        f"{party} names what stands below entry {judged.own.size} of {judged.head.origin} as its"
        " own, in a later epoch under keys that count"
    ]


def valid_line(releases: ShownReleases, asked: int | None, asks: str, party: str) -> str:
    """The first line of a proof that shows everything, with what the officers rest on."""
    if not asked:
        return "valid: an entry that the node writes, released by nobody"
    released = f"released by {count_of(releases.count, 'officer')}, {asks}"
    if releases.basis == COMPARED:
        return f"valid: {released}"
    return f"valid, officers unconfirmed: {released}; no compared card of {party} names them"


def released_lines(releases: ShownReleases, asks: str, party: str) -> list[str]:
    """How many released, how many had to, and against what their keys were held."""
    lines = [f"released by {count_of(releases.count, 'officer')}, {asks}"]
    if releases.count and releases.basis != COMPARED:
        source = "the card that the charter names" if releases.basis == NAMED else "the log"
        lines.append(f"officers as {source} states them: no card of {party} was compared")
    return lines


def line_lines(charter: Charter | None) -> list[str]:
    """Which line, as its charter says."""
    if charter is None:
        return ["the charter of the line is not shown"]
    members = ", ".join(member.party for member in charter.members)
    return [f"line {charter.line_id.hex()}: {visible(charter.title)} ({members})"]


def trust_lines(judged: Judged) -> list[str]:
    """Under whose policy, and which log signatures were checked."""
    return [f"policy {judged.basis}", ED25519_SENTENCES[judged.ed25519]]


def trust_facts(judged: Judged) -> dict[str, Value]:
    """The same for machines."""
    facts: dict[str, Value] = {
        "policy": judged.basis,
        "ed25519": judged.ed25519,
        "size": judged.head.size,
        "witnesses": dict(judged.witnesses),
    }
    if judged.own is not None:
        facts["own_below"] = judged.own.size
        facts["own_shown"] = judged.own.is_shown
    return facts
