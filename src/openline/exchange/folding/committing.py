"""Since when the neutral quorum of a charter holds an entry, as far as its lines are held here.

Shapes   committed_s(station, place) -> unix seconds; 0: not yet; None: the charter asks nobody
Units    unix seconds UTC
Raises   nothing of its own
Source   docs/PROTOCOL.md part 8, "Times shown"
Never    counts a receipt as a commitment, or joins witnesses of two heads: as a verifier reads it
"""

from openline.cases.entry import Ref
from openline.exchange.station import Station
from openline.formats.charter import Charter
from openline.formats.policy import Policy
from openline.record.policy import BadPolicy, Cosigner, cosigners_of, quorum
from openline.record.trust import charter_policy


def committed_s(station: Station, place: Ref) -> int | None:
    """The time of the quorum on the first head above the entry that has it."""
    log = station.log(place.origin)
    asked = quorum_of(station.charter(log.line_id)) if log is not None else None
    if asked is None:
        return None
    policy, cosigners = asked
    names = {pair.name: group for group, pair in cosigners.items()}
    of_size: dict[int, dict[str, int | None]] = {}
    for row in station.store.cosignatures(place.origin, place.index + 1):
        if row.name in names:
            times = of_size.setdefault(row.size, dict.fromkeys(cosigners))
            times[names[row.name]] = row.time_s
    for _, times in sorted(of_size.items()):
        is_met, time_s = quorum(policy, cosigners, times)
        if is_met and time_s is not None:
            return time_s
    return 0


def quorum_of(charter: Charter) -> tuple[Policy, dict[str, Cosigner]] | None:
    """The policy of a charter whose quorum has a witness in it, with its cosigners."""
    try:
        policy = charter_policy(charter)
        cosigners = cosigners_of(policy, [member.party for member in charter.members])
        everybody: dict[str, int | None] = dict.fromkeys(cosigners, 1)
        _, time_s = quorum(policy, cosigners, everybody)
    except BadPolicy:  # a policy of single keys: nobody would know what counts
        return None
    return (policy, cosigners) if time_s is not None else None
