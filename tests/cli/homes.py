"""Two nodes' folders with an open line between them, and officers' files, for commands to use."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from openline.cli.benching.pair import hand_over, sign_all
from openline.envelope.officer_file import OfficerFile, new_officer
from openline.exchange import start
from openline.exchange.logs import post
from openline.exchange.membership import identity, lines, parties
from openline.exchange.start import NodeSettings
from openline.exchange.station import Station
from openline.formats.openjson import Value

PASSPHRASE = "only for this test"
# A table of transits as a person describes it.
MAP = """
openline_map = 1
format = "core/transit@1"
point = "area"
name = "subject"
[fields]
subject = "What"
from = "From"
until = "Until"
area = { latitude = "Lat", longitude = "Lon", radius_m = "150" }
"""
BATCH = ["core/told-elsewhere", "core/transit", "humanitarian/site"]


@dataclass(frozen=True)
class Homes:
    """Folders by party, and the files of the first party's two officers."""

    first: Path
    second: Path
    officers: tuple[Path, Path]
    line_id: str


def two_homes(folder: Path, *, status: str = "exercise", title: str = "Relief") -> Homes:
    """A line that both have opened; nothing runs."""
    names = ("cell.example", "liaison.example")
    stations: dict[str, Station] = {}
    officers: dict[str, list[OfficerFile]] = {}
    with contextlib.ExitStack() as stack:
        for port, name in enumerate(names, 8551):
            settings = NodeSettings(name, f"127.0.0.1:{port}", True)
            start.create(folder / name, settings, [f"http://127.0.0.1:{port}"], f"desk.{name}")
            station = stack.enter_context(start.open_station(folder / name, settings))
            officers[name] = [
                new_officer(name, f"officer {i}", ("releaser",), station.suite, os.urandom)
                for i in range(2)
            ]
            leaves = [officer.leaf(station.suite) for officer in officers[name]]
            identity.revise(station, officers=leaves)
            stations[name] = station
        one, two = stations.values()
        parties.add(one, identity.own_cards(two))
        parties.add(two, identity.own_cards(one))
        spec: dict[str, Value] = {
            "title": title, "status": status, "level": "humanitarian", "purpose": "to be tested",
            "members": list(names), "languages": ["en"], "packs": ["core", "humanitarian"],
            "officers": {"*": 1, "open": 1}, "batch": list(BATCH),
        }  # fmt: skip
        draft = sign_all(one, officers[one.party], lines.invite(one, spec))
        post.post(one, [draft])
        hand_over(one, two)
        post.post(two, [sign_all(two, officers[two.party], lines.accept(two, draft.line_id))])
        hand_over(two, one)
    files = []
    for number, officer in enumerate(officers[names[0]]):
        path = folder / f"{number}.officer"
        path.write_bytes(officer.lock(PASSPHRASE, os.urandom, log_n=10))
        files.append(path)
    return Homes(folder / names[0], folder / names[1], (files[0], files[1]), draft.line_id.hex())
