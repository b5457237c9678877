"""XML from outside: no document type, no entity of its own, no network, bounded in every way.

Shapes   parse(data) -> Element; names are "{namespace}local"
Units    bytes, elements, levels
Raises   HostileMarkup for a document type; Malformed for everything else
Source   CWE-611 and CWE-776; docs/decisions/0014-foreign-notations.md, "Markup"
Never    expands an entity, opens a file or a socket: expat is told to stop at a document type
"""

from typing import ClassVar, Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from openline.errors import OpenlineError
from openline.formats.malformed import Malformed

BYTES_MAX: Final = 8 * 1024 * 1024
LEVELS_MAX: Final = 64
ELEMENTS_MAX: Final = 200_000


class HostileMarkup(OpenlineError):
    """XML that declares a document type, with which files can be read and memory be eaten."""

    code: ClassVar[str] = "formats.hostile-markup"
    remedy: ClassVar[str] = "Do not open this file elsewhere either; ask its sender for plain XML."


def parser(what: str) -> expat.XMLParserType:
    """An expat parser that stops at a document type, for whoever reads as the bytes come."""
    made = expat.ParserCreate(namespace_separator="}")
    made.buffer_text = True

    def refuse(*_: object) -> None:
        raise HostileMarkup(f"{what}: declares a document type")

    made.StartDoctypeDeclHandler = refuse
    made.EntityDeclHandler = refuse
    return made


def parse(data: bytes, what: str, bytes_max: int = BYTES_MAX) -> Element:
    """The root element of a whole document."""
    if len(data) > bytes_max:
        raise Malformed(what, f"longer than {bytes_max} bytes")
    builder = TreeBuilder()
    made = parser(what)
    count = level = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count, level
        count, level = count + 1, level + 1
        if count > ELEMENTS_MAX or level > LEVELS_MAX:
            raise Malformed(what, "too many elements, or too deep")
        builder.start(_named(name), {_named(k): v for k, v in attributes.items()})

    def end(name: str) -> None:
        nonlocal level
        level -= 1
        builder.end(_named(name))

    made.StartElementHandler = start
    made.EndElementHandler = end
    made.CharacterDataHandler = builder.data
    feed(made, data, what, is_last=True)
    root: Element = builder.close()
    return root


def feed(made: expat.XMLParserType, data: bytes, what: str, *, is_last: bool) -> None:
    """Bytes to a parser; expat's own complaint becomes ours."""
    try:
        made.Parse(data, is_last)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise Malformed(what, f"not well-formed XML (line {error.lineno}: {reason})") from None
    except (LookupError, ValueError):
        raise Malformed(what, "in an encoding that is not read") from None


def _named(name: str) -> str:
    return f"{{{name}" if "}" in name else name


def local(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def below(root: Element, name: str) -> list[Element]:
    """Every element of that local name, at any depth, in order."""
    return [each for each in root.iter() if local(each) == name]


def text_of(element: Element | None) -> str:
    """The text of an element, without the spaces around it."""
    return (element.text or "").strip() if element is not None else ""
