"""A QR code in a terminal: the card's fingerprint, to be scanned by the other party's own eyes.

Shapes   drawn(text) -> lines of half blocks; light modules are drawn, as for a dark terminal
Units    a quiet zone of four modules, as ISO/IEC 18004 asks
Raises   nothing for texts as long as a fingerprint's
Source   docs/PROTOCOL.md part 4.4; the library follows ISO/IEC 18004
Never    shows anything that the thirty digits do not say as well
"""

import io

import segno


def drawn(text: str) -> list[str]:
    """The code as lines; two rows of modules are one line."""
    out = io.StringIO()
    segno.make(text, error="m", micro=False).terminal(out, border=4, compact=True)
    return out.getvalue().splitlines()
