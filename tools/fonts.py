"""Make the fonts that printed pages are set in from the packages of others; or check them.

    npm pack @fontsource/noto-sans@5.3.0 ...      (each package that MANIFEST.toml names)
    python -m tools.fonts FOLDER-WITH-THE-TARBALLS

Web packages cut a font into pieces by script; a page needs them whole, in a format that the
typesetter reads. So the pieces of each are merged, and the letters that there are then are listed
in `covered.txt`. Nothing is drawn or moved. Needs fonttools and brotli, which the project itself
does not.
"""

import base64
import hashlib
import io
import re
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any

FONTS = Path(__file__).resolve().parent.parent / "src" / "openline" / "desk" / "paper" / "fonts"
MANIFEST = FONTS / "MANIFEST.toml"
COVERED = FONTS / "covered.txt"
# PDF/A forbids these, whether a font has them or not (ISO 19005-2, 6.2.11.7.2).
FORBIDDEN = {0xFEFF, 0xFFFE}


def main(folder: Path) -> None:
    """Unpack, make, and compare every file with the manifest; write what is not there yet."""
    manifest = tomllib.loads(MANIFEST.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        for package in manifest["package"]:
            unpack(folder, package, Path(scratch))
        for file in manifest["file"]:
            made = font(file, Path(scratch))
            digest = hashlib.sha256(made).hexdigest()
            if digest != file["sha256"]:
                print(f"{file['name']}: sha256 {digest}, the manifest says {file['sha256']}")
            (FONTS / file["name"]).write_bytes(made)
    COVERED.write_text(spelled(letters(FONTS.glob("*-Regular.ttf"))), "ascii")


def unpack(folder: Path, package: dict[str, Any], scratch: Path) -> None:
    """One package whose digest is the one that the registry signed for its version."""
    name = package["name"].removeprefix("@").replace("/", "-")
    tarball = folder / f"{name}-{package['version']}.tgz"
    digest = hashlib.sha512(tarball.read_bytes())
    if f"sha512-{base64.b64encode(digest.digest()).decode()}" != package["integrity"]:
        raise SystemExit(f"{tarball.name}: not the package that the manifest names")
    with tarfile.open(tarball) as packed:
        packed.extractall(scratch / name, filter="data")


def font(file: dict[str, Any], scratch: Path) -> bytes:
    """One font from its pieces, under the name that the pages call it by."""
    from fontTools.merge import Merger
    from fontTools.ttLib import TTFont

    pieces = [str(scratch / piece) for piece in file["from"]]
    first = TTFont(pieces[0])
    made = first if len(pieces) == 1 else Merger().merge(pieces)
    made.flavor, made.recalcTimestamp = None, False
    made["head"].created = made["head"].modified = first["head"].modified
    words = f"{file['family']} {file['style']}"
    for record in made["name"].names:
        named = {1: file["family"], 2: file["style"], 4: words, 6: words.replace(" ", "")}
        record.string = {**named, 16: named[1], 17: named[2]}.get(record.nameID, record.string)
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


def letters(files: Any) -> set[int]:
    """Every letter that these fonts draw; controls are none."""
    from fontTools.ttLib import TTFont

    found: set[int] = set()
    for file in files:
        found |= set(TTFont(file).getBestCmap())
    return {letter for letter in found if letter >= 0x20} - FORBIDDEN


def spelled(found: set[int]) -> str:
    """Ranges of letters, one a line: `first last` in hexadecimal."""
    lines, start, last = [], -1, -2
    for letter in [*sorted(found), 0x110000 + 1]:
        if letter != last + 1:
            if start >= 0:
                lines.append(f"{start:x} {last:x}")
            start = letter
        last = letter
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 2 or not re.search(r"\S", sys.argv[1]):
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
