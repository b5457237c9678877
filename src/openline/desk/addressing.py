"""To whom a message goes and what it is about, in words: first on every page before and after it.

Shapes   addressing(station, line_id, party, fields, refs, of) -> {"from", "to": words, "about":
         [...], "to_us", "others"};
         refused_replies(station, place) -> ids of formats; called on the lane
Units    none
Raises   NoSuchEntry
Source   docs/OPERATE.md, "Speaking"; D2 and D13 of docs/usability/2026-11-28-desk.md
Never    names a party that a withheld `to` would name: what is given here is what is shown
"""

from collections.abc import Iterable, Mapping

from openline.cases import moves, rules
from openline.cases.documents import parts
from openline.cases.documents.message import title
from openline.cases.documents.parts import Speakers
from openline.cases.entry import Entry, Ref
from openline.desk.acts import Json
from openline.desk.meant import meant
from openline.exchange.folding import entries
from openline.exchange.station import Station
from openline.formats.document.model import Words
from openline.formats.document.speaker import term
from openline.formats.form import NO_CLASS, Format
from openline.formats.meant import ABOUT_MAX
from openline.formats.openjson import Value


def addressing(
    station: Station,
    line_id: bytes,
    party: str,
    fields: Mapping[str, Value],
    refs: Iterable[Ref],
    of: Speakers,
) -> Json:
    """Whom the fields that are shown address, and the entries that they are about."""
    members = members_of(station, line_id)
    to = rules.addressed(party, fields, members)
    return {
        "from": parts.party(of, party),
        "to": [parts.party(of, one) for one in to],
        "to_us": station.party in to,
        "others": [parts.party(of, one) for one in to if one != station.party],
        "about": [about(station, row, of) for row in meant(station, line_id, refs)[:ABOUT_MAX]],
    }


def members_of(station: Station, line_id: bytes) -> tuple[str, ...]:
    """The parties of a line, as its charter names them."""
    return tuple(member.party for member in station.charter(line_id).members)


def about(station: Station, row: Json, of: Speakers) -> Json:
    """One entry by its number, its form, its class and its subject; by its place if not held."""
    if not row["held"]:
        return row
    subject, klass = row["subject"], row["class_term"]
    bare = [{"lang": "", "status": "", "text": subject}]
    return {
        **row,
        "what": title(row, station.packs.format(row["format"]), of),
        "class": term(of, klass) if klass else (),
        "parts": subject[:1] if isinstance(subject, list) else bare,
    }


def class_of(answer: str, of: Speakers) -> Words:
    """A class in words; nothing where a form has none."""
    return () if answer == NO_CLASS else parts.coded(of, "class", answer)


def refused_replies(station: Station, place: Ref) -> frozenset[str]:
    """Forms by which this party may not reply to a message, whatever it would say in them."""
    parent = entries.at(station, place)
    log = station.log(place.origin)
    form = station.packs.format(parent.format)
    if log is None or form is None:
        return frozenset()
    members = members_of(station, log.line_id)
    found = [other for name in form.replies if (other := station.packs.format(name))]
    return frozenset(
        other.id
        for other in found
        if rules.reply_fault(other, _said(station.party, other.id), parent, members)
        or (parent.party != station.party and _authors_alone(other, parent))
    )


def _authors_alone(form: Format, parent: Entry) -> bool:
    """Whether only its author may say this of a message: reveal its fields; close it, where not
    every party has a side of its own."""
    is_sided = moves.course_of(parent.format) in moves.SIDED
    return form.family == "reveal" or (form.family == "closing" and not is_sided)


def _said(party: str, format_id: str) -> Entry:
    """Something in that form, of which only its party and its form matter."""
    return Entry(Ref("", 0), party, 0, "", 0, "message", format_id, NO_CLASS, (), {})
