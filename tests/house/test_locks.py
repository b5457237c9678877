"""The lock files: pins and hashes for every platform, and no address of any registry."""

import re
from pathlib import Path

import pytest

from tests.house.tree import PROJECT

LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((PROJECT / name).read_text("utf-8")))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_no_address(name: str) -> None:
    assert "://" not in (PROJECT / name).read_text("utf-8")


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash(name: str) -> None:
    text = (PROJECT / name).read_text("utf-8")
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert [b.split()[0] for b in blocks if b.strip() and "--hash=sha256:" not in b] == []


def test_the_runtime_lock_can_install_the_project_without_a_network() -> None:
    assert {"hatchling", "editables"} <= pins("requirements.lock").keys()


def test_both_locks_agree() -> None:
    runtime, dev = (pins(name) for name in LOCKS)
    assert runtime.items() <= dev.items()


def test_no_lock_of_a_tool_that_records_addresses_is_kept() -> None:
    assert (
        not Path(PROJECT / "uv.lock").exists() or "uv.lock" in (PROJECT / ".gitignore").read_text()
    )
