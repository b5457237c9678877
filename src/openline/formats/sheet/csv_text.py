"""CSV: read in a stated encoding, written so that no spreadsheet takes a cell for a formula.

Shapes   read_csv(data, encoding, delimiter) -> Iterator[Row] · write_csv(columns, rows) -> bytes
Units    bytes, characters
Raises   BadTable
Source   RFC 4180; OWASP ASVS 5.0, V1.2.10 (escape = + - @ tab NUL at the start of a cell)
Never    guesses an encoding: what is not UTF-8 or UTF-16 with its mark must be named in the map
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from openline.formats.sheet.table import (
    CELL_CHARACTERS_MAX,
    FILE_BYTES_MAX,
    ROWS_MAX,
    BadTable,
    Cell,
    Row,
    heading,
)

DELIMITERS: Final = (",", ";", "\t")
ENCODINGS: Final = ("utf-8", "utf-16", "cp1251", "cp1252", "cp1256", "koi8-r", "iso8859-1")
_MARKS: Final = (
    (b"\xff\xfe\x00\x00", ""),
    (b"\x00\x00\xfe\xff", ""),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# A cell that begins so is taken for a formula by some spreadsheet; the quote is our own mark too.
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\x00", "'", "＝", "＋", "－", "＠")


def read_csv(data: bytes, encoding: str = "", delimiter: str = "") -> Iterator[Row]:
    """The rows below the heading; an empty row is passed over."""
    text = decoded(data, encoding)
    sign = delimiter or _delimiter(text)
    if len(sign) != 1:
        raise BadTable("delimiter", "the delimiter is one character")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    csv.field_size_limit(CELL_CHARACTERS_MAX)
    names: list[str] = []
    count = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = heading([unescaped(cell) for cell in cells])
                continue
            count += 1
            if count > ROWS_MAX:
                raise BadTable("too-many-rows", f"more than {ROWS_MAX} rows")
            if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
                raise BadTable("too-many-cells", f"row {reader.line_num}: more cells than columns")
            found = {n: Cell(unescaped(c)) for n, c in zip(names, cells, strict=False)}
            yield Row(reader.line_num, found)
    except csv.Error as error:
        raise BadTable("bad-csv", f"row {reader.line_num}: {error}") from None
    if not names:
        raise BadTable("no-heading", "the file has no row")


def decoded(data: bytes, encoding: str) -> str:
    """The text of the file: by its mark, as UTF-8, or as the map says."""
    if len(data) > FILE_BYTES_MAX:
        raise BadTable("too-long", f"longer than {FILE_BYTES_MAX} bytes")
    if encoding and encoding.lower() not in ENCODINGS:
        raise BadTable("encoding", f"{encoding[:20]!r} is not one of {', '.join(ENCODINGS)}")
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    if marked == "":
        raise BadTable("encoding", "UTF-32 is not read")
    try:
        text = data.decode(marked or encoding or "utf-8")
    except UnicodeDecodeError:
        if marked or encoding:
            named = marked or encoding
            raise BadTable("encoding", f"the file is not {named} throughout") from None
        known = ", ".join(ENCODINGS[2:])
        raise BadTable("ask-encoding", f"not UTF-8: say `encoding` in the map ({known})") from None
    if "\x00" in text:
        raise BadTable("encoding", "holds NUL characters: UTF-16 without its mark?")
    return text


def _delimiter(text: str) -> str:
    """The one sign of three that the heading holds."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    found = [sign for sign in DELIMITERS if sign in first]
    if len(found) > 1:
        raise BadTable(
            "ask-delimiter", "the heading holds several signs: say `delimiter` in the map"
        )
    return found[0] if found else ","


def write_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """CSV in UTF-8 with its mark; every cell is quoted, dangerous ones begin with a quote mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in (columns, *rows):
        writer.writerow([escaped(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig")


def escaped(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def unescaped(cell: str) -> str:
    """What was written; only a mark before a dangerous sign is ours."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(DANGEROUS) else cell
