"""Releases of one entry: which assertions are over exactly the fields before them, by how many.

Shapes   check_releases(items, line_id, desk, officers, suite) -> Releases, for an opened entry;
         check_release(...) -> None for one assertion whose head is known
Units    k counts fields; `card_size` is that in the field `draft`
Raises   BadRelease from check_release; check_releases turns it into a ReleaseFlaw, for an entry
         that breaks the rules stays evidence
Source   docs/PROTOCOL.md part 6, "Release"
Never    counts a person or a key twice; never looks at what the released fields say
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from openline.envelope.release import BadAssertion, verify_assertion
from openline.envelope.suite import Suite
from openline.errors import OpenlineError
from openline.formats.card import Desk
from openline.formats.field import Field
from openline.formats.malformed import Malformed
from openline.formats.officer import OfficerLeaf
from openline.formats.openjson import Value
from openline.formats.release import (
    Assertion,
    batch_statement,
    challenge,
    parse_assertion,
    release_statement,
)
from openline.record.tree import BadProof, leaf_hash, root_by_path, root_of

PREFIX: Final = "release."
RELEASER: Final = "releaser"
AFTER_RELEASES: Final = ("at", "seen")


class BadRelease(OpenlineError):
    """An assertion that does not release these fields."""

    code: ClassVar[str] = "record.bad-release"
    remedy: ClassVar[str] = "Do not count this release; ask the sender to release the message anew."


@dataclass(frozen=True, slots=True)
class Release:
    """One assertion in its place: field k, over the fields below it, whose root is `head`."""

    path: str
    k: int
    head: bytes
    assertion: Assertion


@dataclass(frozen=True, slots=True)
class ReleaseFlaw:
    """Why a `release.` field does not count."""

    path: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Releases:
    """The officers whose releases count, each once, and what does not count."""

    officers: tuple[OfficerLeaf, ...]
    flaws: tuple[ReleaseFlaw, ...]

    @property
    def count(self) -> int:
        """How many officers released."""
        return len(self.officers)


def check_releases(
    items: Sequence[Field | bytes],
    line_id: bytes,
    desk: Desk,
    officers: Iterable[OfficerLeaf],
    suite: Suite,
    *,
    may_batch: bool = False,
) -> Releases:
    """Judge every opened `release.` field of an entry of which all hashes are known.

    `desk` and `officers` are those of the card whose size the field `draft` names.
    """
    known = {officer.person: officer for officer in officers}
    hashes = [item.hash if isinstance(item, Field) else item for item in items]
    shown = {i: item for i, item in enumerate(items) if isinstance(item, Field)}
    found: list[OfficerLeaf] = []
    flaws: list[ReleaseFlaw] = []
    for k, field in shown.items():
        if not field.path.startswith(PREFIX):
            continue
        try:
            release = Release(field.path, k, root_of(hashes[:k]), parse_assertion(field.json))
            officer = known.get(release.assertion.person)
            if officer is None:
                raise BadRelease(f"{field.path}: no officer of the card has this person id")
            check_release(
                release, line_id, draft_card(shown), desk.rp_id, officer, suite, may_batch=may_batch
            )
            found.append(officer)
        except (BadRelease, Malformed) as flaw:
            flaws.append(ReleaseFlaw(field.path, str(flaw)))
    flaws += order_flaws(shown)
    counted = distinct(found)
    if len(counted) != len(found):
        flaws.append(ReleaseFlaw(PREFIX, "one person, or one key, released twice"))
    return Releases(counted if not order_flaws(shown) else (), tuple(flaws))


def check_release(
    release: Release,
    line_id: bytes,
    card_size: int,
    rp_id: str,
    officer: OfficerLeaf,
    suite: Suite,
    *,
    may_batch: bool = False,
) -> None:
    """Return if this officer released exactly the fields under `release.head`."""
    if RELEASER not in officer.roles:
        raise BadRelease(f"{release.path}: the officer's roles are {', '.join(officer.roles)}")
    if release.assertion.person != officer.person:
        raise BadRelease(f"{release.path}: made by another person")
    if release.assertion.batch is not None and not may_batch:
        raise BadRelease(f"{release.path}: the charter does not let this format go in a batch")
    wanted = due_challenge(release, line_id, card_size)
    try:
        verify_assertion(release.assertion, officer.spki, rp_id, wanted, suite)
    except BadAssertion as refused:
        raise BadRelease(f"{release.path}: {refused}") from None


def due_challenge(release: Release, line_id: bytes, card_size: int) -> bytes:
    """What the officer's device must have been asked to sign."""
    batch = release.assertion.batch
    if batch is None:
        return challenge(release_statement(line_id, card_size, release.k, release.head))
    index, count, proof = batch
    try:
        root = root_by_path(leaf_hash(release.head), index, count, proof)
    except BadProof as refused:
        raise BadRelease(f"{release.path}: its place in the batch: {refused}") from None
    return challenge(batch_statement(line_id, card_size, count, root))


def distinct(officers: Iterable[OfficerLeaf]) -> tuple[OfficerLeaf, ...]:
    """Officers in order, without a person or a key that was there before."""
    kept: list[OfficerLeaf] = []
    for officer in officers:
        if all(officer.person != o.person and officer.spki != o.spki for o in kept):
            kept.append(officer)
    return tuple(kept)


def order_flaws(shown: dict[int, Field]) -> list[ReleaseFlaw]:
    """After the first release only releases, `at` and `seen` follow: else something unreleased
    would stand among the released fields."""
    releases = [k for k, field in shown.items() if field.path.startswith(PREFIX)]
    flaws = []
    for k, field in shown.items():
        is_allowed = field.path.startswith(PREFIX) or field.path in AFTER_RELEASES
        if releases and k > min(releases) and not is_allowed:
            flaws.append(ReleaseFlaw(field.path, f"{field.path} stands after a release"))
    return flaws


def draft_card(shown: dict[int, Field]) -> int:
    """The card size that the field `draft` names."""
    for field in shown.values():
        if field.path == "draft":
            return card_size_of(field.json)
    raise BadRelease("draft: the field is not shown")


def card_size_of(draft: Value) -> int:
    """The first item of a `draft` value."""
    if isinstance(draft, list) and len(draft) == 2:
        size = draft[0]
        if isinstance(size, int) and not isinstance(size, bool) and size > 0:
            return size
    raise BadRelease("draft: not a card size and an id")
