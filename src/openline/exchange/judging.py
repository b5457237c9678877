"""The meaning tier: what is wrong with an entry that could be opened, as codes for the fold.

Shapes   judge(station, log, leaf, opened) -> tuple of flaw codes, empty when nothing is wrong
Units    none
Raises   nothing: a valid signer's nonsense is an irregularity that every reader sees
Source   docs/PROTOCOL.md parts 6 and 8 (fourth tier)
Never    depends on a clock or on what this node alone knows: every member must judge alike, or
         the digests of their folds would differ. Lateness and expiry are views over receipts
"""

import base64
import hashlib
import json

from openline.exchange.drafts import due_officers, releases_shown
from openline.exchange.opening import Opened, content_of
from openline.exchange.station import Station
from openline.formats.check import check
from openline.formats.field import Field
from openline.formats.leaf import Leaf
from openline.formats.openjson import Value
from openline.formats.release import release_statement
from openline.formats.spell import b64
from openline.record.tree import root_of
from openline.store.contract import LogRow


def judge(station: Station, log: LogRow, leaf: Leaf, opened: Opened) -> tuple[str, ...]:
    """Codes of everything that keeps this entry from having its effect."""
    if leaf.kind not in ("message", "open"):
        return ()
    flaws: list[str] = []
    if opened.value("line") != b64(log.line_id):
        flaws.append("line.other")
    charter = station.charter(log.line_id)
    format_id = str(opened.value("format"))
    if leaf.kind == "message":
        flaws += judge_form(station, log, opened, format_id)
        needed = due_officers(station, log.line_id, "message", format_id)
    else:
        needed = charter.officers_for("open")
    is_shown = releases_shown(station, log.line_id, leaf.kind, format_id)
    if is_shown and counted_releases(log.line_id, opened) < needed:
        flaws.append("release.missing")
    return tuple(flaws)


def judge_form(station: Station, log: LogRow, opened: Opened, format_id: str) -> list[str]:
    """Flaws against the form; what is withheld cannot be missed by a reader."""
    form = station.packs.format(format_id)
    if form is None:
        return ["format.unknown"]
    pack = format_id.partition("/")[0]
    if station.packs.ref(pack) not in station.charter(log.line_id).packs:
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
    return [f"form.{flaw.code}" for flaw in found]


def releases_in(opened: Opened) -> int:
    """How many fields stand between the content and `at`, by the place of `expires`."""
    for i, item in enumerate(opened.items):
        if isinstance(item, Field) and item.path == "expires":
            return len(opened.items) - 3 - i
    return 0


def counted_releases(line_id: bytes, opened: Opened) -> int:
    """Distinct persons whose shown assertions are over exactly the fields before them.

    The officer's key is not at hand here (it stands in a tree of which the card has the root), so
    the signature itself is checked where the leaf is shown: in a disclosure.
    """
    draft = opened.value("draft")
    card_size = draft[0] if isinstance(draft, list) and draft else 0
    hashes: list[bytes] = []
    persons: set[str] = set()
    for k, item in enumerate(opened.items):
        if isinstance(item, Field) and item.path.startswith("release."):
            value = item.json
            if isinstance(value, dict) and isinstance(card_size, int):
                statement = release_statement(line_id, card_size, k, root_of(hashes))
                if challenge_of(value) == hashlib.sha256(statement).digest():
                    persons.add(str(value.get("person")))
        hashes.append(item.hash if isinstance(item, Field) else item)
    return len(persons)


def challenge_of(value: dict[str, Value]) -> bytes:
    """The challenge inside an assertion's client data, or b"" when there is none."""
    try:
        client = json.loads(base64.b64decode(str(value.get("cd"))))
        text = str(client.get("challenge")) if isinstance(client, dict) else ""
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
