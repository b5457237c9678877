"""Tables from outside: every hostile or ambiguous file is refused by name, no row is dropped."""

import io
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openline.formats.foreign.markup import HostileMarkup
from openline.formats.pack import load_packs
from openline.formats.sheet.column_map import BadMap, read_map
from openline.formats.sheet.csv_text import escaped, read_csv, unescaped, write_csv
from openline.formats.sheet.rows import Message, read_row
from openline.formats.sheet.table import ROWS_MAX, BadTable, Cell, Fault, Row
from openline.formats.sheet.twins import Site, twins
from openline.formats.sheet.xlsx import column_number, read_xlsx

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAP = """
openline_map = 1
format = "core/transit@1"
[fields]
subject = "What"
from = "From"
until = "Until"
area = { latitude = "Lat", longitude = "Lon", radius_m = "Radius" }
"""
GOOD = {"What": "Convoy", "From": "2026-12-01T08:00:00Z", "Until": "2026-12-01T12:00:00Z",
        "Lat": "50.4501", "Lon": "-30.5234", "Radius": "150"}  # fmt: skip


def refused(data: bytes, **given_: str) -> str:
    """The reason for which a CSV file is refused."""
    with pytest.raises(BadTable) as caught:
        list(read_csv(data, **given_))
    return caught.value.reason


# ---- CSV ----------------------------------------------------------------------------------------

cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=30)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=5))
def test_a_table_that_is_written_is_read_back(rows: list[list[str]]) -> None:
    data = write_csv(["a", "b", "c"], rows)
    found = [[row.cells[name].text for name in "abc"] for row in read_csv(data)]
    kept = [row for row in rows if any(escaped(cell).strip() for cell in row)]
    assert found == kept


@given(cells)
def test_no_cell_that_is_written_begins_like_a_formula(cell: str) -> None:
    assert not escaped(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\x00"))
    assert unescaped(escaped(cell)) == cell


@pytest.mark.parametrize("encoding", ["cp1251", "cp1256", "utf-16", "koi8-r"])
def test_a_stated_encoding_is_read(encoding: str) -> None:
    word = "مستشفى" if encoding == "cp1256" else "Больница"
    (row,) = read_csv(f"name\n{word}\n".encode(encoding), encoding)
    assert row.cells["name"].text == word


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("name\nБольница\n".encode("cp1251"), "ask-encoding"),
        ("name\nx\n".encode("utf-16-le"), "encoding"),
        ("name\nx\n".encode("utf-32"), "encoding"),
        (b"a;b,c\n1;2,3\n", "ask-delimiter"),
        (b"", "no-heading"),
        (b"a,a\n1,2\n", "column-twice"),
        (b"a,b\n1,2,3\n", "too-many-cells"),
        (b'a,b\n"1,2\n', "bad-csv"),
        (b"a,b\n" + b"x" * 30_000 + b",1\n", "bad-csv"),
    ],
)
def test_a_csv_file_that_cannot_be_read_one_way_is_refused_by_name(
    data: bytes, reason: str
) -> None:
    assert refused(data) == reason


def test_a_million_rows_end_at_the_limit() -> None:
    assert refused(b"a\n" + b"1\n" * (ROWS_MAX + 1)) == "too-many-rows"


def test_semicolons_are_read_without_being_told() -> None:
    (row,) = read_csv(b"a;b\n1;2\n")
    assert row.cells["b"].text == "2"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_a_named_refusal(data: bytes) -> None:
    try:
        list(read_csv(data))
    except BadTable as error:
        assert error.reason


# ---- XLSX ---------------------------------------------------------------------------------------


def book(rows: str, *, workbook: str = "", parts: Mapping[str, str] | None = None) -> bytes:
    """A small workbook; `rows` is the inside of its sheet."""
    sheet = '<sheets><sheet name="Sites" sheetId="1" r:id="r1"/></sheets>'
    target = '<Relationship Id="r1" Target="worksheets/sheet1.xml"/>'
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>'
    made = {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}">{workbook}{sheet}</workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships>{target}</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        "xl/worksheets/sheet1.xml": (
            f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        ),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**made, **(parts or {})}.items():
            archive.writestr(name, text)
    return out.getvalue()


def row(*texts: str) -> str:
    inside = "".join(f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in texts)
    return f"<row>{inside}</row>"


