"""Names of a node's own: strict, harmless, and never in the place of what was written."""

import pytest

from openline.formats.names import NO_NAMES, parse_names
from openline.formats.terms import BadTerms

FILE = """
[parties]
"north.example" = { en = "Republic of the North", ar = "جمهورية الشمال" }
"south.example" = { "*" = "South" }

[places]
"Portville" = { de = "Hafenstadt" }
"""


def test_a_name_is_found_by_language_and_the_star_stands_for_the_rest() -> None:
    names = parse_names(FILE.encode())
    assert names.party("north.example", "ar") == "جمهورية الشمال"
    assert names.party("north.example", "ru") == ""
    assert names.party("south.example", "ru") == "South"
    assert names.place("Portville", "de") == "Hafenstadt"
    assert NO_NAMES.party("north.example", "en") == ""


@pytest.mark.parametrize(
    ("file", "about"),
    [
        ("[countries]\n", "countries"),
        ('parties = "x"\n', "table"),
        ('[parties]\n"a.example" = "A"\n', "a.example"),
        ('[parties]\n"a.example" = {}\n', "a.example"),
        ('[parties]\n"a.example" = { xx = "A" }\n', "a.example"),
        ('[parties]\n"a.example" = { en = 1 }\n', "not text"),
        ('[parties]\n"a.example" = { en = "<b>" }\n', "markup"),
        ('[parties]\n"a.example" = { en = "a\\u202eb" }\n', "U+202E"),
        (f'[parties]\n"a.example" = {{ en = "{"x" * 121}" }}\n', "longer"),
        ("[parties\n", "TOML"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(file: str, about: str) -> None:
    with pytest.raises(BadTerms, match=r"names\.toml") as refused:
        parse_names(file.encode())
    assert about in str(refused.value)
