"""Which form: an empty one, a reply, one begun before, a template, a copy, a new version.

Shapes   opened(visit) -> Sheet, the form that the address asks for; Sheet keeps and checks it
Units    none
Raises   NotHere; what `amendment` refuses; CannotHold
Source   docs/OPERATE.md, "Speaking"
Never    checks what was typed by itself: the operation `draft_check` does
"""

from collections.abc import Iterable
from typing import Any, Final

from openline.cases.case import REPLACING
from openline.cases.moves import AMENDS, CANCELS
from openline.desk.acts import Json
from openline.desk.amending import takes_place
from openline.desk.pages import form_fields, form_values
from openline.desk.pages.case_pages import shown
from openline.desk.pages.form_values import Filled
from openline.desk.pages.typed_times import Unread
from openline.desk.pages.typed_values import found_entry
from openline.desk.pages.visit import NotHere, Visit
from openline.formats.form import NO_CLASS, Format
from openline.formats.meant import with_entries
from openline.formats.spell import utc

# What a duty officer's reply begins with, so that it takes two keys and a passkey.
_NOW: Final = ("at_time",)
_POSITION: Final = "position"
_RELATION: Final = "f.relation"
ID_CHARACTERS: Final = 32
CHOICE: Final = "class"
# What is said above the form: whose text it is, or where it came from.
NO_NOTICE: Final[Json] = {
    "parted": {}, "kept": {}, "name": "", "other": False, "copied": "", "also": [],
}  # fmt: skip