def test_a_sheet_is_read_cell_by_cell() -> None:
    number = '<row r="3"><c r="A3"><v>7</v></c><c r="B3" s="1"><v>46357.5</v></c></row>'
    first, second = read_xlsx(book(row("Name", "When") + row("Clinic", "x") + number))
    assert first.cells["Name"] == Cell("Clinic")
    assert (second.number, second.cells["Name"]) == (3, Cell("7", "number"))
    assert second.cells["When"] == Cell("2026-12-01T12:00:00", "date")


def test_dates_from_1904_are_read_only_when_the_map_says_so() -> None:
    data = book(row("When") + '<row><c s="1"><v>44895</v></c></row>',
                workbook='<workbookPr date1904="1"/>')  # fmt: skip
    with pytest.raises(BadTable) as caught:
        list(read_xlsx(data))
    assert caught.value.reason == "dates-1904"
    (found,) = read_xlsx(data, epoch="1904")
    assert found.cells["When"].text == "2026-12-01T00:00:00"


def test_a_formula_is_never_taken_for_its_stored_result() -> None:
    (found,) = read_xlsx(book(row("What") + "<row><c><f>1+1</f><v>2</v></c></row>"))
    assert found.cells["What"].kind == "formula"


BOMB = "0" * (2 << 20)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (book(row("a"), parts={"xl/externalLinks/externalLink1.xml": "<x/>"}), "external-links"),
        (book(row("a"), parts={"xl/vbaProject.bin": "x"}), "macros"),
        (book(row("a"), parts={"xl/media/bomb.bin": BOMB}), "zip-bomb"),
        (book(""), "no-heading"),
        (book(row("a", "a")), "column-twice"),
        (book(row("a") + '<row><c t="s"><v>5</v></c></row>'), "bad-xlsx"),
        (book("<row><c>"), "bad-xlsx"),
        (b"PK\x03\x04 nothing", "bad-xlsx"),
        (b"\xd0\xcf\x11\xe0 old", "encrypted"),
    ],
)
def test_a_workbook_that_is_not_plain_is_refused_by_name(data: bytes, reason: str) -> None:
    with pytest.raises(BadTable) as caught:
        list(read_xlsx(data))
    assert caught.value.reason == reason


