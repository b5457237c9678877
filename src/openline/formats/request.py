"""What nodes say to each other outside the logs: asks, hellos, errors, a relay's promise.

Shapes   Ask, Hello, Held <-> text (signed as notes elsewhere); an error body is two lines
Units    time_s is unix seconds UTC; nonces and boot ids are 16 bytes
Raises   Malformed
Source   docs/PROTOCOL.md parts 7, 8 (error body) and 11 (`held`)
Never    checks a window, a nonce or a membership: `exchange` does
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from openline.formats.head import Head
from openline.formats.lines import Lines
from openline.formats.malformed import Malformed
from openline.formats.spell import (
    HASH_SIZE,
    b64,
    check_int,
    check_line,
    check_party,
    check_size,
    check_sorted,
    parse_int,
    text_lines,
    unb64,
)

NONCE_SIZE: Final = 16
ASK_BYTES_MAX: Final = 16_384
ARGUMENTS_MAX: Final = 16
HELLO_BYTES_MAX: Final = 262_144
HELD_BYTES_MAX: Final = 1_024
CODE_BYTES_MAX: Final = 64
SENTENCE_BYTES_MAX: Final = 500
ERROR_BYTES_MAX: Final = 1_024

_VERB: Final = re.compile(r"[a-z]{1,16}")
_ARGUMENT: Final = re.compile(r"[!-~]{1,300}")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Ask:
    """One party asks another for something: a verb and its arguments, one on a line."""

    from_: str
    to: str
    time_s: int
    nonce: bytes
    verb: str
    args: tuple[str, ...]

    def __post_init__(self) -> None:
        check_party(self.from_)
        check_party(self.to)
        check_int(self.time_s, what="ask time")
        check_size(self.nonce, NONCE_SIZE, what="ask nonce")
        if not _VERB.fullmatch(self.verb):
            raise Malformed("ask", "the verb is not [a-z]{1,16}")
        if len(self.args) > ARGUMENTS_MAX or not all(_ARGUMENT.fullmatch(a) for a in self.args):
            raise Malformed("ask", "an argument is not one printable ASCII word, or too many")

    def text(self) -> str:
        """What the asker signs."""
        lines = ["openline/v1 ask", self.from_, self.to, str(self.time_s), b64(self.nonce)]
        return "\n".join([*lines, self.verb, *self.args, ""])


def parse_ask(data: bytes) -> Ask:
    """Read an ask strictly; whether its verb is known is for the answering node to say."""
    lines = Lines(data, ASK_BYTES_MAX, "ask")
    lines.exactly("openline/v1 ask")
    ask = Ask(
        from_=lines.line(),
        to=lines.line(),
        time_s=parse_int(lines.line(), what="ask time"),
        nonce=unb64(lines.line(), NONCE_SIZE, what="ask nonce"),
        verb=lines.line(),
        args=tuple(lines.rest()),
    )
    if ask.text().encode() != data:
        raise Malformed("ask", "not the canonical spelling")
    return ask


def parse_reseal(args: Sequence[str]) -> tuple[str, int] | bytes:
    """What a `reseal` is about: origin and index of an entry, or the SHA-256 of a sealed file."""
    match args:
        case [origin, index]:
            return origin, parse_int(index, what="entry index")
        case [file_hash]:
            return unb64(file_hash, HASH_SIZE, what="attachment hash")
    raise Malformed("ask", "`reseal` takes an origin and an index, or the hash of a file")


class CardSize(NamedTuple):
    """How far the sender follows a party's card log."""

    party: str
    size: int
    root: bytes


class LineHead(NamedTuple):
    """A head that the sender durably holds, and the line it belongs to."""

    line_id: bytes
    head: Head


class Fold(NamedTuple):
    """How the sender understands a line, under one version of the fold."""

    line_id: bytes
    version: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Hello:
    """All that one node durably holds of the lines it shares with another; lists sorted here."""

    from_: str
    to: str
    time_s: int
    boot: bytes
    nonce: bytes
    answers: bytes | None
    cards: tuple[CardSize | tuple[str, int, bytes], ...]
    heads: tuple[LineHead | tuple[bytes, Head], ...]
    folds: tuple[Fold | tuple[bytes, int, bytes], ...]

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "cards", tuple(sorted(self.cards)))
        put(self, "heads", tuple(sorted(self.heads, key=lambda pair: pair[1].origin)))
        put(self, "folds", tuple(sorted(self.folds, key=lambda fold: b64(fold[0]))))
        _check_hello(self)

    def text(self) -> str:
        """What the sender signs."""
        return "\n".join([*_spell_hello(self), ""])


def parse_hello(data: bytes) -> Hello:
    """Read a hello strictly: sorted, nothing twice."""
    lines = Lines(data, HELLO_BYTES_MAX, "hello")
    lines.exactly("openline/v1 hello")
    hello = Hello(
        from_=lines.line(),
        to=lines.line(),
        time_s=parse_int(lines.line(), what="hello time"),
        boot=unb64(lines.line(), NONCE_SIZE, what="boot id"),
        nonce=unb64(lines.line(), NONCE_SIZE, what="hello nonce"),
        answers=_parse_answers(lines.line()),
        cards=tuple(_parse_card_size(words) for words in lines.words("card", 3)),
        heads=tuple(_parse_line_head(words) for words in lines.words("head", 4)),
        folds=tuple(_parse_fold(words) for words in lines.words("fold", 3)),
    )
    lines.end()
    if hello.text().encode() != data:
        raise Malformed("hello", "not the canonical spelling")
    return hello


