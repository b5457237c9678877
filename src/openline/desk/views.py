"""What a person is shown: messages, cases, registers, events, notebook.

Shapes   plain JSON values, as docs/cases.md describes them
Units    times as RFC 3339 UTC text; durations in seconds
Raises   BadRequest, UnknownLine
Source   docs/ARCHITECTURE.md, "show"; DESIGN "received is not understood is not agreed"
Never    decides meaning (cases/ does) and never merges what two parties said
"""

from openline.cases import notebook as book
from openline.cases.ahead import Caution
from openline.cases.case import Case
from openline.cases.entry import Entry, Ref
from openline.cases.moves import OVER
from openline.cases.rules import sentence
from openline.cases.shown import withheld_count
from openline.cases.views import case_view
from openline.deconflict.form_rules import remarks
from openline.desk.acts import Act, BadRequest, Desk, Json, ref, text
from openline.desk.attaching import rows_of
from openline.desk.cautions import of_place
from openline.desk.duress import KIND as DURESS
from openline.desk.meant import MEANT, meant, named
from openline.desk.seeking import SEEKING
from openline.desk.sights import SIGHTS
from openline.desk.watchroom import WATCHROOM, line_registers, lines_of, told_of, with_public
from openline.exchange.drafting.confirming import released_by
from openline.exchange.folding import committing, entries, reading, receipts
from openline.exchange.folding.waiting import late_of
from openline.exchange.kept import alarms, keeping
from openline.exchange.membership import invited, lines, parties, succession
from openline.exchange.station import Station
from openline.formats.form import Format
from openline.formats.meant import Meant, entries_in
from openline.formats.numbers import before
from openline.formats.openjson import Value
from openline.formats.render import render
from openline.formats.spell import b64, time_text, utc
from openline.record.tree import leaf_hash


async def line_list(desk: Desk, args: Json) -> Json:
    """The lines known here, with their status first; `all`: those that we threw away or declined
    too."""
    is_all = bool(args.get("all")) or bool(args.get("line"))

    def listed() -> list[Json]:
        station = desk.station
        ids = lines_of(station, args)
        return [told_of(station, i) for i in ids if is_all or invited.is_listed(station, i)]

    return {"lines": await desk.lane.run(listed)}


async def line_show(desk: Desk, args: Json) -> Json:
    """One line: its charter, members, epochs and what is said of its state."""

    def show() -> Json:
        station = desk.station
        line_id = lines.find(station, text(args, "line"))
        state = reading.state(station, line_id)
        called = state.called
        logs = [
            {
                "party": log.party,
                "origin": log.origin,
                "epoch": called.get(log.origin, f"{log.counter}"),
                "counter": log.counter,
                "entries": log.size,
                "status": log.status,
                "root": b64(log.root),
            }
            for log in station.logs_of(line_id)
        ]
        told = told_of(station, line_id)
        gaps = [list(each) for each in state.missing]
        text_ = station.charter(line_id).text()
        return {**told, "charter": text_, "logs": logs, "gaps": gaps}

    return await desk.lane.run(show)


async def cases(desk: Desk, args: Json) -> Json:
    """Every case of a line, or of all lines; with `of` only the case that this entry belongs to."""
    wanted = ref(args, "of") if args.get("of") else None

    def show() -> Json:
        station = desk.station
        found, known = list[Json](), parties.standings(station)
        chosen = lines_of(station, args)
        if args.get("history") and args.get("line"):
            chain = succession.history(station, chosen[0])
            chosen = [bytes.fromhex(str(link["line"])) for link in chain]
        for line_id in chosen:
            state = reading.state(station, line_id)
            given = receipts.of_line(station, line_id)
            now_s = station.line_now(line_id)
            of = None if wanted is None else state.case(wanted)
            own = state.cases if wanted is None else () if of is None else (of,)
            late = late_of(station, line_id, of) if own else frozenset()
            for case in own:
                lacking = sorted(
                    {p for e in case.entries for p in receipts.lacking(station, e.ref)}
                )
                view = case_view(case, given, now_s, state.number, late)
                row = {"line": line_id.hex(), **view}
                row["standing"] = known.get(str(row["party"]), parties.UNKNOWN)
                unheard = receipts.lacking(station, case.main.current.entry.ref)
                found.append({**row, "not_received": lacking, "unheard": unheard})
        return {"cases": found}

    return await desk.lane.run(show)


