"""Packs: which forms exist; a charter names a pack by its digest.

Shapes   load_packs() -> Packs (built in); together(packs) -> Packs; digest(pack) -> 32 bytes
Units    versions count from 1; digests are raw SHA-256
Raises   BadPack: a pack is ours or a charter's, so it is refused whole
Source   docs/formats.md (rendered from the packs); PROTOCOL part 5 (`pack <name> <version>`)
Never    reads a message: check.py does; never holds a label: terms.py does
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from importlib import resources

from openline.formats.charter import PackRef
from openline.formats.form import Format, Item, Pack
from openline.formats.pack_file import BadPack, parse_pack
from openline.formats.terms import Terms, load_terms

__all__ = [
    "BadPack",
    "Format",
    "Item",
    "Pack",
    "Packs",
    "digest",
    "load_packs",
    "parse_pack",
    "together",
]


@dataclass(frozen=True, slots=True)
class Packs:
    """The packs that this node knows; the newest version of a name answers for the name."""

    packs: tuple[Pack, ...]
    # What was wrong with files of the node's own folder, in words: their forms are not known here.
    left_out: tuple[str, ...] = ()
    terms: Terms = field(default_factory=load_terms, repr=False, compare=False)
    by_id: Mapping[str, Format] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ordered = sorted(self.packs, key=lambda pack: pack.version)
        by_id = {form.id: form for pack in ordered for form in pack.formats}
        object.__setattr__(self, "by_id", by_id)

    def format(self, format_id: str) -> Format | None:
        """The form with this id ("core/visit@1"), or None: an unknown form is shown as it is."""
        return self.by_id.get(format_id)

    def code_term(self, path: str, code: str) -> str | None:
        """What a code at a path means in every form that has it there; None where they differ.

        For a value that was read back: its form is that of another message.
        """
        items = [form.item(path) for form in self.by_id.values()]
        found = {item.code_term(code) for item in items if item is not None}
        known = found - {None}
        return known.pop() if len(known) == 1 else None

    def unknown(self, format_id: str) -> str:
        """What to say of an id that no form here has, with those that it may be meant for."""
        near = get_close_matches(format_id, self.by_id, n=3, cutoff=0.7)
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        return f"{format_id[:80]}: no such format in the packs of this node{meant}"

    def pack(self, name: str, version: int | None = None) -> Pack | None:
        """The pack of this name: the version asked, else the newest."""
        found = [p for p in self.packs if p.name == name and version in (None, p.version)]
        return max(found, key=lambda p: p.version, default=None)

    def agreed(self, format_id: str, refs: Iterable[PackRef]) -> Format | None:
        """The form, if it stands in one of these packs exactly as they are named; else None."""
        name = format_id.partition("/")[0]
        for ref in refs:
            pack = self.pack(name, ref.version) if ref.name == name else None
            if pack is not None and pack.digest == ref.digest:
                return pack.format(format_id)
        return None

    def differs(self, ref: PackRef) -> str:
        """Why the pack that a charter names is not one that is held here, or ""."""
        held = self.pack(ref.name, ref.version)
        if held is None:
            return f"pack {ref.name} {ref.version} is not held here"
        if held.digest == ref.digest:
            return ""
        return (
            f"pack {ref.name} {ref.version} is another one here: SHA-256 {held.digest.hex()[:16]}"
            f" is held, {ref.digest.hex()[:16]} was agreed on"
        )

    def digest(self, name: str) -> bytes:
        """What a charter writes after `pack <name> <version>`."""
        return self._known(name).digest

    def ref(self, name: str) -> PackRef:
        """The charter's line for a pack, as a value."""
        pack = self._known(name)
        return PackRef(pack.name, pack.version, pack.digest)

    @property
    def formats(self) -> tuple[Format, ...]:
        """Every form, pack by pack, in the order of the files."""
        return tuple(form for pack in self.packs for form in pack.formats)

    def _known(self, name: str) -> Pack:
        pack = self.pack(name)
        if pack is None:
            raise BadPack("packs", name, "no pack of this name is loaded")
        return pack


def digest(pack: Pack) -> bytes:
    """SHA-256 of the Openline JSON of the parsed file: comments and layout do not count."""
    return pack.digest


@cache
def load_packs() -> Packs:
    """The packs that ship with Openline; a broken one stops the start, so no form is half known."""
    folder = resources.files("openline.formats") / "data" / "packs"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    known = load_terms().known
    packs = tuple(parse_pack((folder / name).read_bytes(), name, known) for name in names)
    return together(packs)


def together(packs: Iterable[Pack], words: Terms | None = None) -> Packs:
    """Packs that are loaded together: every format that one names must exist in one of them."""
    loaded = Packs(tuple(packs), terms=words or load_terms())
    _refuse_second_forms(loaded.packs)
    ids = {form.id for form in loaded.formats}
    for form in loaded.formats:
        for other in (*form.replies, *form.predecessors):
            if other not in ids:
                raise BadPack(form.pack, form.id, f"names the format {other}, which no pack has")
    _refuse_cycles(loaded.formats)
    return loaded


def _refuse_second_forms(packs: tuple[Pack, ...]) -> None:
    """One name stands for one form: what was agreed on under it is never another one."""
    held: dict[tuple[str, int], Pack] = {}
    forms: dict[str, Format] = {}
    for pack in packs:
        file = f"{pack.name}-{pack.version}.toml"
        if held.setdefault((pack.name, pack.version), pack).digest != pack.digest:
            raise BadPack(file, "pack", "changed under the same version; give it the next one")
        for form in pack.formats:
            if replace(forms.setdefault(form.id, form), common=form.common) != form:
                reason = "is another form in another version of the pack; give it the next @number"
                raise BadPack(file, form.id, reason)


def _refuse_cycles(formats: tuple[Format, ...]) -> None:
    """A form that can only follow itself could never be sent."""
    sendable: set[str] = set()
    waiting = list(formats)
    while waiting:
        ready = [
            f for f in waiting if not f.predecessors or any(p in sendable for p in f.predecessors)
        ]
        if not ready:
            names = " and ".join(sorted(f.id for f in waiting))
            raise BadPack(waiting[0].pack, waiting[0].id, f"predecessors in a circle: {names}")
        sendable.update(f.id for f in ready)
        waiting = [f for f in waiting if f not in ready]
