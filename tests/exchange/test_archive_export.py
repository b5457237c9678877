"""The archive outlives the program: other code opens it, and nobody without its key."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM
from cryptography.hazmat.primitives.hpke import Suite as Hpke
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from openline.cli.benching.pair import sign_all
from openline.envelope import age, bech32
from openline.envelope.key_objects import xwing_private
from openline.exchange import start
from openline.exchange.carried import parcels
from openline.exchange.drafting import drafts
from openline.exchange.kept import archive_export, backups
from openline.exchange.kept.archive_export import Exported, ExportThere, steps
from openline.exchange.logs import post
from openline.exchange.station import Station
from openline.record.tree import EMPTY, leaf_hash
from openline.store.folder import Home
from tests.cli.homes import Homes, two_homes
from tests.exchange.conftest import text

CANARY = "thecanarysingsatdawnnearthemill"


@dataclass
class Kept:
    """A node that has said a canary, and its exported archive."""

    homes: Homes
    station: Station
    folder: Path
    done: Exported


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    base = tmp_path_factory.mktemp("archive")
    homes = two_homes(base)
    with start.open_station(homes.first, start.read_settings(homes.first)) as station:
        say(station, homes)
        folder = base / "out"
        yield Kept(homes, station, folder, run(station, folder))


def say(station: Station, homes: Homes) -> None:
    """A message with the canary in a shown field, released by an officer's file."""
    from openline.envelope.officer_file import unlock_officer
    from tests.cli.homes import PASSPHRASE

    officers = [unlock_officer(PASSPHRASE, path.read_bytes()) for path in homes.officers]
    draft = drafts.compose(
        station, bytes.fromhex(homes.line_id), "message", {"subject": text(CANARY)},
        format_id="core/clarification@1",
    )  # fmt: skip
    assert post.post(station, [sign_all(station, officers, draft)])[0] is not None


def run(station: Station, folder: Path) -> Exported:
    work = steps(station, folder)
    while True:
        try:
            next(work)
        except StopIteration as done:
            assert isinstance(done.value, Exported)
            return done.value


def opened_elsewhere(file: bytes, seed: bytes) -> bytes:
    """An age v1 file opened by code that shares nothing with the program but the key object."""

    def unpadded(word: bytes) -> bytes:
        return base64.b64decode(word + b"=" * (-len(word) % 4), validate=True)

    def derived(key: bytes, salt: bytes, info: bytes) -> bytes:
        return HKDF(hashes.SHA256(), 32, salt, info).derive(key)

    found = re.fullmatch(
        rb"age-encryption\.org/v1\n-> mlkem768x25519 (\S+)\n(\S+)\n--- (\S+)\n(.*)", file, re.DOTALL
    )
    assert found is not None
    hpke = Hpke(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    sealed = unpadded(found[1]) + unpadded(found[2])
    key = hpke.decrypt(sealed, xwing_private(seed), b"age-encryption.org/mlkem768x25519")
    nonce, body = found[4][:16], found[4][16:]
    assert len(body) <= 65_552
    cipher = ChaCha20Poly1305(derived(key, nonce, b"payload"))
    return cipher.decrypt(bytes(11) + b"\x01", body, None)


def entry_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("entries/*/*.txt.age"))


def test_entries_open_with_the_identity_and_other_code(kept: Kept) -> None:
    identity = archive_export.identity_file(kept.station).decode().splitlines()[-1]
    seed = bech32.parse_identity(identity)
    texts = [
        opened_elsewhere(path.read_bytes(), seed).decode() for path in entry_files(kept.folder)
    ]
    assert len(texts) == kept.done.entries == 3
    assert sum(CANARY in text_ for text_ in texts) == 1
    assert kept.done.closed == 0


