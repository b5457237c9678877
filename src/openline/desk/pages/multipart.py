"""A form with files as a browser sends it: read piece by piece, bounded, and in one spelling.

Shapes   Parts(boundary, is_keeping, take).feed(bytes) ... .end() -> Posted(fields, files)
Units    bytes; a request of at most BODY_BYTES_MAX, of which FILES_BYTES_MAX of files are kept
Raises   Garbled; what `take` raises
Source   RFC 7578 and its RFC 2046 framing; WHATWG HTML, 4.10.21.8 (escapes in names)
Never    keeps more of a file than may be attached: of a longer one only name and length are told;
         never believes a type or a length that the browser states
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final

from openline.errors import OpenlineError
from openline.formats.attachment import FILE_BYTES_MAX

# A longer file is read to its end, so that the page can say at its field that it is too long.
BODY_BYTES_MAX: Final = 64 * 1024 * 1024
FILES_BYTES_MAX: Final = 2 * FILE_BYTES_MAX
FIELDS_BYTES_MAX: Final = 1024 * 1024
PARTS_MAX: Final = 2_000
HEAD_BYTES_MAX: Final = 8 * 1024

_TYPE: Final = re.compile(
    r"multipart/form-data; ?boundary=(\"?)([0-9A-Za-z'()+_,./:=?-]{1,70})\1", re.ASCII
)
_NAMED: Final = re.compile(
    r'form-data; name="([^"\r\n]{1,400})"(?:; filename="([^"\r\n]*)")?', re.IGNORECASE
)
# A browser spells these three so in names, and nothing else.
_ESCAPES: Final = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))
_DISPOSITION: Final = "content-disposition"
_HEADERS: Final = frozenset({_DISPOSITION, "content-type"})
_BREAK, _HEAD_END, _LAST = b"\r\n", b"\r\n\r\n", b"--"


class Garbled(OpenlineError):
    """A form with files is not spelled as browsers spell it."""

    code: ClassVar[str] = "desk.garbled-form"
    remedy: ClassVar[str] = "Open the page again and send it once more; nothing was done."


@dataclass(slots=True)
class Upload:
    """One chosen file: at which input, under which name; `data` is None where it is too long."""

    at: str
    name: str
    size: int = 0
    data: bytearray | None = field(default_factory=bytearray)


@dataclass(slots=True)
class Posted:
    """What was typed by name, and the files in their order."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[Upload] = field(default_factory=list)


def boundary_of(content_type: str) -> bytes:
    """The boundary that a header names."""
    found = _TYPE.fullmatch(content_type)
    if found is None:
        raise Garbled("the content type names no boundary")
    return found[2].encode()


class Parts:
    """The reader: fed as bytes come. Without `is_keeping` files are read over, not kept."""

    def __init__(
        self,
        boundary: bytes,
        *,
        is_keeping: bool,
        take: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._mark = b"\r\n--" + boundary
        self._is_keeping, self._take = is_keeping, take
        # The first boundary has no line before it; one is put there so that all are alike.
        self._held = bytearray(_BREAK)
        self._step = self._begin
        self._posted = Posted()
        self._name, self._text = "", bytearray()
        self._upload: Upload | None = None
        self._count = self._fields_bytes = self._files_bytes = 0
        self._is_over = False

    def feed(self, data: bytes) -> None:
        """More of the body."""
        self._held += data
        while self._step():
            pass

    def end(self) -> Posted:
        """What the body held; Garbled where its end is missing."""
        if not self._is_over or bytes(self._held) not in (b"", _BREAK):
            raise Garbled("the form is cut short, or goes on behind its end")
        return self._posted

    def _begin(self) -> bool:
        if len(self._held) < len(self._mark):
            return False
        if not self._held.startswith(self._mark):
            raise Garbled("the form does not begin with its boundary")
        del self._held[: len(self._mark)]
        self._step = self._after
        return True

    def _after(self) -> bool:
        """Behind a boundary: another part, or the end."""
        if self._is_over or len(self._held) < 2:
            return False
        follows = bytes(self._held[:2])
        if follows not in (_BREAK, _LAST):
            raise Garbled("something stands behind a boundary")
        self._is_over = follows == _LAST
        del self._held[:2]
        self._step = self._after if self._is_over else self._head
        return True

    def _head(self) -> bool:
        end = self._held.find(_HEAD_END, 0, HEAD_BYTES_MAX)
        if end < 0:
            if len(self._held) >= HEAD_BYTES_MAX:
                raise Garbled("the head of a part is too long")
            return False
        self._count += 1
        if self._count > PARTS_MAX:
            raise Garbled(f"more than {PARTS_MAX} parts")
        try:
            head = bytes(self._held[:end]).decode()
        except UnicodeDecodeError:
            raise Garbled("the head of a part is not UTF-8") from None
        self._name, filename = read_head(head)
        self._upload = None if filename is None else Upload(self._name, filename)
        if self._upload is None and self._name in self._posted.fields:
            raise Garbled("a field of the form stands there twice")
        if self._upload is not None and not self._is_keeping:
            self._upload.data = None
        self._text = bytearray()
        del self._held[: end + len(_HEAD_END)]
        self._step = self._body
        return True

    def _body(self) -> bool:
        """Bytes of a part, up to the next boundary."""
        at = self._held.find(self._mark)
        sure = at if at >= 0 else max(len(self._held) - len(self._mark) + 1, 0)
        self._put(bytes(self._held[:sure]))
        del self._held[:sure]
        if at < 0:
            return False
        del self._held[: len(self._mark)]
        self._close()
        self._step = self._after
        return True

    def _put(self, data: bytes) -> None:
        upload = self._upload
        if upload is None:
            self._fields_bytes += len(data)
            if self._fields_bytes > FIELDS_BYTES_MAX:
                raise Garbled(f"more than {FIELDS_BYTES_MAX} bytes were typed")
            self._text += data
            return
        upload.size += len(data)
        if upload.data is None:
            return
        if upload.size > FILE_BYTES_MAX or self._files_bytes + len(data) > FILES_BYTES_MAX:
            self._files_bytes -= len(upload.data)
            upload.data = None
            return
        self._take(len(data))
        self._files_bytes += len(data)
        upload.data += data

    def _close(self) -> None:
        if self._upload is None:
            try:
                said = self._text.decode()
            except UnicodeDecodeError:
                raise Garbled("what was typed is not UTF-8") from None
            self._posted.fields[self._name] = said.replace("\r\n", "\n")
        elif self._upload.name or self._upload.size:  # an input without a file sends an empty one
            self._posted.files.append(self._upload)


def read_head(head: str) -> tuple[str, str | None]:
    """Input and file name of a part; None for one that is no file."""
    found: dict[str, str] = {}
    for line in head.split("\r\n"):
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or name not in _HEADERS or name in found:
            raise Garbled("a part has a header that a form has not")
        found[name] = value.strip(" ")
    named = _NAMED.fullmatch(found.get(_DISPOSITION, ""))
    if named is None:
        raise Garbled("a part does not say which input it is of")
    return unescaped(named[1]), None if named[2] is None else unescaped(named[2])


def unescaped(name: str) -> str:
    """A name as its page or its owner wrote it."""
    for spelled, meant in _ESCAPES:
        name = name.replace(spelled, meant)
    return name
