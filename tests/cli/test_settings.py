"""Where a setting comes from."""

from pathlib import Path

import pytest

from openline.cli.settings import BadSettings, load


def place(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_the_flag_wins_then_the_environment_then_the_nearest_file(tmp_path: Path) -> None:
    near = place(tmp_path, "openline.toml", 'lang = "nl"\ntimeout_s = 5\nhome = "near"\n')
    place(tmp_path, "x/openline/config.toml", 'lang = "de"\nquiet = true\n')
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "x"), "OPENLINE_TIMEOUT_S": "7"}
    found = load({"home": "flag"}, environment, tmp_path)
    assert (found.text("home"), found.origin["home"]) == ("flag", "--home")
    assert (found.number("timeout_s"), found.origin["timeout_s"]) == (7, "OPENLINE_TIMEOUT_S")
    assert (found.text("lang"), found.origin["lang"]) == ("nl", str(near))
    assert found.is_on("quiet")
    assert (found.text("lang"), found.origin["json"]) == ("nl", "default")


@pytest.mark.parametrize(
    "text",
    ['langauge = "en"\n', "lang = 3\n", "timeout_s = true\n", "yes = 1\n", "lang = [", "[lang]\n"],
)
def test_a_wrong_file_is_refused_and_named(tmp_path: Path, text: str) -> None:
    path = place(tmp_path, "openline.toml", text)
    with pytest.raises(BadSettings, match=str(path)):
        load({}, {}, tmp_path)


@pytest.mark.parametrize("value", ["maybe", "2", "ja"])
def test_a_switch_in_the_environment_is_on_or_off(tmp_path: Path, value: str) -> None:
    with pytest.raises(BadSettings, match="OPENLINE_YES"):
        load({}, {"OPENLINE_YES": value}, tmp_path)


def test_no_color_is_heard(tmp_path: Path) -> None:
    assert load({}, {"NO_COLOR": "1"}, tmp_path).is_on("no_color")


def test_variables_of_others_are_not_settings(tmp_path: Path) -> None:
    assert load({}, {"OPENLINE_VECTORS": "x", "OPENLINE_PASSPHRASE": "y"}, tmp_path).values
