"""A range, proven: every entry of one log from a to b, so that what is not there is absent.

Shapes   judge_range(bytes, trust, asked) -> Judgement
Units    [from, to) in entry indexes; times are unix seconds UTC
Raises   BadProof, BadNote, QuorumNotMet, BadPolicy, Malformed
Source   docs/PROTOCOL.md part 9, "Range"
Never    says *absent* while one entry is closed to it: a defect, a gap, an erased entry or a kind
         that it does not know makes the range *not shown*
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from openline.formats.charter import Charter
from openline.formats.leaf import KINDS
from openline.formats.legible import visible
from openline.formats.openjson import Value
from openline.formats.proof import Range, RangeEntry, parse_range
from openline.formats.spell import time_text
from openline.record.asked import Asked, parse_asked
from openline.record.entry_proof import (
    KEYS,
    Judgement,
    Stretch,
    bound_epoch,
    charter_of,
    check_member,
    compromised_line,
    line_lines,
    own_lines,
    past_heads,
    trust_facts,
    trust_lines,
)
from openline.record.shown_fields import (
    Header,
    SeenHead,
    check_place,
    read_header,
    seen_heads,
)
from openline.record.tree import BadProof, Frontier, leaf_hash
from openline.record.trust import UNVERIFIED, Judged, Trust, judge_note
from openline.record.verdict import (
    ONLY_THIS_LINE,
    POLICY_UNVERIFIED,
    STATUS_UNKNOWN,
    UNKNOWN,
    Verdict,
    times_facts,
    times_lines,
)

RANGE: Final = "range"
GUARANTEE: Final = "guarantee"
CLOSED_KINDS: Final = ("defect", "gap")


@dataclass(frozen=True, slots=True)
class Opened:
    """One entry of the range. `header` is None where nothing of it is shown."""

    index: int
    kind: str
    header: Header | None

    @property
    def closed(self) -> str | None:
        """Why nobody can say what this entry is; None if it is known."""
        if self.kind in CLOSED_KINDS:
            return f"entry {self.index} is a {self.kind}"
        if self.kind not in KINDS:
            return f"entry {self.index} is of the unknown kind {self.kind}"
        if self.header is None:
            return f"entry {self.index} is not opened"
        return None


def judge_range(data: bytes, trust: Trust, asked: str = GUARANTEE) -> Judgement:
    """Verify a range; `asked` is the class, form or `FORM PATH=VALUE` whose absence matters."""
    found = parse_range(data)
    entries = [open_entry(found.from_ + i, each) for i, each in enumerate(found.entries)]
    headers = [entry.header for entry in entries if entry.header is not None]
    line_id = line_of(headers)
    charter = charter_of(found.charter, line_id, trust) if line_id is not None else None
    judged = judge_note(found.checkpoint, trust, charter)
    check_tree(found, judged)
    origin = judged.head.origin
    party = check_member(origin, charter)
    epoch = None
    for entry in entries:
        if entry.header is not None:
            check_place(entry.header, origin, entry.index)
            kind, header = entry.kind, entry.header
            epoch = bound_epoch(found.epoch, kind, header, origin, entry.index) or epoch
    stretch = Stretch(
        origin=origin,
        party=party,
        line_id=line_id or b"",
        start=found.from_,
        stop=judged.head.size,
        shows_all_seen=all(
            entry.header is not None and "seen" in entry.header.shown for entry in entries
        ),
        seen=all_seen(headers),
        past=tuple(
            named
            for entry in entries
            if entry.header is not None
            for named in past_heads(entry.header, entry.kind, entry.index)
        ),
        kept=tuple(
            kept
            for entry in entries
            if entry.header is not None and entry.kind == KEYS
            for kept in seen_heads(entry.header, "receipts")
        ),
        epoch=epoch,
        judged=judged,
        charter=charter,
    )
    return Judgement(range_verdict(found, entries, judged, charter, asked, trust), stretch)


def open_entry(index: int, entry: RangeEntry) -> Opened:
    """An entry of a range with its fields proven; one without any shown field stays closed."""
    header = read_header(entry.leaf, entry.fields) if entry.fields else None
    return Opened(index, entry.leaf.kind, header)


def line_of(headers: Sequence[Header]) -> bytes | None:
    """The one line that all entries name."""
    lines = {header.line_id for header in headers}
    if len(lines) > 1:
        raise BadProof("the entries of the range name different lines")
    return lines.pop() if lines else None


def check_tree(found: Range, judged: Judged) -> None:
    """Frontier and leaves must make exactly the tree of the checkpoint."""
    frontier = Frontier(found.from_, found.frontier)
    frontier = frontier.extend([leaf_hash(entry.leaf.encode()) for entry in found.entries])
    head = judged.head
    if frontier.size != head.size or frontier.root != head.root:
        raise BadProof(f"{head.origin}: the entries are not those below its head at {head.size}")


def all_seen(headers: Sequence[Header]) -> tuple[SeenHead, ...]:
    """Every head that the shown entries name in `seen` or `past`."""
    return tuple(
        head for header in headers for path in ("seen", "past") for head in seen_heads(header, path)
    )


def range_verdict(
    found: Range,
    entries: Sequence[Opened],
    judged: Judged,
    charter: Charter | None,
    asked: str,
    trust: Trust,
) -> Verdict:
    """Put together what is shown, the gravest lack first."""
    wanted = parse_asked(asked)
    closed = [why for entry in entries if (why := closed_to(entry, wanted)) is not None]
    present = [entry.index for entry in entries if says(entry, wanted)]
    lack = range_lack(judged, charter, closed)
    origin, stop = judged.head.origin, judged.head.size
    rows = [line for entry in entries for line in entry_lines(entry)]
    details = [
        f"range [{found.from_}, {stop}) of {origin}, entries: {len(entries)}",
        *line_lines(charter),
        *rows,
        *(f"not shown: {each}" for each in closed),
        *times_lines(judged.committed_s, judged.receipts),
        *own_lines(judged, origin.partition("/")[0]),
        *judged.remarks,
        f"on this line, up to {until(judged)}; {ONLY_THIS_LINE}",
        *trust_lines(judged),
    ]
    facts: dict[str, Value] = {
        "party": origin.partition("/")[0],
        "origin": origin,
        "from": found.from_,
        "to": stop,
        "entries": len(entries),
        "classes": [entry.header.answer for entry in entries if entry.header is not None],
        "formats": [entry.header.format for entry in entries if entry.header is not None],
        "kinds": [entry.kind for entry in entries],
        "asked": asked,
        "present": list(present),
        **trust_facts(judged),
        **times_facts(judged.committed_s, judged.receipts),
    }
    if lack is None and not present:
        facts["absent"] = asked
    return Verdict(
        kind=RANGE,
        first_line=lack or answer_line(found, stop, origin, asked, present),
        status=charter.status if charter is not None else UNKNOWN,
        is_shown=lack is None,
        allow_exercise=trust.allow_exercise,
        details=tuple(details),
        facts=facts,
    )


def range_lack(judged: Judged, charter: Charter | None, closed: Sequence[str]) -> str | None:
    """What is not shown, gravest first."""
    if charter is None:
        return STATUS_UNKNOWN
    if judged.basis == UNVERIFIED:
        return f"{POLICY_UNVERIFIED}: whose signatures count came with the proof"
    if closed:
        return f"not shown: {closed[0]}"
    return compromised_line(judged, judged.head.size)


def answer_line(found: Range, stop: int, origin: str, asked: str, present: Sequence[int]) -> str:
    """Whether what was asked for is there."""
    where = f"entries [{found.from_}, {stop}) of {origin}"
    if present:
        return f"valid: `{asked}` stands in {where}, first as entry {present[0]}"
    return f"valid: no `{asked}` in {where}"


def until(judged: Judged) -> str:
    """The time up to which the head speaks: as the quorum saw it, else as a receipt says."""
    known = judged.committed_s
    if known is None:
        known = min(judged.receipts.values(), default=None)
    size = judged.head.size
    return time_text(known) if known is not None else f"a head at {size} that nobody dated"


def says(entry: Opened, asked: Asked) -> bool:
    """Whether an entry says what was asked for."""
    return entry.header is not None and asked.is_said_by(entry.header)


def closed_to(entry: Opened, asked: Asked) -> str | None:
    """Why nobody can say whether an entry says what was asked for; None if it can be said."""
    if entry.closed is None and entry.header is not None and asked.is_hidden_in(entry.header):
        return f"entry {entry.index} does not show its `{visible(asked.path)}`"
    return entry.closed


def entry_lines(entry: Opened) -> list[str]:
    """What an entry of the range is, in one line."""
    if entry.header is None:
        return [f"entry {entry.index}: kind {entry.kind}, nothing shown"]
    refs = "; ".join(f"{ref.origin} entry {ref.index}" for ref in entry.header.refs) or "nothing"
    return [
        f"entry {entry.index}: kind {entry.kind}, format {visible(entry.header.format)},"
        f" class {visible(entry.header.answer)}, refers to {refs}"
    ]
