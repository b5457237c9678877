"""The page docs/formats.md, made from the packs and the English dictionary.

Shapes   formats_page(packs, terms) -> str; format_page(form, terms) -> str, one format alone
Units    none
Raises   nothing
Source   data/how-to-read.md for the prose, data/packs and data/terms for the rest
Never    holds a fact about a format: all of them stand in the pack files
"""

from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Final

from openline.formats import pack_keys
from openline.formats.form import Format, Item, Pack, Rule, Timer, outlined
from openline.formats.pack import Packs
from openline.formats.terms import ENGLISH, Language, Terms

# The parts of a pack file, as they stand in it.
KEYS: Final[Mapping[str, pack_keys.Keys]] = {
    "key of the pack": pack_keys.PACK,
    "key of a `[[format]]`": pack_keys.FORMAT,
    "key of an item": pack_keys.ITEM,
    "key of a timer": pack_keys.TIMER,
    "key of a rule": pack_keys.RULE,
}


def formats_page(packs: Packs, terms: Terms) -> str:
    """The whole page, ending with one line end."""
    head = resources.files("openline.formats") / "data" / "how-to-read.md"
    parts = [head.read_text("utf-8").rstrip().replace("@KEYS@", _keys()), _languages(terms)]
    ordered = sorted(packs.packs, key=lambda pack: (pack.name != "core", pack.name, pack.version))
    for pack in ordered:
        parts.append(_pack(pack, terms))
        parts.extend(format_page(form, terms) for form in pack.formats)
    return "\n\n".join(parts) + "\n"


def format_page(form: Format, terms: Terms) -> str:
    """One format: what it is, its classes, its items."""
    rows = [f"### {form.id}: {_say(terms, form.term)}", "", f"Basis: {form.basis}.", ""]
    facts = [f"family {form.family}", f"reference {form.refs}", f"officers {form.officers}"]
    marks = ("machine", "visible", "batch", "safety", "checklist")
    facts += [name for name in marks if getattr(form, name)]
    rows.append(f"{'; '.join(facts)}.")
    rows += _listed("Class", [f"`{name}` {_say(terms, term)}" for name, term in form.classes])
    rows += _listed("Follows", [f"`{other}`" for other in form.predecessors])
    rows += _listed("Answered by", [f"`{other}`" for other in form.replies])
    rows += _listed("Timers", [_timer(timer) for timer in form.timers])
    rows += _listed("Needs", [f"`{name}` needs `{path}`" for name, path in form.needs])
    rows += _listed("Excludes", [f"`{name}` takes no `{path}`" for name, path in form.excludes])
    rows += _listed("Rules", [_rule(rule) for rule in form.rules])
    return "\n".join([*rows, "", _items(form.items, terms)])


def _keys() -> str:
    """A table for each part of a pack file, of the keys that its reader takes."""
    parts = []
    for title, keys in KEYS.items():
        rows = [f"| {title} | meaning |", "|---|---|"]
        for key, words in keys.meanings.items():
            mark = "\\*" if key in keys.required else ""
            rows.append(f"| `{key}`{mark} | {words} |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def _rule(rule: Rule) -> str:
    """One rule over several values, with its limits."""
    paths = ", ".join(f"`{path}`" for path in rule.paths)
    limits = [("least", rule.least), ("advised", rule.advised), ("most", rule.most)]
    said = "".join(f", {name} {limit}" for name, limit in limits if limit)
    return f"{rule.kind} {paths}{said}{', stops the release' if rule.stops else ''}"


def _pack(pack: Pack, terms: Terms) -> str:
    return "\n".join(
        [
            f"## Pack {pack.name}, version {pack.version}",
            "",
            f"Basis: {pack.basis}.",
            "",
            f"{len(pack.formats)} formats. SHA-256 `{pack.digest.hex()}`",
            "",
            "Allowed in every format of the pack:",
            "",
            _items(pack.common, terms),
        ]
    )


def _items(items: Iterable[Item], terms: Terms) -> str:
    rows = ["| | path | label | type | codes |", "|---|---|---|---|---|"]
    for item in outlined(items):
        marks = "*" * item.required + "+" * item.repeatable + " w" * item.withheld
        kind = f"{item.type}, {_say(terms, f'unit.{item.unit}')}" if item.unit else item.type
        codes = ", ".join(f"`{code}` {_say(terms, term)}" for code, term in item.codes)
        path = f"`{item.path}`{_escaped(marks)}"
        rows.append(f"| {item.number} | {path} | {_say(terms, item.term)} | {kind} | {codes} |")
    return "\n".join(rows)


def _languages(terms: Terms) -> str:
    total = len(terms.known)
    rows = ["## Languages", "", "| | language | labels | reviewed by a native speaker |"]
    rows.append("|---|---|---|---|")
    for language in terms.languages.values():
        count = f"{len(language.labels)} of {total}"
        rows.append(f"| {language.lang} | {language.name} | {count} | {_reviewed(language)} |")
    return "\n".join(rows)


def _reviewed(language: Language) -> int:
    return sum(review == "reviewed" for _, review in language.labels.values())


def _timer(timer: Timer) -> str:
    """One rule of time: its kind, the charter's timer, what it counts from, what follows."""
    facts = [f"at `{timer.item}`"] if timer.item else []
    facts += [timer.on_expiry] if timer.on_expiry != "record" else []
    facts += [f"on {', '.join(timer.days)}"] if timer.days else []
    facts += ["local time"] if timer.clock == "local" else []
    return f"{timer.kind} `{timer.name}`" + (f" ({'; '.join(facts)})" if facts else "")


def _listed(title: str, entries: list[str]) -> list[str]:
    return ["", f"{title}: {', '.join(entries)}."] if entries else []


def _say(terms: Terms, term: str) -> str:
    return str(terms.label(term, ENGLISH))


def _escaped(marks: str) -> str:
    return marks.replace("*", "\\*")
