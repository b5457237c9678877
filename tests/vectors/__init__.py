"""The known answers of the protocol: our copy, or the folder that OPENLINE_VECTORS names.

Another implementation is tested against the same files; they are in the public domain (CC0).
"""

import json
import os
from pathlib import Path
from typing import Any

VECTORS = Path(os.environ.get("OPENLINE_VECTORS") or Path(__file__).parent / "data")


def load(name: str) -> Any:
    """One JSON file of known answers, by its name without `.json`."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def disclosure(name: str) -> bytes:
    """One file of the folder `disclosure`."""
    return (VECTORS / "disclosure" / name).read_bytes()
