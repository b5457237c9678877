"""The ladder of reception: delivered, received, read back, passed on, answered; each a fact apart.

Shapes   reception(case, receipts, numbered) -> rows of plain JSON, one per addressee and version;
         a party that said nothing has a row that says so
Units    times are UTC text; `a0.time` is the receipt's, every other time is the writer's claim
Raises   nothing
Source   docs/cases.md, "The ladder"; DESIGN, "What must always hold" 2
Never    lets one rung stand for another: a receipt implies no human act, an answer no guarantee
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from openline.cases import readback, rules, shown
from openline.cases.case import Act, Case, Matter
from openline.cases.entry import Entry, Ref
from openline.cases.guaranteed import ending
from openline.cases.receipts import Receipts, Rows
from openline.formats.form import name_of

Row = dict[str, Any]
Numbered = Callable[[Entry], str]

DEEMED: Final = "deemed, not received"
NOTHING: Final = "-"
READ_IN_PART: Final = "read-part"
# The class of an acknowledgement by which a duty position has the message; of the others one says
# that it has it and does not understand it, one that it came garbled.
RECEIVED: Final = "received"
NOT_UNDERSTOOD: Final = "received-not-understood"
GARBLED: Final = "garbled"
_SAID: Final = {RECEIVED: "A1", NOT_UNDERSTOOD: NOT_UNDERSTOOD, GARBLED: GARBLED}
# What an act is called by which an addressee climbs.
LADDER: Final = "ladder"
# Formats by which an addressee climbs; none of them is the last word.
RUNGS: Final = {"core/acknowledge": "a1", "core/readback": "a2", "core/pass-on": "a3"}
# Words that are no rung and no class; a class has its own term.
_TERMS: Final = {
    NOTHING: "ladder.none",
    DEEMED: "mark.deemed",
    READ_IN_PART: "ladder.read-part",
}


def unnumbered(entry: Entry) -> str:
    """For who reads the rungs of a row and shows none: what an entry is called is a matter of all
    logs of its party, of which a case knows those that speak in it."""
    return ""


def head(entry: Entry, numbered: Numbered) -> Row:
    """Where an entry stands and when its writer claims to have written it."""
    ref = [entry.ref.origin, entry.ref.index]
    return {"ref": ref, "number": numbered(entry), "time": shown.spelled(entry.time_s)}


def reception(case: Case, receipts: Rows | Receipts, numbered: Numbered) -> list[Row]:
    """Who received what of a case, rung by rung."""
    indexed = Receipts.of(receipts)
    return [row for matter in case.matters for row in of_matter(case, matter, indexed, numbered)]


def of_matter(case: Case, matter: Matter, receipts: Receipts, numbered: Numbered) -> Iterator[Row]:
    """The rows of one matter: its versions, then other entries of it that were acknowledged."""
    rungs = _rungs(matter, case)
    for version in matter.versions:
        others = {party for ref, party in rungs if ref == version.entry.ref}
        parties = sorted(others.union(version.addressees))
        for party in parties:
            row = _row(case, matter, version.entry, party, rungs, receipts, numbered)
            row |= {
                "silent": row["silent"] and not _spoke(case, matter, version.number, party),
                "ended": _ended(case, matter, version.entry.ref, party, numbered),
                "version": version.number,
                "of_versions": len(matter.versions),
                "current": version is matter.current,
                "addressed": party in version.addressees,
            }
            yield row
    told = {version.entry.ref for version in matter.versions}
    by_ref = {act.entry.ref: act.entry for act in matter.acts}
    for ref, party in sorted(rungs):
        if ref not in told and ref in by_ref:
            row = _row(case, matter, by_ref[ref], party, rungs, receipts, numbered)
            about = {"version": 0, "of_versions": 0, "current": True, "addressed": True}
            yield row | {"ended": []} | about


def of_entry(case: Case, matter: Matter, told: Entry, party: str, receipts: Receipts) -> Row:
    """The row of one entry and one party, whether or not that party acknowledged it."""
    row = _row(case, matter, told, party, _rungs(matter, case), receipts, unnumbered)
    return row | {"ended": [], "version": 0, "of_versions": 0, "current": True, "addressed": True}


def _spoke(case: Case, matter: Matter, version: int, party: str) -> bool:
    """Whether a party said anything about a version, be it no answer: a position on one item is,
    and so is what a party states on its own side."""
    on_its_side = (side.acts for side in matter.sides if side.party == party)
    return any(act.version == version for acts in on_its_side for act in acts) or any(
        other.author == party and other.of is not None and matter.version_of(other.of) == version
        for other in case.matters
    )


def _ended(case: Case, matter: Matter, told: Ref, party: str, numbered: Numbered) -> list[Row]:
    """Answers of a party that it took back itself: no answer stands, and none was superseded."""
    rows = []
    for answer in matter.answers:
        found = case.matter(answer.ref)
        end = ending(found) if found is not None else None
        if answer.party == party and answer.names == told and found is not None and end is not None:
            klass, outcome = found.answer, found.outcome or found.state
            about = {"class": klass, "format": found.first.format, "outcome": outcome}
            rows.append({**about, **head(end, numbered)})
    return rows


_Rungs = dict[tuple[Ref, str], list[tuple[str, Entry]]]


def _rungs(matter: Matter, case: Case) -> _Rungs:
    """Every rung by the entry named and the party, in the order of the party's own log."""
    found: _Rungs = {}
    for act in matter.acts:
        rung = _rung(matter, act)
        if rung:
            found.setdefault((act.names, act.entry.party), []).append((rung, act.entry))
    for answer in matter.answers:
        told = case.matter(answer.ref)
        if told is not None:
            pair = ("a4" if answer.current else "a4 earlier", told.current.entry)
            found.setdefault((answer.names, answer.party), []).append(pair)
    for each in found.values():
        each.sort(key=lambda pair: shown.written(pair[1]))
    return found


