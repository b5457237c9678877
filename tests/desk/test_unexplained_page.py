"""A log that does not fit, at the desk: what to do, whom to ring, and no word against anybody."""

import pytest

from openline.desk.pages import watch_pages
from openline.desk.pages.look import LANGUAGES
from openline.formats.terms import load_terms
from tests.desk.paged import paged, visit_of
from tests.desk.test_pages_in_process import plain
from tests.exchange.test_many_epochs import reopen
from tests.exchange.test_unexplained import unexplained
from tests.exchange.visiting import RU, US


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_of_an_unexplained_log_says_what_to_do_and_accuses_nobody(lang: str) -> None:
    made, terms = unexplained(), load_terms()
    board = paged(watch_pages.board, visit_of(made.peers, RU, lang=lang))
    assert str(terms.label("fork.title-unexplained", lang)) in board
    page = plain(paged(watch_pages.frozen, visit_of(made.peers, RU, lang=lang, o=made.origin)))
    for part in ("unexplained", "do-not-rely", "do-ring", "do-ask", "do-wait", "safe-ours"):
        assert plain(str(terms.label(f"fork.{part}", lang))) in page
    for part in ("forked", "title-forked", "do-save", "way-back"):
        assert plain(str(terms.label(f"fork.{part}", lang))) not in page


def test_the_way_back_is_said_when_the_party_opened_a_new_epoch() -> None:
    made = unexplained()
    reopen(made.peers[US], made.line)
    made.carry_past()
    page = plain(paged(watch_pages.frozen, visit_of(made.peers, RU, o=made.origin)))
    assert str(load_terms().label("fork.way-back", "en")) in page
    board = paged(watch_pages.board, visit_of(made.peers, RU))
    assert 'class="frozen"' not in board
