"""Files in a form: taken from the browser, sealed at once, named in the form from then on.

Shapes   attach(visit, form, line, given) -> flaws by path; `given` holds one line of Openline JSON
         for each file at the input of its item, as `form_values.py` reads it
Units    bytes
Raises   Garbled for a file at no input of the form; a file that does not fit is a flaw at its field
Source   docs/OPERATE.md, "Attachments"; docs/decisions/0078-files-on-the-desk.md
Never    reads a file by the type that a browser states; never has a file wait in memory for later
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from openline.desk.acts import Json
from openline.desk.attaching import REMOVED, attach_bytes, stands
from openline.desk.pages import form_fields
from openline.desk.pages.look import Words
from openline.desk.pages.multipart import Garbled, Upload
from openline.desk.pages.visit import Visit
from openline.errors import OpenlineError
from openline.exchange.contents.attached import FileTooLarge
from openline.exchange.contents.findings import TERMINAL
from openline.exchange.membership import lines
from openline.formats import openjson
from openline.formats.attachment import FILE_BYTES_MAX, PER_ENTRY_MAX, named_in
from openline.formats.form import Format, Item
from openline.formats.legible import visible
from openline.formats.malformed import Malformed
from openline.formats.openjson import Value
from openline.formats.photo import BadPhoto

TYPE: Final = "attachment"
# The input of a file beside the input that names what was attached.
_PREFIX: Final = "a."
# What a form says of a picture whose metadata is not taken away: before the hash of the file.
CHOICE: Final = "k."
CHOSEN: Final = "on"
NAME_SHOWN_MAX: Final = 80
_TENTH: Final = 1024 * 1024 // 10
# What fits, in MiB; rounded down, so that no file of this size is too large.
FILE_MOST: Final = f"{FILE_BYTES_MAX // _TENTH / 10:.1f}"
Given = dict[str, str]


async def attach(visit: Visit, form: Format, line: str, given: Given) -> dict[str, str]:
    """Seal each file that came with the form and name it in `given`; what could not be, by path."""
    flaws: dict[str, str] = {}
    for upload in visit.files:
        item = item_at(form, given, upload)
        held = given.get(f"f.{item.path}", "").split("\n") if given.get(f"f.{item.path}") else []
        wrong = ""
        if len(held) >= (PER_ENTRY_MAX if item.repeatable else 1):
            most = PER_ENTRY_MAX if item.repeatable else 1
            wrong = visit.words("files.too-many", name=short(upload.name), most=most)
        else:
            try:
                held.append(await sealed(visit, line, upload))
            except OpenlineError as error:
                wrong = refusal(visit.words, upload, error)
        given[f"f.{item.path}"] = "\n".join(held)
        if wrong:
            flaws[item.path] = f"{flaws.get(item.path, '')} {wrong}".strip()
    return flaws


def item_at(form: Format, given: Mapping[str, str], upload: Upload) -> Item:
    """The item at whose input a file was chosen."""
    path = upload.at.removeprefix(_PREFIX)
    for item in form_fields.leaves(form_fields.items_of(form), given):
        if item.path == path and item.type == TYPE and upload.at != path:
            return item
    raise Garbled("a file stands where this form takes none")


async def sealed(visit: Visit, line: str, upload: Upload) -> str:
    """The file as the form names it."""
    if upload.data is None:
        raise FileTooLarge(f"{upload.size} bytes")
    made = await attach_bytes(visit.context.desk, line, upload.name, bytes(upload.data))
    return openjson.encode(made["value"]).decode()


def refusal(words: Words, upload: Upload, error: OpenlineError) -> str:
    """Why a file was not attached, in the reader's language."""
    name = short(upload.name)
    if isinstance(error, FileTooLarge):
        if not upload.size:
            return words("files.empty", name=name)
        if upload.size <= FILE_BYTES_MAX:
            return words("files.too-much", name=name)
        size = f"{-(-upload.size // _TENTH) / 10:.1f}"
        return words("files.too-large", name=name, size=size, most=FILE_MOST)
    if isinstance(error, BadPhoto):
        return words("files.bad-photo", name=name)
    return f"{name}: {words.refusal(error)}"