def _rung(matter: Matter, act: Act) -> str:
    if act.word == LADDER:
        return RUNGS.get(name_of(act.entry.format), "")
    answers = (matter.course, act.entry.answer) in rules.ANSWERING_ACTS
    return "a4" if answers and act.entry.party != matter.author else ""


def _row(
    case: Case,
    matter: Matter,
    told: Entry,
    party: str,
    rungs: _Rungs,
    receipts: Receipts,
    numbered: Numbered,
) -> Row:
    """One party and one entry: what is known of each rung, empty where nothing is."""
    said = rungs.get((told.ref, party), [])
    row: Row = {
        "case": [case.id.origin, case.id.index],
        **head(told, numbered),
        "format": told.format,
        "party": party,
        "silent": not said,
        "a0": delivered(told.ref, party, receipts),
        "a1": {},
        "a2": {},
        "a3": {},
        "a4": {},
    }
    earlier: list[Row] = []
    read: list[Entry] = []
    for rung, entry in said:
        spelled = _spelled(rung, told, entry, numbered)
        if rung == "a4 earlier":
            earlier.append({"rung": "a4", **spelled})
            continue
        if rung == "a2":
            read.append(entry)
        if row[rung] and rung == "a3":
            echelons = [*row[rung]["echelons"], *spelled["echelons"]]
            unique = list(dict.fromkeys(echelons))
            spelled |= {"echelons": unique, "count": len(unique)}
        elif row[rung]:
            earlier.append({"rung": rung, **row[rung]})
        row[rung] = spelled
    if read:
        found = readback.compared_over(told, read)
        row["a2"] = {**_compared(found), **head(read[-1], numbered), **_asked(matter, told, found)}
    del row["time"]
    return row | {"earlier": earlier}


