"""Files that people carry: parcels and attachments in and out, and two secrets kept apart.

Shapes   read_parcel(path) -> bytes; write_parcel(path, data); write_locked(path, secret, ...)
Units    a parcel's file has at most 65 MiB
Raises   NotPlain, WeakPassphrase, and what the disk refuses
Source   docs/OPERATE.md, "Bad links", "Backups" and "The archive"
Never    follows a link, waits for a device or writes over a file
"""

import os
from pathlib import Path
from typing import Final

from openline.envelope import age, bech32
from openline.envelope.officer_file import PASSPHRASE_CHARS_MIN, WeakPassphrase
from openline.exchange.kept.archive_export import identity_file
from openline.exchange.station import Station
from openline.store.durable import read_plain, write_new

PARCEL_BYTES_MAX: Final = 65 * 1024 * 1024


def read_parcel(path: Path) -> bytes:
    """A parcel that somebody brought."""
    return read_plain(path, PARCEL_BYTES_MAX)


def write_parcel(path: Path, data: bytes) -> None:
    """A parcel for somebody to take along."""
    write_new(path, data)


def read_file(path: Path, bytes_max: int) -> bytes:
    """A file that is to be attached."""
    return read_plain(path.resolve(), bytes_max)


def write_file(path: Path, data: bytes) -> None:
    """A file that came attached."""
    write_new(path, data)


def check_passphrase(passphrase: str) -> None:
    """Refuse one that is guessed at once."""
    if len(passphrase) < PASSPHRASE_CHARS_MIN:
        raise WeakPassphrase(f"the passphrase has {len(passphrase)} characters")


def write_locked(path: Path, secret: bytes, passphrase: str) -> None:
    """A secret under a passphrase, as stock age locks it."""
    write_new(path, age.seal_passphrase(passphrase, secret, os.urandom))


def secrets_of(station: Station) -> bytes:
    """The keyring as its file holds it: to be written under a passphrase only."""
    return station.keyring.to_bytes()


def archive_identity(station: Station) -> tuple[bytes, str]:
    """The identity that opens the archive, and the recipient that it belongs to."""
    return identity_file(station), bech32.recipient_text(station.archive_public)
