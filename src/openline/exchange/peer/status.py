"""Which HTTP status goes with which refusal, and how an error body is spelled.

Shapes   status_of(error) -> (status, headers); body_of(error) -> bytes; retry_after(...) -> seconds
Units    Retry-After in seconds
Raises   nothing
Source   docs/PROTOCOL.md part 8: codes other than 200 are hints and prove nothing
Never    carries anything of a message in an error body
"""

import re
from collections.abc import Sequence

from openline.errors import OpenlineError
from openline.exchange.refusals import Ahead
from openline.formats.request import error_body

RETRY_S = 2
# Nobody silences a link for longer by asking for it: a message that matters may wait here.
RETRY_AFTER_MAX_S = 60
PATIENCE = (429, 503, 507)
_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
STATUS = {
    "formats.malformed": 400,
    "exchange.unknown-party": 403,
    "exchange.unknown-key": 403,
    "exchange.own-log": 403,
    "exchange.frozen-party": 403,
    "exchange.not-a-member": 403,
    "exchange.card-conflict": 403,
    "exchange.card-refused": 422,
    "exchange.cards-not-named": 422,
    "exchange.parcel-sealed": 503,
    "exchange.reseal-needs-yes": 403,
    "exchange.stale-request": 403,
    "envelope.bad-signature": 403,
    "record.bad-note": 403,
    "exchange.not-found": 404,
    "exchange.unknown-line": 404,
    "exchange.unknown-log": 404,
    "exchange.too-slow": 408,
    "exchange.hung-up": 400,
    "exchange.refused": 403,
    "exchange.wire-refused": 403,
    "exchange.ahead": 409,
    "exchange.too-large": 413,
    "exchange.root-mismatch": 422,
    "exchange.envelope-mismatch": 422,
    "exchange.origin-mismatch": 422,
    "exchange.forked-log": 422,
    "exchange.unexplained-log": 422,
    "record.bad-proof": 422,
    "exchange.too-many": 429,
    "envelope.cannot-open": 503,
    "store.full": 507,
    "relay.unknown-party": 403,
    "relay.bad-request": 400,
    "relay.full": 507,
}
# What has no row of its own: the sender's fault where bytes, proofs and keys are read, ours where
# something has to be kept or answered.
BY_ROOM = {
    "formats": 400,
    "record": 422,
    "envelope": 422,
    "cases": 422,
    "exchange": 503,
    "store": 503,
    "watch": 503,
    "relay": 503,
}


def status_of(error: OpenlineError) -> tuple[int, dict[str, str]]:
    """The status and extra headers for a refusal; 500 is for what is no refusal at all."""
    status = STATUS.get(error.code) or BY_ROOM.get(error.code.partition(".")[0], 500)
    headers = {"Retry-After": str(RETRY_S)} if status in PATIENCE else {}
    return status, headers


def retry_after(status: int, values: Sequence[str]) -> int:
    """For how long a refusal asks us to wait: one number of seconds, and no more than a minute.

    A date, two headers or anything else that could be read in two ways asks for nothing.
    """
    if status not in PATIENCE or len(values) != 1 or not _SECONDS.fullmatch(values[0]):
        return 0
    return min(int(values[0]), RETRY_AFTER_MAX_S)


def body_of(error: OpenlineError) -> bytes:
    """Two lines: code and sentence; for a delivery that starts too far on, the size held."""
    if isinstance(error, Ahead):
        return error_body(error.code, str(error.held))
    return error_body(error.code, str(error).replace("\n", " ")[:300])
