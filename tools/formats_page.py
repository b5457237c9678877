"""Write docs/formats.md anew from the packs and the dictionary (a test compares the two)."""

from pathlib import Path

from openline.formats.catalogue import formats_page
from openline.formats.pack import load_packs
from openline.formats.terms import load_terms

PAGE = Path(__file__).resolve().parent.parent / "docs" / "formats.md"

if __name__ == "__main__":
    PAGE.write_text(formats_page(load_packs(), load_terms()), "utf-8")
    print(f"{PAGE.name} is current")
