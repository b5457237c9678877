"""`openline verify` as a stranger uses it, with files only; and what `disclose` says beforehand."""

import base64
import hashlib
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from openline.cli.commands.disclose import reading
from openline.cli.commands.verify import brief
from openline.cli.main import run
from openline.exchange.membership import identity
from openline.exchange.proof.disclose import DisclosureFile
from openline.exchange.traffic import mending
from openline.formats.head import Head
from tests.exchange.visiting import CH, RU, US, Visit, entry, write

NOT_NEEDED = ("socket", "ssl", "asyncio", "aiohttp", "uvicorn", "starlette", "apsw", "http.client")


@cache
def exercise() -> Visit:
    return Visit(status="exercise")


@cache
def written(kind: str) -> DisclosureFile:
    told = exercise()
    if kind == "proof":
        return write(told.peers[US], told.parts[0])
    return write(told.peers[US], *told.parts, bundle=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A third folder with nothing but files; settings of nobody."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for kind in ("proof", "bundle"):
        (tmp_path / kind).write_bytes(written(kind).data)
        (tmp_path / f"{kind}.policy").write_text(written(kind).policy)
    return tmp_path


@pytest.mark.parametrize("kind", ["proof", "bundle"])
def test_an_exercise_is_said_before_anything_else(
    kind: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", kind, "--policy", f"{kind}.policy"]) == 4
    assert capsys.readouterr().out.startswith("EXERCISE\n")
    assert run(["verify", kind, "--policy", f"{kind}.policy", "--allow-exercise"]) == 0
    assert capsys.readouterr().out.startswith("EXERCISE\nvalid")


def test_a_script_reads_the_verdict_as_one_object(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", "bundle", "--policy", "bundle.policy", "--json"]) == 4
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["schema"] == "openline/verdict/1"
    assert (verdict["verdict"], verdict["status"], verdict["exit"]) == ("valid", "exercise", 4)
    assert [part["kind"] for part in verdict["parts"]].count("proof") == 2


def test_fingerprints_serve_instead_of_a_policy_for_what_the_quorum_holds(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = exercise()
    file = write(told.peers[US], told.parts[0], bundle=True)
    (folder / "own").write_bytes(file.data)
    prints = [f"--fingerprint={p}={base64.b64encode(d).decode()}" for p, d in told.prints().items()]
    assert run(["verify", "own", "--allow-exercise", *prints]) == 0
    assert run(["verify", "own", "--allow-exercise"]) == 4
    other = [text.replace(US, "xx").replace(RU, US).replace("xx", RU) for text in prints]
    assert run(["verify", "own", "--allow-exercise", *other]) == 4
    capsys.readouterr()


def test_a_changed_file_is_refused_with_a_reason_and_exit_4(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINE_JSON", "1")
    data = bytearray((folder / "proof").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "proof").write_bytes(data)
    assert run(["verify", "proof", "--policy", "proof.policy", "--allow-exercise"]) == 4
    problem = json.loads(capsys.readouterr().out)
    assert problem["schema"] == "openline/problem/1"
    assert problem["detail"]


def test_labels_follow_in_the_language_that_was_asked_for(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ["verify", "bundle", "--policy", "bundle.policy", "--allow-exercise"]
    run(args)
    plain = capsys.readouterr().out
    run([*args, "--lang", "ru"])
    russian = capsys.readouterr().out
    assert russian.startswith(plain.rstrip("\n"))
    rest = russian[len(plain) :]
    assert "УЧЕНИЯ" in rest and "Место: Kyiv" in rest
    run([*args, "--lang", "ru", "--json"])
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert ["2", "Место", "Kyiv"] in rows


def test_several_policies_may_stand_in_one_file_or_in_several(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (folder / "bundle.policy").read_text().split("\n# for the log ")[1:]
    for name, text in (("one", first), ("two", second)):
        (folder / name).write_text(f"# {text}")
    args = ["verify", "bundle", "--allow-exercise"]
    assert run([*args, "--policy", "one", "--policy", "two"]) == 0
    assert run([*args, "--policy", "one"]) == 4
    capsys.readouterr()


def test_evidence_of_a_fork_is_checked_with_the_cards_of_its_party(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Visit()
    us, ru = told.peers[US], told.peers[RU].station
    note = us.station.keys.sign_head(Head(told.notice.origin, 2, bytes(32)), 1_700_000_000)
    assert mending.take_head(ru, CH, told.notice.origin, 2, note)
    ((name, data),) = ru.store.evidence()
    (folder / name).write_bytes(data)
    (folder / "us.card").write_bytes(identity.own_cards(us.station))
    print_ = f"--fingerprint={US}={base64.b64encode(us.fingerprint).decode()}"
    assert run(["verify", name, "--card", "us.card", print_]) == 0
    assert capsys.readouterr().out.startswith(f"fork: {US} signed two histories")
    assert run(["verify", name, "--card", "us.card"]) == 4
    assert run(["verify", name, print_]) == 4


def test_a_file_is_checked_without_sockets_or_a_database(folder: Path) -> None:
    """The published proof, by the program as it starts, in a process of its own."""
    script = (
        "import sys; from openline.cli.main import run; "
        "code = run(['verify', 'proof', '--policy', 'proof.policy', '--allow-exercise']); "
        f"print(*[name for name in {NOT_NEEDED} if name in sys.modules], file=sys.stderr); "
        "sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder, env={"HOME": str(folder), "PATH": ""}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_before_anything_is_written_it_is_said_what_a_verifier_will_say() -> None:
    told = exercise()
    file = write(told.peers[US], entry(told.notice, fields=["place", "route"]))
    says, revealed = reading(file.data, file.policy)
    assert says[0] == "EXERCISE" and says[-1].startswith("valid")
    assert revealed == ["route"]
    bundle = written("bundle")
    assert reading(bundle.data, bundle.policy)[1] == []


def test_the_published_vectors_are_checked_by_the_same_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = Path(__file__).parent.parent / "vectors" / "data" / "disclosure"
    args = ["--policy", str(data / "notice.policy"), "--allow-exercise"]
    assert run(["verify", str(data / "notice.tlog-proof"), *args]) == 0
    assert run(["verify", str(data / "revealed-later.tlog-proof"), *args]) == 4
    assert "not shown to be released" in capsys.readouterr().out


def test_what_the_protocol_wrote_is_cut_and_what_a_person_wrote_never() -> None:
    told = "(shown to the addressee)"
    release = f'field 9 release.1 = {{"sig":"{"A" * 300}"}} {told}'
    text = f'field 7 text = [{{"lang":"en","status":"original","text":"{"A" * 300}"}}] {told}'
    assert brief(text) == text
    assert brief(release).endswith(f"more characters with --json) {told}")
    assert len(brief(release)) < 200


def test_with_a_language_the_verdict_is_explained_in_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", "bundle", "--policy", "bundle.policy", "--lang", "en"]) == 4
    out = capsys.readouterr().out
    assert "THIS IS AN EXERCISE. It reports nothing that really happened." in out
    assert "To hold is not to read, to understand or to agree." in out
    assert run(["verify", "bundle", "--policy", "bundle.policy", "--lang", "en", "--json"]) == 4
    value = json.loads(capsys.readouterr().out)
    assert value["explained"][0] == "NOT ACCEPTED"
    assert "Part 1: cards of a party" in value["explained"]


def test_the_page_is_written_without_a_node(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verifier-page", "--out", "page.html", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    data = (folder / "page.html").read_bytes()
    assert (told["bytes"], told["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert data.startswith(b"<!doctype html>")
