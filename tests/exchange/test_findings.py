"""What was found in a file: said of what was taken out here, never of what somebody else sent."""

import pytest

from openline.exchange.contents import attached, findings
from openline.exchange.contents.findings import Finding, MetadataNotChosen
from openline.exchange.folding import erasing
from openline.exchange.station import Station
from openline.exchange.traffic.link import Link
from openline.formats import openjson, photo
from openline.formats.attachment import Attached
from openline.store.views import DURABLE_TABLES
from tests.desk.photographs import OTHERS, PLACE, jpeg
from tests.exchange.conftest import make_peers
from tests.exchange.test_attached import RU, US, Sent, close_case, fetch, said


def taken(station: Station, line: bytes, data: bytes) -> Attached:
    """A photograph attached as the desk does it."""
    clean = photo.cleaned(data)
    found = attached.seal(station, line, "photo.jpg", clean.data)
    findings.keep(station, found.age, clean)
    return found


def test_what_was_taken_out_is_known_while_the_file_is_here_and_not_after() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us = peers[US].station
    file = taken(us, line, jpeg())
    size = len(photo.cleaned(jpeg()).data)
    assert findings.of(us, file.age) == Finding("jpeg", size, ("EXIF", "comment"), known=True)
    assert attached.NOTES in DURABLE_TABLES  # kept like the drafts whose pages say it
    peers.clock.time_s += attached.UNSAID_S + 1
    attached.seal(us, line, "new.jpg", b"new")
    assert us.views.get(attached.NOTES, file.age.hex()) is None


def test_an_erased_case_leaves_no_note_of_its_files() -> None:
    sent = Sent(data=b"a plate")
    findings.of(sent.us, sent.file.age)
    close_case(sent)
    erasing.erase(sent.us, sent.line, sent.place)
    assert sent.us.views.get(attached.NOTES, sent.file.age.hex()) is None


def test_a_picture_of_somebody_else_is_called_clean_only_if_nothing_is_in_it() -> None:
    """Its sender's node may have taken nothing out; what is in it here is what counts."""
    for data, known in ((jpeg(), False), (jpeg(exif=False), True), (b"\xff\xd8\xffbroken", False)):
        sent = Sent(data=data)
        fetch(sent.ru, sent.us, Link(US))
        found = findings.of(sent.ru, sent.file.age)
        assert (found.kind, found.removed, found.known) == ("jpeg", (), known)
        assert (PLACE in attached.opened(sent.ru, sent.file.age)) == (data == jpeg())


def test_it_is_said_who_is_asked_for_a_file_until_it_is_here() -> None:
    sent = Sent()
    assert attached.asked(sent.ru, sent.file.age) == ""
    fetch(sent.ru, sent.us, Link(US), parts=2)
    assert attached.asked(sent.ru, sent.file.age) == US
    fetch(sent.ru, sent.us, Link(US))
    assert attached.asked(sent.ru, sent.file.age) == ""


def test_a_message_of_ours_may_name_a_file_again_that_came_with_another() -> None:
    sent = Sent(data=jpeg(exif=False))
    fetch(sent.ru, sent.us, Link(US))
    place = said(sent.peers, RU, sent.line, sent.file)
    assert attached.of_entry(sent.us, *place) == [sent.file]


@pytest.mark.parametrize("kind", OTHERS)
def test_a_picture_that_is_not_cleaned_goes_out_only_by_the_choice_of_a_person(kind: str) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us = peers[US].station
    file = taken(us, line, OTHERS[kind])
    found = findings.of(us, file.age)
    assert (found.kind, found.known, found.is_asked, found.chosen_by) == (kind, False, True, "")
    named = {"attachments": [file.value()]}
    with pytest.raises(MetadataNotChosen):
        findings.refuse_unchosen(us, named)
    findings.choose(us, file.age, "aa" * 16)
    findings.refuse_unchosen(us, named)
    assert findings.of(us, file.age).chosen_by == "aa" * 16
    findings.choose(us, file.age, "")
    with pytest.raises(MetadataNotChosen):
        findings.refuse_unchosen(us, named)


@pytest.mark.parametrize("data", [jpeg(), b"%PDF-1.7 a report", b"what the post saw"])
def test_what_is_cleaned_and_what_no_camera_made_asks_for_no_choice(data: bytes) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    file = taken(peers[US].station, line, data)
    findings.refuse_unchosen(peers[US].station, {"attachments": [file.value()]})


def test_a_note_that_was_kept_before_there_was_a_choice_is_read_as_none() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    us = peers[US].station
    file = taken(us, line, jpeg())
    former = openjson.encode({"kind": "jpeg", "size": 7, "removed": ["EXIF"], "known": True})
    us.views.put(attached.NOTES, file.age.hex(), former)
    assert findings.of(us, file.age) == Finding("jpeg", 7, ("EXIF",), known=True)