async def register_view(desk: Desk, args: Json) -> Json:
    """The registers of a line, or those named in `only`; or all of each line by its id."""
    only = {str(name) for name in args.get("only", [])}

    def show() -> Json:
        station = desk.station
        if args.get("line"):
            line_id = lines.find(station, text(args, "line"))
            if not only:
                return with_public(station, line_registers(station, line_id))
            if "public" in only:
                found = with_public(station, line_registers(station, line_id, *only, "cases"))
                return {name: value for name, value in found.items() if name in only}
            return line_registers(station, line_id, *only)
        return {i.hex(): line_registers(station, i) for i in lines_of(station, {})}

    return await desk.lane.run(show)


async def show(desk: Desk, args: Json) -> Json:
    """One message as its form's numbered rows, in the reader's language."""
    return await desk.lane.run(shown, desk.station, ref(args), text(args, "lang", "en"))


def shown(station: Station, place: Ref, lang: str) -> Json:
    """Everything that is shown of one entry; called on the lane."""
    entry = entries.at(station, place)
    log = station.log(place.origin)
    line_id = log.line_id if log else b""
    charter = station.charter(line_id)
    form = station.packs.format(entry.format)
    case = reading.state(station, line_id).case(place)
    revealed = revealed_later(case, place)
    fields = {**entry.fields, **entry.hidden, **revealed}
    marks = dict.fromkeys(entry.hidden, "mark.withheld")
    marks |= dict.fromkeys(revealed, "mark.revealed-later")
    odd = case.irregularities if case is not None else ()
    remarked = [*remarks_on(form, entry), *places_of(station, line_id, case, entry)]
    remarked += misdated(station, place)
    words = station.packs.terms
    read = form_of(station, entry.refs[0]) if entry.refs else None
    said = meant(station, line_id, (*entry.refs, *map(Ref._make, entries_in(form, fields))))
    rows = form and render(form, entry.answer, fields, lang, marks=marks, terms=words, about=read,
                           entries=Meant.of(said))  # fmt: skip
    members = [member.party for member in charter.members]
    opened = lines.opened_by(station, line_id)
    return {
        "status": charter.status,
        "line": line_id.hex(),
        "title": charter.title,
        "not_accepted": [p for p in members if p not in opened],
        "level": charter.level,
        "ref": list(place),
        "number": station.number(place),
        "before": list(before(station.number(place))),
        "from": entry.party,
        "unsure": parties.unsure(station, members),
        "addressed": [party for party in members if party != entry.party],
        "kind": entry.kind,
        "format": entry.format,
        "class": entry.answer,
        "refs": [list(r) for r in entry.refs],
        "about": [named(station, r) for r in entry.refs],
        "about_format": read.id if read else "",
        "meant": said,
        "written": time_text(entry.time_s),
        "state": entry.state,
        "flaws": list(entry.flaws),
        "irregularities": [sentence(each.code) for each in odd if each.ref == place],
        "remarks": [each["sentence"] for each in remarked],
        "odd": odd_of(entry, [each.code for each in odd if each.ref == place], remarked),
        "rows": [list(row) for row in rows or ()],
        "fields": dict(entry.fields),
        "hidden": dict(entry.hidden),
        "withheld": len(entry.withheld),
        "withheld_items": withheld_count(entry),
        "revealed": dict(revealed),
        "receipts": receipted(station, place),
        "missing": receipts.lacking(station, place),
        "committed": committed(station, place),
        "lying": lying(station, place),
        "attachments": rows_of(station, place),
        "proof": proof(station, place, entry),
    }


def form_of(station: Station, place: Ref) -> Format | None:
    """The form of an entry that is held and open here."""
    try:
        return station.packs.format(entries.at(station, place).format)
    except entries.NoSuchEntry:
        return None


def receipted(station: Station, place: Ref) -> dict[str, str]:
    """Since when each party is known to hold an entry."""
    found = receipts.holders_of(station, place)
    return {party: time_text(time_s) for party, time_s in sorted(found.items())}


def committed(station: Station, place: Ref) -> str | None:
    """Since when the charter's neutral quorum holds an entry; "" not yet; None without a quorum."""
    time_s = committing.committed_s(station, place)
    return time_text(time_s) if time_s else None if time_s is None else ""


def misdated(station: Station, place: Ref) -> list[Json]:
    """Whose receipt is shown with another time than it states."""
    code = "receipt.misdated"
    said = station.packs.terms.label(f"remark.{code}", "en").text
    return [
        {"code": code, "sentence": said, "about": party}
        for party in receipts.misdated(station, place)
    ]


def lying(station: Station, place: Ref) -> list[Json]:
    """At which relays an entry lies for whom, while that party gave no receipt."""
    return [
        {"party": party, "relay": relay, "since": time_text(time_s)}
        for party, relay, time_s in receipts.lying_of(station, place)
    ]


