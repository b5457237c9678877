"""A trust policy held against a note: is the quorum met, since when, and who has receipted?

Shapes   evaluate(policy, note bytes, suite, members) -> Verified; tally(policy, head, lines, ...)
         -> Tally, for notes whose log signature was checked elsewhere
Units    times are unix seconds UTC as the cosigners state them
Raises   BadPolicy: a policy that could be read in two ways; QuorumNotMet; BadNote
Source   docs/PROTOCOL.md parts 1 (tlog-policy), 8 ("Times shown") and 9 ("Policy")
Never    counts one line of a cosigner, or two with different times, or time 0. Never lets a
         receipt make a head look older: *committed* is the time of the neutral ones alone
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.envelope.suite import ED25519_COSIGNATURE, ML_DSA_44, Suite
from openline.errors import OpenlineError
from openline.formats.charter import party_of
from openline.formats.head import Head
from openline.formats.note import Signature, Vkey
from openline.formats.policy import Group, Policy
from openline.record.checkpoint import (
    BadNote,
    find_line,
    read_checkpoint,
    required_line,
    verify_line,
)

RECEIPT: Final = "/receipt"


class BadPolicy(OpenlineError):
    """A policy under which it is not clear what counts."""

    code: ClassVar[str] = "record.bad-policy"
    remedy: ClassVar[str] = (
        "Write one log line (the 0x06 key) and, for each cosigner, one group `all` of its two keys."
    )


class QuorumNotMet(OpenlineError):
    """The note lacks cosignatures that the policy asks for."""

    code: ClassVar[str] = "record.quorum-not-met"
    remedy: ClassVar[str] = "Ask for a copy with the missing cosignatures, or wait for them."


@dataclass(frozen=True, slots=True)
class Cosigner:
    """Both keys of one cosigner, as one group of the policy. `receipt_of` names a member."""

    vkey4: Vkey
    vkey6: Vkey
    receipt_of: str | None

    @property
    def name(self) -> str:
        """The name that both keys sign under."""
        return self.vkey6.name


@dataclass(frozen=True, slots=True)
class Tally:
    """What the cosignatures of one note amount to."""

    is_met: bool
    committed_s: int | None
    receipts: Mapping[str, int]
    witnesses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Verified:
    """A head that its log signed and the quorum holds. `signed_s` is the log's own claim."""

    head: Head
    signed_s: int
    committed_s: int | None
    receipts: Mapping[str, int]
    witnesses: Mapping[str, int]


def evaluate(
    policy: Policy, note: bytes, suite: Suite, members: Collection[str] | None = None
) -> Verified:
    """The head of a note that satisfies the policy; anything less raises.

    `members` are the parties of the line; without them every name that ends in `/receipt` is taken
    for a receipt, so that none of them passes for a neutral witness.
    """
    log = log_key(policy)
    opened, head = read_checkpoint(note)
    if log.name != head.origin:
        raise BadNote(f"{head.origin}: the policy is about {log.name}")
    signed_s = verify_line(head, log, required_line(opened.signatures, log), suite)
    counted = tally(policy, head, opened.signatures, suite, members)
    if not counted.is_met:
        raise QuorumNotMet(f"{head.origin} at {head.size}: quorum `{policy.quorum}` is not met")
    return Verified(head, signed_s, counted.committed_s, counted.receipts, counted.witnesses)


def log_key(policy: Policy) -> Vkey:
    """The one log key of a policy: the 0x06 key, the only kind that binds origin and size."""
    if len(policy.logs) != 1 or policy.logs[0][0].kind != ML_DSA_44:
        raise BadPolicy("a policy has exactly one log line, the 0x06 key under the origin")
    return policy.logs[0][0]


