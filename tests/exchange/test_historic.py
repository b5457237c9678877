"""A real line under a historic pack says so before and after it is signed."""

import pytest

from openline.exchange.membership import lines
from tests.exchange.conftest import make_peers

US, RU = "us.example", "ru.example"


@pytest.mark.parametrize("pack", ["cfe", "open-skies"])
def test_a_real_line_with_a_historic_pack_carries_a_warning(pack: str) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU, packs=["core", pack])
    (warning,) = lines.warnings_of(peers[RU].station, line)
    assert warning["code"] == "charter.historic"
    assert pack in str(warning["sentence"])
    assert lines.summary(peers[US].station, line)["warnings"] == [warning]


@pytest.mark.parametrize("more", [{"status": "exercise"}, {"packs": ["core", "agreements"]}])
def test_an_exercise_or_a_pack_in_use_carries_none(more: dict[str, object]) -> None:
    peers = make_peers(US, RU)
    line = peers.open_line(US, RU, **{"packs": ["cfe", "core"], **more})  # type: ignore[arg-type]
    assert lines.warnings_of(peers[US].station, line) == []
