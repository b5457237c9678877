"""Packs of a ministry's own: files beside a node, with their own words, under the same rules.

Shapes   with_own(built in, {file name: bytes}) -> Packs with both; own_words(...) -> Terms;
         english_digest(words) -> what a pack file names as `words`
Units    digests are raw SHA-256, spelled base64 in a pack file
Raises   BadPack, BadTerms: no form is half known
Source   docs/formats.md, "A pack of your own"; docs/decisions/0021-own-packs.md
Never    reads a disk; never lets a file change a form or a word that ships with Openline
"""

import hashlib
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

from openline.errors import OpenlineError
from openline.formats import openjson
from openline.formats.pack import BadPack, Packs, parse_pack, together
from openline.formats.pack_file import PACK_NAME, read_pack
from openline.formats.spell import b64
from openline.formats.terms import (
    ENGLISH,
    LABEL_CHARACTERS_MAX,
    REVIEWS,
    TERMS_MAX,
    BadTerms,
    Terms,
    hostile,
    is_term,
    parse_table,
)

OWN_FILES_MAX: Final = 64
WORDS: Final = ".words.toml"
PACK: Final = ".toml"

Words = Mapping[str, Mapping[str, str]]


def with_own(base: Packs, files: Mapping[str, bytes]) -> Packs:
    """The packs that ship with Openline and those of this node's folder."""
    if len(files) > OWN_FILES_MAX:
        raise BadPack("packs", "folder", f"more than {OWN_FILES_MAX} files")
    all_terms = base.terms
    found = list(base.packs)
    for name in sorted(files):
        if name.endswith(WORDS):
            if f"{name.removesuffix(WORDS)}{PACK}" not in files:
                raise BadPack(name, "file", "holds words, but the pack file is not beside it")
            continue
        if not name.endswith(PACK):
            raise BadPack(name, "file", f"is neither a pack ({PACK}) nor its words ({WORDS})")
        words_file = f"{name.removesuffix(PACK)}{WORDS}"
        words = parse_words(files[words_file], words_file) if words_file in files else {}
        all_terms = extended(all_terms, words, words_file)
        pack = parse_pack(files[name], name, all_terms.known)
        wanted = english_digest(words) if words else b""
        if pack.words != wanted:
            said = f'words = "{b64(wanted)}"' if wanted else "no `words`"
            raise BadPack(name, "words", f"are not those of {words_file}: the pack needs {said}")
        found.append(pack)
    return together(found, all_terms)


def parse_words(data: bytes, file: str) -> Words:
    """One file of words strictly: a table for each language, from term to label."""
    table = parse_table(data, file)
    if ENGLISH not in table:
        raise BadTerms(file, ENGLISH, "is missing: the English words are the list of terms")
    for lang, labels in table.items():
        _check_labels(labels, f"{file}, {lang}", file.rpartition("-")[0])
        for term in sorted(set(labels) - set(table[ENGLISH])):
            raise BadTerms(file, f"{lang} {term}", "is a term that has no English label")
    return table


def _check_labels(labels: Any, file: str, pack: str) -> None:
    if not isinstance(labels, dict) or len(labels) > TERMS_MAX:
        raise BadTerms(file, "terms", f"is not a table of at most {TERMS_MAX} terms")
    for term, label in labels.items():
        # Its own name in front of every word: no later dictionary can ever hold the same term.
        if not is_term(term) or not term.startswith(f"{pack}."):
            raise BadTerms(file, term[:80], f"a term of this pack is spelled {pack}.word")
        reason = hostile(label, LABEL_CHARACTERS_MAX) if isinstance(label, str) else "is not text"
        if reason:
            raise BadTerms(file, term, reason)


def extended(base: Terms, words: Words, file: str) -> Terms:
    """The dictionary with the words of one more pack; nothing in it is defined again."""
    taken = sorted(base.known.intersection(words.get(ENGLISH, {})))
    for term in taken:
        raise BadTerms(file, term, "is in the dictionary already and may not be defined again")
    for lang in sorted(set(words) - set(base.languages)):
        raise BadTerms(file, lang[:20], f"is not one of {', '.join(sorted(base.languages))}")
    return base.with_labels(
        {
            lang: {term: (label, REVIEWS[0]) for term, label in labels.items()}
            for lang, labels in words.items()
        }
    )


def english_digest(words: Words) -> bytes:
    """What was agreed on with a pack: its English words. Translations may be mended later."""
    pairs: openjson.Value = [[term, label] for term, label in sorted(words[ENGLISH].items())]
    return hashlib.sha256(openjson.encode(pairs)).digest()


def starter(name: str) -> Mapping[str, str]:
    """A pack that is sound as it stands, with its words and what to do with both in comments."""
    if not PACK_NAME.fullmatch(name):
        raise BadPack(name[:80], "id", f"is not spelled {PACK_NAME.pattern}")
    folder = resources.files("openline.formats") / "data" / "starter"
    words = (folder / "words.toml").read_text("utf-8").replace("@NAME@", name)
    hashed = b64(english_digest(parse_words(words.encode(), f"{name}-1{WORDS}")))
    pack = (folder / "pack.toml").read_text("utf-8").replace("@NAME@", name)
    return {f"{name}-1{PACK}": pack.replace("@WORDS@", hashed), f"{name}-1{WORDS}": words}


def faults(base: Packs, name: str, files: Mapping[str, bytes]) -> list[OpenlineError]:
    """Everything that is wrong with one pack file beside its words, in the order of the file."""
    try:
        words_file = f"{name.removesuffix(PACK)}{WORDS}"
        words = parse_words(files[words_file], words_file) if words_file in files else {}
        known = extended(base.terms, words, words_file).known
        found = read_pack(files[name], name, known)[1]
        if not found:
            with_own(base, files)
    except (BadPack, BadTerms) as fault:
        return [fault]
    return list(found)