def proof(station: Station, place: Ref, entry: Entry) -> Json:
    """What ties an entry to its log: its digest, the head held here, the pack, who released it."""
    row, log = station.store.entry(*place), station.log(place.origin)
    packs = station.charter(log.line_id).packs if log else ()
    name = entry.format.partition("/")[0]
    pack = next((each for each in packs if each.name == name), None)
    return {
        "leaf": b64(leaf_hash(row.leaf)) if row else "",
        "size": log.size if log else 0,
        "root": b64(log.root) if log else "",
        "pack": f"{pack.name} {pack.version} {b64(pack.digest)}" if pack else "",
        "released_by": [
            {"person": person, "shown": is_shown}
            for person, is_shown in released_by(station, *place)
        ],
    }


def odd_of(entry: Entry, codes: list[str], remarked: list[Json]) -> list[Json]:
    """Everything that is odd about an entry by code and sentence: irregularities, or what was
    found at its opening; then what is remarked of it."""
    found = [{"code": code, "sentence": sentence(code)} for code in codes]
    flaws = [{"code": code, "sentence": code} for code in entry.flaws]
    return [*(found or flaws), *remarked]


def places_of(station: Station, line_id: bytes, case: Case | None, entry: Entry) -> list[Json]:
    """Where a message that stands is, beside others: only its newest version counts."""
    matter = case.matter(entry.ref) if case is not None else None
    if matter is None or matter.state in OVER or entry.state != "opened":
        return []
    if not matter.versions or matter.current.entry.ref != entry.ref:
        return []
    found = of_place(station, line_id, entry.format, entry.fields, [entry.ref])
    return [placed(entry, each) for each in found]


def placed(entry: Entry, caution: Caution) -> Json:
    """A caution as something odd about an entry: its sentence with the item that it is about."""
    row = caution.row()
    row |= {"of": entry.format, "beside": row.pop("about")}
    return {**row, "sentence": f"{row['path']}: {row['sentence']}"} if row["path"] else row


def remarks_on(form: Format | None, entry: Entry) -> list[Json]:
    """What of a message does not fit together, by the rules of its form; it has effect as it is."""
    if form is None or entry.state != "opened":
        return []
    found = remarks(form, entry.fields, is_whole=not withheld_count(entry))
    return [{"code": each.code, "sentence": f"{each.path}: {each.sentence}"} for each in found]


def revealed_later(case: Case | None, place: Ref) -> dict[str, Value]:
    """Values of withheld fields of an entry that its sender revealed later, by path."""
    matters = case.matters if case is not None else ()
    return {r.path: r.value for matter in matters for r in matter.revealed if r.of == place}


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
    """What happened to this node and has to be seen: refusals, alarms, notices.

    A duress word stands in no list of everything: who forces an officer looks over the shoulder.
    """
    kind, limit = args.get("kind") or None, int(args.get("limit", 200))
    rows = await desk.lane.run(desk.station.store.events, kind, limit, DURESS)
    known = await desk.lane.run(parties.standings, desk.station)
    return {
        "events": [
            {"at": utc(r.at_s), "kind": r.kind, "subject": r.subject, "code": r.code,
             "text": r.text, "standing": known.get(r.subject, "")}
            for r in rows
        ]
    }  # fmt: skip


async def alarm_list(desk: Desk, args: Json) -> Json:
    """Alarms of the node that nobody has said to have seen, those first that wake somebody."""

    def show() -> list[Json]:
        station = desk.station
        return [
            {"serial": each.serial, "kind": each.kind, "code": each.code, "subject": each.subject,
             "text": each.text, "since": utc(each.since_s), "at": utc(each.at_s),
             "count": each.count, "line": each.line, "party": each.party,
             "is_grave": each.is_grave}
            for each in alarms.standing(station)
        ]  # fmt: skip

    return {"alarms": await desk.lane.run(show)}


async def alarm_seen(desk: Desk, args: Json) -> Json:
    """Somebody has seen the alarm whose newest event has this serial."""
    by = text(args, "by") if args.get("by") else "whoever sits at the terminal"
    return {"code": await desk.lane.run(alarms.see, desk.station, int(args["serial"]), by)}


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
    "alarm_list": alarm_list,
    "alarm_seen": alarm_seen,
    "notebook_add": notebook_add,
    "notebook_list": notebook_list,
    "dossier": dossier,
    "formats_list": formats_list,
    **MEANT,
    **SEEKING,
    **SIGHTS,
    **WATCHROOM,
}
