"""A party that lies, or the thief of its machine: a program of its own on a copy of the folder.

Shapes   tell(copy, line, words, address, officers) -> what the addressee's node answered
Units    seconds
Raises   what opening the copy refuses
Source   docs/PROTOCOL.md part 10; docs/THREAT_MODEL.md, "Thief of a running node"
Never    is part of a node: it passes over the doubts that `openline serve` would have about such a
         copy, which is just what a node of ours never does. It writes nothing into the copy
"""

import http.client
from collections.abc import Sequence
from pathlib import Path

from openline.cli.benching.pair import sign_all
from openline.envelope.officer_file import OfficerFile
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.exchange.logs import sequence
from openline.exchange.station import Station
from openline.formats.delivery import Delivery

FORMAT = "core/clarification@1"
POST_S = 20


def tell(
    copy: Path,
    line_id: bytes,
    words: str,
    address: tuple[str, int],
    officers: Sequence[OfficerFile] = (),
) -> int:
    """Number one more entry on the copy's log and deliver it to one member only: the status.

    Without officers it is an entry that nobody released: a thief has the node's keys, not theirs.
    """
    with start.open_station(copy, start.read_settings(copy)) as station:
        body = signed(station, line_id, words, officers)
    connection = http.client.HTTPConnection(*address, timeout=POST_S)
    try:
        connection.request("POST", "/openline/v1/deliver", body)
        return connection.getresponse().status
    finally:
        connection.close()


def signed(station: Station, line_id: bytes, words: str, officers: Sequence[OfficerFile]) -> bytes:
    """The delivery: an entry after the last one of the copy, under a properly signed head."""
    draft = drafts.compose(
        station,
        line_id,
        "message",
        {"subject": [{"lang": "en", "status": "original", "text": words}]},
        format_id=FORMAT,
        officers=min(1, len(officers)),
    )
    log = station.own_log(line_id)
    if log is None:
        raise drafts.DraftRefused("the copy has no log on this line")
    built = sequence.build(station, log, [sign_all(station, list(officers), draft)])
    pairs = tuple((row.leaf, body) for row, (_, body) in zip(built.rows, built.bodies, strict=True))
    return Delivery(log.size, built.after.note, pairs).encode()