def test_an_entity_bomb_in_a_sheet_is_refused_before_it_grows() -> None:
    bomb = f'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet xmlns="{MAIN}"/>'
    data = book(row("a"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, bomb if name.endswith("sheet1.xml") else old.read(name))
    with pytest.raises(HostileMarkup):
        list(read_xlsx(out.getvalue()))


def test_two_sheets_are_asked_about() -> None:
    two = book(row("a")).replace(b"x", b"x")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(two)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            more = '<sheet name="Old" sheetId="2" r:id="r2"/></sheets>'
            new.writestr(name, text.replace("</sheets>", more))
    with pytest.raises(BadTable) as caught:
        list(read_xlsx(out.getvalue()))
    assert caught.value.reason == "ask-sheet"
    assert list(read_xlsx(out.getvalue(), "Sites")) == []


def test_columns_count_as_spreadsheets_count_them() -> None:
    assert [column_number(name) for name in ("A", "Z", "AA", "GR")] == [0, 25, 26, 199]


# ---- rows by a column map -----------------------------------------------------------------------


def told(plan: str = MAP, **changed: str) -> Message | tuple[Fault, ...]:
    form = load_packs().format("core/transit@1")
    assert form is not None
    named = {**GOOD, **changed}
    return read_row(Row(2, {k: Cell(v) for k, v in named.items()}), form, read_map(plan), None)


def test_a_row_becomes_the_fields_of_a_message() -> None:
    message = told()
    assert isinstance(message, Message)
    area = message.fields["area"]
    assert isinstance(area, dict)
    assert area["points"] == [[-305_234_000, 504_501_000]]
    assert (area["radius_m"], area["typed"]) == (150, "50.4501N 30.5234W")
    assert message.fields["from"] == "2026-12-01T08:00:00Z"


@pytest.mark.parametrize(
    ("column", "text", "code"),
    [
        ("From", "01/12/2026 08:00", "ask-date-order"),
        ("From", "2026-12-01 08:00", "ask-zone"),
        ("From", "2026-12-01T24:00:00Z", "bad-value"),
        ("From", "2026-02-30T08:00:00Z", "bad-value"),
        ("From", "=TODAY()", "formula"),
        ("Lat", "50,4501", "decimal-comma"),
        ("Lat", "٥٠٫٤٥٠١", "foreign-digits"),
        ("Lat", "95.4501", "beyond"),
        ("Lat", "", "half-place"),
        ("Lat", "50.45", "too-coarse"),
        ("Radius", "many", "bad-value"),
        ("What", "", "missing"),
    ],
)
def test_what_is_wrong_with_a_cell_is_named_with_its_row_and_column(
    column: str, text: str, code: str
) -> None:
    faults = told(**{column: text})
    assert isinstance(faults, tuple)
    assert [(f.row, f.code) for f in faults] == [(2, code)]
    assert faults[0].column in (column, "Lat")


DAYS_ALONE = ("2026-12-01", "2026-12-01Z", "01.12.2026")


@pytest.mark.parametrize("day", DAYS_ALONE)
def test_a_day_without_its_hour_is_refused_as_that_and_midnight_is_not_guessed(day: str) -> None:
    plan = MAP.replace("[fields]", 'dates = "dmy"\nzone = "UTC"\n[fields]')
    faults = told(plan, From=day)
    assert isinstance(faults, tuple)
    assert f"{day!r} is a day without its hour" in faults[0].sentence


@pytest.mark.parametrize("time", ["2026-12-01T08:00Z", "2026-12-01 08:00", "01.12.2026 08:00"])
def test_minutes_are_enough_in_a_table(time: str) -> None:
    plan = MAP.replace("[fields]", 'dates = "dmy"\nzone = "UTC"\n[fields]')
    message = told(plan, From=time)
    assert isinstance(message, Message) and message.fields["from"] == "2026-12-01T08:00:00Z"


def test_what_the_map_states_is_no_longer_asked() -> None:
    stated = 'dates = "dmy"\nzone = "UTC"\ndecimal = ","\ndigits = "arabic-indic"\n'
    plan = MAP.replace("[fields]", f"{stated}[fields]")
    message = told(plan, From="01/12/2026 08:00", Lat="٥٠٫٤٥٠١", Lon="-30,5234")
    assert isinstance(message, Message)
    assert message.fields["from"] == "2026-12-01T08:00:00Z"
    american = told(plan.replace('"dmy"', '"mdy"'), From="12/01/2026 08:00")
    assert isinstance(american, Message)
    assert american.fields["from"] == "2026-12-01T08:00:00Z"


@pytest.mark.parametrize(
    "change",
    [
        ("openline_map = 1", "openline_map = 2"),
        ('format = "core/transit@1"', ""),
        ("[fields]", "[field]"),
        ('subject = "What"', "subject = { column = 'What', text = 'x' }"),
        ('subject = "What"', "subject = { colum = 'What' }"),
        ("[fields]", 'dates = "maybe"\n[fields]'),
        ("[fields]", "= nonsense\n[fields]"),
    ],
)
def test_a_map_that_could_be_read_two_ways_is_refused(change: tuple[str, str]) -> None:
    with pytest.raises(BadMap):
        read_map(MAP.replace(*change))


# ---- twins --------------------------------------------------------------------------------------


def site(label: str, north_m: int, kind: str = "clinic", name: str = "") -> Site:
    return Site(label, kind, (name,) if name else (), (300_000_000, 500_000_000 + north_m * 90))


def test_things_of_one_type_near_each_other_or_of_one_name_are_asked_about() -> None:
    one = site("a", 0, name="North Clinic")
    assert [t.why for t in twins([one, site("b", 90)])] == ["same type"]
    assert twins([one, site("b", 90, "school")]) == []
    assert [t.why for t in twins([one, site("b", 3_000, "school", "north  clinic")])] == [
        "same name"
    ]
    assert twins([one, site("b", 6_000, "school", "North Clinic")]) == []
    assert twins([one, site("b", 150)]) == []


@given(st.lists(st.tuples(st.integers(-1_799_999_999, 1_799_999_999),
                          st.integers(-890_000_000, 890_000_000)), max_size=12))  # fmt: skip
def test_the_search_by_cells_finds_what_a_search_of_all_pairs_finds(
    points: list[tuple[int, int]],
) -> None:
    near = [(x, y + d) for x, y in points for d in (0, 500)]
    sites = [Site(str(n), "clinic", (), point) for n, point in enumerate(near)]
    found = {(t.one, t.other) for t in twins(sites)}
    alone = {
        (t.one, t.other) for n, a in enumerate(sites) for b in sites[n + 1 :] for t in twins([a, b])
    }
    assert found == alone
    assert len(found) >= len(points)
