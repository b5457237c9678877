"""A form as somebody typed it: kept while it is filled in, until the message is released.

Shapes   Unfinished is frozen; `given` are the inputs of the page by name, as they were typed
Units    at_s is unix seconds UTC; revisions count from 1
Raises   AlreadyReleased, NoSuchForm, TooManyForms
Source   docs/decisions/0040-a-form-is-kept-as-it-is-typed.md
Never    overwrites what another person typed meanwhile: both texts are kept
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.exchange.station import Station
from openline.formats import openjson
from openline.formats.openjson import Value

TABLE: Final = "unfinished"
ID_BYTES: Final = 16
FORMS_MAX: Final = 1_000
FORMER_MAX: Final = 16


class AlreadyReleased(OpenlineError):
    """What was typed into this form was released meanwhile: it is a message now."""

    code: ClassVar[str] = "exchange.already-released"
    remedy: ClassVar[str] = "Open the message; to say it again, copy it into a new form."

    def __init__(self, kept: "Unfinished") -> None:
        super().__init__("this form was released; nothing was said a second time")
        self.kept = kept


class NoSuchForm(OpenlineError):
    """There is no unfinished form of that id here."""

    code: ClassVar[str] = "exchange.no-such-form"
    remedy: ClassVar[str] = "Look at the drafts page; a form that was thrown away is gone."


class TooManyForms(OpenlineError):
    """This node keeps no more unfinished forms."""

    code: ClassVar[str] = "exchange.too-many-forms"
    remedy: ClassVar[str] = "Throw away forms and templates that nobody needs: page Drafts."


@dataclass(frozen=True, slots=True)
class Unfinished:
    """One form. `name` makes it a template; `draft` is what was made of it, `ref` the message.

    `beside` is the form from which this one parted when two people typed at one time; `former` are
    drafts that it replaced.
    """

    id: str
    line: str
    format: str
    given: Mapping[str, str]
    revision: int
    by: str
    at_s: int
    about: tuple[str, int] | None = None
    name: str = ""
    draft: str = ""
    ref: tuple[str, int] | None = None
    beside: str = ""
    former: tuple[str, ...] = field(default=())

    def encode(self) -> bytes:
        """As Openline JSON; the names of inputs are values, for they hold dots."""
        given: list[Value] = [[name, text] for name, text in self.given.items()]
        return openjson.encode(
            {
                "id": self.id, "line": self.line, "format": self.format, "given": given,
                "revision": self.revision, "by": self.by, "at": self.at_s,
                "about": _place(self.about), "name": self.name, "draft": self.draft,
                "ref": _place(self.ref), "beside": self.beside, "former": [*self.former],
            }
        )  # fmt: skip


def _place(place: tuple[str, int] | None) -> list[Value]:
    return [] if place is None else [place[0], place[1]]


def decode(data: bytes) -> Unfinished:
    """Read what `Unfinished.encode` wrote."""
    match openjson.decode(data):
        case {
            "id": str(name), "line": str(line), "format": str(form), "given": list(given),
            "revision": int(revision), "by": str(by), "at": int(at_s), "about": about,
            "name": str(template), "draft": str(draft), "ref": ref, "beside": str(beside),
            "former": list(former),
        }:  # fmt: skip
            typed = {str(each[0]): str(each[1]) for each in given if isinstance(each, list)}
            return Unfinished(
                name, line, form, typed, revision, by, at_s, _read_place(about), template, draft,
                _read_place(ref), beside, tuple(map(str, former)),
            )  # fmt: skip
        case _:
            raise NoSuchForm("the stored form is not readable")


def _read_place(value: Value) -> tuple[str, int] | None:
    match value:
        case [str(origin), int(index)]:
            return origin, index
        case _:
            return None


def find(station: Station, form_id: str) -> Unfinished:
    """The form of an id."""
    data = station.views.get(TABLE, form_id)
    if data is None:
        raise NoSuchForm(f"no unfinished form {form_id[:40]}")
    return decode(data)


def every(station: Station) -> Iterator[Unfinished]:
    """All forms, templates and those that became messages."""
    for _, data in station.views.scan(TABLE):
        yield decode(data)


def of_draft(station: Station, draft: str) -> Unfinished | None:
    """The form that a draft was made of, also where another draft has replaced it."""
    return next((x for x in every(station) if draft == x.draft or draft in x.former), None)


def keep(station: Station, typed: Unfinished) -> Unfinished:
    """Store what was typed over the revision that the page was made from; gives what is stored.

    Where somebody else typed meanwhile, this text becomes a form of its own beside the other.
    """
    data = station.views.get(TABLE, typed.id)
    if data is None:
        _refuse_full(station)
        return _put(station, replace(typed, revision=1))
    held = decode(data)
    if held.ref is not None:
        raise AlreadyReleased(held)
    if held.revision != typed.revision and dict(held.given) != dict(typed.given):
        _refuse_full(station)
        apart = station.random(ID_BYTES).hex()
        return _put(station, replace(typed, id=apart, revision=1, beside=held.id))
    kept = replace(
        held, given=typed.given, revision=held.revision + 1, by=typed.by, at_s=typed.at_s,
        name=typed.name or held.name,
    )  # fmt: skip
    return _put(station, kept)


def _put(station: Station, kept: Unfinished) -> Unfinished:
    station.views.put(TABLE, kept.id, kept.encode())
    return kept


def _refuse_full(station: Station) -> None:
    """Make room among forms that became messages, the oldest first; never among the others."""
    held = list(every(station))
    if len(held) < FORMS_MAX:
        return
    said = sorted((x for x in held if x.ref is not None), key=lambda x: (x.at_s, x.id))
    if not said:
        raise TooManyForms(f"{len(held)} forms and templates are kept already")
    station.views.delete(TABLE, said[0].id)


def drafted(station: Station, form_id: str, draft: str) -> str:
    """Remember the draft that was made of a form; gives the one that it replaces, or "".

    A form that is not kept here, of a draft made at the terminal, says nothing.
    """
    data = station.views.get(TABLE, form_id)
    if data is None:
        return ""
    held = decode(data)
    former = tuple(filter(None, (*held.former, held.draft)))[-FORMER_MAX:]
    _put(station, replace(held, draft=draft, former=former))
    return held.draft


def released(station: Station, draft: str, ref: tuple[str, int] | None, now_s: int) -> None:
    """The draft of a form is a message now: only its place is kept, so that it is said once."""
    held = of_draft(station, draft)
    if held is not None:
        place = ref or ("", 0)
        _put(station, replace(held, given={}, ref=place, at_s=now_s))


def drop(station: Station, form_id: str) -> None:
    """Throw a form or a template away."""
    find(station, form_id)
    station.views.delete(TABLE, form_id)