def climbed(row: Row, rung: str) -> Row:
    """What was said for one rung as far as it counts: who reads back something else, or has it
    garbled, has not acknowledged the message that was sent."""
    said: Row = row[rung]
    is_misread = rung == "a2" and said and said["result"] == readback.DIFFERS
    is_garbled = rung == "a1" and said and said["class"] not in (RECEIVED, NOT_UNDERSTOOD)
    return {} if is_misread or is_garbled else said


def is_acknowledged(row: Row) -> bool:
    """Whether an addressee has said that it has it: who reads back or passes on says it too."""
    return any(climbed(row, rung) for rung in ("a1", "a2", "a3"))


def reached(row: Row) -> str:
    """The highest rung that one addressee has reached, with nothing implied below it.

    What is no rung has a word of its own: a readback that differs, before anything but an answer,
    or of a part; an acknowledgement that the message was not understood; and what lay at a relay
    for too long, which is deemed received.
    """
    read, said = row["a2"], row["a1"]
    if row["a4"]:
        return "A4"
    if read and read["result"] == readback.DIFFERS:
        return readback.DIFFERS
    if row["a3"]:
        return "A3"
    if read:
        return "A2" if _is_whole(read) else READ_IN_PART
    if said and said["class"] in _SAID:
        return _SAID[said["class"]]
    if row["a0"].get("time"):
        return "A0"
    return DEEMED if row["a0"].get("deemed") else NOTHING


def _is_whole(read: Row) -> bool:
    """Whether a correct readback is of everything that was asked for; of a form that asks for no
    item, and of one that is not known here, of all that was told."""
    if read.get("asked"):
        return bool(read["asked_read"] == read["asked"])
    return bool(read["compared"] == read["of"])


def term_of(word: str) -> str:
    """The term that says in the reader's language what `reached` found."""
    if word in _TERMS:
        return _TERMS[word]
    return f"ladder.{word.lower()}" if len(word) == 2 else f"class.{word}"


def delivered(ref: Ref, party: str, receipts: Receipts) -> Row:
    """A0: the receipt; a deposit at a relay is deemed, never received."""
    received_s = receipts.received_s(ref, party)
    if received_s is not None:
        return {"time": shown.spelled(received_s)}
    available_s = receipts.available_s(ref, party)
    return {} if available_s is None else {"deemed": shown.spelled(available_s)}


def _spelled(rung: str, told: Entry, entry: Entry, numbered: Numbered) -> Row:
    """One rung in plain JSON."""
    place = head(entry, numbered)
    at_time = shown.string(entry.fields, "at_time")
    if rung == "a1":
        position = shown.string(entry.fields, "position")
        return {"class": entry.answer, "position": position, "at_time": at_time, **place}
    if rung == "a2":
        return {**_compared(readback.compared(told, entry)), **place}
    if rung == "a3":
        echelons = list(shown.strings(entry.fields, "echelons"))
        return {"echelons": echelons, "count": len(echelons), "at_time": at_time, **place}
    return {"class": answer_class(entry), "format": entry.format, **place}


def answer_class(entry: Entry) -> str:
    """The class of an answer; what was told elsewhere is answered elsewhere."""
    told_elsewhere = name_of(entry.format) == "core/told-elsewhere"
    return "answered-elsewhere" if told_elsewhere else entry.answer


def _asked(matter: Matter, told: Entry, found: readback.Comparison) -> Row:
    """How many of the items that are to be read back there are, and how many of them were."""
    form = matter.form if told.format == matter.first.format else None
    asked = readback.asked(form, told) if found.of else frozenset()
    return {"asked": len(asked), "asked_read": len(asked & found.paths)}


def _compared(found: readback.Comparison) -> Row:
    differs = []
    for each in found.differs:
        told_value = {} if each.told is None else {"told": each.told}
        differs.append({"path": each.path, **told_value, "read": each.read})
    counts = {"compared": found.compared, "of": found.of}
    return {"result": found.result, "stated": found.stated, **counts, "differs": differs}
