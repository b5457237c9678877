"""The press: a document becomes a PDF for the archive, the same bytes for the same document.

Shapes   pdf(document, by) -> the file; PDF/A-2a and PDF/UA-1, fonts embedded
Units    seconds; the time in the file is that of the document, never the clock's
Raises   TooLongToPrint, PaperFailed
Source   docs/decisions/0035-paper.md
Never    sets a page in the node's own process; gives half a file
"""

import json
import subprocess
import sys
from typing import ClassVar, Final

from openline.desk.paper.setting import bounded, data_of
from openline.errors import OpenlineError
from openline.formats.document.model import Document

SECONDS_MAX: Final = 120
TYPESETTER: Final = (sys.executable, "-m", "openline.desk.paper.typesetter")


class PaperFailed(OpenlineError):
    """The typesetter could not set a document; no file was made."""

    code: ClassVar[str] = "desk.paper-failed"
    remedy: ClassVar[str] = "Make an HTML file and print that; report what is named here."


def pdf(document: Document, by: str) -> bytes:
    """Set one document, in a process that ends with it."""
    data = json.dumps(data_of(bounded(document), by), ensure_ascii=False)
    asked = json.dumps({"data": data, "made_s": document.made_s}).encode()
    try:
        done = subprocess.run(
            TYPESETTER, input=asked, capture_output=True, timeout=SECONDS_MAX, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise PaperFailed(f"the typesetter: {type(fault).__name__}") from None
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise PaperFailed((said or [f"ended with {done.returncode}"])[-1][:300])
    return done.stdout
