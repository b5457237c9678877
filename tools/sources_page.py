"""Write the table of docs/SOURCES.md from the scenario files: `python tools/sources_page.py`."""

from pathlib import Path

from openline.cli.play.loading import load_all
from openline.cli.play.sources import table_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "SOURCES.md"
TABLE_BEGINS = "### History 1"


def page() -> str:
    """The page as it should be: its own words, then the table."""
    words = PAGE.read_text("utf-8").partition(TABLE_BEGINS)[0]
    return words + "\n".join(table_of(load_all())).rstrip("\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
