"""What a person is shown: messages, cases, registers, events, notebook.

Shapes   plain JSON values, as docs/cases.md describes them
Units    times as RFC 3339 UTC text; durations in seconds
Raises   BadRequest, UnknownLine
Source   docs/ARCHITECTURE.md, "show"; DESIGN "received is not understood is not agreed"
Never    decides meaning (cases/ does) and never merges what two parties said
"""

from openline.cases import notebook as book
from openline.cases import shown
from openline.cases.case import Case
from openline.cases.entry import Entry, Ref
from openline.cases.rules import sentence
from openline.cases.views import case_view
from openline.deconflict.form_rules import remarks
from openline.desk.acts import Act, BadRequest, Desk, Json, number, ref, text
from openline.desk.watchroom import WATCHROOM, line_registers, lines_of, with_public
from openline.exchange import entries, keeping, lines, reading, receipts
from openline.exchange.station import Station
from openline.formats.form import Format
from openline.formats.openjson import Value
from openline.formats.render import render
from openline.formats.spell import b64, time_text, utc


async def line_list(desk: Desk, args: Json) -> Json:
    """All lines known here, with their status first."""
    found = await desk.lane.run(
        lambda: [lines.summary(desk.station, i) for i in lines_of(desk.station, args)]
    )
    return {"lines": found}


async def line_show(desk: Desk, args: Json) -> Json:
    """One line: its charter, members, epochs and what is said of its state."""

    def show() -> Json:
        station = desk.station
        line_id = lines.find(station, text(args, "line"))
        logs = [
            {
                "party": log.party,
                "origin": log.origin,
                "epoch": log.counter,
                "entries": log.size,
                "status": log.status,
                "root": b64(log.root),
            }
            for log in station.logs_of(line_id)
        ]
        told = lines.summary(station, line_id)
        return {**told, "charter": station.charter(line_id).text(), "logs": logs}

    return await desk.lane.run(show)


async def cases(desk: Desk, args: Json) -> Json:
    """Every case of a line, or of all lines; with `of` only the case that this entry belongs to."""
    wanted = ref(args, "of") if args.get("of") else None

    def show() -> Json:
        station = desk.station
        found: list[Json] = []
        for line_id in lines_of(station, args):
            state = reading.state(station, line_id)
            given = receipts.of_line(station, line_id)
            now_s = station.line_now(line_id)
            own = state.cases if wanted is None else tuple(filter(None, [state.case(wanted)]))
            for case in own:
                found.append({"line": line_id.hex(), **case_view(case, given, now_s)})
        return {"cases": found}

    return await desk.lane.run(show)


async def register_view(desk: Desk, args: Json) -> Json:
    """The registers of a line, or of each line by its id."""

    def show() -> Json:
        station = desk.station
        if args.get("line"):
            line_id = lines.find(station, text(args, "line"))
            return with_public(station, line_registers(station, line_id))
        return {i.hex(): line_registers(station, i) for i in lines_of(station, {})}

    return await desk.lane.run(show)


async def show(desk: Desk, args: Json) -> Json:
    """One message as its form's numbered rows, in the reader's language."""

    def render_it() -> Json:
        station = desk.station
        place = ref(args)
        entry = entries.at(station, place)
        log = station.log(place.origin)
        line_id = log.line_id if log else b""
        form = station.packs.format(entry.format)
        lang = text(args, "lang", "en")
        case = reading.state(station, line_id).case(place)
        revealed = revealed_later(case, place)
        fields = {**entry.fields, **entry.hidden, **revealed}
        marks = dict.fromkeys(entry.hidden, "mark.withheld")
        marks |= dict.fromkeys(revealed, "mark.revealed-later")
        odd = case.irregularities if case is not None else ()
        words = station.packs.terms
        rows = render(form, entry.answer, fields, lang, marks=marks, terms=words) if form else ()
        return {
            "status": station.charter(line_id).status,
            "line": line_id.hex(),
            "title": station.charter(line_id).title,
            "ref": list(place),
            "number": number(station, place),
            "from": entry.party,
            "kind": entry.kind,
            "format": entry.format,
            "class": entry.answer,
            "refs": [list(r) for r in entry.refs],
            "written": time_text(entry.time_s),
            "state": entry.state,
            "flaws": list(entry.flaws),
            "irregularities": [sentence(each.code) for each in odd if each.ref == place],
            "remarks": remarks_on(form, entry),
            "rows": [list(row) for row in rows],
            "fields": dict(entry.fields),
            "hidden": dict(entry.hidden),
            "withheld": len(entry.withheld),
            "revealed": dict(revealed),
            "receipts": {
                party: time_text(time_s)
                for party, time_s in sorted(receipts.holders_of(station, place).items())
            },
            "missing": missing(station, place),
        }

    return await desk.lane.run(render_it)


