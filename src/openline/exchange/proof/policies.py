"""The policy beside a disclosure: it asks for exactly the signatures that the file carries.

Shapes   policies_of(vouched) -> one Policy per log; policy_text(policies) -> the file
Units    k counts members of a group
Raises   nothing of its own
Source   docs/PROTOCOL.md part 9, "Policy"
Never    counts for a reader who has not compared its keys: whoever writes the proof writes this
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from openline.exchange.proof.vouching import Receipt, Vouched, receipt_name
from openline.formats.charter import Charter
from openline.formats.note import Vkey
from openline.formats.policy import Group, Policy
from openline.record.policy import cosigners_of, log_key
from openline.record.trust import charter_policy

EVERYBODY: Final = "everybody"
WARNING: Final = "# Written by the discloser: compare the keys with a source of your own.\n"


def policies_of(vouched: Iterable[Vouched]) -> tuple[Policy, ...]:
    """One policy for each log, which every head of that log in the file meets."""
    by_origin: dict[str, list[Vouched]] = {}
    for each in vouched:
        by_origin.setdefault(each.head.origin, []).append(each)
    return tuple(policy_for(group) for group in by_origin.values())


def policy_text(policies: Sequence[Policy]) -> str:
    """All policies in one text; each begins with its `log` line."""
    parts = [f"# for the log {log_key(each).name}\n{each.text()}" for each in policies]
    return WARNING + "\n".join(parts)


def policy_for(group: Sequence[Vouched]) -> Policy:
    """The log's key, the keys of all cosigners, and a quorum of those under every head."""
    names = Names()
    required: list[str] = []
    if any(each.has_witnesses for each in group):
        charter = group[0].charter
        is_quorum_shown = all(each.has_quorum for each in group)
        required += names.take_charter(charter, is_quorum_shown=is_quorum_shown)
    for party in sorted({receipt.party for each in group for receipt in each.receipts}):
        receipts = [r for each in group for r in each.receipts if r.party == party]
        name = names.take_receipts(party, receipts)
        if len(receipts) == len(group):
            required.append(name)
    return names.policy(group[0].log6, required)


class Names:
    """The witnesses and groups of a policy in the making; no name is given twice."""

    def __init__(self) -> None:
        self.witnesses: dict[str, tuple[Vkey, str | None]] = {}
        self.groups: dict[str, Group] = {}

    def fresh(self, name: str) -> str:
        """The name, or the next one that is free."""
        taken = {*self.witnesses, *self.groups}
        return next(each for each in numbered(name) if each not in taken)

    def take_charter(self, charter: Charter, *, is_quorum_shown: bool) -> list[str]:
        """The charter's quorum with all below it; else its witnesses, of whom none is asked."""
        policy = charter_policy(charter)
        required = [policy.quorum] if policy.quorum is not None and is_quorum_shown else []
        kept = set(cosigners_of(policy, [member.party for member in charter.members]))
        for name in required:
            kept = below(policy, name)
        self.groups.update({name: g for name, g in policy.groups.items() if name in kept})
        keys = {member for group in self.groups.values() for member in group.members}
        self.witnesses.update({n: key for n, key in policy.witnesses.items() if n in keys})
        return required

    def take_receipts(self, party: str, receipts: Sequence[Receipt]) -> str:
        """The group of a party's receipt keys; of several pairs (keys turned) any will do."""
        made = []
        for receipt in {receipt.vkey6.public: receipt for receipt in receipts}.values():
            members = []
            for vkey in (receipt.vkey4, receipt.vkey6):
                member = self.fresh(f"{receipt_name(party)}-{vkey.kind}")
                self.witnesses[member] = (vkey, None)
                members.append(member)
            made.append(self.take_group(receipt_name(party), len(members), members))
        return made[0] if len(made) == 1 else self.take_group(f"{party}/receipts", 1, made)

    def take_group(self, name: str, k: int, members: Sequence[str]) -> str:
        """One more group; the name that it got."""
        free = self.fresh(name)
        self.groups[free] = Group(k, tuple(members))
        return free

    def policy(self, log6: Vkey, required: Sequence[str]) -> Policy:
        """The policy that asks for all of `required`."""
        quorum = next(iter(required), None)
        if len(required) > 1:
            quorum = self.take_group(EVERYBODY, len(required), required)
        return Policy(((log6, None),), self.witnesses, self.groups, quorum)


def numbered(name: str) -> Iterator[str]:
    """The name, then the name with .2, .3 and so on."""
    yield name
    number = 2
    while True:
        yield f"{name}.{number}"
        number += 1


def below(policy: Policy, name: str) -> set[str]:
    """A group and every group under it: a name is a member once, so what is above stays out."""
    found = {name}
    for member in policy.groups[name].members:
        if member in policy.groups:
            found |= below(policy, member)
    return found
