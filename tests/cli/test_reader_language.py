"""What an officer reads on the terminal in another language than English."""

import re
from pathlib import Path

import pytest

import openline
from openline.cli.client import client
from openline.cli.commands import (
    attachment,
    backup,
    board,
    cases,
    digest,
    doctor,
    events,
    import_notices,
    import_table,
    keys,
    line_chain,
    line_compare,
    notebook,
    officer,
    party,
    restore,
    roster,
    wait,
)
from openline.cli.commands.disclose import question
from openline.cli.commands.line import described, state_of
from openline.cli.commands.line_chain import state_in_chain
from openline.cli.commands.queue import lines_of
from openline.cli.face import Face
from openline.cli.main import run
from openline.cli.settings import Settings
from openline.formats.terms import label
from tests.cli.homes import Homes, two_homes

SOURCE = Path(openline.__path__[0])


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    return two_homes(tmp_path_factory.mktemp("homes"))


def told(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = run([*args])
    out, err = capsys.readouterr()
    return code, out, err


def test_a_refusal_is_read_in_the_readers_language_with_its_name_and_the_english_beside(
    homes: Homes, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = told(
        capsys, "show", "north.example:9.9", "--home", str(homes.first), "--lang", "nl"
    )
    assert code == 3
    assert "Geen inschrijving hier heeft deze naam" in err and "[cli.no-such-entry]" in err
    assert "Wat te doen: Neem de naam uit de wachtrij" in err
    assert "openline queue" in err
    english = told(capsys, "show", "north.example:9.9", "--home", str(homes.first))[2]
    assert "Geen" not in english and "What to do:" in english


@pytest.mark.parametrize("spelled", [["--lang", "uk"], ["--lang=uk"]])
def test_the_language_is_known_even_before_the_command_line_is_read(
    spelled: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, err = told(capsys, "show", *spelled, "--home", "/nowhere", "x:1.1")
    assert "Що робити" in err and "cli.no-node" in err


def test_the_queue_has_its_heads_and_states_in_the_readers_language() -> None:
    row = {
        "due": "2030-01-01T00:00:00Z", "state": "overdue", "rule": "format", "precedence": "flash",
        "next": "acknowledge", "from": "north.example", "number": "1.1", "standing": "compared",
        "life": "cancelled", "status": "exercise", "format": "core/visit@1", "title": "Relief",
        "ladder": "a0", "received": "", "rest": "",
    }  # fmt: skip
    shown = "\n".join(lines_of(Plain("nl"), {"queue": [row], "ours": [], "files": [], "lines": []}))
    for word in ("oefening", "bevestig", "voorrang", "handvest"):
        assert word in shown.lower()
    assert "geannuleerd" in shown.lower() and "cancelled" not in shown.lower()
    assert "core/visit@1" not in shown and str(label("format.visit", "nl")) in shown
    assert "charter" not in shown.lower()
    english = "\n".join(
        lines_of(Plain("en"), {"queue": [row], "ours": [], "files": [], "lines": []})
    )
    assert "OVERDUE" in english and "CANCELLED" in english and "EXERCISE" in english


class Plain:
    """A face without colours."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def paint(self, text: str, color: str) -> str:
        return text


LANGUAGES = ("de", "fr", "nl", "es", "it", "ru", "uk", "ar", "zh")
LINE = {
    "status": "exercise", "line": "a" * 64, "title": "Relief", "suspect": "", "state": "accepted",
    "open": False, "proposed_by": "", "open_cases": 2, "irregularities": 1, "in_force": 3,
    "silent_since": "", "waits": "", "dropped": False,
    "members": [
        {"party": "north.example", "standing": "self", "opened": True},
        {"party": "south.example", "standing": "compared", "opened": False},
    ],
    "limits": [
        {"party": "south.example", "class": "suspended", "since": "2030-01-01T00:00:00Z"}
    ],
    "parties": [
        {
            "party": "south.example", "standing": "compared", "is_us": False, "left": False,
            "not_heard_since": "never", "last_message": "", "last_test": "", "last_answer": "",
            "tests_missed": 2, "next_test": "",
            "status": {"class": "degraded", "since": "2030-01-01T00:00:00Z"},
        }
    ],
}  # fmt: skip


def shown(lang: str) -> str:
    """The board, a case, an event and a wait in one language."""
    case = {
        "party": "north.example", "number": "1.1", "standing": "self", "line": "a" * 64,
        "format": "core/visit@1", "state": "closed", "outcome": "completed", "subject": "Relief",
        "topic": "", "entries": 2, "irregularities": [], "not_received": ["south.example"],
    }  # fmt: skip
    event = {
        "at": "2030-01-01T00:00:00Z", "kind": "alarm", "code": "answer.stale", "standing": "",
        "subject": "Relief", "text": "It answers version 1; version 2 is held here.",
    }  # fmt: skip
    waited = {
        "receipts": {"south.example": "2030-01-01T00:00:00Z"}, "missing": ["west.example"],
        "answers": [{"party": "south.example", "class": "declined"}],
    }  # fmt: skip
    rows = [cases.row_of(case, LINE, lang), events.row_of(event, lang), wait.rows_of(waited, lang)]
    declined = {**LINE, "state": "declined"}
    found = {"lines": [LINE], "declined": [declined], "links": [], "relays": []}
    told = board.lines_of(found, lang, runs=False)
    return "\n".join([*told, state_of(LINE, lang), *map(str, rows)])


def test_the_board_says_what_it_counts_and_that_nothing_was_ever_heard() -> None:
    text = shown("en")
    assert "GUARANTEES IN FORCE" in text and "NEVER HEARD" in text and "since never" not in text
    assert "no link is tested" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_board_cases_events_and_waiting_leave_no_english_word_in_another_language(
    lang: str,
) -> None:
    """Where lives hang on a phrase its English stands beside it, in brackets."""
    english = (
        "OPEN CASES", "GUARANTEES IN FORCE", "SAYS OF", "NEVER", "MISSED", "NOT ACCEPTED", "STATUS",
        "accepted by us", "declined", "closed", "completed", "NOT RECEIVED", "alarm",
        "received", "answered", "No node runs", "since",
    )  # fmt: skip
    same = {"de": {"alarm", "STATUS"}, "nl": {"alarm"}}.get(lang, set())
    text = re.sub(r"\([^)]*\)", "", shown(lang))
    assert [word for word in english if word in text and word not in same] == []


def test_an_english_word_that_is_left_would_be_seen() -> None:
    """The negative control: the same words are all there in English."""
    text = shown("en")
    for word in ("OPEN CASES", "GUARANTEES IN FORCE", "NEVER", "MISSED", "accepted by us",
                 "declined", "closed", "NOT RECEIVED", "alarm", "received", "answered",
                 "No node runs"):  # fmt: skip
        assert word in text, word


# ---- whoever has the watch at night: a line, whom to ring, what to mend, what happened -----------

CHARTER = {
    **LINE, "purpose": "", "level": "humanitarian", "packs": ["core 1"], "warnings": [
        {"code": "line.not-accepted", "sentence": "south.example has NOT accepted the charter."}],
    "languages": ["en"], "logs": [
        {"party": "north.example", "epoch": 1, "entries": 3, "status": "active", "origin": "o"}],
    "gaps": [["o", 1, 3, "lost", "south.example"], ["o", 4, 5, "withheld", "south.example"]],
    "members": [{"party": "north.example", "standing": "self", "opened": True},
                {"party": "south.example", "standing": "introduced by east.example",
                 "opened": True}],
}  # fmt: skip
ROSTER = {
    "unsure": {"south.example": "provisional"},
    "roster": [{"party": "south.example", "posts": [], "local_zone": "UTC", "zone_known": False,
                "until": ""}],
    "flash": [{"party": "north.example", "number": "1.1", "confirm_state": "overdue",
               "confirm_due": "2030-01-01T00:00:00Z",
               "addressees": [{"party": "south.example", "ring": [], "acknowledged": ""}]}],
}  # fmt: skip
CHECKS = (
    "clock", "own logs", "own entries", "outbox", "receipts", "anchor", "start", "restores", "keys",
    "card", "tls", "files", "packs", "pack", "store", "relay east.example", "party south.example",
)  # fmt: skip
CODES = (
    "watch.arrived", "watch.due", "watch.escalate", "fold.differs", "log.forked", "party.doubled",
    "defect.sealed", "epoch.suspect", "relay.silent", "line.proposed", "digest.differs",
)  # fmt: skip


def at_night(lang: str, charter: str) -> str:
    """All of it; particulars, which are in English beside the words, stand in brackets."""
    checks = [
        doctor.row_of({"what": what, "ok": ok, "text": "p"}, lang)
        for what in CHECKS
        for ok in (True, False)
    ]
    told = [
        events.row_of({"at": "t", "kind": "alarm", "code": code, "standing": "provisional",
                       "subject": "x", "text": "p"}, lang)[3:]
        for code in CODES
    ]  # fmt: skip
    link = {"left": True, "dropped": False, "open": False, "state": "accepted"}
    return "\n".join(
        [
            *described({**CHARTER, "charter": charter}, lang),
            *roster.lines_of(ROSTER, lang),
            *map(str, checks),
            *map(str, told),
            state_in_chain(link, lang), state_in_chain({**link, "left": False}, lang),
            question([], 1, ["place", "release.1"], lang),
        ]
    )  # fmt: skip


# Words of the terminal's own English that none of it may keep in another language.
ENGLISH_WORDS = (
    "timers", "visible", "relays", "witnesses", "purpose", "CANNOT READ", "nobody holds", "opened",
    "introduced", "provisional", "EPOCH", "ENTRIES", "no roster", "unknown zone",
    "NOT ACKNOWLEDGED", "not confirmed", "RING", "REACH", "MEND", "own logs", "outbox", "receipts",
    "'ok'", "left by us", "Disclose", "Withheld until", "who released", "active", "alarm",
)  # fmt: skip
SAME = {"nl": {"alarm"}, "de": {"alarm", "EPOCH"}}


@pytest.fixture(scope="module")
def charter(homes: Homes) -> str:
    with client(homes.first) as node:
        return str(node.call("line_show", line=homes.line_id)["charter"])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_read_at_night_leaves_no_english_word_in_another_language(
    lang: str, charter: str
) -> None:
    text = at_night(lang, charter)
    words = re.sub(r"\(p\)|\([A-Z]+\)|[a-z]+\.[a-z0-9.]+", "", text)
    words = words.replace("south.example has NOT accepted the charter.", "")
    assert [
        each for each in ENGLISH_WORDS if each in words and each not in SAME.get(lang, ())
    ] == []


def test_each_of_these_words_is_there_in_english(charter: str) -> None:
    """The negative control of the test above."""
    text = at_night("en", charter)
    assert [each for each in ENGLISH_WORDS if each not in text and each != "alarm"] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_alarm_of_a_node_has_words(lang: str) -> None:
    """Every code that `tell` and `note_event` are given in the source."""
    source = "\n".join(path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.py")))
    named = r'tell\(tx, "(?:alarm|notice)",\s*[\w.()]+,\s*f?"([a-z-]+\.[a-z-]+)"'
    told = set(re.findall(named, source))
    assert len(told) > 15
    for code in told:
        event = {
            "at": "",
            "kind": "alarm",
            "code": code,
            "standing": "",
            "subject": "",
            "text": "p",
        }
        assert events.row_of(event, lang)[4] != "p", code


# ---- what an administrator is told: keys, officers, parties, tables, copies ----------------------

ROW = {
    "party": "south.example", "standing": "compared", "digits": "1", "cards": 1, "officers": 2,
    "urls": [],
}  # fmt: skip
COMPARED = {
    "status": "test", "title": "t", "line": "l",
    "compared": [{"party": "south.example", "result": "unknown", "why": "p", "time": "",
                  "logs": [], "cards": []}],
}  # fmt: skip
IMPORTED = {
    "rows": 3, "good": 1,
    "faults": [{"row": 2, "column": "c", "code": "no-such-time", "sentence": "p"}],
    "twins": [{"one": "a", "other": "b", "why": "same name", "distance_m": 7}],
}  # fmt: skip
NOTICE = {
    "number": "1", "kind": "replaces", "checked": False, "areas": 0, "windows": [],
    "doubts": ["p"], "doubt_codes": ["area-not-understood"],
}  # fmt: skip
TOLD = {"told": 1, "already": 2, "waiting": ["p"]}
OWN_KEYS = {
    "party": "north.example", "digits": "1", "card": 3, "made": "t", "root_keys": "here",
    "cards_planned": 0, "lines": 1, "lines_listed": 2, "prekeys": 4,
    "waiting": {"card": 4, "says": ["p"]},
    "keys": [{"name": "n", "type": "1", "key_id": "k", "card": 3, "since": "t"}],
    "ended": [{"name": "n", "type": "1", "key_id": "k", "reason": "p", "at": "t"}],
}  # fmt: skip
COPY = {
    "folder": "f", "party": "north.example", "made": "t", "bytes": 5, "files": [], "lines": 1,
    "logs": 2, "entries": 3, "keyring": "r",
}  # fmt: skip
LOST = {
    "reopen": [], "waiting": 2, "profile": "file", "keys": "", "newer": [], "cannot_see": ["p"],
    "members": [["south.example", False]], "told": [["o", 1, 3, "lost"]],
}  # fmt: skip
CHANGE = {"added": [], "removed": [], "digits": "1", "approved_by": [], "needed": 2}
FINDING = {"result": "differs", "count": 1, "only_here": [["o", 1]], "only_there": [["o", 2]],
           "changed": [["o", 3]]}  # fmt: skip
DOSSIER = {"title": "t", "public": [], "claims": [], "demands": [], "contacts": [],
           "guarantees": []}  # fmt: skip


def at_work(lang: str) -> str:
    """What these commands say."""
    put_back = {**LOST, "party": "n", "made": "t", "home": "h", "before": "b"}
    return "\n".join(
        [
            *import_table.lines_of(IMPORTED, lang),
            *import_notices.lines_of({"notices": [NOTICE]}, lang),
            *import_notices.told_lines(TOLD, lang),
            *keys.described(OWN_KEYS, lang),
            *attachment.lines_of([], lang),
            *backup.lines_of(COPY, lang),
            *restore.lost_lines(LOST, lang),
            *restore.lines_of(put_back, lang),
            restore.receive_only(lang),
            *party.described(ROW, lang),
            *officer.changes(CHANGE, lang),
            *digest.lines_of(FINDING, lang),
            *notebook.dossier_lines(DOSSIER, lang),
            *line_chain.relays_told(["a"], [], lang),
            *line_compare.lines_of(Face(Settings({"lang": lang}, {})), COMPARED),
        ]
    )


WORDS_AT_WORK = (
    "rows", "good", "faults", "same name", "OTHER", "METRES", "text only", "KIND", "WHY", "told",
    "left out", "not sent", "digits", "on this machine", "root keys", "open log of", "prekeys",
    "ENDED KEY", "HOW", "read again", "holds", "keyring", "receive-only", "not opened", "answered",
    "not yet", "NOT KNOWN", "cannot see", "told as lost", "restored", "moved to", "two officers",
    "standing", "address", "compare:", "approved", "result", "only here", "another version",
    "title", "SAID BY", "IN THE RECORD", "relays of", "NO RELAY", "not known", "AS OF",
)  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_an_administrator_is_told_leaves_no_english_word_in_another_language(
    lang: str,
) -> None:
    text = re.sub(r"`[^`]*`|\(p\)|openline [a-z ]+", "", at_work(lang))
    assert [word for word in WORDS_AT_WORK if word in text] == []


def test_each_of_these_words_at_work_is_there_in_english() -> None:
    """The negative control of the test above."""
    text = at_work("en")
    assert [word for word in WORDS_AT_WORK if word not in text] == []