def remarks_on(form: Format | None, entry: Entry) -> list[str]:
    """What of a message does not fit together, by the rules of its form; it has effect as it is."""
    if form is None or entry.state != "opened":
        return []
    found = remarks(form, entry.fields, is_whole=not shown.withheld_count(entry))
    return [f"{each.path}: {each.sentence}" for each in found]


def revealed_later(case: Case | None, place: Ref) -> dict[str, Value]:
    """Values of withheld fields of an entry that its sender revealed later, by path."""
    matters = case.matters if case is not None else ()
    return {r.path: r.value for matter in matters for r in matter.revealed if r.of == place}


def missing(station: Station, place: Ref) -> list[str]:
    """Whose receipt for an entry of ours is still missing; of others' entries we know only ours."""
    log = station.log(place.origin)
    if log is None or log.party != station.party:
        return []
    holders = receipts.holders_of(station, place)
    members = [member.party for member in station.charter(log.line_id).members]
    return [party for party in members if party != log.party and party not in holders]


async def held(desk: Desk, args: Json) -> Json:
    """Every log held on a line: size and root by origin."""

    def show_held() -> Json:
        line_id = lines.find(desk.station, text(args, "line"))
        return {log.origin: [log.size, b64(log.root)] for log in desk.station.logs_of(line_id)}

    return await desk.lane.run(show_held)


async def receipt(desk: Desk, args: Json) -> Json:
    """The receipt of one party that covers an entry, as the text that proves it."""
    station = desk.station
    place, party = ref(args), text(args, "party")
    return await desk.lane.run(keeping.receipt_text, station, place, party)


async def events(desk: Desk, args: Json) -> Json:
    """What happened to this node and has to be seen: refusals, alarms, notices."""
    rows = await desk.lane.run(
        desk.station.store.events, args.get("kind") or None, int(args.get("limit", 200))
    )
    return {
        "events": [
            {"at": utc(r.at_s), "kind": r.kind, "subject": r.subject, "code": r.code,
             "text": r.text}
            for r in rows
        ]
    }  # fmt: skip


async def notebook_add(desk: Desk, args: Json) -> Json:
    """Enter a local record: a public statement or a dossier. It never leaves this node."""
    record = args.get("record")
    if not isinstance(record, dict):
        raise BadRequest("record: a table is expected")
    kind = keeping.of_book(text(args, "kind"))
    name = await desk.lane.run(keeping.write_note, desk.station, kind, record)
    return {"id": name, "kind": kind}


async def notebook_list(desk: Desk, args: Json) -> Json:
    """Local records, newest last."""
    kind = keeping.of_book(text(args, "kind")) if args.get("kind") else None
    found = await desk.lane.run(keeping.read_notes, desk.station, kind)
    return {"notebook": [note for note in found if note["kind"] in keeping.BOOK]}


async def dossier(desk: Desk, args: Json) -> Json:
    """One dossier over several lines, with public statements beside what the record holds."""

    def show_dossier() -> Json:
        station = desk.station
        wanted = text(args, "id")
        for row in keeping.read_notes(station, "dossier"):
            if row["id"] == wanted:
                states = {i.hex(): reading.state(station, i) for i in lines_of(station, {})}
                public = [
                    book.public_of(r["record"]) for r in keeping.read_notes(station, "public")
                ]
                found = book.dossier_of(row["record"])
                return book.dossier_view(found, states, public, station.line_now_any())
        raise keeping.NoSuchNote(f"no dossier {wanted[:60]!r}")

    return await desk.lane.run(show_dossier)


async def formats_list(desk: Desk, args: Json) -> Json:
    """The formats of the packs that this node has."""
    return {
        "formats": [
            {"id": form.id, "family": form.family, "basis": form.basis,
             "classes": [name for name, _ in form.classes]}
            for form in desk.station.packs.formats
        ]
    }  # fmt: skip


VIEWS: dict[str, Act] = {
    "line_list": line_list,
    "line_show": line_show,
    "cases": cases,
    "registers": register_view,
    "show": show,
    "held": held,
    "receipt": receipt,
    "events": events,
    "notebook_add": notebook_add,
    "notebook_list": notebook_list,
    "dossier": dossier,
    "formats_list": formats_list,
    **WATCHROOM,
}
