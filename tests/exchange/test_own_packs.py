"""A node's own packs: read from its folder, plain files only, one with a fault is left out."""

from pathlib import Path

import pytest

from openline.desk.service import other_packs
from openline.exchange.folding import reading
from openline.exchange.membership.lines import InviteRefused
from openline.exchange.membership.own_packs import packs_of
from openline.formats.openjson import Value
from openline.formats.own_pack import starter, with_own
from openline.formats.pack import Packs, load_packs
from tests.exchange.conftest import Peers, make_peers, text


def write(root: Path, name: str = "border") -> Path:
    folder = root / "packs"
    folder.mkdir(exist_ok=True)
    for file, words in starter(name).items():
        (folder / file).write_text(words, "utf-8")
    return folder


def test_a_node_without_the_folder_has_the_packs_that_ship(tmp_path: Path) -> None:
    assert packs_of(tmp_path) is load_packs()


def test_packs_of_the_folder_are_known_beside_the_others(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "river")
    packs = packs_of(tmp_path)
    assert packs.format("border/notice@1") is not None
    assert packs.format("river/notice@1") is not None
    assert packs.digest("core") == load_packs().digest("core")


def test_two_nodes_with_the_same_file_name_it_by_the_same_digest(tmp_path: Path) -> None:
    for side in ("north", "south"):
        (tmp_path / side).mkdir()
        write(tmp_path / side)
    assert packs_of(tmp_path / "north").ref("border") == packs_of(tmp_path / "south").ref("border")


@pytest.mark.parametrize(
    ("file", "data", "why"),
    [
        ("more.py", b"import os", "neither a pack"),
        ("border-1.toml", b"= broken", "not TOML"),
        ("border-1.words.toml", b"", "en: is missing"),
        ("big-1.toml", b"#" * 300_000, "longer than"),
    ],
)
def test_a_pack_with_a_fault_is_left_out_whole_and_the_others_are_known(
    tmp_path: Path, file: str, data: bytes, why: str
) -> None:
    folder = write(tmp_path)
    write(tmp_path, "river")
    (folder / file).write_bytes(data)
    packs = packs_of(tmp_path)
    assert packs.format("river/notice@1") is not None
    assert (packs.format("border/notice@1") is None) == file.startswith("border")
    (said,) = packs.left_out
    assert file in said and why in said


def test_a_link_to_another_place_is_not_followed(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "other-1.toml").symlink_to(folder / "border-1.toml")
    (said,) = packs_of(tmp_path).left_out
    assert "not a plain file" in said


def test_too_many_files_are_not_read(tmp_path: Path) -> None:
    folder = write(tmp_path)
    for number in range(70):
        (folder / f"x-{number}.toml").write_bytes(b"")
    packs = packs_of(tmp_path)
    assert packs.packs == load_packs().packs and "more than" in packs.left_out[0]


US, RU = "us.example", "ru.example"
NOTICE: dict[str, Value] = {
    "subject": text("Crossing of a bridge"),
    "from": "2023-11-20T06:00:00Z",
    "until": "2023-11-20T12:00:00Z",
    "crossing.1.place": "Bridge",
    "crossing.1.at": "2023-11-20T07:00:00Z",
}


def peers_with(us: Packs, ru: Packs) -> Peers:
    peers = make_peers(US, RU)
    peers[US].station.packs, peers[RU].station.packs = us, ru
    return peers


def border(**changed: tuple[str, str]) -> Packs:
    files = dict(starter("border"))
    for old, new in changed.values():
        files["border-1.toml"] = files["border-1.toml"].replace(old, new)
    return with_own(load_packs(), {name: body.encode() for name, body in files.items()})


def test_a_ministrys_own_form_is_told_and_received_without_a_flaw() -> None:
    peers = peers_with(border(), border())
    line = peers.open_line(US, RU, packs=["border", "core"])
    said = peers.say(US, line, "border/notice@1", NOTICE)
    peers.carry()
    state = reading.state(peers[RU].station, line)
    case = state.case(said)
    assert case is not None
    assert (case.main.state, state.irregularities) == ("told", ())


def test_another_pack_under_the_same_version_is_refused_by_name_when_a_line_is_accepted() -> None:
    other = border(change=('"item.route"', '"item.sites"'))
    peers = peers_with(border(), other)
    with pytest.raises(InviteRefused, match="pack border 1 is another one here"):
        peers.open_line(US, RU, packs=["border", "core"])


def test_a_pack_that_changes_under_a_line_takes_effect_from_nothing_that_is_said_in_it() -> None:
    peers = peers_with(border(), border())
    line = peers.open_line(US, RU, packs=["border", "core"])
    peers[RU].station.packs = border(change=('"item.route"', '"item.sites"'))
    peers.say(US, line, "border/notice@1", NOTICE)
    peers.carry()
    found = reading.state(peers[RU].station, line).irregularities
    assert "format.not-agreed" in [odd.code for odd in found]


def test_the_doctor_names_the_pack_that_is_not_as_it_was_agreed_on() -> None:
    peers = peers_with(border(), border())
    peers.open_line(US, RU, packs=["border", "core"])
    assert other_packs(peers[RU].station) == ""
    peers[RU].station.packs = border(change=('"item.route"', '"item.sites"'))
    assert "pack border 1 is another one here" in other_packs(peers[RU].station)