def tally(
    policy: Policy,
    head: Head,
    lines: Sequence[Signature],
    suite: Suite,
    members: Collection[str] | None = None,
) -> Tally:
    """Count the cosignatures on a head. A bad line of a known key refuses the note."""
    cosigners = cosigners_of(policy, members)
    for vkey, _ in policy.witnesses.values():
        line = find_line(lines, vkey)
        if line is not None:
            verify_line(head, vkey, line, suite)
    times = {name: pair_time(lines, pair) for name, pair in cosigners.items()}
    receipts: dict[str, int] = {}
    witnesses: dict[str, int] = {}
    for name, pair in cosigners.items():
        time_s = times[name]
        if time_s is None:
            continue
        if pair.receipt_of is None:
            witnesses[pair.name] = time_s
        elif pair.receipt_of != party_of(head.origin):  # nobody receipts to oneself
            receipts[pair.receipt_of] = time_s
    is_met, committed_s = quorum(policy, cosigners, times)
    return Tally(is_met, committed_s, receipts, witnesses)


def cosigners_of(policy: Policy, members: Collection[str] | None = None) -> dict[str, Cosigner]:
    """The pair groups of a policy, by the name of the group."""
    pairs: dict[str, Cosigner] = {}
    for name, group in policy.groups.items():
        direct = [policy.witnesses[each][0] for each in group.members if each in policy.witnesses]
        if not direct:
            continue
        keys = {vkey.kind: vkey for vkey in direct}
        if (
            len(group.members) != len(direct)
            or len(direct) != 2
            or group.k != 2
            or set(keys) != {ED25519_COSIGNATURE, ML_DSA_44}
            or direct[0].name != direct[1].name
        ):
            raise BadPolicy(f"group {name}: not `all` of the two keys of one cosigner")
        signer = direct[0].name
        party = signer.removesuffix(RECEIPT)
        is_receipt = signer.endswith(RECEIPT) and (members is None or party in members)
        vkey4, vkey6 = keys[ED25519_COSIGNATURE], keys[ML_DSA_44]
        pairs[name] = Cosigner(vkey4, vkey6, party if is_receipt else None)
    return pairs


def pair_time(lines: Sequence[Signature], pair: Cosigner) -> int | None:
    """The time of a cosigner whose lines are known to be good: both, and one time above 0."""
    found = [find_line(lines, vkey) for vkey in (pair.vkey4, pair.vkey6)]
    times = {int.from_bytes(line.blob[:8], "big") if line is not None else 0 for line in found}
    return (min(times) or None) if len(times) == 1 else None


def quorum(
    policy: Policy, cosigners: Mapping[str, Cosigner], times: Mapping[str, int | None]
) -> tuple[bool, int | None]:
    """Whether the quorum is met, and the time at which its neutral part was met."""
    if policy.quorum is None:
        return True, None
    met: dict[str, bool] = {}
    neutral: dict[str, tuple[bool, int | None]] = {}  # has a neutral member; when it was met
    for name, group in policy.groups.items():
        if name in cosigners:
            met[name] = times[name] is not None
            is_witness = cosigners[name].receipt_of is None
            neutral[name] = (is_witness, times[name] if is_witness else None)
            continue
        if any(member not in met for member in group.members):
            raise BadPolicy(f"group {name}: names what is not defined before it")
        met[name] = sum(met[member] for member in group.members) >= group.k
        neutral[name] = neutral_time(group, [neutral[member] for member in group.members])
    if policy.quorum not in met:
        raise BadPolicy(f"quorum {policy.quorum}: names one key; name the group of a cosigner")
    return met[policy.quorum], neutral[policy.quorum][1]


def neutral_time(
    group: Group, members: Iterable[tuple[bool, int | None]]
) -> tuple[bool, int | None]:
    """The k-th smallest time of the members that are not receipts.

    `all` stays all of those that remain; any other threshold keeps its number, so that taking
    receipts out can only make the time later or unknown.
    """
    remaining = [time_s for has_neutral, time_s in members if has_neutral]
    known = sorted(time_s for time_s in remaining if time_s is not None)
    k = len(remaining) if group.k == len(group.members) else group.k
    if not remaining:
        return False, None
    return True, known[k - 1] if len(known) >= k else None
