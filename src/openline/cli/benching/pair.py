"""A group of prepared nodes: folders, compared cards, officers, one open line; nothing running.

Shapes   prepare(folder, names, ports) -> Prepared
Units    none
Raises   what the exchange refuses
Source   docs/OPERATE.md, "Bench"
Never    runs while the nodes do: it opens their folders itself
"""

import base64
import contextlib
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from openline.envelope.officer_file import OfficerFile, new_officer
from openline.exchange import start
from openline.exchange.drafting import drafts
from openline.exchange.drafting.drafts import Draft
from openline.exchange.logs import hello, post
from openline.exchange.membership import identity, lines, parties
from openline.exchange.start import NodeSettings
from openline.exchange.station import Station
from openline.exchange.traffic import asks, receive
from openline.formats.openjson import Value

OFFICERS = 2
FORMAT = "core/clarification@1"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Homes by party, the line between them, and each party's officers."""

    homes: dict[str, Path]
    line_ids: tuple[bytes, ...]
    officers: dict[str, list[OfficerFile]]

    @property
    def line_id(self) -> bytes:
        """The first line."""
        return self.line_ids[0]


def content(number: int, size: int) -> dict[str, Value]:
    """The fields of one message of about `size` bytes of content that nothing makes shorter."""
    text = f"message {number} "
    wanted = max(0, size - len(text) - 150)
    noise = hashlib.shake_256(text.encode()).digest(wanted)
    text += base64.b64encode(noise).decode()[:wanted]
    return {"subject": [{"lang": "en", "status": "original", "text": text}]}


def sign_all(station: Station, officers: list[OfficerFile], draft: Draft) -> Draft:
    """Every release that a draft asks for, by the officers in turn."""
    desk = station.cards(station.party)[draft.card_size - 1].desk
    rp_id = desk.rp_id if desk else ""
    for officer in officers:
        if draft.is_released:
            break
        challenge = hashlib.sha256(draft.statement()).digest()
        key = officer.authenticator(station.suite)
        assertion = key.assert_statement(challenge, rp_id, f"https://{rp_id}")
        draft = drafts.release(station, draft, assertion)
    return draft


# A hello a minute is what the bench of exchange sees; a desk that is measured wants fewer.
TIMERS: Mapping[str, Value] = {"hello": 60}


def prepare(
    folder: Path,
    ports: dict[str, int],
    *,
    may_forget: bool,
    lines_wanted: int = 1,
    charter: Mapping[str, Value] | None = None,
) -> Prepared:
    """Make the folders and open lines of all parties, by handing bytes over directly.

    `charter` is what the lines' charters say besides what every bench has.
    """
    homes = {name: folder / name for name in ports}
    with contextlib.ExitStack() as stack:
        stations: dict[str, Station] = {}
        officers: dict[str, list[OfficerFile]] = {}
        for name, port in ports.items():
            listen = f"127.0.0.1:{port}"
            settings = NodeSettings(name, listen, may_forget)
            start.create(homes[name], settings, [f"http://{listen}"], rp_id_of(name))
            station = stack.enter_context(start.open_station(homes[name], settings))
            officers[name] = enrol(station)
            stations[name] = station
        for each in stations.values():
            for other in stations.values():
                if other is not each:
                    parties.add(each, identity.own_cards(other))
        opened = [open_line(stations, officers, f"bench {i}", charter) for i in range(lines_wanted)]
        for one in stations.values():
            for other in stations.values():
                if other is not one:
                    hand_over(one, other)
    return Prepared(homes, tuple(opened), officers)


def rp_id_of(party: str) -> str:
    """The host of a party's desk: one that a browser on this machine reaches."""
    return f"{party.partition('.')[0]}.localhost"


def enrol(station: Station) -> list[OfficerFile]:
    """Two officers on the party's card."""
    made = [
        new_officer(station.party, f"officer {i}", ("releaser",), station.suite, os.urandom)
        for i in range(OFFICERS)
    ]
    identity.revise(station, officers=[officer.leaf(station.suite) for officer in made])
    return made


def open_line(
    stations: dict[str, Station],
    officers: dict[str, list[OfficerFile]],
    title: str,
    more: Mapping[str, Value] | None = None,
) -> bytes:
    """Invite, deliver the invitation, accept; the acceptances are delivered by the caller.

    `more` is what else the charter says.
    """
    first, *others = stations.values()
    spec: dict[str, Value] = {
        "title": title, "status": "test", "level": "duty-centre", "purpose": "measurement",
        "members": list(stations), "languages": ["en"], "packs": ["core"],
        "officers": {"*": OFFICERS, "open": 1}, "timers": dict(TIMERS), **(more or {}),
    }  # fmt: skip
    draft = sign_all(first, officers[first.party], lines.invite(first, spec))
    post.post(first, [draft])
    for other in others:
        hand_over(first, other)
        draft = sign_all(other, officers[other.party], lines.accept(other, draft.line_id))
        post.post(other, [draft])
    return draft.line_id


def hand_over(source: Station, target: Station) -> None:
    """Deliver every own log of one station to another, after a hello each way."""
    note, _, _ = hello.answer(target, hello.compose(source, target.party, os.urandom(16)),
                              os.urandom(16))  # fmt: skip
    del note
    for row in source.lines():
        log = source.own_log(row.line_id)
        if log is not None:
            body = asks.body_from(source, log, 0, log.size)
            if body is not None:
                receive.receive(target, body)
