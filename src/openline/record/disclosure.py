"""Verifying a disclosure, offline, with nothing but files and the user's own trust.

Shapes   verify_file(data, policy, suite, fingerprints=..., allow_exercise=...) -> Verdict, by what
         the file begins with; verify_proof, verify_range, verify_bundle (data, trust) for one kind
Units    times are unix seconds UTC
Raises   BadProof, BadNote, QuorumNotMet, BadPolicy, BadCards, OtherFingerprint, Malformed: an
         altered file has no verdict. What is intact and does not show enough is a Verdict of exit 4
Source   docs/PROTOCOL.md part 9
Never    needs a node, a network or a clock; never trusts a policy that came with the proof
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from openline.envelope.suite import Suite
from openline.formats.policy import Policy
from openline.formats.proof import CardsPart
from openline.record.bundle import bind, judge_bundle
from openline.record.checkpoint import BadNote
from openline.record.entry_proof import Judgement, judge_proof
from openline.record.evidence import FIRST_LINE as EVIDENCE_BEGINS
from openline.record.forks import judge_evidence
from openline.record.policy import log_key
from openline.record.ranges import GUARANTEE, judge_range
from openline.record.trust import Trust, trust_of
from openline.record.verdict import Verdict

BUNDLE_BEGINS: Final = b"openline/v1 proofs\n"
RANGE_BEGINS: Final = b"openline/v1 range\n"
NOBODY: Final[Mapping[str, bytes]] = MappingProxyType({})


def verify_file(
    data: bytes,
    policy: Policy | Sequence[Policy] | None,
    suite: Suite,
    *,
    fingerprints: Mapping[str, bytes] = NOBODY,
    allow_exercise: bool = False,
    cards: Iterable[CardsPart] = (),
    charters: Iterable[str] = (),
    asked: str = GUARANTEE,
) -> Verdict:
    """Verify a proof, a range, a bundle or fork evidence, by the first line of the file.

    `asked` is the answer class or the format whose absence from a range matters.
    """
    policies = (policy,) if isinstance(policy, Policy) else policy or ()
    trust = trust_of(
        suite,
        policies=policies,
        fingerprints=fingerprints,
        cards=cards,
        charters=charters,
        allow_exercise=allow_exercise,
    )
    if data.startswith(BUNDLE_BEGINS):
        return verify_bundle(data, trust, asked)
    if data.startswith(RANGE_BEGINS):
        return verify_range(data, trust, asked)
    if data.startswith(EVIDENCE_BEGINS):
        return judge_evidence(data, trust)
    return verify_proof(data, trust, asked)


def verify_proof(data: bytes, trust: Trust, asked: str = "") -> Verdict:
    """Verify one entry; of a digest, whether the entry `asked` (ORIGIN:INDEX) stands in it."""
    return under_policy(judge_proof(data, trust, asked), trust)


def verify_range(data: bytes, trust: Trust, asked: str = GUARANTEE) -> Verdict:
    """Verify a range and say whether the class or format `asked` stands in it."""
    return under_policy(judge_range(data, trust, asked), trust)


def verify_bundle(data: bytes, trust: Trust, asked: str = GUARANTEE) -> Verdict:
    """Verify a bundle. A part of a log that no policy is about needs a fingerprint of its party."""
    return judge_bundle(data, trust, asked)


def under_policy(judgement: Judgement, trust: Trust) -> Verdict:
    """A single file under policies that were given must be of a log that one of them is about."""
    origin = judgement.stretch.origin
    if trust.policies and trust.policy_for(origin) is None:
        named = ", ".join(log_key(each).name for each in trust.policies)
        raise BadNote(f"{origin}: the policy that was given is about {named}")
    return bind({0: judgement})[0].verdict
