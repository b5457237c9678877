"""Entries made by hand: a Pen writes one party's log on one line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from openline.cases.entry import Entry, Ref
from openline.cases.fold import LineState, fold
from openline.formats.openjson import Value
from openline.formats.pack import load_packs
from openline.formats.spell import parse_utc

PACKS = load_packs()
MEMBERS = ("ru.example", "us.example")
START_S = parse_utc("2023-02-20T00:00:00Z")


def text(words: str, lang: str = "en") -> list[Value]:
    """A text in one language."""
    return [{"lang": lang, "status": "original", "text": words}]


@dataclass
class Pen:
    """One party's log; every call of say() appends an entry and returns it."""

    party: str
    counter: int = 1
    nonce: str = "00"
    line: str = "l"
    entries: list[Entry] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"{self.party}/openline/{self.line}{self.counter}{self.nonce}"

    def say(
        self,
        format_id: str,
        answer: str = "-",
        refs: Sequence[Entry | Ref] = (),
        fields: Mapping[str, Value] | None = None,
        *,
        at_s: int | None = None,
        kind: str = "message",
        hidden: Mapping[str, Value] | None = None,
        withheld: Sequence[int] = (),
        commitments: bytes = b"",
        opens: Sequence[bytes] = (),
        **more: Value,
    ) -> Entry:
        index = len(self.entries)
        entry = Entry(
            ref=Ref(self.origin, index),
            party=self.party,
            counter=self.counter,
            nonce=self.nonce,
            time_s=START_S + 60 * index if at_s is None else at_s,
            kind=kind,
            format=format_id,
            answer=answer,
            refs=tuple(each.ref if isinstance(each, Entry) else each for each in refs),
            fields={**(fields or {}), **more},
            hidden=hidden or {},
            withheld=tuple(withheld),
            commitments=commitments,
            opens=tuple(opens),
        )
        self.entries.append(entry)
        return entry

    def flawed(self, entry: Entry, *flaws: str) -> Entry:
        """The last entry, as if these flaws had been found at its opening."""
        odd = replace(entry, flaws=flaws, effect=False)
        self.entries[entry.ref.index] = odd
        return odd


def pens(*parties: str) -> tuple[Pen, ...]:
    """A pen for each party."""
    return tuple(Pen(f"{party}.example") for party in parties)


def folded(*writers: Pen, members: Sequence[str] = ()) -> LineState:
    """The line of these logs; its members are the writers unless others are named."""
    entries = [entry for pen in writers for entry in pen.entries]
    return fold(entries, PACKS, members or [pen.party for pen in writers])


def visit(pen: Pen, **more: Value) -> Entry:
    """A notice of a visit."""
    fields: dict[str, Value] = {
        "subject": text("Visit"),
        "place": "Kyiv",
        "from": "2023-02-20T06:00:00Z",
        "until": "2023-02-20T12:00:00Z",
        "effect": "acknowledge",
    }
    return pen.say("core/visit@1", "-", (), fields | more)
