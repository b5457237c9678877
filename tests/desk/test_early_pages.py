"""A notice with the classical signature only, at the desk: read, rung, never called received."""

import re
from dataclasses import replace
from typing import Any

import pytest

from openline.desk.pages import alarm_pages, queue_pages, shift_pages
from openline.desk.pages.look import LANGUAGES
from openline.desk.roster import EVERY_LINE
from openline.exchange.carried import early
from openline.exchange.kept import alarms
from openline.exchange.traffic import dispatch
from openline.formats.terms import load_terms
from tests.desk.paged import ANNA, paged, visit_of
from tests.desk.test_pages_in_process import element, plain
from tests.exchange.conftest import Peers, make_peers, text

US, RU = "us.example", "ru.example"
AUDIT = replace(ANNA, person=bytes(15) + b"z", name="Zoe", lines={EVERY_LINE: ("auditor",)})
FLASH: dict[str, Any] = {
    "subject": text("Fire on a convoy"), "precedence": "flash", "place": "Riverside bridge",
}  # fmt: skip


def early_flash(peers: Peers, line: bytes) -> tuple[bytes, bytes]:
    """A flash notice of RU of which the long signature has not come to US yet."""
    peers.carry()
    peers.say(RU, line, "core/incident@1", FLASH, "report")
    shipment = dispatch.next_delivery(peers[RU].station, US)
    assert shipment is not None
    first, second = early.split(shipment.body) or (b"", b"")
    early.take(peers[US].station, first)
    return first, second


@pytest.mark.parametrize("lang", LANGUAGES)
def test_classical_signature_only_is_read_in_queue_and_watch_and_rings(lang: str) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    _, second = early_flash(peers, line)
    mark = str(load_terms().label("word.classical-only", lang))
    for page in (queue_pages.queue, queue_pages.queue_rows, shift_pages.watch):
        said = plain(element(paged(page, visit_of(peers, US, lang=lang)), "section", 'id="early"'))
        assert mark in said and "Riverside bridge" in said and "Fire on a convoy" in said
    bar = paged(alarm_pages.bar, visit_of(peers, US, lang=lang))
    assert 'data-ring="flash"' in bar and mark in plain(bar)
    assert "/message?" not in bar  # there is no such message before the long signature is there
    early.complete(peers[US].station, second)
    assert mark not in plain(element(paged(queue_pages.queue, visit_of(peers, US, lang=lang)),
                                     "section", 'id="early"'))  # fmt: skip
    bar = paged(alarm_pages.bar, visit_of(peers, US, lang=lang))
    assert 'data-ring="flash"' in bar and "/message?" in bar and mark not in plain(bar)


def test_an_early_notice_of_a_line_is_read_by_nobody_without_a_role_on_it() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    early_flash(peers, line)
    elsewhere = replace(ANNA, lines={"00" * 32: ANNA.lines[EVERY_LINE]})
    for page in (queue_pages.queue, shift_pages.watch, alarm_pages.bar):
        assert "Riverside" not in paged(page, visit_of(peers, US, officer=elsewhere))
    assert not re.search("data-ring", paged(alarm_pages.bar, visit_of(peers, US, officer=AUDIT)))


def test_the_same_early_delivery_again_tells_nothing_again() -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU)
    first, _ = early_flash(peers, line)
    early.take(peers[US].station, first)
    (alarm,) = alarms.standing(peers[US].station)
    assert (alarm.code, alarm.count) == ("early.held", 1)
