"""Exit codes: the one table that turns an error's `code` into a number for scripts and monitors.

Shapes   exit_of(code) -> int; EXITS maps a whole code or a room ("exchange.") to a number
Units    process exit codes
Raises   nothing: an unlisted code is a plain failure
Source   docs/OPERATE.md, "Exit codes" (a test compares the two)
Never    decides anything: the error has been decided where it was raised
"""

from collections.abc import Mapping
from typing import Final

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
NOT_VERIFIED: Final = 4
REFUSED: Final = 5
UNREACHABLE: Final = 6
OVERDUE: Final = 7
TRY_AGAIN: Final = 75
INTERRUPTED: Final = 130

MEANINGS: Final[Mapping[int, str]] = {
    OK: "done, or verified",
    FAILED: "failed; the sentence says what",
    USAGE: "the command line or the configuration is not right",
    NOT_FOUND: "no such node, line, party, draft, entry or file",
    NOT_VERIFIED: "a signature, proof, log or comparison does not hold, or is not shown",
    REFUSED: "refused by a rule: officers, membership, form, lead time, quota",
    UNREACHABLE: "the other side, or the node itself, cannot be reached",
    OVERDUE: "something is overdue or was not acknowledged in time",
    TRY_AGAIN: "busy or full for now: nothing was lost, repeat later",
    INTERRUPTED: "interrupted",
}

EXITS: Final[Mapping[str, int]] = {
    "cli.usage": USAGE,
    "cli.interrupted": INTERRUPTED,
    "cli.bad-field": USAGE,
    "cli.bad-local-time": USAGE,
    "cli.file-there": USAGE,
    "cli.bad-settings": USAGE,
    "cli.needs-answer": USAGE,
    "cli.no-node": NOT_FOUND,
    "cli.no-such-entry": NOT_FOUND,
    "cli.which-entry": USAGE,
    "cli.which-epoch": USAGE,
    "cli.which-language": USAGE,
    "cli.no-such-form": NOT_FOUND,
    "cli.nothing-frozen": NOT_FOUND,
    "cli.log-broken": NOT_VERIFIED,
    "cli.not-alike": NOT_VERIFIED,
    "cli.not-compared": UNREACHABLE,
    "cli.link-down": UNREACHABLE,
    "cli.node-silent": UNREACHABLE,
    "exchange.statement-differs": NOT_VERIFIED,
    "cli.declined": REFUSED,
    "cli.other-party": USAGE,
    "cli.not-our-officer": REFUSED,
    "cli.no-such-file": NOT_FOUND,
    "cli.overdue": OVERDUE,
    "cli.unsettled": OVERDUE,
    "cli.faulty-rows": REFUSED,
    "cli.maybe-twins": REFUSED,
    "cli.not-a-notice": REFUSED,
    "cli.still-sending": TRY_AGAIN,
    "desk.bad-request": USAGE,
    "desk.no-pages": USAGE,
    "desk.waited-long": OVERDUE,
    "cases.bad-record": REFUSED,
    "cases.bad-seconds": USAGE,
    "cases.unknown-zone": USAGE,
    "envelope.weak-passphrase": USAGE,
    "envelope.wrong-passphrase": REFUSED,
    "envelope.": NOT_VERIFIED,
    "record.bad-asked": USAGE,
    "record.": NOT_VERIFIED,
    "exchange.unknown-line": NOT_FOUND,
    "exchange.unknown-log": NOT_FOUND,
    "exchange.unknown-party": NOT_FOUND,
    "exchange.not-found": NOT_FOUND,
    "exchange.no-such-draft": NOT_FOUND,
    "exchange.no-such-end": NOT_FOUND,
    "exchange.no-such-entry": NOT_FOUND,
    "exchange.no-evidence": NOT_FOUND,
    "exchange.no-such-note": NOT_FOUND,
    "exchange.no-receipt": NOT_FOUND,
    "exchange.no-such-witness": NOT_FOUND,
    "desk.no-such-shift": NOT_FOUND,
    "desk.not-frozen": NOT_FOUND,
    "desk.not-our-message": REFUSED,
    "desk.later-version": REFUSED,
    "desk.cannot-amend": REFUSED,
    "exchange.bad-node-file": USAGE,
    "exchange.bad-digits": USAGE,
    "exchange.unknown-timer": USAGE,
    "exchange.port-taken": FAILED,
    "exchange.faulty-entry": NOT_VERIFIED,
    "exchange.no-common-head": NOT_VERIFIED,
    "exchange.not-ours": NOT_VERIFIED,
    "exchange.not-verifiable": NOT_VERIFIED,
    "exchange.stored-otherwise": NOT_VERIFIED,
    "exchange.comparison-failed": NOT_VERIFIED,
    "exchange.card-conflict": NOT_VERIFIED,
    "exchange.root-mismatch": NOT_VERIFIED,
    "exchange.envelope-mismatch": NOT_VERIFIED,
    "exchange.origin-mismatch": NOT_VERIFIED,
    "exchange.bad-receipt": NOT_VERIFIED,
    "exchange.forked-log": NOT_VERIFIED,
    "exchange.unexplained-log": NOT_VERIFIED,
    "exchange.unreachable": UNREACHABLE,
    "exchange.peer-refused": UNREACHABLE,
    "exchange.cannot-open-yet": TRY_AGAIN,
    "exchange.entry-sealed": TRY_AGAIN,
    "exchange.open-sealed": TRY_AGAIN,
    "exchange.not-caught-up": TRY_AGAIN,
    "exchange.not-witnessed": TRY_AGAIN,
    "exchange.outbox-full": TRY_AGAIN,
    "exchange.backup-there": USAGE,
    "exchange.export-there": USAGE,
    "exchange.bad-backup": NOT_VERIFIED,
    "exchange.no-keyring": NOT_FOUND,
    "exchange.other-party": USAGE,
    "exchange.cards-behind": TRY_AGAIN,
    "exchange.bad-held": NOT_VERIFIED,
    "exchange.link-lost": UNREACHABLE,
    "exchange.file-not-held": NOT_FOUND,
    "exchange.wrong-digest": NOT_VERIFIED,
    "desk.file-there": USAGE,
    "cli.not-attached": NOT_VERIFIED,
    "exchange.": REFUSED,
    "formats.malformed": NOT_VERIFIED,
    "formats.hostile-markup": NOT_VERIFIED,
    "formats.bad-table": REFUSED,
    "formats.bad-map": USAGE,
    "formats.bad-place": USAGE,
    "formats.bad-datum": USAGE,
    "formats.mixed-status": REFUSED,
    "formats.nothing-to-export": NOT_FOUND,
    "store.busy": TRY_AGAIN,
    "store.damaged": NOT_VERIFIED,
    "store.full": TRY_AGAIN,
    "store.home-in-use": TRY_AGAIN,
    "store.no-home": NOT_FOUND,
    "store.not-plain": USAGE,
    "watch.bad-hook": USAGE,
    "watch.busy": TRY_AGAIN,
    "watch.unsettled": OVERDUE,
    "watch.unwitnessed": OVERDUE,
}


def exit_of(code: str) -> int:
    """The exit code for an error code: the whole code first, then its room."""
    if code in EXITS:
        return EXITS[code]
    room = code.partition(".")[0] + "."
    return EXITS.get(room, FAILED)


def problem(code: str, sentence: str, remedy: str) -> dict[str, str | int]:
    """An error as a problem object (RFC 9457)."""
    return {
        "schema": "openline/problem/1",
        "type": f"errors.md#{code}",
        "title": code,
        "detail": sentence,
        "remedy": remedy,
        "code": code,
        "exit": exit_of(code),
    }