def test_every_word_leads_to_the_signed_checkpoint(kept: Kept) -> None:
    """What README.txt says can be done is done here, with a hash function alone."""
    seed = kept.station.keyring.archive_seed
    for checkpoint in kept.folder.rglob("checkpoint"):
        leaves = []
        for path in sorted((checkpoint.parent / "entries").rglob("*.age")):
            leaf, _, fields = opened_elsewhere(path.read_bytes(), seed).partition(b"\n\n")
            leaf += b"\n"
            rows = [line.split(b"\t") for line in fields.rstrip(b"\n").split(b"\n")]
            tree = EMPTY.extend(
                hashlib.sha256(
                    b"\0" + base64.b64decode(row[0]) + row[1] + b"\0" + row[2]
                ).digest() if len(row) == 3 else base64.b64decode(row[0])
                for row in rows
            )  # fmt: skip
            assert leaf.split(b"\n")[3] == base64.b64encode(tree.root)
            leaves.append(leaf_hash(leaf))
        _, size, root, *_ = checkpoint.read_bytes().split(b"\n")
        assert (len(leaves), base64.b64encode(EMPTY.extend(leaves).root)) == (int(size), root)
        tile = (checkpoint.parent / "tile/0" / f"000.p/{len(leaves)}").read_bytes()
        assert tile == b"".join(leaves)


def test_the_manifest_names_every_file(kept: Kept) -> None:
    lines = (kept.folder / "MANIFEST.sha256").read_text().splitlines()
    found = {str(p.relative_to(kept.folder)) for p in kept.folder.rglob("*") if p.is_file()}
    assert {line[66:] for line in lines} == found - {"MANIFEST.sha256"}
    for line in lines:
        data = (kept.folder / line[66:]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == line[:64]


def test_an_export_is_never_written_over(kept: Kept) -> None:
    with pytest.raises(ExportThere):
        run(kept.station, kept.folder)


def test_the_identity_file_alone_opens_every_file(kept: Kept, tmp_path: Path) -> None:
    """By stock age where it is at hand, else by the reader that reproduces age's own vectors."""
    identity = tmp_path / "identity"
    identity.write_bytes(archive_export.identity_file(kept.station))
    for path in entry_files(kept.folder):
        assert opened_by(shutil.which("age"), identity, path)


def opened_by(stock: str | None, identity: Path, path: Path) -> bytes:
    """The plaintext of one file."""
    if stock is None:
        seed = bech32.parse_identity(identity.read_text().splitlines()[-1])
        return age.unseal([seed], path.read_bytes())[0]
    command = [stock, "--decrypt", "--identity", str(identity), str(path)]
    return subprocess.run(command, check=True, capture_output=True).stdout


def test_the_identity_is_locked_as_stock_age_locks(kept: Kept) -> None:
    plain = archive_export.identity_file(kept.station)
    locked = age.seal_passphrase("five words would be better", plain, os.urandom, log_n=10)
    assert age.unseal_passphrase("five words would be better", locked) == plain
    assert b"AGE-SECRET" not in locked


def spellings(word: str) -> list[bytes]:
    """The canary as it would stand in files: as text, and in base64 at each of three places."""
    data = word.encode()
    found = [data, word.encode("utf-16-le"), data.hex().encode()]
    for shift in range(3):
        spelled = base64.b64encode(b"x" * shift + data)
        found.append(spelled[4 if shift else 0 : len(spelled) // 4 * 4 - 4])
    return found


def traces(folder: Path) -> list[str]:
    """Files below a folder in which the canary stands, in any spelling."""
    wanted = spellings(CANARY)
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and any(word in path.read_bytes() for word in wanted)
    ]


def test_a_stolen_database_backup_parcel_or_archive_shows_no_plaintext(
    kept: Kept, tmp_path: Path
) -> None:
    home = Home(kept.homes.first)
    settings = start.read_settings(kept.homes.first)
    backups.make(home, settings.party, tmp_path / "backup", 1_700_000_000)
    (tmp_path / "to.parcel").write_bytes(parcels.make(kept.station, "liaison.example").file)
    assert traces(home.data) == []
    assert traces(tmp_path) == []
    assert traces(kept.folder) == []


def test_the_canary_is_found_where_it_stands(tmp_path: Path) -> None:
    """The negative control of the test above."""
    for number, word in enumerate(spellings(CANARY)):
        (tmp_path / str(number)).write_bytes(b"before " + word + b" after")
    (tmp_path / "b64").write_bytes(base64.b64encode(b"ab" + CANARY.encode() + b"more"))
    assert len(traces(tmp_path)) == len(spellings(CANARY)) + 1