class Sheet:
    """One form on the page: which, on which line, about what, what was typed, by whom last."""

    def __init__(self, visit: Visit, form: Format, line: str, about: Json | None) -> None:
        self.visit, self.form, self.line, self.about = visit, form, line, about
        self.given: dict[str, str] = {}
        self.id, self.revision = visit.context.random(ID_CHARACTERS // 2).hex(), 0
        self.notice: Json = dict(NO_NOTICE)

    @property
    def refs(self) -> list[list[Any]]:
        return [self.about["ref"]] if self.about else []

    @property
    def change(self) -> str:
        """How it takes the place of our own message that it is about: amends, corrects, cancels;
        "" where it does not."""
        about, relation = self.about, self.given.get(_RELATION, "")
        is_own = about is not None and is_of_ours(self.visit, self.form, about)
        if not is_own or not takes_place(self.form, relation):
            return ""
        return relation if relation in REPLACING else AMENDS

    @property
    def answer(self) -> str:
        return self.given.get(CHOICE, NO_CLASS) or NO_CLASS

    async def keep(self) -> Json:
        """Keep what was typed; another officer's text is never overwritten."""
        kept = await self.visit.call(
            "form_keep",
            form=self.id,
            line=self.line,
            format=self.form.id,
            given=self.given,
            revision=self.revision,
            about=self.refs[0] if self.about else None,
            by=self.visit.person.person.hex(),
        )
        self.id, self.revision = kept["form"], kept["revision"]
        if kept["parted"]:
            self.notice |= {"parted": kept["parted"], "name": named(self.visit, kept["parted"])}
        return kept

    async def check(self) -> tuple[Filled, Json]:
        """What was typed as fields, and what the form, the charter and the line say to it."""
        filled = form_values.values(self.form, self.given, self.visit.words.lang)
        await self._find_entries(filled)
        found = await self.visit.call(
            "draft_check",
            line=self.line,
            format=self.form.id,
            answer=self.answer,
            fields=filled.fields,
            refs=self.refs,
        )
        return filled, found

    async def _find_entries(self, filled: Filled) -> None:
        """The places of entries that were typed as lists write them; a flaw where there is none."""
        desk, line_id = self.visit.context.desk, bytes.fromhex(self.line)
        for path, value in [*filled.fields.items()]:
            item = self.form.item(path)
            if item is None or item.type != "ref":
                continue
            try:
                told = await desk.lane.run(
                    with_entries,
                    self.form,
                    {path: value},
                    lambda name: found_entry(desk.station, line_id, name),
                )
            except Unread as unread:
                filled.flaws[filled.at(path)] = unread
                del filled.fields[path]
            else:
                filled.fields |= told


def is_of_ours(visit: Visit, form: Format, about: Json) -> bool:
    """Whether a message is our own and in this form, so that the form can be a version of it."""
    return bool(about["from"] == visit.context.site.party and about["format"] == form.id)


def named(visit: Visit, kept: Json) -> str:
    """Who typed last, by the name that this desk knows."""
    return visit.name_of(kept["by"])


async def opened(visit: Visit) -> Sheet:
    """The form that the address asks for."""
    for name in ("u", "from"):
        if visit.query(name):
            kept = await visit.call("form_show", form=visit.query(name))
            return await resumed(visit, kept, anew=name == "from")
    if visit.query("copy"):
        return await copied(visit)
    if visit.query("change"):
        return await changed(visit, visit.query("change"))
    form = form_of(visit, visit.query("format"))
    line_id, about = await line_and_entry(visit)
    is_own = about is not None and is_of_ours(visit, form, about)
    if is_own and form.id not in form.replies and takes_place(form, ""):
        return await changed(visit, AMENDS)  # an empty form would be an empty version
    sheet = Sheet(visit, form, line_id, about)
    sheet.given = begun(visit, form)
    return sheet


async def resumed(visit: Visit, kept: Json, *, anew: bool) -> Sheet:
    """A form that was begun before goes on; a template begins another."""
    visit.sees(kept["line"])
    if kept["ref"] and not anew:
        raise NotHere("this form was released: the message is in its case")
    about = await shown(visit, kept["about"]) if kept["about"] else None
    sheet = Sheet(visit, form_of(visit, kept["format"]), kept["line"], about)
    sheet.given = dict(kept["given"])
    if not anew:
        sheet.id, sheet.revision = kept["form"], kept["revision"]
        sheet.notice |= {
            "kept": kept,
            "name": named(visit, kept),
            "other": kept["by"] not in ("", visit.person.person.hex()),
        }
    return sheet


async def copied(visit: Visit) -> Sheet:
    """What a former message said begins a new one, on its line or on another."""
    told = await shown(visit, [visit.query("o"), int_of(visit.query("i"))])
    line_id = visit.query("line") or told["line"]
    visit.sees(line_id)
    form = form_of(visit, told["format"])
    fields = {**told["fields"], **told["hidden"]}
    sheet = Sheet(visit, form, line_id, None)
    sheet.given = filled(form, fields, told["hidden"], told["class"], visit.words.lang)
    sheet.notice |= {"copied": f"{told['from']}:{told['number']}"}
    return sheet


def filled(
    form: Format, fields: Json, withheld: Iterable[str], answer: str, lang: str
) -> dict[str, str]:
    """A form with these values: withheld is what was, and of what is still empty what the form
    withholds by itself."""
    given = form_values.typed(form, fields, lang)
    empty = (
        i for i in form_fields.leaves(form_fields.items_of(form), given) if i.path not in fields
    )
    given |= form_fields.hidden_in(empty, given)
    given |= {f"w.{path}": "on" for path in withheld}
    return {**given, CHOICE: answer if answer != NO_CLASS else ""}


async def changed(visit: Visit, how: str) -> Sheet:
    """A new version of our own message, or its cancellation: the version that counts, filled in."""
    place = [visit.query("o"), int_of(visit.query("i"))]
    told = await shown(visit, place)
    visit.must("drafter", told["line"])
    begun = await visit.call("amendment", ref=place, cancel=how == CANCELS)
    form, fields = form_of(visit, begun["format"]), begun["fields"]
    form_values.refuse_loss(form, fields, visit.words.lang)
    sheet = Sheet(visit, form, begun["line"], told)
    sheet.given = filled(form, fields, begun["withheld"], begun["answer"], visit.words.lang)
    sheet.notice |= {"also": await also_changing(visit, place)}
    return sheet


async def also_changing(visit: Visit, place: list[Any]) -> list[Json]:
    """Forms in which somebody else has begun to change the same message, newest first."""
    own, found = visit.person.person.hex(), (await visit.call("form_list"))["forms"]
    return [
        {"name": named(visit, each), "at": each["at"], "form": each["form"]}
        for each in found
        if each["about"] == place and each["change"] and each["by"] not in ("", own)
    ]


def int_of(index: str) -> int:
    """An index as an address names it."""
    if not (index.isascii() and index.isdigit()) or len(index) > 16:
        raise NotHere("no such entry")
    return int(index)


def form_of(visit: Visit, format_id: str) -> Format:
    """The form that the address names."""
    form = visit.context.desk.station.packs.format(format_id)
    if form is None or form.machine:
        raise NotHere("no such form")
    return form


async def line_and_entry(visit: Visit) -> tuple[str, Json | None]:
    """The line to speak on, and the entry that is answered or amended, if one is named."""
    origin = visit.query("o") or visit.form.get("o", "")
    index = visit.query("i") or visit.form.get("i", "")
    if origin and index:
        about = await shown(visit, [origin, int_of(index)])
        return about["line"], about
    line_id = visit.query("line") or visit.form.get("line", "")
    visit.sees(line_id)
    return line_id, None


def begun(visit: Visit, form: Format) -> dict[str, str]:
    """What can be filled in for the person: class, now, the position that has the watch."""
    given = {CHOICE: visit.query("class")}
    paths = {item.path for item in form.items}
    for path in _NOW:
        if path in paths:
            given[f"f.{path}"] = utc(visit.context.desk.station.clock.now_s())[:16]
    position = form.item(_POSITION)
    if position is not None and position.type == "string":
        given[f"f.{_POSITION}"] = visit.query(_POSITION) or visit.words("compose.position")
    return {**given, **form_fields.hidden_in(form.items, given)}
