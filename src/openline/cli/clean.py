"""What came from outside, made safe for a terminal: no cursor moves, no colours, no hidden order.

Shapes   clean(text) -> one line; clean_block(text) -> lines; shortened(text) -> the
         same with keys and signatures given by their ends and length
Units    none
Raises   nothing
Source   docs/THREAT_MODEL.md, row "peer", "writes to the operator's terminal"
Never    changes data: only what is shown to a person passes here, JSON output does not
"""

import re
from typing import Final

# Whole sequences first, so that their letters do not stay behind: OSC, DCS, SOS, PM and APC strings
# up to their end, then CSI, then two-character escapes. C1 forms (0x80-0x9f) are covered too.
_SEQUENCES: Final = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f]).*?(?:\x07|\x1b\\|\x9c|$)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
# Invisible letters that turn the reading order round or hide inside a name. The joiners that
# Arabic, Persian and Indic scripts need (U+200C, U+200D) stay.
_HIDDEN: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
# Keys and signatures: longer than a digest or the name of a log, and nothing that a person reads.
_BLOB: Final = re.compile(r"[A-Za-z0-9+/=_-]{80,}")
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def clean_block(text: str) -> str:
    """Text with line breaks and tabs kept and everything else that could steer a terminal gone."""
    text = _SEQUENCES.sub("", text)
    return _CONTROLS.sub(_REPLACEMENT, _HIDDEN.sub(_REPLACEMENT, text))


def clean(text: str) -> str:
    """One line of safe text."""
    return clean_block(text).replace("\n", " ").replace("\t", " ")


def shortened(text: str) -> str:
    """Text in which long keys are shown by their ends and length; never for what a person wrote."""
    return _BLOB.sub(lambda m: f"{m[0][:16]}...{m[0][-8:]} ({len(m[0])} characters)", text)
