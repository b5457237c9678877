"""The time of a receipt that counts: the one that was signed, unless that cannot be right.

Shapes   counted_s(station, head, signed_s) -> unix seconds; is_counted(row, signed_s)
Units    unix seconds UTC
Raises   nothing of its own
Source   docs/PROTOCOL.md part 8, "Times shown"
Never    changes what was signed: that stays in the lines of the row
"""

from typing import Final

from openline.exchange.station import Station
from openline.formats.head import Head
from openline.formats.leaf import parse_leaf
from openline.store.contract import CosignatureRow

# How far two honest clocks may differ.
APART_MAX_S: Final = 300


def counted_s(station: Station, head: Head, signed_s: int) -> int:
    """The time that counts of a receipt on a head of ours that came now.

    What is dated before the newest entry under the head, or after its own arrival, is counted from
    the arrival. Both are by our clock, so whoever asks knows that it is sure.
    """
    log, newest = station.log(head.origin), station.store.entry(head.origin, head.size - 1)
    if log is None or newest is None:
        return signed_s
    arrived_s, written_s = station.line_now(log.line_id), parse_leaf(newest.leaf).time_s
    is_right = written_s - APART_MAX_S <= signed_s <= arrived_s + APART_MAX_S
    # Where our entry was dated by a clock that ran ahead, a receipt dated as it came is right.
    is_right = is_right or abs(arrived_s - signed_s) <= APART_MAX_S
    return signed_s if is_right else arrived_s


def is_counted(row: CosignatureRow, signed_s: int) -> bool:
    """Whether the time of a row can be that of its lines, or what was counted in its place."""
    return row.time_s == signed_s or abs(row.time_s - signed_s) > APART_MAX_S
