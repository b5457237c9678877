"""The meaning tier: what is wrong with an entry that could be opened, as codes for the fold.

Shapes   judge(station, log, leaf, opened) -> tuple of flaw codes, empty when nothing is wrong
Units    none
Raises   nothing: a valid signer's nonsense is an irregularity that every reader sees
Source   docs/PROTOCOL.md parts 6 and 8 (fourth tier)
Never    depends on a clock or on what this node alone knows: every member must judge alike, or
         the digests of their folds would differ. Lateness and expiry are views over receipts
"""

from openline.errors import OpenlineError
from openline.exchange.contents import disowned
from openline.exchange.contents.opening import Opened, as_refs, content_of
from openline.exchange.drafting.drafts import REFS_MAX, due_officers, releases_shown
from openline.exchange.station import Station
from openline.formats.card import Desk
from openline.formats.check import check
from openline.formats.field import Field
from openline.formats.leaf import Leaf
from openline.formats.officer import OfficerLeaf
from openline.formats.release import parse_assertion
from openline.formats.spell import b64
from openline.record.officers import verify_officer
from openline.record.release import check_releases
from openline.store.contract import LogRow

# A new epoch for one of these reasons needs two visible releases (PROTOCOL part 5).
TWO_RELEASES = ("restore", "suspected")
# For one of these the node opens it by itself: the officers opened the epoch before.
OF_THE_NODE = ("planned", "rotation")
HEADER_BYTES_MAX = 100
CARD_UNKNOWN = "release.card-unknown"
# A required item that the sender withholds is told to a reader, and breaks nothing.
WITHHELD = "not-shown"


def judge(station: Station, log: LogRow, leaf: Leaf, opened: Opened) -> tuple[str, ...]:
    """Codes of everything that keeps this entry from having its effect."""
    if leaf.kind not in ("message", "open"):
        return (disowned.FLAW,) if is_disowned(station, log, opened) else ()
    flaws: list[str] = []
    if opened.value("line") != b64(log.line_id):
        flaws.append("line.other")
    if not is_header(opened):
        flaws.append("header.malformed")
    charter = station.charter(log.line_id)
    format_id = str(opened.value("format"))
    if leaf.kind == "message":
        flaws += judge_form(station, log, opened, format_id)
        precedence = opened.value("precedence")
        needed = due_officers(station, log.line_id, "message", format_id, precedence)
    else:
        needed = charter.officers_for("open")
        if opened.value("reason") in TWO_RELEASES:
            needed = max(needed, 2)
        elif opened.value("reason") in OF_THE_NODE and follows_an_epoch(station, log, opened):
            needed = 0
    is_shown = releases_shown(station, log.line_id, leaf.kind, format_id)
    counted = counted_releases(station, log, opened) if is_shown else None
    if is_shown and counted is None:
        flaws.append(CARD_UNKNOWN)
    elif counted is not None and counted < needed:
        flaws.append("release.missing")
    if not counted and is_disowned(station, log, opened):
        flaws.append(disowned.FLAW)  # officers' own keys would vouch for it, whoever held the log's
    return tuple(flaws)


def is_disowned(station: Station, log: LogRow, opened: Opened) -> bool:
    """Whether this entry was signed by a key that its party reported stolen, and is not its own."""
    floor = disowned.floor(station, log)
    match opened.value("at"):
        case [_, int(index)] if floor is not None:
            return index >= floor
    return False


def follows_an_epoch(station: Station, log: LogRow, opened: Opened) -> bool:
    """Whether `past` names an epoch of this party on the line, which its officers have opened.

    Without one a node could accept a line by itself, and call that a change of its keys.
    """
    past = opened.value("past")
    for each in past if isinstance(past, list) else []:
        earlier = station.log(str(each[0])) if isinstance(each, list) and each else None
        if earlier is not None and (earlier.party, earlier.line_id) == (log.party, log.line_id):
            return earlier.origin != log.origin
    return False


def is_header(opened: Opened) -> bool:
    """Whether format, class and refs are what their places ask for."""
    texts = [opened.value(path) for path in ("format", "class")]
    refs = opened.value("refs")
    return (
        all(isinstance(text, str) and len(text.encode()) <= HEADER_BYTES_MAX for text in texts)
        and isinstance(refs, list)
        and len(refs) <= REFS_MAX
        and len(as_refs(refs)) == len(refs)
    )


def judge_form(station: Station, log: LogRow, opened: Opened, format_id: str) -> list[str]:
    """Flaws against the form; what is withheld cannot be missed by a reader."""
    form = station.packs.format(format_id)
    if form is None:
        return ["format.unknown"]
    if station.packs.agreed(format_id, station.charter(log.line_id).packs) is None:
        return ["format.not-agreed"]
    named = opened.value("withheld")
    withheld = (
        frozenset(i for i in named if isinstance(i, int))
        if isinstance(named, list)
        else frozenset()
    )
    shown, _ = content_of(opened, withheld)
    shown.pop("expires", None)
    unread = sum(1 for i in withheld if i < len(opened.items) - 2 - releases_in(opened))
    found = check(form, str(opened.value("class")), shown, withheld=unread)
    return [f"form.{flaw.code}" for flaw in found if flaw.code != WITHHELD]


def releases_in(opened: Opened) -> int:
    """How many fields stand between the content and `at`, by the place of `expires`."""
    for i, item in enumerate(opened.items):
        if isinstance(item, Field) and item.path == "expires":
            return len(opened.items) - 3 - i
    return 0


def counted_releases(station: Station, log: LogRow, opened: Opened) -> int | None:
    """How many distinct officers of the writer's card released what stands before their fields.

    None while the card that the draft names is not held here: without effect until it comes, else
    a writer could name a card that never comes and release nothing.
    """
    draft = opened.value("draft")
    size = draft[0] if isinstance(draft, list) and draft else 0
    cards = station.cards(log.party)
    if not isinstance(size, int) or not 0 < size <= len(cards):
        return None
    desk = cards[size - 1].desk
    if desk is None:
        return 0
    officers = shown_officers(opened, desk)
    may_batch = station.charter(log.line_id).may_batch(str(opened.value("format")))
    found = check_releases(
        opened.items, log.line_id, desk, officers, station.suite, may_batch=may_batch
    )
    return found.count


def shown_officers(opened: Opened, desk: Desk) -> list[OfficerLeaf]:
    """The leaves that shown releases bring along, as far as the card's tree holds them."""
    found = []
    for item in opened.items:
        if isinstance(item, Field) and item.path.startswith("release."):
            try:
                officer = parse_assertion(item.json).officer
                if officer is not None:
                    leaf = officer.leaf.encode()
                    found.append(verify_officer(leaf, officer.index, officer.proof, desk))
            except OpenlineError:
                continue
    return found