def short(name: str) -> str:
    """A name as its owner's disk has it, cut where nobody reads on."""
    cut = name if len(name) <= NAME_SHOWN_MAX else f"{name[: NAME_SHOWN_MAX - 1]}…"
    return visible(cut)


def without_file(given: Given, place: str) -> Given:
    """What was typed, without the nth file of an item; `place` is its path, a dot, n from 1."""
    path, _, n = place.rpartition(".")
    held = given.get(f"f.{path}", "").split("\n")
    if n.isascii() and n.isdigit() and 1 <= int(n[:4]) <= len(held):
        del held[int(n[:4]) - 1]
    return {**given, f"f.{path}": "\n".join(held)}


def values_in(text: str) -> list[Value]:
    """The files that one input names, as field values; what is none is left out."""
    found: list[Value] = []
    for row in text.split("\n"):
        with contextlib.suppress(Malformed):
            found.append(openjson.decode(row.encode()))
    return found


def names(text: str) -> str:
    """The same for a reader: names alone, one a line."""
    return "\n".join(each.name for each in named_in(values_in(text)))


async def files_at(visit: Visit, line: str, given: Mapping[str, str], item: Item) -> list[Json]:
    """The files that a form names at one item, as the page shows them."""
    return await files_of(visit, line, values_in(given.get(f"f.{item.path}", "")))


async def files_of(visit: Visit, line: str, values: Sequence[Value]) -> list[Json]:
    """Files that field values name: what is known of each here, and what was taken out of it."""
    station = visit.context.desk.station

    def look() -> list[Json]:
        line_id = lines.find(station, line)
        return [stands(station, line_id, each) for each in named_in(values)]

    found = await visit.context.desk.lane.run(look)
    return [{**each, "says": metadata(visit.words, each, visit.name_of)} for each in found]


async def choose(visit: Visit, line: str, given: Given, named: Mapping[str, list[Json]]) -> Given:
    """Keep what the form says of pictures that go out with their metadata; a flaw by path for one
    of which it says nothing. What was chosen for an earlier message with the file goes on."""
    flaws: Given = {}
    for path, files in named.items():
        for each in files:
            if not each["here"] or not each["asks"]:
                continue
            by = each["chosen_by"]
            if f"{CHOICE}{each['sha256']}" in given:
                is_chosen = given[f"{CHOICE}{each['sha256']}"] == CHOSEN
                by = (by or visit.person.person.hex()) if is_chosen else ""
            if by != each["chosen_by"]:
                asked = {"line": line, "sha256": each["sha256"], "by": by}
                await visit.call("attachment_choice", **asked)
            if not by:
                flaws[path] = visit.words("files.choose", name=short(each["name"]))
    return flaws


def metadata(words: Words, row: Json, name_of: Callable[[str], str]) -> str:
    """In words: whether metadata was taken out of a file, and which; who has it sent with them."""
    if not row["here"]:
        return words("files.foreign")
    if row["asks"]:
        left = words("files.camera-metadata")
        by = "" if row["chosen_by"] == TERMINAL else row["chosen_by"]
        chosen = words("files.chosen", name=name_of(by)) if row["chosen_by"] else ""
        return f"{left} {chosen}".strip()
    if row["metadata"] == REMOVED:
        return words("files.removed", what=" · ".join(part(words, each) for each in row["removed"]))
    return words(f"files.{row['metadata'].replace(' ', '-')}")


def part(words: Words, name: str) -> str:
    """A part of a photograph by its name; one without a word is told as it is called."""
    key = f"part.{name.lower().replace(' ', '-')}"
    return words(key) if words.says(key) else name
