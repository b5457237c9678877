"""XLSX: one sheet read row by row; nothing is calculated, fetched or unpacked without bounds.

Shapes   read_xlsx(data, sheet, epoch) -> Iterator[Row]
Units    bytes; a date is ISO text without a zone
Raises   BadTable, HostileMarkup
Source   ECMA-376 part 1 (SpreadsheetML), 18.17.4.1 (the two date systems)
Never    takes the stored result of a formula for a value; opens links, macros or encryption
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from xml.etree.ElementTree import Element

from openline.formats.foreign.markup import below, feed, local, parse, parser
from openline.formats.malformed import Malformed
from openline.formats.sheet.table import (
    CELL_CHARACTERS_MAX,
    COLUMNS_MAX,
    FILE_BYTES_MAX,
    ROWS_MAX,
    BadTable,
    Cell,
    Row,
    heading,
)

_WHAT: Final = "XLSX"
PARTS_MAX: Final = 1_000
PART_BYTES_MAX: Final = 512 * 1024 * 1024
SMALL_PART_BYTES_MAX: Final = 64 * 1024 * 1024
RATIO_MAX: Final = 200
CHUNK: Final = 1 << 16
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_BUILT_IN_DATES: Final = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_EPOCHS: Final = {"1900": datetime(1899, 12, 30), "1904": datetime(1904, 1, 1)}  # noqa: DTZ001 - a sheet's dates have no zone


@dataclass(slots=True)
class _Book:
    """What the parts of the file say before any row is read."""

    archive: zipfile.ZipFile
    strings: list[str] = field(default_factory=list)
    dates: set[int] = field(default_factory=set)
    start: datetime = _EPOCHS["1900"]


def read_xlsx(data: bytes, sheet: str = "", epoch: str = "") -> Iterator[Row]:
    """The rows of one sheet below its first row, which names the columns."""
    book = _Book(_opened(data))
    workbook = _part(book, "xl/workbook.xml")
    _set_epoch(book, workbook, epoch)
    path = _sheet_path(book, workbook, sheet)
    if "xl/sharedStrings.xml" in book.archive.namelist():
        book.strings = [_said(item) for item in _part(book, "xl/sharedStrings.xml")]
    if "xl/styles.xml" in book.archive.namelist():
        book.dates = _date_styles(_part(book, "xl/styles.xml"))
    names: list[str] = []
    for number, cells in _rows(book, path):
        if not any(cell.text.strip() for cell in cells.values()):
            continue
        if not names:
            last = max(cells)
            names = heading([cells.get(at, Cell("")).text for at in range(last + 1)])
            continue
        beyond = [at for at, cell in cells.items() if at >= len(names) and cell.text.strip()]
        if beyond:
            raise BadTable("too-many-cells", f"row {number}: more cells than columns")
        found = {n: cells[at] for at, n in enumerate(names) if at in cells}
        yield Row(number, found)
    if not names:
        raise BadTable("no-heading", "the sheet has no row")


def _opened(data: bytes) -> zipfile.ZipFile:
    """The archive, after what it is and what it claims were looked at."""
    if len(data) > FILE_BYTES_MAX:
        raise BadTable("too-long", f"longer than {FILE_BYTES_MAX} bytes")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadTable("encrypted", "an encrypted or old (.xls) file: save it as .xlsx or CSV")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, RuntimeError):
        raise BadTable("bad-xlsx", "not an XLSX file") from None
    parts = archive.infolist()
    if len(parts) > PARTS_MAX or len({part.filename for part in parts}) != len(parts):
        raise BadTable("zip-bomb", f"more than {PARTS_MAX} parts, or one of them twice")
    for part in parts:
        packed = max(part.compress_size, 1)
        if part.file_size > PART_BYTES_MAX or (
            part.file_size > 1 << 20 and part.file_size > packed * RATIO_MAX
        ):
            raise BadTable("zip-bomb", f"{part.filename[:60]!r} unpacks to {part.file_size} bytes")
        if part.flag_bits & 1:
            raise BadTable("encrypted", "the file is encrypted")
        if "externalLinks/" in part.filename or "connections.xml" in part.filename:
            raise BadTable("external-links", "the workbook links to other files: break the links")
        if "vbaProject" in part.filename or "macrosheets/" in part.filename:
            raise BadTable("macros", "the workbook holds macros: save it without them")
    return archive


def _part(book: _Book, name: str) -> Element:
    try:
        data = b"".join(_unpacked(book, name, SMALL_PART_BYTES_MAX))
        return parse(data, f"XLSX {name}", SMALL_PART_BYTES_MAX)
    except KeyError:
        raise BadTable("bad-xlsx", f"no part {name[:60]}") from None
    except Malformed as error:
        raise BadTable("bad-xlsx", str(error)) from None


def _unpacked(book: _Book, name: str, bytes_max: int) -> Iterator[bytes]:
    """The bytes of a part, counted as they come: what the archive claims is not believed."""
    total = 0
    try:
        with book.archive.open(name) as part:
            while chunk := part.read(CHUNK):
                total += len(chunk)
                if total > bytes_max:
                    raise BadTable("zip-bomb", f"{name[:60]!r} unpacks to more than {bytes_max}")
                yield chunk
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError):
        raise BadTable("bad-xlsx", f"{name[:60]!r} cannot be unpacked") from None


def _set_epoch(book: _Book, workbook: Element, epoch: str) -> None:
    """The date system: 1904 only when the map says that it is meant."""
    facts = next(iter(below(workbook, "workbookPr")), None)
    stated = "1904" if facts is not None and facts.get("date1904") in ("1", "true") else "1900"
    if epoch and epoch != stated:
        raise BadTable("epoch", f"the map says dates from {epoch}, the file from {stated}")
    if stated == "1904" and not epoch:
        raise BadTable("dates-1904", "dates count from 1904: say `epoch = 1904` in the map if the "
                       "dates that you see are right")  # fmt: skip
    book.start = _EPOCHS[stated]


def _sheet_path(book: _Book, workbook: Element, wanted: str) -> str:
    """The part of the sheet that is meant: the only visible one, or the named one."""
    sheets = [s for s in below(workbook, "sheet") if s.get("state", "visible") == "visible"]
    named = [s for s in sheets if s.get("name") == wanted] if wanted else sheets
    if len(named) != 1:
        names = ", ".join(repr((s.get("name") or "")[:30]) for s in sheets[:10])
        raise BadTable("ask-sheet", f"say `sheet` in the map: one of {names}")
    relations = _part(book, "xl/_rels/workbook.xml.rels")
    for each in relations:
        if each.get("Id") == named[0].get(_RELATION):
            if each.get("TargetMode") == "External":
                raise BadTable("external-links", "the sheet lies in another file")
            target = (each.get("Target") or "").lstrip("/")
            return target if target.startswith("xl/") else f"xl/{target}"
    raise BadTable("bad-xlsx", "the sheet has no part")


def _said(item: Element) -> str:
    """The text of a shared string, of all its runs; phonetic readings are left out."""
    runs = [each for each in item.iter() if local(each) == "t"]
    hidden = {id(t) for p in item.iter() if local(p) == "rPh" for t in p.iter()}
    return "".join(run.text or "" for run in runs if id(run) not in hidden)


def _date_styles(styles: Element) -> set[int]:
    """Which cell styles show a number as a date."""
    own = {
        int(each.get("numFmtId", "0")): each.get("formatCode", "")
        for each in below(styles, "numFmt")
    }
    crossed = next(iter(below(styles, "cellXfs")), None)
    found = set()
    for at, each in enumerate(crossed if crossed is not None else []):
        number = int(each.get("numFmtId", "0"))
        bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", own.get(number, "")).lower()
        if number in _BUILT_IN_DATES or re.search(r"[dyh]|m{3}", bare):
            found.add(at)
    return found


# ---- rows ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Sheet:
    """Where the reader is while the bytes of a sheet come in."""

    book: _Book
    ready: list[tuple[int, dict[int, Cell]]] = field(default_factory=list)
    row: int = 0
    cells: dict[int, Cell] = field(default_factory=dict)
    column: int = -1
    kind: str = ""
    style: int = 0
    text: list[str] = field(default_factory=list)
    is_text: bool = False
    is_formula: bool = False

    def start(self, name: str, given: dict[str, str]) -> None:
        name = name.rpartition("}")[2]
        if name == "row":
            self.row = int(given["r"]) if given.get("r", "").isdecimal() else self.row + 1
            self.cells, self.column = {}, -1
        elif name == "c":
            match = _REFERENCE.fullmatch(given.get("r", ""))
            self.column = column_number(match[1]) if match else self.column + 1
            if self.column >= COLUMNS_MAX:
                raise BadTable("too-many-columns", f"row {self.row}: beyond {COLUMNS_MAX} columns")
            self.kind = given.get("t", "n")
            self.style = int(given["s"]) if given.get("s", "").isdecimal() else 0
            self.text, self.is_formula = [], False
        elif name == "f":
            self.is_formula = True
        self.is_text = name in ("v", "t")

    def data(self, text: str) -> None:
        if self.is_text and sum(map(len, self.text)) <= CELL_CHARACTERS_MAX:
            self.text.append(text)

    def end(self, name: str) -> None:
        name = name.rpartition("}")[2]
        self.is_text = False
        if name == "c":
            self.cells[self.column] = self.cell()
        elif name == "row":
            self.ready.append((self.row, self.cells))

    def cell(self) -> Cell:
        """The cell as text; a formula and an error stay what they are."""
        said = "".join(self.text)[: CELL_CHARACTERS_MAX + 1]
        if self.is_formula:
            return Cell(said or "=", "formula")
        if self.kind == "s":
            at = int(said) if said.isdecimal() else -1
            if not 0 <= at < len(self.book.strings):
                raise BadTable("bad-xlsx", f"row {self.row}: a text that is not in the file")
            return Cell(self.book.strings[at])
        if self.kind == "e":
            return Cell(said, "error")
        if self.kind == "n" and said:
            return self.number(said)
        return Cell({"1": "true", "0": "false"}.get(said, said) if self.kind == "b" else said)

    def number(self, said: str) -> Cell:
        if self.style not in self.book.dates:
            return Cell(_plain(said), "number")
        try:
            moment = self.book.start + timedelta(seconds=round(float(said) * 86_400))
        except (ValueError, OverflowError):
            return Cell(said, "error")
        return Cell(moment.isoformat(), "date")


def _plain(said: str) -> str:
    """A number without the noise of binary fractions, as the sheet shows it."""
    try:
        value = float(said)
    except ValueError:
        return said
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"


def column_number(letters: str) -> int:
    """A is 0, Z is 25, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _rows(book: _Book, path: str) -> Iterator[tuple[int, dict[int, Cell]]]:
    """Rows as their bytes are unpacked: a million of them end at the limit, not in memory."""
    sheet = _Sheet(book)
    reading = parser(f"XLSX {path}")
    handlers: Any = reading
    handlers.StartElementHandler = sheet.start
    handlers.EndElementHandler = sheet.end
    handlers.CharacterDataHandler = sheet.data
    count = 0
    try:
        for chunk in _unpacked(book, path, PART_BYTES_MAX):
            feed(reading, chunk, f"XLSX {path}", is_last=False)
            count += len(sheet.ready)
            if count > ROWS_MAX + 1:
                raise BadTable("too-many-rows", f"more than {ROWS_MAX} rows")
            yield from sheet.ready
            sheet.ready.clear()
        feed(reading, b"", f"XLSX {path}", is_last=True)
    except KeyError:
        raise BadTable("bad-xlsx", f"no part {path[:60]}") from None
    except Malformed as error:
        raise BadTable("bad-xlsx", str(error)) from None
    yield from sheet.ready
