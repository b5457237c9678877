"""The typesetter: a process of its own that sets one page and ends.

Shapes   stdin: {"data": JSON text, "made_s": seconds}; stdout: the PDF; stderr: what went wrong
Units    seconds of processor, bytes of memory
Raises   nothing to the node: exit code 1 with a sentence
Source   ISO 19005-2 (PDF/A), ISO 14289-1 (PDF/UA); docs/decisions/0035-paper.md
Never    lives longer than its page: what it keeps in memory goes with it, and a text that makes it
         hang or fall takes nothing of the node along
"""

import json
import resource
import sys
from importlib import resources
from pathlib import Path
from typing import Any, Final

import typst

STANDARDS: Final = ("a-2a", "ua-1")
MEMORY_BYTES_MAX: Final = 3 * 1024**3
PROCESSOR_S_MAX: Final = 60
FOLDER: Final = Path(str(resources.files("openline.desk.paper")))


def fonts() -> Any:
    """The fonts that come along, and no others."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FOLDER / "fonts"]
    )


def page(data: str, made_s: int) -> bytes:
    """One document as PDF; all of its texts are data, none is source."""
    made = typst.Compiler(
        (FOLDER / "page.typ").read_bytes(),
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": data},
    ).compile(format="pdf", pdf_standards=list(STANDARDS), timestamp=max(0, made_s))
    return made if isinstance(made, bytes) else b""


def main() -> int:
    """Set what stands on stdin."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S_MAX, PROCESSOR_S_MAX))
    asked = json.load(sys.stdin)
    try:
        sys.stdout.buffer.write(page(asked["data"], asked["made_s"]))
    except typst.TypstError as fault:
        sys.stderr.write(str(fault)[:300])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
