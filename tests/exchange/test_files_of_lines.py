"""A file belongs to the line on which it came: to name its hash on another one moves nothing.

A member of another line knows a hash from a disclosure, or from a member who told it. It may name
it there before the file is here, after, or before the message that tells of it has come.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from openline.cases.entry import Ref
from openline.exchange.contents import attached, file_members
from openline.exchange.contents.attached import NotHeld
from openline.exchange.folding import erasing
from openline.exchange.kept import archive_export
from openline.exchange.refusals import NotYours
from openline.exchange.traffic import asks
from openline.exchange.traffic.link import Link
from openline.formats.spell import b64
from tests.exchange.conftest import make_peers
from tests.exchange.test_attached import fetch, said, state

US, RU, CH = "us.example", "ru.example", "ch.example"


@dataclass
class Two:
    """Two lines of one party: on the first a file is sealed, on the second RU names its hash."""

    def __post_init__(self) -> None:
        self.peers = make_peers(US, RU, CH)
        self.alpha = self.peers.open_line(US, CH, title="Alpha")
        self.beta = self.peers.open_line(US, RU, title="Beta")
        self.us, self.ru, self.ch = (self.peers[each].station for each in (US, RU, CH))
        self.file = attached.seal(self.ch, self.alpha, "plan.txt", b"the plan")

    def tell(self) -> Ref:
        """Its author says it where it was sealed for."""
        return said(self.peers, CH, self.alpha, self.file)

    def name(self) -> Ref:
        return said(self.peers, RU, self.beta, self.file)

    def fetch(self) -> None:
        fetch(self.us, self.ch, Link(CH))

    def is_of(self, line_id: bytes) -> bool:
        return file_members.belongs(self.us, self.file.age, line_id)


ORDERS = [("tell", "fetch", "name"), ("tell", "name", "fetch"), ("name", "tell", "fetch")]


@pytest.mark.parametrize("order", ORDERS)
def test_a_file_is_of_the_line_of_whoever_gave_it_in_whichever_order_it_is_named(
    order: tuple[str, ...],
) -> None:
    two = Two()
    for step in order:
        getattr(two, step)()
    assert state(two.us, two.file) == "held"
    assert two.is_of(two.alpha) and not two.is_of(two.beta)
    assert attached.opened(two.us, two.file.age) == b"the plan"


def test_what_was_refused_under_a_false_name_elsewhere_begins_anew_on_its_own_line() -> None:
    two = Two()
    two.name()
    attached.refuse(two.us, two.file.age, "holds something else than the message says")
    two.tell()
    assert two.is_of(two.alpha), "it is asked for on the line that tells of it now"
    two.fetch()
    assert two.is_of(two.alpha) and state(two.us, two.file) == "held"


def test_who_names_the_hash_on_another_line_is_not_told_that_the_file_is_here() -> None:
    """Else every hash could be tried: which of them are held here, by a party of which lines."""
    two = Two()
    two.tell()
    sealed = two.ch.store.attachment_bytes(two.file.age, 0, two.file.size)
    attached.take(two.us, CH, two.file.age, 0, sealed)  # nobody is told yet that it is here
    two.name()
    assert fetch(two.us, two.ru, Link(RU)) == 0, "no ask at its end goes to who cannot have it"
    assert attached.untold(two.us, RU) == []
    assert [row.hash for row in attached.untold(two.us, CH)] == [two.file.age], "the control"
    with pytest.raises(NotYours):
        asks.handle(two.us, asks.ask(two.ru, US, "attachment", b64(two.file.age), "0"))


def test_the_author_of_its_own_line_is_told_all_the_same() -> None:
    """The control of the test before."""
    two = Two()
    two.name()
    two.tell()
    two.fetch()
    assert US in dict(two.ch.store.attachment_holders(two.file.age))


def test_naming_it_elsewhere_keeps_no_file_from_being_erased_and_brings_none_back() -> None:
    two = Two()
    place = two.tell()
    two.fetch()
    two.name()
    two.peers.say(CH, two.alpha, "core/close@1", {}, answer="completed", refs=[place])
    for _ in range(3):
        two.peers.carry()
    erasing.erase(two.us, two.alpha, place)
    assert state(two.us, two.file) == "erased"
    two.name()
    assert state(two.us, two.file) == "erased"
    with pytest.raises(NotHeld):
        attached.opened(two.us, two.file.age)


def test_erasing_what_names_it_elsewhere_leaves_it_to_its_own_line() -> None:
    two = Two()
    two.tell()
    two.fetch()
    named = two.name()
    two.peers.say(RU, two.beta, "core/close@1", {}, answer="completed", refs=[named])
    for _ in range(3):
        two.peers.carry()
    erasing.erase(two.us, two.beta, named)
    assert attached.opened(two.us, two.file.age) == b"the plan"


def test_erasing_what_names_it_elsewhere_leaves_what_waits_to_be_said_on_its_own_line() -> None:
    two = Two()
    draft = attached.seal(two.us, two.alpha, "draft.txt", b"not said yet")
    named = said(two.peers, RU, two.beta, draft)
    two.peers.say(RU, two.beta, "core/close@1", {}, answer="completed", refs=[named])
    for _ in range(3):
        two.peers.carry()
    erasing.erase(two.us, two.beta, named)
    assert attached.opened(two.us, draft.age) == b"not said yet"


def test_the_archive_has_it_in_the_folder_of_its_own_line_alone(tmp_path: Path) -> None:
    two = Two()
    two.tell()
    two.fetch()
    two.name()
    for _ in archive_export.steps(two.us, tmp_path / "archive"):
        pass
    files = [each.relative_to(tmp_path) for each in tmp_path.rglob(f"*.{two.file.age.hex()}.age")]
    assert len(files) == 1 and two.alpha.hex()[:8] in str(files[0])


def test_each_giver_of_wrong_bytes_is_named_in_an_alarm_of_its_own() -> None:
    """One text with both names would tell the watch of one line who is on the other."""
    two = Two()
    two.name()
    two.tell()
    half = two.file.size // 2
    attached.take(two.us, RU, two.file.age, 0, bytes(half))
    with pytest.raises(attached.WrongDigest):
        attached.take(two.us, CH, two.file.age, half, bytes(two.file.size - half))
    found = [each for each in two.us.store.events("alarm") if "wrong-digest" in each.code]
    assert sorted(each.subject for each in found) == [CH, RU]
    assert all((RU in each.text) != (CH in each.text) for each in found)
