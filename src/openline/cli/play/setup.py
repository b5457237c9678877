"""Before the first step: cards exchanged and compared, lines invited, accepted and open.

Shapes   raise_curtain(stage) -> None; open_line(stage, line) -> None
Units    timers are seconds
Raises   HandsRefused
Source   docs/PROTOCOL.md parts 4 and 5
Never    makes two parties known to each other that share no line
"""

from itertools import combinations

from openline.cli.play.scenario import Line
from openline.cli.play.stage import Stage, text
from openline.formats.openjson import Value

SETUP_LEAD_S = 3600


def raise_curtain(stage: Stage) -> None:
    """Start the nodes of a play and open every line that is there from the start."""
    first_s = stage.history.steps_of(stage.play)[0].at_s - SETUP_LEAD_S
    lines = [stage.history.line(name) for name in stage.play.lines]
    witness = any(line.witnessed for line in lines)
    stage.hands.prepare(stage.play.parties, clock_s=first_s, witness=witness)
    stage.hands.set_clock(first_s)
    for party in stage.play.parties:
        stage.hands.start_node(party)
    introduce(stage, lines)
    for line in lines:
        if line.at_setup:
            open_line(stage, line)


def introduce(stage: Stage, lines: list[Line]) -> None:
    """Hand over and compare the cards of every two parties that will share a line."""
    cards = {party: stage.call(party, "party_card", {}) for party in stage.play.parties}
    pairs = {pair for line in lines for pair in combinations(line.members, 2)}
    for one, other in sorted(pairs):
        for here, there in ((one, other), (other, one)):
            stage.call(here, "party_add", {"file": cards[there]["file"]})
            digits = cards[there]["digits"]
            stage.call(here, "party_compare", {"party": there, "digits": digits})


def charter(line: Line, policy: tuple[str, ...], relays: tuple[str, ...] = ()) -> dict[str, Value]:
    """What an invitation says; the node adds salt, fingerprints and the digests of the packs."""
    return {
        "title": line.title,
        "status": "exercise",
        "level": line.level,
        "purpose": line.purpose,
        "members": list(line.members),
        "packs": list(line.packs),
        "languages": list(line.languages),
        "timers": dict(line.timers),
        "officers": dict(line.officers),
        "visible": list(line.visible),
        "batch": list(line.batch),
        "policy": list(policy),
        "relays": list(relays),
        "orderwire": True,
        "opens": "all",
    }


def open_line(stage: Stage, line: Line) -> None:
    """The first member invites; every other one accepts with two officers."""
    first, *others = line.members
    policy = stage.hands.witness_policy() if line.witnessed else ()
    relays = tuple(stage.relays[name] for name in line.relays)
    draft = stage.call(first, "line_invite", {"charter": charter(line, policy, relays)})
    line_id = text(draft, "line")
    stage.sign_off(first, draft)
    stage.settle()
    for party in others:
        stage.sign_off(party, stage.call(party, "line_accept", {"line": line_id}))
    stage.line_ids[line.id] = line_id
    stage.settle()
