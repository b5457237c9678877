"""How long who refused us asked to be left alone.

Shapes   asked_pause(draw, fault) -> seconds; 0 where nobody asked
Units    seconds
Raises   nothing of its own
Source   docs/PROTOCOL.md part 7.3
Never    waits for less than was asked for; the client has bounded what may be asked
"""

from collections.abc import Callable

from openline.errors import OpenlineError
from openline.exchange.refusals import PeerRefused


def asked_pause(draw: Callable[[int], bytes], fault: OpenlineError) -> float:
    """What a refusal asks for, and up to half of it more: many may have been refused at once."""
    if not isinstance(fault, PeerRefused) or not fault.retry_s:
        return 0.0
    return fault.retry_s * (1 + draw(1)[0] / 510)
