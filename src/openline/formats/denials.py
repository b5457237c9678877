"""The words of sentences that only deny a promise, in each language, as the file has them.

Shapes   load_denials() -> the lists of each language by their name
Units    none
Raises   nothing: the file ships with Openline, and a test reads all of it
Source   docs/decisions/0098-a-denial-is-a-whole-clause.md; data/denials.toml
Never    says what the lists mean: that is `cases/denial.py`
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources


@cache
def load_denials() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Language by language, list by list."""
    data = (resources.files("openline.formats") / "data" / "denials.toml").read_text("utf-8")
    return {
        lang: {name: tuple(each) for name, each in lists.items()}
        for lang, lists in tomllib.loads(data).items()
    }
