"""Tables of invented sites for the bench, in the three spellings that an import reads.

Shapes   WRITERS[spelling](rows) -> bytes of a file; column_map(spelling) -> TOML
Units    degrees with five decimals; sites stand some 280 m apart on a grid, no two alike
Raises   nothing
Source   docs/OPERATE.md, "Many at once from a table"
Never    holds a real place
"""

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from typing import Final
from xml.sax.saxutils import escape

COLUMNS: Final = (
    "ID", "Names", "Type", "Function", "Province", "Lat", "Lon", "Method", "Accuracy", "Taken",
    "From", "Until", "Guards", "Hours", "Contact",
)  # fmt: skip
TYPES: Final = ("Hospital", "Clinic", "School", "Water")
GRID: Final = 100
_TITLES: Final[Mapping[str, str]] = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="xml" ContentType="application/xml"/><Default '
    'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    "</Types>",
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Sites" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/'
    '2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def sites(rows: int) -> Iterator[tuple[str, ...]]:
    """Invented sites, row by row."""
    for number in range(rows):
        north, east = divmod(number, GRID)
        yield (
            f"site-{number}", f"House {number};Old house {number}", TYPES[number % len(TYPES)],
            f"Serves street {number}", f"Province {number % 20}",
            f"{12.00011 + north * 0.0025:.5f}", f"{40.00013 + east * 0.0025:.5f}",
            "On the spot", "5",
            "2030-01-02T08:00:00Z", "2030-02-01T00:00:00Z", "2030-06-01T00:00:00Z", "No",
            "06:00 to 20:00", f"Duty desk {number % 50}, +000 555 {number:05d}",
        )  # fmt: skip


def as_csv(rows: int) -> bytes:
    """One line a site."""
    lines = (",".join(f'"{cell}"' for cell in row) for row in (COLUMNS, *sites(rows)))
    return "\n".join(lines).encode()


def as_xlsx(rows: int) -> bytes:
    """One sheet, all cells as texts within the sheet."""
    sheet = io.StringIO()
    sheet.write('<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">')
    sheet.write("<sheetData>")
    for number, row in enumerate((COLUMNS, *sites(rows)), 1):
        cells = "".join(
            f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
            for at, cell in enumerate(row)
        )
        sheet.write(f'<row r="{number}">{cells}</row>')
    sheet.write("</sheetData></worksheet>")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**_TITLES, "xl/worksheets/sheet1.xml": sheet.getvalue()}.items():
            archive.writestr(name, text)
    return file.getvalue()


def as_geojson(rows: int) -> bytes:
    """One feature a site; its point is the geometry."""
    features = []
    for row in sites(rows):
        cells = dict(zip(COLUMNS, row, strict=True))
        point = [float(cells["Lon"]), float(cells["Lat"])]
        geometry = {"type": "Point", "coordinates": point}
        features.append({"type": "Feature", "properties": cells, "geometry": geometry})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def column_map(spelling: str) -> str:
    """What a person says of the table."""
    place = 'latitude = "Lat", longitude = "Lon"'
    point = "geometry = true" if spelling == "geojson" else place
    return f"""openline_map = 1
format = "humanitarian/site@1"
{'sheet = "Sites"' if spelling == "xlsx" else ""}
[fields]
site = "ID"
names = {{ column = "Names", split = ";" }}
type = {{ column = "Type", codes = {{ {", ".join(f"{t} = '{t.lower()}'" for t in TYPES)} }} }}
"function.now" = "Function"
run_by = {{ text = "Red River Relief" }}
"admin.level1" = "Province"
point = {{ {point} }}
footprint = {{ {place}, radius_m = "60" }}
"capture.method" = {{ column = "Method", codes = {{ "On the spot" = "gnss-on-site" }} }}
"capture.datum" = {{ text = "WGS 84" }}
"capture.accuracy_m" = "Accuracy"
"capture.taken" = "Taken"
"capture.by" = {{ text = "survey" }}
from = "From"
until = "Until"
guards = {{ column = "Guards", codes = {{ No = "no", Yes = "yes" }} }}
hours = "Hours"
contact = "Contact"
share_with = {{ text = "liaison.example" }}
effect = {{ text = "list-as-protected" }}
"""


WRITERS: Final[Mapping[str, Callable[[int], bytes]]] = {
    "csv": as_csv,
    "geojson": as_geojson,
    "xlsx": as_xlsx,
}