def _parse_answers(word: str) -> bytes | None:
    return None if word == "-" else unb64(word, NONCE_SIZE, what="nonce answered")


def _parse_card_size(words: list[str]) -> CardSize:
    size = parse_int(words[1], what="card log size")
    return CardSize(words[0], size, unb64(words[2], HASH_SIZE, what="card log root"))


def _parse_line_head(words: list[str]) -> LineHead:
    size = parse_int(words[2], what="head size")
    head = Head(words[1], size, unb64(words[3], HASH_SIZE, what="head root"))
    return LineHead(unb64(words[0], HASH_SIZE, what="line id"), head)


def _parse_fold(words: list[str]) -> Fold:
    version = parse_int(words[1], what="fold version")
    digest = unb64(words[2], HASH_SIZE, what="fold digest")
    return Fold(unb64(words[0], HASH_SIZE, what="line id"), version, digest)


def _check_hello(hello: Hello) -> None:
    check_party(hello.from_)
    check_party(hello.to)
    check_int(hello.time_s, what="hello time")
    check_size(hello.boot, NONCE_SIZE, what="boot id")
    check_size(hello.nonce, NONCE_SIZE, what="hello nonce")
    if hello.answers is not None:
        check_size(hello.answers, NONCE_SIZE, what="nonce answered")
    for party, size, root in hello.cards:
        check_party(party)
        check_int(size, what="card log size")
        check_size(root, HASH_SIZE, what="card log root")
    for line_id, _ in hello.heads:
        check_size(line_id, HASH_SIZE, what="line id")
    for line_id, version, digest in hello.folds:
        check_size(line_id, HASH_SIZE, what="line id")
        check_int(version, what="fold version")
        check_size(digest, HASH_SIZE, what="fold digest")
    check_sorted([party for party, _, _ in hello.cards], what="hello cards")
    check_sorted([head.origin for _, head in hello.heads], what="hello heads")
    check_sorted([b64(line_id) for line_id, _, _ in hello.folds], what="hello folds")


def _spell_hello(hello: Hello) -> Iterator[str]:
    yield "openline/v1 hello"
    yield hello.from_
    yield hello.to
    yield str(hello.time_s)
    yield b64(hello.boot)
    yield b64(hello.nonce)
    yield "-" if hello.answers is None else b64(hello.answers)
    yield from (f"card {party} {size} {b64(root)}" for party, size, root in hello.cards)
    for line_id, head in hello.heads:
        yield f"head {b64(line_id)} {head.origin} {head.size} {b64(head.root)}"
    for line_id, version, digest in hello.folds:
        yield f"fold {b64(line_id)} {version} {b64(digest)}"


@dataclass(frozen=True, slots=True)
class Held:
    """What a relay signs once a file for somebody is durable: the ground of a deemed receipt."""

    relay: str
    addressee: str
    head: Head
    file_hash: bytes
    time_s: int

    def __post_init__(self) -> None:
        check_party(self.relay)
        check_party(self.addressee)
        check_size(self.file_hash, HASH_SIZE, what="hash of the file held")
        check_int(self.time_s, what="time of holding")

    def text(self) -> str:
        """What the relay signs."""
        return (
            f"openline/v1 held\n{self.relay}\n{self.addressee}\n{self.head.text()}"
            f"{b64(self.file_hash)}\n{self.time_s}\n"
        )


def parse_held(data: bytes) -> Held:
    """Read a relay's promise strictly."""
    lines = Lines(data, HELD_BYTES_MAX, "held")
    lines.exactly("openline/v1 held")
    relay, addressee, origin = lines.line(), lines.line(), lines.line()
    size = parse_int(lines.line(), what="head size")
    head = Head(origin, size, unb64(lines.line(), HASH_SIZE, what="head root"))
    file_hash = unb64(lines.line(), HASH_SIZE, what="hash of the file held")
    held = Held(relay, addressee, head, file_hash, parse_int(lines.line(), what="time of holding"))
    lines.end()
    if held.text().encode() != data:
        raise Malformed("held", "not the canonical spelling")
    return held


def error_body(code: str, sentence: str) -> bytes:
    """What a refused request is answered with: a code and one sentence, whatever was said."""
    if not _CODE.fullmatch(code):
        raise Malformed("error body", "the code is not lower-case words with dots")
    line = " ".join("".join(c if c.isprintable() else " " for c in sentence).split())
    cut = line.encode("utf-8", "replace")[:SENTENCE_BYTES_MAX].decode("utf-8", "ignore").strip()
    return f"{code}\n{cut or 'No reason was given.'}\n".encode()


def parse_error_body(data: bytes) -> tuple[str, str]:
    """The code and the sentence; they are hints, and nothing is concluded from them."""
    lines = text_lines(data, ERROR_BYTES_MAX, what="error body")
    if len(lines) != 2 or not _CODE.fullmatch(lines[0]):
        raise Malformed("error body", "not two lines of code and sentence")
    return lines[0], check_line(lines[1], SENTENCE_BYTES_MAX, what="error sentence")
